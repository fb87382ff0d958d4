"""
GraphML read as a stream: nodes with places, edges with what a road needs, each with its line.

Python's own expat does the reading. A document type is refused before anything in it is acted on,
so that no entity is ever declared, expanded or fetched; what a graph holds beside places and roads
is not kept.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.parsers import expat

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from footprint.errors import Fault, InputError
from footprint.schema import ANALYSIS_CRS, NUMBER
from footprint.sources.coordinates import within_britain
from footprint.sources.streams import Stream, broken, streams
from footprint.words import counted

FloatArray = npt.NDArray[np.float64]

#: bytes handed to the parser at a time
_CHUNK = 1 << 20
#: characters of one value; a road's geometry may be long, and is not kept
_LONGEST = 400
_WANTED = ("travel_time", "length", "speed_kph", "highway")
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


@dataclass
class Graph:
    """
    What a GraphML file holds of a road network.

    ``nodes`` in order with ``texts`` of their x and y; ``sources``, ``targets``, ``directed`` and
    ``values`` of the edges, ``values`` a list by attribute; ``crs`` as the graph names it.
    """

    label: str
    crs: str = ""
    nodes: list[str] = field(default_factory=list)
    texts: list[tuple[str, str]] = field(default_factory=list)
    node_lines: list[int] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    directed: list[bool] = field(default_factory=list)
    edge_lines: list[int] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _WANTED})
    faults: list[Fault] = field(default_factory=list)

    @property
    def highways(self) -> Sequence[str]:
        """Classes of the edges, "" where none is given."""
        return self.values["highway"]

    def fault(self, edge: int, found: str, expected: str, column: str | None = None) -> Fault:
        """Return a fault of an edge, with its line."""
        said = f"{found}, in the edge from {self.sources[edge]} to {self.targets[edge]}"
        return Fault(self.label, said, expected, row=self.edge_lines[edge], column=column)

    def numbers(self, name: str, most: float, faults: list[Fault]) -> FloatArray:
        """Numbers of an edge attribute, NaN where there is none; what is no number is a fault."""
        out = np.full(len(self.sources), np.nan)
        for edge, text in enumerate(self.values[name]):
            if not text:
                continue
            value = float(text) if re.fullmatch(NUMBER, text) else np.nan
            least = 0.0
            if not least <= value <= most or (name == "speed_kph" and value == 0):
                wanted = f"a number from 0 to {most:,}"
                faults.append(self.fault(edge, repr(text), wanted, column=name))
                continue
            out[edge] = value
        return out


def found(path: Path) -> Stream | None:
    """Return what is XML in a file, or in the first of an archive that is; None where nothing."""
    for stream in streams(path):
        head = stream.head
        for mark in _BOMS:
            head = head.removeprefix(mark)
        if head.replace(b"\0", b"").lstrip().startswith(b"<"):
            return stream
    return None


def holds(path: Path) -> bool:
    """Whether a file holds a graph, by its first bytes; raises InputError where it is broken."""
    stream = found(path)
    return stream is not None and b"<graphml" in stream.head.replace(b"\0", b"")


def read(stream: Stream) -> Graph:
    """
    Read a graph.

    Raises
    ------
    InputError
        XML that is broken, that declares a document type, or that is no GraphML.
    """
    reader = _Reader(stream.label)
    try:
        with stream.open() as file:
            while chunk := file.read(_CHUNK):
                reader.parser.Parse(chunk, False)
            reader.parser.Parse(b"", True)
    except expat.ExpatError as error:
        what = expat.errors.messages.get(error.code, "an error")
        raise InputError(
            [Fault(stream.label, f"broken XML ({what})", "GraphML", row=error.lineno)]
        ) from None
    except InputError:
        raise
    except (OSError, EOFError, ValueError, LookupError, RuntimeError) as error:
        raise broken(stream.label, error) from None
    return reader.graph


class _Reader:
    """Handlers of the parser; keeps what is asked for and its line."""

    def __init__(self, label: str) -> None:
        self.graph = Graph(label)
        self.names: dict[str, str] = {}
        self.defaults: dict[str, str] = {}
        self.inside: list[str] = []
        self.item: dict[str, Any] | None = None
        self.key: str | None = None
        self.declared = ""
        self.text: list[str] = []
        self.length = 0
        self.edge_default = True
        self.known: set[str] = set()
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.EntityDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _fault(self, found: str, expected: str) -> Fault:
        return Fault(self.graph.label, found, expected, row=self.parser.CurrentLineNumber)

    def _doctype(self, *_: object) -> None:
        raise InputError([self._fault("a document type declared in the file", "GraphML without")])

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(" ")[2]
        if not self.inside and name != "graphml":
            raise InputError([self._fault(f"XML that begins with <{name[:40]}>", "GraphML")])
        self.inside.append(name)
        if name == "key":
            self.names[attributes.get("id", "")] = attributes.get("attr.name", "")
            self.declared = attributes.get("id", "")
        elif name == "graph":
            self.edge_default = attributes.get("edgedefault", "directed") != "undirected"
        elif name in ("node", "edge"):
            self.item = {"line": self.parser.CurrentLineNumber, **self._ends(attributes)}
        elif name in ("data", "default"):
            key = attributes.get("key", "")
            self.key = key if name == "data" else "default"
            self.text, self.length = [], 0
            if name == "data" and key not in self.names:
                self.graph.faults.append(
                    self._fault(f"data of the key {key!r}, which is not declared", "a known key")
                )

    def _ends(self, attributes: dict[str, str]) -> dict[str, object]:
        directed = attributes.get("directed")
        return {
            "id": attributes.get("id", "").strip(),
            "source": attributes.get("source", "").strip(),
            "target": attributes.get("target", "").strip(),
            "directed": self.edge_default if directed is None else directed != "false",
        }

    def _characters(self, text: str) -> None:
        if self.key is not None and self.length <= _LONGEST:
            self.text.append(text)
            self.length += len(text)

    def _end(self, tag: str) -> None:
        name = self.inside.pop()
        if name in ("data", "default"):
            value = "".join(self.text).strip()[:_LONGEST]
            if name == "data":
                self._data(self.names.get(self.key or "", ""), value)
            else:
                self.defaults[f"data {self.names.get(self.declared, '')}"] = value
            self.key = None
        elif name == "node" and self.item is not None:
            self._node(self.item)
            self.item = None
        elif name == "edge" and self.item is not None:
            self._edge(self.item)
            self.item = None

    def _data(self, name: str, value: str) -> None:
        if self.item is not None:
            self.item.setdefault(f"data {name}", value)
        elif self.inside and self.inside[-1] == "graph" and name == "crs":
            self.graph.crs = value

    def _node(self, item: dict[str, Any]) -> None:
        graph = self.graph
        if item["id"] in self.known:
            graph.faults.append(
                Fault(
                    graph.label,
                    f"node {item['id']} again",
                    "each node once",
                    row=item["line"],
                )
            )
            return
        self.known.add(item["id"])
        graph.nodes.append(item["id"])
        item = {**self.defaults, **item} if self.defaults else item
        graph.texts.append((item.get("data x", ""), item.get("data y", "")))
        graph.node_lines.append(item["line"])

    def _edge(self, item: dict[str, Any]) -> None:
        graph = self.graph
        graph.sources.append(item["source"])
        graph.targets.append(item["target"])
        graph.directed.append(bool(item["directed"]))
        graph.edge_lines.append(item["line"])
        item = {**self.defaults, **item} if self.defaults else item
        for name in _WANTED:
            graph.values[name].append(item.get(f"data {name}", ""))


def places(graph: Graph) -> tuple[FloatArray, FloatArray, list[Fault]]:
    """
    Places of a graph's nodes.

    Returns
    -------
    x, y
        (n,) metres in EPSG:27700.
    faults
        Nodes without a place or outside Britain, a reference system that is none.
    """
    pairs = [
        [float(text) if re.fullmatch(NUMBER, text) else np.nan for text in both]
        for both in graph.texts
    ]
    x, y = np.array(pairs, dtype=float).reshape(-1, 2).T
    lost = np.flatnonzero(np.isnan(x) | np.isnan(y))
    faults = [
        Fault(
            graph.label,
            f"node {graph.nodes[at]} at {graph.texts[at][0]!r}, {graph.texts[at][1]!r}",
            "x and y as numbers",
            row=graph.node_lines[at],
        )
        for at in lost
    ]
    if len(lost) == len(x):
        return x, y, faults
    crs = _crs(graph, x, y)
    if crs is None:
        found = f"the reference system {graph.crs!r}"
        return x, y, [*faults, Fault(graph.label, found, "an EPSG code such as epsg:4326")]
    if not crs.equals(CRS(ANALYSIS_CRS)):
        x, y = Transformer.from_crs(crs, ANALYSIS_CRS, always_xy=True).transform(x, y)
    known = np.isfinite(x) & np.isfinite(y)
    away = np.flatnonzero(~within_britain(x, y, "metres") & ~np.isin(np.arange(len(x)), lost))
    if len(away) == int(known.sum()) and len(away):
        found = f"{counted(len(away), 'node')}, none of them in Britain by {crs.to_string()}"
        return x, y, [*faults, Fault(graph.label, found, "roads of Britain, x before y")]
    faults += [
        Fault(
            graph.label,
            f"node {graph.nodes[at]} at {graph.texts[at][0]}, {graph.texts[at][1]}",
            "a place in Britain",
            row=graph.node_lines[at],
        )
        for at in away
    ]
    return np.asarray(x), np.asarray(y), faults


def _crs(graph: Graph, x: FloatArray, y: FloatArray) -> CRS | None:
    """Return the graph's reference system; only EPSG codes are looked up."""
    if not graph.crs:
        here = np.isfinite(x) & np.isfinite(y)
        degrees = within_britain(x[here], y[here], "degrees").all()
        return CRS("EPSG:4326" if degrees else ANALYSIS_CRS)
    code = re.fullmatch(r"(?:(?:urn:ogc:def:crs:)?epsg:{1,2})?(\d{4,6})", graph.crs.strip().lower())
    if graph.crs.strip().upper().endswith("CRS84"):
        return CRS("EPSG:4326")
    if code is None:
        return None
    try:
        return CRS(f"EPSG:{code[1]}")
    except CRSError:
        return None
