"""Lines over water and ways over land."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from footprint.adjacency import small_area_edges
from footprint.land import Land, blocked, road_metres, survey
from footprint.policy import Policy

coordinates = st.integers(0, 5_000).map(float)
points = st.tuples(coordinates, coordinates)


def over(water: list[shapely.Polygon]) -> Land:
    """Ground of which only the water matters."""
    none, flat = np.empty(0), np.empty((0, 2))
    shapes = np.array(water, dtype=object)
    cuts = np.array([], dtype=object)
    return Land(pd.Index([]), flat, none, shapes, shapes, cuts, csr_array((0, 0)), 1.0)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(points, min_size=3, max_size=8, unique=True), min_size=1, max_size=4),
    st.lists(st.tuples(points, points), min_size=1, max_size=12),
)
@example(
    [
        [(1.0, 0.0), (1.0, 58.0), (3.0, 0.0), (2313.0, 72.0)],
        [(0.0, 2499.0), (1.0, 0.0), (144.0, 0.0)],
        [(0.0, 0.0), (0.0, 1257.0), (182.0, 0.0)],
    ],
    [((0.0, 0.0), (187.0, 167.0))],
)
def test_wet_lines_are_those_that_shapely_finds_wet(
    corners: list[list[tuple[float, float]]], lines: list
) -> None:
    """More than 250 m of a line in lakes with inlets and islands is what intersection says."""
    lakes: list[shapely.Polygon] = []
    for each in corners:
        shape = shapely.convex_hull(shapely.multipoints(each)).buffer(30).simplify(1)
        # an island in the middle, and no lake upon another
        shape = shape.difference(shape.centroid.buffer(200)).difference(shapely.union_all(lakes))
        lakes += [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    start = np.array([line[0] for line in lines])
    end = np.array([line[1] for line in lines])
    # lake by lake: a union of lakes with slivers between them may come out empty
    wet = [
        shapely.length(shapely.intersection(shapely.linestrings(line), lakes)).sum()
        for line in lines
    ]
    told = blocked(start, end, over(lakes))
    for metres, says in zip(wet, told, strict=True):
        # on the line between wet and dry rounding may decide
        assert says == (metres > 250) or abs(metres - 250) < 1e-6


def test_a_line_that_starts_in_water_is_wet_from_there() -> None:
    """Water behind the start does not count, water from the start on does."""
    #   ~~~~~~ from 0 to 1,000 m
    land = over([shapely.box(0, 0, 1_000, 1_000)])
    start = np.array([[500.0, 500.0], [900.0, 500.0], [1_500.0, 500.0], [-10.0, 500.0]])
    end = np.array([[2_000.0, 500.0], [2_000.0, 500.0], [2_000.0, 500.0], [200.0, 500.0]])
    assert blocked(start, end, land).tolist() == [True, False, False, False]


def test_a_long_way_around_is_found() -> None:
    """A way many times as long as the straight line is as long as its pieces."""
    # A B C D E F     water between A and M but for the far end
    # ~ ~ ~ ~ ~ G
    # M L K J I H
    rows = ["ABCDEF", ".....G", "MLKJIH"]
    side = 2_000.0
    shapes = {
        letter: shapely.box(x * side, (2 - y) * side, (x + 1) * side, (3 - y) * side)
        for y, row in enumerate(rows)
        for x, letter in enumerate(row)
        if letter != "."
    }
    areas = gpd.GeoDataFrame(geometry=list(shapes.values()), index=list(shapes), crs=27700)
    areas = areas.sort_index()
    base = gpd.GeoDataFrame(geometry=[areas.geometry["A"].centroid], index=["T"], crs=27700)
    land = survey(base, areas, small_area_edges(areas), None, policy=Policy())
    home = np.array([land.codes.get_loc("A")])
    metres = road_metres(land.points[home], home, land, np.ones((1, len(areas)), dtype=bool))
    # five squares along, two down, five back
    way = 12 * side / land.zigzag
    assert metres[0, land.codes.get_loc("M")] == np.float64(way)
    assert metres[0, land.codes.get_loc("B")] == side
