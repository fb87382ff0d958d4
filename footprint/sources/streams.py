"""Opening files by what is in them: plain, gzip, zip, Excel, Parquet, up to a size."""

from __future__ import annotations

import gzip
import hashlib
import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from footprint.errors import Fault, InputError

#: nothing that a planner has is larger once unpacked; a "bomb" is
MOST_BYTES = 1 << 30

#: files of an archive beyond which it is refused: each is looked into by itself
MOST_MEMBERS = 1_000

#: what reading packed bytes may raise; an unknown packing is a RuntimeError too
BROKEN = (
    OSError,
    EOFError,
    zlib.error,
    zipfile.BadZipFile,
    RuntimeError,
    KeyError,
    ValueError,
)

GZIP, ZIP, PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"PAR1"
#: first bytes of what is no table, in words
STRANGE = (
    (
        b"\xd0\xcf\x11\xe0",
        "an old Excel file (.xls), or one with a password: save it as .xlsx or CSV",
    ),
    (b"%PDF", "a PDF"),
    (b"SQLite format 3", "a database or GeoPackage"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
)
#: the same of text, in lower case and without space before it
STRANGE_TEXT = (
    # what a browser saves in place of a download, and what some systems call .xls
    (b"<!doctype html", "a web page, whatever its name: save the table in it as .xlsx or CSV"),
    (b"<html", "a web page, whatever its name: save the table in it as .xlsx or CSV"),
    (b"<?xml", "an XML file, whatever its name: save the table in it as .xlsx or CSV"),
)


@dataclass(frozen=True)
class Stream:
    """
    One thing that may be a table.

    ``label`` names it in messages (archive/member); ``folder`` is the folder inside an archive;
    ``open`` gives its bytes from the start, unpacked; ``head`` holds the first of them.
    """

    label: str
    folder: str
    open: Callable[[], BinaryIO]
    head: bytes

    def read(self) -> bytes:
        """Return all bytes; raises InputError where they are broken."""
        try:
            with self.open() as file:
                return file.read()
        except BROKEN as error:
            raise broken(self.label, error) from None


class _Closes(Protocol):
    def close(self) -> object: ...


class Capped(io.RawIOBase):
    """A stream of unpacked bytes that stops with an InputError beyond a number of them."""

    def __init__(self, inner: _Closes, below: tuple[_Closes, ...], most: int, label: str) -> None:
        self.inner, self.below = inner, below
        self.left, self.most, self.label = most, most, label

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1) -> bytes:  # type: ignore[override]
        """Return up to ``size`` bytes, all where it is negative or None."""
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        data = self.inner.read(wanted)  # type: ignore[attr-defined]
        self.left -= len(data)
        if self.left < 0:
            raise too_large(self.label, self.most)
        return data

    def close(self) -> None:
        """Close what is below too."""
        for file in (self.inner, *self.below):
            file.close()
        super().close()


def broken(label: str, error: Exception) -> InputError:
    """Turn what reading raised into a fault."""
    if isinstance(error, RuntimeError) and "password" in str(error):
        return InputError([Fault(label, "an archive with a password", "one without")])
    if isinstance(error, OSError) and error.strerror:
        return InputError([Fault(label, error.strerror, "a file")])
    kind = "archive" if isinstance(error, (zipfile.BadZipFile, KeyError)) else "file"
    if isinstance(error, (gzip.BadGzipFile, zlib.error, EOFError)):
        kind = "gzip file"
    return InputError([Fault(label, f"a broken {kind} ({error})", "a whole one")])


def too_large(label: str, most: int) -> InputError:
    """Say that a file is larger than any that a planner has."""
    return InputError(
        [Fault(label, f"more than {most >> 30:,} GiB once unpacked", "a smaller file")]
    )


def digest(path: Path) -> str:
    """SHA-256 of a file's bytes as they lie on disk; raises InputError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError([Fault(str(path), error.strerror or str(error), "a file")]) from None


def streams(path: Path, *, most: int | None = None) -> Iterator[Stream]:
    """
    Yield what may be tables in a file: itself, or the members of an archive in order of name.

    Parameters
    ----------
    path
        Any file: plain, gzip, zip (of plain, gzip or zip), .xlsx, Parquet.
    most
        Bytes beyond which an unpacked member is refused; :data:`MOST_BYTES` where not given.

    Raises
    ------
    InputError
        The file cannot be read, is empty, packed and broken, or too large.
    """
    limit = MOST_BYTES if most is None else most
    yield from _unpacked(str(path), "", lambda: path.open("rb"), limit, whole=True)


def _unpacked(
    label: str,
    folder: str,
    opened: Callable[[], BinaryIO],
    most: int,
    *,
    whole: bool,
    depth: int = 0,
) -> Iterator[Stream]:
    try:
        with opened() as file:
            head = file.read(1 << 18)
    except BROKEN as error:
        raise broken(label, error) from None
    if whole and not head.strip():
        raise InputError([Fault(label, "an empty file", "a table")])
    if head.startswith(GZIP):

        def inflated() -> BinaryIO:
            below = opened()
            return cast("BinaryIO", Capped(gzip.GzipFile(fileobj=below), (below,), most, label))

        yield from _unpacked(label, folder, inflated, most, whole=whole, depth=depth + 1)
        return
    if head.startswith(ZIP) and depth < 3:
        yield from _members(label, folder, opened, most, head, depth)
        return
    yield Stream(label, folder, opened, head)


def _members(
    label: str, folder: str, opened: Callable[[], BinaryIO], most: int, head: bytes, depth: int
) -> Iterator[Stream]:
    try:
        with _seekable(opened()) as file, zipfile.ZipFile(file) as archive:
            infos = sorted(archive.infolist(), key=lambda info: info.filename)
    except BROKEN as error:
        raise broken(label, error) from None
    names = {info.filename for info in infos}
    if any(name.startswith(("xl/", "word/", "ppt/")) for name in names) or "mimetype" in names:
        if sum(info.file_size for info in infos) > most:
            raise too_large(label, most)
        yield Stream(label, folder, opened, head)
        return
    if len(infos) > MOST_MEMBERS:
        raise InputError(
            [Fault(label, f"an archive of {len(infos):,} files", f"{MOST_MEMBERS:,} at most")]
        )
    found = False
    for info in infos:
        name = info.filename
        if info.is_dir() or name.startswith("__MACOSX/") or name.rpartition("/")[2].startswith("."):
            continue
        found = True
        inner = f"{label}/{name}"

        def member(info: zipfile.ZipInfo = info, inner: str = inner) -> BinaryIO:
            # a member ends at its declared size, whatever its bytes would unpack to
            if info.file_size > most:
                raise too_large(inner, most)
            below = _seekable(opened())
            try:
                archive = zipfile.ZipFile(below)
                file = cast("_Closes", archive.open(info))
            except BROKEN:
                below.close()
                raise
            return cast("BinaryIO", Capped(file, (archive, below), most, inner))

        inside = name.rpartition("/")[0]
        yield from _unpacked(inner, inside, member, most, whole=False, depth=depth + 1)
    if not found:
        raise InputError([Fault(label, "an archive without a file", "a table")])


def _seekable(file: BinaryIO) -> BinaryIO:
    if file.seekable():
        return file
    with file:
        return io.BytesIO(file.read())


def strange(head: bytes) -> str | None:
    """Say in words what bytes are that are certainly no table; None where they may be one."""
    text = head[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for data, kinds in ((head, STRANGE), (text, STRANGE_TEXT)):
        for start, words in kinds:
            if data.startswith(start):
                return words
    return None
