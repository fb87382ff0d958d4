"""Patients of practices where only those of their PCNs may be known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from footprint.modelled import REACH_KM, attraction
from footprint.patch import Patch
from footprint.rounding import largest_remainder


def by_practice(patch: Patch, pairs: pd.DataFrame) -> pd.DataFrame:
    """
    Share the patients of each PCN in each small area out among its practices.

    Parameters
    ----------
    patch
        Its practices with their lists and places, and the middles of its small areas.
    pairs
        ``small_area_code``, ``pcn_code``, ``patients``: whole numbers.

    Returns
    -------
    registrations
        As :attr:`footprint.patch.Patch.registrations`, of practices in a PCN: in proportion to
        list size and to the pull of the distance by which registrations are modelled
        (:func:`footprint.modelled.attraction`). Patients in equal patients out.

    Notes
    -----
    Nothing of the practices' own registrations is in it: what follows from it follows from
    ``pairs`` and from what is public. A practice without a place pulls as if at the end of reach.
    """
    practices = patch.practices[patch.practices["pcn_code"].notna()]
    members = pd.DataFrame(
        {
            "practice_code": practices.index,
            "pcn_code": practices["pcn_code"].to_numpy(),
            "list_size": practices["list_size"].to_numpy(float),
            "x": shapely.get_x(practices.geometry.to_numpy()),
            "y": shapely.get_y(practices.geometry.to_numpy()),
        }
    )
    rows = pairs.reset_index(drop=True).rename_axis("pair").reset_index()
    rows = rows.merge(members, on="pcn_code")
    home = patch.centres.reindex(rows["small_area_code"]).to_numpy()
    km = np.hypot(*(home - rows[["x", "y"]].to_numpy()).T) / 1_000
    weight = rows["list_size"] * attraction(np.where(np.isfinite(km), km, REACH_KM))
    patients = largest_remainder(
        weight.to_numpy(), rows["pair"].to_numpy(), pairs["patients"].to_numpy()
    )
    out = rows[["practice_code", "small_area_code"]].assign(patients=patients, reason="")
    return out[out["patients"] > 0].reset_index(drop=True)
