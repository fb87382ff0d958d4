"""The patch: the checked, joined frames that everything after reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import pandas as pd
import shapely

from footprint.errors import Fault, InputError
from footprint.joining import areas as area_join
from footprint.joining import extras
from footprint.joining import practices as practice_join
from footprint.joining import registrations as registration_join
from footprint.joining import teams as team_join
from footprint.joining import vintage as vintage_join
from footprint.settings import Settings
from footprint.sources import (
    boundaries,
    geography,
    lists,
    people,
    postcodes,
    practices,
    registrations,
    sites,
    teams,
    travel_times,
)
from footprint.sources.tabular import Table
from footprint.words import Words

Joined = TypeVar("Joined")

READERS: Mapping[str, Callable[[Path], Table]] = {
    "practices": practices.practice_map,
    "list_sizes": lists.list_sizes,
    "weighted_lists": lists.weighted_lists,
    "locations": practices.locations,
    "postcodes": postcodes.postcodes,
    "sites": sites.sites,
    "registrations": registrations.registrations,
    "small_areas": boundaries.small_areas,
    "small_area_lookup": geography.lookup,
    "vintage_lookup": geography.vintage_lookup,
    "rural_urban": geography.rural_urban,
    "populations": people.populations,
    "ages": lists.ages,
    "deprivation": people.deprivation,
    "attributes": people.attributes,
    "localities": geography.localities,
    "crossings": geography.crossings,
    "places": geography.places,
    "outlines": boundaries.outlines,
    "teams": teams.teams,
    "team_areas": teams.team_areas,
    "services": teams.services,
    "candidate_sites": sites.candidate_sites,
    "travel_times": travel_times.travel_times,
}

#: read and checked, and drawn or counted by a later version
NOT_USED = ("localities", "outlines")


@dataclass(frozen=True)
class Patch:
    """
    One patch, checked and joined. All geometry is in EPSG:27700, all people are patients.

    Parameters
    ----------
    settings
        What was asked.
    date, vintage, words
        Date of the data, "2011" or "2021" of its small areas, and what things were called then.
    practices
        Index practice_code, sorted: practice_name, postcode, pcn_code (None: in no PCN), pcn_name,
        commissioner_code, commissioner_name, icb_code, icb_name, list_size, weighted (NaN: not
        given), registered (from the registrations), approximate, in_patch, geometry (Point or
        None).
    pcns
        Index pcn_code, sorted: pcn_name, commissioner_code, commissioner_name, icb_code, icb_name,
        practices, list_size, in_patch.
    small_areas
        The patch's own, index small_area_code, sorted: small_area_name, commissioner_code,
        commissioner_name, icb_code, local_authority_code, rural (True, False or None), geometry.
    surroundings
        Geometry of small areas near the patch and not in it.
    centres
        Index small_area_code (all of the boundaries file): x, y of a point inside, EPSG:27700.
    registrations
        practice_code, small_area_code, patients, reason ("" where placed).
    pairs
        Every placed pair of PCNs (neighbours included): small_area_code, pcn_code, patients.
    area_totals
        Index small_area_code: all placed registrations of the area, practices in no PCN included.
    services, teams, team_areas
        The trust's own; teams indexed by team_id with geometry (Point) and pcn_codes (tuple).
    crossings, places
        As read; places with geometry.
    branches
        practice_code, site_name, postcode, geometry: where practices work beside their main place.
    candidate_sites
        Index site_id: site_name, geometry: places that could be a team's base.
    attributes
        Index pcn_code: a user's further columns, text.
    drivers
        Index pcn_code: the people that demand may be counted by, a column each.
    travel_times
        base, small_area_code, minutes, as the user gives them; None where estimated.
    counts
        Patients by what became of them.
    unplaced
        reason, patients.
    warnings
        What was set aside or differs, a sentence each.
    modelled
        Why the registrations are no registrations but a model of them, in words; "" where they
        are real.
    tables
        The files as read, by key.
    """

    settings: Settings
    date: dt.date | None
    vintage: str
    words: Words
    practices: gpd.GeoDataFrame
    pcns: pd.DataFrame
    small_areas: gpd.GeoDataFrame
    surroundings: gpd.GeoSeries
    centres: pd.DataFrame
    registrations: pd.DataFrame
    pairs: pd.DataFrame
    area_totals: pd.Series
    services: pd.DataFrame
    teams: gpd.GeoDataFrame
    team_areas: pd.DataFrame | None
    crossings: pd.DataFrame | None
    places: gpd.GeoDataFrame
    branches: gpd.GeoDataFrame
    candidate_sites: gpd.GeoDataFrame
    attributes: pd.DataFrame
    drivers: pd.DataFrame
    travel_times: pd.DataFrame | None
    counts: Mapping[str, int]
    unplaced: pd.DataFrame
    warnings: tuple[str, ...]
    modelled: str = ""
    tables: Mapping[str, Table] = field(repr=False, default_factory=dict)


def load(settings: Settings) -> Patch:
    """
    Read, check and join every file of a patch.

    Parameters
    ----------
    settings
        From :func:`footprint.settings.load`.

    Returns
    -------
    patch
        Everything that the analysis reads.

    Raises
    ------
    InputError
        With every fault of every file, then every fault between the files.
    """
    tables: dict[str, Table] = {}
    faults: list[Fault] = []
    for key, path in settings.inputs.items():
        try:
            tables[key] = READERS[key](path)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return join(settings, tables)


def join(settings: Settings, tables: Mapping[str, Table]) -> Patch:
    """
    Join the tables of a patch.

    Raises
    ------
    InputError
        With every fault between the files.
    """
    warnings = [
        f"The file given for {key} was read and checked; nothing is counted by it yet."
        for key in NOT_USED
        if key in tables
    ]
    for table in tables.values():
        warnings += table.notes
    date = practices.data_date(
        [
            str(tables[key].frame["extract_date"].iloc[0])
            for key in ("practices", "list_sizes")
            if key in tables and "extract_date" in tables[key].frame
        ]
    )
    areas = tables["small_areas"].frame
    vintage = vintage_join.vintage_of(areas["small_area_code"], tables["small_areas"].headings)
    words = Words.at(date, vintage)
    tables = vintage_join.carried(tables, vintage, warnings)

    known = practice_join.practices(tables, warnings)
    practice_join.mark_scope(settings, known, words)
    known["weighted"] = extras.weighted(tables, known)
    pcns = practice_join.pcns(known)
    known["in_patch"] = known["pcn_code"].map(pcns["in_patch"]).astype("boolean")
    known["in_patch"] = known["in_patch"].fillna(known["in_scope"]).astype(bool)
    own, around = area_join.small_areas(settings, tables, known, pcns, words)

    frame, modelled = registration_join.given_or_modelled(settings, tables, known, own, warnings)
    known["registered"] = (
        frame.groupby("practice_code")["patients"].sum().reindex(known.index, fill_value=0)
    )
    shown = str(settings.inputs.get("registrations", settings.file))
    # what follows stands beside each other: every fault between files is told at once
    faults: list[Fault] = []

    def told(join: Callable[[], Joined]) -> Joined | None:
        try:
            return join()
        except InputError as error:
            faults.extend(error.faults)
            return None

    placed = told(lambda: registration_join.place(frame, shown, known, areas, own, warnings))
    if not modelled:
        told(lambda: registration_join.compare_lists(settings, known, tables, warnings))
    trust = told(lambda: team_join.teams(tables, known, pcns, areas, own, warnings))
    crossing = told(lambda: area_join.crossings(tables, areas))
    times = told(lambda: extras.times(tables, areas))
    if faults or placed is None or trust is None:
        raise InputError(faults)
    where, unplaced, counts = placed
    services, team_frame, team_areas = trust
    practice_join.warn_of_places(known, warnings)
    further = extras.attributes(tables, pcns, warnings)
    return Patch(
        settings=settings,
        date=date,
        vintage=vintage,
        words=words,
        practices=known.drop(columns=["in_scope", "commissioner_ons", "icb_ons"]),
        pcns=pcns,
        small_areas=own,
        surroundings=around,
        centres=pd.DataFrame(
            shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy())),
            index=pd.Index(areas["small_area_code"]),
            columns=["x", "y"],
        ),
        registrations=where,
        pairs=registration_join.pairs(where, known),
        area_totals=where.loc[where["reason"] == ""]
        .groupby("small_area_code", sort=True)["patients"]
        .sum(),
        services=services,
        teams=team_frame,
        team_areas=team_areas,
        crossings=crossing,
        places=area_join.places(tables),
        branches=extras.branches(tables, known, warnings),
        candidate_sites=extras.candidate_sites(tables, warnings),
        attributes=further,
        drivers=extras.drivers(tables, known, pcns, further),
        travel_times=times,
        counts=counts,
        unplaced=unplaced,
        warnings=tuple(warnings),
        modelled=modelled,
        tables=tables,
    )
