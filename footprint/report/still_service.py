"""The still map of one service: who would work where."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from matplotlib.figure import Figure

from footprint.report import drawing, layers, palette, still_layers, views
from footprint.report.content import Content, ServiceStory
from footprint.report.services import brief

#: dashes of a line that stands for staff beyond today's
_MORE = (0, (2.2, 0.7))


def service(content: Content, service_id: str) -> Figure | None:
    """
    One service as proposed: each PCN in the colour of its team, staff as lines from the bases.

    Returns
    -------
    figure
        None where the service has neither staff nor groups to draw.
    """
    story = next((each for each in content.services if each.service_id == service_id), None)
    staff = views.of_service(content, "allocation", service_id)
    groups = views.of_service(content, "groups", service_id)
    pcns = layers.layer(content, "pcns")
    if story is None or (staff.empty and groups.empty) or pcns.empty:
        return None
    made = still_layers.titled(content, _service_title(content, story), brief(content, story))
    detail = still_layers.ground(made, content)
    owner = _owners(staff, groups)
    fills = _owner_fills(content, owner)
    codes = list(pcns["pcn_code"])
    shown = layers.simplified(pcns, detail)
    colours = [_pale(fills.get(owner.get(code, ""), palette.NEIGHBOUR)) for code in codes]
    drawing.shapes(made.axes, shown, fill=colours, line=palette.FOOTPRINT_LINE, width=0.7, order=2)
    around = gpd.GeoDataFrame(geometry=[shapely.union_all(shown.geometry.to_numpy())])
    drawing.shapes(made.axes, around, line=palette.COMMISSIONER_LINE, width=0.8, order=3)
    if len(groups):
        whole = _dissolved(shown, [owner.get(code, "") for code in codes])
        drawing.shapes(made.axes, whole, line=palette.CHOSEN_LINE, width=1.6, order=4)
    drawing.scale_bar(made)
    flows = _flows(made, content, staff, service_id)
    still_layers.pcn_labels(made, pcns, below=_short_words(content, service_id))
    entries = [
        ("Team's base", {"marker": "s", "markersize": 7, "markerfacecolor": palette.INK,
                         "markeredgecolor": "white", "linestyle": "none"}),
    ] if len(_bases(content, service_id)) else []  # fmt: skip
    if flows:
        entries.append(("Staff, wider for more", {"color": palette.TRAVEL, "linewidth": 3}))
    if "new" in flows:
        entries.append(
            (
                "More staff than today",
                {"color": palette.EVIDENCE, "linewidth": 3, "linestyle": _MORE},
            )
        )
    if len(groups):
        entries.append(("PCNs that share a team",
                        {"patch": True, "facecolor": "none", "edgecolor": palette.CHOSEN_LINE,
                         "linewidth": 1.6}))  # fmt: skip
    drawing.key(made, entries)
    return made.figure


def _service_title(content: Content, story: ServiceStory) -> str:
    parts = []
    if story.moved_wte >= 0.05:
        parts.append(f"{story.moved_wte:,.1f} WTE would move")
    if story.vacancy_wte >= 0.05:
        parts.append(f"{story.vacancy_wte:,.1f} WTE of need stay unmet")
    told = " and ".join(parts) if parts else "staff stay where they are"
    told = "who would work where" if np.isnan(story.moved_wte) else told
    return f"{story.service_name}, level {story.level}: {told} ({content.name})"


def _owners(staff: pd.DataFrame, groups: pd.DataFrame) -> dict[str, str]:
    """Code of each PCN to its group, else to the team with most staff there."""
    if len(groups):
        return dict(zip(groups["pcn_code"], groups["group_id"].astype(str), strict=True))
    # where staff are not shown, who leads is told
    most = "lead" if "lead" in staff else "wte"
    there = staff[staff["wte"] != 0].sort_values(
        ["pcn_code", most, "team_id"], ascending=[True, False, True]
    )
    lead = there.drop_duplicates("pcn_code")
    return dict(zip(lead["pcn_code"], lead["team_id"].astype(str), strict=True))


def _owner_fills(content: Content, owner: dict[str, str]) -> dict[str, str]:
    near = {
        tuple(sorted((owner[a], owner[b])))
        for a, b in still_layers.pairs(content)
        if a in owner and b in owner and owner[a] != owner[b]
    }
    return palette.apart(owner.values(), sorted(near))  # type: ignore[arg-type]


def _pale(colour: str) -> str:
    """Half way to white, so that lines on it stand out."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{(part + 255) // 2:02x}" for part in parts)


def _dissolved(frame: gpd.GeoDataFrame, owners: list[str]) -> gpd.GeoDataFrame:
    shapes = frame.geometry.to_numpy()
    rows = [
        shapely.union_all(shapes[[owner == each for owner in owners]])
        for each in sorted(set(owners) - {""})
    ]
    return gpd.GeoDataFrame(geometry=rows, crs=layers.CRS)


def _bases(content: Content, service_id: str) -> gpd.GeoDataFrame:
    frame = layers.layer(content, "bases")
    if "service_id" not in frame:
        return frame
    return frame[frame["service_id"] == service_id].reset_index(drop=True)


def _flows(made: drawing.Sheet, content: Content, staff: pd.DataFrame, service_id: str) -> set[str]:
    """Lines from bases to PCNs and the bases' names; says which kinds of line were drawn."""
    bases = _bases(content, service_id)
    pcns = layers.layer(content, "pcns")
    if bases.empty:
        return set()
    places = layers.anchors(pcns).set_index(pcns["pcn_code"])
    points = dict(zip(bases["team_id"], bases.geometry, strict=True))
    drawn: set[str] = set()
    hidden = staff["wte"].isna()
    there = staff[(staff["wte"] >= 0.05) | hidden].sort_values(["wte", "pcn_code", "team_id"])
    # groups are outlined, so their lines need not speak loud
    thickest = 4.3 if views.of_service(content, "groups", service_id).empty else 1.8
    many = len(pcns) > views.MANY_PCNS
    thickest = 0.6 if many else thickest
    widest = float(there["wte"].max()) if there["wte"].notna().any() else 1.0
    for row in views.rows(there):
        if row.team_id not in points or row.pcn_code not in places.index:
            continue
        point, at = points[row.team_id], places.loc[row.pcn_code]
        # of staff that are not shown only new ones are known to be more, and all lines are thin
        more = row.today_wte == 0 if np.isnan(row.wte) else row.wte - row.today_wte >= 0.05
        size = 0.0 if np.isnan(row.wte) else float(row.wte) / widest
        drawn.add("new" if more else "as today")
        made.axes.plot([point.x, at["x"]], [point.y, at["y"]], zorder=5, alpha=0.85,
                       color=palette.EVIDENCE if more else palette.TRAVEL,
                       linewidth=(0.2 if many else 0.7) + thickest * size,
                       linestyle=_MORE if more else "solid", solid_capstyle="round")  # fmt: skip
    made.axes.scatter(bases.geometry.x, bases.geometry.y, marker="s", s=8 if many else 46,
                      color=palette.INK, edgecolors="white", linewidths=1, zorder=7)  # fmt: skip
    for box in made.axes.transData.transform(np.c_[bases.geometry.x, bases.geometry.y]):
        edge = made.figure.dpi * 0.06
        made.taken.append(
            drawing.Bbox([[box[0] - edge, box[1] - edge], [box[0] + edge, box[1] + edge]])
        )
    if len(bases) <= 40:
        for row in views.rows(bases.sort_values("team_id")):
            drawing.label(made, drawing.wrap(row.team_name, 20), row.geometry.x, row.geometry.y,
                          size=8, weight="bold", colour=palette.BLUE_DEEP, least=0.18,
                          lead=False, order=9)  # fmt: skip
    return drawn


def _short_words(content: Content, service_id: str) -> dict[str, str]:
    frame = views.service_pcns(content, service_id)
    return {
        row.pcn_code: f"{row.proposed:,.1f} of {row.need:,.1f} WTE"
        if np.isfinite(row.proposed)
        else f"needs {row.need:,.1f} WTE"
        for row in views.rows(frame)
        if row.need > 0
    }
