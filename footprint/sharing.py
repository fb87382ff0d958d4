"""
An analysis to share: the same findings, with counts that give no small one away.

Who owns what, verdicts, levels and who works where stay as they were found. Every figure of
patients and staff is worked out anew from a patch in which counts are rounded and those that are
not shown have stand-ins (:mod:`footprint.disclosure`), so that no figure knows more than its reader
may. List sizes of practices and PCNs are public and stay.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from footprint import demand, neighbourhoods, travel
from footprint.checks import Checked
from footprint.checks.run import overall
from footprint.disclosure import Rule, secondary, stand_ins, told
from footprint.footprints import Footprints
from footprint.parting import by_practice
from footprint.patch import Patch
from footprint.posing import MINUTE_DECIMALS, patients_inside
from footprint.proposal import Proposal

#: said of a check whose shown figures would give another verdict than the true ones did
NOT_SHOWN = "The figures behind this verdict are not shown."
#: said of unmet need for want of staff
STAFF_NOT_SHOWN = "The staff within reach are not shown."
#: said of a service whose people are counted by a column of the user's own
WHY = "Level {level}. The people that it rests on are the user's own count, which is not shown."
#: what of a team's area is the patch's, by the patients who live there
_HERE = re.compile(r" \((?:\d+%|under 1%) here\)")
#: how a text begins that tells a number of something: 6, <8, about 6, 6%, £6, ½
_NUMBER = re.compile(
    r"\s*(?:(?:about|approx|circa|ca?|under|over|up to)\b\.?)?\s*[^\w\s]*\s*[\d½¼¾]", re.IGNORECASE
)


# -- patients ------------------------------------------------------------------------------------


def counted(patch: Patch, threshold: int) -> Patch:
    """
    Return the patch with counts that may be shown, and stand-ins for those that may not.

    The cells are patients by small area and PCN, those of practices in no PCN together. A reader
    knows each PCN's patients from the public lists, less those without a place: that is the total
    against which further cells are hidden.
    """
    rule = Rule(threshold)
    known = patch.pairs.groupby("small_area_code")["patients"].sum()
    rest = patch.area_totals.sub(known, fill_value=0)
    rest = rest[rest > 0]
    alone = pd.DataFrame(
        {"small_area_code": rest.index, "pcn_code": "", "patients": rest.to_numpy()}
    )
    cells = pd.concat([patch.pairs, alone], ignore_index=True)
    line, codes = pd.factorize(cells["pcn_code"], sort=True)
    lists = patch.practices["registered"].groupby(patch.practices["pcn_code"].fillna("")).sum()
    lists = lists.reindex(codes, fill_value=0).to_numpy(float)
    values = cells["patients"].to_numpy(float)
    small = rule.hides(values)
    unplaced, counts = _reasons(patch, rule)
    most, least = _lost(patch.unplaced["patients"], values, small, line, lists, rule)
    hidden = secondary(values, small, line, lists - most, lists - least, rule)
    # those without a place are missing from every list alike
    placed = lists * (1 - counts["unplaced"] / max(lists.sum(), 1))
    shown = stand_ins(values, hidden, line, placed, rule)
    totals = pd.Series(shown).groupby(cells["small_area_code"]).sum()
    pairs = patch.pairs.assign(patients=shown[: len(patch.pairs)])
    away = pairs["pcn_code"].isin(patch.pcns.index[patch.pcns["in_patch"]])
    away &= ~pairs["small_area_code"].isin(patch.small_areas.index)
    counts["outside_patch"] = int(rule.rounded(pairs.loc[away, "patients"].sum()))
    return dataclasses.replace(
        patch,
        pairs=pairs,
        area_totals=totals.reindex(patch.area_totals.index).astype(patch.area_totals.dtype),
        registrations=by_practice(patch, pairs),
        teams=patch.teams.assign(wte=_staff(patch.teams["wte"], threshold)),
        drivers=_drivers(patch.drivers, rule),
        attributes=_texts(patch.attributes),
        unplaced=unplaced,
        counts=counts,
        warnings=tuple(
            told(_HERE.sub("", text), threshold, public=public(patch)) for text in patch.warnings
        ),
    )


def _lost(
    reasons: pd.Series,
    values: np.ndarray,
    small: np.ndarray,
    line: np.ndarray,
    lists: np.ndarray,
    rule: Rule,
) -> tuple[float, np.ndarray]:
    """
    Return how many a reader can take to be without a place: at most, and at least by PCN.

    No more are without a place elsewhere than the other lists leave beside their shown figures.
    """
    unknown, shown = rule.hides(reasons), rule.around(reasons)
    least, most = (
        np.where(unknown, end, of_shown).sum()
        for end, of_shown in zip((rule.low, rule.high), shown, strict=True)
    )
    sure = np.where(small, rule.low, rule.around(values)[0])
    room = np.maximum(lists - np.bincount(line, sure, len(lists)), 0)
    return float(most), np.clip(least - (room.sum() - room), 0, None)


def public(patch: Patch) -> frozenset[int]:
    """List sizes that everybody can look up: of practices, of PCNs, of all of them."""
    lists = [patch.practices["list_size"], patch.pcns["list_size"]]
    mine = patch.pcns.loc[patch.pcns["in_patch"], "list_size"]
    every = {int(size) for sizes in lists for size in sizes.dropna()}
    return frozenset(every | {int(mine.sum()), int(lists[0].sum())})


def _reasons(patch: Patch, rule: Rule) -> tuple[pd.DataFrame, dict[str, int]]:
    """Patients without a place by reason, and what became of everybody: sums of what is shown."""
    values = patch.unplaced["patients"].to_numpy(float)
    none = np.zeros(len(values), dtype=np.int64)
    shown = stand_ins(values, rule.hides(values), none, np.full(1, np.nan), rule)
    counts = {key: _one(number, rule) for key, number in patch.counts.items()}
    counts["unplaced"] = int(rule.rounded(shown.sum()))
    everybody = int(patch.counts["registered"])
    counts["registered"] = everybody if everybody in public(patch) else counts["registered"]
    counts["placed"] = counts["registered"] - counts["unplaced"] - counts["set_aside"]
    return patch.unplaced.assign(patients=shown), counts


def _one(number: int, rule: Rule) -> int:
    middle = int(rule.low + rule.high) // 2
    return middle if bool(rule.hides(number)) else int(rule.rounded(number))


def _drivers(drivers: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """People that drive demand: registered patients are public, any other column is the user's."""
    middle = (rule.low + rule.high) / 2
    return drivers.apply(
        lambda people: (
            people
            if people.name == demand.REGISTERED
            else people.where(
                people.isna(), np.where(rule.hides(people), middle, rule.rounded(people))
            )
        )
    )


def _texts(attributes: pd.DataFrame) -> pd.DataFrame:
    """A user's columns without those that begin with a number: nobody can say what it counts."""
    numbers = [
        name
        for name in attributes
        if attributes[name].map(lambda text: bool(_NUMBER.match(text))).any()
    ]
    return attributes.drop(columns=numbers)


def judged(before: Checked, after: Checked) -> Checked:
    """
    Return checks on shown counts with the verdicts that the true ones gave.

    Parameters
    ----------
    before, after
        Checks of the true counts and of those that are shown, row for row.
    """
    true, shown = before.checks, after.checks.copy()
    same = (true[["verdict", "severity"]] == shown[["verdict", "severity"]]).all(axis=1)
    kept = ["verdict", "severity", "threshold"]
    shown.loc[~same, kept] = true.loc[~same, kept]
    shown.loc[~same, "figure"] = np.nan
    shown.loc[~same, "evidence"] = NOT_SHOWN
    drawn = pd.MultiIndex.from_frame(after.evidence[["pcn_code", "check"]])
    doubted = pd.MultiIndex.from_frame(true.loc[~same, ["pcn_code", "check"]])
    return dataclasses.replace(
        after,
        checks=shown,
        overall=overall(shown),
        evidence=after.evidence[~drawn.isin(doubted)].reset_index(drop=True),
    )


def readings(patch: Patch, table: pd.DataFrame) -> pd.DataFrame:
    """Return the two readings at the patch's border with the patients of ``patch``."""
    people = patch.pairs.set_index(["small_area_code", "pcn_code"])["patients"]
    out = table.copy()
    for reading in ("all", "own"):
        keys = pd.MultiIndex.from_frame(out[["small_area_code", f"owner_{reading}"]])
        out[f"patients_{reading}"] = people.reindex(keys, fill_value=0).to_numpy(dtype="int64")
    return out


# -- staff ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staffed:
    """
    Tables of staff with figures that may be shown, and stand-ins below the threshold.

    ``proposal`` has every table; ``unknown`` says of each PCN (index) whether its staff of all
    services, ``today`` and ``proposed``, are more than what is shown.
    """

    proposal: Proposal
    unknown: pd.DataFrame


def _staff(wte: pd.Series, threshold: int) -> pd.Series:
    rule = Rule(threshold, whole=False)
    return wte.where(wte.isna(), np.where(rule.hides(wte), threshold / 2, rule.rounded(wte)))


def staffed(
    proposal: Proposal, true: Patch, patch: Patch, drawn: Footprints, overlap: pd.DataFrame,
    threshold: int,
) -> Staffed:  # fmt: skip
    """
    Put staff into figures that may be shown.

    Parameters
    ----------
    proposal
        As proposed for the true patch.
    true, patch
        The patch, and what :func:`counted` makes of it.
    drawn, overlap
        Footprints and alignment in the counts of ``patch``.
    threshold
        WTE below it are not shown.

    Notes
    -----
    What a reader knows of the WTE of a team at a PCN beside it: the team has no more than its own
    staff, the PCN gets no more than its need. Where that would tell a hidden figure from the shown
    ones, these are hidden too. Staff today are the team's shown staff divided as always, so that
    they follow from what is shown; sums of staff stand only where every part of them is shown, and
    unmet need only where it follows from shown staff.
    """
    tables = dict(proposal.tables)
    needs = demand.demand(patch.services, patch.drivers)
    rows = tables["allocation"].reset_index(drop=True)
    hidden = _hidden(rows, needs, true.teams["wte"], threshold)
    small = pd.Series(Rule(threshold, whole=False).hides(true.teams["wte"]), true.teams.index)
    # minutes from candidate sites prove a limit to the audit, and are told to nobody else
    travelled = tables["travel"]
    tables["travel"] = travelled[travelled["team_id"].isin(true.teams.index)].reset_index(drop=True)
    minutes = _minutes(dataclasses.replace(proposal, tables=tables), patch, drawn)
    allocation = _allocation(rows, hidden, needs, patch, overlap, threshold)
    for name, frame in (("travel", tables["travel"]), ("allocation", allocation)):
        keys = pd.MultiIndex.from_frame(frame[["team_id", "pcn_code"]])
        there = minutes.reindex(keys).to_numpy()
        tables[name] = frame.assign(
            minutes=np.where(np.isfinite(there), there, frame["minutes"].to_numpy(float))
        )
    tables["demand"] = needs.drop(columns="wte_hundredths")
    tables["teams"] = tables["teams"].assign(wte=tables["teams"]["team_id"].map(patch.teams["wte"]))
    tables["vacancies"] = _vacancies(tables["vacancies"], allocation, hidden, needs, threshold)
    of_service = small.groupby(true.teams["service_id"]).any()
    tables["services"] = _services(tables["services"], patch, needs, of_service)
    place = rows["pcn_code"]
    unknown = pd.DataFrame(
        {
            "today": (rows["team_id"].map(small) & (rows["today_wte"] > 0)).groupby(place).any(),
            "proposed": pd.Series(hidden, index=rows.index).groupby(place).any(),
        }
    )
    return Staffed(dataclasses.replace(proposal, tables=tables), unknown)


def _need(rows: pd.DataFrame, needs: pd.DataFrame) -> np.ndarray:
    known = needs.set_index(["service_id", "pcn_code"])["wte"]
    keys = pd.MultiIndex.from_frame(rows[["service_id", "pcn_code"]])
    return known.reindex(keys).fillna(0.0).to_numpy(float)


def _hidden(
    rows: pd.DataFrame, needs: pd.DataFrame, staff: pd.Series, threshold: int
) -> np.ndarray:
    """Tell which proposed WTE are not shown: small ones, and those that would give them away."""
    rule = Rule(threshold, whole=False)
    values = rows["wte"].to_numpy(float)
    team, teams = pd.factorize(rows["team_id"])
    pairs = rows.groupby(["service_id", "pcn_code"], sort=False)
    place, places = pairs.ngroup().to_numpy(), pairs.ngroups
    need = _need(rows, needs)
    whole = staff.reindex(teams).to_numpy(float)
    least, most = rule.around(whole)
    # a team may have staff to spare, and of a small one nothing is known
    busy = np.bincount(team, values, len(teams)) >= whole - 0.005
    known = ~rule.hides(whole)
    low, high = np.where(known & busy, least, -np.inf), np.where(known, most, np.inf)
    nothing, needed = np.full(places, -np.inf), np.zeros(places)
    needed[place] = need
    hidden = rule.hides(values)
    while True:
        more = secondary(values, hidden, team, low, high, rule, most=need)
        more = secondary(values, more, place, nothing, needed, rule, most=need)
        if (more == hidden).all():
            return hidden
        hidden = more


def _allocation(
    rows: pd.DataFrame,
    hidden: np.ndarray,
    needs: pd.DataFrame,
    patch: Patch,
    overlap: pd.DataFrame,
    threshold: int,
) -> pd.DataFrame:
    """Staff proposed and today as they are shown; who leads is told, as it cannot be seen."""
    rule = Rule(threshold, whole=False)
    keys = [rows["service_id"], rows["pcn_code"]]
    seen = np.where(hidden, 0.0, rule.rounded(rows["wte"]))
    left = _need(rows, needs) - pd.Series(seen).groupby(keys).transform("sum").to_numpy()
    split = travel.today_split(
        patch.teams.reset_index(), overlap[overlap["rule"] == "area"], needs
    ).set_index(["team_id", "pcn_code"])["wte_hundredths"]
    there = split.reindex(pd.MultiIndex.from_frame(rows[["team_id", "pcn_code"]])).fillna(0)
    # who is there today and who is not stays as it was
    today = np.where(rows["today_wte"] > 0, np.maximum(there.to_numpy() / 100, 0.01), 0.0)
    # what is left of the need for those who are not shown, as they are there today
    among = pd.Series(hidden).groupby(keys).transform("sum").to_numpy()
    weight = np.where(hidden, np.where(today > 0, today, left / np.maximum(among, 1)), 0.0)
    whole = pd.Series(weight).groupby(keys).transform("sum").to_numpy()
    share = left * weight / np.where(whole > 0, whole, 1.0)
    share = np.clip(share, 0.01, threshold - 0.01).round(2)
    return rows.assign(
        wte=np.where(hidden, share, seen),
        today_wte=today,
        lead=_leads(rows, "wte"),
        lead_today=_leads(rows, "today_wte"),
    )


def _leads(rows: pd.DataFrame, staff: str) -> np.ndarray:
    """1 for the team with most staff at its PCN, of equals the lower id; 0 for the others."""
    there = rows[rows[staff] > 0].sort_values([staff, "team_id"], ascending=[False, True])
    first = there.drop_duplicates(["service_id", "pcn_code"])
    return rows.index.isin(first.index).astype(int)


def _vacancies(
    table: pd.DataFrame,
    allocation: pd.DataFrame,
    hidden: np.ndarray,
    needs: pd.DataFrame,
    threshold: int,
) -> pd.DataFrame:
    """Unmet need that follows from shown staff: where all of a PCN's staff are shown."""
    if table.empty:
        return table
    keys = [allocation["service_id"], allocation["pcn_code"]]
    unknown = pd.Series(hidden, index=allocation.index).groupby(keys).any()
    staff = allocation["wte"].groupby(keys).sum()
    mine = pd.MultiIndex.from_frame(table[["service_id", "pcn_code"]])
    short = _need(table, needs) - staff.reindex(mine).fillna(0.0).to_numpy()
    told_of = ~unknown.reindex(mine, fill_value=False).to_numpy(bool) & (short >= threshold)
    # what can reach a PCN is a sum over teams, some of which are not shown
    silent = table["reason"].where(~table["reason"].str.contains(r"\bWTE\b"), STAFF_NOT_SHOWN)
    return table.assign(wte=short.round(2), reason=silent)[told_of].reset_index(drop=True)


def _services(
    table: pd.DataFrame, patch: Patch, needs: pd.DataFrame, small: pd.Series
) -> pd.DataFrame:
    """Staff of a service where each of its teams is shown; its need from the shown people."""
    out = table.copy()
    staff = patch.teams.groupby("service_id")["wte"].sum()
    unknown = out["service_id"].isin(small.index[small]).to_numpy()
    out["staff_wte"] = np.where(unknown, np.nan, out["service_id"].map(staff).fillna(0.0))
    out["demand_wte"] = out["service_id"].map(needs.groupby("service_id")["wte"].sum()).round(2)
    own = out["demand_driver"] != demand.REGISTERED
    out["why"] = [
        WHY.format(level=level) if mine else why
        for why, level, mine in zip(out["why"], out["level"], own, strict=True)
    ]
    people = out["group_population"].astype(float)
    out["group_population"] = people.where(~own) if own.any() else out["group_population"]
    return out


def _minutes(proposal: Proposal, patch: Patch, drawn: Footprints) -> pd.Series:
    """Minutes by team and PCN, the means weighted by the patients of ``patch``."""
    pairs = pd.concat([proposal.tables[name][["team_id", "pcn_code"]]
                       for name in ("travel", "allocation")]).drop_duplicates()  # fmt: skip
    if proposal.times is None or pairs.empty:
        empty = pd.MultiIndex.from_arrays([[], []], names=["team_id", "pcn_code"])
        return pd.Series(dtype=float, index=empty)
    frame = travel.reach(
        proposal.times, patients_inside(patch, drawn), within_minutes=0.0, keep=pairs
    )
    return frame.set_index(["team_id", "pcn_code"])["minutes"].round(MINUTE_DECIMALS)


def together(patch: Patch, made: Staffed) -> pd.DataFrame:
    """Return teams by PCN with the staff of all services where each of their figures is shown."""
    staff = made.proposal.tables["allocation"]
    out = neighbourhoods.neighbourhoods(patch, staff)
    if out.empty:
        return out
    for when in ("today", "proposed"):
        unknown = out["pcn_code"].isin(made.unknown.index[made.unknown[when]]).to_numpy()
        out[f"wte_{when}"] = out[f"wte_{when}"].where(~unknown)
    return out
