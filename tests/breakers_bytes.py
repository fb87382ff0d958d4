"""Ways to dress, cut and spoil the bytes of a patch's files."""

from __future__ import annotations

import gzip
import io
import random
import zipfile
from collections.abc import Iterator

from breaking import Broken, Files, cells, name_of, render

# ---- dress -----------------------------------------------------------------------------------


def zipped(members: dict[str, bytes]) -> bytes:
    """Files as the bytes of a zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def workbook(rows: list[list[str]]) -> bytes:
    """Rows of cells as the bytes of an Excel file."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Data")
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def dresses(data: bytes) -> dict[str, bytes]:
    """One table in forms that say the same."""
    rows, text = cells(data), data.decode()
    return {
        "BOM": b"\xef\xbb\xbf" + data,
        "CRLF": render(rows, end="\r\n"),
        "CR": render(rows, end="\r"),
        "every cell quoted": render(rows, all_quoted=True),
        "quoted, semicolons, CRLF, BOM": b"\xef\xbb\xbf"
        + render(rows, mark=";", end="\r\n", all_quoted=True),
        "tabs": render(rows, mark="\t"),
        "bars": render(rows, mark="|"),
        "UTF-16": text.encode("utf-16"),
        "UTF-16 the other way": b"\xfe\xff" + text.encode("utf-16-be"),
        "spaces around": render([[f" {item} " for item in row] for row in rows]),
        "a title above": b"NHS England, 2025\n\nNot for print,,\n" + data,
        "no last line end": data.rstrip(b"\n"),
        "blank lines below": data + b"\n\n,,\n\n",
        "gzip": gzip.compress(data, mtime=0),
        "gzip in gzip": gzip.compress(gzip.compress(data, mtime=0), mtime=0),
        "zip": zipped({"in/table.csv": data, "in/readme.txt": b"not a table"}),
        "workbook": workbook(rows),
    }


def dress(files: Files, keys: list[str]) -> Iterator[Broken]:
    """The same table in other dress: the answer stays the same."""
    for key in keys:
        name = name_of(key)
        for how, data in dresses(files[name]).items():
            outcome = "same"
            if key == "attributes" and how == "spaces around":
                outcome = "either"
            yield Broken(f"{name}: {how}", {name: data}, outcome)


# ---- bytes -----------------------------------------------------------------------------------


def cut(files: Files, keys: list[str], rng: random.Random) -> Iterator[Broken]:
    """Files that end too early, plain and packed."""
    for key in keys:
        name = name_of(key)
        data = files[name]
        for _ in range(6):
            at = rng.randrange(len(data))
            yield Broken(f"{name} cut at byte {at}", {name: data[:at]})
        forms = dresses(data)
        for how in ("gzip", "zip", "workbook"):
            packed = forms[how]
            for _ in range(3):
                at = rng.randrange(1, len(packed) - 1)
                yield Broken(f"{name} in {how}, cut at {at}", {name: packed[:at]}, "refused")
        utf16 = forms["UTF-16"]
        yield Broken(
            f"{name} in UTF-16, cut", {name: utf16[: len(utf16) // 2 // 2 * 2 + 1]}, "refused"
        )


def rubbish(files: Files, keys: list[str], rng: random.Random) -> Iterator[Broken]:
    """Bytes that are no table, or none any more."""
    fixed = {
        "empty": b"",
        "space": b" \n\r\n\t ",
        "NUL": b"\0" * 100,
        "a PDF": b"%PDF-1.7\n" + b"x" * 100,
        "an old Excel file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        "a picture": b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        "a page": b"<!DOCTYPE html><html><body>Not found</body></html>",
        "JSON": b'{"error": 404}',
        "an empty zip": zipped({}),
        "a zip of a note": zipped({"readme.txt": b"hello"}),
        "one comma": b",",
        "one quote": b'"',
        "only BOM": b"\xef\xbb\xbf",
        "UTF-16 BOM": b"\xff\xfe",
        "Parquet by name": b"PAR1" + b"\0" * 50 + b"PAR1",
        "SQLite by name": b"SQLite format 3\0" + b"\0" * 100,
        "a million commas": b"," * 1_000_000,
        "a million quotes": b'"' * 1_000_001,
        "a million line ends": b"\n" * 1_000_000 + b"x",
    }
    for key in keys:
        name = name_of(key)
        data = files[name]
        for how, junk in fixed.items():
            yield Broken(f"{name} is {how}", {name: junk}, "refused")
        yield Broken(f"{name} is noise", {name: rng.randbytes(2_000)}, "refused")
        for _ in range(3):
            at = rng.randrange(len(data))
            yield Broken(f"{name}, NUL at {at}", {name: data[:at] + b"\0" + data[at:]})
            yield Broken(f"{name}, a quote at {at}", {name: data[:at] + b'"' + data[at:]})
            yield Broken(f"{name}, noise at {at}", {name: data[:at] + rng.randbytes(9) + data[at:]})
            swapped = bytearray(data)
            swapped[at] ^= 1 << rng.randrange(8)
            yield Broken(f"{name}, a bit of byte {at} turned", {name: bytes(swapped)})
        yield Broken(f"{name} gone", {name: None}, "refused", "no such file")


def other_keys(files: Files, keys: list[str]) -> Iterator[Broken]:
    """Each file given under each other key."""
    both = [*keys, "small_areas", "outlines"]
    for key in both:
        for other in both:
            if other != key:
                yield Broken(f"{name_of(other)} as {key}", {name_of(key): files[name_of(other)]})
