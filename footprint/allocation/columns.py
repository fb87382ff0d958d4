"""Groups without fixed bases by columns: every set that can be a group, and the best that fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import InitVar, dataclass, field, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, linprog, milp
from scipy.sparse import csc_array, csr_array, eye_array, hstack, vstack

from footprint.allocation.multipliers import Prices, ascend
from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.question import Answer, Question
from footprint.allocation.quiet import quiet
from footprint.allocation.region import BoolArray
from footprint.allocation.sets import Rest, connected_sets
from footprint.errors import ModelError

#: sets grown for the list of all, and for one window; columns that one program takes
GROWN = 300_000
GROWN_LAST = 50_000_000
KEPT = 2_000_000
#: share of the bound at which the window opens
WINDOW = 0.005
#: how much wider it opens each time, as long as it lets in few sets, and later
WIDER = 2.0
WIDER_LAST = 1.2
#: columns of a linear program at first, and added in a round: the best, and the best of each unit
FIRST = 4_000
NEW = 1_000
EACH = 20
#: columns of the first integer program, and how near to its best is near enough
SOME = 1_500
ROUGH = 1e-3
#: columns so few that cuts are not worth it; cuts of a round, rounds, and by how much broken
FEW = 300
CUTS = 30
CUT_ROUNDS = 15
BROKEN = 0.02
#: nodes of an integer program's search: nodes, not seconds, so that answers repeat
NODE_LIMIT = 20_000
LARGEST = 200_000
#: a split costs about so much in the units of a program, which keeps its numbers near 1
SCALE = 1_000.0
SMALL = 1e-7
#: rows of a product at once
CHUNK = 16_384


def solve(question: Question) -> Answer | None:
    """
    Split a map into groups round free centres at least cost, every rule kept.

    A column is a connected set of a population within bounds, at the cost of its best centre. Small
    groups are few enough to list all. Otherwise each number of groups goes by itself, the most
    promising first: no split that costs at most a limit holds a set whose reduced cost by the
    Lagrangian bound (:mod:`footprint.allocation.multipliers`) reaches over it (Baldacci,
    Christofides and Mingozzi 2008), so sets within are listed, and the limit rises until the best
    split of what is listed lies below it. A set is left out where those it leaves could not split
    into groups. Two groups with the same centre are let go at first; where they come up, the centre
    gets a row of its own, and sets may have it or the best of the others.

    Parameters
    ----------
    question
        Any; small groups, of up to about fifteen units, get there.

    Returns
    -------
    answer
        None where there are too many sets to list.
    """
    numbers = question.numbers()
    if not len(numbers):
        return Answer(None, 0, 0)
    pool = _listed(question, numbers)
    if pool is not None:
        split = _best(pool, numbers, np.inf, np.inf)
        if split.owner is None:
            return Answer(None, 0, 0, certain=split.bound == np.inf)
        return _answer(question, split.owner, split.bound)
    return _by_windows(question, numbers)


@dataclass(frozen=True, eq=False)
class _Split:
    """
    The best split of a pool, in units.

    ``owner`` is None where none was found. ``bound`` holds for those that cost less than the limit
    looked at, and is the limit or more where there is none of them. ``linear`` is the linear
    program's bound on all of the pool.
    """

    owner: IntArray | None
    bound: float
    linear: float


def _answer(question: Question, owner: IntArray, bound: float) -> Answer:
    cost = question.objective(owner)
    if not question.keeps(owner):
        raise ModelError(f"{question.name}: the groups of the columns break a rule")
    # what the solver calls best is best to a millionth; the rest is its floats
    proven = bound >= cost * (1 - 1e-6)
    return Answer(owner, cost, cost if proven else max(0, int(np.floor(bound))))


# -- which sets --------------------------------------------------------------------------------


def _listed(question: Question, numbers: range) -> _Pool | None:
    """Every set that can be a group."""
    sets = _sets(question, numbers, most=GROWN)
    return None if sets is None or len(sets) > KEPT else _Pool(question, sets)


def _sets(
    question: Question, numbers: range, *, most: int, prices: Prices | None = None, limit: float = 0
) -> BoolArray | None:
    people, none = question.population, np.zeros(question.units)
    low, high = question.bounds(numbers)
    rest = Rest(people, low, high, numbers[0] - 1, numbers[-1] - 1)
    centres, either = (None, None) if prices is None else prices.window(limit)
    if centres is not None and not len(centres):
        return np.zeros((0, question.units), dtype=bool)
    found = connected_sets(
        question.near,
        np.stack([people, none]),
        np.stack([none, people]),
        [high, question.total - low],
        either=either,
        rest=rest,
        most=most,
    )
    if found is None:
        return None
    for a, b in question.locks.together:
        found = found[found[:, a] == found[:, b]]
    for a, b in question.locks.apart:
        found = found[~(found[:, a] & found[:, b])]
    if prices is None or centres is None:
        return found
    return found[prices.cheap(found, centres, limit)]


def _by_windows(question: Question, numbers: range) -> Answer | None:
    """Each number of groups by itself, the limit rising from its bound."""
    prices = {number: ascend(question, number) for number in numbers}
    bounds = {number: one.bound for number, one in prices.items()}
    width = {
        number: WINDOW * max(one.bound, question.cheapest, 1.0) for number, one in prices.items()
    }
    large, stuck = set[int](), set[int]()
    best, cost = None, question.dearest + 1.0
    while len(stuck) < len(numbers):
        number = min(set(numbers) - stuck, key=lambda one: (bounds[one], one))
        if bounds[number] >= cost * (1 - SMALL):
            break
        only, one = range(number, number + 1), prices[number]
        pool = None if number in large else _listed(question, only)
        limit = cost
        if pool is None:
            large.add(number)
            # what is nearly all the way up to the best is best done at once
            if cost > one.bound + 2 * width[number]:
                limit = one.bound + width[number]
            sets = _sets(question, only, most=GROWN_LAST, prices=one, limit=limit)
            if sets is None or len(sets) > KEPT:
                return None
            pool = _Pool(question, sets)
        split = _best(pool, only, limit, cost)
        if split.owner is not None and question.objective(split.owner) < cost:
            best, cost = split.owner, float(question.objective(split.owner))
        if split.bound < min(limit, cost) * (1 - SMALL):
            # out of nodes: a wider window would do no better
            stuck.add(number)
        # of splits above the limit, nothing is known
        bounds[number] = max(bounds[number], min(limit, split.bound))
        width[number] *= WIDER if pool.members.shape[0] < GROWN / 10 else WIDER_LAST
    if best is None:
        return Answer(None, 0, 0, certain=not stuck)
    return _answer(question, best, min(cost, *bounds.values()))


# -- columns of a pool -------------------------------------------------------------------------


@dataclass(eq=False)
class _Pool:
    """Sets and what they cost with each centre."""

    question: Question
    sets: InitVar[BoolArray]
    members: csr_array = field(init=False)
    scale: float = field(init=False)

    def __post_init__(self, sets: BoolArray) -> None:
        self.members = csr_array(sets, dtype=float)
        self.scale = max(self.question.cheapest, 1.0) / SCALE

    def columns(self, rowed: Sequence[int]) -> _Columns:
        """Each set with its best centre but those with a row, and with those where that is less."""
        count = self.members.shape[0]
        which, cost = np.zeros(count, dtype=np.int64), np.full(count, np.inf)
        extra = np.full((count, len(rowed)), np.inf)
        for rows, centres, value in self._values():
            hidden = (centres[:, :, None] == np.array(rowed, dtype=np.int64)).transpose(2, 0, 1)
            free = np.where(hidden.any(axis=0), np.inf, value)
            at = free.argmin(axis=1)[:, None]
            which[rows] = np.take_along_axis(np.broadcast_to(centres, value.shape), at, 1)[:, 0]
            cost[rows] = np.take_along_axis(free, at, 1)[:, 0]
            for k, one in enumerate(hidden):
                extra[rows, k] = np.where(one, value, np.inf).min(axis=1)
        kept = np.flatnonzero(np.isfinite(cost))
        rows, at = np.nonzero(extra < cost[:, None])
        return _Columns(
            np.concatenate([kept, rows]),
            np.concatenate([which[kept], np.array(rowed, dtype=np.int64)[at]]),
            np.concatenate([cost[kept], extra[rows, at]]) / self.scale,
        )

    def _values(self) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
        """Rows of sets, their possible centres, and what they cost with each: chunk by chunk."""
        way, holds = self.question.way, self.question.holds
        cost = np.where(way, self.question.cost, np.inf)
        starts, size = self.members.indptr, np.diff(self.members.indptr)
        if self.question.own:
            # only members can be the centre: sets of a size at a time
            for each in np.unique(size[size > 0]).tolist():
                alike = np.flatnonzero(size == each)
                for rows in np.split(alike, range(CHUNK, len(alike), CHUNK)):
                    units = self.members.indices[starts[rows][:, None] + np.arange(each)]
                    value = sum(cost[units, units[:, k : k + 1]] for k in range(each))
                    yield rows, units, np.asarray(value)
            return
        centres = np.arange(len(cost))[None, :]
        for start in range(0, len(size), CHUNK):
            members = self.members[start : start + CHUNK].toarray()
            value = members @ np.where(way, cost, 0.0).T
            if not way.all():
                value[members @ (~way).T.astype(float) > 0] = np.inf
            if holds.any():
                value[(1 - members) @ holds.T.astype(float) > 0] = np.inf
            yield np.arange(start, start + len(members)), centres, value

    def owner(self, columns: _Columns) -> IntArray:
        """Centre of each unit, of columns that hold each once."""
        owner = np.empty(self.question.units, dtype=np.int64)
        for which, centre in zip(columns.sets, columns.centre, strict=True):
            start, end = self.members.indptr[which : which + 2]
            owner[self.members.indices[start:end]] = centre
        return owner


@dataclass(frozen=True, eq=False)
class _Columns:
    """(n,) which set, which centre, at what cost in the units of a program."""

    sets: IntArray
    centre: IntArray
    cost: FloatArray

    def take(self, rows: IntArray) -> _Columns:
        return _Columns(self.sets[rows], self.centre[rows], self.cost[rows])


@dataclass(frozen=True, eq=False)
class _Program:
    """
    Columns and their rows: each unit once, so many groups, centres with a row at most once, cuts.

    A cut is three units of which at most one group holds two or more (Jepsen et al. 2008): ``cuts``
    says, (m, r), which sets do.
    """

    pool: _Pool
    columns: _Columns
    numbers: range
    rowed: tuple[int, ...]
    cuts: csc_array

    def rows(self, at: IntArray) -> tuple[csc_array, csc_array]:
        """Return the units' rows, and the other rows, for some columns."""
        chosen, n = self.columns.take(at), len(at)
        place = np.full(len(self.pool.question.cost), -1)
        place[list(self.rowed)] = np.arange(len(self.rowed))
        row = place[chosen.centre]
        on = np.flatnonzero(row >= 0)
        once = csc_array((np.ones(len(on)), (row[on], on)), shape=(len(self.rowed), n))
        ones = csc_array(np.ones((1, n)))
        others = [ones, -ones, once, self.cuts.tocsr()[chosen.sets].T]
        return csc_array(self.pool.members[chosen.sets].T), csc_array(vstack(others))

    @property
    def room(self) -> FloatArray:
        """Right-hand side of the other rows."""
        ones = [1] * (len(self.rowed) + self.cuts.shape[1])
        return np.array([self.numbers[-1], -self.numbers[0], *ones], dtype=float)

    def reduced(self, cost: FloatArray, prices: FloatArray, others: FloatArray) -> FloatArray:
        """Reduced cost of every column, by the prices of the units' rows and of the others."""
        ends = 2 + len(self.rowed)
        by_centre = np.zeros(len(self.pool.question.cost))
        by_centre[list(self.rowed)] = others[2:ends]
        worth = self.pool.members @ prices + self.cuts @ others[ends:]
        reduced = cost - worth[self.columns.sets] - by_centre[self.columns.centre]
        return np.asarray(reduced - others[0] + others[1])

    def cut(self, linear: _Linear) -> _Program:
        """Add the cuts that the linear program breaks most; leave out those that do not bind."""
        triples = self.pool.question.triples
        held = linear.share > SMALL
        members = self.pool.members[self.columns.sets[linear.at[held]]].toarray()
        share, broken = linear.share[held], np.zeros(len(triples))
        for start in range(0, len(triples), CHUNK):
            rows = slice(start, start + CHUNK)
            two = members[:, triples[rows]].sum(axis=2) > 1.5
            broken[rows] = share @ two - 1
        worst = np.argsort(-broken, kind="stable")[:CUTS]
        worst = worst[broken[worst] > BROKEN]
        columns = self.pool.members.tocsc()
        new = [columns[:, triples[k]].sum(axis=1) > 1.5 for k in worst]
        kept = self.cuts[:, np.flatnonzero(linear.others[2 + len(self.rowed) :] < -SMALL)]
        return replace(self, cuts=csc_array(hstack([kept, *[csc_array(one[:, None]) for one in new]])))

    def first(self, order: IntArray, most: int) -> IntArray:
        """The first columns of an order and, for each unit, the first few that hold it."""
        members = csc_array(self.pool.members[self.columns.sets[order]])
        chosen = [np.arange(min(most, len(order)))]
        chosen += [
            members.indices[a : min(b, a + EACH)]
            for a, b in zip(members.indptr[:-1], members.indptr[1:], strict=True)
        ]
        return order[np.unique(np.concatenate(chosen))]


def _best(pool: _Pool, numbers: range, limit: float, known: float) -> _Split:
    """
    Best split of a pool's sets, of those that cost less than ``limit`` units.

    One that costs more, but less than ``known`` units, may be found by the way.
    """
    rowed: tuple[int, ...] = ()
    none = csc_array((pool.members.shape[0], 0))
    while True:
        program = _Program(pool, pool.columns(rowed), numbers, rowed, none)
        linear = _linear(program)
        if linear is None:
            return _Split(None, np.inf, np.inf)
        clashing, chosen, bound = linear.clashing(program), None, linear.bound
        if not clashing:
            chosen, bound = _whole(program, linear, limit / pool.scale, known / pool.scale)
            columns = program.columns.take(np.array([], int) if chosen is None else chosen)
            centres, times = np.unique(columns.centre, return_counts=True)
            clashing = centres[times > 1].tolist()
        if not clashing:
            owner = None if chosen is None else pool.owner(columns)
            return _Split(owner, bound * pool.scale, linear.bound * pool.scale)
        rowed = (*rowed, *clashing)


# -- the programs ------------------------------------------------------------------------------


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
        size = np.diff(program.pool.members.indptr)[program.columns.sets]
        active = program.first(np.argsort(cost / size, kind="stable"), FIRST)
    # dearer than any split, so that nobody is left out but where there is no way
    penalty = 1.0 + program.pool.question.dearest / program.pool.scale
    linear = _generated(program, cost, penalty, active)
    if linear.lacking > SMALL:
        # can all be served at any cost? the bound holds in any case
        free = _generated(program, np.zeros_like(cost), 1.0, linear.at)
        if free.lacking > SMALL:
            return None
    return linear


def _generated(
    program: _Program, cost: FloatArray, penalty: float, active: IntArray
) -> _Linear:
    """Column generation from some columns on; what is not served costs the penalty."""
    units = program.pool.question.units
    while True:
        equal, under = program.rows(active)
        n, others = len(active), under.shape[0]
        # units may be left out, and groups lack
        lack = csc_array(([-1.0], ([1], [0])), shape=(others, 1))
        found = linprog(
            np.append(cost[active], np.full(units + 1, penalty)),
            A_eq=hstack([equal, eye_array(units), csc_array((units, 1))]),
            b_eq=np.ones(units),
            A_ub=hstack([under, csc_array((others, units)), lack]),
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
    Best whole columns, of those within a window of the linear bound, and a bound on all others.

    First some columns of least reduced cost, for any answer below ``known``: what costs less holds
    no column of a reduced cost beyond it. Then cuts narrow the window, and all goes to an integer
    program that an answer below ``limit`` may hold.
    """
    best: IntArray | None = None
    some, many = SOME, linear.within(known)
    order = np.argsort(linear.reduced, kind="stable")
    while many:
        found = _milp(program, order[: min(some, many)], ROUGH)
        if found.x is not None:
            best, known = order[: len(found.x)][found.x > 0.5], min(known, float(found.fun))
        if found.x is not None or limit < np.inf or some >= many:
            break
        some *= 4
    top = min(limit, known)
    for _ in range(CUT_ROUNDS):
        if linear.within(top) <= FEW:
            break
        narrower = program.cut(linear)
        if narrower.cuts.shape[1] == program.cuts.shape[1]:
            break
        closer = _linear(narrower, linear.at)
        if closer is None:
            return best, top
        program, linear = narrower, closer
    order = np.argsort(linear.reduced, kind="stable")
    many = linear.within(top)
    take = np.sort(order[: min(many, LARGEST)])
    if not len(take):
        return best, top
    found = _milp(program, take, 0.0)
    if found.status == 2:
        return best, top
    bound = min(top, -np.inf if found.mip_dual_bound is None else float(found.mip_dual_bound))
    if found.x is not None and found.fun <= known:
        best = take[found.x > 0.5]
        if found.status == 0:
            bound = min(top, float(found.fun))
    if len(take) < many:
        bound = min(bound, linear.bound + float(linear.reduced[order[len(take)]]))
    return best, max(bound, linear.bound)


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
