"""Python's own search for garbage during a run."""

from __future__ import annotations

import gc
import weakref

import pytest

from footprint.garbage import THRESHOLDS, seldom


class Knot:
    """Refers to itself, so that only the search finds it."""

    def __init__(self) -> None:
        self.me = self


def test_the_search_is_as_it_was_afterwards():
    """What was set before is set again, after a fault too, and nothing stays out of sight."""

    @seldom()
    def fails() -> None:
        assert gc.get_threshold() == THRESHOLDS
        assert gc.get_freeze_count() > 0
        raise ValueError("on the way")

    before = gc.get_threshold()
    with pytest.raises(ValueError, match="on the way"):
        fails()
    assert gc.get_threshold() == before
    assert gc.get_freeze_count() == 0


def test_garbage_is_still_found():
    """Cycles made within are collected within, in time."""
    with seldom():
        knot = weakref.ref(Knot())
        keep = [[] for _ in range(20 * THRESHOLDS[0])]
        assert knot() is None
    assert keep
