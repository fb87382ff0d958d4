"""What a reader is shown: the one object that tables, workbook, pages and maps are drawn from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import pandas as pd

from footprint.words import Words

#: under it WTE are told nowhere but in the workbook
LITTLE = 0.05


@dataclass(frozen=True)
class ServiceStory:
    """
    One service in words and key figures.

    ``level`` is 1, 2 or 3; ``status`` one of the allocation's words ("proven best", "within x%
    of best", "no teams given", "cannot be met because ..."). Costs are minutes x WTE; None where
    nothing was solved. ``one_team`` counts PCNs that one team serves alone: as proposed, in the
    cheapest plan, today, of how many with any need; None where lead teams were not asked for.
    ``nearly_one_team`` counts those that one team serves today but for a small share. ``surplus``
    is staff (WTE) that no PCN's need calls for, as proposed and today.
    ``vacancy_today`` is the unmet need (WTE) with everything left as it is, None where there is no
    "today" to compare with.
    """

    service_id: str
    service_name: str
    level: int
    why: str
    status: str
    headline: str
    sentences: Sequence[str] = ()
    objective: float | None = None
    bound: float | None = None
    today: float | None = None
    demand_wte: float = 0.0
    staff_wte: float = 0.0
    vacancy_wte: float = 0.0
    vacancy_today: float | None = None
    moved_wte: float = 0.0
    one_team: tuple[int, int, int, int] | None = None
    nearly_one_team: int | None = None
    surplus_wte: float = 0.0
    surplus_today: float | None = None

    @property
    def staffed(self) -> bool:
        """Whether it has staff; also where their number is not shown (NaN, in a shared version)."""
        return self.staff_wte != 0


@dataclass(frozen=True)
class Content:
    """
    Everything that the outputs show, and nothing that they have to work out.

    Parameters
    ----------
    name
        The patch's name, as the user wrote it: text, never markup.
    date
        Date of the data, None where the files do not say.
    words
        What commissioners, systems and small areas are called on that date.
    tables
        The frames of ``tables/*.csv`` by name.
    layers
        GeoDataFrames by name in EPSG:27700; see :mod:`footprint.report.layers`.
    services
        One story per service, in the order of the services file.
    findings
        The run in about five plain sentences: the patch, its flags, then the teams.
    counts
        Patients: registered, placed, outside_patch, no_pcn, unplaced, set_aside.
    notes
        What a reader must know to read the figures fairly: estimates, modelled data, edges.
    sources
        (key of the input, file name, what it was taken for) of every file that was read.
    attribution
        What the data's licences ask to be shown.
    illustrative
        True for the fictional patch, which every page then says.
    audit
        The audit's verdict: ``ok`` and the list of ``checks``.
    digest
        Hash of inputs and settings.
    settings
        The policy in force, as plain values.
    shared
        In a version to share, what it does not show; figures that are not shown are NaN, counts
        None.
    briefings
        Codes of the systems whose flagged PCNs have a page in the report of a large patch.
    """

    name: str
    date: dt.date | None
    words: Words
    tables: Mapping[str, pd.DataFrame]
    layers: Mapping[str, gpd.GeoDataFrame]
    services: Sequence[ServiceStory] = ()
    findings: Sequence[str] = ()
    counts: Mapping[str, int | None] = field(default_factory=dict)
    notes: Sequence[str] = ()
    sources: Sequence[tuple[str, str, str]] = ()
    attribution: str = ""
    illustrative: bool = False
    audit: Mapping[str, Any] = field(default_factory=dict)
    digest: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    shared: str = ""
    briefings: Sequence[str] = ()
