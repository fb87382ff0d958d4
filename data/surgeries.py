"""Where practices stand, so that every network hangs together but the one that must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

from .county import NEIGHBOUR, NETWORKS, SEED
from .land import Floats, metres
from .people import NAMES, Ints, Plan

#: the network whose practices have others' practices between them
BETWEEN = "FIVE PARISHES PCN"
#: this many networks may have a practice far from its fellows
SCATTERED = 3
#: this one is wide country with a practice at either end, and may stay so
WIDE = "CAPE & HYTHE PCN"
STEPS = 6_000


@dataclass
class Practice:
    """A practice: network (-1 none, -2 the neighbour's), small area, point in metres, list."""

    network: int
    area: int
    x: float
    y: float
    patients: float


def components(practices: Sequence[Practice]) -> dict[int, int]:
    """Pieces of each network in the Delaunay graph of the places of practices in a network."""
    held = sorted({(p.x, p.y, p.network) for p in practices if p.network != -1})
    spots = np.array([(x, y) for x, y, _ in held])
    network = np.array([n for _, _, n in held])
    corners = Delaunay(spots).simplices
    a, b = corners.ravel(), np.roll(corners, 1, axis=1).ravel()
    return _pieces(a, b, network)


def _pieces(a: Ints, b: Ints, network: Ints) -> dict[int, int]:
    # pieces of each network, joined by the edges that have one network at both ends
    same = network[a] == network[b]
    graph = coo_array((np.ones(same.sum()), (a[same], b[same])), shape=(len(network),) * 2)
    _, label = connected_components(graph, directed=False)
    _, first = np.unique(label, return_index=True)
    numbers, counts = np.unique(network[first], return_counts=True)
    return dict(zip(numbers.tolist(), counts.tolist(), strict=True))


def _spread(
    cells: Ints, points: Floats, folk: Ints, area: Floats, count: int, rng: np.random.Generator
) -> Ints:
    # k-means on people, then the most built-up small area near each middle
    where = points[cells]
    weight = folk[cells].astype(float)
    order = np.lexsort((cells, where[:, 0] + where[:, 1]))
    cut = np.searchsorted(np.cumsum(weight[order]) / weight.sum(), (np.arange(count) + 0.5) / count)
    middle = where[order[np.minimum(cut, len(cells) - 1)]] + rng.random((count, 2))
    for _ in range(30):
        away = np.hypot(*(where[:, None] - middle[None]).transpose(2, 0, 1))
        mine = np.argmin(away, axis=1)
        for k in range(count):
            if (mine == k).any():
                middle[k] = np.average(where[mine == k], axis=0, weights=weight[mine == k])
    chosen: list[int] = []
    for k in range(count):
        away = np.hypot(*(where - middle[k]).T)
        reach = max(600.0, float(np.median(away[mine == k]))) if (mine == k).any() else 600.0
        rank = np.log(folk[cells] / area[cells]) - (away / reach) ** 2 * 1.5
        for pick in np.argsort(-rank, kind="stable"):
            if int(cells[pick]) not in chosen:
                chosen.append(int(cells[pick]))
                break
    return np.array(chosen)


def place(
    plan: Plan,
    points: Floats,
    sites: Floats,
    folk: Ints,
    polygons: Sequence[shapely.Polygon],
    rural: NDArray[np.bool_],
) -> list[Practice]:
    """
    Put every network's practices into its land; apart from one, no network's are cut apart.

    Practices are moved, at random, until in the Delaunay graph of all places every network
    is in one piece, and the one that is planted to have others' practices between in two; and
    until few networks have a practice far from all its fellows.

    Parameters
    ----------
    plan
        Who holds which small area.
    points
        Middles of the small areas on the drawing board, metres.
    sites
        Where a practice in each small area stands, EPSG:27700.
    folk
        Patients of each small area.
    polygons
        The small areas, EPSG:27700.
    rural
        Whether each is rural: practices of a rural network may stand wider apart.

    Returns
    -------
    practices
        By network, the neighbour's last.
    """
    rng = np.random.default_rng([SEED, 44])
    area = shapely.area(np.array(polygons))
    practices: list[Practice] = []
    for number, item in [*enumerate(NETWORKS), (-2, NEIGHBOUR)]:
        if number == -2:
            near = np.hypot(*(points - metres(*item.seeds[0][:2])).T)
            pools = [np.flatnonzero((plan.owner == -1) & (near < 6_000))]
        else:
            pools = _pools(plan, number, points)
        counts = np.round(
            item.practices
            * np.array([folk[pool].sum() for pool in pools])
            / sum(folk[pool].sum() for pool in pools)
        ).astype(int)
        counts[0] += item.practices - counts.sum()
        for pool, count in zip(pools, counts, strict=True):
            size = 0.55 + 0.9 * rng.random(count)
            held = item.patients * folk[pool].sum() / sum(folk[p].sum() for p in pools)
            if number == -2:
                held = item.patients
            held *= 0.988 + 0.024 * rng.random()
            for cell, share in zip(
                _spread(pool, points, folk, area, count, rng), size / size.sum(), strict=True
            ):
                practices.append(
                    Practice(
                        number,
                        int(cell),
                        float(sites[cell, 0]),
                        float(sites[cell, 1]),
                        held * share,
                    )
                )
    reach = {}
    for number in range(len(NETWORKS)):
        mine = plan.owner == number
        country = folk[mine & rural].sum() > 0.5 * folk[mine].sum()
        if NAMES[number] != WIDE:
            reach[number] = 7_800.0 if country else 2_900.0
    _untangle(practices, plan, points, sites, folk / area, reach, rng)
    return practices


def _pools(plan: Plan, number: int, points: Floats) -> list[Ints]:
    # the small areas of each seed of a network; an island is apart
    mine = np.flatnonzero(plan.owner == number)
    over = np.isin(mine, plan.notes["island"])
    if over.any():
        return [mine[~over], mine[over]]
    seeds = NETWORKS[number].seeds
    away = np.array([np.hypot(*(points[mine] - metres(x, y)).T) for x, y, _ in seeds])
    nearest = np.argmin(away, axis=0)
    return [mine[nearest == k] for k in range(len(seeds))]


def _untangle(
    practices: list[Practice],
    plan: Plan,
    points: Floats,
    sites: Floats,
    dense: Floats,
    reach: dict[int, float],
    rng: np.random.Generator,
) -> None:
    # a random walk that never goes up: networks in pieces first, then practices far apart
    faults = _faults(practices, reach)
    for _ in range(STEPS):
        if not faults[0] and len(faults[1]) <= SCATTERED:
            return
        troubled = faults[0] or faults[1]
        number = troubled[int(rng.random() * len(troubled))]
        mine = [p for p in practices if p.network == number]
        if faults[0] and rng.random() < 0.4:
            # or it is a neighbour that stands in the way
            middle = np.mean([(p.x, p.y) for p in mine], axis=0)
            mine = sorted(
                (p for p in practices if p.network >= 0),
                key=lambda p: float(np.hypot(p.x - middle[0], p.y - middle[1])),
            )[:12]
        moved = mine[int(rng.random() * len(mine))]
        if moved.network < 0:
            continue
        pool = next(p for p in _pools(plan, moved.network, points) if moved.area in p)
        taken = {p.area for p in practices}
        free = np.array([c for c in pool.tolist() if c not in taken])
        if not len(free):
            continue
        weight = np.cumsum(np.sqrt(dense[free]))
        cell = int(free[np.searchsorted(weight, rng.random() * weight[-1])])
        before = (moved.area, moved.x, moved.y)
        moved.area, (moved.x, moved.y) = cell, sites[cell].tolist()
        now = _faults(practices, reach)
        if (len(now[0]), len(now[1])) > (len(faults[0]), len(faults[1])):
            moved.area, moved.x, moved.y = before
        else:
            faults = now
    raise AssertionError([[NAMES[n] for n in some] for some in faults])


def _faults(practices: list[Practice], reach: dict[int, float]) -> tuple[list[int], list[int]]:
    # networks that are not in as many pieces as planned, and networks with far-off practices
    planted = NAMES.index(BETWEEN)
    target = {number: 2 if number == planted else 1 for number in [-2, *range(len(NETWORKS))]}
    # both ways: the neighbour's places may or may not count
    with_it = components(practices)
    without = components([p for p in practices if p.network != -2])
    wrong = [n for n in target if with_it[n] != target[n] or without.get(n, target[n]) != target[n]]
    at = np.array([(p.x, p.y) for p in practices])
    network = np.array([p.network for p in practices])
    limit = np.array([reach.get(n, np.inf) for n in network.tolist()])
    away = np.hypot(*(at[:, None] - at[None]).transpose(2, 0, 1))
    a, b = np.nonzero(away <= limit[:, None])
    clusters = _pieces(a, b, network)
    return wrong, [n for n in reach if clusters[n] > 1]
