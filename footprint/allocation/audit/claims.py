"""What a run says of its own result: status, objective, bound, today's cost."""

from __future__ import annotations

import re

import numpy as np

from footprint.allocation.audit.case import CANNOT, FOUND, NO_TEAMS, PROVEN, Case, Finding
from footprint.allocation.audit.costs import NEVER, UNIT, rebuilt, shortage_cost, slack

WITHIN = re.compile(r"within (\d+(?:\.(\d+))?)% of best")
GAP = 1e-6  # relative gap at which a result counts as proven


def check_status(case: Case) -> Finding:
    """The status is one of those that mean something."""
    if not case.claim:
        return ["no claim found, one expected"], ""
    known = (
        case.status in (PROVEN, FOUND)
        or case.status.startswith((CANNOT, NO_TEAMS))
        or WITHIN.fullmatch(case.status)
    )
    if not known:
        return [f"status {case.status!r} found, one of the audit's words expected"], ""
    if len(case.teams) and case.status.startswith(NO_TEAMS):
        return [f"status {case.status!r} found, but {len(case.teams)} teams are given"], ""
    return [], case.status


def check_no_teams(case: Case) -> Finding:
    """A service without teams allocates no staff and says that it has none."""
    faults = []
    if len(case.tables["allocation"]):
        faults.append(f"{len(case.tables['allocation']):,} allocation rows found, none expected")
    if not case.status.startswith(NO_TEAMS):
        faults.append(f"status {case.status!r} found, {NO_TEAMS!r} expected")
    bound, objective = case.claimed("bound"), case.claimed("objective")
    if bound is not None and objective is not None and bound > objective + 1e-4:
        faults.append(f"bound {bound:.4f} found, no more than objective {objective:.4f} expected")
    return faults, "no allocation rows"


def check_objective(case: Case) -> Finding:
    """The objective is what the tables cost."""
    claimed = case.claimed("objective")
    if claimed is None:
        return ([] if case.cannot else ["no objective found, one expected"]), "none claimed"
    cost, doubt = rebuilt(case)
    return _agrees("objective", claimed, cost, doubt)


def check_bound(case: Case) -> Finding:
    """Bound, gap and status agree with each other and with the objective."""
    objective, bound, gap = (case.claimed(name) for name in ("objective", "bound", "gap"))
    within = WITHIN.fullmatch(case.status)
    if objective is None or bound is None:
        if case.status == PROVEN or within:
            return [f"status {case.status!r} found without an objective and a bound"], ""
        return [], "none claimed"
    faults = []
    if bound > objective + 1e-4:
        faults.append(f"bound {bound:.4f} found, no more than objective {objective:.4f} expected")
    right = max(0.0, objective - bound) / objective if objective > 0 else 0.0
    if gap is None or abs(gap - right) > GAP:
        faults.append(f"gap {gap} found, {right:.7f} expected")
    if case.status == PROVEN and right > GAP:
        faults.append(f"{PROVEN!r} found with a gap of {right:.7f}, at most {GAP:.6f} expected")
    if within:
        # the share may have been rounded to nearest or up
        digit = 10.0 ** -len(within[2] or "")
        if not -digit / 2 - 1e-4 <= float(within[1]) - 100 * right <= digit + 1e-4:
            faults.append(f"{case.status!r} found, a gap of {100 * right:.4f}% expected in words")
    return faults, f"gap {right:.2%}"


def check_today(case: Case) -> Finding:
    """The cost of no change is that of today's staff, and the objective is no dearer."""
    claimed, objective = case.claimed("today"), case.claimed("objective")
    if claimed is None:
        return ["no cost of today found, one expected"], ""
    # nearest staff first, up to what the PCN needs
    far = np.where(case.minutes < 0, NEVER, case.minutes)
    order = np.argsort(far, axis=1, kind="stable")
    near = np.take_along_axis(far, order, axis=1)
    there = np.where(near < NEVER, np.take_along_axis(case.today, order, axis=1), 0)
    filled = np.minimum(np.cumsum(there, axis=1), case.demand[:, None])
    kept = np.diff(filled, axis=1, prepend=0)
    short = case.demand - kept.sum(axis=1)
    cost = (np.where(near < NEVER, near, 0) * kept).sum()
    cost += shortage_cost(short, case.demand, case.policy).sum()
    doubt = slack(short, case.demand, case.policy, doubt=2)
    faults, confirmed = _agrees("today", claimed, int(cost), doubt)
    # the worst first may cost more than leaving everything as it is
    if objective is not None and objective > claimed + 1e-4 and np.isinf(case.longest):
        faults.append(f"objective {objective:.4f} found, no more than today's {claimed:.4f}")
    return faults, confirmed


def _agrees(name: str, claimed: float, cost: int, doubt: int) -> Finding:
    found, expected = claimed * UNIT, f"{cost / UNIT:.4f}"
    if abs(found - cost) <= 1 + 1e-12 * cost:
        return [], f"{name} rebuilt: {expected}"
    if abs(found - cost) <= 1 + doubt:
        return [], (
            f"{name} {claimed:.4f} agrees with {expected} within {doubt / UNIT:.4f}, "
            "the rounding of the vacancy tiers to 0.01 WTE"
        )
    return [f"{name} {claimed:.4f} found, {expected} expected"], ""
