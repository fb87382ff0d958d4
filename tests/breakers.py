"""Ways to break a patch's files, each a family of broken inputs with what must come of them."""

from __future__ import annotations

import gzip
import io
import json
import random
import re
import zipfile
from collections.abc import Callable, Iterator

from breaking import PATCH_FILE, Broken, Files, cells, name_of, render

#: columns that a file must have
NEEDED = {
    "practices": "PRACTICE_CODE",
    "list_sizes": "CODE NUMBER_OF_PATIENTS",
    "weighted_lists": "PRACTICE_CODE WEIGHTED_LIST_SIZE",
    "locations": "PRACTICE_CODE EASTING NORTHING",
    "postcodes": "PCDS OSEAST1M OSNRTH1M",
    "sites": "PRACTICE_CODE",
    "registrations": "PRACTICE_CODE LSOA_CODE NUMBER_OF_PATIENTS",
    "small_area_lookup": "lsoa21_code",
    "vintage_lookup": "LSOA11CD LSOA21CD",
    "rural_urban": "lsoa21_code ruc",
    "populations": "LSOA21CD POPULATION",
    "ages": "CODE AGE NUMBER_OF_PATIENTS",
    "deprivation": "LSOA21CD IMD_DECILE",
    "attributes": "PCN_CODE",
    "localities": "LSOA21CD LOCALITY",
    "crossings": "a b kind",
    "places": "place_name easting northing",
    "teams": "team_id service_id wte",
    "team_areas": "LSOA_CODE team_id",
    "services": "service_id wte_per_10000 min_team_wte min_population max_travel_minutes",
    "candidate_sites": "SITE_NAME",
    "travel_times": "base LSOA_CODE minutes",
}
#: columns of numbers in which a blank is refused, and those where it means "not known"
COUNTS = {
    "list_sizes": ["NUMBER_OF_PATIENTS"],
    "registrations": ["NUMBER_OF_PATIENTS"],
    "ages": ["NUMBER_OF_PATIENTS"],
    "services": ["min_population"],
    "deprivation": ["IMD_DECILE"],
}
NUMBERS = {
    "populations": ["POPULATION"],
    "services": ["wte_per_10000", "min_team_wte", "max_travel_minutes"],
    "teams": ["wte"],
}
BLANKABLE = {
    "locations": ["EASTING", "NORTHING"],
    "places": ["easting", "northing"],
    "weighted_lists": ["WEIGHTED_LIST_SIZE"],
    "services": ["max_population", "level"],
    "teams": ["latitude", "longitude"],
    "travel_times": ["minutes"],
}
#: texts for people, of which a break changes nothing but the text
FREE = {
    "practices": ["PRACTICE_NAME", "PCN_NAME", "SUB_ICB_LOCATION_NAME", "ICB_NAME"],
    "localities": ["LOCALITY"],
    "attributes": ["REMARK"],
    "crossings": ["name"],
    "places": ["place_name"],
    "teams": ["team_name", "base_name"],
    "services": ["service_name"],
    "candidate_sites": ["SITE_NAME"],
}
#: files where a further column means something
OPEN_ENDED = ("attributes",)
#: files in which a record that repeats word for word counts once
SAME = ("small_area_lookup", "vintage_lookup", "rural_urban", "deprivation", "localities")
#: files whose records may repeat
REPEATS = ("postcodes", "sites", "crossings", "places", "candidate_sites")

NO_COUNTS = (
    "-1 1.5 ten nan inf -inf 1e400 1e12 99999999999999999999999 0x10 1_000 TRUE 12,34 1,00 =1+1"
    " 7OOO １２ ١٢ ½ ² 1- +- --5 1e 7.000,00 £7 7%"
).split()
NO_NUMBERS = "-1 ten nan inf 1e400 0x10 1_000 TRUE 12,34 =1+1 １２ ١٢ 1:30".split()

SCRIPT = "<script>alert(1)</script>"
HOSTILE = (
    SCRIPT,
    '"></td><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %} ${x} #{y}",
    'Dove & Ash\'s "Group", Leek; and | tab\there',
    "two\nlines",
    "two\r\nlines\rand three",
    '=HYPERLINK("http://x","y")',
    "+1+1",
    "@SUM(A1)",
    "\u202egnirts desrever",
    "العربية والعبرية עברית",
    "e\u0301\u0327 Z\u0351\u036b\u0343\u036a\u0302a\u0301",
    "\U0001f3e5\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\ufeffmark",
    "\u2028line\u2029paragraph\x85next",
    "\x1b[2J\x07bell\x7f",
    "\\N \\0 \\x41 %s %d {0} C:\\temp",
    "../../etc/passwd",
    "NULL",
    "None",
    "-",
    "'; DROP TABLE pcns; --",
    "]]><!-- -->",
    "x" * 5_000,
)


def cell(files: Files, key: str, column: str, row: int, text: str) -> bytes:
    """Return a file with another text in one cell; rows count from 1 below the headings."""
    rows = cells(files[name_of(key)])
    rows[row][rows[0].index(column)] = text
    return render(rows)


def rows_in(files: Files, key: str) -> int:
    """Count the records of a file."""
    return len(cells(files[name_of(key)])) - 1


# ---- columns ---------------------------------------------------------------------------------


def columns(files: Files, keys: list[str], rng: random.Random) -> Iterator[Broken]:
    """Columns dropped, renamed, doubled, swapped, in another order, and further ones."""
    for key in keys:
        name = name_of(key)
        rows = cells(files[name])
        needed = NEEDED[key].split()
        for at, heading in enumerate(rows[0]):
            outcome = "refused" if heading in needed else "either"
            yield Broken(
                f"{name} without {heading}",
                {name: render([row[:at] + row[at + 1 :] for row in rows])},
                outcome,
            )
            renamed = [[*rows[0][:at], "zzz", *rows[0][at + 1 :]], *rows[1:]]
            yield Broken(f"{name}, {heading} renamed", {name: render(renamed)}, outcome)
            if heading in needed:
                doubled = [[row[at], *row] for row in rows]
                yield Broken(
                    f"{name}, {heading} twice",
                    {name: render(doubled)},
                    "refused",
                    "columns of this name|same name",
                )
        for number in range(3):
            order = rng.sample(range(len(rows[0])), len(rows[0]))
            yield Broken(
                f"{name}, columns in order {order}",
                {name: render([[row[i] for i in order] for row in rows])},
                "same",
            )
            at = rng.randrange(len(rows[0]) + 1)
            further = ["zzz", "", 'note, "of mine"\nhere'][number]
            wide = [
                [*row[:at], further if not i else HOSTILE[i % 9], *row[at:]]
                for i, row in enumerate(rows)
            ]
            # what has a heading is an attribute too; what has none is not
            outcome = "either" if key in OPEN_ENDED and further else "same"
            yield Broken(f"{name}, a column {further!r} at {at}", {name: render(wide)}, outcome)
        dressed = [
            [f" {h.lower()}  " for h in rows[0]],
            [h.replace("_", " ").title() for h in rows[0]],
            [h.replace("_", "\n") for h in rows[0]],
        ]
        for head in dressed:
            yield Broken(
                f"{name}, headings {head[0]!r}",
                {name: render([head, *rows[1:]])},
                "either" if key in OPEN_ENDED else "same",
            )
        yield Broken(f"{name} without headings", {name: render(rows[1:])}, "refused")
        yield Broken(f"{name}, headings twice", {name: render([rows[0], *rows])})
        yield Broken(
            f"{name}, headings alone",
            {name: render(rows[:1])},
            "refused",
            "no records|without records",
        )
        yield Broken(
            f"{name}, headings at the end", {name: render([*rows[1:], rows[0]])}, "refused"
        )


# ---- records ---------------------------------------------------------------------------------


def records(files: Files, keys: list[str], rng: random.Random) -> Iterator[Broken]:
    """Records dropped, doubled, shuffled, shifted to either side, cut short and run on."""
    for key in keys:
        name = name_of(key)
        rows = cells(files[name])
        head, body = rows[0], rows[1:]
        for _ in range(2):
            yield Broken(
                f"{name}, records shuffled",
                {name: render([head, *rng.sample(body, len(body))])},
                "same",
            )
            at = rng.randrange(len(body))
            row = body[at]
            less = [*body[:at], *body[at + 1 :]]
            if less:
                yield Broken(f"{name} without record {at + 1}", {name: render([head, *less])})
            again = render([head, *body, row])
            if key in SAME:
                yield Broken(f"{name}, record {at + 1} twice", {name: again}, "same")
            elif key not in REPEATS:
                yield Broken(
                    f"{name}, record {at + 1} twice",
                    {name: again},
                    "refused",
                    "again|more than once",
                )
            shifts = {
                "to the left": [*row[1:], ""],
                "to the right": ["", *row[:-1]],
                "backwards": row[::-1],
                "all blank but the first": [row[0], *[""] * (len(row) - 1)],
            }
            for how, moved in shifts.items():
                yield Broken(
                    f"{name}, record {at + 1} shifted {how}",
                    {name: render([head, *body[:at], moved, *body[at + 1 :]])},
                )
            for how, moved in {"short": row[:-1], "long": [*row, "x"], "one": ["x"]}.items():
                yield Broken(
                    f"{name}, record {at + 1} too {how}",
                    {name: render([head, *body[:at], moved, *body[at + 1 :]])},
                    "refused",
                    rf"row {at + 2}.*cell|no records",
                )
        blank = [""] * len(head)
        yield Broken(
            f"{name}, blank records",
            {name: render([head, blank, *body[:1], blank, blank, *body[1:], blank])},
            "same",
        )


# ---- cells -----------------------------------------------------------------------------------


def numbers(files: Files, keys: list[str], rng: random.Random) -> Iterator[Broken]:
    """Counts and numbers that are none: blank, negative, fractional, enormous, words."""
    for kinds, texts, blank in (
        (COUNTS, NO_COUNTS, "refused"),
        (NUMBERS, NO_NUMBERS, "refused"),
        # a spreadsheet's nan is a blank; -1 is a longitude
        (BLANKABLE, [text for text in NO_NUMBERS if text not in ("nan", "-1")], "either"),
    ):
        for key in keys:
            for column in kinds.get(key, []):
                for text in ("", " ", *texts):
                    row = rng.randrange(rows_in(files, key)) + 1
                    outcome = "refused" if text.strip() else blank
                    yield Broken(
                        f"{name_of(key)}, {column} of record {row} = {text!r}",
                        {name_of(key): cell(files, key, column, row, text)},
                        outcome,
                        rf"row {row + 1}\b" if outcome == "refused" else "",
                    )


def harmless_numbers(files: Files) -> Iterator[Broken]:
    """Counts as spreadsheets write them."""
    for text in ("7,000", " 7000 ", "7000.0", "7e3", "+7000", "007000", "7000.", "7,000.00"):
        rows = cells(files["registrations.csv"])
        at = rows[0].index("NUMBER_OF_PATIENTS")
        changed = [rows[0]] + [
            [*row[:at], text if row[at] == "7000" else row[at], *row[at + 1 :]] for row in rows[1:]
        ]
        yield Broken(f"7000 as {text!r}", {"registrations.csv": render(changed)}, "same")


def texts(files: Files, keys: list[str], rng: random.Random) -> Iterator[Broken]:
    """Hostile text in every column that is no number."""
    for key in keys:
        name = name_of(key)
        plain = {name for kind in (COUNTS, NUMBERS, BLANKABLE) for name in kind.get(key, [])}
        for column in cells(files[name])[0]:
            if column in plain:
                continue
            few = HOSTILE if column in FREE.get(key, []) else rng.sample(HOSTILE, 5)
            for text in few:
                row = rng.randrange(rows_in(files, key)) + 1
                yield Broken(
                    f"{name}, {column} of record {row} = {text[:40]!r}",
                    {name: cell(files, key, column, row, text)},
                )


def long_cells(files: Files, keys: list[str], rng: random.Random) -> Iterator[Broken]:
    """One cell a million characters long."""
    for key in keys:
        name = name_of(key)
        heading = cells(files[name])[0]
        for column in rng.sample(heading, min(2, len(heading))):
            row = rng.randrange(rows_in(files, key)) + 1
            long = rng.choice(("x", "7", "x y ", '"', "é")) * 1_000_000
            data = cell(files, key, column, row, long[:1_000_000])
            yield Broken(f"{name}, {column} of record {row} a million long", {name: data})
        rows = cells(files[name])
        rows[0][0] = "x" * 1_000_000
        yield Broken(f"{name}, a heading a million long", {name: render(rows)})


def many_faults(files: Files) -> Iterator[Broken]:
    """Ten thousand faults in one file: the list is cut with a count."""
    for key, column in (
        ("registrations", "NUMBER_OF_PATIENTS"),
        ("list_sizes", "NUMBER_OF_PATIENTS"),
        ("practices", "PCN_CODE"),
    ):
        rows = cells(files[name_of(key)])
        at = rows[0].index(column)
        more = [
            [*(f"{cell}{i}" for cell in rows[1][:at]), "-x", *rows[1][at + 1 :]]
            for i in range(10_000)
        ]
        yield Broken(
            f"{name_of(key)}, ten thousand faults",
            {name_of(key): render([*rows, *more])},
            "refused",
            r"and 9,980 more faults",
        )


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


# ---- what does not belong together -----------------------------------------------------------


def _old(data: bytes, most: int | None = None) -> bytes:
    """Codes of small areas as if they were of 2011: made before those of 2021."""
    return data.replace(b"E0199", b"E0100", -1 if most is None else most)


def mixed(files: Files) -> Iterator[Broken]:
    """Files of two vintages, two dates, two orders of coordinates."""
    by_area = (
        "registrations small_area_lookup rural_urban populations deprivation localities team_areas"
        " crossings travel_times"
    ).split()
    link = cells(files["vintage_lookup.csv"])
    carried = render([link[0], *([_old(old.encode()).decode(), *rest] for old, *rest in link[1:])])
    for key in by_area:
        name = name_of(key)
        for how, data in {
            "all": _old(files[name]),
            "some": _old(files[name], 3),
            "by its heading": re.sub(
                rb"(?i)lsoa(21)?_?c(od|d)", rb"LSOA11C\2", files[name], count=1
            ),
        }.items():
            yield Broken(f"{name}, {how} of 2011", {name: data})
            yield Broken(
                f"{name}, {how} of 2011, with a look-up",
                {name: data, "vintage_lookup.csv": carried},
            )
    both = {name_of(key): _old(files[name_of(key)]) for key in ("registrations", "populations")}
    yield Broken("people of 2011", {**both, "vintage_lookup.csv": carried}, deep=True)
    shapes_before = _old(files["areas.geojson"])
    yield Broken("boundaries of 2011", {"areas.geojson": shapes_before})
    everything = {name: _old(data) for name, data in files.items() if b"E0199" in data}
    yield Broken("everything of 2011", everything)
    for key in ("list_sizes", "registrations", "ages"):
        rows = cells(files[name_of(key)])
        dated = [[*rows[0], "EXTRACT_DATE"]]
        dated += [[*row, ("01JAN2025", "01APR2025")[i % 2]] for i, row in enumerate(rows[1:])]
        yield Broken(
            f"{name_of(key)} of two dates", {name_of(key): render(dated)}, "refused", "one date"
        )
    teams = files["teams.csv"].replace(b"latitude,longitude", b"longitude,latitude")
    yield Broken("teams, swapped", {"teams.csv": teams}, "refused", "seem to be swapped")
    rows = cells(files["locations.csv"])
    for key, how in (("places", "place_name,latitude,longitude"), ("locations", "")):
        head = how.split(",") if how else ["PRACTICE_CODE", "LATITUDE", "LONGITUDE"]
        body = [[row[0], "-2.0", "52.6"] for row in rows[1:]]
        yield Broken(
            f"{key}, swapped",
            {name_of(key): render([head, *body])},
            "refused",
            "seem to be swapped",
        )
    two = render([*rows, ["Z00000", "1", "1"]])
    yield Broken("locations, a practice in two places", {"locations.csv": two}, "refused")


#: cells of a trust's own files: what must come of each
TRUST = (
    ("teams", "service_id", "dentistry", "refused", "'dentistry'"),
    ("teams", "service_id", "Nursing", "refused", "'Nursing'"),
    ("teams", "team_id", "", "refused", "a blank"),
    ("teams", "team_id", "T2", "refused", "T2 again"),
    ("teams", "pcn_codes", "U99999", "refused", "'U99999'"),
    ("teams", "pcn_codes", "U99001 and U99002", "refused", "'AND'"),
    ("teams", "pcn_codes", "U99003", "either", ""),
    ("teams", "pcn_codes", ";;, ;", "either", ""),
    ("teams", "pcn_codes", "u99001;U99001", "either", ""),
    ("teams", "latitude", "", "refused", "both coordinates"),
    ("teams", "wte", "0", "either", ""),
    ("teams", "wte", "99999.99", "either", ""),
    ("teams", "wte", "1e-300", "either", ""),
    ("teams", "wte", "100001", "refused", "100000"),
    ("services", "wte_per_10000", "0", "refused", "above 0"),
    ("services", "wte_per_10000", "1e-12", "either", ""),
    ("services", "wte_per_10000", "10000", "either", ""),
    ("services", "min_team_wte", "0", "either", ""),
    ("services", "min_team_wte", "100000", "either", ""),
    ("services", "min_population", "0", "either", ""),
    ("services", "min_population", "9999999999", "either", ""),
    ("services", "max_population", "1", "refused", "below min_population"),
    ("services", "max_travel_minutes", "0", "either", ""),
    ("services", "max_travel_minutes", "1440", "either", ""),
    ("services", "level", "1", "either", ""),
    ("services", "level", "3", "either", ""),
    ("services", "level", "4", "refused", "1 to 3"),
    ("services", "demand_driver", "weighed", "refused", "weighted"),
    ("services", "demand_driver", "age 95+", "either", ""),
    ("services", "demand_driver", "CARE_HOMES", "either", ""),
    ("services", "demand_driver", "REMARK", "refused", "REMARK"),
    ("services", "service_id", "therapy", "refused", "therapy again"),
    ("team_areas", "team_id", "T9", "refused", "'T9'"),
    ("team_areas", "LSOA_CODE", "E01999999", "refused", "'E01999999'"),
    ("crossings", "a", "E01999999", "refused", "'E01999999'"),
    ("crossings", "b", "E01990000", "either", ""),
    ("crossings", "kind", "tunnel", "refused", "'tunnel'"),
    ("travel_times", "minutes", "0", "either", ""),
    ("travel_times", "minutes", "9999", "either", ""),
)


#: ... and the columns whose figures solvers and audit must stand
FAR = ("wte", "wte_per_10000", "min_team_wte", "level", "minutes")


def trust(files: Files) -> Iterator[Broken]:
    """What a trust may have put into its own files."""
    for key, column, value, outcome, said in TRUST:
        yield Broken(
            f"{key}, {column} = {value!r}",
            {name_of(key): cell(files, key, column, 1, value)},
            outcome,  # type: ignore[arg-type]
            said,
            deep=outcome == "refused" or column in FAR,
        )
    text = files[PATCH_FILE]
    for gone in ("services", "teams", "team_areas"):
        line = f'{gone} = "{gone}.csv"\n'.encode()
        outcome = "either" if gone == "team_areas" else "refused"
        yield Broken(f"without {gone}", {PATCH_FILE: text.replace(line, b"")}, outcome, deep=True)


def extremes(files: Files) -> Iterator[Broken]:
    """Registrations that are strange and can be read: few, many, all in one place."""
    rows = cells(files["registrations.csv"])
    lists = cells(files["lists.csv"])

    def people(how: str, body: list[list[str]]) -> Broken:
        sums = {code: sum(int(row[3]) for row in body if row[0] == code) for code, *_ in lists[1:]}
        told = [lists[0], *([code, "ALL", "ALL", str(count)] for code, count in sums.items())]
        changed = {"registrations.csv": render([rows[0], *body]), "lists.csv": render(told)}
        return Broken(how, changed, deep=True)

    body = rows[1:]
    yield people("one patient each", [[*row[:3], "1"] for row in body])
    yield people("one patient", [[*body[0][:3], "1"]])
    yield people("nobody but one", [[*row[:3], str(int(not i))] for i, row in enumerate(body)])
    yield people("nobody", [[*row[:3], "0"] for row in body])
    yield people("as many as may be", [[*row[:3], "10000000000"] for row in body])
    yield people("of one PCN", [row for row in body if row[0] == "Z00000"])
    yield people("of the neighbour", [row for row in body if row[0] == "Z00002"])
    yield people("of no PCN", [row for row in body if row[0] == "Z00003"])
    yield people("of no practice", [row for row in body if row[0] == "Y99999"])
    yield people("nowhere", [[row[0], f"NO2011{i}", *row[2:]] for i, row in enumerate(body)])
    yield people(
        "abroad but one", [body[0], *([r[0], f"W0{i}", *r[2:]] for i, r in enumerate(body))]
    )
    one = {}
    for row in body:
        one.setdefault(row[0], [row[0], body[0][1], "ALL", row[3]])
    yield people("all in one area", list(one.values()))
    line = b'registrations = "registrations.csv"\n'
    text = files[PATCH_FILE]
    yield Broken("modelled", {PATCH_FILE: text.replace(line, b"")}, deep=True)
    for key, column in (("populations", "POPULATION"), ("list_sizes", "NUMBER_OF_PATIENTS")):
        for value in ("0", "1", "10000000000"):
            table = cells(files[name_of(key)])
            at = table[0].index(column)
            table = [table[0], *([*row[:at], value, *row[at + 1 :]] for row in table[1:])]
            yield Broken(
                f"modelled, every {column} {value}",
                {PATCH_FILE: text.replace(line, b""), name_of(key): render(table)},
                deep=True,
            )
    without = re.sub(rb"(populations|locations|postcodes) = .*\n", b"", text)
    yield Broken("modelled from nothing", {PATCH_FILE: without.replace(line, b"")})
    alone = text.replace(line, b"").replace(b'populations = "populations.csv"\n', b"")
    yield Broken("spread over the ground", {PATCH_FILE: alone}, deep=True)


# ---- shapes ----------------------------------------------------------------------------------

Change = Callable[[dict], object]


def _ring(feature: dict) -> list:
    return feature["geometry"]["coordinates"][0]


def _moved(data: dict, move: Callable[[float, float], list[float]]) -> None:
    for feature in data["features"]:
        feature["geometry"]["coordinates"][0] = [move(x, y) for x, y in _ring(feature)]


def _crs(data: dict, name: str) -> None:
    data["crs"]["properties"]["name"] = name


def _first(data: dict, **changes: object) -> None:
    data["features"][0].update(changes)


def _codes(data: dict, code: object) -> None:
    data["features"][0]["properties"]["lsoa21_code"] = code


SHAPES: dict[str, tuple[str, Change]] = {
    "Web Mercator by name": ("refused", lambda d: _crs(d, "urn:ogc:def:crs:EPSG::3857")),
    "degrees by name": ("refused", lambda d: _crs(d, "urn:ogc:def:crs:OGC:1.3:CRS84")),
    "no CRS": ("refused", lambda d: d.pop("crs")),
    "a CRS that is none": ("refused", lambda d: _crs(d, "urn:ogc:def:crs:EPSG::99999999")),
    "a CRS that is a number": ("refused", lambda d: _crs(d, "27700")),
    "Irish grid by name": ("either", lambda d: _crs(d, "urn:ogc:def:crs:EPSG::29902")),
    "x and y swapped": ("either", lambda d: _moved(d, lambda x, y: [y, x])),
    "in kilometres": ("refused", lambda d: _moved(d, lambda x, y: [x / 1e3, y / 1e3])),
    "far to the north": ("refused", lambda d: _moved(d, lambda x, y: [x, y + 5e6])),
    "at infinity": ("refused", lambda d: _moved(d, lambda x, y: [1e308, y])),
    "one corner away": ("refused", lambda d: _ring(d["features"][0])[0].__setitem__(0, 9e9)),
    "three dimensions": ("same", lambda d: _moved(d, lambda x, y: [x, y, 7.0])),
    "one shape null": ("refused", lambda d: _first(d, geometry=None)),
    "one shape empty": (
        "refused",
        lambda d: _first(d, geometry={"type": "Polygon", "coordinates": []}),
    ),
    "one shape a point": (
        "refused",
        lambda d: _first(d, geometry={"type": "Point", "coordinates": [400_500, 300_500]}),
    ),
    "one shape a line": (
        "refused",
        lambda d: _first(
            d, geometry={"type": "LineString", "coordinates": [[4e5, 3e5], [4e5, 3.1e5]]}
        ),
    ),
    "one shape of a strange kind": (
        "refused",
        lambda d: _first(d, geometry={"type": "Torus", "coordinates": [[4e5, 3e5]]}),
    ),
    "one shape of words": (
        "refused",
        lambda d: _first(d, geometry={"type": "Polygon", "coordinates": [[["a", "b"]]]}),
    ),
    "one shape a bow tie": ("either", lambda d: _ring(d["features"][0]).insert(2, [399e3, 301e3])),
    "one shape flat": (
        "refused",
        lambda d: _first(
            d, geometry={"type": "Polygon", "coordinates": [[[4e5, 3e5], [4.1e5, 3e5], [4e5, 3e5]]]}
        ),
    ),
    "a ring of two points": (
        "refused",
        lambda d: _first(
            d, geometry={"type": "Polygon", "coordinates": [[[4e5, 3e5], [4e5, 3e5]]]}
        ),
    ),
    "code twice": (
        "refused",
        lambda d: _codes(d, d["features"][1]["properties"]["lsoa21_code"]),
    ),
    "code blank": ("refused", lambda d: _codes(d, "")),
    "code null": ("refused", lambda d: _codes(d, None)),
    "code a number": ("either", lambda d: _codes(d, 7)),
    "code a list": ("either", lambda d: _codes(d, [1, {"a": 2}])),
    "code in lower case": (
        "same",
        lambda d: _codes(d, f" {d['features'][0]['properties']['lsoa21_code'].lower()} "),
    ),
    "code a million long": ("either", lambda d: _codes(d, "x" * 1_000_000)),
    "a shape missing": ("either", lambda d: d["features"].pop()),
    "shapes backwards": ("same", lambda d: d["features"].reverse()),
    "a shape twice": ("refused", lambda d: d["features"].append(d["features"][0])),
    "no shapes": ("refused", lambda d: d["features"].clear()),
    "shapes null": ("refused", lambda d: d.update(features=None)),
    "no list of shapes": ("refused", lambda d: d.pop("features")),
    "another kind": ("refused", lambda d: d.update(type="Topology")),
    "further fields": ("same", lambda d: d["features"][0]["properties"].update(note=HOSTILE[1])),
    "no codes": (
        "refused",
        lambda d: [f["properties"].pop("lsoa21_code") for f in d["features"]],
    ),
    "shapes on each other": (
        "either",
        lambda d: [f.update(geometry=d["features"][0]["geometry"]) for f in d["features"]],
    ),
}


def shapes(files: Files, rng: random.Random) -> Iterator[Broken]:
    """Boundaries that are wrong, cut, or nothing of the kind."""
    name = "areas.geojson"
    for how, (outcome, change) in SHAPES.items():
        data = json.loads(files[name])
        change(data)
        yield Broken(f"{name}: {how}", {name: json.dumps(data).encode()}, outcome)  # type: ignore
    data = files[name]
    for _ in range(20):
        at = rng.randrange(len(data) - 1)
        yield Broken(f"{name} cut at {at}", {name: data[:at]}, "refused")
        swapped = bytearray(data)
        swapped[at] ^= 1 << rng.randrange(8)
        yield Broken(f"{name}, a bit of byte {at} turned", {name: bytes(swapped)})
    yield Broken(f"{name} in a zip", {name: zipped({"a/areas.geojson": data})}, "same")
    yield Broken(f"{name} packed", {name: gzip.compress(data, mtime=0)}, "same")
    for packed in (zipped({"areas.geojson": data}), gzip.compress(data, mtime=0)):
        for _ in range(5):
            at = rng.randrange(1, len(packed) - 1)
            yield Broken(f"{name} packed, cut at {at}", {name: packed[:at]}, "refused")
    for how, junk in {
        "empty": b"",
        "space": b"  \n",
        "noise": rng.randbytes(3_000),
        "SQLite by name": b"SQLite format 3\0" + rng.randbytes(500),
        "Parquet by name": b"PAR1" + rng.randbytes(100) + b"PAR1",
        "a shapefile by name": b"\0\0\x27\x0a" + rng.randbytes(200),
        "FlatGeobuf by name": b"fgb\x03fgb\x00" + rng.randbytes(200),
        "a table": files["map.csv"],
        "deep": b'{"type":"FeatureCollection","features":' + b"[" * 100_000,
        "a page": b"<html></html>",
        "pointing elsewhere": b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd'
        b"</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
    }.items():
        yield Broken(f"{name} is {how}", {name: junk}, "refused")


# ---- the patch file --------------------------------------------------------------------------


def patch_files(files: Files) -> Iterator[Broken]:
    """Patch files that are no TOML, or say what cannot be."""
    from dataclasses import fields

    from footprint.settings import Policy

    text = files[PATCH_FILE].decode()

    def said(how: str, changed: str | bytes, outcome: str = "refused") -> Broken:
        data = changed if isinstance(changed, bytes) else changed.encode("utf-8", "surrogatepass")
        return Broken(f"{PATCH_FILE}: {how}", {PATCH_FILE: data}, outcome)  # type: ignore[arg-type]

    yield said("BOM", "\ufeff" + text, "same")
    yield said("CRLF", text.replace("\n", "\r\n"), "same")
    yield said("a comment", "# hello\n" + text, "same")
    for how, junk in {
        "empty": "",
        "no TOML": "inputs: practices",
        "a table cut": text[: len(text) // 2] + "\n[inp",
        "noise": bytes(range(256)),
        "NUL": text.replace("[inputs]", "\0[inputs]"),
        "UTF-16": text.encode("utf-16"),
        "lists in lists": text + "deep = " + "[" * 100_000,
        "tables in tables": text + "deep = " + "{a=" * 50_000,
        "a number of many digits": text + "population_min = " + "9" * 10_000,
        "a day that is none": text + "population_min = 2025-02-31",
        "a key twice": text.replace("[inputs]", '[inputs]\npractices = "map.csv"'),
        "unknown table": text + "[polcy]\n",
        "inputs a list": 'inputs = ["map.csv"]\n',
        "inputs a text": 'inputs = "map.csv"\n',
        "policy a text": text.replace("[policy]\n", "").replace(
            "[inputs]", 'policy = "x"\n[inputs]'
        ),
        "patch a number": text.replace('[patch]\nicb = "QQ1"\n', "").replace(
            "[inputs]", "patch = 1\n[inputs]"
        ),
        "name a number": text.replace('"Toyshire"', "7"),
        "name blank": text.replace('"Toyshire"', '" "'),
        "name a table": text.replace('"Toyshire"', "{a = 1}"),
    }.items():
        yield said(how, junk)
    for scope in (
        'icb = "QQ9"',
        'icb = "QQ2\\u0000"',
        "icb = 7",
        'icb = ["QQ1"]',
        'pcns = ["U99999"]',
        'pcns = "U99001"',
        "pcns = [1]",
        'pcns = ["U99001", "<script>"]',
        'commissioners = ["99Z"]',
        'commissioners = [["01A"]]',
        'icb = "QQ1"\npcns = ["U99001"]',
        'ibc = "QQ1"',
        'icb = "' + "Q" * 1_000_000 + '"',
    ):
        yield said(f"[patch] {scope[:30]}", text.replace('icb = "QQ1"', scope))
    for scope in ("", 'icb = " qq1 "', 'pcns = ["u99001"]', 'commissioners = ["01A"]', "pcns = []"):
        yield said(f"[patch] {scope}", text.replace('icb = "QQ1"', scope), "either")
    for value in (
        '""',
        '" "',
        "7",
        "[]",
        "{}",
        "true",
        '"."',
        '"nowhere.csv"',
        '"/"',
        '"map.csv/x"',
        '"a\\u0000b"',
        '"' + "x" * 5_000 + '"',
        '"\\uD7FF/\\n"',
        '["map.csv"]',
        '"https://example.org/map.csv"',
        '"~/map.csv"',
    ):
        for key in ("practices", "registrations", "small_areas", "teams"):
            if f'{key} = "{name_of(key)}"' in text:
                changed = text.replace(f'{key} = "{name_of(key)}"', f"{key} = {value}")
                yield said(f"{key} = {value[:20]}", changed)
    for key in ("practices", "small_areas", "services"):
        if f'{key} = "{name_of(key)}"\n' in text:
            yield said(f"without {key}", text.replace(f'{key} = "{name_of(key)}"\n', ""))
    for item in fields(Policy):
        for value in ('"x"', "-1", "0", "nan", "inf", "[]", "true", "1e400", "9" * 400, "{}", '""'):
            off = value in ("true", "0") and item.name in (
                "nest",
                "cross_icb",
                "rural_exception",
            )
            outcome = "either" if off or item.name == "preset" else "refused"
            yield said(f"{item.name} = {value[:9]}", f"{text}{item.name} = {value}\n", outcome)
    # what is allowed and extreme
    for line in (
        "population_max = 99999\npopulation_min = 1",
        "list_difference = 1.0",
        "catchment_share = 1e-300",
        "detour = 1e300",
        "adjacency_gap_m = 1e300",
        "vacancy_prices = [1e-9, 1.0, 1e300]",
        'preset = "neighbourhood-2025"',
        "level3_population = 9000000000000000000000",
    ):
        yield said(line.replace("\n", "; "), f"{text}{line}\n", "either")
