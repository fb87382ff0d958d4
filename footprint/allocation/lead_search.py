"""
Many PCNs with one team each, by flows alone: quick at any size, and good, but not proven.

What a pair of team and PCN costs to be used at all is put on its price per WTE, as the charge over
the staff it carried last time (dynamic slope scaling: Kim and Pardalos 1999), so that small shares
become dear and wither; the charge is then sought at which the cost is what it may be.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from footprint.allocation.network import Network, cheapest, led
from footprint.allocation.problem import IntArray

#: arcs above which a flow takes long enough to be sparing with them
MANY_ARCS = 5_000
#: cost units that a charge may add to a hundredth: far above any price, far below what overflows
DEAREST = 10**11
#: flows at most that the last, local search asks for
LOCAL_FLOWS = 1_000


@dataclass(frozen=True, eq=False)
class Found:
    """
    An arrangement in which PCNs have one team.

    Parameters
    ----------
    leads
        (P,) position of the one team that serves a PCN, -1 where several or none do.
    cost
        Units that the cheapest flow with these lead teams costs.
    staff
        (T, P) WTE hundredths of that flow.
    """

    leads: IntArray
    cost: int
    staff: IntArray

    @property
    def count(self) -> int:
        """PCNs with one team."""
        return int((self.leads >= 0).sum())

    @property
    def rank(self) -> tuple[int, int]:
        """More PCNs with one team, then less cost: the larger the better."""
        return self.count, -self.cost


def sole(staff: IntArray) -> IntArray:
    """(P,) position of the team that serves a PCN alone, -1 where several or none do."""
    there = staff > 0
    if not len(there):
        return np.full(there.shape[1], -1)
    return np.where(there.sum(axis=0) == 1, there.argmax(axis=0), -1)


def with_leads(net: Network, leads: IntArray, service: str) -> Found | None:
    """
    Return the cheapest arrangement in which PCNs have the lead teams given.

    Others may come to have one team as well, and count. None where a team cannot lead.
    """
    fixed = led(net, leads)
    if fixed is None:
        return None
    flow = cheapest(fixed, service)
    staff = fixed.staff(flow)
    return Found(sole(staff), fixed.total(flow), staff)


def search(net: Network, first: Found, cap: int, service: str) -> Found:
    """
    Look for an arrangement with as many PCNs with one team as a cost allows.

    Parameters
    ----------
    net
        The service's network, without lead teams.
    first
        The cheapest arrangement.
    cap
        Units that an arrangement may cost.
    service
        Whose it is, for errors.

    Returns
    -------
    found
        No worse than ``first``, at no more than ``cap``.
    """
    large = len(net.tail) > MANY_ARCS
    rounds, steps = (4, 3) if large else (6, 10)
    best = first
    low = high = 0.0
    last = np.maximum(_most(net), 1.0)
    open_pcns = int((first.staff.any(axis=0) & (first.leads < 0)).sum())
    charge = max(cap - first.cost, 1) / max(open_pcns, 1)
    for _ in range(steps if open_pcns else 0):
        for _ in range(rounds):
            staff = net.staff(cheapest(net, service, _charged(net, charge, last)))
            last = np.where(staff > 0, staff, last)
        tried = with_leads(net, sole(staff), service)
        if tried is not None and tried.cost <= cap:
            best = max(best, tried if large else _widen(net, tried, cap, service), key=_rank)
            low, charge = charge, charge * 3 if not high else math.sqrt(charge * high)
        else:
            high, charge = charge, charge / 3 if not low else math.sqrt(charge * low)
        if low and high < 1.05 * low:
            break
    return max(best, _widen(net, best, cap, service), key=_rank)


def improve(net: Network, found: Found, cap: int, service: str) -> Found:
    """
    Add a lead team, change one, or give one up for another, while that is for the better.

    Parameters
    ----------
    net, cap, service
        As for :func:`search`.
    found
        Where to start.

    Returns
    -------
    found
        No worse, after at most :data:`LOCAL_FLOWS` flows.
    """
    left = LOCAL_FLOWS
    better = True
    while better and left > 0:
        better = False
        for leads in _near(net, found):
            left -= 1
            tried = with_leads(net, leads, service)
            if tried is not None and tried.cost <= cap and tried.rank > found.rank:
                found, better = tried, True
                break
            if left <= 0:
                break
    return found


def ways(net: Network) -> np.ndarray:
    """(T, P) whether any of a team's staff can work at a PCN."""
    return _most(net) > 0


def _rank(found: Found) -> tuple[int, int]:
    return found.rank


def _most(net: Network) -> np.ndarray:
    """(T, P) WTE hundredths that could go from a team to a PCN, 0 where there is no way."""
    return net.staff(np.minimum(net.capacity, np.abs(net.net[net.tail])))


def _charged(net: Network, charge: float, last: np.ndarray) -> IntArray:
    part = net.pairs
    cost = net.cost.copy()
    carried = last[net.tail[part] - 1, net.head[part] - 1 - net.teams]
    cost[part] += np.rint(np.minimum(charge / carried, DEAREST)).astype(np.int64)
    return cost


def _widen(net: Network, found: Found, cap: int, service: str) -> Found:
    """Give the PCNs that are nearly one team's to that team: as many as the cost allows."""
    while True:
        staff = found.staff
        open_pcns = np.flatnonzero(staff.any(axis=0) & (found.leads < 0))
        others = (staff.sum(axis=0) - staff.max(axis=0))[open_pcns]
        order = open_pcns[np.lexsort((open_pcns, others))]
        wider = found
        low, high = 0, len(order)
        # costs all but rise with the number, so that its limit is found by halving
        while low < high:
            middle = (low + high + 1) // 2
            leads = found.leads.copy()
            leads[order[:middle]] = staff[:, order[:middle]].argmax(axis=0)
            tried = with_leads(net, leads, service)
            if tried is not None and tried.cost <= cap:
                low, wider = middle, max(wider, tried, key=_rank)
            else:
                high = middle - 1
        if wider.count <= found.count:
            return found
        found = wider


def _near(net: Network, found: Found) -> Iterator[IntArray]:
    """Lead teams that differ from those found in one PCN, or in two that share a team."""
    open_ways = ways(net)
    for fresh in (True, False):
        for pcn in np.arange(net.pcns):
            if (found.leads[pcn] < 0) == fresh:
                for team in np.flatnonzero(open_ways[:, pcn]):
                    if team != found.leads[pcn]:
                        leads = found.leads.copy()
                        leads[pcn] = team
                        yield leads
    for pcn in np.flatnonzero((found.leads < 0) & open_ways.any(axis=0)):
        for team in np.flatnonzero(open_ways[:, pcn]):
            for other in np.flatnonzero(found.leads == team):
                leads = found.leads.copy()
                leads[pcn], leads[other] = team, -1
                yield leads
