"""A second process beside a run, the second core's work; and the end of both in order."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import IO, Self

#: what a scheduler whose time is up sends, and a terminal that is closed (there is none on Windows)
_ENDING = ("SIGTERM", "SIGHUP")


@contextmanager
def orderly() -> Iterator[None]:
    """
    Have a run that is told to end do so as after Ctrl-C: what it made aside goes.

    Python alone would drop everything on the spot. What whoever started the run ignores
    (``nohup``) stays ignored, and who is told twice ends at once. Signals are the main thread's:
    in another this does nothing.
    """

    def end(number: int, _: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)
        sys.exit(128 + number)

    main = threading.current_thread() is threading.main_thread()
    numbers = [getattr(signal, name) for name in _ENDING if main and hasattr(signal, name)]
    mine = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    for number in mine:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in mine:
            signal.signal(number, signal.SIG_DFL)


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
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return found
