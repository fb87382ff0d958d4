"""footprint init: a patch to fill in, the right files found by content, nothing overwritten."""

from __future__ import annotations

import csv
import gzip
import json
import os
import shutil
import tomllib
import zipfile
from pathlib import Path

import click
import openpyxl
import pytest
from click.testing import CliRunner
from toy import County

from footprint import check, cli, pipeline, policy, settings, starter
from footprint.errors import InputError
from footprint.starter import lay
from footprint.starter.recognise import recognise

ROOT = Path(__file__).resolve().parents[1]
LAID = ["README.md", "patch.toml", "services.csv", "team_areas.csv", "teams.csv"]


def run(*arguments: object):
    """Run the command line in this process."""
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def inputs(folder: Path) -> dict[str, str]:
    """Paths of a patch file by key."""
    return tomllib.loads((folder / "patch.toml").read_text(encoding="utf-8"))["inputs"]


def records(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def downloads(folder: Path, drawing: str = "AAB\nABB", date: str = "01OCT2025") -> Path:
    """A county's files as a planner has them: odd names, deep folders, compressed."""
    made = County(drawing, patients=9_000)
    made.write(folder / "county")
    source = folder / "county"
    (source / "patch.toml").unlink()
    deep = folder / "2025" / "autumn"
    deep.mkdir(parents=True)
    rows = (source / "registrations.csv").read_text().splitlines()
    dated = [f"EXTRACT_DATE,{rows[0]}", *(f"{date},{row}" for row in rows[1:])]
    with zipfile.ZipFile(deep / "download (3).zip", "w") as archive:
        archive.writestr("notes.pdf", b"%PDF")
        archive.writestr("inside.csv", "\n".join(dated))
    (source / "registrations.csv").unlink()
    with gzip.open(deep / "x.csv.gz", "wb") as file:
        file.write((source / "lists.csv").read_bytes())
    (source / "lists.csv").unlink()
    (source / "map.csv").rename(source / "Copy of map FINAL.txt")
    (source / "areas.geojson").rename(source / "areas")
    return folder


def junk(folder: Path) -> None:
    """Files that are nothing, or pretend to be something."""
    folder.mkdir(parents=True)
    heads = [b"", b"\0\1\2", b"PK\x03\x04junk", b"\x1f\x8bjunk", b"SQLite format 3\0junk", b"PAR1"]
    heads += [b"\x00\x00\x27\x0ajunk", b'{"type": "Feature', b"\xff\xfea", b"a,b,kind\n", b'"' * 99]
    heads += [b"PRACTICE_CODE,PCN_CODE", b"x," * 40_000, b"{" * 70_000, b"\xc3" * 70_000]
    for number, head in enumerate(heads):
        (folder / f"{number}.csv").write_bytes(head)
    (folder / "gone.csv").symlink_to(folder / "nowhere")
    os.mkfifo(folder / "pipe.csv")
    (folder / os.fsdecode(b"\xff.csv")).write_bytes(b"a,b,kind\nE1,E2,cut\n")
    (folder / "loop").symlink_to(folder)


def test_without_downloads(tmp_path):
    """Five files are laid down; no path is filled in, every key is there as a comment."""
    ended = run("init", tmp_path / "p")
    assert ended.exit_code == 0
    assert sorted(path.name for path in (tmp_path / "p").iterdir()) == LAID
    assert inputs(tmp_path / "p") == {}
    text = (tmp_path / "p" / "patch.toml").read_text()
    for key in settings.INPUT_KEYS:
        assert f'\n# {key} = "' in text
    assert "footprint check" in ended.stdout
    assert len(records(tmp_path / "p" / "teams.csv")) == 1


def test_every_comment_can_be_used(tmp_path):
    """With the # removed each line of the patch file is a setting that footprint knows."""
    starter.init(tmp_path / "p", icb="QNC")
    text = (tmp_path / "p" / "patch.toml").read_text()
    lines = [line.removeprefix("# ") for line in text.splitlines() if " = " in line]
    keys = {line.split(" = ")[0] for line in lines}
    known = {"name", "icb", "commissioners", "pcns", "preset", *settings.INPUT_KEYS}
    known |= set(settings.Locks.__dataclass_fields__)
    assert keys - known <= set(policy.Policy.__dataclass_fields__)
    for line in lines:
        tomllib.loads(line)
    assert tomllib.loads(text)["patch"] == {"icb": "QNC"}


def test_every_key_is_explained():
    """A key that is added to the settings must be explained in the patch file."""
    assert set(lay.KEYS) == set(settings.INPUT_KEYS)


@pytest.mark.parametrize("name", LAID)
def test_nothing_is_overwritten(tmp_path, name):
    """Any file that is there is named, exit code 2, nothing else is written, it is as it was."""
    (tmp_path / name).write_text("mine")
    ended = run("init", tmp_path)
    assert ended.exit_code == 2
    assert f"found {name}, already there" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "mine"


def test_all_that_is_there_is_named(tmp_path):
    """One error names every file that would be overwritten, a dead link too."""
    (tmp_path / "patch.toml").symlink_to(tmp_path / "nowhere")
    (tmp_path / "teams.csv").write_text("mine")
    with pytest.raises(InputError, match=r"found patch.toml and teams.csv, already there"):
        starter.init(tmp_path)


def test_finds_files_by_content_and_the_result_runs(tmp_path):
    """Odd names, a zip, a gzip and deep folders among junk: what is laid down passes and runs."""
    folder = downloads(tmp_path / "downloads")
    junk(folder / "junk")
    patch = tmp_path / "p"
    ended = run("init", patch, "--icb", "qq1", "--from", folder)
    assert ended.exit_code == 0, ended.stderr
    found = inputs(patch)
    assert found["practices"] == "../downloads/county/Copy of map FINAL.txt"
    assert found["registrations"] == "../downloads/2025/autumn/download (3).zip"
    assert found["list_sizes"] == "../downloads/2025/autumn/x.csv.gz"
    assert found["small_areas"] == "../downloads/county/areas"
    assert {"locations", "small_area_lookup", "rural_urban"} <= set(found)
    assert (found["teams"], found["services"]) == ("teams.csv", "services.csv")
    checkup = check.check(patch / "patch.toml")
    assert checkup.ok, checkup.faults
    result = pipeline.study(settings.load(patch / "patch.toml"))
    assert list(result.solver) == ["community-nursing"]
    assert "illustrative" in (patch / "README.md").read_text()
    assert "Illustrative" in records(patch / "teams.csv")[0]["team_name"]


def test_own_files_are_used_and_not_copied(tmp_path):
    """A teams file that is found is named in the patch file; only the others are laid down."""
    folder = downloads(tmp_path / "downloads")
    example = lay.Example(pcn_code="U99001", latitude="52.6", longitude="-2.0")
    (folder / "our people.csv").write_text(lay.teams_csv(example).replace("nursing", "podiatry"))
    started = starter.init(tmp_path / "p", sources=[folder])
    assert "teams.csv" not in started.written
    assert inputs(tmp_path / "p")["teams"] == "../downloads/our people.csv"
    # services follow the teams; an illustrative area would distort them and stays a comment
    assert [row["service_id"] for row in records(tmp_path / "p" / "services.csv")] == [
        "community-podiatry"
    ]
    assert "team_areas" not in inputs(tmp_path / "p")
    assert check.check(tmp_path / "p" / "patch.toml").ok


def test_teams_of_another_area_are_not_used(tmp_path):
    """A teams file whose PCNs are elsewhere is left alone, which is said."""
    folder = downloads(tmp_path / "downloads")
    (folder / "theirs.csv").write_text(lay.teams_csv(lay.Example(pcn_code="U55555")))
    started = starter.init(tmp_path / "p", sources=[folder])
    assert inputs(tmp_path / "p")["teams"] == "teams.csv"
    assert any("theirs.csv was not used for teams" in note for note in started.notes)


def test_the_newest_wins_and_the_others_go_with_it(tmp_path):
    """Of two dates of registrations and maps the newer registrations win, and their map."""
    folder = downloads(tmp_path / "downloads")
    old = (folder / "county" / "Copy of map FINAL.txt").read_text()
    (folder / "later.csv").write_text(old.replace("01Oct2025", "01Aug2026"))
    (folder / "older.csv").write_text(old.replace("01Oct2025", "01-Sep-20"))
    with zipfile.ZipFile(folder / "2025" / "autumn" / "download (3).zip") as archive:
        text = archive.read("inside.csv").decode()
    (folder / "a registrations.csv").write_text(text.replace("01OCT2025", "01JUL2025"))
    started = starter.init(tmp_path / "p", sources=[folder])
    found = inputs(tmp_path / "p")
    assert found["registrations"].endswith("download (3).zip")
    assert found["practices"].endswith("Copy of map FINAL.txt")
    assert "the newest of 2" in started.found["registrations"][1]
    assert "of the registrations' date" in started.found["practices"][1]
    assert (
        "# Chosen: practice list, 1 October 2025; of the registrations' date."
        in (tmp_path / "p" / "patch.toml").read_text()
    )


def test_the_vintage_of_the_registrations_wins(tmp_path):
    """Boundaries and classes of LSOA 2011 are not taken for registrations on LSOA 2021."""
    folder = downloads(tmp_path / "downloads")
    rural = (folder / "county" / "rural.csv").read_text()
    old = rural.replace("lsoa21_code", "lsoa11_code").replace("E0199", "E0100")
    (folder / "county" / "a.csv").write_text(old)
    (folder / "people.csv").write_text("lsoa11_code,total_population\nE01000001,5\n")
    started = starter.init(tmp_path / "p", sources=[folder])
    assert inputs(tmp_path / "p")["rural_urban"].endswith("rural.csv")
    assert "populations" not in inputs(tmp_path / "p")
    assert any("populations was found for LSOA 2011 only" in note for note in started.notes)


def test_an_icb_that_is_not_there(tmp_path):
    """--icb is checked against the practices: the codes that are there are named."""
    folder = downloads(tmp_path / "downloads")
    ended = run("init", tmp_path / "p", "--icb", "QNC", "--from", folder)
    assert ended.exit_code == 2
    assert "QNC, which no practice has in" in ended.stderr
    assert "expected an ICB that is there: QQ1 (QQ1)" in ended.stderr
    assert not (tmp_path / "p").exists()


def test_the_only_icb_is_filled_in(tmp_path):
    """Where every practice is in one ICB it becomes the patch, and the patch takes its name."""
    started = starter.init(tmp_path / "p", sources=[downloads(tmp_path / "downloads")])
    told = tomllib.loads((tmp_path / "p" / "patch.toml").read_text())
    assert told["patch"] == {"icb": "QQ1"}
    assert any("ICB QQ1" in note for note in started.notes)


def test_several_icbs_are_offered(tmp_path):
    """Practices of two ICBs without registrations: both are offered as comments, none is chosen."""
    County("AB", outside="B").write(tmp_path / "d")
    (tmp_path / "d" / "registrations.csv").unlink()
    starter.init(tmp_path / "p", sources=[tmp_path / "d"])
    text = (tmp_path / "p" / "patch.toml").read_text()
    assert '# icb = "QQ1"   # QQ1 ICB' in text
    assert '# icb = "QQ2"   # QQ2 ICB' in text
    assert tomllib.loads(text)["patch"] == {}


def test_a_file_with_faults_is_named_and_not_hidden(tmp_path):
    """A list-size file with a bad cell is still filled in, and its fault is told."""
    folder = downloads(tmp_path / "downloads")
    with gzip.open(folder / "2025" / "autumn" / "x.csv.gz", "rb") as file:
        text = file.read().decode()
    bad = text.replace("27000", "many", 1)
    assert bad != text
    with gzip.open(folder / "2025" / "autumn" / "x.csv.gz", "wb") as file:
        file.write(bad.encode())
    started = starter.init(tmp_path / "p", sources=[folder])
    assert "list_sizes" in started.found
    assert any("'many'" in note for note in started.notes)
    assert run("check", tmp_path / "p" / "patch.toml").exit_code == 2


@pytest.mark.parametrize("kind", ["no folder", "a file", "dir is a file", "bad code", "read only"])
def test_wrong_places_are_one_clear_error(tmp_path, kind):
    """Exit code 2, a reason, no traceback, nothing written."""
    file = tmp_path / "file"
    file.write_text("x")
    arguments = {
        "no folder": ["p", "--from", tmp_path / "none"],
        "a file": ["p", "--from", file],
        "dir is a file": [file],
        "bad code": ["p", "--icb", "Q?"],
        "read only": [Path("/proc/nowhere")],
    }[kind]
    target = tmp_path / arguments[0]
    ended = run("init", target, *arguments[1:])
    assert ended.exit_code == 2
    assert ended.stderr.startswith("footprint cannot lay down a patch:\n")
    assert "Traceback" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_odd_names_survive(tmp_path):
    """Quotes, hashes, backslashes and right-to-left marks in names stay readable as TOML."""
    folder = downloads(tmp_path / 'dö"wn # \\ \u202eload', date="01JUL2024")
    started = starter.init(tmp_path / "a 'b' \"c\" #d", sources=[folder])
    assert check.check(started.folder / "patch.toml").ok


def test_junk_is_nothing(tmp_path):
    """No junk file is taken for anything, and none raises."""
    junk(tmp_path / "junk")
    started = starter.init(tmp_path / "p", sources=[tmp_path / "junk", tmp_path / "junk"])
    assert started.found == {}
    assert started.looked_at == 15


def test_outputs_of_a_run_are_no_downloads(tmp_path):
    """Tables that footprint wrote itself are not taken for a planner's."""
    out = tmp_path / "d" / "outputs"
    (out / "tables").mkdir(parents=True)
    (out / "run.json").write_text("{}")
    (out / "tables" / "teams.csv").write_text(lay.teams_csv(lay.Example()))
    assert starter.init(tmp_path / "p", sources=[tmp_path / "d"]).found == {}


#: first lines of official files, re-typed: headings as published, one made-up record
HEADS = {
    "ages": "PUBLICATION,EXTRACT_DATE,ORG_TYPE,ORG_CODE,ONS_CODE,POSTCODE,SEX,AGE_GROUP_5,"
    "NUMBER_OF_PATIENTS\nGP_PRAC_PAT_LIST,01OCT2025,GP,Z99001,,ZZ1 1AA,MALE,0_4,12",
    "list_sizes": "PUBLICATION,EXTRACT_DATE,TYPE,CCG_CODE,ONS_CCG_CODE,CODE,POSTCODE,SEX,AGE,"
    "NUMBER_OF_PATIENTS\nGP_PRAC_PAT_LIST,01Jan2022,GP,99Z,E38000999,Z99001,ZZ1 1AA,ALL,ALL,12",
    "registrations": "PUBLICATION,EXTRACT_DATE,PRACTICE_CODE,PRACTICE_NAME,LSOA_CODE,SEX,"
    "Number of Patients\nGP_PRAC_PAT_LIST,01-Sep-20,Z99001,A SURGERY,E01000001,ALL,12",
    "postcodes": '"ZZ1 1AA",10,400000,300000,"E92000001","E19000001","","","E09000001","E05000001"',
    "deprivation": "LSOA code (2011),LSOA name (2011),Index of Multiple Deprivation (IMD) Score,"
    "Total population: mid 2015 (excluding prisoners)\nE01000001,Nowhere 001A,9.9,1500",
    "rural_urban": "LSOA21CD,LSOA21NM,LSOA21NMW,RUC21CD,RUC21NM,Urban_rural_flag,ObjectId\n"
    "E01000001,Nowhere 001A,,UN1,Urban: Nearer to a major town or city,Urban,1",
    "small_area_lookup": "LSOA21CD,LSOA21NM,SICBL24CD,SICBL24CDH,SICBL24NM,ICB24CD,ICB24CDH,"
    "ICB24NM,LAD24CD,LAD24NM\nE01000001,Nowhere 001A,E38000999,99Z,X,E54000999,QZZ,Y,E06000999,Z",
    "weighted_lists": "Practice Code,Practice Name,Average Number of Registered Patients,"
    "Average Number of Weighted Patients\nZ99001,A SURGERY,1000.5,1100.2",
    "populations": "LSOA 2021 Code;LSOA 2021 Name;Total;F0\nE01000001;Nowhere;1500;9",
    "travel_times": "base_postcode,LSOA21CD,minutes\nZZ1 1AA,E01000001,12.5",
    "localities": "LSOA21CD,locality\nE01000001,North",
    "vintage_lookup": "lsoa11_code,change_code,lsoa21_code,ltla22_code\n"
    "E01000001,U,E01000001,E06000001",
}


@pytest.mark.parametrize("key", HEADS)
def test_official_headings_are_recognised(tmp_path, key):
    """Headings of official files, of several years, are taken for what they are and only that."""
    (tmp_path / "x").write_text(HEADS[key] + "\n")
    seen = recognise(tmp_path / "x")
    assert seen is not None
    assert min(seen.kinds, key=seen.kinds.get) == key
    (tmp_path / "y").write_bytes(b"\xff\xfe" + HEADS[key].encode("utf-16-le"))
    assert recognise(tmp_path / "y").kinds == seen.kinds


def test_a_workbook_is_recognised_by_any_of_its_sheets(tmp_path):
    """ePCN.xlsx: line breaks in headings, the sheet of core partners is not the first."""
    book = openpyxl.Workbook()
    book.active.append(["A title"])
    sheet = book.create_sheet("PCN Core Partner Details")
    sheet.append(["Partner\nOrganisation\nCode", "Partner\nName", "PCN Code", "PCN Name"])
    sheet.append(["Z99001", "A SURGERY", "U99999", "A PCN"])
    book.save(tmp_path / "x")
    assert set(recognise(tmp_path / "x").kinds) == {"practices"}
    with zipfile.ZipFile(tmp_path / "ePCN.zip", "w") as archive:
        archive.write(tmp_path / "x", "ePCN.xlsx")
    assert recognise(tmp_path / "ePCN.zip").kinds == recognise(tmp_path / "x").kinds


def test_what_is_not_ours_is_not_recognised(tmp_path):
    """Someone's own sums and a pupil's list are nothing."""
    texts = [
        "LSOA_CODE,PCN_NAME,PCN_Patients\nE01000001,X,12",
        "name,age\nAda,9",
    ]
    for number, text in enumerate(texts):
        (tmp_path / str(number)).write_text(text)
        assert recognise(tmp_path / str(number)) is None


def test_only_the_head_of_a_large_file_is_read(tmp_path):
    """A file that breaks off, or is broken, after the head is recognised like any other."""
    body = HEADS["registrations"] + "\n" + "GP,01OCT2025,Z99001,A,E01000001,ALL,1\n" * 20_000
    packed = gzip.compress(body.encode(), compresslevel=0)
    (tmp_path / "x").write_bytes(packed[: len(packed) // 2])
    assert recognise(tmp_path / "x").kinds == {"registrations": 1}


@pytest.mark.parametrize("teams", [True, False])
def test_real_downloads(shared, tmp_path, teams):
    """Staffordshire's files, with its own teams and without: no fault, right vintage and ICB."""
    source = shared / "staffordshire-2025"
    if not teams:
        source = tmp_path / "official"
        source.mkdir()
        for path in (shared / "staffordshire-2025").glob("*_*"):
            if path.name != "team_areas.csv":
                shutil.copyfile(path, source / path.name)
    ended = run(
        "init", tmp_path / "p", "--icb", "QNC", "--from", source, "--from", shared / "geography"
    )
    assert ended.exit_code == 0, ended.stderr
    found = {key: Path(path).name for key, path in inputs(tmp_path / "p").items()}
    assert found["registrations"] == "gp-reg-pat-prac-lsoa-all_2025-10.csv"
    assert found["small_areas"] == "boundaries_lsoa21.gpkg"
    assert found["small_area_lookup"] == "lookup_lsoa21_icb24.csv"
    assert found["rural_urban"] == "ruc21_lsoa21.csv"
    assert (tmp_path / "p" / "teams.csv").exists() is not teams
    checkup = check.check(tmp_path / "p" / "patch.toml")
    assert checkup.ok, checkup.faults
    assert checkup.name == "Staffordshire and Stoke-on-Trent"


def commands() -> list[tuple[str, click.Command]]:
    """Every command of the command line."""
    return sorted(cli.main.commands.items())


def documentation() -> str:
    """README and docs."""
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
    return "\n".join(page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_command_and_option_is_documented(name, command):
    """README or docs show each command and name each of its options; --help has an example."""
    text = documentation()
    assert f"footprint {name}" in text
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f"{parameter.opts[0]}" in text, parameter.opts
            assert parameter.help
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert f"  footprint {name}" in shown.stdout
    assert "Example" in shown.stdout


def test_where_to_get_names_every_key():
    """The page on where to get the files has each key of [inputs] once, and the licence."""
    text = (ROOT / "docs" / "where-to-get-the-files.md").read_text(encoding="utf-8")
    cells = [line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `")]
    keys = [cell.strip("`") for cell in cells]
    assert sorted(keys) == sorted(settings.INPUT_KEYS)
    assert "Open Government Licence v3.0" in text


@pytest.mark.parametrize(
    "arguments",
    [["--bad"], ["check"], ["init"], ["check", "a", "b"], ["nothing"], ["init", "--icb"]],
)
def test_wrong_usage_is_one_line(arguments):
    """Exit code 2 and one line that says where to read on."""
    ended = run(*arguments)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert "--help" in ended.stderr


def test_json_stays_json_in_a_pipe(tmp_path):
    """Faults are told as JSON on stdout, and nothing else is."""
    ended = run("check", tmp_path / "none.toml", "--json")
    assert json.loads(ended.stdout)["ok"] is False
    assert ended.stderr == ""
