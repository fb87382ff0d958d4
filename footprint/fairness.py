"""Who is far from their teams: minutes today and proposed, by the place where patients live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from footprint import travel
from footprint.footprints import Footprints
from footprint.patch import Patch
from footprint.posing import patients_inside

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

COLUMNS = (
    "service_id",
    "group_kind",
    "group",
    "patients",
    "minutes_today",
    "minutes_proposed",
    "reached_today",
    "reached_proposed",
    "basis",
)
#: rows of all services together have this service_id
ALL_SERVICES = ""

#: kinds of groups, in the order in which a reader meets them
EVERYBODY, DEPRIVATION, RURAL, PCN = "everybody", "deprivation decile", "rural class", "PCN"
#: patients of whose small area the file says nothing
NOT_GIVEN = "not given"

#: today and proposed: the column of staff in the allocation
STAFF = ("today_wte", "wte")


@dataclass(frozen=True, eq=False)
class _Homes:
    """Where patients live: a row per small area and PCN, H of them, with positions in both."""

    area: IntArray
    pcn: IntArray
    patients: FloatArray
    pcns: pd.Index
    #: group of each row by kind, a kind's groups in order
    groups: Mapping[str, Any]


def fairness(
    patch: Patch,
    footprints: Footprints,
    times: travel.Times | None,
    allocation: pd.DataFrame,
    demand: pd.DataFrame,
) -> pd.DataFrame:
    """
    Mean minutes from teams to patients, today and proposed, by groups of patients.

    Parameters
    ----------
    patch, footprints
        As made before; deprivation deciles and rural classes as far as the user's files go.
    times
        Where minutes from bases to small areas come from; None without teams.
    allocation
        ``service_id``, ``pcn_code``, ``team_id``, ``wte``, ``today_wte``.
    demand
        ``service_id``, ``pcn_code``, ``wte``: what each service weighs in all of them together.

    Returns
    -------
    fairness
        service_id ("" for all services together), group_kind (everybody, deprivation decile,
        rural class, PCN), group, patients (of the patch's PCNs, living in the patch),
        minutes_today and minutes_proposed (means over the patients who have a team with a road to
        them, NaN where nobody has), reached_today and reached_proposed (the share of the patients
        who have), basis (what the minutes rest on). In the order of the allocation's services,
        all together first.

    Notes
    -----
    A patient's minutes in a service are those from the bases of the teams that serve their PCN to
    the small area where they live, the mean weighted by these teams' WTE there: within one PCN,
    who lives far from the base has more. All services together are the mean weighted by the PCN's
    need in each, over services that have a team there today and in the proposal, so that both
    figures are of the same services; a service weighs the same today and proposed.
    """
    if times is None or allocation.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    homes = _homes(patch, footprints, times.codes)
    size = len(homes.patients)
    sums, weights = np.zeros((2, size)), np.zeros(size)
    reached, wanted = np.zeros((2, size)), np.zeros(size)
    frames = []
    for service, rows in allocation.groupby("service_id", sort=False):
        minutes = _minutes(rows, times, homes)
        frames.append(_table(str(service), minutes, np.isfinite(minutes).astype(float), homes))
        need = demand[demand["service_id"] == service].set_index("pcn_code")["wte"]
        weight = need.reindex(homes.pcns).fillna(0.0).to_numpy(float)[homes.pcn]
        both = np.isfinite(minutes).all(axis=0)
        sums += np.where(both, minutes, 0.0) * weight
        weights += np.where(both, weight, 0.0)
        reached += np.isfinite(minutes) * weight
        wanted += weight
    with np.errstate(invalid="ignore", divide="ignore"):
        whole = np.where(weights > 0, sums / weights, np.nan)
        share = np.where(wanted > 0, reached / wanted, 0.0)
    out = pd.concat([_table(ALL_SERVICES, whole, share, homes), *frames], ignore_index=True)
    return out.assign(basis=basis(times))[list(COLUMNS)]


def basis(times: travel.Times) -> str:
    """What minutes rest on as a whole, in the words of the tables."""
    if times.basis == travel.ROADS and (times.far_bases.any() or times.far_areas.any()):
        return travel.PARTLY
    return times.basis


def _homes(patch: Patch, footprints: Footprints, codes: pd.Index) -> _Homes:
    rows = patients_inside(patch, footprints)
    area = codes.get_indexer(pd.Index(rows["small_area_code"]))
    kept = (area >= 0) & (rows["patients"] > 0).to_numpy()
    rows = rows[kept].reset_index(drop=True)
    pcns = pd.Index(sorted(set(rows["pcn_code"])), name="pcn_code")
    groups: dict[str, Any] = {EVERYBODY: pd.Categorical(["everybody"] * len(rows))}
    if "deprivation" in patch.tables:
        frame = patch.tables["deprivation"].frame.drop_duplicates("small_area_code")
        decile = rows["small_area_code"].map(frame.set_index("small_area_code")["decile"])
        groups[DEPRIVATION] = _grouped(decile, {each: str(each) for each in range(1, 11)})
    if "rural_urban" in patch.tables:
        rural = rows["small_area_code"].map(patch.small_areas["rural"])
        groups[RURAL] = _grouped(rural, {False: "urban", True: "rural"})
    groups[PCN] = pd.Categorical(rows["pcn_code"], categories=pcns)
    return _Homes(
        area=area[kept],
        pcn=pcns.get_indexer(pd.Index(rows["pcn_code"])),
        patients=rows["patients"].to_numpy(float),
        pcns=pcns,
        groups=groups,
    )


def _grouped(values: pd.Series, names: Mapping[Any, str]) -> Any:  # noqa: ANN401
    """Names of groups in order, those without one last."""
    return pd.Categorical(
        values.map(names).fillna(NOT_GIVEN), categories=[*names.values(), NOT_GIVEN]
    )


def _minutes(rows: pd.DataFrame, times: travel.Times, homes: _Homes) -> FloatArray:
    """(2, H) minutes of one service, today and proposed: over the teams of the PCN, by WTE."""
    team = times.bases.get_indexer(pd.Index(rows["team_id"]))
    pcn = homes.pcns.get_indexer(pd.Index(rows["pcn_code"]))
    staff = rows[list(STAFF)].to_numpy(float)
    known = (team >= 0) & (pcn >= 0)
    spent, held = np.zeros((2, len(homes.patients))), np.zeros((2, len(homes.patients)))
    for at, base, there in _visits(team[known], pcn[known], staff[known], homes):
        minutes = travel.along(times, base, homes.area[at])
        road = np.isfinite(minutes)
        for when in range(2):
            wte = np.where(road, there[:, when], 0.0)
            np.add.at(held[when], at, wte)
            np.add.at(spent[when], at, wte * np.where(road, minutes, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(held > 0, spent / held, np.nan)


#: visits worked out at a time: a country has tens of millions
_MOST_VISITS = 2_000_000


def _visits(
    team: IntArray, pcn: IntArray, wte: FloatArray, homes: _Homes
) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """Each home with each team of its PCN: positions of home and base, and WTE there (n, 2)."""
    order = np.argsort(homes.pcn, kind="stable")
    start = np.searchsorted(homes.pcn[order], np.arange(len(homes.pcns) + 1))
    size = (start[1:] - start[:-1])[pcn]
    ends = np.cumsum(size)
    low = 0
    while low < len(team):
        done = ends[low - 1] if low else 0
        high = max(low + 1, int(np.searchsorted(ends, done + _MOST_VISITS, side="right")))
        part = slice(low, high)
        row = np.repeat(np.arange(low, high), size[part])
        # the homes of a PCN stand together in `order`
        within = np.arange(len(row)) - np.repeat(ends[part] - size[part] - done, size[part])
        yield order[start[pcn[row]] + within], team[row], wte[row]
        low = high


def _table(service: str, minutes: FloatArray, reached: FloatArray, homes: _Homes) -> pd.DataFrame:
    """Rows of one service: minutes and shares reached (2, H) by every kind of group."""
    known = np.isfinite(minutes)
    frames = []
    for kind, groups in homes.groups.items():
        count = len(groups.categories)
        people = np.bincount(groups.codes, homes.patients, count)
        row: dict[str, object] = {
            "service_id": service,
            "group_kind": kind,
            "group": groups.categories.to_numpy(dtype=object),
            "patients": people.astype(np.int64),
        }
        for name, spent, there, share in zip(
            ("today", "proposed"), minutes, known, reached, strict=True
        ):
            weight = np.where(there, homes.patients, 0.0)
            total = np.bincount(groups.codes, weight, count)
            sums = np.bincount(groups.codes, weight * np.where(there, spent, 0.0), count)
            served = np.bincount(groups.codes, homes.patients * share, count)
            with np.errstate(invalid="ignore", divide="ignore"):
                row[f"minutes_{name}"] = np.where(total > 0, sums / total, np.nan)
                row[f"reached_{name}"] = np.where(people > 0, served / people, np.nan)
        frame = pd.DataFrame(row)
        frames.append(frame[frame["patients"] > 0])
    return pd.concat(frames, ignore_index=True)
