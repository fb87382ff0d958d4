"""Shapes of the map: footprints with their parts, ground, outlines, places and evidence."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from footprint.maps import geometry, orientation
from footprint.maps.rows import grouped, text, with_points
from footprint.report import layers
from footprint.report.content import Content
from footprint.segments import is_coverage

#: share of land around a patch from which on it is taken to have no coast
LANDLOCKED = 0.97


def footprints(content: Content, codes: list[str]) -> dict[str, shapely.Geometry]:
    """Shape by PCN code in metres, neighbours under "+" and their place, all one coverage."""
    fine = geometry.tolerance(layers.bounds(content))
    own = layers.layer(content, "pcns")
    near = layers.layer(content, "neighbours")
    keys = [str(code) for code in own.get("pcn_code", [])] + [f"+{i}" for i in range(len(near))]
    both = gpd.GeoDataFrame(geometry=[*own.geometry, *near.geometry], crs=layers.CRS)
    found = dict(zip(keys, layers.simplified(both, fine).geometry, strict=True))
    wanted = set(codes)
    return {key: shape for key, shape in found.items() if key[0] == "+" or key in wanted}


def shapes(
    content: Content, place: Mapping[str, int], shown: Mapping[str, shapely.Geometry]
) -> dict[str, Any]:
    """
    Everything under, over and around the footprints.

    Parameters
    ----------
    content
        What is shown.
    place
        Place of each PCN in the page's list, by code.
    shown
        From :func:`footprints`.
    """
    fine = geometry.tolerance(layers.bounds(content))
    # what a neighbour wins lies within the patch all the same
    whole = np.array(list(shown.values()), dtype=object)
    # along shared edges, many times faster, where simplifying has left a clean coverage
    outline = shapely.coverage_union_all(whole) if is_coverage(whole) else shapely.union_all(whole)
    areas = layers.layer(content, "small_areas")
    if "elsewhere" in areas:
        areas = areas[areas["elsewhere"].fillna(value=False).astype(bool)]
    else:
        areas = areas.iloc[:0]
    commissioners = layers.layer(content, "commissioners")
    places = layers.layer(content, "places")
    return {
        "neighbours": orientation.neighbours(content, shown),
        "localities": orientation.lines(content, "localities", "locality"),
        "outlines": orientation.lines(content, "outlines", "name"),
        "outline": plain([outline]),
        "elsewhere": plain(shapely.simplify(areas.geometry.to_numpy(), fine / 2)),
        "land": plain(_land(content, outline, fine)),
        "commissioners": plain(layers.simplified(commissioners, fine).geometry),
        "commissioner_names": [str(n) for n in commissioners.get("commissioner_name", [])],
        "places": [
            {"name": str(row.place_name), "kind": str(row.kind), "at": geometry.at(point)}
            for row, point in with_points(places)
        ],
        "evidence": _evidence(content, place, fine),
    }  # fmt: skip


def _land(content: Content, outline: shapely.Geometry, fine: float) -> list[shapely.Geometry]:
    """
    Land around the patch, as far as it is known; nothing where no sea is near.

    Boundaries of a whole country reach beyond any screen. Others end at ragged small areas
    somewhere, which would look like a coast: of these a ring with a smooth outer edge is drawn.
    Where land is all around the page has no sea at all.
    """
    around = layers.layer(content, "surroundings")
    if around.empty or outline.is_empty:
        return []
    west, south, east, north = layers.bounds(content)
    side, reach = max(east - west, north - south), float(around["reach_m"].min())
    wide = reach > side / 2
    if wide:
        near = shapely.buffer(shapely.box(west, south, east, north), reach, join_style="mitre")
    else:
        near = shapely.buffer(shapely.simplify(outline, 4 * fine), min(reach, side / 4))
    land = shapely.union_all(
        [
            geometry.without_small_holes(shapely.make_valid(shape), 400 * fine * fine)
            for shape in [*shapely.simplify(around.geometry.to_numpy(), 2 * fine), outline]
        ]
    )
    land = shapely.intersection(geometry.without_small_holes(land, 400 * fine * fine), near)
    if land.area > LANDLOCKED * near.area:
        return []
    if wide:
        # who zooms out sees no edge
        frame = shapely.buffer(near, 2 * side, join_style="mitre").bounds
        land = shapely.union_all([land, *layers.carried_on(land, near, frame)])
    return [land]


def plain(found: Iterable[shapely.Geometry]) -> list[dict[str, Any]]:
    """Shapes in metres as GeoJSON in degrees."""
    # a shape that display does not need anymore is no shape
    return [
        geometry.geojson(s) for s in geometry.degrees(found) if s is not None and not s.is_empty
    ]


def catchments(content: Content) -> dict[str, dict[str, Any]]:
    """Catchment by PCN code as GeoJSON: an outline to look at, its smallest bits left out."""
    frame = layers.layer(content, "catchments")
    if frame.empty:
        return {}
    fine = geometry.tolerance(layers.bounds(content))
    thin = [
        shapely.MultiPolygon([p for p in geometry.polygons(shape) if p.area >= 25 * fine * fine])
        for shape in shapely.simplify(frame.geometry.to_numpy(), fine)
    ]
    drawn = zip(frame["pcn_code"], geometry.degrees(thin), strict=True)
    return {str(code): geometry.geojson(shape) for code, shape in drawn if not shape.is_empty}


def _evidence(content: Content, place: Mapping[str, int], fine: float) -> list[dict[str, Any]]:
    frame = layers.layer(content, "evidence")
    if frame.empty:
        return []
    shapes = geometry.degrees(shapely.simplify(frame.geometry.to_numpy(), fine / 2))
    parts = set(layers.layer(content, "parts").get("pcn_code", []))
    found = []
    for row, shape in zip(frame.itertuples(index=False), shapes, strict=True):
        # a PCN that is too large, or its parts, are drawn from the footprints themselves
        drawn = row.check == "population" or (row.check == "parts" and row.pcn_code in parts)
        if (drawn and shapely.get_dimensions(shape) == 2) or row.pcn_code not in place:
            continue
        found.append(
            {
                "pcn": place[str(row.pcn_code)],
                "check": str(row.check),
                "label": text(row.label),
                "shape": geometry.geojson(shape),
            }
        )
    return found


def pieces(content: Content, shown: Mapping[str, shapely.Geometry]) -> dict[str, dict[str, Any]]:
    """
    Shape, part of each of its polygons, label point and room of each footprint.

    The parts are told by the simplified polygons themselves, so that their outlines lie exactly
    on the footprint's.
    """
    parts = grouped(layers.layer(content, "parts"), "pcn_code")
    polygons = {code: geometry.polygons(shape) for code, shape in shown.items() if code[0] != "+"}
    polygons = {code: mine for code, mine in polygons.items() if mine}
    of = {code: _part_of(mine, parts.get(code, [])) for code, mine in polygons.items()}
    first = [
        shapely.MultiPolygon([p for p, part in zip(mine, of[code], strict=True)
                              if part == min(of[code])])
        for code, mine in polygons.items()
    ]  # fmt: skip
    middles = layers.anchors(gpd.GeoDataFrame(geometry=first, crs=layers.CRS))
    # to degrees all at once
    points = geometry.degrees(shapely.points(middles[["x", "y"]].to_numpy()))
    drawn = iter(geometry.rings(geometry.degrees(itertools.chain(*polygons.values()))))
    return {
        code: {
            "shape": {"type": "MultiPolygon", "coordinates": [next(drawn) for _ in mine]},
            "of": of[code],
            "at": geometry.at(point),
            "radius": round(float(radius)),
        }
        for (code, mine), point, radius in zip(
            polygons.items(), points, middles["radius"], strict=True
        )
    }


def _part_of(polygons: list[shapely.Polygon], parts: list[dict[str, Any]]) -> list[int]:
    """Number of the part that each polygon has most of."""
    if len(parts) < 2:
        return [int(parts[0]["part"]) if parts else 1] * len(polygons)
    shapes = [part["geometry"] for part in parts]
    most = [int(np.argmax(shapely.area(shapely.intersection(p, shapes)))) for p in polygons]
    return [int(parts[at]["part"]) for at in most]
