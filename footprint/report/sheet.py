"""A sheet of the workbook that takes a whole table at once: cell by cell England takes a while."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from xlsxwriter.format import Format
from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.worksheet import Worksheet

#: cells of one column, and one format for all of them or one for each
Cells = tuple[Sequence[str | float | None], Sequence[Format | None]]

#: signs of a cell
_MOST = 32_767
#: rows put into words at a time
_ROWS = 20_000
#: what Excel would read as an escaped sign, and signs that XML cannot hold
_ESCAPED = re.compile("(_x[0-9a-fA-F]{4}_)")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]")
_SPACE_AT_AN_END = re.compile(r"^\s|\s$")


class TableSheet(Worksheet):
    """A sheet of a workbook in constant memory: rows leave for the disk in their order."""

    def write_rows(
        self, first: int, columns: Sequence[Cells], heights: Sequence[float | None] = ()
    ) -> None:
        """
        Write the rows of a table below what is there, the same as cell by cell.

        Parameters
        ----------
        first
            Number of the first row, from 0.
        columns
            Cells by column, all of one length; None is an empty cell.
        heights
            Points of each row, None for the usual; all as usual when empty.
        """
        rows = len(columns[0][0]) if columns else 0
        if not rows:
            return
        # what was begun before goes to disk first, and what follows knows the table's extent
        self._write_single_row(first)
        self._check_dimensions(first, 0)
        self._check_dimensions(first + rows - 1, len(columns) - 1)
        self.previous_row = first + rows - 1
        high = [_height(each) for each in heights] or [""] * rows
        styles = _styles(columns)
        known: dict[str, str] = {}
        for start in range(0, rows, _ROWS):
            block = range(start, min(start + _ROWS, rows))
            parts = [
                _column(xl_col_to_name(at), first + 1, block, column, styles, known)
                for at, column in enumerate(columns)
            ]
            self.fh.write(
                "".join(
                    f'<row r="{first + 1 + row}"{high[row]}>{cells}</row>'
                    for row, cells in zip(
                        block, map("".join, zip(*parts, strict=True)), strict=True
                    )
                    if cells
                )
            )


def _height(points: float | None) -> str:
    """Attributes of a row's height."""
    return "" if points is None else f' ht="{points:.16g}" customHeight="1"'


def _styles(columns: Sequence[Cells]) -> dict[Format | None, str]:
    """Attribute of each format, numbered in the order in which a reader of rows meets them."""
    met: dict[Format | None, tuple[int, int]] = {}
    for at, (values, formats) in enumerate(columns):
        every = formats if len(formats) > 1 else itertools.repeat(formats[0], len(values))
        for row, (value, style) in enumerate(zip(values, every, strict=True)):
            if value is not None and (style not in met or (row, at) < met[style]):
                met[style] = row, at
                if len(formats) == 1:
                    break
    order = sorted(met, key=lambda style: met[style])
    return {style: "" if style is None else f' s="{style._get_xf_index()}"' for style in order}


def _column(
    letters: str,
    below: int,
    block: range,
    column: Cells,
    styles: dict[Format | None, str],
    known: dict[str, str],
) -> list[str]:
    """Cells of a block of rows of one column; ``known`` keeps texts that come again."""
    values, formats = column
    some = values[block.start : block.stop]
    rows = range(below + block.start, below + block.stop)
    kinds = set(map(type, some))
    if len(formats) == 1 and not kinds & {str, type(None)}:
        style = styles[formats[0]]
        return [
            f'<c r="{letters}{row}"{style}><v>{value:.16G}</v></c>'
            for row, value in zip(rows, some, strict=True)
        ]
    own = len(formats) > 1
    every = formats[block.start : block.stop] if own else list(formats) * len(some)
    if str in kinds:
        known |= {v: _text(v) for v in set(some) - known.keys() if isinstance(v, str)}
    if len(formats) == 1 and kinds == {str}:
        style = styles[formats[0]]
        return [
            f'<c r="{letters}{row}"{style}{known[value]}</c>'  # type: ignore[index]
            for row, value in zip(rows, some, strict=True)
        ]
    found = []
    for row, value, look in zip(rows, some, every, strict=True):
        if value is None:
            found.append("")
        elif isinstance(value, str):
            found.append(f'<c r="{letters}{row}"{styles[look]}{known[value]}</c>')
        else:
            found.append(f'<c r="{letters}{row}"{styles[look]}><v>{value:.16G}</v></c>')
    return found


def _text(value: str) -> str:
    """Rest of a cell that holds a text, from its type on."""
    if len(value) > _MOST // 2:
        # Excel counts signs beyond the basic ones twice
        value = value.encode("utf-16-le")[: 2 * _MOST].decode("utf-16-le", "ignore")
    keep = ' xml:space="preserve"' if _SPACE_AT_AN_END.search(value) else ""
    shown = _CONTROL.sub(lambda sign: f"_x{ord(sign[0]):04X}_", _ESCAPED.sub(r"_x005F\1", value))
    shown = shown.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f' t="inlineStr"><is><t{keep}>{shown}</t></is>'
