"""Stratified estimates against brute force, and Kish's effective number of answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.intervals import mean_interval
from loopqa.calc.strata import Stratum, effective_answers, stratified
from loopqa.model.tally import Moments


def test_mean_and_variance_are_those_of_drawing_again_and_again():
    random = np.random.default_rng(3)
    people = [random.normal(mean, sd, size) for mean, sd, size in ((3, 1, 60), (4, 0.5, 300))]
    draws = [
        stratified(
            Stratum(len(of), Moments.of(list(random.choice(of, n, replace=False))))
            for of, n in zip(people, (30, 40), strict=True)
        )
        for _ in range(3000)
    ]
    truth = np.concatenate(people).mean()
    assert np.mean([one.mean for one in draws]) == pytest.approx(truth, abs=0.005)
    assert np.mean([one.variance for one in draws]) == pytest.approx(
        np.var([one.mean for one in draws]), rel=0.07
    )
    covered = np.mean([one.interval()[0] <= truth <= one.interval()[1] for one in draws])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_a_population_asked_as_a_whole_has_no_error():
    whole = stratified([Stratum(3, Moments.of([1.0, 2.0, 3.0]))])
    assert (whole.mean, whole.variance, whole.interval()) == (2.0, 0.0, (2.0, 2.0))
    assert whole.census


def test_answers_without_any_spread_have_no_interval_unless_nobody_is_left_to_ask():
    alike = Moments.of([4.0, 4.0, 4.0])
    assert stratified([Stratum(30, alike)]).interval() is None
    assert stratified([Stratum(3, alike)]).interval() == (4.0, 4.0)


@given(st.lists(st.integers(1, 5), min_size=2, max_size=30))
def test_one_large_stratum_is_a_plain_sample(answers):
    plain = Moments.of([float(one) for one in answers])
    found = stratified([Stratum(1e12, plain)])
    assert found.mean == pytest.approx(plain.mean)
    assert found.effective == pytest.approx(len(answers))
    assert found.sd**2 == pytest.approx(plain.variance)
    if plain.variance:
        assert found.interval() == pytest.approx(mean_interval(plain))


@given(
    st.lists(st.lists(st.integers(1, 5), min_size=2, max_size=8), min_size=1, max_size=5),
    st.integers(2, 50),
)
def test_proportional_strata_have_the_plain_mean_in_any_order(strata, factor):
    parts = [
        Stratum(factor * len(one), Moments.of([float(answer) for answer in one])) for one in strata
    ]
    plain = [answer for one in strata for answer in one]
    found, turned = stratified(parts), stratified(parts[::-1])
    assert found.mean == pytest.approx(np.mean(plain))
    assert found.effective == pytest.approx(len(plain))
    assert turned.variance == pytest.approx(found.variance)


def test_a_segment_across_strata_is_as_sure_as_drawing_again_and_again_shows():
    random = np.random.default_rng(11)
    sizes, drawn = (80, 400), (40, 50)
    scores = [
        random.integers(1, 6, size) + shift for size, shift in zip(sizes, (0, 1), strict=True)
    ]
    inside = [random.random(size) < share for size, share in zip(sizes, (0.7, 0.4), strict=True)]
    truth = np.concatenate([one[mask] for one, mask in zip(scores, inside, strict=True)]).mean()
    found = []
    for _ in range(2000):
        parts = []
        for score, mask, n in zip(scores, inside, drawn, strict=True):
            rows = random.permutation(len(score))[:n]
            kept = [float(one) for one in score[rows][mask[rows]]]
            parts.append(Stratum(len(score), Moments.of(kept), n))
        found.append(stratified(parts))
    assert np.mean([one.mean for one in found]) == pytest.approx(truth, abs=0.01)
    assert np.mean([one.variance for one in found]) == pytest.approx(
        np.var([one.mean for one in found]), rel=0.1
    )
    covered = np.mean([one.interval()[0] <= truth <= one.interval()[1] for one in found])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_a_stratum_with_one_answer_takes_the_others_spread():
    one, many = Stratum(100, Moments.of([3.0])), Stratum(100, Moments.of([1.0, 3.0, 5.0]))
    found = stratified([one, many])
    assert found.variance == pytest.approx(0.25 * (0.99 * 4.0 + 0.97 * 4.0 / 3))
    assert found.df == 2


def test_nothing_drawn_gives_nothing_and_too_many_are_refused():
    assert stratified([]) is None
    assert stratified([Stratum(5, Moments())]) is None
    with pytest.raises(ValueError, match="drawn from a stratum"):
        stratified([Stratum(2, Moments.of([1.0, 2.0, 3.0]))])


def test_weights_that_differ_cost_answers():
    weights = [1.0] * 40 + [4.0] * 10
    assert effective_answers([(40, 1.0), (10, 4.0)]) == pytest.approx(
        sum(weights) ** 2 / sum(w * w for w in weights)
    )
