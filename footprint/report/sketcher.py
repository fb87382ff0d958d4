"""Stills drawn beside the rest of a run, in a process of their own: the second core's work."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from footprint.errors import ModelError
from footprint.report.content import Content


class Sketcher:
    """
    A process that draws stills while the run goes on.

    It begins to load what it needs when the context is entered, draws from :meth:`begin` on, and
    hands over what it drew at :meth:`finish`; leaving the context ends it. Pictures are the same
    bytes as :func:`footprint.report.stills.write` gives in the process itself.
    """

    def __enter__(self) -> Sketcher:
        # -P: what lies in the user's folder is not imported
        command = [sys.executable, "-P", "-m", "footprint.report.sketcher"]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=pipe, stdout=pipe, stderr=pipe
        )
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def begin(self, content: Content, folder: Path, stems: Sequence[str]) -> None:
        """Have the stills of ``stems`` drawn into ``folder``."""
        self._order = pickle.dumps((content, folder, list(stems)))
        stdin = self._process.stdin
        assert stdin is not None
        try:
            stdin.write(self._order)
            stdin.flush()
        except BrokenPipeError:
            # it ended before it could read: finish() says why
            return

    def finish(self) -> dict[str, bytes]:
        """Wait for the drawing; return the stills in the size of a page, by stem."""
        out, said = self._process.communicate()
        if self._process.returncode:
            raise ModelError(f"the stills could not be drawn: {said.decode(errors='replace')}")
        found: dict[str, bytes] = pickle.loads(out)  # noqa: S301
        return found


def _main() -> None:
    """Draw what the other process asks for on stdin; hand it over on stdout."""
    from footprint.report import stills  # noqa: PLC0415

    content, folder, stems = pickle.load(sys.stdin.buffer)  # noqa: S301
    paths = stills.write(content, folder, stems=stems)
    sys.stdout.buffer.write(pickle.dumps(stills.for_pages(paths)))


if __name__ == "__main__":
    _main()
