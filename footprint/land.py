"""
The ground between bases and small areas: speeds, water, and the ways over land.

Water without a crossing is no road: a straight line that crosses it is replaced by the way over
land, from small area to adjoining small area.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from footprint.adjacency import CUT, polygonal, shared_borders
from footprint.errors import ModelError
from footprint.joining.common import union
from footprint.policy import Policy

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]
Geometries = npt.NDArray[np.object_]

#: metres of water on a straight line that a road is taken to get over
WATER_M = 250.0
#: gaps between boundaries narrower than about this many metres are not water
_GAP_M = 10.0
#: vertices of a piece of water after cutting up: small pieces make the search quick
_PIECE = 16
#: lines held against water at a time
_LINES = 5_000
#: ways over land are looked for within this many straight lines first
_DETOUR = 2.0
#: areas from which and to which the zig-zag of the graph is measured
_FROM, _TO = 20, 200


@dataclass(frozen=True, eq=False)
class Land:
    """
    What journeys are estimated over; made once for a patch by :func:`survey`.

    N small areas.

    Parameters
    ----------
    codes
        Small area codes, sorted: the order of everything else.
    points
        (N, 2) a point inside each area, metres in EPSG:27700.
    pace
        (N,) minutes per metre of straight line to each area, the detour included.
    shapes
        (N,) the areas themselves.
    water, cuts
        Pieces of water, and borders that cannot be crossed; both empty where there are none.
    graph
        (N, N) metres between the points of adjoining areas; None where nothing is in the way.
    zigzag
        How much longer the way through the points is than the straight line, where nothing is in
        the way: 1 or more.
    """

    codes: pd.Index
    points: FloatArray
    pace: FloatArray
    shapes: Geometries
    water: Geometries
    cuts: Geometries
    graph: csr_array | None
    zigzag: float


def survey(
    bases: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    edges: pd.DataFrame,
    surroundings: gpd.GeoDataFrame | gpd.GeoSeries | None,
    *,
    policy: Policy,
) -> Land:
    """
    Points, speeds, water and ways over land of a patch.

    Water is what the convex hull of bases and areas holds beside all the land given; land that
    no input shows (a country that the boundaries file leaves out) counts as water.

    Parameters
    ----------
    bases
        Points in EPSG:27700, indexed by ``team_id``.
    areas
        Small areas in EPSG:27700, indexed by code, with ``rural`` (bool, missing where there is
        no class; the column may be absent). Where the way around water leaves the patch, the
        areas of that way too.
    edges
        As from :func:`footprint.adjacency.small_area_edges`.
    surroundings
        Land around the areas, in EPSG:27700; None or empty where there is none.
    policy
        ``detour`` and the speeds.

    Returns
    -------
    land
        What :mod:`footprint.travel` estimates minutes over.

    Raises
    ------
    ModelError
        When a small area has no geometry.
    """
    areas = areas.sort_index()
    shapes = polygonal(areas.geometry.to_numpy())
    points = shapely.get_coordinates(shapely.point_on_surface(shapes))
    if len(points) != len(shapes):
        raise ModelError("a small area has no geometry")
    if "rural" in areas:
        rural = areas["rural"].astype("boolean")
    else:
        rural = pd.Series(pd.NA, index=areas.index, dtype="boolean")
    speed = np.where(rural.fillna(False), policy.speed_rural, policy.speed_urban)
    speed = np.where(rural.isna(), policy.speed_unclassed, speed)
    pace = policy.detour * 60 / (speed * 1000)

    # what may lie in the way; nothing else is worked out where nothing does
    starts = shapely.get_coordinates(bases.geometry.to_numpy())
    around = [] if surroundings is None else surroundings.geometry.to_numpy()
    water = _water(np.concatenate([points, starts]), shapes, np.asarray(around, dtype=object))
    i, j = (areas.index.get_indexer(pd.Index(edges[end])) for end in ("a", "b"))
    cut = (edges["source"] == CUT).to_numpy()
    known = (i >= 0) & (j >= 0)
    cuts = shared_borders(areas, edges.loc[known & cut]).to_numpy()
    land = Land(areas.index, points, pace, shapes, water, cuts, None, 1.0)
    if not len(water) and not len(cuts):
        return land

    # the graph of adjoining areas, as long as the lines between their points
    i, j = i[known & ~cut], j[known & ~cut]
    metres = np.hypot(*(points[i] - points[j]).T)
    both = (np.concatenate([i, j]), np.concatenate([j, i]))
    graph = csr_array(coo_array((np.tile(metres, 2), both), shape=(len(points),) * 2))
    land = dataclasses.replace(land, graph=graph)
    return dataclasses.replace(land, zigzag=_zigzag(land))


def starting_points(bases: gpd.GeoDataFrame, land: Land) -> tuple[FloatArray, npt.NDArray[np.intp]]:
    """
    Where journeys start.

    Parameters
    ----------
    bases
        Points in EPSG:27700.
    land
        As from :func:`survey`.

    Returns
    -------
    starts, homes
        (B, 2) metres, and the position of the small area from whose point each base's way over
        land goes on: the one that it lies in, else the nearest.
    """
    points = bases.geometry.to_numpy()
    if land.graph is None:
        homes = np.zeros(len(points), dtype=np.intp)
    else:
        homes = shapely.STRtree(land.shapes).nearest(points)
    return shapely.get_coordinates(points), homes


def straight_metres(starts: FloatArray, land: Land) -> FloatArray:
    """(B, N) metres of straight line from each start to each small area's point."""
    east = starts[:, None, 0] - land.points[None, :, 0]
    north = starts[:, None, 1] - land.points[None, :, 1]
    return np.hypot(east, north)


def road_metres(
    starts: FloatArray, homes: npt.NDArray[np.intp], land: Land, wanted: BoolArray
) -> FloatArray:
    """
    Metres as the crow would walk: straight, but around water and cut borders.

    Where a straight line crosses more than 250 m of water in all, or a cut border, the distance
    is that of the shortest path through the points of adjoining areas, divided by the usual
    zig-zag of such paths; it is never less than the straight line.

    Parameters
    ----------
    starts, homes
        As from :func:`starting_points`.
    land
        As from :func:`survey`.
    wanted
        (B, N) the pairs for which this is worked out; the others keep the straight line.

    Returns
    -------
    metres
        (B, N), ``inf`` where there is no way over land.
    """
    metres = straight_metres(starts, land)
    if land.graph is None:
        return metres
    i, j = np.nonzero(wanted)
    around = blocked(starts[i], land.points[j], land)
    i, j = i[around], j[around]
    if len(i):
        path = _path_metres(homes[i], j, land)
        path += np.hypot(*(starts[i] - land.points[homes[i]]).T)
        metres[i, j] = np.maximum(metres[i, j], path / land.zigzag)
    return metres


def _path_metres(
    source: npt.NDArray[np.intp], target: npt.NDArray[np.intp], land: Land
) -> FloatArray:
    """(n,) metres of the shortest paths over land, ``inf`` where there is none."""
    out = np.full(len(source), np.inf)
    _, piece = connected_components(land.graph, directed=False)
    joined = np.flatnonzero(piece[source] == piece[target])
    if not len(joined):
        return out
    straight = np.hypot(*(land.points[source] - land.points[target]).T)
    joined = joined[np.argsort(source[joined], kind="stable")]
    places, first = np.unique(source[joined], return_index=True)
    for place, ways in zip(places, np.split(joined, first[1:]), strict=True):
        # a whole country need not be searched for the way around an estuary
        limit = _DETOUR * land.zigzag * max(straight[ways].max(), 1000.0)
        while np.isinf(out[ways]).any():
            out[ways] = dijkstra(land.graph, indices=place, limit=limit)[target[ways]]
            limit *= 2
    return out


def blocked(start: FloatArray, end: FloatArray, land: Land) -> BoolArray:
    """
    Tell which straight lines cross more than 250 m of water in all, or a cut border.

    Parameters
    ----------
    start, end
        (n, 2) metres.
    land
        As from :func:`survey`.

    Returns
    -------
    blocked
        (n,)
    """
    out = np.zeros(len(start), dtype=bool)
    if len(land.water):
        edges = _water_edges(land.water)
        tree, boxes = shapely.STRtree(land.water), shapely.bounds(land.water)
        # long lines meet much water: some at a time, so that memory has an end
        for first in range(0, len(start), _LINES):
            some = slice(first, first + _LINES)
            out[some] = _wet_metres(start[some], end[some], tree, boxes, edges) > WATER_M
    if len(land.cuts):
        lines = shapely.linestrings(np.stack([start, end], axis=1))
        line, _ = shapely.STRtree(land.cuts).query(lines, predicate="intersects")
        out[line] = True
    return out


def _water_edges(water: Geometries) -> tuple[FloatArray, IntArray, IntArray]:
    """Edges (x, y, x, y; water to the left), and of each piece the first edge and the number."""
    rings, whose = shapely.get_rings(shapely.orient_polygons(water), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    own = ring[:-1] == ring[1:]
    edges = np.column_stack([xy[:-1], xy[1:]])[own]
    held = np.bincount(whose[ring[:-1][own]], minlength=len(water))
    return edges, np.cumsum(held) - held, held


def _wet_metres(
    start: FloatArray,
    end: FloatArray,
    tree: shapely.STRtree,
    boxes: FloatArray,
    water: tuple[FloatArray, IntArray, IntArray],
) -> FloatArray:
    """
    (n,) metres of each line that lie in water, or less where they are no more than 250 anyway.

    From each edge that a line crosses on its way into water it is wet to its end, and from each on
    its way out it is dry: the sum of both, with signs, is the length inside. Edges behind the start
    count as crossed there.
    """
    line, piece = tree.query(shapely.linestrings(np.stack([start, end], axis=1)))
    way = end - start
    metres = np.hypot(*way.T)
    # no line is wet for longer than it lies in the boxes of water
    most = _shares_in_boxes(start[line], way[line], boxes[piece]) * metres[line]
    near = (most > 0) & (np.bincount(line, most, minlength=len(start))[line] > WATER_M)
    line, piece = line[near], piece[near]

    # every edge of every piece near a line
    edges, first, held = water
    many = held[piece]
    before = np.cumsum(many) - many
    edge = edges[np.arange(many.sum()) + np.repeat(first[piece] - before, many)]
    line = np.repeat(line, many)

    # which side of the line do its two ends lie on?
    east, north = way[line].T
    x, y = edge[:, 0] - start[line, 0], edge[:, 1] - start[line, 1]
    to_x, to_y = edge[:, 2] - start[line, 0], edge[:, 3] - start[line, 1]
    left, left_to = east * y - north * x, east * to_y - north * to_x
    inward = (left >= 0) & (left_to < 0)
    cross = np.flatnonzero(inward | ((left < 0) & (left_to >= 0)))
    line, along = line[cross], left[cross] / (left[cross] - left_to[cross])
    x = x[cross] + along * (to_x[cross] - x[cross])
    y = y[cross] + along * (to_y[cross] - y[cross])
    share = (x * east[cross] + y * north[cross]) / metres[line] ** 2
    rest = 1 - np.clip(share, 0.0, 1.0)
    signed = np.where(inward[cross], rest, -rest)
    return np.bincount(line, signed, minlength=len(start)) * metres


def _shares_in_boxes(start: FloatArray, way: FloatArray, boxes: FloatArray) -> FloatArray:
    """(n,) share of each line, 0 to 1, in the box beside it (west, south, east, north)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = (boxes[:, :2] - start) / way, (boxes[:, 2:] - start) / way
    # a line along an axis that starts on a box's side: 0 / 0, and in the box all the way
    enter, leave = np.fmin(low, high), np.fmax(low, high)
    share = np.minimum(leave.min(axis=1), 1.0) - np.maximum(enter.max(axis=1), 0.0)
    return np.where(np.isnan(share), 1.0, np.maximum(share, 0.0))


def _zigzag(land: Land) -> float:
    def spread(count: int) -> npt.NDArray[np.intp]:
        step = np.linspace(0, len(land.points) - 1, min(count, len(land.points)))
        return np.unique(step.astype(np.intp))

    source, target = spread(_FROM), spread(_TO)
    path = dijkstra(land.graph, indices=source)[:, target].ravel()
    start = np.repeat(land.points[source], len(target), axis=0)
    end = np.tile(land.points[target], (len(source), 1))
    straight = np.hypot(*(start - end).T)
    usable = np.isfinite(path) & (straight > 0)
    usable[usable] = ~blocked(start[usable], end[usable], land)
    return float(np.median(path[usable] / straight[usable])) if usable.any() else 1.0


def _water(points: FloatArray, shapes: Geometries, around: Geometries) -> Geometries:
    # straight lines between points never leave the points' convex hull; a little more, so that
    # lines along its edge lie in it too
    hull = shapely.buffer(shapely.convex_hull(shapely.multipoints(points)), WATER_M)
    gaps = shapely.difference(hull, union(shapes))
    if len(around):
        gaps = shapely.difference(gaps, shapely.union_all(shapely.intersection(around, hull)))
    parts = shapely.get_parts(polygonal(np.array([gaps], dtype=object)))
    parts = parts[shapely.get_dimensions(parts) == 2]
    # slivers between boundaries, and ponds that no line can be wet in for long
    size = np.hypot(*(shapely.bounds(parts)[:, 2:] - shapely.bounds(parts)[:, :2]).T)
    parts = parts[(size > WATER_M) & (2 * shapely.area(parts) > _GAP_M * shapely.length(parts))]
    return _cut_up(parts)


def _cut_up(parts: Geometries) -> Geometries:
    done = []
    while len(parts):
        small = shapely.get_num_coordinates(parts) <= _PIECE
        done.append(parts[small])
        parts = parts[~small]
        if not len(parts):
            break
        # halve what is left across its longer side
        west, south, east, north = shapely.bounds(parts).T
        wide = east - west > north - south
        middle_x = np.where(wide, (west + east) / 2, east)
        middle_y = np.where(wide, north, (south + north) / 2)
        low = shapely.intersection(parts, shapely.box(west, south, middle_x, middle_y))
        rest_x, rest_y = np.where(wide, middle_x, west), np.where(wide, south, middle_y)
        high = shapely.intersection(parts, shapely.box(rest_x, rest_y, east, north))
        parts = shapely.get_parts(np.concatenate([low, high]))
        parts = shapely.get_parts(polygonal(parts))
        parts = parts[shapely.get_dimensions(parts) == 2]
    return np.concatenate(done) if done else np.array([], dtype=object)
