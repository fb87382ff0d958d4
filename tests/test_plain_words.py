"""What is said reads as a person would write it: one of a thing, and nothing told as 0.0."""

from __future__ import annotations

import dataclasses
import html
import re

import pandas as pd
import pytest
from test_flow import NAMES, problem
from toy import County, code_of

from footprint import pipeline, settings
from footprint.allocation import clauses, explain, flow
from footprint.maps.page import build
from footprint.policy import Policy
from footprint.report import chapters, charts, charts_staff, front, pages, services, views

#: the smallest PNG there is
DOT = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f"
    b"\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\x0f\x00\x00\x01\x01\x00\x05\x18\xd8N\x00\x00\x00"
    b"\x00IEND\xaeB`\x82"
)
#: "1 PCNs", "1 of 1 PCN are", "1 PCN form", "1 have more"
WRONG = re.compile(
    r"(?<![\d,.])1(?: of 1)? (?:PCNs|patients|teams|practices|groups|rows|small areas)\b"
    r"|(?<![\d,.])(?:1|[01] of 1 PCN|1 PCN) (?:are|have|form|lie|gain)\b"
)
TEAMS = "team_id team_name service_id latitude longitude wte pcn_codes".split()
SERVICES = (
    "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
    " max_travel_minutes level"
).split()


def text_of(page):
    """The words of a page in one line, marks and scripts left out."""
    bare = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", page)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", bare)).replace(" ,", ",").split())


def studied(folder, drawing, teams=(), lines=(), *, outside="", policy=None, **county):
    """What every output of a drawn county is drawn from."""
    made = County(drawing, outside=outside, **county)
    made.policy = dict(policy or {})
    if lines:
        made.files = {"teams": (TEAMS, list(teams)), "services": (SERVICES, list(lines))}
    return pipeline.describe(pipeline.study(settings.load(made.write(folder))))


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A patch of one PCN in two parts with B between: 400 patients, 0.20 WTE needed of each."""
    return studied(
        tmp_path_factory.mktemp("alone"),
        "AABA\nAABA",
        [
            ("a", "A team", "S1", 52.597, -1.994, 0.29, "U99001"),
            ("b", "B team", "S2", 52.597, -1.994, 0.30, "U99001"),
        ],
        [
            ("S1", "Nursing", "registered", 5, 0.1, 10, 60, 1),
            ("S2", "Podiatry", "registered", 5, 0.1, 10, 60, 2),
        ],
        outside="B",
    )


def test_a_patch_of_one_pcn_speaks_of_one(alone):
    """No page says "1 PCNs" or "1 PCN form", and a picture's words count as a page's do."""
    content = alone
    words = [
        text_of(pages.index(content, picture=DOT)),
        text_of(pages.report(content, pictures={"footprints": DOT})),
        text_of(build(content)),
        *re.findall(r'aria-label="([^"]+)"', pages.report(content, pictures={})),
        *content.findings,
        *(line for story in content.services for line in (story.headline, *story.sentences)),
    ]
    for text in words:
        assert WRONG.findall(text) == []
    assert "1 of 1 PCN is flagged" in words[0]
    assert "it deserves a second look." in words[0]
    assert "The one PCN has 600 registered patients, under the band of" in words[1]
    assert "The one PCN has as many teams in the proposal as today." in words[1]
    assert "1 PCN, 1 flagged for a second look. Choose it on" in words[2]
    assert "1 PCN forms one group, with B team." in content.services[1].headline


def test_what_rounds_to_nothing_is_not_named(alone):
    """0.01 WTE short is no shortage to name, and nobody moves."""
    (said,) = [one for one in alone.findings if "allocated" in one]
    assert "2 services are allocated; nobody would move." in said
    assert "None is short of 0.05 WTE of staff or more." in said


def test_one_pcn_gains_staff():
    """A new team takes one PCN over, and the sentence agrees with it."""
    case = problem(
        [[5, 60], [60, 5]], supply=[100, 100], demand=[100, 100], today=[[100, 0], [0, 0]]
    )
    story = explain.explain_flow(flow.solve(case, Policy()), flow.today(case, Policy()), **NAMES)
    assert "1 PCN with 30,000 patients gains staff of a team" in story.headline


def test_the_weightiest_are_named_in_the_order_of_the_list(tmp_path):
    """Of two flags of one weight the larger PCN comes first, in the sentence and in the list.

    A 200 patients, B 600, C 400: all over the band.
    """
    policy = {"population_min": 10, "population_max": 100}
    content = studied(tmp_path, "AABBBBBBCCCC", policy=policy)
    (said,) = [one for one in content.findings if "weightiest" in one]
    listed = views.flagged(content)["pcn_name"].tolist()
    assert listed == ["B PCN", "C PCN", "A PCN"]
    assert said.endswith("the weightiest: B PCN, C PCN and A PCN.")


def cells(table):
    """Rows of a table of a page as texts."""
    return [[cell.text for cell in row] for row in table.rows]


def test_counts_of_the_files_are_not_told_as_the_patchs(tmp_path):
    """B belongs to another patch: its patients and the lost one are of the files, A's 200 of A."""
    lost = [("Z00001", "W00000001", 10)]
    part = studied(tmp_path / "part", "AABB", outside="B", extra=lost)
    assert cells(front.patients(part))[:2] == [
        ["Registered with the patch’s practices", "200"],
        ["Registered, in the files read", "410"],
    ]
    assert "10 patients in the files read (2.4%) have no place on the map" in part.findings[0]
    assert "Of 410 registered patients in the files read 400 are placed" in " ".join(part.notes)
    assert "in the files read" in front.unplaced(part).caption
    whole = studied(tmp_path / "whole", "AABB", extra=lost)
    assert cells(front.patients(whole))[:2] == [
        ["Registered with the patch’s practices", "410"],
        ["Placed in a small area", "400"],
    ]
    assert "in the files read" not in text_of(pages.index(whole, picture=DOT))


def test_who_lives_outside_is_told_of_the_patch_alone(tmp_path):
    """Of the patch's 237 patients 30 live in B's small areas and 7 are in no PCN.

    All of B's 200 live outside the patch too, and are in neither figure: B is another patch's.
    """
    part = studied(
        tmp_path,
        "AABB",
        outside="B",
        practices=[("Z00000", "A", 0, 0), ("Z00001", "B", 0, 2), ("Z00002", "-", 0, 0)],
        extra=[("Z00000", code_of(0, 2), 30), ("Z00002", code_of(0, 0), 7)],
    )
    told = " ".join(part.notes)
    assert (
        "Of 437 registered patients in the files read 437 are placed. 30 patients of the patch's"
        " PCNs live outside the patch. 7 patients are registered with practices of the patch that"
        " are in no PCN." in told
    )
    table = front.patients(part)
    assert cells(table) == [
        ["Registered with the patch’s practices", "237"],
        ["of these, living outside the patch", "30"],
        ["of these, with practices in no PCN", "7"],
        ["Registered, in the files read", "437"],
        ["Placed in a small area", "437"],
    ]
    assert table.note.startswith("From “Registered, in the files read” on")


def test_a_few_patients_without_a_place_are_not_none_of_them(tmp_path):
    """1 of 4,001 is 0.02%, which is under 0.1% and not 0.0%."""
    lost = [("Z00000", "E01999999", 1)]
    content = studied(tmp_path, "AB", patients=2_000, extra=lost)
    assert "1 patient (under 0.1%) has no place on the map" in content.findings[0]


def test_the_audit_of_a_version_to_share_was_of_the_full_one(alone):
    """Nobody can rebuild from rounded tables what was rebuilt from the full ones."""
    whole = dataclasses.replace(alone, audit={"ok": True, "checks": []})
    assert "from the written tables and agrees" in front.audit_says(whole)
    shared = dataclasses.replace(whole, shared="Counts from 1 to 7 are not shown.")
    assert "from the tables of the full version and agrees" in front.audit_says(shared)


def test_what_is_modelled_is_not_told_as_read(tmp_path):
    """Without registrations 400 people are on the lists, and no file has them by small area."""
    made = County("AABB", outside="B")
    made.files = {
        "populations": (["lsoa21_code", "population"], [(code_of(0, at), 100) for at in range(4)])
    }
    path = made.write(tmp_path)
    path.write_text(path.read_text().replace('registrations = "registrations.csv"\n', ""))
    content = pipeline.describe(pipeline.study(settings.load(path)))
    everybody = content.counts["registered"]
    assert everybody > 200
    (told,) = [note for note in content.notes if " are placed" in note]
    assert told.startswith(
        f"Of {everybody} registered patients of the patch's practices or small areas {everybody} "
    )
    assert "files read" not in text_of(pages.index(content, picture=DOT)).replace(
        "Files that were read", ""
    )


def test_no_audit_is_claimed_where_nothing_was_allocated(tmp_path):
    """A patch without teams has no allocation that could have been rebuilt, and says so once."""
    made = studied(tmp_path, "AABB")
    assert len(made.findings) == 3
    assert made.findings[2].startswith("No teams are given, so nothing is said of how teams")
    said = text_of(pages.index(made, picture=DOT))
    assert said.count("There is no allocation to audit.") == 1
    assert "An independent audit rebuilt" not in said


def test_a_cost_above_todays_has_its_cause(alone):
    """The longest journey comes first, rules of groups, locks: each where it applies."""
    dear = [
        dataclasses.replace(story, objective=143.0, today=100.0, moved_wte=1.0)
        for story in alone.services
    ]
    plain = dataclasses.replace(alone, services=dear)
    nursing, podiatry = (services.brief(plain, story) for story in dear)
    assert nursing.endswith("the cost is 43% higher.")
    assert podiatry.endswith("43% higher, as today need not keep the rules for groups.")
    assert services.shared_out(plain).endswith("among PCNs at the lowest cost.")
    held = dataclasses.replace(
        plain,
        settings={**alone.settings, "fairness": "worst first", "locks": {"apart": ["U1 and U2"]}},
    )
    nursing, podiatry = (services.brief(held, story) for story in dear)
    assert nursing.endswith("43% higher, as the longest journey comes first.")
    assert podiatry.endswith(
        "43% higher, as the longest journey comes first and today need not keep the rules for"
        " groups or the locks."
    )
    said = text_of(pages.index(held, picture=DOT))
    assert "the longest journey is as short as it can be, and then at the lowest cost." in said
    assert "Groups of PCNs keep to the locks where they can." in said
    assert "the locks" not in text_of(pages.index(plain, picture=DOT))
    cheap = dataclasses.replace(dear[1], objective=90.0)
    assert services.brief(held, cheap).endswith("the cost is 10% lower.")


def test_a_card_tells_teams_all_but_alone_and_staff_without_work(tmp_path):
    """0.60 WTE are needed and 1.40 in post; a PCN with a little of a second team is told apart."""
    rows = [
        ("a", "A team", "S1", 52.597, -1.994, 1.00, "U99001"),
        ("b", "B team", "S1", 52.597, -1.940, 0.40, "U99002"),
    ]
    service = [("S1", "Nursing", "registered", 5, 0.1, 10, 60, 1)]
    content = studied(tmp_path, "AAAAAABBBBBB", rows, service)
    (story,) = content.services
    # 0.30 WTE needed of each: 0.70 of a and 0.10 of b have no work, today as proposed
    assert (story.surplus_today, story.surplus_wte) == (pytest.approx(0.8), pytest.approx(0.8))
    (card,) = [services.service(content, story)["rows"]]
    assert {"label": "Staff without work, WTE", "today": "0.8", "proposed": "0.8"} in card
    busy = dataclasses.replace(story, surplus_wte=0.04)
    assert "Staff without work" not in str(services.service(content, busy)["rows"])
    assert story.nearly_one_team == 2
    nearly = dataclasses.replace(story, one_team=(2, 1, 0, 2), nearly_one_team=1)
    (row,) = [r for r in services.service(content, nearly)["rows"] if "one team" in r["label"]]
    assert row["label"].endswith("of 2 (today 1 but for a small share)")
    assert "but for a small share" not in str(card)


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        ("AABB", "All 2 PCNs have 100 to 300 registered patients; none has fewer, none has more."),
        ("AAAABB", "1 of 2 PCNs has 100 to 300 registered patients; none has fewer, 1 has more."),
        ("AAAABBBBCCCC", "No PCN has 100 to 300 registered patients; none has fewer, 3 have more."),
    ],
)
def test_no_sentence_counts_to_nought(tmp_path, drawing, said):
    """100 patients an area: who is within the band, under it and over it, none as "none"."""
    policy = {"population_min": 100, "population_max": 300}
    assert chapters.population(studied(tmp_path, drawing, policy=policy))["says"] == said


def test_the_band_of_the_ten_year_plan_is_told_as_an_assumption(tmp_path):
    """Nobody takes 30,000 to 70,000 for a policy; the contract's band needs no such note."""
    found = "The band of 30,000 to 70,000 patients is an assumption"
    plan = studied(tmp_path / "plan", "AB", policy={"preset": "neighbourhood-2025"})
    assert any(note.startswith(found) for note in plan.notes)
    contract = studied(tmp_path / "contract", "AB")
    assert not any("an assumption" in note for note in contract.notes)


def test_a_cost_a_little_lower_is_told_in_the_same_words_everywhere(alone):
    """0.9% is less than 1% on the card as in the paragraph, 0.4% about the same, 1.2% is 1%."""
    story = next(one for one in alone.services if one.objective is not None)
    told = {
        change: services.brief(
            alone, dataclasses.replace(story, today=1000.0, objective=1000.0 + change)
        )
        for change in (-9, -4, -12, 9)
    }
    assert told[-9].endswith("the cost is less than 1% lower.")
    assert told[-4].endswith("the cost is about the same.")
    assert told[-12].endswith("the cost is 1% lower.")
    assert "the cost is less than 1% higher" in told[9]


def test_minutes_beyond_the_limit_do_not_read_as_the_limit():
    """40.3 minutes are beyond 40, and are not told as 40; 62.4 are told as 62."""
    case = problem([[40.3, 62.4]], supply=[200], demand=[100, 100], today=[[100, 100]], limit=40)
    story = explain.explain_flow(flow.solve(case, Policy()), flow.today(case, Policy()), **NAMES)
    (told,) = [one for one in story.sentences if "beyond the limit" in one]
    assert "(62 minutes" in told
    assert "(40.3 minutes" in told


def test_pcns_without_a_road_are_listed_as_in_a_sentence():
    """The last of several has an "and" before it, one has none."""
    assert clauses.of_pcns("no team has a road to", ["U1"]).told() == "no team has a road to U1"
    told = clauses.of_pcns("no team has a road to", ["U1", "U2", "U3"]).told({"U2": "South"})
    assert told == "no team has a road to U1, South and U3"


def test_a_group_that_nobody_serves_is_no_group_with_a_team(alone):
    """Three PCNs in two groups with a team, and one without a road to any team."""
    story = next(one for one in alone.services if one.level == 2)
    story = dataclasses.replace(story, objective=100.0, today=100.0, moved_wte=0.0)
    rows = pd.DataFrame(
        {
            "service_id": story.service_id,
            "group_id": ["g1", "g1", "g2", "g3"],
            "team_id": ["a", "a", "b", None],
            "pcn_code": ["U1", "U2", "U3", "U4"],
        }
    )

    def brief(groups):
        tables = {**alone.tables, "groups": groups}
        return services.brief(dataclasses.replace(alone, tables=tables), story)

    assert brief(rows).startswith(
        "3 PCNs form 2 groups, each with one team; no team serves 1 other PCN. Nobody"
    )
    assert brief(rows[rows["team_id"] != "b"]).startswith(
        "2 PCNs form one group with one team; no team serves 1 other PCN. Nobody"
    )
    assert brief(rows.head(3)).startswith("3 PCNs form 2 groups, each with one team. Nobody")
    assert brief(rows.tail(1)).startswith("No team serves any PCN. Nobody")


def test_a_reason_that_holds_for_one_pcn_has_its_name_beside_it(alone):
    """A reason such as "It needs 3.0 WTE" is said of somebody; of several there is a count."""
    story = alone.services[0]
    vacancies = pd.DataFrame(
        {
            "service_id": story.service_id,
            "pcn_code": ["U99001", "U99002", "U99003"],
            "wte": [1.5, 0.5, 0.5],
            "reason": ["It needs 3.0 WTE.", "Its group is short.", "Its group is short."],
        }
    )
    table = services.vacancy_reasons(
        dataclasses.replace(alone, tables={**alone.tables, "vacancies": vacancies})
    )
    assert [head.label for head in table.columns] == ["Service", "Reason", "Where", "WTE"]
    assert [row[2:] for row in cells(table)] == [["A", "1.5"], ["2 PCNs", "1.0"]]


def test_words_of_charts_count_to_no_nought_either(alone, tmp_path):
    """Nobody under the band is "none", and who gains nothing gains no 0.0 WTE."""
    within = studied(tmp_path, "AB", policy={"population_min": 10, "population_max": 300})
    said = "No PCN lies under the band of 10 to 300, none over it."
    assert said in str(charts.sizes(within))
    frame = alone.tables["allocation"]
    still = frame.assign(wte=frame["today_wte"])
    made = dataclasses.replace(alone, tables={**alone.tables, "allocation": still})
    drawn = str(charts_staff.staff(made, alone.services[0].service_id))
    assert "No PCN gains 0.05 WTE or more." in drawn
    assert "gain 0.0 WTE" not in drawn


def test_shares_of_patients_with_a_team_are_told_as_such(tmp_path):
    """A quarter of B's patients live in no team's area: a team with the rest has not 95% of B's.

    B's 400 patients: 300 of them in the North's area and 100 in nobody's; A's 200 in the South's.
    """
    made = County("AABBBB")
    made.files = {
        "teams": (
            TEAMS,
            [
                ("n", "North", "S1", 52.597, -1.994, 1.0, "U99002"),
                ("s", "South", "S1", 52.597, -1.994, 1.0, "U99001"),
            ],
        ),
        "team_areas": (
            ["LSOA_CODE", "team_id"],
            [(code_of(0, at), "s" if at < 2 else "n") for at in range(5)],
        ),
        "services": (SERVICES, [("S1", "Nursing", "registered", 5, 0.1, 10, 60, 1)]),
    }
    made.policy = {"alignment_reach": 0.9}
    content = pipeline.describe(pipeline.study(settings.load(made.write(tmp_path))))
    assert chapters.alignment(content)["alone"] == (
        "Nursing: one team reaches 90% of the patients of every PCN who have a team, or more."
    )
    page = build(content)
    assert "1 team reaches 90% of its patients who have a team; North leads" in text_of(page)
    # of the sentence on split PCNs too
    split = content.tables["pcn_alignment"].assign(teams_95=[1, 2], lead_share=[1.0, 0.75])
    told = chapters.alignment(
        dataclasses.replace(content, tables={**content.tables, "pcn_alignment": split})
    )["services"][0]
    assert told["sentences"] == [
        "2 teams work into B PCN; the lead team, North, reaches 75% of its patients who have a"
        " team."
    ]
    assert told["more"] == (
        "In 1 of 2 PCNs one team reaches 90% of patients who have a team, or more."
    )
