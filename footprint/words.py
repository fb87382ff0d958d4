"""The words of the data's date: what a commissioner, an ICB and a small area were called then."""

from __future__ import annotations

import datetime as dt
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


#: words that official names write in capitals for good
INITIALS = frozenset(
    "PCN GP NHS CCG ICB STP PMS GMS APMS UK ABC LLP MC HC SWPCN II III IV NE NW SE SW".split()  # noqa: SIM905
)
SMALL = frozenset({"and", "of", "the", "in", "on", "at", "for", "with", "by", "upon", "under"})


def plain_name(name: str) -> str:
    """
    Write an official name in CAPITALS as a reader would; leave any other name as it is.

    "ABOUT BETTER CARE (ABC) PCN" becomes "About Better Care (ABC) PCN", "DR O'BRIEN & PARTNERS"
    "Dr O'Brien & Partners". Only for display: tables keep the file's own names.
    """
    if name != name.upper():
        return name
    out = []
    for at, word in enumerate(name.split(" ")):
        bare = word.strip("()[],.;:'\"")
        if bare in INITIALS or any(c.isdigit() for c in bare):
            out.append(word)
        elif at and bare.lower() in SMALL:
            out.append(word.lower())
        else:
            out.append(_capitals(word))
    return " ".join(out)


def _capitals(word: str) -> str:
    letters, start = [], True
    for at, letter in enumerate(word):
        letters.append(letter.upper() if start else letter.lower())
        # after an apostrophe only names such as O'Brien go on with a capital
        start = not (letter.isalnum() or letter in "'’") or (
            letter in "'’" and at == 1 and len(word) > 3
        )
    return "".join(letters)


def listed(items: list[str], most: int = 6) -> str:
    """Join names as a sentence does: "a, b and c"; a long list is cut with a count."""
    if len(items) > most:
        return f"{', '.join(items[:most])} and {len(items) - most:,} more"
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)


def counted(number: int, one: str, many: str | None = None) -> str:
    """Write a number with its noun: "1 practice", "1,204 practices"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
