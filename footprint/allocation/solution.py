"""What the solvers share: costs in whole units, tiers of vacancies, fair shares, status words."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from footprint.allocation.problem import COST_SCALE, IntArray, cost_units
from footprint.policy import Policy

PROVEN = "proven best"
BEST_FOUND = "best found"
CANNOT = "cannot be met because "


@dataclass(frozen=True)
class Cost:
    """
    Cost of an arrangement in whole units of 1 / COST_SCALE minute x WTE, by its parts.

    ``travel`` is minutes x WTE, ``moves`` the price of WTE moved, ``vacancy`` of WTE not filled.
    """

    travel: int = 0
    moves: int = 0
    vacancy: int = 0

    @property
    def total(self) -> int:
        """All parts, in units."""
        return self.travel + self.moves + self.vacancy

    @property
    def minutes(self) -> float:
        """All parts, in minutes x WTE."""
        return self.total / COST_SCALE

    def __add__(self, other: Cost) -> Cost:
        """Part by part."""
        return Cost(
            self.travel + other.travel, self.moves + other.moves, self.vacancy + other.vacancy
        )


def tier_prices(policy: Policy) -> IntArray:
    """(K,) cost units per 0.01 WTE vacant, a price per tier."""
    return cost_units(np.array(policy.vacancy_prices))


def tier_widths(policy: Policy) -> list[Fraction]:
    """K widths of the tiers as shares of demand, exact; they sum to 1."""
    bounds = [Fraction(0), *(Fraction(str(share)) for share in policy.vacancy_shares), Fraction(1)]
    return [high - low for low, high in itertools.pairwise(bounds)]


def tier_capacities(demand: IntArray, policy: Policy) -> IntArray:
    """
    (K, P) whole hundredths of each PCN's demand in each vacancy tier.

    Each tier ends at its share of demand to the nearest hundredth, halves to the even one, so the
    tiers sum to the demand exactly.
    """
    ends = [Fraction(str(share)) for share in policy.vacancy_shares]
    # in whole numbers throughout: a tenth of a demand must not depend on a float's last digit
    cut = [_nearest(demand * end.numerator, end.denominator) for end in ends]
    bounds = np.vstack([np.zeros_like(demand), *cut, demand])
    return np.diff(bounds, axis=0)


def _nearest(numerator: IntArray, denominator: int) -> IntArray:
    """Divide to the nearest whole number, halves to the even one."""
    whole, rest = np.divmod(numerator, denominator)
    return whole + ((2 * rest > denominator) | ((2 * rest == denominator) & (whole % 2 == 1)))


def vacancy_cost(short: int, demand: int, policy: Policy) -> int:
    """Price in units of ``short`` hundredths vacant of ``demand``, tiers linear and unrounded."""
    cost, left = Fraction(0), Fraction(short)
    for width, price in zip(tier_widths(policy), tier_prices(policy).tolist(), strict=True):
        here = min(left, width * demand)
        cost += here * price
        left -= here
    return round(cost)


def spread(total: int, weights: IntArray) -> IntArray:
    """
    Share ``total`` out in proportion to ``weights``, whole, by largest remainder.

    Ties go to the earlier position. No share is above its weight where ``total`` is at most
    their sum.
    """
    whole = int(weights.sum())
    if not whole:
        return np.zeros_like(weights)
    shares = weights * total // whole
    remainders = weights * total % whole
    rest = total - int(shares.sum())
    shares[np.argsort(-remainders, kind="stable")[:rest]] += 1
    return shares


def status_words(
    objective: int, bound: int, broken: Sequence[str] = (), *, settled: bool = True
) -> str:
    """
    Say how good an answer is: one of the four phrases of the design.

    Parameters
    ----------
    objective, bound
        Cost of the answer and the proven lower bound, in units.
    broken
        Rules that no answer can keep, as clauses ("2 groups hold too few patients"); any makes
        the phrase "cannot be met because ...".
    settled
        Whether what comes before the cost is proven.
    """
    if broken:
        return CANNOT + "; ".join(broken)
    if not settled:
        return BEST_FOUND
    if bound >= objective:
        return PROVEN
    percent = share_above(objective, bound)
    if bound <= 0 or percent > 50:
        return BEST_FOUND
    return f"within {percent:g}% of best"


def share_above(objective: int, bound: int) -> float:
    """Per cent of a cost that lie above a bound, rounded up to 0.1: no more than what is said."""
    return math.ceil(1000 * (objective - bound) / max(objective, 1)) / 10
