"""A trust's own: teams with their bases and areas, and services."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.codes import among
from footprint.errors import Fault, InputError
from footprint.joining.common import points, some
from footprint.joining.staff import by_area, by_list
from footprint.schema import ANALYSIS_CRS
from footprint.settings import Settings
from footprint.sources import postcodes
from footprint.sources import teams as source
from footprint.sources.tabular import Table
from footprint.words import counted


def teams(
    tables: Mapping[str, Table],
    pcns: pd.DataFrame,
    areas: pd.DataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame | None]:
    """Return services, teams with their bases (index team_id) and team areas (None: not given)."""
    faults: list[Fault] = []
    services = tables["services"].frame if "services" in tables else _no_services()
    if "teams" not in tables:
        if "team_areas" in tables:
            file = tables["team_areas"].shown
            raise InputError([Fault(file, "team areas without teams", "teams in [inputs] too")])
        empty = gpd.GeoDataFrame(
            {
                "team_name": pd.Series(dtype="str"),
                "service_id": pd.Series(dtype="str"),
                "base_name": pd.Series(dtype="str"),
                "wte": pd.Series(dtype="float64"),
                "pcn_codes": pd.Series(dtype="object"),
            },
            geometry=gpd.GeoSeries([], crs=ANALYSIS_CRS),
            index=pd.Index([], name="team_id", dtype="str"),
        )
        return services, empty, None
    table = tables["teams"]
    frame = table.frame
    place = points(frame)
    lost = np.array([point is None for point in place], dtype=bool)
    if "postcodes" in tables and lost.any():
        found = postcodes.find(frame.loc[lost, "base_postcode"], tables["postcodes"].frame)
        place[lost] = points(found)
    known = set(services["service_id"])
    for at, row in enumerate(frame.itertuples()):
        if place[at] is None:
            faults.append(
                table.fault(
                    at,
                    "latitude",
                    f"no place for the base of {row.team_id}",
                    "latitude and longitude, or a postcode that the postcodes file knows",
                )
            )
        if row.service_id not in known:
            faults.append(
                table.fault(
                    at,
                    "service_id",
                    f"{row.service_id!r}",
                    "a service of the services file: " + some(services["service_id"]),
                )
            )
        faults += [
            table.fault(at, "pcn_codes", repr(code), "a PCN of the practice list")
            for code in row.pcn_codes
            if code not in pcns.index
        ]
    covered = None
    if "team_areas" in tables:
        covered, more = _team_areas(
            tables["team_areas"], set(frame["team_id"]), areas, own, warnings
        )
        faults += more
    if faults:
        raise InputError(faults)
    out = gpd.GeoDataFrame(
        frame.drop(columns=["x", "y", "units"]), geometry=gpd.GeoSeries(place, crs=ANALYSIS_CRS)
    )
    out = out.set_index("team_id").sort_index()
    with_area = set(tables["team_areas"].frame["team_id"]) if "team_areas" in tables else set()
    area_here = set() if covered is None else set(covered["team_id"])
    return services, by_list(out, pcns, with_area, area_here, warnings), covered


def _no_services() -> pd.DataFrame:
    kinds = {"text": "str", "code": "str", "number": "float64", "count": "Int64"}
    return pd.DataFrame(
        {column.name: pd.Series(dtype=kinds[column.kind]) for column in source.SERVICES.columns}
    )


def _team_areas(
    table: Table,
    team_ids: set[str],
    areas: pd.DataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> tuple[pd.DataFrame, list[Fault]]:
    frame = table.frame
    faults = [
        table.fault(int(at), "team_id", repr(frame["team_id"].iloc[at]), "a team of the teams file")
        for at in np.flatnonzero(~frame["team_id"].isin(team_ids))
    ]
    if isinstance(frame, gpd.GeoDataFrame):
        covered = within(own, frame)
        idle = sorted(set(frame["team_id"]) - set(covered["team_id"]))
        if idle:
            warnings.append(
                f"The polygons of {counted(len(idle), 'team')} hold no small area of the patch and"
                f" were set aside: {some(idle)}."
            )
        return covered, faults
    strange = ~among(frame["small_area_code"], areas["small_area_code"])
    faults += [
        table.fault(
            int(at),
            "small_area_code",
            repr(frame["small_area_code"].iloc[at]),
            "a small area of the boundaries file",
        )
        for at in np.flatnonzero(strange)
    ]
    outside = ~strange & ~among(frame["small_area_code"], own.index)
    if outside.any():
        lie = (
            "lies outside the patch and was"
            if outside.sum() == 1
            else "lie outside the patch and were"
        )
        warnings.append(
            f"{counted(int(outside.sum()), 'small area')} of team areas {lie} set aside."
        )
    return frame[~outside].reset_index(drop=True), faults


def staffed(
    settings: Settings,
    tables: Mapping[str, Table],
    areas: gpd.GeoDataFrame,
    pairs: pd.DataFrame,
    pcns: pd.DataFrame,
    found: tuple[gpd.GeoDataFrame, pd.DataFrame | None],
    warnings: list[str],
) -> tuple[gpd.GeoDataFrame, pd.DataFrame | None]:
    """Teams and team areas that were ``found``, with the staff that the patch has of them."""
    frame, covered = found
    if covered is None:
        return found
    everywhere = tables["team_areas"].frame
    if isinstance(everywhere, gpd.GeoDataFrame):
        # in and out of the patch
        everywhere = within(areas.set_index("small_area_code"), everywhere)
    held = {team for _, team in settings.locks.base}
    frame = by_area(frame, everywhere[["small_area_code", "team_id"]], pairs, pcns, held, warnings)
    return frame, covered[covered["team_id"].isin(frame.index)].reset_index(drop=True)


def within(own: gpd.GeoDataFrame, polygons: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Tell which small areas lie in which teams' polygons.

    Parameters
    ----------
    own
        The patch's small areas, index small_area_code, EPSG:27700.
    polygons
        team_id and geometry, EPSG:27700; a team may have several.

    Returns
    -------
    covered
        small_area_code, team_id: a small area belongs as a whole to each team of which a polygon
        holds its representative point (one on the surface, so never in a hole or beside the area;
        a point on a polygon's edge counts as held). Sorted; areas in no polygon are not there.
    """
    points = shapely.point_on_surface(own.geometry.to_numpy())
    # the tree holds the points: the polygons, which may be large, are prepared once
    polygon, point = shapely.STRtree(points).query(
        polygons.geometry.to_numpy(), predicate="intersects"
    )
    covered = pd.DataFrame(
        {
            "small_area_code": own.index.to_numpy()[point],
            "team_id": polygons["team_id"].to_numpy()[polygon],
        }
    ).astype("str")
    covered = covered.drop_duplicates().sort_values(["small_area_code", "team_id"])
    return covered.reset_index(drop=True)
