"""The start of a patch: look through folders, choose, lay down; never overwrite."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from footprint import patch, settings
from footprint.errors import Fault, InputError, printable
from footprint.schema import ANALYSIS_CRS, PAGE_CRS
from footprint.starter import lay
from footprint.starter.choice import Choice, Chosen, Note, told
from footprint.starter.choose import choose, short_name
from footprint.starter.look import look
from footprint.words import counted, listed
from footprint.writing import relative

PATCH, README = "patch.toml", "README.md"
#: the trust's own files, laid down where none are found
OWN = {"teams": "teams.csv", "services": "services.csv", "team_areas": "team_areas.csv"}


@dataclass(frozen=True)
class Started:
    """
    A patch that was laid down.

    Parameters
    ----------
    folder
        The folder of the patch.
    written
        Names of the files written into it.
    found
        What was chosen, by key: the path as the patch file has it, and what it is and why.
    missing
        Keys without which the patch cannot be analysed yet.
    illustrative
        Files written that hold illustrative rows.
    notes
        What else there is to say, in sentences.
    looked_at
        Files that were looked at; 0 without folders of downloads.
    """

    folder: Path
    written: tuple[str, ...]
    found: Mapping[str, tuple[str, str]]
    missing: tuple[str, ...]
    illustrative: tuple[str, ...]
    notes: tuple[str, ...]
    looked_at: int


def init(
    folder: str | Path, *, icb: str | None = None, sources: Sequence[str | Path] = ()
) -> Started:
    """
    Lay down a patch to fill in.

    Parameters
    ----------
    folder
        Folder of the patch, made where it is not there.
    icb
        ODS code of the ICB, such as "QNC"; checked against the practice list where one is found.
    sources
        Folders of downloads, looked through for official files and the trust's own.

    Returns
    -------
    started
        What was written and what was found.

    Raises
    ------
    InputError
        A file that would be overwritten, a folder that is none, an ICB that is not there; then
        nothing is written.
    """
    folder = Path(folder)
    places = [Path(source) for source in sources]
    icb = None if icb is None else icb.strip().upper()
    _usable(folder, places, icb)
    # said before anything is read, which takes a while; own files may be found in the folder
    _refuse(folder, [PATCH, README, *(() if places else OWN.values())])

    def show(path: Path) -> str:
        return relative(path.resolve(), folder.resolve())

    found = look(places, show)
    chosen = choose(found.seen, icb=icb, show=show)
    notes = [*found.notes, *chosen.notes]
    name = _name(folder, chosen)
    joined = _joined(folder, name, chosen, notes)
    texts, paths = _texts(name, chosen, joined, notes, show)
    made = [file for file in OWN.values() if file in texts]
    order = [PATCH, README, *made]
    _refuse(folder, order)
    _write(folder, {file: texts[file] for file in order})
    return Started(
        folder=folder,
        written=tuple(order),
        found={
            key: (_shown(paths[key]), chosen.files[key].about)
            for key in settings.INPUT_KEYS
            if key in chosen.files
        },
        missing=tuple(_missing(chosen)),
        illustrative=tuple(made),
        notes=tuple(note.text for note in notes),
        looked_at=found.looked_at,
    )


def _texts(
    name: str,
    chosen: Chosen,
    joined: patch.Patch | None,
    notes: Sequence[Note],
    show: Callable[[Path], str],
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return each file of the patch as text, and the paths filled in by key."""
    example, active = _example(chosen, joined)
    made = {file: key for key, file in OWN.items() if key not in chosen.files}
    own = {
        "teams.csv": lay.teams_csv(example),
        "services.csv": lay.services_csv(example),
        "team_areas.csv": lay.team_areas_csv(example),
    }
    texts = {file: own[file] for file in made}
    paths = {key: tuple(map(show, choice.paths)) for key, choice in chosen.files.items()}
    about = {key: choice.about for key, choice in chosen.files.items()}
    others = {key: _others(choice, show) for key, choice in chosen.files.items()}
    rows = [(f"`{PATCH}`", "which files, which area, which thresholds", "read it, fill it in")]
    for file, key in made.items():
        rows.append((f"`{file}`", lay.KEYS[key][0], "made up: replace its rows"))
        if key in active:
            paths[key] = (file,)
            about[key] = "illustrative rows, to be replaced by your own"
    for key in settings.INPUT_KEYS:
        if key in chosen.files:
            shown = _shown(paths[key], "`")
            rows.append((shown, chosen.files[key].what, "found in the downloads"))
    remarks = tuple((note.key, note.text) for note in notes)
    texts[PATCH] = lay.patch_toml(
        name,
        lay.Filled(paths, about, others, remarks),
        icb=chosen.icb,
        icbs=chosen.icbs,
        commissioners=chosen.commissioners,
    )
    texts[README] = lay.readme(name, rows, tuple(made), _missing(chosen))
    return texts, paths


def _shown(paths: Sequence[str], mark: str = "") -> str:
    """Name the files of a key in little room."""
    named = [f"{mark}{path}{mark}" for path in paths]
    return listed(named, 2) if len(named) < 3 else listed(named, 1)


def _others(choice: Choice, show: Callable[[Path], str]) -> tuple[str, ...]:
    """What else could have been chosen, with its date or vintage."""
    out = []
    for files in choice.others:
        said = ", ".join(told(files))
        shown = _shown([show(one.path) for one in files])
        out.append(f"{shown} ({said})" if said else shown)
    return tuple(out)


def _usable(folder: Path, places: Sequence[Path], icb: str | None) -> None:
    faults = []
    if _exists(folder) and not folder.is_dir():
        faults.append(Fault(str(folder), "a file", "a folder to lay the patch down in"))
    faults += [
        Fault(
            f"--from {place}",
            "a file" if _exists(place) else "no such folder",
            "a folder of downloads; nothing was written",
        )
        for place in places
        if not (_exists(place) and place.is_dir())
    ]
    if icb is not None and not re.fullmatch(r"[A-Z0-9]{3,9}", icb):
        faults.append(Fault("--icb", repr(icb), "an ICB's code, such as QNC"))
    if faults:
        raise InputError(faults)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _refuse(folder: Path, files: Sequence[str]) -> None:
    """Raise where a file is there that would be overwritten."""
    there = [file for file in files if os.path.lexists(folder / file)]
    if there:
        raise InputError(
            [
                Fault(
                    str(folder),
                    f"{listed(there)}, already there",
                    "a folder without: nothing is overwritten, and nothing was written",
                )
            ]
        )


def _name(folder: Path, chosen: Chosen) -> str:
    said = dict(chosen.icbs).get(chosen.icb or "", "")
    return lay.one_line(short_name(said) or folder.resolve().name) or "New patch"


def _missing(chosen: Chosen) -> list[str]:
    have = set(chosen.files)
    out = [key for key in ("practices", "small_areas") if key not in have]
    if not have & {"list_sizes", "registrations"}:
        out.append("list_sizes or registrations")
    if chosen.icb and "small_area_lookup" not in have:
        out.append("small_area_lookup")
    if not have & {"locations", "postcodes"}:
        out.append("locations or postcodes")
    return out


def _joined(folder: Path, name: str, chosen: Chosen, notes: list[Note]) -> patch.Patch | None:
    """Join what was chosen, to have PCNs and small areas that are there; None where it fails."""
    files = {key: choice for key, choice in chosen.files.items() if choice.table is not None}
    if _missing(dataclasses.replace(chosen, files=files)):
        return None
    if not {"teams", "services"} <= set(files):
        files = {key: choice for key, choice in files.items() if key not in OWN}
    given = settings.Settings(
        name=name,
        inputs={key: choice.paths for key, choice in files.items()},
        scope=settings.Scope(icb=chosen.icb),
        file=folder / PATCH,
    )
    tables = {key: choice.table for key, choice in files.items() if choice.table is not None}
    try:
        return patch.join(given, tables)
    except InputError as error:
        number = counted(len(error.faults), "fault")
        text = f"The files do not go together yet ({number}): {error.faults[0]}."
        notes.append(Note(f"{text} footprint check tells all."))
        return None


def _example(chosen: Chosen, joined: patch.Patch | None) -> tuple[lay.Example, set[str]]:
    """Return what the illustrative rows refer to, and the keys whose files can be used at once."""
    example = lay.Example()
    teams, services = chosen.files.get("teams"), chosen.files.get("services")
    if teams is not None and teams.table is not None:
        names = tuple(sorted(set(teams.table.frame["service_id"])))
        first = str(min(teams.table.frame["team_id"]))
        example = dataclasses.replace(example, services=names, team_id=first)
    elif services is not None and services.table is not None:
        names = tuple(services.table.frame["service_id"])
        example = dataclasses.replace(example, services=names)
    if teams is not None:
        # an illustrative area would take the place of what the team really serves
        return example, {"services"}
    if joined is None:
        return example, set()
    mine = joined.pcns.index[joined.pcns["in_patch"]]
    pairs = joined.pairs[joined.pairs["small_area_code"].isin(joined.small_areas.index)]
    pairs = pairs[pairs["pcn_code"].isin(mine)].sort_values(
        ["pcn_code", "patients", "small_area_code"], ascending=[True, False, True]
    )
    if pairs.empty:
        return example, set()
    code, area = pairs[["pcn_code", "small_area_code"]].iloc[0]
    latitude, longitude = _base(joined, code, area)
    example = dataclasses.replace(
        example, pcn_code=code, small_area_code=area, latitude=latitude, longitude=longitude
    )
    return example, set(OWN)


def _base(joined: patch.Patch, pcn_code: str, small_area_code: str) -> tuple[str, str]:
    """Latitude and longitude of the PCN's largest practice, else of the small area."""
    place = joined.practices[joined.practices["pcn_code"] == pcn_code]
    place = place[place.geometry.notna()].sort_values("list_size", ascending=False, kind="stable")
    if len(place):
        points = place.geometry.iloc[:1]
    else:
        centre = joined.centres.loc[[small_area_code]]
        points = gpd.GeoSeries.from_xy(centre["x"], centre["y"], crs=ANALYSIS_CRS)
    point = points.to_crs(PAGE_CRS).iloc[0]
    return f"{point.y:.5f}", f"{point.x:.5f}"


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write new files, all or none of them."""
    done: list[Path] = []
    # folders that are made for it, the innermost first
    made = [path for path in (folder, *folder.parents) if not _exists(path)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                done.append(folder / name)
                file.write(text)
    except (OSError, UnicodeError) as error:
        for path in done:
            path.unlink(missing_ok=True)
        for path in made:
            with contextlib.suppress(OSError):
                path.rmdir()
        found = getattr(error, "strerror", None) or str(error)
        raise InputError([Fault(str(folder), found, "a folder to write into")]) from None


def text(started: Started) -> str:
    """Write what was laid down, what was found, what is missing and what to do next."""
    lines = [f"Laid down in {started.folder}: {listed(list(started.written))}."]
    if started.looked_at:
        lines += ["", f"Found among {counted(started.looked_at, 'file')}:"]
        wide = max((len(key) for key in started.found), default=0)
        for key, (path, about) in started.found.items():
            lines += [f"  {key:<{wide}}  {path}", f"  {'':<{wide}}    {about}"]
        if not started.found:
            lines.append("  nothing that footprint reads")
    if started.notes:
        lines += ["", "Worth knowing"]
        lines += [f"  - {note}" for note in started.notes]
    if started.missing:
        lines += ["", f"Still needed, to be filled in by hand in {PATCH}:"]
        lines += [f"  - {key}" for key in started.missing]
    if started.illustrative:
        lines += ["", f"Illustrative, to be replaced: {listed(list(started.illustrative))}."]
    lines += ["", f"Next: footprint check {started.folder / PATCH}"]
    clean = [printable(line) for line in lines]
    return "\n".join(line.encode("utf-8", "replace").decode().rstrip() for line in clean)
