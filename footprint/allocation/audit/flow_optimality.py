"""Whether a Level 1 flow is the best one: no cheaper exchange is left."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import optimize, sparse

from footprint.allocation.audit.case import PROVEN, Case, Finding
from footprint.allocation.audit.claims import GAP
from footprint.allocation.audit.costs import UNIT, limits_of_tiers, prices, rebuilt
from footprint.allocation.audit.staff import check_capacity, check_cover, check_reach


def check_flow(case: Case) -> Finding:
    """No cheaper exchange exists, and no flow is cheaper than the bound."""
    spoilt = [
        name
        for name, check in (
            ("cover", check_cover),
            ("capacity", check_capacity),
            ("reach", check_reach),
        )
        if check(case)[0]
    ]
    if spoilt:
        return [f"cannot be judged while {', '.join(spoilt)} fails"], ""
    tail, head, cost = _residual(case)
    cycle = _negative_cycle(tail, head, cost, len(case.teams) + len(case.pcns) + 1)
    if cycle is None:
        optimum, said = rebuilt(case)[0] / UNIT, "no cheaper exchange exists in the residual graph"
    else:
        saving = -int(cost[cycle].sum())
        steps = [_step(case, int(tail[arc]), int(head[arc])) for arc in cycle]
        told = ", ".join(steps[:8]) + (", ..." if len(steps) > 8 else "")
        told = f"a cheaper exchange saves {saving / 100:.2f} minutes per WTE: {told}"
        gap = case.claimed("gap")
        # lead teams may cost next to nothing, which is no claim that they cost nothing
        if case.status == PROVEN or (gap is not None and gap <= 0):
            return [f"{case.status!r} found, but {told}"], ""
        optimum, said = (
            least_cost(case, case.longest)[0],
            f"not the best flow, nor claimed to be: {told}",
        )
        if case.lead_teams:
            faults, said = _with_leads(case, optimum)
            if faults:
                return faults, ""
    bound = case.claimed("bound")
    if bound is not None and bound > optimum * (1 + GAP) + 1e-4:
        return [f"bound {bound:.4f} found, but the best flow costs {optimum:.4f}"], ""
    return [], said


def _with_leads(case: Case, optimum: float) -> Finding:
    """Nothing is cheaper while every PCN that one team serves alone keeps that team."""
    tail, head, cost = _residual(case, case.sole())
    cycle = _negative_cycle(tail, head, cost, len(case.teams) + len(case.pcns) + 1)
    if cycle is not None:
        saving = -int(cost[cycle].sum())
        steps = [_step(case, int(tail[arc]), int(head[arc])) for arc in cycle]
        return [
            f"with the same lead teams a cheaper exchange saves {saving / 100:.2f} minutes per "
            f"WTE: {', '.join(steps[:8])}"
        ], ""
    return [], f"the best with these lead teams; the best flow without them costs {optimum:.4f}"


def _residual(
    case: Case, sole: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """
    Arcs (tail, head, cost of 0.01 WTE) by which the flow can change: teams, PCNs, the pool.

    A PCN whose ``sole`` team is not -1 is served by that team alone, with at least 0.01 WTE.
    """
    count, pool = len(case.teams), len(case.teams) + len(case.pcns)
    stay = np.minimum(case.wte, case.today)
    moved, used = case.wte - stay, case.wte.sum(axis=0)
    move_price = round(case.policy.move_price * 100)
    road = (case.minutes >= 0) & (case.minutes <= case.longest)
    gives = np.ones(case.wte.shape, dtype=bool)
    if sole is not None:
        road &= (sole[:, None] < 0) | (sole[:, None] == np.arange(count))
        gives = (sole[:, None] < 0) | (case.wte > 1)
    arcs: list[tuple[Any, Any, Any]] = []
    for which, extra, forth in (
        (road & (case.today > stay), 0, True),
        ((stay > 0) & gives, 0, False),
        (road & (case.minutes <= case.reach) & (case.supply > 0), move_price, True),
        ((moved > 0) & gives, move_price, False),
    ):
        pcn, team = np.nonzero(which)
        cost = case.minutes[pcn, team] + extra
        arcs.append((team, count + pcn, cost) if forth else (count + pcn, team, -cost))
    free, busy = np.flatnonzero(used < case.supply), np.flatnonzero(used > 0)
    arcs += [(np.full(len(free), pool), free, 0 * free), (busy, np.full(len(busy), pool), 0 * busy)]
    # one more vacant hundredth, or one less; a half in the limits is judged in the flow's favour
    floors, rounded, kind = limits_of_tiers(case.demand, case.policy)
    low = np.where(kind == 2, floors, rounded)
    high = np.where(kind == 2, floors + 1, rounded)
    price = prices(case.policy)
    more = np.flatnonzero(case.vacancy < case.demand)
    less = np.flatnonzero(case.vacancy > 0)
    dearer = price[(low <= case.vacancy).sum(axis=0)]
    cheaper = price[(high < case.vacancy).sum(axis=0)]
    arcs += [
        (np.full(len(more), pool), count + more, dearer[more]),
        (count + less, np.full(len(less), pool), -cheaper[less]),
    ]
    tail, head, cost = (np.concatenate(part).astype(np.int64) for part in zip(*arcs, strict=True))
    order = np.lexsort((tail, head))
    return tail[order], head[order], cost[order]


def _negative_cycle(
    tail: np.ndarray, head: np.ndarray, cost: np.ndarray, size: int
) -> list[int] | None:
    """Arcs of a cycle of negative cost, None where there is none; arcs in order of head."""
    if not len(tail):
        return None
    starts = np.flatnonzero(np.diff(head, prepend=-1))
    lengths, heads = np.diff(starts, append=len(head)), head[starts]
    distance, via = np.zeros(size, dtype=np.int64), np.full(size, -1)
    # distances either settle or fall for ever, and then the arcs that they came by close a cycle
    turn = 0
    while True:
        turn += 1
        reached = distance[tail] + cost
        best = np.minimum.reduceat(reached, starts)
        better = best < distance[heads]
        if not better.any():
            return None
        hits = np.flatnonzero(reached == np.repeat(best, lengths))
        first = hits[np.searchsorted(hits, starts)]
        distance[heads[better]], via[heads[better]] = best[better], first[better]
        if turn % 8 == 0:
            cycle = _closed(via, tail, size)
            if cycle and cost[cycle].sum() < 0:
                return cycle


def _closed(via: np.ndarray, tail: np.ndarray, size: int) -> list[int]:
    # jump to ever farther ancestors: whoever still has one after `size` steps hangs on a cycle
    jump = np.append(np.where(via >= 0, tail[via], size), size)
    for _ in range(size.bit_length()):
        jump = jump[jump]
    caught = jump[jump < size]
    if not len(caught):
        return []
    start = node = int(caught.min())
    cycle: list[int] = []
    while not cycle or node != start:
        cycle.append(int(via[node]))
        node = int(tail[cycle[-1]])
    return cycle[::-1]


def _step(case: Case, tail: int, head: int) -> str:
    count, pool = len(case.teams), len(case.teams) + len(case.pcns)
    if tail == pool:
        if head < count:
            return f"team {case.teams[head]} uses staff it has free"
        return f"PCN {case.pcns[head - count]} leaves more vacant"
    if head == pool:
        if tail < count:
            return f"team {case.teams[tail]} frees staff"
        return f"PCN {case.pcns[tail - count]} fills a vacancy"
    if tail < count:
        return f"team {case.teams[tail]} gives more to PCN {case.pcns[head - count]}"
    return f"PCN {case.pcns[tail - count]} lets go of team {case.teams[head]}"


def least_cost(case: Case, longest: float, sole: np.ndarray | None = None) -> tuple[float, float]:
    """
    The least cost of any flow, by linear programming (scipy's HiGHS).

    Parameters
    ----------
    case
        A Level 1 service.
    longest
        Hundredths of a minute that nobody may drive beyond.
    sole
        (n,) the one team that may serve each PCN, -1 where any may; any may when None.

    Returns
    -------
    cost, staffed
        Minutes x WTE, and the WTE hundredths that are placed.
    """
    n, t = len(case.pcns), len(case.teams)
    move_price = round(case.policy.move_price * 100)
    road = (case.minutes >= 0) & (case.minutes <= longest)
    if sole is not None:
        road &= (sole[:, None] < 0) | (sole[:, None] == np.arange(t))
    stay_i, stay_t = np.nonzero(road & (case.today > 0))
    move_i, move_t = np.nonzero(road & (case.minutes <= case.reach))
    limits = np.vstack([limits_of_tiers(case.demand, case.policy)[1], case.demand])
    width = np.diff(limits, axis=0, prepend=0)
    pcn = np.concatenate([stay_i, move_i, np.tile(np.arange(n), len(width))])
    team = np.concatenate([stay_t, move_t])
    cost = np.concatenate(
        [
            case.minutes[stay_i, stay_t],
            case.minutes[move_i, move_t] + move_price,
            np.repeat(prices(case.policy), n),
        ]
    )
    upper = np.concatenate([case.today[stay_i, stay_t], case.supply[move_t], width.ravel()])
    total = len(cost)
    found = optimize.linprog(
        cost / 100,
        A_eq=sparse.csr_array((np.ones(total), (pcn, np.arange(total))), shape=(n, total)),
        b_eq=case.demand / 100,
        A_ub=sparse.csr_array((np.ones(len(team)), (team, np.arange(len(team)))), shape=(t, total)),
        b_ub=case.supply / 100,
        bounds=np.column_stack([np.zeros(total), upper / 100]),
        method="highs",
    )
    return float(found.fun), float(found.x[: len(team)].sum() * 100)
