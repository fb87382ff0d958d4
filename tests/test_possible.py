"""What would make it possible to keep every rule: told, and so when it is done."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_grouping import POLICY, line, problem, random_case

from footprint.allocation import explain, grouping
from footprint.allocation.locks import Locked

INF = np.inf


def told(result, **names):
    """The sentences on what would make it possible."""
    story = explain.explain_groups(result, **{"teams": {}, "pcns": {}, **names})
    return [one for one in story.sentences if "would keep every rule" in one or "served," in one]


def test_nothing_is_told_where_every_rule_is_kept():
    """Two PCNs with a team each need nothing."""
    assert told(grouping.solve(problem([[1, 9], [9, 1]], edges=line(2)), POLICY)) == []


def test_the_smallest_and_the_largest_group_are_told():
    """Of two groups with 20 patients, where 25 are needed and 15 allowed, both have to give way."""
    case = problem([[1, 1, 9, 9], [9, 9, 1, 1]], edges=line(4), needed=25, high=15)
    assert told(grouping.solve(case, POLICY)) == [
        "These groups would keep every rule if 20 patients were enough for a group, and if a group"
        " might hold 20 patients."
    ]


def test_around_sites_the_most_falls_with_the_need():
    """A group of 30 may have twice the 20 needed, but not twice the 10 that would be enough."""
    minutes = [[1, 1, 1, INF], [INF, INF, INF, 1]]
    result = grouping.solve_sites(problem(minutes, edges=line(4), needed=20), POLICY)
    assert told(result) == [
        "These groups would keep every rule if 10 patients were enough for a group, and if a group"
        " might hold 30 patients."
    ]


def test_borders_roads_and_locks_are_told():
    """North is an island; B, to which East is locked, has no road there; West and South are apart.

    North   South - West - East, one of them too few for a group
    """
    case = problem(
        [[1, 2, 3, 4], [INF, 9, 9, INF]],
        edges=[(1, 2), (2, 3)],
        needed=20,
    )
    locks = Locked(apart=((1, 2),), base=((0, 0), (1, 0), (2, 0), (3, 1)))
    result = grouping.solve(dataclasses.replace(case, locks=locks), POLICY)
    names = {"teams": {"A": "Alder", "B": "Birch"}, "pcns": {"U00003": "East", "U00000": "North"}}
    (said,) = told(result, **names)
    assert "if a border or bridge joined North and" in said
    assert "if there was a road from the base of Birch to East" in said
    assert said.endswith(", and if the lock that is not kept was given up.")


def test_nesting_is_told():
    """Two groups of Level 3 for one team."""
    result = grouping.solve(problem([[1, 1]], edges=line(2)), POLICY, within=["x", "y"])
    assert told(result) == [
        "These groups would keep every rule if they need not lie inside Level 3's."
    ]


def test_who_has_no_team_needs_one():
    """Q2 has no team, and to the last PCN of Q1 there is no road."""
    case = problem(
        [[1, 1, INF, INF]], edges=line(4), system=["Q1", "Q1", "Q1", "Q2"], team_system=["Q1"]
    )
    assert told(grouping.solve(case, POLICY)) == [
        "To be served, Q2 needs a team of its own.",
        "To be served, U00002 needs a team with a road there.",
    ]


@pytest.mark.parametrize("sites", [False, True])
@pytest.mark.parametrize("seed", [1, 2, 4, 6, 9, 11, 14, 19, 24, 29])
def test_what_is_told_makes_it_possible(seed, sites):
    """With the bounds, borders and roads that are told every rule is kept by some groups."""
    solve = grouping.solve_sites if sites else grouping.solve
    case = random_case(seed)
    total = int(case.population.sum())
    # one group has too many, and two have too few
    case = dataclasses.replace(
        case, population_needed=int(total * 0.7), max_population=int(total * 0.8)
    )
    result = solve(case, POLICY)
    (said,) = told(result)
    words = said.replace(",", "").split()
    given = {}
    if "enough" in words:
        given["population_needed"] = int(words[words.index("enough") - 3])
    if "hold" in words:
        given["max_population"] = int(words[words.index("hold") + 1])
    links = [link for group in result.groups for link in group.links]
    assert ("bridge" in said) == bool(links)
    minutes = case.minutes.copy()
    for group in result.groups:
        minutes[group.team, list(group.roadless)] = 5.0
    assert ("a road" in said) == bool((minutes != case.minutes).any())
    possible = dataclasses.replace(
        case, **given, edges=tuple(sorted({*case.edges, *links})), minutes=minutes
    )
    assert solve(possible, POLICY).broken == ()
