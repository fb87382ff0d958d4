"""Levels 2 and 3: maps with known best groups, and every small map against all its partitions."""

from __future__ import annotations

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pytest

from footprint.allocation import explain, grouping, partition
from footprint.allocation.problem import COST_SCALE, Problem
from footprint.policy import Policy

POLICY = Policy()
INF = np.inf


def problem(
    minutes,
    *,
    edges,
    demand=None,
    supply=None,
    today=None,
    population=None,
    needed=1,
    high=None,
    limit=60.0,
    system=None,
    team_system=None,
):
    """A service from a (T, P) table of minutes; 1 WTE a PCN, staff enough, where not said."""
    minutes = np.array(minutes, dtype=float)
    t, p = minutes.shape
    demand = np.full(p, 100) if demand is None else np.array(demand)
    return Problem(
        service_id="podiatry",
        service_name="Podiatry",
        level=2,
        teams=tuple("ABCDEFGH"[:t]),
        pcns=tuple(f"U{i:05}" for i in range(p)),
        supply=np.full(t, int(demand.sum())) if supply is None else np.array(supply),
        demand=demand,
        today=np.zeros((t, p), dtype=np.int64) if today is None else np.array(today),
        minutes=minutes,
        max_minutes=limit,
        population=np.full(p, 10) if population is None else np.array(population),
        population_needed=needed,
        max_population=high,
        edges=tuple(edges),
        system=("Q1",) * p if system is None else tuple(system),
        team_system=("Q1",) * t if team_system is None else tuple(team_system),
    )


def line(n):
    return [(i, i + 1) for i in range(n - 1)]


def teams(result):
    """Teams by PCN, as letters; "-" for none."""
    return "".join("-" if t < 0 else result.problem.teams[t] for t in result.team_of)


# -- maps with a known answer ---------------------------------------------------------------


def test_line_splits_in_the_middle():
    """Two bases at the ends of a line of four share it evenly.

    A-0-1-2-3-B
    """
    result = grouping.solve(
        problem([[5, 10, 20, 30], [30, 20, 10, 5]], edges=line(4), needed=20), POLICY
    )
    assert teams(result) == "AABB"
    # travel 5 + 10 + 10 + 5 and 4 WTE brought in at 10
    assert result.cost.travel == 30 * COST_SCALE
    assert result.cost.moves == 40 * COST_SCALE
    assert result.cost.vacancy == 0
    assert (result.status, result.gap) == ("proven best", 0)
    assert [g.group_id for g in result.groups] == ["podiatry-1", "podiatry-2"]
    assert [g.pcns for g in result.groups] == [(0, 1), (2, 3)]


def test_groups_hang_together():
    """A PCN nearest to A but behind B's cannot be A's: its group would be in two pieces.

    0-1-2   A is nearest to 0 and 2, B to 1.
    """
    near = problem([[1, 30, 1], [30, 1, 20]], edges=line(3))
    result = grouping.solve(near, POLICY)
    assert teams(result) == "ABB"
    bridged = dataclasses.replace(near, edges=(*near.edges, (0, 2)))
    assert teams(grouping.solve(bridged, POLICY)) == "ABA"


def test_population_forces_a_larger_group():
    """Below the population needed a group takes its neighbour too, and a cap forbids that."""
    spec = {"edges": line(3), "population": [40, 30, 50]}
    minutes = [[1, 9, 9], [9, 9, 1]]
    assert teams(grouping.solve(problem(minutes, needed=60, **spec), POLICY)) == "AAA"
    assert teams(grouping.solve(problem(minutes, needed=45, **spec), POLICY)) == "AAB"
    capped = grouping.solve(problem(minutes, needed=45, high=75, **spec), POLICY)
    assert [g.population for g in capped.groups] == [70, 50]


def test_unused_team_is_surplus():
    """A team for which no group is large enough stays without one, all its staff free."""
    result = grouping.solve(
        problem([[1, 1], [2, 2]], edges=line(2), needed=20, supply=[200, 150]), POLICY
    )
    assert teams(result) == "AA"
    assert result.surplus.tolist() == [0, 150]


def test_travel_beyond_the_limit_counts_twice():
    """Of 50 minutes with a limit of 40, ten count twice."""
    result = grouping.solve(problem([[50.0]], edges=[], limit=40, today=[[100]]), POLICY)
    assert result.cost.travel == 60 * COST_SCALE


def test_shortage_is_priced_by_tiers_and_spread():
    """A group of 3 WTE with 2 is short of 1: 0.30 at 200, 0.45 at 400, 0.25 at 800."""
    result = grouping.solve(
        problem([[0, 0]], edges=line(2), demand=[200, 100], supply=[200]), POLICY
    )
    assert result.cost.vacancy == round((0.30 * 200 + 0.45 * 400 + 0.25 * 800) * COST_SCALE)
    assert result.assigned.tolist() == [[133, 67]]
    assert result.vacancies.tolist() == [67, 33]


def test_staff_of_today_hold_a_pcn():
    """Five minutes do not outweigh the price of moving; fifteen do."""
    today = [[100, 0, 0], [0, 100, 100]]
    stays = problem([[5, 5, 30], [30, 10, 5]], edges=line(3), today=today, supply=[300, 300])
    assert teams(grouping.solve(stays, POLICY)) == "ABB"
    moves = dataclasses.replace(stays, minutes=np.array([[5, 5, 30], [30, 20.0, 5]]))
    result = grouping.solve(moves, POLICY)
    assert teams(result) == "AAB"
    assert result.moved.sum() == 100
    assert result.objective < result.today.total


def test_today_costs_the_same_where_it_is_the_proposal():
    """Where today's split is already the best, no change costs exactly the proposal, even short."""
    today = [[90, 45, 0], [0, 0, 80]]
    case = problem(
        [[5, 7, 40], [40, 30, 9]],
        edges=line(3),
        demand=[100, 50, 100],
        today=today,
        supply=[135, 80],
    )
    result = grouping.solve(case, POLICY)
    assert teams(result) == "AAB"
    assert result.today == result.cost
    assert result.assigned.tolist() == today


# -- what cannot be met ----------------------------------------------------------------------


def test_too_few_patients_is_said():
    """A patch smaller than one group still gets one, and the status says why it falls short."""
    result = grouping.solve(problem([[1, 2], [2, 1]], edges=line(2), needed=50), POLICY)
    assert teams(result) in ("AA", "BB")
    assert result.status == (
        "cannot be met because the 20 patients are fewer than the 50 that one group needs"
    )
    assert result.groups[0].outside == -30


def test_more_needed_than_allowed_is_said():
    """No group can have 25 people and 15 at most: the two of 20 are each nearest to both."""
    case = problem([[1, 1, 9, 9], [9, 9, 1, 1]], edges=line(4), needed=25, high=15)
    result = grouping.solve(case, POLICY)
    assert teams(result) == "AABB"
    said = "a group needs 25 patients and may hold 15 at most"
    assert result.status == f"cannot be met because {said}"
    story = explain.explain_groups(result, teams={}, pcns={})
    assert (
        f"Not every rule can be met: {said}; the group of U00000 and U00001 has 20 patients where"
        " 25 are needed;"
    ) in story.headline


@pytest.mark.parametrize("sites", [False, True])
@pytest.mark.parametrize("seed", range(0, 30, 3))
def test_more_needed_than_allowed_breaks_as_little_as_it_must(seed, sites):
    """Every group is short, over, or both; in all by no more people than it must."""
    case = random_case(seed)
    total = int(case.population.sum())
    case = dataclasses.replace(
        case, population_needed=int(total * 0.7), max_population=int(total * 0.3)
    )
    result = (grouping.solve_sites if sites else grouping.solve)(case, POLICY)
    groups = [group.population for group in result.groups]
    people = sum(
        max(0, case.population_needed - each) + max(0, each - case.max_population)
        for each in groups
    )
    assert people == best_by_hand(case, POLICY)[0][1]


def test_island_joins_its_nearest():
    """An island too small for a group joins the PCN that is nearest through a base, and it is said.

    0-1-2   3 (no edge), nearest to 2
    """
    result = grouping.solve(
        problem([[1, 5, 9, 12], [12, 9, 3, 5]], edges=line(3), needed=20), POLICY
    )
    assert teams(result) == "AABB"
    assert result.status == (
        "cannot be met because no border or bridge joins U00002 and U00003, which share a group"
    )
    assert result.groups[1].links == ((2, 3),)


def test_island_large_enough_stands_alone():
    """An island with a team and enough patients is a group of its own: nothing is broken."""
    result = grouping.solve(problem([[1, 5, 9], [9, 9, 20]], edges=line(2)), POLICY)
    assert result.status == "proven best"
    assert teams(result) in ("AAB", "BBA")


def test_road_decides_before_travel():
    """A PCN without a road from the near team goes to the one that has a road."""
    result = grouping.solve(problem([[1, 1, INF], [50, 50, 50]], edges=line(3)), POLICY)
    assert teams(result)[2] == "B"
    assert result.status == "proven best"


def test_no_road_at_all_is_vacant():
    """Where no team has a road nobody is sent: all of it vacant, a group of its own, and said."""
    result = grouping.solve(problem([[1, INF]], edges=line(2)), POLICY)
    assert teams(result) == "A-"
    assert result.vacancies.tolist() == [0, 100]
    assert result.cost.vacancy == round((0.1 * 200 + 0.15 * 400 + 0.75 * 800) * COST_SCALE)
    assert [(g.team, g.pcns) for g in result.groups] == [(0, (0,)), (-1, (1,))]
    assert result.status == "cannot be met because no team has a road to U00001"


def test_system_without_team_is_unserved():
    """Groups stay inside a system, and one without a team gets none, unless they may cross."""
    case = problem([[1, 2, 3]], edges=line(3), system=["Q1", "Q1", "Q2"])
    result = grouping.solve(case, POLICY)
    assert teams(result) == "AA-"
    assert result.vacancies.tolist() == [0, 0, 100]
    assert result.status == "cannot be met because no team belongs to Q2"
    crossed = grouping.solve(case, dataclasses.replace(POLICY, cross_icb=True))
    assert teams(crossed) == "AAA"
    assert crossed.status == "proven best"


def test_nested_groups_do_not_span_labels():
    """Level 2 stops at the borders of Level 3; with too few teams it cannot, and says so."""
    minutes = [[1, 1, 1, 30], [30, 30, 9, 1]]
    case = problem(minutes, edges=line(4))
    assert teams(grouping.solve(case, POLICY)) == "AAAB"
    nested = grouping.solve(case, POLICY, within=["x", "x", "y", "y"])
    assert teams(nested) == "AABB"
    assert nested.nested
    dropped = grouping.solve(case, POLICY, within=["x", "y", "z", "z"])
    assert not dropped.nested
    assert "3 groups of Level 3 cannot each hold one of 2 teams" in dropped.status


# -- every partition ---------------------------------------------------------------------------


def links_by_hand(case):
    """
    Pairs that join what the map cuts off.

    It is joined by the shortest tree: its borders cost nothing, a link the way through the nearest
    base.
    """
    whole = nx.Graph()
    for a, b in itertools.combinations(range(len(case.pcns)), 2):
        through = float((case.minutes[:, a] + case.minutes[:, b]).min())
        whole.add_edge(a, b, weight=-1.0 if (a, b) in case.edges else min(through, 1e6))
    return [
        (a, b) for a, b in nx.minimum_spanning_edges(whole, data=False) if (a, b) not in case.edges
    ]


def best_by_hand(case, policy, allowed=lambda owner: True):
    """
    Try every team for every PCN: (what is broken, cost) of the best, and all that are as good.

    Broken: PCNs without a road from their team, people outside the bounds, links used. Written from
    the design's words, in floats, apart from the code under test. Of partitions that are allowed.
    """
    t, p = case.minutes.shape
    links = links_by_hand(case)
    graph = nx.Graph([*case.edges, *links])
    bounds = np.cumsum([0, *np.diff([0, *policy.vacancy_shares, 1])])
    best, owners = None, []
    for owner in itertools.product(range(t), repeat=p):
        if not allowed(owner):
            continue
        roadless = people = 0
        used = sum(owner[a] == owner[b] for a, b in links)
        cost = 0.0
        groups = {team: [k for k in range(p) if owner[k] == team] for team in set(owner)}
        if not all(nx.is_connected(graph.subgraph(group)) for group in groups.values()):
            continue
        for team, group in groups.items():
            patients = int(case.population[group].sum())
            people += max(0, case.population_needed - patients)
            if case.max_population is not None:
                people += max(0, patients - case.max_population)
            wanted = 0
            for k in group:
                minutes, need = case.minutes[team, k], case.demand[k] / 100
                if np.isinf(minutes):
                    roadless += 1
                    cost += need * policy.vacancy_prices[-1]
                    continue
                wanted += need
                over = max(0, minutes - case.max_minutes)
                cost += need * (minutes + over)
                cost += policy.move_price * max(0, need - case.today[team, k] / 100)
            short = max(0, wanted - case.supply[team] / 100)
            for low, high, price in zip(
                bounds[:-1], bounds[1:], policy.vacancy_prices, strict=True
            ):
                cost += price * min(max(0, short - low * wanted), (high - low) * wanted)
        key = (roadless, people, used, round(cost, 3))
        if best is None or key < best:
            best, owners = key, []
        if key == best:
            owners.append(owner)
    return best, owners


def random_case(seed):
    """A random map of 4 to 7 PCNs and 2 or 3 teams, of a kind that goes with the seed."""
    rng = np.random.default_rng(seed)
    kind = seed % 5
    p = int(rng.integers(4, 8 if seed % 2 else 7))
    t = 2 + int(p < 7 and rng.random() < 0.6)
    xy, bases = rng.uniform(0, 40, (p, 2)), rng.uniform(0, 40, (t, 2))
    gaps = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    # each PCN adjoins its nearest two; kind 1 loses all edges of one PCN
    near = np.argsort(gaps, axis=1)[:, 1:3]
    edges = sorted({(min(a, int(b)), max(a, int(b))) for a in range(p) for b in near[a]})
    if kind == 1:
        edges = [e for e in edges if 0 not in e]
    minutes = np.round(np.hypot(*(bases[:, None] - xy[None]).transpose(2, 0, 1)), 2)
    if kind == 2:
        minutes[rng.random((t, p)) < 0.3] = INF
        minutes[rng.integers(0, t, p), np.arange(p)] = rng.integers(5, 40, p)
    population = rng.integers(20, 60, p)
    demand = rng.integers(50, 400, p)
    total = int(population.sum())
    supply = rng.multinomial(int(demand.sum() * (0.7 if kind == 3 else 1.1)), np.full(t, 1 / t))
    today = np.zeros((t, p), dtype=np.int64)
    for k, team in enumerate(rng.integers(0, t, p)):
        left = int(supply[team] - today[team].sum())
        today[team, k] = min(left, int(demand[k]))
    return problem(
        minutes,
        edges=edges,
        demand=demand,
        supply=supply,
        today=today,
        population=population,
        needed=int(total * (0.6 if kind == 4 else 0.3)),
        high=int(total * 0.6) if seed % 3 == 0 else None,
        limit=20.0,
    )


@pytest.mark.parametrize("seed", range(60))
def test_agrees_with_every_partition(seed):
    """The model's answer breaks as little and costs as little as the best of all partitions."""
    case = random_case(seed)
    result = grouping.solve(case, POLICY)
    (roadless, people, used, cost), owners = best_by_hand(case, POLICY)
    assert sum(len(group.roadless) for group in result.groups) == roadless
    assert sum(abs(group.outside) for group in result.groups) == people
    assert sum(len(group.links) for group in result.groups) == used
    assert result.objective / COST_SCALE == pytest.approx(cost, abs=2e-3)
    assert tuple(result.team_of.tolist()) in owners
    broken = bool(roadless or people or used)
    assert result.status.startswith("cannot be met because") == broken
    assert result.bound == result.objective


@pytest.mark.parametrize("seed", range(10))
def test_tables_balance(seed):
    """Demand is staff and vacancies, supply staff and surplus, whole; and the same twice."""
    case = random_case(seed)
    result, again = grouping.solve(case, POLICY), grouping.solve(case, POLICY)
    assert result.assigned.dtype.kind == "i"
    assert (result.assigned.sum(axis=0) + result.vacancies == case.demand).all()
    assert (result.assigned.sum(axis=1) + result.surplus == case.supply).all()
    assert (result.assigned.min(), result.vacancies.min(), result.surplus.min()) >= (0, 0, 0)
    assert sorted(p for g in result.groups for p in g.pcns) == list(range(len(case.pcns)))
    assert (again.team_of == result.team_of).all()
    assert (again.assigned == result.assigned).all()


@pytest.mark.parametrize("seed", range(4))
def test_out_of_nodes_is_said(seed, monkeypatch):
    """Cut short, the search gives a whole answer and an honest bound, and does not call it proven.

    Five by five squares, three teams that are all a little too small.
    """
    rng = np.random.default_rng(seed)
    square = [(5 * r + c, 5 * r + c + 1) for r in range(5) for c in range(4)]
    square += [(5 * r + c, 5 * r + c + 5) for r in range(4) for c in range(5)]
    xy = np.array([divmod(k, 5) for k in range(25)])
    bases = rng.uniform(0, 4, (3, 2))
    minutes = np.round(10 * np.hypot(*(bases[:, None] - xy[None]).transpose(2, 0, 1)), 1)
    case = problem(
        minutes,
        edges=sorted(square),
        demand=rng.integers(50, 300, 25),
        supply=rng.integers(1_000, 1_400, 3),
        population=rng.integers(20, 60, 25),
        needed=280,
    )
    best = grouping.solve(case, POLICY)
    assert best.status == "proven best"
    monkeypatch.setattr(partition, "NODE_LIMIT", 1)
    monkeypatch.setattr(partition, "ALL_NODES", 4)
    cut = grouping.solve(case, POLICY)
    assert cut.bound <= best.objective <= cut.objective
    assert (cut.status == "proven best") == (cut.bound == cut.objective)
    graph = nx.Graph(list(case.edges))
    assert all(nx.is_connected(graph.subgraph(group.pcns)) for group in cut.groups)


# -- sites ---------------------------------------------------------------------------------------


def test_sites_make_groups_from_need():
    """Without teams, groups from the need to twice the need gather round the nearest sites.

    0-1-2-3-4-5 with sites at 0, 2 and 5: of 20 to 40 patients each, three groups of two.
    """
    minutes = np.abs(np.array([[0], [2], [5]]) - np.arange(6)) * 10.0
    result = grouping.solve_sites(problem(minutes, edges=line(6), needed=20), POLICY)
    assert teams(result) == "AABBCC"
    assert result.cost.total == (10 + 10 + 10) * COST_SCALE
    assert result.today is None
    assert result.assigned.sum() == result.vacancies.sum() == 0


def test_sites_make_groups_inside_those_of_level_3():
    """The middle two are of one group of Level 3 with the first, of another with the last.

    0-1-2-3-4-5 with sites at 0, 2 and 5, as above.
    """
    minutes = np.abs(np.array([[0], [2], [5]]) - np.arange(6)) * 10.0
    case = problem(minutes, edges=line(6), needed=20)
    result = grouping.solve_sites(case, POLICY, within=list("xxxyyy"))
    # three PCNs are one group, as two would leave one alone
    assert (teams(result), result.status) == ("AAACCC", "proven best")
    few = grouping.solve_sites(case, POLICY, within=list("wxxyyz"))
    assert (teams(few), few.nested) == ("AABBCC", False)
    story = explain.explain_groups(few, teams={}, pcns={})
    said = "there are fewer sites than Level 3 groups for the groups to lie inside"
    assert said in story.headline


def test_sites_keep_to_twice_the_need():
    """One site alone cannot gather more than twice the need, and the answer says so."""
    result = grouping.solve_sites(problem([[1, 1, 1]], edges=line(3), needed=10), POLICY)
    assert result.status == "cannot be met because 1 group holds more than the 20 patients allowed"


@pytest.mark.parametrize("seed", range(6))
def test_sites_left_out_were_not_needed(seed):
    """Leaving out sites that others are always as near as does not change the best cost."""
    rng = np.random.default_rng(seed)
    xy, sites = rng.uniform(0, 40, (6, 2)), rng.uniform(0, 60, (6, 2))
    minutes = np.round(np.hypot(*(sites[:, None] - xy[None]).transpose(2, 0, 1)), 1)
    case = problem(
        minutes, edges=[*line(6), (0, 2), (3, 5)], population=rng.integers(20, 40, 6), needed=50
    )
    result = grouping.solve_sites(case, POLICY)
    # all partitions, with staff for all and the cap said
    free = dataclasses.replace(
        case, max_population=100, today=np.tile(case.demand, (6, 1)), supply=case.supply * 6
    )
    cost = _cheapest_sites(free)
    assert result.objective / COST_SCALE == pytest.approx(cost, abs=1e-6)


def _cheapest_sites(case):
    """Least travel over partitions into whole groups within bounds, each with its own site."""
    graph = nx.Graph(list(case.edges))
    best = np.inf
    for owner in itertools.product(range(3), repeat=6):
        groups = [[k for k in range(6) if owner[k] == g] for g in sorted(set(owner))]
        if not all(
            nx.is_connected(graph.subgraph(g))
            and case.population_needed <= case.population[g].sum() <= case.max_population
            for g in groups
        ):
            continue
        for sites in itertools.permutations(range(6), len(groups)):
            cost = sum(case.minutes[s, g].sum() for s, g in zip(sites, groups, strict=True))
            best = min(best, cost)
    return best


# -- words ---------------------------------------------------------------------------------------

NAMES = {
    "teams": {"A": "Alder", "B": "Birch"},
    "pcns": {"U00000": "North", "U00001": "South", "U00002": "West", "U00003": "East"},
}


def test_staff_of_today_without_a_road_fill_no_need():
    """Whoever works on the island today is not said to: no more is unfilled than it was.

    A -10- U00000, and to U00001 no road; a half of A is at each today.
    """
    case = problem(
        [[10, np.inf]], edges=[(0, 1)], demand=[100, 100], supply=[200], today=[[100, 100]]
    )
    assert case.unmet_today.tolist() == [0, 100]
    result = grouping.solve(case, POLICY)
    assert result.vacancies.tolist() == [0, 100]
    story = explain.explain_groups(result, **NAMES)
    assert "1.0 WTE of the need stay unfilled, as today." in story.headline
    assert any(
        text.startswith("1.0 WTE of today are not counted, as no road leads there from their base")
        for text in story.sentences
    )


def test_headline_tells_groups_changes_and_certainty():
    """One paragraph: staff, groups, who changes team, what is unfilled, travel, cost, proof."""
    case = problem(
        [[5, 5, 30], [30, 20, 5]],
        edges=line(3),
        supply=[150, 200],
        today=[[100, 0, 0], [0, 100, 100]],
    )
    story = explain.explain_groups(grouping.solve(case, POLICY), **NAMES)
    # South moves for 10 less of travel and 10 of its move; the half WTE then unfilled weighs more
    assert "Every PCN keeps the team that serves it most today." in story.headline
    staffed = dataclasses.replace(
        case, supply=np.array([200, 200]), minutes=np.array([[5, 5, 30], [30, 25.0, 5]])
    )
    story = explain.explain_groups(grouping.solve(staffed, POLICY), **NAMES)
    assert story.headline == (
        "Podiatry: 3.0 WTE needed, 4.0 WTE in post. The PCNs form 2 groups, each in one piece, "
        "with one team. 1 PCN with 10 patients changes its main team (South to Alder); 1.0 WTE of "
        "staff work where they do not today. All need is filled, as today. Staff work 5 minutes "
        "from their base on average (today 12). Travel, moves and unfilled need weigh 25 minutes x "
        "WTE together, 29% below no change (35). Proven best: under these rules no other "
        "arrangement costs less."
    )
    assert story.sentences == (
        "Alder (2.0 WTE) serves 2 PCNs with 20 patients (2.0 WTE needed): North and South.",
        "Birch (2.0 WTE) serves 1 PCN with 10 patients (1.0 WTE needed): West.",
        "More staff than is needed of them: Birch 1.0 WTE.",
    )


def test_what_is_broken_is_told_by_name():
    """Groups too small, far work, unused teams, PCNs without a road: each in a sentence by name."""
    case = problem(
        [[5, 70, INF], [90, 90, INF]], edges=line(3), needed=50, supply=[150, 60], limit=60
    )
    story = explain.explain_groups(grouping.solve(case, POLICY), **NAMES)
    assert (
        "Not every rule can be met: the group of North and South has 20 patients where 50 are "
        "needed; West cannot be served (no team has a road to it)."
    ) in story.headline
    assert "0.75 WTE work beyond the limit of 60 minutes: Alder at South (70 minutes)." in (
        story.sentences
    )
    assert "Birch gets no group, and its 0.60 WTE no work." in story.sentences
    assert "Nobody serves 1 PCN with 10 patients (1.0 WTE needed): West." in story.sentences
    assert story.reasons == {
        "U00000": "the group needs 2.0 WTE and Alder has 1.5 WTE",
        "U00001": "the group needs 2.0 WTE and Alder has 1.5 WTE",
        "U00002": "no team has a road to it",
    }


def test_pcns_without_a_road_are_in_no_group_with_a_team():
    """Two of four PCNs have a team each; the other two have no road, and it is "to them"."""
    case = problem([[5, 9, INF, INF], [9, 5, INF, INF]], edges=line(4), supply=[150, 150])
    story = explain.explain_groups(grouping.solve(case, POLICY), **NAMES)
    assert "2 of 4 PCNs form 2 groups, each in one piece, with one team." in story.headline
    assert "West and East cannot be served (no team has a road to them)" in story.headline


def test_whom_nobody_serves_keeps_no_team():
    """North keeps its team; South, where no road leads, has none to keep. Nor has anybody alone."""
    today = [[100, 0]]
    case = problem([[5, INF]], edges=line(2), supply=[150], today=today)
    story = explain.explain_groups(grouping.solve(case, POLICY), **NAMES)
    assert " Every PCN that has one keeps the team that serves it most today." in story.headline
    case = problem([[INF, INF]], edges=line(2), supply=[150], today=today)
    story = explain.explain_groups(grouping.solve(case, POLICY), **NAMES)
    assert "keeps the team" not in story.headline


def test_no_change_that_is_cheaper_is_told_why():
    """Where today keeps no rule for groups it can be cheaper, and the paragraph says why."""
    case = problem([[5, 90, 5], [90, 5, 90]], edges=line(3), today=[[100, 0, 100], [0, 100, 0]])
    story = explain.explain_groups(grouping.solve(case, POLICY), **NAMES)
    assert "No change is cheaper only because it need not keep the rules for groups." in (
        story.headline
    )


def test_sites_are_told_as_sites():
    """A service without teams is told by the sites that suit its groups."""
    result = grouping.solve_sites(problem([[1, 2]], edges=line(2), needed=20), POLICY)
    story = explain.explain_groups(result, **NAMES)
    assert story.headline.startswith("Podiatry: 2.0 WTE needed, no teams given. 2 PCNs form one")
    assert story.sentences == (
        "Alder is the best site for 2 PCNs with 20 patients (2.0 WTE needed): North and South.",
    )
