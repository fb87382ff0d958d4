"""
Make every file of the fictional patch: ``python -m footprint.data.generate [--out FOLDER]``.

The same bytes each time: one seed, plain text, rounded numbers.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from . import faults, land, names, registrations, surgeries, teams, truth
from . import people as folk
from .county import BEYOND, NEIGHBOUR, NETWORKS, SETTLEMENTS
from .land import Floats
from .people import Ints
from .surgeries import Practice

LIST_DIFFERENCES = {5: 14, 71: -9}
SUPPLIERS = ("EMIS", "TPP", "EMIS")
PATCH = """\
# Everything here is fictional: there is no Avershire, no such practice, network, team or number.
# Made by: python -m footprint.data.generate
name = "Avershire and Sorrel"

[inputs]
practices = "practices/gp-reg-pat-prac-map.csv"
list_sizes = "practices/gp-reg-pat-prac-all.csv"
locations = "practices/practice_locations.csv"
registrations = "practices/gp-reg-pat-prac-lsoa-all.csv"
small_areas = "boundaries/small_areas.geojson"
small_area_lookup = "boundaries/small_area_lookup.csv"
rural_urban = "boundaries/rural_urban.csv"
localities = "boundaries/localities.csv"
crossings = "boundaries/crossings.csv"
places = "boundaries/places.csv"
outlines = "boundaries/outlines.geojson"
teams = "practices/teams.csv"
team_areas = "practices/team_areas.csv"
services = "practices/services.csv"

[patch]
icb = "QZ1"

[policy]
preset = "pcn-2019"
"""


@dataclass
class County:
    """
    The county before it is written: land, people, practices and who is registered where.

    Rows of ``patients`` are small areas in the order of ``polygons``, columns practices.
    ``holder`` is the network with most patients in a small area: -2 the neighbour's, -9 none's
    business (beyond the patch).
    """

    polygons: list[shapely.Polygon]
    points: Floats
    home: Ints
    inside: NDArray[np.bool_]
    warp: land.Warp
    plan: folk.Plan
    holder: Ints
    ground: faults.Ground
    practices: list[Practice]
    patients: Ints
    unplaced: list[tuple[int, str, int]]
    area_codes: list[str]
    area_names: list[str]
    practice_codes: list[str]
    practice_names: list[str]
    practice_commissioner: list[str]
    area_commissioner: list[str]
    team_of: list[str]
    locality_of: list[str]
    cut: tuple[int, int]


def build() -> County:
    """Make the county in memory."""
    polygons, points, home, warp = land.make()
    board = (points - land.metres(0, 0)) / 1000
    inside = np.array([not land.beyond(x, y) for x, y in board.tolist()])
    # the order of the codes is the order of the names; the patch comes first
    labels = names.small_area_names(points, inside.tolist())
    order = sorted(range(len(points)), key=lambda k: (not inside[k], labels[k]))
    polygons, labels = [polygons[k] for k in order], [labels[k] for k in order]
    points, home, inside = points[order], home[order], inside[order]
    shapes = np.array(polygons)
    sites = warp(points)
    held = shapely.contains_xy(shapes, sites[:, 0], sites[:, 1])
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    sites = np.where(held[:, None], sites, middle)

    lives = folk.people(len(points))
    plan = folk.deal(points, lives, inside, polygons)
    ground = faults.Ground(polygons, inside)
    rural = names.is_rural(home, shapely.area(shapes) / 10_000)
    practices = surgeries.place(plan, points, sites, lives, polygons, rural)
    faults.share_building(practices)
    faults.loner(plan, practices, points, sites)
    practices.sort(key=lambda p: (p.network == -2, p.x, p.network, p.patients))
    holder = faults.stray(plan, practices, points, ground)
    by_practice, by_area = faults.commissioners(plan, practices, points)
    patients = registrations.register(
        practices, holder, middle, lives, np.sqrt(shapely.area(shapes)), inside
    )
    return County(
        polygons=polygons,
        points=points,
        home=home,
        inside=inside,
        warp=warp,
        plan=plan,
        holder=holder,
        ground=ground,
        practices=practices,
        patients=patients,
        unplaced=registrations.unplaced(sum(p.network != -2 for p in practices)),
        area_codes=[f"E0199{k + 1:04d}" for k in range(len(points))],
        area_names=labels,
        practice_codes=names.practice_codes(len(practices)),
        practice_names=names.practice_names(practices, home),
        practice_commissioner=[code or BEYOND for code in by_practice],
        area_commissioner=[code or BEYOND for code in by_area],
        team_of=teams.areas(points),
        locality_of=names.localities(points, inside.tolist()),
        cut=faults.cut(holder, points, ground),
    )


def table(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Rows as CSV text with LF line ends."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return text.getvalue()


def geojson(county: County) -> str:
    """Small areas as GeoJSON (EPSG:4326), one feature a line, rings anticlockwise."""
    features = [
        f'{{"type":"Feature","properties":{{"lsoa21_code":"{code}","lsoa21_name":"{name}"}},'
        f'"geometry":{{"type":"Polygon","coordinates":[[{_spots(_ring(polygon))}]]}}}}'
        for code, name, polygon in zip(
            county.area_codes, county.area_names, county.polygons, strict=True
        )
    ]
    return _collection("small_areas", features)


def outlines(county: County) -> str:
    """Districts as GeoJSON (EPSG:4326), one feature a line: small areas of one name together."""
    polygons = np.array(county.polygons)
    features = []
    for name in names.DISTRICTS:
        mine = [names.district(label) == name for label in county.area_names]
        whole = shapely.coverage_union_all(polygons[np.array(mine) & county.inside])
        rings = sorted(_ring(piece) for piece in shapely.get_parts(whole))
        pieces = ",".join(f"[[{_spots(ring)}]]" for ring in rings)
        features.append(
            f'{{"type":"Feature","properties":{{"name":"{name}"}},'
            f'"geometry":{{"type":"MultiPolygon","coordinates":[{pieces}]}}}}'
        )
    return _collection("outlines", features)


def _ring(polygon: shapely.Polygon) -> list[list[float]]:
    ring: list[list[float]] = land.degrees(shapely.get_coordinates(polygon.exterior)).tolist()
    ring = [p for p, q in zip(ring, [[0.0, 0.0], *ring], strict=False) if p != q]
    ring = ring[:-1] if ring[0] == ring[-1] else ring
    if not shapely.is_ccw(shapely.LinearRing(ring)):
        ring.reverse()
    # from the westernmost point, whatever the library began with
    first = ring.index(min(ring))
    ring = [*ring[first:], *ring[:first]]
    return [*ring, ring[0]]


def _spots(ring: list[list[float]]) -> str:
    return ",".join(f"[{x:.{land.DECIMALS}f},{y:.{land.DECIMALS}f}]" for x, y in ring)


def _collection(name: str, features: Sequence[str]) -> str:
    body = ",\n".join(features)
    return f'{{"type":"FeatureCollection","name":"{name}","features":[\n{body}\n]}}\n'


def _network(practice: Practice) -> tuple[str, str]:
    if practice.network == -1:
        return "U", "Unallocated"
    network = NEIGHBOUR if practice.network == -2 else NETWORKS[practice.network]
    return network.code, network.name


def practice_files(county: County) -> dict[str, str]:
    """The official practice files and the practices' places."""
    spots = land.degrees(np.array([(p.x, p.y) for p in county.practices]))
    where: dict[tuple[float, float], str] = {}
    maps, lists, rows, places = [], [], [], []
    totals = county.patients.sum(axis=0)
    for k, _, people in county.unplaced:
        totals[k] += people
    for k, practice in enumerate(county.practices):
        code, name = county.practice_codes[k], county.practice_names[k]
        near = names.settlement_near(county.points[practice.area])
        postcode = where.setdefault((practice.x, practice.y), names.postcode(near, k))
        commissioner = county.practice_commissioner[k]
        ons, title, ons_icb, icb, icb_name = names.COMMISSIONERS[commissioner]
        maps.append(
            [
                *("GP_PRAC_PAT_LIST", "01Oct2025", code, name, postcode, *_network(practice)),
                *(ons, commissioner, title, ons_icb, icb, icb_name, *names.REGION),
                SUPPLIERS[k % len(SUPPLIERS)],
            ]
        )
        size = int(totals[k]) + LIST_DIFFERENCES.get(k, 0)
        lists.append(
            [
                *("GP_PRAC_PAT_LIST", "01OCT2025", "GP", commissioner, ons, code, postcode),
                *("ALL", "ALL", size),
            ]
        )
        here = [
            (county.area_codes[a], int(county.patients[a, k]))
            for a in np.flatnonzero(county.patients[:, k]).tolist()
        ]
        here += [(area, people) for at, area, people in county.unplaced if at == k]
        rows += [
            ["GP_PRAC_PAT_LIST", "01OCT2025", code, name, area, "ALL", people]
            for area, people in sorted(here)
        ]
        lon, lat = spots[k].tolist()
        places.append([code, name, postcode, f"{lat:.6f}", f"{lon:.6f}"])
    return {
        "gp-reg-pat-prac-map.csv": table(
            (
                *("PUBLICATION", "EXTRACT_DATE", "PRACTICE_CODE", "PRACTICE_NAME"),
                *("PRACTICE_POSTCODE", "PCN_CODE", "PCN_NAME", "ONS_SUB_ICB_LOCATION_CODE"),
                *("SUB_ICB_LOCATION_CODE", "SUB_ICB_LOCATION_NAME", "ONS_ICB_CODE", "ICB_CODE"),
                *("ICB_NAME", "ONS_COMM_REGION_CODE", "COMM_REGION_CODE", "COMM_REGION_NAME"),
                "SUPPLIER_NAME",
            ),
            maps,
        ),
        "gp-reg-pat-prac-all.csv": table(
            (
                *("PUBLICATION", "EXTRACT_DATE", "TYPE", "SUB_ICB_LOCATION_CODE"),
                *("ONS_SUB_ICB_LOCATION_CODE", "CODE", "POSTCODE", "SEX", "AGE"),
                "NUMBER_OF_PATIENTS",
            ),
            lists,
        ),
        "gp-reg-pat-prac-lsoa-all.csv": table(
            (
                *("PUBLICATION", "EXTRACT_DATE", "PRACTICE_CODE", "PRACTICE_NAME", "LSOA_CODE"),
                *("SEX", "NUMBER_OF_PATIENTS"),
            ),
            rows,
        ),
        "practice_locations.csv": table(
            ("PRACTICE_CODE", "PRACTICE_NAME", "PRACTICE_POSTCODE", "LATITUDE", "LONGITUDE"),
            places,
        ),
    }


def team_files(county: County) -> dict[str, str]:
    """Teams, their areas and their services."""
    networks = np.array([p.network for p in county.practices])
    overlap = teams.overlaps(county.patients, networks, county.team_of, county.inside)
    spots = np.array([teams.base(team) for team in teams.TEAMS])
    where = land.degrees(county.warp(spots))
    rows = []
    for k, team in enumerate(teams.TEAMS):
        codes = ";".join(sorted(NETWORKS[n].code for n in teams.served(team, overlap)))
        first = next(n for n, t in enumerate(teams.TEAMS) if t.base == team.base)
        postcode = names.postcode(names.settlement_near(spots[k]), 200 + first)
        lon, lat = where[k].tolist()
        rows.append(
            [
                *(team.code, team.name, team.service, team.base, postcode),
                *(f"{lat:.6f}", f"{lon:.6f}", f"{team.wte:.1f}", codes),
            ]
        )
    return {
        "teams.csv": table(
            (
                *("team_id", "team_name", "service_id", "base_name", "base_postcode"),
                *("latitude", "longitude", "wte", "pcn_codes"),
            ),
            rows,
        ),
        "team_areas.csv": table(
            ("LSOA_CODE", "team_id"),
            [
                (code, team)
                for code, team, inside in zip(
                    county.area_codes, county.team_of, county.inside.tolist(), strict=True
                )
                if inside
            ],
        ),
        "services.csv": table(teams.SERVICES_HEADING, teams.SERVICES),
    }


def boundary_files(county: County) -> dict[str, str]:
    """Small areas, what they belong to, their class, localities, crossings, names, districts."""
    lookup, classes = [], []
    hectares = shapely.area(np.array(county.polygons)) / 10_000
    kinds = names.rural_urban(county.points, county.home, hectares)
    for k, code in enumerate(county.area_codes):
        commissioner = county.area_commissioner[k]
        ons, title, ons_icb, icb, icb_name = names.COMMISSIONERS[commissioner]
        lookup.append(
            [county.area_names[k], code, title, ons, commissioner, icb_name, ons_icb, icb]
        )
        classes.append([code, kinds[k], *names.CLASSES[kinds[k]]])
    island, head = county.plan.notes["bridge"]
    spots = np.array([land.metres(s.x, s.y) for s in SETTLEMENTS])
    places = [
        (s.name, s.kind, f"{lat:.5f}", f"{lon:.5f}")
        for s, (lon, lat) in zip(
            SETTLEMENTS, land.degrees(county.warp(spots)).tolist(), strict=True
        )
    ]
    codes = county.area_codes
    return {
        "small_areas.geojson": geojson(county),
        "small_area_lookup.csv": table(
            (
                *("lsoa21_name", "lsoa21_code", "sicbl24_name", "sicbl24_code"),
                *("sicbl24_code_nhs", "icb24_name", "icb24_code", "icb24_code_nhs"),
            ),
            lookup,
        ),
        "rural_urban.csv": table(("lsoa21_code", "ruc21_code", "classification", "ruc"), classes),
        "localities.csv": table(
            ("LSOA_CODE", "LOCALITY"),
            [
                (code, locality)
                for code, locality in zip(codes, county.locality_of, strict=True)
                if locality
            ],
        ),
        "outlines.geojson": outlines(county),
        "crossings.csv": table(
            ("a", "b", "kind", "name"),
            [
                (*sorted((codes[island], codes[head])), "bridge", "Sorrel Bridge"),
                (*sorted((codes[county.cut[0]], codes[county.cut[1]])), "cut", "Pell Creek"),
            ],
        ),
        "places.csv": table(("place_name", "kind", "latitude", "longitude"), places),
    }


def write(folder: Path) -> list[Path]:
    """
    Write the whole patch into a folder.

    Parameters
    ----------
    folder
        Made where it does not exist; files of the same names are replaced.

    Returns
    -------
    files
        What was written, sorted.
    """
    county = build()
    facts: dict[str, Any] = truth.facts(county, LIST_DIFFERENCES)
    texts = {"patch.toml": PATCH}
    texts |= {f"boundaries/{name}": text for name, text in boundary_files(county).items()}
    texts |= {f"practices/{name}": text for name, text in practice_files(county).items()}
    texts |= {f"practices/{name}": text for name, text in team_files(county).items()}
    texts["practices/truth.json"] = json.dumps(facts, indent=1, ensure_ascii=False) + "\n"
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
    return sorted(folder / name for name in texts)


def main() -> None:
    """Read the command line and write the patch."""
    parser = argparse.ArgumentParser(description="Make the fictional patch's files.")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="the folder")
    write(parser.parse_args().out)


if __name__ == "__main__":
    main()
