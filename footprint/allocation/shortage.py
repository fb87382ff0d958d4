"""Why posts stay empty at Level 1: the PCNs that need more than the bases in reach hold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.graph.python import max_flow
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from footprint.allocation.problem import IntArray, Problem
from footprint.errors import ModelError


@dataclass(frozen=True)
class Shortage:
    """
    PCNs that no arrangement can staff in full: their demand is above all that can reach them.

    Parameters
    ----------
    pcns
        Positions of the PCNs, ascending.
    teams
        Positions of the teams within the travel limit of any of them.
    demand, within_reach
        WTE hundredths: what they need, and what those teams hold with what other teams, beyond
        the limit, have there today.
    beyond
        What of ``within_reach`` these other teams have.
    """

    pcns: tuple[int, ...]
    teams: tuple[int, ...]
    demand: int
    within_reach: int
    beyond: int

    @property
    def short(self) -> int:
        """WTE hundredths that must stay empty."""
        return self.demand - self.within_reach


def shortages(problem: Problem) -> tuple[Shortage, ...]:
    """
    Find where staff cannot suffice, whatever the prices, by maximum flow and minimum cut.

    The smallest minimum cut holds exactly the PCNs that can be short in an arrangement that fills
    as much as can be filled (max-flow min-cut; Hall's condition for shared staff). Those that
    share no team are told apart.

    Parameters
    ----------
    problem
        A Level 1 service.

    Returns
    -------
    shortages
        One per connected set of PCNs, in order of their first PCN; empty where staff suffice.
    """
    t, p = problem.minutes.shape
    road = np.isfinite(problem.minutes)
    within = (
        road
        & (problem.minutes <= problem.max_minutes)
        & (problem.supply[:, None] > 0)
        & (problem.demand > 0)
    )
    stays = (problem.today > 0) & road & ~within & (problem.demand > 0)
    everything = int(problem.supply.sum()) + int(problem.demand.sum()) + 1
    capacity = np.where(within, everything, np.where(stays, problem.today, 0))
    team, pcn = np.nonzero(capacity)
    flow, unmet = _maximum(problem, team, pcn, capacity[team, pcn])
    if not unmet.any():
        return ()

    # what can still lead to an unfilled post: a PCN, each team that reaches it, each PCN that
    # such a team serves
    open_arc = flow < capacity[team, pcn]
    short_pcn, short_team = unmet > 0, np.zeros(t, dtype=bool)
    while True:
        more_team = short_team.copy()
        np.logical_or.at(more_team, team[open_arc], short_pcn[pcn[open_arc]])
        more_pcn = short_pcn.copy()
        np.logical_or.at(more_pcn, pcn[flow > 0], more_team[team[flow > 0]])
        if (more_team == short_team).all() and (more_pcn == short_pcn).all():
            break
        short_team, short_pcn = more_team, more_pcn

    inside = short_pcn[pcn] & short_team[team]
    graph = coo_array(
        (np.ones(int(inside.sum())), (team[inside], t + pcn[inside])), shape=(t + p, t + p)
    )
    label = connected_components(graph, directed=False)[1]
    found = []
    for one in sorted(set(label[t:][short_pcn].tolist()), key=lambda k: _first(label[t:], k)):
        pcns = np.flatnonzero(short_pcn & (label[t:] == one))
        teams = np.flatnonzero(short_team & (label[:t] == one))
        others = np.isin(pcn, pcns) & ~np.isin(team, teams)
        held = int(problem.supply[teams].sum()) + int(capacity[team, pcn][others].sum())
        # of those in the cut some may only stay, and so do not come from within the limit
        near = teams[within[np.ix_(teams, pcns)].any(axis=1)]
        shortage = Shortage(
            pcns=tuple(pcns.tolist()),
            teams=tuple(near.tolist()),
            demand=int(problem.demand[pcns].sum()),
            within_reach=held,
            beyond=held - int(problem.supply[near].sum()),
        )
        if shortage.short != int(unmet[pcns].sum()):
            raise ModelError(f"{problem.service_id}: a shortage is not the cut that proves it")
        found.append(shortage)
    return tuple(found)


def _first(label: IntArray, one: int) -> int:
    return int(np.flatnonzero(label == one)[0])


def _maximum(
    problem: Problem, team: IntArray, pcn: IntArray, capacity: IntArray
) -> tuple[IntArray, IntArray]:
    """Flow on each pair and (P,) demand that it leaves unfilled."""
    if not len(team):
        return np.zeros(0, dtype=np.int64), problem.demand.copy()
    t, p = problem.minutes.shape
    source, sink = t + p, t + p + 1
    solver = max_flow.SimpleMaxFlow()
    solver.add_arcs_with_capacity(np.full(t, source), np.arange(t), problem.supply)
    arcs = solver.add_arcs_with_capacity(team, t + pcn, capacity)
    solver.add_arcs_with_capacity(t + np.arange(p), np.full(p, sink), problem.demand)
    status = solver.solve(source, sink)
    if status != solver.OPTIMAL:
        raise ModelError(f"{problem.service_id}: the flow solver answered {status.name}")
    flow = np.asarray(solver.flows(arcs), dtype=np.int64)
    served = np.zeros(p, dtype=np.int64)
    np.add.at(served, pcn, flow)
    return flow, problem.demand - served
