"""Who is registered where: mostly near home, with noise, and never by accident a fault."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .county import SEED
from .land import Floats
from .people import Ints
from .surgeries import Practice

#: expected patients below this are not a row of the file
SMALLEST = 4.0
#: a network that is to hold a small area leads the next one there by this share
LEAD = 1.06


def nearness(practices: Sequence[Practice], spots: Floats, folk: Ints, spread: Floats) -> Floats:
    """
    How strongly each small area (rows) is drawn to each practice (columns).

    A practice reaches as far as it takes to find 1.6 times its list, so that reach is short in
    a town and long in the country; a thin tail goes further.
    """
    at = np.array([(p.x, p.y) for p in practices])
    away = np.hypot(*(spots[:, None] - at[None]).transpose(2, 0, 1))
    away = np.maximum(away, 0.35 * spread[:, None])
    order = np.argsort(away, axis=0, kind="stable")
    reach = np.empty(len(practices))
    for k, practice in enumerate(practices):
        enough = int(np.searchsorted(np.cumsum(folk[order[:, k]]), 1.6 * practice.patients))
        reach[k] = max(700.0, float(away[order[min(enough, len(folk) - 1), k], k]))
    pull: Floats = np.exp(-1.9 * (away / reach) ** 1.15) + 0.0012 * np.exp(-away / 9_000)
    return pull


def balance(weights: Floats, rows: Floats, columns: Floats, times: int = 60) -> Floats:
    """Scale a matrix until its rows and, exactly, its columns have the given sums."""
    out = weights.copy()
    for _ in range(times):
        total = out.sum(axis=1)
        out *= np.divide(rows, total, out=np.zeros_like(total), where=total > 0)[:, None]
        out *= columns / out.sum(axis=0)
    return out


def leaders(counts: Ints, networks: Ints) -> tuple[Ints, NDArray[np.bool_]]:
    """
    The network with most patients in each small area, and whether its lead is clear.

    ``networks`` gives the network of each column; -1, in none, holds nothing.
    """
    kinds = np.array(sorted(set(networks.tolist()) - {-1}))
    sums = np.stack([counts[:, networks == kind].sum(axis=1) for kind in kinds], axis=1)
    ranked = np.sort(sums, axis=1)
    clear = ranked[:, -1] > ranked[:, -2] * LEAD + 2
    return kinds[np.argmax(sums, axis=1)], clear


def register(
    practices: Sequence[Practice],
    holder: Ints,
    spots: Floats,
    folk: Ints,
    spread: Floats,
    inside: NDArray[np.bool_],
) -> Ints:
    """
    Patients by small area and practice.

    Parameters
    ----------
    practices
        With their place, network and list.
    holder
        The network that is to have most patients in each small area of the patch.
    spots
        Middles of the small areas, metres.
    folk
        People of each small area.
    spread
        Width of each small area, metres.
    inside
        Whether each lies in the patch; most people beyond it are registered with practices that
        are not in the files.

    Returns
    -------
    patients
        Whole numbers, (small areas, practices).
    """
    rng = np.random.default_rng([SEED, 5])
    networks = np.array([p.network for p in practices])
    pull = nearness(practices, spots, folk, spread)
    # people choose unevenly
    pull *= np.exp(0.9 * (rng.random(pull.shape) - 0.5))
    rows = folk.astype(float)
    beyond = pull[:, networks == -2].sum(axis=1)
    share = np.minimum(1.0, beyond / np.quantile(beyond[~inside], 0.6))
    rows[~inside] *= 0.03 + 0.97 * share[~inside]
    columns = np.array([p.patients for p in practices])
    same = networks[None, :] == holder[:, None]
    loyal = np.full(len(folk), 3.2)
    for _ in range(60):
        drawn = balance(pull * np.where(same, loyal[:, None], 1.0), rows, columns)
        drawn[drawn < SMALLEST] = 0
        patients = np.round(balance(drawn, rows, columns, 8)).astype(np.int64)
        _scatter(patients, inside, rng)
        lead, clear = leaders(patients, networks)
        wrong = inside & ((lead != holder) | ~clear)
        if not wrong.any():
            return patients
        loyal[wrong] *= 1.35
    raise AssertionError(np.flatnonzero(wrong).tolist())


def _scatter(patients: Ints, inside: NDArray[np.bool_], rng: np.random.Generator) -> None:
    # every practice has a few patients who moved away and stayed on its list
    columns = patients.shape[1]
    near = np.flatnonzero(inside)
    far = np.flatnonzero(~inside)
    for k in range(columns):
        for pool, most in ((near, 7), (far, 4)):
            for _ in range(2 + int(rng.random() * most)):
                cell = int(pool[int(rng.random() * len(pool))])
                patients[cell, k] += 1 + int(rng.random() * 2.4)


def unplaced(practices: int) -> list[tuple[int, str, int]]:
    """Rows (practice, code, patients) of people without a small area in the boundaries file."""
    rng = np.random.default_rng([SEED, 6])
    rows: list[tuple[int, str, int]] = []
    for k in range(practices):
        if rng.random() < 0.6:
            rows.append((k, "CLOSED", 1 + int(rng.random() * 5)))
        if rng.random() < 0.9:
            rows.append((k, "EMPTY", 2 + int(rng.random() * 14)))
    for code in (
        "W01990011",
        "W01990042",
        "W01990101",
        "W01990102",
        "S01990007",
        "S01990310",
        "S01990555",
        "N21990003",
        "N21990078",
    ):
        for _ in range(2):
            row = (int(rng.random() * practices), code, 1 + int(rng.random() * 3))
            if row[:2] not in {r[:2] for r in rows}:
                rows.append(row)
    return rows
