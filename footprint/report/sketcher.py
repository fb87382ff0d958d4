"""Stills drawn beside the rest of a run, in a process of their own: the second core's work."""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from footprint.errors import ModelError
from footprint.processes import Second
from footprint.report.content import Content


class Sketcher(Second):
    """
    A process that draws stills while the run goes on.

    It begins to load what it needs when the context is entered, draws from :meth:`begin` on, and
    hands over what it drew at :meth:`finish`; leaving the context ends it. What it has not begun by
    then is drawn here, so that neither process waits long for the other. Pictures are the same
    bytes as :func:`footprint.report.stills.write` gives in the process itself.
    """

    def __init__(self) -> None:
        super().__init__("footprint.report.sketcher", told=True)

    def __enter__(self) -> Self:
        self._claims = tempfile.TemporaryDirectory(prefix="footprint-")
        return super().__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        super().__exit__(kind, error, trace)
        self._claims.cleanup()

    def begin(self, content: Content, folder: Path, stems: Sequence[str]) -> None:
        """Have the stills of ``stems`` drawn into ``folder``."""
        self._job = _Job(content, folder, tuple(stems), Path(self._claims.name))
        try:
            self.asked.write(pickle.dumps(self._job))
            self.asked.flush()
        except BrokenPipeError:
            # it ended before it could read: finish() says why
            return

    def finish(self) -> dict[str, bytes]:
        """Draw what has not been begun, wait for the rest; stills as large as a page needs."""
        mine = self._job.draw(reversed(self._job.stems))
        out, said = self.process.communicate()
        if self.process.returncode:
            raise ModelError(f"the stills could not be drawn: {said.decode(errors='replace')}")
        theirs: dict[str, bytes] = pickle.loads(out)  # noqa: S301
        return mine | theirs


@dataclass(frozen=True)
class _Job:
    """Stills to draw in two processes: who makes a still's file in ``claims`` first draws it."""

    content: Content
    folder: Path
    stems: tuple[str, ...]
    claims: Path

    def draw(self, stems: Iterable[str]) -> dict[str, bytes]:
        """Draw those that the other process has not begun."""
        from footprint.report import stills  # noqa: PLC0415

        found: dict[str, bytes] = {}
        for stem in stems:
            try:
                (self.claims / str(self.stems.index(stem))).touch(exist_ok=False)
            except FileExistsError:
                continue
            found |= stills.for_pages(stills.write(self.content, self.folder, stems=[stem]))
        return found


def _main() -> None:
    """Draw what the other process asks for on stdin; hand it over on stdout."""
    job = pickle.load(sys.stdin.buffer)  # noqa: S301
    sys.stdout.buffer.write(pickle.dumps(job.draw(job.stems)))


if __name__ == "__main__":
    _main()
