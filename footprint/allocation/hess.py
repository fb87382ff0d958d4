"""Large groups round units of their own: the Hess model with flows that keep groups whole."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import coo_array, csr_array, vstack
from scipy.sparse.csgraph import dijkstra

from footprint.allocation.contiguity import components
from footprint.allocation.multipliers import NOBODY, Prices, ascend
from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.question import Answer, Question
from footprint.allocation.quiet import quiet
from footprint.allocation.region import BoolArray
from footprint.errors import ModelError

#: share of the bound by which the limit is above it at first, and how much wider it gets
WINDOW = 0.005
WIDER = 2.0
#: nodes of one search: nodes, not seconds, so that answers repeat
NODE_LIMIT = 100_000
#: a split costs about so much in the units of the model; people are counted in so many at most,
#: as the solver does not see a millionth
SCALE = 1_000.0
PEOPLE = 100_000
SMALL = 1e-7


def solve(question: Question) -> Answer:
    """
    Split a map into groups round units of their own at least cost, every rule kept.

    The assignment model of Hess et al. (1965): a binary for each unit and centre, of which a unit
    takes one. A group that comes in pieces gets a flow from its centre through its own units
    (Shirabe 2005, 2009; the formulation SHIR of Validi, Buchanan and Lykhovyd 2022), and the model
    is solved again: until none is in pieces, it is a relaxation. What a split that costs at most a
    limit cannot hold is ruled out before (:meth:`Prices.able`), which leaves a small part of the
    binaries; the limit rises from the Lagrangian bound until the best split lies below it, so that
    it is the best of all.

    Parameters
    ----------
    question
        With ``own`` centres; small groups are quicker by columns.

    Returns
    -------
    answer
        Proven but where a search ends at its limit of nodes.
    """
    if not question.own or question.locks:
        raise ModelError(f"{question.name}: centres are units, and there are no locks")
    numbers = question.numbers()
    prices = {number: ascend(question, number) for number in numbers}
    bounds = {number: one.bound for number, one in prices.items()}
    width = {number: WINDOW * max(one.bound, question.typical) for number, one in prices.items()}
    stuck = set[int]()
    best, cost = None, question.dearest + 1.0
    while len(stuck) < len(numbers):
        number = min(set(numbers) - stuck, key=lambda one: (bounds[one], one))
        if bounds[number] >= cost * (1 - SMALL):
            break
        limit = min(cost, prices[number].bound + width[number])
        owner, bound = _Model(prices[number], limit).solved()
        if owner is not None and question.objective(owner) < cost:
            best, cost = owner, float(question.objective(owner))
        if bound < min(limit, cost) * (1 - SMALL):
            # out of nodes: a higher limit would do no better
            stuck.add(number)
        # of splits above the limit, nothing is known
        bounds[number] = max(bounds[number], min(limit, bound))
        width[number] *= WIDER
    bound = min(cost, *bounds.values()) if len(numbers) else np.inf
    if best is None:
        return Answer(None, 0, 0, certain=not stuck)
    if not question.keeps(best):
        raise ModelError(f"{question.name}: the groups of the model break a rule")
    # what the solver calls best is best to a millionth; the rest is its floats
    proven = bound >= cost * (1 - 1e-6)
    return Answer(best, int(cost), int(cost) if proven else max(0, math.floor(bound)))


class _Model:
    """One number of groups and one limit: what is not ruled out, and its rows."""

    def __init__(self, prices: Prices, limit: float) -> None:
        self.prices, self.question = prices, prices.question
        self.low, self.high = self.question.bounds(range(prices.number, prices.number + 1))
        self.able = _reached(self.question, prices.able(limit), self.low, self.high)
        # centre and unit of each binary, and the binary of each pair
        self.centre, self.unit = np.nonzero(self.able)
        self.place = np.full(self.able.shape, -1)
        self.place[self.centre, self.unit] = np.arange(len(self.centre))
        self.scale = self.question.typical / SCALE
        self.rows: list[coo_array] = []
        self.low_ends: list[FloatArray] = []
        self.high_ends: list[FloatArray] = []
        self.columns = len(self.centre)
        if self.possible:
            self._assignment()
            self._people()
            self._company(limit)

    @property
    def possible(self) -> bool:
        """Whether every unit and enough centres are left."""
        centres = np.diagonal(self.able).sum()
        return bool(self.able.any(axis=0).all() and centres >= self.prices.number)

    def solved(self) -> tuple[IntArray | None, float]:
        """
        Find the best split of what is left, and a bound on them all, in units.

        Groups hang together by themselves as a rule; centres whose groups do not get a flow.
        """
        flowing: set[int] = set()
        while self.possible:
            found = self._milp()
            bound = found.fun if found.status == 0 else found.mip_dual_bound
            if found.status == 2:
                break
            if found.x is None:
                return None, (-np.inf if bound is None else bound) * self.scale
            owner = np.empty(self.question.units, dtype=np.int64)
            chosen = np.flatnonzero(found.x[: len(self.centre)] > 0.5)
            owner[self.unit[chosen]] = self.centre[chosen]
            broken = {
                centre
                for centre in sorted(set(owner.tolist()))
                if len(components(self.question.graph, np.flatnonzero(owner == centre).tolist()))
                > 1
            }
            if not broken:
                return owner, float(bound) * self.scale
            if broken <= flowing:
                raise ModelError(f"{self.question.name}: a group with a flow is in pieces")
            for centre in sorted(broken - flowing):
                self._flow(centre)
            flowing |= broken
        return None, np.inf

    # -- the rows --------------------------------------------------------------------------------

    def _add(
        self,
        entries: Sequence[tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike]],
        low: npt.ArrayLike,
        high: npt.ArrayLike,
        count: int,
    ) -> None:
        """Add ``count`` rows; entries are row, column, value, of lengths that broadcast."""
        parts = [np.broadcast_arrays(*entry) for entry in entries]
        row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
        self.rows.append(
            coo_array((value.astype(float), (row, column)), shape=(count, self.columns))
        )
        self.low_ends.append(np.broadcast_to(np.asarray(low, dtype=float), count))
        self.high_ends.append(np.broadcast_to(np.asarray(high, dtype=float), count))

    def _assignment(self) -> None:
        """Each unit in one group, and so many centres."""
        x, centres = np.arange(len(self.centre)), np.flatnonzero(np.diagonal(self.able))
        self._add([(self.unit, x, 1.0)], 1, 1, self.question.units)
        number = self.prices.number
        self._add(
            [(np.zeros(len(centres), int), self.place[centres, centres], 1.0)], number, number, 1
        )

    def _people(self) -> None:
        """People of each group within bounds."""
        centres, row = np.unique(self.centre, return_inverse=True)
        own, each = self.place[centres, centres], np.arange(len(centres))
        measure = min(self.high, PEOPLE)
        people = self.question.population[self.unit] / measure
        for sign, end in ((1.0, self.low), (-1.0, self.high)):
            group = (row, np.arange(len(row)), sign * people)
            self._add([group, (each, own, -sign * end / measure)], 0, np.inf, len(centres))

    def _company(self, limit: float) -> None:
        """Only a centre has units, and units without which it would cost more than the limit."""
        others = np.flatnonzero(self.unit != self.centre)
        centre, unit = self.centre[others], self.unit[others]
        without = self.prices.used[centre] - self.prices.tilted[centre, unit]
        row = np.arange(len(others))
        own = self.place[centre, centre]
        low = np.where(without > limit * (1 + SMALL), 0.0, -np.inf)
        self._add([(row, others, 1.0), (row, own, -1.0)], low, 0, len(others))

    def _flow(self, centre: int) -> None:
        """A flow from the centre through its units, of which each keeps one."""
        mine = self.able[centre]
        tail, head = np.nonzero(self.question.near)
        ways = mine[tail] & mine[head] & (head != centre)
        tail, head = tail[ways], head[ways]
        flow = self.columns + np.arange(len(tail))
        self.columns += len(tail)
        units = np.flatnonzero(mine & (np.arange(len(mine)) != centre))
        at = np.full(len(mine), -1)
        at[units] = np.arange(len(units))
        x, on = self.place[centre, units], tail != centre
        into, out = (at[head], flow, 1.0), (at[tail[on]], flow[on], -1.0)
        self._add([into, out, (at[units], x, -1.0)], 0, 0, len(units))
        # no more than the smallest units that fill a group
        smallest = np.cumsum(np.sort(self.question.population[units]))
        most = max(1, int((smallest <= self.high).sum()))
        self._add([into, (at[units], x, -float(most))], -np.inf, 0, len(units))

    def _milp(self) -> OptimizeResult:
        for rows in self.rows:
            rows.resize((rows.shape[0], self.columns))
        binary = np.arange(self.columns) < len(self.centre)
        cost = np.zeros(self.columns)
        cost[binary] = self.question.cost[self.centre, self.unit] / self.scale
        ends = np.concatenate(self.low_ends), np.concatenate(self.high_ends)
        with quiet():
            return milp(
                cost,
                integrality=binary.astype(int),
                bounds=Bounds(0, np.where(binary, 1.0, np.inf)),
                constraints=LinearConstraint(vstack(self.rows, format="csr"), *ends),
                options={"mip_rel_gap": 0, "node_limit": NODE_LIMIT},
            )


def _reached(question: Question, able: BoolArray, low: int, high: int) -> BoolArray:
    """Rule out units that a way through able ones does not reach within a group's people."""
    able = able & np.diagonal(able)[:, None]
    a, b = np.nonzero(question.near)
    people = question.population.astype(float)
    for centre in np.flatnonzero(able.any(axis=1)):
        mine = able[centre]
        ways = mine[a] & mine[b]
        graph = csr_array((people[b[ways]] + NOBODY, (a[ways], b[ways])), shape=question.near.shape)
        able[centre] &= people[centre] + dijkstra(graph, indices=centre) <= high + 0.5
        if people[able[centre]].sum() < low:
            able[centre] = False
    return able
