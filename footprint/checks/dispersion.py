"""Check 5: how far apart a PCN's places are, and patients from their practice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform
from sklearn.cluster import DBSCAN

from footprint.checks.ground import Ground
from footprint.checks.population import urban_or_rural
from footprint.checks.verdict import FLAG, PASS, Severity, Verdict, not_judged
from footprint.words import counted, listed, proper

CHECK = "dispersion"


def dispersion(ground: Ground) -> list[Verdict]:
    """
    Judge whether each PCN's places form one cluster (DBSCAN, Ester et al. 1996, one point enough).

    Places chain into one cluster over gaps of up to 3 km where most of the footprint's patients
    live in urban small areas, 8 km where they live in rural ones (settings). Practices whose
    patients are spread over the country are named and left out.
    """
    policy = ground.patch.settings.policy
    distances = patient_distances(ground)
    spread = spread_practices(ground, distances)
    means = mean_distances(ground, distances)
    everywhere = shapely.get_coordinates(ground.places.to_numpy())
    members_of = dict(list(ground.at_place.groupby("pcn_code")))
    out = []
    for code in ground.judged:
        name = ground.names[code]
        kind = urban_or_rural(ground, code)
        if kind is None:
            threshold = "one cluster of places"
            why = f"{name} cannot be judged without rural-urban classes of its footprint."
            out.append(not_judged(code, CHECK, threshold, why))
            continue
        reach = policy.cluster_km_rural if kind == "rural" else policy.cluster_km_urban
        threshold = f"gaps of at most {reach:g} km ({kind})"
        members = members_of.get(code, ground.at_place.iloc[:0])
        left = [practice for practice in members.index if practice in spread]
        places = sorted(set(members.loc[~members.index.isin(left), "place"]))
        aside = ""
        if left:
            names = listed([proper(ground.patch.practices.at[p, "practice_name"]) for p in left])
            aside = f" {names} left out: its patients live all over the country."
        if not places:
            why = f"No practice of {name} has a known place to judge.{aside}"
            out.append(not_judged(code, CHECK, threshold, why))
            continue
        xy = everywhere[places]
        labels = DBSCAN(eps=reach * 1000, min_samples=1).fit_predict(xy)
        clusters = int(labels.max()) + 1
        gap = widest_gap(xy) / 1000
        speed = policy.speed_rural if kind == "rural" else policy.speed_urban
        minutes = gap * policy.detour / speed * 60
        mean = means.get(code)
        far = (
            f" Its patients in the patch live {mean:.1f} km from their practice on average."
            if mean is not None
            else ""
        )
        if clusters > 1:
            words = (
                f"{name}'s places form {clusters} clusters; the widest gap is {gap:.1f} km, about"
                f" {minutes:.0f} minutes by road (estimate).{far}{aside}"
            )
            drawn = tuple(
                (f"cluster {number + 1}", shapely.MultiPoint(xy[labels == number]))
                for number in range(clusters)
            )
            out.append(Verdict(code, CHECK, FLAG, "mild", clusters, threshold, words, drawn))
        else:
            where = counted(len(places), "place")
            words = f"{name}'s {where} {'lie' if len(places) > 1 else 'lies'} together"
            words += f"; the widest gap is {gap:.1f} km." if len(places) > 1 else "."
            severity: Severity = "note" if left else "none"
            out.append(
                Verdict(code, CHECK, PASS, severity, clusters, threshold, words + far + aside)
            )
    return out


def widest_gap(xy: np.ndarray) -> float:
    """Longest edge of the minimum spanning tree of (n, 2) points, in their unit; 0 for one."""
    if len(xy) < 2:
        return 0.0
    return float(minimum_spanning_tree(squareform(pdist(xy))).max())


def patient_distances(ground: Ground) -> pd.DataFrame:
    """
    Straight-line distances of placed patients from their practice.

    Returns
    -------
    distances
        practice_code (the patch's, with a place), patients, metres, inside (lives in the patch).
    """
    patch = ground.patch
    sited = patch.practices[patch.practices.geometry.notna() & patch.practices["in_patch"]]
    rows = patch.registrations
    rows = rows[rows["practice_code"].isin(sited.index) & (rows["reason"] == "")]
    home = patch.centres.reindex(rows["small_area_code"]).to_numpy()
    work = pd.DataFrame(shapely.get_coordinates(sited.geometry.to_numpy()), index=sited.index)
    metres = np.hypot(*(home - work.reindex(rows["practice_code"]).to_numpy()).T)
    return pd.DataFrame(
        {
            "practice_code": rows["practice_code"].to_numpy(),
            "patients": rows["patients"].to_numpy(),
            "metres": metres,
            "inside": rows["small_area_code"].isin(patch.small_areas.index).to_numpy(),
        }
    )


def spread_practices(ground: Ground, distances: pd.DataFrame) -> set[str]:
    """Practices with under ``spread_share`` of their placed patients within ``spread_km``."""
    policy = ground.patch.settings.policy
    everybody = distances.groupby("practice_code")["patients"].sum()
    near = distances[distances["metres"] <= policy.spread_km * 1000]
    inside = near.groupby("practice_code")["patients"].sum().reindex(everybody.index, fill_value=0)
    return set(everybody.index[inside < policy.spread_share * everybody])


def mean_distances(ground: Ground, distances: pd.DataFrame) -> dict[str, float]:
    """Mean km from patients in the patch to their practice, by PCN; PCNs without any left out."""
    inside = distances[distances["inside"] & (distances["patients"] > 0)]
    pcn = inside["practice_code"].map(ground.patch.practices["pcn_code"])
    people = inside["patients"].groupby(pcn).sum()
    metres = (inside["patients"] * inside["metres"]).groupby(pcn).sum()
    return {str(code): float(km) for code, km in (metres / people / 1000).items()}
