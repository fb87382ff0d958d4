"""One system's PCNs and teams as the model of Levels 2 and 3 needs them, and its answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from footprint.allocation.contiguity import Edge
from footprint.allocation.locks import Locked
from footprint.allocation.problem import IntArray
from footprint.allocation.solution import vacancy_cost
from footprint.policy import Policy

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Region:
    """
    One system's PCNs and teams, as the model needs them; T teams, P PCNs.

    Parameters
    ----------
    name
        For messages of errors.
    cost
        (T, P) units that it costs when the PCN is in the team's group, vacancies apart.
    load
        (T, P) WTE hundredths that the PCN then asks of the team.
    road
        (T, P) whether there is a road.
    supply
        (T,) WTE hundredths; None for sites, which lack no staff.
    population
        (P,) patients.
    low, high
        Bounds of a group's population; ``high`` None where there is none.
    edges, links
        Adjacency; what joins the pieces of a map that is cut off, used only where nothing else
        helps.
    label
        (P,) what no group may span.
    policy
        Tiers of vacancies.
    locks
        What the user holds fast: kept before every other rule.
    """

    name: str
    cost: IntArray
    load: IntArray
    road: BoolArray
    supply: IntArray | None
    population: IntArray
    low: int
    high: int | None
    edges: tuple[Edge, ...]
    links: tuple[Edge, ...]
    label: IntArray
    policy: Policy
    locks: Locked = field(default_factory=Locked)

    def objective(self, owner: IntArray) -> int:
        """Cost in units of a partition, in whole numbers from its own definition."""
        here = (owner, np.arange(len(owner)))
        return int(self.cost[here].sum()) + sum(self.vacancy(owner, t) for t in set(owner.tolist()))

    def vacancy(self, owner: IntArray, team: int) -> int:
        """Price in units of what the team's group lacks."""
        if self.supply is None:
            return 0
        load = int(self.load[team, owner == team].sum())
        return vacancy_cost(max(0, load - int(self.supply[team])), load, self.policy)

    def short(self, owner: IntArray) -> dict[int, int]:
        """People missing from groups, by team."""
        return self._groups(owner, lambda people: self.low - people)

    def over(self, owner: IntArray) -> dict[int, int]:
        """People above what groups may hold, by team; a group may be short as well."""
        high = self.high
        return {} if high is None else self._groups(owner, lambda people: people - high)

    def _groups(self, owner: IntArray, wrong: Callable[[int], int]) -> dict[int, int]:
        teams = sorted(set(owner.tolist()))
        found = {team: wrong(int(self.population[owner == team].sum())) for team in teams}
        return {team: people for team, people in found.items() if people > 0}

    def roadless(self, owner: IntArray) -> IntArray:
        """PCNs whose team has no road to them though another team has."""
        none = ~self.road[owner, np.arange(len(owner))]
        return np.flatnonzero(none & self.road.any(axis=0))

    @property
    def demand(self) -> IntArray:
        """(P,) WTE hundredths that each PCN needs."""
        return np.asarray(self.load.max(axis=0))

    def unmet(self, owner: IntArray) -> int:
        """WTE hundredths that stay without staff; 0 around sites, which lack none."""
        if self.supply is None:
            return 0
        here = np.arange(len(owner))
        load = np.bincount(owner, self.load[owner, here], len(self.supply)).astype(np.int64)
        vacant = self.demand[~self.road[owner, here]]
        return int(np.maximum(load - self.supply, 0).sum() + vacant.sum())

    def with_teams(self, teams: IntArray) -> Region:
        """Return the region with some of its teams, those that a lock names among them."""
        place = {int(team): k for k, team in enumerate(teams)}
        base = tuple((pcn, place[team]) for pcn, team in self.locks.base)
        return replace(
            self,
            cost=self.cost[teams],
            load=self.load[teams],
            road=self.road[teams],
            supply=None if self.supply is None else self.supply[teams],
            locks=replace(self.locks, base=base),
        )

    def broken(self, owner: IntArray) -> dict[str, int]:
        """How far a partition breaks each rule that may give way, what gives way last first."""
        return {
            "locks": len(self.locks.broken(owner.tolist())),
            "road": len(self.roadless(owner)),
            "people": sum(self.short(owner).values()) + sum(self.over(owner).values()),
            "links": sum(bool(owner[a] == owner[b]) for a, b in self.links),
        }


@dataclass(frozen=True, eq=False)
class Partition:
    """
    A region's answer.

    Parameters
    ----------
    owner
        (P,) team of each PCN.
    objective, bound
        Units: its cost, and a bound on that of every answer that breaks as little.
    strict
        Whether every rule is kept.
    certain
        Whether it is proven that an answer that is not strict could not be.
    """

    owner: IntArray
    objective: int
    bound: int
    strict: bool
    certain: bool
