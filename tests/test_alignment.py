"""Teams and PCNs that line up or do not, in patients."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from footprint.alignment import (
    align,
    alignment_summary,
    contingency,
    pcn_alignment,
    sentences,
    team_alignment,
)
from footprint.contingency import (
    agreement,
    effective_number,
    expected_mutual_information,
    lead,
    number_to_reach,
)
from footprint.rounding import largest_remainder


def teams(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Rows of team, service and PCN codes with ; between."""
    frame = pd.DataFrame(rows, columns=["team_id", "service_id", "pcn_codes"])
    frame["pcn_codes"] = [tuple(filter(None, codes.split(";"))) for codes in frame["pcn_codes"]]
    return frame


def areas(**listed: str) -> pd.DataFrame:
    """Teams and the letters of their small areas."""
    rows = [(letter, team) for team, letters in listed.items() for letter in letters]
    return pd.DataFrame(rows, columns=["small_area_code", "team_id"])


def patients(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["small_area_code", "pcn_code", "patients"])


def cells(alignment: pd.DataFrame) -> dict:
    return alignment.set_index(["pcn_code", "team_id"])["patients"].to_dict()


def table(rows: list[list[int]]) -> pd.DataFrame:
    counts = pd.DataFrame(rows)
    counts.index = [f"P{k}" for k in counts.index]
    counts.columns = [f"T{k}" for k in counts.columns]
    return counts


#   small areas   A  B  C  D
#   team          T1 T1 T2 (none)
#   PCN P         60 20 10 10
#   PCN Q          0 30 70  0
LIVE = patients(
    ("A", "P", 60),
    ("B", "P", 20),
    ("C", "P", 10),
    ("D", "P", 10),
    ("B", "Q", 30),
    ("C", "Q", 70),
)
TEAMS = teams(("T1", "s", ""), ("T2", "s", ""))
AREAS = areas(T1="AB", T2="C")


def test_patients_by_the_area_they_live_in() -> None:
    """Each PCN's patients go to the team of the area they live in; who has none is shown."""
    alignment = align(TEAMS, AREAS, LIVE)
    assert cells(alignment) == {
        ("P", ""): 10,
        ("P", "T1"): 80,
        ("P", "T2"): 10,
        ("Q", "T1"): 30,
        ("Q", "T2"): 70,
    }
    share = alignment.set_index(["pcn_code", "team_id"])["share"]
    assert share["P", "T1"] == pytest.approx(80 / 90)
    assert np.isnan(share["P", ""])


def test_tables_by_hand() -> None:
    """Teams per PCN, PCNs per team and the people whose lead team is another."""
    alignment = align(TEAMS, AREAS, LIVE)
    pcns = pcn_alignment(alignment).set_index("pcn_code")
    assert pcns.loc["P", "effective_teams"] == pytest.approx(90**2 / (80**2 + 10**2))
    assert pcns["teams_95"].to_dict() == {"P": 2, "Q": 2}
    assert pcns["lead_team_id"].to_dict() == {"P": "T1", "Q": "T2"}
    assert pcns["lead_share"].to_list() == pytest.approx([80 / 90, 0.7])
    assert pcns["covered"].to_list() == pytest.approx([0.9, 1.0])
    by_team = team_alignment(alignment, TEAMS).set_index("team_id")
    assert by_team["lead_pcn_code"].to_dict() == {"T1": "P", "T2": "Q"}
    assert by_team["lead_share"].to_list() == pytest.approx([80 / 110, 70 / 80])
    # 10 of P live with T2 and 30 of Q with T1
    assert alignment_summary(alignment)["people_elsewhere"].item() == 40


def test_reach_moves_the_number_of_teams() -> None:
    """A lower reach needs fewer teams."""
    alignment = align(TEAMS, AREAS, LIVE)
    assert pcn_alignment(alignment, reach=0.7)["teams_95"].tolist() == [1, 1]


def test_teams_without_areas_share_their_pcns() -> None:
    """A PCN served by two teams without areas is halved, the odd patient to the lower code."""
    alignment = align(teams(("T1", "s", "P;Q"), ("T2", "s", "P")), None, patients(("A", "P", 5)))
    assert cells(alignment) == {("P", "T1"): 3, ("P", "T2"): 2}
    assert set(alignment["rule"]) == {"pcns"}


def test_each_team_by_its_own_rule() -> None:
    """Areas come first; a team without an area has those of its PCN who are in nobody's."""
    mixed = teams(("T1", "s", "P;Q"), ("T3", "s", "P"))
    alignment = align(mixed, areas(T1="AB"), LIVE)
    assert cells(alignment) == {
        ("P", "T1"): 80,
        ("P", "T3"): 20,
        ("Q", ""): 70,
        ("Q", "T1"): 30,
    }
    rule = alignment.set_index(["pcn_code", "team_id"])["rule"]
    assert rule.to_dict() == {
        ("P", "T1"): "area",
        ("P", "T3"): "pcns",
        ("Q", ""): "",
        ("Q", "T1"): "area",
    }


def test_an_area_of_two_teams_is_shared() -> None:
    """An area listed for two teams of a service is halved; one of another service is not."""
    both = teams(("T1", "s", ""), ("T2", "s", ""), ("U", "other", ""))
    alignment = align(both, areas(T1="A", T2="A", U="A"), patients(("A", "P", 40)))
    assert alignment["patients"].tolist() == [40, 20, 20]
    assert alignment["service_id"].tolist() == ["other", "s", "s"]


def test_a_team_that_reaches_nobody_has_a_row() -> None:
    """Nobody in its area: no effective number and no lead PCN, but the team is listed."""
    more = teams(("T1", "s", ""), ("T2", "s", ""), ("T9", "s", ""))
    by_team = team_alignment(align(more, AREAS, LIVE), more).set_index("team_id")
    assert by_team.loc["T9", ["pcns_95", "lead_pcn_code"]].tolist() == [0, ""]
    assert np.isnan(by_team.loc["T9", "effective_pcns"])


def test_a_pcn_without_a_team() -> None:
    """A PCN in nobody's area is shown, with no lead team and nothing covered."""
    alignment = align(teams(("T1", "s", "")), areas(T1="A"), patients(("B", "P", 7)))
    assert cells(alignment) == {("P", ""): 7}
    row = pcn_alignment(alignment).iloc[0]
    assert (row["teams_95"], row["lead_team_id"], row["covered"]) == (0, "", 0.0)
    assert np.isnan(row["effective_teams"])
    assert alignment_summary(alignment).loc[0, "homogeneity":"ami"].isna().all()


def test_no_teams_give_empty_tables() -> None:
    """A patch without teams has the tables, and nothing in them."""
    alignment = align(teams(), None, LIVE)
    assert alignment.empty
    assert pcn_alignment(alignment).empty
    assert team_alignment(alignment, teams()).empty
    assert alignment_summary(alignment).empty


@settings(max_examples=40, deadline=None)
@given(
    counts=st.lists(
        st.tuples(st.sampled_from("ABCD"), st.sampled_from("PQR"), st.integers(1, 30)),
        min_size=1,
        max_size=12,
        unique_by=lambda row: row[:2],
    ),
    listed=st.sets(st.tuples(st.sampled_from("ABCD"), st.sampled_from(["T1", "T2", "T3"]))),
    served=st.lists(st.sampled_from(["", "P", "Q;R", "P;Q;R"]), min_size=4, max_size=4),
)
def test_every_patient_is_counted_once(counts: list, listed: set, served: list) -> None:
    """Whatever the mix of rules, a PCN's rows add up to its patients."""
    some = teams(*((f"T{k + 1}", "s", codes) for k, codes in enumerate(served)))
    team_areas = pd.DataFrame(sorted(listed), columns=["small_area_code", "team_id"])
    live = patients(*counts)
    found = align(some, team_areas, live).groupby("pcn_code")["patients"].sum()
    assert found.to_dict() == live.groupby("pcn_code")["patients"].sum().to_dict()


def test_effective_number_of_equal_shares() -> None:
    """Equal shares count as their number, one with all as 1, nothing as no number."""
    found = effective_number(table([[5, 5, 5, 5], [7, 7, 0, 0], [9, 0, 0, 0], [0, 0, 0, 0]]))
    assert found.to_list()[:3] == pytest.approx([4, 2, 1])
    assert np.isnan(found["P3"])
    assert found.name == "effective_number"


def test_number_to_reach_counts_to_the_share() -> None:
    """A share that is reached exactly needs no further column."""
    counts = table([[95, 5, 0], [94, 3, 3], [0, 0, 0]])
    assert number_to_reach(counts).to_dict() == {"P0": 1, "P1": 2, "P2": 0}
    assert number_to_reach(counts, reach=1.0).to_dict() == {"P0": 2, "P1": 3, "P2": 0}


def test_lead_ties_go_to_the_lower_code() -> None:
    """Of two equal columns the first leads; a row of zeros has no lead."""
    found = lead(table([[4, 4], [1, 3], [0, 0]]))
    assert found["code"].to_list() == ["T0", "T1", ""]
    assert found["share"].to_list()[:2] == pytest.approx([0.5, 0.75])


def test_published_example_of_sabre() -> None:
    """The README of sabre (Nowosad and Stepinski): 0.32, 0.42 and 0.36 for these two maps."""
    # four regions of 5 by 4 cells,        and three irregular ones
    one = ["aaaaabbbbb"] * 4 + ["cccccddddd"] * 4
    two = [
        "1111111333",
        "1111111333",
        "1123333333",
        "1223333333",
        "2223333333",
        "2223333333",
        "2222222333",
        "2222222333",
    ]
    counts = pd.crosstab(pd.Series(list("".join(one))), pd.Series(list("".join(two))))
    assert counts.to_numpy().sum() == 80
    assert agreement(counts)[:3].round(2).to_list() == [0.32, 0.42, 0.36]


@pytest.mark.parametrize(
    ("rows", "v_measure"),
    [
        ([[3, 1, 1], [1, 1, 3], [1, 3, 1]], 0.14),
        ([[3, 2, 0], [2, 0, 3], [0, 3, 2]], 0.39),
        ([[3, 2, 0, 1, 1, 0], [2, 0, 3, 1, 0, 1], [0, 3, 2, 0, 1, 1]], 0.30),
    ],
)
def test_published_examples_of_the_v_measure(rows: list, v_measure: float) -> None:
    """Solutions A, B and C of figure 2 of Rosenberg and Hirschberg (2007)."""
    assert agreement(table(rows))["v_measure"] == pytest.approx(v_measure, abs=0.005)


def test_homogeneity_reads_by_team() -> None:
    """Two PCNs with a team each, then one shared team, then one PCN with two teams."""
    assert agreement(table([[5, 0], [0, 9]])).to_list() == pytest.approx([1, 1, 1, 1])
    shared = agreement(table([[5], [9]]))
    assert (shared["homogeneity"], shared["completeness"]) == (0.0, 1.0)
    split = agreement(table([[5, 9]]))
    assert (split["homogeneity"], split["completeness"]) == (1.0, 0.0)
    assert agreement(table([[3]])).to_list() == [1, 1, 1, 1]


@settings(max_examples=60, deadline=None)
@given(
    rows=st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.integers(0, 12), min_size=width, max_size=width), min_size=1, max_size=4
        )
    )
)
def test_agreement_equals_scikit_learn_on_repeated_rows(rows: list[list[int]]) -> None:
    """A table of weights gives what scikit-learn gives for a row per person."""
    counts = table(rows)
    if counts.to_numpy().sum() == 0:
        assert agreement(counts).isna().all()
        return
    people = counts.stack()
    labels = people.index.repeat(people)
    pcns, by_team = labels.get_level_values(0), labels.get_level_values(1)
    expected = [
        *metrics.homogeneity_completeness_v_measure(pcns, by_team),
        metrics.adjusted_mutual_info_score(pcns, by_team),
    ]
    assert agreement(counts).to_list() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [40, 900, 20_000])
def test_chance_agreement_of_large_tables(size: int) -> None:
    """Term by term or by moments, chance alone gives what scikit-learn's slow sum gives."""
    rows = np.array([1.0, 3, 8, 4]) * size
    columns = np.array([2.0, 5, 9]) * size
    counts = np.outer(rows, columns) / rows.sum()
    counts = np.rint(counts).astype(int)
    rows, columns = counts.sum(axis=1), counts.sum(axis=0)
    expected = metrics.cluster.expected_mutual_information(counts, counts.sum())
    found = expected_mutual_information(rows.astype(float), columns.astype(float))
    assert found == pytest.approx(expected, rel=2e-5)


def test_sentences_name_the_lead_team() -> None:
    """The sentence counts the teams, names the PCN and says who has no team."""
    found = pd.DataFrame(
        {
            "service_id": "s",
            "pcn_code": ["P", "Q", "R"],
            "teams_95": [4, 1, 0],
            "lead_team_id": ["T1", "T2", ""],
            "lead_share": [0.414, 0.998, np.nan],
            "covered": [1.0, 0.88, 0.0],
        },
        index=[5, 3, 9],
    )
    names = pd.Series({"P": "About Better Care (ABC) PCN", "Q": "Leek PCN"})
    texts = sentences(found, pcn_names=names)
    assert texts[5] == "4 teams work into About Better Care (ABC) PCN; the lead team reaches 41%."
    assert texts[3] == (
        "1 team works into Leek PCN; it reaches over 99% of those who have a team. "
        "12% of its patients live in no team's area."
    )
    assert texts[9] == "No team works into R."
    named = sentences(found, team_names=pd.Series({"T1": "Stoke North"}))
    assert named[5] == "4 teams work into P; the lead team, Stoke North, reaches 41%."
    assert named[3].startswith("1 team, T2, works into Q;")


@settings(deadline=None)
@given(
    groups=st.lists(
        st.tuples(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 1000)),
        min_size=1,
        max_size=4,
    )
)
def test_largest_remainder_adds_up(groups: list) -> None:
    """Whole parts add up to the total, and each is its quota rounded down or up."""
    weights = np.concatenate([parts for parts, _ in groups]).astype(float)
    group = np.repeat(np.arange(len(groups)), [len(parts) for parts, _ in groups])
    totals = np.array([total for _, total in groups])
    whole = largest_remainder(weights, group, totals)
    for k, (parts, total) in enumerate(groups):
        found = whole[group == k]
        assert found.sum() == total
        if sum(parts):
            assert (np.abs(found - np.array(parts) * total / sum(parts)) < 1).all()


def test_largest_remainder_ties_go_first() -> None:
    """Equal remainders: the rows that come first are rounded up."""
    whole = largest_remainder(np.array([1.0, 1, 1]), np.array([0, 0, 0]), np.array([5]))
    assert whole.tolist() == [2, 2, 1]


def test_contingency_is_sorted_and_whole() -> None:
    """The table has a row per PCN and a column per team, without the patients of no team."""
    found = contingency(align(TEAMS, AREAS, LIVE), "s")
    assert found.to_dict("list") == {"T1": [80, 30], "T2": [10, 70]}
    assert found.index.to_list() == ["P", "Q"]
