"""Putting files that could serve one key in order, and saying what decided."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from footprint.starter.kinds import OF_AN_AREA
from footprint.starter.recognise import Seen

#: what serves a key: one file, or several that belong together
Files = tuple[Seen, ...]


@dataclass(frozen=True)
class By:
    """
    One thing by which files are put in order.

    ``value`` gives what is compared, the lowest first; ``words`` say what the first has over
    others; where it is a matter of fitness, what comes after is no choice that a planner has.
    """

    value: Callable[[Files], Any]
    words: Callable[[Files], str]
    fitness: bool = False


def ranked(candidates: Iterable[Files], by: Sequence[By]) -> list[Files]:
    """Candidates in order; of those with the same bytes the first."""
    order = sorted(candidates, key=lambda files: tuple(one.value(files) for one in by))
    known: dict[tuple[str, ...], Files] = {}
    for files in order:
        known.setdefault(tuple(map(_content, files)), files)
    return list(known.values())


def _content(one: Seen) -> str:
    return one.content or str(one.path)


def why(chosen: Files, others: Iterable[Files], by: Sequence[By]) -> str:
    """Say in words all that a candidate has over the others, in the order of what decides."""
    level = list(others)
    out = []
    for one in by:
        mine = one.value(chosen)
        worse = [files for files in level if one.value(files) > mine]
        if worse:
            out.append(one.words(chosen))
        level = [files for files in level if one.value(files) == mine]
    return ", ".join(dict.fromkeys(filter(None, out)))


def choices(chosen: Files, others: Iterable[Files], by: Sequence[By]) -> tuple[Files, ...]:
    """Return the candidates that could stand in for the chosen one, in order."""
    mine = {id(one) for one in chosen}
    return tuple(
        files
        for files in others
        if not mine & {id(one) for one in files}
        and all(one.value(files) <= one.value(chosen) for one in by if one.fitness)
    )


def size_of(path: Path) -> int:
    """Bytes of a file, 0 where it is gone."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def alone(seen: Iterable[Seen]) -> list[Files]:
    """Each file as a candidate of its own."""
    return [(one,) for one in seen]


def both_sexes(seen: Iterable[Seen]) -> list[Files]:
    """Files of everybody each alone, and men and women of one date and LSOA together."""
    out: list[Files] = []
    halves: dict[tuple[object, ...], dict[str, list[Seen]]] = {}
    for one in seen:
        if not one.sex:
            out.append((one,))
            continue
        same = (one.date or one.named, one.vintage, tuple(one.kinds))
        halves.setdefault(same, {}).setdefault(one.sex, []).append(one)
    for sexes in halves.values():
        women, men = sexes.get("FEMALE", []), sexes.get("MALE", [])
        pairs = [(f, m) for f in women for m in men if f.path.parent == m.path.parent]
        out += pairs or itertools.islice(itertools.product(women, men), 1)
        if not (women and men):
            # one sex alone cannot be used: the reader will say so
            out += alone([*women, *men])
    return out


def by_folder(seen: Iterable[Seen]) -> list[Files]:
    """Files with headings each alone; those without, a file a postcode area, by folder."""
    out: list[Files] = []
    folders: dict[str, list[Seen]] = {}
    for one in seen:
        if one.kinds["postcodes"] != OF_AN_AREA:
            out.append((one,))
        else:
            folders.setdefault(str(one.path.parent), []).append(one)
    for each in folders.values():
        once = {_content(one): one for one in sorted(each, key=lambda one: str(one.path))}
        out.append(tuple(once.values()))
    return out
