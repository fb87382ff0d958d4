"""Check 4: other PCNs' practices in between a PCN's own."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import networkx as nx
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, QhullError

from footprint.checks.ground import Ground
from footprint.checks.verdict import FLAG, PASS, Severity, Verdict, not_judged
from footprint.words import counted, listed, proper

CHECK = "practices_between"
THRESHOLD = "the PCN's places form one group"


def practices_between(ground: Ground) -> list[Verdict]:
    """
    Judge whether each PCN's places form one component of the Delaunay graph of all places.

    The briefing of 2019: "physically distant from one another, with practices from different PCNs
    in between". Practices in no PCN are left out; neighbours' practices count.
    """
    xy = shapely.get_coordinates(ground.places.to_numpy())
    graph = neighbour_graph(xy)
    lengths = nx.to_scipy_sparse_array(graph, nodelist=range(len(xy)), weight="weight")
    beside = [set(graph[place]) for place in range(len(xy))]
    there = ground.at_place["place"].to_numpy()
    whose_is = ground.at_place["pcn_code"].to_numpy(dtype=object)
    rank = pd.factorize(ground.at_place["pcn_code"], sort=True)[0]
    practices = ground.at_place.index.map(ground.patch.practices["practice_name"])
    names = ground.names.to_dict()
    members = ground.at_place.groupby("pcn_code").indices
    whose: list[set[str]] = [set() for _ in range(len(xy))]
    for place, code in zip(ground.at_place["place"], ground.at_place["pcn_code"], strict=True):
        whose[place].add(code)
    out = []
    for code in ground.judged:
        name = names[code]
        own = sorted({int(there[at]) for at in members.get(code, ())})
        if not own:
            why = f"No practice of {name} has a known place."
            out.append(not_judged(code, CHECK, THRESHOLD, why))
            continue
        pieces = sorted(_pieces(own, beside), key=lambda p: (-len(p), min(p)))
        if len(pieces) == 1:
            words = f"No other PCN's practice lies between {name}'s practices."
            out.append(Verdict(code, CHECK, PASS, "none", 1, THRESHOLD, words))
            continue
        way = _way(lengths, pieces, code, whose)
        others = np.flatnonzero(np.isin(there, way) & (whose_is != code))
        called = {at: proper(str(practices[at])) for at in others}
        told = [
            f"{called[at]} ({names[whose_is[at]]})"
            for at in others[np.lexsort((there[others], rank[others]))]
        ]
        whose_are = "other PCNs" if len({whose_is[at] for at in others}) > 1 else "another PCN"
        words = (
            f"{name}'s practices stand in {len(pieces)} separate groups, with"
            f" {counted(len(told), 'practice')} of {whose_are} in between: {listed(told, 4)}."
        )
        away = len(own) - len(pieces[0])
        drawn = [
            (f"group {number}", shapely.MultiPoint(xy[sorted(piece)]))
            for number, piece in enumerate(pieces, start=1)
        ]
        drawn += [
            (called[at], point)
            for at, point in zip(others, shapely.points(xy[there[others]]), strict=True)
        ]
        severity: Severity = "strong" if away * 3 >= len(own) else "mild"
        out.append(
            Verdict(code, CHECK, FLAG, severity, len(pieces), THRESHOLD, words, tuple(drawn))
        )
    return out


def neighbour_graph(xy: np.ndarray) -> nx.Graph:
    """
    Return the Delaunay graph of (n, 2) points in metres, edges with their length.

    Up to three points, or points on one line, are joined in the order in which they lie.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(len(xy)))
    try:
        triangles = Delaunay(xy).simplices if len(xy) > 2 else np.empty((0, 3), dtype=int)
    except QhullError:
        triangles = np.empty((0, 3), dtype=int)
    if len(triangles):
        pairs = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])
    else:
        order = np.lexsort((xy[:, 1], xy[:, 0])) if len(xy) else np.empty(0, dtype=int)
        pairs = np.column_stack([order[:-1], order[1:]])
    pairs = np.unique(np.sort(pairs, axis=1), axis=0)
    lengths = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    graph.add_weighted_edges_from(
        (int(a), int(b), float(length)) for (a, b), length in zip(pairs, lengths, strict=True)
    )
    return graph


def _pieces(own: Collection[int], beside: Sequence[Collection[int]]) -> list[set[int]]:
    """Pieces into which places fall that are joined only by those next to them."""
    left, pieces = set(own), []
    while left:
        piece, new = set(), {left.pop()}
        while new:
            piece |= new
            new = {place for one in new for place in beside[one]} & left
            left -= new
        pieces.append(piece)
    return pieces


def _way(
    lengths: csr_array, pieces: list[set[int]], code: str, whose: Sequence[Collection[str]]
) -> list[int]:
    """Places of others on the shortest ways that would join the pieces to the largest."""
    found: set[int] = set()
    joined = sorted(pieces[0])
    for piece in pieces[1:]:
        # ways from all that is joined so far, in one sweep
        metres, before, _ = dijkstra(
            lengths, directed=False, indices=joined, min_only=True, return_predecessors=True
        )
        place = min(piece, key=lambda one: (metres[one], one))
        while place >= 0:
            if code not in whose[place]:
                found.add(place)
            place = int(before[place])
        joined = sorted({*joined, *piece})
    return sorted(found)
