"""The real patch: Staffordshire and Stoke-on-Trent, October 2025, against what is known of it."""

from __future__ import annotations

import pandas as pd
import pytest

from footprint import pipeline, settings

#: the design's own list; `dispersion` is not part of it
FLAGS = {
    "population": {"U56729", "U57641", "U79533", "U88414", "U93998"},
    "parts": {"U93998", "U08925", "U36134", "U87255", "U56729", "U83494"},
    "holes": {"U84263"},
    "practices_between": {"U93998", "U08925"},
    "boundaries": {"U93998", "U16318"},
}

SHARES = {
    "U93998": [32, 27, 22, 19],
    "U08925": [67, 33],
    "U36134": [88, 12],
    "U87255": [90, 10],
    "U56729": [91, 9],
    "U83494": [92, 8],
}


@pytest.fixture(scope="module")
def result(shared):
    """The whole analysis of the real patch."""
    return pipeline.study(settings.load(shared / "staffordshire-2025" / "patch.toml"))


def test_counts(result):
    """141 practices, 25 PCNs and every one of 1,210,283 patients accounted for."""
    assert len(result.tables["practices"]) == 141
    assert len(result.tables["pcns"]) == 25
    counts = result.patch.counts
    assert counts["registered"] == 1_210_283
    assert (counts["placed"], counts["unplaced"]) == (1_208_874, 1_409)
    assert result.tables["unplaced"]["patients"].sum() == 1_409
    assert counts["set_aside"] == counts["no_pcn"] == 0


def test_pcn_by_small_area_totals_equal_the_published_ones(result, shared):
    """8,172 rows of another analyst's totals agree; the other 26 (28 patients) are unplaced."""
    published = pd.read_csv(shared / "staffordshire-2025" / "published_pcn_by_lsoa.csv")
    codes = result.patch.pcns["pcn_name"].str.upper()
    names = pd.Series(codes.index, index=codes.to_numpy())
    published["pcn_code"] = published["PCN_NAME"].str.upper().map(names)
    assert published["pcn_code"].notna().all()
    ours = result.tables["small_areas"].set_index(["small_area_code", "pcn_code"])["patients"]
    theirs = published.set_index(["LSOA_CODE", "pcn_code"])["PCN_Patients"]
    both = theirs.index.intersection(ours.index)
    assert len(both) == len(ours) == 8_172
    assert (theirs[both] == ours[both]).all()
    lost = theirs[~theirs.index.isin(both)]
    assert (len(lost), lost.sum()) == (26, 28)
    assert not lost.index.get_level_values(0).isin(result.patch.centres.index).any()


@pytest.mark.parametrize("check", FLAGS)
def test_exactly_the_known_flags(result, check):
    """No flag more and no flag fewer."""
    frame = result.tables["checks"]
    flagged = frame[(frame["check"] == check) & (frame["verdict"] == "flag")]
    assert set(flagged["pcn_code"]) == FLAGS[check]


def test_practices_outside_their_footprint_and_one_reading(result):
    """Seven practices stand elsewhere, one in Shropshire; no neighbours, so one reading."""
    rows = result.tables["practices"]
    out = rows[rows["in_own_footprint"] == 0].set_index("practice_code")
    assert len(out) == 7
    # Claverley lies beyond the county's border; Mill Bank in Stafford Town's footprint
    stands = out["stands_in_pcn"]
    assert (stands["M83125"], stands["M83057"]) == ("", "U84263")
    assert rows["in_own_footprint"].notna().all()
    assert (out["stands_in_pcn"] != out["pcn_code"]).all()
    assert result.tables["readings"].empty


def test_shares_of_parts(result):
    """Parts hold the shares that are known; Cannock Villages' stray piece is a fragment."""
    frame = result.tables["parts"]
    for code, shares in SHARES.items():
        mine = frame[frame["pcn_code"] == code]["share"]
        assert [round(100 * share) for share in mine] == shares
    stray = frame[(frame["pcn_code"] == "U88414") & (frame["part"] == 2)]
    assert stray["patients"].tolist() == [3]
    pcns = result.tables["pcns"].set_index("pcn_code")
    assert pcns.loc["U88414", "parts"] == 1


def test_every_service_is_answered_proven_and_audited(result):
    """Each service has a level with a reason; each with teams an answer that is proven best."""
    services = result.tables["services"].set_index("service_id")
    assert services["level"].to_dict() == {
        "community-nursing": 1,
        "podiatry": 2,
        "heart-failure": 2,
        "community-dental": 3,
        "wheelchair": 3,
        "social-prescribing": 1,
    }
    assert (services["why"].str.len() > 40).all()
    assert services["status"]["social-prescribing"] == "no teams given"
    nursing = services.loc["community-nursing"]
    others = services.drop(index=["social-prescribing", "community-nursing"])
    assert set(others["status"]) == {"proven best"}
    # one team per PCN costs a little, no more than was allowed, and that is proven to be all
    claim = result.solver["community-nursing"]
    assert claim["bound"] < claim["objective"] <= 1.05 * claim["bound"]
    assert nursing["status"].startswith("within ")
    assert nursing["one_team_pcns"] == claim["lead_teams"]["at_most"] == 20
    assert nursing["one_team_pcns_cheapest"] == 9
    assert result.audit["ok"], [c for c in result.audit["checks"] if not c["ok"]]


def test_alignment_counts_every_placed_patient(result):
    """Each service's table adds up to all placed patients of the patch."""
    sums = result.tables["alignment"].groupby("service_id")["patients"].sum()
    assert set(sums) == {1_208_874}
