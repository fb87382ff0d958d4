"""What the map's script reads: one plain object, made of Content and of nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import shapely

from footprint.maps import geometry, shapes, staffing
from footprint.maps.rows import grouped, text, with_points
from footprint.report import columns, layers, names, palette, views
from footprint.report.content import Content
from footprint.report.glossary import terms

#: share of a postcode district's patients from which on a PCN is named
LEAST = 0.005
#: words that the panel explains
TERMS = (
    "footprint",
    "list_size",
    "retention",
    "dominance",
    "part",
    "fragment",
    "wte",
    "travel",
    "lead_team",
    "vacancy",
    "level_1",
    "level_2",
    "level_3",
    "proven_best",
)


def payload(content: Content) -> dict[str, Any]:
    """
    Everything that the map draws and tells.

    Parameters
    ----------
    content
        What is shown.

    Returns
    -------
    payload
        Of strings, numbers, lists and dicts: ``ground`` colours, ``verdicts``, ``sizes``,
        ``pcns``, ``practices``, ``branches``, ``teams``, ``services``, ``terms``, ``shapes``
        (GeoJSON in degrees) and ``bounds``. PCNs, practices and teams refer to each other by place
        in their lists.
    """
    pcns = views.table(content, "pcns").reset_index(drop=True)
    codes = [str(code) for code in pcns.get("pcn_code", [])]
    place = {code: i for i, code in enumerate(codes)}
    shown = shapes.footprints(content, codes)
    teams = staffing.teams(content)
    team = {each["id"]: i for i, each in enumerate(teams)}
    practices = _practices(content, place)
    return {
        "name": content.name,
        "findings": list(content.findings),
        "words": {"commissioner": content.words.commissioner},
        "ground": _ground(),
        "verdicts": [
            {"key": v.key, "label": v.label, "mark": v.mark, "fill": v.fill, "ink": v.ink,
             "line": v.line}
            for v in palette.VERDICTS
        ],
        "sizes": [
            {"fill": c.fill, "label": c.label} for c in palette.size_classes(content.settings)
        ],
        "aligned": [{"fill": fill, "label": label} for fill, label in staffing.ALIGNED],
        "reach": views.policy(content).get("alignment_reach", 0.95),
        "checks": columns.CHECK_NAMES,
        "pcns": _pcns(content, pcns, shown),
        "practices": practices,
        "branches": _branches(content, practices),
        "teams": teams,
        "services": staffing.services(content, place, team),
        "terms": [
            {"term": t.term, "told": t.told}
            for t in (terms(content.words, policy=views.policy(content))[key] for key in TERMS)
        ],
        "districts": _districts(content, place),
        "shapes": shapes.shapes(content, place, shown),
        "bounds": bounds(content),
    }  # fmt: skip


def bounds(content: Content) -> tuple[float, float, float, float]:
    """South, west, north, east of the patch in degrees."""
    west, south, east, north = layers.bounds(content)
    box = geometry.degrees([shapely.box(west, south, east, north)])[0]
    low_x, low_y, high_x, high_y = (float(each) for each in box.bounds)
    return low_y, low_x, high_y, high_x


# -- PCNs ----------------------------------------------------------------------------------------


def _pcns(
    content: Content, pcns: pd.DataFrame, shown: Mapping[str, shapely.Geometry]
) -> list[dict[str, Any]]:
    pairs = views.table(content, "pcn_adjacency")
    colours = palette.apart(
        pcns["pcn_code"].astype(str), zip(pairs.get("a", []), pairs.get("b", []), strict=True)
    )
    verdicts = views.verdicts(content)
    order = [v.key for v in palette.VERDICTS]
    classes = palette.size_classes(content.settings)
    checks = grouped(views.table(content, "checks"), "pcn_code")
    parts = grouped(views.table(content, "parts"), "pcn_code")
    place = {str(code): i for i, code in enumerate(pcns["pcn_code"])}
    pieces = shapes.pieces(content, shown)
    catchments = shapes.catchments(content)
    found = []
    for row in pcns.to_dict("records"):
        code = str(row["pcn_code"])
        size = palette.size_class(row["list_size"], classes)
        found.append(
            {
                "code": code,
                "official": str(row["pcn_name"]),
                "name": names.proper(str(row["pcn_name"])),
                "short": names.short(str(row["pcn_name"])),
                "commissioner": text(row.get("commissioner_name")),
                "list": row["list_size"],
                "practices": row["practices"],
                "retention": row["retention"],
                "dominance": row["dominance"],
                "verdict": order.index(verdicts[code].key),
                "colour": colours[code],
                "size": None if size is None else classes.index(size),
                "checks": [
                    {
                        "check": columns.CHECK_NAMES.get(str(c["check"]), str(c["check"])),
                        "verdict": order.index(
                            palette.verdict_of(str(c["verdict"]), str(c["severity"])).key
                        ),
                        "flag": c["verdict"] == "flag",
                        "evidence": text(c["evidence"]),
                    }
                    for c in checks.get(code, [])
                ],
                "parts": [
                    {
                        "part": p["part"],
                        "patients": p["patients"],
                        "share": p["share"],
                        "practices": p["practices"],
                        "areas": p["small_areas"],
                        "between": [
                            place[c] for c in text(p.get("between")).split(";") if c in place
                        ],
                    }
                    for p in parts.get(code, [])
                ],
                "catchment": catchments.get(code),
                **pieces.get(code, {"shape": None, "of": [], "at": None, "radius": 0}),
            }
        )
    return found


def _practices(content: Content, place: Mapping[str, int]) -> list[dict[str, Any]]:
    frame = layers.layer(content, "practices")
    return [
        {
            "code": str(row.practice_code),
            "name": names.proper(str(row.practice_name)),
            "official": str(row.practice_name),
            "postcode": text(row.postcode),
            "pcn": place.get(text(row.pcn_code)),
            "list": row.list_size,
            # its patients live all over the country
            "spread": bool(getattr(row, "spread", False)),
            "at": geometry.at(point),
        }
        for row, point in with_points(frame)
    ]


def _branches(content: Content, practices: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Branch surgeries, each with the place of its practice in the page's list, None without."""
    known = {practice["code"]: i for i, practice in enumerate(practices)}
    frame = layers.layer(content, "branches")
    return [
        {
            "name": names.proper(text(row.site_name)),
            "of": names.proper(str(row.practice_name)),
            "postcode": text(row.postcode),
            "practice": known.get(str(row.practice_code)),
            "at": geometry.at(point),
        }
        for row, point in with_points(frame)
    ] if len(frame) else []  # fmt: skip


def _districts(content: Content, place: Mapping[str, int]) -> dict[str, list[list[float]]]:
    """
    Shares of PCNs among the patients of postcode districts, largest first; None where no file says.

    Patients of a small area are shared between its districts by their postcodes. A district counts
    as far as it lies in the patch; PCNs under half a per cent are left out, patients of PCNs that
    the page does not list stay in the whole.
    """
    found = views.table(content, "postcode_districts")
    if found.empty:
        return {}
    part = found["postcodes"] / found.groupby("small_area_code")["postcodes"].transform("sum")
    people = views.table(content, "small_areas")[["small_area_code", "pcn_code", "patients"]]
    both = found.assign(part=part).merge(people.fillna({"patients": 0}), on="small_area_code")
    both["patients"] = both["patients"] * both["part"]
    by = both.groupby(["district", "pcn_code"])["patients"].sum().reset_index()
    by["share"] = by["patients"] / by.groupby("district")["patients"].transform("sum")
    by = by[by["pcn_code"].isin(list(place)) & (by["share"] >= LEAST)]
    by = by.sort_values(["district", "share", "pcn_code"], ascending=[True, False, True])
    return {
        str(district): [
            [place[code], round(share, 3)]
            for code, share in zip(rows["pcn_code"], rows["share"], strict=True)
        ]
        for district, rows in by.groupby("district", sort=True)
    }


def _ground() -> dict[str, str]:
    return {
        "sea": palette.SEA,
        "land": palette.LAND,
        "neighbour": palette.NEIGHBOUR,
        "neighbour_line": palette.NEIGHBOUR_LINE,
        "commissioner": palette.COMMISSIONER_LINE,
        "locality": palette.LOCALITY_LINE,
        "outline": palette.OUTLINE_LINE,
        "chosen": palette.CHOSEN_LINE,
        "evidence": palette.EVIDENCE,
        "travel": palette.TRAVEL,
        "ink": palette.INK,
        "none": palette.UNJUDGED.fill,
    }
