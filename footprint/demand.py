"""Demand: the WTE of each service line that each PCN's people call for."""

from __future__ import annotations

import difflib

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError

#: the driver that every patch has: registered patients
REGISTERED = "registered"


def demand(services: pd.DataFrame, drivers: pd.DataFrame) -> pd.DataFrame:
    """
    Staff needed by each service in each PCN, from the service's own ratio.

    ``wte = wte_per_10000 x driver population / 10,000``, to the nearest 0.01 WTE, halves up as a
    spreadsheet rounds them. Ratios are the user's: there is no national staffing ratio.

    Parameters
    ----------
    services
        Columns service_id, demand_driver, wte_per_10000 (others are ignored), one row each.
    drivers
        Index pcn_code; a column of people for each driver, "registered" always.

    Returns
    -------
    demand
        service_id, pcn_code, driver_population (people, as given), wte (hundredths as a float),
        wte_hundredths (the same as an integer); in the order of ``services``, PCNs sorted.

    Raises
    ------
    InputError
        Where a service names a driver that is not there, or a PCN has no figure for it.
    """
    check_drivers(services, drivers)
    pcns = drivers.sort_index()
    people = np.column_stack(
        [pcns[name].to_numpy(dtype=float) for name in services["demand_driver"]]
        or [np.empty(len(pcns))]
    )[:, : len(services)]
    ratios = services["wte_per_10000"].to_numpy(dtype=float)
    # people x ratio / 10,000 WTE is people x ratio / 100 hundredths; the inner rounding takes the
    # float's own error away, so that an exact half is seen as one
    hundredths = np.floor(np.round(people * ratios / 100, 6) + 0.5).astype(np.int64).T.ravel()
    return pd.DataFrame(
        {
            "service_id": np.repeat(services["service_id"].to_numpy(dtype=object), len(pcns)),
            "pcn_code": np.tile(pcns.index.to_numpy(dtype=object), len(services)),
            "driver_population": people.T.ravel(),
            "wte": hundredths / 100,
            "wte_hundredths": hundredths,
        }
    )


def check_drivers(services: pd.DataFrame, drivers: pd.DataFrame) -> None:
    """
    Raise InputError, with every fault, unless each service's driver has a figure for each PCN.

    Parameters
    ----------
    services, drivers
        As for :func:`demand`.
    """
    faults = []
    known = [str(name) for name in drivers.columns]
    named = zip(services["service_id"], services["demand_driver"], strict=True)
    for service, driver in named:
        where = f"services, {service}"
        if driver not in drivers.columns:
            near = difflib.get_close_matches(str(driver), known, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
            faults.append(Fault(where, f"no figures for {driver!r}", hint, column="demand_driver"))
            continue
        people = drivers[driver].to_numpy(dtype=float)
        bad = sorted(drivers.index[~np.isfinite(people) | (people < 0)])
        if bad:
            found = f"no {driver} of {', '.join(map(str, bad[:5]))}"
            found += f" and {len(bad) - 5} more" if len(bad) > 5 else ""
            faults.append(Fault(where, found, "a number from 0 for each PCN", column=str(driver)))
    if faults:
        raise InputError(faults)
