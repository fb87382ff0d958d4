"""LEMON's network simplex beside OR-Tools: the same answer to the last hundredth, or none."""

from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pytest
from test_flow import POLICY, large_case, problem, random_case

from footprint.allocation import flow, simplex
from footprint.allocation.network import cheapest, led, network
from footprint.errors import ModelError

needs_lemon = pytest.mark.skipif(not simplex.installed(), reason="pylmcf is not installed")


def even_case(seed):
    """Up to 12 teams and 30 PCNs whose minutes and staff are few round numbers: many ties."""
    rng = np.random.default_rng(20_000 + seed)
    t, p = int(rng.integers(2, 13)), int(rng.integers(2, 31))
    minutes = 5.0 * rng.integers(1, 4, (t, p))
    minutes[rng.random((t, p)) < 0.2] = np.inf
    demand = 100 * rng.integers(0, 4, p)
    supply = 100 * rng.integers(0, 2 * p // t + 2, t)
    today = np.array([rng.multinomial(s, np.full(p + 1, 1 / (p + 1)))[:p] for s in supply])
    return problem(minutes, supply=supply, demand=demand, today=today.astype(np.int64))


def fields(result):
    """All that a result holds, arrays as lists, without what it was asked."""
    held = {name: getattr(result, name) for name in ("cost", "bound", "status")}
    arrays = "assigned moved vacancies vacancy_tiers surplus potentials flow".split()
    return held | {name: getattr(result, name).tolist() for name in arrays}


def without(monkeypatch, solve, *args, **options):
    """What ``solve`` gives where the package is not installed."""
    with monkeypatch.context() as patched:
        patched.setattr(simplex, "pylmcf", None)
        assert not simplex.installed()
        return solve(*args, **options)


@pytest.fixture(params=[pytest.param("LEMON", marks=needs_lemon), "OR-Tools"])
def quickest(request, monkeypatch):
    """The function with the package and, as far as it knows, without."""
    if request.param == "OR-Tools":
        monkeypatch.setattr(simplex, "pylmcf", None)
    return simplex.quickest


@needs_lemon
@pytest.mark.parametrize("make", [random_case, even_case, large_case])
def test_either_solver_leaves_the_same_answer(make, monkeypatch):
    """Tables, cost, proof, prices and flow are equal, though the solvers' own flows are not."""
    apart = 0
    for seed in range(20):
        case = make(seed)
        net = network(case, POLICY)
        one, other = simplex.quickest(net, "nursing"), cheapest(net, "nursing")
        assert net.total(one) == net.total(other)
        apart += int((one != other).any())
        for solve in (flow.solve, flow.today):
            got = solve(case, POLICY)
            assert fields(got) == fields(without(monkeypatch, solve, case, POLICY))
    # where there are ties the two do choose differently, or this would show nothing
    assert make is not even_case or apart > 5


@needs_lemon
def test_lead_teams_leave_the_same_answer(monkeypatch):
    """With a hundredth held by each lead team too."""
    tried = 0
    for seed in range(20):
        case = large_case(seed)
        staff = flow.solve(case, POLICY).assigned
        leads = np.where((staff > 0).sum(axis=0) == 1, staff.argmax(axis=0), -1)
        if led(network(case, POLICY), leads) is not None:
            got = flow.solve(case, POLICY, leads=leads)
            assert fields(got) == fields(
                without(monkeypatch, flow.solve, case, POLICY, leads=leads)
            )
            tried += int((leads >= 0).any())
    assert tried > 10


@pytest.mark.parametrize("seed", range(5))
def test_the_flow_is_the_cheapest_with_arcs_in_any_order(quickest, seed):
    """Shuffled, every arc has its own flow: it balances at each node and costs what is least."""
    net = network(large_case(seed), POLICY)
    order = np.random.default_rng(seed).permutation(len(net.tail))
    arcs = {name: getattr(net, name)[order] for name in ("tail", "head", "capacity", "cost")}
    mixed = dataclasses.replace(net, **arcs)
    found = quickest(mixed, "nursing")
    assert ((found >= 0) & (found <= mixed.capacity)).all()
    balance = np.zeros(len(net.net), dtype=np.int64)
    np.add.at(balance, mixed.tail, found)
    np.subtract.at(balance, mixed.head, found)
    assert (balance == net.net).all()
    graph = nx.MultiDiGraph()
    graph.add_nodes_from((node, {"demand": -int(s)}) for node, s in enumerate(net.net))
    for tail, head, capacity, cost in zip(
        net.tail.tolist(), net.head.tolist(), net.capacity.tolist(), net.cost.tolist(), strict=True
    ):
        graph.add_edge(tail, head, capacity=capacity, weight=cost)
    assert int(found @ mixed.cost) == nx.network_simplex(graph)[0]


def test_what_has_no_answer_is_a_fault(quickest):
    """A network cut off from its hub, and one with floats, are errors with either solver."""
    net = network(problem([[5]], supply=[50], demand=[100]), POLICY)
    shut = dataclasses.replace(net, capacity=0 * net.capacity)
    cut = dataclasses.replace(net, cost=net.cost + 0.5)
    for wrong, words in ((shut, "flow solver answered .*INFEASIBLE"), (cut, "float64 values")):
        with pytest.raises(ModelError, match=words):
            quickest(wrong, "nursing")


def test_a_flow_that_the_solver_gets_wrong_is_found_out(monkeypatch):
    """Whatever a solver answers, a plan that is not the cheapest does not come out."""
    # A is 5 minutes away and B 20: the dearer of the two is what the wrong flow takes
    case = problem([[5], [20]], supply=[100, 100], demand=[100])
    right = simplex.quickest(network(case, POLICY), "nursing")
    assert right[:2].tolist() == [100, 0]
    other = dataclasses.replace(case, minutes=case.minutes[::-1])
    wrong = simplex.quickest(network(other, POLICY), "nursing")
    monkeypatch.setattr(flow, "quickest", lambda *_: wrong)
    with pytest.raises(ModelError, match="not the cheapest"):
        flow.solve(case, POLICY)
