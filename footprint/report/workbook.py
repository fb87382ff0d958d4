"""The workbook: every table on a sheet of its own, behind a first sheet that says what is where."""

from __future__ import annotations

import datetime as dt
import math
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from footprint.report import cells, columns, palette, sheet_fit
from footprint.report.content import Content
from footprint.report.sheet import Cells, TableSheet
from footprint.report.shell import day

#: rows of a sheet below its heading: any ICB fits; a million rows, which Excel could hold, make
#: a file that nobody opens, so England's small areas are cut and the sheet says so
MAX_ROWS = 250_000
#: Excel's own limit, the heading left out
EXCEL_ROWS = 1_048_575
#: characters of a cell
MAX_TEXT = 32_767

_CONTENTS = "Start here"
_COLUMNS = "Columns"
_FORMATS: dict[str, str] = {
    "count": "#,##0",
    "share": "0.0%",
    "minutes": "0.0",
    "wte": "#,##0.00",
    "figure": "#,##0.####",
}
#: how a word looks that a reader searches for; the word itself stays
_SIGNALS: dict[str, palette.Verdict] = {
    "flag": palette.MILD,
    "mild": palette.MILD,
    "strong": palette.STRONG,
    "note": palette.NOTE,
    "pass": palette.PASS,
    "not judged": palette.UNJUDGED,
}
_SIGNAL_COLUMNS = frozenset({"verdict", "severity", "flags"})
#: codes, where their names stand, and what the column of names beside them is called
_NAMES: tuple[tuple[str, str, str, str, str], ...] = (
    ("service_id", "services", "service_id", "service_name", "service_name"),
    ("pcn_code", "pcns", "pcn_code", "pcn_name", "pcn_name"),
    ("team_id", "teams", "team_id", "team_name", "team_name"),
    ("a", "pcns", "pcn_code", "pcn_name", "a_name"),
    ("b", "pcns", "pcn_code", "pcn_name", "b_name"),
    ("lead_team_id", "teams", "team_id", "team_name", "lead_team_name"),
    ("lead_pcn_code", "pcns", "pcn_code", "pcn_name", "lead_pcn_name"),
    ("stands_in_pcn", "pcns", "pcn_code", "pcn_name", "stands_in_name"),
)
#: how figures of a unit are shown
_UNITS: dict[str, str] = {
    "share": "0.0%",
    "decile": "0.0",
    "km": "0.0",
    "people per square km": "#,##0",
}
#: widths of the first sheet's columns
_WIDTHS = (30, 14, 110)


def write(content: Content, path: str | Path, *, max_rows: int = MAX_ROWS) -> Path:
    """
    Write ``footprint.xlsx``.

    Every text is written as text: no cell is a formula, and only the first sheet's links, which
    lead to the other sheets, are links. The same content gives the same bytes.

    Parameters
    ----------
    content
        What to show.
    path
        The file; one that exists is replaced when the new one is complete.
    max_rows
        A longer table is cut there, and the first sheet says where the whole of it is.

    Returns
    -------
    path
        The file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".workbook-") as folder:
        made = Path(folder) / path.name
        _Book(content, max_rows).write(made, folder)
        made.replace(path)
    return path


@dataclass(frozen=True)
class _Line:
    """
    A line of the first sheet: column, value and format of its cells, and a way to a sheet.

    A ``wide`` line is one cell over all columns, as high as its sentence asks for.
    """

    cells: Sequence[tuple[int, str | int, Format]] = ()
    leads_to: str = ""
    height: float = 0.0
    wide: bool = False


class _Book:
    """Sheets of one workbook and the formats that they share."""

    def __init__(self, content: Content, max_rows: int) -> None:
        self.content = content
        self.max_rows = min(max_rows, EXCEL_ROWS)
        self.names = columns.in_order(content.tables)
        self.formats: dict[tuple[tuple[str, object], ...], Format] = {}

    def write(self, path: Path, folder: str) -> None:
        options = {
            # rows go to disk as they are written: a million of them do not fit in memory twice
            "constant_memory": True,
            "tmpdir": folder,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(str(path), options)
        self.book.worksheet_class = TableSheet
        date = self.content.date or dt.date(2000, 1, 1)
        self.book.set_properties(
            {
                "title": f"footprint: {self.content.name}"[:255],
                "comments": "Made with footprint",
                # the data's date and never the clock: same input, same bytes
                "created": dt.datetime(date.year, date.month, date.day),  # noqa: DTZ001
            }
        )
        self.book.set_size(2400, 1500)
        first = self.book.add_worksheet(_CONTENTS)
        sheets = {name: self.book.add_worksheet(_sheet_name(name)) for name in self.names}
        dictionary = self.book.add_worksheet(_COLUMNS)
        self._contents(first)
        for name, sheet in sheets.items():
            self._table(sheet, self._named(name, self.content.tables[name]))
        self._dictionary(dictionary)
        first.activate()
        self.book.close()

    def _format(self, **values: object) -> Format:
        key = tuple(sorted(values.items()))
        if key not in self.formats:
            # the library leaves out an indent of what has no side
            side = {"align": "left"} if "indent" in values else {}
            self.formats[key] = self.book.add_format({"valign": "top", **side, **values})
        return self.formats[key]

    # -- the first sheet -----------------------------------------------------------------------

    def _contents(self, sheet: Worksheet) -> None:
        sheet.hide_gridlines(2)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        for row, line in enumerate([*self._what(), *self._sheets(), *self._fairly()]):
            if line.height:
                sheet.set_row(row, line.height)
            for column, value, style in line.cells:
                if line.wide:
                    sheet.merge_range(row, 0, row, len(_WIDTHS) - 1, "", style)
                if line.leads_to and column == 0:
                    sheet.write_url(row, column, f"internal:'{line.leads_to}'!A1", style, value)
                elif isinstance(value, int):
                    sheet.write_number(row, column, value, style)
                else:
                    sheet.write_string(row, column, _text(value), style)
        sheet_fit.paper(sheet)

    def _what(self) -> Iterator[_Line]:
        """Name, date, and the run in a few sentences."""
        content, plain = self.content, self._format()
        title = self._format(bold=True, font_size=18, font_color=palette.BLUE_DEEP)
        yield _Line([(0, content.name, title)], height=26)
        date = f"Data of {day(content.date)}" if content.date else "The data carry no date"
        words = content.words
        about = f"{date}. {words.system}, {words.commissioner}, {words.small_area}."
        yield _Line([(0, about, plain)])
        if content.illustrative:
            warn = self._format(bold=True, font_color=palette.STRONG.line)
            yield _Line([(0, "Illustrative: an invented patch. Nothing in it is real.", warn)])
        yield _Line()
        yield from self._paragraphs("What was found", content.findings)

    def _sheets(self) -> Iterator[_Line]:
        """What each sheet is, how long, and the way to it."""
        label, wrap = self._format(bold=True), self._format(text_wrap=True, indent=1)
        what = self._format(bold=True, indent=1)
        link = self._format(font_color=palette.BLUE, underline=1)
        count = self._format(num_format="#,##0")
        right = self._format(bold=True, align="right")
        yield _Line([(0, "Sheet", label), (1, "Rows", right), (2, "What it is", what)])
        for name in self.names:
            rows = len(self.content.tables[name])
            says = columns.table(name).meaning
            if rows > self.max_rows:
                says += (
                    f" Only the first {self.max_rows:,} rows fit here; all {rows:,} are in the"
                    f" file tables/{name}.csv."
                )
            title = _sheet_name(name)
            yield _Line([(0, title, link), (1, rows, count), (2, says, wrap)], leads_to=title)
        says = "What each column is, and its name in the CSV file of the table."
        yield _Line([(0, _COLUMNS, link), (2, says, wrap)], leads_to=_COLUMNS)
        yield _Line()

    def _fairly(self) -> Iterator[_Line]:
        """What a reader must know: notes, sources, settings."""
        content, plain = self.content, self._format()
        wrap, count = self._format(text_wrap=True, indent=1), self._format(num_format="#,##0")
        yield from self._paragraphs("Read this first", content.notes)
        yield from self._paragraphs("Attribution", [each for each in [content.attribution] if each])
        if content.counts:
            yield self._heading("Patients")
            for key, number in content.counts.items():
                words = key.replace("_", " ").capitalize().replace("pcn", "PCN")
                told = "not shown" if number is None else int(number)
                yield _Line([(0, words, plain), (1, told, count)])
            yield _Line()
        if content.sources:
            yield self._heading("Files that were read")
            for key, file, taken in content.sources:
                told = f"{file}: {taken}" if taken else file
                yield _Line([(0, key.replace("_", " "), plain), (2, told, wrap)])
            yield _Line()
        yield self._heading("Settings")
        for key, value in cells.flat(content.settings):
            yield _Line([(0, key, plain), (1, value, plain)])
        yield _Line([(0, "Hash of inputs and settings", plain), (1, content.digest, plain)])

    def _heading(self, title: str) -> _Line:
        style = self._format(bold=True, font_size=13, font_color=palette.BLUE_DEEP)
        return _Line([(0, title, style)], height=20)

    def _paragraphs(self, title: str, sentences: Sequence[str]) -> Iterator[_Line]:
        if sentences:
            yield self._heading(title)
            wrap = self._format(text_wrap=True)
            for sentence in sentences:
                height = sheet_fit.LINE * sheet_fit.lines(_text(sentence), sum(_WIDTHS))
                yield _Line([(0, sentence, wrap)], height=height, wide=True)
            yield _Line()

    def _dictionary(self, sheet: Worksheet) -> None:
        rows = []
        for name in self.names:
            frame = self._named(name, self.content.tables[name])
            own = set(self.content.tables[name].columns)
            for key in frame.columns:
                found = columns.column(key, frame[key])
                csv_name = key if key in own else ""
                rows.append((_sheet_name(name), found.heading, csv_name, found.meaning))
        frame = pd.DataFrame(rows, columns=["Sheet", "Heading", "Name in the CSV", "Meaning"])
        self._table(sheet, frame)

    # -- a table -------------------------------------------------------------------------------

    def _named(self, table: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Names beside codes, so that nobody has to look them up."""
        if table == "small_areas":
            return frame
        tables = self.content.tables
        for key, source, code, name, added in _NAMES:
            if key in frame and added not in frame and source in tables:
                known = columns.names(tables[source], code, name)
                if key == "service_id":
                    known[""] = "All services"
                frame = frame.copy()
                frame.insert(list(frame.columns).index(key) + 1, added, frame[key].map(known))
        return frame

    def _table(self, sheet: TableSheet, frame: pd.DataFrame) -> None:
        shown = frame.head(self.max_rows)
        look = {
            "bold": True,
            "text_wrap": True,
            "bg_color": palette.BLUE_DEEP,
            "font_color": "#ffffff",
            "valign": "vcenter",
        }
        # headings stand over what they head, at the right clear of the filter's button
        heading = self._format(indent=1, **look)
        figures = self._format(align="right", indent=2, **look)
        sheet.freeze_panes(1, _frozen(frame))
        if len(frame.columns):
            sheet.autofilter(0, 0, max(len(shown), 1), len(frame.columns) - 1)
        found = [columns.column(key, frame[key]) for key in frame.columns]
        parts: list[Cells] = []
        widths: list[float] = []
        for index, (key, column) in enumerate(zip(frame.columns, found, strict=True)):
            part = self._cells(str(key), column, shown[key], shown.get("unit"))
            parts.append(part)
            widths.append(sheet_fit.width(str(key), column.heading, part[0]))
            sheet.set_column(index, index, widths[-1])
        headings = [column.heading for column in found]
        sheet.set_row(0, sheet_fit.heading_height(headings, widths))
        for index, (key, column) in enumerate(zip(frame.columns, found, strict=True)):
            words = column.kind == "text" or not columns.is_number(frame[key])
            sheet.write_string(0, index, column.heading, heading if words else figures)
        wrapped = {
            str(key): values
            for key, (values, _) in zip(frame.columns, parts, strict=True)
            if key in sheet_fit.WRAPPED
        }
        sheet.write_rows(1, parts, sheet_fit.heights(len(shown), wrapped))
        sheet_fit.paper(sheet, widths, _frozen(frame))
        sheet.repeat_rows(0)

    def _cells(
        self, key: str, column: columns.Column, values: pd.Series, units: pd.Series | None = None
    ) -> tuple[list[Any], list[Format | None]]:
        """Values of one column, and one format for all or one for each."""
        if column.kind != "text" and columns.is_number(values):
            figures = columns.numbers(values)
            places = columns.DECIMALS.get(column.kind, 4)
            whole = column.kind == "count"
            if column.kind not in {"count", "figure"}:
                # as the CSV rounds them: 0.00125 is 0.0012 in both
                figures = np.round(figures, places)
            shown = [
                None if math.isnan(each) else int(each) if whole else round(each, places)
                for each in figures.tolist()
            ]
            if column.kind != "figure":
                return shown, [self._format(num_format=_FORMATS[column.kind])]
            if units is not None:
                looks = [_UNITS.get(str(unit), _number_format([each]))
                         for unit, each in zip(units, shown, strict=True)]  # fmt: skip
            elif key == "figure":
                # what checks measure is of many kinds, any other column's figures of one
                looks = [_number_format([each]) for each in shown]
            else:
                looks = [_number_format(shown)]
            return shown, [self._format(num_format=look) for look in looks] or [None]
        empty = values.isna().to_numpy(dtype=bool)
        texts = [
            None if none else str(each)[:MAX_TEXT]
            for each, none in zip(values.astype(object).to_numpy(), empty, strict=True)
        ]
        if key in {"check", "flags"}:
            texts = [None if each is None else check_words(each) for each in texts]
        if key == "measure":
            texts = [None if each is None else columns.measure(each) for each in texts]
        if key in _SIGNAL_COLUMNS:
            return texts, [self._signal(key, each) for each in texts] or [None]
        # a text that follows a figure must not touch it
        return texts, [self._format(text_wrap=key in sheet_fit.WRAPPED, indent=1)]

    def _signal(self, key: str, word: str | None) -> Format:
        look = _SIGNALS.get("flag" if key == "flags" and word else word or "")
        wraps = {"text_wrap": key in sheet_fit.WRAPPED, "indent": 1}
        if look is None:
            return self._format(**wraps)
        bold = word != "pass"
        return self._format(bg_color=look.fill, font_color=look.ink, bold=bold, **wraps)


# -- small helpers -------------------------------------------------------------------------------


def check_words(names: str) -> str:
    """Names of checks, joined by ";", in words: "parts;holes" is "Separate parts; Holes"."""
    return "; ".join(columns.CHECK_NAMES.get(name, name) for name in names.split(";") if name)


def _text(value: str) -> str:
    """Text of a cell; what the library would take for its markup ends in a blank."""
    marked = value.startswith("<r>") and value.endswith("</r>")
    return f"{value[: MAX_TEXT - 1]} " if marked else value[:MAX_TEXT]


def _number_format(values: Sequence[float | None]) -> str:
    """Format in which every one of the values shows what it is."""
    parts = [abs(each) for each in values if each is not None and not float(each).is_integer()]
    if not parts:
        return "#,##0"
    return "#,##0.00" if min(parts) >= 0.01 else "0.0000"


def _frozen(frame: pd.DataFrame) -> int:
    """Columns that stay in sight: a code and the name beside it."""
    return 2 if list(frame.columns[:2]) == ["pcn_code", "pcn_name"] else 1


def _sheet_name(name: str) -> str:
    clean = "".join(" " if sign in "[]:*?/\\" else sign for sign in columns.table(name).title)
    return clean.strip("'")[:31] or "Table"
