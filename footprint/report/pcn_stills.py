"""The maps of the PCNs' pages as files of their own, for a board paper."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from markupsafe import Markup

from footprint.report import briefings, pcn_map, svg
from footprint.report.content import Content
from footprint.report.stills import file_names

#: signs that XML 1.0 has no place for, whatever they stand for
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(
    content: Content, folder: str | Path, *, maps: Mapping[str, Markup] | None = None
) -> dict[str, Path]:
    """
    Write the map of each PCN that has a page in the report, as SVG.

    Parameters
    ----------
    content
        What to draw.
    folder
        Made where it does not exist.
    maps
        The maps by PCN; drawn by :func:`footprint.report.pcn_map.every` when None.

    Returns
    -------
    paths
        Files by name, such as ``pcn-U12345.svg``; none for a PCN without a place.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = briefings.chosen(content)
    if maps is None:
        maps = pcn_map.every(content, chosen)
    paths = {}
    for code, name in file_names("pcn", chosen).items():
        drawn = svg.alone(maps[code])
        if drawn:
            path = folder / f"{name}.svg"
            path.write_text(_NO_XML.sub(" ", drawn), encoding="utf-8", newline="\n")
            paths[path.name] = path
    return paths
