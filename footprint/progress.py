"""Progress on stderr: a bar on a terminal, a line per stage elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

#: stages of a run, in order, in the words that a planner sees
STAGES = (
    "Reading the files",
    "Drawing footprints",
    "Checking PCNs",
    "Lining up teams",
    "Working out travel",
    "Allocating staff",
    "Auditing the allocation",
    "Writing tables and workbook",
    "Drawing maps and pages",
)

Step = Callable[[str], None]


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Step]:
    """Yield a function that is told each stage as it begins."""
    if quiet:
        yield lambda stage: None
    elif sys.stderr.isatty():
        with click.progressbar(
            length=len(STAGES),
            file=sys.stderr,
            item_show_func=lambda stage: stage or "",
            show_eta=False,
        ) as bar:
            begun: list[str] = []

            def advance(stage: str) -> None:
                bar.update(1 if begun else 0, stage)
                begun.append(stage)

            yield advance
            bar.update(1, "done")
    else:
        yield lambda stage: click.echo(f"{stage} ...", err=True)
