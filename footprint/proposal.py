"""The proposal: demand, levels, travel and today's staff become problems; solvers answer them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from footprint import demand, levels, posing, travel
from footprint.allocation import explain, flow, grouped, grouping, level1
from footprint.allocation.lead import LeadResult
from footprint.allocation.problem import COST_SCALE, WTE_SCALE, Problem
from footprint.checks import Checked, Ground
from footprint.footprints import Footprints
from footprint.patch import Patch
from footprint.progress import STAGES, Step
from footprint.words import proper

NO_TEAMS = "no teams given"


@dataclass(frozen=True)
class Outcome:
    """
    What became of one service.

    ``problem``, ``result`` and ``story`` (the words) are None for a service without teams;
    ``today`` is the flow of "no change" at Level 1, ``lead`` its second stage where lead teams were
    asked for. ``claim`` is what ``run.json`` says of the solver's answer. ``told`` is the status by
    the names of PCNs and teams where it differs.
    """

    service_id: str
    level: int
    status: str
    story: explain.Story | None = None
    problem: Problem | None = None
    result: flow.FlowResult | grouping.GroupResult | None = None
    today: flow.FlowResult | None = None
    lead: LeadResult | None = None
    told: str = ""
    claim: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Proposal:
    """
    Tables of the contract (services, teams, demand, travel, allocation ...) and outcomes.

    ``times`` is where minutes come from; None without teams.
    """

    tables: Mapping[str, pd.DataFrame]
    levels: pd.DataFrame
    outcomes: Sequence[Outcome]
    times: travel.Times | None = None


def parts_that_matter(ground: Ground, checked: Checked) -> pd.DataFrame:
    """Return which small areas belong to parts that count: small_area_code, matters."""
    owner = ground.footprints.owner
    key = checked.parts.set_index(["pcn_code", "part"])["matters"]
    rows = pd.MultiIndex.from_arrays([owner.reindex(ground.part_of.index), ground.part_of])
    return pd.DataFrame(
        {"small_area_code": ground.part_of.index, "matters": key.reindex(rows).to_numpy()}
    )


def propose(
    patch: Patch,
    footprints: Footprints,
    edges: pd.DataFrame,
    beside: pd.DataFrame,
    overlap: pd.DataFrame,
    *,
    step: Step = lambda stage: None,
) -> Proposal:
    """
    Propose levels and an allocation for every service.

    Parameters
    ----------
    patch, footprints, edges
        As made before.
    beside
        Pairs of PCNs that adjoin: a, b, source.
    overlap
        Patients by service, PCN and team, with the rule that counted them.
    step
        Told when the allocation begins.

    Returns
    -------
    proposal
        Tables and outcomes, services in the order of their file.
    """
    people = patch.drivers
    mine = patch.pcns.loc[people.index].reset_index()
    mine["pcn_name"] = mine["pcn_name"].map(proper)
    needs = demand.demand(patch.services, people)
    at_level = levels.levels(patch.services, mine, people, patch.settings.policy)
    today = travel.today_split(patch.teams.reset_index(), overlap[overlap["rule"] == "area"], needs)
    systems = posing.team_systems(patch, footprints, today)
    times = posing.times_of_teams(patch, footprints, edges)
    minutes = posing.minutes_of_teams(patch, footprints, times, at_level, today, systems)
    step(STAGES[5])
    sites = (
        None if patch.candidate_sites.empty else posing.minutes_of_sites(patch, footprints, edges)
    )
    outcomes = _outcomes(patch, at_level, needs, minutes, today, systems, beside, sites)
    tables = {
        "services": _services(patch, at_level, needs, outcomes),
        "teams": _teams(patch),
        "demand": needs.drop(columns="wte_hundredths"),
        "travel": _travel(minutes, sites, outcomes),
        "allocation": _based(_stack([_allocation(o) for o in outcomes], ALLOCATION), minutes),
        "vacancies": _stack([_vacancies(o) for o in outcomes], VACANCIES),
        "groups": _stack([_groups(o) for o in outcomes], GROUPS),
    }
    return Proposal(tables=tables, levels=at_level, outcomes=outcomes, times=times)


def _travel(
    minutes: pd.DataFrame,
    sites: tuple[pd.DataFrame, pd.Series] | None,
    outcomes: Sequence[Outcome],
) -> pd.DataFrame:
    """Minutes by road; those from candidate sites where a limit on them is claimed."""
    frames = [minutes]
    for outcome in outcomes:
        around = outcome.claim.get("longest_minutes") is not None and not _staffed(outcome)
        if sites is not None and around:
            frames.append(sites[0].assign(service_id=outcome.service_id)[minutes.columns])
    every = pd.concat(frames) if len(frames) > 1 else minutes
    return every[np.isfinite(every["minutes"])].reset_index(drop=True)


def _staffed(outcome: Outcome) -> bool:
    """Whether a service has teams: groups around candidate sites have nobody to be short of."""
    return "objective" in outcome.claim


ALLOCATION = ("service_id", "level", "pcn_code", "team_id", "wte", "minutes", "today_wte")
VACANCIES = ("service_id", "pcn_code", "wte", "reason")
GROUPS = ("service_id", "level", "group_id", "team_id", "pcn_code", "population")


def _outcomes(
    patch: Patch,
    at_level: pd.DataFrame,
    needs: pd.DataFrame,
    minutes: pd.DataFrame,
    today: pd.DataFrame,
    systems: pd.Series,
    beside: pd.DataFrame,
    sites: tuple[pd.DataFrame, pd.Series] | None,
) -> list[Outcome]:
    level = at_level.set_index("service_id")["level"]
    order = list(patch.services["service_id"])
    found: dict[str, Outcome] = {}
    within: dict[str, str] | None = None
    # where groups nest, Level 3 comes first and the first of its services sets the frame
    for service in sorted(order, key=lambda one: -int(level[one])):
        nested = within if level[service] == 2 else None
        found[service] = _outcome(
            patch, service, at_level, needs, minutes, today, systems, beside, sites, nested
        )
        if patch.settings.policy.nest and level[service] == 3 and within is None:
            rows = _groups(found[service])
            within = dict(zip(rows["pcn_code"], rows["group_id"], strict=True)) or None
    return [found[service] for service in order]


def _outcome(
    patch: Patch,
    service: str,
    at_level: pd.DataFrame,
    needs: pd.DataFrame,
    minutes: pd.DataFrame,
    today: pd.DataFrame,
    systems: pd.Series,
    beside: pd.DataFrame,
    sites: tuple[pd.DataFrame, pd.Series] | None,
    within: Mapping[str, str] | None = None,
) -> Outcome:
    level = at_level.set_index("service_id").loc[service]
    if not (patch.teams["service_id"] == service).any():
        return _without_teams(patch, service, level, needs, sites, beside, within)
    policy = patch.settings.policy
    teams, pcns = patch.teams["team_name"].to_dict(), patch.pcns["pcn_name"].map(proper).to_dict()
    posed = posing.problem(patch, service, level, needs, minutes, today, systems, beside)
    if posed.level == 1:
        solved = level1.solve(posed, policy)
        result, unchanged = solved.plan, solved.today
        return Outcome(
            service_id=service,
            level=1,
            status=result.status,
            story=solved.story(teams=teams, pcns=pcns),
            problem=posed,
            result=result,
            today=unchanged,
            lead=solved.lead,
            claim={
                **_claim(result.status, result.objective, result.bound, unchanged.objective),
                **solved.claims(),
            },
        )
    found = grouped.solve(posed, policy, within=_labels(posed, within))
    groups = found.result
    return Outcome(
        service_id=service,
        level=posed.level,
        status=groups.status,
        story=found.story(teams=teams, pcns=pcns),
        problem=posed,
        result=groups,
        claim={
            **_claim(
                groups.status,
                groups.objective,
                groups.bound,
                0 if groups.today is None else groups.today.total,
            ),
            **found.claims(),
        },
        told=groups.told(teams=teams, pcns=pcns),
    )


def _labels(posed: Problem, within: Mapping[str, str] | None) -> list[str] | None:
    """Level 3's group of each PCN, where there is one to keep to."""
    return None if within is None else [within.get(code, "") for code in posed.pcns]


def _without_teams(
    patch: Patch,
    service: str,
    level: pd.Series,
    needs: pd.DataFrame,
    sites: tuple[pd.DataFrame, pd.Series] | None,
    beside: pd.DataFrame,
    within: Mapping[str, str] | None,
) -> Outcome:
    """A service without teams: its level and need, and groups around candidate sites if given."""
    if sites is None or int(level["level"]) == 1:
        return Outcome(service, int(level["level"]), NO_TEAMS, claim={"status": NO_TEAMS})
    nobody = pd.Series(0.0, index=patch.candidate_sites.index)
    minutes, systems = sites
    today = pd.DataFrame({"team_id": [], "pcn_code": [], "wte_hundredths": []})
    posed = posing.problem(
        patch, service, level, needs, minutes, today, systems, beside, staff=nobody
    )
    found = grouped.solve_sites(posed, patch.settings.policy, within=_labels(posed, within))
    names = patch.candidate_sites["site_name"].to_dict()
    pcns = patch.pcns["pcn_name"].map(proper).to_dict()
    lead = f"{NO_TEAMS}; groups around candidate sites: "
    status = lead + found.result.status
    return Outcome(
        service_id=service,
        level=posed.level,
        status=status,
        story=found.story(teams=names, pcns=pcns),
        problem=posed,
        result=found.result,
        claim={"status": status, **found.claims()},
        told=lead + found.result.told(teams=names, pcns=pcns),
    )


def _claim(status: str, objective: int, bound: int, today: int) -> dict[str, Any]:
    return {
        "status": status,
        "objective": objective / COST_SCALE,
        "bound": bound / COST_SCALE,
        "gap": (objective - bound) / objective if objective else 0.0,
        "today": today / COST_SCALE,
    }


def _services(
    patch: Patch, at_level: pd.DataFrame, needs: pd.DataFrame, outcomes: Sequence[Outcome]
) -> pd.DataFrame:
    out = at_level[["service_id", "service_name", "level", "population_needed", "why"]].copy()
    given = patch.services.set_index("service_id")
    for name in (
        "demand_driver",
        "wte_per_10000",
        "min_team_wte",
        "min_population",
        "max_population",
        "max_travel_minutes",
    ):
        out[name] = given[name].reindex(out["service_id"]).to_numpy()
    out["group_population"] = at_level["group_population"]
    out["demand_wte"] = out["service_id"].map(needs.groupby("service_id")["wte"].sum()).round(2)
    staff = patch.teams.groupby("service_id")["wte"].sum()
    out["staff_wte"] = out["service_id"].map(staff).fillna(0.0).round(2)
    out["status"] = [outcome.status for outcome in outcomes]
    leads = [outcome.lead for outcome in outcomes]
    for name, figure in (
        ("one_team_pcns", "count"),
        ("one_team_pcns_cheapest", "before"),
        ("one_team_pcns_today", "today"),
    ):
        counts = [pd.NA if lead is None else getattr(lead, figure) for lead in leads]
        out[name] = pd.array(counts, dtype="Int64")
    return out


def _teams(patch: Patch) -> pd.DataFrame:
    columns = ["team_id", "team_name", "service_id", "base_name", "wte"]
    return pd.DataFrame(patch.teams.reset_index()[columns])


def _allocation(outcome: Outcome) -> pd.DataFrame:
    if outcome.problem is None or outcome.result is None or not _staffed(outcome):
        return pd.DataFrame(columns=ALLOCATION)
    posed, assigned = outcome.problem, outcome.result.assigned
    team, pcn = np.nonzero((assigned > 0) | (posed.today > 0))
    minutes = posed.minutes[team, pcn]
    return pd.DataFrame(
        {
            "service_id": outcome.service_id,
            "level": outcome.level,
            "pcn_code": np.array(posed.pcns, dtype=object)[pcn],
            "team_id": np.array(posed.teams, dtype=object)[team],
            "wte": assigned[team, pcn] / WTE_SCALE,
            "minutes": np.where(np.isfinite(minutes), minutes, np.nan),
            "today_wte": posed.today[team, pcn] / WTE_SCALE,
        }
    ).sort_values(["pcn_code", "team_id"], ignore_index=True)


def _based(allocation: pd.DataFrame, minutes: pd.DataFrame) -> pd.DataFrame:
    """Say beside each row what its minutes rest on."""
    keys = ["service_id", "team_id", "pcn_code"]
    if allocation.empty:
        return allocation.assign(basis="")
    out = allocation.merge(minutes[[*keys, "basis"]], on=keys, how="left")
    return out.assign(basis=out["basis"].where(out["minutes"].notna(), ""))


def _vacancies(outcome: Outcome) -> pd.DataFrame:
    if outcome.problem is None or outcome.result is None or outcome.story is None:
        return pd.DataFrame(columns=VACANCIES)
    if not _staffed(outcome):
        return pd.DataFrame(columns=VACANCIES)
    short = outcome.result.vacancies
    rows = np.flatnonzero(short)
    codes = [outcome.problem.pcns[at] for at in rows]
    return pd.DataFrame(
        {
            "service_id": outcome.service_id,
            "pcn_code": codes,
            "wte": short[rows] / WTE_SCALE,
            "reason": [_sentence(outcome.story.reasons[code]) for code in codes],
        }
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _groups(outcome: Outcome) -> pd.DataFrame:
    result, posed = outcome.result, outcome.problem
    if posed is None or not isinstance(result, grouping.GroupResult):
        return pd.DataFrame(columns=GROUPS)
    return pd.DataFrame(
        [
            (
                outcome.service_id,
                outcome.level,
                group.group_id,
                "" if group.team < 0 else posed.teams[group.team],
                posed.pcns[pcn],
                int(posed.population[pcn]),
            )
            for group in result.groups
            for pcn in group.pcns
        ],
        columns=list(GROUPS),
    )


def _stack(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return pd.DataFrame(columns=list(columns))
    return pd.concat(filled, ignore_index=True)[list(columns)]
