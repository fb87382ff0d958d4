"""Toy patches: counties drawn as letters, written as the files that a planner has."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from footprint import adjacency, checks, footprints, patch, settings

#: south-west corner of every toy county, EPSG:27700
ORIGIN = (400_000, 300_000)
KM = 1_000


def rows_of(drawing: str) -> list[str]:
    """The lines of a drawing, north first, without blanks around them."""
    return [line.strip() for line in drawing.strip().splitlines()]


def code_of(row: int, column: int) -> str:
    """Small-area code of a cell; row 0 is the northernmost."""
    return f"E0199{row:02d}{column:02d}"


def pcn_code(letter: str) -> str:
    """PCN code of a letter: A is U99001."""
    return f"U99{ord(letter.upper()) - 64:03d}"


def centre(drawing: str, row: int, column: int) -> tuple[float, float]:
    """Easting and northing of the middle of a cell."""
    height = len(rows_of(drawing))
    return (ORIGIN[0] + (column + 0.5) * KM, ORIGIN[1] + (height - row - 0.5) * KM)


class County:
    """
    A county of 1 km squares.

    Parameters
    ----------
    drawing
        A letter per cell: the PCN to which most of its people belong; "." is sea (no area) and
        "?" an area where nobody is registered.
    patients
        Registered patients per cell of the PCN that the letter names.
    practices
        (practice code, letter of the PCN or "-", row, column): where practices stand. One in the
        first cell of each letter when None.
    extra
        (practice code, small area code, patients): further registrations.
    lists
        List sizes by practice; those of the registrations by default.
    commissioners
        ODS code of the commissioner by practice; "01A" by default.
    outside
        Letters whose PCN and cells belong to another ICB.
    rural
        Letters whose cells are rural; None writes no rural-urban file.
    """

    def __init__(
        self,
        drawing: str,
        *,
        patients: int = 100,
        practices: Sequence[tuple[str, str, int, int]] | None = None,
        extra: Sequence[tuple[str, str, int]] = (),
        lists: Mapping[str, int] | None = None,
        commissioners: Mapping[str, str] | None = None,
        outside: str = "",
        rural: str | None = "",
        size_m: float = KM,
    ) -> None:
        self.drawing, self.rows = drawing, rows_of(drawing)
        self.cells = {
            (r, c): letter
            for r, line in enumerate(self.rows)
            for c, letter in enumerate(line)
            if letter != "."
        }
        letters = sorted({letter for letter in self.cells.values() if letter.isalpha()})
        first = {letter: min(k for k, v in self.cells.items() if v == letter) for letter in letters}
        self.practices = list(
            practices
            if practices is not None
            else [
                (f"Z{number:05d}", letter, *first[letter]) for number, letter in enumerate(letters)
            ]
        )
        self.main = {}
        for code, letter, *_ in self.practices:
            self.main.setdefault(letter, code)
        self.registrations = [
            (self.main[letter], code_of(*cell), patients)
            for cell, letter in self.cells.items()
            if letter in self.main
        ]
        self.registrations += [tuple(row) for row in extra]
        self.lists, self.commissioners = dict(lists or {}), dict(commissioners or {})
        self.outside, self.rural, self.size_m = outside, rural, size_m
        self.policy: dict[str, object] = {}
        self.files: dict[str, tuple[Sequence[str], Sequence[Sequence[object]]]] = {}

    def icb(self, letter: str) -> str:
        """ODS code of the ICB of a letter."""
        return "QQ2" if letter in self.outside and letter != "-" else "QQ1"

    def write(self, folder: Path) -> Path:
        """Write the county's files and return its patch file."""
        folder.mkdir(parents=True, exist_ok=True)
        totals: dict[str, int] = {}
        for practice, _, count in self.registrations:
            totals[practice] = totals.get(practice, 0) + count
        table(
            folder / "map.csv",
            "EXTRACT_DATE PRACTICE_CODE PRACTICE_NAME PRACTICE_POSTCODE PCN_CODE PCN_NAME"
            " SUB_ICB_LOCATION_CODE SUB_ICB_LOCATION_NAME ICB_CODE ICB_NAME".split(),
            [
                (
                    "01Oct2025",
                    code,
                    f"{code} SURGERY",
                    f"ZZ{number} 1AA",
                    "U" if letter == "-" else pcn_code(letter),
                    "" if letter == "-" else f"{letter.upper()} PCN",
                    self.commissioners.get(code, "01A"),
                    f"NHS {self.commissioners.get(code, '01A')}",
                    self.icb(letter),
                    f"{self.icb(letter)} ICB",
                )
                for number, (code, letter, *_) in enumerate(self.practices)
            ],
        )
        table(
            folder / "lists.csv",
            ["CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS"],
            [
                (code, "ALL", "ALL", self.lists.get(code, totals.get(code, 0)))
                for code, *_ in self.practices
            ],
        )
        table(
            folder / "registrations.csv",
            ["PRACTICE_CODE", "LSOA_CODE", "SEX", "NUMBER_OF_PATIENTS"],
            [(practice, area, "ALL", count) for practice, area, count in self.registrations],
        )
        table(
            folder / "locations.csv",
            ["PRACTICE_CODE", "EASTING", "NORTHING"],
            [(code, *centre(self.drawing, r, c)) for code, _, r, c in self.practices],
        )
        table(
            folder / "lookup.csv",
            ["lsoa21_code", "sicbl24_code_nhs", "icb24_code_nhs", "ltla24_code"],
            [
                (code_of(*cell), "01A", self.icb(letter), "E06000001")
                for cell, letter in self.cells.items()
            ],
        )
        (folder / "areas.geojson").write_text(json.dumps(self.geojson()))
        inputs = {
            "practices": "map.csv",
            "list_sizes": "lists.csv",
            "locations": "locations.csv",
            "registrations": "registrations.csv",
            "small_areas": "areas.geojson",
            "small_area_lookup": "lookup.csv",
        }
        if self.rural is not None:
            table(
                folder / "rural.csv",
                ["lsoa21_code", "ruc"],
                [
                    (code_of(*cell), "Rural" if letter in self.rural else "Urban")
                    for cell, letter in self.cells.items()
                ],
            )
            inputs["rural_urban"] = "rural.csv"
        for key, (heading, rows) in self.files.items():
            table(folder / f"{key}.csv", heading, rows)
            inputs[key] = f"{key}.csv"
        lines = ['name = "Toyshire"', "[inputs]"]
        lines += [f'{key} = "{file}"' for key, file in inputs.items()]
        lines += ["[patch]", 'icb = "QQ1"', "[policy]"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in self.policy.items()]
        path = folder / "patch.toml"
        path.write_text("\n".join(lines) + "\n")
        return path

    def geojson(self) -> dict[str, object]:
        """The cells as squares, in metres with a CRS."""
        features = []
        for r, c in self.cells:
            x, y = centre(self.drawing, r, c)
            half = self.size_m / 2
            ring = [
                (x - half, y - half),
                (x + half, y - half),
                (x + half, y + half),
                (x - half, y + half),
                (x - half, y - half),
            ]
            features.append(
                {
                    "type": "Feature",
                    "properties": {"lsoa21_code": code_of(r, c), "lsoa21_name": f"Toy {r}.{c}"},
                    "geometry": {"type": "Polygon", "coordinates": [ring]},
                }
            )
        crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}
        return {"type": "FeatureCollection", "crs": crs, "features": features}

    def load(self, folder: Path) -> patch.Patch:
        """Write and read the county."""
        return patch.load(settings.load(self.write(folder)))

    def ground(self, folder: Path) -> checks.Ground:
        """Write and read the county and prepare it for checks."""
        joined = self.load(folder)
        drawn = footprints.footprints(joined)
        edges = adjacency.small_area_edges(joined.small_areas, crossings=joined.crossings)
        return checks.prepare(joined, drawn, edges)


def table(path: Path, heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Write a CSV file."""
    # the module leaves a lone CR without quotation marks, and readers take it for an end of line
    cr = any("\r" in str(cell) for row in rows for cell in row)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(
            file, lineterminator="\n", quoting=csv.QUOTE_ALL if cr else csv.QUOTE_MINIMAL
        )
        writer.writerow(heading)
        writer.writerows(rows)
