"""Looking through folders of downloads for files that footprint reads."""

from __future__ import annotations

import contextlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from footprint.errors import Fault, InputError
from footprint.sources.streams import digest
from footprint.starter.choice import Note
from footprint.starter.order import size_of
from footprint.starter.recognise import Seen, recognise
from footprint.words import counted

#: folders below a folder of downloads that are looked into
DEPTH = 5
#: files that are looked at
MOST_FILES = 5_000
#: files that cannot be read and are named
MOST_TROUBLES = 8


@dataclass(frozen=True)
class Look:
    """What was found: files recognised, notes on the others, and how many were looked at."""

    seen: tuple[Seen, ...]
    notes: tuple[Note, ...]
    looked_at: int


def look(places: Sequence[Path], show: Callable[[Path], str]) -> Look:
    """
    Recognise the files of folders.

    Parameters
    ----------
    places
        Folders, looked through to a depth of :data:`DEPTH`; what footprint wrote is left out.
    show
        Gives a path as a reader of the notes should see it.

    Raises
    ------
    InputError
        A folder that is none, cannot be read, or holds no file.
    """
    seen: list[Seen] = []
    met: set[Path] = set()
    notes: list[Note] = []
    for place in places:
        for path in _files(place, notes, show):
            # the same file by two ways is one file
            real = path.resolve()
            if real in met:
                continue
            if len(met) == MOST_FILES:
                notes.append(Note(f"Only the first {MOST_FILES:,} files were looked at."))
                return Look(*_told(seen, notes, show), len(met))
            met.add(real)
            found = recognise(path)
            if found is not None:
                seen.append(found)
    return Look(*_told(seen, notes, show), len(met))


def _files(place: Path, notes: list[Note], show: Callable[[Path], str]) -> Iterator[Path]:
    closed: list[OSError] = []
    number = 0
    for parent, folders, files in os.walk(place, onerror=closed.append):
        here = Path(parent)
        if len(here.relative_to(place).parts) >= DEPTH:
            folders.clear()
        # what footprint wrote is no download
        if "run.json" in files and "tables" in folders:
            folders.clear()
            number += 1
            continue
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            path = here / name
            if not name.startswith(".") and _regular(path):
                number += 1
                yield path
    for error in closed:
        if Path(str(error.filename)) == place:
            raise InputError([_unusable(place, (error.strerror or str(error)).lower())])
        shown = show(Path(str(error.filename)))
        notes.append(Note(f"{shown} was not looked into: {error.strerror}."))
    if not number:
        raise InputError([_unusable(place, "a folder without a file")])


def _unusable(place: Path, found: str) -> Fault:
    return Fault(f"--from {place}", found, "a folder of downloads; nothing was written")


def _regular(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, UnicodeEncodeError):
        return False


def _told(
    seen: Sequence[Seen], notes: list[Note], show: Callable[[Path], str]
) -> tuple[tuple[Seen, ...], tuple[Note, ...]]:
    """Leave out what cannot be read, which is noted."""
    troubled = [one for one in seen if one.trouble]
    notes += [
        Note(f"{show(one.path)} cannot be used: {one.trouble}.") for one in troubled[:MOST_TROUBLES]
    ]
    if len(troubled) > MOST_TROUBLES:
        more = counted(len(troubled) - MOST_TROUBLES, "more file")
        notes.append(Note(f"{more} cannot be used."))
    return tuple(_with_digests([one for one in seen if not one.trouble])), tuple(notes)


def _with_digests(seen: Sequence[Seen]) -> Iterator[Seen]:
    """Give files that are as large as another their digest: the same download twice shows."""
    size = {one.path: size_of(one.path) for one in seen}
    number = Counter(size.values())
    for one in seen:
        content = ""
        # a digest is dear, and few files are of one size
        if number[size[one.path]] > 1:
            with contextlib.suppress(InputError):
                content = digest(one.path)
        yield replace(one, content=content)
