"""Demand: ratios times people, to the nearest hundredth."""

from __future__ import annotations

import pandas as pd
import pytest

from footprint.demand import demand
from footprint.errors import InputError


def services(*rows):
    """Services from (id, driver, ratio)."""
    return pd.DataFrame(rows, columns=["service_id", "demand_driver", "wte_per_10000"])


DRIVERS = pd.DataFrame(
    {"registered": [40_000.0, 30_200.0], "over_65": [9_000.0, 7_500.5]}, index=["U2", "U1"]
)


def test_ratio_times_people():
    """Each service has a row per PCN, PCNs in order, by its own driver."""
    table = demand(services(("pod", "registered", 0.25), ("falls", "over_65", 2.0)), DRIVERS)
    assert table["service_id"].tolist() == ["pod", "pod", "falls", "falls"]
    assert table["pcn_code"].tolist() == ["U1", "U2", "U1", "U2"]
    assert table["driver_population"].tolist() == [30_200, 40_000, 7_500.5, 9_000]
    # 0.755 is a half of a hundredth, and goes up as on paper
    assert table["wte_hundredths"].tolist() == [76, 100, 150, 180]
    assert table["wte"].tolist() == [0.76, 1.0, 1.5, 1.8]
    assert table["wte_hundredths"].dtype.kind == "i"


@pytest.mark.parametrize(("ratio", "people", "hundredths"), [(0.29, 50, 0), (1.15, 1_000, 12)])
def test_float_error_does_not_move_a_half(ratio, people, hundredths):
    """11.5 hundredths are 12 although the floats' product is a little less."""
    drivers = pd.DataFrame({"registered": [people]}, index=["U1"])
    table = demand(services(("s", "registered", ratio)), drivers)
    assert table["wte_hundredths"].tolist() == [hundredths]


def test_no_services_is_an_empty_table():
    """Without services there are columns and no rows."""
    table = demand(services(), DRIVERS)
    assert len(table) == 0
    assert list(table.columns[:4]) == ["service_id", "pcn_code", "driver_population", "wte"]


def test_every_fault_is_told():
    """An unknown driver is told with the nearest known one, a missing figure with its PCN."""
    holes = DRIVERS.assign(over_65=[9_000.0, float("nan")])
    with pytest.raises(InputError) as error:
        demand(services(("a", "over65", 1.0), ("b", "over_65", 1.0)), holes)
    first, second = map(str, error.value.faults)
    assert "did you mean over_65?" in first
    assert "no over_65 of U1" in second
