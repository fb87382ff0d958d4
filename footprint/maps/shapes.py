"""Shapes of the map: footprints with their parts, ground, outlines, places and evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import shapely

from footprint.maps import geometry
from footprint.maps.rows import grouped, text, with_points
from footprint.report import layers, names
from footprint.report.content import Content

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
    return {key: shape for key, shape in found.items() if key[0] == "+" or key in set(codes)}


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
    near = [shape for key, shape in shown.items() if key[0] == "+"]
    outline = shapely.union_all([shape for key, shape in shown.items() if key[0] != "+"])
    areas = layers.layer(content, "small_areas")
    if "elsewhere" in areas:
        areas = areas[areas["elsewhere"].fillna(value=False).astype(bool)]
    else:
        areas = areas.iloc[:0]
    commissioners = layers.layer(content, "commissioners")
    places = layers.layer(content, "places")
    return {
        "neighbours": plain(near),
        "neighbour_names": [
            names.short(str(name)) for name in layers.layer(content, "neighbours").get(
                "pcn_name", []
            )
        ],
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
    Land around the patch, with a smooth outer edge; nothing where no sea is near.

    The layer ends at ragged small areas somewhere beyond the patch, which would look like a
    coast. Where land is all around the page has no sea at all.
    """
    around = layers.layer(content, "surroundings")
    if around.empty or outline.is_empty:
        return []
    west, south, east, north = layers.bounds(content)
    edge = min(4_500.0, 0.25 * max(east - west, north - south))
    near = shapely.buffer(shapely.simplify(outline, 4 * fine), edge)
    land = shapely.union_all(
        [
            geometry.without_small_holes(shapely.make_valid(shape), 400 * fine * fine)
            for shape in [*shapely.simplify(around.geometry.to_numpy(), 2 * fine), outline]
        ]
    )
    land = shapely.intersection(geometry.without_small_holes(land, 400 * fine * fine), near)
    return [] if land.area > LANDLOCKED * near.area else [land]


def plain(found: Iterable[shapely.Geometry]) -> list[dict[str, Any]]:
    """Shapes in metres as GeoJSON in degrees."""
    # a shape that display does not need anymore is no shape
    return [
        geometry.geojson(s) for s in geometry.degrees(found) if s is not None and not s.is_empty
    ]


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
    found = {}
    for code, shape in shown.items():
        polygons = geometry.polygons(shape)
        if code[0] == "+" or not polygons:
            continue
        mine = parts.get(code, [])
        of = []
        for polygon in polygons:
            overlap = [shapely.intersection(polygon, p["geometry"]).area for p in mine]
            best = max(range(len(mine)), key=lambda i: overlap[i]) if mine else None
            of.append(1 if best is None else int(mine[best]["part"]))
        first = [p for p, part in zip(polygons, of, strict=True) if part == min(of)]
        middle = layers.anchors(
            gpd.GeoDataFrame(geometry=[shapely.MultiPolygon(first)], crs=layers.CRS)
        ).iloc[0]
        point, *degrees = geometry.degrees([shapely.Point(middle["x"], middle["y"]), *polygons])
        found[code] = {
            "shape": geometry.multipolygon(degrees),
            "of": of,
            "at": geometry.at(point),
            "radius": round(float(middle["radius"])),
        }
    return found
