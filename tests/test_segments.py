"""Segments of boundaries, and what they tell of a coverage without asking geometry."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import affinity

from footprint.segments import borders, distinct, is_coverage, may_border, segments


def array(*shapes: shapely.Geometry) -> np.ndarray:
    return np.array(shapes, dtype=object)


def squares(rows: int, columns: int) -> np.ndarray:
    return array(*(shapely.box(x, y, x + 1, y + 1) for y in range(rows) for x in range(columns)))


def test_twins_are_found_whichever_way_rings_run():
    """A side of two squares is one pair, and both know on which side their square lies."""
    west, east = shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)
    for one, other in ((west, east), (west.reverse(), east), (west.reverse(), east.reverse())):
        lines = segments(array(one, other))
        assert (len(lines.first), len(lines.alone), len(lines.start)) == (1, 6, 8)
        assert lines.owner[lines.first].tolist() == [0]
        assert lines.owner[lines.second].tolist() == [1]
        assert [part.tolist() for part in borders(lines)] == [[0], [1], [1.0]]
        assert is_coverage(array(one, other))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, -0.0, 0.1, 1e9, np.nan, np.inf])] * 2)))
def test_corners_at_one_place_are_found(corners):
    """Every corner is found again at its place, and no place is there twice."""
    xy = np.array(corners, dtype=float).reshape(-1, 2)
    one, which = distinct(xy)
    assert np.array_equal(xy[one][which], xy, equal_nan=True)
    if not np.isnan(xy).any():
        assert len(one) == len(set(map(tuple, xy.tolist())))


def test_holes_and_parts_are_rings_of_their_own():
    """A square in the hole of another, and one of two parts, share their sides and no more."""
    inner = shapely.box(2, 2, 3, 3)
    outer = shapely.box(0, 0, 5, 5).difference(inner)
    two = shapely.MultiPolygon([shapely.box(5, 0, 6, 5), shapely.box(8, 0, 9, 1)])
    lines = segments(array(outer, inner, two))
    assert len(lines.start) == 8 + 4 + 8
    a, b, length = borders(lines)
    assert list(zip(a, b, length, strict=True)) == [(0, 1, 4.0), (0, 2, 5.0)]
    assert is_coverage(array(outer, inner, two))


def test_a_hole_that_begins_where_its_shell_does_is_a_hole():
    """A ring that is closed at the first corner is not taken for the whole of a shape."""
    shell = [(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)]
    hole = [(0, 0), (1, 2), (2, 1), (0, 0)]
    lines = segments(array(shapely.Polygon(shell, [hole])))
    assert len(lines.start) == 7


NOT_CLEAN = {
    "overlap": (shapely.box(0, 0, 2, 1), shapely.box(1, 0, 3, 1)),
    "the same twice": (shapely.box(0, 0, 1, 1), shapely.box(0, 0, 1, 1)),
    "one within another": (shapely.box(0, 0, 5, 5), shapely.box(1, 1, 2, 2)),
    "within, on its side": (shapely.box(0, 0, 5, 5), shapely.box(0, 0, 1, 1)),
    "a corner on a side": (shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 1)),
    "upon two": (shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2), shapely.box(1, 0.5, 3, 1.5)),
    "upon all of two": (
        *(shapely.box(x, 0, x + 1, 1) for x in range(4)),
        shapely.box(1, 0, 3, 1),
    ),
}


@pytest.mark.parametrize("shapes", NOT_CLEAN.values(), ids=list(NOT_CLEAN))
def test_what_overlaps_is_no_coverage(shapes):
    """Whatever shapely finds wrong is found wrong."""
    assert not shapely.coverage_is_valid(list(shapes))
    assert not is_coverage(array(*shapes))
    # amid a hundred clean squares beside it too
    around = [affinity.translate(each, 10, 0) for each in squares(10, 10)]
    assert not is_coverage(array(*shapes, *around))
    assert is_coverage(array(*around))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=6),
    st.lists(st.tuples(*[st.integers(0, 8)] * 4), max_size=2),
)
def test_it_is_what_shapely_finds(without, upon):
    """Squares with gaps, and boxes of other sizes laid upon them, are judged as by shapely."""
    kept = [s for i, s in enumerate(squares(8, 8)) if (i % 8, i // 8) not in without]
    more = [
        shapely.box(min(a, c), min(b, d), max(a, c), max(b, d))
        for a, b, c, d in upon
        if a != c and b != d
    ]
    shapes = array(*kept, *more)
    assert is_coverage(shapes) == shapely.coverage_is_valid(shapes)


def test_nothing_is_a_coverage():
    """No polygons at all overlap nowhere."""
    assert is_coverage(np.array([], dtype=object))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 63), min_size=1, max_size=12, unique=True), st.floats(0.01, 0.4))
def test_the_bound_is_never_below_what_is_measured(places, gap):
    """Who is said not to border shares no more than is asked, by shapely's own measure."""
    grid = squares(8, 8)[sorted(places)]
    first, second = np.nonzero(np.triu(np.ones((len(grid),) * 2), 1))
    shared = shapely.length(
        shapely.intersection(shapely.boundary(grid[first]), shapely.buffer(grid[second], gap))
    )
    for border in (0.1, 0.5, 1.0):
        may = may_border(segments(grid), first, second, gap_m=gap, border_m=border)
        assert may[shared > border + 1e-9].all()
    # what is farther away than the gap has no segment near
    if gap < 0.2:
        far = shapely.distance(grid[first], grid[second]) > gap
        assert not may[far].any()
