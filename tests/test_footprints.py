"""Footprints on counties drawn as letters."""

from __future__ import annotations

import pytest
from toy import KM, County, code_of, pcn_code

from footprint import footprints

A, B, C = pcn_code("A"), pcn_code("B"), pcn_code("C")


def test_most_patients_win_each_area(tmp_path):
    """Each small area belongs to the PCN with most registered patients there."""
    # A A B
    # A B B
    county = County("AAB\nABB")
    drawn = footprints.footprints(county.load(tmp_path))
    assert drawn.owner.to_dict() == {
        code_of(0, 0): A,
        code_of(0, 1): A,
        code_of(0, 2): B,
        code_of(1, 0): A,
        code_of(1, 1): B,
        code_of(1, 2): B,
    }
    assert drawn.pcns.loc[A, "geometry"].area == pytest.approx(3 * KM**2)
    assert drawn.ties.empty


def test_retention_and_dominance(tmp_path):
    """Retention counts the PCN's own patients, dominance everybody's registrations."""
    # A A B with 30 of A's patients in B's cell and 20 of B's in A's first
    extra = [("Z00000", code_of(0, 2), 30), ("Z00001", code_of(0, 0), 20)]
    drawn = footprints.footprints(County("AAB", extra=extra).load(tmp_path))
    assert drawn.pcns.loc[A, "retention"] == pytest.approx(200 / 230)
    assert drawn.pcns.loc[A, "dominance"] == pytest.approx(200 / 220)
    assert drawn.pcns.loc[B, "retention"] == pytest.approx(100 / 120)
    assert drawn.pcns.loc[B, "dominance"] == pytest.approx(100 / 130)


def test_practices_in_no_pcn_count_in_the_area_and_own_nothing(tmp_path):
    """A practice in no PCN adds to an area's registrations and never wins it."""
    practices = [("Z00000", "A", 0, 0), ("Z00009", "-", 0, 1)]
    county = County("AA", practices=practices, extra=[("Z00009", code_of(0, 1), 500)])
    drawn = footprints.footprints(county.load(tmp_path))
    assert set(drawn.owner) == {A}
    assert drawn.pcns.loc[A, "dominance"] == pytest.approx(200 / 700)


def test_a_tie_goes_to_the_nearer_site_then_to_the_lower_code(tmp_path):
    """Ties are settled by the distance of the nearest site, then by code, and listed."""
    # A ? ? B: the second cell is nearer to A, the third to B; C stands as far as A from the second
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 3)]
    ties = [(p, code_of(0, c), 40) for p in ("Z00000", "Z00001") for c in (1, 2)]
    drawn = footprints.footprints(County("A??B", practices=practices, extra=ties).load(tmp_path))
    assert drawn.owner[code_of(0, 1)] == A
    assert drawn.owner[code_of(0, 2)] == B
    assert drawn.ties["pcn_codes"].tolist() == [f"{A};{B}", f"{A};{B}"]

    # A ? B: the middle is as far from both
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 2)]
    ties = [(p, code_of(0, 1), 40) for p in ("Z00000", "Z00001")]
    county = County("A?B", practices=practices, extra=ties)
    drawn = footprints.footprints(county.load(tmp_path / "even"))
    assert drawn.owner[code_of(0, 1)] == A


def test_patients_beyond_the_patch_are_in_no_footprint(tmp_path):
    """A commuter's far area is placed, counted outside the patch, and won by nobody."""
    # A A . X: X is another ICB's; 50 of A's patients live there
    county = County("AA.X", outside="X", extra=[("Z00000", code_of(0, 3), 50)])
    joined = county.load(tmp_path)
    drawn = footprints.footprints(joined)
    assert code_of(0, 3) not in drawn.owner.index
    assert joined.counts["outside_patch"] == 50
    assert drawn.pcns.loc[A, "retention"] == pytest.approx(200 / 250)
    rows = drawn.pairs[drawn.pairs["small_area_code"] == code_of(0, 3)]
    assert not rows["owner"].any()
    assert rows["patients"].sum() == 150


def test_neighbours_compete_at_the_border(tmp_path):
    """A PCN from outside may win an area of the patch; it is drawn, not judged."""
    # A A X: A's second cell has 300 of X's patients
    county = County("AAX", outside="X", extra=[("Z00001", code_of(0, 1), 300)])
    drawn = footprints.footprints(county.load(tmp_path))
    assert drawn.owner[code_of(0, 1)] == pcn_code("X")
    assert list(drawn.pcns.index) == [A]
    assert list(drawn.neighbours.index) == [pcn_code("X")]


def test_a_pcn_that_wins_nothing_is_still_there(tmp_path):
    """A PCN outnumbered everywhere has no footprint, and figures that say so."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 1)]
    county = County("AA", practices=practices, extra=[("Z00001", code_of(0, 1), 10)])
    drawn = footprints.footprints(county.load(tmp_path))
    assert drawn.pcns.loc[B, "geometry"] is None
    assert drawn.pcns.loc[B, "small_areas"] == 0
    assert drawn.pcns.loc[B, "retention"] == 0


def test_totals_in_equal_totals_out(tmp_path):
    """Every placed patient of a PCN is in exactly one pair."""
    extra = [("Z00000", code_of(0, 2), 7), ("Z00001", "CLOSED", 3), ("Z00001", "S01000001", 2)]
    joined = County("AAB\nABC", extra=extra).load(tmp_path)
    drawn = footprints.footprints(joined)
    counts = joined.counts
    assert counts["registered"] == counts["placed"] + counts["unplaced"] + counts["set_aside"]
    assert drawn.pairs["patients"].sum() == counts["placed"] == 607
    assert joined.unplaced.set_index("reason")["patients"].to_dict() == {
        "practice closed in the register": 3,
        "lives in Scotland": 2,
    }


def test_catchment_takes_the_densest_areas_first():
    """The catchment reaches the share with the areas of most patients per hectare."""
    import geopandas as gpd
    import pandas as pd
    import shapely

    # three areas of 1, 1 and 4 hectares with 50, 30 and 100 patients: 50, 30 and 25 a hectare
    areas = gpd.GeoSeries(
        [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), shapely.box(0, 100, 200, 300)],
        index=["a", "b", "c"],
        crs=27700,
    )
    pairs = pd.DataFrame({"small_area_code": list("abc"), "pcn_code": A, "patients": [50, 30, 100]})
    inside = footprints.catchment(pairs, areas, share=0.4)
    assert inside.tolist() == [True, True, False]
    assert footprints.catchment(pairs, areas, share=0.8).tolist() == [True, True, True]
