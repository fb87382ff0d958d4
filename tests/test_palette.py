"""Colours: neighbours are told apart by every eye, text can be read, nothing depends on order."""

from __future__ import annotations

import itertools
import random
import re

import numpy as np
import pandas as pd
import pytest

from footprint.report import palette, shell

# linear sRGB to what a dichromat sees: protan and deutan by Machado, Oliveira and Fernandes,
# "A physiologically-based model for simulation of color vision deficiency" (2009), severity 1;
# tritan by Brettel, Viénot and Mollon, "Computerized simulation of color appearance for
# dichromats" (1997), two half planes, in the sRGB form of the DaltonLens project
PROTAN = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)
DEUTAN = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
TRITAN_A = np.array(
    [
        [1.01277, 0.13548, -0.14826],
        [-0.01243, 0.86812, 0.14431],
        [0.07589, 0.80500, 0.11911],
    ]
)
TRITAN_B = np.array(
    [
        [0.93678, 0.18979, -0.12657],
        [0.06154, 0.81526, 0.12320],
        [-0.37562, 1.12767, 0.24796],
    ]
)
TRITAN_PLANE = np.array([0.03901, -0.02788, -0.01113])
SRGB_TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
EYES = ("normal", "protan", "deutan", "tritan")


def linear(colour):
    parts = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def lab(colour, eye):
    """CIELAB (D65) of a colour as an eye sees it."""
    rgb = linear(colour)
    if eye == "protan":
        rgb = PROTAN @ rgb
    elif eye == "deutan":
        rgb = DEUTAN @ rgb
    elif eye == "tritan":
        rgb = (TRITAN_A if rgb @ TRITAN_PLANE >= 0 else TRITAN_B) @ rgb
    xyz = SRGB_TO_XYZ @ np.clip(rgb, 0, 1) / SRGB_TO_XYZ.sum(axis=1)
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


def ciede2000(one, other):
    """Colour difference by CIE 142-2001 as Sharma, Wu and Dalal (2005) write it down."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    g = 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * (1 + g), a2 * (1 + g)
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    grey = c1 * c2 == 0
    dh = 0.0 if grey else (h2 - h1 + 180) % 360 - 180
    big = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(dh / 2))
    lm, cm = (l1 + l2) / 2, (c1 + c2) / 2
    if grey:
        hm = h1 + h2
    elif abs(h1 - h2) <= 180:
        hm = (h1 + h2) / 2
    else:
        hm = (h1 + h2 + (360 if h1 + h2 < 360 else -360)) / 2
    t = (
        1
        - 0.17 * np.cos(np.radians(hm - 30))
        + 0.24 * np.cos(np.radians(2 * hm))
        + 0.32 * np.cos(np.radians(3 * hm + 6))
        - 0.20 * np.cos(np.radians(4 * hm - 63))
    )
    sl = 1 + 0.015 * (lm - 50) ** 2 / np.sqrt(20 + (lm - 50) ** 2)
    sc, sh = 1 + 0.045 * cm, 1 + 0.015 * cm * t
    turn = 60 * np.exp(-(((hm - 275) / 25) ** 2))
    rt = -2 * np.sqrt(cm**7 / (cm**7 + 25.0**7)) * np.sin(np.radians(turn))
    dl, dc, dh = (l2 - l1) / sl, (c2 - c1) / sc, big / sh
    return float(np.sqrt(dl**2 + dc**2 + dh**2 + rt * dc * dh))


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ((50, 2.6772, -79.7751), (50, 0, -82.7485), 2.0425),
        ((50, 2.5, 0), (73, 25, -18), 27.1492),
        ((50, 2.5, 0), (61, -5, 29), 22.8977),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((6.7747, -0.2908, -2.4247), (5.8714, -0.0985, -2.2286), 0.6377),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_ciede2000_gives_the_published_values(one, other, expected):
    """The ruler itself is right: pairs of table 1 of Sharma, Wu and Dalal."""
    assert ciede2000(one, other) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("size", sorted(palette.FILLS))
def test_fills_are_twenty_apart_to_every_eye(size, eye):
    """No two fills of a set come nearer than 20 CIEDE2000."""
    fills = palette.FILLS[size]
    assert len(set(fills)) == size
    for one, other in itertools.combinations(fills, 2):
        assert ciede2000(lab(one, eye), lab(other, eye)) >= 20, (one, other)


@pytest.mark.parametrize("eye", EYES)
def test_flags_stand_out_from_passes_to_every_eye(eye):
    """Slight, mild, strong and pass are told apart by their fills, the marks aside."""
    fills = [palette.PASS.fill, palette.MILD.fill, palette.STRONG.fill]
    for one, other in itertools.combinations(fills, 2):
        assert ciede2000(lab(one, eye), lab(other, eye)) >= 9, (one, other)
    slight = lab(palette.SLIGHT.fill, eye)
    assert ciede2000(slight, lab(palette.PASS.fill, eye)) >= 9
    assert ciede2000(slight, lab(palette.MILD.fill, eye)) >= 6
    marks = [verdict.mark for verdict in palette.VERDICTS]
    assert len(set(marks)) == len(marks)


@pytest.mark.parametrize("eye", EYES)
def test_list_sizes_darken_class_by_class(eye):
    """The sequential scale falls in lightness by a visible step, to every eye."""
    light = [lab(fill, eye)[0] for fill in palette.SIZES]
    assert all(b < a - 5 for a, b in itertools.pairwise(light[1:])), light
    assert ciede2000(lab(palette.SIZES[0], eye), lab(palette.SIZES[1], eye)) > 4


def grid(width, height):
    """Codes and adjoining pairs of a chessboard whose corners touch too: four colours at least."""
    codes = {(x, y): f"U{x:02}{y:03}" for x in range(width) for y in range(height)}
    pairs = [
        (codes[x, y], codes[x + dx, y + dy])
        for x, y in codes
        for dx, dy in ((1, 0), (0, 1), (1, 1), (1, -1))
        if (x + dx, y + dy) in codes
    ]
    return list(codes.values()), pairs


def test_neighbours_never_share_a_fill():
    """On a chessboard with corners joined every pair differs and no fill dominates."""
    codes, pairs = grid(12, 9)
    colours = palette.apart(codes, pairs)
    assert set(colours) == set(codes)
    assert all(colours[a] != colours[b] for a, b in pairs)
    counts = pd.Series(colours).value_counts()
    assert counts.max() < 0.5 * len(codes)


def adjoining(patch_file):
    """Codes of a patch's PCNs, and pairs that share a border; nothing is allocated."""
    from footprint import adjacency, footprints, patch, settings

    given = settings.load(patch_file)
    joined = patch.load(given)
    drawn = footprints.footprints(joined)
    edges = adjacency.small_area_edges(
        joined.small_areas,
        gap_m=given.policy.adjacency_gap_m,
        border_m=given.policy.adjacency_border_m,
        crossings=joined.crossings,
    )
    beside = adjacency.pcn_adjacency(edges, drawn.owner)
    codes = set(drawn.pcns.index)
    pairs = zip(beside["a"], beside["b"], strict=True)
    # PCNs from outside the patch are grey
    return sorted(codes), [pair for pair in pairs if codes.issuperset(pair)]


def assert_neighbours_apart(codes, pairs):
    """Every pair of neighbours differs by at least 20 CIEDE2000 to every eye."""
    assert len(pairs) > len(codes)
    colours = palette.apart(codes, pairs)
    for one, other in pairs:
        for eye in EYES:
            near = ciede2000(lab(colours[one], eye), lab(colours[other], eye))
            assert near >= 20, (one, other, eye)


def test_neighbours_of_the_fictional_patch_are_twenty_apart():
    """On the patch that comes with footprint, as it adjoins, bridges included."""
    from footprint import pipeline

    assert_neighbours_apart(*adjoining(pipeline.embedded()))


def test_neighbours_of_staffordshire_are_twenty_apart(shared):
    """On the real PCNs of an ICB."""
    assert_neighbours_apart(*adjoining(shared / "staffordshire-2025" / "patch.toml"))


def test_colours_do_not_depend_on_order():
    """The same areas get the same fills however they are listed."""
    codes, pairs = grid(5, 5)
    expected = palette.apart(codes, pairs)
    shuffle = random.Random(3)
    shuffle.shuffle(codes)
    pairs = [(b, a) for a, b in pairs]
    shuffle.shuffle(pairs)
    assert palette.apart(codes, pairs) == expected


def test_more_neighbours_than_fills_still_get_a_colour():
    """Eight areas that all adjoin share fills rather than fail; six do not share."""
    codes = [f"U{i}" for i in range(8)]
    assert len(set(palette.apart(codes, itertools.combinations(codes, 2)).values())) == 6
    six = palette.apart(codes[:6], itertools.combinations(codes[:6], 2))
    assert len(set(six.values())) == 6


def test_text_on_every_ground_can_be_read():
    """Text has at least the contrast 4.5 that the accessibility guidelines ask for."""
    for verdict in palette.VERDICTS:
        assert palette.contrast(verdict.fill, verdict.ink) >= 4.5, verdict.key
    for ground in (palette.CARD, palette.PAPER):
        for ink in (palette.INK, palette.QUIET, palette.BLUE, palette.BLUE_DEEP):
            assert palette.contrast(ground, ink) >= 4.5, (ground, ink)
    assert palette.contrast("#ffffff", "#000000") == pytest.approx(21)


def test_style_sheet_and_palette_say_the_same():
    """The tags of the pages have the colours of the verdicts."""
    css = dict(re.findall(r"--([a-z0-9-]+):\s*(#[0-9a-f]{6});", shell.look()))
    for verdict in palette.VERDICTS:
        assert css[verdict.key] == verdict.fill
        assert css[f"{verdict.key}-ink"] == verdict.ink
    assert css["ink"] == palette.INK
    assert css["blue"] == palette.BLUE


def test_verdict_of_a_pcn_is_its_gravest_flag():
    """Strong beats mild, mild beats slight, slight beats a note, and a note shows on a pass."""
    pcns = pd.DataFrame(
        {
            "pcn_code": ["A", "B", "C", "D", "E", "F"],
            "verdict": ["flag", "flag", "pass", "pass", "not judged", "flag"],
        }
    )
    checks = pd.DataFrame(
        [
            ("A", "flag", "mild"),
            ("A", "flag", "strong"),
            ("A", "pass", "note"),
            ("B", "flag", "mild"),
            ("B", "pass", "note"),
            ("C", "pass", "none"),
            ("C", "pass", "note"),
            ("D", "pass", "none"),
            ("E", "not judged", "none"),
            ("F", "flag", "note"),
            ("F", "pass", "note"),
        ],
        columns=["pcn_code", "verdict", "severity"],
    )
    found = palette.pcn_verdicts(pcns, checks)
    keys = ["strong", "mild", "note", "pass", "unjudged", "slight"]
    assert [v.key for v in found.values()] == keys


def test_list_size_classes_follow_the_policy():
    """The band's own limits are within it; one patient more or less is not."""
    classes = palette.size_classes({"population_min": 30_000, "population_max": 50_000})

    def words(people):
        return palette.size_class(people, classes).label

    assert "under the band" in words(29_999)
    assert "within the band" in words(30_000)
    assert "within the band" in words(50_000)
    assert words(50_001).endswith("(over)")
    assert words(100_000).endswith("(over)")
    assert "far over" in words(100_001)
    assert palette.size_class(None, classes) is None
    assert palette.size_class(float("nan"), classes) is None
