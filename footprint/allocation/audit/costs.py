"""Costs of an allocation, in whole 0.0001 minutes x WTE."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from footprint.allocation.audit.case import Case, hundredths
from footprint.policy import Policy

UNIT = 10_000  # costs per minute x WTE
NEVER = 1 << 50  # cost of what has no road; twelve of them still fit in 64 bits


def prices(policy: Policy) -> np.ndarray:
    """Prices of the vacancy tiers, in hundredths of a minute a WTE."""
    return hundredths(policy.vacancy_prices)


def limits_of_tiers(
    demand: np.ndarray, policy: Policy
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Cumulative limits of the vacancy tiers in hundredths: floor, half-even, and the rounding's kind.

    The kind is 0 for a whole number, 1 where it is rounded without doubt, 2 for exactly a half.
    """
    floors, rounded, kinds = [], [], []
    for share in policy.vacancy_shares:
        part = Fraction(share).limit_denominator(10**6)
        floor, rest = np.divmod(demand * part.numerator, part.denominator)
        half = 2 * rest == part.denominator
        floors.append(floor)
        rounded.append(floor + np.where(half, floor % 2, 2 * rest > part.denominator))
        kinds.append(np.where(rest == 0, 0, np.where(half, 2, 1)))
    shape = (len(policy.vacancy_shares), *np.shape(demand))
    floor_, rounded_, kind_ = (
        np.array(part, dtype=np.int64).reshape(shape) for part in (floors, rounded, kinds)
    )
    return floor_, rounded_, kind_


def shortage_cost(short: np.ndarray, demand: np.ndarray, policy: Policy) -> np.ndarray:
    """Cost of a shortage over the tiers of its demand."""
    price = prices(policy)
    cost = price[0] * short
    for limit, step in zip(limits_of_tiers(demand, policy)[1], np.diff(price), strict=True):
        cost = cost + step * np.maximum(0, short - limit)
    return cost


def slack(short: np.ndarray, demand: np.ndarray, policy: Policy, doubt: int) -> int:
    """What 0.01 WTE in the limits of the tiers can change, where rounding is in doubt."""
    floors, _, kind = limits_of_tiers(demand, policy)
    open_ = (kind >= doubt) & (short > floors)
    steps = np.diff(prices(policy)).reshape(-1, *[1] * np.ndim(demand))
    return int((open_ * steps).sum())


def pair_costs(case: Case) -> np.ndarray:
    """Cost (n, t) of serving a PCN's whole demand by a team, shortage aside."""
    demand, minutes = case.demand[:, None], case.minutes
    over = np.zeros_like(minutes)
    if np.isfinite(case.reach):
        over = np.maximum(0, minutes - int(case.reach))
    move = round(case.policy.move_price * 100) * np.maximum(0, demand - case.today)
    return np.where(minutes < 0, NEVER, (minutes + over) * demand + move)


def limited_costs(case: Case) -> np.ndarray:
    """Costs of :func:`pair_costs`, NEVER beyond the limit where the worst comes first."""
    return np.where(case.minutes > case.longest, NEVER, pair_costs(case))


def unmet(case: Case, members: np.ndarray, team: int) -> int:
    """Hundredths that a group lacks under a team (-1: all of its need)."""
    total = int(case.demand[members].sum())
    return max(0, total - (int(case.supply[team]) if team >= 0 else 0))


def group_cost(case: Case, costs: np.ndarray, members: np.ndarray, team: int) -> tuple[int, int]:
    """Cost of a group under a team (-1: all vacant), and the doubt from rounded tiers."""
    total = case.demand[members].sum()
    short = np.maximum(0, total - (case.supply[team] if team >= 0 else 0))
    served = int(costs[members, team].sum()) if team >= 0 else 0
    return (
        served + int(shortage_cost(short, total, case.policy)),
        slack(short, total, case.policy, doubt=1),
    )


def rebuilt(case: Case) -> tuple[int, int]:
    """The objective in 0.0001 minutes x WTE, and the doubt from rounded tiers."""
    if case.level == 1:
        moved = np.maximum(0, case.wte - case.today)
        staff = np.maximum(case.minutes, 0) * case.wte
        move = round(case.policy.move_price * 100) * moved
        short = shortage_cost(case.vacancy, case.demand, case.policy)
        doubt = slack(case.vacancy, case.demand, case.policy, doubt=2)
        return int(staff.sum() + move.sum() + short.sum()), doubt
    costs = pair_costs(case)
    parts = []
    for g in range(len(case.groups)):
        members, team = case.members(g), int(case.team_of[g])
        nobody = members[unreached(case, members, team)]
        # to whom there is no road nobody is sent: all of their need at the last price
        parts.append((int(case.demand[nobody].sum() * prices(case.policy)[-1]), 0))
        reached = members[~unreached(case, members, team)]
        parts.append(group_cost(case, costs, reached, team))
    return sum(cost for cost, _ in parts), sum(doubt for _, doubt in parts)


def unreached(case: Case, members: np.ndarray, team: int) -> np.ndarray:
    """Whether a group's team has no road to its PCNs; none of a group without a team."""
    if team < 0:
        return np.zeros(len(members), dtype=bool)
    return case.minutes[members, team] < 0
