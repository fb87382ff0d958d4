"""
Time how long the pages of a patch take to write, and its map to show.

    python benchmarks/pages.py ../shared/data/staffordshire-2025/patch.toml
    python benchmarks/pages.py ../shared/data/england-2022/patch.toml

The patch is analysed once; then index.html, map.html and report.html are written a few times each,
one still standing for all, because stills are drawn aside. The map is opened in headless Chromium
without a network: from the start of the navigation to the page's own mark that its footprints have
been painted. Prints medians, the least and sizes; exits with 1 where a median or a size is above
its mark. Marks for up to 60 PCNs are 3 s to write, 2 s to show and 2 MB of map, for more 15 s, 2 s
and 8 MB; of the processor alone with --cpu, when other work runs beside (the browser's are always
wall seconds).
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

from footprint import pipeline, settings
from footprint.maps import page as map_page
from footprint.report import pages, stills
from footprint.report.content import Content

#: PCNs up to which a patch is a county's
COUNTY = 60
MARK = "footprint-shown"


@dataclass(frozen=True)
class Marks:
    """Seconds to write all pages and to show the map, and megabytes of the map."""

    write: float
    show: float
    size: float


COUNTYS, ENGLANDS = Marks(3.0, 2.0, 2.0), Marks(15.0, 2.0, 8.0)


def described(patch: Path) -> Content:
    """Analyse a patch, untimed."""
    return pipeline.describe(pipeline.study(settings.load(patch)))


def jobs(content: Content, folder: Path) -> dict[str, Callable[[], str]]:
    """What makes each page's text; stills are drawn before, and the first stands for all."""
    stems = stills.stems(content)
    small = stills.write(content, folder, stems=stems[:1])
    one = next(iter(small.values()))
    pictures = dict.fromkeys(stems, one)
    return {
        "index.html": lambda: pages.index(content),
        "map.html": lambda: map_page.build(content, still=one),
        "report.html": lambda: pages.report(content, pictures=pictures),
    }


def written(
    content: Content, folder: Path, clock: Callable[[], float], runs: int
) -> tuple[float, int]:
    """Print seconds and size of each page; return the medians together, and the map's bytes."""
    together, size = 0.0, 0
    made = jobs(content, folder)
    for name, job in made.items():
        took = []
        for _ in range(runs):
            began = clock()
            (folder / name).write_text(job(), encoding="utf-8", newline="\n")
            took.append(clock() - began)
        bytes_ = (folder / name).stat().st_size
        size = bytes_ if name == "map.html" else size
        together += statistics.median(took)
        print(
            f"{name:12} written in {statistics.median(took):6.2f} s (least {min(took):.2f}),"
            f" {bytes_ / 1e6:.2f} MB"
        )
    return together, size


def shown(path: Path, runs: int) -> list[float]:
    """Seconds from navigation to painted footprints, each in the same browser, started before."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        sys.exit("chromium and chromedriver are needed to show the map")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1280,900",
        # no name resolves: what needs a network would be missed
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    script = f"const m = performance.getEntriesByName('{MARK}')[0]; return m ? m.startTime : null"
    took = []
    try:
        for _ in range(runs):
            browser.get("about:blank")
            browser.get(path.as_uri())
            WebDriverWait(browser, 60, 0.05).until(lambda page: page.execute_script(script))
            took.append(browser.execute_script(script) / 1000)
    finally:
        browser.quit()
    return took


def main() -> None:
    """Write, show, print, and hold against the marks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("patch", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--cpu", action="store_true", help="seconds of the processor to write")
    given = parser.parse_args()
    content = described(given.patch)
    count = len(content.tables["pcns"])
    marks = COUNTYS if count <= COUNTY else ENGLANDS
    print(f"{content.name}: {count:,} PCNs")
    clock = time.process_time if given.cpu else time.perf_counter
    with tempfile.TemporaryDirectory() as folder:
        write, size = written(content, Path(folder), clock, given.runs)
        took = shown(Path(folder) / "map.html", given.runs)
    show = statistics.median(took)
    print(f"all pages written in {write:.2f} s, mark {marks.write:g} s")
    print(f"map.html shown in {show:.2f} s (least {min(took):.2f}), mark {marks.show:g} s")
    print(f"map.html is {size / 1e6:.2f} MB, mark {marks.size:g} MB")
    sys.exit(write > marks.write or show > marks.show or size > marks.size * 1e6)


if __name__ == "__main__":
    main()
