"""The maps as pictures for papers and slides: PNG and SVG, drawn from the same frames."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Iterable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from footprint.report import cells, drawing, layers, palette, still_layers, views
from footprint.report.content import Content
from footprint.report.still_service import service

_KINDS = ("png", "svg")


def footprints(content: Content) -> Figure:
    """PCN footprints with their names, practices, commissioners and places."""
    pcns = layers.layer(content, "pcns")
    made = still_layers.titled(
        content,
        f"Where the registered patients of {cells.count(len(views.table(content, 'pcns')), 'PCN')} "
        f"live: {content.name}",
        "Each small area has the colour of the PCN with most of its registered patients. "
        "Neighbouring PCNs differ in colour; the colours mean nothing else.",
    )
    detail = still_layers.ground(made, content)
    fills = palette.apart(pcns.get("pcn_code", []), still_layers.pairs(content))
    shown = layers.simplified(pcns, detail)
    drawing.shapes(made.axes, shown, fill=[fills[code] for code in pcns.get("pcn_code", [])],
                   line=palette.FOOTPRINT_LINE, width=0.8, order=2)  # fmt: skip
    still_layers.elsewhere(made, content, detail)
    still_layers.outlines(made, content, detail)
    still_layers.commissioners(made, content, detail)
    still_layers.practices(made, content)
    drawing.scale_bar(made)
    still_layers.pcn_labels(made, pcns)
    still_layers.places(made, content)
    drawing.key(
        made,
        [
            *still_layers.practice_key(content),
            *still_layers.commissioner_key(content),
            *still_layers.elsewhere_key(content),
            *still_layers.around_key(content),
        ],
    )
    return made.figure


def verdicts(content: Content) -> Figure:
    """PCN footprints by verdict, with what the flags rest on."""
    pcns = layers.layer(content, "pcns")
    found = views.flagged(content)
    total = cells.count(len(views.table(content, "pcns")), "PCN")
    told = f"{len(found):,} of {total} flagged by at least one check"
    if found.empty:
        told = "No PCN is flagged"
    made = still_layers.titled(
        content,
        f"{told}: {content.name}",
        "A flag says: look again. It is no judgement of the PCN; rural and other good reasons "
        "are for people to weigh.",
    )
    detail = still_layers.ground(made, content)
    marks = views.verdicts(content)
    still_layers.verdict_fills(made, pcns, marks, detail)
    still_layers.outlines(made, content, detail)
    still_layers.commissioners(made, content, detail)
    still_layers.evidence(made, content)
    drawing.scale_bar(made)
    words = still_layers.flag_words(found)
    # never colour alone
    still_layers.pcn_labels(
        made, pcns, below=words, bold={code: marks[code].mark for code in words if code in marks}
    )
    still_layers.places(made, content)
    used = [each for each in palette.VERDICTS if each in marks.values()]
    entries = [
        (
            f"{each.mark} {each.label}",
            {
                "patch": True,
                "facecolor": each.fill,
                "edgecolor": each.line,
                "hatch": "////" if each is palette.STRONG else None,
            },
        )
        for each in used
    ]
    if len(still_layers.drawn_evidence(content)):
        style: dict[str, object] = {"color": palette.EVIDENCE, "linewidth": 1.6}
        entries.append(("Evidence of flags, list sizes apart", style))
    drawing.key(made, [*entries, *still_layers.around_key(content)])
    return made.figure


def overview(content: Content, *, width: float = 6.0) -> Figure:
    """
    A small map without a title for the first page: flagged PCNs carry their number in the list.

    The numbers are the ranks of :func:`footprint.report.views.flagged`.
    """
    made = drawing.sheet(layers.bounds(content), width=width, least=width * 0.7, most=width * 1.25)
    detail = still_layers.ground(made, content)
    pcns = layers.layer(content, "pcns")
    still_layers.verdict_fills(made, pcns, views.verdicts(content), detail, hatch=False)
    still_layers.commissioners(made, content, detail)
    found = views.flagged(content)
    if len(found) and len(found) <= views.MANY_PCNS and len(pcns):
        places = layers.anchors(pcns).set_index(pcns["pcn_code"])
        known = found[found["pcn_code"].isin(places.index)]
        for row in views.rows(known):
            at = places.loc[row.pcn_code]
            still_layers.number(made, int(row.rank), float(at["x"]), float(at["y"]))
    still_layers.places(made, content)
    return made.figure


def overview_picture(content: Content, *, dpi: int = 150) -> bytes:
    """The :func:`overview` as PNG."""
    return drawing.picture(overview(content), dpi=dpi)


def pictures(content: Content, *, dpi: int = 110) -> dict[str, bytes]:
    """Every still as PNG by its name without ending, in a size for pages."""
    return {name: drawing.picture(figure, dpi=dpi) for name, figure in _figures(content).items()}


def names(content: Content) -> list[str]:
    """Names of the files that :func:`write` writes, in its order."""
    return [f"{stem}.{kind}" for stem in stems(content) for kind in _KINDS]


def service_names(content: Content) -> dict[str, str]:
    """
    Names of the services' stills, without ending, by service code.

    Services that have nothing to draw are left out. Of a code only letters, digits, ``-`` and
    ``_`` go into the name.
    """
    if layers.layer(content, "pcns").empty:
        return {}
    drawn = ("allocation", "groups")
    codes = [story.service_id for story in content.services]
    return file_names(
        "service",
        [c for c in codes if not all(views.of_service(content, name, c).empty for name in drawn)],
    )


def file_names(kind: str, codes: Iterable[str]) -> dict[str, str]:
    """Names of files without ending, by code; ``-`` and a number tell apart what would be one."""
    found: dict[str, str] = {}
    for code in codes:
        kept = "".join(
            sign for sign in str(code) if sign.isascii() and (sign.isalnum() or sign in "-_")
        )[:60]
        name, number = f"{kind}-{kept or 'x'}", 2
        # file systems of planners' machines do not tell capitals apart
        while name.lower() in {each.lower() for each in found.values()}:
            name, number = f"{kind}-{kept or 'x'}-{number}", number + 1
        found[code] = name
    return found


def stems(content: Content) -> list[str]:
    """Names of the stills without their endings, in the order in which they are written."""
    return ["footprints", "verdicts", *service_names(content).values()]


def write(
    content: Content, folder: str | Path, *, stems: Collection[str] | None = None
) -> dict[str, bytes]:
    """
    Write stills as PNG (200 dpi) and SVG.

    Parameters
    ----------
    content
        What to draw.
    folder
        Made where it does not exist.
    stems
        Only these of :func:`stems`; all when None.

    Returns
    -------
    pictures
        The same at half their size, what a page has room for: PNG of 256 colours by name without
        ending, such as ``footprints`` or ``service-<service_id>``.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    small = {}
    for stem, figure in _figures(content, stems).items():
        drawn = drawing.pixels(figure)
        (folder / f"{stem}.png").write_bytes(drawing.png(drawn))
        (folder / f"{stem}.svg").write_bytes(drawing.picture(figure, "svg"))
        small[stem] = _for_page(drawn)
    return small


def _for_page(drawn: Image.Image) -> bytes:
    file = io.BytesIO()
    # a colour may be off by one part in 255, in a seventh of the time of finding the best 256
    few = drawn.reduce(2).quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    few.save(file, format="png")
    return file.getvalue()


def _figures(content: Content, only: Collection[str] | None = None) -> dict[str, Figure]:
    drawn: dict[str, Callable[[], Figure | None]] = {
        "footprints": partial(footprints, content),
        "verdicts": partial(verdicts, content),
    }
    for code, name in service_names(content).items():
        drawn[name] = partial(service, content, code)
    found = {stem: draw() for stem, draw in drawn.items() if only is None or stem in only}
    return {stem: figure for stem, figure in found.items() if figure is not None}
