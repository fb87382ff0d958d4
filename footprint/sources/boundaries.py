"""Shapes on the ground: small areas' boundaries, localities, and outlines for orientation."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS
from footprint.sources import geography, names
from footprint.sources.streams import digest
from footprint.sources.tabular import Table
from footprint.sources.vector import holds_shapes, lines, polygons, read_layer

#: names of outlines: a plain one before those of the ONS (WD24NM, LAD24NM)
OUTLINE_NAME = ("name", r".*name", r"[a-z]+\d*nm", "title", "label", r"[a-z]+\d*(cd|code)")
LOCALITY_NAME = (*geography.LOCALITY_NAMES, *OUTLINE_NAME)


def small_areas(path: Path) -> Table:
    """
    Read the small areas' boundaries.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile or GeoParquet, plain or zipped, told by content; of several
        layers the first with a column of LSOA codes.

    Returns
    -------
    table
        A GeoDataFrame in EPSG:27700: small_area_code, small_area_name, geometry (valid polygons
        only: stray lines of geometry collections are dropped), sorted by code.

    Raises
    ------
    InputError
        No such layer or column, no CRS, coordinates outside Britain, a code that repeats, a
        geometry without an area.
    """
    shown = str(path)
    frame, (code, name) = read_layer(path, (names.SMALL_AREA, names.SMALL_AREA_NAME))
    out = gpd.GeoDataFrame(
        {
            "small_area_code": _text(frame, code).str.upper(),
            "small_area_name": _text(frame, name) if name else "",
        },
        geometry=polygons(frame.geometry.to_numpy()),
        crs=ANALYSIS_CRS,
    )
    codes = out["small_area_code"]
    faults = [
        Fault(
            shown, f"{codes.iloc[at]} again", "each small area once", row=int(at) + 1, column=code
        )
        for at in np.flatnonzero(codes.duplicated() & (codes != ""))
    ]
    faults += [
        Fault(shown, "a blank", "a code", row=int(at) + 1, column=code)
        for at in np.flatnonzero(codes == "")
    ]
    faults += [
        Fault(shown, f"{codes.iloc[at]} without an area", "a polygon", row=int(at) + 1)
        for at in np.flatnonzero(shapely.is_empty(out.geometry.to_numpy()))
    ]
    if faults:
        raise InputError(faults)
    out = out.sort_values("small_area_code", ignore_index=True)
    return Table(
        path=path,
        what="boundaries of small areas",
        frame=out,
        rows=len(out),
        sha256=digest(path),
        headings={"small_area_code": code, "small_area_name": name},
    )


def outlines(path: Path) -> Table:
    """
    Read outlines for orientation (districts, wards, a trust's patches): polygons or lines.

    Returns
    -------
    table
        A GeoDataFrame in EPSG:27700: name, geometry ((Multi)Polygon, or (Multi)LineString where
        the file has only a line), in the file's order.

    Raises
    ------
    InputError
        Nothing that holds shapes, no column of names, no CRS, coordinates outside Britain, a
        geometry without an area or a length.
    """
    frame, (name,) = read_layer(path, (OUTLINE_NAME,), such_as="name")
    shapes = polygons(frame.geometry.to_numpy())
    without = shapely.is_empty(shapes)
    shapes[without] = lines(frame.geometry.to_numpy()[without])
    out = gpd.GeoDataFrame({"name": _text(frame, name)}, geometry=shapes, crs=ANALYSIS_CRS)
    empty = np.flatnonzero(shapely.is_empty(shapes))
    if len(empty):
        raise InputError(
            Fault(
                str(path),
                f"{out['name'].iloc[at]} without an area or a length",
                "a polygon or a line",
                row=int(at) + 1,
            )
            for at in empty
        )
    return Table(
        path=path,
        what="outlines",
        frame=out,
        rows=len(out),
        sha256=digest(path),
        headings={"name": name},
    )


def localities(path: Path) -> Table:
    """
    Read a trust's or a council's own localities, from a table of small areas or from polygons.

    Parameters
    ----------
    path
        A table (small area, locality), or a GeoPackage, GeoJSON, Shapefile or GeoParquet of
        polygons with a column of names, plain or zipped; told apart by content.

    Returns
    -------
    table
        Of a table small_area_code, locality; of polygons a GeoDataFrame in EPSG:27700: locality,
        geometry (Polygon or MultiPolygon, valid), in the file's order.

    Raises
    ------
    InputError
        With every fault of the file; of polygons no column of names, a blank name, a geometry
        without an area, no CRS, coordinates outside Britain.
    """
    return _locality_polygons(path) if holds_shapes(path) else geography.localities(path)


def _locality_polygons(path: Path) -> Table:
    frame, (name,) = read_layer(path, (LOCALITY_NAME,), such_as="locality")
    shapes = polygons(frame.geometry.to_numpy())
    called = _text(frame, name)
    table = Table(
        path=path,
        what="localities (polygons)",
        frame=gpd.GeoDataFrame({"locality": called}, geometry=shapes, crs=ANALYSIS_CRS),
        rows=len(called),
        sha256=digest(path),
        headings={"locality": name},
        lines=np.arange(1, len(called) + 1),
    )
    faults = [
        table.fault(int(at), "locality", "a blank", "the name of a locality")
        for at in np.flatnonzero(called == "")
    ]
    faults += [
        Fault(str(path), f"{called[at] or 'a row'} without an area", "a polygon", row=int(at) + 1)
        for at in np.flatnonzero(shapely.is_empty(shapes))
    ]
    if faults:
        raise InputError(faults)
    return table


def _text(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    values = frame[name]
    if values.dtype.kind == "f" and (values.dropna() % 1 == 0).all():
        # whole numbers that a blank among them has turned into 7.0
        values = values.astype("Int64")
    return values.astype("str").where(values.notna(), "").str.strip().reset_index(drop=True)
