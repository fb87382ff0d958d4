"""A road network to drive on: places joined by roads, and the shortest ways between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

#: a piece of the network from which less than this share of it can be reached and left again is
#: a yard or a clipped end: no journey starts or ends there
LEAST_PIECE = 0.01
#: a road of no length still is one; a 0 in a sparse matrix may be taken for none
_NO_TIME = 1e-9
#: distances held at a time: sources x nodes
_MOST_CELLS = 20_000_000


@dataclass(frozen=True, eq=False)
class Network:
    """
    Roads as a graph; made once for a patch by :func:`network`.

    N nodes.

    Parameters
    ----------
    points
        (N, 2) metres, EPSG:27700.
    graph
        (N, N) minutes of the quickest road from one node to another, as driven.
    usable
        (n,) nodes at which journeys may start and end: those of pieces that hang together both
        ways and hold at least 1% of the nodes.
    """

    points: FloatArray
    graph: csr_array
    usable: IntArray


def network(arcs: pd.DataFrame) -> Network:
    """
    Build the graph of a road network.

    Parameters
    ----------
    arcs
        from_node, to_node, minutes, x1, y1, x2, y2 (EPSG:27700): a row for each direction of a
        road, as :func:`footprint.sources.roads.roads` reads them. Of several roads between the
        same two nodes the quickest counts.

    Returns
    -------
    network
        Nodes in order of their codes.
    """
    ends = pd.concat([arcs["from_node"], arcs["to_node"]], ignore_index=True)
    codes, names = pd.factorize(ends, sort=True)
    half = len(arcs)
    x = np.concatenate([arcs["x1"].to_numpy(float), arcs["x2"].to_numpy(float)])
    y = np.concatenate([arcs["y1"].to_numpy(float), arcs["y2"].to_numpy(float)])
    # the place of a node is where it stands first
    first = np.full(len(names), len(codes))
    np.minimum.at(first, codes, np.arange(len(codes)))
    points = np.column_stack([x[first], y[first]])

    roads = pd.DataFrame(
        {
            "u": codes[:half],
            "v": codes[half:],
            "minutes": np.maximum(arcs["minutes"].to_numpy(float), _NO_TIME),
        }
    )
    # a sparse matrix would add up what stands twice
    quickest = roads.groupby(["u", "v"], sort=True)["minutes"].min()
    u, v = (quickest.index.get_level_values(level).to_numpy() for level in ("u", "v"))
    graph = csr_array((quickest.to_numpy(), (u, v)), shape=(len(names), len(names)))
    _, piece = connected_components(graph, directed=True, connection="strong")
    size = np.bincount(piece)
    least = min(LEAST_PIECE * len(names), float(size.max()))
    return Network(points, graph, np.flatnonzero(size[piece] >= least))


def snap(roads: Network, points: FloatArray) -> tuple[IntArray, FloatArray]:
    """
    Nearest usable node of each point.

    Parameters
    ----------
    roads
        From :func:`network`.
    points
        (n, 2) metres, EPSG:27700.

    Returns
    -------
    nodes, metres
        (n,) positions of nodes, and the straight line to each.
    """
    metres, at = cKDTree(roads.points[roads.usable]).query(points)
    return roads.usable[at], np.asarray(metres, dtype=float)


def minutes(roads: Network, sources: IntArray, targets: IntArray) -> FloatArray:
    """
    Minutes of the quickest ways (Dijkstra 1959, by scipy).

    Parameters
    ----------
    roads
        From :func:`network`.
    sources, targets
        Positions of nodes.

    Returns
    -------
    minutes
        (sources, targets), ``inf`` where there is no way.
    """
    starts, row = np.unique(sources, return_inverse=True)
    ends, column = np.unique(targets, return_inverse=True)
    out = np.empty((len(starts), len(ends)))
    step = max(1, _MOST_CELLS // max(roads.graph.shape[0], 1))
    for first in range(0, len(starts), step):
        block = slice(first, first + step)
        out[block] = dijkstra(roads.graph, directed=True, indices=starts[block])[:, ends]
    return out[row][:, column]
