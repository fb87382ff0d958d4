"""A bench to break a patch on, and what must be true of whatever comes of it."""

from __future__ import annotations

import csv
import gzip
import io
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import shapely
from breaking import PATCH_FILE, Broken, whole

from footprint import patch, settings
from footprint.errors import MAX_SHOWN, InputError
from footprint.sources.tabular import Table

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
        paths = joined.settings.inputs.get("registrations", ())
        given = [held(path.read_bytes()) for path in paths]
        found = unsound(joined, None if not given or None in given else sum(given))
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
            "practices pcns small_areas registrations pairs area_totals"
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
