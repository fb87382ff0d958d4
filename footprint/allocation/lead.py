"""
Level 1, second stage: as many PCNs as possible with one lead team, at little more cost.

Lexicographic: the cheapest flow first; then, among all arrangements that cost no more than a share
above it, and no more than today, one with the most PCNs that a team serves alone; of these the one
that costs least; of equals the one with lower codes.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from footprint.allocation import lead_program, lead_search
from footprint.allocation.flow import FlowResult
from footprint.allocation.flow import solve as solve_flow
from footprint.allocation.lead_search import Found
from footprint.allocation.network import Network, network
from footprint.allocation.problem import IntArray, Problem
from footprint.allocation.solution import status_words
from footprint.errors import ModelError
from footprint.policy import Policy

#: ways from teams to PCNs above which no proof is tried
MOST_PAIRS = 600
#: pairs of a team and a PCN that it could lead, above which no proof is tried
MOST_BINARIES = 80


@dataclass(frozen=True, eq=False)
class LeadResult:
    """
    The arrangement with most PCNs that have one team, beside the cheapest.

    Parameters
    ----------
    plan
        Who works where; its bound is the cheapest flow's cost, its prices and network those of
        the flow in which every lead team stays one.
    first
        The cheapest flow.
    cap
        Units that the plan may cost.
    leads
        (P,) position of the team that serves a PCN alone, -1 where several or none do.
    most
        PCNs that any arrangement within ``cap`` can have served so, at most; as many as the plan
        has where that is proven to be all.
    least
        Whether no arrangement with as many costs less, proven.
    nearly_today
        PCNs that one team serves today but for a small share (``policy.alignment_reach``).
    """

    plan: FlowResult
    first: FlowResult
    cap: int
    leads: IntArray
    most: int
    least: bool
    nearly_today: int

    @property
    def count(self) -> int:
        """PCNs with one team."""
        return int((self.leads >= 0).sum())

    @property
    def pcns(self) -> int:
        """PCNs that need anybody at all."""
        return int((self.plan.problem.demand > 0).sum())

    @property
    def before(self) -> int:
        """The same in the cheapest flow."""
        return count_sole(self.first.assigned)

    @property
    def today(self) -> int:
        """The same today."""
        return count_sole(_today(self.plan.problem))

    @property
    def price(self) -> int:
        """Units that the plan costs above the cheapest flow."""
        return self.plan.objective - self.first.objective


def _today(problem: Problem) -> IntArray:
    return np.where(problem.demand > 0, problem.today, 0)


def _nearly(problem: Problem, policy: Policy) -> int:
    staff = _today(problem)
    whole = staff.sum(axis=0)
    return int(
        ((whole > 0) & (staff.max(axis=0, initial=0) >= policy.alignment_reach * whole)).sum()
    )


def count_sole(staff: IntArray) -> int:
    """PCNs that one team serves alone, of (T, P) staff."""
    return int((lead_search.sole(staff) >= 0).sum())


def wanted(policy: Policy) -> bool:
    """Whether the policy asks for lead teams at all."""
    return policy.lead_teams and policy.lead_team_slack > 0


def limit(first: int, today: int, policy: Policy) -> int:
    """
    Units that an arrangement with lead teams may cost.

    A share above the cheapest, and no more than leaving everything as it is, where that does not
    cost less than the cheapest already (where the longest journey is made short first).
    """
    cap = first + int(first * Fraction(str(policy.lead_team_slack)))
    return cap if today < first else min(cap, today)


def solve(problem: Problem, policy: Policy, *, first: FlowResult, today: FlowResult) -> LeadResult:
    """
    Find the arrangement with most PCNs that have one lead team.

    A search by flows finds a good one at any size. Where there are at most :data:`MOST_PAIRS` ways
    and :data:`MOST_BINARIES` pairs that could lead, a mixed-integer program then finds the best,
    with the proof; its lead teams go into the flow again, which counts staff and costs exactly.

    Parameters
    ----------
    problem
        A Level 1 service.
    policy
        ``lead_team_slack`` beside what :func:`footprint.allocation.flow.solve` uses.
    first, today
        The cheapest flow, and "no change".

    Returns
    -------
    result
        With no fewer PCNs of one team than ``first``, at no more than the cap.

    Raises
    ------
    ModelError
        Where that is not so: a fault of ours.
    """
    name = problem.service_id
    net = network(problem, policy)
    cap = limit(first.objective, today.objective, policy)
    start = Found(lead_search.sole(first.assigned), first.objective, first.assigned)
    ways, least = lead_search.ways(net), False
    most = int(ways.any(axis=0).sum())
    found = lead_search.search(net, start, cap, name) if most else start
    if 0 < int(ways.sum()) <= MOST_PAIRS:
        found = lead_search.improve(net, found, cap, name)
        found, most, least = _proven(net, start, found, cap, name)
        found = _lower_codes(net, found, name)
    if found.count == start.count:
        # nothing is gained: the cheapest arrangement it is
        near = _nearly(problem, policy)
        return LeadResult(first, first, cap, start.leads, most, least=True, nearly_today=near)
    plan = solve_flow(problem, policy, leads=found.leads)
    leads = lead_search.sole(plan.assigned)
    if plan.objective != found.cost or plan.objective > cap:
        raise ModelError(f"{name}: lead teams cost {plan.objective}, {found.cost} was reckoned")
    count = int((leads >= 0).sum())
    if not start.count <= found.count <= count <= most:
        raise ModelError(f"{name}: {count} PCNs with one team, {start.count} to {most} expected")
    return LeadResult(
        plan=dataclasses.replace(
            plan,
            bound=first.objective,
            status=status_words(plan.objective, first.objective),
        ),
        first=first,
        cap=cap,
        leads=leads,
        most=most,
        least=least or found.cost == first.objective,
        nearly_today=_nearly(problem, policy),
    )


def _proven(
    net: Network, start: Found, found: Found, cap: int, name: str
) -> tuple[Found, int, bool]:
    """Return the best arrangement, the most PCNs that can be had, and whether it costs least."""
    singles = lead_program.single_sets(net, cap, name)
    # a PCN that no team can lead within the cost is out of the question
    most = len({pcns for _, pcns in singles})
    if not singles:
        return found, found.count, False
    provable = len(singles) <= MOST_BINARIES
    sets = lead_program.larger_sets(net, singles, cap, name) if provable else []
    program = lead_program.program(net, singles, sets, cap)
    most = max(min(most, program.most(cap)), found.count)
    if not provable:
        return found, most, False
    # from the most that the relaxation allows down to what the search has found
    for count in range(most, found.count - 1, -1):
        if count == start.count:
            # the cheapest of all is the cheapest with as many
            return start, most, True
        # of arrangements with as many, only a cheaper one is of use
        within = found.cost if count == found.count else cap
        rows, proven = program.solve(count, within)
        if rows is not None:
            leads = np.full(net.pcns, -1)
            leads[program.pcn[rows]] = program.team[rows]
            tried = lead_search.with_leads(net, leads, name)
            if tried is not None and tried.cost <= cap and tried.rank >= found.rank:
                return tried, most, proven
        if proven and rows is None and found.count < count == most:
            most = count - 1
    return found, most, False


def _lower_codes(net: Network, found: Found, name: str) -> Found:
    """Of arrangements that differ in one lead team and cost the same, the lower code's."""
    better = True
    while better:
        better = False
        for pcn, team in switches(net, found.leads):
            if team < found.leads[pcn]:
                tried = lead_search.with_leads(net, replaced(found.leads, pcn, team), name)
                if tried is not None and tried.rank == found.rank:
                    found, better = tried, True
                    break
    return found


def switches(net: Network, leads: IntArray) -> list[tuple[int, int]]:
    """PCNs that have one team, each with every other that has a way to it: positions."""
    return [
        (int(pcn), int(team))
        for pcn, team in np.argwhere(lead_search.ways(net).T)
        if leads[pcn] >= 0 and team != leads[pcn]
    ]


def replaced(leads: IntArray, pcn: int, team: int) -> IntArray:
    """(P,) lead teams with another one at a PCN."""
    out = leads.copy()
    out[pcn] = team
    return out
