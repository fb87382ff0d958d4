"""Which PCNs could as well be in a neighbouring group: a choice for people, not for a solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import networkx as nx
import numpy as np

from footprint.allocation.contiguity import graph_of
from footprint.allocation.group_costs import group_costs, most_people
from footprint.allocation.near_ties import NEAR_MINUTES, NearTie
from footprint.allocation.problem import MINUTE_SCALE, IntArray, Problem
from footprint.allocation.solution import vacancy_cost
from footprint.policy import Policy


def near_groups(
    problem: Problem,
    policy: Policy,
    team_of: IntArray,
    *,
    within: Sequence[object] | None = None,
    sites: bool = False,
) -> tuple[NearTie, ...]:
    """
    Find the PCNs that could as well be in a group they adjoin, at next to no more cost.

    One PCN changes its group, all others stay. Both groups still hang together over borders and
    hold populations within bounds, the other team has a road, and every other rule is kept: locks,
    systems, Level 3's groups. What the whole arrangement then costs more is exact; as at Level 1,
    below :data:`footprint.allocation.near_ties.NEAR_MINUTES` per WTE of the PCN's need is near.

    Parameters
    ----------
    problem, policy
        A Level 2 or 3 service.
    team_of
        (P,) team of each PCN, -1 for none.
    within
        (P,) labels that no group may span; None where there are none.
    sites
        Whether its teams are candidate sites.

    Returns
    -------
    near_ties
        One per PCN, with the team that costs least more (of equals the lower code), in the
        problem's order. PCNs that need nobody have none.
    """
    plan = _Plan(problem, policy, team_of, within, sites=sites)
    found = []
    for p in range(len(problem.pcns)):
        ways = [(plan.more(p, t), t) for t in plan.takers(p)]
        if not ways:
            continue
        # below 0 only where the arrangement is not proven to cost least
        more, team = min((max(0, units), t) for units, t in ways)
        minutes = more / int(problem.demand[p]) / MINUTE_SCALE
        if minutes < NEAR_MINUTES:
            own = problem.teams[int(team_of[p])]
            found.append(NearTie(problem.pcns[p], own, problem.teams[team], minutes))
    return tuple(found)


@dataclass(eq=False)
class _Plan:
    """Groups as they are, and what it takes to move one PCN."""

    problem: Problem
    policy: Policy
    team_of: IntArray
    within: Sequence[object] | None
    sites: bool = field(kw_only=True)

    def __post_init__(self) -> None:
        problem = self.problem
        self.graph = graph_of(len(problem.pcns), problem.edges)
        costs = group_costs(problem, self.policy, sites=self.sites)
        self.cost, self.load, self.road = costs.total, costs.load, costs.road
        self.high = most_people(problem, sites=self.sites)
        self.members = {
            int(t): np.flatnonzero(self.team_of == t).tolist()
            for t in np.unique(self.team_of[self.team_of >= 0])
        }
        self.whole, self.hinges = set(), set()
        for team, members in self.members.items():
            part = self.graph.subgraph(members)
            if nx.is_connected(part):
                self.whole.add(team)
                self.hinges |= set(nx.articulation_points(part))
        locks = problem.locks
        self.held = {p for pair in locks.together for p in pair} | {p for p, _ in locks.base}

    def takers(self, p: int) -> list[int]:
        """Teams whose groups could take the PCN from its own."""
        giver = int(self.team_of[p])
        if (
            giver not in self.whole
            or p in self.hinges
            or p in self.held
            or not self.problem.demand[p]
            or not self._fits(giver, -int(self.problem.population[p]))
        ):
            return []
        near = {int(self.team_of[q]) for q in self.graph[p]} - {giver}
        return [t for t in sorted(near & self.whole) if self._may(p, t)]

    def _may(self, p: int, taker: int) -> bool:
        problem = self.problem
        apart = {b if a == p else a for a, b in problem.locks.apart if p in (a, b)}
        return (
            bool(self.road[taker, p])
            and not apart & set(self.members[taker])
            and self._fits(taker, int(problem.population[p]))
            and (self.policy.cross_icb or problem.team_system[taker] == problem.system[p])
            and self._one_label([p, *self.members[taker]])
        )

    def _one_label(self, pcns: Sequence[int]) -> bool:
        return self.within is None or len({str(self.within[p]) for p in pcns}) == 1

    def _fits(self, team: int, more: int) -> bool:
        people = int(self.problem.population[self.members[team]].sum()) + more
        # the last PCN of a group takes the group with it
        return max(self.problem.population_needed, 1) <= people and (
            self.high is None or people <= self.high
        )

    def more(self, p: int, taker: int) -> int:
        """What the whole costs more, in units, with the PCN in another team's group."""
        giver = int(self.team_of[p])
        left = [q for q in self.members[giver] if q != p]
        vacant = self._vacant(giver, left) - self._vacant(giver, self.members[giver])
        vacant += self._vacant(taker, [*self.members[taker], p])
        vacant -= self._vacant(taker, self.members[taker])
        return int(self.cost[taker, p] - self.cost[giver, p]) + vacant

    def _vacant(self, team: int, members: Sequence[int]) -> int:
        """Price of what a team lacks for a group."""
        if self.sites:
            return 0
        load = int(self.load[team, members].sum())
        return vacancy_cost(max(0, load - int(self.problem.supply[team])), load, self.policy)
