"""Attacks on a shared version: what is hidden changes, and nothing that is told may follow."""

from __future__ import annotations

import random

import numpy as np
import pandas as pd
import pytest
from test_sharing import FEW, county
from toy import County, code_of, pcn_code

from footprint import parting, pipeline, record, settings, sharing
from footprint.disclosure import Rule, told
from footprint.report import shared

#: two practices to A and to B, so that patients can move between practices as well
PRACTICES = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 3), ("Z00002", "C", 2, 0),
             ("Z00003", "-", 1, 2), ("Z00004", "A", 1, 1), ("Z00005", "B", 1, 5)]  # fmt: skip
PCN_OF = {code: letter for code, letter, *_ in PRACTICES}
LOST = ("E99999999", "S01000001")


def told_of(made, folder, threshold=8):
    """What a shared version of a county tells: content without its hash, and run.json."""
    result = pipeline.study(settings.load(made.write(folder)))
    given = pipeline.to_share(result, threshold)
    content = pipeline.describe(given, share=threshold)
    plain = record.record(given.patch, given.solver, given.audit, content)
    return content, shared.record(plain, content)


def plain(frame):
    """A table as it is, a layer with its shapes as text."""
    if "geometry" not in frame:
        return frame
    return pd.DataFrame(frame.drop(columns="geometry")).assign(shape=frame.geometry.to_wkt())


def differences(one, other):
    """Names of what two shared versions tell differently."""
    out = []
    for kind in ("tables", "layers"):
        here, there = (getattr(each[0], kind) for each in (one, other))
        out += [
            f"{kind}/{name}" for name in here if not plain(here[name]).equals(plain(there[name]))
        ]
    out += [
        name
        for name in ("findings", "notes", "counts", "services", "sources", "settings", "audit")
        if str(getattr(one[0], name)) != str(getattr(other[0], name))
    ]
    return [*out, *(key for key in one[1] if str(one[1][key]) != str(other[1][key]))]


def seen(rows):
    """Cells of a reader's table: hidden, or rounded; people without a place are one column."""
    cells = {}
    for (practice, area), people in rows.items():
        key = ("lost", area) if area in LOST else (PCN_OF[practice], area)
        cells[key] = cells.get(key, 0) + people
    rule = Rule()
    return {key: -1 if rule.hides(people) else int(rule.rounded(people))
            for key, people in cells.items() if people}  # fmt: skip


def first(seed):
    """Registrations by practice and area, with many small counts and some without a place."""
    pick, made = random.Random(seed), {}
    base = county()
    for practice, letter, *_ in PRACTICES:
        for (row, column), theirs in base.cells.items():
            if theirs == letter:
                made[practice, code_of(row, column)] = pick.choice([700, 901, 1_104])
            elif pick.random() < 0.5:
                made[practice, code_of(row, column)] = pick.choice([1, 2, 3, 5, 7, 9, 14, 41])
        made[practice, LOST[0]] = 1
        made[practice, LOST[1]] = pick.choice([2, 5])
    return made


def moved(rows, seed):
    """The same with people moved between areas wherever a reader sees no change; lists stay."""
    pick, made, before = random.Random(seed), dict(rows), seen(rows)
    areas, steps = sorted({area for _, area in rows}), 0
    for _ in range(500):
        practice = pick.choice(PRACTICES)[0]
        here, there = pick.sample(areas, 2)
        other = {**made, (practice, here): made.get((practice, here), 0) - 1,
                 (practice, there): made.get((practice, there), 0) + 1}  # fmt: skip
        if other[practice, here] >= 0 and seen(other) == before:
            made, steps = {key: people for key, people in other.items() if people}, steps + 1
    return made, steps


def of(rows):
    """A county with these registrations, its teams and services."""
    made, staffed = County(DRAWING, patients=0, practices=PRACTICES), county()
    made.registrations = [(*key, people) for key, people in sorted(rows.items())]
    made.files, made.policy = staffed.files, staffed.policy
    cells = [code_of(*cell) for cell in made.cells]
    made.files["team_areas"] = (
        ["LSOA_CODE", "team_id"],
        [(cell, "N1" if number < 12 else "N2") for number, cell in enumerate(cells)],
    )
    made.files["candidate_sites"] = (
        ["site_id", "site_name", "easting", "northing"],
        [("S1", "Site", 400_500, 303_500)],
    )
    return made


DRAWING = """
AAABBB
AAABBB
CCCABB
CCCABB
"""


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_follows_what_a_reader_cannot_see(tmp_path, seed):
    """Moves below the threshold and the rounding, also between practices and off the map."""
    rows = first(seed)
    other, steps = moved(rows, seed)
    assert steps > 100
    one = told_of(of(rows), tmp_path / "one")
    two = told_of(of(other), tmp_path / "two")
    # owners and verdicts are those of the true counts, and here they stay as they were
    assert differences(one, two) == []


def test_the_catchment_does_not_tell_which_hidden_count_is_the_larger(tmp_path):
    """Hidden areas are in the catchment by what is shown of them: 80% lies among them here."""
    # A lives in ten areas, all of them below a threshold of 200
    rows = [("Z00000", code_of(0, column), 20 + 15 * column) for column in range(10)]
    turned = [("Z00000", code_of(0, column), 155 - 15 * column) for column in range(10)]
    found = []
    for number, registered in enumerate((rows, turned)):
        made = County("AAAAAAAAAA\nBBBBBBBBBB", patients=0)
        made.registrations = [
            *registered,
            *(("Z00001", code_of(1, column), 400) for column in range(10)),
        ]
        found.append(told_of(made, tmp_path / str(number), 200)[0])
    one, two = found
    areas = one.tables["small_areas"]
    assert areas.loc[areas["pcn_code"] == pcn_code("A"), "patients"].isna().all()
    assert areas["catchment"].tolist() == two.tables["small_areas"]["catchment"].tolist()
    assert one.layers["catchments"].geometry.equals(two.layers["catchments"].geometry)


def test_nothing_is_told_of_ties(tmp_path):
    """An area where two PCNs have as many patients is owned by one; that they tied is not told."""
    rows = [("Z00001", code_of(0, 0), 3), ("Z00000", code_of(0, 0), 3)]
    made = County("AB\nAB", patients=0)
    made.registrations = [
        *rows,
        *(("Z00000", code_of(1, 0), 900), ("Z00001", code_of(0, 1), 900)),
        ("Z00001", code_of(1, 1), 900),
    ]
    result = pipeline.study(settings.load(made.write(tmp_path)))
    assert any("had a tie" in note for note in pipeline.describe(result).notes)
    shown = pipeline.describe(pipeline.to_share(result, 8), share=8)
    assert not [note for note in shown.notes if "had a tie" in note]


def test_practices_get_what_their_pcn_has(tmp_path):
    """Each pair of PCN and area is shared out whole, more to the nearer and the larger practice."""
    patch = of(first(0)).load(tmp_path)
    made = parting.by_practice(patch, patch.pairs)
    made["pcn_code"] = made["practice_code"].map(patch.practices["pcn_code"])
    sums = made.groupby(["small_area_code", "pcn_code"])["patients"].sum()
    true = patch.pairs[patch.pairs["patients"] > 0]
    true = true.set_index(["small_area_code", "pcn_code"])["patients"]
    assert sums.sort_index().tolist() == true.sort_index().tolist()
    # Z00000 stands in the first area, Z00004 in one beside it; their lists are much alike
    there = made[made["small_area_code"] == code_of(0, 0)].set_index("practice_code")["patients"]
    assert there["Z00000"] > 2 * there["Z00004"]


def test_a_single_pcns_lost_patients_give_nothing_back():
    """Who of one PCN has no place is known by the list: its cells hold the rest, no more."""
    # 400 of 421 have a place: 395 shown as such, seven areas with one patient each
    values = np.array([395.0, *[1.0] * 7])
    line, lists, rule = np.zeros(8, dtype=int), np.array([421.0]), Rule()
    most, least = sharing._lost(pd.Series([19]), values, rule.hides(values), line, lists, rule)
    assert (most, least.tolist()) == (22.0, [18.0])
    # of two PCNs either may have lost them all
    two = sharing._lost(
        pd.Series([19]), np.array([395.0, 380.0]), np.zeros(2, dtype=bool), np.array([0, 1]),
        np.array([421.0, 430.0]), rule,
    )  # fmt: skip
    assert two[1].tolist() == [0.0, 0.0]


def test_texts_that_begin_with_a_number_are_numbers(tmp_path):
    """A user's column of "<8" or "6 people" is left out, one of names such as "Ward 6" is not."""
    made = county(FEW)
    a, b, c = (pcn_code(letter) for letter in "ABC")
    heading = ["PCN_CODE", "housebound", "lead", "under", "ward", "about", "per_cent"]
    made.files["attributes"] = (
        heading,
        [
            (a, 6, "Ann", "<8", "Ward 6", "about 6", "many"),
            (b, 233, "Ben", "none", "Ward 2", "many", "6%"),
            (c, 152, "Cat", "none", "Ward 3", "many", "many"),
        ],
    )
    content, _ = told_of(made, tmp_path)
    assert set(heading[1:]) & set(content.tables["pcns"].columns) == {"lead", "ward"}


def test_what_is_told_once_is_not_told_again():
    """A sentence that passes the gate twice still names the threshold."""
    once = told("It has 3 patients and 2.2 WTE.", 8)
    assert once == "It has fewer than 8 patients and fewer than 8 WTE."
    assert told(once, 8) == once


def test_a_claim_tells_no_cost_however_deep_it_stands():
    """Costs, shortages and limits of the solver are left empty; how near the best in steps."""
    claim = {
        "status": "within 3.2% of best", "objective": 812.3, "bound": 790.0, "gap": 0.03,
        "today": 900.0, "longest_minutes": 43.2, "by_cost": {"unmet": {"QQ1": 3.2}},
        "lead_teams": {"pcns": 3, "one_team": 2, "least_cost": 790.0},
    }  # fmt: skip
    assert shared._claimed(claim) == {
        "status": "within 5% of best", "objective": None, "bound": None, "gap": None,
        "today": None, "longest_minutes": None, "by_cost": None,
        "lead_teams": {"pcns": 3, "one_team": 2, "least_cost": None},
    }  # fmt: skip


def test_groups_around_sites_do_not_tell_a_users_own_counts(tmp_path):
    """Sentences with the need of single groups are left out where it goes by the user's counts."""
    made = of(first(0))
    rows = made.files["services"][1]
    rows[2] = ("home", "Home visits", "housebound", 40, 1, 1_000, 60, 2)
    result = pipeline.study(settings.load(made.write(tmp_path)))
    plain = pipeline.describe(result).services[2]
    assert any("WTE needed" in text for text in plain.sentences)
    story = pipeline.describe(pipeline.to_share(result, 8), share=8).services[2]
    assert not [text for text in story.sentences if "WTE" in text or "minutes" in text]
    assert story.headline == "Home visits: 1.6 WTE needed; no teams are given."


def test_what_staff_can_reach_a_pcn_is_not_told(tmp_path):
    """The reason for unmet need sums staff of teams that are not shown: it is not given."""
    made = county(staff=(9.6, 9.1, 3.2))
    made.files["services"][1][0] = ("nursing", "Nursing", "registered", 40, 2, 5_000, 45, 1)
    result = pipeline.study(settings.load(made.write(tmp_path)))
    assert result.tables["vacancies"]["reason"].str.contains("WTE").any()
    shown = pipeline.describe(pipeline.to_share(result, 8), share=8)
    assert len(shown.tables["vacancies"])
    assert not shown.tables["vacancies"]["reason"].str.contains("WTE").any()


def test_files_of_counts_have_no_rows_to_count(tmp_path):
    """As many rows of patients are as many patients: neither run.json nor a page says how many."""
    content, run = told_of(county(), tmp_path)
    assert {run["inputs"][key]["rows"] for key in ("registrations", "teams")} == {None}
    assert run["inputs"]["practices"]["rows"] == 4
    said = {key: what for key, _, what in content.sources}
    assert said["registrations"] == "registrations file"
    assert said["practices"].endswith(", 4 rows")


def test_shares_of_ages_are_whole_per_cents(tmp_path):
    """With a list an exact share would give the user's count of the oldest back."""
    made = county()
    ages = [(code, age, number) for code, *_ in PRACTICES[:4]
            for age, number in (("0", 800), ("40", 9_411), ("70", 613), ("85", 6))]  # fmt: skip
    made.files["ages"] = (["ORG_CODE", "AGE", "NUMBER_OF_PATIENTS"], ages)
    content, _ = told_of(made, tmp_path)
    profile = content.tables["profile"]
    shares = profile.loc[profile["measure"].str.startswith("age_"), "value"]
    assert len(shares)
    assert (shares == shares.round(2)).all()
