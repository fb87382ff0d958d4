"""The small map of one PCN on its own page: an inline drawing with what lies around it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from footprint.report import layers, palette, still_layers, svg, views
from footprint.report.cells import count, listed
from footprint.report.content import Content
from footprint.report.names import proper, short

#: the drawing's size in its own units
WIDTH, HEIGHT = 400.0, 340.0
#: fills of the PCN itself and of the others of the patch
_OWN, _OTHER = "#a8cde6", "#e2e7e9"
#: ink of part numbers and of places, each read on a white rim
_NUMBER, _PLACE = "#6a184f", "#33444f"
#: no view is narrower than this, in metres
_NARROW = 2_500.0
#: practices farther from the footprint than this, as a share of its extent, are not in view
_FAR = 0.5


@dataclass(frozen=True)
class View:
    """A window on the national grid: ``west`` and ``north`` in metres, ``metres`` per unit."""

    west: float
    north: float
    metres: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north in metres."""
        east = self.west + WIDTH * self.metres
        return self.west, self.north - HEIGHT * self.metres, east, self.north

    def at(self, points: np.ndarray) -> np.ndarray:
        """(n, 2) points in metres as places in the drawing."""
        return (points - [self.west, self.north]) / [self.metres, -self.metres]


@dataclass(frozen=True)
class Ground:
    """What every map draws from, prepared once: see :func:`prepare`."""

    areas: gpd.GeoDataFrame
    tree: shapely.STRtree
    practices: gpd.GeoDataFrame
    places: gpd.GeoDataFrame
    evidence: gpd.GeoDataFrame
    parts: gpd.GeoDataFrame


def prepare(content: Content) -> Ground:
    """Return the layers that maps of single PCNs share."""
    own = layers.layer(content, "pcns")
    near = layers.layer(content, "neighbours")
    areas = pd.concat(
        [frame[["pcn_code", "pcn_name", "geometry"]].assign(own=mine)
         for frame, mine in ((own, True), (near, False)) if len(frame)]
        or [pd.DataFrame({"pcn_code": [], "pcn_name": [], "geometry": [], "own": []})],
        ignore_index=True,
    )  # fmt: skip
    frame = gpd.GeoDataFrame(areas, geometry="geometry", crs=layers.CRS)
    places = layers.layer(content, "places")
    if len(places):
        rank = places["kind"].map({"city": 0, "town": 1}).fillna(2)
        places = places.assign(rank=rank).sort_values(["rank", "place_name"], kind="stable")
    return Ground(
        areas=frame,
        tree=shapely.STRtree(frame.geometry.to_numpy()),
        practices=layers.layer(content, "practices"),
        places=places,
        evidence=still_layers.drawn_evidence(content),
        parts=layers.layer(content, "parts"),
    )


def every(content: Content, codes: Iterable[str]) -> dict[str, Markup]:
    """Draw PCNs, each as :func:`draw`; drawings by code."""
    ground = prepare(content)
    return {code: draw(content, ground, code) for code in codes}


def draw(content: Content, ground: Ground, code: str) -> Markup:
    """
    Draw one PCN, as its page shows it; "" where nothing of it has a place.

    ``ground`` is from :func:`prepare`.
    """
    drawn, says = pieces(content, ground, code)
    if not drawn:
        return Markup("")
    return svg.drawing(HEIGHT, says, drawn, width=WIDTH, kind="pcn-map")


def key(content: Content, code: str) -> str:
    """Say what the signs on the map of a PCN mean."""
    frame = layers.layer(content, "parts")
    several = len(frame) > 0 and (frame["pcn_code"] == code).sum() > 1
    numbers = " Numbers: its parts." if several else ""
    return (
        "Blue: its footprint. Dark dots: its practices; pale ones: all others."
        f"{numbers} Purple: evidence of flags."
    )


def pieces(content: Content, ground: Ground, code: str) -> tuple[list[Markup], str]:
    """
    Draw one PCN: its footprint by part, its practices, evidence of its flags, and its neighbours.

    Parameters
    ----------
    content
        What is shown.
    ground
        From :func:`prepare`.
    code
        The PCN's.

    Returns
    -------
    pieces
        None where nothing of the PCN has a place.
    says
        Text alternative.
    """
    mine = ground.areas[(ground.areas["pcn_code"] == code) & ground.areas["own"]]
    practices = ground.practices
    own = practices[practices["pcn_code"] == code] if len(practices) else practices
    view = _view([*mine.geometry], [*own.geometry])
    if view is None:
        return [], ""
    taken: list[tuple[float, float, float, float]] = []
    areas, names = _areas(ground, view, code)
    drawn = [
        _path([shapely.box(*view.box)], view, palette.LAND, "none", 1),
        *areas,
        *_evidence(ground, view, code),
        *_practices(ground, view, code),
        *_numbers(ground, view, code, taken),
        *_scale(view, taken),
        *_places(ground, view, taken),
        *_names(names, view, taken),
    ]
    return drawn, _says(content, code, names, own)


def _view(shapes: Sequence[shapely.Geometry], points: Sequence[shapely.Geometry]) -> View | None:
    if not shapes and not points:
        return None
    box = shapely.total_bounds(shapes or points)
    reach = _FAR * max(box[2] - box[0], box[3] - box[1], _NARROW)
    around = np.add(box, [-reach, -reach, reach, reach])
    # a digital practice at the other end of the county would make the footprint a dot
    close = [each for each in points if shapely.intersects(each, shapely.box(*around))]
    west, south, east, north = shapely.total_bounds([*shapes, *close])
    wide, high = max(east - west, _NARROW), max(north - south, _NARROW)
    metres = 1.14 * max(wide / WIDTH, high / HEIGHT)
    middle = (west + east) / 2, (south + north) / 2
    return View(middle[0] - metres * WIDTH / 2, middle[1] + metres * HEIGHT / 2, metres)


def _areas(ground: Ground, view: View, code: str) -> tuple[list[Markup], list[tuple[str, Any]]]:
    """Footprints in view, the PCN's own on top; the others' names with what is seen of them."""
    found = np.sort(ground.tree.query(shapely.box(*view.box)))
    rows = ground.areas.iloc[found]
    # what only touches the edge of the view is a line there
    clipped = [
        shapely.MultiPolygon([p for p in shapely.get_parts(each) if p.geom_type == "Polygon"])
        for each in shapely.clip_by_rect(rows.geometry.to_numpy(), *view.box)
    ]
    seen = [not each.is_empty for each in clipped]
    rows, clipped = rows[seen], [each for each in clipped if not each.is_empty]
    try:
        shown = shapely.coverage_simplify(clipped, 0.7 * view.metres)
    except shapely.errors.GEOSException:
        shown = shapely.simplify(clipped, view.metres)
    others, own, names = [], [], []
    for row, shape in zip(views.rows(rows), shown, strict=True):
        if row.own and row.pcn_code == code:
            own.append(_path([shape], view, _OWN, palette.BLUE, 1.4))
            continue
        fill = _OTHER if row.own else palette.NEIGHBOUR
        others.append(_path([shape], view, fill, palette.FOOTPRINT_LINE, 1.2))
        names.append((short(str(row.pcn_name)), shape))
    return [*others, *own], names


def _path(
    shapes: Iterable[shapely.Geometry], view: View, fill: str, line: str, width: float
) -> Markup:
    """Polygons and lines as one path."""
    drawn = []
    # holes turn against their rings: a fill by either rule leaves them empty
    for piece in shapely.orient_polygons(shapely.get_parts(shapely.get_parts([*shapes]))):
        if piece.geom_type == "Polygon":
            rings, end = [piece.exterior, *piece.interiors], "Z"
        elif piece.geom_type == "LineString":
            rings, end = [piece], ""
        else:
            continue
        for ring in rings:
            at = view.at(shapely.get_coordinates(ring))
            drawn.append("M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in at) + end)
    return Markup(
        '<path d="{}" fill="{}" fill-rule="evenodd" stroke="{}" stroke-width="{}"'
        ' stroke-linejoin="round"/>'
    ).format("".join(drawn), fill, line, svg.number(width))


def _evidence(ground: Ground, view: View, code: str) -> list[Markup]:
    """What the flags rest on, as outlines and lines."""
    frame = ground.evidence
    mine = frame[frame["pcn_code"] == code] if len(frame) else frame
    seen = [shapely.clip_by_rect(shape, *view.box) for shape in mine.geometry]
    seen = [shape for shape in seen if not shape.is_empty and shapely.get_dimensions(shape) > 0]
    if not seen:
        return []
    # small areas that make up one hole have one outline
    whole = shapely.union_all([each for each in seen if shapely.get_dimensions(each) == 2])
    lines = [each for each in seen if shapely.get_dimensions(each) == 1]
    shapes = [shapely.simplify(each, view.metres) for each in [whole, *lines]]
    shapes = [each for each in shapes if not each.is_empty]
    return [_path(shapes, view, "none", palette.EVIDENCE, 1.6)]


def _practices(ground: Ground, view: View, code: str) -> list[Markup]:
    """Practices as dots: others small and hollow, the PCN's own dark and on top."""
    frame = ground.practices
    if frame.empty:
        return []
    own = (frame["pcn_code"] == code).to_numpy()
    seen = shapely.intersects(frame.geometry.to_numpy(), shapely.box(*view.box))
    at = view.at(shapely.get_coordinates(frame.geometry.to_numpy()))
    names = [proper(str(name)) for name in frame["practice_name"]]
    return [
        svg.circle(*at[i], 4.6 if own[i] else 2.6, palette.BLUE_DEEP if own[i] else "#ffffff",
                   "#ffffff" if own[i] else palette.QUIET, full=names[i])
        for i in [*np.flatnonzero(seen & ~own), *np.flatnonzero(seen & own)]
    ]  # fmt: skip


def _numbers(ground: Ground, view: View, code: str, taken: list[Any]) -> list[Markup]:
    """Numbers of the parts, where there are several, as its table of parts has them."""
    frame = ground.parts
    mine = frame[frame["pcn_code"] == code] if len(frame) else frame
    if len(mine) < 2:
        return []
    at = view.at(layers.anchors(mine)[["x", "y"]].to_numpy(float))
    return [
        label
        for (x, y), part in zip(at, mine["part"], strict=True)
        for label in _label(str(part), x, y + 5, taken, _NUMBER, size=15, weight="700")
    ]


def _places(ground: Ground, view: View, taken: list[Any]) -> list[Markup]:
    found = []
    for row in views.rows(ground.places):
        x, y = view.at(shapely.get_coordinates(row.geometry))[0]
        size = 12.5 if row.rank == 0 else 11.5 if row.rank == 1 else 10.5
        found += _label(svg.cut(str(row.place_name), 22), x, y, taken, _PLACE, size=size,
                        weight="600" if row.rank < 2 else "400")  # fmt: skip
    return found


def _names(names: Sequence[tuple[str, Any]], view: View, taken: list[Any]) -> list[Markup]:
    """Names of the PCNs around, where what is seen of them has room, roomy ones first."""
    places = []
    for name, shape in names:
        pieces = [each for each in shapely.get_parts(shape) if each.geom_type == "Polygon"]
        piece = max(pieces, key=lambda each: each.area, default=None)
        if piece is None:
            continue
        point = shapely.point_on_surface(piece)
        places.append((-piece.area, name, view.at(np.array([[point.x, point.y]]))[0]))
    return [
        label
        for _, name, (x, y) in sorted(places, key=lambda each: each[:2])
        for label in _label(svg.cut(name, 24), x, y, taken, palette.QUIET, size=10.5, full=name)
    ]


def _label(
    words: str,
    x: float,
    y: float,
    taken: list[Any],
    ink: str,
    *,
    size: float,
    weight: str = "400",
    full: str = "",
) -> list[Markup]:
    """One text, unless it would leave the map or cover another."""
    half, high = 0.29 * size * len(words) + 2, size
    box = (x - half, y - high, x + half, y + 0.3 * high)
    if not words.strip() or box[0] < 0 or box[1] < 0 or box[2] > WIDTH or box[3] > HEIGHT:
        return []
    if any(box[0] < b[2] and b[0] < box[2] and box[1] < b[3] and b[1] < box[3] for b in taken):
        return []
    taken.append(box)
    return [svg.text(x, y, words, "middle", ink, size=size, weight=weight, glow="#ffffff",
                     full=full)]  # fmt: skip


def _scale(view: View, taken: list[Any]) -> list[Markup]:
    """A bar of 1, 2 or 5 times a power of ten kilometres."""
    steps = [k * 10.0**p for p in range(2, 6) for k in (1, 2, 5)]
    length = max((each for each in steps if each <= 110 * view.metres), default=steps[0])
    words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    wide = length / view.metres
    taken.append((0, HEIGHT - 30, 16 + wide, HEIGHT))
    return [
        svg.rect(8, HEIGHT - 10, wide, 2, palette.INK),
        svg.text(8, HEIGHT - 14, words, size=10.5, glow="#ffffff"),
    ]


def _says(content: Content, code: str, names: Sequence[tuple[str, Any]], own: Any) -> str:  # noqa: ANN401
    """Text alternative."""
    pcns = views.table(content, "pcns").set_index("pcn_code")
    row = pcns.loc[code]
    parts = row["parts"] if "parts" in row and pd.notna(row["parts"]) else 0
    lies = f"its footprint in {count(int(parts), 'part')}" if parts else "no footprint"
    around = sorted({name for name, _ in names})
    beside = f" Around it: {listed(around)}." if around else ""
    whole = proper(str(row["pcn_name"]))
    return f"Map of {whole}: {lies}, {count(len(own), 'practice')} as dots.{beside}"
