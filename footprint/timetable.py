"""A user's own travel times: whose they are, and which of them are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from footprint.words import counted, listed

#: bases and small areas that a sentence names before it counts the rest
NAMED = 5


@dataclass(frozen=True)
class Gaps:
    """
    What travel times lack.

    Parameters
    ----------
    pairs, given
        Pairs of base and small area that are needed, and those with a time.
    bases, idle_bases
        How many bases there are, and the names of those without a single time.
    areas, idle_areas
        How many small areas there are, and the codes of those to which no base has a time.
    lost
        Patients who live in these.
    short_areas, touched
        Small areas to which at least one base lacks a time, and the patients who live there.
    strangers
        Bases of the file that nobody works from.
    """

    pairs: int
    given: int
    bases: int
    idle_bases: tuple[str, ...]
    areas: int
    idle_areas: tuple[str, ...]
    lost: int
    short_areas: int
    touched: int
    strangers: tuple[str, ...]


def from_times(
    times: pd.DataFrame, bases: pd.DataFrame, codes: pd.Index
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """
    Minutes from every base to every small area, as the user gives them.

    Parameters
    ----------
    times
        ``base`` (a ``team_id``, a ``base_name`` or a ``base_postcode``; case and spaces do not
        count), ``small_area_code`` and ``minutes``; the first row counts where a pair stands
        twice, and a team's own rows win over those of its base's name, and these over its
        postcode's.
    bases
        Indexed by ``team_id``, with ``base_name`` and, where there is one, ``base_postcode``; or
        candidate sites, indexed by ``site_id``, with ``site_name``.
    codes
        Small areas to which times are needed.

    Returns
    -------
    minutes
        One row per base and one column per small area, missing where no time is given.
    missing
        ``team_id``, ``small_area_code`` of the pairs without a time.
    """
    rows = times.assign(base=_plain(times["base"])).drop_duplicates(["base", "small_area_code"])
    row, names = pd.factorize(rows["base"])
    column = codes.get_indexer(pd.Index(rows["small_area_code"]))
    table = np.full((len(names) + 1, len(codes)), np.nan)
    known = column >= 0
    table[row[known], column[known]] = rows["minutes"].to_numpy(float)[known]
    # names that the file lacks point at the last row, which has no time
    minutes = np.full((len(bases), len(codes)), np.nan)
    for keys in _keys(bases):
        found = table[pd.Index(names).get_indexer(pd.Index(keys))]
        minutes = np.where(np.isnan(minutes), found, minutes)
    i, j = np.nonzero(np.isnan(minutes))
    missing = pd.DataFrame({"team_id": bases.index[i], "small_area_code": codes[j]})
    return pd.DataFrame(minutes, index=bases.index, columns=codes), missing


def gaps(
    times: pd.DataFrame,
    bases: pd.DataFrame,
    patients: pd.Series,
    sites: pd.DataFrame | None = None,
) -> Gaps:
    """
    Count what travel times lack.

    Parameters
    ----------
    times, bases
        As for :func:`from_times`.
    patients
        The patch's patients by small area: times are needed to those above 0.
    sites
        Candidate sites, indexed by ``site_id``, with ``site_name``: the file may name them too.

    Returns
    -------
    gaps
        Teams that share a base count as one; a base lacks a time where any of its teams does.
    """
    homes = patients[patients > 0].sort_index()
    minutes, _ = from_times(times, bases, homes.index)
    label = bases["base_name"].where(bases["base_name"].str.strip() != "", bases.index.to_series())
    lacks = minutes.isna().groupby(label.to_numpy(), sort=True).any()
    values = lacks.to_numpy(bool)
    nobody, some = values.all(axis=0), values.any(axis=0)
    if not len(lacks):
        nobody = some = np.zeros(len(homes), dtype=bool)
    known = {key for keys in _keys(bases) for key in keys}
    if sites is not None:
        known |= {key for keys in _keys(sites) for key in keys}
    strange = ~_plain(times["base"]).isin(known)
    return Gaps(
        pairs=values.size,
        given=int((~values).sum()),
        bases=len(lacks),
        idle_bases=tuple(map(str, lacks.index[values.all(axis=1)])) if len(homes) else (),
        areas=len(homes),
        idle_areas=tuple(map(str, homes.index[nobody])),
        lost=int(homes[nobody].sum()),
        short_areas=int(some.sum()),
        touched=int(homes[some].sum()),
        strangers=tuple(sorted(set(times.loc[strange, "base"].astype(str)))),
    )


def names_any(times: pd.DataFrame, bases: pd.DataFrame) -> bool:
    """Whether travel times name any of some bases; as for :func:`from_times`."""
    known = {key for keys in _keys(bases) for key in keys}
    return bool(_plain(times["base"]).isin(known).any())


def sentences(found: Gaps) -> list[str]:
    """Say what is missing, in sentences; none where nothing is."""
    out = []
    if found.strangers:
        out.append(
            f"The travel times name {counted(len(found.strangers), 'base')} that no team of the"
            f" patch works from: {listed(list(found.strangers), NAMED)}."
        )
    lack = found.pairs - found.given
    if not lack:
        return out
    text = (
        f"Travel times are missing for {lack:,} of {counted(found.pairs, 'pair')} of base and small"
        " area; a missing pair counts as no road."
    )
    if found.idle_bases:
        names = listed(list(found.idle_bases), NAMED)
        text += f" {counted(len(found.idle_bases), 'base has', 'bases have')} no time: {names}."
    if found.idle_areas:
        names = listed(list(found.idle_areas), NAMED)
        text += (
            f" No base has a time to {counted(len(found.idle_areas), 'small area')} with"
            f" {counted(found.lost, 'patient')}: {names}."
        )
    text += (
        f" At least one base lacks a time to {counted(found.short_areas, 'small area')}, where"
        f" {counted(found.touched, 'patient lives', 'patients live')}."
    )
    return [*out, text]


def _keys(bases: pd.DataFrame) -> list[list[str]]:
    """What each base may be called in the file, a list for each way, the strongest first."""
    ways: list[Iterable[object]] = [bases.index]
    names = ("base_name", "site_name", "base_postcode")
    ways += [bases[name] for name in names if name in bases]
    return [list(_plain(pd.Series(list(way), dtype="object"))) for way in ways]


def _plain(names: pd.Series) -> pd.Series:
    """Give names without case and spaces; what is blank is nobody's."""
    return names.map(lambda name: re.sub(r"\s+", "", str(name)).casefold() or "\0")
