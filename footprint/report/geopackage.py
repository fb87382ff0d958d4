"""The layers as a GeoPackage that QGIS opens with its colours."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from footprint.report import palette, qgis, views
from footprint.report.content import Content
from footprint.report.names import proper, short

#: layers with the geometry that they hold, from the top of the map down: QGIS, when it takes all of
#: a file, puts the first on top
LAYERS: dict[str, str] = {
    "practices": "Point",
    "branches": "Point",
    "bases": "Point",
    "evidence_points": "MultiPoint",
    "evidence_lines": "MultiLineString",
    "evidence_areas": "MultiPolygon",
    "outlines": "MultiLineString",
    "localities": "MultiPolygon",
    "commissioners": "MultiPolygon",
    "parts": "MultiPolygon",
    "small_areas": "MultiPolygon",
    "pcns": "MultiPolygon",
    "neighbours": "MultiPolygon",
    "catchments": "MultiPolygon",
}
#: a layer of shapes of several kinds, as layers of one kind each: QGIS draws a style for one kind
_KINDS: dict[str, tuple[str, int]] = {
    "evidence_areas": ("evidence", 2),
    "evidence_lines": ("evidence", 1),
    "evidence_points": ("evidence", 0),
}
#: the column of a layer that its labels are made of, and how
_NAMED: dict[str, tuple[str, Callable[[str], str]]] = {
    "pcns": ("pcn_name", short),
    "neighbours": ("pcn_name", short),
    "practices": ("practice_name", proper),
    "branches": ("site_name", proper),
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
    # of a path with one of these signs pyogrio writes to what stands behind it
    here = None if set("!;") & set(str(path.absolute())) else path.parent.absolute()
    with tempfile.TemporaryDirectory(dir=here, prefix=".geopackage-") as folder, \
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
                # QGIS warns of a later version in releases that planners still have
                dataset_options=None if made.exists() else {"VERSION": "1.2"},
            )
        if written:
            styles = _styles(written, stamp)
            pyogrio.write_dataframe(
                styles,
                made,
                layer="layer_styles",
                driver="GPKG",
                append=True,
                # QGIS looks a style up by this column
                layer_options={"FID": "id"},
            )
            shutil.move(made, path)
    return path


def layers(content: Content) -> dict[str, gpd.GeoDataFrame]:
    """
    Return the layers as they are written, by name: each holds shapes of one kind only.

    Evidence is told apart by kind; of areas that are outlines their borders are kept. PCNs end
    with ``mark``, their gravest verdict as pages word it, and what has an official name in
    capitals with ``label``, the name as maps show it.
    """
    looks = views.verdicts(content)
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
        more = {}
        if name == "pcns":
            looked = [looks.get(str(code), palette.UNJUDGED).label for code in frame["pcn_code"]]
            more["mark"] = pd.Series(looked, index=frame.index, dtype=object)
        if name in _NAMED:
            column, worded = _NAMED[name]
            shown = [worded(str(each)) for each in frame[column]]
            more["label"] = pd.Series(shown, index=frame.index, dtype=object)
        found[name] = frame.assign(**more).reset_index(drop=True)
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


def _styles(written: Iterable[str], stamp: str) -> pd.DataFrame:
    """Rows of the table from which QGIS takes each layer's style when it loads it."""
    made = qgis.styles()
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
            # QGIS lists styles of one time once for each other of that time
            "update_time": pd.Timestamp(stamp) + pd.Timedelta(seconds=number),
        }
        for number, name in enumerate(written)
    ]
    return pd.DataFrame(rows)
