"""
Speed as a ratio: footprint against a plain reference, on all of England and on one region.

    python benchmarks/england.py ../shared/data/england-2022/patch.toml

Both do the same stages on the same files in one process, in turns, after a turn that does not
count: read, join and place registrations, give small areas to PCNs and dissolve, contiguity and
parts, the population band, and a map with simplified footprints written to a file. Imports are
left out. The medians stand side by side; what must be equal is compared. Then the same stages run
on the files of one region, of half of the regions and of all: a straight line through the
logarithms of rows and seconds has the slope that is printed, and 1 is in proportion to the rows.
At last a whole run of ``footprint analyse``, allocation and all pages included, is timed.

Exits with 1 when the stages are less than ``--faster`` times faster than the reference, the whole
run takes more than ``--whole-mark`` times as long as it, or seconds grow faster than rows.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import reference

from footprint import adjacency, checks, footprints, patch, settings
from footprint.checks.population import population
from footprint.maps import page
from footprint.report.content import Content

STAGES = (
    "read the files",
    "join and place",
    "owners and footprints",
    "contiguity and parts",
    "population band",
    "map",
)
#: files that both read
SAME = ("practices", "list_sizes", "registrations", "small_areas", "small_area_lookup")
#: a slope above 1 by less than this is noise
NOISE = 0.05

Job = Callable[[str, Callable[[], Any]], Any]


class Clock:
    """Seconds by stage, of the wall's clock or the processor's."""

    def __init__(self, time_of: Callable[[], float]) -> None:
        self.took: dict[str, float] = {}
        self.time_of = time_of

    def __call__(self, stage: str, job: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Do a job and note how long it took."""
        began = self.time_of()
        done = job()
        self.took[stage] = self.time_of() - began
        return done


def ours(given: settings.Settings, path: Path, clock: Job) -> dict[str, Any]:
    """Run footprint's stages."""
    policy = given.policy

    def tables() -> dict[str, Any]:
        found = {key: patch.read(key, paths).table for key, paths in given.inputs.items()}
        return {key: table for key, table in found.items() if table is not None}

    def ground() -> checks.Ground:
        edges = adjacency.small_area_edges(
            joined.small_areas, gap_m=policy.adjacency_gap_m, border_m=policy.adjacency_border_m
        )
        return checks.prepare(joined, drawn, edges)

    def written() -> None:
        path.write_text(page.build(content(joined, drawn, judged)), encoding="utf-8")

    read = clock(STAGES[0], tables)
    joined = clock(STAGES[1], lambda: patch.join(given, read))
    drawn = clock(STAGES[2], lambda: footprints.footprints(joined))
    stood = clock(STAGES[3], ground)
    judged = clock(STAGES[4], lambda: population(stood))
    clock(STAGES[5], written)
    return {"patch": joined, "footprints": drawn, "ground": stood, "population": judged}


def content(joined: patch.Patch, drawn: footprints.Footprints, judged: list[Any]) -> Content:
    """Put the footprints and the population check into what a map is drawn from."""
    flagged = {verdict.pcn_code for verdict in judged if verdict.verdict == "flag"}
    table = joined.pcns.loc[drawn.pcns.index].reset_index()
    table["retention"] = drawn.pcns["retention"].to_numpy()
    table["dominance"] = drawn.pcns["dominance"].to_numpy()
    table["verdict"] = ["flag" if code in flagged else "pass" for code in table["pcn_code"]]
    table["flags"] = ["population" if code in flagged else "" for code in table["pcn_code"]]
    table["reasons"], table["weight"] = "", 0.0
    rows = [
        (v.pcn_code, v.check, v.verdict, v.severity, v.figure, v.threshold, v.evidence)
        for v in judged
    ]
    names = ["pcn_code", "check", "verdict", "severity", "figure", "threshold", "evidence"]
    shapes = drawn.pcns.geometry.to_numpy()
    return Content(
        name=joined.settings.name,
        date=joined.date,
        words=joined.words,
        tables={"pcns": table, "checks": pd.DataFrame(rows, columns=names)},
        layers={"pcns": gpd.GeoDataFrame(table, geometry=shapes, crs=joined.small_areas.crs)},
        settings=dataclasses.asdict(joined.settings.policy),
    )


def plain(files: Mapping[str, Path], path: Path, clock: Job) -> dict[str, Any]:
    """Run the reference's stages."""
    read = clock(STAGES[0], lambda: reference.read(files))
    rows = clock(STAGES[1], lambda: reference.join(read))
    owned, shapes = clock(STAGES[2], lambda: reference.footprints(rows, read["areas"]))
    pieces = clock(STAGES[3], lambda: reference.parts(owned))
    people = clock(STAGES[4], lambda: reference.population(read["practices"], read["lists"]))
    clock(STAGES[5], lambda: reference.draw(shapes, people, pieces, path))
    return {"rows": rows, "owned": owned, "shapes": shapes, "parts": pieces, "people": people}


def compare(mine: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """Hold the results against each other; return what must be equal and is not."""
    drawn: footprints.Footprints = mine["footprints"]
    joined: patch.Patch = mine["patch"]
    wrong = []
    owner = drawn.owner.dropna()
    other = theirs["owned"].set_index("LSOA_CODE")["PCN_CODE"]
    tied = set(drawn.ties["small_area_code"])
    differ = owner.index[(owner != other.reindex(owner.index)).to_numpy()]
    print(
        f"owners: {len(owner):,} small areas, {len(owner) - len(differ):,} equal;"
        f" {len(differ):,} ties that the reference gives to the lower code and footprint to the"
        " nearer PCN"
    )
    if len(owner) != len(other) or set(differ) - tied:
        wrong.append("the owners of small areas")
    pairs = drawn.pairs.set_index(["small_area_code", "pcn_code"])["patients"]
    sums = theirs["rows"].groupby(["LSOA_CODE", "PCN_CODE"])["NUMBER_OF_PATIENTS"].sum()
    same = len(pairs) == len(sums) and (pairs.to_numpy() == sums.sort_index().to_numpy()).all()
    print(f"patients by small area and PCN: {len(pairs):,} pairs, {pairs.sum():,} patients")
    if not same:
        wrong.append("patients by small area and PCN")
    people = theirs["people"]["list_size"]
    lists = joined.pcns["list_size"]
    bands = theirs["people"]["band"].value_counts().to_dict()
    print(f"population: {len(lists):,} PCNs, {lists.sum():,} on their lists, {bands}")
    if not lists.sort_index().eq(people.reindex(lists.index)).all():
        wrong.append("list sizes of PCNs")
    untied = sorted(set(owner) - set(owner[list(differ)]) - set(other[list(differ)]))
    gap = drawn.pcns.geometry.area.reindex(untied) / theirs["shapes"].area.reindex(untied) - 1
    print(f"footprints: areas differ by at most {gap.abs().max():.1e} of themselves")
    if gap.abs().max() > 1e-6:
        wrong.append("areas of footprints")
    counts = mine["ground"].parts.groupby("pcn_code").size().reindex(untied)
    rook = theirs["parts"].reindex(untied)
    more = int((rook > counts).sum())
    print(
        f"parts: {int(counts.sum()):,} against {int(rook.sum()):,} by rook; rook splits"
        f" {more:,} PCNs at T-junctions and small gaps, and joins"
        f" {int((rook < counts).sum()):,} over borders of 20 m or less"
    )
    return wrong


def beside(
    given: settings.Settings,
    files: Mapping[str, Path],
    folder: Path,
    rounds: int,
    time_of: Callable[[], float],
) -> tuple[float, list[str]]:
    """Run both in turns and print their medians; return the reference's total and faults."""
    took: dict[str, list[dict[str, float]]] = {"reference": [], "footprint": []}
    results: dict[str, dict[str, Any]] = {}
    for number in range(rounds + 1):
        for name, turns in took.items():
            results.pop(name, None)
            gc.collect()
            clock = Clock(time_of)
            if name == "reference":
                results[name] = plain(files, folder / "reference.html", clock)
            else:
                results[name] = ours(given, folder / "footprint.html", clock)
            if number:
                # the first turn warms libraries and the disk
                turns.append(clock.took)
    wrong = compare(results["footprint"], results["reference"])
    print(f"\n{'seconds, medians':24}{'reference':>12}{'footprint':>12}{'times':>8}")
    for stage in (*STAGES, "together"):
        theirs, mine = (median(took[name], stage) for name in ("reference", "footprint"))
        print(f"{stage:24}{theirs:12.2f}{mine:12.2f}{theirs / mine:8.1f}")
    return median(took["reference"], "together"), wrong


def median(took: list[dict[str, float]], stage: str) -> float:
    """Median seconds of a stage, or of all of them."""
    return statistics.median(
        sum(one.values()) if stage == "together" else one[stage] for one in took
    )


def cut(given: settings.Settings, files: Mapping[str, Path], regions: set[str], to: Path) -> int:
    """Write the files of some regions' practices and small areas; return their rows."""
    to.mkdir()
    practices = pd.read_csv(files["practices"], dtype=str)
    mine = practices[practices["COMM_REGION_CODE"].isin(regions)]
    codes = set(mine["PRACTICE_CODE"])
    look = pd.read_csv(files["small_area_lookup"], dtype=str)
    ons = set(mine[next(c for c in mine if c.startswith("ONS_C") and c != "ONS_COMM_REGION_CODE")])
    near = look.apply(lambda column: column.isin(ons)).any(axis=1)
    area_code = next(name for name in look if name.lower().endswith("code"))
    inside = set(look.loc[near, area_code])
    lists = pd.read_csv(files["list_sizes"], dtype=str)
    rows = pd.read_csv(files["registrations"], dtype=str)
    areas = gpd.read_file(files["small_areas"])
    column = next(name for name in areas if name.lower().endswith("code"))
    kept = {
        "practices": mine,
        "list_sizes": lists[lists["CODE"].isin(codes)],
        # who lives beyond the regions is in neither's footprints
        "registrations": rows[rows["PRACTICE_CODE"].isin(codes) & rows["LSOA_CODE"].isin(inside)],
        "small_area_lookup": look[near],
        "small_areas": areas[areas[column].isin(inside)],
    }
    for key, frame in kept.items():
        if key == "small_areas":
            frame.to_file(to / "small_areas.gpkg", driver="GPKG")
        else:
            frame.to_csv(to / f"{key}.csv", index=False)
    return sum(len(frame) for frame in kept.values())


def growth(
    given: settings.Settings,
    files: Mapping[str, Path],
    folder: Path,
    rounds: int,
    time_of: Callable[[], float],
) -> float:
    """Time footprint's stages on one region, half of them and all; return the slope."""
    known = pd.read_csv(files["practices"], dtype=str)["COMM_REGION_CODE"].value_counts()
    # the largest first, so that one region is a fair share
    regions = list(known.index)
    sizes = {"one region": 1, "half of the regions": len(regions) // 2, "all": len(regions)}
    rows, seconds = [], []
    print(f"\n{'footprint, same stages':24}{'rows':>12}{'seconds':>12}{'a million rows':>16}")
    for name, count in sizes.items():
        place = folder / name.replace(" ", "-")
        rows.append(cut(given, files, set(regions[:count]), place))
        paths = {key: (next(place.glob(f"{key}.*")),) for key in SAME}
        part = dataclasses.replace(given, inputs=paths, scope=settings.Scope())
        took = []
        for number in range(rounds + 1):
            gc.collect()
            clock = Clock(time_of)
            ours(part, place / "map.html", clock)
            if number:
                took.append(clock.took)
        seconds.append(median(took, "together"))
        each = seconds[-1] / rows[-1] * 1e6
        print(f"{name:24}{rows[-1]:12,}{seconds[-1]:12.2f}{each:16.2f}")
    slope = float(np.polyfit(np.log(rows), np.log(seconds), 1)[0])
    print(f"seconds grow with rows to the power of {slope:.2f}")
    return slope


def whole(path: Path, folder: Path) -> float:
    """Seconds of a whole run, start-up left out, with its stages as it tells them."""
    command = [sys.executable, "-m", "footprint", "analyse", str(path), "--out", str(folder)]
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        assert run.stderr is not None
        told = [(line.decode().strip(), time.perf_counter()) for line in run.stderr]
    ended = time.perf_counter()
    if run.returncode:
        raise SystemExit("\n".join(line for line, _ in told))
    seconds = float(json.loads((folder / "run.json").read_text(encoding="utf-8"))["seconds"])
    print(f"\n{'whole run':40}{'seconds':>12}")
    print(f"{'start-up':40}{ended - began - seconds:12.2f}")
    marks = [(line, at) for line, at in told if line.endswith(" ...")]
    ends = [at for _, at in marks[1:]] + [ended]
    for (line, at), end in zip(marks, ends, strict=True):
        print(f"{line.removesuffix(' ...'):40}{end - at:12.2f}")
    print(f"{'together, without start-up':40}{seconds:12.2f}")
    return seconds


def main() -> None:
    """Measure, print, and hold against the marks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    home = Path(__file__).resolve().parents[2] / "shared/data/england-2022/patch.toml"
    parser.add_argument("patch", type=Path, nargs="?", default=home)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--faster", type=float, default=5.0)
    parser.add_argument("--whole-mark", type=float, default=5.0)
    parser.add_argument("--cpu", action="store_true", help="processor's time, on a busy machine")
    parser.add_argument("--no-whole", action="store_true", help="leave the whole run out")
    parser.add_argument("--no-growth", action="store_true", help="leave the regions out")
    asked = parser.parse_args()
    time_of = time.process_time if asked.cpu else time.perf_counter
    given = settings.load(asked.patch)
    files = {key: given.inputs[key][0] for key in SAME}
    same = dataclasses.replace(given, inputs={key: given.inputs[key] for key in SAME})
    missed = []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        seconds, missed = beside(same, files, folder, asked.rounds, time_of)
        if not asked.no_growth and growth(same, files, folder, asked.rounds, time_of) > 1 + NOISE:
            missed.append("growth")
        if not asked.no_whole:
            took = whole(asked.patch, folder / "whole")
            print(f"{took / seconds:.1f} times the reference; mark {asked.whole_mark:g}")
            if took > asked.whole_mark * seconds:
                missed.append("whole run")
    if missed:
        print(f"missed: {', '.join(missed)}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
