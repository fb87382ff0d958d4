"""The policy of an analysis: every threshold and price, checked when it is made."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from footprint.errors import Fault, SettingsError

#: the preset whose band is our assumption
ASSUMED = "neighbourhood-2025"

#: what each preset changes in the defaults of :class:`Policy`, with the figures' sources
PRESETS: dict[str, dict[str, Any]] = {
    # NHS England, Network Contract DES 2019: "typically 30,000 to 50,000"
    "pcn-2019": {},
    # the ten-year plan (2025) says about 50,000 and about 250,000; the band is our assumption
    ASSUMED: {
        "population_min": 30_000,
        "population_max": 70_000,
        "level3_population": 250_000,
    },
}

#: the policy's shares of something, 0 to 1
SHARES = (
    "rural_share",
    "catchment_share",
    "part_share",
    "spread_share",
    "level1_share",
    "alignment_reach",
    "list_difference",
    "outside_commissioner_share",
    "outside_icb_share",
    "outside_local_authority_share",
    "outside_locality_share",
    "population_tolerance",
    "lead_team_slack",
)

#: the policy's numbers that may be 0; every other is above it
FROM_ZERO = ("population_tolerance", "lead_team_slack")

#: what is made as small as it can be: travel in all, or the longest journey first
WORST_FIRST = "worst first"
FAIRNESS = ("mean", WORST_FIRST)

#: no threshold or price means anything beyond, and sums with it would be nothing but it
LARGEST = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class Policy:
    """
    Every threshold and price of an analysis; the defaults are those of the design.

    Populations are people, distances metres or km as named, times minutes, shares 0 to 1.
    Each can be set by its name under ``[policy]`` of a patch file.
    """

    preset: str = "pcn-2019"
    # population
    population_min: int = 30_000
    population_max: int = 50_000
    population_strong_over: int = 100_000
    # share of the band's ends by which a list may lie beyond them, with a note
    population_tolerance: float = 0.0
    rural_exception: bool = False
    rural_share: float = 0.5
    rural_density: float = 150.0
    # footprints and parts
    catchment_share: float = 0.8
    part_share: float = 0.05
    few_registrations: int = 300
    adjacency_gap_m: float = 1.0
    adjacency_border_m: float = 20.0
    # places
    same_place_m: float = 50.0
    cluster_km_urban: float = 3.0
    cluster_km_rural: float = 8.0
    spread_km: float = 15.0
    spread_share: float = 0.5
    # boundaries: shares of patients living outside; flagged only where set
    outside_commissioner_share: float | None = None
    outside_icb_share: float | None = None
    outside_local_authority_share: float | None = None
    outside_locality_share: float | None = None
    # totals
    list_difference: float = 0.05
    # alignment
    alignment_reach: float = 0.95
    # levels
    level1_share: float = 0.9
    level3_population: int = 250_000
    # travel estimate: straight line x detour, km/h by class
    detour: float = 1.3
    speed_urban: float = 30.0
    speed_rural: float = 50.0
    speed_unclassed: float = 38.0
    # a place farther than this from every road goes by the estimate
    road_snap_m: float = 1_000.0
    # the least travel in all, or the longest journey made as short as it can be first
    fairness: str = "mean"
    # Level 1: as many PCNs as possible with one team alone, at this much more than the cheapest
    lead_teams: bool = True
    lead_team_slack: float = 0.05
    # prices, in minutes per WTE
    move_price: float = 10.0
    vacancy_shares: tuple[float, ...] = (0.10, 0.25)
    vacancy_prices: tuple[float, ...] = (200.0, 400.0, 800.0)
    # groups
    nest: bool = False
    cross_icb: bool = False

    def __post_init__(self) -> None:
        faults: list[tuple[str, object, str]] = [
            (name, value, "a number above 0")
            for name, value in dataclasses.asdict(self).items()
            if isinstance(value, (int, float))
            and not isinstance(value, bool)
            and value <= 0
            and name not in FROM_ZERO
        ]
        faults += [
            (name, number, f"at most {LARGEST:,}")
            for name, value in dataclasses.asdict(self).items()
            for number in (value if isinstance(value, tuple) else (value,))
            if isinstance(number, (int, float)) and number > LARGEST
        ]
        for name in SHARES:
            value = getattr(self, name)
            if value is not None and (value > 1 or (value < 0 and name in FROM_ZERO)):
                faults.append((name, value, "a share from 0 to 1"))
        if self.fairness not in FAIRNESS:
            faults.append(("fairness", repr(self.fairness), f"one of {', '.join(FAIRNESS)}"))
        if self.population_min >= self.population_max:
            faults.append(("population_min", self.population_min, "less than population_max"))
        if self.population_max > self.population_strong_over:
            faults.append(
                ("population_strong_over", self.population_strong_over, "at least population_max")
            )
        if len(self.vacancy_prices) != len(self.vacancy_shares) + 1:
            faults.append(
                ("vacancy_prices", self.vacancy_prices, "one price more than vacancy_shares")
            )
        if list(self.vacancy_shares) != sorted(set(self.vacancy_shares)) or any(
            not 0 < share < 1 for share in self.vacancy_shares
        ):
            faults.append(("vacancy_shares", self.vacancy_shares, "rising shares between 0 and 1"))
        if list(self.vacancy_prices) != sorted(set(self.vacancy_prices)):
            faults.append(("vacancy_prices", self.vacancy_prices, "rising prices"))
        if faults:
            raise SettingsError(
                Fault(file="[policy]", column=name, found=str(found), expected=expected)
                for name, found, expected in faults
            )
