"""Levels: at what scale each service line can be run, from its own ratio and minimum team."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from footprint.demand import REGISTERED, check_drivers
from footprint.policy import Policy

#: as many PCNs as a sentence names before it counts the rest
NAMED = 6


@dataclass(frozen=True)
class _Rule:
    """The level of one service as a function of its ratio: what it is from each turn upwards."""

    level1_from: Fraction | None
    level3_below: Fraction | None
    always3: bool

    def at(self, ratio: Fraction) -> int:
        """Level at ``ratio``; both conditions turn exactly at their ratio, from there upwards."""
        if self.level1_from is not None and ratio >= self.level1_from:
            return 1
        return 3 if self.always3 or (self.level3_below and ratio < self.level3_below) else 2

    def changes(self, ratio: Fraction) -> tuple[_Change | None, _Change | None]:
        """Nearest change below ``ratio`` and nearest above it."""
        turns = sorted({turn for turn in (self.level1_from, self.level3_below) if turn})
        # the level is constant from one turn up to the next: half-way stands for all below a turn
        halves = [(low + high) / 2 for low, high in zip([Fraction(0), *turns], turns, strict=False)]
        here = self.at(ratio)
        below = [
            _Change(turn, self.at(half))
            for turn, half in zip(turns, halves, strict=True)
            if turn <= ratio and self.at(half) != here
        ]
        above = [
            _Change(turn, self.at(turn)) for turn in turns if turn > ratio and self.at(turn) != here
        ]
        return below[-1] if below else None, above[0] if above else None


@dataclass(frozen=True)
class _Change:
    ratio: Fraction
    level: int


def levels(
    services: pd.DataFrame, pcns: pd.DataFrame, drivers: pd.DataFrame, policy: Policy
) -> pd.DataFrame:
    """
    Level of each service, with the reason in words.

    The people a team needs are ``min_team_wte / wte_per_10000 x 10,000`` of the service's driver,
    and at least ``min_population`` registered patients. Level 1 when PCNs with at least
    ``policy.level1_share`` of the patch's patients reach both alone; else Level 3 from
    ``policy.level3_population`` upwards, else Level 2. A level in ``services`` wins.

    Parameters
    ----------
    services
        service_id, service_name, demand_driver, wte_per_10000, min_team_wte, min_population,
        level (1, 2, 3 or missing).
    pcns
        pcn_code, list_size (registered patients) and, for the words, pcn_name.
    drivers
        Index pcn_code; a column of people for each driver.
    policy
        ``level1_share`` and ``level3_population``.

    Returns
    -------
    levels
        One row per service in the given order: service_id, service_name, level,
        population_needed (the larger of min_population and the driver's people that a team
        needs), why; then group_population (the same in registered patients: a driver's people are
        turned into patients at the patch's own rate; equal where the driver is registered), by_rule
        (level without the user's say), own_level (Int), disagrees, short_pcns (codes that fall
        short, joined by ";"), reached_share (of patients, in PCNs that reach it alone),
        ratio_level1 (Level 1 from here upwards; NaN: at no ratio), ratio_level3 (Level 3 below it;
        NaN: at no ratio or at any), next_ratio and next_level (the nearest change of all; NaN and
        missing where no ratio would change it).

    Raises
    ------
    InputError
        Where a driver is missing; see :func:`footprint.demand.check_drivers`.
    """
    check_drivers(services, drivers)
    pcns = pcns.sort_values("pcn_code", ignore_index=True)
    names = pcns["pcn_name"] if "pcn_name" in pcns else pcns["pcn_code"]
    people = drivers.loc[pcns["pcn_code"]]
    rows = [
        _row(
            service,
            pcns["pcn_code"].tolist(),
            names.tolist(),
            pcns["list_size"].to_numpy(dtype=np.int64),
            people[service["demand_driver"]].to_numpy(dtype=float),
            policy,
        )
        for service in services.to_dict("records")
    ]
    columns = (
        "service_id service_name level population_needed why group_population by_rule own_level "
        "disagrees short_pcns reached_share ratio_level1 ratio_level3 next_ratio next_level"
    ).split()
    frame = pd.DataFrame(rows, columns=columns)
    return frame.astype({"own_level": "Int64", "next_level": "Int64"})


def _row(
    service: Mapping[Hashable, Any],
    codes: Sequence[str],
    names: Sequence[str],
    lists: np.ndarray,
    people: np.ndarray,
    policy: Policy,
) -> dict[str, object]:
    ratio, team = _exact(service["wte_per_10000"]), _exact(service["min_team_wte"])
    floor = math.ceil(_exact(service["min_population"]))
    total = int(lists.sum())
    # a driver's people stand for this many patients each; 1 for the registered themselves
    rate = Fraction(total) / _exact(people.sum()) if people.sum() > 0 else Fraction(1)
    if service["demand_driver"] == REGISTERED:
        rate = Fraction(1)
    team_people = math.ceil(team / ratio * 10_000)
    group = max(floor, math.ceil(team / ratio * 10_000 * rate))
    reach = (lists >= floor) & (people >= team_people)
    share = Fraction(int(lists[reach].sum()), total) if total else Fraction(0)

    rule = _rule(team, floor, rate, lists, people, policy)
    by_rule = rule.at(ratio)
    own = None if pd.isna(service.get("level")) else int(service["level"])
    below, above = rule.changes(ratio)
    # the nearest is the one that asks for the smaller change of the ratio, in proportion
    changes = [change for change in (below, above) if change is not None]
    nearest = min(changes, key=lambda c: max(c.ratio / ratio, ratio / c.ratio), default=None)
    short = [code for code, ok in zip(codes, reach, strict=True) if not ok]
    why = " ".join(
        sentence
        for sentence in (
            _level_sentence(own, by_rule),
            _need_sentence(service, team_people, floor, group),
            _reach_sentence(names, lists, reach, share, policy),
            _scale_sentence(by_rule, group, policy),
            _change_sentence(by_rule, below, above, rule, floor, own=own is not None),
        )
        if sentence
    )
    return {
        "service_id": service["service_id"],
        "service_name": service["service_name"],
        "level": own or by_rule,
        "population_needed": max(floor, team_people),
        "why": why,
        "group_population": group,
        "by_rule": by_rule,
        "own_level": own,
        "disagrees": own is not None and own != by_rule,
        "short_pcns": ";".join(short),
        "reached_share": float(share),
        "ratio_level1": float(rule.level1_from) if rule.level1_from is not None else math.nan,
        "ratio_level3": float(rule.level3_below) if rule.level3_below else math.nan,
        "next_ratio": float(nearest.ratio) if nearest else math.nan,
        "next_level": nearest.level if nearest else None,
    }


def _rule(
    team: Fraction,
    floor: int,
    rate: Fraction,
    lists: np.ndarray,
    people: np.ndarray,
    policy: Policy,
) -> _Rule:
    """Ratios at which the level turns, exactly."""
    # Level 1: the more people, the lower the ratio at which a PCN fills a team, so the PCNs that
    # can count at all join from the largest down until they hold the share
    able = np.flatnonzero((lists >= floor) & (people > 0))
    able = able[np.argsort(-people[able], kind="stable")]
    held = np.cumsum(lists[able])
    enough = np.flatnonzero(held >= math.ceil(_exact(policy.level1_share) * int(lists.sum())))
    level1_from = None
    if len(enough):
        # people are whole, and needs rounded up, so a PCN of D reaches a need of exactly D
        level1_from = team * 10_000 / math.floor(people[able[enough[0]]])
    # Level 3: the need, rounded up to whole patients, reaches the bound when it is above one less
    if floor >= policy.level3_population or policy.level3_population == 1:
        return _Rule(level1_from, None, always3=True)
    turn = team * 10_000 * rate / (policy.level3_population - 1)
    return _Rule(level1_from, turn or None, always3=False)


def _exact(value: object) -> Fraction:
    # through its shortest text, so that 0.1 is a tenth and not the float beside it
    return Fraction(str(value))


def _level_sentence(own: int | None, by_rule: int) -> str:
    if own is None:
        return f"Level {by_rule}."
    if own == by_rule:
        return f"Level {own}, as you set it; the rules agree."
    return f"Level {own}, because you set it; by the rules it would be Level {by_rule}."


def _need_sentence(
    service: Mapping[Hashable, Any], team_people: int, floor: int, group: int
) -> str:
    driver = str(service["demand_driver"])
    kind = "registered patients" if driver == REGISTERED else f"people counted as {driver!r}"
    team, ratio = _number(service["min_team_wte"]), _number(service["wte_per_10000"])
    needs = f"A team of {team} WTE at {ratio} WTE per 10,000 needs {team_people:,} {kind}"
    if driver != REGISTERED and group > floor:
        needs += f", which is about {group:,} registered patients here"
    if floor >= group:
        return f"{needs}; the service's own minimum of {floor:,} patients is what counts."
    return f"{needs}."


def _reach_sentence(
    names: Sequence[str], lists: np.ndarray, reach: np.ndarray, share: Fraction, policy: Policy
) -> str:
    n, ok = len(names), int(reach.sum())
    wanted = f"{_percent(_exact(policy.level1_share))}%"
    if ok == n:
        return "Every PCN reaches that alone."
    if not ok:
        largest = int(lists.argmax())
        return (
            f"No PCN reaches that alone; the largest, {names[largest]}, has "
            f"{int(lists[largest]):,} patients."
        )
    fails, does = (
        [name for name, r in zip(names, reach, strict=True) if bool(r) is kind]
        for kind in (False, True)
    )
    held = f"with {_held(share, _exact(policy.level1_share))}% of the patch's patients"
    held += f", where Level 1 asks for {wanted}"
    reaches = "reaches" if ok == 1 else "reach"
    falls = "falls" if len(fails) == 1 else "fall"
    if len(does) < len(fails) and len(fails) > NAMED:
        only = f"Only {_list(does)}" if ok <= NAMED else f"Only {ok} PCNs, such as {_list(does)},"
        return f"{only} {reaches} that alone, {held}; the other {len(fails)} fall short."
    return f"{ok} of {n} PCNs {reaches} that alone, {held}; {_list(fails)} {falls} short."


def _scale_sentence(level: int, group: int, policy: Policy) -> str:
    bound = f"{policy.level3_population:,}"
    if level == 2:
        return f"Groups of PCNs can hold it, as it is below the {bound} patients of Level 3."
    if level == 3:
        return f"Its {group:,} patients are at or above the {bound} from which Level 3 begins."
    return ""


def _change_sentence(
    level: int,
    below: _Change | None,
    above: _Change | None,
    rule: _Rule,
    floor: int,
    *,
    own: bool,
) -> str:
    parts = []
    if above is not None:
        parts.append(f"{_rises(above.ratio)} (then Level {above.level})")
    if below is not None:
        parts.append(f"{_falls(below.ratio)} (then Level {below.level})")
    stays = "By the rules it is" if own else "It stays"
    text = f"{stays} Level {level} until the ratio {' or '.join(parts)}." if parts else ""
    if level != 1 and rule.level1_from is None:
        text += f" No ratio would make it Level 1, because of its minimum of {floor:,} patients."
    elif not parts:
        text = "No ratio would change that."
    return text.strip()


def _rises(turn: Fraction) -> str:
    # rounded up, by less than 1%: at the number that is said, the new level holds
    scale = _scale(turn)
    return f"rises to {_shown(math.ceil(turn * scale), scale)} per 10,000"


def _falls(turn: Fraction) -> str:
    # at the turn itself the level has not changed yet
    scale = _scale(turn)
    whole = math.floor(turn * scale)
    verb = "falls below" if whole == turn * scale else "falls to"
    return f"{verb} {_shown(whole, scale)} per 10,000"


def _scale(turn: Fraction) -> int:
    return 100 if turn >= 1 else 10 ** (2 - math.floor(math.log10(turn)))


def _shown(whole: int, scale: int) -> str:
    decimals = len(str(scale)) - 1
    text = f"{whole / scale:.{decimals}f}"
    return text[:-1] if decimals > 2 and text.endswith("0") else text


def _percent(share: Fraction) -> str:
    return f"{math.floor(share * 1000 + Fraction(1, 2)) / 10:g}"


def _held(share: Fraction, wanted: Fraction) -> str:
    # 89.96% must not read as the 90% that it misses
    if share < wanted and _percent(share) == _percent(wanted):
        return f"{math.floor(share * 1000) / 10:g}"
    return _percent(share)


def _number(value: float) -> str:
    return f"{float(value):g}"


def _list(names: Sequence[str]) -> str:
    shown = list(names[:NAMED])
    if len(names) > NAMED:
        more = len(names) - NAMED
        return f"{', '.join(shown)} and {more} {'other' if more == 1 else 'others'}"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
