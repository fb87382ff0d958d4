"""What the report's chapters say: population, geography, alignment and levels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from footprint.report import charts, charts_catchments, columns, palette, views
from footprint.report.cells import (
    Cell,
    Head,
    Table,
    count,
    listed,
    none_has,
    of_pcns,
    plural,
    share,
    value,
)
from footprint.report.content import Content, ServiceStory
from footprint.report.names import short
from footprint.report.shell import UNKNOWN, percent, thousands

#: alignment of one service is told for so many PCNs, those with most teams first
_MOST_SENTENCES = 8
#: above this share of a PCN's patients with a team they are as good as all
NEARLY_ALL = 0.995
#: rows of a table of a chapter; any county's fit
_MOST_ROWS = 200


# -- population and geography --------------------------------------------------------------------


def population(content: Content) -> dict[str, Any]:
    """Return the chapter on list sizes."""
    low, high = views.band(content)
    pcns = views.table(content, "pcns")
    people = columns.numbers(pcns["list_size"]) if len(pcns) else np.array([])
    within = int(((people >= low) & (people <= high)).sum())
    under, over = int((people < low).sum()), int((people > high).sum())
    says = (
        f"{of_pcns(within, len(pcns))} {low:,} to "
        f"{high:,} registered patients; {none_has(under)} fewer, {none_has(over)} more."
    )
    if len(pcns) == 1:
        where = "under" if under else "over" if over else "within"
        says = (
            f"The one PCN has {thousands(people[0])} registered patients, {where} the band of"
            f" {low:,} to {high:,}."
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
    return {
        "says": says,
        "table": table,
        "parts": _parts_table(content),
        "catchments": charts_catchments.catchments(content),
    }


def _check_table(content: Content, names: Sequence[str], caption: str) -> Table:
    """Flags and notes of some checks; of one check alone, with the PCNs' list sizes."""
    checks, pcns = views.table(content, "checks"), views.pcn_names(content)
    sizes = dict(zip(*(views.table(content, "pcns").get(key, []) for key in
                       ("pcn_code", "list_size")), strict=True))  # fmt: skip
    one = len(names) == 1
    second = Head("Patients", num=True, term="list_size") if one else Head("Check")
    heads = [Head("PCN"), second, Head("Verdict"), Head("What was found", long=True)]
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
    return Table(caption, heads, rows[:_MOST_ROWS], note=note or _cut(len(rows), "Checks"))


def _cut(rows: int, sheet: str) -> str:
    """Say where the rest of a table is that is longer than a chapter has room for."""
    more = rows - _MOST_ROWS
    if more <= 0:
        return ""
    told = f"{count(more, 'further row')} {plural(more, 'is', 'are')}"
    return f"{told} in the workbook, sheet {sheet}."


def _parts_table(content: Content) -> Table | None:
    parts, pcns = views.table(content, "parts"), views.pcn_names(content)
    if parts.empty:
        return None
    several = parts[parts.groupby("pcn_code")["part"].transform("size") > 1]
    if several.empty:
        return None
    rows = [
        [Cell(short(pcns.get(row.pcn_code, row.pcn_code))), *part_cells(row, pcns)]
        for row in views.rows(views.by_name(content, several).head(_MOST_ROWS))
    ]
    return Table("Parts of footprints", PART_HEADS, rows, note=_cut(len(several), "Parts"))


#: headings of a table of parts
PART_HEADS = (
    Head("PCN"),
    Head("Part", num=True, term="part"),
    Head("Patients", num=True),
    Head("Share", num=True),
    Head("Practices", num=True),
    Head("Small areas", num=True, term="small_area"),
    Head("PCNs that lie between", long=True),
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
        Cell("; ".join(short(pcns.get(code, code)) for code in between) or UNKNOWN),
    ]


# -- services ------------------------------------------------------------------------------------


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
                Head("Patients of a team that is not the lead team", num=True, term="lead_team"),
            ],
            rows,
            note="100% is a perfect fit. The three shares are completeness, homogeneity and "
            "V-measure, weighted by patients. A team that is meant to serve many PCNs has a low "
            "second figure by design.",
        )
    found = [each for story in content.services if (each := _aligned(content, story))]
    # where every PCN has one team, one sentence says it for all such services
    alone = [str(each["name"]) for each in found if each["alone"]]
    return {
        "summary": summary,
        "services": [each for each in found if not each["alone"]],
        "alone": _all_alone(content, alone) if alone else "",
    }


def _all_alone(content: Content, services: Sequence[str]) -> str:
    frame = views.table(content, "pcn_alignment")
    named = {story.service_id for story in content.services if story.service_name in services}
    whom = _with_a_team(frame.loc[frame["service_id"].isin(named), "covered"].min())
    return (
        f"{listed(services)}: one team reaches {_reach(content)} of the patients of every"
        f" PCN{whom}, or more."
    )


def _reach(content: Content) -> str:
    return percent(views.policy(content).get("alignment_reach", 0.95))


def _with_a_team(covered: float) -> str:
    """Of whom shares are where half a per cent or more of the patients are in no team's area."""
    return "" if covered > NEARLY_ALL else " who have a team"


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
        f"its patients{_with_a_team(row.covered)}."
        for row in views.rows(split.head(_MOST_SENTENCES))
    ]
    sentences += [
        f"No team works into {pcns.get(code, code)}." for code in nobody["pcn_code"].head(4)
    ]
    one = int((frame["number"] == 1).sum())
    more = len(split) - min(len(split), _MOST_SENTENCES)
    told = f"{count(more, 'further PCN')} {plural(more, 'has', 'have')} several teams. "
    told = told if more else ""
    whole = f"In {one:,} of {count(len(frame), 'PCN')} one team reaches"
    if len(frame) == 1:
        whole = f"{'One' if one else 'No single'} team reaches"
    whom = f"patients{_with_a_team(frame['covered'].min())}"
    told += f"{whole} {_reach(content)} of {whom}, or more."
    return {
        "name": story.service_name,
        "alone": one == len(frame),
        "sentences": sentences,
        "more": told,
        # where every PCN has one team, the sentence says it all
        "chart": charts.overlap(content, story.service_id) if len(split) else "",
        "caption": "Of each PCN’s patients who have a team, the share that each team has. PCNs "
        "that share a team stand together.",
    }


def levels(content: Content) -> Table:
    """Return the level of each service and how it follows."""
    frame = views.table(content, "services")
    heads = [
        Head("Service"),
        Head("Level", num=True),
        Head("People a team needs", num=True, term="population_needed"),
        Head("WTE per 10,000", num=True, term="demand"),
        Head("Why", long=True),
    ]
    rows = [
        [Cell(str(row["service_name"])), Cell(thousands(row["level"])),
         Cell(thousands(row["population_needed"])),
         Cell(value(row["wte_per_10000"]) if "wte_per_10000" in row else UNKNOWN),
         Cell(str(row["why"]))]
        for row in frame.to_dict("records")
    ]  # fmt: skip
    return Table("Level of each service", heads, rows)
