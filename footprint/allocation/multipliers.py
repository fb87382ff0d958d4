"""A bound on groups round free centres that need not hang together, and what it rules out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.question import Question
from footprint.allocation.region import BoolArray
from footprint.allocation.sets import Either

#: steps of the ascent at most; steps without gain that halve the next; where steps are too short
STEPS = 500
PATIENCE = 12
SHORTEST = 1e-5
#: a step's aim above the best bound, as a share of it, at first
AIM = 0.3
#: a gain of less is none
GAIN = 1e-4
#: a float's last digits must not decide
LOOSE = 1e-8
#: people of an empty unit, so that its share of a group is a number
NOBODY = 1e-6


@dataclass(frozen=True, eq=False)
class Prices:
    """
    What the units are worth at the best bound found, for one number of groups.

    Parameters
    ----------
    question
        C centres, P units.
    number
        Groups.
    bound
        No split into so many groups costs less, in units.
    worth
        (C, P) cost less the unit's price; so high that it cannot be where there is no way.
    slope
        (C,) price of a person at the bound of a group's population that holds, 0 where none does.
    used
        (C,) no split that uses the centre costs less, in units.
    others
        (C,) of which the other groups and the prices themselves are so much.
    """

    question: Question
    number: int
    bound: float
    worth: FloatArray
    slope: FloatArray
    used: FloatArray
    others: FloatArray

    @property
    def tilted(self) -> FloatArray:
        """(C, P) worth with people priced by ``slope``."""
        return self.worth - self.slope[:, None] * self.question.population

    def able(self, limit: float) -> BoolArray:
        """
        (C, P) whether a split of at most ``limit`` may have a unit in a centre's group.

        A centre or a unit that would raise the bound above the limit is ruled out, and so is a
        unit for which the nearest way to the centre through able ones holds too many people
        (Validi, Buchanan and Lykhovyd 2022: Lagrangian fixing, and L- and U-fixing).
        """
        tilted = self.tilted
        if self.question.own:
            # paid for already
            np.fill_diagonal(tilted, 0.0)
        able = self.used[:, None] + np.maximum(tilted, 0.0) <= limit + LOOSE * abs(limit)
        able &= self.question.way
        if self.question.own:
            able &= np.diagonal(able)[:, None]
        return able

    def window(self, limit: float) -> tuple[IntArray, Either]:
        """Centres that a split of at most ``limit`` may use, and what their groups keep to."""
        centres = np.flatnonzero(self.used <= limit + LOOSE * abs(limit))
        tilted = self.tilted[centres]
        into, out = np.maximum(tilted, 0.0), np.maximum(-tilted, 0.0)
        room = limit - self.used[centres] + LOOSE * abs(limit)
        if self.question.own:
            into[np.arange(len(centres)), centres] = 0.0
        # what a group has to hold cannot be paid for
        held = self.question.holds[centres]
        out[held] = np.broadcast_to(2 * np.abs(room)[:, None] + 1, held.shape)[held]
        return centres, Either(into, out, room)

    def cheap(self, sets: BoolArray, centres: IntArray, limit: float) -> BoolArray:
        """(m,) whether a split of at most ``limit`` may hold the set, with one of the centres."""
        cheap = np.zeros(len(sets), dtype=bool)
        members = sets.astype(float)
        for centre in centres:
            whole = members @ self.worth[centre] + self.others[centre]
            cheap |= whole <= limit + LOOSE * abs(limit)
        return cheap


def ascend(question: Question, number: int) -> Prices:
    """
    Raise the Lagrangian bound of the Hess model by subgradients.

    Each unit's row, that it is in one group, is priced; what is left is a knapsack for each centre,
    solved in fractions, and the choice of the best ``number`` of centres (Hess et al. 1965; Validi,
    Buchanan and Lykhovyd 2022). Steps aim at a level above the best bound that comes down when
    nothing is gained.

    Parameters
    ----------
    question
        Costs, population, roads; contiguity is not asked for but by its ways.
    number
        Groups, one of ``question.numbers()``.
    """
    low, high = question.bounds(range(number, number + 1))
    dearest = question.dearest + 1.0
    cost = np.where(question.way & _within_ways(question, high), question.cost, dearest)
    people = np.maximum(question.population, NOBODY)
    base = question.typical
    here = best = question.greedy(number)
    bound, aim, idle = -np.inf, AIM, 0
    for _ in range(STEPS):
        least, shares, _ = _filled(cost - here, people, low, high, own=question.own)
        chosen = np.argpartition(least, number - 1)[:number]
        value = float(here.sum() + least[chosen].sum())
        idle = 0 if value > bound + GAIN * abs(bound) else idle + 1
        if value > bound:
            best, bound = here, value
        if idle >= PATIENCE:
            aim, idle, here = aim / 2, 0, best
            if aim < SHORTEST:
                break
            continue
        lacking = 1.0 - shares[chosen].sum(axis=0)
        length = float(lacking @ lacking)
        if length < LOOSE:
            break
        here = here + (bound + aim * max(abs(bound), base) - value) / length * lacking
    least, _, slope = _filled(cost - best, people, low, high, own=question.own)
    rank = np.empty(len(least), dtype=np.int64)
    rank[np.argsort(least, kind="stable")] = np.arange(len(least))
    first = np.sort(least)[:number]
    # beside a centre stand the best others
    others = best.sum() + np.where(rank < number, first.sum() - least, first[: number - 1].sum())
    return Prices(
        question=question,
        number=number,
        bound=float(best.sum() + first.sum()),
        worth=cost - best,
        slope=slope,
        used=others + least,
        others=others,
    )


def _within_ways(question: Question, high: int) -> BoolArray:
    """(C, P) whether a way from the centre to the unit holds few enough people for one group."""
    if not question.own:
        return np.ones(question.cost.shape, dtype=bool)
    a, b = np.nonzero(question.near)
    people = question.population.astype(float)
    # an edge that weighs nothing would be no edge
    ways = csr_array((people[b] + NOBODY, (a, b)), shape=question.near.shape)
    return np.asarray(people[:, None] + dijkstra(ways) <= high + 0.5)


def _filled(
    worth: FloatArray, people: FloatArray, low: int, high: int, *, own: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """
    Fill each centre's group with the best worth per person, in fractions.

    Returns
    -------
    least, shares, slope
        (C,) worth, (C, P) share of each unit, (C,) worth of a person at the bound that holds.
    """
    ratio = worth / people
    ranked = ratio.copy()
    if own:
        np.fill_diagonal(ranked, -np.inf)
    order = np.argsort(ranked, axis=1, kind="stable")
    sorted_worth, each = np.take_along_axis(worth, order, axis=1), people[order]
    after = np.cumsum(each, axis=1)
    good = sorted_worth < 0
    if own:
        good[:, 0] = True
    wanted = np.where(good, each, 0.0).sum(axis=1)
    filled = np.clip(wanted, low, high)
    taken = np.clip((filled[:, None] - (after - each)) / each, 0.0, 1.0)
    shares = np.empty_like(taken)
    np.put_along_axis(shares, order, taken, axis=1)
    last = np.maximum((taken > 0).sum(axis=1) - 1, 0)[:, None]
    at_last = np.take_along_axis(ratio, np.take_along_axis(order, last, axis=1), axis=1)[:, 0]
    slope = np.where(filled == wanted, 0.0, at_last)
    return (taken * sorted_worth).sum(axis=1), shares, slope
