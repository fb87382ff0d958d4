"""Finding on the map: which PCN a practice or a postcode is in, by keyboard and by ear."""

from __future__ import annotations

import dataclasses

import pytest
from helpers_content import content
from test_map_page import opened, text_of

from footprint.maps.page import build

#: the tiny grid's five practices: Alder's two, Beech's two, Cedar's one
POSTCODES = ("TS1 1AA", "TS1 2AB", "TS1 1AC", "TS12 3XY", "ZZ9 9ZZ")


@pytest.fixture(scope="module")
def html():
    """The page of the tiny grid, its practices in several postcode districts."""
    given = content()
    practices = given.layers["practices"].assign(postcode=POSTCODES)
    return build(dataclasses.replace(given, layers={**given.layers, "practices": practices}))


@pytest.fixture
def page(browser, tmp_path, html):
    """That page in the browser."""
    return opened(browser, tmp_path, html)


def type_in(page, words):
    """Empty the search box and type into it."""
    from selenium.webdriver.common.by import By

    box = page.find_element(By.ID, "search")
    box.clear()
    box.send_keys(words)
    return box


def findings(page):
    """What is offered: its name and what is said beside it."""
    return page.execute_script(
        "return [...document.querySelectorAll('#found [role=option]')]"
        ".map(o => [...o.querySelectorAll('span')].map(s => s.textContent))"
    )


def lists(page):
    """List sizes of the practices, in their order."""
    return page.execute_script("return footprint.data.practices.map(p => [p.pcn, p.list])")


@pytest.mark.browser
def test_a_district_lists_its_pcns_with_their_shares(page):
    """PCNs of the practices that stand there, by their lists; another district is another."""
    type_in(page, "ts1")
    found = findings(page)
    rows = lists(page)[:3]
    sums = {}
    for pcn, size in rows:
        sums[pcn] = sums.get(pcn, 0) + size
    names = page.execute_script("return footprint.pcns.map(p => p.name)")
    shares = {names[pcn]: round(100 * size / sum(sums.values())) for pcn, size in sums.items()}
    assert len(shares) == 2
    assert found[0][0] == "TS1"
    for name, share in shares.items():
        assert f"{name} {share}%" in found[0][1]
        assert [name, f"PCN, {share}% of the patients of practices in TS1"] in found
    assert "Cedar" not in found[0][1]
    # what is heard: how many, and the answer
    assert text_of(page, "#heard").startswith(f"{len(found)} findings: TS1, which PCNs?")


@pytest.mark.browser
def test_the_keyboard_takes_the_answer_to_the_panel(page):
    """Enter opens the answer: the PCNs, the practices, and what the answer is based on."""
    from selenium.webdriver.common.keys import Keys

    type_in(page, "TS1").send_keys(Keys.ENTER)
    told = text_of(page, "#told")
    assert text_of(page, "#told h2") == "TS1"
    for words in ("Alder PCN", "Beech PCN", "3 practices with a surgery here", "TS1 2AB"):
        assert words in told
    assert "by where surgeries stand" in told
    assert "not by where patients live" in told
    assert page.switch_to.active_element.get_attribute("id") == "panel"
    assert "TS1: " in text_of(page, "#said")
    assert "Alder PCN" in text_of(page, "#said")
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    assert "Where to look first" in text_of(page, "#told h2")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("TS1 1", "TS1 1"),
        ("ts1 1aa", "TS1 1"),
        ("TS11AA", "TS1 1"),
        ("TS1 9ZZ", "TS1"),
        ("TS12", "TS12"),
        ("ts12 3", "TS12 3"),
        (" zz9 ", "ZZ9"),
    ],
)
def test_postcodes_are_understood_however_they_are_typed(page, typed, code):
    """A sector or a whole postcode is answered by its sector, else by its district."""
    type_in(page, typed)
    assert findings(page)[0][0] == code


@pytest.mark.browser
def test_a_district_without_practices_says_so(page):
    """Nothing is offered that could be taken; names that look like no postcode are no district."""
    type_in(page, "QQ4")
    assert findings(page) == [[]]
    assert "QQ4: no practice of the patch stands in this district" in text_of(page, "#found")
    type_in(page, "Alder")
    assert [each for each in findings(page) if "which PCNs" in each[1]] == []


@pytest.mark.browser
def test_a_practice_says_which_pcn_it_is_in(page):
    """Beside the practice's name stands its PCN; by its own postcode it is found too."""
    type_in(page, "practice 3")
    assert findings(page)[0] == ["Practice 3", "practice in Beech PCN"]
    type_in(page, "zz9 9zz")
    assert any(more.startswith("practice in") for name, more in findings(page))
