"""
Speed as a ratio: footprint against a plain reference, on all of England and on one region.

    python benchmarks/england.py ../shared/data/england-2022/patch.toml

Both do the same stages on the same files in one process, in turns, after a turn that does not
count: read, join and place registrations, give small areas to PCNs and dissolve, contiguity and
parts, the population band, and a map with simplified footprints written to a file. Imports are
left out. The medians stand side by side, by the clock on the wall (footprint reads in two
threads; ``--cpu`` counts the processor's seconds in its place) and of the processor; what must be
equal is compared. As in a run, Python's
search for garbage is put off while footprint's stages last (``footprint.garbage``); the
reference runs with what Python does by itself.

Then the same stages, and a whole run of ``footprint analyse`` with allocation and all pages, are
timed on the files of one region and of all (the stages also on half of the regions): seconds grow
with the rows of the files to the power that is printed, and 1 is in proportion to them.

Exits with 1 when anything that must be equal is not, the stages are less than ``--faster`` times
as fast as the reference, the whole run takes more than ``--whole-mark`` times as long as the
reference, or seconds grow faster than rows.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import resource
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
import pyarrow.csv
import pyogrio
import reference

from footprint import adjacency, checks, footprints, garbage, patch, settings
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
    """Seconds by stage, of the clock that is asked for and of the processor."""

    def __init__(self, time_of: Callable[[], float]) -> None:
        self.took: dict[str, float] = {}
        self.used: dict[str, float] = {}
        self.time_of = time_of

    def __call__(self, stage: str, job: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Do a job and note how long it took."""
        used, began = time.process_time(), self.time_of()
        done = job()
        self.took[stage] = self.time_of() - began
        self.used[stage] = time.process_time() - used
        return done


@garbage.seldom()
def ours(given: settings.Settings, path: Path, clock: Job) -> dict[str, Any]:
    """Run footprint's stages."""
    policy = given.policy

    def tables() -> dict[str, Any]:
        done = patch.read_all(given.inputs)
        return {one.key: one.table for one in done if one.table is not None}

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
) -> tuple[float, float, list[str]]:
    """Run both in turns and print their medians; return both totals and what is not equal."""
    took: dict[str, list[dict[str, float]]] = {"reference": [], "footprint": []}
    used: dict[str, list[dict[str, float]]] = {"reference": [], "footprint": []}
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
                used[name].append(clock.used)
    wrong = compare(results["footprint"], results["reference"])
    which = "processor" if time_of is time.process_time else "wall"
    print(f"\n{'':24}{f'seconds by the {which}':^32}{'of the processor':^24}")
    print(
        f"{'medians':24}{'reference':>12}{'footprint':>12}{'times':>8}"
        f"{'reference':>12}{'footprint':>12}"
    )
    for stage in (*STAGES, "together"):
        theirs, mine, *cpu = (
            median(each[name], stage)
            for each in (took, used)
            for name in ("reference", "footprint")
        )
        print(
            f"{stage:24}{theirs:12.2f}{mine:12.2f}{theirs / mine:8.1f}{cpu[0]:12.2f}{cpu[1]:12.2f}"
        )
    clock = Clock(time_of)
    clock("one by one", lambda: reference.parts_one_by_one(results["reference"]["owned"]))
    print(
        f"with a graph for each PCN by itself, as is often seen, the reference's contiguity and"
        f" parts take {clock.took['one by one']:.2f} in place of"
        f" {median(took['reference'], STAGES[3]):.2f}"
    )
    theirs, mine = (median(took[name], "together") for name in ("reference", "footprint"))
    return theirs, mine, wrong


def median(took: list[dict[str, float]], stage: str) -> float:
    """Median seconds of a stage, or of all of them."""
    return statistics.median(
        sum(one.values()) if stage == "together" else one[stage] for one in took
    )


def cut(files: Mapping[str, Path], regions: set[str], to: Path) -> int:
    """Write the files of some regions, and their patch file; return the rows."""
    to.mkdir()
    frames = {
        key: gpd.read_file(path) if key == "small_areas" else pd.read_csv(path, dtype=str)
        for key, path in files.items()
    }
    mine = frames["practices"]["COMM_REGION_CODE"].isin(regions)
    practices = frames["practices"] = frames["practices"][mine]
    own, pcns = set(practices["PRACTICE_CODE"]), set(practices["PCN_CODE"])
    look = frames["small_area_lookup"]
    # whichever of the look-up's columns has the codes of the practices' commissioners
    ons = {code for name in practices if name.startswith("ONS_") for code in practices[name]}
    near = look.apply(lambda column: column.isin(ons)).any(axis=1)
    inside = set(look.loc[near, area_column(look)])
    for key, frame in frames.items():
        if key in {"small_area_lookup", "small_areas", "rural_urban"}:
            frames[key] = frame[frame[area_column(frame)].isin(inside)]
        elif key == "registrations":
            # who lives beyond the regions is in no footprint of theirs
            here = frame["LSOA_CODE"].isin(inside)
            frames[key] = frame[here & frame["PRACTICE_CODE"].isin(own)]
        elif key in {"list_sizes", "locations"}:
            column = "CODE" if "CODE" in frame else "PRACTICE_CODE"
            frames[key] = frame[frame[column].isin(own)]
        elif key == "teams":
            served = frame["pcn_codes"].str.split(";")
            frames[key] = frame[[pcns.issuperset(codes) for codes in served]]
    lines = [f'name = "{len(regions)} regions"', "[inputs]"]
    for key, frame in frames.items():
        name = f"{key}.gpkg" if key == "small_areas" else f"{key}.csv"
        lines.append(f'{key} = "{name}"')
        if isinstance(frame, gpd.GeoDataFrame):
            frame.to_file(to / name, driver="GPKG")
        else:
            frame.to_csv(to / name, index=False)
    (to / "patch.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return sum(len(frame) for frame in frames.values())


def area_column(frame: pd.DataFrame) -> str:
    """Name of the column with codes of small areas: the first with codes."""
    return next(name for name in frame if name.lower().endswith("code"))


def growth(
    given: settings.Settings,
    folder: Path,
    rounds: int,
    time_of: Callable[[], float],
    *,
    run: bool,
) -> tuple[dict[str, float], float]:
    """Time footprint on one region, on half of them and on all; return powers, and the run."""
    files = {key: paths[0] for key, paths in given.inputs.items()}
    known = pd.read_csv(files["practices"], dtype=str)["COMM_REGION_CODE"].value_counts()
    # the largest first, so that one region is a fair share
    regions = list(known.index)
    sizes = {"one region": 1, "half of the regions": len(regions) // 2, "all": len(regions)}
    rows: dict[str, int] = {}
    stages: dict[str, float] = {}
    runs: dict[str, float] = {}
    for name, count in sizes.items():
        place = folder / name.replace(" ", "-")
        rows[name] = cut(files, set(regions[:count]), place)
        part = settings.load(place / "patch.toml")
        part = dataclasses.replace(part, inputs={key: part.inputs[key] for key in SAME})
        took = []
        for number in range(rounds + 1):
            gc.collect()
            clock = Clock(time_of)
            ours(part, place / "map.html", clock)
            if number:
                took.append(clock.took)
        stages[name] = median(took, "together")
        if run and name != "half of the regions":
            cpu = time_of is time.process_time
            runs[name] = whole(place / "patch.toml", place / "out", name, cpu=cpu)
    print(f"\n{'footprint, seconds':24}{'rows':>12}{'same stages':>14}{'whole run':>14}")
    for name in sizes:
        shown = f"{runs[name]:14.2f}" if name in runs else f"{'':14}"
        print(f"{name:24}{rows[name]:12,}{stages[name]:14.2f}{shown}")
    powers = {}
    for what, seconds in (("the same stages", stages), ("the whole run", runs)):
        if not seconds:
            continue
        x, y = (np.log([each[name] for name in seconds]) for each in (rows, seconds))
        powers[what] = float(np.polyfit(x, y, 1)[0])
        print(f"{what}: seconds grow with rows to the power of {powers[what]:.2f}")
    return powers, runs.get("all", 0.0)


def whole(path: Path, folder: Path, name: str, *, cpu: bool) -> float:
    """Seconds of a whole run, start-up left out, with its stages as it tells them."""
    command = [sys.executable, "-m", "footprint", "analyse", str(path), "--out", str(folder)]
    began, used = time.perf_counter(), _children()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as run:
        assert run.stderr is not None
        told = [(line.decode().strip(), time.perf_counter()) for line in run.stderr]
    ended, used = time.perf_counter(), _children() - used
    if run.returncode:
        raise SystemExit("\n".join(line for line, _ in told))
    seconds = float(json.loads((folder / "run.json").read_text(encoding="utf-8"))["seconds"])
    print(f"\n{f'whole run, {name}':40}{'seconds':>12}")
    print(f"{'start-up':40}{ended - began - seconds:12.2f}")
    marks = [(line, at) for line, at in told if line.endswith(" ...")]
    ends = [at for _, at in marks[1:]] + [ended]
    for (line, at), end in zip(marks, ends, strict=True):
        print(f"{line.removesuffix(' ...'):40}{end - at:12.2f}")
    print(f"{'together, without start-up':40}{seconds:12.2f}")
    print(f"{'of processors, both cores, start-up too':40}{used:12.2f}")
    return used if cpu else seconds


def _children() -> float:
    """Seconds of processors that ended children have used, their children's included."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def floor(files: Mapping[str, Path], time_of: Callable[[], float]) -> None:
    """Print what no run can be quicker than: libraries imported, files parsed and put on a grid."""

    def imported() -> None:
        code = "from footprint import pipeline"
        subprocess.run([sys.executable, "-c", code], check=True)

    def parsed() -> None:
        for key, path in files.items():
            if key == "small_areas":
                pyogrio.read_dataframe(path, use_arrow=True).to_crs(reference.NATIONAL_GRID)
            else:
                pyarrow.csv.read_csv(path)

    took = {}
    of_children = _children if time_of is time.process_time else time_of
    for name, job, now in (("import", imported, of_children), ("parse", parsed, time_of)):
        # once for the disk
        job()
        clock = Clock(now)
        clock(name, job)
        took |= clock.took
    print(
        f"\nfloor: {took['import']:.2f} s to import the libraries,"
        f" {took['parse']:.2f} s to parse the same files with pyarrow and pyogrio and put the"
        " shapes on the grid"
    )


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
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        theirs, mine, missed = beside(same, files, folder, asked.rounds, time_of)
        floor(files, time_of)
        if theirs < asked.faster * mine:
            missed.append(f"the same stages {asked.faster:g} times faster")
        if not asked.no_growth:
            run = not asked.no_whole
            powers, took = growth(given, folder, asked.rounds, time_of, run=run)
            missed += [f"growth of {what}" for what, power in powers.items() if power > 1 + NOISE]
            if run:
                print(f"the whole run takes {took / theirs:.1f} times as long as the reference")
                if took > asked.whole_mark * theirs:
                    missed.append(f"the whole run within {asked.whole_mark:g} references")
    if missed:
        print(f"missed: {', '.join(missed)}")
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
