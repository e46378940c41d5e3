"""Low scorers who answered again: told apart, beside a gain that comes from doing nothing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from loopqa.calc.question.questions import Request, questions
from loopqa.calc.verdict.judgement import judge
from loopqa.calc.verdict.recovery import recovery
from loopqa.model.rubric import Decide
from loopqa.model.tally import PairCount
from loopqa.model.verdict import Asked, PairMoments
from loopqa.model.yardstick import Kind, Yardstick
from tests.calc.counting import Count, rating_schemes, rubric
from tests.calc.handmade import question

PHONE = (("channel", ("phone",)),)


def moments(before: np.ndarray, after: np.ndarray) -> PairMoments:
    return PairMoments(
        len(before),
        before.sum(),
        after.sum(),
        (before**2).sum(),
        (after**2).sum(),
        (before * after).sum(),
    )


def asked_again(dice: np.random.Generator, effect: float = 0.0, n: int = 4000):
    """A question whose 4,000 customers answered twice with correlation .5; nothing was done."""
    first = dice.normal(3.0, 1.0, n)
    second = 3.0 + 0.5 * (first - 3.0) + dice.normal(0, 0.75**0.5, n) + effect
    low = first <= 2.0
    asked = question(2.9, asked=Asked.SAME)
    stream = asked.streams["customer"]
    cluster = replace(next(iter(stream.before.scope.values())), n=n, total=first.sum())
    cluster = replace(cluster, squares=(first**2).sum())
    stream = replace(
        stream,
        before=replace(stream.before, scope={"T1": cluster}),
        low_pairs=moments(first[low], second[low]),
        retest=moments(first, second - effect),
    )
    return replace(asked, streams={"customer": stream}), first[low], second[low]


def test_doing_nothing_explains_the_whole_gain_of_low_scorers():
    asked, before, after = asked_again(np.random.default_rng(5))
    told = recovery(asked)
    assert told.n == len(before)
    assert told.gain == pytest.approx(after.mean() - before.mean())
    assert told.gain > 0.6
    assert told.measured
    assert told.gain == pytest.approx(sum(told.expected) / 2, abs=0.1)
    assert told.interval[0] < 0 < told.interval[1]


def test_the_formula_is_galtons():
    asked, before, _ = asked_again(np.random.default_rng(6))
    told = recovery(asked)
    for rho, expected in zip(reversed(told.retest), told.expected, strict=True):
        assert expected == pytest.approx((1 - rho) * (told.everybody - before.mean()))
    middle = sum(told.retest) / 2
    assert told.beyond == pytest.approx(told.gain - (1 - middle) * (told.everybody - before.mean()))


def test_what_lies_beyond_is_found_with_its_interval():
    dice = np.random.default_rng(7)
    told = [recovery(asked_again(dice, effect=0.5)[0]) for _ in range(20)]
    covered = [one.interval[0] < 0.5 < one.interval[1] for one in told]
    assert sum(covered) >= 17
    assert np.mean([one.beyond for one in told]) == pytest.approx(0.5, abs=0.05)


def test_without_a_measured_retest_the_usual_range_widens_the_answer():
    asked, *_ = asked_again(np.random.default_rng(8))
    stream = replace(asked.streams["customer"], retest=PairMoments())
    told = recovery(replace(asked, streams={"customer": stream}))
    assert (told.retest, told.measured) == ((0.2, 0.7), False)
    measured = recovery(asked)
    assert told.interval[0] < measured.interval[0] < measured.interval[1] < told.interval[1]


def test_it_never_touches_the_verdict():
    asked, *_ = asked_again(np.random.default_rng(9), effect=1.0)
    stream = replace(asked.streams["customer"], low_pairs=PairMoments())
    (told,) = judge([asked], Decide())
    (silent,) = judge([replace(asked, streams={"customer": stream})], Decide())
    assert told.recovery is not None
    assert silent.recovery is None
    assert replace(told, recovery=None) == silent


def test_nobody_asked_again_or_lower_is_better_tells_nothing():
    assert recovery(question(3.0)) is None
    asked, *_ = asked_again(np.random.default_rng(10))
    fewer = Yardstick(Kind.RATIO, "min", lower_is_better=True)
    assert recovery(replace(asked, yardstick=fewer)) is None


def test_one_low_scorer_has_no_interval():
    asked, *_ = asked_again(np.random.default_rng(11))
    single = moments(np.array([2.0]), np.array([3.0]))
    stream = replace(asked.streams["customer"], low_pairs=single)
    told = recovery(replace(asked, streams={"customer": stream}))
    assert (told.n, told.gain, told.interval) == (1, 1.0, None)


def test_low_scorers_among_all_who_were_asked_again_come_from_the_pairs_as_they_are_counted():
    count = Count(("channel",))
    count.add(
        (window, (channel,), {"speed": 3})
        for window in ("before", "after")
        for channel in ("phone", "chat")
        for _ in range(20)
    )
    table = [
        PairCount("speed@customer", ("phone",), 100, 300, 4),
        PairCount("speed@customer", ("phone",), 200, 200, 6),
        PairCount("speed@customer", ("phone",), 300, 400, 9),
        PairCount("speed@customer", ("chat",), 100, 500, 7),
    ]
    of = rubric(["speed"])
    request = Request(scope=PHONE, asked=Asked.SAME)
    tally = replace(count.tally(), pairs=tuple(table))
    (asked,) = questions(of, rating_schemes(of), tally, request)
    low = asked.streams["customer"].low_pairs
    assert low == PairMoments(10, 16.0, 24.0, 28.0, 60.0, 36.0)
