"""Districts: units, people, borders and distances in, the best groups round units of their own."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from footprint.allocation import columns, hess
from footprint.allocation.audit.districts import district_cost, district_faults
from footprint.allocation.problem import IntArray
from footprint.allocation.question import Answer, Question
from footprint.allocation.solution import CANNOT, status_words
from footprint.errors import Fault, InputError, ModelError

#: units of an average group from which there are too many sets to list, as a rule
LARGE = 20.0
#: costs of a unit and people of all above this are not whole numbers any more inside the solvers
LARGEST = 2**53
NONE_FOUND = "none found, which does not prove that there are none"


@dataclass(frozen=True)
class Districts:
    """
    The best districts there are, or that were found.

    Parameters
    ----------
    centre
        The unit that is the centre of each unit's district; empty where no districts were found.
    cost
        People x distance to the power, of all units; 0 where there are none.
    bound
        No districts that keep the rules cost less.
    status
        "proven best", "within x% of best", "best found" or "cannot be met because ..."; where the
        search came to its end without districts, that none were found.
    """

    centre: dict[Hashable, Hashable]
    cost: int
    bound: int
    status: str

    @property
    def members(self) -> dict[Hashable, list[Hashable]]:
        """Units of each district by its centre, in the order given."""
        found: dict[Hashable, list[Hashable]] = {}
        for unit, own in self.centre.items():
            found.setdefault(own, []).append(unit)
        return found


def districts(
    units: Sequence[Hashable],
    populations: Sequence[int],
    edges: Iterable[tuple[Hashable, Hashable]],
    distances: npt.ArrayLike,
    number: int,
    low: int,
    high: int,
    *,
    power: int = 2,
) -> Districts:
    """
    Split units into districts that hang together, each round one of its units, at least cost.

    The question of Hess et al. (1965) with contiguity. Its answer is held against every rule by
    an audit that shares no code with the solvers.

    Parameters
    ----------
    units
        Names, each once; P of them.
    populations
        (P,) people, whole numbers from 0.
    edges
        Pairs of units that adjoin; which way round, and how often, does not matter.
    distances
        (P, P) from each unit as a centre (row) to each unit, whole numbers from 0 in any measure:
        metres, say.
    number
        Districts.
    low, high
        Bounds of a district's population.
    power
        What distances are raised to before people count them: 2 as Hess et al. do, or 1.

    Raises
    ------
    InputError
        With every fault of what was given.

    Examples
    --------
    >>> found = districts("abcd", [5, 5, 5, 5], ["ab", "bc", "cd"],
    ...     [[0, 1, 2, 3], [1, 0, 1, 2], [2, 1, 0, 1], [3, 2, 1, 0]], 2, 10, 10)
    >>> found.members, found.cost, found.status
    ({'a': ['a', 'b'], 'c': ['c', 'd']}, 10, 'proven best')
    """
    units, pairs = list(units), [tuple(pair) for pair in edges]
    people = _whole("populations", populations, (len(units),))
    apart = _whole("distances", distances, (len(units), len(units)))
    faults = [
        *_unit_faults(units, pairs),
        *(one for one in (people, apart) if isinstance(one, Fault)),
        *_number_faults(len(units), number, low, high, power),
    ]
    if faults or isinstance(people, Fault) or isinstance(apart, Fault):
        raise InputError(faults)
    farthest = int(apart.max())
    if sum(people.tolist()) * farthest**power >= LARGEST:
        raise InputError(
            [Fault("distances", f"{farthest:,} at most", "a coarser measure: costs grow too large")]
        )
    place = {unit: position for position, unit in enumerate(units)}
    borders = [(one, other) for one, other in pairs]
    joined = [(place[one], place[other]) for one, other in borders]
    answer = best(
        Question(
            name="districts",
            cost=people * apart**power,
            road=np.ones(apart.shape, dtype=bool),
            population=people,
            low=int(low),
            high=int(high),
            edges=tuple(sorted({(min(a, b), max(a, b)) for a, b in joined})),
            fewest=int(number),
            most=int(number),
            own=True,
        )
    )
    if answer.owner is None:
        none = f"no {number} districts of {low:,} to {high:,} people hang together"
        return Districts({}, 0, answer.bound, CANNOT + none if answer.certain else NONE_FOUND)
    centre = {unit: units[own] for unit, own in zip(units, answer.owner.tolist(), strict=True)}
    given = dict(zip(units, people.tolist(), strict=True))
    broken = district_faults(centre, given, borders, number=number, low=low, high=high)
    cost = district_cost(units, centre, given, apart.tolist(), power)
    if broken or cost != answer.objective or answer.bound > cost:
        raise ModelError("; ".join([*broken, f"costs {cost}, {answer.objective} claimed"]))
    return Districts(centre, cost, answer.bound, status_words(cost, answer.bound))


def best(question: Question) -> Answer:
    """
    Answer a question with centres of its own: small groups by columns, large ones by flows.

    Parameters
    ----------
    question
        With ``own`` centres and no locks.
    """
    numbers, answer = question.numbers(), None
    if len(numbers) and question.units <= LARGE * numbers[0]:
        answer = columns.solve(question)
    return hess.solve(question) if answer is None else answer


# -- what was given ----------------------------------------------------------------------------


def _whole(name: str, values: npt.ArrayLike, shape: tuple[int, ...]) -> IntArray | Fault:
    """Whole numbers from 0 in the shape expected, or what is wrong."""
    try:
        given = np.asarray(values)
    except ValueError:
        return Fault(name, "rows of different lengths", f"shape {shape}")
    if given.shape != shape:
        return Fault(name, f"shape {given.shape}", f"shape {shape}, as many as units")
    if given.dtype.kind not in "iuf":
        return Fault(name, f"{given.dtype}", "numbers")
    wrong = ~np.isfinite(given) | (given < 0) | (given > LARGEST) | (given != np.rint(given))
    if wrong.any():
        first = tuple(np.argwhere(wrong)[0].tolist())
        where = ", ".join(str(position) for position in first)
        return Fault(name, f"{given[first]} at {where}", "whole numbers from 0")
    return given.astype(np.int64)


def _unit_faults(units: Sequence[Hashable], pairs: Sequence[tuple[Hashable, ...]]) -> list[Fault]:
    faults = []
    if not units:
        faults.append(Fault("units", "none", "one at least"))
    known = set(units)
    if len(known) < len(units):
        twice = next(unit for k, unit in enumerate(units) if unit in units[:k])
        faults.append(Fault("units", f"{twice} twice", "each once"))
    for row, pair in enumerate(pairs, start=1):
        if len(pair) != 2 or pair[0] == pair[1] or not known >= set(pair):
            found = " - ".join(map(str, pair))
            faults.append(Fault("edges", found, "two of the units", row=row))
    return faults


def _number_faults(units: int, number: int, low: int, high: int, power: int) -> list[Fault]:
    faults = []
    for name, value in (("number", number), ("low", low), ("high", high)):
        if not isinstance(value, int | np.integer) or value < 1:
            faults.append(Fault(name, f"{value}", "a whole number from 1"))
    if not faults and number > units:
        faults.append(Fault("number", f"{number}", f"at most {units}, as many as units"))
    if not faults and high < low:
        faults.append(Fault("high", f"{high}", f"{low} or more, as low"))
    if power not in {1, 2}:
        faults.append(Fault("power", f"{power}", "1 or 2"))
    return faults
