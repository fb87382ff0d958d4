"""Pages for everybody: axe-core, contrast as recorded, keyboard, no scripts, words for pictures."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import accessibility as check
import pytest
import test_sharing as sharing
from test_map_around import surrounded
from test_map_page import PNG
from test_pages import DOT, Reader

from footprint import pipeline, settings
from footprint.maps.page import build
from footprint.report import charts, pages, palette

RECORD = Path(__file__).resolve().parents[1] / "docs" / "accessibility.md"

#: the map with nothing chosen, with each kind of thing chosen, and with every layer on
STATES = (
    "",
    *(f"footprint.choose({{kind: 'pcn', i: {place}}})" for place in range(3)),
    "footprint.choose({kind: 'practice', i: 1})",
    "footprint.choose({kind: 'neighbour', i: 0})",
    "document.querySelector('input[value=service]').click(); footprint.choose(null)",
    "document.querySelector('input[value=today]').click();"
    "document.querySelectorAll('#overlays input:not(:checked)').forEach(x => x.click())",
    "footprint.choose({kind: 'team', i: 0})",
    "document.querySelector('input[value=both]').click(); footprint.choose(null)",
    "document.querySelector('input[value=alignment]').click()",
    "footprint.choose(footprint.districts.ask('TS1'))",
    "window.box = document.getElementById('search'); box.value = 'e';"
    "box.dispatchEvent(new Event('input'))",
    "box.value = 'TS1'; box.dispatchEvent(new Event('input'))",
)  # fmt: skip


def tiny():
    """The tiny grid with everything around it, and a flag of every kind."""
    made = surrounded()
    checks = made.tables["checks"].copy()
    checks.loc[checks["pcn_code"] == "U00003", ["verdict", "severity"]] = ["flag", "note"]
    return dataclasses.replace(
        made, tables={**made.tables, "checks": checks}, illustrative=True, shared="Shared version."
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Index, report and map of the tiny grid, and the report of a toy county to share."""
    made = tmp_path_factory.mktemp("pages")
    content = tiny()
    given = settings.load(sharing.county().write(made / "in"))
    county = pipeline.describe(pipeline.to_share(pipeline.study(given), 8), share=8)
    texts = {
        "index": pages.index(content, picture=DOT),
        "report": pages.report(content, pictures={"footprints": DOT, "service-nursing": DOT}),
        "county": pages.report(county, pictures={"footprints": DOT}),
        "map": build(content, still=PNG),
    }
    for name, text in texts.items():
        (made / f"{name}.html").write_text(text, encoding="utf-8")
    return made


@pytest.fixture(scope="module")
def axe():
    """Text of axe-core."""
    return check.axe_source()


def show(browser, folder, name):
    """Open one of the pages anew."""
    browser.get("about:blank")
    browser.get((folder / f"{name}.html").as_uri())
    return browser


# -- axe-core ------------------------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("name", ["index", "report", "county"])
def test_axe_finds_nothing_on_pages_to_read(browser, folder, axe, name, width):
    """No violation of WCAG 2.2 AA or of good practice, details open and closed."""
    with check.wide(browser, width) as page:
        show(page, folder, name)
        assert check.violations(page, axe) == []
        page.execute_script("document.querySelectorAll('details').forEach(x => { x.open = true; })")
        assert check.violations(page, axe) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_finds_nothing_on_the_map(browser, folder, axe, width):
    """Nor on the map, whatever is chosen, switched on or searched for."""
    with check.wide(browser, width) as page:
        show(page, folder, "map")
        for state in STATES:
            page.execute_script(state)
            assert check.violations(page, axe) == [], state


@pytest.mark.browser
def test_axe_would_find_something(browser, folder, axe):
    """The watch is awake: a picture without words is found."""
    page = show(browser, folder, "index")
    page.execute_script("document.querySelector('main').appendChild(document.createElement('img'))")
    assert any(found.startswith("image-alt") for found in check.violations(page, axe))


# -- contrast ------------------------------------------------------------------------------------


def recorded():
    """Pairs of the record: (ink, ground) to the ratio that is written there."""
    rows = re.findall(
        r"^\| [^|]+ \| `(#[0-9a-f]{6})` \| `(#[0-9a-f]{6})` \| ([\d.]+) \|$",
        RECORD.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    return {(ink, ground): float(ratio) for ink, ground, ratio in rows}


def test_the_record_of_contrast_is_true():
    """Every ratio of docs/accessibility.md is what the colours give, and enough for small text."""
    found = recorded()
    assert len(found) > 40
    for (ink, ground), ratio in found.items():
        assert ratio == pytest.approx(palette.contrast(ink, ground), abs=0.006), (ink, ground)
        assert ratio >= 4.5, (ink, ground)
    for verdict in palette.VERDICTS:
        assert (verdict.ink, verdict.fill) in found


def test_every_shade_of_the_overlap_chart_can_be_read():
    """A share's text stands out from its cell at every share from 0 to 1."""
    for share in range(1_001):
        fill = charts._shade(share / 1_000)
        assert palette.contrast(fill, charts._ink(fill)) >= 4.5, share


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 400])
def test_no_page_has_a_pair_of_colours_that_is_not_recorded(browser, folder, width):
    """Each text's colour on its ground, as painted, stands in the record; shades are apart."""
    known = set(recorded())
    shades = {charts._shade(share / 1_000) for share in range(1_001)}
    met = {}
    with check.wide(browser, width) as page:
        for name in ("index", "report", "county"):
            show(page, folder, name)
            met |= check.texts(page)
        show(page, folder, "map")
        for state in STATES:
            page.execute_script(state)
            met |= check.texts(page)
    assert len(met) > 40
    strange = {
        (ink, ground): text
        for (ink, ground, drawn), text in met.items()
        if (ink, ground) not in known and not (drawn and ground in shades)
    }
    assert strange == {}


# -- keyboard ------------------------------------------------------------------------------------

_FOCUSED = r"""
const here = document.activeElement;
if (!here || here === document.body) return null;
// a radio's own circle is hidden: what is painted around its label counts
const seen = getComputedStyle(here).opacity === '0' ? here.nextElementSibling : here;
const style = getComputedStyle(seen);
const box = seen.getBoundingClientRect();
return {
  tag: here.tagName.toLowerCase(), id: here.id || here.getAttribute('data-pcn') || '',
  text: (here.getAttribute('aria-label') || here.textContent || here.value || '').trim().slice(0, 40),
  marked: style.outlineStyle !== 'none' || style.boxShadow !== 'none' || style.strokeDasharray !== 'none',
  inside: box.bottom > 0 && box.top < innerHeight,
};
"""  # noqa: E501


def walk(page, most=400):
    """Elements that the tab key reaches, in order, until it leaves the page."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    found = []
    page.execute_script("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(most):
        ActionChains(page).send_keys(Keys.TAB).perform()
        here = page.execute_script(_FOCUSED)
        if here is None or (found and here == found[0]):
            break
        found.append(here)
    return found


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "map"])
def test_the_tab_key_reaches_everything_and_is_seen(browser, folder, name):
    """First the way past the band, then every control, each marked and in sight, and out again."""
    page = show(browser, folder, name)
    stops = walk(page)
    assert stops[0]["text"] == "Skip to the content"
    assert [stop for stop in stops if not stop["marked"]] == []
    assert [stop for stop in stops if not stop["inside"]] == []
    wanted = page.execute_script(
        """
        const every = 'a[href], button, select, summary, input, [tabindex="0"]';
        return [...document.querySelectorAll(every)].filter(x => x.checkVisibility() &&
          x.tabIndex >= 0 && !(x.type === 'radio' && !x.checked)).length;
        """
    )
    assert len(stops) == wanted


@pytest.mark.browser
def test_the_way_past_the_band_leads_to_the_content(browser, folder):
    """Enter on the first stop goes to main; the next stop lies in it."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    page = show(browser, folder, "map")
    ActionChains(page).send_keys(Keys.TAB, Keys.ENTER, Keys.TAB).perform()
    assert page.execute_script(
        "return document.getElementById('main').contains(document.activeElement)"
    )


@pytest.mark.browser
def test_a_words_meaning_is_shown_to_the_keyboard(browser, folder):
    """What a mouse is told on pointing at a word, a keyboard sees on reaching it."""
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.keys import Keys

    page = show(browser, folder, "report")
    ActionChains(page).send_keys(Keys.TAB).perform()
    told = page.execute_script(
        """
        const word = document.querySelector('abbr.term');
        word.focus();
        return [getComputedStyle(word, '::after').content, JSON.stringify(word.title)];
        """
    )
    assert told[0] == told[1]
    assert len(told[0]) > 20


# -- without scripts, without pictures -----------------------------------------------------------


@pytest.mark.browser
def test_without_scripts_the_map_is_a_picture_and_a_table(browser, folder):
    """The still, the note and every PCN's row are in sight where scripts do not run."""
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, folder, "map")
        from selenium.webdriver.common.by import By

        still = browser.find_element(By.CSS_SELECTOR, ".still img")
        assert still.is_displayed()
        assert "Map of the PCN footprints of Testshire" in still.get_attribute("alt")
        note = browser.find_element(By.CSS_SELECTOR, "noscript")
        assert "This map needs scripts." in note.text
        rows = browser.find_elements(By.CSS_SELECTOR, "#pcn-table tbody tr")
        assert len(rows) == 4
        assert all(row.is_displayed() for row in rows)
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("name", ["index", "report", "county", "map"])
def test_every_picture_and_chart_says_what_it_shows(folder, name):
    """Images have words; drawings are images with a label that holds figures, and a caption."""
    text = (folder / f"{name}.html").read_text(encoding="utf-8")
    tags = Reader(text).tags
    assert all(len(values.get("alt", "")) > 20 for tag, values in tags if tag == "img")
    drawn = [values for tag, values in tags if tag == "svg"]
    assert all(values.get("role") == "img" for values in drawn)
    assert all(re.search(r"\d", values["aria-label"]) for values in drawn)
    if name in {"report", "county"}:
        assert len(drawn) >= 2
    figures = re.findall(r'<figure class="(?:chart-box|pcn-where)".*?</figure>', text, re.DOTALL)
    assert len(figures) == len(drawn)
    assert all("<figcaption>" in each for each in figures)
