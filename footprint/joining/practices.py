"""Practices and PCNs of a patch: lists, places, scope, and who is in."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.joining.common import points, some
from footprint.schema import ANALYSIS_CRS
from footprint.settings import Settings
from footprint.sources import postcodes
from footprint.sources.tabular import Table
from footprint.words import Words, counted, proper


def practices(tables: Mapping[str, Table], warnings: list[str]) -> gpd.GeoDataFrame:
    """Join lists, registrations and places to the practice list: index practice_code, sorted."""
    frame = tables["practices"].frame.set_index("practice_code").sort_index()
    frame = frame.drop(columns=["extract_date"])
    frame["registered"] = np.nan
    if "registrations" in tables:
        sums = tables["registrations"].frame.groupby("practice_code")["patients"].sum()
        frame["registered"] = sums.reindex(frame.index)
    if "list_sizes" in tables:
        lists = tables["list_sizes"].frame.set_index("practice_code")["patients"]
        frame["list_size"] = lists.reindex(frame.index)
        strange = lists[frame.index.get_indexer(lists.index) < 0]
        if len(strange):
            warnings.append(
                f"{counted(len(strange), 'practice')} of the list-size file"
                f" ({strange.sum():,} patients) {'is' if len(strange) == 1 else 'are'} not in the"
                f" practice list and {'was' if len(strange) == 1 else 'were'} set aside:"
                f" {some(strange.index)}."
            )
    else:
        frame["list_size"] = frame["registered"]
    without = frame.index[frame["list_size"].isna()]
    if len(without):
        warnings.append(
            f"{counted(len(without), 'practice has', 'practices have')} no list size and"
            f" {'counts' if len(without) == 1 else 'count'} by"
            f" {'its' if len(without) == 1 else 'their'} registrations, or as 0 where there are"
            f" none: {some(without)}."
        )
    frame["list_size"] = frame["list_size"].fillna(frame["registered"]).fillna(0).astype("int64")
    frame["registered"] = frame["registered"].fillna(0).astype("int64")
    frame["approximate"] = False
    place = np.full(len(frame), None, dtype=object)
    if "locations" in tables:
        where = tables["locations"].frame.set_index("practice_code").reindex(frame.index)
        place = points(where)
    lost = np.array([point is None for point in place], dtype=bool)
    if "postcodes" in tables and lost.any():
        found = postcodes.find(frame.loc[lost, "postcode"], tables["postcodes"].frame)
        place[lost] = points(found)
        frame.loc[lost, "approximate"] = found["approximate"].astype(bool)
    return gpd.GeoDataFrame(
        frame, geometry=gpd.GeoSeries(place, index=frame.index, crs=ANALYSIS_CRS)
    )


def mark_scope(settings: Settings, known: gpd.GeoDataFrame, words: Words) -> None:
    """Mark the practices that lie in the scope; raise when a code of the scope matches nothing."""
    scope, shown = settings.scope, str(settings.file)
    file = settings.shown("practices")
    if scope.everything:
        known["in_scope"] = True
        return
    wanted: tuple[str, ...]
    if scope.icb is not None:
        kind, wanted, columns = words.system, (scope.icb,), ["icb_code", "icb_ons"]
    elif scope.commissioners:
        kind, wanted = words.commissioner, scope.commissioners
        columns = ["commissioner_code", "commissioner_ons"]
    else:
        kind, wanted, columns = "PCN", scope.pcns, ["pcn_code"]
    faults = []
    inside = np.zeros(len(known), dtype=bool)
    for code in wanted:
        hit = known[columns].eq(code).any(axis=1).to_numpy()
        if not hit.any():
            some = sorted({c for c in known[columns[0]].dropna() if c})[:6]
            faults.append(
                Fault(
                    shown,
                    f"{kind} {code!r}, which no practice of {file} has",
                    f"a code that is there, such as {', '.join(some)}",
                    column="[patch]",
                )
            )
        inside |= hit
    if faults:
        raise InputError(faults)
    known["in_scope"] = inside


def warn_of_lost(
    settings: Settings, known: gpd.GeoDataFrame, words: Words, warnings: list[str]
) -> None:
    """Warn of practices of the scope that are not the patch's, because their PCN is elsewhere."""
    lost = known[known["in_scope"] & ~known["in_patch"]]
    if lost.empty:
        return
    is_one = len(lost) == 1
    whose = f"{words.system}" if settings.scope.icb is not None else f"{words.commissioner}s"
    groups = lost.sort_values("pcn_code", kind="stable").groupby("pcn_code", sort=False)
    told = [f"{some(rows.index)} ({proper(rows['pcn_name'].iloc[0])})" for _, rows in groups]
    warnings.append(
        f"{counted(len(lost), 'practice')} of the patch's {whose} with"
        f" {int(lost['list_size'].sum()):,} patients {'is' if is_one else 'are'} in"
        f" {'a PCN' if len(groups) == 1 else 'PCNs'} most of whose list is elsewhere, and"
        f" {'is' if is_one else 'are'} not the patch's: {some(told)}."
    )


def pcns(known: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum practices up to PCNs; a PCN is in the patch when most of its list is."""
    members = known[known["pcn_code"].notna()].drop(columns="geometry")
    # by patients, ties to the lower code: a PCN's commissioner is that of most of its patients
    out = pd.DataFrame(
        {
            "pcn_name": _most(members, "pcn_name"),
            "commissioner_code": _most(members, "commissioner_code"),
            "icb_code": _most(members, "icb_code"),
        }
    )
    for kind in ("commissioner", "icb"):
        names = members.drop_duplicates(f"{kind}_code").set_index(f"{kind}_code")[f"{kind}_name"]
        out[f"{kind}_name"] = out[f"{kind}_code"].map(names)
    grouped = members.groupby("pcn_code", sort=True)
    out["practices"] = grouped.size()
    out["list_size"] = grouped["list_size"].sum()
    out["weighted"] = whole_sums(members["weighted"], members["pcn_code"])
    inside = members["list_size"].where(members["in_scope"], 0).groupby(members["pcn_code"]).sum()
    whole = grouped["in_scope"].all()
    out["in_patch"] = (inside > out["list_size"] / 2) | whole
    out["pcn_name"] = out["pcn_name"].mask(out["pcn_name"] == "", out.index.to_series())
    return out.sort_index()


def whole_sums(values: pd.Series, group: pd.Series) -> pd.Series:
    """Sum by group, sorted; NaN where a value lacks: the sum of the others would be too small."""
    lacks = values.isna().groupby(group, sort=True).any()
    grouped = values.groupby(group, sort=True)
    if lacks.all():
        return pd.Series(np.nan, index=lacks.index, name=values.name)
    return grouped.agg(lambda lists: lists.sum(skipna=False))


def _most(members: pd.DataFrame, column: str) -> pd.Series:
    weights = members.groupby(["pcn_code", column], sort=True)["list_size"].sum().reset_index()
    weights = weights.sort_values(
        ["pcn_code", "list_size", column], ascending=[True, False, True], kind="stable"
    )
    return weights.drop_duplicates("pcn_code").set_index("pcn_code")[column]


def warn(settings: Settings, known: gpd.GeoDataFrame, words: Words, warnings: list[str]) -> None:
    """Warn of practices without a place and of those that their PCN takes out of the patch."""
    warn_of_places(known, warnings)
    warn_of_lost(settings, known, words, warnings)


def warn_of_places(known: gpd.GeoDataFrame, warnings: list[str]) -> None:
    """Warn of the patch's practices that have no place, or only an approximate one."""
    mine = known[known["in_patch"]]
    lost = mine.index[mine.geometry.isna()]
    if len(lost):
        have = counted(len(lost), "practice has", "practices have")
        warnings.append(f"{have} no known place: {some(lost)}.")
    near = mine.index[mine["approximate"]]
    if len(near):
        warnings.append(
            f"{counted(len(near), 'practice stands', 'practices stand')} at"
            f" {'its' if len(near) == 1 else 'their'} postcode sector's centre, because the"
            f" postcode is not known: {some(near)}."
        )
