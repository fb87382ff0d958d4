"""Several files under one key: added up or stacked, never counted twice, each file named."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner
from toy import County, code_of, table

from footprint import check, cli, patch, pipeline, record, settings
from footprint.checkup import as_json, text
from footprint.errors import InputError
from footprint.sources import several

SAMPLES = Path(__file__).parent / "samples"

HEADINGS = ["PRACTICE_CODE", "LSOA_CODE", "SEX", "NUMBER_OF_PATIENTS"]
Rows = list[tuple[object, ...]]


def county() -> County:
    """Two PCNs, a commuter, patients without a small area, and one of a practice nobody knows."""
    # A A B
    # A B B
    extra = [("Z00000", "EMPTY", 5), ("Z00001", "S01000001", 2), ("Y99999", code_of(0, 0), 9)]
    return County("AAB\nABB", extra=extra)


def whole(made: County) -> Rows:
    """Registrations of everybody."""
    return [(practice, area, "ALL", count) for practice, area, count in made.registrations]


def half(made: County, sex: str) -> Rows:
    """Registrations of one sex: women are a third, whole people."""
    women = [count // 3 for *_, count in made.registrations]
    counts = [
        few if sex == "FEMALE" else count - few
        for few, (*_, count) in zip(women, made.registrations, strict=True)
    ]
    return [
        (practice, area, sex, count)
        for (practice, area, _), count in zip(made.registrations, counts, strict=True)
    ]


def given(path: Path, key: str, *files: str) -> Path:
    """Give a key of a patch file a list of files."""
    lines = [x for x in path.read_text().splitlines() if not x.startswith(f"{key} = ")]
    at = lines.index("[inputs]") + 1
    lines.insert(at, f"{key} = {json.dumps(list(files))}")
    path.write_text("\n".join(lines) + "\n")
    return path


def said(path: Path) -> str:
    """All that loading a patch complains of."""
    with pytest.raises(InputError) as caught:
        patch.load(settings.load(path))
    return str(caught.value)


@pytest.fixture
def place(tmp_path) -> Path:
    """A patch file with the registrations of everybody, of men, of women, and of each practice."""
    made = county()
    path = made.write(tmp_path)
    table(tmp_path / "male.csv", HEADINGS, half(made, "MALE"))
    table(tmp_path / "female.csv", HEADINGS, half(made, "FEMALE"))
    for practice in ("Z00000", "Z00001", "Y99999"):
        mine = [row for row in whole(made) if row[0] == practice]
        table(tmp_path / f"{practice}.csv", HEADINGS, mine)
    return path


def test_both_sexes_are_everybody(place):
    """The male and the female file are added up: the same pairs and counts as the file of all."""
    alone = patch.load(settings.load(place))
    both = patch.load(settings.load(given(place, "registrations", "male.csv", "female.csv")))
    pd.testing.assert_frame_equal(both.pairs, alone.pairs)
    assert both.counts == alone.counts
    counts = both.counts
    assert (counts["unplaced"], counts["set_aside"]) == (7, 9)
    assert (
        counts["registered"] == counts["placed"] + counts["unplaced"] + counts["set_aside"] == 616
    )
    read = both.tables["registrations"]
    assert [file.path.name for file in read.files] == ["male.csv", "female.csv"]
    assert (read.rows, len({read.sha256, *(file.sha256 for file in read.files)})) == (18, 3)


def test_files_of_several_regions_are_stacked(place):
    """A file for each practice is the file of all, and nobody set aside is lost."""
    alone = patch.load(settings.load(place))
    files = ("Z00001.csv", "Y99999.csv", "Z00000.csv")
    joined = patch.load(settings.load(given(place, "registrations", *files)))
    pd.testing.assert_frame_equal(joined.pairs, alone.pairs)
    assert joined.counts == alone.counts


def test_a_list_of_one_is_one(place):
    """A list with one file is the file."""
    joined = patch.load(settings.load(given(place, "registrations", "registrations.csv")))
    assert joined.tables["registrations"].parts == ()


@pytest.mark.parametrize(
    ("files", "file", "words"),
    [
        (("registrations.csv", "copy.csv"), "copy.csv", "the same bytes as"),
        (("male.csv", "copy.csv", "female.csv"), "copy.csv", "9 records that"),
        (("registrations.csv", "male.csv", "female.csv"), "female.csv", "one sex (FEMALE) of 3"),
        (("female.csv", "registrations.csv"), "female.csv", "of 3 practices of which"),
        (("registrations.csv", "Z00001.csv"), "Z00001.csv", "4 records that"),
        (("male.csv", "Z00001.csv"), "male.csv", "patients of one sex (MALE) of 1 practice of"),
        (("Z00000.csv", "other.csv"), "other.csv", "patients of one sex only (MALE)"),
        (("Z00000.csv", "dated.csv", "later.csv"), "later.csv", "records of 1 July 2025"),
        (("Z00000.csv", "old.csv"), "old.csv", "codes of LSOA 2011; expected codes of LSOA 2021"),
        (
            ("old.csv", "Z00000.csv"),
            "Z00000.csv",
            "codes of LSOA 2021; expected codes of LSOA 2011",
        ),
        (("Z00000.csv", "bad.csv"), "bad.csv", "row 3, column NUMBER_OF_PATIENTS: found 'x'"),
        (("bad.csv", "female.csv"), "bad.csv", "row 3, column NUMBER_OF_PATIENTS: found 'x'"),
    ],
    ids="bytes sex-twice all-and-both all-and-one again whole-and-half half dates 2011 2021 bad"
    " bad-first".split(),
)
def test_nobody_is_counted_twice(place, files, file, words):
    """Whatever would count people twice is a fault that names the file and what is wrong."""
    folder = place.parent
    rows = [("Z00001", code_of(1, 1), "ALL", 7)]
    shutil.copy(folder / "registrations.csv", folder / "copy.csv")
    if files[0] == "male.csv":
        # the same men, written otherwise
        (folder / "copy.csv").write_text((folder / "male.csv").read_text().replace("MALE", "M"))
    men = [row for row in half(county(), "MALE") if row[0] == "Z00001"]
    table(folder / "other.csv", HEADINGS, men)
    for name, date in (("dated", "01OCT2025"), ("later", "2025-07-01")):
        dated = [(date, name, *row[1:]) for row in rows]
        table(folder / f"{name}.csv", ["EXTRACT_DATE", *HEADINGS], dated)
    table(
        folder / "old.csv", [HEADINGS[0], "LSOA11CD", *HEADINGS[2:]], [("Z9", "E01000008", "", 7)]
    )
    table(folder / "bad.csv", HEADINGS, [*rows, ("Z00001", code_of(1, 2), "ALL", "x")])
    fault = said(given(place, "registrations", *files))
    mine = [line for line in fault.splitlines() if line.startswith(f"{folder / file}")]
    assert any(words in line for line in mine), fault
    # no fault is told of a file that has none
    assert len(mine) == len(fault.splitlines()) or file == "female.csv"


def test_vintages_that_only_the_lookup_tells_apart(place):
    """Of two files of one heading one has codes that 2021 dropped: the look-up tells which."""
    folder = place.parent
    table(folder / "old.csv", HEADINGS, [("Z00001", "E01000008", "ALL", 7)])
    table(
        folder / "both.csv",
        ["LSOA11CD", "LSOA21CD"],
        [("E01000008", code_of(1, 1)), ("E01000009", code_of(1, 2))],
    )
    given(place, "registrations", "registrations.csv", "old.csv")
    blind = patch.load(settings.load(place))
    assert blind.unplaced.set_index("reason")["patients"].to_dict() == {
        "English small area not in the boundaries": 7,
        "no small area recorded": 5,
        "lives in Scotland": 2,
    }
    fault = said(given(place, "vintage_lookup", "both.csv"))
    assert f"{folder / 'old.csv'}, column LSOA_CODE: found codes of LSOA 2011" in fault
    assert "expected codes of LSOA 2021, as in" in fault


def read(key: str, *paths: Path) -> patch.Read:
    """The files of a key as a run reads them."""
    return patch.read(key, paths)


def stacked(key: str, *paths: Path) -> pd.DataFrame:
    """The table of several files; a fault fails the test."""
    done = read(key, *paths)
    assert not done.faults, done.faults
    return done.table.frame


@pytest.mark.parametrize(
    ("key", "headings", "one", "other", "again"),
    [
        ("weighted_lists", "PRACTICE_CODE,WEIGHTED_LIST", "Z1,7.5", "Z2,8", "Z1,7.5"),
        (
            "locations",
            "PRACTICE_CODE,EASTING,NORTHING",
            "Z1,400000,300000",
            "Z2,1,300000",
            "Z1,400000,300900",
        ),
        ("populations", "LSOA21CD,Population", "E01990001,5", "E01990002,6", "E01990001,5"),
        ("rural_urban", "LSOA21CD,RUC", "E01990001,Rural", "E01990002,Urban", "E01990001,Urban"),
        ("deprivation", "LSOA21CD,IMD decile", "E01990001,5", "E01990002,6", "E01990001,6"),
        (
            "localities",
            "LSOA21CD,Locality",
            "E01990001,North",
            "E01990002,South",
            "E01990001,South",
        ),
        (
            "small_area_lookup",
            "LSOA21CD,LAD24CD",
            "E01990001,E06",
            "E01990002,E07",
            "E01990001,E07",
        ),
        ("team_areas", "LSOA_CODE,team_id", "E01990001,T1", "E01990001,T2", "E01990001,T1"),
        ("travel_times", "base,LSOA21CD,minutes", "Hill,E01990001,5", "Dale,E01990001,6", None),
        ("places", "place_name,easting,northing", "Hill,400000,300000", "Dale,400900,300000", None),
        ("crossings", "a,b,kind", "E01990001,E01990002,bridge", "E01990001,E01990003,cut", None),
    ],
)
def test_rows_of_two_files_are_rows_of_one(tmp_path, key, headings, one, other, again):
    """Two files hold what one with both rows holds; a row that must not repeat is a named fault."""
    paths = [tmp_path / f"{name}.csv" for name in ("one", "two", "all", "again")]
    for path, rows in zip(paths, (one, other, f"{one}\n{other}", f"{other}\n{again}"), strict=True):
        path.write_text(f"{headings}\n{rows}\n")
    first, second, both, repeated = paths
    frame = stacked(key, first, second)
    alone = stacked(key, both)
    pd.testing.assert_frame_equal(frame, alone, check_like=True)
    if again is not None:
        (fault,) = read(key, first, repeated).faults
        assert fault.file == str(repeated)
        assert fault.found.startswith(f"1 record that {first} has too, such as")


def test_the_same_row_of_a_lookup_in_two_files_counts_once(tmp_path):
    """Regions' look-ups that overlap say the same of the area on the border: it is one area."""
    text = (SAMPLES / "lookup_lsoa21_sicbl23.csv").read_text()
    lines = text.splitlines(keepends=True)
    (tmp_path / "north.csv").write_text(text)
    (tmp_path / "south.csv").write_text("".join([lines[0], lines[2]]))
    frame = stacked("small_area_lookup", tmp_path / "north.csv", tmp_path / "south.csv")
    assert list(frame["small_area_code"]) == ["E01990001", "E01990002"]


def test_code_point_open_a_file_for_each_area(tmp_path):
    """Headless files of postcode areas stack; one in degrees joins in metres; the first counts."""
    text = (SAMPLES / "code-point-open.csv").read_text()
    (tmp_path / "zz.csv").write_text(text)
    (tmp_path / "zy.csv").write_text(text.replace("ZZ", "ZY").replace("400000", "410000"))
    # 52.597792, -2.001433 is 400000, 300000
    (tmp_path / "own.csv").write_text(
        "Postcode,Latitude,Longitude\nZZ1 1AA,52.6,-2.1\nZX1 1AA,52.597792,-2.001433\n"
    )
    done = read("postcodes", *(tmp_path / f"{name}.csv" for name in ("zz", "zy", "own")))
    frame = done.table.frame.set_index("postcode")
    assert list(frame.index) == "ZZ11AA ZZ11AD ZZ23AA ZY11AA ZY11AD ZY23AA ZX11AA".split()
    assert set(frame["units"]) == {"metres"}
    assert frame.loc[["ZZ11AA", "ZY11AA"], "x"].tolist() == [400_000, 410_000]
    assert frame.loc["ZX11AA", ["x", "y"]].astype(float).round().tolist() == [400_000, 300_000]
    assert frame.loc["ZZ23AA"].isna()["x"]
    assert done.table.notes == ("1 record that a file before has too left out.",)
    assert (done.table.rows, done.table.set_aside) == (8, 1)


def test_lists_and_ages_of_both_sexes(tmp_path):
    """Single years of men and of women give the lists and bands of everybody; one does not."""
    male, female = (SAMPLES / f"gp-reg-pat-prac-sing-age-{x}_2025.csv" for x in ("male", "female"))
    lists = stacked("list_sizes", male, female)
    assert dict(zip(lists["practice_code"], lists["patients"], strict=True)) == {
        "Z90001": 7000,
        "Z90003": 5000,
    }
    ages = stacked("ages", male, female)
    assert list(ages["age"][:3]) == ["0_4", "5_9", "10_14"]
    assert ages.groupby("practice_code")["patients"].sum().to_dict() == {
        "Z90001": 7000,
        "Z90003": 5000,
    }
    (fault,) = read("ages", male).faults
    assert "patients of one sex only (MALE)" in fault.found


def test_trusts_and_their_sites_as_bases():
    """The reports ets and etr are places that could be a base, together."""
    frame = stacked("candidate_sites", SAMPLES / "ets.csv", SAMPLES / "etr.csv")
    assert list(frame["site_code"]) == ["RZZ01", "RZZ02", "RZZ"]


@pytest.mark.parametrize("turn", [1, -1])
def test_practices_and_memberships_in_any_order(turn):
    """An epraccur and its PCNs' practices know both; the list of practices says which there are."""
    paths = [SAMPLES / name for name in ("epraccur.csv", "epcncorepartnerdetails.csv")][::turn]
    done = read("practices", *paths)
    frame = done.table.frame.set_index("practice_code")
    assert list(frame.index) == ["Z90001", "Z90002", "Z90003"]
    assert frame["pcn_code"].tolist() == ["U99001", "U99001", "U99002"]
    assert frame.loc["Z90001", "postcode"] == "ZZ1 1AA"
    assert [file.what for _, file, _ in done.files][::turn] == [
        "list of practices (epraccur)",
        "list of PCNs' practices (ePCN)",
    ]
    assert any(note.startswith("epraccur.csv: 6 of 9 records") for note in done.table.notes)


def test_maps_of_two_regions(tmp_path):
    """Maps of two regions stack; a practice that they put into two PCNs is named."""
    text = (SAMPLES / "gp-reg-pat-prac-map_2026.csv").read_text()
    lines = text.splitlines(keepends=True)
    north, south = tmp_path / "north.csv", tmp_path / "south.csv"
    north.write_text("".join(lines[:2]))
    south.write_text("".join([lines[0], lines[2]]))
    assert list(stacked("practices", north, south)["practice_code"]) == ["Z90001", "Z90003"]
    # the border's practice in both, in the same words
    south.write_text(text)
    assert list(stacked("practices", north, south)["practice_code"]) == ["Z90001", "Z90003"]
    south.write_text(text.replace("U99001", "U99009"))
    (fault,) = read("practices", north, south).faults
    assert fault.file == str(south)
    assert fault.found == f"1 practice of which {north} says other things, such as Z90001"


def test_pcns_that_differ_between_kinds_of_lists_are_said(tmp_path):
    """The map's PCN and its name count where ePCN has another PCN, and a note says so."""
    text = (SAMPLES / "epcncorepartnerdetails.csv").read_text()
    path = tmp_path / "epcn.csv"
    path.write_text(text.replace("U99001", "U99007"))
    done = read("practices", SAMPLES / "gp-reg-pat-prac-map_2026.csv", path)
    frame = done.table.frame.set_index("practice_code")
    assert frame.loc["Z90001", ["pcn_code", "pcn_name"]].tolist() == ["U99001", "AVERTON PCN"]
    assert frame.loc["Z90003", "pcn_code"] == "U99002"
    note = "1 practice is in another PCN in the list of PCNs' practices (ePCN) than in the practice"
    assert any(note in said for said in done.table.notes)


def test_boundaries_of_two_districts(place):
    """Small areas of two files are those of one, sorted; an area in both is named."""
    folder = place.parent
    areas = json.loads((folder / "areas.geojson").read_text())
    for name, part in (("north", slice(0, 3)), ("south", slice(3, 6)), ("more", slice(2, 6))):
        cut = {**areas, "features": areas["features"][part]}
        (folder / f"{name}.geojson").write_text(json.dumps(cut))
    alone = patch.load(settings.load(place))
    joined = patch.load(
        settings.load(given(place, "small_areas", "south.geojson", "north.geojson"))
    )
    assert joined.small_areas.geometry.geom_equals(alone.small_areas.geometry).all()
    assert joined.small_areas.index.equals(alone.small_areas.index)
    assert joined.small_areas.crs.to_epsg() == 27700
    fault = said(given(place, "small_areas", "north.geojson", "more.geojson"))
    assert f"{folder / 'more.geojson'}: found 1 record that" in fault


def test_a_table_beside_shapes_is_a_fault(place):
    """Team areas as a table and as polygons are two kinds, not one table."""
    folder = place.parent
    areas = json.loads((folder / "areas.geojson").read_text())
    for feature in areas["features"]:
        feature["properties"] = {"team_id": "T1"}
    (folder / "shapes.geojson").write_text(json.dumps(areas))
    table(folder / "rows.csv", ["LSOA_CODE", "team_id"], [(code_of(0, 0), "T1")])
    (fault,) = read("team_areas", folder / "rows.csv", folder / "shapes.geojson").faults
    assert (fault.file, fault.found) == (str(folder / "shapes.geojson"), "shapes")


def test_a_fault_between_files_names_the_file_of_the_row(place):
    """A team of the second file whose PCN nobody has is a fault of that file, at its own row."""
    folder = place.parent
    headings = ["team_id", "service_id", "wte", "latitude", "longitude", "pcn_codes"]
    table(folder / "one.csv", headings, [("T1", "nursing", 5, 52.6, -2.0, "U99001")])
    table(
        folder / "two.csv",
        headings,
        [("T2", "nursing", 5, 52.6, -2.0, "U99002"), ("T3", "nursing", 5, 52.6, -2.0, "U99999")],
    )
    columns = "service_id wte_per_10000 min_team_wte min_population max_travel_minutes".split()
    table(folder / "services.csv", columns, [("nursing", 5, 10, 30000, 30)])
    given(place, "services", "services.csv")
    fault = said(given(place, "teams", "one.csv", "two.csv"))
    assert fault.startswith(f"{folder / 'two.csv'}, row 3, column pcn_codes: found 'U99999'")


def test_notes_name_their_file(tmp_path):
    """What was set aside of each file is said with the file's name."""
    text = (SAMPLES / "ets.csv").read_text()
    (tmp_path / "east.csv").write_text(text)
    (tmp_path / "west.csv").write_text(text.replace("RZZ", "RYY").replace("AVERTON", "WEST"))
    done = read("candidate_sites", tmp_path / "east.csv", tmp_path / "west.csv")
    assert done.table.notes == (
        "east.csv: 1 closed site left out.",
        "west.csv: 1 closed site left out.",
    )
    assert done.table.set_aside == 2


def test_every_key_that_may_have_several_files_knows_how():
    """The settings let through as many files as can be put together, and no others."""
    assert set(settings.SEVERAL) == {*several.RULES, "practices"}
    assert set(settings.SEVERAL) < set(settings.INPUT_KEYS)


@pytest.mark.parametrize("key", sorted(set(settings.INPUT_KEYS) - set(settings.SEVERAL)))
def test_other_keys_take_one_file(place, key):
    """A list of two files under any other key is a fault of the patch file."""
    for name in ("a.csv", "b.csv"):
        (place.parent / name).write_text("x\n")
    given(place, key, "a.csv", "b.csv")
    with pytest.raises(InputError) as caught:
        settings.load(place)
    faults = [fault for fault in caught.value.faults if fault.column == key]
    assert [fault.found for fault in faults] == ["a list of 2 files"]
    assert faults[0].expected == f"one: files of {key} cannot be put together"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("[]", "registrations = []; expected the path of a file, or a list of paths"),
        ('["male.csv", 3]', "expected the path of a file, or a list of paths"),
        ('["male.csv", ""]', "expected the path of a file, or a list of paths"),
        ('["male.csv", "./male.csv"]', "found ./male.csv twice; expected each file once"),
        ('["male.csv", "nowhere.csv"]', "found no such file: nowhere.csv"),
        ('["male.csv", "."]', "found a folder: ."),
        ('[["male.csv"]]', "expected the path of a file, or a list of paths"),
    ],
)
def test_lists_that_are_none(place, value, words):
    """What is no list of files that are there, each once, is a fault of the patch file."""
    text = place.read_text().replace(
        'registrations = "registrations.csv"', f"registrations = {value}"
    )
    assert tomllib.loads(text)
    place.write_text(text)
    with pytest.raises(InputError) as caught:
        settings.load(place)
    assert words in str(caught.value)
    # the files that are there are still told of, and a half is no fault of its own
    told = check.check(place)
    assert [fault for fault in told.faults if "one sex" in fault.found] == []
    assert any(file.key == "practices" and file.ok for file in told.files)


def test_check_tells_of_every_file(place):
    """Each file of a key has its own line and object; patients are accounted for as with one."""
    given(place, "registrations", "male.csv", "female.csv")
    told = check.check(place)
    assert told.ok, told.faults
    files = [file for file in told.files if file.key == "registrations"]
    assert [(file.path, file.what, file.rows, file.vintage) for file in files] == [
        ("male.csv", "registrations file, male", 9, "2021"),
        ("female.csv", "registrations file, female", 9, "2021"),
    ]
    lines = text(told).splitlines()
    assert sum(line.startswith("  registrations  ") for line in lines) == 2
    values = json.loads(CliRunner().invoke(cli.main, ["check", str(place), "--json"]).stdout)
    assert values == json.loads(json.dumps(as_json(told)))
    assert [file["path"] for file in values["files"] if file["key"] == "registrations"] == [
        "male.csv",
        "female.csv",
    ]
    joins: dict[str, int] = {}
    for join in values["joins"]:
        joins[join["name"]] = joins.get(join["name"], 0) + join["count"]
    assert joins["patients"] == joins["placed"] + joins["unplaced"] + joins["set_aside"] == 616
    assert (joins["unplaced"], joins["set_aside"]) == (7, 9)


def test_check_tells_which_of_the_files_is_at_fault(place):
    """A fault between two files is one of the file that it names; the other is as it is."""
    given(place, "registrations", "registrations.csv", "Z00001.csv")
    told = check.check(place)
    files = {file.path: file for file in told.files if file.key == "registrations"}
    assert (files["registrations.csv"].ok, files["registrations.csv"].rows) == (True, 9)
    assert (files["Z00001.csv"].ok, files["Z00001.csv"].faults) == (False, 1)
    assert "1 fault to put right:" in text(told)
    # without registrations nothing can be joined
    assert told.joins == ()


def test_a_run_records_every_file(place, tmp_path):
    """run.json has an object for a file and a list for a list; the pages' sources name each."""
    given(place, "registrations", "male.csv", "female.csv")
    result = pipeline.study(settings.load(place))
    content = pipeline.describe(result)
    named = [(key, name) for key, name, _ in content.sources if key == "registrations"]
    assert named == [("registrations", "male.csv"), ("registrations", "female.csv")]
    recorded = record.record(result.patch, result.solver, result.audit, content)["inputs"]
    assert [file["path"] for file in recorded["registrations"]] == ["male.csv", "female.csv"]
    assert [file["rows"] for file in recorded["registrations"]] == [9, 9]
    assert len({file["sha256"] for file in recorded["registrations"]}) == 2
    assert recorded["practices"]["path"] == "map.csv"
    # another file is another run
    female = tmp_path / "female.csv"
    female.write_text(female.read_text() + "\n")
    again = pipeline.describe(pipeline.study(settings.load(place)))
    assert again.digest != content.digest
