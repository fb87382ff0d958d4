"""Who lives where, and which network each small area is meant for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from .county import NETWORKS, SEED
from .land import Floats, metres

Ints = NDArray[np.int64]

#: borders shorter than this (m) join nothing here: well above what any adjacency rule asks
BORDER = 60.0
NAMES = [network.name for network in NETWORKS]


def people(count: int) -> Ints:
    """Registered patients of each small area: 1,000 to 3,000, most near 1,640."""
    rng = np.random.default_rng([SEED, 3])
    bell = rng.random((count, 4)).sum(axis=1) - 2
    lives: Ints = np.round(np.clip(1_635 * np.exp(0.34 * bell), 1_010, 2_950)).astype(np.int64)
    return lives


def borders(polygons: Sequence[shapely.Polygon]) -> tuple[Ints, Ints, Floats]:
    """Pairs of small areas (i < j) and the metres of border that they share."""
    shapes = np.array(polygons)
    i, j = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    i, j = i[i < j], j[i < j]
    shared = shapely.length(shapely.intersection(shapes[i], shapes[j]))
    return i[shared > 0], j[shared > 0], shared[shared > 0]


def bridge(
    polygons: Sequence[shapely.Polygon], inside: NDArray[np.bool_]
) -> tuple[int, int, list[int]]:
    """The island's and the mainland's small areas nearest to each other; all the island's."""
    i, j, _ = borders(polygons)
    count = len(polygons)
    ones = np.ones(len(i))
    _, part = connected_components(coo_array((ones, (i, j)), shape=(count, count)), directed=False)
    sizes = np.bincount(part)
    island = np.flatnonzero(part != np.argmax(sizes))
    main = np.flatnonzero((part == np.argmax(sizes)) & inside)
    shapes = np.array(polygons)
    gap = shapely.distance(shapes[island][:, None], shapes[main][None, :])
    a, b = np.unravel_index(np.argmin(gap), gap.shape)
    return int(island[a]), int(main[b]), [int(k) for k in island]


@dataclass
class Plan:
    """
    The land as it was dealt out to networks.

    ``owner`` is the number of the network that is to hold each small area, -1 beyond the patch;
    ``notes`` says which small areas carry what fault.
    """

    owner: Ints
    notes: dict[str, list[int]]


def _graph(i: Ints, j: Ints, count: int, cost: Floats) -> coo_array:
    return coo_array((cost, (i, j)), shape=(count, count))


def deal(
    points: Floats, folk: Ints, inside: NDArray[np.bool_], polygons: Sequence[shapely.Polygon]
) -> Plan:
    """
    Deal the patch's small areas out to the networks, each part of one in one piece.

    Each seed of a network grows over neighbouring areas; a head start per seed is tuned until
    the patients come out as planned. What a seed wins hangs together, because every area on the
    shortest way to it is won as well. The two networks around Thrushford share a seed: the
    inner one takes the areas nearest to the middle that touch no one else.
    """
    count = len(points)
    i, j, shared = borders(polygons)
    island, head, whole = bridge(polygons, inside)
    keep = (shared > BORDER) & inside[i] & inside[j]
    i, j = np.append(i[keep], head), np.append(j[keep], island)
    away = np.hypot(*(points[i] - points[j]).T) / 1000
    graph = _graph(i, j, count, away**0.6)

    seeds: list[int] = []
    network: list[int] = []
    wanted: list[float] = []
    town, vale = NAMES.index("THRUSHFORD TOWN PCN"), NAMES.index("THRUSH VALE PCN")
    patch = np.flatnonzero(inside)
    for number, item in enumerate(NETWORKS):
        if number == vale:
            continue
        for x, y, share in item.seeds:
            near = np.hypot(*(points[patch] - metres(x, y)).T)
            seed = head if item.name == "SORREL SOUND PCN" else int(patch[np.argmin(near)])
            seeds.append(seed)
            network.append(number)
            both = item.patients + (NETWORKS[vale].patients if number == town else 0)
            wanted.append(both * share)
    want = np.array(wanted) * folk[inside].sum() / np.sum(wanted)
    far = dijkstra(graph, directed=False, indices=seeds)[:, patch]
    start = np.zeros(len(seeds))
    best, found = np.inf, np.zeros(len(patch), dtype=np.int64)
    for step in range(400):
        won = np.argmin(far - start[:, None], axis=0)
        have = np.bincount(won, weights=folk[patch], minlength=len(seeds))
        miss = float(np.abs(have / want - 1).max())
        if miss < best:
            best, found = miss, won
        start += (0.5 if step < 150 else 0.12) * np.log(want / np.maximum(have, 1))
    owner = np.full(count, -1)
    owner[patch] = np.array(network)[found]

    # the inner network of the ring
    middle = metres(*NETWORKS[town].seeds[0][:2])
    shapes = np.array(polygons)
    ring = np.flatnonzero(owner == town)
    others = shapely.union_all(shapes[owner != town])
    rim = shapely.union_all(shapes[ring]).boundary
    inner = ring[
        ~shapely.dwithin(shapes[ring], others, 150) & ~shapely.dwithin(shapes[ring], rim, 150)
    ]
    inner = inner[np.argsort(np.hypot(*(points[inner] - middle).T))]
    within = np.cumsum(folk[inner]) <= NETWORKS[town].patients
    owner[ring] = vale
    owner[inner[within]] = town
    notes = {"bridge": [island, head], "island": whole}
    return Plan(owner, notes | {"inner": sorted(map(int, inner[within]))})
