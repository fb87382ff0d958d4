"""
Audit: every claim about an allocation, rebuilt from the written tables alone.

Nothing here is shared with the solvers. Amounts are whole hundredths of a WTE and whole hundredths
of a minute, so that a cost is a whole number of 0.0001 minutes x WTE and is compared exactly.
"""

from footprint.allocation.audit.verdict import audit

__all__ = ["audit"]
