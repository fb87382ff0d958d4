"""The words of the data's date: what a commissioner, an ICB and a small area were called then."""

from __future__ import annotations

import datetime as dt
import functools
import re
from dataclasses import dataclass

ICB_START = dt.date(2022, 7, 1)


@dataclass(frozen=True)
class Words:
    """
    The field's own words as they were on the date of the data.

    Parameters
    ----------
    commissioner
        "CCG" up to June 2022, "sub-ICB location" since.
    system
        "STP" up to June 2022, "ICB" since.
    small_area
        "LSOA 2011" or "LSOA 2021".
    """

    commissioner: str = "sub-ICB location"
    system: str = "ICB"
    small_area: str = "LSOA 2021"

    @classmethod
    def at(cls, date: dt.date | None, vintage: str) -> Words:
        """Words for data of ``date`` on small areas of ``vintage`` ("2011" or "2021")."""
        small_area = f"LSOA {vintage}"
        if date is not None and date < ICB_START:
            return cls(commissioner="CCG", system="STP", small_area=small_area)
        return cls(small_area=small_area)


#: words that stay small inside a name
_SMALL = frozenset("and at by cum for in le near of on the to under upon with".split())
#: words that would be taken for initials, having no vowel
_TITLES = frozenset(["DR", "DRS", "LTD", "MR", "MRS", "MS", "ST", "STR", "RD", "NR", "CTR"])
#: initials that have a vowel, and numerals
_INITIALS = frozenset("ABC APMS CIC ICB ICS NE NEL SE UK II III IV VI VII VIII IX".split())
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@functools.lru_cache(maxsize=1 << 16)
def proper(name: str) -> str:
    """
    Give a name in CAPITALS ordinary case; any other name comes back as it is.

    Parameters
    ----------
    name
        Such as "RUGELEY & GREAT HAYWOOD PCN".

    Returns
    -------
    name
        Such as "Rugeley & Great Haywood PCN". Initials stay: words without a vowel, known ones,
        one word in brackets "(ABC)", a word that brackets explain "HIPC (Holistic ...)".
    """
    if not any(c.isalpha() for c in name) or name != name.upper():
        return name
    return _WORD.sub(lambda match: _word(name, match), name)


def _word(name: str, match: re.Match[str]) -> str:
    word, start, end = match.group(), match.start(), match.end()
    before, after = name[:start], name[end:]
    alone = before.endswith("(") and after.startswith(")") and len(word) <= 5
    # "HIPC (HOLISTIC ...)" explains initials, "EDEN (CUMBRIA)" says where
    told = re.match(rf" \({word[0]}[^()\s]* [^()]", after)
    explained = len(word) <= 5 and told is not None and not before.strip()
    if word not in _TITLES and (
        word in _INITIALS or alone or explained or not re.search("[AEIOUYÀ-Þ]", word)
    ):
        return word
    if before.strip() and not before.endswith("(") and word.lower() in _SMALL:
        return word.lower()
    # St George's, O'Brien, McDonald
    pieces = re.split(r"(['’])", word)
    for i, piece in enumerate(pieces):
        first = i == 0 or (len(pieces[0]) == 1 and len(piece) > 1)
        pieces[i] = piece.capitalize() if first else piece.lower()
    text = "".join(pieces)
    return re.sub(r"^Mc(\w)", lambda m: "Mc" + m.group(1).upper(), text)


def listed(items: list[str], most: int = 6) -> str:
    """Join names as a sentence does: "a, b and c"; a long list is cut with a count."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def percent(share: float) -> str:
    """Write a share as a whole percentage: 99.7% is not all, and 0.2% is not none."""
    if 0 < share < 0.005:
        return "under 1%"
    if 0.995 <= share < 1:
        return "over 99%"
    return f"{share:.0%}"


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: "1 practice", "1,204 practices"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def day(date: dt.date) -> str:
    """Write a date as people do: 1 October 2025."""
    return f"{date.day} {date:%B %Y}"
