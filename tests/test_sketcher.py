"""Works shared by two processes: each is done once, and gives the same bytes as in one."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import sys
from functools import partial
from pathlib import Path

import helpers_content as helpers
import pytest

from footprint import processes
from footprint.errors import ModelError
from footprint.report import briefings, geopackage, pcn_map, pcn_stills, sketcher, stills
from footprint.report.beside import Beside

#: files of the maps of PCNs' pages
MAPS = [f"pcn-{code}.{kind}" for code in helpers.CODES.values() for kind in ("png", "svg")]


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def process_of(monkeypatch, code):
    """Have a second process run some other code; return where the processes are noted."""
    popen, started = subprocess.Popen, []

    def other(_, **options):
        started.append(popen([sys.executable, "-c", code], **options))
        return started[-1]

    monkeypatch.setattr(processes.subprocess, "Popen", other)
    return started


def test_two_processes_make_what_one_makes(tmp_path):
    """Whoever does a work, its files and what it gives to the pages are the same."""
    content = helpers.content()
    stems = stills.stems(content)
    with Beside() as beside:
        beside.ask(content, tmp_path, sketcher.works(content))
        found = beside.take(stems)
        maps = beside.take(["maps"])["maps"]
        beside.finish()
    assert found == stills.write(content, tmp_path / "alone")
    assert sorted(pcn_stills.write(content, tmp_path / "alone")) == MAPS
    assert list(found) == stems
    assert bytes_of(tmp_path / "stills") == bytes_of(tmp_path / "alone")
    assert maps == pcn_map.every(content, briefings.chosen(content))
    alone = geopackage.write(content, tmp_path / "alone.gpkg")
    assert (tmp_path / "footprint.gpkg").read_bytes() == alone.read_bytes()


def test_what_stands_needs_no_proposal(tmp_path):
    """Works but the services' stills are the same before anything else of a content is known."""
    whole = helpers.content()
    tables = ("pcns", "checks", "parts", "practices", "pcn_adjacency")
    early = dataclasses.replace(
        whole,
        tables={name: whole.tables[name] for name in tables},
        services=(),
        findings=(),
        notes=(),
        audit={},
    )
    works = sketcher.works(early)
    assert set(sketcher.works(whole)) - set(works) == set(stills.service_names(whole).values())
    for content, folder in ((early, tmp_path / "early"), (whole, tmp_path / "whole")):
        for name, work in works.items():
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(repr(work(content, folder)), encoding="utf-8")
    early_files, whole_files = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (tmp_path / "early", tmp_path / "whole")
    )
    assert len(early_files) == len(works) + 5 + len(MAPS)
    assert early_files == whole_files


def noted(_, folder, *, name):
    """A work that notes that it has been done, and gives its name."""
    with Path(folder / name).open("a", encoding="utf-8") as file:
        file.write("done\n")
    return name


def test_each_work_is_done_once_and_given_as_often_as_asked(tmp_path, monkeypatch):
    """None is done in both processes; what was taken before can be taken again."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    works = {name: partial(noted, name=name) for name in "abcdefgh"}
    with Beside() as beside:
        beside.ask(helpers.content(), tmp_path, works)
        assert beside.take("ba") == {"b": "b", "a": "a"}
        beside.finish()
        assert beside.take(works) == {name: name for name in works}
    assert bytes_of(tmp_path) == dict.fromkeys(works, b"done\n")


def test_what_the_other_does_not_come_to_is_done_here(tmp_path, monkeypatch):
    """A process that is slow to begin holds up nothing but the first of the list."""
    process_of(monkeypatch, "import time; time.sleep(600)")
    works = {name: partial(noted, name=name) for name in "abc"}
    with Beside() as beside:
        beside.ask(helpers.content(), tmp_path, works)
        assert beside.take("bc") == {"b": "b", "c": "c"}
    assert sorted(bytes_of(tmp_path)) == ["b", "c"]


def test_a_fault_of_the_other_process_is_told(tmp_path, monkeypatch):
    """What it says when it ends goes into the error."""
    process_of(monkeypatch, "import sys; sys.stdin.buffer.read(1); sys.exit('no room left')")
    with Beside() as beside:
        beside.ask(helpers.content(), tmp_path, {"a": partial(noted, name="a")})
        beside._thread.join()
        with pytest.raises(ModelError, match="is not complete: no room left"):
            beside.finish()


def test_a_work_that_cannot_be_sent_is_told(tmp_path):
    """The process then waits for ever for what it is asked: nobody waits for it."""
    with Beside() as beside:
        beside.ask(helpers.content(), tmp_path, {"a": lambda *_: None})
        beside._thread.join()
        with pytest.raises(ModelError, match=r"is not complete: .*pickle"):
            beside.finish()


def test_a_fault_here_does_not_wait_for_the_other_process(tmp_path, monkeypatch):
    """Leaving the context ends the process, whatever it has in hand."""
    started = process_of(monkeypatch, "import time; time.sleep(600)")
    beside = Beside()
    with contextlib.suppress(ModelError), beside:
        beside.ask(helpers.content(), tmp_path, {"a": partial(noted, name="a")})
        raise ModelError("here")
    assert started[0].returncode is not None
    assert not beside._thread.is_alive()
