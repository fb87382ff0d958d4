"""Postcode districts: counted in small areas, and who the people of one are registered with."""

from __future__ import annotations

import pytest
from map_data import page_data
from test_map_page import opened, text_of
from toy import County, centre, code_of, pcn_code

from footprint import patch, pipeline, postcode_districts, settings
from footprint.maps.page import build

# A's 300 patients live in the first two cells, B's in the others; 100 of B's live with A
#   A A B
DRAWING = "AAB"


def county(folder, postcodes):
    """The county with a postcode file of (postcode, column): each in the middle of its cell."""
    made = County(DRAWING, patients=300, extra=[("Z00001", code_of(0, 1), 100)])
    file = made.write(folder)
    rows = ["PCDS,OSEAST1M,OSNRTH1M,DOTERM"]
    for postcode, column, *ended in postcodes:
        x, y = centre(DRAWING, 0, column)
        rows.append(f"{postcode},{x:.0f},{y:.0f},{''.join(ended)}")
    (folder / "postcodes.csv").write_text("\n".join(rows) + "\n")
    file.write_text(file.read_text().replace("[patch]", 'postcodes = "postcodes.csv"\n[patch]'))
    return file


#: TT1 is all of the first cell and a quarter of the second, TT2 three quarters and the third
POSTCODES = [
    ("TT1 1AA", 0),
    ("TT1 1AB", 0),
    ("TT1 2AA", 1),
    ("TT2 1AA", 1),
    ("TT2 1AB", 1),
    ("TT2 1AC", 1),
    ("TT2 2AA", 2),
]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The county, analysed."""
    file = county(tmp_path_factory.mktemp("county"), POSTCODES)
    return pipeline.study(settings.load(file))


def test_postcodes_are_counted_by_district_and_small_area(study):
    """Each postcode once, in the small area that holds it, sorted."""
    found = study.tables["postcode_districts"]
    assert found.to_numpy().tolist() == [
        ["TT1", code_of(0, 0), 2],
        ["TT1", code_of(0, 1), 1],
        ["TT2", code_of(0, 1), 3],
        ["TT2", code_of(0, 2), 1],
    ]
    assert found["postcodes"].sum() == len(POSTCODES)


def test_what_lies_elsewhere_or_has_ended_is_left_out(tmp_path):
    """A postcode beyond the patch and one that is no more are not counted."""
    file = county(tmp_path, [*POSTCODES, ("TT9 9ZZ", 40), ("TT1 9ZZ", 0, "202001")])
    found = postcode_districts.districts(patch.load(settings.load(file)))
    assert found["postcodes"].sum() == len(POSTCODES)
    assert "TT9" not in set(found["district"])


def test_without_a_postcode_file_there_is_no_table(tmp_path):
    """No table is written, and asked for it is empty."""
    given = settings.load(County(DRAWING).write(tmp_path))
    assert "postcode_districts" not in pipeline.study(given).tables
    found = postcode_districts.districts(patch.load(given))
    assert list(found.columns) == list(postcode_districts.COLUMNS)
    assert found.empty


def test_people_are_shared_between_districts_by_postcodes(study):
    """A cell's patients go to its districts by their postcodes; shares by PCN, largest first."""
    data = page_data(build(pipeline.describe(study)))
    code = [pcn["code"] for pcn in data["pcns"]]
    found = {
        district: [(code[i], share) for i, share in rows]
        for district, rows in data["districts"].items()
    }
    # TT1: A 300 + 300 / 4, B 100 / 4; TT2: A 225, B 75 + 300
    a, b = pcn_code("A"), pcn_code("B")
    assert found == {
        "TT1": [(a, round(375 / 400, 3)), (b, round(25 / 400, 3))],
        "TT2": [(b, round(375 / 600, 3)), (a, round(225 / 600, 3))],
    }


@pytest.mark.browser
def test_the_search_tells_who_lives_there(browser, tmp_path, study):
    """Patients first, then surgeries, each with what it is based on."""
    page = opened(browser, tmp_path, build(pipeline.describe(study)))
    page.execute_script("document.getElementById('search').value = 'tt2'")
    page.execute_script("document.getElementById('search').dispatchEvent(new Event('input'))")
    first = page.execute_script(
        "return [...document.querySelectorAll('#found li')].slice(0, 2).map(o => o.textContent)"
    )
    assert first[0].startswith("TT2which PCNs? B PCN 63%, A PCN 38%")
    assert first[1] == "B PCNPCN of 63% of the patients who live in TT2"
    page.execute_script("footprint.choose(footprint.districts.ask('tt2'))")
    told = text_of(page, "#told")
    assert "Who lives in TT2" in told
    assert "Estimated: each small area's patients are shared" in told
    assert "No practice of the patch stands in TT2." in told
