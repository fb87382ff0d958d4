"""What each PCN costs with each team at Levels 2 and 3, by parts, in whole units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footprint.allocation.problem import IntArray, Problem, cost_units
from footprint.allocation.region import BoolArray
from footprint.allocation.solution import tier_prices
from footprint.policy import Policy


@dataclass(frozen=True, eq=False)
class GroupCosts:
    """(T, P) units that each PCN costs with each team, by parts, and what it asks of the team."""

    travel: IntArray
    moves: IntArray
    vacancy: IntArray
    load: IntArray
    road: BoolArray

    @property
    def total(self) -> IntArray:
        """All parts, in units."""
        return self.travel + self.moves + self.vacancy


def group_costs(problem: Problem, policy: Policy, *, sites: bool = False) -> GroupCosts:
    """
    Price each PCN with each team, what the team's group may lack apart.

    Parameters
    ----------
    problem, policy
        A Level 2 or 3 service.
    sites
        Whether its teams are candidate sites, which have nobody to move.
    """
    road = np.isfinite(problem.minutes)
    load = np.where(road, problem.demand, 0)
    new = np.maximum(load - problem.today, 0) * int(not sites)
    return GroupCosts(
        travel=load * minute_units(problem),
        moves=new * int(cost_units(policy.move_price)),
        vacancy=np.where(road, 0, problem.demand * int(tier_prices(policy)[-1])),
        load=load,
        road=road,
    )


def minute_units(problem: Problem) -> IntArray:
    """(T, P) units per hundredth, minutes beyond the limit twice; 0 where there is no road."""
    minutes = np.where(np.isfinite(problem.minutes), problem.minutes, 0.0)
    return cost_units(minutes) + cost_units(np.maximum(minutes - problem.max_minutes, 0.0))


def most_people(problem: Problem, *, sites: bool) -> int | None:
    """Patients that a group may have; twice the need around sites; None where there is no limit."""
    if sites and problem.max_population is None:
        return 2 * problem.population_needed
    return problem.max_population
