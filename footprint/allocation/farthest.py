"""
Levels 2 and 3, the worst first: the farthest PCN as near to its base as it can be, then the cost.

Lexicographic, as at Level 1: a bottleneck first, found by halving the minutes that come into
question, each time with the groups' own program and without the pairs beyond (Garfinkel, Neebe and
Rao 1977 find the farthest customer of p centres so).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from footprint.allocation import partition
from footprint.allocation.partition import Search
from footprint.allocation.problem import FloatArray
from footprint.allocation.region import BoolArray, Partition, Region


@dataclass(frozen=True, eq=False)
class Farthest:
    """
    Answers in which no PCN is farther from the base of its group than needs be.

    Parameters
    ----------
    answers
        One per region: the cheapest within ``longest``.
    longest
        Minutes of the farthest PCN.
    bound
        No answers that break as few rules and leave as little need unmet have a farthest PCN nearer
        than this; ``longest`` itself where that is proven.
    """

    answers: list[Partition]
    longest: float
    bound: float


def minutes_of(minutes: FloatArray, region: Region, answer: Partition) -> float:
    """Minutes of the farthest PCN of an answer from its base; 0 where none has a road."""
    pcns = np.arange(len(answer.owner))
    there = region.road[answer.owner, pcns]
    return float(minutes[answer.owner, pcns][there].max(initial=0.0))


def shortest(
    regions: Sequence[Region],
    minutes: Sequence[FloatArray],
    free: Sequence[Partition],
    *,
    around_sites: bool = False,
) -> Farthest:
    """
    Find the shortest limit that costs no rule and nobody's staff, and the cheapest answers in it.

    Within it as few rules are broken as without, and no more need of a region stays unmet: a team
    near by that has nobody to send brings nobody nearer. One limit for all regions, which the
    worst-off PCN of any of them sets. PCNs whose group's base has no road to them count among the
    rules broken, and not among the minutes.

    Parameters
    ----------
    regions
        What was split.
    minutes
        (T, P) of each region, from base to PCN.
    free
        The cheapest answer of each, without a limit.
    around_sites
        Whether teams are candidate sites.

    Notes
    -----
    What can be kept within a limit can be kept within a longer one, so that halving finds the
    shortest. It is one of the minutes between a base and a PCN; none is shorter than the way from
    the base nearest to it to any PCN that has to be reached.
    """
    own = list(map(minutes_of, minutes, regions, free))
    without = max(own, default=0.0)
    least = max(map(_least, minutes, regions, free), default=0.0)
    every = [each[region.road] for each, region in zip(minutes, regions, strict=True)]
    steps = np.unique(np.concatenate([np.zeros(0), *every]))
    steps = steps[(steps >= least) & (steps <= without)]
    if len(steps) < 2:
        return Farthest(list(free), without, without)
    # the farthest first: where there is no answer, it is there as a rule
    order = sorted(range(len(regions)), key=lambda k: (-own[k], k))
    best = list(free)
    low, high, refuted = 0, len(steps) - 1, 0
    while low < high:
        middle = (low + high) // 2
        limit = float(steps[middle])
        tried, failed, certain = list(free), False, True
        for k in [k for k in order if own[k] > limit]:
            far = minutes[k] > limit
            found, certain = within(regions[k], far, free[k], around_sites=around_sites)
            if found is None:
                failed = True
                break
            tried[k] = found
        if failed:
            low = middle + 1
            refuted = low if certain else refuted
            continue
        best = tried
        high = int(np.searchsorted(steps, max(map(minutes_of, minutes, regions, tried))))
    return Farthest(best, float(steps[high]), float(steps[min(refuted, high)]))


def _least(minutes: FloatArray, region: Region, free: Partition) -> float:
    """Minutes below which no PCN that has to be reached can be."""
    if len(region.roadless(free.owner)):
        # who is not reached is for the program to choose
        return 0.0
    near = np.where(region.road, minutes, np.inf).min(axis=0)
    return float(near[np.isfinite(near)].max(initial=0.0))


def within(
    region: Region, far: BoolArray, free: Partition, *, around_sites: bool = False
) -> tuple[Partition | None, bool]:
    """
    Split a region at least cost without some pairs of base and PCN, and nothing else worse for it.

    Parameters
    ----------
    region
        What is split.
    far
        (T, P) pairs that are left out; ``free`` uses one of them.
    free
        The cheapest answer with them: what it breaks may be broken, what it leaves unmet may stay
        unmet, and no more.
    around_sites
        Whether teams are candidate sites.

    Returns
    -------
    answer, certain
        None where there is none, or none was found; and whether that is proven.
    """
    broken = region.broken(free.owner)
    cut = replace(region, road=region.road & ~far)
    if len(region.cost) == 1 or (not broken["road"] and not cut.road.any(axis=0).all()):
        return None, True
    unmet = region.unmet(free.owner)
    kept = np.arange(len(region.cost))
    if around_sites:
        # compiles on first use: not worth it for a service with teams
        from footprint.allocation import sites  # noqa: PLC0415

        found, certain = sites.within(cut, free, broken)
        if found is not None or certain:
            return found, certain
        kept = sites.worthwhile(cut)
    region, cut = region.with_teams(kept), cut.with_teams(kept)
    answer = None
    if not any(broken.values()) or broken == {
        **dict.fromkeys(broken, 0),
        "links": len(region.links),
    }:
        # with every link a border, or none needed, all rules can be kept
        search = Search(partition.linked(cut) if broken["links"] else cut, slack=False)
        answer = partition.by_columns(search, unmet=unmet)
    else:
        search = Search(region, slack=True)
        search.forbid(far[kept])
        for rule, most in broken.items():
            if search.matters(rule):
                search.cap(rule, most)
    if answer is None:
        if region.supply is not None:
            search.cap("unmet", unmet)
        answer = search.minimise("cost")
    if answer is None:
        return None, search.exhausted
    return (
        replace(free, owner=kept[answer.owner], objective=answer.value, bound=answer.bound),
        True,
    )
