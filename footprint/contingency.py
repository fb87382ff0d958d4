"""
How two divisions of the same people line up, measured on a contingency table.

A table holds patients (whole numbers), one row per PCN and one column per team, as from
:func:`footprint.alignment.contingency`; its transpose reads the other way round.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

FloatArray = npt.NDArray[np.float64]

#: expected count above which a cell's expected information is taken from its moments
_SERIES_FROM = 100.0


def effective_number(table: pd.DataFrame) -> pd.Series:
    """
    Effective number of columns that share each row: 1 / sum of squared shares.

    Four teams of equal size count as 4, one team with nearly all as little more than 1.

    Parameters
    ----------
    table
        Patients, rows by columns.

    Returns
    -------
    effective_number
        On the table's index; NaN in a row of zeros.

    References
    ----------
    Laakso, M. and Taagepera, R. (1979) "Effective" number of parties: a measure with application
    to West Europe. Comparative Political Studies 12(1), 3-27.
    """
    counts = table.to_numpy(dtype=float)
    total, squares = counts.sum(axis=1), (counts**2).sum(axis=1)
    values = np.full(len(counts), np.nan)
    np.divide(total**2, squares, out=values, where=squares > 0)
    return pd.Series(values, index=table.index, name="effective_number")


def number_to_reach(table: pd.DataFrame, *, reach: float = 0.95) -> pd.Series:
    """
    Least number of columns that together hold a share of each row.

    Parameters
    ----------
    table
        Patients, rows by columns.
    reach
        The share, above 0 and up to 1.

    Returns
    -------
    number_to_reach
        Integers on the table's index; 0 in a row of zeros.
    """
    counts = -np.sort(-table.to_numpy(dtype=float), axis=1)
    total = counts.sum(axis=1)
    # columns before the one at which the share is reached, and that one
    short = np.cumsum(counts, axis=1) < (reach - 1e-12) * total[:, None]
    values = np.where(total > 0, short.sum(axis=1) + 1, 0)
    return pd.Series(values, index=table.index, name="number_to_reach", dtype=np.int64)


def lead(table: pd.DataFrame) -> pd.DataFrame:
    """
    Column that holds most of each row.

    Parameters
    ----------
    table
        Patients, rows by columns.

    Returns
    -------
    lead
        ``code`` (ties to the column that comes first, "" in a row of zeros) and ``share`` of the
        row (NaN in a row of zeros), on the table's index.
    """
    total = table.sum(axis=1)
    if table.shape[1] == 0:
        return pd.DataFrame({"code": "", "share": np.nan}, index=table.index)
    return pd.DataFrame(
        {
            "code": table.idxmax(axis=1).where(total > 0, ""),
            "share": table.max(axis=1) / total.where(total > 0),
        },
        index=table.index,
    )


def agreement(table: pd.DataFrame) -> pd.Series:
    """
    Agreement of the two divisions of the same patients, by PCN and by team.

    PCNs are the classes and teams the clusters of the V-measure. Homogeneity is 1 when each team
    works with one PCN only, completeness is 1 when each PCN has one team only; the V-measure is
    their harmonic mean. Adjusted mutual information is 1 when the two divisions are the same and
    0 when they agree no better than chance would with the same totals.

    Parameters
    ----------
    table
        Patients (whole numbers), PCNs by teams.

    Returns
    -------
    agreement
        ``homogeneity``, ``completeness``, ``v_measure``, ``ami``; NaN for a table of zeros.

    Notes
    -----
    scikit-learn's functions take one row per person and no weights; these figures are the same,
    computed from the table.

    References
    ----------
    Rosenberg, A. and Hirschberg, J. (2007) V-measure: a conditional entropy-based external
    cluster evaluation measure. EMNLP-CoNLL 2007, 410-420.

    Vinh, N. X., Epps, J. and Bailey, J. (2010) Information theoretic measures for clusterings
    comparison. Journal of Machine Learning Research 11, 2837-2854.
    """
    names = ["homogeneity", "completeness", "v_measure", "ami"]
    counts = table.to_numpy(dtype=float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    n, rows, columns = counts.sum(), counts.sum(axis=1), counts.sum(axis=0)
    if n == 0:
        return pd.Series(np.nan, index=names, name="agreement")
    row_entropy, column_entropy = _entropy(rows / n), _entropy(columns / n)
    cell = counts > 0
    expected = np.outer(rows, columns)[cell]
    mutual = max(float((counts[cell] / n * np.log(n * counts[cell] / expected)).sum()), 0.0)

    # rounding must not make a perfect agreement 1.0000000000000002
    homogeneity = min(mutual / row_entropy, 1.0) if row_entropy else 1.0
    completeness = min(mutual / column_entropy, 1.0) if column_entropy else 1.0
    both = homogeneity + completeness
    v_measure = 2 * homogeneity * completeness / both if both else 0.0

    if len(rows) == len(columns) == 1:
        ami = 1.0
    else:
        chance = expected_mutual_information(rows, columns)
        room = (row_entropy + column_entropy) / 2 - chance
        tiny = np.finfo(float).eps
        ami = (mutual - chance) / (min(room, -tiny) if room < 0 else max(room, tiny))
    return pd.Series(
        [homogeneity, completeness, v_measure, ami], index=names, name="agreement", dtype=float
    )


def _entropy(shares: FloatArray) -> float:
    return float(-(shares * np.log(shares)).sum()) if len(shares) > 1 else 0.0


def expected_mutual_information(rows: FloatArray, columns: FloatArray) -> float:
    """
    Mutual information that chance alone gives to two divisions with these totals.

    Parameters
    ----------
    rows, columns
        Totals of the classes and of the clusters, whole numbers above 0 with the same sum.

    Returns
    -------
    expected_mutual_information
        In nats.

    Notes
    -----
    The expectation of Vinh et al. (2010) over the hypergeometric distribution of each cell.
    Cells that expect fewer than 100 patients are summed term by term; larger ones, where the sum
    has as many terms as patients, by the moments up to the fourth of the same distribution: the
    next term is of the order of the expected count to the power -2 of the cell's own.
    """
    n = float(rows.sum())
    a, b = (grid.ravel().astype(float) for grid in np.meshgrid(rows, columns, indexing="ij"))
    mean = a * b / n
    # a class or cluster that holds everybody leaves nothing to chance
    free = (a < n) & (b < n)
    few = free & (mean < _SERIES_FROM)
    many = free & ~few
    information = _information_sum(a[few], b[few], n).sum()
    information += _information_series(a[many], b[many], n).sum()
    return float(information / n)


def _information_sum(a: FloatArray, b: FloatArray, n: float) -> FloatArray:
    mean = a * b / n
    spread = np.sqrt(mean * (1 - a / n) * (n - b) / (n - 1))
    x = np.maximum(0.0, a + b - n)
    # beyond this the distribution's tail is below what a float can add
    last = np.minimum(np.minimum(a, b), np.ceil(mean + 12 * spread + 40))
    log_p = (
        gammaln(a + 1)
        + gammaln(b + 1)
        + gammaln(n - a + 1)
        + gammaln(n - b + 1)
        - gammaln(n + 1)
        - gammaln(x + 1)
        - gammaln(a - x + 1)
        - gammaln(b - x + 1)
        - gammaln(n - a - b + x + 1)
    )
    # cells with most terms first, so that those not done yet are always the first ones
    more = last - x
    order = np.argsort(-more, kind="stable")
    a, b, x, p = a[order], b[order], x[order], np.exp(log_p[order])
    left = np.searchsorted(-more[order], -np.arange(more.max(initial=-1.0) + 1), side="right")
    mass, count, logs = np.zeros_like(p), np.zeros_like(p), np.zeros_like(p)
    for step, cells in enumerate(left):
        live = slice(0, int(cells))
        xs = x[live] + step
        mass[live] += p[live]
        share = p[live] * xs
        count[live] += share
        logs[live] += share * np.log(np.maximum(xs, 1))
        # from one count to the next: a ratio instead of nine gamma functions
        ratio = (a[live] - xs) * (b[live] - xs) / ((xs + 1) * (n - a[live] - b[live] + xs + 1))
        p[live] *= ratio
    # log-gamma of millions carries a rounding error that is the same in every term
    out = np.empty_like(mass)
    out[order] = (logs - count * np.log(mean[order])) / mass
    return out


def _information_series(a: FloatArray, b: FloatArray, n: float) -> FloatArray:
    mean = a * b / n
    variance = mean * (1 - a / n) * (n - b) / (n - 1)
    third = variance * (n - 2 * a) * (n - 2 * b) / (n * (n - 2))
    both = a * (n - a) * b * (n - b)
    excess = (n - 1) * n**2 * (n * (n + 1) - 6 * a * (n - a) - 6 * b * (n - b))
    excess = (excess + 6 * both * (5 * n - 6)) / (both * (n - 2) * (n - 3))
    fourth = variance**2 * (3 + excess)
    # Taylor series of x log(x / mean) about the mean
    return variance / (2 * mean) - third / (6 * mean**2) + fourth / (12 * mean**3)
