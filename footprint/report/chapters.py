"""What the report's chapters say: population, geography, alignment, levels and allocation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from footprint.report import charts, columns, journeys, palette, views
from footprint.report.cells import Cell, Head, Table, count, plural, share, signed, value, whole
from footprint.report.content import Content, ServiceStory
from footprint.report.names import short
from footprint.report.shell import UNKNOWN, decimal, percent, thousands

#: alignment of one service is told for so many PCNs, those with most teams first
_MOST_SENTENCES = 8
#: reasons for unmet need that the first page tells
_MOST_REASONS = 8


# -- population and geography --------------------------------------------------------------------


def population(content: Content) -> dict[str, Any]:
    """Return the chapter on list sizes."""
    low, high = views.band(content)
    pcns = views.table(content, "pcns")
    people = columns.numbers(pcns["list_size"]) if len(pcns) else np.array([])
    within = int(((people >= low) & (people <= high)).sum())
    says = (
        f"{within:,} of {count(len(pcns), 'PCN')} have {low:,} to {high:,} registered patients; "
        f"{int((people < low).sum()):,} have fewer, {int((people > high).sum()):,} have more."
    )
    return {"says": says, "chart": charts.sizes(content), "table": _check_table(
        content, ["population"], "List sizes outside the band, and those with a note")}  # fmt: skip


def geography(content: Content) -> dict[str, Any]:
    """Return the chapter on footprints: what every other check found, and the parts."""
    checks = views.table(content, "checks")
    parts = views.table(content, "parts")
    several = 0
    if len(parts):
        several = int((parts.groupby("pcn_code").size() > 1).sum())
    names = [name for name in columns.CHECK_NAMES if name != "population"]
    flags = 0
    if len(checks):
        shape = checks[checks["check"].isin(names) & (checks["verdict"] == "flag")]
        flags = shape["pcn_code"].nunique()
    says = (
        f"{count(flags, 'PCN')} {plural(flags, 'is', 'are')} flagged for shape or place; "
        f"{several:,} {plural(several, 'lies', 'lie')} in more than one part, small fragments "
        "included."
    )
    table = _check_table(content, names, "What was flagged or noted, PCN by PCN")
    return {"says": says, "table": table, "parts": _parts_table(content)}


def _check_table(content: Content, names: Sequence[str], caption: str) -> Table:
    """Flags and notes of some checks; of one check alone, with the PCNs' list sizes."""
    checks, pcns = views.table(content, "checks"), views.pcn_names(content)
    sizes = dict(zip(*(views.table(content, "pcns").get(key, []) for key in
                       ("pcn_code", "list_size")), strict=True))  # fmt: skip
    one = len(names) == 1
    second = Head("Patients", num=True) if one else Head("Check")
    heads = [Head("PCN"), second, Head("Verdict"), Head("What was found")]
    if checks.empty:
        return Table(caption, heads, [])
    found = checks[checks["check"].isin(names)]
    found = found[(found["verdict"] == "flag") | (found["severity"] == "note")]
    # the heaviest first, then the largest PCN
    gravity = {"strong": 0, "mild": 1, "note": 2}
    found = found.assign(
        # a slight flag stands before a pass with a note
        grave=[
            gravity.get(str(severity), 3) + (verdict != "flag")
            for severity, verdict in zip(found["severity"], found["verdict"], strict=True)
        ],
        size=[-float(sizes.get(code) or 0) for code in found["pcn_code"]],
    ).sort_values(["grave", "size", "pcn_code"], kind="stable")
    rows = []
    for row in views.rows(found):
        look = palette.verdict_of(row.verdict, row.severity)
        cell = Cell(columns.CHECK_NAMES.get(row.check, row.check))
        if one:
            cell = Cell(thousands(sizes.get(row.pcn_code)))
        rows.append([Cell(short(pcns.get(row.pcn_code, row.pcn_code))), cell,
                     Cell(look.label, tag=look), Cell(str(row.evidence))])  # fmt: skip
    note = "" if rows else "Nothing was flagged."
    return Table(caption, heads, rows, note=note)


def _parts_table(content: Content) -> Table | None:
    parts, pcns = views.table(content, "parts"), views.pcn_names(content)
    if parts.empty:
        return None
    several = parts[parts.groupby("pcn_code")["part"].transform("size") > 1]
    if several.empty:
        return None
    return Table("Parts of footprints", PART_HEADS, [
        [Cell(short(pcns.get(row.pcn_code, row.pcn_code))), *part_cells(row, pcns)]
        for row in views.rows(several)
    ])  # fmt: skip


#: headings of a table of parts
PART_HEADS = (
    Head("PCN"),
    Head("Part", num=True),
    Head("Patients", num=True),
    Head("Share", num=True),
    Head("Practices", num=True),
    Head("Small areas", num=True),
    Head("PCNs that lie between"),
)


def part_cells(row: Any, pcns: Mapping[str, str]) -> list[Cell]:  # noqa: ANN401
    """Return the cells under :data:`PART_HEADS` but the first, of one row of the parts."""
    between = [] if pd.isna(row.between) else [code for code in str(row.between).split(";") if code]
    return [
        Cell(thousands(row.part)),
        Cell(thousands(row.patients)),
        Cell(share(row.share)),
        Cell(thousands(row.practices)),
        Cell(thousands(row.small_areas)),
        Cell(", ".join(short(pcns.get(code, code)) for code in between) or UNKNOWN),
    ]


# -- services ------------------------------------------------------------------------------------


def service(content: Content, story: ServiceStory) -> dict[str, Any]:
    """Return one service in brief: headline, costs as bars, facts."""
    facts = [
        {"label": "Staff", "value": _wte(story.staff_wte)},
        {"label": "Need", "value": f"{decimal(story.demand_wte)} WTE"},
    ]
    if story.staffed:
        facts += [
            {"label": "Would move", "value": _wte(story.moved_wte)},
            {"label": "Unmet", "value": _wte(story.vacancy_wte)},
        ]
    if story.one_team is not None:
        alone, _, _, every = story.one_team
        facts.append({"label": "One team", "value": f"{alone:,} of {count(every, 'PCN')}"})
    facts.append({"label": "Result", "value": story.status})
    order = [each.service_id for each in content.services]
    return {
        "id": f"service-{1 + order.index(story.service_id)}",
        "name": story.service_name,
        "level": story.level,
        "headline": story.headline,
        "bars": _bars(story),
        "facts": facts,
    }


def _wte(value: float) -> str:
    return f"{decimal(value)} WTE" if np.isfinite(value) else "not shown"


def _bars(story: ServiceStory) -> dict[str, str] | None:
    if story.today is None or story.objective is None or np.isnan(story.objective):
        return None
    most = max(story.today, story.objective, 1e-9)
    change = (story.objective - story.today) / story.today if story.today > 0 else 0.0
    word = f"{abs(100 * change):.0f}% {'lower' if change < 0 else 'higher'}"
    if abs(change) < 0.005:
        word = "about the same"
    today, proposed = thousands(story.today), thousands(story.objective)
    return {
        "today": today,
        "proposed": proposed,
        "today_width": f"{100 * story.today / most:.1f}",
        "proposed_width": f"{100 * story.objective / most:.1f}",
        "change": word,
        "says": f"Cost in minutes times WTE: today {today}, proposed {proposed}, {word}.",
    }


def vacancy_reasons(content: Content) -> Table | None:
    """Return why need stays unmet: the reasons of each service with its WTE."""
    frame = views.table(content, "vacancies")
    # of a shared version's unmet need only some is known
    if frame.empty or content.shared:
        return None
    names = {story.service_id: story.service_name for story in content.services}
    sums = (
        frame.groupby(["service_id", "reason"], sort=False)["wte"]
        .agg(wte="sum", pcns="size")
        .reset_index()
        .sort_values(["wte", "service_id", "reason"], ascending=[False, True, True])
    )
    shown = sums[sums["wte"] >= 0.05].head(_MOST_REASONS)
    rest = float(sums["wte"].sum() - shown["wte"].sum())
    rows = [
        [Cell(names.get(row.service_id, row.service_id)), Cell(str(row.reason)),
         Cell(thousands(row.pcns)), Cell(decimal(row.wte))]
        for row in views.rows(shown)
    ]  # fmt: skip
    if not rows:
        return None
    note = f"Other reasons: {decimal(rest)} WTE; the workbook lists them." if rest >= 0.05 else ""
    return Table(
        "Unmet need, by reason",
        [Head("Service"), Head("Reason"), Head("PCNs", num=True), Head("WTE", num=True)],
        rows,
        note=note,
    )


def alignment(content: Content) -> dict[str, Any]:
    """Return the chapter on how today's teams and PCNs fit."""
    names = {story.service_id: story.service_name for story in content.services}
    frame = views.table(content, "alignment_summary")
    summary = None
    if len(frame):
        rows = [
            [Cell(names.get(row.service_id, row.service_id)), Cell(percent(row.completeness)),
             Cell(percent(row.homogeneity)), Cell(percent(row.v_measure)),
             Cell(thousands(row.people_elsewhere))]
            for row in views.rows(frame)
        ]  # fmt: skip
        summary = Table(
            "How well teams and PCNs fit, per service",
            [
                Head("Service"),
                Head("Each PCN has one team", num=True),
                Head("Each team has one PCN", num=True),
                Head("Both together", num=True),
                Head("Patients of another than their PCN’s lead team", num=True),
            ],
            rows,
            note="100% is a perfect fit. The three shares are completeness, homogeneity and "
            "V-measure, weighted by patients. A team that is meant to serve many PCNs has a low "
            "second figure by design.",
        )
    return {"summary": summary, "services": [
        found for story in content.services if (found := _aligned(content, story))
    ]}  # fmt: skip


def _aligned(content: Content, story: ServiceStory) -> dict[str, Any] | None:
    frame = views.of_service(content, "pcn_alignment", story.service_id)
    if frame.empty:
        return None
    pcns, teams = views.pcn_names(content), views.team_names(content)
    frame = frame.assign(number=np.nan_to_num(columns.numbers(frame["teams_95"])).astype(int))
    split = frame[frame["number"] > 1].sort_values(
        ["number", "lead_share", "pcn_code"], ascending=[False, True, True]
    )
    nobody = frame[frame["number"] == 0]
    sentences = [
        f"{row.number:,} teams work into {pcns.get(row.pcn_code, row.pcn_code)}; the lead team, "
        f"{teams.get(row.lead_team_id, row.lead_team_id)}, reaches {percent(row.lead_share)} of "
        "its patients."
        for row in views.rows(split.head(_MOST_SENTENCES))
    ]
    sentences += [
        f"No team works into {pcns.get(code, code)}." for code in nobody["pcn_code"].head(4)
    ]
    one = int((frame["number"] == 1).sum())
    more = len(split) - min(len(split), _MOST_SENTENCES)
    told = f"{count(more, 'further PCN')} {plural(more, 'has', 'have')} several teams. "
    told = told if more else ""
    told += f"In {one:,} of {count(len(frame), 'PCN')} one team reaches 95% of patients or more."
    return {
        "name": story.service_name,
        "sentences": sentences,
        "more": told,
        # where every PCN has one team, the sentence says it all
        "chart": charts.overlap(content, story.service_id) if len(split) else "",
        "caption": "Share of each PCN’s patients who live in each team’s area. PCNs that share a "
        "team stand together.",
    }


def levels(content: Content) -> Table:
    """Return the level of each service and how it follows."""
    frame = views.table(content, "services")
    heads = [Head("Service"), Head("Level", num=True), Head("People a team needs", num=True),
             Head("WTE per 10,000", num=True), Head("Why")]  # fmt: skip
    rows = [
        [Cell(str(row["service_name"])), Cell(thousands(row["level"])),
         Cell(thousands(row["population_needed"])),
         Cell(value(row["wte_per_10000"]) if "wte_per_10000" in row else UNKNOWN),
         Cell(str(row["why"]))]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    return Table("Level of each service", heads, rows)


def allocation_says(content: Content) -> str:
    """Return how staff were shared out, with the prices in force."""
    policy = views.policy(content)
    move = policy.get("move_price")
    prices: list[float] = list(policy.get("vacancy_prices") or [])
    mark = journeys.of_patch(content)
    minutes = f"minutes of travel{f' ({mark})' if mark else ''}"
    told = f"Staff are shared out so that the cost is lowest: {minutes} times WTE"
    if policy.get("fairness") == "worst first":
        told = (
            "For services at Level 1 the longest journey is first made as short as it can be, no"
            f" more need left unmet; then the cost is lowest: {minutes} times WTE"
        )
    if move is not None:
        told += f", {value(move)} more for every WTE that moves"
    if len(prices) > 1:
        told += (
            f", and {value(prices[0])} to {value(prices[-1])} for every WTE of need that stays "
            "unmet, more the larger the gap"
        )
    slack = policy.get("lead_team_slack")
    if policy.get("lead_teams") and slack:
        told += (
            ". Where a service fits one PCN, as many PCNs as possible then get one team alone, at"
            f" no more than {100 * slack:g}% above the lowest cost and no more than today’s"
        )
    return f"{told}. “Today” leaves everything as it is, and is costed in the same way."


def allocation(content: Content, story: ServiceStory) -> dict[str, Any]:
    """Return one service in full: sentences, staff by PCN and team, groups, unmet need."""
    return {
        "sentences": [*story.sentences],
        "groups": _groups(content, story),
        "staff": _staff(content, story),
        "vacancies": _vacancies(content, story),
    }


def _staff(content: Content, story: ServiceStory) -> Table | None:
    frame = views.of_service(content, "allocation", story.service_id)
    if frame.empty or len(views.table(content, "pcns")) > views.MANY_PCNS:
        return None
    pcns, teams = views.pcn_names(content), views.team_names(content)
    little = (frame["wte"] < 0.05) & (frame["today_wte"] < 0.05)
    head = journeys.heading(frame)
    rows = [
        [Cell(short(pcns.get(row.pcn_code, row.pcn_code))),
         Cell(teams.get(row.team_id, row.team_id)), Cell(decimal(row.today_wte, 2)),
         Cell(decimal(row.wte, 2)), Cell(signed(row.wte - row.today_wte)),
         Cell(journeys.minutes(row.minutes, getattr(row, "basis", ""), head))]
        for row in views.rows(frame[~little])
    ]  # fmt: skip
    note = ""
    if little.any():
        note = (
            f"{count(int(little.sum()), 'row')} with under 0.05 WTE both today and proposed "
            f"({decimal(frame.loc[little, 'today_wte'].sum(), 2)} and "
            f"{decimal(frame.loc[little, 'wte'].sum(), 2)} WTE in all) "
            f"{plural(int(little.sum()), 'is', 'are')} only in the workbook."
        )
    today, proposed = whole(frame["today_wte"]), whole(frame["wte"])
    total = ("All", "", decimal(today, 2), decimal(proposed, 2), signed(proposed - today), "")
    return Table(
        f"{story.service_name}: WTE of each team at each PCN",
        [Head("PCN"), Head("Team"), Head("WTE today", num=True), Head("WTE proposed", num=True),
         Head("Change", num=True), Head(head, num=True)],
        rows, total, note,
    )  # fmt: skip


def _vacancies(content: Content, story: ServiceStory) -> Table | None:
    frame = views.of_service(content, "vacancies", story.service_id)
    if frame.empty or len(views.table(content, "pcns")) > views.MANY_PCNS:
        return None
    pcns = views.pcn_names(content)
    rows = [
        [Cell(short(pcns.get(row.pcn_code, row.pcn_code))), Cell(decimal(row.wte, 2)),
         Cell(str(row.reason))]
        for row in views.rows(frame.sort_values(["wte", "pcn_code"], ascending=[False, True]))
    ]  # fmt: skip
    total = ("All", decimal(frame["wte"].sum(), 2), "")
    note = "Only PCNs all of whose staff are shown." if content.shared else ""
    return Table(f"{story.service_name}: need that stays unmet",
                 [Head("PCN"), Head("WTE", num=True), Head("Why")], rows,
                 () if content.shared else total, note)  # fmt: skip


def _groups(content: Content, story: ServiceStory) -> Table | None:
    frame = views.of_service(content, "groups", story.service_id)
    if frame.empty:
        return None
    pcns, teams = views.pcn_names(content), views.team_names(content)
    rows = []
    for group, members in frame.groupby("group_id", sort=True):
        team = members["team_id"].iloc[0]
        named = "" if pd.isna(team) else teams.get(str(team), str(team))
        codes = list(members["pcn_code"])
        rows.append([
            Cell(str(group)), Cell(named or UNKNOWN), Cell(thousands(len(codes))),
            Cell(thousands(members["population"].sum())),
            Cell(", ".join(short(pcns.get(code, code)) for code in codes)
                 if len(codes) <= views.MANY_PCNS else f"{len(codes):,} PCNs, see the workbook"),
        ])  # fmt: skip
    total = ("All", "", thousands(len(frame)), thousands(frame["population"].sum()), "")
    return Table(
        f"{story.service_name}: PCNs that share a team",
        [Head("Group"), Head("Team"), Head("PCNs", num=True), Head("Patients", num=True),
         Head("Which PCNs")],
        rows, total,
    )  # fmt: skip
