"""Whole people: totals divided by shares without losing or gaining one."""

from __future__ import annotations

import numpy as np


def share_out(total: np.ndarray, row: np.ndarray, share: np.ndarray) -> np.ndarray:
    """
    Divide whole totals by shares, by largest remainder.

    Parameters
    ----------
    total
        (n,) whole numbers from 0.
    row
        (m,) which total each part belongs to.
    share
        (m,) share of its total that the part should get; those of a total add up to 1.

    Returns
    -------
    parts
        (m,) whole numbers that add up to each total exactly; ties go to the part that comes first.
    """
    quota = total[row] * share
    # a share a hair below a whole number is that number
    whole = np.floor(np.round(quota, 9)).astype(np.int64)
    rest = total - np.bincount(row, weights=whole, minlength=len(total)).astype(np.int64)
    order = np.lexsort((np.arange(len(row)), -np.round(quota - whole, 9), row))
    number = np.bincount(row, minlength=len(total))
    rank = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    whole[order] += rank < rest[row[order]]
    return whole


def largest_remainder(weights: np.ndarray, group: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """
    Whole numbers in proportion to weights that add up to each group's total.

    Parameters
    ----------
    weights
        (m,) from 0; one row per part.
    group
        (m,) number of each row's group, from 0.
    totals
        (n,) whole number to be shared out in each group.

    Returns
    -------
    whole
        (m,) as of :func:`share_out`; rows of a group without any weight share equally.
    """
    weights = np.asarray(weights, dtype=float)
    empty = np.bincount(group, weights, minlength=len(totals)) == 0
    weights = np.where(empty[group], 1.0, weights)
    sums = np.bincount(group, weights, minlength=len(totals))
    return share_out(np.asarray(totals, dtype=np.int64), group, weights / sums[group])
