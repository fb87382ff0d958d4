"""Levels: worked examples, and the ratios at which a level turns, tried on both sides."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from footprint.levels import levels
from footprint.policy import Policy

POLICY = Policy()

#: ten PCNs of 31,000 to 40,000 patients, 355,000 in all; 18% are over 65, and 30% in the last one
LISTS = np.arange(31_000, 41_000, 1_000)
PCNS = pd.DataFrame(
    {
        "pcn_code": [f"U{i:05}" for i in range(10)],
        "pcn_name": [f"PCN {chr(65 + i)}" for i in range(10)],
        "list_size": LISTS,
    }
)
DRIVERS = pd.DataFrame(
    {"registered": LISTS, "over_65": [*(LISTS[:-1] * 18 // 100), 12_000]}, index=PCNS["pcn_code"]
)


def service(ratio, team, *, floor=1, driver="registered", level=None):
    """One service."""
    return pd.DataFrame(
        {
            "service_id": ["s"],
            "service_name": ["Service"],
            "demand_driver": [driver],
            "wte_per_10000": [ratio],
            "min_team_wte": [team],
            "min_population": [floor],
            "max_travel_minutes": [30],
            "level": pd.array([level], dtype="Int64"),
        }
    )


def level(ratio, team, **options):
    """The one row of the answer."""
    return levels(service(ratio, team, **options), PCNS, DRIVERS, POLICY).iloc[0]


@pytest.mark.parametrize(
    ("ratio", "team", "floor", "needed", "expected"),
    [
        (5.0, 10, 30_000, 30_000, 1),
        (0.25, 2, 60_000, 80_000, 2),
        (0.2, 8, 250_000, 400_000, 3),
        (0.12, 5, 400_000, 416_667, 3),
        (0.4, 10, 1, 250_000, 3),
        (0.41, 10, 1, 243_903, 2),
    ],
)
def test_level_by_need(ratio, team, floor, needed, expected):
    """The need is the larger of minimum and team, rounded up, and the level follows from it."""
    row = level(ratio, team, floor=floor)
    assert (row["population_needed"], row["group_population"]) == (needed, needed)
    assert row["level"] == row["by_rule"] == expected
    assert row["why"].startswith(f"Level {expected}. A team of {team:g} WTE at {ratio:g} WTE")


def test_a_tenth_of_the_patients_may_fall_short():
    """Level 1 asks for PCNs with nine tenths of the patients: the two smallest may not miss it."""
    # a need of 32,000: PCN A (31,000 of 355,000, 8.7%) falls short
    row = level(1.0, 3.2)
    assert row["level"] == 1
    assert row["short_pcns"] == "U00000"
    assert "PCN A falls short" in row["why"]
    # of 33,000: A and B (63,000, 17.7%)
    row = level(1.0, 3.3)
    assert row["level"] == 2
    assert row["short_pcns"] == "U00000;U00001"
    assert "with 82.3% of the patch's patients, where Level 1 asks for 90%" in row["why"]
    assert "PCN A and PCN B fall short" in row["why"]


@pytest.mark.parametrize("driver", ["registered", "over_65"])
@pytest.mark.parametrize("team", [1, 3.2])
@pytest.mark.parametrize("floor", [1, 32_000, 34_000, 260_000])
def test_level_turns_exactly_there(driver, team, floor):
    """Just above each turning ratio and just below it the level is what the table says."""
    for ratio in (0.1, 0.95, 4.0):
        row = level(ratio, team, floor=floor, driver=driver)
        turn = row["next_ratio"]
        if np.isnan(turn):
            trial = {level(r, team, floor=floor, driver=driver)["level"] for r in (1e-4, 1, 1e4)}
            assert trial == {row["level"]}
            continue
        near = (turn * 0.9999, turn * 1.0001)
        sides = [level(one, team, floor=floor, driver=driver)["level"] for one in near]
        here, there = sides if ratio < turn else sides[::-1]
        assert (here, there) == (row["level"], row["next_level"])
        # between here and there nothing else turns
        for way in np.geomspace(ratio, turn, 5)[1:-1]:
            assert level(way, team, floor=floor, driver=driver)["level"] == row["level"]


@pytest.mark.parametrize(
    ("ratio", "team"), [(0.95, 3.2), (1.0, 3.2), (0.3, 3), (0.3, 2.74), (6.0, 12), (0.4, 12)]
)
def test_ratios_in_words_hold(ratio, team):
    """At a ratio that the sentence names, rounded as it is, the level turns, and not 1% before."""
    row = level(ratio, team)
    words = row["why"].split("until the ratio ")[1].split(" or ")
    for part in words:
        number = float(part.split(" per ")[0].split()[-1])
        number *= 0.999 if part.startswith("falls below") else 1
        assert f"then Level {level(number, team)['level']}" in part
        before = number * (0.99 if part.startswith("rises") else 1.011)
        assert level(before, team)["level"] == row["level"]


def test_minimum_that_binds_is_said():
    """Where no ratio helps, because of the service's own minimum, the sentence says so."""
    row = level(0.25, 2, floor=60_000)
    assert (
        "No ratio would make it Level 1, because of its minimum of 60,000 patients." in row["why"]
    )
    assert np.isnan(row["ratio_level1"])
    assert row["next_level"] == 3
    always = level(0.25, 2, floor=250_000)
    assert np.isnan(always["next_ratio"])
    assert always["level"] == 3


def test_own_level_wins_and_disagreement_is_said():
    """A user's level stands, and the sentence says what the rules would give."""
    row = level(0.25, 2, level=1)
    assert (row["level"], row["by_rule"], row["own_level"]) == (1, 2, 1)
    assert row["disagrees"]
    assert row["why"].startswith("Level 1, because you set it; by the rules it would be Level 2.")
    agreed = level(0.25, 2, level=2)
    assert not agreed["disagrees"]
    assert agreed["why"].startswith("Level 2, as you set it; the rules agree.")


def test_another_driver_counts_its_own_people():
    """A team for people over 65 needs so many of them; groups are counted in patients."""
    # 2 WTE at 4 per 10,000 need 5,000 people over 65; the smallest PCN has 5,580
    row = level(4.0, 2, driver="over_65", floor=30_000)
    assert row["level"] == 1
    assert row["population_needed"] == 30_000
    # at 2 per 10,000 they need 10,000, which one PCN has; that is as many as 51,000 to 53,000
    # patients have here
    row = level(2.0, 2, driver="over_65", floor=30_000)
    assert row["level"] == 2
    assert row["population_needed"] == 30_000
    people = DRIVERS["over_65"].sum()
    assert row["group_population"] == -(-10_000 * 355_000 // people)
    assert "Only PCN J reaches that alone" in row["why"]
    assert f"about {row['group_population']:,} registered patients here" in row["why"]


def test_columns_of_the_contract_come_first():
    """The order of the written table, services in the order given."""
    two = pd.concat([service(5.0, 10), service(0.2, 8).assign(service_id="a")], ignore_index=True)
    table = levels(two, PCNS, DRIVERS, POLICY)
    assert list(table.columns[:5]) == [
        "service_id",
        "service_name",
        "level",
        "population_needed",
        "why",
    ]
    assert table["service_id"].tolist() == ["s", "a"]


@pytest.mark.parametrize(
    ("sizes", "told"),
    [
        # 2,057 of 10,000 are 20.57%, which is 20.6%
        ((2_057, 1_134), "Only PCN A reaches that alone, with 20.6% of the patch's patients,"),
        # 8,996 of 10,000 would round to the 90% that they miss
        ((8_996, 143), "Only PCN A reaches that alone, with 89.9% of the patch's patients,"),
    ],
)
def test_share_of_those_who_reach_it_is_rounded_and_never_up_to_what_is_asked(sizes, told):
    """One PCN reaches the need of 2,000; seven others share what is left of 10,000 patients."""
    first, other = sizes
    lists = np.array([first, *[other] * 6, 10_000 - first - 6 * other])
    pcns = PCNS.head(8).assign(list_size=lists)
    drivers = pd.DataFrame({"registered": lists}, index=pcns["pcn_code"])
    row = levels(service(1.0, 0.2, floor=2_000), pcns, drivers, POLICY).iloc[0]
    assert told in row["why"]
    assert "the other 7 fall short" in row["why"]


def test_a_long_list_ends_with_one_other_and_not_others():
    """Six of the seven PCNs that fall short are named, and one is left."""
    lists = np.array([1_000] * 7 + [9_000] * 8)
    pcns = pd.DataFrame(
        {
            "pcn_code": [f"U{i:05}" for i in range(15)],
            "pcn_name": [f"PCN {chr(65 + i)}" for i in range(15)],
            "list_size": lists,
        }
    )
    drivers = pd.DataFrame({"registered": lists}, index=pcns["pcn_code"])
    row = levels(service(1.0, 0.2, floor=2_000), pcns, drivers, POLICY).iloc[0]
    assert "PCN F and 1 other fall short." in row["why"]
