"""Whether groups of Levels 2 and 3 are the best ones: enumeration, a bound, local changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import networkx as nx
import numpy as np
from scipy import optimize, sparse

from footprint.allocation.audit.case import CANNOT, PROVEN, Case, Finding
from footprint.allocation.audit.claims import GAP
from footprint.allocation.audit.costs import (
    NEVER,
    UNIT,
    group_cost,
    pair_costs,
    prices,
    rebuilt,
    shortage_cost,
)
from footprint.allocation.audit.locks import allowed, may_serve

BRUTE_PCNS, BRUTE_TEAMS = 12, 8  # enumerated in full up to here


def check_grouping(case: Case) -> Finding:
    """No grouping that keeps the rules is cheaper; a few PCNs in full, many by bound and change."""
    if not case.groups or (case.group_of < 0).any():
        return ["cannot be judged while a PCN is in no group"], ""
    cost, doubt = rebuilt(case)
    if len(case.pcns) <= BRUTE_PCNS and len(case.teams) <= BRUTE_TEAMS:
        return _enumerated(case, cost, doubt)
    if case.cannot:
        return [], "not judged: the status says that not every rule can be kept"
    tolerance, faults = doubt + GAP * cost + 1, []
    least = _relaxation(case)
    if least is None:
        faults.append("no grouping meets populations and roads even without contiguity")
    elif least * UNIT > cost + tolerance:
        faults.append(f"objective {cost / UNIT:.4f} found, below the rebuilt bound {least:.4f}")
    said = "" if least is None else f"rebuilt bound without contiguity {least:.4f}"
    if case.status == PROVEN:
        better = _local_changes(case, tolerance)
        faults += [f"{PROVEN!r} found, but {better}"] if better else []
        said += ", no local change improves the groups"
    return faults, said


def _enumerated(case: Case, cost: int, doubt: int) -> Finding:
    """Every partition into valid groups, team by team over sets of PCNs."""
    n, masks = len(case.pcns), np.arange(1 << len(case.pcns))
    valid, pairs = _valid_masks(case), pair_costs(case)
    bits = (valid[:, None] >> np.arange(n)) & 1
    total = bits @ case.demand
    best = np.where(masks == 0, 0, NEVER)
    choices = []
    for team in range(len(case.teams)):
        short = np.maximum(0, total - case.supply[team])
        price = bits @ pairs[:, team] + shortage_cost(short, total, case.policy)
        # whoever is locked to a team is in no other's group
        price[bits[:, [p for p, t in case.base if t != team]].any(axis=1)] = NEVER
        after, choice = best.copy(), np.zeros(1 << n, dtype=np.int64)
        for mask, extra in zip(valid, price, strict=True):
            if extra >= NEVER:
                continue
            rest = masks[(masks & mask) == 0]
            both, reached = rest | mask, best[rest] + extra
            better = reached < after[both]
            after[both[better]], choice[both[better]] = reached[better], mask
        best = after
        choices.append(choice)
    least, full = int(best[-1]), (1 << n) - 1
    if least >= NEVER:
        said = "no grouping meets every rule"
        return ([] if case.cannot else [f"{said}, a status {CANNOT!r} expected"]), said
    told, more = [], 0
    for team in reversed(range(len(case.teams))):
        mask = int(choices[team][full])
        members = np.flatnonzero((mask >> np.arange(n)) & 1)
        if mask:
            more += group_cost(case, pairs, members, team)[1]
            told.append(f"{case.teams[team]}: {', '.join(case.pcns[members])}")
        full ^= mask
    tolerance = doubt + more + GAP * least + 1
    faults = []
    if case.cannot:
        faults.append(f"{CANNOT!r} found, but a grouping meets every rule ({'; '.join(told)})")
    elif case.status == PROVEN and cost > least + tolerance:
        faults.append(
            f"{PROVEN!r} found at {cost / UNIT:.4f}, but {least / UNIT:.4f} can be had "
            f"({'; '.join(told)})"
        )
    bound = case.claimed("bound")
    if bound is not None and not case.cannot and bound * UNIT > least + tolerance:
        faults.append(f"bound {bound:.4f} found, but {least / UNIT:.4f} can be had")
    return faults, f"every grouping tried: the best costs {least / UNIT:.4f}"


def _valid_masks(case: Case) -> np.ndarray:
    """Sets of PCNs, as bits, that may be a group."""
    n = len(case.pcns)
    near = [sum(1 << j for j in case.graph[i]) for i in range(n)]
    masks = np.arange(1 << n)
    bits = (masks[:, None] >> np.arange(n)) & 1
    people = bits @ case.population
    good = (people >= case.need - 1e-6) & (people <= case.most + 1e-6)
    for labels, free in ((case.icb, case.policy.cross_icb), (case.parent, False)):
        kinds = [bits[:, labels == name].any(axis=1) for name in sorted({*labels} - {""})]
        if kinds and not free:
            good &= np.sum(kinds, axis=0) <= 1
    for a, b in case.together:
        good &= bits[:, a] == bits[:, b]
    for a, b in case.apart:
        good &= (bits[:, a] & bits[:, b]) == 0
    good[0] = False

    def connected(mask: int) -> bool:
        seen = fresh = mask & -mask
        while fresh:
            grown = 0
            while fresh:
                grown |= near[(fresh & -fresh).bit_length() - 1]
                fresh &= fresh - 1
            fresh = grown & mask & ~seen
            seen |= fresh
        return seen == mask

    return np.array([m for m in np.flatnonzero(good) if connected(int(m))], dtype=np.int64)


def _local_changes(case: Case, tolerance: float) -> str:
    """A change of one PCN, or of the groups' teams, that saves cost; "" where there is none."""
    pairs, now = pair_costs(case), range(len(case.groups))
    members = [case.members(g) for g in now]
    priced = [group_cost(case, pairs, members[g], int(case.team_of[g])) for g in now]
    # the same groups with the best choice of teams covers every swap
    table = np.array(
        [
            [
                group_cost(case, pairs, members[g], t)[0]
                if may_serve(case, members[g], t)
                else NEVER
                for t in range(len(case.teams))
            ]
            for g in now
        ],
        dtype=float,
    )
    if len(case.teams) >= len(case.groups):
        _, team = optimize.linear_sum_assignment(table)
        saved = sum(cost for cost, _ in priced) - table[np.arange(len(team)), team].sum()
        if saved > tolerance:
            told = ", ".join(
                f"{case.groups[g]} to {case.teams[team[g]]}"
                for g in now
                if team[g] != case.team_of[g]
            )
            return f"other teams save {saved / UNIT:.4f}: {told}"
    for giver in now:
        hinges = set(nx.articulation_points(case.graph.subgraph(map(int, members[giver]))))
        for pcn in members[giver]:
            near = {int(case.group_of[j]) for j in case.graph[int(pcn)]} - {giver}
            left = members[giver][members[giver] != pcn]
            if pcn in hinges or (len(left) and not _allowed(case, left)):
                continue
            lighter = (
                group_cost(case, pairs, left, int(case.team_of[giver])) if len(left) else (0, 0)
            )
            for taker in sorted(near):
                grown = np.append(members[taker], pcn)
                if not (_allowed(case, grown) and may_serve(case, [pcn], int(case.team_of[taker]))):
                    continue
                heavier = group_cost(case, pairs, grown, int(case.team_of[taker]))
                saved = priced[giver][0] + priced[taker][0] - lighter[0] - heavier[0]
                if saved > tolerance + lighter[1] + heavier[1]:
                    return (
                        f"PCN {case.pcns[pcn]} moved from group {case.groups[giver]} to "
                        f"{case.groups[taker]} saves {saved / UNIT:.4f}"
                    )
    return ""


def _allowed(case: Case, members: np.ndarray) -> bool:
    people = case.population[members].sum()
    crosses = not case.policy.cross_icb and len({*case.icb[members]} - {""}) > 1
    right_size = case.need - 1e-6 <= people <= case.most + 1e-6
    whole = len({*case.parent[members]} - {""}) <= 1 and allowed(case, members)
    return right_size and not crosses and whole


def _relaxation(case: Case) -> float | None:
    """
    A lower bound: shares of PCNs to teams, populations kept, contiguity dropped.

    None where even that cannot be met. Variables: x of each pair with a road, y (team used) and a
    shortage per team and tier.
    """
    pairs = pair_costs(case)
    i, t = np.nonzero(pairs < NEVER)
    count, teams, price = len(i), len(case.teams), prices(case.policy)
    tiers = len(price)
    x, y, v = np.arange(count), count + np.arange(teams), count + teams
    size, by_pair = count + teams + teams * tiers, case.demand[i] / 100
    rows: list[sparse.coo_array] = []
    limits: list[np.ndarray] = []

    def at_most(parts: Sequence[tuple[Any, Any, Any]], right: np.ndarray) -> None:
        row, col, value = (
            np.concatenate([np.broadcast_to(p[k], np.shape(p[0])) for p in parts]) for k in range(3)
        )
        rows.append(sparse.coo_array((value, (row, col)), shape=(len(right), size)))
        limits.append(right)

    every, none = np.arange(teams), np.zeros(teams)
    people, one = case.population[i] / 10_000, np.ones(count)
    # a team that is used serves as many people as are needed, and no more than allowed
    need = np.full(teams, case.need / 10_000)
    at_most([(t, x, -people), (every, y, need)], none)
    if np.isfinite(case.most):
        at_most([(t, x, people), (every, y, np.full(teams, -case.most / 10_000))], none)
    # pair by pair is tighter; team by team keeps large ones quick
    if count <= 6_000:
        at_most([(x, x, one), (x, count + t, -one)], np.zeros(count))
    else:
        at_most([(t, x, one), (every, y, np.full(teams, -float(len(case.pcns))))], none)
    shortage = [(every, v + every * tiers + k, np.full(teams, -1.0)) for k in range(tiers)]
    at_most([(t, x, by_pair), *shortage], case.supply / 100)
    for k, share in enumerate(case.policy.vacancy_shares):
        filled = [(every, v + every * tiers + j, np.ones(teams)) for j in range(k + 1)]
        at_most([(t, x, -share * by_pair), *filled], none)
    # locks: as much with each team as the other, not both with one, with no team but the own
    for a, b in case.together:
        for lesser, greater in ((i == a, i == b), (i == b, i == a)):
            at_most([(t[lesser], x[lesser], 1.0), (t[greater], x[greater], -1.0)], none)
    for a, b in case.apart:
        both = (i == a) | (i == b)
        at_most([(t[both], x[both], 1.0), (every, y, -1.0)], none)
    for p, own in case.base:
        others = (i == p) & (t != own)
        at_most([(t[others], x[others], 1.0)], none)
    cost = np.concatenate([pairs[i, t] / UNIT, np.zeros(teams), np.tile(price / 100, teams)])
    found = optimize.linprog(
        cost,
        A_ub=sparse.vstack(rows, format="csr"),
        b_ub=np.concatenate(limits),
        A_eq=sparse.csr_array((one, (i, x)), shape=(len(case.pcns), size)),
        b_eq=np.ones(len(case.pcns)),
        bounds=np.column_stack(
            [np.zeros(size), np.concatenate([np.ones(v), np.full(size - v, np.inf)])]
        ),
        method="highs",
    )
    if found.status == 2:
        return None
    # the tiers' limits are not rounded here: half a hundredth a step and team
    return float(found.fun) - teams * np.diff(price).sum() / 2 / UNIT
