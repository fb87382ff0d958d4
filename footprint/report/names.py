"""Official names as a reader expects them: the CAPITALS of NHS files in ordinary case."""

from __future__ import annotations

import re

#: words that stay small inside a name
_SMALL = frozenset("and at by cum for in le near of on the to under upon with".split())
#: words that would be taken for initials, having no vowel
_TITLES = frozenset(["DR", "DRS", "LTD", "MR", "MRS", "MS", "ST", "STR", "RD", "NR", "CTR"])
#: initials that have a vowel, and numerals
_INITIALS = frozenset(
    ["ABC", "APMS", "CIC", "ICB", "ICS", "UK", "II", "III", "IV", "VI", "VII", "VIII", "IX"]
)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_TAIL = re.compile(
    r"[\s,\-–]*\b(?:PCN|Primary Care Network)s?(?:\s+(?:Ltd|Limited|CIC))?\.?\s*$", re.IGNORECASE
)


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


def short(name: str) -> str:
    """
    Name of a PCN as a map's label has room for: without "PCN" and without brackets.

    Parameters
    ----------
    name
        Such as "ABOUT BETTER CARE (ABC) PCN".

    Returns
    -------
    name
        Such as "About Better Care"; the whole name where nothing else would be left.
    """
    whole = proper(" ".join(name.split()))
    text = _TAIL.sub("", whole)
    text = _TAIL.sub("", re.sub(r"\s*\([^()]*\)", "", text)).strip(" ,-–")
    return text or whole
