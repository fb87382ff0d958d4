"""From an analysis to what a reader is shown: the tables of the contract and the map's layers."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import shapely

from footprint.codes import among
from footprint.footprints import standing, union_by
from footprint.joining.common import union
from footprint.report import nations
from footprint.schema import ANALYSIS_CRS

#: land is drawn this far around, as a share of the patch's longer side
MARGIN = 0.6
#: columns that the GeoPackage has beside the table's
TAKEN = frozenset({"fid", "geom", "geometry", "label", "mark"})
#: a file of so many small areas is a country's: around the patch, what it lacks is sea
COUNTRY = 30_000
#: metres around the patch in which any other file is taken to have all land
NEAR_M = 4_500.0

if TYPE_CHECKING:
    from footprint.checks import Checked
    from footprint.footprints import Footprints
    from footprint.patch import Patch


def pcns(patch: Patch, footprints: Footprints, checked: Checked) -> pd.DataFrame:
    """Return one row per PCN of the patch: size, shape, figures and verdict."""
    mine = patch.pcns.loc[footprints.pcns.index]
    counted = checked.parts[checked.parts["matters"]].groupby("pcn_code").size()
    out = pd.DataFrame(
        {
            "pcn_code": mine.index,
            "pcn_name": mine["pcn_name"].to_numpy(),
            "commissioner_code": mine["commissioner_code"].to_numpy(),
            "practices": mine["practices"].to_numpy(),
            "list_size": mine["list_size"].to_numpy(),
            "parts": counted.reindex(mine.index, fill_value=0).to_numpy(),
            "retention": footprints.pcns["retention"].to_numpy(),
            "dominance": footprints.pcns["dominance"].to_numpy(),
            "flags": checked.overall["flags"].reindex(mine.index).to_numpy(),
            "verdict": checked.overall["verdict"].reindex(mine.index).to_numpy(),
            "reasons": checked.overall["reasons"].reindex(mine.index).to_numpy(),
            "weight": checked.overall["weight"].reindex(mine.index).to_numpy(),
            "commissioner_name": mine["commissioner_name"].to_numpy(),
            "icb_code": mine["icb_code"].to_numpy(),
            "icb_name": mine["icb_name"].to_numpy(),
            "small_areas": footprints.pcns["small_areas"].to_numpy(),
            "square_km": (footprints.pcns.geometry.area / 1e6).fillna(0).round(2).to_numpy(),
        }
    )
    if patch.pcns.loc[mine.index, "weighted"].notna().any():
        out["weighted_list"] = mine["weighted"].round(0).to_numpy()
    for figure in ("catchment_areas", "catchment_patients"):
        out[figure] = footprints.pcns[figure].to_numpy()
    outside = checked.outside.reindex(mine.index)
    # a share that no file tells has no column
    for figure in outside.columns[(outside.notna() & (outside != "")).any()]:
        out[figure] = outside[figure].to_numpy()
    for name in patch.attributes:
        # a user's column never takes the place of one of ours
        ours = name in out or name in TAKEN
        out[f"{name} (attribute)" if ours else name] = patch.attributes[name].to_numpy()
    return out.reset_index(drop=True)


def parts(checked: Checked) -> pd.DataFrame:
    """Return one row per part of a footprint, fragments included."""
    columns = ["pcn_code", "part", "patients", "share", "practices", "small_areas", "between"]
    return pd.DataFrame(checked.parts[columns])


def small_areas(footprints: Footprints) -> pd.DataFrame:
    """Return every placed pair of small area and PCN, neighbours included."""
    out = footprints.pairs[["small_area_code", "pcn_code", "patients", "share"]].copy()
    for name in ("owner", "catchment"):
        out[name] = footprints.pairs[name].astype(int)
    return out


def practices(
    patch: Patch, footprints: Footprints, *, spread: Collection[str] = ()
) -> pd.DataFrame:
    """
    Return one row per practice of the patch, with the footprint in which it stands.

    ``spread`` are codes of practices whose patients live all over the country.
    """
    mine = patch.practices[patch.practices["in_patch"]]
    stands = standing(patch, footprints.owner)
    return pd.DataFrame(
        {
            "practice_code": mine.index,
            "practice_name": mine["practice_name"].to_numpy(),
            "postcode": mine["postcode"].to_numpy(),
            "pcn_code": mine["pcn_code"].fillna("").to_numpy(),
            "list_size": mine["list_size"].to_numpy(),
            "commissioner_code": mine["commissioner_code"].to_numpy(),
            "registered_patients": mine["registered"].to_numpy(),
            "in_own_footprint": stands["in_own_footprint"].array,
            "stands_in_pcn": stands["stands_in_pcn"].to_numpy(),
            "spread": mine.index.isin(list(spread)).astype(int),
        }
    )


def layers(
    patch: Patch,
    footprints: Footprints,
    checked: Checked,
    pcn_table: pd.DataFrame,
    around: gpd.GeoDataFrame,
) -> dict[str, gpd.GeoDataFrame]:
    """
    Return what maps draw, in EPSG:27700 at full resolution; see the docs for the columns.

    ``around`` is from :func:`surroundings`.
    """
    return {
        "pcns": gpd.GeoDataFrame(
            pcn_table, geometry=footprints.pcns.geometry.to_numpy(), crs=ANALYSIS_CRS
        ),
        "small_areas": _small_area_layer(patch, footprints),
        "parts": checked.parts.drop(columns="matters"),
        "catchments": gpd.GeoDataFrame(
            {"pcn_code": footprints.catchments.index},
            geometry=footprints.catchments.to_numpy(),
            crs=ANALYSIS_CRS,
        ),
        "practices": _practice_layer(patch, checked.spread),
        "branches": _branch_layer(patch),
        "bases": _base_layer(patch),
        "neighbours": gpd.GeoDataFrame(
            footprints.neighbours.rename_axis("pcn_code").reset_index(), crs=ANALYSIS_CRS
        ),
        "evidence": checked.evidence,
        "commissioners": _commissioner_layer(patch, footprints),
        "localities": _locality_layer(patch),
        "outlines": _outline_layer(patch),
        "places": patch.places,
        "surroundings": around,
    }


def _small_area_layer(patch: Patch, footprints: Footprints) -> gpd.GeoDataFrame:
    areas = patch.small_areas
    owned = footprints.pairs[footprints.pairs["owner"]].set_index("small_area_code")
    everybody = patch.area_totals.reindex(areas.index, fill_value=0)
    patients = owned["patients"].reindex(areas.index, fill_value=0)
    few = everybody < patch.settings.policy.few_registrations
    return gpd.GeoDataFrame(
        {
            "small_area_code": areas.index,
            "small_area_name": areas["small_area_name"].to_numpy(),
            "pcn_code": footprints.owner.to_numpy(),
            "patients": patients.to_numpy(),
            "registrations": everybody.to_numpy(),
            "dominance": (patients / everybody.where(everybody > 0)).to_numpy(),
            "elsewhere": (few & lonely(patch)).to_numpy(),
        },
        geometry=areas.geometry.to_numpy(),
        crs=ANALYSIS_CRS,
    )


def lonely(patch: Patch) -> bool:
    """Whether the registrations hold no neighbours: nobody from outside competes at the border."""
    return not patch.settings.scope.everything and bool(patch.pcns["in_patch"].all())


def _practice_layer(patch: Patch, spread: Collection[str]) -> gpd.GeoDataFrame:
    mine = patch.practices[patch.practices["in_patch"]]
    columns = ["practice_code", "practice_name", "postcode", "pcn_code", "pcn_name", "list_size"]
    frame = mine.reset_index()[[*columns, "geometry"]]
    frame["pcn_code"] = frame["pcn_code"].astype(object).where(frame["pcn_code"].notna(), None)
    frame["spread"] = frame["practice_code"].isin(list(spread))
    return gpd.GeoDataFrame(frame, crs=ANALYSIS_CRS)


def _branch_layer(patch: Patch) -> gpd.GeoDataFrame:
    """Branch surgeries of the patch's practices, apart from their main places."""
    mine = patch.practices[patch.practices["in_patch"]]
    frame = patch.branches[patch.branches["practice_code"].isin(mine.index)].reset_index(drop=True)
    frame["practice_name"] = frame["practice_code"].map(mine["practice_name"])
    frame["pcn_code"] = frame["practice_code"].map(mine["pcn_code"]).astype(object)
    frame["pcn_code"] = frame["pcn_code"].where(frame["pcn_code"].notna(), None)
    columns = ["practice_code", "practice_name", "site_name", "postcode", "pcn_code", "geometry"]
    return gpd.GeoDataFrame(frame[columns], crs=ANALYSIS_CRS)


def _base_layer(patch: Patch) -> gpd.GeoDataFrame:
    frame = patch.teams.reset_index()
    names = patch.services.set_index("service_id")["service_name"]
    frame["service_name"] = frame["service_id"].map(names)
    columns = ["team_id", "team_name", "service_id", "service_name", "base_name", "wte"]
    return gpd.GeoDataFrame(frame[[*columns, "geometry"]], crs=ANALYSIS_CRS)


def _commissioner_layer(patch: Patch, footprints: Footprints) -> gpd.GeoDataFrame:
    codes = patch.small_areas["commissioner_code"]
    outlines = union_by(
        patch.small_areas.geometry, codes.where(codes != ""), clean=footprints.clean
    )
    known = patch.pcns.drop_duplicates("commissioner_code").set_index("commissioner_code")
    names = known["commissioner_name"].reindex(outlines.index).fillna("")
    return gpd.GeoDataFrame(
        {"commissioner_code": outlines.index, "commissioner_name": names.to_numpy()},
        geometry=outlines.to_numpy(),
        crs=ANALYSIS_CRS,
    )


def _locality_layer(patch: Patch) -> gpd.GeoDataFrame:
    """Localities as they are counted by: whole small areas."""
    name = patch.small_areas["locality"]
    drawn = union_by(patch.small_areas.geometry, name.where(name != ""))
    return gpd.GeoDataFrame({"locality": drawn.index}, geometry=drawn.to_numpy(), crs=ANALYSIS_CRS)


def _outline_layer(patch: Patch) -> gpd.GeoDataFrame:
    """Outlines for orientation that come within a wide screen's sight."""
    seen = patch.outlines.intersects(_frame(patch))
    return gpd.GeoDataFrame(patch.outlines[seen].reset_index(drop=True), crs=ANALYSIS_CRS)


def _frame(patch: Patch) -> shapely.Polygon:
    """As far around the patch as a wide screen shows."""
    west, south, east, north = patch.small_areas.total_bounds
    margin = max(east - west, north - south) * MARGIN
    return shapely.box(west - margin, south - margin, east + margin, north + margin)


def surroundings(patch: Patch) -> gpd.GeoDataFrame:
    """Land around the patch, and ``reach_m``: how far around it there is no other."""
    areas = patch.tables["small_areas"].frame
    frame = _frame(patch)
    reach, beyond = NEAR_M, []
    if len(areas) >= COUNTRY:
        reach = float(patch.small_areas.total_bounds[0] - frame.bounds[0])
        beyond = nations.missing(areas["small_area_code"])
    near = ~among(areas["small_area_code"], patch.small_areas.index)
    near &= areas.intersects(frame).to_numpy()
    shapes = areas.geometry.to_numpy()[near]
    if not len(shapes):
        return gpd.GeoDataFrame({"reach_m": []}, geometry=gpd.GeoSeries([], crs=ANALYSIS_CRS))
    land = shapely.clip_by_rect(shapely.union_all([union(shapes), *beyond]), *frame.bounds)
    return gpd.GeoDataFrame({"reach_m": [reach]}, geometry=[land], crs=ANALYSIS_CRS)
