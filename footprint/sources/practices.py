"""Practices: which PCN, commissioner and ICB each is in, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import PCN_CODE, Column, Layout
from footprint.sources import directory, names, networks
from footprint.sources.coordinates import PAIRS, coordinates
from footprint.sources.lists import ALL
from footprint.sources.tabular import Match, Table, find, load, read
from footprint.words import counted, listed

#: what stands for a PCN's code where a practice is in none
NO_PCN = "|U|NULL|NAN|N/A|NONE"

#: no list of practices has one: its records are patients
_SEX = Column("sex", ("sex", "gender"), "code", required=False, blank=True)

_PRACTICE = (
    Column("practice_code", names.PRACTICE_CODE, "code"),
    Column(
        "practice_name",
        ("practicenameproper", "practicename.*", "gppracticename"),
        required=False,
        blank=True,
    ),
    Column("postcode", ("practicepostcode", "postcode"), "code", required=False, blank=True),
)
_SYSTEM = (
    Column(
        "commissioner_ons",
        ("onssubicb(location|loc)?code", "onsccgcode"),
        "code",
        required=False,
        blank=True,
    ),
    Column("icb_code", ("icbcode", "stpcode"), "code", required=False, blank=True),
    Column("icb_name", ("icbname", "stpname"), required=False, blank=True),
    Column("icb_ons", ("onsicbcode", "onsstpcode"), "code", required=False, blank=True),
    Column("extract_date", ("extractdate",), required=False, blank=True),
)

#: the practice-to-PCN map of NHS England ("gp-reg-pat-prac-map"), 2020 to 2026
MAP = Layout(
    "practice list",
    (
        *_PRACTICE,
        Column(
            "pcn_code",
            ("pcncode", "pcnodscode"),
            "code",
            blank=True,
            shape=f"{PCN_CODE}|{NO_PCN}",
            expected="a PCN code (U and five digits), or U or a blank for no PCN",
        ),
        Column("pcn_name", ("pcnname", "pcn"), required=False, blank=True),
        Column("commissioner_code", names.COMMISSIONER_CODE, "code", required=False, blank=True),
        Column("commissioner_name", names.COMMISSIONER_NAME, required=False, blank=True),
        *_SYSTEM,
        _SEX,
    ),
    key=("practice_code",),
)
#: what every list of practices comes back with
COLUMNS = tuple(column.name for column in MAP.columns if column is not _SEX)

#: the same up to 2019, before there were PCNs
MAP_BEFORE_PCNS = Layout(
    "practice list without PCNs",
    (
        *_PRACTICE[:1],
        replace(_PRACTICE[1], required=True),
        _PRACTICE[2],
        Column("commissioner_code", names.COMMISSIONER_CODE, "code", blank=True),
        Column("commissioner_name", names.COMMISSIONER_NAME, blank=True),
        *_SYSTEM,
        _SEX,
    ),
    key=("practice_code",),
)

#: practices with coordinates: degrees or British National Grid
LOCATIONS = Layout(
    "practice locations file",
    (Column("practice_code", (*names.PRACTICE_CODE, "code"), "code"), *PAIRS),
    key=("practice_code",),
)

KINDS = (networks.MEMBERS, MAP, directory.PRACTICES, networks.NETWORKS, MAP_BEFORE_PCNS)


def practice_map(path: Path) -> Table:
    """
    Read which practice belongs to which PCN, commissioner and ICB.

    Parameters
    ----------
    path
        The official map ("gp-reg-pat-prac-map", 2019 to 2026), ``epraccur`` (which knows no PCNs),
        ``ePCN.xlsx`` or the report ``epcncorepartnerdetails`` (which know no ICBs), or an archive
        with ``epraccur`` and one of these, which together know both.

    Returns
    -------
    table
        practice_code, practice_name, postcode, pcn_code, pcn_name, commissioner_code,
        commissioner_name, commissioner_ons, icb_code, icb_name, icb_ons, extract_date, one record
        a practice; "" where unknown. ``pcn_code`` is NA for a practice in no PCN ("U", a blank or
        NULL). Names are as in the file.

    Raises
    ------
    InputError
        With every fault: practices named twice, practices with two current PCNs, PCN codes of
        another form, a file of patients by sex.
    """
    matches, notes = find(path, (MAP, *(kind for kind in KINDS if kind is not MAP)))
    faults = [fault for match in matches for fault in _by_sex(match)]
    if faults:
        raise InputError(faults)
    kinds: dict[str, list[Match]] = {}
    for match in matches:
        kinds.setdefault(match.layout.what, []).append(match)
    if MAP.what in kinds:
        return _finished(_without_none(load(path, kinds[MAP.what], notes=notes)))
    details = kinds.get(networks.NETWORKS.what)
    named = load(path, details) if details else None
    listed = kinds.get(directory.PRACTICES.what)
    plain = kinds.get(MAP_BEFORE_PCNS.what)
    members = kinds.get(networks.MEMBERS.what)
    tables = []
    if listed:
        tables.append(_finished(directory.active_practices(load(path, listed, notes=notes))))
    elif plain:
        tables.append(_finished(load(path, plain, notes=notes)))
    if members:
        tables.append(_finished(networks.memberships(load(path, members), named)))
    if tables and members:
        return combined(tables)
    if tables:
        note = "It names no PCNs: every practice is in none until a file says which."
        return replace(tables[0], notes=(*tables[0].notes, note))
    raise networks.without_practices(load(path, details or matches))


def combined(tables: Sequence[Table]) -> Table:
    """
    Put several practice lists together: an ``epraccur`` and PCN memberships, or regions' maps.

    Parameters
    ----------
    tables
        From :func:`practice_map`. Those of one kind stand one below the other. Of several kinds
        the first says which practices there are (memberships of PCNs never do, which know only
        the practices in one); a later one fills what those before do not know, and its PCNs'
        names win. Practices that only a later kind has, and PCNs that differ, are counted in
        notes.

    Raises
    ------
    InputError
        Practices that two lists of one kind have, and of which they say different things.
    """
    kinds: dict[str, list[Table]] = {}
    for table in tables:
        kinds.setdefault(table.what, []).append(table)
    order = sorted(kinds, key=lambda kind: kind == networks.MEMBERS.what)
    first, *others = [_below_each_other(kinds[kind]) for kind in order]
    frame = first.frame.copy()
    notes = [note for table in (first, *others) for note in table.notes]
    for other in others:
        found = other.frame.set_index("practice_code").reindex(frame["practice_code"])
        there = found["pcn_code"].to_numpy()
        differ = frame["pcn_code"].notna() & pd.notna(there) & (frame["pcn_code"] != there)
        if differ.any():
            codes = sorted(frame.loc[differ, "practice_code"])
            notes.append(
                f"{counted(len(codes), 'practice is', 'practices are')} in another PCN in the"
                f" {other.what} than in the {first.what}, which counts: {listed(codes)}."
            )
        for name in frame.columns.difference(["practice_code"], sort=False):
            new = pd.Series(found[name].to_numpy(), index=frame.index)
            given = new.notna() & (new != "")
            if name == "pcn_name":
                given &= ~differ
            unknown = frame[name].isna() | (frame[name] == "") | (name == "pcn_name")
            frame[name] = frame[name].mask(unknown & given, new)
        strange = len(set(other.frame["practice_code"]) - set(frame["practice_code"]))
        if strange:
            notes.append(
                f"{counted(strange, 'practice')} with a PCN that the list of practices does not"
                f" have (not active, say) {'was' if strange == 1 else 'were'} left out."
            )
    return replace(
        first,
        frame=frame,
        notes=tuple(notes),
        set_aside=sum(table.set_aside for table in tables),
    )


def _below_each_other(tables: Sequence[Table]) -> Table:
    """Stack lists of one kind; a practice that several have in the same words counts once."""
    if len(tables) == 1:
        return tables[0]
    frame = pd.concat(
        [table.frame.assign(file=at) for at, table in enumerate(tables)], ignore_index=True
    )
    frame = frame.drop_duplicates(list(COLUMNS), ignore_index=True)
    again = frame["practice_code"].duplicated()
    if again.any():
        place = frame.drop_duplicates("practice_code").set_index("practice_code")["file"]
        rows = frame[again].assign(first=frame.loc[again, "practice_code"].map(place))
        raise InputError(
            Fault(
                str(tables[each["file"].iloc[0]].path),
                f"{counted(len(each), 'practice')} of which {tables[each['first'].iloc[0]].path}"
                f" says other things, such as {each['practice_code'].iloc[0]}",
                "each practice in one of the lists, or the same in both",
            )
            for _, each in rows.groupby(["first", "file"], sort=True)
        )
    return replace(
        tables[0],
        frame=frame.drop(columns="file"),
        lines=np.empty(0, dtype=int),
        origin=(),
        notes=tuple(note for table in tables for note in table.notes),
    )


def _by_sex(match: Match) -> list[Fault]:
    """Fault of a file of patients by sex, though it has codes of practices and PCNs."""
    if "sex" not in match.found:
        return []
    at = match.found["sex"]
    cells = [row[at].strip().upper() for row in match.view.rows[match.at + 1 :] if at < len(row)]
    sexes = sorted(set(cells) - set(ALL))
    if not sexes:
        return []
    return [
        Fault(
            match.grid.label,
            f"patients by sex ({', '.join(sexes)})",
            "a list of practices (gp-reg-pat-prac-map), each once",
            column=match.headings["sex"],
        )
    ]


def _without_none(table: Table) -> Table:
    codes = table.frame["pcn_code"]
    none = codes.isin(NO_PCN.split("|"))
    return replace(table, frame=table.frame.assign(pcn_code=codes.mask(none, None)))


def _finished(table: Table) -> Table:
    frame = table.frame.copy()
    for name in COLUMNS:
        if name not in frame:
            frame[name] = ""
            if name == "pcn_code":
                frame[name] = frame["practice_code"].mask(frame["practice_code"] != "", None)
    nameless = frame["practice_name"] == ""
    frame["practice_name"] = frame["practice_name"].mask(nameless, frame["practice_code"])
    return replace(table, frame=frame[list(COLUMNS)])


def locations(path: Path) -> Table:
    """
    Read where practices are.

    Returns
    -------
    table
        practice_code, x, y and the units they are in ("degrees": longitude and latitude in
        EPSG:4326, "metres": EPSG:27700); blank coordinates are NA.

    Raises
    ------
    InputError
        No pair of coordinates, or coordinates that lie outside Britain (latitude and longitude
        swapped included, which the message says).
    """
    table = read(path, LOCATIONS)
    return replace(table, frame=coordinates(table, path))
