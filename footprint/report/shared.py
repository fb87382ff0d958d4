"""
The last gate before a shared version is written: nothing is shown that the rule does not allow.

Every column of numbers is either a count of patients, a number of staff, or named here as one that
may stand as it is; one that nobody has named is left empty, so that a new column gives nothing
away before somebody has thought about it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from footprint import demand
from footprint.disclosure import BASE, Rule, told
from footprint.report import columns
from footprint.report.cells import count
from footprint.report.content import Content, ServiceStory

#: columns by table or layer that count a user's patients
PEOPLE: Mapping[str, tuple[str, ...]] = {
    "small_areas": ("patients", "registrations"),
    "parts": ("patients",),
    "alignment": ("patients",),
    "alignment_summary": ("people_elsewhere",),
    "unplaced": ("patients",),
    "readings": ("patients_all", "patients_own"),
    "fairness": ("patients",),
    "practices": ("registered_patients",),
    "pcns": ("catchment_patients", "weighted_list"),
    "neighbours": ("patients",),
}
#: columns of shares that are not told where the patients beside them are not
SHARES: Mapping[str, str] = {
    "small_areas": "share dominance",
    "parts": "share",
    "alignment": "share",
}
#: columns that hold WTE of a user's teams
STAFF: Mapping[str, tuple[str, ...]] = {
    "teams": ("wte",),
    "bases": ("wte",),
    "allocation": ("wte", "today_wte"),
    "vacancies": ("wte",),
    "services": ("staff_wte",),
    "neighbourhoods": ("wte_today", "wte_proposed"),
}
#: other numbers: of places and codes, public, the user's own ratios, or shares and means of what is
#: shown
PLAIN: Mapping[str, str] = {
    "pcns": "practices list_size parts retention dominance weight small_areas square_km"
    " catchment_areas outside_commissioner outside_icb outside_local_authority outside_locality",
    "checks": "figure",
    "parts": "part share practices small_areas",
    "profile": "value patch_middle patch_low patch_high",
    "practices": "list_size in_own_footprint spread",
    "services": "level population_needed wte_per_10000 min_team_wte min_population max_population"
    " max_travel_minutes group_population demand_wte one_team_pcns one_team_pcns_cheapest"
    " one_team_pcns_today",
    "alignment": "share",
    "pcn_alignment": "effective_teams teams_95 lead_share covered",
    "team_alignment": "effective_pcns pcns_95 lead_share",
    "alignment_summary": "homogeneity completeness v_measure ami",
    "demand": "driver_population wte",
    "travel": "minutes",
    "allocation": "level minutes lead lead_today",
    "groups": "level population",
    "fairness": "minutes_today minutes_proposed reached_today reached_proposed",
    "neighbourhoods": "teams_today teams_proposed services practices practice_teams_today"
    " practice_teams_proposed",
    "postcode_districts": "postcodes",
    "small_areas": "share owner catchment dominance elsewhere",
    "neighbours": "small_areas",
    "surroundings": "reach_m",
}
#: sentences of ours, in which counts are told as they are shown
SENTENCES: Mapping[str, tuple[str, ...]] = {
    "pcns": ("reasons",),
    "checks": ("evidence",),
    "evidence": ("label",),
    "vacancies": ("reason",),
    "services": ("status",),
}
#: shares of the user's ages, which with a list would give its counts, and the decimals they have
COARSE: Mapping[str, int] = {f"age_{band}": 2 for band in ("0_14", "65_plus", "75_plus", "85_plus")}

#: what may be told of a solver's answer; costs, shortages and limits that it found give staff back
CLAIMED = ("status", "lead_teams", "pcns", "one_team", "one_team_cheapest", "one_team_today")
#: how near a proposal is to the best is told in steps of so many per cent
STEP = 5
_MINUTES = re.compile(r"\bminutes\b")
_COUNTS = re.compile(r"\bWTE\b|\bminutes\b")
_ROWS = re.compile(r", [\d,]+ rows$")
_NEAR = re.compile(r"within (\d+(?:\.\d+)?)%")
#: inputs of which neither hash nor number of rows is told: with a hash a guess at a hidden count
#: could be tested, and as many rows of patients are as many patients at least
GUESSED = frozenset({"ages", "attributes", "registrations", "teams", "weighted_lists"})


def says(threshold: int) -> str:
    """Say what a shared version does not show."""
    return (
        f"Shared version. Counts from 1 to {threshold - 1} are not shown; others are rounded to"
        f" {BASE}. This holds for patients by where they live and for staff in WTE; list sizes are"
        " public and stand as they are."
    )


def content(given: Content, threshold: int) -> Content:
    """
    Return what may be shown of a content.

    Parameters
    ----------
    given
        Content whose figures are made of shown counts and stand-ins below the threshold
        (:mod:`footprint.sharing`).
    threshold
        Counts above 0 and below it are not shown.
    """
    public = _public(given)
    tables = {key: _frame(key, frame, threshold, public) for key, frame in given.tables.items()}
    people = Rule(threshold)
    # what the public total leaves of the unplaced that are shown: the same in notes and tables
    known = {*public, given.counts.get("placed") or 0}
    made = dataclasses.replace(
        given,
        tables=tables,
        layers={
            key: gpd.GeoDataFrame(_frame(key, frame, threshold, public), crs=frame.crs)
            for key, frame in given.layers.items()
        },
        services=stories(given.services, tables, threshold),
        findings=[told(text, threshold, public=public) for text in given.findings],
        notes=[says(threshold), *(told(text, threshold, public=known) for text in given.notes)],
        counts={
            key: None if number is None or bool(people.hides(number)) else number
            for key, number in given.counts.items()
        },
        audit=audit(given.audit),
        sources=[
            (key, file, _ROWS.sub("", what) if key in GUESSED else what)
            for key, file, what in given.sources
        ],
        settings={**given.settings, "share_threshold": threshold},
        shared=says(threshold),
    )
    return dataclasses.replace(made, digest=_digest(made))


def audit(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return an audit's verdict without the sums that tell of their parts."""
    return {**found, "checks": [{**check, "detail": ""} for check in found.get("checks", ())]}


def record(plain: Mapping[str, Any], shown: Content) -> dict[str, Any]:
    """
    Return what ``run.json`` may say.

    Parameters
    ----------
    plain
        What it would say of a version that is not shared.
    shown
        From :func:`content`.
    """
    return {
        **plain,
        "inputs": {
            key: _unhashed(files) if key in GUESSED else files
            for key, files in plain["inputs"].items()
        },
        "counts": dict(shown.counts),
        "solver": {service: _claimed(claim) for service, claim in plain["solver"].items()},
        "audit": dict(shown.audit),
        "share": {"threshold": shown.settings["share_threshold"], "base": BASE},
    }


def _claimed(claim: Mapping[str, Any]) -> dict[str, Any]:
    """What may be told of a claim, of all that stands in it too; empty for the rest."""
    out: dict[str, Any] = {}
    for key, value in claim.items():
        if key not in CLAIMED:
            out[key] = None
        elif isinstance(value, Mapping):
            out[key] = _claimed(value)
        else:
            out[key] = coarse(value) if key == "status" else value
    return out


def coarse(status: str) -> str:
    """A status that tells how near the best is in steps, as costs are not shown."""
    return _NEAR.sub(lambda match: f"within {STEP * math.ceil(float(match[1]) / STEP)}%", status)


def _unhashed(files: dict[str, Any] | list[dict[str, Any]]) -> Any:  # noqa: ANN401
    if isinstance(files, list):
        return [_unhashed(file) for file in files]
    return {**files, "sha256": None, "rows": None}


# -- tables and layers ---------------------------------------------------------------------------


def _public(given: Content) -> frozenset[int]:
    lists = [
        columns.numbers(given.tables[name]["list_size"])
        for name in ("pcns", "practices")
        if name in given.tables and "list_size" in given.tables[name]
    ]
    every = [int(size) for sizes in lists for size in sizes[np.isfinite(sizes)]]
    return frozenset([*every, *(int(np.nansum(sizes)) for sizes in lists)])


def _frame(name: str, frame: pd.DataFrame, threshold: int, public: frozenset[int]) -> pd.DataFrame:
    """One table or layer as it is shown."""
    people, staff = PEOPLE.get(name, ()), STAFF.get(name, ())
    plain = PLAIN.get(name, "").split()
    out = frame.copy()
    for key in frame.columns:
        if key in people or key in staff:
            rule = Rule(threshold, whole=key in people)
            out[key] = _numbers(rule.shown(columns.numbers(frame[key])), frame.index)
        elif key in SENTENCES.get(name, ()):
            out[key] = [coarse(told(str(text), threshold, public=public)) for text in frame[key]]
        elif columns.is_number(frame[key]) and key not in plain:
            out[key] = np.nan
    for key in SHARES.get(name, "").split():
        if key in out and "patients" in out:
            out[key] = out[key].where(out["patients"].notna())
    if name == "profile" and len(out):
        out = _coarse(out)
    if name == "demand" and len(out):
        out["driver_population"] = _drivers(out["driver_population"], threshold, public)
    return out


def _numbers(values: np.ndarray, index: pd.Index) -> pd.Series:
    return pd.Series(values, index=index, dtype=float)


def _coarse(profile: pd.DataFrame) -> pd.DataFrame:
    out = profile.copy()
    for measure, decimals in COARSE.items():
        mine = out["measure"] == measure
        for key in ("value", "patch_middle", "patch_low", "patch_high"):
            out.loc[mine, key] = out.loc[mine, key].round(decimals)
    return out


def _drivers(people: pd.Series, threshold: int, public: frozenset[int]) -> pd.Series:
    """People that drive demand: list sizes stand, a user's own counts are rounded or hidden."""
    known = people.isin(public)
    return people.where(known, Rule(threshold).shown(people))


# -- services ------------------------------------------------------------------------------------


def stories(
    given: Sequence[ServiceStory], tables: Mapping[str, pd.DataFrame], threshold: int
) -> tuple[ServiceStory, ...]:
    """Return services without the sentences and figures that tell of staff."""
    return tuple(_story(each, tables, threshold) for each in given)


def _story(story: ServiceStory, tables: Mapping[str, pd.DataFrame], threshold: int) -> ServiceStory:
    rows = tables["services"]
    row: Any = rows[rows["service_id"] == story.service_id].iloc[0]
    need = f"{story.service_name}: {row['demand_wte']:,.1f} WTE needed"
    common: dict[str, Any] = {
        "why": str(row["why"]),
        "status": coarse(told(story.status, threshold)),
        "demand_wte": float(row["demand_wte"]),
    }
    if not story.staffed:
        return dataclasses.replace(story, **common, **_around_sites(story, row, need))
    has = float(row["staff_wte"])
    said = [f"{need}, {has:,.0f} WTE in post." if np.isfinite(has) else f"{need}."]
    groups = tables.get("groups", pd.DataFrame())
    if len(groups):
        number = groups.loc[groups["service_id"] == story.service_id, "group_id"].nunique()
        if number:
            said.append(f"The PCNs form {number:,} group{'' if number == 1 else 's'}.")
    if story.one_team is not None:
        alone, _, today, every = story.one_team
        said.append(f"One team alone serves {alone:,} of {count(every, 'PCN')}, {today:,} today.")
    hidden = float("nan")
    return dataclasses.replace(
        story,
        **common,
        headline=" ".join(said),
        # a sentence that counts staff, or minutes by true patients, is left out as a whole
        sentences=tuple(text for text in story.sentences if not _COUNTS.search(text)),
        objective=hidden if story.objective is not None else None,
        bound=hidden if story.bound is not None else None,
        today=hidden if story.today is not None else None,
        staff_wte=has,
        vacancy_wte=hidden,
        vacancy_today=hidden if story.vacancy_today is not None else None,
        nearly_one_team=None,
        surplus_wte=0.0,
        surplus_today=None,
        moved_wte=hidden,
    )


def _around_sites(story: ServiceStory, row: Any, need: str) -> dict[str, Any]:  # noqa: ANN401
    """Words of a service without teams: its need is public where it goes by list sizes."""
    own = row["demand_driver"] != demand.REGISTERED
    silent = _COUNTS if own else _MINUTES
    return {
        "headline": f"{need}; no teams are given." if own else story.headline,
        "sentences": tuple(text for text in story.sentences if not silent.search(text)),
    }


def _digest(made: Content) -> str:
    """Hash of what is shown and of the settings: one of the inputs could test a guess at them."""
    parts = hashlib.sha256(json.dumps(made.settings, sort_keys=True, default=str).encode())
    for name in sorted(made.tables):
        parts.update(name.encode() + made.tables[name].to_csv(index=False).encode())
    return parts.hexdigest()[:16]
