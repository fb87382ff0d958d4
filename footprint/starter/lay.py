"""The files of a new patch as text: patch.toml, the trust's own tables, a page to read."""

from __future__ import annotations

import csv
import io
import json
import re
import string
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources

from footprint.errors import printable
from footprint.settings import INPUT_KEYS
from footprint.words import listed

#: characters of a line of comment
WIDTH = 100
#: files not chosen that are named
MOST_OTHERS = 3

TEAMS = (
    "team_id team_name service_id base_name base_postcode latitude longitude wte pcn_codes".split()
)
SERVICES = (
    "service_id service_name demand_driver wte_per_10000 min_team_wte min_population"
    " max_travel_minutes level max_population"
).split()
TEAM_AREAS = ["LSOA_CODE", "team_id"]

#: each key of [inputs]: what it holds, and what such a file is called
KEYS: Mapping[str, tuple[str, str]] = {
    "practices": (
        "Needed: which practice is in which PCN, commissioner and ICB",
        "gp-reg-pat-prac-map.csv",
    ),
    "list_sizes": (
        "This or registrations is needed: registered patients by practice",
        "gp-reg-pat-prac-all.csv",
    ),
    "weighted_lists": ("Lists weighted for need", "weighted_lists.csv"),
    "locations": (
        "This or postcodes: where practices are (latitude and longitude, or easting and northing)",
        "practice_locations.csv",
    ),
    "postcodes": ("Where postcodes are: Code-Point Open, ONSPD or NSPL", "codepo_gb.zip"),
    "sites": ("Branch surgeries and where they are", "sites.csv"),
    "registrations": (
        "Where patients live: by practice and LSOA; modelled from list sizes without it",
        "gp-reg-pat-prac-lsoa-all.csv",
    ),
    "small_areas": ("Needed: boundaries of LSOAs, of the registrations' LSOA", "lsoa21.gpkg"),
    "small_area_lookup": (
        "Needed unless the patch is everything: which ICB and commissioner an LSOA is in",
        "lsoa21_to_icb.csv",
    ),
    "vintage_lookup": (
        "LSOA 2011 to 2021, where registrations and boundaries are not of one vintage",
        "lsoa11_to_lsoa21.csv",
    ),
    "rural_urban": ("Which LSOAs are rural", "ruc21.csv"),
    "populations": ("People by LSOA, where patients have to be modelled", "populations.csv"),
    "ages": ("Patients by practice and age", "gp-reg-pat-prac-quin-age.csv"),
    "deprivation": ("Index of Multiple Deprivation by LSOA", "imd2025.csv"),
    "attributes": ("Any columns of your own by PCN", "attributes.csv"),
    "localities": ("Your localities: which LSOA is in which", "localities.csv"),
    "crossings": ("Bridges to add and estuaries to cut: a, b, kind", "crossings.csv"),
    "places": ("Names of towns for orientation", "places.csv"),
    "outlines": ("Outlines to draw on the maps", "outlines.gpkg"),
    "teams": ("Your community teams", "teams.csv"),
    "team_areas": ("The small areas of teams that have areas of their own", "team_areas.csv"),
    "services": ("Your service lines, their demand and smallest scale", "services.csv"),
    "candidate_sites": ("Places where a team could have its base", "candidate_sites.csv"),
    "travel_times": ("Minutes from bases to LSOAs, instead of an estimate", "travel_times.csv"),
    "roads": ("Roads to drive on, instead of an estimate: GraphML or a list", "drive.graphml"),
    "road_nodes": ("Where the ends of roads are, where their list does not say", "nodes.csv"),
}


@dataclass(frozen=True)
class Example:
    """
    What the illustrative rows refer to.

    Parameters
    ----------
    pcn_code, small_area_code
        A PCN of the patch, and one of its small areas.
    latitude, longitude
        A place for the base, EPSG:4326.
    services
        Services that the rows of services.csv are for.
    team_id
        The team that the row of team_areas.csv is for.
    """

    pcn_code: str = "U00000"
    small_area_code: str = "E01000000"
    latitude: str = ""
    longitude: str = ""
    services: tuple[str, ...] = ("community-nursing",)
    team_id: str = "illustrative-team"


def teams_csv(example: Example) -> str:
    """Headings and one illustrative team."""
    place = [example.latitude, example.longitude]
    row = [example.team_id, "Illustrative team (replace me)", example.services[0]]
    row += ["Illustrative base (replace me)", "", *place, "10", example.pcn_code]
    return _csv(TEAMS, [row])


def services_csv(example: Example) -> str:
    """Headings and an illustrative row for each service, one where none is known."""
    rows = []
    for service in example.services:
        name = re.sub(r"[-_]+", " ", service).strip().capitalize() or service
        figures = ["registered", "5.0", "10", "30000", "45", "", ""]
        rows.append([service, f"{name} (illustrative)", *figures])
    return _csv(SERVICES, rows)


def team_areas_csv(example: Example) -> str:
    """Headings and one illustrative small area."""
    return _csv(TEAM_AREAS, [[example.small_area_code, example.team_id]])


def _csv(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(headings)
    writer.writerows(rows)
    return out.getvalue()


@dataclass(frozen=True)
class Filled:
    """
    What is filled in, and what is said of it.

    Parameters
    ----------
    paths
        Paths by key of [inputs], relative to the patch file; every other key becomes a comment.
    about
        What was chosen and why, by key.
    others
        What else could have been chosen, by key.
    notes
        Key ("" for none) and sentence on files that were found and not used.
    """

    paths: Mapping[str, Sequence[str]] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: Sequence[tuple[str, str]] = ()


def patch_toml(
    name: str,
    filled: Filled,
    *,
    icb: str | None = None,
    icbs: Sequence[tuple[str, str]] = (),
    commissioners: Sequence[str] = (),
) -> str:
    """
    Write a commented patch file.

    Parameters
    ----------
    name
        The patch's name.
    filled
        The files, and what is said of them.
    icb
        ODS code of the patch's ICB.
    icbs
        Code and name of ICBs to choose from, where none is chosen.
    commissioners
        Codes of the patch's commissioners, for an example of how to name them.
    """
    lines = [
        "# A patch for footprint: which files, which area, which thresholds.",
        "# Any text editor will do. A line that begins with # is a comment and is not read: to use",
        "# a setting that is commented out, remove its # and put your own file or figure in.",
        "# Paths are relative to this file. To see how each file was understood:",
        "#     footprint check patch.toml",
        "",
        f"name = {quoted(name)}",
        "",
        "[inputs]",
    ]
    for key in INPUT_KEYS:
        what, usual = KEYS[key]
        lines += comment(f"{what}.")
        if key in filled.about:
            lines += comment(f"Chosen: {one_line(filled.about[key])}.")
        if filled.others.get(key):
            others = [one_line(text) for text in filled.others[key]]
            lines += comment(f"Found too, not chosen: {listed(others, MOST_OTHERS)}.")
        lines += [line for of, text in filled.notes if of == key for line in comment(text)]
        lines += [*setting(key, filled.paths.get(key, usual)), ""]
        if key not in filled.paths:
            lines[-2] = f"# {lines[-2]}"
    rest = [line for of, text in filled.notes if not of for line in comment(text)]
    lines += [*rest, ""] if rest else []
    codes = ", ".join(map(quoted, commissioners[:3] or ("05D", "05G")))
    lines += ["[patch]", "# Which area: one of the three. Without any, everything in the files."]
    lines += [f"# icb = {quoted(code)}   # {one_line(said)}" for code, said in icbs if icb is None]
    lines += [f"icb = {quoted(icb)}"] if icb else [] if icbs else ['# icb = "QNC"']
    lines += [f"# commissioners = [{codes}]", '# pcns = ["U57641", "U79533"]', ""]
    lines += [
        "[policy]",
        "# pcn-2019: PCNs of 30,000 to 50,000; or neighbourhood-2025: 30,000 to 70,000.",
        'preset = "pcn-2019"',
        "# Any threshold can be set by its name (footprint's docs/files.md has them), such as:",
        "# population_min = 30000",
        "# population_max = 50000",
        "# rural_exception = true",
        "",
        "# What groups of PCNs (Levels 2 and 3) have to keep to, by code: PCNs that share a group,",
        "# PCNs that do not, a PCN with a team.",
        "# [locks]",
        '# together = [["U57641", "U79533"]]',
        '# apart = [["U57641", "U46695"]]',
        '# base = [["U57641", "podiatry-north"]]',
    ]
    return "\n".join(lines) + "\n"


def setting(key: str, paths: str | Sequence[str]) -> list[str]:
    """Write the lines of a key with its path, or with a list of them, a line each."""
    if isinstance(paths, str) or len(paths) == 1:
        return [f"{key} = {quoted(paths if isinstance(paths, str) else paths[0])}"]
    return [f"{key} = [", *(f"    {quoted(path)}," for path in paths), "]"]


def comment(text: str) -> list[str]:
    """Write a sentence as lines of a comment."""
    return textwrap.wrap(
        f"{one_line(text)}.",
        WIDTH,
        initial_indent="# ",
        subsequent_indent="#   ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def quoted(text: str) -> str:
    """Write a text as TOML has it."""
    # TOML's escapes are those of JSON, and delete must be escaped too
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def one_line(text: str) -> str:
    """Write a text so that it stays within its comment."""
    clean = printable(text)
    return clean.encode("utf-8", "replace").decode().strip().rstrip(".")


def readme(
    name: str,
    rows: Iterable[tuple[str, str, str]],
    illustrative: Sequence[str],
    missing: Sequence[str],
) -> str:
    """
    Write the page that goes with a patch.

    Parameters
    ----------
    name
        The patch's name.
    rows
        File, what it is, what to do with it.
    illustrative
        Files laid down with illustrative rows.
    missing
        Keys without which the patch cannot be analysed yet.
    """
    template = resources.files("footprint.starter").joinpath("templates/README.md")
    names = ", ".join(f"`{file}`" for file in illustrative)
    said = (
        f"**Made up: {names}.** Their rows are illustrative, to show the form: no team, no staffing"
        " ratio and no area in them is anybody's. Replace them by your own before you show a result"
        " to anyone."
        if illustrative
        else "No file was laid down with made-up rows: teams and services are those found."
    )
    lost = (
        f"**Still missing from `patch.toml`: {'; '.join(missing)}.** Nothing works without."
        if missing
        else ""
    )
    return string.Template(template.read_text(encoding="utf-8")).substitute(
        name=one_line(name),
        files="\n".join(f"| {' | '.join(map(_cell, row))} |" for row in rows),
        said="\n".join([*_wrapped(lost), *_wrapped(said)]),
        patch="patch.toml",
        out="outputs",
    )


def _wrapped(text: str) -> list[str]:
    lines = textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)
    return [*lines, ""] if lines else []


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|")
