"""Where another team would do as well, or nearly: a choice for people, not for a solver."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footprint.allocation import lead_search
from footprint.allocation.flow import FlowResult
from footprint.allocation.lead import MOST_PAIRS, replaced, switches
from footprint.allocation.network import network
from footprint.allocation.problem import MINUTE_SCALE, IntArray, Problem
from footprint.policy import Policy

#: minutes per WTE of the PCN's need by which an arrangement may cost more and count as a near tie
NEAR_MINUTES = 0.5


@dataclass(frozen=True)
class NearTie:
    """
    A PCN that another team could serve alone at next to no more cost.

    Parameters
    ----------
    pcn, team, other
        Codes: the PCN, the team that serves it alone, the one that could.
    minutes
        What the whole arrangement would cost more, in minutes per WTE that the PCN needs.
    """

    pcn: str
    team: str
    other: str
    minutes: float


def near_ties(
    result: FlowResult, problem: Problem, policy: Policy, *, leads: IntArray | None = None
) -> tuple[NearTie, ...]:
    """
    Find the PCNs that another team could serve alone at next to no more cost.

    Every exchange is worked out in full: the PCN changes hands, all other lead teams stay, and the
    rest of the staff are shared out anew at least cost.

    Parameters
    ----------
    result
        A solved Level 1 service.
    problem, policy, leads
        What it was solved from; ``leads`` None where every team could serve every PCN.

    Returns
    -------
    near_ties
        One per PCN, with the team that costs least more (of equals the lower code), in the
        problem's order. Empty where there are more ways than
        :data:`footprint.allocation.lead.MOST_PAIRS`.
    """
    net = network(problem, policy)
    if int(lead_search.ways(net).sum()) > MOST_PAIRS:
        return ()
    alone = lead_search.sole(result.assigned)
    kept = np.full(net.pcns, -1) if leads is None else leads
    best: dict[int, tuple[float, int]] = {}
    for pcn, team in switches(net, alone):
        tried = lead_search.with_leads(net, replaced(kept, pcn, team), problem.service_id)
        if tried is None:
            continue
        # below 0 only where the arrangement is not proven to cost least
        more = max(0, tried.cost - result.cost.total)
        minutes = more / int(problem.demand[pcn]) / MINUTE_SCALE
        if minutes < NEAR_MINUTES:
            best[pcn] = min(best.get(pcn, (minutes, team)), (minutes, team))
    return tuple(
        NearTie(problem.pcns[pcn], problem.teams[alone[pcn]], problem.teams[team], minutes)
        for pcn, (minutes, team) in sorted(best.items())
    )
