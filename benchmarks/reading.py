"""
Time reading registrations against pyarrow parsing the same bytes.

    python benchmarks/reading.py ../shared/data/england-2022/\
gp-reg-pat-prac-lsoa-all_2022-01_modelled.csv.gz --mark 2

pyarrow only parses every column as it comes; footprint finds the columns, checks every cell, adds
up and sorts. The two take turns, so that a busy machine slows both. Prints the medians and their
ratio; exits with 1 when the ratio is above the mark. With --postcodes a postcode file is timed
beside it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.csv

from footprint.sources import postcodes, registrations


def seconds(job: Callable[[], object]) -> float:
    """Wall seconds of a job."""
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def compare(path: Path, read: Callable[[Path], object], runs: int) -> float:
    """Print the medians of both, in turns, and return their ratio."""
    jobs = {
        "pyarrow": lambda: pyarrow.csv.read_csv(path),
        "footprint": lambda: read(path),
    }
    took: dict[str, list[float]] = {name: [] for name in jobs}
    for job in jobs.values():
        # once for the disk and the imports
        job()
    for _ in range(runs):
        for name, job in jobs.items():
            took[name].append(seconds(job))
    medians = {name: statistics.median(times) for name, times in took.items()}
    ratio = medians["footprint"] / medians["pyarrow"]
    shown = ", ".join(f"{name} {median:.3f} s" for name, median in medians.items())
    print(f"{path.name}: {shown}, ratio {ratio:.2f} ({runs} runs each)")
    return ratio


def main() -> None:
    """Compare and hold against the mark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("registrations", type=Path)
    parser.add_argument("--postcodes", type=Path)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--mark", type=float, default=2.0)
    given = parser.parse_args()
    ratio = compare(given.registrations, registrations.registrations, given.runs)
    if given.postcodes:
        compare(given.postcodes, postcodes.postcodes, given.runs)
    sys.exit(ratio > given.mark)


if __name__ == "__main__":
    main()
