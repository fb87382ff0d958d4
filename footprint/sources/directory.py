"""Reports of the Organisation Data Service with 27 columns and no headings: epraccur, ets, etr."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from footprint.schema import Bare, Column, Layout
from footprint.sources.tabular import Table, select
from footprint.words import counted, listed

#: prescribing setting of a GP practice
GP_PRACTICE = "4"
#: prescribing settings (ODS, epraccur field 26): one and many
SETTINGS = {
    "0": ("other prescriber", "other prescribers"),
    "1": ("walk-in centre", "walk-in centres"),
    "2": ("out-of-hours service", "out-of-hours services"),
    "3": ("walk-in and out-of-hours service", "walk-in and out-of-hours services"),
    "8": ("public health service", "public health services"),
    "9": ("community health service", "community health services"),
    "10": ("hospital service", "hospital services"),
    "11": ("optometry service", "optometry services"),
    "12": ("urgent and emergency care service", "urgent and emergency care services"),
    "13": ("hospice", "hospices"),
    "14": ("care home", "care homes"),
    "15": ("border force service", "border force services"),
    "16": ("young offender institution", "young offender institutions"),
    "17": ("secure training centre", "secure training centres"),
    "18": ("secure children's home", "secure children's homes"),
    "19": ("immigration removal centre", "immigration removal centres"),
    "20": ("court", "courts"),
    "21": ("police custody service", "police custody services"),
    "22": ("sexual assault referral centre", "sexual assault referral centres"),
    "24": ("other justice service", "other justice services"),
    "25": ("prison", "prisons"),
}
STATUS = {"C": "closed", "D": "dormant", "P": "proposed", "CLOSED": "closed", "INACTIVE": "closed"}
ACTIVE = ("A", "ACTIVE")

#: what every such report has in common: a code, a grouping, a postcode, dates
SHAPES: Mapping[int, str] = {
    0: r"[A-Z0-9]{3,10}",
    9: r"|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}",
    10: r"|\d{8}|\d{4}-\d\d-\d\d",
    11: r"|\d{8}|\d{4}-\d\d-\d\d",
}

PRACTICES = Layout(
    "list of practices (epraccur)",
    (
        Column("practice_code", ("organisationcode", "orgcode", "code"), "code"),
        Column("practice_name", ("name", "organisationname"), blank=True),
        Column("postcode", ("postcode",), "code", blank=True),
        Column("icb_code", ("highlevelhealth(geography|authority)",), "code", blank=True),
        Column(
            "commissioner_code",
            ("commissioner(code)?", "parentorganisationcode"),
            "code",
            blank=True,
        ),
        Column("status", ("status(code)?",), "code", blank=True),
        Column("setting", ("prescribingsetting(code)?",), "code", blank=True),
    ),
    key=("practice_code",),
    bare=(
        Bare(
            (27,),
            {
                "practice_code": 0,
                "practice_name": 1,
                "icb_code": 3,
                "postcode": 9,
                "status": 12,
                "commissioner_code": 14,
                "setting": 25,
            },
            {**SHAPES, 12: r"[ACDP]|ACTIVE|INACTIVE", 25: r"|\d{1,2}"},
        ),
    ),
)


def active_practices(table: Table) -> Table:
    """
    Keep the active GP practices of an ``epraccur``: status A, prescribing setting 4.

    The rest are set aside; the notes say how many of what kind.
    """
    frame = table.frame
    active = frame["status"].isin(ACTIVE)
    practice = frame["setting"] == GP_PRACTICE
    gone = frame.loc[practice & ~active, "status"].map(STATUS).fillna("of no known status")
    parts = [counted(int(number), f"{words} GP practice") for words, number in _sizes(gone).items()]
    others = frame.loc[~practice, "setting"]
    parts += [counted(int(number), *_setting(str(code))) for code, number in _sizes(others).items()]
    note = (
        f"{int((~(active & practice)).sum()):,} of {table.rows:,} records are not active GP"
        f" practices and were set aside: {listed(parts, 40)}."
    )
    return select(table, (active & practice).to_numpy(), note=note)


def _setting(code: str) -> tuple[str, str | None]:
    return SETTINGS.get(code, (f"record of setting {code or '(blank)'}", None))


def _sizes(values: pd.Series) -> pd.Series:
    # the most first, ties by code
    return values.value_counts().sort_index().sort_values(ascending=False, kind="stable")
