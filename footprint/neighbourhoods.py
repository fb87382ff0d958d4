"""All services together: the teams that work for a PCN, and for each of its practices."""

from __future__ import annotations

import pandas as pd

from footprint import alignment
from footprint.codes import among, summed
from footprint.patch import Patch

COLUMNS = (
    "pcn_code",
    "teams_today",
    "teams_proposed",
    "wte_today",
    "wte_proposed",
    "services",
    "practices",
    "practice_teams_today",
    "practice_teams_proposed",
)


def neighbourhoods(patch: Patch, allocation: pd.DataFrame) -> pd.DataFrame:
    """
    Count teams and staff of all services together, PCN by PCN.

    Parameters
    ----------
    patch
        As joined.
    allocation
        ``service_id``, ``pcn_code``, ``team_id``, ``wte``, ``today_wte``: every service's.

    Returns
    -------
    neighbourhoods
        A row per PCN of the patch, in order of code: teams_today and teams_proposed (teams with
        any staff there), wte_today and wte_proposed, services (with staff there today or
        proposed), practices, practice_teams_today and practice_teams_proposed (how many teams one
        of its practices works with, the mean over its practices; NaN where none has placed
        patients). Empty where nothing is allocated.

    Notes
    -----
    Today a practice works, in each service, with the fewest teams that reach 95% of its patients
    (``alignment_reach``), a patient belonging to the team in whose area they live or which serves
    their PCN, as in the alignment. The proposal says which teams work for a PCN, not for which of
    its practices: a team that stays with the PCN is taken to stay with the practices it works with
    today, and one that is new there to work with all of them, if it is among the fewest teams that
    hold 95% of the service's staff there; a practice that loses its last team works with all that
    remain. So leaving everything as it is changes no figure.
    """
    mine = patch.pcns[patch.pcns["in_patch"]]
    if allocation.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    out = pd.DataFrame(index=pd.Index(mine.index, name="pcn_code"))
    for name, staff in (("today", "today_wte"), ("proposed", "wte")):
        there = allocation[allocation[staff] > 0]
        by_pcn = there.groupby("pcn_code")
        out[f"teams_{name}"] = by_pcn["team_id"].nunique().reindex(out.index, fill_value=0)
        out[f"wte_{name}"] = by_pcn[staff].sum().reindex(out.index, fill_value=0.0).round(2)
    either = allocation[(allocation["wte"] > 0) | (allocation["today_wte"] > 0)]
    services = either.groupby("pcn_code")["service_id"].nunique()
    out["services"] = services.reindex(out.index, fill_value=0)
    out["practices"] = mine["practices"]
    of_practices = practice_teams(patch, allocation)
    for name in ("today", "proposed"):
        means = of_practices.groupby("pcn_code")[name].mean()
        out[f"practice_teams_{name}"] = means.reindex(out.index)
    return out.reset_index()[list(COLUMNS)]


def practice_teams(patch: Patch, allocation: pd.DataFrame) -> pd.DataFrame:
    """
    Count the teams that each practice works with.

    Parameters
    ----------
    patch, allocation
        As for :func:`neighbourhoods`.

    Returns
    -------
    practices
        ``practice_code``, ``pcn_code``, ``today``, ``proposed``: a row for each practice of the
        patch's PCNs with placed patients, in order of code.
    """
    known = patch.practices["pcn_code"].dropna()
    known = known[known.map(patch.pcns["in_patch"]).astype(bool)]
    rows = patch.registrations
    placed = rows[(rows["reason"] == "").to_numpy() & among(rows["practice_code"], known.index)]
    reach = patch.settings.policy.alignment_reach
    staff = allocation[["service_id", "pcn_code", "team_id", "wte", "today_wte"]]
    staff = staff.astype({"wte": float, "today_wte": float})
    works = _works_with(patch, known, placed, reach)
    works["pcn_code"] = works["practice_code"].map(known)
    # a team that has no staff at the PCN is nobody's
    works = works.merge(staff, on=["service_id", "pcn_code", "team_id"])
    works = works[works["today_wte"] > 0]
    stays = works.loc[works["wte"] > 0, ["service_id", "practice_code", "team_id"]]

    # those who are new to a PCN, and all of them where a practice is left alone
    holds = _fewest(staff[staff["wte"] > 0], ["service_id", "pcn_code"], "wte", reach)
    practices = pd.DataFrame(
        {"practice_code": sorted(set(placed["practice_code"].unique()) & set(known.index))}
    )
    practices["pcn_code"] = practices["practice_code"].map(known)
    every = practices.merge(
        holds[["service_id", "pcn_code", "team_id", "today_wte"]], on="pcn_code"
    )
    fresh = every.loc[every["today_wte"] == 0, ["service_id", "practice_code", "team_id"]]
    proposed = pd.concat([stays, fresh], ignore_index=True)
    has = pd.MultiIndex.from_frame(proposed[["service_id", "practice_code"]])
    alone = ~pd.MultiIndex.from_frame(every[["service_id", "practice_code"]]).isin(has)
    # nobody works with them today either: not a loss, and nothing is said to be gained
    lost = pd.MultiIndex.from_frame(works[["service_id", "practice_code"]])
    alone &= pd.MultiIndex.from_frame(every[["service_id", "practice_code"]]).isin(lost)
    proposed = pd.concat(
        [proposed, every.loc[alone, ["service_id", "practice_code", "team_id"]]],
        ignore_index=True,
    )
    for name, frame in (("today", works), ("proposed", proposed)):
        number = frame.groupby("practice_code").size()
        practices[name] = practices["practice_code"].map(number).fillna(0).astype(int)
    return practices


def _works_with(patch: Patch, known: pd.Series, placed: pd.DataFrame, reach: float) -> pd.DataFrame:
    """Teams that each practice works with today: service_id, practice_code, team_id."""
    members = known.groupby(known).apply(lambda rows: tuple(sorted(rows.index))).to_dict()
    teams = patch.teams.reset_index()[["team_id", "service_id", "pcn_codes"]]
    # to align, a practice is a PCN of its own, and a team serves each of its PCNs' practices
    teams = teams.assign(
        pcn_codes=[
            tuple(practice for pcn in codes for practice in members.get(pcn, ()))
            for codes in teams["pcn_codes"]
        ]
    )
    patients = summed(placed, "small_area_code", "practice_code", "patients")
    patients = patients.rename(columns={"practice_code": "pcn_code"})
    table = alignment.align(teams, patch.team_areas, patients)
    table = table[table["team_id"] != alignment.NO_TEAM]
    table = _fewest(table, ["service_id", "pcn_code"], "patients", reach)
    columns = {"pcn_code": "practice_code"}
    return table.rename(columns=columns)[["service_id", "practice_code", "team_id"]]


def _fewest(frame: pd.DataFrame, keys: list[str], weight: str, reach: float) -> pd.DataFrame:
    """The fewest teams of each group that hold the share ``reach`` of its weight, largest first."""
    order = frame.sort_values(
        [*keys, weight, "team_id"], ascending=[True] * len(keys) + [False, True]
    )
    grouped = order.groupby(keys, sort=False)[weight]
    before = grouped.cumsum() - order[weight]
    # rounded, so that 0.1 + 0.2 is 0.3
    return order[(before / grouped.transform("sum")).round(9) < round(reach, 9)]
