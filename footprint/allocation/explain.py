"""The allocation of a service in plain sentences: what changes, what stays unfilled, and why."""

from __future__ import annotations

from footprint.allocation.phrases import Names, Story
from footprint.allocation.words_flow import explain_flow, flow_reasons
from footprint.allocation.words_groups import explain_groups, group_reasons
from footprint.allocation.words_margins import explain_price, explain_worth

__all__ = [
    "Names",
    "Story",
    "explain_flow",
    "explain_groups",
    "explain_price",
    "explain_worth",
    "flow_reasons",
    "group_reasons",
]
