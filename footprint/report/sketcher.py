"""Pictures and files made beside the rest of a run, in a process of their own: the second core."""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType
from typing import Any

from footprint.errors import ModelError
from footprint.garbage import seldom
from footprint.processes import Second, answers, hand
from footprint.report import briefings, geopackage, pcn_map, stills
from footprint.report.content import Content

#: makes something of a content, maybe files in a folder: a function that another process finds too
Work = Callable[[Content, Path], Any]


def works(content: Content) -> dict[str, Work]:
    """
    What can be made beside a run, by name, in the order in which it is wanted.

    A work of each still gives it as large as a page needs, as
    :func:`footprint.report.stills.for_pages`; "maps" gives the maps of PCNs' pages by code.
    """
    return {
        **{stem: partial(_still, stem=stem) for stem in stills.stems(content)},
        "maps": _maps,
        "geopackage": _geopackage,
    }


def _still(content: Content, folder: Path, *, stem: str) -> bytes | None:
    made = stills.for_pages(stills.write(content, folder / "stills", stems=[stem]))
    return made.get(stem)


def _maps(content: Content, _: Path) -> dict[str, Any]:
    return pcn_map.every(content, briefings.chosen(content))


def _geopackage(content: Content, folder: Path) -> None:
    geopackage.write(content, folder / "footprint.gpkg")


class Sketcher(Second):
    """
    A process that works through a list while the run goes on.

    It loads what it needs when the context is entered, and works from :meth:`begin` on, the first
    of the list first. :meth:`take` hands over what is wanted; what has not been begun by then is
    done here, the last first, so that neither process waits long for the other. Both make the same
    bytes. Leaving the context ends the process.
    """

    def __init__(self) -> None:
        # a file, as a pipe that nobody reads would stop a process that says much
        said = tempfile.TemporaryFile()  # noqa: SIM115
        super().__init__("footprint.report.sketcher", said=said)
        self._left: deque[str] = deque()
        self._found: dict[str, Any] = {}
        self._ended = False
        self._news = Condition()
        self._thread = Thread(target=self._hand_over)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._left.clear()
        self.process.kill()
        if self._thread.ident is not None:
            self._thread.join()
        super().__exit__(kind, error, trace)
        assert self.said is not None
        self.said.close()

    def begin(self, content: Content, folder: Path, works: Mapping[str, Work]) -> None:
        """Have works done for a content, into a folder."""
        self._content, self._folder, self._works = content, folder, works
        self._left.extend(works)
        self._thread.start()

    def take(self, names: Iterable[str]) -> dict[str, Any]:
        """
        Do what has not been begun of what is named, wait for the rest; what was made, by name.

        Raises
        ------
        ModelError
            Where the other process ended before it was done, with what it said.
        """
        wanted = list(names)
        for name in reversed(wanted):
            try:
                self._left.remove(name)
            except ValueError:
                # begun there
                continue
            self._found[name] = self._works[name](self._content, self._folder)
        with self._news:
            self._news.wait_for(lambda: self._ended or self._found.keys() >= set(wanted))
        if not self._found.keys() >= set(wanted):
            raise ModelError(f"what was made beside the run is not complete: {self._told()}")
        return {name: self._found[name] for name in wanted}

    def finish(self) -> None:
        """Do what has not been begun, and wait for the rest."""
        self.take(self._works)

    def _hand_over(self) -> None:
        """Have one work after the other done there, as long as there are any."""
        try:
            hand((self._content, self._folder), self.asked)
            while (name := self._next()) is not None:
                hand(self._works[name], self.asked)
                self._note(name, pickle.load(self.answers))  # noqa: S301
        except (EOFError, OSError, pickle.UnpicklingError):
            # the process is gone: take() says why
            return
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _next(self) -> str | None:
        """Take the next of a list from which the other thread takes too."""
        try:
            return self._left.popleft()
        except IndexError:
            return None

    def _note(self, name: str, made: object) -> None:
        with self._news:
            self._found[name] = made
            self._news.notify_all()

    def _told(self) -> str:
        """What the process said when it ended."""
        self.process.wait()
        assert self.said is not None
        self.said.seek(0)
        return self.said.read().decode(errors="replace")


@seldom()
def _main() -> None:
    """Do what the other process asks for on stdin, one work after the other; answer on stdout."""
    found = answers()
    content, folder = pickle.load(sys.stdin.buffer)  # noqa: S301
    while True:
        try:
            work = pickle.load(sys.stdin.buffer)  # noqa: S301
        except EOFError:
            return
        hand(work(content, folder), found)


if __name__ == "__main__":
    _main()
