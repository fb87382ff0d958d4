"""The report's chapter on neighbourhoods: the teams of all services together, PCN by PCN."""

from __future__ import annotations

from typing import Any

import pandas as pd

from footprint.report import journeys, views
from footprint.report.cells import Cell, Head, Table, none_has, of_pcns, plural, signed, whole
from footprint.report.content import Content
from footprint.report.names import short
from footprint.report.shell import decimal, percent, thousands


def sentence(frame: pd.DataFrame) -> str:
    """
    Say how many teams a practice works with.

    Parameters
    ----------
    frame
        The table ``neighbourhoods``.

    Returns
    -------
    sentence
        Such as "A practice works with 11.2 community teams on average today, 7 in the proposal.";
        "" where no practice has a figure.
    """
    if frame.empty or frame["practice_teams_today"].isna().all():
        return ""
    # every practice counts once, wherever it is
    today, proposed = (
        number(journeys.mean(frame, f"practice_teams_{when}", "practices"))
        for when in ("today", "proposed")
    )
    noun = "community team" if today == "1" else "community teams"
    after = "as many" if proposed == today else proposed
    return f"A practice works with {today} {noun} on average today, {after} in the proposal."


def number(value: float) -> str:
    """Write a mean number of teams: 11.0 is "11"."""
    return decimal(value).removesuffix(".0")


def chapter(content: Content) -> dict[str, Any] | None:
    """Return the chapter; None where nothing is allocated."""
    frame = views.table(content, "neighbourhoods")
    if frame.empty:
        return None
    fewer = int((frame["teams_proposed"] < frame["teams_today"]).sum())
    more = int((frame["teams_proposed"] > frame["teams_today"]).sum())
    says = (
        f"{of_pcns(fewer, len(frame))} fewer teams in the proposal than today,"
        f" {none_has(more)} more."
    )
    if len(frame) == 1:
        many = "fewer teams" if fewer else "more teams" if more else "as many teams"
        says = f"The one PCN has {many} in the proposal {'than' if fewer or more else 'as'} today."
    reach = percent(views.policy(content).get("alignment_reach", 0.95))
    told = [each for each in (sentence(frame), says) if each]
    return {"reach": reach, "says": told, "table": _table(content)}


def _table(content: Content) -> Table | None:
    frame, pcns = views.table(content, "neighbourhoods"), views.pcn_names(content)
    if len(frame) > views.MANY_PCNS:
        return None
    rows = [
        [Cell(short(pcns.get(row.pcn_code, row.pcn_code))), Cell(thousands(row.practices)),
         Cell(thousands(row.services)),
         Cell(f"{thousands(row.teams_today)} → {thousands(row.teams_proposed)}"),
         Cell(f"{decimal(row.practice_teams_today)} → {decimal(row.practice_teams_proposed)}"),
         Cell(f"{decimal(row.wte_today)} → {decimal(row.wte_proposed)}"),
         Cell(signed(row.wte_proposed - row.wte_today))]
        for row in views.rows(views.by_name(content, frame))
    ]  # fmt: skip
    sums = {key: whole(frame[key]) for key in ("wte_today", "wte_proposed", "practices")}
    means = [decimal(journeys.mean(frame, f"practice_teams_{when}", "practices"))
             for when in ("today", "proposed")]  # fmt: skip
    total = ("All", thousands(sums["practices"]), "", "", " → ".join(means),
             f"{decimal(sums['wte_today'])} → {decimal(sums['wte_proposed'])}",
             signed(sums["wte_proposed"] - sums["wte_today"]))  # fmt: skip
    return Table(
        "Teams and staff of all services together, today → proposed",
        [Head("PCN"), Head("Practices", num=True), Head("Services", num=True),
         Head("Teams", num=True), Head("Teams of a practice", num=True, term="teams_of_a_practice"),
         Head("WTE", num=True), Head("Change, WTE", num=True)],
        rows, total,
        "A team of several PCNs counts in each. The teams of a practice are the mean over the "
        "PCN’s practices.",
    )  # fmt: skip


def of_pcn(content: Content, code: str) -> str:
    """Say in a sentence how many teams work for a PCN and for one of its practices."""
    frame = views.table(content, "neighbourhoods")
    mine = frame[frame["pcn_code"] == code] if len(frame) else frame
    if mine.empty:
        return ""
    row: Any = next(views.rows(mine))
    # WTE that are not shown are not spoken of
    today, proposed = (
        "" if pd.isna(wte) else f" with {decimal(wte)} WTE"
        for wte in (row.wte_today, row.wte_proposed)
    )
    text = (
        f"{thousands(row.teams_today)} {plural(int(row.teams_today), 'team', 'teams')}{today}"
        f" today, {thousands(row.teams_proposed)}{proposed} proposed, all services together."
    )
    if pd.notna(row.practice_teams_today):
        text += (
            f" On average one of its practices works with {number(row.practice_teams_today)} of"
            f" them today, {number(row.practice_teams_proposed)} in the proposal."
        )
    return text
