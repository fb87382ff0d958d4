"""Every connected set of PCNs that keeps to linear budgets: the columns of a group model."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.region import BoolArray

WordArray = npt.NDArray[np.uint64]

#: states grown at once: enough to keep numpy busy, little enough to keep memory small
BATCH = 16_384
#: PCNs in one word of a packed set
WORD = 64
#: looking for what is out of reach pays where it ends one branch in so many
WORTH = 4
#: batches that go by unlooked at, at most
LONGEST_WAIT = 63


class Either(NamedTuple):
    """
    A budgets of which a set need keep to one only: (A, n) into, (A, n) out, (A,) room.

    Each is as the budgets of :func:`connected_sets`.
    """

    into: FloatArray
    out: FloatArray
    room: FloatArray


def connected_sets(
    near: BoolArray,
    into: npt.ArrayLike,
    out: npt.ArrayLike,
    room: npt.ArrayLike,
    *,
    either: Either | None = None,
    most: int = 2_000_000,
) -> BoolArray | None:
    """
    List every connected set whose members and absentees keep to each of K budgets.

    A set S is listed when, for every k, ``into[k]`` summed over S plus ``out[k]`` summed over all
    others is at most ``room[k]``. A population of at most h is ``into = population, room = h``; of
    at least l is ``out = population, room = total - l``; a reduced cost of at most w is its positive
    parts in ``into`` and its negative ones, turned, in ``out``.

    Sets grow by one neighbour at a time, each made once (Wernicke 2006, on subgraphs): a child takes
    one of its parent's neighbours and leaves out, for good, the neighbours before it. As no cost is
    below 0, what is spent is never won back and a branch ends when it is over a budget; what can no
    longer be reached counts as left out, where looking for it pays. Sets are bits of whole words,
    and thousands grow at once.

    Parameters
    ----------
    near
        (n, n) whether two PCNs adjoin; symmetric.
    into, out
        (K, n) from 0: what it costs that a PCN is in the set, or is not.
    room
        (K,) budgets. Sums of other than whole numbers are rounded in their last digits: leave room.
    either
        Further budgets of which one is enough: the centres that a group may have.
    most
        Sets grown at most.

    Returns
    -------
    sets
        (m, n) whether a PCN is in the set, in a fixed order; None where more than ``most`` would
        have to be grown.
    """
    n = near.shape[0]
    if not n:
        return np.zeros((0, 0), dtype=bool)
    budgets = Either(
        np.atleast_2d(into).astype(float),
        np.atleast_2d(out).astype(float),
        np.atleast_1d(np.asarray(room, dtype=float)),
    )
    # what is dear to leave out goes first, so that the branches without it end soon
    dear = (budgets.into - budgets.out).sum(axis=0)
    if either is not None:
        dear = dear + (either.into - either.out).mean(axis=0)
    order = np.lexsort((np.arange(n), dear))
    growth = _Growth(near[np.ix_(order, order)], _sorted(budgets, order), _sorted(either, order))
    sets = growth.run(most)
    if sets is None:
        return None
    back = np.empty(n, dtype=np.int64)
    back[order] = np.arange(n)
    return np.asarray(_unpacked(sets, n)[:, back], dtype=bool)


class _States(NamedTuple):
    """Sets that may grow: packed members, what is barred, neighbours of members; what is spent."""

    members: WordArray
    barred: WordArray
    border: WordArray
    spent: FloatArray  # (m, K)
    paid: FloatArray  # (m, a) of the either budgets that are left, by ``which``
    which: IntArray  # (a,)

    def take(self, rows: npt.NDArray[np.int64] | npt.NDArray[np.bool_] | slice) -> _States:
        return _States(*(array[rows] for array in self[:-1]), self.which)


class _Growth:
    """One listing: the graph in packed form, and the budgets in the order of growth."""

    def __init__(self, near: BoolArray, budgets: Either, either: Either) -> None:
        self.n = len(near)
        self.near = near.astype(np.float32)
        self.adjoins = _packed(near)
        self.bit = _packed(np.eye(self.n, dtype=bool))
        self.before = _packed(np.tri(self.n, k=-1, dtype=bool))
        self.budgets, self.either = budgets, either
        self.absent = bool(budgets.out.any() or either.out.any())
        # batches to go by before looking for what is out of reach, and how many went by last
        self.wait = self.pause = 0

    def run(self, most: int) -> WordArray | None:
        found: list[WordArray] = []
        grown = 0
        stack = [self._roots()]
        while stack:
            states = stack.pop()
            if len(states.members) > BATCH:
                stack.append(states.take(slice(BATCH, None)))
                states = states.take(slice(BATCH))
            states = self._within_reach(self._narrowed(states))
            if not len(states.members):
                continue
            grown += len(states.members)
            if grown > most:
                return None
            found.append(self._listed(states))
            stack.append(self._children(states))
        return np.concatenate(found) if found else np.zeros((0, self.bit.shape[1]), np.uint64)

    def _roots(self) -> _States:
        """A set's root is the first of its members; the PCNs before it are left out."""
        spent, paid = (
            (group.into + np.cumsum(group.out, axis=1) - group.out).T
            for group in (self.budgets, self.either)
        )
        which = np.arange(len(self.either.room))
        states = _States(self.bit, self.before, self.adjoins, spent, paid, which)
        return states.take(self._able(spent, paid, which))

    def _able(self, spent: FloatArray, paid: FloatArray, which: IntArray) -> BoolArray:
        able = (spent <= self.budgets.room).all(axis=1)
        if len(self.either.room):
            able &= (paid <= self.either.room[which]).any(axis=1)
        return able

    def _narrowed(self, states: _States) -> _States:
        """Forget the either budgets that no state of a batch can keep to."""
        if len(states.which) < 2 or not len(states.paid):
            return states
        left = (states.paid <= self.either.room[states.which]).any(axis=0)
        if 2 * int(left.sum()) > len(left):
            return states
        return states._replace(paid=states.paid[:, left], which=states.which[left])

    def _fitting(self, members: npt.NDArray[np.float64], which: IntArray) -> BoolArray:
        """Whether sets keep to their budgets as they stand, all others being left out."""
        room = self.budgets.room - self.budgets.out.sum(axis=1)
        fits = (members @ (self.budgets.into - self.budgets.out).T <= room).all(axis=1)
        if len(which):
            into, out, room = (part[which] for part in self.either)
            fits &= (members @ (into - out).T <= room - out.sum(axis=1)).any(axis=1)
        return np.asarray(fits, dtype=bool)

    def _listed(self, states: _States) -> WordArray:
        if not self.absent:
            return states.members
        members = _unpacked(states.members, self.n).astype(float)
        return states.members[self._fitting(members, states.which)]

    def _within_reach(self, states: _States) -> _States:
        """End the branches that what they can no longer reach puts over a budget."""
        if not self.absent or not len(states.members):
            return states
        if self.wait:
            self.wait -= 1
            return states
        members, barred = (
            _unpacked(part, self.n).astype(bool) for part in (states.members, states.barred)
        )
        lost = (_unreached(members, barred, self.near) & ~barred).astype(float)
        spent = states.spent + lost @ self.budgets.out.T
        paid = states.paid + lost @ self.either.out[states.which].T
        able = self._able(spent, paid, states.which)
        ended = len(able) - int(able.sum())
        self.pause = 0 if ended * WORTH >= len(able) else min(2 * self.pause + 1, LONGEST_WAIT)
        self.wait = self.pause
        return states.take(able)

    def _children(self, states: _States) -> _States:
        """Each state with each neighbour, those before it barred; what is over budget left out."""
        border = states.border & ~states.members & ~states.barred
        parent, new = np.divmod(np.flatnonzero(_unpacked(border, self.n)), self.n)
        first = np.searchsorted(parent, np.arange(len(border)))[parent]
        spent, paid = (
            _spent(before, group, which, parent, new, first)
            for before, group, which in (
                (states.spent, self.budgets, np.arange(len(self.budgets.room))),
                (states.paid, self.either, states.which),
            )
        )
        able = np.flatnonzero(self._able(spent, paid, states.which))
        parent, new = parent[able], new[able]
        return _States(
            states.members[parent] | self.bit[new],
            states.barred[parent] | (border[parent] & self.before[new]),
            states.border[parent] | self.adjoins[new],
            spent[able],
            paid[able],
            states.which,
        )


def _spent(
    before: FloatArray,
    group: Either,
    which: IntArray,
    parent: IntArray,
    new: IntArray,
    first: IntArray,
) -> FloatArray:
    """What children have spent: their parent's, the new member, and siblings left out before it."""
    spent = before[parent] + group.into[which].T[new]
    out = group.out[which]
    if out.any():
        cost = out.T[new]
        passed = np.cumsum(cost, axis=0) - cost
        spent += passed - passed[first]
    return spent


def _sorted(group: Either | None, order: IntArray) -> Either:
    if group is None:
        none = np.zeros((0, len(order)))
        return Either(none, none, np.zeros(0))
    return Either(group.into[:, order], group.out[:, order], group.room)


def _packed(rows: BoolArray) -> WordArray:
    """(m, n) as bits of (m, w) words, the first PCN in the lowest bit."""
    bits = np.packbits(rows, axis=1, bitorder="little")
    filled = np.zeros((len(rows), -(-rows.shape[1] // WORD) * 8), dtype=np.uint8)
    filled[:, : bits.shape[1]] = bits
    return filled.view("<u8")


def _unpacked(words: WordArray, n: int) -> npt.NDArray[np.uint8]:
    octets = np.ascontiguousarray(words).view(np.uint8)
    return np.unpackbits(octets, axis=1, count=n, bitorder="little")


def _unreached(members: BoolArray, barred: BoolArray, near: FloatArray) -> BoolArray:
    """What is barred or can no longer be reached."""
    reach, size = members, -1
    while size != (size := int(reach.sum())):
        reach = reach | ((reach.astype(np.float32) @ near > 0) & ~barred)
    return ~reach
