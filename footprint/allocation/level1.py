"""Level 1 from end to end: limit, cheapest flow, lead teams, and what lies just beyond."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from footprint.allocation import flow, lead, worst
from footprint.allocation.flow import FlowResult
from footprint.allocation.lead import LeadResult
from footprint.allocation.margins import Margins, margins
from footprint.allocation.phrases import Names, Story
from footprint.allocation.problem import Problem
from footprint.allocation.words_flow import explain_flow
from footprint.allocation.worst import Limited
from footprint.policy import WORST_FIRST, Policy


@dataclass(frozen=True, eq=False)
class Level1:
    """
    The proposal of one service, and how it came about.

    Parameters
    ----------
    plan
        Who works where as proposed.
    today
        "No change" on the same terms.
    limit
        The limit on journeys, where the longest was made short first.
    lead
        The second stage, where lead teams were asked for.
    margins
        What more staff and more need would change.
    """

    plan: FlowResult
    today: FlowResult
    limit: Limited | None
    lead: LeadResult | None
    margins: Margins

    def story(self, *, teams: Names, pcns: Names) -> Story:
        """Tell it, with names by code."""
        return explain_flow(
            self.plan,
            self.today,
            teams=teams,
            pcns=pcns,
            limit=self.limit,
            lead=self.lead,
            margins=self.margins,
        )

    def claims(self) -> dict[str, Any]:
        """Return what the run says of it beside status, cost and bound."""
        out: dict[str, Any] = {}
        if self.limit is not None:
            out["longest_minutes"] = self.limit.longest
        if self.lead is not None:
            out["lead_teams"] = {
                "pcns": self.lead.pcns,
                "one_team": self.lead.count,
                "one_team_cheapest": self.lead.before,
                "one_team_today": self.lead.today,
                "at_most": self.lead.most,
                "least_cost": self.lead.least,
            }
        return out


def solve(problem: Problem, policy: Policy) -> Level1:
    """
    Propose who works where in one service.

    Parameters
    ----------
    problem
        A Level 1 service.
    policy
        ``fairness``, ``lead_teams`` and ``lead_team_slack`` beside the prices.
    """
    limit = worst.limited(problem, policy) if policy.fairness == WORST_FIRST else None
    reach = problem if limit is None else limit.problem
    first, today = flow.solve(reach, policy), flow.today(problem, policy)
    second = lead.solve(reach, policy, first=first, today=today) if lead.wanted(policy) else None
    plan = first if second is None else second.plan
    leads = None if second is None or plan is first else second.leads
    return Level1(
        plan=dataclasses.replace(plan, problem=problem),
        today=today,
        limit=limit,
        lead=second,
        margins=margins(plan, reach, policy, leads=leads),
    )
