"""Small areas on the ground: boundaries, look-ups, rural-urban classes, crossings, places."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, Column, Layout, normalise
from footprint.sources.practices import BRITAIN_METRES, coordinates
from footprint.sources.tabular import Table, read

SMALL_AREA = r"f?lsoa\d*(cd|code)|smallareacode|lsoa\d*"
SMALL_AREA_NAME = r"lsoa\d*(nm|name)|smallareaname"

LOOKUP = Layout(
    "small-area look-up",
    (
        Column("small_area_code", (SMALL_AREA,), "code"),
        Column(
            "commissioner_code",
            (
                r"sicbl\d*(codenhs|cdh)",
                r"ccg\d*(codenhs|cdh)",
                r"sicbl\d*(cd|code)",
                r"ccg\d*(cd|code)",
            ),
            "code",
            required=False,
            blank=True,
        ),
        Column("commissioner_name", (r"(sicbl|ccg)\d*(nm|name)",), required=False, blank=True),
        Column(
            "icb_code",
            (r"icb\d*(codenhs|cdh)", r"stp\d*(codenhs|cdh)", r"(icb|stp)\d*(cd|code)"),
            "code",
            required=False,
            blank=True,
        ),
        Column("icb_name", (r"(icb|stp)\d*(nm|name)",), required=False, blank=True),
        Column("local_authority_code", (r"(ltla|lad|la)\d*(cd|code)",), "code", False, True),
        Column("local_authority_name", (r"(ltla|lad|la)\d*(nm|name)",), "text", False, True),
    ),
    key=("small_area_code",),
)

RURAL_URBAN = Layout(
    "rural-urban file",
    (
        Column("small_area_code", (SMALL_AREA,), "code"),
        Column("rural_class", ("ruc", r"ruc\d*(nm|name)", "classification", r"ruc\d*(cd|code)")),
    ),
    key=("small_area_code",),
)

CROSSINGS = Layout(
    "crossings file",
    (
        Column("a", ("a", "froma?", "smallareaa"), "code"),
        Column("b", ("b", "to", "smallareab"), "code"),
        Column("kind", ("kind", "type", "source")),
        Column("name", ("name",), required=False, blank=True),
    ),
)

PLACES = Layout(
    "places file",
    (
        Column("place_name", ("placename", "name")),
        Column("kind", ("kind", "type"), required=False, blank=True),
        Column("latitude", ("latitude", "lat"), "number", required=False, blank=True),
        Column("longitude", ("longitude", "long?", "lng"), "number", required=False, blank=True),
        Column("easting", ("eastings?",), "number", required=False, blank=True),
        Column("northing", ("northings?",), "number", required=False, blank=True),
    ),
)


def small_areas(path: Path) -> Table:
    """
    Read the small areas' boundaries.

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
    try:
        raw = path.read_bytes()
        info = pyogrio.read_info(path)
        fields = [str(name) for name in info["fields"]]
        code = _field(fields, SMALL_AREA)
        name = _field(fields, SMALL_AREA_NAME)
        if code is None:
            raise InputError(
                [
                    Fault(
                        shown,
                        "no column of codes among " + (", ".join(fields) or "nothing"),
                        "a column such as LSOA21CD",
                    )
                ]
            )
        columns = [c for c in (code, name) if c is not None]
        frame = pyogrio.read_dataframe(path, columns=columns, use_arrow=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, OSError) as error:
        raise InputError(
            [Fault(shown, f"no boundaries ({error})", "GeoPackage, GeoJSON or Shapefile")]
        ) from None
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError([Fault(shown, "a layer without geometry", "polygons of small areas")])
    if frame.empty:
        raise InputError([Fault(shown, "no small areas", "polygons of small areas")])
    if frame.crs is None:
        raise InputError([Fault(shown, "no CRS", "a coordinate reference system (EPSG:27700 say)")])
    _check_extent(frame, shown)
    frame = frame.to_crs(ANALYSIS_CRS)
    out = gpd.GeoDataFrame(
        {
            "small_area_code": frame[code].astype("str").str.strip().str.upper(),
            "small_area_name": frame[name].astype("str").str.strip() if name else "",
        },
        geometry=polygons(frame.geometry.to_numpy()),
        crs=ANALYSIS_CRS,
    )
    codes = out["small_area_code"]
    faults = [
        Fault(
            shown, f"{codes.iloc[at]} again", "each small area once", row=int(at) + 1, column=code
        )
        for at in np.flatnonzero(codes.duplicated())
    ]
    faults += [
        Fault(shown, "a blank", "a code", row=int(at) + 1, column=code)
        for at in np.flatnonzero(out["small_area_code"].isin(["", "NONE", "NAN"]))
    ]
    faults += [
        Fault(
            shown,
            f"{out['small_area_code'].iloc[at]} without an area",
            "a polygon",
            row=int(at) + 1,
        )
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
        sha256=hashlib.sha256(raw).hexdigest(),
        headings={"small_area_code": code, "small_area_name": name or ""},
    )


def _field(fields: list[str], pattern: str) -> str | None:
    # a file may carry both vintages' codes: the first is its own
    return next((name for name in fields if re.fullmatch(pattern, normalise(name))), None)


def _check_extent(frame: gpd.GeoDataFrame, shown: str) -> None:
    west, east, south, north = BRITAIN_METRES
    bounds = frame.total_bounds
    if not np.isfinite(bounds).all():
        raise InputError([Fault(shown, "no geometry at all", "polygons of small areas")])
    on_grid = frame.to_crs(ANALYSIS_CRS).total_bounds
    if not (
        np.isfinite(on_grid).all()
        and west <= on_grid[0]
        and on_grid[2] <= east
        and south <= on_grid[1]
        and on_grid[3] <= north
    ):
        extent = ", ".join(f"{value:.6g}" for value in bounds)
        label = frame.crs.to_string() if frame.crs is not None else "no CRS"
        raise InputError(
            [
                Fault(
                    shown,
                    f"coordinates from {extent} in {label}",
                    "small areas in Britain: the CRS or the order of coordinates is wrong",
                )
            ]
        )


def polygons(geometries: np.ndarray) -> np.ndarray:
    """Make geometries valid and keep only what has an area: (n,) of Polygon or MultiPolygon."""
    missing = np.array([geometry is None for geometry in geometries], dtype=bool)
    out = np.where(missing, shapely.Polygon(), geometries)
    invalid = ~shapely.is_valid(out)
    out[invalid] = shapely.make_valid(out[invalid])
    kinds = shapely.get_type_id(out)
    for at in np.flatnonzero(~np.isin(kinds, (3, 6))):
        parts = shapely.get_parts(shapely.get_parts(out[at : at + 1]))
        parts = parts[shapely.get_type_id(parts) == 3]
        out[at] = shapely.union_all(parts) if len(parts) else shapely.Polygon()
    return out


def lookup(path: Path) -> Table:
    """
    Read which commissioner, ICB and local authority a small area lies in.

    Codes are as in the file: ODS codes are preferred over ONS codes where it has both.
    """
    table = read(path, LOOKUP)
    frame = table.frame.copy()
    for column in LOOKUP.columns:
        if column.name not in frame:
            frame[column.name] = ""
    return replace(table, frame=frame)


def rural_urban(path: Path) -> Table:
    """Read rural-urban classes: small_area_code, rural_class, rural (bool)."""
    table = read(path, RURAL_URBAN)
    text = table.frame["rural_class"].str.lower()
    rural = text.str.startswith("rural") | text.str.fullmatch(r"[d-f]\d?|r[a-z]*\d*")
    urban = text.str.startswith("urban") | text.str.fullmatch(r"[a-c]\d?|u[a-z]*\d*")
    neither = ~(rural | urban)
    if neither.any():
        raise InputError(
            Fault(
                file=str(path),
                column=table.headings["rural_class"],
                found=repr(value),
                expected="a class that begins with Rural or Urban, or its ONS code",
            )
            for value in sorted(set(table.frame.loc[neither, "rural_class"]))
        )
    return replace(table, frame=table.frame.assign(rural=rural))


def crossings(path: Path) -> Table:
    """Read crossings: pairs of small areas with a kind: bridge, manual (a link) or cut."""
    table = read(path, CROSSINGS)
    kinds = table.frame["kind"].str.lower()
    wrong = ~kinds.isin(["bridge", "manual", "cut"])
    if wrong.any():
        raise InputError(
            table.fault(
                int(at), "kind", repr(table.frame["kind"].iloc[at]), "bridge, manual or cut"
            )
            for at in np.flatnonzero(wrong)
        )
    return replace(table, frame=table.frame.assign(kind=kinds))


def places(path: Path) -> Table:
    """Read names for orientation: place_name, kind (city, town or village), x, y, units."""
    table = read(path, PLACES)
    frame = coordinates(table, path)
    kind = frame["kind"].str.lower() if "kind" in frame else pd.Series("town", index=frame.index)
    return replace(table, frame=frame.assign(kind=kind.replace("", "town")))
