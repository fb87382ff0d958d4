"""What helps to find one's way: neighbours, localities and outlines, with names where they fit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import shapely

from footprint.maps import geometry
from footprint.report import layers, names, views
from footprint.report.content import Content


def lines(content: Content, name: str, label: str) -> dict[str, Any]:
    """
    A layer of outlines as thin lines, borders that two share drawn once, and its names.

    Parameters
    ----------
    content
        What is shown.
    name, label
        The layer, of polygons or lines, and the column with its names.

    Returns
    -------
    lines
        ``lines`` (a list of one GeoJSON MultiLineString in degrees, or of none) and ``names`` (a
        list of ``name`` and ``at``, latitude and longitude).
    """
    frame = layers.layer(content, name)
    fine = geometry.tolerance(layers.bounds(content))
    drawn = layers.lines(frame, content, fine)
    found: dict[str, Any] = {"lines": [], "names": []}
    if drawn.is_empty:
        return found
    found["lines"] = [geometry.geojson(shape) for shape in geometry.degrees([drawn])]
    spots = layers.line_names(frame, content, label)
    points = geometry.degrees(shapely.points(spots[["x", "y"]].to_numpy()))
    found["names"] = [
        {"name": names.proper(text), "at": geometry.at(point)}
        for text, point in zip(spots["name"], points, strict=True)
    ]
    return found


def neighbours(content: Content, shown: Mapping[str, shapely.Geometry]) -> list[dict[str, Any]]:
    """
    PCNs from outside that win small areas of the patch, with their shape and a place for a name.

    Parameters
    ----------
    content
        What is shown.
    shown
        From :func:`footprint.maps.shapes.footprints`: neighbours under "+" and their place.

    Returns
    -------
    neighbours
        ``code``, ``name``, ``short``, ``areas`` (small areas won), ``patients`` (its own there),
        ``else`` (names of the patch's PCNs that would have them, were there no neighbours),
        ``shape``, ``at`` and ``radius`` (metres). One that display does not need is left out.
    """
    frame = layers.layer(content, "neighbours")
    heirs = _heirs(content)
    found = []
    for place, row in enumerate(frame.drop(columns="geometry").to_dict("records")):
        shape = shown.get(f"+{place}")
        if shape is None or shape.is_empty:
            continue
        middle = layers.anchors(gpd.GeoDataFrame(geometry=[shape], crs=layers.CRS)).iloc[0]
        point, drawn = geometry.degrees([shapely.Point(middle["x"], middle["y"]), shape])
        found.append(
            {
                "code": str(row["pcn_code"]),
                "name": names.proper(str(row["pcn_name"])),
                "short": names.short(str(row["pcn_name"])),
                "areas": row.get("small_areas"),
                "patients": row.get("patients"),
                "else": heirs.get(str(row["pcn_code"]), []),
                "shape": geometry.geojson(drawn),
                "at": geometry.at(point),
                "radius": round(float(middle["radius"])),
            }
        )
    return found


def _heirs(content: Content) -> dict[str, list[str]]:
    """Names of the patch's PCNs that would have a neighbour's areas, by its code."""
    readings = views.table(content, "readings")
    if readings.empty:
        return {}
    known = views.pcn_names(content)
    pairs = readings[readings["owner_own"] != ""].groupby("owner_all")["owner_own"].unique()
    return {
        str(code): [known.get(str(own), str(own)) for own in sorted(theirs)]
        for code, theirs in pairs.items()
    }
