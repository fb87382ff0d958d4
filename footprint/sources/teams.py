"""A trust's own files: teams, the areas they cover, and services."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd

from footprint.errors import InputError
from footprint.schema import PCN_CODE, Column, Layout
from footprint.sources import names
from footprint.sources.coordinates import PAIRS, coordinates
from footprint.sources.tabular import Table, read

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

TEAM_AREAS = Layout(
    "team areas file",
    (
        Column("small_area_code", names.SMALL_AREA, "code"),
        Column("team_id", ("teamid", "teamcode")),
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
    codes = frame["pcn_codes"].str.split(r"[;,\s]+", regex=True)
    frame["pcn_codes"] = [tuple(sorted({c for c in row if c})) for row in codes]
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


def team_areas(path: Path) -> Table:
    """Read which small areas a team covers: small_area_code, team_id."""
    return read(path, TEAM_AREAS)


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
