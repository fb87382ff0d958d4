"""What a patch may drive by: the user's own travel times, or roads; and what they lack."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint import roads, timetable
from footprint.codes import among
from footprint.errors import Fault, InputError
from footprint.joining.common import some
from footprint.sources.tabular import Table
from footprint.words import counted, listed


def network(tables: Mapping[str, Table]) -> roads.Network | None:
    """
    Build the road network; None where no roads are given.

    Raises
    ------
    InputError
        Roads without places: every node that the file of nodes lacks, with its road.
    """
    if "roads" not in tables:
        return None
    table = tables["roads"]
    arcs = table.frame
    lost = arcs["x1"].isna() | arcs["x2"].isna()
    if not lost.any():
        return roads.network(arcs)
    if "road_nodes" not in tables:
        raise InputError(
            [
                Fault(
                    table.shown,
                    "roads without the places of their ends",
                    "columns x1, y1, x2 and y2, or a file of nodes as road_nodes in [inputs]",
                )
            ]
        )
    places = tables["road_nodes"].frame.drop_duplicates("node").set_index("node")[["x", "y"]]
    places.index = places.index.str.removesuffix(".0")
    # a road that is driven both ways is told once
    faults: dict[tuple[str, int | None, str], Fault] = {}
    for name in ("from_node", "to_node"):
        for at in np.flatnonzero(~arcs[name].isin(places.index).to_numpy()):
            found = repr(arcs[name].iloc[at])
            fault = table.fault(int(at), name, found, "a node of the file of nodes")
            faults.setdefault((fault.file, fault.row, found), fault)
    if faults:
        raise InputError(faults[key] for key in sorted(faults, key=lambda k: (k[0], k[1] or 0)))
    ends: dict[str, np.ndarray] = {}
    for name, end in (("from_node", "1"), ("to_node", "2")):
        there = places.reindex(arcs[name])
        ends |= {f"x{end}": there["x"].to_numpy(), f"y{end}": there["y"].to_numpy()}
    return roads.network(arcs.assign(**ends))


def homes(pairs: pd.DataFrame, pcns: pd.DataFrame, own: gpd.GeoDataFrame) -> pd.Series:
    """Patients of the patch's PCNs by the patch's small area: to whom minutes are counted."""
    mine = among(pairs["pcn_code"], pcns.index[pcns["in_patch"]])
    rows = pairs[mine & among(pairs["small_area_code"], own.index)]
    return rows.groupby("small_area_code")["patients"].sum().sort_index()


def tell(
    times: pd.DataFrame | None,
    net: roads.Network | None,
    bases: gpd.GeoDataFrame,
    sites: gpd.GeoDataFrame,
    patients: pd.Series,
    centres: pd.DataFrame,
    limit: float,
    warnings: list[str],
) -> None:
    """
    Say what travel times and roads lack, and which of them counts.

    Parameters
    ----------
    times, net
        As given; None where not.
    bases
        The teams with their bases, index team_id.
    sites
        Candidate sites, index site_id.
    patients
        From :func:`homes`.
    centres
        x, y of a point inside each small area, EPSG:27700.
    limit
        Metres beyond which a place is too far from the roads.
    warnings
        What there is to say is added.
    """
    if bases.empty:
        return
    if times is not None:
        warnings += timetable.sentences(timetable.gaps(times, bases, patients, sites))
        if net is not None:
            warnings.append(
                "Both travel times and roads are given: the travel times count; the roads only for"
                " candidate sites that the travel times do not name."
            )
    elif net is not None:
        warnings += _far(net, bases, patients, centres, limit)


def known_bases(times: pd.DataFrame, bases: pd.DataFrame, file: str) -> None:
    """Raise InputError where not one base of the travel times is a team's."""
    if bases.empty or timetable.names_any(times, bases):
        return
    names = some(sorted({name for name in bases["base_name"] if name})[:3])
    raise InputError(
        [
            Fault(
                file,
                f"bases such as {some(times['base'].unique()[:3])}",
                "bases of the teams file by team_id, base_name or base_postcode"
                + (f", such as {names}" if names else ""),
            )
        ]
    )


def distances(
    net: roads.Network, bases: gpd.GeoDataFrame, patients: pd.Series, centres: pd.DataFrame
) -> tuple[pd.Series, pd.Series]:
    """
    How far bases and homes are from the nearest road.

    Parameters
    ----------
    net, bases, patients, centres
        As for :func:`tell`.

    Returns
    -------
    bases, homes
        Metres by base (its name, else its team), and by small area with patients; sorted.
    """
    label = bases["base_name"].where(bases["base_name"].str.strip() != "", bases.index.to_series())
    metres = roads.snap(net, shapely.get_coordinates(bases.geometry.to_numpy()))[1]
    of_bases = pd.Series(metres, index=label.to_numpy()).groupby(level=0).max()
    living = patients.index[patients > 0]
    points = centres.loc[living, ["x", "y"]].to_numpy(float)
    return of_bases, pd.Series(roads.snap(net, points)[1] if len(living) else [], index=living)


def _far(
    net: roads.Network,
    bases: gpd.GeoDataFrame,
    patients: pd.Series,
    centres: pd.DataFrame,
    limit: float,
) -> list[str]:
    """Say which bases and small areas are too far from every road."""
    of_bases, of_homes = distances(net, bases, patients, centres)
    away, off = of_bases[of_bases > limit], of_homes.index[of_homes > limit]
    told = "; their minutes are estimates, marked as such."
    out = []
    if len(away):
        names = listed([f"{name} ({value / 1000:.1f} km)" for name, value in away.items()], 5)
        out.append(
            f"{counted(len(away), 'base is', 'bases are')} farther than {limit / 1000:g} km from"
            f" every road: {names}{told}"
        )
    if len(off):
        out.append(
            f"{counted(len(off), 'small area')} with"
            f" {counted(int(patients[off].sum()), 'patient')} {'is' if len(off) == 1 else 'are'}"
            f" farther than {limit / 1000:g} km from every road:"
            f" {listed([str(code) for code in off], 5)}{told}"
        )
    return out
