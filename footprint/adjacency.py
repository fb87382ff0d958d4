"""Which small areas adjoin, which hang together, and which PCNs adjoin."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from footprint.errors import ModelError
from footprint.segments import borders, is_coverage, may_border, segments

#: where an edge comes from; the first that joins two PCNs is the source of their adjacency
SOURCES = ("border", "bridge", "manual")
#: a border that the user says cannot be crossed: kept in the table, never an edge
CUT = "cut"

_COLLECTION = 7

Geometries = npt.NDArray[np.object_]
Places = npt.NDArray[np.intp]


def small_area_edges(
    areas: gpd.GeoDataFrame,
    *,
    gap_m: float = 1.0,
    border_m: float = 20.0,
    crossings: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """
    Pairs of small areas that adjoin.

    Two small areas adjoin when they lie within ``gap_m`` of each other and share more than
    ``border_m`` of border: the length of the boundary of ``a`` that lies within ``gap_m`` of
    ``b``. Rook contiguity misses the T-junctions and small gaps of simplified boundaries, queen
    contiguity joins areas that meet at a corner; this does neither. Where the corners of two
    boundaries agree on more than ``border_m`` already, which is nearly everywhere, the rest is
    not measured.

    Parameters
    ----------
    areas
        Polygons in EPSG:27700, indexed by small area code.
    gap_m
        Widest gap across which a border is still shared, in metres.
    border_m
        Shared border that must be exceeded, in metres.
    crossings
        The user's ``a``, ``b`` and ``kind``: "bridge" or "manual" join two areas that share no
        border, "cut" parts two that do. A cut wins over the other kinds for the same pair; pairs
        with an area that is not in ``areas`` are left out.

    Returns
    -------
    edges
        ``a``, ``b`` (a < b), ``border_m`` (metres: what their boundaries share corner by corner
        where that is more than enough, else all that is within ``gap_m``; 0 where they are apart)
        and ``source`` (border, bridge, manual or cut), sorted by a and b.

    Raises
    ------
    ModelError
        When ``areas`` are not in EPSG:27700 or a code stands twice.
    """
    if areas.crs is None or areas.crs.to_epsg() != 27700:
        raise ModelError(f"small areas are in {areas.crs}, not EPSG:27700")
    if not areas.index.is_unique:
        raise ModelError("a small area code stands twice")
    areas = areas.sort_index()
    codes = areas.index
    shapes = polygonal(areas.geometry.to_numpy())

    lines = segments(shapes)
    first, second, length = borders(lines)
    enough = length > border_m
    first, second, length = first[enough], second[enough], length[enough]
    # the others within the gap are measured, lower code first
    i, j = _apart(shapes, first, second, gap_m)
    if is_coverage(shapes, lines):
        # nothing lies within another's outline: few corners come near enough
        may = may_border(lines, i, j, gap_m=gap_m, border_m=border_m)
        i, j = i[may], j[may]
    near = shapely.dwithin(shapes[i], shapes[j], gap_m)
    i, j = i[near], j[near]
    first, second = np.concatenate([first, i]), np.concatenate([second, j])
    length = np.concatenate([length, shapely.length(_shared(shapes, i, j, gap_m))])
    joined = length > border_m
    # the order of the places is that of the codes
    order = np.lexsort([second, first])
    if crossings is None or crossings.empty:
        order = order[joined[order]]
    edges = pd.DataFrame(
        {
            "a": codes.take(first[order]),
            "b": codes.take(second[order]),
            "border_m": length[order].round(2),
            "source": pd.Series("border", index=range(len(order))).where(joined[order]),
        }
    )
    if crossings is not None and len(crossings):
        edges = edges.merge(_pairs(crossings, codes), on=["a", "b"], how="outer")
        # a bridge over a border changes nothing, a cut does
        keep = (edges["source"] == "border") & (edges["kind"] != CUT)
        edges["source"] = edges["source"].where(keep, edges["kind"])
        edges["border_m"] = edges["border_m"].fillna(0.0)
        edges = edges.loc[edges["source"].notna()].sort_values(["a", "b"], ignore_index=True)
    return edges[["a", "b", "border_m", "source"]]


def shared_borders(
    areas: gpd.GeoDataFrame, edges: pd.DataFrame, *, gap_m: float = 1.0
) -> gpd.GeoSeries:
    """
    Linework that the two areas of each edge share.

    Parameters
    ----------
    areas
        Polygons in EPSG:27700, indexed by small area code; every area of ``edges`` is in it.
    edges
        Pairs ``a``, ``b``.
    gap_m
        Widest gap across which a border is still shared, in metres.

    Returns
    -------
    border_lines
        The boundary of ``a`` within ``gap_m`` of ``b``, on the index of ``edges``.
    """
    shapes = polygonal(areas.geometry.to_numpy())
    lines = _shared(
        shapes,
        areas.index.get_indexer(pd.Index(edges["a"])),
        areas.index.get_indexer(pd.Index(edges["b"])),
        gap_m,
    )
    return gpd.GeoSeries(lines, index=edges.index, crs=areas.crs, name="border")


def components(edges: pd.DataFrame, members: Iterable[str]) -> pd.Series:
    """
    Pieces into which a set of small areas falls.

    Parameters
    ----------
    edges
        As from :func:`small_area_edges`; cut edges join nothing.
    members
        Codes of the small areas.

    Returns
    -------
    component
        Number of the piece from 0, indexed by the sorted codes; pieces are numbered by their
        lowest code.
    """
    index = pd.Index(members if isinstance(members, pd.Index) else list(members))
    index = index.unique().sort_values().rename("small_area_code")
    open_edges = edges.loc[edges["source"] != CUT]
    i, j = (
        index.get_indexer(pd.Index(open_edges["a"])),
        index.get_indexer(pd.Index(open_edges["b"])),
    )
    inside = (i >= 0) & (j >= 0)
    graph = coo_array(
        (np.ones(inside.sum(), dtype=np.int8), (i[inside], j[inside])), shape=(len(index),) * 2
    )
    _, labels = connected_components(graph, directed=False)
    return pd.Series(pd.factorize(labels)[0], index=index, name="component", dtype=np.int64)


def pcn_adjacency(
    edges: pd.DataFrame, owner: pd.Series, parts: pd.DataFrame | None = None
) -> pd.DataFrame:
    """
    Pairs of PCNs that adjoin.

    Parameters
    ----------
    edges
        As from :func:`small_area_edges`; cut edges join nothing.
    owner
        PCN code by small area code; areas without an owner join nothing.
    parts
        ``small_area_code`` and ``matters`` (bool): only areas that matter join PCNs, so that a
        stray fragment makes no neighbours. All matter when None.

    Returns
    -------
    pcn_adjacency
        ``a``, ``b`` (a < b) and ``source``: border where any border edge joins the two, else
        bridge, else manual; sorted by a and b.
    """
    owner = owner.dropna()
    if parts is not None:
        matter = parts.loc[parts["matters"].astype(bool), "small_area_code"]
        owner = owner[owner.index.isin(matter)]
    pairs = pd.DataFrame(
        {
            "a": edges["a"].map(owner),
            "b": edges["b"].map(owner),
            "rank": edges["source"].map({source: k for k, source in enumerate(SOURCES)}),
        }
    ).dropna()
    pairs = pairs.loc[pairs["a"] != pairs["b"]]
    found = _ordered(pairs).groupby(["a", "b"], sort=True)["rank"].min().reset_index()
    found["source"] = found.pop("rank").map(dict(enumerate(SOURCES))).astype(str)
    return found


def polygonal(shapes: Geometries) -> Geometries:
    """
    Polygons of each geometry, without the stray lines and points of a GeometryCollection.

    Parameters
    ----------
    shapes
        Array of shapely geometries.

    Returns
    -------
    shapes
        A new array of the same length; collections become (multi)polygons, others stay.
    """
    shapes = np.array(shapes, dtype=object)
    for k in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION):
        parts = shapely.get_parts(shapes[k])
        shapes[k] = shapely.union_all(parts[shapely.get_dimensions(parts) == 2])
    return shapes


def _apart(
    shapes: Geometries, known_first: Places, known_second: Places, gap_m: float
) -> tuple[Places, Places]:
    """Pairs of shapes whose boxes come within ``gap_m``, lower place first, without those known."""
    west, south, east, north = shapely.bounds(shapes).T
    boxes = shapely.box(west - gap_m, south - gap_m, east + gap_m, north + gap_m)
    first, second = shapely.STRtree(shapes).query(boxes)
    once = first < second
    # both are sorted: what is known is looked up where it would be
    pairs = np.sort(first[once] * len(shapes) + second[once])
    known = known_first * len(shapes) + known_second
    at = np.minimum(np.searchsorted(known, pairs), max(len(known) - 1, 0))
    if len(known):
        pairs = pairs[known[at] != pairs]
    return np.divmod(pairs, max(len(shapes), 1))


def _shared(shapes: Geometries, first: Places, second: Places, gap_m: float) -> Geometries:
    # buffer and boundary of each area once, not of each pair
    near, inverse = np.unique(second, return_inverse=True)
    far, at = np.unique(first, return_inverse=True)
    lines: Geometries = shapely.intersection(
        shapely.boundary(shapes[far])[at], shapely.buffer(shapes[near], gap_m)[inverse]
    )
    return lines


def _ordered(pairs: pd.DataFrame) -> pd.DataFrame:
    swap = pairs["a"] > pairs["b"]
    return pairs.assign(a=pairs["a"].mask(swap, pairs["b"]), b=pairs["b"].mask(swap, pairs["a"]))


def _pairs(crossings: pd.DataFrame, codes: pd.Index) -> pd.DataFrame:
    known = crossings["a"].isin(codes) & crossings["b"].isin(codes)
    rows = _ordered(crossings.loc[known & (crossings["a"] != crossings["b"]), ["a", "b", "kind"]])
    rank = rows["kind"].map({CUT: 0, "bridge": 1, "manual": 2})
    order = rank.sort_values(kind="stable").index
    return rows.loc[order].drop_duplicates(["a", "b"])
