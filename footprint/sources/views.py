"""How the rows of a table are seen, whatever it is written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from footprint.schema import Coded

#: how many lines above the headings a download may have
PREAMBLE = 20
#: cells of a heading row longer than this are data
LONGEST_HEADING = 300


@dataclass(frozen=True)
class View:
    """
    One way to see the start of a grid.

    ``rows`` are the first rows of cells; ``starts`` the byte after each; ``mark`` the delimiter.
    """

    rows: list[list[str]]
    starts: list[int]
    mark: str = ""

    def width(self, at: int) -> int:
        """Cells of the row of headings, or of the first record where there is none (-1)."""
        rows = self.rows[at:] if at >= 0 else [row for row in self.rows if any(row)]
        return len(rows[0]) if rows else 0


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
