"""The allocation of a service in plain sentences: what changes, what stays unfilled, and why."""

from __future__ import annotations

from footprint.allocation.phrases import Names, Story
from footprint.allocation.words_flow import explain_flow, explain_price, flow_reasons
from footprint.allocation.words_groups import explain_groups, group_reasons

__all__ = [
    "Names",
    "Story",
    "explain_flow",
    "explain_groups",
    "explain_price",
    "flow_reasons",
    "group_reasons",
]
