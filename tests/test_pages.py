"""The two pages to read: what they say, that it is true, and that it is text."""

from __future__ import annotations

import dataclasses
import html.parser
import re
import struct
import xml.etree.ElementTree as ET
import zlib

import helpers_content as helpers
import pandas as pd
import pytest

from footprint.errors import InputError
from footprint.report import (
    briefings,
    chapters,
    front,
    glossary,
    pages,
    pcn_map,
    pcn_stills,
    services,
    shell,
    stills,
    views,
)

#: the smallest PNG there is
DOT = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\x0f\x00\x00\x01\x01\x00\x05\x18\xd8N\x00\x00\x00"
    b"\x00IEND\xaeB`\x82"
)


class Reader(html.parser.HTMLParser):
    """Text, links, ids, images and tables of a page."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.links, self.ids, self.text = [], [], [], []
        self.inside = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append((tag, values))
        self.inside.append(tag)
        if tag == "a":
            self.links.append(values["href"])
        if "id" in values:
            self.ids.append(values["id"])

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        if not {"style", "script"} & set(self.inside):
            self.text.append(data)

    @property
    def said(self):
        """All text in one line."""
        return " ".join(" ".join(self.text).split())


def both(content):
    """Index and report of a content, without drawing a picture."""
    return (
        pages.index(content, picture=DOT),
        pages.report(content, pictures={"footprints": DOT, "service-nursing": DOT}),
    )


@pytest.fixture(scope="module")
def content():
    """Content of the tiny grid."""
    return helpers.content()


@pytest.fixture(scope="module")
def index(content):
    """The first page, read."""
    return Reader(pages.index(content, picture=DOT))


@pytest.fixture(scope="module")
def report(content):
    """The report, read."""
    return Reader(both(content)[1])


def test_index_says_the_five_figures(index):
    """PCNs, patients, flags, PCNs with several teams and missing staff stand at the top."""
    for told in (
        "3 Primary Care Networks with 104,000 registered patients; 2 of them deserve a second",
        "PCNs flagged 2",
        "PCN has several teams 1",
        "WTE short 1.0",
    ):
        assert told in index.said


def test_index_lists_flagged_pcns_heaviest_first(index):
    """Each flagged PCN is named with its size, its sentence and its flags, and leads on."""
    said = index.said
    assert said.index("Alder PCN 32,000 patients Sentence 2.") < said.index(
        "Beech PCN 54,000 patients Sentence 4."
    )
    assert "report.html#pcn-U00001" in index.links
    assert "report.html#pcn-U00003" not in index.links


def test_index_says_once_how_many_are_flagged(index, report):
    """The sentence on flags begins the list of them; among the other sentences it is left out."""
    assert "2 of 3 PCNs are flagged, for: " in index.said
    assert "2 of 3 PCNs are flagged. " not in index.said
    assert "3 PCNs serve 104,000 registered patients." in index.said
    assert "2 of 3 PCNs are flagged. " in report.said


def test_a_flagged_pcns_sentence_says_more_than_its_size():
    """Of flags of one weight not the list size is told, as it stands beside the name."""
    pcns = pd.DataFrame({"pcn_code": ["U1", "U2"], "pcn_name": ["A", "B"], "list_size": [9, 8]})
    checks = pd.DataFrame(
        [
            ("U1", "population", "flag", "strong", "Small."),
            ("U1", "holes", "flag", "mild", "Holed."),
            ("U1", "parts", "flag", "strong", "In parts."),
            ("U2", "population", "flag", "strong", "Small too."),
            ("U2", "parts", "flag", "mild", "In parts too."),
        ],
        columns=["pcn_code", "check", "verdict", "severity", "evidence"],
    )
    found = views.by_weight(pcns, checks)
    assert list(found["sentence"]) == ["In parts.", "Small too."]


def test_pcns_stand_in_the_order_of_their_names():
    """Pages of PCNs and the links to them are looked up by name, whatever the codes are."""
    names = {"U00001": "Cedar PCN", "U00002": "alder PCN", "U00003": "Beech PCN"}
    made = Reader(pages.report(helpers.content(pcn_names=names), pictures={}))
    pages_of = [each for each in made.ids if each.startswith("pcn-")]
    assert pages_of == ["pcn-U00002", "pcn-U00003", "pcn-U00001"]
    assert [each for each in made.links if each in {f"#{page}" for page in pages_of}] == [
        f"#{page}" for page in pages_of
    ]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "under"), [(1280, False), (400, True)])
def test_a_tall_map_comes_before_the_sentences_on_a_phone(browser, tmp_path, width, under):
    """Beside the map on a wide screen, under it on a narrow one."""
    tall = b"\x00" + b"\xff" * 3
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 1, 2, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(tall * 2)),
        (b"IEND", b""),
    )
    picture = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    path = tmp_path / "index.html"
    path.write_text(pages.index(helpers.content(), picture=picture), encoding="utf-8")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )
    try:
        browser.get(path.as_uri())
        said, low = browser.execute_script(
            "return ['.said', '.hero figcaption'].map("
            "s => document.querySelector(s).getBoundingClientRect()).map("
            "(r, k) => k ? r.bottom : r.top)"
        )
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert (said >= low) == under


def test_index_tells_what_each_proposal_is_worth(index):
    """Today and the proposal stand side by side, with what would move and the word for it."""
    assert "2.0 of 20.0 WTE would move; the cost is 26% lower." in index.said
    assert "Unmet need, WTE 1.2 0.8" in index.said
    assert "PCNs with one team alone, of 3 1 2" in index.said
    assert "Cost, minutes × WTE 612 450" in index.said
    assert "Would move 2.0 WTE Result proven best" in index.said
    # the mean by WTE of what each pair has: 181 of 20 today, 188 of 20 proposed
    assert "Minutes from base 9.1 9.4" in index.said
    # where lead teams were not asked for nothing is said of them
    assert index.said.count("PCNs with one team alone") == 1
    assert "3 PCNs form one group with one team." in index.said
    assert "no teams given" in index.said


def test_the_report_folds_what_is_long_and_keeps_it(report):
    """Words and staff of a service are folded, to be opened on paper; unmet need has its reason."""
    folded = [i for i, (tag, _) in enumerate(report.tags) if tag == "details"]
    assert len(folded) >= 4
    assert "Nursing: the proposal in words" in report.said
    assert "Alder 0.40; Beech 0.40 2 0.80" in report.said
    # of three pairs of team and PCN one changes by 2 WTE; the others are counted
    assert "Beech North nurses 8.40 10.40 +2.00 9.5 min" in report.said
    assert "The last line counts 2 more rows that change by under 0.05 WTE (8.00" in report.said


def test_a_services_pcns_stand_in_the_order_of_their_names(content):
    """Not of their codes: a reader looks a name up."""
    pcns = content.tables["pcns"].copy()
    # the first code has the last name
    pcns["pcn_name"] = [f"{chr(90 - k)} PCN" for k in range(len(pcns))]
    allocation = content.tables["allocation"]
    every = {**content.tables, "pcns": pcns, "allocation": allocation.assign(today_wte=0.0)}
    turned = dataclasses.replace(content, tables=every)
    story = next(story for story in turned.services if story.staffed)
    table = services.allocation(turned, story)["staff"]
    names = [row[0].text for row in table.rows]
    assert len(set(names)) > 1
    assert names == sorted(names)


def test_index_is_honest_about_the_data(index):
    """Notes, patients who could not be placed by reason, and settings are on the page."""
    for told in (
        "Travel times are estimates.",
        "the small area is closed 560",
        "All of them 600",
        "population min 30,000",
        "outside icb share not set",
        "practices.csv practices and their PCNs",
    ):
        assert told in index.said


def test_a_pcns_page_says_why_its_need_stays_unmet(report):
    """Each service that is short there is named with its WTE and the reason, after its teams."""
    # its page comes after every chapter that names it
    own = report.said[report.said.rindex("U00002 ·") :]
    nursing = "Nursing: 0.40 WTE of its need stay unmet. No team within reach has staff to spare."
    assert nursing in own
    assert own.index(nursing) < own.index("Podiatry: 0.10 WTE of its need stay unmet. The team is")


def test_the_report_says_what_lead_teams_may_cost(content):
    """With the policy in force, and not where it is turned off."""
    asked = dataclasses.replace(content, settings={"lead_teams": True, "lead_team_slack": 0.05})
    rule = "one team alone, at no more than 5% above the lowest cost and no more than today’s"
    assert rule in services.allocation_says(asked)
    turned_off = dataclasses.replace(content, settings={"lead_teams": True, "lead_team_slack": 0.0})
    assert rule not in services.allocation_says(turned_off)


def test_links_lead_to_files_of_the_run(content, index, report, tmp_path):
    """Links are file names beside the page, tables and stills that are written, or places here."""
    files = {"index.html", "map.html", "report.html", "footprint.xlsx", "footprint.gpkg"}
    files |= {f"tables/{name}.csv" for name in content.tables}
    files |= {f"stills/{name}" for name in stills.names(content)}
    # the report is sent alone, so its pictures are named and not linked
    written, text = pcn_stills.write(content, tmp_path), " ".join(report.text)
    assert all(name in text for name in written if name.endswith(".png"))
    for page in (index, report):
        for link in page.links:
            file, _, place = link.partition("#")
            assert file == "" or file in files
            if place and file in {"", "report.html"}:
                assert place in (page.ids if file == "" else report.ids)
    assert files <= {link.partition("#")[0] for link in index.links}


def test_ids_are_unique_and_pages_have_one_heading(index, report):
    """No id occurs twice; each page has one h1, a main part and a title."""
    for page in (index, report):
        assert len(page.ids) == len(set(page.ids))
        names = [tag for tag, _ in page.tags]
        assert names.count("h1") == 1
        assert names.count("main") == 1
        # pictures have titles of their own
        assert names[: names.index("body")].count("title") == 1


def test_a_word_says_what_it_means_why_it_matters_and_its_caveat(index, report):
    """On pointing at a word the glossary's own text is told, and no other."""
    known = {term.told for term in glossary.terms().values()}
    part = glossary.terms()["part"]
    assert part.told == f"{part.meaning} {part.why} {part.caveat}"
    for page, least in ((index, 3), (report, 15)):
        told = [values["title"] for tag, values in page.tags if tag == "abbr"]
        assert len(set(told)) >= least
        assert set(told) <= known
    for text in known:
        assert text in report.said


def test_report_has_a_page_for_each_pcn(report):
    """Each PCN has a page with its checks, its practices and its teams."""
    assert {"pcn-U00001", "pcn-U00002", "pcn-U00003"} <= set(report.ids)
    said = report.said
    assert "registered patients 32,000 patch’s middle: 32,000" in said
    assert "North 3.60; South 4.40" not in said
    # the larger first
    assert "South 4.40; North 3.60" in said
    assert "South 4.40; North 1.60" in said
    assert "Not judged" in said


def test_report_totals_equal_the_tables(content, report):
    """Totals under the tables are the sums of what was written."""
    allocation = content.tables["allocation"]
    nursing = allocation[allocation["service_id"] == "nursing"]
    total = f"{nursing['today_wte'].sum():,.2f} {nursing['wte'].sum():,.2f}"
    assert f"All {total} 0" in report.said
    groups = content.tables["groups"]
    assert f"All 3 {groups['population'].sum():,}" in report.said


def test_groups_are_told_by_their_teams(content):
    """A group with a team has its name; where one has none, groups are told by number too."""
    story = next(each for each in content.services if each.service_id == "feet")
    table = services.allocation(content, story)["groups"]
    assert [head.label for head in table.columns][:2] == ["Team", "PCNs"]
    assert [row[0].text for row in table.rows] == ["Foot team"]
    bare = content.tables["groups"].assign(team_id="")
    lost = dataclasses.replace(content, tables={**content.tables, "groups": bare})
    table = services.allocation(lost, story)["groups"]
    assert [head.label for head in table.columns][:3] == ["Group", "Team", "PCNs"]
    assert [[cell.text for cell in row[:2]] for row in table.rows] == [["G1", "–"]]


def test_report_tells_alignment_in_sentences(report):
    """How many teams work into a split PCN, and how far the lead team reaches."""
    assert (
        "2 teams work into Alder PCN; the lead team, North nurses, reaches 75% of its patients."
        in report.said
    )
    assert "In 2 of 3 PCNs one team reaches 95% of patients, or more." in report.said
    assert "Podiatry: one team reaches 95% of the patients of every PCN, or more." in report.said


@pytest.mark.parametrize("text", helpers.HOSTILE)
def test_hostile_names_are_text(text, index, report):
    """A hostile name stands on both pages as it is, and opens no element of its own."""
    hostile = both(helpers.content(text=text))
    for page, plain in zip(hostile, (index, report), strict=True):
        tags = sorted(tag for tag, _ in plain.tags)
        found = Reader(page)
        assert " ".join(text.split()) in found.said
        assert "49" not in re.findall(r"\b49\b", found.said)
        assert {"script", "b", "iframe"}.isdisjoint(tag for tag, _ in found.tags)
        # titles of cut names apart, the page has the elements that it always has
        drawn = {"text", "title", "rect", "circle", "svg", "path"}
        assert sorted(tag for tag, _ in found.tags if tag not in drawn) == [
            tag for tag in tags if tag not in drawn
        ]


def test_pages_load_nothing_from_outside(content):
    """No element, attribute or style points out of the file, and the policy forbids it."""
    for page in both(content):
        shell.assert_self_contained(page)
        assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
        assert not re.search(r"(?:src|href)=[\"'](?:https?:)?//", page)


def test_pages_are_the_same_twice():
    """The same content gives the same pages, pictures included."""
    made = [(pages.index(helpers.content()), pages.report(helpers.content())) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0][0].count("data:image/png;base64,") == 1
    assert made[0][1].count("data:image/png;base64,") == 4


def test_pages_of_a_patch_without_teams():
    """Without teams no chapter on services appears, and nothing speaks of a proposal."""
    for page in both(helpers.content(teams=False)):
        said = Reader(page).said
        assert "What the proposal changes" not in said
        assert "Allocation" not in said
        assert "Alder PCN" in said


def test_pages_without_any_flag():
    """Where nothing is flagged the page says so in place of a list."""
    made = helpers.content()
    checks = made.tables["checks"].assign(verdict="pass", severity="none")
    pcns = made.tables["pcns"].assign(verdict="pass", flags="", reasons="")
    calm = dataclasses.replace(made, tables={**made.tables, "checks": checks, "pcns": pcns})
    said = Reader(pages.index(calm, picture=DOT)).said
    assert "None of the 3 PCNs is flagged." in said
    assert "no check flags any of them." in said


def crowd():
    """75 PCNs: the three of the grid, 25 times; two of each three are flagged."""
    made = helpers.content()
    rows = {}
    for name in ("pcns", "checks"):
        copies = [
            made.tables[name].assign(
                pcn_code=made.tables[name]["pcn_code"].str.replace("U0", f"U{k:02d}", n=1)
            )
            for k in range(25)
        ]
        rows[name] = pd.concat(copies, ignore_index=True)
    rows["pcns"]["icb_code"] = ["QAA" if k < 9 else "QBB" for k in range(75)]
    return dataclasses.replace(made, tables={**made.tables, **rows})


def test_many_pcns_have_no_page_each():
    """Above 60 PCNs the report lists the flagged ones only, and the index links to no page."""
    index, report = (Reader(page) for page in both(crowd()))
    assert not [each for each in report.ids if each.startswith("pcn-")]
    assert "This patch has 75 PCNs, too many for a page each." in report.said
    assert "With --briefings and an ICB’s code" in report.said
    assert "38 more flagged PCNs" in index.said
    assert not [link for link in index.links if "#pcn-" in link]


def test_long_tables_of_a_large_patch_are_cut_and_say_where_the_rest_is():
    """Of 300 flags 200 rows stand in the chapter; the rest are counted and in the workbook."""
    made = helpers.content()
    flags = made.tables["checks"].query("check == 'parts' and verdict == 'flag'")
    many = pd.concat([flags] * 300, ignore_index=True)
    found = chapters.geography(dataclasses.replace(made, tables={**made.tables, "checks": many}))[
        "table"
    ]
    assert len(found.rows) == 200
    assert found.note == "100 further rows are in the workbook, sheet Checks."
    assert chapters.geography(made)["table"].note == ""


def test_flagged_pcns_of_an_icb_have_a_page_when_asked_for():
    """Of 9 PCNs of the ICB the 6 flagged ones have a page; links of both pages lead there."""
    asked = dataclasses.replace(crowd(), briefings=("QAA",))
    index, report = (Reader(page) for page in both(asked))
    pages_of = {each for each in report.ids if each.startswith("pcn-")}
    flagged = {f"pcn-U{k:02d}000{n}" for k in range(3) for n in (1, 2)}
    assert pages_of == flagged
    assert "6 flagged PCNs have a page here: those of QAA." in report.said
    assert {link for link in index.links if "#pcn-" in link} == {
        f"report.html#{each}" for each in flagged
    }
    assert {f"#{each}" for each in flagged} <= set(report.links)


def test_an_icb_that_the_patch_has_not_is_refused():
    """Codes count in capitals or not, each once; an unknown one is named with those there are."""
    pcns = crowd().tables["pcns"]
    assert briefings.checked(["qaa", "QAA", "QBB"], pcns) == ("QAA", "QBB")
    with pytest.raises(InputError, match="found 'QXX'; expected one of QAA and QBB"):
        briefings.checked(["QXX"], pcns)


def test_a_pcns_map_shows_its_parts_its_practices_and_who_is_around(content):
    """Numbers of the parts, a dark dot per practice, names around; the words say the same."""
    drawn = str(pcn_map.draw(content, pcn_map.prepare(content), "U00001"))
    shown = [
        "".join(each.itertext())
        for each in ET.fromstring(drawn).iter()
        if each.tag.endswith("}text")
    ]
    assert {"1", "2", "Beech"} <= set(shown)
    own = [each for each in ET.fromstring(drawn).iter() if each.get("r") == "4.6"]
    assert sorted("".join(each.itertext()) for each in own) == ["Practice 1", "Practice 2"]
    # practices in no PCN are drawn pale as other PCNs' are
    assert "pale ones: all others." in pcn_map.key(content, "U00001")
    says = "Map of Alder PCN: its footprint in 2 parts, 2 practices as dots. Around it: Beech"
    assert says in drawn
    # one part needs no number
    assert "<text" in str(pcn_map.draw(content, pcn_map.prepare(content), "U00003"))
    assert ">1</text>" not in str(pcn_map.draw(content, pcn_map.prepare(content), "U00003"))


def test_a_pcn_without_a_footprint_has_a_map_of_its_practices(content):
    """A PCN that won no small area is drawn by its practices; one that has nothing is not."""
    layers = {**content.layers, "pcns": content.layers["pcns"].iloc[1:]}
    bare = dataclasses.replace(content, layers=layers)
    drawn = str(pcn_map.draw(bare, pcn_map.prepare(bare), "U00001"))
    assert drawn.count('r="4.6"') == 2
    nobody = content.layers["practices"].iloc[2:]
    bare = dataclasses.replace(content, layers={**layers, "practices": nobody})
    assert pcn_map.draw(bare, pcn_map.prepare(bare), "U00001") == ""


def test_illustrative_content_says_so_on_every_page():
    """The fictional patch is called illustrative on both pages, a real one is not."""
    for page in both(helpers.content(illustrative=True)):
        assert "Illustrative." in Reader(page).said
    for page in both(helpers.content()):
        assert "Illustrative." not in Reader(page).said


def test_audit_that_fails_is_said():
    """A failed audit is written in words that nobody overlooks."""
    made = dataclasses.replace(helpers.content(), audit={"ok": False, "checks": []})
    assert "does NOT agree" in Reader(pages.index(made, picture=DOT)).said
    assert "agrees with them" in front.audit_says(helpers.content())
