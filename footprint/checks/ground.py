"""What the checks stand on: parts of footprints, places of practices, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from footprint.adjacency import components
from footprint.codes import among, looked_up
from footprint.footprints import Footprints, union_by
from footprint.patch import Patch
from footprint.schema import ANALYSIS_CRS
from footprint.words import proper


@dataclass(frozen=True)
class Ground:
    """
    Frames that several checks share.

    Parameters
    ----------
    patch, footprints, edges
        As made before; edges are those of :func:`footprint.adjacency.small_area_edges`.
    parts
        pcn_code, part (1 the largest by the PCN's own patients in it), patients, share, practices,
        small_areas, geometry; the patch's PCNs, sorted by code and part.
    part_of
        Index small_area_code: number of the part in its owner's footprint.
    places
        place (index), geometry (the mean point): where practices of a PCN work.
    at_place
        practice_code (index), place, pcn_code: the practices of every PCN that have a place; a
        practice with branches stands once for each.
    names
        PCN code to the name a reader sees.
    rural_share
        PCN code to the share of its footprint's patients in rural small areas, 0 to 1; NaN where
        classes lack.
    """

    patch: Patch
    footprints: Footprints
    edges: pd.DataFrame
    parts: gpd.GeoDataFrame
    part_of: pd.Series
    places: gpd.GeoSeries
    at_place: pd.DataFrame
    names: pd.Series
    rural_share: pd.Series

    @property
    def judged(self) -> Sequence[str]:
        """Codes of the patch's PCNs, sorted."""
        return list(self.footprints.pcns.index)


def prepare(patch: Patch, footprints: Footprints, edges: pd.DataFrame) -> Ground:
    """Work out what the checks share; see :class:`Ground`."""
    places, at_place = _places(patch)
    part_of, parts = _parts(patch, footprints, edges)
    return Ground(
        patch=patch,
        footprints=footprints,
        edges=edges,
        parts=parts,
        part_of=part_of,
        places=places,
        at_place=at_place,
        names=patch.pcns["pcn_name"].map(proper),
        rural_share=_rural_share(patch, footprints),
    )


def _rural_share(patch: Patch, footprints: Footprints) -> pd.Series:
    if patch.small_areas["rural"].isna().all():
        return pd.Series(np.nan, index=footprints.pcns.index, name="rural_share")
    own = footprints.pairs[footprints.pairs["owner"]]
    rural = own["small_area_code"].map(patch.small_areas["rural"]).astype("boolean")
    known = own[rural.notna()]
    people = known.groupby("pcn_code")["patients"].sum()
    inside = known[rural[rural.notna()].astype(bool)].groupby("pcn_code")["patients"].sum()
    share = inside.reindex(people.index, fill_value=0) / people.where(people > 0)
    return share.reindex(footprints.pcns.index).astype(float).rename("rural_share")


def _parts(
    patch: Patch, footprints: Footprints, edges: pd.DataFrame
) -> tuple[pd.Series, gpd.GeoDataFrame]:
    owner = footprints.owner[among(footprints.owner, footprints.pcns.index)]
    # one pass for all PCNs: only edges within a footprint join
    one, other = (looked_up(edges[end], owner) for end in ("a", "b"))
    label = components(edges[(one == other).fillna(value=False) & one.notna()], owner.index)
    own = footprints.pairs[footprints.pairs["owner"]].set_index("small_area_code")["patients"]
    frame = pd.DataFrame({"pcn_code": owner, "component": label.reindex(owner.index)})
    frame["patients"] = own.reindex(owner.index)
    sums = frame.groupby("component").agg(
        pcn_code=("pcn_code", "first"),
        patients=("patients", "sum"),
        small_areas=("patients", "size"),
    )
    # largest first; ties in the order of their lowest code
    sums = sums.reset_index().sort_values(
        ["pcn_code", "patients", "component"], ascending=[True, False, True], kind="stable"
    )
    sums["part"] = sums.groupby("pcn_code").cumcount() + 1
    sums["share"] = sums["patients"] / sums.groupby("pcn_code")["patients"].transform("sum")
    key = sums["pcn_code"] + "/" + sums["component"].astype(str)
    labels = frame["pcn_code"] + "/" + frame["component"].astype(str)
    # what is in one part is the whole footprint, which is drawn already
    whole = ~sums["pcn_code"].duplicated(keep=False).to_numpy()
    split = labels[frame["component"].isin(sums["component"][~whole])]
    geometry = union_by(patch.small_areas.geometry.loc[split.index], split, clean=footprints.clean)
    shapes = geometry.reindex(key).to_numpy()
    shapes[whole] = footprints.pcns.geometry.loc[sums["pcn_code"][whole]].to_numpy()
    parts = gpd.GeoDataFrame(
        sums.drop(columns="component"), geometry=shapes, crs=ANALYSIS_CRS
    ).reset_index(drop=True)
    parts["practices"] = _practices_in(patch, parts)
    part_of = frame["component"].map(sums.set_index("component")["part"])
    columns = ["pcn_code", "part", "patients", "share", "practices", "small_areas", "geometry"]
    return part_of, parts[columns]


def _practices_in(patch: Patch, parts: gpd.GeoDataFrame) -> np.ndarray:
    sited = patch.practices[patch.practices.geometry.notna() & patch.practices["pcn_code"].notna()]
    counts = np.zeros(len(parts), dtype=int)
    if not len(parts) or not len(sited):
        return counts
    tree = shapely.STRtree(parts.geometry.to_numpy())
    which, part = tree.query(sited.geometry.to_numpy(), predicate="intersects")
    same = sited["pcn_code"].to_numpy()[which] == parts["pcn_code"].to_numpy()[part]
    # a practice on the border of two parts counts once, in the larger
    which, part = which[same], part[same]
    _, once = np.unique(which, return_index=True)
    np.add.at(counts, part[once], 1)
    return counts


def _places(patch: Patch) -> tuple[gpd.GeoSeries, pd.DataFrame]:
    columns = ["postcode", "pcn_code", "geometry"]
    sited = patch.practices.loc[
        patch.practices.geometry.notna() & patch.practices["pcn_code"].notna(), columns
    ]
    if len(patch.branches):
        more = patch.branches.set_index("practice_code")[["postcode", "geometry"]]
        more["pcn_code"] = patch.practices["pcn_code"].reindex(more.index)
        sited = pd.concat([sited, more.loc[more["pcn_code"].notna(), columns]])
    if sited.empty:
        empty = pd.DataFrame({"place": [], "pcn_code": []})
        return gpd.GeoSeries([], crs=ANALYSIS_CRS), empty
    points = sited.geometry.to_numpy()
    metres = patch.settings.policy.same_place_m
    first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=metres)
    # practices with one postcode work in one place too
    code = sited["postcode"].astype("str").str.replace(" ", "", regex=False)
    groups = pd.Series(np.arange(len(sited))).groupby(code.to_numpy(), sort=False)
    leader = groups.transform("first").to_numpy()
    joined = code.to_numpy() != ""
    first = np.concatenate([first, np.flatnonzero(joined)])
    second = np.concatenate([second, leader[joined]])
    graph = coo_array(
        (np.ones(len(first), dtype=np.int8), (first, second)), shape=(len(sited),) * 2
    )
    _, labels = connected_components(graph, directed=False)
    label = pd.factorize(labels)[0]
    xy = pd.DataFrame(shapely.get_coordinates(points)).groupby(label).mean()
    places = gpd.GeoSeries.from_xy(xy[0], xy[1], crs=ANALYSIS_CRS)
    at_place = pd.DataFrame({"place": label, "pcn_code": sited["pcn_code"]}, index=sited.index)
    return places, at_place
