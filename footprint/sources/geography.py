"""Look-ups of small areas: commissioners, rural-urban classes, vintages, localities, crossings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Column, Layout
from footprint.sources import names
from footprint.sources.coordinates import PAIRS, coordinates
from footprint.sources.tabular import Table, read
from footprint.words import counted

SMALL_AREA = Column("small_area_code", names.SMALL_AREA, "code")

LOOKUP = Layout(
    "small-area look-up",
    (
        SMALL_AREA,
        Column("commissioner_code", names.LOOKUP_COMMISSIONER, "code", required=False, blank=True),
        Column("commissioner_name", names.LOOKUP_COMMISSIONER_NAME, required=False, blank=True),
        Column("icb_code", names.LOOKUP_SYSTEM, "code", required=False, blank=True),
        Column("icb_name", names.LOOKUP_SYSTEM_NAME, required=False, blank=True),
        Column("local_authority_code", names.LOCAL_AUTHORITY, "code", False, True),
        Column("local_authority_name", names.LOCAL_AUTHORITY_NAME, "text", False, True),
    ),
    key=("small_area_code",),
    same=True,
)

RURAL_URBAN = Layout(
    "rural-urban file",
    (
        SMALL_AREA,
        Column(
            "rural_class",
            (
                "ruc",
                r"ruc\d*(nm|name)",
                "classification",
                r"ruc\d*",
                r"(ruralurban|urbanrural)(classification)?\d*(name)?",
                r"ruc\d*(cd|code)",
                r"(ruralurban|urbanrural)(classification)?\d*code",
            ),
        ),
    ),
    key=("small_area_code",),
    same=True,
)

VINTAGES = Layout(
    "look-up of LSOA 2011 to 2021",
    (
        Column("lsoa11_code", (r"f?lsoa(20)?11(cd|code)",), "code"),
        Column("lsoa21_code", (r"f?lsoa(20)?21(cd|code)",), "code"),
        Column(
            "change",
            (r"ch(n|a)?gind", r"change(code|ind|indicator)?"),
            "code",
            required=False,
            blank=True,
            shape="[USMX]",
            expected="U, S, M or X",
        ),
    ),
    key=("lsoa11_code", "lsoa21_code"),
    same=True,
)
#: what a column of localities is called, in a table and beside polygons
LOCALITY_NAMES = (
    "locality(name)?",
    "neighbourhood(name)?",
    "place(name)?",
    "area(name)?",
    "localitycode",
)
LOCALITIES = Layout(
    "localities file",
    (SMALL_AREA, Column("locality", LOCALITY_NAMES)),
    key=("small_area_code",),
    same=True,
)

CROSSINGS = Layout(
    "crossings file",
    (
        Column("a", ("a", "froma?", "smallareaa"), "code"),
        Column("b", ("b", "to", "smallareab"), "code"),
        Column(
            "kind",
            ("kind", "type", "source"),
            shape="(?i)bridge|manual|cut",
            expected="bridge, manual or cut",
        ),
        Column("name", ("name",), required=False, blank=True),
    ),
)

PLACES = Layout(
    "places file",
    (
        Column("place_name", ("placename", "name")),
        Column("kind", ("kind", "type"), required=False, blank=True),
        *PAIRS,
    ),
)


def lookup(path: Path) -> Table:
    """
    Read which commissioner, ICB and local authority a small area lies in.

    Codes are as in the file: ODS codes are preferred over ONS codes where it has both. Look-ups
    with a record for each output area or ward are brought to one for each small area.
    """
    table = read(path, LOOKUP)
    frame = table.frame.copy()
    if not {"commissioner_code", "icb_code", "local_authority_code"} & set(frame):
        raise InputError(
            [
                Fault(
                    str(path),
                    "small areas without a code of what they lie in",
                    "columns such as SICBL24CDH, ICB24CDH or LAD24CD",
                )
            ]
        )
    for column in LOOKUP.columns:
        if column.name not in frame:
            frame[column.name] = ""
    return replace(table, frame=frame)


def rural_urban(path: Path) -> Table:
    """
    Read rural-urban classes of 2011 or 2021: small_area_code, rural_class, rural (bool).

    Classes may be names ("Larger rural: ...", "Urban city and town") or ONS codes (D1, RSN1, UN1).
    """
    table = read(path, RURAL_URBAN)
    # a few classes of tens of thousands of areas
    which, classes = pd.factorize(table.frame["rural_class"], use_na_sentinel=False)
    text = pd.Series(classes, dtype="str").str.lower()
    word = text.str.extract(r"\b(rural|urban)\b", expand=False).fillna("")
    rural = (word == "rural") | text.str.fullmatch(r"[d-f]\d?|r[a-z]{0,2}\d?")
    urban = (word == "urban") | text.str.fullmatch(r"[a-c]\d?|u[a-z]?\d?")
    neither = ~(rural | urban)
    if neither.any():
        raise InputError(
            Fault(
                file=str(path),
                column=table.headings["rural_class"],
                found=repr(value),
                expected="a class that says Rural or Urban, or its ONS code",
            )
            for value in sorted(classes[neither])
        )
    return replace(table, frame=table.frame.assign(rural=rural.to_numpy()[which]))


def vintage_lookup(path: Path) -> Table:
    """
    Read how LSOAs of 2011 became those of 2021.

    Returns
    -------
    table
        lsoa11_code, lsoa21_code, change ("U" unchanged, "S" split, "M" merged, "X"
        irregular), one record a pair.

    Raises
    ------
    InputError
        With every fault: codes of change that there are none of.
    """
    table = read(path, VINTAGES)
    frame = table.frame.copy()
    old = frame.groupby("lsoa11_code")["lsoa21_code"].transform("size") > 1
    new = frame.groupby("lsoa21_code")["lsoa11_code"].transform("size") > 1
    told = np.select([old & new, old, new], ["X", "S", "M"], default="U")
    if "change" not in frame:
        frame["change"] = told
    frame["change"] = frame["change"].mask(frame["change"] == "", pd.Series(told, frame.index))
    return replace(table, frame=frame)


def localities(path: Path) -> Table:
    """Read a table of localities: small_area_code, locality, one record a small area."""
    return read(path, LOCALITIES)


def crossings(path: Path) -> Table:
    """Read crossings: pairs of small areas with a kind: bridge, manual (a link) or cut."""
    table = read(path, CROSSINGS)
    return replace(table, frame=table.frame.assign(kind=table.frame["kind"].str.lower()))


def places(path: Path) -> Table:
    """Read names for orientation: place_name, kind (city, town or village), x, y, units."""
    table = read(path, PLACES)
    frame = coordinates(table, path)
    kind = frame["kind"].str.lower() if "kind" in frame else pd.Series("town", index=frame.index)
    frame = frame.assign(kind=kind.replace("", "town"))
    lost = int(frame["x"].isna().sum())
    notes = (f"{counted(lost, 'place')} without coordinates.",) if lost else ()
    return replace(table, frame=frame, notes=(*table.notes, *notes))
