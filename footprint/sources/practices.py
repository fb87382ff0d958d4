"""Practices: which PCN, commissioner and ICB each is in, and where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from footprint.schema import PCN_CODE, Column, Layout
from footprint.sources import directory, names, networks
from footprint.sources.coordinates import (
    BRITAIN_DEGREES,
    BRITAIN_METRES,
    PAIRS,
    coordinates,
    within_britain,
)
from footprint.sources.dates import data_date
from footprint.sources.lists import list_sizes
from footprint.sources.tabular import Match, Table, find, load, read
from footprint.words import counted

__all__ = [
    "BRITAIN_DEGREES",
    "BRITAIN_METRES",
    "coordinates",
    "data_date",
    "list_sizes",
    "locations",
    "practice_map",
    "within_britain",
]

#: what stands for a PCN's code where a practice is in none
NO_PCN = "|U|NULL|NAN|N/A|NONE"

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
    ),
    key=("practice_code",),
)

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
        another form.
    """
    matches, notes = find(path, (MAP, *(kind for kind in KINDS if kind is not MAP)))
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
    Put several practice lists together: an ``epraccur`` and PCN memberships, say.

    Parameters
    ----------
    tables
        From :func:`practice_map`. The first says which practices there are; a later one fills what
        the first does not know, and its PCNs' names win. Practices that only a later one has are
        counted in a note.
    """
    first = tables[0]
    frame = first.frame.copy()
    notes = [note for table in tables for note in table.notes]
    for other in tables[1:]:
        found = other.frame.set_index("practice_code").reindex(frame["practice_code"])
        for name in frame.columns.difference(["practice_code"], sort=False):
            new = pd.Series(found[name].to_numpy(), index=frame.index)
            given = new.notna() & (new != "")
            unknown = frame[name].isna() | (frame[name] == "") | (name == "pcn_name")
            frame[name] = frame[name].mask(unknown & given, new)
        strange = len(set(other.frame["practice_code"]) - set(frame["practice_code"]))
        if strange:
            notes.append(
                f"{counted(strange, 'practice')} with a PCN that the list of practices does not"
                " have (not active, say) were left out."
            )
    return replace(
        first,
        frame=frame,
        notes=tuple(notes),
        set_aside=sum(table.set_aside for table in tables),
    )


def _without_none(table: Table) -> Table:
    codes = table.frame["pcn_code"]
    none = codes.isin(NO_PCN.split("|"))
    return replace(table, frame=table.frame.assign(pcn_code=codes.mask(none, None)))


def _finished(table: Table) -> Table:
    frame = table.frame.copy()
    for column in MAP.columns:
        if column.name not in frame:
            frame[column.name] = ""
            if column.name == "pcn_code":
                frame[column.name] = frame["practice_code"].mask(frame["practice_code"] != "", None)
    nameless = frame["practice_name"] == ""
    frame["practice_name"] = frame["practice_name"].mask(nameless, frame["practice_code"])
    return replace(table, frame=frame[[column.name for column in MAP.columns]], what=MAP.what)


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
