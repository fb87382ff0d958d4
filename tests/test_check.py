"""footprint check: what was understood, how the files join, every fault at once, two voices."""

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from toy import County, code_of

from footprint import check, cli
from footprint.checkup import Checkup, FileReport, Join, as_json, percent, text
from footprint.errors import MAX_SHOWN, Fault
from footprint.words import day

TEAMS = ["team_id", "service_id", "latitude", "longitude", "wte", "pcn_codes"]
SERVICES = [
    "service_id",
    "demand_driver",
    "wte_per_10000",
    "min_team_wte",
    "min_population",
    "max_travel_minutes",
]
AREAS = ["LSOA_CODE", "team_id"]


def county() -> County:
    """Two PCNs, a practice in none, a commuter to the other, a patient without a small area."""
    # A A B
    # A B B
    made = County(
        "AAB\nABB",
        practices=[("Z1", "A", 0, 0), ("Z2", "B", 1, 2), ("Z3", "-", 0, 2)],
        extra=[("Z1", "EMPTY", 5), ("Z2", "S01000001", 2), ("Z3", code_of(0, 0), 40)],
    )
    made.files = {
        "teams": (TEAMS, [("T1", "S1", 52.6, -2.0, 10, "U99001;U99002")]),
        "services": (SERVICES, [("S1", "registered", 5, 2, 100, 30)]),
        "team_areas": (AREAS, [(code_of(0, 0), "T1")]),
    }
    return made


def run(*arguments: object):
    """Run the command line in this process."""
    return CliRunner().invoke(cli.main, [str(argument) for argument in arguments])


def counts(checkup: Checkup) -> dict[str, tuple[int, int | None]]:
    """Count and total of each join, by name; unplaced ones added up."""
    out: dict[str, tuple[int, int | None]] = {}
    for join in checkup.joins:
        count = join.count + out.get(join.name, (0, None))[0]
        out[join.name] = (count, join.of)
    return out


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    """A patch without faults."""
    return county().write(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def checked(good) -> Checkup:
    """The checkup of the patch without faults."""
    return check.check(good)


def test_every_file_is_told(checked):
    """Each key of the patch file is told in order, with what it is, its rows, date and vintage."""
    files = {file.key: file for file in checked.files}
    assert list(files) == [
        "practices",
        "list_sizes",
        "locations",
        "registrations",
        "small_areas",
        "small_area_lookup",
        "rural_urban",
        "teams",
        "team_areas",
        "services",
    ]
    assert all(file.ok and file.what for file in checked.files)
    assert (files["practices"].rows, files["practices"].date) == (3, dt.date(2025, 10, 1))
    assert (files["small_areas"].rows, files["small_areas"].vintage) == (6, "2021")
    assert files["registrations"].path == "registrations.csv"


def test_joins_are_counted(checked):
    """Practices, patients, small areas and teams are counted as the county was drawn."""
    found = counts(checked)
    assert checked.ok
    assert found["practices"] == (3, None)
    assert found["with_list"] == found["with_place"] == (3, 3)
    assert found["in_pcn"] == (2, 3)
    assert found["pcns"] == (2, None)
    assert found["patients"] == (600 + 47, None)
    assert found["placed"] == (640, 647)
    assert found["unplaced"] == (7, 647)
    assert found["no_pcn"] == (40, 647)
    assert found["outside_patch"] == (0, 647)
    assert found["small_areas"] == (6, None)
    assert found["with_rural_urban"] == found["with_patients"] == (6, 6)
    assert found["teams_with_place"] == found["teams_serving"] == (1, 1)
    assert found["team_areas_here"] == (1, 1)


def test_patients_are_placed_or_not_and_nobody_is_lost(checked):
    """Placed, unplaced by reason and set aside add up to the registered."""
    found = counts(checked)
    parts = sum(found.get(name, (0,))[0] for name in ("placed", "unplaced", "set_aside"))
    assert parts == found["patients"][0]
    reasons = {join.label for join in checked.joins if join.name == "unplaced"}
    assert reasons == {"not placed: no small area recorded", "not placed: lives in Scotland"}


def test_text_is_aligned_and_plain(checked):
    """Numbers end in one column, thousands are parted, no line is torn by what stands in a file."""
    lines = text(checked).splitlines()
    start = lines.index("How the files join") + 1
    rows = lines[start : start + len(checked.joins)]
    ends = {re.match(r".*?  +([\d,]+)(?=  |$)", row).end() for row in rows}
    assert len(ends) == 1
    assert lines[0].startswith("Toyshire (")
    assert lines[-1] == "No faults: the patch can be analysed."
    wide = text(Checkup(file="p.toml", joins=(Join("patients", "Patients", 1_210_283),)))
    assert "1,210,283" in wide


def test_control_characters_do_not_reach_the_terminal():
    """A name that would write over the screen, or is no text, is told harmlessly."""
    file = FileReport(key="teams", path="a\x1b[2Jb\udcff.csv", what="x\r\ny", notes=("n\x07",))
    told = text(Checkup(file="p.toml", name="A\nB", files=(file,)))
    assert not set(told) & set("\x1b\r\x07\udcff")
    told.encode("utf-8")


def test_writes_nothing(good):
    """The folder of the patch is as it was, and nothing is written where the command runs."""
    before = {path: path.read_bytes() for path in good.parent.rglob("*") if path.is_file()}
    assert run("check", good).exit_code == 0
    after = {path: path.read_bytes() for path in good.parent.rglob("*") if path.is_file()}
    assert after == before


def test_json_is_one_object_with_the_same_facts(good, checked):
    """--json prints one object and nothing else; its facts are those of the text."""
    ended = run("check", good, "--json")
    assert ended.exit_code == 0
    told = json.loads(ended.stdout)
    assert ended.stdout.count("\n") == 1
    assert told == json.loads(json.dumps(as_json(check.check(good))))
    assert told["ok"] is True
    assert told["faults"] == []
    assert {file["key"]: file["rows"] for file in told["files"]}["registrations"] == 9
    placed = next(join for join in told["joins"] if join["name"] == "placed")
    assert (placed["count"], placed["of"], placed["share"]) == (640, 647, round(640 / 647, 6))
    assert (told["date"], told["vintage"], told["scope"]) == ("2025-10-01", "2021", "ICB QQ1")


def test_faults_of_several_files_at_once(tmp_path):
    """Faults of two files and of none other; files that can be read are still reported."""
    path = county().write(tmp_path)
    teams, lists = tmp_path / "teams.csv", tmp_path / "lists.csv"
    teams.write_text(teams.read_text().replace(",10,", ",many,"))
    lists.write_text(lists.read_text().replace("Z2,ALL,ALL,302", "Z2,ALL,ALL,-4"))
    ended = run("check", path, "--json")
    assert ended.exit_code == 2
    told = json.loads(ended.stdout)
    assert [(fault["row"], fault["column"], fault["found"]) for fault in told["faults"]] == [
        (3, "NUMBER_OF_PATIENTS", "'-4'"),
        (2, "wte", "'many'"),
    ]
    assert [file["key"] for file in told["files"] if not file["ok"]] == ["list_sizes", "teams"]
    assert {file["key"]: file["rows"] for file in told["files"]}["practices"] == 3
    # what hangs on the two is left out, the rest still joins
    names = {join["name"] for join in told["joins"]}
    assert {"placed", "pcns", "with_place"} <= names
    assert not names & {"with_list", "teams", "services"}


def test_faults_between_files(tmp_path):
    """A team of a service and a PCN that are not there: both are told, with their row."""
    made = county()
    made.files["teams"] = (TEAMS, [("T1", "S9", 52.6, -2.0, 10, "U00009")])
    ended = run("check", made.write(tmp_path))
    assert ended.exit_code == 2
    assert "teams.csv, row 2, column service_id: found 'S9'" in ended.stdout
    assert "teams.csv, row 2, column pcn_codes: found 'U00009'" in ended.stdout


def test_a_driver_that_is_not_there_is_a_fault(tmp_path):
    """What a run would stumble over later is told now."""
    made = county()
    made.files["services"] = (SERVICES, [("S1", "weighed", 5, 2, 100, 30)])
    ended = run("check", made.write(tmp_path))
    assert ended.exit_code == 2
    assert "no figures for 'weighed'" in ended.stdout


def test_a_patch_file_with_faults_still_tells_of_its_files(tmp_path):
    """A missing file and an unknown key are told together with the files that are there."""
    path = county().write(tmp_path)
    (tmp_path / "lookup.csv").unlink()
    path.write_text(path.read_text().replace("rural_urban =", "rural_urbann ="))
    checkup = check.check(path)
    assert not checkup.ok
    said = "\n".join(map(str, checkup.faults))
    assert "no such file: lookup.csv" in said
    assert "did you mean rural_urban?" in said
    assert {"practices", "registrations", "teams"} <= {file.key for file in checkup.files}


@pytest.mark.parametrize(
    "content", [None, b"", b"name = ", b"\xff\xfe\x00", b"[inputs]\npractices = 3"]
)
def test_no_patch_file_worth_the_name(tmp_path, content):
    """No file, an empty one, no TOML and no text end in faults and exit code 2, in both voices."""
    path = tmp_path / "patch.toml"
    if content is not None:
        path.write_bytes(content)
    ended = run("check", path)
    assert ended.exit_code == 2
    assert "to put right:" in ended.stdout
    assert json.loads(run("check", path, "--json").stdout)["fault_count"] >= 1


def test_many_faults_are_cut_with_a_count():
    """Ten thousand faults of one file do not hide one of another; JSON keeps the whole count."""
    many = [Fault("a.csv", "x" * 2_000, "y", row=row) for row in range(10_000)]
    checkup = Checkup(file="p.toml", faults=(*many, Fault("b.csv", "one", "two")))
    told = text(checkup)
    assert "10,001 faults to put right:" in told
    assert f"... and {10_000 - MAX_SHOWN:,} more in a.csv" in told
    assert "b.csv: found one; expected two" in told
    values = as_json(checkup)
    assert values["fault_count"] == 10_001
    assert len(json.dumps(values)) < 1_000_000


@pytest.mark.parametrize(
    ("count", "of", "said"),
    [
        (0, 5, "0%"),
        (5, 5, "100%"),
        (1, 3, "33.3%"),
        (99_999, 100_000, "over 99.9%"),
        (1, 100_000, "under 0.1%"),
        (0, 0, ""),
    ],
)
def test_shares_never_round_to_all_or_nothing(count, of, said):
    """100% means all and 0% means none."""
    assert percent(count, of) == said


def test_dates_are_written_as_people_do():
    """No leading nought."""
    assert day(dt.date(2025, 10, 1)) == "1 October 2025"


def test_the_real_patch(shared):
    """Staffordshire: 1,210,283 patients of 141 practices, 1,409 of them not placed, no fault."""
    checkup = check.check(shared / "staffordshire-2025" / "patch.toml")
    found = counts(checkup)
    assert checkup.ok
    assert found["practices"] == (141, None)
    assert found["patients"] == (1_210_283, None)
    assert found["placed"] == (1_208_874, 1_210_283)
    assert found["unplaced"][0] == 1_409
    assert (found["pcns"][0], found["small_areas"][0], found["teams"][0]) == (25, 697, 20)
    assert (checkup.date, checkup.vintage) == (dt.date(2025, 10, 1), "2021")


def test_names_that_a_code_page_lacks_are_told_all_the_same(tmp_path):
    """What Windows writes into a file is in its code page: another letter is no fault of ours."""
    path = County("AB", patients=40_000).write(tmp_path)
    path.write_text(path.read_text().replace("Toyshire", "Ωmega Łand"), encoding="utf-8")
    told = CliRunner(charset="cp1252").invoke(cli.main, ["check", str(path)])
    assert told.exit_code == 0, told.exception
    assert told.output.startswith(r"\u03a9mega \u0141and (")
