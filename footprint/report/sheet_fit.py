"""How wide and how high the cells of the workbook are, and how its sheets go on paper."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.worksheet import Worksheet

#: widths of columns whose texts are wrapped, in the figures by which Excel measures columns
WRAPPED: dict[str, float] = {
    "evidence": 72.0,
    "reasons": 72.0,
    "reason": 72.0,
    "why": 72.0,
    "measure": 64.0,
    "flags": 26.0,
    "Meaning": 90.0,
}
_WIDEST = 44
#: points of a line, and of a heading of two lines
LINE, HEADING = 15.0, 32.0
#: lines of a heading at most
_HEADING_LINES = 3
#: rows that say how wide a column is
_LOOKED_AT = 2_000
#: columns as wide as this, all together, can still be read on one page side by side
_PAGE = 240.0


def width(key: str, heading: str, values: Sequence[Any]) -> float:
    """Width of a column, for its values and the words of its heading."""
    if key in WRAPPED:
        return WRAPPED[key]
    # numbers are shown with separators, so they are a little longer than they look
    longest = max((len(_shown(each)) for each in values[:_LOOKED_AT]), default=0)
    words = max((len(word) for word in heading.split()), default=0)
    while len(textwrap.wrap(heading, max(words, 1))) > _HEADING_LINES:
        words += 1
    return float(min(max(longest + 3, words + 4, 9), _WIDEST))


def _shown(value: float | str | None) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else f"{value:,.2f}".removesuffix(".00")


def lines(text: str, wide: float) -> int:
    """Lines that a text takes, a little room left: letters are narrower than figures on average."""
    return sum(max(math.ceil(len(part) / (1.1 * wide)), 1) for part in text.split("\n"))


def heights(rows: int, wrapped: Mapping[str, Sequence[Any]]) -> list[float | None]:
    """
    Heights of rows in points, None for a row of one line.

    Excel would find them itself, LibreOffice lets texts run over each other.

    Parameters
    ----------
    rows
        Their number.
    wrapped
        Texts of columns that are wrapped, by name.
    """
    most = [1] * rows
    for key, texts in wrapped.items():
        known = {text: lines(text, WRAPPED[key]) for text in {*texts} if text}
        most = [
            max(least, known.get(text or "", 1)) for least, text in zip(most, texts, strict=True)
        ]
    return [None if many == 1 else LINE * many for many in most]


def heading_height(headings: Sequence[str], widths: Sequence[float]) -> float:
    """Height of the row of headings: each stands whole over its column, bold and indented."""
    most = max(
        (len(textwrap.wrap(heading, max(int(wide) - 3, 5))) for heading, wide in
         zip(headings, widths, strict=True)),
        default=1,
    )  # fmt: skip
    return max(HEADING, LINE * most + 2)


def paper(sheet: Worksheet, widths: Sequence[float] = (), frozen: int = 0) -> None:
    """
    Lay a sheet out on A4, landscape, as many pages side by side as can be read.

    ``frozen`` columns come again on each of them.
    """
    across = max(math.ceil(sum(widths) / _PAGE), 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.fit_to_pages(across, 0)
    if across > 1:
        sheet.repeat_columns(0, frozen - 1)
        sheet.print_across()
    sheet.set_footer("&L&F, &A&RPage &P of &N")
