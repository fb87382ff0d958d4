"""Teams of a file that covers more than the patch: whose staff count here, and what is said."""

from __future__ import annotations

import pytest
from toy import County, code_of

from footprint import check, patch, pipeline, settings
from footprint.errors import InputError

TEAMS = "team_id team_name service_id latitude longitude wte pcn_codes".split()
SERVICES = (
    "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
    " max_travel_minutes level"
).split()
HERE = (52.597, -1.994)


def written(folder, teams, areas=(), locks=""):
    """A, B and C of 400 patients each belong to the patch; D, of 800, to another ICB."""
    # A A B B C C D D D D
    # A A B B C C D D D D
    made = County("AABBCCDDDD\nAABBCCDDDD", outside="D")
    made.files = {
        "teams": (
            TEAMS,
            [(team, f"{team} team", "S1", *HERE, wte, codes) for team, wte, codes in teams],
        ),
        "services": (SERVICES, [("S1", "Nursing", "registered", 5, 0.1, 400, 60, 1)]),
    }
    if areas:
        made.files["team_areas"] = (["LSOA_CODE", "team_id"], areas)
    path = made.write(folder)
    path.write_text(path.read_text() + locks)
    return path


def joined(folder, *args, **options):
    """The patch with such teams, and what was said of those that work elsewhere."""
    found = patch.load(settings.load(written(folder, *args, **options)))
    return found, [text for text in found.warnings if "team" in text]


def test_staff_of_teams_on_both_sides_are_divided_by_list_sizes(tmp_path):
    """400 of the 1,200 people of a team's PCNs are the patch's: so is a third of its staff."""
    found, said = joined(
        tmp_path, [("near", 6.0, "U99002;U99003"), ("both", 10.0, "U99001;U99004")]
    )
    assert found.teams["wte"].to_dict() == {"both": 3.33, "near": 6.0}
    assert found.teams.at["both", "pcn_codes"] == ("U99001",)
    assert said == [
        "1 team serves PCNs outside the patch too. Staff are divided in proportion to the PCNs'"
        " list sizes; 6.67 WTE are counted outside: both (33% here)."
    ]


def test_teams_that_serve_nobody_here_are_set_aside(tmp_path):
    """They and their staff are named; a team that names no PCN is the patch's."""
    teams = [
        ("near", 6.0, "U99001"),
        ("far", 8.5, "U99004"),
        ("farther", 3, "U99004"),
        ("any", 2, ""),
    ]
    found, said = joined(tmp_path, teams)
    assert found.teams["wte"].to_dict() == {"any": 2.0, "near": 6.0}
    assert said == [
        "2 teams with 11.50 WTE serve nobody of the patch and were set aside: far, farther."
    ]


def test_staff_of_teams_with_areas_are_divided_by_who_lives_there(tmp_path):
    """100 of the 300 people in the area of west are the patch's; one all elsewhere goes."""
    teams = [("west", 6.0, "U99004"), ("east", 4.0, "")]
    cells = [(0, 0), (0, 7), (0, 8)]
    areas = [*((code_of(*cell), "west") for cell in cells), (code_of(1, 8), "east")]
    found, said = joined(tmp_path, teams, areas)
    assert found.teams["wte"].to_dict() == {"west": 2.0}
    assert "1 team with 4.00 WTE serves nobody of the patch and was set aside: east." in said
    assert (
        "1 team has an area where other PCNs' patients live too. Staff are divided in proportion"
        " to the registered patients there; 4.00 WTE are counted outside: west (33% here)."
    ) in said


def test_a_patch_of_some_pcns_has_their_part_of_a_teams_staff(tmp_path):
    """A and B of one commissioner share a team's area: B alone has a half of its staff."""
    areas = [(code_of(0, column), "one") for column in range(4)]
    areas += [(code_of(1, 4), "two"), (code_of(1, 5), "two")]
    path = written(tmp_path, [("one", 5.0, ""), ("two", 3.0, "")], areas)
    path.write_text(path.read_text().replace('icb = "QQ1"', 'pcns = ["U99002"]'))
    found = patch.load(settings.load(path))
    assert found.teams["wte"].to_dict() == {"one": 2.5}
    assert set(found.team_areas["team_id"]) == {"one"}
    told = "1 team with 3.00 WTE serves nobody of the patch and was set aside: two."
    assert told in found.warnings


def test_a_team_that_is_locked_to_a_pcn_is_there(tmp_path):
    """Nobody of B lives in its area, and the user sends it there."""
    areas = [(code_of(0, 0), "one"), (code_of(0, 2), "two")]
    path = written(tmp_path, [("one", 5.0, ""), ("two", 3.0, "")], areas)
    text = path.read_text().replace('icb = "QQ1"', 'pcns = ["U99002"]')
    path.write_text(text + "[locks]\nbase = [['U99002', 'one']]\n")
    found = patch.load(settings.load(path))
    assert found.teams["wte"].to_dict() == {"one": 5.0, "two": 3.0}


def test_a_few_across_the_border_move_nobody(tmp_path):
    """Where nine in ten of an area's people are the patch's it has the whole team."""
    cells = [(row, column) for row in (0, 1) for column in range(6)]
    areas = [*((code_of(*cell), "wide") for cell in cells), (code_of(0, 6), "wide")]
    found, _ = joined(tmp_path, [("wide", 6.0, "")], areas)
    assert found.teams["wte"].to_dict() == {"wide": 6.0}


def test_no_staff_are_lost_or_won_between_two_patches(tmp_path):
    """Two patches together have the staff of the file, to half a hundredth for a team of both."""
    teams = [
        ("a", 7.77, "U99001;U99004"),
        ("b", 3.0, "U99002"),
        ("c", 5.01, "U99003;U99004;U99001"),
    ]
    path = written(tmp_path, teams)
    text = path.read_text()
    total = 0.0
    for icb in ("QQ1", "QQ2"):
        path.write_text(text.replace('icb = "QQ1"', f'icb = "{icb}"'))
        total += patch.load(settings.load(path)).teams["wte"].sum()
    assert total == pytest.approx(7.77 + 3.0 + 5.01, abs=4 * 0.005)


def test_the_run_counts_the_staff_of_the_patch_alone(tmp_path):
    """Staff in post, and those of the allocation, are the patch's; check counts teams of both."""
    path = written(tmp_path, [("near", 0.5, "U99001;U99002"), ("far", 9.0, "U99004")])
    result = pipeline.study(settings.load(path))
    assert result.tables["services"]["staff_wte"].tolist() == [0.5]
    assert set(result.tables["allocation"]["team_id"]) == {"near"}
    assert result.tables["allocation"]["wte"].sum() <= 0.5
    joins = {join.name: (join.count, join.of) for join in check.check(path).joins}
    assert (joins["teams"], joins["teams_here"]) == ((2, None), (1, 2))


def test_a_lock_on_a_team_of_elsewhere_is_a_fault(tmp_path):
    """It is not there to be held to."""
    locks = "[locks]\nbase = [['U99001', 'far']]\n"
    with pytest.raises(InputError) as caught:
        joined(tmp_path, [("near", 6.0, "U99001"), ("far", 8.5, "U99004")], locks=locks)
    assert "found 'far'; expected a team of the patch: near" in str(caught.value)
