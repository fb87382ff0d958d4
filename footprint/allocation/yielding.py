"""Groups round free centres where not every rule can be kept: the least that has to give way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import csc_array

from footprint.allocation import choosing, columns
from footprint.allocation.contiguity import Edge
from footprint.allocation.pool import Pool
from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.question import Answer, Question
from footprint.allocation.region import BoolArray

#: people are counted in thousands inside the programs, which keeps their numbers near 1
PEOPLE = 1_000
#: half a unit more than what is proven leaves room to floats
ROOM = 0.4
#: people outside the bounds of a group that are looked at first, as a share of the lower bound
FIRST = 0.02


def solve(question: Question, links: Sequence[Edge]) -> Answer | None:
    """
    Split a map at least cost where people, and then links, give way no more than they must.

    Roads and locks are kept. First as few people as possible are missing from groups or above
    their bounds; then as few links as possible, borders that the map has not, join units of one
    group; then the cost. A split with D people outside the bounds holds no group with more, so sets
    that far outside them are enough to list.

    Parameters
    ----------
    question
        That has no split which keeps every rule.
    links
        Pairs of units that may count as borders.

    Returns
    -------
    answer
        None where roads and locks cannot be kept, or where there are too many sets to list.
    """
    joined = replace(question, edges=tuple(sorted({*question.edges, *links})))
    found = _people(question, joined)
    if found is None:
        return None
    sets, numbers, outside, people = found
    pool = Pool(
        joined,
        sets,
        lines=csc_array(outside[:, None] / PEOPLE),
        caps=np.array([people + ROOM]) / PEOPLE,
    )
    used = sum(((sets[:, a] & sets[:, b]).astype(float) for a, b in links), np.zeros(len(sets)))
    if links:
        split = choosing.best(replace(pool, sets=sets, amounts=used), numbers)
        if split.owner is None:
            return None
        least = sum(split.owner[a] == split.owner[b] for a, b in links)
        if split.bound < least - ROOM:
            return None
        pool = replace(
            pool,
            sets=sets,
            lines=csc_array(np.column_stack([outside / PEOPLE, used])),
            caps=np.append(pool.caps, least + ROOM),
        )
    split = choosing.best(pool, numbers)
    return None if split.owner is None else columns.answer(question, split)


def _people(
    question: Question, joined: Question
) -> tuple[BoolArray, range, FloatArray, int] | None:
    """Sets, numbers of groups, people outside the bounds by set, and the least of all splits."""
    most = _first(question)
    while most <= question.total + question.low:
        loose = replace(joined, low=max(1, question.low - most), high=question.high + most)
        numbers = loose.numbers()
        sets = columns.listed(loose, numbers, grown=columns.GROWN_LAST) if len(numbers) else None
        if len(numbers) and sets is None:
            return None
        if sets is not None:
            outside = _outside(question, sets @ question.population)
            split = choosing.best(Pool(joined, sets, amounts=outside / PEOPLE), numbers)
            if split.owner is not None:
                groups = np.bincount(split.owner, question.population)
                groups = groups[np.unique(split.owner)]
                people = int(_outside(question, groups).sum())
                if people > split.bound * PEOPLE + ROOM:
                    return None
                if people <= most:
                    return sets, numbers, outside, people
                most = people
                continue
            if split.bound < np.inf:
                return None
        most *= 2
    return None


def _outside(question: Question, people: IntArray) -> FloatArray:
    """People missing from the bounds and above them, of groups of so many."""
    # where more are needed than allowed a group can be both
    return np.maximum(0.0, question.low - people) + np.maximum(0.0, people - question.high)


def _first(question: Question) -> int:
    """People outside the bounds that are to be expected."""
    few = max(1, -(-question.total // question.high))
    whole = min(
        max(0, number * question.low - question.total, question.total - number * question.high)
        for number in (max(1, few - 1), few)
    )
    large = int(question.population.max()) - question.high
    return max(1, whole, large, int(FIRST * question.low))
