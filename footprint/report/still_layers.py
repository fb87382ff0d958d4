"""Layers of the still maps: ground, borders, labels, verdicts; each drawn onto a given sheet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.report import columns, drawing, layers, palette, views
from footprint.report.content import Content
from footprint.report.names import proper, short
from footprint.report.shell import day

#: a corner of a shape goes when it is smaller than this part of the picture's width
_DETAIL = 1 / 2500
#: where land is known so far around the patch, the box around it is smaller, to spare its corners
_CORNERS = 0.75
#: a name that takes a line with it goes no farther than so many inches
_NEAR = 0.7
#: nor does a number in its circle
_NUMBER_REACH = 0.5
_ILLUSTRATIVE = "Illustrative: an invented patch. No place, practice, team or figure is real."
_OFFICIAL = (
    "Footprints are drawn from where registered patients live; they are not official boundaries."
)

PRACTICE_KEY = (
    "Practice",
    {"marker": "o", "markersize": 5, "markerfacecolor": palette.BLUE_DEEP,
     "markeredgecolor": "white", "linestyle": "none"},
)  # fmt: skip


def titled(content: Content, title: str, subtitle: str) -> drawing.Sheet:
    """Return an empty map of the patch, with its title above and its sources below."""
    return drawing.sheet(
        layers.bounds(content), title=title, subtitle=subtitle, foot=sources(content)
    )


def sources(content: Content) -> list[str]:
    """Return what stands below a picture that goes its own way: date, caveats, attribution."""
    dated = f"Data of {day(content.date)}. " if content.date else ""
    return [
        *([_ILLUSTRATIVE] if content.illustrative else []),
        f"{dated}{_OFFICIAL}",
        *([content.shared] if content.shared else []),
        content.attribution,
    ]


def ground(made: drawing.Sheet, content: Content) -> float:
    """Draw land and PCNs from outside the patch; return the detail to keep, in metres."""
    west, east = made.axes.get_xlim()
    south, north = made.axes.get_ylim()
    detail = (east - west) * _DETAIL
    land = layers.layer(content, "surroundings")
    if land.empty:
        # nothing is known about what lies around: paper, not water
        made.axes.set_facecolor(palette.LAND)
    else:
        whole = shapely.union_all(land.geometry.to_numpy())
        known = _known(content).intersection(shapely.box(west, south, east, north))
        shapes = [shapely.simplify(shapely.intersection(whole, known), detail),
                  *layers.carried_on(whole, known, (west, south, east, north))]  # fmt: skip
        frame = gpd.GeoDataFrame(geometry=shapes, crs=layers.CRS)
        drawing.shapes(made.axes, frame[~frame.is_empty], fill=palette.LAND, line=palette.LAND,
                       width=0.3, order=0.5)  # fmt: skip
    unowned = layers.layer(content, "small_areas")
    if "pcn_code" in unowned:
        unowned = unowned[unowned["pcn_code"].isna()]
        drawing.shapes(made.axes, unowned, fill="white", line=palette.LAND_LINE, order=1)
    near = layers.layer(content, "neighbours")
    drawing.shapes(made.axes, layers.simplified(near, detail), fill=palette.NEIGHBOUR,
                   line=palette.NEIGHBOUR_LINE, order=1)  # fmt: skip
    return detail


def _known(content: Content) -> shapely.Geometry:
    """Box in which it is known what is land: the patch and what is known around it."""
    frame = layers.layer(content, "small_areas")
    bounds = frame.total_bounds if len(frame) else layers.bounds(content)
    reach = _CORNERS * float(layers.layer(content, "surroundings")["reach_m"].min())
    return shapely.buffer(shapely.box(*bounds), reach, join_style="mitre")


def commissioners(made: drawing.Sheet, content: Content, detail: float) -> None:
    """Draw the outlines of the commissioners."""
    frame = layers.simplified(layers.layer(content, "commissioners"), detail)
    drawing.shapes(made.axes, frame, line=palette.COMMISSIONER_LINE, width=1.1, order=4,
                   dash=(0, (5, 2)))  # fmt: skip


def outlines(made: drawing.Sheet, content: Content, detail: float) -> None:
    """Draw outlines for orientation, thin."""
    frame = layers.layer(content, "outlines")
    if len(frame):
        lines = gpd.GeoDataFrame(geometry=[layers.lines(frame, content, detail)], crs=layers.CRS)
        drawing.shapes(made.axes, lines, line=palette.OUTLINE_LINE, width=0.8, order=3.5,
                       dash=(0, (1, 2)))  # fmt: skip


def around_key(content: Content) -> list[tuple[str, dict[str, object]]]:
    """Return the entries of the legend for neighbours and :func:`outlines`, if any is drawn."""
    found: list[tuple[str, dict[str, object]]] = []
    if len(layers.layer(content, "neighbours")):
        patch = {"patch": True, "facecolor": palette.NEIGHBOUR,
                 "edgecolor": palette.NEIGHBOUR_LINE}  # fmt: skip
        found.append(("PCN outside the patch", patch))
    if len(layers.layer(content, "outlines")):
        style = {"color": palette.OUTLINE_LINE, "linewidth": 0.9, "linestyle": (0, (1, 2))}
        found.append(("Outline for orientation", style))
    return found


def commissioner_key(content: Content) -> list[tuple[str, dict[str, object]]]:
    """Return the entry of the legend for :func:`commissioners`, if any is drawn."""
    if layers.layer(content, "commissioners").empty:
        return []
    style = {"color": palette.COMMISSIONER_LINE, "linewidth": 1.1, "linestyle": (0, (5, 2))}
    return [(f"Boundary of a {content.words.commissioner}", style)]


def elsewhere(made: drawing.Sheet, content: Content, detail: float) -> None:
    """Hatch small areas whose people are mostly registered elsewhere."""
    frame = _mostly_elsewhere(content)
    drawing.shapes(made.axes, layers.simplified(frame, detail), line=palette.QUIET, width=0.0,
                   hatch="\\\\\\\\", order=2.5)  # fmt: skip


def elsewhere_key(content: Content) -> list[tuple[str, dict[str, object]]]:
    """Return the entry of the legend for :func:`elsewhere`, if any is hatched."""
    if _mostly_elsewhere(content).empty:
        return []
    style = {"patch": True, "facecolor": "white", "edgecolor": palette.QUIET, "hatch": "\\\\\\\\"}
    return [("Mostly registered elsewhere", style)]


def _mostly_elsewhere(content: Content) -> gpd.GeoDataFrame:
    frame = layers.layer(content, "small_areas")
    if "elsewhere" not in frame:
        return frame.iloc[:0]
    return frame[frame["elsewhere"].fillna(value=False).astype(bool)].reset_index(drop=True)


def practice_key(content: Content) -> list[tuple[str, dict[str, object]]]:
    """Return the entries of the legend for :func:`practices`."""
    branch = {"marker": "D", "markersize": 3.5, "markerfacecolor": "white",
              "markeredgecolor": palette.BLUE_DEEP, "linestyle": "none"}  # fmt: skip
    drawn = len(layers.layer(content, "branches")) > 0
    return [PRACTICE_KEY, *([("Branch surgery", branch)] if drawn else [])]


def practices(made: drawing.Sheet, content: Content) -> None:
    """Draw the practices as dots, their branch surgeries as small diamonds."""
    frame = layers.layer(content, "practices")
    size = 14 if len(frame) <= 400 else 3
    branches = layers.layer(content, "branches")
    if len(branches):
        made.axes.scatter(branches.geometry.x, branches.geometry.y, s=0.6 * size, marker="D",
                          color="white", edgecolors=palette.BLUE_DEEP, linewidths=0.7,
                          zorder=4.9)  # fmt: skip
    if frame.empty:
        return
    made.axes.scatter(frame.geometry.x, frame.geometry.y, s=size, color=palette.BLUE_DEEP,
                      edgecolors="white", linewidths=0.5, zorder=5)  # fmt: skip


def places(made: drawing.Sheet, content: Content) -> None:
    """Write names where there is room: neighbours, towns and villages, outlines."""
    near = layers.layer(content, "neighbours")
    spots = layers.anchors(near)
    for name, x, y in zip(near.get("pcn_name", []), spots["x"], spots["y"], strict=True):
        drawing.label(made, drawing.wrap(short(name), 18, 2), float(x), float(y), size=6.5,
                      colour=palette.QUIET, reach=0.35, must=False, lead=False,
                      order=6)  # fmt: skip
    _towns(made, content)
    frame = layers.layer(content, "outlines")
    for row in views.rows(layers.line_names(frame, content, "name")):
        drawing.label(made, drawing.wrap(proper(row.name).upper(), 18, 2), row.x, row.y, size=6.2,
                      colour=palette.OUTLINE_LINE, reach=0.6, must=False, lead=False,
                      order=5.5)  # fmt: skip


def _towns(made: drawing.Sheet, content: Content) -> None:
    frame = layers.layer(content, "places")
    if frame.empty:
        return
    # the larger first
    rank = {"city": 0, "town": 1, "village": 2}
    sizes = {"city": 9.5, "town": 8.0, "village": 6.5}
    frame = frame.assign(rank=frame["kind"].map(rank).fillna(2).astype(int))
    frame = frame.sort_values(["rank", "place_name"], kind="stable")
    for row in views.rows(frame):
        drawing.label(made, drawing.wrap(row.place_name, 18, 2), row.geometry.x, row.geometry.y,
                      size=sizes.get(str(row.kind), 6.5), colour=palette.QUIET, style="italic",
                      reach=0.25, must=False, lead=False, order=6)  # fmt: skip


def pcn_labels(
    made: drawing.Sheet,
    pcns: gpd.GeoDataFrame,
    *,
    below: dict[str, str] | None = None,
    bold: Mapping[str, str] | None = None,
) -> None:
    """
    Write PCNs' names, roomy ones first.

    ``below`` adds a line where there is room, ``bold`` a mark before the names that it stresses.
    """
    if pcns.empty:
        return
    below, bold = below or {}, bold or {}
    few = len(pcns) <= views.MANY_PCNS
    chosen = pcns if few else pcns[pcns["pcn_code"].isin(list(bold))].head(60)
    anchors = layers.anchors(chosen)
    order = np.lexsort((chosen["pcn_code"].to_numpy(dtype=str), -anchors["radius"].to_numpy()))
    for position in order:
        row = chosen.iloc[position]
        code = row["pcn_code"]
        name = drawing.wrap(f"{bold.get(code, '')} {short(row['pcn_name'])}".strip(), 16)
        x, y = anchors.loc[anchors.index[position], ["x", "y"]].astype(float)
        write = partial(drawing.label, made, x=x, y=y, size=7.2,
                        weight="bold" if code in bold else "normal")  # fmt: skip
        # where there is no room for both the name goes before what is below it
        more = below.get(code, "")
        if not more or write(name, below=more, reach=_NEAR, must=False) is None:
            write(name)


def verdict_fills(
    made: drawing.Sheet,
    pcns: gpd.GeoDataFrame,
    marks: dict[str, palette.Verdict],
    detail: float,
    *,
    hatch: bool = True,
) -> None:
    """Fill each PCN with the colour of its verdict; ``hatch`` says the strong ones without it."""
    shown = layers.simplified(pcns, detail)
    looks = [marks.get(code, palette.UNJUDGED) for code in pcns.get("pcn_code", [])]
    drawing.shapes(made.axes, shown, fill=[look.fill for look in looks],
                   line=palette.FOOTPRINT_LINE, width=0.9, order=2)  # fmt: skip
    strong = shown[[look is palette.STRONG for look in looks]]
    if hatch and len(strong):
        # never colour alone
        drawing.shapes(made.axes, strong, line=palette.STRONG.line, width=0.8, hatch="////",
                       order=2.5)  # fmt: skip


def evidence(made: drawing.Sheet, content: Content) -> None:
    """Draw what the flags rest on."""
    frame = drawn_evidence(content)
    if frame.empty:
        return
    points = frame.geom_type.isin(["Point", "MultiPoint"])
    # small areas that make up one hole have one outline
    whole = frame[~points].dissolve(["pcn_code", "check"])
    drawing.shapes(made.axes, whole, line=palette.EVIDENCE, width=1.5, order=5)
    where = shapely.get_coordinates(frame[points].geometry.to_numpy())
    if len(where):
        made.axes.scatter(where[:, 0], where[:, 1], s=11, color=palette.EVIDENCE, linewidths=0.4,
                          edgecolors="white", zorder=5)  # fmt: skip


def drawn_evidence(content: Content) -> gpd.GeoDataFrame:
    """Return the evidence of flags that a picture has room for: not whole footprints."""
    frame = layers.layer(content, "evidence")
    checks = views.table(content, "checks")
    if frame.empty or checks.empty:
        return frame
    flags = checks[(checks["verdict"] == "flag") & (checks["check"] != "population")]
    wanted = set(zip(flags["pcn_code"], flags["check"], strict=True))
    mine = [pair in wanted for pair in zip(frame["pcn_code"], frame["check"], strict=True)]
    return frame[mine].reset_index(drop=True)


def flag_words(found: pd.DataFrame) -> dict[str, str]:
    """Return the names of each flagged PCN’s checks, by its code."""
    return {
        row.pcn_code: drawing.wrap(
            ", ".join(columns.CHECK_NAMES.get(name, name).lower() for name in row.checks), 22
        )
        for row in views.rows(found)
    }


def number(made: drawing.Sheet, rank: int, x: float, y: float) -> None:
    """
    Write a number in a dark circle and keep labels away from it.

    Where it would cover another it stands beside, with a thin line back to its point; where no
    room is near, it is left out.
    """
    size = 8.5 if rank < 100 else 7
    shown = made.axes.text(
        x, y, str(rank), fontsize=size, color="white", fontweight="bold", ha="center",
        va="center", zorder=9, fontfamily=drawing.FONT,
        bbox={"boxstyle": "circle,pad=0.28", "facecolor": palette.INK, "edgecolor": "white",
              "linewidth": 1.0},
    )  # fmt: skip
    renderer = made.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    shown.update_bbox_position_size(renderer)
    circle = shown.get_bbox_patch().get_window_extent(renderer)
    found = drawing.room(made, circle, least=0.0, reach=_NUMBER_REACH)
    if found is None or found[2] > 0:
        shown.remove()
        return
    dx, dy, _ = found
    if dx or dy:
        inch = made.metres_per_inch
        shown.set_position((x + dx * inch, y + dy * inch))
        circle = circle.translated(dx * made.figure.dpi, dy * made.figure.dpi)
        drawing.leader(made, (x, y), circle, 9)
    made.taken.append(circle.padded(1.5))


def pairs(content: Content) -> list[tuple[str, str]]:
    """Return the PCNs that adjoin."""
    frame = views.table(content, "pcn_adjacency")
    if frame.empty:
        return []
    return list(zip(frame["a"].astype(str), frame["b"].astype(str), strict=True))
