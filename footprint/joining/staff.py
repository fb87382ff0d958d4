"""How many of a team's staff a patch has, where the team works elsewhere too."""

from __future__ import annotations

from collections.abc import Collection

import geopandas as gpd
import pandas as pd

from footprint.joining.common import some
from footprint.words import counted

#: share of the patients in a team's area who are the patch's, from which on it has all its staff:
#: across a border a few are registered on the other side, both ways
ALL_HERE = 0.9
#: a share that rounds to no per cent is told as under one
SLIGHT = 0.005


def by_list(
    teams: gpd.GeoDataFrame,
    pcns: pd.DataFrame,
    with_area: Collection[str],
    area_here: Collection[str],
    warnings: list[str],
) -> gpd.GeoDataFrame:
    """
    Teams of the patch, each with the PCNs that it serves there, and with their part of its staff.

    A team whose PCNs or small areas are all elsewhere is set aside. One that serves PCNs here and
    elsewhere has its staff here in proportion to list sizes. A team that says nothing of where it
    works is the patch's; for one with an area here see :func:`by_area`.

    Parameters
    ----------
    teams
        Index team_id: wte and pcn_codes (tuple), of every team.
    pcns
        Index pcn_code: in_patch, list_size.
    with_area, area_here
        Teams with an area anywhere, and in the patch.
    warnings
        Sentences are added: who was set aside or divided, and how many WTE.
    """
    inside, size = pcns["in_patch"], pcns["list_size"]
    here = teams["pcn_codes"].map(lambda codes: [code for code in codes if inside[code]])
    listed = ~teams.index.isin(area_here)
    placed = teams["pcn_codes"].map(bool) | teams.index.isin(with_area)
    away = listed & placed & ~here.map(bool)
    _set_aside(teams[away], warnings)
    both = listed & here.map(bool) & (here.map(len) < teams["pcn_codes"].map(len))
    share = {}
    for team in teams.index[both]:
        mine, every = (size[list(codes)] for codes in (here[team], teams.at[team, "pcn_codes"]))
        # lists that are all empty count alike
        share[team] = mine.sum() / every.sum() if every.sum() else len(mine) / len(every)
    divided = _divided(
        teams,
        pd.Series(share, dtype=float),
        "serves PCNs outside the patch too",
        "serve PCNs outside the patch too",
        "the PCNs' list sizes",
        warnings,
    )
    return divided.assign(pcn_codes=[tuple(each) for each in here])[~away]


def by_area(
    teams: gpd.GeoDataFrame,
    areas: pd.DataFrame,
    pairs: pd.DataFrame,
    pcns: pd.DataFrame,
    held: Collection[str],
    warnings: list[str],
) -> gpd.GeoDataFrame:
    """
    Teams with areas, each with the staff that the patch's patients in its area make up.

    A team has all its staff here where at least :data:`ALL_HERE` of the registered patients in its
    area are of the patch's PCNs, or where nobody is registered; it is set aside where none is.

    Parameters
    ----------
    teams
        Index team_id: wte, service_id; those of the patch.
    areas
        small_area_code, team_id of every small area, of the patch or not.
    pairs
        small_area_code, pcn_code, patients: everybody who has a place, in every PCN.
    pcns
        Index pcn_code: in_patch.
    held
        Teams that the user locks to a PCN: these are the patch's, with all their staff.
    warnings
        A sentence is added where staff are divided.
    """
    frame = areas[areas["team_id"].isin(teams.index.difference(list(held)))].drop_duplicates()
    # a small area of several teams of one service is shared equally, as in the alignment
    service = frame["team_id"].map(teams["service_id"])
    among = frame.groupby([frame["small_area_code"], service])["team_id"].transform("size")
    people = pairs.merge(frame.assign(among=among), on="small_area_code")
    patients = people["patients"] / people["among"]
    every = patients.groupby(people["team_id"]).sum()
    mine = patients.where(people["pcn_code"].map(pcns["in_patch"]), 0).groupby(people["team_id"])
    share = (mine.sum() / every)[every > 0]
    away = teams.index.isin(share.index[share == 0])
    _set_aside(teams[away], warnings)
    return _divided(
        teams[~away],
        share[(share > 0) & (share < ALL_HERE)],
        "has an area where other PCNs' patients live too",
        "have areas where other PCNs' patients live too",
        "the registered patients there",
        warnings,
    )


def _set_aside(away: gpd.GeoDataFrame, warnings: list[str]) -> None:
    """Say which teams are left out."""
    if len(away):
        serve, were = ("serves", "was") if len(away) == 1 else ("serve", "were")
        warnings.append(
            f"{counted(len(away), 'team')} with {away['wte'].sum():,.2f} WTE {serve} nobody of the"
            f" patch and {were} set aside: {some(away.index)}."
        )


def _divided(
    teams: gpd.GeoDataFrame,
    share: pd.Series,
    one: str,
    many: str,
    by: str,
    warnings: list[str],
) -> gpd.GeoDataFrame:
    """Teams with a share (by team_id) of their staff; others as they are."""
    if share.empty:
        return teams
    both = teams.index.isin(share.index)
    kept = teams["wte"] * share.reindex(teams.index).fillna(1.0)
    staff = kept.round(2).where(both, teams["wte"])
    elsewhere = (teams["wte"] - staff).sum()
    parts = [
        f"{team} ({share[team]:.0%} here)" if share[team] >= SLIGHT else f"{team} (under 1% here)"
        for team in teams.index[both]
    ]
    warnings.append(
        f"{counted(int(both.sum()), 'team')} {one if both.sum() == 1 else many}. Staff are divided"
        f" in proportion to {by}; {elsewhere:,.2f} WTE are counted outside: {some(parts)}."
    )
    return teams.assign(wte=staff)
