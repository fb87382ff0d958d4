"""What the first page and the report say of each service: today and as proposed, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from footprint.report import journeys, views
from footprint.report.cells import Cell, Head, Table, count, listed, plural, signed, value, whole
from footprint.report.content import LITTLE, Content, ServiceStory
from footprint.report.names import short
from footprint.report.shell import UNKNOWN, decimal, thousands

#: reasons for unmet need that the first page tells
_MOST_REASONS = 8
#: a status that is longer is a sentence, and stands by itself
_SHORT_STATUS = 40


def service(content: Content, story: ServiceStory) -> dict[str, Any]:
    """Return one service in brief: what changes, today beside proposed, facts, how sure it is."""
    facts = [
        {"label": "Staff", "value": _wte(story.staff_wte)},
        {"label": "Need", "value": f"{decimal(story.demand_wte)} WTE"},
    ]
    if story.staffed:
        facts.append({"label": "Would move", "value": _wte(story.moved_wte)})
    told = len(story.status) <= _SHORT_STATUS
    if told:
        facts.append({"label": "Result", "value": story.status})
    order = [each.service_id for each in content.services]
    return {
        "id": f"service-{1 + order.index(story.service_id)}",
        "name": story.service_name,
        "level": story.level,
        "headline": story.headline,
        "brief": brief(content, story),
        "rows": _rows(content, story),
        "facts": facts,
        "warning": "" if told else f"{story.status[0].upper()}{story.status[1:]}",
    }


def _wte(number: float) -> str:
    return f"{decimal(number)} WTE" if np.isfinite(number) else "not shown"


def _solved(story: ServiceStory) -> bool:
    """Whether today and the proposal can be shown beside each other."""
    return story.objective is not None and bool(np.isfinite(story.objective))


def brief(content: Content, story: ServiceStory) -> str:
    """Return what the proposal of a service changes, in a sentence or two."""
    if not _solved(story):
        return story.headline
    told = []
    groups = views.of_service(content, "groups", story.service_id)
    if len(groups):
        # who has no road to any team, or no team, is in a group of nobody's
        served = groups[groups["team_id"].fillna("") != ""]
        number, pcns = served["group_id"].nunique(), count(len(served), "PCN")
        left = len(groups) - len(served)
        alone = f"; no team serves {count(left, 'other PCN')}." if left else "."
        one = f"{pcns} {plural(len(served), 'forms', 'form')} one group with one team{alone}"
        many = f"{pcns} form {number:,} groups, each with one team{alone}"
        told.append(many if number > 1 else one if number else "No team serves any PCN.")
    move = (
        f"{decimal(story.moved_wte)} of {decimal(story.staff_wte)} WTE would move"
        if story.moved_wte > 0
        else "Nobody would move"
    )
    told.append(f"{move}; the cost is {_change(story)}{_cause(content, story)}.")
    return " ".join(told)


def shared_out(content: Content) -> str:
    """Return by what rule staff are shared out, in a sentence or two."""
    if views.worst_first(content):
        text = (
            "For each service, staff are shared out among PCNs so that the longest journey is as"
            " short as it can be, and then at the lowest cost."
        )
    else:
        text = "For each service, staff are shared out among PCNs at the lowest cost."
    return f"{text} Groups of PCNs keep to the locks where they can." if _locked(content) else text


def _locked(content: Content) -> bool:
    locks = content.settings.get("locks")
    return isinstance(locks, Mapping) and any(locks.values())


def _cause(content: Content, story: ServiceStory) -> str:
    """Why a proposal costs more than leaving everything as it is; "" where it does not."""
    assert story.today is not None
    assert story.objective is not None
    if story.objective - story.today < 0.005 * story.today:
        return ""
    causes = ["the longest journey comes first"] if views.worst_first(content) else []
    if len(views.of_service(content, "groups", story.service_id)):
        also = " or the locks" if _locked(content) else ""
        causes.append(f"today need not keep the rules for groups{also}")
    return f", as {listed(causes)}" if causes else ""


def _rows(content: Content, story: ServiceStory) -> list[dict[str, str]]:
    """Today beside the proposal: label, today, proposed; only what is known of both."""
    if not _solved(story):
        return []
    assert story.today is not None
    assert story.objective is not None
    rows = []
    if story.vacancy_today is not None:
        rows.append(("Unmet need, WTE", decimal(story.vacancy_today), decimal(story.vacancy_wte)))
    if story.surplus_today is not None and story.surplus_wte >= LITTLE:
        spare = (decimal(story.surplus_today), decimal(story.surplus_wte))
        rows.append(("Staff without work, WTE", *spare))
    staff = views.of_service(content, "allocation", story.service_id)
    if len(staff):
        told = [decimal(journeys.mean(staff, "minutes", key)) for key in ("today_wte", "wte")]
        rows.append((journeys.heading(staff, "Minutes from base"), *told))
    if story.one_team is not None:
        alone, _, before, every = story.one_team
        label = f"PCNs with one team alone, of {every:,}"
        nearly = story.nearly_one_team or 0
        # a small share of another team is no team to know by name
        label += f" (today {nearly:,} but for a small share)" if nearly > before else ""
        rows.append((label, thousands(before), thousands(alone)))
    rows.append(("Cost, minutes × WTE", thousands(story.today), thousands(story.objective)))
    return [{"label": label, "today": a, "proposed": b} for label, a, b in rows]


def _change(story: ServiceStory) -> str:
    """How the cost of the proposal compares with leaving everything as it is."""
    assert story.today is not None
    assert story.objective is not None
    change = (story.objective - story.today) / story.today if story.today > 0 else 0.0
    if abs(change) < 0.005:
        return "about the same"
    if abs(change) < 0.01:
        # as the words beside it have it, which know no half per cent
        return f"less than 1% {'lower' if change < 0 else 'higher'}"
    return f"{abs(100 * change):.0f}% {'lower' if change < 0 else 'higher'}"


def vacancy_reasons(content: Content) -> Table | None:
    """Return why need stays unmet: the reasons of each service with its WTE."""
    frame = views.table(content, "vacancies")
    # of a shared version's unmet need only some is known
    if frame.empty or content.shared:
        return None
    names = {story.service_id: story.service_name for story in content.services}
    pcns = views.pcn_names(content)
    sums = (
        frame.groupby(["service_id", "reason"], sort=False)
        .agg(wte=("wte", "sum"), pcns=("wte", "size"), first=("pcn_code", "first"))
        .reset_index()
        .sort_values(["wte", "service_id", "reason"], ascending=[False, True, True])
    )
    shown = sums[sums["wte"] >= LITTLE].head(_MOST_REASONS)
    rest = float(sums["wte"].sum() - shown["wte"].sum())
    rows = [
        [Cell(names.get(row.service_id, row.service_id)), Cell(str(row.reason)),
         # a reason that holds for one PCN begins with "It"
         Cell(short(pcns.get(row.first, row.first)) if row.pcns == 1 else count(row.pcns, "PCN")),
         Cell(decimal(row.wte))]
        for row in views.rows(shown)
    ]  # fmt: skip
    if not rows:
        return None
    note = f"Other reasons: {decimal(rest)} WTE; the workbook lists them." if rest >= LITTLE else ""
    return Table(
        "Unmet need, by reason",
        [
            Head("Service"),
            Head("Reason", long=True),
            Head("Where"),
            Head("WTE", num=True, term="vacancy"),
        ],
        rows,
        note=note,
    )  # fmt: skip


def allocation_says(content: Content) -> str:
    """Return how staff were shared out, with the prices in force."""
    policy = views.policy(content)
    move = policy.get("move_price")
    prices: list[float] = list(policy.get("vacancy_prices") or [])
    mark = journeys.of_patch(content)
    minutes = f"minutes of travel{f' ({mark})' if mark else ''}"
    told = f"Staff are shared out so that the cost is lowest: {minutes} times WTE"
    if views.worst_first(content):
        told = (
            "In each service the longest journey (where PCNs form groups, from a group’s base to"
            " its farthest PCN) is first made as short as it can be, with no more need left unmet"
            f" and no more rules broken; then the cost is lowest: {minutes} times WTE"
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
    """Teams at PCNs where their staff change; who stays is counted in the totals and the note."""
    frame = views.of_service(content, "allocation", story.service_id)
    if frame.empty or len(views.table(content, "pcns")) > views.MANY_PCNS:
        return None
    pcns, teams = views.pcn_names(content), views.team_names(content)
    # a change that is not shown may be one
    stays = (frame["wte"] - frame["today_wte"]).abs().round(2) < LITTLE
    head = journeys.heading(frame)
    rows = [
        [Cell(short(pcns.get(row.pcn_code, row.pcn_code))),
         Cell(teams.get(row.team_id, row.team_id)), Cell(decimal(row.today_wte, 2)),
         Cell(decimal(row.wte, 2)), Cell(signed(row.wte - row.today_wte)),
         Cell(journeys.minutes(row.minutes, getattr(row, "basis", ""), head))]
        for row in views.rows(views.by_name(content, frame[~stays]))
    ]  # fmt: skip
    note = ""
    if stays.any():
        many = int(stays.sum())
        rest = decimal(frame.loc[stays, "wte"].sum(), 2)
        verb = plural(many, "changes", "change")
        note = (
            f"The last line counts {count(many, 'more row')} that {verb} by under {LITTLE} WTE"
            f" ({rest} WTE together): in the workbook, and on the PCNs’ own pages."
        )
    today, proposed = whole(frame["today_wte"]), whole(frame["wte"])
    total = ("All", "", decimal(today, 2), decimal(proposed, 2), signed(proposed - today), "")
    return Table(
        f"{story.service_name}: WTE of each team at each PCN where it changes",
        [Head("PCN"), Head("Team"), Head("WTE today", num=True, term="today"),
         Head("WTE proposed", num=True, term="proposed"),
         Head("Change", num=True), Head(head, num=True, term="travel")],
        rows, total, note,
    )  # fmt: skip


def _vacancies(content: Content, story: ServiceStory) -> Table | None:
    """Why need stays unmet: a line per reason, with the PCNs where it holds, most first."""
    frame = views.of_service(content, "vacancies", story.service_id)
    if frame.empty or len(views.table(content, "pcns")) > views.MANY_PCNS:
        return None
    pcns = views.pcn_names(content)
    rows = []
    for reason, mine in frame.groupby("reason", sort=False):
        ordered = mine.sort_values(["wte", "pcn_code"], ascending=[False, True])
        named = [
            f"{short(pcns.get(row.pcn_code, row.pcn_code))} {decimal(row.wte, 2)}"
            for row in views.rows(ordered)
        ]
        rows.append((whole(mine["wte"]), str(reason), named))
    rows.sort(key=lambda each: (-np.nan_to_num(each[0]), each[1]))
    total = ("All", "", thousands(len(frame)), decimal(frame["wte"].sum(), 2))
    note = "Only PCNs all of whose staff are shown." if content.shared else ""
    return Table(
        f"{story.service_name}: need that stays unmet",
        [Head("Why", long=True), Head("PCNs, with the WTE that each lacks", long=True),
         Head("PCNs", num=True), Head("WTE", num=True)],
        # a name may hold a comma
        [[Cell(reason), Cell("; ".join(named)), Cell(thousands(len(named))),
          Cell(decimal(wte, 2))] for wte, reason, named in rows],
        () if content.shared else total, note,
    )  # fmt: skip


def _groups(content: Content, story: ServiceStory) -> Table | None:
    frame = views.of_service(content, "groups", story.service_id)
    if frame.empty:
        return None
    pcns, teams = views.pcn_names(content), views.team_names(content)
    rows = []
    # where each group has its team, the name of it says more than a number
    numbered = bool((frame["team_id"].fillna("") == "").any())
    for group, members in frame.groupby("group_id", sort=True):
        team = members["team_id"].iloc[0]
        named = "" if pd.isna(team) else teams.get(str(team), str(team))
        codes = list(views.by_name(content, members)["pcn_code"])
        rows.append([
            *([Cell(str(group))] if numbered else []), Cell(named or UNKNOWN),
            Cell(thousands(len(codes))),
            Cell(thousands(members["population"].sum())),
            # a name may hold a comma
            Cell("; ".join(short(pcns.get(code, code)) for code in codes)
                 if len(codes) <= views.MANY_PCNS else f"{len(codes):,} PCNs, see the workbook"),
        ])  # fmt: skip
    heads = [Head("Group"), Head("Team")] if numbered else [Head("Team")]
    total = ("All", *[""] * (len(heads) - 1), thousands(len(frame)),
             thousands(frame["population"].sum()), "")  # fmt: skip
    return Table(
        f"{story.service_name}: PCNs that share a team",
        [*heads, Head("PCNs", num=True), Head("Patients", num=True),
         Head("Which PCNs", long=True)],
        rows, total,
    )  # fmt: skip
