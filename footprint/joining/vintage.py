"""LSOA 2011 and 2021: told apart, never mixed, carried from one to the other where asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from footprint import vintages
from footprint.errors import Fault, InputError
from footprint.sources.several import mixed_vintages
from footprint.sources.tabular import Table

#: files by small area that must be of the boundaries' vintage
BY_SMALL_AREA = (
    "small_area_lookup",
    "rural_urban",
    "deprivation",
    "localities",
    "team_areas",
)
#: files of people, which the look-up carries to the boundaries' vintage
CARRIED = ("populations", "registrations")
#: with fewer English codes than this, none of them new, nothing can be told of a file
ENOUGH = 100
#: a file of 2011 has about this share of codes that 2021 does not, at the very most
FEW = 0.25


def vintage_of(codes: pd.Series, headings: Mapping[str, str]) -> str:
    """
    Tell LSOA 2011 from 2021 by the codes, and where these do not tell, by the column's name.

    Codes made for 2021 come after the last of 2011 (ONS, LSOA 2011 to 2021 look-up).
    """
    found = vintages.vintage(codes)
    return found or vintages.of_heading(headings.get("small_area_code", "")) or "2011"


def carried(tables: Mapping[str, Table], vintage: str, warnings: list[str]) -> dict[str, Table]:
    """
    Bring the tables to the boundaries' vintage, or say which are of the other.

    Populations and registrations are carried through the look-up of both vintages where it is
    given, totals conserved; what was moved is added to ``warnings``.

    Raises
    ------
    InputError
        For every file of the other vintage that is not carried.
    """
    out = dict(tables)
    look = tables["vintage_lookup"].frame if "vintage_lookup" in tables else None
    areas = pd.Index(tables["small_areas"].frame["small_area_code"])
    faults = []
    for key in (*BY_SMALL_AREA, *CARRIED):
        if key not in tables or "small_area_code" not in tables[key].frame:
            # not given, or team areas as polygons, which are of no vintage
            continue
        table = tables[key]
        told = [_found(file, look, areas, vintage) or "" for file in table.files]
        # of several files one that mixes both is carried as it would be alone
        mixed = mixed_vintages(table.files, [year if year != "mixed" else "" for year in told])
        if mixed:
            faults += mixed
            continue
        found = "mixed" if "mixed" in told else max(told)
        if found in ("", vintage):
            continue
        if key in BY_SMALL_AREA or look is None:
            hint = (
                f", or vintage_lookup (LSOA 2011 to 2021) in [inputs], to carry them to {vintage}"
                if key in CARRIED
                else ""
            )
            faults.append(
                Fault(
                    table.shown,
                    f"codes of LSOA {found}, boundaries of LSOA {vintage}",
                    f"codes of LSOA {vintage}{hint}",
                    column=table.headings.get("small_area_code"),
                )
            )
            continue
        out[key], said = _carry(key, table, look, vintage, out.get("populations"))
        warnings += said
    if faults:
        raise InputError(faults)
    return out


def _found(table: Table, look: pd.DataFrame | None, areas: pd.Index, vintage: str) -> str | None:
    codes = pd.Series(table.frame["small_area_code"].unique())
    found = vintages.vintage(codes, look)
    if found is not None:
        return found
    said = vintages.of_heading(table.headings.get("small_area_code", ""))
    english = codes[codes.str.startswith("E01")]
    lost = areas.get_indexer(pd.Index(english)) < 0
    if not lost.any():
        return None
    if said:
        return said
    # codes that 2021 dropped look like any other; a file of 2021 would have a new one too
    dropped = vintage == "2021" and len(english) >= ENOUGH and lost.mean() < FEW
    return "2011" if dropped else None


def _carry(
    key: str, table: Table, look: pd.DataFrame, vintage: str, populations: Table | None
) -> tuple[Table, list[str]]:
    frame = table.frame
    if key == "populations":
        rows = pd.DataFrame(
            {
                "practice_code": "",
                "small_area_code": frame["small_area_code"],
                "patients": frame["population"].round().astype("int64"),
            }
        )
        people, report = vintages.carry(rows, look, to=vintage, file=table.shown)
        out = people.rename(columns={"patients": "population"}).drop(columns="practice_code")
    else:
        known = None
        if populations is not None:
            known = populations.frame.set_index("small_area_code")["population"]
        out, report = vintages.carry(frame, look, to=vintage, populations=known, file=table.shown)
    return replace(table, frame=out), list(report.sentences())
