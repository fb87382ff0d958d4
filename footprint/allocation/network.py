"""The flow network of a Level 1 service, and the cheapest flow through it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from ortools.graph.python import min_cost_flow

from footprint.allocation.problem import IntArray, Problem, cost_units
from footprint.allocation.residual import INFINITE
from footprint.allocation.solution import tier_capacities, tier_prices
from footprint.errors import ModelError
from footprint.policy import Policy

PARTS = ("stay", "move", "vacancy", "surplus")


@dataclass(frozen=True, eq=False)
class Network:
    """
    The flow network of one service: nodes 0 hub, 1..T teams, T+1..T+P PCNs.

    The hub is where vacancies come from and surplus goes to, so that the network always balances
    and always has an answer. Arcs stand in this order: stay, move (by team, then PCN), vacancy (by
    tier, then PCN), surplus (by team).

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
    teams
        T.
    held
        (A,) what an arc carries whatever happens, beside its flow: 0.01 WTE of each lead team.
        ``capacity`` and ``net`` are without it.
    there
        WTE hundredths of today on the stay arcs, whoever leads.
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
    teams: int
    held: IntArray
    there: IntArray
    dear: int = 0

    @property
    def pcns(self) -> int:
        """P."""
        return len(self.net) - 1 - self.teams

    @property
    def pairs(self) -> slice:
        """Arcs between teams and PCNs."""
        return slice(0, self.parts["move"].stop)

    def staff(self, flow: IntArray, kind: str | None = None) -> IntArray:
        """(T, P) WTE hundredths that ``stay`` or ``move``, or both; what is held included."""
        table = np.zeros((self.teams, self.pcns), dtype=np.int64)
        for name in ("stay", "move") if kind is None else (kind,):
            part = self.parts[name]
            # a pair has one arc of each kind
            where = self.tail[part] - 1, self.head[part] - 1 - self.teams
            table[where] += flow[part] + self.held[part]
        return table

    def total(self, flow: IntArray) -> int:
        """Cost units of a flow, what is held included."""
        return int((flow + self.held) @ self.cost)


def network(problem: Problem, policy: Policy, *, move: bool = True) -> Network:
    """
    Build the flow network of a service.

    Parameters
    ----------
    problem, policy
        As for :func:`footprint.allocation.flow.solve`.
    move
        Whether staff can move at all.
    """
    t, p = problem.minutes.shape
    # most pairs of a country have no road: what follows looks only at those that have
    pairs = np.flatnonzero(np.isfinite(problem.minutes) & (problem.demand > 0))
    minutes, today = problem.minutes.ravel()[pairs], problem.today.ravel()[pairs]
    able = move & (minutes <= problem.max_minutes) & (problem.supply[pairs // p] > 0)
    stays, goes = np.flatnonzero(today), np.flatnonzero(able)
    stay, go = (np.divmod(pairs[which], p) for which in (stays, goes))
    tiers = tier_capacities(problem.demand, policy)
    vacant = np.nonzero(tiers)
    spare = np.flatnonzero(problem.supply)

    capacity = np.concatenate(
        [
            today[stays],
            np.minimum(problem.supply[go[0]], problem.demand[go[1]]),
            tiers[vacant],
            problem.supply[spare],
        ],
        dtype=np.int64,
    )
    costs = [
        cost_units(minutes[stays]),
        cost_units(minutes[goes]) + cost_units(policy.move_price),
        tier_prices(policy)[vacant[0]],
        np.zeros(len(spare), dtype=np.int64),
    ]
    hub = np.zeros(len(vacant[0]), dtype=np.int64)
    sizes = [len(part) for part in costs]
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
        parts=_parts(sizes),
        tier=np.concatenate(
            [np.full(sizes[0] + sizes[1], -1), vacant[0], np.full(sizes[3], -1)]
        ).astype(np.int64),
        teams=t,
        held=np.zeros(sum(sizes), dtype=np.int64),
        there=today[stays],
        dear=dear,
    )


def _parts(sizes: list[int]) -> dict[str, slice]:
    ends = np.cumsum([0, *sizes]).tolist()
    return dict(zip(PARTS, map(slice, ends[:-1], ends[1:]), strict=True))


def led(net: Network, leads: IntArray) -> Network | None:
    """
    Return the network in which some PCNs are served by one team alone.

    Parameters
    ----------
    net
        A network without lead teams.
    leads
        (P,) position of the only team that may serve a PCN, and serves it with at least 0.01 WTE;
        -1 where any may.

    Returns
    -------
    network
        None where a team has no way to a PCN that it is to lead, or less than 0.01 WTE for each.
    """
    part = net.pairs
    team, pcn = net.tail[part] - 1, net.head[part] - 1 - net.teams
    fixed = leads >= 0
    keep = np.ones(len(net.tail), dtype=bool)
    keep[part] = ~fixed[pcn] | (leads[pcn] == team)
    # a lead's first hundredth goes by its first arc: who can stay stays
    own = np.flatnonzero(keep[part] & fixed[pcn])
    first = own[np.unique(pcn[own], return_index=True)[1]]
    if len(first) < int(fixed.sum()):
        return None
    held = np.zeros_like(net.held)
    held[first] = 1
    supply = net.net.copy()
    np.subtract.at(supply, net.tail[first], 1)
    np.add.at(supply, net.head[first], 1)
    left = supply[1 : 1 + net.teams]
    if (left < 0).any():
        return None
    capacity = net.capacity - held
    # a team that is spoken for in full has no way to anywhere, and so needs no price
    from_team = net.tail > 0
    capacity[from_team] = np.minimum(capacity[from_team], left[net.tail[from_team] - 1])
    return dataclasses.replace(
        net,
        tail=net.tail[keep],
        head=net.head[keep],
        capacity=capacity[keep],
        cost=net.cost[keep],
        net=supply,
        parts=_parts([int(keep[net.parts[name]].sum()) for name in PARTS]),
        tier=net.tier[keep],
        held=held[keep],
        there=net.there[keep[net.parts["stay"]]],
    )


def refuse_floats(service: str, *arrays: IntArray) -> None:
    """Raise a ModelError for arrays that a solver would cut down to integers without a word."""
    for array in arrays:
        if array.dtype.kind != "i":
            raise ModelError(f"{service}: the flow's {array.dtype} values are not integers")


def cheapest(net: Network, service: str, cost: IntArray | None = None) -> IntArray:
    """
    (A,) cheapest flow in WTE hundredths, beside what is held, by OR-Tools.

    Parameters
    ----------
    net
        The network.
    service
        Whose it is, for errors.
    cost
        (A,) costs in place of the network's own.

    Raises
    ------
    ModelError
        Where the solver has no answer: a fault of ours.
    """
    price = net.cost if cost is None else cost
    refuse_floats(service, net.tail, net.head, net.capacity, price, net.net)
    if not len(net.tail):
        return np.zeros(0, dtype=np.int64)
    # costs are scaled down bit by bit, so that smaller ones are sooner done with
    unit = max(int(np.gcd.reduce(price)), 1)
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        net.tail, net.head, net.capacity, price // unit
    )
    solver.set_nodes_supplies(np.arange(len(net.net)), net.net)
    status = solver.solve()
    if status != solver.OPTIMAL:
        raise ModelError(f"{service}: the flow solver answered {status.name}")
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def settled(net: Network, flow: IntArray, potentials: IntArray, service: str) -> IntArray:
    """
    (A,) the one of all cheapest flows that lower codes have, whatever solver found ``flow``.

    By complementary slackness the cheapest flows are those that differ only on arcs of reduced
    cost 0, and of these a second flow takes the one with least weight: staff go from lower teams
    to lower PCNs, and what must stay vacant is at higher PCNs.

    Parameters
    ----------
    net, flow, potentials
        A network, a cheapest flow and the dual prices that prove it.
    service
        Whose it is, for errors.
    """
    free = net.cost + potentials[net.tail] - potentials[net.head] == 0
    free = _on_cycles(net, free & (net.capacity > 0))
    if not len(free):
        return flow
    # what is not free is as it is, and so is every node that no free arc touches
    nodes, ends = np.unique(np.append(net.tail[free], net.head[free]), return_inverse=True)
    tail, head = ends.reshape(2, -1)
    supply = np.zeros(len(nodes), dtype=np.int64)
    np.add.at(supply, tail, flow[free])
    np.subtract.at(supply, head, flow[free])
    tight = dataclasses.replace(net, tail=tail, head=head, capacity=net.capacity[free], net=supply)
    out = flow.copy()
    out[free] = cheapest(tight, service, _weights(net)[free])
    return out


def _on_cycles(net: Network, free: np.ndarray) -> IntArray:
    """Positions of the free arcs that a flow can go round: without those that lead to an end."""
    arcs = np.flatnonzero(free)
    while True:
        degree = np.bincount(np.append(net.tail[arcs], net.head[arcs]), minlength=len(net.net))
        inner = (degree[net.tail[arcs]] > 1) & (degree[net.head[arcs]] > 1)
        if inner.all():
            return arcs
        arcs = arcs[inner]


def _weights(net: Network) -> IntArray:
    team = np.where(net.tail == 0, net.teams, net.tail - 1)
    pcn = net.head - 1 - net.teams
    # what equal products leave open a mixed number settles; a move comes after a stay
    mixed = (team * 2_654_435_761 ^ pcn * 40_503) % 1_009
    weight = 2 * (1_024 * team * (net.pcns - pcn) + mixed)
    weight[net.parts["move"]] += 1
    weight[net.parts["surplus"]] = 0
    return weight.astype(np.int64)


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


def margin_capacity(net: Network) -> IntArray:
    """
    Return capacities under which one 0.01 WTE more, of need or of staff, finds every way.

    A move has room for the smaller of a team's staff and a PCN's need as they are, and a stay,
    where lead teams are set, for what their hundredths leave of the staff: the next would widen
    both. What a team has and a PCN needs bound them already; open, they are as before in every
    flow.
    """
    capacity = open_capacity(net)
    capacity[net.parts["move"]] = INFINITE
    capacity[net.parts["stay"]] = net.there - net.held[net.parts["stay"]]
    return capacity
