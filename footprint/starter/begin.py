"""The start of a patch: look through folders, choose, lay down; never overwrite."""

from __future__ import annotations

import dataclasses
import os
import re
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from footprint import patch, settings
from footprint.errors import Fault, InputError, printable
from footprint.schema import ANALYSIS_CRS, PAGE_CRS
from footprint.starter import lay
from footprint.starter.choose import Chosen, choose
from footprint.starter.recognise import Seen, recognise
from footprint.words import counted, listed, proper

#: folders below a folder of downloads that are looked into
DEPTH = 5
#: files that are looked at
MOST_FILES = 5_000

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
    seen, looked_at, notes = _look(places)
    chosen = choose(seen, icb=icb)
    notes += chosen.notes
    name = _name(folder, chosen)
    joined = _joined(folder, name, chosen, notes)
    example, active = _example(chosen, joined)
    made = {file: key for key, file in OWN.items() if key not in chosen.files}
    texts = {
        "teams.csv": lay.teams_csv(example),
        "services.csv": lay.services_csv(example),
        "team_areas.csv": lay.team_areas_csv(example),
    }
    texts = {file: text for file, text in texts.items() if file in made}
    paths = {key: _relative(choice.seen.path, folder) for key, choice in chosen.files.items()}
    about = {key: choice.about for key, choice in chosen.files.items()}
    for file, key in made.items():
        if key in active:
            paths[key] = file
            about[key] = "illustrative rows, to be replaced by your own"
    texts[PATCH] = lay.patch_toml(name, paths, about, icb=chosen.icb, icbs=chosen.icbs, notes=notes)
    rows = [(f"`{PATCH}`", "which files, which area, which thresholds", "to fill in")]
    rows += [(f"`{file}`", lay.KEYS[key][0], "illustrative") for file, key in made.items()]
    found = [key for key in settings.INPUT_KEYS if key in chosen.files]
    rows += [(f"`{paths[key]}`", chosen.files[key].what, "found") for key in found]
    illustrative = tuple(made)
    texts[README] = lay.readme(name, rows, illustrative)
    order = [PATCH, README, *OWN.values()]
    written = [file for file in order if file in texts]
    _refuse(folder, written)
    _write(folder, {file: texts[file] for file in written})
    return Started(
        folder=folder,
        written=tuple(written),
        found={key: (paths[key], chosen.files[key].about) for key in found},
        missing=tuple(_missing(chosen)),
        illustrative=illustrative,
        notes=tuple(notes),
        looked_at=looked_at,
    )


def _usable(folder: Path, places: Sequence[Path], icb: str | None) -> None:
    faults = []
    if _exists(folder) and not folder.is_dir():
        faults.append(Fault(str(folder), "a file", "a folder to lay the patch down in"))
    faults += [
        Fault(f"--from {place}", "no such folder", "a folder of downloads")
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


def _look(places: Sequence[Path]) -> tuple[list[Seen], int, list[str]]:
    """Recognise the files of folders: what was recognised, files looked at, notes."""
    seen: list[Seen] = []
    met: set[Path] = set()
    notes: list[str] = []
    for path in _files(places):
        # the same file by two ways is one file
        real = path.resolve()
        if real in met:
            continue
        if len(met) == MOST_FILES:
            notes.append(f"Only the first {MOST_FILES:,} files were looked at.")
            break
        met.add(real)
        found = recognise(path)
        if found is not None:
            seen.append(found)
    return seen, len(met), notes


def _files(places: Sequence[Path]) -> Iterator[Path]:
    for place in places:
        for parent, folders, files in os.walk(place):
            here = Path(parent)
            if len(here.relative_to(place).parts) >= DEPTH:
                folders.clear()
            # what footprint wrote is no download
            if "run.json" in files and "tables" in folders:
                folders.clear()
                continue
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in sorted(files):
                path = here / name
                if not name.startswith(".") and _regular(path):
                    yield path


def _regular(path: Path) -> bool:
    try:
        str(path).encode("utf-8")
        return stat.S_ISREG(path.stat().st_mode)
    except (OSError, UnicodeEncodeError):
        return False


def _name(folder: Path, chosen: Chosen) -> str:
    said = dict(chosen.icbs).get(chosen.icb or "", "")
    said = re.sub(r"^NHS | (integrated care board|icb)$", "", said.strip(), flags=re.IGNORECASE)
    return lay.one_line(proper(said.strip()) or folder.resolve().name) or "New patch"


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


def _joined(folder: Path, name: str, chosen: Chosen, notes: list[str]) -> patch.Patch | None:
    """Join what was chosen, to have PCNs and small areas that are there; None where it fails."""
    files = {key: choice for key, choice in chosen.files.items() if choice.table is not None}
    if _missing(dataclasses.replace(chosen, files=files)):
        return None
    if not {"teams", "services"} <= set(files):
        files = {key: choice for key, choice in files.items() if key not in OWN}
    given = settings.Settings(
        name=name,
        inputs={key: choice.seen.path for key, choice in files.items()},
        scope=settings.Scope(icb=chosen.icb),
        file=folder / PATCH,
    )
    tables = {key: choice.table for key, choice in files.items() if choice.table is not None}
    try:
        return patch.join(given, tables)
    except InputError as error:
        notes.append(
            f"The files do not go together yet ({counted(len(error.faults), 'fault')}):"
            f" {error.faults[0]}. footprint check tells all."
        )
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


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
    except ValueError:
        # another drive
        return path.resolve().as_posix()


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    """Write new files, all or none of them."""
    done: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            with (folder / name).open("x", encoding="utf-8", newline="\n") as file:
                done.append(folder / name)
                file.write(text)
    except (OSError, UnicodeError) as error:
        for path in done:
            path.unlink(missing_ok=True)
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
        lines += ["", f"Still to fill in in {PATCH}: {listed(list(started.missing))}."]
    if started.illustrative:
        lines += ["", f"Illustrative, to be replaced: {listed(list(started.illustrative))}."]
    lines += ["", f"Next: footprint check {started.folder / PATCH}"]
    clean = [printable(line) for line in lines]
    return "\n".join(line.encode("utf-8", "replace").decode().rstrip() for line in clean)
