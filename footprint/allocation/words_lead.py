"""One lead team per PCN in plain sentences: how many PCNs have one, and what that costs."""

from __future__ import annotations

import numpy as np

from footprint.allocation import phrases as say
from footprint.allocation.lead import LeadResult
from footprint.allocation.phrases import Names, Story, names_of, wte
from footprint.allocation.problem import COST_SCALE
from footprint.allocation.solution import share_above

#: share of a PCN's need below which its one team fills next to nothing
SLIGHT = 0.1


def explain_lead(lead: LeadResult, *, teams: Names, pcns: Names) -> Story:
    """
    Tell how many PCNs have one team, today, in the cheapest plan and as proposed.

    Parameters
    ----------
    lead
        The second stage's result.
    teams, pcns
        Names by code.

    Returns
    -------
    story
        A headline to stand in the service's own, which PCNs still share teams, and why a need
        stays unfilled that the cheapest plan fills.
    """
    sentences = [*_shared(lead, teams, pcns), *_slight(lead, pcns)]
    return Story(_headline(lead), tuple(sentences), _reasons(lead, teams))


def kept_short(lead: LeadResult) -> list[int]:
    """Positions of the PCNs that lack more than in the cheapest plan, so that PCNs have a team."""
    return np.flatnonzero(lead.plan.vacancies > lead.first.vacancies).tolist()


def _headline(lead: LeadResult) -> str:
    today = f"{lead.today:,} today"
    nearly = lead.nearly_today
    if nearly > lead.today:
        today += f" ({nearly:,} where a small share of other teams is left aside)"
    text = f"One team alone serves {lead.count:,} of {say.counted(lead.pcns, 'PCN')}"
    if lead.count == lead.before:
        text += f", as in the cheapest plan; {today}."
    else:
        text += f"; {lead.before:,} in the cheapest plan, {today}. "
        text += _price(lead)
    return f"{text} {_sure(lead)}".rstrip()


def _price(lead: LeadResult) -> str:
    if not lead.price:
        return "That costs nothing."
    # the same share as in the words "within x% of best" that follow
    share = share_above(lead.plan.objective, lead.first.objective)
    units = lead.price / COST_SCALE
    less = f"{units:,.0f} minutes" if units >= 0.5 else "under a minute"
    text = f"The cheapest plan costs {share:g}% less: {less} x WTE"
    more = int(lead.plan.vacancies.sum() - lead.first.vacancies.sum())
    if more > 0:
        text += f", with {wte(more)} less of need unfilled"
    return f"{text}."


def _sure(lead: LeadResult) -> str:
    if lead.count == lead.pcns:
        return ""
    if lead.count == lead.most:
        return "At what it may cost, no plan has more."
    limit = f", but no more than {lead.most:,}" if lead.most < lead.pcns else ""
    return f"At what it may cost, more may be possible{limit}."


def _shared(lead: LeadResult, teams: Names, pcns: Names) -> list[str]:
    problem, staff = lead.plan.problem, lead.plan.assigned
    several = np.flatnonzero((staff > 0).sum(axis=0) > 1)
    if not len(several):
        return []
    told = say.listed(
        f"{names_of(problem.pcns, [int(pcn)], pcns)} "
        f"({names_of(problem.teams, np.flatnonzero(staff[:, pcn]).tolist(), teams)})"
        for pcn in several
    )
    return [f"Several teams still serve {told}."]


def _slight(lead: LeadResult, pcns: Names) -> list[str]:
    """Say where the one team fills next to nothing: counted as its PCN, but hardly served."""
    problem, staff = lead.plan.problem, lead.plan.assigned.sum(axis=0)
    few = (lead.leads >= 0) & (staff < SLIGHT * problem.demand)
    if not few.any():
        return []
    told = say.listed(
        f"{names_of(problem.pcns, [int(pcn)], pcns)} ({wte(int(staff[pcn]))} of "
        f"{wte(int(problem.demand[pcn]))})"
        for pcn in np.flatnonzero(few)
    )
    return [
        f"One team alone does not mean enough staff: it fills under a tenth of the need at {told}."
    ]


def _reasons(lead: LeadResult, teams: Names) -> dict[str, str]:
    problem, reasons = lead.plan.problem, {}
    for pcn in kept_short(lead):
        if lead.leads[pcn] >= 0:
            own = names_of(problem.teams, [int(lead.leads[pcn])], teams)
            text = f"its one team, {own}, has no more to give, and a second team is kept out"
        else:
            text = "staff within reach are kept where they are the one team of a PCN"
        reasons[problem.pcns[pcn]] = text
    return reasons
