"""Practices: the official practice-to-PCN map, list sizes, and where practices are."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import PCN_CODE, Column, Layout
from footprint.sources.tabular import Table, read

#: the practice-to-PCN map of NHS England ("gp-reg-pat-prac-map"), 2020 to 2026
MAP = Layout(
    "practice list",
    (
        Column("practice_code", ("practicecode", "gppracticecode", "orgcode"), "code"),
        Column(
            "practice_name", ("practicenameproper", "practicename.*"), required=False, blank=True
        ),
        Column("postcode", ("practicepostcode", "postcode"), "code", required=False, blank=True),
        Column("pcn_code", ("pcncode",), "code", blank=True),
        Column("pcn_name", ("pcnname",), required=False, blank=True),
        Column(
            "commissioner_code",
            ("subicblocationcode", "ccgcode", "subicbcode"),
            "code",
            required=False,
            blank=True,
        ),
        Column(
            "commissioner_name",
            ("subicblocationname", "ccgname", "subicbname"),
            required=False,
            blank=True,
        ),
        Column(
            "commissioner_ons",
            ("onssubicblocationcode", "onsccgcode"),
            "code",
            required=False,
            blank=True,
        ),
        Column("icb_code", ("icbcode", "stpcode"), "code", required=False, blank=True),
        Column("icb_name", ("icbname", "stpname"), required=False, blank=True),
        Column("icb_ons", ("onsicbcode", "onsstpcode"), "code", required=False, blank=True),
        Column("extract_date", ("extractdate",), required=False, blank=True),
    ),
    key=("practice_code",),
)

#: list sizes ("gp-reg-pat-prac-all"): one record a practice, or one by sex and age
LISTS = Layout(
    "list-size file",
    (
        Column("practice_code", ("code", "practicecode", "orgcode"), "code"),
        Column("sex", ("sex",), "code", required=False, blank=True),
        Column("age", ("age",), "code", required=False, blank=True),
        Column("patients", ("numberofpatients", "listsize", "patients"), "count"),
        Column("extract_date", ("extractdate",), required=False, blank=True),
    ),
)

#: practices with coordinates: degrees or British National Grid
LOCATIONS = Layout(
    "practice locations file",
    (
        Column("practice_code", ("practicecode", "code", "orgcode"), "code"),
        Column("easting", ("easting", "eastings", "oseast1m", "x"), "number", False, True),
        Column("northing", ("northing", "northings", "osnrth1m", "y"), "number", False, True),
        Column("latitude", ("latitude.*", "lat"), "number", False, True),
        Column("longitude", ("longitude.*", "long?", "lng"), "number", False, True),
    ),
    key=("practice_code",),
)

#: the whole of Great Britain and its seas, generously
BRITAIN_DEGREES = (49.0, 61.5, -9.5, 2.5)
BRITAIN_METRES = (-100_000, 800_000, -100_000, 1_300_000)

DATES = ("%d%b%Y", "%d-%b-%y", "%d-%b-%Y", "%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d %B %Y")


def practice_map(path: Path) -> Table:
    """
    Read which practice belongs to which PCN, commissioner and ICB.

    ``pcn_code`` is NA for a practice in no PCN ("U", a blank or NULL). Names are as in the file.

    Raises
    ------
    InputError
        With every fault, practices named twice and PCN codes of another form among them.
    """
    table = read(path, MAP)
    frame = table.frame.copy()
    none = frame["pcn_code"].isin(["", "U", "NULL", "NAN", "N/A"])
    wrong = ~none & ~frame["pcn_code"].str.fullmatch(PCN_CODE)
    if wrong.any():
        raise InputError(
            table.fault(
                int(at),
                "pcn_code",
                repr(frame["pcn_code"].iloc[at]),
                "a PCN code (U and five digits), or U or a blank for no PCN",
            )
            for at in np.flatnonzero(wrong)
        )
    frame["pcn_code"] = frame["pcn_code"].mask(none, None)
    for column in MAP.columns:
        if column.name not in frame:
            frame[column.name] = ""
    frame["practice_name"] = frame["practice_name"].mask(
        frame["practice_name"] == "", frame["practice_code"]
    )
    return replace(table, frame=frame)


def list_sizes(path: Path) -> Table:
    """
    Read registered patients by practice: columns practice_code, patients, one record a practice.

    Totals ("ALL") are taken where the file has them, else sexes and ages are added up.
    """
    table = read(path, LISTS)
    frame = totals(table.frame)
    sums = frame.groupby("practice_code", sort=True)["patients"].sum().reset_index()
    if len(sums) < len(frame) and not {"sex", "age"} & set(table.frame):
        again = frame.loc[frame["practice_code"].duplicated(), "practice_code"]
        raise InputError(
            Fault(
                file=str(path),
                column=table.headings["practice_code"],
                found=f"{code} more than once",
                expected="each practice once",
            )
            for code in sorted(set(again))
        )
    date = frame["extract_date"].iloc[0] if "extract_date" in frame else ""
    return replace(table, frame=sums.assign(extract_date=date))


def totals(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop what a total already counts: keep "ALL" of sex and of age where there is one."""
    for name in ("sex", "age"):
        if name in frame:
            total = frame[name].isin(["ALL", "", "PERSONS", "TOTAL"])
            if total.any():
                frame = frame[total]
    return frame


def locations(path: Path) -> Table:
    """
    Read where practices are.

    Returns
    -------
    table
        practice_code, x, y and the units they are in ("degrees": longitude and latitude in
        EPSG:4326, "metres": EPSG:27700); blank coordinates are NA.

    Raises
    ------
    InputError
        No pair of coordinates, or coordinates that lie outside Britain (latitude and longitude
        swapped included, which the message says).
    """
    table = read(path, LOCATIONS)
    return replace(table, frame=coordinates(table, path))


def coordinates(table: Table, path: Path) -> pd.DataFrame:
    """Give a frame x, y and units from whichever pair of coordinate columns it has, checked."""
    frame = table.frame
    if {"easting", "northing"} <= set(frame):
        names, units = ("easting", "northing"), "metres"
    elif {"latitude", "longitude"} <= set(frame):
        names, units = ("longitude", "latitude"), "degrees"
    else:
        raise InputError(
            [Fault(str(path), "no coordinates", "latitude and longitude, or easting and northing")]
        )
    x, y = (frame[name].to_numpy(float) for name in names)
    inside = within_britain(x, y, units)
    given = np.isfinite(x) & np.isfinite(y)
    faults = []
    for at in np.flatnonzero(given & ~inside):
        swapped = within_britain(y[at : at + 1], x[at : at + 1], units)[0]
        hint = ", the two seem to be swapped" if swapped else ""
        first, second = (y[at], x[at]) if units == "degrees" else (x[at], y[at])
        faults.append(
            table.fault(
                int(at),
                names[0],
                f"{first:g}, {second:g} for {frame.iloc[at, 0]}{hint}",
                "a place in Britain, "
                + ("latitude then longitude" if units == "degrees" else "easting then northing"),
            )
        )
    if faults:
        raise InputError(faults)
    kept = frame.drop(columns=["easting", "northing", "latitude", "longitude"], errors="ignore")
    return kept.assign(x=np.where(given, x, np.nan), y=np.where(given, y, np.nan), units=units)


def within_britain(x: np.ndarray, y: np.ndarray, units: str) -> np.ndarray:
    """Whether points (degrees: longitude, latitude; metres: easting, northing) are in Britain."""
    south, north, west, east = BRITAIN_DEGREES
    if units == "metres":
        west, east, south, north = BRITAIN_METRES
    with np.errstate(invalid="ignore"):
        return (x >= west) & (x <= east) & (y >= south) & (y <= north)


def data_date(texts: list[str]) -> dt.date | None:
    """Date of the data from the first extract date that can be read, in any official style."""
    for text in texts:
        clean = re.sub(r"\s+", " ", str(text)).strip()
        for style in DATES:
            try:
                return dt.datetime.strptime(clean.title(), style).date()  # noqa: DTZ007
            except ValueError:
                continue
    return None
