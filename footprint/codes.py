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


def summed(frame: pd.DataFrame, first: str, second: str, value: str) -> pd.DataFrame:
    """
    Sum whole numbers over pairs of codes: what a sorted ``groupby`` gives, some times faster.

    Parameters
    ----------
    frame
        (n,) rows.
    first, second
        Its columns of texts, none missing.
    value
        Its column of whole numbers.

    Returns
    -------
    sums
        The three columns, a row for each pair that there is, in order of both codes.
    """
    one, ones = pd.factorize(frame[first], sort=True)
    other, others = pd.factorize(frame[second], sort=True)
    width = max(len(others), 1)
    pair = one * width + other
    order = np.argsort(pair)
    pair, values = pair[order], frame[value].to_numpy()[order]
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    return pd.DataFrame(
        {
            first: pd.Series(ones).take(pair[starts] // width).array,
            second: pd.Series(others).take(pair[starts] % width).array,
            value: np.add.reduceat(values, starts) if len(starts) else values,
        }
    )
