"""What the user holds fast at Levels 2 and 3: PCNs together, apart, or with a team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Literal

Pair = tuple[int, int]
Kind = Literal["together", "apart", "base"]


@dataclass(frozen=True)
class Locked:
    """
    Locks of one service, in positions.

    Parameters
    ----------
    together
        Pairs of PCNs that share a group.
    apart
        Pairs of PCNs that do not.
    base
        Pairs of a PCN and the team whose group it is in.
    """

    together: tuple[Pair, ...] = ()
    apart: tuple[Pair, ...] = ()
    base: tuple[Pair, ...] = ()

    def __len__(self) -> int:
        """How many locks there are."""
        return len(self.together) + len(self.apart) + len(self.base)

    def each(self) -> Iterator[tuple[Kind, Pair]]:
        """Every lock with its kind, in a fixed order."""
        yield from (("together", pair) for pair in self.together)
        yield from (("apart", pair) for pair in self.apart)
        yield from (("base", pair) for pair in self.base)

    def without(self, kind: Kind, pair: Pair) -> Locked:
        """Return all locks but one."""
        kept = {item.name: getattr(self, item.name) for item in fields(self)}
        kept[kind] = tuple(other for other in kept[kind] if other != pair)
        return Locked(**kept)

    def inside(self, pcns: Sequence[int], teams: Sequence[int]) -> Locked:
        """Return the locks that lie wholly among some PCNs and teams, in positions of these."""
        pcn = {p: k for k, p in enumerate(pcns)}
        team = {t: k for k, t in enumerate(teams)}
        return Locked(
            tuple((pcn[a], pcn[b]) for a, b in self.together if a in pcn and b in pcn),
            tuple((pcn[a], pcn[b]) for a, b in self.apart if a in pcn and b in pcn),
            tuple((pcn[p], team[t]) for p, t in self.base if p in pcn and t in team),
        )

    def broken(self, owner: Sequence[int]) -> Locked:
        """
        Return the locks that a partition does not keep.

        Parameters
        ----------
        owner
            (P,) team of each PCN; below 0 a number of what belongs together without a team, which
            is no group that two PCNs could be kept out of.
        """
        return Locked(
            tuple((a, b) for a, b in self.together if owner[a] != owner[b]),
            tuple((a, b) for a, b in self.apart if owner[a] == owner[b] and owner[a] >= 0),
            tuple((p, t) for p, t in self.base if owner[p] != t),
        )
