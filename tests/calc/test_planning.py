"""The planner against the verdict that it foretells."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from loopqa.calc.verdict.judgement import judge
from loopqa.calc.verdict.planning import Outlook
from loopqa.model.rubric import Decide
from loopqa.model.tally import Moments
from loopqa.model.verdict import Asked, Period, Question, Stream

DECIDING = [
    (asked, comparison, windows)
    for asked in Asked
    for comparison, windows in ((True, 8), (True, 0), (False, 8))
]


def outlook(asked: Asked, comparison: bool, windows: int) -> Outlook:
    return Outlook(asked, comparison, windows, sd=1.14)


@pytest.mark.parametrize(("asked", "comparison", "windows"), DECIDING)
def test_the_answers_that_a_change_needs_are_the_fewest_that_see_it(asked, comparison, windows):
    planned = outlook(asked, comparison, windows)
    needed = planned.verdict_needs(0.6)
    assert planned.verdict_detects(needed) <= 0.6 < planned.verdict_detects(needed - 1)


#: where the verdict rests on what the textbook layout rests on
ALIKE = [row for row in DECIDING if row[0] is Asked.RANDOM or row[1:] != (True, 8)]


@pytest.mark.parametrize(("asked", "comparison", "windows"), ALIKE)
def test_a_verdict_needs_more_than_sampling_alone_says(asked, comparison, windows):
    planned = outlook(asked, comparison, windows)
    assert planned.verdict_needs(0.6) > planned.sampling_needs(0.6)
    assert planned.verdict_detects(100) > planned.sampling_detects(100)


@pytest.mark.parametrize("asked", [Asked.SAME, Asked.LOW])
def test_pairs_held_against_a_history_need_fewer_answers_than_pairs_alone(asked):
    assert outlook(asked, True, 8).verdict_needs(0.6) < outlook(asked, True, 8).sampling_needs(0.6)


def test_few_customers_need_fewer_answers_by_sampling_alone_but_not_for_a_verdict():
    endless = outlook(Asked.RANDOM, True, 8)
    few = replace(endless, population=300)
    needed = endless.sampling_needs(0.3)
    assert few.sampling_needs(0.3) == math.ceil(needed / (1 + needed / 300))
    assert few.sampling_detects(few.sampling_needs(0.3)) == pytest.approx(0.3, rel=0.01)
    assert few.verdict_needs(0.6) == endless.verdict_needs(0.6)
    assert few.sampling_detects(300) == 0.0


def test_below_the_limit_no_number_of_answers_is_enough():
    planned = outlook(Asked.RANDOM, True, 0)
    assert planned.verdict_limit() == pytest.approx(2.486 * 0.02**0.5, abs=0.01)
    assert planned.verdict_needs(0.25) is None


def test_without_comparison_and_history_there_is_nothing_to_plan():
    planned = outlook(Asked.RANDOM, False, 5)
    assert (planned.design, planned.verdict_detects(1000), planned.verdict_needs(2)) == (None,) * 3
    assert planned.sampling_needs(0.2) == 402


def arm(random, mean: float, n: int) -> Moments:
    return Moments.of(random.normal(mean, 1.14, n).tolist())


def question(random, effect: float, n: int) -> Question:
    """A fresh sample with comparison and eight earlier windows, all of the same size."""
    history = tuple(
        Period({"": arm(random, 3, n)}, {"": arm(random, 3, n)}, day=day)
        for day in range(-240, 0, 30)
    )
    stream = Stream(
        before=Period({"": arm(random, 3, n)}, {"": arm(random, 3, n)}, day=0),
        after=Period({"": arm(random, 3 + effect, n)}, {"": arm(random, 3, n)}, day=90),
        history=history,
    )
    return Question("d", {"customer": stream}, flagged="named", window_days_apart=90)


def test_a_change_as_large_as_planned_is_found_in_four_of_five_cases():
    planned, random = outlook(Asked.RANDOM, True, 8), np.random.default_rng(11)
    effect = planned.verdict_detects(100)
    found = [
        judge([question(random, effect, 100)], Decide())[0].outcome == "improved"
        for _ in range(300)
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=0.08)
