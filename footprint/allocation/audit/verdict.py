"""The audit's checks, service by service, and their verdict."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from footprint.allocation.audit.case import WORST_FIRST, Case, Finding, Service, build_case
from footprint.allocation.audit.claims import (
    check_bound,
    check_no_teams,
    check_objective,
    check_status,
    check_today,
)
from footprint.allocation.audit.farthest import check_farthest
from footprint.allocation.audit.flow_optimality import check_flow
from footprint.allocation.audit.group_optimality import check_grouping
from footprint.allocation.audit.groups import (
    check_contiguity,
    check_nest,
    check_population,
    check_systems,
    nesting,
)
from footprint.allocation.audit.inputs import check_inputs, check_level
from footprint.allocation.audit.lead_teams import check_lead_teams
from footprint.allocation.audit.locks import check_locks
from footprint.allocation.audit.staff import (
    check_capacity,
    check_cover,
    check_integrality,
    check_partition,
    check_reach,
    check_teams,
)
from footprint.allocation.audit.tables import key_faults, read_frames
from footprint.allocation.audit.worst import check_worst
from footprint.policy import Policy
from footprint.settings import Locks

SHOWN = 3  # faults told in one detail


def audit(
    tables: Mapping[str, pd.DataFrame],
    claims: Mapping[str, Mapping[str, Any]],
    *,
    policy: Policy,
    nest: Mapping[str, str] | None = None,
    locks: Locks | None = None,
) -> dict[str, Any]:
    """
    Rebuild every claim of an allocation from its tables.

    Parameters
    ----------
    tables
        Frames by name with at least the columns of :mod:`footprint.allocation.audit.tables`, as
        written to ``tables/*.csv``: WTE, minutes, people. A table that is not there counts as
        empty. ``groups.population`` is the list size of its row's PCN. Groups are held to
        ``group_population`` (registered patients) where services has it, else to
        ``population_needed``.
    claims
        By service_id: status, objective, bound, gap, today (minutes x WTE; None where unknown).
    policy
        The prices, shares and rules in force.
    nest
        Level 2 service to the Level 3 service whose groups its own must lie in. Without it, and
        with ``policy.nest``, the first Level 3 service with groups is the frame of all.
    locks
        Pairs that groups of Levels 2 and 3 have to keep to.

    Returns
    -------
    verdict
        ``ok`` and ``checks``: a list of service_id, check, ok, detail. A service_id of "" is
        about the tables as a whole. Details say which PCN or team, what was found and expected.

    Notes
    -----
    A flow is optimal when its residual graph has no negative cycle (Klein 1967; found here by
    Bellman-Ford). Groups of up to 12 PCNs and 8 teams are enumerated in full; larger ones are
    held against a linear relaxation without contiguity and against local changes.
    """
    frames, faults = read_frames(tables)
    if not faults:
        faults = key_faults(frames, claims)
    checks = [_row("", "tables", faults, "every table has its columns, keys and services")]
    # without columns or keys nothing can be joined
    if not faults or "services" in frames:
        cases = [
            build_case(frames, row, claims.get(row.service_id) or {}, policy, locks)
            for row in itertools.starmap(
                Service, frames["services"].drop_duplicates("service_id").to_numpy()
            )
        ]
        for case in cases:
            if policy.nest and case.level == 2 and len(case.groups):
                given = None if nest is None else nest.get(case.service_id)
                case.parent, case.nest_faults = nesting(
                    case, [c for c in cases if given in (None, c.service_id)]
                )
            checks.extend(
                _row(case.service_id, name, *check(case)) for name, check in _plan(case).items()
            )
    return {"ok": all(check["ok"] for check in checks), "checks": checks}


def _plan(case: Case) -> dict[str, Callable[[Case], Finding]]:
    plan: dict[str, Callable[[Case], Finding]] = {
        "inputs agree": check_inputs,
        "level": check_level,
        "status": check_status,
    }
    if len(case.teams):
        plan |= {
            "cover": check_cover,
            "capacity": check_capacity,
            "integrality": check_integrality,
            "reach": check_reach,
            "teams": check_teams,
            "objective": check_objective,
            "bound": check_bound,
        }
        plan |= {"today": check_today} if case.level == 1 else {}
        plan["optimality"] = check_flow if case.level == 1 else check_grouping
        plan |= {"lead teams": check_lead_teams} if case.lead_teams else {}
    else:
        plan["no teams"] = check_no_teams
    if case.policy.fairness == WORST_FIRST and (len(case.teams) or len(case.groups)):
        plan["worst first"] = check_worst if case.level == 1 else check_farthest
    if case.level in (2, 3) and (len(case.teams) or case.groups):
        plan |= {
            "contiguity": check_contiguity,
            "population": check_population,
            "systems": check_systems,
        }
        plan |= {"locks": check_locks} if case.together or case.apart or case.base else {}
        if not len(case.teams):
            plan |= {"cover": check_partition, "teams": check_teams}
        if case.policy.nest and case.level == 2:
            plan["nest"] = check_nest
    return plan


def _row(service_id: str, check: str, faults: Sequence[str], confirmed: str) -> dict[str, Any]:
    detail = "; ".join(faults[:SHOWN]) if faults else confirmed
    if len(faults) > SHOWN:
        detail += f"; and {len(faults) - SHOWN:,} more"
    return {"service_id": service_id, "check": check, "ok": not faults, "detail": detail}
