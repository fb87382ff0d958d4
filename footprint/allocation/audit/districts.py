"""Districts round units of their own, held against their rules from what was given alone."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence


def district_faults(
    centre: Mapping[Hashable, Hashable],
    populations: Mapping[Hashable, int],
    edges: Iterable[tuple[Hashable, Hashable]],
    *,
    number: int,
    low: int,
    high: int,
) -> list[str]:
    """
    Hold districts against every rule.

    Parameters
    ----------
    centre
        The centre of each unit's district.
    populations
        People of every unit there is.
    edges
        Pairs of units that adjoin.
    number
        Districts.
    low, high
        Bounds of a district's population.

    Returns
    -------
    faults
        A sentence for each rule broken; none where all are kept.
    """
    faults = []
    if set(centre) != set(populations):
        faults.append("the districts do not hold each unit")
    near: dict[Hashable, list[Hashable]] = {unit: [] for unit in populations}
    for a, b in edges:
        near[a].append(b)
        near[b].append(a)
    members: dict[Hashable, list[Hashable]] = {}
    for unit, own in centre.items():
        members.setdefault(own, []).append(unit)
    if len(members) != number:
        faults.append(f"{len(members)} districts found, {number} expected")
    for own, inside in members.items():
        people = sum(populations[unit] for unit in inside)
        if not low <= people <= high:
            faults.append(f"district {own}: {people:,} people, {low:,} to {high:,} expected")
        if own not in inside:
            faults.append(f"district {own}: its centre is not in it")
        elif len(_reached(own, set(inside), near)) < len(inside):
            faults.append(f"district {own}: it is in pieces")
    return faults


def district_cost(
    units: Sequence[Hashable],
    centre: Mapping[Hashable, Hashable],
    populations: Mapping[Hashable, int],
    distances: Sequence[Sequence[int]],
    power: int,
) -> int:
    """People x distance to the centre, to the power, of all units, in whole numbers."""
    place = {unit: position for position, unit in enumerate(units)}
    return sum(
        populations[unit] * int(distances[place[centre[unit]]][place[unit]]) ** power
        for unit in units
    )


def _reached(
    start: Hashable, inside: set[Hashable], near: Mapping[Hashable, Sequence[Hashable]]
) -> set[Hashable]:
    """Units of a district that a way inside it leads to."""
    seen, ahead = {start}, [start]
    while ahead:
        for unit in near[ahead.pop()]:
            if unit in inside and unit not in seen:
                seen.add(unit)
                ahead.append(unit)
    return seen
