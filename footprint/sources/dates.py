"""Dates of official files, in every style of ten years."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from footprint.errors import Fault, InputError
from footprint.sources.tabular import Table

STYLES = (
    "%d%b%Y",
    "%d-%b-%y",
    "%d-%b-%Y",
    "%Y-%m-%d",
    "%d/%m/%Y",
    "%Y%m%d",
    "%d %B %Y",
    "%d %b %Y",
)


def data_date(texts: Iterable[str]) -> dt.date | None:
    """Date of the data from the first extract date that can be read, in any official style."""
    for text in texts:
        clean = re.sub(r"\s+", " ", str(text)).strip()
        # a spreadsheet may have added midnight
        clean = re.sub(r"[ T]00:00(:00)?(\.0+)?$", "", clean)
        for style in STYLES:
            try:
                return dt.datetime.strptime(clean.title(), style).date()  # noqa: DTZ007
            except ValueError:
                continue
    return None


def extract_date(table: Table) -> str:
    """Return the extract date of a table of one date as written, "" where it has none."""
    if "extract_date" in table.frame and len(table.frame):
        return str(table.frame["extract_date"].iloc[0])
    return str(table.frame.attrs.get("extract_date", ""))


def date_of(table: Table) -> dt.date | None:
    """Date of a table of one date; None where it has none that can be read."""
    return data_date([extract_date(table)])


def one_date(table: Table) -> str:
    """
    Return the extract date of a table as written, "" where it has none.

    Raises
    ------
    InputError
        Records of several dates: added up they would count people several times.
    """
    if "extract_date" not in table.frame:
        return ""
    texts = [str(text) for text in table.frame["extract_date"].unique() if str(text)]
    dates = {data_date([text]) or text for text in texts}
    if len(dates) > 1:
        raise InputError(
            [
                Fault(
                    file=str(table.path),
                    column=table.headings["extract_date"],
                    found=f"{len(dates):,} dates: {', '.join(sorted(texts)[:4])}",
                    expected="records of one date",
                )
            ]
        )
    return texts[0] if texts else ""
