"""Codes by the hundred thousand, few of them distinct: each distinct one is looked up once."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd


def among(values: pd.Series, codes: pd.Index | pd.Series) -> npt.NDArray[np.bool_]:
    """
    Tell which values are among codes: what ``isin`` tells, some times faster.

    Parameters
    ----------
    values
        (n,) texts; a missing one is among none.
    codes
        Texts; none need be distinct.

    Returns
    -------
    inside
        (n,)
    """
    row, distinct = pd.factorize(values)
    known = pd.Index(codes).unique().get_indexer(pd.Index(distinct)) >= 0
    # a missing value has the place -1: the last, which is False
    return np.append(known, False)[row]


def looked_up(values: pd.Series, table: pd.Series) -> pd.Series:
    """
    Look values up in a table: what ``map`` gives, some times faster.

    Parameters
    ----------
    values
        (n,) texts.
    table
        By text, each once.

    Returns
    -------
    found
        On the index of ``values``; missing where the table has none.
    """
    row, distinct = pd.factorize(values)
    found = table.reindex(pd.Index(distinct)).reset_index(drop=True)
    # a missing value has the place -1, which is not there
    return found.reindex(row).set_axis(values.index)
