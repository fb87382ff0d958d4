"""The layers as a GeoPackage that QGIS opens with its colours."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from footprint.report.content import Content

#: layers in the order in which a map draws them from the top, with the geometry that they hold
LAYERS: dict[str, str] = {
    "pcns": "MultiPolygon",
    "parts": "MultiPolygon",
    "practices": "Point",
    "branches": "Point",
    "bases": "Point",
    "small_areas": "MultiPolygon",
    "catchments": "MultiPolygon",
    "evidence_areas": "MultiPolygon",
    "evidence_lines": "MultiLineString",
    "evidence_points": "MultiPoint",
    "neighbours": "MultiPolygon",
    "commissioners": "MultiPolygon",
    "localities": "MultiPolygon",
    "outlines": "MultiLineString",
}
#: a layer of shapes of several kinds, as layers of one kind each: QGIS draws a style for one kind
_KINDS: dict[str, tuple[str, int]] = {
    "evidence_areas": ("evidence", 2),
    "evidence_lines": ("evidence", 1),
    "evidence_points": ("evidence", 0),
}
CRS = "EPSG:27700"
_CLOCK = "OGR_CURRENT_DATE"


def write(content: Content, path: str | Path) -> Path:
    """
    Write ``footprint.gpkg``: the layers of :data:`LAYERS` in EPSG:27700, and their styles.

    The same content gives the same bytes: the one time that the format stores is the data's
    date. Layers without a row are written too, so that a project that refers to them opens.

    Parameters
    ----------
    content
        What to write; layers that it does not hold are left out.
    path
        The file; one that exists is replaced when the new one is complete.

    Returns
    -------
    path
        The file.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    date = content.date or dt.date(2000, 1, 1)
    stamp = f"{date.isoformat()}T00:00:00.000Z"
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".geopackage-") as folder, \
            _clock(stamp):  # fmt: skip
        made = Path(folder) / path.name
        frames = layers(content)
        written = list(frames)
        for name, layer in frames.items():
            frame = _plain(layer)
            pyogrio.write_dataframe(
                frame,
                made,
                layer=name,
                driver="GPKG",
                geometry_type=LAYERS[name],
                promote_to_multi=LAYERS[name].startswith("Multi"),
                append=made.exists(),
            )
        if written:
            styles = _styles(content, written, stamp)
            pyogrio.write_dataframe(styles, made, layer="layer_styles", driver="GPKG", append=True)
            made.replace(path)
    return path


def layers(content: Content) -> dict[str, gpd.GeoDataFrame]:
    """
    Return the layers as they are written, by name: each holds shapes of one kind only.

    Evidence is told apart by kind; of areas that are outlines their borders are kept.
    """
    found = {}
    for name in LAYERS:
        source, kind = _KINDS.get(name, (name, -1))
        if source not in content.layers:
            continue
        frame = content.layers[source]
        if kind >= 0:
            frame = frame[shapely.get_dimensions(frame.geometry.to_numpy()) == kind]
        elif name == "outlines" and len(frame):
            shapes = frame.geometry.to_numpy()
            areas = shapely.get_dimensions(shapes) == 2
            lines = np.where(areas, shapely.boundary(shapes), shapes)
            frame = frame.set_geometry(gpd.GeoSeries(lines, index=frame.index, crs=frame.crs))
        found[name] = frame.reset_index(drop=True)
    return found


@contextmanager
def _clock(stamp: str) -> Iterator[None]:
    """Let GDAL write ``stamp`` where it would write the time of day."""
    before = pyogrio.get_gdal_config_option(_CLOCK)
    pyogrio.set_gdal_config_options({_CLOCK: stamp})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({_CLOCK: before})


def _plain(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Columns in kinds that the format knows: text, 64-bit integers, floats."""
    made = {}
    for key in frame.columns.drop(frame.geometry.name):
        values = frame[key]
        if values.dtype.kind == "b":
            made[key] = values.astype(np.int32)
        elif pd.api.types.is_integer_dtype(values.dtype):
            missing = values.isna().any()
            made[key] = values.astype("Int64" if missing else np.int64)
        elif pd.api.types.is_numeric_dtype(values.dtype):
            made[key] = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            made[key] = pd.Series(
                [None if pd.isna(each) else str(each) for each in values],
                index=frame.index,
                dtype=object,
            )
    geometry = frame.geometry.to_numpy()
    return gpd.GeoDataFrame(made, index=frame.index, geometry=geometry, crs=frame.crs or CRS)


# -- styles --------------------------------------------------------------------------------------

#: fill, outline (red, green, blue, alpha) of each value of a column; "" is any other
_VERDICTS = {
    "flag": ("239,180,95,150", "79,45,0,255"),
    "pass": ("211,231,221,150", "23,85,61,255"),
    "not judged": ("225,229,232,150", "66,83,95,255"),
}


def _styles(content: Content, written: list[str], stamp: str) -> pd.DataFrame:
    """Rows of the table from which QGIS takes each layer's style when it loads it."""
    made = {
        "pcns": _categories("verdict", _VERDICTS) if "verdict" in content.layers.get(
            "pcns", pd.DataFrame()) else _single(_fill("211,231,221,150", "23,85,61,255")),
        "parts": _single(_fill("0,0,0,0", "11,52,87,255")),
        "practices": _single(_marker("20,83,138,255", "circle", 2.0)),
        "branches": _single(_marker("255,255,255,255", "diamond", 2.0)),
        "bases": _single(_marker("180,71,47,255", "square", 3.2)),
        "small_areas": _single(_fill("0,0,0,0", "182,195,202,255", 0.1)),
        "catchments": _single(_fill("0,0,0,0", "20,83,138,255", 0.2)),
        "neighbours": _single(_fill("225,229,232,120", "182,195,202,255")),
        "commissioners": _single(_fill("0,0,0,0", "22,36,47,255", 0.8)),
        "localities": _single(_fill("0,0,0,0", "14,106,92,255", 0.6)),
        "evidence_areas": _single(_fill("0,0,0,0", "122,31,92,255", 0.7)),
        "evidence_lines": _single(_line("122,31,92,255", 0.7)),
        "evidence_points": _single(_marker("122,31,92,255", "circle", 2.4)),
        "outlines": _single(_line("108,98,88,255", 0.3)),
    }  # fmt: skip
    rows = [
        {
            "f_table_catalog": "",
            "f_table_schema": "",
            "f_table_name": name,
            "f_geometry_column": "geom",
            "styleName": name,
            "styleQML": made[name],
            "styleSLD": "",
            "useAsDefault": True,
            "description": "footprint",
            "owner": "",
            "ui": None,
            "update_time": pd.Timestamp(stamp).tz_localize(None),
        }
        for name in written
        if name in made
    ]
    return pd.DataFrame(rows)


def _fill(colour: str, outline: str, width: float = 0.35) -> str:
    return _symbol(
        "fill",
        "SimpleFill",
        {
            "color": colour,
            "outline_color": outline,
            "outline_width": str(width),
            "outline_style": "solid",
            "style": "solid",
        },
    )


def _line(colour: str, width: float) -> str:
    values = {"line_color": colour, "line_width": str(width), "line_style": "solid"}
    return _symbol("line", "SimpleLine", values)


def _marker(colour: str, shape: str, size: float) -> str:
    values = {"color": colour, "name": shape, "size": str(size), "outline_color": "255,255,255,255"}
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


def _single(symbol: str) -> str:
    symbol = symbol.replace("NAME", "0")
    return _qml(f'<renderer-v2 type="singleSymbol"><symbols>{symbol}</symbols></renderer-v2>')


def _categories(column: str, values: dict[str, tuple[str, str]]) -> str:
    symbols = "".join(
        _fill(*colours).replace("NAME", str(number))
        for number, colours in enumerate(values.values())
    )
    categories = "".join(
        f'<category symbol="{number}" value={quoteattr(value)} label={quoteattr(value)}'
        ' render="true"/>'
        for number, value in enumerate(values)
    )
    return _qml(
        f'<renderer-v2 type="categorizedSymbol" attr="{escape(column)}">'
        f"<categories>{categories}</categories><symbols>{symbols}</symbols></renderer-v2>"
    )


def _qml(renderer: str) -> str:
    return (
        "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"
        f'<qgis version="3.28" styleCategories="Symbology">{renderer}</qgis>'
    )
