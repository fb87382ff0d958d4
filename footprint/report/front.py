"""What the first page says, and what both pages say of the data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from footprint.report import columns, palette, views
from footprint.report.cells import Cell, Figure, Head, Table, count, flat, listed, plural, total_of
from footprint.report.content import Content
from footprint.report.names import short
from footprint.report.shell import decimal, thousands


@dataclass(frozen=True)
class Tag:
    """A flag as a tag: name of the check and look of its severity."""

    key: str
    mark: str
    label: str


@dataclass(frozen=True)
class Ranked:
    """One flagged PCN of the list on the first page."""

    rank: int
    name: str
    href: str
    people: str
    sentence: str
    tags: Sequence[Tag] = field(default_factory=tuple)


# -- the patch -----------------------------------------------------------------------------------


def lede(content: Content) -> str:
    """Return the patch in one sentence."""
    pcns = views.table(content, "pcns")
    people = total_of(pcns, "list_size")
    flags = len(views.flagged(content))
    start = (
        f"{count(len(pcns), 'Primary Care Network')} with {thousands(people)} registered patients"
    )
    if not len(pcns):
        return "No Primary Care Network lies in this patch."
    if len(pcns) == 1:
        return f"{start}; {'it deserves a second look' if flags else 'no check flags it'}."
    if not flags:
        return f"{start}; no check flags any of them."
    verb = "deserves" if flags == 1 else "deserve"
    return f"{start}; {flags:,} of them {verb} a second look."


def figures(content: Content) -> list[Figure]:
    """Return the five figures of the first page."""
    pcns = views.table(content, "pcns")
    flags = len(views.flagged(content))
    found = [
        Figure(thousands(len(pcns)), plural(len(pcns), "PCN", "PCNs")),
        Figure(thousands(total_of(pcns, "list_size")), "registered patients"),
        Figure(
            thousands(flags),
            plural(flags, "PCN flagged", "PCNs flagged"),
            "by at least one check",
            warn=flags > 0,
        ),
    ]
    several, name = _most_split(content)
    if several is not None:
        found.append(
            Figure(
                thousands(several),
                plural(several, "PCN has", "PCNs have") + " several teams",
                f"today, for {name}",
            )
        )
    staffed = [story for story in content.services if story.staffed]
    missing = sum(story.vacancy_wte for story in staffed)
    need = sum(story.demand_wte for story in staffed)
    if staffed and np.isnan(missing):
        # a shared version does not say what is missing
        found.append(Figure(decimal(need), "WTE needed", "of services with teams"))
    elif staffed:
        found.append(
            Figure(
                decimal(missing),
                "WTE short",
                f"of {decimal(need)} WTE of need" if need else "",
                warn=missing >= 0.05,
            )
        )
    elif content.counts:
        lost = thousands(content.counts.get("unplaced", 0))
        where = _of_what(content) if _part(content) else ""
        found.append(Figure(lost, "patients unplaced", where))
    return found


def _most_split(content: Content) -> tuple[int | None, str]:
    """PCNs into which more than one team works, for the service where that is so for most."""
    frame = views.table(content, "pcn_alignment")
    if frame.empty:
        return None, ""
    split = frame[columns.numbers(frame["teams_95"]) > 1].groupby("service_id").size()
    best: tuple[int, str] = (-1, "")
    for story in content.services:
        number = int(split.get(story.service_id, 0))
        if story.staffed and number > best[0]:
            best = (number, story.service_name)
    return (best[0], best[1]) if best[0] >= 0 else (None, "")


def overview_says(content: Content) -> str:
    """Return the text alternative of the small map."""
    found = views.flagged(content)
    if found.empty:
        return f"Map of {content.name}: no PCN is flagged."
    named = ", ".join(f"{row.rank} {short(row.pcn_name)}" for row in views.rows(found.head(12)))
    return f"Map of {content.name} with its flagged PCNs: {named}."


def overview_caption(content: Content) -> str:
    """Return the caption of the small map."""
    found = views.flagged(content)
    if found.empty:
        return "Footprints of the PCNs: where their registered patients live."
    numbers = "The numbers are those of the list below. " if len(found) <= views.MANY_PCNS else ""
    return f"Footprints of the PCNs, coloured by verdict. {numbers}"


def legend(content: Content) -> list[palette.Verdict]:
    """Return the verdicts that occur, from least to most to look at."""
    used = set(views.verdicts(content).values())
    return [each for each in palette.VERDICTS if each in used]


def flagged_says(content: Content) -> str:
    """Return how many PCNs are flagged, and by which checks most."""
    found, total = views.flagged(content), len(views.table(content, "pcns"))
    if found.empty:
        return views.none_flagged(total) if total else "There is no PCN to judge."
    by_check = Counter(str(name) for names in found["checks"] for name in names)
    order = sorted(by_check.items(), key=lambda each: (-each[1], each[0]))
    most = listed([f"{columns.CHECK_NAMES.get(key, key).lower()} ({number:,})"
                  for key, number in order])  # fmt: skip
    verb = plural(len(found), "is", "are")
    return f"{len(found):,} of {count(total, 'PCN')} {verb} flagged, for: {most}."


def findings(content: Content) -> list[str]:
    """Return what the run found but for its flags, the second: the list of them begins so."""
    return [told for k, told in enumerate(content.findings) if k != 1]


def ranked(content: Content, *, where: Mapping[str, str]) -> list[Ranked]:
    """Return the flagged PCNs in order of weight; ``where`` maps codes to links."""
    return [
        Ranked(
            rank=int(row.rank),
            name=str(row.pcn_name),
            href=where.get(row.pcn_code, ""),
            people=f"{thousands(row.list_size)} patients",
            sentence=str(row.sentence),
            tags=tuple(
                _check_tag(name, severity)
                for name, severity in zip(row.checks, row.severities, strict=True)
            ),
        )
        for row in views.rows(views.flagged(content))
    ]


def _check_tag(name: str, severity: str) -> Tag:
    look = palette.verdict_of("flag", severity)
    return Tag(look.key, look.mark, columns.CHECK_NAMES.get(name, name))


def audit_says(content: Content) -> str:
    """Return what the independent audit found, in a sentence."""
    if not content.audit:
        return "No audit was made."
    if content.audit.get("ok"):
        if not any(story.objective is not None for story in content.services):
            return "There is no allocation to audit."
        # of a version to share the tables were made from those that were audited
        which = "tables of the full version" if content.shared else "written tables"
        return (
            f"An independent audit rebuilt the totals, the groups and the costs from the {which} "
            "and agrees with them."
        )
    return (
        "The independent audit does NOT agree with the written tables; do not use the proposal "
        "before run.json has been read."
    )


def patients(content: Content) -> Table:
    """Return where the registered patients are, from the counts."""
    own, part = _own_patients(content), _part(content)
    counts = content.counts
    everybody = {
        "registered": f"Registered, {_of_what(content)}",
        "placed": "Placed in a small area",
        "unplaced": "Not placed",
        "set_aside": "Set aside",
    }
    # of the patch's practices alone: nearly all whom a country's files hold live outside of it
    ours = {
        "outside_patch": "living outside the patch",
        "no_pcn": "with practices in no PCN",
    }
    rows = [
        [Cell(words), Cell(thousands(counts[key]))]
        for key, words in everybody.items()
        if key in counts and (counts[key] != 0 or key in {"registered", "placed"})
    ]
    whose = "of these" if own is not None else "of the patch’s practices"
    mine = [
        [Cell(f"{whose}, {words}"), Cell(thousands(counts[key]))]
        for key, words in ours.items()
        if counts.get(key)
    ]
    if own is None:
        rows += mine
    else:
        # where the patch is all that the files hold, one line says it
        total = [Cell("Registered with the patch’s practices"), Cell(thousands(own))]
        rows = [total, *mine, *(rows if part else rows[1:])]
    note = (
        f"From “{everybody['registered']}” on, the lines count everybody there, of other"
        " patches too."
    )
    heads = [Head("Patients"), Head("Number", num=True)]
    return Table("Where the patients are", heads, rows, note=note if part else "")


def _own_patients(content: Content) -> int | None:
    """How many patients the registrations give the patch's practices; None if not shown."""
    frame = views.table(content, "practices")
    # sums of rounded counts are no counts
    if content.shared or "registered_patients" not in frame or "registered" not in content.counts:
        return None
    return int(total_of(frame, "registered_patients"))


def _part(content: Content) -> bool:
    """Whether the files hold more patients than the patch's, as far as is shown."""
    own = _own_patients(content)
    return own is not None and own != content.counts["registered"]


def _of_what(content: Content) -> str:
    """Of what a count of everybody is; a model keeps only who has to do with the patch."""
    read = {key for key, *_ in content.sources}
    modelled = bool(read) and "registrations" not in read
    return "of the patch’s practices or small areas" if modelled else "in the files read"


def unplaced(content: Content) -> Table | None:
    """Return who could not be placed, by reason; None where everybody was."""
    frame = views.table(content, "unplaced")
    if frame.empty:
        return None
    frame = frame.sort_values(["patients", "reason"], ascending=[False, True])
    rows = [[Cell(str(row.reason)), Cell(thousands(row.patients))] for row in views.rows(frame)]
    # where one of them is not shown, their sum is
    whole = frame["patients"].sum() if frame["patients"].notna().all() else None
    total = ("All of them", thousands(content.counts.get("unplaced") if whole is None else whole))
    where = f"{_of_what(content)} " if _part(content) else ""
    return Table(f"Patients {where}who could not be placed, by reason",
                 [Head("Reason"), Head("Patients", num=True)], rows, total)  # fmt: skip


def settings(content: Content) -> Table:
    """Return the settings in force."""
    rows = [[Cell(key), Cell(told)] for key, told in flat(content.settings)]
    return Table("Settings in force", [Head("Setting"), Head("Value")], rows)


def sources(content: Content) -> Table | None:
    """Return the files that were read."""
    if not content.sources:
        return None
    rows = [[Cell(str(key).replace("_", " ")), Cell(str(file)), Cell(str(taken))]
            for key, file, taken in content.sources]  # fmt: skip
    return Table("Files that were read", [Head("Input"), Head("File"), Head("Taken for")], rows)
