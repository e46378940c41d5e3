"""Quantiles of counted values against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.scoring.quantiles import quantile, quantile_interval

COUNTS = st.dictionaries(st.integers(-50, 50).map(float), st.integers(0, 20), max_size=8)


@given(COUNTS, st.sampled_from([0.0, 0.1, 0.5, 0.9, 1.0]))
def test_a_quantile_is_numpys(counts: dict[float, int], p: float) -> None:
    values = [value for value, n in counts.items() for _ in range(n)]
    found = quantile(counts, p)
    if not values:
        assert found is None
    else:
        assert found == pytest.approx(float(np.quantile(values, p)), abs=1e-9)


@given(COUNTS)
def test_the_median_lies_in_its_interval(counts: dict[float, int]) -> None:
    interval, median = quantile_interval(counts, 0.5), quantile(counts, 0.5)
    if sum(counts.values()) < 2:
        assert interval is None
    else:
        assert interval is not None
        assert median is not None
        assert interval[0] <= median <= interval[1]


def test_the_median_interval_of_a_hundred_values_covers_19_of_20_samples() -> None:
    random = np.random.default_rng(5)
    covered = 0
    for _ in range(400):
        sample = random.exponential(size=100)
        low, high = quantile_interval({float(v): 1 for v in sample}, 0.5) or (0, 0)
        covered += low <= np.log(2) <= high
    assert covered / 400 >= 0.93
