"""The worst first at Levels 2 and 3: known answers, every partition, words, and the audit."""

from __future__ import annotations

import dataclasses
import itertools

import networkx as nx
import numpy as np
import pytest
from test_grouping import INF, line, links_by_hand, problem, random_case, teams
from test_locks import locked, some_locks

from footprint.allocation import columns, farthest, grouped, grouping, partition
from footprint.allocation.near_ties import NearTie
from footprint.allocation.problem import COST_SCALE
from footprint.policy import Policy

COST = Policy()
POLICY = Policy(fairness="worst first")
NAMES = {
    "teams": {"A": "Alder", "B": "Birch", "C": "Cedar"},
    "pcns": {"U00000": "North", "U00001": "South", "U00002": "West", "U00003": "East"},
}

# -- maps with a known answer ------------------------------------------------------------------

# 0-1-2   by cost A takes 0 and 1 (5 + 20 + 5), though B is 4 minutes nearer to 1 than A
#         and would add 40 minutes x WTE of moves
THREE = problem(
    [[5, 20, 40], [40, 16, 5]],
    edges=line(3),
    today=[[100, 100, 0], [0, 0, 100]],
    supply=[300, 300],
)


def test_the_farthest_comes_before_the_cost():
    """By cost South stays with A, 20 minutes away; the worst first gives it to B, 16 away."""
    assert teams(grouping.solve(THREE, COST)) == "AAB"
    result = grouping.solve(THREE, POLICY)
    assert teams(result) == "ABB"
    assert (result.limit.longest, result.limit.bound, result.farthest) == (16.0, 16.0, 16.0)
    assert (result.limit.free.farthest, teams(result.limit.free)) == (20.0, "AAB")
    assert (result.status, result.gap) == ("proven best", 0)
    assert result.cost.travel == (5 + 16 + 5) * COST_SCALE
    assert result.cost.moves == 10 * COST_SCALE


def test_within_the_limit_cost_decides():
    """East is 30 minutes from both bases, so that nobody else need move for its sake."""
    case = problem(
        [[5, 20, 40, 30], [40, 16, 5, 30]],
        edges=line(4),
        today=[[100, 100, 0, 0], [0, 0, 100, 100]],
        supply=[400, 400],
    )
    result = grouping.solve(case, POLICY)
    assert teams(result) == teams(grouping.solve(case, COST)) == "AABB"
    assert result.limit.longest == 30.0


def test_a_team_that_has_nobody_to_send_brings_nobody_nearer():
    """B's base is nearer to South, but with B's staff all at West that would leave South empty."""
    case = dataclasses.replace(THREE, supply=np.array([200, 100]))
    result = grouping.solve(case, POLICY)
    assert (teams(result), result.limit.longest) == ("AAB", 20.0)
    # half of it is no way out either
    assert teams(
        grouping.solve(dataclasses.replace(case, supply=np.array([200, 199])), POLICY)
    ) == ("AAB")
    # what is unmet in any case may be unmet there
    less = dataclasses.replace(case, supply=np.array([150, 150]), today=THREE.today // 2)
    assert teams(grouping.solve(less, POLICY)) == "ABB"


def test_groups_and_people_come_before_the_farthest():
    """A limit that would tear a group, or leave one too small, is no limit.

    0-1-2   A is 50 from 2, B 5; only as a pair are two PCNs enough patients.
    """
    case = problem([[5, 5, 50], [60, 45, 5]], edges=line(3), needed=15)
    assert teams(grouping.solve(case, POLICY)) == "AAA"
    assert grouping.solve(case, POLICY).limit.longest == 50.0
    torn = problem([[5, 50, 5], [60, 5, 60]], edges=line(3))
    assert (teams(grouping.solve(torn, COST)), grouping.solve(torn, POLICY).limit.longest) == (
        "AAA",
        50.0,
    )


def test_a_lock_comes_before_the_farthest():
    """South locked to A stays 20 minutes away; locked to B it goes where it would go anyway."""
    held = grouping.solve(locked(THREE, base=[(1, 0)]), POLICY)
    assert (teams(held), held.limit.longest, len(held.unkept)) == ("AAB", 20.0, 0)
    free = grouping.solve(locked(THREE, base=[(1, 1)]), POLICY)
    assert (teams(free), free.limit.longest) == ("ABB", 16.0)


def test_who_has_no_road_is_not_counted_but_not_made_more():
    """The fewest PCNs without a road come first; of the others the farthest is as near as can be.

    0-1-2 with bases A and B: only A has a road to 2, which lies behind 1.
    """
    case = problem([[5, 40, 45], [50, 10, INF]], edges=line(3))
    result = grouping.solve(case, POLICY)
    assert (teams(result), result.limit.longest) == ("AAA", 45.0)
    nobody = problem([[5, 40, INF], [50, 10, INF]], edges=line(3))
    result = grouping.solve(nobody, POLICY)
    assert (teams(result), result.limit.longest) == ("AB-", 10.0)
    assert result.status == "cannot be met because no team has a road to U00002"


def test_one_limit_for_all_systems():
    """The worst-off PCN of any system sets the limit; where it is not, cost decides below it."""
    case = problem(
        [[5, 20, 40, INF], [40, 16, 5, INF], [INF, INF, INF, 90]],
        edges=line(3),
        today=[[100, 100, 0, 0], [0, 0, 100, 0], [0, 0, 0, 100]],
        supply=[300, 300, 100],
        system=["Q1", "Q1", "Q1", "Q2"],
        team_system=["Q1", "Q1", "Q2"],
    )
    result = grouping.solve(case, POLICY)
    assert (teams(result), result.limit.longest) == ("AABC", 90.0)
    near = dataclasses.replace(case, minutes=np.where(case.minutes == 90, 18, case.minutes))
    result = grouping.solve(near, POLICY)
    assert (teams(result), result.limit.longest) == ("ABBC", 18.0)


def test_level_2_inside_level_3_and_the_farthest():
    """Groups that lie inside those of Level 3 are not left for a shorter journey."""
    nested = grouping.solve(THREE, POLICY, within=["x", "x", "y"])
    assert (teams(nested), nested.limit.longest) == ("AAB", 20.0)


def test_one_team_has_one_answer():
    """With a single team there is nothing to choose, and that is proven."""
    result = grouping.solve(problem([[5, 30]], edges=line(2)), POLICY)
    assert (result.limit.longest, result.limit.bound, result.status) == (30.0, 30.0, "proven best")


def test_nobody_is_reached():
    """Without a road anywhere there is no journey, and no limit."""
    result = grouping.solve(problem([[INF, INF]], edges=line(2)), POLICY)
    assert (result.limit.longest, result.farthest) == (0.0, 0.0)


def test_large_regions_go_by_columns_first(monkeypatch):
    """By columns the same limit and cost are found as by HiGHS, need unmet within bounds too."""
    cases = [random_case(seed) for seed in range(0, 60, 5)]
    cases += [dataclasses.replace(THREE, supply=np.array([200, staff])) for staff in (100, 199)]
    before = [grouping.solve(case, POLICY) for case in cases]
    monkeypatch.setattr(partition, "BY_COLUMNS", 1)
    after = [grouping.solve(case, POLICY) for case in cases]
    assert [(one.limit.longest, one.objective) for one in after] == [
        (one.limit.longest, one.objective) for one in before
    ]


# -- every partition ---------------------------------------------------------------------------


@dataclasses.dataclass
class Every:
    """All ways to give the PCNs of a tiny case to its teams: a row each."""

    owner: np.ndarray
    broken: np.ndarray  # locks, roads, people, links
    longest: np.ndarray
    unmet: np.ndarray
    cost: np.ndarray

    def best(self, rows):
        """(longest, cost) of rows that break least: first by one, then by the other."""
        least = min(self.broken[rows].tolist())
        rows = rows & (self.broken == least).all(axis=1)
        longest = self.longest[rows].min()
        return longest, self.cost[rows & (self.longest == longest)].min()


def every(case, policy, *, sites=False):
    """Work all of them out from the design's words, apart from the code under test."""
    t, p = case.minutes.shape
    links = links_by_hand(case)
    graph = nx.Graph([*case.edges, *links])
    sets = [[k for k in range(p) if mask >> k & 1] for mask in range(1 << p)]
    whole = np.array([not part or nx.is_connected(graph.subgraph(part)) for part in sets])
    owner = np.array(list(itertools.product(range(t), repeat=p)))
    masks = [((owner == team) << np.arange(p)).sum(axis=1) for team in range(t)]
    owner = owner[np.logical_and.reduce([whole[mask] for mask in masks])]
    here = np.arange(p)
    minutes = case.minutes[owner, here]
    road = np.isfinite(minutes)
    need = np.where(road, case.demand / 100, 0)
    way = np.where(road, minutes, 0)
    cost = (need * (way + np.maximum(0, way - case.max_minutes))).sum(axis=1)
    cost += policy.vacancy_prices[-1] * np.where(road, 0, case.demand / 100).sum(axis=1)
    unmet = np.where(road, 0, case.demand).sum(axis=1)
    high = case.max_population
    if sites:
        high = 2 * case.population_needed if high is None else high
    else:
        cost += policy.move_price * np.maximum(0, need - case.today[owner, here] / 100).sum(axis=1)
    people = np.zeros(len(owner), dtype=int)
    bounds = np.cumsum([0, *np.diff([0, *policy.vacancy_shares, 1])])
    for team in range(t):
        inside = owner == team
        patients = (inside * case.population).sum(axis=1)
        people += np.where(patients > 0, np.maximum(0, case.population_needed - patients), 0)
        if high is not None:
            people += np.maximum(0, patients - high)
        if not sites:
            load = np.where(inside & road, case.demand, 0).sum(axis=1)
            lacks = np.maximum(0, load - case.supply[team])
            unmet += lacks
            for low, end, price in zip(bounds, bounds[1:], policy.vacancy_prices, strict=False):
                tier = np.clip(lacks / 100 - low * load / 100, 0, (end - low) * load / 100)
                cost += price * tier
    locks = np.zeros(len(owner), dtype=int)
    for a, b in case.locks.together:
        locks += owner[:, a] != owner[:, b]
    for a, b in case.locks.apart:
        locks += owner[:, a] == owner[:, b]
    for a, team in case.locks.base:
        locks += owner[:, a] != team
    used = sum((owner[:, a] == owner[:, b]).astype(int) for a, b in links) + 0 * people
    reached = np.isfinite(case.minutes).any(axis=0)
    assert reached.all()
    return Every(
        owner=owner,
        broken=np.column_stack([locks, (~road).sum(axis=1), people, used]),
        longest=way.max(axis=1),
        unmet=unmet,
        cost=np.round(cost, 6),
    )


def holds(case, result, *, sites=False):
    """Hold an answer against every partition: the limit, then the cost; and by cost alone."""
    found = every(case, POLICY, sites=sites)
    free = result.limit.free

    def row(team_of):
        return int(np.flatnonzero((found.owner == team_of).all(axis=1))[0])

    by_cost, chosen = row(free.team_of), row(result.team_of)
    least = min(found.broken.tolist())
    assert found.broken[by_cost].tolist() == found.broken[chosen].tolist() == least
    as_few = (found.broken == least).all(axis=1)
    assert found.cost[by_cost] == pytest.approx(found.cost[as_few].min(), abs=2e-3)
    longest, cost = found.best(found.unmet <= found.unmet[by_cost])
    assert result.limit.longest == result.limit.bound == result.farthest == longest
    assert found.longest[chosen] == longest
    assert found.unmet[chosen] <= found.unmet[by_cost]
    assert found.cost[chosen] == pytest.approx(cost, abs=2e-3)
    assert result.objective / COST_SCALE == pytest.approx(cost, abs=2e-3)
    assert result.bound == result.objective
    return longest < found.longest[by_cost]


@pytest.mark.parametrize("seed", range(40))
def test_agrees_with_every_partition(seed):
    """Rules, need and minutes as in the best of all partitions, then the least cost."""
    case = random_case(seed)
    holds(case, grouping.solve(case, POLICY))


def larger_case(seed):
    """Eight PCNs and four teams with more staff than are needed, some roads missing."""
    rng = np.random.default_rng(7_000 + seed)
    p, t = 8, int(rng.integers(2, 5))
    xy, bases = rng.uniform(0, 40, (p, 2)), rng.uniform(0, 40, (t, 2))
    gaps = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    near = np.argsort(gaps, axis=1)[:, 1:3]
    edges = sorted({(min(a, int(b)), max(a, int(b))) for a in range(p) for b in near[a]})
    minutes = np.round(np.hypot(*(bases[:, None] - xy[None]).transpose(2, 0, 1)), 1)
    if seed % 3 == 1:
        minutes[rng.random((t, p)) < 0.25] = INF
        minutes[rng.integers(0, t, p), np.arange(p)] = np.round(rng.uniform(5, 40, p), 1)
    demand, population = rng.integers(50, 400, p), rng.integers(20, 60, p)
    supply = np.full(t, int(demand.sum() * rng.uniform(0.6, 1.4)))
    today = np.zeros((t, p), dtype=np.int64)
    for k, team in enumerate(rng.integers(0, t, p)):
        today[team, k] = min(int(supply[team] - today[team].sum()), int(demand[k]))
    total = int(population.sum())
    needed = int(total * (0.15, 0.3, 0.6)[seed % 3])
    return problem(
        minutes,
        edges=edges,
        demand=demand,
        supply=supply,
        today=today,
        population=population,
        needed=needed,
        high=max(needed, int(total * 0.55)) if seed % 2 else None,
        limit=25.0,
    )


def test_larger_cases_agree_with_every_partition():
    """Of cases with staff to spare the same; the limit makes a difference in a good part."""
    shorter = 0
    for seed in range(24):
        case = larger_case(seed)
        shorter += holds(case, grouping.solve(case, POLICY))
    assert shorter >= 8


@pytest.mark.parametrize("seed", range(24))
def test_locks_agree_with_every_partition(seed):
    """With locks, contradictions included: the fewest lost come before all else."""
    case = some_locks(larger_case(seed), seed)
    result = grouping.solve(case, POLICY)
    holds(case, result)


@pytest.mark.parametrize("seed", range(24))
def test_sites_agree_with_every_partition(seed):
    """Around candidate sites, where every rule can be kept and where it cannot."""
    case = larger_case(seed)
    if seed % 4 == 3:
        case = locked(case, together=[(0, 5)], apart=[(1, 2)])
    holds(case, grouping.solve_sites(case, POLICY), sites=True)


def test_columns_of_sites_and_their_model_agree(monkeypatch):
    """Where columns do not get there the model of PCN and site finds the same limit and cost."""
    cases = [larger_case(seed) for seed in range(0, 24, 3)]
    before = [grouping.solve_sites(case, POLICY) for case in cases]
    monkeypatch.setattr(columns, "solve", lambda question: None)
    after = [grouping.solve_sites(case, POLICY) for case in cases]
    assert [(one.limit.longest, one.objective) for one in after] == [
        (one.limit.longest, one.objective) for one in before
    ]


# -- the search ----------------------------------------------------------------------------------


def test_what_is_not_refuted_is_not_claimed(monkeypatch):
    """Out of nodes no limit is ruled out: the status, the bound and the words own up to it."""
    case = next(
        case
        for case in map(random_case, range(60))
        if (found := grouping.solve(case, POLICY)).limit.free.farthest > found.limit.longest
        and found.status == "proven best"
    )
    proven = grouping.solve(case, POLICY)
    split = farthest.within

    def out_of_nodes(*args, **options):
        found, _ = split(*args, **options)
        return found, False

    monkeypatch.setattr(farthest, "within", out_of_nodes)
    result = grouping.solve(case, POLICY)
    assert result.limit.longest == proven.limit.longest > result.limit.bound
    assert (result.status, result.told(teams={}, pcns={})) == ("best found", "best found")
    claims = result.limit.claims()
    assert claims["longest_gap"] == pytest.approx(1 - result.limit.bound / result.limit.longest)
    story = grouped.solve(case, POLICY).story(**NAMES)
    assert story.sentences[0].endswith("is not settled.")


def test_regions_that_are_near_enough_are_not_solved_again(monkeypatch):
    """Only regions with a PCN beyond the limit are split once more; none where all are near."""
    asked = []
    split = farthest.within
    monkeypatch.setattr(
        farthest, "within", lambda region, *a, **o: asked.append(region) or split(region, *a, **o)
    )
    case = problem(
        [[5, 20, 40, INF], [40, 16, 5, INF], [INF, INF, INF, 10]],
        edges=line(3),
        today=[[100, 100, 0, 0], [0, 0, 100, 0], [0, 0, 0, 100]],
        supply=[300, 300, 100],
        system=["Q1", "Q1", "Q1", "Q2"],
        team_system=["Q1", "Q1", "Q2"],
    )
    assert teams(grouping.solve(case, POLICY)) == "ABBC"
    assert {len(region.population) for region in asked} == {3}
    asked.clear()
    grouping.solve(
        dataclasses.replace(case, minutes=np.where(case.minutes == 20, 16, case.minutes)), POLICY
    )
    assert asked == []


def test_the_same_twice():
    """The same case has the same answer, PCN by PCN."""
    for seed in range(6):
        one, other = (grouping.solve(larger_case(seed), POLICY) for _ in range(2))
        assert one.team_of.tolist() == other.team_of.tolist()


# -- words ---------------------------------------------------------------------------------------


def test_the_words_say_how_far_and_at_what_cost():
    """How far the farthest PCN is, how much nearer than by cost alone, and what that costs."""
    solved = grouped.solve(dataclasses.replace(THREE, basis="estimate"), POLICY)
    told = solved.story(**NAMES)
    assert told.sentences[:2] == (
        "The longest journey comes first: no PCN is farther than 16 minutes (estimate) from its"
        " group's base, 4 fewer than by cost alone. No shorter limit keeps every rule and leaves as"
        " little need unmet.",
        "Keeping to this limit costs 20% more than by cost alone: 6 minutes x WTE.",
    )
    assert (
        "No change is cheaper only because it need not keep the rules for groups, nor bring the"
        " farthest PCN near." in told.headline
    )
    assert solved.claims() == {
        "longest_minutes": 16.0,
        "longest_bound": 16.0,
        "longest_gap": 0.0,
        "by_cost": {"longest_minutes": 20.0, "objective": 30.0, "unmet": {"Q1": 0.0}},
    }
    assert grouped.solve(THREE, COST).claims() == {}
    assert not any("longest" in one for one in grouped.solve(THREE, COST).story(**NAMES).sentences)


def test_the_words_where_cost_alone_does_as_well():
    """Where the cheapest groups have the shortest limit already, that is what is said."""
    case = problem([[5, 30]], edges=line(2), needed=30)
    assert grouped.solve(case, POLICY).story(**NAMES).sentences[0] == (
        "The longest journey comes first: no PCN is farther than 30 minutes from its group's base,"
        " as by cost alone. No shorter limit breaks as few rules and leaves as little need unmet."
    )
    minutes = np.abs(np.array([[0], [2], [5]]) - np.arange(6)) * 10.0
    sites = grouped.solve_sites(problem(minutes, edges=line(6), needed=20), POLICY)
    assert sites.story(**NAMES).sentences[0] == (
        "The longest journey comes first: no PCN is farther than 10 minutes from its group's site,"
        " as by cost alone. No shorter limit keeps every rule."
    )


def test_a_lock_that_keeps_a_pcn_far_says_so():
    """What a lock costs is told in minutes where these would be fewer without it, else in cost."""
    held = grouped.solve(locked(THREE, base=[(1, 0)]), POLICY)
    assert held.story(**NAMES).sentences[-1] == (
        "South is kept with Alder as you asked; without that no PCN would be farther than 16"
        " minutes from its group's base."
    )
    same = grouped.solve(locked(THREE, base=[(0, 0)]), POLICY)
    assert same.story(**NAMES).sentences[-1] == (
        "North is kept with Alder as you asked; without that the plan would cost the same."
    )


def test_near_ties_keep_to_the_limit():
    """A PCN that could as well be with another team is no tie where that is beyond the limit."""
    # 0-1-2-3: 1 costs the same with A and with B, which is 10 minutes farther but has staff there
    case = problem(
        [[5, 10, 40, 40], [40, 20, 14, 5]],
        edges=line(4),
        today=[[100, 0, 0, 0], [0, 100, 100, 100]],
        supply=[400, 400],
    )
    assert [tie.pcn for tie in grouped.solve(case, COST).near_ties] == ["U00001"]
    first = grouped.solve(case, POLICY)
    assert (teams(first.result), first.result.limit.longest) == ("AABB", 14.0)
    assert first.near_ties == ()
    wide = dataclasses.replace(case, minutes=np.where(case.minutes == 14, 20, case.minutes))
    tie = grouped.solve(wide, POLICY).near_ties
    assert tie in (
        (NearTie("U00001", "A", "B", 0.0),),
        (NearTie("U00001", "B", "A", 0.0),),
    )
