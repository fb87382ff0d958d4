"""What the report says of one PCN."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from markupsafe import Markup

from footprint.report import columns, journeys, palette, pcn_map, pcn_stills, together, views
from footprint.report.cells import Cell, Figure, Head, Table, count, share, signed
from footprint.report.chapters import PART_HEADS, part_cells
from footprint.report.content import Content
from footprint.report.names import proper
from footprint.report.shell import UNKNOWN, decimal, percent, thousands

#: under it WTE are counted but not told of
_LITTLE = 0.05
#: rows of a PCN in which nobody works
_NOBODY = pd.DataFrame({"team_id": [], "wte": [], "today_wte": []})


def anchor(code: str) -> str:
    """Id of a PCN's page in the report: letters and digits of its code."""
    return "pcn-" + "".join(sign for sign in str(code) if sign.isascii() and sign.isalnum())


@dataclass(frozen=True)
class Shared:
    """What the pages of all PCNs draw from, looked up once: see :func:`prepare`."""

    maps: Mapping[str, Markup]
    verdicts: Mapping[str, palette.Verdict]
    #: names of teams beside the name of their service
    teams: Mapping[str, str]
    #: by service, then PCN: a row of :func:`footprint.report.views.service_pcns`
    services: Mapping[str, Mapping[str, Mapping[str, Any]]]
    #: by PCN: name of its map's files, without ending
    stills: Mapping[str, str]
    #: by PCN, then service: rows of the allocation
    staff: Mapping[str, Mapping[str, pd.DataFrame]]


def prepare(content: Content, maps: Mapping[str, Markup]) -> Shared:
    """Return what the pages of PCNs share; ``maps`` from :func:`pcn_map.every`."""
    frame = views.table(content, "allocation")
    staff: dict[str, dict[str, pd.DataFrame]] = {}
    if len(frame):
        for (pcn_code, service), rows in frame.groupby(["pcn_code", "service_id"], sort=False):
            staff.setdefault(str(pcn_code), {})[str(service)] = rows
    return Shared(
        maps=maps,
        verdicts=views.verdicts(content),
        teams=views.short_teams(content),
        services={
            story.service_id: {
                str(row["pcn_code"]): row
                for row in views.service_pcns(content, story.service_id).to_dict("records")
            }
            for story in content.services
        },
        stills=pcn_stills.names(content),
        staff=staff,
    )


def every(
    content: Content, codes: Iterable[str], *, maps: Mapping[str, Markup] | None = None
) -> list[dict[str, Any]]:
    """Return the pages of PCNs, in the order given; maps are drawn when None."""
    chosen = list(codes)
    if not chosen:
        return []
    shared = prepare(content, pcn_map.every(content, chosen) if maps is None else maps)
    return [pcn(content, code, shared) for code in chosen]


def pcn(content: Content, code: str, shared: Shared) -> dict[str, Any]:
    """Return the page of one PCN; ``shared`` from :func:`prepare`."""
    pcns = views.table(content, "pcns")
    row = pcns[pcns["pcn_code"] == code].iloc[0]
    where = [
        str(code),
        *(
            str(row[key])
            for key in ("commissioner_name", "icb_name")
            if key in row and pd.notna(row[key]) and str(row[key]).strip()
        ),
    ]
    return {
        "id": anchor(code),
        "name": proper(str(row["pcn_name"])),
        "verdict": shared.verdicts.get(code, palette.UNJUDGED),
        "where": " · ".join(where),
        "map": shared.maps[code],
        "key": pcn_map.key(content, code),
        "still": shared.stills[str(code)],
        "figures": _pcn_figures(content, row),
        "checks": _pcn_checks(content, code),
        "parts": _pcn_parts(content, code),
        "profile": _pcn_profile(content, code),
        "practices": _pcn_practices(content, code, row),
        "teams": _pcn_teams(content, code, shared),
        "unmet": _pcn_unmet(content, code),
        "together": together.of_pcn(content, code),
    }


def _pcn_figures(content: Content, row: pd.Series) -> list[Figure]:
    pcns = views.table(content, "pcns")
    shown = (
        ("list_size", "registered patients", thousands),
        ("practices", "practices", thousands),
        ("parts", "parts of its footprint", thousands),
        ("retention", "of its patients live in its footprint", percent),
        ("dominance", "of the people registered there are its own", percent),
    )
    return [
        Figure(words(row[key]), label, middle=words(np.nanmedian(columns.numbers(pcns[key])))
               if np.isfinite(columns.numbers(pcns[key])).any() else "")
        for key, label, words in shown
        if key in pcns
    ]  # fmt: skip


def _pcn_checks(content: Content, code: str) -> Table:
    checks = views.table(content, "checks")
    mine = checks[checks["pcn_code"] == code] if len(checks) else checks
    rows = []
    for row in views.rows(mine):
        look = palette.verdict_of(row.verdict, row.severity)
        rows.append([Cell(columns.CHECK_NAMES.get(row.check, row.check)),
                     Cell(look.label, tag=look), Cell(str(row.evidence))])  # fmt: skip
    heads = [Head("Check"), Head("Verdict"), Head("Evidence", long=True)]
    return Table("Checks and their evidence", heads, rows, hide_caption=True)


def _pcn_parts(content: Content, code: str) -> Table | None:
    parts = views.table(content, "parts")
    mine = parts[parts["pcn_code"] == code] if len(parts) else parts
    if len(mine) < 2:
        return None
    pcns = views.pcn_names(content)
    rows = [part_cells(row, pcns) for row in views.rows(mine)]
    return Table("Parts of its footprint", PART_HEADS[1:], rows, hide_caption=True)


def _pcn_profile(content: Content, code: str) -> Table | None:
    frame = views.table(content, "profile")
    if frame.empty:
        return None
    mine = frame[(frame["pcn_code"] == code) & frame["measure"].isin(columns.MEASURE_NAMES)]
    rows = [
        [Cell(columns.MEASURE_NAMES[row.measure]), Cell(_measured(row.value, row.unit)),
         Cell(_measured(row.patch_middle, row.unit)),
         Cell(f"{_measured(row.patch_low, row.unit)} to {_measured(row.patch_high, row.unit)}")]
        for row in views.rows(mine)
    ]  # fmt: skip
    return Table(
        "Its people and its land, beside the patch’s PCNs",
        [Head("Measure", long=True), Head("This PCN", num=True), Head("Patch’s middle", num=True),
         Head("Middle half", num=True)],
        rows, hide_caption=True,
    ) if rows else None  # fmt: skip


def _measured(value: float, unit: str) -> str:
    if unit == "share":
        return share(value)
    if unit == "people per square km":
        return thousands(value)
    return f"{decimal(value)} km" if unit == "km" else decimal(value)


def _pcn_practices(content: Content, code: str, row: pd.Series) -> Table:
    frame = views.table(content, "practices")
    mine = frame[frame["pcn_code"] == code] if len(frame) else frame
    if len(mine):
        mine = mine.sort_values(["list_size", "practice_code"], ascending=[False, True])
    # where all have one commissioner the heading of the page names it
    several = len(mine) > 0 and mine["commissioner_code"].nunique(dropna=False) > 1
    rows = [
        [
            Cell(proper(str(each.practice_name))),
            Cell(str(each.practice_code)),
            Cell(str(each.postcode)),
            *([Cell(str(each.commissioner_code))] if several else []),
            Cell(thousands(each.list_size)),
        ]
        for each in views.rows(mine)
    ]
    heads = [
        Head("Practice"),
        Head("Code"),
        Head("Postcode"),
        *([Head("Commissioner")] if several else []),
        Head("Patients", num=True),
    ]
    total = ("All", *[""] * (len(heads) - 2), thousands(row["list_size"]))
    return Table("Its practices", heads, rows, total, hide_caption=True)


def _pcn_teams(content: Content, code: str, shared: Shared) -> Table | None:
    if not shared.staff:
        return None
    rows = []
    head = journeys.heading(pd.concat([*shared.staff.get(code, {}).values()] or [_NOBODY]))
    for story in content.services:
        mine = shared.staff.get(code, {}).get(story.service_id, _NOBODY)
        about = shared.services[story.service_id][code]
        if mine.empty and about["need"] == 0:
            continue
        staffed = story.staffed
        rows.append([
            Cell(story.service_name), Cell(decimal(about["need"], 2)),
            Cell(_who(mine, "today_wte", shared.teams)), Cell(_who(mine, "wte", shared.teams)),
            Cell(signed(about["change"]) if staffed else UNKNOWN),
            Cell(decimal(about["vacancy"], 2) if staffed else UNKNOWN),
            Cell(journeys.minutes(about["minutes_proposed"], _basis(mine), head)),
        ])  # fmt: skip
    return Table(
        "Teams of every service, today and proposed",
        [Head("Service"), Head("Need, WTE", num=True), Head("Today", long=True),
         Head("Proposed", long=True),
         Head("Change", num=True), Head("Unmet, WTE", num=True), Head(head, num=True)],
        rows, _all_services(content, code), hide_caption=True,
    ) if rows else None  # fmt: skip


def _basis(frame: pd.DataFrame) -> str:
    """What the minutes of the proposed teams rest on, as a column of tables says it."""
    if "basis" not in frame:
        return ""
    told = journeys.mark(frame["basis"][frame["wte"] != 0])
    return next((basis for basis, word in journeys.MARKS.items() if word == told), "")


def _all_services(content: Content, code: str) -> tuple[str, ...]:
    """Last line of the table of teams: all services together."""
    frame = views.table(content, "neighbourhoods")
    mine = frame[frame["pcn_code"] == code] if len(frame) else frame
    if mine.empty:
        return ()
    row: Any = next(views.rows(mine))
    told = [
        f"{count(int(teams), 'team')}, {decimal(wte, 2)}"
        for teams, wte in (
            (row.teams_today, row.wte_today),
            (row.teams_proposed, row.wte_proposed),
        )
    ]
    return ("All", "", *told, signed(row.wte_proposed - row.wte_today), "", "")


def _pcn_unmet(content: Content, code: str) -> list[str]:
    """Why need of this PCN stays unmet, a sentence per service."""
    frame = views.table(content, "vacancies")
    if frame.empty:
        return []
    mine: dict[str, list[dict[Any, Any]]] = {}
    for row in frame[frame["pcn_code"] == code].to_dict("records"):
        mine.setdefault(row["service_id"], []).append(row)
    return [
        f"{story.service_name}: {decimal(row['wte'], 2)} WTE of its need stay unmet. "
        f"{row['reason']}"
        for story in content.services
        for row in mine.get(story.service_id, [])
        # a little of it stands in the table of teams
        if not row["wte"] < _LITTLE
    ]


def _who(frame: pd.DataFrame, value: str, teams: Mapping[str, str]) -> str:
    """Teams with their WTE, the largest first; those under 0.05 WTE are only counted."""
    there = [
        (float(wte), str(team))
        for wte, team in zip(frame[value], frame["team_id"], strict=True)
        if wte != 0
    ]
    # a team whose staff are not shown is named all the same, after the others
    there.sort(key=lambda each: (np.isnan(each[0]), -np.nan_to_num(each[0]), each[1]))
    little = sum(wte < _LITTLE for wte, _ in there)
    told = [f"{teams.get(team, team)} {decimal(wte, 2)}"
            for wte, team in there if not wte < _LITTLE]  # fmt: skip
    if little:
        told.append(f"{count(little, 'team')} with under {_LITTLE} each")
    return "; ".join(told) or UNKNOWN
