"""Tables as sheets of a workbook, and as Parquet."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet

from footprint.errors import Fault, InputError
from footprint.schema import Coded
from footprint.sources.streams import BROKEN, Stream, broken
from footprint.sources.views import LONGEST_HEADING, PREAMBLE, Grid, View

#: cells of a workbook beyond which it is refused
MOST_CELLS = 200_000_000


class Sheet:
    """A sheet of a workbook, read once and only as far as it is asked for."""

    def __init__(self, stream: Stream, title: str, rows: Iterator[Sequence[object]]) -> None:
        self.label, self.folder = f"{stream.label} [{title}]", stream.folder
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


def sheets(stream: Stream) -> Iterator[Grid]:
    """Yield the sheets of a workbook, none of which is read further than its start."""
    for title, rows in opened(stream):
        yield Sheet(stream, title, rows)


def opened(stream: Stream) -> list[tuple[str, Iterator[Sequence[object]]]]:
    """
    Open a workbook: the title and the rows of cells of each sheet, which are read as asked for.

    Raises
    ------
    InputError
        A workbook that is broken, or a file of another kind, which is said.
    """
    import openpyxl  # noqa: PLC0415  only where an Excel file is given

    data = stream.read()
    try:
        with warnings.catch_warnings():
            # of parts of Excel that hold no cells
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
            sheets = list(book.worksheets)
            for sheet in sheets:
                # a sheet may claim a million rows and columns that it has not
                sheet.reset_dimensions()
    except Exception as error:  # a workbook can be wrong in any way
        raise _other_kind(stream.label, data) or _broken_book(stream.label, error) from None
    return [(sheet.title, iter(sheet.iter_rows(values_only=True))) for sheet in sheets]


def _other_kind(label: str, data: bytes) -> InputError | None:
    """Say what a file is that looks like a workbook of Excel and is of another kind."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except BROKEN:
        return None
    kinds = {
        "xl/workbook.bin": "an Excel file of the binary kind (.xlsb)",
        "mimetype": "an OpenDocument file (.ods)",
        "word/document.xml": "a Word document",
        "ppt/presentation.xml": "a PowerPoint presentation",
    }
    found = next((words for name, words in kinds.items() if name in names), None)
    expected = "its table saved as .xlsx or CSV"
    return None if found is None else InputError([Fault(label, found, expected)])


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


class Parquet:
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
