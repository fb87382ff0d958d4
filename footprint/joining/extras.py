"""What a patch may have beside the core: sites, lists, ages, attributes, localities, minutes."""

from __future__ import annotations

import re
from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.codes import among
from footprint.errors import Fault, InputError
from footprint.joining.common import points, some
from footprint.joining.practices import whole_sums
from footprint.schema import ANALYSIS_CRS, GROUPED, NUMBER
from footprint.sources import postcodes
from footprint.sources.tabular import Table
from footprint.words import counted


def candidate_sites(tables: Mapping[str, Table], warnings: list[str]) -> gpd.GeoDataFrame:
    """Return places that could be a base: index site_id, site_name, geometry; each once."""
    frame, lost = _sited(tables, "candidate_sites")
    if lost:
        warnings.append(f"{counted(lost, 'candidate site has', 'candidate sites have')} no place.")
    names = frame["site_code"].where(frame["site_code"] != "", frame["site_name"])
    # a code that stands for several places is told apart by number
    number = names.groupby(names).cumcount()
    index = names.where(number == 0, names + " " + (number + 1).astype(str))
    return gpd.GeoDataFrame(
        {"site_name": frame["site_name"].to_numpy()},
        geometry=frame.geometry.to_numpy(),
        index=pd.Index(index, name="site_id"),
        crs=ANALYSIS_CRS,
    ).sort_index()


def branches(
    tables: Mapping[str, Table], known: gpd.GeoDataFrame, warnings: list[str]
) -> gpd.GeoDataFrame:
    """Return where practices work beside their main place: practice_code, site_name, geometry."""
    frame, lost = _sited(tables, "sites")
    if lost:
        warnings.append(f"{counted(lost, 'branch has', 'branches have')} no known place.")
    strange = ~among(frame["practice_code"], known.index)
    if strange.any():
        warnings.append(
            f"{counted(int(strange.sum()), 'branch is', 'branches are')} of practices that are not"
            f" in the practice list and were set aside:"
            f" {some(sorted(set(frame.loc[strange, 'practice_code'])))}."
        )
    kept = frame.loc[~strange, ["practice_code", "site_name", "postcode", "geometry"]]
    return gpd.GeoDataFrame(kept, crs=ANALYSIS_CRS).reset_index(drop=True)


def _sited(tables: Mapping[str, Table], key: str) -> tuple[gpd.GeoDataFrame, int]:
    columns = ["practice_code", "site_code", "site_name", "postcode"]
    if key not in tables:
        empty = {name: pd.Series(dtype="str") for name in columns}
        return gpd.GeoDataFrame(empty, geometry=gpd.GeoSeries([], crs=ANALYSIS_CRS)), 0
    frame = tables[key].frame.reset_index(drop=True)
    place = points(frame)
    lost = np.array([point is None for point in place], dtype=bool)
    if "postcodes" in tables and lost.any():
        found = postcodes.find(frame.loc[lost, "postcode"], tables["postcodes"].frame)
        place[lost] = points(found)
        lost = np.array([point is None for point in place], dtype=bool)
    out = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(place, crs=ANALYSIS_CRS))
    return out[~lost].reset_index(drop=True), int(lost.sum())


def weighted(tables: Mapping[str, Table], known: gpd.GeoDataFrame) -> pd.Series:
    """Return lists weighted for need by practice (people); NaN where none is given."""
    if "weighted_lists" not in tables:
        return pd.Series(np.nan, index=known.index, name="weighted")
    lists = tables["weighted_lists"].frame.groupby("practice_code")["weighted"].sum()
    return lists.reindex(known.index).rename("weighted")


def attributes(
    tables: Mapping[str, Table], pcns: pd.DataFrame, warnings: list[str]
) -> pd.DataFrame:
    """Return a user's further columns by PCN (text): index pcn_code, the patch's PCNs."""
    mine = pcns.index[pcns["in_patch"]]
    if "attributes" not in tables:
        return pd.DataFrame(index=mine)
    frame = tables["attributes"].frame.set_index("pcn_code")
    strange = frame.index[~frame.index.isin(pcns.index)]
    if len(strange):
        warnings.append(
            f"Attributes of {counted(len(strange), 'PCN')} that no practice belongs to were set"
            f" aside: {some(strange)}."
        )
    return frame.reindex(mine).fillna("")


def drivers(
    tables: Mapping[str, Table],
    known: gpd.GeoDataFrame,
    pcns: pd.DataFrame,
    further: pd.DataFrame,
) -> pd.DataFrame:
    """
    Return the people that demand may be counted by.

    Returns
    -------
    drivers
        Index pcn_code (the patch's): registered; weighted, where such lists are given (NaN for a
        PCN with a practice that has none); ``age 0-4`` ... and ``age 0+``, ``age 5+`` ... where
        ages are given; each column of the attributes that is all numbers from 0.
    """
    mine = pcns.index[pcns["in_patch"]]
    out = pd.DataFrame({"registered": pcns.loc[mine, "list_size"].astype(float)}, index=mine)
    members = known[among(known["pcn_code"], mine)]
    if "weighted_lists" in tables:
        out["weighted"] = whole_sums(members["weighted"], members["pcn_code"])
    if "ages" in tables:
        ages = tables["ages"].frame
        pcn = ages["practice_code"].map(members["pcn_code"])
        table = ages["patients"].groupby([pcn, ages["age"]]).sum().unstack(fill_value=0)
        table = table.reindex(mine, fill_value=0)
        starts = {int(re.match(r"\d+", str(age))[0]): age for age in table}  # type: ignore[index]
        for start, age in sorted(starts.items()):
            out[f"age {str(age).replace('_', '-')}"] = table[age].astype(float)
            older = [name for first, name in starts.items() if first >= start]
            out[f"age {start}+"] = table[older].sum(axis=1).astype(float)
    for name in further:
        text = further[name].str.strip()
        grouped = text.str.fullmatch(GROUPED)
        text = text.where(~grouped, text.str.replace(",", ""))
        if name not in out and text.str.fullmatch(NUMBER).all() and (text.astype(float) >= 0).all():
            out[name] = text.astype(float)
    return out


def localities(
    tables: Mapping[str, Table],
    own: gpd.GeoDataFrame,
    areas: pd.DataFrame,
    warnings: list[str],
) -> pd.Series:
    """
    Tell in which locality each small area of the patch lies.

    Parameters
    ----------
    tables
        The files as read; localities by small area, or as polygons.
    own, areas
        The patch's small areas (index small_area_code), and all of the boundaries file, EPSG:27700.
    warnings
        What is set aside or left out is added.

    Returns
    -------
    localities
        Name by small area, on the index of ``own``; "" in none. A small area belongs, as a whole,
        to the polygon that holds its representative point (one on its surface); of several the
        one whose name comes first.
    """
    found = pd.Series("", index=own.index, dtype="str", name="locality")
    if "localities" not in tables:
        return found
    frame = tables["localities"].frame
    if isinstance(frame, gpd.GeoDataFrame):
        held = _holding(own, frame)
        idle = sorted(set(frame["locality"]) - set(held))
        if idle:
            warnings.append(
                f"{counted(len(idle), 'locality holds', 'localities hold')} no small area of the"
                f" patch: {some(idle)}."
            )
    else:
        held = frame.set_index("small_area_code")["locality"]
        strange = held.index[~held.index.isin(areas["small_area_code"])]
        if len(strange):
            are = counted(len(strange), "small area", "small areas")
            warnings.append(
                f"The localities name {are} that the boundaries do not hold: {some(strange)}."
            )
    found.update(held[held.index.isin(own.index)])
    lost = int((found == "").sum())
    if lost:
        warnings.append(
            f"{counted(lost, 'small area')} of the patch {'is' if lost == 1 else 'are'} in no"
            " locality; their people count as living outside their PCN's main locality."
        )
    return found


def _holding(own: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame) -> pd.Series:
    """Name of the polygon that holds each small area's representative point; held ones only."""
    points = shapely.point_on_surface(own.geometry.to_numpy())
    polygon, point = shapely.STRtree(points).query(
        polygons.geometry.to_numpy(), predicate="intersects"
    )
    names = pd.Series(polygons["locality"].to_numpy()[polygon], index=own.index[point])
    # a point on the edge of two, or in polygons that overlap, is in one all the same
    return names.groupby(level=0).min()


def outlines(tables: Mapping[str, Table]) -> gpd.GeoDataFrame:
    """Return outlines for orientation: name, geometry; empty where none are given."""
    if "outlines" not in tables:
        none = pd.Series([], dtype=object)
        return gpd.GeoDataFrame({"name": none}, geometry=gpd.GeoSeries([], crs=ANALYSIS_CRS))
    frame = tables["outlines"].frame
    return gpd.GeoDataFrame(frame[["name", "geometry"]], crs=ANALYSIS_CRS)


def times(tables: Mapping[str, Table], areas: pd.DataFrame) -> pd.DataFrame | None:
    """Return the user's minutes (base, small_area_code, minutes); None where not given."""
    if "travel_times" not in tables:
        return None
    table = tables["travel_times"]
    if not table.frame["small_area_code"].isin(areas["small_area_code"]).any():
        raise InputError(
            [
                Fault(
                    table.shown,
                    f"small areas such as {some(table.frame['small_area_code'].unique()[:3])}",
                    "small areas of the boundaries file: not one is there",
                )
            ]
        )
    return table.frame
