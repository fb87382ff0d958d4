"""What a group of PCNs has to be: in one piece, large enough, in one ICB, nested."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy as np
import pandas as pd

from footprint.allocation.audit.case import CANNOT, Case, Finding


def check_contiguity(case: Case) -> Finding:
    """Each group hangs together over the PCNs' borders and links, unless it is said not to."""
    faults: list[str] = []
    if case.cannot:
        return faults, "groups in pieces are owned up to, where there are any"
    for number, code in enumerate(case.groups):
        parts = _parts(case, case.members(number))
        if len(parts) > 1:
            names = " | ".join(", ".join(case.pcns[sorted(part)]) for part in parts)
            faults.append(f"group {code}: {len(parts)} parts found ({names}), one expected")
    return faults, f"{len(case.groups)} groups in one piece each"


def _parts(case: Case, members: Sequence[int] | np.ndarray) -> list[set[int]]:
    return sorted(nx.connected_components(case.graph.subgraph(map(int, members))), key=min)


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
    for number, code in enumerate(case.groups):
        total = case.population[case.members(number)].sum()
        if not need - 1e-6 <= total <= most + 1e-6 and not case.cannot:
            faults.append(
                f"group {code}: {total:,.0f} people found, at least {need:,.0f}"
                + (f" and at most {most:,.0f}" if np.isfinite(most) else "")
                + f" expected, or a status that begins with {CANNOT!r}"
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


def nesting(case: Case, hosts: Sequence[Case]) -> tuple[np.ndarray, list[str]]:
    """
    Whether groups lie inside those of a Level 3 service.

    Parameters
    ----------
    case
        A Level 2 service with groups.
    hosts
        Services whose groups may hold them; only those of Level 3 count.

    Returns
    -------
    parent
        The Level 3 group of each PCN, "" where it is free: of the first service that holds all
        groups, or else of the first one.
    faults
        Groups that lie in more than one group of that service.
    """
    parent: np.ndarray = case.parent
    told: list[str] = []
    for host in [h for h in hosts if h.level == 3 and h.groups]:
        outer = np.array(["", *host.groups], dtype=object)[host.group_of + 1]
        faults = []
        for number, code in enumerate(case.groups):
            found = sorted(set(outer[case.members(number)]))
            if len(found) > 1:
                faults.append(
                    f"group {code}: in groups {', '.join(found)} of {host.service_id} found, "
                    "inside one expected"
                )
        if not faults:
            return outer, []
        if not told:
            parent, told = outer, faults
    return parent, told
