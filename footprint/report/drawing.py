"""Primitives of the still pictures: shapes, labels that keep clear of each other, saving."""

from __future__ import annotations

import io
import textwrap
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Bbox
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from footprint.report import palette

DPI = 200
#: matplotlib's own fonts, so that every machine draws the same letters
FONT = "DejaVu Sans"
#: what makes the bytes the same each time
_STEADY: dict[Any, str] = {"svg.hashsalt": "footprint", "svg.fonttype": "path"}

#: heights in inches of the bands above and below a map
_MARGIN = 0.3
#: size of the text below a label, as a share of the label's
_BELOW = 0.9


def clean(text: object) -> str:
    """Text in one line, without signs that print nothing or turn the line around."""
    shown = "".join(sign if sign.isprintable() else " " for sign in str(text))
    return " ".join(shown.split())


def wrap(text: object, width: int, lines: int = 3) -> str:
    """Text in at most ``lines`` lines of about ``width`` letters, cut with an ellipsis."""
    words = [word if len(word) <= 2 * width else f"{word[: 2 * width - 1]}…"
             for word in clean(text).split()]  # fmt: skip
    found = textwrap.wrap(" ".join(words), width, max_lines=lines, placeholder=" …",
                          break_on_hyphens=False, break_long_words=False)  # fmt: skip
    return "\n".join(found)


# -- shapes --------------------------------------------------------------------------------------


def outline(shape: shapely.Geometry) -> Outline:
    """(Multi)Polygon as one path whose holes stay empty; lines as open paths."""
    points, codes = [], []
    for piece in shapely.get_parts(shapely.orient_polygons(shape)):
        rings = (
            [piece.exterior, *piece.interiors]
            if piece.geom_type == "Polygon"
            else [piece]
            if piece.geom_type == "LineString"
            else []
        )
        for ring in rings:
            line = shapely.get_coordinates(ring)
            points.append(line)
            code = np.full(len(line), Outline.LINETO, dtype=Outline.code_type)
            code[0] = Outline.MOVETO
            if piece.geom_type == "Polygon":
                code[-1] = Outline.CLOSEPOLY
            codes.append(code)
    if not points:
        return Outline(np.empty((0, 2)))
    return Outline(np.concatenate(points), np.concatenate(codes))


def shapes(
    axes: Axes,
    frame: gpd.GeoDataFrame,
    *,
    fill: str | Sequence[str] = "none",
    line: str = "none",
    width: float = 0.5,
    hatch: str | None = None,
    dash: object = "solid",
    order: float = 1,
) -> None:
    """Draw polygons or lines of ``frame``; ``fill`` is one colour or one for each."""
    paths = [outline(shape) for shape in frame.geometry]
    keep = [i for i, path in enumerate(paths) if np.size(path.vertices)]
    if not keep:
        return
    colours = fill if isinstance(fill, str) else [fill[i] for i in keep]
    axes.add_collection(
        PathCollection(
            [paths[i] for i in keep],
            facecolors=colours,
            edgecolors=line,
            linewidths=width,
            linestyles=dash,
            hatch=hatch,
            zorder=order,
            joinstyle="round",
            capstyle="round",
        ),
        autolim=False,
    )


# -- a sheet -------------------------------------------------------------------------------------


@dataclass
class Sheet:
    """A figure with one map and the boxes of the labels that stand on it."""

    figure: Figure
    axes: Axes
    taken: list[Bbox] = field(default_factory=list)

    @property
    def metres_per_inch(self) -> float:
        """Scale of the map."""
        west, east = self.axes.get_xlim()
        return (east - west) / (self.figure.get_figwidth() * self.axes.get_position().width)


def sheet(
    bounds: tuple[float, float, float, float],
    *,
    title: str = "",
    subtitle: str = "",
    foot: Sequence[str] = (),
    legend: bool = True,
    width: float = 9.0,
    least: float = 4.5,
    most: float = 11.5,
) -> Sheet:
    """
    An empty map with its title above and its sources below.

    Parameters
    ----------
    bounds
        West, south, east, north in metres; a margin is added.
    title, subtitle, foot
        Plain text; wrapped. ``foot`` is one paragraph each.
    legend
        Keep a line free below the map.
    width, least, most
        Width of the figure, least and most height of the map, in inches.
    """
    west, south, east, north = bounds
    pad = 0.03 * max(east - west, north - south)
    west, south, east, north = west - pad, south - pad, east + pad, north + pad
    map_width = width - 2 * _MARGIN if title else width
    height = float(np.clip(map_width * (north - south) / (east - west), least, most))
    titles = _fit(title, 14, map_width, weight="bold", lines=3)
    subtitles = _fit(subtitle, 9.5, map_width, lines=4)
    feet = [line for text in foot for line in _fit(text, 7, map_width, lines=6)]
    top = (_MARGIN + 0.27 * len(titles) + 0.19 * len(subtitles) + 0.12) if title else 0.0
    bottom = ((0.42 if legend else 0.12) + 0.145 * len(feet) + 0.22) if title else 0.0
    total = top + height + bottom
    figure = Figure(figsize=(width, total), facecolor=palette.CARD)
    FigureCanvasAgg(figure)
    side = _MARGIN if title else 0.0
    box = (side / width, bottom / total, map_width / width, height / total)
    axes = figure.add_axes(box)
    # the map fills its box: the longer side gives the scale, the other is widened
    scale = max((east - west) / map_width, (north - south) / height)
    x, y = (west + east) / 2, (south + north) / 2
    axes.set_xlim(x - scale * map_width / 2, x + scale * map_width / 2)
    axes.set_ylim(y - scale * height / 2, y + scale * height / 2)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(palette.SEA)
    for spine in axes.spines.values():
        spine.set_visible(bool(title))
        spine.set_color(palette.LAND_LINE)
    down = _MARGIN
    for line in titles:
        _line(figure, line, side, down, 14, palette.BLUE_DEEP, weight="bold")
        down += 0.27
    for line in subtitles:
        _line(figure, line, side, down + 0.03, 9.5, palette.INK)
        down += 0.19
    up = 0.145 * len(feet) + 0.1
    for line in feet:
        _line(figure, line, side, total - up, 7, palette.QUIET)
        up -= 0.145
    return Sheet(figure, axes)


def _fit(text: str, size: float, inches: float, *, weight: str = "normal", lines: int) -> list[str]:
    """Text in lines that are no wider than ``inches``, measured in the letters of the font."""
    font = FontProperties(family=FONT, size=size, weight=weight)

    def width(line: str) -> float:
        # letters on a grid of pixels come out a little wider than their outlines
        with any_letter():
            wide = text_to_path.get_text_width_height_descent(line, font, False)[0]
        return 1.05 * float(wide) / 72

    found: list[str] = []
    for word in clean(text).split():
        longer = f"{found[-1]} {word}" if found else word
        if found and width(longer) <= inches:
            found[-1] = longer
            continue
        # one word without a blank may be wider than the picture
        fits = word
        while len(fits) > 1 and width(fits) > inches:
            fits = f"{fits[: int(len(fits) * 0.9) - 1]}…"
        found.append(fits)
    if len(found) > lines:
        found = [*found[: lines - 1], f"{found[lines - 1]} …"]
    return found


def _line(
    figure: Figure,
    text: str,
    left: float,
    down: float,
    size: float,
    colour: str,
    *,
    weight: str = "normal",
) -> Text:
    """One line of plain text, ``left`` and ``down`` inches from the figure's corner."""
    width, height = figure.get_size_inches()
    return figure.text(left / width, 1 - down / height, text, fontsize=size, color=colour,
                       fontfamily=FONT, va="top", ha="left", parse_math=False,
                       fontweight=weight)  # fmt: skip


def key(made: Sheet, entries: Sequence[tuple[str, Mapping[str, object]]]) -> None:
    """
    Legend below the map: words and what ``axes.plot`` draws them with, from the left.

    What does not fit into the width of the map goes into a second line.
    """
    figure, axes = made.figure, made.axes
    width, height = figure.get_size_inches()
    box = axes.get_position()
    x, y = box.x0 * width, box.y0 * height - 0.22
    left, right = x, (box.x0 + box.width) * width
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    for words, style in entries:
        drawing = dict(style)
        patch = drawing.pop("patch", False)
        step = 0.2 if drawing.get("marker") else 0.32
        text = figure.text(0, 0, clean(words), fontsize=8, color=palette.INK, fontfamily=FONT,
                           va="center", parse_math=False)  # fmt: skip
        wide = step + _box_of(text, renderer).width / figure.dpi
        if left < x and x + wide > right:
            x, y = left, y - 0.18
        text.set_position(((x + step) / width, y / height))
        if patch:
            figure.add_artist(
                Rectangle((x / width, (y - 0.065) / height), 0.24 / width, 0.13 / height,
                          transform=figure.transFigure, **drawing)  # type: ignore[arg-type]
            )  # fmt: skip
        else:
            line = mpl.lines.Line2D(
                [x / width, (x + 0.24) / width] if not drawing.get("marker")
                else [(x + 0.08) / width],
                [y / height] * (1 if drawing.get("marker") else 2),
                transform=figure.transFigure, **drawing)  # type: ignore[arg-type]  # fmt: skip
            figure.add_artist(line)
        x += wide + 0.22


def scale_bar(made: Sheet) -> None:
    """A bar of 1, 2 or 5 times a power of ten kilometres at the lower left."""
    axes = made.axes
    west, south = axes.get_xlim()[0], axes.get_ylim()[0]
    inch = made.metres_per_inch
    steps = sorted(k * 10.0**p for k in (1, 2, 5) for p in range(1, 7))
    length = next((each for each in reversed(steps) if each <= 1.3 * inch), steps[0])
    x, y = west + 0.15 * inch, south + 0.16 * inch
    axes.plot([x, x + length], [y, y], color=palette.INK, linewidth=2, solid_capstyle="butt",
              zorder=9)  # fmt: skip
    words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    text = axes.text(x + length / 2, y + 0.05 * inch, words, fontsize=7.5, ha="center",
                     va="bottom", color=palette.INK, fontfamily=FONT, zorder=9,
                     path_effects=[withStroke(linewidth=2, foreground="white")])  # fmt: skip
    made.taken.append(_extent(made, text).padded(4))
    made.taken.append(Bbox(axes.transData.transform([[x, y], [x + length, y]])).padded(4))


# -- labels --------------------------------------------------------------------------------------


def label(
    made: Sheet,
    text: str,
    x: float,
    y: float,
    *,
    size: float = 7.5,
    colour: str = palette.INK,
    halo: str = "white",
    weight: str = "normal",
    style: str = "normal",
    below: str = "",
    reach: float = 1.4,
    least: float = 0.0,
    must: bool = True,
    lead: bool = True,
    order: float = 8,
) -> Text | None:
    """
    Put a label where it covers no other, as near to its point as it goes.

    Parameters
    ----------
    made
        The sheet.
    text
        Plain text, wrapped already.
    x, y
        The point in metres.
    below
        More text under it, smaller and of normal weight, which moves with it.
    reach
        How far the label may move, in inches; a thin line then leads back to the point.
    least
        How far it must move, in inches: 0 lets it stand on the point.
    must
        False leaves it out where there is no room.
    lead
        False draws no line back to the point.

    Returns
    -------
    text
        The artist, None where it was left out.
    """
    axes = made.axes
    inch = made.metres_per_inch
    looks: dict[str, Any] = {
        "color": colour, "fontfamily": FONT, "ha": "center", "va": "center", "fontstyle": style,
        "parse_math": False, "linespacing": 1.05, "zorder": order,
        "path_effects": [withStroke(linewidth=2.2, foreground=halo)],
    }  # fmt: skip
    artist = axes.text(x, y, text, fontsize=size, fontweight=weight, **looks)
    parts = [(artist, 0.0)]
    start = _extent(made, artist)
    if below:
        more = axes.text(x, y, below, fontsize=_BELOW * size, **looks)
        under = _extent(made, more)
        # both together stand in the middle
        parts = [(artist, under.height / 2), (more, -start.height / 2)]
        wide, high = max(start.width, under.width) / 2, (start.height + under.height) / 2
        mx, my = axes.transData.transform((x, y))
        start = Bbox([[mx - wide, my - high], [mx + wide, my + high]])
    found = room(made, start, least=least, reach=reach)
    if found is None or (found[2] > 0 and not must):
        for part, _ in parts:
            part.remove()
        return None
    dx, dy, _ = found
    for part, up in parts:
        part.set_position((x + dx * inch, y + dy * inch + up / made.figure.dpi * inch))
    box = start.translated(dx * made.figure.dpi, dy * made.figure.dpi)
    made.taken.append(box.padded(2.5))
    outside = max(abs(dx) - start.width / 2 / made.figure.dpi, abs(dy) - start.height / 2 /
                  made.figure.dpi)  # fmt: skip
    if lead and outside > 0.04:
        leader(made, (x, y), box, order)
    return artist


def room(
    made: Sheet, box: Bbox, *, least: float, reach: float
) -> tuple[float, float, float] | None:
    """
    Find where a box in pixels covers least of what is there already.

    Returns
    -------
    room
        The nearest such move in inches to the right and up, and how many square pixels are then
        covered; None where the box fits nowhere on the sheet.
    """
    frame = made.axes.bbox
    steps = _steps(least, reach)
    boxes = box.get_points().reshape(1, 4) + np.tile(steps * made.figure.dpi, 2)
    inside = ((boxes[:, 0] >= frame.x0) & (boxes[:, 2] <= frame.x1)
              & (boxes[:, 1] >= frame.y0) & (boxes[:, 3] <= frame.y1))  # fmt: skip
    steps, cover = steps[inside], _cover(boxes[inside], made.taken)
    if not len(steps):
        return None
    # the first of the least covered is the nearest
    best = int(cover.round(6).argmin())
    return float(steps[best, 0]), float(steps[best, 1]), float(cover[best])


def leader(made: Sheet, point: tuple[float, float], box: Bbox, order: float) -> None:
    """Draw a thin line from a point in metres to the nearest edge of a box in pixels."""
    axes = made.axes
    at = axes.transData.transform(point)
    # to the nearest place of the label's edge
    end = axes.transData.inverted().transform(
        (np.clip(at[0], box.x0, box.x1), np.clip(at[1], box.y0, box.y1))
    )
    axes.plot([point[0], end[0]], [point[1], end[1]], color=palette.INK, linewidth=0.6,
              zorder=order - 1, path_effects=[withStroke(linewidth=1.6, foreground="white")],
              marker="o", markevery=[0], markersize=1.8)  # fmt: skip


def _extent(made: Sheet, artist: Text) -> Bbox:
    renderer = made.figure.canvas.get_renderer()  # type: ignore[attr-defined]
    return _box_of(artist, renderer)


def _box_of(text: Text, renderer: RendererBase) -> Bbox:
    """Box of a text in pixels; a letter that the font does not have is no reason to complain."""
    with any_letter():
        return text.get_window_extent(renderer)


@contextmanager
def any_letter() -> Iterator[None]:
    """Draw a letter that the font does not have as a box, which says enough; do not complain."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def _steps(least: float, reach: float) -> np.ndarray:
    """Moves in inches from near to far, in rings of 16."""
    rings = np.arange(least, reach + 0.01, 0.12)
    angles = 2 * np.pi * np.arange(16) / 16
    # text is wider than high, so it is moved further sideways
    ring = np.c_[1.25 * np.cos(angles), np.sin(angles)]
    return np.concatenate([np.zeros((1, 2)) if r == 0 else r * ring for r in rings])


def _cover(boxes: np.ndarray, taken: Sequence[Bbox]) -> np.ndarray:
    """Area in square pixels of each box (x0, y0, x1, y1) that lies on boxes in ``taken``."""
    if not taken or not len(boxes):
        return np.zeros(len(boxes))
    others = np.array([box.extents for box in taken])
    low = np.maximum(boxes[:, None, :2], others[:, :2])
    high = np.minimum(boxes[:, None, 2:], others[:, 2:])
    return np.asarray(np.maximum(high - low, 0).prod(axis=2).sum(axis=1))


# -- files ---------------------------------------------------------------------------------------


def picture(figure: Figure, kind: str = "png", *, dpi: int = DPI) -> bytes:
    """The figure as PNG or SVG: no date, no clock, the same bytes for the same figure."""
    if kind == "png":
        return png(pixels(figure, dpi=dpi), dpi=dpi)
    file = io.BytesIO()
    with mpl.rc_context(rc=dict(_STEADY)), any_letter():
        figure.savefig(file, format=kind, dpi=dpi, metadata={"Date": None, "Creator": None})
    return file.getvalue()


def pixels(figure: Figure, *, dpi: int = DPI) -> Image.Image:
    """Draw a figure; it has a ground, so nothing shines through it."""
    before = figure.dpi
    figure.set_dpi(dpi)
    try:
        canvas = FigureCanvasAgg(figure)
        with any_letter():
            canvas.draw()
        return opaque(np.asarray(canvas.buffer_rgba()))
    finally:
        figure.set_dpi(before)


def png(image: Image.Image, *, dpi: int = DPI) -> bytes:
    """What was drawn as a file: flat colours pack well at any level, and the quick ones do."""
    file, note = io.BytesIO(), PngInfo()
    note.add_text("Software", "footprint")
    image.save(file, format="png", compress_level=3, dpi=(dpi, dpi), pnginfo=note)
    return file.getvalue()


def opaque(pixels: np.ndarray) -> Image.Image:
    """Return what Agg drew, (height, width, 4) bytes that nothing shines through, as a picture."""
    height, width, _ = pixels.shape
    whole = Image.frombuffer("RGBA", (width, height), pixels, "raw", "RGBA", 0, 1)
    return whole.convert("RGB")
