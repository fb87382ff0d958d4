"""
Time the main job on a patch, start-up included, and check it against its mark.

    python benchmarks/main_job.py ../shared/data/staffordshire-2025/patch.toml --mark 10

Prints wall seconds of each run, the median, and the floor: importing the libraries and reading the
files. Exits with 1 when the median is above the mark.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

FLOOR = """
import sys
from footprint import patch, pipeline, settings
patch.load(settings.load(sys.argv[1]))
"""


def seconds(command: list[str]) -> float:
    """Wall seconds of a command that must succeed."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    """Run the job a few times and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patch", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--mark", type=float, default=10.0)
    given = parser.parse_args()
    job = [sys.executable, "-m", "footprint", "analyse", str(given.patch), "--quiet", "--out"]
    took = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.runs):
            took.append(seconds([*job, str(Path(folder) / str(number))]))
            print(f"run {number + 1}: {took[-1]:.2f} s")
        floor = seconds([sys.executable, "-c", FLOOR, str(given.patch)])
    median = statistics.median(took)
    print(f"median {median:.2f} s, mark {given.mark:g} s; imports and reading alone {floor:.2f} s")
    sys.exit(median > given.mark)


if __name__ == "__main__":
    main()
