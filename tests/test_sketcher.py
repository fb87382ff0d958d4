"""Stills drawn in two processes: each once, the same bytes as in one."""

from __future__ import annotations

import subprocess
import sys

import helpers_content as helpers
import pytest

from footprint import processes
from footprint.errors import ModelError
from footprint.report import stills
from footprint.report.sketcher import Sketcher


def bytes_of(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_two_processes_draw_what_one_draws(tmp_path):
    """Whoever draws a still, its files and its picture for pages are the same."""
    content = helpers.content()
    stems = stills.stems(content)
    with Sketcher() as sketcher:
        sketcher.begin(content, tmp_path / "both", stems)
        found = sketcher.finish()
    alone = stills.for_pages(stills.write(content, tmp_path / "alone"))
    assert found == alone
    assert sorted(found) == sorted(stems)
    assert bytes_of(tmp_path / "both") == bytes_of(tmp_path / "alone")


def test_what_the_other_has_begun_is_not_drawn_here(tmp_path, monkeypatch):
    """A still that the other process has claimed is left to it."""
    drawn = []
    write = stills.write

    def noted(content, folder, *, stems):
        drawn.extend(stems)
        return write(content, folder, stems=stems)

    monkeypatch.setattr(stills, "write", noted)
    content = helpers.content()
    first, *rest = stills.stems(content)
    with Sketcher() as sketcher:
        sketcher.begin(content, tmp_path, [first, *rest])
        (sketcher._job.claims / "0").touch()
        assert sorted(sketcher._job.draw([first, *rest])) == sorted(drawn)
    assert first not in drawn


def test_a_fault_of_the_other_process_is_told(tmp_path, monkeypatch):
    """What it says when it ends goes into the error."""
    popen = subprocess.Popen
    code = "import sys; sys.exit('no room left')"
    monkeypatch.setattr(
        processes.subprocess,
        "Popen",
        lambda _, **options: popen([sys.executable, "-c", code], **options),
    )
    content = helpers.content()
    with Sketcher() as sketcher:
        sketcher.begin(content, tmp_path, ["footprints"])
        with pytest.raises(ModelError, match="the stills could not be drawn: no room left"):
            sketcher.finish()
