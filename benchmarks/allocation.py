"""
Time the allocation of every service of a patch: Level 1, and Levels 2 and 3 by column generation.

    python benchmarks/allocation.py [PATCH.toml] [--peer N]

Runs the whole analysis of the patch (England's by default) as far as the proposal, and times each
call of the solvers in it, by the clock. Many systems are solved in two processes. With ``--peer N``
one process solves them all, and the N regions that took longest are solved again by HiGHS alone
(binaries of PCN and team, contiguity cut by cut), which must find the same optimum; the ratio of
their seconds of the processor is printed. Exits with 1 where Level 1 takes longer than 2 s, Levels
2 and 3 longer than 20 s, or an optimum differs.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from footprint import pipeline, settings
from footprint.allocation import bundles, grouping, level1, partition, regions
from footprint.allocation.problem import Problem
from footprint.allocation.region import Partition, Region

Solve = Callable[[Region], Partition]

ENGLAND = Path(__file__).resolve().parents[2] / "shared" / "data" / "england-2022" / "patch.toml"
#: seconds for all services, by level
MARKS = {"Level 1": 2.0, "Levels 2 and 3": 20.0}


def main() -> None:
    """Run the analysis, print what its solvers took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patch", nargs="?", type=Path, default=ENGLAND)
    parser.add_argument("--peer", type=int, default=0, metavar="N")
    given = parser.parse_args()
    took: dict[str, dict[str, float]] = {name: defaultdict(float) for name in MARKS}
    solved: list[tuple[float, Region, Partition]] = []
    single, group, split, all_of = level1.solve, grouping.solve, partition.solve, regions.solve

    def timed(name: str, solve: Callable[..., Any]) -> Callable[..., Any]:
        def done(problem: Problem, *args: object, **options: object) -> object:
            start = time.perf_counter()
            result = solve(problem, *args, **options)
            took[name][problem.service_id] += time.perf_counter() - start
            return result

        return done

    def one(region: Region) -> Partition:
        start = time.process_time()
        result = split(region)
        seconds[id(region)] = time.process_time() - start
        return result

    def every(asked: Sequence[Region]) -> list[Partition]:
        found = all_of(asked)
        solved.extend(
            (seconds.get(id(region), 0.0), region, result)
            for region, result in zip(asked, found, strict=True)
        )
        return found

    level1.solve, grouping.solve = timed("Level 1", single), timed("Levels 2 and 3", group)
    regions.solve = every
    seconds: dict[int, float] = {}
    if given.peer:
        partition.solve, regions.MANY = one, sys.maxsize
    # what is compiled is compiled once: not part of any patch's time
    bundles.warm()
    pipeline.study(settings.load(given.patch))
    late = False
    for name, mark in MARKS.items():
        for service, spent in took[name].items():
            print(f"{name:<15} {service:<24} {spent:7.2f} s")
        total = sum(took[name].values())
        late |= total > mark
        print(f"{name:<15} {'all services':<24} {total:7.2f} s, mark {mark:.0f} s")
    strict = sum(result.strict for _, _, result in solved)
    proven = sum(result.objective == result.bound for _, _, result in solved)
    print(f"{len(solved)} regions: {proven} proven best, {strict} with every rule kept")
    differ = beside(sorted(solved, key=lambda one: -one[0])[: given.peer], split)
    sys.exit(int(late or differ))


def beside(slowest: list[tuple[float, Region, Partition]], solve: Solve) -> bool:
    """Solve regions by HiGHS alone; say whether an optimum differs."""
    # no region is ever so large
    partition.BY_COLUMNS = sys.maxsize
    mine = theirs = 0.0
    differ = False
    for seconds, region, result in slowest:
        start = time.process_time()
        alone = solve(region)
        took = time.process_time() - start
        teams, pcns = region.cost.shape
        same = alone.objective == result.objective
        differ |= not same
        mine, theirs = mine + seconds, theirs + took
        print(
            f"{region.name:<16} {teams:>3} teams {pcns:>3} PCNs {seconds:7.2f} s, HiGHS alone "
            f"{took:7.2f} s, {took / seconds:5.1f} times; {'same optimum' if same else 'DIFFERS'}"
        )
    if slowest:
        print(f"together {mine:.2f} s and {theirs:.2f} s: {theirs / mine:.1f} times")
    return differ


if __name__ == "__main__":
    main()
