"""Community teams: what they serve, where they work, and how that cuts across the networks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .county import NETWORKS, SETTLEMENTS, WEST
from .land import Floats, metres
from .people import Ints

SERVICES_HEADING = (
    *("service_id", "service_name", "demand_driver", "wte_per_10000", "min_team_wte"),
    *("min_population", "max_travel_minutes", "level", "max_population"),
)
#: ratios are illustrative: there is no national staffing ratio
SERVICES = (
    ("community-nursing", "Community nursing", "registered", "5.0", "10", "30000", "45", "", ""),
    ("podiatry", "Podiatry", "registered", "0.25", "2", "60000", "60", "", ""),
    ("heart-failure", "Heart failure nurses", "registered", "0.2", "2", "100000", "60", "", ""),
    ("community-dental", "Community dental", "registered", "0.2", "8", "250000", "90", "", ""),
    ("wheelchair", "Wheelchair service", "registered", "0.12", "5", "400000", "90", "", ""),
    (
        *("social-prescribing", "Social prescribing link workers", "registered"),
        *("0.25", "1", "30000", "60", "1", ""),
    ),
)


@dataclass(frozen=True)
class Team:
    """A team; its base stands so many kilometres east and north of a place's middle."""

    code: str
    name: str
    service: str
    base: str
    place: str
    east: float
    north: float
    wte: float


TEAMS = (
    Team(
        "CNT-W",
        "West community nursing",
        "community-nursing",
        "Saltreach Hospital",
        "Saltreach",
        0.4,
        0.3,
        103.5,
    ),
    Team(
        "CNT-N",
        "North community nursing",
        "community-nursing",
        "Northgate Health Centre",
        "Averchester",
        -0.3,
        4.2,
        86.0,
    ),
    Team(
        "CNT-E",
        "East community nursing",
        "community-nursing",
        "Kestrelby Hospital",
        "Kestrelby",
        -0.4,
        0.2,
        112.4,
    ),
    Team(
        "CNT-S",
        "South community nursing",
        "community-nursing",
        "Wendlecombe Cottage Hospital",
        "Wendlecombe",
        0.2,
        0.1,
        126.1,
    ),
    Team(
        "SPL-C",
        "City and east link workers",
        "social-prescribing",
        "Averchester Guildhall",
        "Averchester",
        0.2,
        -0.2,
        18.6,
    ),
    Team(
        "SPL-W",
        "West link workers",
        "social-prescribing",
        "Pellmouth Library",
        "Pellmouth",
        0.3,
        0.1,
        9.4,
    ),
    Team(
        "POD-C",
        "Averchester podiatry",
        "podiatry",
        "Averchester Infirmary",
        "Averchester",
        1.1,
        0.8,
        11.4,
    ),
    Team("POD-W", "West podiatry", "podiatry", "Saltreach Hospital", "Saltreach", 0.4, 0.3, 7.0),
    Team(
        "POD-E",
        "East podiatry",
        "podiatry",
        "St. Wenna's Clinic, Thrushford",
        "Thrushford",
        0.5,
        0.6,
        6.2,
    ),
    Team(
        "HFN-W",
        "West heart failure nurses",
        "heart-failure",
        "Pellmouth Cottage Hospital",
        "Pellmouth",
        -0.6,
        0.5,
        8.0,
    ),
    Team(
        "HFN-E",
        "East heart failure nurses",
        "heart-failure",
        "Averchester Infirmary",
        "Averchester",
        1.1,
        0.8,
        11.5,
    ),
    Team(
        "CDS-A",
        "Avershire community dental",
        "community-dental",
        "Averchester Infirmary",
        "Averchester",
        1.1,
        0.8,
        19.0,
    ),
)

_CITY = frozenset(range(8))
_NORTH = frozenset({"OTTERSBY BAY PCN", "OTTER VALLEY PCN", "BRACKEN FELLS PCN"})


def base(team: Team) -> tuple[float, float]:
    """Where a team's base stands on the drawing board, metres."""
    place = next(s for s in SETTLEMENTS if s.name == team.place)
    return metres(place.x + team.east, place.y + team.north)


def areas(points: Floats) -> list[str]:
    """
    The community nursing team of each small area.

    The four old districts met at the cathedral: a quarter each, whatever network one is in.
    """
    middle = metres(34.0, 22.7)
    turn = np.degrees(np.arctan2(points[:, 1] - middle[1], points[:, 0] - middle[0])) % 360
    edges = [22.0, 118.0, 182.5, 284.0]
    quarter = np.searchsorted(edges, turn)
    codes = ("CNT-E", "CNT-N", "CNT-W", "CNT-S", "CNT-E")
    return [codes[k] for k in quarter.tolist()]


def served(team: Team, overlap: dict[tuple[int, str], int]) -> list[int]:
    """
    Numbers of the networks that a team serves.

    Parameters
    ----------
    team
        The team.
    overlap
        Patients of a network who live in a team's area; a team with an area serves the
        networks that have at least 5% of their patients there.
    """
    out = []
    for number, network in enumerate(NETWORKS):
        west = network.commissioner == WEST
        if team.service == "community-nursing":
            whole = sum(n for (k, _), n in overlap.items() if k == number)
            yes = overlap.get((number, team.code), 0) >= 0.05 * whole
        elif team.code == "CDS-A":
            yes = True
        elif team.code.startswith("POD"):
            middle = number in _CITY or network.name in _NORTH
            yes = {"POD-W": west, "POD-C": middle, "POD-E": not west and not middle}[team.code]
        else:
            yes = west == team.code.endswith("-W")
        if yes:
            out.append(number)
    return out


def overlaps(
    patients: Ints, networks: Ints, team_of: list[str], inside: NDArray[np.bool_]
) -> dict[tuple[int, str], int]:
    """Patients of each network (number) in each community nursing team's area."""
    out: dict[tuple[int, str], int] = {}
    teams = np.array(team_of)
    for number in range(len(NETWORKS)):
        for code in sorted(set(team_of)):
            here = patients[np.ix_(inside & (teams == code), networks == number)].sum()
            if here:
                out[number, code] = int(here)
    return out
