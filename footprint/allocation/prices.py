"""What one more 0.01 WTE would cost at each PCN and save with each team, and by which moves."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from footprint.allocation.flow import FlowResult, solve
from footprint.allocation.network import margin_capacity
from footprint.allocation.problem import COST_SCALE, MINUTE_SCALE, WTE_SCALE, IntArray, Problem
from footprint.allocation.residual import Residual
from footprint.policy import Policy

#: spare: a team's idle staff; vacant: a post left empty, or one of them filled; covers: a team
#: takes work on at a PCN; leaves: a team gives work up there
Kind = Literal["spare", "vacant", "covers", "leaves"]


@dataclass(frozen=True)
class Step:
    """One link of a chain: what happens, by which team, at which PCN (codes; "" for neither)."""

    kind: Kind
    team: str = ""
    pcn: str = ""


@dataclass(frozen=True)
class Price:
    """
    The price of the next 0.01 WTE of demand at a PCN.

    Parameters
    ----------
    pcn
        Code.
    minutes
        Minutes per WTE: what the objective grows by, exactly, per WTE of the next hundredth.
    chain
        From where the staff come to the PCN itself, in order.
    """

    pcn: str
    minutes: float
    chain: tuple[Step, ...]


@dataclass(frozen=True)
class Worth:
    """
    What more staff with a team would save.

    Parameters
    ----------
    team
        Code.
    minutes
        Minutes per WTE: what the objective falls by, exactly, per WTE of the next hundredth.
    whole
        Minutes x WTE that one whole WTE more saves, exactly; NaN where it was not worked out.
    chain
        Which moves the first hundredth sets off, from the team itself, in order.
    """

    team: str
    minutes: float
    whole: float
    chain: tuple[Step, ...]


def prices(result: FlowResult) -> tuple[Price, ...]:
    """
    Price the next 0.01 WTE of each PCN by the shortest path in the residual graph.

    Parameters
    ----------
    result
        A solved Level 1 service (or its "no change").

    Returns
    -------
    prices
        One per PCN, in the problem's order.
    """
    problem, net = result.problem, result.network
    residual = Residual.of(
        net.tail, net.head, margin_capacity(net), net.cost, result.flow, len(net.net)
    )
    distance, last = residual.paths(problem.service_id)
    found = []
    for p, code in enumerate(problem.pcns):
        node = 1 + net.teams + p
        chain = _chain(result, residual, last, node)
        # a PCN without demand has no arcs, and so no price
        minutes = float(distance[node]) / MINUTE_SCALE if chain else math.nan
        found.append(Price(code, minutes, tuple(reversed(chain))))
    return tuple(found)


def worths(
    result: FlowResult,
    problem: Problem,
    policy: Policy,
    *,
    leads: IntArray | None = None,
    most: int = 3,
) -> tuple[Worth, ...]:
    """
    Say what more staff would save, the teams where it saves most first.

    The first hundredth is worth the shortest path from the team in the residual graph; a whole WTE
    is worked out by solving again, for the first ``most`` teams.

    Parameters
    ----------
    result
        A solved Level 1 service.
    problem, policy, leads
        What it was solved from.
    most
        How many teams to work out.

    Returns
    -------
    worths
        Only teams with staff where more would save anything; ties in order of code.
    """
    net = result.network
    # the ways back: from where each node leads to the hub at least cost
    residual = Residual.of(
        net.head, net.tail, margin_capacity(net), net.cost, result.flow, len(net.net)
    )
    distance, last = residual.paths(problem.service_id)
    saved = -distance[1 : 1 + net.teams]
    found = []
    for team in np.argsort(-saved, kind="stable")[:most].tolist():
        if saved[team] <= 0:
            continue
        more = problem.supply.copy()
        more[team] += WTE_SCALE
        after = solve(dataclasses.replace(problem, supply=more), policy, leads=leads)
        whole = (result.cost.total - after.cost.total) / COST_SCALE
        found.append(
            Worth(
                problem.teams[team],
                float(saved[team]) / MINUTE_SCALE,
                whole,
                tuple(_chain(result, residual, last, 1 + team)),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.whole, one.team)))


def _chain(result: FlowResult, residual: Residual, last: IntArray, node: int) -> list[Step]:
    """Links of the cheapest path between a node and the hub, from the node."""
    chain: list[Step] = []
    while node != 0 and last[node] >= 0:
        chain.append(_step(result, int(residual.arc[last[node]])))
        node = int(residual.tail[last[node]])
    return chain


def _step(result: FlowResult, position: int) -> Step:
    problem, net = result.problem, result.network
    forward, arc = position >= 0, position if position >= 0 else -1 - position
    tail, head = int(net.tail[arc]), int(net.head[arc])
    if tail == 0:
        return Step("vacant", pcn=problem.pcns[head - 1 - net.teams])
    if head == 0:
        return Step("spare", team=problem.teams[tail - 1])
    return Step(
        "covers" if forward else "leaves",
        problem.teams[tail - 1],
        problem.pcns[head - 1 - net.teams],
    )
