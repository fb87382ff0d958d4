"""Whether the farthest PCN of Levels 2 and 3 is as near as it can be, where the worst is first."""

from __future__ import annotations

import dataclasses

import networkx as nx
import numpy as np
import pandas as pd

from footprint.allocation.audit.case import PROVEN, Case, Finding, hundredths
from footprint.allocation.audit.claims import GAP
from footprint.allocation.audit.costs import NEVER, pair_costs
from footprint.allocation.audit.group_program import Part, parts, solved
from footprint.allocation.audit.locks import allowed, may_serve

#: pairs of PCN and team within a limit up to which groups in one piece are looked for
PAIRS = 2_000


def check_farthest(case: Case) -> Finding:
    """No PCN is farther than claimed, and no shorter limit keeps as many rules and as much need."""
    if case.claimed("longest_minutes") is None:
        return ["no longest_minutes claimed, one expected where the worst comes first"], ""
    if not len(case.teams):
        case = _with_sites(case)
    there = np.flatnonzero(case.group_of >= 0)
    team = np.where(case.group_of >= 0, case.team_of[case.group_of], -1)
    there = there[team[there] >= 0]
    minutes = np.full(len(case.pcns), -1, dtype=np.int64)
    minutes[there] = case.minutes[there, team[there]]
    faults = [
        f"PCN {case.pcns[at]}: {minutes[at] / 100:.2f} minutes from team {case.teams[team[at]]} "
        f"found, at most {case.longest / 100:.2f} expected"
        for at in np.flatnonzero(minutes > case.longest).tolist()
    ]
    most = max(0, int(minutes.max(initial=0)))
    if not faults and most < case.longest:
        faults.append(
            f"longest_minutes {case.longest / 100:.2f} found, {most / 100:.2f} expected, the "
            "minutes of the farthest PCN"
        )
    faults += _claims(case)
    if faults:
        return faults, ""
    return _shorter(case, minutes)


def _with_sites(case: Case) -> Case:
    """Return the case with candidate sites for teams, which lack nobody."""
    rows, groups = case.tables["travel"], case.tables["groups"]
    rows = rows[rows["minutes"] >= 0]
    sites = pd.Index(sorted(set(rows["team_id"])))
    minutes = np.full((len(case.pcns), len(sites)), -1, dtype=np.int64)
    at, column = (
        case.pcns.get_indexer(pd.Index(rows["pcn_code"])),
        sites.get_indexer(rows["team_id"]),
    )
    minutes[at[at >= 0], column[at >= 0]] = hundredths(rows["minutes"])[at >= 0]
    site = groups.drop_duplicates("group_id").set_index("group_id")["team_id"]
    # without a limit of the user's, a group around a site has up to twice the need
    most = 2 * case.need if np.isinf(case.most) else case.most
    return dataclasses.replace(
        case,
        row=case.row._replace(max_population=most),
        teams=sites,
        supply=np.full(len(sites), int(case.demand.sum())),
        minutes=minutes,
        today=np.zeros(minutes.shape, dtype=np.int64),
        team_of=sites.get_indexer(site.reindex(case.groups)),
        base=[],
    )


def _claims(case: Case) -> list[str]:
    """What is claimed of the limit and of groups by cost alone, held against the proposal."""
    faults = []
    longest, bound, gap = (case.claimed(f"longest_{name}") for name in ("minutes", "bound", "gap"))
    if longest is None or bound is None or gap is None:
        faults.append("no longest_bound and longest_gap found, both expected")
    else:
        if bound > longest + 1e-9:
            faults.append(f"longest_bound {bound:g} found, at most {longest:g} expected")
        right = max(0.0, longest - bound) / longest if longest else 0.0
        if abs(gap - right) > GAP:
            faults.append(f"longest_gap {gap:g} found, {right:.7f} expected")
        if case.status.endswith(PROVEN) and bound < longest - 1e-9:
            faults.append(
                f"{PROVEN!r} found with a limit that is only known to be {bound:g} or more"
            )
    free, objective = case.by_cost, case.claimed("objective")
    if not free:
        return [*faults, "nothing claimed of groups by cost alone, expected by_cost"]
    far, cost = free.get("longest_minutes"), free.get("objective")
    if far is None or (longest is not None and far < longest - 1e-9):
        faults.append(f"by cost alone {far} minutes found, at least {longest} expected")
    if cost is None or (objective is not None and cost > objective + 1e-4):
        faults.append(f"by cost alone a cost of {cost} found, at most {objective} expected")
    for code, spare in case.unmet_spare.items():
        if spare < -0.5:
            short = case.vacancy[case.systems[code]].sum() / 100
            faults.append(
                f"{short:.2f} WTE unmet{f' in {code}' if code else ''} found, at most "
                f"{short + spare / 100:.2f} expected, as by cost alone"
            )
    return faults


def _shorter(case: Case, minutes: np.ndarray) -> Finding:
    """Whether a shorter limit would do: only where a PCN is as far as the limit need be looked."""
    told = f"{case.longest / 100:.2f} minutes"
    if case.claimed("longest_bound") != case.claimed("longest_minutes"):
        return [], f"nobody is beyond {told}; that no shorter limit would do is not claimed"
    if not case.longest:
        return [], "nobody has a journey"
    at_it = minutes == case.longest
    costs = np.where(case.minutes >= case.longest, NEVER, pair_costs(case))
    better, opened = [], []
    for code, part in parts(case).items():
        if not at_it[part.pcns].any():
            continue
        where = f" in {code}" if code and len(case.systems) > 1 else ""
        if not _keeps(case, part):
            opened.append(f"not judged{where}: the status says that not every rule can be kept")
            continue
        near = costs[np.ix_(part.pcns, part.teams)] < NEVER
        none = np.flatnonzero(~near.any(axis=1))
        if len(none):
            name = case.pcns[part.pcns[none[0]]]
            return [], f"PCN {name} is no nearer than {told} to any base"
        unmet = case.unmet_by_cost.get(code, 0)
        # shares of PCNs that need not hang together: quick, and often proof enough
        found = solved(case, part, costs, unmet=unmet, cost=False)
        if found.status == "found" and int(near.sum()) <= PAIRS:
            found = solved(case, part, costs, unmet=unmet, cost=False, in_one_piece=True)
        if found.status == "none":
            return [], (
                f"no groups{where} with shorter journeys than {told} keep every rule and leave as "
                "little need unmet"
            )
        if found.team is None:
            opened.append(f"no shorter limit was looked for to the end{where}")
            continue
        far = case.minutes[part.pcns, found.team].max() / 100
        better.append(
            f"longest journey of {told} found, {far:.2f} leave no more need unmet{where} "
            f"({_groups(case, part, found.team)})"
        )
    return ([], f"nobody is beyond {told}; {'; '.join(opened)}") if opened else (better, told)


def _groups(case: Case, part: Part, team: np.ndarray) -> str:
    return "; ".join(
        f"{case.teams[one]}: {', '.join(case.pcns[part.pcns[team == one]])}"
        for one in sorted(set(team.tolist()))
    )


def _keeps(case: Case, part: Part) -> bool:
    """Whether the groups of some PCNs keep every rule."""
    for group in sorted(set(case.group_of[part.pcns].tolist())):
        members = case.members(group) if group >= 0 else part.pcns
        team = int(case.team_of[group]) if group >= 0 else -1
        people = case.population[members].sum()
        if (
            team < 0
            or (case.minutes[members, team] < 0).any()
            or not case.need - 1e-6 <= people <= case.most + 1e-6
            or not nx.is_connected(case.graph.subgraph(map(int, members)))
            or len({*case.parent[members]} - {""}) > 1
            or not allowed(case, members)
            or not may_serve(case, members, team)
        ):
            return False
    return True
