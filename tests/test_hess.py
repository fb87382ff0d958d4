"""Districts by the Hess model with flows: what columns find, and what all splits of a map tell."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest

from footprint.allocation import columns, districts, hess
from footprint.allocation.audit.districts import district_faults
from footprint.allocation.districts import NONE_FOUND
from footprint.allocation.question import Answer, Question
from footprint.errors import InputError, ModelError


def grid(wide, high):
    """Borders of a board of squares, numbered row by row."""
    board = nx.convert_node_labels_to_integers(nx.grid_2d_graph(high, wide), ordering="sorted")
    return tuple(sorted(tuple(sorted(edge)) for edge in board.edges))


def asked(seed, *, wide=3, high=3, low=60, most=140, number=None, strewn=True):
    """A board whose squares have people at random, some nobody; strewn, far from neighbours too."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, 40, (wide * high, 2))
    if not strewn:
        at = at / 4 + 10 * np.array([(x, y) for y in range(high) for x in range(wide)])
    apart = np.rint(np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))).astype(np.int64)
    people = rng.integers(10, 60, wide * high) * (rng.random(wide * high) < 0.9)
    return Question(
        name="board",
        cost=people * apart**2,
        road=np.ones_like(apart, dtype=bool),
        population=people,
        low=low,
        high=most,
        edges=grid(wide, high),
        fewest=number or 1,
        most=number,
        own=True,
    )


def by_hand(question):
    """Least cost of all splits into pieces, each at its best centre; None where there is none."""
    graph, units = nx.Graph(question.edges), range(question.units)
    graph.add_nodes_from(units)
    price = {}
    for size in range(1, question.units + 1):
        for inside in itertools.combinations(units, size):
            people = question.population[list(inside)].sum()
            if question.low <= people <= question.high and nx.is_connected(graph.subgraph(inside)):
                price[inside] = min(question.cost[c, list(inside)].sum() for c in inside)

    def rest(left, groups):
        if not left:
            return 0 if groups >= question.fewest else None
        if question.most is not None and groups == question.most:
            return None
        costs = [
            one + after
            for inside, one in price.items()
            if inside[0] == left[0] and set(inside) <= set(left)
            for after in [rest(tuple(u for u in left if u not in inside), groups + 1)]
            if after is not None
        ]
        return min(costs, default=None)

    return rest(tuple(units), 0)


#: bounds of every kind: wide, narrow, and so narrow that no board has a split
BANDS = ({"low": 60, "most": 140}, {"low": 80, "most": 110}, {"low": 95, "most": 105})


@pytest.mark.parametrize("seed", range(12))
def test_what_all_splits_of_a_small_board_tell(seed):
    """The least cost of all splits, proven; that there is none where there is none."""
    question = asked(seed, **BANDS[seed % 3])
    found, least = hess.solve(question), by_hand(question)
    if least is None:
        assert found.owner is None
        assert found.certain
    else:
        assert question.keeps(found.owner)
        assert found.objective == found.bound == question.objective(found.owner) == least


def test_boards_without_a_split_are_among_them():
    """The test above has seen both: boards with a split and boards without."""
    least = [by_hand(asked(seed, **BANDS[seed % 3])) is None for seed in range(12)]
    assert 2 < sum(least) < 10


@pytest.mark.parametrize("seed", range(1, 3))
def test_what_columns_find(seed):
    """On boards of 24, and a number of groups given: the same optimum by another way."""
    question = asked(seed, wide=6, high=4, low=150, most=320, number=4, strewn=False)
    listed, flown = columns.solve(question), hess.solve(question)
    assert listed.owner is not None
    assert flown.objective == flown.bound == listed.objective == listed.bound
    assert question.keeps(flown.owner)


def ring(*, gap):
    """
    Two groups of a ring of eight, with a border between 1 and 2 or a gap.

    0-1 2-3
    |     |
    4-5-6-7
    """
    edges = {(0, 1), (1, 2), (2, 3), (0, 4), (3, 7), (4, 5), (5, 6), (6, 7)}
    at = np.array([(x, y) for y in (0, 3) for x in (0, 1, 1.1, 2.1)])
    apart = np.rint(100 * np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))).astype(np.int64)
    return Question(
        name="ring",
        cost=apart * 10,
        road=np.ones_like(apart, dtype=bool),
        population=np.array([10, 10, 10, 10, 10, 10, 10, 10]),
        low=20,
        high=60,
        edges=tuple(sorted(edges - ({(1, 2)} if gap else set()))),
        fewest=2,
        most=2,
        own=True,
    )


def test_the_nearest_is_not_taken_where_nothing_leads_there():
    """A border less has its price, which is that of all splits that are left."""
    whole, gap = hess.solve(ring(gap=False)), hess.solve(ring(gap=True))
    assert whole.objective == by_hand(ring(gap=False))
    assert gap.objective == gap.bound == by_hand(ring(gap=True)) > whole.objective


@pytest.mark.parametrize("seed", range(40, 44))
def test_flows_bind(seed, monkeypatch):
    """Squares strewn far from their neighbours: groups come in pieces, and flows mend them."""
    flows = []
    flow = hess._Model._flow

    def counted(model, centre):
        flows.append(centre)
        flow(model, centre)

    monkeypatch.setattr(hess._Model, "_flow", counted)
    question = asked(seed, low=100, most=200)
    found = hess.solve(question)
    assert flows
    assert found.objective == found.bound == by_hand(question)


def test_a_search_cut_short_does_not_claim_what_it_has_not_proven(monkeypatch):
    """With one node a search, the bound stays below the optimum or the answer is the optimum."""
    question = asked(3, wide=6, high=4, low=150, most=320, number=4, strewn=False)
    best = columns.solve(question).objective
    monkeypatch.setattr(hess, "NODE_LIMIT", 1)
    found = hess.solve(question)
    assert found.bound <= best
    if found.owner is not None:
        assert found.objective >= best
        assert question.keeps(found.owner)


def test_maps_in_parts_and_units_too_large():
    """Two parts have a group each; a unit with more people than a group may have, none."""
    question = asked(1, wide=2, high=4, low=20, most=250)
    parted = Question(
        **{**_given(question), "edges": ((0, 1), (0, 2), (1, 3), (4, 5), (6, 7), (5, 7))}
    )
    found = hess.solve(parted)
    assert found.objective == found.bound == by_hand(parted)
    people = question.population.copy()
    people[0] = 300
    none = hess.solve(Question(**{**_given(question), "population": people}))
    assert none.owner is None
    assert none.certain


def _given(question):
    names = ("name", "cost", "road", "population", "low", "high", "edges", "fewest", "most", "own")
    return {name: getattr(question, name) for name in names}


def test_millions_of_people_are_counted_to_the_last():
    """Bounds that one person more would break, in groups of eight million."""
    people = np.array([4_000_001, 4_000_000, 3_999_999, 4_000_000])
    question = Question(
        name="line",
        cost=np.array([[0, 9, 1, 9], [9, 0, 9, 1], [1, 9, 0, 9], [9, 1, 9, 0]]) * 10**9,
        road=np.ones((4, 4), dtype=bool),
        population=people,
        low=8_000_000,
        high=8_000_000,
        edges=((0, 1), (0, 2), (1, 2), (1, 3), (2, 3)),
        fewest=2,
        most=2,
        own=True,
    )
    found = hess.solve(question)
    assert np.bincount(found.owner, people).max() == 8_000_000
    assert found.objective == found.bound == by_hand(question)


def test_sites_are_not_its_case():
    """Centres that are not units are for columns."""
    question = Question(**{**_given(asked(0)), "own": False})
    with pytest.raises(ModelError, match="centres are units"):
        hess.solve(question)


# -- the way in --------------------------------------------------------------------------------


LINE = ["Ash", "Bay", "Cove", "Dell"]
APART = [[0, 1, 2, 3], [1, 0, 1, 2], [2, 1, 0, 1], [3, 2, 1, 0]]


def line(**changes):
    """Ash-Bay-Cove-Dell, five people each, a mile apart, two districts."""
    given = {
        "units": LINE,
        "populations": [5, 5, 5, 5],
        "edges": list(itertools.pairwise(LINE)),
        "distances": APART,
        "number": 2,
        "low": 10,
        "high": 10,
    }
    return districts.districts(**{**given, **changes})


def test_districts_by_name():
    """Two and two, at 5 x 1 squared each."""
    found = line()
    assert found.members == {"Ash": ["Ash", "Bay"], "Cove": ["Cove", "Dell"]}
    assert (found.cost, found.bound, found.status) == (10, 10, "proven best")


def test_distances_count_as_asked():
    """One district of all: 1 + 1 + 2 miles, or 1 + 1 + 4 square ones."""
    assert line(number=1, high=20, power=1).cost == 5 * 4
    assert line(number=1, high=20, power=2).cost == 5 * 6


def test_no_districts():
    """Three districts of ten need thirty people."""
    found = line(number=3)
    assert found.centre == {}
    assert found.status == ("cannot be met because no 3 districts of 10 to 10 people hang together")


def test_where_there_are_too_many_sets_flows_answer(monkeypatch):
    """Columns give up, and the answer is the same."""
    monkeypatch.setattr(columns, "solve", lambda question: None)
    assert line().cost == 10


def test_large_groups_go_by_flows_at_once(monkeypatch):
    """More than twenty units a group: nobody waits for columns."""

    def never(question):
        raise AssertionError

    monkeypatch.setattr(columns, "solve", never)
    question = asked(7, wide=6, high=7, low=500, most=900, number=2, strewn=False)
    assert question.units > districts.LARGE * 2
    assert districts.best(question).owner is not None


def test_a_search_without_a_find_is_no_proof(monkeypatch):
    """Nodes that run out before a split is found do not say that there is none."""
    monkeypatch.setattr(districts, "best", lambda question: Answer(None, 0, 0, certain=False))
    assert line().status == NONE_FOUND


@pytest.mark.parametrize(
    ("owner", "says"),
    [
        ([0, 0, 0, 3], "district Ash: 15 people, 10 to 10 expected"),
        ([0, 1, 1, 0], "district Ash: it is in pieces"),
        ([1, 1, 1, 1], "1 districts found, 2 expected"),
        ([1, 0, 3, 3], "district Bay: its centre is not in it"),
        ([0, 0, 2, 2], "costs 10, 7 claimed"),
    ],
)
def test_a_wrong_answer_does_not_get_out(owner, says, monkeypatch):
    """The audit holds what the solvers say against what was given."""
    wrong = Answer(np.array(owner), 7, 7)
    monkeypatch.setattr(districts, "best", lambda question: wrong)
    with pytest.raises(ModelError, match=says):
        line()


def test_the_audit_misses_no_unit():
    """Three of four units in districts: one is left over."""
    people = dict.fromkeys(LINE, 5)
    centre = {"Ash": "Ash", "Bay": "Ash", "Cove": "Cove"}
    found = district_faults(centre, people, itertools.pairwise(LINE), number=2, low=5, high=10)
    assert found == ["the districts do not hold each unit"]


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"units": ["Ash", "Bay", "Ash", "Dell"]}, "units: found Ash twice; expected each once"),
        ({"populations": [5, 5, 5]}, r"populations: found shape \(3,\)"),
        ({"populations": [5, 5, -5, 5]}, "populations: found -5 at 2; expected whole numbers"),
        ({"populations": ["5", "5", "5", "5"]}, "populations: found .*; expected numbers"),
        ({"distances": [[0, 1], [1, 0]]}, r"distances: found shape \(2, 2\)"),
        ({"distances": [[0, 1], [1]]}, "distances: found rows of different lengths"),
        ({"distances": np.full((4, 4), 0.5)}, "distances: found 0.5 at 0, 0"),
        ({"distances": np.full((4, 4), np.nan)}, "distances: found nan at 0, 0"),
        ({"distances": np.full((4, 4), 10**9)}, "distances: found 1,000,000,000 at most"),
        ({"edges": [("Ash", "Eyot")]}, "edges, row 1: found Ash - Eyot; expected two of"),
        ({"edges": [("Ash", "Bay"), ("Ash", "Ash")]}, "edges, row 2: found Ash - Ash"),
        ({"number": 5}, "number: found 5; expected at most 4"),
        ({"number": 1.5}, "number: found 1.5; expected a whole number"),
        ({"low": 0}, "low: found 0; expected a whole number from 1"),
        ({"low": 11}, "high: found 10; expected 11 or more"),
        ({"power": 3}, "power: found 3; expected 1 or 2"),
    ],
)
def test_what_cannot_be_used_is_said(changes, says):
    """Every fault names what was given, what was found and what was expected."""
    with pytest.raises(InputError, match=says):
        line(**changes)


def test_all_faults_at_once():
    """Not only the first."""
    with pytest.raises(InputError) as told:
        line(populations=[1], number=0, edges=[("Ash", "Eyot")])
    assert len(told.value.faults) == 3
