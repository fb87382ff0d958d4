"""
The pictures of the README, made anew: pages of the fictional patch, seen in headless Chromium.

Run ``python docs/pictures.py`` with footprint, selenium, chromium and chromium-driver installed.
Same pages and browser, same bytes.
"""

from __future__ import annotations

import base64
import csv
import io
import shutil
import tempfile
import time
from pathlib import Path

from PIL import Image
from selenium import webdriver

from footprint import pipeline

HERE = Path(__file__).resolve().parent
#: pixels of a window on a planner's desk
WIDE, HIGH = 1280, 860
#: seconds that a map may take to draw itself
PATIENCE = 2.0
#: picture: page, the part that stands at its top ("" for the page's own), most height
PICTURES = {
    "index": ("index", "", HIGH),
    "map": ("map", "", HIGH),
    "report": ("report", "article.pcn#{pcn}", 1010),
    "chart": ("report", "section[aria-labelledby=alignment] .chart-box", 900),
}


def main() -> None:
    """Analyse the fictional patch, and take the pictures of its pages."""
    browser = _browser()
    try:
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder)
            pipeline.analyse(None, out=out)
            place, code = _weightiest(out)
            for name, (page, part, high) in PICTURES.items():
                browser.get((out / f"{page}.html").as_uri())
                if page == "map":
                    time.sleep(PATIENCE)
                    browser.execute_script(
                        "if (window.footprint) footprint.choose({kind: 'pcn', i: arguments[0]})",
                        place,
                    )
                    time.sleep(PATIENCE)
                whole = _picture(browser, part.format(pcn=f"pcn-{code}"), high)
                (HERE / f"{name}.png").write_bytes(_small(whole))
    finally:
        browser.quit()


def _browser() -> webdriver.Chrome:
    """Chromium without a window and without a network."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--force-device-scale-factor=1",
        "--host-resolver-rules=MAP * ~NOTFOUND",
    ):
        options.add_argument(argument)
    service = webdriver.ChromeService(executable_path=shutil.which("chromedriver"))
    browser = webdriver.Chrome(options=options, service=service)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": WIDE, "height": HIGH, "deviceScaleFactor": 1, "mobile": False},
    )
    return browser


def _weightiest(out: Path) -> tuple[int, str]:
    """Place in the table of PCNs, and code, of the one to look at first."""
    with (out / "tables" / "pcns.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    best = max(range(len(rows)), key=lambda i: (float(rows[i]["weight"] or 0), -i))
    return best, rows[best]["pcn_code"]


def _picture(browser: webdriver.Chrome, part: str, high: int) -> bytes:
    """PNG of a page from its top, or from the top of one part of it, down to ``high`` pixels."""
    box = {"x": 0, "y": 0, "width": WIDE, "height": high, "scale": 1}
    if part:
        left, top, wide, tall = browser.execute_script(
            "const b = document.querySelector(arguments[0]).getBoundingClientRect();"
            "return [b.x, b.y + scrollY, b.width, b.height]",
            part,
        )
        box |= {"x": left - 20, "y": top - 20, "width": wide + 40, "height": min(tall + 40, high)}
    asked = {"format": "png", "captureBeyondViewport": bool(part), "clip": box}
    return base64.b64decode(browser.execute_cdp_cmd("Page.captureScreenshot", asked)["data"])


def _small(picture: bytes) -> bytes:
    """The same picture in 256 colours: a page has few."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(picture)) as whole:
        whole.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
            file, format="png", optimize=True
        )
    return file.getvalue()


if __name__ == "__main__":
    main()
