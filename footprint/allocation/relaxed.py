"""Prices of PCNs from groups that need not hang together: where column generation starts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.region import BoolArray

#: steps of the ascent, and how many without gain shorten the next
STEPS = 40
PATIENCE = 6
SHORTER = 0.7
#: loads are counted in at most so many steps; rounded down, which only lowers the bound
GRID = 4_000


@dataclass(frozen=True, eq=False)
class Relaxed:
    """
    T teams, P PCNs; costs in minutes x WTE, ``inf`` where a team cannot serve a PCN.

    Parameters
    ----------
    cost
        (T, P) what each PCN costs with each team, shortages apart.
    load
        (P,) WTE hundredths.
    price
        (T, L) what a load costs a team beyond that; ``inf`` where a group may not be so small. No
        group has a load from L on.
    """

    cost: FloatArray
    load: IntArray
    price: FloatArray

    def coarse(self) -> Relaxed:
        """Return the same on a coarser grid of loads, where the grid is too fine to be quick."""
        step = -(-self.price.shape[1] // GRID)
        return Relaxed(self.cost, self.load // step, self.price[:, ::step]) if step > 1 else self

    def best(self, worth: FloatArray) -> tuple[FloatArray, BoolArray]:
        """
        Find each team's best set for a (T, P) worth: a knapsack by dynamic programming.

        Returns
        -------
        least, sets
            (T,) and (T, P).
        """
        teams, pcns = worth.shape
        top = self.price.shape[1]
        table = np.full((teams, top), np.inf)
        table[:, 0] = 0
        taken = np.zeros((pcns, teams, top), dtype=bool)
        for p, load in enumerate(self.load.tolist()):
            if load < top:
                new = table[:, : top - load] + worth[:, p : p + 1]
                taken[p, :, load:] = new < table[:, load:]
                table[:, load:] = np.minimum(table[:, load:], new)
        table += self.price
        at = table.argmin(axis=1)
        least = table[np.arange(teams), at]
        sets = np.zeros((teams, pcns), dtype=bool)
        for p in range(pcns - 1, -1, -1):
            sets[:, p] = taken[p, np.arange(teams), at]
            at = at - np.where(sets[:, p], self.load[p], 0)
        return least, sets


def ascend(case: Relaxed, start: FloatArray, target: float) -> tuple[FloatArray, float]:
    """
    Raise the Lagrangian bound by deflected subgradients from given prices.

    Parameters
    ----------
    case
        Costs.
    start
        (P,) prices to begin with, such as the dual values of a linear relaxation.
    target
        A guess of the best cost, which sets the length of the steps (Polyak).

    Returns
    -------
    prices, bound
        (P,) and the bound that they prove on every partition into groups, connected or not.
    """
    case = case.coarse()
    here, turn, scale, idle = start, np.zeros_like(start), 0.5, 0
    best, bound = start, -np.inf
    for _ in range(STEPS):
        least, sets = case.best(case.cost - here)
        value = float(here.sum() + np.minimum(least, 0).sum())
        lacking = 1.0 - sets[least < 0].sum(axis=0)
        if value > bound:
            best, bound, idle = here, value, 0
        else:
            idle += 1
            if idle == PATIENCE:
                here, scale, idle = best, scale * SHORTER, 0
        turn = 0.5 * turn + lacking
        length = float(turn @ turn)
        if not length or value >= target:
            break
        here = here + scale * (target - value) * turn / length
    return best, bound
