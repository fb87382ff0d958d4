"""A second process beside a run: the second core's work."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from types import TracebackType
from typing import IO, Self


class Second:
    """
    A process that runs a module of footprint; leaving the context ends it.

    Parameters
    ----------
    module
        Its name; it reads from stdin and answers on stdout.
    said
        An open file for what it says on stderr; it is not kept when None.
    """

    def __init__(self, module: str, *, said: IO[bytes] | None = None) -> None:
        self.module, self.said = module, said

    def __enter__(self) -> Self:
        self.process = subprocess.Popen(  # noqa: S603
            # -P: what lies in the user's folder is not imported
            [sys.executable, "-P", "-m", self.module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if self.said is None else self.said,
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.process.kill()
        self.process.communicate()

    @property
    def asked(self) -> IO[bytes]:
        """What the process reads."""
        assert self.process.stdin is not None
        return self.process.stdin

    @property
    def answers(self) -> IO[bytes]:
        """What it answers."""
        assert self.process.stdout is not None
        return self.process.stdout


def hand(thing: object, over: IO[bytes]) -> None:
    """Send a thing to the other process."""
    pickle.dump(thing, over)
    over.flush()


def answers() -> IO[bytes]:
    """Where a second process answers; what its libraries print does not get among the answers."""
    found = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return found
