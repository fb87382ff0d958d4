"""Whether as many PCNs have one team as is said, at no more than it may cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from footprint.allocation.audit.case import Case, Finding
from footprint.allocation.audit.claims import GAP
from footprint.allocation.audit.costs import UNIT, rebuilt
from footprint.allocation.audit.flow_optimality import least_cost

FIGURES = ("pcns", "one_team", "one_team_cheapest", "one_team_today", "at_most")
#: further lead teams that are tried out, each by a linear program
TRIED = 60


def check_lead_teams(case: Case) -> Finding:
    """PCNs with one team are as many as is said, the cost is kept to, and no further one fits."""
    claim = case.claim.get("lead_teams")
    if not isinstance(claim, Mapping) or not all(
        isinstance(claim.get(name), (int, np.integer)) for name in FIGURES
    ):
        return [f"no lead_teams claimed with {', '.join(FIGURES)}, one expected"], ""
    said = {name: int(claim[name]) for name in FIGURES}
    there = case.demand > 0
    found = {
        "pcns": int(there.sum()),
        "one_team": int((case.sole() >= 0).sum()),
        "one_team_today": int(((case.today[there] > 0).sum(axis=1) == 1).sum()),
    }
    faults = [
        f"{name} {said[name]} found, {right} expected"
        for name, right in found.items()
        if said[name] != right
    ]
    if not said["one_team_cheapest"] <= said["one_team"] <= said["at_most"] <= said["pcns"]:
        faults.append(
            f"{said['one_team_cheapest']} PCNs with one team in the cheapest plan, "
            f"{said['one_team']} here, at most {said['at_most']} of {said['pcns']} found, each no "
            "more than the next expected"
        )
    faults += _dear(case)
    if not faults and said["one_team"] == said["at_most"]:
        faults += _further(case)
    return faults, f"{said['one_team']} of {said['pcns']} PCNs have one team alone"


def _cap(case: Case) -> float | None:
    """Minutes x WTE that the proposal may cost, None where the claim does not let it be known."""
    bound, today = case.claimed("bound"), case.claimed("today")
    if bound is None or today is None:
        return None
    cap = bound * (1 + case.policy.lead_team_slack)
    return cap if today < bound - 1e-4 else min(cap, today)


def _dear(case: Case) -> list[str]:
    cap, cost = _cap(case), rebuilt(case)[0] / UNIT
    if cap is None or cost <= cap * (1 + 1e-12) + 1e-4:
        return []
    return [
        f"cost {cost:.4f} found, at most {cap:.4f} expected: {case.policy.lead_team_slack:.0%} "
        "above the best flow, and no more than today"
    ]


def _further(case: Case) -> list[str]:
    """Try each PCN that teams share with each of its teams alone, the others as they are."""
    cap, sole = _cap(case), case.sole()
    shared = (sole < 0) & (case.demand > 0)
    tries = [(int(at), int(team)) for at, team in np.argwhere((case.wte > 0) & shared[:, None])]
    if cap is None or len(tries) > TRIED:
        return []
    for at, team in tries:
        more = sole.copy()
        more[at] = team
        cost = least_cost(case, case.longest, more)[0]
        # well within, so that a tolerance of the linear program is no fault
        if cost < cap * (1 - GAP) - 1e-3:
            return [
                f"no more than {int((sole >= 0).sum())} PCNs with one team claimed, but PCN "
                f"{case.pcns[at]} can have team {case.teams[team]} alone at {cost:.4f} of "
                f"{cap:.4f}"
            ]
    return []
