"""Of many sets those that hold each unit once, at least cost: set partitioning, proven."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csc_array, eye_array, hstack, vstack

from footprint.allocation.pool import Columns, Pool
from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.quiet import quiet

#: columns of a linear program at first, and added in a round: the best, and the best of each unit
FIRST = 4_000
NEW = 1_000
EACH = 20
#: columns of the first integer program, and how near to its best is near enough
SOME = 400
ROUGH = 1e-3
#: columns so few that cuts are not worth it; cuts of a round, rounds, and by how much broken
FEW = 300
CUTS = 30
CUT_ROUNDS = 15
BROKEN = 0.02
#: columns of the last integer program, and nodes of a search: nodes, not seconds, so that answers
#: repeat
LARGEST = 200_000
NODE_LIMIT = 20_000
SMALL = 1e-7
#: threes looked at at once
CHUNK = 10_000


@dataclass(frozen=True, eq=False)
class Split:
    """
    The best split of a pool, in its question's units (or in amounts).

    ``owner`` is None where none was found. ``bound`` holds for those that cost less than the limit
    looked at, and is the limit or more where there is none of them.
    """

    owner: IntArray | None
    bound: float


def best(pool: Pool, numbers: range, *, limit: float = np.inf, known: float = np.inf) -> Split:
    """
    Choose the sets of a pool that hold each unit once, at least cost.

    The linear program is solved over a few columns, and those that price out are added until none
    does. What an answer below ``limit`` may hold has a reduced cost within a window of the linear
    bound; subset-row cuts (Jepsen et al. 2008) raise the bound until the window holds few columns,
    which go to an integer program. Two sets with the same centre are let go at first; where they
    come up, the centre gets a row of its own, and sets may have it or the best of the others.

    Parameters
    ----------
    pool
        Sets, with what they cost or amount to.
    numbers
        How many groups there may be.
    limit
        Look for splits that cost less.
    known
        What a split is known to cost. One that costs less, but more than ``limit``, may be found by
        the way.
    """
    rowed: tuple[int, ...] = ()
    lines = csc_array((pool.members.shape[0], 0)) if pool.lines is None else pool.lines
    while True:
        program = _Program(pool, pool.columns(rowed), numbers, rowed, lines)
        linear = _linear(program)
        if linear is None:
            return Split(None, np.inf)
        clashing, chosen, bound = linear.clashing(program), None, linear.bound
        if not clashing:
            chosen, bound = _whole(program, linear, limit / pool.scale, known / pool.scale)
            columns = program.columns.take(np.array([], int) if chosen is None else chosen)
            centres, times = np.unique(columns.centre, return_counts=True)
            clashing = centres[times > 1].tolist()
        if not clashing:
            return Split(None if chosen is None else pool.owner(columns), bound * pool.scale)
        rowed = (*rowed, *clashing)


@dataclass(frozen=True, eq=False)
class _Program:
    """
    Columns and their rows: each unit once, so many groups, centres with a row at most once, lines.

    The pool's own lines stand first, then cuts: of three units at most one group holds two or more.
    """

    pool: Pool
    columns: Columns
    numbers: range
    rowed: tuple[int, ...]
    lines: csc_array

    def rows(self, at: IntArray) -> tuple[csc_array, csc_array]:
        """Return the units' rows, and the other rows, for some columns."""
        chosen, n = self.columns.take(at), len(at)
        place = np.full(len(self.pool.question.cost), -1)
        place[list(self.rowed)] = np.arange(len(self.rowed))
        row = place[chosen.centre]
        on = np.flatnonzero(row >= 0)
        once = csc_array((np.ones(len(on)), (row[on], on)), shape=(len(self.rowed), n))
        ones = csc_array(np.ones((1, n)))
        others = [ones, -ones, once, self.lines.tocsr()[chosen.sets].T]
        return csc_array(self.pool.members[chosen.sets].T), csc_array(vstack(others))

    @property
    def room(self) -> FloatArray:
        """Right-hand side of the other rows."""
        cuts = np.ones(self.lines.shape[1] - len(self.pool.caps))
        ends = [self.numbers[-1], -self.numbers[0]]
        return np.concatenate([ends, np.ones(len(self.rowed)), self.pool.caps, cuts])

    def reduced(self, cost: FloatArray, prices: FloatArray, others: FloatArray) -> FloatArray:
        """Reduced cost of every column, by the prices of the units' rows and of the others."""
        ends = 2 + len(self.rowed)
        by_centre = np.zeros(len(self.pool.question.cost))
        by_centre[list(self.rowed)] = others[2:ends]
        worth = self.pool.members @ prices + self.lines @ others[ends:]
        reduced = cost - worth[self.columns.sets] - by_centre[self.columns.centre]
        return np.asarray(reduced - others[0] + others[1])

    def first(self, order: IntArray, most: int) -> IntArray:
        """Return the first columns of an order and, for each unit, the first that hold it."""
        members = csc_array(self.pool.members[self.columns.sets[order]])
        chosen = [np.arange(min(most, len(order)))]
        chosen += [
            members.indices[a : min(b, a + EACH)]
            for a, b in zip(members.indptr[:-1], members.indptr[1:], strict=True)
        ]
        return order[np.unique(np.concatenate(chosen))]

    def cut(self, linear: _Linear) -> _Program | None:
        """Add the cuts that an answer breaks most, for those that do not bind; None for no more."""
        triples = self.pool.question.triples
        held = linear.share > SMALL
        members = self.pool.members[self.columns.sets[linear.at[held]]].toarray()
        broken = np.zeros(len(triples))
        for start in range(0, len(triples), CHUNK):
            rows = slice(start, start + CHUNK)
            two = members[:, triples[rows]].sum(axis=2) > 1.5
            broken[rows] = linear.share[held] @ two - 1
        worst = np.argsort(-broken, kind="stable")[:CUTS]
        worst = worst[broken[worst] > BROKEN]
        if not len(worst):
            return None
        own = len(self.pool.caps)
        binding = linear.others[2 + len(self.rowed) :] < -SMALL
        binding[:own] = True
        columns = self.pool.members.tocsc()
        new = [columns[:, triples[k]].sum(axis=1)[:, None] > 1.5 for k in worst]
        kept = self.lines[:, np.flatnonzero(binding)]
        return replace(self, lines=csc_array(hstack([kept, *map(csc_array, new)], dtype=float)))


@dataclass(frozen=True, eq=False)
class _Linear:
    """
    A linear program's answer.

    ``bound`` and the ``reduced`` costs of all columns; what it takes, ``share``, of those ``at``;
    the prices of the rows that are not units'; and how much it leaves out.
    """

    bound: float
    reduced: FloatArray
    at: IntArray
    share: FloatArray
    others: FloatArray
    lacking: float

    def clashing(self, program: _Program) -> list[int]:
        """Centres without a row that the program uses more than once."""
        centre = program.columns.centre[self.at]
        used = np.bincount(centre, self.share, minlength=len(program.pool.question.cost))
        used[list(program.rowed)] = 0
        return np.flatnonzero(used > 1 + SMALL).tolist()

    def within(self, top: float) -> int:
        """How many columns an answer that costs at most ``top`` may hold."""
        return int((self.reduced <= top - self.bound + SMALL * (1 + abs(self.bound))).sum())


def _linear(program: _Program, active: IntArray | None = None) -> _Linear | None:
    """Solve the linear program over all columns, a few at a time; None where it has no answer."""
    cost = program.columns.cost
    if not len(cost):
        return None
    if active is None:
        size = program.pool.size[program.columns.sets]
        active = program.first(np.argsort(cost / size, kind="stable"), FIRST)
    # dearer than any split, so that nobody is left out but where there is no way
    linear = _generated(program, cost, program.pool.dearest, active)
    if linear.lacking > SMALL:
        # can all be served at any cost? the bound holds in any case
        free = _generated(program, np.zeros_like(cost), 1.0, linear.at)
        if free.lacking > SMALL:
            return None
    return linear


def _generated(program: _Program, cost: FloatArray, penalty: float, active: IntArray) -> _Linear:
    """Generate columns, from some on; what is not served costs the penalty."""
    units = program.pool.question.units
    while True:
        equal, under = program.rows(active)
        n, others = len(active), under.shape[0]
        # units may be left out, and every other row be broken
        found = linprog(
            np.append(cost[active], np.full(units + others, penalty)),
            A_eq=hstack([equal, eye_array(units), csc_array((units, others))]),
            b_eq=np.ones(units),
            A_ub=hstack([under, csc_array((others, units)), -eye_array(others)]),
            b_ub=program.room,
            method="highs",
        )
        reduced = program.reduced(cost, found.eqlin.marginals, found.ineqlin.marginals)
        new = np.setdiff1d(np.flatnonzero(reduced < -SMALL), active)
        if not len(new):
            # what is still negative, in the last digits, is taken off the bound
            bound = found.fun + program.numbers[-1] * min(0.0, float(reduced.min()))
            share, lacking = found.x[:n], float(found.x[n:].sum())
            return _Linear(bound, reduced, active, share, found.ineqlin.marginals, lacking)
        order = new[np.argsort(reduced[new], kind="stable")]
        active = np.union1d(active, program.first(order, NEW))


def _whole(
    program: _Program, linear: _Linear, limit: float, known: float
) -> tuple[IntArray | None, float]:
    """
    Choose whole columns: the best, and a bound on every choice that costs less than ``limit``.

    First of some columns of least reduced cost, for any answer below ``known``. Then cuts narrow
    the window, and all that an answer below ``limit`` may hold goes to an integer program.
    """
    chosen: IntArray | None = None
    some, many = SOME, linear.within(known)
    order = np.argsort(linear.reduced, kind="stable")
    while many:
        found = _milp(program, order[: min(some, many)], ROUGH)
        if found.x is not None:
            chosen, known = order[: len(found.x)][found.x > 0.5], min(known, float(found.fun))
        if found.x is not None or limit < np.inf or some >= many:
            break
        some *= 4
    top = min(limit, known)
    for _ in range(CUT_ROUNDS):
        narrower = program.cut(linear) if linear.within(top) > FEW else None
        if narrower is None:
            break
        closer = _linear(narrower, linear.at)
        if closer is None:
            return chosen, top
        program, linear = narrower, closer
    order, many = np.argsort(linear.reduced, kind="stable"), linear.within(top)
    take = np.sort(order[: min(many, LARGEST)])
    if not len(take):
        return chosen, top
    found = _milp(program, take, 0.0)
    if found.status == 2:
        return chosen, top
    bound = -np.inf if found.mip_dual_bound is None else float(found.mip_dual_bound)
    if found.x is not None and found.fun <= known:
        chosen = take[found.x > 0.5]
        bound = float(found.fun) if found.status == 0 else bound
    if len(take) < many:
        bound = min(bound, linear.bound + float(linear.reduced[order[len(take)]]))
    return chosen, max(min(top, bound), linear.bound)


def _milp(program: _Program, at: IntArray, gap: float) -> OptimizeResult:
    units, others = program.rows(at)
    with quiet():
        return milp(
            program.columns.cost[at],
            integrality=np.ones(len(at)),
            bounds=Bounds(0, 1),
            constraints=[
                LinearConstraint(units, 1, 1),
                LinearConstraint(others, -np.inf, program.room),
            ],
            options={"mip_rel_gap": gap, "node_limit": NODE_LIMIT},
        )
