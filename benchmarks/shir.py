"""The Hess model with a flow for every centre, as it stands in the literature, given to HiGHS."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from planar import Plane
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array, csr_array, vstack

from footprint.allocation.quiet import quiet

#: how cost and people are measured, so that the model's numbers are near 1
SCALE = 1e6
PEOPLE = 100_000


@dataclass(frozen=True)
class Run:
    """What a solver made of an instance: groups, cost, seconds; a bound where it has one."""

    groups: int
    cost: float
    seconds: float
    bound: float = -np.inf


def shir(made: Plane, number: int, low: int, high: int, limit: float) -> Run | None:
    """
    Solve the Hess model with a flow for every centre (SHIR of Validi et al. 2022), as it stands.

    A binary for each centre c and unit u, at c x P + u; flow of centre c on each border, both ways,
    but into c. None where HiGHS has no answer at its limit.
    """
    units, people = len(made.people), made.people / PEOPLE
    both = np.array([*made.edges, *((b, a) for a, b in made.edges)])
    each = np.arange(units)
    centre, tail, head = (
        column.ravel()
        for column in np.broadcast_arrays(each[:, None], both[:, 0][None], both[:, 1][None])
    )
    kept = head != centre
    centre, tail, head = centre[kept], tail[kept], head[kept]
    pairs, size = units * units, units * units + len(centre)
    at = np.arange(pairs).reshape(units, units)
    own, flow = at[each, each], pairs + np.arange(len(centre))

    def rows(*entries: tuple[npt.ArrayLike, npt.ArrayLike, npt.ArrayLike], count: int) -> csr_array:
        parts = [np.broadcast_arrays(*entry) for entry in entries]
        row, column, value = (np.concatenate([part[k].ravel() for part in parts]) for k in range(3))
        return csr_array(coo_array((value.astype(float), (row, column)), shape=(count, size)))

    group, into = each[:, None], centre * units + head
    far = np.flatnonzero(~np.eye(units, dtype=bool))
    held = rows((group, at, people[None]), (each, own, -low / PEOPLE), count=units)
    full = rows((group, at, people[None]), (each, own, -high / PEOPLE), count=units)
    company = rows((far, far, 1.0), (far, own[far // units], -1.0), count=pairs)
    came = rows((into, flow, 1.0), (far, far, 1.0 - units), count=pairs)
    left = (centre * units + tail)[tail != centre]
    stays = rows(
        (into, flow, 1.0), (left, flow[tail != centre], -1.0), (far, far, -1.0), count=pairs
    )
    parts = [
        (rows((each[None], at, 1.0), count=units), 1, 1),
        (rows((np.zeros(units, int), own, 1.0), count=1), number, number),
        (held, 0, np.inf),
        (full, -np.inf, 0),
        (company, -np.inf, 0),
        (came, -np.inf, 0),
        (stays, 0, 0),
    ]
    cost = np.zeros(size)
    cost[:pairs] = (made.metres * made.people).ravel() / SCALE
    ends = [
        np.concatenate([np.full(rows.shape[0], part[k], float) for rows, *part in parts])
        for k in range(2)
    ]
    start = time.process_time()
    with quiet():
        found = milp(
            cost,
            integrality=np.arange(size) < pairs,
            bounds=Bounds(0, np.where(np.arange(size) < pairs, 1.0, np.inf)),
            constraints=LinearConstraint(vstack([one[0] for one in parts], format="csr"), *ends),
            options={"mip_rel_gap": 0, "time_limit": limit},
        )
    seconds = time.process_time() - start
    if found.x is None:
        return None
    return Run(number, float(found.fun) * SCALE, seconds, float(found.mip_dual_bound) * SCALE)
