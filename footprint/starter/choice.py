"""What was chosen for each key, and what there is to say of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from footprint import patch
from footprint.errors import Fault
from footprint.sources.tabular import Table
from footprint.starter.kinds import DOUBTFUL
from footprint.starter.order import By, Files, choices, ranked, why
from footprint.starter.recognise import Seen
from footprint.words import counted, day, listed

#: kinds whose small areas must be those of the registrations
BY_AREA = ("small_areas", "small_area_lookup", "rural_urban", "populations", "deprivation")
#: files that a planner makes: one with faults is still the planner's
OWN = (
    "attributes",
    "localities",
    "crossings",
    "places",
    "teams",
    "team_areas",
    "services",
    "travel_times",
    "roads",
    "road_nodes",
)
#: files without which there is no patch: one with faults is still named
NEEDED = ("practices", "registrations", "list_sizes", "small_areas", "small_area_lookup")

Accepts = Callable[[Table], str]


@dataclass(frozen=True)
class Note:
    """A sentence on what was found; ``key`` where it belongs to one."""

    text: str
    key: str = ""


@dataclass(frozen=True)
class Choice:
    """
    What was chosen for one key.

    ``files`` is one file, or several that belong together; ``why`` says what they won by ("" where
    there were no others), ``others`` what else could have been taken; ``table`` is None where they
    have faults.
    """

    key: str
    files: Files
    what: str
    why: str = ""
    others: tuple[Files, ...] = ()
    table: Table | None = field(default=None, repr=False)

    @property
    def seen(self) -> Seen:
        """The first of the files."""
        return self.files[0]

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the files are."""
        return tuple(one.path for one in self.files)

    @property
    def about(self) -> str:
        """What it is, its date or vintage, and what it won by."""
        several = "" if len(self.files) == 1 else f"{len(self.files):,} files"
        parts = [self.what, *told(self.files, by_area=self.key in (*BY_AREA, "registrations"))]
        return "; ".join(filter(None, (", ".join(filter(None, [*parts, several])), self.why)))


def told(files: Files, *, by_area: bool = True) -> list[str]:
    """Say of what date and vintage files are, as far as they or their names say."""
    one = files[0]
    named = f"{_month(one.named)} by its name" if one.named else ""
    date = day(one.date) if one.date else named
    vintage = f"LSOA {one.vintage}" if by_area and one.vintage else ""
    return [text for text in (date, vintage) if text]


def _month(named: str) -> str:
    """Write 2025-10 as October 2025, and 2025 as it is."""
    year, _, month = named.partition("-")
    return f"{dt.date(int(year), int(month), 1):%B} {year}" if month else year


@dataclass
class Chosen:
    """
    What was chosen, by key, and what there is to say of the rest.

    ``icb`` is the ICB asked for, or the only one that the files are about; ``icbs`` the code and
    name of every ICB of the practice list; ``commissioners`` the codes of the patch's.
    """

    files: dict[str, Choice] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    icb: str | None = None
    icbs: list[tuple[str, str]] = field(default_factory=list)
    commissioners: list[str] = field(default_factory=list)


class Shelf:
    """
    The files that were recognised, and what is taken from them.

    ``show`` gives a path as a reader of the patch file should see it.
    """

    def __init__(self, seen: Iterable[Seen], show: Callable[[Path], str]) -> None:
        self.seen = list(seen)
        self.show = show
        self.out = Chosen()

    def of(self, key: str, *, doubtful: bool = False) -> list[Seen]:
        """Files that can serve a key; those that only might, too, where asked for."""
        return [
            one for one in self.seen if key in one.kinds and (doubtful or one.kinds[key] < DOUBTFUL)
        ]

    def note(self, key: str, text: str) -> None:
        """Add a sentence."""
        self.out.notes.append(Note(text, key))

    def table(self, key: str) -> Table | None:
        """Return the table of what was chosen for a key, None without."""
        choice = self.out.files.get(key)
        return None if choice is None else choice.table

    def values(self, key: str, column: str) -> set[str]:
        """Return the values of a column of what was chosen for a key."""
        table = self.table(key)
        return set() if table is None else set(table.frame[column].dropna())

    def named(self, files: Files) -> str:
        """Name files in a sentence."""
        return listed([self.show(one.path) for one in files], 3)

    def take(
        self,
        key: str,
        candidates: Iterable[Files],
        by: Sequence[By],
        *,
        accepts: Accepts = lambda table: "",
    ) -> Choice | None:
        """Take the first candidate that can be read and is accepted; note why others were not."""
        order = ranked(candidates, by)
        faulty: Choice | None = None
        refused: list[Files] = []
        for files in order:
            rest = [one for one in order if one not in (files, *refused)]
            read = patch.read(key, [one.path for one in files])
            if read.table is None:
                self.note(key, f"{self.named(files)} {self._faults(key, read.faults)}")
                refused.append(files)
                reason = "; ".join(filter(None, ("with faults", why(files, rest, by))))
                could = choices(files, rest, by)
                faulty = faulty or Choice(key, files, key.replace("_", " "), reason, could)
                continue
            no = accepts(read.table)
            if no:
                self.note(key, f"{self.named(files)} was not used for {key}: {no}.")
                refused.append(files)
                continue
            reason, could = why(files, rest, by), choices(files, rest, by)
            what = listed(list(dict.fromkeys(table.what for table in read.table.files)))
            self.out.files[key] = Choice(key, files, what, reason, could, read.table)
            return self.out.files[key]
        if faulty is not None and key in (*NEEDED, *OWN):
            self.out.files[key] = faulty
            return faulty
        return None

    def _faults(self, key: str, faults: Sequence[Fault]) -> str:
        first = str(replace(faults[0], file="")).lstrip(":, ") if faults else ""
        return f"looks like {key} but has {counted(len(faults), 'fault')}: {first}."
