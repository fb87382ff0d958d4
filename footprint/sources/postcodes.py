"""Postcodes to places: Code-Point Open and its like, for practices and bases."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from footprint.schema import Column, Layout
from footprint.sources.practices import coordinates
from footprint.sources.tabular import Table, read

POSTCODES = Layout(
    "postcode file",
    (
        Column("postcode", ("pckey", "pcds?", "pcd[78]?", "postcode"), "code"),
        Column("easting", ("oseast1m", "eastings?", "east1m"), "number", False, True),
        Column("northing", ("osnrth1m", "northings?", "north1m"), "number", False, True),
        Column("latitude", ("lat(itude)?",), "number", required=False, blank=True),
        Column("longitude", ("long?(itude)?",), "number", required=False, blank=True),
    ),
)


def postcodes(path: Path) -> Table:
    """Read postcodes: postcode (no spaces, upper case), x, y, units."""
    table = read(path, POSTCODES)
    frame = coordinates(table, path)
    frame = frame.assign(postcode=compact(frame["postcode"])).drop_duplicates("postcode")
    return replace(table, frame=frame)


def compact(postcodes: pd.Series) -> pd.Series:
    """Postcodes in upper case without spaces, the same for every way to write one."""
    return postcodes.astype("str").str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)


def find(wanted: pd.Series, known: pd.DataFrame) -> pd.DataFrame:
    """
    Find the places of postcodes.

    Parameters
    ----------
    wanted
        Postcodes as written, on any index.
    known
        The frame of :func:`postcodes`.

    Returns
    -------
    found
        On the same index: x, y, units and ``approximate``, True where the postcode is not known
        and its sector's centre stands in; NA where the sector is not known either.
    """
    keys = compact(wanted)
    places = known.set_index("postcode")[["x", "y", "units"]].dropna()
    exact = places.reindex(keys).set_axis(wanted.index)
    # a sector is the outward code and the first figure of the inward one: all but the last two
    of_sector = places.groupby(places.index.str[:-2])[["x", "y"]].mean()
    full = keys.str.len() >= 5
    centre = of_sector.reindex(keys.str[:-2].where(full, "")).set_axis(wanted.index)
    found = exact.copy()
    lost = exact["x"].isna()
    found.loc[lost, ["x", "y"]] = centre.loc[lost]
    found["units"] = str(places["units"].iloc[0]) if len(places) else "degrees"
    found["approximate"] = lost & found["x"].notna()
    return found
