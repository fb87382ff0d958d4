"""Minutes by where patients live: hand-made figures, all services together, words and chart."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import helpers_content as helpers
import numpy as np
import pandas as pd
import pytest
from test_pages import DOT, Reader
from toy import County, code_of

from footprint import fairness, pipeline, settings, travel
from footprint.report import fair, pages
from footprint.report.charts_staff import travel as chart

# Two PCNs share three small areas; the base of T1 is near A, that of T2 near C.
#            A (decile 1, urban)   B (2, urban)   C (no decile, rural)
#   P              60                  40
#   Q                                  10              90
PAIRS = pd.DataFrame(
    [("A", "P", 60), ("B", "P", 40), ("B", "Q", 10), ("C", "Q", 90), ("Z", "P", 500)],
    columns=["small_area_code", "pcn_code", "patients"],
)
MINUTES = pd.DataFrame(
    [[5.0, 10.0, 30.0], [30.0, 20.0, np.inf]],
    index=pd.Index(["T1", "T2"], name="team_id"),
    columns=pd.Index(list("ABC"), name="small_area_code"),
)


def patch(**tables: pd.DataFrame) -> SimpleNamespace:
    """What fairness reads of a patch."""
    rural = pd.Series([False, False, True], index=list("ABC"), dtype="boolean")
    return SimpleNamespace(
        pairs=PAIRS,
        small_areas=pd.DataFrame({"rural": rural}),
        tables={name: SimpleNamespace(frame=frame) for name, frame in tables.items()},
    )


DRAWN = SimpleNamespace(pcns=pd.DataFrame(index=["P", "Q"]))
GIVEN = {
    "deprivation": pd.DataFrame({"small_area_code": ["A", "B"], "decile": [1, 2]}),
    "rural_urban": pd.DataFrame({"small_area_code": list("ABC")}),
}


def table(allocation, demand, *, given=GIVEN, minutes=MINUTES):
    """Fairness of (service, PCN, team, WTE today, proposed) and (service, PCN, need)."""
    rows = pd.DataFrame(
        allocation, columns=["service_id", "pcn_code", "team_id", "today_wte", "wte"]
    )
    needs = pd.DataFrame(demand, columns=["service_id", "pcn_code", "wte"])
    found = fairness.fairness(patch(**given), DRAWN, travel.of_matrix(minutes), rows, needs)
    return found.set_index(["service_id", "group_kind", "group"])


ONE = [("s", "P", "T1", 1.0, 1.0), ("s", "P", "T2", 3.0, 1.0), ("s", "Q", "T1", 2.0, 2.0)]
NEED = [("s", "P", 4.0), ("s", "Q", 2.0)]


def test_minutes_are_those_of_small_areas_and_teams():
    """Each small area has its own minutes, the mean over its PCN's teams by WTE."""
    found = table(ONE, NEED)
    # today P: A (5 + 3 x 30) / 4 = 23.75, B (10 + 3 x 20) / 4 = 17.5; proposed 17.5 and 15
    assert found.loc[("s", "PCN", "P"), "minutes_today"] == pytest.approx(0.6 * 23.75 + 0.4 * 17.5)
    assert found.loc[("s", "PCN", "P"), "minutes_proposed"] == pytest.approx(0.6 * 17.5 + 0.4 * 15)
    # Q: B 10 and C 30, by 10 and 90 patients
    assert found.loc[("s", "PCN", "Q"), "minutes_today"] == pytest.approx(28)
    assert found.loc[("s", "deprivation decile", "1"), "minutes_today"] == pytest.approx(23.75)
    # both PCNs' people of B: 40 x 17.5 and 10 x 10
    assert found.loc[("s", "deprivation decile", "2"), "minutes_today"] == pytest.approx(16)
    assert found.loc[("s", "rural class", "rural"), "minutes_today"] == pytest.approx(30)
    whole = (60 * 23.75 + 40 * 17.5 + 10 * 10 + 90 * 30) / 200
    assert found.loc[("s", "everybody", "everybody"), "minutes_today"] == pytest.approx(whole)


def test_every_patient_is_in_one_group_of_each_kind():
    """Groups of a kind add up to the patients of the patch; without a decile is a group too."""
    found = table(ONE, NEED)
    sums = found.groupby(["service_id", "group_kind"])["patients"].sum()
    assert set(sums) == {200}
    assert found.loc[("s", "deprivation decile", "not given"), "patients"] == 90
    bare = table(ONE, NEED, given={})
    assert set(bare.index.get_level_values("group_kind")) == {"everybody", "PCN"}


def test_nobody_without_a_road_is_averaged_away():
    """Where no team has a road there are no minutes, and the share reached says how many."""
    found = table([("s", "Q", "T2", 1.0, 0.0), ("s", "P", "T2", 0.0, 1.0)], NEED)
    row = found.loc[("s", "PCN", "Q")]
    # T2 reaches B, not C
    assert (row["minutes_today"], row["reached_today"]) == (20.0, pytest.approx(0.1))
    assert np.isnan(row["minutes_proposed"])
    assert row["reached_proposed"] == 0
    assert found.loc[("s", "everybody", "everybody"), "reached_proposed"] == pytest.approx(0.5)


def test_all_services_weigh_by_need_and_like_is_held_against_like():
    """A service that is only there in the proposal moves no figure of all services together."""
    more = [*ONE, ("r", "P", "T2", 1.0, 1.0), ("n", "P", "T2", 0.0, 9.0)]
    found = table(more, [*NEED, ("r", "P", 1.0), ("n", "P", 50.0)])
    # P: service s weighs 4, r 1; n has nobody there today
    s, r = 0.6 * 17.5 + 0.4 * 15, 0.6 * 30 + 0.4 * 20
    row = found.loc[("", "PCN", "P")]
    assert row["minutes_proposed"] == pytest.approx((4 * s + r) / 5)
    assert row["reached_today"] == pytest.approx(5 / 55)
    assert row["reached_proposed"] == 1


def test_chunks_give_what_the_whole_gives(monkeypatch):
    """A country is worked out in pieces; the pieces change nothing."""
    whole = table(ONE, NEED)
    monkeypatch.setattr(fairness, "_MOST_VISITS", 1)
    pd.testing.assert_frame_equal(table(ONE, NEED), whole)


def test_no_teams_no_table():
    """Without teams the table is there and empty."""
    empty = pd.DataFrame(columns=["service_id", "pcn_code", "team_id", "wte", "today_wte"])
    found = fairness.fairness(patch(), DRAWN, None, empty, pd.DataFrame())
    assert list(found.columns) == list(fairness.COLUMNS)
    assert found.empty


SERVICES = (
    "service_id demand_driver wte_per_10000 min_team_wte min_population max_travel_minutes level"
)


def test_a_run_tells_fairness_in_table_and_report(tmp_path):
    """Estimates of a whole run: the table's means are those of its own small areas."""
    # A A B B     bases at both ends; A is urban, B rural
    made = County("AABB", patients=1_000, rural="B")
    made.files = {
        "teams": (
            "team_id service_id base_name easting northing wte pcn_codes".split(),
            [("T1", "s", "West", 400_500, 300_500, 1.0, "U99001;U99002"),
             ("T2", "s", "East", 403_500, 300_500, 1.0, "U99002")],
        ),
        "services": (SERVICES.split(), [("s", "registered", 5, 0.5, 500, 60, 1)]),
        "deprivation": (
            ["LSOA21CD", "IMD_DECILE"], [(code_of(0, at), 1 + 3 * at) for at in range(4)]
        ),
    }  # fmt: skip
    result = pipeline.study(settings.load(made.write(tmp_path)))
    found = result.tables["fairness"].set_index(["service_id", "group_kind", "group"])
    urban, rural = 1.3 / 30 * 60, 1.3 / 50 * 60
    # T1 is at the first area; T1 and T2 are at B by half its need of one WTE today: 0.5 and 1.0
    assert found.loc[("s", "PCN", "U99001"), "minutes_today"] == pytest.approx(urban / 2)
    far, near = 2.5 * rural, 0.5 * rural
    assert found.loc[("s", "rural class", "rural"), "minutes_today"] == pytest.approx(
        (0.5 * far + 1.0 * near) / 1.5
    )
    assert found.loc[("s", "deprivation decile", "1"), "minutes_today"] == pytest.approx(0)
    assert set(found["basis"]) == {"estimate"}
    said = Reader(pages.report(pipeline.describe(result), pictures={})).said
    assert "6. Fairness: how far teams are from whom" in said
    assert "In the most deprived small areas (decile 1) it is 0.0 minutes today" in said
    assert "In urban small areas it is" in said


# -- words ---------------------------------------------------------------------------------------


def content(**changes):
    """The tiny grid's content with a table of fairness."""
    rows = [
        ("", "everybody", "everybody", 3000, 20.0, 18.0, 1.0, 1.0),
        ("", "deprivation decile", "1", 1000, 15.0, 14.0, 1.0, 1.0),
        ("", "deprivation decile", "9", 2000, 22.5, 20.0, 1.0, 1.0),
        ("", "PCN", "U00001", 1000, 30.0, 19.0, 1.0, 1.0),
        ("", "PCN", "U00002", 1000, 12.0, 25.04, 1.0, 1.0),
        ("", "PCN", "U00003", 1000, 18.0, 25.0, 1.0, 1.0),
        ("nursing", "everybody", "everybody", 3000, 9.0, 8.0, 1.0, 1.0),
        ("nursing", "PCN", "U00003", 3000, 9.0, 8.0, 1.0, 1.0),
    ]
    names = list(fairness.COLUMNS[:-1])
    frame = pd.DataFrame(rows, columns=names).assign(basis=changes.pop("basis", "estimate"))
    made = helpers.content(**changes)
    return dataclasses.replace(made, tables={**made.tables, "fairness": frame})


def test_the_worst_off_stand_beside_the_mean():
    """Worst today and worst proposed are named; of equals to the tenth the lower code."""
    made = content()
    told = " ".join(fair.chapter(made)["sentences"])
    assert "are 20.0 minutes (estimate) away on average today, 18.0 in the proposal" in told
    assert "The worst-off PCN today is Alder, with 30.0 minutes today, 19.0 in the proposal" in told
    assert "in the proposal it is Beech, with 12.0 minutes today, 25.0 in the proposal." in told
    assert "(decile 1) it is 15.0 minutes today, 14.0 in the proposal; in the least" in told
    assert "No rural-urban classes are given" in told
    said = Reader(pages.report(made, pictures={"footprints": DOT})).said
    assert "Nursing 9.0 → 8.0 – – Cedar 9.0 Cedar 8.0" in said
    assert "Worst-off PCN today: Alder 1,000 30.0 19.0 −11.0" in said


def test_the_longest_journey_is_told_where_it_comes_first():
    """The chapter on staff says what comes first, the glossary what it is; else neither does."""
    made = content()
    first = dataclasses.replace(made, settings={**made.settings, "fairness": "worst first"})
    said = Reader(pages.report(first, pictures={"footprints": DOT})).said
    assert "In each service the longest journey (where PCNs form groups, from a group’s" in said
    assert "Longest journey The minutes of whoever works farthest from their base" in said
    plain = Reader(pages.report(made, pictures={"footprints": DOT})).said
    assert "Staff are shared out so that the cost is lowest" in plain
    assert "ongest journey" not in plain


def test_the_chart_says_what_it_shows():
    """The drawing has both ends of every group, a text alternative, and the word estimate."""
    made = content()
    drawing = str(chart(made, fair.rows(made), "estimate"))
    assert "22.5 → 20.0" in drawing
    assert "minutes (estimate), today → proposed" in drawing
    assert 'aria-label="Minutes (estimate) from teams to patients by group: all patients' in drawing
    nowhere = fair.rows(made).assign(minutes_today=np.nan, minutes_proposed=np.nan)
    assert str(chart(made, nowhere, "")) == ""


def test_minutes_that_are_given_are_no_estimates():
    """With the user's own times no figure of the chapter is called an estimate."""
    chapter = fair.chapter(content(basis="given"))
    assert "estimate" not in str(chapter)


@pytest.mark.parametrize("text", helpers.HOSTILE)
def test_hostile_names_in_the_chapter(text):
    """A hostile name of a PCN or a service is text in sentences, tables and chart."""
    page = pages.report(content(text=text), pictures={"footprints": DOT})
    found = Reader(page)
    assert {"script", "b", "iframe"}.isdisjoint(tag for tag, _ in found.tags)
    assert " ".join(text.split()) in found.said
