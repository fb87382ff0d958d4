"""What in a stream may be a table: delimited text, sheets of a workbook, Parquet."""

from __future__ import annotations

from collections.abc import Iterator

from footprint.sources.delimited import Text
from footprint.sources.streams import PARQUET, ZIP, Stream, strange
from footprint.sources.views import Grid
from footprint.sources.workbooks import Parquet, sheets


def grids(stream: Stream) -> Iterator[Grid]:
    """Yield the grids of a stream; none where it is certainly no table."""
    if stream.head.startswith(ZIP):
        yield from sheets(stream)
    elif stream.head.startswith(PARQUET):
        yield Parquet(stream)
    elif strange(stream.head) is None and Text.possible(stream.head):
        yield Text(stream)
