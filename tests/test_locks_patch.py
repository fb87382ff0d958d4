"""Locks of a patch file: read, held against the patch, checked, kept in a run and told by name."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from toy import County

from footprint import check, cli, patch, pipeline, record, settings
from footprint.errors import InputError
from footprint.report import services

TEAMS = "team_id team_name service_id latitude longitude wte pcn_codes".split()
SERVICES = (
    "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
    " max_travel_minutes level"
).split()


def county(locks="", drawing="AABBCCDD\nAABBCCDD", level=2):
    """Four PCNs in a row with a team at each end, 400 patients each; D is a PCN of another ICB."""
    made = County(drawing, outside="E")
    west, east = (52.597, -1.994), (52.597, -1.890)
    made.files = {
        "teams": (
            TEAMS,
            [
                ("west", "West team", "S1", *west, 0.4, "U99001;U99002"),
                ("east", "East team", "S1", *east, 0.4, "U99003;U99004"),
                ("whole", "Whole team", "S2", *west, 0.8, ""),
            ],
        ),
        "services": (
            SERVICES,
            [
                ("S1", "Podiatry", "registered", 5, 0.1, 400, 60, level),
                ("S2", "Dental", "registered", 5, 0.1, 400, 60, 3),
            ],
        ),
    }
    made.locks = locks
    return made


def written(folder, **options):
    """The patch file of a county with locks."""
    made = county(**options)
    path = made.write(folder)
    path.write_text(path.read_text() + made.locks)
    return path


def test_locks_of_a_patch_file(tmp_path):
    """Pairs are read in any order and case, each once; PCNs in capitals, teams as they are."""
    text = (
        '[locks]\ntogether = [["u99002", " U99001 "], ["U99001", "U99002"]]\n'
        'apart = [["U99001", "U99004"]]\nbase = [["u99003", "east"]]\n'
    )
    assert settings.load(written(tmp_path, locks=text)).locks == settings.Locks(
        together=(("U99001", "U99002"),),
        apart=(("U99001", "U99004"),),
        base=(("U99003", "east"),),
    )
    assert len(settings.load(written(tmp_path / "none")).locks) == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("togther = []", "unknown key 'togther' in [locks]; expected did you mean together?"),
        ("apart = 'U99001'", "column apart: found apart = 'U99001'; expected a list of pairs"),
        (
            "apart = [['U99001', 'U99002', 'U99003']]",
            "column apart: found ['U99001', 'U99002', 'U99003']; expected a pair of codes",
        ),
        ("base = [['U99001', 7]]", 'expected a pair of codes, such as ["U36134"'),
        ("together = [['U99001', 'u99001']]", "found U99001 twice; expected two PCNs"),
        ("apart = [['U99001', 'U12345']]", "found 'U12345'; expected a PCN of the patch: U99001"),
        ("together = [['U99001', 'U99005']]", "found U99005, a PCN outside the patch; expected a"),
        ("base = [['U99001', 'weast']]", "found 'weast'; expected a team of the patch: east"),
        (
            "together = [['U99001', 'U99002']]\napart = [['U99002', 'U99001']]",
            "column apart: found U99001 and U99002, together too; expected one of the two",
        ),
        (
            "together = [['U99001', 'U99002'], ['U99003', 'U99002']]\n"
            "apart = [['U99001', 'U99003']]",
            "found U99001 and U99003, together too by way of U99002; expected one of the two",
        ),
        (
            "base = [['U99001', 'west'], ['U99001', 'east']]",
            "column base: found U99001 with west and with east; expected one team of S1",
        ),
        (
            "base = [['U99001', 'west'], ['U99002', 'east']]\ntogether = [['U99001', 'U99002']]",
            "U99002 with east and U99001, together with it, with west; expected one team of S1",
        ),
        (
            "base = [['U99001', 'west'], ['U99002', 'west']]\napart = [['U99001', 'U99002']]",
            "west for both of U99001 and U99002, which are apart; expected another team for one",
        ),
    ],
)
def test_faults_of_locks_are_named(tmp_path, text, said):
    """Each fault says where it stands, what was found and what was expected, in a check too."""
    path = written(tmp_path, locks=f"[locks]\n{text}\n", drawing="AABBCCDD\nAABBCCDD\n......EE")
    with pytest.raises(InputError) as caught:
        patch.load(settings.load(path))
    assert said in str(caught.value)
    ended = CliRunner().invoke(cli.main, ["check", str(path)])
    assert ended.exit_code == 2
    assert "[locks]" in ended.stdout


def test_one_pcn_may_be_locked_to_teams_of_two_services(tmp_path):
    """Locks on teams of different services contradict nothing."""
    text = "[locks]\nbase = [['U99001', 'west'], ['U99001', 'whole']]\n"
    assert len(patch.load(settings.load(written(tmp_path, locks=text))).settings.locks) == 2


def test_check_counts_locks(tmp_path):
    """The check tells how many locks there are, by kind; nothing where there are none."""
    text = "[locks]\ntogether = [['U99001', 'U99002']]\nbase = [['U99001', 'west']]\n"
    found = {join.name: join.count for join in check.check(written(tmp_path, locks=text)).joins}
    assert [found[f"locks{kind}"] for kind in ("", "_together", "_apart", "_base")] == [2, 1, 0, 1]
    none = check.check(written(tmp_path / "none"))
    assert not any(join.name.startswith("locks") for join in none.joins)


def test_check_says_nothing_of_locks_on_teams_that_it_cannot_read(tmp_path):
    """A fault of the teams file is told alone: the locks on its teams may well be right."""
    path = written(tmp_path, locks="[locks]\nbase = [['U99001', 'west']]\n")
    teams_file = tmp_path / "teams.csv"
    teams_file.write_text(teams_file.read_text().replace(",0.8,", ",many,"))
    checkup = check.check(path)
    assert [fault.column for fault in checkup.faults] == ["wte"]


def test_a_run_keeps_its_locks(tmp_path):
    """From the file to the groups, the audit, the pages' words and the record of settings."""
    text = (
        "[locks]\ntogether = [['U99002', 'U99003']]\napart = [['U99001', 'U99002']]\n"
        "base = [['U99004', 'east']]\n"
    )
    free, held_ = (
        pipeline.study(settings.load(written(tmp_path / name, locks=locks)))
        for name, locks in (("free", ""), ("held", text))
    )
    assert teams_of(free) == ["west", "west", "east", "east"]
    assert teams_of(held_) == ["west", "east", "east", "east"]
    checks = {(c["service_id"], c["check"]): c for c in held_.audit["checks"]}
    assert held_.audit["ok"]
    assert checks["S1", "locks"]["detail"] == "3 locks kept"
    # one team for all of Dental: U99001 and U99002 are in one group whatever is asked
    assert "1 of 2 locks are not kept, as the status says" in checks["S2", "locks"]["detail"]
    content = pipeline.describe(held_)
    podiatry, dental = content.services
    assert podiatry.status == "proven best"
    assert "B PCN and C PCN are kept together as you asked" in " ".join(podiatry.sentences)
    assert dental.status == (
        "cannot be met because the locks cannot all be kept (A PCN and B PCN are not apart)"
    )
    rows = held_.tables["services"].set_index("service_id")["status"]
    assert rows["S2"].endswith("(U99001 and U99002 are not apart)")
    assert content.settings["locks"]["together"] == ["U99002 and U99003"]
    assert record.record(held_.patch, held_.solver, held_.audit, content)["settings"]["locks"] == {
        "together": (("U99002", "U99003"),),
        "apart": (("U99001", "U99002"),),
        "base": (("U99004", "east"),),
    }
    assert content.digest != pipeline.describe(free).digest
    assert "locks" not in pipeline.describe(free).settings


def teams_of(result):
    """Team of each PCN in podiatry, in order of code."""
    rows = result.tables["groups"].query("service_id == 'S1'").sort_values("pcn_code")
    return rows["team_id"].tolist()


def test_locks_without_effect_are_told(tmp_path):
    """A lock with a team of Level 1 holds nothing, and a note says so."""
    text = "[locks]\nbase = [['U99004', 'west']]\n"
    content = pipeline.describe(
        pipeline.study(settings.load(written(tmp_path, locks=text, level=1)))
    )
    assert (
        "The lock of D PCN with West team has no effect: Podiatry is at Level 1, and locks are on "
        "groups of Levels 2 and 3." in content.notes
    )


def test_readers_are_told_names_not_codes(tmp_path):
    """Where nothing joins two PCNs of a group, pages name them; tables keep the codes.

    A A ? B B   an area where nobody is registered lies between
    """
    path = written(tmp_path, drawing="AA?BB\nAA?BB")
    text = (tmp_path / "services.csv").read_text().replace(",400,", ",700,")
    (tmp_path / "services.csv").write_text(text)
    teams_file = tmp_path / "teams.csv"
    teams_file.write_text(teams_file.read_text().replace("U99003;U99004", "U99002"))
    result = pipeline.study(settings.load(path))
    status = "cannot be met because no border or bridge joins {}, which share a group"
    rows = result.tables["services"].set_index("service_id")["status"]
    assert rows["S1"] == result.solver["S1"]["status"] == status.format("U99001 and U99002")
    content = pipeline.describe(result)
    story = content.services[0]
    assert story.status == status.format("A PCN and B PCN")
    assert "U99001" not in str(services.service(content, story)) + story.headline
    assert "U99001" not in " ".join(story.sentences)
    assert result.audit["ok"]
