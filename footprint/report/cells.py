"""Cells, tables and figures as templates draw them, and the small words around numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from footprint.report import columns, palette
from footprint.report.shell import UNKNOWN, decimal, percent


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and a tag's look or a link where it has one."""

    text: str
    tag: palette.Verdict | None = None
    href: str = ""


@dataclass(frozen=True)
class Head:
    """
    One column's heading.

    ``num`` aligns numbers to the right, ``term`` is its glossary's key; a table with a ``long``
    column (sentences, lists) stands row under row where the screen is narrow.
    """

    label: str
    num: bool = False
    term: str = ""
    long: bool = False


@dataclass(frozen=True)
class Table:
    """A table as a template draws it."""

    caption: str
    columns: Sequence[Head]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[str] = ()
    note: str = ""
    hide_caption: bool = False

    @property
    def stacks(self) -> bool:
        """Whether there is a long column to stack."""
        return len(self.rows) > 0 and any(column.long for column in self.columns)


@dataclass(frozen=True)
class Figure:
    """One large figure: number, what it is, and a word more."""

    number: str
    label: str
    says: str = ""
    warn: bool = False
    middle: str = ""


# -- words around numbers -----------------------------------------------------------------------


def count(number: int, noun: str) -> str:
    """Return a number with its noun: "1 PCN", "25 PCNs"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plural(number: int, one: str, many: str) -> str:
    """Return the word that goes with a number."""
    return one if number == 1 else many


def of_pcns(number: int, total: int) -> str:
    """Return the start of a sentence: "3 of 8 PCNs have", "All 8 PCNs have", "No PCN has"."""
    if not number:
        return "No PCN has"
    if number == total:
        return f"All {total:,} PCNs have"
    return f"{number:,} of {total:,} PCNs {plural(number, 'has', 'have')}"


def none_has(number: int) -> str:
    """Return a number with its verb: "none has", "1 has", "9 have"."""
    return f"{none(number)} {plural(max(number, 1), 'has', 'have')}"


def none(number: int, word: str = "none") -> str:
    """Return a number that stands in a sentence, nought as a word."""
    return f"{number:,}" if number else word


def listed(words: Iterable[str]) -> str:
    """Return words as a sentence lists them: "a, b and c"."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


def total_of(frame: pd.DataFrame, key: str) -> float:
    """Return the sum of a column, 0 where there is none."""
    return float(np.nansum(columns.numbers(frame[key]))) if key in frame else 0.0


def whole(values: pd.Series) -> float:
    """Return the sum of a column; NaN where one of its figures is not shown."""
    return float(values.sum()) if values.notna().all() else float("nan")


def share(part: float) -> str:
    """Return a share with one decimal, in which a little is not nothing and nearly all not all."""
    # 3 patients of 48,000 are not none of them
    if 0 < part < 0.0005:
        return "under 0.1%"
    return "over 99.9%" if 0.9995 <= part < 1 else percent(part, 1)


def signed(change: float) -> str:
    """Return a change with its sign and two decimals, "0" where it rounds to nothing."""
    text = decimal(abs(change), 2)
    if text == UNKNOWN:
        return text
    if text == "0.00":
        return "0"
    return f"{'+' if change > 0 else '−'}{text}"


def value(given: object) -> str:
    """Return a setting in words: None is "not set", True is "yes", 30000 is "30,000"."""
    if given is None:
        return "not set"
    if isinstance(given, bool):
        return "yes" if given else "no"
    if isinstance(given, (list, tuple)):
        return ", ".join(value(each) for each in given) or "none"
    if isinstance(given, (int, float)):
        return f"{given:,}".removesuffix(".0")
    return str(given)


def flat(values: Mapping[str, object], start: str = "") -> list[tuple[str, str]]:
    """Return settings as pairs of words, those of a table inside under its name."""
    rows: list[tuple[str, str]] = []
    for key, given in values.items():
        name = f"{start}{str(key).replace('_', ' ')}"
        rows += flat(given, f"{name}: ") if isinstance(given, Mapping) else [(name, value(given))]
    return rows
