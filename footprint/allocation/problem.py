"""The allocation problem of one service, in the integers that the solvers need."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from footprint.allocation.locks import Locked
from footprint.errors import ModelError

#: WTE are counted in hundredths, minutes in hundredths: a cost unit is 1 / COST_SCALE minute x WTE
WTE_SCALE = 100
MINUTE_SCALE = 100
COST_SCALE = WTE_SCALE * MINUTE_SCALE

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Problem:
    """
    One service: its teams, the PCNs that need it, and what lies between.

    T teams, P PCNs. WTE in integer hundredths, minutes as floats (``inf``: no road).

    Parameters
    ----------
    service_id, service_name
        The service line.
    level
        1, 2 or 3.
    teams, pcns
        Codes, in sorted order; the axes of the arrays.
    supply
        (T,) WTE hundredths of each team.
    demand
        (P,) WTE hundredths that each PCN needs.
    today
        (T, P) WTE hundredths of each team at each PCN today; a row sums to at most its supply.
    minutes
        (T, P) travel from base to PCN, ``inf`` where there is no road.
    max_minutes
        The service's travel limit.
    population
        (P,) registered patients.
    population_needed, max_population
        Bounds of a group at levels 2 and 3; ``max_population`` None where not given.
    edges
        Pairs of positions in ``pcns`` that adjoin, each once, lower first.
    system
        (P,) ICB/STP code of each PCN; groups stay inside one unless the policy says otherwise.
    team_system
        (T,) ICB/STP code to which each team belongs.
    basis
        What the minutes rest on, in a word that stands beside them ("estimate"); "" for none.
    locks
        What the user holds fast at levels 2 and 3.
    """

    service_id: str
    service_name: str
    level: int
    teams: tuple[str, ...]
    pcns: tuple[str, ...]
    supply: IntArray
    demand: IntArray
    today: IntArray
    minutes: FloatArray
    max_minutes: float
    population: IntArray
    population_needed: int
    max_population: int | None
    edges: tuple[tuple[int, int], ...]
    system: tuple[str, ...]
    team_system: tuple[str, ...]
    basis: str = ""
    locks: Locked = field(default_factory=Locked)

    def __post_init__(self) -> None:
        t, p = len(self.teams), len(self.pcns)
        shapes = {
            "supply": (t,),
            "demand": (p,),
            "today": (t, p),
            "minutes": (t, p),
            "population": (p,),
        }
        for name, shape in shapes.items():
            array = getattr(self, name)
            if array.shape != shape:
                raise ModelError(f"{self.service_id}: {name} is {array.shape}, not {shape}")
            # solvers truncate floats in silence, so only true integers get this far
            if name != "minutes" and (array.dtype.kind != "i" or (array < 0).any()):
                raise ModelError(f"{self.service_id}: {name} must be integers from 0")
        if np.isnan(self.minutes).any() or (self.minutes < 0).any():
            raise ModelError(f"{self.service_id}: minutes must be from 0, inf for no road")
        if (self.today.sum(axis=1) > self.supply).any():
            raise ModelError(f"{self.service_id}: today's staff exceed a team's WTE")
        if len(self.system) != p or len(self.team_system) != t:
            raise ModelError(f"{self.service_id}: a system code for every PCN and team")

    @property
    def reached_today(self) -> IntArray:
        """(T, P) today's WTE hundredths at PCNs to which there is a road: others fill no need."""
        return np.where(np.isfinite(self.minutes), self.today, 0)

    @property
    def unmet_today(self) -> IntArray:
        """(P,) WTE hundredths of demand above the staff who reach a PCN today."""
        return np.maximum(self.demand - self.reached_today.sum(axis=0), 0)


def cost_units(minutes: FloatArray | float) -> IntArray:
    """Minutes per WTE as integer cost units per 0.01 WTE, rounded half to even."""
    return np.rint(np.asarray(minutes, dtype=float) * MINUTE_SCALE).astype(np.int64)
