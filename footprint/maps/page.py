"""``map.html``: the patch as a map that works without a network, by mouse, touch and keyboard."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pandas as pd
from markupsafe import Markup

from footprint.maps import coding
from footprint.maps.figure import PageFigure, PageMap
from footprint.maps.leaflet import leaflet
from footprint.maps.payload import bounds, payload
from footprint.maps.tiles import Tiles
from footprint.report import palette, shell, views
from footprint.report.content import Content

HERE = Path(__file__).resolve().parent
#: our scripts, in the order in which they build on each other
SCRIPTS = (
    "model.js",
    "shapes.js",
    "points.js",
    "around.js",
    "tiles.js",
    "draw.js",
    "flows.js",
    "labels.js",
    "legend.js",
    "pieces.js",
    "staff.js",
    "districts.js",
    "panel.js",
    "find.js",
    "controls.js",
)


def build(content: Content, *, still: bytes | None = None, tiles: Tiles | None = None) -> str:
    """
    Make the map's page.

    Parameters
    ----------
    content
        What is shown.
    still
        A PNG of the map: shown where scripts do not run, and in print.
    tiles
        The server of a background map; then, and only then, the page asks a network for pictures.

    Returns
    -------
    html
        One self-contained file, pictures of ``tiles`` excepted: the same content gives the same
        text.

    Raises
    ------
    ModelError
        If Leaflet's files are not the known ones, or anything would point outside the file.
    """
    data = payload(content)
    library = leaflet()
    ours = [(HERE / name).read_text(encoding="utf-8") for name in SCRIPTS]

    def frame(element: Markup, script: str) -> str:
        body = shell.render(
            "map.html",
            content=content,
            map_element=element,
            still=None if still is None else base64.b64encode(still).decode("ascii"),
            rows=_rows(content, data),
            verdicts=palette.VERDICTS,
            flagged=len(views.flagged(content)),
            practices=len(data["practices"]),
            has_branches=bool(data["branches"]),
            neighbours=data["shapes"]["neighbours"],
            has_teams=bool(data["teams"]),
            has_catchments=any(pcn["catchment"] for pcn in data["pcns"]),
            tiles=tiles,
        )
        return shell.page(
            title=f"Map: {content.name}",
            description=f"Primary Care Networks and community teams of {content.name} on a map",
            body=body,
            body_class="map-page",
            data={
                "footprint-data": {
                    **coding.packed(data),
                    "tiles": None if tiles is None else {"url": tiles.url, "credit": tiles.credit},
                }
            },
            scripts=[library.script, *ours, script],
            picture_host="" if tiles is None else tiles.host,
            styles=[library.style, (HERE / "map.css").read_text(encoding="utf-8")],
        )

    figure = PageFigure(frame)
    PageMap(figure, bounds=bounds(content))
    return figure.render()


def _aligned(row: dict[str, Any], team: str, reach: float) -> str:
    """Say how many teams work into a PCN and who leads, as the panel does."""
    told = []
    if row["teams_95"] is not None and pd.notna(row["teams_95"]):
        one = row["teams_95"] == 1
        told.append(
            f"{shell.thousands(row['teams_95'])} team{' reaches' if one else 's reach'}"
            f" {shell.percent(reach)} of its patients who have a team"
        )
    share = shell.percent(row["lead_share"])
    told.append(f"{team} leads" + ("" if share == shell.UNKNOWN else f" with {share}"))
    return "; ".join(told)


def _rows(content: Content, data: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of the table: what the map shows, for those who read rather than look."""
    teams = {team["id"]: team["name"] for team in data["teams"]}
    leads: dict[str, list[tuple[str, str]]] = {}
    alignment = views.table(content, "pcn_alignment")
    named = {story.service_id: story.service_name for story in content.services}
    for row in alignment.to_dict("records"):
        team, service = teams.get(str(row["lead_team_id"])), named.get(str(row["service_id"]))
        if team is not None and service is not None:
            told = _aligned(row, team, data["reach"])
            leads.setdefault(str(row["pcn_code"]), []).append((service, told))
    # graver first in the sort by verdict: not judged stands before pass
    gravity = {"strong": 0, "mild": 1, "slight": 2, "unjudged": 3, "note": 4, "pass": 5}
    return [
        {
            **{key: pcn[key] for key in ("code", "name", "list", "retention")},
            "place": place,
            "verdict": palette.VERDICTS[pcn["verdict"]],
            "gravity": gravity[palette.VERDICTS[pcn["verdict"]].key],
            "flags": [check["check"] for check in pcn["checks"] if check["flag"]],
            "parts": len(pcn["parts"]),
            "leads": leads.get(pcn["code"], []),
        }
        for place, pcn in enumerate(data["pcns"])
    ]
