"""
The segments of polygons' boundaries, each held against its twin in the polygon beside it.

In a clean coverage nearly every segment of a boundary is a segment of one other polygon's too,
corner by corner. Where it is so, who adjoins whom, how long their border is and that nothing
overlaps are all told by one sort of the segments; geometry need only be asked about the few that
are left: coasts, gaps, and what does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

Shapes = npt.NDArray[np.object_]
Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: share of the segments that may be without a twin before nothing is gained by sorting them
_MOST_ALONE = 0.2
#: pairs of segments that are held against each other before measuring is the quicker way
_MOST_PAIRS = 20_000_000


@dataclass(frozen=True)
class Segments:
    """
    The segments of n polygons' boundaries, polygon by polygon.

    Parameters
    ----------
    xy
        (k, 2) corners of all rings, in the units of the shapes.
    start
        (m,) place in ``xy`` of each segment's first corner; the next is its second.
    owner
        (m,) place of the polygon whose boundary it is, in order.
    left
        (m,) whether the polygon lies on the left of the segment.
    first, second
        (p,) the segments that two polygons share, or one has twice, corner by corner.
    alone
        (s,) the segments that no other is the same as.
    count
        n.
    """

    xy: Floats
    start: Places
    owner: Places
    left: Flags
    first: Places
    second: Places
    alone: Places
    count: int

    @property
    def twice(self) -> bool:
        """Whether none stands more than twice."""
        return 2 * len(self.first) + len(self.alone) == len(self.start)


def segments(shapes: Shapes) -> Segments:
    """
    Take the boundaries of polygons apart and find the segments that two of them share.

    Parameters
    ----------
    shapes
        (n,) of Polygon or MultiPolygon.
    """
    xy, owner, ring, sign = _rings(shapes)
    inside = ring[:-1] == ring[1:]
    start = np.flatnonzero(inside)
    left = _left(xy, ring, start, sign)
    key = _corner_keys(xy)
    # the same whichever way the segment runs
    key = key[start] + key[start + 1]
    order = np.argsort(key)
    same = np.zeros(len(order) + 1, dtype=bool)
    same[1:-1] = key[order[1:]] == key[order[:-1]]
    # exactly two: where three have it, something overlaps
    at = np.flatnonzero(same[1:-1] & ~same[:-2] & ~same[2:])
    alone = order[~same[1:] & ~same[:-1]]
    first, second = np.minimum(order[at], order[at + 1]), np.maximum(order[at], order[at + 1])
    a, b = start[first], start[second]
    true = _one_place(xy, a, b) & _one_place(xy, a + 1, b + 1)
    true |= _one_place(xy, a, b + 1) & _one_place(xy, a + 1, b)
    # keys may agree by chance: then neither has a twin
    alone = np.sort(np.concatenate([alone, first[~true], second[~true]]))
    by = np.argsort(first[true])
    return Segments(
        xy=xy,
        start=start,
        owner=owner[start],
        left=left,
        first=first[true][by],
        second=second[true][by],
        alone=alone,
        count=len(shapes),
    )


def _one_place(xy: Floats, a: Places, b: Places) -> Flags:
    # x and y as one number are fetched and compared at once
    z = np.ascontiguousarray(xy).view(np.complex128)[:, 0]
    same: Flags = z[a] == z[b]
    return same


def _rings(shapes: Shapes) -> tuple[Floats, Places, Places, Places]:
    """Corners of all rings; of each its shape and ring; 1 for a shell, -1 for a hole, by ring."""
    xy, owner = shapely.get_coordinates(shapes, return_index=True)
    number = np.bincount(owner, minlength=len(shapes))
    there = number > 0
    begin = (np.cumsum(number) - number)[there]
    # a shape of one ring ends where it begins, and is not there in between
    z = xy.view(np.complex128)[:, 0]
    again = z == np.repeat(z[begin], number[there])
    plain = np.ones(len(shapes), dtype=bool)
    plain[there] = np.add.reduceat(again, begin) == 2 if len(begin) else True
    plain[there] &= again[begin + number[there] - 1]
    plain &= shapely.get_num_geometries(shapes) == 1
    if plain.all():
        return xy, owner, owner, np.ones(len(shapes), dtype=np.int64)
    # the others ring by ring, behind the last
    odd = np.flatnonzero(~plain)
    parts, whose = shapely.get_parts(shapes[odd], return_index=True)
    rings, part = shapely.get_rings(parts, return_index=True)
    inner, ring = shapely.get_coordinates(rings, return_index=True)
    sign = np.where(np.diff(part, prepend=-1) > 0, 1, -1)
    keep = plain[owner]
    xy = np.concatenate([xy[keep], inner])
    ring = np.concatenate([owner[keep], len(shapes) + ring])
    owner = np.concatenate([owner[keep], odd[whose[part[ring[keep.sum() :] - len(shapes)]]]])
    sign = np.concatenate([np.ones(len(shapes), dtype=np.int64), sign])
    order = np.argsort(owner, kind="stable")
    return xy[order], owner[order], ring[order], sign


def _left(xy: Floats, ring: Places, start: Places, sign: Places) -> Flags:
    """Tell on which side of each segment its polygon lies, however its ring runs."""
    # the sums are of small numbers: corners from the ring's own first
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    near = xy - np.repeat(xy[first], np.diff(np.append(first, len(ring))), axis=0)
    a, b = near[start], near[start + 1]
    twice = np.bincount(ring[start], a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], minlength=len(sign))
    left: Flags = (twice * sign > 0)[ring[start]]
    return left


def _corner_keys(xy: Floats) -> npt.NDArray[np.uint64]:
    """(k,) a number for each corner: the same for the same place."""
    # 0.0 and -0.0 are one place
    bits = np.ascontiguousarray(xy + 0.0).view(np.uint64)
    key: npt.NDArray[np.uint64] = bits[:, 0] * np.uint64(0x9E3779B97F4A7C15)
    key ^= bits[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F)
    key ^= key >> np.uint64(29)
    key *= np.uint64(0xBF58476D1CE4E5B9)
    key ^= key >> np.uint64(32)
    return key


def distinct(xy: Floats) -> tuple[Places, Places]:
    """
    Find the places among corners, of which polygons that adjoin have the same.

    Returns
    -------
    one, which
        (p,) a corner at each place; (k,) for each corner its place, so that ``xy[one][which]`` is
        ``xy``.
    """
    key = _corner_keys(xy)
    order = np.argsort(key)
    new = np.ones(len(order), dtype=bool)
    new[1:] = key[order[1:]] != key[order[:-1]]
    one = order[new]
    which = np.empty(len(order), dtype=np.int64)
    which[order] = np.cumsum(new) - 1
    if not np.array_equal(xy[one][which], xy):
        # keys that agree by chance, or no numbers: each by itself
        one = which = np.arange(len(xy))
    return one, which


def borders(lines: Segments) -> tuple[Places, Places, Floats]:
    """Pairs of polygons (lower place first, sorted) and the length of what both have."""
    a, b = lines.owner[lines.first], lines.owner[lines.second]
    ends = lines.xy[lines.start[lines.first]], lines.xy[lines.start[lines.first] + 1]
    length = np.hypot(*(ends[0] - ends[1]).T)
    pairs, inverse = np.unique(a * lines.count + b, return_inverse=True)
    total = np.bincount(inverse, length, minlength=len(pairs))
    first, second = np.divmod(pairs, max(lines.count, 1))
    other = first != second
    return first[other], second[other], total[other]


def is_coverage(shapes: Shapes, lines: Segments | None = None) -> bool:
    """
    Tell what ``shapely.coverage_is_valid`` tells, many times faster where it is so.

    Parameters
    ----------
    shapes
        (n,) valid polygons.
    lines
        Their segments, where known already.

    Notes
    -----
    How many polygons lie over a place changes only across segments without a twin, where twins
    have their polygons on different sides. Those without are cut into faces, and one place in each
    face is asked how many polygons it is in: none may be in two. Where segments without a twin
    touch but at their ends, or anything else is odd, shapely is asked.
    """
    if not len(shapes):
        return bool(shapely.coverage_is_valid(shapes))
    lines = segments(shapes) if lines is None else lines
    # a twin runs the other way, or has its polygon on the other side for another reason
    sides = _sides(lines)
    few = len(lines.alone) <= _MOST_ALONE * len(lines.start)
    if not (few and lines.twice and sides):
        return bool(shapely.coverage_is_valid(shapes))
    start = lines.start[lines.alone]
    edges = shapely.linestrings(np.stack([lines.xy[start], lines.xy[start + 1]], axis=1))
    if not shapely.is_simple(shapely.multilinestrings(edges)):
        return bool(shapely.coverage_is_valid(shapes))
    faces = shapely.get_parts(shapely.polygonize(edges))
    face, _ = shapely.STRtree(shapes).query(shapely.point_on_surface(faces), predicate="intersects")
    if (np.bincount(face, minlength=1) <= 1).all():
        return True
    return bool(shapely.coverage_is_valid(shapes))


def _sides(lines: Segments) -> bool:
    """Whether all twins have their polygons on different sides, whichever way they run."""
    a, b = lines.start[lines.first], lines.start[lines.second]
    return bool(
        (_one_place(lines.xy, a, b) != (lines.left[lines.first] == lines.left[lines.second])).all()
    )


def may_border(
    lines: Segments, first: Places, second: Places, *, gap_m: float, border_m: float
) -> Flags:
    """
    Tell which pairs of polygons of a clean coverage may border each other, by an upper bound.

    Parameters
    ----------
    lines
        Segments of the polygons.
    first, second
        (p,) places of polygons.
    gap_m, border_m
        As in :func:`footprint.adjacency.small_area_edges`.

    Returns
    -------
    may
        (p,) False where no more than ``border_m`` of the first one's boundary lies within
        ``gap_m`` of the second; True everywhere where it is quicker to measure.
    """
    number = np.bincount(lines.owner, minlength=lines.count)
    begin = np.cumsum(number) - number
    if (number[first] * number[second]).sum() > _MOST_PAIRS:
        return np.ones(len(first), dtype=bool)
    # x and y apart: what is fetched is next to each other
    ends = lines.xy[lines.start], lines.xy[lines.start + 1]
    at, to = ([np.ascontiguousarray(end[:, axis]) for axis in range(2)] for end in ends)
    low = [np.minimum(*pair) for pair in zip(at, to, strict=True)]
    high = [np.maximum(*pair) for pair in zip(at, to, strict=True)]
    there = number > 0
    boxes = []
    for bound, least in ((low, np.minimum), (high, np.maximum)):
        box = [np.full(lines.count, np.nan), np.full(lines.count, np.nan)]
        for axis in range(2):
            box[axis][there] = least.reduceat(bound[axis], begin[there]) if there.any() else []
        boxes.append(box)

    def into(one: Places, other: Places) -> tuple[Places, Places]:
        """Pair and segment of those segments of one that come near the other's box."""
        row, each = _members(one, begin, number)
        keep = np.ones(len(row), dtype=bool)
        for axis in range(2):
            keep &= high[axis][each] >= np.repeat(boxes[0][axis][other] - gap_m, number[one])
            keep &= low[axis][each] <= np.repeat(boxes[1][axis][other] + gap_m, number[one])
        return row[keep], each[keep]

    pair, s = into(first, second)
    by, t = into(second, first)
    # each segment of the one beside each of the other's
    size = np.bincount(by, minlength=len(first))
    row, place = _members(pair, np.cumsum(size) - size, size)
    t = t[place]
    near = np.ones(len(row), dtype=bool)
    for axis in range(2):
        near &= high[axis][s][row] >= low[axis][t] - gap_m
        near &= low[axis][s][row] <= high[axis][t] + gap_m
    row, t = row[near], t[near]
    # of each, from 0 to 1, what is in the boxes around the other's
    enters, leaves = np.zeros(len(row)), np.ones(len(row))
    for axis in range(2):
        begins, step = at[axis][s][row], (to[axis] - at[axis])[s][row]
        with np.errstate(divide="ignore", invalid="ignore"):
            one = (low[axis][t] - gap_m - begins) / step
            other = (high[axis][t] + gap_m - begins) / step
        # a segment along the other axis is in all of the box, or it would not have met it
        along = step == 0
        enters = np.where(along, enters, np.maximum(enters, np.minimum(one, other)))
        leaves = np.where(along, leaves, np.minimum(leaves, np.maximum(one, other)))
    part = np.clip(leaves - enters, 0.0, 1.0)
    share = np.minimum(np.bincount(row, part, minlength=len(s)), 1.0)
    metres = np.hypot(to[0] - at[0], to[1] - at[1])[s]
    total = np.bincount(pair, share * metres, minlength=len(first))
    may: Flags = total > border_m
    return may


def _members(polygons: Places, begin: Places, number: Places) -> tuple[Places, Places]:
    """Row and member of every member of the polygons, which have them in a row from ``begin``."""
    size = number[polygons]
    row = np.repeat(np.arange(len(polygons)), size)
    within = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    return row, np.repeat(begin[polygons], size) + within
