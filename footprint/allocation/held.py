"""What locks cost: the same service without one of them, where that is quickly solved."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from footprint.allocation import grouping
from footprint.allocation.groups import GroupResult
from footprint.allocation.locks import Kind, Locked, Pair
from footprint.policy import Policy

#: pairs of team and PCN, and locks, up to which a service is solved again without each lock
QUICK_PAIRS = 80
QUICK_LOCKS = 6
#: pairs up to which it is solved without any, which is quicker
FREE_PAIRS = 1_000


@dataclass(frozen=True)
class Held:
    """
    One or more locks that are kept, and what is known of their price.

    Parameters
    ----------
    locks
        One lock, or all of them together.
    saved
        Units that the arrangement would cost less without; None where it was not worked out, or
        where either of the two breaks a rule or is not proven.
    frees
        Whether every rule could be kept without, and cannot be with.
    longest
        Minutes of the farthest PCN without, where that comes first and where they are fewer.
    """

    locks: Locked
    saved: int | None
    frees: bool
    longest: float | None = None


def held(
    result: GroupResult, policy: Policy, *, within: Sequence[object] | None = None
) -> tuple[Held, ...]:
    """
    Work out what the locks that are kept cost, each for itself and then all together.

    Each is left out in turn and the service solved again, where it has at most
    :data:`QUICK_PAIRS` pairs of team and PCN and :data:`QUICK_LOCKS` locks; all of them are left
    out at once up to :data:`FREE_PAIRS` pairs.

    Parameters
    ----------
    result
        A solved Level 2 or 3 service with teams.
    policy, within
        What it was solved with.
    """
    problem, locks = result.problem, result.problem.locks
    lost = set(result.unkept.each())
    kept = [lock for lock in locks.each() if lock not in lost]
    pairs = len(problem.teams) * len(problem.pcns)

    def priced(one: Locked, rest: Locked) -> Held:
        each = pairs <= QUICK_PAIRS and len(locks) <= QUICK_LOCKS
        if not (each or (not len(rest) and pairs <= FREE_PAIRS)):
            return Held(one, None, frees=False)
        free = grouping.solve(dataclasses.replace(problem, locks=rest), policy, within=within)
        if free.broken:
            return Held(one, None, frees=False)
        proven = all(each.bound == each.objective for each in (result, free))
        if result.limit is not None and free.limit is not None:
            proven &= result.limit.settled and free.limit.settled
            if proven and not result.broken and free.limit.longest < result.limit.longest:
                return Held(one, None, frees=False, longest=free.limit.longest)
        saved = result.objective - free.objective if proven and not result.broken else None
        return Held(one, saved, frees=bool(result.broken))

    found = [priced(_only(kind, pair), locks.without(kind, pair)) for kind, pair in kept]
    if len(kept) > 1:
        found.append(priced(locks, Locked()))
    return tuple(found)


def _only(kind: Kind, pair: Pair) -> Locked:
    return dataclasses.replace(Locked(), **{kind: (pair,)})
