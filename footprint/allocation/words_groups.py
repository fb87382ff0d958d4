"""Levels 2 and 3 in plain sentences: the groups, who changes team, which rules could not be met."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from footprint.allocation import phrases as say
from footprint.allocation.groups import Group, GroupResult
from footprint.allocation.held import QUICK_LOCKS, Held
from footprint.allocation.near_ties import NearTie
from footprint.allocation.phrases import Names, Story, counted, names_of, wte
from footprint.allocation.problem import COST_SCALE, IntArray, Problem
from footprint.allocation.words_margins import explain_near_ties
from footprint.allocation.words_possible import explain_possible


def explain_groups(
    result: GroupResult,
    *,
    teams: Names,
    pcns: Names,
    near_ties: Sequence[NearTie] = (),
    held: Sequence[Held] = (),
) -> Story:
    """
    Tell a Level 2 or 3 result.

    Parameters
    ----------
    result
        The proposal.
    teams, pcns
        Names by code; a code without a name stands for itself.
    near_ties
        PCNs that could as well be in a neighbouring group.
    held
        What the locks cost that are kept.
    """
    problem = result.problem
    served = [group for group in result.groups if group.team >= 0]
    sites = result.today is None
    if sites:
        need = wte(int(problem.demand.sum()))
        paragraph = [f"{problem.service_name}: {need} needed, no teams given."]
    else:
        paragraph = [say.staff(problem)]
    kind = "site" if sites else "team"
    if len(served) == 1:
        team = names_of(problem.teams, [served[0].team], teams)
        pcns_do = counted(len(served[0].pcns), "PCN forms", "PCNs form")
        paragraph.append(f"{pcns_do} one group, with {team}.")
    elif served:
        those = sum(len(group.pcns) for group in served)
        every = "The" if those == len(problem.pcns) else f"{those:,} of {len(problem.pcns):,}"
        paragraph.append(
            f"{every} PCNs form {len(served)} groups, each in one piece, with one {kind}."
        )
    if result.today is not None:
        paragraph += [
            _changes(result, teams, pcns),
            say.unfilled(int(result.vacancies.sum()), int(problem.unmet_today.sum())),
            say.travel(problem, result.assigned, problem.today),
            say.price(result.objective, result.today.total),
        ]
        if result.objective > result.today.total:
            also = "" if result.limit is None else ", nor bring the farthest PCN near"
            paragraph.append(
                f"No change is cheaper only because it need not keep the rules for groups{also}."
            )
    broken = _broken(result, teams, pcns)
    paragraph += [f"Not every rule can be met: {'; '.join(broken)}."] if broken else []
    paragraph.append(say.verdict(result.status))
    sentences = _farthest(result) + explain_possible(result, teams=teams, pcns=pcns)
    sentences += [_group(problem, group, teams, pcns, sites=sites) for group in result.groups]
    if not sites:
        sentences += [
            *_roadless(problem, teams, pcns),
            *say.beyond(problem, result.assigned, teams, pcns),
            *_unused(result, teams),
            *say.spare(problem, _in_groups(result), teams),
        ]
    sentences += [
        *_held(problem, held, teams, pcns),
        *explain_near_ties(near_ties, teams=teams, pcns=pcns),
    ]
    headline = " ".join(sentence for sentence in paragraph if sentence)
    return Story(headline, tuple(sentences), group_reasons(result, teams=teams))


def group_reasons(result: GroupResult, *, teams: Names) -> dict[str, str]:
    """
    Say why posts stay empty at Levels 2 and 3, by PCN code.

    Parameters
    ----------
    result
        The proposal.
    teams
        Names by code.
    """
    problem, reasons = result.problem, {}
    for group in result.groups:
        for p in group.pcns:
            if not result.vacancies[p]:
                continue
            if group.team < 0:
                system = problem.system[p]
                text = (
                    f"no team belongs to {system}"
                    if system in result.cut_off_systems
                    else "no team has a road to it"
                )
            elif p in group.roadless:
                text = "its group's team has no road to it"
            else:
                team = names_of(problem.teams, [group.team], teams)
                text = f"the group needs {wte(group.demand)} and {team} has {wte(group.staff)}"
            reasons[problem.pcns[p]] = text
    return reasons


def _changes(result: GroupResult, teams: Names, pcns: Names) -> str:
    problem = result.problem
    today = problem.reached_today
    lead = np.where(today.any(axis=0), today.argmax(axis=0) if len(problem.teams) else -1, -1)
    changed = np.flatnonzero((lead != result.team_of) & (result.team_of >= 0))
    if not len(changed):
        # whom nobody serves keeps nobody
        served = result.team_of >= 0
        every = "Every PCN" if served.all() else "Every PCN that has one"
        return f"{every} keeps the team that serves it most today." if served.any() else ""
    told = "; ".join(
        f"{names_of(problem.pcns, [p], pcns)} to "
        f"{names_of(problem.teams, [int(result.team_of[p])], teams)}"
        for p in changed[: say.NAMED]
    )
    told += f"; and {len(changed) - say.NAMED} more" if len(changed) > say.NAMED else ""
    patients = int(problem.population[changed].sum())
    verb = "changes its" if len(changed) == 1 else "change their"
    return (
        f"{counted(len(changed), 'PCN')} with {counted(patients, 'patient')} {verb} main team "
        f"({told}); {wte(int(result.moved.sum()))} of staff work where they do not today."
    )


def _group(problem: Problem, group: Group, teams: Names, pcns: Names, *, sites: bool) -> str:
    people = (
        f"{counted(len(group.pcns), 'PCN')} with {counted(group.population, 'patient')} "
        f"({wte(group.demand)} needed): {names_of(problem.pcns, group.pcns, pcns)}"
    )
    if group.team < 0:
        return f"Nobody serves {people}."
    team = names_of(problem.teams, [group.team], teams)
    if sites:
        return f"{team} is the best site for {people}."
    return f"{team} ({wte(group.staff)}) serves {people}."


def _farthest(result: GroupResult) -> list[str]:
    """How far the farthest PCN is, where that comes first, and what it costs."""
    limit = result.limit
    if limit is None:
        return []
    base = "its group's base" if result.today is not None else "its group's site"
    text = (
        "The longest journey comes first: no PCN is farther than "
        f"{limit.longest:g} minutes{say.marked(result.problem)} from {base}"
    )
    fewer = round(limit.free.farthest - limit.longest, 2)
    text += f", {fewer:g} fewer than by cost alone." if fewer > 0 else ", as by cost alone."
    if limit.settled:
        few = "breaks as few rules" if result.broken else "keeps every rule"
        unmet = "" if result.today is None else " and leaves as little need unmet"
        text += f" No shorter limit {few}{unmet}."
    else:
        text += (
            f" Whether a shorter limit, of {limit.bound:g} minutes or more, would do as well is"
            " not settled."
        )
    more = result.objective - limit.free.objective
    if more <= 0:
        return [text]
    share = say.share(more, limit.free.objective)
    cost = f"{more / COST_SCALE:,.0f} minutes x WTE"
    return [text, f"Keeping to this limit costs {share} more than by cost alone: {cost}."]


def _held(problem: Problem, held: Sequence[Held], teams: Names, pcns: Names) -> list[str]:
    """What the user holds fast, and what it costs."""
    single = [one for one in held if len(one.locks) == 1]
    told = []
    if len(single) > QUICK_LOCKS:
        told.append(f"{counted(len(single), 'lock is', 'locks are')} kept as you asked.")
    for one in held:
        less = _less(one, problem)
        if len(one.locks) > 1:
            told += [f"Without any of the locks {less}."] if less else []
        if len(one.locks) > 1 or len(single) > QUICK_LOCKS:
            continue
        kind, (a, b) = next(one.locks.each())
        if kind == "base":
            team = names_of(problem.teams, [b], teams)
            said = f"{names_of(problem.pcns, [a], pcns)} is kept with {team}"
        else:
            said = f"{names_of(problem.pcns, [a, b], pcns)} are kept {kind}"
        alone = " alone" if len(single) > 1 else ""
        told.append(f"{said} as you asked{f'; without that{alone} {less}' if less else ''}.")
    return told


def _less(held: Held, problem: Problem) -> str:
    """What would be otherwise without a lock; nothing where that is not known."""
    if held.frees:
        return "every rule could be kept"
    if held.longest is not None:
        minutes = f"{held.longest:g} minutes{say.marked(problem)}"
        return f"no PCN would be farther than {minutes} from its group's base"
    if held.saved is None:
        return ""
    if not held.saved:
        return "the plan would cost the same"
    return f"the plan would cost {held.saved / COST_SCALE:,.0f} minutes x WTE less"


def _broken(result: GroupResult, teams: Names, pcns: Names) -> list[str]:
    """Rules that could not be kept, by name."""
    problem, told = result.problem, []
    most_people = problem.max_population
    if most_people is not None and problem.population_needed > most_people:
        told.append(
            f"a group needs {problem.population_needed:,} patients and may hold {most_people:,} at"
            " most"
        )
    for group in result.groups:
        named = names_of(problem.pcns, group.pcns, pcns)
        if group.team < 0:
            system = problem.system[group.pcns[0]]
            alone = system in result.cut_off_systems
            them = "it" if len(group.pcns) == 1 else "them"
            why = f"no team belongs to {system}" if alone else f"no team has a road to {them}"
            told.append(f"{named} cannot be served ({why})")
            continue
        if group.outside < 0:
            told.append(
                f"the group of {named} has {group.population:,} patients where "
                f"{problem.population_needed:,} are needed"
            )
        if group.outside > 0:
            most = group.population - group.outside
            told.append(
                f"the group of {named} has {group.population:,} patients where {most:,} are allowed"
            )
        for a, b in group.links:
            told.append(
                f"{names_of(problem.pcns, [a, b], pcns)} share a group though no border or bridge "
                "joins them"
            )
        if group.roadless:
            told.append(
                f"{names_of(problem.pcns, group.roadless, pcns)} cannot be reached by road from "
                "its group's base"
            )
    if not result.nested:
        kind = "sites" if result.today is None else "teams"
        told.append(f"there are fewer {kind} than Level 3 groups for the groups to lie inside")
    if result.unkept:
        # the clause of the locks is the last
        told.append(result.broken[-1].told(pcns, teams))
    return told


def _roadless(problem: Problem, teams: Names, pcns: Names) -> list[str]:
    """Say who serves a PCN today to which there is no road: such staff fill no need here."""
    team, pcn = np.nonzero(problem.today - problem.reached_today)
    if not len(team):
        return []
    told = say.listed(
        f"{names_of(problem.teams, [int(t)], teams)} at {names_of(problem.pcns, [int(p)], pcns)}"
        for t, p in zip(team, pcn, strict=True)
    )
    amount = wte(int(problem.today[team, pcn].sum()))
    return [f"{amount} of today are not counted, as no road leads there from their base: {told}."]


def _unused(result: GroupResult, teams: Names) -> list[str]:
    problem = result.problem
    used = {group.team for group in result.groups}
    unused = [t for t in range(len(problem.teams)) if t not in used]
    if not unused:
        return []
    amount = wte(int(problem.supply[unused].sum()))
    verb = "gets" if len(unused) == 1 else "get"
    return [
        f"{names_of(problem.teams, unused, teams)} {verb} no group, and "
        f"{'its' if len(unused) == 1 else 'their'} {amount} no work."
    ]


def _in_groups(result: GroupResult) -> IntArray:
    """(T,) surplus of the teams that have a group."""
    used = np.zeros(len(result.problem.teams), dtype=bool)
    used[[group.team for group in result.groups if group.team >= 0]] = True
    return np.where(used, result.surplus, 0)
