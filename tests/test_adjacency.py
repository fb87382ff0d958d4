"""Small areas and PCNs that adjoin."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from footprint.adjacency import components, pcn_adjacency, shared_borders, small_area_edges
from footprint.errors import ModelError


def frame(shapes: dict) -> gpd.GeoDataFrame:
    index = pd.Index(list(shapes), name="small_area_code")
    return gpd.GeoDataFrame(index=index, geometry=list(shapes.values()), crs=27700)


def squares(rows: list[str], side: float = 1000.0) -> gpd.GeoDataFrame:
    """Squares named by letters, drawn as seen on a map; a dot is nothing."""
    height = len(rows)
    return frame(
        {
            letter: shapely.box(
                x * side, (height - y - 1) * side, (x + 1) * side, (height - y) * side
            )
            for y, row in enumerate(rows)
            for x, letter in enumerate(row)
            if letter != "."
        }
    )


def pairs(edges: pd.DataFrame) -> list[str]:
    return list(edges["a"] + edges["b"])


def crossings(*rows: tuple[str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["a", "b", "kind"])


def test_corners_do_not_join() -> None:
    """Areas that meet at a corner do not adjoin, areas with a common side do."""
    # A B
    # C D
    edges = small_area_edges(squares(["AB", "CD"]))
    assert pairs(edges) == ["AB", "AC", "BD", "CD"]
    assert (edges["source"] == "border").all()
    assert edges["border_m"].to_numpy() == pytest.approx(1000, abs=3)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.integers(1, 30).map(float), min_size=2, max_size=5),
    st.lists(
        st.lists(st.integers(1, 30).map(float), min_size=1, max_size=4), min_size=2, max_size=3
    ),
    st.sampled_from([0.0, 0.4, 3.0]),
)
def test_border_is_the_length_within_the_gap(
    heights: list[float], widths: list[list[float]], gap: float
) -> None:
    """Whether corners agree or not, areas adjoin where more than 20 m of border lie within 1 m."""
    # columns of boxes of all heights and widths side by side: corners, T-junctions, short borders
    shapes, west = {}, 0.0
    for column, each in enumerate(widths):
        south = 0.0
        for row, height in enumerate([*heights, *each]):
            shapes[f"{column}{row:02}"] = shapely.box(
                west, south, west + 7 * each[0], south + height
            )
            south += height
        west += 7 * each[0] + gap
    wanted = [
        a + b
        for a, first in shapes.items()
        for b, second in shapes.items()
        if a < b and shapely.intersection(first.boundary, second.buffer(1.0)).length > 20
    ]
    assert pairs(small_area_edges(frame(shapes))) == wanted


@pytest.mark.parametrize(("gap", "adjoin"), [(0.0, True), (0.4, True), (1.5, False)])
def test_gaps_up_to_a_metre_are_bridged(gap: float, adjoin: bool) -> None:
    """Simplified boundaries leave gaps of 0.4 m, which still count as a border."""
    # A|gap|B
    areas = frame({"A": shapely.box(0, 0, 500, 500), "B": shapely.box(500 + gap, 0, 1000, 500)})
    assert (pairs(small_area_edges(areas)) == ["AB"]) is adjoin


def test_borders_without_common_corners_join() -> None:
    """Borders need no vertices in common (T-junctions)."""
    # AAA     one long area above two short ones, whose
    # BBC     common corner is no vertex of the long one
    areas = frame(
        {
            "A": shapely.box(0, 100, 300, 200),
            "B": shapely.box(0, 0, 170, 100),
            "C": shapely.box(170, 0, 300, 100),
        }
    )
    assert pairs(small_area_edges(areas)) == ["AB", "AC", "BC"]


def test_short_borders_do_not_join() -> None:
    """A border of 15 m is too short by default and long enough when asked."""
    # A and B overlap along y from 85 to 100 only
    areas = frame({"A": shapely.box(0, 0, 100, 100), "B": shapely.box(100, 85, 200, 185)})
    assert small_area_edges(areas).empty
    edges = small_area_edges(areas, border_m=10)
    assert edges["border_m"].item() == pytest.approx(15, abs=3)


def test_crossings_add_and_cut() -> None:
    """Bridges join what is apart, a cut parts what adjoins and stays in the table."""
    # A B . C D
    areas = squares(["AB.CD"])
    edges = small_area_edges(
        areas,
        crossings=crossings(
            ("C", "B", "bridge"),
            ("A", "D", "manual"),
            ("D", "C", "cut"),
            ("A", "B", "bridge"),
            ("A", "X", "manual"),
        ),
    )
    found = edges.set_index(["a", "b"])["source"].to_dict()
    assert found == {
        ("A", "B"): "border",
        ("A", "D"): "manual",
        ("B", "C"): "bridge",
        ("C", "D"): "cut",
    }
    apart = edges.loc[edges["source"].isin(["manual", "bridge"]), "border_m"]
    assert (apart == 0).all()


def test_a_cut_wins() -> None:
    """Where the user both bridges and cuts a pair, it is cut."""
    areas = squares(["AB"])
    both = crossings(("A", "B", "bridge"), ("B", "A", "cut"))
    assert small_area_edges(areas, crossings=both)["source"].tolist() == ["cut"]


def test_stray_lines_do_not_join() -> None:
    """A line left in a GeometryCollection gives an area no neighbour."""
    # A-----B    the dash is a stray line of A that runs along B
    stray = shapely.LineString([(100, 50), (500, 50), (500, 90)])
    areas = frame(
        {
            "A": shapely.GeometryCollection([shapely.box(0, 0, 100, 100), stray]),
            "B": shapely.box(500, 0, 600, 100),
        }
    )
    assert small_area_edges(areas).empty


def test_order_does_not_matter() -> None:
    """The same areas in another order give the same table."""
    areas = squares(["ABC", "DEF"])
    pd.testing.assert_frame_equal(small_area_edges(areas), small_area_edges(areas.iloc[::-1]))


sides = st.lists(st.integers(25, 900), min_size=1, max_size=5)


@settings(max_examples=50, deadline=None)
@given(widths=sides, heights=sides)
def test_grids_have_their_known_edges(widths: list[int], heights: list[int]) -> None:
    """On a grid of any cell sizes exactly the rook neighbours adjoin."""
    shapes, expected = {}, set()
    for i, width in enumerate(widths):
        for j, height in enumerate(heights):
            x, y = sum(widths[:i]), sum(heights[:j])
            shapes[f"{i}{j}"] = shapely.box(x, y, x + width, y + height)
            if i:
                expected.add((f"{i - 1}{j}", f"{i}{j}"))
            if j:
                expected.add((f"{i}{j - 1}", f"{i}{j}"))
    edges = small_area_edges(frame(shapes))
    assert set(zip(edges["a"], edges["b"], strict=True)) == expected


def test_wrong_crs_and_double_codes_are_refused() -> None:
    """Degrees are no metres, and a code stands once."""
    areas = squares(["AB"])
    with pytest.raises(ModelError, match="27700"):
        small_area_edges(areas.to_crs(4326))
    with pytest.raises(ModelError, match="twice"):
        small_area_edges(pd.concat([areas, areas]))


def test_shared_borders_are_lines_on_the_index() -> None:
    """The common side of two areas comes back as a line, on the index of the edges."""
    areas = squares(["AB"])
    edges = small_area_edges(areas).set_index(pd.Index([7]))
    line = shared_borders(areas, edges).loc[7]
    assert line.buffer(2).contains(shapely.LineString([(1000, 0), (1000, 1000)]))
    assert line.length == pytest.approx(1000, abs=3)


def test_components_of_a_subset() -> None:
    """Pieces are those of the members alone, numbered by their lowest code."""
    # A B C
    # D E F
    edges = small_area_edges(squares(["ABC", "DEF"]))
    labels = components(edges, ["F", "C", "A", "D"])
    assert labels.to_dict() == {"A": 0, "C": 1, "D": 0, "F": 1}
    assert components(edges, []).empty


def test_cut_edges_join_nothing() -> None:
    """An estuary that is cut leaves two pieces, a bridge beside it one."""
    # A B
    # C D
    areas = squares(["AB", "CD"])
    cut = [("A", "B", "cut"), ("C", "D", "cut")]
    edges = small_area_edges(areas, crossings=crossings(*cut))
    assert components(edges, "ABCD").to_dict() == {"A": 0, "B": 1, "C": 0, "D": 1}
    edges = small_area_edges(areas, crossings=crossings(*cut, ("A", "D", "bridge")))
    assert components(edges, "ABCD").nunique() == 1


def test_pcns_adjoin_by_the_best_source() -> None:
    """A border between two PCNs counts before a bridge, and a cut or unowned area not at all."""
    # A B C . D E      A: P, B and C: Q, D: R, E: nobody's
    edges = small_area_edges(
        squares(["ABC.DE"]),
        crossings=crossings(("A", "C", "bridge"), ("C", "D", "bridge"), ("A", "D", "manual")),
    )
    owner = pd.Series({"A": "P", "B": "Q", "C": "Q", "D": "R", "E": None})
    found = pcn_adjacency(edges, owner)
    assert found.to_dict("list") == {
        "a": ["P", "P", "Q"],
        "b": ["Q", "R", "R"],
        "source": ["border", "manual", "bridge"],
    }


def test_fragments_make_no_neighbours() -> None:
    """A stray area of a PCN that does not matter joins it to nobody."""
    # A B C D      A: P, B: Q, C: P (a fragment), D: R
    edges = small_area_edges(squares(["ABCD"]))
    owner = pd.Series({"A": "P", "B": "Q", "C": "P", "D": "R"})
    parts = pd.DataFrame({"small_area_code": list("ABCD"), "matters": [True, True, False, True]})
    assert pairs(pcn_adjacency(edges, owner, parts)) == ["PQ"]
    assert pairs(pcn_adjacency(edges, owner)) == ["PQ", "PR"]


def test_no_edges_give_empty_tables() -> None:
    """One area alone has no edges, and its PCN no neighbours."""
    edges = small_area_edges(squares(["A"]))
    assert list(edges) == ["a", "b", "border_m", "source"]
    assert pcn_adjacency(edges, pd.Series({"A": "P"})).shape == (0, 3)
