"""A tiny invented Content for tests of what is written: three PCNs on a grid of 24 squares."""

from __future__ import annotations

import datetime as dt

import geopandas as gpd
import pandas as pd
import shapely

from footprint.report.content import Content, ServiceStory
from footprint.words import Words

CRS = "EPSG:27700"
KM = 1000.0

# one square is 1 km, seen from the top; Alder's stray square lies behind Beech
#   A A B B C C
#   A A B B C C
#   A B B A C C
#   A B B B C C
GRID = ("AABBCC", "AABBCC", "ABBACC", "ABBBCC")
CODES = {"A": "U00001", "B": "U00002", "C": "U00003"}
NAMES = {"U00001": "Alder PCN", "U00002": "Beech PCN", "U00003": "Cedar PCN"}

#: texts that would do harm where text is taken for markup, a template or a formula
HOSTILE = (
    "{{ 7*7 }}{% raw %}",
    "${alert(1)} $x^2$",
    "</script><script>alert(1)</script>",
    '=HYPERLINK("http://example.org","x")',
    "+1-2@SUM(A1) \"quoted\" 'single' & <b>bold</b>",
    "שלום مرحبا \u202eevil",
    "--><!-- ]]> \\u003c %s {0}",
)


def content(
    *,
    pcn_names: dict[str, str] | None = None,
    text: str | None = None,
    illustrative: bool = False,
    teams: bool = True,
) -> Content:
    """
    Content of the grid.

    Parameters
    ----------
    pcn_names
        Names by PCN code; :data:`NAMES` where not given.
    text
        One text for every name, sentence and note: for hostile input.
    illustrative
        As of the fictional patch.
    teams
        False leaves out teams, services and everything that follows from them.
    """
    names = dict(pcn_names or NAMES)
    if text is not None:
        names = dict.fromkeys(names, text)

    def say(plain: str) -> str:
        return plain if text is None else text

    small, squares = _small_areas()
    footprints = {
        code: shapely.union_all([squares[a] for a, c in small.items() if c == code])
        for code in NAMES
    }
    tables = _tables(names, say, teams=teams)
    return Content(
        name=say("Testshire"),
        date=dt.date(2025, 10, 1),
        words=Words(),
        tables=tables,
        layers=_layers(tables, names, say, small, squares, footprints, teams=teams),
        services=_stories(say) if teams else (),
        findings=(
            say("3 PCNs serve 104,000 registered patients."),
            say("2 of 3 PCNs are flagged."),
        ),
        counts={
            "registered": 104_000,
            "placed": 103_400,
            "outside_patch": 1_400,
            "no_pcn": 0,
            "unplaced": 600,
            "set_aside": 0,
        },
        notes=(say("Travel times are estimates."),),
        sources=(("practices", say("practices.csv"), say("practices and their PCNs")),),
        attribution=say("Invented data."),
        illustrative=illustrative,
        audit={"ok": True, "checks": []},
        digest="0123456789abcdef",
        settings={
            "preset": "pcn-2019",
            "population_min": 30_000,
            "population_max": 50_000,
            "part_share": 0.05,
            "rural_exception": False,
            "outside_icb_share": None,
        },
    )


def _small_areas() -> tuple[dict[str, str], dict[str, shapely.Polygon]]:
    owners, squares = {}, {}
    for row, line in enumerate(GRID):
        for column, letter in enumerate(line):
            code = f"E010000{row}{column}"
            x, y = 400_000 + column * KM, 300_000 - row * KM
            owners[code] = CODES[letter]
            squares[code] = shapely.box(x, y, x + KM, y + KM)
    return owners, squares


def _tables(names, say, *, teams):
    small, _ = _small_areas()
    flags = {"U00001": "parts", "U00002": "population", "U00003": ""}
    sizes = {"U00001": 24_000 + 8_000, "U00002": 54_000, "U00003": 18_000}
    sizes["U00003"] = 104_000 - sizes["U00001"] - sizes["U00002"]
    tables = {
        "pcns": pd.DataFrame(
            {
                "pcn_code": list(names),
                "pcn_name": list(names.values()),
                "commissioner_code": ["01A", "01A", "01B"],
                "practices": [2, 1, 1],
                "list_size": [sizes[code] for code in names],
                "parts": pd.array([2, 1, 1], dtype="Int64"),
                "retention": [0.9, 0.8, 0.95],
                "dominance": [0.7, 0.85, 1.0],
                "flags": [flags[code] for code in names],
                "commissioner_name": [say("North"), say("North"), say("South")],
                "icb_code": ["QAA"] * 3,
                "icb_name": [say("Testshire ICB")] * 3,
                "verdict": ["flag", "flag", "pass"],
                "reasons": [
                    say("Alder PCN lies in 2 parts that hold 88% and 12% of its patients."),
                    say("Beech PCN has 54,000 registered patients, 4,000 above the band."),
                    "",
                ],
            }
        ),
        "checks": pd.DataFrame(
            [
                ("U00001", "population", "pass", "none", 32_000.0, "30,000 to 50,000"),
                ("U00001", "parts", "flag", "strong", 2.0, "one part"),
                ("U00001", "dispersion", "not judged", "none", None, "one cluster"),
                ("U00002", "population", "flag", "mild", 54_000.0, "30,000 to 50,000"),
                ("U00002", "parts", "pass", "none", 1.0, "one part"),
                ("U00003", "population", "pass", "note", 18_000.0, "30,000 to 50,000"),
                ("U00003", "parts", "pass", "none", 1.0, "one part"),
            ],
            columns=["pcn_code", "check", "verdict", "severity", "figure", "threshold"],
        ),
        "parts": pd.DataFrame(
            [
                ("U00001", 1, 21_000, 0.875, 1, 6, ""),
                ("U00001", 2, 3_000, 0.125, 1, 1, "U00002"),
                ("U00002", 1, 40_000, 1.0, 1, 9, ""),
                ("U00003", 1, 17_000, 1.0, 1, 8, ""),
            ],
            columns="pcn_code part patients share practices small_areas between".split(),
        ),
        "small_areas": pd.DataFrame(
            {
                "small_area_code": list(small),
                "pcn_code": list(small.values()),
                "patients": [4_000] * len(small),
                "share": [0.8] * len(small),
                "owner": [1] * len(small),
            }
        ),
        "unplaced": pd.DataFrame(
            {"reason": [say("the small area is closed"), say("lives in Scotland")],
             "patients": [560, 40]}
        ),
        "practices": pd.DataFrame(
            {
                "practice_code": ["M00001", "M00002", "M00003", "M00004", "M00005"],
                "practice_name": [say(f"Practice {k}") for k in range(1, 6)],
                "postcode": ["TS1 1AA"] * 5,
                "pcn_code": ["U00001", "U00001", "U00002", "U00003", None],
                "list_size": [24_000, 8_000, 54_000, 18_000, 900],
                "commissioner_code": ["01A", "01A", "01A", "01B", "01B"],
                "registered_patients": [24_000, 8_000, 54_000, 18_000, 900],
            }
        ),
        "pcn_adjacency": pd.DataFrame(
            {"a": ["U00001", "U00001", "U00002"], "b": ["U00002", "U00003", "U00003"],
             "source": ["border"] * 3}
        ),
    }  # fmt: skip
    tables["checks"]["evidence"] = [say(f"Sentence {k}.") for k in range(1, 8)]
    return {**tables, **(_team_tables(names, say, sizes) if teams else {})}


def _team_tables(names, say, sizes):
    nursing, feet, talk = "nursing", "feet", "talk"
    return {
        "services": pd.DataFrame(
            {
                "service_id": [nursing, feet, talk],
                "service_name": [say("Nursing"), say("Podiatry"), say("Talking")],
                "level": [1, 2, 1],
                "population_needed": [30_000, 60_000, 30_000],
                "why": [say("A team of 10 WTE serves 30,000 people.")] * 3,
                "demand_driver": ["registered"] * 3,
                "wte_per_10000": [2.0, 0.5, 0.25],
                "min_team_wte": [5.0, 2.0, 1.0],
                "min_population": [30_000, 60_000, 30_000],
                "max_population": pd.array([None, None, None], dtype="Int64"),
                "max_travel_minutes": [30.0, 45.0, 30.0],
                "demand_wte": [20.8, 5.2, 2.6],
                "staff_wte": [20.0, 5.0, 0.0],
                "status": ["proven best", "within 1.0% of best", "no teams given"],
            }
        ),
        "teams": pd.DataFrame(
            {
                "team_id": ["N1", "N2", "F1"],
                "team_name": [say("North nurses"), say("South nurses"), say("Foot team")],
                "service_id": [nursing, nursing, feet],
                "base_name": [say("The Infirmary"), say("Elm House"), say("The Infirmary")],
                "wte": [12.0, 8.0, 5.0],
            }
        ),
        "demand": pd.DataFrame(
            [
                (service, code, sizes[code], round(ratio * sizes[code] / 10_000, 2))
                for service, ratio in ((nursing, 2.0), (feet, 0.5), (talk, 0.25))
                for code in names
            ],
            columns="service_id pcn_code driver_population wte".split(),
        ),
        "alignment": pd.DataFrame(
            [
                (nursing, "U00001", "N1", 24_000, 0.75),
                (nursing, "U00001", "N2", 8_000, 0.25),
                (nursing, "U00002", "N1", 54_000, 1.0),
                (nursing, "U00003", "N2", 18_000, 1.0),
                (feet, "U00001", "F1", 32_000, 1.0),
                (feet, "U00002", "F1", 54_000, 1.0),
                (feet, "U00003", "F1", 18_000, 1.0),
            ],
            columns="service_id pcn_code team_id patients share".split(),
        ),
        "pcn_alignment": pd.DataFrame(
            [
                (nursing, "U00001", 1.6, 2, "N1", 0.75, 1.0),
                (nursing, "U00002", 1.0, 1, "N1", 1.0, 1.0),
                (nursing, "U00003", 1.0, 1, "N2", 1.0, 1.0),
                (feet, "U00001", 1.0, 1, "F1", 1.0, 1.0),
                (feet, "U00002", 1.0, 1, "F1", 1.0, 1.0),
                (feet, "U00003", 1.0, 1, "F1", 1.0, 1.0),
            ],
            columns=(
                "service_id pcn_code effective_teams teams_95 lead_team_id lead_share covered"
            ).split(),
        ),
        "team_alignment": pd.DataFrame(
            [
                (nursing, "N1", 1.7, 2, "U00002", 0.69),
                (nursing, "N2", 1.7, 2, "U00003", 0.69),
                (feet, "F1", 2.5, 3, "U00002", 0.52),
            ],
            columns="service_id team_id effective_pcns pcns_95 lead_pcn_code lead_share".split(),
        ),
        "alignment_summary": pd.DataFrame(
            [(nursing, 0.8, 0.7, 0.75, 0.7, 8_000), (feet, 0.0, 1.0, 0.0, 0.0, 0)],
            columns="service_id homogeneity completeness v_measure ami people_elsewhere".split(),
        ),
        "travel": pd.DataFrame(
            [
                (nursing, "N1", "U00001", 6.0),
                (nursing, "N1", "U00002", 9.5),
                (nursing, "N2", "U00001", 14.0),
                (nursing, "N2", "U00003", 5.0),
                (feet, "F1", "U00001", 6.0),
                (feet, "F1", "U00002", 9.5),
                (feet, "F1", "U00003", 16.0),
            ],
            columns="service_id team_id pcn_code minutes".split(),
        ),
        "allocation": pd.DataFrame(
            [
                (nursing, 1, "U00001", "N1", 1.6, 6.0, 3.6),
                (nursing, 1, "U00001", "N2", 4.4, 14.0, 4.4),
                (nursing, 1, "U00002", "N1", 10.4, 9.5, 8.4),
                (nursing, 1, "U00003", "N2", 3.6, 5.0, 3.6),
                (feet, 2, "U00001", "F1", 1.6, 6.0, 1.5),
                (feet, 2, "U00002", "F1", 2.6, 9.5, 2.6),
                (feet, 2, "U00003", "F1", 0.8, 16.0, 0.9),
            ],
            columns="service_id level pcn_code team_id wte minutes today_wte".split(),
        ),
        "vacancies": pd.DataFrame(
            [
                (nursing, "U00001", 0.4, say("No team within reach has staff to spare.")),
                (nursing, "U00002", 0.4, say("No team within reach has staff to spare.")),
                (feet, "U00002", 0.1, say("The team is too small.")),
                (feet, "U00003", 0.1, say("The team is too small.")),
            ],
            columns="service_id pcn_code wte reason".split(),
        ),
        "groups": pd.DataFrame(
            [(feet, 2, "G1", "F1", code, sizes[code]) for code in names],
            columns="service_id level group_id team_id pcn_code population".split(),
        ),
    }


def _layers(tables, names, say, small, squares, footprints, *, teams):
    def frame(columns, shapes):
        return gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS)

    stray = squares["E01000023"]
    part_shapes = [
        shapely.difference(footprints["U00001"], stray),
        stray,
        footprints["U00002"],
        footprints["U00003"],
    ]
    practices = tables["practices"]
    points = [(400_500, 300_500), (403_500, 298_500), (402_500, 300_500), (405_000, 299_000),
              (405_500, 299_500)]  # fmt: skip
    layers = {
        "pcns": frame(tables["pcns"].copy(), [footprints[code] for code in names]),
        "small_areas": frame(
            {
                "small_area_code": list(small),
                "small_area_name": [say(f"Square {code[-2:]}") for code in small],
                "pcn_code": list(small.values()),
                "patients": [4_000] * len(small),
                "registrations": [5_000] * len(small),
                "dominance": [0.8] * len(small),
                "elsewhere": [False] * (len(small) - 1) + [True],
            },
            squares.values(),
        ),
        "parts": frame(tables["parts"].copy(), part_shapes),
        "practices": frame(
            {
                "practice_code": practices["practice_code"],
                "practice_name": practices["practice_name"],
                "postcode": practices["postcode"],
                "pcn_code": practices["pcn_code"],
                "pcn_name": practices["pcn_code"].map(names),
                "list_size": practices["list_size"],
            },
            [shapely.Point(x, y) for x, y in points],
        ),
        "catchments": frame(
            {"pcn_code": list(footprints)}, [footprints[code] for code in footprints]
        ),
        "neighbours": frame({"pcn_code": [], "pcn_name": []}, []),
        "branches": frame({"practice_code": [], "practice_name": [], "site_name": []}, []),
        "localities": frame({"locality": []}, []),
        "outlines": frame({"name": []}, []),
        "evidence": frame(
            {
                "pcn_code": ["U00001", "U00001"],
                "check": ["parts", "practices_between"],
                "label": [say("Part 2: 3,000 patients"), say("Beech lies between")],
            },
            [stray, shapely.LineString(points[:2])],
        ),
        "commissioners": frame(
            {"commissioner_code": ["01A", "01B"], "commissioner_name": [say("North"), say("S")]},
            [
                shapely.union_all([footprints["U00001"], footprints["U00002"]]),
                footprints["U00003"],
            ],
        ),
        "places": frame(
            {"place_name": [say("Testing"), say("Trial Green")], "kind": ["town", "village"]},
            [shapely.Point(401_000, 299_800), shapely.Point(404_500, 297_500)],
        ),
        "surroundings": frame(
            {"reach_m": [4_500.0]}, [shapely.box(398_000, 295_000, 408_000, 303_000)]
        ),
    }
    if teams:
        layers["bases"] = frame(
            {
                "team_id": ["N1", "N2", "F1"],
                "team_name": tables["teams"]["team_name"],
                "service_id": ["nursing", "nursing", "feet"],
                "service_name": [say("Nursing"), say("Nursing"), say("Podiatry")],
                "base_name": tables["teams"]["base_name"],
                "wte": [12.0, 8.0, 5.0],
            },
            [shapely.Point(401_500, 300_200), shapely.Point(404_800, 298_000),
             shapely.Point(401_500, 300_200)],
        )  # fmt: skip
    return layers


def _stories(say):
    return (
        ServiceStory(
            "nursing", say("Nursing"), 1, say("Every PCN reaches 30,000."), "proven best",
            say("Moving 2.00 WTE to Beech brings nurses nearer to its patients."),
            (say("20 WTE stand against a need of 20.8."),),
            objective=450.2, bound=450.2, today=612.4, demand_wte=20.8, staff_wte=20.0,
            vacancy_wte=0.8, vacancy_today=1.2, moved_wte=2.0, one_team=(2, 1, 1, 3),
        ),
        ServiceStory(
            "feet", say("Podiatry"), 2, say("A team needs 60,000 people."), "within 1.0% of best",
            say("One team serves all three PCNs."), (),
            objective=86.1, bound=85.3, today=88.0, demand_wte=5.2, staff_wte=5.0,
            vacancy_wte=0.2, moved_wte=0.1,
        ),
        ServiceStory(
            "talk", say("Talking"), 1, say("Level 1 by choice."), "no teams given",
            say("Talking needs 2.6 WTE; no teams were given."), (), demand_wte=2.6,
            vacancy_wte=2.6,
        ),
    )  # fmt: skip
