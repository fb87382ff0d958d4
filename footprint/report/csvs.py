"""The tables as CSV: UTF-8, one line end, the same text for the same figures on every machine."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from footprint.report import columns


def write(tables: Mapping[str, pd.DataFrame], folder: str | Path) -> dict[str, Path]:
    """
    Write each table as ``folder/<name>.csv``.

    UTF-8 without a mark, LF line ends, a cell quoted only where it must be. Shares have 4
    decimals, WTE 2, minutes 1; counts are whole; other figures have at most 4 decimals; missing
    is empty; True and False are 1 and 0. Text stays as it is, also where it begins with ``=``,
    ``+``, ``-`` or ``@``: a CSV says what the data say, and the workbook is the file in which a
    spreadsheet can read no text as a formula.

    Parameters
    ----------
    tables
        Frames by name, which is also the file's name.
    folder
        Made where it does not exist.

    Returns
    -------
    paths
        The files by table name.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name in columns.in_order(tables):
        paths[name] = folder / f"{name}.csv"
        frame = tables[name]
        shown = pd.DataFrame({key: as_text(frame[key], key) for key in frame.columns})
        # python's csv leaves a lone CR unquoted, and readers take it for the end of a row
        quoting: Literal[0, 1] = csv.QUOTE_ALL if _has_cr(shown) else csv.QUOTE_MINIMAL
        with paths[name].open("w", encoding="utf-8", newline="") as file:
            shown.to_csv(file, index=False, lineterminator="\n", quoting=quoting)
    return paths


def as_text(values: pd.Series, name: str) -> pd.Series:
    """One column as text in the decimals of its kind; "" where missing."""
    index = values.index
    if not columns.is_number(values):
        plain = values.astype(object)
        return plain.where(plain.notna(), "").astype(str)
    kind = columns.column(name, values).kind
    found = columns.numbers(values)
    missing = np.isnan(found)
    # 0.0 is added because a rounded -0.0 would be written as "-0.00"
    rounded = np.round(np.where(missing, 0.0, found), columns.DECIMALS.get(kind, 4)) + 0.0
    if kind == "count" and (rounded == np.where(missing, 0.0, found)).all():
        text = rounded.astype(np.int64).astype(str).astype(object)
    elif kind in {"share", "minutes", "wte"}:
        text = np.char.mod(f"%.{columns.DECIMALS[kind]}f", rounded).astype(object)
    else:
        # mixed figures: people beside shares and kilometres, so no trailing zeros
        full = np.char.mod("%.4f", np.where(missing, 0.0, found) + 0.0)
        text = np.char.rstrip(np.char.rstrip(full, "0"), ".").astype(object)
    text[missing] = ""
    return pd.Series(text, index=index, dtype=object)


def _has_cr(frame: pd.DataFrame) -> bool:
    return any(
        frame[key].str.contains("\r", regex=False).any()
        for key in frame.columns
        if columns.column(key).kind == "text"
    )
