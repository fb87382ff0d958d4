"""Coordinates in tables: degrees or metres, checked to lie in Britain."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Column
from footprint.sources.tabular import Table

#: the whole of Great Britain and its seas, generously
BRITAIN_DEGREES = (49.0, 61.5, -9.5, 2.5)
BRITAIN_METRES = (-100_000, 800_000, -100_000, 1_300_000)
#: nothing in Britain is so near the grid's origin; what says it is has no place
NEAREST_ORIGIN = 1_000

#: a pair of coordinates in a layout; both pairs may be absent
EASTING = Column("easting", ("eastings?", "o?seast1m", "east1m", "x"), "number", False, True)
NORTHING = Column("northing", ("northings?", "o?snrth1m", "north1m", "y"), "number", False, True)
LATITUDE = Column("latitude", ("latitude.*", "lat"), "number", False, True)
LONGITUDE = Column("longitude", ("longitude.*", "long?", "lng"), "number", False, True)
PAIRS = (EASTING, NORTHING, LATITUDE, LONGITUDE)


def coordinates(table: Table, path: Path, *, needed: bool = True) -> pd.DataFrame:
    """
    Give a frame x, y and units from whichever pair of coordinate columns it has, checked.

    Parameters
    ----------
    table
        With columns easting and northing, or latitude and longitude (blank cells NA).
    path
        The file, for messages.
    needed
        Whether a file without any pair is at fault; else x and y are NA.

    Returns
    -------
    frame
        Without these columns; x, y and units ("degrees": longitude and latitude in EPSG:4326,
        "metres": EPSG:27700). Metres of 0, 0 stand for no place and are NA.

    Raises
    ------
    InputError
        No pair, half a pair, coordinates outside Britain (the two swapped included, which is said).
    """
    frame = table.frame
    kept = frame.drop(columns=[column.name for column in PAIRS], errors="ignore")
    if {"easting", "northing"} <= set(frame):
        names, units = ("easting", "northing"), "metres"
    elif {"latitude", "longitude"} <= set(frame):
        names, units = ("longitude", "latitude"), "degrees"
    elif needed:
        raise InputError(
            [Fault(str(path), "no coordinates", "latitude and longitude, or easting and northing")]
        )
    else:
        return kept.assign(x=np.nan, y=np.nan, units="degrees")
    x, y = (frame[name].to_numpy(float) for name in names)
    if units == "metres":
        here = np.isfinite(x) & np.isfinite(y)
        # what maps call x and y may be degrees
        if here.any() and within_britain(x[here], y[here], "degrees").all():
            units = "degrees"
        nowhere = (x == 0) & (y == 0)
        x, y = np.where(nowhere, np.nan, x), np.where(nowhere, np.nan, y)
    given = np.isfinite(x) & np.isfinite(y)
    labels = frame.iloc[:, 0]
    faults = [
        table.fault(int(at), names[int(np.isfinite(x[at]))], "a blank", "both coordinates or none")
        for at in np.flatnonzero(np.isfinite(x) != np.isfinite(y))
    ]
    for at in np.flatnonzero(given & ~within_britain(x, y, units)):
        swapped = within_britain(y[at : at + 1], x[at : at + 1], units)[0]
        hint = ", the two seem to be swapped" if swapped else ""
        first, second = (y[at], x[at]) if units == "degrees" else (x[at], y[at])
        faults.append(
            table.fault(
                int(at),
                names[0],
                f"{first:g}, {second:g} for {labels.iloc[int(at)]}{hint}",
                "a place in Britain, "
                + ("latitude then longitude" if units == "degrees" else "easting then northing"),
            )
        )
    if faults:
        raise InputError(faults)
    return kept.assign(x=np.where(given, x, np.nan), y=np.where(given, y, np.nan), units=units)


def within_britain(x: np.ndarray, y: np.ndarray, units: str) -> np.ndarray:
    """Whether points (degrees: longitude, latitude; metres: easting, northing) are in Britain."""
    south, north, west, east = BRITAIN_DEGREES
    if units == "metres":
        west, east, south, north = BRITAIN_METRES
    with np.errstate(invalid="ignore"):
        inside = (x >= west) & (x <= east) & (y >= south) & (y <= north)
        if units == "metres":
            inside &= (np.abs(x) > NEAREST_ORIGIN) | (np.abs(y) > NEAREST_ORIGIN)
    return inside
