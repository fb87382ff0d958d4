"""The map's data, packed small: nothing is lost, no border is written twice."""

from __future__ import annotations

import json

import pytest
import shapely
from helpers_content import content
from hypothesis import given, settings
from hypothesis import strategies as st
from map_data import corners, page_data, polygons
from test_map_page import opened

from footprint.maps import coding
from footprint.maps.page import build
from footprint.maps.payload import payload

DEGREES = st.tuples(
    st.integers(-18_000_000, 18_000_000), st.integers(-9_000_000, 9_000_000)
)  # in hundred-thousandths


@given(st.lists(DEGREES, min_size=1, max_size=30))
@settings(max_examples=200, deadline=None)
def test_a_line_comes_back_corner_for_corner(points):
    """Whatever the steps, near or around the world, the letters give the corners again."""
    letters = coding.line([(x / 1e5, y / 1e5) for x, y in points])
    assert corners(letters) == points
    assert set(letters) <= set(coding.LETTERS)


# three squares in a row under a long one with a hole, and an island
#   D D D
#   A B C   E
SQUARES = {
    "A": "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0))",
    "B": "POLYGON ((1 0, 2 0, 2 1, 1 1, 1 0))",
    "C": "POLYGON ((2 0, 3 0, 3 1, 2 1, 2 0))",
    "D": "POLYGON ((0 1, 1 1, 2 1, 3 1, 3 2, 0 2, 0 1), (1 1.2, 1 1.8, 2 1.8, 2 1.2, 1 1.2))",
    "E": "POLYGON ((5 0, 6 0, 6 1, 5 1, 5 0))",
    "hole of D": "POLYGON ((2 1.8, 2 1.2, 1 1.2, 1 1.8, 2 1.8))",
}


def squares():
    """The squares as GeoJSON."""
    return [json.loads(shapely.to_geojson(shapely.from_wkt(text))) for text in SQUARES.values()]


def test_every_border_is_written_once():
    """Steps of all arcs together are the borders, none twice; what fills a hole has its arc."""
    arcs, rings = coding.topology(squares())
    steps = [
        frozenset(pair)
        for arc in arcs
        for pair in zip(corners(arc), corners(arc)[1:], strict=False)
    ]
    assert len(steps) == len(set(steps))
    lines = shapely.union_all([shapely.boundary(shapely.from_wkt(t)) for t in SQUARES.values()])
    drawn = shapely.union_all([shapely.LineString(corners(arc)) for arc in arcs])
    assert drawn.length / 1e5 == pytest.approx(lines.length)
    (hole,) = rings[3][0][1:]
    (filling,) = rings[5][0]
    assert [~place for place in hole] == filling or hole == filling


def test_shapes_are_put_together_again():
    """Each shape has the corners it had; a ring may begin at another of them."""
    arcs, rings = coding.topology(squares())
    for text, mine in zip(SQUARES.values(), rings, strict=True):
        (polygon,) = polygons(arcs, mine)
        whole = shapely.Polygon(polygon[0], polygon[1:])
        whole = shapely.transform(whole, lambda xy: xy / 1e5)
        assert shapely.normalize(whole) == shapely.normalize(shapely.from_wkt(text))


def test_nothing_has_no_shape():
    """A PCN without a footprint, and a patch without PCNs, pack to nothing."""
    assert coding.topology([None]) == ([], [[]])
    assert coding.topology([]) == ([], [])
    assert coding.columns([]) == {}
    assert coding.geometry(None) is None


def test_points_stay_numbers_and_lines_become_letters():
    """Of every kind of geometry the innermost lines are letters, and points are not."""
    assert coding.geometry({"type": "Point", "coordinates": [-2.5, 53.1]}) == {
        "type": "Point",
        "coordinates": [-2.5, 53.1],
    }
    for kind, found in (
        ("LineString", [[0.0, 0.0], [0.00016, 0.00001]]),
        ("MultiLineString", [[[0.0, 0.0], [0.00016, 0.00001]]]),
        ("MultiPolygon", [[[[0.0, 0.0], [0.00016, 0.00001]]]]),
    ):
        coded = json.dumps(coding.geometry({"type": kind, "coordinates": found}))
        # 0, 0, then 16 steps east (32: "g" goes on, "B") and one north
        assert '"AAgBC"' in coded


def test_a_name_in_capitals_is_not_written_twice():
    """The official name is left out where it says the same, and there where it does not."""
    one, two = {"official": "ALDER PCN", "name": "Alder PCN"}, {"official": "A&B", "name": "Alder"}
    packed = coding.packed(
        {
            "pcns": [],
            "practices": [one, two],
            "branches": [],
            "shapes": {
                key: [] for key in ("neighbours", "commissioners", "elsewhere", "land", "evidence")
            }
            | {key: {"lines": [], "names": []} for key in ("localities", "outlines")},
        }
    )
    assert packed["practices"]["official"] == [None, "A&B"]


def test_the_page_holds_every_corner():
    """Footprints of the tiny grid come out of the page's arcs as they went in."""
    data = page_data(build(content()))
    for pcn, given_pcn in zip(data["pcns"], payload(content())["pcns"], strict=True):
        found = polygons(data["arcs"], pcn["shape"])
        for rings, before in zip(found, given_pcn["shape"]["coordinates"], strict=True):
            exact = shapely.Polygon([(round(x * 1e5), round(y * 1e5)) for x, y in before[0]])
            assert shapely.normalize(shapely.Polygon(rings[0])) == shapely.normalize(exact)


@pytest.mark.browser
def test_the_browser_unpacks_what_was_packed(browser, tmp_path):
    """Footprints, evidence and outlines in the page are those of the payload."""
    page = opened(browser, tmp_path, build(content()))
    given_data = payload(content())

    def shape(script):
        return shapely.from_geojson(page.execute_script(f"return JSON.stringify({script})"))

    def meant(found):
        return shapely.from_geojson(json.dumps(found))

    for i, pcn in enumerate(given_data["pcns"]):
        assert shape(f"footprint.pcns[{i}].shape").equals(meant(pcn["shape"]))
    for i, item in enumerate(given_data["shapes"]["evidence"]):
        assert shape(f"footprint.data.shapes.evidence[{i}].shape").equals(meant(item["shape"]))
    (outline,) = given_data["shapes"]["outline"]
    assert shape("footprint.shapes.outline()").equals(shapely.boundary(meant(outline)))
    group = given_data["services"][1]["groups"][0]
    mine = shapely.union_all([meant(given_data["pcns"][i]["shape"]) for i in group["pcns"]])
    assert shape("footprint.services[1].groups[0].shape").equals(shapely.boundary(mine))
