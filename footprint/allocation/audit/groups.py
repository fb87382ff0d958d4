"""What a group of PCNs has to be: in one piece, large enough, in one ICB, nested."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from footprint.allocation.audit import owned
from footprint.allocation.audit.case import CANNOT, Case, Finding


def check_contiguity(case: Case) -> Finding:
    """Each group hangs together over the PCNs' borders, and the links that the status names."""
    faults: list[str] = []
    for number, code in enumerate(case.groups):
        parts = owned.in_one_piece(case, case.members(number))
        if len(parts) > 1:
            names = " | ".join(", ".join(case.pcns[sorted(part)]) for part in parts)
            faults.append(f"group {code}: {len(parts)} parts found ({names}), one expected")
    many = len(owned.links(case))
    said = f", over {many} links that the status names" if many else ""
    return faults, f"{len(case.groups)} groups in one piece each{said}"


def check_population(case: Case) -> Finding:
    """Each row has its PCN's list size, and each group's sum is within its bounds."""
    rows = case.tables["groups"]
    at = case.pcns.get_indexer(pd.Index(rows["pcn_code"]))
    # PCNs that do not exist are told of with the inputs
    rows, at = rows[at >= 0], at[at >= 0]
    right = case.population[at]
    wrong = ~((rows["population"] - right).abs() <= 0.5)
    faults = [
        f"PCN {code} in group {group}: population {found:g} found, {size:g} expected, its list size"
        for code, group, found, size in zip(
            rows.loc[wrong, "pcn_code"],
            rows.loc[wrong, "group_id"],
            rows.loc[wrong, "population"],
            right[wrong],
            strict=True,
        )
    ]
    need, most = case.need, case.most
    led = dict(zip(rows["group_id"], rows["team_id"] != "", strict=True))
    for number, code in enumerate(case.groups):
        total = case.population[case.members(number)].sum()
        short = total < need - 1e-6 and not owned.fewer(case)
        over = total > most + 1e-6 and not owned.more(case)
        # those whom nobody can serve need not be enough for a group
        if (short or over) and (led.get(code, True) or not owned.unserved(case)):
            faults.append(
                f"group {code}: {total:,.0f} people found, at least {need:,.0f}"
                + (f" and at most {most:,.0f}" if np.isfinite(most) else "")
                + f" expected, or a status {CANNOT!r} that says so"
            )
    return faults, f"{len(case.groups)} groups as large as needed, or said not to be"


def check_systems(case: Case) -> Finding:
    """No group crosses an ICB, unless the policy allows it."""
    faults = []
    for number, code in enumerate(case.groups):
        found = sorted({*case.icb[case.members(number)]} - {""})
        if len(found) > 1 and not case.policy.cross_icb:
            faults.append(f"group {code}: ICBs {', '.join(found)} found, one expected")
    return faults, "crossing allowed" if case.policy.cross_icb else "no group crosses an ICB"


def nesting(case: Case, hosts: Sequence[Case]) -> tuple[np.ndarray, dict[str, str]]:
    """
    Whether groups lie inside those of a Level 3 service.

    Parameters
    ----------
    case
        A Level 2 service with groups.
    hosts
        Services in the order of their file; the first of Level 3 with groups is the frame.

    Returns
    -------
    parent
        The Level 3 group of each PCN, "" where it is free.
    faults
        By group that lies in more than one group of that service, what is wrong.
    """
    host = next((one for one in hosts if one.level == 3 and one.groups), None)
    if host is None:
        return case.parent, {}
    outer = np.array(["", *host.groups], dtype=object)[host.group_of + 1]
    faults = {}
    for number, code in enumerate(case.groups):
        found = sorted(set(outer[case.members(number)]))
        if len(found) > 1:
            faults[code] = (
                f"group {code}: in groups {', '.join(found)} of {host.service_id} found, "
                "inside one expected"
            )
    return outer, faults


def check_nest(case: Case) -> Finding:
    """Groups lie inside those of Level 3, but where the status rightly gives that up."""
    given_up = owned.not_nested(case)
    faults = [
        fault
        for code, fault in case.nest_faults.items()
        if not {case.system_of(int(p)) for p in case.members(case.groups.index(code))} <= given_up
    ]
    if case.nest_faults and not faults:
        return [], "more groups of Level 3 than teams, as the status says"
    return faults, "Level 2 groups lie inside Level 3 groups"
