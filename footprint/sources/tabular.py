"""Reading tables as planners have them: CSV of any dialect, compressed or not, and Excel."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from footprint.errors import Fault, InputError
from footprint.schema import Layout, checked

#: how many lines above the headings a download may have
PREAMBLE = 20
#: cells of a heading row longer than this are data
LONGEST_HEADING = 200


@dataclass(frozen=True)
class Table:
    """
    One file as read.

    ``frame`` holds the layout's columns, checked; ``rows`` is the number of records in the file;
    ``sha256`` the hash of the file's bytes; ``headings`` the file's own, by footprint's names;
    ``lines`` (n,) the 1-based row of each record in the file.
    """

    path: Path
    what: str
    frame: pd.DataFrame
    rows: int
    sha256: str
    headings: dict[str, str]
    lines: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=int))

    def fault(self, at: int, column: str, found: str, expected: str) -> Fault:
        """Return a fault of the file at the record in position ``at``."""
        return Fault(
            file=str(self.path),
            row=int(self.lines[at]),
            column=self.headings.get(column, column),
            found=found,
            expected=expected,
        )


def read(path: Path, layout: Layout) -> Table:
    """
    Read a file that should have a layout.

    Parameters
    ----------
    path
        CSV (comma, semicolon, tab or bar; UTF-8, UTF-16 or cp1252; plain, gzip or zip) or .xlsx,
        recognised by content. Up to 20 lines may stand above the headings.
    layout
        What it should hold; columns are found by their names, in any order.

    Returns
    -------
    table
        Checked columns in footprint's names, one record a row.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    shown = str(path)
    raw = _bytes(path)
    digest = hashlib.sha256(raw).hexdigest()
    best: list[str] = []
    for grid in _grids(raw, shown, layout):
        for at, headings in enumerate(grid.top):
            found = layout.resolve(headings)
            if not layout.missing(found):
                frame, lines = _without_blanks(*grid.records(at, found, shown))
                if frame.empty:
                    raise InputError([Fault(shown, "headings without records", "records")])
                names = {name: headings[i].strip() for name, i in found.items()}
                frame = checked(frame, layout, file=shown, lines=lines, headings=names)
                return Table(path, layout.what, frame, len(frame), digest, names, lines)
            if len(found) > len(layout.resolve(best)) or not best:
                best = headings
    found = layout.resolve(best)
    raise InputError(
        Fault(
            file=shown,
            column=column.name,
            found="no such column among " + (", ".join(h.strip() for h in best if h) or "nothing"),
            expected=f"a column for {column.name} in a {layout.what}",
        )
        for column in layout.missing(found)
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError([Fault(str(path), error.strerror or str(error), "a file")]) from None


class _Grid(Protocol):
    """Rows of cells: the first few as text, to find the headings among, then all the records."""

    top: list[list[str]]

    def records(
        self, at: int, found: dict[str, int], shown: str
    ) -> tuple[pd.DataFrame, np.ndarray]:
        """Text cells by footprint's names below heading row ``at``, and their rows in the file."""


class _Text:
    """A table as delimited text."""

    def __init__(self, raw: bytes, shown: str, layout: Layout) -> None:
        self.raw = _utf8(raw, shown)
        head = self.raw[:200_000].decode("utf-8", errors="ignore")
        # the mark between cells is the one under which the headings are best understood
        self.delimiter, self.top = max(
            ((mark, _rows(head, mark, PREAMBLE + 1)) for mark in ",;\t|"),
            key=lambda pair: max((len(layout.resolve(row)) for row in pair[1]), default=0),
        )

    def records(
        self, at: int, found: dict[str, int], shown: str
    ) -> tuple[pd.DataFrame, np.ndarray]:
        names = [f"c{i}" for i in range(len(self.top[at]))]
        wanted = {names[i]: name for name, i in found.items()}
        skipped: list[int] = []
        faults: list[Fault] = []

        def wrong(row: pa.csv.InvalidRow) -> str:
            skipped.append(row.number)
            # lines above the headings and blank lines are no records
            if row.number > at + 1 and row.text.strip(f"{self.delimiter} \r\n"):
                faults.append(
                    Fault(
                        file=shown,
                        row=row.number,
                        found=f"{row.actual_columns} cells",
                        expected=f"{row.expected_columns}, as in the headings",
                    )
                )
            return "skip"

        try:
            table = pa.csv.read_csv(
                io.BytesIO(self.raw),
                # the reader numbers rows only when it runs in one thread
                read_options=pa.csv.ReadOptions(column_names=names, use_threads=False),
                parse_options=pa.csv.ParseOptions(
                    delimiter=self.delimiter,
                    newlines_in_values=b'"' in self.raw,
                    invalid_row_handler=wrong,
                    ignore_empty_lines=False,
                ),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=list(wanted),
                    column_types=dict.fromkeys(names, pa.string()),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowInvalid as error:
            raise InputError(
                [Fault(shown, f"text that is no table: {error}", "a CSV file")]
            ) from None
        if faults:
            raise InputError(faults)
        lines = np.arange(1, table.num_rows + len(skipped) + 1)
        lines = np.delete(lines, np.array(skipped, dtype=int) - 1)
        records = lines > at + 1
        frame = table.slice(int((~records).sum())).to_pandas()
        return frame.rename(columns=wanted), lines[records]


class _Sheet:
    """A sheet of a workbook."""

    def __init__(self, rows: list[list[str]]) -> None:
        self.rows = rows
        self.top = rows[: PREAMBLE + 1]

    def records(
        self,
        at: int,
        found: dict[str, int],
        shown: str,
    ) -> tuple[pd.DataFrame, np.ndarray]:
        data = self.rows[at + 1 :]
        frame = pd.DataFrame(
            {name: [row[i] if i < len(row) else "" for row in data] for name, i in found.items()},
            dtype="str",
        )
        return frame, np.arange(at + 2, at + 2 + len(data))


def _without_blanks(frame: pd.DataFrame, lines: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    # spreadsheets leave lines of empty cells; what a line holds in other columns does not count
    filled = (frame != "").any(axis=1).to_numpy()
    return frame[filled].reset_index(drop=True), lines[filled]


def _grids(raw: bytes, shown: str, layout: Layout) -> Iterator[_Grid]:
    if not raw.strip():
        raise InputError([Fault(shown, "an empty file", f"a {layout.what}")])
    if raw[:2] == b"\x1f\x8b":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError, zlib.error) as error:
            raise InputError(
                [Fault(shown, f"a broken gzip file ({error})", "a whole one")]
            ) from None
        yield from _grids(raw, shown, layout)
    elif raw[:4] == b"PK\x03\x04":
        try:
            yield from _archive(raw, shown, layout)
        except (zipfile.BadZipFile, zlib.error, KeyError, EOFError) as error:
            raise InputError([Fault(shown, f"a broken archive ({error})", "a whole one")]) from None
    else:
        yield _Text(raw, shown, layout)


def _archive(raw: bytes, shown: str, layout: Layout) -> Iterator[_Grid]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        names = sorted(archive.namelist())
        if "xl/workbook.xml" in names:
            yield from _workbook(raw, shown)
            return
        tables = [n for n in names if n.lower().endswith((".csv", ".txt", ".tsv", ".xlsx"))]
        if not tables:
            raise InputError([Fault(shown, "an archive without a table", f"a {layout.what}")])
        for name in tables:
            yield from _grids(archive.read(name), f"{shown}/{name}", layout)


def _workbook(raw: bytes, shown: str) -> Iterator[_Grid]:
    import openpyxl  # noqa: PLC0415  only where an Excel file is given

    try:
        book = openpyxl.load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
        for sheet in book.worksheets:
            yield _Sheet([["" if c is None else str(c) for c in row] for row in sheet.values])
    except (KeyError, ValueError, TypeError, zipfile.BadZipFile) as error:
        raise InputError([Fault(shown, f"a broken workbook ({error})", "a whole one")]) from None


def _utf8(raw: bytes, shown: str) -> bytes:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw.decode("utf-16").encode()
        except UnicodeDecodeError as error:
            raise InputError([Fault(shown, f"broken UTF-16 ({error.reason})", "text")]) from None
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    if b"\0" in raw[:4096]:
        raise InputError([Fault(shown, "bytes that are no text", "a table (CSV or Excel)")])
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        # Windows spreadsheets: cp1252, the few unused bytes as Latin-1 has them
        return re.sub(rb"[\x80-\xff]", lambda m: _cp1252(m.group()), raw)
    return raw


def _cp1252(byte: bytes) -> bytes:
    try:
        return byte.decode("cp1252").encode()
    except UnicodeDecodeError:
        return byte.decode("latin-1").encode()


def _rows(text: str, delimiter: str, most: int) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            rows.append([cell[:LONGEST_HEADING] for cell in row])
            if len(rows) == most:
                break
    except csv.Error:
        pass
    return rows
