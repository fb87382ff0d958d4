"""Level 1: drawn networks with known answers, and two other solvers on random ones."""

from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import linprog

from footprint.allocation import explain, flow
from footprint.allocation.prices import prices, worths
from footprint.allocation.problem import COST_SCALE, Problem
from footprint.allocation.residual import Residual
from footprint.allocation.shortage import shortages
from footprint.errors import ModelError
from footprint.policy import Policy

POLICY = Policy()
INF = np.inf


def problem(minutes, *, supply, demand, today=None, limit=30.0):
    """A Level 1 service from a (T, P) table of minutes."""
    minutes = np.array(minutes, dtype=float)
    t, p = minutes.shape
    return Problem(
        service_id="nursing",
        service_name="Nursing",
        level=1,
        teams=tuple("ABCDEFGHIJKLMNOPQRST"[:t]),
        pcns=tuple(f"U{i:05}" for i in range(p)),
        supply=np.array(supply),
        demand=np.array(demand),
        today=np.zeros((t, p), dtype=np.int64) if today is None else np.array(today),
        minutes=minutes,
        max_minutes=limit,
        population=np.full(p, 30_000),
        population_needed=30_000,
        max_population=None,
        edges=(),
        system=("Q1",) * p,
        team_system=("Q1",) * t,
    )


NAMES = {
    "teams": {"A": "Alder", "B": "Birch", "C": "Cedar"},
    "pcns": {"U00000": "North", "U00001": "South", "U00002": "West", "U00003": "East"},
}


# -- known answers -----------------------------------------------------------------------------


def test_staff_stay_unless_moving_saves_more():
    """Ten minutes is what a move costs: 9 saved are not worth it, 11 are.

    A is at South today; B, new, is nearer to South by 9, then by 11.
    """
    case = problem([[20], [11]], supply=[100, 100], demand=[100], today=[[100], [0]])
    assert flow.solve(case, POLICY).assigned.tolist() == [[100], [0]]
    nearer = dataclasses.replace(case, minutes=np.array([[20.0], [9.0]]))
    result = flow.solve(nearer, POLICY)
    assert result.assigned.tolist() == [[0], [100]]
    assert result.moved.tolist() == [[0], [100]]
    assert result.surplus.tolist() == [100, 0]
    assert (result.cost.travel, result.cost.moves) == (9 * COST_SCALE, 10 * COST_SCALE)


def test_a_team_moves_on_when_another_covers():
    """A has spare staff and reaches only North; B leaves North to fill South.

    A -5- North -5- B -5- South
    """
    case = problem(
        [[5, INF], [5, 5]], supply=[100, 100], demand=[100, 100], today=[[0, 0], [100, 0]]
    )
    result = flow.solve(case, POLICY)
    assert result.assigned.tolist() == [[100, 0], [0, 100]]
    # 5 + 5 minutes and two moves
    assert result.objective == (10 + 20) * COST_SCALE
    assert (
        flow.today(case, POLICY).objective == (5 + 0.1 * 200 + 0.15 * 400 + 0.75 * 800) * COST_SCALE
    )


def test_shortage_is_spread_by_tiers():
    """With 1.5 of 2 WTE, two equal PCNs each go without a quarter: no third tier is touched."""
    case = problem([[5, 5]], supply=[150], demand=[100, 100])
    result = flow.solve(case, POLICY)
    assert result.vacancies.tolist() == [25, 25]
    assert result.vacancy_tiers.tolist() == [[10, 10], [15, 15], [0, 0]]
    assert result.cost.vacancy == (0.2 * 200 + 0.3 * 400) * COST_SCALE


def test_beyond_the_limit_staff_may_stay_but_not_come():
    """Of two teams 40 minutes away with a limit of 30, only the one there today may serve."""
    case = problem([[40], [40]], supply=[50, 50], demand=[100], today=[[50], [0]])
    result = flow.solve(case, POLICY)
    assert result.assigned.tolist() == [[50], [0]]
    assert result.vacancies.tolist() == [50]


def test_no_road_is_no_way_even_for_today():
    """Staff of today without a road cannot stay: they are surplus, and the need is unfilled."""
    case = problem([[INF]], supply=[100], demand=[100], today=[[100]])
    result = flow.solve(case, POLICY)
    assert (result.vacancies.tolist(), result.surplus.tolist()) == ([100], [100])
    assert flow.today(case, POLICY).objective == result.objective


@pytest.mark.parametrize(
    ("supply", "demand"), [([0], [100]), ([100], [0]), ([0], [0]), ([3], [1]), ([1], [3])]
)
def test_extremes_have_an_answer(supply, demand):
    """No staff, no need, neither, and amounts too small for a tier each have a proven answer."""
    result = flow.solve(problem([[5]], supply=supply, demand=demand), POLICY)
    assert result.assigned.sum() == min(supply[0], demand[0])
    assert result.status == "proven best"


def test_no_teams_leaves_all_unfilled():
    """A problem without a single team is all vacancies."""
    case = problem(np.empty((0, 2)), supply=np.empty(0, dtype=np.int64), demand=[100, 50])
    assert flow.solve(case, POLICY).vacancies.tolist() == [100, 50]


def test_floats_are_refused():
    """What the solver would cut down in silence is refused before it gets there."""
    with pytest.raises(ModelError, match="integers"):
        problem([[5]], supply=[100.5], demand=[100])


# -- other solvers -----------------------------------------------------------------------------


def random_case(seed):
    """Up to 4 teams and 7 PCNs, some out of reach, some without a road, often short."""
    rng = np.random.default_rng(seed)
    t, p = int(rng.integers(1, 5)), int(rng.integers(1, 8))
    minutes = np.round(rng.uniform(2, 50, (t, p)), 2)
    minutes[rng.random((t, p)) < 0.1] = INF
    demand = rng.integers(0, 400, p)
    supply = rng.integers(0, int(1.2 * demand.sum() / t) + 2, t)
    today = np.array(
        [rng.multinomial(s, np.full(p + 1, 1 / (p + 1)))[:p] for s in supply], dtype=np.int64
    )
    return problem(minutes, supply=supply, demand=demand, today=today)


def program(case, *, move=True):
    """The design's Level 1 as columns (team or -1, PCN, capacity, cost in units per hundredth)."""
    columns = []
    for k in range(len(case.pcns)):
        need = int(case.demand[k])
        for team in range(len(case.teams)):
            minutes = case.minutes[team, k]
            if np.isfinite(minutes):
                columns.append((team, k, int(case.today[team, k]), round(minutes * 100)))
                if move and minutes <= case.max_minutes:
                    columns.append((team, k, int(case.supply[team]), round(minutes * 100) + 1000))
        ends = [0, round(need / 10), round(need / 4), need]
        for low, high, price in zip(ends[:-1], ends[1:], (200, 400, 800), strict=True):
            columns.append((-1, k, high - low, price * 100))
    return columns


def by_networkx(case, **options):
    """Cost by networkx's network simplex."""
    graph = nx.MultiDiGraph()
    graph.add_node("hub", demand=int(case.supply.sum() - case.demand.sum()))
    for team, staff in enumerate(case.supply.tolist()):
        graph.add_node(("team", team), demand=-staff)
        graph.add_edge(("team", team), "hub", weight=0, capacity=staff)
    for k, need in enumerate(case.demand.tolist()):
        graph.add_node(("pcn", k), demand=need)
    for team, k, capacity, cost in program(case, **options):
        tail = "hub" if team < 0 else ("team", team)
        graph.add_edge(tail, ("pcn", k), weight=cost, capacity=capacity)
    return nx.network_simplex(graph)[0]


def by_linprog(case, **options):
    """Cost by scipy's linear programming."""
    columns = program(case, **options)
    n, t, p = len(columns), len(case.teams), len(case.pcns)
    fill, staff = np.zeros((p, n)), np.zeros((t, n))
    for at, (team, k, _, _) in enumerate(columns):
        fill[k, at] = 1
        if team >= 0:
            staff[team, at] = 1
    return linprog(
        [cost for *_, cost in columns],
        A_eq=fill,
        b_eq=case.demand,
        A_ub=staff,
        b_ub=case.supply,
        bounds=[(0, capacity) for _, _, capacity, _ in columns],
    ).fun


def large_case(seed):
    """10 to 20 teams and 40 to 60 PCNs on a square, most of them out of each other's reach."""
    rng = np.random.default_rng(10_000 + seed)
    t, p = int(rng.integers(10, 21)), int(rng.integers(40, 61))
    base, home = rng.uniform(0, 60, (t, 2)), rng.uniform(0, 60, (p, 2))
    minutes = np.round(3 + np.hypot(*(base[:, None] - home[None]).transpose(2, 0, 1)), 1)
    minutes[rng.random((t, p)) < 0.02] = INF
    demand = rng.integers(0, 4_000, p)
    supply = rng.integers(0, int(rng.uniform(0.8, 1.3) * 2 * demand.sum() / t) + 2, t)
    share = (rng.random((t, p)) < 0.2) * rng.random((t, p)) + 1e-9
    today = np.floor(supply[:, None] * share / share.sum(axis=1, keepdims=True)).astype(np.int64)
    return problem(minutes, supply=supply, demand=demand, today=today)


def all_agree(case):
    """Network simplex and linear programming find the same cost, of both arrangements."""
    result, unchanged = flow.solve(case, POLICY), flow.today(case, POLICY)
    for found, move in ((result, True), (unchanged, False)):
        assert found.objective == by_networkx(case, move=move) == found.bound
        assert by_linprog(case, move=move) == pytest.approx(found.objective, rel=1e-9, abs=1e-3)
    assert result.objective <= unchanged.objective


@pytest.mark.parametrize("chunk", range(20))
def test_other_solvers_agree_on_500_small_cases(chunk):
    """OR-Tools, networkx and HiGHS find the same optimum, 25 cases a time."""
    for seed in range(25 * chunk, 25 * chunk + 25):
        all_agree(random_case(seed))


@pytest.mark.parametrize("seed", range(20))
def test_other_solvers_agree_on_large_cases(seed):
    """The same of a county: up to 20 teams and 60 PCNs."""
    all_agree(large_case(seed))


@pytest.mark.parametrize("seed", range(40))
def test_tables_and_dual_prices_hold(seed):
    """Hundredths balance, nobody comes from beyond the limit, slackness is complementary."""
    case = random_case(seed)
    result, again = flow.solve(case, POLICY), flow.solve(case, POLICY)
    assert (result.assigned == again.assigned).all()
    assert result.assigned.dtype.kind == "i"
    assert (result.assigned.sum(axis=0) + result.vacancies == case.demand).all()
    assert (result.assigned.sum(axis=1) + result.surplus == case.supply).all()
    assert (result.assigned - result.moved <= case.today).all()
    assert not result.moved[case.minutes > case.max_minutes].any()
    assert not flow.today(case, POLICY).moved.any()
    net, price = result.network, result.potentials
    reduced = net.cost + price[net.tail] - price[net.head]
    assert (result.flow[reduced > 0] == 0).all()
    assert (result.flow[reduced < 0] == net.capacity[reduced < 0]).all()


def test_a_flow_that_is_not_the_cheapest_is_found_out():
    """A cycle that lowers the cost is told, not looped on: 0 -> 1 -> 2 -> 1 falls for ever."""
    tail, head = np.array([0, 1, 2]), np.array([1, 2, 1])
    one = np.ones(3, dtype=np.int64)
    residual = Residual.of(tail, head, one, np.array([1, 1, -2]), 0 * one, 3)
    with pytest.raises(ModelError, match="not the cheapest"):
        residual.distances("nursing")


# -- prices and shortages ----------------------------------------------------------------------


def test_price_is_what_the_next_hundredth_costs():
    """Each price is what the objective grows by when that PCN alone needs 0.01 more."""
    for seed in range(12):
        case = random_case(seed)
        result = flow.solve(case, POLICY)
        columns = program(case)
        for k, price in enumerate(prices(result)):
            if not case.demand[k]:
                assert np.isnan(price.minutes)
                continue
            grown = dataclasses.replace(case, demand=case.demand + (np.arange(len(case.pcns)) == k))
            # the tiers of the old demand, the last one open
            last = max(at for at, c in enumerate(columns) if c[:2] == (-1, k) and c[2])
            wider = [(*c[:2], c[2] + 1, c[3]) if at == last else c for at, c in enumerate(columns)]
            assert by_columns(grown, wider) - result.objective == round(price.minutes * 100)


def test_prices_where_a_move_is_as_large_as_need_or_staff():
    """A fills North alone by a move and has more; B has fewer than South needs: 10 + 5 minutes.

    A -5- North; B -5- South. The next hundredth of either is worth a move like those before.
    """
    case = problem([[5, INF], [INF, 5]], supply=[150, 50], demand=[100, 100])
    result = flow.solve(case, POLICY)
    north, _ = prices(result)
    assert north.minutes == 15
    assert [step.kind for step in north.chain] == ["spare", "covers"]
    (birch,) = worths(result, case, POLICY)
    # of what South lacks the next hundredth is of the tier of 800, and of the whole half a WTE
    assert (birch.team, birch.minutes) == ("B", 800 - 15)
    assert birch.whole == pytest.approx(0.25 * 800 + 0.15 * 400 + 0.1 * 200 - 0.5 * 15)


def by_columns(case, columns):
    """Cost by linear programming of columns as they are given."""
    fill = np.array([[c[1] == k for c in columns] for k in range(len(case.pcns))], dtype=float)
    staff = np.array([[c[0] == t for c in columns] for t in range(len(case.teams))], dtype=float)
    found = linprog(
        [c[3] for c in columns],
        A_eq=fill,
        b_eq=case.demand,
        A_ub=staff,
        b_ub=case.supply,
        bounds=[(0, c[2]) for c in columns],
    )
    return round(found.fun)


def test_price_reads_as_a_chain_of_moves():
    """A's spare staff cover North, so that B moves on to South: 15 - 5 + 15 minutes.

    A -5- North -5- B -5- South
    """
    case = problem(
        [[5, INF], [5, 5]], supply=[150, 150], demand=[100, 100], today=[[50, 0], [50, 100]]
    )
    north, south = prices(flow.solve(case, POLICY))
    assert [(s.kind, s.team, s.pcn) for s in south.chain] == [
        ("spare", "A", ""),
        ("covers", "A", "U00000"),
        ("leaves", "B", "U00000"),
        ("covers", "B", "U00001"),
    ]
    assert explain.explain_price(north, **NAMES) == (
        "More demand at North costs 15 minutes per WTE: spare staff of Alder cover North."
    )
    assert explain.explain_price(south, **NAMES) == (
        "More demand at South costs 25 minutes per WTE: spare staff of Alder cover "
        "North, and Birch moves from there to South."
    )


def test_shortage_names_who_is_short_and_who_can_reach():
    """North and South share a team that is too small; West has its own; East has none in reach.

    A reaches North and South (2 of 3 WTE), B reaches West.
    """
    case = problem([[5, 6, 90, 90], [90, 90, 5, 90]], supply=[200, 200], demand=[100, 200, 100, 50])
    first, second = shortages(case)
    assert (first.pcns, first.teams, first.demand, first.within_reach) == ((0, 1), (0,), 300, 200)
    assert (second.pcns, second.teams, second.short) == ((3,), (), 50)
    result = flow.solve(case, POLICY)
    story = explain.explain_flow(result, flow.today(case, POLICY), **NAMES)
    assert (
        "North and South need 3.0 WTE, and the team within 30 minutes (Alder) can give 2.0 WTE: "
        "1.0 WTE stay unfilled whatever is done."
    ) in story.sentences
    assert "No staff are within 30 minutes of East: 0.50 WTE stay unfilled whatever is done." in (
        story.sentences
    )
    assert story.reasons["U00003"] == "no staff within 30 minutes"
    assert set(story.reasons) == {"U00000", "U00001", "U00003"}
    assert "More staff than is needed of them: Birch 1.0 WTE." in story.sentences


def test_staff_of_today_from_beyond_the_limit_are_told_apart():
    """Alder alone is within 30 minutes of both and has 0.20 WTE; Birch, 40 off, is at South.

    A -5- North, A -5- South -40- B; West is 40 from C, who is there today.
    """
    case = problem(
        [[5, 5, INF], [INF, 40, INF], [INF, INF, 40]],
        supply=[20, 150, 60],
        demand=[100, 200, 100],
        today=[[0, 0, 0], [0, 150, 0], [0, 0, 60]],
    )
    south, west = shortages(case)
    assert (south.teams, south.within_reach, south.beyond) == ((0,), 170, 150)
    assert (west.teams, west.within_reach, west.beyond) == ((), 60, 60)
    story = explain.explain_flow(flow.solve(case, POLICY), flow.today(case, POLICY), **NAMES)
    assert (
        "North and South need 3.0 WTE, and the team within 30 minutes (Alder) can give 0.20 WTE, "
        "others there today 1.5 WTE: 1.3 WTE stay unfilled whatever is done."
    ) in story.sentences
    assert story.reasons["U00001"] == (
        "North and South together need 3.0 WTE; staff within 30 minutes come to 0.20 WTE, "
        "others there today to 1.5 WTE"
    )
    assert story.reasons["U00002"] == (
        "this PCN needs 1.0 WTE; no staff within 30 minutes, beyond 0.60 WTE there today"
    )


def test_a_team_that_may_only_stay_is_not_within_the_limit():
    """Birch has 1.0 WTE, all at South, 40 minutes off: not even one of two hundredths is near."""
    case = problem([[40]], supply=[100], demand=[200], today=[[100]])
    (south,) = shortages(case)
    assert (south.teams, south.within_reach, south.beyond) == ((), 100, 100)


def test_of_many_shortages_the_largest_are_told():
    """Nine PCNs with a team each that has too few: six are told, three added up.

    Each needs 1.00 WTE; the teams have 0.90, 0.89 and so on, and reach only their own.
    """
    minutes = np.where(np.eye(9, dtype=bool), 5.0, INF)
    case = problem(minutes, supply=[90 - at for at in range(9)], demand=[100] * 9)
    story = explain.explain_flow(
        flow.solve(case, POLICY), flow.today(case, POLICY), teams={}, pcns={}
    )
    told = [one for one in story.sentences if "whatever is done" in one]
    assert len(told) == 7
    assert told[0].startswith("U00008 needs 1.0 WTE, and the team within 30 minutes (I) can give")
    assert told[-1] == "0.33 WTE stay unfilled whatever is done in 3 more places, with 3 PCNs."
    assert len(story.reasons) == 9


def test_of_many_teams_beyond_the_limit_those_with_most_staff_are_told():
    """Nine teams 40 minutes off with a limit of 30, there today: six are named, three counted."""
    minutes = np.where(np.eye(9, dtype=bool), 40.0, INF)
    staff = [100 + at for at in range(9)]
    case = problem(minutes, supply=staff, demand=staff, today=np.diag(staff))
    story = explain.explain_flow(
        flow.solve(case, POLICY), flow.today(case, POLICY), teams={}, pcns={}
    )
    (told,) = [one for one in story.sentences if "beyond the limit" in one]
    assert told.startswith("9.4 WTE work beyond the limit of 30 minutes: D at U00003 (40 minutes);")
    assert told.endswith("I at U00008 (40 minutes); 3 more teams.")


def test_need_left_because_filling_it_weighs_more():
    """Staff are in reach, but 250 minutes away, and the first tenth is worth 200."""
    case = problem([[250]], supply=[100], demand=[100], limit=300)
    result = flow.solve(case, POLICY)
    assert result.vacancies.tolist() == [10]
    assert shortages(case) == ()
    story = explain.explain_flow(result, flow.today(case, POLICY), **NAMES)
    assert "weigh more in travel and moves" in story.reasons["U00000"]


@pytest.mark.parametrize("seed", range(40))
def test_shortages_are_what_no_arrangement_fills(seed):
    """The sets' sum is the least unfilled need that linear programming finds."""
    case = random_case(seed)
    found = shortages(case)
    columns = [c for c in program(case) if c[0] >= 0]
    fill = np.array([[c[1] == k for c in columns] for k in range(len(case.pcns))], dtype=float)
    staff = np.array([[c[0] == t for c in columns] for t in range(len(case.teams))], dtype=float)
    most = linprog(
        -np.ones(len(columns)),
        A_ub=np.vstack([fill.reshape(-1, len(columns)), staff.reshape(-1, len(columns))]),
        b_ub=np.concatenate([case.demand, case.supply]),
        bounds=[(0, c[2]) for c in columns],
    )
    filled = -most.fun if columns else 0
    assert sum(one.short for one in found) == pytest.approx(case.demand.sum() - filled, abs=1e-6)
    for one in found:
        assert one.demand == case.demand[list(one.pcns)].sum()
        assert one.short > 0


# -- words -------------------------------------------------------------------------------------


def test_headline_tells_change_cost_and_certainty():
    """One paragraph: need and staff, moves and patients, what is unfilled, travel, cost, proof."""
    case = problem(
        [[5, 20], [20, 5]], supply=[100, 100], demand=[100, 100], today=[[0, 100], [100, 0]]
    )
    story = explain.explain_flow(flow.solve(case, POLICY), flow.today(case, POLICY), **NAMES)
    assert story.headline == (
        "Nursing: 2.0 WTE needed, 2.0 WTE in post. The proposal moves 2.0 WTE (100% of the staff) "
        "to other PCNs; 2 PCNs with 60,000 patients gain staff of a team that has fewer or none "
        "there today. All need is filled, as today. Staff work 5 minutes from their base on "
        "average (today 20). Travel, moves and unfilled need weigh 30 minutes x WTE together, 25% "
        "below no change (40). Proven best: under these rules no other arrangement costs less."
    )
    assert story.sentences[0] == (
        "The moves: Alder takes on 1.0 WTE at North (5 minutes from its base); Birch takes on 1.0 "
        "WTE at South (5 minutes from its base)."
    )


def test_nothing_to_change_is_said():
    """Where today is best the paragraph says so, and no moves are listed."""
    case = problem([[5]], supply=[100], demand=[100], today=[[100]])
    story = explain.explain_flow(flow.solve(case, POLICY), flow.today(case, POLICY), **NAMES)
    assert "Nobody needs to move: today's arrangement is the best." in story.headline
    assert "the same as no change" in story.headline
    assert story.sentences == ()


def test_who_is_let_go_without_a_move_is_no_praise_of_today():
    """Staff 250 minutes away weigh more than a vacancy of 200: nobody moves, but fewer stay."""
    case = problem([[250]], supply=[100], demand=[100], today=[[100]], limit=30)
    result, unchanged = flow.solve(case, POLICY), flow.today(case, POLICY)
    assert (result.moved.sum(), result.assigned.sum(), unchanged.assigned.sum()) == (0, 90, 100)
    headline = explain.explain_flow(result, unchanged, **NAMES).headline
    assert "Nobody needs to move." in headline
    assert "the best." not in headline.split("Nobody needs to move")[1].split("Staff work")[0]
