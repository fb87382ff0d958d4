"""The exact model of Levels 2 and 3: PCN x team binaries, groups that hang together, in HiGHS."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import (
    Bounds,
    LinearConstraint,
    OptimizeResult,
    linear_sum_assignment,
    linprog,
    milp,
)
from scipy.sparse import coo_array, csr_array, vstack

from footprint.allocation.contiguity import Cut, beyond, components, graph_of, separators
from footprint.allocation.locks import Locked
from footprint.allocation.problem import COST_SCALE, WTE_SCALE, FloatArray, IntArray
from footprint.allocation.quiet import quiet
from footprint.allocation.region import BoolArray, Partition, Region
from footprint.allocation.solution import tier_prices, tier_widths
from footprint.errors import ModelError

#: limits of the search, in nodes and rounds rather than in time, so that answers repeat
NODE_LIMIT = 3_000
ALL_NODES = 15_000
ROUND_LIMIT = 200
#: rows of all rounds together where there are locks: a PCN that is locked away from those around it
#: needs a way to its group, which may take hundreds of rounds to find
LOCKED_ROWS = 150_000
#: how near to the best is near enough while groups still come in pieces
ROUGH = 0.02
#: columns are quicker from so many pairs of team and PCN on, where groups have so few PCNs each
BY_COLUMNS = 104
GROUP_PCNS = 12
#: people are counted in thousands inside the model, which keeps its numbers near 1
PEOPLE = 1_000
#: what may give way, what gives way last first
RULES = ("locks", "road", "people", "links")


def solve(region: Region) -> Partition:
    """
    Split a region into groups at least cost.

    First with every rule hard. Where that has no answer, rules give way in turn, each no more
    than it must: PCNs without a road from their team (where another has one), people missing from
    or above the bounds of groups, links across what the map cuts off; then the cost. Locks give way
    last of all, as few as must.

    Large regions go by columns first (:func:`footprint.allocation.bundles.solve`), which proves the
    same optimum many times sooner. Otherwise contiguity is asked for as it is broken: each answer
    in pieces adds the separator inequalities that it breaks, until an answer is whole, which is
    then the best of all (Validi, Buchanan and Lykhovyd 2022 find this quicker than flows between
    PCNs). While answers come in pieces 2% from the best is near enough; the last
    round has a gap of 0.

    Among answers of exactly the same cost the solver's first one stands. It is the same each time:
    the arrays come in the order of codes, the solver runs on one thread with its own fixed seed,
    and its limits count nodes and rounds, not seconds.

    Parameters
    ----------
    region
        At least one team and one PCN; labels no more than teams.

    Returns
    -------
    partition
        Costs exact, in whole units.
    """
    if region.cost.shape[0] == 1:
        owner = np.zeros(region.cost.shape[1], dtype=np.int64)
        cost = region.objective(owner)
        joined = len(components(graph_of(len(owner), region.edges), range(len(owner)))) == 1
        inside = not region.short(owner) and not region.over(owner)
        strict = inside and joined and not region.locks.broken(owner.tolist())
        return Partition(owner, cost, cost, strict, certain=True)
    hard = Search(region, slack=False)
    answer = by_columns(hard) or hard.minimise("cost")
    if answer is not None:
        return Partition(answer.owner, answer.value, answer.bound, strict=True, certain=True)
    if region.locks and not hard.exhausted:
        return _unlocked(region)
    return _softened(region, certain=hard.exhausted)


def _softened(region: Region, *, certain: bool) -> Partition:
    """Best answer where rules give way, each no more than it must."""
    soft = Search(region, slack=True)
    broken = {}
    # what comes first is held for what follows, and so gives way last
    for rule in RULES:
        if soft.matters(rule):
            answer = soft.minimise(rule)
            if answer is None:
                break
            soft.cap(rule, answer.value)
            broken[rule] = answer.value
    if broken == {**dict.fromkeys(broken, 0), "links": len(region.links)}:
        # with every link a border, all rules can be kept
        answer = by_columns(Search(linked(region), slack=False))
        if answer is not None:
            return Partition(
                answer.owner, answer.value, answer.bound, strict=False, certain=certain
            )
    answer = soft.minimise("cost")
    if answer is None and region.locks:
        return _unlocked(region)
    if answer is None:
        owner = _whole(region)
        return Partition(owner, region.objective(owner), 0, strict=False, certain=False)
    return Partition(answer.owner, answer.value, answer.bound, strict=False, certain=certain)


def _unlocked(region: Region) -> Partition:
    """Best answer without locks, where the search for one that keeps them has come to its limit."""
    free = solve(replace(region, locks=Locked()))
    if region.locks.broken(free.owner.tolist()):
        return replace(free, strict=False, certain=False)
    return free


def linked(region: Region) -> Region:
    """Return the region with every link a border."""
    return replace(region, edges=tuple(sorted({*region.edges, *region.links})))


@dataclass(frozen=True, eq=False)
class _Answer:
    owner: IntArray
    value: int
    bound: int


def by_columns(search: Search, *, unmet: int | None = None) -> _Answer | None:
    """Best answer of a large region that leaves so much unmet at most, where columns get there."""
    region = search.region
    teams, pcns = region.cost.shape
    if region.supply is None or teams * pcns < BY_COLUMNS or pcns > GROUP_PCNS * teams:
        return None
    relaxed = search.relaxed()
    if relaxed is None:
        return None
    # compiles on first use: not worth it for a small patch
    from footprint.allocation import bundles  # noqa: PLC0415

    owner = bundles.solve(region, *relaxed, unmet=unmet)
    if owner is None:
        return None
    value = region.objective(owner)
    return _Answer(owner, value, value)


class Search:
    """
    One model and the cuts and caps added to it so far.

    Parameters
    ----------
    region
        What is split.
    slack
        Whether rules may give way.
    """

    def __init__(self, region: Region, *, slack: bool) -> None:
        self.region = region
        self.slack = slack
        self.exhausted = False
        t, p = region.cost.shape
        self.labels = sorted(set(region.label.tolist()))
        tiers = 0 if region.supply is None else len(region.policy.vacancy_prices)
        sizes = {
            "x": t * p,
            "z": t * len(self.labels),
            "v": t * tiers,
            "short": t if slack else 0,
            "over": t if slack and region.high is not None else 0,
            "link": t * len(region.links) if slack else 0,
            "lock": len(region.locks) if slack else 0,
        }
        ends = np.cumsum([0, *sizes.values()]).tolist()
        self.at = dict(zip(sizes, ends[:-1], strict=True))
        self.size = sizes
        self.n = ends[-1]
        self.graph = graph_of(
            p, [*region.edges, *(region.links if slack else ())], region.label.tolist()
        )
        self.rows: list[csr_array] = []
        self.low: list[FloatArray] = []
        self.high: list[FloatArray] = []
        self._rules()
        self.upper = np.full(self.n, np.inf)
        self.upper[: self.at["v"]] = 1
        self.upper[self.at["link"] :] = 1
        if not slack:
            able = region.road | ~region.road.any(axis=0)
            self.upper[: t * p] = able.ravel()

    # -- the model ---------------------------------------------------------------------------

    def _add(
        self,
        row: npt.ArrayLike,
        column: npt.ArrayLike,
        value: npt.ArrayLike,
        low: npt.ArrayLike,
        high: npt.ArrayLike,
        count: int,
    ) -> None:
        row, column, value = np.broadcast_arrays(row, column, value)
        entries = (value.ravel().astype(float), (row.ravel(), column.ravel()))
        self.rows.append(csr_array(coo_array(entries, shape=(count, self.n))))
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), count))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), count))

    def _rules(self) -> None:
        region, at = self.region, self.at
        t, p = region.cost.shape
        team, pcn = np.indices((t, p))
        x = team * p + pcn
        which = np.searchsorted(self.labels, region.label)
        z = at["z"] + team * len(self.labels) + which[pcn]
        # each PCN in one group; a group is its team's, inside one label
        self._add(pcn, x, 1, 1, 1, p)
        ones = np.ones(t * p)
        self._add(
            np.r_[x.ravel(), x.ravel()],
            np.r_[x.ravel(), z.ravel()],
            np.r_[ones, -ones],
            -np.inf,
            0,
            t * p,
        )
        own = np.repeat(np.arange(t), len(self.labels))
        group = at["z"] + np.arange(t * len(self.labels))
        self._add(own, group, 1, 0, 1, t)
        self._people(team, x, own, group)
        if region.supply is not None:
            self._vacancies(team, x)
        if not self.slack:
            self._company(x)
        self._locks(x)
        if self.size["link"]:
            i, j = np.array(region.links).T
            k = np.arange(t)[:, None] * len(i) + np.arange(len(i))
            base = np.arange(t)[:, None] * p
            self._add(
                np.stack([k, k, k]),
                np.stack([base + i, base + j, at["link"] + k]),
                np.array([1, 1, -1])[:, None, None],
                -np.inf,
                1,
                k.size,
            )

    def _people(self, team: IntArray, x: IntArray, own: IntArray, group: IntArray) -> None:
        region, at, t = self.region, self.at, len(self.region.cost)
        people = np.broadcast_to(region.population / PEOPLE, x.shape).ravel()
        each = np.arange(t)
        for slack, sign, bound in (("short", 1, region.low), ("over", -1, region.high)):
            if bound is None:
                continue
            parts = [
                (team.ravel(), x.ravel(), sign * people),
                (own, group, np.full(len(own), -sign * bound / PEOPLE)),
            ]
            if self.size[slack]:
                parts.append((each, at[slack] + each, np.ones(t)))
            row, column, value = (np.concatenate(part) for part in zip(*parts, strict=True))
            self._add(row, column, value, 0, np.inf, t)

    def _vacancies(self, team: IntArray, x: IntArray) -> None:
        region, t = self.region, len(self.region.cost)
        assert region.supply is not None
        each, load = np.arange(t), region.load.ravel() / WTE_SCALE
        widths = [float(width) for width in tier_widths(region.policy)]
        tiers = [self.at["v"] + k * t + each for k in range(len(widths))]
        # all tiers together hold what the group lacks
        self._add(
            np.r_[team.ravel(), np.tile(each, len(tiers))],
            np.r_[x.ravel(), np.concatenate(tiers)],
            np.r_[-load, np.ones(t * len(tiers))],
            -region.supply / WTE_SCALE,
            np.inf,
            t,
        )
        for width, tier in zip(widths[:-1], tiers[:-1], strict=True):
            self._add(
                np.r_[team.ravel(), each],
                np.r_[x.ravel(), tier],
                np.r_[-width * load, np.ones(t)],
                -np.inf,
                0,
                t,
            )

    def _locks(self, x: IntArray) -> None:
        """A PCN is with each team as much as the one it is locked to; each lock may give way."""
        for k, (kind, (a, b)) in enumerate(self.region.locks.each()):
            most = 0
            if kind == "together":
                # both ways round: neither is more with a team than the other
                terms = [(np.r_[x[:, a], x[:, b]], 1.0), (np.r_[x[:, b], x[:, a]], -1.0)]
            elif kind == "apart":
                terms, most = [(x[:, a], 1.0), (x[:, b], 1.0)], 1
            else:
                terms = [(np.delete(x[:, a], b), 1.0)]
            count = len(terms[0][0])
            if self.size["lock"]:
                terms.append((np.full(count, self.at["lock"] + k), -1.0))
            column = np.stack([at for at, _ in terms])
            value = np.array([sign for _, sign in terms])[:, None]
            self._add(np.arange(count), column, value, -np.inf, most, count)

    def _company(self, x: IntArray) -> None:
        """A PCN too small to be a group has a neighbour in its group."""
        small = np.flatnonzero(self.region.population < self.region.low)
        pairs = [(k, int(p), q) for k, p in enumerate(small) for q in sorted(self.graph[int(p)])]
        for team in range(len(x)):
            row = [k for k, _, _ in pairs] + list(range(len(small)))
            column = [x[team, q] for _, _, q in pairs] + x[team, small].tolist()
            value = [-1.0] * len(pairs) + [1.0] * len(small)
            self._add(row, column, value, -np.inf, 0, len(small))

    # -- the search --------------------------------------------------------------------------

    def relaxed(self) -> tuple[FloatArray, float] | None:
        """(P,) dual prices of the PCNs and value of the linear relaxation; None without one."""
        low, high = np.concatenate(self.low), np.concatenate(self.high)
        rows = vstack(self.rows, format="csr")
        equal, under = low == high, (low < high) & np.isfinite(low)
        over = (low < high) & np.isfinite(high)
        found = linprog(
            self.weights("cost"),
            A_ub=vstack([rows[over], -rows[under]]),
            b_ub=np.concatenate([high[over], -low[under]]),
            A_eq=rows[equal],
            b_eq=low[equal],
            bounds=np.column_stack([np.zeros(self.n), self.upper]),
            method="highs",
        )
        # each PCN's row stands first
        return (found.eqlin.marginals, float(found.fun)) if found.status == 0 else None

    def matters(self, rule: str) -> bool:
        """Whether a rule can be broken at all."""
        road = self.region.road
        return {
            "road": bool((~road & road.any(axis=0)).any()),
            "people": True,
            "links": self.size["link"] > 0,
            "locks": self.size["lock"] > 0,
        }[rule]

    def weights(self, rule: str) -> FloatArray:
        """(n,) objective of one stage; people in thousands, cost in minutes x WTE."""
        region, at, size = self.region, self.at, self.size
        c = np.zeros(self.n)
        if rule == "road":
            c[: size["x"]] = (~region.road & region.road.any(axis=0)).ravel()
        elif rule == "people":
            c[at["short"] : at["link"]] = 1
        elif rule == "links":
            c[at["link"] : at["lock"]] = 1
        elif rule == "locks":
            c[at["lock"] :] = 1
        elif rule == "unmet":
            c[: size["x"]] = np.where(region.road, 0.0, region.demand / WTE_SCALE).ravel()
            c[at["v"] : at["short"]] = 1
        else:
            c[: size["x"]] = region.cost.ravel() / COST_SCALE
            if size["v"]:
                prices = tier_prices(region.policy) * (WTE_SCALE / COST_SCALE)
                c[at["v"] : at["short"]] = np.repeat(prices, len(region.cost))
        return c

    def cap(self, rule: str, value: int) -> None:
        """Hold a stage's result for the stages after it; half a unit leaves room to the floats."""
        c = self.weights(rule)
        at = np.flatnonzero(c)
        scale = _SCALE.get(rule, 1)
        self._add(np.zeros(len(at), int), at, c[at], -np.inf, (value + 0.4) / scale, 1)

    def forbid(self, pairs: BoolArray) -> None:
        """Rule out (T, P) pairs of a team and a PCN, whatever else gives way."""
        x = slice(0, self.size["x"])
        self.upper[x] = np.minimum(self.upper[x], ~pairs.ravel())

    def value(self, rule: str, owner: IntArray) -> int:
        """What a stage minimises, in whole people, PCNs, links or units."""
        region = self.region
        return region.objective(owner) if rule == "cost" else region.broken(owner)[rule]

    def minimise(self, rule: str) -> _Answer | None:
        """Best answer of one stage whose groups hang together; None where there is none."""
        bound, gap, left, rows = 0, ROUGH, ALL_NODES, 0
        found: _Answer | None = None
        scale = _SCALE.get(rule, 1)
        for _ in range(ROUND_LIMIT):
            result = self._milp(rule, gap, min(left, NODE_LIMIT))
            if result.status == 2:
                self.exhausted = True
                return None
            if result.x is None:
                break
            left -= max(1, int(result.mip_node_count or 0))
            rows += sum(one.shape[0] for one in self.rows)
            if self.region.locks and rows > LOCKED_ROWS:
                left = 0
            if np.isfinite(result.mip_dual_bound):
                bound = max(bound, math.floor(result.mip_dual_bound * scale * (1 - 1e-9)))
            owner = self._owner(result.x)
            cuts = self._broken(owner)
            for a, b, between in cuts:
                self._cut(a, b, between)
            if cuts and left > 0:
                continue
            if cuts:
                break
            value = self.value(rule, owner)
            if value <= bound or (result.status == 0 and not gap):
                # what the solver calls best is best to a millionth; the rest is its floats
                if abs(value - result.fun * scale) > 1 + 1e-6 * abs(value):
                    raise ModelError(
                        f"{self.region.name}: {rule} is {value}, the solver said "
                        f"{result.fun * scale:.1f}"
                    )
                return _Answer(owner, value, value)
            if found is None or value < found.value:
                found = _Answer(owner, value, 0)
            if not gap or left <= 0:
                break
            # whole at last: from here on the search is for the best
            gap = 0.0
        # out of nodes: the best whole answer so far, beside what is proven of all of them
        return found and _Answer(found.owner, found.value, min(bound, found.value))

    def _owner(self, x: FloatArray) -> IntArray:
        t, p = self.region.cost.shape
        return x[: t * p].reshape(t, p).argmax(axis=0).astype(np.int64)

    def _broken(self, owner: IntArray) -> list[Cut]:
        people = self.region.population
        groups = [np.flatnonzero(owner == t).tolist() for t in sorted(set(owner.tolist()))]
        cuts = [cut for group in groups for cut in separators(self.graph, group, people)]
        if self.region.locks:
            # locks draw groups out, and so pieces come up one after the other: cut off all at once
            cuts = [(other, b, cut) for a, b, cut in cuts for other in beyond(self.graph, a, cut)]
        return list(dict.fromkeys(cuts))

    def _cut(self, a: int, b: int, between: Sequence[int]) -> None:
        t, p = self.region.cost.shape
        column = np.array([a, b, *between])
        value = np.array([1.0, 1.0, *[-1.0] * len(between)])
        team = np.arange(t)[:, None]
        self._add(team, team * p + column, value, -np.inf, 1, t)

    def _milp(self, rule: str, gap: float, nodes: int) -> OptimizeResult:
        integral = np.zeros(self.n)
        integral[: self.at["v"]] = 1
        rows = vstack(self.rows, format="csr")
        within = LinearConstraint(rows, np.concatenate(self.low), np.concatenate(self.high))
        with quiet():
            return milp(
                self.weights(rule),
                integrality=integral,
                bounds=Bounds(0, self.upper),
                constraints=within,
                options={"node_limit": nodes, "mip_rel_gap": gap},
            )


#: how many whole units a stage's objective counts as 1
_SCALE = {"cost": COST_SCALE, "people": PEOPLE, "unmet": WTE_SCALE}


def _whole(region: Region) -> IntArray:
    """Each label with one team, at least cost: whole groups, whatever their size."""
    labels = sorted(set(region.label.tolist()))
    cost = np.array([region.cost[:, region.label == one].sum(axis=1) for one in labels])
    row, team = linear_sum_assignment(cost)
    owner = np.zeros(region.cost.shape[1], dtype=np.int64)
    for k, t in zip(row, team, strict=True):
        owner[region.label == labels[k]] = t
    return owner
