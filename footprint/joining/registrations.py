"""Registrations of a patch: placed or counted by reason, held against the lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from footprint import modelled, nearby
from footprint.errors import Fault, InputError
from footprint.joining.common import points, some, union
from footprint.settings import Settings
from footprint.sources import registrations as source
from footprint.sources.tabular import Table
from footprint.words import counted


def given_or_modelled(
    settings: Settings,
    tables: Mapping[str, Table],
    known: gpd.GeoDataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> tuple[pd.DataFrame, str]:
    """
    Return the registrations given, or a model of them, and in words why they are a model.

    Without a registrations file they are modelled by gravity from list sizes and populations;
    without populations either, each list is spread over the ground nearest to its practice.
    """
    if "registrations" in tables:
        return tables["registrations"].frame, ""
    areas = tables["small_areas"].frame.set_index("small_area_code")
    listed = known[known["list_size"] > 0]
    if "populations" not in tables:
        outline = union(own.geometry.to_numpy())
        cells = nearby.voronoi(listed, outline)
        frame = nearby.by_ground(listed["list_size"], cells, own.geometry)
        return frame, "illustrative: each list is spread over the ground nearest to its practice"
    people = tables["populations"].frame.set_index("small_area_code")["population"]
    areas = areas.assign(population=people.reindex(areas.index))
    if "small_area_lookup" in tables:
        # people across a border whose practices are not in the files belong to nobody here
        look = tables["small_area_lookup"].frame.set_index("small_area_code")
        codes = set(listed["commissioner_code"]) | set(listed["commissioner_ons"])
        mine = look["commissioner_code"].reindex(areas.index).isin(codes - {""})
        areas = areas[mine | areas.index.isin(own.index)]
    if not settings.scope.everything:
        inside = listed.index[listed["in_patch"]]
        listed, areas = nearby.around(listed, areas, inside, own.index)
    if "postcodes" in tables:
        places = tables["postcodes"].frame.dropna(subset=["x", "y"])
        xy = shapely.get_coordinates(points(places))
        areas = areas.set_geometry(nearby.centres(areas.geometry, xy))
    frame, report = modelled.model(listed, areas)
    if not settings.scope.everything:
        # practices and areas around only competed: what is modelled among them is of no use here
        mine = frame["practice_code"].isin(known.index[known["in_patch"]])
        frame = frame[mine | frame["small_area_code"].isin(own.index)].reset_index(drop=True)
    warnings += report.sentences()
    return frame, "modelled from list sizes and populations, as no registrations are given"


@dataclass(frozen=True)
class Keys:
    """
    The codes of registrations as places in lists of the distinct ones, found once for all joins.

    ``practice`` and ``area`` (n,) point into ``practices`` and ``areas``, which hold every code of
    the registrations once, and may hold more.
    """

    practice: npt.NDArray[np.intp]
    practices: pd.Index
    area: npt.NDArray[np.intp]
    areas: pd.Index

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Keys:
        """Find those of a frame of practice_code and small_area_code."""
        practice, practices = pd.factorize(frame["practice_code"])
        area, areas = pd.factorize(frame["small_area_code"])
        return cls(practice, pd.Index(practices), area, pd.Index(areas))

    def take(self, keep: npt.NDArray[np.bool_]) -> Keys:
        """Return those of some of the rows."""
        return replace(self, practice=self.practice[keep], area=self.area[keep])


def place(
    frame: pd.DataFrame,
    path: str,
    known: gpd.GeoDataFrame,
    areas: pd.DataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> tuple[pd.DataFrame, Keys, pd.DataFrame, dict[str, int]]:
    """
    Tell registrations that are placed from those that are not, and count both.

    Returns
    -------
    registrations, keys, unplaced, counts
        With ``reason`` ("" where placed); their codes; patients by reason; patients by what became
        of them.
    """
    patients = frame["patients"].to_numpy()
    registered = int(patients.sum())
    keys = Keys.of(frame)
    strange = (known.index.get_indexer(keys.practices) < 0)[keys.practice]
    aside = int(patients[strange].sum())
    if aside == registered:
        raise InputError(
            [
                Fault(
                    path,
                    f"practices such as {some(sorted(set(frame['practice_code'])))}",
                    "practices of the practice list: not one is there",
                )
            ]
        )
    if strange.any():
        codes = sorted(set(frame.loc[strange, "practice_code"]))
        warnings.append(
            f"{counted(len(codes), 'practice')} of the registrations ({aside:,} patients)"
            f" {'is' if len(codes) == 1 else 'are'} not in the practice list and"
            f" {'was' if len(codes) == 1 else 'were'} set aside: {some(codes)}."
        )
        frame, keys = frame[~strange].reset_index(drop=True), keys.take(~strange)
        patients = patients[~strange]
    there = pd.Index(areas["small_area_code"]).unique().get_indexer(keys.areas) >= 0
    lost = ~there[keys.area]
    words = np.full(len(there), "", dtype=object)
    words[~there] = [source.reason(code) for code in keys.areas[~there]]
    frame = frame.assign(reason=pd.Series(words, dtype="str").take(keys.area).array)
    placed = int(patients[~lost].sum())
    if not placed:
        raise InputError(
            [
                Fault(
                    path,
                    f"small areas such as {some(sorted(set(frame['small_area_code'])))}",
                    "codes of the boundaries file: not one is there",
                )
            ]
        )
    unplaced = frame[lost].groupby("reason", sort=True)["patients"].sum().reset_index()
    unplaced = unplaced.sort_values(["patients", "reason"], ascending=[False, True])
    at = known.index.get_indexer(keys.practices)
    mine = (known["in_patch"].to_numpy(dtype=bool)[at] & (at >= 0))[keys.practice]
    in_pcn = (known["pcn_code"].notna().to_numpy()[at] & (at >= 0))[keys.practice]
    if not patients[mine & in_pcn & ~lost].any():
        members = known.index[known["in_patch"] & known["pcn_code"].notna()]
        wanted = f"patients of {some(members)}" if len(members) else "practices that are in a PCN"
        raise InputError([Fault(path, "nobody who is registered in a PCN of the patch", wanted)])
    outside = mine & in_pcn & ~lost & (own.index.get_indexer(keys.areas) < 0)[keys.area]
    counts = {
        "registered": registered,
        "placed": placed,
        "outside_patch": int(patients[outside].sum()),
        "no_pcn": int(patients[mine & ~in_pcn].sum()),
        "unplaced": int(patients[lost].sum()),
        "set_aside": aside,
    }
    return frame, keys, unplaced.reset_index(drop=True), counts


def compare_lists(
    settings: Settings,
    known: gpd.GeoDataFrame,
    tables: Mapping[str, Table],
    warnings: list[str],
) -> None:
    """Hold registrations against lists: totals must agree, practices that differ are named."""
    if "list_sizes" not in tables or "registrations" not in tables:
        return
    mine = known[known["in_patch"]]
    lists, registered = int(mine["list_size"].sum()), int(mine["registered"].sum())
    limit = settings.policy.list_difference
    if abs(registered - lists) > limit * lists:
        raise InputError(
            [
                Fault(
                    settings.shown("registrations"),
                    f"{registered:,} registered patients against {lists:,} on the lists of"
                    f" {settings.shown('list_sizes')}",
                    f"totals within {limit:.0%}: are both files of one date and one area?",
                )
            ]
        )
    differ = mine[mine["registered"] != mine["list_size"]]
    if len(differ):
        first = [
            f"{code} ({row.list_size:,} on the list, {row.registered:,} registered)"
            for code, row in differ.head(5).iterrows()
        ]
        more = f" and {len(differ) - 5:,} more" if len(differ) > 5 else ""
        warnings.append(
            f"List size and registrations differ for {counted(len(differ), 'practice')}:"
            f" {', '.join(first)}{more}."
        )


def pairs(placed: pd.DataFrame, keys: Keys, known: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum placed registrations up to pairs of small area and PCN."""
    of, pcns = pd.factorize(known["pcn_code"].reindex(keys.practices), sort=True)
    pcn = of[keys.practice]
    rows = (placed["reason"] == "").to_numpy() & (pcn >= 0)
    # one number for each pair, in the order of both codes
    area, areas = _in_order(keys)
    width = max(len(pcns), 1)
    pair = area[rows] * width + pcn[rows]
    order = np.argsort(pair)
    pair, patients = pair[order], placed["patients"].to_numpy()[rows][order]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    return pd.DataFrame(
        {
            "small_area_code": pd.Series(areas).take(pair[first] // width).array,
            "pcn_code": pd.Series(pcns).take(pair[first] % width).array,
            "patients": np.add.reduceat(patients, first) if len(first) else patients,
        }
    )


def totals(placed: pd.DataFrame, keys: Keys) -> pd.Series:
    """Sum placed registrations up to small areas, practices in no PCN included."""
    area, areas = _in_order(keys)
    rows = (placed["reason"] == "").to_numpy()
    sums = np.zeros(len(areas), dtype="int64")
    np.add.at(sums, area[rows], placed["patients"].to_numpy()[rows])
    there = np.bincount(area[rows], minlength=len(areas)) > 0
    index = areas[there].rename("small_area_code")
    return pd.Series(sums[there], index=index, name="patients")


def _in_order(keys: Keys) -> tuple[npt.NDArray[np.intp], pd.Index]:
    """Places of the small areas in the order of their codes, and these in order."""
    order = keys.areas.argsort()
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank[keys.area], keys.areas[order]
