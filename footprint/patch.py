"""The patch: the checked, joined frames that everything after reads."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, PAGE_CRS
from footprint.settings import Settings
from footprint.sources import boundaries, postcodes, practices, registrations, teams
from footprint.sources.tabular import Table
from footprint.words import Words

#: the last code of LSOA 2011 in England and in Wales; later ones were made for 2021
LAST_2011 = {"E01": "E01033768", "W01": "W01001958"}

#: land this far around the patch is kept, to tell a county border from a coast
SURROUNDINGS_M = 5_000.0

READERS: Mapping[str, Callable[[Path], Table]] = {
    "practices": practices.practice_map,
    "list_sizes": practices.list_sizes,
    "locations": practices.locations,
    "postcodes": postcodes.postcodes,
    "registrations": registrations.registrations,
    "small_areas": boundaries.small_areas,
    "small_area_lookup": boundaries.lookup,
    "rural_urban": boundaries.rural_urban,
    "crossings": boundaries.crossings,
    "places": boundaries.places,
    "teams": teams.teams,
    "team_areas": teams.team_areas,
    "services": teams.services,
}


@dataclass(frozen=True)
class Patch:
    """
    One patch, checked and joined. All geometry is in EPSG:27700, all people are patients.

    Parameters
    ----------
    settings
        What was asked.
    date, vintage, words
        Date of the data, "2011" or "2021" of its small areas, and what things were called then.
    practices
        Index practice_code, sorted: practice_name, postcode, pcn_code (None: in no PCN), pcn_name,
        commissioner_code, commissioner_name, icb_code, icb_name, list_size, registered (from the
        registrations), approximate, in_patch, geometry (Point or None).
    pcns
        Index pcn_code, sorted: pcn_name, commissioner_code, commissioner_name, icb_code, icb_name,
        practices, list_size, in_patch.
    small_areas
        The patch's own, index small_area_code, sorted: small_area_name, commissioner_code,
        commissioner_name, icb_code, local_authority_code, rural (True, False or None), geometry.
    surroundings
        Geometry of small areas near the patch and not in it.
    centres
        Index small_area_code (all of the boundaries file): x, y of a point inside, EPSG:27700.
    registrations
        practice_code, small_area_code, patients, reason ("" where placed).
    pairs
        Every placed pair of PCNs (neighbours included): small_area_code, pcn_code, patients.
    area_totals
        Index small_area_code: all placed registrations of the area, practices in no PCN included.
    services, teams, team_areas
        The trust's own; teams indexed by team_id with geometry (Point) and pcn_codes (tuple).
    crossings, places
        As read; places with geometry.
    counts
        Patients by what became of them.
    unplaced
        reason, patients.
    warnings
        What was set aside or differs, a sentence each.
    tables
        The files as read, by key.
    """

    settings: Settings
    date: dt.date | None
    vintage: str
    words: Words
    practices: gpd.GeoDataFrame
    pcns: pd.DataFrame
    small_areas: gpd.GeoDataFrame
    surroundings: gpd.GeoSeries
    centres: pd.DataFrame
    registrations: pd.DataFrame
    pairs: pd.DataFrame
    area_totals: pd.Series
    services: pd.DataFrame
    teams: gpd.GeoDataFrame
    team_areas: pd.DataFrame | None
    crossings: pd.DataFrame | None
    places: gpd.GeoDataFrame
    counts: Mapping[str, int]
    unplaced: pd.DataFrame
    warnings: tuple[str, ...]
    tables: Mapping[str, Table] = field(repr=False, default_factory=dict)


def load(settings: Settings) -> Patch:
    """
    Read, check and join every file of a patch.

    Parameters
    ----------
    settings
        From :func:`footprint.settings.load`.

    Returns
    -------
    patch
        Everything that the analysis reads.

    Raises
    ------
    InputError
        With every fault of every file, then every fault between the files.
    """
    tables: dict[str, Table] = {}
    faults: list[Fault] = []
    for key, path in settings.inputs.items():
        if key not in READERS:
            continue
        try:
            tables[key] = READERS[key](path)
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    return join(settings, tables)


def join(settings: Settings, tables: Mapping[str, Table]) -> Patch:
    """Join the tables of a patch; raises InputError with every fault between them."""
    warnings: list[str] = [
        f"The file given for {key} is not used by this version of footprint."
        for key in settings.inputs
        if key not in READERS
    ]
    date = practices.data_date(
        [
            str(tables[key].frame["extract_date"].iloc[0])
            for key in ("practices", "list_sizes")
            if key in tables and "extract_date" in tables[key].frame
        ]
    )
    areas = tables["small_areas"].frame
    vintage = vintage_of(areas["small_area_code"], tables["small_areas"].headings)
    words = Words.at(date, vintage)

    known = _practices(tables, warnings)
    _scope(settings, known, words)
    pcns = _pcns(known)
    known["in_patch"] = known["pcn_code"].map(pcns["in_patch"]).astype("boolean")
    known["in_patch"] = known["in_patch"].fillna(known["in_scope"]).astype(bool)

    own, around = _small_areas(settings, tables, known, pcns, words)
    placed, unplaced, counts = _registrations(tables, known, areas, own, warnings)
    _compare_lists(settings, known, tables, warnings)
    pairs = _pairs(placed, known)
    totals = (
        placed.loc[placed["reason"] == ""].groupby("small_area_code", sort=True)["patients"].sum()
    )
    services, team_frame, team_areas = _teams(tables, known, pcns, areas, own, warnings)
    crossing = _crossings(tables, areas)
    _nowhere(known, warnings)
    return Patch(
        settings=settings,
        date=date,
        vintage=vintage,
        words=words,
        practices=known.drop(columns=["in_scope", "commissioner_ons", "icb_ons"]),
        pcns=pcns,
        small_areas=own,
        surroundings=around,
        centres=pd.DataFrame(
            shapely.get_coordinates(shapely.point_on_surface(areas.geometry.to_numpy())),
            index=pd.Index(areas["small_area_code"]),
            columns=["x", "y"],
        ),
        registrations=placed,
        pairs=pairs,
        area_totals=totals,
        services=services,
        teams=team_frame,
        team_areas=team_areas,
        crossings=crossing,
        places=_places(tables),
        counts=counts,
        unplaced=unplaced,
        warnings=tuple(warnings),
        tables=tables,
    )


def vintage_of(codes: pd.Series, headings: Mapping[str, str]) -> str:
    """
    Tell LSOA 2011 from 2021 by the codes, and where these do not tell, by the column's name.

    Codes made for 2021 come after the last of 2011 (ONS, LSOA 2011 to 2021 look-up).
    """
    for country, last in LAST_2011.items():
        if (codes.str.startswith(country) & (codes > last)).any():
            return "2021"
    return "2021" if "21" in re.sub(r"[^0-9]", "", headings.get("small_area_code", "")) else "2011"


def points(frame: pd.DataFrame) -> np.ndarray:
    """Turn x, y, units ("degrees" or "metres") into points in EPSG:27700; None where blank."""
    out = np.full(len(frame), None, dtype=object)
    for units, crs in (("degrees", PAGE_CRS), ("metres", ANALYSIS_CRS)):
        rows = ((frame["units"] == units) & frame["x"].notna() & frame["y"].notna()).to_numpy()
        if rows.any():
            series = gpd.GeoSeries.from_xy(frame.loc[rows, "x"], frame.loc[rows, "y"], crs=crs)
            out[rows] = series.to_crs(ANALYSIS_CRS).to_numpy()
    return out


def _practices(tables: Mapping[str, Table], warnings: list[str]) -> gpd.GeoDataFrame:
    frame = tables["practices"].frame.set_index("practice_code").sort_index()
    frame = frame.drop(columns=["extract_date"])
    frame["registered"] = np.nan
    if "registrations" in tables:
        sums = tables["registrations"].frame.groupby("practice_code")["patients"].sum()
        frame["registered"] = sums.reindex(frame.index)
    if "list_sizes" in tables:
        lists = tables["list_sizes"].frame.set_index("practice_code")["patients"]
        frame["list_size"] = lists.reindex(frame.index)
        strange = lists[~lists.index.isin(frame.index)]
        if len(strange):
            warnings.append(
                f"{len(strange):,} practices of the list-size file ({strange.sum():,} patients) are"
                f" not in the practice list and were set aside: {_some(strange.index)}."
            )
    else:
        frame["list_size"] = frame["registered"]
    without = frame.index[frame["list_size"].isna()]
    if len(without):
        warnings.append(
            f"{len(without):,} practices have no list size and count by their registrations, or"
            f" as 0 where there are none: {_some(without)}."
        )
    frame["list_size"] = frame["list_size"].fillna(frame["registered"]).fillna(0).astype("int64")
    frame["registered"] = frame["registered"].fillna(0).astype("int64")
    frame["approximate"] = False
    place = np.full(len(frame), None, dtype=object)
    if "locations" in tables:
        where = tables["locations"].frame.set_index("practice_code").reindex(frame.index)
        place = points(where)
    lost = np.array([point is None for point in place], dtype=bool)
    if "postcodes" in tables and lost.any():
        found = postcodes.find(frame.loc[lost, "postcode"], tables["postcodes"].frame)
        place[lost] = points(found)
        frame.loc[lost, "approximate"] = found["approximate"].astype(bool)
    return gpd.GeoDataFrame(
        frame, geometry=gpd.GeoSeries(place, index=frame.index, crs=ANALYSIS_CRS)
    )


def _scope(settings: Settings, known: gpd.GeoDataFrame, words: Words) -> None:
    """Mark the practices that lie in the scope; raise when a code of the scope matches nothing."""
    scope, shown = settings.scope, str(settings.file)
    file = str(settings.inputs["practices"])
    if scope.everything:
        known["in_scope"] = True
        return
    if scope.icb is not None:
        kind, wanted, columns = words.system, (scope.icb,), ["icb_code", "icb_ons"]
    elif scope.commissioners:
        kind, wanted = words.commissioner, scope.commissioners
        columns = ["commissioner_code", "commissioner_ons"]
    else:
        kind, wanted, columns = "PCN", scope.pcns, ["pcn_code"]
    faults = []
    inside = np.zeros(len(known), dtype=bool)
    for code in wanted:
        hit = known[columns].eq(code).any(axis=1).to_numpy()
        if not hit.any():
            some = sorted({c for c in known[columns[0]].dropna() if c})[:6]
            faults.append(
                Fault(
                    shown,
                    f"{kind} {code!r}, which no practice of {file} has",
                    f"a code that is there, such as {', '.join(some)}",
                    column="[patch]",
                )
            )
        inside |= hit
    if faults:
        raise InputError(faults)
    known["in_scope"] = inside


def _pcns(known: gpd.GeoDataFrame) -> pd.DataFrame:
    members = known[known["pcn_code"].notna()].drop(columns="geometry")
    # by patients, ties to the lower code: a PCN's commissioner is that of most of its patients
    out = pd.DataFrame(
        {
            "pcn_name": _most(members, "pcn_name"),
            "commissioner_code": _most(members, "commissioner_code"),
            "icb_code": _most(members, "icb_code"),
        }
    )
    for kind in ("commissioner", "icb"):
        names = members.drop_duplicates(f"{kind}_code").set_index(f"{kind}_code")[f"{kind}_name"]
        out[f"{kind}_name"] = out[f"{kind}_code"].map(names)
    grouped = members.groupby("pcn_code", sort=True)
    out["practices"] = grouped.size()
    out["list_size"] = grouped["list_size"].sum()
    inside = members["list_size"].where(members["in_scope"], 0).groupby(members["pcn_code"]).sum()
    whole = grouped["in_scope"].all()
    out["in_patch"] = (inside > out["list_size"] / 2) | whole
    out["pcn_name"] = out["pcn_name"].mask(out["pcn_name"] == "", out.index.to_series())
    return out.sort_index()


def _most(members: pd.DataFrame, column: str) -> pd.Series:
    weights = members.groupby(["pcn_code", column], sort=True)["list_size"].sum().reset_index()
    weights = weights.sort_values(
        ["pcn_code", "list_size", column], ascending=[True, False, True], kind="stable"
    )
    return weights.drop_duplicates("pcn_code").set_index("pcn_code")[column]


def _small_areas(
    settings: Settings,
    tables: Mapping[str, Table],
    known: gpd.GeoDataFrame,
    pcns: pd.DataFrame,
    words: Words,
) -> tuple[gpd.GeoDataFrame, gpd.GeoSeries]:
    frame = tables["small_areas"].frame.set_index("small_area_code")
    scope = settings.scope
    if "small_area_lookup" in tables:
        look = tables["small_area_lookup"].frame.set_index("small_area_code")
        for kind in ("commissioner", "icb"):
            # ONS codes of a look-up become the ODS codes that the practices have
            ods = known.drop_duplicates(f"{kind}_ons").set_index(f"{kind}_ons")[f"{kind}_code"]
            look[f"{kind}_code"] = look[f"{kind}_code"].replace(ods.drop("", errors="ignore"))
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
        if not frame.index.isin(codes).any():
            raise InputError(
                [
                    Fault(
                        str(settings.inputs["small_area_lookup"]),
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
    inside = frame.index.isin(codes)
    own = frame[inside].copy()
    columns = ["commissioner_code", "commissioner_name", "icb_code", "icb_name"]
    columns += ["local_authority_code", "local_authority_name"]
    for column in columns:
        own[column] = "" if look is None else look[column].reindex(own.index).fillna("")
    own["rural"] = None
    if "rural_urban" in tables:
        classes = tables["rural_urban"].frame.set_index("small_area_code")["rural"]
        own["rural"] = classes.astype(object).reindex(own.index)
    own["rural"] = own["rural"].astype("boolean")
    rest = frame.loc[~inside, "geometry"]
    near = shapely.box(*own.total_bounds).buffer(SURROUNDINGS_M)
    return own, gpd.GeoSeries(rest[rest.intersects(near)])


def _registrations(
    tables: Mapping[str, Table],
    known: gpd.GeoDataFrame,
    areas: pd.DataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, int]]:
    if "registrations" not in tables:
        raise InputError(
            [
                Fault(
                    "[inputs]",
                    "no registrations",
                    "registrations by practice and small area (they are not modelled yet)",
                    column="registrations",
                )
            ]
        )
    frame = tables["registrations"].frame
    path = str(tables["registrations"].path)
    registered = int(frame["patients"].sum())
    strange = ~frame["practice_code"].isin(known.index)
    aside = int(frame.loc[strange, "patients"].sum())
    if aside == registered:
        raise InputError(
            [
                Fault(
                    path,
                    f"practices such as {_some(sorted(set(frame['practice_code'])))}",
                    "practices of the practice list: not one is there",
                )
            ]
        )
    if strange.any():
        codes = sorted(set(frame.loc[strange, "practice_code"]))
        warnings.append(
            f"{len(codes):,} practices of the registrations ({aside:,} patients) are not in the"
            f" practice list and were set aside: {_some(codes)}."
        )
    frame = frame[~strange].reset_index(drop=True)
    lost = ~frame["small_area_code"].isin(areas["small_area_code"])
    reasons = {code: registrations.reason(code) for code in set(frame.loc[lost, "small_area_code"])}
    frame["reason"] = [reasons.get(code, "") for code in frame["small_area_code"]]
    placed = int(frame.loc[~lost, "patients"].sum())
    if not placed:
        raise InputError(
            [
                Fault(
                    path,
                    f"small areas such as {_some(sorted(set(frame['small_area_code'])))}",
                    "codes of the boundaries file: not one is there",
                )
            ]
        )
    unplaced = frame[lost].groupby("reason", sort=True)["patients"].sum().reset_index()
    unplaced = unplaced.sort_values(["patients", "reason"], ascending=[False, True])
    mine = frame["practice_code"].isin(known.index[known["in_patch"]])
    in_pcn = frame["practice_code"].map(known["pcn_code"]).notna()
    outside = mine & in_pcn & ~lost & ~frame["small_area_code"].isin(own.index)
    counts = {
        "registered": registered,
        "placed": placed,
        "outside_patch": int(frame.loc[outside, "patients"].sum()),
        "no_pcn": int(frame.loc[mine & ~in_pcn, "patients"].sum()),
        "unplaced": int(frame.loc[lost, "patients"].sum()),
        "set_aside": aside,
    }
    return frame, unplaced.reset_index(drop=True), counts


def _compare_lists(
    settings: Settings,
    known: gpd.GeoDataFrame,
    tables: Mapping[str, Table],
    warnings: list[str],
) -> None:
    if "list_sizes" not in tables or "registrations" not in tables:
        return
    mine = known[known["in_patch"]]
    lists, registered = int(mine["list_size"].sum()), int(mine["registered"].sum())
    limit = settings.policy.list_difference
    if abs(registered - lists) > limit * lists:
        raise InputError(
            [
                Fault(
                    str(settings.inputs["registrations"]),
                    f"{registered:,} registered patients against {lists:,} on the lists of"
                    f" {settings.inputs['list_sizes']}",
                    f"totals within {limit:.0%}: are both files of one date and one area?",
                )
            ]
        )
    differ = mine[mine["registered"] != mine["list_size"]]
    if len(differ):
        first = [
            f"{code} ({row.list_size:,} on the list, {row.registered:,} registered)"
            for code, row in differ.head(5).iterrows()
        ]
        more = f" and {len(differ) - 5:,} more" if len(differ) > 5 else ""
        warnings.append(
            f"List size and registrations differ for {len(differ):,} practices:"
            f" {', '.join(first)}{more}."
        )


def _pairs(placed: pd.DataFrame, known: gpd.GeoDataFrame) -> pd.DataFrame:
    codes = placed["practice_code"].map(known["pcn_code"])
    rows = (placed["reason"] == "") & codes.notna()
    frame = pd.DataFrame(
        {
            "small_area_code": placed.loc[rows, "small_area_code"],
            "pcn_code": codes[rows],
            "patients": placed.loc[rows, "patients"],
        }
    )
    keys = ["small_area_code", "pcn_code"]
    return frame.groupby(keys, sort=True)["patients"].sum().reset_index()


def _teams(
    tables: Mapping[str, Table],
    known: gpd.GeoDataFrame,
    pcns: pd.DataFrame,
    areas: pd.DataFrame,
    own: gpd.GeoDataFrame,
    warnings: list[str],
) -> tuple[pd.DataFrame, gpd.GeoDataFrame, pd.DataFrame | None]:
    faults: list[Fault] = []
    services = tables["services"].frame if "services" in tables else _no_services()
    if "teams" not in tables:
        if "team_areas" in tables:
            file = str(tables["team_areas"].path)
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
        if row.service_id not in set(services["service_id"]):
            faults.append(
                table.fault(
                    at,
                    "service_id",
                    f"{row.service_id!r}",
                    "a service of the services file: " + _some(services["service_id"]),
                )
            )
        faults += [
            table.fault(at, "pcn_codes", repr(code), "a PCN of the practice list")
            for code in row.pcn_codes
            if code not in pcns.index
        ]
    away = sorted(
        {c for row in frame["pcn_codes"] for c in row if c in pcns.index}
        - set(pcns.index[pcns["in_patch"]])
    )
    if away:
        warnings.append(
            f"Teams serve {len(away):,} PCNs outside the patch, which were set aside:"
            f" {_some(away)}."
        )
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
    out["pcn_codes"] = [tuple(c for c in row if pcns.at[c, "in_patch"]) for row in out["pcn_codes"]]
    return services, out.set_index("team_id").sort_index(), covered


def _no_services() -> pd.DataFrame:
    kinds = {"text": "str", "code": "str", "number": "float64", "count": "Int64"}
    return pd.DataFrame(
        {column.name: pd.Series(dtype=kinds[column.kind]) for column in teams.SERVICES.columns}
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
    strange = ~frame["small_area_code"].isin(areas["small_area_code"])
    faults += [
        table.fault(
            int(at),
            "small_area_code",
            repr(frame["small_area_code"].iloc[at]),
            "a small area of the boundaries file",
        )
        for at in np.flatnonzero(strange)
    ]
    outside = ~strange & ~frame["small_area_code"].isin(own.index)
    if outside.any():
        warnings.append(
            f"{int(outside.sum()):,} small areas of team areas lie outside the patch and were set"
            " aside."
        )
    return frame[~outside].reset_index(drop=True), faults


def _crossings(tables: Mapping[str, Table], areas: pd.DataFrame) -> pd.DataFrame | None:
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


def _places(tables: Mapping[str, Table]) -> gpd.GeoDataFrame:
    if "places" not in tables:
        return gpd.GeoDataFrame(
            {"place_name": [], "kind": []}, geometry=gpd.GeoSeries([], crs=ANALYSIS_CRS)
        )
    frame = tables["places"].frame
    return gpd.GeoDataFrame(
        frame[["place_name", "kind"]], geometry=gpd.GeoSeries(points(frame), crs=ANALYSIS_CRS)
    )


def _nowhere(known: gpd.GeoDataFrame, warnings: list[str]) -> None:
    mine = known[known["in_patch"]]
    lost = mine.index[mine.geometry.isna()]
    if len(lost):
        warnings.append(f"{len(lost):,} practices have no known place: {_some(lost)}.")
    near = mine.index[mine["approximate"]]
    if len(near):
        warnings.append(
            f"{len(near):,} practices stand at their postcode sector's centre, because the postcode"
            f" is not known: {_some(near)}."
        )


def _some(codes: pd.Index | pd.Series | list[str], most: int = 8) -> str:
    listed = [str(code) for code in codes]
    more = f" and {len(listed) - most:,} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
