"""Keeping stdout for what footprint itself says."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """
    Drop what a library's C code prints to stdout meanwhile.

    HiGHS prints a line of its own now and then, whatever it is told
    (https://github.com/ERGO-Code/HiGHS/issues/2783); behind a pipe that line would come after the
    page to open, which is the last line of a run.
    """
    if os.name != "posix":
        yield
        return
    flush = ctypes.CDLL(None).fflush
    flush(None)
    try:
        stdout = os.dup(1)
    except OSError:
        # there is no stdout to keep clean
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        # what the C library has kept back goes nowhere too
        flush(None)
        os.dup2(stdout, 1)
        os.close(stdout)
        os.close(nowhere)
