"""Files as planners have them: read as they are, or refused with every fault at once."""

from __future__ import annotations

import gzip
import warnings
import zipfile

import pandas as pd
import pytest
from toy import County, code_of, pcn_code, table

from footprint import patch, settings
from footprint.errors import InputError
from footprint.joining import vintage
from footprint.schema import Column, Layout
from footprint.sources import dates, postcodes, practices, vector
from footprint.sources.tabular import read

PEOPLE = Layout(
    "toy file",
    (
        Column("code", ("code", "practicecode"), "code"),
        Column("name", ("name",), required=False, blank=True),
        Column("patients", ("numberofpatients", "patients"), "count"),
    ),
    key=("code",),
)

BROKEN_KEYS = ("small_areas", "practices", "registrations")
TEXT = 'CODE,NAME,NUMBER_OF_PATIENTS\na1,"Dove, River",12\nB2,Café,"1,204"\n'
EXPECTED = {"code": ["A1", "B2"], "name": ["Dove, River", "Café"], "patients": [12, 1204]}


def archive(path, text):
    """Write a zip with a note beside the table."""
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.md", "# note")
        file.writestr("inner/table.csv", text)


def workbook(path):
    """Write an Excel file whose second sheet is the table, below a title."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["Notes", "only"])
    sheet = book.create_sheet("Data")
    sheet.append(["GP practices, 2025"])
    sheet.append(["Code", "Name", "Number of\nPatients"])
    sheet.append(["a1", "Dove, River", 12])
    sheet.append(["B2", "Café", 1204])
    book.save(path)


@pytest.mark.parametrize(
    "write",
    [
        lambda p: p.write_text(TEXT, encoding="utf-8"),
        lambda p: p.write_text(TEXT, encoding="utf-8-sig"),
        lambda p: p.write_text(TEXT, encoding="cp1252"),
        lambda p: p.write_text(TEXT, encoding="utf-16"),
        lambda p: p.write_text(TEXT.replace("\n", "\r\n"), encoding="utf-8", newline=""),
        lambda p: p.write_text(
            TEXT.replace('"Dove, River"', "Dove§ River")
            .replace('"1,204"', "1204")
            .replace(",", ";")
            .replace("§", ",")
        ),
        lambda p: p.write_text("A title\n\n" + TEXT + "\n,,\n", encoding="utf-8"),
        lambda p: p.write_bytes(gzip.compress(TEXT.encode())),
        lambda p: archive(p, TEXT),
        workbook,
    ],
    ids="utf-8 bom cp1252 utf-16 crlf semicolon title gzip zip xlsx".split(),
)
def test_one_table_in_every_dress(tmp_path, write):
    """Encoding, separator, compression and file kind are told by content, not by name."""
    path = tmp_path / "file.anything"
    write(path)
    assert read(path, PEOPLE).frame.to_dict("list") == EXPECTED


def test_every_fault_with_row_and_column(tmp_path):
    """Counts that are none, blanks and repeats are named with their rows, all at once."""
    path = tmp_path / "bad.csv"
    path.write_text("Code,Patients\na,-1\nb,1.5\n\nb,ten\n,7\nc,\n")
    with pytest.raises(InputError) as caught:
        read(path, PEOPLE)
    said = [(fault.row, fault.column, fault.found) for fault in caught.value.faults]
    assert said == [
        (2, "Patients", "'-1'"),
        (3, "Patients", "'1.5'"),
        (5, "Patients", "'ten'"),
        (5, "Code", "B again (first in row 3)"),
        (6, "Code", "a blank"),
        (7, "Patients", "a blank"),
    ]
    assert str(caught.value).splitlines()[0] == (
        f"{path}, row 2, column Patients: found '-1'; expected a whole number from 0"
    )


MEASURED = Layout(
    "toy file",
    (
        Column("code", ("code",), "code"),
        Column("name", ("name",), required=False, blank=True),
        Column("latitude", ("latitude",), "number"),
        Column("wte", ("wte",), "number"),
    ),
)


@pytest.mark.parametrize("mark", [";", "\t"])
def test_decimal_commas_are_one_fault_that_names_them(tmp_path, mark):
    """A spreadsheet of the continent writes 12,5: said once, with the cause, beside the others."""
    path = tmp_path / "file.csv"
    rows = [
        ["Code", "Name", "Latitude", "WTE"],
        ["A", "1,5", "52,6931", "48,0"],
        ["B", "", "52,7", "some"],
        ["", "", "52,8", "1"],
    ]
    path.write_text("\n".join(mark.join(row) for row in rows))
    with pytest.raises(InputError) as error:
        read(path, MEASURED)
    assert str(error.value).splitlines() == [
        f"{path}, row 2, column Latitude: found 52,6931 and 3 more numbers with a decimal comma;"
        " expected decimal points: save the file with points, as in 52.6931",
        f"{path}, row 3, column WTE: found 'some'; expected a number",
        f"{path}, row 4, column Code: found a blank; expected a code",
    ]


def test_a_comma_in_one_cell_of_a_file_of_commas_is_that_cell_alone(tmp_path):
    """Where commas stand between cells a number with one is named as it is."""
    path = tmp_path / "file.csv"
    path.write_text('Code,Latitude,WTE\nA,52.1,"12,5"\n')
    with pytest.raises(InputError, match="column WTE: found '12,5'; expected a number"):
        read(path, MEASURED)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "an empty file"),
        (b"Code,Patients\n", "headings without records"),
        (b"Code,People\na,1\n", "no such column among Code, People"),
        (b"Code,Patients\na,1,2\n", "found 3 cells; expected 2"),
        (b"\x1f\x8bnot gzip", "a broken gzip file"),
        (b"PK\x03\x04nothing", "a broken archive"),
        (b"\x00\x01\x02", "bytes that are no text"),
        (b'Code,Patients,Name\na,1,"Dove', "an end within a cell"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(tmp_path, content, said):
    """Each file that cannot be a table is refused with one reason."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read(path, PEOPLE)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        'Code,Name,Patients\na,"Dove,1\nb,Hill",2\nc,Lark,3\n',
        'Code,Patients,Name\na,1,"Dove\nb,2,Hill\nc,3,Lark\n',
    ],
    ids=["closed by the next", "never closed"],
)
def test_a_missing_quotation_mark_swallows_no_record(tmp_path, text):
    """Records inside a cell whose quotation mark is missing are not lost in silence."""
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(InputError, match="lines that look like records") as caught:
        read(path, PEOPLE)
    assert caught.value.faults[0].row == 2


def test_a_name_over_two_lines_is_a_name(tmp_path):
    """A line break inside quotation marks belongs to the cell."""
    path = tmp_path / "good.csv"
    path.write_text('Code,Name,Patients\na,"Dove, of\nthe River",1\nb,Hill,2\n')
    assert read(path, PEOPLE).frame["name"].tolist() == ["Dove, of\nthe River", "Hill"]


def test_a_column_that_stands_twice(tmp_path):
    """Of two columns with one name none is guessed."""
    path = tmp_path / "bad.csv"
    path.write_text("Code,Patients,PATIENTS\na,1,2\n")
    with pytest.raises(InputError, match="2 columns of this name"):
        read(path, PEOPLE)


def test_the_best_sheet_of_several_is_taken(tmp_path):
    """The sheet with more of the columns wins, and the other is named."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = "Short"
    for row in (["Code", "Patients"], ["a", 1]):
        book.active.append(row)
    sheet = book.create_sheet("Full")
    for row in (["Code", "Name", "Patients"], ["a", "Dove", 12.0]):
        sheet.append(row)
    book.save(tmp_path / "book.xlsx")
    table = read(tmp_path / "book.xlsx", PEOPLE)
    assert table.frame.to_dict("list") == {"code": ["A"], "name": ["Dove"], "patients": [12]}
    assert "[Short] would fit too" in table.notes[0]


def test_members_of_an_archive_are_added_up_and_named_in_faults(tmp_path):
    """Two files of one archive are one table; a fault names the member."""
    path = tmp_path / "both.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("a.csv", "Code,Patients\na,1\n")
        file.writestr("b.csv", "Code,Patients\nb,2\na,3\n")
    with pytest.raises(InputError) as caught:
        read(path, PEOPLE)
    assert [(f.file, f.row) for f in caught.value.faults] == [(f"{path}/b.csv", 3)]


def test_parquet_is_a_table_too(tmp_path):
    """A Parquet file with numbers as numbers is read like a CSV file."""
    pd.DataFrame({"Code": ["a1", "B2"], "Name": ["x", None], "Patients": [12, 1204]}).to_parquet(
        tmp_path / "table.csv"
    )
    frame = read(tmp_path / "table.csv", PEOPLE).frame
    assert frame.to_dict("list") == {
        "code": ["A1", "B2"],
        "name": ["x", ""],
        "patients": [12, 1204],
    }


def test_a_long_list_of_faults_is_cut_with_a_count(tmp_path):
    """Ten thousand faults are counted, twenty are shown."""
    path = tmp_path / "bad.csv"
    path.write_text("Code,Patients\n" + "".join(f"a{i},x\n" for i in range(10_000)))
    with pytest.raises(InputError) as caught:
        read(path, PEOPLE)
    lines = str(caught.value).splitlines()
    assert len(caught.value.faults) == 10_000
    assert len(lines) == 21
    assert lines[-1] == "... and 9,980 more faults of the same input"


def test_control_characters_do_not_reach_the_terminal(tmp_path):
    """A cell with escape codes is shown without them."""
    path = tmp_path / "bad.csv"
    path.write_text('Code,Patients\na,"\x1b[2Jx"\n')
    with pytest.raises(InputError) as caught:
        read(path, PEOPLE)
    assert "\x1b" not in str(caught.value)


def faults_of(county, folder):
    """All that loading a county complains of."""
    with pytest.raises(InputError) as caught:
        patch.load(settings.load(county.write(folder)))
    return str(caught.value)


def test_a_practice_twice(tmp_path):
    """A duplicate practice is a fault of the practice list."""
    county = County("AB")
    county.practices.append(county.practices[0])
    said = faults_of(county, tmp_path)
    assert "row 4, column PRACTICE_CODE: found Z00000 again (first in row 2)" in said


def test_a_code_that_matches_nothing(tmp_path):
    """Codes of teams, areas and the patch that nobody has are faults, all at once."""
    county = County("AB")
    county.files["services"] = (
        "service_id wte_per_10000 min_team_wte min_population max_travel_minutes".split(),
        [("nursing", 5, 10, 30000, 30)],
    )
    county.files["teams"] = (
        ["team_id", "service_id", "wte", "latitude", "longitude", "pcn_codes"],
        [("T1", "nursing", 5, 52.6, -2.0, "U99999"), ("T2", "dentistry", 5, 52.6, -2.0, "")],
    )
    county.files["team_areas"] = (["LSOA_CODE", "team_id"], [("E01999999", "T1"), ("x", "T9")])
    said = faults_of(county, tmp_path)
    for text in ("'U99999'", "'dentistry'", "'E01999999'", "'T9'"):
        assert text in said
    path = tmp_path / "patch.toml"
    path.write_text(path.read_text().replace('icb = "QQ1"', 'icb = "QQ9"'))
    with pytest.raises(InputError, match="ICB 'QQ9', which no practice of"):
        patch.load(settings.load(path))


def test_a_name_for_pcn_codes_is_one_fault(tmp_path):
    """A name of three words is told whole, once; codes may stand with blanks or ; between."""
    county = County("AB")
    county.files["services"] = (
        "service_id wte_per_10000 min_team_wte min_population max_travel_minutes".split(),
        [("nursing", 5, 10, 30000, 30)],
    )
    heading = ["team_id", "service_id", "wte", "latitude", "longitude", "pcn_codes"]
    spot = ("nursing", 5, 52.6, -2.0)
    county.files["teams"] = (
        heading,
        [("T1", *spot, "U99001 U99002"), ("T2", *spot, "U99001; Cannock Villages PCN")],
    )
    said = faults_of(county, tmp_path)
    assert said.count("column pcn_codes") == 1
    assert "found 'CANNOCK VILLAGES PCN'; expected PCN codes (U and five digits)" in said


def test_a_wrong_crs_and_swapped_coordinates(tmp_path):
    """Boundaries far from Britain and latitude for longitude are each one clear fault."""
    path = County("AB").write(tmp_path)
    areas = tmp_path / "areas.geojson"
    areas.write_text(areas.read_text().replace("EPSG::27700", "EPSG::3857"))
    with pytest.raises(InputError, match="the CRS or the order of coordinates is wrong"):
        patch.load(settings.load(path))
    table(
        tmp_path / "locations.csv",
        ["PRACTICE_CODE", "LATITUDE", "LONGITUDE"],
        [("Z00000", -2.0, 52.6), ("Z00001", 52.6, -2.0)],
    )
    with pytest.raises(InputError, match="the two seem to be swapped"):
        practices.locations(tmp_path / "locations.csv")


def test_totals_that_do_not_belong_together(tmp_path):
    """Lists and registrations that differ by more than 5% are an error, less is a warning."""
    said = faults_of(County("AB", lists={"Z00000": 200}), tmp_path / "far")
    assert "200 registered patients against 300 on the lists" in said
    joined = County("AB", lists={"Z00000": 104}).load(tmp_path / "near")
    assert any("Z00000 (104 on the list, 100 registered)" in w for w in joined.warnings)


def test_strange_practices_are_set_aside_and_counted(tmp_path):
    """Registrations of a practice that no list has are counted, named and not used."""
    joined = County("AB", extra=[("Y99999", code_of(0, 0), 40)]).load(tmp_path)
    counts = joined.counts
    assert counts["set_aside"] == 40
    assert counts["registered"] == counts["placed"] + counts["unplaced"] + counts["set_aside"]
    assert any("Y99999" in warning and "40 patients" in warning for warning in joined.warnings)


def test_a_pcn_is_in_the_patch_when_most_of_its_list_is(tmp_path):
    """A PCN with practices in two ICBs belongs to that of most of its patients."""
    # A has a practice of 100 in QQ1 and, as X, one of 300 in QQ2 with the same PCN code
    county = County("AB", extra=[("Z00009", code_of(0, 0), 300)])
    county.practices.append(("Z00009", "A", 0, 0))
    path = county.write(tmp_path)
    rows = (tmp_path / "map.csv").read_text().splitlines()
    rows[-1] = rows[-1].replace("QQ1", "QQ2")
    (tmp_path / "map.csv").write_text("\n".join(rows) + "\n")
    joined = patch.load(settings.load(path))
    assert not joined.pcns.loc[pcn_code("A"), "in_patch"]
    assert joined.pcns.loc[pcn_code("B"), "in_patch"]


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("01Oct2025", "2025-10-01"),
        ("01OCT2025", "2025-10-01"),
        ("01-Sep-20", "2020-09-01"),
        ("2022-01-01", "2022-01-01"),
        ("01/04/2024", "2024-04-01"),
    ],
)
def test_dates_of_official_files(text, iso):
    """Extract dates in the styles of ten years are read alike."""
    assert dates.data_date(["", text]).isoformat() == iso


def test_words_follow_the_date(tmp_path):
    """Before July 2022 there are CCGs and STPs, since then sub-ICB locations and ICBs."""
    county = County("AB")
    path = county.write(tmp_path)
    assert patch.load(settings.load(path)).words.commissioner == "sub-ICB location"
    file = tmp_path / "map.csv"
    file.write_text(file.read_text().replace("01Oct2025", "01Jan2022"))
    words = patch.load(settings.load(path)).words
    assert (words.commissioner, words.system) == ("CCG", "STP")


def test_vintage_by_codes_then_by_heading():
    """A code made for 2021 tells the vintage; else the column's name does."""
    codes = pd.Series(["E01000001", "E01033769"])
    assert vintage.vintage_of(codes, {"small_area_code": "code"}) == "2021"
    assert vintage.vintage_of(codes[:1], {"small_area_code": "LSOA21CD"}) == "2021"
    assert vintage.vintage_of(codes[:1], {"small_area_code": "lsoa11_code"}) == "2011"


def test_postcodes_fall_back_to_their_sector():
    """An unknown postcode stands at its sector's centre and says so; an unknown sector nowhere."""
    known = pd.DataFrame(
        {
            "postcode": ["AB12CD", "AB12CE", "AB13XX"],
            "x": [0, 2, 9],
            "y": [0, 4, 9],
            "units": "metres",
        }
    )
    found = postcodes.find(pd.Series(["ab1 2cd", "AB1 2ZZ", "ZZ9 9ZZ", ""]), known)
    assert found["x"].fillna(-1).tolist() == [0, 1, -1, -1]
    assert found["y"].fillna(-1).tolist() == [0, 2, -1, -1]
    assert found["approximate"].tolist() == [False, True, False, False]


def test_stray_lines_of_a_collection_are_dropped():
    """Only what has an area is kept of a boundary."""
    import numpy as np
    import shapely

    square, line = shapely.box(0, 0, 1, 1), shapely.LineString([(0, 0), (5, 5)])
    mixed = np.array([shapely.GeometryCollection([square, line]), line, None], dtype=object)
    kept = vector.polygons(mixed)
    assert kept[0].equals(square)
    assert kept[1].is_empty
    assert kept[2].is_empty


def test_registrations_of_the_other_vintage_are_refused_or_carried(tmp_path):
    """LSOA 2011 in 2021 boundaries: an error asks for the look-up, with which it is carried."""
    # the cells were E01000008 and E01000009 in 2011
    county = County("AB", patients=40)
    path = county.write(tmp_path)
    file = tmp_path / "registrations.csv"
    text = file.read_text().replace("LSOA_CODE", "LSOA11CD")
    text = text.replace(code_of(0, 0), "E01000008").replace(code_of(0, 1), "E01000009")
    file.write_text(text)
    with pytest.raises(InputError, match="codes of LSOA 2011, boundaries of LSOA 2021"):
        patch.load(settings.load(path))
    table(
        tmp_path / "both.csv",
        ["lsoa11_code", "lsoa21_code", "change_code"],
        [("E01000008", code_of(0, 0), "X"), ("E01000009", code_of(0, 1), "X")],
    )
    path.write_text(path.read_text().replace("[patch]", 'vintage_lookup = "both.csv"\n[patch]'))
    joined = patch.load(settings.load(path))
    assert joined.counts["placed"] == joined.counts["registered"] == 80
    assert sorted(joined.pairs["small_area_code"]) == [code_of(0, 0), code_of(0, 1)]


def test_without_registrations_they_are_modelled_and_said_to_be(tmp_path):
    """No registrations file: patients are modelled, totals are the lists', every page says so."""
    county = County("AAB\nABB", patients=100)
    county.files["populations"] = (
        ["lsoa21_code", "population"],
        [(code_of(r, c), 100) for r in range(2) for c in range(3)],
    )
    path = county.write(tmp_path)
    text = path.read_text()
    path.write_text(text.replace('registrations = "registrations.csv"\n', ""))
    joined = patch.load(settings.load(path))
    assert joined.modelled.startswith("modelled from list sizes and populations")
    assert joined.counts["registered"] == 600
    assert joined.practices["registered"].tolist() == [300, 300]
    # without populations either, lists are spread over the nearest ground
    path.write_text(path.read_text().replace('populations = "populations.csv"\n', ""))
    assert patch.load(settings.load(path)).modelled.startswith("illustrative")


def test_files_are_read_side_by_side_and_told_in_order(tmp_path):
    """Shapes are read in a thread of their own: keys and faults keep the patch file's order."""
    given = settings.load(County("AAB").write(tmp_path))
    assert list(patch.SHAPES) == ["small_areas", "localities", "outlines"]
    hushed = list(warnings.filters)
    assert [one.key for one in patch.read_all(given.inputs)] == list(given.inputs)
    for key in BROKEN_KEYS:
        given.inputs[key][0].write_bytes(b"\0nothing that can be read")
    with pytest.raises(InputError) as told:
        patch.load(given)
    files = list(dict.fromkeys(fault.file for fault in told.value.faults))
    broken = [str(p) for key, (p,) in given.inputs.items() if key in BROKEN_KEYS]
    assert files == broken
    assert warnings.filters == hushed
