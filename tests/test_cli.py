"""The command line from outside: exit codes, messages, files, and the same bytes twice."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from toy import County

CONTRACT = {
    "pcns": "pcn_code,pcn_name,commissioner_code,practices,list_size,parts,retention,dominance,"
    "flags",
    "checks": "pcn_code,check,verdict,severity,figure,threshold,evidence",
    "parts": "pcn_code,part,patients,share,practices,small_areas",
    "small_areas": "small_area_code,pcn_code,patients,share,owner",
    "unplaced": "reason,patients",
    "alignment": "service_id,pcn_code,team_id,patients,share",
    "services": "service_id,service_name,level,population_needed,why",
    "travel": "service_id,team_id,pcn_code,minutes",
    "allocation": "service_id,level,pcn_code,team_id,wte,minutes,today_wte",
    "vacancies": "service_id,pcn_code,wte,reason",
    "groups": "service_id,level,group_id,team_id,pcn_code,population",
    "pcn_adjacency": "a,b,source",
}


def run(*arguments, cwd=None):
    """Run footprint as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "footprint", *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def hashes(folder):
    """Hash of every file; the seconds of run.json are left out."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.name == "run.json":
                data = re.sub(rb'"seconds": [0-9.]+', b"", data)
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(data).hexdigest()
    return found


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """The embedded patch, run twice from a folder that has nothing to do with the project."""
    folder = tmp_path_factory.mktemp("somewhere")
    first = run("analyse", cwd=folder)
    assert first.returncode == 0, first.stderr
    second = run("analyse", "--out", "again", "--quiet", cwd=folder)
    assert second.returncode == 0, second.stderr
    return folder, first, second


def test_the_map_has_the_picture_of_its_first_view(done):
    """Without scripts and on paper the map is the report's picture of the verdicts."""
    out = done[0] / "outputs"
    (picture,) = re.findall(r'<img src="(data:image/png[^"]+)"', (out / "map.html").read_text())
    report = (out / "report.html").read_text()
    assert f'<img src="{picture}" alt="PCNs by verdict' in report


def test_the_main_job(done):
    """Without arguments the fictional patch goes into outputs/; the last line is the page."""
    folder, first, _ = done
    lines = first.stdout.splitlines()
    assert lines[-1] == str(Path("outputs") / "index.html")
    assert (folder / lines[-1]).is_file()
    assert len(lines) == 6
    assert lines[0].startswith("Avershire and Sorrel: 24 PCNs")
    assert first.stderr.splitlines()[0] == "Reading the files ..."


def test_quiet_prints_only_the_page(done):
    """--quiet leaves one line on stdout and nothing on stderr."""
    _, _, second = done
    assert second.stdout == str(Path("again") / "index.html") + "\n"
    assert second.stderr == ""


def test_same_input_same_bytes(done):
    """Two runs write the same files with the same bytes."""
    folder, *_ = done
    first, second = hashes(folder / "outputs"), hashes(folder / "again")
    assert first == second
    assert {"index.html", "map.html", "report.html", "footprint.xlsx", "footprint.gpkg"} <= set(
        first
    )
    assert {f"tables/{name}.csv" for name in CONTRACT} <= set(first)


@pytest.mark.parametrize("name", CONTRACT)
def test_tables_begin_with_the_columns_of_the_contract(done, name):
    """Names and order of the contract's columns stay; more may follow."""
    folder, *_ = done
    heading = (folder / "outputs" / "tables" / f"{name}.csv").read_text().splitlines()[0]
    assert heading == CONTRACT[name] or heading.startswith(CONTRACT[name] + ",")


def test_run_json_is_complete(done):
    """run.json holds everything that the contract names."""
    folder, *_ = done
    record = json.loads((folder / "outputs" / "run.json").read_text())
    assert {
        "inputs",
        "counts",
        "solver",
        "audit",
        "warnings",
        "versions",
        "settings",
        "seconds",
    } <= set(record)
    for given in record["inputs"].values():
        assert {"path", "sha256", "rows"} <= set(given)
        assert not Path(given["path"]).is_absolute()
    counts = record["counts"]
    assert counts["registered"] == counts["placed"] + counts["unplaced"] + counts["set_aside"]
    assert set(record["solver"]["community-nursing"]) == {
        "status",
        "objective",
        "bound",
        "gap",
        "today",
        "lead_teams",
    }
    assert record["audit"]["ok"] is True


def test_strict_exits_with_3_when_flagged(tmp_path):
    """Flags are findings; only --strict makes them an exit code."""
    county = County("AB", patients=40_000)
    passing = run("analyse", county.write(tmp_path / "good"), "--out", tmp_path / "o", "--strict")
    assert passing.returncode == 0, passing.stderr
    county = County("AB", patients=60_000)
    path = county.write(tmp_path / "big")
    assert run("analyse", path, "--out", tmp_path / "o").returncode == 0
    assert run("analyse", path, "--out", tmp_path / "o", "--strict").returncode == 3


def test_a_patch_without_teams_runs(tmp_path):
    """Teams and services are optional: the rest is written and the pages say so."""
    path = County("AAB\nABB", patients=7_000).write(tmp_path)
    ended = run("analyse", path, "--out", tmp_path / "o")
    assert ended.returncode == 0, ended.stderr
    assert "no staff are allocated" in ended.stdout


def broken(county, path, kind):
    """Break one thing of a county that was written."""
    folder = path.parent
    if kind == "missing file":
        (folder / "lists.csv").unlink()
    elif kind == "missing column":
        file = folder / "registrations.csv"
        file.write_text(file.read_text().replace("LSOA_CODE", "PLACE"))
    elif kind == "duplicate practice":
        file = folder / "map.csv"
        file.write_text(file.read_text() + file.read_text().splitlines()[1] + "\n")
    elif kind == "code that matches nothing":
        path.write_text(path.read_text().replace("QQ1", "QQ9"))
    elif kind == "wrong CRS":
        file = folder / "areas.geojson"
        file.write_text(file.read_text().replace("EPSG::27700", "EPSG::3857"))
    elif kind == "bad count":
        file = folder / "registrations.csv"
        file.write_text(file.read_text().replace(",100", ",-1", 1))
    elif kind == "no such patch":
        path.unlink()
    return path


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("missing file", "no such file: lists.csv"),
        ("missing column", "no such column among PRACTICE_CODE, PLACE, SEX, NUMBER_OF_PATIENTS"),
        ("duplicate practice", "Z00000 again (first in row 2)"),
        ("code that matches nothing", "ICB 'QQ9', which no practice of"),
        ("wrong CRS", "the CRS or the order of coordinates is wrong"),
        ("bad count", "row 2, column NUMBER_OF_PATIENTS: found '-1'"),
        ("no such patch", "no such file"),
    ],
)
def test_bad_input_is_one_clear_error_and_touches_nothing(tmp_path, kind, said):
    """Exit code 2, the fault named, no traceback, and an earlier run's files untouched."""
    county = County("AB")
    path = broken(county, county.write(tmp_path / "in"), kind)
    out = tmp_path / "out"
    (out / "tables").mkdir(parents=True)
    (out / "index.html").write_text("an earlier run")
    before = hashes(out)
    ended = run("analyse", path, "--out", out)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert hashes(out) == before


def test_bad_usage(tmp_path):
    """Unknown options and an output that is a file are usage errors."""
    assert run("analyse", "--colour").returncode == 2
    file = tmp_path / "file"
    file.write_text("x")
    ended = run("analyse", "--out", file)
    assert ended.returncode == 2
    assert "expected a folder" in ended.stderr


def test_a_folder_that_cannot_be_made_is_told_before_the_work(tmp_path):
    """Whoever mistypes a folder does not wait for the whole run to hear of it."""
    file = tmp_path / "file"
    file.write_text("mine")
    ended = run("analyse", "--out", file / "below")
    assert ended.returncode == 2
    assert "--out: found" in ended.stderr
    assert "expected a folder to write into" in ended.stderr
    assert "Drawing footprints" not in ended.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_briefings_of_an_unknown_icb_are_refused_before_anything_is_written(tmp_path):
    """Exit code 2, the code and those that there are named; the output folder is not made."""
    out = tmp_path / "out"
    ended = run("analyse", "--briefings", "QNC", "--out", out)
    assert ended.returncode == 2
    assert "--briefings: found 'QNC'; expected one of Q" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not out.exists()


def test_files_that_are_not_ours_stay_and_stale_ones_go(tmp_path):
    """A run replaces its own earlier files, removes those it no longer writes, leaves others."""
    path = County("AB", patients=40_000).write(tmp_path / "in")
    out = tmp_path / "out"
    assert run("analyse", path, "--out", out).returncode == 0
    (out / "notes.txt").write_text("mine")
    record = json.loads((out / "run.json").read_text())
    (out / "stills" / "old.png").write_bytes(b"stale")
    (tmp_path / "precious.txt").write_text("not yours")
    record["outputs"] += ["stills/old.png", "../precious.txt"]
    (out / "run.json").write_text(json.dumps(record))
    assert run("analyse", path, "--out", out).returncode == 0
    assert (out / "notes.txt").read_text() == "mine"
    assert not (out / "stills" / "old.png").exists()
    assert (tmp_path / "precious.txt").exists()
    assert not list(out.glob(".footprint-*"))


def test_help_is_quick():
    """--help answers in under half a second (the best of three, for a busy machine)."""
    took = []
    for _ in range(3):
        began = time.perf_counter()
        assert run("--help").returncode == 0
        took.append(time.perf_counter() - began)
    assert min(took) < 0.5
