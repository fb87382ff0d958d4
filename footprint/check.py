"""The check of a patch before a run: what each file was taken for, how they join, every fault."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd

from footprint import demand, patch, settings, timetable, vintages
from footprint.checkup import Checkup, FileReport, Join, as_json, text
from footprint.errors import Fault, InputError
from footprint.joining import journeys
from footprint.sources.dates import date_of
from footprint.sources.tabular import Table

__all__ = ["Checkup", "FileReport", "Join", "as_json", "check", "joins", "text"]

#: without one of these nothing can be joined; what depends on the others is left out
NEEDED = ("practices", "registrations", "small_areas", "small_area_lookup")
#: ... and these when patients have to be modelled, because there are no registrations
NEEDED_TO_MODEL = ("list_sizes", "locations", "postcodes", "populations")
#: files that only mean something together
TEAM_FILES = ("teams", "team_areas", "services")
ROAD_FILES = ("roads", "road_nodes")


@dataclass
class _Read:
    """What was read so far."""

    tables: dict[str, Table] = field(default_factory=dict)
    files: list[FileReport] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    bad: set[str] = field(default_factory=set)


def check(path: str | Path) -> Checkup:
    """
    Read everything that a patch file names, as a run would, and write nothing.

    Parameters
    ----------
    path
        A patch file (TOML).

    Returns
    -------
    checkup
        Each file as it was understood, how well the files join, warnings and every fault. Files
        that can be read are reported when others cannot; bad input is in ``faults``, not raised.
    """
    path = Path(path)
    try:
        given = settings.load(path)
    except InputError as error:
        done = _read(*_lenient(path), path)
        faults = (*error.faults, *done.faults)
        return Checkup(file=str(path), files=tuple(done.files), faults=faults)
    lists = {key for key, paths in given.inputs.items() if len(paths) > 1}
    done = _read(given.inputs, lists, path)
    joined, faults, warnings = _join(given, done)
    return Checkup(
        file=str(path),
        name=given.name,
        scope=_scope(given.scope),
        date=None if joined is None else joined.date,
        vintage="" if joined is None else joined.vintage,
        files=tuple(done.files),
        joins=() if joined is None else tuple(joins(joined, without=frozenset(done.bad))),
        faults=(*done.faults, *faults),
        warnings=warnings,
    )


def _lenient(path: Path) -> tuple[dict[str, tuple[Path, ...]], set[str]]:
    """Files that a patch file with faults names and that are there; keys with several."""
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return {}, set()
    given = raw.get("inputs")
    if not isinstance(given, Mapping):
        return {}, set()
    found: dict[str, tuple[Path, ...]] = {}
    for key in settings.INPUT_KEYS:
        value = given.get(key)
        texts = value if isinstance(value, list) else [value]
        paths = [path.parent / text for text in texts if isinstance(text, str)]
        there = tuple(item for item in dict.fromkeys(paths) if _is_file(item))
        # a list where one file belongs is a fault already
        if there and (len(texts) == 1 or key in settings.SEVERAL):
            found[key] = there
    return found, {k for k in found if isinstance(given[k], list) and len(given[k]) > 1}


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _read(inputs: Mapping[str, tuple[Path, ...]], lists: set[str], file: Path) -> _Read:
    done = _Read()
    for key, paths in inputs.items():
        read = patch.read(key, paths, alone=key not in lists)
        done.faults += read.faults
        if read.table is None:
            done.bad.add(key)
        else:
            done.tables[key] = read.table
        for path, table, faults in read.files:
            number = len(faults) + sum(fault.file == str(path) for fault in read.between)
            report = FileReport(key=key, path=_shown(path, file), ok=not number, faults=number)
            done.files.append(report if table is None else _about(report, table))
    return done


def _shown(path: Path, file: Path) -> str:
    """Name a path as a reader of the patch file sees it."""
    shown = path.relative_to(file.parent) if path.is_relative_to(file.parent) else path
    return shown.as_posix()


def _about(report: FileReport, table: Table) -> FileReport:
    sex = str(table.frame.attrs.get("sex", "")).lower()
    return replace(
        report,
        what=f"{table.what}, {sex}" if sex else table.what,
        rows=table.rows,
        date=date_of(table),
        vintage=_vintage(table),
        set_aside=table.set_aside,
        notes=table.notes,
    )


def _vintage(table: Table) -> str:
    """LSOA 2011 or 2021 by the codes, else by the column's heading, else nothing."""
    if "small_area_code" not in table.frame:
        return ""
    codes = table.frame["small_area_code"].astype("str")
    return vintages.told(codes, table.headings.get("small_area_code", ""))


def _join(
    given: settings.Settings, done: _Read
) -> tuple[patch.Patch | None, tuple[Fault, ...], tuple[str, ...]]:
    """Join what could be read; files that hang on a faulty one are left out of it."""
    left_out = set(done.bad)
    for group in (TEAM_FILES, ROAD_FILES):
        if left_out & set(group):
            left_out |= set(group)
    needed = set(NEEDED)
    if "registrations" not in given.inputs:
        needed |= set(NEEDED_TO_MODEL)
    if left_out & needed:
        return None, (), ()
    inputs = {key: paths for key, paths in given.inputs.items() if key not in left_out}
    tables = {key: table for key, table in done.tables.items() if key not in left_out}
    # without teams that can be read nothing can be said of locks on them
    locks = replace(given.locks, base=()) if left_out & set(TEAM_FILES) else given.locks
    try:
        joined = patch.join(replace(given, inputs=inputs, locks=locks), tables)
        if not done.bad:
            demand.check_drivers(joined.services, joined.drivers)
    except InputError as error:
        return None, error.faults, ()
    # a warning may come from what was left out
    return joined, (), () if done.bad else joined.warnings


def _scope(scope: settings.Scope) -> str:
    if scope.icb is not None:
        return f"ICB {scope.icb}"
    if scope.commissioners:
        return f"commissioners {', '.join(scope.commissioners)}"
    return f"PCNs {', '.join(scope.pcns)}" if scope.pcns else "everything in the files"


def joins(joined: patch.Patch, *, without: frozenset[str] = frozenset()) -> list[Join]:
    """
    Count how well the files of a patch join.

    Parameters
    ----------
    joined
        The patch.
    without
        Keys of [inputs] that are given and could not be read: lines about them are left out.

    Returns
    -------
    joins
        In the order in which a reader should see them; shares are of what the line above them
        that has none counts.
    """
    lines = [*_practices(joined), *_patients(joined), *_areas(joined), *_teams(joined)]
    lines += [*_journeys(joined), *_locks(joined)]
    return [line for line in lines if not line.needs & without]


def _practices(joined: patch.Patch) -> list[Join]:
    mine = joined.practices[joined.practices["in_patch"]]
    total = len(mine)
    out = [Join("practices", "Practices in the patch", total)]

    def of(name: str, label: str, count: int, *needs: str) -> None:
        out.append(Join(name, label, count, total, frozenset(needs)))

    if "list_sizes" in joined.tables:
        listed = joined.tables["list_sizes"].frame["practice_code"]
        of("with_list", "with a list size", int(mine.index.isin(listed).sum()), "list_sizes")
    if "registrations" in joined.tables:
        count = int((mine["registered"] > 0).sum())
        of("with_registrations", "with registrations", count, "registrations")
    of("in_pcn", "in a PCN", int(mine["pcn_code"].notna().sum()))
    place = ("locations", "postcodes")
    of("with_place", "with a place on the map", int(mine.geometry.notna().sum()), *place)
    near = int(mine["approximate"].sum())
    if near:
        of("approximate", "with only an approximate place", near, *place)
    for key, label in (
        ("weighted_lists", "with a weighted list"),
        ("ages", "with patients by age"),
    ):
        if key in joined.tables and "practice_code" in joined.tables[key].frame:
            codes = joined.tables[key].frame["practice_code"]
            of(f"with_{key}", label, int(mine.index.isin(codes).sum()), key)
    inside = joined.pcns["in_patch"]
    out.append(Join("pcns", "PCNs in the patch", int(inside.sum())))
    out.append(Join("neighbours", "PCNs of other areas in the files", int((~inside).sum())))
    return out


def _patients(joined: patch.Patch) -> list[Join]:
    counts = joined.counts
    total = int(counts["registered"])
    modelled = "registrations" not in joined.tables
    what = "Patients (modelled: no registrations file)" if modelled else "Patients registered"
    out = [
        Join("patients", what, total),
        Join("placed", "placed in a small area", int(counts["placed"]), total),
    ]
    for reason, patients in joined.unplaced[["reason", "patients"]].itertuples(index=False):
        out.append(Join("unplaced", f"not placed: {reason}", int(patients), total))
    if counts["set_aside"]:
        label = "set aside: practice not in the practice list"
        out.append(Join("set_aside", label, int(counts["set_aside"]), total))
    # neighbours' patients are registered in the files too, and are not the patch's
    mine = joined.practices[joined.practices["in_patch"]]
    here = int(mine["list_size" if modelled else "registered"].sum())
    out.append(Join("patients_here", "Patients of the practices in the patch", here))
    label = "who live beyond the patch"
    out.append(Join("outside_patch", label, int(counts["outside_patch"]), here))
    if counts["no_pcn"]:
        out.append(Join("no_pcn", "whose practice is in no PCN", int(counts["no_pcn"]), here))
    return out


def _areas(joined: patch.Patch) -> list[Join]:
    own = joined.small_areas.index
    out = [Join("small_areas", "Small areas in the patch", len(own))]
    for key, label in (
        ("rural_urban", "with a rural or urban class"),
        ("populations", "with a population"),
        ("deprivation", "with a deprivation figure"),
        ("attributes", "with further figures"),
    ):
        if key in joined.tables and "small_area_code" in joined.tables[key].frame:
            codes = joined.tables[key].frame["small_area_code"]
            count = int(own.isin(codes).sum())
            out.append(Join(f"with_{key}", label, count, len(own), frozenset([key])))
    if "localities" in joined.tables:
        # a table of small areas, or polygons
        count = int((joined.small_areas["locality"] != "").sum())
        needs = frozenset(["localities"])
        out.append(Join("with_localities", "in a locality", count, len(own), needs))
    count = int((joined.area_totals.reindex(own).fillna(0) > 0).sum())
    out.append(Join("with_patients", "with registered patients", count, len(own)))
    return out


def _teams(joined: patch.Patch) -> list[Join]:
    if "teams" not in joined.tables:
        return []
    needs = frozenset(TEAM_FILES)
    teams, total, given = joined.teams, len(joined.teams), joined.tables["teams"].rows
    covered = joined.team_areas
    with_area = set() if covered is None else set(covered["team_id"])
    serves = teams["pcn_codes"].map(bool).to_numpy(bool) | teams.index.isin(with_area)
    used = joined.services["service_id"].isin(teams["service_id"])
    out = [
        Join("teams", "Teams", given, needs=needs),
        Join("teams_here", "of the patch", total, given, needs),
        Join("teams_with_place", "with a base on the map", _given(teams), total, needs),
        Join("teams_serving", "serving PCNs or small areas here", int(serves.sum()), total, needs),
        Join("services", "Services", len(joined.services), needs=needs),
        Join("services_with_teams", "with teams", int(used.sum()), len(used), needs),
    ]
    if covered is not None:
        rows = joined.tables["team_areas"].rows
        if "small_area_code" in joined.tables["team_areas"].frame:
            out += [
                Join("team_areas", "Team areas (a small area of a team)", rows, needs=needs),
                Join("team_areas_here", "in the patch", len(covered), rows, needs),
            ]
        else:
            held, own = covered["small_area_code"].nunique(), len(joined.small_areas)
            out += [
                Join("team_areas", "Team areas (polygons)", rows, needs=needs),
                Join("team_areas_here", "Small areas in a team's polygon", held, own, needs),
            ]
    return out


def _locks(joined: patch.Patch) -> list[Join]:
    """What the patch file holds fast."""
    locks, total = joined.settings.locks, len(joined.settings.locks)
    if not total:
        return []
    return [
        Join("locks", "Locks on groups of Levels 2 and 3", total),
        Join("locks_together", "of PCNs that are kept together", len(locks.together), total),
        Join("locks_apart", "of PCNs that are kept apart", len(locks.apart), total),
        Join(
            "locks_base",
            "of a PCN with a team",
            len(locks.base),
            total,
            frozenset(TEAM_FILES),
        ),
    ]


def _journeys(joined: patch.Patch) -> list[Join]:
    """How far the user's own times, or else the roads, reach bases and patients."""
    if joined.teams.empty:
        return []
    living = journeys.homes(joined.pairs, joined.pcns, joined.small_areas)
    total = int(living.sum())
    people = "Patients to whom minutes are counted"
    if joined.travel_times is not None:
        needs = frozenset([*TEAM_FILES, "travel_times"])
        found = timetable.gaps(joined.travel_times, joined.teams, living)
        timed, known = found.bases - len(found.idle_bases), total - found.touched
        return [
            Join("travel_pairs", "Pairs of base and small area", found.pairs, needs=needs),
            Join("travel_pairs_given", "with a travel time", found.given, found.pairs, needs),
            Join("travel_bases", "Bases of teams", found.bases, needs=needs),
            Join("travel_bases_given", "with any travel time", timed, found.bases, needs),
            Join("travel_patients", people, total, needs=needs),
            Join("travel_patients_all", "with a time from every base", known, total, needs),
            Join("travel_patients_none", "with a time from no base", found.lost, total, needs),
        ]
    if joined.roads is None:
        return []
    needs = frozenset([*TEAM_FILES, *ROAD_FILES])
    of_bases, of_homes = journeys.distances(joined.roads, joined.teams, living, joined.centres)
    limit = joined.settings.policy.road_snap_m
    near = int(living[of_homes.index[of_homes <= limit]].sum())
    within = f"within {limit / 1000:g} km of a road"
    bases, nodes = int((of_bases <= limit).sum()), len(joined.roads.points)
    return [
        Join("road_nodes", "Nodes of the road network", nodes, needs=needs),
        Join("road_nodes_used", "where journeys may begin", len(joined.roads.usable), nodes, needs),
        Join("road_bases", "Bases of teams", len(of_bases), needs=needs),
        Join("road_bases_near", within, bases, len(of_bases), needs),
        Join("road_patients", people, total, needs=needs),
        Join("road_patients_near", within, near, total, needs),
    ]


def _given(frame: pd.DataFrame) -> int:
    return int(frame["geometry"].notna().sum())
