"""Rules that could not be kept, as clauses that can be told by code or by name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from footprint.allocation.locks import Locked
from footprint.allocation.problem import Problem

Names = Mapping[str, str]


class Pcn(str):
    """A PCN's code within a clause."""

    __slots__ = ()


class Team(str):
    """A team's code within a clause."""

    __slots__ = ()


@dataclass(frozen=True)
class Clause:
    """
    One rule that could not be kept.

    Parameters
    ----------
    parts
        Words and the codes between them, in order.
    """

    parts: tuple[str | Pcn | Team, ...]

    def told(self, pcns: Names | None = None, teams: Names | None = None) -> str:
        """Tell it by name; a code without a name stands for itself."""
        names: dict[type, Names] = {Pcn: pcns or {}, Team: teams or {}}
        return "".join(names.get(type(part), {}).get(part, str(part)) for part in self.parts)


def of_pcns(text: str, codes: Iterable[str]) -> Clause:
    """Return a clause that ends in a list of PCNs."""
    told = _between([Pcn(code)] for code in codes)
    # the last mark of a list
    told[-2:-1] = [" and "] if len(told) > 1 else []
    return Clause((f"{text} ", *told))


def of_links(pairs: Iterable[tuple[str, str]]) -> Clause:
    """Say which PCNs share a group though the map cuts them off."""
    told = _between([Pcn(a), " and ", Pcn(b)] for a, b in pairs)
    return Clause(("no border or bridge joins ", *told, ", which share a group"))


def of_locks(problem: Problem, broken: Locked, *, cross: bool) -> Clause:
    """
    Say which locks are not kept, and why where that is plain.

    Parameters
    ----------
    problem
        The service.
    broken
        Locks that are not kept: one or more.
    cross
        Whether groups may cross systems.
    """
    told: list[list[str]] = []
    for kind, (a, b) in broken.each():
        first, home = Pcn(problem.pcns[a]), problem.system[a]
        if kind == "base":
            other = problem.team_system[b]
            said = [first, " is not with ", Team(problem.teams[b])]
            why = f", which belongs to {other}"
        else:
            other = problem.system[b]
            said = [first, " and ", Pcn(problem.pcns[b]), f" are not {kind}"]
            why = f", being in {home} and {other}"
        told.append([*said, why] if home != other and not cross else said)
    return Clause(("the locks cannot all be kept (", *_between(told, "; "), ")"))


def _between(groups: Iterable[Iterable[str]], mark: str = ", ") -> list[str]:
    """Put all groups of parts one after the other, a mark between them."""
    return list(itertools.chain.from_iterable((mark, *group) for group in groups))[1:]
