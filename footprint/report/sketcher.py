"""What is made of a content beside a run: pictures and files, each a work of its own."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

from footprint.garbage import seldom
from footprint.processes import answers, hand
from footprint.report import briefings, geopackage, pcn_map, pcn_stills, stills
from footprint.report.beside import Work
from footprint.report.content import Content

#: works into which the pictures of PCNs are shared out
_FEW = 4


def works(content: Content) -> dict[str, Work]:
    """
    What can be made of a content beside a run, by name, in the order in which it is wanted.

    Stills of services show what is proposed (stories and tables of the allocation); all the others
    show the patch as it stands (its PCNs, their neighbours and checks, and the layers), and can be
    made before anything is proposed. A still is given as large as a page needs, as
    :func:`footprint.report.stills.write` does; "overview" is the first page's picture, and
    "maps" gives the maps of PCNs' pages by code.
    """
    return {
        **{stem: partial(_still, stem=stem) for stem in stills.stems(content)},
        "overview": _overview,
        "maps": _maps,
        "geopackage": _geopackage,
        **{
            f"pcns-{at}": partial(_pcn_stills, stems=stems)
            for at, stems in enumerate(_shared_out(pcn_stills.names(content).values()))
        },
    }


def _shared_out(stems: Iterable[str]) -> list[tuple[str, ...]]:
    """Pictures in a few works, as what several share is prepared in each."""
    every = tuple(stems)
    return [every[at::_FEW] for at in range(min(_FEW, len(every)))]


def _still(content: Content, folder: Path, *, stem: str) -> bytes | None:
    return stills.write(content, folder / "stills", stems=[stem]).get(stem)


def _overview(content: Content, _: Path) -> bytes:
    return stills.overview_picture(content)


def _maps(content: Content, _: Path) -> dict[str, Any]:
    return pcn_map.every(content, briefings.chosen(content))


def _pcn_stills(content: Content, folder: Path, *, stems: tuple[str, ...]) -> None:
    pcn_stills.write(content, folder / "stills", stems=stems)


def _geopackage(content: Content, folder: Path) -> None:
    geopackage.write(content, folder / "footprint.gpkg")


@seldom()
def _main() -> None:
    """Do what the other process asks for on stdin, one work after the other; answer on stdout."""
    found = answers()
    given: tuple[Content, Path]
    while True:
        try:
            asked = pickle.load(sys.stdin.buffer)  # noqa: S301
        except EOFError:
            return
        if isinstance(asked, tuple):
            given = asked
            continue
        try:
            made = asked(*given)
        except OSError as error:
            # a disk that is full is for the run to tell
            made = error
        hand(made, found)


if __name__ == "__main__":
    _main()
