"""
Fit the decay of modelled registrations on real ones, and say how near the models come.

    python benchmarks/gravity_fit.py ../shared/data

Reads Staffordshire's registrations of October 2025 and populations of mid-2020, and prints the
figures of docs/modelled.md: the form of the decay, its parameter, how it does on areas that it was
not fitted on, and the table of models.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_array

from footprint import (
    adjacency,
    checks,
    footprints,
    modelled,
    nearby,
    patch,
    settings,
    vintages,
)

#: name: (pull by km and parameter, bounds of the parameter)
FORMS: dict[str, tuple[Callable[[np.ndarray, float], np.ndarray], tuple[float, float]]] = {
    "exp(-b km)": (lambda km, b: np.exp(-b * km), (0.3, 3)),
    "exp(-b km^0.6)": (lambda km, b: np.exp(-b * km**0.6), (1, 5)),
    "exp(-b sqrt km)": (lambda km, b: np.exp(-b * np.sqrt(km)), (1, 6)),
    "(1 + km)^-b": (lambda km, b: (1 + km) ** -b, (1, 7)),
    "(0.5 + km)^-b": (lambda km, b: (0.5 + km) ** -b, (1, 6)),
    "exp(-b km^2)": (lambda km, b: np.exp(-b * km**2), (0.02, 1)),
}
DEFAULT = "exp(-b sqrt km)"


class County:
    """
    Staffordshire: its practices, small areas and who is really registered where.

    Parameters
    ----------
    folder
        The folder of real data.
    """

    def __init__(self, folder: Path) -> None:
        joined = patch.load(settings.load(folder / "staffordshire-2025" / "patch.toml"))
        self.joined = joined
        self.own = joined.small_areas
        self.practices = joined.practices[joined.practices["in_patch"]]
        self.pcns = self.practices["pcn_code"]
        self.actual = joined.registrations[joined.registrations["reason"] == ""]
        inside = self.actual["small_area_code"].isin(self.own.index)
        wide = self.actual[inside].pivot_table(
            index="small_area_code", columns="practice_code", values="patients", aggfunc="sum"
        )
        wide = wide.reindex(index=self.own.index, columns=self.practices.index).fillna(0)
        self.table = wide.to_numpy(dtype=float)
        self.totals = wide.sum(axis=1)
        self.mid_2020 = self._mid_2020(folder)
        codes = pd.read_csv(
            folder / "postcodes" / "codepoint_open_2014-08_england.csv.gz",
            usecols=["easting", "northing"],
        )
        west, south, east, north = self.own.total_bounds
        near = codes["easting"].between(west, east) & codes["northing"].between(south, north)
        self.postcodes = nearby.centres(self.own.geometry, codes[near].to_numpy(dtype=float))
        sites, homes = nearby.middles(self.practices), nearby.middles(self.own)
        self.km = modelled.pairs_in_reach(homes, sites, modelled.REACH_KM, modelled.FEWEST)[0]

    def _mid_2020(self, folder: Path) -> pd.Series:
        """Populations of LSOA 2011 on LSOA 2021, splits equal: nothing of 2021 is used."""
        people = pd.read_csv(folder / "population" / "population20_lsoa11.csv.gz")
        rows = pd.DataFrame(
            {
                "practice_code": "",
                "small_area_code": people["lsoa11_code"],
                "patients": people["total_population"].astype("int64"),
            }
        )
        lookup = pd.read_csv(folder / "geography" / "lookup_lsoa11_lsoa21_ltla22.csv", dtype="str")
        carried = vintages.carry(rows, lookup, to="2021")[0]
        return carried.set_index("small_area_code")["patients"].reindex(self.own.index)

    def areas(self, people: pd.Series, where: gpd.GeoSeries | None = None) -> gpd.GeoDataFrame:
        """The county's areas with some populations, at some places."""
        place = self.own.geometry if where is None else where
        return gpd.GeoDataFrame({"population": people}, geometry=place, crs=self.own.crs)

    def nearest(self, people: pd.Series) -> pd.DataFrame:
        """Everybody with the nearest practice, populations scaled to the lists as for gravity."""
        scaled = people * (self.practices["list_size"].sum() / people.sum())
        return nearby.nearest(self.practices, self.areas(scaled))

    def checked(self, registrations: pd.DataFrame | None) -> tuple[dict[str, set[str]], pd.Series]:
        """PCNs flagged by check, and retention by PCN, on other registrations than the real."""
        tables = dict(self.joined.tables)
        if registrations is not None:
            tables["registrations"] = replace(tables["registrations"], frame=registrations)
        joined = patch.join(self.joined.settings, tables)
        drawn = footprints.footprints(joined)
        edges = adjacency.small_area_edges(joined.small_areas)
        frame = checks.run(checks.prepare(joined, drawn, edges)).checks
        flags = frame[frame["verdict"] == "flag"].groupby("check")["pcn_code"].agg(set)
        found = {check: flags.get(check, set()) for check in frame["check"].unique()}
        return found, drawn.pcns["retention"]

    def flows(self, pull: np.ndarray, people: pd.Series, hold: float) -> np.ndarray:
        """Modelled patients, areas by practices, lists being those of the county's residents."""
        lists = self.table.sum(axis=0)
        scaled = people.to_numpy(dtype=float) * lists.sum() / people.sum()
        pull = np.maximum(pull, 1e-300)
        flow = modelled.balance(self.km, pull, scaled, lists, hold, 1e-6, 300)[0]
        return csr_array((flow, self.km.indices, self.km.indptr), shape=self.km.shape).toarray()

    def deviance(self, flows: np.ndarray, rows: np.ndarray) -> float:
        """Minus the log likelihood per patient of the rows, against the perfect model's."""
        real, guess = self.table[rows], np.maximum(flows[rows], 1e-6)
        seen = real > 0
        return float((real[seen] * np.log(real[seen] / guess[seen])).sum() / real.sum())

    def fit(
        self, form: str, people: pd.Series, rows: np.ndarray, hold: float
    ) -> tuple[float, float]:
        """Parameter of least deviance over the rows, and that deviance."""
        pull, bounds = FORMS[form]

        def miss(b: float) -> float:
            return self.deviance(self.flows(pull(self.km.data, b), people, hold), rows)

        found = minimize_scalar(miss, bounds=bounds, method="bounded", options={"xatol": 0.01})
        return float(found.x), float(found.fun)

    def score(self, registrations: pd.DataFrame, rows: np.ndarray | None = None) -> str:
        """Both accuracies as cells of a table."""
        codes = self.own.index if rows is None else self.own.index[rows]
        right, owner = nearby.accuracy(registrations, self.actual, self.pcns, codes)
        return f"{right:6.1%} | {owner:6.1%}"


def forms(county: County) -> None:
    """Print each form at its best, populations being true and held exactly."""
    every = np.ones(len(county.own), dtype=bool)
    print("\nForm of the decay, true small-area totals held exactly")
    print("| form | b | deviance per patient |")
    for form in FORMS:
        b, miss = county.fit(form, county.totals, every, 1.0)
        print(f"| {form} | {b:.2f} | {miss:.4f} |")


def holds(county: County) -> None:
    """Print what holding populations less firmly does, with true and with older populations."""
    every = np.ones(len(county.own), dtype=bool)
    print("\nHow firmly populations are held")
    print("| hold | b, true totals | deviance | b, mid-2020 | deviance | right PCN | right owner |")
    for hold in (1.0, 0.98, 0.95, 0.93, 0.9, 0.8):
        cells = [
            county.fit(DEFAULT, people, every, hold) for people in (county.totals, county.mid_2020)
        ]
        out, _ = modelled.model(county.practices, county.areas(county.mid_2020), hold=hold)
        shown = " | ".join(f"{b:.2f} | {miss:.4f}" for b, miss in cells)
        print(f"| {hold} | {shown} | {county.score(out)} |")


def reaches(county: County) -> None:
    """Print what the reach and the least number of practices do."""
    print("\nReach (mid-2020 populations)")
    print("| km | fewest | pairs | right PCN | right owner |")
    for reach, fewest in ((5, 5), (10, 5), (15, 1), (15, 5), (15, 141), (25, 5), (200, 5)):
        out, report = modelled.model(
            county.practices, county.areas(county.mid_2020), reach_km=reach, fewest=fewest
        )
        print(f"| {reach} | {fewest} | {report.pairs:,} | {county.score(out)} |")


def held_out(county: County) -> None:
    """Print accuracy in each commissioner's areas with the decay fitted on all the others'."""
    print("\nFitted without a commissioner's areas (mid-2020 populations), judged on them")
    print("| left out | areas | b | right PCN | right owner | nearest: right PCN | right owner |")
    people, plain = county.areas(county.mid_2020), county.nearest(county.mid_2020)
    codes = county.own["commissioner_code"]
    rural = county.own["rural"].fillna(False).astype(bool).to_numpy()
    groups = {code: (codes == code).to_numpy() for code in sorted(set(codes))}
    groups |= {"rural areas": rural, "urban areas": ~rural}
    for name, rows in groups.items():
        b, _ = county.fit(DEFAULT, county.mid_2020, ~rows, modelled.HOLD)
        out, _ = modelled.model(county.practices, people, decay=b)
        print(
            f"| {name} | {rows.sum()} | {b:.2f} | {county.score(out, rows)} |"
            f" {county.score(plain, rows)} |"
        )


def table(county: County) -> None:
    """Print every model's accuracy."""
    print("\nModels against the real registrations")
    print("| model | populations | right PCN | right owner |")
    sites = county.practices
    for name, people in (("true totals", county.totals), ("mid-2020", county.mid_2020)):
        areas = county.areas(people)
        models = {
            "gravity": modelled.model(sites, areas)[0],
            "gravity, areas at their postcodes": modelled.model(
                sites, county.areas(people, county.postcodes)
            )[0],
            "gravity, populations held exactly": modelled.model(sites, areas, hold=1.0)[0],
            "nearest practice": county.nearest(people),
        }
        for model, out in models.items():
            print(f"| {model} | {name} | {county.score(out)} |")
    outline = shapely.union_all(county.own.geometry.to_numpy())
    cells = nearby.voronoi(sites, outline)
    out = nearby.by_ground(sites["list_size"], cells, county.own.geometry)
    print(f"| Voronoi cells, lists spread over their ground | none | {county.score(out)} |")
    print()
    print(*modelled.model(sites, county.areas(county.mid_2020))[1].sentences(), sep="\n")


def findings(county: County) -> None:
    """Print which checks come out as with the real registrations, and how far retention is off."""
    postcodes = county.areas(county.mid_2020, county.postcodes)
    outline = shapely.union_all(county.own.geometry.to_numpy())
    sites = county.practices
    models = {
        "gravity": modelled.model(sites, county.areas(county.mid_2020))[0],
        "gravity, areas at their postcodes": modelled.model(sites, postcodes)[0],
        "nearest practice": county.nearest(county.mid_2020),
        "Voronoi cells": nearby.by_ground(
            sites["list_size"], nearby.voronoi(sites, outline), county.own.geometry
        ),
    }
    true, kept = county.checked(None)
    print("\nFindings against those of the real registrations (mid-2020 populations)")
    print("| model | check | found | missed | false | mean error of retention |")
    for name, out in models.items():
        flags, retention = county.checked(out)
        error = (retention - kept).abs().mean()
        for check in ("parts", "holes"):
            real, found = true[check], flags[check]
            print(
                f"| {name} | {check} | {len(real & found)} of {len(real)} | {len(real - found)} |"
                f" {len(found - real)} | {error:.3f} |"
            )


def main() -> None:
    """Print the fit and the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    county = County(parser.parse_args().folder)
    for part in (forms, holds, reaches, held_out, table, findings):
        part(county)


if __name__ == "__main__":
    main()
