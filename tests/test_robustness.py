"""Thousands of broken inputs: each ends in a right answer or in one clear error."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterable
from pathlib import Path

import breakers
import breakers_bytes
import breakers_shapes
import breakers_trust
import pytest
from bench import Bench, held
from breaking import CORE, FURTHER, PATCH_FILE, Broken, cells, name_of, render
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as tuned

from footprint import patch, pipeline, settings
from footprint.errors import InputError

MODULES = (breakers_bytes, breakers_trust, breakers_shapes, breakers)
#: broken inputs that CI runs at least, in process and through the command line
LEAST, THROUGH_THE_SHELL = 2_000, 50
#: one in so many of those that can be read goes all the way to maps and tables
ALL_THE_WAY = 40


@pytest.fixture(scope="module")
def benches(tmp_path_factory):
    """Two patches to break: with the files that all have, and with every file that there is."""
    folder = tmp_path_factory.mktemp("broken")
    return {
        "core": Bench(folder / "core", further=False),
        "full": Bench(folder / "full", further=True),
    }


@pytest.fixture
def bench(benches, monkeypatch):
    """Return a bench by name, whole files being read once."""

    def chosen(name: str) -> Bench:
        monkeypatch.setattr(patch, "READERS", benches[name].readers())
        return benches[name]

    return chosen


def family(name: str, where: Bench) -> list[Broken]:
    """The broken inputs of a family, always the same ones."""
    if name in where.cases:
        return where.cases[name]
    how, _, keys = name.partition(" of ")
    make = next(getattr(module, how) for module in MODULES if hasattr(module, how))
    given: dict[str, object] = {"files": where.base}
    if "keys" in make.__annotations__:
        given["keys"] = {"core": CORE, "further": FURTHER, "all": [*CORE, *FURTHER]}[keys]
    if "rng" in make.__annotations__:
        given["rng"] = random.Random(name)
    made = list(make(**given))
    most = FAMILIES[name][1]
    if len(made) > most:
        places = sorted(random.Random(name).sample(range(len(made)), most))
        made = [made[at] for at in places]
    where.cases[name] = made
    return made


#: by family: the bench that is broken, and how many of its inputs are taken
FAMILIES: dict[str, tuple[str, int]] = {
    "columns of core": ("core", 54),
    "columns of further": ("full", 50),
    "records of core": ("core", 90),
    "records of further": ("full", 60),
    "numbers of core": ("core", 100),
    "numbers of further": ("full", 300),
    "harmless_numbers": ("core", 100),
    "texts of core": ("core", 30),
    "texts of further": ("full", 32),
    "long_cells of core": ("core", 12),
    "long_cells of further": ("full", 14),
    "many_faults": ("core", 10),
    "dress of core": ("core", 30),
    "dress of further": ("full", 22),
    "cut of core": ("core", 100),
    "cut of further": ("full", 200),
    "rubbish of core": ("core", 96),
    "rubbish of further": ("full", 84),
    "other_keys of all": ("full", 380),
    "mixed": ("full", 100),
    "trust": ("full", 100),
    "extremes": ("full", 100),
    "shapes": ("core", 120),
    "patch_files": ("full", 500),
}


CORE_FAMILIES = [name for name, (bench_name, _) in FAMILIES.items() if bench_name == "core"]


def all_the_way(given: settings.Settings) -> None:
    """Go on to everything that pages and maps are drawn from; the audit must hold."""
    result = pipeline.study(given)
    pipeline.describe(result)
    assert result.audit["ok"] is True
    unplaced = int(result.tables["unplaced"]["patients"].sum())
    assert unplaced == result.patch.counts["unplaced"]


def troubles(
    bench: Bench, cases: Iterable[Broken], then: Callable[[settings.Settings], None] = all_the_way
) -> list[str]:
    """Run broken inputs; what is wrong with what came of them."""
    found = []
    for case in cases:
        deep = case.deep or zlib.crc32(case.name.encode()) % ALL_THE_WAY == 0
        said = bench.trouble(case, then if deep else None)
        if said is not None:
            found.append(said)
    return found


@pytest.mark.parametrize("name", FAMILIES)
def test_a_right_answer_or_one_clear_error(bench, name):
    """Whatever is done to a file, no traceback comes of it and no patient is lost."""
    where = bench(FAMILIES[name][0])
    cases = family(name, where)
    before = where.ran
    assert troubles(where, cases) == []
    assert where.ran - before == len(cases) > 0


def test_there_are_enough_broken_inputs(benches):
    """CI runs thousands of broken inputs, all different, hypothesis's own not counted."""
    seen = {
        hashlib.sha256(repr(sorted(case.files.items())).encode()).digest()
        for name, (where, _) in FAMILIES.items()
        for case in family(name, benches[where])
    }
    assert len(seen) >= LEAST


def test_the_truth_is_told_without_footprint(benches):
    """The count that the tests hold footprint against adds up the file by hand."""
    data = benches["core"].base["registrations.csv"]
    counts = re.findall(r",(\d+)$", data.decode(), flags=re.MULTILINE)
    assert held(data) == sum(map(int, counts)) == 57_590
    two_sexes = (
        b"PRACTICE_CODE,LSOA_CODE,SEX,NUMBER_OF_PATIENTS\na,b,MALE,1\na,b,FEMALE,2\na,c,ALL,4"
    )
    assert held(two_sexes) == 7


# ---- what broken inputs have taught ----------------------------------------------------------


def changed(where: Bench, key: str, column: str, row: int, value: str) -> Broken:
    """One cell of one file changed."""
    data = breakers.cell(where.base, key, column, row, value)
    return Broken(f"{key}, {column} = {value!r}", {name_of(key): data})


def loaded(where: Bench, case: Broken) -> patch.Patch:
    """Read a case that can be read."""
    where.write(case)
    try:
        return where.load()
    finally:
        where.restore(case)


def study_of(where: Bench, case: Broken) -> None:
    """Take a case all the way."""
    where.write(case)
    try:
        all_the_way(settings.load(where.folder / PATCH_FILE))
    finally:
        where.restore(case)


def test_a_sex_among_totals_is_not_dropped(bench):
    """A practice with totals keeps the areas of which the file has only men and women."""
    where = bench("core")
    data = where.base["registrations.csv"]
    whole, men = b"Z00000,E01990000,ALL,7000", b"Z00000,E01990000,MALE,4000"
    both = men + b"\n" + men.replace(b"MALE,4000", b"FEMALE,3000")
    assert whole in data
    joined = loaded(where, Broken("sexes", {"registrations.csv": data.replace(whole, both)}))
    assert joined.counts["registered"] == held(data)
    alone = {"registrations.csv": data.replace(whole, men)}
    assert where.trouble(Broken("men alone", alone, "refused", "one sex only")) is None


def test_blank_lines_leave_counts_whole(bench):
    """Blank records do not turn patients into fractions."""
    where = bench("core")
    data = where.base["registrations.csv"] + b",,,\n\n"
    joined = loaded(where, Broken("blank lines", {"registrations.csv": data}))
    assert joined.registrations["patients"].dtype == "int64"


def test_a_missing_weighted_list_is_told_with_its_pcn(bench):
    """A service that counts by weighted lists is told which PCN has a practice without one."""
    where = bench("full")
    case = changed(where, "weighted_lists", "WEIGHTED_LIST_SIZE", 1, "")
    with pytest.raises(InputError, match="no weighted of U99001"):
        study_of(where, case)


def test_a_decimal_comma_is_no_thousand(bench):
    """An attribute of 12,34 is a text, not one thousand two hundred and thirty-four."""
    where = bench("full")
    joined = loaded(where, changed(where, "attributes", "CARE_HOMES", 1, "12,34"))
    assert "care_homes" not in {name.lower() for name in joined.drivers}
    joined = loaded(where, changed(where, "attributes", "CARE_HOMES", 1, "1,234.5"))
    assert 1234.5 in joined.drivers["CARE_HOMES"].tolist()


def test_the_solver_says_nothing_by_itself(bench, capfd):
    """What a solver's C code prints does not reach stdout, whose last line is the page."""
    where = bench("full")
    study_of(where, changed(where, "services", "wte_per_10000", 1, "1e-12"))
    assert capfd.readouterr().out == ""


# ---- hypothesis ------------------------------------------------------------------------------

repeatable = tuned(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=20,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
#: any text that a file can hold
text = strategies.text(strategies.characters(exclude_categories=["Cs"], exclude_characters="\0"))
#: where people write names
NAMED = [(key, column) for key, names in breakers.FREE.items() for column in names]


@repeatable
@given(named=strategies.dictionaries(strategies.sampled_from(NAMED), text, min_size=1, max_size=6))
def test_any_name_is_only_a_name(bench, named):
    """Whatever stands in a name is carried as it is and changes no figure."""
    where = bench("full")
    files: dict[str, bytes] = {}
    for (key, column), value in named.items():
        base = {**where.base, **files}
        files[name_of(key)] = breakers.cell(base, key, column, 1, value)
    assert where.trouble(Broken(f"names {named!r}", files)) is None


@repeatable
@given(
    value=strategies.one_of(
        strategies.integers().map(str),
        strategies.floats().map(str),
        strategies.integers(0, 20_000).map("{:,}".format),
        text,
    ),
    key=strategies.sampled_from(["registrations", "list_sizes"]),
    row=strategies.integers(1, 5),
)
def test_any_count_is_counted_or_refused(bench, value, key, row):
    """A cell of a count is the number that it says, or a fault."""
    where = bench("core")
    data = breakers.cell(where.base, key, "NUMBER_OF_PATIENTS", row, value)
    assert where.trouble(Broken(f"{key}, count {row} = {value!r}", {name_of(key): data})) is None


@repeatable
@given(
    edits=strategies.lists(
        strategies.tuples(
            strategies.sampled_from(CORE),
            strategies.floats(0, 1),
            strategies.integers(0, 3),
            strategies.binary(max_size=6),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_any_bytes_anywhere(bench, edits):
    """Bytes put into files, in the place of some of theirs."""
    where = bench("core")
    files: dict[str, bytes] = {}
    for key, share, gone, put in edits:
        name = name_of(key)
        data = files.get(name, where.base[name])
        at = int(share * len(data))
        files[name] = data[:at] + put + data[at + gone :]
    assert where.trouble(Broken(f"edits {edits!r}", files)) is None


@repeatable
@given(several=strategies.lists(strategies.integers(0, 9_999), min_size=2, max_size=4))
def test_several_breaks_at_once(bench, several):
    """Files broken together are told together."""
    where = bench("core")
    cases = [case for name in CORE_FAMILIES for case in family(name, where)]
    chosen = [cases[number % len(cases)] for number in several]
    files: dict[str, bytes | None] = {}
    for case in chosen:
        files |= case.files
    assert where.trouble(Broken(" and ".join(case.name for case in chosen), files)) is None


# ---- through the command line ----------------------------------------------------------------

#: runs ``python -m footprint`` for each line of arguments in a process of its own, which does not
#: have to import everything again
STARTER = """
import json, os, runpy, sys, traceback
import footprint.check, footprint.pipeline
for line in sys.stdin:
    arguments, out, err = json.loads(line)
    child = os.fork()
    if not child:
        code = 1
        try:
            for number, name in ((0, os.devnull), (1, out), (2, err)):
                os.dup2(os.open(name, os.O_RDWR | os.O_CREAT | os.O_TRUNC), number)
            sys.argv = ["footprint", *arguments]
            runpy.run_module("footprint", run_name="__main__", alter_sys=True)
            code = 0
        except SystemExit as ended:
            code = ended.code or 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class Shell:
    """footprint as a user runs it, many times over."""

    def __init__(self, folder: Path) -> None:
        self.out, self.err = folder / "stdout", folder / "stderr"
        self.ran = 0
        self.process = subprocess.Popen(
            [sys.executable, "-c", STARTER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """Run footprint; return the exit code and what it said on stdout and stderr."""
        self.ran += 1
        line = json.dumps([list(map(str, arguments)), str(self.out), str(self.err)])
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        return code, self.out.read_text("utf-8"), self.err.read_text("utf-8")


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """The command line, started once."""
    if not hasattr(os, "fork"):
        pytest.skip("this system starts processes in another way")
    made = Shell(tmp_path_factory.mktemp("shell"))
    yield made
    made.process.stdin.close()
    made.process.wait()


def files_in(folder: Path) -> dict[str, str]:
    """Hash of every file of a folder, and its folders."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "a folder"
        for path in sorted(folder.rglob("*"))
    }


def some_refused(cases: list[Broken], most: int, rng: random.Random) -> list[Broken]:
    """Choose some of the inputs that cannot be used."""
    bad = [case for case in cases if case.outcome == "refused"]
    return rng.sample(bad, min(most, len(bad)))


def test_broken_inputs_through_the_command_line(benches, shell, tmp_path):
    """Exit code 0 or 2, one clear error, nothing partial, and an earlier run left as it was."""
    where = benches["core"]
    rng = random.Random(3)
    bad = [
        case
        for name in (*CORE_FAMILIES, "patch_files")
        for case in some_refused(family(name, where), 7, rng)
    ]
    out = tmp_path / "earlier"
    code, *_ = shell.run("analyse", where.folder / PATCH_FILE, "--out", out, "--quiet")
    assert code == 0
    (out / "notes.txt").write_text("mine")
    before = files_in(out)
    found = []
    for at, case in enumerate(bad):
        where.write(case)
        path = where.folder / PATCH_FILE
        try:
            order = ["check", path] if at % 2 else ["analyse", path, "--out", out]
            code, said, complained = shell.run(*order)
        finally:
            where.restore(case)
        told = said if order[0] == "check" else complained
        if code != 2 or "Traceback" in said + complained:
            found.append(f"{case.name}: exit code {code}, {complained[-300:]}")
        elif "found" not in told or "expected" not in told or len(told) > 40_000:
            found.append(f"{case.name}: {told[:300]}")
        elif order[0] == "analyse" and said:
            found.append(f"{case.name}: {said[:300]} on stdout")
        if files_in(out) != before:
            found.append(f"{case.name}: the earlier run is not what it was")
            before = files_in(out)
    assert found == []
    assert len(bad) >= THROUGH_THE_SHELL
    fresh = tmp_path / "fresh"
    where.write(bad[1])
    try:
        assert shell.run("analyse", where.folder / PATCH_FILE, "--out", fresh)[0] == 2
    finally:
        where.restore(bad[1])
    assert not fresh.exists()


#: names that would do harm where a page, a workbook or a terminal took them for more
EVIL = breakers.SCRIPT + ' & "quotes", {{ 1337 * 7 }}\n\u202egnp.exe =1+1'


def test_hostile_names_through_everything(benches, shell, tmp_path):
    """Names of every kind go through pages, map, workbook and tables as text and no more."""
    where = benches["full"]
    files = {PATCH_FILE: where.base[PATCH_FILE].replace(b"Toyshire", breakers.SCRIPT.encode())}
    for key, columns in breakers.FREE.items():
        for column in columns:
            for row in range(1, breakers.rows_in(where.base, key) + 1):
                base = {**where.base, **files}
                files[name_of(key)] = breakers.cell(base, key, column, row, EVIL)
    # times of one base stay, so that somebody drives
    heading, *times = cells(where.base[name_of("travel_times")])
    times = [[EVIL, *rest] for base, *rest in times if base == "Clinic 1"]
    files[name_of("travel_times")] = render([heading, *times])
    case = Broken("hostile names", files)
    where.write(case)
    try:
        code, said, complained = shell.run(
            "analyse", where.folder / PATCH_FILE, "--out", tmp_path / "out"
        )
        checked, told, _ = shell.run("check", where.folder / PATCH_FILE)
    finally:
        where.restore(case)
    assert (code, checked) == (0, 0), complained
    for words in (said, told):
        assert "\u202e" not in words
    for page in ("index.html", "map.html", "report.html"):
        text_of = (tmp_path / "out" / page).read_text("utf-8")
        assert breakers.SCRIPT not in text_of
        assert "9359" not in text_of
    import openpyxl

    book = openpyxl.load_workbook(tmp_path / "out" / "footprint.xlsx")
    formulas = [
        cell.coordinate
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    ]
    assert formulas == []
