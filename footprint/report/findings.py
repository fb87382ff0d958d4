"""The run in a few plain sentences, and what a reader must know to read the figures fairly."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from footprint.policy import ASSUMED
from footprint.report import cells, columns, together, travelled, views
from footprint.report.content import LITTLE
from footprint.report.tables import lonely
from footprint.words import counted, listed, percent, proper

if TYPE_CHECKING:
    from footprint.footprints import Footprints
    from footprint.patch import Patch
    from footprint.report.content import ServiceStory

ATTRIBUTION = (
    "Contains information from NHS England and ODS. Source: Office for National Statistics, "
    "licensed under the Open Government Licence v3.0. Contains OS data © Crown copyright and "
    "database right. Contains Royal Mail data © Royal Mail copyright and database right."
)

#: how many flagged PCNs, and practices outside their footprint, are named
NAMED = 3


def findings(
    patch: Patch,
    tables: Mapping[str, pd.DataFrame],
    stories: Sequence[ServiceStory],
    audit: Mapping[str, Any],
) -> list[str]:
    """Say in five sentences what a run found; in three where no teams are given."""
    first = _patch(patch, tables["pcns"])
    if patch.modelled:
        first += " Where patients live is modelled, not registered."
    staffed = any(story.staffed for story in stories)
    if audit["ok"] and tables["pcn_alignment"].empty and not staffed:
        nothing = "No teams are given, so nothing is said of how teams and PCNs line up"
        return [
            first,
            _flags(tables["pcns"], tables["checks"]),
            f"{nothing}, and no staff are allocated.",
        ]
    return [
        first,
        _flags(tables["pcns"], tables["checks"]),
        _alignment(tables),
        " ".join([_allocation(stories), together.sentence(tables["neighbourhoods"])]).strip(),
        _audit(audit),
    ]


def _patch(patch: Patch, pcns: pd.DataFrame) -> str:
    people = int(pcns["list_size"].sum())
    practices = int(pcns["practices"].sum())
    text = (
        f"{patch.settings.name}: {counted(len(pcns), 'PCN')} with {counted(practices, 'practice')}"
        f" and {people:,} registered patients"
    )
    alone = int((patch.practices["in_patch"] & patch.practices["pcn_code"].isna()).sum())
    text += f"; {counted(alone, 'practice is', 'practices are')} in no PCN." if alone else "."
    lost = patch.counts["unplaced"]
    if lost:
        many, of_all = counted(lost, "patient"), cells.share(lost / patch.counts["registered"])
        verb = "has" if lost == 1 else "have"
        text += (
            f" {many}{_of_files(patch)} ({of_all}) {verb} no place on the map; each is counted by"
            " reason."
        )
    return text


def _of_files(patch: Patch) -> str:
    """Say of what a count is where the patch is only a part of the files."""
    if not _part(patch):
        return ""
    # the lists may be a country's, of which only what is near takes part
    return " of the patch's practices or small areas" if patch.modelled else " in the files read"


def _part(patch: Patch) -> bool:
    mine = patch.practices.loc[patch.practices["in_patch"], "registered"]
    return int(mine.sum()) != patch.counts["registered"]


def _flags(pcns: pd.DataFrame, checks: pd.DataFrame) -> str:
    flagged = views.by_weight(pcns, checks)
    if flagged.empty:
        return views.none_flagged(len(pcns))
    counts = checks[checks["verdict"] == "flag"]["check"].value_counts(sort=False)
    said = [
        f"{columns.CHECK_NAMES[check].lower()} {counts[check]:,}"
        for check in columns.CHECK_NAMES
        if check in counts
    ]
    verb = "is" if len(flagged) == 1 else "are"
    text = f"{len(flagged):,} of {counted(len(pcns), 'PCN')} {verb} flagged ({', '.join(said)})"
    if len(pcns) == 1:
        # alone it is the weightiest without saying so
        return f"{text}."
    return f"{text}; the weightiest: {listed([*flagged['pcn_name'].head(NAMED)])}."


def _alignment(tables: Mapping[str, pd.DataFrame]) -> str:
    frame = tables["pcn_alignment"]
    if frame.empty:
        return "No teams are given, so nothing is said of how teams and PCNs line up."
    most = frame.sort_values(
        ["teams_95", "effective_teams", "pcn_code", "service_id"],
        ascending=[False, False, True, True],
    ).iloc[0]
    if most["teams_95"] <= 1:
        return "No PCN has several teams of one service today."
    split = frame[frame["teams_95"] > 1]["pcn_code"].nunique()
    names = tables["pcns"].set_index("pcn_code")["pcn_name"]
    services = tables["services"].set_index("service_id")["service_name"]
    return (
        f"{counted(split, 'PCN has', 'PCNs have')} several teams of one service today; most of all"
        f" {proper(names[most['pcn_code']])}, where {int(most['teams_95'])} teams of"
        f" {services[most['service_id']]} work and the lead team reaches"
        f" {percent(most['lead_share'])}."
    )


def _allocation(stories: Sequence[ServiceStory]) -> str:
    solved = [story for story in stories if story.objective is not None]
    if not solved:
        return "No service has teams, so no staff are allocated."
    # what is told as 0.0 is not worth a name
    short = [story for story in solved if story.vacancy_wte >= LITTLE]
    moved = sum(story.moved_wte for story in solved)
    many = counted(len(solved), "service is", "services are")
    text = f"{many} allocated; {_moved(moved)} would move."
    if math.isnan(moved):
        # a shared version does not say how much
        text = f"{many} allocated."
    elif short:
        lacks = [f"{story.service_name} {story.vacancy_wte:,.1f} WTE" for story in short]
        text += f" Short of staff: {listed(lacks)}."
    elif any(story.vacancy_wte > 0 for story in solved):
        text += f" None is short of {LITTLE} WTE of staff or more."
    else:
        text += " None is short of staff."
    alone = [
        f"{story.service_name} {story.one_team[0]:,} of {counted(story.one_team[3], 'PCN')}"
        for story in solved
        if story.one_team is not None
    ]
    return f"{text} With one team alone: {listed(alone)}." if alone else text


def _moved(wte: float) -> str:
    if 0 < wte < LITTLE:
        return f"under {LITTLE} WTE"
    return f"{wte:,.1f} WTE" if wte else "nobody"


def _audit(audit: Mapping[str, Any]) -> str:
    checks = [check for check in audit["checks"] if check["service_id"]]
    if audit["ok"] and not checks:
        return "There is no allocation to audit."
    failed = [check for check in audit["checks"] if not check["ok"]]
    if failed:
        first = failed[0]
        return (
            f"The independent audit found {counted(len(failed), 'fault')} in"
            f" {counted(len(checks), 'check')} of the allocation, first:"
            f" {first['check']} ({first['service_id'] or 'all services'}): {first['detail']}."
        )
    return f"The independent audit of the allocation passed all of its {len(checks):,} checks."


def notes(
    patch: Patch,
    footprints: Footprints,
    tables: Mapping[str, pd.DataFrame],
    *,
    illustrative: bool,
) -> list[str]:
    """Say what a reader must know to read the figures fairly."""
    out = []
    if illustrative:
        out.append("Everything here is fictional: county, practices, people, teams and staff.")
    if patch.modelled:
        out.append(
            f"Where patients live is {patch.modelled}. Every figure that rests on it (footprints,"
            " parts, retention, dominance, alignment, travel) is modelled too."
        )
    policy = patch.settings.policy
    out.append(
        "A PCN's footprint is the small areas where it has the most registered patients of any"
        f" PCN; small areas are {patch.words.small_area}. Footprints are a reading of where"
        " patients live, not boundaries that anybody has set."
    )
    out.append(_accounted(patch))
    if policy.preset == ASSUMED:
        out.append(
            f"The band of {policy.population_min:,} to {policy.population_max:,} patients is an"
            " assumption around the ten-year plan's “about 50,000”: no policy sets one."
        )
    if lonely(patch):
        everybody = patch.area_totals.reindex(patch.small_areas.index, fill_value=0)
        few = int((everybody < policy.few_registrations).sum())
        out.append(
            "The registrations hold no PCNs from outside the patch, so nobody competes at its"
            f" border; {counted(few, 'small area')} with fewer than {policy.few_registrations}"
            f" registrations {'is' if few == 1 else 'are'} marked as mostly registered elsewhere."
        )
    if len(footprints.ties):
        out.append(
            f"{counted(len(footprints.ties), 'small area')} had a tie for most patients, settled by"
            " the nearer practice."
        )
    nowhere = footprints.pcns.index[footprints.pcns["small_areas"] == 0]
    if len(nowhere):
        names = [proper(patch.pcns.at[code, "pcn_name"]) for code in nowhere]
        # every one by name: the map cannot show them
        out.append(
            f"{listed(names, len(names))} {'has' if len(names) == 1 else 'have'} most patients in"
            " no small area and so no footprint: parts and holes are not judged, the other checks"
            " are."
        )
    out += _readings(patch, tables["readings"])
    out += _outside(patch, tables["practices"])
    out += travelled.notes(patch, tables)
    out += _locks(patch, tables)
    if len(tables["services"]):
        out.append(
            "Staffing ratios, smallest teams and travel limits are the user's own: there is no"
            " national staffing ratio."
        )
    return [*out, *patch.warnings]


def _accounted(patch: Patch) -> str:
    """Tell what became of everybody in the files, and of the patch's own patients."""
    counts = patch.counts
    text = (
        f"Of {counts['registered']:,} registered patients{_of_files(patch)}"
        f" {counts['placed']:,} {'is' if counts['placed'] == 1 else 'are'} placed"
    )
    left = {
        "unplaced": ("is unplaced", "are unplaced"),
        "set_aside": ("was set aside", "were set aside"),
    }
    lost = [_people(counts[key], *verbs) for key, verbs in left.items() if counts[key]]
    text += f"; {' and '.join(lost)}." if lost else "."
    # these are told of the patch alone: nearly all whom a country's files hold live outside of it
    if counts["outside_patch"]:
        many = counted(counts["outside_patch"], "patient")
        lives = "lives" if counts["outside_patch"] == 1 else "live"
        text += f" {many} of the patch's PCNs {lives} outside the patch."
    if counts["no_pcn"]:
        many = counted(counts["no_pcn"], "patient is", "patients are")
        text += f" {many} registered with practices of the patch that are in no PCN."
    return text


def _people(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _locks(patch: Patch, tables: Mapping[str, pd.DataFrame]) -> list[str]:
    """Say which locks have nothing to hold, as a service is at Level 1 or none has groups."""
    locks, out = patch.settings.locks, []
    if not (locks.together or locks.apart or locks.base):
        return out
    level = tables["services"].set_index("service_id")["level"]
    names = tables["services"].set_index("service_id")["service_name"]
    for code, team in locks.base:
        service = patch.teams.at[team, "service_id"]
        if level[service] == 1:
            out.append(
                f"The lock of {proper(patch.pcns.at[code, 'pcn_name'])} with"
                f" {patch.teams.at[team, 'team_name']} has no effect: {names[service]} is at Level"
                " 1, and locks are on groups of Levels 2 and 3."
            )
    pairs = len(locks.together) + len(locks.apart)
    if pairs and tables["groups"].empty:
        many = counted(pairs, "pair of PCNs is", "pairs of PCNs are")
        out.append(f"{many} locked, but no service has groups, so nothing is held.")
    return out


def _readings(patch: Patch, readings: pd.DataFrame) -> list[str]:
    """Say where the patch's own PCNs alone would give another owner."""
    if readings.empty:
        return []
    many, alone = counted(len(readings), "small area"), len(readings) == 1
    theirs, ours = (int(readings[f"patients_{of}"].sum()) for of in ("all", "own"))
    winners = sorted(set(readings["owner_own"]) - {""})
    named = [proper(patch.pcns.at[code, "pcn_name"]) for code in winners]
    said = listed(named) if 0 < len(named) <= NAMED else counted(len(named), "PCN")
    text = (
        f"PCNs from outside the patch have most patients in {many} of it ({theirs:,} of their"
        f" patients live there), which {'is' if alone else 'are'} in no footprint of the patch."
    )
    if not winners:
        return [text]
    return [
        f"{text} Read against the patch's own PCNs only, {'it' if alone else 'they'} would go to"
        f" {said}, with {ours:,} patients there (table readings)."
    ]


def _outside(patch: Patch, practices: pd.DataFrame) -> list[str]:
    """Name practices that stand outside the footprint of their own PCN, the largest first."""
    judged = practices["in_own_footprint"].notna()
    out = practices[(practices["in_own_footprint"] == 0).fillna(value=False)].sort_values(
        ["list_size", "practice_code"], ascending=[False, True]
    )
    if out.empty:
        return []
    first = []
    for row in out.head(NAMED).itertuples():
        where = "beyond the patch's footprints"
        if row.stands_in_pcn:
            where = f"in that of {proper(patch.pcns.at[row.stands_in_pcn, 'pcn_name'])}"
        first.append(f"{proper(row.practice_name)} ({where})")
    more = len(out) - len(first)
    names = "; ".join(first) + (f"; and {more:,} more (table practices)" if more else "")
    verb = "stands" if len(out) == 1 else "stand"
    return [
        f"{len(out):,} of {counted(int(judged.sum()), 'practice')} {verb} outside the footprint of"
        f" the practice's own PCN: {names}."
    ]
