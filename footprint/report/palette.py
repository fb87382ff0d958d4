"""
The colours of every page, map and still, and the marks that say the same without colour.

Fills of neighbours were searched so that any two of a set differ by at least 20 in CIEDE2000,
to normal, protan, deutan and tritan eyes; ``tests/test_palette.py`` measures it again.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

# -- grounds and lines ---------------------------------------------------------------------------

INK = "#16242f"
QUIET = "#596974"
PAPER = "#f3f6f7"
CARD = "#ffffff"
BLUE = "#14538a"
BLUE_DEEP = "#0b3457"
#: what the patch lies in
SEA = "#dfe8ed"
LAND = "#f0f1ee"
LAND_LINE = "#cfd5d3"
#: PCNs from outside the patch, drawn but not judged
NEIGHBOUR = "#d6d9d8"
NEIGHBOUR_LINE = "#a9b0b3"
#: lines between footprints, around the patch's commissioners, and around what is chosen
FOOTPRINT_LINE = "#ffffff"
COMMISSIONER_LINE = "#3d4c57"
#: a user's localities, and outlines that only help to find one's way
LOCALITY_LINE = "#0e6a5c"
OUTLINE_LINE = "#6c6258"
CHOSEN_LINE = "#0b3457"
#: evidence of a flag, and lines from base to PCN
EVIDENCE = "#7a1f5c"
TRAVEL = "#0b3457"

# -- neighbours apart ----------------------------------------------------------------------------

#: sets of fills by size, pale to deep: least CIEDE2000 between two of them 20.4 and 20.0
FILLS: Mapping[int, tuple[str, ...]] = {
    5: ("#f9eeac", "#5bb0e0", "#999e60", "#ab6384", "#d5f2f6"),
    6: ("#fde3a4", "#3cb9f5", "#4c874a", "#966c90", "#a6a89e", "#d5f1f8"),
}


def apart(codes: Iterable[str], pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """
    Give each area a fill that its neighbours do not have.

    Parameters
    ----------
    codes
        The areas.
    pairs
        Areas that adjoin; others than ``codes`` are ignored.

    Returns
    -------
    colours
        Code to "#rrggbb". Same codes and pairs, same colours, whatever their order. Where six
        fills do not suffice (possible only for areas in several parts), as few neighbours as
        the rule finds share one.

    Notes
    -----
    DSATUR: D. Brélaz, "New methods to color the vertices of a graph", Communications of the ACM
    22 (1979). Of the fills that are free the one used least is taken, so that none dominates.
    """
    order = sorted(set(codes))
    near: dict[str, set[str]] = {code: set() for code in order}
    for a, b in pairs:
        if a != b and a in near and b in near:
            near[a].add(b)
            near[b].add(a)
    for size in sorted(FILLS):
        given, clashes = _dsatur(order, near, size)
        if not clashes:
            break
    return {code: FILLS[size][given[code]] for code in order}


def _dsatur(
    order: Sequence[str], near: Mapping[str, set[str]], size: int
) -> tuple[dict[str, int], int]:
    given: dict[str, int] = {}
    used = [0] * size
    clashes = 0
    seen: dict[str, set[int]] = {code: set() for code in order}
    # most colours around it, then most neighbours, then the lower code
    queue = [(0, -len(near[code]), code) for code in order]
    heapq.heapify(queue)
    while queue:
        colours, _, code = heapq.heappop(queue)
        if code in given or -colours != len(seen[code]):
            # it has been coloured, or stands in the queue again with more colours around it
            continue
        around = [given[n] for n in near[code] if n in given]
        colour = min(range(size), key=lambda k: (around.count(k), used[k], k))
        clashes += around.count(colour)
        given[code] = colour
        used[colour] += 1
        for other in near[code]:
            if other not in given and colour not in seen[other]:
                seen[other].add(colour)
                heapq.heappush(queue, (-len(seen[other]), -len(near[other]), other))
    return given, clashes


# -- verdicts ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verdict:
    """
    How a verdict looks: ``key`` names its CSS class, ``mark`` says it without colour.

    ``fill`` colours areas, ``ink`` is text on that fill, ``line`` the edge that sets it off.
    """

    key: str
    label: str
    mark: str
    fill: str
    ink: str
    line: str


PASS = Verdict(
    "pass",
    "No flag",
    "✓",
    "#d3e7dd",
    "#17553d",
    "#8db8a3",
)
NOTE = Verdict(
    "note",
    "No flag, with a note",
    "•",
    "#eee7c4",
    "#5b4b0b",
    "#c4b878",
)
SLIGHT = Verdict(
    "slight",
    "Slight flag",
    "△",
    "#f9dfb4",
    "#553800",
    "#cfa55c",
)
MILD = Verdict(
    "mild",
    "Flag",
    "▲",
    "#f3c98a",
    "#4f2d00",
    "#b97a12",
)
STRONG = Verdict(
    "strong",
    "Strong flag",
    "◆",
    "#d9795e",
    "#3b1007",
    "#8f3420",
)
UNJUDGED = Verdict(
    "unjudged",
    "Not judged",
    "?",
    "#e1e5e8",
    "#42535f",
    "#a9b4bb",
)
#: from least to most to look at
VERDICTS = (PASS, NOTE, SLIGHT, MILD, STRONG, UNJUDGED)


def verdict_of(verdict: str, severity: str = "none") -> Verdict:
    """
    How one row of the checks looks.

    Parameters
    ----------
    verdict
        "pass", "flag" or "not judged".
    severity
        "none", "note", "mild" or "strong".
    """
    if verdict == "flag":
        return {"strong": STRONG, "note": SLIGHT}.get(severity, MILD)
    if verdict == "pass":
        return PASS if severity == "none" else NOTE
    return UNJUDGED


def pcn_verdicts(pcns: pd.DataFrame, checks: pd.DataFrame) -> dict[str, Verdict]:
    """
    How each PCN looks: as its gravest flag, else as its gravest pass.

    Parameters
    ----------
    pcns
        Table ``pcns``: pcn_code, verdict.
    checks
        Table ``checks``: pcn_code, verdict, severity.

    Returns
    -------
    verdicts
        Code to :class:`Verdict`, in the order of ``pcns``.
    """
    gravity = {"none": 0, "note": 1, "mild": 2, "strong": 3}
    worst: dict[tuple[str, str], str] = {}
    for row in checks[["pcn_code", "verdict", "severity"]].itertuples(index=False):
        key = (str(row.pcn_code), str(row.verdict))
        if gravity.get(str(row.severity), 0) >= gravity.get(worst.get(key, "none"), 0):
            worst[key] = str(row.severity)
    return {
        str(code): verdict_of(str(verdict), worst.get((str(code), str(verdict)), "none"))
        for code, verdict in zip(pcns["pcn_code"], pcns["verdict"], strict=True)
    }


# -- list size -----------------------------------------------------------------------------------

#: pale to deep
SIZES = ("#f3e8c6", "#dcebee", "#b3d3e0", "#82b3cf", "#548fb8", "#2c6896")


@dataclass(frozen=True)
class SizeClass:
    """People from ``low`` up to, not including, ``high`` (None: no end), with fill and words."""

    low: float
    high: float | None
    fill: str
    label: str


def size_classes(settings: Mapping[str, Any]) -> tuple[SizeClass, ...]:
    """
    Classes of list size around the policy's band, pale to deep.

    Parameters
    ----------
    settings
        ``population_min``, ``population_max`` and ``population_strong_over`` (people); the
        defaults of the policy where absent, or where they stand under ``policy``.
    """
    policy = settings.get("policy", settings)
    low = float(policy.get("population_min", 30_000))
    high = float(policy.get("population_max", 50_000))
    strong = float(policy.get("population_strong_over", 100_000))
    middle = (low + high) / 2
    over = (high + max(strong, high + 2)) / 2
    # a list of exactly the upper limit is within the band
    edges = [0.0, low, middle, high + 1, over, max(strong, high + 2) + 1]
    words = ["under the band", "within the band", "within the band", "over", "over", "far over"]
    classes = []
    for i, fill in enumerate(SIZES):
        end = edges[i + 1] if i + 1 < len(edges) else None
        span = (
            f"under {end:,.0f}"
            if i == 0 and end is not None
            else f"over {edges[i] - 1:,.0f}"
            if end is None
            else f"{edges[i]:,.0f} to {end - 1:,.0f}"
        )
        classes.append(SizeClass(edges[i], end, fill, f"{span} ({words[i]})"))
    return tuple(classes)


def size_class(people: float | None, classes: Sequence[SizeClass]) -> SizeClass | None:
    """Class that holds ``people``; None where the list size is not known."""
    if people is None or pd.isna(people):
        return None
    return next(c for c in reversed(classes) if people >= c.low or c is classes[0])


# -- contrast ------------------------------------------------------------------------------------


def contrast(one: str, other: str) -> float:
    """
    Contrast of two colours "#rrggbb", 1 to 21.

    Notes
    -----
    Web Content Accessibility Guidelines 2.2, "contrast ratio"; text needs at least 4.5.
    """
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
