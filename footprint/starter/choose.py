"""Choosing among the files that were found: the newest, and those that go with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from footprint import vintages
from footprint.checkup import day
from footprint.errors import Fault, InputError
from footprint.patch import READERS
from footprint.sources.tabular import Table
from footprint.starter.recognise import Seen
from footprint.words import ICB_START, counted, listed

#: kinds whose small areas must be those of the registrations
BY_AREA = ("small_areas", "small_area_lookup", "rural_urban", "populations", "deprivation")
#: kinds by practice, best of the registrations' date
BY_PRACTICE = ("list_sizes", "weighted_lists", "ages", "locations")
#: files that a planner makes: one with faults is still the planner's
OWN = ("localities", "crossings", "places", "teams", "team_areas", "services", "travel_times")
#: files without which there is no patch: one with faults is still named
NEEDED = ("practices", "registrations", "list_sizes", "small_areas", "small_area_lookup")
#: a file with so many areas and none of 2021 is of 2011
MANY_AREAS = 1_000

#: columns of a practice list with an ICB's code: ODS and ONS
ICB_COLUMNS = ("icb_code", "icb_ons")

Accepts = Callable[[Table], str]


@dataclass(frozen=True)
class Choice:
    """
    One file chosen for one key.

    ``why`` says what it won by ("" where it was the only one); ``table`` is None where it has
    faults.
    """

    key: str
    seen: Seen
    what: str
    why: str = ""
    table: Table | None = field(default=None, repr=False)

    @property
    def about(self) -> str:
        """What it is, its date or vintage, and what it won by."""
        date = "" if self.seen.date is None else day(self.seen.date)
        by_area = self.key in (*BY_AREA, "registrations") and self.seen.vintage
        vintage = f"LSOA {self.seen.vintage}" if by_area else ""
        return "; ".join(
            filter(None, (", ".join(filter(None, (self.what, date, vintage))), self.why))
        )


@dataclass
class Chosen:
    """
    The files chosen, by key, and what there is to say of the others.

    ``icb`` is the ICB asked for, or the only one that the files are about; ``icbs`` the code and
    name of every ICB of the practice list.
    """

    files: dict[str, Choice] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    icb: str | None = None
    icbs: list[tuple[str, str]] = field(default_factory=list)


def choose(seen: Iterable[Seen], *, icb: str | None = None) -> Chosen:
    """
    Choose a file for each key of [inputs].

    Registrations: the newest. Practices, lists and their like: of the registrations' date, else
    the nearest. Boundaries, look-ups and their like: of the registrations' LSOA. A trust's own
    files: those whose PCNs, services and teams are there.

    Parameters
    ----------
    seen
        What was recognised.
    icb
        ODS code of an ICB that the practice list must have.

    Returns
    -------
    chosen
        Each chosen file read whole by footprint's own reader.

    Raises
    ------
    InputError
        Where there are practice lists and none has the ICB.
    """
    return _Chooser(list(seen), icb).run()


class _Chooser:
    """The choice, key after key: each may hang on those before."""

    def __init__(self, seen: list[Seen], icb: str | None) -> None:
        self.seen = seen
        self.out = Chosen(icb=icb)
        self.date: dt.date | None = None
        self.near: Path | None = None
        self.vintage = ""

    def run(self) -> Chosen:
        self._registrations()
        self._practices()
        for key in BY_PRACTICE:
            self._take(key, self._by_date(key), why=self._date_why)
        self._take("postcodes", self._by_rank("postcodes"))
        self._vintage()
        for key in BY_AREA:
            self._by_area(key)
        self._own()
        return self.out

    def _of(self, key: str) -> list[Seen]:
        return [one for one in self.seen if key in one.kinds]

    def _take(
        self,
        key: str,
        candidates: Sequence[Seen],
        *,
        accepts: Accepts = lambda table: "",
        why: Callable[[Seen, Sequence[Seen]], str] = lambda one, others: "",
    ) -> Choice | None:
        """Take the first candidate that can be read and is accepted."""
        faulty: Choice | None = None
        for one in candidates:
            if key not in READERS:
                self.out.files[key] = Choice(key, one, key.replace("_", " "))
                return self.out.files[key]
            try:
                table = READERS[key](one.path)
            except InputError as error:
                first = str(error.faults[0]) if error.faults else ""
                number = counted(len(error.faults), "fault")
                self.out.notes.append(f"{one.path} looks like {key} but has {number}: {first}.")
                faulty = faulty or Choice(key, one, key.replace("_", " "), "it has faults")
                continue
            refused = accepts(table)
            if refused:
                self.out.notes.append(f"{one.path} was not used for {key}: {refused}.")
                continue
            others = [other for other in candidates if other is not one]
            self.out.files[key] = Choice(key, one, table.what, why(one, others), table)
            return self.out.files[key]
        if faulty is not None and key in (*NEEDED, *OWN):
            self.out.files[key] = faulty
            return faulty
        return None

    def _by_rank(self, key: str) -> list[Seen]:
        return sorted(self._of(key), key=lambda one: (one.kinds[key], *self._place(one)))

    def _place(self, one: Seen) -> tuple[bool, int, str]:
        """Order of files that are equal else: the registrations' folder, then shorter names."""
        return one.path.parent != self.near, len(one.path.name), str(one.path)

    def _registrations(self) -> None:
        drawn = {one.vintage for one in self._of("small_areas")}

        def order(one: Seen) -> tuple[object, ...]:
            # both vintages were published for some dates: the one that can be drawn, the later
            vintage = one.vintage or "2011"
            return (
                -_ordinal(one.date),
                one.kinds["registrations"],
                bool(drawn) and vintage not in drawn,
                vintage != "2021",
                *self._place(one),
            )

        candidates = sorted(self._of("registrations"), key=order)
        taken = self._take("registrations", candidates, why=_newest_why)
        if taken is not None:
            self.date, self.near = taken.seen.date, taken.seen.path.parent

    def _practices(self) -> None:
        wanted = self.out.icb
        icbs: dict[str, str] = {}

        def accepts(table: Table) -> str:
            codes = _icbs(table.frame)
            icbs.update(codes)
            return f"no practice of ICB {wanted} in it" if wanted and wanted not in codes else ""

        candidates = self._by_date("practices")
        taken = self._take("practices", candidates, accepts=accepts, why=self._date_why)
        if wanted and icbs and (taken is None or taken.table is None):
            raise InputError(
                [
                    Fault(
                        "--icb",
                        f"{wanted}, which no practice of {candidates[0].path} has",
                        "an ICB that is there, such as " + ", ".join(sorted(icbs)[:8]),
                    )
                ]
            )
        if taken is None or taken.table is None:
            return
        frame = taken.table.frame
        if not self.date:
            self.date, self.near = taken.seen.date, taken.seen.path.parent
        if "icb_code" not in frame:
            return
        ods = set(frame["icb_code"])
        if wanted is not None and wanted not in ods:
            # asked for by its ONS code
            self.out.icb = min(frame.loc[frame["icb_ons"] == wanted, "icb_code"])
        self.out.icbs = [(code, icbs[code]) for code in sorted(icbs) if code in ods]
        if wanted is None:
            self._only_icb(taken.table)

    def _only_icb(self, practices: Table) -> None:
        """Settle on the ICB that the files are about, where there is only one."""
        frame = practices.frame
        about = self.out.files.get("registrations")
        if about is not None and about.table is not None:
            frame = frame[frame["practice_code"].isin(about.table.frame["practice_code"])]
        codes = sorted(set(frame["icb_code"]) - {""})
        if len(codes) == 1:
            self.out.icb = codes[0]
            self.out.notes.append(
                f"Every practice of the files is in ICB {codes[0]}: it is the patch."
            )

    def _by_date(self, key: str) -> list[Seen]:
        """Made for it first; then of the registrations' date, the nearest date, the newest."""

        def order(one: Seen) -> tuple[object, ...]:
            far = abs(_ordinal(one.date) - _ordinal(self.date)) if self.date else 0
            return (
                one.kinds[key] > 2,
                far,
                -_ordinal(one.date),
                one.kinds[key],
                *self._place(one),
            )

        return sorted(self._of(key), key=order)

    def _date_why(self, one: Seen, others: Sequence[Seen]) -> str:
        dates = {other.date for other in others if other.date is not None}
        if one.date is None or not dates - {one.date}:
            return ""
        if self.date == one.date and "registrations" in self.out.files:
            return "of the registrations' date"
        if "registrations" in self.out.files and self.date:
            return "the date nearest to the registrations'"
        return _newest_why(one, others)

    def _vintage(self) -> None:
        taken = self.out.files.get("registrations")
        if taken is not None and taken.table is not None:
            codes = taken.table.frame["small_area_code"].astype("str")
            self.vintage = vintages.vintage(codes) or taken.seen.vintage
            if not self.vintage and codes.nunique() > MANY_AREAS:
                self.vintage = "2011"
        if self.vintage:
            return
        there = {one.vintage for one in self._of("small_areas")} - {""}
        old = self.date is not None and self.date < ICB_START
        order = ("2011", "2021") if old else ("2021", "2011")
        self.vintage = next((vintage for vintage in order if vintage in there), "")

    def _by_area(self, key: str) -> None:
        found = sorted(
            self._of(key), key=lambda one: (one.kinds[key], -one.year, *self._place(one))
        )
        fitting = [one for one in found if not self.vintage or one.vintage in ("", self.vintage)]
        if found and not fitting:
            other = listed(sorted({f"LSOA {one.vintage}" for one in found}))
            self.out.notes.append(
                f"{key} was found for {other} only; the other files are of LSOA {self.vintage}."
            )
            # boundaries and look-up are needed: registrations may be carried over to them
            fitting = found if key in NEEDED else []

        def why(one: Seen, others: Sequence[Seen]) -> str:
            if one.vintage and any(other.vintage != one.vintage for other in found):
                taken = "registrations" in self.out.files
                return "of the registrations' LSOA" if taken else "of the practices' date"
            return "the latest" if any(other.year < one.year for other in others) else ""

        self._take(key, fitting, why=why)

    def _own(self) -> None:
        practices = self.out.files.get("practices")
        known: set[str] | None = None
        if practices is not None and practices.table is not None:
            frame = practices.table.frame
            if self.out.icb and "icb_code" in frame:
                frame = frame[frame["icb_code"] == self.out.icb]
            known = set(frame["pcn_code"].dropna())
        elsewhere = [
            one
            for one in self._of("teams")
            if known is not None and one.pcns and len(one.pcns & known) * 2 < len(one.pcns)
        ]
        self.out.notes += [
            f"{one.path} was not used for teams: most of its PCNs are not of this patch."
            for one in elsewhere
        ]
        teams = self._take("teams", [o for o in self._by_rank("teams") if o not in elsewhere])
        of_teams = _values(teams, "service_id")
        beside = teams.seen.path.parent if teams is not None else None

        def nearest(key: str) -> list[Seen]:
            return sorted(self._by_rank(key), key=lambda one: one.path.parent != beside)

        self._take(
            "services",
            nearest("services"),
            accepts=lambda table: _lacking(of_teams - set(table.frame["service_id"]), "service"),
        )
        if teams is not None:
            ids = _values(teams, "team_id")
            fitting = [one for one in nearest("team_areas") if not ids or one.teams <= ids]
            self._take("team_areas", fitting)
        for key in ("localities", "crossings", "places", "travel_times"):
            self._take(key, self._by_rank(key))


def _icbs(frame: pd.DataFrame) -> dict[str, str]:
    """Name of each ICB of a practice list by its codes, ODS and ONS."""
    names = frame["icb_name"] if "icb_name" in frame else pd.Series("", index=frame.index)
    pairs = [pd.Series(names.array, index=frame[c]) for c in ICB_COLUMNS if c in frame]
    return {str(code): str(name) for each in pairs for code, name in each.items() if code}


def _values(choice: Choice | None, column: str) -> set[str]:
    return set() if choice is None or choice.table is None else set(choice.table.frame[column])


def _lacking(names: set[str], kind: str) -> str:
    return f"it lacks the {kind} {listed(sorted(names))} of the teams" if names else ""


def _ordinal(date: dt.date | None) -> int:
    return 0 if date is None else date.toordinal()


def _newest_why(one: Seen, others: Sequence[Seen]) -> str:
    older = [o for o in others if _ordinal(o.date) < _ordinal(one.date)]
    return f"the newest of {len(others) + 1}" if older else ""
