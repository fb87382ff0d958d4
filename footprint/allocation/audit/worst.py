"""Whether the longest journey is as short as it can be, where the worst comes first."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import maximum_flow

from footprint.allocation.audit.case import Case, Finding
from footprint.allocation.audit.flow_optimality import least_cost


def check_worst(case: Case) -> Finding:
    """Nobody drives beyond the limit claimed, and no shorter one leaves as little need unmet."""
    if case.claimed("longest_minutes") is None:
        return ["no longest_minutes claimed, one expected where the worst comes first"], ""
    told = f"{case.longest / 100:.2f} minutes"
    faults = [
        f"team {case.teams[team]} to PCN {case.pcns[at]}: {case.wte[at, team] / 100:.2f} WTE over "
        f"{case.minutes[at, team] / 100:.2f} minutes found, at most {told} expected"
        for at, team in np.argwhere((case.wte > 0) & (case.minutes > case.longest))
    ]
    if faults:
        return faults, ""
    come = (case.minutes <= case.reach) & (case.supply > 0)
    usable = (case.minutes >= 0) & (case.demand[:, None] > 0) & (come | (case.today > 0))
    shorter = case.minutes[usable & (case.minutes < case.longest)]
    if not len(shorter):
        return [], f"no journey is shorter than {told}"
    limit = int(shorter.max())
    # what the cheapest arrangement staffs: another may leave a little unmet for another reason
    staffed = least_cost(case, case.longest)[1]
    if _placed(case, usable & (case.minutes <= limit), come) < staffed - 0.5:
        return [], f"shorter journeys than {told} leave more need unmet"
    # more could be staffed, but that may cost more than to leave the need unmet
    if least_cost(case, limit)[1] < staffed - 0.5:
        return [], f"below {told} more need would stay unmet, as meeting it would cost more"
    return [f"longest journey of {told} found, {limit / 100:.2f} leave no more need unmet"], ""


def _placed(case: Case, usable: np.ndarray, come: np.ndarray) -> int:
    """Most staff, in hundredths, that can be placed over the pairs that are usable."""
    n, t = usable.shape
    at, team = np.nonzero(usable)
    source, sink = n + t, n + t + 1
    tail = np.concatenate([np.full(t, source), n + team, np.arange(n)])
    head = np.concatenate([n + np.arange(t), at, np.full(n, sink)])
    pairs = np.where(come[at, team], case.supply[team], case.today[at, team])
    capacity = np.concatenate([case.supply, pairs, case.demand]).astype(np.int32)
    graph = sparse.csr_array((capacity, (tail, head)), shape=(n + t + 2, n + t + 2))
    return int(maximum_flow(graph, source, sink).flow_value)
