"""Figures of small areas and PCNs: populations, deprivation, a planner's own attributes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from footprint.errors import Fault, InputError
from footprint.schema import PCN_CODE, Column, Layout
from footprint.sources import names
from footprint.sources.tabular import Table, read

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
    """Read the decile of multiple deprivation: small_area_code, decile (1 most deprived, to 10)."""
    return read(path, DEPRIVATION)


def attributes(path: Path) -> Table:
    """
    Read whatever a planner knows of PCNs: pcn_code, and each further column as text.

    Columns keep their own headings; those without one are left out.

    Raises
    ------
    InputError
        With every fault: PCN codes of another form or twice, a heading twice, no further column.
    """
    table = read(path, ATTRIBUTES)
    own = [name for name in map(str, table.frame) if name != "pcn_code"]
    shown = {name: table.headings[name] for name in own}
    names_of = list(shown.values())
    doubled = sorted({name for name in names_of if names_of.count(name) > 1 or name == "pcn_code"})
    if doubled:
        raise InputError(
            Fault(str(path), "a further column of the same name", "another name", column=name)
            for name in doubled
        )
    return replace(table, frame=table.frame.rename(columns=shown))
