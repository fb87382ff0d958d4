"""What a PCN is like, beside the others: figures worked out by hand on counties of letters."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest
from helpers_content import content
from toy import County, code_of, pcn_code

from footprint import profile
from footprint.checks.dispersion import patient_distances
from footprint.report import columns, glossary, pcn_page
from footprint.words import Words

A, B, C = pcn_code("A"), pcn_code("B"), pcn_code("C")
AGES = ["CODE", "AGE_GROUP_5", "SEX", "NUMBER_OF_PATIENTS"]
IMD = ["LSOA21CD", "IMD_DECILE"]


def found(county: County, folder) -> pd.DataFrame:
    """Profile of a county, indexed by PCN and measure."""
    return profile.profile(county.ground(folder)).set_index(["pcn_code", "measure"])


def measures(frame: pd.DataFrame, code: str) -> set[str]:
    """Measures that one PCN has."""
    return set(frame.loc[code].index)


def test_ages_are_shares_of_the_patients_whose_ages_are_given(tmp_path):
    """Both sexes and all of a PCN's practices count; each band once, from its first year."""
    county = County("AB", practices=[("Z0", "A", 0, 0), ("Z1", "B", 0, 1), ("Z2", "A", 0, 0)])
    bands = {"0_4": 10, "10_14": 10, "15_19": 30, "60_64": 10, "65_69": 12, "75_79": 9, "85_89": 4}
    rows = [("Z0", band, "MALE", count) for band, count in bands.items()]
    rows += [("Z0", "95+", "FEMALE", 5), ("Z2", "15_19", "MALE", 5), ("Z2", "95+", "FEMALE", 5)]
    rows += [("Z1", "0_4", "MALE", 40), ("Z1", "70_74", "FEMALE", 60)]
    county.files["ages"] = (AGES, rows)
    frame = found(county, tmp_path)
    # 100 people of A: 20 under 15; 12 + 9 + 4 + 10 from 65, without 12 from 75, without 9 from 85
    values = frame["value"]
    assert values[A, "age_0_14"] == pytest.approx(20 / 100)
    assert values[A, "age_65_plus"] == pytest.approx(35 / 100)
    assert values[A, "age_75_plus"] == pytest.approx(23 / 100)
    assert values[A, "age_85_plus"] == pytest.approx(14 / 100)
    assert values[B, "age_0_14"] == pytest.approx(0.4)
    assert values[B, "age_65_plus"] == pytest.approx(0.6)
    assert values[B, "age_75_plus"] == 0


def test_ages_beyond_the_last_band_are_not_guessed(tmp_path):
    """A file that ends with 75 and over says nothing of those who are 85."""
    county = County("A")
    county.files["ages"] = (AGES, [("Z00000", "0_4", "ALL", 80), ("Z00000", "75+", "ALL", 20)])
    frame = found(county, tmp_path)
    assert frame["value"][A, "age_75_plus"] == pytest.approx(0.2)
    assert "age_85_plus" not in measures(frame, A)


@pytest.mark.parametrize(("people", "told"), [(50, True), (49, False), (0, False)])
def test_ages_of_under_half_of_the_patients_give_no_row(tmp_path, people, told):
    """A PCN whose patients the file mostly leaves out has no ages; the others do."""
    county = County("AB")
    rows = [("Z00000", "65_69", "ALL", people), ("Z00000", "85+", "ALL", 0)]
    county.files["ages"] = (AGES, [*rows, ("Z00001", "0_4", "ALL", 100)])
    frame = found(county, tmp_path)
    assert ("age_65_plus" in measures(frame, A)) == told
    assert "age_65_plus" in measures(frame, B)
    # the middle is that of the PCNs that have the figure
    assert frame["patch_middle"][B, "age_65_plus"] == pytest.approx(0.5 if told else 0)


def test_deprivation_goes_by_where_patients_live(tmp_path):
    """Deciles are weighted by the PCN's patients, also where another PCN has the area."""
    # A A B, and 50 of A's patients live in B's area
    county = County("AAB", extra=[("Z00000", code_of(0, 2), 50)])
    deciles = [(code_of(0, 0), 1), (code_of(0, 1), 2), (code_of(0, 2), 9)]
    county.files["deprivation"] = (IMD, deciles)
    frame = found(county, tmp_path)
    values = frame["value"]
    # A: 100 in decile 1, 100 in 2, 50 in 9
    assert values[A, "imd_mean_decile"] == pytest.approx((100 + 200 + 450) / 250)
    assert values[A, "imd_most_deprived"] == pytest.approx(0.8)
    assert values[A, "imd_decile_9"] == pytest.approx(0.2)
    assert values[B, "imd_mean_decile"] == 9
    assert values[B, "imd_most_deprived"] == 0
    mix = [f"imd_decile_{decile}" for decile in range(1, 11)]
    assert [values.loc[code, mix].sum() for code in (A, B)] == pytest.approx([1, 1])
    assert frame["unit"][A, "imd_mean_decile"] == "decile"


def test_areas_without_a_decile_are_left_out(tmp_path):
    """Patients of unknown deciles are in no share; where they are most, there is no row."""
    # A A B B B: the last two of B have no decile
    county = County("AABBB")
    deciles = [(code_of(0, 0), 3), (code_of(0, 2), 10)]
    county.files["deprivation"] = (IMD, deciles)
    frame = found(county, tmp_path)
    assert frame["value"][A, "imd_mean_decile"] == 3
    assert not any(measure.startswith("imd") for measure in measures(frame, B))
    assert frame["patch_middle"][A, "imd_mean_decile"] == 3


def test_a_file_of_another_place_gives_no_rows(tmp_path):
    """Deciles of other areas and ages of other practices say nothing, and break nothing."""
    county = County("AB")
    county.files["deprivation"] = (IMD, [("E01000001", 4), ("E01000002", 5)])
    county.files["ages"] = (AGES, [("Y99999", "0_4", "ALL", 10), ("Y99999", "95+", "ALL", 10)])
    frame = found(county, tmp_path)
    assert not [key for _, key in frame.index if key.startswith(("age", "imd"))]
    assert "density" in measures(frame, B)


def test_land_and_distance(tmp_path):
    """Rural share, people per square km, km to the own practice, retention and dominance."""
    # A A B, the first is rural; A's practice stands in the first, B's in the last
    county = County("AAB", patients=300, extra=[("Z00000", code_of(0, 2), 100)])
    county.files["rural_urban"] = (
        ["lsoa21_code", "ruc"],
        [(code_of(0, 0), "Rural"), (code_of(0, 1), "Urban"), (code_of(0, 2), "Urban")],
    )
    county.rural = None
    values = found(county, tmp_path)["value"]
    assert values[A, "rural_share"] == pytest.approx(0.5)
    assert values[B, "rural_share"] == 0
    # 600 people on 2 square km; 400 (100 of A's among them) on one
    assert values[A, "density"] == pytest.approx(300)
    assert values[B, "density"] == pytest.approx(400)
    # 300 at 0 km, 300 at 1 km, 100 at 2 km
    assert values[A, "distance_to_practice"] == pytest.approx(500 / 700)
    assert values[B, "distance_to_practice"] == pytest.approx(0)
    assert values[A, "retention"] == pytest.approx(600 / 700)
    assert values[B, "dominance"] == pytest.approx(0.75)


def test_middle_and_spread_are_the_patchs(tmp_path):
    """The median and the quartiles of the patch's PCNs; neighbours are no part of them."""
    # densities 100, 200, 300, 400, 500; the neighbour F has 9,000
    letters, more = "ABCDEF", (0, 100, 200, 300, 400, 8_900)
    county = County(
        letters,
        practices=[(f"{kind}{at}", letters[at], 0, at) for kind in "ZY" for at in range(6)],
        extra=[(f"Y{at}", code_of(0, at), people) for at, people in enumerate(more) if people],
        outside="F",
    )
    frame = found(county, tmp_path)
    assert pcn_code("F") not in frame.index.get_level_values("pcn_code")
    rows = frame.xs("density", level="measure")
    assert rows["value"].tolist() == pytest.approx([100, 200, 300, 400, 500])
    for key, value in (("patch_low", 200), ("patch_middle", 300), ("patch_high", 400)):
        assert rows[key].tolist() == pytest.approx([value] * 5)


def test_absent_files_give_no_rows(tmp_path):
    """Without ages, deprivation and rural classes only what everybody has is told, in order."""
    frame = profile.profile(County("AB", rural=None).ground(tmp_path))
    assert list(frame.columns) == list(profile.COLUMNS)
    one = ["density", "distance_to_practice", "retention", "dominance"]
    assert frame["measure"].tolist() == one * 2
    assert frame["pcn_code"].tolist() == [A] * 4 + [B] * 4
    assert frame.notna().all().all()


def test_distances_worked_out_before_are_used(tmp_path):
    """Distances that the checks have made already give the same, and are not made again."""
    ground = County("AB", rural=None).ground(tmp_path)
    distances = patient_distances(ground)
    pd.testing.assert_frame_equal(profile.profile(ground, distances), profile.profile(ground))
    far = profile.profile(ground, distances.assign(metres=7_000.0)).set_index("measure")
    assert far.loc["distance_to_practice", "value"].tolist() == [7.0, 7.0]


def test_a_pcn_without_a_footprint_has_what_can_be_said(tmp_path):
    """A PCN that wins no small area has no density and no dominance, but a distance."""
    # A A, and 10 of C's patients among A's
    practices = [("Z00000", "A", 0, 0), ("Z00001", "C", 0, 1)]
    county = County("AA", practices=practices, extra=[("Z00001", code_of(0, 0), 10)])
    frame = found(county, tmp_path)
    assert measures(frame, C) == {"distance_to_practice", "retention"}
    assert frame["value"][C, "distance_to_practice"] == pytest.approx(1)
    assert frame["value"][C, "retention"] == 0


def test_deprivation_is_not_called_unused(tmp_path):
    """Nobody is told any more that nothing is counted by the file."""
    county = County("A")
    county.files["deprivation"] = (IMD, [(code_of(0, 0), 4)])
    assert not [words for words in county.load(tmp_path).warnings if "deprivation" in words]


def test_every_measure_has_a_name_but_the_single_deciles():
    """The page says in words all that is measured; the mix of deciles stays in the table."""
    mix = {f"imd_decile_{decile}" for decile in range(1, 11)}
    assert set(columns.MEASURE_NAMES) == set(profile.MEASURES) - mix
    assert [key for key in profile.MEASURES if key in columns.MEASURE_NAMES] == list(
        columns.MEASURE_NAMES
    )
    assert set(profile.COLUMNS) <= set(columns.COLUMNS)
    assert "profile" in columns.TABLES
    assert "profile" in glossary.terms(Words())


def page_rows(*rows: tuple[object, ...]) -> list[list[str]] | None:
    """Profile table of the first PCN of the small content with these rows, as texts."""
    shown = content()
    frame = pd.DataFrame(rows, columns=list(profile.COLUMNS))
    shown = dataclasses.replace(shown, tables={**shown.tables, "profile": frame})
    table = pcn_page.every(shown, ["U00001"])[0]["profile"]
    return None if table is None else [[cell.text for cell in row] for row in table.rows]


def test_page_shows_a_pcns_own_rows_in_words():
    """Each measure in words and units, beside the middle and the spread; other PCNs' not."""
    rows = page_rows(
        ("U00001", "age_85_plus", 0.0253, 0.031, 0.02, 0.04, "share"),
        ("U00001", "imd_mean_decile", 3.44, 5.5, 4.96, 6.1, "decile"),
        ("U00001", "imd_decile_1", 0.3, 0.1, 0.0, 0.2, "share"),
        ("U00001", "density", 1234.4, 800.0, 300.0, 2000.0, "people per square km"),
        ("U00001", "distance_to_practice", 2.06, 1.5, 1.0, 3.0, "km"),
        ("U00002", "retention", 0.5, 0.5, 0.5, 0.5, "share"),
    )
    assert [row[1:] for row in rows] == [
        ["2.5%", "3.1%", "2.0% to 4.0%"],
        ["3.4", "5.5", "5.0 to 6.1"],
        ["1,234", "800", "300 to 2,000"],
        ["2.1 km", "1.5 km", "1.0 km to 3.0 km"],
    ]
    assert rows[0][0] == "Patients aged 85 and over"


def test_page_without_a_profile_has_no_table():
    """Where nothing is held of a PCN, nothing is shown."""
    assert page_rows() is None
    assert page_rows(("U00002", "retention", 0.5, 0.5, 0.5, 0.5, "share")) is None
