"""Speeds of roads by their class, where a network gives neither times nor speeds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

#: km/h by OpenStreetMap's class of highway. They are our assumption of what is driven by day,
#: below the limits: towns, queues and bends are in them. Slip roads count as their road.
KPH: Mapping[str, float] = MappingProxyType(
    {
        "motorway": 95.0,
        "trunk": 75.0,
        "primary": 55.0,
        "secondary": 50.0,
        "tertiary": 45.0,
        "unclassified": 40.0,
        "residential": 30.0,
        "living_street": 15.0,
        "service": 15.0,
        "track": 15.0,
    }
)
#: ... and of any other class, or of none
OTHER = 30.0


def of_classes(
    highway: pd.Series,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """
    Speeds by class.

    Parameters
    ----------
    highway
        Classes as OpenStreetMap has them; several ("['residential', 'tertiary']", as OSMnx writes
        a road that it put together) go by the first that is known.

    Returns
    -------
    kph, unknown
        (n,) km/h, and where no class is known.
    """
    codes, texts = pd.factorize(highway.fillna("").astype("str"))
    found = [_speed(str(text)) for text in texts]
    speed = np.array([OTHER if each is None else each for each in found] or [OTHER])
    unknown = np.array([each is None for each in found] or [True], dtype=bool)
    return speed[codes], unknown[codes]


def _speed(text: str) -> float | None:
    classes = (word.removesuffix("_link") for word in re.findall(r"[a-z_]+", text.lower()))
    return next((KPH[word] for word in classes if word in KPH), None)
