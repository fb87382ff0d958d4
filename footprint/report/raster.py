"""
A drawing of :mod:`footprint.report.svg` as PNG, in letters that every machine has.

Drawn by matplotlib's Agg, which is here anyway: a map takes 0.03 seconds of processor on a busy
machine. A renderer of SVG at large (resvg-py 0.5) took 0.15 and is one more thing to install, a
figure of matplotlib with its axes 0.14, pillow's polygons without letters, drawn larger so that
their edges can be smoothed, 0.08. Only what :mod:`footprint.report.svg` writes is understood, so
that nothing that a name may hold can make it read a file or an address.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from itertools import combinations
from xml.etree import ElementTree

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path as Outline
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D, Transform
from PIL import Image

from footprint.errors import ModelError
from footprint.report import drawing

#: pixels of a picture to one unit of its drawing: 400 units are 6 inches wide
SCALE = 3
#: the font's letters are wider and higher than Arial's, in which places were found for them
_LETTERS = 0.9
#: size in which letters are measured; their outlines scale
_SIZE = 100.0
_NAMESPACE = "{http://www.w3.org/2000/svg}"
#: colours that a PNG's palette has room for
_COLOURS = 256
#: colours between that come nearer to one of the drawing's, of 255, could be taken for it:
#: pillow looks the nearest colour up in steps of four
_APART = 12


def png(drawn: str) -> bytes:
    """
    Draw the text of an SVG file.

    Parameters
    ----------
    drawn
        As :func:`footprint.report.svg.alone` returns it.

    Returns
    -------
    picture
        PNG of :data:`SCALE` pixels to the unit, which says that it has 200 to the inch; the same
        drawing gives the same bytes. A letter that the font does not have is a box.

    Raises
    ------
    ModelError
        When the drawing holds what this module does not draw.
    """
    # ours, and every text in it is escaped; the parser follows no reference
    root = ElementTree.fromstring(drawn)  # noqa: S314
    width, height = (round(SCALE * float(side)) for side in root.attrib["viewBox"].split()[2:])
    canvas = RendererAgg(width, height, 72)
    # pixels are counted from below
    place = Affine2D().scale(SCALE, -SCALE).translate(0, height)
    with drawing.any_letter():
        for piece in root:
            _draw(canvas, piece, place)
    whole = drawing.opaque(np.asarray(canvas.buffer_rgba()))
    inks = {
        value for piece in root.iter() for key in ("fill", "stroke") if (value := piece.get(key))
    }
    few = whole.quantize(palette=_palette(inks - {"none"}), dither=Image.Dither.NONE)
    return drawing.png(few)


def _draw(canvas: RendererAgg, piece: ElementTree.Element, place: Transform) -> None:
    """Draw one piece: its fill, with its line on top, or around it where it is a text."""
    name = piece.tag.removeprefix(_NAMESPACE)
    if name == "g":
        down = float(piece.attrib["transform"].removeprefix("translate(0 ").removesuffix(")"))
        for each in piece:
            _draw(canvas, each, Affine2D().translate(0, down) + place)
        return
    if name == "path":
        shape = _path(piece.attrib["d"])
    elif name == "rect":
        x, y, width, height = (float(piece.attrib[key]) for key in ("x", "y", "width", "height"))
        size = Affine2D().scale(width, height).translate(x, y)
        shape = Outline.unit_rectangle().transformed(size)
    elif name == "circle":
        x, y, radius = (float(piece.attrib[key]) for key in ("cx", "cy", "r"))
        shape = Outline.unit_circle().transformed(Affine2D().scale(radius).translate(x, y))
    elif name == "text":
        shape = _letters(piece)
    else:
        raise ModelError(f"<{name}> is nothing that becomes a picture")
    if not np.size(shape.vertices):
        return
    line = piece.get("stroke", "none")
    width = 0.0 if line == "none" else SCALE * float(piece.get("stroke-width", 1))
    pen = canvas.new_gc()
    pen.set_joinstyle("round")
    pen.set_linewidth(width)
    if width:
        pen.set_foreground(line)
    fill = None if piece.get("fill", "none") == "none" else to_rgb(piece.attrib["fill"])
    if name == "text" and width:
        # the rim is drawn first and stands out half its width
        canvas.draw_path(pen, shape, place)
        pen.set_linewidth(0)
    canvas.draw_path(pen, shape, place, fill)


def _path(text: str) -> Outline:
    """Rings and lines of a path whose corners are given one by one."""
    corners, codes = [], []
    for ring in text.split("M")[1:]:
        points = np.array(re.split("[L ]", ring.removesuffix("Z")), dtype=float).reshape(-1, 2)
        code = np.full(len(points), Outline.LINETO, dtype=Outline.code_type)
        code[0] = Outline.MOVETO
        if ring.endswith("Z"):
            points, code = np.r_[points, points[:1]], np.r_[code, Outline.CLOSEPOLY]
        corners.append(points)
        codes.append(code)
    if not corners:
        return Outline(np.empty((0, 2)))
    return Outline(np.concatenate(corners), np.concatenate(codes))


def _letters(piece: ElementTree.Element) -> Outline:
    """Outlines of a text's letters, where they stand in the drawing."""
    # its title is for who points at it
    words = (piece.text or "") + "".join(each.tail or "" for each in piece)
    corners, codes, wide = _outline(words, bold=int(piece.get("font-weight", 400)) >= 600)
    if not len(corners):
        return Outline(np.empty((0, 2)))
    scale = _LETTERS * float(piece.attrib["font-size"]) / _SIZE
    wide *= scale
    left = (
        float(piece.attrib["x"])
        - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[piece.get("text-anchor", "start")]
    )
    upright = Affine2D().scale(scale, -scale).translate(left, float(piece.attrib["y"]))
    return upright.transform_path(Outline(corners, codes))


@functools.lru_cache(maxsize=256)
def _outline(words: str, *, bold: bool) -> tuple[np.ndarray, np.ndarray, float]:
    """Corners and codes of letters, and their width, kept: maps name the same PCNs and sources."""
    font = FontProperties(family=drawing.FONT, size=_SIZE, weight="bold" if bold else "normal")
    corners, codes = text_to_path.get_text_path(font, words)
    wide = text_to_path.get_text_width_height_descent(words, font, False)[0]
    return np.asarray(corners), np.asarray(codes), float(wide)


def _palette(inks: Iterable[str]) -> Image.Image:
    """
    Colours of a drawing and what lies between each two of them, which edges of shapes have.

    Colours of a drawing stay what they are, and each drawing of the same colours has the same.
    """
    known = np.array([to_rgb(each) for each in sorted(inks)])
    pairs = list(combinations(range(len(known)), 2))
    steps = (_COLOURS - len(known)) // max(len(pairs), 1)
    between = [
        known[a] + (known[b] - known[a]) * part
        for part in np.arange(1, steps + 1) / (steps + 1)
        for a, b in pairs
    ]
    apart = [each for each in between if (np.abs(known - each).max(axis=1) >= _APART / 255).all()]
    found = Image.new("P", (1, 1))
    found.putpalette(np.rint(255 * np.array([*known, *apart])).astype(np.uint8).tobytes())
    return found
