"""Locked pairs at Levels 2 and 3: kept before every other rule, told, and audited."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from test_grouping import POLICY, best_by_hand, line, problem, random_case, teams

from footprint.allocation import grouped, grouping, held, partition, words_groups
from footprint.allocation.locks import Locked
from footprint.allocation.problem import COST_SCALE


def locked(case, **pairs):
    """The case with pairs held fast."""
    return dataclasses.replace(case, locks=Locked(**{k: tuple(v) for k, v in pairs.items()}))


# -- maps with a known answer ------------------------------------------------------------------

# A-0-1-2-3-B   two bases at the ends of a line of four, which share it evenly: AABB
FOUR = problem([[5, 10, 20, 30], [31, 22, 11, 5]], edges=line(4))


@pytest.mark.parametrize(
    ("pairs", "expected", "travel"),
    [
        ({}, "AABB", 5 + 10 + 11 + 5),
        ({"together": [(1, 2)]}, "AAAB", 5 + 10 + 20 + 5),
        ({"together": [(0, 3)]}, "AAAA", 5 + 10 + 20 + 30),
        ({"apart": [(0, 1)]}, "ABBB", 5 + 22 + 11 + 5),
        ({"base": [(2, 0)]}, "AAAB", 5 + 10 + 20 + 5),
        ({"base": [(0, 1)]}, "BBBB", 31 + 22 + 11 + 5),
        ({"base": [(2, 1)], "together": [(1, 2)]}, "ABBB", 5 + 22 + 11 + 5),
        # what is so anyway
        ({"together": [(0, 1)], "apart": [(1, 2)], "base": [(3, 1)]}, "AABB", 5 + 10 + 11 + 5),
    ],
)
def test_locks_are_kept_at_least_cost(pairs, expected, travel):
    """Each kind of lock changes a line of four as it must and no more, and that is proven."""
    result = grouping.solve(locked(FOUR, **pairs), POLICY)
    assert teams(result) == expected
    assert result.cost.travel == travel * COST_SCALE
    assert (result.status, len(result.unkept)) == ("proven best", 0)


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ({}, "AABB"),
        ({"together": [(1, 2)]}, "AAAB"),
        # in one unit, though what lies between them need not be in their group: two pieces
        ({"together": [(0, 3)]}, "AAAA"),
        ({"together": [(0, 2), (2, 3)]}, "AAAA"),
        ({"apart": [(0, 1)]}, "ABBB"),
        ({"base": [(2, 0)]}, "AAAB"),
        ({"base": [(0, 1)]}, "BBBB"),
        ({"base": [(2, 1)], "together": [(1, 2)]}, "ABBB"),
        ({"together": [(0, 1)], "apart": [(1, 2)], "base": [(3, 1)]}, "AABB"),
    ],
)
def test_columns_keep_locks(pairs, expected, monkeypatch):
    """By columns, as they go where a region is large, a line of four changes as it must."""
    monkeypatch.setattr(partition, "BY_COLUMNS", 1)
    monkeypatch.setattr(partition.Search, "minimise", None)
    result = grouping.solve(locked(FOUR, **pairs), POLICY)
    assert (teams(result), result.status) == (expected, "proven best")


@pytest.mark.parametrize(
    "pairs",
    [
        {"together": [(0, 1)], "apart": [(1, 0)]},
        {"base": [(0, 0), (0, 1)]},
        {"together": [(0, 1)], "base": [(0, 0), (1, 1)]},
    ],
)
def test_locks_that_contradict_each_other_leave_no_column(pairs, monkeypatch):
    """Nothing can be kept by columns, and the model in which rules give way says which is not."""
    monkeypatch.setattr(partition, "BY_COLUMNS", 1)
    result = grouping.solve(locked(FOUR, **pairs), POLICY)
    assert len(result.unkept) == 1
    assert "cannot be met" in result.status


def test_pcns_of_two_labels_are_not_merged(monkeypatch):
    """PCNs that nesting holds apart cannot be one unit: the lock gives way, as without columns."""
    monkeypatch.setattr(partition, "BY_COLUMNS", 1)
    result = grouping.solve(locked(FOUR, together=[(1, 2)]), POLICY, within=["x", "x", "y", "y"])
    assert (teams(result), len(result.unkept)) == ("AABB", 1)


def test_locks_that_take_too_long_to_keep_are_given_up_and_named(monkeypatch):
    """At the limit of the search the best groups without locks stand, and which are not kept."""
    case = locked(FOUR, base=[(3, 0)])
    assert teams(grouping.solve(case, POLICY)) == "AAAA"
    # the first answer is AABA, in pieces; it is also the last that is looked at
    monkeypatch.setattr(partition, "LOCKED_ROWS", 1)
    result = grouping.solve(case, POLICY)
    assert teams(result) == "AABB"
    assert result.unkept.base == ((3, 0),)
    assert result.status.startswith("cannot be met because ")
    assert "the search found no answer that keeps every rule" in result.status
    assert "U00003" in result.status


def test_other_rules_give_way_before_a_lock():
    """Kept apart, two PCNs are two groups, though both of them are then too small."""
    case = dataclasses.replace(FOUR, population_needed=25)
    assert teams(grouping.solve(case, POLICY)) == "AAAA"
    result = grouping.solve(locked(case, apart=[(0, 3)]), POLICY)
    assert teams(result) == "AABB"
    assert result.status == (
        "cannot be met because 2 groups hold fewer than the 25 patients needed"
    )
    assert len(result.unkept) == 0


def test_a_base_without_a_road_is_kept_all_the_same():
    """A PCN locked to a team without a road to it gets nobody, though another team could go."""
    case = problem([[5, np.inf], [9, 9]], edges=line(2))
    result = grouping.solve(locked(case, base=[(1, 0), (0, 0)]), POLICY)
    assert teams(result) == "AA"
    assert result.status == "cannot be met because the group's team has no road to U00001"


def test_the_fewest_locks_give_way():
    """Of three locks that contradict the map, the one goes without which the others stand.

    0-1-2   0 and 2 with A, 1 with B: a group in two pieces.
    """
    case = problem([[5, 5, 5], [9, 9, 9]], edges=line(3))
    result = grouping.solve(locked(case, base=[(0, 0), (1, 1), (2, 0)], together=[(0, 2)]), POLICY)
    assert teams(result) == "AAA"
    assert result.unkept == Locked(base=((1, 1),))
    assert result.status == (
        "cannot be met because the locks cannot all be kept (U00001 is not with B)"
    )


def test_one_team_cannot_keep_pcns_apart():
    """With a single team every PCN shares its group, and the lock is said to be lost."""
    result = grouping.solve(locked(problem([[5, 5]], edges=line(2)), apart=[(0, 1)]), POLICY)
    assert result.status == (
        "cannot be met because the locks cannot all be kept (U00000 and U00001 are not apart)"
    )
    kept = grouping.solve(locked(problem([[5, 5]], edges=line(2)), together=[(0, 1)]), POLICY)
    assert kept.status == "proven best"


def test_locks_across_systems_are_lost_and_said():
    """Pairs across systems cannot be kept unless groups may cross; what is apart anyway is kept."""
    case = problem(
        [[1, 2, 10, 9], [9, 9, 2, 1]],
        edges=line(4),
        system=["Q1", "Q1", "Q2", "Q2"],
        team_system=["Q1", "Q2"],
    )
    case = locked(case, together=[(1, 2)], apart=[(0, 3)], base=[(0, 1)])
    result = grouping.solve(case, POLICY)
    assert teams(result) == "AABB"
    assert result.status == (
        "cannot be met because the locks cannot all be kept (U00001 and U00002 are not together, "
        "being in Q1 and Q2; U00000 is not with B, which belongs to Q2)"
    )
    crossed = grouping.solve(case, dataclasses.replace(POLICY, cross_icb=True))
    assert (teams(crossed), crossed.status) == ("BBBA", "proven best")


def test_pcns_that_nobody_serves_are_not_together_with_others():
    """A PCN without any road is in nobody's group: together with another it cannot be."""
    case = locked(problem([[1, np.inf, np.inf]], edges=line(3)), together=[(0, 1)])
    result = grouping.solve(case, POLICY)
    assert result.unkept == case.locks
    # the two that nobody serves are no group that they could be kept out of
    assert len(grouping.solve(locked(case, apart=[(1, 2)]), POLICY).unkept) == 0


def test_nested_groups_keep_their_locks():
    """Level 2 inside Level 3 keeps its locks, but joins nothing that Level 3 has parted."""
    minutes = [[1, 1, 1, 30], [30, 9, 9, 1], [40, 40, 40, 3]]
    case = problem(minutes, edges=line(4))
    outer = ["x", "x", "y", "y"]
    assert teams(grouping.solve(case, POLICY, within=outer)) == "AABB"
    inside = grouping.solve(locked(case, apart=[(2, 3)]), POLICY, within=outer)
    assert teams(inside) == "AABC"
    across = grouping.solve(locked(case, together=[(1, 2)]), POLICY, within=outer)
    assert teams(across) == "AABB"
    assert "U00001 and U00002 are not together" in across.status


def test_sites_keep_pairs():
    """Groups around candidate sites keep PCNs together and apart."""
    minutes = np.abs(np.array([[0], [2], [5]]) - np.arange(6)) * 10.0
    case = problem(minutes, edges=line(6), needed=20)
    assert teams(grouping.solve_sites(case, POLICY)) == "AABBCC"
    result = grouping.solve_sites(locked(case, together=[(1, 2)]), POLICY)
    assert teams(result) == "BBBBCC"
    # more groups than the patients are enough for
    apart = grouping.solve_sites(locked(case, apart=[(0, 1), (1, 2), (2, 3)]), POLICY)
    assert len(apart.unkept) == 1 or "fewer than the 20 patients" in apart.status


# -- every partition ---------------------------------------------------------------------------


def some_locks(case, seed):
    """One to four locks of a case, drawn at random, contradictions included."""
    rng = np.random.default_rng(1_000 + seed)
    t, p = case.minutes.shape
    pairs = {"together": [], "apart": [], "base": []}
    for _ in range(int(rng.integers(1, 5))):
        kind = ("together", "apart", "base")[int(rng.integers(0, 3))]
        a, b = sorted(rng.choice(p, 2, replace=False).tolist())
        pair = (a, int(rng.integers(0, t))) if kind == "base" else (a, b)
        if pair not in pairs[kind]:
            pairs[kind].append(pair)
    return locked(case, **pairs)


def broken_by_hand(locks, owner):
    """How many locks teams by PCN do not keep."""
    return (
        sum(owner[a] != owner[b] for a, b in locks.together)
        + sum(owner[a] == owner[b] for a, b in locks.apart)
        + sum(owner[a] != t for a, t in locks.base)
    )


@pytest.mark.parametrize("seed", range(30))
def test_agrees_with_every_partition(seed):
    """Of all partitions the one: fewest locks lost, then as little broken, then least cost."""
    case = some_locks(random_case(seed), seed)
    result = grouping.solve(case, POLICY)
    for fewest in range(len(case.locks) + 1):
        best, owners = best_by_hand(
            case,
            POLICY,
            lambda owner, most=fewest: broken_by_hand(case.locks, owner) == most,
        )
        if best is not None:
            break
    roadless, people, used, cost = best
    assert len(result.unkept) == broken_by_hand(case.locks, result.team_of) == fewest
    assert sum(len(group.roadless) for group in result.groups) == roadless
    assert sum(abs(group.outside) for group in result.groups) == people
    assert sum(len(group.links) for group in result.groups) == used
    assert result.objective / COST_SCALE == pytest.approx(cost, abs=2e-3)
    assert tuple(result.team_of.tolist()) in owners
    assert result.status.startswith("cannot be met because") == bool(
        fewest or roadless or people or used
    )
    assert ("locks" in result.status) == bool(fewest)
    assert result.bound == result.objective


# -- what they cost ------------------------------------------------------------------------------

NAMES = {
    "teams": {"A": "Alder", "B": "Birch", "C": "Cedar"},
    "pcns": {"U00000": "North", "U00001": "South", "U00002": "West", "U00003": "East"},
}


def told(case, policy=POLICY, **options):
    """The story of a case."""
    return grouped.solve(case, policy, **options).story(**NAMES)


def test_what_a_lock_costs_is_told():
    """Each lock that is kept stands with what the plan would cost less without it; then all."""
    story = told(locked(FOUR, together=[(1, 2)], base=[(0, 0)]))
    assert story.sentences[3:] == (
        "South and West are kept together as you asked; without that alone the plan would cost 9 "
        "minutes x WTE less.",
        "North is kept with Alder as you asked; without that alone the plan would cost the same.",
        "Without any of the locks the plan would cost 9 minutes x WTE less.",
    )
    apart = told(locked(FOUR, apart=[(0, 1)]))
    assert apart.sentences[3:] == (
        "North and South are kept apart as you asked; without that the plan would cost 12 minutes "
        "x WTE less.",
    )


def test_a_lock_without_which_every_rule_could_be_kept_says_so():
    """A lock that makes two groups too small is told as what breaks the rule, without a figure."""
    case = dataclasses.replace(FOUR, population_needed=25)
    story = told(locked(case, apart=[(0, 3)]))
    assert (
        "North and East are kept apart as you asked; without that every rule could be kept."
        in story.sentences
    )


def test_lost_locks_are_told_by_name():
    """A lock that is given up stands by name in the headline and in the status for readers."""
    solved = grouped.solve(locked(problem([[5, 5]], edges=line(2)), apart=[(0, 1)]), POLICY)
    assert solved.result.told(**NAMES) == (
        "cannot be met because the locks cannot all be kept (North and South are not apart)"
    )
    story = solved.story(**NAMES)
    assert "Not every rule can be met: the locks cannot all be kept (North and South are not " in (
        story.headline
    )
    assert not any("as you asked" in sentence for sentence in story.sentences)


def test_many_locks_are_counted(monkeypatch):
    """More locks than are priced are counted; beyond the quick size none is solved again."""
    pairs = {"together": [(0, 1), (2, 3)], "apart": [(1, 2)]}
    monkeypatch.setattr(held, "QUICK_LOCKS", 2)
    monkeypatch.setattr(words_groups, "QUICK_LOCKS", 2)
    assert told(locked(FOUR, **pairs)).sentences[3:] == (
        "3 locks are kept as you asked.",
        "Without any of the locks the plan would cost the same.",
    )
    monkeypatch.setattr(held, "FREE_PAIRS", 7)
    assert told(locked(FOUR, **pairs)).sentences[3:] == ("3 locks are kept as you asked.",)
