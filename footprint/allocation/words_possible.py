"""What would have to be otherwise for every rule of groups to be kept, in plain sentences."""

from __future__ import annotations

from footprint.allocation import phrases as say
from footprint.allocation.groups import Group, GroupResult
from footprint.allocation.phrases import Names, counted, names_of


def explain_possible(result: GroupResult, *, teams: Names, pcns: Names) -> list[str]:
    """
    Tell what would let these groups keep every rule, and what those without a team need.

    The groups themselves are the proof: each rule that they break is named with how far it would
    have to give way. Nothing is told where every rule is kept.

    Parameters
    ----------
    result
        Groups of a service, with teams or around candidate sites.
    teams, pcns
        Names by code.

    Returns
    -------
    sentences
        Such as "These groups would keep every rule if 28,000 patients were enough for a group."
    """
    problem = result.problem
    served = [group for group in result.groups if group.team >= 0]
    told = [
        *_people(result, [group.population for group in served]),
        *(
            f"a border or bridge joined {names_of(problem.pcns, link, pcns)}"
            for group in served
            for link in group.links
        ),
        *(_road(result, group, teams, pcns) for group in served if group.roadless),
    ]
    if not result.nested:
        told.append("they need not lie inside Level 3's")
    if result.unkept:
        one = len(result.unkept) == 1
        which = "lock that is" if one else "locks that are"
        told.append(f"the {which} not kept {'was' if one else 'were'} given up")
    who = (
        "These groups"
        if len(served) == len(result.groups)
        else f"The groups that have a {_kind(result)}"
    )
    clauses = say.listed((f"if {one}" for one in told), comma=True)
    text = [f"{who} would keep every rule {clauses}."] if told else []
    return [*text, *_unserved(result, pcns)]


def _people(result: GroupResult, people: list[int]) -> list[str]:
    """How few and how many patients groups would have to be allowed."""
    problem, told = result.problem, []
    need, most = problem.population_needed, problem.max_population
    if min(people, default=need) < need:
        need = min(people)
        told.append(f"{counted(need, 'patient was', 'patients were')} enough for a group")
    if most is None and result.today is None:
        # around sites the most is twice the need, the lower one too
        most = 2 * need
    if most is not None and max(people, default=most) > most:
        told.append(f"a group might hold {counted(max(people), 'patient')}")
    return told


def _road(result: GroupResult, group: Group, teams: Names, pcns: Names) -> str:
    problem = result.problem
    of = "site" if result.today is None else "base of"
    whose = names_of(problem.teams, [group.team], teams)
    return (
        f"there was a road from the {of} {whose} to {names_of(problem.pcns, group.roadless, pcns)}"
    )


def _unserved(result: GroupResult, pcns: Names) -> list[str]:
    """What the PCNs need that nobody serves."""
    problem, text = result.problem, []
    bare = sorted(p for group in result.groups if group.team < 0 for p in group.pcns)
    kind = _kind(result)
    alone = sorted({problem.system[p] for p in bare} & set(result.cut_off_systems))
    if alone:
        needs, own = ("needs", "its") if len(alone) == 1 else ("each need", "their")
        text.append(f"To be served, {say.listed(alone)} {needs} a {kind} of {own} own.")
    lost = [p for p in bare if problem.system[p] not in alone]
    if lost:
        needs = "needs" if len(lost) == 1 else "need"
        where = names_of(problem.pcns, lost, pcns)
        text.append(f"To be served, {where} {needs} a {kind} with a road there.")
    return text


def _kind(result: GroupResult) -> str:
    return "site" if result.today is None else "team"
