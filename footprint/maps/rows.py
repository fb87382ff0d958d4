"""Rows of tables and layers as plain values."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from footprint.maps import geometry


def grouped(frame: pd.DataFrame, key: str) -> dict[str, list[dict[str, Any]]]:
    """Rows of a table as dicts, by the text of one column; none where the column is missing."""
    found: dict[str, list[dict[str, Any]]] = {}
    if key in frame:
        for row in frame.to_dict("records"):
            found.setdefault(str(row[key]), []).append({str(k): v for k, v in row.items()})
    return found


def text(value: object) -> str:
    """A cell as text, "" where it is empty."""
    return "" if value is None or pd.isna(value) else str(value)  # type: ignore[call-overload]


def with_points(frame: gpd.GeoDataFrame) -> Iterator[tuple[Any, shapely.Point]]:
    """Rows of a layer of points, each with its point in degrees."""
    points = geometry.degrees(frame.geometry)
    return zip(frame.drop(columns="geometry").itertuples(index=False), points, strict=True)
