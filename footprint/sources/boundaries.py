"""Shapes on the ground: small areas' boundaries, and outlines for orientation."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS
from footprint.sources import names
from footprint.sources.geography import crossings, lookup, places, rural_urban
from footprint.sources.streams import digest
from footprint.sources.tabular import Table
from footprint.sources.vector import polygons, read_layer

__all__ = ["crossings", "lookup", "outlines", "places", "polygons", "rural_urban", "small_areas"]

#: names of outlines: a plain one before those of the ONS (WD24NM, LAD24NM)
OUTLINE_NAME = ("name", r".*name", r"[a-z]+\d*nm", "title", "label", r"[a-z]+\d*(cd|code)")


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
    Read outlines for orientation (districts, wards, a trust's patches).

    Returns
    -------
    table
        A GeoDataFrame in EPSG:27700: name, geometry (Polygon or MultiPolygon), in the file's order.

    Raises
    ------
    InputError
        Nothing that holds shapes, no column of names, no CRS, coordinates outside Britain, a
        geometry without an area.
    """
    frame, (name,) = read_layer(path, (OUTLINE_NAME,))
    shapes = polygons(frame.geometry.to_numpy())
    out = gpd.GeoDataFrame({"name": _text(frame, name)}, geometry=shapes, crs=ANALYSIS_CRS)
    empty = np.flatnonzero(shapely.is_empty(shapes))
    if len(empty):
        raise InputError(
            Fault(
                str(path), f"{out['name'].iloc[at]} without an area", "a polygon", row=int(at) + 1
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


def _text(frame: gpd.GeoDataFrame, name: str) -> pd.Series:
    values = frame[name]
    return values.astype("str").where(values.notna(), "").str.strip().reset_index(drop=True)
