"""Groups round sites by columns: the same best groups as the model of PCN and site in HiGHS."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from scipy.spatial import Delaunay

from footprint.allocation import columns, partition, sites
from footprint.allocation.region import Region
from footprint.allocation.sets import Rest, Worth, connected_sets, sets_so_far
from footprint.policy import Policy


def planar(rng, count):
    """Edges of a Delaunay graph over random points, and the points."""
    at = rng.uniform(0, 40, (count, 2))
    pairs = {
        tuple(sorted(map(int, pair)))
        for corners in Delaunay(at).simplices
        for pair in itertools.combinations(corners, 2)
    }
    return tuple(sorted(pairs)), at


def region(seed, *, pcns=12, places=5, low=80, high=190):
    """A patch without teams: PCNs at random, candidate sites among them."""
    rng = np.random.default_rng(seed)
    edges, at = planar(rng, pcns)
    bases = rng.uniform(0, 40, (places, 2))
    minutes = np.hypot(*(bases[:, None] - at[None]).transpose(2, 0, 1))
    load = rng.integers(50, 200, pcns)
    return Region(
        name="podiatry",
        cost=np.rint(minutes * 10).astype(np.int64) * 10 * load,
        load=np.broadcast_to(load, minutes.shape),
        road=np.ones(minutes.shape, dtype=bool),
        supply=None,
        population=rng.integers(20, 60, pcns),
        low=low,
        high=high,
        edges=edges,
        links=(),
        label=np.zeros(pcns, dtype=np.int64),
        policy=Policy(),
    )


@pytest.mark.parametrize("seed", range(12))
def test_columns_find_what_the_model_finds(seed):
    """The same optimum, proven, whole groups within their bounds, each with a site of its own."""
    case = region(seed)
    found, modelled = sites.solve(case), partition.solve(case)
    assert found.strict == modelled.strict
    if not found.strict:
        return
    assert found.objective == found.bound == modelled.objective == case.objective(found.owner)
    graph = nx.Graph(case.edges)
    for site in set(found.owner.tolist()):
        group = np.flatnonzero(found.owner == site)
        assert case.low <= case.population[group].sum() <= case.high
        assert nx.is_connected(graph.subgraph(group.tolist()))


def test_one_site_has_one_group():
    """Where one site is best for everyone, the second group takes the next."""
    case = region(3, places=2)
    near = np.minimum(case.cost, 0) + case.load  # one minute from the first site
    far = near * 5
    case = Region(**{**vars(case), "cost": np.vstack([near[0], far[1]])})
    found = sites.solve(case)
    people = int(case.population.sum())
    assert people > case.high, "one group cannot hold all"
    assert set(found.owner.tolist()) == {0, 1}
    assert found.objective == partition.solve(case).objective


def test_the_same_question_has_the_same_answer():
    """Nothing in the search depends on chance."""
    asked = sites.question(region(5))
    first, second = columns.solve(asked), columns.solve(asked)
    assert first.owner.tolist() == second.owner.tolist()


# -- connected sets ---------------------------------------------------------------------------


def by_hand(graph, keeps):
    """Every connected set, by all subsets."""
    nodes = range(len(graph))
    return {
        chosen
        for size in range(1, len(graph) + 1)
        for chosen in itertools.combinations(nodes, size)
        if nx.is_connected(graph.subgraph(chosen)) and keeps(np.isin(nodes, chosen))
    }


def as_sets(found):
    return {tuple(np.flatnonzero(row).tolist()) for row in found}


@pytest.mark.parametrize("seed", range(30))
def test_connected_sets_are_all_and_no_others(seed):
    """Budgets on members and absentees, worth with a price by load: as all subsets tell."""
    rng = np.random.default_rng(seed)
    count = int(rng.integers(1, 10))
    near = np.triu(rng.random((count, count)) < 0.4, 1)
    graph = nx.from_numpy_array(near | near.T)
    into, out = (rng.integers(0, 9, (2, count)) for _ in range(2))
    room = rng.integers(5, 40, 2)
    load = rng.integers(0, 4, count)
    worth = Worth(rng.normal(size=count), load, rng.uniform(0, 2, 12), float(rng.normal()))

    def keeps(members):
        total = int(load[members].sum())
        return (
            (into @ members + out @ ~members <= room).all()
            and total < len(worth.price)
            and worth.worth[members].sum() + worth.price[total] <= worth.limit
        )

    found = connected_sets(near | near.T, into, out, room, worth=worth)
    assert as_sets(found) == by_hand(graph, keeps)
    assert len(as_sets(found)) == len(found), "each once"


def test_sets_beyond_one_machine_word():
    """A path of 100 PCNs has as many connected sets as it has pieces."""
    near = np.eye(100, k=1, dtype=bool) | np.eye(100, k=-1, dtype=bool)
    none = np.zeros(100)
    assert len(connected_sets(near, none, none, 0)) == 100 * 101 // 2
    assert len(connected_sets(near, none + 1, none, 3)) == 100 + 99 + 98


def test_too_many_sets_are_not_passed_off_as_all():
    """Where it would have to try more than it may, it says so."""
    near = np.ones((12, 12), dtype=bool) & ~np.eye(12, dtype=bool)
    none = np.zeros(12)
    assert connected_sets(near, none, none, 0, most=1_000) is None
    some, tried = sets_so_far(near, none, none, 0, most=1_000)
    assert tried > 1_000
    assert 0 < len(some) <= 1_001
    assert len(connected_sets(near, none, none, 0)) == 2**12 - 1


def test_what_is_left_out_must_still_split():
    """On a line of five, a group of the middle two leaves one alone, which is too few.

    0-1-2-3-4
    """
    near = np.eye(5, k=1, dtype=bool) | np.eye(5, k=-1, dtype=bool)
    people, none = np.full(5, 10), np.zeros(5)
    rest = Rest(people, low=20, high=30, fewest=1, most=2)
    found = connected_sets(near, people, none, 30, rest=rest)
    pairs = {one for one in as_sets(found) if len(one) > 1}
    assert pairs == {(0, 1), (0, 1, 2), (2, 3, 4), (3, 4)}
