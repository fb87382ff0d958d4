"""Several files under one key: held against each other, then put together as one table."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from footprint import vintages
from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, PAGE_CRS
from footprint.sources import lists, practices, registrations
from footprint.sources.dates import date_of, extract_date
from footprint.sources.tabular import Table
from footprint.words import counted, day


@dataclass(frozen=True)
class Stacked:
    """
    Files whose records stand one below the other.

    Parameters
    ----------
    key
        Columns of which the same values may stand in one of the files only; () where any may.
    again
        What becomes of a record whose key another file has: a "fault"; the "same" word for word
        counts once, any other is a fault; or the "first" file's counts, which a note says.
    sort
        Whether the table is in order of its key.
    """

    key: tuple[str, ...]
    again: Literal["fault", "same", "first"] = "fault"
    sort: bool = False


@dataclass(frozen=True)
class Added:
    """
    Files of patients, each of everybody or of one sex, which are added up.

    ``key`` are the columns of a record; ``part`` reads a file that may be of one sex; ``summed``
    sums patients over the key.
    """

    key: tuple[str, ...]
    part: Callable[[Path], Table]
    summed: Callable[[pd.DataFrame], pd.DataFrame]


_AREA = ("small_area_code",)

#: how several files of a key become one table; practices, which fill each other in, beside
RULES: Mapping[str, Stacked | Added] = {
    "list_sizes": Added(("practice_code",), lists.part_of_list_sizes, lists.summed_list_sizes),
    "weighted_lists": Stacked(("practice_code",)),
    "locations": Stacked(("practice_code",)),
    "postcodes": Stacked(("postcode",), "first"),
    "sites": Stacked(("practice_code", "site_name", "postcode", "x", "y"), "first"),
    "registrations": Added(
        ("practice_code", "small_area_code"), registrations.part, registrations.summed
    ),
    "small_areas": Stacked(_AREA, sort=True),
    "small_area_lookup": Stacked(_AREA, "same"),
    "rural_urban": Stacked(_AREA, "same"),
    "populations": Stacked(_AREA),
    "ages": Added(("practice_code", "age"), lists.part_of_ages, lists.summed_ages),
    "deprivation": Stacked(_AREA, "same"),
    "localities": Stacked(_AREA, "same"),
    "crossings": Stacked(("a", "b", "kind"), "first"),
    "places": Stacked(("place_name", "kind", "x", "y"), "first"),
    "outlines": Stacked(()),
    "teams": Stacked(("team_id",)),
    "team_areas": Stacked(("small_area_code", "team_id")),
    "candidate_sites": Stacked(("site_code", "site_name", "postcode", "x", "y"), "first"),
    "travel_times": Stacked(("base", "small_area_code"), sort=True),
    "roads": Stacked(()),
    "road_nodes": Stacked(("node",), "same"),
}


def reader(key: str, alone: Callable[[Path], Table]) -> Callable[[Path], Table]:
    """Return what reads one of several files of a key; ``alone`` reads one that stands alone."""
    rule = RULES.get(key)
    return rule.part if isinstance(rule, Added) else alone


def together(key: str, tables: Sequence[Table]) -> Table:
    """
    Put the files of one key together.

    Parameters
    ----------
    key
        A key of [inputs] that may have several files.
    tables
        As :func:`reader` reads them, in the order given; one comes back as it is.

    Returns
    -------
    table
        Their records, with the files as ``parts``; patients of both sexes are added up.

    Raises
    ------
    InputError
        With every fault, each naming its file: the same file twice, files of different dates or
        of different LSOA, records that several files have and that would count twice, one sex
        without the other, tables beside shapes.
    """
    if len(tables) == 1:
        return tables[0]
    faults = _same_file(tables) or [*_dates(tables), *_vintages(tables)]
    if faults:
        raise InputError(faults)
    rule = RULES.get(key)
    if key == "practices":
        whole = practices.combined([replace(table, notes=()) for table in tables])
    elif isinstance(rule, Added):
        whole = _added(tables, rule)
    elif rule is not None:
        whole = _stacked(_on_one_grid(tables) if key == "postcodes" else tables, rule)
    else:
        # of settings that were not read from a patch file
        found, expected = f"{len(tables):,} files of {key}", "one file"
        raise InputError([Fault(str(tables[1].path), found, expected)])
    hashes = "\n".join(table.sha256 for table in tables)
    shown = [table.path.name for table in tables]
    names = shown if len(set(shown)) == len(shown) else [str(table.path) for table in tables]
    notes = [
        f"{name}: {note}" for name, table in zip(names, tables, strict=True) for note in table.notes
    ]
    return replace(
        whole,
        rows=sum(table.rows for table in tables),
        sha256=hashlib.sha256(hashes.encode()).hexdigest(),
        notes=(*notes, *whole.notes),
        parts=tuple(tables),
    )


def _same_file(tables: Sequence[Table]) -> list[Fault]:
    first: dict[str, Path] = {}
    faults = []
    for table in tables:
        if table.sha256 in first:
            found = f"the same bytes as {first[table.sha256]}"
            expected = "each file once: added up, it would count twice"
            faults.append(Fault(str(table.path), found, expected))
        first.setdefault(table.sha256, table.path)
    return faults


def _dates(tables: Sequence[Table]) -> list[Fault]:
    """Faults of files whose date is not the first one's; those without a date may be of any."""
    faults = []
    first: tuple[str, Path] | None = None
    for table in tables:
        date = date_of(table)
        if date is None:
            continue
        told = day(date)
        first = first or (told, table.path)
        if told != first[0]:
            found, expected = f"records of {told}", f"records of {first[0]}, as in {first[1]}"
            faults.append(Fault(str(table.path), found, expected))
    return faults


def _vintages(tables: Sequence[Table]) -> list[Fault]:
    """Faults of files whose LSOA is not the first one's, as far as each tells by itself."""
    told = [
        ""
        if "small_area_code" not in table.frame
        else vintages.told(
            table.frame["small_area_code"].astype("str"), table.headings.get("small_area_code", "")
        )
        for table in tables
    ]
    return mixed_vintages(tables, told)


def mixed_vintages(tables: Sequence[Table], told: Sequence[str]) -> list[Fault]:
    """Faults of files whose vintage ("" where not known) is not that of the first known one."""
    known = [(table, year) for table, year in zip(tables, told, strict=True) if year]
    return [
        Fault(
            str(table.path),
            f"codes of LSOA {year}",
            f"codes of LSOA {known[0][1]}, as in {known[0][0].path}: one vintage under one key",
            column=table.headings.get("small_area_code"),
        )
        for table, year in known[1:]
        if year != known[0][1]
    ]


def _added(tables: Sequence[Table], rule: Added) -> Table:
    sexes = [str(table.frame.attrs.get("sex", "")) for table in tables]
    keys = list(rule.key)
    records = pd.concat(
        [table.frame[[*keys, "patients"]].assign(file=at) for at, table in enumerate(tables)],
        ignore_index=True,
    )
    of = np.array(sexes, dtype=object)[records["file"].to_numpy()]
    faults: list[Fault] = []
    for sex in sorted(set(sexes)):
        # of everybody, or of one sex: the same record in two files is the same people
        faults += _again(tables, records[of == sex], keys)
    faults += _halves_of_wholes(tables, records, of) or _alone(tables, records, sexes)
    if faults:
        raise InputError(sorted(faults, key=lambda fault: _place(tables, fault.file)))
    frame = rule.summed(records)
    dates = [extract_date(table) for table in tables]
    date = next(filter(None, dates), "")
    if "extract_date" in tables[0].frame:
        frame["extract_date"] = date
    frame.attrs.update(sex="", extract_date=date)
    return replace(
        tables[0],
        frame=frame,
        lines=np.empty(0, dtype=int),
        origin=(),
        notes=(),
        set_aside=sum(table.set_aside for table in tables),
    )


def _place(tables: Sequence[Table], file: str) -> int:
    return [str(table.path) for table in tables].index(file)


def _again(tables: Sequence[Table], records: pd.DataFrame, keys: list[str]) -> list[Fault]:
    """A fault for each two files that have the same records, with one of these."""
    again = records.duplicated(keys).to_numpy()
    if not again.any():
        return []
    firsts = records.drop_duplicates(keys)
    pairs = records[again].merge(firsts, on=keys, suffixes=("", "_first"))
    return [
        Fault(
            str(tables[rows["file"].iloc[0]].path),
            f"{counted(len(rows), 'record')} that {tables[rows['file_first'].iloc[0]].path} has"
            f" too, such as {', '.join(str(rows[key].iloc[0]) for key in keys)}",
            "each in one of the files: together they would count twice",
        )
        for _, rows in pairs.groupby(["file_first", "file"], sort=True)
    ]


def _halves_of_wholes(
    tables: Sequence[Table], records: pd.DataFrame, of: np.ndarray
) -> list[Fault]:
    """A fault for each file of one sex with practices of which another file has everybody."""
    whole = records[of == ""].drop_duplicates("practice_code").set_index("practice_code")["file"]
    half = records[of != ""].drop_duplicates(["file", "practice_code"])
    both = half[half["practice_code"].isin(whole.index)]
    both = both.assign(whole=both["practice_code"].map(whole))
    faults = []
    for _, rows in both.groupby(["file", "whole"], sort=True):
        mine, other = (tables[rows[name].iloc[0]] for name in ("file", "whole"))
        faults.append(
            Fault(
                str(mine.path),
                f"patients of one sex ({mine.frame.attrs['sex']}) of"
                f" {counted(len(rows), 'practice')} of which {other.path} has everybody, such as"
                f" {rows['practice_code'].iloc[0]}",
                "the file of all or those of both sexes: together they would count twice",
            )
        )
    return faults


def _alone(tables: Sequence[Table], records: pd.DataFrame, sexes: Sequence[str]) -> list[Fault]:
    """A fault for each file of one sex most of whose practices no file of the other has."""
    faults = []
    held = records.groupby("file")["practice_code"].agg(set)
    for at, sex in enumerate(sexes):
        if not sex:
            continue
        other: set[str] = set()
        other.update(*(held[i] for i, s in enumerate(sexes) if s not in ("", sex)))
        if 2 * len(held[at] & other) < len(held[at]):
            faults.append(lists.of_one_sex(tables[at], sex))
    return faults


def _stacked(tables: Sequence[Table], rule: Stacked) -> Table:
    kinds = [isinstance(table.frame, gpd.GeoDataFrame) for table in tables]
    if len(set(kinds)) > 1:
        odd = tables[kinds.index(not kinds[0])]
        found, expected = ("a table", "shapes") if kinds[0] else ("shapes", "a table")
        raise InputError(
            [Fault(str(odd.path), found, f"{expected}, as in {tables[0].path}: one kind")]
        )
    sizes = [len(table.frame) for table in tables]
    starts = [0, *itertools.accumulate(sizes)]
    file = np.repeat(np.arange(len(tables)), sizes)
    frame = pd.concat([table.frame for table in tables], ignore_index=True)
    frame.attrs = {}
    keys = list(rule.key)
    keep = np.ones(len(frame), dtype=bool)
    notes: tuple[str, ...] = ()
    if keys and set(keys) <= set(frame):
        if rule.again == "same":
            keep = ~frame.duplicated().to_numpy()
        elif rule.again == "first":
            keep = ~frame.duplicated(keys).to_numpy()
            again = int((~keep).sum())
            if again:
                notes = (f"{counted(again, 'record')} that a file before has too left out.",)
        faults = _again(tables, frame.loc[keep, keys].assign(file=file[keep]), keys)
        if faults:
            raise InputError(faults)
    # where each record came from is known as long as nothing was summed or sorted
    known = all(len(table.lines) == size for table, size in zip(tables, sizes, strict=True))
    known = known and not rule.sort
    before = np.concatenate([[0], np.cumsum(keep)])
    origin = [
        (int(before[start + at]), label)
        for start, table in zip(starts, tables, strict=False)
        for at, label in (table.origin or ((0, str(table.path)),))
    ]
    frame = frame[keep]
    if rule.sort:
        frame = frame.sort_values(keys)
    return replace(
        tables[0],
        frame=frame.reset_index(drop=True),
        lines=np.concatenate([table.lines for table in tables])[keep] if known else _NO_LINES,
        origin=tuple(origin) if known else (),
        notes=notes,
        set_aside=sum(table.set_aside for table in tables) + bool(notes) * int((~keep).sum()),
    )


_NO_LINES = np.empty(0, dtype=int)


def _on_one_grid(tables: Sequence[Table]) -> list[Table]:
    """Bring postcodes in degrees to metres, where other files are in metres."""
    units = [str(table.frame["units"].iloc[0]) for table in tables]
    if len(set(units)) == 1:
        return list(tables)
    return [
        replace(table, frame=_in_metres(table.frame)) if unit == "degrees" else table
        for table, unit in zip(tables, units, strict=True)
    ]


def _in_metres(frame: pd.DataFrame) -> pd.DataFrame:
    points = gpd.GeoSeries.from_xy(frame["x"], frame["y"], crs=PAGE_CRS).to_crs(ANALYSIS_CRS)
    given = frame["x"].notna() & frame["y"].notna()
    return frame.assign(x=points.x.where(given), y=points.y.where(given), units="metres")
