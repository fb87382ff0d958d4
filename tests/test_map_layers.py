"""The map's layers: alignment, catchments, today beside the proposal, parts and pieces of flags."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from helpers_content import CRS, content
from test_map_page import opened, text_of

from footprint.maps.page import build
from footprint.maps.payload import payload
from footprint.report import services


def shown():
    """The tiny grid with catchments, a gap between Alder's parts and two pieces of a flag."""
    given = content()
    box = shapely.box(400_000, 298_000, 402_500, 301_000)
    catchments = gpd.GeoDataFrame({"pcn_code": ["U00001"]}, geometry=[box], crs=CRS)
    evidence = gpd.GeoDataFrame(
        {
            "pcn_code": ["U00001"] * 4,
            "check": ["parts", "practices_between", "practices_between", "population"],
            "label": ["1.0 km apart", "group 1", "Surgery between", "32,000 patients"],
        },
        geometry=[
            shapely.LineString([(402_000, 299_500), (403_000, 299_500)]),
            shapely.MultiPoint([(400_500, 300_500), (401_500, 300_500)]),
            shapely.Point(402_500, 299_500),
            box,
        ],
        crs=CRS,
    )
    layers = {**given.layers, "catchments": catchments, "evidence": evidence}
    return dataclasses.replace(given, layers=layers)


@pytest.fixture(scope="module")
def html():
    """Its page."""
    return build(shown())


@pytest.fixture
def page(browser, tmp_path, html):
    """Its page in the browser."""
    return opened(browser, tmp_path, html)


def press(page, value):
    """Press the radio button or tick box of a value."""
    page.execute_script(f"document.querySelector('input[value={value}]').click()")


def paths(page, pane):
    """Drawn lines of a pane: colour and width."""
    return page.execute_script(
        f"return [...document.querySelectorAll('.leaflet-{pane}-pane path')]"
        ".map(p => [p.getAttribute('stroke'), p.getAttribute('stroke-width')])"
    )


# -- alignment ----------------------------------------------------------------------------------


def test_alignment_is_told_by_service():
    """Of each PCN how many teams, and the lead team's share, as in the table."""
    given = content()
    nursing = payload(given)["services"][0]
    table = given.tables["pcn_alignment"]
    mine = table[table["service_id"] == nursing["id"]]
    assert [row[1:3] + row[4:] for row in nursing["alignment"]] == mine[
        ["teams_95", "effective_teams", "lead_share"]
    ].to_numpy(dtype=float).tolist()


@pytest.mark.browser
def test_alignment_has_fills_words_and_a_legend(page):
    """Fills follow the number of teams, and the number stands on the map and in the panel."""
    press(page, "alignment")
    rows = page.execute_script("return footprint.services[0].alignment")
    classes = page.execute_script("return footprint.data.aligned.map(a => a.fill)")
    fills = page.execute_script(
        "return footprint.pcns.map(p => footprint.draw.areas[p.i].options.fillColor)"
    )
    known = {pcn: int(teams) for pcn, teams, *_ in rows}
    assert len(set(known.values())) > 1
    for pcn, fill in enumerate(fills):
        teams = known.get(pcn)
        assert fill == ("url(#hatch)" if teams is None else classes[min(teams, 5) - 1])
    words = page.execute_script(
        "return [...document.querySelectorAll('.word-pcn')].map(w => w.textContent)"
    )
    assert any(word.endswith("2 teams") for word in words)
    assert "how many teams it takes today to reach 95%" in text_of(page, "#legend")
    assert "How teams line up" in text_of(page, "#told")
    # the service is chosen, today or proposed is no question here
    assert page.execute_script(
        "return [document.getElementById('service-box').hidden,"
        " document.getElementById('when').hidden]"
    ) == [False, True]
    press(page, "service")
    assert not page.execute_script("return document.getElementById('when').hidden")


# -- today beside the proposal --------------------------------------------------------------------


def clips(page):
    """Left and right edge, as shares of the map, of what the two sides' panes let be seen."""
    return page.execute_script(
        """
        const m = map_footprint, low = m.containerPointToLayerPoint([0, 0]).x, w = m.getSize().x;
        return ['footprints-left', 'footprints', 'flows-left', 'flows', 'groups'].map(name => {
          const xs = [...m.getPane(name).style.clipPath.matchAll(/(-?[0-9.]+)px -?[0-9.]+px/g)]
            .map(x => (Number(x[1]) - low) / w);
          return xs.length ? [Math.min(...xs), Math.max(...xs)].map(x => Math.round(100 * x)) : [];
        });
        """
    )


@pytest.mark.browser
def test_today_and_the_proposal_stand_side_by_side(page):
    """Each side has its own fills and flows to one scale; arrow keys move the line between."""
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    press(page, "service")
    press(page, "proposed")
    proposed = paths(page, "flows")
    press(page, "today")
    today = paths(page, "flows")
    assert today != proposed
    press(page, "both")
    assert paths(page, "flows") == proposed
    assert paths(page, "flows-left") == today
    assert len(paths(page, "footprints-left")) == len(paths(page, "footprints")) == 3
    assert clips(page) == [[0, 50], [50, 100], [0, 50], [50, 100], [50, 100]]
    divider = page.find_element(By.ID, "divider")
    assert "today, on the left" in divider.get_attribute("aria-label")
    divider.send_keys(Keys.ARROW_RIGHT * 10)
    assert clips(page)[:2] == [[0, 60], [60, 100]]
    # the view may move, the line stays where it is
    page.execute_script("map_footprint.panBy([37, 11], {animate: false})")
    assert clips(page)[:2] == [[0, 60], [60, 100]]
    assert "→" in text_of(page, "#legend")
    assert "today on the left" in text_of(page, "#said")
    press(page, "proposed")
    assert clips(page)[1:] == [[], [], [], []]
    assert paths(page, "footprints-left") == []
    assert not divider.is_displayed()


@pytest.mark.browser
def test_a_service_is_told_as_in_the_report(page):
    """The panel has the report's sentence, figures and table; all that was found is folded."""
    press(page, "service")
    story = shown().services[0]
    told = services.service(shown(), story)
    panel = text_of(page, "#told")
    assert told["brief"] in panel
    for fact in told["facts"]:
        assert fact["label"] + fact["value"] in panel
    rows = page.execute_script(
        "return [...document.querySelectorAll('#told .beside tbody tr')]"
        ".map(tr => [...tr.cells].map(td => td.textContent))"
    )
    assert rows == [[row["label"], row["today"], row["proposed"]] for row in told["rows"]]
    folded = page.execute_script(
        "const d = document.querySelector('#told details'); return [d.open, d.textContent]"
    )
    assert folded == [False, "The proposal in words" + story.headline + "".join(story.sentences)]


@pytest.mark.browser
def test_words_over_figures_have_their_meaning(page):
    """Retention and its like say what they mean on pointing at them and on reaching them."""
    page.execute_script("footprint.choose({kind: 'pcn', i: 0})")
    found = dict(
        page.execute_script(
            "return [...document.querySelectorAll('#told .facts abbr.term[tabindex=\"0\"]')]"
            ".map(a => [a.textContent, a.title])"
        )
    )
    assert set(found) == {"List size", "Retention", "Dominance"}
    assert found["Retention"].startswith("The share of a PCN's patients who live in its own")


@pytest.mark.browser
def test_bases_are_named_as_in_the_legend(page):
    """A team is called the same on the map and beside its colour; its service is told once."""
    press(page, "service")
    words = page.execute_script(
        "return [...document.querySelectorAll('.word-base')].map(w => w.textContent)"
    )
    legend = page.execute_script(
        "return [...document.querySelectorAll('#legend .legend-long .legend-text')]"
        ".map(w => w.textContent)"
    )
    assert words
    assert set(words) <= set(legend)
    assert {"North", "South"} <= set(legend)


@pytest.mark.browser
def test_lines_of_an_hour_or_two_wait_for_a_choice(browser, tmp_path):
    """Staff under 0.05 WTE that are little of their PCN's have a line when something is chosen."""
    given = shown()
    staff = given.tables["allocation"]
    mine = staff[staff["service_id"] == given.services[0].service_id]
    pcn = mine.loc[mine["wte"].idxmax(), "pcn_code"]
    held = set(mine.loc[mine["pcn_code"] == pcn, "team_id"])
    teams = given.tables["teams"]
    other = next(
        team
        for team in teams.loc[teams["service_id"] == given.services[0].service_id, "team_id"]
        if team not in held
    )
    little = mine.head(1).assign(pcn_code=pcn, team_id=other, wte=0.04, today_wte=0.0)
    tables = {**given.tables, "allocation": pd.concat([staff, little], ignore_index=True)}
    page = opened(browser, tmp_path, build(dataclasses.replace(given, tables=tables)))
    press(page, "service")
    note = "Lines of under 0.05 WTE are drawn when a PCN or a team is chosen."
    assert note in text_of(page, "#legend")
    before = len(paths(page, "flows"))
    page.execute_script(f"footprint.choose({{kind: 'pcn', i: footprint.placeOf['{pcn}']}})")
    # one line and the point at its end
    assert len(paths(page, "flows")) == before + 2
    page.execute_script("footprint.choose(null)")
    press(page, "today")
    assert note not in text_of(page, "#legend")


@pytest.mark.browser
def test_a_click_on_either_side_counts(page):
    """The copy on the left is the same PCN, and no stop for the keyboard or a screen reader."""
    press(page, "service")
    press(page, "both")
    found = page.execute_script(
        "return [...document.querySelectorAll('.leaflet-footprints-left-pane path')].map(p =>"
        " [p.getAttribute('data-pcn'), p.getAttribute('aria-hidden'), p.hasAttribute('tabindex')])"
    )
    assert found == [[code, "true", False] for code in ("U00001", "U00002", "U00003")]
    page.execute_script(
        "document.querySelector('.leaflet-footprints-left-pane path').dispatchEvent("
        "new MouseEvent('click', {bubbles: true, clientX: 1, clientY: 1}))"
    )
    assert "Alder PCN" in text_of(page, "#told h2")


@pytest.mark.browser
def test_groups_are_outlined_on_both_sides(page):
    """Left of the line what one team leads today, right of it the groups that are proposed."""
    press(page, "service")
    press(page, "both")
    page.execute_script(
        "const s = document.getElementById('service'); s.value = 'feet';"
        "s.dispatchEvent(new Event('change'))"
    )
    assert len(paths(page, "groups")) >= 2
    assert len(paths(page, "groups-left")) >= 2
    assert "a group as proposed" in text_of(page, "#legend")


# -- parts, catchments and pieces -----------------------------------------------------------------


@pytest.mark.browser
def test_an_arrow_joins_the_parts_and_names_what_lies_between(page):
    """Chosen: a line with two heads between the parts, its length, and the PCN in between."""
    arrows = "return footprint.draw.arrows().map(a => [a.heads.length, a.words])"
    assert page.execute_script(arrows) == []
    page.execute_script("footprint.choose({kind: 'pcn', i: 0})")
    assert page.execute_script(arrows) == [[2, ["1.0 km apart where nearest", "between: Beech"]]]
    words = page.execute_script(
        "return [...document.querySelectorAll('.word-proof')].map(w => w.textContent)"
    )
    assert any("between: Beech" in word for word in words)
    assert any("Surgery between" in word for word in words)
    assert "from part to part" in text_of(page, "#legend")
    # heads keep their size whatever the zoom
    size = (
        "const h = footprint.draw.arrows()[0].heads[0].map(p => map_footprint"
        ".latLngToLayerPoint(p)); return Math.round(h[1].distanceTo(h[2]))"
    )
    before = page.execute_script(size)
    page.execute_script("map_footprint.zoomIn(1, {animate: false})")
    assert abs(page.execute_script(size) - before) <= 1


@pytest.mark.browser
def test_every_piece_of_a_flag_can_be_zoomed_to(page):
    """A button for each piece that can be seen, named for those who only hear it."""
    from selenium.webdriver.support.ui import WebDriverWait

    page.execute_script(
        """
        const alder = footprint.pcns[0];
        alder.checks.push({check: footprint.data.checks.practices_between, verdict: 3, flag: true,
                           evidence: 'x'});
        alder.flags = alder.checks.filter(c => c.flag);
        footprint.choose({kind: 'pcn', i: 0});
        """
    )
    found = page.execute_script(
        "return [...document.querySelectorAll('.piece')].map(b => [b.textContent,"
        " b.getAttribute('aria-label')])"
    )
    assert ["Surgery between", "Zoom to Surgery between, other practices between"] in found
    assert ["group 1", "Zoom to group 1, other practices between"] in found
    before = page.execute_script("return map_footprint.getZoom()")
    page.execute_script(
        "[...document.querySelectorAll('.piece')].find(b => b.textContent === 'Surgery between')"
        ".click()"
    )
    # the map flies there
    WebDriverWait(page, 10).until(
        lambda p: p.execute_script("return map_footprint.getZoom()") > before
    )


@pytest.mark.browser
def test_the_catchment_of_the_chosen_pcn_is_drawn(page):
    """Only when asked for, and of the chosen PCN; the legend says what it is."""
    green = page.execute_script("return footprint.data.ground.locality")
    press(page, "catchments")
    assert green not in [stroke for stroke, _ in paths(page, "over")]
    assert "choose a PCN to see its" in text_of(page, "#legend")
    page.execute_script("footprint.choose({kind: 'pcn', i: 0})")
    assert green in [stroke for stroke, _ in paths(page, "over")]
    assert "where most of its patients live" in text_of(page, "#legend")
    page.execute_script("footprint.choose({kind: 'pcn', i: 1})")
    assert green not in [stroke for stroke, _ in paths(page, "over")]


@pytest.mark.browser
def test_long_lists_and_tables_are_finished_when_come_to(browser, tmp_path):
    """Of 250 PCNs the panel names 60 and offers the rest; lead teams come with the table."""
    given = content()
    pcns = given.tables["pcns"]
    more = [pcns.iloc[[2]].assign(pcn_code=f"U9{k:04d}", flags="") for k in range(250)]
    tables = {**given.tables, "pcns": pd.concat([pcns, *more], ignore_index=True)}
    html = build(dataclasses.replace(given, tables=tables))
    # without scripts the lists are there
    assert html.count("<noscript><details") == 3
    page = opened(browser, tmp_path, html)
    assert page.execute_script("return document.querySelectorAll('.chooser li').length") < 130
    assert page.execute_script("return document.querySelectorAll('#pcn-table details').length") == 0
    page.execute_script(
        "[...document.querySelectorAll('#told button')].find(b => b.textContent.startsWith("
        "'Show the other')).click()"
    )
    assert page.execute_script("return document.querySelectorAll('.chooser li').length") == 253
    from selenium.webdriver.support.ui import WebDriverWait

    page.execute_script("document.getElementById('table').scrollIntoView()")
    WebDriverWait(page, 10).until(
        lambda p: (
            p.execute_script("return document.querySelectorAll('#pcn-table details').length") == 3
        )
    )
    assert "North nurses" in text_of(page, "#pcn-table tbody details")


@pytest.mark.browser
def test_the_table_says_what_alignment_shows(browser, tmp_path, html):
    """How many teams and who leads stand in the table, in the panel's very words."""
    page = opened(browser, tmp_path, html)
    found = page.execute_script(
        """
        return footprint.pcns.map(pcn => {
          const row = document.querySelector('tr[data-code="' + pcn.code + '"]');
          const words = [...row.querySelectorAll('.leads li')].map(li => li.textContent);
          const panel = footprint.services.map(s => [s, footprint.alignmentOf(s, pcn.i)])
            .filter(x => x[1]).map(x => x[0].name + ': ' + footprint.staff.aligned(x[1]));
          return [words, panel];
        });
        """
    )
    assert any(words for words, _ in found)
    for words, panel in found:
        assert words == panel


@pytest.mark.browser
def test_evidence_is_of_the_chosen_pcn_else_of_all(page):
    """Groups are named for one PCN only, where they can be told apart."""

    def named():
        return page.execute_script(
            "return [...document.querySelectorAll('.word-proof')].map(w => w.textContent)"
        )

    press(page, "evidence")
    assert page.execute_script("return footprint.draw.evidenceShown().length") == 3
    assert "Surgery between" in named()
    assert "group 1" not in named()
    page.execute_script("footprint.choose({kind: 'pcn', i: 0})")
    assert "group 1" in named()
    page.execute_script("footprint.choose({kind: 'pcn', i: 1})")
    assert page.execute_script("return footprint.draw.evidenceShown().length") == 0
    assert page.execute_script("return footprint.draw.arrows().length") == 0
