"""Registrations: patients by practice and small area."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from footprint.schema import Column, Layout
from footprint.sources.practices import totals
from footprint.sources.tabular import Table, read

#: "gp-reg-pat-prac-lsoa-all", and its male and female halves
REGISTRATIONS = Layout(
    "registrations file",
    (
        Column("practice_code", ("practicecode",), "code"),
        Column("small_area_code", ("lsoacode", r"f?lsoa\d*(cd|code)?", "smallareacode"), "code"),
        Column("sex", ("sex",), "code", required=False, blank=True),
        Column("patients", ("numberofpatients", "patients"), "count"),
        Column("extract_date", ("extractdate",), required=False, blank=True),
    ),
)

#: why a registration has no place, by the first letters of its code
REASONS = (
    ("CLOSED", "practice closed in the register"),
    ("EMPTY", "no small area recorded"),
    ("S0", "lives in Scotland"),
    ("N", "lives in Northern Ireland"),
    ("L99", "Channel Islands"),
    ("M99", "Isle of Man"),
    ("W0", "lives in Wales, not in the boundaries"),
    ("E0", "English small area not in the boundaries"),
)
OTHER = "code not recognised"


def registrations(path: Path) -> Table:
    """
    Read patients by practice and small area, one record a pair, sexes added up.

    Returns
    -------
    table
        practice_code, small_area_code, patients (int64), sorted by both codes.
    """
    table = read(path, REGISTRATIONS)
    frame = totals(table.frame)
    date = frame["extract_date"].iloc[0] if "extract_date" in frame else ""
    keys = ["practice_code", "small_area_code"]
    sums = frame.groupby(keys, sort=True, observed=True)["patients"].sum().reset_index()
    sums.attrs["extract_date"] = date
    return replace(table, frame=sums)


def reason(code: str) -> str:
    """Why a small-area code has no place in the boundaries, in words."""
    for start, words in REASONS:
        if code.startswith(start):
            return words
    return OTHER
