"""What a check of a patch found, and how it is told: aligned text for people, values for JSON."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from footprint.errors import MAX_SHOWN, Fault, printable
from footprint.words import counted, day

#: width of the text in characters
WIDTH = 100
#: faults in JSON; the count is always whole
MOST_FAULTS = 1_000
#: characters of one cell's text in JSON
MOST_CHARACTERS = 500


@dataclass(frozen=True)
class FileReport:
    """
    One file of ``[inputs]`` as it was understood.

    Parameters
    ----------
    key, path
        Its key and its path as a reader of the patch file sees it.
    ok
        Whether it could be read.
    what
        What it was taken for.
    rows
        Records in the file.
    date, vintage
        The date that stands in it; "2011" or "2021" of its small areas; None and "" where not
        known.
    set_aside, notes
        Records that were set aside, and why, in sentences.
    faults
        How many faults it has.
    """

    key: str
    path: str
    ok: bool = True
    what: str = ""
    rows: int | None = None
    date: dt.date | None = None
    vintage: str = ""
    set_aside: int = 0
    notes: tuple[str, ...] = ()
    faults: int = 0


@dataclass(frozen=True)
class Join:
    """
    One count of how the files join.

    ``count`` things, ``of`` so many (None where it is a total itself). ``name`` is for machines,
    ``label`` for people. ``needs`` are keys of [inputs] without which it says nothing.
    """

    name: str
    label: str
    count: int
    of: int | None = None
    needs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Checkup:
    """
    Everything that a check of a patch found.

    ``joins`` is empty where the files cannot be joined; ``ok`` is True without any fault.
    """

    file: str
    name: str = ""
    scope: str = ""
    date: dt.date | None = None
    vintage: str = ""
    files: tuple[FileReport, ...] = ()
    joins: tuple[Join, ...] = ()
    faults: tuple[Fault, ...] = ()
    warnings: tuple[str, ...] = ()
    ok: bool = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ok", not self.faults)


def text(checkup: Checkup) -> str:
    """Write a checkup for a planner: aligned columns, every fault, what to do next."""
    return "\n".join(_clean(line) for line in _lines(checkup))


def _lines(checkup: Checkup) -> Iterator[str]:
    yield f"{checkup.name} ({checkup.file})" if checkup.name else checkup.file
    about = [
        "" if checkup.date is None else f"data of {day(checkup.date)}",
        f"small areas of {checkup.vintage}" if checkup.vintage else "",
        f"patch: {checkup.scope}" if checkup.scope else "",
    ]
    if any(about):
        said = ", ".join(filter(None, about))
        yield said[0].upper() + said[1:]
    if checkup.files:
        yield from ("", "Files")
        yield from _file_lines(checkup.files)
    if checkup.joins:
        yield from ("", "How the files join")
        yield from _join_lines(checkup.joins)
    elif checkup.files:
        yield from ("", "How the files join is told when the faults below are gone.")
    if checkup.warnings:
        yield from ("", "Worth knowing")
        for warning in checkup.warnings:
            yield from _wrapped(warning, "  - ")
    yield ""
    if checkup.ok:
        yield "No faults: the patch can be analysed."
        return
    yield f"{counted(len(checkup.faults), 'fault')} to put right:"
    for path, faults in _by_file(checkup.faults).items():
        yield from (f"  {fault}" for fault in faults[:MAX_SHOWN])
        if len(faults) > MAX_SHOWN:
            yield f"  ... and {len(faults) - MAX_SHOWN:,} more in {path}"


def _by_file(faults: Iterable[Fault]) -> dict[str, list[Fault]]:
    out: dict[str, list[Fault]] = {}
    for fault in faults:
        out.setdefault(fault.file, []).append(fault)
    return out


def _file_lines(files: Iterable[FileReport]) -> Iterator[str]:
    rows = []
    for file in files:
        state = file.what if file.ok else counted(file.faults, "fault")
        number = "" if file.rows is None else f"{file.rows:,} row{'s' if file.rows != 1 else ' '}"
        dated = ["" if file.date is None else day(file.date)]
        dated.append(f"LSOA {file.vintage}" if file.vintage else "")
        rows.append((file.key, state, number, ", ".join(filter(None, dated)), file.path))
    widths = [max(len(row[i]) for row in rows) for i in range(4)]
    for file, (key, state, number, of, path) in zip(files, rows, strict=True):
        yield (
            f"  {key:<{widths[0]}}  {state:<{widths[1]}}  {number:>{widths[2]}}"
            f"  {of:<{widths[3]}}  {path}"
        )
        notes = list(file.notes)
        if file.set_aside and not notes:
            notes.append(f"{counted(file.set_aside, 'row')} set aside.")
        for note in notes:
            yield from _wrapped(note, "      - ")


def _join_lines(joins: Iterable[Join]) -> Iterator[str]:
    rows = [(f"  {'  ' if j.of is not None else ''}{j.label}", f"{j.count:,}", j) for j in joins]
    wide = max(len(label) for label, _, _ in rows)
    deep = max(len(number) for _, number, _ in rows)
    for label, number, join in rows:
        share = "" if join.of is None else f"  {percent(join.count, join.of):>10}"
        yield f"{label:<{wide}}  {number:>{deep}}{share}"


def _wrapped(sentence: str, start: str) -> list[str]:
    return textwrap.wrap(
        _clean(sentence),
        WIDTH,
        initial_indent=start,
        subsequent_indent=" " * len(start),
        break_on_hyphens=False,
    ) or [start]


def percent(count: int, of: int) -> str:
    """Write a share in per cent; 100% and 0% only where it is all or nothing."""
    if of == 0:
        return ""
    if count in (0, of):
        return f"{100 * count // of}%"
    share = 100 * count / of
    if share < 0.1:
        return "under 0.1%"
    return "over 99.9%" if share > 99.9 else f"{share:.1f}%"


def _clean(line: str) -> str:
    # names come from files: no control character may write over a terminal's lines
    clean = printable(line)
    return clean.encode("utf-8", "replace").decode().rstrip()


def as_json(checkup: Checkup) -> dict[str, Any]:
    """Return a checkup as plain values for JSON: the same facts for machines."""
    return {
        "ok": checkup.ok,
        "file": checkup.file,
        "name": checkup.name,
        "scope": checkup.scope,
        "date": _iso(checkup.date),
        "vintage": checkup.vintage,
        "files": [
            {
                "key": file.key,
                "path": file.path,
                "ok": file.ok,
                "what": file.what,
                "rows": file.rows,
                "date": _iso(file.date),
                "vintage": file.vintage,
                "set_aside": file.set_aside,
                "notes": list(file.notes),
                "faults": file.faults,
            }
            for file in checkup.files
        ],
        "joins": [
            {
                "name": join.name,
                "label": join.label,
                "count": join.count,
                "of": join.of,
                "share": round(join.count / join.of, 6) if join.of else None,
            }
            for join in checkup.joins
        ],
        "warnings": list(checkup.warnings),
        "fault_count": len(checkup.faults),
        "faults": [
            {
                "file": _cut(fault.file),
                "row": fault.row,
                "column": None if fault.column is None else _cut(fault.column),
                "found": _cut(fault.found),
                "expected": _cut(fault.expected),
            }
            for fault in checkup.faults[:MOST_FAULTS]
        ],
    }


def _iso(date: dt.date | None) -> str | None:
    return None if date is None else date.isoformat()


def _cut(words: str) -> str:
    return words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1]}…"
