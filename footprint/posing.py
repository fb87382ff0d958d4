"""A patch put to the solvers: travel, systems and staff become problems in integers."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from footprint import land, timetable, travel
from footprint.allocation.locks import Locked
from footprint.allocation.problem import WTE_SCALE, Problem
from footprint.footprints import Footprints
from footprint.patch import Patch

#: minutes are worked with as they are written: in tenths
MINUTE_DECIMALS = 1
#: minutes by which a journey may be over a limit and be written as the limit
_HALF_A_STEP = 0.5 / 10**MINUTE_DECIMALS


def team_systems(patch: Patch, footprints: Footprints, today: pd.DataFrame) -> pd.Series:
    """
    Return the ICB or STP that each team belongs to: index team_id.

    It is that of most of its staff today (ties to the lower code), else that of the PCN whose
    footprint is nearest to its base.
    """
    system = patch.pcns["icb_code"]
    staff = today.assign(system=today["pcn_code"].map(system))
    sums = staff.groupby(["team_id", "system"])["wte_hundredths"].sum().reset_index()
    sums = sums.sort_values(
        ["team_id", "wte_hundredths", "system"], ascending=[True, False, True], kind="stable"
    )
    known = sums.drop_duplicates("team_id").set_index("team_id")["system"]
    out = known.reindex(patch.teams.index)
    lost = out.isna()
    if lost.any():
        out[lost] = _nearest_systems(patch, footprints, patch.teams.geometry[lost])
    return out


def _nearest_systems(patch: Patch, footprints: Footprints, bases: gpd.GeoSeries) -> np.ndarray:
    owner = footprints.owner[footprints.owner.isin(footprints.pcns.index)]
    tree = cKDTree(patch.centres.loc[owner.index].to_numpy())
    nearest = tree.query(np.column_stack([bases.x, bases.y]))[1]
    return patch.pcns["icb_code"].reindex(owner.iloc[nearest]).to_numpy()


def times_of_teams(
    patch: Patch, footprints: Footprints, edges: pd.DataFrame
) -> travel.Times | None:
    """
    Where minutes from the teams' bases come from; None without teams.

    The user's own travel times win over roads, and roads over the estimate.
    """
    if patch.teams.empty:
        return None
    if patch.travel_times is not None:
        return _given(patch, footprints, patch.travel_times, patch.teams)
    return _driven(patch, edges, patch.teams)


def minutes_of_teams(
    patch: Patch,
    footprints: Footprints,
    times: travel.Times | None,
    at_level: pd.DataFrame,
    today: pd.DataFrame,
    systems: pd.Series,
) -> pd.DataFrame:
    """Minutes of every pair that a problem needs: service_id, team_id, pcn_code, minutes, basis."""
    columns = ["service_id", "team_id", "pcn_code", "minutes", "basis"]
    if times is None:
        return pd.DataFrame(columns=columns).astype({"minutes": float})
    level = at_level.set_index("service_id")["level"]
    limits = patch.services.set_index("service_id")["max_travel_minutes"] + _HALF_A_STEP
    single = patch.teams["service_id"].map(level) == 1
    # a Level 1 team needs what it can reach; a team of a group every PCN of its system
    within = patch.teams["service_id"].map(limits).where(single, 0.0).astype(float)
    pairs = travel.reach(
        times,
        patients_inside(patch, footprints),
        within_minutes=within,
        keep=pd.concat([today[["team_id", "pcn_code"]], _whole_systems(patch, systems, ~single)]),
    )
    pairs["minutes"] = pairs["minutes"].round(MINUTE_DECIMALS)
    pairs["service_id"] = pairs["team_id"].map(patch.teams["service_id"])
    order = pairs["service_id"].map({s: at for at, s in enumerate(patch.services["service_id"])})
    pairs = pairs.assign(order=order).sort_values(["order", "team_id", "pcn_code"], kind="stable")
    return pairs[columns].reset_index(drop=True)


def minutes_of_sites(
    patch: Patch, footprints: Footprints, edges: pd.DataFrame
) -> tuple[pd.DataFrame, pd.Series]:
    """Minutes from candidate sites to the PCNs of their system, and each site's system."""
    sites = patch.candidate_sites.rename_axis("team_id")
    systems = pd.Series(_nearest_systems(patch, footprints, sites.geometry), index=sites.index)
    if patch.travel_times is not None and timetable.names_any(patch.travel_times, sites):
        times = _given(patch, footprints, patch.travel_times, sites)
    else:
        times = _driven(patch, edges, sites)
    pairs = travel.reach(
        times,
        patients_inside(patch, footprints),
        within_minutes=0.0,
        keep=_whole_systems(patch, systems, pd.Series(data=True, index=sites.index)),
    )
    pairs["minutes"] = pairs["minutes"].round(MINUTE_DECIMALS)
    return pairs, systems


def _given(
    patch: Patch, footprints: Footprints, given: pd.DataFrame, bases: gpd.GeoDataFrame
) -> travel.Times:
    """Minutes of the user's own matrix; a base or pair that it lacks has no road."""
    mine = patients_inside(patch, footprints)
    codes = pd.Index(sorted(set(mine["small_area_code"])), name="small_area_code")
    return travel.of_matrix(timetable.from_times(given, bases, codes)[0])


def _driven(patch: Patch, edges: pd.DataFrame, bases: gpd.GeoDataFrame) -> travel.Times:
    """Minutes over the roads given, else over the ground."""
    policy = patch.settings.policy
    areas = pd.concat([patch.small_areas[["geometry", "rural"]], _around(patch)])
    ground = land.survey(bases, areas, edges, patch.surroundings, policy=policy)
    if patch.roads is None:
        return travel.of_land(bases, ground)
    return travel.of_roads(bases, ground, patch.roads, within_m=policy.road_snap_m)


def patients_inside(patch: Patch, footprints: Footprints) -> pd.DataFrame:
    """Patients of the patch's PCNs who live in the patch: those to whom minutes are counted."""
    inside = patch.pairs["small_area_code"].isin(patch.small_areas.index)
    return patch.pairs[inside & patch.pairs["pcn_code"].isin(footprints.pcns.index)]


def _around(patch: Patch) -> pd.DataFrame:
    # ways around water may leave the patch; nobody of the patch lives there
    around = patch.surroundings.to_frame("geometry")
    return around.assign(rural=pd.array([pd.NA] * len(around), dtype="boolean"))


def _whole_systems(patch: Patch, systems: pd.Series, teams: pd.Series) -> pd.DataFrame:
    mine = patch.pcns[patch.pcns["in_patch"]].reset_index()[["pcn_code", "icb_code"]]
    rows = systems[teams].rename("icb_code").rename_axis("team_id").reset_index()
    if patch.settings.policy.cross_icb:
        return rows[["team_id"]].merge(mine[["pcn_code"]], how="cross")
    return rows.merge(mine, on="icb_code")[["team_id", "pcn_code"]]


def problem(
    patch: Patch,
    service: str,
    level: pd.Series,
    needs: pd.DataFrame,
    minutes: pd.DataFrame,
    today: pd.DataFrame,
    systems: pd.Series,
    beside: pd.DataFrame,
    *,
    staff: pd.Series | None = None,
) -> Problem:
    """
    Put one service into the integers that the solvers need.

    ``level`` is the service's row of :func:`footprint.levels.levels`; the frames are those of
    every service. ``staff`` is the WTE by team (or by candidate site: 0), the service's teams'
    when None.
    """
    row = patch.services.set_index("service_id").loc[service]
    sites = staff is not None
    mine = patch.pcns[patch.pcns["in_patch"]]
    pcns = pd.Index(mine.index)
    if staff is None:
        staff = patch.teams.loc[patch.teams["service_id"] == service, "wte"].sort_index()
        minutes = minutes[minutes["service_id"] == service]
    teams = pd.Index(staff.index)
    need = needs[needs["service_id"] == service].set_index("pcn_code")["wte_hundredths"]
    there = _matrix(today, "wte_hundredths", teams, pcns, 0).astype(np.int64)
    ways = _matrix(minutes, "minutes", teams, pcns, np.inf)
    at = {code: number for number, code in enumerate(pcns)}
    return Problem(
        service_id=service,
        service_name=str(row["service_name"]),
        level=int(level["level"]),
        teams=tuple(teams),
        pcns=tuple(pcns),
        supply=np.rint(staff.to_numpy(float) * WTE_SCALE).astype(np.int64),
        demand=need.reindex(pcns).to_numpy(np.int64),
        today=there,
        minutes=ways,
        max_minutes=float(row["max_travel_minutes"]),
        population=mine["list_size"].to_numpy(np.int64),
        population_needed=int(level["group_population"]),
        max_population=None if pd.isna(row["max_population"]) else int(row["max_population"]),
        edges=tuple((at[a], at[b]) for a, b in zip(beside["a"], beside["b"], strict=True)),
        system=tuple(mine["icb_code"]),
        team_system=tuple(systems.reindex(teams)),
        basis=_mark(minutes),
        # a candidate site is nobody's team, whatever it is called
        locks=_locked(patch, pcns, teams[:0] if sites else teams),
    )


def _locked(patch: Patch, pcns: pd.Index, teams: pd.Index) -> Locked:
    """Locks in positions; those on teams of other services are left out."""
    locks = patch.settings.locks
    at = {code: number for number, code in enumerate(pcns)}
    team_at = {team: number for number, team in enumerate(teams)}
    return Locked(
        tuple((at[a], at[b]) for a, b in locks.together),
        tuple((at[a], at[b]) for a, b in locks.apart),
        tuple((at[code], team_at[team]) for code, team in locks.base if team in team_at),
    )


def _mark(minutes: pd.DataFrame) -> str:
    """Word beside minutes that are not all known: "estimate", or that some are."""
    found = set(minutes["basis"])
    if not found & {travel.ESTIMATE, travel.PARTLY}:
        return ""
    return travel.ESTIMATE if found == {travel.ESTIMATE} else "some estimated"


def _matrix(
    frame: pd.DataFrame, values: str, teams: pd.Index, pcns: pd.Index, empty: float
) -> np.ndarray:
    out = np.full((len(teams), len(pcns)), empty, dtype=float)
    row, column = teams.get_indexer(frame["team_id"]), pcns.get_indexer(frame["pcn_code"])
    known = (row >= 0) & (column >= 0)
    out[row[known], column[known]] = frame[values].to_numpy(float)[known]
    return out
