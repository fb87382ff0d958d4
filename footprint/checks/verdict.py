"""The row that every check gives for every PCN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

PASS: Final = "pass"
FLAG: Final = "flag"
NOT_JUDGED: Final = "not judged"
SEVERITIES = ("none", "note", "mild", "strong")

Word = Literal["pass", "flag", "not judged"]
Severity = Literal["none", "note", "mild", "strong"]


@dataclass(frozen=True)
class Verdict:
    """
    What one check says of one PCN.

    Parameters
    ----------
    pcn_code, check
        Of what and by which check.
    verdict, severity
        The word, and how much it weighs; a pass weighs nothing or is worth a note.
    figure, threshold
        What was measured (None where nothing could be) and against what, in words.
    evidence
        One sentence that can be read aloud.
    geometry
        (label, geometry in EPSG:27700) pairs that a map draws as proof.
    """

    pcn_code: str
    check: str
    verdict: Word
    severity: Severity
    figure: float | None
    threshold: str
    evidence: str
    geometry: tuple[tuple[str, Any], ...] = ()


def not_judged(pcn_code: str, check: str, threshold: str, why: str) -> Verdict:
    """Return the verdict of a check that the files do not allow."""
    return Verdict(pcn_code, check, NOT_JUDGED, "none", None, threshold, why)
