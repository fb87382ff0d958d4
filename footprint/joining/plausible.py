"""What can be joined and is hardly meant: bases far away, minimums that nobody can reach."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.joining.common import some
from footprint.words import counted

#: further than this outside the patch no team drives to its patients
FAR_M = 50_000.0


def warn(
    services: pd.DataFrame,
    teams: gpd.GeoDataFrame,
    pcns: pd.DataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> None:
    """Add every warning of this module; see each."""
    warn_of_bases(teams, own, warnings)
    warn_of_minimums(services, pcns, warnings)


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
