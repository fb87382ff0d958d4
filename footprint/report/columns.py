"""Every column of every table: its heading, its kind and what it means, in one place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

Kind = Literal["text", "count", "share", "minutes", "wte", "figure"]

#: decimals in which a kind is written; the workbook shows the same
DECIMALS: dict[Kind, int] = {"count": 0, "share": 4, "minutes": 1, "wte": 2, "figure": 4}


@dataclass(frozen=True)
class Column:
    """One column: heading for readers, kind for formats, meaning in a sentence."""

    heading: str
    kind: Kind
    meaning: str


@dataclass(frozen=True)
class Table:
    """One table: title for readers and what a row of it is."""

    title: str
    meaning: str


#: in the order in which a reader meets them
TABLES: dict[str, Table] = {
    "pcns": Table("PCNs", "One row per PCN: its size, its shape and what was flagged."),
    "checks": Table("Checks", "One row per PCN and check, with the evidence in a sentence."),
    "parts": Table("Parts", "One row per part of a PCN's footprint, the largest first."),
    "profile": Table(
        "Profile", "One row per PCN and measure: ages, deprivation, land, beside the patch."
    ),
    "practices": Table("Practices", "One row per practice of the patch."),
    "services": Table("Services", "One row per service: its level, its need and its staff."),
    "teams": Table("Teams", "One row per community team: its base and its staff."),
    "alignment": Table("Alignment", "Patients of each PCN who live in each team's area today."),
    "pcn_alignment": Table("PCN alignment", "How many teams work into each PCN, per service."),
    "team_alignment": Table("Team alignment", "How many PCNs each team works into."),
    "alignment_summary": Table("Alignment summary", "How well teams fit PCNs, per service."),
    "demand": Table("Demand", "Staff that each PCN needs, per service."),
    "travel": Table("Travel", "Minutes from each team's base to each PCN's patients."),
    "allocation": Table("Allocation", "Staff of each team at each PCN, proposed and today."),
    "vacancies": Table("Vacancies", "Need that no team can meet, and why."),
    "groups": Table("Groups", "PCNs that share one team, for services above one PCN's scale."),
    "fairness": Table(
        "Fairness",
        "Mean minutes from teams to patients, today and proposed, by where patients live and by"
        " PCN; a blank service is all services together.",
    ),
    "neighbourhoods": Table(
        "Neighbourhoods", "One row per PCN: teams and staff of all services together."
    ),
    "pcn_adjacency": Table("Adjoining PCNs", "Pairs of PCNs that adjoin, and how."),
    "unplaced": Table("Unplaced", "Registered patients who could not be placed, by reason."),
    "readings": Table(
        "Readings", "Small areas whose PCN would be another, were the patch's own PCNs alone."
    ),
    "postcode_districts": Table(
        "Postcode districts", "Postcodes of each district in each small area of the patch."
    ),
    "small_areas": Table("Small areas", "Registered patients by small area and PCN."),
}

COLUMNS: dict[str, Column] = {
    # who and where
    "pcn_code": Column("PCN code", "text", "ODS code of the PCN."),
    "pcn_name": Column("PCN", "text", "Name of the PCN."),
    "commissioner_code": Column(
        "Commissioner code", "text", "CCG or sub-ICB location of most of the PCN's patients."
    ),
    "commissioner_name": Column("Commissioner", "text", "Name of the commissioner."),
    "icb_code": Column("ICB code", "text", "ICB (or STP, before July 2022) above it."),
    "icb_name": Column("ICB", "text", "Name of the ICB (or STP)."),
    "small_area_code": Column("Small area", "text", "Code of the LSOA."),
    "small_area_name": Column("Small area name", "text", "Name of the LSOA."),
    "practice_code": Column("Practice code", "text", "ODS code of the practice."),
    "practice_name": Column("Practice", "text", "Name of the practice."),
    "district": Column("Postcode district", "text", "First half of a postcode."),
    "postcodes": Column("Postcodes", "count", "Postcodes of the district in the small area."),
    "postcode": Column("Postcode", "text", "Where its main site is."),
    "team_id": Column("Team code", "text", "The team's code in the teams file."),
    "team_name": Column("Team", "text", "Name of the team."),
    "service_id": Column("Service code", "text", "The service's code in the services file."),
    "service_name": Column("Service", "text", "Name of the service."),
    "base_name": Column("Base", "text", "Where the team works from."),
    "stands_in_pcn": Column(
        "Stands in", "text", "PCN whose footprint the practice stands in; blank beyond the patch."
    ),
    "stands_in_name": Column("Name of that PCN", "text", "Name of the PCN it stands in."),
    "locality": Column("Main locality", "text", "Locality where most of its patients live."),
    "owner_all": Column("Owner, all PCNs", "text", "PCN with most patients, neighbours included."),
    "owner_own": Column("Owner, own PCNs", "text", "The patch's PCN with most patients there."),
    "a": Column("PCN", "text", "Code of the one PCN."),
    "a_name": Column("Its name", "text", "Name of the one PCN."),
    "b": Column("Adjoins", "text", "Code of the other PCN."),
    "b_name": Column("The other's name", "text", "Name of the other PCN."),
    "source": Column("By", "text", "border: shared border; bridge or manual: a crossing given."),
    # how many
    "practices": Column("Practices", "count", "Practices counted."),
    "list_size": Column("List size", "count", "Registered patients, from the list sizes."),
    "registered_patients": Column(
        "Registrations", "count", "Registered patients, from the registrations by small area."
    ),
    "patients": Column("Patients", "count", "Registered patients."),
    "registrations": Column("All registrations", "count", "Patients of all practices there."),
    "small_areas": Column("Small areas", "count", "Small areas counted."),
    "parts": Column("Parts", "count", "Separate pieces of the PCN's footprint."),
    "part": Column("Part", "count", "Number of the part, 1 being the largest."),
    "owner": Column("Owner", "count", "1 where this PCN has the most patients in the area."),
    "in_own_footprint": Column(
        "In own footprint", "count", "1 where the practice stands in its own PCN's footprint."
    ),
    "spread": Column(
        "Spread patients", "count", "1 where most of its patients live far from it (dispersion)."
    ),
    "catchment": Column("Catchment", "count", "1 where the area is in this PCN's catchment."),
    "catchment_areas": Column(
        "Catchment areas", "count", "Small areas that it takes to reach most of its patients."
    ),
    "catchment_patients": Column(
        "Catchment patients", "count", "The PCN's registered patients in its catchment."
    ),
    "patients_all": Column(
        "Its patients, all PCNs", "count", "The owner's, where all PCNs compete."
    ),
    "patients_own": Column(
        "Its patients, own PCNs", "count", "The owner's, of the patch's own PCNs."
    ),
    "population": Column("Population", "count", "Registered patients of the PCN."),
    "driver_population": Column("People counted", "count", "People that drive the demand."),
    "population_needed": Column(
        "Population needed", "count", "People that a team of viable size serves."
    ),
    "group_population": Column(
        "Group population", "count", "The same in registered patients: what a group must hold."
    ),
    "min_population": Column("Minimum population", "count", "As given for the service."),
    "max_population": Column("Maximum population", "count", "As given for the service."),
    "max_travel_minutes": Column("Travel limit", "minutes", "Minutes, as given for the service."),
    "people_elsewhere": Column(
        "People elsewhere", "count", "Patients whose lead team is not their PCN's lead team."
    ),
    "level": Column("Level", "count", "1: one PCN; 2: several PCNs; 3: a place or system."),
    "teams_95": Column(
        "Teams for 95%", "count", "Teams that together reach 95% of the patients who have one."
    ),
    "pcns_95": Column("PCNs for 95%", "count", "PCNs that hold 95% of the team's patients."),
    # shares
    "share": Column("Share", "share", "Share of the total that the table is about."),
    "retention": Column(
        "Retention", "share", "Share of the PCN's placed patients who live in its footprint."
    ),
    "dominance": Column(
        "Dominance", "share", "The PCN's share of all registrations in its footprint."
    ),
    "outside_commissioner": Column(
        "Outside commissioner", "share", "Its placed patients who live outside its commissioner."
    ),
    "outside_icb": Column("Outside ICB", "share", "The same outside its ICB (or STP)."),
    "outside_local_authority": Column(
        "Outside local authority", "share", "The same outside the local authority of most of them."
    ),
    "outside_locality": Column(
        "Outside locality", "share", "The same outside its main locality, or in none."
    ),
    "lead_share": Column("Lead share", "share", "Share of patients with the lead team or PCN."),
    "covered": Column("Covered", "share", "Share of the PCN's patients in any team's area."),
    "homogeneity": Column("Homogeneity", "share", "1 when each team works into one PCN only."),
    "completeness": Column("Completeness", "share", "1 when each PCN has one team only."),
    "v_measure": Column("V-measure", "share", "Homogeneity and completeness in one figure."),
    "ami": Column("Agreement", "share", "Adjusted mutual information of teams and PCNs."),
    # staff and travel
    "wte": Column("WTE", "wte", "Whole-time equivalents."),
    "today_wte": Column("WTE today", "wte", "Whole-time equivalents there today."),
    "lead": Column("Leads", "count", "1 where this team would have most staff at the PCN."),
    "lead_today": Column("Leads today", "count", "1 where it has most staff there today."),
    "demand_wte": Column("WTE needed", "wte", "Need at the given ratio."),
    "staff_wte": Column("WTE in post", "wte", "Staff of all the service's teams."),
    "wte_per_10000": Column("WTE per 10,000", "figure", "The ratio as given by the user."),
    "min_team_wte": Column("Smallest team", "wte", "WTE of the smallest viable team, as given."),
    "minutes": Column("Minutes", "minutes", "Travel from the team's base to the PCN's patients."),
    "basis": Column(
        "Minutes are",
        "text",
        "What the minutes rest on: given (your own table), roads, estimate, or roads and estimate.",
    ),
    "minutes_today": Column(
        "Minutes today", "minutes", "From the bases of the teams that serve them today."
    ),
    "minutes_proposed": Column(
        "Minutes proposed", "minutes", "From the bases of the teams that would serve them."
    ),
    "reached_today": Column(
        "Reached today", "share", "Share of the patients who have a team with a road to them."
    ),
    "reached_proposed": Column(
        "Reached proposed", "share", "Share of the patients who would have one."
    ),
    "group_kind": Column("By", "text", "What patients are grouped by."),
    "group": Column(
        "Of patients", "text", "Everybody, a deprivation decile, a rural class, or a PCN's code."
    ),
    # all services together
    "teams_today": Column("Teams today", "count", "Teams of all services with staff there."),
    "teams_proposed": Column("Teams proposed", "count", "Teams that would have staff there."),
    "wte_today": Column("WTE today", "wte", "Staff of all services there."),
    "wte_proposed": Column("WTE proposed", "wte", "Staff of all services that would be there."),
    "services": Column("Services", "count", "Services with staff there, today or proposed."),
    "practice_teams_today": Column(
        "Teams of a practice today", "figure", "Teams a practice works with, mean of the PCN's."
    ),
    "practice_teams_proposed": Column(
        "Teams of a practice proposed", "figure", "Teams that a practice would work with."
    ),
    # findings
    "flags": Column("Flags", "text", "Checks that flagged the PCN."),
    "verdict": Column("Verdict", "text", "pass, flag or not judged."),
    "severity": Column(
        "Severity", "text", "none, note, mild or strong; a flag that is but a note is slight."
    ),
    "check": Column("Check", "text", "Name of the check."),
    "figure": Column("Figure", "figure", "What was measured."),
    "threshold": Column("Threshold", "text", "What it was held against."),
    "measure": Column("Measure", "text", "What was measured of the PCN."),
    "value": Column("Value", "figure", "The PCN's own figure."),
    "patch_middle": Column(
        "Patch's middle", "figure", "Median of the patch's PCNs that have the figure."
    ),
    "patch_low": Column("Lower quartile", "figure", "A quarter of these PCNs have less."),
    "patch_high": Column("Upper quartile", "figure", "A quarter of these PCNs have more."),
    "unit": Column("Unit", "text", "Shares are from 0 to 1, deciles from 1 (most deprived)."),
    "evidence": Column("Evidence", "text", "What was found, in a sentence."),
    "reasons": Column("Reasons", "text", "What was flagged, in sentences."),
    "between": Column("Lying between", "text", "PCNs between this part and the largest."),
    "reason": Column("Reason", "text", "Why."),
    "why": Column("Why this level", "text", "How the level follows from the figures."),
    "status": Column("Result", "text", "How good the allocation is known to be."),
    "one_team_pcns": Column(
        "PCNs with one team", "count", "PCNs that one team alone would serve; blank above Level 1."
    ),
    "one_team_pcns_cheapest": Column(
        "PCNs with one team at least cost", "count", "The same in the cheapest plan of all."
    ),
    "one_team_pcns_today": Column("PCNs with one team today", "count", "The same today."),
    "demand_driver": Column("Demand driver", "text", "The people that drive the demand."),
    "effective_teams": Column(
        "Effective teams", "figure", "1 over the sum of squared shares: 1.0 is one team."
    ),
    "effective_pcns": Column(
        "Effective PCNs", "figure", "1 over the sum of squared shares: 1.0 is one PCN."
    ),
    "weight": Column("Weight", "figure", "For sorting: the heavier, the more there is to look at."),
    "square_km": Column("Square km", "figure", "Area of the footprint."),
    "lead_team_id": Column("Lead team", "text", "Team that reaches most of the PCN."),
    "lead_pcn_code": Column("Lead PCN", "text", "PCN with most of the team's patients."),
    "lead_team_name": Column("Lead team's name", "text", "Name of the lead team."),
    "lead_pcn_name": Column("Lead PCN's name", "text", "Name of the lead PCN."),
    "group_id": Column("Group", "text", "Group of PCNs that share a team."),
}

#: what a verdict, a severity and a check are called in running text
CHECK_NAMES: dict[str, str] = {
    "population": "Population",
    "parts": "Separate parts",
    "holes": "Holes",
    "practices_between": "Other practices between",
    "dispersion": "Dispersed practices",
    "boundaries": "Boundaries crossed",
}

#: measures of a profile that a PCN's page shows, in words
MEASURE_NAMES: dict[str, str] = {
    "age_0_14": "Patients aged under 15",
    "age_65_plus": "Patients aged 65 and over",
    "age_75_plus": "Patients aged 75 and over",
    "age_85_plus": "Patients aged 85 and over",
    "imd_mean_decile": "Mean deprivation decile of patients’ homes (1 most deprived, 10 least)",
    "imd_most_deprived": "Patients living in England’s most deprived fifth (deciles 1 and 2)",
    "rural_share": "Patients in its footprint who live in rural small areas",
    "density": "Registered people per square km of its footprint",
    "distance_to_practice": "Patients’ mean distance to their own practice, straight line",
    "retention": "Its patients who live in its footprint",
    "dominance": "People registered in its footprint who are its own",
}


def measure(name: str) -> str:
    """Measure of a profile in words; of one that pages do not show, its own name's."""
    decile = name.removeprefix("imd_decile_")
    if decile != name:
        return f"Patients living in deprivation decile {decile}"
    return MEASURE_NAMES.get(name, _words(name))


def in_order(tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Names of ``tables`` in the order of :data:`TABLES`, unknown ones after them by name."""
    known = [name for name in TABLES if name in tables]
    return known + sorted(set(tables) - set(known))


def table(name: str) -> Table:
    """Title and meaning of a table; an unknown one is called by its own name."""
    return TABLES.get(name, Table(_words(name), ""))


def column(name: str, values: pd.Series | None = None) -> Column:
    """Heading, kind and meaning; an unknown column's kind follows from its values."""
    if name in COLUMNS:
        known = COLUMNS[name]
        if known.kind != "text" and values is not None and values.dtype.kind == "b":
            return Column(known.heading, "count", known.meaning)
        # a column that holds text where a number was meant is shown as text
        if known.kind == "text" or values is None or is_number(values):
            return known
        return Column(known.heading, "text", known.meaning)
    kind: Kind = "text"
    if values is not None and is_number(values):
        kind = "figure" if values.dtype.kind == "f" else "count"
    return Column(_words(name), kind, "")


def is_number(values: pd.Series) -> bool:
    """True for integers, floats and truth values, nullable ones included."""
    return bool(pd.api.types.is_numeric_dtype(values.dtype))


def numbers(values: pd.Series) -> np.ndarray:
    """Numeric column as floats, NaN where missing or not finite."""
    found = values.to_numpy(dtype=float, na_value=np.nan)
    return np.where(np.isfinite(found), found, np.nan)


def names(frame: pd.DataFrame, key: str, label: str) -> dict[str, str]:
    """Codes of column ``key`` to texts of column ``label``; the code itself where none stands."""
    if frame.empty or key not in frame or label not in frame:
        return {}
    pairs: Iterable[tuple[Any, Any]] = zip(frame[key], frame[label], strict=True)
    return {
        str(code): str(code) if pd.isna(text) or not str(text).strip() else str(text)
        for code, text in pairs
    }


def _words(name: str) -> str:
    text = str(name).replace("_", " ").strip()
    return text[:1].upper() + text[1:]
