"""What can go wrong, as exceptions: one tree, so that a caller can catch it whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MAX_SHOWN = 20


class FootprintError(Exception):
    """Base of every error that footprint raises on purpose."""


@dataclass(frozen=True)
class Fault:
    """
    One thing wrong with one input.

    Parameters
    ----------
    file
        The file as the user named it.
    found
        What stands there.
    expected
        What should stand there.
    row
        1-based line of the file, the heading being line 1; None where the fault is not in a row.
    column
        The column's name in the file; None where the fault is not in a column.
    """

    file: str
    found: str
    expected: str
    row: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        """One line: where, what was found, what was expected."""
        where = [_short(self.file, 200)]
        if self.row is not None:
            where.append(f"row {self.row:,}")
        if self.column is not None:
            where.append(f"column {_short(self.column, 60)}")
        found, expected = _short(self.found), _short(self.expected, 300)
        return f"{', '.join(where)}: found {found}; expected {expected}"


class InputError(FootprintError):
    """
    The input cannot be used; carries every fault that was found, not only the first.

    Parameters
    ----------
    faults
        The faults, in the order in which a reader should see them.
    """

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__(str(self))

    def __str__(self) -> str:
        """All faults, a line each, the list cut with a count."""
        return "\n".join(_list(self.faults))


class SettingsError(InputError):
    """The patch file itself (TOML) cannot be used."""


class ModelError(FootprintError):
    """A fault of ours: a model or an invariant broke on input that passed every check."""


def _list(faults: Sequence[Fault]) -> list[str]:
    lines = [str(fault) for fault in faults[:MAX_SHOWN]]
    if len(faults) > MAX_SHOWN:
        lines.append(f"... and {len(faults) - MAX_SHOWN:,} more faults of the same input")
    return lines


def printable(text: str) -> str:
    """Return text with a space for every sign that would steer a terminal instead of showing."""
    return "".join(c if c.isprintable() else " " for c in str(text))


def _short(text: str, limit: int = 120) -> str:
    # control characters would let a cell write over a terminal's lines
    clean = printable(text)
    return clean if len(clean) <= limit else f"{clean[: limit - 1]}…"
