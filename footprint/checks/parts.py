"""Checks 2 and 3: a footprint in one piece, and no other PCN's small areas inside."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.checks.ground import Ground
from footprint.checks.verdict import FLAG, PASS, Severity, Verdict, not_judged
from footprint.words import counted, listed, percent

#: an area is wholly inside a ring when this share of it is: borders do not match to the metre
WHOLLY = 0.99

_NONE = np.empty(0, dtype=int)

NO_FOOTPRINT = (
    "{name} has most of the registered patients in no small area, so it has no footprint."
)


def parts(ground: Ground, lying: Mapping[int, list[str]]) -> list[Verdict]:
    """
    Judge whether each footprint hangs together over adjacency.

    Flagged when a part other than the largest holds at least ``part_share`` of the PCN's patients
    in its footprint, or a practice of the PCN; smaller parts are fragments: a note, no flag.

    Parameters
    ----------
    ground
        What the checks stand on.
    lying
        From :func:`between`.
    """
    policy = ground.patch.settings.policy
    threshold = f"no other part with {100 * policy.part_share:.4g}% of the patients or a practice"
    parts_of = ground.parts.groupby("pcn_code").indices
    all_matter = matters(ground.parts, policy.part_share)
    patients, share, part = (
        ground.parts[column].to_numpy() for column in ("patients", "share", "part")
    )
    geometry = ground.parts.geometry.to_numpy()
    names = ground.names.to_dict()
    out = []
    for code in ground.judged:
        name = names[code]
        at = parts_of.get(code, _NONE)
        if not len(at):
            out.append(not_judged(code, "parts", threshold, NO_FOOTPRINT.format(name=name)))
            continue
        matter = all_matter[at]
        count = int(matter.sum())
        severity: Severity
        strays = at[~matter]
        stray_words = ""
        if len(strays):
            people = counted(int(patients[strays].sum()), "patient")
            stray_words = f"{counted(len(strays), 'stray piece')} with {people}"
        if count > 1:
            labels = ground.parts.index[at]
            others = dict.fromkeys(code for label in labels for code in lying[label])
            main = at[matter]
            shares = listed([percent(each) for each in share[main]])
            words = f"{name} lies in {count} parts with {shares} of its patients there"
            words += f"; {listed([names[o] for o in others])} in between." if others else "."
            if stray_words:
                words += f" {stray_words} {'is' if len(strays) == 1 else 'are'} not counted."
            away = 1 - share[at[0]]
            drawn = [(f"part {part[row]}: {percent(share[row])}", geometry[row]) for row in main]
            drawn += _links(geometry[main])
            severity = "strong" if away >= 4 * policy.part_share else "mild"
            out.append(
                Verdict(
                    code,
                    "parts",
                    FLAG,
                    severity,
                    count,
                    threshold,
                    words,
                    tuple(drawn),
                )
            )
        else:
            beside = f", {stray_words} left out" if stray_words else ""
            words = f"{name} is in one part{beside}."
            severity = "note" if len(strays) else "none"
            out.append(Verdict(code, "parts", PASS, severity, count, threshold, words))
    return out


def matters(parts_of_pcn: gpd.GeoDataFrame, share: float) -> np.ndarray:
    """Which parts of a PCN count: the largest, those with ``share`` of patients or a practice."""
    return (
        (parts_of_pcn["part"] == 1)
        | (parts_of_pcn["share"] >= share)
        | (parts_of_pcn["practices"] > 0)
    ).to_numpy()


def between(ground: Ground) -> dict[int, list[str]]:
    """
    Find which PCNs lie between each part and the rest of its PCN.

    Returns
    -------
    lying
        For each row label of ``ground.parts``, the codes of the PCNs that the shortest line to
        the nearest larger part crosses, in the order of the way; empty for the largest.
    """
    areas = ground.patch.small_areas.geometry
    tree = shapely.STRtree(areas.to_numpy())
    owner = ground.footprints.owner.to_numpy(dtype=object)
    lying: dict[int, list[str]] = {label: [] for label in ground.parts.index}
    geometry = ground.parts.geometry.to_numpy()
    for code, rows in ground.parts.groupby("pcn_code", sort=True).indices.items():
        shapes = geometry[rows]
        for at, label in enumerate(ground.parts.index[rows]):
            if at == 0:
                continue
            nearest = int(np.argmin(shapely.distance(shapes[at], shapes[:at])))
            line = shapely.shortest_line(shapes[nearest], shapes[at])
            hits = tree.query(line, predicate="intersects")
            way = shapely.line_locate_point(line, shapely.centroid(areas.to_numpy()[hits]))
            # areas stand in the order of their codes
            order = np.lexsort((hits, way))
            met = dict.fromkeys(owner[hits[order]])
            lying[label] = [c for c in met if c != code and pd.notna(c)]
    return lying


def _links(shapes: np.ndarray) -> list[tuple[str, shapely.LineString]]:
    out = []
    for at in range(1, len(shapes)):
        nearest = int(np.argmin(shapely.distance(shapes[at], shapes[:at])))
        line = shapely.shortest_line(shapes[nearest], shapes[at])
        if line.length:
            out.append((f"{line.length / 1000:.1f} km apart", line))
    return out


def holes(ground: Ground) -> list[Verdict]:
    """
    Judge whether a footprint encloses small areas of other PCNs.

    Gaps in the boundaries are no holes, nor is a part of another PCN that reaches the coast.
    """
    threshold = "no small areas of other PCNs inside"
    gap = ground.patch.settings.policy.adjacency_gap_m
    areas = ground.patch.small_areas.geometry
    tree = shapely.STRtree(areas.to_numpy())
    owner = ground.footprints.owner.to_numpy(dtype=object)
    names = ground.names.to_dict()
    footprints = ground.footprints.pcns.geometry.to_numpy()
    out = []
    for code, shape in zip(ground.judged, footprints, strict=True):
        name = names[code]
        if shape is None:
            out.append(not_judged(code, "holes", threshold, NO_FOOTPRINT.format(name=name)))
            continue
        inside = _enclosed(shape, tree, areas, gap)
        inside = [at for at in inside if pd.notna(owner[at]) and owner[at] != code]
        if not inside:
            words = f"{name} encloses no small area of another PCN."
            out.append(Verdict(code, "holes", PASS, "none", 0, threshold, words))
            continue
        whose = sorted({owner[at] for at in inside})
        words = (
            f"{name} wholly encloses {counted(len(inside), 'small area')} of"
            f" {listed([names[other] for other in whose])}."
        )
        drawn = tuple((f"{names[owner[at]]}", areas.iloc[at]) for at in inside)
        out.append(Verdict(code, "holes", FLAG, "mild", len(inside), threshold, words, drawn))
    return out


def _enclosed(
    shape: shapely.Geometry, tree: shapely.STRtree, areas: gpd.GeoSeries, gap: float
) -> list[int]:
    found: set[int] = set()
    # small gaps between simplified boundaries would open a ring: close them
    for polygon in shapely.get_parts(shapely.buffer(shape, gap)):
        for ring in polygon.interiors:
            hole = shapely.Polygon(ring).buffer(2 * gap)
            hits = tree.query(hole, predicate="intersects")
            shapes = areas.to_numpy()[hits]
            within = shapely.area(shapely.intersection(shapes, hole)) >= WHOLLY * shapely.area(
                shapes
            )
            found.update(int(at) for at in hits[within])
    return sorted(found, key=lambda at: areas.index[at])
