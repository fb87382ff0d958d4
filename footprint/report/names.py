"""Official names as a reader expects them: the CAPITALS of NHS files in ordinary case."""

from __future__ import annotations

import re

from footprint.words import proper

__all__ = ["proper", "short"]

_TAIL = re.compile(
    r"[\s,\-–]*\b(?:PCN|Primary Care Network)s?(?:\s+(?:Ltd|Limited|CIC))?\.?\s*$", re.IGNORECASE
)


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
