"""Tables as delimited text, in any common dialect and encoding."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from footprint.errors import Fault, InputError
from footprint.schema import Coded
from footprint.sources.streams import BROKEN, Stream
from footprint.sources.views import LONGEST_HEADING, PREAMBLE, View

#: marks between cells
MARKS = ",;\t|"
#: bytes of a head that was cut, and of a line of headings: a column for each LSOA of England
SHORTEST, LONGEST_LINE = 1 << 18, 1 << 22
#: bytes parsed at once
BLOCK = 1 << 21

CODED = pa.dictionary(pa.int32(), pa.string())


class Text:
    """A table as delimited text."""

    def __init__(self, stream: Stream) -> None:
        self.stream, self.label, self.folder = stream, stream.label, stream.folder
        head = _whole_line(stream)
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
        with contextlib.suppress(pa.ArrowException, *BROKEN), self.stream.open() as file:
            file.read(view.starts[at] if at >= 0 else _bom(self.raw))
            lines = _Lines(file)
            table = _parsed(lines, view, at, found, types)
            if lines.total == table.num_rows and not lines.cut:
                return table
        return None

    def _slow(
        self, view: View, at: int, found: Mapping[str, int]
    ) -> tuple[dict[str, Coded], np.ndarray]:
        raw = _utf8(self.stream.read(), self.label, whole=True)
        seen = _view(raw[: max(1 << 20, len(self.raw))], view.mark)
        start = seen.starts[at] if at >= 0 else _bom(raw)
        names = [f"c{i}" for i in range(view.width(at))]
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
        quoted = b'"' in body
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
                parse_options=_parsing(view.mark, quoted=quoted, wrong=wrong),
                convert_options=pa.csv.ConvertOptions(
                    include_columns=names if quoted else list(wanted),
                    column_types=dict.fromkeys(names, CODED),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowException as error:
            raise InputError(
                [Fault(self.label, f"text that is no table ({error})", "a CSV file")]
            ) from None
        lines = np.arange(1, table.num_rows + len(skipped) + 1)
        lines = np.delete(lines, np.array(skipped, dtype=int) - 1) + at + 1
        columns = coded(table)
        if quoted:
            faults += _unclosed(columns, view.mark, self.label, lines)
            if not faults and body.count(b'"') % 2 and not body.endswith(b"\n"):
                faults.append(Fault(self.label, "an end within a cell", "a whole file"))
        if faults:
            raise InputError(faults)
        return {name: columns[place] for place, name in wanted.items()}, lines


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


def _unclosed(
    columns: Mapping[str, Coded], mark: str, label: str, lines: np.ndarray
) -> list[Fault]:
    """Faults of cells that have swallowed records because a quotation mark is missing."""
    faults = []
    for column in columns.values():
        for code, value in enumerate(column.values):
            breaks = value.rstrip("\r\n").count("\n")
            # as many marks as so many lines have
            full = value.count(mark) == breaks * (len(columns) - 1) and len(columns) > 1
            # in a table of two columns one comma in a name over two lines is as many: there the
            # mark that ended the cell must have begun another one, or the file have ended first
            if breaks and full and (len(columns) > 2 or value.endswith((mark, "\n", "\r"))):
                faults += [
                    Fault(
                        file=label,
                        row=int(lines[at]),
                        found=f"a cell over {breaks + 1:,} lines that look like records",
                        expected="a quotation mark at its end",
                    )
                    for at in np.flatnonzero(column.codes == code)
                ]
    return faults


class _Lines(io.RawIOBase):
    """A stream that counts its lines and quotation marks as they are read."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.ends, self.quotes, self.last = file, 0, 0, b"\n"

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
        """Read, and count."""
        data = self.file.read(-1 if size is None else size)
        if data:
            # several times faster than bytes.count
            values = np.frombuffer(data, dtype="uint8")
            self.ends += int(np.count_nonzero(values == ord("\n")))
            self.quotes += int(np.count_nonzero(values == ord('"')))
            self.last = data[-1:]
        return data

    @property
    def cut(self) -> bool:
        """Whether the text may end within a cell."""
        return self.quotes % 2 == 1 and self.last != b"\n"

    @property
    def total(self) -> int:
        """Lines, the last of which may lack its end."""
        return self.ends + (self.last != b"\n")


def _parsed(
    file: _Lines, view: View, at: int, found: Mapping[str, int], types: Mapping[str, pa.DataType]
) -> pa.Table:
    names = [f"c{i}" for i in range(view.width(at))]
    wanted = {names[i]: name for name, i in found.items()}
    table = pa.csv.read_csv(
        file,
        read_options=pa.csv.ReadOptions(column_names=names, block_size=BLOCK),
        # cells over several lines are left to the slow way
        parse_options=_parsing(view.mark, quoted=False),
        convert_options=pa.csv.ConvertOptions(
            include_columns=list(wanted),
            column_types={names[i]: types[name] for name, i in found.items()},
            strings_can_be_null=False,
            null_values=[""],
        ),
    )
    return table.rename_columns([wanted[name] for name in table.column_names])


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


def _whole_line(stream: Stream) -> bytes:
    """Return the first bytes of a stream, as many as its first line has up to a limit."""
    head = stream.head
    if len(head) < SHORTEST or b"\n" in head or b"\r" in head:
        return head
    with contextlib.suppress(*BROKEN), stream.open() as file:
        return file.read(LONGEST_LINE)
    return head


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
