"""
Level 1, the worst first: the longest journey as short as it can be, then the least cost.

Lexicographic: a bottleneck first, found by maximum flow (Edmonds and Fulkerson 1970), then the
same minimum-cost flow as ever, in which nobody drives farther.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from ortools.graph.python import max_flow

from footprint.allocation import flow
from footprint.allocation.problem import FloatArray, Problem
from footprint.errors import ModelError
from footprint.policy import Policy


@dataclasses.dataclass(frozen=True, eq=False)
class Limited:
    """
    A service in which nobody drives farther than needs be.

    Parameters
    ----------
    problem
        The service without the journeys that are longer than ``longest``.
    longest
        Minutes of the longest journey left: the least at which no more need stays unmet than
        without a limit.
    without
        Minutes of the longest journey of the cheapest arrangement, which has no such limit.
    """

    problem: Problem
    longest: float
    without: float


def limited(problem: Problem, policy: Policy) -> Limited:
    """
    Find the shortest limit on journeys that leaves no more need unmet.

    The limit holds for who moves and for who stays: a stay beyond it could be the worst of all.
    Below the service's own limit it is one of the minutes between a base and a PCN; beyond it,
    only where somebody who is there today cannot be replaced.

    Parameters
    ----------
    problem
        A Level 1 service.
    policy
        As for :func:`footprint.allocation.flow.solve`.

    Returns
    -------
    limited
        The service with only the journeys within the limit; give its ``problem`` to
        :func:`footprint.allocation.flow.solve`.

    Notes
    -----
    Staff that journeys of up to L minutes can place grow with L, so that binary search finds the
    least L at which they suffice. The cheapest arrangement under it may still leave a need unmet
    that another could meet, where filling it would cost more than leaving it: then the next
    longer limits are tried until no more is unmet than without one.
    """
    free = flow.solve(problem, policy)
    unmet = int(free.vacancies.sum())
    used = free.assigned > 0
    if not used.any():
        return Limited(problem, 0.0, 0.0)
    without = float(problem.minutes[used].max())
    steps = np.unique(problem.minutes[_usable(problem) & (problem.minutes <= without)])
    needed = int(problem.demand.sum()) - unmet
    # the first step that can place enough; the last can, as the cheapest arrangement shows
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        if placed(problem, float(steps[middle])) >= needed:
            high = middle
        else:
            low = middle + 1
    for longest in steps[low:]:
        within = _within(problem, float(longest))
        if int(flow.solve(within, policy).vacancies.sum()) <= unmet:
            return Limited(within, float(longest), without)
    # of answers that cost the same one may leave more unmet: then nothing is to be had
    return Limited(problem, without, without)


def placed(problem: Problem, longest: float) -> int:
    """Most WTE hundredths that journeys of up to ``longest`` minutes can place."""
    ways = _usable(problem) & (problem.minutes <= longest)
    team, pcn = np.nonzero(ways)
    if not len(team):
        return 0
    come = problem.minutes[team, pcn] <= problem.max_minutes
    capacity = np.where(come, problem.supply[team], problem.today[team, pcn])
    t, p = problem.minutes.shape
    source, sink = t + p, t + p + 1
    solver = max_flow.SimpleMaxFlow()
    solver.add_arcs_with_capacity(np.full(t, source), np.arange(t), problem.supply)
    solver.add_arcs_with_capacity(team, t + pcn, capacity)
    solver.add_arcs_with_capacity(t + np.arange(p), np.full(p, sink), problem.demand)
    status = solver.solve(source, sink)
    if status != solver.OPTIMAL:
        raise ModelError(f"{problem.service_id}: the flow solver answered {status.name}")
    return int(solver.optimal_flow())


def _usable(problem: Problem) -> np.ndarray:
    """(T, P) pairs where somebody may stay or come."""
    road = np.isfinite(problem.minutes) & (problem.demand > 0)
    come = (problem.minutes <= problem.max_minutes) & (problem.supply[:, None] > 0)
    return road & (come | (problem.today > 0))


def _within(problem: Problem, longest: float) -> Problem:
    minutes: FloatArray = np.where(problem.minutes <= longest, problem.minutes, np.inf)
    return dataclasses.replace(problem, minutes=minutes)
