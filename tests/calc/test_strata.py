"""Stratified estimates against brute force, and Kish's effective number of answers."""

from __future__ import annotations

import numpy as np
import pytest

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
    assert (whole.mean, whole.variance, whole.interval()) == (2.0, 0.0, None)


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
