"""The built-in scoring schemes: codings, values, scores, and what they refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.scoring.answers import code
from loopqa.errors import UsageError
from loopqa.language import speaking
from loopqa.model.coding import Coding, Histogram, LevelCoding, NumberCoding, Score, State
from loopqa.model.rubric import (
    Boxes,
    ColumnMeasure,
    Condition,
    DurationMeasure,
    Measure,
    RepeatMeasure,
    Rubric,
    Scale,
)
from loopqa.plugin import Scoring
from loopqa.plugin.host import builtin_host
from tests.calc.small_rubrics import BOXES, FIVE, HUNDRED, dimension, indicator, rubric
from tests.shared_data import expected, needs_shared

RATING = ColumnMeasure(("rating",))
ZERO_TO_TEN = ColumnMeasure(("likely",), low=0, high=10)
SOLVED = ColumnMeasure(("solved",), values={"yes": 1.0, "no": 0.0})
ONE_TO_FIVE = ColumnMeasure(("rating",), low=1, high=5)
MINUTES = DurationMeasure("minutes", "opened", "responded")
SECONDS = ColumnMeasure(("talk_s",))


def scheme(
    measure: Measure,
    score: Mapping[str, Any],
    *,
    scale: Scale = FIVE,
    boxes: Boxes = BOXES,
    **more: Any,
) -> Scoring:
    one = indicator("it", measure=measure, score=score, **more)
    standard: Rubric = rubric(dimension("d", one), scale=scale, boxes=boxes)
    return builtin_host().scheme(standard, one)


def counted(counts: Mapping[float, int], weights: Mapping[float, float] | None = None) -> Histogram:
    return Histogram(
        {float(at): (n, (weights or {}).get(at, float(n))) for at, n in counts.items()}
    )


def scored(made: Scoring, counts: Mapping[float, int], **more: Any) -> Score:
    return made.score({"value": counted(counts, **more)})


def levels(coding: Coding) -> LevelCoding:
    assert isinstance(coding, LevelCoding)
    return coding


def numbers(coding: Coding) -> NumberCoding:
    assert isinstance(coding, NumberCoding)
    return coding


def refusal(measure: Measure, score: Mapping[str, Any], **more: Any) -> str:
    with pytest.raises(UsageError) as error, speaking("en"):
        scheme(measure, score, **more)
    return str(error.value)


# rating and weighted_mean


def test_a_rating_is_worth_itself() -> None:
    made = scheme(RATING, {"type": "rating"})
    assert made.code() == LevelCoding({float(level): float(level) for level in range(1, 6)})
    assert scored(made, {1: 1, 5: 3}) == Score(4.0, 4.0, 4)
    assert scored(made, {}) == Score(None, None, 0)
    assert made.unit == ""


def test_texts_of_a_rating_come_from_the_measure() -> None:
    agree = ColumnMeasure(("a",), values={"Agree": 5.0, "Disagree": 1.0})
    coding = levels(scheme(agree, {"type": "rating"}).code())
    assert coding.values == {"Agree": 5.0, "Disagree": 1.0}
    assert sorted(coding.points) == [1, 2, 3, 4, 5]


def test_a_rating_on_another_scale_is_shown_but_no_score() -> None:
    made = scheme(ZERO_TO_TEN, {"type": "rating"})
    assert scored(made, {10: 1, 0: 1}) == Score(5.0, None, 2)
    assert made.code().scored is False


def test_a_rating_on_a_long_scale_takes_any_number_on_it() -> None:
    made = scheme(ColumnMeasure(("qa",)), {"type": "rating"}, scale=HUNDRED)
    assert made.code() == NumberCoding(low=0, high=100, line=(0.0, 1.0))
    assert scored(made, {84.5: 1, 80.5: 1}) == Score(82.5, 82.5, 2)


def test_a_weighted_mean_weights_cases() -> None:
    made = scheme(RATING, {"type": "weighted_mean"})
    found = scored(made, {1: 3, 5: 3}, weights={1: 1.0, 5: 4.0})
    assert found.value == np.average([1, 5], weights=[1.0, 4.0])
    assert found.n == 6
    assert levels(made.code()).weighted is True


# csat, top_box, share, nps


def test_csat_is_the_percentage_of_the_top_box() -> None:
    made = scheme(RATING, {"type": "csat"}, scale=FIVE)
    assert scored(made, {1: 1, 3: 1, 4: 1, 5: 1}) == Score(50.0, None, 4)
    assert made.unit == "%"


def test_csat_is_a_score_on_a_scale_to_a_hundred() -> None:
    made = scheme(ONE_TO_FIVE, {"type": "csat", "top": [5]}, scale=HUNDRED)
    assert scored(made, {4: 3, 5: 1}) == Score(25.0, 25.0, 4)
    assert levels(made.code()).points == {1: 0, 2: 0, 3: 0, 4: 0, 5: 100}


def test_top_box_takes_its_own_levels() -> None:
    made = scheme(RATING, {"type": "top_box", "top": [5]})
    assert scored(made, {4: 3, 5: 1}).value == 25.0


def test_a_share_counts_what_stands_for_one() -> None:
    made = scheme(SOLVED, {"type": "share"})
    assert scored(made, {0: 1, 1: 3}) == Score(75.0, None, 4)
    assert code("yes", SOLVED, made.code()) == (State.ANSWERED, 1.0)


def test_a_share_of_a_plain_column_counts_ones() -> None:
    made = scheme(ColumnMeasure(("solved",)), {"type": "share"})
    assert levels(made.code()).amounts or levels(made.code()).points == {0: 0, 1: 100}


def test_a_share_of_repeats_counts_ones() -> None:
    made = scheme(RepeatMeasure("customer", "resolved", 48), {"type": "share"}, scale=HUNDRED)
    assert scored(made, {0: 9, 1: 1}) == Score(10.0, 10.0, 10)


@pytest.mark.parametrize(
    ("of", "number", "level"),
    [("<= 15", 15, 1.0), ("<= 15", 16, 0.0), ("> 24", 24, 0.0), ("== 3", 3, 1.0), ("== 3", 2, 0.0)],
)
def test_a_share_can_count_numbers_that_meet_a_condition(
    of: str, number: float, level: float
) -> None:
    coding = scheme(MINUTES, {"type": "share", "of": of}).code()
    assert code(str(number), MINUTES, coding) == (State.ANSWERED, level)


def test_a_share_of_a_rating_counts_the_levels_it_names_or_the_top_box() -> None:
    assert scored(scheme(ONE_TO_FIVE, {"type": "share"}), {3: 1, 4: 1}).value == 50.0
    assert scored(scheme(RATING, {"type": "share", "of": [1, 2]}), {1: 1, 5: 3}).value == 25.0


@needs_shared
def test_net_promoter_scores_of_the_golden_cases() -> None:
    made = scheme(ZERO_TO_TEN, {"type": "nps"})
    for one in expected("golden_cases")["S2"]["definitions"]["NPS_cases"]:
        counts: dict[float, int] = {}
        if "scores" in one:
            for answer in one["scores"]:
                counts[answer] = counts.get(answer, 0) + 1
        else:
            counts = {10: one["promoters"], 8: one["passives"], 2: one["detractors"]}
        wanted = one["nps"]
        assert scored(made, counts).value == (wanted and pytest.approx(wanted, abs=1e-9))


def test_net_promoters_have_their_own_scale() -> None:
    made = scheme(ColumnMeasure(("likely",)), {"type": "nps"})
    assert sorted(levels(made.code()).points) == list(range(11))
    assert made.unit == "points"
    with pytest.raises(ValueError, match=r"^11 is not on the scale$"):
        code("11", ColumnMeasure(("likely",)), made.code())


def test_net_promoters_are_a_score_only_on_a_scale_that_holds_them() -> None:
    assert scored(scheme(ZERO_TO_TEN, {"type": "nps"}, scale=HUNDRED), {10: 1}).score is None
    wide = scheme(ZERO_TO_TEN, {"type": "nps"}, scale=Scale(-100, 100))
    assert scored(wide, {0: 3, 10: 1}).score == -50.0


# bands


def test_bands_put_each_number_on_the_best_level_it_reaches() -> None:
    written = {1: "> 1440", 2: "<= 1440", 3: "<= 480", 4: "<= 120", 5: "<= 15"}
    made = scheme(MINUTES, {"type": "bands", "bands": written})
    found = [code(str(at), MINUTES, made.code())[1] for at in (0, 15, 15.01, 480, 1441)]
    assert found == [5, 5, 4, 3, 1]
    assert scored(made, {5: 1, 4: 1}) == Score(4.5, 4.5, 2)
    assert levels(made.code()).bands[0] == (5.0, Condition("<=", 15))


def test_bands_can_be_laid_over_an_aggregate() -> None:
    rate = {5: ">= 95", 4: ">= 85", 3: ">= 75", 2: ">= 60", 1: "< 60"}
    made = scheme(SOLVED, {"type": "bands", "bands": rate}, aggregate="share")
    assert scored(made, {1: 80, 0: 20}) == Score(80.0, 3.0, 100)
    assert made.unit == "%"
    assert levels(made.code()).points == {0: 1, 1: 5}
    assert levels(made.code()).amounts == {0: 0, 1: 100}


# attainment


def test_attainment_is_linear_between_floor_and_target_and_clamped() -> None:
    made = scheme(SECONDS, {"type": "attainment", "floor": 0, "target": 85}, scale=HUNDRED)
    assert scored(made, {78: 2}) == Score(78.0, 100 * 78 / 85, 2)
    assert scored(made, {90: 1}).score == 100
    assert scored(made, {-5: 1}).score == 0
    assert scored(made, {}) == Score(None, None, 0)


def test_attainment_of_small_values_is_better_where_the_target_lies_below_the_floor() -> None:
    options = {"type": "attainment", "floor": 60, "direction": "lower_is_better"}
    made = scheme(SECONDS, options, scale=HUNDRED, target=Condition("<=", 15), unit="s")
    assert scored(made, {15: 1}).score == 100
    assert scored(made, {60: 1}).score == 0
    assert scored(made, {19: 1}).score == pytest.approx(100 * 41 / 45)
    assert made.unit == "s"


@pytest.mark.parametrize(("aggregate", "value"), [("mean", 20.8), ("median", 2.0), ("p90", 61.6)])
def test_attainment_works_on_aggregates_of_numbers(aggregate: str, value: float) -> None:
    options = {"type": "attainment", "floor": 0, "target": 1000}
    made = scheme(SECONDS, options, scale=HUNDRED, aggregate=aggregate)
    found = scored(made, {1: 2, 2: 1, 0: 1, 100: 1})
    sample = [0, 1, 1, 2, 100]
    truth = {"mean": np.mean, "median": np.median, "p90": lambda s: np.quantile(s, 0.9)}
    assert found.value == pytest.approx(float(truth[aggregate](sample)))
    assert found.value == pytest.approx(value) or aggregate != "mean"
    line = numbers(made.code()).line
    assert line == ((0.0, 0.1) if aggregate == "mean" else None)


def test_attainment_works_on_shares_and_net_promoters() -> None:
    options = {"type": "attainment", "floor": 60, "target": 85}
    csat = scheme(ONE_TO_FIVE, options, scale=HUNDRED, aggregate="share")
    assert scored(csat, {5: 78, 1: 22}) == Score(78.0, 72.0, 100)
    likely = scheme(
        ZERO_TO_TEN, {"type": "attainment", "floor": -100, "target": 40}, aggregate="nps"
    )
    assert scored(likely, {10: 62, 0: 38}).value == 24.0
    assert likely.unit == "points"


@given(st.dictionaries(st.sampled_from([1.0, 2.0, 3.0, 4.0, 5.0]), st.integers(1, 50), min_size=1))
def test_inside_floor_and_target_the_mean_of_single_cases_is_the_attained_score(
    counts: dict[float, int],
) -> None:
    options = {"type": "attainment", "floor": 0, "target": 100}
    made = scheme(ONE_TO_FIVE, options, aggregate="share")
    points = levels(made.code()).points
    total = sum(counts.values())
    mean = sum(points[at] * n for at, n in counts.items()) / total
    assert scored(made, counts).score == pytest.approx(mean)


# none


def test_an_unscored_indicator_is_shown_level_by_level() -> None:
    made = scheme(RATING, {"type": "none"})
    assert scored(made, {2: 1, 5: 1}) == Score(3.5, None, 2)
    assert levels(made.code()).scored is False


def test_an_unscored_number_has_its_own_unit() -> None:
    made = scheme(SECONDS, {"type": "none"}, unit="s", aggregate="median")
    assert scored(made, {300: 1, 10: 2}) == Score(10.0, None, 3)
    assert numbers(made.code()) == NumberCoding(scored=False)
    assert made.unit == "s"


# Laws


LEVEL_SCHEMES = [
    (RATING, {"type": "rating"}),
    (RATING, {"type": "csat"}),
    (RATING, {"type": "top_box", "top": [5]}),
    (RATING, {"type": "share", "of": [1, 2]}),
    (ZERO_TO_TEN, {"type": "nps"}),
    (ONE_TO_FIVE, {"type": "none"}),
    (ONE_TO_FIVE, {"type": "attainment", "floor": 1, "target": 5}),
    (MINUTES, {"type": "bands", "bands": {5: "<= 15", 1: "> 15"}}),
]


@pytest.mark.parametrize(("measure", "score"), LEVEL_SCHEMES)
@given(data=st.data())
def test_a_value_is_the_mean_of_its_amounts(
    measure: Measure, score: Mapping[str, Any], data: st.DataObject
) -> None:
    made = scheme(measure, score)
    coding = levels(made.code())
    amounts = coding.amounts or coding.points
    counts = data.draw(
        st.dictionaries(st.sampled_from(sorted(amounts)), st.integers(1, 1000), min_size=1)
    )
    total = sum(counts.values())
    mean = sum(n * amounts[at] for at, n in counts.items()) / total
    found = scored(made, counts)
    assert found.value == pytest.approx(mean, abs=1e-9)
    assert found.n == total
    assert min(amounts.values()) <= (found.value or 0) <= max(amounts.values())


# Refusals


@pytest.mark.parametrize(
    ("measure", "score", "more", "message"),
    [
        (
            MINUTES,
            {"type": "rating"},
            {},
            "scheme rating reads answers, not durations or counts\n"
            "  hint: use bands, attainment or share",
        ),
        (
            RATING,
            {"type": "rating"},
            {"aggregate": "median"},
            "scheme rating makes no median\n"
            "  hint: use attainment, bands or none, or drop 'aggregate'",
        ),
        (
            RATING,
            {"type": "weighted_mean"},
            {"scale": HUNDRED},
            "scheme weighted_mean needs a scale of whole numbers\n"
            "  hint: give the measure its own low and high, at most twenty apart",
        ),
        (
            MINUTES,
            {"type": "csat"},
            {},
            "scheme csat can't tell which answers are the good ones\n"
            "  hint: name them with 'top', such as top: [4, 5], and the scale with low, high",
        ),
        (
            MINUTES,
            {"type": "share"},
            {},
            "it can't be told which answers the share counts\n"
            "  hint: say so with 'of', such as of: [4, 5] or of: \"<= 15\"",
        ),
        (
            ColumnMeasure(("likely",), low=1, high=7),
            {"type": "nps"},
            {},
            "a net promoter score needs answers from 0 to 10\n"
            "  hint: give the measure low: 0 and high: 10",
        ),
        (
            SECONDS,
            {"type": "attainment", "floor": 60},
            {},
            "attainment needs a target\n  hint: give the scheme or the indicator one",
        ),
        (
            SECONDS,
            {"type": "attainment", "floor": 60, "target": 60},
            {},
            "floor and target are the same: 60",
        ),
        (
            SECONDS,
            {"type": "attainment", "floor": 15, "target": 60, "direction": "lower_is_better"},
            {},
            "lower_is_better, but the target 60 lies on the other side of the floor 15\n"
            "  hint: the floor is the worst value that counts",
        ),
        (
            SECONDS,
            {"type": "attainment", "floor": 0, "target": 9, "of": [1]},
            {},
            "'of' says what a share counts, but the aggregate is mean\n"
            "  hint: add aggregate: share to the indicator, or drop 'of'",
        ),
        (
            MINUTES,
            {"type": "bands", "bands": {"5": "15"}},
            {},
            "scoring scheme 'bands' of indicator 'it': option 'bands.5': "
            'write a condition with its sign in quotes, such as "<= 15"',
        ),
    ],
)
def test_a_scheme_that_does_not_fit_is_refused_with_the_way_out(
    measure: Measure, score: Mapping[str, Any], more: Mapping[str, Any], message: str
) -> None:
    assert refusal(measure, score, **more) == message
