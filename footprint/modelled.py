"""Registrations modelled by gravity from list sizes and populations, where no file has them."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from footprint.nearby import middles, table_of
from footprint.rounding import share_out
from footprint.words import counted, listed

#: per square root of a kilometre; fitted on Staffordshire's registrations of October 2025
DECAY = 3.1

#: how firmly populations are held, 0 (not at all) to 1; fitted with another year's populations
HOLD = 0.95

#: practices within this distance are in an area's reach
REACH_KM = 15.0

#: an area with fewer practices in reach may choose among this many nearest ones
FEWEST = 5

#: an area whose modelled patients differ by more than this from its scaled population is counted
FAR_OFF = 0.1

#: pairs that are expected to hold fewer patients hold none; areas with fewer people are empty
LEAST = 0.5

_WEAKEST = 1e-300


@dataclass(frozen=True)
class ModelReport:
    """
    What a model was made of and how well its margins were met. Lists are met exactly.

    Parameters
    ----------
    practices, areas, pairs
        Practices with patients, small areas with people, and pairs of them in reach.
    patients
        Patients placed by the model.
    scale
        Least and greatest factor from people to patients, over groups of areas and practices
        that no reach joins.
    nowhere
        Practices without a place, or with no small area in reach, and their list sizes.
    beyond
        Areas with no practice in reach, which were joined to the nearest ones.
    few
        Areas with some, but too few practices in reach, which were joined to the nearest ones.
    empty
        Areas without people, or without a known population or place: nobody is modelled there.
    off
        Share of the patients who live elsewhere than the scaled populations would have it.
    far_off
        Areas whose patients differ by more than a tenth from their scaled population.
    mean_km
        Mean straight distance from area to practice over all patients placed, in km.
    iterations, converged, tolerance
        Rounds of fitting; whether the last moved less than this share of the patients.
    """

    practices: int
    areas: int
    pairs: int
    patients: int
    scale: tuple[float, float]
    nowhere: pd.Series
    beyond: tuple[str, ...]
    few: tuple[str, ...]
    empty: tuple[str, ...]
    off: float
    far_off: int
    mean_km: float
    iterations: int
    converged: bool
    tolerance: float

    def sentences(self) -> tuple[str, ...]:
        """Say it to a planner, the whole first, then what needs a warning."""
        least, most = (f"{factor:.3f}" for factor in self.scale)
        factor = least if least == most else f"{least} to {most}"
        out = [
            f"Registrations are modelled, not counted: {self.patients:,} patients of"
            f" {counted(self.practices, 'practice')} over {counted(self.areas, 'small area')},"
            f" {self.mean_km:.1f} km from their practice on average. List sizes are met exactly;"
            f" populations were multiplied by {factor} to add up to the lists."
        ]
        if self.far_off:
            out.append(
                f"List sizes and populations cannot both be met: {self.off:.1%} of patients live"
                f" elsewhere than the populations say, and {counted(self.far_off, 'small area')}"
                f" {'differs' if self.far_off == 1 else 'differ'} by more than {FAR_OFF:.0%}."
            )
        if not self.converged:
            out.append(
                f"The model had not settled after {self.iterations:,} rounds; its figures may still"
                f" move by more than {self.tolerance:.2%} of patients."
            )
        if len(self.nowhere):
            out.append(
                f"{counted(len(self.nowhere), 'practice')} ({self.nowhere.sum():,} patients) could"
                " not be modelled, having no known place or no small area in reach:"
                f" {listed(list(self.nowhere.index))}."
            )
        for codes, words in (
            (self.beyond, "no practice in reach and got the nearest ones"),
            (self.few, "few practices in reach and got the nearest ones too"),
            (self.empty, "no known population or place, and nobody is modelled there"),
        ):
            if codes:
                have = "has" if len(codes) == 1 else "have"
                shown = listed(list(codes))
                out.append(f"{counted(len(codes), 'small area')} {have} {words}: {shown}.")
        return tuple(out)


def attraction(km: np.ndarray, decay: float = DECAY) -> np.ndarray:
    """Pull of a practice by its distance: exp(-decay x square root of km), 1 at the door."""
    return np.maximum(np.exp(-decay * np.sqrt(km)), _WEAKEST)


def model(
    practices: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    *,
    reach_km: float = REACH_KM,
    decay: float = DECAY,
    fewest: int = FEWEST,
    hold: float = HOLD,
    tolerance: float = 1e-5,
    most_rounds: int = 500,
) -> tuple[pd.DataFrame, ModelReport]:
    """
    Model who is registered where by gravity between small areas and practices.

    Patients of a practice live near it: those of area a with practice p are in proportion to
    exp(-decay x sqrt(km)), with one factor per area and one per practice so that practices have
    their lists and areas their people (Wilson 1971, doubly constrained). Populations are another
    office's estimate at another date, so that they are held with some give: each round closes
    ``hold`` of an area's gap on a log scale (Chizat and others 2018, unbalanced transport), which
    has an answer also where lists and populations cannot both be met.

    Parameters
    ----------
    practices
        Index practice_code; list_size (whole numbers), geometry (Point or None, EPSG:27700).
    areas
        Index small_area_code; population (people), geometry: polygons, whose centroids stand for
        their people, or points where these live (:func:`footprint.nearby.centres`). EPSG:27700.
    reach_km
        Practices at most this far from an area, in a straight line, are in its reach.
    decay
        Per square root of a km. ``docs/modelled.md`` says what the default was fitted on.
    fewest
        Areas with fewer practices in reach choose among this many nearest ones.
    hold
        How firmly populations are held: 1 exactly where that is possible, 0 not at all.
    tolerance, most_rounds
        Fitting ends when a round moves less than this share of the patients, or after so many.

    Returns
    -------
    registrations
        practice_code, small_area_code, patients (int64, above 0), sorted by both codes. Each
        practice's patients add up to its list size; those who can be modelled nowhere have the
        code EMPTY.
    report
        :meth:`ModelReport.sentences` says it.
    """
    practices, areas = practices.sort_index(), areas.sort_index()
    sites, homes = middles(practices), middles(areas)
    lists = practices["list_size"].to_numpy(dtype=np.int64)
    people = areas["population"].fillna(0).to_numpy(dtype=float)
    # positions of the practices and areas that the model is about
    open_, lived = (
        np.isfinite(sites[:, 0]) & (lists > 0),
        np.isfinite(homes[:, 0]) & (people >= LEAST),
    )
    at_site, at_home = np.flatnonzero(open_), np.flatnonzero(lived)
    km, number = pairs_in_reach(homes[at_home], sites[at_site], reach_km, fewest)
    used = np.diff(km.T.tocsr().indptr) > 0
    at_site, km = at_site[used], csr_array(km[:, used])

    scaled, scale = scale_up(km, people[at_home], lists[at_site])
    flow, rounds, converged = balance(
        km, attraction(km.data, decay), scaled, lists[at_site], hold, tolerance, most_rounds
    )
    site, home, whole, distance = _whole(km, flow, lists[at_site])
    out = pd.DataFrame(
        {
            "practice_code": practices.index.take(at_site[site]),
            "small_area_code": areas.index.take(at_home[home]),
            "patients": whole,
        }
    )
    lost = np.setdiff1d(np.flatnonzero(lists > 0), at_site)
    nowhere = pd.Series(lists[lost], index=practices.index[lost], name="list_size")
    totals = np.bincount(home, weights=whole, minlength=len(at_home))
    placed = int(whole.sum())
    report = ModelReport(
        practices=len(at_site),
        areas=len(at_home),
        pairs=int(km.nnz),
        patients=placed,
        scale=scale,
        nowhere=nowhere,
        beyond=tuple(areas.index[at_home[number == 0]]),
        few=tuple(areas.index[at_home[(number > 0) & (number < min(fewest, int(open_.sum())))]]),
        empty=tuple(areas.index[~lived]),
        off=float(np.abs(totals - scaled).sum() / 2 / placed) if placed else 0.0,
        far_off=int((np.abs(totals - scaled) > FAR_OFF * scaled).sum()),
        mean_km=float((distance * whole).sum() / placed) if placed else 0.0,
        iterations=rounds,
        converged=converged,
        tolerance=tolerance,
    )
    return table_of(out, nowhere), report


def pairs_in_reach(
    homes: np.ndarray, sites: np.ndarray, reach_km: float, fewest: int
) -> tuple[csr_array, np.ndarray]:
    """Distances in km of the pairs in reach, areas by practices, and how many each area has."""
    shape = (len(homes), len(sites))
    if not all(shape):
        return csr_array(shape), np.zeros(len(homes), dtype=int)
    tree = cKDTree(sites)
    near = cKDTree(homes).sparse_distance_matrix(tree, reach_km * 1_000, output_type="ndarray")
    number = np.bincount(near["i"], minlength=len(homes))
    most = min(fewest, len(sites))
    short = np.flatnonzero(number < most)
    long = ~np.isin(near["i"], short)
    metres, nearest = tree.query(homes[short], k=np.arange(1, most + 1))
    row = np.concatenate([near["i"][long], np.repeat(short, most)])
    column = np.concatenate([near["j"][long], nearest.ravel()])
    km = np.concatenate([near["v"][long], metres.ravel()]) / 1_000
    out = csr_array((km, (row.astype(np.int32), column.astype(np.int32))), shape=shape)
    out.sort_indices()
    return out, number


def scale_up(
    km: csr_array, people: np.ndarray, lists: np.ndarray
) -> tuple[np.ndarray, tuple[float, float]]:
    """Scale populations to the lists, group by group of what the reach joins."""
    if not km.nnz:
        return people, (1.0, 1.0)
    rows, columns = km.shape
    ends = np.repeat(np.arange(rows), np.diff(km.indptr))
    graph = csr_array((np.ones(km.nnz), (ends, km.indices + rows)), shape=(rows + columns,) * 2)
    groups, label = connected_components(graph, directed=False)
    have = np.bincount(label[:rows], weights=people, minlength=groups)
    want = np.bincount(label[rows:], weights=lists, minlength=groups)
    factor = want / have
    return people * factor[label[:rows]], (float(factor.min()), float(factor.max()))


def balance(
    km: csr_array,
    pull: np.ndarray,
    people: np.ndarray,
    lists: np.ndarray,
    hold: float,
    tolerance: float,
    most_rounds: int,
) -> tuple[np.ndarray, int, bool]:
    """Patients of each pair by iterative proportional fitting; the lists come last, exactly."""
    weights = csr_array((pull, km.indices, km.indptr), shape=km.shape)
    back = csr_array(weights.T)
    practice, area = lists.astype(float), np.ones(len(people))
    last = people
    rounds, converged = 0, not km.nnz
    while not converged and rounds < most_rounds:
        with np.errstate(all="ignore"):
            new_area = (people / (weights @ practice)) ** hold
            new_practice = lists / (back @ new_area)
            totals = new_area * (weights @ new_practice)
        if not (np.isfinite(totals).all() and (new_practice > 0).all()):
            # factors that run away, where margins cannot both be met: the last round stands
            break
        area, practice = new_area, new_practice
        rounds += 1
        converged = bool(np.abs(totals - last).sum() <= tolerance * lists.sum())
        last = totals
    return np.repeat(area, np.diff(km.indptr)) * pull * practice[km.indices], rounds, converged


def _whole(
    km: csr_array, flow: np.ndarray, lists: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Practice, area, whole patients above 0 and km of each pair, by practice and area."""
    if not km.nnz:
        return (np.empty(0, dtype=int),) * 3 + (np.empty(0),)
    by_site = csr_array(csr_array((flow, km.indices, km.indptr), shape=km.shape).T)
    expected, home, distance = by_site.data, by_site.indices, csr_array(km.T).data
    site = np.repeat(np.arange(len(lists)), np.diff(by_site.indptr))
    # rounding would turn the far tail, less than half a patient a pair, into single patients
    most = np.maximum.reduceat(expected, by_site.indptr[:-1])
    likely = expected >= np.minimum(LEAST, most)[site]
    site, home, expected, distance = (x[likely] for x in (site, home, expected, distance))
    sums = np.bincount(site, weights=expected, minlength=len(lists))
    whole = share_out(lists, site, expected / sums[site])
    kept = whole > 0
    return site[kept], home[kept], whole[kept], distance[kept]
