"""Groups round candidate sites: a region without teams put as a question, and its answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from footprint.allocation import columns, partition, yielding
from footprint.allocation.contiguity import Edge, components
from footprint.allocation.problem import IntArray
from footprint.allocation.question import Question
from footprint.allocation.region import Partition, Region


def solve(region: Region) -> Partition:
    """
    Split a region into groups round sites at least cost, each with a site of its own.

    By columns (:func:`footprint.allocation.columns.solve`), which proves the best in seconds. Where
    no split keeps every rule, people and links give way as little as they must
    (:func:`footprint.allocation.yielding.solve`), in each part of the map by itself that no road or
    link joins to the others. Where roads or locks have to give way too, or where there are too many
    sets to list, :func:`footprint.allocation.partition.solve` answers.

    Parameters
    ----------
    region
        Without supply, and without edges or links from label to label.

    Returns
    -------
    partition
        Costs exact, in whole units.
    """
    asked = question(region)
    if asked is None:
        return _soft(region)
    answer = columns.solve(asked)
    if answer is not None and answer.owner is not None:
        return Partition(answer.owner, answer.objective, answer.bound, strict=True, certain=True)
    if answer is None or not answer.certain:
        return _soft(region)
    parts = [(part, _within(region, part)) for part in _parts(asked, region.links)]
    if len(parts) == 1 or sum(len(one.locks) for _, one in parts) < len(region.locks):
        return _yielding(region, asked)
    found = [(part, solve(one)) for part, one in parts]
    owners = [owner for _, one in found for owner in sorted(set(one.owner.tolist()))]
    if len(owners) > len(set(owners)):
        # what is best for each part needs a site twice
        return _yielding(region, asked)
    owner = np.empty(asked.units, dtype=np.int64)
    for part, one in found:
        owner[part] = one.owner
    return Partition(
        owner,
        sum(one.objective for _, one in found),
        sum(one.bound for _, one in found),
        strict=False,
        certain=all(one.certain for _, one in found),
    )


def within(
    region: Region, free: Partition, broken: Mapping[str, int]
) -> tuple[Partition | None, bool]:
    """
    Split a region that has lost roads at least cost, as few rules broken as before.

    Parameters
    ----------
    region
        Without these roads; each PCN has one left.
    free, broken
        The answer with them, and how far it breaks each rule.

    Returns
    -------
    answer, certain
        None where there is none, or none was found by columns; and whether that is proven.
    """
    if broken["road"] or broken["locks"]:
        return None, False
    if not free.strict:
        found = solve(region)
        return (found if region.broken(found.owner) == broken else None), found.certain
    asked = question(region)
    answer = None if asked is None else columns.solve(asked)
    if answer is None or answer.owner is None:
        return None, answer is not None and answer.certain
    return replace(free, owner=answer.owner, objective=answer.objective, bound=answer.bound), True


def _yielding(region: Region, asked: Question) -> Partition:
    if _needed(asked, region.links):
        answer = columns.solve(_joined(asked, region.links))
    else:
        answer = yielding.solve(asked, region.links)
    if answer is None or answer.owner is None:
        return _soft(region)
    return Partition(answer.owner, answer.objective, answer.bound, strict=False, certain=True)


def question(region: Region) -> Question | None:
    """Put a region with every rule hard; None where groups may be empty or of any size."""
    if region.low < 1 or region.high is None:
        return None
    return Question(
        name=region.name,
        cost=region.cost,
        road=region.road,
        population=region.population,
        low=region.low,
        high=region.high,
        edges=region.edges,
        locks=region.locks,
    )


def _joined(asked: Question, links: Iterable[Edge]) -> Question:
    return replace(asked, edges=tuple(sorted({*asked.edges, *links})))


def _needed(asked: Question, links: Sequence[Edge]) -> bool:
    """Whether no split is possible without any one of the links, so that each joins a group."""
    return bool(links) and all(
        not len(_joined(asked, [link for link in links if link != one]).numbers()) for one in links
    )


def _parts(asked: Question, links: Sequence[Edge]) -> list[list[int]]:
    """Units of parts of the map that no border joins, nor a link whose ends one site reaches."""
    usable = [(a, b) for a, b in links if (asked.road[:, a] & asked.road[:, b]).any()]
    return components(_joined(asked, usable).graph, range(asked.units))


def _within(region: Region, part: Sequence[int]) -> Region:
    place = {unit: k for k, unit in enumerate(part)}

    def inside(edges: Iterable[Edge]) -> tuple[Edge, ...]:
        return tuple((place[a], place[b]) for a, b in edges if a in place and b in place)

    return replace(
        region,
        cost=region.cost[:, part],
        load=region.load[:, part],
        road=region.road[:, part],
        population=region.population[part],
        edges=inside(region.edges),
        links=inside(region.links),
        label=region.label[part],
        locks=region.locks.inside(part, range(len(region.cost))),
    )


def _soft(region: Region) -> Partition:
    """Answer by the model in which rules give way, with the sites that it may need."""
    sites = worthwhile(region)
    answer = partition.solve(region.with_teams(sites))
    return replace(answer, owner=sites[answer.owner])


def worthwhile(region: Region) -> IntArray:
    """
    Leave out sites that no best answer needs.

    With at most k groups, a site for which k others are nowhere farther can be left out: one of
    them is always free, those that a lock holds apart.
    """
    most = max(1, int(region.population.sum()) // max(region.low, 1))
    # so many cuts through maps in one piece keep every pair apart
    most = max(most, len(set(region.label.tolist())) + len(region.locks.apart))
    held = {site for _, site in region.locks.base}
    cost = np.where(region.road, region.cost, np.iinfo(np.int64).max)
    # of sites equal everywhere the first in code order stands before the others
    order = np.lexsort((np.arange(len(cost)), cost.sum(axis=1, dtype=float)))
    kept: list[int] = []
    for site in order.tolist():
        better = sum(bool((cost[other] <= cost[site]).all()) for other in kept if other not in held)
        if better < most or site in held:
            kept.append(site)
    return np.array(sorted(kept), dtype=np.int64)
