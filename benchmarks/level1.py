"""
Time Level 1 against networkx's network simplex and scipy's HiGHS on the same instances.

    python benchmarks/level1.py

Three sizes from a generator of its own: 20 teams by 60 PCNs, 200 by 1,250 (every team reaches every
PCN), and 1,000 by 6,000 (each PCN is reached from the 20 nearest bases). The solvers take turns;
each is timed from the same problem to its optimum, building its network, graph or program included.
footprint is timed twice: as far as the others go, and with the dual proof, the choice among equals
and the tables that they do not make; and OR-Tools is timed too, which solves where LEMON's package
is not installed. Their optima must be equal. Then 400 teams by 1,250 PCNs, the size of England,
without and with one lead team per PCN. Seconds are of the processor, so that other work on the
machine counts little. Prints medians and ratios; exits with 1 where one is not up to its mark.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy import optimize, sparse

from footprint.allocation import flow, lead, simplex
from footprint.allocation.network import Network, cheapest, network
from footprint.allocation.problem import Problem
from footprint.policy import Policy

POLICY = Policy()
#: how many times as long networkx takes, by who is held against it and size
MARKS = {
    "footprint": {"200 x 1,250": 50.0, "1,000 x 6,000": 50.0},
    "OR-Tools": {"200 x 1,250": 10.0, "1,000 x 6,000": 10.0},
}
#: seconds for England, without and with lead teams
MOST_SECONDS = 2.0


@dataclass(frozen=True)
class Size:
    """Teams, PCNs, and from how many nearest bases a PCN can be reached."""

    teams: int
    pcns: int
    near: int

    @property
    def name(self) -> str:
        """Such as "200 x 1,250"."""
        return f"{self.teams:,} x {self.pcns:,}"


SIZES = (Size(20, 60, 20), Size(200, 1_250, 200), Size(1_000, 6_000, 20))
ENGLAND = Size(400, 1_250, 20)


def instance(size: Size, seed: int) -> Problem:
    """
    Invent a service: bases and PCNs at random on a square, staff short by 3%.

    Today each team works at PCNs near its base, in shares at random.
    """
    rng = np.random.default_rng(seed)
    side = 8.0 * np.sqrt(size.pcns)
    base, home = (rng.uniform(0, side, (count, 2)) for count in (size.teams, size.pcns))
    minutes = np.round(4 + 2 * np.hypot(*(base[:, None] - home[None]).transpose(2, 0, 1)), 1)
    order = np.argsort(minutes, axis=0, kind="stable")
    reached = np.zeros(minutes.shape, dtype=bool)
    np.put_along_axis(reached, order[: size.near], values=True, axis=0)
    minutes[~reached] = np.inf
    demand = rng.integers(1_500, 3_500, size.pcns)
    weight = rng.uniform(0.5, 1.5, size.teams)
    supply = np.floor(weight / weight.sum() * demand.sum() * 0.97).astype(np.int64)
    today = np.zeros(minutes.shape, dtype=np.int64)
    for team in range(size.teams):
        count = min(int(rng.integers(2, 6)), int(reached[team].sum()))
        if count:
            near = np.argsort(minutes[team], kind="stable")[:count]
            today[team, near] = np.floor(rng.dirichlet(np.ones(count)) * supply[team])
    return Problem(
        service_id="nursing",
        service_name="Nursing",
        level=1,
        teams=tuple(f"T{at:05}" for at in range(size.teams)),
        pcns=tuple(f"U{at:05}" for at in range(size.pcns)),
        supply=supply,
        demand=demand,
        today=today,
        minutes=minutes,
        max_minutes=float(np.nanmax(np.where(reached, minutes, np.nan))),
        population=np.full(size.pcns, 48_000),
        population_needed=30_000,
        max_population=None,
        edges=(),
        system=("Q1",) * size.pcns,
        team_system=("Q1",) * size.teams,
    )


def by_footprint(problem: Problem) -> float:
    """Optimum by footprint's flow."""
    net = network(problem, POLICY)
    return float(net.total(simplex.quickest(net, problem.service_id)))


def by_ortools(problem: Problem) -> float:
    """Optimum by footprint's flow where the extra is not installed."""
    net = network(problem, POLICY)
    return float(net.total(cheapest(net, problem.service_id)))


def by_footprint_proven(problem: Problem) -> float:
    """The same, proven, settled among equals and written into tables."""
    return float(flow.solve(problem, POLICY).objective)


def by_networkx(problem: Problem) -> float:
    """Optimum by networkx, in integers: with floats it may never end."""
    net = network(problem, POLICY)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from((node, {"demand": -int(supply)}) for node, supply in enumerate(net.net))
    arcs = zip(*(part.tolist() for part in _arcs(net)), strict=True)
    graph.add_edges_from(
        (tail, head, {"capacity": most, "weight": cost}) for tail, head, most, cost in arcs
    )
    return float(nx.network_simplex(graph)[0])


def by_highs(problem: Problem) -> float:
    """Optimum by scipy's HiGHS, as a linear program over the same arcs."""
    net = network(problem, POLICY)
    tail, head, most, cost = _arcs(net)
    arc = np.arange(len(tail))
    ends = sparse.csr_array(
        (np.repeat([1.0, -1.0], len(tail)), (np.append(tail, head), np.append(arc, arc))),
        shape=(len(net.net), len(tail)),
    )
    found = optimize.linprog(
        cost,
        A_eq=ends,
        b_eq=net.net,
        bounds=np.column_stack([np.zeros(len(tail)), most]),
        method="highs",
    )
    return float(found.fun)


def _arcs(net: Network) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    return net.tail, net.head, net.capacity, net.cost


SOLVERS: dict[str, Callable[[Problem], float]] = {
    "footprint": by_footprint,
    "with proof and tables": by_footprint_proven,
    "OR-Tools": by_ortools,
    "networkx": by_networkx,
    "HiGHS": by_highs,
}


def compare(size: Size, runs: int) -> dict[str, float]:
    """Print the medians of one size, in turns, and return how many times as long networkx takes."""
    took: dict[str, list[float]] = {name: [] for name in SOLVERS}
    for run in range(runs):
        problem = instance(size, seed=run)
        optimum = {}
        for name, solve in SOLVERS.items():
            began = time.process_time()
            optimum[name] = solve(problem)
            took[name].append(time.process_time() - began)
        assert optimum["footprint"] == optimum["networkx"], optimum
        assert optimum["footprint"] == optimum["with proof and tables"], optimum
        assert optimum["footprint"] == optimum["OR-Tools"], optimum
        assert abs(optimum["HiGHS"] / optimum["footprint"] - 1) < 1e-9, optimum
    medians = {name: statistics.median(times) for name, times in took.items()}
    ratios = {name: medians[name] / medians["footprint"] for name in medians}
    shown = ", ".join(
        f"{name} {medians[name]:.3f} s"
        + (f" ({ratios[name]:.1f} times)" if ratios[name] > 1 else "")
        for name in medians
    )
    print(f"{size.name}: {shown}; {runs} runs each, optima equal")
    return {name: medians["networkx"] / medians[name] for name in medians}


def england(runs: int) -> float:
    """Print what Level 1 of a country takes, and return the longest median."""
    flows, leads = [], []
    for run in range(runs):
        problem = instance(ENGLAND, seed=100 + run)
        began = time.process_time()
        first = flow.solve(problem, POLICY)
        flows.append(time.process_time() - began)
        today = flow.today(problem, POLICY)
        result = lead.solve(problem, POLICY, first=first, today=today)
        leads.append(time.process_time() - began)
        share = result.price / first.objective
        print(
            f"  {result.count:,} of {result.pcns:,} PCNs with one team alone, {result.before:,} in "
            f"the cheapest plan, for {share:.1%} more"
        )
    alone, both = statistics.median(flows), statistics.median(leads)
    print(
        f"{ENGLAND.name}: cheapest flow {alone:.2f} s; with no change and lead teams {both:.2f} s"
    )
    return max(alone, both)


def main() -> None:
    """Compare, and hold against the marks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    marks = dict(MARKS)
    if not simplex.installed():
        print("pylmcf is not installed: OR-Tools solves, and is held to its own marks")
        del marks["footprint"]
    short = []
    for size in SIZES:
        ratios = compare(size, given.runs)
        for name, sizes in marks.items():
            mark = sizes.get(size.name, 1.0)
            if ratios[name] < mark:
                short.append(f"{size.name}: {name} {ratios[name]:.1f} times, mark {mark:g}")
    took = england(given.runs)
    if took > MOST_SECONDS:
        short.append(f"{ENGLAND.name}: {took:.2f} s, mark {MOST_SECONDS:g}")
    print("; ".join(short) or "every mark is kept")
    sys.exit(bool(short))


if __name__ == "__main__":
    main()
