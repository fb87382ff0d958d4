"""Figures of small areas and PCNs: populations, deprivation, a planner's own attributes."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np

from footprint import vintages
from footprint.errors import Fault, InputError
from footprint.schema import PCN_CODE, Column, Layout
from footprint.sources import names
from footprint.sources.tabular import Table, find, read

#: a code in tables of Nomis too
_AREA = Column("small_area_code", (*names.SMALL_AREA, "mnemonic", "geographycode"), "code")

#: mid-year estimates, census counts, or a planner's own
POPULATIONS = Layout(
    "populations file",
    (
        _AREA,
        Column(
            "population",
            (
                r"total(population|persons|people)?",
                "allages",
                "allpersons",
                "allusualresidents",
                r"(mid)?(20\d\d)?(population|pop)(total|estimate)?(mid)?(20\d\d)?",
                "population.*",
                "persons",
                "observation",
                r"20\d\d",
            ),
            "number",
            low=0,
        ),
    ),
    key=("small_area_code",),
)
#: the same by single year of age, or by sex and age, without a total
POPULATIONS_BY_AGE = replace(
    POPULATIONS,
    columns=(
        _AREA,
        Column("ages", (r"(age[ _]?|[fm])?\d{1,2}\+?",), "number", low=0, many=True),
    ),
)

#: English indices of deprivation 2019 and 2025
DEPRIVATION = Layout(
    "deprivation file",
    (
        _AREA,
        Column(
            "decile",
            (
                "indexofmultipledeprivationimddecile.*",
                r"(overall)?imd(20)?\d{0,2}dec(ile)?(20)?\d{0,2}",
                r"indexofmultipledeprivation(20\d\d)?decile.*",
                "deprivationdecile",
                r"dec(ile)?",
            ),
            "count",
            low=1,
            high=10,
        ),
    ),
    key=("small_area_code",),
    same=True,
)

_IMD = r"(indexofmultipledeprivation|imd|overall|rankof)+"
#: the same without deciles: files of ranks, and the ONS's look-ups, where IMD19 is the rank
DEPRIVATION_RANKS = replace(
    DEPRIVATION,
    columns=(
        _AREA,
        Column(
            "rank",
            (
                rf"{_IMD}(20)?\d{{0,2}}rank.*",
                rf"rank(of)?{_IMD}(20)?\d{{0,2}}",
                r"imd(20)?\d\d",
                r"(imd)?(national)?rank",
            ),
            "count",
            low=1,
        ),
    ),
)
#: scores tell which of two small areas is worse off, not where England's tenths lie
DEPRIVATION_SCORES = replace(
    DEPRIVATION,
    columns=(
        _AREA,
        Column("score", (rf"{_IMD}.*score.*", r".*deprivation.*score.*", "score"), "number"),
    ),
)
#: England's small areas by vintage, which the index ranks (ONS)
ENGLAND = {"2011": 32_844, "2021": 33_755}
#: vintage of the small areas that an index of a year is by
INDEX_OF = {"15": "2011", "19": "2011", "25": "2021"}

#: further columns at most: a table of a GeoPackage has no more than 2,000 in all
MOST_COLUMNS = 1_000
ATTRIBUTES = Layout(
    "attributes file",
    (
        Column(
            "pcn_code",
            ("pcncode", "pcnodscode", "pcn"),
            "code",
            shape=PCN_CODE,
            expected="a PCN code (U and five digits)",
        ),
        Column("own", (r".+",), "text", blank=True, many=True),
    ),
    key=("pcn_code",),
)


def populations(path: Path) -> Table:
    """
    Read how many people live in each small area: small_area_code, population (float).

    The file's total is taken where it has one, else its single years of age are added up.
    """
    try:
        return read(path, POPULATIONS)
    except InputError as error:
        try:
            table = read(path, POPULATIONS_BY_AGE)
        except InputError as other:
            # the complaint that fits: the ages were found, but cells are at fault
            if any(fault.row is not None for fault in other.faults):
                raise other from None
            raise error from None
    years = [name for name in map(str, table.frame) if name.startswith("ages ")]
    total = table.frame[years].to_numpy(float).sum(axis=1)
    note = f"Populations are the sum of {len(years):,} columns of ages."
    frame = table.frame[["small_area_code"]].assign(population=total)
    return replace(table, frame=frame, notes=(*table.notes, note))


def deprivation(path: Path) -> Table:
    """
    Read the decile of multiple deprivation: small_area_code, decile (1 most deprived, to 10).

    Parameters
    ----------
    path
        A file of the English indices of deprivation (2015, 2019, 2025), or a list of a planner's
        own. Where it has ranks and no deciles, the deciles are England's tenths by rank, as the
        publisher's own are, which a note says.

    Raises
    ------
    InputError
        With every fault: scores only, ranks beyond England's small areas, ranks of a vintage that
        nothing tells.
    """
    try:
        return read(path, DEPRIVATION)
    except InputError as error:
        if any(fault.row is not None for fault in error.faults):
            raise
        try:
            table = read(path, DEPRIVATION_RANKS)
        except InputError as other:
            if any(fault.row is not None for fault in other.faults):
                raise other from None
            _refuse_scores(path)
            raise error from None
    return _deciles(table)


def _refuse_scores(path: Path) -> None:
    try:
        matches, _ = find(path, (DEPRIVATION_SCORES,))
    except InputError:
        return
    raise InputError(
        [
            Fault(
                matches[0].grid.label,
                "scores without deciles or ranks",
                "deciles or ranks (File 1, 2 or 7 of the indices): a score does not tell in which"
                " tenth of England a small area is",
                column=matches[0].headings["score"],
            )
        ]
    )


def _deciles(table: Table) -> Table:
    """Divide England's ranks into ten equal parts."""
    ranks = table.frame["rank"].to_numpy("int64")
    year = _vintage_of_ranks(table)
    if not year:
        raise InputError(
            [
                Fault(
                    str(table.path),
                    "ranks of small areas that may be LSOA 2011 or 2021",
                    "a heading that tells, such as LSOA21CD, or deciles",
                    column=table.headings["small_area_code"],
                )
            ]
        )
    number = ENGLAND[year]
    beyond = ranks > number
    if beyond.any():
        raise InputError(
            table.fault(
                int(at),
                "rank",
                f"{ranks[at]:,}",
                f"a rank from 1 to {number:,}, England's small areas of LSOA {year}",
            )
            for at in np.flatnonzero(beyond)
        )
    note = (
        f"Deciles are tenths of England's {number:,} small areas (LSOA {year}) by the ranks of"
        f" {table.headings['rank']!r}, of which 1 is the most deprived."
    )
    frame = table.frame.drop(columns="rank").assign(decile=(10 * ranks + number - 1) // number)
    return replace(table, frame=frame, notes=(*table.notes, note))


def _vintage_of_ranks(table: Table) -> str:
    """By the codes and their heading, the index's year, or how many small areas there are."""
    told = vintages.told(table.frame["small_area_code"], table.headings["small_area_code"])
    year = re.search(r"(?:20)?(15|19|25)", table.headings["rank"])
    if told or year:
        return told or INDEX_OF[year[1]]  # type: ignore[index]
    return "2021" if int(table.frame["rank"].max()) > ENGLAND["2011"] else ""


def attributes(path: Path) -> Table:
    """
    Read whatever a planner knows of PCNs: pcn_code, and each further column as text.

    Columns keep their own headings; those without one are left out.

    Raises
    ------
    InputError
        With every fault: PCN codes of another form or twice, a heading twice, no further column,
        more of them than a table of the GeoPackage can have.
    """
    table = read(path, ATTRIBUTES)
    own = [name for name in map(str, table.frame) if name != "pcn_code"]
    if len(own) > MOST_COLUMNS:
        raise InputError(
            [Fault(str(path), f"{len(own):,} further columns", f"{MOST_COLUMNS:,} at most")]
        )
    shown = {name: table.headings[name] for name in own}
    return replace(table, frame=table.frame.rename(columns=shown))
