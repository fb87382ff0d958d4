"""
Put a published instance of districting to the solver, and hold its optimum against the published.

    python benchmarks/districting.py FOLDER

FOLDER holds units.csv (unit, population), edges.csv (a, b) and distances.csv (a, b, km; each pair
once). By default the instance is Iowa's 99 counties of 2010 in four districts within half a per
cent of their mean population, at least people x (km / 1000) squared: 17,748.05 is published as the
optimum (Validi, Buchanan and Lykhovyd 2022, computational results on county-level instances).
Options put other instances of the same files. Kilometres are whole there, so that costs are whole
numbers of people x square km and nothing is rounded before the optimum is. Prints both and the
seconds from files to audited answer; exits with 1 where the optimum is not proven, does not agree
to the last figure published, or takes longer than its mark.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from footprint.allocation.districts import Districts, districts

PUBLISHED = 17_748.05
DISTRICTS, LOW, HIGH = 4, 757_781, 765_396
#: people x square km to one of people x (km / 1000) squared
MEASURE = 1_000_000
MOST_SECONDS = 600.0


def read(folder: Path) -> tuple[pd.DataFrame, list[tuple[int, int]], npt.NDArray[np.float64]]:
    """Units, borders, and km between all pairs, those that are not given as missing."""
    units = pd.read_csv(folder / "units.csv")
    edges = pd.read_csv(folder / "edges.csv")
    given = pd.read_csv(folder / "distances.csv")
    place = pd.Series(np.arange(len(units)), index=units["unit"])
    km = np.full((len(units), len(units)), np.nan)
    np.fill_diagonal(km, 0.0)
    a, b = place[given["a"]].to_numpy(), place[given["b"]].to_numpy()
    km[a, b] = km[b, a] = given["km"]
    return units, list(zip(edges["a"].tolist(), edges["b"].tolist(), strict=True)), km


def solved(folder: Path, number: int, low: int, high: int) -> Districts:
    """Read a folder and answer it."""
    units, edges, km = read(folder)
    return districts(units["unit"].tolist(), units["population"], edges, km, number, low, high)


def main() -> int:
    """Print what is found beside what is published."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--districts", type=int, default=DISTRICTS, help="how many")
    parser.add_argument("--low", type=int, default=LOW, help="people of a district at least")
    parser.add_argument("--high", type=int, default=HIGH, help="people of a district at most")
    parser.add_argument("--published", type=float, default=PUBLISHED, help="the published optimum")
    given = parser.parse_args()
    start = time.perf_counter()
    found = solved(given.folder, given.districts, given.low, given.high)
    seconds = time.perf_counter() - start
    print(f"ours       {found.cost / MEASURE:,.2f}, {found.status}")
    print(f"published  {given.published:,.2f}")
    print(f"seconds    {seconds:.1f}")
    for centre, members in found.members.items():
        print(f"district round {centre}: {', '.join(map(str, members))}")
    agrees = round(found.cost / MEASURE, 2) == round(given.published, 2)
    proven = found.bound == found.cost > 0
    return 0 if agrees and proven and seconds <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
