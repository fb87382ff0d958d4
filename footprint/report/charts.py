"""
Charts as inline SVG: labelled directly, readable without colour, each with a text alternative.

:mod:`footprint.report.svg` draws the pieces, :mod:`footprint.report.charts_staff` staff and
journeys, :mod:`footprint.report.charts_catchments` where catchments overlap.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from markupsafe import Markup

from footprint.report import columns, names, palette, svg, views
from footprint.report.cells import count, none, plural
from footprint.report.content import Content
from footprint.report.shell import percent, thousands

#: teams and PCNs that one chart has room for, and the share from which a team counts
_TEAMS, _ROWS, _REACH = 16, 30, 0.05


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
        f"List sizes of {count(len(pcns), 'PCN')}, from {thousands(np.nanmin(people))} to "
        f"{thousands(np.nanmax(people))} registered patients. {none(under, 'No PCN')}"
        f" {plural(max(under, 1), 'lies', 'lie')} under the band of {low:,} to {high:,},"
        f" {none(over)} over it."
    )
    flags = _size_flags(content)
    if len(pcns) > views.MANY_PCNS:
        return _skyline(people, low, high, alternative)
    most = max(float(np.nanmax(people)), high * 1.05)
    scale = (svg.WIDTH - svg.NAMES - 90) / most
    height = 34 + svg.ROW * len(pcns) + 8
    bottom = height - 8
    pieces = [
        svg.rect(svg.NAMES + low * scale, 26, (high - low) * scale, bottom - 26, palette.PASS.fill),
        svg.text(
            svg.NAMES + (low + high) / 2 * scale,
            17,
            f"{low:,} to {high:,}",
            "middle",
            palette.PASS.ink,
            weight="600",
        ),
        *(
            svg.line(svg.NAMES + edge * scale, 26, bottom, palette.PASS.line)
            for edge in (low, high)
        ),
    ]
    for row, (code, name, size) in enumerate(
        zip(pcns["pcn_code"], pcns["pcn_name"], people, strict=True)
    ):
        y = 34 + row * svg.ROW
        look = flags.get(code)
        fill = look.fill if look else "#7f9bb0"
        width = 0.0 if np.isnan(size) else size * scale
        mark = f" {look.mark}" if look else ""
        pieces += [
            svg.text(svg.NAMES - 8, y + 14, svg.cut(names.short(name), 32), "end", full=str(name)),
            svg.rect(svg.NAMES, y + 3, width, svg.ROW - 8, fill, look.line if look else "none"),
            svg.text(
                svg.NAMES + width + 6,
                y + 14,
                f"{thousands(size)}{mark}",
                weight="700" if look else "400",
                # the edge of the band does not cross a number
                glow=palette.PASS.fill if low * scale <= width < high * scale - 6 else "",
            ),
        ]
    pieces.append(svg.line(svg.NAMES, 26, bottom, palette.QUIET))
    return svg.drawing(height, alternative, pieces)


def overlap(content: Content, service_id: str) -> Markup:
    """
    Patients of each PCN by team, as shares, ordered so that PCNs with one team stand together.

    Above 60 PCNs or 16 teams the PCNs that teams share most, and so many that their teams can be
    told apart; a line says so. "" where the service has no team areas.
    """
    frame = views.aligned(content, service_id)
    if frame.empty:
        return Markup("")
    every = frame["pcn_code"].nunique()
    many = every > views.MANY_PCNS or frame["team_id"].nunique() > _TEAMS
    if many:
        frame = _most_shared(frame)
    pcns, teams = order(frame)
    shares = frame.set_index(["pcn_code", "team_id"])["share"]
    pcn_names, team_names = views.pcn_names(content), views.team_names(content)
    short_heads = views.team_heads(content, teams)
    # a column is as wide as its longest word asks for
    longest = max(len(word) for head in short_heads for word in [*svg.plain(head).split(), ""])
    cell = min(max((svg.WIDTH - svg.NAMES) / len(teams), 6.8 * min(longest, 14) + 6, 46), 120)
    heads = [svg.lines(head, max(int(cell / 6.8), 6), 5) for head in short_heads]
    top = 15 * max(len(lines) for lines in heads) + 12
    height = top + svg.ROW * len(pcns) + (32 if many else 6)
    width = max(svg.NAMES + cell * len(teams), svg.WIDTH)
    pieces = []
    for column, (team, lines) in enumerate(zip(teams, heads, strict=True)):
        x = svg.NAMES + (column + 0.5) * cell
        start = top - 8 - 15 * (len(lines) - 1)
        pieces += [
            svg.text(
                x,
                start + 15 * k,
                line,
                "middle",
                size=11.5,
                full=team_names.get(team, team) if k == 0 else None,
            )
            for k, line in enumerate(lines)
        ]
    for row, pcn in enumerate(pcns):
        y = top + row * svg.ROW
        name = pcn_names.get(pcn, pcn)
        pieces.append(
            svg.text(svg.NAMES - 8, y + 16, svg.cut(names.short(name), 32), "end", full=name)
        )
        for column, team in enumerate(teams):
            share = float(shares.get((pcn, team), 0.0))
            x = svg.NAMES + column * cell
            if share <= 0:
                pieces.append(svg.rect(x + 1, y + 1, cell - 2, svg.ROW - 2, "#f1f4f6"))
                continue
            little = share < 0.01
            fill = "#f1f4f6" if little else _shade(share)
            ink = palette.QUIET if little else _ink(fill)
            pieces += [
                svg.rect(x + 1, y + 1, cell - 2, svg.ROW - 2, fill),
                svg.text(
                    x + cell / 2,
                    y + 16,
                    percent(share).replace("under 1%", "<1%").replace("over 99%", ">99%"),
                    "middle",
                    ink,
                    size=12,
                ),
            ]
    if many:
        told = (
            f"The {len(pcns):,} of {every:,} PCNs that teams share most, and teams that reach at"
            f" least {percent(_REACH)} of one; the workbook has all."
        )
        pieces.append(svg.text(svg.NAMES, height - 10, told, ink=palette.QUIET, size=12))
    counted = frame[frame["share"] >= _REACH].groupby("pcn_code")["team_id"].nunique()
    several = int((counted > 1).sum())
    alternative = (
        f"Shares of each PCN's patients by team: {count(len(pcns), 'PCN')}, "
        f"{count(len(teams), 'team')}. In {count(several, 'PCN')} more than one team reaches at"
        " least 5% of patients."
    )
    return svg.drawing(height, alternative, pieces, width=width)


def _most_shared(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows of the PCNs that are split most among teams, as far as so many teams go."""
    apart = (frame["share"] ** 2).groupby(frame["pcn_code"]).sum().round(9)
    reach = frame[frame["share"] >= _REACH].groupby("pcn_code")["team_id"].agg(set)
    teams: set[str] = set()
    chosen: list[str] = []
    # a stable sort keeps the lower code first
    for code in apart.sort_index().sort_values(kind="stable").index:
        wanted = teams | reach.get(code, set())
        if len(wanted) <= _TEAMS and len(chosen) < _ROWS:
            teams = wanted
            chosen.append(code)
    return frame[frame["pcn_code"].isin(chosen) & frame["team_id"].isin(teams)]


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
    step = (svg.WIDTH - left - 4) / len(people)
    corners = [f"M{left:.1f} {base:.1f}"]
    for i, size in enumerate(np.nan_to_num(people)):
        x, y = left + i * step, base - size * scale
        corners.append(f"L{x:.1f} {y:.1f}L{x + step:.1f} {y:.1f}")
    corners.append(f"L{svg.WIDTH - 4:.1f} {base:.1f}Z")
    over, within = int((people > high).sum()), int(((people >= low) & (people <= high)).sum())
    under = int((people < low).sum())
    pieces = [
        svg.rect(
            left, base - high * scale, svg.WIDTH - left - 4, (high - low) * scale, palette.PASS.fill
        ),
        Markup('<path d="{}" fill="#5f83a0"/>').format("".join(corners)),
        *(
            svg.text(left - 6, base - edge * scale + 4, f"{edge:,.0f}", "end", size=12)
            for edge in (0, low, high)
        ),
        *(
            svg.rect(left, base - edge * scale - 0.5, svg.WIDTH - left - 4, 1, palette.PASS.line)
            for edge in (low, high)
        ),
        svg.text(left, height - 8, f"{over:,} over the band"),
        svg.text((left + svg.WIDTH) / 2, height - 8, f"{within:,} within", "middle"),
        svg.text(svg.WIDTH - 4, height - 8, f"{under:,} under it", "end"),
    ]
    return svg.drawing(height, alternative, pieces)


def _ink(fill: str) -> str:
    return "#ffffff" if palette.contrast("#ffffff", fill) >= 4.5 else palette.INK


def _shade(share: float) -> str:
    """Pale to deep blue; from a half on deep enough for white, as between nothing can be read."""
    low, high = (219, 232, 243), (11, 52, 87)
    part = min(max(share, 0.0), 1.0)
    part = part if part <= 0.5 else 0.62 + 0.76 * (part - 0.5)
    mixed = (round(a + (b - a) * part) for a, b in zip(low, high, strict=True))
    return "#" + "".join(f"{each:02x}" for each in mixed)
