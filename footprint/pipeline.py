"""The whole way through: the only module that knows the order, and the only one that writes."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.resources
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from footprint import (
    adjacency,
    alignment,
    checks,
    fairness,
    footprints,
    garbage,
    neighbourhoods,
    patch,
    postcode_districts,
    profile,
    proposal,
    record,
    settings,
    sharing,
)
from footprint.allocation.audit import audit
from footprint.errors import Fault, InputError
from footprint.maps import page as map_page
from footprint.maps.tiles import Tiles
from footprint.progress import STAGES, Step
from footprint.report import (
    briefings,
    csvs,
    findings,
    pages,
    shared,
    sketcher,
    stills,
    stories,
    tables,
    workbook,
)
from footprint.report.beside import Beside
from footprint.report.content import Content, ServiceStory
from footprint.writing import aside, swap, text, tried


@dataclass(frozen=True)
class Run:
    """
    What a run found and wrote.

    ``page`` is the page to open first, ``findings`` the run in a few sentences, ``flagged`` the
    codes of flagged PCNs, ``outputs`` every file written, relative to ``out``.
    """

    out: Path
    page: Path
    findings: tuple[str, ...]
    flagged: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True)
class Survey:
    """The patch as it stands: what is known of it before anything is proposed."""

    patch: patch.Patch
    footprints: footprints.Footprints
    edges: pd.DataFrame
    ground: checks.Ground
    checked: checks.Checked
    tables: Mapping[str, pd.DataFrame]
    layers: Mapping[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Proposed:
    """How teams line up with PCNs, and what is proposed."""

    alignment: pd.DataFrame
    proposal: proposal.Proposal


@dataclass(frozen=True)
class Analysis:
    """Every result of the stages, before anything is written."""

    patch: patch.Patch
    footprints: footprints.Footprints
    edges: pd.DataFrame
    checked: checks.Checked
    alignment: pd.DataFrame
    proposal: proposal.Proposal
    tables: Mapping[str, pd.DataFrame]
    layers: Mapping[str, gpd.GeoDataFrame]
    solver: Mapping[str, Mapping[str, Any]]
    audit: Mapping[str, Any]


def embedded() -> Path:
    """Patch file of the fictional patch that comes with footprint."""
    return Path(str(importlib.resources.files("footprint.data").joinpath("patch.toml")))


@garbage.seldom()
def analyse(
    patch_file: Path | None = None,
    *,
    out: Path,
    share: int | None = None,
    tiles: Tiles | None = None,
    systems: Sequence[str] = (),
    step: Step = lambda stage: None,
    second: Beside | None = None,
) -> Run:
    """
    Analyse a patch and write everything into a folder.

    Parameters
    ----------
    patch_file
        A patch file (TOML); the fictional patch when None.
    out
        Folder to write into, made where it is not there. Files of an earlier run are replaced
        only when all of this run's are ready; what is not ours stays.
    share
        For a version to share the threshold below which counts of patients and staff are not
        shown; everything is shown when None.
    tiles
        The server of a background map for the map's page; without it no page needs a network.
    systems
        Codes of the ICBs whose flagged PCNs have a page in the report of a large patch.
    step
        Told each stage as it begins.
    second
        The process that works beside this one, where it has been started; else one is.

    Returns
    -------
    run
        What was found and written.

    Raises
    ------
    InputError
        When the input cannot be used; then nothing is written.
    """
    began = time.perf_counter()
    if out.exists() and not out.is_dir():
        raise InputError([Fault("--out", f"a file: {out}", "a folder")])
    step(STAGES[0])
    given = settings.load(patch_file if patch_file is not None else embedded())
    tried(out)
    with Beside() if second is None else contextlib.nullcontext(second) as beside:
        surveyed = survey(given, systems=systems, step=step)
        shown = _content(surveyed.patch, surveyed.tables, surveyed.layers, patch_file is None)
        shown = dataclasses.replace(
            shown, briefings=briefings.checked(systems, surveyed.patch.pcns)
        )
        # the second core draws: the patch as it stands while staff are allocated here, then the
        # services while the allocation is audited
        with aside(out) as folder, contextlib.closing(beside):
            if share is None:
                beside.ask(shown, folder, sketcher.works(shown))
            proposed = propose(surveyed, step=step)
            if share is None:
                shown = _with_services(shown, proposed.proposal)
                beside.ask(shown, folder, sketcher.works(shown))
            result = conclude(surveyed, proposed, step=step)
            if share is not None:
                result = to_share(result, share)
            content = describe(result, illustrative=patch_file is None, share=share)
            content = dataclasses.replace(content, briefings=shown.briefings)
            beside.ask(content, folder, sketcher.works(content))
            step(STAGES[7])
            csvs.write(content.tables, folder / "tables")
            workbook.write(content, folder / "footprint.xlsx")
            step(STAGES[8])
            overview = beside.take(["overview"])["overview"]
            text(folder / "index.html", pages.index(content, picture=overview))
            # what the map shows first
            still = beside.take(["verdicts"])["verdicts"]
            text(folder / "map.html", map_page.build(content, still=still, tiles=tiles))
            maps = beside.take(["maps"])["maps"]
            drawn = beside.take(stills.stems(content))
            pictures = {name: still for name, still in drawn.items() if still is not None}
            text(folder / "report.html", pages.report(content, pictures=pictures, maps=maps))
            beside.finish()
            told = record.record(result.patch, result.solver, result.audit, content)
            if share is not None:
                told = shared.record(told, content)
            outputs = swap(out, folder, told, began)
    flagged = content.tables["pcns"].query("verdict == 'flag'")["pcn_code"]
    return Run(
        out=out,
        page=out / "index.html",
        findings=tuple(content.findings),
        flagged=tuple(flagged),
        outputs=outputs,
    )


def study(
    given: settings.Settings,
    *,
    systems: Sequence[str] = (),
    step: Step = lambda stage: None,
) -> Analysis:
    """
    Run every stage of the analysis, in order; nothing is written.

    ``systems`` are codes of ICBs that the patch must have: refused before the long work.
    """
    surveyed = survey(given, systems=systems, step=step)
    return conclude(surveyed, propose(surveyed, step=step), step=step)


def survey(
    given: settings.Settings,
    *,
    systems: Sequence[str] = (),
    step: Step = lambda stage: None,
) -> Survey:
    """Read the files, draw footprints and check them: the first stages of :func:`study`."""
    policy = given.policy
    joined = patch.load(given)
    briefings.checked(systems, joined.pcns)
    step(STAGES[1])
    with ThreadPoolExecutor(max_workers=1) as pool:
        # no figure needs the land around, and shapely keeps no other thread waiting
        around = pool.submit(tables.surroundings, joined)
        drawn = footprints.footprints(joined)
        # the land around too: ways around water may leave the patch
        nearby = pd.concat(
            [joined.small_areas[["geometry"]], joined.surroundings.to_frame("geometry")]
        )
        edges = adjacency.small_area_edges(
            gpd.GeoDataFrame(nearby, crs=joined.small_areas.crs),
            gap_m=policy.adjacency_gap_m,
            border_m=policy.adjacency_border_m,
            crossings=joined.crossings,
        )
        step(STAGES[2])
        ground = checks.prepare(joined, drawn, edges)
        checked = checks.run(ground)
        beside = adjacency.pcn_adjacency(
            edges, drawn.owner, proposal.parts_that_matter(ground, checked)
        )
        written = _surveyed(joined, drawn, checked, beside)
        layers = tables.layers(joined, drawn, checked, written["pcns"], around.result())
    return Survey(
        patch=joined,
        footprints=drawn,
        edges=edges,
        ground=ground,
        checked=checked,
        tables=written,
        layers=layers,
    )


def propose(surveyed: Survey, *, step: Step = lambda stage: None) -> Proposed:
    """Line teams up and allocate staff: the next stages of :func:`study`."""
    joined, drawn = surveyed.patch, surveyed.footprints
    step(STAGES[3])
    overlap = _overlap(joined, drawn)
    step(STAGES[4])
    beside = surveyed.tables["pcn_adjacency"]
    proposed = proposal.propose(joined, drawn, surveyed.edges, beside, overlap, step=step)
    return Proposed(overlap, proposed)


def conclude(surveyed: Survey, proposed: Proposed, *, step: Step = lambda stage: None) -> Analysis:
    """Put all tables together and audit the allocation: the last stages of :func:`study`."""
    joined, drawn, checked = surveyed.patch, surveyed.footprints, surveyed.checked
    overlap, allocated = proposed.alignment, proposed.proposal
    written = _tables(joined, drawn, surveyed.ground, checked, overlap, surveyed.tables, allocated)
    step(STAGES[6])
    solver = {outcome.service_id: outcome.claim for outcome in allocated.outcomes}
    given = joined.settings
    return Analysis(
        patch=joined,
        footprints=drawn,
        edges=surveyed.edges,
        checked=checked,
        alignment=overlap,
        proposal=allocated,
        tables=written,
        layers=surveyed.layers,
        solver=solver,
        audit=audit(written, solver, policy=given.policy, locks=given.locks),
    )


def _overlap(joined: patch.Patch, drawn: footprints.Footprints) -> pd.DataFrame:
    """How teams line up with the patch's PCNs, in patients."""
    mine = joined.pairs[joined.pairs["pcn_code"].isin(drawn.pcns.index)]
    return alignment.align(joined.teams.reset_index(), joined.team_areas, mine)


def _surveyed(
    joined: patch.Patch,
    drawn: footprints.Footprints,
    checked: checks.Checked,
    beside: pd.DataFrame,
) -> dict[str, pd.DataFrame]:
    """Tables of the patch as it stands that maps are drawn from, by name."""
    return {
        "pcns": tables.pcns(joined, drawn, checked),
        "checks": checked.checks,
        "parts": tables.parts(checked),
        "practices": tables.practices(joined, drawn, spread=checked.spread),
        "pcn_adjacency": beside,
    }


def _tables(
    joined: patch.Patch,
    drawn: footprints.Footprints,
    ground: checks.Ground,
    checked: checks.Checked,
    overlap: pd.DataFrame,
    surveyed: Mapping[str, pd.DataFrame],
    proposed: proposal.Proposal,
) -> dict[str, pd.DataFrame]:
    """Every table that is written, by name; ``surveyed`` from :func:`_surveyed`."""
    reach = joined.settings.policy.alignment_reach
    return {
        **surveyed,
        "small_areas": tables.small_areas(drawn),
        "readings": footprints.own_reading(joined, drawn),
        "unplaced": joined.unplaced,
        "alignment": overlap.drop(columns="rule"),
        "pcn_alignment": alignment.pcn_alignment(overlap, reach=reach),
        "team_alignment": alignment.team_alignment(
            overlap, joined.teams.reset_index(), reach=reach
        ),
        "alignment_summary": alignment.alignment_summary(overlap),
        "profile": profile.profile(ground, checked.distances),
        **(
            {"postcode_districts": postcode_districts.districts(joined)}
            if "postcodes" in joined.tables
            else {}
        ),
        **proposed.tables,
        "fairness": fairness.fairness(
            joined,
            drawn,
            proposed.times,
            proposed.tables["allocation"],
            proposed.tables["demand"],
        ),
        "neighbourhoods": neighbourhoods.neighbourhoods(joined, proposed.tables["allocation"]),
    }


def to_share(result: Analysis, threshold: int) -> Analysis:
    """
    Return the same findings with counts that may be shared.

    Parameters
    ----------
    result
        From :func:`study`.
    threshold
        Counts of patients and staff above 0 and below it are replaced by stand-ins below it.
    """
    joined = sharing.counted(result.patch, threshold)
    drawn = footprints.restated(result.footprints, joined)
    ground = checks.prepare(joined, drawn, result.edges)
    again = checks.run(ground, spread=result.checked.spread)
    checked = sharing.judged(result.checked, again)
    overlap = _overlap(joined, drawn)
    staff = sharing.staffed(result.proposal, result.patch, joined, drawn, overlap, threshold)
    surveyed = _surveyed(joined, drawn, checked, result.tables["pcn_adjacency"])
    written = {
        **_tables(joined, drawn, ground, checked, overlap, surveyed, staff.proposal),
        "readings": sharing.readings(joined, result.tables["readings"]),
        "neighbourhoods": sharing.together(joined, staff),
    }
    return dataclasses.replace(
        result,
        patch=joined,
        footprints=drawn,
        checked=checked,
        alignment=overlap,
        proposal=staff.proposal,
        tables=written,
        layers=tables.layers(
            joined, drawn, checked, written["pcns"], result.layers["surroundings"]
        ),
        audit=shared.audit(result.audit),
    )


def describe(result: Analysis, *, illustrative: bool = False, share: int | None = None) -> Content:
    """
    Put an analysis into the words and frames that every output is drawn from.

    ``share`` is the threshold of a version to share: then nothing but what may be shown of the
    analysis, which is one of :func:`to_share`, is in what is returned.
    """
    joined = result.patch
    told: Sequence[ServiceStory] = stories.stories(result.proposal)
    if share is not None:
        told = shared.stories(told, result.tables, share)
    made = dataclasses.replace(
        _content(joined, result.tables, result.layers, illustrative),
        services=told,
        findings=findings.findings(joined, result.tables, told, result.audit),
        notes=findings.notes(joined, result.footprints, result.tables, illustrative=illustrative),
        audit=result.audit,
    )
    return made if share is None else shared.content(made, share)


def _content(
    joined: patch.Patch,
    written: Mapping[str, pd.DataFrame],
    layers: Mapping[str, gpd.GeoDataFrame],
    illustrative: bool,
) -> Content:
    """What needs no proposal of what is shown."""
    return Content(
        name=joined.settings.name,
        date=joined.date,
        words=joined.words,
        tables=written,
        layers=layers,
        counts=joined.counts,
        sources=[
            (key, file.path.name, f"{file.what}, {file.rows:,} rows")
            for key, table in joined.tables.items()
            for file in table.files
        ],
        attribution="" if illustrative else findings.ATTRIBUTION,
        illustrative=illustrative,
        digest=record.digest(joined),
        settings=record.shown(joined.settings),
    )


def _with_services(content: Content, proposed: proposal.Proposal) -> Content:
    """Add what is proposed to what is shown."""
    return dataclasses.replace(
        content,
        tables={**content.tables, **proposed.tables},
        services=stories.stories(proposed),
    )
