"""Groups without fixed bases: what is asked of a map, and what is answered."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import networkx as nx
import numpy as np

from footprint.allocation.contiguity import Edge, components, graph_of
from footprint.allocation.locks import Locked
from footprint.allocation.problem import FloatArray, IntArray
from footprint.allocation.region import BoolArray
from footprint.errors import ModelError

#: units of a map small enough to look at any three; else those so many borders from the first
SMALL_MAP = 60
REACH = 2


@dataclass(frozen=True, eq=False)
class Question:
    """
    Units to split into groups that hang together, each with a centre; C centres, P units.

    Parameters
    ----------
    name
        For messages of errors.
    cost
        (C, P) whole units that it costs when the unit is in the centre's group.
    road
        (C, P) whether the unit may be in the centre's group.
    population
        (P,) people.
    low, high
        Bounds of a group's population; ``low`` is at least 1.
    edges
        Pairs of units that adjoin.
    fewest, most
        Bounds of the number of groups; ``most`` None where there is none.
    own
        Whether centre c is unit c, and so in its own group (Hess et al. 1965); otherwise centres
        are sites, which may lie anywhere.
    locks
        Units held together, apart, or in the group of a centre.
    """

    name: str
    cost: IntArray
    road: BoolArray
    population: IntArray
    low: int
    high: int
    edges: tuple[Edge, ...]
    fewest: int = 1
    most: int | None = None
    own: bool = False
    locks: Locked = field(default_factory=Locked)

    def __post_init__(self) -> None:
        centres, units = self.cost.shape
        if self.road.shape != (centres, units) or self.population.shape != (units,):
            raise ModelError(f"{self.name}: cost, road and population do not fit together")
        if self.own and centres != units:
            raise ModelError(f"{self.name}: every unit is its own centre, so as many of both")
        for array in (self.cost, self.population):
            # solvers truncate floats in silence, so only true integers get this far
            if array.dtype.kind != "i" or (array < 0).any():
                raise ModelError(f"{self.name}: cost and population must be integers from 0")
        if self.low < 1:
            raise ModelError(f"{self.name}: a group holds at least 1 person")

    @property
    def units(self) -> int:
        """How many units."""
        return len(self.population)

    @property
    def total(self) -> int:
        """All people."""
        return int(self.population.sum())

    @cached_property
    def way(self) -> BoolArray:
        """(C, P) whether the unit may be in the centre's group, locks to a centre included."""
        way = self.road.copy()
        for unit, centre in self.locks.base:
            way[np.arange(len(way)) != centre, unit] = False
        return way

    @cached_property
    def holds(self) -> BoolArray:
        """(C, P) whether the centre's group has to hold the unit."""
        holds = np.eye(*self.cost.shape, dtype=bool) if self.own else np.zeros_like(self.road)
        for unit, centre in self.locks.base:
            holds[centre, unit] = True
        return holds

    def greedy(self, number: int) -> FloatArray:
        """(P,) cost of each unit with the nearest of so many centres, chosen one by one."""
        cost = np.where(self.way, self.cost, self.dearest)
        here = np.full(self.units, np.inf)
        for _ in range(number):
            here = np.minimum(here, cost[np.minimum(here, cost).sum(axis=1).argmin()])
        return here

    @cached_property
    def typical(self) -> float:
        """About what a split costs in units, at least 1: the measure of steps and tolerances."""
        return max(1.0, float(self.greedy(max(1, self.total // max(1, self.high))).sum()))

    @property
    def dearest(self) -> float:
        """Cost in units of all with their farthest centres: no split costs more."""
        return float(np.where(self.way, self.cost, 0).max(axis=0).sum())

    @cached_property
    def graph(self) -> nx.Graph:
        """Units and what adjoins."""
        return graph_of(self.units, self.edges)

    @cached_property
    def near(self) -> BoolArray:
        """(P, P) whether two units adjoin."""
        near = np.zeros((self.units, self.units), dtype=bool)
        if self.edges:
            a, b = np.array(self.edges).T
            near[a, b] = near[b, a] = True
        return near

    @cached_property
    def triples(self) -> IntArray:
        """(m, 3) units that lie near one another: all threes of a small map."""
        close = np.linalg.matrix_power(self.near + np.eye(self.units), REACH) > 0
        if self.units <= SMALL_MAP:
            close[:] = True
        found = []
        for first in range(self.units):
            later = first + 1 + np.flatnonzero(close[first, first + 1 :])
            a, b = np.triu_indices(len(later), 1)
            found.append(np.column_stack([np.full(len(a), first), later[a], later[b]]))
        return np.concatenate([np.zeros((0, 3), dtype=np.int64), *found])

    def numbers(self) -> range:
        """How many groups there may be, by the people of each piece of the map; maybe none."""
        few = many = 0
        for piece in components(self.graph, range(self.units)):
            people = int(self.population[piece].sum())
            least = max(1, -(-people // self.high)) if self.high else 1
            if people // self.low < least:
                return range(0)
            few += least
            many += people // self.low
        most = len(self.cost) if self.most is None else min(self.most, len(self.cost))
        return range(max(few, self.fewest), min(many, most) + 1)

    def bounds(self, numbers: range) -> tuple[int, int]:
        """Bounds of a group's population, given how many groups there are."""
        low = self.total - (numbers[-1] - 1) * self.high
        high = self.total - (numbers[0] - 1) * self.low
        return max(self.low, low), min(self.high, high)

    def objective(self, owner: IntArray) -> int:
        """Cost in units of a split, in whole numbers from its own definition."""
        return int(self.cost[owner, np.arange(self.units)].sum())

    def keeps(self, owner: IntArray) -> bool:
        """Whether a split keeps every rule."""
        groups = [np.flatnonzero(owner == centre) for centre in sorted(set(owner.tolist()))]
        most = len(groups) if self.most is None else self.most
        return (
            self.fewest <= len(groups) <= most
            and bool(self.road[owner, np.arange(self.units)].all())
            and all(self.low <= self.population[group].sum() <= self.high for group in groups)
            and all(len(components(self.graph, group.tolist())) == 1 for group in groups)
            and (not self.own or all(owner[centre] == centre for centre in set(owner.tolist())))
            and not self.locks.broken(owner.tolist())
        )


@dataclass(frozen=True, eq=False)
class Answer:
    """
    The best split there is, or that was found.

    Parameters
    ----------
    owner
        (P,) centre of each unit; None where there is no split, or none was found.
    objective, bound
        Whole units: its cost, and a bound on that of every split that keeps the rules. Both 0
        where there is no split.
    certain
        Whether that there is no split is proven.
    """

    owner: IntArray | None
    objective: int
    bound: int
    certain: bool = True
