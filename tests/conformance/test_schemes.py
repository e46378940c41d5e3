"""The built-in scoring schemes keep the rules that third parties are held to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from loopqa.conformance.scorings import USUAL
from loopqa.model.rubric import ColumnMeasure, Condition, DurationMeasure, Measure, Scale
from loopqa.plugin import ScoringContext, builtin_host
from loopqa.testing import ScoringSuite, loaded

MINUTES = DurationMeasure("minutes", "opened", "responded")
ZERO_TO_TEN = ColumnMeasure(("answer",), low=0, high=10)
YES_NO = ColumnMeasure(("answer",), values={"yes": 1.0, "no": 0.0})
NUMBERS = ColumnMeasure(("answer",))
HUNDRED = Scale(0, 100)
QUICK = {5: "<= 15", 4: "<= 120", 3: "<= 480", 2: "<= 1440", 1: "> 1440"}


def of(measure: Measure, **more: Any) -> ScoringContext:
    return replace(USUAL, measure=measure, **more)


class TestRating(ScoringSuite):
    plugin = builtin_host().scoring("rating")


class TestRatingOnAHundred(TestRating):
    context = of(NUMBERS, scale=HUNDRED)


class TestRatingOnAnotherScale(TestRating):
    context = of(ZERO_TO_TEN)


class TestWeightedMean(ScoringSuite):
    plugin = builtin_host().scoring("weighted_mean")


class TestCsat(ScoringSuite):
    plugin = builtin_host().scoring("csat")


class TestCsatOnAHundred(TestCsat):
    context = of(ColumnMeasure(("answer",), low=1, high=5), scale=HUNDRED)


class TestTopBox(ScoringSuite):
    plugin = builtin_host().scoring("top_box")
    context = of(ZERO_TO_TEN, scale=HUNDRED)

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"top": [9, 10]}


class TestShare(ScoringSuite):
    plugin = builtin_host().scoring("share")
    context = of(YES_NO, scale=HUNDRED)


class TestShareWithin(TestShare):
    context = of(MINUTES, scale=HUNDRED)

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"of": "<= 15"}


class TestNps(ScoringSuite):
    plugin = builtin_host().scoring("nps")
    context = of(ZERO_TO_TEN)


class TestNpsOnItsScale(TestNps):
    context = of(ZERO_TO_TEN, scale=Scale(-100, 100))


class TestBands(ScoringSuite):
    plugin = builtin_host().scoring("bands")
    context = of(MINUTES)

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"bands": QUICK}


class TestBandsOfAMedian(TestBands):
    context = of(MINUTES, aggregate="median")
    rising = False


class TestBandsOfAShare(TestBands):
    context = of(MINUTES, aggregate="share")

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"bands": {5: ">= 90", 3: ">= 50", 1: "< 50"}, "of": "<= 15"}


class TestAttainment(ScoringSuite):
    plugin = builtin_host().scoring("attainment")
    context = of(MINUTES, target=Condition("<=", 15.0))

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"floor": 480}


class TestAttainmentOfAQuantile(TestAttainment):
    context = of(MINUTES, target=Condition("<=", 15.0), aggregate="p90")
    rising = False


class TestAttainmentOfNetPromoters(TestAttainment):
    context = of(ZERO_TO_TEN, aggregate="nps")

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"floor": -20, "target": 60}


class TestAttainmentOfAShare(TestAttainment):
    context = of(YES_NO, aggregate="share", scale=HUNDRED)

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"floor": 60, "target": 95, "direction": "higher_is_better"}


class TestNone(ScoringSuite):
    plugin = builtin_host().scoring("none")
    context = of(MINUTES)


class TestEffort(ScoringSuite):
    plugin = loaded("plugins/effort.py").Effort
    context = of(ColumnMeasure(("ces",), low=1, high=7))


class TestEffortAsAMean(TestEffort):
    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"report": "mean", "easy_from": 4}


def test_every_built_in_scheme_is_held_to_the_rules() -> None:
    held = {getattr(one, "plugin", None) for one in globals().values() if isinstance(one, type)}
    assert set(builtin_host().scorings().values()) - held == set()
