"""
The layers as pictures need them: present, simplified for display, with a place for a label.

Names of the layers in :class:`footprint.report.content.Content`, all in EPSG:27700 at full
resolution: ``pcns``, ``parts``, ``small_areas``, ``practices``, ``branches``, ``bases``,
``evidence``, ``neighbours``, ``commissioners``, ``localities``, ``outlines``, ``places``,
``surroundings``. Analysis never sees what this module returns.
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.report.content import Content

CRS = "EPSG:27700"
#: lines for orientation are drawn this far around, as a share of the patch's longer side
_AROUND = 0.6


def layer(content: Content, name: str) -> gpd.GeoDataFrame:
    """One layer without the rows that have no shape; empty where the content has none."""
    frame = content.layers.get(name)
    if frame is None:
        return gpd.GeoDataFrame(geometry=gpd.GeoSeries([], crs=CRS))
    shapes = frame.geometry.to_numpy()
    there = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
    # nothing is copied where nothing is left out
    return (frame if there.all() else frame[there]).reset_index(drop=True)


def bounds(content: Content) -> tuple[float, float, float, float]:
    """
    West, south, east and north of the patch in metres.

    Of its PCNs and what neighbours have won of it; else of its practices.
    """
    for name in ("pcns", "small_areas", "practices", "bases"):
        frame = layer(content, name)
        if len(frame):
            shapes = frame.geometry.to_numpy()
            if name == "pcns":
                near = layer(content, "neighbours").geometry.to_numpy()
                shapes = np.concatenate([shapes, near])
            west, south, east, north = (float(each) for each in shapely.total_bounds(shapes))
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
    shapes = frame.geometry.to_numpy()
    pieces, at = shapely.get_parts(shapes, return_index=True)
    areal = shapely.get_type_id(pieces) == shapely.GeometryType.POLYGON
    pieces, at = pieces[areal], at[areal]
    # the largest of each first, then the first of them
    order = np.lexsort([-shapely.area(pieces), at])
    largest = order[np.unique(at[order], return_index=True)[1]]
    pieces, at = pieces[largest], at[largest]
    found = np.zeros((len(shapes), 3))
    within = np.maximum(np.sqrt(shapely.area(pieces)) / 100, 1.0)
    circles = shapely.maximum_inscribed_circle(pieces, tolerance=within)
    found[at, :2] = shapely.get_coordinates(circles)[::2]
    found[at, 2] = shapely.length(circles)
    without = np.setdiff1d(np.arange(len(shapes)), at)
    found[without, :2] = shapely.get_coordinates(shapely.point_on_surface(shapes[without]))
    return pd.DataFrame(found, columns=["x", "y", "radius"], index=frame.index)


def lines(frame: gpd.GeoDataFrame, content: Content, metres: float) -> shapely.Geometry:
    """
    Borders of a layer as lines, each once, as far around the patch as a picture shows.

    Parameters
    ----------
    frame
        Polygons, lines or both, EPSG:27700.
    content
        Whose patch is meant.
    metres
        Detail that may go, as in :func:`simplified`.

    Returns
    -------
    lines
        A MultiLineString, empty where nothing comes near the patch.
    """
    areas = shapely.get_dimensions(frame.geometry.to_numpy()) == 2
    thin = simplified(frame[areas], metres).geometry.to_numpy()
    shapes = [
        *shapely.boundary(thin),
        *shapely.simplify(frame.geometry.to_numpy()[~areas], metres / 2),
    ]
    # a union keeps a border that two polygons share once
    whole = shapely.line_merge(shapely.union_all(shapes))
    seen = shapely.get_parts(shapely.clip_by_rect(whole, *_around(content)))
    return shapely.multilinestrings(seen[shapely.get_dimensions(seen) == 1])


def line_names(frame: gpd.GeoDataFrame, content: Content, label: str) -> pd.DataFrame:
    """
    Where the names of outlines stand: well inside an area, halfway along a line.

    Returns
    -------
    names
        name, x, y (metres), in the order of ``frame``; only those of shapes that reach into the
        patch's bounds.
    """
    shapes = shapely.clip_by_rect(frame.geometry.to_numpy(), *bounds(content))
    found = []
    for text, shape in zip(frame.get(label, []), shapes, strict=True):
        if shape.is_empty or not str(text).strip():
            continue
        if shapely.get_dimensions(shape) == 2:
            middle = anchors(gpd.GeoDataFrame(geometry=[shape], crs=CRS)).iloc[0]
            found.append((str(text), float(middle["x"]), float(middle["y"])))
        else:
            longest = max(shapely.get_parts(shape), key=lambda part: float(part.length))
            if longest.geom_type != "LineString":
                continue
            point = shapely.line_interpolate_point(longest, 0.5, normalized=True)
            found.append((str(text), float(point.x), float(point.y)))
    return pd.DataFrame(found, columns=["name", "x", "y"])


def carried_on(
    land: shapely.Geometry, known: shapely.Geometry, frame: tuple[float, float, float, float]
) -> list[shapely.Geometry]:
    """
    Land at the edge of what is known carried on to the edge of a picture, as boxes.

    Parameters
    ----------
    land, known
        Land, and a box in which there is no other.
    frame
        West, south, east and north of the picture, all in metres.
    """
    west, south, east, north = shapely.bounds(known)
    fw, fs, fe, fn = frame
    made = []
    for line, stretch in (
        (((west, south), (west, north)), lambda b: (fw, b[1], west, b[3])),
        (((east, south), (east, north)), lambda b: (east, b[1], fe, b[3])),
        (((west, south), (east, south)), lambda b: (b[0], fs, b[2], south)),
        (((west, north), (east, north)), lambda b: (b[0], north, b[2], fn)),
    ):
        on_land = shapely.intersection(shapely.LineString(line), land)
        made += [shapely.box(*stretch(shapely.bounds(each)))
                 for each in shapely.get_parts(on_land)]  # fmt: skip
    for x, edge_x in ((west, fw), (east, fe)):
        for y, edge_y in ((south, fs), (north, fn)):
            if shapely.intersects_xy(land, x, y):
                made.append(shapely.box(min(x, edge_x), min(y, edge_y), max(x, edge_x),
                                        max(y, edge_y)))  # fmt: skip
    return made


def _around(content: Content) -> tuple[float, float, float, float]:
    west, south, east, north = bounds(content)
    margin = max(east - west, north - south) * _AROUND
    return west - margin, south - margin, east + margin, north + margin
