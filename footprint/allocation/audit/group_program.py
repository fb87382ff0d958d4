"""Groups as a program of the audit's own: PCNs to teams, a flow that keeps each group whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import optimize, sparse

from footprint.allocation.audit.case import Case
from footprint.allocation.audit.costs import NEVER, UNIT, prices

PEOPLE = 10_000  # people are counted in so many, which keeps the numbers near 1
PAIRS = 6_000  # pairs of PCN and team up to which the tighter rows are quick
NODES = 3_000  # nodes of a search: nodes, not seconds, so that the answer repeats


@dataclass(frozen=True)
class Part:
    """PCNs and teams that are judged together: positions, in order."""

    pcns: np.ndarray
    teams: np.ndarray


def whole(case: Case) -> Part:
    """Return all PCNs and teams."""
    return Part(np.arange(len(case.pcns)), np.arange(len(case.teams)))


def parts(case: Case) -> dict[str, Part]:
    """
    PCNs and teams by ICB, which no group crosses; all of them under "" where groups may.

    A team is its ICB's: the one to whose PCNs most of its journeys are.
    """
    inside = case.systems
    ways = np.array([(case.minutes[here] >= 0).sum(axis=0) for here in inside.values()])
    home = ways.argmax(axis=0)
    return {
        code: Part(np.flatnonzero(here), np.flatnonzero(home == k))
        for k, (code, here) in enumerate(inside.items())
    }


@dataclass(frozen=True)
class Found:
    """What became of a program: its least value, in minutes x WTE, where that was found."""

    status: Literal["found", "none", "open"]
    value: float = np.nan
    team: np.ndarray | None = None  # of each PCN of the part


def solved(
    case: Case,
    part: Part,
    pairs: np.ndarray,
    *,
    in_one_piece: bool = False,
    unmet: float | None = None,
    cost: bool = True,
) -> Found:
    """
    Serve PCNs by teams at least cost, populations kept.

    Parameters
    ----------
    case, part
        Whom.
    pairs
        Cost (n, t) of a PCN with a team in 0.0001 minutes x WTE; NEVER where it may not be.
    in_one_piece
        Whether PCNs are whole, each with one team, and groups hang together and lie inside one
        group of Level 3: a flow from one PCN of each group reaches the others through it.
        Otherwise shares will do, and that is a lower bound.
    unmet
        WTE hundredths that may stay without staff, no limit where None.
    cost
        Whether the cost counts; otherwise any answer will do.

    Returns
    -------
    found
        "none" where nothing meets the rules; "open" where the search came to its limit first. The
        tiers of vacancies are not rounded here.
    """
    return _Program(case, part, pairs, in_one_piece=in_one_piece).solve(unmet, cost=cost)


class _Program:
    """Variables: x of each pair, y (team used), a shortage per team and tier; then the flow's."""

    def __init__(self, case: Case, part: Part, pairs: np.ndarray, *, in_one_piece: bool) -> None:
        self.case, self.part, self.whole = case, part, in_one_piece
        self.pairs = pairs[np.ix_(part.pcns, part.teams)]
        self.i, self.t = np.nonzero(self.pairs < NEVER)
        self.count, self.teams, self.price = len(self.i), len(part.teams), prices(case.policy)
        self.v = self.count + self.teams
        self.base = self.v + self.teams * len(self.price)
        self.size = self.base
        self.rows: list[sparse.coo_array] = []
        self.limits: list[np.ndarray] = []
        if in_one_piece:
            self._places()
        self._rules()
        self._locks()
        if in_one_piece:
            self._pieces()

    def _at_most(self, entries: Sequence[tuple[Any, Any, Any]], right: np.ndarray) -> None:
        row, column, value = (
            np.concatenate([np.broadcast_to(e[k], np.shape(e[0])) for e in entries])
            for k in range(3)
        )
        self.rows.append(sparse.coo_array((value, (row, column)), shape=(len(right), self.size)))
        self.limits.append(right)

    def _rules(self) -> None:
        case, part, i, t, count, teams = (
            self.case, self.part, self.i, self.t, self.count, self.teams,
        )  # fmt: skip
        x, y, tiers = np.arange(count), count + np.arange(teams), len(self.price)
        every, none, one = np.arange(teams), np.zeros(teams), np.ones(count)
        people, by_pair = case.population[part.pcns][i] / PEOPLE, case.demand[part.pcns][i] / 100
        # a team that is used serves as many people as are needed, and no more than allowed
        need = np.full(teams, case.need / PEOPLE)
        self._at_most([(t, x, -people), (every, y, need)], none)
        if np.isfinite(case.most):
            most = np.full(teams, -case.most / PEOPLE)
            self._at_most([(t, x, people), (every, y, most)], none)
        # pair by pair is tighter; team by team keeps large ones quick
        if count <= PAIRS:
            self._at_most([(x, x, one), (x, count + t, -one)], np.zeros(count))
        else:
            pcns = np.full(teams, -float(len(part.pcns)))
            self._at_most([(t, x, one), (every, y, pcns)], none)
        v = self.v + every * tiers
        shortage = [(every, v + k, np.full(teams, -1.0)) for k in range(tiers)]
        self._at_most([(t, x, by_pair), *shortage], case.supply[part.teams] / 100)
        for k, share in enumerate(case.policy.vacancy_shares):
            filled = [(every, v + j, np.ones(teams)) for j in range(k + 1)]
            self._at_most([(t, x, -share * by_pair), *filled], none)

    def _locks(self) -> None:
        """As much with each team as the other, not both with one, with no team but the own."""
        case, i, t, teams = self.case, self.part.pcns[self.i], self.t, self.teams
        x, y = np.arange(self.count), self.count + np.arange(teams)
        every, none = np.arange(teams), np.zeros(teams)
        for a, b in case.together:
            for lesser, greater in ((i == a, i == b), (i == b, i == a)):
                self._at_most([(t[lesser], x[lesser], 1.0), (t[greater], x[greater], -1.0)], none)
        for a, b in case.apart:
            both = (i == a) | (i == b)
            self._at_most([(t[both], x[both], 1.0), (every, y, -1.0)], none)
        for p, own in case.base:
            others = (i == p) & (self.part.teams[t] != own)
            self._at_most([(t[others], x[others], 1.0)], none)

    def _places(self) -> None:
        """Columns of the flow: a start a pair, a flow each way a border and team, a frame."""
        place = np.full(self.pairs.shape, -1)
        place[self.i, self.t] = np.arange(self.count)
        at = {int(p): k for k, p in enumerate(self.part.pcns)}
        ends = [(at[a], at[b]) for a, b in sorted(self.case.graph.edges) if {a, b} <= at.keys()]
        a, b = np.array(ends, dtype=int).reshape(-1, 2).T
        tail, head = np.concatenate([a, b]), np.concatenate([b, a])
        self.start = self.size
        both = (place[tail] >= 0) & (place[head] >= 0)
        border, team = np.nonzero(both)
        # the pairs at both ends of each flow
        self.tail, self.head = place[tail[border], team], place[head[border], team]
        self.flow = self.start + self.count
        self.frames = sorted({*self.case.parent[self.part.pcns]} - {""})
        self.frame = self.flow + len(self.tail)
        self.size = self.frame + self.teams * len(self.frames)

    def _pieces(self) -> None:
        x, t, count = np.arange(self.count), self.t, self.count
        start, flow = self.start + x, self.flow + np.arange(len(self.tail))
        # as many as a team may have at all
        most = np.maximum(np.bincount(t, minlength=self.teams), 1).astype(float)
        # one start a team that is used, where it has a PCN
        every = np.arange(self.teams)
        self._at_most([(t, start, np.ones(count)), (every, count + every, -1.0)], 0.0 * most)
        self._at_most([(x, start, np.ones(count)), (x, x, -np.ones(count))], np.zeros(count))
        # each PCN of a group takes one of what comes in, but where it starts
        self._at_most(
            [(x, x, np.ones(count)), (x, start, -most[t]),
             (self.head, flow, -np.ones(len(flow))), (self.tail, flow, np.ones(len(flow)))],
            np.zeros(count),
        )  # fmt: skip
        # and passes on only what is meant for its own group
        each, room = np.arange(len(flow)), most[t[self.tail]]
        for end in (self.tail, self.head):
            self._at_most([(each, flow, 1.0), (each, end, -room)], np.zeros(len(flow)))
        if self.frames:
            label = self.case.parent[self.part.pcns][self.i]
            inside = np.flatnonzero(label != "")
            number = np.searchsorted(self.frames, label[inside].astype(str))
            z = self.frame + t[inside] * len(self.frames) + number
            row = np.arange(len(inside))
            self._at_most([(row, inside, 1.0), (row, z, -1.0)], np.zeros(len(inside)))
            own = np.repeat(every, len(self.frames))
            columns = self.frame + np.arange(len(own))
            self._at_most([(own, columns, 1.0)], np.ones(self.teams))

    def solve(self, unmet: float | None, *, cost: bool) -> Found:
        tiers, pcns = len(self.price), len(self.part.pcns)
        if unmet is not None:
            v = self.v + np.arange(self.teams * tiers)
            # half a hundredth leaves room to floats
            self._at_most([(np.zeros(len(v), dtype=int), v, 1.0)], np.array([unmet / 100 + 0.005]))
        one = np.ones(self.count)
        once = sparse.csr_array((one, (self.i, np.arange(self.count))), shape=(pcns, self.size))
        rows, limits = sparse.vstack(self.rows, format="csr"), np.concatenate(self.limits)
        upper = np.full(self.size, np.inf)
        upper[: self.v] = 1
        value = np.zeros(self.size)
        if cost:
            value[: self.count] = self.pairs[self.i, self.t] / UNIT
            value[self.v : self.base] = np.tile(self.price / 100, self.teams)
        if not self.whole:
            found = optimize.linprog(
                value,
                A_ub=rows,
                b_ub=limits,
                A_eq=once,
                b_eq=np.ones(pcns),
                bounds=np.column_stack([np.zeros(self.size), upper]),
                method="highs",
            )
            return Found("none") if found.status == 2 else Found("found", float(found.fun))
        upper[self.start : self.flow] = 1
        upper[self.frame :] = 1
        integral = np.zeros(self.size)
        integral[: self.v] = 1
        integral[self.start : self.flow] = 1
        integral[self.frame :] = 1
        result = optimize.milp(
            value,
            integrality=integral,
            bounds=optimize.Bounds(0, upper),
            constraints=[
                optimize.LinearConstraint(rows, -np.inf, limits),
                optimize.LinearConstraint(once, 1, 1),
            ],
            options={"mip_rel_gap": 0, "node_limit": NODES},
        )
        if result.status == 2:
            return Found("none")
        if result.status != 0:
            return Found("open")
        team = np.full(pcns, -1)
        chosen = np.flatnonzero(result.x[: self.count] > 0.5)
        team[self.i[chosen]] = self.part.teams[self.t[chosen]]
        return Found("found", float(result.fun), team)
