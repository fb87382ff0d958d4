"""What more staff and more need would change at Level 1, and where the answer hangs by a hair."""

from __future__ import annotations

from dataclasses import dataclass

from footprint.allocation.flow import FlowResult
from footprint.allocation.near_ties import NearTie, near_ties
from footprint.allocation.prices import Price, Worth, prices, worths
from footprint.allocation.problem import IntArray, Problem
from footprint.policy import Policy


@dataclass(frozen=True)
class Margins:
    """
    What lies just beyond an arrangement.

    Parameters
    ----------
    worths
        Teams with which one WTE more would save most, the most first.
    prices
        What more need would cost, by PCN.
    near_ties
        PCNs that another team could serve alone at next to no more cost.
    """

    worths: tuple[Worth, ...]
    prices: tuple[Price, ...]
    near_ties: tuple[NearTie, ...]


def margins(
    result: FlowResult, problem: Problem, policy: Policy, *, leads: IntArray | None = None
) -> Margins:
    """
    Work out what lies just beyond an arrangement.

    Parameters
    ----------
    result
        A solved Level 1 service.
    problem, policy, leads
        What it was solved from; ``leads`` None where every team could serve every PCN.
    """
    return Margins(
        worths=worths(result, problem, policy, leads=leads),
        prices=prices(result),
        near_ties=near_ties(result, problem, policy, leads=leads),
    )
