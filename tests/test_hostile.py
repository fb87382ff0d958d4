"""A corpus of hostile strings through every text of every input, into every output."""

from __future__ import annotations

import contextlib
import csv
import json
import re
import sqlite3
import zipfile
from pathlib import Path
from xml.etree import ElementTree as ET

import geopandas as gpd
import hostile
import openpyxl
import pandas as pd
import pytest
import toy
from click.testing import CliRunner
from map_data import page_data
from test_pages import Reader
from toy import County, code_of, pcn_code

from footprint import cli, pipeline, settings
from footprint.errors import InputError, printable
from footprint.maps.page import SCRIPTS
from footprint.report import geopackage
from footprint.sources import people, vector

# 24 PCNs of 3 by 4 squares
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWX"
DRAWING = "\n".join(
    "".join(LETTERS[6 * (row // 4) + column // 3] for column in range(18)) for row in range(16)
)


def spaced(text):
    """Text with one space for every run of them: what a page shows."""
    return " ".join(str(text).split())


class Infected:
    """
    A county in which every text is hostile.

    ``texts`` are the whole corpus; ``target`` is the file that a command run by any of them would
    leave behind, ``path`` the patch file.
    """

    def __init__(self, folder: Path) -> None:
        self.target = folder / "touched"
        self.texts = hostile.corpus(str(self.target))
        # what a reader takes for a blank is no name
        self.texts = tuple(text for text in self.texts if text.strip() not in {"null", "NaN"})
        few = hostile.packed(self.texts, len(LETTERS))
        self.pcns = dict(zip(map(pcn_code, LETTERS), few, strict=True))
        cells = [(row, column) for row in range(16) for column in range(18)]
        self.cells = cells
        places = [(f"Z{at:05d}", cells[at]) for at in range(len(self.texts))]
        # the first practice of a PCN has its patients already
        first = {(row, column) for row in range(0, 16, 4) for column in range(0, 18, 3)}
        self.practices = {code: text for (code, _), text in zip(places, self.texts, strict=True)}
        made = County(
            DRAWING,
            patients=2_000,
            practices=[(code, DRAWING.splitlines()[r][c], r, c) for code, (r, c) in places],
            extra=[
                *((code, code_of(*cell), 150) for code, cell in places if cell not in first),
                # nobody knows these: they are set aside, and named
                *((text, code_of(0, 0), 9) for text in self.texts[::60]),
                *(("Z00000", text, 9) for text in self.texts[::50]),
            ],
        )
        self._trust(made, few)
        inside = folder / "in <img src=x onerror=alert(1)> {{ 1337*7 }}"
        path = made.write(inside)
        self._rename(path, few)
        self.path = path

    def _trust(self, made: County, few: list[str]) -> None:
        """Teams, services and the other files that a planner may bring."""
        code = [text for text in self.texts if len(text) < 80 and ";" not in text and
                spaced(text) == text]  # fmt: skip
        self.services = [code[0], "../../../" + code[30], "<b>s</b>", code[95]]
        names = hostile.packed(self.texts, 4)
        made.files["services"] = (
            "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
            " max_travel_minutes level".split(),
            [(key, name, "registered", ratio, 1, least, 60, level) for key, name, ratio, least,
             level in zip(self.services, names, (4, 0.5, 0.3, 0.2), (9_000, 90_000, 90_000, 90_000),
                    (1, 2, 3, 2), strict=True)],
        )  # fmt: skip
        rows = []
        for at, letter in enumerate(LETTERS):
            x, y = 400_500 + 3_000 * (at % 6), 314_500 - 4_000 * (at // 6)
            rows.append((code[at], few[at], self.services[0], few[-at], x, y, 11.5,
                         pcn_code(letter)))  # fmt: skip
            if at % 6 == 0:
                mine = ";".join(pcn_code(each) for each in LETTERS[at : at + 6])
                rows.append((code[40 + at], few[-at], self.services[1], few[at], x, y, 7.5, mine))
        every = ";".join(map(pcn_code, LETTERS))
        rows.append((code[99], few[3], self.services[2], few[4], 405_500, 306_500, 15, every))
        made.files["teams"] = (
            "team_id team_name service_id base_name easting northing wte pcn_codes".split(), rows
        )  # fmt: skip
        made.files["team_areas"] = (
            ["LSOA_CODE", "team_id"],
            [(code_of(r, c), code[0]) for r in range(2) for c in range(3)],
        )
        spots = [toy.centre(DRAWING, *cell) for cell in self.cells]
        made.files["places"] = (
            ["place_name", "kind", "easting", "northing"],
            [(text, "village", *spot) for text, spot in zip(self.texts, spots, strict=False)],
        )
        made.files["sites"] = (
            ["PRACTICE_CODE", "SITE_CODE", "SITE_NAME", "POSTCODE", "EASTING", "NORTHING"],
            [(code, f"S{at}", text, text[:20], x + 200, y + 200) for at, ((code, text), (x, y))
             in enumerate(zip(self.practices.items(), spots, strict=False))],
        )  # fmt: skip
        made.files["candidate_sites"] = (
            ["site_name", "easting", "northing"],
            [(text, *spot) for text, spot in zip(few, spots[::12], strict=True)],
        )
        made.files["localities"] = (
            ["LSOA_CODE", "locality"],
            [(code_of(*cell), few[at // 12]) for at, cell in enumerate(self.cells)],
        )
        self.headings = [text for text in code if re.search(r"[a-z]", text.lower())][10:16]
        made.files["attributes"] = (
            ["PCN_CODE", *self.headings],
            [(pcn, *few[at:], *few[:at])[: 1 + len(self.headings)]
             for at, pcn in enumerate(self.pcns)],
        )  # fmt: skip
        made.files["crossings"] = (
            ["a", "b", "kind", "name"],
            [(code_of(0, 0), code_of(3, 3), "bridge", few[5])],
        )

    def _rename(self, path: Path, few: list[str]) -> None:
        """Names into the files that a county writes by itself; files get hostile names too."""
        folder = path.parent
        rows = list(csv.DictReader((folder / "map.csv").open(newline="", encoding="utf-8")))
        for row in rows:
            row["PRACTICE_NAME"] = self.practices[row["PRACTICE_CODE"]]
            row["PRACTICE_POSTCODE"] = row["PRACTICE_NAME"][:30]
            row["PCN_NAME"] = self.pcns[row["PCN_CODE"]]
            row["SUB_ICB_LOCATION_NAME"], row["ICB_NAME"] = few[7], few[8]
            if row["PCN_CODE"] == pcn_code("B"):
                row["SUB_ICB_LOCATION_CODE"] = "<B>{{ 1337*7 }}"
        toy.table(folder / "map.csv", list(rows[0]), [list(row.values()) for row in rows])
        areas = json.loads((folder / "areas.geojson").read_text(encoding="utf-8"))
        for feature, text in zip(areas["features"], self.texts, strict=False):
            feature["properties"]["lsoa21_name"] = text
        (folder / "areas.geojson").write_text(json.dumps(areas), encoding="utf-8")
        outlines = [{**each, "properties": {"name": text}}
                    for each, text in zip(areas["features"][::12], few, strict=True)]  # fmt: skip
        (folder / "outlines.geojson").write_text(
            json.dumps({**areas, "features": outlines}), encoding="utf-8"
        )
        text = path.read_text(encoding="utf-8").replace(
            "[patch]", 'outlines = "outlines.geojson"\n[patch]'
        )
        fit = [each for each in self.texts if "/" not in each and "\\" not in each
               and each.isprintable() and 8 < len(each.encode()) < 120]  # fmt: skip
        self.files = {}
        given = re.findall(r'^(\w+) = "(\w+[.]\w+)"$', text, re.MULTILINE)
        for at, (key, name) in enumerate(given):
            called = fit[5 * at] + Path(name).suffix
            (folder / name).rename(folder / called)
            text = text.replace(f'{key} = "{name}"', f"{key} = {hostile.toml(called)}")
            self.files[key] = called
        # TOML takes no tab or end of line into a name
        self.name = " ¦ ".join(each for each in self.texts[::9] if each.isprintable())
        text = text.replace('name = "Toyshire"', f"name = {hostile.toml(self.name)}")
        path.write_text(text, encoding="utf-8", newline="\n")


@pytest.fixture(scope="module")
def infected(tmp_path_factory):
    """The infected county."""
    return Infected(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="module")
def done(infected):
    """What the county came to: the folder of the outputs, and what was said."""
    root = infected.path.parents[1]
    before = listing(root)
    out = root / "out"
    ended = CliRunner().invoke(cli.main, ["analyse", str(infected.path), "--out", str(out)])
    assert ended.exit_code == 0, ended.output[-2_000:]
    checked = CliRunner().invoke(cli.main, ["check", str(infected.path)])
    assert checked.exit_code == 0, checked.output[-2_000:]
    assert {path for path in listing(root) if not path.startswith("out/")} == before
    return out, ended, checked


def listing(root):
    """Every file below a folder."""
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def pages(done):
    """The three pages, read."""
    return {
        name: (done[0] / f"{name}.html").read_text(encoding="utf-8")
        for name in ("index", "map", "report")
    }


# -- when it is made -----------------------------------------------------------------------------


def test_the_corpus_is_large():
    """At least 200 strings, and some of every kind."""
    every = hostile.corpus("x")
    assert len(every) == len(set(every)) >= 250
    assert all(len(texts) >= 14 for texts in hostile.KINDS.values())


def test_nothing_runs_while_the_outputs_are_made(infected, done):
    """No command has left its file behind, and no expression has been worked out anywhere."""
    out, ended, checked = done
    assert not infected.target.exists()
    assert not list(infected.path.parents[1].rglob("*touched*"))
    for path in out.rglob("*"):
        if path.suffix in {".html", ".csv", ".json", ".svg"}:
            text = path.read_text(encoding="utf-8")
            if path.suffix == ".svg":
                # letters are lines; what they say stands in comments
                text = "".join(re.findall("<!--(.*?)-->", text, re.DOTALL))
            assert not [each for each in hostile.WORKED_OUT if each in text], path.name
    for said in (ended.output, checked.output):
        assert not [each for each in hostile.WORKED_OUT if each in said]


def test_files_stay_where_they_belong(done):
    """Outputs have the names that are foretold, of harmless signs, all inside the folder."""
    out = done[0]
    record = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert listing(out) == set(record["outputs"])
    assert all(re.fullmatch(r"(tables/|stills/)?[\w.-]+", name) for name in record["outputs"])
    assert {path.resolve().is_relative_to(out.resolve()) for path in out.rglob("*")} == {True}


def test_nothing_steers_the_terminal(done):
    """What is printed holds no sign that moves the cursor, hides or turns a line round."""
    for ended in done[1:]:
        for line in ended.output.splitlines():
            assert line == printable(line)
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", line)


# -- files of figures ----------------------------------------------------------------------------


def plain(text):
    """A text without what no file of text can tell: ends of line of any kind."""
    return re.sub(r"\r\n?|\n", "\n", str(text)).strip()


def test_every_name_comes_through_the_tables(infected, done):
    """CSV cells are the very names: of practices, PCNs, services, teams, bases and attributes."""
    out = done[0]

    def column(table, key):
        with (out / "tables" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return [plain(row[key]) for row in csv.DictReader(file)]

    assert column("practices", "practice_name") == list(map(plain, infected.practices.values()))
    assert column("pcns", "pcn_name") == list(map(plain, infected.pcns.values()))
    assert sorted(column("services", "service_id")) == sorted(map(plain, infected.services))
    names = {plain(text) for text in hostile.packed(infected.texts, len(LETTERS))}
    for key in ("team_name", "base_name"):
        assert set(column("teams", key)) <= names
    assert set(infected.headings) <= set(pd.read_csv(out / "tables" / "pcns.csv").columns)


def test_no_cell_of_the_workbook_is_a_formula_or_leads_out(infected, done):
    """Every cell is text or a number, links lead to sheets, and names come through whole."""
    path = done[0] / "footprint.xlsx"
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [cell.coordinate for cell in cells if cell.hyperlink and cell.hyperlink.target] == []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            text = archive.read(name)
            assert b"<f>" not in text
            assert b"<f " not in text
            assert b'TargetMode="External"' not in text
    # signs that XML cannot hold are written as Excel writes them: _x001B_
    number = 1 + book.sheetnames.index("Practices")
    with zipfile.ZipFile(path) as archive:
        sheet = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
    column = [cell.value for cell in book["Practices"][1]].index("Practice") + 1
    letter = openpyxl.utils.get_column_letter(column)
    space = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    shown = [
        re.sub("_x([0-9A-F]{4})_", lambda sign: chr(int(sign[1], 16)), "".join(cell.itertext()))
        for cell in sheet.iter(f"{space}c")
        if re.fullmatch(rf"{letter}\d+", cell.get("r"))
    ]
    wanted = [plain(text) for text in infected.practices.values()]
    assert [plain(text) for text in shown[1:]] == wanted


def test_every_name_comes_through_the_geopackage(infected, done):
    """Layers hold the very names, and no layer or table has one of them for its own."""
    path = done[0] / "footprint.gpkg"
    frame = gpd.read_file(path, layer="practices").set_index("practice_code")["practice_name"]
    assert {code: plain(text) for code, text in frame.items()} == {
        code: plain(text) for code, text in infected.practices.items()
    }
    named = {plain(text) for text in gpd.read_file(path, layer="branches")["site_name"]}
    assert {plain(text) for text in infected.texts} <= named
    base = sqlite3.connect(path)
    tables = [name for (name,) in base.execute("select name from sqlite_master")]
    assert all(re.fullmatch(r"\w+", name) for name in tables)


def test_pictures_are_pictures(done):
    """Each SVG can be read, has no script, handler or address, and each PNG begins as one."""
    for path in (done[0] / "stills").iterdir():
        if path.suffix == ".png":
            assert path.read_bytes().startswith(b"\x89PNG")
            continue
        root = ET.fromstring(path.read_text(encoding="utf-8"))
        for each in root.iter():
            assert not str(each.tag).endswith(("script", "foreignObject"))
            assert not [key for key in each.attrib if key.lower().startswith("on")]
            links = [value for key, value in each.attrib.items() if key.endswith("href")]
            assert all(link.startswith(("#", "data:image/")) for link in links)


# -- pages ---------------------------------------------------------------------------------------


def test_no_name_has_become_an_element(pages):
    """Pages have our elements only, no handler, no address, and as many scripts as ever."""
    # the map's data, Leaflet and folium's beside ours
    scripts = {"index": 0, "report": 0, "map": len(SCRIPTS) + 3}
    for name, text in pages.items():
        tags = Reader(text).tags
        assert sum(tag == "script" for tag, _ in tags) == scripts[name]
        assert not {"iframe", "object", "embed", "base", "link", "form", "b", "marquee", "video",
                    "audio", "math", "textarea", "animate"} & {tag for tag, _ in tags}  # fmt: skip
        for tag, values in tags:
            assert not [key for key in values if key.startswith("on")]
            assert tag != "img" or values["src"].startswith("data:image/png;base64,")
            href = values.get("href") or "#"
            assert tag != "a" or re.fullmatch(r"[\w./-]*(#[\w-]*)?", href), href
        assert sum(tag == "meta" for tag, _ in tags) == 5


def test_every_name_is_there_to_be_read(infected, pages):
    """The report shows each name of a practice, a PCN, a service and a file, as text and whole."""
    said = Reader(pages["report"]).said.casefold()

    def lost(texts):
        return [text for text in texts if spaced(text).casefold() not in said]

    assert lost(infected.practices.values()) == []
    assert lost(infected.pcns.values()) == []
    assert lost(hostile.packed(infected.texts, 4)) == []
    assert lost(infected.files.values()) == []
    assert lost([infected.name]) == []
    for name in ("index", "map"):
        assert spaced(infected.name).casefold() in Reader(pages[name]).said.casefold()


def test_the_maps_data_are_data(infected, pages):
    """The map's script reads every name as it was, from one element that no name can end."""
    found = re.search(
        r'<script type="application/json" id="footprint-data">(.*?)</script>', pages["map"]
    )
    assert not re.search("[<>&\u2028\u2029]", found[1])
    data = page_data(pages["map"])
    official = {each["code"]: plain(each["official"]) for each in data["practices"]}
    assert official == {code: plain(text) for code, text in infected.practices.items()}
    assert {plain(each["official"]) for each in data["pcns"]} == set(
        map(plain, infected.pcns.values())
    )
    places = {plain(each["name"]) for each in data["shapes"]["places"]}
    assert {plain(text) for text in infected.texts} <= places


# -- in the browser ------------------------------------------------------------------------------

_TOUR = """
const lost = [];
const same = (a, b) => a.replace(/\\s+/g, ' ').trim() === b.replace(/\\s+/g, ' ').trim();
const told = target => {
  footprint.choose(target);
  return document.querySelector('#told h2').textContent;
};
document.querySelectorAll('#overlays input:not(:checked)').forEach(x => x.click());
[['pcn', footprint.data.pcns], ['practice', footprint.data.practices],
 ['team', footprint.data.teams], ['base', footprint.bases],
 ['place', footprint.data.shapes.places]].forEach(([kind, items]) => items.forEach((item, i) => {
  if (!same(told({kind: kind, i: i}), item.name)) lost.push([kind, item.name]);
}));
const service = document.querySelector('input[value="service"]');
service.click();
footprint.choose(null);
const choice = document.getElementById('service');
[...choice.options].forEach(option => {
  choice.value = option.value;
  choice.dispatchEvent(new Event('change'));
  if (!same(document.querySelector('#told h2').textContent, option.textContent))
    lost.push(['service', option.textContent]);
});
const box = document.getElementById('search');
footprint.data.practices.forEach(practice => {
  // a box of one line takes no end of line
  box.value = practice.name.replace(/\\s+/g, ' ');
  box.dispatchEvent(new Event('input'));
  const shown = [...document.querySelectorAll('#found [role=option] span:first-child')];
  if (practice.name.trim() && !shown.length) lost.push(['search', practice.name]);
});
box.value = 'e';
box.dispatchEvent(new Event('input'));
return lost;
"""


def calm(page):
    """Nothing has run: no mark on the window, no dialog, no word of an error, nothing asked for."""
    from selenium.common.exceptions import NoAlertPresentException

    with pytest.raises(NoAlertPresentException):
        _ = page.switch_to.alert.text
    assert page.execute_script(f"return window.{hostile.MARK}") is None
    assert page.execute_script(f"return ({{}}).{hostile.MARK}") is None
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []
    asked = []
    for entry in page.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            asked.append(message["params"]["request"]["url"])
    assert [url for url in asked if not re.match(r"data:|about:|file:.*/(?:\w+)\.html", url)] == []


def opened(browser, path):
    """Open a file; the logs are emptied first."""
    browser.get("about:blank")
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    browser.get(path.as_uri())
    return browser


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "report"])
def test_pages_to_read_stay_calm(browser, done, name):
    """Opened with every part unfolded, nothing of the corpus runs or loads."""
    page = opened(browser, done[0] / f"{name}.html")
    page.execute_script("document.querySelectorAll('details').forEach(x => { x.open = true; })")
    calm(page)


@pytest.mark.browser
def test_the_map_stays_calm_and_shows_every_name(browser, done):
    """Every PCN, practice, team, base, place and service chosen, every name searched for."""
    page = opened(browser, done[0] / "map.html")
    page.set_script_timeout(60)
    assert page.execute_script(_TOUR) == []
    assert page.execute_script(
        "return document.querySelectorAll('.stage script, .stage iframe, #told img,"
        " #told [onerror], #told [onload], #told style').length"
    ) == 0  # fmt: skip
    calm(page)


#: what ends every element and comment that a string may have left open
ENDS = "--></script></style></title></textarea></noscript></template></select></svg></math></table>"


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "report", "map"])
def test_the_policy_stops_a_planted_hole(browser, infected, pages, tmp_path, name):
    """With the whole corpus as markup in a copy of the page the browser runs none of it."""
    from selenium.common.exceptions import NoAlertPresentException

    hole = "".join(f"<div>{text}{ENDS}</div>" for text in infected.texts)
    planted = pages[name].replace('<main id="main"', f'{hole}<main id="main"', 1)
    assert len(planted) > len(pages[name]) + 10_000
    file = tmp_path / f"{name}.html"
    file.write_text(planted, encoding="utf-8")
    page = opened(browser, file)
    with pytest.raises(NoAlertPresentException):
        _ = page.switch_to.alert.text
    assert page.execute_script("return window.hacked") is None
    said = " ".join(entry["message"] for entry in page.get_log("browser"))
    assert "Content Security Policy" in said
    # the hole is one: without the policy the corpus runs
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", planted, count=1)
    bare = bare.replace("<head>", "<head><script>window.alert = () => {}</script>", 1)
    file.write_text(bare, encoding="utf-8")
    assert opened(browser, file).execute_script("return window.hacked") == 1


def test_a_users_column_takes_the_place_of_none_of_ours(tmp_path):
    """Nor of those that a GeoPackage needs for itself: both come through, whole."""
    names = ["fid", "geom", "geometry", "mark", "label", "verdict", "rowid"]
    made = County("AB\nAB", patients=400)
    rows = [(pcn_code(letter), *(f"{name} of {letter}" for name in names)) for letter in "AB"]
    made.files["attributes"] = (["PCN_CODE", *names], rows)
    content = pipeline.describe(pipeline.study(settings.load(made.write(tmp_path))))
    path = geopackage.write(content, tmp_path / "out.gpkg")
    theirs = [name if name == "rowid" else f"{name} (attribute)" for name in names]
    for frame in (content.tables["pcns"], gpd.read_file(path, layer="pcns")):
        assert frame[theirs].to_numpy().tolist() == [list(row[1:]) for row in rows]


# -- texts without end ---------------------------------------------------------------------------


def test_a_text_longer_than_a_cell_can_be_is_refused(tmp_path):
    """A name of a million signs would take minutes to draw: it is told where it stands."""
    made = County("AB", patients=400)
    path = made.write(tmp_path / "in")
    names = path.parent / "map.csv"
    names.write_text(names.read_text().replace("B PCN", "B" * 1_000_000))
    ended = CliRunner().invoke(cli.main, ["analyse", str(path), "--out", str(tmp_path / "out")])
    assert ended.exit_code == 2
    assert "row 3, column PCN_NAME: found 'BBBB" in ended.output
    assert "expected a text of 32,767 signs at most" in ended.output
    assert not (tmp_path / "out").exists()


def test_a_patch_has_a_name_and_not_a_book(tmp_path):
    """The name of the patch is the title of every page and picture."""
    path = County("AB", patients=400).write(tmp_path / "in")
    path.write_text(path.read_text().replace("Toyshire", "T" * 5_001))
    ended = CliRunner().invoke(cli.main, ["analyse", str(path), "--out", str(tmp_path / "out")])
    assert ended.exit_code == 2
    assert "column name: found name of 5,001 signs; expected 5,000 at most" in ended.output


def test_there_is_an_end_to_further_columns(tmp_path):
    """A table of the GeoPackage cannot hold ten thousand: they are refused where they stand."""
    path = tmp_path / "attributes.csv"
    names = [f"c{number}" for number in range(10_000)]
    toy.table(path, ["PCN_CODE", *names], [("U99001", *names)])
    with pytest.raises(InputError, match="found 10,000 further columns; expected 1,000 at most"):
        people.attributes(path)


@pytest.mark.filterwarnings("ignore:File .* non conformant file extension")
@pytest.mark.parametrize("packed", [False, True])
def test_a_view_that_never_ends_is_not_read(tmp_path, packed):
    """A layer that is worked out as it is read is none; the table beside it is read."""
    made = County("AB", patients=400)
    made.write(tmp_path)
    path = tmp_path / "areas.gpkg"
    gpd.read_file(tmp_path / "areas.geojson").to_file(path, layer="areas", driver="GPKG")
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        base.execute(
            "create view endless as with recursive r(n) as (select 1 union all select n + 1 from"
            " r) select n as fid, geom, lsoa21_code from r, areas"
        )
        # it would come first
        base.execute("update gpkg_contents set data_type = 'attributes'")
        base.execute(
            "insert into gpkg_contents (table_name, data_type, identifier, srs_id)"
            " values ('endless', 'features', 'endless', 27700)"
        )
        base.execute(
            "insert into gpkg_geometry_columns values ('endless','geom','POLYGON',27700,0,0)"
        )
        base.execute("update gpkg_contents set data_type = 'features' where table_name = 'areas'")
    if packed:
        with zipfile.ZipFile(tmp_path / "areas.zip", "w") as archive:
            archive.write(path, "areas.gpkg")
        path = tmp_path / "areas.zip"
    (layer,) = vector.layers(path)
    assert "lsoa21_code" in layer.fields
    assert len(layer.read(["lsoa21_code"])) == 2


@pytest.mark.parametrize("name", ["a;b!c", "zip:x", "s3:"])
def test_a_geopackage_is_written_where_it_is_asked_for(tmp_path, monkeypatch, name):
    """Signs that mean an archive or an address to its library are signs of a folder's name."""
    made = County("AB", patients=400)
    content = pipeline.describe(pipeline.study(settings.load(made.write(tmp_path / "in"))))
    monkeypatch.chdir(tmp_path)
    path = geopackage.write(content, Path(name) / "out.gpkg")
    assert path.read_bytes().startswith(b"SQLite format 3")
    assert {each.name for each in path.parent.iterdir()} == {"out.gpkg"}
    assert {each.name for each in tmp_path.iterdir()} == {"in", name}


def test_an_archive_of_thousands_of_files_is_refused(tmp_path):
    """Each would be looked into: twenty thousand of them for hours."""
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(1_001):
            archive.writestr(f"{number}.csv", "PCN_CODE,remark\n")
    with pytest.raises(InputError, match="found an archive of 1,001 files; expected 1,000 at most"):
        people.attributes(path)


def test_a_folder_with_an_end_of_line_in_its_name_is_one(tmp_path):
    """What GDAL would leave out of a path stays in it."""
    made = County("AB", patients=400)
    folder = tmp_path / "a\nb"
    made.write(folder)
    (layer,) = vector.layers(folder / "areas.geojson")
    assert len(layer.read(["lsoa21_code"])) == 2
