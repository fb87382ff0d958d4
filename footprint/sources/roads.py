"""A road network as a file: GraphML as OSMnx writes it, or a list of roads with their ends."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, PAGE_CRS, Column, Layout
from footprint.sources import graphml, speeds
from footprint.sources.coordinates import PAIRS, coordinates, within_britain
from footprint.sources.streams import Stream, digest
from footprint.sources.tabular import Table, read
from footprint.words import counted

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

#: what a road costs at most, so that sums of them stay figures
MOST_MINUTES, MOST_METRES, MOST_KPH = 10_000, 1_000_000, 300

_ONE_WAY = "(?i)yes|true|1|no|false|0|both"
ROADS = Layout(
    "list of roads",
    (
        Column("from_node", ("from(id|node)?", "fromnodeid", "u", "source", "start(id|node)?")),
        Column("to_node", ("to(id|node)?", "tonodeid", "v", "target", "end(id|node)?")),
        Column(
            "minutes",
            (r"((travel|drive|driving|journey)?time(in)?)?(minutes|mins?)",),
            "number",
            required=False,
            blank=True,
            low=0,
            high=MOST_MINUTES,
        ),
        Column(
            "seconds",
            # OSMnx writes seconds into travel_time
            (r"((travel|drive|driving|journey)?time(in)?)?(seconds|secs?)", "traveltimes?"),
            "number",
            required=False,
            blank=True,
            low=0,
            high=60 * MOST_MINUTES,
        ),
        Column(
            "metres",
            ("length(in)?(m|met(re|er)s)?", "distance(in)?(m|met(re|er)s)?", "met(re|er)s"),
            "number",
            required=False,
            blank=True,
            low=0,
            high=MOST_METRES,
        ),
        Column(
            "kph",
            ("speed(in)?(kph|kmh|kmph)?", "kph", "kmh"),
            "number",
            required=False,
            blank=True,
            low=0,
            high=MOST_KPH,
        ),
        Column("highway", ("highway", "(road)?class", "roadtype"), required=False, blank=True),
        Column(
            "oneway",
            ("oneway",),
            required=False,
            blank=True,
            shape=_ONE_WAY,
            expected="yes or no",
        ),
        *(
            Column(
                f"{axis}{end}",
                (f"({names}){end}", f"({word})({names})"),
                "number",
                required=False,
                blank=True,
            )
            for end, word in (("1", "from|start|u"), ("2", "to|end|v"))
            for axis, names in (
                ("x", "x|eastings?|lon|lng|long|longitude"),
                ("y", "y|northings?|lat|latitude"),
            )
        ),
    ),
)

NODES = Layout(
    "list of road nodes",
    (Column("node", ("(road)?node(id)?", "id", "osmid", "name")), *PAIRS),
    key=("node",),
    same=True,
)

#: columns of a network's frame: an arc a row, as driven
ARCS = ("from_node", "to_node", "minutes", "x1", "y1", "x2", "y2")


def roads(path: Path) -> Table:
    """
    Read a road network.

    Parameters
    ----------
    path
        GraphML (plain, gzip or zip): nodes with x, y in the graph's ``crs``, edges with
        ``travel_time`` (seconds), or ``length`` (metres) and ``speed_kph`` or ``highway``. Or a
        table with a record a road: from, to, minutes (or length_m with speed_kph or highway),
        and its ends as x1, y1, x2, y2 unless a file of nodes has them.

    Returns
    -------
    table
        from_node, to_node, minutes (float), x1, y1, x2, y2 (EPSG:27700; NaN where the file of
        nodes must say), a row for each direction in which a road is driven. Notes say whose
        speeds were taken by class, and what was assumed.

    Raises
    ------
    InputError
        With every fault, each with its line: ends that are nowhere, times that are none.
    """
    stream = graphml.found(path)
    return _graphml(path, stream) if stream is not None else _list(path)


def road_nodes(path: Path) -> Table:
    """Read where the ends of roads are: node, x, y (EPSG:27700)."""
    table = read(path, NODES)
    frame = coordinates(table, path)
    lost = np.flatnonzero(frame["x"].isna().to_numpy())
    if len(lost):
        raise InputError(
            table.fault(int(at), "easting", "a node without a place", "both coordinates")
            for at in lost
        )
    x, y = projected(frame["x"], frame["y"], frame["units"].iloc[0])
    return replace(table, frame=pd.DataFrame({"node": frame["node"], "x": x, "y": y}))


def projected(x: object, y: object, units: str) -> tuple[FloatArray, FloatArray]:
    """Bring degrees of EPSG:4326 (longitude, latitude) or metres of EPSG:27700 to the latter."""
    first, second = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if units == "metres":
        return first, second
    turned = Transformer.from_crs(PAGE_CRS, ANALYSIS_CRS, always_xy=True).transform(first, second)
    return np.asarray(turned[0], dtype=float), np.asarray(turned[1], dtype=float)


@dataclass(frozen=True)
class _Timed:
    minutes: FloatArray
    faults: list[tuple[int, str, str]]
    notes: list[str]


def _timed(minutes: FloatArray, metres: FloatArray, kph: FloatArray, highway: pd.Series) -> _Timed:
    """Minutes of each road: given, else from its speed, else from its class's."""
    by_class, unknown = speeds.of_classes(highway)
    no_time = np.isnan(minutes)
    no_speed = no_time & ~(kph > 0)
    faults = [
        (int(at), "a road without a time and without a length", "minutes, or a length in metres")
        for at in np.flatnonzero(no_time & np.isnan(metres))
    ]
    speed = np.where(no_speed, by_class, kph)
    with np.errstate(invalid="ignore", divide="ignore"):
        minutes = np.where(no_time, metres / 1000 / speed * 60, minutes)
    notes = []
    if no_speed.any():
        note = (
            f"{counted(int(no_speed.sum()), 'road has', 'roads have')} neither a time nor a speed:"
            " taken by class"
        )
        other = int((no_speed & unknown).sum())
        if other:
            note += f", {other:,} of no known class at {speeds.OTHER:g} km/h"
        notes.append(f"{note}.")
    return _Timed(minutes, faults, notes)


def _list(path: Path) -> Table:
    table = read(path, ROADS)
    frame = table.frame
    nan = np.full(len(frame), np.nan)

    def column(name: str) -> FloatArray:
        return frame[name].to_numpy(float) if name in frame else nan.copy()

    faults: list[Fault] = []
    for name in ("from_node", "to_node"):
        frame[name] = frame[name].str.removesuffix(".0")
    highway = frame["highway"] if "highway" in frame else pd.Series("", index=frame.index)
    minutes = column("minutes")
    minutes = np.where(np.isnan(minutes), column("seconds") / 60, minutes)
    timed = _timed(minutes, column("metres"), column("kph"), highway)
    faults += [table.fault(at, "minutes", found, wanted) for at, found, wanted in timed.faults]
    zero = np.flatnonzero((column("kph") == 0) & np.isnan(minutes))
    faults += [table.fault(int(at), "kph", "a speed of 0", "a speed above 0") for at in zero]
    notes = [*timed.notes]
    if "seconds" in frame and "minutes" not in frame:
        notes.append(f"Times of {table.headings['seconds']!r} are seconds.")
    ends, more = _ends(table, column)
    faults += more
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    out = pd.DataFrame(
        {
            "from_node": frame["from_node"],
            "to_node": frame["to_node"],
            "minutes": timed.minutes,
            **ends,
        }
    )
    back, said = _both_ways(out, frame.get("oneway"))
    out, at = _with_back(out, back)
    return replace(table, frame=out, lines=table.lines[at], notes=(*table.notes, *notes, *said))


def _ends(table: Table, column: object) -> tuple[dict[str, FloatArray], list[Fault]]:
    """Ends of roads in EPSG:27700; NaN in all where the file does not have them."""
    values = {name: column(name) for name in ("x1", "y1", "x2", "y2")}  # type: ignore[operator]
    given = [name for name in values if name in table.frame]
    if not given:
        return values, []
    if len(given) < 4:
        lacks = ", ".join(name for name in values if name not in given)
        found = f"no {lacks} beside {', '.join(given)}"
        return values, [Fault(str(table.path), found, "x1, y1, x2 and y2, or none of them")]
    x = np.concatenate([values["x1"], values["x2"]])
    y = np.concatenate([values["y1"], values["y2"]])
    known = np.isfinite(x) & np.isfinite(y)
    units = "metres"
    if known.any() and within_britain(x[known], y[known], "degrees").all():
        units = "degrees"
    count = len(table.frame)
    faults = [
        table.fault(
            int(at % count),
            "x1" if at < count else "x2",
            f"{x[at]:g}, {y[at]:g}" if known[at] else "an end without a place",
            "a place in Britain: longitude and latitude, or easting and northing",
        )
        for at in np.flatnonzero(~known | ~within_britain(x, y, units))
    ]
    if faults:
        return values, faults
    x, y = projected(x, y, units)
    return {"x1": x[:count], "y1": y[:count], "x2": x[count:], "y2": y[count:]}, []


def _both_ways(arcs: pd.DataFrame, oneway: pd.Series | None) -> tuple[BoolArray, list[str]]:
    """Tell which roads are driven the other way too without standing in the list again."""
    if oneway is not None:
        return ~oneway.str.lower().isin(("yes", "true", "1")).to_numpy(bool), []
    pairs = pd.MultiIndex.from_frame(arcs[["from_node", "to_node"]])
    turned = pd.MultiIndex.from_frame(arcs[["to_node", "from_node"]])
    loops = (arcs["from_node"] == arcs["to_node"]).to_numpy()
    if (pairs.isin(turned) & ~loops).any():
        return np.zeros(len(arcs), dtype=bool), []
    note = "No road of the list has its way back in it: each was taken to be driven both ways."
    return np.ones(len(arcs), dtype=bool), [note]


def _with_back(arcs: pd.DataFrame, back: BoolArray) -> tuple[pd.DataFrame, npt.NDArray[np.intp]]:
    """Add the way back where ``back`` says so; and the position of each row's road."""
    turned = {"from_node": "to_node", "to_node": "from_node", "x1": "x2", "y1": "y2"}
    turned |= {"x2": "x1", "y2": "y1"}
    more = arcs[back].rename(columns=turned)[list(ARCS)]
    out = pd.concat([arcs[list(ARCS)], more], ignore_index=True)
    return out, np.concatenate([np.arange(len(arcs)), np.flatnonzero(back)])


def _graphml(path: Path, stream: Stream) -> Table:
    graph = graphml.read(stream)
    faults = list(graph.faults)
    x, y, more = graphml.places(graph)
    faults += more
    number = {node: place for place, node in enumerate(graph.nodes)}
    heads = [
        np.array([number.get(end, -1) for end in ends], dtype=np.int64)
        for ends in (graph.sources, graph.targets)
    ]
    for ends, names in zip(heads, (graph.sources, graph.targets), strict=True):
        faults += [
            graph.fault(int(edge), f"an end {names[edge]!r} that is no node", "a node of the graph")
            for edge in np.flatnonzero(ends < 0)
        ]
    minutes, metres, kph = (
        graph.numbers(name, most, faults)
        for name, most in (
            ("travel_time", 60 * MOST_MINUTES),
            ("length", MOST_METRES),
            ("speed_kph", MOST_KPH),
        )
    )
    told = {fault.row for fault in faults}
    timed = _timed(minutes / 60, metres, kph, pd.Series(graph.highways, dtype="str"))
    for edge, found, wanted in timed.faults:
        # a length that is no number has been told already
        if graph.edge_lines[edge] not in told:
            faults.append(graph.fault(edge, found, f"{wanted} (travel_time or length)"))
    if not faults and not graph.sources:
        faults.append(Fault(stream.label, "a network without a road", "edges"))
    if faults:
        raise InputError(sorted(faults, key=lambda fault: fault.row or 0))
    u, v = heads
    arcs = pd.DataFrame(
        {
            "from_node": np.array(graph.sources, dtype=object),
            "to_node": np.array(graph.targets, dtype=object),
            "minutes": timed.minutes,
            "x1": x[u],
            "y1": y[u],
            "x2": x[v],
            "y2": y[v],
        }
    )
    arcs, at = _with_back(arcs, ~np.array(graph.directed, dtype=bool))
    return Table(
        path=path,
        what="road network (GraphML)",
        frame=arcs,
        rows=len(graph.sources),
        sha256=digest(path),
        headings={"minutes": "travel_time"},
        lines=np.array(graph.edge_lines, dtype=int)[at],
        notes=tuple(timed.notes),
    )
