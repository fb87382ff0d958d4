"""Allocation of teams to PCNs: pure functions from a problem to a result."""
