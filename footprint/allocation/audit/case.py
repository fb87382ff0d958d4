"""One service as the audit sees it: its rows of the tables, in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
import pandas as pd

from footprint.policy import Policy
from footprint.settings import Locks

PROVEN, FOUND, NO_TEAMS, CANNOT = (
    "proven best",
    "best found",
    "no teams given",
    "cannot be met because",
)

#: the policy in which the longest journey is made short before anything else
WORST_FIRST = "worst first"

Finding = tuple[list[str], str]


class Service(NamedTuple):
    """A row of the table services."""

    service_id: str
    level: float
    population_needed: float
    why: str
    wte_per_10000: float
    min_team_wte: float
    min_population: float
    max_population: float
    max_travel_minutes: float
    group_population: float
    demand_driver: str


@dataclass
class Case:
    """One service: n PCNs (in order of code) by t teams, in hundredths of a WTE and a minute."""

    service_id: str
    level: int
    row: Service
    policy: Policy
    claim: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]
    pcns: pd.Index
    teams: pd.Index
    population: np.ndarray
    driver: np.ndarray  # people who drive demand
    icb: np.ndarray
    demand: np.ndarray
    supply: np.ndarray
    minutes: np.ndarray  # -1 where there is no road
    wte: np.ndarray
    today: np.ndarray
    vacancy: np.ndarray
    reach: float
    graph: nx.Graph
    groups: list[str]
    group_of: np.ndarray  # -1 where in none
    team_of: np.ndarray  # by group, -1 where none
    parent: np.ndarray  # the Level 3 group of each PCN, "" where it is free
    # by group, what is wrong
    nest_faults: dict[str, str] = field(default_factory=dict)
    # locks, in positions; of teams the service's own only
    together: list[tuple[int, int]] = field(default_factory=list)
    apart: list[tuple[int, int]] = field(default_factory=list)
    base: list[tuple[int, int]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """What the run says of its result, "" where it says nothing."""
        return str(self.claim.get("status") or "")

    @property
    def cannot(self) -> bool:
        """Whether the status owns up to a rule that cannot be kept."""
        return self.status.startswith(CANNOT) or (not len(self.teams) and CANNOT in self.status)

    @property
    def need(self) -> float:
        """Registered patients that a group has to have."""
        row = self.row
        return row.population_needed if np.isnan(row.group_population) else row.group_population

    @property
    def most(self) -> float:
        """Registered patients that a group may have, infinite where there is no limit."""
        most = self.row.max_population
        if np.isnan(most):
            # a group around a candidate site has up to twice the need
            return np.inf if len(self.teams) else 2 * self.need
        return float(most)

    @property
    def longest(self) -> float:
        """Hundredths of a minute that nobody may drive beyond: infinite but for the worst first."""
        limit = self.claimed("longest_minutes") if self.policy.fairness == WORST_FIRST else None
        return np.inf if limit is None else float(round(limit * 100))

    @property
    def by_cost(self) -> Mapping[str, Any]:
        """What is claimed of groups by cost alone, where the worst comes first."""
        found = self.claim.get("by_cost")
        return found if isinstance(found, Mapping) else {}

    @property
    def unmet_by_cost(self) -> dict[str, int]:
        """Hundredths that groups by cost alone leave unmet, as claimed, by ICB."""
        found = self.by_cost.get("unmet")
        return (
            {str(code): round(float(wte) * 100) for code, wte in found.items()}
            if isinstance(found, Mapping)
            else {}
        )

    @property
    def systems(self) -> dict[str, np.ndarray]:
        """(n,) whether a PCN is in an ICB, by ICB; all under "" where groups may cross."""
        if self.policy.cross_icb:
            return {"": np.ones(len(self.pcns), dtype=bool)}
        return {str(code): self.icb == code for code in sorted({*self.icb})}

    def system_of(self, pcn: int) -> str:
        """Return the key of a PCN in :attr:`systems`."""
        return "" if self.policy.cross_icb else str(self.icb[pcn])

    @property
    def unmet_spare(self) -> dict[str, float]:
        """Hundredths by which more need may stay unmet, by ICB: any but for the worst first."""
        if np.isinf(self.longest):
            return dict.fromkeys(self.systems, np.inf)
        allowed = self.unmet_by_cost
        return {
            code: allowed.get(code, 0) - int(self.vacancy[inside].sum())
            for code, inside in self.systems.items()
        }

    @property
    def lead_teams(self) -> bool:
        """Whether as many PCNs as possible get one team, at a little more than the best flow."""
        return bool(self.level == 1 and self.policy.lead_teams and self.policy.lead_team_slack > 0)

    def sole(self) -> np.ndarray:
        """(n,) position of the team that serves a PCN alone, -1 where several or none do."""
        there = self.wte > 0
        alone = there.sum(axis=1) == 1
        # without a single team there is no first one either
        return np.where(alone, there.argmax(axis=1), -1) if there.size else np.full(len(there), -1)

    def claimed(self, name: str) -> float | None:
        """A figure of the claim, None where it is none."""
        value = self.claim.get(name)
        if isinstance(value, (int, float, np.number)) and np.isfinite(value):
            return float(value)
        return None

    def members(self, group: int) -> np.ndarray:
        """Positions of the PCNs of a group."""
        return np.flatnonzero(self.group_of == group)


def hundredths(values: npt.ArrayLike) -> np.ndarray:
    """Whole hundredths of values to two decimals; 0 where there is none."""
    return np.rint(np.nan_to_num(np.asarray(values, dtype=float)) * 100).astype(np.int64)


def build_case(
    frames: Mapping[str, pd.DataFrame],
    row: Service,
    claim: Mapping[str, Any],
    policy: Policy,
    locks: Locks | None = None,
) -> Case:
    """
    One service's rows of every table, as arrays in order of code.

    Parameters
    ----------
    frames
        What :func:`footprint.allocation.audit.tables.read_frames` gives.
    row
        The service's row of the table services.
    claim
        What the run says of the service: status, objective, bound, gap, today.
    policy
        The prices, shares and rules in force.
    locks
        What groups have to keep to.

    Returns
    -------
    case
        Rows that name a PCN or a team unknown here are left out of its arrays, not of its tables.
    """
    tables = {
        name: frame[frame["service_id"] == row.service_id]
        for name, frame in frames.items()
        if "service_id" in frame and name != "services"
    }
    people = frames["pcns"].drop_duplicates("pcn_code").sort_values("pcn_code")
    pcns = pd.Index(people["pcn_code"])
    staff = tables["teams"].drop_duplicates("team_id").sort_values("team_id")
    teams = pd.Index(staff["team_id"])

    def spread(table: str, column: str, empty: int = 0) -> np.ndarray:
        frame = tables[table].dropna(subset=[column])
        rows, cols = pcns.get_indexer(frame["pcn_code"]), np.zeros(len(frame), dtype=int)
        by_team = "team_id" in frame
        if by_team:
            cols = teams.get_indexer(frame["team_id"])
        known = (rows >= 0) & (cols >= 0)
        out = np.zeros((len(pcns), len(teams) if by_team else 1), dtype=np.int64)
        np.add.at(out, (rows[known], cols[known]), hundredths(frame[column])[known])
        if empty:
            seen = np.zeros(out.shape, dtype=bool)
            seen[rows[known], cols[known]] = True
            out[~seen] = empty
        return out if by_team else out[:, 0]

    rows = tables["groups"]
    groups = sorted(set(rows["group_id"]))
    first = rows.drop_duplicates("pcn_code").set_index("pcn_code")["group_id"]
    leads = rows[rows["team_id"] != ""].drop_duplicates("group_id").set_index("group_id")["team_id"]
    edges = frames["pcn_adjacency"]
    graph = nx.Graph()
    graph.add_nodes_from(range(len(pcns)))
    ends = edges[edges["source"] != "cut"]
    pairs = zip(pcns.get_indexer(ends["a"]), pcns.get_indexer(ends["b"]), strict=True)
    graph.add_edges_from((int(a), int(b)) for a, b in pairs if a >= 0 and b >= 0 and a != b)
    blank = np.full(len(pcns), "", dtype=object)
    held = Locks() if locks is None else locks

    def known(pairs: Sequence[tuple[str, str]], others: pd.Index) -> list[tuple[int, int]]:
        one, other = ({code: k for k, code in enumerate(index)} for index in (pcns, others))
        return [(one[a], other[b]) for a, b in pairs if a in one and b in other]

    return Case(
        service_id=row.service_id,
        level=0 if np.isnan(row.level) else int(row.level),
        row=row,
        policy=policy,
        claim=claim,
        tables=tables,
        pcns=pcns,
        teams=teams,
        population=np.nan_to_num(people["list_size"].to_numpy()),
        driver=np.nan_to_num(
            tables["demand"]
            .drop_duplicates("pcn_code")
            .set_index("pcn_code")["driver_population"]
            .reindex(pcns)
            .to_numpy()
        ),
        icb=people["icb_code"].to_numpy(),
        demand=spread("demand", "wte"),
        supply=hundredths(staff["wte"]),
        minutes=spread("travel", "minutes", empty=-1),
        wte=spread("allocation", "wte"),
        today=spread("allocation", "today_wte"),
        vacancy=spread("vacancies", "wte"),
        reach=np.inf if np.isnan(row.max_travel_minutes) else round(row.max_travel_minutes * 100),
        graph=graph,
        groups=groups,
        group_of=pd.Index(groups, dtype=object).get_indexer(first.reindex(pcns)),
        team_of=teams.get_indexer(leads.reindex(groups)),
        parent=blank,
        together=known(held.together, pcns),
        apart=known(held.apart, pcns),
        base=known(held.base, teams),
    )
