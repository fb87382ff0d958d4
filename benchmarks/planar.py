"""Maps of made-up units for benchmarks: points in a square, borders between neighbours, people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import Delaunay

from footprint.allocation.question import Question

#: a unit's people, and the mean ground it has in square km: PCNs between town and country
PEOPLE = (25_000, 65_000)
GROUND = 100.0
#: borders so many times as long as the median are none: they run round the outside
LONGEST = 2.5


@dataclass(frozen=True, eq=False)
class Plane:
    """
    Units of a made-up map.

    Parameters
    ----------
    xy
        (P, 2) km.
    people
        (P,).
    edges
        Pairs that adjoin, lower first, in order.
    """

    xy: npt.NDArray[np.float64]
    people: npt.NDArray[np.int64]
    edges: tuple[tuple[int, int], ...]

    @property
    def metres(self) -> npt.NDArray[np.int64]:
        """(P, P) whole metres between units."""
        apart = self.xy[:, None] - self.xy[None]
        return np.rint(1000 * np.hypot(apart[..., 0], apart[..., 1])).astype(np.int64)

    def question(self, low: int, high: int, fewest: int = 1, most: int | None = None) -> Question:
        """Ask for groups round units of their own, at least people x metres to the centre."""
        return Question(
            name="plane",
            cost=self.metres * self.people,
            road=np.ones_like(self.metres, dtype=bool),
            population=self.people,
            low=low,
            high=high,
            edges=self.edges,
            fewest=fewest,
            most=most,
            own=True,
        )


def plane(units: int, seed: int) -> Plane:
    """
    Make a map: uniform points, and the Delaunay edges between them that are not too long.

    Parameters
    ----------
    units
        How many: at least 4.
    seed
        The same map each time.
    """
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, np.sqrt(units * GROUND), (units, 2))
    corners = Delaunay(xy).simplices
    pairs = np.sort(np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]]))
    pairs = np.unique(pairs, axis=0)
    length = np.hypot(*(xy[pairs[:, 0]] - xy[pairs[:, 1]]).T)
    # the nearest neighbour of each unit stays, so that none stands alone
    first = {
        int(
            np.flatnonzero((pairs == unit).any(axis=1))[
                length[(pairs == unit).any(axis=1)].argmin()
            ]
        )
        for unit in range(units)
    }
    kept = [k for k in range(len(pairs)) if length[k] <= LONGEST * np.median(length) or k in first]
    people = rng.integers(*PEOPLE, units)
    return Plane(xy, people, tuple((int(a), int(b)) for a, b in pairs[kept]))
