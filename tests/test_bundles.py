"""Groups by columns against HiGHS alone, and connected sets against every subset."""

from __future__ import annotations

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pytest
from scipy.spatial import Delaunay
from test_grouping import POLICY, problem

from footprint.allocation import bundles, grouping, merged, partition, sets
from footprint.allocation.locks import Locked
from footprint.allocation.region import Region
from footprint.allocation.sets import Either, Worth, connected_sets, sets_so_far

# -- groups --------------------------------------------------------------------------------------

#: what presses on an instance beside travel: (staff of what is needed, a group's least share of an
#: even one, the greatest share or None, labels)
KINDS = {
    "staff enough": (1.1, 0.3, None, False),
    "short of staff": (0.9, 0.3, None, False),
    "large groups": (1.05, 0.8, None, False),
    "neither large nor small": (1.1, 0.7, 1.25, False),
    "labels": (0.95, 0.4, None, True),
}


def planar(seed, kind):
    """Four to six teams and 26 to 36 PCNs at random places, adjoining as their triangles do."""
    rng = np.random.default_rng(seed)
    staff, least, greatest, labelled = KINDS[kind]
    t = 4 + seed % 3
    p = {4: 26, 5: 30, 6: 36}[t]
    xy = rng.uniform(0, 60, (p, 2))
    # bases far from each other, so that each has its share
    gaps, chosen = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1)), [0]
    while len(chosen) < t:
        chosen.append(int(gaps[chosen].min(axis=0).argmax()))
    bases = 0.7 * xy[chosen] + 0.3 * 30
    triangles = Delaunay(xy).simplices
    edges = {tuple(sorted(map(int, e))) for s in triangles for e in itertools.combinations(s, 2)}
    minutes = np.round(1.5 * np.hypot(*(bases[:, None] - xy[None]).transpose(2, 0, 1)), 1)
    population = rng.integers(20, 60, p)
    demand = (population * rng.uniform(4, 6, p)).astype(np.int64)
    # as much as those who are nearest need, more or less
    nearest = minutes.argmin(axis=0)
    wanted = np.bincount(nearest, weights=demand, minlength=t)
    supply = np.rint(staff * wanted * rng.uniform(0.9, 1.1, t)).astype(np.int64)
    today = np.zeros((t, p), dtype=np.int64)
    for k, team in enumerate(nearest):
        today[team, k] = min(int(supply[team] - today[team].sum()), int(demand[k]))
    even = population.sum() / t
    case = problem(
        minutes,
        edges=sorted(edges),
        demand=demand,
        supply=supply,
        today=today,
        population=population,
        needed=int(least * even),
        high=None if greatest is None else int(greatest * even),
        limit=45.0,
    )
    return case, (["xy"[int(x > 30)] for x, _ in xy] if labelled else None)


#: seeds of each kind; ``binds``: the rule without which the groups would cost less
INSTANCES = [
    ("staff enough", 2, ""),
    ("staff enough", 5, ""),
    ("short of staff", 1, ""),
    ("short of staff", 4, ""),
    ("short of staff", 5, ""),
    ("large groups", 1, "least"),
    ("large groups", 3, "least"),
    ("neither large nor small", 0, "least"),
    ("neither large nor small", 2, "greatest"),
    ("labels", 4, "labels"),
]


@pytest.mark.parametrize(("kind", "seed", "binds"), INSTANCES)
def test_columns_find_what_highs_finds(kind, seed, binds, monkeypatch):
    """By columns and by HiGHS alone the best groups cost the same, and both are proven best."""
    case, within = planar(seed, kind)
    found, solve = [], bundles.solve

    def noted(*arguments, **options):
        found.append(solve(*arguments, **options))
        return found[-1]

    monkeypatch.setattr(bundles, "solve", noted)
    by_columns = grouping.solve(case, POLICY, within=within)
    assert [owner is not None for owner in found] == [True]
    monkeypatch.setattr(partition, "BY_COLUMNS", 10**9)
    alone = grouping.solve(case, POLICY, within=within)
    assert len(found) == 1
    assert by_columns.status == alone.status == "proven best"
    # either is the best to a millionth
    assert by_columns.objective == pytest.approx(alone.objective, rel=1e-6)
    assert by_columns.vacancies.sum() > 0 or kind != "short of staff"
    for result in (by_columns, alone):
        assert all(group.outside == 0 and group.links == () for group in result.groups)
    looser = {"least": {"population_needed": 1}, "greatest": {"max_population": None}}
    if binds:
        free = dataclasses.replace(case, **looser.get(binds, {}))
        without = grouping.solve(free, POLICY, within=None if binds == "labels" else within)
        assert without.objective < alone.objective


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        ("staff enough", 0),
        ("staff enough", 1),
        ("staff enough", 3),
        ("short of staff", 0),
        ("short of staff", 3),
        ("neither large nor small", 2),
        ("labels", 0),
    ],
)
def test_columns_keep_locks_at_the_cost_that_highs_finds(kind, seed, monkeypatch):
    """Locks that the best groups break, of each kind and neighbours or not: equal, and kept."""
    case, within = planar(seed, kind)
    free = grouping.solve(case, POLICY, within=within).team_of
    rng = np.random.default_rng(seed)
    label = np.zeros(len(free)) if within is None else np.array([ord(one) for one in within])
    a, b = np.triu_indices(len(free), 1)
    split = np.flatnonzero((free[a] != free[b]) & (label[a] == label[b]))
    # the nearest by minutes first, so that some can share a group
    near = np.abs(case.minutes[:, a] - case.minutes[:, b]).max(axis=0)
    split = split[np.argsort(near[split], kind="stable")][:12]
    joined = [k for k, (p, q) in enumerate(case.edges) if free[p] == free[q]]
    together, apart = int(rng.choice(split)), case.edges[int(rng.choice(joined))]
    pcn = int(rng.choice(np.flatnonzero(case.minutes.min(axis=0) > 0)))
    second = int(case.minutes[:, pcn].argsort()[1])
    locks = [
        Locked(together=((int(a[together]), int(b[together])),)),
        Locked(apart=(apart,)),
        Locked(base=((pcn, second),)),
    ]
    for one in locks:
        held = dataclasses.replace(case, locks=one)
        monkeypatch.setattr(partition, "BY_COLUMNS", 1)
        by_columns = grouping.solve(held, POLICY, within=within)
        monkeypatch.setattr(partition, "BY_COLUMNS", 10**9)
        alone = grouping.solve(held, POLICY, within=within)
        assert by_columns.status == alone.status
        assert by_columns.objective == pytest.approx(alone.objective, rel=1e-6)
        assert len(one.broken(by_columns.team_of.tolist())) == len(by_columns.unkept)


def test_where_columns_do_not_get_there_highs_does(monkeypatch):
    """Least sizes that bind leave more columns than are worth a program: the model takes over."""
    case, within = planar(0, "large groups")
    found, solve = [], bundles.solve
    monkeypatch.setattr(
        bundles, "solve", lambda *given, **more: found.append(solve(*given, **more)) or found[-1]
    )
    result = grouping.solve(case, POLICY, within=within)
    assert found == [None]
    assert result.status == "proven best"
    assert all(group.outside == 0 and group.links == () for group in result.groups)


@pytest.mark.parametrize("seed", range(20))
def test_units_hang_together_as_their_pcns_do(seed):
    """Sets of units that hold PCNs far from each other are whole where their PCNs are."""
    rng = np.random.default_rng(seed)
    n = 12
    near = graph_of(rng, n)
    edges = [(int(a), int(b)) for a, b in np.argwhere(near) if a < b]
    pairs = tuple((int(a), int(b)) for a, b in rng.choice(n, (3, 2)) if a != b)
    region = Region(
        name="toy",
        cost=np.ones((1, n), dtype=np.int64),
        load=np.ones((1, n), dtype=np.int64),
        road=np.ones((1, n), dtype=bool),
        supply=np.ones(1, dtype=np.int64),
        population=rng.integers(1, 9, n),
        low=1,
        high=None,
        edges=tuple(edges),
        links=(),
        label=np.zeros(n, dtype=np.int64),
        policy=POLICY,
        locks=Locked(together=pairs),
    )
    one = merged.merge(region)
    graph = nx.from_numpy_array(near)
    sets = rng.random((60, len(one.loose))) < 0.6
    sets = sets[sets.any(axis=1)]
    members = [np.flatnonzero(row[one.unit]).tolist() for row in sets]
    whole = [nx.is_connected(graph.subgraph(each)) for each in members]
    touched = sets[:, one.loose].any(axis=1)
    # those without such units are for whoever grows them
    assert (one.whole(sets)[touched] == np.array(whole)[touched]).all()
    assert one.whole(sets)[~touched].all()
    assert one.region.population.sum() == region.population.sum()


# -- connected sets --------------------------------------------------------------------------------


def graph_of(rng, n):
    """A random graph as a matrix, sparse and not always whole."""
    near = np.triu(rng.random((n, n)) < rng.uniform(0.12, 0.4), 1)
    return near | near.T


def every_set(near):
    """Every connected set, as rows of members."""
    n = len(near)
    graph = nx.from_numpy_array(near)
    rows = np.array(list(itertools.product([False, True], repeat=n)))[1:]
    whole = [nx.is_connected(graph.subgraph(np.flatnonzero(row).tolist())) for row in rows]
    return rows[whole]


def same(found, expected):
    """Whether two lists hold the same sets, each once."""
    keys = sorted(row.tobytes() for row in found)
    return keys == sorted(row.tobytes() for row in expected)


@pytest.mark.parametrize("seed", range(40))
def test_sets_are_those_of_every_subset(seed):
    """Bounds of population, a worth with a price by load, budgets: no set too many or too few."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(4, 11))
    near = graph_of(rng, n)
    people, load = rng.integers(1, 20, n), rng.integers(0, 6, n)
    low, high = int(0.15 * people.sum()), int(rng.uniform(0.4, 1.0) * people.sum())
    worth, price = rng.integers(-30, 20, n), rng.integers(0, 25, int(0.8 * load.sum()) + 1)
    limit = int(rng.integers(-40, 40))
    into = np.vstack([people, np.zeros(n), rng.integers(0, 9, n)])
    out = np.vstack([np.zeros(n), people, rng.integers(0, 9, n)])
    room = np.array([high, people.sum() - low, int(rng.integers(20, 60))])
    either = Either(rng.integers(0, 9, (3, n)), rng.integers(0, 3, (3, n)), np.full(3, 18))
    either = either if seed % 2 else None
    rows = every_set(near)
    loads = rows @ load
    good = (loads < len(price)) & (rows @ people >= low) & (rows @ people <= high)
    good &= rows @ worth + price[np.minimum(loads, len(price) - 1)] <= limit
    good &= rows @ into[2] + ~rows @ out[2] <= room[2]
    if either is not None:
        good &= (rows @ either.into.T + ~rows @ either.out.T <= either.room).any(axis=1)
    value = Worth(worth, load, price, limit)
    found = connected_sets(near, into, out, room, either=either, worth=value)
    assert same(found, rows[good])
    again = connected_sets(near, into, out, room, either=either, worth=value)
    assert (found == again).all()
    # cut short, what is there is right, and it is said that it is not all
    some, tried = sets_so_far(near, into, out, room, either=either, worth=value, most=3)
    assert {row.tobytes() for row in some} <= {row.tobytes() for row in found}
    if tried > 3:
        assert connected_sets(near, into, out, room, either=either, worth=value, most=3) is None
    else:
        assert same(some, found)


def test_a_budget_that_every_good_set_keeps_to_leaves_none_out():
    """The lines by which branches end leave every set of the worth asked for in the list."""
    for seed in range(20):
        rng = np.random.default_rng(100 + seed)
        near, load = graph_of(rng, 9), rng.integers(1, 6, 9)
        worth, slope = rng.integers(-30, 20, 9), int(rng.integers(0, 4))
        price = 2 * np.arange(int(load.sum()) + 1) ** 2 // 7
        # price(load) >= slope x load - rest, so worth and slope x load less rest is below a set's
        rest = int((slope * np.arange(len(price)) - price).max())
        line = worth + slope * load
        free = connected_sets(
            near, np.zeros(9), np.zeros(9), 0, worth=Worth(worth, load, price, -10)
        )
        lined = connected_sets(
            near,
            np.maximum(line, 0),
            np.maximum(-line, 0),
            -10 + rest - np.minimum(line, 0).sum(),
            worth=Worth(worth, load, price, -10),
        )
        assert same(lined, free)


@pytest.mark.parametrize("n", [63, 64, 65, 128, 130])
def test_more_pcns_than_a_word_has_bits(n):
    """Around and beyond 64 and 128 PCNs: all sets of up to three on a ring with chords."""
    near = np.zeros((n, n), dtype=bool)
    for k in range(n):
        for other in ((k + 1) % n, (7 * k + 3) % n):
            near[k, other] = near[other, k] = k != other
    sets = {frozenset([k]) for k in range(n)}
    for _ in range(2):
        sets |= {one | {q} for one in sets for p in one for q in np.flatnonzero(near[p]).tolist()}
    expected = np.zeros((len(sets), n), dtype=bool)
    for row, members in zip(expected, sets, strict=True):
        row[list(members)] = True
    found = connected_sets(near, np.ones(n), np.zeros(n), 3)
    assert same(found, expected)
    # with most of them out of the question, and the last PCN in
    last = np.zeros(n)
    last[-1] = 1.0
    with_last = connected_sets(near, [np.ones(n), np.zeros(n)], [np.zeros(n), last], [3, 0])
    assert same(with_last, expected[expected[:, -1]])


def test_whoever_can_keep_nothing_compiles_anew(monkeypatch):
    """Where neither the package nor the home can be written, nothing is kept and all is run."""

    def njit(function=None, *, cache=False):
        if not cache:
            return function

        def kept(_):
            raise RuntimeError("cannot cache function 'twice': no locator available")

        return kept

    def twice(number):
        return 2 * number

    monkeypatch.setattr(sets, "njit", njit)
    assert sets._compiled(twice) is twice
