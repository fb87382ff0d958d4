"""The land: shores, small areas without gaps between them, the way to degrees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer

from .county import (
    BORDER,
    EAST_END,
    ISLAND,
    MAINLAND,
    ORIGIN,
    SEED,
    SETTLEMENTS,
    Settlement,
)

Floats = NDArray[np.float64]
Point = tuple[float, float]

#: people of a small area as planned; real ones hold 1,000 to 3,000
PEOPLE = 1_640
#: degrees are written with this many decimals: 10 cm
DECIMALS = 6

# EPSG:27700 to EPSG:4326 by the seven published parameters, never by a grid that one machine
# has and another has not
_TO_DEGREES = Transformer.from_pipeline(
    "+proj=pipeline +step +inv +proj=tmerc +lat_0=49 +lon_0=-2 +k=0.9996012717 +x_0=400000 "
    "+y_0=-100000 +ellps=airy +step +proj=push +v_3 +step +proj=cart +ellps=airy "
    "+step +proj=helmert +x=446.448 +y=-125.157 +z=542.06 +rx=0.15 +ry=0.247 +rz=0.842 "
    "+s=-20.489 +convention=position_vector +step +inv +proj=cart +ellps=WGS84 "
    "+step +proj=pop +v_3 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
)


def degrees(xy: Floats) -> Floats:
    """Longitude and latitude (n, 2), rounded as they are written, of metres in EPSG:27700."""
    lon, lat = _TO_DEGREES.transform(xy[:, 0], xy[:, 1])
    return np.round(np.column_stack([lon, lat]), DECIMALS)


class Warp:
    """
    A smooth bending of the plane, so that straight lines come out as lines on a map do.

    Sums of sines in three sizes; their slopes stay small, so that nothing folds over. Shared
    points stay shared: what had no gaps before has none after.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        waves = []
        # wavelength and swing in metres
        for length, swing in ((9_000.0, 330.0), (3_000.0, 95.0), (1_000.0, 24.0)):
            for _ in range(10):
                turn, size, start, axis = rng.random(4)
                k = 2 * np.pi / (length * (0.7 + 0.8 * size))
                angle = 2 * np.pi * turn
                heading = 2 * np.pi * axis
                waves.append(
                    (
                        k * np.cos(angle),
                        k * np.sin(angle),
                        2 * np.pi * start,
                        swing * np.cos(heading) / 2.2,
                        swing * np.sin(heading) / 2.2,
                    )
                )
        self._waves = np.array(waves)

    def __call__(self, xy: Floats) -> Floats:
        """Bent points (n, 2) in metres, rounded to a centimetre."""
        w = self._waves
        phase = np.sin(xy[:, :1] * w[:, 0] + xy[:, 1:] * w[:, 1] + w[:, 2])
        bent: Floats = np.round(xy + np.column_stack([phase @ w[:, 3], phase @ w[:, 4]]), 2)
        return bent


def roughen(
    points: Sequence[Point], rng: np.random.Generator, *, swing: float, step: float
) -> list[Point]:
    """
    Fractal line by midpoint displacement.

    Parameters
    ----------
    points
        The coarse line, metres.
    rng
        Where the swings come from; used the same number of times for the same line.
    swing
        Largest sideways move of a midpoint as a share of the piece's length.
    step
        Pieces longer than this are halved, metres.

    Returns
    -------
    line
        The fine line with the same two ends.
    """
    line = list(points)
    while True:
        out = [line[0]]
        done = True
        for (x0, y0), (x1, y1) in pairwise(line):
            dx, dy = x1 - x0, y1 - y0
            if np.hypot(dx, dy) > step:
                done = False
                side = swing * (2 * float(rng.random()) - 1)
                out.append(((x0 + x1) / 2 - dy * side, (y0 + y1) / 2 + dx * side))
            out.append((x1, y1))
        line = out
        if done:
            return line


def _smooth(points: Sequence[Point], times: int = 2) -> list[Point]:
    # Chaikin's corner cutting on a closed ring
    ring = list(points)
    for _ in range(times):
        pairs = zip(ring, ring[1:] + ring[:1], strict=True)
        ring = [
            (a[0] * f + b[0] * (1 - f), a[1] * f + b[1] * (1 - f))
            for a, b in pairs
            for f in (0.75, 0.25)
        ]
    return ring


def shore(points: Iterable[Point], rng: np.random.Generator) -> shapely.Polygon:
    """Land within a coarse ring in kilometres: smoothed, roughened, metres in EPSG:27700."""
    ring = [(ORIGIN[0] + 1000 * x, ORIGIN[1] + 1000 * y) for x, y in points]
    ring = _smooth(ring, 1)
    fine = roughen([*ring, ring[0]], rng, swing=0.27, step=200.0)
    land = shapely.make_valid(shapely.Polygon(fine))
    return max(shapely.get_parts(land), key=lambda part: part.area)


def metres(x: float, y: float) -> Point:
    """Metres in EPSG:27700 of a point of the drawing board in kilometres."""
    return ORIGIN[0] + 1000 * x, ORIGIN[1] + 1000 * y


def scatter(
    land: shapely.Geometry, settlements: Sequence[Settlement], rng: np.random.Generator
) -> tuple[Floats, NDArray[np.int64]]:
    """
    Middle points of the small areas: many where people live, few elsewhere.

    Returns
    -------
    points
        Metres, (n, 2).
    settlement
        The number of the settlement that each belongs to, -1 in the open country.
    """
    points: list[Point] = []
    home: list[int] = []

    def fits(spot: Point, gap: float) -> bool:
        if not shapely.contains_xy(land, *spot):
            return False
        near = np.array(points).reshape(-1, 2) - spot
        return bool((np.hypot(near[:, 0], near[:, 1]) > gap).all())

    for number, place in enumerate(settlements):
        count = max(1, round(place.people / PEOPLE))
        middle = metres(place.x, place.y)
        spacing = 1000 * place.radius * np.sqrt(np.pi / count)
        made = 0
        tries = 0
        while made < count:
            tries += 1
            share = float(rng.random()) ** 0.6
            angle = 2 * np.pi * float(rng.random())
            away = 1000 * place.radius * share
            spot = (middle[0] + away * np.cos(angle), middle[1] + away * np.sin(angle))
            # narrower in the middle, and less choosy when it gets hard to find room
            gap = spacing * (0.42 + 0.45 * share) * 0.985 ** (tries / count)
            if fits(spot, gap):
                points.append(spot)
                home.append(number)
                made += 1
    # the open country: wide apart, wider in the uplands of the north-east
    for gap, tries in ((4_300.0, 600), (3_300.0, 700), (2_500.0, 900)):
        for _ in range(tries):
            x, y = -2 + 72 * float(rng.random()), 47 * float(rng.random())
            upland = max(0.0, 1 - np.hypot(x - 50, (y - 37) * 1.1) / 11)
            if fits(metres(x, y), gap * (1 + 0.55 * upland)):
                points.append(metres(x, y))
                home.append(-1)
    return np.array(points), np.array(home)


def cells(land: shapely.Geometry, points: Floats) -> list[shapely.Polygon]:
    """
    One piece of land for each point: Voronoi cells, every piece cut off by water given away.

    A piece that does not hold its cell's point goes to the neighbour with the longest shared
    border; one without neighbours is dropped (a skerry).
    """
    frame = shapely.box(*land.bounds).buffer(30_000)
    voronoi = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=frame)
    raw = shapely.get_parts(voronoi)
    at, cell = shapely.STRtree(raw).query(shapely.points(points), predicate="within")
    order = np.empty(len(points), dtype=int)
    order[at] = cell
    pieces: list[shapely.Polygon] = []
    stray: list[shapely.Polygon] = []
    for number, polygon in enumerate(raw[order]):
        parts = shapely.get_parts(shapely.intersection(polygon, land))
        parts = [part for part in parts if part.geom_type == "Polygon"]
        spot = shapely.Point(points[number])
        parts.sort(key=lambda part: (not part.contains(spot), -part.area))
        pieces.append(parts[0])
        stray.extend(parts[1:])
    for part in sorted(stray, key=lambda s: -s.area):
        shared = shapely.length(shapely.intersection(part.boundary, np.array(pieces)))
        best = int(np.argmax(shared))
        if shared[best] > 1:
            joined = shapely.union(pieces[best], part)
            if joined.geom_type == "Polygon":
                pieces[best] = joined
    return [_node(piece) for piece in pieces]


def _node(piece: shapely.Polygon) -> shapely.Polygon:
    # one centimetre grid: the same crossing computed from two sides comes out the same
    return shapely.transform(shapely.Polygon(piece.exterior), lambda xy: np.round(xy, 2))


def bend(pieces: Sequence[shapely.Polygon], warp: Warp) -> list[shapely.Polygon]:
    """
    Natural lines in place of straight ones; neighbours keep every vertex in common.

    Each straight piece of a border is roughened once, in a fixed direction, whoever asks; where
    that makes a polygon cross itself its borders are left straighter.
    """
    calm: Counter[tuple[Point, Point]] = Counter()
    vertices = {p for piece in pieces for p in _points(piece)}
    while True:
        lines: dict[tuple[Point, Point], list[Point]] = {}
        out = []
        for piece in pieces:
            ring: list[Point] = []
            spots = _points(piece)
            for a, b in zip(spots, spots[1:] + spots[:1], strict=True):
                key = (min(a, b), max(a, b))
                if key not in lines:
                    lines[key] = _line(key, 0.11 * 0.5 ** calm[key])
                line = lines[key]
                ring.extend(line[:-1] if key[0] == a else line[:0:-1])
            out.append(shapely.Polygon(warp(np.array(ring))))
        valid = shapely.is_valid(np.array(out))
        tree = shapely.STRtree(out)
        left, right = tree.query(out, predicate="overlaps")
        bad = set(np.flatnonzero(~valid)) | set(left) | set(right)
        if not bad:
            return out
        assert max(calm.values(), default=0) < 12, (len(vertices), sorted(bad))
        for number in sorted(bad):
            spots = _points(pieces[int(number)])
            for a, b in zip(spots, spots[1:] + spots[:1], strict=True):
                calm[min(a, b), max(a, b)] += 1


def _points(piece: shapely.Polygon) -> list[Point]:
    xy = shapely.get_coordinates(piece.exterior)[:-1]
    spots = [(float(x), float(y)) for x, y in xy]
    return [p for p, q in zip(spots, spots[1:] + spots[:1], strict=True) if p != q]


def _line(key: tuple[Point, Point], swing: float) -> list[Point]:
    (x0, y0), (x1, y1) = key
    rng = np.random.default_rng([SEED, round(x0 * 10), round(y0 * 10), round(x1 * 10)])
    length = np.hypot(x1 - x0, y1 - y0)
    return roughen(key, rng, swing=swing, step=max(170.0, length / 9))


def beyond(x: float, y: float) -> bool:
    """Whether a point of the drawing board (km) lies in the neighbouring county."""
    edge = np.interp(-y, [-b[1] for b in BORDER], [b[0] for b in BORDER])
    return bool(x > edge)


def make() -> tuple[list[shapely.Polygon], Floats, NDArray[np.int64], Warp]:
    """
    The whole land.

    Returns
    -------
    polygons
        Small areas, EPSG:27700, a coverage without gaps; the far east is cut off.
    points
        Their middle points on the unbent drawing board, metres.
    home
        The settlement of each, -1 in the open country.
    warp
        What bends the drawing board.
    """
    rng = np.random.default_rng([SEED, 1])
    mainland, island = shore(MAINLAND, rng), shore(ISLAND, rng)
    land = shapely.union_all([mainland, island])
    points, home = scatter(land, SETTLEMENTS, rng)
    pieces = cells(land, points)
    keep = points[:, 0] < ORIGIN[0] + 1000 * EAST_END
    points, home = points[keep], home[keep]
    pieces = [piece for piece, kept in zip(pieces, keep, strict=True) if kept]
    warp = Warp(np.random.default_rng([SEED, 2]))
    return bend(pieces, warp), points, home, warp
