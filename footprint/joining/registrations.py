"""Registrations of a patch: placed or counted by reason, held against the lists."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import shapely

from footprint import modelled, nearby
from footprint.codes import among
from footprint.errors import Fault, InputError
from footprint.joining.common import points, some, union
from footprint.settings import Settings
from footprint.sources import registrations as source
from footprint.sources.tabular import Table


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


def place(
    frame: pd.DataFrame,
    path: str,
    known: gpd.GeoDataFrame,
    areas: pd.DataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    """
    Tell registrations that are placed from those that are not, and count both.

    Returns
    -------
    registrations, unplaced, counts
        With ``reason`` ("" where placed); patients by reason; patients by what became of them.
    """
    registered = int(frame["patients"].sum())
    strange = ~among(frame["practice_code"], known.index)
    aside = int(frame.loc[strange, "patients"].sum())
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
            f"{len(codes):,} practices of the registrations ({aside:,} patients) are not in the"
            f" practice list and were set aside: {some(codes)}."
        )
    frame = frame[~strange].reset_index(drop=True)
    row, codes = pd.factorize(frame["small_area_code"])
    there = among(pd.Series(codes), areas["small_area_code"])
    lost = ~there[row]
    words = [
        "" if placed else source.reason(code) for code, placed in zip(codes, there, strict=True)
    ]
    frame["reason"] = pd.Series(words, dtype="str").take(row).array
    placed = int(frame.loc[~lost, "patients"].sum())
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
    mine = among(frame["practice_code"], known.index[known["in_patch"]])
    in_pcn = among(frame["practice_code"], known.index[known["pcn_code"].notna()])
    if not frame.loc[mine & in_pcn & ~lost, "patients"].any():
        members = known.index[known["in_patch"] & known["pcn_code"].notna()]
        wanted = f"patients of {some(members)}" if len(members) else "practices that are in a PCN"
        raise InputError([Fault(path, "nobody who is registered in a PCN of the patch", wanted)])
    outside = mine & in_pcn & ~lost & ~among(frame["small_area_code"], own.index)
    counts = {
        "registered": registered,
        "placed": placed,
        "outside_patch": int(frame.loc[outside, "patients"].sum()),
        "no_pcn": int(frame.loc[mine & ~in_pcn, "patients"].sum()),
        "unplaced": int(frame.loc[lost, "patients"].sum()),
        "set_aside": aside,
    }
    return frame, unplaced.reset_index(drop=True), counts


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
            f"List size and registrations differ for {len(differ):,} practices:"
            f" {', '.join(first)}{more}."
        )


def pairs(placed: pd.DataFrame, known: gpd.GeoDataFrame) -> pd.DataFrame:
    """Sum placed registrations up to pairs of small area and PCN."""
    practice, practices = pd.factorize(placed["practice_code"])
    area, areas = pd.factorize(placed["small_area_code"], sort=True)
    of, pcns = pd.factorize(known["pcn_code"].reindex(practices), sort=True)
    pcn = of[practice]
    rows = (placed["reason"] == "").to_numpy() & (pcn >= 0)
    # one number for each pair, in the order of both codes
    pair = pd.Series(area[rows] * len(pcns) + pcn[rows])
    sums = placed["patients"][rows].groupby(pair.to_numpy(), sort=True).sum()
    return pd.DataFrame(
        {
            "small_area_code": pd.Series(areas).take(sums.index // max(len(pcns), 1)).array,
            "pcn_code": pd.Series(pcns).take(sums.index % max(len(pcns), 1)).array,
            "patients": sums.to_numpy(),
        }
    )
