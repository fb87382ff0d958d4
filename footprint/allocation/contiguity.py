"""Groups that hang together: components, separators, and links for what the map cuts off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

import networkx as nx
import numpy as np

from footprint.allocation.problem import FloatArray, IntArray

Edge = tuple[int, int]
#: a, b, separator: who holds a and b together holds one of the separator too
Cut = tuple[int, int, tuple[int, ...]]


def graph_of(nodes: int, edges: Iterable[Edge], label: Sequence[object] | None = None) -> nx.Graph:
    """
    Graph on ``nodes`` positions; with ``label``, only edges inside one label.

    Nodes and edges go in sorted, so that every walk over it comes out the same.
    """
    graph = nx.Graph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from((a, b) for a, b in sorted(edges) if label is None or label[a] == label[b])
    return graph


def components(graph: nx.Graph, members: Collection[int]) -> list[list[int]]:
    """Connected parts of ``members``, each sorted, by their lowest position."""
    found = nx.connected_components(graph.subgraph(members))
    return sorted(sorted(part) for part in found)


def links(graph: nx.Graph, minutes: FloatArray, label: Sequence[int]) -> tuple[Edge, ...]:
    """
    Links that would make each label's part of the graph connected, nearest first.

    Two PCNs are as near as the shortest way from one to the other through any base, which is what
    is known of them; the nearest pair of two components is joined, then the next (Kruskal).

    Parameters
    ----------
    graph
        Adjacency, already without edges across labels.
    minutes
        (T, P) travel, ``inf`` for no road.
    label
        (P,) what links may not cross.

    Returns
    -------
    links
        Pairs of positions, lower first, in sorted order; none where nothing is cut off.
    """
    part = np.zeros(graph.number_of_nodes(), dtype=np.int64)
    for number, members in enumerate(components(graph, list(graph))):
        part[members] = number
    labels = np.asarray(label)
    a, b = np.triu_indices(len(part), 1)
    apart = (part[a] != part[b]) & (labels[a] == labels[b])
    a, b = a[apart], b[apart]
    if not len(a):
        return ()
    through = (minutes[:, a] + minutes[:, b]).min(axis=0, initial=np.inf)
    found = []
    for i in np.lexsort((b, a, through)):
        if part[a[i]] != part[b[i]]:
            part[part == part[b[i]]] = part[a[i]]
            found.append((int(a[i]), int(b[i])))
    return tuple(sorted(found))


def separators(graph: nx.Graph, members: Sequence[int], weight: IntArray) -> list[Cut]:
    """
    What a group in pieces breaks: pairs (a, b, separator), none where it hangs together.

    A connected group with both a and b must hold a PCN of every set that separates them. For each
    piece, b is in the heaviest piece, a is the piece's heaviest PCN, and the separator is the
    smallest part of the piece's border that still cuts b off (Fischetti et al. 2017; used for
    districting by Validi, Buchanan and Lykhovyd 2022).

    Parameters
    ----------
    graph
        Adjacency.
    members
        The group.
    weight
        (P,) patients.
    """
    parts = components(graph, members)
    if len(parts) < 2:
        return []

    def heaviest(part: list[int]) -> int:
        return max(part, key=lambda p: (weight[p], -p))

    main = max(parts, key=lambda part: (int(weight[part].sum()), -part[0]))
    found = []
    for part in parts:
        if part is main:
            continue
        # both ways round: the border near the piece, and the border near the main part
        for inner, outer in ((part, main), (main, part)):
            border = {n for p in inner for n in graph[p]} - set(inner)
            rest = graph.subgraph(set(graph) - set(inner) - border)
            seen = nx.node_connected_component(rest, outer[0]) if outer[0] in rest else set()
            # an outer PCN cannot be on the border, or the two would be one piece
            near = tuple(sorted(n for n in border if any(m in seen for m in graph[n])))
            cut = (heaviest(inner), heaviest(outer), near)
            if cut not in found:
                found.append(cut)
    return found


def beyond(graph: nx.Graph, start: int, separator: Collection[int]) -> list[int]:
    """PCNs on one side of a separator, sorted: where ``start`` is."""
    return sorted(nx.node_connected_component(graph.subgraph(set(graph) - set(separator)), start))
