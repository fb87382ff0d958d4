"""footprint init on folders of downloads: what each file is taken for, and which is chosen why."""

from __future__ import annotations

import os
import shutil
import tomllib
from pathlib import Path

import geopandas as gpd
import pytest
import shapely
from toy import KM, ORIGIN, County, centre, code_of, pcn_code, table

from footprint import check, starter
from footprint.errors import InputError
from footprint.starter.recognise import recognise

SAMPLES = Path(__file__).parent / "samples"
DRAWING = "AAB\nABB"

#: what each official file, re-typed, is taken for first
KEYS = {
    "code-point-open.csv": "postcodes",
    "ebranchs.csv": "sites",
    "epcncorepartnerdetails.csv": "practices",
    "epraccur.csv": "practices",
    "etr.csv": "candidate_sites",
    "ets.csv": "candidate_sites",
    "gp-reg-pat-prac-all_2018.csv": "list_sizes",
    "gp-reg-pat-prac-lsoa-all_2018.csv": "registrations",
    "gp-reg-pat-prac-lsoa-male_2025.csv": "registrations",
    "gp-reg-pat-prac-map_2019.csv": "practices",
    "gp-reg-pat-prac-map_2026.csv": "practices",
    "gp-reg-pat-prac-quin-age_2022.csv": "ages",
    "gp-reg-pat-prac-sing-age-female_2025.csv": "ages",
    "gp-reg-patients-lsoa-alt-tall_2015.csv": "registrations",
    "gp-reg-patients_2014.csv": "ages",
    "imd_2019.csv": "deprivation",
    "imd_2025.csv": "deprivation",
    "lookup_lsoa11_ccg21.csv": "small_area_lookup",
    "lookup_lsoa11_loc22.csv": "small_area_lookup",
    "lookup_lsoa11_lsoa21.csv": "vintage_lookup",
    "lookup_lsoa21_sicbl23.csv": "small_area_lookup",
    "nhspaymentsgp_2017.csv": "weighted_lists",
    "nhspaymentsgp_2023.csv": "weighted_lists",
    "nspl_2026.csv": "postcodes",
    "onspd_2012.csv": "postcodes",
    "ruc_2011.csv": "rural_urban",
    "ruc_2021.csv": "rural_urban",
    "sape_2020.csv": "populations",
    "sape_2022.csv": "populations",
}


@pytest.mark.parametrize("name", KEYS)
def test_official_files_are_taken_for_what_they_are(tmp_path, name):
    """Files of ten years, under a name that says nothing, with and without headings."""
    shutil.copyfile(SAMPLES / name, tmp_path / "download")
    kinds = recognise(tmp_path / "download").kinds
    assert min(kinds, key=kinds.get) == KEYS[name]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("ward,lsoa21cd,neighbourhood\nx,E01000001,North\n", "localities"),
        ("pcn_code,frail_people\nU12345,120\nU12346,90\n", "attributes"),
        ("a,b,kind\nE01000001,E01000002,bridge\n", "crossings"),
        ("name,type,latitude,longitude\nStone,Town,52.9,-2.1\n", "places"),
        ("Site name;Postcode\nNorth clinic;ZZ1 1AA\n", "candidate_sites"),
        ("practice_code,branch,postcode\nZ90001,Hill,ZZ1 1AA\n", "sites"),
        ("base,E01000001,E01000002,E01000003\nA,1,2,3\n", "travel_times"),
        ("team_id,lsoa21cd,time_min\nT1,E01000001,3\n", "travel_times"),
        ("practice_code,E01000001,E01000002,E01000003\nZ90001,1,2,3\n", "registrations"),
        ("geography,geography code,Total\nx,E01000001,1500\n", "populations"),
        ("lsoa21cd,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18\nE01000001" + ",9" * 19, "popul"),
        # nothing of a planner's
        ("a,b,kind\nHanley,Stone,bridge\n", None),
        ("pcn_code,pcn_name,open_date\nU12345,X,20190701\n", None),
        ("pcn_code,visits\nU12345,3\nU12345,4\n", None),
        ("organisationname,postcode,organisationtype\nX,ZZ1 1AA,Pharmacy\n", None),
        ("name,postcode,latitude,longitude\nAda,ZZ1 1AA,52.9,-2.1\n", None),
        ("from,to,kind\nx,y,z\n", None),
    ],
)
def test_a_trusts_own_tables(tmp_path, text, key):
    """Own tables are told by headings and cells; what only looks like one is nothing."""
    (tmp_path / "own").write_text(text)
    seen = recognise(tmp_path / "own")
    if key is None:
        assert seen is None
    else:
        assert min(seen.kinds, key=seen.kinds.get).startswith(key)


def county(folder: Path, **more: tuple) -> Path:
    """A county's files as downloads, with further tables by name."""
    made = County(DRAWING, patients=9_000)
    made.files = {name: (heading.split(), rows) for name, (heading, rows) in more.items()}
    made.write(folder)
    (folder / "patch.toml").unlink()
    return folder


def laid(tmp_path: Path, *sources: Path, **options: str) -> tuple[dict[str, object], str]:
    """Paths by key and the text of the patch file that is laid down."""
    started = starter.init(tmp_path / "p", sources=sources, **options)
    text = (started.folder / "patch.toml").read_text()
    return tomllib.loads(text)["inputs"], text


def names(value: object) -> list[str]:
    """Names of the files of a key."""
    return [Path(path).name for path in ([value] if isinstance(value, str) else value)]


def passes(tmp_path: Path) -> bool:
    """Whether the patch that was laid down can be analysed."""
    done = check.check(tmp_path / "p" / "patch.toml")
    assert not done.faults, done.faults
    return done.ok


def square(row: int, column: int) -> shapely.Polygon:
    """A cell of the county."""
    x, y = centre(DRAWING, row, column)
    return shapely.box(x - KM / 2, y - KM / 2, x + KM / 2, y + KM / 2)


def test_reports_of_the_ods_without_headings(tmp_path):
    """Epraccur and the core partners together are the practices; epcn alone is not needed."""
    folder = tmp_path / "ods"
    folder.mkdir()
    for number, name in enumerate(("epraccur", "epcncorepartnerdetails", "epcn", "ebranchs")):
        shutil.copyfile(SAMPLES / f"{name}.csv", folder / f"{number}.txt")
    found, text = laid(tmp_path, folder, icb="QZ1")
    assert names(found["practices"]) == ["0.txt", "1.txt"]
    what = "list of practices (epraccur) and list of PCNs' practices (ePCN)"
    assert f"# Chosen: {what}, 2 files." in text
    assert "sites" not in found
    assert "it places by postcode, and no postcodes were found" in text
    assert '# commissioners = ["01Z", "02Z"]' in text


def test_pcns_alone_cannot_tell_the_icb(tmp_path):
    """With ePCN alone an ICB that is asked for cannot be told, and what would tell it is said."""
    folder = tmp_path / "ods"
    folder.mkdir()
    shutil.copyfile(SAMPLES / "epcncorepartnerdetails.csv", folder / "a.csv")
    found, text = laid(tmp_path, folder, icb="QZ1")
    assert found == {}
    assert "it names no ICB" in text
    assert "epraccur" in text


def by_sex(folder: Path, *sexes: str) -> None:
    """Put the county's registrations into files of a sex each."""
    text = (folder / "registrations.csv").read_text().replace("PRACTICE_CODE", "EXTRACT_DATE,CODE")
    rows = [row.split(",") for row in text.splitlines()[1:]]
    for sex in sexes:
        share = {"ALL": 9_000, "MALE": 4_000, "FEMALE": 5_000}[sex]
        lines = [
            ("01OCT2025", practice, area, sex, int(count) * share // 9_000)
            for practice, area, _, count in rows
        ]
        heading = "EXTRACT_DATE PRACTICE_CODE LSOA_CODE SEX NUMBER_OF_PATIENTS".split()
        table(folder / f"gp-reg-pat-prac-lsoa-{sex.lower()}.csv", heading, lines)
    (folder / "registrations.csv").unlink()


def test_men_and_women_in_two_files(tmp_path):
    """Without a file of everybody, the files of both sexes are written as a list."""
    folder = county(tmp_path / "d")
    by_sex(folder, "MALE", "FEMALE")
    found, text = laid(tmp_path, folder)
    assert names(found["registrations"]) == [
        "gp-reg-pat-prac-lsoa-female.csv",
        "gp-reg-pat-prac-lsoa-male.csv",
    ]
    assert "registrations = [\n    " in text
    assert "2 files" in text
    assert passes(tmp_path)


def test_everybody_in_one_file_wins(tmp_path):
    """Where the file of everybody is there, it is taken alone."""
    folder = county(tmp_path / "d")
    by_sex(folder, "MALE", "FEMALE", "ALL")
    found, _ = laid(tmp_path, folder)
    assert names(found["registrations"]) == ["gp-reg-pat-prac-lsoa-all.csv"]
    assert passes(tmp_path)


def test_one_sex_alone_is_not_everybody(tmp_path):
    """Men alone are named with their fault, and the patch does not pass."""
    folder = county(tmp_path / "d")
    by_sex(folder, "MALE")
    _, text = laid(tmp_path, folder)
    assert "patients of one sex only (MALE)" in " ".join(text.replace("#", "").split())
    assert not check.check(tmp_path / "p" / "patch.toml").ok


def test_a_file_for_each_postcode_area(tmp_path):
    """Code-Point Open unpacked is a list of all its files, a file downloaded twice once."""
    folder = county(tmp_path / "d")
    csv = folder / "codepo_gb" / "Data" / "CSV"
    csv.mkdir(parents=True)
    text = (SAMPLES / "code-point-open.csv").read_text()
    (csv / "zz.csv").write_text(text)
    (csv / "zy.csv").write_text(text.replace("ZZ", "ZY"))
    (csv / "zz (1).csv").write_text(text)
    found, _ = laid(tmp_path, folder)
    assert sorted(names(found["postcodes"]))[0] == "zy.csv"
    assert len(names(found["postcodes"])) == 2
    assert passes(tmp_path)


def teams(*rows: tuple) -> tuple[str, list[tuple]]:
    """A teams file."""
    return "team_id service_id easting northing wte pcn_codes base_name", [
        (team, "nursing", ORIGIN[0] + 500, ORIGIN[1] + 500, 5, pcn_code("A"), f"{team} base")
        for team in rows
    ]


SERVICES = (
    "service_id wte_per_10000 min_team_wte min_population max_travel_minutes",
    [("nursing", 5, 1, 0, 60)],
)


@pytest.mark.parametrize(
    ("name", "driver"), [("a.gpkg", "GPKG"), ("a.geojson", "GeoJSON"), ("a.shp", None)]
)
def test_polygons_of_teams(tmp_path, name, driver):
    """Polygons whose team_id are the teams file's become its team areas, of any format."""
    folder = county(tmp_path / "d", teams=teams("T1", "T2"), services=SERVICES)
    shapes = gpd.GeoDataFrame(
        {"team_id": ["T1", "T2"], "name": ["North", "South"]},
        geometry=[square(0, 0), square(1, 1)],
        crs=27700,
    )
    shapes.to_crs(4326).to_file(folder / name, **({"driver": driver} if driver else {}))
    if driver:
        (folder / name).rename(folder / "export.data")
    found, _ = laid(tmp_path, folder)
    assert names(found["team_areas"]) == [name if driver is None else "export.data"]
    assert "outlines" not in found
    assert passes(tmp_path)


def test_polygons_of_teams_that_cannot_be_used_yet(tmp_path):
    """Ids in a column of another name, and teams that nobody knows, are said with what to do."""
    folder = county(tmp_path / "d", teams=teams("T1", "T2"), services=SERVICES)
    frame = gpd.GeoDataFrame(
        {"Patch": ["T1", "T2"]}, geometry=[square(0, 0), square(1, 1)], crs=27700
    )
    frame.to_file(folder / "shapes.gpkg", driver="GPKG")
    strange = frame.rename(columns={"Patch": "team_id"}).assign(team_id=["X1", "T2"])
    strange.to_file(folder / "theirs.gpkg", driver="GPKG")
    found, text = laid(tmp_path, folder)
    assert "team_areas" not in found
    told = " ".join(text.replace("#", "").split())
    assert "theirs.gpkg was not used for team_areas: it has areas of X1, not in the teams" in told
    assert "shapes.gpkg has the teams' ids in its column 'Patch': call that column team_id" in told


def outline(folder: Path, name: str, field: str, where: shapely.Polygon) -> None:
    """Write one outline."""
    frame = gpd.GeoDataFrame({field: ["Avershire"]}, geometry=[where], crs=27700)
    frame.to_file(folder / name, driver="GPKG")


def test_districts_are_the_outlines_and_the_others_are_named(tmp_path):
    """Of several outlines districts of the latest year win; the comment says so and names all."""
    folder = county(tmp_path / "d")
    for name, field in {
        "a.gpkg": "ICB23NM",
        "b.gpkg": "LAD21NM",
        "c.gpkg": "LAD24NM",
        "d.gpkg": "name",
        "e.gpkg": "MSOA21NM",
    }.items():
        outline(folder, name, field, square(0, 0))
    outline(folder, "aa.gpkg", "LAD25NM", shapely.box(5e5, 2e5, 5.1e5, 2.1e5))
    found, text = laid(tmp_path, folder)
    assert names(found["outlines"]) == ["c.gpkg"]
    assert "# Chosen: outlines; districts, which orient best, the latest." in text
    assert "# Found too, not chosen: ../d/b.gpkg, ../d/d.gpkg and ../d/a.gpkg." in text
    assert "aa.gpkg was not used for outlines: nothing of it lies in this patch" in text
    assert passes(tmp_path)


OWN = {
    "attributes": ("pcn_code frail", [(pcn_code("A"), 5), (pcn_code("B"), 6)]),
    "localities": ("LSOA21CD locality", [(code_of(0, 0), "North")]),
    "crossings": ("a b kind", [(code_of(0, 0), code_of(1, 1), "bridge")]),
    "places": ("place_name kind easting northing", [("Averton", "town", 400_500, 300_500)]),
    "travel_times": ("team_id LSOA21CD minutes", [("T1", code_of(0, 0), 9)]),
    "sites": ("practice_code site_name easting northing", [("Z00000", "Hill", 4e5, 3e5)]),
    "candidate_sites": ("site_name easting northing", [("Clinic", 400_500, 300_500)]),
    "weighted_lists": ("practice_code weighted_list", [("Z00000", 27_100), ("Z00001", 26_900)]),
    "deprivation": ("LSOA21CD IMD_decile", [(code_of(0, 0), 3)]),
    "populations": ("LSOA21CD population", [(code_of(0, 0), 8_000)]),
    "vintage_lookup": ("LSOA11CD LSOA21CD CHGIND", [(code_of(0, 0), code_of(0, 0), "U")]),
}


def test_every_own_file_is_filled_in(tmp_path):
    """What a trust and its council bring is found by content, and the patch passes with it."""
    given = {f"x{number}": value for number, value in enumerate(OWN.values())}
    folder = county(tmp_path / "d", teams=teams("T1"), services=SERVICES, **given)
    for path in folder.glob("x*.csv"):
        path.rename(path.with_suffix(".txt"))
    found, _ = laid(tmp_path, folder)
    for number, key in enumerate(OWN):
        assert names(found[key]) == [f"x{number}.txt"]
    assert passes(tmp_path)


ELSEWHERE = {
    "attributes": ("pcn_code frail", [("U55555", 5)]),
    "localities": ("LSOA21CD locality", [("E01000001", "North")]),
    "crossings": ("a b kind", [("E01000001", "E01000002", "bridge")]),
    "places": ("place_name kind easting northing", [("Truro", "city", 182_000, 44_000)]),
    "travel_times": ("team_id LSOA21CD minutes", [("T9", code_of(0, 0), 9)]),
    "candidate_sites": (
        "site_name easting northing",
        [("Clinic", 400_500, 300_500), ("Truro", 182_000, 44_000), ("Dover", 632_000, 141_000)],
    ),
}


@pytest.mark.parametrize("key", ELSEWHERE)
def test_what_belongs_elsewhere_is_left_out_and_said(tmp_path, key):
    """Own files of another area are not filled in, and a comment beside the key says why."""
    folder = county(tmp_path / "d", teams=teams("T1"), services=SERVICES, theirs=ELSEWHERE[key])
    found, text = laid(tmp_path, folder)
    assert key not in found
    before = text[: text.index(f"\n# {key} = ")].rpartition("\n\n")[2]
    assert f"../d/theirs.csv was not used for {key}: " in " ".join(before.split())
    assert passes(tmp_path)


def test_a_grid_of_times_is_told_by_the_teams(tmp_path):
    """A table of small areas with a column a base is one of times where the bases are teams'."""
    grid = ("LSOA21CD T1_base other", [(code_of(r, c), 5, 9) for r in range(2) for c in range(3)])
    folder = county(tmp_path / "d", teams=teams("T1"), services=SERVICES, minutes=grid)
    found, _ = laid(tmp_path, folder)
    assert "travel_times" not in found
    text = (folder / "minutes.csv").read_text()
    (folder / "minutes.csv").write_text(text.replace("T1_base", "T1 BASE"))
    shutil.rmtree(tmp_path / "p")
    found, _ = laid(tmp_path, folder)
    assert names(found["travel_times"]) == ["minutes.csv"]


def test_the_same_download_twice_is_one(tmp_path):
    """A file that was saved twice is no choice, and is not named as one."""
    folder = county(tmp_path / "d")
    shutil.copyfile(folder / "map.csv", folder / "map (1).csv")
    _, text = laid(tmp_path, folder)
    assert "not chosen" not in text


def test_what_decided_is_said(tmp_path):
    """Of two look-ups the year decides, of two lists without a date the date in the name."""
    folder = county(tmp_path / "d")
    text = (folder / "lookup.csv").read_text()
    (folder / "another.csv").write_text(text.replace("24_code_nhs", "26_code_nhs"))
    text = (folder / "lists.csv").read_text()
    (folder / "lists.csv").rename(folder / "lists Oct25.csv")
    (folder / "lists 2023-01.csv").write_text(text.replace("ALL,ALL", "ALL,"))
    found, text = laid(tmp_path, folder)
    assert names(found["small_area_lookup"]) == ["another.csv"]
    assert names(found["list_sizes"]) == ["lists Oct25.csv"]
    assert "# Chosen: small-area look-up, LSOA 2021; the latest." in text
    assert "# Chosen: list-size file, October 2025 by its name; the newest by its name." in text
    assert "# Found too, not chosen: ../d/lists 2023-01.csv (January 2023 by its name)." in text


def test_what_goes_with_the_boundaries(tmp_path):
    """With boundaries of LSOA 2011 only, look-up and classes of 2011 are taken, not of 2021."""
    folder = county(tmp_path / "d")
    text = (folder / "areas.geojson").read_text().replace("lsoa21", "lsoa11")
    (folder / "areas.geojson").write_text(text.replace("E0199", "E0100"))
    for name in ("lookup", "rural"):
        text = (folder / f"{name}.csv").read_text().replace("lsoa21", "lsoa11")
        (folder / f"old {name}.csv").write_text(text.replace("E0199", "E0100"))
    found, text = laid(tmp_path, folder)
    assert names(found["small_area_lookup"]) == ["old lookup.csv"]
    assert names(found["rural_urban"]) == ["old rural.csv"]
    assert "small_areas was found for LSOA 2011 only" in text


def test_files_that_cannot_be_read_are_named(tmp_path):
    """An old Excel file among the downloads is named in the patch file with what to do."""
    folder = county(tmp_path / "d")
    book = "Workbook".encode("utf-16-le")
    for number in range(10):
        (folder / f"{number}.xls").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + book)
    _, text = laid(tmp_path, folder)
    told = " ".join(text.replace("#", "").split())
    assert "../d/0.xls cannot be used: an old Excel file (.xls)" in told
    assert "save it as .xlsx or CSV" in told
    assert "2 more files cannot be used" in told


def closed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a folder unreadable, for the super-user too."""
    scandir = os.scandir

    def scan(path: str = "."):
        if str(path) == str(folder):
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", scan)


def test_a_folder_that_cannot_be_read(tmp_path, monkeypatch):
    """One that was named is an error and nothing is written; one inside another is a note."""
    folder = county(tmp_path / "d")
    (folder / "locked").mkdir()
    closed(folder / "locked", monkeypatch)
    with pytest.raises(InputError, match=r"--from .*locked: found permission denied; expected"):
        starter.init(tmp_path / "p", sources=[folder / "locked"])
    assert not (tmp_path / "p").exists()
    _, text = laid(tmp_path, folder)
    assert "../d/locked was not looked into: Permission denied." in text


def test_a_folder_without_files(tmp_path):
    """An empty folder of downloads is an error; nothing is written."""
    (tmp_path / "d" / "deeper").mkdir(parents=True)
    with pytest.raises(InputError, match="found a folder without a file; expected a folder of"):
        starter.init(tmp_path / "p", sources=[tmp_path / "d"])
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("at", [0, 2])
def test_nothing_is_half_written(tmp_path, monkeypatch, at):
    """Where a file cannot be written, those before it go, and the folders that were made."""
    opened = Path.open
    names = ["patch.toml", "README.md", "teams.csv"]

    def refuse(self, *arguments, **options):
        if self.name == names[at] and "x" in arguments:
            raise OSError(28, "No space left on device")
        return opened(self, *arguments, **options)

    monkeypatch.setattr(Path, "open", refuse)
    (tmp_path / "there").mkdir()
    with pytest.raises(InputError, match="No space left on device"):
        starter.init(tmp_path / "there" / "new" / "p")
    assert list((tmp_path / "there").iterdir()) == []
