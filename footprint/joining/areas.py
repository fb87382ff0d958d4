"""Small areas of a patch: which are its own, what surrounds them, crossings and places."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd
import shapely

from footprint.codes import among, looked_up
from footprint.errors import Fault, InputError
from footprint.joining.common import points
from footprint.schema import ANALYSIS_CRS
from footprint.settings import Settings
from footprint.sources.tabular import Table
from footprint.words import Words

#: land this far around the patch is kept, to tell a county border from a coast
SURROUNDINGS_M = 5_000.0


def look_up(
    tables: Mapping[str, Table], known: pd.DataFrame, *, of: pd.Index | None = None
) -> pd.DataFrame:
    """
    Return the look-up of small areas with the codes that the practices have.

    Parameters
    ----------
    tables
        The files as read, with a look-up.
    known
        Practices in the order of their codes: commissioner_code, icb_code, commissioner_ons and
        icb_ons.
    of
        Codes of the small areas that are asked for; None for all.

    Returns
    -------
    look
        Index small_area_code, those of the file: the look-up's columns, ONS codes of
        commissioners and ICBs as the ODS codes of the practices.
    """
    look = tables["small_area_lookup"].frame
    if of is not None:
        look = look[among(look["small_area_code"], of)]
    look = look.set_index("small_area_code")
    for kind in ("commissioner", "icb"):
        ods = known.drop_duplicates(f"{kind}_ons").set_index(f"{kind}_ons")[f"{kind}_code"]
        codes, ods = look[f"{kind}_code"], ods.drop("", errors="ignore")
        look[f"{kind}_code"] = codes.mask(among(codes, ods.index), looked_up(codes, ods))
    return look


def small_areas(
    settings: Settings,
    tables: Mapping[str, Table],
    known: gpd.GeoDataFrame,
    pcns: pd.DataFrame,
    words: Words,
) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries]:
    """Tell the patch's own small areas, with what the look-ups say of them, from those around."""
    frame = tables["small_areas"].frame.set_index("small_area_code")
    scope = settings.scope
    if "small_area_lookup" in tables:
        look = look_up(tables, known)
        if scope.everything:
            codes = look.index
        elif scope.icb is not None:
            names = set(known.loc[known["in_scope"], "icb_code"])
            codes = look.index[look["icb_code"].isin(names)]
        else:
            names = set(known.loc[known["in_scope"], "commissioner_code"])
            if scope.pcns:
                names = set(pcns.loc[pcns["in_patch"], "commissioner_code"])
            codes = look.index[look["commissioner_code"].isin(names)]
        if not frame.index.intersection(codes).size:
            raise InputError(
                [
                    Fault(
                        settings.shown("small_area_lookup"),
                        "no small area of the patch that is also in the boundaries",
                        f"the {words.small_area} small areas of the patch's"
                        f" {words.system} or {words.commissioner}s",
                    )
                ]
            )
    elif scope.everything:
        english = frame.index[frame.index.str.startswith("E")]
        codes, look = (english if len(english) else frame.index), None
    else:
        raise InputError(
            [
                Fault(
                    str(settings.file),
                    "a patch narrower than everything without small_area_lookup",
                    "the look-up that says which small areas are the patch's",
                )
            ]
        )
    inside = pd.Index(codes).unique().get_indexer(frame.index) >= 0
    own = frame[inside].copy()
    columns = ["commissioner_code", "commissioner_name", "icb_code", "icb_name"]
    columns += ["local_authority_code", "local_authority_name"]
    told = None if look is None else look[columns].reindex(own.index).fillna("")
    for column in columns:
        own[column] = "" if told is None else told[column]
    own["rural"] = None
    if "rural_urban" in tables:
        classes = tables["rural_urban"].frame.set_index("small_area_code")["rural"]
        own["rural"] = classes.astype(object).reindex(own.index)
    own["rural"] = own["rural"].astype("boolean")
    rest = frame.loc[~inside, "geometry"]
    near = shapely.box(*own.total_bounds).buffer(SURROUNDINGS_M)
    return own, gpd.GeoSeries(rest[rest.intersects(near)])


def crossings(tables: Mapping[str, Table], areas: pd.DataFrame) -> pd.DataFrame | None:
    """Return the crossings, held against the boundaries; None where none are given."""
    if "crossings" not in tables:
        return None
    table = tables["crossings"]
    codes = set(areas["small_area_code"])
    faults = [
        table.fault(at, name, repr(code), "a small area of the boundaries file")
        for name in ("a", "b")
        for at, code in enumerate(table.frame[name])
        if code not in codes
    ]
    if faults:
        raise InputError(faults)
    return table.frame


def places(tables: Mapping[str, Table]) -> gpd.GeoDataFrame:
    """Return the names for orientation as points; empty where none are given."""
    if "places" not in tables:
        return gpd.GeoDataFrame(
            {"place_name": [], "kind": []}, geometry=gpd.GeoSeries([], crs=ANALYSIS_CRS)
        )
    frame = tables["places"].frame
    return gpd.GeoDataFrame(
        frame[["place_name", "kind"]], geometry=gpd.GeoSeries(points(frame), crs=ANALYSIS_CRS)
    )
