"""Ways to break boundaries and patch files."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterator

from breakers import HOSTILE
from breakers_bytes import zipped
from breaking import PATCH_FILE, Broken, Files, name_of

from footprint.policy import FROM_ZERO, Policy

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
        '["nowhere.csv"]',
        '["map.csv", 7]',
        '["map.csv", "./map.csv"]',
        '[["map.csv"]]',
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
                "lead_teams",
            )
            # the numbers that may be 0
            off |= value == "0" and item.name in FROM_ZERO
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
