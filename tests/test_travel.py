"""Minutes to PCNs, ways around water, and where staff are today."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from footprint.adjacency import small_area_edges
from footprint.errors import ModelError
from footprint.land import Land, survey
from footprint.settings import Policy
from footprint.travel import estimate, estimate_to_pcns, from_times, to_pcns, today_split

POLICY = Policy()
#: minutes per km of straight line where the area has no class
UNCLASSED = 1.3 * 60 / 38


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
    found = to_pcns(MINUTES, live).set_index(["team_id", "pcn_code"])
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
    assert to_pcns(MINUTES, live)["minutes"].to_list() == [20.0, 5.0]


def test_many_bases_give_what_the_whole_matrix_gives() -> None:
    """In blocks or at once, the minutes are the same; far pairs are left out unless kept."""
    areas = squares(["ABC", "D~E", "F~G"])
    teams = bases(areas, **{f"T{k:03}": "ABCDEFG"[k % 7] for k in range(130)})
    live = patients(("A", "P", 3), ("D", "P", 5), ("F", "P", 1), ("G", "Q", 4), ("E", "Q", 2))
    land = ground(areas, teams)
    whole = to_pcns(estimate(teams, land), live)
    pd.testing.assert_frame_equal(estimate_to_pcns(teams, land, live), whole)

    keep = pd.DataFrame({"team_id": ["T003", "T999"], "pcn_code": ["Q", "P"]})
    near = estimate_to_pcns(teams, land, live, within_minutes=6, keep=keep)
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
    found = estimate_to_pcns(
        teams, ground(areas, teams), patients(("E", "P", 1)), within_minutes=limits
    )
    assert found["team_id"].tolist() == ["U"]
    nobody = estimate_to_pcns(teams.iloc[:0], ground(areas, teams), patients(("E", "P", 1)))
    assert nobody.empty


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
