"""The audit of the farthest PCN at Levels 2 and 3: right claims pass, and each wrong one fails."""

from __future__ import annotations

import dataclasses
import functools
import json

import numpy as np
import pandas as pd
import pytest
from audit_case import failed, judged, written_of
from test_farthest import COST, POLICY, THREE, every, larger_case
from test_grouping import problem, teams
from test_locks import locked, some_locks
from toy import County, code_of

from footprint import pipeline, settings
from footprint.allocation import grouped, grouping
from footprint.allocation.audit import audit, group_optimality
from footprint.allocation.problem import COST_SCALE
from footprint.settings import Locks


def as_written(case, result, claims):
    """Tables and claims of a service's groups, as a run writes them."""
    teams, pcns = case.teams, case.pcns
    group = [(one, pcn) for one in result.groups for pcn in one.pcns]
    run = written_of(case, "rehab", result.assigned, result.vacancies)
    run.pcns = pd.DataFrame(
        {"pcn_code": pcns, "list_size": case.population, "icb_code": case.system}
    )
    run.services = run.services.iloc[1:2].assign(
        why="you set it",
        max_travel_minutes=case.max_minutes,
        min_team_wte=0,
        min_population=case.population_needed,
        population_needed=case.population_needed,
        max_population=case.max_population,
        wte_per_10000=1.0,
    )
    run.groups = pd.DataFrame(
        {
            "service_id": "rehab",
            "level": 2,
            "group_id": [one.group_id for one, _ in group],
            "team_id": [teams[one.team] for one, _ in group],
            "pcn_code": [pcns[pcn] for _, pcn in group],
            "population": [case.population[pcn] for _, pcn in group],
        }
    )
    run.pcn_adjacency = pd.DataFrame(
        [(pcns[a], pcns[b], "border") for a, b in case.edges], columns=["a", "b", "source"]
    )
    unit = COST_SCALE
    run.claims = {
        "rehab": {
            "status": result.status,
            "objective": result.objective / unit,
            "bound": result.bound / unit,
            "gap": result.gap,
            "today": result.today.total / unit,
            **claims,
        }
    }
    return run


def run_of(case):
    """The worst first solved, as tables."""
    solved = grouped.solve(case, POLICY)
    return as_written(case, solved.result, solved.claims())


def given(case):
    """The case's locks as the patch file has them."""
    codes, ids = case.pcns, case.teams
    return Locks(
        together=tuple((codes[a], codes[b]) for a, b in case.locks.together),
        apart=tuple((codes[a], codes[b]) for a, b in case.locks.apart),
        base=tuple((codes[a], ids[t]) for a, t in case.locks.base),
    )


def wrong(run, case, policy=POLICY):
    """Faults by check."""
    return failed(judged(run, policy, locks=given(case)))


@pytest.fixture(params=["every grouping", "a program"])
def way(request, monkeypatch):
    """Both ways of the audit: a few PCNs in full, and many by a program of its own."""
    if request.param == "a program":
        monkeypatch.setattr(group_optimality, "BRUTE_PCNS", 0)


@functools.cache
def shortened():
    """Cases in which the worst first makes a difference and every rule is kept."""
    cases = [larger_case(seed) for seed in range(24)]
    solved = [(case, grouping.solve(case, POLICY)) for case in cases]
    return [
        (case, result)
        for case, result in solved
        if result.limit.longest < result.limit.free.farthest and not result.broken
    ]


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("seed", range(8))
def test_what_the_solver_finds_passes(seed):
    """Random maps, with locks and without, every rule kept or not: the audit agrees."""
    case = larger_case(seed)
    assert wrong(run_of(case), case) == {}
    case = some_locks(case, seed)
    assert wrong(run_of(case), case) == {}


@pytest.mark.usefixtures("way")
def test_groups_by_cost_alone_are_not_the_worst_first():
    """What cost alone finds, passed off as the worst first, is caught with what would be nearer."""
    tried = 0
    for case, result in shortened():
        free = result.limit.free
        claims = result.limit.claims() | {
            "longest_minutes": free.farthest,
            "longest_bound": free.farthest,
        }
        found = wrong(as_written(case, free, claims), case)
        assert "leave no more need unmet" in found["rehab", "worst first"]
        tried += 1
    assert tried >= 4


@pytest.mark.usefixtures("way")
def test_dearer_groups_within_the_limit_are_caught():
    """Within the right limit the cost must still be the least."""
    tried = 0
    for case, result in shortened():
        found = every(case, POLICY)
        row = int(np.flatnonzero((found.owner == result.team_of).all(axis=1))[0])
        worse = np.flatnonzero(
            (found.broken == 0).all(axis=1)
            & (found.longest == found.longest[row])
            & (found.unmet <= found.unmet[row])
            & (found.cost > found.cost[row] + 1)
        )
        if not len(worse):
            continue
        # one PCN in another group, where there is such a one: a local change
        moved = (found.owner[worse] != result.team_of).sum(axis=1)
        owner = found.owner[worse[moved.argmin()]]
        held = locked(case, base=list(enumerate(owner.tolist())))
        other = grouping.solve(held, COST)
        told = wrong(as_written(case, other, result.limit.claims()), case)
        if moved.min() > 1 and group_optimality.BRUTE_PCNS == 0:
            # many PCNs by bound and local changes: not every better grouping is found
            continue
        assert set(told) == {("rehab", "optimality")}
        tried += 1
    assert tried >= 2


@pytest.mark.usefixtures("way")
def test_cheaper_groups_that_leave_more_unmet_are_not_held_against_it():
    """B is 16 minutes from South as C is, and cheaper, but 0.02 WTE short: C it is.

    0-1-2, 1-3: by cost South is A's, 20 minutes away.
    """
    case = problem(
        [[5, 20, 40, 40], [40, 16, 5, 40], [40, 16, 40, 5]],
        edges=[(0, 1), (1, 2), (1, 3)],
        today=[[100, 100, 0, 0], [0, 98, 100, 0], [0, 0, 0, 100]],
        supply=[200, 198, 200],
    )
    result = grouping.solve(case, POLICY)
    assert (teams(result), teams(result.limit.free)) == ("ACBC", "AABC")
    with_b = grouping.solve(locked(case, base=[(1, 1)]), COST)
    assert result.limit.free.objective < with_b.objective < result.objective
    assert wrong(run_of(case), case) == {}


CORRUPT = [
    ({"longest_minutes": 15.9}, "PCN U00001: 16.00 minutes from team B found, at most 15.90"),
    ({"longest_minutes": 17.0, "longest_bound": 17.0}, "17.00 found, 16.00 expected"),
    ({"longest_minutes": None}, "one expected"),
    ({"longest_bound": None}, "both expected"),
    ({"longest_bound": 16.5}, "longest_bound 16.5 found, at most 16 expected"),
    ({"longest_bound": 12.0, "longest_gap": 0.25}, "only known to be 12 or more"),
    ({"longest_gap": 0.5}, "longest_gap 0.5 found, 0.0000000 expected"),
    ({"by_cost": None}, "nothing claimed of groups by cost alone"),
    ({"by_cost": {"longest_minutes": 14.0}}, "14.0 minutes found, at least 16.0"),
    ({"by_cost": {"objective": 40.0}}, "a cost of 40.0 found, at most 36.0 expected"),
]


@pytest.mark.parametrize(("claims", "words"), CORRUPT)
def test_a_wrong_claim_is_caught(claims, words):
    """Each figure that is claimed of the farthest PCN is held against the tables."""
    run = run_of(THREE)
    assert wrong(run, THREE) == {}
    inner = claims.get("by_cost")
    if inner:
        claims = {"by_cost": {**run.claims["rehab"]["by_cost"], **inner}}
    run.claims["rehab"] |= claims
    assert words in wrong(run, THREE)["rehab", "worst first"]


def test_need_left_unmet_for_it_is_caught():
    """B has nobody for South: to give it South all the same leaves need unmet, and is told."""
    case = dataclasses.replace(THREE, supply=np.array([200, 100]))
    right = grouping.solve(case, POLICY)
    near = grouping.solve(locked(case, base=[(1, 1)]), POLICY)
    claims = near.limit.claims() | {"by_cost": right.limit.claims()["by_cost"]}
    told = wrong(as_written(case, near, claims), case)["rehab", "worst first"]
    assert "1.00 WTE unmet in Q1 found, at most 0.00 expected, as by cost alone" in told
    # nor is it hidden by a claim that cost alone leaves as much unmet: then 16 are no more proven
    ample = dataclasses.replace(case, minutes=np.array([[5.0, 20, 40], [12, 16, 5]]))
    right = grouping.solve(ample, POLICY)
    claims = right.limit.claims()
    claims["by_cost"] = claims["by_cost"] | {"unmet": {"Q1": 1.0}}
    found = wrong(as_written(ample, right, claims), ample)
    assert "16.00 leave no more need unmet" in found["rehab", "worst first"]


def test_what_is_not_claimed_is_not_asked_for():
    """A limit that is only the best found passes as such."""
    solved = grouped.solve(THREE, POLICY)
    claims = solved.claims() | {"longest_bound": 12.0, "longest_gap": 0.25}
    found = dataclasses.replace(solved.result, status="best found")
    verdict = judged(as_written(THREE, found, claims), POLICY)
    assert failed(verdict) == {}
    detail = next(c["detail"] for c in verdict["checks"] if c["check"] == "worst first")
    assert detail.endswith("that no shorter limit would do is not claimed")


def test_each_system_is_judged_by_itself():
    """Where one ICB cannot keep its rules, the one with the farthest PCN is judged all the same."""
    # Q1 is THREE; Q2 has one PCN that is too few patients for a group
    case = dataclasses.replace(
        THREE,
        teams=("A", "B", "C"),
        pcns=(*THREE.pcns, "U00003"),
        supply=np.array([300, 300, 100]),
        demand=np.array([100] * 4),
        today=np.pad(THREE.today, ((0, 1), (0, 1))),
        minutes=np.array([[5, 20, 40, np.inf], [40, 16, 5, np.inf], [np.inf] * 3 + [3]]),
        population=np.array([20, 20, 20, 10]),
        population_needed=15,
        system=("Q1", "Q1", "Q1", "Q2"),
        team_system=("Q1", "Q1", "Q2"),
    )
    result = grouping.solve(case, POLICY)
    assert result.status.startswith("cannot be met because")
    run = as_written(case, result, result.limit.claims())
    verdict = judged(run, POLICY)
    assert failed(verdict) == {}
    detail = next(c["detail"] for c in verdict["checks"] if c["check"] == "worst first")
    assert detail == "PCN U00001 is no nearer than 16.00 minutes to any base"
    free = result.limit.free
    claims = result.limit.claims() | {"longest_minutes": 20.0, "longest_bound": 20.0}
    told = wrong(as_written(case, free, claims), case)["rehab", "worst first"]
    assert "longest journey of 20.00 minutes found, 16.00 leave no more need unmet in Q1" in told


def test_groups_inside_those_of_level_3_are_judged_inside_them():
    """South is 20 minutes from A, with North as in Level 3; but for that B would be nearer."""
    inner = grouped.solve(THREE, POLICY, within=["x", "x", "y"])
    assert (teams(inner.result), inner.result.limit.longest) == ("AAB", 20.0)
    run = as_written(THREE, inner.result, inner.claims())
    wide = dataclasses.replace(THREE, minutes=np.array([[5.0, 5, 40], [40, 40, 5]]))
    outer = run_of(wide)
    for name, frame in vars(run).items():
        if name == "claims" or "service_id" not in frame:
            continue
        more = getattr(outer, name).assign(service_id="stroke")
        for column, prefix in (("team_id", "L3"), ("group_id", "L3")):
            if column in more:
                more[column] = prefix + more[column]
        more = more.assign(level=3) if "level" in more else more
        setattr(run, name, pd.concat([frame, more], ignore_index=True))
    run.claims["stroke"] = outer.claims["rehab"]
    assert failed(judged(run, dataclasses.replace(POLICY, nest=True))) == {}
    told = failed(judged(run, POLICY))["rehab", "worst first"]
    assert "longest journey of 20.00 minutes found, 16.00 leave no more need unmet" in told


# -- a whole run, around candidate sites --------------------------------------------------------


#: minutes from each base to A, B, C, D and E
WAYS = {
    "Elm": (5, 10, 15, 20, 25),
    "Mid": (20, 10, 5, 20, 30),
    "Off": (16, 16, 16, 30, 30),
    "East": (40, 30, 20, 6, 6),
}


def county(fairness):
    """
    Five PCNs in a row; podiatry has no team, but three sites, by the minutes given.

    By cost A, B and C go round Mid, 20 minutes from A; Off is 16 from each of the three.
    """
    made = County("AABBCCDDEE\nAABBCCDDEE")
    made.policy = {"fairness": fairness}
    made.files = {
        "teams": (
            "team_id service_id base_name easting northing wte pcn_codes".split(),
            [("T", "dental", "Elm", 400_500, 301_000, 0.8, "U99001;U99002")],
        ),
        "candidate_sites": (
            ["site_name", "easting", "northing"],
            [(name, 403_000, 301_000) for name in WAYS if name != "Elm"],
        ),
        "travel_times": (
            ["base", "LSOA_CODE", "minutes"],
            [
                (name, code_of(row, column), ways[column // 2])
                for name, ways in WAYS.items()
                for row in range(2)
                for column in range(10)
            ],
        ),
        "services": (
            (
                "service_id demand_driver wte_per_10000 min_team_wte min_population"
                " max_population max_travel_minutes level"
            ).split(),
            [
                ("podiatry", "registered", 5, 0.1, 800, 1_200, 60, 2),
                ("dental", "registered", 5, 0.1, 400, "", 60, 3),
            ],
        ),
    }
    return made


def test_a_run_around_candidate_sites(tmp_path):
    """Groups around sites have their limit in words and claims; the audit proves it."""
    plain = pipeline.study(settings.load(county("mean").write(tmp_path / "mean")))
    assert set(plain.tables["travel"]["service_id"]) == {"dental"}
    assert "longest_minutes" not in plain.solver["podiatry"]
    run = pipeline.study(settings.load(county("worst first").write(tmp_path / "worst")))
    assert run.audit["ok"], run.audit
    claim = run.solver["podiatry"]
    assert claim["status"] == "no teams given; groups around candidate sites: proven best"
    groups = run.tables["groups"].query("service_id == 'podiatry'")
    travel = run.tables["travel"].query("service_id == 'podiatry'")
    ways = groups.merge(travel, on=["team_id", "pcn_code"])
    assert len(ways) == 5
    assert ways["minutes"].max() == claim["longest_minutes"] == claim["longest_bound"]
    assert claim["longest_minutes"] < claim["by_cost"]["longest_minutes"]
    story = next(o.story for o in run.proposal.outcomes if o.service_id == "podiatry")
    assert "from its group's site" in story.sentences[0]
    assert f"{claim['longest_minutes']:g} minutes" in story.sentences[0]

    # what cost alone finds, passed off as the worst first; then a limit nobody keeps to
    before = plain.tables["groups"].query("service_id == 'podiatry'")
    tables = {**run.tables, "groups": pd.concat([before, run.tables["groups"].query("level == 3")])}
    free = claim["by_cost"]["longest_minutes"]
    claims = {**run.solver, "podiatry": {**claim, "longest_minutes": free, "longest_bound": free}}
    policy = settings.load(county("worst first").write(tmp_path / "again")).policy
    told = failed(audit(tables, claims, policy=policy))
    assert (
        f"{claim['longest_minutes']:.2f} leave no more need unmet"
        in (told["podiatry", "worst first"])
    )
    told = failed(audit(tables, run.solver, policy=policy))
    assert "minutes from team" in told["podiatry", "worst first"]


def test_a_version_to_share_keeps_minutes_of_sites_and_costs_to_itself(tmp_path):
    """Costs by cost alone would give staff back as costs do; sites' minutes are the audit's."""
    pipeline.analyse(county("worst first").write(tmp_path), out=tmp_path / "out", share=5)
    record = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert record["solver"]["dental"]["by_cost"] is None
    assert record["solver"]["dental"]["longest_minutes"] is None
    travel = pd.read_csv(tmp_path / "out" / "tables" / "travel.csv")
    assert set(travel["service_id"]) == {"dental"}
