"""Modelled registrations: what gravity keeps, what simpler models do, how near they come."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from footprint import modelled, nearby, patch
from footprint import settings as patch_settings

KM = 1_000.0
DOCS = Path(__file__).resolve().parents[1] / "docs" / "modelled.md"


def sites(**rows: tuple[float | None, int]) -> gpd.GeoDataFrame:
    """Practices on a road: code=(km along it or None, list size)."""
    return gpd.GeoDataFrame(
        {"list_size": [size for _, size in rows.values()]},
        geometry=[None if x is None else Point(x * KM, 0) for x, _ in rows.values()],
        index=pd.Index(list(rows), name="practice_code", dtype="str"),
        crs=27700,
    )


def homes(**rows: tuple[float, float]) -> gpd.GeoDataFrame:
    """Small areas of 1 km along the same road: code=(km of the middle, people)."""
    return gpd.GeoDataFrame(
        {"population": [people for _, people in rows.values()]},
        geometry=[
            box((x - 0.5) * KM, -0.5 * KM, (x + 0.5) * KM, 0.5 * KM) for x, _ in rows.values()
        ],
        index=pd.Index(list(rows), name="small_area_code", dtype="str"),
        crs=27700,
    )


def wide(registrations: pd.DataFrame) -> pd.DataFrame:
    """Patients, areas by practices."""
    return registrations.pivot_table(
        index="small_area_code", columns="practice_code", values="patients", fill_value=0
    )


#     0    1    2    3    4    5 km
#     a    b    c    d    e          people
#     P              Q    R          lists
ROAD = homes(a=(0, 3e6), b=(1, 1e6), c=(2, 2e6), d=(3, 1e6), e=(4, 3e6))
PRACTICES = sites(P=(0, 4_000_000), Q=(3, 4_000_000), R=(4, 2_000_000))


def test_both_margins_and_the_pull_of_distance():
    """Held exactly: lists and people are met, and odds follow exp(-decay x sqrt km) alone."""
    out, report = modelled.model(PRACTICES, ROAD, hold=1.0, decay=1.5, tolerance=1e-9)
    table = wide(out)
    assert table.sum().to_dict() == PRACTICES["list_size"].to_dict()
    assert np.allclose(table.sum(axis=1), ROAD["population"], rtol=1e-5)
    # (aP x cQ) / (aQ x cP) with distances 0, 1, 3, 2
    odds = table.loc["a", "P"] * table.loc["c", "Q"] / (table.loc["a", "Q"] * table.loc["c", "P"])
    assert odds == pytest.approx(np.exp(-1.5 * (0 + 1 - np.sqrt(3) - np.sqrt(2))), rel=1e-4)
    assert report.converged
    assert (report.practices, report.areas, report.pairs, report.patients) == (3, 5, 15, 10_000_000)
    assert report.scale == (1.0, 1.0)
    assert (report.off, report.far_off) == (pytest.approx(0, abs=1e-5), 0)
    assert report.mean_km == pytest.approx(average_km(table), rel=1e-9)
    assert len(report.sentences()) == 1


def average_km(table: pd.DataFrame) -> float:
    """Mean distance of the road's patients, cell by cell."""
    at = {"a": 0, "b": 1, "c": 2, "d": 3, "e": 4, "P": 0, "Q": 3, "R": 4}
    total = sum(
        table.loc[area, site] * abs(at[area] - at[site])
        for area in table.index
        for site in table.columns
    )
    return float(total / table.to_numpy().sum())


def test_populations_are_scaled_to_the_lists():
    """Half the people, the same answer, and the factor is said."""
    half = ROAD.assign(population=ROAD["population"] / 2)
    whole, _ = modelled.model(PRACTICES, ROAD)
    out, report = modelled.model(PRACTICES, half)
    pd.testing.assert_frame_equal(out, whole)
    assert report.scale == (2.0, 2.0)
    assert "multiplied by 2.000" in report.sentences()[0]


#    0              9 km
#    a              b     people 900, 100
#    P              Q     lists 500, 500
def test_margins_that_cannot_both_be_met():
    """Lists are met exactly, people as nearly as reach allows, and both figures are said."""
    apart = homes(a=(0, 900), b=(9, 100))
    out, report = modelled.model(
        sites(P=(0, 500), Q=(9, 500), S=(4.5, 10)), apart, reach_km=5, fewest=1, hold=1.0
    )
    assert wide(out).sum().to_dict() == {"P": 500, "Q": 500, "S": 10}
    assert wide(out).loc["a", "S"] == 10
    assert (wide(out).sum(axis=1).to_dict()) == {"a": 510, "b": 500}
    assert report.far_off == 2
    assert report.off == pytest.approx((909 - 510) / 1010)
    assert "cannot both be met: 39.5% of patients live elsewhere" in report.sentences()[1]
    assert "2 small areas differ by more than 10%" in report.sentences()[1]


def test_held_softly_between_what_lists_want_and_what_people_want():
    """The less firmly people are held, the further the areas stray from them."""
    strays = [modelled.model(PRACTICES, ROAD, hold=hold)[1].off for hold in (1.0, 0.95, 0.5, 0.0)]
    assert strays[0] < strays[1] < strays[2] < strays[3]


def test_groups_that_no_reach_joins_are_scaled_apart():
    """Two islands 100 km apart: each has its own factor and its own patients."""
    islands = homes(a=(0, 100), b=(1, 100), c=(100, 100))
    out, report = modelled.model(sites(P=(0, 300), Q=(100, 50)), islands, fewest=1, hold=1.0)
    assert report.scale == (0.5, 1.5)
    assert (report.off, report.far_off) == (pytest.approx(0, abs=0.01), 0)
    assert wide(out).loc["c"].to_dict() == {"P": 0, "Q": 50}
    assert "0.500 to 1.500" in report.sentences()[0]


def test_areas_out_of_reach_get_the_nearest_practices_and_are_listed():
    """Area c is 40 km from anyone: its people go to the two nearest, and it is named."""
    far = homes(a=(0, 100), b=(1, 100), c=(40, 100))
    out, report = modelled.model(
        sites(P=(0, 100), Q=(1, 100), R=(-5, 100)), far, fewest=2, reach_km=3
    )
    assert report.beyond == ("c",)
    assert report.few == ()
    assert set(out.loc[out["small_area_code"] == "c", "practice_code"]) <= {"P", "Q"}
    assert out.loc[out["small_area_code"] == "c", "patients"].sum() > 0
    text = " ".join(report.sentences())
    assert "1 small area has no practice in reach and got the nearest ones: c." in text


def test_practices_that_can_be_modelled_nowhere_keep_their_patients():
    """No place, or nobody in reach: their lists stand under EMPTY, by name."""
    out, report = modelled.model(
        sites(P=(0, 100), Q=(None, 70), R=(99, 30), S=(0, 0)), homes(a=(0, 90), b=(1, 0)), fewest=1
    )
    rows = out.set_index(["practice_code", "small_area_code"])["patients"].to_dict()
    assert rows == {("P", "a"): 100, ("Q", "EMPTY"): 70, ("R", "EMPTY"): 30}
    assert report.nowhere.to_dict() == {"Q": 70, "R": 30}
    assert report.empty == ("b",)
    text = " ".join(report.sentences())
    assert "2 practices (100 patients) could not be modelled" in text
    assert "1 small area has no known population or place" in text


def test_nobody_at_all():
    """No practices, no people or neither give an empty model, not an error."""
    for practices, areas in (
        (sites(P=(0, 10)), homes(a=(0, np.nan))),
        (sites(P=(0, 0)), homes(a=(0, 5))),
        (sites(), homes(a=(0, 5))),
        (sites(P=(0, 10)), homes()),
    ):
        out, report = modelled.model(practices, areas)
        assert out["patients"].sum() == practices["list_size"].sum()
        assert (report.patients, report.converged) == (0, True)


def test_too_few_rounds_are_said():
    """A model that has not settled says so."""
    _, report = modelled.model(PRACTICES, ROAD, most_rounds=1)
    assert not report.converged
    assert any("had not settled after 1 rounds" in text for text in report.sentences())


@st.composite
def counties(draw):
    """Practices and areas anywhere, some without place, people or patients, some on one spot."""
    spot = st.tuples(st.integers(0, 40), st.integers(0, 40))
    place = st.one_of(st.none(), spot)
    lists = draw(st.lists(st.tuples(place, st.integers(0, 20_000)), max_size=8))
    people = st.one_of(st.just(float("nan")), st.floats(0, 5_000))
    areas = draw(st.lists(st.tuples(place, people), max_size=10))

    def frame(rows, prefix, column):
        return gpd.GeoDataFrame(
            {column: [value for _, value in rows]},
            geometry=[None if at is None else Point(at[0] * KM, at[1] * KM) for at, _ in rows],
            index=pd.Index([f"{prefix}{n}" for n in range(len(rows))], dtype="str"),
            crs=27700,
        )

    return frame(lists, "P", "list_size"), frame(areas, "a", "population")


@settings(max_examples=60, deadline=None)
@given(counties(), st.sampled_from([0.0, 0.95, 1.0]), st.randoms())
def test_every_list_is_met_to_the_patient(county, hold, random):
    """Whole patients, each list exactly, only where people live, and the same in any order."""
    practices, areas = county
    out, report = modelled.model(practices, areas, hold=hold)
    assert out["patients"].dtype == np.int64
    assert (out["patients"] > 0).all()
    assert not out.duplicated(["practice_code", "small_area_code"]).any()
    sums = out.groupby("practice_code")["patients"].sum().reindex(practices.index, fill_value=0)
    assert (sums == practices["list_size"]).all()
    placed = out[out["small_area_code"] != "EMPTY"]
    assert (areas["population"].reindex(placed["small_area_code"]) > 0).all()
    assert placed["patients"].sum() == report.patients
    assert all(report.sentences())
    mixed = [random.sample(list(frame.index), len(frame)) for frame in county]
    again, _ = modelled.model(practices.loc[mixed[0]], areas.loc[mixed[1]], hold=hold)
    pd.testing.assert_frame_equal(again, out)


def test_nearest_practice():
    """Everybody goes to the nearest practice with patients; one spot goes to the lower code."""
    near = sites(Z=(0, 10), P=(0, 10), Q=(3, 10), R=(1, 0), S=(None, 5))
    out = nearby.nearest(near, homes(a=(0, 10.4), b=(1, 20), c=(2, 30), d=(3, 0)))
    assert list(out.itertuples(index=False, name=None)) == [
        ("P", "a", 10),
        ("P", "b", 20),
        ("Q", "c", 30),
    ]
    assert nearby.nearest(sites(), homes(a=(0, 5))).empty


#    0    1    2    3    4 km
#    aaaaaaaaabbbbbcccc
#    P        |        Q         the cells meet at 2 km
def test_voronoi_cells_and_lists_spread_over_their_ground():
    """Cells share the outline out; a list is spread over the areas of its cell by their ground."""
    practices = sites(P=(0, 90), Q=(4, 30), R=(4, 7), S=(None, 5))
    areas = gpd.GeoSeries(
        [box(0, 0, 2_000, KM), box(2_000, 0, 3_000, KM), box(3_000, 0, 4_000, KM)],
        index=["a", "b", "c"],
        crs=27700,
    )
    outline = box(0, 0, 4_000, KM)
    cells = nearby.voronoi(practices, outline)
    assert cells.dropna().area.round(3).to_dict() == {"P": 2e6, "Q": 2e6}
    assert shapely.union_all(cells.dropna().to_numpy()).symmetric_difference(outline).area < 1e-3
    out = nearby.by_ground(practices["list_size"], cells, areas)
    assert list(out.itertuples(index=False, name=None)) == [
        ("P", "a", 90),
        ("Q", "b", 15),
        ("Q", "c", 15),
        ("R", "EMPTY", 7),
        ("S", "EMPTY", 5),
    ]


def test_one_practice_has_the_whole_outline():
    """A single site's cell is the patch; none has no cells."""
    assert nearby.voronoi(sites(P=(0, 1)), box(0, 0, 1, 1))["P"].equals(box(0, 0, 1, 1))
    assert nearby.voronoi(sites(P=(None, 1)), box(0, 0, 1, 1))["P"] is None


def test_accuracy_by_hand():
    """PCN U1 is right for 60 of 100 in a and 0 of 50 in b; a's owner is right, b's is not."""
    pcns = pd.Series({"P": "U1", "Q": "U1", "R": "U2"})
    columns = ["practice_code", "small_area_code", "patients"]
    actual = pd.DataFrame(
        [("P", "a", 60), ("R", "a", 40), ("P", "b", 50), ("P", "z", 9)], columns=columns
    )
    # Q is of P's PCN; X is in none
    guess = pd.DataFrame(
        [("Q", "a", 100), ("R", "b", 30), ("X", "b", 20), ("R", "z", 9)], columns=columns
    )
    assert nearby.accuracy(guess, actual, pcns, pd.Index(["a", "b"])) == (60 / 150, 0.5)
    assert nearby.accuracy(actual, actual, pcns, pd.Index(["a", "b"])) == (1.0, 1.0)


def test_centres_are_where_postcodes_are():
    """The mean of the postcodes inside; the centroid without any; others do not count."""
    areas = gpd.GeoSeries([box(0, 0, 10, 10), box(10, 0, 20, 10)], index=["a", "b"], crs=27700)
    xy = np.array([[1, 1], [3, 5], [99, 99], [np.nan, 2]], dtype=float)
    points = nearby.centres(areas, xy)
    assert shapely.get_coordinates(points.to_numpy()).tolist() == [[2, 3], [15, 5]]


def test_around_keeps_the_patch_and_what_is_near():
    """30 km from a's middle; the patch's own practice without a place stays, others' does not."""
    areas = homes(a=(0, 1), b=(29, 1), c=(31, 1), d=(99, 1))
    practices = sites(P=(0, 1), Q=(29, 1), R=(31, 1), S=(None, 1), T=(None, 1))
    kept = nearby.around(practices, areas, pd.Index(["P", "S"]), pd.Index(["a"]))
    assert [list(frame.index) for frame in kept] == [["P", "Q", "S"], ["a", "b"]]


@pytest.fixture(scope="module")
def staffordshire(shared):
    """The real patch and, by model, both accuracies with its true small-area totals."""
    joined = patch.load(patch_settings.load(shared / "staffordshire-2025" / "patch.toml"))
    actual = joined.registrations[joined.registrations["reason"] == ""]
    totals = actual.groupby("small_area_code")["patients"].sum()
    own = joined.small_areas
    areas = own[["geometry"]].assign(population=totals.reindex(own.index).fillna(0))
    practices = joined.practices[joined.practices["in_patch"]]
    gravity, report = modelled.model(practices, areas)
    models = {
        "gravity": gravity,
        "nearest practice": nearby.nearest(practices, areas),
    }
    scores = {
        name: nearby.accuracy(out, actual, practices["pcn_code"], own.index)
        for name, out in models.items()
    }
    return scores, report


def test_gravity_beats_the_nearest_practice_on_real_registrations(staffordshire):
    """On both measures, and by as much as is claimed."""
    scores, report = staffordshire
    assert scores["gravity"][0] > scores["nearest practice"][0] + 0.09
    assert scores["gravity"][1] > scores["nearest practice"][1] + 0.01
    assert scores["gravity"][0] > 0.87
    assert (report.patients, report.converged) == (1_210_283, True)


def test_the_documented_accuracy_is_the_measured_one(staffordshire):
    """docs/modelled.md prints what the models do."""
    text = DOCS.read_text(encoding="utf-8")
    for name, (right, owner) in staffordshire[0].items():
        row = re.search(rf"\| \*{{0,2}}{name}\*{{0,2}} \| true totals \|([^|]*)\|([^|]*)\|", text)
        assert row is not None, name
        shown = [cell.strip(" *") for cell in row.groups()]
        assert shown == [f"{right:.1%}", f"{owner:.1%}"], name
