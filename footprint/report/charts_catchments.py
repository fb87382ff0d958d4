"""Where catchments overlap: how much of each PCN's own lies in those of others, and whose."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from footprint.report import columns, names, palette, svg, views
from footprint.report.cells import count
from footprint.report.content import Content
from footprint.report.shell import percent

#: fills of patients in no other catchment, in one other, in two or more
_FILLS = ("#dbe4ea", "#8fb3cf", palette.BLUE)
_WORDS = ("its own catchment alone", "one other’s too", "two or more others’ too")
#: columns of the chart of many PCNs
_CLASSES = 10


def shared(content: Content) -> pd.DataFrame:
    """
    How far the catchment of each PCN lies in those of others.

    Returns
    -------
    shared
        pcn_code; alone, one, more (shares of the patients in its catchment who live where no
        other, one other, several other catchments reach); other (code of the PCN whose catchment
        holds most of them, "" where none does), held (share of them). Those that share most first;
        without rows where no catchment is known.
    """
    frame = views.table(content, "small_areas")
    order = ["pcn_code", "alone", "one", "more", "other", "held"]
    if not {"catchment", "patients"} <= set(frame.columns):
        return pd.DataFrame(columns=order)
    known = set(views.table(content, "pcns").get("pcn_code", []))
    mine = frame[(columns.numbers(frame["catchment"]) == 1) & frame["pcn_code"].isin(known)]
    mine = mine.assign(patients=np.nan_to_num(columns.numbers(mine["patients"])))
    mine = mine[["small_area_code", "pcn_code", "patients"]]
    total = mine.groupby("pcn_code")["patients"].sum()
    total = total[total > 0]
    if total.empty:
        return pd.DataFrame(columns=order)
    others = mine.groupby("small_area_code")["pcn_code"].transform("size") - 1
    shares = {
        name: mine[chosen].groupby("pcn_code")["patients"].sum().reindex(total.index).fillna(0)
        / total
        for name, chosen in (("alone", others == 0), ("one", others == 1), ("more", others > 1))
    }
    both = mine.merge(mine[["small_area_code", "pcn_code"]], on="small_area_code")
    both = both[both["pcn_code_x"] != both["pcn_code_y"]]
    pairs = both.groupby(["pcn_code_x", "pcn_code_y"])["patients"].sum().reset_index()
    pairs = pairs.sort_values(
        ["pcn_code_x", "patients", "pcn_code_y"], ascending=[True, False, True]
    ).drop_duplicates("pcn_code_x")
    most = pairs.set_index("pcn_code_x").reindex(total.index)
    found = pd.DataFrame(shares).assign(
        other=most["pcn_code_y"].fillna(""), held=most["patients"].fillna(0) / total
    )
    found.index.name = "pcn_code"
    found = found.reset_index().round({"alone": 9, "one": 9, "more": 9, "held": 9})
    found = found.sort_values(["alone", "pcn_code"], kind="stable")
    return found[order].reset_index(drop=True)


def catchments(content: Content) -> Markup:
    """
    Draw :func:`shared`: a bar per PCN, or for many PCNs how many share how much.

    "" where no catchment is known.
    """
    frame = shared(content)
    if frame.empty:
        return Markup("")
    return _many(frame) if len(frame) > views.MANY_PCNS else _bars(content, frame)


def _bars(content: Content, frame: pd.DataFrame) -> Markup:
    known = views.pcn_names(content)
    top, right = 40.0, 250.0
    scale = svg.WIDTH - svg.NAMES - right
    pieces, x = [], float(svg.NAMES)
    for fill, words in zip(_FILLS, _WORDS, strict=True):
        pieces += [svg.rect(x, 8, 20, 12, fill), svg.text(x + 26, 18, words, size=12)]
        x += 26 + 6.6 * len(words) + 18
    for row, each in enumerate(views.rows(frame)):
        y = top + row * svg.ROW
        name = known.get(each.pcn_code, each.pcn_code)
        pieces.append(
            svg.text(svg.NAMES - 8, y + 14, svg.cut(names.short(name), 32), "end", full=name)
        )
        at = float(svg.NAMES)
        for fill, part in zip(_FILLS, (each.alone, each.one, each.more), strict=True):
            pieces.append(svg.rect(at, y + 3, part * scale, svg.ROW - 8, fill))
            at += part * scale
        told = f"{percent(1 - each.alone)} shared"
        if each.other:
            other = names.short(known.get(each.other, each.other))
            told += f", most with {svg.cut(other, 20)}"
        pieces.append(svg.text(svg.WIDTH - right + 8, y + 14, told, size=12))
    half = int((frame["alone"] <= 0.5).sum())
    alternative = (
        f"How far catchments of {count(len(frame), 'PCN')} overlap. In {half:,} of them at least"
        " half of the patients in the catchment live where another PCN’s catchment reaches too."
    )
    return svg.drawing(top + svg.ROW * len(frame) + 8, alternative, pieces)


def _many(frame: pd.DataFrame) -> Markup:
    """So many PCNs that only their number by share can be shown."""
    part = np.minimum(((1 - frame["alone"]) * _CLASSES).astype(int), _CLASSES - 1)
    counts = np.bincount(part, minlength=_CLASSES)
    height, base, left = 270.0, 215.0, 20.0
    step = (svg.WIDTH - 2 * left) / _CLASSES
    scale = (base - 30) / max(int(counts.max()), 1)
    pieces = []
    for at, number in enumerate(counts):
        x, y = left + at * step, base - number * scale
        pieces += [
            svg.rect(x + 3, y, step - 6, number * scale, "#5f83a0"),
            svg.text(x + step / 2, y - 6, f"{number:,}", "middle", weight="700"),
            svg.text(x + step / 2, base + 18, f"{10 * at} to {10 * (at + 1)}%", "middle", size=12),
        ]
    pieces += [
        svg.text(left, base + 42, "of a catchment’s patients live in another catchment too",
                 size=12),
        svg.text(svg.WIDTH - left, base + 42, "columns: number of PCNs", "end", size=12),
    ]  # fmt: skip
    half = int((frame["alone"] <= 0.5).sum())
    alternative = (
        f"How far catchments of {count(len(frame), 'PCN')} overlap: in {half:,} of them at least"
        " half of the patients in the catchment live where another PCN’s catchment reaches too."
    )
    return svg.drawing(height, alternative, pieces)
