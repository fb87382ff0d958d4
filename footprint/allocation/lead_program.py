"""
As many PCNs as possible with one team each, as a mixed-integer program in HiGHS.

A PCN is either shared, or one team's: the flow of each of these ways is its own, so that the
linear relaxation is the convex hull PCN by PCN. What holds it back is that teams are lumpy: two
PCNs may each fit a team and both not. So the sets of PCNs that a team can lead are enumerated,
and a team gives those that it leads no more than a mix of such sets can take.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import optimize, sparse

from footprint.allocation.lead_search import with_leads
from footprint.allocation.network import Network
from footprint.allocation.problem import WTE_SCALE, IntArray
from footprint.allocation.quiet import quiet

#: sets of PCNs that are looked at for one team; a team with more goes without this help
MOST_SETS = 128
#: nodes of one search of HiGHS
NODES = 2_000
#: what costs come to in the program, whatever they are: solvers go by absolute tolerances
_SCALE = 10_000.0
#: half a unit, or a tolerance at that scale, by which a cost may be missed: it is checked later
_HALF, _TOLERANCE = 0.5, 1e-5

#: what HiGHS says when it has proved that there is no answer
_INFEASIBLE = 2

#: PCNs that a team can lead together
Set = tuple[int, tuple[int, ...]]


def single_sets(net: Network, cap: int, service: str) -> dict[Set, int]:
    """
    Return teams and PCNs of which the one can lead the other within a cost, with that cost.

    Parameters
    ----------
    net
        The service's network, without lead teams.
    cap
        Units that an arrangement may cost.
    service
        Whose it is, for errors.
    """
    part = net.pairs
    team, pcn = net.tail[part] - 1, net.head[part] - 1 - net.teams
    pairs = sorted(set(zip(team.tolist(), pcn.tolist(), strict=True)))
    known = {(t, (p,)): _least(net, (t, (p,)), service) for t, p in pairs}
    return {key: cost for key, cost in known.items() if cost is not None and cost <= cap}


def larger_sets(net: Network, singles: Mapping[Set, int], cap: int, service: str) -> list[Set]:
    """
    Return every set of PCNs that a team can lead within a cost, the empty one included.

    Parameters
    ----------
    net, cap, service
        As for :func:`single_sets`.
    singles
        What :func:`single_sets` gives.

    Returns
    -------
    sets
        Of the teams that have at most :data:`MOST_SETS` of them.
    """
    out: list[Set] = []
    for team in sorted({team for team, _ in singles}):
        own = [pcns for t, pcns in singles if t == team]
        level, tried = own, len(own)
        mine = [(), *own]
        while level and tried <= MOST_SETS:
            good = set(level)
            joined = [
                (*pcns, last)
                for pcns, (last,) in itertools.product(level, own)
                if last > pcns[-1]
                # a set can be led only if all its parts can
                and all((*pcns[:at], *pcns[at + 1 :], last) in good for at in range(len(pcns)))
            ]
            tried += len(joined)
            if tried > MOST_SETS:
                break
            costs = [_least(net, (team, pcns), service) for pcns in joined]
            level = [
                pcns
                for pcns, cost in zip(joined, costs, strict=True)
                if cost is not None and cost <= cap
            ]
            mine += level
        if tried <= MOST_SETS:
            out += [(team, pcns) for pcns in mine]
    return out


def _least(net: Network, one: Set, service: str) -> int | None:
    """Units of the cheapest arrangement in which a team leads a set of PCNs; None: it cannot."""
    team, pcns = one
    leads = np.full(net.pcns, -1)
    leads[list(pcns)] = team
    best = with_leads(net, leads, service)
    return None if best is None else best.cost


@dataclass(frozen=True, eq=False)
class Program:
    """
    The program of one service: rows ``low <= matrix @ x <= high``, ``0 <= x <= top``.

    Parameters
    ----------
    matrix, low, high, top
        WTE, and costs at ``scale``.
    team, pcn
        (Z,) which team may lead which PCN: the binaries, which stand first.
    total
        Column of the cost.
    scale
        What a cost unit comes to in the program.
    """

    matrix: sparse.csr_array
    low: np.ndarray
    high: np.ndarray
    top: np.ndarray
    team: IntArray
    pcn: IntArray
    total: int
    scale: float

    def most(self, cap: int) -> int:
        """PCNs with one team that no arrangement within a cost exceeds: the relaxation's bound."""
        objective = np.zeros(len(self.top))
        objective[: len(self.team)] = -1.0
        found = self._run(objective, cap, 0, whole=False)
        return math.floor(-found.fun + 1e-6) if found.x is not None else 0

    def solve(self, count: int, cap: int) -> tuple[IntArray | None, bool]:
        """
        Find the cheapest arrangement in which at least ``count`` PCNs have one team.

        Parameters
        ----------
        count
            PCNs.
        cap
            Units that it may cost.

        Returns
        -------
        leads
            (pairs that lead,) positions in ``team`` and ``pcn``; None where none was found.
        proven
            Whether it is the cheapest, or there is none.
        """
        objective = np.zeros(len(self.top))
        objective[self.total] = 1.0
        found = self._run(objective, cap, count, whole=True)
        if found.x is None:
            return None, found.status == _INFEASIBLE
        return np.flatnonzero(found.x[: len(self.team)] > 0.5), found.status == 0

    def _run(self, objective: np.ndarray, cap: int, count: int, *, whole: bool) -> Any:  # noqa: ANN401
        size = len(self.team)
        top = self.top.copy()
        top[self.total] = cap * self.scale + max(_HALF * self.scale, _TOLERANCE)
        enough = sparse.csr_array(
            (np.ones(size), (np.zeros(size, dtype=np.int64), np.arange(size))), (1, len(top))
        )
        kind = np.zeros(len(top))
        kind[:size] = whole
        with quiet():
            return optimize.milp(
                objective,
                integrality=kind,
                bounds=optimize.Bounds(0, top),
                constraints=optimize.LinearConstraint(
                    sparse.vstack([self.matrix, enough]).tocsc(),
                    np.append(self.low, count),
                    np.append(self.high, np.inf),
                ),
                options={"mip_rel_gap": 0.0, "node_limit": NODES},
            )


class _Rows:
    """Columns in blocks and rows in blocks of terms, put together at the end."""

    def __init__(self) -> None:
        self.top: list[np.ndarray] = []
        self.terms: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.low: list[np.ndarray] = []
        self.high: list[np.ndarray] = []
        self.columns = self.rows = 0

    def block(self, top: np.ndarray) -> np.ndarray:
        """Add columns from 0 to ``top`` and return their numbers, in its shape."""
        first = self.columns
        self.columns += top.size
        self.top.append(top.ravel().astype(float))
        return np.arange(first, self.columns).reshape(top.shape)

    def add(
        self,
        size: int,
        low: Any,  # noqa: ANN401
        high: Any,  # noqa: ANN401
        *terms: tuple[Any, Any, Any],
    ) -> None:
        """Add rows; each term is row within the block, column, coefficient."""
        for row, column, value in terms:
            at, number = np.asarray(row, dtype=np.int64), np.asarray(column, dtype=np.int64)
            factor = np.broadcast_to(np.asarray(value, dtype=float), number.shape)
            self.terms.append((at + self.rows, number, factor))
        self.low.append(np.broadcast_to(np.asarray(low, dtype=float), size))
        self.high.append(np.broadcast_to(np.asarray(high, dtype=float), size))
        self.rows += size

    def matrix(self) -> sparse.csr_array:
        """Return all rows over all columns."""
        row, column, value = (np.concatenate(part) for part in zip(*self.terms, strict=True))
        return sparse.csr_array((value, (row, column)), shape=(self.rows, self.columns))


def program(net: Network, singles: Mapping[Set, int], sets: list[Set], cap: int) -> Program:
    """
    Write a service's program.

    Parameters
    ----------
    net
        The service's network, without lead teams.
    singles, sets
        What :func:`single_sets` and :func:`larger_sets` give; at least one single.
    cap
        Units that an arrangement may cost at all.
    """
    count = net.pcns
    team = np.array([t for t, _ in singles], dtype=np.int64)
    pcn = np.array([pcns[0] for _, pcns in singles], dtype=np.int64)
    pairs, tiers = net.pairs, net.parts["vacancy"]
    wte = net.capacity / WTE_SCALE
    demand = -net.net[1 + net.teams :] / WTE_SCALE
    staff = net.net[1 : 1 + net.teams] / WTE_SCALE
    arc_team, arc_pcn = net.tail[pairs] - 1, net.head[pairs] - 1 - net.teams
    arc_top = np.minimum(wte[pairs], demand[arc_pcn])
    tier_pcn = net.head[tiers] - 1 - net.teams
    # arcs of a PCN's one team, and the vacancies beside it
    led_pair, led_arc = _matches(team * count + pcn, arc_team * count + arc_pcn)
    led_vacant, vacancy = _matches(pcn, tier_pcn)

    rows = _Rows()
    alone = rows.block(np.ones(len(team)))
    own = rows.block(arc_top[led_arc])
    own_vacant = rows.block(wte[tiers][vacancy])
    shared = rows.block(arc_top)
    shared_vacant = rows.block(wte[tiers])
    total = rows.block(np.array([np.inf]))

    each = np.arange(len(team))
    need = demand[pcn]
    # one team's: it and the vacancy make up the demand, as far as it leads, arc by arc
    rows.add(len(team), 0, 0, (led_pair, own, 1), (led_vacant, own_vacant, 1), (each, alone, -need))
    for pair, column, top in (
        (led_pair, own, arc_top[led_arc]),
        (led_vacant, own_vacant, wte[tiers][vacancy]),
    ):
        at = np.arange(len(pair))
        rows.add(len(pair), -np.inf, 0, (at, column, 1), (at, alone[pair], -top))
    rows.add(
        len(team),
        -np.inf,
        0,
        (led_pair, own, 1),
        (each, alone, -np.minimum(staff[team], need)),
    )
    # who leads is there
    rows.add(len(team), 0, np.inf, (led_pair, own, 1), (each, alone, -1 / WTE_SCALE))
    # shared: the same of what is left
    rows.add(
        count,
        demand,
        demand,
        (arc_pcn, shared, 1),
        (tier_pcn, shared_vacant, 1),
        (pcn, alone, need),
    )
    for where, column, top in (
        (arc_pcn, shared, arc_top),
        (tier_pcn, shared_vacant, wte[tiers]),
    ):
        at, lead = _matches(where, pcn)
        rows.add(
            len(where),
            -np.inf,
            top,
            (np.arange(len(where)), column, 1),
            (at, alone[lead], top[at]),
        )
    rows.add(count, 0, 1, (pcn, alone, 1))
    rows.add(net.teams, 0, staff, (team[led_pair], own, 1), (arc_team, shared, 1))
    _lumps(rows, alone, own, led_pair, (team, pcn), sets, staff, demand)
    scale = _SCALE / max(cap, 1)
    price = net.cost * WTE_SCALE * scale
    rows.add(
        1,
        0,
        0,
        *(
            (np.zeros(len(column)), column, cost)
            for column, cost in (
                (own, price[pairs][led_arc]),
                (own_vacant, price[tiers][vacancy]),
                (shared, price[pairs]),
                (shared_vacant, price[tiers]),
                (total, -1),
            )
        ),
    )
    return Program(
        matrix=rows.matrix(),
        low=np.concatenate(rows.low),
        high=np.concatenate(rows.high),
        top=np.concatenate(rows.top),
        team=team,
        pcn=pcn,
        total=int(total[0]),
        scale=scale,
    )


def _lumps(
    rows: _Rows,
    alone: np.ndarray,
    own: np.ndarray,
    led_pair: np.ndarray,
    lead: tuple[IntArray, IntArray],
    sets: list[Set],
    staff: np.ndarray,
    demand: np.ndarray,
) -> None:
    """Add what a team gives to those it leads: no more than a mix of whole sets can take."""
    if not sets:
        return
    team, pcn = lead
    mix = rows.block(np.ones(len(sets)))
    of_set = np.array([t for t, _ in sets], dtype=np.int64)
    known = np.unique(of_set)
    number = np.full(len(staff), -1)
    number[known] = np.arange(len(known))
    rows.add(len(known), 1, 1, (number[of_set], mix, 1))
    listed = np.flatnonzero(number[team] >= 0)
    at = {pair: row for row, pair in enumerate(zip(team[listed], pcn[listed], strict=True))}
    members = [(at[t, p], mix[column]) for column, (t, pcns) in enumerate(sets) for p in pcns]
    row, column = (np.array(part, dtype=np.int64) for part in zip(*members, strict=True))
    rows.add(len(listed), 0, 0, (np.arange(len(listed)), alone[listed], 1), (row, column, -1))
    takes = np.array([min(staff[t], demand[list(pcns)].sum()) for t, pcns in sets])
    mine = np.flatnonzero(number[team[led_pair]] >= 0)
    rows.add(
        len(known),
        -np.inf,
        0,
        (number[team[led_pair[mine]]], own[mine], 1),
        (number[of_set], mix, -takes),
    )


def _matches(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions of every pair of equal values: in ``left``, ascending, and in ``right``."""
    order = np.argsort(right, kind="stable")
    ranked = right[order]
    low, high = (np.searchsorted(ranked, left, side=side) for side in ("left", "right"))
    size = high - low
    row = np.repeat(np.arange(len(left)), size)
    within = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    return row, order[low[row] + within]
