"""Works that a second process does beside a run: the second core's, and this one's when idle."""

from __future__ import annotations

import pickle
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from threading import Condition, Thread
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from footprint.errors import ModelError
from footprint.processes import Second, hand

if TYPE_CHECKING:
    from footprint.report.content import Content

#: the module that does works in the other process
WORKER = "footprint.report.sketcher"
#: makes something of a content, maybe files in a folder: a function that both processes find
Work = Callable[["Content", Path], Any]


class Beside(Second):
    """
    A process that works through a list while the run goes on.

    It loads what it needs when the context is entered: best before this process loads as much. It
    does what it is asked for, the first of the list first. :meth:`take` hands over what is wanted;
    what has not been begun by then is done here, the last first, so that neither process waits long
    for the other. Both make the same bytes. Leaving the context ends the process.
    """

    def __init__(self) -> None:
        # a file, as a pipe that nobody reads would stop a process that says much
        said = tempfile.TemporaryFile()  # noqa: SIM115
        super().__init__(WORKER, said=said)
        self._works: dict[str, tuple[Content, Path, Work]] = {}
        self._left: deque[str] = deque()
        self._found: dict[str, Any] = {}
        self._closed = self._ended = False
        self._fault: Exception | None = None
        self._news = Condition()
        self._thread = Thread(target=self._hand_over)

    def __enter__(self) -> Self:
        super().__enter__()
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        super().__exit__(kind, error, trace)
        assert self.said is not None
        self.said.close()

    def close(self) -> None:
        """End the process, whatever it has in hand: it writes no more."""
        with self._news:
            self._closed = True
            self._news.notify_all()
        self.process.kill()
        self.process.wait()
        self._thread.join()

    def ask(self, content: Content, folder: Path, works: Mapping[str, Work]) -> None:
        """
        Have works done for a content, into a folder; not those that were asked for before.

        They go before what has been asked for and not begun.
        """
        new = [name for name in works if name not in self._works]
        self._works |= {name: (content, folder, works[name]) for name in new}
        with self._news:
            # what waits for more to be known is waited for in turn
            self._left.extendleft(reversed(new))
            self._news.notify_all()

    def take(self, names: Iterable[str]) -> dict[str, Any]:
        """
        Do what has not been begun of what is named, wait for the rest; what was made, by name.

        Raises
        ------
        ModelError
            Where the other process ended before it was done, with what it said.
        OSError
            Where it could not write, as on a disk that is full.
        """
        wanted = list(names)
        for name in reversed(wanted):
            try:
                self._left.remove(name)
            except ValueError:
                # begun there
                continue
            content, folder, work = self._works[name]
            self._found[name] = work(content, folder)
        with self._news:
            self._news.wait_for(lambda: self._ended or self._found.keys() >= set(wanted))
        if not self._found.keys() >= set(wanted):
            if isinstance(self._fault, OSError):
                raise self._fault
            raise ModelError(f"what was made beside the run is not complete: {self._told()}")
        return {name: self._found[name] for name in wanted}

    def finish(self) -> None:
        """Do what has not been begun, and wait for the rest."""
        self.take(self._works)

    def _hand_over(self) -> None:
        """Have one work after the other done there, until the process is closed or lost."""
        given: Content | None = None
        try:
            while (name := self._next()) is not None:
                content, folder, work = self._works[name]
                if content is not given:
                    hand((content, folder), self.asked)
                    given = content
                hand(work, self.asked)
                made = pickle.load(self.answers)  # noqa: S301
                if isinstance(made, OSError):
                    self._fault = made
                    return
                with self._news:
                    self._found[name] = made
                    self._news.notify_all()
        except (EOFError, OSError, pickle.UnpicklingError):
            # the process is gone: take() says why
            return
        except Exception as error:  # what cannot be pickled is wrong in any way
            self._fault = error
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _next(self) -> str | None:
        """Wait for something to be asked for; None when the process is closed."""
        with self._news:
            self._news.wait_for(lambda: self._closed or self._left)
            return None if self._closed else self._left.popleft()

    def _told(self) -> str:
        """What the process said when it ended, or why nothing could be sent to it."""
        if self._fault is not None:
            return f"{type(self._fault).__name__}: {self._fault}"
        self.process.wait()
        assert self.said is not None
        self.said.seek(0)
        return self.said.read().decode(errors="replace")
