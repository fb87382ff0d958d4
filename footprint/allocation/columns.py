"""Groups without fixed bases by columns: every set that can be a group, and the best that fit."""

from __future__ import annotations

import numpy as np

from footprint.allocation import choosing
from footprint.allocation.multipliers import Prices, ascend
from footprint.allocation.pool import Pool
from footprint.allocation.question import Answer, Question
from footprint.allocation.region import BoolArray
from footprint.allocation.sets import Rest, connected_sets
from footprint.errors import ModelError

#: sets grown for the list of all, where groups have few units and where they have more, and for
#: one window; sets that one program takes
GROWN = 4_000_000
GROWN_LARGE = 300_000
GROWN_LAST = 50_000_000
LARGE = 8
KEPT = 2_000_000
#: share of the bound at which the window opens
WINDOW = 0.005
#: how much wider it opens each time, as long as it lets in few sets, and later
WIDER = 2.0
WIDER_LAST = 1.2
FEW_SETS = 30_000
SMALL = 1e-7


def solve(question: Question) -> Answer | None:
    """
    Split a map into groups round free centres at least cost, every rule kept.

    A column is a connected set of a population within bounds, at the cost of its best centre. Small
    groups are few enough to list all. Otherwise each number of groups goes by itself, the most
    promising first: no split that costs at most a limit holds a set whose reduced cost by the
    Lagrangian bound (:mod:`footprint.allocation.multipliers`) reaches over it (Baldacci,
    Christofides and Mingozzi 2008), so sets within are listed, and the limit rises until the best
    split of what is listed (:func:`footprint.allocation.choosing.best`) lies below it. A set is
    left out where those it leaves could not split into groups.

    Parameters
    ----------
    question
        Any; small groups, of up to about fifteen units, get there.

    Returns
    -------
    answer
        None where there are too many sets to list.
    """
    numbers = question.numbers()
    if not len(numbers):
        return Answer(None, 0, 0)
    sets = listed(question, numbers)
    if sets is not None:
        split = choosing.best(Pool(question, sets), numbers)
        return _checked(question, answer(question, split))
    return _by_windows(question, numbers)


def answer(question: Question, split: choosing.Split) -> Answer:
    """Return the answer that a split is, its cost in whole units from its own definition."""
    if split.owner is None:
        return Answer(None, 0, 0, certain=split.bound == np.inf)
    cost = question.objective(split.owner)
    # what the solver calls best is best to a millionth; the rest is its floats
    proven = split.bound >= cost * (1 - 1e-6)
    return Answer(split.owner, cost, cost if proven else max(0, int(np.floor(split.bound))))


def _checked(question: Question, found: Answer) -> Answer:
    if found.owner is not None and not question.keeps(found.owner):
        raise ModelError(f"{question.name}: the groups of the columns break a rule")
    return found


def listed(
    question: Question,
    numbers: range,
    *,
    grown: int | None = None,
    prices: Prices | None = None,
    limit: float = np.inf,
) -> BoolArray | None:
    """
    List the sets that can be groups.

    Parameters
    ----------
    question, numbers
        What is asked, and how many groups there may be.
    grown
        Sets tried at most; None for as many as are quicker than windows, as a rule.
    prices, limit
        A bound, and what a split that holds the set may cost by it.

    Returns
    -------
    sets
        (m, P); None where there are too many.
    """
    people, none = question.population, np.zeros(question.units)
    low, high = question.bounds(numbers)
    if grown is None:
        middle = (low + high) / 2 * question.units / max(question.total, 1)
        grown = GROWN if middle <= LARGE else GROWN_LARGE
    centres, either = (None, None) if prices is None else prices.window(limit)
    if centres is not None and not len(centres):
        return np.zeros((0, question.units), dtype=bool)
    sets = connected_sets(
        question.near,
        np.stack([people, none]),
        np.stack([none, people]),
        [high, question.total - low],
        either=either,
        rest=Rest(people, low, high, numbers[0] - 1, numbers[-1] - 1),
        most=grown,
    )
    if sets is None or len(sets) > KEPT:
        return None
    for a, b in question.locks.together:
        sets = sets[sets[:, a] == sets[:, b]]
    for a, b in question.locks.apart:
        sets = sets[~(sets[:, a] & sets[:, b])]
    if prices is not None and centres is not None:
        sets = sets[prices.cheap(sets, centres, limit)]
    return sets


def _by_windows(question: Question, numbers: range) -> Answer | None:
    """Each number of groups by itself, the limit rising from its bound."""
    prices = {number: ascend(question, number) for number in numbers}
    bounds = {number: one.bound for number, one in prices.items()}
    width = {number: WINDOW * max(one.bound, question.typical) for number, one in prices.items()}
    large, stuck = set[int](), set[int]()
    best, cost = None, question.dearest + 1.0
    while len(stuck) < len(numbers):
        number = min(set(numbers) - stuck, key=lambda one: (bounds[one], one))
        if bounds[number] >= cost * (1 - SMALL):
            break
        only, one = range(number, number + 1), prices[number]
        sets, limit = None if number in large else listed(question, only), cost
        if sets is None:
            large.add(number)
            # what is nearly all the way up to the best is best done at once
            if cost > one.bound + 2 * width[number]:
                limit = one.bound + width[number]
            sets = listed(question, only, grown=GROWN_LAST, prices=one, limit=limit)
            if sets is None:
                return None
        split = choosing.best(Pool(question, sets), only, limit=limit, known=cost)
        if split.owner is not None and question.objective(split.owner) < cost:
            best, cost = split.owner, float(question.objective(split.owner))
        if split.bound < min(limit, cost) * (1 - SMALL):
            # out of nodes: a wider window would do no better
            stuck.add(number)
        # of splits above the limit, nothing is known
        bounds[number] = max(bounds[number], min(limit, split.bound))
        width[number] *= WIDER if len(sets) < FEW_SETS else WIDER_LAST
    if best is None:
        return Answer(None, 0, 0, certain=not stuck)
    split = choosing.Split(best, min(cost, *bounds.values()))
    return _checked(question, answer(question, split))
