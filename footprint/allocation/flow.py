"""Level 1: staff to PCNs at least cost, as one minimum-cost flow per service."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from ortools.graph.python import min_cost_flow

from footprint.allocation.problem import COST_SCALE, IntArray, Problem, cost_units
from footprint.allocation.residual import INFINITE, Residual
from footprint.allocation.solution import (
    Cost,
    status_words,
    tier_capacities,
    tier_prices,
)
from footprint.errors import ModelError
from footprint.settings import Policy


@dataclass(frozen=True, eq=False)
class Network:
    """
    The flow network of one service: nodes 0 hub, 1..T teams, T+1..T+P PCNs.

    The hub is where vacancies come from and surplus goes to, so that the network always balances
    and always has an answer. Arcs stand in this order: stay, move (by team, then PCN), vacancy (by
    tier, then PCN), surplus (by team); no arc has capacity 0.

    Parameters
    ----------
    tail, head, capacity, cost
        (A,) arcs; WTE hundredths and cost units per hundredth.
    net
        (1 + T + P,) supply above 0, demand below.
    parts
        Where each kind of arc begins and ends in the arrays: stay, move, vacancy, surplus.
    tier
        (A,) vacancy tier of an arc, -1 for the others.
    dear
        Cost units that a vacancy costs beyond its price, where nobody who is there may be let go.
    """

    tail: IntArray
    head: IntArray
    capacity: IntArray
    cost: IntArray
    net: IntArray
    parts: dict[str, slice]
    tier: IntArray
    dear: int = 0


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
        The network and the flow on its arcs, for prices and checks.
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
    def bound_minutes(self) -> float:
        """Lower bound in minutes x WTE."""
        return self.bound / COST_SCALE

    @property
    def gap(self) -> float:
        """Share of the objective that is not proven: 0."""
        return (self.objective - self.bound) / max(self.objective, 1)


def solve(problem: Problem, policy: Policy) -> FlowResult:
    """
    Assign staff to PCNs at least minutes x WTE, disruption and vacancies priced.

    A team's staff may stay where they are today (beyond the travel limit too, as that is today's
    fact, but not where there is no road), or move to a PCN within the limit at
    ``policy.move_price`` minutes more. What stays empty is priced in tiers of each PCN's demand,
    so that shortage is spread. Every input has an answer. Ties are settled by the order of the
    arcs (sorted codes): the solver is exact, single-threaded and deterministic.

    Parameters
    ----------
    problem
        The service; its ``edges``, populations and systems are not used at Level 1.
    policy
        ``move_price``, ``vacancy_shares``, ``vacancy_prices``.

    Returns
    -------
    result
        Proven optimal.

    Raises
    ------
    ModelError
        Where the solver or its proof fails: a fault of ours.
    """
    return _solved(problem, policy, move=True)


def today(problem: Problem, policy: Policy) -> FlowResult:
    """
    Cost "no change" on the same terms: the same model, in which nobody can move.

    Staff of today beyond a PCN's demand count as surplus, the nearest being kept.

    Parameters
    ----------
    problem, policy
        As for :func:`solve`.
    """
    return _solved(problem, policy, move=False)


def network(problem: Problem, policy: Policy, *, move: bool = True) -> Network:
    """
    Build the flow network of a service.

    Parameters
    ----------
    problem, policy
        As for :func:`solve`.
    move
        Whether staff can move at all.
    """
    t = len(problem.teams)
    road = np.isfinite(problem.minutes)
    stay = np.nonzero((problem.today > 0) & road & (problem.demand > 0))
    within = (problem.minutes <= problem.max_minutes) & road
    able = within & (problem.supply[:, None] > 0) & (problem.demand > 0)
    go = np.nonzero(able if move else np.zeros_like(able))
    tiers = tier_capacities(problem.demand, policy)
    vacant = np.nonzero(tiers)
    spare = np.flatnonzero(problem.supply)

    capacity = np.concatenate(
        [
            problem.today[stay],
            np.minimum(problem.supply[go[0]], problem.demand[go[1]]),
            tiers[vacant],
            problem.supply[spare],
        ]
    )
    costs = [
        cost_units(problem.minutes[stay]),
        cost_units(problem.minutes[go]) + cost_units(policy.move_price),
        tier_prices(policy)[vacant[0]],
        np.zeros(len(spare), dtype=np.int64),
    ]
    hub = np.zeros(len(vacant[0]), dtype=np.int64)
    sizes = [len(part) for part in costs]
    ends = np.cumsum([0, *sizes]).tolist()
    names = ("stay", "move", "vacancy", "surplus")
    # no change is no change: who is there today stays, however dear the way
    dear = 0 if move else 1 + int(costs[0].max(initial=0))
    costs[2] = costs[2] + dear
    return Network(
        tail=np.concatenate([1 + stay[0], 1 + go[0], hub, 1 + spare]),
        head=np.concatenate(
            [1 + t + stay[1], 1 + t + go[1], 1 + t + vacant[1], np.zeros_like(spare)]
        ),
        capacity=capacity,
        cost=np.concatenate(costs),
        net=np.concatenate(
            [[problem.demand.sum() - problem.supply.sum()], problem.supply, -problem.demand]
        ).astype(np.int64),
        parts=dict(zip(names, map(slice, ends[:-1], ends[1:]), strict=True)),
        tier=np.concatenate(
            [np.full(sizes[0] + sizes[1], -1), vacant[0], np.full(sizes[3], -1)]
        ).astype(np.int64),
        dear=dear,
    )


def _solved(problem: Problem, policy: Policy, *, move: bool) -> FlowResult:
    net = network(problem, policy, move=move)
    flow = _flow(net, problem.service_id)
    t, p = problem.minutes.shape
    pairs = {
        kind: _table(net, flow, net.parts[kind], (t, p), offset=1 + t) for kind in ("stay", "move")
    }
    tiers = np.zeros((len(policy.vacancy_prices), p), dtype=np.int64)
    part = net.parts["vacancy"]
    tiers[net.tier[part], net.head[part] - 1 - t] = flow[part]
    surplus = np.zeros(t, dtype=np.int64)
    surplus[net.tail[net.parts["surplus"]] - 1] = flow[net.parts["surplus"]]
    assigned = pairs["stay"] + pairs["move"]

    # costs are summed anew from the tables, not taken from the solver
    finite = cost_units(np.where(np.isfinite(problem.minutes), problem.minutes, 0.0))
    cost = Cost(
        travel=int((assigned * finite).sum()),
        moves=int(pairs["move"].sum()) * int(cost_units(policy.move_price)),
        vacancy=int(tier_prices(policy) @ tiers.sum(axis=1)),
    )
    if (assigned.sum(axis=0) + tiers.sum(axis=0) != problem.demand).any() or (
        assigned.sum(axis=1) + surplus != problem.supply
    ).any():
        raise ModelError(f"{problem.service_id}: the flow does not balance")
    residual = Residual.of(net.tail, net.head, open_capacity(net), net.cost, flow, len(net.net))
    potentials = residual.distances(problem.service_id)
    bound = _dual(net, potentials) - net.dear * int(tiers.sum())
    if bound != cost.total:
        raise ModelError(f"{problem.service_id}: the flow costs {cost.total}, its proof {bound}")
    return FlowResult(
        problem=problem,
        assigned=assigned,
        moved=pairs["move"],
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


def open_capacity(net: Network) -> IntArray:
    """
    Return capacities with each PCN's last vacancy tier open.

    Demand bounds it already; open, the hub reaches every PCN, and its next 0.01 WTE has a price.
    """
    capacity = net.capacity.copy()
    part = net.parts["vacancy"]
    # arcs come tier by tier, so the last of each PCN stands last
    last = dict(zip(net.head[part].tolist(), range(part.start, part.stop), strict=True))
    capacity[list(last.values())] = INFINITE
    return capacity


def _flow(net: Network, service: str) -> IntArray:
    # the solver cuts floats down to integers without a word
    for array in (net.tail, net.head, net.capacity, net.cost, net.net):
        if array.dtype.kind != "i":
            raise ModelError(f"{service}: the flow's {array.dtype} values are not integers")
    if not len(net.tail):
        return np.zeros(0, dtype=np.int64)
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(net.tail, net.head, net.capacity, net.cost)
    solver.set_nodes_supplies(np.arange(len(net.net)), net.net)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise ModelError(f"{service}: the flow solver answered {status.name}")
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def _table(
    net: Network, flow: IntArray, part: slice, shape: tuple[int, int], *, offset: int
) -> IntArray:
    table = np.zeros(shape, dtype=np.int64)
    table[net.tail[part] - 1, net.head[part] - offset] = flow[part]
    return table


def _dual(net: Network, potentials: IntArray) -> int:
    """
    Lower bound on every flow's cost that given prices prove, by weak duality.

    A flow costs the sum of reduced costs plus what prices pay at its ends; no arc can bring more
    than its negative reduced cost times its capacity.
    """
    reduced = net.cost + potentials[net.tail] - potentials[net.head]
    return int(np.minimum(reduced, 0) @ net.capacity) - int(potentials @ net.net)
