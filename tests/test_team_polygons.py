"""Team areas as polygons: which small areas each holds, and what is said of faulty files."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from toy import KM, ORIGIN, County, code_of, pcn_code

from footprint import alignment, check, patch, settings
from footprint.errors import InputError
from footprint.joining.teams import within
from footprint.sources import teams

A, B = pcn_code("A"), pcn_code("B")
DRAWING = "AAAB"


def cells(left, right):
    """The polygon from one easting to another, in km from the county's corner."""
    x, y = ORIGIN
    return shapely.box(x + left * KM, y, x + right * KM, y + KM)


# cells 0 to 3; T1 holds the middles of 0 and 1 though not all of 1, T2 those of 1 and 2 in two
# pieces; nobody holds cell 3
SHAPES = gpd.GeoDataFrame(
    {"team_id": ["T1", "T2", "T2"], "note": ["x", "y", "z"]},
    geometry=[cells(-1, 1.6), cells(1.4, 2), cells(2, 3)],
    crs=27700,
)


def county(folder, shapes="shapes.gpkg", ids=("T1", "T2")):
    """A county with teams whose areas are in a file beside it; returns the patch file."""
    made = County(DRAWING)
    made.files["teams"] = (
        ["team_id", "service_id", "easting", "northing", "wte", "pcn_codes"],
        [(team, "nursing", ORIGIN[0] + 500, ORIGIN[1] + 500, 5, A) for team in ids],
    )
    made.files["services"] = (
        ["service_id", "wte_per_10000", "min_team_wte", "min_population", "max_travel_minutes"],
        [("nursing", 5, 1, 0, 60)],
    )
    file = made.write(folder)
    text = file.read_text().replace("[patch]", f'team_areas = "{shapes}"\n[patch]')
    file.write_text(text)
    return file


def write(folder, kind, frame=SHAPES):
    """Write polygons in a format; returns the file's name."""
    if kind == "parquet":
        frame.to_parquet(folder / "shapes.parquet")
    elif kind == "geojson":
        frame.to_crs(4326).to_file(folder / "shapes.geojson", driver="GeoJSON")
    elif kind == "gpkg":
        frame.to_file(folder / "shapes.gpkg", driver="GPKG")
    else:
        frame.to_file(folder / "shapes.shp")
    if kind != "zip":
        return f"shapes.{kind}"
    with zipfile.ZipFile(folder / "shapes.zip", "w") as archive:
        for part in sorted(folder.glob("shapes.[!z]*")):
            archive.write(part, part.name)
    return "shapes.zip"


@pytest.mark.parametrize("kind", ["gpkg", "geojson", "shp", "parquet", "zip"])
def test_polygons_of_every_format(tmp_path, kind):
    """Each small area belongs to the teams whose polygon holds its representative point."""
    joined = patch.load(settings.load(county(tmp_path, write(tmp_path, kind))))
    assert list(joined.team_areas.itertuples(index=False, name=None)) == [
        (code_of(0, 0), "T1"),
        (code_of(0, 1), "T1"),
        (code_of(0, 1), "T2"),
        (code_of(0, 2), "T2"),
    ]


def test_content_decides_and_not_the_name(tmp_path):
    """A GeoPackage by another name is polygons; a table of small areas is still a table."""
    SHAPES.to_file(tmp_path / "shapes.gpkg", driver="GPKG")
    (tmp_path / "shapes.gpkg").rename(tmp_path / "areas.data")
    assert teams.team_areas(tmp_path / "areas.data").frame["team_id"].tolist() == ["T1", "T2", "T2"]
    rows = pd.DataFrame({"LSOA_CODE": ["E01990000"], "team_id": ["T1"]})
    rows.to_csv(tmp_path / "rows.gpkg", index=False)
    rows.to_csv(tmp_path / "rows.csv.gz", index=False)
    rows.to_parquet(tmp_path / "rows.parquet")
    for name in ("rows.gpkg", "rows.csv.gz", "rows.parquet"):
        frame = teams.team_areas(tmp_path / name).frame
        assert frame.to_dict("list") == {"small_area_code": ["E01990000"], "team_id": ["T1"]}


def test_people_in_polygons(tmp_path):
    """Shared small areas are halved between their teams; who is in no polygon is in no area."""
    joined = patch.load(settings.load(county(tmp_path, write(tmp_path, "gpkg"))))
    table = alignment.align(joined.teams.reset_index(), joined.team_areas, joined.pairs)
    people = table.set_index(["pcn_code", "team_id"])["patients"].to_dict()
    assert people == {(A, "T1"): 150, (A, "T2"): 150, (B, ""): 100}


def test_a_point_is_on_the_surface():
    """A polygon in the bend of a crescent holds its centroid, not the crescent's own point."""
    # the square 0 to 9 without the middle of its upper two thirds: a U
    bend = shapely.box(0, 0, 9, 9).difference(shapely.box(2, 2, 7, 9))
    own = gpd.GeoDataFrame(geometry=[bend], index=pd.Index(["E01990000"]), crs=27700)
    middle = gpd.GeoDataFrame({"team_id": ["T1"]}, geometry=[shapely.box(2, 2, 7, 9)], crs=27700)
    assert middle.geometry[0].contains(bend.centroid)
    assert within(own, middle).empty


def test_edges_count_as_held_and_pieces_once():
    """A point on the line between two polygons is in both; two pieces of a team count once."""
    own = gpd.GeoDataFrame(
        geometry=[shapely.box(0, 0, 2, 2)], index=pd.Index(["E01990000"]), crs=27700
    )
    west, east = shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 2)
    two = gpd.GeoDataFrame({"team_id": ["T2", "T1"]}, geometry=[west, east], crs=27700)
    assert within(own, two)["team_id"].tolist() == ["T1", "T2"]
    one = gpd.GeoDataFrame({"team_id": ["T1", "T1"]}, geometry=[west, east], crs=27700)
    assert within(own, one)["team_id"].tolist() == ["T1"]


def test_a_team_whose_polygon_is_elsewhere_is_named(tmp_path):
    """A polygon that holds no small area of the patch is said, and the run goes on."""
    far = gpd.GeoDataFrame(
        {"team_id": ["T1", "T2"]}, geometry=[cells(0, 4), cells(40, 44)], crs=27700
    )
    joined = patch.load(settings.load(county(tmp_path, write(tmp_path, "gpkg", far))))
    assert set(joined.team_areas["team_id"]) == {"T1"}
    assert [text for text in joined.warnings if "polygons" in text] == [
        "The polygons of 1 team hold no small area of the patch and were set aside: T2."
    ]


def test_a_team_that_nobody_knows(tmp_path):
    """A polygon of a team that the teams file does not have is a fault with its row."""
    with pytest.raises(InputError) as error:
        patch.load(settings.load(county(tmp_path, write(tmp_path, "gpkg"), ids=("T1",))))
    found = [(fault.row, fault.column, fault.found) for fault in error.value.faults]
    assert found == [(2, "team_id", "'T2'"), (3, "team_id", "'T2'")]


def test_faults_of_a_file_of_polygons(tmp_path):
    """Blank teams, lines and a file without teams are all told."""
    bad = gpd.GeoDataFrame(
        {"team_id": ["T1", None, "T2"]},
        geometry=[cells(0, 1), cells(1, 2), shapely.LineString([ORIGIN, (400_500, 300_500)])],
        crs=27700,
    )
    bad.to_parquet(tmp_path / "bad.parquet")
    with pytest.raises(InputError) as error:
        teams.team_areas(tmp_path / "bad.parquet")
    assert [(fault.row, fault.found) for fault in error.value.faults] == [
        (2, "a blank"),
        (3, "T2 without an area"),
    ]
    SHAPES[["note", "geometry"]].to_file(tmp_path / "none.gpkg", driver="GPKG")
    with pytest.raises(InputError) as error:
        teams.team_areas(tmp_path / "none.gpkg")
    assert error.value.faults[0].expected == "a column such as team_id"


def test_numbers_as_teams_stay_whole(tmp_path):
    """Team 7 is "7", although a blank beside it makes the column one of fractions."""
    frame = gpd.GeoDataFrame({"team_id": [7.0]}, geometry=[cells(0, 1)], crs=27700)
    frame.to_file(tmp_path / "numbers.gpkg", driver="GPKG")
    assert teams.team_areas(tmp_path / "numbers.gpkg").frame["team_id"].tolist() == ["7"]


def test_broken_files_are_told_as_tables_are(tmp_path):
    """What begins like a zip, gzip or Parquet file and is none is a fault, not a crash."""
    for head in (b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"SQLite format 3\0", b'{"Feature": '):
        path = tmp_path / "broken"
        path.write_bytes(head + b"\0" * 50)
        with pytest.raises(InputError):
            teams.team_areas(path)


def test_check_counts_small_areas_in_polygons(tmp_path):
    """The command check says how many polygons there are and how many small areas they hold."""
    done = check.check(county(tmp_path, write(tmp_path, "gpkg")))
    assert done.faults == ()
    lines = {line.name: (line.count, line.of) for line in done.joins}
    assert lines["team_areas"] == (3, None)
    assert lines["team_areas_here"] == (3, 4)
