"""Shapes for display: fewer corners, degrees with five decimals, plain GeoJSON."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

#: decimals of degrees: about a metre; four would open gaps between neighbours
DECIMALS = 5


def tolerance(bounds: tuple[float, float, float, float]) -> float:
    """
    Detail in metres that a map of this extent can lose: a county 20, England 150.

    Parameters
    ----------
    bounds
        West, south, east, north in metres.
    """
    west, south, east, north = bounds
    return float(np.clip(np.hypot(east - west, north - south) / 5000, 5.0, 150.0))


def degrees(shapes: Iterable[shapely.Geometry | None]) -> list[Any]:
    """Shapes in EPSG:27700 as shapes in EPSG:4326, rounded."""
    series = gpd.GeoSeries(list(shapes), crs="EPSG:27700").to_crs("EPSG:4326")
    found = shapely.transform(series.to_numpy(), lambda xy: np.round(xy, DECIMALS))
    return list(found)


def at(shape: shapely.Point) -> list[float]:
    """Latitude and longitude of a point in degrees, as Leaflet wants them."""
    return [round(float(shape.y), DECIMALS), round(float(shape.x), DECIMALS)]


def polygons(shape: shapely.Geometry | None) -> list[shapely.Polygon]:
    """The polygons of a shape, lines and points left out."""
    if shape is None:
        return []
    pieces = shapely.get_parts(shapely.get_parts(shape))
    return [each for each in pieces if each.geom_type == "Polygon" and not each.is_empty]


def without_small_holes(shape: shapely.Geometry, area: float) -> shapely.Geometry:
    """Polygons of ``shape`` without holes under ``area`` square metres: slivers of a union."""
    return shapely.union_all(
        [
            shapely.Polygon(
                piece.exterior,
                [ring for ring in piece.interiors if shapely.Polygon(ring).area >= area],
            )
            for piece in polygons(shape)
        ]
    )


def geojson(shape: shapely.Geometry) -> dict[str, Any]:
    """
    Geometry object of GeoJSON.

    Parameters
    ----------
    shape
        In degrees. A collection keeps the pieces of its highest dimension.
    """
    if shape.geom_type == "GeometryCollection":
        pieces = shapely.get_parts(shapely.get_parts(shape))
        top = max((shapely.get_dimensions(each) for each in pieces), default=0)
        shape = shapely.union_all([p for p in pieces if shapely.get_dimensions(p) == top])
    return {"type": shape.geom_type, "coordinates": _coordinates(shape)}


def _coordinates(shape: shapely.Geometry) -> list[Any]:
    if shape.geom_type == "Point":
        return [] if shape.is_empty else _pairs(shape)[0]
    if shape.geom_type in {"LineString", "LinearRing"}:
        return _pairs(shape)
    if shape.geom_type == "Polygon":
        return rings([shape])[0]
    return [_coordinates(piece) for piece in shape.geoms]


def rings(polygons: Sequence[shapely.Polygon]) -> list[list[list[list[float]]]]:
    """Rings of each polygon as GeoJSON has them; a corner that rounding doubled is left out."""
    lines, polygon = shapely.get_rings(polygons, return_index=True)
    xy, line = shapely.get_coordinates(lines, return_index=True)
    xy = np.round(xy, DECIMALS)
    another = np.append(True, (np.diff(line) > 0) | (xy[1:] != xy[:-1]).any(axis=1))[: len(xy)]
    # what would be no ring without them keeps them
    another |= (np.bincount(line[another], minlength=len(lines)) < 4)[line]
    ends = np.cumsum(np.bincount(line[another], minlength=len(lines))).tolist()
    corners = xy[another].tolist()
    found: list[list[list[list[float]]]] = [[] for _ in polygons]
    for owner, (start, end) in zip(polygon, itertools.pairwise([0, *ends]), strict=True):
        found[owner].append(corners[start:end])
    return found


def _pairs(shape: shapely.Geometry) -> list[list[float]]:
    found: list[list[float]] = np.round(shapely.get_coordinates(shape), DECIMALS).tolist()
    return found
