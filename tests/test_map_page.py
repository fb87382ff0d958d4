"""The map's page: works alone, says what it shows, and takes names for names only."""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path

import branca.element
import geopandas as gpd
import numpy as np
import pytest
import shapely
from helpers_content import HOSTILE, NAMES, content
from map_data import page_data

from footprint.errors import ModelError
from footprint.maps import figure, geometry, leaflet
from footprint.maps.page import build
from footprint.maps.payload import payload
from footprint.report import layers

WORST = (
    "{{ cycler.__init__.__globals__.os.popen('touch TARGET') }}",
    "{% raw %}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "${alert(1)} `${window.hacked=1}`",
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<svg onload=window.hacked=1>\"'><b>",
    "' onmouseover='window.hacked=1",
    "__proto__",
    "constructor",
    *HOSTILE,
)
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xcf\xc0\xf0\x1f\x00\x05\x00\x01\xff\x89\x99=\x1d"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture(scope="module")
def html():
    """The page of the tiny grid."""
    return build(content())


def read(html):
    """What the page's script reads."""
    return page_data(html)


# -- the file ------------------------------------------------------------------------------------


def test_page_points_nowhere(html):
    """Nothing but names of namespaces looks like an address, and folium loads nothing."""
    assert set(re.findall(r"https?://[\w.]+", html)) == {"http://www.w3.org"}
    assert not re.search(r"<(?:link|iframe)|<script[^>]+src|sourceMappingURL|cdn", html)


def test_same_content_same_bytes(html):
    """Folium's random names do not reach the page."""
    assert build(content()) == html


def test_folium_makes_the_map(html):
    """The map object, its options and its first view are what folium's template writes."""
    script = html[html.index("var map_footprint = L.map(") :]
    assert '"preferCanvas": true' in script
    assert '"attributionControl": false' in script
    assert "map_footprint.fitBounds(" in script
    assert "footprint.start(map_footprint);" in script
    assert '<div class="folium-map" id="map_footprint" ></div>' in html


def test_page_is_outlined_for_readers(html):
    """One heading of the first rank, a main part, a table named by its heading, a skip link."""
    assert html.count("<h1") == 1
    assert '<main id="main"' in html
    assert 'href="#main"' in html
    assert re.search(r'<table class="data" id="pcn-table">\s*<caption', html)


def test_table_says_what_the_map_shows(html):
    """A row for every PCN, with its size, verdict, flags, parts and retention."""
    rows = re.findall(r'<tr data-code="(\w+)">(.*?)</tr>', html, re.DOTALL)
    assert [code for code, _ in rows] == sorted(NAMES)
    alder = re.sub(r"<[^>]+>|\s+", " ", dict(rows)["U00001"])
    for word in ("Alder PCN", "32,000", "Strong flag", "Separate parts", "90%", "North nurses"):
        assert word in alder


def test_still_is_there_without_scripts_and_in_print():
    """The picture is in the page itself, with words for those who do not see it."""
    page = build(content(), still=PNG)
    assert '<img src="data:image/png;base64,iVBOR' in page
    assert 'alt="Map of the PCN footprints of Testshire' in page
    assert "<noscript>" in page
    assert "data:image/png" not in build(content())


def test_page_without_teams_has_no_team_choices():
    """Where no services are given nothing about teams is offered."""
    page = build(content(teams=False))
    choices = page[: page.index('<script type="application/json"')]
    assert 'value="service"' not in choices
    assert 'value="bases"' not in choices
    assert 'value="verdict"' in choices
    assert read(page)["teams"] == []


def test_invented_patch_says_so():
    """The fictional patch is called illustrative at the top."""
    assert "Illustrative." in build(content(illustrative=True))


# -- what the script is given --------------------------------------------------------------------


def test_footprints_keep_their_parts_and_stay_a_coverage():
    """Every polygon knows its part, and simplifying opens no gap between neighbours."""
    data = payload(content())
    alder, beech, cedar = data["pcns"]
    assert sorted(alder["of"]) == [1, 2]
    assert beech["of"] == [1]
    shapes = [shapely.from_geojson(json.dumps(pcn["shape"])) for pcn in (alder, beech, cedar)]
    whole = shapely.union_all(shapes)
    assert whole.geom_type == "Polygon"
    assert not whole.interiors
    assert whole.area == pytest.approx(sum(shape.area for shape in shapes), rel=1e-6)
    assert [data["verdicts"][pcn["verdict"]]["key"] for pcn in data["pcns"]] == [
        "strong",
        "mild",
        "note",
    ]


def test_places_and_degrees_are_right():
    """A point of the grid comes out where the National Grid has it."""
    at = payload(content())["practices"][0]["at"]
    back = gpd.GeoSeries([shapely.Point(at[1], at[0])], crs=4326).to_crs(27700)[0]
    assert back.distance(shapely.Point(400_500, 300_500)) < 2
    assert all(len(str(each).split(".")[1]) <= 5 for each in at)


def test_staff_are_told_today_and_as_proposed():
    """Rows of the allocation arrive with both figures; the groups with their PCNs."""
    nursing, feet, talk = payload(content())["services"]
    assert nursing["staffing"][1] == [0, 1, 4.4, 14.0, 4.4]
    assert nursing["groups"] == []
    assert feet["groups"][0]["population"] == 104_000
    assert feet["groups"][0]["pcns"] == [0, 1, 2]
    assert talk["staffing"] == []


def test_teams_that_meet_differ_in_colour():
    """Two teams of a service that work in one PCN do not share a fill."""
    teams = {team["id"]: team["colour"] for team in payload(content())["teams"]}
    assert teams["N1"] != teams["N2"]


def test_pcn_without_a_footprint_is_still_told():
    """A PCN that won no small area has no shape, and keeps its row and its facts."""
    given = content()
    layer = given.layers["pcns"].copy()
    layer.loc[layer["pcn_code"] == "U00003", "geometry"] = None
    given = dataclasses.replace(given, layers={**given.layers, "pcns": layer})
    cedar = payload(given)["pcns"][2]
    assert cedar["shape"] is None
    assert cedar["list"] == 18_000
    assert build(given).count("<tr data-code=") == 3


def test_slivers_of_the_land_are_filled_and_lakes_stay():
    """Tiny holes are artefacts of a union; a large one is water."""
    hole = shapely.box(1, 1, 2, 2)
    lake = shapely.box(10, 10, 60, 60)
    land = shapely.difference(shapely.box(0, 0, 100, 100), shapely.union_all([hole, lake]))
    kept = geometry.without_small_holes(land, 10)
    assert kept.area == 100 * 100 - 50 * 50


@pytest.mark.parametrize(("reach", "wide"), [(600.0, False), (9_000.0, True)])
def test_land_goes_as_far_as_it_is_known(reach, wide):
    """Of a country's file all land in sight and beyond, of any other a ring; the sea stays."""
    given = content()
    west, south, east, north = layers.bounds(given)
    # land on three sides, the sea in the south
    land = shapely.box(west - 9_000, south, east + 9_000, north + 9_000)
    around = gpd.GeoDataFrame({"reach_m": [reach]}, geometry=[land], crs=layers.CRS)
    given = dataclasses.replace(given, layers={**given.layers, "surroundings": around})
    (drawn,) = payload(given)["shapes"]["land"]
    shape = gpd.GeoSeries([shapely.geometry.shape(drawn)], crs=4326).to_crs(layers.CRS)[0]
    middle = (west + east) / 2
    assert shapely.intersects_xy(shape, middle, north + 500)
    assert shapely.intersects_xy(shape, middle, north + 8_000) == wide
    assert shapely.intersects_xy(shape, middle, north + 9_000 + (north - south)) == wide
    assert not shapely.intersects_xy(shape, middle, south - 500)


def test_detail_follows_the_extent():
    """A county loses tens of metres of detail, England no more than 250, a village at least 5."""
    assert geometry.tolerance((0, 0, 60_000, 80_000)) == pytest.approx(20)
    assert geometry.tolerance((0, 0, 500_000, 600_000)) == 150
    assert geometry.tolerance((0, 0, 100, 100)) == 5


def test_mixed_evidence_keeps_its_areas():
    """Of a collection the pieces of the highest dimension are drawn."""
    mixed = shapely.GeometryCollection([shapely.Point(5, 5), shapely.box(0, 0, 1, 1)])
    assert geometry.geojson(mixed)["type"] == "Polygon"
    assert geometry.geojson(shapely.Point(1, 2)) == {"type": "Point", "coordinates": [1.0, 2.0]}
    line = shapely.LineString(np.array([[0, 0], [1, 1]]))
    assert geometry.geojson(line)["coordinates"] == [[0.0, 0.0], [1.0, 1.0]]


# -- other people's code -------------------------------------------------------------------------


def test_leaflet_is_the_one_we_know(monkeypatch):
    """A file with another hash, another version or no package at all is refused."""
    assert leaflet.leaflet().script.startswith("/* @preserve\n * Leaflet 1.9.3")
    assert "url(" not in leaflet.leaflet().style
    monkeypatch.setitem(leaflet.FILES, "leaflet.js", "0" * 64)
    with pytest.raises(ModelError, match=r"leaflet\.js"):
        leaflet.leaflet()
    monkeypatch.setattr(leaflet, "VERSION", "1.9.4")
    with pytest.raises(ModelError, match=r"1\.9\.3"):
        leaflet.leaflet()
    monkeypatch.setattr(leaflet, "PACKAGE", "XStatic-Nothing")
    with pytest.raises(ModelError, match="not installed"):
        leaflet.leaflet()


def test_anything_folium_wants_to_load_is_refused():
    """A plug-in that brings a link to a network cannot slip into the page."""
    root = figure.PageFigure(lambda element, script: element + script)
    figure.PageMap(root, bounds=(52, -2, 53, -1))
    assert "L.map(" in root.render()
    root.header.add_child(branca.element.JavascriptLink("https://example.org/x.js"), name="x")
    with pytest.raises(ModelError, match=r"example\.org"):
        root.render()


# -- hostile names -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", WORST)
def test_hostile_names_run_nothing_when_the_page_is_made(text, tmp_path):
    """No name is rendered as a template or ends an element; it arrives as it was."""
    target = tmp_path / "touched"
    text = text.replace("TARGET", str(target))
    page = build(content(text=text, pcn_names={"U00001": text, "U00002": "B PCN", "U00003": "C"}))
    data = read(page)
    assert not target.exists()
    assert data["practices"][0]["official"] == text
    assert data["teams"][0]["base"] == text
    assert data["services"][0]["name"] == text
    assert data["shapes"]["places"][0]["name"] == text
    assert data["pcns"][0]["official"] == text
    # one script of data, Leaflet, ours and folium's: no name has added another
    assert page.count("<script") == build(content()).count("<script")
    assert "49{% raw" not in page


def opened(browser, tmp_path, page, *, address=""):
    """Open a page from a file; the logs are emptied first."""
    for kind in ("browser", "performance"):
        browser.get_log(kind)
    file = Path(tmp_path) / "map.html"
    file.write_text(page, encoding="utf-8")
    browser.get("about:blank")
    browser.get(file.as_uri() + address)
    return browser


def requested(browser):
    """Addresses that the page asked for, itself and pictures inside it left out."""
    found = []
    for entry in browser.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        # the browser's own first page may still be at work in the log
        ours = message["params"].get("documentURL", "").endswith("map.html")
        if message["method"] == "Network.requestWillBeSent" and ours:
            found.append(message["params"]["request"]["url"])
    return [url for url in found if not re.match(r"data:|about:|file:.*map\.html", url)]


def text_of(browser, selector):
    """Text of an element, or "" where there is none."""
    script = "const e = document.querySelector(arguments[0]); return e ? e.textContent : ''"
    return browser.execute_script(script, selector)


@pytest.mark.browser
@pytest.mark.parametrize("text", [*WORST[3:6], "__proto__", HOSTILE[5], "{{ 7*7 }}"])
def test_hostile_names_are_words_in_the_browser(browser, tmp_path, text):
    """Chosen, searched, hovered: the name is shown as it is and nothing runs."""
    names = {"U00001": text, "U00002": "Beech PCN", "U00003": "Cedar PCN"}
    page = opened(browser, tmp_path, build(content(text=text, pcn_names=names)))
    page.execute_script(
        """
        footprint.choose({kind: 'pcn', i: 0});
        document.querySelector('input[value="service"]').click();
        document.querySelectorAll('#overlays input:not(:checked)').forEach(x => x.click());
        footprint.choose({kind: 'practice', i: 0});
        footprint.choose({kind: 'base', i: 0});
        footprint.choose({kind: 'place', i: 0});
        const box = document.getElementById('search');
        box.value = 'a'; box.dispatchEvent(new Event('input'));
        """
    )
    for target in ("{kind: 'practice', i: 0}", "{kind: 'team', i: 0}", "{kind: 'place', i: 0}"):
        page.execute_script(f"footprint.choose({target})")
        assert text in text_of(page, "#told h2")
    page.execute_script("footprint.choose({kind: 'pcn', i: 0})")
    assert text in text_of(page, "#told")
    assert text in text_of(page, "#pcn-table")
    assert page.execute_script("return window.hacked") is None
    assert page.execute_script("return document.querySelectorAll('[onerror],[onload]').length") == 0
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []
    assert requested(page) == []


@pytest.mark.browser
def test_policy_stops_a_script_that_slips_in(browser, tmp_path, html):
    """In a copy with planted markup the browser refuses to run it, and our map still starts."""
    planted = html.replace(
        '<main id="main"',
        "<script>window.hacked=1</script><img src=x onerror='window.hacked=1'><main id=\"main\"",
        1,
    )
    assert planted != html
    page = opened(browser, tmp_path, planted)
    assert page.execute_script("return window.hacked") is None
    assert page.execute_script("return document.documentElement.classList.contains('ready')")
    messages = " ".join(entry["message"] for entry in page.get_log("browser"))
    assert "Content Security Policy" in messages


@pytest.mark.browser
def test_a_request_would_be_noticed(browser, tmp_path, html):
    """The watch on requests sees one: a picture planted in a copy without the policy."""
    planted = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html).replace(
        '<main id="main"', '<img src="https://example.org/x.png"><main id="main"', 1
    )
    page = opened(browser, tmp_path, planted)
    assert requested(page) == ["https://example.org/x.png"]


# -- by mouse, by keyboard -----------------------------------------------------------------------


@pytest.fixture
def opened_map(browser, tmp_path, html):
    """The page of the tiny grid in the browser."""
    return opened(browser, tmp_path, html)


def fills(page):
    """Fill of each footprint's path, by code."""
    return page.execute_script(
        "return Object.fromEntries([...document.querySelectorAll('path[data-pcn]')]"
        ".map(p => [p.dataset.pcn, p.getAttribute('fill')]))"
    )


@pytest.mark.browser
def test_map_opens_quietly_with_every_footprint(opened_map):
    """No error, nothing requested, a path that a keyboard reaches for every PCN."""
    assert set(fills(opened_map)) == set(NAMES)
    assert [e for e in opened_map.get_log("browser") if e["level"] == "SEVERE"] == []
    assert requested(opened_map) == []
    reach = opened_map.execute_script(
        "return [...document.querySelectorAll('path[data-pcn]')].map("
        "p => [p.getAttribute('tabindex'), p.getAttribute('role'), p.getAttribute('aria-label')])"
    )
    assert ["0", "button", "Alder PCN, Strong flag, 32,000 patients"] in reach


@pytest.mark.browser
def test_layers_switch_and_the_legend_follows(opened_map):
    """Each way to colour gives its own fills and its own legend."""
    seen = {}
    for value in ("verdict", "pcn", "size", "service"):
        opened_map.execute_script(f"document.querySelector('input[value={value}]').click()")
        seen[value] = (tuple(fills(opened_map).values()), text_of(opened_map, "#legend"))
    assert len({fill for fill, _ in seen.values()}) == 4
    assert len(set(seen["pcn"][0])) == 3
    assert "Strong flag" in seen["verdict"][1]
    assert "30,000 to 39,999" in seen["size"][1]
    assert "each PCN in the colour of its lead team." in seen["service"][1]
    assert "North1" in seen["service"][1]


@pytest.mark.browser
def test_today_and_proposed_differ(opened_map):
    """The switch changes what the lines and the panel say; a service without teams says so."""
    page = opened_map
    page.execute_script("document.querySelector('input[value=service]').click()")

    def widths():
        return page.execute_script(
            "return [...document.querySelectorAll('.leaflet-flows-pane path')]"
            ".map(p => p.getAttribute('stroke-width')).join()"
        )

    proposed = widths()
    page.execute_script("document.querySelector('input[value=today]').click()")
    assert widths() != proposed
    assert "today" in text_of(page, "#legend")
    page.execute_script(
        "const s = document.getElementById('service'); s.value = 'talk';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert widths() == ""
    assert "no teams are given" in text_of(page, "#legend")


@pytest.mark.browser
def test_click_on_the_map_tells_about_the_pcn(opened_map):
    """A real click in a footprint fills the panel; a click on a practice tells about it."""
    from selenium.webdriver import ActionChains

    page = opened_map
    spot = page.execute_script(
        "const m = map_footprint, b = m.getContainer().getBoundingClientRect(),"
        "p = m.latLngToContainerPoint(footprint.data.practices[2].at);"
        "return [Math.round(b.x + p.x), Math.round(b.y + p.y)]"
    )
    actions = ActionChains(page)
    actions.w3c_actions.pointer_action.move_to_location(spot[0], spot[1] + 45)
    actions.w3c_actions.pointer_action.click()
    actions.perform()
    assert "Beech PCN" in text_of(page, "#told h2")
    assert "Sentence 4." in text_of(page, "#told")
    actions = ActionChains(page)
    actions.w3c_actions.pointer_action.move_to_location(*spot)
    actions.w3c_actions.pointer_action.click()
    actions.perform()
    assert "Practice 3" in text_of(page, "#told h2")


@pytest.mark.browser
def test_keyboard_does_what_the_mouse_does(opened_map):
    """Enter on an area or in the list chooses, the panel has the focus, Escape lets go."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    page = opened_map
    page.execute_script("document.querySelector('path[data-pcn=U00001]').focus()")
    page.switch_to.active_element.send_keys(Keys.ENTER)
    told = text_of(page, "#told")
    for words in ("Alder PCN", "Strong flag", "Its 2 parts", "North nurses", "Practice 1"):
        assert words in told
    assert page.switch_to.active_element.get_attribute("id") == "panel"
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert "Where to look first" in text_of(page, "#told h2")
    page.find_element(By.CSS_SELECTOR, "[data-choose=U00003]").send_keys(Keys.ENTER)
    assert "Cedar PCN" in text_of(page, "#told h2")
    assert "Cedar PCN" in text_of(page, "#said")


@pytest.mark.browser
def test_search_finds_by_any_part_of_a_name(opened_map):
    """Arrow keys and Enter take a finding; Escape empties the box."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    page = opened_map
    box = page.find_element(By.ID, "search")
    box.send_keys("SOUTH nur")
    assert text_of(page, "#found").startswith("South nurses")
    box.send_keys(Keys.ARROW_DOWN, Keys.ENTER)
    assert "South nurses" in text_of(page, "#told h2")
    box.clear()
    box.send_keys("nothing like it")
    assert "Nothing by that name" in text_of(page, "#found")
    box.send_keys(Keys.ESCAPE)
    assert box.get_attribute("value") == ""


@pytest.mark.browser
def test_parts_can_be_zoomed_to(opened_map):
    """The button of a small part brings the map nearer to it."""
    page = opened_map
    page.execute_script("footprint.choose({kind: 'pcn', i: 0})")
    before = page.execute_script("return map_footprint.getZoom()")
    page.execute_script("document.querySelectorAll('.parts button')[1].click()")
    page.execute_script("map_footprint.stop()")
    after = page.execute_script(
        "const b = L.geoJSON(footprint.draw.partShape(footprint.pcns[0], 2)).getBounds();"
        "return [map_footprint.getBounds().contains(b), map_footprint.getZoom()]"
    )
    assert after[0]
    assert after[1] >= before


@pytest.mark.browser
def test_table_sorts_by_its_headings(opened_map):
    """Sorted by list size up and down; the sort is told to those who do not see it."""
    page = opened_map
    script = "document.querySelectorAll('#pcn-table thead button')[1].click()"
    order = "return [...document.querySelectorAll('#pcn-table tbody tr')].map(r => r.dataset.code)"
    page.execute_script(script)
    assert page.execute_script(order) == ["U00003", "U00001", "U00002"]
    page.execute_script(script)
    assert page.execute_script(order) == ["U00002", "U00001", "U00003"]
    assert (
        page.execute_script(
            "return document.querySelectorAll('#pcn-table th')[1].getAttribute('aria-sort')"
        )
        == "descending"
    )


@pytest.mark.browser
def test_an_address_opens_with_a_pcn_or_a_service(browser, tmp_path, html):
    """A link from the report leads to the PCN it is about."""
    page = opened(browser, tmp_path, html, address="#U00002")
    assert "Beech PCN" in text_of(page, "#told h2")
    page = opened(browser, tmp_path, html, address="#service-feet")
    assert "Podiatry" in text_of(page, "#told h2")


@pytest.mark.browser
def test_buttons_are_large_enough_to_tap(opened_map):
    """Controls of the map and of the panel are at least 44 pixels high."""
    small = opened_map.execute_script(
        "footprint.choose({kind: 'pcn', i: 0});"
        "return [...document.querySelectorAll('.leaflet-bar a, .button, .close, .segments label,"
        " #search, .masthead-nav a')].filter(e => e.offsetParent && "
        "Math.round(e.getBoundingClientRect().height) < 44).map(e => e.outerHTML.slice(0, 60))"
    )
    assert small == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 768, 400])
def test_page_fits_every_width(browser, tmp_path, html, width):
    """No width scrolls sideways, and the map is always in sight."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        page = opened(browser, tmp_path, html)
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
        box = page.execute_script(
            "const b = map_footprint.getContainer().getBoundingClientRect();"
            "return [b.top, b.width, b.height]"
        )
        assert box[0] < 450
        assert box[1] > 0.38 * width
        assert box[2] > 300
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.browser
def test_paper_has_one_legend_and_tables_that_can_be_read(browser, tmp_path):
    """In print the still speaks for itself, and each heading of the table is words, not buttons."""
    page = opened(browser, tmp_path, build(content(), still=PNG))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        hidden = page.execute_script(
            "return ['.still', '#legend', '#pcn-table details'].map("
            "s => document.querySelector(s).checkVisibility())"
        )
        heads = page.execute_script(
            "return [...document.querySelectorAll('#pcn-table th[data-head]')].map(th => ["
            "th.querySelector('button').textContent,"
            " getComputedStyle(th, '::before').content.replaceAll('\"', ''),"
            " th.querySelector('button').checkVisibility()])"
        )
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert hidden == [True, False, False]
    assert len(heads) == 6
    for words, printed, button in heads:
        assert printed == words
        assert not button


@pytest.mark.browser
def test_names_in_the_table_keep_their_words_on_a_phone(browser, tmp_path):
    """However narrow the screen, no name is broken inside a word."""
    names = {**NAMES, "U00002": "Hanley, Bucknall and Bentilee PCN"}
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        page = opened(browser, tmp_path, build(content(pcn_names=names)))
        wide, high = page.execute_script(
            "const b = document.querySelector('tr[data-code=U00002] .link'), r ="
            " b.getBoundingClientRect(); return [r.width, r.height]"
        )
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert wide > 90
    # three lines at most
    assert high < 80


@pytest.mark.browser
def test_small_screens_lead_from_the_map_to_the_words(browser, tmp_path, html):
    """Where the panel stands below the map, a choice shows a line that leads to it."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        page = opened(browser, tmp_path, html)
        shown = (
            "const m = document.getElementById('more');"
            "return getComputedStyle(m).display !== 'none' && m.textContent"
        )
        assert page.execute_script(shown) is False
        page.execute_script("footprint.choose({kind: 'pcn', i: 1})")
        assert page.execute_script(shown).startswith("Beech PCN")
        page.execute_script("document.getElementById('more').click()")
        top = "return document.getElementById('panel').getBoundingClientRect().top"
        assert page.execute_script(top) < 200
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
