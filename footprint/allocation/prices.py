"""What one more 0.01 WTE at each PCN would cost, and the chain of moves that would bring it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from footprint.allocation.flow import FlowResult, open_capacity
from footprint.allocation.problem import MINUTE_SCALE
from footprint.allocation.residual import Residual
from footprint.errors import ModelError

#: spare: a team's idle staff; vacant: a post left empty; covers: a team takes work on at a PCN;
#: leaves: a team gives work up there
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
    t = len(problem.teams)
    residual = Residual.of(
        net.tail, net.head, open_capacity(net), net.cost, result.flow, len(net.net)
    )
    distance, last = residual.paths(problem.service_id)
    surplus = net.parts["surplus"]

    def step(position: int) -> Step:
        arc = int(residual.arc[position])
        forward, arc = arc >= 0, arc if arc >= 0 else -1 - arc
        tail, head = int(net.tail[arc]), int(net.head[arc])
        if tail == 0 and forward:
            return Step("vacant", pcn=problem.pcns[head - 1 - t])
        if surplus.start <= arc < surplus.stop and not forward:
            return Step("spare", team=problem.teams[tail - 1])
        if tail == 0 or head == 0:
            raise ModelError(f"{problem.service_id}: a cheapest path comes back to the hub")
        return Step(
            "covers" if forward else "leaves", problem.teams[tail - 1], problem.pcns[head - 1 - t]
        )

    found = []
    for p, code in enumerate(problem.pcns):
        chain: list[Step] = []
        node = 1 + t + p
        while node != 0 and last[node] >= 0:
            chain.append(step(int(last[node])))
            node = int(residual.tail[last[node]])
        # a PCN without demand has no arcs, and so no price
        minutes = float(distance[1 + t + p]) / MINUTE_SCALE if chain else math.nan
        found.append(Price(code, minutes, tuple(reversed(chain))))
    return tuple(found)
