"""
The map's data packed small: borders once, corners as steps, rows as columns.

Two neighbouring footprints share the corners between them. Cut where three meet, the borders are
arcs of which every footprint, every group of PCNs and the patch itself can be put together, so
that none is written twice. A line is its first corner and the steps from corner to corner, in
hundred-thousandths of a degree: a step of 500 m takes two or three letters each way instead of
nineteen. ``model.js`` and ``shapes.js`` read what this module writes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from footprint.maps.geometry import DECIMALS

#: six bits a letter, all of them plain in JSON and in HTML
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SCALE = 10**DECIMALS

_LETTERS = np.frombuffer(LETTERS.encode("ascii"), dtype=np.uint8)
Numbers = npt.NDArray[np.int64]


def line(points: Iterable[Sequence[float]]) -> str:
    """
    Corners as letters.

    Parameters
    ----------
    points
        Longitude and latitude in degrees.

    Returns
    -------
    letters
        The first corner and then the step to each next one: numbers with their sign in the lowest
        bit, five bits a letter, lowest first; a letter of the alphabet's second half says that the
        number goes on.
    """
    corners = _corners(list(points))
    return _lines(corners, np.array([len(corners)]))[0]


def _corners(points: Sequence[Sequence[float]]) -> Numbers:
    """(n, 2) of longitude and latitude in steps of the grid."""
    return np.rint(np.array(points, dtype=float).reshape(-1, 2) * SCALE).astype(np.int64)


def _lines(corners: Numbers, counts: Numbers) -> list[str]:
    """Write lines that stand one after the other in ``corners``, so many corners each."""
    steps = np.diff(corners, axis=0, prepend=0)
    starts = np.cumsum(counts) - counts
    # a line begins anew
    steps[starts[counts > 0]] = corners[starts[counts > 0]]
    steps = steps.ravel()
    rest = np.where(steps < 0, ~(steps << 1), steps << 1)
    letters = np.ones(len(rest), dtype=np.int64)
    over = rest >> 5
    while over.any():
        letters += over > 0
        over >>= 5
    ends = np.cumsum(letters)
    written = np.empty(ends[-1] if len(ends) else 0, dtype=np.uint8)
    # the first letter of every number, then the second of those that go on, and so forth
    at = ends - letters
    while len(rest):
        more = rest >= 32
        written[at] = _LETTERS[(rest & 31) | (more << 5)]
        at, rest = at[more] + 1, rest[more] >> 5
    text = written.tobytes().decode("ascii")
    # two numbers a corner
    cuts = [0, *np.append(0, ends)[2 * np.cumsum(counts)].tolist()]
    return [text[a:b] for a, b in itertools.pairwise(cuts)]


def geometry(shape: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """GeoJSON geometry whose lines and rings are letters; points stay as they are."""
    if shape is None:
        return None
    return {"type": shape["type"], "coordinates": _coded(shape["coordinates"])}


def _coded(found: list[Any]) -> list[Any] | str:
    if not found or not isinstance(found[0], list):
        return found
    if isinstance(found[0][0], list):
        return [_coded(each) for each in found]
    return line(found)


def topology(
    shapes: Sequence[Mapping[str, Any] | None],
) -> tuple[list[str], list[list[list[list[int]]]]]:
    """
    Borders of a coverage, each once.

    Parameters
    ----------
    shapes
        Polygons and MultiPolygons of GeoJSON that share the corners of their borders, or None.

    Returns
    -------
    arcs, rings
        The arcs as :func:`line` writes them, and of every shape its polygons' rings as the places
        of their arcs, ``~place`` where an arc is gone along backwards.
    """
    rings = [ring for shape in shapes for polygon in _polygons(shape) for ring in polygon]
    counts = np.array([len(ring) for ring in rings], dtype=np.int64)
    corners, place, meets = _meetings(_corners([*itertools.chain(*rings)]), counts)
    found: list[npt.NDArray[np.intp]] = []
    known: dict[bytes, int] = {}

    def arc(along: npt.NDArray[np.intp]) -> int:
        there, back = along.tobytes(), along[::-1].tobytes()
        if there in known:
            return known[there]
        if back in known:
            return ~known[back]
        known[there] = len(found)
        found.append(along)
        return known[there]

    def cut(start: int, end: int) -> list[int]:
        open_ring = place[start : end - 1]
        ends = np.flatnonzero(meets[open_ring])
        # a ring that meets no other begins at its lowest corner, whoever goes around it
        first = ends[0] if len(ends) else open_ring.argmin()
        turned = np.concatenate([open_ring[first:], open_ring[: first + 1]])
        stops = (ends - first).tolist() or [0]
        return [arc(turned[a : b + 1]) for a, b in itertools.pairwise([*stops, len(open_ring)])]

    ends = np.cumsum(counts)
    cuts = map(cut, (ends - counts).tolist(), ends.tolist())
    arranged = [[[next(cuts) for _ in polygon] for polygon in _polygons(shape)] for shape in shapes]
    along = np.concatenate([*found, np.empty(0, dtype=np.intp)])
    return _lines(corners[along], np.array([len(each) for each in found], dtype=int)), arranged


def _meetings(
    points: Numbers, counts: Numbers
) -> tuple[Numbers, npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """
    Find where borders meet.

    Parameters
    ----------
    points
        (n, 2) corners of rings, one ring after the other.
    counts
        How many of them each ring has, the first again at its end.

    Returns
    -------
    corners
        (m, 2) the different ones, sorted.
    place
        (n,) which of them each point is.
    meets
        (m,) whether more or fewer than two others are next to it.
    """
    keys, place = np.unique((points[:, 0] << 32) + points[:, 1], return_inverse=True)
    corners = np.empty((len(keys), 2), dtype=np.int64)
    corners[place] = points
    # the last of a ring is next to nothing that follows
    within = np.ones(len(points), dtype=bool)
    within[np.cumsum(counts) - 1] = False
    a, b = place[within], np.append(place, 0)[1:][within]
    width = max(len(keys), 1)
    beside = np.unique(np.concatenate([a * width + b, b * width + a])) // width
    return corners, place, np.bincount(beside, minlength=len(keys)) != 2


def _polygons(shape: Mapping[str, Any] | None) -> list[Any]:
    if shape is None:
        return []
    found: list[Any] = shape["coordinates"]
    return [found] if shape["type"] == "Polygon" else found


def columns(rows: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Rows with the same keys as one list for each key."""
    return {key: [row[key] for row in rows] for key in rows[0]} if rows else {}


def packed(data: Mapping[str, Any]) -> dict[str, Any]:
    """
    Pack what :func:`footprint.maps.payload.payload` gives for the page.

    Outlines of the patch and of groups of PCNs are left out: the page puts them together from
    arcs.
    """
    shapes = data["shapes"]
    near = shapes["neighbours"]
    arcs, rings = topology([each["shape"] for each in [*data["pcns"], *near]])
    borders, _ = topology(shapes["commissioners"])
    whole = [None if each["shape"] is None else mine
             for each, mine in zip([*data["pcns"], *near], rings, strict=True)]  # fmt: skip
    count = len(data["pcns"])
    pcns = [
        {
            **pcn,
            "official": _unless_same(pcn),
            "shape": mine,
            "catchment": geometry(pcn["catchment"]),
            "checks": columns(pcn["checks"]),
            "parts": columns(pcn["parts"]),
        }
        for pcn, mine in zip(data["pcns"], whole[:count], strict=True)
    ]
    practices = [{**each, "official": _unless_same(each)} for each in data["practices"]]
    return {
        **data,
        "arcs": arcs,
        "pcns": columns(pcns),
        "practices": columns(practices),
        "branches": columns(data["branches"]),
        "shapes": {
            **{key: value for key, value in shapes.items() if key != "outline"},
            "neighbours": [
                {**each, "shape": mine} for each, mine in zip(near, whole[count:], strict=True)
            ],
            # their lines are drawn, and no more
            "commissioners": [{"type": "MultiLineString", "coordinates": borders}],
            **{key: [geometry(each) for each in shapes[key]] for key in ("elsewhere", "land")},
            **{
                key: {**shapes[key], "lines": [geometry(each) for each in shapes[key]["lines"]]}
                for key in ("localities", "outlines")
            },
            "evidence": [{**each, "shape": geometry(each["shape"])} for each in shapes["evidence"]],
        },
    }


def _unless_same(item: Mapping[str, Any]) -> str | None:
    """Give the official name where it is more than the name in capitals."""
    official: str = item["official"]
    same = official.isascii() and official == item["name"].upper()
    return None if same else official
