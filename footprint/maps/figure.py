"""
Folium's map inside our own page.

Folium contributes the map object: its options, its first view, its scale and zoom controls, as
the script that its template writes. Branca renders what it is given as a template, and renders
the result as a template again, so that a practice's name could run a program. Therefore nothing
of the user's data comes near it: only numbers do. Names and shapes travel as JSON beside it.
"""

from __future__ import annotations

from collections.abc import Callable

import branca.element
import folium
from folium.template import Template
from markupsafe import Markup

from footprint.errors import ModelError


class PageFigure(branca.element.Figure):
    """
    Root of the tree: renders its children, then puts their pieces into a page of ours.

    Parameters
    ----------
    frame
        Makes the page of the map's element and the map's script.
    """

    def __init__(self, frame: Callable[[Markup, str], str]) -> None:
        super().__init__()
        self._id = "page"
        self.frame = frame

    def render(self, **kwargs: object) -> str:
        """
        Render the whole page.

        Raises
        ------
        ModelError
            If folium or a plug-in wants a file from the network.
        """
        for child in self._children.values():
            child.render(**kwargs)
        for part in (self.header, self.html, self.script):
            for name, child in part._children.items():
                if isinstance(child, branca.element.Link):
                    raise ModelError(f"folium wants to load {name} from {child.url}")
        # folium's header holds styles and a viewport of its own, which our page replaces
        element = Markup(self.html.render(**kwargs).strip())  # noqa: S704 - holds an id only
        lines = (line.rstrip() for line in self.script.render(**kwargs).splitlines())
        return self.frame(element, "\n".join(line for line in lines if line) + "\n")


class PageMap(folium.Map):
    """
    A folium map without tiles and without files from elsewhere.

    Parameters
    ----------
    figure
        The page that it stands in.
    bounds
        South, west, north, east in degrees: the first view.
    """

    default_js: list[tuple[str, str]] = []  # noqa: RUF012 - as folium declares it
    default_css: list[tuple[str, str]] = []  # noqa: RUF012

    def __init__(self, figure: PageFigure, *, bounds: tuple[float, float, float, float]) -> None:
        south, west, north, east = (round(float(each), 5) for each in bounds)
        super().__init__(
            location=[round((south + north) / 2, 5), round((west + east) / 2, 5)],
            tiles=None,
            prefer_canvas=True,
            control_scale=True,
            zoom_control="topright",
            attribution_control=False,
            zoom_snap=0.25,
            zoom_delta=0.5,
            wheel_px_per_zoom_level=110,
            max_zoom=17,
        )
        # folium's names are random; ours are the same in every run
        self._id = "footprint"
        self.add_to(figure)
        self.add_child(View([[south, west], [north, east]]))
        self.add_child(Drawing())


class View(branca.element.MacroElement):
    """The first view: folium's own would get there by an animation, which draws all twice."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "{{ this._parent.get_name() }}.fitBounds("
        '{{ this.bounds }}, {"padding": [18, 18], "animate": false});'
        "{% endmacro %}"
    )

    def __init__(self, bounds: list[list[float]]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "View"
        self._id = "footprint"
        self.bounds = bounds


class Drawing(branca.element.MacroElement):
    """Hands the finished map to our own script, which draws the page's data on it."""

    _template = Template(
        "{% macro script(this, kwargs) %}"
        "footprint.start({{ this._parent.get_name() }});"
        "{% endmacro %}"
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "Drawing"
        self._id = "footprint"
