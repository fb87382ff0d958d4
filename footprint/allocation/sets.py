"""Every connected set of PCNs that keeps to linear budgets: the columns of a group model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.region import BoolArray

#: PCNs to a machine word
WORD = 64
Words = npt.NDArray[np.uint64]


class Either(NamedTuple):
    """
    Budgets of which one is enough, as those of :func:`connected_sets`.

    ``into`` and ``out`` (A, n), ``room`` (A,): the centres that a group may have.
    """

    into: FloatArray
    out: FloatArray
    room: FloatArray


class Rest(NamedTuple):
    """
    What must be possible for those that a set leaves out.

    Each piece of them has to split into groups of ``low`` to ``high`` people (both at least 1),
    and all pieces together into at least ``fewest`` and at most ``most`` groups. ``population`` is
    (n,).
    """

    population: IntArray
    low: int
    high: int
    fewest: int
    most: int


class Worth(NamedTuple):
    """
    What a set may be worth at most, where that is no sum over its members alone.

    Its worth is the sum of ``worth`` (n,) over its members plus ``price`` (L,) at the sum of their
    ``load`` (n,), at most ``limit``; no set has a load from L on.
    """

    worth: FloatArray
    load: IntArray
    price: FloatArray
    limit: float


def connected_sets(
    near: BoolArray,
    into: npt.ArrayLike,
    out: npt.ArrayLike,
    room: npt.ArrayLike,
    *,
    either: Either | None = None,
    rest: Rest | None = None,
    worth: Worth | None = None,
    most: int = 2_000_000,
) -> BoolArray | None:
    """
    List every connected set whose members and absentees keep to each of K budgets.

    A set S is listed when, for every k, ``into[k]`` summed over S plus ``out[k]`` summed over all
    others is at most ``room[k]``. A population of at most h is ``into = population, room = h``; of
    at least l is ``out = population, room = total - l``; a reduced cost of at most w is its
    positive parts in ``into`` and its negative ones, turned, in ``out``.

    Sets grow by one neighbour at a time, each made once (Wernicke 2006, on subgraphs): a set takes
    one of its neighbours and, when all that holds it has been tried, leaves it out for good. As no
    cost is below 0, what is spent is never won back and a branch ends when it is over a budget;
    what can no longer be reached counts as left out. Compiled on first use, and kept; some ten
    million sets grow in a second.

    Parameters
    ----------
    near
        (n, n) whether two PCNs adjoin; symmetric.
    into, out
        (K, n) from 0: what it costs that a PCN is in the set, or is not.
    room
        (K,) budgets. Sums of other than whole numbers are rounded in their last digits: leave room.
    either
        Further budgets, of which a set need keep to one.
    rest
        What those that are left out must still be able to do.
    worth
        What a set may be worth at most.
    most
        Sets grown at most.

    Returns
    -------
    sets
        (m, n) whether a PCN is in the set, in a fixed order; None where more than ``most`` would
        have to be grown.
    """
    sets, tried = sets_so_far(
        near, into, out, room, either=either, rest=rest, worth=worth, most=most
    )
    return sets if tried <= most else None


def sets_so_far(
    near: BoolArray,
    into: npt.ArrayLike,
    out: npt.ArrayLike,
    room: npt.ArrayLike,
    *,
    either: Either | None = None,
    rest: Rest | None = None,
    worth: Worth | None = None,
    most: int = 2_000_000,
) -> tuple[BoolArray, int]:
    """
    List connected sets as :func:`connected_sets` does, and stop where it gives up.

    Returns
    -------
    sets, tried
        (m, n) whether a PCN is in the set, and how many sets were grown: where that is above
        ``most``, these are not all.
    """
    n = near.shape[0]
    into, out = np.atleast_2d(into).astype(float), np.atleast_2d(out).astype(float)
    none = np.zeros((0, n))
    one = Either(none, none, np.zeros(0)) if either is None else either
    zero = np.zeros(n, dtype=np.int64)
    left = Rest(zero, 0, 0, 0, 0) if rest is None else rest
    value = Worth(np.zeros(n), zero, np.zeros(1), np.inf) if worth is None else worth
    # what is dear to leave out goes first, so that the branches without it end soon
    dear = (into - out).sum(axis=0) + (one.into - one.out).sum(axis=0) / max(len(one.room), 1)
    order = np.lexsort((np.arange(n), dear))
    words, tried = _grow(
        _packed(near[np.ix_(order, order)]),
        np.ascontiguousarray(into[:, order]),
        np.ascontiguousarray(out[:, order]),
        np.atleast_1d(np.asarray(room, dtype=float)),
        np.ascontiguousarray(one.into[:, order], dtype=float),
        np.ascontiguousarray(one.out[:, order], dtype=float),
        np.asarray(one.room, dtype=float),
        np.ascontiguousarray(left.population[order], dtype=np.int64),
        np.array([left.low, left.high, left.fewest, left.most], dtype=np.int64),
        np.ascontiguousarray(value.worth[order], dtype=float),
        np.ascontiguousarray(value.load[order], dtype=np.int64),
        np.ascontiguousarray(value.price, dtype=float),
        float(value.limit),
        most,
    )
    sets = np.zeros((len(words), n), dtype=bool)
    bits = np.unpackbits(words.astype("<u8").view(np.uint8), axis=1, bitorder="little")
    sets[:, order] = bits[:, :n]
    return sets, int(tried)


def _packed(near: BoolArray) -> Words:
    """(n, words) each PCN's neighbours as bits, the first in the lowest."""
    n = len(near)
    padded = np.zeros((n, -(-n // WORD) * WORD), dtype=np.uint64)
    padded[:, :n] = near
    bit = np.uint64(1) << np.arange(WORD, dtype=np.uint64)
    return (padded.reshape(n, -1, WORD) * bit).sum(axis=2, dtype=np.uint64)


_ONE, _NONE = np.uint64(1), np.uint64(0)


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile when first called, and keep it for the next run where there is a place for it."""
    try:
        return njit(cache=True)(function)  # type: ignore[no-any-return]
    except RuntimeError:
        # whoever runs it can write neither beside the package nor at home
        return njit(function)  # type: ignore[no-any-return]


@_compiled
def _lowest(word: np.uint64) -> int:
    """Place of the lowest bit of a word that has one."""
    at = 0
    half = np.uint64(32)
    while half:
        if not word & ((_ONE << half) - _ONE):
            word >>= half
            at += half
        half >>= _ONE
    return at


@_compiled
def _flooded(near: Words, seen: Words, queue: IntArray, tail: int) -> int:
    """Add to ``seen`` what the first ``tail`` of ``queue`` reach without it; length of queue."""
    head = 0
    while head < tail:
        here = queue[head]
        head += 1
        for w in range(near.shape[1]):
            met = near[here, w] & ~seen[w]
            seen[w] |= met
            while met:
                at = _lowest(met)
                met ^= _ONE << np.uint64(at)
                queue[tail] = w * 64 + at
                tail += 1
    return tail


@_compiled
def _splits(
    near: Words, seen: Words, population: IntArray, rest: IntArray, queue: IntArray
) -> bool:
    """Whether the pieces of what is left out, not ``seen``, split into groups as asked."""
    low, high, fewest, most = rest[0], rest[1], rest[2], rest[3]
    least = greatest = 0
    for first in range(len(near)):
        if seen[first // 64] >> np.uint64(first % 64) & _ONE:
            continue
        seen[first // 64] |= _ONE << np.uint64(first % 64)
        queue[0] = first
        people = 0
        for k in range(_flooded(near, seen, queue, 1)):
            people += population[queue[k]]
        few, many = (people + high - 1) // high, people // low
        if many < max(few, 1):
            return False
        least += max(few, 1)
        greatest += many
    return least <= most and greatest >= fewest


@_compiled
def _grow(  # noqa: PLR0912, PLR0915
    near: Words,
    into: FloatArray,
    out: FloatArray,
    room: FloatArray,
    e_into: FloatArray,
    e_out: FloatArray,
    e_room: FloatArray,
    population: IntArray,
    rest: IntArray,
    worth: FloatArray,
    load: IntArray,
    price: FloatArray,
    limit: float,
    most: int,
) -> tuple[Words, int]:
    """Depth first, one array row a level: the set, what is barred, and what to try next."""
    n, words = near.shape
    budgets, others = len(room), len(e_room)
    sets = np.zeros((1024, words), np.uint64)
    count = tried = 0
    # what is left of a budget when every absentee is paid for
    end = room - out.sum(axis=1)
    e_end = e_room - e_out.sum(axis=1)
    members = np.zeros((n + 1, words), np.uint64)
    barred = np.zeros((n + 1, words), np.uint64)
    ahead = np.zeros((n + 1, words), np.uint64)
    # spent on members and on what is barred; and, net of what they save, on members alone
    spent, net = np.zeros((n + 1, budgets)), np.zeros((n + 1, budgets))
    e_spent, e_net = np.zeros((n + 1, others)), np.zeros((n + 1, others))
    # which of the either budgets are still kept to
    which, left = np.zeros((n + 1, others), np.int64), np.zeros(n + 1, np.int64)
    which[0] = np.arange(others)
    left[0] = others
    queue, seen = np.zeros(n, np.int64), np.zeros(words, np.uint64)
    value, loads = np.zeros(n + 1), np.zeros(n + 1, np.int64)
    # level 0 is the empty set; next to it are all PCNs, each the root of sets without those before
    for i in range(n):
        ahead[0, i // 64] |= _ONE << np.uint64(i % 64)
    level = 0
    while level >= 0:
        # the next PCN to try, in order
        new = -1
        for w in range(words):
            if ahead[level, w]:
                new = w * 64 + _lowest(ahead[level, w])
                break
        if new < 0:
            level -= 1
            continue
        word, bit = new // 64, _ONE << np.uint64(new % 64)
        ahead[level, word] ^= bit
        child = level + 1
        value[child] = value[level] + worth[new]
        loads[child] = loads[level] + load[new]
        able = loads[child] < len(price)
        for k in range(budgets):
            spent[child, k] = spent[level, k] + into[k, new]
            net[child, k] = net[level, k] + into[k, new] - out[k, new]
            able &= spent[child, k] <= room[k]
        if able and others:
            kept = 0
            for j in range(left[level]):
                e = which[level, j]
                e_spent[child, e] = e_spent[level, e] + e_into[e, new]
                e_net[child, e] = e_net[level, e] + e_into[e, new] - e_out[e, new]
                if e_spent[child, e] <= e_room[e]:
                    which[child, kept] = e
                    kept += 1
            left[child] = kept
            able = kept > 0
        if able:
            for w in range(words):
                members[child, w] = members[level, w]
                barred[child, w] = barred[level, w]
            members[child, word] |= bit
            for w in range(words):
                met = near[new, w] if level == 0 else ahead[level, w] | near[new, w]
                ahead[child, w] = met & ~barred[child, w] & ~members[child, w]
        # whatever holds it is tried next; after that it is left out
        barred[level, word] |= bit
        over = False
        for k in range(budgets):
            spent[level, k] += out[k, new]
            over |= spent[level, k] > room[k]
        if not over and others:
            kept = 0
            for j in range(left[level]):
                e = which[level, j]
                e_spent[level, e] += e_out[e, new]
                if e_spent[level, e] <= e_room[e]:
                    which[level, kept] = e
                    kept += 1
            left[level] = kept
            over = kept == 0
        if over:
            for w in range(words):
                ahead[level, w] = _NONE
        if not able:
            continue
        level = child
        tried += 1
        if tried > most:
            break
        fits = True
        for k in range(budgets):
            fits &= net[level, k] <= end[k]
        if fits and others:
            fits = False
            for j in range(left[level]):
                e = which[level, j]
                if e_net[level, e] <= e_end[e]:
                    fits = True
                    break
        if fits:
            for w in range(words):
                seen[w] = members[level, w]
            cheap = value[level] + price[loads[level]] <= limit
            if cheap and (not rest[0] or _splits(near, seen, population, rest, queue)):
                if count == len(sets):
                    longer = np.zeros((2 * count, words), np.uint64)
                    longer[:count] = sets
                    sets = longer
                for w in range(words):
                    sets[count, w] = members[level, w]
                count += 1
            continue
        # a set that lacks something still: can it reach it?
        tail = 0
        for w in range(words):
            seen[w] = members[level, w] | barred[level, w] | ahead[level, w]
            met = ahead[level, w]
            while met:
                at = _lowest(met)
                met ^= _ONE << np.uint64(at)
                queue[tail] = w * 64 + at
                tail += 1
        _flooded(near, seen, queue, tail)
        lost = 0
        for i in range(n):
            if not seen[i // 64] >> np.uint64(i % 64) & _ONE:
                queue[lost] = i
                lost += 1
        if not lost:
            continue
        over = False
        for k in range(budgets):
            cost = spent[level, k]
            for i in range(lost):
                cost += out[k, queue[i]]
            over |= cost > room[k]
        if not over and others:
            kept = 0
            for j in range(left[level]):
                e = which[level, j]
                cost = e_spent[level, e]
                for i in range(lost):
                    cost += e_out[e, queue[i]]
                if cost <= e_room[e]:
                    which[level, kept] = e
                    kept += 1
            left[level] = kept
            over = kept == 0
        if over:
            level -= 1
    return sets[:count], tried
