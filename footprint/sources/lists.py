"""List sizes, ages and weighted lists of practices."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from footprint.errors import Fault, InputError
from footprint.schema import Column, Layout
from footprint.sources import names
from footprint.sources.dates import one_date
from footprint.sources.tabular import Table, read, select
from footprint.words import counted

_CODE = Column("practice_code", ("code", *names.PRACTICE_CODE), "code")
_KIND = (
    Column("type", ("type", "orgtype"), "code", required=False, blank=True),
    Column("sex", ("sex", "gender"), "code", required=False, blank=True),
)
_DATE = Column("extract_date", ("extractdate",), required=False, blank=True)
_AGE = ("age", "agegroup5", "agegroup", "ageband")

#: list sizes ("gp-reg-pat-prac-all", 2013 to 2026): one record a practice, or one by sex and age
LISTS = Layout(
    "list-size file",
    (
        _CODE,
        *_KIND,
        Column("age", _AGE, "code", required=False, blank=True),
        Column("patients", names.PATIENTS, "count"),
        _DATE,
    ),
)

#: "-quin-age" and "-sing-age": one record by sex and age
AGES_LONG = Layout(
    "file of ages",
    (
        _CODE,
        *_KIND,
        Column("age", _AGE, "code", blank=True),
        Column("patients", names.PATIENTS, "count"),
        _DATE,
    ),
)
#: the same up to 2017: a column for each sex and age (MALE_0-4, FEMALE_12_13)
AGES_WIDE = Layout(
    "file of ages",
    (
        _CODE,
        *_KIND[:1],
        Column("ages", (r"(fe)?males?[_ ]\d+([-_ ]\d+|\+)?",), "count", many=True),
        _DATE,
    ),
)

#: NHS payments to general practice, or a planner's own
WEIGHTED = Layout(
    "file of weighted lists",
    (
        replace(_CODE, names=(*names.PRACTICE_CODE, "code")),
        Column(
            "weighted",
            (
                r"(average)?numberofweightedpatients.*",
                r"weighted(patients|listsize|list|population)",
            ),
            "number",
            blank=True,
            low=0,
        ),
    ),
    key=("practice_code",),
)

ALL = ("ALL", "", "PERSONS", "TOTAL", "BOTH")
#: the sexes as some files write them
SEXES = {
    "M": "MALE",
    "MALES": "MALE",
    "MALE PATIENTS": "MALE",
    "F": "FEMALE",
    "FEMALES": "FEMALE",
    "FEMALE PATIENTS": "FEMALE",
}
#: what kind of organisation a practice is called in files that hold others too
GP = ("GP", "GP PRACTICE", "PRACTICE", "")


def list_sizes(path: Path) -> Table:
    """
    Read registered patients by practice: columns practice_code, patients, one record a practice.

    A practice's total ("ALL") is taken where the file has it, else its sexes and ages are added
    up; organisations that are no practices are set aside.

    Raises
    ------
    InputError
        With every fault: a practice (of one sex and age) more than once, records of several dates,
        only one sex where there is no total.
    """
    return of_everybody(part_of_list_sizes(path))


def part_of_list_sizes(path: Path) -> Table:
    """Read one of several files, which may be of one sex alone: ``frame.attrs["sex"]`` says."""
    table = with_plain_sexes(_practices_only(read(path, LISTS)))
    date = one_date(table)
    table = totals(table, ["practice_code"])
    sums = summed_list_sizes(table.frame)
    sums["extract_date"] = date
    sums.attrs["sex"] = one_sex(table)
    return replace(table, frame=sums)


def summed_list_sizes(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum patients over practices, in order."""
    return frame.groupby("practice_code", sort=True)["patients"].sum().reset_index()


def with_plain_sexes(table: Table) -> Table:
    """Give the sexes of a table, where it has any, one word each."""
    if "sex" not in table.frame or not set(table.frame["sex"].unique()) & set(SEXES):
        return table
    frame = table.frame.assign(sex=table.frame["sex"].astype("str").replace(SEXES))
    if table.frame["sex"].dtype == "category":
        frame["sex"] = frame["sex"].astype("category")
    return replace(table, frame=frame)


def one_sex(table: Table) -> str:
    """
    Tell the sex of which alone a table's records are; "" where they are of everybody.

    Raises
    ------
    InputError
        Records of one sex beside totals of other practices: these are whole, those are not.
    """
    if "sex" not in table.frame:
        return ""
    found = {str(sex) for sex in table.frame["sex"].unique()}
    parts = found - set(ALL)
    known = parts & {"MALE", "FEMALE"}
    if not parts or len(known) == 2 or (len(parts) > 1 and not known):
        return ""
    sex = min(known or parts)
    if found & set(ALL):
        raise InputError([of_one_sex(table, sex)])
    return sex


def of_everybody(table: Table) -> Table:
    """Return a table that stands alone; raises InputError where it is of one sex."""
    sex = table.frame.attrs.get("sex", "")
    if sex:
        raise InputError([of_one_sex(table, sex)])
    return table


def of_one_sex(table: Table, sex: str) -> Fault:
    """Return the fault of a table that is of one sex where everybody is wanted."""
    return Fault(
        str(table.path),
        f"patients of one sex only ({sex})",
        "both: the file of all, or the files of both sexes, in a list or in one zip",
        column=table.headings.get("sex"),
    )


def totals(table: Table, keys: list[str], *, ages: bool = False) -> Table:
    """
    Keep of each group the records that count everybody once.

    Parameters
    ----------
    table
        With columns sex and age where the file has them ("ALL" and the like are totals).
    keys
        The columns that make a group.
    ages
        Whether ages are wanted: then records of all ages are dropped, and those of all sexes win.

    Raises
    ------
    InputError
        A record of one group, sex and age more than once.
    """
    frame = table.frame
    by = [*keys, *(name for name in ("sex", "age") if name in frame)]
    again = frame.duplicated(by).to_numpy()
    if again.any():
        raise InputError(
            table.fault(
                int(at),
                "practice_code",
                " ".join(str(frame[name].iloc[at]) for name in by) + " more than once",
                "each practice once" + (", or once by sex and age" if len(by) > len(keys) else ""),
            )
            for at in np.flatnonzero(again)
        )
    one_sex = (~_is_all(frame, "sex")).to_numpy()
    one_age = (~_is_all(frame, "age")).to_numpy()
    if ages:
        table = select(table, one_age)
        level = one_sex[one_age].astype(int)
    else:
        # the whole before parts by age, by sex, by both
        level = 2 * one_sex + one_age
    frame = table.frame
    if not level.any():
        return table
    grouped = pd.Series(level, index=frame.index).groupby(
        [frame[key] for key in keys], sort=False, observed=True
    )
    return select(table, level == grouped.transform("min").to_numpy())


def _is_all(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame:
        return pd.Series(True, index=frame.index)
    return frame[name].isin(ALL)


def _practices_only(table: Table) -> Table:
    if "type" not in table.frame:
        return table
    practice = table.frame["type"].isin(GP).to_numpy()
    kinds = ", ".join(sorted({str(kind) for kind in table.frame.loc[~practice, "type"].unique()}))
    if not practice.any():
        raise InputError(
            [
                Fault(
                    str(table.path),
                    f"records of {kinds} only",
                    "records of GP practices",
                    column=table.headings["type"],
                )
            ]
        )
    of = counted(int((~practice).sum()), f"record of {kinds} is", f"records of {kinds} are")
    note = f"{of} not of practices."
    return select(table, practice, note=note)


def ages(path: Path) -> Table:
    """
    Read patients by practice and five-year age band.

    Parameters
    ----------
    path
        "gp-reg-pat-prac-quin-age", or single years of age of both sexes (one file, or an archive
        of the male and the female one), in the long form of today or the wide one up to 2017.

    Returns
    -------
    table
        practice_code, age ("0_4", "5_9" ... and the last as in the file: "95+" or "85+"),
        patients, in order of practice and age.

    Raises
    ------
    InputError
        With every fault: ages that are no single year or five-year band, no ages at all, one sex.
    """
    return of_everybody(part_of_ages(path))


def part_of_ages(path: Path) -> Table:
    """Read one of several files, which may be of one sex alone: ``frame.attrs["sex"]`` says."""
    try:
        table = read(path, AGES_LONG)
    except InputError as error:
        try:
            table = _long(read(path, AGES_WIDE))
        except InputError as other:
            # the complaint that fits: a wide file has been recognised when cells are at fault
            if any(fault.row is not None for fault in other.faults):
                raise other from None
            raise error from None
    date = one_date(table)
    table = with_plain_sexes(_practices_only(table))
    if _is_all(table.frame, "age").all():
        raise InputError(
            [
                Fault(
                    str(table.path),
                    "totals of all ages only",
                    "records by age (gp-reg-pat-prac-quin-age)",
                    column=table.headings["age"],
                )
            ]
        )
    table = totals(table, ["practice_code", "age"], ages=True)
    bands = {text: band(text) for text in table.frame["age"].unique()}
    wrong = table.frame["age"].map(bands).isna().to_numpy()
    if wrong.any():
        raise InputError(
            table.fault(
                int(at),
                "age",
                repr(table.frame["age"].iloc[at]),
                "a year of age, a five-year band such as 0_4, or the last such as 95+",
            )
            for at in np.flatnonzero(wrong)
        )
    sums = summed_ages(table.frame.assign(age=table.frame["age"].map(bands)))
    sums.attrs.update(sex=one_sex(table), extract_date=date)
    return replace(table, frame=sums)


def summed_ages(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum patients over practices and bands, in order of practice and age."""
    sums = frame.groupby(["practice_code", "age"], sort=False)["patients"].sum().reset_index()
    sums["from"] = sums["age"].str.extract(r"^(\d+)", expand=False).astype(int)
    sums = sums.sort_values(["practice_code", "from", "age"], ignore_index=True)
    return sums.drop(columns="from")


def band(text: str) -> str | None:
    """Five-year band of an age as files write it: "37" and "35-39" to "35_39", "95+" as it is."""
    text = text.strip().upper().removeprefix("AGE").strip(" _")
    last = re.fullmatch(r"(\d{1,3})\s*(\+|AND OVER|PLUS| ?OR OVER)", text)
    if last:
        return f"{int(last[1])}+" if int(last[1]) % 5 == 0 else None
    spans = re.fullmatch(r"(\d{1,3})(?:(?:\s*[-_–]\s*|\s+TO\s+)(\d{1,3}))?", text)
    if not spans:
        return None
    first = int(spans[1])
    end = int(spans[2]) if spans[2] else first
    start = first // 5 * 5
    # up to 2017 single years are written 4_5 (from 4, up to 5)
    single = end - first <= 1
    if first > 120 or not (single or (first == start and end == start + 4)):
        return None
    return f"{start}_{start + 4}"


def _long(table: Table) -> Table:
    frame = table.frame
    columns = [name for name in map(str, frame) if name.startswith("ages ")]
    parts = []
    for name in columns:
        sex, _, age = name.removeprefix("ages ").replace(" ", "_").partition("_")
        parts.append(
            pd.DataFrame(
                {
                    "practice_code": frame["practice_code"],
                    "sex": sex.upper().removesuffix("S"),
                    "age": age,
                    "patients": frame[name],
                    **({"type": frame["type"]} if "type" in frame else {}),
                }
            )
        )
    again = frame["practice_code"].duplicated().to_numpy()
    if again.any():
        raise InputError(
            table.fault(
                int(at),
                "practice_code",
                f"{frame['practice_code'].iloc[at]} more than once",
                "each practice once",
            )
            for at in np.flatnonzero(again)
        )
    return replace(
        table,
        frame=pd.concat(parts, ignore_index=True),
        lines=np.tile(table.lines, len(columns)),
        headings={**table.headings, "age": "ages", "sex": "sexes"},
        origin=(),
    )


def weighted_lists(path: Path) -> Table:
    """
    Read practices' lists weighted for need: practice_code, weighted (float, people).

    Practices without a figure are set aside.
    """
    table = read(path, WEIGHTED)
    given = table.frame["weighted"].notna().to_numpy()
    left = int((~given).sum())
    were = "was" if left == 1 else "were"
    note = f"{counted(left, 'practice')} without a weighted list {were} left out."
    return select(table, given, note=note)
