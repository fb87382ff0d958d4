"""The worst first at Level 1: known answers, brute force, and an audit that would notice."""

from __future__ import annotations

import dataclasses
import itertools

import audit_case as audit_helpers
import numpy as np
import pytest
from test_flow import NAMES, problem
from toy import County

from footprint import pipeline, settings
from footprint.allocation import explain, flow, worst
from footprint.allocation.solution import tier_capacities
from footprint.policy import Policy

POLICY = Policy(fairness="worst first")
INF = np.inf


def solved(case, policy=POLICY):
    """Limit and answer of a case."""
    limit = worst.limited(case, policy)
    return limit, flow.solve(limit.problem, policy)


# -- known answers -------------------------------------------------------------------------------


def test_two_short_journeys_come_before_a_long_one():
    """A serves South over 25 minutes at least travel in all; the worst first swaps the teams.

    A -1- North, A -25- South, B -14- North, B -14- South: 26 against 28 minutes.
    """
    case = problem([[1, 25], [14, 14]], supply=[200, 100], demand=[100, 100],
                   today=[[100, 100], [0, 0]])  # fmt: skip
    cheap = dataclasses.replace(case, minutes=np.array([[1.0, 16.0], [14.0, 14.0]]))
    assert flow.solve(cheap, POLICY).assigned.tolist() == [[100, 100], [0, 0]]
    limit, result = solved(cheap)
    assert (limit.longest, limit.without) == (14.0, 16.0)
    assert result.assigned.tolist() == [[100, 0], [0, 100]]


def test_a_stay_is_a_journey_too():
    """Only moves limited, South would keep its team from 60 minutes: stays count as well.

    A (60 from South) is there today; B is 20 from South and has staff to spare. A limit of 0 on
    moves alone would leave no more unmet than today.
    """
    case = problem([[60], [20]], supply=[100, 100], demand=[100], today=[[100], [0]], limit=30.0)
    limit, result = solved(case)
    assert limit.longest == 20.0
    assert result.assigned.tolist() == [[0], [100]]


def test_who_cannot_be_replaced_stays_however_far():
    """The only staff for South is there from 60 minutes away: leaving it empty is no way out."""
    case = problem([[60, 5]], supply=[200], demand=[100, 100], today=[[100, 100]], limit=30.0)
    limit, result = solved(case)
    assert (limit.longest, result.vacancies.sum()) == (60.0, 0)


def test_below_the_limit_cost_decides():
    """Of two arrangements with the same longest journey the cheaper one is taken."""
    case = problem([[10, 12], [12, 12]], supply=[100, 100], demand=[100, 100])
    limit, result = solved(case)
    assert limit.longest == 12.0
    assert result.assigned.tolist() == [[100, 0], [0, 100]]


def test_nobody_to_send():
    """Without staff, need or road there is no journey, and no limit."""
    for case in (
        problem([[5]], supply=[0], demand=[100]),
        problem([[5]], supply=[100], demand=[0]),
        problem([[INF]], supply=[100], demand=[100], today=[[100]]),
    ):
        limit, result = solved(case)
        assert limit.longest == 0.0
        assert result.assigned.sum() == 0


# -- brute force ---------------------------------------------------------------------------------


def arrangements(case):
    """Every whole arrangement of a tiny case within the rules: (T, P) staff."""
    t, p = case.minutes.shape
    road = np.isfinite(case.minutes)
    most = np.where(road & (case.minutes <= case.max_minutes), case.supply[:, None],
                    np.where(road, case.today, 0))  # fmt: skip
    most = np.minimum(most, case.demand)
    for values in itertools.product(*(range(int(m) + 1) for m in most.ravel())):
        staff = np.array(values).reshape(t, p)
        if (staff.sum(axis=1) <= case.supply).all() and (staff.sum(axis=0) <= case.demand).all():
            yield staff


def cost(case, staff, policy):
    """What an arrangement costs by the definition, in minutes x hundredths."""
    moved = np.maximum(staff - case.today, 0)
    spent = (staff * np.where(np.isfinite(case.minutes), case.minutes, 0)).sum()
    spent += policy.move_price * moved.sum()
    # vacancies of a few hundredths: every one is in a tier that rounds to itself
    tiers = tier_capacities(case.demand, policy)
    for pcn, short in enumerate(case.demand - staff.sum(axis=0)):
        filled = np.diff(np.minimum(np.cumsum([0, *tiers[:, pcn]]), short))
        spent += (np.array(policy.vacancy_prices) * filled).sum()
    return round(float(spent), 6)


@pytest.mark.parametrize("prices", [(200.0, 400.0, 800.0), (6.0, 14.0, 30.0)])
@pytest.mark.parametrize("seed", range(12))
def test_brute_force_finds_the_same(seed, prices):
    """Of all arrangements of tiny cases: the shortest limit, and the least cost within it."""
    rng = np.random.default_rng(seed)
    t, p = 2, int(rng.integers(1, 4))
    minutes = np.round(rng.uniform(2, 45, (t, p)), 2)
    minutes[rng.random((t, p)) < 0.15] = INF
    supply, demand = rng.integers(0, 4, t), rng.integers(0, 4, p)
    today = np.array([rng.multinomial(s, np.full(p + 1, 1 / (p + 1)))[:p] for s in supply])
    case = problem(minutes, supply=supply, demand=demand, today=today)
    policy = dataclasses.replace(POLICY, vacancy_prices=prices)
    every = [(staff, cost(case, staff, policy)) for staff in arrangements(case)]

    def longest(staff):
        return float(case.minutes[staff > 0].max()) if staff.any() else 0.0

    def best(limit):
        return min((c, int((case.demand - s.sum(axis=0)).sum()), s.tolist())
                   for s, c in every if longest(s) <= limit)  # fmt: skip

    unmet = best(INF)[1]
    steps = sorted({0.0, *minutes[np.isfinite(minutes)]})
    expected = next(limit for limit in steps if best(limit)[1] <= unmet)
    limit, result = solved(case, policy)
    assert limit.longest == expected
    assert result.objective / 100 == pytest.approx(best(expected)[0])
    assert int(result.vacancies.sum()) <= unmet


@pytest.mark.parametrize("seed", range(6))
def test_larger_cases_keep_their_promises(seed):
    """No more unmet than without the limit, nobody beyond it, no shorter limit places as many."""
    rng = np.random.default_rng(100 + seed)
    t, p = 8, 25
    minutes = np.round(rng.uniform(2, 60, (t, p)), 1)
    demand = rng.integers(50, 400, p)
    supply = rng.integers(0, int(2.2 * demand.sum() / t), t)
    today = np.array([rng.multinomial(s, np.full(p + 1, 1 / (p + 1)))[:p] for s in supply])
    case = problem(minutes, supply=supply, demand=demand, today=today, limit=45.0)
    free = flow.solve(case, POLICY)
    limit, result = solved(case)
    assert result.vacancies.sum() <= free.vacancies.sum()
    assert minutes[result.assigned > 0].max() <= limit.longest <= limit.without
    shorter = minutes[minutes < limit.longest].max()
    assert worst.placed(case, float(shorter)) < free.assigned.sum()


# -- words, settings, audit ----------------------------------------------------------------------


def test_the_words_name_both_limits():
    """The story says how far anybody works, and how far somebody would at least travel in all."""
    case = problem([[1, 16], [14, 14]], supply=[200, 100], demand=[100, 100],
                   today=[[100, 100], [0, 0]])  # fmt: skip
    limit, result = solved(dataclasses.replace(case, basis="estimate"))
    told = explain.explain_flow(result, flow.today(case, POLICY), **NAMES, limit=limit)
    assert told.sentences[0] == (
        "The longest journey comes first: nobody works farther than 14 minutes (estimate) away,"
        " where the least travel in all would have 16; no shorter limit leaves as little need"
        " unmet."
    )


def nursing(**policy):
    """The audit's own patch with nursing arranged for its longest journey, and rehab as it is."""
    run = audit_helpers.written()
    run.claims["nursing"]["longest_minutes"] = 15.0
    # no base is nearer to U3 than 10 minutes
    run.claims["rehab"] |= {
        "longest_minutes": 10.0,
        "longest_bound": 10.0,
        "longest_gap": 0.0,
        "by_cost": {"longest_minutes": 10.0, "objective": 205.0, "unmet": {"QAA": 0.5}},
    }
    return run, dataclasses.replace(audit_helpers.POLICY, fairness="worst first", **policy)


def test_the_audit_proves_the_longest_journey():
    """Right claims pass; a longer limit than needed, a journey beyond it and no limit do not."""
    run, policy = nursing()
    found = audit_helpers.judged(run, policy)
    rows = [check for check in found["checks"] if check["check"] == "worst first"]
    assert [(row["service_id"], row["ok"]) for row in rows] == [("nursing", True), ("rehab", True)]
    assert audit_helpers.failed(found) == {}

    run.claims["nursing"]["longest_minutes"] = 18.0
    assert ("nursing", "worst first") in audit_helpers.failed(audit_helpers.judged(run, policy))
    run.claims["nursing"]["longest_minutes"] = 14.0
    told = audit_helpers.failed(audit_helpers.judged(run, policy))[("nursing", "worst first")]
    assert "team N to PCN U3: 4.00 WTE over 15.00 minutes found, at most 14.00" in told
    del run.claims["nursing"]["longest_minutes"]
    told = audit_helpers.failed(audit_helpers.judged(run, policy))[("nursing", "worst first")]
    assert "one expected" in told


def test_a_setting_of_a_run(tmp_path):
    """The patch file's "worst first" shortens the longest journey, and the audit agrees."""
    # A A B B C     T1 in the west could serve all; T2 in the east has staff to spare
    made = County("AABBC", patients=1_000)
    made.policy = {"fairness": "worst first"}
    made.files = {
        "teams": (
            "team_id service_id base_name easting northing wte pcn_codes".split(),
            [("T1", "s", "West", 400_500, 300_500, 3.0, "U99001;U99002;U99003"),
             ("T2", "s", "East", 403_500, 300_500, 1.0, "U99002")],
        ),
        "services": (
            ("service_id demand_driver wte_per_10000 min_team_wte min_population"
             " max_travel_minutes level").split(),
            [("s", "registered", 5, 0.5, 500, 60, 1)],
        ),
    }  # fmt: skip
    result = pipeline.study(settings.load(made.write(tmp_path)))
    allocation = result.tables["allocation"]
    there = allocation[allocation["wte"] > 0]
    assert there["minutes"].max() == result.solver["s"]["longest_minutes"]
    assert allocation["minutes"].max() > there["minutes"].max()
    assert result.audit["ok"], result.audit
    made.policy = {"fairness": "fair"}
    wrong = made.write(tmp_path)
    with pytest.raises(settings.SettingsError, match="one of mean, worst first"):
        settings.load(wrong)
