"""Postcode districts: which small areas each lies in, by the postcodes of a postcode file."""

from __future__ import annotations

import numpy as np
import pandas as pd
import shapely

from footprint.joining.common import points
from footprint.patch import Patch

COLUMNS = ("district", "small_area_code", "postcodes")
#: letters and digits after the space of a postcode
INWARD = 3


def districts(patch: Patch) -> pd.DataFrame:
    """
    Count the postcodes of each district in each small area of the patch.

    Parameters
    ----------
    patch
        A patch for which a postcode file is given.

    Returns
    -------
    districts
        district (such as "ST5"), small_area_code, postcodes; sorted by both. A postcode is in the
        small area that holds its point, of several the one with the lower code; postcodes outside
        the patch, or without a point, are left out. Empty without a postcode file.
    """
    if "postcodes" not in patch.tables:
        return pd.DataFrame({"district": [], "small_area_code": [], "postcodes": []}).astype(
            {"district": str, "small_area_code": str, "postcodes": int}
        )
    known = patch.tables["postcodes"].frame.dropna(subset=["x", "y"])
    known = known[~known["terminated"].astype(bool)]
    spots = points(known)
    xy = shapely.get_coordinates(spots)
    west, south, east, north = patch.small_areas.total_bounds
    near = (xy >= (west, south)).all(axis=1) & (xy <= (east, north)).all(axis=1)
    code = known["postcode"][near].astype(str).str.replace(r"\s", "", regex=True).str.upper()
    tree = shapely.STRtree(patch.small_areas.geometry.to_numpy())
    which, area = tree.query(shapely.points(xy[near]), predicate="intersects")
    # small areas are sorted by code: the first is the lower
    order = np.lexsort((area, which))
    which, first = np.unique(which[order], return_index=True)
    found = pd.DataFrame(
        {
            "district": code.str[:-INWARD].to_numpy()[which],
            "small_area_code": patch.small_areas.index.to_numpy()[area[order][first]],
        }
    )
    return (
        found.value_counts(sort=False)
        .rename("postcodes")
        .reset_index()
        .sort_values(["district", "small_area_code"], ignore_index=True)[list(COLUMNS)]
    )
