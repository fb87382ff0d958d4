"""Sites: practices' branches, and places that could be a team's base."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Bare, Column, Layout
from footprint.sources import names
from footprint.sources.coordinates import PAIRS, coordinates
from footprint.sources.directory import SHAPES
from footprint.sources.tabular import Table, read, select
from footprint.words import counted

_SITE = (
    Column(
        "site_name",
        ("sitename", "branchname", "organisationname", "name", "basename", "site"),
        required=False,
        blank=True,
    ),
    Column("postcode", ("sitepostcode", "postcode", "basepostcode"), "code", False, True),
    Column("close", ("closedate",), required=False, blank=True),
    *PAIRS,
)

#: branches of practices: a planner's own, or ``ebranchs`` of the ODS (27 columns, no headings)
SITES = Layout(
    "file of practices' sites",
    (Column("practice_code", (*names.PRACTICE_CODE, "parentorganisationcode"), "code"), *_SITE),
    bare=(
        Bare(
            (27,),
            {"practice_code": 14, "site_name": 1, "postcode": 9, "close": 11},
            {**SHAPES, 14: r"[A-Z]\w{4,5}"},
        ),
    ),
)

#: clinics and hospitals: a planner's own, or ``ets`` and ``etr`` of the ODS
CANDIDATES = Layout(
    "file of candidate sites",
    (
        Column(
            "site_code",
            ("sitecode", "siteid", "organisationcode", "orgcode", "odscode", "code", "id"),
            "code",
            required=False,
            blank=True,
        ),
        replace(_SITE[0], required=True),
        *_SITE[1:],
    ),
    bare=(
        Bare(
            (27,),
            {"site_code": 0, "site_name": 1, "postcode": 9, "close": 11},
            SHAPES,
        ),
    ),
)


def sites(path: Path) -> Table:
    """
    Read where practices work beside their main place.

    Returns
    -------
    table
        practice_code, site_name, postcode ("" where unknown), x, y (NA where only a postcode is
        given), units. Closed sites and those without any place are set aside.

    Raises
    ------
    InputError
        With every fault: neither postcodes nor coordinates, places outside Britain.
    """
    return _placed(read(path, SITES), path, ["practice_code"])


def candidate_sites(path: Path) -> Table:
    """
    Read places that could be a team's base.

    Returns
    -------
    table
        site_code ("" where unknown), site_name, postcode, x, y, units, as in :func:`sites`, each
        once.

    Raises
    ------
    InputError
        With every fault: neither postcodes nor coordinates, places outside Britain.
    """
    return _placed(read(path, CANDIDATES), path, ["site_code"])


def _placed(table: Table, path: Path, keys: list[str]) -> Table:
    table = replace(table, frame=coordinates(table, path, needed=False))
    frame = table.frame
    if "postcode" not in frame and frame["x"].isna().all():
        raise InputError(
            [Fault(str(path), "neither postcodes nor coordinates", "a place for each site")]
        )
    for name in (*keys, "site_name", "postcode", "close"):
        if name not in frame:
            frame[name] = ""
    nameless = frame["site_name"] == ""
    frame["site_name"] = frame["site_name"].mask(
        nameless, frame["postcode"].mask(frame["postcode"] == "", frame[keys[0]])
    )
    closed = (frame["close"] != "").to_numpy(dtype=bool)
    table = select(table, ~closed, note=f"{counted(int(closed.sum()), 'closed site')} left out.")
    lost = ((table.frame["postcode"] == "") & table.frame["x"].isna()).to_numpy(dtype=bool)
    table = select(
        table, ~lost, note=f"{counted(int(lost.sum()), 'site')} without any place left out."
    )
    columns = [*keys, "site_name", "postcode", "x", "y", "units"]
    frame = table.frame[columns]
    again = frame.duplicated([c for c in columns if c != "units"]).to_numpy()
    stand = counted(int(again.sum()), "site that stands", "sites that stand")
    note = f"{stand} in the file before left out."
    table = select(replace(table, frame=pd.DataFrame(frame)), ~again, note=note)
    if table.frame.empty:
        raise InputError([Fault(str(path), "no site that is open and has a place", "sites")])
    return table
