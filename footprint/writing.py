"""A run's files, written aside and put in their place when all are ready."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from footprint.errors import Fault, InputError

#: tells what a run read, found and wrote
RUN_FILE = "run.json"
#: what a run writes beside its own two folders; names as they are in every run
FILES = ("footprint.gpkg", "footprint.xlsx", "index.html", "map.html", "report.html", RUN_FILE)
FOLDERS = ("stills", "tables")
#: what an earlier run may have written; of a record that somebody changed nothing else is believed
_OURS = re.compile(
    rf"{'|'.join(map(re.escape, FILES))}|tables/[\w-]+\.csv|stills/[\w-]+\.(?:png|svg)"
)
#: bytes beyond which a record is nobody's
_LONGEST = 1 << 26
#: what a system says of a disk that takes no more: no fault of ours
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)


def text(path: Path, words: str) -> None:
    """Write text, the same bytes on every system."""
    path.write_text(words, encoding="utf-8", newline="\n")


def relative(path: Path, folder: Path) -> str:
    """Path of a file as seen from a folder, the same on every system; whole from another drive."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.as_posix()


def tried(out: Path) -> None:
    """
    See that a folder can be written into, before the work rather than after it.

    Raises
    ------
    InputError
        A folder that is closed, or files of an earlier run that cannot be replaced.
    """
    try:
        there = next(one for one in (out, *out.absolute().parents) if one.exists())
        clear(out, [*FILES, *(f"{folder}/x" for folder in FOLDERS)])
        tempfile.TemporaryDirectory(prefix=".footprint-", dir=there).cleanup()
    except OSError as error:
        raise _closed(out, error) from None
    _refuse_held(out, _earlier(out))


def _refuse_held(out: Path, names: Iterable[str]) -> None:
    """Raise where files cannot be replaced: a spreadsheet on Windows holds what it shows."""
    faults = []
    for name in names:
        path = out / name
        if path.exists():
            try:
                # to its own name: nothing happens where it may
                path.rename(path)
            except OSError as error:
                found = f"{path}: {error.strerror or error}"
                faults.append(Fault("--out", found, "a file that no other program holds open"))
    if faults:
        raise InputError(faults)


def _closed(out: Path, error: OSError) -> InputError:
    found = f"{out}: {error.strerror or error}"
    return InputError([Fault("--out", found, "a folder to write into")])


def clear(out: Path, names: Iterable[str]) -> None:
    """
    See that nothing stands where a run's files are to be put.

    Parameters
    ----------
    out
        The folder of the run.
    names
        Of files below it, with ``/`` between.

    Raises
    ------
    InputError
        Where a folder of the run is a file or leads out of the run's folder, or a file is a folder.
    """
    faults: dict[Path, Fault] = {}
    for name in names:
        place = out / name
        for folder in list(place.relative_to(out).parents)[:-1]:
            at = out / folder
            if at.is_symlink():
                faults[at] = Fault("--out", f"a link: {at}", "a folder of its own, or nothing")
            elif at.exists() and not at.is_dir():
                faults[at] = Fault("--out", f"a file: {at}", "a folder, or nothing")
        if place.is_dir() and not place.is_symlink():
            faults[place] = Fault("--out", f"a folder: {place}", "a file, or nothing")
    if faults:
        raise InputError(list(faults.values()))


@contextlib.contextmanager
def aside(out: Path) -> Iterator[Path]:
    """
    A folder to write into before anything is put in its place: gone at the end.

    Raises
    ------
    InputError
        A folder that is closed, or a disk that is full before all is written.
    """
    new = not out.exists()
    try:
        out.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".footprint-", dir=out))
    except OSError as error:
        raise _closed(out, error) from None
    try:
        yield folder
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise _closed(out, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if new:
            # nothing came into it: there is no run to be found there
            with contextlib.suppress(OSError):
                out.rmdir()


def swap(out: Path, folder: Path, record: dict[str, Any], began: float) -> tuple[str, ...]:
    """
    Put what was written aside in its place; files of an earlier run that are gone go.

    Parameters
    ----------
    out, folder
        Where to, and where from: a folder made by :func:`aside`.
    record
        What ``run.json`` tells, but for its outputs and seconds.
    began
        When the run began, by ``time.perf_counter``.

    Returns
    -------
    outputs
        Every file, relative to ``out``.

    Raises
    ------
    InputError
        Where a file cannot be replaced; then none is.
    """
    made = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    record = {**record, "outputs": [*made, RUN_FILE]}
    record["seconds"] = round(time.perf_counter() - began, 2)
    text(
        folder / RUN_FILE,
        json.dumps(record, indent=1, ensure_ascii=False, default=_plain) + "\n",
    )
    with _alone(out):
        clear(out, [*made, RUN_FILE])
        stale = set(_earlier(out)) - set(record["outputs"])
        _refuse_held(out, record["outputs"])
        for name in [*made, RUN_FILE]:
            (out / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).replace(out / name)
        for name in sorted(stale):
            (out / name).unlink(missing_ok=True)
    return (*made, RUN_FILE)


@contextlib.contextmanager
def _alone(out: Path) -> Iterator[None]:
    """Hold a folder against other runs: of two at once one's files stand, never some of each."""
    try:
        import fcntl  # noqa: PLC0415  not on Windows
    except ImportError:
        yield
        return
    held = os.open(out, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            # not every file system can hold one
            fcntl.flock(held, fcntl.LOCK_EX)
        yield
    finally:
        os.close(held)


def _earlier(out: Path) -> list[str]:
    """Files that an earlier run says it wrote, kept to such as a run writes."""
    told = out / RUN_FILE
    try:
        if not told.is_file() or told.stat().st_size > _LONGEST:
            return []
        names = json.loads(told.read_text(encoding="utf-8"))["outputs"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    if not isinstance(names, list):
        return []
    ours = [name for name in names if isinstance(name, str) and _OURS.fullmatch(name)]
    return [
        name for name in ours if not (out / name).parent.is_symlink() and (out / name).is_file()
    ]


def _plain(value: object) -> object:
    """Numpy and pandas scalars as JSON has them."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} in {RUN_FILE}")
