"""The frame of every page: escaped, self-contained, and running our scripts only."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re

import jinja2
import numpy as np
import pandas as pd
import pytest
from markupsafe import Markup

from footprint.errors import ModelError
from footprint.report import glossary, names, shell
from footprint.words import Words

BODY = Markup('<main id="main"><h1>Here</h1></main>')


def page(body=BODY, **more):
    return shell.page(**{"title": "A page", "body": Markup(body), **more})


def test_page_has_what_a_reader_and_a_browser_need():
    """Language, title, description, viewport, skip link, in one file."""
    html = page(title="Alder & Beech <PCNs>", description='Maps "here"')
    assert '<html lang="en-GB">' in html
    assert "<title>Alder &amp; Beech &lt;PCNs&gt;</title>" in html
    assert 'name="viewport" content="width=device-width, initial-scale=1"' in html
    assert "Maps &#34;here&#34;" in html
    assert 'class="skip" href="#main"' in html


def test_policy_names_exactly_the_scripts():
    """Each script is allowed by its hash, and nothing else is allowed to run or load."""
    html = page(scripts=["var a = '<p>';\r\nvar b;", "go();"])
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    policy = policy.replace("&#39;", "'")
    inline = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert inline == ["var a = '<p>';\nvar b;", "go();"]
    for text in inline:
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert policy.count("sha256-") == 2
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert policy.startswith("default-src 'none'; ")
    for rule in ("img-src data:", "base-uri 'none'", "form-action 'none'"):
        assert rule in policy


def test_page_without_scripts_lets_none_run():
    """No script given, none allowed."""
    assert "script-src &#39;none&#39;" in page()


@pytest.mark.parametrize(
    "text", ["</script><script>x()", "<!-- -->", "\u2028\u2029", "&amp;", '"\\', "\u202eevil"]
)
def test_data_cannot_leave_its_element_and_comes_back_whole(text):
    """Data is JSON that no parser of HTML can take for markup."""
    html = page(data={"facts": {text: [text]}})
    found = re.search(r'<script type="application/json" id="facts">(.*?)</script>', html, re.DOTALL)
    assert not set("<>&\u2028\u2029") & set(found[1])
    assert json.loads(found[1]) == {text: [text]}


def test_data_takes_the_numbers_of_numpy_and_pandas():
    """Whole and broken numbers, dates and gaps become what JSON can say."""
    value = {
        "whole": np.int64(3),
        "flag": np.bool_(True),
        "row": np.array([1.5, np.nan, np.inf]),
        "gap": [pd.NA, None, pd.NaT, float("nan")],
        "day": dt.date(2025, 10, 1),
        1: (np.str_("x"),),
    }
    assert json.loads(shell.json_text(value)) == {
        "whole": 3,
        "flag": True,
        "row": [1.5, None, None],
        "gap": [None] * 4,
        "day": "2025-10-01",
        "1": ["x"],
    }
    with pytest.raises(TypeError, match="set"):
        shell.json_text({"a": {1}})


def test_text_is_escaped_and_an_unknown_name_is_an_error(tmp_path):
    """A template escapes what it is given and never renders it as a template."""
    made = shell.environment().from_string("<p>{{ name }}</p>")
    assert made.render(name="{{ 7*7 }} <b>") == "<p>{{ 7*7 }} &lt;b&gt;</p>"
    with pytest.raises(jinja2.UndefinedError):
        made.render()


@pytest.mark.parametrize(
    "body",
    [
        '<script src="x.js"></script>',
        '<link rel="stylesheet" href="x.css">',
        '<img src="https://example.org/x.png">',
        '<img src="x.png">',
        '<img srcset="x.png 2x">',
        '<a href="https://example.org">x</a>',
        '<a href="//example.org">x</a>',
        '<a href="javascript:alert(1)">x</a>',
        '<a href="../other.html">x</a>',
        '<a href="/etc/passwd">x</a>',
        '<a href="file:report.html">x</a>',
        '<iframe srcdoc="x"></iframe>',
        '<p style="background: url(x.png)">x</p>',
        '<button onclick="go()">x</button>',
        '<td class="a" onclick="go()">x</td>',
        '<td class="a"onclick="go()">x</td>',
        '<td class=a title="b>"><img src="x.png"></td>',
        '<td title="<td>"><p style="background:url(x.png)">x</p></td>',
        '<td title="x"/><script src="x.js"></script>',
        '<td hidden><tdx><link class="x" href="x.css"></td>',
        '<form action="go"></form>',
        '<meta http-equiv="refresh" content="0;url=x">',
        '<svg><use href="x.svg#a"></use></svg>',
        '<svg><image xlink:href="x.png"></image></svg>',
        "<style>@import 'x.css';</style>",
        "<style>p { background: url( x.png ) }</style>",
    ],
)
def test_anything_from_outside_is_refused(body):
    """A page that would load, lead or run something from outside is not made."""
    with pytest.raises(ModelError, match="not self-contained"):
        page(body)


def test_what_stays_beside_the_page_is_allowed():
    """Places in the page, files beside it, pictures in it and names of namespaces may stay."""
    html = page(
        '<a href="report.html#parts">a</a><a href="#main">b</a><a href="tables/pcns.csv">c</a>'
        '<img alt="" src="data:image/png;base64,AAAA">'
        '<svg xmlns="http://www.w3.org/2000/svg"><use href="#a"></use></svg>',
        scripts=['document.createElementNS("http://www.w3.org/2000/svg", "svg");'],
        styles=["p { background: url(data:image/png;base64,AAAA) }"],
        data={"facts": "see https://example.org"},
    )
    assert html.startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "more",
    [
        {"scripts": ["var a = '</script>';"]},
        {"scripts": ["var a = '<!--';"]},
        {"scripts": ["fetch('https://example.org')"]},
        {"styles": ["</style><script>x()</script>"]},
        {"styles": ["@import url(https://example.org/x.css);"]},
    ],
)
def test_scripts_and_styles_that_break_out_are_refused(more):
    """Our own texts are held to the same rule."""
    with pytest.raises(ModelError):
        page(**more)


def test_numbers_read_as_a_planner_writes_them():
    """Separators, one decimal of minutes, percentages that never round to all or nothing."""
    assert shell.thousands(1_209_999.6) == "1,210,000"
    assert shell.minutes(12.345) == "12.3 min"
    assert shell.wte(1234.5) == "1,234.50 WTE"
    assert shell.decimal(-0.01) == "0.0"
    assert [shell.percent(x) for x in (0, 0.004, 0.855, 0.996, 1)] == [
        "0%",
        "under 1%",
        "86%",
        "over 99%",
        "100%",
    ]
    assert shell.percent(0.0512, 1) == "5.1%"
    assert shell.day(dt.date(2025, 10, 1)) == "1 October 2025"
    for each in (shell.thousands, shell.minutes, shell.wte, shell.percent, shell.decimal):
        assert {each(None), each(float("nan")), each(pd.NA)} == {"–"}


@pytest.mark.parametrize(
    ("official", "proper", "short"),
    [
        ("RUGELEY & GREAT HAYWOOD PCN", "Rugeley & Great Haywood PCN", "Rugeley & Great Haywood"),
        ("ABOUT BETTER CARE (ABC) PCN", "About Better Care (ABC) PCN", "About Better Care"),
        (
            "HIPC (HOLISTIC PATIENT CENTRED CARE) PCN",
            "HIPC (Holistic Patient Centred Care) PCN",
            "HIPC",
        ),
        ("NEWCASTLE NORTH PCN LIMITED", "Newcastle North PCN Limited", "Newcastle North"),
        ("EDEN (CUMBRIA) PCN", "Eden (Cumbria) PCN", "Eden"),
        ("DR O'BRIEN & PARTNERS", "Dr O'Brien & Partners", "Dr O'Brien & Partners"),
        ("ST GEORGE'S, STOKE-ON-TRENT", *["St George's, Stoke-on-Trent"] * 2),
        ("iCare PCN", "iCare PCN", "iCare"),
        ("PCN", "PCN", "PCN"),
        ("", "", ""),
    ],
)
def test_official_names_read_as_names(official, proper, short):
    """Capitals of the files become ordinary case; initials and small words stay right."""
    assert names.proper(official) == proper
    assert names.short(official) == short


def test_glossary_tells_the_thresholds_in_force():
    """Who sets another share or distance does not read the default in the words."""
    policy = {
        "catchment_share": 0.7,
        "part_share": 0.025,
        "cluster_km_urban": 2.5,
        "cluster_km_rural": 10,
        "population_min": 25_000,
        "level3_population": 300_000,
        "same_place_m": 75,
        "preset": "pcn-2019",
    }
    told = " ".join(term.told for term in glossary.terms(policy=policy).values())
    for said in (
        "together hold 70% of a PCN's patients",
        "with under 2.5% of the patients",
        "more than 2.5 km (towns) or 10 km (country)",
        "A PCN of under 25,000 patients passes",
        "needs 300,000 people or more",
        "Sites within 75 metres of each other",
    ):
        assert said in told
    usual = " ".join(term.told for term in glossary.terms().values())
    assert "together hold 80% of a PCN's patients" in usual


def test_glossary_explains_every_word_in_the_words_of_the_date():
    """Each term has a meaning and a reason in sentences, and uses the date's own words."""
    terms = glossary.terms(Words(commissioner="CCG", system="STP", small_area="LSOA 2011"))
    assert {"footprint", "retention", "part", "wte", "proven_best"} <= set(terms)
    for key, term in terms.items():
        assert key == term.key
        for text in (term.meaning, term.why, term.caveat or "None."):
            assert text[0].isupper() or text[0].isdigit()
            assert text.endswith(".")
    assert "CCG" in terms["boundaries"].meaning
    assert "LSOA 2011" in terms["small_area"].term


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": [1, 2.5, "x", True, None]}, '{"a":[1,2.5,"x",true,null]}'),
        ({"a": [{"b": float("nan"), 3: (1, 2)}]}, '{"a":[{"b":null,"3":[1,2]}]}'),
        ([pd.NA, pd.NaT, np.int64(7), np.float64(0.5), np.inf], "[null,null,7,0.5,null]"),
        ({"x": np.array([[1.5, np.nan]]), "d": dt.date(2022, 1, 2)},
         '{"x":[[1.5,null]],"d":"2022-01-02"}'),
        ([{}, []], "[{},[]]"),
    ],
)  # fmt: skip
def test_what_is_missing_is_null_at_any_depth(value, text):
    """Plain data is written as it is, what is not plain as the nearest that is."""
    assert shell.json_text(value) == text
