"""Minutes to PCNs, ways around water, and where staff are today."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import County, code_of

from footprint import check, pipeline
from footprint.adjacency import small_area_edges
from footprint.errors import InputError, ModelError
from footprint.land import Land, survey
from footprint.maps.payload import payload
from footprint.policy import Policy
from footprint.report import pages
from footprint.settings import load as load_settings
from footprint.sources.travel_times import travel_times
from footprint.timetable import from_times, gaps, sentences
from footprint.travel import of_land, of_matrix, reach, today_split

POLICY = Policy()
#: minutes per km of straight line where the area has no class
UNCLASSED = 1.3 * 60 / 38


def estimate(teams: gpd.GeoDataFrame, land: Land) -> pd.DataFrame:
    """Minutes from every base to every small area, ``inf`` where there is no road."""
    times = of_land(teams, land)
    every = np.ones((len(times.bases), len(times.codes)), dtype=bool)
    return pd.DataFrame(times.minutes(slice(None), every), index=times.bases, columns=times.codes)


def squares(rows: list[str], side: float = 2000.0, **columns: list) -> gpd.GeoDataFrame:
    """Squares named by letters, drawn as seen on a map; a dot or a wave is nothing."""
    height = len(rows)
    shapes = {
        letter: shapely.box(x * side, (height - y - 1) * side, (x + 1) * side, (height - y) * side)
        for y, row in enumerate(rows)
        for x, letter in enumerate(row)
        if letter not in ".~"
    }
    index = pd.Index(list(shapes), name="small_area_code")
    return gpd.GeoDataFrame(columns, index=index, geometry=list(shapes.values()), crs=27700)


def bases(areas: gpd.GeoDataFrame, **where: str) -> gpd.GeoDataFrame:
    """Teams with their bases in the middle of small areas."""
    middle = areas.geometry.centroid
    points = [middle[letter] for letter in where.values()]
    index = pd.Index(list(where), name="team_id")
    return gpd.GeoDataFrame(index=index, geometry=points, crs=27700)


def ground(
    areas: gpd.GeoDataFrame,
    teams: gpd.GeoDataFrame,
    *crossings: tuple[str, str, str],
    surroundings: gpd.GeoDataFrame | None = None,
) -> Land:
    given_crossings = pd.DataFrame(crossings, columns=["a", "b", "kind"])
    edges = small_area_edges(areas, crossings=given_crossings)
    return survey(teams, areas, edges, surroundings, policy=POLICY)


def patients(*rows: tuple[str, str, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["small_area_code", "pcn_code", "patients"])


def test_speed_by_class() -> None:
    """Straight line times detour at 30 km/h urban, 50 rural, 38 without a class."""
    # A B C D
    areas = squares(["ABCD"], rural=[False, False, True, pd.NA])
    teams = bases(areas, T="A")
    minutes = estimate(teams, ground(areas, teams)).loc["T"]
    # 2, 4 and 6 km
    expected = {"A": 0, "B": 2.6 / 30 * 60, "C": 5.2 / 50 * 60, "D": 7.8 / 38 * 60}
    assert minutes.to_dict() == pytest.approx(expected)


def test_no_water_costs_nothing() -> None:
    """Where nothing is in the way no graph is built and every line is straight."""
    areas = squares(["ABC", "DEF"])
    land = ground(areas, bases(areas, T="A"))
    assert land.graph is None
    assert len(land.water) == len(land.cuts) == 0


#   A B C      D and E, F and G face each other over 2 km of water
#   D ~ E
#   F ~ G
BAY = squares(["ABC", "D~E", "F~G"])


def test_water_is_driven_around() -> None:
    """From F to G the way leads round the bay; from A to C nothing is in the way."""
    teams = bases(BAY, T="F", U="A")
    minutes = estimate(teams, ground(BAY, teams))
    # F D A B C E G are 12 km of graph, which zig-zags by at least 1 and at most sqrt 2
    assert 12 / np.sqrt(2) * UNCLASSED <= minutes.loc["T", "G"] <= 12 * UNCLASSED
    assert minutes.loc["U", "C"] == pytest.approx(4 * UNCLASSED)
    assert minutes.loc["T", "D"] == pytest.approx(2 * UNCLASSED)


def test_a_bridge_is_a_road() -> None:
    """A bridge between F and G makes the way as short as the straight line."""
    teams = bases(BAY, T="F")
    minutes = estimate(teams, ground(BAY, teams, ("F", "G", "bridge")))
    assert minutes.loc["T", "G"] == pytest.approx(4 * UNCLASSED)


def test_land_in_the_surroundings_is_no_water() -> None:
    """Where the bay is a neighbour's land, every line is straight."""
    teams = bases(BAY, T="F")
    neighbour = gpd.GeoDataFrame(geometry=[shapely.box(2000, -9000, 4000, 4000)], crs=27700)
    land = ground(BAY, teams, surroundings=neighbour)
    assert land.graph is None
    assert estimate(teams, land).loc["T", "G"] == pytest.approx(4 * UNCLASSED)


def test_narrow_water_is_no_barrier() -> None:
    """Two hundred metres of water count as a river with bridges."""
    # A|200 m|B
    areas = squares(["AB"])
    areas.loc["B", "geometry"] = shapely.box(2200, 0, 4200, 2000)
    teams = bases(areas, T="A")
    assert estimate(teams, ground(areas, teams)).loc["T", "B"] == pytest.approx(2.2 * UNCLASSED)


def test_an_island_has_no_road() -> None:
    """No way over land and no crossing: infinity, until the user gives a bridge."""
    # A B ~ I
    areas = squares(["AB~I"])
    teams = bases(areas, T="A")
    assert estimate(teams, ground(areas, teams)).loc["T"].to_dict() == pytest.approx(
        {"A": 0, "B": 2 * UNCLASSED, "I": np.inf}
    )
    bridged = estimate(teams, ground(areas, teams, ("B", "I", "bridge")))
    assert bridged.loc["T", "I"] == pytest.approx(6 * UNCLASSED)


def test_a_cut_border_is_driven_around() -> None:
    """A border that the user cuts is no road, though no water shows."""
    # A B      cut between A and B, and between C and D: E joins them
    # C D
    #  E       (E spans both columns)
    areas = squares(["AB", "CD", "E."])
    areas.loc["E", "geometry"] = shapely.box(0, 0, 4000, 2000)
    teams = bases(areas, T="A")
    land = ground(areas, teams, ("A", "B", "cut"), ("D", "C", "cut"))
    minutes = estimate(teams, land).loc["T"]
    straight = estimate(teams, ground(areas, teams)).loc["T"]
    assert minutes["B"] > 2 * straight["B"]
    assert minutes["C"] == pytest.approx(straight["C"])
    every = ("A", "B", "cut"), ("C", "D", "cut"), ("C", "E", "cut")
    assert estimate(teams, ground(areas, teams, *every)).loc["T", "B"] == np.inf


@settings(max_examples=25, deadline=None)
@given(holes=st.sets(st.integers(0, 24), max_size=15), start=st.integers(0, 24))
def test_never_shorter_than_the_straight_line(holes: set[int], start: int) -> None:
    """Whatever water lies about, no minutes are less than those of the straight line."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXY"
    drawn = "".join("~" if k in holes - {start} else letter for k, letter in enumerate(letters))
    areas = squares([drawn[k : k + 5] for k in range(0, 25, 5)])
    teams = bases(areas, T=letters[start])
    minutes = estimate(teams, ground(areas, teams)).loc["T"]
    straight = areas.geometry.centroid.distance(teams.geometry.iloc[0]) / 1000 * UNCLASSED
    assert (minutes >= straight.sort_index() - 1e-9).all()
    assert minutes[letters[start]] == 0


def test_an_area_without_geometry_is_refused() -> None:
    """An empty shape would put every later area in the wrong place."""
    areas = squares(["AB"])
    areas.loc["B", "geometry"] = shapely.Polygon()
    teams = bases(areas, T="A")
    with pytest.raises(ModelError, match="no geometry"):
        survey(teams, areas, small_area_edges(squares(["AB"])), None, policy=POLICY)


MINUTES = pd.DataFrame(
    [[10.0, 20.0, np.inf], [np.inf, np.inf, 5.0]],
    index=pd.Index(["T1", "T2"], name="team_id"),
    columns=pd.Index(list("ABC"), name="small_area_code"),
)


def test_mean_over_the_people_of_a_pcn() -> None:
    """Minutes are weighted by the PCN's own patients, over those to whom there is a road."""
    live = patients(("A", "P", 30), ("B", "P", 10), ("B", "Q", 6), ("C", "Q", 4), ("X", "P", 99))
    found = reach(of_matrix(MINUTES), live).set_index(["team_id", "pcn_code"])
    assert found["minutes"].to_dict() == {
        ("T1", "P"): 12.5,
        ("T1", "Q"): 20.0,
        ("T2", "P"): np.inf,
        # fewer than half of Q can be reached
        ("T2", "Q"): np.inf,
    }
    assert found["reached"].to_list() == pytest.approx([1, 0.6, 0, 0.4])


def test_half_of_a_pcn_is_enough() -> None:
    """Exactly half of the patients reachable still gives a mean."""
    live = patients(("B", "P", 5), ("C", "P", 5))
    assert reach(of_matrix(MINUTES), live)["minutes"].to_list() == [20.0, 5.0]


def test_many_bases_give_what_the_whole_matrix_gives() -> None:
    """In blocks or at once, the minutes are the same; far pairs are left out unless kept."""
    areas = squares(["ABC", "D~E", "F~G"])
    teams = bases(areas, **{f"T{k:03}": "ABCDEFG"[k % 7] for k in range(130)})
    live = patients(("A", "P", 3), ("D", "P", 5), ("F", "P", 1), ("G", "Q", 4), ("E", "Q", 2))
    land = ground(areas, teams)
    whole = reach(of_matrix(estimate(teams, land)), live).assign(basis="estimate")
    pd.testing.assert_frame_equal(reach(of_land(teams, land), live), whole)

    keep = pd.DataFrame({"team_id": ["T003", "T999"], "pcn_code": ["Q", "P"]})
    near = reach(of_land(teams, land), live, within_minutes=6, keep=keep)
    both = near.merge(whole, on=["team_id", "pcn_code", "minutes"])
    assert len(both) == len(near) < len(whole)
    # D lies over the water from Q: kept because it was asked for
    assert list(near.loc[near["team_id"] == "T003", "pcn_code"]) == ["P", "Q"]
    assert list(near.loc[near["team_id"] == "T010", "pcn_code"]) == ["P"]
    # every pair within the limit is there
    assert set(whole.loc[whole["minutes"] <= 6].index) <= set(
        whole.merge(near, on=["team_id", "pcn_code"], how="left", indicator=True)
        .query("_merge == 'both'")
        .index
    )


def test_limits_by_team() -> None:
    """Each team may have its own limit."""
    areas = squares(["ABCDE"])
    teams = bases(areas, T="A", U="A")
    limits = pd.Series({"U": np.inf, "T": 1.0})
    land, live = ground(areas, teams), patients(("E", "P", 1))
    found = reach(of_land(teams, land), live, within_minutes=limits)
    assert found["team_id"].tolist() == ["U"]
    assert reach(of_land(teams.iloc[:0], land), live).empty


def test_times_as_given() -> None:
    """A user's times are taken by team or by base, and pairs without one are listed."""
    times = pd.DataFrame(
        [("Clinic", "A", 7), ("Clinic", "B", 9), ("T2", "A", 3)],
        columns=["base", "small_area_code", "minutes"],
    )
    teams = pd.DataFrame(
        {"base_name": ["Clinic", "Clinic", "Elsewhere"]},
        index=pd.Index(["T1", "T2", "T3"], name="team_id"),
    )
    minutes, missing = from_times(times, teams, pd.Index(["A", "B", "C"], name="small_area_code"))
    assert minutes[["A", "B"]].loc[["T1", "T2"]].to_numpy().tolist() == [[7, 9], [3, 9]]
    assert list(missing["team_id"] + missing["small_area_code"]) == [
        "T1C",
        "T2C",
        "T3A",
        "T3B",
        "T3C",
    ]


def staff(*rows: tuple[str, float, str]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["team_id", "wte", "pcn_codes"])
    frame["pcn_codes"] = [tuple(filter(None, codes.split(";"))) for codes in frame["pcn_codes"]]
    return frame.assign(service_id="s")


DEMAND = pd.DataFrame({"service_id": "s", "pcn_code": ["P", "Q", "R"], "wte": [1.0, 2.0, 0.0]})


def spread(today: pd.DataFrame) -> dict:
    return today.set_index(["team_id", "pcn_code"])["wte_hundredths"].to_dict()


def test_staff_of_a_team_with_an_area() -> None:
    """A team with an area is where its patients are; what it says of PCNs does not count."""
    overlap = pd.DataFrame(
        {"team_id": ["T", "T", "T"], "pcn_code": ["P", "Q", "X"], "patients": [30, 10, 60]}
    )
    assert spread(today_split(staff(("T", 2.0, "R")), overlap, DEMAND)) == {
        ("T", "P"): 150,
        ("T", "Q"): 50,
    }


def test_staff_of_a_team_with_a_list() -> None:
    """A team without an area is where the demand of its PCNs is, in equal parts if none is."""
    today = today_split(staff(("T", 3.01, "Q;P;X"), ("U", 1, "R"), ("V", 5, "")), None, DEMAND)
    # 3.01 in thirds is 1.003 and 2.007
    assert spread(today) == {("T", "P"): 100, ("T", "Q"): 201, ("U", "R"): 100}
    even = today_split(staff(("T", 0.03, "P;Q")), None, DEMAND.assign(wte=0.0))
    assert spread(even) == {("T", "P"): 2, ("T", "Q"): 1}


@settings(max_examples=40, deadline=None)
@given(
    wte=st.lists(st.integers(0, 9999), min_size=1, max_size=4),
    demand=st.lists(st.integers(0, 5000), min_size=3, max_size=3),
)
def test_staff_add_up(wte: list[int], demand: list[int]) -> None:
    """Every team's parts add up to its WTE to the hundredth."""
    teams = staff(*((f"T{k}", supply / 100, "P;Q;R") for k, supply in enumerate(wte)))
    today = today_split(teams, None, DEMAND.assign(wte=np.array(demand) / 100))
    found = today.groupby("team_id")["wte_hundredths"].sum()
    assert found.to_dict() == {f"T{k}": supply for k, supply in enumerate(wte) if supply}


# -- times as given -----------------------------------------------------------------------------

TIMES = pd.DataFrame(
    [("Clinic", "A", 7), ("Clinic", "B", 9), ("zz1 1aa", "C", 4), ("T9", "A", 3)],
    columns=["base", "small_area_code", "minutes"],
)
TEAMS = pd.DataFrame(
    {
        "base_name": ["CLINIC ", "Clinic", "Elsewhere"],
        "base_postcode": ["ZZ1 1AA", "", "ZZ9 9ZZ"],
    },
    index=pd.Index(["T1", "T2", "T3"], name="team_id"),
)
PEOPLE = pd.Series({"A": 50, "B": 30, "C": 20, "D": 5, "E": 0})


def test_bases_are_known_by_name_and_postcode_in_any_case() -> None:
    """A base is meant by its name or postcode, whatever the case and the spaces."""
    minutes, _ = from_times(TIMES, TEAMS, pd.Index(list("ABCD")))
    assert minutes.loc["T1"].tolist()[:3] == [7, 9, 4]
    assert minutes.loc["T2"].tolist()[:2] == [7, 9]
    assert minutes.loc["T2"].isna().tolist() == [False, False, True, True]
    assert minutes.loc["T3"].isna().all()


def test_what_travel_times_lack_is_counted() -> None:
    """Bases and small areas without times, patients there, and bases that nobody has."""
    found = gaps(TIMES, TEAMS.drop("T1"), PEOPLE)
    # Clinic lacks C and D, Elsewhere all four; nobody lives in E
    assert (found.pairs, found.given, found.bases, found.areas) == (8, 2, 2, 4)
    assert found.idle_bases == ("Elsewhere",)
    assert (found.idle_areas, found.lost) == (("C", "D"), 25)
    assert (found.short_areas, found.touched) == (4, 105)
    assert found.strangers == ("T9", "zz1 1aa")
    told = " ".join(sentences(found))
    for part in (
        "missing for 6 of 8 pairs",
        "1 base has no time: Elsewhere.",
        "No base has a time to 2 small areas with 25 patients: C and D.",
        "to 4 small areas, where 105 patients live.",
        "2 bases that no team of the patch works from: T9 and zz1 1aa",
    ):
        assert part in told
    whole = pd.DataFrame(
        [("Clinic", code, 5) for code in "ABCD"], columns=["base", "small_area_code", "minutes"]
    )
    assert sentences(gaps(whole, TEAMS.loc[["T2"]], PEOPLE)) == []


def told_of(tmp_path: Path, text: str, name: str = "times.csv") -> tuple[list[float], str]:
    path = tmp_path / name
    path.write_text(text)
    table = travel_times(path)
    return table.frame["minutes"].tolist(), " ".join(table.notes)


@pytest.mark.parametrize(
    ("text", "minutes", "said"),
    [
        ("base,LSOA21CD,drive_time_mins\nHill,E01990001,10\n", [10], "in minutes, as the heading"),
        ("base,LSOA21CD,travel_time_s\nHill,E01990001,600\n", [10], "in seconds, as the heading"),
        ("base,LSOA21CD,Duration (s)\nHill,E01990001,600\n", [10], "in seconds, as the heading"),
        ("base,LSOA21CD,travel times\nHill,E01990001,60\n", [60], "minutes were assumed"),
        ("base,LSOA21CD,time\nHill,E01990001,600\n", [600], "let a heading say so"),
        (
            "base,LSOA21CD,time,unit\nHill,E01990001,600,sec\nHill,E01990002,7,min\n",
            [10, 7],
            "the column 'unit' says",
        ),
        ("base,E01990001,E01990002\nHill,10,20\n", [10, 20], "minutes were assumed"),
    ],
)
def test_the_unit_that_was_taken_is_said(tmp_path, text, minutes, said) -> None:
    """Headings, a column of units, or nothing: the note says which unit was taken and why."""
    found, notes = told_of(tmp_path, text)
    assert found == pytest.approx(minutes)
    assert said in notes


def test_a_grid_in_seconds_by_its_name(tmp_path) -> None:
    """A grid has no heading for its figures: the file's name may say seconds."""
    text = "base,E01990001,E01990002\nHill,600,1200\n"
    found, notes = told_of(tmp_path, text, "travel_seconds.csv")
    assert found == [10, 20]
    assert "the file's name says" in notes


def test_times_that_nobody_drives_are_refused(tmp_path) -> None:
    """Seconds under no heading that says so would be weeks: refused, with the way out."""
    with pytest.raises(InputError, match="a heading that says seconds"):
        told_of(tmp_path, "base,LSOA21CD,time\nHill,E01990001,90000\n")
    with pytest.raises(InputError, match="minutes or seconds"):
        told_of(tmp_path, "base,LSOA21CD,time,unit\nHill,E01990001,9,hours\n")
    with pytest.raises(InputError, match="small_area_code"):
        told_of(tmp_path, "base,pcn_code,minutes\nHill,U99001,9\n")


SERVICES = (
    "service_id demand_driver wte_per_10000 min_team_wte min_population max_travel_minutes level"
)


def county(times: list[tuple[str, str, float]]) -> County:
    """A A B B, a team at a clinic for both PCNs, and the times given."""
    made = County("AABB", patients=1_000)
    made.files = {
        "teams": (
            "team_id service_id base_name easting northing wte pcn_codes".split(),
            [("T1", "s", "Clinic", 400_500, 300_500, 1.0, "U99001;U99002")],
        ),
        "services": (SERVICES.split(), [("s", "registered", 5, 0.5, 500, 60, 1)]),
        "travel_times": (["base", "LSOA_CODE", "minutes"], times),
    }
    return made


def test_missing_pairs_are_told_everywhere(tmp_path) -> None:
    """The check, the warnings of a run and the notes of its pages tell which pairs are missing."""
    made = county([("Clinic", code_of(0, column), 5 + column) for column in range(2)])
    path = made.write(tmp_path)
    checked = check.check(path)
    joins = {join.name: (join.count, join.of) for join in checked.joins}
    assert joins["travel_pairs_given"] == (2, 4)
    assert joins["travel_patients_all"] == (2_000, 4_000)
    assert joins["travel_patients_none"] == (2_000, 4_000)
    told = "No base has a time to 2 small areas with 2,000 patients"
    assert any(told in warning for warning in checked.warnings)
    result = pipeline.study(load_settings(path))
    assert any(told in warning for warning in result.patch.warnings)
    content = pipeline.describe(result)
    assert any(told in note for note in content.notes)
    # a missing pair is no road: B has none, and its staff of today cannot stay
    assert result.tables["travel"]["pcn_code"].tolist() == ["U99001"]
    assert any("WTE work today at PCNs" in note and "no travel time" in note
               for note in content.notes)  # fmt: skip


def test_travel_times_of_no_base_are_refused(tmp_path) -> None:
    """Times that name none of the teams' bases would leave everybody without a road."""
    with pytest.raises(InputError, match="base_name or base_postcode, such as Clinic"):
        county([("Klinik", code_of(0, 0), 5)]).load(tmp_path)


def test_estimates_say_so_wherever_they_stand(tmp_path) -> None:
    """Tables, the report's headings, the map's rows and the words of services: all say estimate."""
    made = county([])
    del made.files["travel_times"]
    result = pipeline.study(load_settings(made.write(tmp_path)))
    content = pipeline.describe(result)
    for name in ("travel", "allocation", "fairness"):
        assert set(result.tables[name]["basis"]) == {"estimate"}
    story = content.services[0]
    assert "minutes (estimate) from their base" in story.headline
    page = pages.report(content, pictures={})
    assert page.count("Travel (estimate)") >= 3
    assert "minutes of travel (estimate) times WTE" in page
    assert "minutes of travel (estimate)" in pages.index(content, picture=b"\x89PNG" + bytes(28))
    staffing = payload(content)["services"][0]["staffing"]
    assert {row[5] for row in staffing} == {"estimate"}
