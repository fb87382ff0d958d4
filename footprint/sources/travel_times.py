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
    (
        "base(name|id|code|postcode)?",
        "teamid",
        "from(id|name)?",
        "origin(id|name)?",
        "site(name|code)?",
    ),
)
_AREA = Column(
    "small_area_code", (*names.SMALL_AREA, "to(id|code)?", "destination(id|code)?"), "code"
)
_WORDS = r"(mean|average|avg)?(travel|drive|driving|road|car|journey)?"
_TIME = rf"{_WORDS}(times?|durations?)?(in)?"
_MINUTES = Column(
    "minutes", (rf"{_TIME}(minutes|mins?)",), "number", blank=True, low=0, high=10_000
)
_SECONDS = Column(
    "seconds", (rf"{_TIME}(seconds|secs?)",), "number", blank=True, low=0, high=600_000
)
#: a time whose unit stands beside it, at the end of its heading, or nowhere
_EITHER = Column(
    "time", (rf"{_WORDS}(times?|durations?)",), "number", blank=True, low=0, high=600_000
)
_UNIT = Column(
    "unit",
    ("(time)?units?",),
    required=False,
    blank=True,
    shape="(?i)m|mins?|minutes?|s|secs?|seconds?",
    expected="minutes or seconds",
)

#: one record a pair
LONG = Layout("travel times file", (_BASE, _AREA, _MINUTES), key=("base", "small_area_code"))
LONG_SECONDS = replace(LONG, columns=(_BASE, _AREA, _SECONDS))
LONG_EITHER = replace(LONG, columns=(_BASE, _AREA, _EITHER, _UNIT))
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

#: minutes beyond which a time is no journey, but a time in another unit
MOST_MINUTES = 10_000
#: where the middle one of times without a unit is beyond, they may well be seconds
DOUBTFUL = 240


def travel_times(path: Path) -> Table:
    """
    Read minutes from bases to small areas.

    Parameters
    ----------
    path
        One record a pair (base, small area, time), or a grid: a record a base and a column a small
        area, or the other way round. The unit is what a heading, a column of units or the file's
        name says; minutes are assumed where nothing does, and a note says which. A blank is no
        road.

    Returns
    -------
    table
        base, small_area_code, minutes (float), in order of both; pairs without a road left out.

    Raises
    ------
    InputError
        With every fault: a pair twice, times below 0, units that are none.
    """
    layouts = (LONG, LONG_SECONDS, LONG_EITHER, BY_BASE, BY_AREA)
    matches, notes = find(path, layouts)
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
    long = {"minutes", "seconds", "time"} & set(match.found)
    frame, note = _pairs(table) if long else _grid(table, match)
    said = [note]
    none = frame["minutes"].isna()
    if none.all():
        raise InputError([Fault(str(path), "no time at all", "minutes from bases to small areas")])
    _doubted(table, frame["minutes"])
    if none.any():
        said.append(f"{counted(int(none.sum()), 'pair')} without a time: no road.")
    frame = frame[~none].sort_values(["base", "small_area_code"], ignore_index=True)
    if note.startswith("Nothing") and frame["minutes"].median() > DOUBTFUL:
        said.append(
            f"Half of the times are above {DOUBTFUL}: if they are seconds, let a heading say so."
        )
    return replace(
        table,
        frame=frame[["base", "small_area_code", "minutes"]],
        notes=(*table.notes, *said),
    )


def _pairs(table: Table) -> tuple[pd.DataFrame, str]:
    """Minutes of a record a pair, and which unit they were in."""
    frame = table.frame
    name = next(name for name in ("minutes", "seconds", "time") if name in frame)
    heading = table.headings[name]
    if "unit" in frame and (frame["unit"] != "").any():
        seconds = frame["unit"].str.lower().str.startswith("s")
        minutes = frame[name].where(~seconds, frame[name] / 60)
        blank = int((frame["unit"] == "").sum())
        note = f"The times' unit is what the column {table.headings['unit']!r} says."
        if blank:
            note += f" It is blank for {counted(blank, 'pair')}: minutes were assumed."
    elif name == "seconds" or (name == "time" and _ends(heading, r"s|secs?|seconds?")):
        minutes = frame[name] / 60
        note = f"Times are in seconds, as the heading {heading!r} says, and were made minutes."
    else:
        minutes = frame[name]
        note = f"Times are in minutes, as the heading {heading!r} says."
        if name == "time" and not _ends(heading, r"m|mins?|minutes?"):
            note = "Nothing says in which unit the times are: minutes were assumed."
    return frame[["base", "small_area_code"]].assign(minutes=minutes), note


def _ends(heading: str, unit: str) -> bool:
    """Whether a heading ends in a unit of its own: travel_time_s and Time (s), not times."""
    return re.search(rf"(?i)(?<![a-z])({unit})\W*$", heading) is not None


def _doubted(table: Table, minutes: pd.Series) -> None:
    """Refuse times that nobody drives."""
    over = np.flatnonzero((minutes > MOST_MINUTES).to_numpy())
    if len(over):
        longest = float(minutes.iloc[over].max())
        raise InputError(
            [
                Fault(
                    str(table.path),
                    f"{counted(len(over), 'time')} of up to {longest:,.0f} minutes",
                    f"minutes up to {MOST_MINUTES:,}, or a heading that says seconds",
                )
            ]
        )


def _grid(table: Table, match: Match) -> tuple[pd.DataFrame, str]:
    """Minutes of a grid a record a pair, and which unit they were in."""
    rows = "base" if "base" in match.found else "small_area_code"
    columns = [name for name in table.frame if name != rows]
    across = [table.headings[str(name)] for name in columns]
    if rows == "base":
        across = [code.upper() for code in across]
    values = table.frame[columns].to_numpy(float)
    said = " ".join(cell for row in match.view.rows[: match.at + 1] for cell in row[:2])
    told = f"{said} {table.path.name}".lower()
    note = "Nothing says in which unit the times are: minutes were assumed."
    if re.search(r"second|(?<![a-z])secs?(?![a-z])", told):
        values = values / 60
        note = "Times are in seconds, as a heading or the file's name says, and were made minutes."
    elif re.search(r"minute|(?<![a-z])mins?(?![a-z])", told):
        note = "Times are in minutes, as a heading or the file's name says."
    other = "small_area_code" if rows == "base" else "base"
    frame = pd.DataFrame(
        {
            rows: np.repeat(table.frame[rows].to_numpy(object), len(columns)),
            other: np.tile(np.array(across, dtype=object), len(table.frame)),
            "minutes": values.ravel(),
        }
    )
    return frame, note
