"""Names and codes: in the official forms, from ranges that are not in use."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .county import BEYOND, EAST, SEED, SETTLEMENTS, WEST
from .land import Floats, metres
from .people import Ints
from .surgeries import Practice

COUNTY = "Avershire and Sorrel"
ICB_NAME = "NHS Avershire and Sorrel Integrated Care Board"
#: commissioner: (ONS code, name, ICB's ONS code, ICB's code, ICB's name)
COMMISSIONERS = {
    WEST: ("E38000901", "NHS Avershire and Sorrel ICB - 98A", "E54000901", "QZ1", ICB_NAME),
    EAST: ("E38000902", "NHS Avershire and Sorrel ICB - 98B", "E54000901", "QZ1", ICB_NAME),
    BEYOND: (
        *("E38000903", "NHS Quillshire ICB - 98Z", "E54000902", "QZ9"),
        "NHS Quillshire Integrated Care Board",
    ),
}
REGION = ("E40000901", "Y98", "Irish Sea")

#: words for practices in towns, taken in turn; CAPITALS as in the official files
_WORDS = """\
LANTERN STREET; MILL RACE; COOPER'S ROW; TALLOW LANE; FRIARS GATE; THE QUAYS; ST. ALDA'S;
DR O'HALLORAN & PARTNERS; WEAVERS WALK; THE OLD FORGE; ORCHARD RISE; ROPEWALK; BELL YARD;
KINGFISHER REACH; CASTLE MEAD; THE WEEPING WILLOWS; BISHOP'S WHARF; SPINDLE TREE; CHANDLERS;
SALTPANS; DRS FINCH, WREN & PARTNERS; HARBOUR LIGHTS; NEW BRIDGE; THE LIME KILNS;
HAWTHORN BANK; CORN EXCHANGE; PARK & PRIORY; WATERGATE; TOLLHOUSE; THE BEACON; HERONS REACH;
FULLERS FIELD; MARINER'S; DOVECOTE; ELDERFLOWER; ST. BRANNOC'S; CURRIER STREET; THE GREEN;
GRANARY; RIVER WALK; LARKSPUR; DR A. PENHALE; CATHEDRAL CLOSE; OAK & ASH; BREWERY LANE;
THE MALTINGS; SANDPIPER; VICTORIA TERRACE; QUEEN'S DRIVE; STONE CROFTS; MEADOWSWEET;
LONG ACRE; WHEATSHEAF; THE LONG CRESCENT; MULBERRY WALK; DR K. ADEYEMI & PARTNERS; CLOVERLEY;
LOCK GATES; TANNERY ROAD; RAILWAY TERRACE; THE SPINNEY; SAXON WAY; HOLLY & IVY; FAIRGROUND;
UNIVERSITY PARADE; ST. WENNA'S; PIER ROAD; COPPER BEECH; THE POPLARS; GLEBE ACRE;
BUTTERMARKET; SYCAMORE; ALMSHOUSE LANE; JUBILEE QUAY; SEA VIEW; LAUREL HEDGE;
DRS PATEL & SORRELL; CROSSWATER; NIGHTINGALE ROW; ABBEY SWIFT; COASTGUARD; WINDMILL STEPS;
THE SEVEN ELMS; TOWN END; PADDOCK; OLD SCHOOLROOM; LILAC; COBBLERS; MARKET PUMP; HOLLYHOCK;
CHERRY LOANING; ST. PERRAN & ALL SAINTS; FERRY LANE; BARLEY MOW; ACORN & BEECHNUT; ROSEHIP;
OLD MOORINGS; MERCHANT'S HALL; SILVER BIRCHES; CIDER PRESS; WATERMEADOW; BROOM LANE; HAYLOFT;
PILGRIM'S STILE; TIDE MILL; SHEEPWASH
"""
_KINDS = ("SURGERY", "MEDICAL CENTRE", "HEALTH CENTRE", "MEDICAL PRACTICE", "SURGERY", "PRACTICE")

#: a small area of a town with more hectares than this is countryside for the most part
OUTSKIRTS = 450.0
#: districts, by their middle in kilometres: they name small areas, and are the outlines
DISTRICTS = {
    "Averchester": (34.0, 22.6),
    "Pellmouth and Downs": (14.0, 13.0),
    "Saltreach": (15.0, 29.0),
    "North Avershire": (36.0, 39.0),
    "Kestrel Vale": (49.6, 27.0),
    "Thrushford": (43.0, 10.0),
    "Larkhaven": (28.0, 6.0),
}
#: the trust's own localities, by their middle in kilometres; they follow no network's land
LOCALITIES = {
    "Aver City": (34.5, 22.0),
    "Pell and Downs": (15.0, 12.0),
    "Sound and Cape": (15.0, 31.0),
    "North Fells": (41.0, 38.0),
    "Thrush and Kestrel": (46.0, 15.0),
}


def settlement_near(spot: Floats) -> int:
    """Number of the settlement whose middle is nearest to a point of the drawing board (m)."""
    away = [np.hypot(*(spot - metres(s.x, s.y))) for s in SETTLEMENTS]
    return int(np.argmin(away))


def practice_names(practices: Sequence[Practice], home: Ints) -> list[str]:
    """One name for each: a village's practice has the village's, others a street's or a tree's."""
    words = [word.strip() for word in _WORDS.split(";")]
    used: set[str] = set()
    out = []
    for k, practice in enumerate(practices):
        settlement = SETTLEMENTS[home[practice.area]] if home[practice.area] >= 0 else None
        kind = _KINDS[k % len(_KINDS)]
        name = ""
        if settlement is not None and settlement.kind == "village":
            name = f"{settlement.name.upper()} {kind}"
        if not name or name.rsplit(" ", 1)[0] in {u.rsplit(" ", 1)[0] for u in used}:
            word = words.pop(0)
            name = word if word.startswith("DR") else f"{word} {kind}"
        used.add(name)
        out.append(name)
    assert len(set(out)) == len(out)
    return out


def practice_codes(count: int) -> list[str]:
    """ODS codes of a series that does not exist: Z9nnnn."""
    rng = np.random.default_rng([SEED, 7])
    steps = 1 + np.floor(7 * rng.random(count)).astype(int)
    return [f"Z{90_000 + step}" for step in np.cumsum(steps).tolist()]


def postcode(settlement: int, number: int) -> str:
    """A postcode of the area XY, which does not exist; different for different numbers."""
    letters = "ABDEFGHJLNPQRSTUWXYZ"
    first, second = divmod(number * 7 % 400, 20)
    return f"XY{settlement + 1} {number % 9 + 1}{letters[first]}{letters[second]}"


def small_area_names(points: Floats, inside: Sequence[bool]) -> list[str]:
    """
    Names in the official style ("Averchester 003B"): a district, a group of five, a letter.

    Groups are taken from the west; each is an area and the four nearest that are left.
    """
    names = [""] * len(points)
    middles = np.array([metres(*xy) for xy in DISTRICTS.values()])
    nearest = np.argmin(np.hypot(*(points[:, None] - middles[None]).transpose(2, 0, 1)), axis=1)
    for number, district in [*enumerate(DISTRICTS), (-1, "Quillshire")]:
        left = [
            k for k in range(len(points)) if (nearest[k] == number if inside[k] else number == -1)
        ]
        left.sort(key=lambda k: (points[k, 0], k))
        group = 0
        while left:
            group += 1
            first = left[0]
            away = {k: float(np.hypot(*(points[k] - points[first]))) for k in left}
            for letter, k in zip(
                "ABCDE", sorted(left, key=lambda k: (away[k], k))[:5], strict=False
            ):
                names[k] = f"{district} {group:03d}{letter}"
                left.remove(k)
    return names


def district(label: str) -> str:
    """District in the name of a small area: "Averchester" of "Averchester 003B"."""
    return label.rsplit(" ", 1)[0]


def localities(points: Floats, inside: Sequence[bool]) -> list[str]:
    """Locality of each small area of the patch, by the nearest middle; "" beyond the patch."""
    middles = np.array([metres(*xy) for xy in LOCALITIES.values()])
    nearest = np.argmin(np.hypot(*(points[:, None] - middles[None]).transpose(2, 0, 1)), axis=1)
    known = list(LOCALITIES)
    return [known[n] if here else "" for n, here in zip(nearest.tolist(), inside, strict=True)]


def is_rural(home: Ints, hectares: Floats) -> NDArray[np.bool_]:
    """Whether each small area is rural: open country, a village, a town's wide outskirts."""
    village = np.array([n < 0 or SETTLEMENTS[n].kind == "village" for n in home.tolist()])
    return village | (hectares > OUTSKIRTS)


def rural_urban(points: Floats, home: Ints, hectares: Floats) -> list[str]:
    """Rural-urban class 2021 of each small area: UN1, UF1, RLN1, RLF1, RSN1 or RSF1."""
    city = metres(SETTLEMENTS[0].x, SETTLEMENTS[0].y)
    out = []
    rural = is_rural(home, hectares)
    for spot, number, country in zip(points, home, rural.tolist(), strict=True):
        near = "N" if np.hypot(*(spot - city)) < 14_000 else "F"
        kind = SETTLEMENTS[number].kind if number >= 0 else "open"
        size = "RS" if kind == "open" else "RL" if country else "U"
        out.append(f"{size}{near}1")
    return out


CLASSES = {
    f"{code}{near}1": (f"{word}: {text} a major town or city", word.split()[-1].capitalize())
    for code, word in (("U", "Urban"), ("RL", "Larger rural"), ("RS", "Smaller rural"))
    for near, text in (("N", "Nearer to"), ("F", "Further from"))
}
