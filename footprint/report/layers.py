"""
The layers as pictures need them: present, simplified for display, with a place for a label.

Names of the layers in :class:`footprint.report.content.Content`, all in EPSG:27700 at full
resolution: ``pcns``, ``parts``, ``small_areas``, ``practices``, ``bases``, ``evidence``,
``neighbours``, ``commissioners``, ``places``, ``surroundings``. Analysis never sees what this
module returns.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.report.content import Content

CRS = "EPSG:27700"


def layer(content: Content, name: str) -> gpd.GeoDataFrame:
    """One layer without the rows that have no shape; empty where the content has none."""
    frame = content.layers.get(name)
    if frame is None:
        return gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=CRS))
    shapes = frame.geometry
    return frame[shapes.notna() & ~shapes.is_empty].reset_index(drop=True)


def bounds(content: Content) -> tuple[float, float, float, float]:
    """West, south, east and north of the patch in metres: of its PCNs, else of its practices."""
    for name in ("pcns", "small_areas", "practices", "bases"):
        frame = layer(content, name)
        if len(frame):
            west, south, east, north = (float(each) for each in frame.total_bounds)
            # a single point has no extent to draw
            if east - west < 1 or north - south < 1:
                west, south, east, north = west - 1e3, south - 1e3, east + 1e3, north + 1e3
            return west, south, east, north
    return 0.0, 0.0, 1e3, 1e3


def simplified(frame: gpd.GeoDataFrame, metres: float) -> gpd.GeoDataFrame:
    """
    A coverage with fewer vertices and still without gaps or overlaps.

    Parameters
    ----------
    frame
        Polygons that share borders, EPSG:27700.
    metres
        Detail that may go: the square root of the area that a removed corner spans.

    Returns
    -------
    frame
        A copy; shapes that are no coverage are simplified one by one.
    """
    if frame.empty or metres <= 0:
        return frame
    shapes = frame.geometry.to_numpy()
    try:
        shapes = shapely.coverage_simplify(shapes, metres)
    except shapely.errors.GEOSException:
        shapes = shapely.simplify(shapes, metres / 2)
    return frame.set_geometry(gpd.GeoSeries(shapes, index=frame.index, crs=frame.crs))


def anchors(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Where a label of each shape sits best.

    Returns
    -------
    anchors
        On the index of ``frame``: x, y (metres) of the centre of the largest circle inside the
        shape's largest polygon, and that circle's radius.
    """
    rows = []
    for shape in frame.geometry:
        pieces = [each for each in shapely.get_parts(shape) if each.geom_type == "Polygon"]
        if not pieces:
            middle = shapely.point_on_surface(shape)
            rows.append((middle.x, middle.y, 0.0))
            continue
        piece = max(pieces, key=lambda each: each.area)
        size = float(np.sqrt(piece.area))
        circle = shapely.maximum_inscribed_circle(piece, tolerance=max(size / 100, 1.0))
        x, y = shapely.get_coordinates(circle)[0]
        rows.append((float(x), float(y), float(circle.length)))
    return pd.DataFrame(rows, columns=["x", "y", "radius"], index=frame.index, dtype=float)
