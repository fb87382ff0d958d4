"""
Charts as inline SVG: labelled directly, readable without colour, each with a text alternative.

Every text is escaped where it enters the drawing. The drawings hold no id, script, style sheet
or reference, so any number of them can stand in one page.
"""

from __future__ import annotations

import textwrap

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from footprint.report import columns, names, palette, views
from footprint.report.content import Content
from footprint.report.shell import UNKNOWN, decimal, percent, thousands

_WIDTH = 760
_ROW = 24
_NAMES = 230
_FONT = 13
_NEED = "#d5e0e8"


def sizes(content: Content) -> Markup:
    """
    List sizes against the policy's band, the largest first.

    Up to 60 PCNs a labelled bar each; above, thin columns and how many lie under, within and
    over the band. "" where there is no PCN.
    """
    pcns = views.table(content, "pcns")
    if pcns.empty:
        return Markup("")
    low, high = views.band(content)
    pcns = pcns.sort_values(["list_size", "pcn_code"], ascending=[False, True])
    people = columns.numbers(pcns["list_size"])
    under, over = int((people < low).sum()), int((people > high).sum())
    alternative = (
        f"List sizes of {len(pcns):,} PCNs, from {thousands(np.nanmin(people))} to "
        f"{thousands(np.nanmax(people))} registered patients. {under:,} lie under the band of "
        f"{low:,} to {high:,}, {over:,} over it."
    )
    flags = _size_flags(content)
    if len(pcns) > views.MANY_PCNS:
        return _skyline(people, low, high, alternative)
    most = max(float(np.nanmax(people)), high * 1.05)
    scale = (_WIDTH - _NAMES - 90) / most
    height = 34 + _ROW * len(pcns) + 8
    bottom = height - 8
    pieces = [
        _rect(_NAMES + low * scale, 26, (high - low) * scale, bottom - 26, palette.PASS.fill),
        _text(_NAMES + (low + high) / 2 * scale, 17, f"{low:,} to {high:,}", "middle",
              palette.PASS.ink, weight="600"),
        *(_line(_NAMES + edge * scale, 26, bottom, palette.PASS.line) for edge in (low, high)),
    ]  # fmt: skip
    for row, (code, name, size) in enumerate(
        zip(pcns["pcn_code"], pcns["pcn_name"], people, strict=True)
    ):
        y = 34 + row * _ROW
        look = flags.get(code)
        fill = look.fill if look else "#7f9bb0"
        width = 0.0 if np.isnan(size) else size * scale
        mark = f" {look.mark}" if look else ""
        pieces += [
            _text(_NAMES - 8, y + 14, _cut(names.short(name), 32), "end", full=str(name)),
            _rect(_NAMES, y + 3, width, _ROW - 8, fill, look.line if look else "none"),
            _text(_NAMES + width + 6, y + 14, f"{thousands(size)}{mark}",
                  weight="700" if look else "400"),
        ]  # fmt: skip
    pieces.append(_line(_NAMES, 26, bottom, palette.QUIET))
    return _svg(height, alternative, pieces)


def overlap(content: Content, service_id: str) -> Markup:
    """
    Patients of each PCN by team, as shares, ordered so that PCNs with one team stand together.

    "" where the service has no team areas, more than 60 PCNs or more than 16 teams.
    """
    frame = views.aligned(content, service_id)
    if frame.empty:
        return Markup("")
    pcns, teams = order(frame)
    if len(pcns) > views.MANY_PCNS or len(teams) > 16:
        return Markup("")
    shares = frame.set_index(["pcn_code", "team_id"])["share"]
    pcn_names, team_names = views.pcn_names(content), views.team_names(content)
    short_heads = views.team_heads(content, teams)
    # a column is as wide as its longest word asks for
    longest = max(len(word) for head in short_heads for word in [*_plain(head).split(), ""])
    cell = min(max((_WIDTH - _NAMES) / len(teams), 6.8 * min(longest, 14) + 6, 46), 120)
    heads = [_lines(head, max(int(cell / 6.8), 6), 5) for head in short_heads]
    top = 15 * max(len(lines) for lines in heads) + 12
    height = top + _ROW * len(pcns) + 6
    width = max(_NAMES + cell * len(teams), _WIDTH)
    pieces = []
    for column, (team, lines) in enumerate(zip(teams, heads, strict=True)):
        x = _NAMES + (column + 0.5) * cell
        start = top - 8 - 15 * (len(lines) - 1)
        pieces += [
            _text(x, start + 15 * k, line, "middle", size=11.5,
                  full=team_names.get(team, team) if k == 0 else None)
            for k, line in enumerate(lines)
        ]  # fmt: skip
    for row, pcn in enumerate(pcns):
        y = top + row * _ROW
        name = pcn_names.get(pcn, pcn)
        pieces.append(_text(_NAMES - 8, y + 16, _cut(names.short(name), 32), "end", full=name))
        for column, team in enumerate(teams):
            share = float(shares.get((pcn, team), 0.0))
            x = _NAMES + column * cell
            if share <= 0:
                pieces.append(_rect(x + 1, y + 1, cell - 2, _ROW - 2, "#f1f4f6"))
                continue
            little = share < 0.01
            fill = "#f1f4f6" if little else _shade(share)
            ink = palette.QUIET if little else _ink(fill)
            pieces += [
                _rect(x + 1, y + 1, cell - 2, _ROW - 2, fill),
                _text(x + cell / 2, y + 16, percent(share).replace("under 1%", "<1%")
                      .replace("over 99%", ">99%"), "middle", ink, size=12),
            ]  # fmt: skip
    counted = frame[frame["share"] >= 0.05].groupby("pcn_code")["team_id"].nunique()
    several = int((counted > 1).sum())
    alternative = (
        f"Shares of each PCN's patients by team: {len(pcns):,} PCNs, {len(teams):,} teams. In "
        f"{several:,} PCNs more than one team reaches at least 5% of patients."
    )
    return _svg(height, alternative, pieces, width=width)


def order(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """
    PCNs and teams in an order in which blocks show.

    Parameters
    ----------
    frame
        pcn_code, team_id, patients, share (of the PCN's patients) of one service.

    Returns
    -------
    pcns, teams
        Teams as a chain that begins with the one that has most patients; the next one shares
        most patients' PCNs with the last. PCNs follow their lead team. Ties: the lower code.
    """
    shares = frame.pivot_table(
        index="pcn_code", columns="team_id", values="share", aggfunc="sum", fill_value=0.0
    ).sort_index()
    total = frame.groupby("team_id")["patients"].sum()
    left = sorted(shares.columns)
    chain: list[str] = []
    while left:
        if chain:
            last = shares[chain[-1]].to_numpy()
            near = {team: float(np.minimum(last, shares[team]).sum()) for team in left}
        else:
            near = dict.fromkeys(left, 0.0)
        # minus, so that the lower code wins a tie
        best = min(left, key=lambda team: (-round(near[team], 9), -int(total[team]), team))
        chain.append(best)
        left.remove(best)
    table = shares[chain].to_numpy()
    lead = table.argmax(axis=1)
    middle = (table * np.arange(len(chain))).sum(axis=1) / np.maximum(table.sum(axis=1), 1e-12)
    rank = np.lexsort((shares.index.to_numpy(dtype=str), middle.round(9), lead))
    return [str(shares.index[i]) for i in rank], chain


def staff(content: Content, service_id: str) -> Markup:
    """
    Staff of one service at each PCN: today's dot, the proposed dot, and the need as a bar.

    Those that change most stand first; "" where there is no staff or there are over 60 PCNs.
    """
    frame = views.service_pcns(content, service_id)
    frame = frame[(frame["today"] > 0) | (frame["proposed"] > 0) | (frame["need"] > 0)]
    some = bool(frame[["today", "proposed"]].to_numpy().any())
    if frame.empty or len(frame) > views.MANY_PCNS or not some:
        return Markup("")
    frame = frame.sort_values(["change", "pcn_code"], ascending=[False, True])
    most = float(np.nanmax(frame[["today", "proposed", "need"]].to_numpy())) or 1.0
    scale = (_WIDTH - _NAMES - 170) / most
    top = 40
    height = top + _ROW * len(frame) + 8
    x = _NAMES
    pieces = [
        _rect(x, 8, 26, 12, _NEED),
        _text(x + 32, 18, "need", size=12),
        _circle(x + 92, 14, 5, "#ffffff", palette.BLUE),
        _text(x + 102, 18, "today", size=12),
        _circle(x + 166, 14, 5.5, palette.BLUE),
        _text(x + 176, 18, "proposed", size=12),
        _text(_WIDTH - 78, 18, "change", "end", palette.QUIET, size=12),
        _text(_WIDTH - 4, 18, "still short", "end", palette.QUIET, size=12),
    ]
    for row, each in enumerate(views.rows(frame)):
        y = top + row * _ROW + 8
        a, b = _NAMES + each.today * scale, _NAMES + each.proposed * scale
        short = each.vacancy >= 0.05
        pieces += [
            _text(_NAMES - 8, y + 4, _cut(names.short(each.pcn_name), 32), "end",
                  full=str(each.pcn_name)),
            _rect(_NAMES, y - 8, each.need * scale, 16, _NEED),
            # what is not shown has no place
            *([_rect(min(a, b), y - 1.5, abs(b - a), 3, palette.BLUE)]
              if np.isfinite(a + b) else []),
            *([_circle(a, y, 5, "#ffffff", palette.BLUE)] if np.isfinite(a) else []),
            *([_circle(b, y, 5.5, palette.BLUE)] if np.isfinite(b) else []),
            _text(_WIDTH - 78, y + 4, _signed(each.change), "end",
                  weight="700" if abs(each.change) >= 0.05 else "400"),
            _text(_WIDTH - 4, y + 4, f"{each.vacancy:,.2f}" if each.vacancy > 0 else "–", "end",
                  palette.STRONG.line if short else palette.QUIET,
                  weight="700" if short else "400"),
        ]  # fmt: skip
    moved = float(frame["change"].clip(lower=0).sum())
    alternative = (
        f"Staff at each of {len(frame):,} PCNs today, as proposed and as needed, in WTE. "
    ) + (
        f"PCNs that gain staff gain {moved:,.1f} WTE in all."
        if frame["change"].notna().all()
        else "Not every figure is shown."
    )
    return _svg(height, alternative, pieces)


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
    scale = (_WIDTH - left - 120) / most
    kinds = rows["kind"].to_numpy()
    breaks = np.concatenate([[0], np.cumsum(kinds[1:] != kinds[:-1])])
    top = 40
    height = top + _ROW * len(rows) + gap * (breaks[-1] + 1) + 8
    unit = f"minutes ({mark})" if mark else "minutes"
    pieces = [
        _circle(left + 6, 14, 5, "#ffffff", palette.BLUE),
        _text(left + 16, 18, "today", size=12),
        _circle(left + 76, 14, 5.5, palette.BLUE),
        _text(left + 86, 18, "proposed", size=12),
        _text(_WIDTH - 4, 18, f"{unit}, today → proposed", "end", palette.QUIET, size=12),
    ]
    for row, (each, after) in enumerate(zip(views.rows(rows), breaks, strict=True)):
        y = top + row * _ROW + after * gap + 8
        pieces += [
            _text(left - 8, y + 4, _cut(each.label, 46), "end", full=each.label),
            _rect(left, y - 0.5, most * scale, 1, "#e3e8eb"),
        ]
        ends = [left + value * scale for value in (each.minutes_today, each.minutes_proposed)]
        if np.isfinite(ends).all():
            pieces.append(_rect(min(ends), y - 1.5, abs(ends[1] - ends[0]), 3, palette.BLUE))
        for x, radius, fill, line in (
            (ends[0], 5.0, "#ffffff", palette.BLUE),
            (ends[1], 5.5, palette.BLUE, "#ffffff"),
        ):
            if np.isfinite(x):
                pieces.append(_circle(x, y, radius, fill, line))
        shown = f"{decimal(each.minutes_today)} → {decimal(each.minutes_proposed)}"
        pieces.append(_text(_WIDTH - 4, y + 4, shown, "end"))
    first = next(views.rows(rows))
    alternative = (
        f"{unit.capitalize()} from teams to patients by group: {first.label.lower()} "
        f"{decimal(first.minutes_today)} today, {decimal(first.minutes_proposed)} proposed; "
        f"{len(rows):,} groups from {decimal(np.nanmin(figures))} to {decimal(np.nanmax(figures))}."
    )
    return _svg(height, alternative, pieces)


# -- pieces --------------------------------------------------------------------------------------


def _size_flags(content: Content) -> dict[str, palette.Verdict]:
    checks = views.table(content, "checks")
    if checks.empty:
        return {}
    found = checks[(checks["check"] == "population") & (checks["verdict"] == "flag")]
    return {
        code: palette.verdict_of("flag", str(severity))
        for code, severity in zip(found["pcn_code"], found["severity"], strict=True)
    }


def _skyline(people: np.ndarray, low: int, high: int, alternative: str) -> Markup:
    """So many PCNs that only their outline can be shown: one thin column each."""
    height, top, left = 300.0, 20.0, 64.0
    most = max(float(np.nanmax(people)), high * 1.05)
    scale = (height - top - 30) / most
    base = height - 30
    step = (_WIDTH - left - 4) / len(people)
    corners = [f"M{left:.1f} {base:.1f}"]
    for i, size in enumerate(np.nan_to_num(people)):
        x, y = left + i * step, base - size * scale
        corners.append(f"L{x:.1f} {y:.1f}L{x + step:.1f} {y:.1f}")
    corners.append(f"L{_WIDTH - 4:.1f} {base:.1f}Z")
    over, within = int((people > high).sum()), int(((people >= low) & (people <= high)).sum())
    under = int((people < low).sum())
    pieces = [
        _rect(left, base - high * scale, _WIDTH - left - 4, (high - low) * scale,
              palette.PASS.fill),
        Markup('<path d="{}" fill="#5f83a0"/>').format("".join(corners)),
        *(_text(left - 6, base - edge * scale + 4, f"{edge:,.0f}", "end", size=12)
          for edge in (0, low, high)),
        *(_rect(left, base - edge * scale - 0.5, _WIDTH - left - 4, 1, palette.PASS.line)
          for edge in (low, high)),
        _text(left, height - 8, f"{over:,} over the band"),
        _text((left + _WIDTH) / 2, height - 8, f"{within:,} within", "middle"),
        _text(_WIDTH - 4, height - 8, f"{under:,} under it", "end"),
    ]  # fmt: skip
    return _svg(height, alternative, pieces)


def _svg(height: float, alternative: str, pieces: list[Markup], *, width: float = _WIDTH) -> Markup:
    # plain concatenation: nothing of the pieces is read as markup again
    body = Markup("").join(pieces)
    return Markup(
        '<svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img"'
        ' aria-label="{}" font-size="{}">{}</svg>'
    ).format(_n(width), _n(height), alternative, _FONT, body)


def _text(
    x: float,
    y: float,
    text: str,
    anchor: str = "start",
    ink: str = palette.INK,
    *,
    size: float = _FONT,
    weight: str = "400",
    full: str | None = None,
) -> Markup:
    # the whole text where it was cut, for whoever points at it
    title = Markup("<title>{}</title>").format(full) if full and full != text else ""
    return Markup(
        '<text x="{}" y="{}" text-anchor="{}" fill="{}" font-size="{}" font-weight="{}">{}{}</text>'
    ).format(_n(x), _n(y), anchor, ink, _n(size), weight, title, escape(_plain(text)))


def _rect(x: float, y: float, width: float, height: float, fill: str, line: str = "none") -> Markup:
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"/>').format(
        _n(x), _n(y), _n(max(width, 0)), _n(max(height, 0)), fill, line
    )


def _line(x: float, top: float, bottom: float, colour: str) -> Markup:
    return _rect(x - 0.5, top, 1, bottom - top, colour)


def _circle(x: float, y: float, radius: float, fill: str, line: str = "#ffffff") -> Markup:
    return Markup('<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" stroke-width="2"/>').format(
        _n(x), _n(y), _n(radius), fill, line
    )


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _plain(text: object) -> str:
    return " ".join("".join(s if s.isprintable() else " " for s in str(text)).split())


def _cut(text: str, letters: int) -> str:
    plain = _plain(text)
    return plain if len(plain) <= letters else f"{plain[: letters - 1].rstrip()}…"


def _lines(text: str, letters: int, most: int) -> list[str]:
    words = [_cut(word, max(letters, 14)) for word in _plain(text).split()]
    return textwrap.wrap(" ".join(words), letters, max_lines=most, placeholder="…",
                         break_long_words=False, break_on_hyphens=False) or [""]  # fmt: skip


def _signed(value: float) -> str:
    if not np.isfinite(value):
        return UNKNOWN
    shown = f"{abs(value):,.2f}"
    if float(shown.replace(",", "")) == 0:
        return "0"
    return f"{'+' if value > 0 else '−'}{shown}"


def _ink(fill: str) -> str:
    return "#ffffff" if palette.contrast("#ffffff", fill) >= 4.5 else palette.INK


def _shade(share: float) -> str:
    """Pale to deep blue; from a half on deep enough for white, as between nothing can be read."""
    low, high = (219, 232, 243), (11, 52, 87)
    part = min(max(share, 0.0), 1.0)
    part = part if part <= 0.5 else 0.62 + 0.76 * (part - 0.5)
    mixed = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{each:02x}" for each in mixed)
