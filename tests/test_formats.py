"""Content decides, not the name: every kind of file under names that say something else."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from footprint.errors import InputError
from footprint.sources import boundaries, practices, teams
from footprint.sources.vector import holds_shapes
from footprint.starter.recognise import recognise

# two small areas beside each other, a km wide
AREAS = gpd.GeoDataFrame(
    {"LSOA21CD": ["E01990001", "E01990002"], "LSOA21NM": ["West", "East"], "team_id": ["T1", "T2"]},
    geometry=[shapely.box(4e5, 3e5, 401e3, 301e3), shapely.box(401e3, 3e5, 402e3, 301e3)],
    crs=27700,
)
PRACTICES = pd.DataFrame(
    {"PRACTICE_CODE": ["Z90001", "Z90002"], "PCN_CODE": ["U99001", "U"], "ICB_CODE": ["QZ1"] * 2}
)
#: the first bytes of an Excel file of before 2007, and of one with a password
OLD_EXCEL = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "Workbook".encode("utf-16-le")


def zipped(members: dict[str, bytes]) -> bytes:
    """Members as the bytes of a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.fixture(scope="module")
def shapes(tmp_path_factory) -> dict[str, bytes]:
    """The small areas as the bytes of each kind of file."""
    folder = tmp_path_factory.mktemp("shapes")
    AREAS.to_file(folder / "a.gpkg", driver="GPKG")
    AREAS.to_crs(4326).to_file(folder / "a.geojson", driver="GeoJSON")
    AREAS.to_file(folder / "a.fgb", driver="FlatGeobuf")
    AREAS.to_parquet(folder / "a.parquet")
    AREAS.to_file(folder / "a.shp")
    made = {path.suffix[1:]: path.read_bytes() for path in folder.iterdir()}
    parts = {f"in/a.{kind}": made[kind] for kind in ("shp", "shx", "dbf", "prj", "cpg")}
    capitals = {f"Areas.{kind.upper()}": made[kind] for kind in ("shp", "shx", "dbf", "prj")}
    return {
        **made,
        "shapefile": zipped({"readme.pdf": b"%PDF", **parts}),
        "capitals": zipped(capitals),
        "in zips": zipped({"download.zip": zipped(parts)}),
        **{f"{kind} in zip": zipped({"x.csv": made[kind]}) for kind in FILES},
        **{f"{kind} in gzip": gzip.compress(made[kind]) for kind in FILES},
    }


FILES = ("gpkg", "geojson", "fgb", "parquet")
ODD = [
    *((kind, f"a{suffix}") for kind in FILES for suffix in (".csv", ".bin", ".txt", ".zip", "")),
    *((kind, name) for kind in ("gpkg", "geojson") for name in ("a.kml", "a.xlsx", "a.shp")),
    ("gpkg", "a.geojson"),
    ("geojson", "a.gpkg"),
    *((kind, name) for kind in ("shapefile", "capitals", "in zips") for name in ("a.csv", "areas")),
    *((f"{kind} in {pack}", "a.csv") for kind in FILES for pack in ("zip", "gzip")),
]


@pytest.mark.parametrize(("kind", "name"), ODD, ids=lambda value: value or "none")
def test_shapes_under_any_name(tmp_path, shapes, kind, name):
    """The same two small areas are read, and recognised, whatever the file is called."""
    path = tmp_path / name
    path.write_bytes(shapes[kind])
    frame = boundaries.small_areas(path).frame
    assert frame["small_area_code"].tolist() == ["E01990001", "E01990002"]
    assert frame["small_area_name"].tolist() == ["West", "East"]
    assert frame.geometry.area.round(-1).tolist() == [1_000_000, 1_000_000]
    assert holds_shapes(path)
    # some kinds of file order their shapes by place
    assert sorted(teams.team_areas(path).frame["team_id"]) == ["T1", "T2"]
    seen = recognise(path)
    assert (dict(seen.kinds), seen.vintage) == ({"team_areas": 1, "small_areas": 2}, "2021")


def test_a_shapefile_by_its_parts(tmp_path, shapes):
    """A Shapefile beside its parts is read; else what to do is said."""
    for kind in ("shp", "shx", "dbf", "prj"):
        (tmp_path / f"our [areas].{kind}").write_bytes(shapes[kind])
    path = tmp_path / "our [areas].shp"
    assert len(boundaries.small_areas(path).frame) == 2
    assert recognise(path).kinds["team_areas"] == 1
    for kind in ("shx", "dbf", "prj"):
        assert recognise(path.with_suffix(f".{kind}")) is None
    with pytest.raises(InputError, match=r"one part of a Shapefile\); expected the part .shp"):
        boundaries.small_areas(path.with_suffix(".shx"))
    path.with_suffix(".dbf").unlink()
    expected = r"without its .dbf\); expected .shp, .shx, .dbf and .prj together"
    with pytest.raises(InputError, match=expected):
        boundaries.small_areas(path)
    assert "without its .dbf" in recognise(path).trouble
    (tmp_path / "alone.zip").write_bytes(zipped({"a.shp": shapes["shp"], "a.prj": shapes["prj"]}))
    with pytest.raises(InputError, match=r"without its .shx and .dbf"):
        boundaries.small_areas(tmp_path / "alone.zip")
    path.with_suffix(".dbf").write_bytes(shapes["dbf"])
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match=r"no CRS; expected .* a Shapefile has it in its .prj"):
        boundaries.small_areas(path)


def workbook() -> bytes:
    """The practices as an Excel file, below a title."""
    book = openpyxl.Workbook()
    book.active.append(["GP practices"])
    for row in (list(PRACTICES), *PRACTICES.to_numpy().tolist()):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


TEXT = PRACTICES.to_csv(index=False).encode()
TABLES = {
    "csv": TEXT,
    "semicolons in UTF-16": TEXT.decode().replace(",", ";").encode("utf-16"),
    "xlsx": workbook(),
    "parquet": PRACTICES.to_parquet(),
    "gzip": gzip.compress(TEXT),
    "zip": zipped({"a.dat": TEXT}),
    "xlsx in zip": zipped({"ods/ePCN.csv": workbook()}),
    "xlsx in gzip": gzip.compress(workbook()),
    "parquet in zip": zipped({"a.csv": PRACTICES.to_parquet()}),
    "zip in zip": zipped({"a.bin": zipped({"b": TEXT})}),
}


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.zip", "a.gpkg", "a.xls", "a"])
@pytest.mark.parametrize("kind", TABLES)
def test_tables_under_any_name(tmp_path, kind, name):
    """The same two practices are read, and recognised, whatever the file is called."""
    path = tmp_path / name
    path.write_bytes(TABLES[kind])
    frame = practices.practice_map(path).frame
    assert frame["practice_code"].tolist() == ["Z90001", "Z90002"]
    assert frame["pcn_code"].isna().tolist() == [False, True]
    assert recognise(path).kinds == {"practices": 1}
    assert not holds_shapes(path)


STRANGE = {
    "old Excel": (OLD_EXCEL, "old Excel file (.xls), or one with a password: save it as .xlsx"),
    "old Excel in zip": (zipped({"a.xls": OLD_EXCEL}), "save it as .xlsx or CSV"),
    "web page": (b"\n<!DOCTYPE html><html>log in</html>", "a web page, whatever its name"),
    "table of a web page": (b"<html><table><tr><td>1</td></tr></table>", "a web page"),
    "XML": (b'<?xml version="1.0"?><Workbook/>', "an XML file, whatever its name"),
    "OpenDocument": (
        zipped({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        "an OpenDocument file (.ods); expected its table saved as .xlsx or CSV",
    ),
    "binary Excel": (
        zipped({"[Content_Types].xml": b"x", "xl/workbook.bin": b"x"}),
        "an Excel file of the binary kind (.xlsb)",
    ),
    "Word": (zipped({"word/document.xml": b"x"}), "a Word document"),
    "PDF": (b"%PDF-1.7", "a PDF"),
    "RAR": (b"Rar!\x1a\x07", "a RAR archive"),
    "GeoPackage": (b"SQLite format 3\0" + b"\0" * 99, "a database or GeoPackage"),
}


@pytest.mark.parametrize("kind", STRANGE)
@pytest.mark.parametrize("name", ["practices.csv", "practices.xls"])
def test_what_cannot_be_read_says_what_to_do(tmp_path, kind, name):
    """What is no table is called what it is, in one line, under whatever name."""
    data, words = STRANGE[kind]
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as error:
        practices.practice_map(path)
    assert words in str(error.value)
    assert len(error.value.faults) == 1


@pytest.mark.parametrize("kind", ["old Excel", "web page", "RAR", "PDF", "OpenDocument"])
def test_what_holds_no_shapes_is_called_what_it_is(tmp_path, kind):
    """Boundaries that are something else are refused with the name of what they are."""
    data, words = STRANGE[kind]
    (tmp_path / "areas.gpkg").write_bytes(data)
    with pytest.raises(InputError, match="expected GeoPackage, GeoJSON") as error:
        boundaries.small_areas(tmp_path / "areas.gpkg")
    assert (words.partition(",")[0] in str(error.value)) or kind == "OpenDocument"


@pytest.mark.parametrize(
    "data",
    [
        b"SQLite format 3\0" + b"\1" * 600,
        b'{"type": "FeatureCollection", "features": [{"type": "Feature"',
        b"fgb\x03fgb\0" + b"\2" * 300,
        b"PAR1" + b"\0" * 99,
    ],
    ids=["SQLite", "JSON", "FlatGeobuf", "Parquet"],
)
def test_a_broken_file_of_shapes_is_told_the_same_way_twice(tmp_path, data):
    """A message about bytes under an odd name holds no name that was made up for them."""
    (tmp_path / "a.csv").write_bytes(data)
    told = []
    for _ in range(2):
        with pytest.raises(InputError) as error:
            boundaries.small_areas(tmp_path / "a.csv")
        told.append(str(error.value))
    assert told[0] == told[1]
    assert "vsimem" not in told[0]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.xls", OLD_EXCEL, "save it as .xlsx or CSV"),
        ("mail.msg", OLD_EXCEL.replace(b"W", b"V"), None),
        ("a.rar", b"Rar!\x1a\x07\0", "unpack it first"),
        ("a.zip", b"PK\x03\x04junk", "a broken archive"),
        ("a.csv.gz", gzip.compress(TEXT * 1000)[:-20], "a broken gzip file"),
        ("a.ods", STRANGE["OpenDocument"][0], "saved as .xlsx or CSV"),
        ("a.docx", STRANGE["Word"][0], None),
        ("a.pdf", b"%PDF-1.7", None),
        ("a.txt", b"", None),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_downloads_that_cannot_be_read_are_no_silence(tmp_path, name, data, words):
    """A planner is told of what looks like a table and cannot be read; of letters nobody is."""
    path = Path(tmp_path / name)
    path.write_bytes(data)
    seen = recognise(path)
    if words is None:
        assert seen is None
    else:
        assert seen.kinds == {}
        assert words in seen.trouble
