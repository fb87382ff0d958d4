"""The written tables as they are read: columns, types and keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

#: the columns that the audit reads; a table that is not given counts as empty
COLUMNS: dict[str, tuple[str, ...]] = {
    "pcns": ("pcn_code", "list_size"),
    "services": (
        "service_id",
        "level",
        "population_needed",
        "why",
        "wte_per_10000",
        "min_team_wte",
        "min_population",
        "max_population",
        "max_travel_minutes",
    ),
    "teams": ("team_id", "service_id", "wte"),
    "demand": ("service_id", "pcn_code", "driver_population", "wte"),
    "travel": ("service_id", "team_id", "pcn_code", "minutes"),
    "allocation": ("service_id", "level", "pcn_code", "team_id", "wte", "minutes", "today_wte"),
    "vacancies": ("service_id", "pcn_code", "wte"),
    "groups": ("service_id", "level", "group_id", "team_id", "pcn_code", "population"),
    "pcn_adjacency": ("a", "b", "source"),
}
#: read where they are given
OPTIONAL = {"pcns": ("icb_code",), "services": ("group_population", "demand_driver")}
TEXT = {
    "demand_driver",
    "pcn_code",
    "service_id",
    "team_id",
    "group_id",
    "a",
    "b",
    "source",
    "why",
    "icb_code",
}


def read_frames(tables: Mapping[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """
    Every table with its columns as text or numbers.

    Parameters
    ----------
    tables
        Frames by name; one that is not given counts as empty.

    Returns
    -------
    frames
        By name, with the columns of :data:`COLUMNS` and :data:`OPTIONAL`: blanks are "" in text
        and NaN in numbers. Empty where a column is missing.
    faults
        A sentence for each table without one of its columns.
    """
    frames, faults = {}, []
    for name, columns in COLUMNS.items():
        frame = tables.get(name)
        if frame is None:
            frame = pd.DataFrame(columns=list(columns))
        missing = [column for column in columns if column not in frame.columns]
        if missing:
            faults.append(f"table {name}: no column {', '.join(missing)}")
            continue
        wanted = [*columns, *OPTIONAL.get(name, ())]
        frame = frame.reindex(columns=wanted)
        frames[name] = pd.DataFrame(
            {
                column: frame[column].astype("string").fillna("").to_numpy(dtype=object)
                if column in TEXT
                else pd.to_numeric(frame[column], errors="coerce").to_numpy(
                    dtype=float, na_value=np.nan
                )
                for column in wanted
            }
        )
    return ({} if faults else frames), faults


def key_faults(frames: Mapping[str, pd.DataFrame], claims: Mapping[str, Any]) -> list[str]:
    """Keys that are found twice, and services that nothing is known of."""
    faults = []
    for name, key in {
        "pcns": ["pcn_code"],
        "services": ["service_id"],
        "teams": ["service_id", "team_id"],
        "demand": ["service_id", "pcn_code"],
        "travel": ["service_id", "team_id", "pcn_code"],
        "allocation": ["service_id", "pcn_code", "team_id"],
    }.items():
        twice = frames[name].loc[frames[name].duplicated(key), key].to_numpy().tolist()
        faults += [f"table {name}: {' '.join(codes)} found twice, expected once" for codes in twice]
    known = set(frames["services"]["service_id"])
    for name, frame in frames.items():
        if "service_id" in frame:
            strange = sorted(set(frame["service_id"]) - known)
            faults += [f"table {name}: service {code!r} is not in services" for code in strange]
    return faults + [f"claim for service {c!r}, not in services" for c in sorted({*claims} - known)]
