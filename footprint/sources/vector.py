"""Layers of shapes in files: GeoPackage, GeoJSON, Shapefile, GeoParquet, FlatGeobuf, or a zip."""

from __future__ import annotations

import gzip
import json
import re
import warnings
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import shapely

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, normalise
from footprint.sources.coordinates import BRITAIN_METRES, NEAREST_ORIGIN
from footprint.sources.streams import BROKEN, GZIP, MOST_BYTES, PARQUET, ZIP, broken, too_large

KINDS = "GeoPackage, GeoJSON, Shapefile or GeoParquet"
#: how the files begin that are opened; others (which may point elsewhere) are not
SQLITE, SHAPEFILE, FLATGEOBUF = b"SQLite format 3\0", b"\0\0\x27\x0a", b"fgb\x03"
JSON_LAYER = re.compile(rb'"(FeatureCollection|Feature|GeometryCollection|Topology)"')


@dataclass(frozen=True)
class Layer:
    """A layer of a file: what its geometries are, its fields, and how to read some of them."""

    label: str
    kind: str
    fields: list[str]
    read: Callable[[list[str]], gpd.GeoDataFrame]


def field(fields: Sequence[str], patterns: Sequence[str]) -> str | None:
    """Return the first field whose normalised name matches a pattern, the first pattern first."""
    for pattern in patterns:
        for name in fields:
            # a file may carry both vintages' codes: the first is its own
            if re.fullmatch(pattern, normalise(name)):
                return name
    return None


def holds_shapes(path: Path) -> bool:
    """
    Whether a file, or something in a zip, holds shapes rather than a table, by its content.

    False too where it cannot be read: whoever reads it as a table says why.
    """
    try:
        with path.open("rb") as file:
            head = file.read(1 << 20)
        if head.startswith(PARQUET):
            import pyarrow.parquet  # noqa: PLC0415  only where such a file is given

            return b"geo" in (pyarrow.parquet.read_schema(path).metadata or {})
        if head.startswith(GZIP):
            with gzip.open(path) as packed:
                return _shapes(packed.read(1 << 20))
        if head.startswith(ZIP):
            with zipfile.ZipFile(path) as archive:
                return any(
                    _shapes(archive.open(info).read(1 << 20))
                    for info in archive.infolist()
                    if not info.is_dir() and not info.filename.startswith("__MACOSX/")
                )
    except BROKEN:
        return False
    return _shapes(head)


def _shapes(head: bytes) -> bool:
    if head.startswith((SQLITE, SHAPEFILE, FLATGEOBUF)):
        return True
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text.startswith(b"{") and JSON_LAYER.search(head) is not None


def read_layer(
    path: Path, wanted: Sequence[Sequence[str]], *, such_as: str = "LSOA21CD"
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """
    Read the layer of a file that has a column of a kind.

    Parameters
    ----------
    path
        A file or a zip of one, recognised by content.
    wanted
        Patterns of the columns: the first must be there, the others may be.
    such_as
        What the first column may be called, for the message that it is not there.

    Returns
    -------
    frame
        Geometry in EPSG:27700 and the columns found, under the file's own names.
    names
        These names, in the order of ``wanted``; "" where one is absent.

    Raises
    ------
    InputError
        Nothing that holds shapes, no layer with the column, no CRS, coordinates outside Britain.
    """
    shown = str(path)
    seen: list[Layer] = []
    chosen: Layer | None = None
    names: list[str] = []
    # areas before the points of the same areas
    for layer in sorted(_layers(path), key=lambda layer: "Point" in layer.kind):
        seen.append(layer)
        names = [field(layer.fields, patterns) or "" for patterns in wanted]
        if names[0]:
            chosen = layer
            break
    if chosen is None:
        fields = ", ".join(dict.fromkeys(name for layer in seen for name in layer.fields))
        raise InputError(
            [
                Fault(
                    shown,
                    f"no column of codes among {fields or 'nothing'}",
                    f"a column such as {such_as}",
                )
            ]
        )
    frame = _guarded(chosen.label, lambda: chosen.read([name for name in names if name]))
    if not isinstance(frame, gpd.GeoDataFrame):
        raise InputError([Fault(shown, "a layer without geometry", "polygons of small areas")])
    if frame.empty:
        raise InputError([Fault(shown, "a layer without records", "polygons")])
    if frame.crs is None:
        raise InputError([Fault(shown, "no CRS", "a coordinate reference system (EPSG:27700 say)")])
    try:
        for name in filter(None, names):
            frame[name].tolist()
    except (ValueError, pa.ArrowException):
        raise InputError(
            [Fault(shown, "text that is not UTF-8", "codes and names in UTF-8", column=name)]
        ) from None
    return _guarded(shown, lambda: _on_grid(frame, shown)), names


def _on_grid(frame: gpd.GeoDataFrame, shown: str) -> gpd.GeoDataFrame:
    bounds = frame.total_bounds
    if not np.isfinite(bounds).all():
        raise InputError([Fault(shown, "no geometry at all", "polygons")])
    moved = frame.to_crs(ANALYSIS_CRS)
    there = moved.total_bounds
    # kilometres for metres would put all of Britain into the sea beside the origin
    far = np.abs(there).max() > NEAREST_ORIGIN
    if np.isfinite(there).all() and far and _within(there, BRITAIN_METRES):
        return moved
    extent = ", ".join(f"{value:.6g}" for value in bounds)
    hint = ""
    if _within(bounds, BRITAIN_METRES) and max(map(abs, bounds)) > 1_000:
        hint = " (they look like British National Grid, EPSG:27700)"
    raise InputError(
        [
            Fault(
                shown,
                f"coordinates from {extent} in {frame.crs.to_string()}{hint}",
                "shapes in Britain: the CRS or the order of coordinates is wrong",
            )
        ]
    )


def _within(bounds: np.ndarray, box: tuple[int, int, int, int]) -> bool:
    west, east, south, north = box
    return bool(
        west <= bounds[0] and bounds[2] <= east and south <= bounds[1] and bounds[3] <= north
    )


def _guarded(label: str, read: Callable[[], gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Run what reads foreign bytes, which can be wrong in any way; what it raises is a fault."""
    try:
        with warnings.catch_warnings():
            # of names that end otherwise than the content would suggest
            warnings.simplefilter("ignore")
            return read()
    except InputError:
        raise
    except Exception as error:
        raise _no_layer(label, str(error)) from None


def _no_layer(label: str, why: str) -> InputError:
    return InputError([Fault(label, f"no boundaries ({why})", KINDS)])


def _layers(path: Path) -> list[Layer]:
    shown = str(path)
    try:
        with path.open("rb") as file:
            head = file.read(1 << 20)
    except BROKEN as error:
        raise broken(shown, error) from None
    if not head.strip():
        raise InputError([Fault(shown, "an empty file", KINDS)])
    if head.startswith(ZIP):
        return _zipped(path)
    if head.startswith(GZIP):
        return _gdal(f"/vsigzip/{path.resolve()}", shown)
    return _one(path.resolve(), head, shown)


def _one(source: Path | str, head: bytes, label: str) -> list[Layer]:
    if head.startswith(PARQUET):
        return [_parquet(source, label)]
    if _shapes(head):
        return _gdal(str(source), label)
    raise _no_layer(label, "its first bytes are of no such file")


def _zipped(path: Path) -> list[Layer]:
    shown = str(path)
    layers: list[Layer] = []
    try:
        with zipfile.ZipFile(path) as archive:
            for info in sorted(archive.infolist(), key=lambda info: info.filename):
                name = info.filename
                if info.is_dir() or name.startswith("__MACOSX/"):
                    continue
                if info.file_size > MOST_BYTES:
                    raise too_large(f"{shown}/{name}", MOST_BYTES)
                with archive.open(info) as file:
                    head = file.read(1 << 20)
                # braces: the archive may have any name
                inner = f"/vsizip/{{{path.resolve()}}}/{name}"
                label = f"{shown}/{name}"
                if head.startswith(PARQUET) or (
                    head.startswith(SHAPEFILE) and not name.lower().endswith(".shp")
                ):
                    # .shx begins like .shp; Parquet inside a zip is not read
                    continue
                try:
                    layers += _one(inner, head, label)
                except InputError:
                    continue
    except BROKEN as error:
        raise broken(shown, error) from None
    if not layers:
        raise _no_layer(shown, "an archive without any")
    return layers


def _gdal(source: str, label: str) -> list[Layer]:
    def listed() -> list[Layer]:
        layers = []
        for name, kind in pyogrio.list_layers(source):
            if kind is None:
                continue
            info = pyogrio.read_info(source, layer=name)

            def read(columns: list[str], name: str = name) -> gpd.GeoDataFrame:
                return pyogrio.read_dataframe(source, layer=name, columns=columns, use_arrow=True)

            layers.append(Layer(label, str(kind), [str(item) for item in info["fields"]], read))
        return layers

    layers = _guarded(label, listed)  # type: ignore[arg-type]
    if not layers:
        raise _no_layer(label, "no layer with shapes")
    return layers  # type: ignore[return-value]


def _parquet(source: Path | str, label: str) -> Layer:
    import pyarrow.parquet  # noqa: PLC0415  only where such a file is given

    def opened() -> list[str]:
        schema = pyarrow.parquet.read_schema(source)
        meta = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        return [name for name in schema.names if name not in meta.get("columns", {})]

    fields = _guarded(label, opened)  # type: ignore[arg-type]

    def read(columns: list[str]) -> gpd.GeoDataFrame:
        schema = pyarrow.parquet.read_schema(source)
        meta = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        return gpd.read_parquet(source, columns=[*columns, meta["primary_column"]])

    return Layer(label, "", list(fields), read)  # type: ignore[call-overload]


def polygons(geometries: np.ndarray) -> np.ndarray:
    """Make geometries valid and keep only what has an area: (n,) of Polygon or MultiPolygon."""
    missing = np.array([geometry is None for geometry in geometries], dtype=bool)
    out = shapely.force_2d(np.where(missing, shapely.Polygon(), geometries))
    invalid = ~shapely.is_valid(out)
    out[invalid] = shapely.make_valid(out[invalid])
    kinds = shapely.get_type_id(out)
    for at in np.flatnonzero(~np.isin(kinds, (3, 6))):
        parts = shapely.get_parts(shapely.get_parts(out[at : at + 1]))
        parts = parts[shapely.get_type_id(parts) == 3]
        out[at] = shapely.union_all(parts) if len(parts) else shapely.Polygon()
    return out
