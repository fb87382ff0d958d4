"""A small patch with every file that there is, a bench to break it on, and what is true of it."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pandas as pd
import shapely
from toy import County, code_of, pcn_code

from footprint import patch, settings
from footprint.errors import MAX_SHOWN, InputError
from footprint.sources.tabular import Table

#: file name to bytes; None stands for a file that is not there, a mapping for a folder
Files = dict[str, bytes]

#: cells may be a million characters long, and more where a quote is not closed
csv.field_size_limit(1 << 30)

PATCH_FILE = "patch.toml"

#: A has two practices, B one, a practice is in no PCN, and C belongs to another ICB
DRAWING = """
    AAB
    ABB
    ?CC
"""

#: files that every patch here has, and those without which it runs too; both without shapes
CORE = "practices list_sizes locations registrations small_area_lookup rural_urban".split()
FURTHER = (
    "weighted_lists postcodes sites vintage_lookup populations ages deprivation attributes"
    " localities crossings places teams team_areas services candidate_sites travel_times"
).split()
NAMES = {
    "practices": "map.csv",
    "list_sizes": "lists.csv",
    "small_area_lookup": "lookup.csv",
    "rural_urban": "rural.csv",
    "small_areas": "areas.geojson",
    "outlines": "outlines.geojson",
}


def name_of(key: str) -> str:
    """File name of a key of [inputs]."""
    return NAMES.get(key, f"{key}.csv")


def county() -> County:
    """Build the patch that is broken: three PCNs on nine square kilometres, and every file."""
    made = County(
        DRAWING,
        patients=7_000,
        practices=[
            ("Z00000", "A", 0, 0),
            ("Z00001", "B", 1, 1),
            ("Z00002", "C", 2, 1),
            ("Z00003", "-", 0, 1),
            ("Z00004", "A", 1, 0),
        ],
        extra=[
            ("Z00004", code_of(1, 0), 800),
            ("Z00004", code_of(0, 2), 300),
            ("Z00001", code_of(0, 0), 200),
            ("Z00003", code_of(0, 1), 50),
            ("Z00002", code_of(1, 2), 90),
            # unplaced by two reasons, set aside, beyond the patch
            ("Z00000", "E01999999", 30),
            ("Z00001", "W01000001", 20),
            ("Y99999", code_of(0, 0), 40),
            ("Z00000", code_of(2, 1), 60),
        ],
        outside="C",
        rural="B",
    )
    areas = [code_of(*cell) for cell in made.cells]
    codes = [code for code, *_ in made.practices]
    xy = {
        code: (400_500 + 1_000 * column, 302_500 - 1_000 * row)
        for code, _, row, column in made.practices
    }
    made.files = {
        "weighted_lists": (
            ["PRACTICE_CODE", "WEIGHTED_LIST_SIZE"],
            [(code, 7_000.5 + number) for number, code in enumerate(codes)],
        ),
        "postcodes": (
            ["PCDS", "OSEAST1M", "OSNRTH1M"],
            [(f"ZZ{number} 1AA", *xy[code]) for number, code in enumerate(codes)],
        ),
        "sites": (
            ["PRACTICE_CODE", "SITE_NAME", "POSTCODE", "EASTING", "NORTHING"],
            [("Z00000", "Branch", "ZZ1 1AA", 401_500, 302_500)],
        ),
        "vintage_lookup": (
            ["LSOA11CD", "LSOA21CD", "CHGIND"],
            [(code, code, "U") for code in areas],
        ),
        "populations": (["LSOA21CD", "POPULATION"], [(code, 7_500) for code in areas]),
        "ages": (
            ["CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS"],
            [(code, "ALL", age, 100) for code in codes for age in ("0_4", "5_9", "95+")],
        ),
        "deprivation": (["LSOA21CD", "IMD_DECILE"], [(code, 5) for code in areas]),
        "attributes": (
            ["PCN_CODE", "CARE_HOMES", "REMARK"],
            [(pcn_code(letter), number, "calm") for number, letter in enumerate("ABC")],
        ),
        "localities": (["LSOA21CD", "LOCALITY"], [(code, "North") for code in areas]),
        "crossings": (
            ["a", "b", "kind", "name"],
            [
                (code_of(0, 0), code_of(0, 2), "bridge", "Old Bridge"),
                (code_of(0, 2), code_of(1, 2), "cut", "River"),
            ],
        ),
        "places": (
            ["place_name", "kind", "easting", "northing"],
            [("Toyton", "town", 400_600, 302_600), ("Toyham", "village", 401_600, 301_600)],
        ),
        "services": (
            "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
            " max_population max_travel_minutes level".split(),
            [
                ("nursing", "Community nursing", "registered", 2.5, 2, 15_000, "", 60, ""),
                ("therapy", "Therapy", "weighted", 1, 2, 20_000, 90_000, 60, ""),
            ],
        ),
        "teams": (
            "team_id team_name service_id base_name base_postcode latitude longitude wte"
            " pcn_codes".split(),
            [
                ("T1", "North", "nursing", "Clinic 1", "ZZ0 1AA", 52.59, -2.0, 4.5, "U99001"),
                ("T2", "South", "nursing", "Clinic 2", "ZZ1 1AA", 52.59, -1.99, 5, "U99002"),
                ("T3", "All", "therapy", "Clinic 1", "ZZ0 1AA", 52.59, -2.0, 4, "U99001;U99002"),
            ],
        ),
        "team_areas": (
            ["LSOA_CODE", "team_id"],
            [(code_of(0, 0), "T1"), (code_of(0, 1), "T1"), (code_of(1, 2), "T2")],
        ),
        "candidate_sites": (
            ["SITE_ID", "SITE_NAME", "POSTCODE", "EASTING", "NORTHING"],
            [("S1", "Hall", "ZZ1 1AA", 401_500, 301_500)],
        ),
        "travel_times": (
            ["base", "LSOA_CODE", "minutes"],
            [(base, code, 9.5) for base in ("Clinic 1", "Clinic 2") for code in areas],
        ),
    }
    return made


def whole(folder: Path, *, further: bool = True) -> Files:
    """Write the patch to a folder, with or without the further files, and return its files."""
    made = county()
    if not further:
        made.files = {}
        made.write(folder)
        return {item.name: item.read_bytes() for item in sorted(folder.iterdir())}
    path = made.write(folder)
    shapes = json.loads((folder / "areas.geojson").read_text())
    for feature in shapes["features"]:
        feature["properties"] = {"name": feature["properties"]["lsoa21_name"]}
    (folder / "outlines.geojson").write_text(json.dumps(shapes))
    text = path.read_text().replace("[patch]", 'outlines = "outlines.geojson"\n[patch]')
    path.write_text(text)
    return {item.name: item.read_bytes() for item in sorted(folder.iterdir())}


@dataclass(frozen=True)
class Broken:
    """
    One broken input.

    ``files`` are those that differ from the whole patch (None: gone); ``outcome`` what must come
    of it: "same" answer as without the break, "refused", or "either" a right answer or an error;
    ``said`` is a regular expression that the refusal must hold; with ``deep`` what can be read goes
    all the way to what pages and maps are drawn from.
    """

    name: str
    files: Mapping[str, bytes | None]
    outcome: Literal["same", "refused", "either"] = "either"
    said: str = ""
    deep: bool = False


def cells(data: bytes) -> list[list[str]]:
    """Rows of cells of a clean file, the headings first."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def render(
    rows: Sequence[Sequence[str]], *, mark: str = ",", end: str = "\n", all_quoted: bool = False
) -> bytes:
    """Rows of cells as the bytes of a file."""
    out = io.StringIO(newline="")
    # a lone carriage return is a line end to most readers
    all_quoted = all_quoted or any("\r" in cell for row in rows for cell in row)
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=mark, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


# ---- what is true of a registrations file, told without footprint --------------------------


def held(data: bytes) -> int | None:
    """Patients that a registrations file holds; None where it does not say."""
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if name.endswith(".csv")]
            # a workbook is not read here
            return sum(held(archive.read(name)) or 0 for name in names) if names else None
    text = _decoded(data)
    for mark in ",;\t|":
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
        for at, row in enumerate(rows[:20]):
            plain = [re.sub(r"[^a-z]", "", cell.lower()) for cell in row]
            if {"practicecode", "lsoacode", "numberofpatients"} <= set(plain):
                return _people(plain, rows[at + 1 :])
    return None


def _decoded(data: bytes) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _people(headings: list[str], rows: list[list[str]]) -> int:
    practice, area, number = (
        headings.index(name) for name in ("practicecode", "lsoacode", "numberofpatients")
    )
    sex = headings.index("sex") if "sex" in headings else None
    pairs: dict[tuple[str, str], dict[str, int]] = {}
    for row in rows:
        if not any(cell.strip() for cell in row):
            continue
        key = (row[practice].strip().upper(), row[area].strip().upper())
        kind = row[sex].strip().upper() if sex is not None else "ALL"
        # counts as spreadsheets write them: 7,000 and 7000.0 and 7e3
        count = int(float(row[number].replace(",", "")))
        by = pairs.setdefault(key, {})
        by[kind] = by.get(kind, 0) + count
    return sum(by["ALL"] if "ALL" in by else sum(by.values()) for by in pairs.values())


# ---- running -------------------------------------------------------------------------------


class Bench:
    """
    A folder with the whole patch, in which one input after the other is broken and put back.

    Reading a file that is not broken is remembered by its key and bytes, so that a case costs
    what its own files cost; the join is always made anew.
    """

    def __init__(self, folder: Path, *, further: bool = True) -> None:
        self.folder = folder
        self.base = whole(folder, further=further)
        self.known: dict[tuple[str, str], tuple[bytes, Table]] = {}
        self.ran = 0
        self.answered = 0
        self.cases: dict[str, list[Broken]] = {}
        self.usual = answer(self.load())

    def load(self) -> patch.Patch:
        """Read the folder as it is."""
        return patch.load(settings.load(self.folder / PATCH_FILE))

    def readers(self) -> dict[str, Callable[[Path], Table]]:
        """Return the readers of a patch, remembering whole files."""

        def remembering(key: str, read: Callable[[Path], Table]) -> Callable[[Path], Table]:
            def once(path: Path) -> Table:
                data = self.base.get(path.name)
                if data is None or path.read_bytes() != data:
                    return read(path)
                if (key, path.name) not in self.known:
                    self.known[key, path.name] = (data, read(path))
                return self.known[key, path.name][1]

            return once

        return {key: remembering(key, read) for key, read in patch.READERS.items()}

    def write(self, case: Broken) -> None:
        """Break the folder."""
        for name, data in case.files.items():
            if data is None:
                (self.folder / name).unlink()
            else:
                (self.folder / name).write_bytes(data)

    def restore(self, case: Broken) -> None:
        """Put the whole files back."""
        for name in case.files:
            if name in self.base:
                (self.folder / name).write_bytes(self.base[name])
            else:
                (self.folder / name).unlink()

    def trouble(
        self, case: Broken, then: Callable[[settings.Settings], object] | None = None
    ) -> str | None:
        """
        Run a case; return in a sentence what is wrong with what came of it, None where all is well.

        ``then`` goes on with the settings of a case that could be read, for what comes after.
        """
        self.write(case)
        self.ran += 1
        try:
            with warnings.catch_warnings(record=True) as leaked:
                warnings.simplefilter("always")
                said = self._outcome(case, then)
            if said is None and leaked:
                said = f"a warning of a library: {leaked[0].message}"
        finally:
            self.restore(case)
        return None if said is None else f"{case.name}: {said}"

    def _outcome(
        self, case: Broken, then: Callable[[settings.Settings], object] | None
    ) -> str | None:
        try:
            given = settings.load(self.folder / PATCH_FILE)
            joined = patch.load(given)
            self.answered += 1
            found = self._wrong(case, joined)
            if found is None and then is not None:
                then(given)
        except InputError as error:
            return self._refusal(case, error)
        except Exception as error:  # the point of the test: nothing else may come out
            return f"{type(error).__name__}: {str(error)[:300]}"
        if found is None and case.outcome == "refused":
            return "taken, though it cannot be right"
        return found

    def _wrong(self, case: Broken, joined: patch.Patch) -> str | None:
        """Say what is wrong with an answer."""
        path = joined.settings.inputs.get("registrations")
        found = unsound(joined, None if path is None else held(path.read_bytes()))
        if found is None and case.outcome == "same":
            now = answer(joined)
            differ = [name for name, value in self.usual.items() if value != now[name]]
            found = f"another answer in {', '.join(differ)}" if differ else None
        return found

    def _refusal(self, case: Broken, error: InputError) -> str | None:
        """Say what is wrong with a refusal."""
        if case.outcome == "same":
            return f"refused, though it is harmless: {str(error)[:300]}"
        if case.said and not re.search(case.said, str(error)):
            return f"{str(error)[:300]!r} does not say {case.said!r}"
        return unclear(error, self.folder)


#: what a planner must never see in an error
JARGON = re.compile(
    r"Traceback|NoneType|object at 0x|<class|numpy|pandas|DataFrame|dtype|KeyError|IndexError"
    r"|Errno|site-packages|(?<!['= ])\bnan\b"
)


def unclear(error: InputError, folder: Path) -> str | None:  # noqa: PLR0911  a reason each
    """Say what is not clear in an error; None where it is one clear error."""
    text = str(error)
    lines = text.splitlines()
    if not error.faults or not lines:
        return "an error that says nothing"
    if len(lines) > MAX_SHOWN + 1 or max(map(len, lines)) > 1_000:
        return f"an error of {len(lines):,} lines and {len(text):,} characters"
    if not all(line.isprintable() for line in lines):
        return f"an error with control characters: {text[:300]!r}"
    jargon = JARGON.search(text)
    if jargon is not None:
        return f"an error in words of programmers ({jargon.group()}): {text[:400]}"
    for fault in error.faults[:MAX_SHOWN]:
        if not fault.file.startswith((str(folder), "services, ")):
            return f"a fault of no file: {fault}"
        if not fault.found.strip() or not fault.expected.strip():
            return f"a fault that says nothing: {fault}"
    return None


def unsound(joined: patch.Patch, truth: int | None) -> str | None:  # noqa: PLR0911  a reason each
    """Say where patients were lost or found; None where every one is accounted for."""
    counts = joined.counts
    if truth is not None and not joined.modelled and counts["registered"] != truth:
        return f"{counts['registered']:,} patients registered, {truth:,} in the file"
    whole = counts["placed"] + counts["unplaced"] + counts["set_aside"]
    if whole != counts["registered"]:
        return f"{counts['registered']:,} patients in, {whole:,} out"
    frame = joined.registrations
    placed = frame["reason"] == ""
    sums = {
        "placed": int(frame.loc[placed, "patients"].sum()),
        "unplaced": int(frame.loc[~placed, "patients"].sum()),
    }
    for name, count in sums.items():
        if counts[name] != count:
            return f"{counts[name]:,} patients {name} and {count:,} in the records"
    if int(joined.unplaced["patients"].sum()) != counts["unplaced"]:
        return "reasons that do not add up to the unplaced"
    if int(joined.area_totals.sum()) != counts["placed"]:
        return "small areas that do not add up to the placed"
    of_none = frame["practice_code"].map(joined.practices["pcn_code"]).isna()
    in_pairs = int(frame.loc[placed & ~of_none, "patients"].sum())
    if int(joined.pairs["patients"].sum()) != in_pairs:
        return "pairs of PCN and small area that do not add up to the placed"
    if counts["set_aside"] and not any("set aside" in text for text in joined.warnings):
        return "patients set aside without a word"
    return None


def answer(joined: patch.Patch) -> dict[str, object]:
    """Everything that the analysis reads of a patch, in an order of its own."""
    frames = {
        name: getattr(joined, name)
        for name in (
            "practices pcns small_areas surroundings centres registrations pairs area_totals"
            " services teams team_areas crossings places branches candidate_sites attributes"
            " drivers travel_times unplaced"
        ).split()
    }
    out: dict[str, object] = {name: _records(frame) for name, frame in frames.items()}
    out |= {"counts": dict(joined.counts), "date": joined.date, "vintage": joined.vintage}
    return out


def _records(frame: pd.DataFrame | pd.Series | None) -> object:
    if frame is None:
        return None
    # a number that only says where in its file a record stands is no part of the answer
    table = pd.DataFrame(frame.reset_index(drop=isinstance(frame.index, pd.RangeIndex)))
    table = table[sorted(table, key=str)]
    for name in table:
        if any(isinstance(cell, shapely.Geometry) for cell in table[name]):
            table[name] = [None if cell is None else cell.wkt for cell in table[name]]
    rows = [tuple(map(str, row)) for row in table.itertuples(index=False)]
    return list(table), sorted(rows)
