"""Sets that can be groups, and what each costs with the best of its centres."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import InitVar, dataclass, field

import numpy as np
from scipy.sparse import csc_array, csr_array

from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.question import Question
from footprint.allocation.region import BoolArray

#: a split costs about so much in the units of a program, which keeps its numbers near 1
SCALE = 1_000.0
#: costs worked out at once
CHUNK = 4_000_000


@dataclass(frozen=True, eq=False)
class Columns:
    """
    Sets, each with a centre.

    Parameters
    ----------
    sets, centre
        (n,) positions in the pool, and of centres.
    cost
        (n,) in the units of a program.
    """

    sets: IntArray
    centre: IntArray
    cost: FloatArray

    def take(self, rows: IntArray) -> Columns:
        """Return some of them."""
        return Columns(self.sets[rows], self.centre[rows], self.cost[rows])


@dataclass(eq=False)
class Pool:
    """
    Sets of a question's units, m of them.

    Parameters
    ----------
    question
        What they may answer.
    sets
        (m, P) whether the set holds the unit.
    amounts
        (m,) what a program minimises in place of the sets' costs; None for these.
    lines, caps
        (m, r) amounts of the sets and (r,) what those chosen may come to.
    """

    question: Question
    sets: InitVar[BoolArray]
    amounts: FloatArray | None = None
    lines: csc_array | None = None
    caps: FloatArray = field(default_factory=lambda: np.zeros(0))
    members: csr_array = field(init=False)

    def __post_init__(self, sets: BoolArray) -> None:
        self.members = csr_array(sets, dtype=float)

    @property
    def size(self) -> IntArray:
        """(m,) units of each set."""
        return np.diff(self.members.indptr)

    @property
    def scale(self) -> float:
        """Whole units to one of a program."""
        return 1.0 if self.amounts is not None else self.question.typical / SCALE

    @property
    def dearest(self) -> float:
        """What no split comes to, in the units of a program."""
        if self.amounts is not None:
            return 1.0 + float(self.amounts.max(initial=0.0)) * self.question.units
        return 1.0 + self.question.dearest / self.scale

    def columns(self, rowed: Sequence[int]) -> Columns:
        """Each set with its best centre but those with a row, and with those where that is less."""
        count, apart = self.members.shape[0], np.array(rowed, dtype=np.int64)
        which, cost = np.zeros(count, dtype=np.int64), np.full(count, np.inf)
        extra = np.full((count, len(apart)), np.inf)
        for rows, centres, value in self._values():
            free = np.where(np.isin(centres, apart), np.inf, value)
            at = free.argmin(axis=1)[:, None]
            which[rows] = np.take_along_axis(np.broadcast_to(centres, value.shape), at, 1)[:, 0]
            cost[rows] = np.take_along_axis(free, at, 1)[:, 0]
            for k, one in enumerate(apart):
                extra[rows, k] = np.where(centres == one, value, np.inf).min(axis=1)
        kept = np.flatnonzero(np.isfinite(cost))
        better = np.isfinite(extra) & (extra < cost[:, None])
        rows, at = np.nonzero(better)
        sets = np.concatenate([kept, rows])
        if self.amounts is not None:
            value = self.amounts[sets]
        else:
            value = np.concatenate([cost[kept], extra[rows, at]]) / self.scale
        return Columns(sets, np.concatenate([which[kept], apart[at]]), value)

    def _values(self) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
        """Rows of sets, their possible centres, and what they cost with each: some at a time."""
        way, holds = self.question.way, self.question.holds
        cost = np.where(way, self.question.cost, np.inf)
        starts, size = self.members.indptr, self.size
        if self.question.own:
            # only members can be the centre: sets of a size at a time
            for each in np.unique(size).tolist():
                alike, step = np.flatnonzero(size == each), max(1, CHUNK // each)
                for rows in np.split(alike, range(step, len(alike), step)):
                    units = self.members.indices[starts[rows][:, None] + np.arange(each)]
                    value = np.zeros(units.shape)
                    for k in range(each):
                        value += cost[units, units[:, k : k + 1]]
                    yield rows, units, value
            return
        centres, step = np.arange(len(cost))[None, :], max(1, CHUNK // len(cost))
        real = np.where(way, cost, 0.0).T
        for start in range(0, len(size), step):
            members = self.members[start : start + step].toarray()
            value = members @ real
            if not way.all():
                value[members @ (~way).T.astype(float) > 0] = np.inf
            if holds.any():
                value[(1 - members) @ holds.T.astype(float) > 0] = np.inf
            yield np.arange(start, start + len(members)), centres, value

    def owner(self, columns: Columns) -> IntArray:
        """(P,) centre of each unit, of columns that hold each once."""
        owner = np.empty(self.question.units, dtype=np.int64)
        for which, centre in zip(columns.sets, columns.centre, strict=True):
            start, end = self.members.indptr[which : which + 2]
            owner[self.members.indices[start:end]] = centre
        return owner
