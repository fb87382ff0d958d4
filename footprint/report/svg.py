"""
Pieces of an inline SVG: every text is escaped where it enters the drawing.

The drawings hold no id, script, style sheet or reference, so any number of them can stand in one
page.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from markupsafe import Markup, escape

from footprint.report import palette

#: width of a chart, height of one of its rows, and size of its letters, in the drawing's units
WIDTH = 760
ROW = 24
FONT = 13
#: letters of a drawing that stands by itself
LETTERS = "Arial, Helvetica, sans-serif"
#: width that names at the left take
NAMES = 230


def drawing(
    height: float,
    alternative: str,
    pieces: Iterable[Markup],
    *,
    width: float = WIDTH,
    kind: str = "chart",
) -> Markup:
    """Return pieces as one drawing with its text alternative; ``kind`` is its class."""
    # plain concatenation: nothing of the pieces is read as markup again
    body = Markup("").join(pieces)
    return Markup(
        '<svg class="{}" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img"'
        ' aria-label="{}" font-size="{}">{}</svg>'
    ).format(kind, number(width), number(height), alternative, FONT, body)


def alone(drawn: Markup) -> str:
    """Return a drawing as a file of its own, in the letters of the pages; "" of none."""
    # the first piece of every drawing is ours
    return str(drawn).replace("<svg ", f'<svg font-family="{LETTERS}" ', 1)


def text(
    x: float,
    y: float,
    words: str,
    anchor: str = "start",
    ink: str = palette.INK,
    *,
    size: float = FONT,
    weight: str = "400",
    full: str | None = None,
    glow: str = "",
) -> Markup:
    """Return a text; ``full`` is what it was cut from, ``glow`` the colour of a rim around it."""
    # the whole text where it was cut, for whoever points at it
    title = Markup("<title>{}</title>").format(full) if full and full != words else ""
    rim = Markup(' stroke="{}" stroke-width="3" paint-order="stroke"').format(glow) if glow else ""
    return Markup(
        '<text x="{}" y="{}" text-anchor="{}" fill="{}" font-size="{}" font-weight="{}"{}>{}{}'
        "</text>"
    ).format(
        number(x), number(y), anchor, ink, number(size), weight, rim, title, escape(plain(words))
    )


def rect(x: float, y: float, width: float, height: float, fill: str, rim: str = "none") -> Markup:
    """Return a rectangle; one of less than nothing has no width."""
    return Markup('<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="{}"/>').format(
        number(x), number(y), number(max(width, 0)), number(max(height, 0)), fill, rim
    )


def lower(pieces: Iterable[Markup], down: float) -> Markup:
    """Return pieces moved down the drawing."""
    inside = Markup("").join(pieces)
    return Markup('<g transform="translate(0 {})">{}</g>').format(number(down), inside)


def line(x: float, top: float, bottom: float, colour: str) -> Markup:
    """Return an upright line."""
    return rect(x - 0.5, top, 1, bottom - top, colour)


def circle(
    x: float, y: float, radius: float, fill: str, rim: str = "#ffffff", *, full: str = ""
) -> Markup:
    """Return a dot; ``full`` is told to whoever points at it."""
    title = Markup("<title>{}</title>").format(plain(full)) if full else ""
    return Markup(
        '<circle cx="{}" cy="{}" r="{}" fill="{}" stroke="{}" stroke-width="2">{}</circle>'
    ).format(number(x), number(y), number(radius), fill, rim, title)


def number(value: float) -> str:
    """Write a coordinate."""
    return f"{value:.1f}".removesuffix(".0")


def plain(words: object) -> str:
    """Return a text in one line without signs that print nothing."""
    return " ".join("".join(s if s.isprintable() else " " for s in str(words)).split())


def cut(words: str, letters: int) -> str:
    """Return a text of at most ``letters`` letters."""
    shown = plain(words)
    return shown if len(shown) <= letters else f"{shown[: letters - 1].rstrip()}…"


def lines(words: str, letters: int, most: int) -> list[str]:
    """Return a text in at most ``most`` lines of about ``letters`` letters."""
    shown = [cut(word, max(letters, 14)) for word in plain(words).split()]
    return textwrap.wrap(" ".join(shown), letters, max_lines=most, placeholder="…",
                         break_long_words=False, break_on_hyphens=False) or [""]  # fmt: skip
