"""A small patch with every file that there is, held in memory to be broken."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from toy import County, code_of, pcn_code

#: file name to bytes
Files = dict[str, bytes]

#: cells may be a million characters long, and more where a quote is not closed
csv.field_size_limit(1 << 30)

PATCH_FILE = "patch.toml"

#: A has two practices, B one, a practice is in no PCN, and C belongs to another ICB
DRAWING = """
    AAB
    ABB
    ?CC
"""

#: files that every patch here has, and those without which it runs too; both without shapes
CORE = "practices list_sizes locations registrations small_area_lookup rural_urban".split()
FURTHER = (
    "weighted_lists postcodes sites vintage_lookup populations ages deprivation attributes"
    " localities crossings places teams team_areas services candidate_sites travel_times"
    " roads road_nodes"
).split()
NAMES = {
    "practices": "map.csv",
    "list_sizes": "lists.csv",
    "small_area_lookup": "lookup.csv",
    "rural_urban": "rural.csv",
    "small_areas": "areas.geojson",
    "outlines": "outlines.geojson",
}


def name_of(key: str) -> str:
    """File name of a key of [inputs]."""
    return NAMES.get(key, f"{key}.csv")


def county() -> County:
    """Build the patch that is broken: three PCNs on nine square kilometres, and every file."""
    made = County(
        DRAWING,
        patients=7_000,
        practices=[
            ("Z00000", "A", 0, 0),
            ("Z00001", "B", 1, 1),
            ("Z00002", "C", 2, 1),
            ("Z00003", "-", 0, 1),
            ("Z00004", "A", 1, 0),
        ],
        extra=[
            ("Z00004", code_of(1, 0), 800),
            ("Z00004", code_of(0, 2), 300),
            ("Z00001", code_of(0, 0), 200),
            ("Z00003", code_of(0, 1), 50),
            ("Z00002", code_of(1, 2), 90),
            # unplaced by two reasons, set aside, beyond the patch
            ("Z00000", "E01999999", 30),
            ("Z00001", "W01000001", 20),
            ("Y99999", code_of(0, 0), 40),
            ("Z00000", code_of(2, 1), 60),
        ],
        outside="C",
        rural="B",
    )
    areas = [code_of(*cell) for cell in made.cells]
    codes = [code for code, *_ in made.practices]
    xy = {
        code: (400_500 + 1_000 * column, 302_500 - 1_000 * row)
        for code, _, row, column in made.practices
    }
    made.files = {
        "weighted_lists": (
            ["PRACTICE_CODE", "WEIGHTED_LIST_SIZE"],
            [(code, 7_000.5 + number) for number, code in enumerate(codes)],
        ),
        "postcodes": (
            ["PCDS", "OSEAST1M", "OSNRTH1M"],
            [(f"ZZ{number} 1AA", *xy[code]) for number, code in enumerate(codes)],
        ),
        "sites": (
            ["PRACTICE_CODE", "SITE_NAME", "POSTCODE", "EASTING", "NORTHING"],
            [("Z00000", "Branch", "ZZ1 1AA", 401_500, 302_500)],
        ),
        "vintage_lookup": (
            ["LSOA11CD", "LSOA21CD", "CHGIND"],
            [(code, code, "U") for code in areas],
        ),
        "populations": (["LSOA21CD", "POPULATION"], [(code, 7_500) for code in areas]),
        "ages": (
            ["CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS"],
            [(code, "ALL", age, 100) for code in codes for age in ("0_4", "5_9", "95+")],
        ),
        "deprivation": (["LSOA21CD", "IMD_DECILE"], [(code, 5) for code in areas]),
        "attributes": (
            ["PCN_CODE", "CARE_HOMES", "REMARK"],
            [(pcn_code(letter), number, "calm") for number, letter in enumerate("ABC")],
        ),
        "localities": (["LSOA21CD", "LOCALITY"], [(code, "North") for code in areas]),
        "crossings": (
            ["a", "b", "kind", "name"],
            [
                (code_of(0, 0), code_of(0, 2), "bridge", "Old Bridge"),
                (code_of(0, 2), code_of(1, 2), "cut", "River"),
            ],
        ),
        "places": (
            ["place_name", "kind", "easting", "northing"],
            [("Toyton", "town", 400_600, 302_600), ("Toyham", "village", 401_600, 301_600)],
        ),
        "services": (
            "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
            " max_population max_travel_minutes level".split(),
            [
                ("nursing", "Community nursing", "registered", 2.5, 2, 15_000, "", 60, ""),
                ("therapy", "Therapy", "weighted", 1, 2, 20_000, 90_000, 60, ""),
            ],
        ),
        "teams": (
            "team_id team_name service_id base_name base_postcode latitude longitude wte"
            " pcn_codes".split(),
            [
                ("T1", "North", "nursing", "Clinic 1", "ZZ0 1AA", 52.59, -2.0, 4.5, "U99001"),
                ("T2", "South", "nursing", "Clinic 2", "ZZ1 1AA", 52.59, -1.99, 5, "U99002"),
                ("T3", "All", "therapy", "Clinic 1", "ZZ0 1AA", 52.59, -2.0, 4, "U99001;U99002"),
            ],
        ),
        "team_areas": (
            ["LSOA_CODE", "team_id"],
            [(code_of(0, 0), "T1"), (code_of(0, 1), "T1"), (code_of(1, 2), "T2")],
        ),
        "candidate_sites": (
            ["SITE_ID", "SITE_NAME", "POSTCODE", "EASTING", "NORTHING"],
            [("S1", "Hall", "ZZ1 1AA", 401_500, 301_500)],
        ),
        "travel_times": (
            ["base", "LSOA_CODE", "minutes"],
            [(base, code, 9.5) for base in ("Clinic 1", "Clinic 2") for code in areas],
        ),
        "roads": (
            "from to minutes length_m speed_kph highway x1 y1 x2 y2".split(),
            [
                (f"N{i}", f"N{j}", 3, 1_000, 40, "residential", *ends)
                for i, j, ends in (
                    (0, 1, (400_500, 302_500, 401_500, 302_500)),
                    (1, 2, (401_500, 302_500, 402_500, 302_500)),
                    (2, 3, (402_500, 302_500, 402_500, 301_500)),
                )
            ],
        ),
        "road_nodes": (
            ["node", "easting", "northing"],
            [("N0", 400_500, 302_500), ("N1", 401_500, 302_500), ("N2", 402_500, 302_500)],
        ),
    }
    return made


def whole(folder: Path, *, further: bool = True) -> Files:
    """Write the patch to a folder, with or without the further files, and return its files."""
    made = county()
    if not further:
        made.files = {}
        made.write(folder)
        return {item.name: item.read_bytes() for item in sorted(folder.iterdir())}
    path = made.write(folder)
    shapes = json.loads((folder / "areas.geojson").read_text())
    for feature in shapes["features"]:
        feature["properties"] = {"name": feature["properties"]["lsoa21_name"]}
    (folder / "outlines.geojson").write_text(json.dumps(shapes))
    text = path.read_text().replace("[patch]", 'outlines = "outlines.geojson"\n[patch]')
    path.write_text(text)
    return {item.name: item.read_bytes() for item in sorted(folder.iterdir())}


@dataclass(frozen=True)
class Broken:
    """
    One broken input.

    ``files`` are those that differ from the whole patch (None: gone); ``outcome`` what must come
    of it: "same" answer as without the break, "refused", or "either" a right answer or an error;
    ``said`` is a regular expression that the refusal must hold; with ``deep`` what can be read goes
    all the way to what pages and maps are drawn from.
    """

    name: str
    files: Mapping[str, bytes | None]
    outcome: Literal["same", "refused", "either"] = "either"
    said: str = ""
    deep: bool = False


def cells(data: bytes) -> list[list[str]]:
    """Rows of cells of a clean file, the headings first."""
    return list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))


def render(
    rows: Sequence[Sequence[str]], *, mark: str = ",", end: str = "\n", all_quoted: bool = False
) -> bytes:
    """Rows of cells as the bytes of a file."""
    out = io.StringIO(newline="")
    # a lone carriage return is a line end to most readers
    all_quoted = all_quoted or any("\r" in cell for row in rows for cell in row)
    quoting = csv.QUOTE_ALL if all_quoted else csv.QUOTE_MINIMAL
    csv.writer(out, delimiter=mark, lineterminator=end, quoting=quoting).writerows(rows)
    return out.getvalue().encode("utf-8", "surrogatepass")
