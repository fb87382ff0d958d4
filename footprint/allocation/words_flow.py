"""Level 1 in plain sentences: who moves, what stays unfilled and why, what a post would cost."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from footprint.allocation import phrases as say
from footprint.allocation.flow import FlowResult
from footprint.allocation.lead import LeadResult
from footprint.allocation.margins import Margins
from footprint.allocation.phrases import Names, Story, names_of, wte
from footprint.allocation.problem import Problem
from footprint.allocation.shortage import Shortage, shortages
from footprint.allocation.words_lead import explain_lead, kept_short
from footprint.allocation.words_margins import explain_margins
from footprint.allocation.worst import Limited

#: how many of the largest moves are told one by one
MOVES_TOLD = 3
#: how many shortages are told one by one
SHORTAGES_TOLD = 6
#: as many PCNs as a reason names beside its own before it counts them
SHARERS = 3


def explain_flow(
    result: FlowResult,
    today: FlowResult,
    *,
    teams: Names,
    pcns: Names,
    limit: Limited | None = None,
    lead: LeadResult | None = None,
    margins: Margins | None = None,
) -> Story:
    """
    Tell a Level 1 result.

    Parameters
    ----------
    result, today
        The proposal, and "no change" on the same terms.
    teams, pcns
        Names by code; a code without a name stands for itself.
    limit
        The limit on journeys, where the longest was made short first.
    lead
        How the PCNs came to their one team each, where that was asked for.
    margins
        What more staff and more need would change, where that was worked out.
    """
    problem = result.problem
    short = shortages(problem)
    one_team = None if lead is None else explain_lead(lead, teams=teams, pcns=pcns)
    changed = np.flatnonzero(result.moved.sum(axis=0))
    moved = int(result.moved.sum())
    patients = int(problem.population[changed].sum())
    if moved:
        does = (
            f"The proposal moves {wte(moved)} "
            f"({say.share(moved, int(problem.supply.sum()))} of the staff) to other PCNs; "
            f"{say.counted(len(changed), 'PCN')} with {say.counted(patients, 'patient')} "
            f"{'gains' if len(changed) == 1 else 'gain'} "
            "staff of a team that has fewer or none there today."
        )
    else:
        does = "Nobody needs to move"
        best = result.gap == 0 and result.objective == today.objective
        does += ": today's arrangement is the best." if best else "."
    headline = " ".join(
        [
            say.staff(problem),
            does,
            say.unfilled(int(result.vacancies.sum()), int(today.vacancies.sum())),
            say.travel(problem, result.assigned, today.assigned),
            say.price(result.objective, today.objective),
            "" if one_team is None else one_team.headline,
            say.verdict(result.status),
        ]
    )
    sentences = [
        *_worst(problem, limit),
        *(() if one_team is None else one_team.sentences),
        *_moves(result, teams, pcns),
        *_shortages(problem, short, teams, pcns),
        *_dear(result, short, pcns, () if lead is None else kept_short(lead)),
        *say.beyond(problem, result.assigned, teams, pcns),
        *say.spare(problem, result.surplus, teams),
        *(() if margins is None else explain_margins(margins, teams=teams, pcns=pcns)),
    ]
    reasons = flow_reasons(result, short, pcns=pcns)
    if one_team is not None:
        # a need within a shortage is short whatever is done
        inside = {problem.pcns[pcn] for one in short for pcn in one.pcns}
        reasons |= {code: why for code, why in one_team.reasons.items() if code not in inside}
    return Story(" ".join(headline.split()), tuple(sentences), reasons)


def flow_reasons(result: FlowResult, short: Iterable[Shortage], *, pcns: Names) -> dict[str, str]:
    """
    Say why posts stay empty at Level 1, by PCN code.

    Parameters
    ----------
    result
        The proposal.
    short
        What :func:`footprint.allocation.shortage.shortages` finds for its problem.
    pcns
        Names by code.
    """
    problem, reasons = result.problem, {}
    limit = f"{problem.max_minutes:g} minutes"
    within = {pcn: one for one in short for pcn in one.pcns}
    for p in np.flatnonzero(result.vacancies):
        one = within.get(int(p))
        if one is None:
            text = (
                "staff are within reach, but filling it would weigh more in travel and moves than "
                "leaving it"
            )
        elif not one.teams and not one.within_reach:
            text = f"no staff within {limit}"
        else:
            # with many PCNs on the same staff a list says less than their number; of each of them
            # the sentence is the same, so that a table can say it once
            who = "this PCN needs"
            if len(one.pcns) > SHARERS + 1:
                who = f"the {len(one.pcns)} PCNs that share these staff need"
            elif len(one.pcns) > 1:
                who = f"{names_of(problem.pcns, sorted(one.pcns), pcns)} together need"
            text = f"{who} {wte(one.demand)}; "
            if one.teams:
                text += f"staff within {limit} come to {wte(one.within_reach - one.beyond)}"
                text += f", others there today to {wte(one.beyond)}" if one.beyond else ""
            else:
                text += f"no staff within {limit}, beyond {wte(one.beyond)} there today"
        reasons[problem.pcns[p]] = text
    return reasons


def _worst(problem: Problem, limit: Limited | None) -> list[str]:
    if limit is None:
        return []
    text = (
        f"The longest journey comes first: nobody works farther than {limit.longest:g} minutes"
        f"{say.marked(problem)}"
    )
    if limit.longest >= limit.without:
        return [f"{text} away, and no shorter limit leaves as little need unmet."]
    return [
        f"{text} away, where the least travel in all would have {limit.without:g}; no shorter"
        " limit leaves as little need unmet."
    ]


def _moves(result: FlowResult, teams: Names, pcns: Names) -> list[str]:
    problem = result.problem
    team, pcn = np.nonzero(result.moved)
    if not len(team):
        return []
    sizes = result.moved[team, pcn]
    told = [
        f"{names_of(problem.teams, [team[at]], teams)} takes on {wte(int(sizes[at]))} at "
        f"{names_of(problem.pcns, [pcn[at]], pcns)} ({problem.minutes[team[at], pcn[at]]:.0f} "
        f"minutes{say.marked(problem)} from its base)"
        for at in np.lexsort((pcn, team, -sizes))[:MOVES_TOLD]
    ]
    lead = "The largest moves" if len(team) > MOVES_TOLD else "The moves"
    return [f"{lead}: {'; '.join(told)}."]


def _shortages(
    problem: Problem, short: tuple[Shortage, ...], teams: Names, pcns: Names
) -> list[str]:
    """Tell each shortage; of many the largest, and what the rest come to."""
    if len(short) <= SHORTAGES_TOLD + 1:
        return [_shortage(problem, one, teams, pcns) for one in short]
    order = sorted(short, key=lambda one: (-one.short, one.pcns))
    rest = order[SHORTAGES_TOLD:]
    amount, where = sum(one.short for one in rest), sum(len(one.pcns) for one in rest)
    return [
        *(_shortage(problem, one, teams, pcns) for one in order[:SHORTAGES_TOLD]),
        f"{wte(amount)} stay unfilled whatever is done in {len(rest):,} more places, with "
        f"{say.counted(where, 'PCN')}.",
    ]


def _shortage(problem: Problem, one: Shortage, teams: Names, pcns: Names) -> str:
    many = len(one.pcns) > 1
    limit = f"{problem.max_minutes:g} minutes"
    stays = f"{wte(one.short)} stay unfilled whatever is done"
    if len(one.pcns) == int((problem.demand > 0).sum()) and one.teams:
        return (
            f"There are not enough staff in all: {wte(one.demand)} needed, and those who can reach "
            f"the work come to {wte(one.within_reach)}, so {stays}."
        )
    where = names_of(problem.pcns, one.pcns, pcns)
    if not one.teams and not one.within_reach:
        return f"No staff are within {limit} of {where}: {stays}."
    need = f"{where} {'need' if many else 'needs'} {wte(one.demand)}"
    if not one.teams:
        return (
            f"{need}; no staff are within {limit}, beyond {wte(one.beyond)} there today: {stays}."
        )
    held = "teams" if len(one.teams) > 1 else "team"
    others = f", others there today {wte(one.beyond)}" if one.beyond else ""
    return (
        f"{need}, and the {held} within {limit} ({names_of(problem.teams, one.teams, teams)}) "
        f"can give {wte(one.within_reach - one.beyond)}{others}: {stays}."
    )


def _dear(
    result: FlowResult, short: Iterable[Shortage], pcns: Names, kept: Iterable[int]
) -> list[str]:
    inside = {pcn for one in short for pcn in one.pcns} | set(kept)
    rest = [int(p) for p in np.flatnonzero(result.vacancies) if int(p) not in inside]
    if not rest:
        return []
    amount = wte(int(result.vacancies[rest].sum()))
    return [
        f"At {names_of(result.problem.pcns, rest, pcns)} {amount} stay unfilled although staff are "
        "within reach: filling that would weigh more in travel and moves than leaving it."
    ]
