"""Footprints: which PCN each small area belongs to, and what that says of each PCN."""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import cKDTree

from footprint.patch import Patch
from footprint.schema import ANALYSIS_CRS
from footprint.segments import is_coverage


@dataclass(frozen=True)
class Footprints:
    """
    The patch's small areas shared out among PCNs.

    Parameters
    ----------
    pairs
        Every placed pair: small_area_code, pcn_code, patients, share (of all the area's
        registrations), owner (bool: the area is in the PCN's footprint), catchment (bool: the area
        is in its catchment; the patch's PCNs only). Sorted by both codes.
    owner
        Index small_area_code (the patch's): the PCN with most registered patients there; None
        where nobody of a PCN lives.
    ties
        small_area_code, pcn_codes (those that tied, ";" between), pcn_code (the one that got it).
    pcns
        Index pcn_code, the patch's PCNs: geometry (footprint in EPSG:27700, None without one),
        small_areas, footprint_patients (its own there), registrations (everybody's there),
        placed, retention, dominance, catchment_areas (small areas), catchment_patients (its own
        there).
    neighbours
        PCNs from outside that win small areas of the patch, index pcn_code: pcn_name, small_areas,
        patients (its own there), geometry (what it wins of the patch).
    areas
        The patch's small areas by small_area_code, EPSG:27700.
    clean
        They are a clean coverage, so that unions may follow shared edges.
    """

    pairs: pd.DataFrame
    owner: pd.Series
    ties: pd.DataFrame
    pcns: gpd.GeoDataFrame
    neighbours: gpd.GeoDataFrame
    areas: gpd.GeoSeries
    clean: bool

    @functools.cached_property
    def catchments(self) -> gpd.GeoSeries:
        """
        Catchments of the patch's PCNs, drawn when first asked for; they overlap.

        Index pcn_code: geometry in EPSG:27700, None for a PCN with nobody in the patch.
        """
        near = self.pairs[self.pairs["catchment"]]
        at = self.areas.index.get_indexer(pd.Index(near["small_area_code"]))
        return union_by(
            gpd.GeoSeries(self.areas.to_numpy()[at], crs=ANALYSIS_CRS),
            near["pcn_code"].reset_index(drop=True),
            clean=self.clean,
        ).reindex(self.pcns.index)


def footprints(patch: Patch) -> Footprints:
    """
    Give each small area of the patch to the PCN with most registered patients there.

    Ties go to the PCN whose nearest site is nearer to the area, then to the lower code. PCNs from
    outside the patch compete. Patients who live beyond the patch are in no footprint and in no
    catchment: a catchment reaches ``policy.catchment_share`` of the PCN's patients in the patch.
    """
    pairs = patch.pairs.copy()
    patients = pairs["patients"].to_numpy()
    # every code once; all else goes by place
    area, codes = _places(pairs["small_area_code"])
    pcn, names = _places(pairs["pcn_code"])
    pairs["share"] = pairs["patients"] / patch.area_totals.reindex(codes).to_numpy()[area]
    inside = (patch.small_areas.index.get_indexer(codes) >= 0)[area] & (patients > 0)
    most = np.zeros(len(codes), dtype=patients.dtype)
    np.maximum.at(most, area[inside], patients[inside])
    owner, ties = _settle(pairs[inside & (patients == most[area])], patch)
    owner = owner.reindex(patch.small_areas.index)
    areas = patch.small_areas.geometry
    clean = is_coverage(areas.to_numpy())
    owners = names.get_indexer(pd.Index(owner.reindex(codes)))
    pairs["owner"] = pcn == owners[area]

    mine = patch.pcns.index[patch.pcns["in_patch"]]
    geometry = union_by(areas, owner, clean=clean)

    # catchments overlap: an area stands in as many as it belongs to
    ours = pairs[(mine.get_indexer(names) >= 0)[pcn]]
    reached = catchment(ours, areas, share=patch.settings.policy.catchment_share)
    pairs["catchment"] = reached.reindex(pairs.index, fill_value=False)
    frame = gpd.GeoDataFrame(
        {
            "small_areas": owner.value_counts().reindex(mine, fill_value=0).astype(int),
            **_figures(patch, pairs, owner, mine),
        },
        geometry=geometry.reindex(mine),
        crs=ANALYSIS_CRS,
    )
    others = geometry[~geometry.index.isin(mine)]
    theirs = pairs[pairs["owner"]].groupby("pcn_code")["patients"].agg(["size", "sum"])
    theirs = theirs.reindex(others.index)
    neighbours = gpd.GeoDataFrame(
        {
            "pcn_name": patch.pcns["pcn_name"].reindex(others.index),
            "small_areas": theirs["size"].astype(int),
            "patients": theirs["sum"].astype("int64"),
        },
        geometry=others,
        crs=ANALYSIS_CRS,
    )
    return Footprints(
        pairs=pairs,
        owner=owner,
        ties=ties,
        pcns=frame,
        neighbours=neighbours,
        areas=areas,
        clean=clean,
    )


def _figures(
    patch: Patch, pairs: pd.DataFrame, owner: pd.Series, mine: pd.Index
) -> dict[str, pd.Series]:
    """Patients of each PCN of the patch: in its footprint, in all, in its catchment; shares."""
    pcn, names = _places(pairs["pcn_code"])
    patients = pairs["patients"].to_numpy()

    def counted(rows: npt.NDArray[np.bool_]) -> pd.Series:
        return pd.Series(np.bincount(pcn[rows], minlength=len(names)), index=names)

    def summed(rows: npt.NDArray[np.bool_]) -> pd.Series:
        # sums of whole numbers, exact in floats up to 9,007 billion
        sums = np.bincount(pcn[rows], patients[rows], minlength=len(names)).astype("int64")
        return pd.Series(sums, index=names).reindex(mine, fill_value=0)

    near = pairs["catchment"].to_numpy(dtype=bool)
    placed = summed(np.ones(len(pairs), dtype=bool))
    own = summed(pairs["owner"].to_numpy(dtype=bool))
    everybody = patch.area_totals.reindex(owner.index).groupby(owner).sum().reindex(mine)
    return {
        "footprint_patients": own,
        "registrations": everybody.fillna(0).astype("int64"),
        "placed": placed,
        "retention": own / placed.where(placed > 0),
        "dominance": own / everybody.where(everybody > 0),
        "catchment_areas": counted(near).reindex(mine, fill_value=0).astype(int),
        "catchment_patients": summed(near),
    }


def _places(codes: pd.Series) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """Places of codes in the index of the distinct ones, which is sorted."""
    place, distinct = pd.factorize(codes, sort=True)
    return place, pd.Index(distinct)


def restated(drawn: Footprints, patch: Patch) -> Footprints:
    """
    Tell the same footprints with other counts: who owns what stays, all else is new.

    Catchments follow the counts given: which areas they take tells how full these are. Of ties
    nothing is told: they say which of the other counts are equal.

    Parameters
    ----------
    drawn
        From :func:`footprints`.
    patch
        The same patch with other patients in ``pairs`` (row for row) and ``area_totals``.
    """
    pairs = drawn.pairs.assign(patients=patch.pairs["patients"].to_numpy())
    pairs["share"] = pairs["patients"] / pairs["small_area_code"].map(patch.area_totals)
    ours = pairs[pairs["pcn_code"].isin(drawn.pcns.index)]
    reached = catchment(ours, drawn.areas, share=patch.settings.policy.catchment_share)
    pairs["catchment"] = reached.reindex(pairs.index, fill_value=False)
    won = pairs[pairs["owner"]].groupby("pcn_code")["patients"].sum()
    return dataclasses.replace(
        drawn,
        pairs=pairs,
        ties=drawn.ties.iloc[:0],
        pcns=drawn.pcns.assign(**_figures(patch, pairs, drawn.owner, drawn.pcns.index)),
        neighbours=drawn.neighbours.assign(
            patients=won.reindex(drawn.neighbours.index).astype("int64")
        ),
    )


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


def own_reading(patch: Patch, drawn: Footprints) -> pd.DataFrame:
    """
    Read the patch's small areas against its own PCNs only, where that gives another owner.

    Returns
    -------
    readings
        small_area_code, owner_all (all PCNs of the registrations compete), owner_own (the patch's
        own only; "" where none of theirs lives there), patients_all, patients_own (those of each
        owner in the area); sorted by small area, empty where nothing differs.

    Notes
    -----
    Only an area that a PCN from outside has won can change hands, so only these are read again.
    """
    mine = drawn.pcns.index
    lost = drawn.owner[drawn.owner.notna() & ~drawn.owner.isin(mine)]
    pairs = drawn.pairs[
        drawn.pairs["small_area_code"].isin(lost.index) & (drawn.pairs["patients"] > 0)
    ]
    ours = pairs[pairs["pcn_code"].isin(mine)]
    most = ours.groupby("small_area_code")["patients"].transform("max")
    owner, _ = _settle(ours[ours["patients"] == most], patch)
    people = pairs.set_index(["small_area_code", "pcn_code"])["patients"]
    out = pd.DataFrame(
        {
            "small_area_code": lost.index,
            "owner_all": lost.to_numpy(),
            "owner_own": owner.reindex(lost.index).fillna("").to_numpy(),
        }
    ).astype("str")
    for reading in ("all", "own"):
        keys = pd.MultiIndex.from_frame(out[["small_area_code", f"owner_{reading}"]])
        out[f"patients_{reading}"] = people.reindex(keys, fill_value=0).to_numpy(dtype="int64")
    return out.sort_values("small_area_code", ignore_index=True)


def standing(patch: Patch, owner: pd.Series) -> pd.DataFrame:
    """
    Tell in whose footprint each practice of the patch stands.

    Parameters
    ----------
    patch
        Its practices with their places and its small areas.
    owner
        PCN by small area, from :func:`footprints`.

    Returns
    -------
    standing
        Index practice_code (those in the patch): stands_in_pcn (owner of the small area in which
        the practice stands; "" without a place, beyond the patch, or where nobody owns the area),
        in_own_footprint (1, 0; NA without a place or a PCN). A place on the line between two areas
        is in the one of the lower code.
    """
    mine = patch.practices[patch.practices["in_patch"]]
    tree = shapely.STRtree(patch.small_areas.geometry.to_numpy())
    at, area = tree.query(mine.geometry.to_numpy(), predicate="intersects")
    # areas are sorted by code: the first is the lowest
    hits = pd.Series(area, index=at).groupby(level=0).min()
    found = np.full(len(mine), "", dtype=object)
    found[hits.index] = owner.reindex(patch.small_areas.index).fillna("").to_numpy()[hits]
    stands = pd.Series(found, index=mine.index, dtype="str")
    same = (stands == mine["pcn_code"].fillna("")).astype("Int64")
    known = mine.geometry.notna() & mine["pcn_code"].notna()
    return pd.DataFrame({"stands_in_pcn": stands, "in_own_footprint": same.where(known)})


def union_by(areas: gpd.GeoSeries, label: pd.Series, *, clean: bool | None = None) -> gpd.GeoSeries:
    """
    Union polygons by label, at full resolution.

    Parameters
    ----------
    areas
        (n,) polygons on any index, in EPSG:27700.
    label
        Labels on the same index; areas without one are left out.
    clean
        Whether the areas of each label are a clean coverage; found out over all of them when None.

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
    if clean is None:
        clean = bool(len(values)) and is_coverage(values)
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
    patients = pairs["patients"].to_numpy()
    area, codes = _places(pairs["small_area_code"])
    pcn, _ = _places(pairs["pcn_code"])
    at = areas.index.get_indexer(codes)
    here = np.flatnonzero((at >= 0)[area] & (patients > 0))
    hectares = areas.area.to_numpy()[at] / 10_000
    density = patients[here] / hectares[area[here]]
    # codes are in order, so that their places sort as they do
    here = here[np.lexsort([area[here], -density, pcn[here]])]
    people, pcn = patients[here], pcn[here]
    # an area belongs while those before it have not reached the share; the rounding takes away
    # what a product such as 0.56 x 100 has too much
    first = np.flatnonzero(np.diff(pcn, prepend=-1))
    sums = np.add.reduceat(people, first) if len(first) else people
    rows = np.diff(np.append(first, len(pcn)))
    before = np.cumsum(people) - people - np.repeat(np.cumsum(sums) - sums, rows)
    inside = np.zeros(len(pairs), dtype=bool)
    inside[here] = before < np.repeat((share * sums).round(6), rows)
    return pd.Series(inside, index=pairs.index, name="catchment")
