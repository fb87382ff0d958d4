"""All of England, January 2022: the counts that are known of it."""

from __future__ import annotations

import pytest

from footprint import patch, settings


@pytest.fixture(scope="module")
def england(shared):
    """The joined files of the whole country."""
    return patch.load(settings.load(shared / "england-2022" / "patch.toml"))


def test_practices_pcns_and_patients(england):
    """6,527 practices, 1,254 PCNs, 32,844 small areas, and nobody lost."""
    assert len(england.practices) == 6_527
    assert int(england.pcns["in_patch"].sum()) == 1_254
    assert len(england.small_areas) == 32_844
    assert england.practices["list_size"].sum() == 61_469_262
    counts = england.counts
    assert counts["registered"] == 61_464_446
    assert counts["registered"] == counts["placed"] + counts["unplaced"] + counts["set_aside"]


def test_sizes_of_pcns(england):
    """91 PCNs under 30,000, 699 within the band, 464 above 50,000."""
    sizes = england.pcns["list_size"]
    assert int((sizes < 30_000).sum()) == 91
    assert int(sizes.between(30_000, 50_000).sum()) == 699
    assert int((sizes > 50_000).sum()) == 464


def test_practices_in_no_pcn(england):
    """Patients of practices in no PCN are counted, not dropped."""
    alone = england.practices[england.practices["pcn_code"].isna()]
    assert alone["list_size"].sum() == 222_660
    assert england.counts["no_pcn"] == alone["registered"].sum()
