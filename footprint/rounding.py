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
        (m,) which total each part belongs to, sorted.
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
    whole[order] += rank < rest[row]
    return whole
