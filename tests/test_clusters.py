"""Clusters of places, against the library that names the method."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN

from footprint.checks.dispersion import cluster_labels, widest_gap

places = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12, unique=True
)


@given(places, st.sampled_from([1.0, 2.0, 3.0, 5.0]))
def test_clusters_are_those_of_dbscan(xy: list[tuple[int, int]], reach: float) -> None:
    """With one point enough, the same clusters in the same order, gaps of just the reach closed."""
    points = np.array(xy, dtype=float)
    labels = cluster_labels(points, reach)
    assert labels.tolist() == DBSCAN(eps=reach, min_samples=1).fit_predict(points).tolist()
    # no gap wider than the reach, one cluster
    assert (labels.max() == 0) == (widest_gap(points) <= reach)
