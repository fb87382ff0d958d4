"""What stands around the footprints on the map's page: neighbours, branches, outlines, names."""

from __future__ import annotations

import dataclasses
import json
import re

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from helpers_content import CRS, HOSTILE, content
from map_data import polygons
from test_map_page import WORST, opened, read, text_of
from toy import County, code_of, pcn_code

from footprint import pipeline, settings
from footprint.maps.page import build
from footprint.maps.payload import payload
from footprint.report import stills, views
from footprint.report.names import proper


def surrounded(text=None):
    """
    Content of the tiny grid with branches, a neighbour, localities and outlines.

    Zenith, from outside, has won a square east of the grid, which Cedar would have else; the
    districts are the grid's upper and lower half, the localities its west and east.
    """

    def say(plain):
        return plain if text is None else text

    def frame(shapes, **columns):
        return gpd.GeoDataFrame(columns, geometry=shapes, crs=CRS)

    given = content(text=text)
    layers = {
        **given.layers,
        "practices": given.layers["practices"].assign(spread=[False, True, False, False, False]),
        "branches": frame(
            [shapely.Point(401_500, 298_500), shapely.Point(404_500, 300_500)],
            practice_code=["M00001", "M00004"],
            practice_name=[say("Practice 1"), say("Practice 4")],
            site_name=[say("Mill Branch"), say("")],
            postcode=["TS1 2BB", "TS1 3CC"],
            pcn_code=["U00001", "U00003"],
        ),
        "neighbours": frame(
            [shapely.box(406_000, 299_000, 407_000, 300_000)],
            pcn_code=["U00009"],
            pcn_name=[say("ZENITH PCN")],
            small_areas=[1],
            patients=[740],
        ),
        "localities": frame(
            [
                shapely.box(400_000, 297_000, 403_000, 301_000),
                shapely.box(403_000, 297_000, 406_000, 301_000),
            ],
            locality=[say("West Side"), say("East Side")],
        ),
        "outlines": frame(
            [
                shapely.box(400_000, 299_000, 406_000, 301_000),
                shapely.box(400_000, 297_000, 406_000, 299_000),
            ],
            name=[say("Upper District"), say("Lower District")],
        ),
    }
    readings = pd.DataFrame(
        {
            "small_area_code": ["E01000099"],
            "owner_all": ["U00009"],
            "owner_own": ["U00003"],
            "patients_all": [740],
            "patients_own": [60],
        }
    )
    return dataclasses.replace(given, layers=layers, tables={**given.tables, "readings": readings})


def shape(geojson):
    """A shape of the page in degrees."""
    return shapely.from_geojson(json.dumps(geojson))


# -- what the script and the table are given -----------------------------------------------------


def test_neighbours_are_drawn_named_and_in_the_table():
    """What a PCN from outside has won keeps its name on the map and its row in the table."""
    page = build(surrounded())
    data = read(page)
    (zenith,) = data["shapes"]["neighbours"]
    assert (zenith["code"], zenith["name"], zenith["short"]) == ("U00009", "Zenith PCN", "Zenith")
    assert (zenith["areas"], zenith["patients"], zenith["else"]) == (1, 740, ["Cedar PCN"])
    ((ring,),) = polygons(data["arcs"], zenith["shape"])
    lat, lon = zenith["at"]
    assert shapely.Polygon(ring).contains(shapely.Point(lon * 1e5, lat * 1e5))
    row = re.search(r'<tr data-neighbour="U00009">.*?</tr>', page, re.DOTALL)[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", row).split())
    for said in ("Zenith PCN", "outside the patch", "not judged here", "1 small area", "740"):
        assert said in words
    # the patch's own are still those that are judged
    assert page.count("<tr data-code=") == 3
    assert "data-neighbour=" not in build(content())


def test_the_patchs_border_holds_what_a_neighbour_has_won():
    """The patch is its small areas, whoever has most patients in them: 25 squares, not 24."""
    (outline,) = payload(surrounded())["shapes"]["outline"]
    (bare,) = payload(content())["shapes"]["outline"]
    assert shape(outline).area / shape(bare).area == pytest.approx(25 / 24, rel=0.01)


def test_outlines_and_localities_are_lines_with_names():
    """The border that two share comes once: around the grid and across it."""
    shapes = payload(surrounded())["shapes"]
    found = {key: [each["name"] for each in shapes[key]["names"]] for key in ("outlines",)}
    assert found["outlines"] == ["Upper District", "Lower District"]
    assert [each["name"] for each in shapes["localities"]["names"]] == ["West Side", "East Side"]
    for key, across in (("outlines", 6_000), ("localities", 4_000)):
        (lines,) = shapes[key]["lines"]
        assert lines["type"] == "MultiLineString"
        drawn = gpd.GeoSeries([shape(lines)], crs=4326).to_crs(27700)[0]
        assert drawn.length == pytest.approx(20_000 + across, rel=0.01)
    bare = payload(content())["shapes"]
    assert bare["outlines"] == bare["localities"] == {"lines": [], "names": []}


def test_branches_stand_apart_and_know_their_practice():
    """A branch has its own place, and the practice that it is of by its place in the list."""
    data = payload(surrounded())
    assert [(each["name"], each["of"], each["practice"]) for each in data["branches"]] == [
        ("Mill Branch", "Practice 1", 0),
        ("", "Practice 4", 3),
    ]
    assert data["branches"][0]["at"] != data["practices"][0]["at"]
    assert [each["spread"] for each in data["practices"]] == [False, True, False, False, False]
    assert payload(content())["branches"] == []


def test_a_slight_flag_has_its_own_colour_and_comes_last():
    """A PCN flagged by a note alone is shaded less than one with a mild flag."""
    given = content()
    checks = given.tables["checks"].copy()
    checks.loc[checks["pcn_code"] == "U00002", "severity"] = "note"
    data = payload(dataclasses.replace(given, tables={**given.tables, "checks": checks}))
    keys = [data["verdicts"][pcn["verdict"]]["key"] for pcn in data["pcns"]]
    assert keys == ["strong", "slight", "note"]
    fills = [data["verdicts"][pcn["verdict"]]["fill"] for pcn in data["pcns"]]
    assert len(set(fills)) == 3


def test_two_slight_flags_rank_below_one_that_weighs():
    """Strong flags count first, then mild, then slight ones, whatever the list size."""
    given = content()
    checks, pcns = given.tables["checks"].copy(), given.tables["pcns"].copy()
    # Beech, the largest, has two slight flags, Cedar a mild one
    checks.loc[checks["pcn_code"] == "U00002", ["verdict", "severity"]] = ["flag", "note"]
    cedar = (checks["pcn_code"] == "U00003") & (checks["check"] == "parts")
    checks.loc[cedar, ["verdict", "severity"]] = ["flag", "mild"]
    pcns["verdict"] = "flag"
    given = dataclasses.replace(given, tables={**given.tables, "checks": checks, "pcns": pcns})
    found = views.flagged(given)
    assert found["pcn_code"].tolist() == ["U00001", "U00003", "U00002"]
    assert found["checks"].tolist() == [("parts",), ("parts",), ("population", "parts")]


def test_stills_have_room_for_all_of_it():
    """Neighbours, branches and outlines are in the picture's legend, which takes two lines."""
    figure = stills.footprints(surrounded())
    words = {text.get_text(): text.get_position() for text in figure.texts}
    for said in ("PCN outside the patch", "Outline for orientation", "Branch surgery"):
        assert said in words
    rows = {round(words[said][1], 4) for said in ("Practice", "Outline for orientation")}
    assert len(rows) == 2
    assert max(x for x, _ in words.values()) < 0.9
    named = {text.get_text().replace("\n", " ") for text in figure.axes[0].texts}
    assert {"Zenith", "UPPER DISTRICT", "LOWER DISTRICT"} <= named


# -- from files to the page ----------------------------------------------------------------------


def toy_page(county, folder):
    """The page of a toy patch, and what its script reads."""
    page = build(pipeline.describe(pipeline.study(settings.load(county.write(folder)))))
    return page, read(page)


def test_a_patch_with_neighbours(tmp_path):
    """An area that a PCN from outside wins is drawn by its name, and nothing is hatched."""
    # A A X: A's second cell has 900 of X's patients beside 400 of A's
    county = County("AAX", patients=400, outside="X", extra=[("Z00001", code_of(0, 1), 900)])
    page, data = toy_page(county, tmp_path)
    (near,) = data["shapes"]["neighbours"]
    assert (near["name"], near["areas"], near["patients"]) == ("X PCN", 1, 900)
    assert near["else"] == ["A PCN"]
    assert data["shapes"]["elsewhere"] == []
    text = page.replace("&#39;", "'")
    assert "Read against the patch's own PCNs only, it would go to A PCN" in text
    assert "nobody competes" not in text


def test_a_patch_without_neighbours(tmp_path):
    """Nobody competes, which is said, and areas with few registrations are hatched."""
    # A A ?: 400 patients in each of A's cells, 299 in the last
    county = County("AA?", patients=400, extra=[("Z00000", code_of(0, 2), 299)])
    page, data = toy_page(county, tmp_path)
    assert data["shapes"]["neighbours"] == []
    assert len(data["shapes"]["elsewhere"]) == 1
    assert "The registrations hold no PCNs from outside the patch" in page
    assert "1 small area with fewer than 300 registrations is marked" in page


def test_branches_and_localities_of_a_patch(tmp_path):
    """Branches of the patch's practices come to the page with localities; others' do not."""
    county = County("AAX", patients=400, outside="X")
    x, y = 400_000, 300_500
    county.files["sites"] = (
        ["PRACTICE_CODE", "SITE_NAME", "POSTCODE", "EASTING", "NORTHING"],
        [("Z00000", "MILL LANE", "ZZ9 9ZZ", x + 1_500, y), ("Z00001", "FAR", "", x + 2_600, y)],
    )
    county.files["localities"] = (
        ["LSOA_CODE", "LOCALITY"],
        [(code_of(0, 0), "North"), (code_of(0, 1), "South")],
    )
    _, data = toy_page(county, tmp_path)
    assert [(each["name"], each["postcode"]) for each in data["branches"]] == [
        ("Mill Lane", "ZZ9 9ZZ")
    ]
    assert data["practices"][data["branches"][0]["practice"]]["code"] == "Z00000"
    assert [each["name"] for each in data["shapes"]["localities"]["names"]] == ["North", "South"]
    (told,) = [c for c in data["pcns"][0]["checks"] if c["check"] == "Boundaries crossed"]
    assert data["pcns"][0]["code"] == pcn_code("A")
    assert "50% of its patients live outside its main locality (North)." in told["evidence"]


# -- hostile names -------------------------------------------------------------------------------


@pytest.mark.parametrize("text", WORST)
def test_hostile_names_run_nothing_when_the_page_is_made(text, tmp_path):
    """Names of neighbours, localities, outlines and branches arrive as they were."""
    target = tmp_path / "touched"
    text = text.replace("TARGET", str(target))
    page = build(surrounded(text))
    data = read(page)
    assert not target.exists()
    assert page.count("<script") == build(content()).count("<script")
    for key in ("localities", "outlines"):
        assert {each["name"] for each in data["shapes"][key]["names"]} == {proper(text)}
    assert data["shapes"]["neighbours"][0]["name"] == proper(text)
    assert data["branches"][0]["name"] == proper(text)
    assert "49{% raw" not in page


@pytest.mark.browser
@pytest.mark.parametrize("text", [WORST[4], WORST[5], HOSTILE[5]])
def test_hostile_names_are_words_in_the_browser(browser, tmp_path, text):
    """Switched on and chosen, they are shown as they are and nothing runs."""
    page = opened(browser, tmp_path, build(surrounded(text)))
    page.execute_script(
        "document.querySelectorAll('#overlays input:not(:checked)').forEach(x => x.click());"
        "footprint.choose({kind: 'practice', i: 0}); footprint.choose({kind: 'neighbour', i: 0})"
    )
    assert text in text_of(page, "#told h2")
    assert text in text_of(page, "#legend")
    assert page.execute_script("return window.hacked") is None
    assert page.execute_script("return document.querySelectorAll('[onerror],[onload]').length") == 0
    assert [entry for entry in page.get_log("browser") if entry["level"] == "SEVERE"] == []


# -- by mouse, by keyboard -----------------------------------------------------------------------


@pytest.mark.browser
def test_overlays_switch_and_the_legend_follows(browser, tmp_path):
    """Localities, outlines, neighbours and branches come and go with their boxes."""
    page = opened(browser, tmp_path, build(surrounded()))
    says = {
        "localities": "outline of a locality",
        "outlines": "outline for orientation",
        "neighbours": "outside the patch: Zenith",
        "branches": "branch surgery",
    }
    colours = {key: read(build(surrounded()))["ground"][key[:-1]] for key in ("outlines",)}
    colours["localities"] = read(build(surrounded()))["ground"]["locality"]

    def drawn(value):
        script = "return document.querySelectorAll(arguments[0]).length"
        selector = f'.leaflet-over-pane path[stroke="{colours[value]}"]'
        return page.execute_script(script, selector) > 0

    for value, said in says.items():
        box = f"document.querySelector('#overlays input[value={value}]')"
        # localities are a second set of borders: shown when asked for
        on = value != "localities"
        assert page.execute_script(f"return {box}.checked") == on
        for _ in range(2):
            assert (said in text_of(page, "#legend")) == on
            if value in colours:
                assert drawn(value) == on
            page.execute_script(f"{box}.click()")
            on = not on


@pytest.mark.browser
def test_what_a_patch_has_not_is_not_offered(browser, tmp_path):
    """Boxes for layers without anything in them are hidden."""
    hidden = (
        "return [...document.querySelectorAll('#overlays label')].filter(l => l.hidden)"
        ".map(l => l.querySelector('input').value).sort()"
    )
    page = opened(browser, tmp_path, build(surrounded()))
    assert page.execute_script(hidden) == []
    page = opened(browser, tmp_path, build(content()))
    assert page.execute_script(hidden) == ["localities", "neighbours", "outlines"]


@pytest.mark.browser
def test_a_neighbour_is_told_about(browser, tmp_path):
    """From the table, by keyboard and by search the panel says what it has won."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    page = opened(browser, tmp_path, build(surrounded()))
    page.execute_script("document.querySelector('button[data-outside]').click()")
    told = text_of(page, "#told")
    for said in ("Zenith PCN", "1 small area of the patch", "740", "it would go to Cedar PCN"):
        assert said in told
    page.execute_script("footprint.choose(null)")
    page.execute_script("document.querySelector('path[data-outside]').focus()")
    page.switch_to.active_element.send_keys(Keys.ENTER)
    assert "Zenith PCN" in text_of(page, "#told h2")
    page.execute_script("footprint.choose(null)")
    page.find_element(By.ID, "search").send_keys("zenith", Keys.ENTER)
    assert "Zenith PCN" in text_of(page, "#told h2")


@pytest.mark.browser
def test_a_branch_tells_of_its_practice(browser, tmp_path):
    """The mouse on a branch says whose it is; a click tells about the practice."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.support.ui import WebDriverWait

    page = opened(browser, tmp_path, build(surrounded()))
    # the first view may still glide into its place
    still = "return !map_footprint._animatingZoom"
    WebDriverWait(page, 10).until(lambda driver: driver.execute_script(still))
    spot = page.execute_script(
        "const m = map_footprint, at = footprint.data.branches[0].at;"
        "m.setView(at, 13, {animate: false});"
        "const b = m.getContainer().getBoundingClientRect(), p = m.latLngToContainerPoint(at);"
        "return [Math.round(b.x + p.x), Math.round(b.y + p.y)]"
    )
    actions = ActionChains(page)
    actions.w3c_actions.pointer_action.move_to_location(*spot)
    actions.perform()
    assert "Branch of Practice 1" in text_of(page, "#hover")
    actions = ActionChains(page)
    actions.w3c_actions.pointer_action.move_to_location(*spot)
    actions.w3c_actions.pointer_action.click()
    actions.perform()
    assert "Practice 1" in text_of(page, "#told h2")
    assert "1 branch surgery" in text_of(page, "#told")
    assert "Mill Branch" in text_of(page, "#told")
    page.execute_script("footprint.choose({kind: 'practice', i: 1})")
    assert "Most of its patients live far from it" in text_of(page, "#told")
