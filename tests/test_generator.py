"""The fictional patch: what the generator makes is what is committed, and says what it holds."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
LOOKUP = "boundaries/small_area_lookup.csv"
MADE = [
    "patch.toml",
    *(
        f"boundaries/{name}"
        for name in (
            "crossings.csv",
            "localities.csv",
            "outlines.geojson",
            "places.csv",
            "rural_urban.csv",
            "small_area_lookup.csv",
            "small_areas.geojson",
        )
    ),
    *(
        f"practices/{name}"
        for name in (
            "gp-reg-pat-prac-all.csv",
            "gp-reg-pat-prac-lsoa-all.csv",
            "gp-reg-pat-prac-map.csv",
            "practice_locations.csv",
            "services.csv",
            "team_areas.csv",
            "teams.csv",
            "truth.json",
        )
    ),
]


def rows(name: str) -> list[dict[str, str]]:
    """Rows of one of the patch's CSV files."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def truth() -> dict:
    """What the patch holds by construction."""
    return json.loads((DATA / "practices/truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def areas() -> dict:
    """Polygons in longitude and latitude by small-area code."""
    features = json.loads((DATA / "boundaries/small_areas.geojson").read_text(encoding="utf-8"))
    return {
        feature["properties"]["lsoa21_code"]: shapely.geometry.shape(feature["geometry"])
        for feature in features["features"]
    }


@pytest.fixture(scope="module")
def maps() -> dict:
    """Rows of the practice-to-PCN map by practice code."""
    return {row["PRACTICE_CODE"]: row for row in rows("practices/gp-reg-pat-prac-map.csv")}


def test_made_again_is_the_same_to_the_byte(tmp_path: Path) -> None:
    """Running the generator with another hash seed gives the committed files, and no others."""
    subprocess.run(
        [sys.executable, "-m", "data.generate", "--out", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        check=True,
    )
    made = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert made == sorted(MADE)
    different = [n for n in MADE if (tmp_path / n).read_bytes() != (DATA / n).read_bytes()]
    assert different == []


def test_text_files_are_small_and_end_lines_with_lf() -> None:
    """No carriage returns anywhere, and less than 2.5 MB in all."""
    texts = [(DATA / name).read_bytes() for name in MADE]
    assert not any(b"\r" in text for text in texts)
    assert sum(map(len, texts)) < 2_500_000


def test_codes_have_official_forms_in_ranges_not_in_use(maps: dict, areas: dict) -> None:
    """Practices Z9nnnn, PCNs U and five digits, LSOAs E0199nnnn, postcodes of the area XY."""
    forms = {
        "PRACTICE_CODE": r"Z9\d{4}",
        "PRACTICE_POSTCODE": r"XY\d{1,2} \d[A-Z]{2}",
        "PCN_CODE": r"U|U99\d{3}",
        "SUB_ICB_LOCATION_CODE": r"98[ABZ]",
        "ONS_SUB_ICB_LOCATION_CODE": r"E380009\d\d",
        "ICB_CODE": r"QZ\d",
        "ONS_ICB_CODE": r"E540009\d\d",
    }
    wrong = [
        (column, row[column])
        for row in maps.values()
        for column, form in forms.items()
        if not re.fullmatch(form, row[column])
    ]
    assert wrong == []
    assert all(re.fullmatch(r"E0199\d{4}", code) for code in areas)
    assert min(areas) > "E01033768"


def test_codes_are_not_those_of_real_practices(maps: dict, shared: Path) -> None:
    """No code of ours, and no PCN's name, occurs in the national maps of three years."""
    columns = ("PRACTICE_CODE", "PCN_CODE", "PCN_NAME", "SUB_ICB_LOCATION_CODE", "ICB_CODE")
    real: set[str] = set()
    files = sorted((shared / "england-maps").glob("*.csv"))
    assert files
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as text:
            for row in csv.DictReader(text):
                real.update(row.get(column) or "" for column in columns)
    ours = {row[column] for row in maps.values() for column in columns}
    assert ours & real == {"U", "Unallocated"}


def test_coverage_has_no_gap_and_no_overlap(areas: dict) -> None:
    """In metres the small areas are valid, meet exactly, and their sum is their union's area."""
    to_metres = Transformer.from_crs(4326, 27700, always_xy=True)
    shapes = shapely.transform(
        np.array(list(areas.values())),
        lambda xy: np.column_stack(to_metres.transform(xy[:, 0], xy[:, 1])),
    )
    assert shapely.is_valid(shapes).all()
    assert shapely.coverage_is_valid(shapes)
    union = shapely.union_all(shapes)
    assert shapely.area(shapes).sum() == pytest.approx(union.area, abs=1.0)
    # no gaps: the land has no holes, and is two pieces, the mainland and the island
    parts = shapely.get_parts(union)
    assert len(parts) == 2
    assert shapely.get_num_interior_rings(parts).sum() == 0


def test_only_the_bridge_joins_the_island_and_the_cut_is_a_border(areas: dict, truth: dict) -> None:
    """The bridge's two ends do not touch; the cut's two areas do; both rows name known areas."""
    crossings = {row["kind"]: (row["a"], row["b"]) for row in rows("boundaries/crossings.csv")}
    assert sorted(crossings) == ["bridge", "cut"]
    a, b = crossings["bridge"]
    assert not areas[a].intersects(areas[b])
    c, d = crossings["cut"]
    assert shapely.length(areas[c].intersection(areas[d])) > 0
    owners = truth["owners"]
    assert owners[a] == owners[b] == truth["crossings"]["joins"]
    assert owners[c] != owners[d]


def test_counts_of_the_truth_are_those_of_the_files(truth: dict, maps: dict, areas: dict) -> None:
    """Registered, placed, outside, unplaced and in no PCN, added up from the rows."""
    lookup = rows("boundaries/small_area_lookup.csv")
    patch = {row["lsoa21_code"] for row in lookup if row["icb24_code_nhs"] == truth["icb"]}
    counts: Counter[str] = Counter(practices=0)
    reasons: Counter[str] = Counter()
    words = {"C": "CLOSED", "E": "EMPTY", "W": "Wales", "S": "Scotland", "N": "Northern Ireland"}
    for row in rows("practices/gp-reg-pat-prac-lsoa-all.csv"):
        practice, area = maps[row["PRACTICE_CODE"]], row["LSOA_CODE"]
        people = int(row["NUMBER_OF_PATIENTS"])
        counts["registered_all"] += people
        counts["placed_all"] += people * (area in areas)
        if practice["ICB_CODE"] != truth["icb"]:
            counts["neighbour_registered"] += people
            counts["neighbour_in_patch"] += people * (area in patch)
            continue
        counts["registered"] += people
        counts["placed"] += people * (area in areas)
        counts["outside_patch"] += people * (area in areas and area not in patch)
        if practice["PCN_CODE"] == "U":
            counts["no_pcn"] += people
            counts["outside_patch_no_pcn"] += people * (area in areas and area not in patch)
        if area not in areas:
            reasons[words[area[0]]] += people
    inside = [row for row in maps.values() if row["ICB_CODE"] == truth["icb"]]
    counts["practices"] = len(inside)
    counts["neighbour_practices"] = len(maps) - len(inside)
    counts["pcns"] = len({row["PCN_CODE"] for row in inside} - {"U"})
    counts["small_areas"] = len(patch)
    counts["small_areas_beyond"] = len(areas) - len(patch)
    counts["unplaced_total"] = sum(reasons.values())
    expected = {key: truth["counts"][key] for key in truth["counts"] if key in counts}
    assert dict(counts) == expected
    assert dict(reasons) == truth["counts"]["unplaced"]
    assert counts["registered"] == counts["placed"] + sum(reasons.values())


def test_list_sizes_are_sums_of_registrations_but_for_two(truth: dict, maps: dict) -> None:
    """Practice by practice; the two that differ are named with their difference."""
    sums: Counter[str] = Counter()
    for row in rows("practices/gp-reg-pat-prac-lsoa-all.csv"):
        sums[row["PRACTICE_CODE"]] += int(row["NUMBER_OF_PATIENTS"])
    lists = {
        row["CODE"]: int(row["NUMBER_OF_PATIENTS"])
        for row in rows("practices/gp-reg-pat-prac-all.csv")
    }
    assert lists.keys() == maps.keys()
    differences = {code: lists[code] - sums[code] for code in lists if lists[code] != sums[code]}
    assert differences == truth["list_differences"]
    by_pcn: Counter[str] = Counter()
    for code, size in lists.items():
        by_pcn[maps[code]["PCN_CODE"]] += size
    assert {code: by_pcn[code] for code in truth["list_sizes"]} == truth["list_sizes"]


def test_every_small_area_is_won_as_planned(truth: dict, maps: dict) -> None:
    """The PCN with most patients in each small area of the patch is the one of the truth."""
    most: dict[str, Counter[str]] = {}
    for row in rows("practices/gp-reg-pat-prac-lsoa-all.csv"):
        pcn = maps[row["PRACTICE_CODE"]]["PCN_CODE"]
        if row["LSOA_CODE"] in truth["owners"] and pcn != "U":
            here = most.setdefault(row["LSOA_CODE"], Counter())
            here[pcn] += int(row["NUMBER_OF_PATIENTS"])
    assert {area: max(here, key=here.__getitem__) for area, here in most.items()} == truth["owners"]


def test_every_planted_fault_is_in_the_truth(truth: dict) -> None:
    """One or two PCNs per check, as planned, each a PCN of the patch."""
    checks = truth["checks"]
    flagged = {name: sorted(check["flagged"]) for name, check in checks.items()}
    assert {name: len(codes) for name, codes in flagged.items()} == {
        "population": 3,
        "parts": 1,
        "holes": 1,
        "practices_between": 1,
        "boundaries": 1,
    }
    assert {code for codes in flagged.values() for code in codes} <= truth["list_sizes"].keys()
    severities = Counter(f["severity"] for f in checks["population"]["flagged"].values())
    assert severities == {"strong": 1, "mild": 2}
    (rural,) = checks["population"]["noted"].values()
    assert rural["list_size"] < 30_000
    (parts,) = checks["parts"]["flagged"].values()
    assert parts["shares"][1] > 0.2
    assert all(f["shares"][1] < 0.05 for f in checks["parts"]["fragments"].values())
    outside = {code for code, size in truth["list_sizes"].items() if not 30_000 <= size <= 50_000}
    assert outside == {*checks["population"]["flagged"], *checks["population"]["noted"]}


def test_districts_cover_the_patch_once(areas: dict, truth: dict) -> None:
    """The outlines meet without overlap, hold each small area of their name, and no land beyond."""
    text = (DATA / "boundaries/outlines.geojson").read_text(encoding="utf-8")
    districts = {
        feature["properties"]["name"]: shapely.geometry.shape(feature["geometry"])
        for feature in json.loads(text)["features"]
    }
    named = {row["lsoa21_code"]: row["lsoa21_name"] for row in rows(LOOKUP)}
    for code in truth["owners"]:
        district = districts[named[code].rsplit(" ", 1)[0]]
        assert district.covers(areas[code].representative_point()), code
    land = shapely.union_all([areas[code] for code in truth["owners"]])
    whole = shapely.union_all(list(districts.values()))
    assert whole.symmetric_difference(land).area < 1e-9
    assert sum(shape.area for shape in districts.values()) == pytest.approx(whole.area, rel=1e-9)


def test_localities_deal_out_the_patch_once_and_follow_no_network(truth: dict) -> None:
    """Every small area of the patch is in one locality; some networks lie in two."""
    dealt = rows("boundaries/localities.csv")
    assert sorted(row["LSOA_CODE"] for row in dealt) == sorted(truth["owners"])
    planted = truth["localities"]
    assert planted.keys() == truth["list_sizes"].keys()
    assert {row["LOCALITY"] for row in dealt} >= {p["main"] for p in planted.values()}
    shares = sorted(p["outside"] for p in planted.values())
    assert shares[-1] > 0.3
    assert shares[len(shares) // 2] < 0.1


def test_team_areas_deal_out_the_patch_once(truth: dict) -> None:
    """Every small area of the patch is in one community nursing team's area, and no other is."""
    dealt = rows("practices/team_areas.csv")
    assert sorted(row["LSOA_CODE"] for row in dealt) == sorted(truth["owners"])
    teams = rows("practices/teams.csv")
    nursing = {row["team_id"] for row in teams if row["service_id"] == "community-nursing"}
    assert {row["team_id"] for row in dealt} == nursing
    most = truth["alignment"]["several_teams"][truth["alignment"]["most_teams"]]
    assert len([share for share in most["shares"].values() if share > 0.05]) == len(nursing)


def test_services_are_short_level_and_without_teams_as_planned(truth: dict) -> None:
    """Nursing is 10 to 15% short, link workers have staff to spare, wheelchairs no team."""
    services = truth["services"]
    nursing, links = services["community-nursing"], services["social-prescribing"]
    assert 0.85 <= nursing["staff_wte"] / nursing["demand_wte"] <= 0.90
    assert links["staff_wte"] > links["demand_wte"]
    assert [services[name]["level"] for name in services] == [1, 2, 2, 3, 3, 1]
    assert services["wheelchair"]["teams"] == 0
    staff: Counter[str] = Counter()
    for row in rows("practices/teams.csv"):
        staff[row["service_id"]] += round(float(row["wte"]) * 10)
    assert {name: round(s["staff_wte"] * 10) for name, s in services.items() if s["teams"]} == staff


def test_patch_file_names_files_that_exist() -> None:
    """Each input of patch.toml is there, and the patch is the fictional ICB."""
    patch = tomllib.loads((DATA / "patch.toml").read_text(encoding="utf-8"))
    assert [key for key, name in patch["inputs"].items() if not (DATA / name).is_file()] == []
    assert patch["patch"] == {"icb": "QZ1"}
