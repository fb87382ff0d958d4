"""What somebody had to invent: the county's shores, its settlements, its networks, its names."""

from __future__ import annotations

from dataclasses import dataclass

SEED = 20_251_009

#: south-west corner of the drawing board, metres of EPSG:27700: the middle of the Irish Sea
ORIGIN = (243_000.0, 419_000.0)

# shores are in kilometres from ORIGIN, coarse: the generator roughens them
#: mainland, clockwise from the north-east; the estuary of the Pell cuts in from the west
MAINLAND = [
    *[(68, 38), (64, 39.5), (60, 40.6), (57, 39.4), (55.2, 38.2), (53.8, 39.6), (54.2, 41.4)],
    *[(51.5, 43.4), (48, 44.6), (45.4, 43.2), (43.6, 41.0), (41.4, 41.6), (39.5, 40.2)],
    *[(38.6, 41.4), (36.8, 42.0), (35.8, 40.2), (34.2, 39.4), (32.2, 39.8), (31.4, 41.6)],
    *[(29, 42.4), (27.4, 44.4), (25, 44.8), (22.6, 46.2), (20.4, 45.2), (18.6, 43.2)],
    *[(19.8, 41.4), (18.6, 39.4), (17.2, 37.4), (14.8, 37.2), (13.4, 38.6), (11.4, 39.2)],
    *[(9.8, 41.0), (8.0, 39.4), (9.6, 37.4), (8.8, 35.4), (11.4, 33.8), (10.4, 31.8)],
    *[(8.8, 30.8), (9.0, 28.8), (10.0, 27.4), (8.2, 26.2), (6.9, 24.6), (8.8, 23.4)],
    # north shore, head and south shore of the estuary
    *[(12, 24.0), (14.2, 23.4), (16.6, 24.4), (19, 23.0), (22, 22.5), (25, 21.4), (28.2, 21.4)],
    *[(28.4, 20.7), (25, 20.3), (22.2, 20.9), (19.2, 20.2), (17, 21.0), (14.2, 20.4)],
    *[(11, 18.8), (8.4, 20.2), (5.4, 19.6), (3.2, 17.6), (4.8, 16.2), (3.4, 13.8), (6.4, 13.0)],
    *[(7.6, 11.0), (9.0, 9.4), (7.4, 7.2), (10, 4.8), (12.2, 5.4), (14.6, 3.8), (17, 5.8)],
    *[(20.4, 5.4), (21.6, 3.2), (24.2, 2.8), (26.0, 0.6), (28.6, 1.2), (30.4, 3.4)],
    # a creek
    *[(31.6, 6.2), (32.6, 6.4), (32.4, 3.6), (33.8, 1.8), (36.4, 0.0), (39.4, 0.4)],
    *[(41.4, 2.2), (43.2, 1.6), (45.0, 3.8), (47.2, 3.4), (48.6, 4.4), (50.4, 2.2), (53.4, 0.4)],
    *[(56.2, 1.4), (58.4, 3.2), (61, 1.6), (64, 2.4), (68, 1.0)],
]
#: Sorrel, the island off the west coast
ISLAND = [
    *[(5.6, 34.0), (4.2, 35.8), (1.8, 35.2), (0.4, 33.0), (1.2, 31.6), (-0.4, 30.0)],
    *[(0.8, 28.4), (0.0, 26.4), (1.8, 24.8), (3.6, 26.2), (4.6, 27.6), (7.0, 28.8)],
    *[(6.6, 30.2), (5.0, 31.4), (5.4, 32.6), (6.8, 33.0)],
]

#: the border with Quillshire, from north to south: patch to the west of it
BORDER = [(57.5, 50), (57, 40), (55.4, 35), (57, 29), (55.6, 23), (57.2, 16), (55.8, 9), (57, -5)]
#: small areas with their middle east of this line are not made at all
EAST_END = 63.5


@dataclass(frozen=True)
class Settlement:
    """A place where people live: name, kind, middle in kilometres, people, spread in km."""

    name: str
    kind: str
    x: float
    y: float
    people: int
    radius: float


SETTLEMENTS = [
    Settlement("Averchester", "city", 34.0, 22.6, 318_000, 5.6),
    Settlement("Pellmouth", "town", 11.4, 16.2, 80_000, 2.9),
    Settlement("Saltreach", "town", 14.6, 27.0, 74_000, 2.7),
    Settlement("Thrushford", "town", 43.0, 11.6, 80_000, 2.8),
    Settlement("Ottersby", "town", 34.2, 37.6, 66_000, 2.7),
    Settlement("Kestrelby", "town", 49.6, 25.4, 64_000, 2.6),
    Settlement("Larkhaven", "town", 27.6, 4.6, 46_000, 2.1),
    # over the border, in Quillshire
    Settlement("Easter Quill", "town", 60.4, 27.4, 24_000, 1.7),
    Settlement("Quillhaven", "village", 60.2, 38.2, 8_000, 1.0),
    # small towns, drawn as villages
    Settlement("Brackenholt", "village", 49.0, 37.0, 7_000, 0.9),
    Settlement("Sorrel Quay", "village", 4.6, 29.4, 11_000, 1.2),
    Settlement("Cape Aldhelm", "village", 22.4, 42.6, 6_000, 0.9),
    Settlement("Wendlecombe", "village", 18.0, 10.4, 8_000, 1.0),
    Settlement("Tern Hythe", "village", 12.0, 36.4, 5_000, 0.8),
    Settlement("Market Sallow", "village", 23.8, 30.4, 9_000, 1.1),
    Settlement("Great Ormering", "village", 30.6, 12.4, 8_000, 1.0),
    Settlement("Fallowgate", "village", 49.2, 17.6, 6_000, 0.9),
    Settlement("Hern Bridge", "village", 41.4, 31.8, 6_000, 0.9),
]
#: villages: name, middle in kilometres, people
VILLAGES = [
    *[("Abbot's Lark", 28.8, 8.9, 3_100), ("Little Ormering", 26.6, 13.2, 2_600)],
    *[("Upper Thrush", 49.4, 11.2, 3_900), ("Nether Thrush", 37.0, 9.2, 3_300)],
    *[("Pelling St. Alda", 37.4, 14.8, 2_900), ("Withymarsh", 41.6, 28.4, 3_600)],
    *[("Dunnockby", 53.2, 20.8, 2_500), ("Fenny Sallow", 26.8, 34.2, 3_000)],
    *[("Cuckoo's Nab", 2.6, 33.4, 3_400), ("Stoatley Green", 21.6, 26.4, 3_300)],
    *[("Harrowmere", 41.0, 4.0, 3_400), ("Wrackham", 19.0, 33.8, 4_300)],
    *[("Oxlip End", 20.6, 18.4, 2_800), ("Long Teasel", 44.4, 39.8, 2_900)],
    *[("Sedgewater", 22.6, 7.6, 2_700), ("Plovercote", 36.0, 4.6, 3_100)],
    *[("Barrow Aver", 25.0, 39.0, 3_000), ("Hollin Down", 19.4, 14.4, 3_000)],
    *[("Marl Cross", 52.4, 6.0, 2_900), ("Tansy Hill", 46.2, 32.2, 3_300)],
    *[("Yarrowdean", 13.4, 7.4, 3_700), ("Siskin Moor", 53.4, 33.8, 2_800)],
    *[("Curlew Head", 49.6, 41.8, 3_200), ("Quernby", 44.4, 35.8, 2_900)],
]
SETTLEMENTS += [Settlement(name, "village", x, y, n, 0.7) for name, x, y, n in VILLAGES]


@dataclass(frozen=True)
class Network:
    """
    A PCN as it was planned: name, seeds of its land (km), registered patients, practices.

    A second seed with a share makes a network in two parts.
    """

    code: str
    name: str
    seeds: tuple[tuple[float, float, float], ...]
    patients: int
    practices: int
    commissioner: str


WEST, EAST, BEYOND = "98A", "98B", "98Z"


def _network(
    code: int, name: str, x: float, y: float, thousands: float, practices: int, commissioner: str
) -> Network:
    seeds = ((x, y, 1.0),)
    return Network(f"U{code}", name, seeds, round(thousands * 1000), practices, commissioner)


NETWORKS = [
    # the city
    _network(99102, "AVERCHESTER CENTRAL PCN", 34.0, 22.8, 45, 5, EAST),
    _network(99105, "CATHEDRAL & QUAYS PCN", 29.6, 20.6, 40, 5, EAST),
    _network(99109, "NORTHGATE & AVERSIDE PCN", 33.4, 27.0, 42, 5, EAST),
    _network(99111, "EAST AVER ALLIANCE PCN", 38.0, 23.0, 41, 5, EAST),
    _network(99113, "ST. ALDA'S PCN", 36.0, 25.2, 37, 4, EAST),
    _network(99116, "LINNET HEATH PCN", 37.4, 19.8, 44, 5, EAST),
    _network(99120, "PELLBANK PCN", 34.2, 18.8, 26.5, 4, EAST),
    Network(
        "U99124",
        "UNITED CITY PRACTICES PCN",
        ((30.6, 24.8, 0.6), (36.2, 28.2, 0.4)),
        42_000,
        5,
        EAST,
    ),
    # the west
    _network(99127, "PELLMOUTH & DISTRICT PCN", 10.6, 16.6, 58, 7, WEST),
    _network(99131, "SOUTH SHORE PCN", 15.2, 16.6, 39, 5, WEST),
    _network(99135, "DOWNS & COMBES PCN", 17.6, 9.6, 36, 5, WEST),
    _network(99138, "SALTREACH PCN", 15.2, 27.2, 46, 6, WEST),
    _network(99142, "SORREL SOUND PCN", 9.6, 29.6, 35, 4, WEST),
    _network(99146, "CAPE & HYTHE PCN", 16.8, 36.4, 33.5, 4, WEST),
    _network(99149, "MID-AVERSHIRE PCN", 24.0, 29.6, 38, 5, WEST),
    # the north, the east and the south
    _network(99153, "OTTERSBY BAY PCN", 33.4, 38.8, 44, 5, EAST),
    _network(99157, "OTTER VALLEY PCN", 36.4, 34.6, 37, 5, EAST),
    _network(99160, "BRACKEN FELLS PCN", 49.4, 37.6, 22, 3, EAST),
    _network(99164, "KESTRELBY PCN", 50.0, 26.0, 64, 7, EAST),
    _network(99168, "FIVE PARISHES PCN", 46.4, 20.0, 35, 5, EAST),
    _network(99171, "THRUSHFORD TOWN PCN", 43.0, 11.6, 40, 4, EAST),
    _network(99175, "THRUSH VALE PCN", 43.0, 11.6, 46, 6, EAST),
    _network(99179, "LARKHAVEN & COAST PCN", 27.6, 4.4, 47, 5, EAST),
    _network(99182, "ORMERING & PELL VALE PCN", 30.6, 13.4, 38, 5, EAST),
]
NEIGHBOUR = _network(99186, "QUILLSHIRE COAST PCN", 60.2, 26.0, 24, 3, BEYOND)
