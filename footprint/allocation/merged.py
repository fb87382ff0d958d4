"""PCNs that locks hold together, as one unit each: what a group takes whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import networkx as nx
import numpy as np

from footprint.allocation.contiguity import components, graph_of
from footprint.allocation.locks import Locked
from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.region import BoolArray, Region


@dataclass(frozen=True, eq=False)
class Merged:
    """
    A region of units, each a PCN or several that locks hold together; U units, P PCNs.

    Parameters
    ----------
    region
        Of units; its locks are those apart and to a team.
    unit
        (P,) unit of each PCN.
    near
        (P, P) whether two PCNs adjoin inside one label.
    loose
        (U,) units whose own PCNs do not hang together: what holds one may still be in pieces.
    """

    region: Region
    unit: IntArray
    near: BoolArray
    loose: BoolArray

    def summed(self, values: FloatArray) -> FloatArray:
        """(U,) sums of what each PCN has, (P,)."""
        return np.bincount(self.unit, values, len(self.loose))

    def whole(self, sets: BoolArray) -> BoolArray:
        """(m,) whether sets of units, (m, U) and connected as such, hang together as PCNs."""
        found = np.ones(len(sets), dtype=bool)
        rows = np.flatnonzero(sets[:, self.loose].any(axis=1))
        members = sets[rows][:, self.unit]
        near = self.near.astype(np.float32)
        # from the first PCN of each, to all neighbours at a time
        reached = members & (members.cumsum(axis=1) == 1)
        while len(rows):
            grown = members & (reached | (reached @ near > 0))
            if (grown == reached).all():
                break
            reached = grown
        found[rows] = (reached == members).all(axis=1)
        return found


def merge(region: Region) -> Merged | None:
    """
    Make one unit of what locks hold together; None where it can be in no group for its labels.

    Costs, staff asked for and patients add up; a team has a road to a unit where it has one to
    all of it. Units stand in the order of their first PCNs.
    """
    pcns = region.cost.shape[1]
    parts = components(graph_of(pcns, region.locks.together), range(pcns))
    if any(len(set(region.label[part].tolist())) > 1 for part in parts):
        return None
    unit = np.empty(pcns, dtype=np.int64)
    for number, part in enumerate(parts):
        unit[part] = number
    first = [part[0] for part in parts]
    road = np.stack([region.road[:, part].all(axis=1) for part in parts], axis=1)
    graph = graph_of(pcns, region.edges, region.label.tolist())
    between = {(int(min(unit[[a, b]])), int(max(unit[[a, b]]))) for a, b in graph.edges}
    locks = Locked(
        apart=tuple((int(unit[a]), int(unit[b])) for a, b in region.locks.apart),
        base=tuple((int(unit[p]), t) for p, t in region.locks.base),
    )
    one = replace(
        region,
        cost=_added(region.cost, first, unit),
        load=np.where(road, _added(region.load, first, unit), 0),
        road=road,
        population=np.bincount(unit, region.population, len(parts)).astype(np.int64),
        edges=tuple(sorted((a, b) for a, b in between if a != b)),
        links=(),
        label=region.label[first],
        locks=locks,
    )
    loose = np.array([len(components(graph, part)) > 1 for part in parts])
    near = nx.to_numpy_array(graph, nodelist=range(pcns), dtype=bool)
    return Merged(one, unit, near, loose)


def _added(values: IntArray, first: list[int], unit: IntArray) -> IntArray:
    """(T, U) sums over the PCNs of each unit, of (T, P)."""
    order = np.argsort(unit, kind="stable")
    starts = np.searchsorted(unit[order], np.arange(len(first)))
    return np.add.reduceat(values[:, order], starts, axis=1)
