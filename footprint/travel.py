"""
Minutes from a team's base to the people of a PCN, and where staff are today.

Minutes come from the user's matrix or are estimated: the straight line to each small area times
a detour, at a speed by the area's rural-urban class, with no road over water
(:mod:`footprint.land`).
"""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_array, csr_array

from footprint.alignment import largest_remainder
from footprint.land import Land, road_metres, starting_points, straight_metres

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: bases handled at a time, so that the matrix of a country need not fit in memory
_BLOCK = 64


def estimate(bases: gpd.GeoDataFrame, land: Land) -> pd.DataFrame:
    """
    Estimated minutes from every base to every small area.

    Parameters
    ----------
    bases
        Points in EPSG:27700, indexed by ``team_id``, each one of those surveyed.
    land
        As from :func:`footprint.land.survey`.

    Returns
    -------
    minutes
        One row per base and one column per small area; ``inf`` where there is no road.

    Notes
    -----
    Where a straight line crosses more than 250 m of water in all, or a cut border, the distance
    is that of the shortest path through the points of adjoining areas, divided by the usual
    zig-zag of such paths; it is never less than the straight line.
    """
    starts, homes = starting_points(bases, land)
    minutes = road_metres(starts, homes, land, np.ones((len(starts), len(land.codes)), dtype=bool))
    return pd.DataFrame(minutes * land.pace, index=bases.index, columns=land.codes)


def estimate_to_pcns(
    bases: gpd.GeoDataFrame,
    land: Land,
    patients: pd.DataFrame,
    *,
    within_minutes: float | pd.Series | None = None,
    keep: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Estimated minutes from bases to PCNs; for many bases, without the whole matrix in memory.

    Parameters
    ----------
    bases
        Points in EPSG:27700, indexed by ``team_id``, each one of those surveyed.
    land
        As from :func:`footprint.land.survey`.
    patients
        ``small_area_code``, ``pcn_code`` and ``patients`` (int), inside the patch.
    within_minutes
        Pairs whose straight lines alone take longer are left out: one limit, or one by
        ``team_id`` (``inf`` for none). None keeps every pair.
    keep
        Pairs ``team_id``, ``pcn_code`` that stay however far they are.

    Returns
    -------
    travel
        As from :func:`to_pcns`, for the pairs kept. A pair inside the limit by straight line may
        be beyond it by the way over land.
    """
    pcns, weights = _weights(patients, land.codes)
    starts, homes = starting_points(bases, land)
    if within_minutes is None:
        limit = np.full(len(bases), np.inf)
    elif isinstance(within_minutes, pd.Series):
        limit = within_minutes.reindex(bases.index).to_numpy(dtype=float)
    else:
        limit = np.full(len(bases), float(within_minutes))
    always = np.zeros((len(bases), len(pcns)), dtype=bool)
    if keep is not None:
        row, column = (
            bases.index.get_indexer(pd.Index(keep["team_id"])),
            pcns.get_indexer(pd.Index(keep["pcn_code"])),
        )
        known = (row >= 0) & (column >= 0)
        always[row[known], column[known]] = True

    lives = (weights > 0).astype(float)
    frames = []
    for first in range(0, len(bases), _BLOCK):
        block = slice(first, first + _BLOCK)
        straight = straight_metres(starts[block], land) * land.pace
        wanted = _means(straight, weights)[0] <= limit[block, None]
        wanted |= always[block]
        # only areas where a wanted PCN's patients live are looked at any further
        areas = (lives @ wanted.T.astype(float)).T > 0
        minutes = road_metres(starts[block], homes[block], land, areas) * land.pace
        frames.append(_rows(bases.index[block], pcns, minutes, weights, wanted))
    if not frames:
        return _rows(bases.index, pcns, np.empty((0, len(land.codes))), weights, always)
    return pd.concat(frames, ignore_index=True)


def to_pcns(minutes: pd.DataFrame, patients: pd.DataFrame) -> pd.DataFrame:
    """
    Minutes from bases to PCNs: the mean over small areas, weighted by the PCN's patients there.

    Parameters
    ----------
    minutes
        One row per base (``team_id``) and one column per small area; ``inf`` for no road, missing
        where nobody says.
    patients
        ``small_area_code``, ``pcn_code`` and ``patients`` (int), inside the patch.

    Returns
    -------
    travel
        ``team_id``, ``pcn_code``, ``minutes`` and ``reached``: the share of the PCN's patients to
        whom there is a road, over whom the mean is taken. Minutes are ``inf`` where that is less
        than half. Sorted by PCN within the order of the bases.
    """
    pcns, weights = _weights(patients, minutes.columns)
    wanted = np.ones((len(minutes), len(pcns)), dtype=bool)
    return _rows(minutes.index, pcns, minutes.to_numpy(dtype=float), weights, wanted)


def from_times(
    times: pd.DataFrame, bases: pd.DataFrame, codes: pd.Index
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Minutes from every base to every small area, as the user gives them.

    Parameters
    ----------
    times
        ``base`` (a ``team_id`` or a ``base_name``), ``small_area_code`` and ``minutes``; the first
        row counts where a pair stands twice, and a team's own rows win over its base's.
    bases
        Indexed by ``team_id``, with ``base_name``.
    codes
        Small areas to which times are needed.

    Returns
    -------
    minutes
        One row per base and one column per small area, missing where no time is given.
    missing
        ``team_id``, ``small_area_code`` of the pairs without a time.
    """
    table = times.drop_duplicates(["base", "small_area_code"])
    table = table.pivot(index="base", columns="small_area_code", values="minutes")
    table = table.reindex(columns=codes)
    own = table.reindex(bases.index)
    site = table.reindex(bases["base_name"]).set_axis(bases.index)
    minutes = own.fillna(site).astype(float)
    row, column = np.nonzero(minutes.isna().to_numpy())
    missing = pd.DataFrame({"team_id": bases.index[row], "small_area_code": codes[column]})
    return minutes, missing


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
