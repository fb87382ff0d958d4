"""LSOA 2011 and 2021: told apart by their codes, and patients carried from one to the other."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from footprint.errors import Fault, InputError
from footprint.rounding import share_out
from footprint.words import counted

#: the last code of LSOA 2011 in England and in Wales; later ones were made for 2021
LAST_2011 = {"E01": "E01033768", "W01": "W01001958"}

#: with so many English areas and none that was made for 2021, a file is of 2011
MANY = 1_000

#: the look-up's column of each vintage
COLUMNS = {"2011": "lsoa11_code", "2021": "lsoa21_code"}

#: what becomes of a small area on its way to the other vintage
KINDS = ("recoded", "split", "merged", "complex")

#: ... in words, of one and of several
_DONE = {
    "recoded": ("only has a new code", "only have a new code"),
    "split": ("was split into several", "were split into several"),
    "merged": ("was merged into one with others", "were merged into one with others"),
    "complex": ("was redrawn together with neighbours", "were redrawn together with neighbours"),
}


@dataclass(frozen=True)
class CarryReport:
    """
    What carrying registrations to the other vintage did. Patients in equal patients out.

    Parameters
    ----------
    to
        The vintage carried to, "2011" or "2021".
    patients
        All patients of the registrations.
    moved
        Index :data:`KINDS`: areas (of the vintage carried from, that have registrations) and
        patients registered in them. A split of 2011 is a merger on the way back.
    weighted_areas, equal_areas
        Areas divided over several, in proportion to these areas' populations, or equally because
        no population (or nobody) was given for them.
    equal_patients
        Patients of the areas divided equally.
    there_areas, there_patients
        Areas that exist only in the vintage carried to, and were there already: a mixed file.
    neither_codes, neither_patients
        Codes that are in neither vintage (CLOSED, Scottish and others), left as they are.
    """

    to: str
    patients: int
    moved: pd.DataFrame
    weighted_areas: int
    equal_areas: int
    equal_patients: int
    there_areas: int
    there_patients: int
    neither_codes: int
    neither_patients: int

    @property
    def source(self) -> str:
        """The vintage carried from."""
        return _other(self.to)

    @property
    def mixed(self) -> bool:
        """Whether the registrations held codes that only the vintage carried to has."""
        return self.there_areas > 0 and bool(self.moved["areas"].sum())

    def sentences(self) -> tuple[str, ...]:
        """Say it to a planner, the whole first, then what needs a warning."""
        areas, patients = (int(self.moved[name].sum()) for name in ("areas", "patients"))
        if not areas:
            return (
                f"Every LSOA of the registrations is the same in {self.source} and {self.to}:"
                " nothing was carried over.",
            )
        kinds = [
            f"{counted(number, *_DONE[kind])} ({counted(people, 'patient')})"
            for kind, number, people in self.moved.itertuples()
            if number
        ]
        found = "partly " if self.mixed else ""
        out = [
            f"The registrations are {found}by LSOA {self.source} and the boundaries are LSOA"
            f" {self.to}: {patients:,} of {counted(self.patients, 'patient')}, those in"
            f" {counted(areas, 'LSOA')} that changed, were carried from {self.source} to {self.to}"
            f" with the ONS look-up. Of these LSOAs {', '.join(kinds)}. No patient was lost or"
            " gained."
        ]
        if self.weighted_areas:
            out.append(
                f"Patients of {counted(self.weighted_areas, 'LSOA')} were divided over several in"
                " proportion to these LSOAs' populations."
            )
        if self.equal_areas:
            out.append(
                f"Patients of {counted(self.equal_areas, 'LSOA')}"
                f" ({self.equal_patients:,} patients) were divided equally over several LSOAs,"
                f" because no populations by LSOA {self.to} are given for them: within these"
                " LSOAs the split is a guess."
            )
        if self.mixed:
            out.append(
                f"The registrations mix both vintages: {counted(self.there_areas, 'LSOA')}"
                f" ({self.there_patients:,} patients) had codes of {self.to} already and were left"
                " as they are."
            )
        return tuple(out)


def vintage(codes: pd.Series, lookup: pd.DataFrame | None = None) -> str | None:
    """
    Tell LSOA 2011 from LSOA 2021 by the codes.

    Codes made for 2021 come after the last of 2011. Codes that were dropped in 2021 look like any
    other and can be told only with the look-up.

    Parameters
    ----------
    codes
        Small-area codes; repeated, missing and other codes (CLOSED, S01...) do not matter.
    lookup
        lsoa11_code, lsoa21_code (ONS, "LSOA (2011) to LSOA (2021) exact fit lookup").

    Returns
    -------
    vintage
        "2011", "2021", "mixed" where codes of each are there that the other does not have, None
        where no code tells: without the look-up, 2011 cannot be told.
    """
    present = pd.Series(codes.dropna().unique(), dtype="str")
    new = np.zeros(len(present), dtype=bool)
    for country, last in LAST_2011.items():
        # of the same length: a stray long code is not a later one
        same = present.str.startswith(country) & (present.str.len() == len(last))
        new |= (same & (present > last)).to_numpy()
    old = np.zeros(len(present), dtype=bool)
    if lookup is not None:
        was = present.isin(lookup[COLUMNS["2011"]]).to_numpy()
        made = present.isin(lookup[COLUMNS["2021"]]).to_numpy()
        old = was & ~made & ~new
        new |= made & ~was
    if old.any() and new.any():
        return "mixed"
    return "2011" if old.any() else "2021" if new.any() else None


def of_heading(heading: str) -> str:
    """Tell the vintage by a column's name: "2011" of LSOA11CD; "" where it does not say."""
    year = re.search(r"(?:20)?(11|21)", heading)
    return f"20{year[1]}" if year else ""


def told(codes: pd.Series, heading: str = "") -> str:
    """
    Tell the vintage from a file alone, without the look-up.

    Parameters
    ----------
    codes
        Small-area codes; repeated, missing and other codes (CLOSED, S01...) do not matter.
    heading
        The column's name in the file ("LSOA21CD").

    Returns
    -------
    vintage
        "2021" where a code was made for it; else what the heading says; else "2011" where there
        are so many English areas (:data:`MANY`) that one of 2021 would be among them; "" where
        nothing tells.
    """
    found = vintage(codes) or of_heading(heading)
    if found:
        return found
    english = pd.Series(codes.dropna().unique(), dtype="str").str.startswith("E01")
    return "2011" if int(english.sum()) >= MANY else ""


def carry(
    registrations: pd.DataFrame,
    lookup: pd.DataFrame,
    *,
    to: str,
    populations: pd.Series | None = None,
    file: str = "the registrations",
) -> tuple[pd.DataFrame, CarryReport]:
    """
    Carry registrations of one vintage of LSOAs to the other through the ONS look-up.

    Unchanged areas are copied. The patients of an area that goes into one area go there; those of
    an area that goes into several are divided by the populations of these areas, else equally:
    whole patients per practice and area, by largest remainder, ties to the lower code. Codes in
    neither vintage, and areas that are of the vintage wanted already, stay as they are.

    Parameters
    ----------
    registrations
        practice_code, small_area_code, patients (whole numbers from 0).
    lookup
        lsoa11_code, lsoa21_code, a row per pair that shares ground. What changed is read from the
        pairs themselves, so that ONS's own change codes (U, S, M, X) are not needed.
    to
        "2011" or "2021".
    populations
        People by small-area code of the vintage carried to; an area divided over areas of which
        one has no population, or which have nobody, is divided equally.
    file
        The file's name in errors.

    Returns
    -------
    registrations
        practice_code, small_area_code, patients (int64): one row a pair, sorted by both codes.
    report
        What was moved; :meth:`CarryReport.sentences` says it.

    Raises
    ------
    InputError
        In a file that mixes both vintages: a practice with patients both in an area and in what
        became of it (they may be counted twice), or a code that means other ground in each.
    """
    source, target = COLUMNS[_other(to)], COLUMNS[to]
    links = lookup[[source, target]].dropna().astype("str").drop_duplicates()
    links = links.sort_values([source, target], ignore_index=True)
    kind = _kinds(links[source], links[target])
    same = (kind == "same").to_numpy()
    changed = links[~same].assign(kind=kind[~same].to_numpy())

    # codes as numbers: 750,000 rows hold some 35,000 codes
    place, codes = pd.factorize(registrations["small_area_code"], sort=True)
    codes = pd.Index(codes, dtype="str")
    patients = registrations["patients"].to_numpy(dtype=np.int64)
    by_code = np.bincount(place, weights=patients, minlength=len(codes)).astype(np.int64)
    leaves = codes.isin(changed[source])
    arrives = codes.isin(changed[target])
    there = arrives & ~leaves
    if leaves.any() and there.any():
        _refuse_ambiguous(registrations, changed, codes, leaves & arrives, file)

    weights, equal = _weights(changed, source, target, populations)
    moved = leaves[place]
    out = _sum_up(
        registrations["practice_code"].to_numpy(),
        codes.to_numpy()[place],
        patients,
        moved,
        _divide(registrations[moved], changed.assign(weight=weights), source, target),
    )
    left = pd.Series(by_code[leaves], index=codes[leaves])
    kinds = changed.drop_duplicates(source).set_index(source)["kind"].reindex(left.index)
    shared = left.index.isin(changed.loc[changed[source].duplicated(), source])
    evenly = shared & left.index.isin(changed.loc[equal, source])
    grouped = left.groupby(kinds.to_numpy())
    known = codes.isin(links[source]) | codes.isin(links[target])
    report = CarryReport(
        to=to,
        patients=int(patients.sum()),
        moved=pd.DataFrame({"areas": grouped.size(), "patients": grouped.sum()})
        .reindex(list(KINDS), fill_value=0)
        .astype("int64"),
        weighted_areas=int((shared & ~evenly).sum()),
        equal_areas=int(evenly.sum()),
        equal_patients=int(left[evenly].sum()),
        there_areas=int(there.sum()),
        there_patients=int(by_code[there].sum()),
        neither_codes=int((~known).sum()),
        neither_patients=int(by_code[~known].sum()),
    )
    return out, report


def _other(vintage: str) -> str:
    return "2011" if vintage == "2021" else "2021"


def _kinds(source: pd.Series, target: pd.Series) -> pd.Series:
    """Say of each pair what happens: areas hang together where they share a partner."""
    a, b = pd.factorize(source)[0], pd.factorize(target)[0]
    left, right = int(a.max(initial=-1)) + 1, int(b.max(initial=-1)) + 1
    # two kinds of node: a code of one vintage is not the same code of the other
    graph = coo_array((np.ones(len(a)), (a, b + left)), shape=(left + right, left + right))
    group = connected_components(graph, directed=False)[1]
    sources = np.bincount(group[:left], minlength=len(group))[group[a]]
    targets = np.bincount(group[left:], minlength=len(group))[group[a]]
    kind = np.select(
        [
            (sources == 1) & (targets == 1) & (source == target).to_numpy(),
            (sources == 1) & (targets == 1),
            sources == 1,
            targets == 1,
        ],
        ["same", "recoded", "split", "merged"],
        "complex",
    )
    return pd.Series(kind, index=source.index)


def _weights(
    changed: pd.DataFrame, source: str, target: str, populations: pd.Series | None
) -> tuple[np.ndarray, np.ndarray]:
    """Share of an area's patients that each pair takes, and whether the area is divided equally."""
    known = pd.Series(dtype=float) if populations is None else populations.groupby(level=0).first()
    people = pd.Series(known.reindex(changed[target]).to_numpy(dtype=float), index=changed.index)
    grouped = people.groupby(changed[source])
    total = grouped.transform("sum")
    unusable = ~people.between(0, np.finfo(float).max)
    equal = unusable.groupby(changed[source]).transform("any") | ~(total > 0)
    # an area that goes whole into one needs no population
    several = changed[source].duplicated(keep=False)
    number = grouped.transform("size")
    shares = np.where(equal | ~several, 1 / number, people / total.where(total > 0))
    return shares, (equal & several).to_numpy()


def _divide(
    rows: pd.DataFrame, changed: pd.DataFrame, source: str, target: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Practice, area and patients of the rows in their new areas, whole and none lost."""
    first = changed.drop_duplicates(source)[source]
    begin = np.flatnonzero(~changed[source].duplicated().to_numpy())
    size = np.diff(np.append(begin, len(changed)))
    at = pd.Index(first).get_indexer(rows["small_area_code"])
    times = size[at]
    row = np.repeat(np.arange(len(rows)), times)
    start = np.cumsum(times) - times
    link = np.repeat(begin[at], times) + (np.arange(len(row)) - np.repeat(start, times))
    patients = rows["patients"].to_numpy(dtype=np.int64)
    whole = share_out(patients, row, changed["weight"].to_numpy()[link])
    # a part that nobody goes to is no row
    kept = (whole > 0) | (patients[row] == 0)
    practice = rows["practice_code"].to_numpy()[row]
    return practice[kept], changed[target].to_numpy()[link][kept], whole[kept]


def _sum_up(
    practice: np.ndarray,
    place: np.ndarray,
    patients: np.ndarray,
    moved: np.ndarray,
    arrived: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> pd.DataFrame:
    practices, names = pd.factorize(np.concatenate([practice[~moved], arrived[0]]), sort=True)
    places, codes = pd.factorize(np.concatenate([place[~moved], arrived[1]]), sort=True)
    key = practices.astype(np.int64) * len(codes) + places
    pairs, at = np.unique(key, return_inverse=True)
    sums = np.zeros(len(pairs), dtype=np.int64)
    np.add.at(sums, at, np.concatenate([patients[~moved], arrived[2]]))
    width = max(len(codes), 1)
    return pd.DataFrame(
        {
            "practice_code": pd.Index(names, dtype="str").take(pairs // width),
            "small_area_code": pd.Index(codes, dtype="str").take(pairs % width),
            "patients": sums,
        }
    )


def _refuse_ambiguous(
    registrations: pd.DataFrame,
    changed: pd.DataFrame,
    codes: pd.Index,
    reused: np.ndarray,
    file: str,
) -> None:
    """Raise where a mixed file does not say which ground, or whose patients, a row means."""
    source, target = changed.columns[:2]
    faults = [
        Fault(
            file,
            f"{code}, which is other ground in 2011 than in 2021, in a file that mixes both",
            "registrations of one vintage",
            column="small_area_code",
        )
        for code in codes[reused]
    ]
    rows = registrations.loc[registrations["patients"] > 0, ["practice_code", "small_area_code"]]
    pairs = rows.merge(changed[[source, target]], left_on="small_area_code", right_on=source)
    both = pairs.merge(
        rows,
        left_on=["practice_code", target],
        right_on=["practice_code", "small_area_code"],
        suffixes=("", "_there"),
    ).drop_duplicates(["practice_code", source, target])
    faults += [
        Fault(
            file,
            f"practice {row.practice_code} with patients in {getattr(row, source)} and in"
            f" {getattr(row, target)}, which came of it: they may be counted twice",
            "patients of a practice by LSOA 2011 or by LSOA 2021",
            column="small_area_code",
        )
        for row in both.sort_values(["practice_code", source, target]).itertuples()
        if getattr(row, source) not in codes[reused] and getattr(row, target) not in codes[reused]
    ]
    if faults:
        raise InputError(faults)
