"""Postcodes to places: ONSPD, NSPL, Code-Point Open and their like, for practices and bases."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from footprint.schema import Bare, Column, Layout
from footprint.sources import tabular
from footprint.sources.coordinates import PAIRS, coordinates
from footprint.sources.delimited import Text
from footprint.sources.streams import digest
from footprint.sources.tabular import Match, Table
from footprint.words import counted

#: the ONS directory holds 2.7 million postcodes in some 50 columns
MOST_BYTES = 4 << 30

UNIT = r"[A-Z]{1,2}\d[A-Z\d]?\d[A-Z]{2}"

POSTCODES = Layout(
    "postcode file",
    (
        Column("postcode", ("pckey", "pcds", "pcd8", "pcd7", "pcd2?", "postcode"), "code"),
        *PAIRS,
        # 90 of Code-Point Open: no coordinates
        Column(
            "quality", ("positionalqualityindicator", "quality", "pq"), "code", False, blank=True
        ),
        Column("terminated", ("doterm", "dateoftermination"), "code", False, blank=True),
    ),
    bare=(
        # Code-Point Open as it comes: 10 columns, 19 before 2011
        Bare(
            (10, 19),
            {"postcode": 0, "quality": 1, "easting": 2, "northing": 3},
            {0: r"[A-Z]{1,2}\d[A-Z\d]? *\d[A-Z]{2}", 1: r"\d\d", 2: r"\d{1,6}", 3: r"\d{1,7}"},
        ),
        Bare(
            (19,),
            {"postcode": 0, "quality": 1, "easting": 10, "northing": 11},
            {0: r"[A-Z]{1,2}\d[A-Z\d]? *\d[A-Z]{2}", 1: r"\d\d", 10: r"\d{1,6}", 11: r"\d{1,7}"},
        ),
    ),
)
NO_COORDINATES = "90"
#: what the ONS writes as latitude of a postcode without a place
NOWHERE = 99.0
#: postcodes whose grid is not Britain's, or that have none
OTHER_GRIDS = r"^(BT|JE|GY|IM)"


def postcodes(path: Path) -> Table:
    """
    Read postcodes.

    Parameters
    ----------
    path
        ONSPD or NSPL of any year, Code-Point Open with or without headings, one CSV file or an
        archive of one for each postcode area, or a list of a planner's own.

    Returns
    -------
    table
        postcode (no spaces, upper case, each once), x, y (NA where the file knows no place),
        units ("degrees" or "metres"), terminated (whether it is no longer in use).

    Raises
    ------
    InputError
        With every fault: no coordinates, places outside Britain.
    """
    matches, notes = tabular.find(path, (POSTCODES,), most=MOST_BYTES)
    matches = [_without_degrees(match) for match in matches]
    table = _fast(path, matches, notes)
    if table is None:
        table = tabular.load(path, matches, notes=notes)
        table = replace(table, frame=_without_nowhere(table.frame))
    frame = table.frame
    frame = frame.assign(
        **{name: frame[name].to_numpy(float) for name in ("easting", "northing") if name in frame}
    )
    out = coordinates(replace(table, frame=frame), path)
    units = str(out["units"].iloc[0])
    terminated = np.zeros(len(out), dtype=bool)
    if "terminated" in out:
        terminated = (out["terminated"].fillna("") != "").to_numpy(dtype=bool)
    keys = compact(out["postcode"])
    result = pd.DataFrame(
        {
            "postcode": keys,
            "x": out["x"],
            "y": out["y"],
            "units": pd.Categorical.from_codes(np.zeros(len(out), dtype="int8"), pd.Index([units])),
            "terminated": terminated,
        }
    )
    if units == "metres":
        foreign = keys.str.match(OTHER_GRIDS).to_numpy(dtype=bool)
        result.loc[foreign, ["x", "y"]] = np.nan
    again = keys.duplicated().to_numpy() if not _rising(keys) else np.zeros(len(keys), bool)
    if again.any():
        result = result[~again].reset_index(drop=True)
        stand = counted(int(again.sum()), "postcode stands", "postcodes stand")
        notes = (*notes, f"{stand} more than once; the first counts.")
    return replace(table, frame=result, notes=notes, lines=table.lines[~again])


def _without_degrees(match: Match) -> Match:
    """Leave out latitude and longitude of a file that has metres too."""
    if not {"easting", "northing"} <= set(match.found):
        return match
    degrees = ("latitude", "longitude")
    return replace(match, found={n: i for n, i in match.found.items() if n not in degrees})


def _fast(path: Path, matches: list[Match], notes: tuple[str, ...]) -> Table | None:
    """Read clean text as numbers at once; None where the slow way must find out what is wrong."""
    parts: list[pa.Table] = []
    numbers = {column.name for column in PAIRS}
    for match in matches:
        grid = match.grid
        if not isinstance(grid, Text) or match.twice():
            return None
        kinds = {
            name: pa.float64() if name in numbers else pa.string()
            for name in match.found
            if name not in ("quality", "terminated")
        }
        kinds |= dict.fromkeys(
            {"quality", "terminated"} & set(match.found), pa.dictionary(pa.int32(), pa.string())
        )
        part = grid.fast(match.view, match.at, match.found, kinds)
        if part is None:
            return None
        parts.append(part.select(list(match.found)))
    if len({tuple(part.column_names) for part in parts}) != 1:
        return None
    table = pa.concat_tables(parts).unify_dictionaries().combine_chunks()
    postcode = table.column("postcode")
    # a blank is not an empty text here; a file with one is read the slow way
    if not table.num_rows or not pc.all(pc.greater(pc.binary_length(postcode), 0)).as_py():
        return None
    frame = _without_nowhere(table.to_pandas())
    for names in (("easting", "northing"), ("latitude", "longitude")):
        if set(names) <= set(frame):
            ok = frame[names[0]].isna() == frame[names[1]].isna()
            if not ok.all():
                return None
    starts = np.cumsum([0, *(part.num_rows for part in parts[:-1])])
    return Table(
        path=path,
        what=POSTCODES.what,
        frame=frame,
        rows=len(frame),
        sha256=digest(path),
        headings=matches[0].headings,
        lines=np.concatenate(
            [
                np.arange(m.at + 2, m.at + 2 + p.num_rows)
                for m, p in zip(matches, parts, strict=True)
            ]
        ),
        notes=notes,
        origin=tuple(
            (int(start), match.grid.label)
            for start, match in zip(starts, matches, strict=True)
            if len(matches) > 1
        ),
    )


def _without_nowhere(frame: pd.DataFrame) -> pd.DataFrame:
    """Blank the coordinates that say there is none: quality 90, latitude 99.999999."""
    nowhere = np.zeros(len(frame), dtype=bool)
    if "quality" in frame:
        nowhere |= (frame["quality"] == NO_COORDINATES).to_numpy(dtype=bool)
    if "latitude" in frame:
        nowhere |= (frame["latitude"] > NOWHERE).to_numpy(dtype=bool)
    out = frame.drop(columns="quality", errors="ignore")
    if nowhere.any():
        out = out.copy()
        for column in PAIRS:
            if column.name in out:
                out[column.name] = out[column.name].mask(nowhere)
    return out


def _rising(keys: pd.Series) -> bool:
    if len(keys) < 2:
        return True
    array = pa.array(keys)
    return bool(pc.all(pc.less(array[:-1], array[1:])).as_py())


def compact(postcodes: pd.Series) -> pd.Series:
    """Postcodes in upper case without spaces, the same for every way to write one."""
    array = pa.array(postcodes.astype("str"), pa.large_string(), from_pandas=True)
    array = pc.ascii_upper(pc.fill_null(array, ""))
    if pc.any(pc.match_substring_regex(array, "[^A-Z0-9]")).as_py():
        array = pc.replace_substring_regex(array, "[^A-Z0-9]", "")
    return pd.Series(
        array.to_pandas().to_numpy(), index=postcodes.index, dtype="str", name=postcodes.name
    )


def find(wanted: pd.Series, known: pd.DataFrame) -> pd.DataFrame:
    """
    Find the places of postcodes.

    Parameters
    ----------
    wanted
        Postcodes as written, on any index.
    known
        The frame of :func:`postcodes`.

    Returns
    -------
    found
        On the same index: x, y, units and ``approximate``, True where the postcode is not known or
        no longer in use: its sector's centre stands in where the file has no last place of it. NA
        where the sector is not known either, or what is written is no whole postcode.
    """
    keys = compact(wanted)
    whole = np.array([re.fullmatch(UNIT, key) is not None for key in keys], dtype=bool)
    # the sector is the outward code and the first figure of the inward one: all but the last two
    sectors = np.array([key[:-2] for key in keys], dtype=object)
    near = pa.array(sorted(set(sectors[whole])), pa.large_string())
    array = pa.array(known["postcode"], pa.large_string(), from_pandas=True)
    group = pc.index_in(pc.utf8_slice_codeunits(array, start=0, stop=-2), near)
    group = pc.fill_null(group, -1).to_numpy(zero_copy_only=False)
    given = known["x"].notna().to_numpy() & known["y"].notna().to_numpy()
    rows = np.flatnonzero((group >= 0) & given)
    group = group[rows]
    x, y = (known[name].to_numpy(float)[rows] for name in ("x", "y"))
    ended = np.zeros(len(rows), dtype=bool)
    if "terminated" in known:
        ended = known["terminated"].to_numpy(dtype=bool)[rows]
    # where a sector has postcodes in use, these alone make its centre
    live = ~ended | ~np.isin(group, group[~ended])
    size = np.bincount(group[live], minlength=len(near))
    exact = pc.index_in(pa.array(keys, pa.large_string()), array.take(pa.array(rows)))
    exact = pc.fill_null(exact, -1).to_numpy(zero_copy_only=False)
    sector = pc.index_in(pa.array(np.where(whole, sectors, ""), pa.large_string()), near)
    sector = pc.fill_null(sector, -1).to_numpy(zero_copy_only=False)
    found = pd.DataFrame(index=wanted.index)
    for name, values in (("x", x), ("y", y)):
        with np.errstate(invalid="ignore", divide="ignore"):
            centres = np.bincount(group[live], weights=values[live], minlength=len(near)) / size
        # at -1 stands what was not found
        at_sector = np.append(centres, np.nan)[sector]
        found[name] = np.where(exact >= 0, np.append(values, np.nan)[exact], at_sector)
    found["units"] = str(known["units"].iloc[0]) if len(known) else "degrees"
    found["approximate"] = found["x"].notna() & ((exact < 0) | np.append(ended, False)[exact])
    return found
