"""Where the staff go: cover, capacity, whole hundredths, reach, one team to a group."""

from __future__ import annotations

import numpy as np
import pandas as pd

from footprint.allocation.audit import owned
from footprint.allocation.audit.case import CANNOT, Case, Finding
from footprint.allocation.audit.costs import unreached


def check_cover(case: Case) -> Finding:
    """Staff and vacancies of each PCN, and of each group, make up its demand."""
    found = case.wte.sum(axis=1) + case.vacancy
    faults = [
        f"PCN {case.pcns[i]}: {case.wte[i].sum() / 100:.2f} WTE of staff and "
        f"{case.vacancy[i] / 100:.2f} vacant found, {case.demand[i] / 100:.2f} together expected"
        for i in map(int, np.flatnonzero(found != case.demand))
    ]
    if case.level in (2, 3):
        faults += check_partition(case)[0]
        for number, code in enumerate(case.groups):
            members, team = case.members(number), case.team_of[number]
            staff = case.supply[team] if team >= 0 else 0
            nobody = case.demand[members[unreached(case, members, int(team))]].sum()
            short = max(0, case.demand[members].sum() - nobody - staff) + nobody
            vacant = case.vacancy[members].sum()
            if vacant != short:
                faults.append(
                    f"group {code}: {vacant / 100:.2f} WTE vacant found, {short / 100:.2f} expected"
                )
    return faults, f"{case.demand.sum() / 100:,.2f} WTE of {len(case.pcns):,} PCNs covered"


def check_partition(case: Case) -> Finding:
    """Every PCN is in exactly one group."""
    times = case.tables["groups"]["pcn_code"].value_counts().reindex(case.pcns, fill_value=0)
    faults = [
        f"PCN {code}: in {count} groups, expected in one"
        for code, count in times[times != 1].items()
    ]
    return faults, f"every PCN is in one of {len(case.groups)} groups"


def check_capacity(case: Case) -> Finding:
    """No team gives more staff than it has, now or today."""
    faults = [
        f"team {case.teams[t]}: {amount[t] / 100:.2f} WTE {word} found, at most "
        f"{case.supply[t] / 100:.2f} expected"
        for word, amount in (("allocated", case.wte.sum(axis=0)), ("today", case.today.sum(axis=0)))
        for t in map(int, np.flatnonzero(amount > case.supply))
    ]
    return faults, f"{len(case.teams):,} teams within their staff"


def check_integrality(case: Case) -> Finding:
    """Staff, vacancies and demand are whole hundredths of a WTE from 0."""
    faults = []
    columns = (
        ("allocation", "wte"),
        ("allocation", "today_wte"),
        ("vacancies", "wte"),
        ("demand", "wte"),
    )
    for table, column in columns:
        frame = case.tables[table]
        scaled = frame[column] * 100
        bad = frame[~((scaled >= 0) & ((scaled - scaled.round()).abs() <= 1e-6))]
        names = bad["pcn_code"] + (" of team " + bad["team_id"] if "team_id" in bad else "")
        faults += [
            f"{table}, PCN {name}: {column} {value:g} found, whole hundredths from 0 expected"
            for name, value in zip(names, bad[column], strict=True)
        ]
    return faults, "all staff in whole hundredths"


def check_reach(case: Case) -> Finding:
    """Minutes are those of the travel table, and Level 1 staff move only within reach."""
    rows = case.tables["allocation"]
    faults = []
    at_team = case.teams.get_indexer(pd.Index(rows["team_id"])).tolist()
    at_pcn = case.pcns.get_indexer(pd.Index(rows["pcn_code"])).tolist()
    for at, team, found, wte in zip(at_pcn, at_team, rows["minutes"], rows["wte"], strict=True):
        if at < 0 or team < 0:
            continue
        pair, right = f"team {case.teams[team]} to PCN {case.pcns[at]}", case.minutes[at, team]
        if right < 0:
            # staff who are there today without a road can only be let go
            if wte > 0 or not np.isnan(found):
                faults.append(f"{pair}: {wte:g} WTE found, but no road in the travel table")
        elif not abs(found * 100 - right) <= 0.5 + 1e-6:
            faults.append(f"{pair}: {found:g} minutes found, {right / 100:.2f} expected")
    if case.level == 1:
        far = (case.wte > case.today) & (case.minutes > case.reach)
        faults += [
            f"team {case.teams[team]} to PCN {case.pcns[at]}: "
            f"{(case.wte - case.today)[at, team] / 100:.2f} WTE moved over "
            f"{case.minutes[at, team] / 100:.2f} minutes found, at most {case.reach / 100:g} "
            "expected"
            for at, team in np.argwhere(far)
        ]
    return faults, "minutes are those of the travel table"


def check_teams(case: Case) -> Finding:
    """Staff are of this service and, in groups, of the one team of their group."""
    faults, allocation, groups = [], case.tables["allocation"], case.tables["groups"]
    # without teams, the groups' own are candidate sites
    given = {*allocation["team_id"], *groups["team_id"]} if len(case.teams) else set()
    strange = sorted(given - set(case.teams) - ({""} if case.level > 1 else set()))
    faults += [f"{code!r} found, no team of this service" for code in strange]
    if case.level == 1:
        return faults, "only teams of this service"
    leads = groups[["group_id", "team_id"]].drop_duplicates()
    for code, team in leads.groupby("group_id")["team_id"]:
        if len(team) > 1:
            faults.append(f"group {code}: teams {', '.join(sorted(team))} found, one expected")
    named = leads[leads["team_id"] != ""]
    for code, group in named.groupby("team_id")["group_id"]:
        if len(group) > 1:
            faults.append(f"team {code}: groups {', '.join(sorted(group))} found, one expected")
    if len(case.teams) and not owned.unserved(case):
        bare = sorted(leads.loc[leads["team_id"] == "", "group_id"])
        faults += [f"group {code}: no team found, one expected" for code in bare]
    for number, code in enumerate(case.groups):
        members, team = case.members(number), int(case.team_of[number])
        without = {*case.pcns[members[unreached(case, members, team)]]} - owned.roadless(case)
        faults += [
            f"group {code}: no road from its team to PCN {pcn} found, one expected, or a status "
            f"{CANNOT!r} that says so"
            for pcn in sorted(without)
        ]
    for i, team in np.argwhere(case.wte > 0):
        lead = case.team_of[case.group_of[i]] if case.group_of[i] >= 0 else -1
        if team != lead:
            right = case.teams[lead] if lead >= 0 else "none"
            faults.append(
                f"PCN {case.pcns[i]}: staff of team {case.teams[team]} found, of team {right} "
                "expected, its group's"
            )
    return faults, "one team to a group, one group to a team"
