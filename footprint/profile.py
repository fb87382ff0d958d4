"""What each PCN's people and land are like, beside the patch's middle and spread."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from footprint.checks.dispersion import mean_distances, patient_distances
from footprint.checks.ground import Ground

SHARE, KM, DENSITY, DECILE = "share", "km", "people per square km", "decile"

#: deciles of multiple deprivation, 1 the most deprived
DECILES = range(1, 11)

#: every measure and its unit, in the order in which a reader meets them
MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "age_0_14": SHARE,
        "age_65_plus": SHARE,
        "age_75_plus": SHARE,
        "age_85_plus": SHARE,
        "imd_mean_decile": DECILE,
        "imd_most_deprived": SHARE,
        **{f"imd_decile_{decile}": SHARE for decile in DECILES},
        "rural_share": SHARE,
        "density": DENSITY,
        "distance_to_practice": KM,
        "retention": SHARE,
        "dominance": SHARE,
    }
)

#: a file that knows less than this share of a PCN's patients says nothing of the PCN
LEAST_KNOWN = 0.5

COLUMNS = ("pcn_code", "measure", "value", "patch_middle", "patch_low", "patch_high", "unit")


def profile(ground: Ground, distances: pd.DataFrame | None = None) -> pd.DataFrame:
    """
    Describe each PCN of the patch beside all of them, as far as the user's files go.

    Parameters
    ----------
    ground
        From :func:`footprint.checks.prepare`. Ages and deprivation are taken from the patch's
        tables ``ages`` and ``deprivation``, rural shares from its rural-urban classes.
    distances
        From :func:`footprint.checks.dispersion.patient_distances`, worked out when None.

    Returns
    -------
    profile
        pcn_code, measure (a key of :data:`MEASURES`), value, patch_middle (the median of the
        patch's PCNs that have the measure), patch_low and patch_high (their quartiles, linear
        between ranks), unit; by PCN, then in the order of :data:`MEASURES`. No row where the
        files do not hold the measure, or hold it for less than half of the PCN's patients.

    Notes
    -----
    Ages: shares of the patients whose ages are given (NHS England, "Patients Registered at a GP
    Practice"). Deprivation: by where the PCN's patients live, in the patch or beyond it, those
    whose small area has a decile (MHCLG, English indices of deprivation; not comparable with
    those of other nations, which are left out). Density: all registered people of the footprint
    per square km of it. Distance: mean straight line from the middle of the small area to the
    patients' own practice, patients in the patch.
    """
    shape = ground.footprints.pcns
    square_km = shape.geometry.area / 1e6
    registered = shape["registrations"].where(shape["registrations"] > 0)
    distances = patient_distances(ground) if distances is None else distances
    distance = pd.Series(mean_distances(ground, distances), dtype=float)
    found = {
        **_ages(ground),
        **_deprivation(ground),
        "rural_share": ground.rural_share,
        "density": registered / square_km.where(square_km > 0),
        "distance_to_practice": distance,
        "retention": shape["retention"],
        "dominance": shape["dominance"],
    }
    given = [measure for measure in MEASURES if measure in found]
    wide = pd.DataFrame({key: found[key].reindex(shape.index).astype(float) for key in given})
    values = wide.to_numpy()
    low, middle, high = (wide.quantile(at).to_numpy() for at in (0.25, 0.5, 0.75))
    row, column = np.nonzero(np.isfinite(values))
    return pd.DataFrame(
        {
            "pcn_code": shape.index.to_numpy()[row],
            "measure": np.array(given, dtype=object)[column],
            "value": values[row, column],
            "patch_middle": middle[column],
            "patch_low": low[column],
            "patch_high": high[column],
            "unit": np.array([MEASURES[key] for key in given], dtype=object)[column],
        },
        columns=list(COLUMNS),
    )


def _ages(ground: Ground) -> dict[str, pd.Series]:
    """Shares of patients by age; only ages at which the file's bands part them."""
    patch, mine = ground.patch, ground.footprints.pcns.index
    if "ages" not in patch.tables:
        return {}
    frame = patch.tables["ages"].frame
    pcn = frame["practice_code"].map(patch.practices["pcn_code"])
    age = frame["age"].astype(str)
    start = age.str.extract(r"^(\d+)", expand=False).astype(int)

    def people(which: pd.Series) -> pd.Series:
        sums = frame["patients"].where(which, 0).groupby(pcn).sum()
        return sums.reindex(mine, fill_value=0).astype(float)

    everybody = people(start >= 0)
    known = everybody.where(_enough(everybody, patch.pcns["list_size"].reindex(mine)))
    # nobody can say who is 85 in a band of 75 and over
    last = start[age.str.endswith("+")].min() if age.str.endswith("+").any() else start.max()
    out = {}
    if last >= 15:
        out["age_0_14"] = people(start < 15) / known
    for least in (65, 75, 85):
        if last >= least:
            out[f"age_{least}_plus"] = people(start >= least) / known
    return out


def _deprivation(ground: Ground) -> dict[str, pd.Series]:
    """Mean decile, share in the most deprived fifth and in each decile, of patients' homes."""
    patch, mine = ground.patch, ground.footprints.pcns.index
    if "deprivation" not in patch.tables:
        return {}
    decile_of = (
        patch.tables["deprivation"]
        .frame.drop_duplicates("small_area_code")
        .set_index("small_area_code")["decile"]
    )
    pairs = patch.pairs[patch.pairs["pcn_code"].isin(mine)]
    decile = pairs["small_area_code"].map(decile_of)
    mix = pairs["patients"].groupby([pairs["pcn_code"], decile]).sum().unstack(fill_value=0)
    mix = mix.reindex(index=mine, columns=list(DECILES), fill_value=0).astype(float)
    known = mix.sum(axis=1)
    placed = ground.footprints.pcns["placed"]
    shares = mix.div(known.where(_enough(known, placed)), axis=0)
    out = {
        "imd_mean_decile": (shares * np.array(DECILES)).sum(axis=1, skipna=False),
        "imd_most_deprived": shares[1] + shares[2],
    }
    return out | {f"imd_decile_{decile}": shares[decile] for decile in DECILES}


def _enough(known: pd.Series, people: pd.Series) -> pd.Series:
    return (known > 0) & (known >= LEAST_KNOWN * people)
