"""What can be joined and is hardly meant: far bases, minimums out of reach, PCNs cut in two."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.codes import among
from footprint.joining.common import some
from footprint.words import counted, percent, proper

#: further than this outside the patch no team drives to its patients
FAR_M = 50_000.0
#: from this share of a PCN's placed patients beyond the patch its footprint is not the whole
CUT = 0.05


def warn(
    services: pd.DataFrame,
    teams: gpd.GeoDataFrame,
    pcns: pd.DataFrame,
    own: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    warnings: list[str],
) -> None:
    """Add every warning of this module; see each."""
    warn_of_cut(pairs, pcns, own, warnings)
    warn_of_bases(teams, own, warnings)
    warn_of_minimums(services, pcns, warnings)


def warn_of_cut(
    pairs: pd.DataFrame, pcns: pd.DataFrame, own: gpd.GeoDataFrame, warnings: list[str]
) -> None:
    """
    Warn of PCNs that the patch's edge cuts: patients beyond it are in no footprint and no part.

    Parameters
    ----------
    pairs
        small_area_code, pcn_code, patients: the placed ones.
    pcns
        Index pcn_code: pcn_name, in_patch.
    own
        The patch's small areas, by code.
    warnings
        What is found is added, the largest share first.
    """
    mine = pairs[among(pairs["pcn_code"], pcns.index[pcns["in_patch"]])]
    beyond = mine["patients"].where(~among(mine["small_area_code"], own.index), 0)
    people = mine.groupby("pcn_code")["patients"].sum()
    share = beyond.groupby(mine["pcn_code"]).sum() / people.where(people > 0)
    cut = share[share >= CUT].sort_values(ascending=False, kind="stable")
    if len(cut):
        names = pcns["pcn_name"].reindex(cut.index).map(proper)
        told = [f"{name} ({percent(part)})" for name, part in zip(names, cut, strict=True)]
        its, footprint = ("its", "footprint") if len(cut) == 1 else ("their", "footprints")
        warnings.append(
            f"{counted(len(cut), 'PCN has', 'PCNs have')} {CUT:.0%} or more of {its} patients"
            f" outside the patch's small areas: {some(told)}. {its.title()} {footprint} and parts"
            " leave them out; read these with care."
        )


def warn_of_bases(teams: gpd.GeoDataFrame, own: gpd.GeoDataFrame, warnings: list[str]) -> None:
    """
    Warn where a team's base lies far outside the patch, as with two digits exchanged.

    Parameters
    ----------
    teams
        Index team_id: base_name, geometry (points, EPSG:27700).
    own
        The patch's small areas, EPSG:27700; the box around them stands for the patch.
    warnings
        What is found is added.
    """
    metres = shapely.distance(shapely.box(*own.total_bounds), teams.geometry.to_numpy())
    far = np.flatnonzero(metres > FAR_M)
    if len(far):
        told = [
            f"{teams.index[at]} ({teams['base_name'].iloc[at] or 'no name'},"
            f" {metres[at] / 1000:,.0f} km)"
            for at in far[np.argsort(-metres[far], kind="stable")]
        ]
        warnings.append(
            f"{counted(len(far), 'team has its base', 'teams have their bases')} more than"
            f" {FAR_M / 1000:.0f} km outside the patch; is the place right? {some(told)}."
        )


def warn_of_minimums(services: pd.DataFrame, pcns: pd.DataFrame, warnings: list[str]) -> None:
    """Warn where a service asks for more patients than all PCNs of the patch have together."""
    everybody = int(pcns.loc[pcns["in_patch"], "list_size"].sum())
    short = services[services["min_population"] > everybody]
    if len(short):
        told = [
            f"{name} ({int(least):,})"
            for name, least in zip(short["service_name"], short["min_population"], strict=True)
        ]
        its = "its" if len(short) == 1 else "their"
        warnings.append(
            f"{counted(len(short), 'service asks', 'services ask')} for more patients than the"
            f" {everybody:,} of the patch, so no group can reach {its} min_population:"
            f" {some(told)}."
        )
