"""What a patch warns of when its files are joined, so that nothing strange passes in silence."""

from __future__ import annotations

import pytest
from toy import County

from footprint import check


def dated(county: County, *, lists: str, registrations: str) -> None:
    """Give the county's lists and registrations extract dates; its practices are of 1 October."""
    totals = {code: 0 for code, *_ in county.practices}
    for practice, _, count in county.registrations:
        totals[practice] += count
    county.files["list_sizes"] = (
        ["EXTRACT_DATE", "CODE", "SEX", "AGE", "NUMBER_OF_PATIENTS"],
        [(lists, code, "ALL", "ALL", total) for code, total in totals.items()],
    )
    county.files["registrations"] = (
        ["EXTRACT_DATE", "PRACTICE_CODE", "LSOA_CODE", "SEX", "NUMBER_OF_PATIENTS"],
        [(registrations, code, area, "ALL", count) for code, area, count in county.registrations],
    )


@pytest.mark.parametrize(
    ("lists", "registrations", "apart"),
    [
        ("01JUL2025", "01OCT2025", False),
        ("01JUN2025", "01OCT2025", True),
        ("01OCT2025", "01APR2026", True),
        ("", "01OCT2025", False),
    ],
)
def test_files_of_different_quarters_are_told(tmp_path, lists, registrations, apart):
    """Lists, registrations and practices of dates over a quarter apart are named with dates."""
    county = County("AAB")
    dated(county, lists=lists, registrations=registrations)
    warnings = [text for text in county.load(tmp_path).warnings if "different times" in text]
    assert len(warnings) == apart
    assert check.check(tmp_path / "patch.toml").warnings == county.load(tmp_path).warnings
    if lists == "01JUN2025":
        assert warnings[0].startswith(
            "The files are of different times: practices are of 1 October 2025 (map.csv), list"
            " sizes are of 1 June 2025 (list_sizes.csv) and registrations are of 1 October 2025"
            " (registrations.csv)."
        )
