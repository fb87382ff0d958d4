"""Teams and services of the map: who works where, today and as proposed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from footprint.maps import geometry
from footprint.maps.rows import grouped, text, with_points
from footprint.report import journeys, layers, names, palette, views
from footprint.report.content import Content, ServiceStory
from footprint.report.services import service as in_brief

#: fills of PCNs that 1, 2, 3, 4, and 5 teams or more work into: darker, the more there are
ALIGNED = (
    ("#e9efdc", "1 team"),
    ("#d9cce3", "2 teams"),
    ("#bba2cb", "3 teams"),
    ("#9b77b1", "4 teams"),
    ("#734b8c", "5 teams or more"),
)


def teams(content: Content) -> list[dict[str, Any]]:
    """Teams with base, staff and colour, in the order of their table."""
    frame = views.table(content, "teams")
    bases = layers.layer(content, "bases")
    where = (
        {str(row.team_id): geometry.at(point) for row, point in with_points(bases)}
        if len(bases)
        else {}
    )
    colours = _team_colours(content)
    # the map says once of which service they are
    heads = views.short_teams(content)
    return [
        {
            "id": str(row["team_id"]),
            "name": names.proper(str(row["team_name"])),
            "head": names.proper(heads[str(row["team_id"])]),
            "service": str(row["service_id"]),
            "base": names.proper(text(row["base_name"])),
            "wte": row["wte"],
            "at": where.get(str(row["team_id"])),
            "colour": colours.get(str(row["team_id"]), palette.NEIGHBOUR),
        }
        for row in frame.to_dict("records")
    ]  # fmt: skip


def _team_colours(content: Content) -> dict[str, str]:
    """Fill by team: apart from every team that works in the same or an adjoining PCN."""
    pairs = views.table(content, "pcn_adjacency")
    near = list(zip(pairs.get("a", []), pairs.get("b", []), strict=True))
    staff = grouped(views.table(content, "allocation"), "service_id")
    found: dict[str, str] = {}
    for service, teams in grouped(views.table(content, "teams"), "service_id").items():
        leads: dict[str, set[str]] = {}
        for when in ("wte", "today_wte"):
            for pcn, team in _leads(staff.get(service, []), when).items():
                leads.setdefault(pcn, set()).add(team)
        touching = {
            (one, other)
            for a, b in [*near, *((code, code) for code in leads)]
            for one in leads.get(a, ())
            for other in leads.get(b, ())
            if one != other
        }
        found |= palette.apart([str(t["team_id"]) for t in teams], sorted(touching))
    return found


def _leads(rows: list[dict[str, Any]], when: str) -> dict[str, str]:
    """Team with most staff in each PCN; of equals the lower id."""
    best: dict[str, tuple[float, str]] = {}
    # where staff are not shown, who leads is told
    told = {"wte": "lead", "today_wte": "lead_today"}[when]
    for row in rows:
        size = row.get(told, row[when])
        if size > 0:
            entry = (-float(size), str(row["team_id"]))
            best[str(row["pcn_code"])] = min(best.get(str(row["pcn_code"]), entry), entry)
    return {code: team for code, (_, team) in sorted(best.items())}


def _told_leads(
    rows: list[dict[str, Any]], place: Mapping[str, int], team: Mapping[str, int]
) -> dict[str, Any]:
    """Lead team of each PCN, today and proposed, where the staff do not show it."""
    if not rows or "lead" not in rows[0]:
        return {}
    return {
        "leads": {
            when: {
                str(place[code]): team[lead]
                for code, lead in _leads(rows, staff).items()
                if code in place and lead in team
            }
            for when, staff in (("today", "today_wte"), ("proposed", "wte"))
        }
    }


def _mark(row: Mapping[str, Any]) -> list[str]:
    word = journeys.mark([row.get("basis", "")])
    return [word] if word else []


def _in_brief(content: Content, story: ServiceStory) -> dict[str, Any]:
    """What the report says first of a service, in the same words and figures."""
    told = in_brief(content, story)
    return {
        "brief": told["brief"],
        "facts": [[fact["label"], fact["value"]] for fact in told["facts"]],
        "beside": [[row["label"], row["today"], row["proposed"]] for row in told["rows"]],
        "warning": told["warning"],
    }


def services(
    content: Content, place: Mapping[str, int], team: Mapping[str, int]
) -> list[dict[str, Any]]:
    """
    Services with their story, their staff by PCN and team, and their groups of PCNs.

    Parameters
    ----------
    content
        What is shown.
    place, team
        Place in the page's lists, by PCN code and by team id.
    """
    by = {
        name: grouped(views.table(content, name), "service_id")
        for name in ("allocation", "groups", "demand", "vacancies", "pcn_alignment")
    }
    found = []
    for story in content.services:
        key = story.service_id
        groups: dict[str, dict[str, Any]] = {}
        for row in by["groups"].get(key, []):
            if str(row["pcn_code"]) not in place:
                continue
            group = groups.setdefault(
                str(row["group_id"]),
                {"team": team.get(text(row["team_id"])), "pcns": [], "population": 0},
            )
            group["pcns"].append(place[str(row["pcn_code"])])
            group["population"] += int(row["population"])
        found.append(
            {
                "id": key,
                "name": story.service_name,
                "level": story.level,
                "why": story.why,
                "headline": story.headline,
                "sentences": list(story.sentences),
                **_in_brief(content, story),
                # PCN, team, WTE proposed, minutes, WTE today, and "estimate" where they are
                "staffing": [
                    [place[str(r["pcn_code"])], team[str(r["team_id"])], r["wte"], r["minutes"],
                     r["today_wte"], *_mark(r)]
                    for r in by["allocation"].get(key, [])
                    if str(r["pcn_code"]) in place and str(r["team_id"]) in team
                ],
                "need": [
                    [place[str(r["pcn_code"])], r["wte"]]
                    for r in by["demand"].get(key, [])
                    if str(r["pcn_code"]) in place
                ],
                **_told_leads(by["allocation"].get(key, []), place, team),
                "unmet": [
                    [place[str(r["pcn_code"])], r["wte"], text(r["reason"])]
                    for r in by["vacancies"].get(key, [])
                    if str(r["pcn_code"]) in place
                ],
                "groups": list(groups.values()),
                # PCN, teams that it takes to reach nearly all, their effective number, the lead
                # team and its share of the PCN's patients
                "alignment": [
                    [place[str(r["pcn_code"])], r["teams_95"], r["effective_teams"],
                     team.get(str(r["lead_team_id"])), r["lead_share"]]
                    for r in by["pcn_alignment"].get(key, [])
                    if str(r["pcn_code"]) in place
                ],
            }
        )  # fmt: skip
    return found
