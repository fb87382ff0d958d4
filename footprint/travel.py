"""
Minutes from a team's base to the people of a PCN, and where staff are today.

Minutes come from the user's matrix, from a road network (:mod:`footprint.roads`), or are
estimated: the straight line to each small area times a detour, at a speed by the area's
rural-urban class, with no road over water (:mod:`footprint.land`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array, csr_array
from scipy.spatial import cKDTree

from footprint import roads
from footprint.land import Land, road_metres, starting_points, straight_metres
from footprint.rounding import largest_remainder

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.intp]

#: bases handled at a time, so that the matrix of a country need not fit in memory
_BLOCK = 64

#: what minutes rest on, in the words of the tables' column ``basis``
GIVEN, ROADS, PARTLY, ESTIMATE = "given", "roads", "roads and estimate", "estimate"


@dataclass(frozen=True, eq=False)
class Times:
    """
    Minutes from bases to small areas, asked for a few bases at a time.

    B bases, N small areas.

    Parameters
    ----------
    bases
        ``team_id`` (or ``site_id``) in order.
    codes
        Small area codes in order.
    minutes
        Of a slice of the bases and the (b, N) pairs that are wanted: (b, N) minutes, ``inf`` where
        there is no road; what is not wanted may hold anything.
    least
        Of a slice of the bases: (b, N) minutes that no way undercuts, quickly had; None where the
        minutes themselves are.
    far_bases, far_areas
        (B,) and (N,) whose minutes are estimates: a pair is one where either is.
    basis
        What the other pairs rest on: :data:`GIVEN`, :data:`ROADS` or :data:`ESTIMATE`.
    """

    bases: pd.Index
    codes: pd.Index
    minutes: Callable[[slice, BoolArray], FloatArray]
    least: Callable[[slice], FloatArray] | None
    far_bases: BoolArray
    far_areas: BoolArray
    basis: str


def of_matrix(minutes: pd.DataFrame) -> Times:
    """Times as the user gives them: one row per base, one column per small area, NaN: no road."""
    values = minutes.fillna(np.inf).to_numpy(dtype=float)
    none = np.zeros(values.shape[0], dtype=bool), np.zeros(values.shape[1], dtype=bool)
    return Times(minutes.index, minutes.columns, lambda block, _: values[block], None, *none, GIVEN)


def of_land(bases: gpd.GeoDataFrame, land: Land) -> Times:
    """
    Estimate times over the ground.

    Parameters
    ----------
    bases
        Points in EPSG:27700, indexed by ``team_id``, each one of those surveyed.
    land
        As from :func:`footprint.land.survey`.

    Notes
    -----
    Where a straight line crosses more than 250 m of water in all, or a cut border, the distance
    is that of the shortest path through the points of adjoining areas, divided by the usual
    zig-zag of such paths; it is never less than the straight line.
    """
    starts, homes = starting_points(bases, land)

    def minutes(block: slice, wanted: BoolArray) -> FloatArray:
        return road_metres(starts[block], homes[block], land, wanted) * land.pace

    def least(block: slice) -> FloatArray:
        return straight_metres(starts[block], land) * land.pace

    every = np.ones(len(bases), dtype=bool), np.ones(len(land.codes), dtype=bool)
    return Times(bases.index, land.codes, minutes, least, *every, ESTIMATE)


def of_roads(bases: gpd.GeoDataFrame, land: Land, net: roads.Network, *, within_m: float) -> Times:
    """
    Times over a road network.

    The quickest way from the node nearest to the base to the node nearest to the small area's
    point, and to and from these at the estimate's pace (that of the small area; at the base, of
    the area whose point is nearest). Where there is no way between the two, there is no road.

    Parameters
    ----------
    bases, land
        As for :func:`of_land`.
    net
        From :func:`footprint.roads.network`.
    within_m
        Metres to the nearest node beyond which a base or a small area goes by the estimate.
    """
    starts = _coordinates(bases)
    at_base, to_base = roads.snap(net, starts)
    at_area, to_area = roads.snap(net, land.points)
    far_bases, far_areas = to_base > within_m, to_area > within_m
    pace = land.pace[cKDTree(land.points).query(starts)[1]] if len(starts) else np.empty(0)
    guess = of_land(bases, land)

    def minutes(block: slice, wanted: BoolArray) -> FloatArray:
        out = np.full(wanted.shape, np.inf)
        needed = wanted.any(axis=0)
        if needed.any():
            out[:, needed] = roads.minutes(net, at_base[block], at_area[needed])
            out += (to_base[block] * pace[block])[:, None] + to_area * land.pace
        unsure = wanted & (far_bases[block, None] | far_areas)
        if unsure.any():
            out = np.where(unsure, guess.minutes(block, unsure), out)
        return out

    return Times(bases.index, land.codes, minutes, None, far_bases, far_areas, ROADS)


def _coordinates(bases: gpd.GeoDataFrame) -> FloatArray:
    """(B, 2) coordinates of points."""
    return np.column_stack([bases.geometry.x.to_numpy(float), bases.geometry.y.to_numpy(float)])


def along(times: Times, bases: IntArray, areas: IntArray) -> FloatArray:
    """
    Minutes of pairs.

    Parameters
    ----------
    times
        Where they come from.
    bases, areas
        (n,) positions in ``times.bases`` and ``times.codes``.

    Returns
    -------
    minutes
        (n,), ``inf`` where there is no road.
    """
    out = np.empty(len(bases))
    order = np.argsort(bases, kind="stable")
    ends = np.searchsorted(bases[order], np.arange(0, len(times.bases) + _BLOCK, _BLOCK))
    for number, (low, high) in enumerate(itertools.pairwise(ends)):
        rows = order[low:high]
        if not len(rows):
            continue
        first = number * _BLOCK
        wanted = np.zeros((len(times.bases[first : first + _BLOCK]), len(times.codes)), dtype=bool)
        wanted[bases[rows] - first, areas[rows]] = True
        found = times.minutes(slice(first, first + _BLOCK), wanted)
        out[rows] = found[bases[rows] - first, areas[rows]]
    return out


def reach(
    times: Times,
    patients: pd.DataFrame,
    *,
    within_minutes: float | pd.Series | None = None,
    keep: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Minutes from bases to PCNs; for many bases, without the whole matrix in memory.

    Parameters
    ----------
    times
        Where minutes come from.
    patients
        ``small_area_code``, ``pcn_code`` and ``patients`` (int), inside the patch.
    within_minutes
        Pairs that certainly take longer (of an estimate: whose straight lines alone do) are left
        out: one limit, or one by ``team_id`` (``inf`` for none). None keeps every pair.
    keep
        Pairs ``team_id``, ``pcn_code`` that stay however far they are.

    Returns
    -------
    travel
        ``team_id``, ``pcn_code``, ``minutes`` (the mean over the PCN's small areas, weighted by its
        patients there), ``reached`` (the share of the PCN's patients to whom there is a road, over
        whom the mean is taken: minutes are ``inf`` where that is less than half) and ``basis``
        (what the minutes rest on; :data:`PARTLY` where some of the PCN's patients live too far from
        the roads). Sorted by PCN within the order of the bases. An estimated pair inside the limit
        by straight line may be beyond it by the way over land.
    """
    pcns, weights = _weights(patients, times.codes)
    if within_minutes is None:
        limit = np.full(len(times.bases), np.inf)
    elif isinstance(within_minutes, pd.Series):
        limit = within_minutes.reindex(times.bases).to_numpy(dtype=float)
    else:
        limit = np.full(len(times.bases), float(within_minutes))
    always = np.zeros((len(times.bases), len(pcns)), dtype=bool)
    if keep is not None:
        row, column = (
            times.bases.get_indexer(pd.Index(keep["team_id"])),
            pcns.get_indexer(pd.Index(keep["pcn_code"])),
        )
        known = (row >= 0) & (column >= 0)
        always[row[known], column[known]] = True

    lives = (weights > 0).astype(float)
    frames = []
    for first in range(0, len(times.bases), _BLOCK):
        block = slice(first, first + _BLOCK)
        if times.least is None:
            every = np.ones((len(times.bases[block]), len(times.codes)), dtype=bool)
            minutes = times.minutes(block, every)
            wanted = (_means(minutes, weights)[0] <= limit[block, None]) | always[block]
        else:
            wanted = _means(times.least(block), weights)[0] <= limit[block, None]
            wanted |= always[block]
            # only areas where a wanted PCN's patients live are looked at any further
            areas = (lives @ wanted.T.astype(float)).T > 0
            minutes = times.minutes(block, areas)
        rows = _rows(times.bases[block], pcns, minutes, weights, wanted)
        frames.append(rows.assign(basis=_basis(times, block, lives, wanted)))
    if not frames:
        rows = _rows(times.bases, pcns, np.empty((0, len(times.codes))), weights, always)
        return rows.assign(basis="")
    return pd.concat(frames, ignore_index=True)


def _basis(
    times: Times, block: slice, lives: csr_array, wanted: BoolArray
) -> npt.NDArray[np.object_]:
    """What the minutes of the wanted pairs rest on, in the order of their rows."""
    i, j = np.nonzero(wanted)
    if times.basis != ROADS:
        return np.full(len(i), times.basis, dtype=object)
    some = (lives.T @ times.far_areas.astype(float)) > 0
    every = (lives.T @ (~times.far_areas).astype(float)) == 0
    base = times.far_bases[block]
    words = np.where(some[j], PARTLY, ROADS).astype(object)
    return np.where(base[i] | every[j], ESTIMATE, words)


def today_split(
    teams: pd.DataFrame, overlap: pd.DataFrame | None, demand: pd.DataFrame
) -> pd.DataFrame:
    """
    Where each team's staff are today.

    A team with areas is split over the patch's PCNs by their patients in its area; a team without
    over the PCNs it serves by their demand for its service (equally where none of them has any).
    A team that has neither patients in an area nor a PCN of the patch is nowhere: it has no row.

    Parameters
    ----------
    teams
        ``team_id``, ``service_id``, ``wte`` and ``pcn_codes`` (tuple).
    overlap
        ``team_id``, ``pcn_code`` and ``patients`` of teams with areas: the rows of
        :func:`footprint.alignment.align` whose rule is "area". None where no team has areas.
    demand
        ``service_id``, ``pcn_code`` and ``wte``, a row for every PCN of the patch.

    Returns
    -------
    today
        ``team_id``, ``pcn_code`` and ``wte_hundredths`` (int, above 0), sorted; by largest
        remainder, ties to the lower PCN code, so that each team's rows add up to its WTE.
    """
    patch = demand["pcn_code"].unique()
    columns = ["team_id", "pcn_code", "weight"]

    # teams with areas
    if overlap is None:
        overlap = pd.DataFrame({"team_id": [], "pcn_code": [], "patients": []})
    here = overlap["pcn_code"].isin(patch) & overlap["team_id"].isin(teams["team_id"])
    areas = overlap.loc[here & (overlap["patients"] > 0)].rename(columns={"patients": "weight"})

    # teams with the PCNs they serve
    lists = teams.loc[~teams["team_id"].isin(areas["team_id"])]
    lists = lists[["team_id", "service_id", "pcn_codes"]].explode("pcn_codes")
    lists = lists.rename(columns={"pcn_codes": "pcn_code"}).drop_duplicates()
    lists = lists.loc[lists["pcn_code"].isin(patch)]
    lists = lists.merge(demand, on=["service_id", "pcn_code"], how="left")
    lists["weight"] = lists["wte"].fillna(0.0)

    rows = pd.concat([areas[columns], lists[columns]], ignore_index=True)
    rows = rows.sort_values(["team_id", "pcn_code"], ignore_index=True)
    group, ids = pd.factorize(rows["team_id"])
    supply = np.rint(teams.set_index("team_id")["wte"].reindex(ids).to_numpy(dtype=float) * 100)
    rows["wte_hundredths"] = largest_remainder(
        rows["weight"].to_numpy(dtype=float), group, supply.astype(np.int64)
    )
    rows = rows.loc[rows["wte_hundredths"] > 0, ["team_id", "pcn_code", "wte_hundredths"]]
    return rows.reset_index(drop=True)


def _weights(patients: pd.DataFrame, codes: pd.Index) -> tuple[pd.Index, csr_array]:
    row = codes.get_indexer(pd.Index(patients["small_area_code"]))
    rows = patients.loc[(row >= 0) & (patients["patients"] > 0)]
    pcns = pd.Index(sorted(rows["pcn_code"].unique()), name="pcn_code")
    place = (
        codes.get_indexer(pd.Index(rows["small_area_code"])),
        pcns.get_indexer(pd.Index(rows["pcn_code"])),
    )
    values = rows["patients"].to_numpy(dtype=float)
    return pcns, csr_array(coo_array((values, place), shape=(len(codes), len(pcns))))


def _means(minutes: FloatArray, weights: csr_array) -> tuple[FloatArray, FloatArray]:
    road = np.isfinite(minutes)
    people = (weights.T @ road.T.astype(float)).T
    spent = (weights.T @ np.where(road, minutes, 0.0).T).T
    whole = np.asarray(weights.sum(axis=0), dtype=float)
    means = np.full(people.shape, np.inf)
    np.divide(spent, people, out=means, where=(people > 0) & (2 * people >= whole))
    return means, people / whole


def _rows(
    teams: pd.Index, pcns: pd.Index, minutes: FloatArray, weights: csr_array, wanted: BoolArray
) -> pd.DataFrame:
    means, reached = _means(minutes, weights)
    i, j = np.nonzero(wanted)
    return pd.DataFrame(
        {
            "team_id": teams[i],
            "pcn_code": pcns[j],
            "minutes": means[i, j],
            "reached": reached[i, j],
        }
    )
