"""
One self-contained HTML file: the frame that every page of footprint is put into.

Text from the user's files (names!) reaches a page in two ways only: through an autoescaped
template that is rendered once, or as JSON in a ``<script type="application/json">`` that our own
scripts read. Nothing of it is ever part of a template or of a program.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from types import MappingProxyType
from typing import SupportsFloat

import jinja2
import numpy as np
import pandas as pd
from markupsafe import Markup

from footprint import words
from footprint.errors import ModelError

HERE = Path(__file__).resolve().parent
#: shown where a figure is not known
UNKNOWN = "–"
_NA: object = pd.NA

_NO_DATA: Mapping[str, object] = MappingProxyType({})


# -- numbers and dates in words ------------------------------------------------------------------


def thousands(value: SupportsFloat | None) -> str:
    """Whole number with thousands separators: 50013.0 is "50,013"; "–" where not known."""
    number = _number(value)
    return UNKNOWN if number is None else f"{round(number):,}"


def decimal(value: SupportsFloat | None, places: int = 1) -> str:
    """Number with separators and fixed decimals: 12.345 is "12.3"; "–" where not known."""
    number = _number(value)
    if number is None:
        return UNKNOWN
    # a rounded -0.0 is no finding
    return f"{round(number, places) + 0.0:,.{places}f}"


def minutes(value: SupportsFloat | None) -> str:
    """Minutes to one decimal, with the unit: "12.3 min"; "–" where not known."""
    return UNKNOWN if _number(value) is None else f"{decimal(value)} min"


def percent(value: SupportsFloat | None, places: int = 0) -> str:
    """Share from 0 to 1 as a percentage: 0.857 is "86%"; "–" where not known."""
    number = _number(value)
    if number is None:
        return UNKNOWN
    share = 100 * number
    text = f"{share:.{places}f}"
    # 99.6% of people is not everybody, 0.2% not nobody
    if places == 0 and share < 100 and text == "100":
        return "over 99%"
    if places == 0 and share > 0 and text == "0":
        return "under 1%"
    return f"{text}%"


def wte(value: SupportsFloat | None) -> str:
    """Whole-time equivalents, with the unit: "3.25 WTE"; "–" where not known."""
    return UNKNOWN if _number(value) is None else f"{decimal(value, 2)} WTE"


def day(value: dt.date | None) -> str:
    """Date as written in England: "1 October 2025"; "–" where not known."""
    return UNKNOWN if value is None or pd.isna(value) else words.day(value)


def _number(value: SupportsFloat | None) -> float | None:
    if value is None or value is _NA:
        return None
    number = float(value)
    return None if math.isnan(number) else number


# -- templates -----------------------------------------------------------------------------------


@functools.cache
def environment() -> jinja2.Environment:
    """
    Jinja environment of every page: autoescaped, and an undefined name is an error.

    Returns
    -------
    environment
        Finds templates in ``report/templates`` and ``maps/templates``; filters ``thousands``,
        ``decimal``, ``minutes``, ``percent``, ``wte`` and ``day``.
    """
    found = jinja2.Environment(
        loader=jinja2.FileSystemLoader([HERE / "templates", HERE.parent / "maps" / "templates"]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for each in (thousands, decimal, minutes, percent, wte, day):
        found.filters[each.__name__] = each
    return found


def render(template_name: str, **values: object) -> Markup:
    """
    Render one of our templates with values that are text, never markup.

    Parameters
    ----------
    template_name
        File name in one of the template folders.
    **values
        What the template names; a plain ``str`` is escaped.

    Returns
    -------
    markup
        Safe to be the body of :func:`page`. Never give it to a template engine again.
    """
    return Markup(environment().get_template(template_name).render(**values))  # noqa: S704


def json_text(value: object) -> Markup:
    """
    JSON that can stand inside a ``<script>`` element.

    ``<``, ``>``, ``&``, U+2028 and U+2029 are written as escapes; numbers of numpy and pandas
    become plain ones, whatever is missing or not finite becomes ``null``.
    """
    text = _json(value)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(text)  # noqa: S704


def _json(value: object) -> str:
    """JSON of a value; what is plain already is written as it is, at any depth."""
    try:
        return _dumps(value, allow_nan=False)
    except (TypeError, ValueError):
        # something within is missing, not finite or not plain: only what holds it is looked at
        if isinstance(value, Mapping):
            return "{" + ",".join(f"{_dumps(str(k))}:{_json(v)}" for k, v in value.items()) + "}"
        if isinstance(value, (list, tuple, np.ndarray)):
            return "[" + ",".join(_json(each) for each in value) + "]"
        return _dumps(_plain(value))


_dumps = functools.partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def _plain(value: object) -> object:
    # a map holds a million numbers and texts: what is plain already goes first
    kind = type(value)
    if kind is str or kind is int or (kind is float and math.isfinite(value)):  # type: ignore[arg-type]
        return value
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, (str, int, float)):
        return None if isinstance(value, float) and not math.isfinite(value) else value
    if isinstance(value, dt.date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as data of a page")


# -- the page ------------------------------------------------------------------------------------


def look() -> str:
    """Style sheet of every page."""
    return (HERE / "look.css").read_text(encoding="utf-8")


def page(
    *,
    title: str,
    body: Markup,
    data: Mapping[str, object] = _NO_DATA,
    scripts: Sequence[str] = (),
    styles: Sequence[str] = (),
    description: str = "",
    body_class: str = "",
    picture_host: str = "",
) -> str:
    """
    One complete HTML file that needs nothing from outside itself.

    Parameters
    ----------
    title
        Text of the window's title; escaped.
    body
        Contents of ``<body>``, from :func:`render`: has the page's ``h1``, and ``main`` with
        ``id="main"``, to which the skip link leads.
    data
        What scripts read: id of the element to a value that JSON can say.
    scripts
        Texts of scripts, ours or a checked dependency's, in the order in which they run.
    styles
        Style sheets that follow ``look.css``.
    description
        One sentence for the page's description; escaped.
    body_class
        Class of ``<body>``.
    picture_host
        The one server that pictures may come from, where the user asked for a background map.

    Returns
    -------
    html
        The file's text. Its content security policy lets exactly the given scripts run, and
        nothing load.

    Raises
    ------
    ModelError
        If anything in it points outside the file, or a script or style would end its element.
    """
    # a browser turns CRLF into LF before it hashes
    scripts = [script.replace("\r\n", "\n") for script in scripts]
    styles = [look(), *styles]
    for text in scripts:
        if re.search(r"</script|<!--", text, re.IGNORECASE):
            raise ModelError("a page's script holds what would end its element")
    for text in styles:
        if "</style" in text.lower():
            raise ModelError("a page's style sheet holds what would end its element")
    html = (
        environment()
        .get_template("shell.html")
        .render(
            title=title,
            description=description,
            policy=_policy(scripts, picture_host),
            styles=[Markup(text) for text in styles],  # noqa: S704
            body=body,
            body_class=body_class,
            data={key: json_text(value) for key, value in data.items()},
            scripts=[Markup(text) for text in scripts],  # noqa: S704
        )
    )
    assert_self_contained(html)
    return html


def _policy(scripts: Sequence[str], picture_host: str) -> str:
    if not re.fullmatch(r"[a-z0-9.:-]*", picture_host):
        raise ModelError(f"{picture_host!r} is no host")
    hashes = [
        "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"
        for text in scripts
    ]
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src {' '.join(hashes) or chr(39) + 'none' + chr(39)}",
            "style-src 'unsafe-inline'",
            "img-src data:" + (f" https://{picture_host}" if picture_host else ""),
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


# -- nothing from outside ------------------------------------------------------------------------

#: elements that load, embed or redirect
_FORBIDDEN = re.compile(
    "applet|audio|base|embed|frame|iframe|link|object|portal|source|track|video"
)
#: attributes whose value is loaded or gone to
_LOADING = re.compile(
    "action|background|cite|codebase|data|formaction|href|imagesrcset|longdesc|manifest|ping|"
    "poster|src|srcset|xlink:href"
)
#: a page or file beside this one, or a place in this one: never a scheme, host or parent folder
_BESIDE = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_][A-Za-z0-9_.-]*)*)?(?:#.*)?")
#: elements that load nothing, lead nowhere and run nothing, whatever their values say
_PLAIN = (
    "abbr|button|caption|dd|div|dl|dt|em|h[1-6]|li|ol|p|small|span|strong|table|tbody|td|th|"
    "thead|tr|ul"
)
#: a start tag of one with what follows it: text and further tags of such elements
_HARMLESS = re.compile(
    rf"(?:<(?:{_PLAIN})"
    r"""(?:[ \n]+(?:aria-[a-z]+|class|colspan|data-[a-z-]+|hidden|id|lang|role|rowspan|scope|"""
    r"""tabindex|title|type)(?:="[^"]*")?)*[ \n]*>"""
    rf"|</(?:{_PLAIN})>|[^<]+)++"
)
_STYLE_LOADS = re.compile(r"@import|url\(\s*(?!['\"]?(?:data:|#))", re.IGNORECASE)
_ADDRESS = re.compile(r"(?:https?|wss?|ftp):(?:\\?/){2}(?!www\.w3\.org/)", re.IGNORECASE)


def assert_self_contained(html: str) -> None:
    """
    Refuse a page that would load something or lead to another host.

    Links may lead to places in the page and to files beside it ("report.html#parts"). Namespace
    names of w3.org are names, nothing is loaded from them.

    Raises
    ------
    ModelError
        Naming everything that points outside, and every event handler in an attribute.
    """
    reader = _Outside()
    reader.feed(html)
    reader.close()
    if reader.found:
        raise ModelError("the page is not self-contained: " + "; ".join(reader.found[:10]))


class _Outside(HTMLParser):
    """Collects what of a page points outside it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.inside = ""

    def updatepos(self, i: int, j: int) -> int:
        """Count no lines: nothing is told of them."""
        return j

    def parse_starttag(self, i: int) -> int:
        """Pass over what is harmless in one go; a table has tens of thousands of cells."""
        harmless = _HARMLESS.match(self.rawdata, i)
        if harmless is None:
            return super().parse_starttag(i)
        self.inside = ""
        return harmless.end()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {key: (value or "").strip() for key, value in attrs}
        data = tag == "script" and values.get("type") == "application/json"
        self.inside = tag if tag in {"script", "style"} and not data else ""
        if _FORBIDDEN.fullmatch(tag):
            self.found.append(f"<{tag}>")
        if tag == "meta" and values.get("http-equiv", "").lower() == "refresh":
            self.found.append("<meta refresh>")
        for key, value in values.items():
            if key.startswith("on"):
                self.found.append(f"<{tag} {key}>")
            elif _LOADING.fullmatch(key) and not _allowed(tag, key, value):
                self.found.append(f"<{tag} {key}={value[:60]!r}>")
            elif key == "style" and _STYLE_LOADS.search(value):
                self.found.append(f"<{tag} style={value[:60]!r}>")

    def handle_endtag(self, tag: str) -> None:
        if tag == self.inside:
            self.inside = ""

    def handle_data(self, data: str) -> None:
        if self.inside == "style" and _STYLE_LOADS.search(data):
            self.found.append("a style sheet that loads")
        if self.inside == "script" and (match := _ADDRESS.search(data)):
            self.found.append(f"a script with {data[match.start() : match.start() + 60]!r}")


def _allowed(tag: str, key: str, value: str) -> bool:
    if tag == "a" and key == "href":
        return bool(value) and _BESIDE.fullmatch(value) is not None
    if key in {"href", "xlink:href"}:
        return value.startswith("#")
    return key == "src" and tag == "img" and value.startswith("data:image/")
