"""What the checks say in words: true of every figure, and a sentence."""

from __future__ import annotations

import pytest
from test_checks import judged
from toy import County, code_of, pcn_code

from footprint.words import percent, proper

A, B = pcn_code("A"), pcn_code("B")


def said(county, folder, check, code=A):
    """The evidence of one check of one PCN."""
    return judged(county.ground(folder), check).loc[code, "evidence"]


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.0, "0%"),
        (0.004, "under 1%"),
        (0.005, "0%"),
        (0.0051, "1%"),
        (0.994, "99%"),
        (0.996, "over 99%"),
        (1.0, "100%"),
    ],
)
def test_some_are_not_none_and_most_are_not_all(share, told):
    """Only none is 0% and only all is 100%."""
    assert percent(share) == told


def test_points_of_the_compass_stay_in_capitals():
    """SE is no word, as SW and NW are none; small words stay small."""
    assert proper("SE SHROPSHIRE PCN") == "SE Shropshire PCN"
    assert proper("MERIDIAN HEALTH GROUP NEL PCN") == "Meridian Health Group NEL PCN"


def test_a_part_with_hardly_anybody_is_not_told_as_nobody(tmp_path):
    """300 areas and, beyond B, one of A's practices with an area: 1 in 301 is under 1%."""
    drawing = "A" * 300 + "BA"
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 300), ("Z00002", "A", 0, 301)]
    told = said(County(drawing, practices=practices), tmp_path, "parts")
    assert told == (
        "A PCN lies in 2 parts with over 99% and under 1% of its patients there; B PCN in between."
    )


def test_stray_pieces_are_told_in_a_sentence(tmp_path):
    """One part is no main one; what is left out is said with its verb."""
    one = said(County("A" * 40 + "BA"), tmp_path / "one", "parts")
    assert one == "A PCN is in one part, 1 stray piece with 100 patients left out."
    two = said(County("A" * 40 + "BABA"), tmp_path / "two", "parts")
    assert two == "A PCN is in one part, 2 stray pieces with 200 patients left out."
    # twenty, ten, and one beyond
    parts = said(County("A" * 20 + "B" + "A" * 10 + "BA"), tmp_path / "parts", "parts")
    assert parts.endswith("in between. 1 stray piece with 100 patients is not counted.")


def test_practices_between_are_another_pcns_or_other_pcns(tmp_path):
    """One PCN in between is "another PCN", however many practices it has there."""
    alone = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 2), ("Z00002", "A", 0, 4)]
    told = said(County("AABBA", practices=alone), tmp_path / "one", "practices_between")
    assert "with 1 practice of another PCN in between: Z00001 Surgery (B PCN)." in told
    both = [*alone[:2], ("Z00003", "C", 0, 3), ("Z00002", "A", 0, 4)]
    told = said(County("AABCA", practices=both), tmp_path / "two", "practices_between")
    assert "with 2 practices of other PCNs in between: " in told


def test_one_place_does_not_lie_together(tmp_path):
    """Practices that share a place, or a single one, work in one place."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 0)]
    told = said(County("AA", practices=practices), tmp_path, "dispersion")
    assert told.startswith("A PCN works in one place. Its patients in the patch live")


def test_who_is_left_out_follows_the_settings(tmp_path):
    """The distance and the share are those in force."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 19)]
    far = [("Z00001", code_of(0, 0), 60), ("Z00001", code_of(0, 19), 40)]
    county = County("A" * 20, practices=practices, extra=far)
    county.policy = {"spread_km": 12, "spread_share": 0.45}
    told = said(county, tmp_path, "dispersion")
    assert "Z00001 Surgery is left out: under 45% of its patients live within 12 km." in told


def test_a_share_above_its_limit_does_not_read_as_the_limit(tmp_path):
    """149 of 449 live outside: 33.2% is above 33%, and says so."""
    county = County("AAAX", outside="X", extra=[("Z00000", code_of(0, 3), 149)])
    county.policy["outside_icb_share"] = 0.33
    told = said(county, tmp_path, "boundaries")
    assert told == "A PCN: 33.2% of its patients live outside its ICB, above 33%."


@pytest.mark.parametrize(
    ("policy", "people", "told"),
    [
        ({}, 50_001, "1 above the 50,000 that a PCN typically serves."),
        ({}, 29_999, "1 below the 30,000 that a PCN needs to have."),
        ({"preset": "neighbourhood-2025"}, 70_001, "1 above the 70,000 of the band."),
        ({"preset": "neighbourhood-2025"}, 29_999, "1 below the 30,000 of the band."),
        ({"population_max": 60_000}, 60_001, "1 above the 60,000 of the band."),
    ],
)
def test_only_the_contracts_band_is_told_as_the_contracts(tmp_path, policy, people, told):
    """A band of the user's, or our assumption, is nothing that PCNs typically serve."""
    county = County("A", patients=people)
    county.policy = policy
    assert said(county, tmp_path, "population").endswith(told)
