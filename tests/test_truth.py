"""The analysis of the fictional county against the truth that was planted in it."""

from __future__ import annotations

import json
import re

import pytest

from footprint import pipeline, settings

CHECKS = ("population", "parts", "holes", "practices_between", "boundaries")


@pytest.fixture(scope="module")
def result():
    """The whole analysis of the embedded patch."""
    return pipeline.study(settings.load(pipeline.embedded()))


@pytest.fixture(scope="module")
def truth():
    """What the generator planted."""
    path = pipeline.embedded().parent / "practices" / "truth.json"
    return json.loads(path.read_text(encoding="utf-8"))


def flagged(result, check):
    """Rows of a check's flags by PCN."""
    frame = result.tables["checks"]
    rows = frame[(frame["check"] == check) & (frame["verdict"] == "flag")]
    return rows.set_index("pcn_code")


def test_counts(result, truth):
    """Every patient of the files is placed, unplaced or set aside, as the truth says."""
    counts, planted = result.patch.counts, truth["counts"]
    assert counts["registered"] == planted["registered_all"]
    assert counts["placed"] == planted["placed_all"]
    assert counts["unplaced"] == planted["unplaced_total"]
    assert counts["no_pcn"] == planted["no_pcn"]
    assert counts["outside_patch"] == planted["outside_patch"] - planted["outside_patch_no_pcn"]
    assert counts["registered"] == counts["placed"] + counts["unplaced"] + counts["set_aside"]
    reasons = result.tables["unplaced"].set_index("reason")["patients"].to_dict()
    assert reasons == {
        "no small area recorded": planted["unplaced"]["EMPTY"],
        "practice closed in the register": planted["unplaced"]["CLOSED"],
        "lives in Wales, not in the boundaries": planted["unplaced"]["Wales"],
        "lives in Scotland": planted["unplaced"]["Scotland"],
        "lives in Northern Ireland": planted["unplaced"]["Northern Ireland"],
    }
    assert len(result.tables["pcns"]) == planted["pcns"]
    assert len(result.tables["practices"]) == planted["practices"]
    assert len(result.patch.small_areas) == planted["small_areas"]


def test_list_sizes_and_owners(result, truth):
    """Lists by PCN and the owner of every small area are those that were planted."""
    assert result.tables["pcns"].set_index("pcn_code")["list_size"].to_dict() == truth["list_sizes"]
    assert result.footprints.owner.to_dict() == truth["owners"]


@pytest.mark.parametrize("check", CHECKS)
def test_exactly_the_planted_flags(result, truth, check):
    """Each check flags the PCNs that were planted for it and no other."""
    assert sorted(flagged(result, check).index) == sorted(truth["checks"][check]["flagged"])


def test_population_severities(result, truth):
    """Under, over and the rural exception weigh as they should."""
    frame = result.tables["checks"]
    rows = frame[frame["check"] == "population"].set_index("pcn_code")
    for code, planted in truth["checks"]["population"]["flagged"].items():
        assert rows.loc[code, "severity"] == planted["severity"]
        assert rows.loc[code, "figure"] == planted["list_size"]
    for code in truth["checks"]["population"]["noted"]:
        assert (rows.loc[code, "verdict"], rows.loc[code, "severity"]) == ("pass", "note")


def test_parts_and_fragments(result, truth):
    """Parts hold the patients that were planted, the largest first; fragments are listed."""
    frame = result.tables["parts"]
    for kind in ("flagged", "fragments"):
        for code, planted in truth["checks"]["parts"][kind].items():
            assert frame[frame["pcn_code"] == code]["patients"].tolist() == planted["patients"]


def test_the_donut(result, truth):
    """The areas inside the donut are those that were planted."""
    for code, planted in truth["checks"]["holes"]["flagged"].items():
        assert flagged(result, "holes").loc[code, "figure"] == len(planted["small_areas"])
        owners = {result.footprints.owner[area] for area in planted["small_areas"]}
        assert owners == {planted["inside"]}


def test_the_neighbour_competes_and_is_not_judged(result, truth):
    """The PCN from outside wins the area that it should and has no verdict."""
    code = truth["neighbour"]["pcn_code"]
    won = result.footprints.owner[result.footprints.owner == code]
    assert list(won.index) == truth["neighbour"]["small_areas_won"]
    assert code not in set(result.tables["pcns"]["pcn_code"])
    assert list(result.layers["neighbours"]["pcn_code"]) == [code]


def test_the_neighbours_area_has_two_readings(result, truth):
    """Only the area that the neighbour wins would go to another PCN without it."""
    rows = result.tables["readings"]
    assert rows["small_area_code"].tolist() == truth["neighbour"]["small_areas_won"]
    row = rows.iloc[0]
    assert row["owner_all"] == truth["neighbour"]["pcn_code"]
    assert row["owner_own"] in truth["list_sizes"]
    assert row["patients_all"] > row["patients_own"] > 0


def test_catchments_hold_four_fifths_and_not_an_area_more(result):
    """A catchment reaches 80% of the PCN's patients in the patch and needs its thinnest area."""
    pairs = result.tables["small_areas"]
    here = pairs[pairs["small_area_code"].isin(result.patch.small_areas.index)]
    square = result.patch.small_areas.area
    pcns = result.tables["pcns"].set_index("pcn_code")
    layer = result.layers["catchments"].set_index("pcn_code")
    assert list(layer.index) == list(pcns.index)
    for code, rows in here[here["pcn_code"].isin(pcns.index)].groupby("pcn_code"):
        inside = rows[rows["catchment"] == 1]
        density = inside["patients"] / inside["small_area_code"].map(square)
        total, held = rows["patients"].sum(), inside["patients"].sum()
        assert held >= 0.8 * total > held - inside.loc[density.idxmin(), "patients"]
        assert pcns.loc[code, "catchment_areas"] == len(inside)
        assert pcns.loc[code, "catchment_patients"] == held
        drawn = square[inside["small_area_code"]].sum()
        assert layer.loc[code].geometry.area == pytest.approx(drawn, rel=1e-6)
    assert pairs.loc[~pairs["pcn_code"].isin(pcns.index), "catchment"].sum() == 0


def test_main_localities_and_who_lives_outside_them(result, truth):
    """Each PCN's main locality and the share living outside it are those that were planted."""
    pcns = result.tables["pcns"].set_index("pcn_code")
    evidence = result.tables["checks"].set_index(["pcn_code", "check"])["evidence"]
    for code, planted in truth["localities"].items():
        assert pcns.loc[code, "locality"] == planted["main"]
        assert pcns.loc[code, "outside_locality"] == pytest.approx(planted["outside"], abs=1e-4)
        if planted["outside"] >= 0.01:
            assert f"outside its main locality ({planted['main']})" in evidence[code, "boundaries"]
    # the look-up tells commissioners and ICBs; it has no local authorities
    assert {"outside_commissioner", "outside_icb"} <= set(pcns)
    assert "outside_local_authority" not in pcns


def test_what_helps_to_find_ones_way_is_drawn(result, truth):
    """Localities and districts are layers by name; the neighbour says what it has won."""
    localities, outlines = result.layers["localities"], result.layers["outlines"]
    assert {p["main"] for p in truth["localities"].values()} <= set(localities["locality"])
    assert len(outlines) == 7
    land = result.patch.small_areas.area.sum()
    assert localities.area.sum() == pytest.approx(land, rel=1e-6)
    neighbour = result.layers["neighbours"].iloc[0]
    assert neighbour["small_areas"] == len(truth["neighbour"]["small_areas_won"])
    assert neighbour["patients"] == result.tables["readings"]["patients_all"].sum()
    assert not result.patch.warnings or "locality" not in " ".join(result.patch.warnings)


def test_teams_that_cut_across(result, truth):
    """The PCNs with several teams, and the one with most, are those that were planted."""
    frame = result.tables["pcn_alignment"]
    nursing = frame[frame["service_id"] == "community-nursing"].set_index("pcn_code")
    planted = truth["alignment"]
    assert nursing["effective_teams"].idxmax() == planted["most_teams"]
    several = nursing.index[nursing["lead_share"] < 0.95]
    assert sorted(several) == sorted(planted["several_teams"])


def test_levels_and_staff(result, truth):
    """Levels, needs and WTE are those that follow from the services file."""
    frame = result.tables["services"].set_index("service_id")
    for service, planted in truth["services"].items():
        row = frame.loc[service]
        assert row["level"] == planted["level"]
        assert row["population_needed"] == pytest.approx(planted["population_needed"], abs=1)
        assert row["staff_wte"] == pytest.approx(planted["staff_wte"])
        assert row["demand_wte"] == pytest.approx(planted["demand_wte"], abs=0.15)


def test_the_short_service_is_short(result, truth):
    """Community nursing lacks staff; what it lacks is the difference of demand and staff."""
    planted = truth["services"]["community-nursing"]
    vacancies = result.tables["vacancies"]
    short = vacancies[vacancies["service_id"] == "community-nursing"]["wte"].sum()
    assert short == pytest.approx(planted["demand_wte"] - planted["staff_wte"], abs=0.15)
    assert (vacancies["reason"] != "").all()


def test_every_answer_passed_the_audit(result):
    """Each service with teams is the best there is, and the audit found nothing."""
    assert result.audit["ok"], [c for c in result.audit["checks"] if not c["ok"]]
    statuses = result.tables["services"].set_index("service_id")["status"]
    assert statuses["wheelchair"] == "no teams given"
    services = result.tables["services"].set_index("service_id").drop("wheelchair")
    groups = services[services["level"] > 1]
    assert set(groups["status"]) == {"proven best"}
    assert services.loc[groups.index, "one_team_pcns"].isna().all()
    # at Level 1 what stands above the best flow is one team per PCN, and no plan has more of that
    for code, row in services[services["level"] == 1].iterrows():
        assert re.fullmatch(r"proven best|within \d+(\.\d)?% of best", row["status"])
        said = result.solver[code]["lead_teams"]
        assert row["one_team_pcns"] == said["one_team"] == said["at_most"]
        assert row["one_team_pcns"] > row["one_team_pcns_cheapest"]
        assert said["least_cost"]


def test_no_change_stands_beside_the_proposal(result):
    """The proposal costs no more than today at Level 1, and today is always costed."""
    for outcome in result.proposal.outcomes:
        if outcome.problem is None:
            continue
        assert outcome.claim["today"] > 0
        if outcome.level == 1:
            assert outcome.claim["objective"] <= outcome.claim["today"]
