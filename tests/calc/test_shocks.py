"""What is learned of shocks from earlier windows and other dimensions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from loopqa.calc.effect.contrast import (
    ClusterChange,
    Trace,
    cluster_shocks,
    contrast,
    trace,
    unpaired,
)
from loopqa.calc.effect.designs import Method
from loopqa.calc.effect.drift import usable
from loopqa.calc.effect.shocks import COMPANION, Movements, placebos
from loopqa.calc.effect.streams import View, spells, stream_contrast
from loopqa.model.tally import Moments
from loopqa.model.verdict import Arm, Period, Stream

SIZES = (12, 40, 25, 60, 18, 33, 8, 50)


def window(random: np.random.Generator, shock: float, day: int, mean: float = 3.0) -> Period:
    """Eight teams of unequal size, the first three in the scope, each with a shock of its own."""
    arms: list[dict[str, Moments]] = [{}, {}]
    for number, n in enumerate(SIZES):
        answers = random.normal(mean + random.normal(0, shock), 1.0, n)
        arms[number >= 3][f"T{number}"] = Moments.of(answers.tolist())
    return Period(*arms, day=day)


def stream(seed: int, shock: float, windows: int = 8) -> Stream:
    random = np.random.default_rng(seed)
    return Stream(
        window(random, shock, 0),
        window(random, shock, 90),
        tuple(window(random, shock, 30 * (k - windows)) for k in range(windows)),
    )


def test_a_trace_expects_what_simulated_shocks_do():
    """Mean excess over many draws = reach x (variance of a shock / variance of an answer)."""
    found = [
        one
        for seed in range(250)
        for one in placebos(stream(seed, 0.2), comparison=True)
    ]  # fmt: skip
    assert len(found) == 1000
    expected = found[0].reach * 0.2**2
    assert np.mean([one.excess for one in found]) == pytest.approx(expected, rel=0.12)


def test_the_ratio_is_weighted_least_squares_through_the_origin():
    traces = [Trace(0.9, 30.0, 10), Trace(0.1, 12.0, 4), Trace(-0.3, 20.0, 7)]
    usual = Trace(0.2, 10.0, 7.0)
    rows = [usual, *traces]
    fit = sm.WLS(
        [one.excess for one in rows],
        [one.reach for one in rows],
        weights=[one.df for one in rows],
    ).fit()
    shocks = cluster_shocks(traces)
    assert shocks.ratio == pytest.approx(fit.params[0])
    assert shocks.information == pytest.approx(1 / fit.normalized_cov_params[0, 0])


def test_without_any_trace_answers_count_as_independent():
    assert cluster_shocks([]).ratio == 0.0
    arm = [ClusterChange(0.3, 20.0, 38.0, 38.0)]
    assert contrast(arm, []).sampling.variance == pytest.approx(1 / 20)


def test_the_variance_of_a_contrast_is_that_of_simulated_ones():
    """Unequal teams, shocks of .2 in both windows: the mean estimated variance is the true one."""
    results = []
    for seed in range(1500):
        random = np.random.default_rng(seed)
        before, after = window(random, 0.2, 0), window(random, 0.2, 90)
        arms = [
            unpaired(before.scope, after.scope),
            unpaired(before.comparison, after.comparison),
        ]
        results.append(contrast(*arms))
    true = np.var([one.estimate for one in results])
    assert np.mean([one.sampling.variance for one in results]) == pytest.approx(true, rel=0.08)


def test_learning_from_the_history_and_other_dimensions_makes_the_verdict_steadier():
    own, beside = stream(1, 0.15), stream(2, 0.15)
    view = View(Method.BASELINE, comparison=True)
    alone = stream_contrast(replace(own, history=()), view, Movements())
    learned = stream_contrast(own, view, Movements())
    both = stream_contrast(replace(own, companions=(beside,)), view, Movements())
    assert alone.estimate == learned.estimate == both.estimate
    assert alone.sampling.df < learned.sampling.df < both.sampling.df


def test_other_dimensions_count_for_a_third():
    own, beside = stream(1, 0.15), stream(2, 0.15)
    movements = Movements()
    found = movements.traces(replace(own, companions=(beside,)), True, Method.BASELINE)
    assert [one.df for one in found] == [6.0] * 4 + [pytest.approx(6 * COMPANION)] * 5
    shares = [share for _, share in movements.levels(replace(own, companions=(beside,)), True)]
    assert shares == [1.0, COMPANION]


def test_low_scorers_of_one_dimension_tell_nothing_of_another():
    own, beside = stream(1, 0.15), stream(2, 0.15)
    found = Movements().traces(replace(own, companions=(beside,)), True, Method.LOW_TO_HISTORY)
    assert len(found) == 8


def test_an_action_that_moves_another_dimension_too_leaves_no_trace():
    own = stream(1, 0.1)
    lifted = {
        name: Moments(m.n, m.total + 0.8 * m.n, m.squares + 1.6 * m.total + 0.64 * m.n)
        for name, m in own.after.scope.items()
    }
    spilled = replace(own, after=replace(own.after, scope=lifted))
    plain, other = (
        Movements().traces(replace(own, history=(), companions=(one,)), True, Method.BASELINE)
        for one in (own, spilled)
    )
    assert [one.excess for one in other] == pytest.approx([one.excess for one in plain])


def test_a_short_history_leaves_no_placebo_behind():
    own = stream(1, 0.1)
    assert placebos(replace(own, history=own.history[:1]), True) == []
    assert placebos(replace(own, history=()), True) == []
    lonely = replace(own, history=tuple(Period({"T1": Moments()}) for _ in range(8)))
    assert usable(lonely.history, False) == []
    assert Movements().levels(lonely, False) == []


def test_a_cluster_alone_in_its_arm_leaves_no_trace():
    assert trace([[ClusterChange(0.3, 20.0, 38.0, 38.0)]], 2.0) is None


@pytest.mark.parametrize(
    ("method", "rho", "expected"),
    [
        (Method.BASELINE, 1.0, 2.0),
        (Method.PAIRS, 1.0, 2.0),
        (Method.HISTORY, 1.0, 1 + 1 / 8),
        (Method.PAIRS_TO_HISTORY, 0.4, 1 + 0.4**2 + 0.6**2 / 8),
        (Method.LOW_TO_BASELINE, 0.4, 2.0),
    ],
)
def test_an_estimate_holds_the_shocks_of_the_windows_it_is_made_of(method, rho, expected):
    assert spells(View(method, comparison=True, rho=rho), 8) == pytest.approx(expected)


def test_each_stream_is_worked_out_once():
    own = stream(1, 0.1)
    movements = Movements()
    first = movements.levels(own, True)[0][0]
    again = movements.levels(replace(own, weight=0.4, pairs={Arm.SCOPE: {}}), True)[0][0]
    assert again is first
