"""The audit of one lead team per PCN: what is right passes, what is not fails by name."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from audit_case import add, failed, frame_of, judged, put, written, written_of
from test_lead import county, drawn

from footprint.allocation import lead, level1
from footprint.allocation.problem import COST_SCALE, Problem
from footprint.policy import Policy

POLICY = Policy()


def shared_once() -> SimpleNamespace:
    """
    Three PCNs of 4.00 WTE; N (8.00) and S (6.00) share U2 today, and N has it alone as proposed.

    N -5- U1, N -10- U2, S -19- U2, S -5- U3; at most 20 minutes. Today N has 3.00 at U1 and 2.00 at
    U2, S 2.00 at U2 and 4.00 at U3. The cheapest: 3 x 5 + 1 x (5 + 10) at U1, 2 x 10
    + 2 x 19 + 4 x 5 = 108. N alone at U2: 2 x 10 + 2 x (10 + 10) there, together 110. No change:
    3 x 5 + 0.4 x 200 + 0.6 x 400 + 2 x 10 + 2 x 19 + 4 x 5 = 413.
    """
    run = written()
    pcns = ("U1", "U2", "U3")
    run.pcns = run.pcns[run.pcns["pcn_code"].isin(pcns)].reset_index(drop=True)
    run.services = run.services.iloc[:1]
    run.pcn_adjacency = frame_of("a b source", ("U1", "U2", "border"), ("U2", "U3", "border"))
    run.teams = frame_of("team_id service_id wte", ("N", "nursing", 8.0), ("S", "nursing", 6.0))
    run.demand = frame_of(
        "service_id pcn_code driver_population wte",
        *(("nursing", pcn, 40_000, 4.0) for pcn in pcns),
    )
    run.travel = frame_of(
        "service_id team_id pcn_code minutes",
        ("nursing", "N", "U1", 5),
        ("nursing", "N", "U2", 10),
        ("nursing", "S", "U2", 19),
        ("nursing", "S", "U3", 5),
    )
    run.allocation = frame_of(
        "service_id level pcn_code team_id wte minutes today_wte",
        ("nursing", 1, "U1", "N", 4.0, 5, 3.0),
        ("nursing", 1, "U2", "N", 4.0, 10, 2.0),
        ("nursing", 1, "U2", "S", 0.0, 19, 2.0),
        ("nursing", 1, "U3", "S", 4.0, 5, 4.0),
    )
    run.vacancies = run.vacancies.iloc[:0]
    run.groups = run.groups.iloc[:0]
    run.claims = {
        "nursing": {
            "status": "within 1.9% of best",
            "objective": 110.0,
            "bound": 108.0,
            "gap": 2 / 110,
            "today": 413.0,
            "lead_teams": {
                "pcns": 3,
                "one_team": 3,
                "one_team_cheapest": 2,
                "one_team_today": 2,
                "at_most": 3,
                "least_cost": True,
            },
        }
    }
    return run


def say(run: SimpleNamespace, **figures: int) -> None:
    """Change what the run says of lead teams."""
    claim = run.claims["nursing"]
    claim["lead_teams"] = {**claim["lead_teams"], **figures}


def test_right_tables_pass():
    """A proposal above the best flow passes, with a word on what was confirmed."""
    verdict = judged(shared_once(), POLICY)
    assert failed(verdict) == {}
    told = {check["check"]: check["detail"] for check in verdict["checks"]}
    assert told["lead teams"] == "3 of 3 PCNs have one team alone"
    assert "the best flow without them costs 108.0000" in told["optimality"]


# ---- what can go wrong, one thing each


def not_claimed(run):
    del run.claims["nursing"]["lead_teams"]


def count_off(run):
    say(run, one_team=2)


def today_off(run):
    say(run, one_team_today=3)


def fewer_than_the_cheapest(run):
    say(run, one_team_cheapest=3, one_team=2, at_most=2)


def bound_above_the_best_flow(run):
    run.claims["nursing"] |= {"bound": 109.0, "gap": 1 / 110, "status": "within 1% of best"}


def proven_without_being_it(run):
    run.claims["nursing"] |= {"bound": 110.0, "gap": 0.0, "status": "proven best"}


def cheaper_with_the_same_teams(run):
    # N leaves 0.20 of U1 to nobody, though it has staff to spare: 200 a WTE, less 5 and the move
    put(run.allocation, "wte", 3.8, pcn_code="U1")
    add(run, "vacancies", "nursing", "U1", 0.2, "")
    cost = 110 + 0.2 * (200 - 15)
    run.claims["nursing"] |= {
        "objective": cost,
        "gap": (cost - 108) / cost,
        "status": "within 26.6% of best",
    }


def one_more_could_be_had(run):
    # the best flow itself, said to be all that can be had
    put(run.allocation, "wte", 2.0, pcn_code="U2")
    run.claims["nursing"] |= {"objective": 108.0, "gap": 0.0, "status": "proven best"}
    say(run, one_team=2, at_most=2)


@pytest.mark.parametrize(
    ("corrupt", "check", "words"),
    [
        (not_claimed, "lead teams", "no lead_teams claimed"),
        (count_off, "lead teams", "one_team 2 found, 3 expected"),
        (today_off, "lead teams", "one_team_today 3 found, 2 expected"),
        (fewer_than_the_cheapest, "lead teams", "3 PCNs with one team in the cheapest plan, 2"),
        (bound_above_the_best_flow, "optimality", "but the best flow costs 108.0000"),
        (proven_without_being_it, "optimality", "a cheaper exchange saves 1.00 minutes per WTE"),
        (
            cheaper_with_the_same_teams,
            "optimality",
            "with the same lead teams a cheaper exchange saves 185.00 minutes per WTE",
        ),
        (cheaper_with_the_same_teams, "lead teams", "cost 147.0000 found, at most 113.4000"),
        (one_more_could_be_had, "lead teams", "PCN U2 can have team N alone at 110.0000 of 113.4"),
    ],
)
def test_corruption_is_caught(corrupt, check, words):
    """One thing that is wrong fails the check that is about it, in words that name it."""
    run = shared_once()
    corrupt(run)
    assert words in failed(judged(run, POLICY)).get(("nursing", check), "this check passed")


def test_too_dear_for_the_policy_in_force_is_caught():
    """What 5% allow, 1% do not; and a policy without lead teams wants the best flow."""
    run = shared_once()
    tight = dataclasses.replace(POLICY, lead_team_slack=0.01)
    assert (
        "at most 109.0800 expected: 1% above the best flow"
        in (failed(judged(run, tight))["nursing", "lead teams"])
    )
    run.claims["nursing"]["today"] = 109.0
    assert "at most 109.0000 expected" in failed(judged(run, POLICY))["nursing", "lead teams"]


def test_the_best_flow_passes_where_no_more_can_be_had():
    """Where more one-team PCNs would cost too much, the best flow is right and is confirmed."""
    run = shared_once()
    one_more_could_be_had(run)
    tight = dataclasses.replace(POLICY, lead_team_slack=0.01)
    assert failed(judged(run, tight)) == {}


def as_written(case: Problem, solved: level1.Level1) -> SimpleNamespace:
    """Tables and claims of a solved service, as a run writes them."""
    run = written_of(case, "nursing", solved.plan.assigned, solved.plan.vacancies)
    run.pcns = pd.DataFrame({"pcn_code": case.pcns, "list_size": case.demand * 100})
    run.services = run.services.iloc[:1].assign(
        max_travel_minutes=case.max_minutes, min_team_wte=0, min_population=1, population_needed=1
    )
    plan, unit = solved.plan, COST_SCALE
    run.claims = {
        "nursing": {
            "status": plan.status,
            "objective": plan.objective / unit,
            "bound": plan.bound / unit,
            "gap": plan.gap,
            "today": solved.today.objective / unit,
            **solved.claims(),
        }
    }
    return run


@pytest.mark.parametrize("fairness", ["mean", "worst first"])
@pytest.mark.parametrize("seed", range(1, 7))
def test_what_the_solver_finds_passes(seed, fairness):
    """Random counties, the longest journey first or not: the audit agrees with every claim."""
    case = county(seed, 6, 14)
    policy = dataclasses.replace(POLICY, fairness=fairness)
    solved = level1.solve(case, policy)
    assert solved.lead is not None
    assert solved.lead.count > solved.lead.before
    assert failed(judged(as_written(case, solved), policy)) == {}


def test_lead_teams_that_cost_next_to_nothing_pass():
    """0.01 WTE over a way 0.6 minutes longer, where thousands are short: a share that rounds to 0.

    A -5- North, A -5.6- South; A has 50 of the 100 and 3,000 WTE that they need.
    """
    case = dataclasses.replace(
        drawn(),
        teams=("A",),
        pcns=("U00000", "U00001"),
        supply=np.array([5_000]),
        demand=np.array([10_000, 300_000]),
        today=np.zeros((1, 2), dtype=np.int64),
        minutes=np.array([[5.0, 5.6]]),
        population=np.array([30_000, 30_000]),
        system=("Q1", "Q1"),
        team_system=("Q1",),
    )
    solved = level1.solve(case, POLICY)
    assert solved.lead is not None
    assert (solved.lead.count, solved.lead.price) == (2, 60)
    story = solved.story(teams={}, pcns={})
    assert "The cheapest plan costs 0.1% less: under a minute x WTE." in story.headline
    assert (
        "One team alone does not mean enough staff: it fills under a tenth of the need at U00001 "
        "(0.01 WTE of 3,000.0 WTE)."
    ) in story.sentences
    assert failed(judged(as_written(case, solved), POLICY)) == {}


def test_what_the_solver_says_is_what_the_audit_expects():
    """The same case by the solver: its claims are those worked out by hand."""
    solved = level1.solve(drawn(), POLICY)
    assert isinstance(solved.lead, lead.LeadResult)
    assert solved.claims()["lead_teams"] == shared_once().claims["nursing"]["lead_teams"]
