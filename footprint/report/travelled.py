"""What minutes of travel rest on, in sentences that every page and the workbook carry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from footprint import timetable
from footprint.travel import ESTIMATE, PARTLY, ROADS
from footprint.words import counted

if TYPE_CHECKING:
    from footprint.patch import Patch
    from footprint.policy import Policy


def notes(patch: Patch, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Say where minutes come from, which of them are estimates, and who is there without a way."""
    frame = tables["travel"]
    policy = patch.settings.policy
    found = set(frame["basis"]) if len(frame) else set()
    out = []
    if patch.travel_times is not None:
        out.append("Travel minutes are the user's own, from base to small area.")
        sites = patch.candidate_sites
        if len(sites) and not timetable.names_any(patch.travel_times, sites):
            way = "go by the roads given" if patch.roads is not None else "are estimates"
            out.append(f"The travel times name no candidate site: minutes from these {way}.")
    elif patch.roads is not None and len(frame):
        text = (
            "Travel minutes are those of the quickest ways over the roads given, with straight"
            f" lines x {policy.detour:g} to and from them; where the roads are OpenStreetMap's:"
            " © OpenStreetMap contributors."
        )
        guessed = int(frame["basis"].isin((ESTIMATE, PARTLY)).sum())
        if guessed:
            text += (
                f" {counted(guessed, 'pair')} of team and PCN rest wholly or in part on an estimate"
                f" ({_estimate(policy)}), as a base or patients are farther than"
                f" {policy.road_snap_m / 1000:g} km from every road."
            )
        out.append(text)
    elif ESTIMATE in found:
        out.append(f"Travel minutes are estimates: {_estimate(policy)}.")
    return [*out, *_without_a_way(tables["allocation"], patch, found)]


def _estimate(policy: Policy) -> str:
    return (
        f"a straight line x {policy.detour:g} at {policy.speed_urban:g} km/h in towns,"
        f" {policy.speed_rural:g} in the country, {policy.speed_unclassed:g} where unclassed,"
        " and around water without a crossing"
    )


def _without_a_way(allocation: pd.DataFrame, patch: Patch, found: set[str]) -> list[str]:
    """Say how much staff works today where there is no road: it cannot stay."""
    if allocation.empty:
        return []
    lost = allocation[(allocation["today_wte"] > 0) & allocation["minutes"].isna()]
    if lost.empty:
        return []
    why = "no road over land"
    if patch.travel_times is not None:
        why = "no travel time"
    elif found & {ROADS, PARTLY}:
        why = "no way over the roads"
    return [
        f"{lost['today_wte'].sum():,.1f} WTE work today at PCNs to whose patients, for half of them"
        f" or more, there is {why} from their base ({counted(len(lost), 'pair')} of team and PCN):"
        " the proposal cannot leave them there."
    ]
