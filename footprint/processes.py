"""A second process beside a run: the second core's work."""

from __future__ import annotations

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
    told
        Whether what it says on stderr is kept, to be told with its fault.
    """

    def __init__(self, module: str, *, told: bool = False) -> None:
        self.module, self.told = module, told

    def __enter__(self) -> Self:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(  # noqa: S603
            # -P: what lies in the user's folder is not imported
            [sys.executable, "-P", "-m", self.module],
            stdin=pipe,
            stdout=pipe,
            stderr=pipe if self.told else subprocess.DEVNULL,
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
