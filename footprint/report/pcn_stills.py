"""The maps of the PCNs' pages as files of their own, for a board paper."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from markupsafe import Markup

from footprint.report import briefings, palette, pcn_map, raster, still_layers, svg, views
from footprint.report.content import Content
from footprint.report.stills import file_names

#: sizes of the letters of title, key and sources; letters that a line of each has room for
_TITLE, _KEY, _SOURCE = (14.0, 43), (7.5, 114), (6.0, 136)

#: signs that XML 1.0 has no place for, whatever they stand for
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def names(content: Content) -> dict[str, str]:
    """Names of the maps' files without ending, by code, of PCNs that have a page in the report."""
    return file_names("pcn", briefings.chosen(content))


def write(
    content: Content, folder: str | Path, *, stems: Iterable[str] | None = None
) -> dict[str, Path]:
    """
    Write the map of each PCN that has a page in the report, as PNG (200 dpi) and SVG.

    Parameters
    ----------
    content
        What to draw.
    folder
        Made where it does not exist.
    stems
        Only these of :func:`names`, each drawn before the next is asked for; all when None.

    Returns
    -------
    paths
        Files by name, such as ``pcn-U12345.svg``; none for a PCN without a place.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    codes = {stem: code for code, stem in names(content).items()}
    ground = pcn_map.prepare(content)
    paths = {}
    for stem in codes if stems is None else stems:
        drawn = _NO_XML.sub(" ", svg.alone(_sheet(content, ground, codes[stem])))
        if not drawn:
            continue
        made = {f"{stem}.png": raster.png(drawn), f"{stem}.svg": drawn.encode()}
        for name, data in made.items():
            paths[name] = folder / name
            paths[name].write_bytes(data)
    return paths


def _sheet(content: Content, ground: pcn_map.Ground, code: str) -> Markup:
    """Draw a PCN's map between its name and what it is made of; "" where it has no place."""
    drawn, says = pcn_map.pieces(content, ground, code)
    if not drawn:
        return Markup("")
    down, above = _lines([views.pcn_names(content)[code]], 6, _TITLE, palette.BLUE_DEEP, most=2)
    top = down + 6
    down, key = _lines([pcn_map.key(content, code)], top + pcn_map.HEIGHT + 4, _KEY, palette.INK)
    down, below = _lines(still_layers.sources(content), down + 2, _SOURCE, palette.QUIET)
    height, foot = round(down + 6), top + pcn_map.HEIGHT
    return svg.drawing(
        height,
        says,
        [
            svg.lower(drawn, top),
            # dots at the map's edge end there
            svg.rect(0, 0, pcn_map.WIDTH, top, palette.CARD),
            svg.rect(0, foot, pcn_map.WIDTH, height - foot, palette.CARD),
            *above,
            *key,
            *below,
        ],
        width=pcn_map.WIDTH,
        kind="pcn-map",
    )


def _lines(
    paragraphs: Iterable[str], top: float, letters: tuple[float, int], ink: str, *, most: int = 6
) -> tuple[float, list[Markup]]:
    """Paragraphs below each other, and where the next would begin."""
    size, room = letters
    found = []
    for words in paragraphs:
        for line in svg.lines(words, room, most) if words else []:
            top += 1.25 * size
            weight = "700" if letters == _TITLE else "400"
            found.append(svg.text(4, top, line, ink=ink, size=size, weight=weight))
    return top, found
