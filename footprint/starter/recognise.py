"""Telling what a downloaded file holds from its first records; junk is junk, never an error."""

from __future__ import annotations

import datetime as dt
import re
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from footprint import vintages
from footprint.errors import InputError
from footprint.schema import normalise
from footprint.sources import graphml
from footprint.sources.dates import data_date
from footprint.sources.streams import GZIP, ZIP, strange
from footprint.sources.vector import holds_shapes
from footprint.starter import kinds, shapes
from footprint.starter.heads import HEAD, PREAMBLE, Records, Rows, tables

#: how old Excel files begin, and Word documents, mails and others
OLE = b"\xd0\xcf\x11\xe0"
#: what one of Excel has inside, or one with a password
SHEETS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book", "EncryptedPackage"))
#: first bytes of archives that a planner can unpack
UNPACK = (b"Rar!", b"7z\xbc\xaf")
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()


@dataclass(frozen=True)
class Seen:
    """
    What a file was recognised as.

    Parameters
    ----------
    path
        The file.
    kinds
        Keys of [inputs] that it can serve; 1 where it is made for that, more where it only holds
        what is needed beside other things.
    date, vintage, year
        Its extract date; "2011" or "2021"; the two figures of a look-up's year (24): None, "" and
        0 where it does not say.
    named
        The date in its name, for files that say none: year, month ("" where there is none).
    sex
        "MALE" or "FEMALE" where its first records are of one sex only.
    pcns
        PCN codes in its first records, for a trust's own files.
    headings
        Its columns, of a grid of times or of shapes.
    content
        The digest of its bytes where another file is as large, "" else.
    trouble
        Why it cannot be read, in words, where it looks like what a planner meant to use; then
        there are no kinds.
    """

    path: Path
    kinds: Mapping[str, int]
    date: dt.date | None = None
    vintage: str = ""
    year: int = 0
    named: str = ""
    sex: str = ""
    pcns: frozenset[str] = frozenset()
    headings: tuple[str, ...] = ()
    content: str = ""
    trouble: str = ""


def recognise(path: Path) -> Seen | None:
    """
    Tell what a file holds by its content; of a table only its first 64 kB are read.

    Parameters
    ----------
    path
        Any file.

    Returns
    -------
    seen
        None where it is nothing that footprint reads; with ``trouble`` and no kinds where it
        cannot be read and a planner should know.
    """
    with warnings.catch_warnings():
        # workbooks and drivers warn of what does not matter here
        warnings.simplefilter("ignore")
        try:
            with path.open("rb") as file:
                head = file.read(HEAD)
            return _recognise(path, head) if head.strip() else None
        except InputError as error:
            trouble = _trouble(path, head, error)
            return Seen(path, {}, trouble=trouble) if trouble else None
        except OSError as error:
            return Seen(path, {}, trouble=error.strerror or "it cannot be read")
        except Exception:
            # whatever a stray file may hold: it is none of ours
            return None


def _recognise(path: Path, head: bytes) -> Seen | None:
    if head.startswith((OLE, *UNPACK)):
        words = strange(head) or ""
        if head.startswith(UNPACK):
            words += ": unpack it first"
        excel = head.startswith(UNPACK) or any(name in path.read_bytes() for name in SHEETS)
        return Seen(path, {}, trouble=words) if excel else None
    named = _date_in(path.name)
    if holds_shapes(path):
        found, heading, fields = shapes.kinds_of(path)
        if not found:
            return None
        vintage, year = vintages.of_heading(heading), _year(map(normalise, fields))
        return Seen(path, found, vintage=vintage, year=year, named=named, headings=fields)
    if graphml.holds(path):
        return Seen(path, {"roads": 1}, named=named)
    seen = [one for rows in tables(path) if (one := _table(rows)) is not None]
    if not seen:
        return None
    # the sheet or member that says most, made-for before beside-other-things
    best = min(seen, key=lambda one: (min(one.kinds.values()), -len(one.kinds)))
    sexes = {one.sex for one in seen if set(one.kinds) == set(best.kinds)}
    # an archive of both sexes, or with everybody in it, is of everybody
    return replace(best, path=path, named=named, sex=best.sex if len(sexes) == 1 else "")


def _trouble(path: Path, head: bytes, error: InputError) -> str:
    """Say why a file cannot be read; "" where nobody would have thought that it can."""
    packed = head.startswith((GZIP, ZIP))
    part = path.suffix.lower() in (".shx", ".dbf", ".prj", ".cpg", ".sbn", ".sbx")
    fault = error.faults[0]
    known = packed or not part
    document = any(word in fault.found for word in ("Word", "PowerPoint"))
    return "" if document or not known else f"{fault.found}; expected {fault.expected}"


def _date_in(name: str) -> str:
    """Year and month in a file's name, such as 2025-10 of "ePCN Oct25.xlsx"; "" without."""
    text = name.lower()
    figures = re.search(r"(?<!\d)(20[0-4]\d)[-_. ]?(0[1-9]|1[0-2])(?!\d)", text)
    if figures:
        return f"{figures[1]}-{figures[2]}"
    months = "|".join(MONTHS)
    words = re.search(rf"(?<![a-z])({months})[a-z]*[-_. ]?(?:20)?([0-4]\d)(?!\d)", text)
    if words:
        return f"20{words[2]}-{MONTHS.index(words[1]) + 1:02d}"
    year = re.search(r"(?<!\d)(20[0-4]\d)(?!\d)", text)
    return year[1] if year else ""


def _year(names: Iterable[str]) -> int:
    """Two figures of the latest year in the names of columns (icb24cd); 0 without any."""
    form = r"(?:sicbl|loc|ccg|icb|stp|lad|ltla)(?:20)?(\d\d)(?!\d)"
    found = [re.match(form, name) for name in names]
    return max((int(match.group(1)) for match in found if match), default=0)


def _table(rows: Rows) -> Seen | None:
    bare = kinds.without_headings(rows)
    if bare:
        return Seen(Path(), bare)
    best: Seen | None = None
    for at, headings in enumerate(rows[:PREAMBLE]):
        if sum(1 for heading in headings if heading.strip()) < 2:
            continue
        records = Records(headings, rows[at + 1 :])
        found = kinds.of_records(records) if records.rows else {}
        if found and (best is None or len(found) > len(best.kinds)):
            best = _about(records, found)
    return best


def _about(records: Records, found: Mapping[str, int]) -> Seen:
    dates = records.cells("extractdate")[:1]
    codes = pd.Series([cell.upper() for cell in records.cells(kinds.AREA)], dtype="str")
    at = records.column(kinds.AREA)
    sexes = {cell.upper() for cell in records.cells("sex|gender")}
    pcns = re.findall(r"U\d{5}", " ".join(records.cells("pcncodes?|pcns?")))
    heading = "" if at is None else records.names[at]
    return Seen(
        path=Path(),
        kinds=found,
        date=data_date(dates),
        vintage=vintages.vintage(codes) or vintages.of_heading(heading),
        year=_year(records.names),
        sex=next(iter(sexes)) if sexes in ({"MALE"}, {"FEMALE"}) else "",
        pcns=frozenset(pcns),
        headings=tuple(records.headings) if found == {"travel_times": kinds.GRID} else (),
    )
