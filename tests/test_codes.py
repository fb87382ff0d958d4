"""Codes looked up once for each distinct one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from footprint.codes import among, looked_up, summed

texts = st.lists(st.sampled_from(["E01", "E02", "W01", "", None]), max_size=12)


@given(texts, texts)
def test_among_is_what_isin_says(values: list, codes: list) -> None:
    """The same answer as pandas' own, but for missing values, which are among none."""
    column = pd.Series(values, dtype="str")
    known = pd.Series([code for code in codes if code is not None], dtype="str")
    wanted = column.isin(known).to_numpy()
    assert among(column, known).tolist() == wanted.tolist()
    assert among(column, pd.Index(known)).tolist() == wanted.tolist()


@given(texts, st.sampled_from([0, 2, 3]))
def test_looked_up_is_what_map_gives(values: list, size: int) -> None:
    """The same values on the same index, missing where the table has none."""
    column = pd.Series(values, dtype="str", index=range(100, 100 + len(values)))
    for figures in (np.arange(3), np.array(["x", "y", None], dtype=object)):
        table = pd.Series(figures, index=["E01", "E02", ""]).iloc[:size]
        wanted = column.map(table)
        pd.testing.assert_series_equal(
            looked_up(column, table), wanted, check_dtype=False, check_names=False
        )


def test_whole_numbers_stay_whole() -> None:
    """Nothing becomes a float where nothing is missing."""
    found = looked_up(pd.Series(["b", "a", "b"]), pd.Series([1, 2], index=["a", "b"]))
    assert found.tolist() == [2, 1, 2]
    assert found.dtype == np.int64


@given(
    st.lists(
        st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz"), st.integers(0, 9)), max_size=20
    )
)
def test_summed_is_what_groupby_gives(rows: list) -> None:
    """The same pairs in the same order with the same sums."""
    frame = pd.DataFrame(rows, columns=["a", "b", "n"]).astype({"a": "str", "b": "str", "n": int})
    wanted = frame.groupby(["b", "a"])["n"].sum().reset_index()
    pd.testing.assert_frame_equal(summed(frame, "b", "a", "n"), wanted)
