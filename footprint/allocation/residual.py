"""The residual graph of a flow: shortest paths, which give dual prices and chains of moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from footprint.allocation.problem import IntArray
from footprint.errors import ModelError

#: above every distance and capacity, with room to add to it
INFINITE = int(np.iinfo(np.int64).max // 4)


@dataclass(frozen=True, eq=False)
class Residual:
    """
    Arcs along which a flow can still be changed, sorted by where they lead.

    Parameters
    ----------
    tail, head, cost
        (R,) residual arcs; a backward arc takes flow back and so costs minus its arc's cost.
    arc
        (R,) position of the network's arc, ``-1 - position`` for a backward one.
    nodes
        Number of nodes; node 0 is the hub.
    """

    tail: IntArray
    head: IntArray
    cost: IntArray
    arc: IntArray
    nodes: int

    @classmethod
    def of(
        cls,
        tail: IntArray,
        head: IntArray,
        capacity: IntArray,
        cost: IntArray,
        flow: IntArray,
        nodes: int,
    ) -> Residual:
        """Residual graph of ``flow`` on the arcs given."""
        forward = np.flatnonzero(flow < capacity)
        back = np.flatnonzero(flow > 0)
        tails = np.concatenate([tail[forward], head[back]])
        heads = np.concatenate([head[forward], tail[back]])
        order = np.lexsort((tails, heads))
        return cls(
            tail=tails[order],
            head=heads[order],
            cost=np.concatenate([cost[forward], -cost[back]])[order],
            arc=np.concatenate([forward, -1 - back])[order],
            nodes=nodes,
        )

    def distances(self, name: str) -> IntArray:
        """
        (nodes,) cost of the cheapest path from the hub; 0 where there is none.

        As :meth:`paths` finds it, but only arcs from nodes that have just come nearer are looked
        at, which leaves no order in which to tell of the paths.

        Raises
        ------
        ModelError
            Where a cycle still lowers the cost, so that the flow is not the cheapest.
        """
        distance = np.full(self.nodes, INFINITE, dtype=np.int64)
        distance[0] = 0
        nearer = np.zeros(self.nodes, dtype=bool)
        nearer[0] = True
        for _ in range(self.nodes + 1):
            arcs = np.flatnonzero(nearer[self.tail])
            if not len(arcs):
                return np.where(distance < INFINITE, distance, 0)
            before = distance.copy()
            np.minimum.at(distance, self.head[arcs], before[self.tail[arcs]] + self.cost[arcs])
            nearer = distance < before
        raise ModelError(f"{name}: the flow is not the cheapest; a cycle still lowers its cost")

    def paths(self, name: str) -> tuple[IntArray, IntArray]:
        """
        Cheapest paths from the hub, by Bellman-Ford, every arc at once in each round.

        Returns
        -------
        distances
            (nodes,) cost units; 0 for a node that nothing leads to (a team without staff), which
            has no arcs of its own.
        last
            (nodes,) position of the residual arc that enters each node, -1 for none.

        Raises
        ------
        ModelError
            Where a cycle still lowers the cost, so that the flow is not the cheapest.
        """
        distance = np.full(self.nodes, INFINITE, dtype=np.int64)
        distance[0] = 0
        last = np.full(self.nodes, -1, dtype=np.int64)
        if not len(self.head):
            return np.zeros(self.nodes, dtype=np.int64), last
        heads, starts = np.unique(self.head, return_index=True)
        sizes = np.diff(np.append(starts, len(self.head)))
        for _ in range(self.nodes + 1):
            through = distance[self.tail]
            through = np.where(through < INFINITE, through + self.cost, INFINITE)
            best = np.minimum.reduceat(through, starts)
            better = best < distance[heads]
            if not better.any():
                return np.where(distance < INFINITE, distance, 0), last
            # the first arc that is as good, so that a chain is the same each time
            hit = np.flatnonzero(through == np.repeat(best, sizes))
            first = hit[np.searchsorted(hit, starts)]
            distance[heads[better]] = best[better]
            last[heads[better]] = first[better]
        raise ModelError(f"{name}: the flow is not the cheapest; a cycle still lowers its cost")
