"""What does not belong together, what a trust may write, and strange registrations."""

from __future__ import annotations

import re
from collections.abc import Iterator

from breakers import cell
from breaking import PATCH_FILE, Broken, Files, cells, name_of, render

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
    ("teams", "pcn_codes", "U99001 and U99002", "refused", "'U99001 AND U99002'"),
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
                deep=value == "1",
            )
    without = re.sub(rb"(populations|locations|postcodes) = .*\n", b"", text)
    yield Broken("modelled from nothing", {PATCH_FILE: without.replace(line, b"")})
    alone = text.replace(line, b"").replace(b'populations = "populations.csv"\n', b"")
    yield Broken("spread over the ground", {PATCH_FILE: alone}, deep=True)
