"""Levels 2 and 3 by columns: which connected set of PCNs each team takes, by column generation."""

from __future__ import annotations

from dataclasses import dataclass, field

import networkx as nx
import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csc_array, eye_array, hstack

from footprint.allocation.contiguity import graph_of
from footprint.allocation.merged import Merged, merge
from footprint.allocation.problem import COST_SCALE, WTE_SCALE, FloatArray, IntArray
from footprint.allocation.quiet import quiet
from footprint.allocation.region import BoolArray, Region
from footprint.allocation.relaxed import Relaxed, ascend
from footprint.allocation.sets import Worth, sets_so_far
from footprint.allocation.solution import tier_prices, tier_widths

#: no answer of this many times the first bound is looked for
DEAREST = 4.0
#: rounds of column generation, columns of a round and team, columns in one linear program
ROUNDS = 120
NEW = 300
LARGEST = 6_000
#: sets tried for prices by a team and round at first, and how many times more when these bring
#: nothing; in all; and for the last window
TRIED = 200_000
MORE = 4
TRIED_IN_ALL = 60_000_000
TRIED_LAST = 20_000_000
#: columns that the last step lists, and takes when it has narrowed them down: with more, the model
#: of PCN and team is quicker
LISTED_LAST = 100_000
KEPT_LAST = 7_500
#: nodes of the last step's search, and scipy's word for having used them up
NODE_LIMIT = 20_000
OUT_OF_NODES = 1
#: shares of the bound: how near the linear one comes before the window opens, the window of the
#: first columns, and the width at which the last one begins
NEAR = 2e-3
FIRST = 1e-2
WINDOW = 1e-4
SMALL = 1e-7
#: of a hundredth: room for floats
HALF = 0.4
#: minutes x WTE of a PCN without a road: dearer than any set
FAR = 1e9


def solve(
    region: Region, start: FloatArray, least: float, *, unmet: int | None = None
) -> IntArray | None:
    """
    Split a region at least cost, every rule kept; None where this way does not get there.

    A column is a team and a connected set of PCNs of a population within bounds, at its exact cost,
    shortages included. The linear program over all columns is solved by column generation: every
    connected set of negative reduced cost is found by growing sets
    (:func:`footprint.allocation.sets.connected_sets`), and prices are held within a box around
    those with the best bound so far (Marsten, Hogan and Blankenship 1975), so that they settle
    soon. The best partition costs the bound B or a little more. If a partition costs at most
    B + w, none of its columns has a reduced cost above w (Baldacci, Christofides and Mingozzi
    2008). So all columns within w go to a set-partitioning program; its answer is the best of all
    when it costs at most B + w, and otherwise w grows. Locks are rules of single columns: none
    that breaks one is in any of these programs.

    Parameters
    ----------
    region
        With staff; every PCN with a road from some team.
    start
        (P,) prices to begin with, in minutes x WTE.
    least
        A lower bound in minutes x WTE, above 0.
    unmet
        WTE hundredths that may stay without staff; None where there is no limit to them. It is a
        row of the last program alone: what it costs the window has to span.

    Returns
    -------
    owner
        (P,) team of each PCN, proven best to a millionth. None where no partition keeps every
        rule, or where there are too many sets to try.
    """
    merged = merge(region)
    if merged is None:
        return None
    case = _Case(merged, most=DEAREST * least)
    if not case.possible():
        return None
    prices, bound = ascend(case.relaxed, merged.summed(start), 1.3 * least)
    centre = _Centre(prices, np.minimum(0, case.relaxed.best(case.cost - prices)[0]), bound)
    centre = _generate(case, centre)
    owner = None if centre is None else _best(case, centre, unmet)
    return None if owner is None else owner[merged.unit]


def warm() -> None:
    """Have what is compiled on first use compiled now."""
    one = np.ones(1)
    sets_so_far(np.zeros((1, 1), dtype=bool), one, one, one)


class _Case:
    """A region's costs in minutes x WTE, and what follows from them."""

    def __init__(self, merged: Merged, *, most: float) -> None:
        self.merged = merged
        self.region = region = merged.region
        assert region.supply is not None
        self.teams, self.pcns = region.cost.shape
        self.graph = graph_of(self.pcns, region.edges, region.label.tolist())
        self.near = nx.to_numpy_array(self.graph, nodelist=range(self.pcns), dtype=bool)
        self.load = region.load.max(axis=0)
        self.cost = np.where(region.road, region.cost / COST_SCALE, np.inf)
        for pcn, team in region.locks.base:
            self.cost[np.arange(self.teams) != team, pcn] = np.inf
        self.prices = tier_prices(region.policy) / COST_SCALE
        self.widths = np.array([float(width) for width in tier_widths(region.policy)])
        self.most = most
        self.price = self._price()
        self.relaxed = Relaxed(self.cost, self.load, self.price)

    def possible(self) -> bool:
        """Whether each piece of the map holds enough patients for a group."""
        return all(
            self.region.population[list(part)].sum() >= self.region.low
            for part in nx.connected_components(self.graph)
        )

    def _price(self) -> FloatArray:
        """(T, L) vacancies by load, up to the load of which they alone are too dear."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = self.load / self.region.population
        ratio = ratio[np.isfinite(ratio)]
        every = np.arange(int(self.load.sum()) + 1)
        price = np.stack([self.vacancies(team, every) for team in range(self.teams)])
        # a group of enough patients has at least so much to do
        price[:, : int(np.ceil(self.region.low * ratio.min(initial=0) - SMALL))] = np.inf
        return price[:, : 1 + int(np.flatnonzero((price <= self.most).any(axis=0)).max(initial=0))]

    def vacancies(self, team: int, load: IntArray) -> FloatArray:
        """Price of what a team lacks, by load."""
        assert self.region.supply is not None
        left = np.maximum(0, load - int(self.region.supply[team])).astype(float)
        price = np.zeros(len(left))
        for width, each in zip(self.widths, self.prices, strict=True):
            here = np.minimum(left, width * load)
            price += here * each
            left = left - here
        return price

    def value(self, team: int, sets: BoolArray) -> FloatArray:
        """(m,) cost of sets with a team that has a road to all of them."""
        here = np.where(np.isfinite(self.cost[team]), self.cost[team], 0.0)
        return sets @ here + self.vacancies(team, sets @ self.load)

    def within(
        self, team: int, prices: FloatArray, own: float, window: float, most: int
    ) -> tuple[BoolArray, FloatArray, int]:
        """
        Connected sets that a team can take at a reduced cost of at most ``window``, best first.

        Returns
        -------
        sets, reduced, tried
            (m, P) and (m,), and how many sets were tried: these are all where not above ``most``.
        """
        worth = np.where(np.isfinite(self.cost[team]), self.cost[team] - prices, FAR)
        lines, bounds = self._lines(team, worth)
        # a float's last digit must not decide
        limit = window + SMALL * (1 + np.abs(bounds) + abs(own))
        none, people = np.zeros_like(worth), self.region.population
        high = people.sum() if self.region.high is None else self.region.high
        apart, base = self._locks(team)
        sets, tried = sets_so_far(
            self.near,
            np.vstack([np.maximum(lines, 0), people, none, apart, np.zeros_like(base)]),
            np.vstack([np.maximum(-lines, 0), none, people, np.zeros_like(apart), base]),
            np.concatenate(
                [
                    limit + own - bounds,
                    [high, people.sum() - self.region.low],
                    np.ones(len(apart)),
                    np.zeros(len(base)),
                ]
            ),
            worth=Worth(worth, self.load, self.price[team], limit.max() + own),
            most=most,
        )
        sets = sets[self.merged.whole(sets)]
        reduced = self.value(team, sets) - sets @ prices - own
        good = np.flatnonzero(reduced <= window + SMALL * (1 + abs(own)))
        good = good[np.argsort(reduced[good], kind="stable")]
        return sets[good], reduced[good], tried

    def _locks(self, team: int) -> tuple[FloatArray, FloatArray]:
        """
        Locks as budgets of a team's sets.

        Returns
        -------
        apart, base
            (k, P) by lock how much each PCN counts in a set, at most 1 in all, and (j, P) how much
            each counts that is missing, 0 in all: those that are locked to the team.
        """
        locks = self.region.locks
        each = np.eye(self.pcns)
        apart = [each[a] + each[b] for a, b in locks.apart]
        base = [each[pcn] for pcn, owner in locks.base if owner == team]
        none = np.zeros((0, self.pcns))
        return np.vstack([none, *apart]), np.vstack([none, *base])

    def _lines(self, team: int, worth: FloatArray) -> tuple[FloatArray, FloatArray]:
        """
        Straight lines below the price of a load make the worth of a set a sum over its members.

        With price(load) >= slope x load - rest, a set is worth at least the sum of worth + slope x
        load less rest. Three slopes around the one of the best bound are used.

        Returns
        -------
        worths, bounds
            (3, P) worth of each PCN by line, and (3,) the least that any set is worth by it.
        """
        price = self.price[team]
        load = np.flatnonzero(np.isfinite(price))
        some = (worth < FAR) & (self.load > 0)
        slopes = np.unique(np.append(-worth[some] / self.load[some], 0.0))
        rest = (slopes[:, None] * load - price[load]).max(axis=1, initial=-np.inf)
        tilted = worth + slopes[:, None] * self.load
        bound = np.minimum(tilted, 0).sum(axis=1) - rest
        at = int(bound.argmax())
        use = np.clip([at - 2, at, at + 2], 0, len(slopes) - 1)
        return tilted[use], bound[use]


@dataclass(frozen=True, eq=False)
class _Centre:
    """The prices with the best bound so far: (P,) of PCNs, (T,) of teams, from 0 down."""

    pcns: FloatArray
    teams: FloatArray
    bound: float


@dataclass
class _Pool:
    """Columns found so far, each once."""

    case: _Case
    team: IntArray
    sets: BoolArray
    cost: FloatArray
    keys: set[tuple[int, bytes]] = field(default_factory=set)

    @classmethod
    def empty(cls, case: _Case) -> _Pool:
        """Return a pool without columns."""
        sets = np.zeros((0, case.pcns), dtype=bool)
        return cls(case, np.zeros(0, dtype=np.int64), sets, np.zeros(0))

    def add(self, team: int, sets: BoolArray) -> int:
        """Add what is new; say how many."""
        keys = [(team, row.tobytes()) for row in np.packbits(sets, axis=1)]
        new = [k for k, key in enumerate(keys) if key not in self.keys]
        self.keys.update(keys)
        self.team = np.append(self.team, np.full(len(new), team))
        self.sets = np.vstack([self.sets, sets[new]])
        self.cost = np.append(self.cost, self.case.value(team, sets[new]))
        return len(new)

    def lacking(self) -> FloatArray:
        """WTE that each column leaves without staff."""
        supply = self.case.region.supply
        assert supply is not None
        return np.maximum(0, self.sets @ self.case.load - supply[self.team]) / WTE_SCALE

    def reduced(self, pcns: FloatArray, teams: FloatArray) -> FloatArray:
        """Reduced cost of each column."""
        return self.cost - self.sets @ pcns - teams[self.team]


def _generate(case: _Case, centre: _Centre) -> _Centre | None:
    """Prices whose bound is as good as the linear program over all columns, or nearly."""
    pool = _Pool.empty(case)
    most, left = TRIED, TRIED_IN_ALL
    for team in range(case.teams):
        window = FIRST * abs(centre.bound)
        sets, _, tried = case.within(team, centre.pcns, centre.teams[team], window, most)
        pool.add(team, sets[:LARGEST])
        left -= tried
    box = 0.05 * float(np.abs(centre.pcns).mean())
    for _ in range(ROUNDS):
        value, pcns, teams, slack = _linear(pool, centre, box)
        least, whole, new = np.zeros(case.teams), True, 0
        for team in range(case.teams):
            sets, reduced, tried = case.within(team, pcns, teams[team], 0.0, most)
            whole &= tried <= most
            least[team] = min(0.0, reduced.min(initial=0.0))
            new += pool.add(team, sets[:NEW])
            left -= tried
        bound = float(pcns.sum() + teams.sum() + least.sum()) if whole else -np.inf
        better = bound > centre.bound + SMALL * abs(centre.bound)
        if better:
            centre = _Centre(pcns, teams + least, bound)
        if centre.bound > case.most or left < 0:
            return None
        if not slack and value - centre.bound <= NEAR * abs(value):
            return centre
        if better and slack:
            box *= 2.0
        elif not better:
            box *= (0.9 if whole else 0.8) if new else (2.0 if whole else 0.5)
        if not whole and not new:
            most *= MORE
    return None


def _narrowed(pool: _Pool, dearest: float) -> _Pool:
    """Columns that a partition of at most a cost may hold, by the prices of the pool itself."""
    free = _Centre(np.zeros(pool.case.pcns), np.zeros(pool.case.teams), 0.0)
    value, pcns, teams, _ = _linear(pool, free, dearest, most=len(pool.team))
    use = pool.reduced(pcns, teams) <= dearest - value + SMALL * abs(dearest)
    return _Pool(pool.case, pool.team[use], pool.sets[use], pool.cost[use])


def _linear(
    pool: _Pool, centre: _Centre, box: float, *, most: int = LARGEST
) -> tuple[float, FloatArray, FloatArray, bool]:
    """
    Solve the linear program over the pool, prices within the box.

    To hold a price within its box is to let a PCN be served by nobody, or twice, at its ends.

    Returns
    -------
    value, pcns, teams, slack
        Objective, prices, and whether the box bound.
    """
    reduced = pool.reduced(centre.pcns, centre.teams)
    use = np.sort(np.argsort(reduced, kind="stable")[:most])
    n, p, t = len(use), len(centre.pcns), len(centre.teams)
    rows = hstack([csc_array(pool.sets[use].T.astype(float)), eye_array(p), -eye_array(p)])
    once = csc_array((np.ones(n), (pool.team[use], np.arange(n))), shape=(t, n + 2 * p))
    found = linprog(
        np.concatenate([pool.cost[use], centre.pcns + box, box - centre.pcns]),
        A_ub=once,
        b_ub=np.ones(t),
        A_eq=rows,
        b_eq=np.ones(p),
        method="highs",
    )
    slack = bool(found.x[n:].sum() > SMALL)
    return float(found.fun), found.eqlin.marginals, found.ineqlin.marginals, slack


def _best(case: _Case, centre: _Centre, unmet: int | None) -> IntArray | None:
    """Best partition from all columns within a window of the bound."""
    window = WINDOW * abs(centre.bound)
    while centre.bound + window <= case.most:
        pool = _Pool.empty(case)
        for team in range(case.teams):
            own = centre.teams[team]
            sets, _, tried = case.within(team, centre.pcns, own, window, TRIED_LAST)
            if tried > TRIED_LAST:
                return None
            pool.add(team, sets)
        if len(pool.team) > LISTED_LAST:
            return None
        pool = _narrowed(pool, centre.bound + window)
        n = len(pool.team)
        if n > KEPT_LAST:
            return None
        if not n:
            window *= 2
            continue
        once = csc_array((np.ones(n), (pool.team, np.arange(n))), shape=(case.teams, n))
        rows = [
            LinearConstraint(csc_array(pool.sets.T.astype(float)), 1, 1),
            LinearConstraint(once, -np.inf, 1),
        ]
        if unmet is not None:
            most = (unmet + HALF) / WTE_SCALE
            rows.append(LinearConstraint(csc_array(pool.lacking()[None, :]), -np.inf, most))
        with quiet():
            answer = milp(
                pool.cost,
                integrality=np.ones(n),
                bounds=Bounds(0, 1),
                constraints=rows,
                options={"mip_rel_gap": 0, "node_limit": NODE_LIMIT},
            )
        if answer.status == OUT_OF_NODES:
            return None
        if answer.status == 0 and answer.fun <= centre.bound + window * (1 + SMALL):
            owner = np.full(case.pcns, -1, dtype=np.int64)
            for k in np.flatnonzero(answer.x > 0.5):
                owner[pool.sets[k]] = pool.team[k]
            return owner
        wider = 2 * window
        # no answer, or none that the solver could make out: HiGHS fails on a program now and then
        window = min(wider, answer.fun - centre.bound) if answer.status == 0 else wider
    return None
