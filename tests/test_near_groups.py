"""Levels 2 and 3: PCNs that could as well be in a neighbouring group, and those that could not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_grouping import INF, NAMES, POLICY, best_by_hand, line, problem, random_case, teams

from footprint.allocation import grouped, near_groups
from footprint.allocation.locks import Locked
from footprint.allocation.near_ties import NearTie

# A-0-1-2-B   a base at each end, the middle PCN as far from both
THREE = problem([[5, 10, 30], [30, 10, 5]], edges=line(3))


def ties(case, policy=POLICY, **options):
    """Near ties of the best groups."""
    return grouped.solve(case, policy, **options).near_ties


def test_an_exact_tie_is_told():
    """A PCN as far from one base as from the other could be in either group, at the same cost."""
    solved = grouped.solve(THREE, POLICY)
    own, other = ("A", "B") if teams(solved.result) == "AAB" else ("B", "A")
    assert solved.near_ties == (NearTie("U00001", own, other, 0.0),)
    names = {"A": "Alder", "B": "Birch"}
    assert solved.story(**NAMES).sentences[-1] == (
        f"As good or nearly so, for people to choose: another team at South ({names[other]} "
        f"instead of {names[own]}, at the same cost)."
    )
    assert grouped.solve(THREE, POLICY).near_ties == solved.near_ties


@pytest.mark.parametrize(("more", "near"), [(0.3, True), (0.49, True), (0.5, False), (2, False)])
def test_near_is_less_than_half_a_minute_per_wte(more, near):
    """What counts is the whole cost per WTE of the PCN's need, however large the need."""
    case = dataclasses.replace(
        THREE,
        minutes=np.array([[5, 10, 30], [30, 10 + more, 5]]),
        demand=np.array([100, 300, 100]),
    )
    found = ties(case)
    assert [(tie.pcn, tie.team, tie.other) for tie in found] == [("U00001", "A", "B")] * near
    if near:
        assert found[0].minutes == pytest.approx(more)
        sentence = grouped.solve(case, POLICY).story(**NAMES).sentences[-1]
        assert f"South (Birch instead of Alder, {more:.1f} minutes more per WTE)" in sentence


def test_a_shortage_elsewhere_counts():
    """Between equal journeys the group that would lack staff for one more PCN is no near tie."""
    short = dataclasses.replace(THREE, supply=np.array([200, 120]))
    assert ties(short) == ()


def fixed(case, owner):
    """The ties of groups as they are given."""
    return near_groups.near_groups(case, POLICY, np.array(owner))


FOUR = problem([[5, 9, 9, 9], [9, 9, 9, 5]], edges=line(4))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        # 0-1-2-3 as AABB: 1 could be B's, and 2 A's
        ({}, ["U00001", "U00002"]),
        ({"edges": ((0, 1), (0, 2), (2, 3))}, ["U00002"]),
        # both groups as small as they may be, or as large
        ({"population_needed": 20}, []),
        ({"max_population": 20}, []),
        # one too large to be taken, and the other's group too small without it
        ({"population": np.array([10, 10, 5, 5]), "population_needed": 10}, ["U00001"]),
        ({"minutes": np.array([[5, 9, INF, 9], [9, 9, 9, 5]])}, ["U00001"]),
        ({"system": ("Q1", "Q1", "Q2", "Q2"), "team_system": ("Q1", "Q2")}, []),
        ({"locks": Locked(together=((0, 1),))}, ["U00002"]),
        ({"locks": Locked(base=((2, 1),))}, ["U00001"]),
        ({"locks": Locked(apart=((0, 2),))}, ["U00001"]),
        ({"demand": np.array([100, 0, 100, 100])}, ["U00002"]),
    ],
)
def test_every_rule_is_kept(change, expected):
    """Borders, bounds, roads, systems and locks stay kept; who needs nobody is not told."""
    found = fixed(dataclasses.replace(FOUR, **change), [0, 0, 1, 1])
    assert [tie.pcn for tie in found] == expected


def test_a_group_is_not_torn_nor_used_up():
    """A PCN that holds its group together stays, and the last one too."""
    star = problem([[9, 9, 9, 9], [9, 9, 9, 9]], edges=[(0, 1), (0, 2), (0, 3)])
    assert fixed(star, [0, 0, 0, 1]) == ()
    assert [tie.pcn for tie in fixed(star, [0, 1, 0, 0])] == []
    assert [tie.pcn for tie in fixed(FOUR, [0, 1, 1, 1])] == ["U00001"]


def test_level_3_holds():
    """Inside Level 3's groups no PCN is said to be able to leave its own."""
    assert ties(FOUR, within=["x", "x", "y", "y"]) == ()


def test_sites_have_ties_too():
    """Around candidate sites a PCN between two is told as well."""
    minutes = np.array([[0, 10, 20, 30, 40], [40, 30, 20, 10, 0]], dtype=float)
    case = problem(minutes, edges=line(5), needed=20)
    found = grouped.solve_sites(case, POLICY).near_ties
    assert [(tie.pcn, tie.minutes) for tie in found] == [("U00002", 0.0)]


def test_groups_in_pieces_are_left_alone():
    """Where a group is joined by a link only, nobody is said to leave or to join it."""
    # 0-1 2-3
    assert fixed(dataclasses.replace(FOUR, edges=((0, 1), (2, 3))), [0, 0, 0, 1]) == ()
    # 0-1-2 3
    assert fixed(dataclasses.replace(FOUR, edges=((0, 1), (1, 2))), [0, 0, 1, 1]) == ()


@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_every_move(seed, monkeypatch):
    """Any groups that keep the rules: every PCN in every other group, costed by hand."""
    monkeypatch.setattr(near_groups, "NEAR_MINUTES", 1e9)
    case = dataclasses.replace(random_case(seed), population_needed=40)
    rng = np.random.default_rng(seed)
    t, p = case.minutes.shape
    for owner in rng.integers(0, t, (200, p)).tolist():
        now = kept(case, owner)
        if now is not None and len(set(owner)) > 1:
            break
    else:
        # no such groups on this map
        return
    expected = {}
    for at, own in enumerate(owner):
        for team in sorted(set(owner) - {own}):
            moved = [*owner[:at], team, *owner[at + 1 :]]
            then = kept(case, moved)
            if then is not None and own in moved:
                more = max(0.0, (then - now) / (case.demand[at] / 100))
                expected.setdefault(at, []).append((more, case.teams[team]))
    found = fixed(case, owner)
    assert [tie.pcn for tie in found] == [case.pcns[at] for at in sorted(expected)]
    for tie in found:
        ways = expected[case.pcns.index(tie.pcn)]
        assert tie.minutes == pytest.approx(min(ways)[0], abs=0.02)
        assert any(
            tie.other == team and tie.minutes == pytest.approx(m, abs=0.02) for m, team in ways
        )


def kept(case, owner):
    """What groups cost in minutes x WTE; None where they break a rule."""
    best, _ = best_by_hand(case, POLICY, lambda one: one == tuple(owner))
    return None if best is None or any(best[:3]) else best[3]
