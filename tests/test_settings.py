"""Patch files: what they may say, and what is said when they may not."""

from __future__ import annotations

import pytest

from footprint.errors import SettingsError
from footprint.policy import Policy
from footprint.settings import load


def write(folder, text):
    """Write a patch file beside three empty inputs."""
    for name in ("map.csv", "areas.gpkg", "reg.csv"):
        (folder / name).write_text("x")
    path = folder / "patch.toml"
    path.write_text(text)
    return path


GOOD = """
name = "Toyshire"
[inputs]
practices = "map.csv"
small_areas = "areas.gpkg"
registrations = "reg.csv"
"""


def test_a_good_file_with_defaults(tmp_path):
    """Paths are relative to the file, everything else has its default."""
    given = load(write(tmp_path, GOOD))
    assert given.name == "Toyshire"
    assert given.inputs["practices"] == (tmp_path / "map.csv",)
    assert given.scope.everything
    assert given.policy == Policy()
    assert (given.policy.population_min, given.policy.population_max) == (30_000, 50_000)


def test_presets_and_overrides(tmp_path):
    """A preset changes defaults, a named value changes the preset."""
    more = '[policy]\npreset = "neighbourhood-2025"\npopulation_min = 35000\n'
    policy = load(write(tmp_path, GOOD + more)).policy
    assert (policy.population_min, policy.population_max) == (35_000, 70_000)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD + "[patch]\nicbs = 'QNC'\n", "did you mean icb?"),
        (GOOD + "[polcy]\n", "did you mean policy?"),
        (GOOD + "practises = 'x'\n", "did you mean practices?"),
        (GOOD + "teams = 'nowhere.csv'\n", "no such file: nowhere.csv"),
        (GOOD + "[policy]\npopulation_min = 'many'\n", "expected a whole number"),
        (GOOD + "[policy]\npopulation_min = true\n", "expected a whole number"),
        (GOOD + "[policy]\npopulation_min = 60000\n", "less than population_max"),
        (GOOD + "[policy]\npart_share = 5\n", "a share from 0 to 1"),
        (GOOD + "[policy]\ndetour = nan\n", "expected a number"),
        (GOOD + "[policy]\nvacancy_prices = [400, 200, 800]\n", "rising prices"),
        (GOOD + "[policy]\npreset = 'pcn-2020'\n", "one of pcn-2019, neighbourhood-2025"),
        (GOOD + "[patch]\nicb = 'QNC'\npcns = ['U12345']\n", "more than one of icb"),
        (GOOD + "[patch]\npcns = 'U12345'\n", "a list of codes"),
        ("name = ", "not TOML"),
        ("[inputs]\n", "no practices in [inputs]"),
    ],
)
def test_faults_are_named(tmp_path, text, said):
    """Each fault says what was found and what was expected."""
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, text))
    assert said in str(caught.value)


def test_all_faults_at_once(tmp_path):
    """One error carries every fault of the file."""
    text = GOOD + "teams = 'a.csv'\nservices = 'b.csv'\n[policy]\ndetour = 0\nnest = 1\n"
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, text))
    assert [fault.column for fault in caught.value.faults] == [
        "teams",
        "services",
        "nest",
        "detour",
    ]


def test_no_file(tmp_path):
    """A patch file that is not there, or is a folder, is said to be so."""
    with pytest.raises(SettingsError, match="no such file"):
        load(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="a folder"):
        load(tmp_path)


def test_lead_teams_may_cost_nothing_or_a_share(tmp_path):
    """Slack is a share from 0, which turns the second stage off; anything else is a fault."""
    free = load(write(tmp_path, GOOD + "[policy]\nlead_team_slack = 0\nlead_teams = false\n"))
    assert (free.policy.lead_team_slack, free.policy.lead_teams) == (0, False)
    for value in ("-0.1", "1.5"):
        with pytest.raises(SettingsError) as caught:
            load(write(tmp_path, GOOD + f"[policy]\nlead_team_slack = {value}\n"))
        assert [fault.column for fault in caught.value.faults] == ["lead_team_slack"]
