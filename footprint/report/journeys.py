"""Minutes as readers see them: what is an estimate says so wherever it stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from footprint.report import columns, views
from footprint.report.content import Content
from footprint.report.shell import UNKNOWN, decimal
from footprint.report.shell import minutes as plain

#: the word beside minutes by what they rest on; none where somebody has measured them
MARKS = {"estimate": "estimate", "roads and estimate": "part estimate"}


def mark(bases: Iterable[Any]) -> str:
    """Return the word beside minutes that rest on all of these, "" where none is needed."""
    found = {str(basis) for basis in bases if not pd.isna(basis) and str(basis)}
    if found == {"estimate"}:
        return MARKS["estimate"]
    return MARKS["roads and estimate"] if found & set(MARKS) else ""


def of_patch(content: Content) -> str:
    """Return the word beside minutes of the whole patch."""
    frame = views.table(content, "travel")
    return mark(frame["basis"].unique()) if "basis" in frame else ""


def heading(frame: pd.DataFrame, word: str = "Travel") -> str:
    """Head a column of minutes: with the word where it holds for every row."""
    told = mark(frame["basis"].unique()) if "basis" in frame else ""
    return f"{word} ({told})" if told == MARKS["estimate"] else word


def minutes(value: float, basis: object, head: str) -> str:
    """Write minutes; with their word, unless the heading has it."""
    text = plain(value)
    told = mark([basis])
    return text if text == UNKNOWN or not told or told in head else f"{text} ({told})"


def change(today: float, proposed: float) -> str:
    """Write minutes today and proposed: "24.1 → 23.0"."""
    return f"{decimal(today)} → {decimal(proposed)}"


def mean(frame: pd.DataFrame, value: str, weight: str) -> float:
    """Mean of a column by another; NaN where nothing weighs."""
    figures, weights = columns.numbers(frame[value]), columns.numbers(frame[weight])
    known = np.isfinite(figures) & (weights > 0)
    total = weights[known].sum()
    return float((figures[known] * weights[known]).sum() / total) if total else float("nan")
