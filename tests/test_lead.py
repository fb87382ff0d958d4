"""One lead team per PCN: drawn cases, every assignment of small ones, and what is kept to."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from test_flow import INF, NAMES, by_columns, problem, program, random_case

from footprint.allocation import explain, flow, lead, lead_search, level1
from footprint.allocation.margins import margins
from footprint.allocation.near_ties import near_ties
from footprint.allocation.network import cheapest, led, network, settled
from footprint.allocation.prices import worths
from footprint.allocation.problem import COST_SCALE
from footprint.errors import ModelError
from footprint.policy import Policy

POLICY = Policy()


def drawn(**changes):
    """South is shared, and A could take it on alone for 2 minutes x WTE more.

    A -5- North, A -10- South, B -19- South, B -5- West. A has 8 WTE and a vacancy to fill at North
    beside the 2 at South, B has 6. The cheapest flow: 4 x 5 + 10 to fill North, South 2 x 10 by A
    and 2 x 19 by B, West 4 x 5, together 108. A alone at South: 2 x (10 + 10) in place of 2 x 19.
    """
    given = {
        "minutes": [[5, 10, 90], [90, 19, 5]],
        "supply": [800, 600],
        "demand": [400, 400, 400],
        "today": [[300, 200, 0], [0, 200, 400]],
        "limit": 20.0,
    }
    given |= changes
    return problem(given.pop("minutes"), **given)


def led_by(case, policy=POLICY):
    """The second stage on top of the first."""
    first, today = flow.solve(case, policy), flow.today(case, policy)
    return lead.solve(case, policy, first=first, today=today)


# -- drawn cases -------------------------------------------------------------------------------


def test_a_shared_pcn_gets_one_team_at_little_more():
    """A takes South on alone: 110 instead of 108, within 5% of it."""
    result = led_by(drawn())
    assert result.plan.assigned.tolist() == [[400, 400, 0], [0, 0, 400]]
    assert result.first.objective == 108 * COST_SCALE
    assert result.plan.objective == 110 * COST_SCALE
    assert result.plan.bound == 108 * COST_SCALE
    assert result.plan.status == "within 1.9% of best"
    assert (result.count, result.before, result.today, result.most) == (3, 2, 2, 3)
    assert result.least


def test_a_slack_below_the_price_changes_nothing():
    """At 1% more, 109.08, South stays shared, and that is proven to be all."""
    result = led_by(drawn(), dataclasses.replace(POLICY, lead_team_slack=0.01))
    assert result.plan is result.first
    assert (result.plan.status, result.count, result.most) == ("proven best", 2, 2)


def test_never_dearer_than_today():
    """Where today is the cheapest, nothing may cost more than it, be it 1 or 5%."""
    case = drawn(today=[[400, 200, 0], [0, 200, 400]])
    result = led_by(case)
    assert flow.today(case, POLICY).objective == result.first.objective == result.cap
    assert result.plan is result.first


@pytest.mark.parametrize("policy", [{"lead_teams": False}, {"lead_team_slack": 0.0}])
def test_it_can_be_turned_off(policy):
    """Without the second stage the cheapest flow is the proposal, and nothing is said of leads."""
    solved = level1.solve(drawn(), dataclasses.replace(POLICY, **policy))
    assert solved.lead is None
    assert solved.plan.status == "proven best"
    assert solved.claims() == {}
    assert "One team alone" not in solved.story(**NAMES).headline


def test_one_team_at_no_more_cost_needs_no_slack_to_speak_of():
    """Two teams equally far, either of which could serve both: the flow may split, the lead not.

    A and B -5- North, South; each has 2 WTE and each PCN needs 1.
    """
    result = led_by(problem([[5, 5], [5, 5]], supply=[200, 200], demand=[100, 100]))
    assert result.plan.objective == result.first.objective
    assert (result.plan.assigned > 0).sum(axis=0).tolist() == [1, 1]
    # the lower code has it, here both
    assert result.plan.assigned.tolist() == [[100, 100], [0, 0]]


def test_who_leads_is_there():
    """A need of 0.01 WTE beyond all value is met by its one team rather than by nobody.

    North is 900 minutes away, more than the dearest vacancy costs.
    """
    case = problem([[900]], supply=[100], demand=[1], limit=1_000)
    assert flow.solve(case, POLICY).assigned.tolist() == [[0]]
    assert flow.solve(case, POLICY, leads=np.array([0])).assigned.tolist() == [[1]]
    assert led_by(case, dataclasses.replace(POLICY, lead_team_slack=0.2)).count == 0


def test_a_team_that_cannot_lead_is_refused():
    """No way to the PCN, or less than 0.01 WTE for each: no network; a plan of it is our fault."""
    case = problem([[5, INF]], supply=[1], demand=[100, 100])
    net = network(case, POLICY)
    assert led(net, np.array([-1, 0])) is None
    wide = network(problem([[5, 5]], supply=[1], demand=[100, 100]), POLICY)
    assert led(wide, np.array([0, 0])) is None
    with pytest.raises(ModelError, match="cannot lead"):
        flow.solve(case, POLICY, leads=np.array([-1, 0]))


@pytest.mark.parametrize(
    "case",
    [
        problem(np.empty((0, 2)), supply=np.empty(0, dtype=np.int64), demand=[100, 50]),
        problem([[5]], supply=[0], demand=[100]),
        problem([[5]], supply=[100], demand=[0]),
        problem([[INF]], supply=[100], demand=[100], today=[[100]]),
    ],
)
def test_nobody_to_lead_is_no_fault(case):
    """Without teams, staff, need or roads no PCN has one team, and none is claimed."""
    result = led_by(case)
    assert (result.count, result.most, result.plan.status) == (0, 0, "proven best")


# -- every assignment of small cases -----------------------------------------------------------


def best_of_all(case, policy):
    """Most PCNs with one team within the cap, and the least cost of that, by trying all."""
    first, today = flow.solve(case, policy), flow.today(case, policy)
    cap = min(first.objective * 105 // 100, today.objective)
    teams, pcns = case.minutes.shape
    found = []
    for choice in itertools.product(range(-1, teams), repeat=pcns):
        leads = np.array(choice)
        net = led(network(case, policy), leads)
        if net is not None:
            cost = net.total(cheapest(net, "nursing"))
            if cost <= cap:
                found.append((-int((leads >= 0).sum()), cost))
    count, cost = min(found)
    return -count, cost


@pytest.mark.parametrize("chunk", range(4))
def test_no_assignment_of_lead_teams_is_better(chunk):
    """Up to 3 teams and 5 PCNs, some with hardly any need: most PCNs, then least cost, exactly."""
    gained = 0
    for seed in range(chunk * 10, chunk * 10 + 10):
        case = small(seed)
        result = led_by(case)
        assert (result.count, result.plan.objective) == best_of_all(case, POLICY)
        assert result.most == result.count
        assert result.least
        gained += result.count - result.before
    # the second stage has something to do
    assert gained > 0


def small(seed):
    """A random case with at most 3 teams and 5 PCNs, and with all sizes of need."""
    rng = np.random.default_rng(1_000 + seed)
    t, p = int(rng.integers(2, 4)), int(rng.integers(2, 6))
    minutes = np.round(rng.uniform(2, 40, (t, p)), 1)
    minutes[rng.random((t, p)) < 0.1] = INF
    demand = rng.integers(0, 400, p)
    demand[rng.random(p) < 0.2] = 1
    supply = rng.integers(0, int(1.3 * demand.sum() / t) + 2, t)
    today = np.array(
        [rng.multinomial(s, np.full(p + 1, 1 / (p + 1)))[:p] for s in supply], dtype=np.int64
    )
    return problem(minutes, supply=supply, demand=demand, today=today)


# -- what is kept to ---------------------------------------------------------------------------


def county(seed, teams, pcns):
    """Teams and PCNs on a square of 50 km, staff short by some, today near their base."""
    rng = np.random.default_rng(seed)
    base, home = rng.uniform(0, 50, (teams, 2)), rng.uniform(0, 50, (pcns, 2))
    way = np.hypot(*(base[:, None] - home[None]).transpose(2, 0, 1))
    minutes = np.round(5 + 2 * way, 1)
    demand = rng.integers(1_500, 3_500, pcns)
    weight = rng.uniform(0.5, 1.5, teams)
    supply = np.floor(weight / weight.sum() * demand.sum() * 0.95).astype(np.int64)
    today = np.zeros((teams, pcns), dtype=np.int64)
    for team in range(teams):
        near = np.argsort(minutes[team])[: int(rng.integers(1, 4))]
        today[team, near] = np.floor(rng.dirichlet(np.ones(len(near))) * supply[team])
    case = problem(np.ones((1, pcns)), supply=[1], demand=demand)
    return dataclasses.replace(
        case,
        teams=tuple(f"T{at:02}" for at in range(teams)),
        supply=supply,
        today=today,
        minutes=minutes,
        team_system=("Q1",) * teams,
    )


def kept(result, case):
    """What holds of every second stage, proven or not."""
    plan, first = result.plan, result.first
    assert plan.objective <= result.cap <= first.objective * 105 // 100
    assert plan.objective <= flow.today(case, POLICY).objective
    assert plan.bound == first.objective <= plan.objective
    assert result.count >= result.before
    assert result.count == lead.count_sole(plan.assigned)
    assert (plan.assigned.sum(axis=0) + plan.vacancies == case.demand).all()
    assert (plan.assigned.sum(axis=1) + plan.surplus == case.supply).all()
    assert not plan.moved[case.minutes > case.max_minutes].any()


def test_a_county_of_20_teams_is_proven():
    """25 PCNs and 20 teams: cap and balance hold, the answer is proven and twice the same."""
    case = county(2, 20, 25)
    result, again = led_by(case), led_by(case)
    kept(result, case)
    assert result.count == result.most > result.before
    assert (result.plan.assigned == again.plan.assigned).all()


def test_where_the_program_is_too_large_the_search_is_said_to_be_one(monkeypatch):
    """Without the program the answer keeps to the same rules, gains on the flow, and says so."""
    case = county(2, 20, 25)
    whole = led_by(case)
    monkeypatch.setattr(lead, "MOST_PAIRS", 0)
    result = led_by(case)
    kept(result, case)
    assert whole.before < result.count <= whole.count
    assert result.most == 25
    words = explain.explain_flow(
        result.plan, flow.today(case, POLICY), teams={}, pcns={}, lead=result
    )
    assert "more may be possible." in words.headline
    monkeypatch.setattr(lead, "MOST_PAIRS", 600)
    monkeypatch.setattr(lead, "MOST_BINARIES", 0)
    bounded = led_by(case)
    kept(bounded, case)
    assert bounded.count <= whole.count <= bounded.most <= 25


def test_a_large_search_finds_most_of_what_can_be_had(monkeypatch):
    """The few flows that a country gets find at least nine tenths of the gain that is proven."""
    case = county(2, 20, 25)
    whole = led_by(case)
    monkeypatch.setattr(lead_search, "MANY_ARCS", 0)
    start = lead_search.Found(
        lead_search.sole(whole.first.assigned), whole.first.objective, whole.first.assigned
    )
    found = lead_search.search(network(case, POLICY), start, whole.cap, "nursing")
    assert found.cost <= whole.cap
    assert found.count - whole.before >= 0.5 * (whole.count - whole.before) > 0


# -- ties --------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_answer_does_not_hang_on_the_solvers_ways(seed):
    """From flows that a solver finds on arcs in other orders, the same one is settled on."""
    rng = np.random.default_rng(seed)
    # whole minutes of few kinds, so that much costs the same
    minutes = rng.integers(1, 3, (4, 6)) * 10.0
    case = problem(minutes, supply=[300] * 4, demand=[200] * 6)
    result = flow.solve(case, POLICY)
    net = result.network
    for _ in range(3):
        order = rng.permutation(len(net.tail))
        mixed = dataclasses.replace(
            net,
            tail=net.tail[order],
            head=net.head[order],
            capacity=net.capacity[order],
            cost=net.cost[order],
        )
        other = np.empty_like(result.flow)
        other[order] = cheapest(mixed, "nursing")
        assert (settled(net, other, result.potentials, "nursing") == result.flow).all()


def test_of_equals_the_lower_code():
    """Two teams as far from each of two PCNs: the lower team to the lower PCN."""
    case = problem([[5, 5], [5, 5]], supply=[100, 100], demand=[100, 100])
    assert flow.solve(case, POLICY).assigned.tolist() == [[100, 0], [0, 100]]
    # who cannot serve both leaves the higher PCN short
    short = problem([[5, 5]], supply=[5], demand=[100, 100])
    assert flow.solve(short, POLICY).vacancies.tolist() == [95, 100]


def test_a_near_tie_is_told():
    """B could take North over for 0.4 minutes more per WTE; South for 9, which is not near."""
    case = problem([[5, 5], [5.4, 14]], supply=[200, 200], demand=[100, 100])
    result = led_by(case)
    (tie,) = near_ties(result.plan, case, POLICY, leads=result.leads)
    assert (tie.pcn, tie.team, tie.other) == ("U00000", "A", "B")
    assert tie.minutes == pytest.approx(0.4)
    told = explain.explain_flow(
        result.plan,
        flow.today(case, POLICY),
        **NAMES,
        lead=result,
        margins=margins(result.plan, case, POLICY, leads=result.leads),
    )
    assert (
        "As good or nearly so, for people to choose: another team at North (Birch instead of "
        "Alder, 0.4 minutes more per WTE)."
    ) in told.sentences


# -- what more staff would save ----------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_worth_is_what_more_staff_save(seed):
    """Each is what the cost falls by with 0.01 WTE more, by linear programming."""
    case = random_case(seed)
    result = flow.solve(case, POLICY)
    found = {one.team: one for one in worths(result, case, POLICY, most=len(case.teams))}
    for at, team in enumerate(case.teams):
        if not case.supply[at]:
            continue
        more = dataclasses.replace(case, supply=case.supply + (np.arange(len(case.teams)) == at))
        # nothing else grows: what may move there is as it was
        saved = result.objective - by_columns(more, program(case))
        one = found.get(team)
        assert saved == (0 if one is None else round(one.minutes * 100))
        if one is not None:
            plenty = case.supply + 100 * (np.arange(len(case.teams)) == at)
            after = flow.solve(dataclasses.replace(case, supply=plenty), POLICY)
            assert one.whole * COST_SCALE == pytest.approx(result.objective - after.objective)


def test_worth_reads_as_a_chain_of_moves():
    """A has too few, and so has B, who could go on to South if A covered North.

    A -5- North -5- B -5- South: 2 WTE needed at each, 1.5 with A, who reaches only North, 2 with B.
    """
    case = problem(
        [[5, INF], [5, 5]], supply=[150, 200], demand=[200, 200], today=[[150, 0], [50, 150]]
    )
    result = flow.solve(case, POLICY)
    first, second = sorted(worths(result, case, POLICY), key=lambda one: one.team)
    assert [(s.kind, s.team, s.pcn) for s in first.chain] == [
        ("covers", "A", "U00000"),
        ("leaves", "B", "U00000"),
        ("covers", "B", "U00001"),
        ("vacant", "", "U00001"),
    ]
    told = [explain.explain_worth(one, **NAMES) for one in (first, second)]
    assert told[0].startswith("One more WTE with Alder would save ")
    assert "covers North, so Birch moves on to South, where need is unfilled." in told[0]
    assert "covers South, where need is unfilled." in told[1]


def test_worth_of_staff_who_free_others():
    """Nothing is short, but B comes from far: a WTE with A, nearer, saves 35 minutes.

    A -5- North -50- B, who may stay; moving there costs A's 5 + 10.
    """
    case = problem([[5], [50]], supply=[100, 100], demand=[200], today=[[100], [100]])
    (one,) = worths(flow.solve(case, POLICY), case, POLICY)
    assert (one.team, one.minutes, one.whole) == ("A", 35, 35)
    assert explain.explain_worth(one, **NAMES) == (
        "One more WTE with Alder would save 35 minutes x WTE: it covers North, so staff of Birch "
        "are free."
    )


def test_what_more_need_would_cost_is_told_once_per_source():
    """North and West would both take from South: the dearer is told, 400 and the move less 6.

    A -5- North, A -6- South, A -1- West: 2.5 WTE for three times 1, half of one short at South.
    """
    case = problem(
        [[5, 6, 1]], supply=[250], demand=[100, 100, 100], today=[[100, 100, 50]], limit=20
    )
    result = flow.solve(case, POLICY)
    story = explain.explain_flow(
        result, flow.today(case, POLICY), **NAMES, margins=margins(result, case, POLICY)
    )
    assert [one for one in story.sentences if one.startswith("More demand at ")] == [
        "More demand at West costs 405 minutes per WTE: South goes without, and Alder moves from "
        "there to West."
    ]


# -- words -------------------------------------------------------------------------------------


def test_headline_tells_what_lead_teams_cost():
    """How many PCNs have one team, before and after, at what price, and how sure that is."""
    story = level1.solve(drawn(), POLICY).story(**NAMES)
    assert (
        "One team alone serves 3 of 3 PCNs; 2 in the cheapest plan, 2 today. The cheapest plan "
        "costs 1.9% less: 2 minutes x WTE. Within 1.9% of best"
    ) in story.headline


def test_those_that_still_share_are_named():
    """South stays shared where it may cost no more, with the names of its teams."""
    policy = dataclasses.replace(POLICY, lead_team_slack=0.01)
    story = level1.solve(drawn(), policy).story(**NAMES)
    assert "One team alone serves 2 of 3 PCNs, as in the cheapest plan; 2 today." in story.headline
    assert "At what it may cost, no plan has more." in story.headline
    assert "Several teams still serve South (Alder and Birch)." in story.sentences


def test_a_need_kept_unfilled_for_one_team_is_owned_up_to():
    """A leads North alone and leaves 0.05 of it, which B, with plenty, could fill.

    A -5- North (4 WTE), B -15- North: 3.95 with A, today there.
    """
    case = problem([[5], [15]], supply=[395, 500], demand=[400], today=[[395], [0]], limit=20)
    policy = dataclasses.replace(POLICY, lead_team_slack=0.5)
    solved = level1.solve(case, policy)
    assert solved.lead.first.vacancies.tolist() == [0]
    assert solved.plan.vacancies.tolist() == [5]
    story = solved.story(**NAMES)
    assert story.reasons["U00000"] == (
        "its one team, Alder, has no more to give, and a second team is kept out"
    )
    assert "with 0.05 WTE less of need unfilled" in story.headline
    assert not any("although staff are within reach" in one for one in story.sentences)


def test_one_hundredth_more_with_lead_teams_is_worth_what_it_saves():
    """Beside what each lead team has to give, the next hundredth may stay where it is wanted.

    A -5- North, South, West; it has 0.50 WTE, all at North today, and leads all three.
    """
    case = problem([[5, 5, 5]], supply=[50], demand=[200, 100, 100], today=[[50, 0, 0]], limit=30.0)
    leads = np.zeros(3, dtype=np.int64)
    for staff in (3, 50):
        few = dataclasses.replace(
            case, supply=np.array([staff]), today=np.array([[min(staff, 50), 0, 0]])
        )
        plan = flow.solve(few, POLICY, leads=leads)
        (worth,) = worths(plan, few, POLICY, leads=leads)
        more = dataclasses.replace(few, supply=few.supply + 1)
        saved = plan.objective - flow.solve(more, POLICY, leads=leads).objective
        assert round(worth.minutes * 100) == saved
