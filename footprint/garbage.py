"""Python's search for garbage in cycles, put off while a run makes objects by the million."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

#: objects made before the next search, and searches of the young before one of the older
THRESHOLDS = (100_000, 20, 20)


@contextmanager
def seldom() -> Iterator[None]:
    """
    Search for garbage seldom, and never among what was there before.

    Every search of all objects walks through those of the libraries too, of which there are
    hundreds of thousands and none is garbage: a fifth of some stages. Also a decorator.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
