"""Districts against the field: a published optimum, and the model of the literature in HiGHS."""

from __future__ import annotations

from pathlib import Path

import pytest

from footprint.allocation import columns, hess
from footprint.errors import InputError

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def benchmark(monkeypatch):
    """The benchmark of published instances, as a module."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    import districting

    return districting


def test_iowa(shared, benchmark):
    """17,748.05 as published, proven, to the last of 2010's people in four districts."""
    folder = shared / "districting" / "iowa"
    if not folder.is_dir():
        pytest.skip("no districting instances here")
    found = benchmark.solved(folder, benchmark.DISTRICTS, benchmark.LOW, benchmark.HIGH)
    assert found.status == "proven best"
    assert round(found.cost / benchmark.MEASURE, 2) == benchmark.PUBLISHED
    assert len(found.centre) == 99


def test_a_pair_without_a_distance_is_told(tmp_path, benchmark):
    """Three units of which two have no distance: no zero is put in its place."""
    (tmp_path / "units.csv").write_text("unit,population\n7,10\n8,10\n9,10\n")
    (tmp_path / "edges.csv").write_text("a,b\n7,8\n8,9\n")
    (tmp_path / "distances.csv").write_text("a,b,km\n7,8,3.0\n8,9,4.0\n")
    with pytest.raises(InputError, match="distances: found nan at 0, 2"):
        benchmark.solved(tmp_path, 1, 30, 30)
    (tmp_path / "distances.csv").write_text("a,b,km\n7,8,3.0\n8,9,4.0\n7,9,7.0\n")
    found = benchmark.solved(tmp_path, 1, 30, 30)
    assert found.members == {8: [7, 8, 9]}
    assert found.cost == 10 * (3**2 + 4**2)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_model_of_the_literature_finds_the_same(seed, monkeypatch):
    """Sixteen units in four groups: all flows at once, flows as needed, and columns agree."""
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    from planar import plane
    from shir import shir

    made = plane(16, seed)
    question = made.question(120_000, 240_000, 4, 4)
    whole = shir(made, 4, 120_000, 240_000, limit=60)
    assert whole.bound == pytest.approx(whole.cost, rel=1e-6)
    for found in (hess.solve(question), columns.solve(question)):
        assert found.objective == found.bound == pytest.approx(whole.cost, rel=1e-6)
