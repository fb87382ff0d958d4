"""What the sentences of every level share: numbers, lists, staff, travel, cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from footprint.allocation.problem import COST_SCALE, IntArray, Problem

Names = Mapping[str, str]

#: as many names as a sentence gives before it counts the rest
NAMED = 6


def wte(hundredths: int) -> str:
    """Write hundredths as "12.3 WTE"; below 1 WTE both decimals count."""
    decimals = 2 if 0 < hundredths < 100 else 1
    return f"{hundredths / 100:,.{decimals}f} WTE"


def listed(names: Iterable[str], *, comma: bool = False) -> str:
    """
    Join names as a sentence does: "a, b and c"; a long list is cut with a count.

    ``comma`` joins clauses instead: all of them, with a comma before the last.
    """
    every = list(names)
    if len(every) > NAMED + 1 and not comma:
        every = [*every[:NAMED], f"{len(every) - NAMED:,} more"]
    last = ", and " if comma else " and "
    return last.join([", ".join(every[:-1]), every[-1]] if len(every) > 1 else every)


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number with its noun: "1 PCN", "1,204 patients"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def names_of(codes: Sequence[str], positions: Iterable[int], names: Mapping[str, str]) -> str:
    """List what stands at ``positions`` of ``codes`` by name; the code where there is no name."""
    return listed(names.get(codes[at], codes[at]) for at in positions)


def compared(cost: int, today: int) -> str:
    """Say how a cost stands to that of no change: "12% below no change"."""
    if cost == today:
        return "the same as no change"
    share = 100 * abs(cost - today) / max(today, 1)
    shown = f"{share:.0f}%" if share >= 1 else "less than 1%"
    return f"{shown} {'below' if cost < today else 'above'} no change"


def verdict(status: str) -> str:
    """Say what a status means for the reader."""
    if status == "proven best":
        return "Proven best: under these rules no other arrangement costs less."
    if status == "best found":
        return "Best found: a better arrangement may exist."
    if status.startswith("within"):
        return f"{status[0].upper()}{status[1:]}: no arrangement can be cheaper by more than that."
    return ""


@dataclass(frozen=True)
class Story:
    """
    One service in words.

    Parameters
    ----------
    headline
        One paragraph: what changes, for how much staff and how many patients, at what cost, and
        how sure that is the best.
    sentences
        What else a planner must know: groups, moves, shortages and why, travel beyond the limit,
        teams without work.
    reasons
        Why posts stay empty, by PCN code; only PCNs where any do.
    """

    headline: str
    sentences: tuple[str, ...]
    reasons: Mapping[str, str]


def share(part: int, whole: int) -> str:
    """Write part of whole as a percentage."""
    percent = 100 * part / max(whole, 1)
    return f"{percent:.0f}%" if percent >= 1 else "less than 1%"


def staff(problem: Problem) -> str:
    """Say what a service needs and has."""
    need, has = int(problem.demand.sum()), int(problem.supply.sum())
    return f"{problem.service_name}: {wte(need)} needed, {wte(has)} in post."


def unfilled(after: int, before: int) -> str:
    """Say how much need stays without staff, beside today's."""
    if not after and not before:
        return "All need is filled, as today."
    lead = f"{wte(after)} of the need stay unfilled" if after else "All need is filled"
    return f"{lead} (today {wte(before)} unfilled)." if after != before else f"{lead}, as today."


def travel(problem: Problem, assigned: IntArray, today: IntArray) -> str:
    """Say how far staff work from their base on average, beside today's."""
    after, before = (_average(problem, placed) for placed in (assigned, today))
    if after is None:
        return ""
    beside = "" if before is None else f" (today {before:.0f})"
    minutes = f"minutes{marked(problem)}"
    return f"Staff work {after:.0f} {minutes} from their base on average{beside}."


def marked(problem: Problem) -> str:
    """Return what stands behind the word minutes: " (estimate)" where they are one."""
    return f" ({problem.basis})" if problem.basis else ""


def _average(problem: Problem, placed: IntArray) -> float | None:
    road = np.isfinite(problem.minutes)
    there = np.where(road, placed, 0)
    if not there.sum():
        return None
    return float((there * np.where(road, problem.minutes, 0)).sum() / there.sum())


def price(cost: int, today: int) -> str:
    """Say what an arrangement costs beside no change; units of cost in."""
    return (
        f"Travel, moves and unfilled need weigh {cost / COST_SCALE:,.0f} minutes x WTE together, "
        f"{compared(cost, today)} ({today / COST_SCALE:,.0f})."
    )


def beyond(problem: Problem, assigned: IntArray, teams: Names, pcns: Names) -> list[str]:
    """Say who works farther from base than the limit: one sentence, none where nobody does."""
    far = np.isfinite(problem.minutes) & (problem.minutes > problem.max_minutes) & (assigned > 0)
    if not far.any():
        return []
    told = []
    staff = np.where(far, assigned, 0).sum(axis=1)
    some = np.flatnonzero(staff)
    if len(some) > NAMED + 1:
        # those with most staff beyond, in order of code
        some = np.sort(np.argsort(-staff, kind="stable")[:NAMED])
    for t in some:
        where = sorted(np.flatnonzero(far[t]), key=lambda p: (-problem.minutes[t, p], p))
        places = listed(
            f"{names_of(problem.pcns, [int(p)], pcns)}"
            f" ({_over(float(problem.minutes[t, p]), problem.max_minutes)} minutes"
            f"{f', {problem.basis}' if problem.basis else ''})"
            for p in where
        )
        told.append(f"{names_of(problem.teams, [int(t)], teams)} at {places}")
    if len(some) < int((staff > 0).sum()):
        told.append(f"{int((staff > 0).sum()) - len(some):,} more teams")
    amount = wte(int(assigned[far].sum()))
    return [
        f"{amount} work beyond the limit of {problem.max_minutes:g} minutes: {'; '.join(told)}."
    ]


def _over(minutes: float, limit: float) -> str:
    # 40.3 minutes must not read as the 40 that they are beyond
    return f"{minutes:.0f}" if round(minutes) > limit else f"{minutes:.1f}"


def spare(problem: Problem, surplus: IntArray, teams: Names) -> list[str]:
    """Say which teams have more staff than is needed of them: one sentence or none."""
    idle = np.flatnonzero(surplus)
    if not len(idle):
        return []
    told = (f"{names_of(problem.teams, [int(t)], teams)} {wte(int(surplus[t]))}" for t in idle)
    return [f"More staff than is needed of them: {listed(told)}."]
