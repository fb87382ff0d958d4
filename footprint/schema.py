"""Columns, types and keys of the files that footprint reads; every fault of a file at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from footprint.errors import Fault

#: analysis and interchange coordinate reference systems
ANALYSIS_CRS = "EPSG:27700"
PAGE_CRS = "EPSG:4326"

PCN_CODE = r"U\d{5}"

Kind = Literal["text", "code", "count", "number"]

#: counts above this are no counts of patients (the world has fewer people)
LARGEST_COUNT = 10_000_000_000

#: signs that a cell of a workbook can hold: a longer text is none that a planner has
LONGEST_TEXT = 32_767

#: how a number is written; hexadecimal, underscores and "nan" are numbers to python only
NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?"
#: 12,150 as a spreadsheet writes it; but 1,5 is no number
GROUPED = r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?"
#: what stands for a blank where a number may be one
NOTHING = ("", "-", "–", "..", "N/A", "NA", "NULL", "NONE", "NAN")


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
    shape, expected
        A regular expression that texts match in full (blanks aside), and what it means in words.
    many
        Whether it stands for every column that matches, each named by its own heading; the names
        are then matched with the heading in lower case as it is, so that 0-1 is not 01.
    """

    name: str
    names: tuple[str, ...]
    kind: Kind = "text"
    required: bool = True
    blank: bool = False
    low: float | None = None
    high: float | None = None
    shape: str | None = None
    expected: str | None = None
    many: bool = False


@dataclass(frozen=True)
class Bare:
    """
    A file that is published without headings.

    Parameters
    ----------
    width
        How many columns it may have.
    columns
        Position (from 0) of each of footprint's columns.
    shapes
        What the cells in a position must look like for the file to be one: a regular expression
        for each, matched in full with the first records.
    """

    width: tuple[int, ...]
    columns: Mapping[str, int]
    shapes: Mapping[int, str]

    def fits(self, rows: Sequence[Sequence[str]]) -> bool:
        """Whether the first records of a file look like this one."""
        rows = [row for row in rows if any(cell.strip() for cell in row)]
        return bool(rows) and all(
            len(row) in self.width
            and all(re.fullmatch(shape, row[at].strip()) for at, shape in self.shapes.items())
            for row in rows
        )


@dataclass(frozen=True)
class Layout:
    """
    What one kind of file holds.

    ``what`` names it in messages ("practice list"); ``key`` is the set of columns that must not
    repeat, empty where rows may; ``bare`` its forms without headings; with ``same`` a record that
    repeats word for word counts once.
    """

    what: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    bare: tuple[Bare, ...] = ()
    same: bool = False

    def resolve(self, headings: Sequence[str]) -> dict[str, int]:
        """Position of each known column among ``headings``; absent ones are left out."""
        plain = [normalise(heading) for heading in headings]
        found: dict[str, int] = {}
        for column in self.columns:
            for pattern in column.names:
                hits = [i for i, name in enumerate(plain) if name and re.fullmatch(pattern, name)]
                if column.many:
                    lower = [heading.strip().lower() for heading in headings]
                    hits = [i for i, name in enumerate(lower) if re.fullmatch(pattern, name)]
                    taken = set(found.values())
                    found |= {f"{column.name} {lower[i]}": i for i in hits if i not in taken}
                elif hits:
                    found[column.name] = hits[0]
                if hits:
                    break
        return found

    def fitted(self, found: Iterable[str]) -> Layout:
        """Return the layout with each column that stands for many written out."""
        columns: list[Column] = []
        names = list(found)
        for column in self.columns:
            if not column.many:
                columns.append(column)
                continue
            columns += [
                replace(column, name=name, many=False)
                for name in names
                if name.startswith(f"{column.name} ")
            ]
        return replace(self, columns=tuple(columns))

    def missing(self, found: Iterable[str]) -> list[Column]:
        """Columns that a file must have and has not."""
        have = {name.partition(" ")[0] for name in found}
        return [column for column in self.columns if column.required and column.name not in have]


@dataclass(frozen=True)
class Coded:
    """A column as read: ``codes`` (n,) point into ``values``, its different cells as text."""

    codes: np.ndarray
    values: Sequence[str]

    def cell(self, at: int) -> str:
        """Text of the cell of record ``at``."""
        return self.values[self.codes[at]]

    def take(self, keep: np.ndarray) -> Coded:
        """Return the records where ``keep`` (n,) is True."""
        return Coded(self.codes[keep], self.values)

    @property
    def filled(self) -> np.ndarray:
        """(n,) whether a cell holds more than space."""
        return np.array([bool(value.strip()) for value in self.values], dtype=bool)[self.codes]


def normalise(heading: str) -> str:
    """Return a heading in lower case with letters and digits only: "Number of Patients " too."""
    return re.sub(r"[^a-z0-9]", "", str(heading).lower())


def checked(
    columns: Mapping[str, Coded],
    layout: Layout,
    *,
    file: str,
    lines: np.ndarray,
    headings: Mapping[str, str] | None = None,
    categories: bool = False,
) -> tuple[pd.DataFrame, list[Fault]]:
    """
    Turn columns of text into the layout's types, and say everything that is wrong with them.

    Parameters
    ----------
    columns
        Columns by footprint's names. Only their different values are looked at, so that three
        quarters of a million records cost no more than their few thousand codes.
    layout
        The layout that the columns were resolved with, written out (:meth:`Layout.fitted`).
    file
        The file as the user named it, for messages.
    lines
        (n,) 1-based row in the file of each record.
    headings
        The file's own names of the columns, for messages.
    categories
        Whether texts come back as categories (in order) rather than as text.

    Returns
    -------
    frame
        The same rows: text stripped, counts int64, numbers float64 (NA where blank is allowed).
    faults
        Cells that are no counts, blanks where none may be.
    """
    faults: list[Fault] = []
    out: dict[str, object] = {}
    shown = dict(headings or {})
    for column in layout.columns:
        if column.name not in columns:
            continue
        coded = columns[column.name]
        text = pd.Series(list(coded.values), dtype="str").str.strip()
        if column.kind in ("text", "code"):
            values, bad, expected = _text(text, column)
            if categories:
                places, names = pd.factorize(values, sort=True)
                kind = pd.CategoricalDtype(pd.Index(names), ordered=False)
                codes = places.astype("int32")[coded.codes]
                out[column.name] = pd.Categorical.from_codes(codes, dtype=kind, validate=False)
            else:
                out[column.name] = values.take(coded.codes).reset_index(drop=True)
        else:
            numbers, bad, expected = _numbers(text, column)
            numbers = numbers[coded.codes]
            # values that no record has may be no numbers: blank records were dropped
            if column.kind == "count" and not column.blank and not bad[coded.codes].any():
                numbers = numbers.astype("int64")
            out[column.name] = numbers
        if bad.any():
            faults += [
                Fault(
                    file=file,
                    row=int(lines[at]),
                    column=shown.get(column.name, column.name),
                    found=repr(coded.cell(at)) if coded.cell(at).strip() else "a blank",
                    expected=expected,
                )
                for at in np.flatnonzero(bad[coded.codes]).tolist()
            ]
    return pd.DataFrame(out, index=pd.RangeIndex(len(lines))), faults


def _text(text: pd.Series, column: Column) -> tuple[pd.Series, np.ndarray, str]:
    if column.kind == "code":
        text = text.str.upper()
    blank = (text == "").to_numpy(dtype=bool)
    bad = np.zeros(len(text), dtype=bool) if column.blank else blank
    if column.shape is not None:
        bad = bad | np.array([not re.fullmatch(column.shape, cell) for cell in text], dtype=bool)
        bad &= ~(blank & column.blank)
    expected = column.expected or ("a code" if column.kind == "code" else "a text")
    long = (text.str.len() > LONGEST_TEXT).to_numpy(dtype=bool)
    if long.any():
        expected += f" of {LONGEST_TEXT:,} signs at most"
    return text, bad | long, expected


def _numbers(text: pd.Series, column: Column) -> tuple[np.ndarray, np.ndarray, str]:
    blank = (text == "").to_numpy(dtype=bool)
    if column.blank:
        blank = text.str.upper().isin(NOTHING).to_numpy(dtype=bool)
    grouped = text.str.fullmatch(GROUPED).to_numpy(dtype=bool)
    if grouped.any():
        text = text.where(~grouped, text.str.replace(",", "", regex=False))
    plain = text.str.fullmatch(NUMBER).to_numpy(dtype=bool)
    values = pd.to_numeric(text.where(plain, None), errors="coerce").to_numpy("float64")
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
        expected += f" from {low:g}"
    if column.blank:
        return np.where(blank, np.nan, values), bad & ~blank, f"{expected}, or a blank"
    return values, bad | blank, expected


def repeated(
    frame: pd.DataFrame,
    layout: Layout,
    *,
    files: Sequence[str],
    lines: np.ndarray,
    headings: Mapping[str, str],
) -> list[Fault]:
    """Faults of records whose key stands in the file before; ``files`` names each record's."""
    keys = list(layout.key)
    if not keys or not set(keys) <= set(frame):
        return []
    again = frame.duplicated(keys).to_numpy()
    if not again.any():
        return []
    first = (
        pd.Series(np.arange(len(frame)), index=frame.index)
        .groupby([frame[key] for key in keys], sort=False, observed=True)
        .transform("first")
        .to_numpy()
    )
    return [
        Fault(
            file=files[at],
            row=int(lines[at]),
            column=", ".join(headings.get(key, key) for key in keys),
            found=f"{', '.join(str(frame[key].iloc[at]) for key in keys)} again "
            f"(first in row {lines[first[at]]:,})",
            expected=f"each once in a {layout.what}",
        )
        for at in np.flatnonzero(again).tolist()
    ]
