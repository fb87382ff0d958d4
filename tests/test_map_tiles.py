"""A background map from the network: off by default, from one server only, and said on the page."""

from __future__ import annotations

import re
from html import unescape

import pytest
from click.testing import CliRunner
from helpers_content import content
from test_map_page import opened, requested, text_of

from footprint import cli
from footprint.errors import InputError, ModelError
from footprint.maps.page import build
from footprint.maps.tiles import CREDIT, OPENSTREETMAP, tiles
from footprint.report import shell

HOST = "tiles.example.org"
ADDRESS = f"https://{HOST}/{{z}}/{{x}}/{{y}}.png"


def policy(html):
    """Directives of a page's content security policy, by name."""
    found = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1]
    return dict(part.split(None, 1) for part in unescape(found).split("; "))


def test_by_default_no_page_asks_a_network():
    """Without the option no server is named, and the policy lets no picture load."""
    page = build(content())
    assert policy(page)["img-src"] == "data:"
    assert "openstreetmap" not in page.lower()
    assert 'value="tiles"' not in page
    assert 'id="credit"' not in page


def test_one_server_is_let_in_and_told_about():
    """The policy differs in its pictures' host alone; the page says what that means."""
    page = build(content(), tiles=tiles())
    before, after = policy(build(content())), policy(page)
    assert after.pop("img-src") == "data: https://tile.openstreetmap.org"
    before.pop("img-src")
    assert after == before
    words = " ".join(re.sub(r"<[^>]+>", " ", page[: page.index("<script")]).split())
    assert "your browser asks tile.openstreetmap.org for pictures" in words
    assert "tells that server which part of the map you look at" in words
    assert "It needs a network" in words
    assert CREDIT in words
    assert build(content(), tiles=tiles()) == page


@pytest.mark.parametrize(
    "url",
    [
        "http://tiles.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}.png",
        "https://{s}.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png?{z}",
        "https://a b.example.org/{z}/{x}/{y}.png",
        "https://example.org;script-src */{z}/{x}/{y}.png",
        "https://u:p@example.org/{z}/{x}/{y}.png",
        "javascript:alert(1)//{z}{x}{y}",
        "",
    ],
)
def test_only_plain_addresses_are_taken(url):
    """What is not https, lacks a place to fill in or has another, or would reach the policy."""
    with pytest.raises(InputError, match="--tiles-url"):
        tiles(url)


def test_a_server_of_ones_own():
    """Its host is let in and credited, whatever it serves."""
    mine = tiles("https://Maps.Trust.nhs.uk:8443/base/{z}/{x}/{y}?key=a1")
    assert mine.host == "maps.trust.nhs.uk:8443"
    assert mine.credit == "Background map: maps.trust.nhs.uk:8443"
    assert tiles(OPENSTREETMAP).credit == CREDIT


def test_no_host_but_a_host_reaches_the_policy():
    """Words that would add to the policy are a fault of ours."""
    with pytest.raises(ModelError, match="no host"):
        shell.page(title="x", body=shell.Markup(""), picture_host="example.org; script-src *")


def test_the_command_says_what_it_means(tmp_path):
    """--help tells who learns what; an address alone, or one that cannot be used, is refused."""
    runner = CliRunner()
    said = " ".join(runner.invoke(cli.main, ["analyse", "--help"]).output.split())
    assert "their browsers tell that server where on the map they look" in said
    assert "no page asks a network for anything" in said
    out = ["--out", str(tmp_path / "out")]
    alone = runner.invoke(cli.main, ["analyse", "--tiles-url", ADDRESS, *out])
    assert alone.exit_code == 2
    assert "--tiles" in alone.output
    wrong = runner.invoke(cli.main, ["analyse", "--tiles", "--tiles-url", "http://x", *out])
    assert wrong.exit_code == 2
    assert "https://tiles.example.org" in wrong.output
    assert not (tmp_path / "out").exists()


def test_the_option_reaches_the_page(tmp_path, monkeypatch):
    """What the command is given is what the run is asked for."""
    from footprint import pipeline

    asked = []

    def analyse(patch, **options):
        asked.append(options["tiles"])
        return pipeline.Run(tmp_path, tmp_path / "index.html", (), (), ())

    monkeypatch.setattr(pipeline, "analyse", analyse)
    runner = CliRunner()
    for options in ([], ["--tiles"], ["--tiles", "--tiles-url", ADDRESS]):
        assert runner.invoke(cli.main, ["analyse", *options]).exit_code == 0
    assert asked == [None, tiles(), tiles(ADDRESS)]


@pytest.mark.browser
def test_only_the_named_server_is_asked(browser, tmp_path):
    """On: pictures of that host and nothing else; where it cannot be reached the map says so."""
    page = opened(browser, tmp_path, build(content(), tiles=tiles(ADDRESS)))
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(page, 10).until(lambda p: "could not be loaded" in text_of(p, "#credit"))
    asked = requested(page)
    assert asked
    assert {re.match(r"https://([^/]+)/\d+/\d+/\d+\.png$", url)[1] for url in asked} == {HOST}
    blocked = " ".join(entry["message"] for entry in page.get_log("browser"))
    assert "Content Security Policy" not in blocked
    opacity = "return document.querySelector('path[data-pcn]').getAttribute('fill-opacity')"
    assert float(page.execute_script(opacity)) < 0.7
    page.execute_script("document.querySelector('#overlays input[value=tiles]').click()")
    assert float(page.execute_script(opacity)) == 1
    assert page.execute_script("return document.getElementById('credit').hidden")
    page.get_log("performance")
    page.execute_script("map_footprint.zoomIn(2, {animate: false})")
    assert requested(page) == []
