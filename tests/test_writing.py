"""A run's files put in their place: all or none, and what hinders it is told in one line."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from toy import County

from footprint import processes, writing
from footprint.errors import InputError

#: bytes that a file may have in a run on a disk that is "full"
FEW_BYTES = 30_000


def made(out: Path, *names: str) -> Path:
    """A folder aside with files."""
    folder = out / "aside"
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("new")
    return folder


def held(monkeypatch, *names):
    """Have another program hold files open, as a spreadsheet on Windows does."""
    rename = Path.rename

    def refused(path, target):
        if path.name in names:
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refused)


def test_paths_are_told_from_a_folder_or_whole_from_another_drive(tmp_path, monkeypatch):
    """On Windows no path leads from one drive to another: a run on two of them is recorded."""
    file = tmp_path / "geography" / "lsoa.gpkg"
    assert writing.relative(file, tmp_path / "patch") == "../geography/lsoa.gpkg"

    def apart(*_):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr(writing.os.path, "relpath", apart)
    assert writing.relative(file, tmp_path / "patch") == file.as_posix()


def test_a_folder_of_a_files_name_is_told_and_nothing_replaced(tmp_path):
    """What stands in the way is named; the files beside it stay as they are."""
    (tmp_path / "index.html").write_text("old")
    (tmp_path / "map.html").mkdir()
    with pytest.raises(InputError, match=re.escape(f"--out: found a folder: {tmp_path}")):
        writing.swap(tmp_path, made(tmp_path, "index.html", "map.html"), {}, 0.0)
    assert (tmp_path / "index.html").read_text() == "old"
    assert not (tmp_path / "run.json").exists()


def test_files_that_another_program_holds_are_told_at_once(tmp_path, monkeypatch):
    """Each is named, before the work and when all is ready, and nothing is replaced."""
    names = ("footprint.gpkg", "footprint.xlsx", "index.html")
    assert writing.swap(tmp_path, made(tmp_path, *names), {}, 0.0) == (*names, "run.json")
    record = (tmp_path / "run.json").read_bytes()
    held(monkeypatch, *names[:2])
    with pytest.raises(InputError) as before:
        writing.tried(tmp_path)
    with pytest.raises(InputError) as after:
        writing.swap(tmp_path, made(tmp_path, *names, "map.html"), {"new": True}, 0.0)
    assert [fault.found for fault in before.value.faults] == [
        f"{tmp_path / name}: Permission denied" for name in names[:2]
    ]
    assert after.value.faults == before.value.faults
    assert not (tmp_path / "map.html").exists()
    assert (tmp_path / "run.json").read_bytes() == record


def test_only_a_disk_that_is_full_is_no_fault_of_ours(tmp_path):
    """The folder is named with the system's word; any other fault comes through."""
    with (
        pytest.raises(InputError, match=r"--out: found .*: No space left on device"),
        writing.aside(tmp_path / "out"),
    ):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with pytest.raises(BrokenPipeError), writing.aside(tmp_path / "out"):
        raise BrokenPipeError(errno.EPIPE, "Broken pipe")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="limits of files are of POSIX")
def test_a_run_on_a_full_disk_says_so_and_leaves_nothing(tmp_path):
    """Whichever process fills it: exit code 2, one line, and no folder left behind."""
    import resource

    patch = County("AB", patients=40_000).write(tmp_path / "in")
    done = subprocess.run(
        [sys.executable, "-m", "footprint", "analyse", patch, "--out", tmp_path / "out"],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (FEW_BYTES, FEW_BYTES)),
    )
    assert done.returncode == 2, done.stderr
    assert "--out: found" in done.stderr
    assert os.strerror(errno.EFBIG) in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_signals_are_left_as_they_were():
    """They are taken while a run lasts; what is ignored stays so, as does another thread's."""
    before = signal.getsignal(signal.SIGTERM)
    with processes.orderly():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        with processes.orderly():
            assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGTERM, before)
    met = []

    def elsewhere():
        with processes.orderly():
            met.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert met == [before]


@pytest.mark.skipif(os.name != "posix", reason="signals are of POSIX")
def test_a_run_that_is_told_to_end_leaves_nothing(tmp_path):
    """What a scheduler sends when its time is up is told by the exit code; no folder stays."""
    with subprocess.Popen(
        [sys.executable, "-m", "footprint", "analyse", "--out", tmp_path / "out"],
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert any(line.startswith("Working out travel") for line in run.stderr)
        assert (tmp_path / "out").is_dir()
        run.send_signal(signal.SIGTERM)
        assert run.wait(60) == 128 + signal.SIGTERM
        assert "Traceback" not in run.stderr.read()
    assert list(tmp_path.iterdir()) == []
