"""Charts of staff and of journeys: today's dot, the proposed one, and what stays short."""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from footprint.report import palette, svg, views
from footprint.report.cells import count
from footprint.report.content import LITTLE, Content
from footprint.report.names import short as short_name
from footprint.report.shell import UNKNOWN, decimal

_NEED = "#d5e0e8"
#: PCNs that the chart of a large patch shows
_ROWS = 30


def staff(content: Content, service_id: str) -> Markup:
    """
    Staff of one service at each PCN: today's dot, the proposed dot, and the need as a bar.

    Those that gain most stand first; of more than 60 PCNs those whose staff change most, and a
    line says so. "" where there is no staff.
    """
    frame = views.service_pcns(content, service_id)
    frame = frame[(frame["today"] > 0) | (frame["proposed"] > 0) | (frame["need"] > 0)]
    some = bool(frame[["today", "proposed"]].to_numpy().any())
    if frame.empty or not some:
        return Markup("")
    every, gained = len(frame), float(frame["change"].clip(lower=0).sum())
    known = bool(frame["change"].notna().all())
    many = every > views.MANY_PCNS
    if many:
        size = -frame["change"].abs().fillna(0).to_numpy()
        frame = frame.iloc[np.lexsort((frame["pcn_code"].to_numpy(dtype=str), size))[:_ROWS]]
    frame = frame.sort_values(["change", "pcn_code"], ascending=[False, True])
    most = float(np.nanmax(frame[["today", "proposed", "need"]].to_numpy())) or 1.0
    scale = (svg.WIDTH - svg.NAMES - 170) / most
    top = 40
    height = top + svg.ROW * len(frame) + (32 if many else 8)
    x = svg.NAMES
    pieces = [
        svg.rect(x, 8, 26, 12, _NEED),
        svg.text(x + 32, 18, "need", size=12),
        svg.circle(x + 92, 14, 5, "#ffffff", palette.BLUE),
        svg.text(x + 102, 18, "today", size=12),
        svg.circle(x + 166, 14, 5.5, palette.BLUE),
        svg.text(x + 176, 18, "proposed", size=12),
        svg.text(svg.WIDTH - 78, 18, "change", "end", palette.QUIET, size=12),
        svg.text(svg.WIDTH - 4, 18, "still short", "end", palette.QUIET, size=12),
    ]
    for row, each in enumerate(views.rows(frame)):
        y = top + row * svg.ROW + 8
        a, b = svg.NAMES + each.today * scale, svg.NAMES + each.proposed * scale
        short = each.vacancy >= 0.05
        pieces += [
            svg.text(
                svg.NAMES - 8,
                y + 4,
                svg.cut(short_name(each.pcn_name), 32),
                "end",
                full=str(each.pcn_name),
            ),
            svg.rect(svg.NAMES, y - 8, each.need * scale, 16, _NEED),
            # what is not shown has no place
            *(
                [svg.rect(min(a, b), y - 1.5, abs(b - a), 3, palette.BLUE)]
                if np.isfinite(a + b)
                else []
            ),
            *([svg.circle(a, y, 5, "#ffffff", palette.BLUE)] if np.isfinite(a) else []),
            *([svg.circle(b, y, 5.5, palette.BLUE)] if np.isfinite(b) else []),
            svg.text(
                svg.WIDTH - 78,
                y + 4,
                _signed(each.change),
                "end",
                weight="700" if abs(each.change) >= 0.05 else "400",
            ),
            svg.text(
                svg.WIDTH - 4,
                y + 4,
                f"{each.vacancy:,.2f}" if each.vacancy > 0 else "–",
                "end",
                palette.STRONG.line if short else palette.QUIET,
                weight="700" if short else "400",
            ),
        ]
    if many:
        told = (
            f"The {len(frame):,} of {every:,} PCNs whose staff change most; the workbook has all."
        )
        pieces.append(svg.text(svg.NAMES, height - 10, told, ink=palette.QUIET, size=12))
    alternative = f"Staff at {count(len(frame), 'PCN')} today, as proposed and as needed, in WTE. "
    if not known:
        alternative += "Not every figure is shown."
    elif gained >= LITTLE:
        alternative += f"PCNs that gain staff gain {gained:,.1f} WTE in all."
    else:
        alternative += f"No PCN gains {LITTLE} WTE or more."
    return svg.drawing(height, alternative, pieces)


def travel(content: Content, rows: pd.DataFrame, mark: str) -> Markup:
    """
    Minutes of groups of patients: today's dot and the proposed one.

    Parameters
    ----------
    content
        What is shown.
    rows
        label, kind, minutes_today, minutes_proposed, in order; a kind stands apart from the next.
    mark
        The word beside minutes, "" for none.
    """
    figures = rows[["minutes_today", "minutes_proposed"]].to_numpy(float)
    rows = rows[np.isfinite(figures).any(axis=1)]
    if rows.empty:
        return Markup("")
    # as wide as the longest label asks for
    longest = max(len(str(label)) for label in rows["label"])
    left, gap = float(min(max(7.2 * longest + 16, 130), 340)), 10
    most = float(np.nanmax(rows[["minutes_today", "minutes_proposed"]].to_numpy(float))) or 1.0
    scale = (svg.WIDTH - left - 120) / most
    kinds = rows["kind"].to_numpy()
    breaks = np.concatenate([[0], np.cumsum(kinds[1:] != kinds[:-1])])
    top = 40
    height = top + svg.ROW * len(rows) + gap * (breaks[-1] + 1) + 8
    unit = f"minutes ({mark})" if mark else "minutes"
    pieces = [
        svg.circle(left + 6, 14, 5, "#ffffff", palette.BLUE),
        svg.text(left + 16, 18, "today", size=12),
        svg.circle(left + 76, 14, 5.5, palette.BLUE),
        svg.text(left + 86, 18, "proposed", size=12),
        svg.text(svg.WIDTH - 4, 18, f"{unit}, today → proposed", "end", palette.QUIET, size=12),
    ]
    for row, (each, after) in enumerate(zip(views.rows(rows), breaks, strict=True)):
        y = top + row * svg.ROW + after * gap + 8
        pieces += [
            svg.text(left - 8, y + 4, svg.cut(each.label, 46), "end", full=each.label),
            svg.rect(left, y - 0.5, most * scale, 1, "#e3e8eb"),
        ]
        ends = [left + value * scale for value in (each.minutes_today, each.minutes_proposed)]
        if np.isfinite(ends).all():
            pieces.append(svg.rect(min(ends), y - 1.5, abs(ends[1] - ends[0]), 3, palette.BLUE))
        for x, radius, fill, line in (
            (ends[0], 5.0, "#ffffff", palette.BLUE),
            (ends[1], 5.5, palette.BLUE, "#ffffff"),
        ):
            if np.isfinite(x):
                pieces.append(svg.circle(x, y, radius, fill, line))
        shown = f"{decimal(each.minutes_today)} → {decimal(each.minutes_proposed)}"
        pieces.append(svg.text(svg.WIDTH - 4, y + 4, shown, "end"))
    first = next(views.rows(rows))
    alternative = (
        f"{unit.capitalize()} from teams to patients by group: {first.label.lower()} "
        f"{decimal(first.minutes_today)} today, {decimal(first.minutes_proposed)} proposed; "
        f"{len(rows):,} groups from {decimal(np.nanmin(figures))} to {decimal(np.nanmax(figures))}."
    )
    return svg.drawing(height, alternative, pieces)


def _signed(value: float) -> str:
    if not np.isfinite(value):
        return UNKNOWN
    shown = f"{abs(value):,.2f}"
    if float(shown.replace(",", "")) == 0:
        return "0"
    return f"{'+' if value > 0 else '−'}{shown}"
