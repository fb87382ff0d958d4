"""The patch: the checked, joined frames that everything after reads."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from warnings import catch_warnings

import geopandas as gpd
import pandas as pd
import shapely

from footprint.errors import Fault, InputError
from footprint.joining import areas as area_join
from footprint.joining import extras, journeys, months, plausible
from footprint.joining import locks as lock_join
from footprint.joining import practices as practice_join
from footprint.joining import registrations as registration_join
from footprint.joining import teams as team_join
from footprint.joining import vintage as vintage_join
from footprint.roads import Network
from footprint.settings import Settings
from footprint.sources import (
    boundaries,
    geography,
    lists,
    people,
    postcodes,
    practices,
    registrations,
    roads,
    several,
    sites,
    teams,
    travel_times,
)
from footprint.sources.dates import data_date
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
    "localities": boundaries.localities,
    "crossings": geography.crossings,
    "places": geography.places,
    "outlines": boundaries.outlines,
    "teams": teams.teams,
    "team_areas": teams.team_areas,
    "services": teams.services,
    "candidate_sites": sites.candidate_sites,
    "travel_times": travel_times.travel_times,
    "roads": roads.roads,
    "road_nodes": roads.road_nodes,
}

#: keys whose files hold shapes
SHAPES = ("small_areas", "localities", "outlines")


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
        practices (how many), list_size, weighted (NaN where a practice has none), in_patch.
    small_areas
        The patch's own, index small_area_code, sorted: small_area_name, commissioner_code,
        commissioner_name, icb_code, icb_name, local_authority_code, local_authority_name, locality
        ("" in none), rural (True, False or NA), geometry.
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
    outlines
        name, geometry (polygons or lines): drawn for orientation, never judged.
    branches
        practice_code, site_name, postcode, geometry: where practices work beside their main place.
    candidate_sites
        Index site_id: site_name, geometry: places that could be a team's base.
    attributes
        Index pcn_code: a user's further columns, text.
    drivers
        Index pcn_code: the people that demand may be counted by, a column each.
    travel_times
        base, small_area_code, minutes, as the user gives them; None where not given.
    roads
        The road network to drive on; None where not given. Travel times win over roads, and roads
        over the estimate.
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
    outlines: gpd.GeoDataFrame
    branches: gpd.GeoDataFrame
    candidate_sites: gpd.GeoDataFrame
    attributes: pd.DataFrame
    drivers: pd.DataFrame
    travel_times: pd.DataFrame | None
    roads: Network | None
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
    done = read_all(settings.inputs)
    faults = [fault for one in done for fault in one.faults]
    if faults:
        raise InputError(faults)
    return join(settings, {one.key: one.table for one in done if one.table is not None})


@dataclass(frozen=True)
class Read:
    """
    The files of one key as read.

    Parameters
    ----------
    key
        The key of [inputs].
    files
        For each file its path, its table (None where it cannot be read) and its own faults.
    table
        The files put together; None where there is any fault.
    between
        Faults between the files, each naming one of them.
    """

    key: str
    files: tuple[tuple[Path, Table | None, tuple[Fault, ...]], ...]
    table: Table | None = None
    between: tuple[Fault, ...] = ()

    @property
    def faults(self) -> tuple[Fault, ...]:
        """Every fault, the files' own first."""
        return (*(fault for *_, faults in self.files for fault in faults), *self.between)


def read_all(inputs: Mapping[str, Sequence[Path]]) -> list[Read]:
    """
    Read the files of every key, each as :func:`read`, in the order of the keys.

    Shapes and tables are read side by side, in a thread each: libraries do most of the work, and
    keep no other thread waiting.
    """
    # what one thread hushes is heard again at the end, whichever is done first
    with catch_warnings(), ThreadPoolExecutor(max_workers=1) as pool:
        shapes = {key: pool.submit(read, key, inputs[key]) for key in SHAPES if key in inputs}
        tables = {key: read(key, paths) for key, paths in inputs.items() if key not in SHAPES}
        return [tables[key] if key in tables else shapes[key].result() for key in inputs]


def read(key: str, paths: Sequence[Path], *, alone: bool | None = None) -> Read:
    """
    Read the files of one key, each by itself, then put them together.

    Parameters
    ----------
    key, paths
        A key of [inputs] and its files.
    alone
        Whether a file must hold all that its key is for; where it is one of several it need not.
        As there are one or more files, where not said.
    """
    alone = len(paths) == 1 if alone is None else alone
    reader = READERS[key] if alone else several.reader(key, READERS[key])
    files: list[tuple[Path, Table | None, tuple[Fault, ...]]] = []
    for path in paths:
        try:
            files.append((path, reader(path), ()))
        except InputError as error:
            files.append((path, None, error.faults))
    tables = [table for _, table, _ in files if table is not None]
    if len(tables) < len(files):
        return Read(key, tuple(files))
    try:
        return Read(key, tuple(files), several.together(key, tables))
    except InputError as error:
        return Read(key, tuple(files), between=error.faults)


def join(settings: Settings, tables: Mapping[str, Table]) -> Patch:
    """
    Join the tables of a patch.

    Raises
    ------
    InputError
        With every fault between the files.
    """
    warnings: list[str] = []
    for table in tables.values():
        warnings += table.notes
    date = data_date(
        [
            str(tables[key].frame["extract_date"].iloc[0])
            for key in ("practices", "list_sizes")
            if key in tables and "extract_date" in tables[key].frame
        ]
    )
    months.warn_of_months(tables, warnings)
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
    own["locality"] = extras.localities(tables, own, areas, warnings)

    frame, modelled = registration_join.given_or_modelled(settings, tables, known, own, warnings)
    if modelled:
        known["registered"] = (
            frame.groupby("practice_code")["patients"].sum().reindex(known.index, fill_value=0)
        )
    shown = settings.shown("registrations")
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
    trust = told(lambda: team_join.teams(tables, pcns, areas, own, warnings))
    told(lambda: lock_join.check(settings, pcns, None if trust is None else trust[1]))
    crossing = told(lambda: area_join.crossings(tables, areas))
    times = told(lambda: extras.times(tables, areas))
    net = told(lambda: journeys.network(tables))
    if faults or placed is None or trust is None:
        raise InputError(faults)
    where, keys, unplaced, counts = placed
    services, team_frame, team_areas = trust
    if times is not None:
        journeys.known_bases(times, team_frame, settings.shown("travel_times"))
    practice_join.warn(settings, known, words, warnings)
    further = extras.attributes(tables, pcns, warnings)
    paired = registration_join.pairs(where, keys, known)
    team_frame, team_areas = team_join.staffed(
        settings, tables, areas, paired, pcns, (team_frame, team_areas), warnings
    )
    plausible.warn(services, team_frame, pcns, own, paired, warnings)
    centres = pd.DataFrame(
        shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy())),
        index=pd.Index(areas["small_area_code"]),
        columns=["x", "y"],
    )
    candidates = extras.candidate_sites(tables, warnings)
    if times is not None or net is not None:
        living, far = journeys.homes(paired, pcns, own), settings.policy.road_snap_m
        journeys.tell(times, net, team_frame, candidates, living, centres, far, warnings)
    return Patch(
        settings=settings,
        date=date,
        vintage=vintage,
        words=words,
        practices=known.drop(columns=["in_scope", "commissioner_ons", "icb_ons"]),
        pcns=pcns,
        small_areas=own,
        surroundings=around,
        centres=centres,
        registrations=where,
        pairs=paired,
        area_totals=registration_join.totals(where, keys),
        services=services,
        teams=team_frame,
        team_areas=team_areas,
        crossings=crossing,
        places=area_join.places(tables),
        outlines=extras.outlines(tables),
        branches=extras.branches(tables, known, warnings),
        candidate_sites=candidates,
        attributes=further,
        drivers=extras.drivers(tables, known, pcns, further),
        travel_times=times,
        roads=net,
        counts=counts,
        unplaced=unplaced,
        warnings=tuple(warnings),
        modelled=modelled,
        tables=tables,
    )
