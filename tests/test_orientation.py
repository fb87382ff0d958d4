"""Localities and outlines: read as tables, polygons or lines, joined, and drawn thin."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from helpers_content import content
from toy import KM, ORIGIN, County, code_of, pcn_code

from footprint import check, checks, patch, settings
from footprint.errors import InputError
from footprint.report import layers, nations, tables
from footprint.sources import boundaries

A, B = pcn_code("A"), pcn_code("B")


def cells(left, right):
    """The polygon from one easting to another, in km from the county's corner."""
    x, y = ORIGIN
    return shapely.box(x + left * KM, y, x + right * KM, y + KM)


def frame(shapes, **columns):
    """A layer in EPSG:27700."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=27700)


# cells 0 to 3 of A A A B; North holds the middles of 0 and 1 though not all of 1, South 2 in two
# pieces; nobody holds cell 3
SHAPES = frame([cells(-1, 1.6), cells(2, 2.4), cells(2.4, 3)], locality=["North", "South", "South"])


def county(folder, key, made):
    """A county A A A B with a file of shapes under a key; returns the patch file."""
    file = County("AAAB").write(folder)
    made.to_file(folder / "shapes.gpkg", driver="GPKG")
    file.write_text(file.read_text().replace("[patch]", f'{key} = "shapes.gpkg"\n[patch]'))
    return file


# -- localities ----------------------------------------------------------------------------------


def test_localities_as_a_table_or_as_polygons(tmp_path):
    """Content decides: a table by small area and polygons give the same localities."""
    polygons = patch.load(settings.load(county(tmp_path / "shapes", "localities", SHAPES)))
    table = County("AAAB")
    table.files["localities"] = (
        ["LSOA_CODE", "locality"],
        [(code_of(0, 0), "North"), (code_of(0, 1), "North"), (code_of(0, 2), "South")],
    )
    joined = table.load(tmp_path / "table")
    expected = ["North", "North", "South", ""]
    assert joined.small_areas["locality"].tolist() == expected
    assert polygons.small_areas["locality"].tolist() == expected
    for each in (joined, polygons):
        assert [text for text in each.warnings if "localit" in text] == [
            "1 small area of the patch is in no locality; their people count as living outside"
            " their PCN's main locality."
        ]


def test_a_small_area_is_in_one_locality(tmp_path):
    """Where polygons overlap or a point lies on their edge, the name that comes first holds it."""
    both = frame([cells(0, 4), cells(0, 2), cells(9, 10)], name=["West", "East", "Far"])
    joined = patch.load(settings.load(county(tmp_path, "localities", both)))
    assert joined.small_areas["locality"].tolist() == ["East", "East", "West", "West"]
    assert "1 locality holds no small area of the patch: Far." in joined.warnings


def test_codes_that_the_boundaries_do_not_hold_are_said(tmp_path):
    """A locality's small area that nobody knows is set aside and named."""
    made = County("AB")
    rows = [(code_of(0, 0), "North"), (code_of(0, 1), "North"), ("E01999999", "North")]
    made.files["localities"] = (["LSOA_CODE", "locality"], rows)
    said = [text for text in made.load(tmp_path).warnings if "localities" in text]
    assert said == ["The localities name 1 small area that the boundaries do not hold: E01999999."]


def test_faults_of_locality_polygons(tmp_path):
    """Blank names, lines and a file without names are all told."""
    line = shapely.LineString([ORIGIN, (400_500, 300_500)])
    frame([cells(0, 1), cells(1, 2), line], locality=["N", None, "S"]).to_parquet(tmp_path / "bad")
    with pytest.raises(InputError) as error:
        boundaries.localities(tmp_path / "bad")
    assert [(fault.row, fault.found) for fault in error.value.faults] == [
        (2, "a blank"),
        (3, "S without an area"),
    ]
    frame([cells(0, 1)], size=[3.5]).to_file(tmp_path / "none.gpkg", driver="GPKG")
    with pytest.raises(InputError) as error:
        boundaries.localities(tmp_path / "none.gpkg")
    assert error.value.faults[0].expected == "a column such as locality"
    frame([cells(0, 1)], locality=[7.0]).to_file(tmp_path / "numbers.gpkg", driver="GPKG")
    assert boundaries.localities(tmp_path / "numbers.gpkg").frame["locality"].tolist() == ["7"]


def test_check_counts_small_areas_in_localities(tmp_path):
    """The command check says how many of the patch's small areas polygons hold."""
    done = check.check(county(tmp_path, "localities", SHAPES))
    assert done.faults == ()
    lines = {line.name: (line.count, line.of) for line in done.joins}
    assert lines["with_localities"] == (3, 4)


def test_columns_and_layers_of_localities(tmp_path):
    """The table of PCNs has the shares that files tell; the layer is what is counted by."""
    made = County("AAAB")
    made.files["localities"] = (
        ["LSOA_CODE", "locality"],
        [(code_of(0, at), "North" if at < 2 else "South") for at in range(4)],
    )
    ground = made.ground(tmp_path)
    checked = checks.run(ground)
    rows = tables.pcns(ground.patch, ground.footprints, checked).set_index("pcn_code")
    assert rows["outside_locality"].tolist() == [pytest.approx(1 / 3), 0]
    assert rows["locality"].tolist() == ["North", "South"]
    around = tables.surroundings(ground.patch)
    drawn = tables.layers(ground.patch, ground.footprints, checked, rows.reset_index(), around)
    assert drawn["localities"]["locality"].tolist() == ["North", "South"]
    assert drawn["localities"].area.tolist() == [2 * KM**2, 2 * KM**2]
    assert drawn["outlines"].empty
    # without the file neither column is there
    bare = County("AAAB").ground(tmp_path / "bare")
    rows = tables.pcns(bare.patch, bare.footprints, checks.run(bare))
    assert not {"locality", "outside_locality"} & set(rows)


# -- outlines ------------------------------------------------------------------------------------


def test_outlines_are_polygons_or_lines(tmp_path):
    """A river is kept as a line; a point is a fault with its row."""
    river = shapely.LineString([(400_000, 300_500), (404_000, 300_500)])
    mixed = shapely.GeometryCollection([cells(0, 1), river])
    frame([cells(0, 2), river, mixed], name=["Town", "River", "Both"]).to_parquet(tmp_path / "a")
    read = boundaries.outlines(tmp_path / "a").frame
    assert read.geom_type.tolist() == ["Polygon", "LineString", "Polygon"]
    assert read["name"].tolist() == ["Town", "River", "Both"]
    frame([river, shapely.Point(400_000, 300_000)], name=["River", "Well"]).to_parquet(
        tmp_path / "b"
    )
    with pytest.raises(InputError) as error:
        boundaries.outlines(tmp_path / "b")
    assert [(fault.row, fault.found, fault.expected) for fault in error.value.faults] == [
        (2, "Well without an area or a length", "a polygon or a line")
    ]


def test_outlines_near_the_patch_are_a_layer_and_judge_nothing(tmp_path):
    """Those in a wide screen's sight are drawn; no check and no warning speaks of them."""
    two = frame([cells(1, 9), cells(90, 99)], name=["Near", "Far"])
    joined = patch.load(settings.load(county(tmp_path / "with", "outlines", two)))
    assert joined.outlines["name"].tolist() == ["Near", "Far"]
    bare = County("AAAB").load(tmp_path / "without")
    assert joined.warnings == bare.warnings
    assert tables._outline_layer(joined)["name"].tolist() == ["Near"]


def drawn(shapes, **columns):
    """Lines and names of outlines on the tiny grid, which reaches from 400 to 406 km east."""
    given = content()
    layer = frame(shapes, **columns)
    given = dataclasses.replace(given, layers={**given.layers, "outlines": layer})
    layer = layers.layer(given, "outlines")
    return layers.lines(layer, given, 5), layers.line_names(layer, given, "name")


def test_a_border_of_two_districts_is_drawn_once():
    """Two squares that share a side have seven sides between them, not eight."""
    west = shapely.box(400_000, 297_000, 402_000, 299_000)
    east = shapely.box(402_000, 297_000, 404_000, 299_000)
    lines, names = drawn([west, east], name=["West", "East"])
    assert lines.geom_type == "MultiLineString"
    assert lines.length == pytest.approx(7 * 2_000)
    assert names["name"].tolist() == ["West", "East"]
    assert names["x"].round(-2).tolist() == [401_000, 403_000]


def test_what_is_far_away_is_cut_off():
    """A line across the country is kept as far as a wide screen shows, named inside the patch."""
    river = shapely.LineString([(200_000, 299_000), (600_000, 299_000)])
    lines, names = drawn([river, shapely.box(0, 0, 9, 9)], name=["River", "Elsewhere"])
    # six km of patch, and 0.6 of that to either side
    assert lines.length == pytest.approx(6_000 * 2.2)
    assert names.to_dict("records") == [{"name": "River", "x": 403_000.0, "y": 299_000.0}]


def test_no_outlines_no_lines():
    """Without outlines there is nothing to draw and nothing to name."""
    lines, names = drawn([], name=pd.Series([], dtype="str"))
    assert lines.is_empty
    assert names.empty


def test_nations_that_a_file_does_not_know_are_land():
    """Roughly: Edinburgh and Cardiff are on them, London is not, and no sea lies along a border."""
    scotland, wales = nations.missing(["E01000001"])
    assert scotland.is_valid
    assert wales.is_valid
    assert shapely.intersects_xy(scotland, 325_000, 673_000)
    assert shapely.intersects_xy(wales, 318_000, 176_500)
    assert not any(shapely.intersects_xy(each, 530_000, 180_000) for each in (scotland, wales))
    # Kelso, Langholm; Welshpool, Monmouth
    assert all(
        shapely.intersects_xy(scotland, *at) for at in ((372_500, 634_000), (336_500, 584_500))
    )
    assert all(shapely.intersects_xy(wales, *at) for at in ((322_500, 307_500), (350_500, 213_000)))
    assert nations.missing(["E01000001", "W01000001"]) == [scotland]
    assert nations.missing(["E01000001", "W01000001", "S01000001"]) == []
