"""Choosing among the files that were found: the newest, and those that go with it."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from footprint import vintages
from footprint.errors import Fault, InputError
from footprint.sources.tabular import Table
from footprint.starter.choice import BY_AREA, NEEDED, Chosen, Shelf
from footprint.starter.heads import fits
from footprint.starter.kinds import ALL_PRACTICES, MEMBERS
from footprint.starter.order import By, Files, alone, both_sexes, by_folder, ranked, size_of
from footprint.starter.own import Own
from footprint.starter.recognise import Seen
from footprint.words import ICB_START, listed, proper

#: kinds by practice, best of the registrations' date
BY_PRACTICE = ("list_sizes", "weighted_lists", "ages", "locations")
#: ICBs that are named where the one asked for is not there
MOST_ICBS = 4
#: columns of a practice list with an ICB's code: ODS and ONS
ICB_COLUMNS = ("icb_code", "icb_ons")


def choose(
    seen: Iterable[Seen], *, icb: str | None = None, show: Callable[[Path], str] = str
) -> Chosen:
    """
    Choose a file, or several that belong together, for each key of [inputs].

    Registrations: the newest. Practices, lists and their like: of the registrations' date, else
    the nearest. Boundaries, look-ups and their like: of the registrations' LSOA. A trust's own
    files: those whose PCNs, services, teams and places are the patch's.

    Parameters
    ----------
    seen
        What was recognised.
    icb
        ODS code of an ICB that the practice list must have.
    show
        Gives a path as a reader of the patch file should see it.

    Returns
    -------
    chosen
        Each choice read whole by footprint's own reader.

    Raises
    ------
    InputError
        Where there are practice lists and none has the ICB.
    """
    return _Chooser(Shelf(seen, show), icb).run()


class _Chooser:
    """The choice, key after key: each may hang on those before."""

    def __init__(self, shelf: Shelf, icb: str | None) -> None:
        self.shelf, self.out = shelf, shelf.out
        self.out.icb = icb
        self.date: dt.date | None = None
        self.near: Path | None = None
        self.vintage = ""
        self.whose = ""

    def run(self) -> Chosen:
        self._registrations()
        self._practices()
        for key in BY_PRACTICE:
            self.shelf.take(key, both_sexes(self.shelf.of(key)), self._by_date(key))
        self._postcodes()
        self.shelf.take("vintage_lookup", alone(self.shelf.of("vintage_lookup")), self._place())
        self._vintage()
        for key in BY_AREA:
            self._by_area(key)
        Own(self.shelf, self._place()).run()
        return self.out

    def _place(self) -> list[By]:
        """Order of files that are equal else: the registrations' folder, then shorter names."""
        return [
            By(lambda files: _backwards(files[0].named), lambda files: "the newest by its name"),
            By(
                lambda files: files[0].path.parent != self.near,
                lambda files: "beside the " + self.whose,
            ),
            By(
                lambda files: (len(files[0].path.name), str(files[0].path)),
                lambda files: "the first of files alike",
            ),
        ]

    def _registrations(self) -> None:
        candidates = both_sexes(self.shelf.of("registrations"))
        drawn = {one.vintage for one in self.shelf.of("small_areas")} - {""}

        def undrawn(files: Files) -> bool:
            # both vintages were published for some dates: the one that can be drawn, the later
            return bool(drawn) and (files[0].vintage or "2011") not in drawn

        by = [
            _newest(len(candidates)),
            By(lambda files: files[0].kinds["registrations"], lambda files: "as it was published"),
            By(undrawn, lambda files: "of the boundaries' LSOA"),
            By(len, lambda files: "everybody in one file", fitness=True),
            By(lambda files: files[0].vintage != "2021", lambda files: "of the later LSOA"),
            *self._place(),
        ]
        taken = self.shelf.take("registrations", candidates, by)
        if taken is not None:
            self._settle(taken.seen, "registrations")

    def _settle(self, one: Seen, whose: str) -> None:
        self.date, self.near, self.whose = one.date, one.path.parent, whose

    def _practices(self) -> None:
        wanted = self.out.icb
        icbs: dict[str, str] = {}

        def accepts(table: Table) -> str:
            codes = _icbs(table.frame)
            # of the first, which is the newest
            icbs.update({} if icbs else codes)
            if wanted and not codes:
                return f"it names no ICB, so that {wanted} cannot be told; epraccur beside it does"
            return f"no practice of ICB {wanted} in it" if wanted and wanted not in codes else ""

        candidates, by = self._lists_of_practices(), self._by_date("practices")
        taken = self.shelf.take("practices", candidates, by, accepts=accepts)
        if wanted and icbs and (taken is None or taken.table is None):
            first = ranked(candidates, by)[0]
            raise InputError([_no_such_icb(wanted, icbs, [one.path for one in first])])
        if taken is None or taken.table is None:
            if wanted:
                text = f"ICB {wanted} could not be checked: no list of practices was found."
                self.shelf.note("practices", text)
            return
        if not self.whose:
            self._settle(taken.seen, "practices")
        frame = taken.table.frame
        ods = set(frame["icb_code"])
        if wanted is not None and wanted not in ods:
            # asked for by its ONS code
            self.out.icb = min(frame.loc[frame["icb_ons"] == wanted, "icb_code"])
        names = _icbs(frame)
        self.out.icbs = [(code, names[code]) for code in sorted(names) if code in ods]
        if wanted is None:
            self._only_icb(frame)
        mine = frame[frame["icb_code"] == self.out.icb] if self.out.icb else frame
        self.out.commissioners = sorted(set(mine["commissioner_code"]) - {""})

    def _lists_of_practices(self) -> list[Files]:
        """Lists each alone, and the newest of practices with the newest of PCNs' members."""
        seen = self.shelf.of("practices", doubtful=True)
        by = self._place()
        pair = [
            sorted(
                (one for one in seen if one.kinds["practices"] == rank),
                key=lambda one: tuple(each.value((one,)) for each in by),
            )[:1]
            for rank in (ALL_PRACTICES, MEMBERS)
        ]
        both = [(*pair[0], *pair[1])] if all(pair) else []
        return [*alone(seen), *both]

    def _only_icb(self, frame: pd.DataFrame) -> None:
        """Settle on the ICB that the files are about, where there is only one."""
        about = self.shelf.table("registrations")
        if about is not None:
            frame = frame[frame["practice_code"].isin(about.frame["practice_code"])]
        codes = sorted(set(frame["icb_code"]) - {""})
        if len(codes) == 1:
            self.out.icb = codes[0]
            text = f"Every practice of the files is in ICB {codes[0]}: it is the patch."
            self.shelf.note("", text)

    def _by_date(self, key: str) -> list[By]:
        """Made for it first; then of the registrations' date, the nearest date, the newest."""

        def made(files: Files) -> int:
            if key == "practices":
                # practices and PCNs in two files before PCNs alone
                return MEMBERS - 1 if len(files) > 1 else files[0].kinds[key]
            return files[0].kinds[key] if files[0].kinds[key] > 2 else 0

        def far(files: Files) -> int:
            return abs(_ordinal(files[0].date) - _ordinal(self.date)) if self.date else 0

        def near(files: Files) -> str:
            date = "of" if not far(files) else "the date nearest to"
            return f"of the {self.whose}' date" if date == "of" else f"{date} the {self.whose}'"

        return [
            By(made, lambda files: "", fitness=True),
            By(far, near),
            _newest(len(self.shelf.of(key))),
            By(lambda files: files[0].kinds[key], lambda files: "made for this"),
            By(len, lambda files: "everybody in one file", fitness=True),
            *self._place(),
        ]

    def _postcodes(self) -> None:
        def size(files: Files) -> int:
            # of ten times as many bytes: a directory of the country before a list of one's own
            return -len(str(sum(size_of(one.path) for one in files)))

        by = [By(size, lambda files: "the largest"), *self._place()]
        self.shelf.take("postcodes", by_folder(self.shelf.of("postcodes")), by)

    def _vintage(self) -> None:
        taken = self.out.files.get("registrations")
        if taken is not None and taken.table is not None:
            codes = taken.table.frame["small_area_code"].astype("str")
            self.vintage = vintages.vintage(codes) or taken.seen.vintage or vintages.told(codes)
        if self.vintage:
            return
        there = {one.vintage for one in self.shelf.of("small_areas")} - {""}
        old = self.date is not None and self.date < ICB_START
        order = ("2011", "2021") if old else ("2021", "2011")
        self.vintage = next((vintage for vintage in order if vintage in there), "")

    def _by_area(self, key: str) -> None:
        found = self.shelf.of(key)
        fitting = [one for one in found if not self.vintage or one.vintage in ("", self.vintage)]
        # people can be carried over, and are wanted most where nobody is registered
        look, people = "vintage_lookup" in self.out.files, "registrations" in self.out.files
        carried = key == "populations" and look and not people
        if found and not fitting and not carried:
            other = listed(sorted({f"LSOA {one.vintage}" for one in found}))
            shown = listed([self.shelf.show(one.path) for one in found], 3)
            text = f"found for {other} only ({shown}); the other files are of LSOA {self.vintage}."
            self.shelf.note(key, f"{key} was {text}")
            # boundaries and look-up are needed: registrations may be carried over to them
            found = found if key in NEEDED else []
        which = "boundaries" if "small_areas" in self.out.files else self.whose or "files"
        by = [
            By(
                lambda files: bool(self.vintage) and files[0].vintage not in ("", self.vintage),
                lambda files: f"of the {which}' LSOA" if which != "files" else "of the same LSOA",
                fitness=True,
            ),
            By(lambda files: files[0].kinds[key], lambda files: "made for this"),
            By(lambda files: -files[0].year, lambda files: "the latest"),
            *self._place(),
        ]
        taken = self.shelf.take(key, alone(found), by)
        if key == "small_areas" and taken is not None and taken.seen.vintage:
            # what else there is must go with what is drawn
            self.vintage = taken.seen.vintage


def _no_such_icb(wanted: str, icbs: Mapping[str, str], paths: Sequence[Path]) -> Fault:
    """Name the ICBs that are there, those first whose codes are like what was asked for."""
    codes = sorted(code for code in icbs if not fits(r"E\d{8}", code)) or sorted(icbs)
    near = difflib.get_close_matches(wanted, codes, n=MOST_ICBS)
    shown = [*near, *(code for code in codes if code not in near)][:MOST_ICBS]
    told = [f"{code} ({short_name(icbs[code])})" if icbs[code] else code for code in shown]
    if len(codes) > MOST_ICBS:
        told.append(f"{len(codes) - MOST_ICBS} more")
    found = f"{wanted}, which no practice has in {listed(list(map(str, paths)))}"
    return Fault("--icb", found, f"an ICB that is there: {listed(told, MOST_ICBS + 1)}")


def short_name(name: str) -> str:
    """Name an ICB without what every ICB's name begins and ends with."""
    plain = re.sub(r"^NHS | (integrated care board|icb)$", "", name.strip(), flags=re.IGNORECASE)
    return proper(plain.strip())


def _icbs(frame: pd.DataFrame) -> dict[str, str]:
    """Name of each ICB of a practice list by its codes, ODS and ONS."""
    pairs = [pd.Series(frame["icb_name"].array, index=frame[column]) for column in ICB_COLUMNS]
    return {str(code): str(name) for each in pairs for code, name in each.items() if code}


def _ordinal(date: dt.date | None) -> int:
    return 0 if date is None else date.toordinal()


def _newest(number: int) -> By:
    return By(lambda files: -_ordinal(files[0].date), lambda files: f"the newest of {number:,}")


def _backwards(named: str) -> tuple[int, ...]:
    """Order dates in names from the newest: those without come last."""
    year, _, month = named.partition("-")
    return (-int(year or 0), -int(month or 0))
