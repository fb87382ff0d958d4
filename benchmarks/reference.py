"""
The plain reference: what an analyst would write for the first half of a footprint run.

pandas, geopandas' dissolve, libpysal's rook contiguity, networkx's components and a folium map, in
the way that their manuals show, for files in the official layouts of a patch of everything. It is
what ``benchmarks/england.py`` holds footprint against; it is not used by footprint.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import folium
import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
from libpysal.graph import Graph

NATIONAL_GRID, DEGREES = 27700, 4326
#: the band of registered patients, in which the lower end lies
BAND = [0, 30_000, 50_001, np.inf]
#: metres that a footprint's outline may lose on a map of a country
DETAIL = 100


def read(files: Mapping[str, Path]) -> dict[str, pd.DataFrame]:
    """Read practices, list sizes, registrations, small areas and their look-up."""
    areas = gpd.read_file(files["small_areas"]).to_crs(NATIONAL_GRID)
    code = next(name for name in areas.columns if name.lower().endswith("code"))
    areas = areas.rename(columns={code: "LSOA_CODE"})
    # a few shapes come as collections with stray lines, which libpysal refuses
    odd = areas.geom_type == "GeometryCollection"
    areas.loc[odd, "geometry"] = areas[odd].buffer(0)
    look = pd.read_csv(files["small_area_lookup"])
    code = next(name for name in look.columns if name.lower().endswith("code"))
    return {
        "practices": pd.read_csv(files["practices"]),
        "lists": pd.read_csv(files["list_sizes"]),
        "registrations": pd.read_csv(files["registrations"]),
        "areas": areas[areas["LSOA_CODE"].isin(look[code])],
        "all_areas": areas,
    }


def join(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Join practices to registrations and keep those of PCNs that are in a known small area."""
    rows = tables["registrations"].merge(
        tables["practices"][["PRACTICE_CODE", "PCN_CODE"]], on="PRACTICE_CODE"
    )
    placed = rows["LSOA_CODE"].isin(tables["all_areas"]["LSOA_CODE"])
    in_pcn = rows["PCN_CODE"].notna() & (rows["PCN_CODE"] != "U")
    return rows[placed & in_pcn]


def footprints(
    rows: pd.DataFrame, areas: gpd.GeoDataFrame
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Give each small area to the PCN with most patients there; dissolve by PCN."""
    keys = ["LSOA_CODE", "PCN_CODE"]
    pairs = rows.groupby(keys, as_index=False)["NUMBER_OF_PATIENTS"].sum()
    most = pairs.loc[pairs.groupby("LSOA_CODE")["NUMBER_OF_PATIENTS"].idxmax()]
    owned = areas.merge(most, on="LSOA_CODE")
    columns = ["PCN_CODE", "NUMBER_OF_PATIENTS", "geometry"]
    return owned, owned[columns].dissolve("PCN_CODE", aggfunc="sum")


def parts(owned: gpd.GeoDataFrame) -> pd.Series:
    """Count the parts of each footprint: components of rook contiguity."""
    owned = owned.set_index("LSOA_CODE")
    graph = Graph.build_contiguity(owned, rook=True).to_networkx()
    return pd.Series(
        {
            pcn: nx.number_connected_components(graph.subgraph(codes))
            for pcn, codes in owned.groupby("PCN_CODE").groups.items()
        },
        name="parts",
    )


def parts_one_by_one(owned: gpd.GeoDataFrame) -> pd.Series:
    """Count the same with a graph for each PCN by itself: plainer still, and slower."""
    return pd.Series(
        {
            pcn: nx.number_connected_components(
                Graph.build_contiguity(areas.reset_index(drop=True), rook=True).to_networkx()
            )
            for pcn, areas in owned.groupby("PCN_CODE")
        },
        name="parts",
    )


def population(practices: pd.DataFrame, lists: pd.DataFrame) -> pd.DataFrame:
    """Add up list sizes by PCN and hold them against the band."""
    sizes = lists.rename(columns={"CODE": "PRACTICE_CODE"})[["PRACTICE_CODE", "NUMBER_OF_PATIENTS"]]
    members = practices[practices["PCN_CODE"].notna() & (practices["PCN_CODE"] != "U")]
    people = members.merge(sizes, on="PRACTICE_CODE", how="left")
    out = people.groupby("PCN_CODE")["NUMBER_OF_PATIENTS"].sum().rename("list_size").to_frame()
    out["band"] = pd.cut(
        out["list_size"], BAND, labels=["under", "within", "over"], right=False
    ).astype(str)
    return out


def draw(shapes: gpd.GeoDataFrame, people: pd.DataFrame, pieces: pd.Series, path: Path) -> None:
    """Write a map of the footprints, simplified, with their figures."""
    shown = shapes[["geometry"]].join(people).join(pieces).reset_index()
    shown["geometry"] = shown.simplify(DETAIL)
    shown = shown.to_crs(DEGREES)
    west, south, east, north = shown.total_bounds
    page = folium.Map()
    folium.GeoJson(
        shown, tooltip=folium.GeoJsonTooltip(["PCN_CODE", "list_size", "band", "parts"])
    ).add_to(page)
    page.fit_bounds([[south, west], [north, east]])
    page.save(path)
