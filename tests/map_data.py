"""What the script of a map's page reads, unpacked by other means than the page's own."""

from __future__ import annotations

import json
import re

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def rows(columns):
    """Rows of a table that is written column by column."""
    return [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]


def page_data(html):
    """Data of the page, its tables as rows again; shapes stay packed."""
    found = re.search(r'<script type="application/json" id="footprint-data">(.*?)</script>', html)
    data = json.loads(found[1])
    for name in ("pcns", "practices", "branches"):
        data[name] = rows(data[name])
    for each in [*data["pcns"], *data["practices"]]:
        if each["official"] is None:
            each["official"] = each["name"].upper()
    for pcn in data["pcns"]:
        pcn["checks"], pcn["parts"] = rows(pcn["checks"]), rows(pcn["parts"])
    return data


def corners(letters):
    """Longitudes and latitudes of a line, in hundred-thousandths of a degree."""
    numbers, bits, shift = [], 0, 0
    for letter in letters:
        value = LETTERS.index(letter)
        bits += (value % 32) << shift
        shift += 5
        if value < 32:
            numbers.append(-(bits + 1) // 2 if bits % 2 else bits // 2)
            bits, shift = 0, 0
    found, x, y = [], 0, 0
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        found.append((x, y))
    return found


def polygons(arcs, rings):
    """Rings of corners of each polygon that is written as places of arcs."""

    def ring(places):
        found = []
        for place in places:
            arc = corners(arcs[~place])[::-1] if place < 0 else corners(arcs[place])
            assert not found or found[-1] == arc[0]
            found += arc[1:] if found else arc
        return found

    return [[ring(places) for places in polygon] for polygon in rings]
