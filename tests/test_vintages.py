"""LSOA 2011 and 2021: told apart, and patients carried between them without losing one."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from footprint import rounding, vintages
from footprint.errors import InputError

#     2011                     2021
#   E01000001  ------------  E01000001   the same
#   E01000002  -----+------  E01033801   split
#                    \-----  E01033802
#   E01000003  ---+--------  E01033803   merged
#   E01000004  --/
#   E01000005  ---+--------  E01033804   redrawn
#                  \-------  E01033805
#   E01000006  -----/
LOOKUP = pd.DataFrame(
    [
        ("E01000001", "E01000001", "U"),
        ("E01000002", "E01033801", "S"),
        ("E01000002", "E01033802", "S"),
        ("E01000003", "E01033803", "M"),
        ("E01000004", "E01033803", "M"),
        ("E01000005", "E01033804", "X"),
        ("E01000005", "E01033805", "X"),
        ("E01000006", "E01033805", "X"),
    ],
    columns=["lsoa11_code", "lsoa21_code", "change"],
)


def frame(*rows: tuple[str, str, int]) -> pd.DataFrame:
    """Registrations from tuples."""
    columns = ["practice_code", "small_area_code", "patients"]
    out = pd.DataFrame(list(rows), columns=columns)
    return out.astype({"practice_code": "str", "small_area_code": "str", "patients": "int64"})


def carried(*rows: tuple[str, str, int], **options) -> dict[tuple[str, str], int]:
    """Patients by practice and area after carrying."""
    out, _ = vintages.carry(frame(*rows), LOOKUP, **{"to": "2021", **options})
    return out.set_index(["practice_code", "small_area_code"])["patients"].to_dict()


@pytest.mark.parametrize(
    ("codes", "blind", "sighted"),
    [
        (["E01000001", "CLOSED", "S01006506"], None, None),
        (["E01000001", "E01000002"], None, "2011"),
        (["E01000001", "E01033769"], "2021", "2021"),
        (["E01000001", "W01001959"], "2021", "2021"),
        (["E01000001", "E01033768", "W01001958"], None, None),
        (["E01000002", "E01033801", None], "2021", "mixed"),
        (["E010337690"], None, None),
        ([], None, None),
    ],
)
def test_vintage(codes, blind, sighted):
    """New codes tell 2021 by themselves; dropped ones tell 2011 by the look-up; both is mixed."""
    series = pd.Series(codes, dtype="str")
    assert vintages.vintage(series) == blind
    assert vintages.vintage(series, LOOKUP) == sighted


def test_unchanged_areas_and_codes_of_no_vintage_stay_as_they_are():
    """Only areas that changed are touched."""
    rows = [
        ("A", "CLOSED", 3),
        ("A", "E01000001", 40),
        ("A", "S01006506", 1),
        ("B", "W01000001", 2),
    ]
    out, report = vintages.carry(frame(*rows), LOOKUP, to="2021")
    pd.testing.assert_frame_equal(out, frame(*rows))
    assert report.moved["patients"].sum() == 0
    assert (report.neither_codes, report.neither_patients) == (3, 6)
    assert report.sentences() == (
        "Every LSOA of the registrations is the same in 2011 and 2021: nothing was carried over.",
    )


def test_codes_may_be_categories():
    """Columns of categories, in whatever order, give what columns of text give."""
    rows = frame(("B", "E01000004", 3), ("A", "E01000002", 5), ("A", "E01000001", 7))
    order = {"practice_code": ["B", "A"], "small_area_code": list(rows["small_area_code"])}
    coded = rows.assign(**{c: pd.Categorical(rows[c], order[c]) for c in order})
    plain, _ = vintages.carry(rows, LOOKUP, to="2021")
    out, _ = vintages.carry(coded, LOOKUP, to="2021")
    pd.testing.assert_frame_equal(out, plain)
    assert vintages.vintage(coded["small_area_code"], LOOKUP) == "2011"


def test_a_split_follows_populations():
    """100 patients over areas of 300 and 100 people become 75 and 25, practice by practice."""
    people = pd.Series({"E01033801": 300, "E01033802": 100})
    rows = [("A", "E01000002", 100), ("B", "E01000002", 3)]
    assert carried(*rows, populations=people) == {
        ("A", "E01033801"): 75,
        ("A", "E01033802"): 25,
        ("B", "E01033801"): 2,
        ("B", "E01033802"): 1,
    }


@pytest.mark.parametrize("people", [None, {"E01033801": 300}, {"E01033801": 0, "E01033802": 0}])
def test_a_split_without_usable_populations_is_equal_and_said(people):
    """Equal halves, the odd patient to the lower code, and a sentence that calls it a guess."""
    given = None if people is None else pd.Series(people)
    rows = frame(("A", "E01000002", 5))
    out, report = vintages.carry(rows, LOOKUP, to="2021", populations=given)
    assert out["patients"].tolist() == [3, 2]
    assert (report.weighted_areas, report.equal_areas, report.equal_patients) == (0, 1, 5)
    assert "divided equally" in report.sentences()[1]
    assert "5 patients" in report.sentences()[1]


def test_a_merger_adds_up():
    """Patients of both areas are in the new one, in one row a practice."""
    rows = [("A", "E01000003", 5), ("A", "E01000004", 7), ("B", "E01000004", 1)]
    assert carried(*rows) == {("A", "E01033803"): 12, ("B", "E01033803"): 1}


def test_redrawn_areas_take_only_what_they_share_ground_with():
    """The area that goes whole stays whole; the other is divided by people."""
    people = pd.Series({"E01033804": 100, "E01033805": 300})
    rows = [("A", "E01000005", 8), ("A", "E01000006", 10)]
    assert carried(*rows, populations=people) == {("A", "E01033804"): 2, ("A", "E01033805"): 16}


def test_the_way_back():
    """2021 to 2011: what was split merges, what was merged splits."""
    rows = [("A", "E01033801", 4), ("A", "E01033802", 5), ("A", "E01033803", 6)]
    people = pd.Series({"E01000003": 200, "E01000004": 100})
    assert carried(*rows, to="2011", populations=people) == {
        ("A", "E01000002"): 9,
        ("A", "E01000003"): 4,
        ("A", "E01000004"): 2,
    }


def test_the_report_counts_what_was_moved():
    """Areas and patients by kind, and sentences with the figures."""
    rows = [("A", f"E0100000{n}", 10 * n) for n in range(1, 7)]
    people = pd.Series({"E01033801": 1, "E01033802": 1, "E01033804": 1})
    _, report = vintages.carry(frame(*rows), LOOKUP, to="2021", populations=people)
    assert report.moved["areas"].to_dict() == {"recoded": 0, "split": 1, "merged": 2, "complex": 2}
    assert report.moved["patients"].to_dict() == {
        "recoded": 0,
        "split": 20,
        "merged": 70,
        "complex": 110,
    }
    assert (report.weighted_areas, report.equal_areas, report.equal_patients) == (1, 1, 50)
    text = " ".join(report.sentences())
    assert "200 of 210 patients, those in 5 LSOAs that changed" in text
    assert "1 was split into several (20 patients)" in text


def test_a_mixed_file_is_carried_where_it_is_clear():
    """Rows of the vintage wanted stay; the others are carried; the report says it is mixed."""
    rows = frame(("A", "E01000003", 5), ("B", "E01033803", 7), ("B", "E01000001", 1))
    out, report = vintages.carry(rows, LOOKUP, to="2021")
    assert out["small_area_code"].tolist() == ["E01033803", "E01000001", "E01033803"]
    assert out["patients"].sum() == 13
    assert report.mixed
    assert (report.there_areas, report.there_patients) == (1, 7)
    assert report.sentences()[-1].startswith("The registrations mix both vintages: 1 LSOA (7 pat")


def test_a_mixed_file_that_may_count_patients_twice_is_refused():
    """One practice in an area and in what became of it: named with both codes."""
    rows = frame(("A", "E01000003", 5), ("A", "E01033803", 7), ("B", "E01000004", 1))
    with pytest.raises(InputError) as caught:
        vintages.carry(rows, LOOKUP, to="2021", file="mine.csv")
    (fault,) = caught.value.faults
    assert fault.file == "mine.csv"
    assert "practice A with patients in E01000003 and in E01033803" in fault.found


def test_a_code_with_two_meanings_is_refused_in_a_mixed_file():
    """E01000008 is half of itself in 2021: clear in a file of 2011, not in a mixed one."""
    more = pd.DataFrame(
        [("E01000008", "E01000008", "S"), ("E01000008", "E01033806", "S")], columns=LOOKUP.columns
    )
    lookup = pd.concat([LOOKUP, more])
    out, _ = vintages.carry(frame(("A", "E01000008", 9)), lookup, to="2021")
    assert out["patients"].tolist() == [5, 4]
    rows = frame(("A", "E01000008", 9), ("B", "E01033803", 1))
    with pytest.raises(InputError, match="E01000008, which is other ground in 2011 than in 2021"):
        vintages.carry(rows, lookup, to="2021")


@st.composite
def cases(draw):
    """A look-up that joins any areas with any, registrations in them, some populations."""
    old = [f"E010000{n:02d}" for n in range(8)]
    new = [f"E010339{n:02d}" for n in range(8)]
    pairs = draw(st.lists(st.tuples(st.sampled_from(old), st.sampled_from(new)), max_size=14))
    same = [(f"E010001{n:02d}",) * 2 for n in range(3)]
    lookup = pd.DataFrame(pairs + same, columns=["lsoa11_code", "lsoa21_code"])
    to = draw(st.sampled_from(["2011", "2021"]))
    mine = old if to == "2021" else new
    codes = st.sampled_from([*mine, "E01000100", "E01000101", "CLOSED", "W01000009", "E01039999"])
    row = st.tuples(st.sampled_from("ABC"), codes, st.integers(0, 5_000))
    rows = draw(st.lists(row, max_size=25))
    people = draw(
        st.dictionaries(
            st.sampled_from(new if to == "2021" else old),
            st.one_of(st.floats(0, 1e5), st.just(float("nan"))),
            max_size=8,
        )
    )
    populations = pd.Series(people, dtype=float) if people else None
    return frame(*rows), lookup, to, populations


@settings(max_examples=60, deadline=None)
@given(cases())
def test_no_patient_is_lost_or_gained(case):
    """Whole patients, the same per practice and per group of areas, and all in areas that exist."""
    rows, lookup, to, populations = case
    out, report = vintages.carry(rows, lookup, to=to, populations=populations)
    assert out["patients"].dtype == np.int64
    assert (out["patients"] >= 0).all()
    assert not out.duplicated(["practice_code", "small_area_code"]).any()
    before = rows.groupby("practice_code")["patients"].sum()
    assert out.groupby("practice_code")["patients"].sum().to_dict() == before.to_dict()
    assert report.patients == out["patients"].sum()
    # every area lands in its own partners and nowhere else
    source, target = ("lsoa11_code", "lsoa21_code")[:: 1 if to == "2021" else -1]
    partners = lookup.groupby(source)[target].agg(set).to_dict()
    for row in rows.head(4).itertuples():
        alone, _ = vintages.carry(rows.loc[[row.Index]], lookup, to=to, populations=populations)
        assert alone["patients"].sum() == row.patients
        allowed = partners.get(row.small_area_code, {row.small_area_code})
        assert set(alone["small_area_code"]) <= allowed


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=5),
    st.lists(st.floats(0.001, 1e6), min_size=1, max_size=6),
)
def test_parts_add_up_and_are_within_one_of_their_share(totals, weights):
    """Largest remainder never strays by a whole patient from the exact share."""
    share = np.array(weights) / sum(weights)
    row = np.repeat(np.arange(len(totals)), len(share))
    total = np.array(totals, dtype=np.int64)
    parts = rounding.share_out(total, row, np.tile(share, len(totals)))
    assert np.bincount(row, weights=parts, minlength=len(total)).tolist() == totals
    assert (np.abs(parts - total[row] * np.tile(share, len(totals))) < 1 + 1e-6).all()


@pytest.fixture(scope="module")
def official(shared):
    """The ONS look-up itself."""
    path = shared / "geography" / "lookup_lsoa11_lsoa21_ltla22.csv"
    return pd.read_csv(path, dtype="str")


def test_kinds_of_change_are_those_of_the_ons(official):
    """Every change code of the real look-up follows from its pairs alone."""
    kinds = vintages._kinds(official["lsoa11_code"], official["lsoa21_code"])
    codes = {"U": "same", "S": "split", "M": "merged", "X": "complex"}
    assert (kinds == official["change_code"].map(codes)).all()


def test_real_registrations_there_and_back(shared, official):
    """Staffordshire 2025 to 2011 and back: every patient, and nobody else's areas touched."""
    path = shared / "staffordshire-2025" / "gp-reg-pat-prac-lsoa-all_2025-10.csv"
    names = {
        "PRACTICE_CODE": "practice_code",
        "LSOA_CODE": "small_area_code",
        "NUMBER_OF_PATIENTS": "patients",
    }
    rows = pd.read_csv(path).rename(columns=names)[list(names.values())]
    assert vintages.vintage(rows["small_area_code"]) == "2021"
    assert vintages.vintage(rows["small_area_code"], official) == "2021"
    people = rows.groupby("small_area_code")["patients"].sum()
    people = people.reindex(official["lsoa21_code"].unique(), fill_value=0)
    back, there = vintages.carry(rows, official, to="2011")
    assert vintages.vintage(back["small_area_code"], official) == "2011"
    assert back["patients"].sum() == 1_210_283
    assert there.neither_patients == 1_210_283 - 1_208_874
    again, report = vintages.carry(back, official, to="2021", populations=people)
    assert vintages.vintage(again["small_area_code"], official) == "2021"
    assert again["patients"].sum() == 1_210_283
    assert report.equal_areas == 0
    both = rows.merge(again, on=["practice_code", "small_area_code"], how="outer").fillna(0)
    away = (both["patients_x"] - both["patients_y"]).abs().sum() / 2
    assert away < 0.01 * 1_210_283


def test_england_takes_seconds(official):
    """750,000 rows over every LSOA of 2011 are carried in a few seconds and to the patient."""
    codes = official["lsoa11_code"].drop_duplicates()
    at = np.arange(750_000)
    rows = pd.DataFrame(
        {
            "practice_code": pd.Series(at // 115).astype("str").str.zfill(6),
            "small_area_code": codes.to_numpy()[(at * 7) % len(codes)],
            "patients": at % 400,
        }
    )
    out, report = vintages.carry(rows, official, to="2021")
    assert out["patients"].sum() == rows["patients"].sum()
    assert report.moved["areas"].sum() == 1_106
