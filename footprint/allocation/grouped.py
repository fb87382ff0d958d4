"""Levels 2 and 3 from end to end: groups, what could as well be otherwise, and what locks cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from footprint.allocation import grouping
from footprint.allocation.groups import GroupResult
from footprint.allocation.held import Held, held
from footprint.allocation.near_groups import near_groups
from footprint.allocation.near_ties import NearTie
from footprint.allocation.phrases import Names, Story
from footprint.allocation.problem import Problem
from footprint.allocation.words_groups import explain_groups
from footprint.policy import Policy


@dataclass(frozen=True, eq=False)
class Grouped:
    """
    The groups of one service, and what lies beside them.

    Parameters
    ----------
    result
        The groups.
    near_ties
        PCNs that could as well be in a neighbouring group.
    held
        What the locks cost that are kept.
    """

    result: GroupResult
    near_ties: tuple[NearTie, ...]
    held: tuple[Held, ...]

    def story(self, *, teams: Names, pcns: Names) -> Story:
        """Tell it, with names by code."""
        return explain_groups(
            self.result, teams=teams, pcns=pcns, near_ties=self.near_ties, held=self.held
        )

    def claims(self) -> dict[str, Any]:
        """Return what the run says of it beside status, cost and bound."""
        return {} if self.result.limit is None else self.result.limit.claims()


def solve(problem: Problem, policy: Policy, *, within: Sequence[object] | None = None) -> Grouped:
    """
    Propose groups of a service with teams.

    Parameters
    ----------
    problem, policy, within
        As for :func:`footprint.allocation.grouping.solve`.
    """
    result = grouping.solve(problem, policy, within=within)
    return Grouped(
        result=result,
        near_ties=near_groups(result.reach, policy, result.team_of, within=within),
        held=held(result, policy, within=within),
    )


def solve_sites(
    problem: Problem, policy: Policy, *, within: Sequence[object] | None = None
) -> Grouped:
    """
    Suggest groups and sites for a service without teams.

    Parameters
    ----------
    problem, policy, within
        As for :func:`footprint.allocation.grouping.solve_sites`.
    """
    result = grouping.solve_sites(problem, policy, within=within)
    return Grouped(
        result=result,
        near_ties=near_groups(result.reach, policy, result.team_of, within=within, sites=True),
        held=(),
    )
