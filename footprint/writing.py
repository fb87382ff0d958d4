"""A run's files, written aside and put in their place when all are ready."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from footprint.errors import Fault, InputError

#: tells what a run read, found and wrote
RUN_FILE = "run.json"
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
    there = next(one for one in (out, *out.absolute().parents) if one.exists())
    try:
        tempfile.TemporaryDirectory(prefix=".footprint-", dir=there).cleanup()
    except OSError as error:
        raise _closed(out, error) from None
    _refuse_held(out, _earlier(out))


def _refuse_held(out: Path, names: Iterable[str]) -> None:
    """Raise where files cannot be replaced: a spreadsheet on Windows holds what it shows."""
    faults = []
    for name in names:
        path = out / name
        if path.is_dir():
            faults.append(Fault("--out", f"a folder: {path}", "a file, or nothing, of this name"))
        elif path.exists():
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
    stale = set(_earlier(out)) - set(record["outputs"])
    _refuse_held(out, record["outputs"])
    for name in [*made, RUN_FILE]:
        (out / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).replace(out / name)
    for name in sorted(stale):
        (out / name).unlink(missing_ok=True)
    return (*made, RUN_FILE)


def _earlier(out: Path) -> list[str]:
    """Files that an earlier run says it wrote, kept to names inside the folder."""
    try:
        names = json.loads((out / RUN_FILE).read_text(encoding="utf-8"))["outputs"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    if not isinstance(names, list):
        return []
    return [
        name
        for name in names
        if isinstance(name, str)
        and name
        and not PurePosixPath(name).is_absolute()
        and ".." not in PurePosixPath(name).parts
        and (out / name).is_file()
    ]


def _plain(value: object) -> object:
    """Numpy and pandas scalars as JSON has them."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} in {RUN_FILE}")
