"""Footprints on counties drawn as letters."""

from __future__ import annotations

import pandas as pd
import pytest
from toy import KM, County, centre, code_of, pcn_code, table

from footprint import footprints, patch, settings
from footprint.report import findings, tables

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
    won = drawn.neighbours.loc[pcn_code("X")]
    # of the patch's two cells the one that X has won; X's own cell lies beyond
    assert (won["pcn_name"], won["small_areas"], won["patients"]) == ("X PCN", 1, 300)
    assert won["geometry"].area == pytest.approx(KM**2)


def test_a_pcn_that_wins_nothing_is_still_there(tmp_path):
    """A PCN outnumbered everywhere has no footprint, and figures that say so."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 1)]
    county = County("AA", practices=practices, extra=[("Z00001", code_of(0, 1), 10)])
    drawn = footprints.footprints(county.load(tmp_path))
    assert drawn.pcns.loc[B, "geometry"] is None
    assert drawn.pcns.loc[B, "small_areas"] == 0
    assert drawn.pcns.loc[B, "retention"] == 0
    said = [note for note in notes(county.load(tmp_path), drawn) if "no footprint:" in note]
    assert said == [
        "B PCN has most patients in no small area and so no footprint: parts and holes are not"
        " judged, the other checks are."
    ]


def test_pcns_that_win_nothing_are_all_named(tmp_path):
    """However many they are, each is named."""
    letters = "BCDEFGHI"
    practices = [("Z00000", "A", 0, 0), *((f"Z0000{n}", x, 0, 0) for n, x in enumerate(letters, 1))]
    extra = [(f"Z0000{n}", code_of(0, 0), n) for n in range(1, len(letters) + 1)]
    joined = County("A", practices=practices, extra=extra).load(tmp_path)
    (said,) = [n for n in notes(joined, footprints.footprints(joined)) if "no footprint:" in n]
    assert said.startswith("B PCN, C PCN, D PCN, E PCN, F PCN, G PCN, H PCN and I PCN have most")


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


def test_a_share_reached_exactly_takes_no_further_area():
    """56 of 100 patients are 56%, although 0.56 x 100 is a little more in a computer's numbers."""
    import geopandas as gpd
    import shapely

    areas = gpd.GeoSeries(
        [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100)], index=["a", "b"], crs=27700
    )
    pairs = pd.DataFrame({"small_area_code": ["a", "b"], "pcn_code": A, "patients": [56, 44]})
    assert footprints.catchment(pairs, areas, share=0.56).tolist() == [True, False]


def test_catchments_of_a_patch(tmp_path):
    """Catchments reach 80% of a PCN's patients in the patch, overlap, and are the patch's own."""
    # A A A A B X: A has 20 in B's cell and 500 in X's, beyond the patch; B has 100 in A's fourth;
    # C has a practice in the patch and patients beyond it alone
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 4), ("Z00002", "C", 0, 1),
                 ("Z00003", "X", 0, 5)]  # fmt: skip
    extra = [("Z00000", code_of(0, 4), 20), ("Z00000", code_of(0, 5), 500),
             ("Z00001", code_of(0, 3), 100), ("Z00002", code_of(0, 5), 30)]  # fmt: skip
    county = County("AAAABX", outside="X", practices=practices, extra=extra)
    drawn = footprints.footprints(county.load(tmp_path))
    # A: 336 of 420, so four cells of 100; B: 160 of 200, so both of 100
    assert drawn.pcns["catchment_areas"].to_dict() == {A: 4, B: 2, C: 0}
    assert drawn.pcns["catchment_patients"].to_dict() == {A: 400, B: 200, C: 0}
    inside = drawn.pairs[drawn.pairs["catchment"]].groupby("pcn_code")["small_area_code"].agg(list)
    assert inside.to_dict() == {
        A: [code_of(0, column) for column in range(4)],
        B: [code_of(0, 3), code_of(0, 4)],
    }
    assert drawn.catchments[A].area == pytest.approx(4 * KM**2)
    assert drawn.catchments[B].bounds[0] == centre("AAAABX", 0, 3)[0] - KM / 2
    assert drawn.catchments[C] is None
    rows = tables.small_areas(drawn)
    assert list(rows.columns)[-2:] == ["owner", "catchment"]
    assert rows["catchment"].sum() == 6


def test_another_share_gives_another_catchment(tmp_path):
    """The share is the policy's: half of A's 400 patients live in two of four equal cells."""
    county = County("AAAA")
    county.policy["catchment_share"] = 0.5
    drawn = footprints.footprints(county.load(tmp_path))
    assert drawn.pcns.loc[A, "catchment_areas"] == 2


def test_where_practices_stand(tmp_path):
    """A practice stands in its own footprint, in another's, in nobody's, or has no place."""
    # A A B ? X: A's second practice stands in B's cell, its third where nobody is registered, its
    # fourth beyond the patch; the last of A has no place; Z00004 is in no PCN; B's second stands
    # on the line between A and B
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 2), ("Z00002", "A", 0, 3),
                 ("Z00003", "A", 0, 4), ("Z00004", "-", 0, 1), ("Z00005", "A", 0, 0),
                 ("Z00006", "B", 0, 2), ("Z00007", "B", 0, 1), ("Z00008", "X", 0, 4)]  # fmt: skip
    extra = [(f"Z0000{at}", code_of(0, 0), 10 * at) for at in (1, 2, 3, 5)]
    extra += [("Z00004", code_of(0, 1), 5), ("Z00007", code_of(0, 2), 7)]
    county = County("AAB?X", outside="X", practices=practices, extra=extra)
    file = county.write(tmp_path)
    sites = [(code, *centre(county.drawing, r, c)) for code, _, r, c in practices]
    x, y = centre(county.drawing, 0, 1)
    sites[7] = ("Z00007", x + KM / 2, y)
    del sites[5]
    table(tmp_path / "locations.csv", ["PRACTICE_CODE", "EASTING", "NORTHING"], sites)
    joined = patch.load(settings.load(file))
    drawn = footprints.footprints(joined)
    rows = tables.practices(joined, drawn).set_index("practice_code")
    assert rows["stands_in_pcn"].to_dict() == {
        "Z00000": A, "Z00001": B, "Z00002": "", "Z00003": "", "Z00004": A, "Z00005": "",
        "Z00006": B, "Z00007": A,
    }  # fmt: skip
    told = rows["in_own_footprint"].astype(object).where(rows["in_own_footprint"].notna(), None)
    assert told.to_dict() == {
        "Z00000": 1, "Z00001": 0, "Z00002": 0, "Z00003": 0, "Z00004": None, "Z00005": None,
        "Z00006": 1, "Z00007": 0,
    }  # fmt: skip
    said = [note for note in notes(joined, drawn) if "outside the footprint" in note]
    assert said == [
        "4 of 6 practices stand outside the footprint of the practice's own PCN:"
        " Z00003 Surgery (beyond the patch's footprints);"
        " Z00002 Surgery (beyond the patch's footprints);"
        " Z00001 Surgery (in that of B PCN); and 1 more (table practices)."
    ]


def test_both_readings_where_they_differ(tmp_path):
    """Areas that a neighbour has won are read again among the patch's own PCNs; others are not."""
    # A A ? ? B X: X has 300 where A has 100, 50 where nobody else is, and 90 where A and B tie
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 4), ("Z00002", "X", 0, 5)]
    extra = [("Z00002", code_of(0, 1), 300), ("Z00002", code_of(0, 2), 50),
             ("Z00002", code_of(0, 3), 90), ("Z00002", code_of(0, 4), 99),
             ("Z00000", code_of(0, 3), 40), ("Z00001", code_of(0, 3), 40)]  # fmt: skip
    county = County("AA??BX", outside="X", practices=practices, extra=extra)
    joined = county.load(tmp_path)
    drawn = footprints.footprints(joined)
    x = pcn_code("X")
    rows = footprints.own_reading(joined, drawn)
    assert list(rows.columns) == [
        "small_area_code", "owner_all", "owner_own", "patients_all", "patients_own",
    ]  # fmt: skip
    assert list(rows.itertuples(index=False, name=None)) == [
        (code_of(0, 1), x, A, 300, 100),
        (code_of(0, 2), x, "", 50, 0),
        (code_of(0, 3), x, B, 90, 40),
    ]
    said = [note for note in notes(joined, drawn) if "from outside the patch have" in note]
    assert said == [
        "PCNs from outside the patch have most patients in 3 small areas of it (440 of their"
        " patients live there), which are in no footprint of the patch. Read against the patch's"
        " own PCNs only, they would go to A PCN and B PCN, with 140 patients there (table"
        " readings)."
    ]


def test_one_reading_where_nobody_competes(tmp_path):
    """Without neighbours the table of readings is empty, has its columns, and nothing is said."""
    joined = County("AAB").load(tmp_path)
    drawn = footprints.footprints(joined)
    rows = footprints.own_reading(joined, drawn)
    assert rows.empty
    assert "owner_own" in rows
    assert not [note for note in notes(joined, drawn) if "would go to" in note]


def notes(joined, drawn):
    """What a reader of a run without teams is told."""
    made = {
        "practices": tables.practices(joined, drawn),
        "readings": footprints.own_reading(joined, drawn),
        "travel": pd.DataFrame(),
        "allocation": pd.DataFrame(),
        "services": pd.DataFrame(),
    }
    return findings.notes(joined, drawn, made, illustrative=False)
