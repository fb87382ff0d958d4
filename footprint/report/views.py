"""What pages, charts and pictures say together: tables joined and ordered, nothing worked out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from footprint.report import columns, palette
from footprint.report.content import Content
from footprint.report.names import proper

#: above it a PCN is listed, but has no chapter, bar or label of its own
MANY_PCNS = 60


def table(content: Content, name: str) -> pd.DataFrame:
    """One table; without rows or columns where the content has none."""
    return content.tables.get(name, pd.DataFrame())


def rows(frame: pd.DataFrame) -> Iterator[Any]:
    """Rows with their columns as attributes, in order."""
    return frame.itertuples(index=False)


def of_service(content: Content, name: str, service_id: str) -> pd.DataFrame:
    """Rows of one service in a table."""
    frame = table(content, name)
    if "service_id" not in frame:
        return frame
    return frame[frame["service_id"] == service_id].reset_index(drop=True)


def policy(content: Content) -> Mapping[str, Any]:
    """The thresholds in force, whether they stand in the settings or under ``policy`` there."""
    found = content.settings.get("policy", content.settings)
    return found if isinstance(found, Mapping) else content.settings


def worst_first(content: Content) -> bool:
    """Whether the longest journey comes before the cost."""
    return policy(content).get("fairness") == "worst first"


def band(content: Content) -> tuple[int, int]:
    """Least and most registered patients of a PCN in the policy's band."""
    found = policy(content)
    return int(found.get("population_min", 30_000)), int(found.get("population_max", 50_000))


def pcn_names(content: Content) -> dict[str, str]:
    """Names of PCNs by code, in ordinary case."""
    known = columns.names(table(content, "pcns"), "pcn_code", "pcn_name")
    return {code: proper(name) for code, name in known.items()}


def team_names(content: Content) -> dict[str, str]:
    """Names of teams by code."""
    return columns.names(table(content, "teams"), "team_id", "team_name")


def team_heads(content: Content, teams: Sequence[str]) -> list[str]:
    """Names of teams without the words at their ends that all of them share."""
    known = team_names(content)
    words = [known.get(team, team).split() for team in teams]
    while (
        len(words) > 1
        and all(len(each) > 1 for each in words)
        and len({each[-1] for each in words}) == 1
    ):
        words = [each[:-1] for each in words]
    return [" ".join(each) for each in words]


def short_teams(content: Content) -> dict[str, str]:
    """Names of teams by id where their service is told beside them: "Stoke North"."""
    frame = table(content, "teams")
    found: dict[str, str] = {}
    if len(frame):
        for _, mine in frame.groupby("service_id", sort=False):
            codes = [str(code) for code in mine["team_id"]]
            found |= dict(zip(codes, team_heads(content, codes), strict=True))
    return found


def by_name(content: Content, frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows about PCNs in the order of the PCNs' names, as a reader looks them up."""
    names = pcn_names(content)
    keys = [(names.get(code, str(code)).casefold(), str(code)) for code in frame["pcn_code"]]
    # rows of one PCN stay in their order
    return frame.iloc[sorted(range(len(frame)), key=keys.__getitem__)]


def verdicts(content: Content) -> dict[str, palette.Verdict]:
    """How each PCN looks, by code."""
    return palette.pcn_verdicts(table(content, "pcns"), table(content, "checks"))


def flagged(content: Content) -> pd.DataFrame:
    """
    The flagged PCNs, those to look at first at the top.

    Returns
    -------
    flagged
        rank from 1, pcn_code, pcn_name, list_size, checks (names of the flagged checks, the
        gravest first), severities (of the same), sentence (evidence of the gravest; of several of
        one weight not of the list size, which stands beside the name), sentences (of all). Order:
        more strong flags, more mild ones, more slight ones (severity "note"), more patients, lower
        code.
    """
    return by_weight(table(content, "pcns"), table(content, "checks"))


def none_flagged(total: int) -> str:
    """Say that no PCN of ``total`` is flagged."""
    return (
        f"None of the {total:,} PCNs is flagged." if total != 1 else "The one PCN is not flagged."
    )


def by_weight(pcns: pd.DataFrame, checks: pd.DataFrame) -> pd.DataFrame:
    """Order the flagged PCNs of the tables pcns and checks as :func:`flagged` does."""
    order = ["rank", "pcn_code", "pcn_name", "list_size", "checks", "severities", "sentence"]
    empty = pd.DataFrame(columns=[*order, "sentences"])
    if pcns.empty or checks.empty:
        return empty
    flags = checks[(checks["verdict"] == "flag") & checks["pcn_code"].isin(pcns["pcn_code"])]
    if flags.empty:
        return empty
    strong, slight = flags["severity"] == "strong", flags["severity"] == "note"
    flags = flags.assign(strong=strong, mild=~strong & ~slight, slight=slight)
    grades = ["strong", "mild", "slight"]
    # a stable sort keeps the checks' own order among equals
    flags = flags.sort_values(grades, ascending=False, kind="stable")
    by_pcn = flags.groupby("pcn_code")
    rows = by_pcn.indices
    found = by_pcn[grades].sum()
    for name, column in (
        ("checks", "check"),
        ("severities", "severity"),
        ("sentences", "evidence"),
    ):
        values = flags[column].to_numpy(dtype=object)
        found[name] = [tuple(values[rows[code]]) for code in found.index]
    found["sentence"] = [
        sentences[_telling(checks, severities)]
        for checks, severities, sentences in zip(
            found["checks"], found["severities"], found["sentences"], strict=True
        )
    ]
    found = found.join(pcns.set_index("pcn_code")[["pcn_name", "list_size"]])
    found["pcn_name"] = [proper(str(name)) for name in found["pcn_name"]]
    found = found.reset_index().sort_values(
        [*grades, "list_size", "pcn_code"], ascending=[False] * (len(grades) + 1) + [True]
    )
    found.insert(0, "rank", np.arange(1, len(found) + 1))
    return found[[*order, "sentences"]].reset_index(drop=True)


def _telling(checks: Sequence[str], severities: Sequence[str]) -> int:
    """Place of the flag that says most: of the gravest the first that is not of the list size."""
    gravest = [k for k, severity in enumerate(severities) if severity == severities[0]]
    return next((k for k in gravest if checks[k] != "population"), 0)


def aligned(content: Content, service_id: str) -> pd.DataFrame:
    """Alignment of one service: rows of patients who live in some team's area."""
    frame = of_service(content, "alignment", service_id)
    if not {"pcn_code", "team_id", "patients", "share"} <= set(frame.columns):
        return frame.iloc[:0]
    return frame[frame["share"].notna() & (frame["team_id"] != "")].reset_index(drop=True)


def service_pcns(content: Content, service_id: str) -> pd.DataFrame:
    """
    One service by PCN: need, staff today and proposed, and how far they travel.

    Returns
    -------
    frame
        pcn_code, pcn_name, need, today, proposed, vacancy (WTE), change (WTE), teams_today,
        teams_proposed, minutes_today, minutes_proposed (means by WTE, NaN without staff), in
        the order of the table of PCNs.
    """
    pcns = table(content, "pcns")
    base = pd.DataFrame({key: pcns.get(key, []) for key in ("pcn_code", "pcn_name")})
    need = of_service(content, "demand", service_id)
    vacancy = of_service(content, "vacancies", service_id)
    staff = of_service(content, "allocation", service_id)
    for name, frame, value in (("need", need, "wte"), ("vacancy", vacancy, "wte")):
        base[name] = _sum(frame, value, base["pcn_code"])
    for name, value in (("today", "today_wte"), ("proposed", "wte")):
        base[name] = _sum(staff, value, base["pcn_code"])
        # staff that are not shown are there all the same
        there = staff[staff[value] != 0] if value in staff else staff
        base[f"teams_{name}"] = _count(there, base["pcn_code"])
        base[f"minutes_{name}"] = _mean(there, value, base["pcn_code"])
    if content.shared:
        # only unmet need that is shown is known
        base["vacancy"] = base["vacancy"].where(base["vacancy"] > 0)
    base["change"] = (base["proposed"] - base["today"]).round(2)
    order = "pcn_code pcn_name need today proposed change vacancy teams_today teams_proposed"
    return base[[*order.split(), "minutes_today", "minutes_proposed"]]


def _sum(frame: pd.DataFrame, value: str, codes: pd.Series) -> pd.Series:
    if value not in frame or "pcn_code" not in frame:
        return pd.Series(0.0, index=codes.index)
    by_pcn = frame[value].groupby(frame["pcn_code"])
    # a sum of which a part is not shown is not shown
    sums = by_pcn.sum().where(by_pcn.count() == by_pcn.size())
    found = codes.map(sums).astype(float)
    return found.where(codes.isin(sums.index), 0.0).round(2)


def _count(frame: pd.DataFrame, codes: pd.Series) -> pd.Series:
    if "team_id" not in frame:
        return pd.Series(0, index=codes.index)
    return codes.map(frame.groupby("pcn_code")["team_id"].nunique()).fillna(0).astype(int)


def _mean(frame: pd.DataFrame, value: str, codes: pd.Series) -> pd.Series:
    if value not in frame or "minutes" not in frame:
        return pd.Series(np.nan, index=codes.index)
    # one team alone needs no weight; of several whose staff are not shown no mean is known
    alone = ~frame["pcn_code"].duplicated(keep=False)
    weight = frame[value].where(frame[value].notna() | ~alone, 1.0)
    total = (weight * frame["minutes"]).groupby(frame["pcn_code"]).sum()
    staff = weight.groupby(frame["pcn_code"]).sum()
    unknown = weight.isna().groupby(frame["pcn_code"]).any()
    return codes.map((total / staff).where(~unknown)).astype(float)
