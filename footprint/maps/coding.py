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

from footprint.maps.geometry import DECIMALS

#: six bits a letter, all of them plain in JSON and in HTML
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
SCALE = 10**DECIMALS

Corner = tuple[int, int]


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
    return _steps((round(x * SCALE), round(y * SCALE)) for x, y in points)


def _steps(corners: Iterable[Corner]) -> str:
    written: list[str] = []
    before = (0, 0)
    for corner in corners:
        for value, last in zip(corner, before, strict=True):
            step = value - last
            rest = ~(step << 1) if step < 0 else step << 1
            while rest >= 32:
                written.append(LETTERS[32 | (rest & 31)])
                rest >>= 5
            written.append(LETTERS[rest])
        before = corner
    return "".join(written)


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
    corners = [
        [[[(round(x * SCALE), round(y * SCALE)) for x, y in ring] for ring in polygon]
         for polygon in _polygons(shape)]
        for shape in shapes
    ]  # fmt: skip
    beside: dict[Corner, set[Corner]] = {}
    for ring in (ring for shape in corners for polygon in shape for ring in polygon):
        for a, b in itertools.pairwise(ring):
            beside.setdefault(a, set()).add(b)
            beside.setdefault(b, set()).add(a)
    arcs: list[str] = []
    known: dict[tuple[Corner, ...], int] = {}

    def place(arc: tuple[Corner, ...]) -> int:
        if arc in known:
            return known[arc]
        if arc[::-1] in known:
            return ~known[arc[::-1]]
        known[arc] = len(arcs)
        arcs.append(_steps(arc))
        return known[arc]

    def cut(ring: list[Corner]) -> list[int]:
        open_ring = ring[:-1]
        ends = [k for k, corner in enumerate(open_ring) if len(beside[corner]) != 2]
        # a ring that meets no other begins at its lowest corner, whoever goes around it
        first = ends[0] if ends else open_ring.index(min(open_ring))
        turned = [*open_ring[first:], *open_ring[: first + 1]]
        stops = [end - first for end in ends] or [0]
        return [
            place(tuple(turned[a : b + 1]))
            for a, b in zip(stops, [*stops[1:], len(open_ring)], strict=True)
        ]

    return arcs, [[[cut(ring) for ring in polygon] for polygon in shape] for shape in corners]


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
