"""Locks held against the patch: PCNs and teams that are there, and no contradictions."""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.joining.common import some
from footprint.settings import Locks, Settings

#: kind of lock, what was found, what was expected
Told = Iterator[tuple[str, str, str]]


def check(settings: Settings, pcns: pd.DataFrame, teams: pd.DataFrame | None) -> None:
    """
    Hold the locks of a patch file against what the files have.

    Parameters
    ----------
    settings
        With locks, perhaps none.
    pcns
        Index pcn_code: in_patch.
    teams
        Index team_id: service_id; None where the teams cannot be read.

    Raises
    ------
    InputError
        With every fault: a PCN or a team that is not there, a PCN outside the patch, locks that
        contradict each other.
    """
    locks = settings.locks
    told = [*_unknown(locks, pcns, teams), *_contradictions(locks, teams)]
    if told:
        shown = f"{settings.file}, [locks]"
        raise InputError(
            Fault(shown, found, expected, column=kind) for kind, found, expected in told
        )


def _unknown(locks: Locks, pcns: pd.DataFrame, teams: pd.DataFrame | None) -> Told:
    """Codes that are not there."""
    inside = set(pcns.index[pcns["in_patch"]])
    named = [(kind, pair) for kind in ("together", "apart") for pair in getattr(locks, kind)]
    named += [("base", pair[:1]) for pair in locks.base]
    for kind, codes in named:
        for code in codes:
            if code in pcns.index and code not in inside:
                yield kind, f"{code}, a PCN outside the patch", "a PCN of the patch"
            elif code not in inside:
                yield kind, repr(code), f"a PCN of the patch: {some(sorted(inside))}"
    if teams is None:
        return
    for _, team in locks.base:
        if teams.empty:
            yield "base", f"{team!r}, but no teams are given", "a team of the patch"
        elif team not in teams.index:
            yield "base", repr(team), f"a team of the patch: {some(teams.index)}"


def _contradictions(locks: Locks, teams: pd.DataFrame | None) -> Told:
    """Locks of which no grouping could keep all."""
    graph = nx.Graph(sorted(locks.together))
    graph.add_nodes_from(code for pair in locks.apart for code in pair)
    graph.add_nodes_from(code for code, _ in locks.base)
    home = {code: min(part) for part in nx.connected_components(graph) for code in part}
    for a, b in locks.apart:
        if home[a] == home[b]:
            way = nx.shortest_path(graph, a, b)
            through = "" if len(way) == 2 else f" by way of {some(way[1:-1])}"
            yield "apart", f"{a} and {b}, together too{through}", "one of the two"
    if teams is None:
        return
    held: dict[tuple[str, str], tuple[str, str]] = {}
    for code, team in locks.base:
        if team not in teams.index:
            continue
        key = home[code], str(teams.at[team, "service_id"])
        first, other = held.setdefault(key, (code, team))
        if other != team:
            # together with another PCN it has that one's team
            whose = "" if first == code else f"{first}, together with it, "
            found = f"{code} with {team} and {whose}with {other}"
            yield "base", found, f"one team of {key[1]}"
    apart = {frozenset((home[a], home[b])): (a, b) for a, b in locks.apart}
    for (one, service), (_, team) in held.items():
        for (two, same), (_, other) in held.items():
            pair = apart.get(frozenset((one, two)))
            if one < two and service == same and team == other and pair is not None:
                found = f"{team} for both of {' and '.join(pair)}, which are apart"
                yield "base", found, "another team for one of them"
