"""All checks of all PCNs, in the order in which a reader meets them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from footprint.checks.boundaries import boundaries, outside_shares
from footprint.checks.dispersion import dispersion, patient_distances, spread_practices
from footprint.checks.ground import Ground
from footprint.checks.parts import between, holes, matters, parts
from footprint.checks.population import population
from footprint.checks.practices_between import practices_between
from footprint.checks.verdict import FLAG, NOT_JUDGED, PASS, SEVERITIES
from footprint.schema import ANALYSIS_CRS

#: in the order of the design's list
CHECKS = ("population", "parts", "holes", "practices_between", "dispersion", "boundaries")


@dataclass(frozen=True)
class Checked:
    """
    What the checks found.

    Parameters
    ----------
    checks
        One row per PCN and check: pcn_code, check, verdict, severity, figure, threshold, evidence.
    overall
        Index pcn_code: verdict, flags (";" between), reasons (evidence of the flags, strongest
        first), weight (for sorting: the heavier the worse).
    parts
        As :attr:`Ground.parts` with ``between`` (";" between codes) and ``matters``.
    evidence
        pcn_code, check, label, geometry.
    outside
        From :func:`footprint.checks.boundaries.outside_shares`.
    spread
        Codes of the practices whose patients live all over the country, left out of dispersion.
    distances
        From :func:`footprint.checks.dispersion.patient_distances`.
    """

    checks: pd.DataFrame
    overall: pd.DataFrame
    parts: gpd.GeoDataFrame
    evidence: gpd.GeoDataFrame
    outside: pd.DataFrame
    spread: frozenset[str]
    distances: pd.DataFrame


def run(ground: Ground, *, spread: Collection[str] | None = None) -> Checked:
    """
    Run every check on every PCN of the patch.

    ``spread`` are practices known to have patients all over the country; found out when None.
    """
    outside = outside_shares(ground)
    distances = patient_distances(ground)
    spread = set(spread_practices(ground, distances) if spread is None else spread)
    lying = between(ground)
    verdicts = [
        *population(ground),
        *parts(ground, lying),
        *holes(ground),
        *practices_between(ground),
        *dispersion(ground, distances, spread),
        *boundaries(ground, outside),
    ]
    frame = pd.DataFrame(
        [
            (v.pcn_code, v.check, v.verdict, v.severity, v.figure, v.threshold, v.evidence)
            for v in verdicts
        ],
        columns=["pcn_code", "check", "verdict", "severity", "figure", "threshold", "evidence"],
    )
    frame["figure"] = frame["figure"].astype(float)
    order = frame["check"].map({check: at for at, check in enumerate(CHECKS)})
    frame = frame.assign(order=order).sort_values(["pcn_code", "order"], kind="stable")
    frame = frame.drop(columns="order").reset_index(drop=True)
    drawn = [(v.pcn_code, v.check, label, shape) for v in verdicts for label, shape in v.geometry]
    evidence = gpd.GeoDataFrame(
        [row[:3] for row in drawn],
        columns=["pcn_code", "check", "label"],
        geometry=[row[3] for row in drawn],
        crs=ANALYSIS_CRS,
    )
    return Checked(
        checks=frame,
        overall=overall(frame),
        parts=_parts(ground, lying),
        evidence=evidence.sort_values(["pcn_code", "check"], kind="stable", ignore_index=True),
        outside=outside,
        spread=frozenset(spread),
        distances=distances,
    )


def overall(checks: pd.DataFrame) -> pd.DataFrame:
    """
    Sum the checks up by PCN.

    A PCN is flagged when any check flags it, not judged when none could be judged, and passes
    otherwise; its reasons stand strongest first.
    """
    weight = checks["severity"].map({word: at for at, word in enumerate(SEVERITIES)})
    flagged = checks.assign(weight=weight.where(checks["verdict"] == FLAG, 0))
    ranked = flagged[flagged["verdict"] == FLAG].sort_values(
        ["pcn_code", "weight"], ascending=[True, False], kind="stable"
    )
    codes = pd.Index(sorted(set(checks["pcn_code"])), name="pcn_code")
    out = pd.DataFrame(index=codes)
    judged = checks[checks["verdict"] != NOT_JUDGED].groupby("pcn_code").size()
    out["verdict"] = PASS
    out.loc[judged.reindex(codes, fill_value=0) == 0, "verdict"] = NOT_JUDGED
    out.loc[codes.isin(ranked["pcn_code"]), "verdict"] = FLAG
    in_order = flagged[flagged["verdict"] == FLAG].groupby("pcn_code")["check"].agg(";".join)
    out["flags"] = in_order.reindex(codes).fillna("")
    out["reasons"] = ranked.groupby("pcn_code")["evidence"].agg(" ".join).reindex(codes).fillna("")
    # one strong flag outweighs any number of mild ones
    out["weight"] = (
        (10.0 ** (flagged["weight"] - 1))
        .where(flagged["weight"] > 0, 0)
        .groupby(flagged["pcn_code"])
        .sum()
        .reindex(codes)
    )
    return out


def _parts(ground: Ground, lying: Mapping[int, list[str]]) -> gpd.GeoDataFrame:
    frame = ground.parts.copy()
    frame["between"] = [";".join(lying[label]) for label in frame.index]
    share = ground.patch.settings.policy.part_share
    frame["matters"] = matters(frame, share)
    return frame
