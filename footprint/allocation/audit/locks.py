"""Whether groups keep the user's locks: PCNs together, apart, or with a team."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from footprint.allocation.audit.case import CANNOT, Case, Finding

#: what a status says that gives locks up
GIVEN_UP = "the locks cannot all be kept"


def check_locks(case: Case) -> Finding:
    """Every lock is kept, or the status owns up to one that is not."""
    number = len(case.together) + len(case.apart) + len(case.base)
    faults = [
        f"PCNs {case.pcns[a]} and {case.pcns[b]}: in two groups found, in one expected"
        for a, b in case.together
        if case.group_of[a] != case.group_of[b]
    ]
    faults += [
        f"PCNs {case.pcns[a]} and {case.pcns[b]}: in one group found, in two expected"
        for a, b in case.apart
        if case.group_of[a] == case.group_of[b] >= 0 and _served(case, a)
    ]
    faults += [
        f"PCN {case.pcns[p]}: with {_team(case, p)} found, with team {case.teams[t]} expected"
        for p, t in case.base
        if case.group_of[p] < 0 or case.team_of[case.group_of[p]] != t
    ]
    given_up = case.cannot and GIVEN_UP in case.status
    if faults and given_up:
        return [], f"{len(faults)} of {number} locks are not kept, as the status says"
    if given_up and not faults:
        return [f"status {case.status!r} found, but every lock is kept"], ""
    return [f"{fault}, or a status {CANNOT!r} with it" for fault in faults], f"{number} locks kept"


def _served(case: Case, pcn: int) -> bool:
    """PCNs of a group without a team share nothing; a site's group has its site's code."""
    groups = case.tables["groups"]
    return bool((groups.loc[groups["pcn_code"] == case.pcns[pcn], "team_id"] != "").any())


def _team(case: Case, pcn: int) -> str:
    team = case.team_of[case.group_of[pcn]] if case.group_of[pcn] >= 0 else -1
    return f"team {case.teams[team]}" if team >= 0 else "no team"


def allowed(case: Case, members: Collection[int] | np.ndarray) -> bool:
    """Whether a group of these PCNs keeps the locks on pairs of PCNs."""
    inside = set(map(int, members))
    return all((a in inside) == (b in inside) for a, b in case.together) and not any(
        a in inside and b in inside for a, b in case.apart
    )


def may_serve(case: Case, members: Collection[int] | np.ndarray, team: int) -> bool:
    """Whether a team may have a group of these PCNs, by the locks on teams."""
    inside = set(map(int, members))
    return all(t == team for p, t in case.base if p in inside)
