"""Checks of PCNs: one module a check, each with its verdicts, evidence and geometry."""

from footprint.checks.ground import Ground, prepare
from footprint.checks.run import Checked, run

__all__ = ["Checked", "Ground", "prepare", "run"]
