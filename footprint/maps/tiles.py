"""A background map from the network: only on request, from one server, and said on the page."""

from __future__ import annotations

import re
from dataclasses import dataclass

from footprint.errors import Fault, InputError

#: OpenStreetMap's own server; it serves pages on a web server, and may refuse one opened from disk
OPENSTREETMAP = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
CREDIT = "© OpenStreetMap contributors (openstreetmap.org/copyright)"

_TEMPLATE = re.compile(r"https://([a-z0-9.-]+(?::[0-9]{1,5})?)/[^\s\"'<>;,\\]*", re.IGNORECASE)


@dataclass(frozen=True)
class Tiles:
    """
    A server of map tiles.

    ``url`` holds ``{z}``, ``{x}`` and ``{y}``; ``host`` is the only one that the page may ask for
    pictures; ``credit`` is shown on the map.
    """

    url: str
    host: str
    credit: str


def tiles(url: str = OPENSTREETMAP) -> Tiles:
    """
    Check the address of a tile server.

    Parameters
    ----------
    url
        Such as ``https://tiles.example.org/{z}/{x}/{y}.png``.

    Raises
    ------
    InputError
        If it is not https, or does not hold each of ``{z}``, ``{x}`` and ``{y}`` and no other
        place to fill in.
    """
    found = _TEMPLATE.fullmatch(url)
    if found is None or sorted(re.findall(r"\{[^{}]*\}", url)) != ["{x}", "{y}", "{z}"]:
        expected = "an address such as https://tiles.example.org/{z}/{x}/{y}.png"
        raise InputError([Fault("--tiles-url", url, expected)])
    host = found[1].lower()
    credit = CREDIT if url == OPENSTREETMAP else f"Background map: {host}"
    return Tiles(url=url, host=host, credit=credit)
