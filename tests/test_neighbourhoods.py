"""Teams of all services together: per PCN, per practice, and the sentence of the first page."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import helpers_content as helpers
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st
from test_pages import DOT, Reader

from footprint import neighbourhoods
from footprint.report import pages, together

# P has two practices, R1 in the north (areas A, B) and R2 in the south (C); Q has R3 (D).
REGISTRATIONS = pd.DataFrame(
    [("R1", "A", 900), ("R1", "B", 80), ("R1", "C", 20), ("R2", "C", 1000), ("R3", "D", 500)],
    columns=["practice_code", "small_area_code", "patients"],
).assign(reason="")
# nursing: N1 covers A and B, N2 covers C and D; feet: F1 serves both PCNs
AREAS = pd.DataFrame(
    [("A", "N1"), ("B", "N1"), ("C", "N2"), ("D", "N2")], columns=["small_area_code", "team_id"]
)
TEAMS = pd.DataFrame(
    {
        "service_id": ["nursing", "nursing", "nursing", "feet"],
        "pcn_codes": [(), (), (), ("P", "Q")],
    },
    index=pd.Index(["N1", "N2", "N3", "F1"], name="team_id"),
)


def patch():
    """What the count reads of a patch."""
    return SimpleNamespace(
        pcns=pd.DataFrame({"in_patch": True, "practices": [2, 1]}, index=["P", "Q"]),
        practices=pd.DataFrame({"pcn_code": ["P", "P", "Q", None]}, index=["R1", "R2", "R3", "R4"]),
        registrations=REGISTRATIONS,
        teams=TEAMS,
        team_areas=AREAS,
        settings=SimpleNamespace(policy=SimpleNamespace(alignment_reach=0.95)),
    )


TODAY = {
    ("nursing", "P", "N1"): 2.0,
    ("nursing", "P", "N2"): 2.0,
    ("nursing", "Q", "N2"): 1.0,
    ("feet", "P", "F1"): 0.5,
    ("feet", "Q", "F1"): 0.25,
}


def allocation(proposed):
    """Rows of today's staff and a proposal's, by (service, PCN, team)."""
    keys = sorted({*TODAY, *proposed})
    rows = [(*key, proposed.get(key, 0.0), TODAY.get(key, 0.0)) for key in keys]
    return pd.DataFrame(rows, columns=["service_id", "pcn_code", "team_id", "wte", "today_wte"])


def practices(proposed):
    """Teams of each practice, today and proposed."""
    found = neighbourhoods.practice_teams(patch(), allocation(proposed)).set_index("practice_code")
    return found["today"].to_dict(), found["proposed"].to_dict()


def test_teams_and_staff_of_all_services():
    """Every team with staff at the PCN counts, today and proposed, and its WTE."""
    proposed = {**TODAY, ("nursing", "P", "N1"): 4.5, ("nursing", "P", "N2"): 0.0}
    found = neighbourhoods.neighbourhoods(patch(), allocation(proposed)).set_index("pcn_code")
    assert found.loc["P"].to_dict() == {
        "teams_today": 3,
        "teams_proposed": 2,
        "wte_today": 4.5,
        "wte_proposed": 5.0,
        "services": 2,
        "practices": 2,
        "practice_teams_today": 2.0,
        "practice_teams_proposed": 2.0,
    }
    assert found.loc["Q", "teams_today"] == 2


def test_a_practice_works_with_those_who_reach_its_patients():
    """R1 has 98% of its patients in N1's area: N2 is none of its teams; F1 serves them all."""
    today, proposed = practices(TODAY)
    assert today == {"R1": 2, "R2": 2, "R3": 2}
    assert proposed == today


def test_a_team_that_is_new_works_with_all_practices():
    """N3 comes to P: both of its practices have one more; a trace of a team is none."""
    today, proposed = practices({**TODAY, ("nursing", "P", "N3"): 1.0})
    assert (proposed["R1"], proposed["R2"], proposed["R3"]) == (3, 3, 2)
    _, proposed = practices({**TODAY, ("nursing", "P", "N3"): 0.01})
    assert proposed == today


def test_a_practice_that_loses_its_team_goes_to_those_that_remain():
    """N1 leaves P: R1 works with N2 instead, R2 as before."""
    _, proposed = practices({**TODAY, ("nursing", "P", "N1"): 0.0})
    assert proposed == {"R1": 2, "R2": 2, "R3": 2}
    _, proposed = practices({**TODAY, ("nursing", "P", "N1"): 0.0, ("nursing", "P", "N2"): 0.0})
    assert proposed == {"R1": 1, "R2": 1, "R3": 2}


@limits(max_examples=12, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.just("nursing"), st.sampled_from("PQ"), st.sampled_from(["N1", "N2", "N3"])),
        st.sampled_from([0.01, 0.5, 3.0]),
    )
)
def test_no_change_changes_nothing(staff):
    """Whoever is where: a proposal that leaves everybody there leaves every figure."""
    rows = pd.DataFrame(
        [(*key, wte, wte) for key, wte in sorted(staff.items())],
        columns=["service_id", "pcn_code", "team_id", "wte", "today_wte"],
    )
    found = neighbourhoods.practice_teams(patch(), rows)
    assert found["today"].tolist() == found["proposed"].tolist()
    table = neighbourhoods.neighbourhoods(patch(), rows)
    if len(table):
        assert table["teams_today"].tolist() == table["teams_proposed"].tolist()


def test_without_staff_the_table_is_empty():
    """No allocation, no neighbourhoods, no sentence."""
    empty = allocation({}).iloc[:0]
    table = neighbourhoods.neighbourhoods(patch(), empty)
    assert list(table.columns) == list(neighbourhoods.COLUMNS)
    assert table.empty
    assert together.sentence(table) == ""


# -- words ---------------------------------------------------------------------------------------


def frame(*rows):
    """A table of neighbourhoods of (practices, teams of a practice today and proposed)."""
    return pd.DataFrame(
        rows, columns=["practices", "practice_teams_today", "practice_teams_proposed"]
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(1, 8.0, 4.0), (3, 12.0, 8.0)],
         "A practice works with 11 community teams on average today, 7 in the proposal."),
        ([(2, 1.0, 1.0)],
         "A practice works with 1 community team on average today, as many in the proposal."),
        ([(1, 5.64, 5.36), (9, float("nan"), float("nan"))],
         "A practice works with 5.6 community teams on average today, 5.4 in the proposal."),
        ([(1, float("nan"), float("nan"))], ""),
    ],
)  # fmt: skip
def test_the_sentence_of_the_first_page(rows, said):
    """Every practice counts once; whole numbers stand without a decimal."""
    assert together.sentence(frame(*rows)) == said


def test_report_and_pcn_pages_tell_it():
    """The chapter has a row per PCN and its total; each PCN's page has its sentence and sum."""
    made = helpers.content()
    table = pd.DataFrame(
        [("U00001", 3, 2, 8.0, 7.6, 2, 2, 2.5, 2.0), ("U00002", 2, 3, 11.0, 13.0, 2, 1, 2.0, 3.0),
         ("U00003", 2, 2, 4.5, 4.4, 2, 1, 2.0, 2.0)],
        columns=list(neighbourhoods.COLUMNS),
    )  # fmt: skip
    made = dataclasses.replace(made, tables={**made.tables, "neighbourhoods": table})
    said = Reader(pages.report(made, pictures={"footprints": DOT})).said
    assert "6. Neighbourhoods: all services together" in said
    assert "1 of 3 PCNs has fewer teams in the proposal than today, 1 has more." in said
    assert "Alder 2 2 3 → 2 2.5 → 2.0 8.0 → 7.6 −0.40" in said
    assert "All 4 2.2 → 2.2 23.5 → 25.0 +1.50" in said
    assert "3 teams with 8.0 WTE today, 2 with 7.6 WTE proposed, all services together." in said
    assert "works with 2.5 of them today, 2 in the proposal." in said
    assert "All 3 teams, 8.00 2 teams, 7.60 −0.40" in said
