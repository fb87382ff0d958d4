"""What a patch warns of when its files are joined, so that nothing strange passes in silence."""

from __future__ import annotations

import pytest
from toy import County, code_of

from footprint import check, patch, settings


def dated(county: County, *, lists: str, registrations: str) -> None:
    """Give the county's lists and registrations extract dates; its practices are of 1 October."""
    totals = {code: 0 for code, *_ in county.practices}
    for practice, _, count in county.registrations:
        totals[practice] += count
    county.files["list_sizes"] = (
        ["EXTRACT_DATE", "CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS"],
        [(lists, code, "ALL", "ALL", total) for code, total in totals.items()],
    )
    county.files["registrations"] = (
        ["EXTRACT_DATE", "PRACTICE_CODE", "LSOA_CODE", "SEX", "NUMBER_OF_PATIENTS"],
        [(registrations, code, area, "ALL", count) for code, area, count in county.registrations],
    )


@pytest.mark.parametrize(
    ("lists", "registrations", "apart"),
    [
        ("01JUL2025", "01OCT2025", False),
        ("01JUN2025", "01OCT2025", True),
        ("01OCT2025", "01APR2026", True),
        ("", "01OCT2025", False),
    ],
)
def test_files_of_different_quarters_are_told(tmp_path, lists, registrations, apart):
    """Lists, registrations and practices of dates over a quarter apart are named with dates."""
    county = County("AAB")
    dated(county, lists=lists, registrations=registrations)
    warnings = [text for text in county.load(tmp_path).warnings if "different times" in text]
    assert len(warnings) == apart
    assert check.check(tmp_path / "patch.toml").warnings == county.load(tmp_path).warnings
    if lists == "01JUN2025":
        assert warnings[0].startswith(
            "The files are of different times: practices are of 1 October 2025 (map.csv), list"
            " sizes are of 1 June 2025 (list_sizes.csv) and registrations are of 1 October 2025"
            " (registrations.csv)."
        )


def test_practices_that_their_pcn_takes_out_of_the_patch_are_named(tmp_path):
    """A practice of the ICB in a PCN that is mostly another ICB's is told with its patients."""
    # A A X X: X's small practice Z00002 has the patch's ICB, its main one has another
    practices = [("Z00000", "A", 0, 0), ("Z00001", "X", 0, 2), ("Z00002", "X", 0, 1)]
    county = County("AAXX", practices=practices, extra=[("Z00002", code_of(0, 1), 30)])
    county.icb = lambda letter: "QQ1"
    file = county.write(tmp_path)
    text = (tmp_path / "map.csv").read_text().splitlines()
    text = [line.replace("QQ1", "QQ2") if "Z00001" in line else line for line in text]
    (tmp_path / "map.csv").write_text("\n".join(text) + "\n")
    joined = patch.load(settings.load(file))
    assert not joined.practices.loc["Z00002", "in_patch"]
    told = [text for text in joined.warnings if "most of whose list" in text]
    assert told == [
        "1 practice of the patch's ICB with 30 patients is in a PCN most of whose list is"
        " elsewhere, and is not the patch's: Z00002 (X PCN)."
    ]
    whole = County("AAXX", practices=practices).load(tmp_path / "whole").warnings
    assert not [text for text in whole if "most of whose list" in text]


SERVICES = "service_id service_name demand_driver wte_per_10000 min_team_wte min_population".split()
TEAMS = "team_id team_name service_id base_name easting northing wte".split()


def staffed(*, base: tuple[float, float] = (400_500, 300_500), least: int = 100) -> County:
    """A county of 300 patients in three cells with one service and one team."""
    county = County("AAB")
    county.files["services"] = (
        [*SERVICES, "max_travel_minutes"],
        [("S1", "Podiatry", "registered", 5, 1, least, 30)],
    )
    county.files["teams"] = (TEAMS, [("T1", "Feet", "S1", "Clinic", *base, 2)])
    return county


@pytest.mark.parametrize(("east", "told"), [(403_000 + 49_900, False), (403_000 + 61_000, True)])
def test_a_base_far_outside_the_patch_is_told(tmp_path, east, told):
    """A base over 50 km outside the patch is named with its kilometres."""
    warnings = staffed(base=(east, 300_500)).load(tmp_path).warnings
    far = [text for text in warnings if "outside the patch; is the place right?" in text]
    assert far == (
        [
            "1 team has its base more than 50 km outside the patch; is the place right?"
            " T1 (Clinic, 61 km)."
        ]
        if told
        else []
    )


@pytest.mark.parametrize(("least", "told"), [(300, False), (301, True)])
def test_a_minimum_above_everybody_is_told(tmp_path, least, told):
    """A service that asks for more patients than the patch has is named with both numbers."""
    warnings = staffed(least=least).load(tmp_path).warnings
    out = (
        "1 service asks for more patients than the 300 of the patch, so no group can reach its"
        " min_population: Podiatry (301)."
    )
    assert [text for text in warnings if "no group" in text] == [out] * told


def test_one_of_a_kind_is_told_in_the_singular(tmp_path):
    """One practice has no list size, one differs, one of each file is unknown: none "are"."""
    county = County("AAB", lists={"Z00000": 201})
    totals = [("Z00000", "ALL", "ALL", 201), ("Z09999", "ALL", "ALL", 7)]
    county.files["list_sizes"] = (["CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS"], totals)
    county.policy["list_difference"] = 0.5
    county.registrations.append(("Z08888", code_of(0, 0), 5))
    warnings = county.load(tmp_path).warnings
    assert "1 practice has no list size and counts by its registrations, or as 0 where" in "".join(
        warnings
    )
    assert (
        "1 practice of the list-size file (7 patients) is not in the practice list and was set"
        " aside: Z09999." in warnings
    )
    assert (
        "1 practice of the registrations (5 patients) is not in the practice list and was set"
        " aside: Z08888." in warnings
    )
    assert any(text.startswith("List size and registrations differ for 1 practice:")
               for text in warnings)  # fmt: skip


@pytest.mark.parametrize(("beyond", "share"), [(9, None), (10, "5%"), (90, "32%")])
def test_a_pcn_that_the_edge_of_the_patch_cuts_is_told(tmp_path, beyond, share):
    """With 5% of a PCN's placed patients beyond the patch or more it is named with the share."""
    # A A X: 190 of A's live at home, the others in X's cell, which is another ICB's
    county = County("AAX", patients=95, outside="X", extra=[("Z00000", code_of(0, 2), beyond)])
    cut = [text for text in county.load(tmp_path).warnings if "small areas: " in text]
    told = (
        f"1 PCN has 5% or more of its patients outside the patch's small areas: A PCN ({share})."
        " Its footprint and parts leave them out; read these with care."
    )
    assert cut == ([told] if share else [])
