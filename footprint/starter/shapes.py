"""What a file of shapes can serve, told by the names of its fields."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from footprint.schema import normalise
from footprint.sources import names
from footprint.sources.boundaries import OUTLINE_NAME
from footprint.sources.teams import TEAM
from footprint.sources.vector import field, layers
from footprint.starter.heads import HEAD
from footprint.starter.kinds import DOUBTFUL, LOCALITY

#: fields of outlines by how well they orient: districts, a trust's own, systems, the rest
OUTLINES = (
    (r"(ltla|lad|la|laua|utla|ctyua|cty|localauthority(district)?)\d*(cd|nm|code|name)", 1),
    (r"(icb|sicbl|loc|subicb|ccg|stp|nhser|rgn)\d*(cd|nm|code|name|cdh)", 3),
    (r"(wd|cmwd|ced|pcon|par|bua|ward)\d*(cd|nm|code|name)", 4),
)
#: too small to orient anybody
SMALL = r"(msoa|oa|lsoa|wz)\d*(cd|nm|code|name)"


def kinds_of(path: Path) -> tuple[dict[str, int], str, tuple[str, ...]]:
    """
    Tell what a file of shapes can serve.

    Parameters
    ----------
    path
        A file that holds shapes (:func:`footprint.sources.vector.holds_shapes`).

    Returns
    -------
    kinds, heading, fields
        Keys of [inputs] with their ranks; the field of small-area codes, "" without; all fields.

    Raises
    ------
    InputError
        A file that cannot be read.
    """
    found = _of_json(path) or [(layer.kind, layer.fields) for layer in layers(path)]
    kinds: dict[str, int] = {}
    heading = ""
    fields: list[str] = []
    for kind, layer in found:
        if re.search("Point|Line", kind):
            continue
        fields += layer
        heading = heading or field(layer, names.SMALL_AREA) or ""
        kinds = dict(_kinds(layer)) | kinds
    return kinds, normalise(heading), tuple(dict.fromkeys(fields))


def _kinds(fields: Sequence[str]) -> Mapping[str, int]:
    plain = [normalise(name) for name in fields]
    area, team = field(fields, names.SMALL_AREA), field(fields, TEAM)
    if area:
        # small areas that somebody has coloured in are no plain boundaries
        coloured = team or any(re.fullmatch("pcn(code|name)?", name) for name in plain)
        return {"small_areas": 2 if coloured else 1} | ({"team_areas": 1} if team else {})
    if team:
        return {"team_areas": 1}
    # whether they hold teams under another name, only the teams tell
    doubtful = {"team_areas": DOUBTFUL}
    if not field(fields, OUTLINE_NAME) or any(re.fullmatch(SMALL, name) for name in plain):
        return doubtful
    local = any(re.fullmatch(LOCALITY, name) for name in plain)
    ranks = [rank for form, rank in OUTLINES if any(re.fullmatch(form, n) for n in plain)]
    kinds = {"outlines": min(ranks, default=2)} | ({"localities": 2} if local else {})
    return kinds | doubtful


def _of_json(path: Path) -> list[tuple[str, list[str]]]:
    """Kind and fields of the first shape of GeoJSON, without reading all of it; [] otherwise."""
    with path.open("rb") as file:
        text = file.read(HEAD).decode("utf-8-sig", errors="replace")
    if not text.lstrip().startswith("{"):
        return []
    kind = re.search(r'"type"\s*:\s*"((Multi)?(Polygon|Point|LineString))"', text)
    at = re.search(r'"properties"\s*:\s*(?=\{\s*")(?!\{\s*"name"\s*:\s*"(urn|EPSG))', text)
    if kind is None or at is None:
        return []
    try:
        properties, _ = json.JSONDecoder().raw_decode(text, at.end())
    except ValueError:
        return []
    return [(kind[1], [str(name) for name in properties])]


def held_in(path: Path, fields: Sequence[str], wanted: set[str]) -> str:
    """Name the field whose values are mostly of those wanted; "" where there is none."""
    # whatever a stray file may hold: it holds no teams
    with contextlib.suppress(Exception):
        for layer in layers(path):
            for name in (name for name in layer.fields if name in fields):
                values = set(layer.read([name])[name].dropna().astype("str").str.strip())
                if values and 2 * len(values & wanted) > len(values):
                    return name
    return ""
