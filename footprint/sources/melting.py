"""Cells of a grid of practices and small areas made records, none lost and none counted twice."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Coded, Layout, checked, normalise
from footprint.sources import names
from footprint.sources.tabular import without_blanks
from footprint.sources.views import Grid, View

#: the sum of a row or a column
TOTAL = r"(grand)?totals?|sum|all"
#: headings that tell of the records and hold no patients
ABOUT = (
    r"publication|.*date.*|.*name.*|.*postcode.*|(ons)?(ccg|stp|icb|subicb|region|comm).*"
    r"|.*type|area|region|county|lad.*|msoa.*"
)
#: what a transposed row of patients was
FORMER_PATIENTS = r"(all|totals?|males?|females?)?(numberof)?(registered)?(patients)?"


@dataclass(frozen=True)
class Shape:
    """
    How a grid of cells holds registrations below row ``at``.

    ``key`` is the column of codes down the side, practices where ``by_practice``; ``across`` the
    columns of patients; ``sex`` and ``date`` columns, -1 where there are none; ``total`` the column
    of sums, -1 too; ``former`` the column that says what a transposed row was, -1 where the codes
    across are headings.
    """

    at: int
    key: int
    by_practice: bool
    across: tuple[int, ...]
    sex: int = -1
    date: int = -1
    total: int = -1
    former: int = -1


@dataclass(frozen=True)
class Melted:
    """The records of one grid."""

    label: str
    frame: pd.DataFrame
    lines: np.ndarray
    rows: int
    headings: dict[str, str]


def of_areas(cell: str) -> bool:
    """Whether a label says that what stands beside it are codes of small areas."""
    return any(re.fullmatch(pattern, normalise(cell)) for pattern in names.SMALL_AREA)


@dataclass(frozen=True)
class _Cells:
    """Every cell of a grid: ``codes`` (rows, columns) point into ``values``."""

    codes: np.ndarray
    values: list[str]

    @property
    def held(self) -> np.ndarray:
        """Whether each cell holds anything but what stands for nobody."""
        return np.array([value not in ("", "0", "-") for value in self.values])[self.codes]

    def picked(self, rows: np.ndarray, columns: np.ndarray) -> Coded:
        """One cell for each pair of a row and a column."""
        codes, used = pd.factorize(self.codes[rows, columns])
        return Coded(codes, [self.values[at] for at in used])


def melted(grid: Grid, view: View, shape: Shape, layout: Layout) -> Melted:
    """
    Make the cells of a grid records: one for each that holds patients.

    Parameters
    ----------
    grid, view, shape
        The grid, how it is seen, and how it holds registrations.
    layout
        The layout of registrations.

    Raises
    ------
    InputError
        With every fault, each with its row and column.
    """
    row = view.rows[shape.at]
    faults = _twice(grid, shape, row)
    if faults:
        raise InputError(faults)
    columns, lines = grid.records(
        view, shape.at, {str(at): at for at in range(view.width(shape.at))}
    )
    columns, lines = without_blanks(columns, lines)
    if not len(lines):
        raise InputError([Fault(grid.label, "headings without records", "records")])
    cells = _cells(list(columns.values()))
    place = _Place(grid.label, row, lines)
    if shape.former >= 0:
        taken = _rows_of_transposed(cells, shape, place)
    else:
        _nothing_left_out(cells, shape, place)
        taken = _rows_of_crossed(cells, shape, place)
    frame, faults = checked(
        taken.columns, layout, file=grid.label, lines=np.arange(len(taken.rows)), categories=False
    )
    # a fault of a record is one of its cell
    faults = [
        replace(fault, row=int(lines[taken.rows[at]]), column=place.heading(taken.across[at]))
        for fault in faults
        if (at := fault.row) is not None
    ]
    faults += _sums(cells, shape, place, taken, frame) if not faults else []
    if faults:
        raise InputError(faults)
    some = (frame["patients"] > 0).to_numpy()
    frame = frame[some].reset_index(drop=True)
    if frame.empty:
        raise InputError([Fault(grid.label, "a grid without patients", "registrations")])
    side = place.heading(shape.key)
    told = ("practice_code", "small_area_code")[:: 1 if shape.by_practice else -1]
    former = place.heading(shape.former) if shape.former >= 0 else "the headings"
    headings = {told[0]: side, told[1]: former, "patients": former, "sex": former}
    if shape.sex >= 0:
        headings["sex"] = place.heading(shape.sex)
    if shape.date >= 0:
        headings["extract_date"] = place.heading(shape.date)
    return Melted(grid.label, frame, lines[taken.rows[some]], len(lines), headings)


@dataclass(frozen=True)
class _Place:
    """Where cells stand: the file, its headings and the 1-based row of each record."""

    label: str
    row: Sequence[str]
    lines: np.ndarray

    def heading(self, at: int) -> str:
        """Heading of a column, "column 10" where it has none."""
        cell = self.row[at].strip() if at < len(self.row) else ""
        return cell or f"column {at + 1}"

    def fault(self, record: int, at: int, found: str, expected: str) -> Fault:
        """Return the fault of one cell."""
        return Fault(
            self.label, found, expected, row=int(self.lines[record]), column=self.heading(at)
        )


@dataclass(frozen=True)
class _Taken:
    """Cells that are records: (n,) row and column of each, and their columns as text."""

    rows: np.ndarray
    across: np.ndarray
    columns: dict[str, Coded]


def _twice(grid: Grid, shape: Shape, row: Sequence[str]) -> list[Fault]:
    if shape.former >= 0:
        return []
    times = Counter(row[at].strip().upper() for at in shape.across)
    return [
        Fault(grid.label, f"{number} columns of this name", "one", row=shape.at + 1, column=code)
        for code, number in sorted(times.items())
        if number > 1
    ]


def _cells(columns: Sequence[Coded]) -> _Cells:
    """Bring columns to one list of values."""
    starts = np.cumsum([0, *(len(column.values) for column in columns)])
    every = [str(value).strip() for column in columns for value in column.values]
    places, values = pd.factorize(np.array([*every, ""], dtype=object))
    codes = [
        places[start + column.codes] for start, column in zip(starts[:-1], columns, strict=True)
    ]
    return _Cells(np.column_stack(codes), [str(value) for value in values])


def _rows_of_crossed(cells: _Cells, shape: Shape, place: _Place) -> _Taken:
    across = np.array(shape.across)
    total = _total_rows(cells, shape)
    rows, at = np.nonzero(cells.held[:, across] & ~total[:, None])
    columns = across[at]
    side = cells.picked(rows, np.full(len(rows), shape.key))
    heads = [place.row[i].strip().upper() for i in shape.across]
    other = Coded(at, heads)
    practice, area = (side, other) if shape.by_practice else (other, side)
    taken = {
        "practice_code": practice,
        "small_area_code": area,
        "patients": cells.picked(rows, columns),
    }
    for name, column in (("sex", shape.sex), ("extract_date", shape.date)):
        if column >= 0:
            taken[name] = cells.picked(rows, np.full(len(rows), column))
    return _Taken(rows, columns, taken)


def _total_rows(cells: _Cells, shape: Shape) -> np.ndarray:
    """Whether each row is a sum of those above rather than a practice or a small area."""
    is_total = [re.fullmatch(TOTAL, normalise(value)) is not None for value in cells.values]
    return np.array(is_total, dtype=bool)[cells.codes[:, shape.key]]


def _rows_of_transposed(cells: _Cells, shape: Shape, place: _Place) -> _Taken:
    """Pair the row of small areas of each practice with its rows of patients."""
    labels = [cells.values[code] for code in cells.codes[:, shape.former]]
    practice = cells.codes[:, shape.key]
    areas: dict[int, int] = {}
    faults: list[Fault] = []
    for at, label in enumerate(labels):
        if not of_areas(label):
            continue
        if practice[at] in areas:
            code = cells.values[practice[at]]
            faults.append(place.fault(at, shape.key, f"{code} again", "each practice once"))
        areas[int(practice[at])] = at
    rows, codes_of, sexes = [], [], []
    for at, label in enumerate(labels):
        if of_areas(label):
            continue
        sex = _former_sex(label)
        if sex is None or int(practice[at]) not in areas:
            expected = "a row of small areas or of their patients"
            faults.append(place.fault(at, shape.former, repr(label), expected))
            continue
        rows.append(at)
        codes_of.append(areas[int(practice[at])])
        sexes.append(sex)
    # small areas whose patients stand nowhere would be lost
    counted_of = {int(code) for code in practice[rows]}
    for code, row in areas.items():
        if code not in counted_of:
            found = f"{cells.values[code]} without a row of patients"
            faults.append(place.fault(row, shape.key, found, "a row of patients below"))
    if faults:
        raise InputError(faults)
    across = np.array(shape.across)
    counts, areas_of = np.array(rows), np.array(codes_of)
    # patients without a small area and a small area without a count are faults
    held = (cells.held[counts] | cells.held[areas_of])[:, across]
    number, column = np.nonzero(held)
    columns = across[column]
    used, values = pd.factorize(np.array(sexes, dtype=object)[number])
    return _Taken(
        counts[number],
        columns,
        {
            "practice_code": cells.picked(counts[number], np.full(len(number), shape.key)),
            "small_area_code": cells.picked(areas_of[number], columns),
            "sex": Coded(used, [str(value) for value in values]),
            "patients": cells.picked(counts[number], columns),
        },
    )


def _former_sex(label: str) -> str | None:
    """Whose patients a transposed row holds; None where it holds none."""
    plain = normalise(label)
    found = re.fullmatch(FORMER_PATIENTS, plain)
    if not plain or found is None:
        return None
    sex = (found[1] or "all").removesuffix("s")
    return sex.upper() if sex in ("male", "female") else "ALL"


def _nothing_left_out(cells: _Cells, shape: Shape, place: _Place) -> None:
    """Raise where a column of numbers is neither a code's nor known: its patients would be lost."""
    known = {shape.key, shape.sex, shape.date, shape.total, *shape.across}
    number = np.array([re.fullmatch(r"[0-9]+", value) is not None for value in cells.values])
    filled = np.array([value != "" for value in cells.values], dtype=bool)
    faults = []
    for at in range(cells.codes.shape[1]):
        if at in known or re.fullmatch(ABOUT, normalise(place.heading(at))):
            continue
        codes = cells.codes[:, at]
        if filled[codes].any() and number[codes[filled[codes]]].all():
            faults.append(
                Fault(
                    place.label,
                    "a column of numbers that is no small area and no practice",
                    "a code as its heading, or no such column",
                    column=place.heading(at),
                )
            )
    if faults:
        raise InputError(faults)


def _sums(
    cells: _Cells, shape: Shape, place: _Place, taken: _Taken, frame: pd.DataFrame
) -> list[Fault]:
    """Faults of sums, in a column or a row of their own, that the cells do not add up to."""
    if shape.former >= 0:
        return []
    patients = frame["patients"].to_numpy()
    faults = []
    total = _total_rows(cells, shape)
    if shape.total >= 0:
        given = _numbers(cells, np.arange(len(total)), shape.total)
        sums = np.bincount(taken.rows, weights=patients, minlength=len(total))
        for at in np.flatnonzero(np.isfinite(given) & ~total & (given != sums)):
            found = f"{given[at]:,.0f}, where its columns add up to {sums[at]:,.0f}"
            faults.append(place.fault(int(at), shape.total, found, "the same"))
    for at in np.flatnonzero(total):
        sums = np.bincount(taken.across, weights=patients, minlength=cells.codes.shape[1])
        for column in shape.across:
            given = _numbers(cells, np.array([at]), column)
            if np.isfinite(given[0]) and given[0] != sums[column]:
                found = f"{given[0]:,.0f}, where its rows add up to {sums[column]:,.0f}"
                faults.append(place.fault(int(at), column, found, "the same"))
    return faults


def _numbers(cells: _Cells, rows: np.ndarray, column: int) -> np.ndarray:
    texts = pd.Series([cells.values[code] for code in cells.codes[rows, column]], dtype="str")
    return pd.to_numeric(texts.str.replace(",", ""), errors="coerce").to_numpy(float)
