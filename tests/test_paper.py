"""The report on paper: what is folded is open, and a PCN's page is a sheet of A4."""

from __future__ import annotations

import base64
import re

import helpers_content as helpers
import pytest

from footprint.report import pages

pytestmark = pytest.mark.browser


@pytest.fixture
def page(browser, tmp_path):
    """The report of the tiny grid, open in the browser."""
    path = tmp_path / "report.html"
    path.write_text(pages.report(helpers.content(), pictures={}), encoding="utf-8")
    browser.get(path.as_uri())
    return browser


def sheets(browser):
    """How many sheets the page in the browser takes when it is printed."""
    asked = {"printBackground": True, "preferCSSPageSize": True, "generateTaggedPDF": False}
    made = base64.b64decode(browser.execute_cdp_cmd("Page.printToPDF", asked)["data"])
    return len(re.findall(rb"/Type\s*/Page\b", made))


def test_each_pcn_has_a_sheet_of_its_own(page):
    """With a PCN's page taken out the print is one sheet shorter."""
    whole = sheets(page)
    for code in ("U00003", "U00002", "U00001"):
        page.execute_script(f"document.getElementById('pcn-{code}').remove()")
        rest = sheets(page)
        assert whole - rest == 1, code
        whole = rest


def test_what_is_folded_on_screen_is_open_on_paper(page):
    """Each folded text is in sight in print, though nobody has opened it."""
    seen = """
        return [...document.querySelectorAll('details')].map(
          each => each.lastElementChild.checkVisibility())
    """
    assert not any(page.execute_script(seen))
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        found = page.execute_script(seen)
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert len(found) >= 4
    assert all(found)


def test_no_heading_or_small_table_is_left_behind(page):
    """What introduces something stays with it, and what is short is not torn over two sheets."""
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        found = page.execute_script(
            """
            const of = (s, key) => [...new Set([...document.querySelectorAll(s)].map(
              each => getComputedStyle(each)[key]))];
            return [of('h2, h3, summary, .brief', 'breakAfter'),
                    of('.beside, figure, .terms > div', 'breakInside')];
            """
        )
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert found == [["avoid"], ["avoid"]]


def test_the_first_page_prints_no_links_to_files(browser, tmp_path):
    """Lists of files are left out on paper; what they rest on is in the report."""
    path = tmp_path / "index.html"
    path.write_text(pages.index(helpers.content()), encoding="utf-8")
    browser.get(path.as_uri())
    seen = "return document.getElementById('files').checkVisibility()"
    assert browser.execute_script(seen)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        assert not browser.execute_script(seen)
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
