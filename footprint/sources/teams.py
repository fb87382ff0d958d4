"""A trust's own files: teams, the areas they cover, and services."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, PCN_CODE, Column, Layout
from footprint.sources import names
from footprint.sources.coordinates import PAIRS, coordinates
from footprint.sources.streams import digest
from footprint.sources.tabular import Table, read
from footprint.sources.vector import holds_shapes, polygons, read_layer

TEAMS = Layout(
    "teams file",
    (
        Column("team_id", ("teamid", "teamcode")),
        Column("team_name", ("teamname", "team"), required=False, blank=True),
        Column("service_id", ("serviceid", "service")),
        Column("base_name", ("basename", "base"), required=False, blank=True),
        Column("base_postcode", ("basepostcode", "postcode"), "code", False, True),
        *PAIRS,
        Column("wte", ("wte", "fte"), "number", low=0, high=100_000),
        Column("pcn_codes", ("pcncodes?", "pcns?"), "code", required=False, blank=True),
    ),
    key=("team_id",),
)

#: the column of teams in a file of polygons
TEAM = ("teamid", "teamcode")

TEAM_AREAS = Layout(
    "team areas file",
    (
        Column("small_area_code", names.SMALL_AREA, "code"),
        Column("team_id", TEAM),
    ),
    key=("small_area_code", "team_id"),
)

SERVICES = Layout(
    "services file",
    (
        Column("service_id", ("serviceid",)),
        Column("service_name", ("servicename", "service"), required=False, blank=True),
        Column("demand_driver", ("demanddriver", "driver"), required=False, blank=True),
        Column("wte_per_10000", ("wteper10000", "ratio"), "number", low=0, high=10_000),
        Column("min_team_wte", ("minteamwte",), "number", low=0, high=100_000),
        Column("min_population", ("minpopulation",), "count"),
        Column("max_population", ("maxpopulation",), "count", required=False, blank=True),
        Column("max_travel_minutes", ("maxtravelminutes",), "number", low=0, high=1_440),
        Column("level", ("level",), "count", required=False, blank=True, low=1, high=3),
    ),
    key=("service_id",),
)


def teams(path: Path) -> Table:
    """
    Read community teams.

    Returns
    -------
    table
        team_id, team_name, service_id, base_name, base_postcode, wte (float), pcn_codes (tuple of
        codes), x, y, units (NA where only a postcode is given).
    """
    table = read(path, TEAMS)
    frame = table.frame.copy()
    for name in ("team_name", "base_name", "base_postcode", "pcn_codes"):
        if name not in frame:
            frame[name] = ""
    frame["team_name"] = frame["team_name"].mask(frame["team_name"] == "", frame["team_id"])
    frame["pcn_codes"] = [tuple(sorted(set(_codes(text)))) for text in frame["pcn_codes"]]
    faults = [
        table.fault(at, "pcn_codes", repr(code), "PCN codes (U and five digits) with ; between")
        for at, row in enumerate(frame["pcn_codes"])
        for code in row
        if not re.fullmatch(PCN_CODE, code)
    ]
    try:
        frame = coordinates(replace(table, frame=frame), path, needed=False)
    except InputError as error:
        faults += error.faults
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    return replace(table, frame=frame)


def _codes(text: str) -> list[str]:
    """Split PCN codes at ; , and ends of lines, at blanks only where every word is a code."""
    pieces = [piece.strip() for piece in re.split(r"[;,\r\n]+", text)]
    found: list[str] = []
    for piece in pieces:
        words = piece.split()
        # a name of several words is one fault, not one for each word
        found += words if all(re.fullmatch(PCN_CODE, word) for word in words) else [piece]
    return found


def team_areas(path: Path) -> Table:
    """
    Read which areas a team covers, from a table of small areas or a file of polygons.

    Parameters
    ----------
    path
        A table (small area, team), or a GeoPackage, GeoJSON, Shapefile or GeoParquet of polygons
        with a column of team_id, plain or zipped; told apart by content.

    Returns
    -------
    table
        Of a table small_area_code, team_id; of polygons a GeoDataFrame in EPSG:27700: team_id,
        geometry (Polygon or MultiPolygon, valid), in the file's order. A team may have several
        rows, and polygons may overlap.

    Raises
    ------
    InputError
        With every fault of the file; of polygons no column of teams, a blank team, a geometry
        without an area, no CRS, coordinates outside Britain.
    """
    return _team_polygons(path) if holds_shapes(path) else read(path, TEAM_AREAS)


def _team_polygons(path: Path) -> Table:
    frame, (heading,) = read_layer(path, (TEAM,), such_as="team_id")
    found = frame[heading]
    if found.dtype.kind == "f" and (found.dropna() % 1 == 0).all():
        # whole numbers that a blank among them has turned into 7.0
        found = found.astype("Int64")
    codes = found.astype("str").where(found.notna(), "").str.strip().reset_index(drop=True)
    shapes = polygons(frame.geometry.to_numpy())
    table = Table(
        path=path,
        what="team areas (polygons)",
        frame=gpd.GeoDataFrame({"team_id": codes}, geometry=shapes, crs=ANALYSIS_CRS),
        rows=len(codes),
        sha256=digest(path),
        headings={"team_id": heading},
        lines=np.arange(1, len(codes) + 1),
    )
    faults = [
        table.fault(int(at), "team_id", "a blank", "a team of the teams file")
        for at in np.flatnonzero(codes == "")
    ]
    faults += [
        Fault(str(path), f"{codes[at] or 'a row'} without an area", "a polygon", row=int(at) + 1)
        for at in np.flatnonzero(shapely.is_empty(shapes))
    ]
    if faults:
        raise InputError(faults)
    return table


def services(path: Path) -> Table:
    """
    Read service lines, in the file's order.

    Returns
    -------
    table
        service_id, service_name, demand_driver, wte_per_10000, min_team_wte, min_population,
        max_population (NA), max_travel_minutes, level (NA or 1 to 3).
    """
    table = read(path, SERVICES)
    frame = table.frame.copy()
    if "service_name" not in frame:
        frame["service_name"] = ""
    frame["service_name"] = frame["service_name"].mask(
        frame["service_name"] == "", frame["service_id"]
    )
    if "demand_driver" not in frame:
        frame["demand_driver"] = ""
    frame["demand_driver"] = frame["demand_driver"].replace("", "registered")
    for name in ("level", "max_population"):
        if name not in frame:
            frame[name] = float("nan")
        frame[name] = frame[name].astype("Int64")
    faults = [
        table.fault(int(at), "wte_per_10000", "0", "a ratio above 0")
        for at in frame.index[frame["wte_per_10000"] <= 0]
    ]
    faults += [
        table.fault(
            at,
            "max_population",
            f"{most:,} below min_population {least:,}",
            "at least min_population",
        )
        for at, (least, most) in enumerate(
            zip(frame["min_population"], frame["max_population"], strict=True)
        )
        if pd.notna(most) and most < least
    ]
    if faults:
        raise InputError(faults)
    return replace(table, frame=frame)
