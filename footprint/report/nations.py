"""
Scotland and Wales, roughly: so that a file of England's small areas does not make them sea.

Outlines are drawn by hand, some kilometres off, and reach into England, where there is land anyway.
They are a ground to draw on and nothing else: no figure knows them.
"""

from __future__ import annotations

from collections.abc import Iterable

import shapely

#: by the first letter of its small areas' codes: corners in kilometres of the national grid
_OUTLINES = {
    "S": (
        "333,565.5 347,569 362,583 384,600 395,620 393,641 399,656.5 395,664.5 391.5,667.5"
        " 380,671 368.5,679 361,684.5 355,685.5 340,680.5 327,677.5 312,679 325,684 328.5,690.5"
        " 349,700 363.5,709.5 352,717 346,729 364.5,741 372.5,757.5 388,785.5 395.5,806 200,806"
        " 210,774 185.5,730 200,700 224,677.5 220,659 223,642 232,631 233,622 218,597.5 208,582.5"
        " 196,567 200,554 215.5,530.5 219,555 233.5,543.5 245.5,534 248,537 244.5,555.5 258,553"
        " 264.5,544.5 273.5,545 282,550.5 297.5,554 299.5,567.5 306,566 314.5,565 325,565.5"
    ),
    "W": (
        "345,366 338,366 324.5,373.5 312.5,385.5 300.5,382 285.5,379.5 276,384 278,378 259,373.5"
        " 262.5,382 248,393.5 229.5,393 221,383 231.5,372.5 238,362.5 247.5,362.5 237,347.5"
        " 213.5,325.5 231,327.5 238,334.5 256.5,336 257,331 261,315.5 257.5,300.5 258,281.5"
        " 245.5,263 217,249 189.5,241.5 172.5,227 180.5,203 197.5,193 213.5,200 238,201 250,198.5"
        " 238.5,187.5 263.5,187 266,192 274,188 281.5,176.5 291.5,168.5 311,166 319,170.5"
        " 321.5,174.5 334,182.5 350,186.5 354.5,190.5 358,200 356,215 345,240 335,265 335,300"
        " 340,330 345,350"
    ),
}


def missing(codes: Iterable[str]) -> list[shapely.Polygon]:
    """
    Rough outlines in EPSG:27700 of the nations beside England of which nothing is known.

    Parameters
    ----------
    codes
        Codes of all small areas that are known.
    """
    known = {code[:1] for code in codes}
    found = []
    for letter, outline in _OUTLINES.items():
        if letter not in known:
            corners = [tuple(map(float, pair.split(","))) for pair in outline.split()]
            found.append(shapely.Polygon([(1000 * x, 1000 * y) for x, y in corners]))
    return found
