"""Blends and weighted means fall on the side of a threshold where they really are."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.exact import difference, exact, weighted_mean

SCORES = st.integers(100, 500).map(lambda hundredths: hundredths / 100)


def test_a_blend_of_exactly_three_is_three() -> None:
    assert weighted_mean([(0.6, 3.5), (0.4, 2.25)]) == 3.0


def test_no_blend_on_the_grid_of_tenths_is_on_the_wrong_side_of_three() -> None:
    for first in range(10, 51):
        for second in range(10, 51):
            blended = weighted_mean([(0.6, first / 10), (0.4, second / 10)])
            assert blended is not None
            exact_value = Fraction(6 * first + 4 * second, 100)
            assert (blended < 3) == (exact_value < 3)
            assert (blended == 3) == (exact_value == 3)


@given(
    st.integers(1, 99),
    st.integers(1, 500),
    st.integers(1, 500),
    st.integers(1, 9),
    st.integers(1, 9),
)
def test_a_blend_of_means_is_rounded_once(
    percent: int, first: int, second: int, n: int, m: int
) -> None:
    blended = weighted_mean([(percent / 100, first / n), ((100 - percent) / 100, second / m)])
    truth = Fraction(percent, 100) * Fraction(first, n) + Fraction(100 - percent, 100) * Fraction(
        second, m
    )
    assert blended == float(truth)


@given(st.lists(st.tuples(st.floats(0.01, 10), SCORES), min_size=1, max_size=6))
def test_a_weighted_mean_lies_between_its_values(pairs: list[tuple[float, float]]) -> None:
    mean = weighted_mean(pairs)
    assert mean is not None
    assert min(v for _, v in pairs) <= mean <= max(v for _, v in pairs)


@given(st.floats(-1e9, 1e9))
def test_the_short_fraction_is_the_same_float(number: float) -> None:
    assert float(exact(number)) == number


def test_no_weight_makes_no_mean() -> None:
    assert weighted_mean([]) is None
    assert weighted_mean([(0.0, 4.0)]) is None


def test_a_difference_has_no_binary_noise() -> None:
    assert difference(0.3, 0.1) == 0.2
