"""The faults that are planted: what a check has to find, and what it has to leave alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .county import EAST, NETWORKS, WEST
from .land import Floats, metres
from .people import NAMES, Ints, Plan, borders
from .surgeries import Practice, components

#: stray small areas: (who holds the land around, who has most patients in one piece of it)
FRAGMENTS = (
    ("SOUTH SHORE PCN", "PELLMOUTH & DISTRICT PCN"),
    ("OTTER VALLEY PCN", "OTTERSBY BAY PCN"),
)
#: a patch's small area in which the neighbour from over the border has most patients
LOST = "KESTRELBY PCN"
#: practices of both commissioners in one network: this one, and how many are the other's
MIXED, OTHERS = "MID-AVERSHIRE PCN", 2
#: a practice in no network, in the middle of this one's land
LONER, LONER_LIST = "AVERCHESTER CENTRAL PCN", 6_150.0
#: two practices of this network share a building
SHARED = "PELLMOUTH & DISTRICT PCN"


class Ground:
    """Who touches whom, and who lies on the sea."""

    def __init__(self, polygons: Sequence[shapely.Polygon], inside: NDArray[np.bool_]) -> None:
        self.i, self.j, self.shared = borders(polygons)
        self.count = len(polygons)
        self.inside = inside
        girth = shapely.length(np.array(polygons))
        touch = np.bincount(self.i, self.shared, self.count)
        touch += np.bincount(self.j, self.shared, self.count)
        self.coast = girth - touch > 200

    def pieces(self, mine: NDArray[np.bool_], *, extra: tuple[int, int] | None = None) -> Ints:
        """Piece (0, 1, ...) of each of some small areas, joined over borders or a bridge."""
        keep = (self.shared > 60) & mine[self.i] & mine[self.j]
        i, j = self.i[keep], self.j[keep]
        if extra is not None:
            i, j = np.append(i, extra[0]), np.append(j, extra[1])
        graph = coo_array((np.ones(len(i)), (i, j)), shape=(self.count, self.count))
        _, label = connected_components(graph, directed=False)
        _, piece = np.unique(label[mine], return_inverse=True)
        return np.asarray(piece, dtype=np.int64)

    def around(self, cell: int, least: float = 0) -> Ints:
        """Small areas that touch one along more than some metres of border."""
        wide = self.shared > least
        return np.concatenate([self.j[wide & (self.i == cell)], self.i[wide & (self.j == cell)]])


def stray(plan: Plan, practices: Sequence[Practice], points: Floats, ground: Ground) -> Ints:
    """
    Who is to have most patients in each small area: the plan, two fragments, one area lost.

    A stray area lies on the sea or on a third network's land, so that it is no hole; it takes
    no practice with it and leaves the rest of its holder in one piece.
    """
    holder = plan.owner.copy()
    holder[holder == -1] = -9
    taken = {p.area for p in practices}
    bridge = (plan.notes["bridge"][0], plan.notes["bridge"][1])

    def pick(old: int, new: int, *, apart: bool) -> int:
        spots = np.array([points[p.area] for p in practices if p.network == new])
        cells = [int(c) for c in np.flatnonzero(holder == old) if int(c) not in taken]
        near = {c: float(np.hypot(*(spots - points[c]).T).min()) for c in cells}
        for cell in sorted(cells, key=lambda c: near[c]):
            beside = set(holder[ground.around(cell)].tolist())
            others = set(holder[ground.around(cell, 60)].tolist()) - {old}
            left = holder == old
            left[cell] = False
            whole = ground.pieces(left, extra=bridge if left[list(bridge)].all() else None)
            if whole.max() > 0 or bool(apart and new in beside):
                continue
            if apart and not (ground.coast[cell] or others - {-9}):
                continue
            if not apart and -9 not in others:
                continue
            return cell
        raise AssertionError((NAMES[old], new))

    plan.notes["fragments"] = []
    for old, new in FRAGMENTS:
        cell = pick(NAMES.index(old), NAMES.index(new), apart=True)
        holder[cell] = NAMES.index(new)
        plan.notes["fragments"].append(cell)
    cell = pick(NAMES.index(LOST), -2, apart=False)
    holder[cell] = -2
    plan.notes["lost"] = [cell]
    return holder


def share_building(practices: list[Practice]) -> None:
    """Move one practice into the building of its nearest fellow, where that cuts nothing."""
    before = components(practices)
    mine = [p for p in practices if p.network == NAMES.index(SHARED)]
    pairs = [(a, b) for a in mine for b in mine if a is not b]
    for a, b in sorted(pairs, key=lambda ab: float(np.hypot(ab[0].x - ab[1].x, ab[0].y - ab[1].y))):
        old = (b.area, b.x, b.y)
        b.area, b.x, b.y = a.area, a.x, a.y
        without = [p for p in practices if p.network != -2]
        if components(practices) == before and components(without) == {
            k: n for k, n in before.items() if k != -2
        }:
            return
        b.area, b.x, b.y = old
    raise AssertionError(SHARED)


def loner(plan: Plan, practices: list[Practice], points: Floats, sites: Floats) -> None:
    """Add the practice in no network."""
    taken = {p.area for p in practices}
    number = NAMES.index(LONER)
    middle = metres(*NETWORKS[number].seeds[0][:2])
    cells = [int(c) for c in np.flatnonzero(plan.owner == number) if int(c) not in taken]
    cell = min(cells, key=lambda c: float(np.hypot(*(points[c] - middle))))
    x, y = sites[cell].tolist()
    practices.append(Practice(-1, cell, x, y, LONER_LIST))


def commissioners(
    plan: Plan, practices: Sequence[Practice], points: Floats
) -> tuple[list[str], list[str]]:
    """
    Commissioner of each practice and of each small area ("" beyond the patch).

    All of a network's are the network's, apart from the mixed one: its practices nearest to the
    city are the other commissioner's, and so is the land around the first of them.
    """
    mixed = NAMES.index(MIXED)
    city = metres(*NETWORKS[0].seeds[0][:2])
    mine = [k for k, p in enumerate(practices) if p.network == mixed]
    mine.sort(key=lambda k: (float(np.hypot(*(points[practices[k].area] - city))), k))
    other = set(mine[:OTHERS])
    swap = {WEST: EAST, EAST: WEST}
    by_practice = []
    for k, p in enumerate(practices):
        own = NETWORKS[p.network].commissioner if p.network >= 0 else EAST
        by_practice.append("" if p.network == -2 else swap[own] if k in other else own)
    spots = np.array([points[practices[k].area] for k in mine])
    by_area = []
    for cell, number in enumerate(plan.owner.tolist()):
        code = NETWORKS[number].commissioner if number >= 0 else ""
        if number == mixed and int(np.argmin(np.hypot(*(spots - points[cell]).T))) == 0:
            code = swap[code]
        by_area.append(code)
    return by_practice, by_area


def cut(holder: Ints, points: Floats, ground: Ground) -> tuple[int, int]:
    """
    Two small areas on the estuary whose border is to be cut by hand without any consequence.

    They belong to networks that still adjoin elsewhere along two borders or more.
    """
    best: list[tuple[float, int, int]] = []
    wide = ground.shared > 60
    pairs = np.sort(np.stack([holder[ground.i], holder[ground.j]], axis=1), axis=1)
    head = metres(28.3, 20.9)
    for k in np.flatnonzero(wide & ground.coast[ground.i] & ground.coast[ground.j]):
        i, j = int(ground.i[k]), int(ground.j[k])
        same = wide & (pairs == pairs[k]).all(axis=1)
        if holder[i] != holder[j] and min(holder[i], holder[j]) >= 0 and same.sum() > 2:
            away = float(np.hypot(*((points[i] + points[j]) / 2 - head)))
            best.append((away, i, j))
    _, i, j = min(best)
    return i, j
