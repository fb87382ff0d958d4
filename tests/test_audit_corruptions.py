"""Each thing that can be wrong in the tables fails the check that is about it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from audit_case import POLICY, add, failed, judged, put, regroup, written

# ---- what can go wrong, one thing each


def pcn_in_two_groups(run):
    add(run, "groups", "rehab", 2, "G2", "B", "U1", 40_000)


def pcn_in_no_group(run):
    run.groups = run.groups[run.groups["pcn_code"] != "U2"]


def vacancy_missing(run):
    run.vacancies = run.vacancies[run.vacancies["pcn_code"] != "U4"]


def team_over_capacity(run):
    put(run.teams, "wte", 10.5, team_id="S")


def today_over_capacity(run):
    put(run.allocation, "today_wte", 6.0, service_id="rehab", pcn_code="U1")


def half_hundredth(run):
    put(run.allocation, "wte", 3.805, service_id="nursing", pcn_code="U4")


def unreachable_move(run):
    add(run, "travel", "nursing", "N", "U6", 30)
    add(run, "allocation", "nursing", 1, "U6", "N", 0.1, 30, 0.0)
    put(run.vacancies, "wte", 0.3, service_id="nursing", pcn_code="U6")
    put(run.allocation, "wte", 3.9, service_id="nursing", pcn_code="U1")
    add(run, "vacancies", "nursing", "U1", 0.1, "too few staff")


def broken_contiguity(run):
    run.pcn_adjacency = run.pcn_adjacency[~run.pcn_adjacency["a"].eq("U1")]


def bridge_cut(run):
    put(run.pcn_adjacency, "source", "cut", a="U5", b="U6")
    put(run.pcn_adjacency, "source", "cut", a="U3", b="U6")


def population_off(run):
    put(run.groups, "population", 40_001, pcn_code="U2")


def population_of_the_group(run):
    put(run.groups, "population", 120_000, group_id="G1")


def population_missing(run):
    put(run.groups, "population", np.nan, pcn_code="U3")


def populations_exchanged(run):
    # U1 has 50,000 patients and U2 30,000, and the groups say it the other way: the same sum
    put(run.pcns, "list_size", 50_000, pcn_code="U1")
    put(run.pcns, "list_size", 30_000, pcn_code="U2")
    put(run.groups, "population", 30_000, pcn_code="U1")
    put(run.groups, "population", 50_000, pcn_code="U2")


def wrong_objective(run):
    run.claims["nursing"] |= {"objective": 420.8002, "bound": 420.8002}


def wrong_group_objective(run):
    run.claims["rehab"] |= {"objective": 204.9, "bound": 204.9}


def bound_above_objective(run):
    run.claims["nursing"] |= {"bound": 425.0, "gap": 0.0}


def gap_off(run):
    run.claims["rehab"] |= {"status": "within 4.9% of best", "bound": 195.0, "gap": 0.02}


def false_proven_best(run):
    run.claims["rehab"] |= {"bound": 200.0, "gap": 5 / 205}


def within_too_little(run):
    run.claims["rehab"] |= {"status": "within 1% of best", "bound": 200.0, "gap": 5 / 205}


def wrong_today(run):
    run.claims["nursing"]["today"] = 531.0


def dearer_than_today(run):
    run.claims["nursing"] |= {"objective": 540.0, "bound": 540.0}


def team_of_another_service(run):
    put(run.allocation, "team_id", "A", service_id="nursing", pcn_code="U1")


def staff_of_another_group(run):
    put(run.allocation, "team_id", "B", service_id="rehab", pcn_code="U4")


def negative_wte(run):
    add(run, "allocation", "nursing", 1, "U5", "N", -0.1, 14, 0.0)
    put(run.vacancies, "wte", 0.5, service_id="nursing", pcn_code="U5")


def negative_team(run):
    put(run.teams, "wte", -1.0, team_id="N")


def minutes_not_matching(run):
    put(run.allocation, "minutes", 7.0, service_id="nursing", pcn_code="U5")


def no_road(run):
    run.travel = run.travel[~(run.travel["team_id"].eq("S") & run.travel["pcn_code"].eq("U5"))]


def suboptimal_flow(run):
    # U4 gives 0.40 and U5 0.20: dearer by 0.20 x 2 minutes, and costed as such
    put(run.allocation, "wte", 3.6, service_id="nursing", pcn_code="U4")
    put(run.allocation, "wte", 3.8, service_id="nursing", pcn_code="U5")
    put(run.vacancies, "wte", 0.4, service_id="nursing", pcn_code="U4")
    put(run.vacancies, "wte", 0.2, service_id="nursing", pcn_code="U5")
    run.claims["nursing"] |= {"objective": 421.2, "bound": 421.2}


def bound_above_the_best_flow(run):
    suboptimal_flow(run)
    status = {"status": "within 0.1% of best", "bound": 421.0, "gap": 0.2 / 421.2}
    run.claims["nursing"] |= status


def suboptimal_groups(run):
    # the rows: A 2 x (5 + 10 + 20) + 20 moved, B 2 x (20 + 10 + 5) + 20 + 5 moved, 0.50 short
    regroup(run, "U1 U2 U3")
    run.claims["rehab"] |= {"objective": 285.0, "bound": 285.0, "today": 205.0}


def group_below_need(run):
    # A keeps U1 and U4 alone, 80,000 people, and nobody says so
    regroup(run, "U1 U4")


def group_above_most(run):
    put(run.services, "max_population", 110_000.0, service_id="rehab")


def cannot_be_met_said_falsely(run):
    run.claims["rehab"]["status"] = "cannot be met because two PCNs are cut off"


def two_teams_in_a_group(run):
    put(run.groups, "team_id", "B", pcn_code="U1")


def one_team_in_two_groups(run):
    put(run.groups, "team_id", "A", group_id="G2")


def demand_altered(run):
    put(run.demand, "wte", 4.1, service_id="nursing", pcn_code="U1")


def demand_row_missing(run):
    rows = run.demand["service_id"].eq("stroke") & run.demand["pcn_code"].eq("U3")
    run.demand = run.demand[~rows]


def level_against_rule(run):
    put(run.services, "level", 3, service_id="rehab")
    put(run.groups, "level", 3, service_id="rehab")
    put(run.allocation, "level", 3, service_id="rehab")


def need_altered(run):
    put(run.services, "population_needed", 90_000, service_id="rehab")


def crossing_icb(run):
    put(run.pcns, "icb_code", "QBB", pcn_code="U6")


def unknown_status(run):
    run.claims["nursing"]["status"] = "optimal"


def allocation_without_teams(run):
    add(run, "allocation", "stroke", 3, "U1", "N", 0.4, 5, 0.0)


def claim_without_service(run):
    run.claims["podiatry"] = run.claims["rehab"]


def row_twice(run):
    add(run, "travel", "nursing", "N", "U1", 5)


CORRUPTIONS = [
    (pcn_in_two_groups, "rehab", "cover", "PCN U1: in 2 groups, expected in one"),
    (pcn_in_no_group, "rehab", "cover", "PCN U2: in 0 groups"),
    (vacancy_missing, "nursing", "cover", "PCN U4: 3.80 WTE of staff and 0.00 vacant found, 4.00"),
    (team_over_capacity, "nursing", "capacity", "team S: 11.00 WTE allocated found, at most 10.50"),
    (today_over_capacity, "rehab", "capacity", "team A: 10.00 WTE today found, at most 6.00"),
    (half_hundredth, "nursing", "integrality", "PCN U4 of team S: wte 3.805 found"),
    (unreachable_move, "nursing", "reach", "team N to PCN U6: 0.10 WTE moved over 30.00 minutes"),
    (broken_contiguity, "rehab", "contiguity", "group G1: 3 parts found (U1 | U2 | U4)"),
    (bridge_cut, "rehab", "contiguity", "group G2: 3 parts found (U3 | U5 | U6)"),
    (population_off, "rehab", "population", "PCN U2 in group G1: population 40001 found, 40000"),
    (population_of_the_group, "rehab", "population", "PCN U4 in group G1: population 120000 found"),
    (population_missing, "rehab", "population", "PCN U3 in group G2: population nan found, 40000"),
    (
        populations_exchanged,
        "rehab",
        "population",
        "PCN U1 in group G1: population 30000 found, 50000",
    ),
    (wrong_objective, "nursing", "objective", "objective 420.8002 found, 420.8000 expected"),
    (wrong_group_objective, "rehab", "objective", "objective 204.9000 found, 205.0000 expected"),
    (bound_above_objective, "nursing", "bound", "bound 425.0000 found, no more than objective"),
    (gap_off, "rehab", "bound", "gap 0.02 found, 0.0487805 expected"),
    (false_proven_best, "rehab", "bound", "'proven best' found with a gap of 0.0243902"),
    (within_too_little, "rehab", "bound", "'within 1% of best' found, a gap of 2.4390%"),
    (wrong_today, "nursing", "today", "today 531.0000 found, 532.0000 expected"),
    (dearer_than_today, "nursing", "today", "objective 540.0000 found, no more than today's"),
    (team_of_another_service, "nursing", "teams", "'A' found, no team of this service"),
    (staff_of_another_group, "rehab", "teams", "PCN U4: staff of team B found, of team A expected"),
    (negative_wte, "nursing", "integrality", "PCN U5 of team N: wte -0.1 found"),
    (negative_team, "nursing", "inputs agree", "team N: -1 WTE found, 0 or more expected"),
    (minutes_not_matching, "nursing", "reach", "team S to PCN U5: 7 minutes found, 8.00 expected"),
    (no_road, "nursing", "reach", "team S to PCN U5: 3.6 WTE found, but no road"),
    (suboptimal_flow, "nursing", "optimality", "a cheaper exchange saves 2.00 minutes per WTE"),
    (bound_above_the_best_flow, "nursing", "optimality", "the best flow costs 420.8000"),
    (
        suboptimal_groups,
        "rehab",
        "optimality",
        "205.0000 can be had (B: U3, U5, U6; A: U1, U2, U4)",
    ),
    (group_below_need, "rehab", "population", "group G1: 80,000 people found, at least 100,000"),
    (group_above_most, "rehab", "population", "G1: 120,000 people found, at least 100,000 and at"),
    (cannot_be_met_said_falsely, "rehab", "optimality", "but a grouping meets every rule"),
    (two_teams_in_a_group, "rehab", "teams", "group G1: teams A, B found, one expected"),
    (one_team_in_two_groups, "rehab", "teams", "team A: groups G1, G2 found, one expected"),
    (demand_altered, "nursing", "inputs agree", "PCN U1: demand 4.1 WTE found, 4.00 expected"),
    (demand_row_missing, "stroke", "inputs agree", "PCN U3: no demand row"),
    (level_against_rule, "rehab", "level", "level 3 found, 2 expected"),
    (need_altered, "rehab", "level", "population needed 90000 found, 100000 expected"),
    (crossing_icb, "rehab", "systems", "group G2: ICBs QAA, QBB found, one expected"),
    (unknown_status, "nursing", "status", "status 'optimal' found"),
    (allocation_without_teams, "stroke", "no teams", "1 allocation rows found, none expected"),
    (claim_without_service, "", "tables", "claim for service 'podiatry'"),
    (row_twice, "", "tables", "table travel: nursing N U1 found twice"),
]


@pytest.mark.parametrize(
    ("corrupt", "service", "check", "words"), CORRUPTIONS, ids=[c[0].__name__ for c in CORRUPTIONS]
)
def test_corruption_is_caught(corrupt: Callable, service: str, check: str, words: str):
    """One thing that is wrong fails the check that is about it, in words that name it."""
    run = written()
    corrupt(run)
    verdict = judged(run)
    assert verdict["ok"] is False
    assert words in failed(verdict).get((service, check), "this check passed")


@pytest.mark.parametrize(
    ("corrupt", "expected"),
    [
        (suboptimal_flow, {("nursing", "optimality")}),
        (suboptimal_groups, {("rehab", "optimality")}),
        (wrong_today, {("nursing", "today")}),
        (population_off, {("rehab", "population")}),
        (population_of_the_group, {("rehab", "population")}),
        (populations_exchanged, {("rehab", "population")}),
        (bound_above_the_best_flow, {("nursing", "optimality")}),
        # no group that U6 could be in: that nothing is left to enumerate is said as well
        (crossing_icb, {("rehab", "systems"), ("rehab", "optimality")}),
    ],
)
def test_only_the_right_checks_fail(corrupt: Callable, expected: set[tuple[str, str]]):
    """Where the other figures agree with the corruption, no other check complains."""
    run = written()
    corrupt(run)
    assert set(failed(judged(run))) == expected


def test_dearer_flow_passes_when_it_says_so():
    """A flow that is not the best passes as within x% where its bound is the best flow's cost."""
    run = written()
    suboptimal_flow(run)
    gap = {"status": "within 0.1% of best", "bound": 420.8, "gap": 0.4 / 421.2}
    run.claims["nursing"] |= gap
    assert failed(judged(run)) == {}


def test_own_level_passes_when_why_says_so():
    """A level against the rule passes where the reason says that it is the user's own."""
    run = written()
    level_against_rule(run)
    put(
        run.services,
        "why",
        "Level 3, because you set it; by the rules it would be Level 2.",
        service_id="rehab",
    )
    assert failed(judged(run)) == {}


def test_crossing_icb_passes_when_allowed():
    """Groups may cross an ICB where the policy says so."""
    run = written()
    crossing_icb(run)
    assert failed(judged(run, dataclasses.replace(POLICY, cross_icb=True))) == {}
