"""Telling what a downloaded file holds from its first lines; junk is junk, never an error."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import json
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, cast

import pandas as pd

from footprint import vintages
from footprint.schema import normalise
from footprint.sources.practices import data_date

#: bytes of a file that are looked at
HEAD = 65_536
#: lines that may stand above the headings
PREAMBLE = 21
#: records that are looked at
SAMPLE = 400
#: an Excel file cannot be read by its head: larger ones are left alone
LARGEST_WORKBOOK = 40_000_000
#: members of an archive that are looked at
MEMBERS = 8

PRACTICE = r"(gp)?practicecode|orgcode|code"
AREA = r"f?lsoa\d*(cd|code)?\d*|smallareacode"
PATIENTS = r"numberof(registered)?patients|patients|listsize"
EAST, NORTH = r"(os)?east(ings?)?(1m)?|x", r"(os)?n(or)?(th|rth)(ings?)?(1m)?|y"
LAT, LON = r"lat(itude.*)?", r"lon(g(itude.*)?)?|lng"
POSTCODE = r"pckey|pcds?|pcd[78]?|(unit)?postcode"
DEPRIVATION = r"imd.*|.*indexofmultipledeprivation.*"
#: a postcode as text, with or without its space
POSTCODE_TEXT = r"[A-Z]{1,2}[0-9][A-Z0-9]? *[0-9][A-Z]{2}"


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
    teams, services, pcns
        Ids and PCN codes in its first records, for a trust's own files.
    """

    path: Path
    kinds: Mapping[str, int]
    date: dt.date | None = None
    vintage: str = ""
    year: int = 0
    teams: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()
    pcns: frozenset[str] = frozenset()


def recognise(path: Path) -> Seen | None:
    """
    Tell what a file holds by its content; only its first 64 kB are read.

    Parameters
    ----------
    path
        Any file.

    Returns
    -------
    seen
        None where it is nothing that footprint reads, or cannot be read at all.
    """
    with warnings.catch_warnings():
        # workbooks and drivers warn of what does not matter here
        warnings.simplefilter("ignore")
        try:
            return _recognise(path)
        except Exception:
            # whatever a stray file may hold: it is none of ours
            return None


def _recognise(path: Path) -> Seen | None:
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head.strip():
        return None
    fields = _spatial_fields(path, head)
    if fields is not None:
        return _boundaries(path, fields)
    seen = [found for rows in _tables(path, head) if (found := _table(path, rows)) is not None]
    if not seen:
        return None
    # the sheet or member that says most, made-for before beside-other-things
    return min(seen, key=lambda one: (min(one.kinds.values()), -len(one.kinds)))


def _spatial_fields(path: Path, head: bytes) -> list[str] | None:
    """Names of the columns of a spatial file; None where it is none."""
    if head.startswith((b"SQLite format 3\0", b"\x00\x00\x27\x0a")):
        return _driver_fields(path)
    if head.startswith(b"PAR1"):
        import pyarrow.parquet as pq  # noqa: PLC0415  only where such a file is met

        return [str(name) for name in pq.read_schema(path).names]
    if head.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(path) as archive:
            if any(name.lower().endswith(".shp") for name in archive.namelist()):
                return _driver_fields(path)
    text = head.decode("utf-8-sig", errors="replace")
    if text.lstrip().startswith("{") and "Feature" in text:
        match = re.search(r'"properties"\s*:\s*(?=\{[^{}]*"\w*lsoa)', text, re.IGNORECASE)
        if match is None:
            return []
        properties, _ = json.JSONDecoder().raw_decode(text, match.end())
        return [str(name) for name in properties]
    return None


def _driver_fields(path: Path) -> list[str]:
    import pyogrio  # noqa: PLC0415  only where such a file is met

    return [str(name) for name in pyogrio.read_info(path)["fields"]]


def _boundaries(path: Path, fields: Sequence[str]) -> Seen | None:
    code = next((name for name in map(normalise, fields) if re.fullmatch(AREA, name)), None)
    if code is None:
        return None
    return Seen(path, {"small_areas": 1}, vintage=_heading_vintage(code))


def _heading_vintage(heading: str) -> str:
    return "2021" if "21" in heading else "2011" if "11" in heading else ""


def _tables(path: Path, head: bytes) -> Iterator[list[list[str]]]:
    """Rows of cells of each table that the first bytes of a file show."""
    if head.startswith(b"\x1f\x8b"):
        with gzip.open(path) as file:
            yield from _rows(_some(cast("IO[bytes]", file)))
    elif head.startswith(b"PK\x03\x04"):
        yield from _archive(path)
    else:
        yield from _rows(head)


def _some(file: IO[bytes]) -> bytes:
    """Return the head of a compressed file, broken off where it breaks off."""
    parts: list[bytes] = []
    try:
        while sum(map(len, parts)) < HEAD and (part := file.read(8_192)):
            parts.append(part)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile):
        pass
    return b"".join(parts)


def _archive(path: Path) -> Iterator[list[list[str]]]:
    with zipfile.ZipFile(path) as archive:
        names = sorted(archive.namelist())
        if "xl/workbook.xml" in names:
            yield from _workbook(path)
            return
        tables = [name for name in names if name.lower().endswith((".csv", ".txt", ".tsv"))]
        for name in tables[:MEMBERS]:
            with archive.open(name) as file:
                yield from _rows(_some(file))


def _workbook(path: Path) -> Iterator[list[list[str]]]:
    if path.stat().st_size > LARGEST_WORKBOOK:
        return
    import openpyxl  # noqa: PLC0415  only where such a file is met

    # by its bytes: the name may end in anything
    with path.open("rb") as file:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
        for sheet in book.worksheets:
            rows = sheet.iter_rows(max_row=PREAMBLE + SAMPLE, values_only=True)
            yield [["" if cell is None else str(cell) for cell in row] for row in rows]


def _rows(head: bytes) -> Iterator[list[list[str]]]:
    """Rows of cells under each mark that may stand between cells."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", errors="ignore")
    elif b"\0" in head:
        return
    else:
        try:
            text = head.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            # the head may end within a character
            end = error.start if error.start > len(head) - 4 else 0
            text = head[:end].decode("utf-8-sig") if end else head.decode("cp1252", "replace")
    if len(head) >= HEAD:
        text = text.rpartition("\n")[0]
    lines = text.splitlines()[: PREAMBLE + SAMPLE]
    for mark in ",;\t|":
        rows = list(csv.reader(lines, delimiter=mark))
        if max(map(len, rows[:PREAMBLE]), default=0) > 1:
            yield rows


class _Records:
    """The first records of a table by their normalised headings."""

    def __init__(self, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        self.names = [normalise(heading) for heading in headings]
        self.rows = [row for row in rows if any(cell.strip() for cell in row)]

    def column(self, pattern: str) -> int | None:
        """Position of the first heading of a form."""
        return next((i for i, name in enumerate(self.names) if re.fullmatch(pattern, name)), None)

    def has(self, *patterns: str) -> bool:
        """Whether there is a heading of each form."""
        return all(self.column(pattern) is not None for pattern in patterns)

    def cells(self, pattern: str) -> list[str]:
        """Cells of the first heading of a form, without blanks."""
        at = self.column(pattern)
        if at is None:
            return []
        cells = [row[at].strip() for row in self.rows if at < len(row)]
        return [cell for cell in cells if cell]

    def numbers(self, pattern: str) -> bool:
        """Whether there is a heading of a form with a number below it."""
        first = self.cells(pattern)[:1]
        return any(re.fullmatch(r"\d*[.,]?\d+", cell) is not None for cell in first)

    def coordinates(self) -> bool:
        """Whether there is a pair of coordinates."""
        return self.has(LAT, LON) or self.has(EAST, NORTH)


def _table(path: Path, rows: Sequence[Sequence[str]]) -> Seen | None:
    if _code_point(rows):
        return Seen(path, {"postcodes": 1})
    best: Seen | None = None
    for at, headings in enumerate(rows[:PREAMBLE]):
        if sum(1 for heading in headings if heading.strip()) < 2:
            continue
        records = _Records(headings, rows[at + 1 :])
        kinds = _own_kinds(records) or _official_kinds(records)
        if kinds and records.rows and (best is None or len(kinds) > len(best.kinds)):
            best = replace(_about(records), path=path, kinds=kinds)
    return best


def _code_point(rows: Sequence[Sequence[str]]) -> bool:
    """Whether it is Code-Point Open without headings: postcode, quality, easting, northing."""
    return bool(rows) and all(
        len(row) >= 4
        and re.fullmatch(POSTCODE_TEXT, row[0].strip()) is not None
        and all(cell.strip().isdigit() for cell in row[1:4])
        for row in rows[:10]
    )


def _about(records: _Records) -> Seen:
    dates = records.cells("extractdate")[:1]
    codes = pd.Series([cell.upper() for cell in records.cells(AREA)], dtype="str")
    heading = records.names[at] if (at := records.column(AREA)) is not None else ""
    years = [
        int(match.group(1))
        for name in records.names
        if (match := re.match(r"(?:sicbl|ccg|icb|stp)(\d\d)", name)) is not None
    ]
    pcns = re.findall(r"U\d{5}", " ".join(records.cells("pcncodes?|pcns?")))
    return Seen(
        path=Path(),
        kinds={},
        date=data_date(dates),
        vintage=vintages.vintage(codes) or _heading_vintage(heading),
        year=max(years, default=0),
        teams=frozenset(records.cells("teamid|teamcode")),
        services=frozenset(records.cells("serviceid|service")),
        pcns=frozenset(pcns),
    )


def _own_kinds(records: _Records) -> dict[str, int]:
    """Kinds of a trust's own files."""
    has = records.has
    area = has(AREA)
    team = has("teamid|teamcode")
    minutes = has("(travel)?(time)?min(ute)?s?|traveltime")
    staff = team and has("serviceid|service") and records.numbers("wte|fte")
    return _first(
        ("teams", staff and not minutes),
        ("services", has("serviceid", "minteamwte") and records.numbers("wteper10000|ratio")),
        ("travel_times", area and minutes),
        ("team_areas", area and team),
        ("crossings", has("a", "b", "kind")),
        ("places", has("placename", "kind|type") and records.coordinates()),
    )


def _first(*rules: tuple[str, bool]) -> dict[str, int]:
    return next(({kind: 1} for kind, holds in rules if holds), {})


def _official_kinds(records: _Records) -> dict[str, int]:
    """Kinds of the files that the NHS, the ONS and others publish."""
    has = records.has
    if has(AREA) and not records.coordinates():
        return _registrations(records) if has("practicecode") else _area_kinds(records)
    if has(POSTCODE) and records.coordinates() and not has(".*(practice|org|team|site|base).*"):
        found = [re.fullmatch(POSTCODE_TEXT, c.upper()) for c in records.cells(POSTCODE)[:20]]
        return {"postcodes": 1} if found and all(found) else {}
    if has("partnerorganisationcode", "pcncode"):
        return {"practices": 2}
    return _practice_kinds(records) if has(PRACTICE) else {}


def _registrations(records: _Records) -> dict[str, int]:
    # men or women alone are not everybody
    half = {cell.upper() for cell in records.cells("sex")} in ({"MALE"}, {"FEMALE"})
    if half or not records.has(PATIENTS):
        return {}
    # an analyst's own extract has no extract date
    return {"registrations": 1 if records.has("extractdate") else 2}


def _practice_kinds(records: _Records) -> dict[str, int]:
    has = records.has
    kinds: dict[str, int] = {}
    weighted = ".*weighted(patients|list).*"
    places = records.coordinates() and has("(gp)?practicecode|orgcode")
    if has(weighted):
        kinds["weighted_lists"] = 1
    if has(PATIENTS):
        ages = {cell.upper() for cell in records.cells("age(group5?)?")}
        if ages - {"ALL", "TOTAL"}:
            return {"ages": 1}
        kinds["list_sizes"] = 3 if has("pcncode") or has(weighted) or places else 1
    if has("(gp)?practicecode|orgcode", "pcncode"):
        kinds["practices"] = 3 if has(PATIENTS) or places else 1
    if places:
        kinds["locations"] = 1
    return kinds


def _area_kinds(records: _Records) -> dict[str, int]:
    has = records.has
    codes = [name for name in records.names if re.fullmatch(r"f?lsoa\d*(cd|code)", name)]
    # a look-up from one vintage to the other, a postcode directory, someone's own sums
    other = len(codes) > 1 or has(".*(postcode|pcds|practice|patients).*")
    commissioner = has(r"(sicbl|ccg)\d*(cd|cdh|code.*)")
    system = has(r"(icb|stp)\d*(cd|cdh|code.*)")
    kinds = _first(
        ("deprivation", has(DEPRIVATION)),
        ("rural_urban", has(r"ruc(\d*(cd|code|nm|name)?)?")),
        ("localities", has("localit(y|ies).*")),
        ("small_area_lookup", not other and (commissioner or system)),
        ("populations", not other and has("total(population)?|allages|population")),
    )
    if "small_area_lookup" in kinds and not (commissioner and system):
        kinds["small_area_lookup"] = 2
    return kinds
