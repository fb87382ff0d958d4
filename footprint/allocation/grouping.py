"""Levels 2 and 3: groups of PCNs that hang together, each with one team, at least cost."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from footprint.allocation import clauses, farthest, regions
from footprint.allocation.clauses import Clause
from footprint.allocation.contiguity import Edge, components, graph_of, links
from footprint.allocation.group_costs import (
    GroupCosts,
    group_costs,
    minute_units,
    most_people,
)
from footprint.allocation.groups import Group, GroupResult, Limit
from footprint.allocation.locks import Locked
from footprint.allocation.problem import IntArray, Problem, cost_units
from footprint.allocation.region import Partition, Region
from footprint.allocation.solution import (
    Cost,
    spread,
    status_words,
    vacancy_cost,
)
from footprint.errors import ModelError
from footprint.policy import WORST_FIRST, Policy


def solve(
    problem: Problem, policy: Policy, *, within: Sequence[object] | None = None
) -> GroupResult:
    """
    Split the PCNs into groups that hang together, each with one team, at least cost.

    Every PCN is in one group; a group lies inside one system (unless ``policy.cross_icb``) and
    holds the population needed; a team has at most one group. Every input has an answer: what
    cannot be kept gives way as little as it must, in the order of
    :func:`footprint.allocation.partition.solve`, and ``status`` says so. PCNs to which no team of
    their system has a road are left out, without a team, all of their demand vacant; a PCN that
    has to be in the group of a team without a road to it gets nobody, at the last tier's price.

    Parameters
    ----------
    problem
        A service with teams.
    policy
        ``move_price``, vacancy tiers, ``cross_icb``.
    within
        (P,) labels that no group may span: Level 3's groups, for Level 2 nested in them. Dropped,
        and said, in a system with fewer teams than labels.

    Returns
    -------
    result
        Costs and bound exact in whole units.

    Raises
    ------
    ModelError
        Where the solver's answer is not what it claims: a fault of ours.
    """
    return _solved(problem, policy, within=within, sites=False)


def solve_sites(
    problem: Problem, policy: Policy, *, within: Sequence[object] | None = None
) -> GroupResult:
    """
    Suggest groups and a site for each, where a service has no teams.

    Groups hold from the population needed to twice that (or ``max_population``), at least
    minutes x WTE demanded; sites are optional, at most one group each
    (:func:`footprint.allocation.sites.solve`).

    Parameters
    ----------
    problem
        A service whose ``teams`` are candidate sites; supply and today are ignored.
    policy
        ``cross_icb``, and the vacancy price of a PCN without a road.
    within
        As for :func:`solve`.

    Returns
    -------
    result
        With ``assigned``, ``vacancies``, ``surplus`` all 0 and ``today`` None.
    """
    return _solved(problem, policy, within=within, sites=True)


def today(problem: Problem, policy: Policy) -> Cost:
    """
    Cost "no change" on the terms of :func:`solve`.

    Today need not be one team per group, so its demand travels from the teams that serve a PCN
    today, in proportion to their WTE there; demand above today's WTE counts as staff to be brought
    in and as vacant, by the tiers of the PCN's own demand. Where today happens to be such groups,
    this is at least their cost by :func:`solve`, and the same when nothing is short.

    Parameters
    ----------
    problem, policy
        As for :func:`solve`.
    """
    here = problem.reached_today
    move = int(cost_units(policy.move_price))
    travel = moves = vacancy = Fraction(0)
    minutes = (here * minute_units(problem)).sum(axis=0).tolist()
    for demand, staff, spent in zip(
        problem.demand.tolist(), here.sum(axis=0).tolist(), minutes, strict=True
    ):
        if staff:
            # per hundredth demanded, the mean over today's staff
            travel += Fraction(spent * demand, staff)
            moves += move * max(0, demand - staff)
        vacancy += vacancy_cost(max(0, demand - staff), demand, policy)
    return Cost(round(travel), round(moves), round(vacancy))


def _solved(
    problem: Problem, policy: Policy, *, within: Sequence[object] | None, sites: bool
) -> GroupResult:
    prices = group_costs(problem, policy, sites=sites)
    broken: list[Clause] = []
    alone: list[str] = []
    nested = True
    kind = "site" if sites else "team"
    bare: list[list[int]] = []
    posed: list[tuple[IntArray, IntArray, Region]] = []
    for system, everyone, teams in _systems(problem, policy):
        reached = prices.road[np.ix_(teams, everyone)].any(axis=0)
        nobody, pcns = everyone[~reached], everyone[reached]
        if not len(teams):
            alone.append(system)
            broken.append(Clause((f"no {kind} belongs to {system}",)))
        elif len(nobody):
            codes = (problem.pcns[p] for p in nobody)
            broken.append(clauses.of_pcns(f"no {kind} has a road to", codes))
        bare += _bare(problem, nobody, within)
        if not len(pcns):
            continue
        label = np.zeros(len(pcns), dtype=np.int64)
        if within is not None:
            outer = sorted({str(within[p]) for p in pcns})
            if len(outer) > len(teams):
                nested = False
                said = (
                    f"{len(outer)} groups of Level 3 cannot each hold one of {len(teams)} {kind}s"
                )
                broken.append(Clause((said,)))
            else:
                label = np.array([outer.index(str(within[p])) for p in pcns], dtype=np.int64)
        region = _region(problem, policy, prices, pcns, teams, label, sites=sites)
        posed.append((pcns, teams, region))
    asked = [region for _, _, region in posed]
    answers = _around_sites(asked) if sites else regions.solve(asked)

    def put_together(answers: Sequence[Partition]) -> GroupResult:
        team_of = np.full(len(problem.pcns), -1, dtype=np.int64)
        joined: list[Edge] = []
        told = list(broken)
        for (pcns, teams, region), answer in zip(posed, answers, strict=True):
            team_of[pcns] = teams[answer.owner]
            joined += [(int(pcns[a]), int(pcns[b])) for a, b in region.links]
            if not answer.strict:
                told += _broken(region, answer, [problem.pcns[p] for p in pcns])
        unkept = _unkept(problem, team_of, bare)
        if unkept:
            told.append(clauses.of_locks(problem, unkept, cross=policy.cross_icb))
        return _result(
            problem,
            policy,
            prices,
            team_of,
            joined,
            bare,
            bound=sum(answer.bound for answer in answers),
            broken=told,
            unkept=unkept,
            alone=alone,
            nested=nested,
            sites=sites,
        )

    free = put_together(answers)
    if policy.fairness != WORST_FIRST:
        return free
    minutes = [problem.minutes[np.ix_(teams, pcns)] for pcns, teams, _ in posed]
    found = farthest.shortest(asked, minutes, answers, around_sites=sites)
    systems = [""] * len(problem.pcns) if policy.cross_icb else list(problem.system)
    limit = Limit(found.longest, found.bound, free, _unmet(free, systems))
    result = dataclasses.replace(put_together(found.answers), limit=limit)
    return dataclasses.replace(result, status=result.told(teams={}, pcns={}))


def _unmet(result: GroupResult, systems: Sequence[str]) -> dict[str, int]:
    """WTE hundredths without staff, by system."""
    unmet = dict.fromkeys(sorted(set(systems)), 0)
    for system, short in zip(systems, result.vacancies.tolist(), strict=True):
        unmet[system] += short
    return unmet


def _bare(problem: Problem, pcns: IntArray, within: Sequence[object] | None) -> list[list[int]]:
    """PCNs that nobody serves, as groups of those that adjoin."""
    if not len(pcns):
        return []
    label = [""] * len(problem.pcns) if within is None else [str(one) for one in within]
    return components(graph_of(len(problem.pcns), problem.edges, label), pcns.tolist())


def _unkept(problem: Problem, team_of: IntArray, bare: Sequence[Sequence[int]]) -> Locked:
    """Locks that the groups do not keep, those of PCNs that nobody serves included."""
    group = team_of.copy()
    for number, members in enumerate(bare):
        group[list(members)] = -1 - number
    return problem.locks.broken(group.tolist())


def _systems(problem: Problem, policy: Policy) -> list[tuple[str, IntArray, IntArray]]:
    """Positions of PCNs and teams that are solved together."""
    if policy.cross_icb:
        return [("the patch", np.arange(len(problem.pcns)), np.arange(len(problem.teams)))]
    system, team_system = np.array(problem.system), np.array(problem.team_system)
    return [
        (one, np.flatnonzero(system == one), np.flatnonzero(team_system == one))
        for one in sorted(set(problem.system))
    ]


def _region(
    problem: Problem,
    policy: Policy,
    prices: GroupCosts,
    pcns: IntArray,
    teams: IntArray,
    label: IntArray,
    *,
    sites: bool,
) -> Region:
    place = {int(p): k for k, p in enumerate(pcns)}
    edges = tuple(
        sorted(
            (place[a], place[b])
            for a, b in problem.edges
            # what hangs together spans no label
            if a in place and b in place and label[place[a]] == label[place[b]]
        )
    )
    grid = np.ix_(teams, pcns)
    graph = graph_of(len(pcns), edges, label.tolist())
    return Region(
        name=problem.service_id,
        cost=prices.total[grid],
        load=prices.load[grid],
        road=prices.road[grid],
        supply=None if sites else problem.supply[teams],
        population=problem.population[pcns],
        low=problem.population_needed,
        high=most_people(problem, sites=sites),
        edges=edges,
        links=links(graph, problem.minutes[grid], label.tolist()),
        label=label,
        policy=policy,
        locks=problem.locks.inside(pcns.tolist(), teams.tolist()),
    )


def _around_sites(asked: Sequence[Region]) -> list[Partition]:
    # compiles on first use: not worth it for a service with teams
    from footprint.allocation import sites  # noqa: PLC0415

    return [sites.solve(region) for region in asked]


def _broken(region: Region, answer: Partition, codes: Sequence[str]) -> list[Clause]:
    """Rules that an answer breaks, its locks apart, as clauses."""
    told: list[Clause] = []
    few, many = len(region.short(answer.owner)), len(region.over(answer.owner))
    whole = int(region.population.sum())
    if region.high is not None and region.low > region.high:
        said = f"a group needs {region.low:,} patients and may hold {region.high:,} at most"
        told.append(Clause((said,)))
        few = many = 0
    elif few and whole < region.low:
        said = f"the {whole:,} patients are fewer than the {region.low:,} that one group needs"
        told.append(Clause((said,)))
    elif few:
        holds = "1 group holds" if few == 1 else f"{few} groups hold"
        told.append(Clause((f"{holds} fewer than the {region.low:,} patients needed",)))
    if many:
        holds = "1 group holds" if many == 1 else f"{many} groups hold"
        told.append(Clause((f"{holds} more than the {region.high:,} patients allowed",)))
    roadless = region.roadless(answer.owner)
    if len(roadless):
        where = (codes[p] for p in roadless)
        told.append(clauses.of_pcns("the group's team has no road to", where))
    used = [(a, b) for a, b in region.links if answer.owner[a] == answer.owner[b]]
    if used:
        told.append(clauses.of_links((codes[a], codes[b]) for a, b in used))
    if not answer.certain:
        told.append(Clause(("the search found no answer that keeps every rule",)))
    return told


def _result(
    problem: Problem,
    policy: Policy,
    prices: GroupCosts,
    team_of: IntArray,
    joined: Sequence[Edge],
    bare: Sequence[Sequence[int]],
    *,
    bound: int,
    broken: Sequence[Clause],
    unkept: Locked,
    alone: Sequence[str],
    nested: bool,
    sites: bool,
) -> GroupResult:
    served = np.flatnonzero(team_of >= 0)
    here = (team_of[served], served)
    cost = Cost(
        int(prices.travel[here].sum()),
        int(prices.moves[here].sum()),
        int(prices.vacancy[here].sum()),
    )
    whole_groups = [int(problem.demand[list(group)].sum()) for group in bare]
    lost = sum(vacancy_cost(demand, demand, policy) for demand in whole_groups)
    bound += lost
    assigned = np.zeros_like(problem.today)
    for team in sorted(set(team_of[served].tolist())):
        load = np.where(team_of == team, prices.load[team], 0)
        whole, staff = int(load.sum()), int(problem.supply[team])
        assigned[team] = load if whole <= staff else spread(staff, load)
        if not sites:
            lost += vacancy_cost(max(0, whole - staff), whole, policy)
    cost += Cost(vacancy=lost)
    vacancies = problem.demand - assigned.sum(axis=0)
    surplus = problem.supply - assigned.sum(axis=1)
    if (vacancies < 0).any() or (surplus < 0).any():
        raise ModelError(f"{problem.service_id}: more staff are placed than there are")
    if sites:
        assigned, vacancies, surplus = assigned * 0, vacancies * 0, surplus * 0
    # costs of several systems are rounded one by one; the sum is what it is
    bound = min(bound, cost.total)
    return GroupResult(
        problem=problem,
        team_of=team_of,
        groups=_groups(problem, prices, team_of, vacancies, joined, bare, sites=sites),
        assigned=assigned,
        moved=np.maximum(assigned - problem.today, 0),
        vacancies=vacancies,
        surplus=surplus,
        cost=cost,
        bound=bound,
        today=None if sites else today(problem, policy),
        broken=tuple(broken),
        unkept=unkept,
        cut_off_systems=tuple(alone),
        nested=nested,
        status=status_words(cost.total, bound, [clause.told() for clause in broken]),
    )


def _groups(
    problem: Problem,
    prices: GroupCosts,
    team_of: IntArray,
    vacancies: IntArray,
    joined: Sequence[Edge],
    bare: Sequence[Sequence[int]],
    *,
    sites: bool,
) -> tuple[Group, ...]:
    graph = graph_of(len(team_of), problem.edges)
    high = most_people(problem, sites=sites)
    members = [(t, np.flatnonzero(team_of == t)) for t in sorted(set(team_of[team_of >= 0]))]
    members += [(-1, np.array(group)) for group in bare]
    found = []
    # PCNs are in code order, so the order of first members is that of lowest codes
    for number, (team, pcns) in enumerate(sorted(members, key=lambda m: m[1][0]), start=1):
        people = int(problem.population[pcns].sum())
        over = max(people - high, 0) if high is not None else 0
        whole = team < 0 or len(components(graph, pcns.tolist())) == 1
        used = [(a, b) for a, b in joined if team_of[a] == team == team_of[b]]
        found.append(
            Group(
                group_id=f"{problem.service_id}-{number}",
                team=int(team),
                pcns=tuple(pcns.tolist()),
                population=people,
                outside=min(people - problem.population_needed, 0) or over,
                demand=int(problem.demand[pcns].sum()),
                staff=0 if sites or team < 0 else int(problem.supply[team]),
                vacancies=int(vacancies[pcns].sum()),
                links=() if whole else tuple(used),
                roadless=() if team < 0 else tuple(pcns[~prices.road[team, pcns]].tolist()),
            )
        )
    return tuple(found)
