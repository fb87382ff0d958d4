"""Reading tables as planners have them: CSV of any dialect, packed or not, Excel, Parquet."""

from __future__ import annotations

import bisect
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Coded, Layout, checked, normalise, repeated
from footprint.sources.grids import grids
from footprint.sources.streams import digest, strange, streams
from footprint.sources.views import Grid, View
from footprint.words import counted, listed

TEXTS = ("text", "code")
#: where one of these is between cells, a comma may be in a number
MARKS_BESIDE_COMMAS = (";", "\t", "|")
DECIMAL_COMMA = r"[+-]?[0-9]+,[0-9]+"


@dataclass(frozen=True)
class Table:
    """
    One file as read, or several files under one key put together.

    ``frame`` holds the layout's columns, checked; ``rows`` is the number of records in the file;
    ``sha256`` the hash of the file's bytes; ``headings`` the file's own, by footprint's names;
    ``lines`` (n,) the 1-based row of each record in the file; ``notes`` says in sentences what was
    understood or set aside and why; ``set_aside`` is the number of records set aside; ``origin``
    the position of the first record of each member of an archive, or of each of several files,
    with its name; ``parts`` the tables of several files, in the order given, of which ``path`` and
    ``headings`` are the first's; empty where there is one.
    """

    path: Path
    what: str
    frame: pd.DataFrame
    rows: int
    sha256: str
    headings: dict[str, str]
    lines: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))
    notes: tuple[str, ...] = ()
    set_aside: int = 0
    origin: tuple[tuple[int, str], ...] = ()
    parts: tuple[Table, ...] = ()

    @property
    def files(self) -> tuple[Table, ...]:
        """Every file that the table was read from: itself, where there is one."""
        return self.parts or (self,)

    @property
    def shown(self) -> str:
        """Name every file as messages do."""
        return listed([str(file.path) for file in self.files])

    def file_of(self, at: int) -> str:
        """Name of the file, or the member of an archive, that holds record ``at``."""
        starts = [start for start, _ in self.origin]
        here = bisect.bisect_right(starts, at) - 1
        return self.origin[here][1] if here >= 0 else str(self.path)

    def fault(self, at: int, column: str, found: str, expected: str) -> Fault:
        """Return a fault of the file at the record in position ``at``."""
        return Fault(
            file=self.file_of(at),
            row=int(self.lines[at]) if at < len(self.lines) else None,
            column=self.headings.get(column, column),
            found=found,
            expected=expected,
        )


@dataclass(frozen=True)
class Match:
    """A grid that a layout fits: below row ``at`` (-1: no headings), columns ``found``."""

    grid: Grid
    view: View
    at: int
    found: dict[str, int]
    layout: Layout

    @property
    def headings(self) -> dict[str, str]:
        """The file's own headings by footprint's names; "column 10" where it has none."""
        if self.at < 0:
            return {name: f"column {i + 1}" for name, i in self.found.items()}
        row = self.view.rows[self.at]
        return {name: row[i].strip() for name, i in self.found.items()}

    def twice(self) -> list[Fault]:
        """Faults of columns that are meant and stand in the file twice."""
        if self.at < 0:
            return []
        row = self.view.rows[self.at]
        plain = Counter(normalise(heading) for heading in row)
        # of columns that are many 0-1 is not 01
        lower = Counter(heading.strip().lower() for heading in row)
        times = {
            name: lower[row[i].strip().lower()] if " " in name else plain[normalise(row[i])]
            for name, i in self.found.items()
        }
        return [
            Fault(
                file=self.grid.label,
                row=self.at + 1,
                column=row[self.found[name]].strip(),
                found=f"{number} columns of this name",
                expected="one",
            )
            for name, number in times.items()
            if number > 1
        ]


def read(path: Path, layout: Layout, *, categories: bool = False) -> Table:
    """
    Read a file that should have a layout.

    Parameters
    ----------
    path
        CSV (comma, semicolon, tab or bar; UTF-8, UTF-16 or cp1252; plain, gzip or zip), .xlsx or
        Parquet, recognised by content. Up to 20 lines may stand above the headings. Of a workbook
        the sheet is taken that the layout fits best; the fitting members of one folder of an
        archive are added up.
    layout
        What it should hold; columns are found by their names, in any order.
    categories
        Whether texts come back as categories.

    Returns
    -------
    table
        Checked columns in footprint's names, one record a row.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    matches, notes = find(path, (layout,))
    return load(path, matches, notes=notes, categories=categories)


def find(
    path: Path, layouts: Sequence[Layout], *, most: int | None = None
) -> tuple[list[Match], tuple[str, ...]]:
    """
    Find what in a file has one of several layouts: for each grid the first that fits.

    Returns
    -------
    matches
        At least one; of an archive those of the first folder that has any.
    notes
        What was left out, in sentences.

    Raises
    ------
    InputError
        Where nothing fits: with the columns that are missing from what comes nearest.
    """
    matches: list[Match] = []
    sheets: dict[str, list[Match]] = {}
    nearest: list[tuple[int, str, list[str], Layout]] = []
    folder: str | None = None
    elsewhere = 0
    words = None
    for stream in streams(path, most=most):
        if folder is not None and stream.folder != folder:
            elsewhere += 1
            continue
        words = words or strange(stream.head)
        for grid in grids(stream):
            match = _match(grid, layouts, nearest)
            if match is not None:
                folder = grid.folder
                matches.append(match)
                sheets.setdefault(stream.label, []).append(match)
    notes = []
    for found in sheets.values():
        # sheets of one workbook are ways to show the same; different kinds belong together
        for layout in layouts:
            same = [match for match in found if match.layout.what == layout.what]
            same.sort(key=lambda match: -len(match.found))
            for other in same[1:]:
                matches.remove(other)
            if len(same) > 1:
                left = ", ".join(match.grid.label for match in same[1:])
                notes.append(f"Taken from {same[0].grid.label}; {left} would fit too.")
    if elsewhere and matches:
        notes.append(f"{elsewhere:,} files in other folders of {path.name} were not read.")
    if matches:
        return matches, tuple(notes)
    raise InputError(_nothing(str(path), layouts, nearest, words))


def _match(
    grid: Grid, layouts: Sequence[Layout], nearest: list[tuple[int, str, list[str], Layout]]
) -> Match | None:
    best: Match | None = None
    for layout in layouts:
        for view in grid.views:
            for at, row in enumerate(view.rows):
                found = layout.resolve(row)
                if not layout.missing(found):
                    if best is None or len(found) > len(best.found):
                        best = Match(grid, view, at, found, layout.fitted(found))
                    break
                nearest.append((len(found), grid.label, row, layout))
            for bare in layout.bare:
                if best is None and bare.fits(view.rows):
                    best = Match(grid, view, -1, dict(bare.columns), layout)
        if best is not None:
            return best
    return best


def _nothing(
    file: str,
    layouts: Sequence[Layout],
    nearest: list[tuple[int, str, list[str], Layout]],
    words: str | None,
) -> list[Fault]:
    what = layouts[0].what
    if not nearest:
        return [Fault(file, words or "bytes that are no text", f"a {what} (CSV or Excel)")]
    score = max(count for count, *_ in nearest)
    _, label, row, layout = next(item for item in nearest if item[0] == score)
    if not score:
        layout = layouts[0]
        row = next((r for _, _, r, _ in nearest if any(cell.strip() for cell in r)), row)
    shown = ", ".join(cell.strip() for cell in row if cell.strip()) or "nothing"
    return [
        Fault(
            file=label,
            column=column.name,
            found=f"no such column among {shown}",
            expected=f"a column for {column.name} in a {layout.what}",
        )
        for column in layout.missing(layout.resolve(row))
    ]


def load(
    path: Path,
    matches: Sequence[Match],
    *,
    notes: tuple[str, ...] = (),
    categories: bool = False,
) -> Table:
    """
    Read the records of matches of one layout, one below the other.

    Raises
    ------
    InputError
        With every fault of every match; no records at all.
    """
    faults: list[Fault] = []
    frames, lines, origin = [], [], []
    start = 0
    for match in matches:
        doubled = match.twice()
        if doubled:
            faults += doubled
            continue
        try:
            columns, rows = match.grid.records(match.view, match.at, match.found)
        except InputError as error:
            faults += error.faults
            continue
        columns, rows = without_blanks(columns, rows)
        frame, wrong = checked(
            columns,
            match.layout,
            file=match.grid.label,
            lines=rows,
            headings=match.headings,
            categories=categories,
        )
        faults += _decimal_commas(wrong, match)
        if len(frame):
            frames.append(frame)
            lines.append(rows)
            origin.append((start, match.grid.label))
            start += len(frame)
    if not frames:
        found = "headings without records" if matches[0].at >= 0 else "no records"
        raise InputError(faults or [Fault(str(path), found, "records")])
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    if categories and len(frames) > 1:
        texts = [column.name for column in matches[0].layout.columns if column.kind in TEXTS]
        frame = frame.astype({name: "category" for name in texts if name in frame})
    table = Table(
        path=path,
        what=matches[0].layout.what,
        frame=frame,
        rows=len(frame),
        sha256=digest(path),
        headings=matches[0].headings,
        lines=np.concatenate(lines),
        notes=notes,
        origin=tuple(origin) if len(origin) > 1 or origin[0][1] != str(path) else (),
    )
    if matches[0].layout.same:
        again = frame.duplicated().to_numpy()
        if again.any():
            table = select(table, ~again)
    faults += repeated(
        table.frame,
        matches[0].layout,
        files=_Files(table),
        lines=table.lines,
        headings=table.headings,
    )
    if faults:
        # in the order of the file, or of the archive's members
        members = {label: number for number, (_, label) in enumerate(origin)}
        raise InputError(
            sorted(faults, key=lambda fault: (members.get(fault.file, -1), fault.row or 0))
        )
    return table


def _decimal_commas(faults: Sequence[Fault], match: Match) -> list[Fault]:
    """
    Put numbers such as 12,5 into one fault that names the cause; the others stay as they are.

    A spreadsheet of the continent saves "CSV" with semicolons and writes decimals with commas.
    """
    if match.view.mark not in MARKS_BESIDE_COMMAS:
        return list(faults)
    numbers = {
        match.headings[column.name]
        for column in match.layout.columns
        if column.kind not in TEXTS and column.name in match.headings
    }
    commas = [
        fault
        for fault in faults
        if fault.column in numbers and re.fullmatch(DECIMAL_COMMA, fault.found.strip("' "))
    ]
    if not commas:
        return list(faults)
    first = min(commas, key=lambda fault: fault.row or 0)
    more = counted(len(commas) - 1, "more number") if len(commas) > 1 else ""
    number = first.found.strip("' ")
    one = Fault(
        file=first.file,
        row=first.row,
        column=first.column,
        found=f"{number}{f' and {more}' if more else ''} with a decimal comma",
        expected=f"decimal points: save the file with points, as in {number.replace(',', '.')}",
    )
    return [one, *(fault for fault in faults if fault not in commas)]


def select(table: Table, keep: np.ndarray, *, note: str | None = None) -> Table:
    """Keep the records where ``keep`` is True; with a note the others count as set aside."""
    starts = np.concatenate([[0], np.cumsum(keep)])
    aside = int((~keep).sum()) if note else 0
    return Table(
        path=table.path,
        what=table.what,
        frame=table.frame[keep].reset_index(drop=True),
        rows=table.rows,
        sha256=table.sha256,
        headings=table.headings,
        lines=table.lines[keep],
        notes=table.notes + ((note,) if note and aside else ()),
        set_aside=table.set_aside + aside,
        origin=tuple((int(starts[start]), label) for start, label in table.origin),
    )


class _Files(Sequence[str]):
    """The file of each record, found when asked."""

    def __init__(self, table: Table) -> None:
        self.table = table

    def __len__(self) -> int:
        return len(self.table.lines)

    def __getitem__(self, at: int) -> str:  # type: ignore[override]
        return self.table.file_of(at)


def without_blanks(
    columns: dict[str, Coded], lines: np.ndarray
) -> tuple[dict[str, Coded], np.ndarray]:
    """Drop records whose cells are all blank; what other columns hold does not count."""
    filled = np.zeros(len(lines), dtype=bool)
    for column in columns.values():
        if filled.all():
            break
        filled |= column.filled
    if filled.all():
        return columns, lines
    return {name: column.take(filled) for name, column in columns.items()}, lines[filled]
