"""Registrations by simpler models, what all models share, and how near one comes to the truth."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from footprint.rounding import share_out

#: where patients stand that could be modelled nowhere: the registrations' own code
NOWHERE = "EMPTY"


def middles(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Easting and northing of each row's middle, NaN where it has no geometry."""
    middle = shapely.centroid(frame.geometry.to_numpy())
    return np.column_stack([shapely.get_x(middle), shapely.get_y(middle)])


def table_of(placed: pd.DataFrame, nowhere: pd.Series) -> pd.DataFrame:
    """Registrations placed, and lists by practice_code placed nowhere, as one sorted table."""
    lost = pd.DataFrame(
        {
            "practice_code": nowhere.index,
            "small_area_code": NOWHERE,
            "patients": nowhere.to_numpy(dtype=np.int64),
        }
    )
    keys = {"practice_code": "str", "small_area_code": "str", "patients": "int64"}
    out = pd.concat([placed, lost[lost["patients"] > 0]]).astype(keys)
    return out.sort_values(["practice_code", "small_area_code"], ignore_index=True)


def around(
    practices: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    own_practices: pd.Index,
    own_areas: pd.Index,
    *,
    km: float = 30.0,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """
    Keep what matters to a patch: its own practices and areas, and those near it.

    Areas beyond the patch need practices of their own: give only areas whose commissioners'
    practices are in the file.

    Parameters
    ----------
    practices, areas
        As in :func:`footprint.modelled.model`.
    own_practices, own_areas
        Codes of the patch's own, which are always kept.
    km
        Distance from the middle of an area of the patch. Twice a model's reach lets neighbours
        compete for the patch and be competed for in turn.

    Returns
    -------
    practices, areas
        Those kept.
    """
    mine = middles(areas[areas.index.isin(own_areas)])
    mine = mine[np.isfinite(mine).all(axis=1)]
    kept = []
    for frame, own in ((practices, own_practices), (areas, own_areas)):
        keep = frame.index.isin(own)
        xy = middles(frame)
        known = np.flatnonzero(np.isfinite(xy).all(axis=1))
        if len(mine) and len(known):
            keep[known] |= np.isfinite(
                cKDTree(mine).query(xy[known], distance_upper_bound=km * 1_000)[0]
            )
        kept.append(frame[keep])
    return kept[0], kept[1]


def centres(areas: gpd.GeoSeries, xy: np.ndarray) -> gpd.GeoSeries:
    """
    Find where an area's people live by its postcodes.

    Parameters
    ----------
    areas
        Polygons in EPSG:27700 by small_area_code.
    xy
        (n, 2) eastings and northings of postcodes; each counts the same.

    Returns
    -------
    points
        On the index of ``areas``: the mean of the postcodes inside; the centroid without any.
    """
    polygons = areas.to_numpy()
    west, south, east, north = areas.total_bounds
    xy = xy[((xy >= (west, south)) & (xy <= (east, north))).all(axis=1)]
    inside, area = shapely.STRtree(polygons).query(shapely.points(xy), predicate="intersects")
    number = np.bincount(area, minlength=len(areas))
    sums = [np.bincount(area, weights=xy[inside, i], minlength=len(areas)) for i in (0, 1)]
    middle = shapely.get_coordinates(shapely.centroid(polygons))
    mean = np.column_stack(sums) / np.maximum(number, 1)[:, None]
    at = np.where(number[:, None] > 0, mean, middle)
    return gpd.GeoSeries(shapely.points(at), index=areas.index, crs=areas.crs)


def nearest(practices: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Register everybody with the practice nearest to their area, whatever its list.

    Parameters
    ----------
    practices, areas
        As in :func:`footprint.modelled.model`; practices without a place or patients are left out.

    Returns
    -------
    registrations
        practice_code, small_area_code, patients (the population, rounded), sorted by both codes.
    """
    practices, areas = practices.sort_index(), areas.sort_index()
    sites, homes = middles(practices), middles(areas)
    known = np.isfinite(sites[:, 0]) & (practices["list_size"] > 0).to_numpy()
    lived = np.isfinite(homes[:, 0]) & (areas["population"].fillna(0) > 0).to_numpy()
    # practices at one place: the first code has them all
    spots, first = np.unique(sites[known], axis=0, return_index=True)
    codes = practices.index[known][first]
    if not len(codes):
        return table_of(pd.DataFrame(columns=["practice_code"]), pd.Series(dtype="int64"))
    mine = areas[lived]
    out = pd.DataFrame(
        {
            "practice_code": codes.take(cKDTree(spots).query(homes[lived])[1]),
            "small_area_code": mine.index,
            "patients": mine["population"].round().astype("int64").to_numpy(),
        }
    )
    return table_of(out, pd.Series(dtype="int64"))


def voronoi(practices: gpd.GeoDataFrame, outline: shapely.Geometry) -> gpd.GeoSeries:
    """
    Draw the ground nearer to each practice than to any other. Illustrative: nobody is counted.

    Parameters
    ----------
    practices
        Index practice_code; geometry (Point or None, EPSG:27700).
    outline
        The patch; cells end there.

    Returns
    -------
    cells
        On the sorted index of ``practices``: (Multi)Polygon; None without a place, without ground
        inside the outline, and where a practice of a lower code stands at the same place.
    """
    practices = practices.sort_index()
    xy = middles(practices)
    known = np.flatnonzero(np.isfinite(xy[:, 0]))
    spots, first = np.unique(xy[known], axis=0, return_index=True)
    out = np.full(len(practices), None, dtype=object)
    if len(spots) == 1:
        out[known[first]] = outline
    elif len(spots):
        sites = shapely.multipoints(spots)
        cells = shapely.get_parts(
            shapely.voronoi_polygons(sites, extend_to=shapely.envelope(outline), ordered=True)
        )
        cells = shapely.intersection(cells, outline)
        out[known[first]] = np.where(shapely.area(cells) > 0, cells, None)
    return gpd.GeoSeries(out, index=practices.index, crs=practices.crs)


def by_ground(lists: pd.Series, cells: gpd.GeoSeries, areas: gpd.GeoSeries) -> pd.DataFrame:
    """
    Spread each list evenly over the ground of its practice's cell. Illustrative.

    Parameters
    ----------
    lists
        List sizes by practice_code (whole numbers).
    cells
        From :func:`voronoi`, on the same codes.
    areas
        Polygons by small_area_code, EPSG:27700.

    Returns
    -------
    registrations
        As of :func:`footprint.modelled.model`; lists of practices without a cell have the code
        EMPTY.
    """
    cells, areas = cells.sort_index(), areas.sort_index()
    lists = lists.reindex(cells.index)
    drawn = np.flatnonzero(cells.notna().to_numpy())
    shapes, ground = cells.to_numpy()[drawn], areas.to_numpy()
    cell, area = shapely.STRtree(ground).query(shapes, predicate="intersects")
    size = shapely.area(shapely.intersection(shapes[cell], ground[area]))
    order = np.lexsort((area, cell))
    order = order[size[order] > 0]
    # a compact number per practice that has ground here
    held, row = np.unique(cell[order], return_inverse=True)
    at = drawn[held]
    sums = np.bincount(row, weights=size[order], minlength=len(held))
    whole = share_out(lists.to_numpy(dtype=np.int64)[at], row, size[order] / sums[row])
    kept = whole > 0
    out = pd.DataFrame(
        {
            "practice_code": cells.index.take(at[row[kept]]),
            "small_area_code": areas.index.take(area[order][kept]),
            "patients": whole[kept],
        }
    )
    lost = lists.drop(cells.index[at])
    return table_of(out, lost[lost > 0])


def accuracy(
    modelled: pd.DataFrame, actual: pd.DataFrame, pcns: pd.Series, areas: pd.Index
) -> tuple[float, float]:
    """
    Compare modelled with actual registrations, PCN by PCN.

    Parameters
    ----------
    modelled, actual
        practice_code, small_area_code, patients.
    pcns
        PCN codes by practice_code; practices without one are left out.
    areas
        Small areas to compare.

    Returns
    -------
    right_pcn
        Share of the actual patients of these areas whom the model, too, has in that area and PCN.
    right_owner
        Share of areas with actual patients whose PCN with most patients is the same (ties: the
        lower code).
    """
    both = []
    for frame in (modelled, actual):
        rows = frame[frame["small_area_code"].isin(areas)]
        keys = [rows["small_area_code"], rows["practice_code"].map(pcns).rename("pcn_code")]
        both.append(rows.groupby(keys, sort=True)["patients"].sum())
    wide = pd.concat(both, axis=1, keys=["modelled", "actual"]).fillna(0).sort_index()
    right = wide.min(axis=1).sum() / wide["actual"].sum()
    owner = [
        series[series > 0].groupby(level=0).idxmax().str[1]
        for series in (wide["modelled"], wide["actual"])
    ]
    same = owner[0].reindex(owner[1].index) == owner[1]
    return float(right), float(same.mean())
