"""What the joins share: points from coordinates, lists of codes in sentences."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from footprint.schema import ANALYSIS_CRS, PAGE_CRS
from footprint.segments import is_coverage


def points(frame: pd.DataFrame) -> np.ndarray:
    """Turn x, y, units ("degrees" or "metres") into points in EPSG:27700; None where blank."""
    out = np.full(len(frame), None, dtype=object)
    for units, crs in (("degrees", PAGE_CRS), ("metres", ANALYSIS_CRS)):
        rows = ((frame["units"] == units) & frame["x"].notna() & frame["y"].notna()).to_numpy()
        if rows.any():
            series = gpd.GeoSeries.from_xy(frame.loc[rows, "x"], frame.loc[rows, "y"], crs=crs)
            out[rows] = series.to_crs(ANALYSIS_CRS).to_numpy()
    return out


def some(codes: Iterable[object], most: int = 8) -> str:
    """Name the first few codes and count the rest."""
    listed = [str(code) for code in codes]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def union(shapes: npt.NDArray[np.object_]) -> shapely.Geometry:
    """Union of polygons, along shared edges where they are a clean coverage."""
    return shapely.coverage_union_all(shapes) if is_coverage(shapes) else shapely.union_all(shapes)
