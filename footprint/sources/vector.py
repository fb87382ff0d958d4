"""Layers of shapes in files: GeoPackage, GeoJSON, Shapefile, GeoParquet, FlatGeobuf, or packed."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import re
import sqlite3
import warnings
import zipfile
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyogrio
import shapely
from pyproj import Transformer

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, normalise
from footprint.segments import distinct
from footprint.sources.coordinates import BRITAIN_METRES, NEAREST_ORIGIN
from footprint.sources.streams import BROKEN, GZIP, PARQUET, ZIP, Stream, strange, streams

KINDS = "GeoPackage, GeoJSON, Shapefile or GeoParquet"
#: how the files begin that are opened; others (which may point elsewhere) are not
SQLITE, SHAPEFILE, FLATGEOBUF = b"SQLite format 3\0", b"\0\0\x27\x0a", b"fgb\x03"
JSON_LAYER = re.compile(rb'"(FeatureCollection|Feature|GeometryCollection|Topology)"')
#: a Shapefile is several files: those without which there is none, and all that are read
NEEDED, PARTS = ("shp", "shx", "dbf"), ("shp", "shx", "dbf", "prj", "cpg")
TOGETHER = ".shp, .shx, .dbf and .prj together, in one folder or in one zip"

#: what GDAL opens: the path of a file, or a file's bytes
Source = Callable[[], str | bytes]


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
    Whether a file, or something in an archive, holds shapes rather than a table, by its content.

    False too where it cannot be read: whoever reads it as a table says why.
    """
    try:
        return any(_spatial(stream) for stream in streams(path))
    except (InputError, *BROKEN):
        return False


def _spatial(stream: Stream) -> bool:
    if not stream.head.startswith(PARQUET):
        return _shapes(stream.head)
    import pyarrow.parquet  # noqa: PLC0415  only where such a file is given

    return b"geo" in (pyarrow.parquet.read_schema(io.BytesIO(stream.read())).metadata or {})


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
    for layer in sorted(layers(path), key=lambda layer: "Point" in layer.kind):
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
        expected = "a coordinate reference system (EPSG:27700, say; a Shapefile has it in its .prj)"
        raise InputError([Fault(shown, "no CRS", expected)])
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
    moved = _moved(frame)
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


#: made once for a reference system: looking for the ways between two takes longer than a file
_transformer = functools.lru_cache(
    lambda crs: Transformer.from_crs(crs, ANALYSIS_CRS, always_xy=True)
)


def _moved(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Put shapes into EPSG:27700: what ``to_crs`` does, each corner that shapes share once."""
    shapes = frame.geometry.to_numpy()
    if frame.crs.equals(ANALYSIS_CRS) or shapely.has_z(shapes).any():
        return frame.to_crs(ANALYSIS_CRS)
    turn = _transformer(frame.crs)

    def once(xy: np.ndarray) -> np.ndarray:
        one, which = distinct(xy)
        return np.column_stack(turn.transform(xy[one, 0], xy[one, 1]))[which]

    return frame.set_geometry(gpd.GeoSeries(shapely.transform(shapes, once), crs=ANALYSIS_CRS))


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
        # GDAL's name for bytes is made up, and another each time
        why = re.sub(r"\S*pyogrio_[0-9a-f]{8,}\S*", "it", str(error))
        raise _no_layer(label, why) from None


def _no_layer(label: str, why: str, expected: str = KINDS) -> InputError:
    return InputError([Fault(label, f"no boundaries ({why})", expected)])


def layers(path: Path) -> list[Layer]:
    """
    List the layers of shapes in a file, told by its content whatever its name.

    Parameters
    ----------
    path
        GeoPackage, GeoJSON, Shapefile, GeoParquet or FlatGeobuf, plain, gzip or zip (of any).

    Raises
    ------
    InputError
        A file that is none or cannot be read; of an archive only where nothing in it can.
    """
    shown = str(path)
    try:
        found = list(streams(path))
        with path.open("rb") as file:
            packed = file.read(4).startswith((GZIP, ZIP))
    except InputError as error:
        raise InputError(
            replace(fault, expected=KINDS) if fault.expected == "a table" else fault
            for fault in error.faults
        ) from None
    if not packed:
        return _plain(path.resolve(), found[0])
    out: list[Layer] = []
    wrong: list[InputError] = []
    for stream in found:
        part = stream.head.startswith(SHAPEFILE)
        # .shx begins like .shp
        if (part and _parted(stream.label)[1] != "shp") or not (part or _readable(stream.head)):
            continue
        try:
            source = _together(stream, found) if part else stream.read
            out += _opened(source, stream.head, stream.label)
        except InputError as error:
            wrong.append(error)
    if out:
        return out
    if wrong:
        raise wrong[0]
    head = found[0].head if len(found) == 1 else b""
    # an archive that was not opened is a workbook or the like
    words = "an Excel file or a document" if head.startswith(ZIP) else strange(head)
    raise _no_layer(shown, words or "an archive without any")


def _readable(head: bytes) -> bool:
    return head.startswith(PARQUET) or _shapes(head)


def _plain(path: Path, stream: Stream) -> list[Layer]:
    head, label = stream.head, stream.label
    if head.startswith(SHAPEFILE):
        if path.suffix.lower() != ".shp":
            raise _no_layer(label, "one part of a Shapefile", f"the part .shp: {TOGETHER}")
        parts = {_parted(item.name)[1]: item.read_bytes for item in _beside(path)}
        _complete(parts, label)
        if not _taken_as_it_is(path):
            return _opened(lambda: _bundle("shapes", parts), head, label)
        return _opened(lambda: str(path), head, label)
    if not _readable(head):
        raise _no_layer(label, strange(head) or "its first bytes are of no such file")
    if _called_so(path, head):
        return _opened(lambda: str(path), head, label)
    # under another name GDAL may take it for something else: a .csv for a table
    return _opened(stream.read, head, label)


def _called_so(path: Path, head: bytes) -> bool:
    """Whether a file has the name that GDAL expects of what is in it."""
    kinds = {
        ".gpkg": head.startswith(SQLITE),
        ".fgb": head.startswith(FLATGEOBUF),
        ".parquet": head.startswith(PARQUET),
        ".geojson": not head.startswith((SQLITE, FLATGEOBUF, PARQUET)),
    }
    kinds[".json"] = kinds[".geojson"]
    return kinds.get(path.suffix.lower(), False) and _taken_as_it_is(path)


def _taken_as_it_is(path: Path) -> bool:
    """Whether a path holds no sign that pyogrio takes for an archive's, an address's or nothing."""
    return not set("!;\r\n\t") & set(str(path))


def _parted(name: str) -> tuple[str, str]:
    stem, _, suffix = name.rpartition(".")
    return stem, suffix.lower()


def _beside(path: Path) -> list[Path]:
    return [item for item in path.parent.iterdir() if item.stem == path.stem]


def _complete(there: Collection[str], label: str) -> None:
    missing = [f".{part}" for part in NEEDED if part not in there]
    if missing:
        raise _no_layer(label, f"a Shapefile without its {' and '.join(missing)}", TOGETHER)


def _together(stream: Stream, found: Sequence[Stream]) -> Source:
    """Put the parts of a Shapefile that lie in an archive into one of their own."""
    stem = _parted(stream.label)[0]
    parts = {_parted(s.label)[1]: s.read for s in found if _parted(s.label)[0] == stem}
    _complete(parts, stream.label)
    return lambda: _bundle(Path(stem).name, parts)


def _bundle(stem: str, parts: Mapping[str, Callable[[], bytes]]) -> bytes:
    """Pack the parts of a Shapefile into an archive of their own."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for suffix in PARTS:
            if suffix in parts:
                archive.writestr(f"{stem}.{suffix}", parts[suffix]())
    return out.getvalue()


def _opened(source: Source, head: bytes, label: str) -> list[Layer]:
    return [_parquet(source, label)] if head.startswith(PARQUET) else _gdal(source, label)


def _gdal(source: Source, label: str) -> list[Layer]:
    def listed() -> list[Layer]:
        opened = source()
        kept = _stored(opened)
        out = []
        # by number: bytes have no name, and GDAL makes one up each time
        for at, (name, kind) in enumerate(pyogrio.list_layers(opened)):
            if kind is None or (kept is not None and str(name).lower() not in kept):
                continue
            info = pyogrio.read_info(opened, layer=at)

            def read(columns: list[str], at: int = at) -> gpd.GeoDataFrame:
                return pyogrio.read_dataframe(source(), layer=at, columns=columns, use_arrow=True)

            out.append(Layer(label, str(kind), [str(item) for item in info["fields"]], read))
        return out

    found = _guarded(label, listed)  # type: ignore[arg-type]
    if not found:
        raise _no_layer(label, "no layer with shapes")
    return found  # type: ignore[return-value]


def _stored(opened: str | bytes) -> frozenset[str] | None:
    """
    Names of the tables that a database holds, in lower case; None of any other file.

    A view is worked out as it is read, and may have no end or come from somewhere else.
    """
    if isinstance(opened, str):
        with Path(opened).open("rb") as file:
            head = file.read(len(SQLITE))
    else:
        head = opened[: len(SQLITE)]
    if head != SQLITE:
        return None
    place = ":memory:"
    if isinstance(opened, str):
        place = f"{Path(opened).resolve().as_uri()}?mode=ro&immutable=1"
    with contextlib.closing(sqlite3.connect(place, uri=True)) as base:
        if isinstance(opened, bytes):
            base.deserialize(opened)
        rows = base.execute("select name, sql from sqlite_master where type = 'table'").fetchall()
    return frozenset(
        str(name).lower() for name, sql in rows if not str(sql).upper().startswith("CREATE VIRTUAL")
    )


def _parquet(source: Source, label: str) -> Layer:
    import pyarrow.parquet  # noqa: PLC0415  only where such a file is given

    def whole() -> tuple[io.BytesIO | str, list[str], dict[str, dict[str, object]], str]:
        opened = source()
        file = opened if isinstance(opened, str) else io.BytesIO(opened)
        schema = pyarrow.parquet.read_schema(file)
        meta = json.loads((schema.metadata or {}).get(b"geo", b"{}"))
        return file, schema.names, meta.get("columns", {}), meta.get("primary_column", "")

    def opened() -> list[str]:
        _, names, shapes, _ = whole()
        return [name for name in names if name not in shapes]

    fields = _guarded(label, opened)  # type: ignore[arg-type]

    def read(columns: list[str]) -> gpd.GeoDataFrame:
        file, _, _, primary = whole()
        return gpd.read_parquet(file, columns=[*columns, primary])

    return Layer(label, "", list(fields), read)  # type: ignore[call-overload]


def polygons(geometries: np.ndarray) -> np.ndarray:
    """Make geometries valid and keep only what has an area: (n,) of Polygon or MultiPolygon."""
    out = np.where(shapely.is_missing(geometries), shapely.Polygon(), geometries)
    high = shapely.get_coordinate_dimension(out) != 2
    out[high] = shapely.force_2d(out[high])
    invalid = ~shapely.is_valid(out)
    out[invalid] = shapely.make_valid(out[invalid])
    kinds = shapely.get_type_id(out)
    for at in np.flatnonzero(~np.isin(kinds, (3, 6))):
        parts = shapely.get_parts(shapely.get_parts(out[at : at + 1]))
        parts = parts[shapely.get_type_id(parts) == 3]
        out[at] = shapely.union_all(parts) if len(parts) else shapely.Polygon()
    return out


def lines(geometries: np.ndarray) -> np.ndarray:
    """Keep only what has a length and no area: (n,) of LineString or MultiLineString."""
    out = np.full(len(geometries), shapely.LineString(), dtype=object)
    for at, geometry in enumerate(geometries):
        parts = shapely.get_parts(shapely.get_parts([shapely.force_2d(geometry)]))
        parts = parts[(shapely.get_dimensions(parts) == 1) & (shapely.length(parts) > 0)]
        if len(parts):
            out[at] = parts[0] if len(parts) == 1 else shapely.multilinestrings(parts)
    return out
