"""Rows of cells in a stream: delimited text, the sheets of a workbook, Parquet."""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from footprint.errors import Fault, InputError
from footprint.schema import Coded
from footprint.sources.streams import BROKEN, PARQUET, ZIP, Stream, broken, strange

#: how many lines above the headings a download may have
PREAMBLE = 20
#: cells of a heading row longer than this are data
LONGEST_HEADING = 300
#: marks between cells
MARKS = ",;\t|"
#: bytes parsed at once
BLOCK = 1 << 21
#: cells of a workbook beyond which it is refused
MOST_CELLS = 200_000_000

CODED = pa.dictionary(pa.int32(), pa.string())


@dataclass(frozen=True)
class View:
    """
    One way to see the start of a grid.

    ``rows`` are the first rows of cells; ``starts`` the byte after each; ``mark`` the delimiter.
    """

    rows: list[list[str]]
    starts: list[int]
    mark: str = ""


class Grid(Protocol):
    """Rows of cells, seen in one or more ways, and the records below a row of headings."""

    label: str
    folder: str
    views: Sequence[View]

    def records(
        self, view: View, at: int, found: Mapping[str, int]
    ) -> tuple[dict[str, Coded], np.ndarray]:
        """
        Read the columns ``found`` (positions by name) below row ``at`` (-1: no headings).

        Gives the columns and the 1-based row in the file of each record; raises InputError.
        """


def grids(stream: Stream) -> Iterator[Grid]:
    """Yield the grids of a stream; none where it is certainly no table."""
    if stream.head.startswith(ZIP):
        yield from _sheets(stream)
    elif stream.head.startswith(PARQUET):
        yield _Columns(stream)
    elif strange(stream.head) is None and Text.possible(stream.head):
        yield Text(stream)


class Text:
    """A table as delimited text."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.label, self.folder = stream, stream.label, stream.folder
        head = stream.head
        # what is UTF-8 and stays so is parsed as it comes; all else is turned into UTF-8 first
        self.plain = head[:2] not in (b"\xff\xfe", b"\xfe\xff") and _is_utf8(head)
        self.raw = head if self.plain else _utf8(head, self.label, whole=False)
        self.views: Sequence[View] = [_view(self.raw, mark) for mark in MARKS]

    @staticmethod
    def possible(head: bytes) -> bool:
        """Whether bytes may be text at all."""
        return head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" not in head

    def records(
        self, view: View, at: int, found: Mapping[str, int]
    ) -> tuple[dict[str, Coded], np.ndarray]:
        """See :class:`Grid`."""
        table = self.fast(view, at, found, dict.fromkeys(found, CODED))
        if table is not None:
            lines = np.arange(at + 2, at + 2 + table.num_rows)
            return coded(table), lines
        return self._slow(view, at, found)

    def fast(
        self, view: View, at: int, found: Mapping[str, int], types: Mapping[str, pa.DataType]
    ) -> pa.Table | None:
        """
        Parse clean UTF-8 as it streams, on all cores, as the types given.

        None where anything at all is out of the ordinary: then the slow way finds out what.
        """
        rows = view.rows
        if not self.plain or (at >= len(rows) - 1 and at >= 0) or not rows:
            return None
        width = len(rows[max(at, 0)])
        names = [f"c{i}" for i in range(width)]
        wanted = {names[i]: name for name, i in found.items()}
        try:
            with self.stream.open() as file:
                file.read(view.starts[at] if at >= 0 else _bom(self.raw))
                table = pa.csv.read_csv(
                    file,
                    read_options=pa.csv.ReadOptions(column_names=names, block_size=BLOCK),
                    parse_options=_parsing(view.mark, quoted=b'"' in self.raw),
                    convert_options=pa.csv.ConvertOptions(
                        include_columns=list(wanted),
                        column_types={names[i]: types[name] for name, i in found.items()},
                        strings_can_be_null=False,
                        null_values=[""],
                    ),
                )
        except InputError:
            raise
        except (pa.ArrowException, *BROKEN):
            return None
        return table.rename_columns([wanted[name] for name in table.column_names])

    def _slow(
        self, view: View, at: int, found: Mapping[str, int]
    ) -> tuple[dict[str, Coded], np.ndarray]:
        raw = _utf8(self.stream.read(), self.label, whole=True)
        seen = _view(raw[: 1 << 20], view.mark)
        start = seen.starts[at] if at >= 0 else _bom(raw)
        names = [f"c{i}" for i in range(len(view.rows[max(at, 0)]))]
        wanted = {names[i]: name for name, i in found.items()}
        skipped: list[int] = []
        faults: list[Fault] = []

        def wrong(row: pa.csv.InvalidRow) -> str:
            skipped.append(row.number)
            # blank lines are no records
            if row.text.strip(f"{view.mark} \r\n"):
                faults.append(
                    Fault(
                        file=self.label,
                        row=row.number + at + 1,
                        found=f"{row.actual_columns} cells",
                        expected=f"{row.expected_columns}, as in the "
                        + ("headings" if at >= 0 else "first row"),
                    )
                )
            return "skip"

        body = raw[start:]
        if not body.strip():
            return {name: Coded(np.empty(0, dtype=int), []) for name in found}, np.empty(0, int)
        try:
            table = pa.csv.read_csv(
                io.BytesIO(body),
                # the reader numbers rows only in one thread; a row may be as long as the file
                read_options=pa.csv.ReadOptions(
                    column_names=names,
                    use_threads=False,
                    block_size=max(1 << 20, min(len(body) + 1, (1 << 31) - 1)),
                ),
                parse_options=_parsing(view.mark, quoted=b'"' in body, wrong=wrong),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=list(wanted),
                    column_types=dict.fromkeys(names, CODED),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowException as error:
            raise InputError(
                [Fault(self.label, f"text that is no table ({error})", "a CSV file")]
            ) from None
        if faults:
            raise InputError(faults)
        lines = np.arange(1, table.num_rows + len(skipped) + 1)
        lines = np.delete(lines, np.array(skipped, dtype=int) - 1) + at + 1
        return coded(table.rename_columns([wanted[n] for n in table.column_names])), lines


def coded(table: pa.Table) -> dict[str, Coded]:
    """Columns of a table of dictionaries as codes and values."""
    out = {}
    table = table.unify_dictionaries()
    for name in table.column_names:
        column = table.column(name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = column.chunk(0) if column.num_chunks else pa.array([], CODED)
        codes = column.indices.to_numpy(zero_copy_only=False)
        out[name] = Coded(codes, column.dictionary.to_pylist())
    return out


def _parsing(mark: str, *, quoted: bool, wrong: Any = None) -> pa.csv.ParseOptions:  # noqa: ANN401
    return pa.csv.ParseOptions(
        delimiter=mark,
        newlines_in_values=quoted,
        invalid_row_handler=wrong,
        ignore_empty_lines=False,
    )


def _view(raw: bytes, mark: str) -> View:
    """See the first rows of text cut at a mark, with the byte after each."""
    start = _bom(raw)
    text = raw[start:].decode("utf-8", errors="ignore")
    rows: list[list[str]] = []
    starts: list[int] = []

    def lines() -> Iterator[str]:
        nonlocal start
        for line in io.StringIO(text, newline=""):
            start += len(line.encode())
            yield line

    try:
        for row in csv.reader(lines(), delimiter=mark):
            rows.append([cell[:LONGEST_HEADING] for cell in row])
            starts.append(start)
            if len(rows) > PREAMBLE:
                break
    except csv.Error:
        # a cell longer than any heading
        pass
    return View(rows, starts, mark)


def _bom(raw: bytes) -> int:
    return 3 if raw.startswith(b"\xef\xbb\xbf") else 0


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # the head may end within a letter
        return error.start >= len(head) - 3 and len(head) >= 1 << 18
    return True


def _utf8(raw: bytes, label: str, *, whole: bool) -> bytes:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return raw[: len(raw) // 2 * 2 if not whole else None].decode("utf-16").encode()
        except UnicodeDecodeError as error:
            if whole:
                raise InputError(
                    [Fault(label, f"broken UTF-16 ({error.reason})", "text")]
                ) from None
            return raw.decode("utf-16", errors="ignore").encode()
    if b"\0" in raw[:4096]:
        raise InputError([Fault(label, "bytes that are no text", "a table (CSV or Excel)")])
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        # Windows spreadsheets: cp1252, the few unused bytes as Latin-1 has them
        try:
            return raw.decode("cp1252").encode()
        except UnicodeDecodeError:
            return raw.decode("latin-1").encode()
    return raw


class _Sheet:
    """A sheet of a workbook, read once and only as far as it is asked for."""

    def __init__(self, label: str, title: str, rows: Iterator[Sequence[object]]) -> None:
        self.label, self.folder, self.title = f"{label} [{title}]", "", title
        self.rows = rows
        self.done: list[list[str]] = []
        for _ in range(PREAMBLE + 1):
            row = self._next()
            if row is None:
                break
            self.done.append([cell_text(cell)[:LONGEST_HEADING] for cell in row])
        self.views: Sequence[View] = [View(self.done, [])]
        self.walked = 0

    def _next(self) -> Sequence[object] | None:
        try:
            return next(self.rows, None)
        except Exception as error:  # a workbook can be wrong in any way
            raise _broken_book(self.label, error) from None

    def records(
        self, view: View, at: int, found: Mapping[str, int]
    ) -> tuple[dict[str, Coded], np.ndarray]:
        """See :class:`Grid`."""
        places = list(found.values())
        cells: list[list[str]] = [
            [row[i] if i < len(row) else "" for i in places] for row in view.rows[at + 1 :]
        ]
        while (row := self._next()) is not None:
            self.walked += len(row)
            if self.walked > MOST_CELLS:
                raise InputError(
                    [Fault(self.label, f"more than {MOST_CELLS:,} cells", "a smaller sheet")]
                )
            cells.append([cell_text(row[i]) if i < len(row) else "" for i in places])
        out = {}
        for number, name in enumerate(found):
            codes, values = pd.factorize(np.array([row[number] for row in cells], dtype=object))
            out[name] = Coded(codes, list(values))
        return out, np.arange(at + 2, at + 2 + len(cells))


def _sheets(stream: Stream) -> Iterator[Grid]:
    import openpyxl  # noqa: PLC0415  only where an Excel file is given

    try:
        with warnings.catch_warnings():
            # of parts of Excel that hold no cells
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(stream.read()), read_only=True, data_only=True)
            sheets = list(book.worksheets)
            for sheet in sheets:
                # a sheet may claim a million rows and columns that it has not
                sheet.reset_dimensions()
    except InputError:
        raise
    except Exception as error:  # a workbook can be wrong in any way
        raise _broken_book(stream.label, error) from None
    for sheet in sheets:
        yield _Sheet(stream.label, sheet.title, iter(sheet.iter_rows(values_only=True)))


def _broken_book(label: str, error: Exception) -> InputError:
    return InputError([Fault(label, f"a broken workbook ({error})", "a whole .xlsx file")])


def cell_text(cell: object) -> str:
    """Text of a cell of a workbook or Parquet file as a CSV file would have it."""
    if cell is None or cell is pd.NaT:
        return ""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        if cell != cell:  # noqa: PLR0124  NaN
            return ""
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        return cell.date().isoformat()
    return str(cell)


class _Columns:
    """A table as Parquet."""

    def __init__(self, stream: Stream) -> None:
        self.label, self.folder = stream.label, stream.folder
        try:
            self.table = pa.parquet.ParquetFile(io.BytesIO(stream.read()))
            self.views: Sequence[View] = [View([list(self.table.schema_arrow.names)], [0])]
        except (pa.ArrowException, *BROKEN) as error:
            raise broken(self.label, error) from None

    def records(
        self, view: View, at: int, found: Mapping[str, int]
    ) -> tuple[dict[str, Coded], np.ndarray]:
        """See :class:`Grid`."""
        names = view.rows[max(at, 0)]
        try:
            table = self.table.read(columns=[names[i] for i in found.values()])
            out = {}
            for name, i in found.items():
                column = table.column(names[i])
                if pa.types.is_dictionary(column.type):
                    column = column.cast(column.type.value_type)
                codes, values = pd.factorize(column.to_numpy(zero_copy_only=False))
                # pandas says -1 for what is missing
                texts = [*map(cell_text, values), ""]
                out[name] = Coded(np.where(codes < 0, len(values), codes), texts)
        except (pa.ArrowException, *BROKEN) as error:
            raise broken(self.label, error) from None
        return out, np.arange(2, 2 + table.num_rows)
