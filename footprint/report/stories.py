"""Each service in words and key figures, from what the solvers and their explanations say."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from footprint.allocation.problem import WTE_SCALE, Problem
from footprint.proposal import Outcome, Proposal
from footprint.report.content import ServiceStory


def stories(proposal: Proposal) -> list[ServiceStory]:
    """Tell each service, in the order of the services file."""
    rows = proposal.tables["services"].set_index("service_id")
    return [
        _story(outcome, rows.loc[outcome.service_id].to_dict()) for outcome in proposal.outcomes
    ]


def _story(outcome: Outcome, row: Mapping[Hashable, Any]) -> ServiceStory:
    known: dict[str, Any] = {
        "service_id": outcome.service_id,
        "service_name": str(row["service_name"]),
        "level": outcome.level,
        "why": str(row["why"]),
        "status": outcome.told or outcome.status,
        "demand_wte": float(row["demand_wte"]),
        "staff_wte": float(row["staff_wte"]),
    }
    if outcome.problem is None or outcome.result is None or outcome.story is None:
        headline = (
            f"{row['service_name']} needs {known['demand_wte']:,.1f} WTE by the ratio given; no"
            " teams are given, so nothing is allocated."
        )
        return ServiceStory(headline=headline, **known)
    if "objective" not in outcome.claim:
        # groups around candidate sites: nothing to compare with, nobody to move
        return ServiceStory(
            headline=outcome.story.headline, sentences=tuple(outcome.story.sentences), **known
        )
    moved = np.maximum(outcome.result.assigned - outcome.problem.today, 0).sum()
    return ServiceStory(
        headline=outcome.story.headline,
        sentences=tuple(outcome.story.sentences),
        objective=outcome.claim["objective"],
        bound=outcome.claim["bound"],
        today=outcome.claim["today"],
        vacancy_wte=int(outcome.result.vacancies.sum()) / WTE_SCALE,
        vacancy_today=_unmet_today(outcome) / WTE_SCALE,
        moved_wte=int(moved) / WTE_SCALE,
        one_team=_one_team(outcome),
        nearly_one_team=None if outcome.lead is None else outcome.lead.nearly_today,
        surplus_wte=_spare(outcome.problem, int(outcome.result.vacancies.sum())),
        surplus_today=_spare(outcome.problem, _unmet_today(outcome)),
        **known,
    )


def _one_team(outcome: Outcome) -> tuple[int, int, int, int] | None:
    lead = outcome.lead
    return None if lead is None else (lead.count, lead.before, lead.today, lead.pcns)


def _spare(problem: Problem, unmet: int) -> float:
    """WTE in post beyond what fills the need that is met."""
    return int(problem.supply.sum() - (problem.demand.sum() - unmet)) / WTE_SCALE


def _unmet_today(outcome: Outcome) -> int:
    """Need without staff when everything is left as it is, in hundredths of a WTE."""
    if outcome.today is not None:
        return int(outcome.today.vacancies.sum())
    assert outcome.problem is not None
    return int(outcome.problem.unmet_today.sum())
