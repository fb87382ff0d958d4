"""Ways to break a patch's files, each a family of broken inputs with what must come of them."""

from __future__ import annotations

import random
from collections.abc import Iterator

from breaking import Broken, Files, cells, name_of, render

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
    "roads": "from to x1 y1 x2 y2",
    "road_nodes": "node easting northing",
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
    "roads": ["minutes", "length_m", "speed_kph"],
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
SAME = (
    "small_area_lookup",
    "vintage_lookup",
    "rural_urban",
    "deprivation",
    "localities",
    "road_nodes",
)
#: files whose records may repeat
REPEATS = ("postcodes", "sites", "crossings", "places", "candidate_sites", "roads")

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
