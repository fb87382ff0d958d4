"""Groups round candidate sites: a region without teams put as a question, and its answer."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from footprint.allocation import columns, partition
from footprint.allocation.contiguity import Edge
from footprint.allocation.problem import IntArray
from footprint.allocation.question import Question
from footprint.allocation.region import Partition, Region


def solve(region: Region) -> Partition:
    """
    Split a region into groups round sites at least cost, each with a site of its own.

    By columns (:func:`footprint.allocation.columns.solve`), which proves the best in seconds. Where
    no split keeps every rule because pieces of the map hold too few patients or too many, and each
    link between pieces is needed, all links count as borders. Any other rule gives way as
    :func:`footprint.allocation.partition.solve` says, which also answers where there are too many
    sets to list.

    Parameters
    ----------
    region
        Without supply, and with one label.

    Returns
    -------
    partition
        Costs exact, in whole units.
    """
    asked = question(region)
    answer = None if asked is None else columns.solve(asked)
    strict = True
    if answer is not None and answer.owner is None and asked is not None and _needed(asked, region):
        strict = False
        answer = columns.solve(_joined(asked, region.links))
    if answer is None or answer.owner is None:
        return _soft(region)
    return Partition(answer.owner, answer.objective, answer.bound, strict, certain=True)


def question(region: Region) -> Question | None:
    """Put a region with every rule hard; None where groups could be empty or larger than all."""
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


def _needed(asked: Question, region: Region) -> bool:
    """Whether no split is possible without any one of the links, so that each joins a group."""
    return bool(region.links) and all(
        not len(_joined(asked, [link for link in region.links if link != one]).numbers())
        for one in region.links
    )


def _soft(region: Region) -> Partition:
    """Answer by the model in which rules give way, with the sites that it may need."""
    sites = _worthwhile(region)
    place = {int(site): k for k, site in enumerate(sites)}
    answer = partition.solve(
        replace(
            region,
            cost=region.cost[sites],
            load=region.load[sites],
            road=region.road[sites],
            locks=replace(
                region.locks, base=tuple((pcn, place[site]) for pcn, site in region.locks.base)
            ),
        )
    )
    return replace(answer, owner=sites[answer.owner])


def _worthwhile(region: Region) -> IntArray:
    """
    Leave out sites that no best answer needs.

    With at most k groups, a site for which k others are nowhere farther can be left out: one of
    them is always free, those that a lock holds apart.
    """
    most = max(1, int(region.population.sum()) // max(region.low, 1))
    # so many cuts through a map in one piece keep every pair apart
    most = max(most, 1 + len(region.locks.apart))
    held = {site for _, site in region.locks.base}
    cost = np.where(region.road, region.cost, np.iinfo(np.int64).max)
    # of sites equal everywhere the first in code order stands before the others
    order = np.lexsort((np.arange(len(cost)), cost.sum(axis=1, dtype=float)))
    kept: list[int] = []
    for site in order.tolist():
        better = sum(
            bool((cost[other] <= cost[site]).all()) for other in kept if other not in held
        )
        if better < most or site in held:
            kept.append(site)
    return np.array(sorted(kept), dtype=np.int64)
