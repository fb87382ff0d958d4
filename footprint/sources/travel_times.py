"""A planner's own travel times from bases to small areas."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Column, Layout
from footprint.sources import names
from footprint.sources.tabular import Match, Table, find, load
from footprint.words import counted

_BASE = Column(
    "base",
    ("base(name)?", "baseid", "teamid", "from(id|name)?", "origin(id|name)?", "site(name|code)?"),
)
_AREA = Column(
    "small_area_code", (*names.SMALL_AREA, "to(id|code)?", "destination(id|code)?"), "code"
)
_TIME = r"(travel|drive|driving|journey)?(time|duration)?(in)?"
_MINUTES = Column(
    "minutes", (rf"{_TIME}(minutes|mins?)",), "number", blank=True, low=0, high=10_000
)
_SECONDS = Column(
    "seconds", (rf"{_TIME}(seconds|secs?)",), "number", blank=True, low=0, high=600_000
)

#: one record a pair
LONG = Layout("travel times file", (_BASE, _AREA, _MINUTES), key=("base", "small_area_code"))
LONG_SECONDS = replace(LONG, columns=(_BASE, _AREA, _SECONDS))
BASES = Layout("bases", (_BASE,))
#: a record a base, a column a small area
BY_BASE = Layout(
    "travel times file",
    (
        replace(_BASE, names=(*_BASE.names, "(base|from|origin)?(minutes|mins?|seconds|secs?)")),
        Column("to", (r"[ew]01\d{6}",), "number", blank=True, low=0, high=600_000, many=True),
    ),
    key=("base",),
)
#: a record a small area, a column a base
BY_AREA = Layout(
    "travel times file",
    (
        replace(_AREA, names=(*names.SMALL_AREA, "to")),
        Column("from", (r"(?!.*lsoa).+",), "number", blank=True, low=0, high=600_000, many=True),
    ),
    key=("small_area_code",),
)


def travel_times(path: Path) -> Table:
    """
    Read minutes from bases to small areas.

    Parameters
    ----------
    path
        One record a pair (base, small area, minutes or seconds, which the heading says), or a grid:
        a record a base and a column a small area, or the other way round; minutes, unless a
        heading or the file's name says seconds. A blank is no road.

    Returns
    -------
    table
        base, small_area_code, minutes (float), in order of both; pairs without a road left out.

    Raises
    ------
    InputError
        With every fault: a pair twice, times below 0.
    """
    matches, notes = find(path, (LONG, LONG_SECONDS, BY_BASE, BY_AREA))
    match = matches[0]
    headings = match.view.rows[match.at]
    if match.layout.columns[0].names == BY_AREA.columns[0].names and BASES.resolve(headings):
        raise InputError(
            [
                Fault(
                    str(path),
                    "no times among " + ", ".join(heading.strip() for heading in headings),
                    "a column that says minutes or seconds",
                    row=match.at + 1,
                )
            ]
        )
    table = load(
        path, [m for m in matches if m.layout.columns == match.layout.columns], notes=notes
    )
    if "minutes" in match.found or "seconds" in match.found:
        frame = table.frame
        if "seconds" in match.found:
            frame = frame.rename(columns={"seconds": "minutes"})
            frame["minutes"] /= 60
    else:
        frame = _long(table, match)
    none = frame["minutes"].isna()
    if none.all():
        raise InputError([Fault(str(path), "no time at all", "minutes from bases to small areas")])
    if none.any():
        notes = (*table.notes, f"{counted(int(none.sum()), 'pair')} without a time: no road.")
        table = replace(table, notes=notes)
    frame = frame[~none].sort_values(["base", "small_area_code"], ignore_index=True)
    return replace(table, frame=frame[["base", "small_area_code", "minutes"]])


def _long(table: Table, match: Match) -> pd.DataFrame:
    rows = "base" if "base" in match.found else "small_area_code"
    columns = [name for name in table.frame if name != rows]
    across = [table.headings[str(name)] for name in columns]
    if rows == "base":
        across = [code.upper() for code in across]
    values = table.frame[columns].to_numpy(float)
    said = " ".join(cell for row in match.view.rows[: match.at + 1] for cell in row[:2])
    if re.search(r"second|\bsecs?\b", f"{said} {table.path.name}".lower()):
        values = values / 60
    other = "small_area_code" if rows == "base" else "base"
    return pd.DataFrame(
        {
            rows: np.repeat(table.frame[rows].to_numpy(object), len(columns)),
            other: np.tile(np.array(across, dtype=object), len(table.frame)),
            "minutes": values.ravel(),
        }
    )
