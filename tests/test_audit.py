"""The audit passes what is right, and judges optima against other solvers."""

from __future__ import annotations

import dataclasses
import io
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from audit_case import CODES, POLICY, add, failed, frame_of, judged, put, regroup, written

from footprint.allocation.audit import audit, owned
from footprint.allocation.clauses import of_pcns
from footprint.settings import Locks


def test_right_tables_pass():
    """Tables whose optima are worked out by hand pass every check, each with a word on it."""
    verdict = judged(written())
    assert failed(verdict) == {}
    assert verdict["ok"] is True
    done = {(check["service_id"], check["check"]) for check in verdict["checks"]}
    assert {("nursing", "optimality"), ("rehab", "optimality"), ("stroke", "no teams")} <= done
    assert all(check["detail"] for check in verdict["checks"])


def _older_people() -> SimpleNamespace:
    """Rehab for a quarter of the people: 25,000 of them to a team are 100,000 patients."""
    run = written()
    run.demand["driver_population"] = [40_000] * 6 + [10_000] * 6 + [40_000] * 6
    run.services["demand_driver"] = ["registered", "aged 65+", "registered"]
    run.services["wte_per_10000"] = [1.0, 2.0, 0.1]
    run.services["population_needed"] = [30_000, 50_000, 300_000]
    return run


def test_groups_are_held_to_patients_not_to_the_drivers_people():
    """A need counted in a driver's people is held to the patients that services says they are."""
    run = _older_people()
    run.services["group_population"] = [30_000, 100_000, 300_000]
    assert failed(judged(run)) == {}
    regroup(run, "U1 U4")  # 80,000
    assert "at least 100,000" in failed(judged(run))["rehab", "population"]
    run.services["group_population"] = [30_000, 80_000, 300_000]
    found = failed(judged(run))["rehab", "level"]
    assert "group population 80000 found, 100000 expected" in found


def test_need_that_cannot_be_met_is_said():
    """Groups below need pass under a status that owns up to it, where one may not have all."""
    # two groups hold 120,000 at best, one of all six is above the 150,000 allowed
    run = written()
    put(run.services, "population_needed", 130_000, service_id="rehab")
    put(run.services, "min_population", 130_000.0, service_id="rehab")
    assert ("rehab", "population") in failed(judged(run))
    many = "cannot be met because 2 groups hold more than the 150,000 patients allowed"
    run.claims["rehab"]["status"] = many
    assert ("rehab", "population") in failed(judged(run))
    run.claims["rehab"]["status"] = many.replace("more", "fewer").replace(
        "150,000 patients allowed", "130,000 patients needed"
    )
    assert failed(judged(run)) == {}


def _nested(outer: str) -> SimpleNamespace:
    run = written()
    put(run.services, "level", 3, service_id="stroke")
    for code in CODES:
        group = "L" if code in outer.split() else "R"
        add(run, "groups", "stroke", 3, group, "", code, 40_000)
    if len(outer) < 9:
        run.claims["stroke"]["status"] = (
            "no teams given; groups around candidate sites: cannot be met because 2 groups hold "
            "fewer than the 300,000 patients needed"
        )
    return run


def _cut_off() -> SimpleNamespace:
    """The run in which U1 and U4 have no border but with each other."""
    run = written()
    pairs = list(zip(run.pcn_adjacency["a"], run.pcn_adjacency["b"], strict=True))
    away = [(a in ("U1", "U4")) != (b in ("U1", "U4")) for a, b in pairs]
    run.pcn_adjacency = run.pcn_adjacency[~np.array(away)]
    return run


def test_groups_in_pieces_hang_together_by_the_links_that_are_named():
    """A status that owns up to people says nothing of pieces; one that names the link does."""
    run = _cut_off()
    status = "cannot be met because 1 group holds fewer than the 100,000 patients needed"
    run.claims["rehab"]["status"] = status
    assert "2 parts found" in failed(judged(run))["rehab", "contiguity"]
    for link, passes in (("U2 and U4", True), ("U3 and U4", False)):
        said = f"cannot be met because no border or bridge joins {link}, which share a group"
        run.claims["rehab"]["status"] = said
        assert (("rehab", "contiguity") not in failed(judged(run))) == passes


def test_pcns_to_which_their_team_has_no_road_are_costed_and_named():
    """A has no road to U2 any more: 1.00 x 2 WTE at 800 instead of 10 minutes, if it is said."""
    run = written()
    gone = run.travel["team_id"].eq("A") & run.travel["pcn_code"].eq("U2")
    run.travel = run.travel[~gone]
    there = run.allocation["team_id"].eq("A") & run.allocation["pcn_code"].eq("U2")
    run.allocation = run.allocation[~there]
    add(run, "vacancies", "rehab", "U2", 2.0, "Its group's team has no road to it.")
    cost = run.claims["rehab"]["objective"] + 2 * (800 - 10)
    run.claims["rehab"] |= {"objective": cost, "bound": cost}
    assert "no road from its team to PCN U2" in failed(judged(run))["rehab", "teams"]
    run.claims["rehab"]["status"] = "cannot be met because the group's team has no road to U2"
    found = failed(judged(run))
    # with B it could be reached, by groups that keep every rule
    assert set(found) == {("rehab", "optimality")}
    assert failed(judged(run, locks=Locks(base=(("U2", "A"),)))) == {}


@pytest.mark.parametrize("codes", [["U2"], ["U2", "U3"], ["U1", "U2", "U4"]])
def test_the_pcns_that_a_status_names_are_read_from_its_words(codes):
    """However many there are, with commas and an "and" between them as a status has them."""
    said = of_pcns("the group's team has no road to", codes).told()
    case = SimpleNamespace(cannot=True, status=f"cannot be met because {said}; and more")
    assert owned.roadless(case) == set(codes)


def test_nesting_that_is_given_up_must_have_to_be():
    """Three groups of Level 3 for two teams: said, that is no fault; two would have to be kept."""
    run = _nested("U1 U2 U3")
    put(run.groups, "group_id", "M", service_id="stroke", pcn_code="U3")
    nest = dataclasses.replace(POLICY, nest=True)
    assert ("rehab", "nest") in failed(judged(run, nest))
    run.claims["rehab"]["status"] = (
        "cannot be met because 3 groups of Level 3 cannot each hold one of 2 teams"
    )
    assert ("rehab", "nest") not in failed(judged(run, nest))
    put(run.groups, "group_id", "L", service_id="stroke", pcn_code="U3")
    assert ("rehab", "nest") in failed(judged(run, nest))


def test_of_several_services_of_level_3_the_first_is_the_frame():
    """A second one, in whose groups all would lie, neither helps nor shows that nesting can be."""
    run = _nested("U1 U2 U3")
    for name in ("services", "demand", "groups"):
        frame = getattr(run, name)
        late = frame[frame["service_id"].eq("stroke")].assign(service_id="late")
        setattr(run, name, pd.concat([frame, late], ignore_index=True))
    put(run.groups, "group_id", "all", service_id="late")
    run.claims["late"] = {
        "status": "no teams given; groups around candidate sites: cannot be met because the "
        "240,000 patients are fewer than the 300,000 that one group needs"
    }
    nest = dataclasses.replace(POLICY, nest=True)
    assert "in groups L, R of stroke found" in failed(judged(run, nest))["rehab", "nest"]
    put(run.groups, "group_id", "M", service_id="stroke", pcn_code="U3")
    run.claims["rehab"]["status"] = (
        "cannot be met because 3 groups of Level 3 cannot each hold one of 2 teams"
    )
    assert failed(judged(run, nest)) == {}


def test_nesting_is_checked_only_when_asked():
    """Level 2 groups that cut a Level 3 group fail under nest, and only then."""
    run = _nested("U1 U2 U3")
    assert failed(judged(run)) == {}
    found = failed(judged(run, dataclasses.replace(POLICY, nest=True)))
    assert "group G1: in groups L, R of stroke found" in found["rehab", "nest"]
    assert failed(judged(_nested("U1 U2 U4"), dataclasses.replace(POLICY, nest=True))) == {}


def test_tables_read_back_from_csv_pass():
    """What is written to csv and read again, blanks and all, is judged the same."""
    run = written()
    for name in set(vars(run)) - {"claims"}:
        setattr(run, name, pd.read_csv(io.StringIO(getattr(run, name).to_csv(index=False))))
    assert failed(judged(run)) == {}


def test_missing_column_is_told():
    """A table without one of its columns is a failed check, not a crash."""
    run = written()
    run.travel = run.travel.drop(columns="minutes")
    assert failed(judged(run)) == {("", "tables"): "table travel: no column minutes"}


def test_no_services_is_no_fault():
    """A patch without services has nothing to audit and passes."""
    assert audit({"pcns": written().pcns}, {}, policy=POLICY)["ok"] is True


def test_half_in_the_tiers_is_no_false_alarm():
    """A tier's limit that is exactly half a hundredth may have been rounded either way."""
    # one PCN of 0.05 WTE, nobody there: tiers to 0.005 -> 0.00 (or 0.01) and 0.0125 -> 0.01
    run = written()
    for name in ("teams", "demand", "travel", "allocation", "vacancies", "groups"):
        frame = getattr(run, name)
        setattr(run, name, frame[frame["service_id"].eq("nursing")].iloc[:0])
    run.pcns = run.pcns.iloc[:1]
    run.services = run.services.iloc[:1].assign(wte_per_10000=0.0125, min_team_wte=0.0375)
    add(run, "teams", "N", "nursing", 0.0)
    add(run, "demand", "nursing", "U1", 40_000, 0.05)
    add(run, "vacancies", "nursing", "U1", 0.05, "nobody")
    run.claims = {"nursing": run.claims["nursing"]}
    for cost in (0.01 * 400 + 0.04 * 800, 0.01 * 200 + 0.04 * 800):
        run.claims["nursing"] |= {"objective": cost, "bound": cost, "today": cost}
        assert failed(judged(run)) == {}
    run.claims["nursing"] |= {"objective": cost - 0.5, "bound": cost - 0.5}
    assert ("nursing", "objective") in failed(judged(run))


def _random_flow(seed: int) -> SimpleNamespace:
    """A best flow of twelve PCNs and five teams by networkx's network simplex, written out."""
    rng = np.random.default_rng(seed)
    pcns, teams = [f"U{i:02}" for i in range(12)], [f"T{i}" for i in range(5)]
    demand = rng.integers(100, 900, 12)
    minutes = rng.integers(200, 4_000, (12, 5))
    today = rng.integers(0, 150, (12, 5)) * (rng.random((12, 5)) < 0.4)
    supply = today.sum(axis=0) + rng.integers(0, 700, 5)
    graph = nx.DiGraph()
    graph.add_node("pool", demand=-int(demand.sum()))
    for t, team in enumerate(teams):
        graph.add_edge("pool", team, capacity=int(supply[t]), weight=0)
        for i, pcn in enumerate(pcns):
            for kind, room, cost in (("stay", today[i, t], 0), ("move", supply[t], 1_000)):
                if kind == "stay" or minutes[i, t] <= 3_000:
                    middle = (team, pcn, kind)
                    graph.add_edge(team, middle, capacity=int(room), weight=0)
                    graph.add_edge(middle, pcn, weight=int(minutes[i, t] + cost))
    for i, pcn in enumerate(pcns):
        graph.add_node(pcn, demand=int(demand[i]))
        low, high = round(0.1 * demand[i]), round(0.25 * demand[i])
        for k, room in enumerate((low, high - low, int(demand[i]) - high)):
            graph.add_edge("pool", (pcn, k), capacity=int(room), weight=0)
            graph.add_edge((pcn, k), pcn, weight=(20_000, 40_000, 80_000)[k])
    cost, flow = nx.network_simplex(graph)
    wte = np.array(
        [[sum(flow[t].get((t, p, k), 0) for k in ("stay", "move")) for t in teams] for p in pcns]
    )
    pairs = [(i, t) for i in range(12) for t in range(5) if minutes[i, t] <= 3_000 or today[i, t]]
    run = written()
    run.pcns = frame_of(
        "pcn_code list_size", *((pcn, int(d) * 100) for pcn, d in zip(pcns, demand, strict=True))
    )
    run.services = run.services.iloc[:1].assign(
        max_travel_minutes=30, min_team_wte=0, min_population=1, population_needed=1
    )
    run.teams = frame_of(
        "team_id service_id wte", *((t, "n", s / 100) for t, s in zip(teams, supply, strict=True))
    )
    run.demand = frame_of(
        "service_id pcn_code driver_population wte",
        *(("n", pcn, int(d) * 100, d / 100) for pcn, d in zip(pcns, demand, strict=True)),
    )
    run.travel = frame_of(
        "service_id team_id pcn_code minutes",
        *(("n", teams[t], pcns[i], minutes[i, t] / 100) for i, t in pairs),
    )
    run.allocation = frame_of(
        "service_id level pcn_code team_id wte minutes today_wte",
        *(
            ("n", 1, pcns[i], teams[t], wte[i, t] / 100, minutes[i, t] / 100, today[i, t] / 100)
            for i, t in pairs
            if wte[i, t] or today[i, t]
        ),
    )
    short = (demand - wte.sum(axis=1)) / 100
    run.vacancies = frame_of(
        "service_id pcn_code wte", *(("n", pcn, v) for pcn, v in zip(pcns, short, strict=True))
    )
    run.groups = run.groups.iloc[:0]
    run.services["service_id"] = "n"
    run.claims = {
        "n": {
            "status": "proven best",
            "objective": cost / 10_000,
            "bound": cost / 10_000,
            "gap": 0.0,
            "today": None,
        }
    }
    return run


@pytest.mark.parametrize("seed", range(6))
def test_best_flows_of_another_solver_pass(seed: int):
    """What networkx's network simplex finds is confirmed to be best, whatever the shortage."""
    found = failed(judged(_random_flow(seed)))
    # the test claims no cost of today
    assert found == {("n", "today"): "no cost of today found, one expected"}


@pytest.mark.parametrize("seed", range(6))
def test_one_hundredth_off_the_best_flow_is_caught(seed: int):
    """A best flow with 0.01 WTE made vacant fails, and the best bound is still accepted."""
    run = _random_flow(seed)
    row = run.allocation[run.allocation["wte"] > 0].iloc[0]
    pair = {"pcn_code": row["pcn_code"], "team_id": row["team_id"]}
    put(run.allocation, "wte", round(row["wte"] - 0.01, 2), **pair)
    add(run, "vacancies", "n", row["pcn_code"], 0.01)
    assert "a cheaper exchange saves" in failed(judged(run))["n", "optimality"]
    run.claims["n"]["status"], run.claims["n"]["gap"] = "within 0.1% of best", 0.001
    assert ("n", "optimality") not in failed(judged(run))


def _strip() -> SimpleNamespace:
    """
    Sixteen PCNs in two rows of eight, more than are enumerated; the left half is A's by far.

    A - - - | B - - -      each 40,000 people and 2.00 WTE; a team is 5 minutes and 2 more for
    - - - - | - - - -      every column from its base
    """
    pcns = [f"U{row}{column}" for row in range(2) for column in range(8)]
    lead = {pcn: "A" if int(pcn[2]) < 4 else "B" for pcn in pcns}
    minutes = {
        (team, pcn): 5 + 2 * abs(int(pcn[2]) - base)
        for team, base in (("A", 0), ("B", 4))
        for pcn in pcns
    }
    run = written()
    edges = [(p, q) for p in pcns for q in pcns if p < q]
    edges = [
        (p, q) for p, q in edges if abs(int(p[1]) - int(q[1])) + abs(int(p[2]) - int(q[2])) == 1
    ]
    run.pcns = frame_of("pcn_code list_size", *((pcn, 40_000) for pcn in pcns))
    run.pcn_adjacency = frame_of("a b source", *((p, q, "border") for p, q in edges))
    run.services = run.services.iloc[1:2].assign(max_population=np.nan)
    run.teams = frame_of("team_id service_id wte", ("A", "rehab", 20.0), ("B", "rehab", 20.0))
    run.demand = frame_of(
        "service_id pcn_code driver_population wte", *(("rehab", p, 40_000, 2.0) for p in pcns)
    )
    run.travel = frame_of(
        "service_id team_id pcn_code minutes",
        *(("rehab", t, p, m) for (t, p), m in minutes.items()),
    )
    run.allocation = frame_of(
        "service_id level pcn_code team_id wte minutes today_wte",
        *(("rehab", 2, p, lead[p], 2.0, minutes[lead[p], p], 2.0) for p in pcns),
    )
    run.vacancies = run.vacancies.iloc[:0]
    run.groups = frame_of(
        "service_id level group_id team_id pcn_code population",
        *(("rehab", 2, f"G{lead[p]}", lead[p], p, 40_000) for p in pcns),
    )
    # two teams x two rows x 2.00 WTE x (5 + 7 + 9 + 11) minutes
    best = {"status": "proven best", "objective": 256.0, "bound": 256.0, "gap": 0.0}
    run.claims = {"rehab": best}
    return run


def test_large_groups_pass_with_a_rebuilt_bound():
    """Above twelve PCNs the linear relaxation confirms the bound, here exactly."""
    verdict = judged(_strip())
    assert failed(verdict) == {}
    detail = next(c["detail"] for c in verdict["checks"] if c["check"] == "optimality")
    assert "no local change improves" in detail


def test_large_groups_with_a_better_move_are_caught():
    """A PCN in the wrong one of two large groups is found by moving it back."""
    run = _strip()
    # U03 goes to B: 7 instead of 11 minutes, but 2.00 WTE change hands
    put(run.groups, "group_id", "GB", pcn_code="U03")
    put(run.groups, "team_id", "B", pcn_code="U03")
    put(run.allocation, "wte", 0.0, pcn_code="U03")
    add(run, "allocation", "rehab", 2, "U03", "B", 2.0, 7, 0.0)
    run.claims["rehab"] |= {"objective": 268.0, "bound": 268.0}
    found = failed(judged(run))
    assert set(found) == {("rehab", "optimality")}
    assert "PCN U03 moved from group GB to GA saves 12.0000" in found["rehab", "optimality"]


def swapped() -> SimpleNamespace:
    """The strip's two groups, each with the other's team."""
    run = _strip()
    put(run.services, "max_travel_minutes", 40.0, service_id="rehab")
    swap = {"A": "B", "B": "A"}
    run.groups["team_id"] = run.groups["team_id"].map(swap)
    minutes = run.travel.set_index(["team_id", "pcn_code"])["minutes"]
    moved = run.allocation.assign(team_id=run.allocation["team_id"].map(swap), today_wte=0.0)
    moved["minutes"] = [
        minutes[pair] for pair in moved[["team_id", "pcn_code"]].itertuples(index=False)
    ]
    run.allocation = pd.concat([run.allocation.assign(wte=0.0), moved], ignore_index=True)
    # A: columns 4 to 7 at 13, 15, 17, 19; B: columns 0 to 3 at 13, 11, 9, 7; all 32 WTE move
    cost = 4.0 * (13 + 15 + 17 + 19) + 4.0 * (13 + 11 + 9 + 7) + 320
    run.claims["rehab"] |= {"objective": cost, "bound": cost}
    return run


def test_large_groups_with_swapped_teams_are_caught():
    """Two large groups that would be better served by each other's team are found."""
    found = failed(judged(swapped()))
    assert set(found) == {("rehab", "optimality")}
    assert "other teams save 480.0000: GA to A, GB to B" in found["rehab", "optimality"]
