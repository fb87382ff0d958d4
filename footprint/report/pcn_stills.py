"""The maps of the PCNs' pages as files of their own, for a board paper."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from footprint.report import briefings, pcn_map, raster, svg
from footprint.report.content import Content
from footprint.report.stills import file_names

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
        drawn = _NO_XML.sub(" ", svg.alone(pcn_map.draw(content, ground, codes[stem])))
        if not drawn:
            continue
        made = {f"{stem}.png": raster.png(drawn), f"{stem}.svg": drawn.encode()}
        for name, data in made.items():
            paths[name] = folder / name
            paths[name].write_bytes(data)
    return paths
