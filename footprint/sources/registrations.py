"""Registrations: patients by practice and small area."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import InputError
from footprint.schema import Column, Layout
from footprint.sources import names, wide
from footprint.sources.dates import one_date
from footprint.sources.lists import ALL, of_everybody, one_sex, with_plain_sexes
from footprint.sources.tabular import Table, read, select

#: "gp-reg-pat-prac-lsoa-all" (2014 to 2026) and its male and female halves
REGISTRATIONS = Layout(
    "registrations file",
    (
        Column("practice_code", names.PRACTICE_CODE, "code"),
        Column("small_area_code", names.SMALL_AREA, "code"),
        Column("sex", ("sex", "gender"), "code", required=False, blank=True),
        Column("patients", names.PATIENTS, "count"),
        Column("extract_date", ("extractdate",), required=False, blank=True),
    ),
)
#: the sexes beside each other, without their sum
BY_SEX = replace(
    REGISTRATIONS,
    columns=(
        *REGISTRATIONS.columns[:2],
        Column("male", ("males?patients", "males?", "totalmales?"), "count"),
        Column("female", ("females?patients", "females?", "totalfemales?"), "count"),
        REGISTRATIONS.columns[-1],
    ),
)

#: why a registration has no place, by how its code begins
REASONS = (
    ("CLOSED", "practice closed in the register"),
    ("EMPTY|NO(2011|2021)|UNKNOWN", "no small area recorded"),
    ("S0", "lives in Scotland"),
    (r"N\d|95[A-Z]{2}", "lives in Northern Ireland"),
    ("L99", "Channel Islands"),
    ("M99", "Isle of Man"),
    ("W0", "lives in Wales, not in the boundaries"),
    ("E0", "English small area not in the boundaries"),
)
OTHER = "code not recognised"


def registrations(path: Path) -> Table:
    """
    Read patients by practice and small area, one record a pair, sexes added up.

    Parameters
    ----------
    path
        A record for each pair ("gp-reg-pat-prac-lsoa-all"), or a grid of practices and small areas
        (:mod:`footprint.sources.wide`).

    Returns
    -------
    table
        practice_code, small_area_code, patients (int64), sorted by both codes.

    Raises
    ------
    InputError
        With every fault: records of several dates, one sex only.
    """
    return of_everybody(part(path))


def part(path: Path) -> Table:
    """Read one of several files, which may be of one sex alone: ``frame.attrs["sex"]`` says."""
    table = _everybody_once(with_plain_sexes(_read(path)))
    _check_repeats(table)
    sums = _added_up(table.frame)
    sums.attrs.update(sex=one_sex(table), extract_date=one_date(table))
    return replace(table, frame=sums)


def _read(path: Path) -> Table:
    try:
        return read(path, REGISTRATIONS, categories=True)
    except InputError as error:
        # where cells are at fault the columns were found
        if any(fault.row is not None for fault in error.faults):
            raise
        try:
            table = read(path, BY_SEX, categories=True)
        except InputError as other:
            if any(fault.row is not None for fault in other.faults):
                raise other from None
            grid = wide.read(path, REGISTRATIONS)
            if grid is None:
                raise error from None
            return grid
    both = table.frame["male"] + table.frame["female"]
    return replace(table, frame=table.frame.assign(patients=both))


def summed(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum patients over practices and small areas, in order of both."""
    codes = ["practice_code", "small_area_code"]
    return _added_up(frame.astype(dict.fromkeys(codes, "category")))


def _everybody_once(table: Table) -> Table:
    """Drop the sexes of a pair of codes that has a record of all."""
    frame = table.frame
    if "sex" not in frame:
        return table
    whole = frame["sex"].isin(ALL).to_numpy()
    if whole.all():
        return table
    keys = _keys(frame)
    keep = whole | ~np.isin(keys, keys[whole])
    return table if keep.all() else select(table, keep)


def _check_repeats(table: Table) -> None:
    frame = table.frame
    keys = _keys(frame)
    if (np.diff(keys) > 0).all():
        return
    by = pd.DataFrame({"pair": keys})
    if "sex" in frame:
        by["sex"] = frame["sex"].cat.codes.to_numpy()
    again = by.duplicated().to_numpy()
    if again.any():
        raise InputError(
            table.fault(
                int(at),
                "small_area_code",
                f"{frame['practice_code'].iloc[at]}, {frame['small_area_code'].iloc[at]} again",
                "each practice and small area once",
            )
            for at in np.flatnonzero(again)
        )


def _keys(frame: pd.DataFrame) -> np.ndarray:
    practice, area = frame["practice_code"].cat, frame["small_area_code"].cat
    width = max(len(area.categories), 1)
    return practice.codes.to_numpy("int64") * width + area.codes.to_numpy("int64")


def _added_up(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum patients over pairs of codes, which are categories in order."""
    practice, area = frame["practice_code"].cat, frame["small_area_code"].cat
    width = max(len(area.categories), 1)
    keys = _keys(frame)
    patients = frame["patients"].to_numpy()
    if len(keys) and not (np.diff(keys) > 0).all():
        order = np.argsort(keys, kind="stable")
        keys, patients = keys[order], patients[order]
        starts = np.flatnonzero(np.diff(keys, prepend=-1))
        keys, patients = keys[starts], np.add.reduceat(patients, starts)
    return pd.DataFrame(
        {
            "practice_code": pd.Series(practice.categories).take(keys // width).array,
            "small_area_code": pd.Series(area.categories).take(keys % width).array,
            "patients": patients,
        }
    )


def reason(code: str) -> str:
    """Why a small-area code has no place in the boundaries, in words."""
    for start, words in REASONS:
        if re.match(start, code):
            return words
    return OTHER
