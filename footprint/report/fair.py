"""The report's chapter on fairness: how far teams are from patients, by where these live."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from footprint.report import charts_staff, columns, journeys, views
from footprint.report.cells import Cell, Head, Table, share
from footprint.report.content import Content
from footprint.report.names import short
from footprint.report.shell import UNKNOWN, decimal, thousands

#: kinds of groups of the table, and what a row of them is called
EVERYBODY, DEPRIVATION, RURAL, PCN = "everybody", "deprivation decile", "rural class", "PCN"
#: the two ends of the deciles, in words
_ENDS = {"1": " (most deprived)", "10": " (least deprived)"}
_NOT_GIVEN = "not given"


def chapter(content: Content) -> dict[str, Any] | None:
    """Return the chapter; None where nobody travels."""
    frame = views.table(content, "fairness")
    if frame.empty:
        return None
    whole = frame[frame["service_id"] == ""]
    if (
        not np.isfinite(columns.numbers(whole["minutes_today"])).any()
        and not np.isfinite(columns.numbers(whole["minutes_proposed"])).any()
    ):
        return None
    mark = journeys.mark(whole["basis"].unique())
    return {
        "sentences": _sentences(content, whole, mark),
        "chart": charts_staff.travel(content, rows(content), mark),
        "caption": "Mean minutes from the bases of a patient’s teams to where the patient lives, "
        f"all services together{f' ({mark})' if mark else ''}.",
        "groups": _groups(content, mark),
        "services": _services(content, frame, mark),
    }


def rows(content: Content) -> pd.DataFrame:
    """
    Groups of all services together as a chart and a table show them.

    Returns
    -------
    rows
        label, kind, patients, minutes_today, minutes_proposed; of the PCNs only the one that is
        worst off today and the one that is in the proposal.
    """
    frame = views.table(content, "fairness")
    whole = frame[(frame["service_id"] == "") & (frame["group_kind"] != PCN)]
    made = [
        {
            "label": _label(row.group_kind, str(row.group)),
            "kind": row.group_kind,
            "patients": row.patients,
            "minutes_today": row.minutes_today,
            "minutes_proposed": row.minutes_proposed,
        }
        for row in views.rows(whole)
    ]
    pcns = views.pcn_names(content)
    worst = {when: _worst(frame, "", when) for when in ("today", "proposed")}
    same = len({None if row is None else row.group for row in worst.values()}) == 1
    for when, row in worst.items():
        if row is None or (same and when == "proposed"):
            continue
        name = short(pcns.get(str(row.group), str(row.group)))
        made.append(
            {
                "label": f"Worst-off PCN{'' if same else f' {when}'}: {name}",
                "kind": PCN,
                "patients": row.patients,
                "minutes_today": row.minutes_today,
                "minutes_proposed": row.minutes_proposed,
            }
        )
    return pd.DataFrame(made)


def _label(kind: str, group: str) -> str:
    if kind == EVERYBODY:
        return "All patients"
    if kind == DEPRIVATION:
        return "No decile given" if group == _NOT_GIVEN else f"Decile {group}{_ENDS.get(group, '')}"
    if group == _NOT_GIVEN:
        return "No rural-urban class given"
    return {"urban": "Urban small areas", "rural": "Rural small areas"}.get(group, group)


def _worst(frame: pd.DataFrame, service: str, when: str) -> Any | None:  # noqa: ANN401
    """The PCN with most minutes; of equals the lower code. None where none has any."""
    mine = frame[(frame["service_id"] == service) & (frame["group_kind"] == PCN)]
    mine = mine[np.isfinite(columns.numbers(mine[f"minutes_{when}"]))]
    if mine.empty:
        return None
    # to the tenth, as they are shown
    tenths = mine[f"minutes_{when}"].round(1)
    order = mine.assign(tenths=tenths).sort_values(["tenths", "group"], ascending=[False, True])
    return next(views.rows(order))


def _sentences(content: Content, whole: pd.DataFrame, mark: str) -> list[str]:
    pcns = views.pcn_names(content)
    unit = f" minutes ({mark})" if mark else " minutes"
    everybody = next(views.rows(whole[whole["group_kind"] == EVERYBODY]))
    today, proposed = decimal(everybody.minutes_today), decimal(everybody.minutes_proposed)
    out = [
        f"The bases of a patient’s teams are {today}{unit} away on average today, {proposed} in the"
        " proposal, all services together."
    ]
    worst, then = (_worst(whole, "", when) for when in ("today", "proposed"))
    if worst is not None and then is not None:
        first = short(pcns.get(str(worst.group), str(worst.group)))
        text = f"The worst-off PCN is {first}: {_both(worst, ' minutes')}."
        if then.group != worst.group:
            other = short(pcns.get(str(then.group), str(then.group)))
            text = (
                f"The worst-off PCN today is {first}, with {_both(worst, ' minutes')}; in the"
                f" proposal it is {other}, with {_both(then, ' minutes')}."
            )
        out.append(text)
    given = whole[(whole["group_kind"] == DEPRIVATION) & (whole["group"] != _NOT_GIVEN)]
    if len(given) > 1:
        low, high = (next(views.rows(given.iloc[[at]])) for at in (0, -1))
        out.append(
            f"In the most deprived small areas (decile {low.group}) it is {_both(low, ' minutes')};"
            f" in the least deprived (decile {high.group}) {_both(high)}."
        )
    elif given.empty:
        out.append("No deprivation deciles are given, so nothing is told by deprivation.")
    rural = whole[(whole["group_kind"] == RURAL) & (whole["group"] != _NOT_GIVEN)]
    if len(rural) > 1:
        first, other = views.rows(rural)
        out.append(
            f"In {first.group} small areas it is {_both(first, ' minutes')}; in {other.group} ones"
            f" {_both(other)}."
        )
    elif rural.empty:
        out.append("No rural-urban classes are given, so nothing is told by them.")
    reached = [everybody.reached_today, everybody.reached_proposed]
    if min(reached) < 0.9995:
        out.append(
            "Minutes are of those who have a team with a road to them:"
            f" {share(reached[0])} of patients today, {share(reached[1])} in the proposal, services"
            " weighed by their need."
        )
    return out


def _both(row: Any, unit: str = "") -> str:  # noqa: ANN401
    today, proposed = decimal(row.minutes_today), decimal(row.minutes_proposed)
    return f"{today}{unit} today, {proposed} in the proposal"


def _groups(content: Content, mark: str) -> Table:
    told = rows(content)
    cells = []
    for row in views.rows(told):
        change = round(row.minutes_proposed, 1) - round(row.minutes_today, 1)
        cells.append([
            Cell(row.label), Cell(thousands(row.patients)), Cell(decimal(row.minutes_today)),
            Cell(decimal(row.minutes_proposed)), Cell(_tenths(change)),
        ])  # fmt: skip
    unit = f"minutes ({mark})" if mark else "minutes"
    return Table(
        f"All services together, by where patients live: mean {unit}",
        [Head("Patients"), Head("Number", num=True), Head("Today", num=True),
         Head("Proposed", num=True), Head("Change", num=True)],
        cells,
        note="Deciles are England’s small areas in ten equal groups by deprivation. Every PCN has "
        "its row in the table fairness of the workbook.",
    )  # fmt: skip


def _tenths(change: float) -> str:
    if not np.isfinite(change):
        return UNKNOWN
    text = decimal(abs(change))
    return "0" if text == "0.0" else f"{'+' if change > 0 else '−'}{text}"


def _services(content: Content, frame: pd.DataFrame, mark: str) -> Table | None:
    """Each service's minutes, today → proposed, for all, the ends of the groups, the worst PCN."""
    pcns = views.pcn_names(content)
    wanted = [(EVERYBODY, "everybody", "All patients")]
    given = frame[(frame["group_kind"] == DEPRIVATION) & (frame["group"] != _NOT_GIVEN)]
    deciles = sorted({int(group) for group in given["group"]})
    if len(deciles) > 1:
        wanted += [(DEPRIVATION, str(each), f"Decile {each}") for each in (deciles[0], deciles[-1])]
    there = set(frame.loc[frame["group_kind"] == RURAL, "group"])
    wanted += [(RURAL, key, key.capitalize()) for key in ("urban", "rural") if key in there]
    known = frame.set_index(["service_id", "group_kind", "group"])
    known = known[["minutes_today", "minutes_proposed"]]
    cells = []
    for story in content.services:
        if (story.service_id, EVERYBODY, "everybody") not in known.index:
            continue
        row = [Cell(story.service_name)]
        for kind, group, _ in wanted:
            key = (story.service_id, kind, group)
            row.append(Cell(journeys.change(*known.loc[key]) if key in known.index else UNKNOWN))
        for when in ("today", "proposed"):
            worst = _worst(frame, story.service_id, when)
            text = UNKNOWN
            if worst is not None:
                name = short(pcns.get(str(worst.group), str(worst.group)))
                text = f"{name} {decimal(getattr(worst, f'minutes_{when}'))}"
            row.append(Cell(text))
        cells.append(row)
    if not cells:
        return None
    said = f" ({mark})" if mark else ""
    return Table(
        f"Service by service: mean minutes{said}, today → proposed",
        [Head("Service"), *(Head(label, num=True) for *_, label in wanted),
         Head("Worst-off PCN today"), Head("Worst-off PCN proposed")],
        cells,
    )  # fmt: skip
