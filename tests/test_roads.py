"""Road networks: what files are read, what is refused and where, and the ways over them."""

from __future__ import annotations

import contextlib
import gzip
import random

import networkx as nx
import numpy as np
import pandas as pd
import pytest
from toy import County, code_of

from footprint import check, pipeline, settings
from footprint import roads as driving
from footprint.errors import InputError
from footprint.sources import roads, speeds
from footprint.starter.recognise import recognise

# -- files ---------------------------------------------------------------------------------------


def saved(path, nodes, edges, *, crs="epsg:27700", graph=None):
    """Write GraphML as OSMnx does: every value a text, the reference system with the graph."""
    made = nx.MultiDiGraph() if graph is None else graph
    made.graph["crs"] = crs
    for node, (x, y) in nodes.items():
        made.add_node(node, x=str(x), y=str(y))
    for u, v, values in edges:
        made.add_edge(u, v, **{key: str(value) for key, value in values.items()})
    nx.write_graphml(made, path)
    return path


#: 1 2    a square of 1 km, its south-west corner at 400 km east, 300 km north
#: 4 3
SQUARE = {
    "1": (400_000, 301_000),
    "2": (401_000, 301_000),
    "3": (401_000, 300_000),
    "4": (400_000, 300_000),
}


def refused(path, read=roads.roads):
    """The faults with which a file is refused."""
    with pytest.raises(InputError) as caught:
        read(path)
    return caught.value.faults


def test_times_come_before_speeds_and_speeds_before_classes(tmp_path):
    """travel_time in seconds; else length and speed_kph; else the class's speed, which is said."""
    edges = [
        ("1", "2", {"travel_time": 90, "length": 1000, "speed_kph": 10, "highway": "motorway"}),
        ("2", "3", {"length": 1000, "speed_kph": 40, "highway": "motorway"}),
        ("3", "4", {"length": 950, "highway": "['residential', 'motorway']"}),
        ("4", "1", {"length": 950, "highway": "motorway_link"}),
        ("1", "4", {"length": 500, "highway": "bridleway"}),
        ("4", "3", {"length": 500}),
    ]
    table = roads.roads(saved(tmp_path / "a.graphml", SQUARE, edges))
    found = {(r.from_node, r.to_node): r.minutes for r in table.frame.itertuples()}
    assert found == pytest.approx(
        {
            ("1", "2"): 1.5,
            ("2", "3"): 1.5,
            ("3", "4"): 0.95 / 30 * 60,
            ("4", "1"): 0.6,
            ("1", "4"): 1.0,
            ("4", "3"): 1.0,
        }
    )
    assert table.rows == 6
    (note,) = table.notes
    assert "4 roads have neither a time nor a speed" in note
    assert "2 of no known class at 30 km/h" in note


def test_graphml_is_what_networkx_reads(tmp_path):
    """On random multigraphs the roads are those that networkx finds in the same file."""
    rng = random.Random(7)
    for number in range(5):
        nodes = {str(i): (400_000 + rng.random() * 9e3, 300_000 + 9e3 * rng.random())
                 for i in range(12)}  # fmt: skip
        pairs = [rng.sample(sorted(nodes), 2) for _ in range(40)]
        edges = [(u, v, {"travel_time": round(rng.random() * 300, 3)}) for u, v in pairs]
        graph = nx.MultiGraph() if number == 4 else nx.MultiDiGraph()
        path = saved(tmp_path / f"{number}.graphml", nodes, edges, graph=graph)
        made = nx.read_graphml(path, force_multigraph=True)
        expected = [(u, v, float(d["travel_time"]) / 60) for u, v, d in made.edges(data=True)]
        if not made.is_directed():
            expected += [(v, u, minutes) for u, v, minutes in expected]
        frame = roads.roads(path).frame
        rows = frame[["from_node", "to_node", "minutes"]].itertuples(index=False, name=None)
        assert sorted(rows) == sorted(expected)
        assert {(r.from_node, r.x1, r.y1) for r in frame.itertuples()} <= {
            (node, x, y) for node, (x, y) in nodes.items()
        }


def test_reference_systems(tmp_path):
    """Degrees and the National Grid give the same metres; UTM too; packed files are unpacked."""
    from pyproj import Transformer

    edges = [("1", "2", {"length": 1000}), ("2", "1", {"length": 1000})]
    places = []
    for crs in ("epsg:27700", "epsg:4326", "EPSG:32630", ""):
        turn = Transformer.from_crs("EPSG:27700", crs or "EPSG:4326", always_xy=True)
        nodes = {node: turn.transform(*SQUARE[node]) for node in "12"}
        path = saved(tmp_path / "a.graphml", nodes, edges, crs=crs)
        packed = tmp_path / "a.graphml.gz"
        packed.write_bytes(gzip.compress(path.read_bytes()))
        places.append(roads.roads(packed).frame[["x1", "y1", "x2", "y2"]].to_numpy())
    east, west = [401_000, 301_000], [400_000, 301_000]
    for place in places:
        assert place == pytest.approx(np.array([[*west, *east], [*east, *west]]), abs=0.1)


def test_every_fault_of_a_graph_at_once_with_its_line(tmp_path):
    """Ends that are no node, times that are none, roads without length, nodes without place."""
    nodes = {**SQUARE, "5": ("east", 300_000)}
    edges = [
        ("1", "2", {"length": 1000}),
        ("2", "3", {"length": "long"}),
        ("3", "4", {"travel_time": -5}),
        ("4", "1", {"highway": "residential"}),
        ("1", "3", {"length": 10, "speed_kph": 0}),
    ]
    path = saved(tmp_path / "a.graphml", nodes, edges)
    path.write_text(path.read_text().replace('source="1" target="2"', 'source="1" target="9"'))
    faults = refused(path)
    lines = path.read_text().splitlines()
    told = {}
    for fault in faults:
        assert fault.file == str(path)
        told[fault.found] = lines[fault.row - 1]
    assert len(told) == len(faults) == 6
    expected = {
        "node 5 at 'east', '300000'": '<node id="5"',
        "an end '9' that is no node, in the edge from 1 to 9": 'target="9"',
        "'long', in the edge from 2 to 3": 'source="2"',
        "'-5', in the edge from 3 to 4": 'source="3"',
        "a road without a time and without a length, in the edge from 4 to 1": 'source="4"',
        "'0', in the edge from 1 to 3": 'source="1" target="3"',
    }
    assert set(told) == set(expected)
    for found, where in expected.items():
        assert where in told[found]


BOMB = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<graphml><key id="d" for="node" attr.name="x"/><graph><node id="&b;"/></graph></graphml>"""


@pytest.mark.parametrize(
    ("text", "said", "row"),
    [
        (BOMB, "a document type declared", 2),
        (BOMB.replace("<!ENTITY", "<!ENTITY x SYSTEM 'file:///etc/passwd'><!ENTITY", 1), "", 2),
        ("<html><body>not found</body></html>", "begins with <html>", 1),
        ("<graphml>\n<graph>\n<node id='1'>\n</graph></graphml>", "mismatched tag", 4),
        ("<graphml><graph></graph></graphml>", "without a road", None),
        ("<graphml><graph><node id='1'/>\n<node id='1'/></graph></graphml>", "node 1 again", 2),
    ],
)
def test_hostile_and_broken_xml(tmp_path, text, said, row):
    """A document type is refused before an entity is declared; what is no GraphML is said."""
    path = tmp_path / "a.graphml"
    path.write_text(text)
    faults = refused(path)
    assert any(said in fault.found and fault.row == row for fault in faults), faults


def test_no_bytes_are_a_traceback(tmp_path):
    """A graph cut short, scrambled, or of random bytes is read or refused, never a crash."""
    rng = random.Random(11)
    edges = [("1", "2", {"length": 9, "highway": "x"}), ("2", "1", {"travel_time": 9})]
    whole = saved(tmp_path / "a.graphml", SQUARE, edges).read_bytes()
    path = tmp_path / "b.graphml"
    for _ in range(300):
        noise = bytearray(whole[: rng.randrange(1, len(whole) + 1)])
        for _ in range(rng.randrange(4)):
            noise[rng.randrange(len(noise))] = rng.randrange(256)
        path.write_bytes(bytes(noise))
        with contextlib.suppress(InputError):
            assert len(roads.roads(path).frame)
    for content in (b"", b"<", b"\xff\xfe<\0", b"<graphml", rng.randbytes(999), b"\0" * 99):
        path.write_bytes(content)
        assert refused(path)


def test_graphs_from_elsewhere(tmp_path):
    """A reference system that is none, and a place that is not in Britain, are said."""
    edges = [("1", "2", {"length": 1})]
    path = saved(tmp_path / "a.graphml", SQUARE, edges, crs="+init=/etc/passwd")
    assert "'+init=/etc/passwd'" in refused(path)[0].found
    paris = {node: (2.35 + k / 100, 48.85) for k, node in enumerate(SQUARE)}
    assert "none of them in Britain" in refused(saved(path, paris, edges, crs="epsg:4326"))[0].found


def test_a_list_of_roads(tmp_path):
    """Minutes, or metres and speed; one-way as it says; degrees or metres; all driven alike."""
    path = tmp_path / "roads.csv"
    path.write_text(
        "from,to,minutes,length_m,speed_kph,oneway,x1,y1,x2,y2\n"
        "a,b,2,,,no,400000,301000,401000,301000\n"
        "b,c,,1500,45,yes,401000,301000,401000,300000\n"
    )
    table = roads.roads(path)
    rows = table.frame.itertuples(index=False, name=None)
    assert list(rows) == [
        ("a", "b", 2.0, 400_000.0, 301_000.0, 401_000.0, 301_000.0),
        ("b", "c", 2.0, 401_000.0, 301_000.0, 401_000.0, 300_000.0),
        ("b", "a", 2.0, 401_000.0, 301_000.0, 400_000.0, 301_000.0),
    ]
    assert list(table.lines) == [2, 3, 2]
    path.write_text("u,v,travel_time,lon1,lat1,lon2,lat2\n1,2,90,-2.0,52.6,-1.99,52.6\n")
    table = roads.roads(path)
    assert list(table.frame["minutes"]) == [1.5, 1.5]
    assert table.frame["x1"].to_numpy() == pytest.approx([400_097, 400_774], abs=5)
    assert any("are seconds" in note for note in table.notes)
    assert any("driven both ways" in note for note in table.notes)
    path.write_text("from,to,minutes\n1,2,1\n2,1,3\n2,3,1\n")
    assert len(roads.roads(path).frame) == 3


def test_faults_of_a_list_of_roads(tmp_path):
    """Each with its row: no time, a speed of 0, an end that is nowhere, half of the places."""
    path = tmp_path / "roads.csv"
    path.write_text(
        "from,to,minutes,length_m,speed_kph,x1,y1,x2,y2\n"
        "a,b,,,,400000,301000,401000,301000\n"
        "b,c,,1500,0,401000,301000,401000,300000\n"
        "c,d,1,,,401000,301000,,300000\n"
    )
    faults = refused(path)
    assert [(fault.row, fault.found) for fault in faults] == [
        (2, "a road without a time and without a length"),
        (3, "a speed of 0"),
        (4, "an end without a place"),
    ]
    path.write_text("from,to,minutes,x1,y1\na,b,1,400000,301000\n")
    assert "no x2, y2 beside x1, y1" in refused(path)[0].found


def test_a_file_of_nodes(tmp_path):
    """Places by node; a node that is nowhere, or not in Britain, is a fault with its row."""
    path = tmp_path / "nodes.csv"
    path.write_text("node,easting,northing\n1,400000,301000\n2,401000,301000\n")
    assert roads.road_nodes(path).frame.to_dict("list") == {
        "node": ["1", "2"], "x": [400_000.0, 401_000.0], "y": [301_000.0, 301_000.0]
    }  # fmt: skip
    path.write_text("node,easting,northing\n1,400000,301000\n2,,\n")
    assert refused(path, roads.road_nodes)[0].row == 3


def test_speeds_of_classes():
    """Every documented class has its speed; links as their road, others the least known."""
    names = [*speeds.KPH, "primary_link", "['tertiary_link', 'service']", "x", ""]
    kph, unknown = speeds.of_classes(pd.Series(names))
    assert list(kph) == [*speeds.KPH.values(), 55.0, 45.0, 30.0, 30.0]
    assert list(unknown) == [False] * (len(names) - 2) + [True, True]


# -- ways ----------------------------------------------------------------------------------------


def arcs(*rows):
    """Roads (from, to, minutes) between corners of the square."""
    frame = pd.DataFrame(rows, columns=["from_node", "to_node", "minutes"])
    for name, end in (("from_node", "1"), ("to_node", "2")):
        places = [SQUARE.get(node, (0.0, 0.0)) for node in frame[name]]
        frame[f"x{end}"], frame[f"y{end}"] = zip(*places, strict=True)
    return frame


def test_the_quickest_of_several_and_one_way_only():
    """Of two roads between the same corners the quicker counts; nobody drives against a road."""
    net = driving.network(
        arcs(("1", "2", 5.0), ("1", "2", 3.0), ("2", "3", 1.0), ("3", "4", 1.0), ("4", "1", 0.0))
    )
    nodes = np.arange(4)
    found = driving.minutes(net, nodes, nodes)
    assert found[0].tolist() == pytest.approx([0, 3, 4, 5])
    assert found[1].tolist() == pytest.approx([2, 0, 1, 2], abs=1e-6)


def test_nobody_starts_in_a_yard():
    """Where a piece of the network cannot be left, journeys start at the next node that can."""
    ring = [(str(i), str((i + 1) % 150), 1.0) for i in range(150)]
    rows = [*ring, ("0", "yard", 1.0)]
    frame = pd.DataFrame(rows, columns=["from_node", "to_node", "minutes"])
    at = {str(i): (400_000.0 + 100 * i, 300_000.0) for i in range(150)}
    at["yard"] = (400_000.0, 300_010.0)
    for name, end in (("from_node", "1"), ("to_node", "2")):
        frame[f"x{end}"], frame[f"y{end}"] = zip(*(at[node] for node in frame[name]), strict=True)
    net = driving.network(frame)
    assert len(net.usable) == 150
    node, metres = driving.snap(net, np.array([[400_000.0, 300_011.0]]))
    assert net.points[node[0]].tolist() == [400_000.0, 300_000.0]
    assert metres[0] == pytest.approx(11)


@pytest.mark.parametrize("seed", range(4))
def test_ways_are_those_of_another_library(seed):
    """On random directed multigraphs every way is as long as networkx finds it."""
    rng = np.random.default_rng(seed)
    pairs = rng.integers(0, 30, (90, 2))
    minutes = rng.uniform(0.1, 9, 90)
    frame = pd.DataFrame(
        {"from_node": [f"{u:02}" for u in pairs[:, 0]], "to_node": [f"{v:02}" for v in pairs[:, 1]],
         "minutes": minutes, "x1": 0.0, "y1": 0.0, "x2": 0.0, "y2": 0.0}
    )  # fmt: skip
    graph = nx.MultiDiGraph()
    for u, v, each in zip(frame["from_node"], frame["to_node"], minutes, strict=True):
        graph.add_edge(u, v, weight=each)
    names = sorted(graph)
    ways = dict(nx.all_pairs_dijkstra_path_length(graph))
    expected = [[ways[u].get(v, np.inf) for v in names] for u in names]
    nodes = np.arange(len(names))
    found = driving.minutes(driving.network(frame), nodes, nodes)
    assert found == pytest.approx(np.array(expected), abs=1e-6)


# -- a patch -------------------------------------------------------------------------------------

SERVICES = (
    "service_id demand_driver wte_per_10000 min_team_wte min_population max_travel_minutes level"
)


def county(*, far: bool = False) -> County:
    """
    Two PCNs along a road; the base in the west, the last area far from the road where asked.

    A A B B      the road runs from the first area to the third, to the fourth too unless far
    """
    made = County("AABB", patients=1_000)
    made.files = {
        "teams": (
            "team_id service_id base_name easting northing wte pcn_codes".split(),
            [("T1", "s", "Clinic", 400_500, 300_500, 1.0, "U99001;U99002")],
        ),
        "services": (SERVICES.split(), [("s", "registered", 5, 0.5, 500, 60, 1)]),
        "roads": (
            "from to minutes x1 y1 x2 y2".split(),
            [
                (i, i + 1, 4, 400_500 + 1_000 * i, 300_500, 401_500 + 1_000 * i, 300_500)
                for i in range(1 if far else 3)
            ],
        ),
    }
    return made


def studied(folder, made):
    """A county's analysis."""
    return pipeline.study(settings.load(made.write(folder)))


def test_minutes_over_roads_through_everything(tmp_path):
    """Four minutes a kilometre by road; tables say roads, no page says estimate."""
    result = studied(tmp_path, county())
    travel = result.tables["travel"].set_index("pcn_code")
    # A lives at 0 and 1 km, B at 2 and 3
    assert travel["minutes"].to_dict() == {"U99001": 2.0, "U99002": 10.0}
    assert set(travel["basis"]) == {"roads"}
    assert set(result.tables["allocation"]["basis"]) == {"roads"}
    content = pipeline.describe(result)
    assert any("quickest ways over the roads given" in note for note in content.notes)
    assert not any("estimate" in note for note in content.notes)
    assert result.audit["ok"]
    assert not any("estimate" in text for text in content.services[0].sentences)


def test_what_is_far_from_every_road_is_an_estimate_and_says_so(tmp_path):
    """B lives 1 km and 2 km beyond the road's end: one of its areas goes by the estimate."""
    made = county(far=True)
    made.policy = {"road_snap_m": 1_500}
    result = studied(tmp_path, made)
    travel = result.tables["travel"].set_index("pcn_code")
    pace = 1.3 / 30 * 60
    # by road to the second area and 1 km on; straight over 3 km
    assert travel.loc["U99002", "minutes"] == pytest.approx((4 + pace + 3 * pace) / 2, abs=0.05)
    assert travel["basis"].to_dict() == {"U99001": "roads", "U99002": "roads and estimate"}
    told = (
        f"1 small area with 1,000 patients is farther than 1.5 km from every road: {code_of(0, 3)}"
    )
    assert any(told in warning for warning in result.patch.warnings)
    notes = pipeline.describe(result).notes
    assert any("1 pair of team and PCN rest wholly or in part on an estimate" in n for n in notes)


def test_a_base_far_from_every_road_goes_by_the_estimate(tmp_path):
    """A base 5 km off the road is named with its distance, and all its minutes are estimates."""
    made = county()
    heading, (row,) = made.files["teams"]
    made.files["teams"] = (heading, [(*row[:4], 305_500, *row[5:])])
    result = studied(tmp_path, made)
    assert set(result.tables["travel"]["basis"]) == {"estimate"}
    assert any("farther than 1 km from every road: Clinic (5.0 km)" in warning
               for warning in result.patch.warnings)  # fmt: skip


def test_check_tells_how_far_roads_reach(tmp_path):
    """The check counts bases and patients near a road, and names what is far."""
    made = county(far=True)
    found = check.check(made.write(tmp_path))
    joins = {join.name: (join.count, join.of) for join in found.joins}
    assert joins["road_nodes"] == (2, None)
    assert joins["road_bases_near"] == (1, 1)
    assert joins["road_patients_near"] == (3_000, 4_000)
    assert any("farther than 1 km from every road" in warning for warning in found.warnings)


def test_travel_times_win_over_roads(tmp_path):
    """With both given the user's own times count, and that is said."""
    made = county()
    codes = [code_of(0, column) for column in range(4)]
    made.files["travel_times"] = (
        ["base", "LSOA_CODE", "minutes"], [("Clinic", code, 7) for code in codes]
    )  # fmt: skip
    result = studied(tmp_path, made)
    assert set(result.tables["travel"]["minutes"]) == {7.0}
    assert set(result.tables["travel"]["basis"]) == {"given"}
    assert any("the travel times count" in warning for warning in result.patch.warnings)


def test_nodes_in_a_file_of_their_own(tmp_path):
    """A list of roads finds its places by node; a node that is missing is told with its row."""
    made = county()
    made.files["roads"] = (["from", "to", "minutes"], [(0, 1, 4), (1, 2, 4), (2, 3, 4)])
    nodes = [(i, 400_500 + 1_000 * i, 300_500) for i in range(4)]
    made.files["road_nodes"] = (["node", "easting", "northing"], nodes)
    result = studied(tmp_path / "whole", made)
    assert result.tables["travel"]["minutes"].tolist() == [2.0, 10.0]
    made.files["road_nodes"] = (["node", "easting", "northing"], nodes[:2])
    with pytest.raises(InputError) as caught:
        made.load(tmp_path / "short")
    assert [(fault.row, fault.found) for fault in caught.value.faults] == [
        (3, "'2'"), (4, "'2'"), (4, "'3'")
    ]  # fmt: skip
    del made.files["road_nodes"]
    with pytest.raises(InputError, match="road_nodes"):
        made.load(tmp_path / "none")


def test_init_recognises_roads(tmp_path):
    """GraphML, a list of roads and its nodes are taken for what they are."""
    path = saved(tmp_path / "a", SQUARE, [("1", "2", {"length": 1})])
    assert recognise(path).kinds == {"roads": 1}
    path.write_text("from,to,length_m,speed_kph,x1,y1,x2,y2\n1,2,3,4,5,6,7,8\n")
    assert recognise(path).kinds == {"roads": 1}
    path.write_text("osmid,x,y\n1,-2.0,52.0\n2,-2.1,52.0\n")
    assert recognise(path).kinds == {"road_nodes": 1}
    path.write_text("<html><body><table></table></body></html>")
    assert recognise(path) is None
