"""What a status owns up to: each rule that it says cannot be kept, and no other."""

from __future__ import annotations

import re

import networkx as nx
import numpy as np

from footprint.allocation.audit.case import Case

_PLACES = re.compile(r"group's team has no road to ([^;]*)")
_LINKS = re.compile(r"no border or bridge joins ([^;]*), which share a group")
_NESTED = re.compile(r"(\d+) groups of Level 3 cannot each hold one of (\d+) (?:team|site)s")


def fewer(case: Case) -> bool:
    """Whether the status says that groups hold too few people."""
    need = f"{case.need:,.0f}"
    return case.cannot and any(
        said in case.status
        for said in (
            f"fewer than the {need} patients needed",
            f"fewer than the {need} that one group needs",
            f"a group needs {need} patients and may hold",
        )
    )


def more(case: Case) -> bool:
    """Whether the status says that groups hold too many people."""
    most = f"{case.most:,.0f}"
    return case.cannot and (
        f"more than the {most} patients allowed" in case.status
        or f"may hold {most} at most" in case.status
    )


def unserved(case: Case) -> bool:
    """Whether the status says that some PCNs have no team."""
    return case.cannot and bool(
        re.search(r"no (team|site) (belongs to|has a road to) ", case.status)
    )


def roadless(case: Case) -> set[str]:
    """PCNs to which, as the status says, their group's team has no road."""
    return _codes(_PLACES.findall(case.status)) if case.cannot else set()


def links(case: Case) -> list[tuple[int, int]]:
    """Pairs of PCNs, by position, that share a group without a border, as the status says."""
    if not case.cannot:
        return []
    told = [
        pair.split(" and ") for said in _LINKS.findall(case.status) for pair in said.split(", ")
    ]
    at = {code: position for position, code in enumerate(case.pcns)}
    return [(at[a], at[b]) for a, b in (pair for pair in told if len(pair) == 2) if {a, b} <= {*at}]


def in_one_piece(case: Case, members: np.ndarray) -> list[set[int]]:
    """Pieces of a group over borders and the links that the status names, the first PCN's first."""
    inside = set(map(int, members))
    graph = nx.Graph(case.graph.subgraph(inside))
    graph.add_edges_from((a, b) for a, b in links(case) if {a, b} <= inside)
    return sorted(nx.connected_components(graph), key=min)


def not_nested(case: Case) -> set[str]:
    """
    ICBs in which the status gives up nesting, rightly: more groups of Level 3 than teams.

    "" where groups may cross ICBs.
    """
    said = [(int(a), int(b)) for a, b in _NESTED.findall(case.status)] if case.cannot else []
    rows = case.tables["groups"]
    served = case.pcns.isin(rows.loc[rows["team_id"] != "", "pcn_code"])
    found = set()
    for code, inside in case.systems.items():
        outer = len({*case.parent[inside & served]} - {""})
        found |= {code for groups, teams in said if groups == outer > teams}
    return found


def _codes(told: list[str]) -> set[str]:
    return {code for said in told for code in re.split(", | and ", said)}
