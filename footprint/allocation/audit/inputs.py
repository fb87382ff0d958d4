"""What the allocation starts from: demand, times, teams, codes and levels."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from footprint.allocation.audit.case import Case, Finding

#: how ``services.why`` says that a level against the rule is the user's own
OWN_LEVEL = re.compile(r"\byou set it\b|\bown level\b", re.IGNORECASE)
REGISTERED = "registered"  # the driver whose people are patients; no driver means the same


def check_inputs(case: Case) -> Finding:
    """Demand follows from the ratio, and every row names a PCN and a team that exist."""
    faults = []
    rows = case.tables["demand"]
    exact = case.row.wte_per_10000 * rows["driver_population"] / 100
    # a half may round either way
    wrong = ~((rows["wte"] * 100 - exact).abs() <= 0.5 + 1e-6)
    faults += [
        f"PCN {code}: demand {found:g} WTE found, {right / 100:.2f} expected"
        for code, found, right in zip(
            rows.loc[wrong, "pcn_code"], rows.loc[wrong, "wte"], exact[wrong], strict=True
        )
    ]
    missing = case.pcns.difference(pd.Index(rows["pcn_code"]))
    faults += [f"PCN {code}: no demand row, expected one" for code in missing]
    for name in ("demand", "travel", "allocation", "vacancies", "groups"):
        strange = sorted(set(case.tables[name]["pcn_code"]) - set(case.pcns))
        faults += [f"table {name}: PCN {code!r} found, not in pcns" for code in strange]
    # without teams, journeys are from candidate sites
    strange = sorted(
        set(case.tables["travel"]["team_id"]) - set(case.teams) if len(case.teams) else ()
    )
    faults += [f"table travel: {code!r} found, no team of this service" for code in strange]
    staff = case.tables["teams"]
    below = staff[~(staff["wte"] >= 0)]
    faults += [
        f"team {code}: {wte:g} WTE found, 0 or more expected"
        for code, wte in zip(below["team_id"], below["wte"], strict=True)
    ]
    times = case.tables["travel"]
    bad = times[~(times["minutes"] >= 0)]
    faults += [
        f"team {team} to PCN {pcn}: {minutes:g} minutes found, 0 or more expected"
        for team, pcn, minutes in zip(bad["team_id"], bad["pcn_code"], bad["minutes"], strict=True)
    ]
    return faults, f"demand of {len(case.pcns):,} PCNs follows from the ratio"


def check_level(case: Case) -> Finding:
    """The level and the population needed follow the rule, or the reason says whose they are."""
    row, policy = case.row, case.policy
    if case.level not in (1, 2, 3):
        return [f"level {row.level:g} found, 1, 2 or 3 expected"], ""
    faults = [
        f"table {name}: level {level:g} found, {case.level} expected"
        for name in ("allocation", "groups")
        for level in sorted(set(case.tables[name]["level"]) - {case.level})
    ]
    floor = np.nan_to_num(row.min_population)
    team = np.nan_to_num(row.min_team_wte) / row.wte_per_10000 * 10_000
    # the driver's people in registered patients, at the patch's own rate
    rate = 1.0
    if row.demand_driver not in ("", REGISTERED) and case.driver.sum() > 0:
        rate = case.population.sum() / case.driver.sum()
    group = max(floor, team * rate)
    for word, found, right in (
        ("population needed", row.population_needed, max(floor, team)),
        ("group population", row.group_population, group),
    ):
        # whole people may have been written, and group population is not asked for
        if not (abs(found - right) <= 1 or (word.startswith("group") and np.isnan(found))):
            faults.append(f"{word} {found:g} found, {right:g} expected")
    able = (case.population >= np.ceil(floor - 1e-6)) & (case.driver >= np.ceil(team - 1e-6))
    if case.population[able].sum() >= policy.level1_share * case.population.sum() - 1e-6:
        rule = 1
    else:
        rule = 3 if np.ceil(group - 1e-6) >= policy.level3_population else 2
    if case.level != rule and not OWN_LEVEL.search(row.why):
        faults.append(
            f"level {case.level} found, {rule} expected for {group:,.0f} patients needed "
            f"(why: {row.why!r})"
        )
    said = "follows the rule" if case.level == rule else f"is the user's own (rule: {rule})"
    return faults, f"level {case.level} {said}"
