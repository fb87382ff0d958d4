"""Check 5: how far apart a PCN's places are, and patients from their practice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pandas as pd
import shapely
from scipy.spatial.distance import pdist, squareform

from footprint.checks.ground import Ground
from footprint.checks.population import urban_or_rural
from footprint.checks.verdict import FLAG, PASS, Severity, Verdict, not_judged
from footprint.codes import among, looked_up
from footprint.policy import Policy
from footprint.words import listed, percent, proper

CHECK = "dispersion"

#: from this share of patients outside the largest cluster and this gap (in reaches) on, a flag
#: weighs; below, two places just too far apart or a small outpost make a slight one
AWAY, WIDE = 1 / 3, 1.5


def dispersion(ground: Ground, distances: pd.DataFrame, spread: Collection[str]) -> list[Verdict]:
    """
    Judge whether each PCN's places form one cluster (DBSCAN, Ester et al. 1996, one point enough).

    Places chain into one cluster over gaps of up to 3 km where most of the footprint's patients
    live in urban small areas, 8 km where they live in rural ones (settings). Practices whose
    patients are spread over the country are named and left out.

    A flag is mild where a third of the patients are registered outside the largest cluster and
    the widest gap is at least 1.5 times what places may chain over, else a note. It is never
    strong: wide country spreads its surgeries, and what reach a mixed footprint has hangs on
    which side of half its rural patients are.

    Parameters
    ----------
    ground
        What the checks stand on.
    distances, spread
        From :func:`patient_distances` and :func:`spread_practices`.
    """
    policy = ground.patch.settings.policy
    means = mean_distances(ground, distances)
    everywhere = shapely.get_coordinates(ground.places.to_numpy())
    names = ground.names.to_dict()
    practice_names = ground.patch.practices["practice_name"].to_dict()
    people = ground.patch.practices["list_size"].to_dict()
    stands = list(zip(ground.at_place.index, ground.at_place["place"].tolist(), strict=True))
    members_of = ground.at_place.groupby("pcn_code").indices
    out = []
    for code in ground.judged:
        name = names[code]
        members = [stands[at] for at in members_of.get(code, ())]
        left = list(dict.fromkeys(practice for practice, _ in members if practice in spread))
        members = [member for member in members if member[0] not in spread]
        places = sorted({place for _, place in members})
        aside = _aside([practice_names[practice] for practice in left], policy)
        kind = urban_or_rural(ground, code)
        if kind is None:
            threshold = "one cluster of places"
            why = f"{name} cannot be judged without rural-urban classes of its footprint.{aside}"
            out.append(not_judged(code, CHECK, threshold, why))
            continue
        reach = policy.cluster_km_rural if kind == "rural" else policy.cluster_km_urban
        threshold = f"gaps of at most {reach:g} km ({kind})"
        if not places:
            why = f"No practice of {name} has a known place to judge.{aside}"
            out.append(not_judged(code, CHECK, threshold, why))
            continue
        xy = everywhere[places]
        gap = widest_gap(xy) / 1000
        # one cluster where no gap is too wide
        labels = cluster_labels(xy, reach * 1000) if gap > reach else np.zeros(len(xy), dtype=int)
        clusters = int(labels.max()) + 1
        speed = policy.speed_rural if kind == "rural" else policy.speed_urban
        minutes = gap * policy.detour / speed * 60
        mean = means.get(code)
        far = (
            f" Its patients in the patch live {mean:.1f} km from their practice on average."
            if mean is not None
            else ""
        )
        severity: Severity
        if clusters > 1:
            away = _away(members, people, dict(zip(places, labels, strict=True)))
            held = f"{percent(away)} of its patients" if away > 0 else "none of its patients"
            words = (
                f"{name}'s surgeries stand in {clusters} clusters, with {held}"
                f" registered outside the largest; the widest gap is {gap:.1f} km in a straight"
                # nobody looked whether roads cross it: it may be the sea
                f" line, about {minutes:.0f} minutes by road if there is one (estimate)."
                f"{far}{aside}"
            )
            severity = "mild" if away >= AWAY and gap >= WIDE * reach else "note"
            drawn = tuple(
                (f"cluster {number + 1}", shapely.MultiPoint(xy[labels == number]))
                for number in range(clusters)
            )
            out.append(Verdict(code, CHECK, FLAG, severity, clusters, threshold, words, drawn))
        else:
            together = f"'s {len(places):,} places lie together; the widest gap is {gap:.1f} km."
            words = name + (together if len(places) > 1 else " works in one place.")
            severity = "note" if left else "none"
            out.append(
                Verdict(code, CHECK, PASS, severity, clusters, threshold, words + far + aside)
            )
    return out


def _aside(left: Sequence[str], policy: Policy) -> str:
    """Name the practices that are left out; "" for none."""
    if not left:
        return ""
    told = listed([proper(name) for name in left])
    verb, whose = ("is", "its") if len(left) == 1 else ("are", "their")
    share = policy.spread_share
    few = "fewer than half" if share == 0.5 else f"under {100 * share:.4g}%"
    near = f"live within {policy.spread_km:g} km"
    return f" {told} {verb} left out: {few} of {whose} patients {near}."


def _away(
    members: Sequence[tuple[str, int]], people: Mapping[str, int], cluster: Mapping[int, int]
) -> float:
    """Share of registered patients whose practice's main place is outside the largest cluster."""
    # a practice with branches stands once for each, its main place first
    main: dict[str, int] = {}
    for practice, place in members:
        main.setdefault(practice, place)
    by_cluster: Counter[int] = Counter()
    for practice, place in main.items():
        by_cluster[cluster[place]] += int(people[practice])
    everybody = by_cluster.total()
    return (everybody - max(by_cluster.values())) / everybody if everybody > 0 else 0.0


def cluster_labels(xy: np.ndarray, reach: float) -> np.ndarray:
    """
    Number the clusters into which points chain over gaps of up to ``reach``.

    Parameters
    ----------
    xy
        (n, 2) points, n at least 1.
    reach
        In the points' unit.

    Returns
    -------
    label
        (n,) number of the cluster, from 0 in the order of the points: what DBSCAN (Ester et al.
        1996) gives where one point is enough for a cluster.
    """
    near = squareform(pdist(xy)) <= reach
    # of a few points: each takes the lowest number within its reach until none is lower
    label = np.arange(len(xy))
    while True:
        lower = np.where(near, label, len(xy)).min(axis=1)
        if (lower == label).all():
            return np.unique(label, return_inverse=True)[1]
        label = lower


def widest_gap(xy: np.ndarray) -> float:
    """Longest edge of the minimum spanning tree of (n, 2) points, in their unit; 0 for one."""
    if len(xy) < 2:
        return 0.0
    apart = squareform(pdist(xy))
    # Prim (1957): a PCN has a few places, and the nearest of them comes next
    reached, left = apart[0], np.arange(1, len(xy))
    widest = 0.0
    while len(left):
        at = reached[left].argmin()
        widest = max(widest, float(reached[left[at]]))
        reached = np.minimum(reached, apart[left[at]])
        left = np.delete(left, at)
    return widest


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
    rows = rows[among(rows["practice_code"], sited.index) & (rows["reason"] == "")]
    # each code is looked up once, not once a row
    area, areas = pd.factorize(rows["small_area_code"])
    practice, practices = pd.factorize(rows["practice_code"])
    home = patch.centres.reindex(areas).to_numpy()
    work = shapely.get_coordinates(sited.geometry.reindex(practices).to_numpy())
    metres = np.hypot(*(home[area] - work[practice]).T)
    return pd.DataFrame(
        {
            "practice_code": rows["practice_code"].to_numpy(),
            "patients": rows["patients"].to_numpy(),
            "metres": metres,
            "inside": among(rows["small_area_code"], patch.small_areas.index),
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
    pcn = looked_up(inside["practice_code"], ground.patch.practices["pcn_code"])
    people = inside["patients"].groupby(pcn).sum()
    metres = (inside["patients"] * inside["metres"]).groupby(pcn).sum()
    return {str(code): float(km) for code, km in (metres / people / 1000).items()}
