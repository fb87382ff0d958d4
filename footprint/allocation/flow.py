"""Level 1: staff to PCNs at least cost, as one minimum-cost flow per service."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from footprint.allocation.network import Network, led, network, open_capacity, settled
from footprint.allocation.problem import IntArray, Problem, cost_units
from footprint.allocation.residual import Residual
from footprint.allocation.simplex import quickest
from footprint.allocation.solution import Cost, status_words, tier_prices
from footprint.errors import ModelError
from footprint.policy import Policy


@dataclass(frozen=True, eq=False)
class FlowResult:
    """
    Who works where at Level 1, what it costs, and the proof.

    Parameters
    ----------
    problem
        What was solved.
    assigned, moved
        (T, P) WTE hundredths of each team at each PCN, and what of it is new there.
    vacancies, vacancy_tiers
        (P,) and (K, P) WTE hundredths that nobody fills.
    surplus
        (T,) WTE hundredths without work.
    cost
        By parts; ``cost.total`` is the objective in units.
    bound
        Lower bound in units from the dual prices, equal to the objective: optimality proven.
    potentials
        (1 + T + P,) dual prices in units per hundredth: hub, teams, PCNs.
    network, flow
        The network and the flow on its arcs (beside what it holds), for prices and checks.
    status
        "proven best".
    """

    problem: Problem
    assigned: IntArray
    moved: IntArray
    vacancies: IntArray
    vacancy_tiers: IntArray
    surplus: IntArray
    cost: Cost
    bound: int
    potentials: IntArray = field(repr=False)
    network: Network = field(repr=False)
    flow: IntArray = field(repr=False)
    status: str

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
        """Share of the objective that is not proven: 0."""
        return (self.objective - self.bound) / max(self.objective, 1)


def solve(problem: Problem, policy: Policy, *, leads: IntArray | None = None) -> FlowResult:
    """
    Assign staff to PCNs at least minutes x WTE, disruption and vacancies priced.

    A team's staff may stay where they are today (beyond the travel limit too, as that is today's
    fact, but not where there is no road), or move to a PCN within the limit at
    ``policy.move_price`` minutes more. What stays empty is priced in tiers of each PCN's demand,
    so that shortage is spread. Every input has an answer. Of answers that cost the same the one
    is taken that lower codes have, so that it does not depend on the solver's own ways.

    Parameters
    ----------
    problem
        The service; its ``edges``, populations and systems are not used at Level 1.
    policy
        ``move_price``, ``vacancy_shares``, ``vacancy_prices``.
    leads
        (P,) position of the one team that may serve a PCN, and gives it at least 0.01 WTE; -1
        where any may. Every team may serve every PCN when None.

    Returns
    -------
    result
        Proven optimal, among arrangements with these lead teams.

    Raises
    ------
    ModelError
        Where the solver or its proof fails, or a team cannot lead: a fault of ours.
    """
    net = network(problem, policy)
    if leads is not None:
        fixed = led(net, leads)
        if fixed is None:
            raise ModelError(f"{problem.service_id}: a team cannot lead where it is said to")
        net = fixed
    return _solved(problem, policy, net)


def today(problem: Problem, policy: Policy) -> FlowResult:
    """
    Cost "no change" on the same terms: the same model, in which nobody can move.

    Staff of today beyond a PCN's demand count as surplus, the nearest being kept.

    Parameters
    ----------
    problem, policy
        As for :func:`solve`.
    """
    return _solved(problem, policy, network(problem, policy, move=False))


def _solved(problem: Problem, policy: Policy, net: Network) -> FlowResult:
    name, t = problem.service_id, len(problem.teams)
    flow = quickest(net, name)
    residual = Residual.of(net.tail, net.head, open_capacity(net), net.cost, flow, len(net.net))
    potentials = residual.distances(name)
    flow = settled(net, flow, potentials, name)
    moved = net.staff(flow, "move")
    assigned = net.staff(flow)
    tiers = np.zeros((len(policy.vacancy_prices), len(problem.pcns)), dtype=np.int64)
    part = net.parts["vacancy"]
    tiers[net.tier[part], net.head[part] - 1 - t] = flow[part]
    surplus = np.zeros(t, dtype=np.int64)
    surplus[net.tail[net.parts["surplus"]] - 1] = flow[net.parts["surplus"]]

    # costs are summed anew from the tables, not taken from the solver
    there = np.flatnonzero(assigned > 0)
    cost = Cost(
        travel=int(assigned.ravel()[there] @ cost_units(problem.minutes.ravel()[there])),
        moves=int(moved.sum()) * int(cost_units(policy.move_price)),
        vacancy=int(tier_prices(policy) @ tiers.sum(axis=1)),
    )
    if (assigned.sum(axis=0) + tiers.sum(axis=0) != problem.demand).any() or (
        assigned.sum(axis=1) + surplus != problem.supply
    ).any():
        raise ModelError(f"{name}: the flow does not balance")
    bound = _dual(net, potentials) - net.dear * int(tiers.sum())
    if bound != cost.total:
        raise ModelError(f"{name}: the flow costs {cost.total}, its proof {bound}")
    return FlowResult(
        problem=problem,
        assigned=assigned,
        moved=moved,
        vacancies=tiers.sum(axis=0),
        vacancy_tiers=tiers,
        surplus=surplus,
        cost=cost,
        bound=bound,
        potentials=potentials,
        network=net,
        flow=flow,
        status=status_words(cost.total, bound),
    )


def _dual(net: Network, potentials: IntArray) -> int:
    """
    Lower bound on every flow's cost that given prices prove, by weak duality.

    A flow costs the sum of reduced costs plus what prices pay at its ends; no arc can bring more
    than its negative reduced cost times its capacity.
    """
    reduced = net.cost + potentials[net.tail] - potentials[net.head]
    free = int(np.minimum(reduced, 0) @ net.capacity) - int(potentials @ net.net)
    return free + int(net.held @ net.cost)
