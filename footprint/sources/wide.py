"""Registrations as a grid: practices down and small areas across, the other way, or transposed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Layout, normalise
from footprint.sources import names
from footprint.sources.grids import grids
from footprint.sources.melting import TOTAL, Melted, Shape, melted, of_areas
from footprint.sources.streams import digest, streams
from footprint.sources.tabular import Table
from footprint.sources.views import Grid, View
from footprint.words import counted

#: what stands for a small area in the register: LSOAs of England and Wales, data zones of
#: Scotland, areas of Northern Ireland, and the words for none
AREA = (
    r"[EW]01\d{6}|S\d{8}|N\d{8}|95[A-Z]{2}\d\d[A-Z]\d|[LM]99\d{6}"
    r"|CLOSED|EMPTY|NO(2011|2021)|UNKNOWN"
)
#: a practice's code
PRACTICE = r"[A-Z]\d{5}|[A-Z]{3}\d{3}"
#: the column in which SAS says what a transposed row was: its label, and its name (_NAME_)
FORMER = r"nameofformervariable|name"


def read(path: Path, layout: Layout) -> Table | None:
    """
    Read registrations from a grid.

    Parameters
    ----------
    path
        A table in any form that :func:`footprint.sources.tabular.read` reads: a row a practice and
        a column a small area; a row a small area and a column a practice; or, as published in
        2014, transposed: of each practice a row of small areas and rows of their patients, which a
        column "NAME OF FORMER VARIABLE" tells apart. Sums of rows and columns are held against
        them and left out.
    layout
        The layout of registrations, whose columns come back.

    Returns
    -------
    table
        practice_code, small_area_code (categories), patients, and sex and extract_date where the
        file has them; a record for each cell with patients. None where nothing in the file is such
        a grid.

    Raises
    ------
    InputError
        With every fault: cells that are no counts, patients without a small area, a code twice
        across, sums that do not agree, columns of numbers that are no small areas.
    """
    parts: list[Melted] = []
    faults: list[Fault] = []
    folder: str | None = None
    for stream in streams(path):
        if folder is not None and stream.folder != folder:
            continue
        for grid in grids(stream):
            found = _shape(grid)
            if found is None:
                continue
            folder = grid.folder
            try:
                parts.append(melted(grid, *found, layout))
            except InputError as error:
                faults += error.faults
            # sheets of one workbook are ways to show the same
            break
    if faults:
        raise InputError(faults)
    if not parts:
        return None
    frame = pd.concat([part.frame for part in parts], ignore_index=True)
    texts = [name for name in ("practice_code", "small_area_code", "sex") if name in frame]
    starts = np.cumsum([0, *(len(part.frame) for part in parts)])
    pairs = len(frame[["practice_code", "small_area_code"]].drop_duplicates())
    note = (
        f"Read from a grid of {counted(frame['practice_code'].nunique(), 'practice')} and"
        f" {counted(frame['small_area_code'].nunique(), 'small area')}:"
        f" {counted(pairs, 'pair')} with patients."
    )
    return Table(
        path=path,
        what=layout.what,
        frame=frame.astype(dict.fromkeys(texts, "category")),
        rows=sum(part.rows for part in parts),
        sha256=digest(path),
        headings=parts[0].headings,
        lines=np.concatenate([part.lines for part in parts]),
        notes=(note,),
        origin=tuple((int(start), part.label) for start, part in zip(starts, parts, strict=False)),
    )


def _shape(grid: Grid) -> tuple[View, Shape] | None:
    """Recognise a grid of registrations; None where it is none."""
    for view in grid.views:
        for at, row in enumerate(view.rows):
            shape = _transposed(view, at, row) or _crossed(view, at, row)
            if shape is not None:
                return view, shape
    return None


def _is(pattern: str, cell: str) -> bool:
    return re.fullmatch(pattern, cell.strip().upper()) is not None


def _column(row: Sequence[str], patterns: Sequence[str]) -> int:
    """Position of the first heading of a form, the first pattern first; -1 where there is none."""
    plain = [normalise(cell) for cell in row]
    for pattern in patterns:
        for at, name in enumerate(plain):
            if name and re.fullmatch(pattern, name):
                return at
    return -1


def _transposed(view: View, at: int, row: Sequence[str]) -> Shape | None:
    """Recognise a row of codes and rows of patients for each practice."""
    key, former = _column(row, names.PRACTICE_CODE), _column(row, (FORMER,))
    if key < 0 or former < 0:
        return None
    areas = [
        below for below in view.rows[at + 1 :] if former < len(below) and of_areas(below[former])
    ]
    first = max(key, former) + 1
    if not any(_is(AREA, cell) for below in areas for cell in below[first:]):
        return None
    return Shape(at, key, True, tuple(range(first, len(row))), former=former)


def _crossed(view: View, at: int, row: Sequence[str]) -> Shape | None:
    """Recognise codes of small areas, or of practices, among the headings."""
    for by_practice, side, across, named in (
        (True, PRACTICE, AREA, names.PRACTICE_CODE),
        (False, AREA, PRACTICE, names.SMALL_AREA),
    ):
        columns = tuple(i for i, cell in enumerate(row) if _is(across, cell))
        if not columns or (by_practice and not any(_is(r"[EW]01\d{6}", row[i]) for i in columns)):
            continue
        key = _column(row, named)
        if key < 0:
            # by what stands in it, where its heading says nothing
            rows = view.rows[at + 1 :]
            # a record of a long table has both codes itself and is no row of headings
            sides = (
                i
                for i, cell in enumerate(row)
                if not _is(side, cell) and any(_is(side, r[i]) for r in rows if i < len(r))
            )
            key = next((i for i in sides if i not in columns), -1)
        if key >= 0:
            return Shape(
                at,
                key,
                by_practice,
                columns,
                sex=_column(row, ("sex", "gender")),
                date=_column(row, ("extractdate",)),
                total=_column(row, (*names.PATIENTS, TOTAL)),
            )
    return None
