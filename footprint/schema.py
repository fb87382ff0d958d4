"""Columns, types and keys of the files that footprint reads; every fault of a file at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError

#: analysis and interchange coordinate reference systems
ANALYSIS_CRS = "EPSG:27700"
PAGE_CRS = "EPSG:4326"

PCN_CODE = r"U\d{5}"

Kind = Literal["text", "code", "count", "number"]

#: counts above this are no counts of patients (the world has fewer people)
LARGEST_COUNT = 10_000_000_000


@dataclass(frozen=True)
class Column:
    """
    One column of a layout.

    Parameters
    ----------
    name
        footprint's own name for it.
    names
        The names it goes by in files: regular expressions over the normalised heading (lower
        case, letters and digits only), in order of preference, each matched in full.
    kind
        "text" and "code" (text without inner doubt about case) stay text; "count" is a whole
        number from 0; "number" a finite number.
    required
        Whether a file must have it.
    blank
        Whether a cell may be blank.
    low, high
        Bounds of a number, inclusive.
    """

    name: str
    names: tuple[str, ...]
    kind: Kind = "text"
    required: bool = True
    blank: bool = False
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Layout:
    """
    What one kind of file holds.

    ``what`` names it in messages ("practice list"); ``key`` is the set of columns that must not
    repeat, empty where rows may.
    """

    what: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    def resolve(self, headings: Sequence[str]) -> dict[str, int]:
        """Position of each known column among ``headings``; absent ones are left out."""
        plain = [normalise(heading) for heading in headings]
        found: dict[str, int] = {}
        for column in self.columns:
            for pattern in column.names:
                hits = [i for i, name in enumerate(plain) if re.fullmatch(pattern, name)]
                if hits:
                    found[column.name] = hits[0]
                    break
        return found

    def missing(self, found: Iterable[str]) -> list[Column]:
        """Columns that a file must have and has not."""
        have = set(found)
        return [column for column in self.columns if column.required and column.name not in have]


def normalise(heading: str) -> str:
    """Return a heading in lower case with letters and digits only: "Number of Patients " too."""
    return re.sub(r"[^a-z0-9]", "", str(heading).lower())


def checked(
    frame: pd.DataFrame,
    layout: Layout,
    *,
    file: str,
    lines: np.ndarray | None = None,
    headings: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """
    Turn a frame of text into the layout's types, or say everything that is wrong with it.

    Parameters
    ----------
    frame
        Text columns by footprint's names, blank cells as "" or NA; RangeIndex.
    layout
        The layout that the columns were resolved with.
    file
        The file as the user named it, for messages.
    lines
        (n,) 1-based row in the file of each record; from 2 on where not given.
    headings
        The file's own names of the columns, for messages.

    Returns
    -------
    frame
        The same rows: text stripped, counts int64, numbers float64 (NA where blank is allowed).

    Raises
    ------
    InputError
        With every fault: cells that are no counts, blanks where none may be, repeated keys.
    """
    faults: list[Fault] = []
    out: dict[str, pd.Series] = {}
    lines = np.arange(2, len(frame) + 2) if lines is None else lines
    shown = dict(headings or {})
    for column in layout.columns:
        if column.name not in frame:
            continue
        cells = frame[column.name]
        if column.kind in ("text", "code"):
            values, bad, expected = _text(cells, column)
        else:
            values, bad, expected = _numbers(cells, column)
        out[column.name] = values
        faults += [
            Fault(
                file=file,
                row=int(lines[at]),
                column=shown.get(column.name, column.name),
                found="a blank" if _blank(cells.iloc[at]) else repr(cells.iloc[at]),
                expected=expected,
            )
            for at in np.flatnonzero(bad)
        ]
    result = pd.DataFrame(out, index=frame.index)
    if layout.key and set(layout.key) <= set(result):
        faults += _repeated(result, layout, file, lines, shown)
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    return result


def _blank(cell: object) -> bool:
    return cell is None or cell is pd.NA or cell != cell or not str(cell).strip()  # noqa: PLR0124


def _text(cells: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray, str]:
    values = cells.astype("str").fillna("").str.strip()
    if column.kind == "code":
        values = values.str.upper()
    bad = (values == "").to_numpy() if not column.blank else np.zeros(len(values), dtype=bool)
    return values, bad, "a code" if column.kind == "code" else "a text"


def _numbers(cells: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray, str]:
    if pd.api.types.is_numeric_dtype(cells):
        numbers = cells.astype("float64")
        blank = numbers.isna().to_numpy()
    else:
        text = cells.astype("str").fillna("").str.strip()
        blank = (text == "").to_numpy()
        # 12,150 as a spreadsheet writes it; but 1,5 is no number
        grouped = text.str.fullmatch(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?")
        if grouped.any():
            text = text.where(~grouped, text.str.replace(",", "", regex=False))
        # hexadecimal, underscores and "nan" are numbers to python, not to a planner
        plain = text.str.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
        numbers = pd.to_numeric(text.where(plain, None), errors="coerce").astype("float64")
    values = numbers.to_numpy()
    with np.errstate(invalid="ignore"):
        bad = ~np.isfinite(values)
        low = column.low if column.low is not None else (0 if column.kind == "count" else None)
        high = column.high if column.high is not None else LARGEST_COUNT
        if low is not None:
            bad |= values < low
        bad |= values > high
        if column.kind == "count":
            bad |= values != np.floor(values)
    expected = "a whole number" if column.kind == "count" else "a number"
    if low is not None and column.high is not None:
        expected += f" from {low:g} to {high:g}"
    elif low is not None:
        expected += f" from {low:g}" if low != 0 or column.kind == "count" else " from 0"
    if column.blank:
        bad &= ~blank
        return numbers.where(~blank), bad, f"{expected}, or a blank"
    bad |= blank
    if column.kind == "count" and not bad.any():
        return numbers.astype("int64"), bad, expected
    return numbers, bad, expected


def _repeated(
    frame: pd.DataFrame,
    layout: Layout,
    file: str,
    lines: np.ndarray,
    shown: Mapping[str, str],
) -> list[Fault]:
    keys = list(layout.key)
    again = frame.duplicated(keys).to_numpy()
    if not again.any():
        return []
    first = (
        pd.Series(np.arange(len(frame)), index=frame.index)
        .groupby([frame[key] for key in keys], sort=False)
        .transform("first")
        .to_numpy()
    )
    return [
        Fault(
            file=file,
            row=int(lines[at]),
            column=", ".join(shown.get(key, key) for key in keys),
            found=f"{', '.join(map(str, frame.loc[frame.index[at], keys]))} again "
            f"(first in row {lines[first[at]]:,})",
            expected=f"each once in a {layout.what}",
        )
        for at in np.flatnonzero(again)
    ]
