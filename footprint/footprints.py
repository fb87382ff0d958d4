"""Footprints: which PCN each small area belongs to, and what that says of each PCN."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from footprint.patch import Patch
from footprint.schema import ANALYSIS_CRS


@dataclass(frozen=True)
class Footprints:
    """
    The patch's small areas shared out among PCNs.

    Parameters
    ----------
    pairs
        Every placed pair: small_area_code, pcn_code, patients, share (of all the area's
        registrations), owner (bool: the area is in the PCN's footprint). Sorted by both codes.
    owner
        Index small_area_code (the patch's): the PCN with most registered patients there; None
        where nobody of a PCN lives.
    ties
        small_area_code, pcn_codes (those that tied, ";" between), pcn_code (the one that got it).
    pcns
        Index pcn_code, the patch's PCNs: geometry (footprint in EPSG:27700, None without one),
        small_areas, footprint_patients (its own there), registrations (everybody's there),
        placed, retention, dominance.
    neighbours
        The same geometry for PCNs from outside that win small areas of the patch.
    """

    pairs: pd.DataFrame
    owner: pd.Series
    ties: pd.DataFrame
    pcns: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame


def footprints(patch: Patch) -> Footprints:
    """
    Give each small area of the patch to the PCN with most registered patients there.

    Ties go to the PCN whose nearest site is nearer to the area, then to the lower code. PCNs from
    outside the patch compete. Patients who live beyond the patch are in no footprint.
    """
    pairs = patch.pairs.copy()
    pairs["share"] = pairs["patients"] / pairs["small_area_code"].map(patch.area_totals)
    inside = pairs[pairs["small_area_code"].isin(patch.small_areas.index) & (pairs["patients"] > 0)]
    most = inside.groupby("small_area_code")["patients"].transform("max")
    first = inside[inside["patients"] == most]
    owner, ties = _settle(first, patch)
    owner = owner.reindex(patch.small_areas.index)
    pairs["owner"] = pairs["pcn_code"].to_numpy() == pairs["small_area_code"].map(owner).to_numpy()

    # figures by PCN
    mine = patch.pcns.index[patch.pcns["in_patch"]]
    placed = pairs.groupby("pcn_code")["patients"].sum().reindex(mine, fill_value=0)
    own = pairs[pairs["owner"]].groupby("pcn_code")["patients"].sum().reindex(mine, fill_value=0)
    everybody = patch.area_totals.reindex(owner.index).groupby(owner).sum().reindex(mine)
    geometry = union_by(patch.small_areas.geometry, owner)
    frame = gpd.GeoDataFrame(
        {
            "small_areas": owner.value_counts().reindex(mine, fill_value=0).astype(int),
            "footprint_patients": own,
            "registrations": everybody.fillna(0).astype("int64"),
            "placed": placed,
            "retention": own / placed.where(placed > 0),
            "dominance": own / everybody.where(everybody > 0),
        },
        geometry=geometry.reindex(mine),
        crs=ANALYSIS_CRS,
    )
    others = geometry[~geometry.index.isin(mine)]
    names = patch.pcns["pcn_name"].reindex(others.index)
    neighbours = gpd.GeoDataFrame({"pcn_name": names}, geometry=others, crs=ANALYSIS_CRS)
    return Footprints(pairs=pairs, owner=owner, ties=ties, pcns=frame, neighbours=neighbours)


def _settle(first: pd.DataFrame, patch: Patch) -> tuple[pd.Series, pd.DataFrame]:
    tied = first["small_area_code"].duplicated(keep=False)
    clear = first[~tied].set_index("small_area_code")["pcn_code"]
    columns = ["small_area_code", "pcn_codes", "pcn_code"]
    if not tied.any():
        return clear, pd.DataFrame(columns=columns)
    contest = first[tied].copy()
    contest["distance"] = np.inf
    sites = patch.practices[patch.practices.geometry.notna()]
    for code, rows in contest.groupby("pcn_code"):
        known = sites.geometry[sites["pcn_code"] == code]
        if len(known):
            xy = patch.centres.loc[rows["small_area_code"]].to_numpy()
            tree = cKDTree(shapely.get_coordinates(known.to_numpy()))
            contest.loc[rows.index, "distance"] = tree.query(xy)[0]
    contest = contest.sort_values(["small_area_code", "distance", "pcn_code"], kind="stable")
    won = contest.drop_duplicates("small_area_code").set_index("small_area_code")["pcn_code"]
    codes = contest.sort_values("pcn_code").groupby("small_area_code")["pcn_code"].agg(";".join)
    ties = pd.DataFrame({"pcn_codes": codes, "pcn_code": won}).rename_axis("small_area_code")
    return pd.concat([clear, won]).sort_index(), ties.reset_index()[columns]


def union_by(areas: gpd.GeoSeries, label: pd.Series) -> gpd.GeoSeries:
    """
    Union polygons by label, at full resolution.

    Parameters
    ----------
    areas
        (n,) polygons on any index, in EPSG:27700.
    label
        Labels on the same index; areas without one are left out.

    Returns
    -------
    unions
        A geometry per label, sorted by label.

    Notes
    -----
    Where the polygons are a clean coverage the union follows shared edges (fast); else it is
    the general one.
    """
    kept = label.notna().to_numpy()
    values, labels = areas.to_numpy()[kept], label.to_numpy()[kept].astype(str)
    order = np.argsort(labels, kind="stable")
    names, starts = np.unique(labels[order], return_index=True)
    groups = np.split(values[order], starts[1:]) if len(names) else []
    clean = bool(len(values)) and shapely.coverage_is_valid(values)
    merged = [shapely.coverage_union_all(g) if clean else shapely.union_all(g) for g in groups]
    return gpd.GeoSeries(merged, index=pd.Index(names, dtype="str"), crs=areas.crs)


def catchment(pairs: pd.DataFrame, areas: gpd.GeoSeries, *, share: float = 0.8) -> pd.Series:
    """
    Find the small areas that it takes to reach a share of each PCN's patients.

    Parameters
    ----------
    pairs
        small_area_code, pcn_code, patients.
    areas
        Polygons in EPSG:27700 by small_area_code; pairs elsewhere are left out.
    share
        Share of the PCN's patients in ``areas`` to reach, 0 to 1.

    Returns
    -------
    inside
        Boolean on the index of ``pairs``: the area is in that PCN's catchment. Areas with most of
        the PCN's patients per hectare come first; catchments of PCNs overlap.
    """
    here = pairs[pairs["small_area_code"].isin(areas.index) & (pairs["patients"] > 0)].copy()
    hectares = areas.area / 10_000
    here["density"] = here["patients"] / here["small_area_code"].map(hectares)
    here = here.sort_values(
        ["pcn_code", "density", "small_area_code"], ascending=[True, False, True], kind="stable"
    )
    grouped = here.groupby("pcn_code")["patients"]
    # an area belongs while those before it have not reached the share
    before = grouped.cumsum() - here["patients"]
    inside = before < share * grouped.transform("sum")
    return inside.reindex(pairs.index, fill_value=False).rename("catchment")
