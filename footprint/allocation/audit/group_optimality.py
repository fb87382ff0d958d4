"""Whether groups of Levels 2 and 3 are the best ones: enumeration, a bound, local changes."""

from __future__ import annotations

import networkx as nx
import numpy as np
from scipy import optimize

from footprint.allocation.audit.case import CANNOT, PROVEN, Case, Finding
from footprint.allocation.audit.claims import GAP
from footprint.allocation.audit.costs import (
    NEVER,
    UNIT,
    group_cost,
    limited_costs,
    pair_costs,
    prices,
    rebuilt,
    shortage_cost,
    unmet,
)
from footprint.allocation.audit.group_program import parts, solved, whole
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
    # whether every rule can be kept does not hang on a limit
    valid, pairs = valid_masks(case), pair_costs(case) if case.cannot else limited_costs(case)
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
    more, best_team = 0, np.full(n, -1)
    for team in reversed(range(len(case.teams))):
        mask = int(choices[team][full])
        members = np.flatnonzero((mask >> np.arange(n)) & 1)
        best_team[members] = team
        if mask:
            more += group_cost(case, pairs, members, team)[1]
        full ^= mask
    if np.isfinite(case.longest) and not case.cannot:
        found = _as_little_unmet(case, best_team)
        if found is None:
            return [], "not judged: the search for groups with as little need unmet is too long"
        least, more, best_team = found
    told = [
        f"{case.teams[team]}: {', '.join(case.pcns[best_team == team])}"
        for team in reversed(range(len(case.teams)))
        if (best_team == team).any()
    ]
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


def _as_little_unmet(case: Case, team: np.ndarray) -> tuple[int, int, np.ndarray] | None:
    """
    Cost, doubt and teams by PCN of the cheapest groups with no more need unmet than by cost alone.

    ``team`` are the cheapest without regard to that: themselves where they leave no more. None
    where the search came to its limit.
    """
    allowed, best = case.unmet_by_cost, team.copy()
    for code, part in parts(case).items():
        if _unmet(case, team, part.pcns) <= allowed.get(code, 0):
            continue
        costs = limited_costs(case)
        found = solved(case, part, costs, in_one_piece=True, unmet=allowed.get(code, 0))
        if found.team is None:
            return None
        best[part.pcns] = found.team
    costs = pair_costs(case)
    each = [
        group_cost(case, costs, np.flatnonzero(best == one), int(one))
        for one in sorted(set(best.tolist()))
    ]
    return sum(cost for cost, _ in each), sum(doubt for _, doubt in each), best


def _unmet(case: Case, team: np.ndarray, pcns: np.ndarray) -> int:
    """Hundredths that some PCNs lack where each is with a team (-1: none)."""
    return sum(
        unmet(case, pcns[team[pcns] == one], int(one)) for one in sorted({*team[pcns].tolist()})
    )


def valid_masks(case: Case) -> np.ndarray:
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
    pairs, now = limited_costs(case), range(len(case.groups))
    spare = case.unmet_spare
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
        one = np.full(len(case.pcns), -1)
        for g, t in enumerate(team):
            one[members[g]] = t
        kept = all(
            _unmet(case, one, np.flatnonzero(where)) <= case.vacancy[where].sum() + spare[code]
            for code, where in case.systems.items()
        )
        if saved > tolerance and kept:
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
                to, of = int(case.team_of[taker]), int(case.team_of[giver])
                heavier = group_cost(case, pairs, grown, to)
                lacks = unmet(case, grown, to) + unmet(case, left, of)
                lacks -= unmet(case, members[taker], to) + unmet(case, members[giver], of)
                if lacks > spare[case.system_of(int(pcn))]:
                    continue
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

    None where even that cannot be met.
    """
    found = solved(case, whole(case), limited_costs(case))
    if found.status == "none":
        return None
    # the tiers' limits are not rounded here: half a hundredth a step and team
    return found.value - len(case.teams) * np.diff(prices(case.policy)).sum() / 2 / UNIT
