"""A small patch's tables and claims that are right, and ways to change and judge them."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd

from footprint.allocation.audit import audit
from footprint.allocation.problem import Problem
from footprint.policy import Policy

# the flow alone; its second stage has a case of its own
POLICY = Policy(lead_teams=False)

# Six PCNs of 40,000 people:      U1 - U2 - U3
#                                 |    |    |
#                                 U4 - U5 - U6
CODES = ("U1", "U2", "U3", "U4", "U5", "U6")
EDGES = [("U1", "U2"), ("U2", "U3"), ("U4", "U5"), ("U5", "U6"), ("U1", "U4"), ("U2", "U5")]
EDGES += [("U3", "U6")]

# nursing, level 1: 4.00 WTE a PCN; N (12.00) is at U1, S (11.00) at U4; at most 20 minutes
NORTH = {"U1": 5, "U2": 10, "U3": 15, "U4": 12, "U5": 14, "U6": 30}
SOUTH = {"U1": 18, "U2": 16, "U3": 25, "U4": 6, "U5": 8, "U6": 12}
# rehab, level 2: 2.00 WTE a PCN, groups of 100,000; A (6.00) by U1, B (5.50) by U6; 22 minutes
TEAM_A = {"U1": 5, "U2": 10, "U3": 20, "U4": 10, "U5": 15, "U6": 25}
TEAM_B = {"U1": 25, "U2": 15, "U3": 10, "U4": 20, "U5": 10, "U6": 5}


def frame_of(columns: str, *rows: tuple) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=columns.split())


def written() -> SimpleNamespace:
    """
    Tables and claims that are right, both optima worked out by hand.

    Nursing is 1.00 WTE short. Left at U6 that costs 0.40 x 200 + 0.60 x 400; moving S's people on
    from U5 (+14 a WTE) and then U4 (+16) keeps every PCN within its cheap 0.40. So U5 and U6 lack
    0.40 and U4 0.20: N 4 x (5 + 10 + 15) = 120, S 3.8 x 6 + 3.6 x 8 + 3 x 12 + 0.6 x 22 = 100.8,
    vacancies 200; together 420.8. No change: 120 + 4 x 6 + 4 x 8 + 3 x 12 + 320 = 532.

    Rehab: three people's PCNs to a group, so the halves are the rows, {1, 2, 4 | 3, 5, 6} or
    {1, 4, 5 | 2, 3, 6}. The middle one: 2 x (5 + 10 + 10) + 2 x (10 + 10 + 5), 0.50 WTE moved
    to U6 (5.0) and 0.50 short (100): 205; every other has more minutes and more moves.
    """
    reach = [("nursing", "N", pcn, m) for pcn, m in NORTH.items() if m <= 20]
    reach += [("nursing", "S", pcn, m) for pcn, m in SOUTH.items() if m <= 20]
    reach += [("rehab", "A", pcn, m) for pcn, m in TEAM_A.items()]
    reach += [("rehab", "B", pcn, m) for pcn, m in TEAM_B.items()]
    ratios = {"nursing": 1.0, "rehab": 0.5, "stroke": 0.1}
    tables = {
        "pcns": frame_of(
            "pcn_code pcn_name list_size icb_code",
            *((code, f"PCN {code}", 40_000, "QAA") for code in CODES),
        ),
        "services": frame_of(
            "service_id level population_needed why wte_per_10000 min_team_wte min_population "
            "max_population max_travel_minutes",
            ("nursing", 1, 30_000, "every PCN reaches 30,000", 1.0, 3.0, np.nan, np.nan, 20),
            ("rehab", 2, 100_000, "no PCN reaches 100,000", 0.5, 5.0, 50_000, 150_000, 22),
            ("stroke", 3, 300_000, "300,000 is above 250,000", 0.1, 3.0, np.nan, np.nan, 60),
        ),
        "teams": frame_of(
            "team_id service_id wte",
            ("N", "nursing", 12.0),
            ("S", "nursing", 11.0),
            ("A", "rehab", 6.0),
            ("B", "rehab", 5.5),
        ),
        "demand": frame_of(
            "service_id pcn_code driver_population wte",
            *((s, code, 40_000, round(4 * r, 2)) for s, r in ratios.items() for code in CODES),
        ),
        "travel": frame_of("service_id team_id pcn_code minutes", *reach),
        "allocation": frame_of(
            "service_id level pcn_code team_id wte minutes today_wte",
            ("nursing", 1, "U1", "N", 4.0, 5, 4.0),
            ("nursing", 1, "U2", "N", 4.0, 10, 4.0),
            ("nursing", 1, "U3", "N", 4.0, 15, 4.0),
            ("nursing", 1, "U4", "S", 3.8, 6, 4.0),
            ("nursing", 1, "U5", "S", 3.6, 8, 4.0),
            ("nursing", 1, "U6", "S", 3.6, 12, 3.0),
            ("rehab", 2, "U1", "A", 2.0, 5, 2.0),
            ("rehab", 2, "U2", "A", 2.0, 10, 2.0),
            ("rehab", 2, "U4", "A", 2.0, 10, 2.0),
            ("rehab", 2, "U3", "B", 2.0, 10, 2.0),
            ("rehab", 2, "U5", "B", 2.0, 10, 2.0),
            ("rehab", 2, "U6", "B", 1.5, 5, 1.5),
        ),
        "vacancies": frame_of(
            "service_id pcn_code wte reason",
            ("nursing", "U4", 0.2, "too few staff"),
            ("nursing", "U5", 0.4, "too few staff"),
            ("nursing", "U6", 0.4, "too few staff"),
            ("rehab", "U6", 0.5, "too few staff"),
        ),
        "groups": frame_of(
            "service_id level group_id team_id pcn_code population",
            *(("rehab", 2, "G1", "A", code, 40_000) for code in ("U1", "U2", "U4")),
            *(("rehab", 2, "G2", "B", code, 40_000) for code in ("U3", "U5", "U6")),
        ),
        "pcn_adjacency": frame_of("a b source", *((a, b, "border") for a, b in EDGES)),
    }
    best = {"status": "proven best", "gap": 0.0}
    claims = {
        "nursing": {**best, "objective": 420.8, "bound": 420.8, "today": 532.0},
        "rehab": {**best, "objective": 205.0, "bound": 205.0, "today": 205.0},
        "stroke": {"status": "no teams given", "objective": None, "bound": None, "gap": None},
    }
    return SimpleNamespace(**tables, claims=claims)


def judged(run: SimpleNamespace, policy: Policy = POLICY, **options) -> dict:
    tables = {name: frame for name, frame in vars(run).items() if name != "claims"}
    return audit(tables, run.claims, policy=policy, **options)


def failed(verdict: dict) -> dict[tuple[str, str], str]:
    return {
        (check["service_id"], check["check"]): check["detail"]
        for check in verdict["checks"]
        if not check["ok"]
    }


def put(frame: pd.DataFrame, column: str, value: object, **where: str) -> None:
    """Write a value into the rows that match, of which there must be some."""
    rows = np.logical_and.reduce([frame[name] == wanted for name, wanted in where.items()])
    assert rows.any()
    if isinstance(value, float):
        frame[column] = frame[column].astype(float)
    frame.loc[rows, column] = value


def add(run: SimpleNamespace, table: str, *row: object) -> None:
    frame = getattr(run, table)
    more = pd.DataFrame([row], columns=frame.columns)
    setattr(run, table, pd.concat([frame, more], ignore_index=True))


def regroup(run: SimpleNamespace, first: str) -> None:
    """Give the PCNs of ``first`` to A, the others to B, as tables that agree with it."""
    for code in CODES:
        to_a = code in first.split()
        team, group, minutes = ("A", "G1", TEAM_A) if to_a else ("B", "G2", TEAM_B)
        put(run.groups, "group_id", group, pcn_code=code)
        put(run.groups, "team_id", team, pcn_code=code)
        rows = run.allocation["service_id"].eq("rehab") & run.allocation["pcn_code"].eq(code)
        if run.allocation.loc[rows, "team_id"].item() != team:
            run.allocation.loc[rows, ["wte", "today_wte"]] = (
                0.0,
                run.allocation.loc[rows, "today_wte"].item(),
            )
            add(run, "allocation", "rehab", 2, code, team, 2.0, minutes[code], 0.0)


def written_of(
    case: Problem, service: str, assigned: np.ndarray, vacancies: np.ndarray
) -> SimpleNamespace:
    """
    Tables of a solved case as a run writes them: staff, demand, minutes, the allocation.

    ``assigned`` (T, P) and ``vacancies`` (P,) are WTE hundredths. PCNs, the service's row, groups
    and claims are the caller's to say; there is no other service, and no edge.
    """
    one = {"service_id": service}
    teams, pcns = np.array(case.teams, dtype=object), np.array(case.pcns, dtype=object)
    minutes = np.where(np.isfinite(case.minutes), case.minutes, np.nan)
    road, rows = np.nonzero(~np.isnan(minutes)), np.nonzero((assigned > 0) | (case.today > 0))
    short = np.flatnonzero(vacancies)
    run = written()
    run.teams = pd.DataFrame({**one, "team_id": teams, "wte": case.supply / 100})
    run.demand = pd.DataFrame(
        {
            **one,
            "pcn_code": pcns,
            "driver_population": case.demand * 100,
            "wte": case.demand / 100,
        }
    )
    run.travel = pd.DataFrame(
        {
            **one,
            "team_id": teams[road[0]],
            "pcn_code": pcns[road[1]],
            "minutes": minutes[road],
        }
    )
    run.allocation = pd.DataFrame(
        {
            **one,
            "level": case.level,
            "pcn_code": pcns[rows[1]],
            "team_id": teams[rows[0]],
            "wte": assigned[rows] / 100,
            "minutes": minutes[rows],
            "today_wte": case.today[rows] / 100,
        }
    )
    run.vacancies = pd.DataFrame(
        {**one, "pcn_code": pcns[short], "wte": vacancies[short] / 100, "reason": "few"}
    )
    run.groups, run.pcn_adjacency = run.groups.iloc[:0], run.pcn_adjacency.iloc[:0]
    return run
