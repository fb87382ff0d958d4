"""The two pages to read: ``index.html`` tells the story, ``report.html`` has all of it."""

from __future__ import annotations

import base64
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from footprint.report import (
    briefings,
    chapters,
    charts_staff,
    columns,
    fair,
    front,
    journeys,
    pcn_page,
    services,
    shell,
    stills,
    together,
    views,
)
from footprint.report.content import Content
from footprint.report.glossary import Term, terms
from footprint.report.names import short

_HERE = Path(__file__).resolve().parent
#: flagged PCNs that the first page shows before the reader asks for more
_FIRST = 12
#: flagged PCNs of a large patch that the report lists; the first page has all
_LISTED = 60
#: pixels per inch of pictures inside the report: enough for print at their size there
_PICTURE_DPI = 110
#: words of the first page that its own small glossary explains
_INDEX_TERMS = (
    "pcn",
    "footprint",
    "part",
    "hole",
    "practices_between",
    "boundaries",
    "wte",
    "level_1",
    "level_2",
    "level_3",
    "vacancy",
    "overlap",
    "proven_best",
    "within_best",
    "not_judged",
)


def index(content: Content, *, picture: bytes | None = None) -> str:
    """
    The page to open first: what this patch looks like, in ten seconds.

    Parameters
    ----------
    content
        What to show.
    picture
        The small map as PNG or SVG; drawn by :func:`footprint.report.stills.overview` when None.

    Returns
    -------
    html
        One self-contained file; its links lead to the files beside it.
    """
    if picture is None:
        picture = stills.overview_picture(content)
    ranked = front.ranked(content, where=_own_page(content))
    known = _terms(content)
    body = shell.render(
        "index.html.j2",
        **{**_shared(content), "findings": front.findings(content)},
        figures=front.figures(content),
        picture=_data_uri(picture),
        picture_tall=_tall(picture),
        picture_says=front.overview_says(content),
        picture_caption=front.overview_caption(content),
        legend=front.legend(content),
        flagged=ranked[:_FIRST],
        flagged_more=ranked[_FIRST:],
        flagged_says=front.flagged_says(content),
        services=[services.service(content, story) for story in content.services],
        shared_out=services.shared_out(content),
        vacancy_reasons=services.vacancy_reasons(content),
        tables=[
            {"file": name, "title": columns.table(name).title}
            for name in columns.in_order(content.tables)
        ],
        stills=stills.names(content),
        pcn_pages=bool(briefings.chosen(content)),
        terms_here=[known[key] for key in _INDEX_TERMS if key in known],
    )
    return shell.page(
        title=f"{content.name}: Primary Care Networks",
        body=body,
        styles=[_style()],
        description=front.lede(content),
    )


def report(
    content: Content,
    *,
    pictures: Mapping[str, bytes] | None = None,
    maps: Mapping[str, Markup] | None = None,
) -> str:
    """
    The report: a chapter for each stage, and pages of PCNs (:mod:`footprint.report.briefings`).

    Parameters
    ----------
    content
        What to show.
    pictures
        Stills as PNG or SVG by name without ending ("footprints", "verdicts",
        "service-<service_id>"); drawn by :mod:`footprint.report.stills` when None.
    maps
        The maps of the PCNs that have a page, by code; drawn by
        :mod:`footprint.report.pcn_map` when None.

    Returns
    -------
    html
        One self-contained file, made to be printed as well.
    """
    if pictures is None:
        pictures = stills.pictures(content, dpi=_PICTURE_DPI)
    own_page = _own_page(content)
    many = len(views.table(content, "pcns")) > views.MANY_PCNS
    further = {"fairness": fair.chapter(content), "neighbourhoods": together.chapter(content)}
    body = shell.render(
        "report.html.j2",
        **_shared(content),
        chapters=_contents(content, further),
        population=chapters.population(content),
        geography={
            **chapters.geography(content),
            "pictures": [
                {"src": _data_uri(pictures[name]), "says": says}
                for name, says in (
                    ("footprints", "Footprint of each PCN, with its practices."),
                    ("verdicts", "PCNs by verdict, with the evidence of their flags."),
                )
                if name in pictures
            ],
        },
        services=list(content.services),
        alignment=chapters.alignment(content),
        levels=chapters.levels(content),
        allocation_says=services.allocation_says(content),
        allocation=[
            {
                **services.service(content, story),
                **services.allocation(content, story),
                "chart": charts_staff.staff(content, story.service_id),
                "picture": _service_picture(content, story.service_id, pictures),
            }
            for story in content.services
        ],
        **further,
        pcns_title="The flagged PCNs" if many else "PCN by PCN",
        pcns_says=briefings.says(content),
        pcn_links=_pcn_links(content, own_page),
        pcns=pcn_page.every(content, own_page, maps=maps),
        pcn_list=front.ranked(content, where=own_page)[:_LISTED] if many else [],
    )
    return shell.page(
        title=f"{content.name}: report",
        body=body,
        styles=[_style()],
        description=front.lede(content),
        body_class="report",
    )


def _shared(content: Content) -> dict[str, object]:
    """Values that both pages name."""
    return {
        "name": content.name,
        "date_text": shell.day(content.date) if content.date else "",
        "illustrative": content.illustrative,
        "attribution": content.attribution,
        "digest": content.digest,
        "shared": content.shared,
        "lede": front.lede(content),
        "findings": list(content.findings),
        "travel_mark": journeys.of_patch(content),
        "notes": list(content.notes),
        "audit_says": front.audit_says(content),
        "patients_table": front.patients(content),
        "unplaced_table": front.unplaced(content),
        "settings_table": front.settings(content),
        "sources_table": front.sources(content),
        "terms": _terms(content),
    }


def _terms(content: Content) -> Mapping[str, Term]:
    """The words of the glossary, with the thresholds in force."""
    policy = views.policy(content)
    return terms(content.words, worst_first=views.worst_first(content), policy=policy)


def _own_page(content: Content) -> dict[str, str]:
    """PCN codes to where their page in the report is, of those that have one."""
    return {code: f"report.html#{pcn_page.anchor(code)}" for code in briefings.chosen(content)}


def _pcn_links(content: Content, own_page: Mapping[str, str]) -> list[dict[str, object]]:
    """The pages of PCNs as a list to choose from, in the order of their names."""
    names, looks = views.pcn_names(content), views.verdicts(content)
    return [
        {"href": own_page[code], "name": short(names[code]), "look": looks[code]}
        for code in views.by_name(content, pd.DataFrame({"pcn_code": [*own_page]}))["pcn_code"]
    ]


def _contents(content: Content, further: Mapping[str, object]) -> Sequence[dict[str, str]]:
    rows = [("population", "Population"), ("geography", "Geography")]
    if content.services:
        rows += [("alignment", "Alignment"), ("levels", "Levels"), ("allocation", "Allocation")]
    rows += [(key, key.capitalize()) for key, chapter in further.items() if chapter]
    rows += [("pcns", "PCNs"), ("notes", "Notes and sources"), ("glossary", "Glossary")]
    return [{"id": key, "title": title} for key, title in rows]


def _service_picture(
    content: Content, service_id: str, pictures: Mapping[str, bytes]
) -> dict[str, str] | None:
    name = stills.service_names(content).get(service_id)
    if name is None or name not in pictures:
        return None
    says = "Each PCN in the colour of its proposed team, with lines from the teams’ bases."
    return {"src": _data_uri(pictures[name]), "says": says}


def _data_uri(picture: bytes) -> str:
    kind = "png" if picture.startswith(b"\x89PNG") else "svg+xml"
    return f"data:image/{kind};base64,{base64.b64encode(picture).decode('ascii')}"


def _tall(picture: bytes) -> bool:
    """True for a PNG that is higher than wide: beside it is room for the findings."""
    if not picture.startswith(b"\x89PNG"):
        return False
    width, height = struct.unpack(">II", picture[16:24])
    return bool(height > width)


def _style() -> str:
    return (_HERE / "pages.css").read_text(encoding="utf-8")
