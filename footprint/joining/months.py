"""Whether the files of people are of one time: an extract date each, held against each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from footprint.sources.dates import date_of
from footprint.sources.tabular import Table
from footprint.words import day, listed

#: the files of people and what a sentence calls each
PEOPLE = {
    "practices": "practices",
    "list_sizes": "list sizes",
    "registrations": "registrations",
}
#: a quarter and a few days: registrations by small area come out four times a year
APART = dt.timedelta(days=100)


def warn_of_months(tables: Mapping[str, Table], warnings: list[str]) -> None:
    """Warn where files of people are more than a quarter apart; undated ones are let be."""
    told = {key: date_of(tables[key]) for key in PEOPLE if key in tables}
    dates = {key: date for key, date in told.items() if date is not None}
    if not dates or max(dates.values()) - min(dates.values()) <= APART:
        return
    each = [
        f"{PEOPLE[key]} are of {day(date)}"
        f" ({listed([file.path.name for file in tables[key].files])})"
        for key, date in dates.items()
    ]
    warnings.append(
        f"The files are of different times: {listed(each)}. Practices, PCNs and patients change"
        " between them; take all of one quarter."
    )
