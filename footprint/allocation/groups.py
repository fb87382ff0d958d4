"""What Levels 2 and 3 answer: groups of PCNs, who serves them, and what it costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from footprint.allocation.clauses import Clause, Names
from footprint.allocation.contiguity import Edge
from footprint.allocation.locks import Locked
from footprint.allocation.problem import WTE_SCALE, IntArray, Problem
from footprint.allocation.solution import Cost, status_words


@dataclass(frozen=True)
class Group:
    """
    PCNs that one team (or site) serves.

    Parameters
    ----------
    group_id
        The service's id and a number, in the order of each group's lowest PCN code.
    team
        Position of the team; -1 where nobody can serve these PCNs.
    pcns
        Positions of its PCNs, ascending.
    population
        Patients; ``outside`` is how many it is short of the bounds (below 0) or over them.
    demand, staff, vacancies
        WTE hundredths: what its PCNs need, what the team holds, what stays empty.
    links
        Pairs of its PCNs that are joined although the map cuts them off.
    roadless
        Its PCNs to which its team has no road: nobody is sent there.
    """

    group_id: str
    team: int
    pcns: tuple[int, ...]
    population: int
    outside: int
    demand: int
    staff: int
    vacancies: int
    links: tuple[Edge, ...]
    roadless: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Limit:
    """
    How far the farthest PCN is from the base of its group, where that comes first.

    Parameters
    ----------
    longest, bound
        Its minutes, and a lower bound on those of every answer that breaks as few rules.
    free
        The groups by cost alone.
    unmet
        WTE hundredths that these leave unmet, by system; under "" where groups may cross systems.
    """

    longest: float
    bound: float
    free: GroupResult
    unmet: Mapping[str, int]

    @property
    def settled(self) -> bool:
        """Whether it is proven that no shorter limit would do."""
        return self.bound >= self.longest

    def claims(self) -> dict[str, Any]:
        """Return what the run says of it; minutes, minutes x WTE and WTE."""
        gap = (self.longest - self.bound) / self.longest if self.longest else 0.0
        return {
            "longest_minutes": self.longest,
            "longest_bound": self.bound,
            "longest_gap": gap,
            "by_cost": {
                "longest_minutes": self.free.farthest,
                "objective": self.free.objective_minutes,
                "unmet": {code: short / WTE_SCALE for code, short in self.unmet.items()},
            },
        }


@dataclass(frozen=True, eq=False)
class GroupResult:
    """
    Groups of a Level 2 or 3 service, what they cost, and how good they are.

    Parameters
    ----------
    problem
        What was solved.
    team_of
        (P,) position of each PCN's team; -1 where its system has none, or none with a road to it.
    groups
        In order of their lowest PCN code; PCNs without a team are groups too, by where they adjoin.
    assigned, moved
        (T, P) WTE hundredths of each team at each PCN, and what of it is above today's.
    vacancies, surplus
        (P,) and (T,) WTE hundredths without staff, and without work.
    cost
        By parts; ``cost.total`` is the objective in units. Travel is of the WTE demanded, minutes
        beyond the limit twice; moves are of demand above what the team has there today.
    bound
        Lower bound in units on every answer that breaks as few rules.
    today
        Today's arrangement on the same terms; None for sites. See :func:`today`.
    broken
        Rules that could not be kept, as clauses.
    unkept
        Locks that could not be kept.
    cut_off_systems
        Systems with PCNs but no team.
    nested
        False where ``within`` was asked for and could not be kept.
    status
        "proven best", "within x% of best", "best found" or "cannot be met because ...", with codes.
    limit
        How far the farthest PCN is, where that was made short first.
    """

    problem: Problem
    team_of: IntArray
    groups: tuple[Group, ...]
    assigned: IntArray
    moved: IntArray
    vacancies: IntArray
    surplus: IntArray
    cost: Cost
    bound: int
    today: Cost | None
    broken: tuple[Clause, ...]
    unkept: Locked
    cut_off_systems: tuple[str, ...]
    nested: bool
    status: str
    limit: Limit | None = None

    def told(self, *, teams: Names, pcns: Names) -> str:
        """Tell the status by name."""
        clauses = [clause.told(pcns, teams) for clause in self.broken]
        settled = self.limit is None or self.limit.settled
        return status_words(self.objective, self.bound, clauses, settled=settled)

    @property
    def reach(self) -> Problem:
        """The problem without the pairs beyond the limit, where there is one."""
        if self.limit is None:
            return self.problem
        minutes = self.problem.minutes
        return replace(
            self.problem, minutes=np.where(minutes <= self.limit.longest, minutes, np.inf)
        )

    @property
    def farthest(self) -> float:
        """Minutes of the farthest PCN from the base of its group; 0 where none has a road."""
        served = np.flatnonzero(self.team_of >= 0)
        minutes = self.problem.minutes[self.team_of[served], served]
        return float(minutes[np.isfinite(minutes)].max(initial=0.0))

    @property
    def objective(self) -> int:
        """Total cost in units."""
        return self.cost.total

    @property
    def objective_minutes(self) -> float:
        """Total cost in minutes x WTE."""
        return self.cost.minutes

    @property
    def gap(self) -> float:
        """Share of the objective that is not proven."""
        return (self.objective - self.bound) / max(self.objective, 1)
