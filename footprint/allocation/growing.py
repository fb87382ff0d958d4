"""Every connected set of PCNs that is worth having: the columns of a group model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.region import BoolArray

#: PCNs to a machine word
WORD = 64
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class Grown:
    """
    What :func:`grow` found.

    Parameters
    ----------
    sets
        (m, n) whether a PCN is in the set, in a fixed order; at most ``keep`` of them.
    least
        Worth of the best set there is, ``inf`` where there is none.
    whole
        Whether all sets were tried: nothing is known of what is not listed where not.
    listed
        Whether every set that fits is in ``sets``.
    """

    sets: BoolArray
    least: float
    whole: bool
    listed: bool


def grow(
    near: BoolArray,
    into: FloatArray,
    out: FloatArray,
    room: npt.ArrayLike,
    *,
    worth: FloatArray | None = None,
    load: IntArray | None = None,
    price: FloatArray | None = None,
    limit: float = np.inf,
    population: IntArray | None = None,
    low: int = 0,
    high: int | None = None,
    most: int = 20_000_000,
    keep: int = 2_000_000,
) -> Grown:
    """
    List every connected set of a worth of at most ``limit`` and of a population within bounds.

    The worth of a set is the sum of ``worth`` over its members plus ``price`` of its load. Sets
    grow by one neighbour at a time, each made once (Wernicke 2006, on subgraphs): a set takes one
    of its neighbours and, when all that holds it has been tried, leaves it out for good.

    Budgets end branches early. Each is something that every set worth listing keeps to: for every
    k, ``into[k]`` summed over the set plus ``out[k]`` summed over all others is at most
    ``room[k]``. As no cost is below 0, what is spent is never won back.

    Parameters
    ----------
    near
        (n, n) whether two PCNs adjoin; symmetric.
    into, out
        (K, n) from 0: what it costs that a PCN is in the set, or is left out.
    room
        (K,) what may be spent.
    worth, load, price
        (n,), (n,) and (L,): price is by load; a set of a load from L on is not listed.
    limit
        Greatest worth.
    population, low, high
        (n,) and bounds.
    most
        Sets tried at most.
    keep
        Sets listed at most.
    """
    n = near.shape[0]
    into, out = np.atleast_2d(into).astype(float), np.atleast_2d(out).astype(float)
    none = np.zeros(n, dtype=np.int64)
    # what is dear to leave out goes first, so that the branches without it end soon
    order = np.lexsort((np.arange(n), (into - out).sum(axis=0)))
    people = none if population is None else population
    words, count, least, tried = _grow(
        _packed(near[np.ix_(order, order)]),
        np.ascontiguousarray(into[:, order]),
        np.ascontiguousarray(out[:, order]),
        np.atleast_1d(np.asarray(room, dtype=float)),
        (np.zeros(n) if worth is None else worth)[order],
        (none if load is None else load)[order],
        np.zeros(1) if price is None else price,
        limit,
        people[order],
        low,
        int(people.sum()) if high is None else high,
        most,
        keep,
    )
    bits = (words[:, np.arange(n) // WORD] >> (np.arange(n) % WORD).astype(np.uint64)) & np.uint64(
        1
    )
    sets = np.zeros((len(words), n), dtype=bool)
    sets[:, order] = bits.astype(bool)
    whole = tried <= most
    return Grown(sets, least, whole, whole and count <= keep)


def _packed(near: BoolArray) -> Words:
    """(n, words) each PCN's neighbours as bits."""
    n = len(near)
    padded = np.zeros((n, -(-n // WORD) * WORD), dtype=np.uint64)
    padded[:, :n] = near
    bit = np.uint64(1) << np.arange(WORD, dtype=np.uint64)
    return (padded.reshape(n, -1, WORD) * bit).sum(axis=2, dtype=np.uint64)


# compiled on first use and kept beside the module; sets of bits, so that a level is a few words
@njit(cache=True)
def _grow(  # noqa: PLR0912, PLR0915
    near: Words,
    into: FloatArray,
    out: FloatArray,
    room: FloatArray,
    worth: FloatArray,
    load: IntArray,
    price: FloatArray,
    limit: float,
    population: IntArray,
    low: int,
    high: int,
    most: int,
    keep: int,
) -> tuple[Words, int, float, int]:
    """Depth first, one array row a level: the set, what is barred, and what to try next."""
    n, words = near.shape
    budgets = into.shape[0]
    one = np.uint64(1)
    sets = np.zeros((1024, words), np.uint64)
    count = tried = 0
    least = np.inf
    members = np.zeros((n + 1, words), np.uint64)
    barred = np.zeros((n + 1, words), np.uint64)
    ahead = np.zeros((n + 1, words), np.uint64)
    spent = np.zeros((n + 1, budgets))
    value = np.zeros(n + 1)
    loads = np.zeros(n + 1, np.int64)
    people = np.zeros(n + 1, np.int64)
    # level 0 is the empty set; next to it are all PCNs, each the root of sets without those before
    for i in range(n):
        ahead[0, i // 64] |= one << np.uint64(i % 64)
    level = 0
    while level >= 0:
        # the next PCN to try, in order
        new = -1
        for w in range(words):
            if ahead[level, w]:
                lowest = ahead[level, w] & (~ahead[level, w] + one)
                ahead[level, w] ^= lowest
                new = w * 64
                while lowest > one:
                    lowest >>= one
                    new += 1
                break
        if new < 0:
            level -= 1
            continue
        word, bit = new // 64, one << np.uint64(new % 64)
        able = people[level] + population[new] <= high and loads[level] + load[new] < price.shape[0]
        for k in range(budgets):
            able &= spent[level, k] + into[k, new] <= room[k]
        if able:
            child = level + 1
            for w in range(words):
                members[child, w] = members[level, w]
                barred[child, w] = barred[level, w]
            members[child, word] |= bit
            for w in range(words):
                met = near[new, w] if level == 0 else ahead[level, w] | near[new, w]
                ahead[child, w] = met & ~barred[child, w] & ~members[child, w]
            for k in range(budgets):
                spent[child, k] = spent[level, k] + into[k, new]
            value[child] = value[level] + worth[new]
            loads[child] = loads[level] + load[new]
            people[child] = people[level] + population[new]
        # whatever holds it is tried next; after that it is left out
        barred[level, word] |= bit
        over = False
        for k in range(budgets):
            spent[level, k] += out[k, new]
            over |= spent[level, k] > room[k]
        if over:
            for w in range(words):
                ahead[level, w] = 0
        if not able:
            continue
        level += 1
        tried += 1
        if tried > most:
            break
        total = value[level] + price[loads[level]]
        if people[level] >= low and total <= limit:
            least = min(least, total)
            if count < keep:
                if count == len(sets):
                    longer = np.zeros((2 * count, words), np.uint64)
                    longer[:count] = sets
                    sets = longer
                for w in range(words):
                    sets[count, w] = members[level, w]
            count += 1
    return sets[: min(count, keep)], count, least, tried
