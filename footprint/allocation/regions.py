"""Many systems at once: regions are split in two processes, which changes no answer."""

from __future__ import annotations

import os
import pickle
import sys
from collections import deque
from collections.abc import Sequence
from threading import Thread

from footprint.allocation import partition
from footprint.allocation.region import Partition, Region
from footprint.errors import ModelError
from footprint.processes import Second, answers, hand

#: so many regions that go by columns are worth a second process, which takes a second to start
MANY = 8
#: regions handed over at a time
AHEAD = 2


def solve(regions: Sequence[Region]) -> list[Partition]:
    """
    Split regions into groups, each by :func:`footprint.allocation.partition.solve`.

    Where many are large, a second process takes one after the other from the same list as this one,
    the largest first. No region's answer depends on another's or on the process that found it.

    Parameters
    ----------
    regions
        As for :func:`footprint.allocation.partition.solve`.

    Returns
    -------
    partitions
        In the order of the regions.

    Raises
    ------
    ModelError
        Where the answer of either process is not what it claims.
    """
    large = sum(region.cost.size >= partition.BY_COLUMNS for region in regions)
    if large < MANY or (os.cpu_count() or 1) < 2:
        return [partition.solve(region) for region in regions]
    left = deque(sorted(range(len(regions)), key=lambda k: (-regions[k].cost.size, k)))
    found: dict[int, Partition] = {}
    with Splitter() as second:
        thread = Thread(target=second.work, args=(regions, left, found))
        thread.start()
        try:
            while (k := _next(left)) is not None:
                found[k] = partition.solve(regions[k])
        except BaseException:
            # nothing more is wanted from there, and nobody waits for what it has in hand
            left.clear()
            second.process.kill()
            raise
        finally:
            thread.join()
    if second.fault is not None:
        raise second.fault
    # what the other process had in hand when it was lost
    return [found[k] if k in found else partition.solve(region) for k, region in enumerate(regions)]


def _next(left: deque[int]) -> int | None:
    """Take the next of a list from which another thread takes too."""
    try:
        return left.popleft()
    except IndexError:
        return None


class Splitter(Second):
    """A process that splits regions while this one splits others."""

    #: what went wrong in the other process, to be raised in this one
    fault: ModelError | None = None

    def __init__(self) -> None:
        super().__init__("footprint.allocation.regions")

    def work(
        self, regions: Sequence[Region], left: deque[int], found: dict[int, Partition]
    ) -> None:
        """Have regions split as long as there are any; ends where the process is lost."""
        sent: deque[int] = deque()
        try:
            while self.fault is None:
                # one waits there, as a solver here may keep this thread from going on
                while len(sent) < AHEAD and (k := _next(left)) is not None:
                    sent.append(k)
                    hand(regions[k], self.asked)
                if not sent:
                    return
                answer = pickle.load(self.answers)  # noqa: S301
                if isinstance(answer, ModelError):
                    self.fault = answer
                else:
                    found[sent.popleft()] = answer
        except (EOFError, OSError, pickle.UnpicklingError):
            # the process is gone: what it had in hand is done here
            return


def _main() -> None:
    """Split what comes on stdin, one region after the other; answer on stdout."""
    found = answers()
    while True:
        try:
            region = pickle.load(sys.stdin.buffer)  # noqa: S301
        except EOFError:
            return
        try:
            answer: object = partition.solve(region)
        except ModelError as fault:
            answer = fault
        hand(answer, found)


if __name__ == "__main__":
    _main()
