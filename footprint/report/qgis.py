"""Styles of the GeoPackage's layers in QGIS's own language (QML): symbols, classes and labels."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from footprint.report import palette

#: the release whose language this is; later ones read it too
VERSION = "3.22"
#: labels of points are drawn from this scale on: 1 to so much
_CLOSE, _CLOSER = 150_000, 40_000
_HIDDEN = "#00000000"


def styles() -> dict[str, str]:
    """
    Return the style of each layer of the GeoPackage, by the layer's name.

    Colours are those of the other maps. PCNs are classed by their gravest verdict in words, column
    ``mark``; a label is the column ``label``, but for bases the team's name.
    """
    return {
        "pcns": _qml(
            _classes("mark", {
                each.label: _fill(each.fill + "b4", palette.QUIET, 0.3) for each in palette.VERDICTS
            }),
            _label("label", palette.INK, bold=True),
        ),
        "parts": _single(_fill(_HIDDEN, palette.BLUE_DEEP)),
        "practices": _qml(
            _one(_marker(palette.BLUE_DEEP, "circle", 2.0)),
            _label("label", palette.INK, point=True, scale=_CLOSER),
        ),
        "branches": _qml(
            _one(_marker("#ffffff", "diamond", 2.4, palette.BLUE_DEEP)),
            _label("label", palette.INK, point=True, scale=_CLOSER),
        ),
        "bases": _qml(
            _one(_marker("#b4472f", "square", 3.2)),
            _label("team_name", "#b4472f", point=True, scale=_CLOSE),
        ),
        "small_areas": _single(_fill(_HIDDEN, "#8fa0ab", 0.1)),
        # they overlap: the more of them, the deeper
        "catchments": _single(_fill(palette.BLUE + "1e", palette.BLUE, 0.2)),
        "neighbours": _qml(
            _one(_fill(palette.NEIGHBOUR + "b4", palette.NEIGHBOUR_LINE)),
            _label("label", palette.QUIET),
        ),
        "commissioners": _single(_fill(_HIDDEN, palette.COMMISSIONER_LINE, 0.8)),
        "localities": _single(_fill(_HIDDEN, palette.LOCALITY_LINE, 0.6)),
        "evidence_areas": _single(_fill(_HIDDEN, palette.EVIDENCE, 0.7)),
        "evidence_lines": _single(_line(palette.EVIDENCE, 0.7)),
        # rings: what they mark stays to be seen
        "evidence_points": _single(_marker(_HIDDEN, "circle", 3.6, palette.EVIDENCE, 0.5)),
        "outlines": _single(_line(palette.OUTLINE_LINE, 0.3)),
    }  # fmt: skip


# -- symbols -------------------------------------------------------------------------------------


def _colour(text: str) -> str:
    """Colour as QGIS writes it: red, green, blue and alpha; of "#rrggbb" or "#rrggbbaa"."""
    return ",".join(str(part) for part in bytes.fromhex(f"{text[1:]}ff"[:8]))


def _fill(colour: str, line: str, width: float = 0.35) -> str:
    values = {"color": _colour(colour), "outline_color": _colour(line), "outline_style": "solid",
              "outline_width": str(width), "joinstyle": "round", "style": "solid"}  # fmt: skip
    return _symbol("fill", "SimpleFill", values)


def _line(colour: str, width: float) -> str:
    values = {"line_color": _colour(colour), "line_width": str(width), "line_style": "solid"}
    return _symbol("line", "SimpleLine", values)


def _marker(colour: str, shape: str, size: float, rim: str = "#ffffff", width: float = 0.2) -> str:
    values = {"color": _colour(colour), "name": shape, "size": str(size),
              "outline_color": _colour(rim), "outline_width": str(width)}  # fmt: skip
    return _symbol("marker", "SimpleMarker", values)


def _symbol(kind: str, layer: str, values: dict[str, str]) -> str:
    options = "".join(
        f'<Option name="{key}" type="QString" value={quoteattr(value)}/>'
        for key, value in values.items()
    )
    return (
        f'<symbol type="{kind}" name="NAME" alpha="1" clip_to_extent="1" force_rhr="0">'
        f'<layer class="{layer}" enabled="1" locked="0" pass="0"><Option type="Map">{options}'
        "</Option></layer></symbol>"
    )


# -- renderers and labels ------------------------------------------------------------------------


def _one(symbol: str) -> str:
    symbol = symbol.replace("NAME", "0")
    return f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>'


def _classes(column: str, symbols: dict[str, str]) -> str:
    """One symbol for each value of a column."""
    categories = "".join(
        f'<category symbol="{number}" value={quoteattr(value)} label={quoteattr(value)}'
        ' render="true"/>'
        for number, value in enumerate(symbols)
    )
    drawn = "".join(
        symbol.replace("NAME", str(number)) for number, symbol in enumerate(symbols.values())
    )
    return (
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(column)}>'
        f"<categories>{categories}</categories><symbols>{drawn}</symbols></renderer-v2>"
    )


def _label(
    column: str, ink: str, *, bold: bool = False, point: bool = False, scale: int = 0
) -> str:
    """Texts on a white rim, level in areas and beside points, from a scale on (0: at any)."""
    placed = ('placement="6" predefinedPositionOrder="R,L,TR,BR,TL,BL,TSR,BSR" offsetType="1"'
              ' dist="0.6"') if point else 'placement="4"'  # fmt: skip
    return (
        '<labeling type="simple"><settings calloutType="simple">'
        f'<text-style fieldName={quoteattr(column)} isExpression="0" fontSize="8"'
        f' fontSizeUnit="Point" fontWeight="{75 if bold else 50}" textColor="{_colour(ink)}"'
        ' textOpacity="1" multilineHeight="1">'
        '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferOpacity="1"'
        ' bufferColor="255,255,255,255" bufferNoFill="1" bufferJoinStyle="128"/></text-style>'
        '<text-format autoWrapLength="18" multilineAlign="1" useMaxLineLengthForAutoWrap="1"/>'
        f'<placement {placed} distUnits="MM" priority="5"/>'
        f'<rendering drawLabels="1" obstacle="1" scaleVisibility="{int(scale > 0)}"'
        f' scaleMax="{scale}" scaleMin="0" maxNumLabels="2000"/></settings></labeling>'
    )


def _single(symbol: str) -> str:
    return _qml(_one(symbol))


def _qml(renderer: str, labels: str = "") -> str:
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="{VERSION}" styleCategories="Symbology|Labeling"'
        f' labelsEnabled="{int(bool(labels))}">{renderer}{labels}</qgis>'
    )
