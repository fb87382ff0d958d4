"""Every check on counties drawn as letters."""

from __future__ import annotations

import pytest
import shapely
from toy import County, code_of, pcn_code

from footprint import adjacency, checks, footprints, patch, settings
from footprint.checks.dispersion import widest_gap
from footprint.checks.practices_between import neighbour_graph

A, B, C = pcn_code("A"), pcn_code("B"), pcn_code("C")


def judged(ground, check):
    """Verdicts of one check: code to (verdict, severity)."""
    frame = checks.run(ground).checks
    return frame[frame["check"] == check].set_index("pcn_code")


@pytest.mark.parametrize(
    ("people", "verdict", "severity"),
    [
        (29_999, "flag", "strong"),
        (30_000, "pass", "none"),
        (50_000, "pass", "none"),
        (50_001, "flag", "mild"),
        (100_000, "flag", "mild"),
        (100_001, "flag", "strong"),
    ],
)
def test_population_band(tmp_path, people, verdict, severity):
    """The band's ends are inside it; under is strong, over mild, far over strong."""
    county = County("A", patients=people)
    row = judged(county.ground(tmp_path), "population").loc[A]
    assert (row["verdict"], row["severity"], row["figure"]) == (verdict, severity, people)


@pytest.mark.parametrize(
    ("people", "verdict", "said"),
    [
        (29_399, "flag", "601 below the 30,000"),
        (29_400, "pass", "which is below 30,000 but within the 2% tolerance"),
        (30_000, "pass", "within 30,000 to 50,000"),
        (50_400, "pass", "which is above 50,000 but within the 2% tolerance"),
        (51_000, "pass", "within the 2% tolerance"),
        (51_001, "flag", "1,001 above the 50,000"),
    ],
)
def test_population_tolerance(tmp_path, people, verdict, said):
    """A list beyond the band by no more than the tolerance passes, and says so in a note."""
    county = County("A", patients=people)
    county.policy["population_tolerance"] = 0.02
    row = judged(county.ground(tmp_path), "population").loc[A]
    assert row["verdict"] == verdict
    assert said in row["evidence"]
    assert row["threshold"] == "30,000 to 50,000, give or take 2%"
    note = verdict == "pass" and people not in range(30_000, 50_001)
    assert (row["severity"] == "note") == note


def test_the_tolerances_end_is_exact(tmp_path):
    """What a product has too much or too little by rounding does not decide: 1.1 x 50,000."""
    county = County("A", patients=55_000)
    county.policy["population_tolerance"] = 0.1
    assert judged(county.ground(tmp_path / "on"), "population").loc[A, "severity"] == "note"
    county = County("A", patients=55_001)
    county.policy["population_tolerance"] = 0.1
    assert judged(county.ground(tmp_path / "over"), "population").loc[A, "verdict"] == "flag"


def test_population_rural_exception_by_class(tmp_path):
    """Under the band passes with a note where half of the footprint's patients are rural."""
    county = County("AB", patients=20_000, rural="A")
    rows = judged(county.ground(tmp_path), "population")
    assert (rows.loc[A, "verdict"], rows.loc[A, "severity"]) == ("pass", "note")
    assert "rural" in rows.loc[A, "evidence"]
    assert rows.loc[B, "verdict"] == "flag"


def test_population_rural_exception_by_density(tmp_path):
    """Under 150 registered people per square km passes with a note, 150 does not."""
    rows = judged(County("A", patients=149, rural=None).ground(tmp_path / "thin"), "population")
    assert rows.loc[A, "severity"] == "note"
    rows = judged(County("A", patients=150, rural=None).ground(tmp_path / "full"), "population")
    assert rows.loc[A, "verdict"] == "flag"


def test_parts_by_patients(tmp_path):
    """A part with 5% of the footprint's patients flags; with less it is a fragment."""
    # A A B A: the last A holds a third
    rows = judged(County("AABA").ground(tmp_path / "third"), "parts")
    assert (rows.loc[A, "verdict"], rows.loc[A, "figure"]) == ("flag", 2)
    assert "67% and 33%" in rows.loc[A, "evidence"]
    assert "B PCN in between" in rows.loc[A, "evidence"]
    assert rows.loc[B, "verdict"] == "pass"
    # twenty cells west of B, one east of it: 1 in 21 is under 5%
    rows = judged(County("A" * 20 + "BA").ground(tmp_path / "stray"), "parts")
    assert (rows.loc[A, "verdict"], rows.loc[A, "severity"]) == ("pass", "note")
    # nineteen and one: exactly 5%
    rows = judged(County("A" * 19 + "BA").ground(tmp_path / "even"), "parts")
    assert rows.loc[A, "verdict"] == "flag"


def test_a_small_part_with_a_practice_flags(tmp_path):
    """A main site in a part flags it however few live there."""
    drawing = "A" * 30 + "BA"
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 30), ("Z00002", "A", 0, 31)]
    ground = County(drawing, practices=practices).ground(tmp_path)
    assert judged(ground, "parts").loc[A, "verdict"] == "flag"
    parts = checks.run(ground).parts
    assert parts[parts["pcn_code"] == A]["practices"].tolist() == [1, 1]


def test_corners_do_not_join(tmp_path):
    """Areas that meet in a corner are apart, small gaps between borders are not."""
    # A B
    # B A
    rows = judged(County("AB\nBA").ground(tmp_path / "corner"), "parts")
    assert rows["figure"].tolist() == [2, 2]
    # squares of 999.2 m, 0.8 m apart
    rows = judged(County("AAB", size_m=999.2).ground(tmp_path / "gap"), "parts")
    assert rows["verdict"].tolist() == ["pass", "pass"]


def test_a_cut_parts_and_a_bridge_joins(tmp_path):
    """Crossings of the user turn a border into water and water into a road."""
    heading = ["a", "b", "kind"]
    county = County("AAB")
    county.files["crossings"] = (heading, [(code_of(0, 0), code_of(0, 1), "cut")])
    assert judged(county.ground(tmp_path / "cut"), "parts").loc[A, "figure"] == 2
    county = County("A.AB")
    county.files["crossings"] = (heading, [(code_of(0, 2), code_of(0, 0), "bridge")])
    assert judged(county.ground(tmp_path / "bridge"), "parts").loc[A, "figure"] == 1


def test_holes(tmp_path):
    """Areas of another PCN wholly inside flag the PCN around them, and only it."""
    # A A A A
    # A B B A
    # A A A A
    rows = judged(County("AAAA\nABBA\nAAAA").ground(tmp_path), "holes")
    assert (rows.loc[A, "verdict"], rows.loc[A, "figure"]) == ("flag", 2)
    assert rows.loc[B, "verdict"] == "pass"
    assert rows.loc[A, "evidence"] == "A PCN wholly encloses 2 small areas of B PCN."


def test_gaps_and_the_coast_are_no_holes(tmp_path):
    """A lake is no hole, nor another PCN's area that reaches the coast."""
    # A A A    B reaches the northern coast; the dot is a lake
    # A . A
    # A B A  with B open to the south
    rows = judged(County("AAA\nA.A\nABA").ground(tmp_path / "open"), "holes")
    assert set(rows["verdict"]) == {"pass"}


def test_holes_survive_gaps_between_borders(tmp_path):
    """A ring of areas that do not quite touch still encloses."""
    rows = judged(County("AAA\nABA\nAAA", size_m=999.5).ground(tmp_path), "holes")
    assert rows.loc[A, "figure"] == 1


def test_practices_between(tmp_path):
    """Another PCN's practice between two of a PCN's own is found and named."""
    # a row of practices: A B A; the Delaunay graph of a line is the line
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 2), ("Z00002", "A", 0, 4)]
    rows = judged(County("AABBA", practices=practices).ground(tmp_path), "practices_between")
    assert (rows.loc[A, "verdict"], rows.loc[A, "figure"]) == ("flag", 2)
    assert "Z00001 Surgery (B PCN)" in rows.loc[A, "evidence"]
    assert rows.loc[B, "verdict"] == "pass"


def test_practices_in_no_pcn_do_not_lie_between(tmp_path):
    """A practice in no PCN is left out of the graph of places."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "-", 0, 2), ("Z00002", "A", 0, 4)]
    rows = judged(County("AAAAA", practices=practices).ground(tmp_path), "practices_between")
    assert rows.loc[A, "verdict"] == "pass"


def test_one_place_belongs_to_every_pcn_that_works_there(tmp_path):
    """Two practices of two PCNs in one building are one place, which separates neither."""
    # A (A and B) A
    practices = [
        ("Z00000", "A", 0, 0),
        ("Z00001", "A", 0, 2),
        ("Z00002", "B", 0, 2),
        ("Z00003", "A", 0, 4),
    ]
    ground = County("AABAA", practices=practices).ground(tmp_path)
    assert len(ground.places) == 3
    assert judged(ground, "practices_between")["verdict"].tolist() == ["pass", "pass"]


def test_neighbour_graph_of_few_points_and_of_a_line():
    """Nothing, one, two and collinear points have the graph that they should."""
    import numpy as np

    assert list(neighbour_graph(np.empty((0, 2))).edges) == []
    assert list(neighbour_graph(np.array([[0.0, 0.0]])).nodes) == [0]
    line = np.array([[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]])
    assert sorted(map(sorted, neighbour_graph(line).edges)) == [[0, 2], [1, 2]]
    square = np.array([[0.0, 0.0], [1.0, 0.0], [1.1, 1.0], [0.0, 1.0]])
    assert neighbour_graph(square).number_of_edges() == 5


@pytest.mark.parametrize(("rural", "clusters"), [("", 2), ("A", 1)])
def test_dispersion_by_class(tmp_path, rural, clusters):
    """Places 5 km apart are two clusters in a town and one in the country."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 5)]
    ground = County("AAAAAA", practices=practices, rural=rural).ground(tmp_path)
    row = judged(ground, "dispersion").loc[A]
    assert row["figure"] == clusters
    assert row["verdict"] == ("flag" if clusters > 1 else "pass")
    assert "5.0 km" in row["evidence"]
    # nobody looked whether a road crosses the gap
    drive = "in a straight line, about 13 minutes by road if there is one (estimate)."
    assert (drive in row["evidence"]) == (clusters > 1)


@pytest.mark.parametrize(
    ("drawing", "away", "severity", "said"),
    [
        # two places 5 km apart, over 1.5 times the 3 km of a town; 1,200 patients at the first
        ("AAAAAA", 600, "mild", "with 33% of its patients registered outside the largest"),
        ("AAAAAA", 599, "note", "with 33% of its patients registered outside the largest"),
        # 4 km apart: too far to be one cluster, and not wide; 1,000 patients at each
        ("AAAAA", 1_000, "note", "with 50% of its patients registered outside the largest"),
    ],
)
def test_dispersion_weighs_by_patients_and_gap(tmp_path, drawing, away, severity, said):
    """A third of the patients away and a wide gap make a flag weigh; less is slight."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, len(drawing) - 1)]
    extra = [("Z00001", code_of(0, 0), away)]
    county = County(drawing, practices=practices, patients=200, extra=extra)
    row = judged(county.ground(tmp_path), "dispersion").loc[A]
    assert (row["verdict"], row["severity"]) == ("flag", severity)
    assert said in row["evidence"]


def test_a_branch_far_away_takes_no_patients_with_it(tmp_path):
    """Patients are registered at their practice's main place: a far branch is a slight flag."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 1)]
    county = County("A" * 12, practices=practices)
    heading = ["PRACTICE_CODE", "SITE_NAME", "EASTING", "NORTHING"]
    county.files["sites"] = (heading, [("Z00000", "Branch", 400_000 + 11_500, 300_500)])
    row = judged(county.ground(tmp_path), "dispersion").loc[A]
    assert (row["figure"], row["severity"]) == (2, "note")
    assert "none of its patients registered outside the largest" in row["evidence"]


def test_a_slight_flag_weighs_least(tmp_path):
    """A PCN with a slight flag alone is flagged, and weighs a tenth of one with a mild flag."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 4)]
    county = County("AAAAA", practices=practices, patients=8_000)
    row = checks.run(county.ground(tmp_path)).overall.loc[A]
    assert (row["verdict"], row["flags"], row["weight"]) == ("flag", "dispersion", 1)


def test_dispersion_without_classes_is_not_judged(tmp_path):
    """Without rural-urban classes the check says so."""
    row = judged(County("A", rural=None).ground(tmp_path), "dispersion").loc[A]
    assert (row["verdict"], row["severity"]) == ("not judged", "none")


def test_a_practice_with_patients_everywhere_is_left_out(tmp_path):
    """A practice with under half of its patients within 15 km is named and left out."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 19)]
    far = [("Z00001", code_of(0, 0), 60), ("Z00001", code_of(0, 19), 40)]
    ground = County("A" * 20, practices=practices, extra=far).ground(tmp_path)
    row = judged(ground, "dispersion").loc[A]
    assert row["figure"] == 1
    said = "Z00001 Surgery is left out: fewer than half of its patients live within 15 km."
    assert said in row["evidence"]
    assert checks.run(ground).spread == {"Z00001"}


def test_practices_with_patients_everywhere_are_named_where_nothing_is_judged(tmp_path):
    """Two of them are named together, and without rural-urban classes all the same."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 19), ("Z00002", "A", 0, 19)]
    far = [
        (code, code_of(0, column), people)
        for code in ("Z00001", "Z00002")
        for column, people in ((0, 60), (19, 40))
    ]
    ground = County("A" * 20, practices=practices, extra=far, rural=None).ground(tmp_path)
    row = judged(ground, "dispersion").loc[A]
    assert row["verdict"] == "not judged"
    said = (
        "Z00001 Surgery and Z00002 Surgery are left out: fewer than half of their patients live"
        " within 15 km."
    )
    assert said in row["evidence"]


def test_widest_gap():
    """The widest gap is the longest step that joins all places."""
    import numpy as np

    assert widest_gap(np.array([[0.0, 0.0]])) == 0
    assert widest_gap(np.array([[0.0, 0.0], [0.0, 3.0], [0.0, 10.0], [4.0, 3.0]])) == 7


def test_boundaries(tmp_path):
    """Practices of two commissioners flag a PCN mildly, of two ICBs strongly."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 1), ("Z00002", "B", 0, 2)]
    county = County("AAB", practices=practices, commissioners={"Z00001": "02B"})
    rows = judged(county.ground(tmp_path), "boundaries")
    assert (rows.loc[A, "verdict"], rows.loc[A, "severity"]) == ("flag", "mild")
    assert "1 with 01A and 1 with 02B" in rows.loc[A, "evidence"]
    assert rows.loc[B, "verdict"] == "pass"


def test_boundaries_by_where_patients_live_only_where_set(tmp_path):
    """The share living outside the ICB flags only above a user's setting."""
    county = County("AAX", outside="X", extra=[("Z00000", code_of(0, 2), 100)])
    assert judged(county.ground(tmp_path / "unset"), "boundaries").loc[A, "verdict"] == "pass"
    county.policy["outside_icb_share"] = 0.3
    row = judged(county.ground(tmp_path / "set"), "boundaries").loc[A]
    assert row["verdict"] == "flag"
    assert "33% of its patients live outside its ICB" in row["evidence"]


def part_of(county, folder, scope, *, abroad=""):
    """Ground of a part of a county in place of the whole ICB; one area may be a Welsh one."""
    file = county.write(folder)
    if abroad:
        for each in folder.iterdir():
            each.write_text(each.read_text().replace(abroad, f"W{abroad[1:]}"))
    file.write_text(file.read_text().replace('icb = "QQ1"', scope))
    joined = patch.load(settings.load(file))
    edges = adjacency.small_area_edges(joined.small_areas, crossings=joined.crossings)
    return checks.prepare(joined, footprints.footprints(joined), edges)


def test_who_lives_outside_is_told_beyond_the_patch(tmp_path):
    """In a patch of one PCN, people of its ICB beyond the patch do not live outside the ICB."""
    # A A A B X: A's commissioner is 01A; 100 of its 500 live in B's cell (01A's ICB), 100 in X's
    county = County(
        "AAABX",
        outside="X",
        extra=[("Z00000", code_of(0, 3), 100), ("Z00000", code_of(0, 4), 100)],
    )
    held = ["01A", "01A", "01A", "02B", "03X"]
    towns = ["T1", "T1", "T1", "T1", "T2"]
    county.files["small_area_lookup"] = (
        ["lsoa21_code", "sicbl24_code_nhs", "icb24_code_nhs", "ltla24_code"],
        [
            (code_of(0, at), code, "QQ2" if at == 4 else "QQ1", town)
            for at, (code, town) in enumerate(zip(held, towns, strict=True))
        ],
    )
    cells = [(code_of(0, at), "North") for at in (0, 1, 2, 4)] + [(code_of(0, 3), "South")]
    county.files["localities"] = (["LSOA21CD", "LOCALITY"], cells)
    county.commissioners = {"Z00001": "02B", "Z00002": "03X"}
    ground = part_of(county, tmp_path / "part", f'pcns = ["{A}"]')
    assert len(ground.patch.small_areas) == 3
    told = checks.run(ground).outside.loc[A]
    assert told["outside_commissioner"] == pytest.approx(0.4)
    assert told["outside_icb"] == pytest.approx(0.2)
    assert told["outside_local_authority"] == pytest.approx(0.2)
    assert told["outside_locality"] == pytest.approx(0.2)
    evidence = judged(ground, "boundaries").loc[A, "evidence"]
    assert "40% of its patients live outside its sub-ICB location, 20% outside its ICB" in evidence

    # a look-up that ends with the PCN's commissioner cannot tell of the rest
    heading, rows = county.files["small_area_lookup"]
    county.files["small_area_lookup"] = (heading, rows[:3])
    cut = part_of(county, tmp_path / "cut", f'pcns = ["{A}"]')
    assert checks.run(cut).outside.loc[A, "outside_icb"] == 0
    # ... but of Wales it can
    wales = part_of(county, tmp_path / "wales", f'pcns = ["{A}"]', abroad=code_of(0, 4))
    assert checks.run(wales).outside.loc[A, "outside_icb"] == pytest.approx(0.2)
    # ... while one of a whole ICB holds all that is in it
    whole = checks.run(county.ground(tmp_path / "whole")).outside
    assert whole.loc[A, "outside_icb"] == pytest.approx(0.4)


def test_localities_are_a_figure_and_flag_only_where_set(tmp_path):
    """The share living outside the main locality is said, and flagged above a setting alone."""
    # A A A B: A's first two cells are North, its third South; B's cell is in no locality
    county = County("AAAB")
    cells = [(code_of(0, 0), "North"), (code_of(0, 1), "North"), (code_of(0, 2), "South")]
    county.files["localities"] = (["LSOA21CD", "LOCALITY"], cells)
    ground = county.ground(tmp_path / "unset")
    rows = judged(ground, "boundaries")
    assert set(rows["verdict"]) == {"pass"}
    assert rows.loc[A, "evidence"].endswith("33% of its patients live outside its main locality"
                                            " (North).")  # fmt: skip
    outside = checks.run(ground).outside
    assert outside.loc[A, "outside_locality"] == pytest.approx(1 / 3)
    assert outside["locality"].to_dict() == {A: "North", B: ""}
    # nobody of B lives in a locality, so everybody lives outside one
    assert outside.loc[B, "outside_locality"] == 1
    for limit, verdict in ((0.33, "flag"), (0.34, "pass")):
        county.policy["outside_locality_share"] = limit
        row = judged(county.ground(tmp_path / f"{limit}"), "boundaries").loc[A]
        assert row["verdict"] == verdict
        if verdict == "flag":
            assert "outside its main locality (North), above 33%" in row["evidence"]
            assert row["severity"] == "mild"


def test_without_localities_there_is_no_figure(tmp_path):
    """Where no file tells, the share is not known and nothing is said."""
    ground = County("AAB").ground(tmp_path)
    outside = checks.run(ground).outside
    assert outside["outside_locality"].isna().all()
    assert not judged(ground, "boundaries")["evidence"].str.contains("locality").any()


def test_a_pcn_without_a_footprint_is_judged_on_what_can_be_judged(tmp_path):
    """No footprint: parts and holes are not judged, the rest is."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 1)]
    county = County("AA", practices=practices, extra=[("Z00001", code_of(0, 1), 10)])
    frame = checks.run(county.ground(tmp_path)).checks
    verdicts = frame[frame["pcn_code"] == B].set_index("check")["verdict"]
    assert verdicts["parts"] == verdicts["holes"] == "not judged"
    assert verdicts["population"] == "flag"
    assert verdicts["boundaries"] == "pass"


def test_overall_verdict_and_reasons_in_order_of_weight(tmp_path):
    """A flagged PCN lists its flags in the checks' order and its reasons strongest first."""
    # A is under 30,000 in a town (strong) and its practices have two commissioners (mild)
    practices = [("Z00000", "A", 0, 0), ("Z00001", "A", 0, 1), ("Z00002", "B", 0, 2)]
    county = County("AAB", practices=practices, commissioners={"Z00001": "02B"}, patients=10_000)
    checked = checks.run(county.ground(tmp_path))
    row = checked.overall.loc[A]
    assert (row["verdict"], row["flags"]) == ("flag", "population;boundaries")
    assert row["reasons"].startswith("A PCN has 20,000 registered patients")
    assert row["weight"] == 110


def test_every_flag_has_something_to_draw(tmp_path):
    """Evidence of a flag can be drawn: valid geometry in the frame."""
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 2), ("Z00002", "A", 0, 4)]
    county = County("AABBA", practices=practices, commissioners={"Z00002": "02B"})
    checked = checks.run(county.ground(tmp_path))
    flags = checked.checks[checked.checks["verdict"] == "flag"]
    drawn = set(zip(checked.evidence["pcn_code"], checked.evidence["check"], strict=True))
    assert drawn == set(zip(flags["pcn_code"], flags["check"], strict=True))
    assert not shapely.is_empty(checked.evidence.geometry.to_numpy()).any()


def test_branches_count_as_places(tmp_path):
    """A branch that lies between joins its PCN's places, and one far off widens the gap."""
    # A B A in a row: the branch of A beside B's practice leaves B's between; at B's own place not
    practices = [("Z00000", "A", 0, 0), ("Z00001", "B", 0, 2), ("Z00002", "A", 0, 4)]
    county = County("AABAA", practices=practices)
    x, y = 400_000 + 2_500, 300_000 + 500
    heading = ["PRACTICE_CODE", "SITE_NAME", "EASTING", "NORTHING"]
    county.files["sites"] = (heading, [("Z00000", "Branch", x, y)])
    rows = judged(county.ground(tmp_path), "practices_between")
    assert rows.loc[A, "verdict"] == "pass"
    assert rows.loc[B, "verdict"] == "pass"


def test_weighted_lists_stand_beside_registered_ones(tmp_path):
    """Where weighted lists are given the evidence says both; the verdict is on the registered."""
    county = County("A", patients=40_000)
    county.files["weighted_lists"] = (["PRACTICE_CODE", "Weighted list"], [("Z00000", 52_000.4)])
    row = judged(county.ground(tmp_path), "population").loc[A]
    assert row["verdict"] == "pass"
    assert row["evidence"].endswith("Weighted for need its list is 52,000.")
