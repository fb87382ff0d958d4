"""Official files of many years, re-typed with invented rows: each is read for what it is."""

from __future__ import annotations

import contextlib
import gzip
import random
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely

from footprint.errors import InputError
from footprint.sources import (
    boundaries,
    dates,
    geography,
    lists,
    people,
    postcodes,
    practices,
    registrations,
    sites,
    streams,
    travel_times,
)

SAMPLES = Path(__file__).parent / "samples"

BOTH = {"Z90001": 7000, "Z90003": 5000}
PAIRS = {
    ("Z90001", "E01990001"): 60,
    ("Z90001", "E01990002"): 40,
    ("Z90003", "E01990002"): 25,
    ("Z90003", "NO2011"): 5,
}


def packed(path: Path, *names: str, folder: str = "") -> Path:
    """Zip samples."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.write(SAMPLES / name, f"{folder}{name}")
    return path


def by(frame: pd.DataFrame, key: str, value: str) -> dict[str, object]:
    """One column by another."""
    return dict(zip(frame[key], frame[value], strict=True))


def said(read, path: Path) -> str:
    """What a reader says is wrong with a file."""
    with pytest.raises(InputError) as caught:
        read(path)
    return str(caught.value)


# practices


@pytest.mark.parametrize("year", [2019, 2020, 2026])
def test_practice_maps_of_seven_years(year):
    """CCG and sub-ICB names are the same columns; a map before there were PCNs knows none."""
    table = practices.practice_map(SAMPLES / f"gp-reg-pat-prac-map_{year}.csv")
    frame = table.frame.set_index("practice_code")
    assert list(frame["commissioner_code"]) == ["01Z", "02Z"]
    assert set(frame["icb_code"]) == {"QZ1"}
    assert frame.loc["Z90001", "postcode"] == "ZZ1 1AA"
    assert frame["pcn_code"].isna().tolist() == [year == 2019, True]
    assert dates.data_date(table.frame["extract_date"]).year == year
    assert ("names no PCNs" in " ".join(table.notes)) == (year == 2019)


def test_epraccur_keeps_active_practices_and_counts_the_rest_by_kind():
    """Of an epraccur only active GP practices stay; closed ones, prisons and others are counted."""
    table = practices.practice_map(SAMPLES / "epraccur.csv")
    assert list(table.frame["practice_code"]) == ["Z90001", "Z90002", "Z90003"]
    assert table.frame["pcn_code"].isna().all()
    assert list(table.frame["commissioner_code"]) == ["01Z", "01Z", "02Z"]
    assert table.frame["practice_name"].iloc[1] == "HERON, WREN & PARTNERS"
    assert (table.rows, table.set_aside) == (9, 6)
    for kind in ("1 closed GP practice", "1 dormant GP practice", "1 prison", "2 walk-in centres"):
        assert kind in table.notes[0]


def test_core_partner_details_leave_ended_memberships_out():
    """The newest membership of a practice counts; one whose only membership ended is left out."""
    table = practices.practice_map(SAMPLES / "epcncorepartnerdetails.csv")
    assert by(table.frame, "practice_code", "pcn_code") == {
        "Z90001": "U99001",
        "Z90002": "U99001",
        "Z90003": "U99002",
    }
    assert by(table.frame, "practice_code", "commissioner_code")["Z90003"] == "02Z"
    assert table.set_aside == 2
    assert "2 ended memberships of PCNs left out, with them 1 practice" in table.notes[0]
    assert "Z90004, 20191031" in table.notes[0]


def test_epraccur_and_memberships_in_one_archive_know_both(tmp_path):
    """An archive of the three reports gives practices with postcode, ICB and PCN; names win."""
    names = ("epraccur.csv", "epcncorepartnerdetails.csv", "epcn.csv")
    frame = practices.practice_map(packed(tmp_path / "ods.zip", *names)).frame
    assert list(frame["practice_code"]) == ["Z90001", "Z90002", "Z90003"]
    assert list(frame["pcn_code"]) == ["U99001", "U99001", "U99002"]
    assert frame["pcn_name"].iloc[0] == "AVERTON AND DISTRICT PCN"
    assert set(frame["icb_code"]) == {"QZ1"}
    assert list(frame["commissioner_name"].str[-3:]) == ["01Z", "01Z", "02Z"]


def test_lists_of_practices_are_put_together():
    """Two files of practices are joined as one archive of both would be."""
    files = ("epraccur.csv", "epcncorepartnerdetails.csv")
    table = practices.combined([practices.practice_map(SAMPLES / name) for name in files])
    assert list(table.frame["pcn_code"]) == ["U99001", "U99001", "U99002"]
    assert list(table.frame["postcode"]) == ["ZZ1 1AA", "ZZ1 1AB", "ZZ2 3AA"]
    assert table.set_aside == 8


def test_a_list_of_pcns_without_practices_is_not_enough():
    """The report epcn alone is refused, with the name of what is missing."""
    assert "epcncorepartnerdetails" in said(practices.practice_map, SAMPLES / "epcn.csv")


@pytest.mark.parametrize("kind", ["PCN_CODE,", "CCG_CODE,CCG_NAME,"])
def test_patients_by_sex_are_no_practice_list(tmp_path, kind):
    """A file of men with practices' codes and names is named for what it is, whatever its name."""
    path = tmp_path / "gp-reg-pat-prac-map.csv"
    code = "U99001," if kind == "PCN_CODE," else "01Z,NHS AVERSHIRE CCG,"
    path.write_text(
        f"PRACTICE_CODE,PRACTICE_NAME,{kind}SEX,NUMBER_OF_PATIENTS\nZ90001,DOVE,{code}MALE,7\n"
    )
    fault = said(practices.practice_map, path)
    assert "column SEX: found patients by sex (MALE); expected a list of practices" in fault


def test_a_practice_with_two_current_pcns_is_named(tmp_path):
    """Two memberships without an end date are a fault that names both PCNs and the row."""
    path = tmp_path / "members.csv"
    text = (SAMPLES / "epcncorepartnerdetails.csv").read_text()
    path.write_text(text.replace("20210331", ""))
    fault = said(practices.practice_map, path)
    assert "row 3" in fault
    assert "Z90002 is in U99001 AVERTON PCN and in U99002 SORREL PCN (row 2)" in fault


def epcn_workbook(path: Path, *, details: str = "PCNDetails") -> Path:
    """Write an ePCN.xlsx: line breaks in headings, formulas with cached values."""
    import xlsxwriter

    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Notes").write(0, 0, "ePCN")
        sheet = book.add_worksheet(details)
        sheet.write_row(
            0,
            0,
            [
                "PCN Code",
                "PCN Name",
                "Current Clinical \nCommissioning \nGroup Code",
                "Clinical\nCommissioning\nGroup Name",
                "Open Date",
                "Close Date",
                "Postcode",
            ],
        )
        sheet.write_row(1, 0, ["U99001", "AVERTON PCN", "01Z", "NHS AVERSHIRE CCG", "20190701", ""])
        sheet = book.add_worksheet("PCN Core Partner Details")
        sheet.write_row(
            0,
            0,
            [
                "Partner\nOrganisation\nCode",
                "Partner\nName",
                "Practice\nParent\nCCG Code",
                "Practice\nParent\nCCG Name",
                "PCN Code",
                "PCN Name",
                "PCN Parent\nCCG Code",
                "PCN Parent\nCCG Name",
                "Practice to PCN\nRelationship\nStart Date",
                "Practice to PCN\nRelationship\nEnd Date",
                "Practice CCG and PCN\nCCG Match ",
            ],
        )
        for row, (code, end) in enumerate((("Z90001", ""), ("Z90004", "20200331")), start=1):
            sheet.write_row(row, 0, [code, f"{code} SURGERY", "01Z", "NHS AVERSHIRE CCG", "U99001"])
            sheet.write_formula(row, 5, "=VLOOKUP(E2,PCNDetails!A:B,2,0)", None, "AVERTON PCN")
            sheet.write_row(row, 8, ["20190701", end])
            sheet.write_formula(row, 10, "=C2=G2", None, True)
    return path


@pytest.mark.parametrize("details", ["PCNDetails", "PCN Details"])
def test_epcn_workbook(tmp_path, details):
    """The sheets of ePCN.xlsx are found under either name, formulas by their cached values."""
    table = practices.practice_map(epcn_workbook(tmp_path / "ePCN.xlsx", details=details))
    assert by(table.frame, "practice_code", "pcn_name") == {"Z90001": "AVERTON PCN"}
    assert table.frame["commissioner_name"].tolist() == ["NHS AVERSHIRE CCG"]
    assert table.set_aside == 1


def test_epraccur_beside_the_workbook(tmp_path):
    """An archive may hold the report and ePCN.xlsx, in a folder too."""
    path = packed(tmp_path / "ods.zip", "epraccur.csv", folder="ods/")
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(epcn_workbook(tmp_path / "ePCN.xlsx"), "ods/ePCN.xlsx")
    frame = practices.practice_map(path).frame.set_index("practice_code")
    assert frame["pcn_code"].notna().tolist() == [True, False, False]
    assert frame.loc["Z90001", ["pcn_name", "icb_code"]].tolist() == ["AVERTON PCN", "QZ1"]


# list sizes and ages


@pytest.mark.parametrize(
    "names",
    [
        ["gp-reg-pat-prac-all_2018.csv"],
        ["gp-reg-pat-prac-all_2025.csv"],
        ["gp-reg-pat-prac-quin-age_2022.csv"],
        ["gp-reg-pat-prac-sing-age-male_2025.csv", "gp-reg-pat-prac-sing-age-female_2025.csv"],
    ],
    ids=["2018", "2025", "quinary", "single years"],
)
def test_list_sizes_count_everybody_once(tmp_path, names):
    """Totals, five-year bands with totals among them, and both sexes all give the same lists."""
    path = packed(tmp_path / "lists.zip", *names)
    assert by(lists.list_sizes(path).frame, "practice_code", "patients") == BOTH


def test_list_sizes_of_2014():
    """A wide file of 2014 has its total in a column of its own."""
    frame = lists.list_sizes(SAMPLES / "gp-reg-patients_2014.csv").frame
    assert by(frame, "practice_code", "patients") == {"Z90001": 7200, "Z90003": 5400}


@pytest.mark.parametrize("read", [lists.list_sizes, lists.ages])
def test_one_sex_is_not_taken_for_everybody(read):
    """The male file alone is refused."""
    fault = said(read, SAMPLES / "gp-reg-pat-prac-sing-age-male_2025.csv")
    assert "patients of one sex only (MALE)" in fault


def test_organisations_that_are_no_practices_are_set_aside():
    """The CCG rows of a file by age are counted, not added."""
    table = lists.list_sizes(SAMPLES / "gp-reg-pat-prac-quin-age_2022.csv")
    assert table.set_aside == 43
    assert "43 records of CCG are not of practices" in table.notes[0]


@pytest.mark.parametrize(
    ("names", "each", "last"),
    [
        (["gp-reg-pat-prac-quin-age_2022.csv"], 350, ("95+", 350)),
        (
            ["gp-reg-pat-prac-sing-age-male_2025.csv", "gp-reg-pat-prac-sing-age-female_2025.csv"],
            350,
            ("95+", 350),
        ),
        (["gp-reg-patients_2014.csv"], 400, ("85+", 400)),
    ],
    ids=["quinary", "single years", "2014"],
)
def test_ages_in_five_year_bands(tmp_path, names, each, last):
    """Ages of every style come as the same bands, both sexes added up."""
    frame = lists.ages(packed(tmp_path / "ages.zip", *names)).frame
    one = frame[frame["practice_code"] == "Z90001"]
    assert by(one, "age", "patients")["0_4"] == each
    assert (one["age"].iloc[-1], one["patients"].iloc[-1]) == last
    assert list(one["age"][:3]) == ["0_4", "5_9", "10_14"]


def test_single_years_of_the_wide_files_begin_their_span(tmp_path):
    """In files up to 2017 MALE_4_5 is age 4, and 5_6 age 5."""
    path = tmp_path / "wide.csv"
    path.write_text("PRACTICE_CODE,MALE_4_5,MALE_5_6,FEMALE_4_5,FEMALE_95+\nZ90001,1,2,4,8\n")
    assert by(lists.ages(path).frame, "age", "patients") == {"0_4": 5, "5_9": 2, "95+": 8}


def test_totals_are_no_ages():
    """A file of totals is refused where ages are wanted."""
    assert "totals of all ages only" in said(lists.ages, SAMPLES / "gp-reg-pat-prac-all_2025.csv")


@pytest.mark.parametrize(("year", "people_"), [(2017, {"Z90001": 7310.5}), (2023, None)])
def test_weighted_lists_are_people_not_payments(year, people_):
    """The weighted list is found beside payments per weighted patient; blanks are set aside."""
    table = lists.weighted_lists(SAMPLES / f"nhspaymentsgp_{year}.csv")
    expected = people_ or {"Z90001": 7310.5, "Z90003": 4800}
    assert by(table.frame, "practice_code", "weighted") == expected
    assert table.set_aside == (year == 2023)


# registrations


@pytest.mark.parametrize(
    "names",
    [
        ["gp-reg-patients-lsoa-alt-tall_2015.csv"],
        ["gp-reg-pat-prac-lsoa-all_2018.csv"],
        ["gp-reg-pat-prac-lsoa-all_2025.csv"],
        ["gp-reg-pat-prac-lsoa-male_2025.csv", "gp-reg-pat-prac-lsoa-female_2025.csv"],
        [f"gp-reg-pat-prac-lsoa-{which}_2025.csv" for which in ("all", "male", "female")],
    ],
    ids=["2015", "2018", "2025", "both sexes", "all and both sexes"],
)
def test_registrations_of_ten_years(tmp_path, names):
    """Every form gives the same pairs; the published zip of three files counts everybody once."""
    frame = registrations.registrations(packed(tmp_path / "lsoa.zip", *names)).frame
    assert pairs_of(frame) == PAIRS


def test_the_sexes_of_one_practice_are_added_where_another_has_totals(tmp_path):
    """No practice is lost when only some have records of all."""
    path = tmp_path / "mixed.csv"
    path.write_text(
        "PRACTICE_CODE,LSOA_CODE,SEX,NUMBER_OF_PATIENTS\nZ90001,E01990001,ALL,7\n"
        "Z90001,E01990001,MALE,3\nZ90003,E01990001,MALE,2\nZ90003,E01990001,FEMALE,3\n"
    )
    frame = registrations.registrations(path).frame
    assert by(frame, "practice_code", "patients") == {"Z90001": 7, "Z90003": 5}


@pytest.mark.parametrize("text", ["01APR2018", "01-Apr-18", "2018-04-01", "01/04/2018"])
def test_registrations_know_their_date_in_every_style(tmp_path, text):
    """The extract date of each style of ten years is the same day."""
    path = tmp_path / "lsoa.csv"
    sample = (SAMPLES / "gp-reg-pat-prac-lsoa-all_2018.csv").read_text()
    path.write_text(sample.replace("01APR2018", text))
    frame = registrations.registrations(path).frame
    assert dates.data_date([frame.attrs["extract_date"]]).isoformat() == "2018-04-01"


def pairs_of(frame: pd.DataFrame) -> dict[tuple[str, str], int]:
    """Patients by practice and small area."""
    keys = zip(frame["practice_code"], frame["small_area_code"], strict=True)
    return dict(zip(keys, frame["patients"], strict=True))


def transposed(which: str) -> str:
    """The transposed file of 2014 with the rows of small areas and one kind of patients."""
    lines = (SAMPLES / "gp-reg-patients-lsoa_2014.csv").read_text().splitlines(keepends=True)
    return "".join(lines[:1] + [x for x in lines[1:] if ",LSOA_CODE," in x or which in x])


def test_transposed_registrations_of_2014(tmp_path):
    """A row of small areas and rows of patients for each practice are pairs; zeros are none."""
    table = registrations.registrations(SAMPLES / "gp-reg-patients-lsoa_2014.csv")
    assert pairs_of(table.frame) == PAIRS
    assert table.notes == (
        "Read from a grid of 2 practices and 3 small areas: 4 pairs with patients.",
    )
    # the file of men of January 2014 is of men alone, by what stands in its rows
    path = tmp_path / "gp-reg-patients-01-2014-lsoa-male.csv"
    path.write_text(transposed(",Male Patients,"))
    assert "patients of one sex only (MALE)" in said(registrations.registrations, path)
    with zipfile.ZipFile(tmp_path / "both.zip", "w") as archive:
        archive.writestr("male.csv", transposed(",Male Patients,"))
        archive.writestr("fem.csv", transposed(",Female Patients,"))
    assert pairs_of(registrations.registrations(tmp_path / "both.zip").frame) == PAIRS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("E01990001,E01990002,\n", ",E01990002,\n"), "row 3, column COL1: found a blank"),
        (("Male Patients,30,15", "Male Patients,30,x"), "row 3, column COL2: found 'x'"),
        (("Female Patients,30,25", "Female Patients,30,"), "row 4, column COL2: found a blank"),
        (("SURGERY,LSOA_CODE", "SURGERY,Lsoas"), "row 2, column NAME OF FORMER VARIABLE"),
        (("Z90001,DOVE SURGERY,LSOA", "Z90003,DOVE SURGERY,LSOA"), "Z90003 again"),
    ],
    ids="area count blank label twice".split(),
)
def test_faults_of_transposed_registrations(tmp_path, change, words):
    """Nobody is lost: what has no small area, no number or no row to go with is named."""
    path = tmp_path / "lsoa.csv"
    path.write_text((SAMPLES / "gp-reg-patients-lsoa_2014.csv").read_text().replace(*change, 1))
    assert words in said(registrations.registrations, path)


BY_PRACTICE = """Registered patients, 2014
PRACTICE_CODE,PRACTICE_NAME,E01990001,E01990002,NO2011,TOTAL
Z90001,DOVE SURGERY,60,40,0,100
Z90003,"LARK PRACTICE, SORREL",,25,5,30
Total,,60,65,5,130
"""
BY_AREA = """LSOA11CD;Z90001;Z90003
E01990001;60;-
E01990002;40;25
NO2011;0;5
"""
#: nothing but the codes tells what stands where
BARE = """,Z90001,Z90003
E01990001,60,
E01990002,40,25
NO2011,,5
"""


@pytest.mark.parametrize("text", [BY_PRACTICE, BY_AREA, BARE], ids="practices areas bare".split())
def test_registrations_as_a_grid(tmp_path, text):
    """Practices down and small areas across, or the other way round, are the same pairs."""
    path = tmp_path / "grid.csv"
    path.write_text(text)
    assert pairs_of(registrations.registrations(path).frame) == PAIRS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (BY_PRACTICE.replace(",100", ",101"), "row 3, column TOTAL: found 101, where its columns"),
        (BY_PRACTICE.replace("60,65", "60,66"), "row 5, column E01990002: found 66, where its row"),
        (BY_PRACTICE.replace("NO2011", "9"), "column 9: found a column of numbers that is no"),
        (BY_PRACTICE.replace("NO2011", "E01990001"), "column E01990001: found 2 columns of this"),
        (BY_AREA.replace(";-", ";-3"), "row 2, column Z90003: found '-3'"),
        (BY_AREA.replace("Z90003", "z90001"), "column Z90001: found 2 columns of this name"),
        (BY_AREA.replace("NO2011", "E01990002"), "Z90003, E01990002 again"),
        ("LSOA11CD,Z90001,Z90003\nE01990001,0,0\n", "a grid without patients"),
    ],
    ids="sum-across sum-down strange area-twice negative practice-twice row-twice empty".split(),
)
def test_a_grid_of_registrations_loses_nobody(tmp_path, text, words):
    """Sums that differ, columns that are nobody's and codes twice are each a fault."""
    path = tmp_path / "grid.csv"
    path.write_text(text)
    assert words in said(registrations.registrations, path)


def test_a_heading_for_thousands_of_small_areas(tmp_path):
    """A line of headings longer than what is read to recognise a file is read whole."""
    number = 9_000
    codes = [f"E01{at:06d}" for at in range(number)]
    path = tmp_path / "wide.csv"
    headings = ",".join(f'"{code:<27}"' for code in codes)
    assert len(headings) > 1 << 18
    most = number - 1
    path.write_text(f"CODE,{headings}\nZ90001,{'0,' * most}7\nZ90002,3{',0' * most}\n")
    frame = registrations.registrations(path).frame
    assert pairs_of(frame) == {("Z90001", codes[-1]): 7, ("Z90002", codes[0]): 3}


@pytest.mark.parametrize("written", [("M", "F"), ("Males", "Females"), ("male", "female")])
def test_sexes_however_they_are_written(tmp_path, written):
    """One sex is one sex in every spelling, and both are everybody."""
    path = tmp_path / "sexes.csv"
    text = "PRACTICE_CODE,LSOA_CODE,SEX,NUMBER_OF_PATIENTS\nZ90001,E01990001,{0},3\n"
    path.write_text(text.format(*written))
    assert "patients of one sex only (MALE)" in said(registrations.registrations, path)
    path.write_text((text + "Z90001,E01990001,{1},4\n").format(*written))
    assert pairs_of(registrations.registrations(path).frame) == {("Z90001", "E01990001"): 7}


def test_registrations_that_would_count_people_twice_are_refused(tmp_path):
    """One sex alone, two dates and a pair twice are each a fault."""
    male = SAMPLES / "gp-reg-pat-prac-lsoa-male_2025.csv"
    assert "patients of one sex only (MALE)" in said(registrations.registrations, male)
    both = packed(
        tmp_path / "dates.zip",
        "gp-reg-pat-prac-lsoa-all_2018.csv",
        "gp-reg-pat-prac-lsoa-all_2025.csv",
    )
    fault = said(registrations.registrations, both)
    assert "Z90001, E01990001 again" in fault
    text = (SAMPLES / "gp-reg-pat-prac-lsoa-all_2025.csv").read_text()
    path = tmp_path / "dates.csv"
    path.write_text(text.replace("01OCT2025,Z90003", "01JUL2025,Z90003"))
    assert "2 dates: 01JUL2025, 01OCT2025" in said(registrations.registrations, path)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NO2011", "no small area recorded"),
        ("EMPTY", "no small area recorded"),
        ("N00000012", "lives in Northern Ireland"),
        ("95AA01S1", "lives in Northern Ireland"),
        ("W01000001", "lives in Wales, not in the boundaries"),
        ("XYZ", "code not recognised"),
    ],
)
def test_why_a_registration_has_no_place(code, words):
    """The register's own word for no small area is not taken for Northern Ireland."""
    assert registrations.reason(code) == words


# postcodes


@pytest.mark.parametrize("name", ["onspd_2012.csv", "nspl_2023.csv", "nspl_2026.csv"])
def test_ons_postcodes_of_every_vintage(name):
    """Columns are found by their stem; a postcode without a grid reference has no place."""
    frame = postcodes.postcodes(SAMPLES / name).frame.set_index("postcode")
    assert frame.loc["ZZ11AA", ["x", "y"]].tolist() == [400_000, 300_000]
    assert frame["terminated"].tolist() == [False, True, False, False, False]
    assert frame.loc["ZZ23AA"].isna()["x"]
    # its grid is Ireland's
    assert frame.loc["BT991AA"].isna()["x"]


def test_code_point_open_as_it_comes(tmp_path):
    """An archive of files without headings is read; headings in its Doc folder are no postcodes."""
    path = tmp_path / "codepo_gb.zip"
    with zipfile.ZipFile(path, "w") as archive:
        text = (SAMPLES / "code-point-open.csv").read_text()
        archive.writestr("Data/CSV/zz.csv", text)
        archive.writestr("Data/CSV/zy.csv", text.replace("ZZ", "ZY").replace("400000", "410000"))
        archive.write(
            SAMPLES / "code-point-open_column-headers.csv", "Doc/Code-Point_Open_Column_Headers.csv"
        )
    table = postcodes.postcodes(path)
    frame = table.frame.set_index("postcode")
    assert list(frame.index) == ["ZY11AA", "ZY11AD", "ZY23AA", "ZZ11AA", "ZZ11AD", "ZZ23AA"]
    assert frame.loc["ZY11AA", "x"] == 410_000
    assert frame.loc["ZZ23AA"].isna()["x"]
    assert "1 files in other folders" in table.notes[0]


def test_code_point_open_with_headings(tmp_path):
    """With the published headings the same file gives the same places."""
    path = tmp_path / "cp.csv"
    headings = (SAMPLES / "code-point-open_column-headers.csv").read_text().splitlines()[1]
    path.write_text(f"{headings}\n{(SAMPLES / 'code-point-open.csv').read_text()}")
    one, other = postcodes.postcodes(path), postcodes.postcodes(SAMPLES / "code-point-open.csv")
    pd.testing.assert_frame_equal(one.frame, other.frame)


@pytest.mark.parametrize(
    ("written", "x", "y", "approximate"),
    [
        ("ZZ1 1AA", 400_000, 300_000, False),
        (" zz11aa", 400_000, 300_000, False),
        ("ZZ1  1AB", 400_200, 300_000, True),
        ("ZZ1 1ZZ", 400_000, 300_200, True),
        ("ZZ2 3AA", None, None, False),
        ("ZZ1", None, None, False),
        ("ZZ1 1", None, None, False),
        ("", None, None, False),
    ],
    ids="as-is spacing ended unknown no-place outward sector blank".split(),
)
def test_a_postcode_is_never_in_a_wrong_place(written, x, y, approximate):
    """Ended and unknown postcodes are marked; part of a postcode has no place at all."""
    known = postcodes.postcodes(SAMPLES / "nspl_2023.csv").frame
    found = postcodes.find(pd.Series([written]), known).iloc[0]
    assert (None if pd.isna(found["x"]) else found["x"]) == x
    assert (None if pd.isna(found["y"]) else found["y"]) == y
    assert found["approximate"] == approximate


# geography


@pytest.mark.parametrize("name", ["lsoa11_loc22", "lsoa21_sicbl23", "lsoa11_ccg21"])
def test_lookups_prefer_codes_of_the_nhs(name):
    """CCG, LOC and SICBL columns of any year are the commissioner; CDH codes win over ONS codes."""
    frame = geography.lookup(SAMPLES / f"lookup_{name}.csv").frame
    assert list(frame["commissioner_code"]) == ["01Z", "02Z"]
    assert set(frame["icb_code"]) == {"QZ1"}
    assert list(frame["local_authority_code"]) == ["E06999901", "E06999902"]
    assert list(frame["local_authority_name"]) == ["Averton", "Sorrel"]


def test_a_lookup_of_output_areas_is_brought_to_small_areas():
    """Records that repeat word for word count once; MSOA columns are left alone."""
    frame = geography.lookup(SAMPLES / "lookup_oa21_lsoa21.csv").frame
    assert by(frame, "small_area_code", "local_authority_name") == {
        "E01990001": "Averton",
        "E01990002": "Sorrel",
    }


def test_small_areas_alone_are_no_lookup():
    """A file that says of small areas only how many people there are is refused as a look-up."""
    path = SAMPLES / "gp-reg-pat-prac-lsoa-all_2025.csv"
    assert "without a code of what they lie in" in said(geography.lookup, path)


def test_the_lookup_of_both_vintages(tmp_path):
    """All four codes are as published, and the same where the file does not say them."""
    path = SAMPLES / "lookup_lsoa11_lsoa21.csv"
    table = geography.vintage_lookup(path)
    assert list(table.frame["change"]) == ["U", "S", "S", "M", "M", "X", "X", "X"]
    assert list(table.frame["lsoa11_code"][1:3]) == ["E01990002", "E01990002"]
    bare = tmp_path / "lookup.csv"
    bare.write_text(path.read_text().replace("CHGIND", "NOTE"))
    told = geography.vintage_lookup(bare).frame["change"]
    # by the pairs alone the last but two is split and the last merged
    assert list(told) == ["U", "S", "S", "M", "M", "S", "X", "M"]


@pytest.mark.parametrize("year", [2011, 2021])
def test_rural_urban_classes_of_both_years(year):
    """Town and fringe (2011) and larger rural (2021) are rural."""
    frame = geography.rural_urban(SAMPLES / f"ruc_{year}.csv").frame
    assert frame["rural"].tolist() == [False, True]


def areas(*, lsoa: str = "LSOA21CD") -> gpd.GeoDataFrame:
    """Two squares with codes."""
    return gpd.GeoDataFrame(
        {lsoa: ["E01990002", "E01990001"], lsoa.replace("CD", "NM"): ["Two", "One"]},
        geometry=[shapely.box(x, 300_000, x + 1_000, 301_000) for x in (401_000, 400_000)],
        crs="EPSG:27700",
    )


def shapefile_zip(path: Path) -> None:
    """Write a zipped Shapefile in a folder."""
    frame = areas()
    frame.to_file(path.with_suffix(".shp"))
    with zipfile.ZipFile(path, "w") as archive:
        for part in sorted(path.parent.glob(f"{path.stem}.*")):
            if part.suffix != path.suffix:
                archive.write(part, f"LSOA 2021/{part.name}")


def several_layers(path: Path) -> None:
    """Write a GeoPackage whose last layer is the small areas."""
    frame = areas()
    centres = frame.set_geometry(frame.centroid)
    pyogrio.write_dataframe(centres, path, layer="centres", driver="GPKG")
    wards = frame.rename(columns={"LSOA21CD": "MSOA21CD", "LSOA21NM": "MSOA21NM"})
    pyogrio.write_dataframe(wards, path, layer="msoa", driver="GPKG", append=True)
    pyogrio.write_dataframe(frame, path, layer="lsoa", driver="GPKG", append=True)


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("a.gpkg", lambda p: areas().to_file(p)),
        ("a.gpkg", several_layers),
        ("a.shp", lambda p: areas().to_file(p)),
        ("a.zip", shapefile_zip),
        ("a.geojson", lambda p: areas().to_crs(4326).to_file(p)),
        ("a.txt", lambda p: areas().to_file(p, driver="GeoJSON")),
        ("a.parquet", lambda p: areas().to_parquet(p)),
        ("a.fgb", lambda p: areas(lsoa="F_LSOA11CD").to_file(p)),
        ("a.gpkg", lambda p: areas().rename(columns={"LSOA21CD": "lsoa21_code"}).to_file(p)),
    ],
    ids="gpkg layers shp zip geojson text parquet flatgeobuf lower-case".split(),
)
def test_boundaries_in_every_form(tmp_path, name, write):
    """The same areas come from every kind of file, told by content; the right layer is found."""
    write(tmp_path / name)
    frame = boundaries.small_areas(tmp_path / name).frame
    assert list(frame["small_area_code"]) == ["E01990001", "E01990002"]
    assert frame.crs.to_epsg() == 27700
    assert frame.geometry.area.round(-3).tolist() == [1_000_000, 1_000_000]


@pytest.mark.parametrize(
    "stem", ["LAD24", "MSOA21", "CCG21", "SICBL23", "ICB23", "STP20", "WD24", "lad24_"]
)
def test_boundaries_of_every_kind_are_outlines(tmp_path, stem):
    """Boundaries of the ONS (CD before NM) are outlines by name, and no small areas."""
    code, name = (stem + end for end in (("code", "name") if stem.islower() else ("CD", "NM")))
    frame = areas().rename(columns={"LSOA21CD": code, "LSOA21NM": name})
    path = tmp_path / "outlines.gpkg"
    frame.to_file(path)
    assert boundaries.outlines(path).frame["name"].tolist() == ["Two", "One"]
    assert "no column of codes among" in said(boundaries.small_areas, path)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.drop(columns="LSOA21CD"), "no column of codes among"),
        (lambda f: f.set_crs(None, allow_override=True), "no CRS"),
        (lambda f: f.set_crs(4326, allow_override=True), "look like British National Grid"),
        (lambda f: f.assign(LSOA21CD="E01990001"), "E01990001 again"),
        (lambda f: f.assign(LSOA21CD=["E01990001", None]), "a blank"),
        (lambda f: f.set_geometry(f.centroid), "without an area"),
        (lambda f: f.iloc[:0], "without records"),
    ],
    ids="column crs grid twice blank points empty".split(),
)
def test_what_is_wrong_with_boundaries(tmp_path, change, words):
    """Each fault of boundaries is said in words."""
    change(areas()).to_parquet(tmp_path / "a.parquet")
    assert words in said(boundaries.small_areas, tmp_path / "a.parquet")


# people and places


@pytest.mark.parametrize("year", [2019, 2025])
def test_deciles_of_deprivation(year):
    """Of the many deciles of the indices that of multiple deprivation is taken."""
    frame = people.deprivation(SAMPLES / f"imd_{year}.csv").frame
    assert by(frame, "small_area_code", "decile") == {"E01990001": 9, "E01990002": 1}


@pytest.mark.parametrize(
    ("headings", "number"),
    [
        ("LSOA code (2011),Index of Multiple Deprivation (IMD) Rank (where 1 is most)", 32_844),
        ("LSOA code (2021),Index of Multiple Deprivation (IMD) Rank (where 1 is most)", 33_755),
        ("LSOA11CD,IMD19", 32_844),
        ("lsoa_code,imd2025_rank", 33_755),
        ("lsoa21_code,IMD_rank", 33_755),
    ],
    ids="2011 2021 look-up year lower-case".split(),
)
def test_deciles_from_ranks(tmp_path, headings, number):
    """Ranks alone become England's tenths of their LSOA, the most deprived first, which is said."""
    path = tmp_path / "ranks.csv"
    tenth = number // 10
    ranks = [1, tenth, tenth + 1, number // 2, number]
    rows = [f"E0100{at:04d},{rank}\n" for at, rank in enumerate(ranks)]
    path.write_text(f"{headings}\n{''.join(rows)}")
    table = people.deprivation(path)
    assert table.frame["decile"].tolist() == [1, 1, 2, 5, 10]
    assert f"tenths of England's {number:,} small areas" in table.notes[0]
    assert "of which 1 is the most deprived" in table.notes[0]
    path.write_text(f"{headings}\nE01000001,{number + 1}\nE01000002,0\n")
    fault = said(people.deprivation, path)
    assert f"row 2, column {headings.split(',')[1]}" in fault or "row 3" in fault


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "LSOA code (2011),Index of Multiple Deprivation (IMD) Score,Income Score (rate)\n"
            "E01000001,6.2,0.01\n",
            "found scores without deciles or ranks",
        ),
        ("LSOA21CD,IMD Score\nE01000001,6.2\n", "column IMD Score: found scores without"),
        ("lsoa_code,IMD rank\nE01000001,7\n", "ranks of small areas that may be LSOA 2011 or"),
        ("LSOA21CD,IMD rank\nE01000001,7.5\n", "row 2, column IMD rank: found '7.5'"),
        ("LSOA21CD,Income rank\nE01000001,7\n", "a column for decile in a deprivation file"),
    ],
    ids="file-5 score vintage fraction domain".split(),
)
def test_deprivation_that_tells_no_decile(tmp_path, text, words):
    """Scores, ranks of an unknown LSOA and other domains' ranks are refused in words."""
    path = tmp_path / "imd.csv"
    path.write_text(text)
    assert words in said(people.deprivation, path)


@pytest.mark.parametrize("year", [2020, 2022])
def test_populations_of_the_ons(tmp_path, year):
    """The total is taken below a title; without one the single years of age are added up."""
    text = (SAMPLES / f"sape_{year}.csv").read_text()
    expected = {"E01990001": 1820, "E01990002": 910}
    frame = people.populations(SAMPLES / f"sape_{year}.csv").frame
    assert by(frame, "small_area_code", "population") == expected
    path = tmp_path / "ages.csv"
    path.write_text(text.replace(",All Ages", ",x").replace(",Total", ",x"))
    table = people.populations(path)
    assert by(table.frame, "small_area_code", "population") == expected
    assert "sum of" in table.notes[0]


def test_sites_and_candidate_sites():
    """Reports without headings give open sites; closed ones are set aside."""
    branches = sites.sites(SAMPLES / "ebranchs.csv")
    assert by(branches.frame, "practice_code", "postcode") == {"Z90001": "ZZ1 1AD"}
    assert branches.set_aside == 1
    table = sites.candidate_sites(SAMPLES / "ets.csv")
    assert list(table.frame["site_code"]) == ["RZZ01", "RZZ02"]
    assert table.frame["x"].isna().all()
    trusts = sites.candidate_sites(SAMPLES / "etr.csv")
    assert by(trusts.frame, "site_code", "postcode") == {"RZZ": "ZZ1 1AB"}
    assert trusts.set_aside == 1


def test_attributes_keep_their_own_headings(tmp_path):
    """Whatever stands beside a PCN's code comes back as text."""
    path = tmp_path / "a.csv"
    path.write_text("PCN Code,Lead trust,Beds (2025),\nU99001,Avershire,12,\nU99002,,0,\n")
    frame = people.attributes(path).frame
    assert frame.columns.tolist() == ["pcn_code", "Lead trust", "Beds (2025)"]
    assert frame["Beds (2025)"].tolist() == ["12", "0"]
    path.write_text("PCN Code,a\nU9,1\nU99001,2\nU99001,3\n")
    fault = said(people.attributes, path)
    assert "'U9'; expected a PCN code" in fault
    assert "U99001 again" in fault


@pytest.mark.parametrize(
    "text",
    [
        "base,LSOA21CD,minutes\nHill,E01990001,10\nHill,E01990002,\nLake,E01990001,0.5\n",
        "base,LSOA21CD,Travel time (seconds)\nHill,E01990001,600\nLake,E01990001,30\n",
        "base,E01990001,E01990002\nHill,10,\nLake,0.5,\n",
        "seconds,E01990001,E01990002\nHill,600,\nLake,30,\n",
        "LSOA21CD,Hill,Lake\nE01990001,10,0.5\nE01990002,,\n",
    ],
    ids="long seconds by-base by-base-seconds by-area".split(),
)
def test_travel_times_in_every_shape(tmp_path, text):
    """Pairs, or a grid either way round, in minutes or seconds; a blank is no road."""
    path = tmp_path / "times.csv"
    path.write_text(text)
    frame = travel_times.travel_times(path).frame
    assert frame.to_dict("list") == {
        "base": ["Hill", "Lake"],
        "small_area_code": ["E01990001", "E01990001"],
        "minutes": [10.0, 0.5],
    }


# every file at once

READERS = {
    "practices": practices.practice_map,
    "list_sizes": lists.list_sizes,
    "ages": lists.ages,
    "weighted_lists": lists.weighted_lists,
    "locations": practices.locations,
    "postcodes": postcodes.postcodes,
    "sites": sites.sites,
    "candidate_sites": sites.candidate_sites,
    "registrations": registrations.registrations,
    "small_areas": boundaries.small_areas,
    "outlines": boundaries.outlines,
    "small_area_lookup": geography.lookup,
    "vintage_lookup": geography.vintage_lookup,
    "rural_urban": geography.rural_urban,
    "localities": geography.localities,
    "crossings": geography.crossings,
    "places": geography.places,
    "populations": people.populations,
    "deprivation": people.deprivation,
    "attributes": people.attributes,
    "travel_times": travel_times.travel_times,
}


OWN = ("crossings", "localities", "locations", "places", "travel_times")


@pytest.mark.parametrize("key", sorted(READERS))
def test_no_bytes_are_a_traceback(tmp_path, key):
    """Files of other kinds, cut, scrambled and random bytes are read or refused, never a crash."""
    rng = random.Random(key)
    book = epcn_workbook(tmp_path / "book.xlsx").read_bytes()
    areas().to_file(tmp_path / "a.gpkg")
    areas().to_parquet(tmp_path / "a.parquet")
    packed(tmp_path / "a.zip", "epraccur.csv", "nspl_2026.csv")
    files = [path.read_bytes() for path in sorted(SAMPLES.glob("*.csv"))]
    files += [book] + [(tmp_path / f"a.{end}").read_bytes() for end in ("gpkg", "parquet", "zip")]
    path = tmp_path / "file"
    read = 0
    for raw in files:
        cut = raw[: rng.randrange(1, len(raw))]
        noise = bytearray(raw[:20_000])
        for _ in range(20):
            noise[rng.randrange(len(noise))] = rng.randrange(256)
        for content in (raw, rng.choice((cut, bytes(noise)))):
            path.write_bytes(content)
            with contextlib.suppress(InputError):
                assert len(READERS[key](path).frame)
                read += 1
    for content in (b"", b"\n\n", b"\0" * 99, rng.randbytes(5_000), b'"', b",,,\n" * 9, b"{}"):
        path.write_bytes(content)
        assert said(READERS[key], path)
    # whatever this reader is for is among the samples, or is a planner's own
    assert read or key in OWN
    assert said(READERS[key], tmp_path)
    assert said(READERS[key], tmp_path / "nowhere")


def test_more_than_anybody_has_is_refused(tmp_path, monkeypatch):
    """What unpacks to more than the limit is refused before it fills the memory."""
    monkeypatch.setattr(streams, "MOST_BYTES", 1 << 20)
    bomb = b"PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\n" + b"Z90001,E01990001,1\n" * 100_000
    (tmp_path / "a.gz").write_bytes(gzip.compress(bomb))
    assert "once unpacked" in said(registrations.registrations, tmp_path / "a.gz")
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", bomb)
    assert "once unpacked" in said(registrations.registrations, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bomb)
    assert "once unpacked" in said(registrations.registrations, tmp_path / "a.xlsx")


@pytest.mark.parametrize("more", [0, 1])
def test_a_long_cell(tmp_path, more):
    """A name as long as a spreadsheet's cell is a name; a longer one is told with its place."""
    path = tmp_path / "long.csv"
    name = "x" * (32_767 + more)
    path.write_text(
        f'PRACTICE_CODE,PRACTICE_NAME,PCN_CODE\nZ90001,"{name}",U99001\nZ90002,b,U99001\n'
    )
    if more:
        found = said(practices.practice_map, path)
        assert "row 2, column PRACTICE_NAME" in found
        assert len(found) < 2_000
    else:
        assert practices.practice_map(path).frame["practice_name"].iloc[0] == name


# the real files, where they are


def test_real_epraccur_and_epcn(shared):
    """The reports of 2022 hold what the map of that month holds."""
    folder = shared / "england-2022"
    listed = practices.practice_map(folder / "epraccur_2022-01.csv")
    assert (len(listed.frame), listed.rows) == (6965, 14963)
    members = practices.practice_map(folder / "ePCN_2022-05.xlsx").frame
    mapped = practices.practice_map(folder / "gp-reg-pat-prac-map_2022-01.csv").frame
    both = mapped.merge(members, on="practice_code")
    assert len(both) > 6_400
    # some changed in April
    assert (both["pcn_code_x"] == both["pcn_code_y"]).mean() > 0.97
    assert (
        practices.combined([listed, practices.practice_map(folder / "ePCN_2022-05.xlsx")])
        .frame["pcn_code"]
        .notna()
        .sum()
        > 6_400
    )


def test_real_maps_of_three_years(shared):
    """The maps of 2020 to 2026 have the same columns and their own dates."""
    for month, count in (("2020-09", 6708), ("2025-10", 6202), ("2026-08", 6129)):
        table = practices.practice_map(shared / f"england-maps/gp-reg-pat-prac-map_{month}.csv")
        assert len(table.frame) == count
        date = dates.data_date(table.frame["extract_date"])
        assert date.isoformat()[:7] == month


def test_real_figures_of_small_areas(shared, tmp_path):
    """Deciles, populations and the look-up of vintages are whole."""
    folder = shared / "population"
    assert (
        people.populations(folder / "population20_lsoa11.csv.gz").frame["population"].sum() > 59e6
    )
    for name, count in (("imd2019_england_lsoa11", 32844), ("imd2025_england_lsoa21", 33755)):
        deciles = people.deprivation(folder / f"{name}.csv.gz").frame["decile"]
        assert len(deciles) == count
        assert deciles.value_counts(normalize=True).between(0.099, 0.101).all()
        ranks = pd.read_csv(folder / f"{name}.csv.gz").iloc[:, [0, 9]]
        assert ranks.columns[1] == "IMD_rank"
        ranks.to_csv(tmp_path / "ranks.csv", index=False)
        assert people.deprivation(tmp_path / "ranks.csv").frame["decile"].equals(deciles)
    look = geography.vintage_lookup(shared / "geography/lookup_lsoa11_lsoa21_ltla22.csv").frame
    assert set(look["change"]) == {"U", "S", "M", "X"}


def test_real_postcodes_find_almost_every_practice(shared):
    """Code-Point Open of 2014 knows the postcodes or at least the sectors of today's practices."""
    known = postcodes.postcodes(shared / "postcodes/codepoint_open_2014-08_england.csv.gz").frame
    mapped = practices.practice_map(shared / "england-maps/gp-reg-pat-prac-map_2026-08.csv").frame
    found = postcodes.find(mapped["postcode"], known)
    assert found["x"].isna().sum() < 10
    assert found["approximate"].mean() < 0.02
