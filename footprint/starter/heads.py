"""The first records of whatever tables a file holds, however it is packed and whatever its name."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from footprint.errors import Fault, InputError
from footprint.schema import normalise
from footprint.sources.postcodes import MOST_BYTES
from footprint.sources.streams import PARQUET, ZIP, Stream, strange, streams
from footprint.sources.workbooks import cell_text, opened

#: bytes of a table that are looked at
HEAD = 65_536
#: lines that may stand above the headings
PREAMBLE = 21
#: records that are looked at
SAMPLE = 400
#: members of an archive that are looked at
MEMBERS = 8
#: an Excel file cannot be read by its head: larger ones are left alone
LARGEST_WORKBOOK = 40_000_000

Rows = Sequence[Sequence[str]]


def tables(path: Path) -> Iterator[list[list[str]]]:
    """
    Yield the first rows of cells of each table in a file, once for each mark between cells.

    Raises
    ------
    InputError
        A file that cannot be opened, packed and broken, or a workbook of another kind.
    """
    number = 0
    for stream in streams(path, most=MOST_BYTES):
        if stream.head.startswith(ZIP) and path.stat().st_size > LARGEST_WORKBOOK:
            found = f"an Excel file of more than {LARGEST_WORKBOOK // 1_000_000} MB"
            raise InputError([Fault(stream.label, found, "its table saved as CSV")])
        several = list(_rows(stream))
        yield from several
        number += bool(several)
        if number == MEMBERS:
            return


def _rows(stream: Stream) -> Iterator[list[list[str]]]:
    if stream.head.startswith(ZIP):
        for _, rows in opened(stream):
            first = itertools.islice(rows, PREAMBLE + SAMPLE)
            yield [[cell_text(cell) for cell in row] for row in first]
    elif stream.head.startswith(PARQUET):
        yield _parquet(stream)
    elif strange(stream.head) is None:
        yield from _text(stream.head[:HEAD])


def _parquet(stream: Stream) -> list[list[str]]:
    import pyarrow.parquet  # noqa: PLC0415  only where such a file is met

    with stream.open() as opened_file:
        # Parquet begins at its end, which packed bytes do not know
        file = opened_file if opened_file.seekable() else io.BytesIO(stream.read())
        table = pyarrow.parquet.ParquetFile(file)
        batch = next(table.iter_batches(batch_size=SAMPLE), None)
        columns = [] if batch is None else [column.to_pylist() for column in batch.columns]
        rows = zip(*columns, strict=True)
        return [table.schema_arrow.names, *([cell_text(cell) for cell in row] for row in rows)]


def _text(head: bytes) -> Iterator[list[list[str]]]:
    """Rows of cells under each mark that may stand between cells."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", errors="ignore")
    elif b"\0" in head:
        return
    else:
        try:
            text = head.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            # the head may end within a character
            end = error.start if error.start > len(head) - 4 else 0
            text = head[:end].decode("utf-8-sig") if end else head.decode("cp1252", "replace")
    if len(head) >= HEAD:
        text = text.rpartition("\n")[0]
    lines = text.splitlines()[: PREAMBLE + SAMPLE]
    for mark in ",;\t|":
        rows = list(csv.reader(lines, delimiter=mark))
        if max(map(len, rows[:PREAMBLE]), default=0) > 1:
            yield rows


class Records:
    """The first records of a table by their headings."""

    def __init__(self, headings: Sequence[str], rows: Rows) -> None:
        self.headings = [str(heading).strip() for heading in headings]
        self.names = [normalise(heading) for heading in headings]
        self.rows = [row for row in rows if any(cell.strip() for cell in row)]

    def column(self, pattern: str) -> int | None:
        """Position of the first heading of a form."""
        return next((i for i, name in enumerate(self.names) if fits(pattern, name)), None)

    def has(self, *patterns: str) -> bool:
        """Whether there is a heading of each form."""
        return all(self.column(pattern) is not None for pattern in patterns)

    def number_of(self, pattern: str) -> int:
        """How many headings are of a form."""
        return sum(fits(pattern, name) for name in self.names)

    def cells(self, pattern: str) -> list[str]:
        """Cells of the first heading of a form, without blanks."""
        at = self.column(pattern)
        if at is None:
            return []
        cells = [row[at].strip() for row in self.rows if at < len(row)]
        return [cell for cell in cells if cell]

    def mostly(self, pattern: str, shape: str) -> bool:
        """Whether more than half of the cells below the first heading of a form have a shape."""
        cells = self.cells(pattern)
        return bool(cells) and bool(np.mean([fits(shape, cell.upper()) for cell in cells]) > 0.5)

    def numbers(self, pattern: str) -> bool:
        """Whether there is a heading of a form with a number below it."""
        return any(fits(r"\d*[.,]?\d+", cell) for cell in self.cells(pattern)[:1])


def fits(pattern: str, text: str) -> bool:
    """Whether a text is of a form as a whole."""
    return re.fullmatch(pattern, text) is not None
