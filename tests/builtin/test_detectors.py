"""The built-in detectors on whole score cards, down to the sentences people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from loopqa.calc.scoring.scorecard import scorecard
from loopqa.calc.scoring.segments import segments
from loopqa.model.cycle import Candidate, FindingGrade, Scope
from loopqa.model.rubric import ColumnMeasure, Dimension, FindingRule, Rubric, Scale
from loopqa.model.tally import Tally
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import DetectContext
from loopqa.plugin.host import builtin_host
from tests.calc.small_rubrics import (
    HUNDRED,
    NOW,
    Case,
    blend,
    dimension,
    indicator,
    rubric,
    schemes_of,
    spread_out,
    tally_of,
    target,
)

HEALTHY = {3: 20, 4: 20, 5: 10}
LOW = {1: 20, 2: 20, 3: 10}
MIDDLING = {1: 10, 2: 25, 3: 45, 4: 15, 5: 5}  # mean 2.8


def detect(
    type_: str,
    standard: Rubric,
    cases: Sequence[Case],
    *,
    by: Sequence[str] = (),
    options: Mapping[str, Any] | None = None,
    previous: bool = False,
) -> list[Candidate]:
    schemes = schemes_of(standard)
    counts: Tally = tally_of(standard, cases, by=by)

    def parts(window: str) -> Any:
        return segments(standard, schemes, counts, window=window, by=by) if by else ()

    context = DetectContext(
        rubric=standard,
        card=scorecard(standard, schemes, counts, window=NOW),
        segments=parts(NOW),
        previous=scorecard(standard, schemes, counts, window="before") if previous else None,
        previous_segments=parts("before") if previous else (),
        tally=counts,
        window=NOW,
    )
    detector = builtin_host().make_detector(PluginSpec(type_, options or {}))
    return list(detector.detect(context))


def told(found: Sequence[Candidate]) -> list[tuple[str, Scope, FindingGrade, str]]:
    return [
        (one.dimension, one.scope, one.reason.grade, one.reason.text.render("en")) for one in found
    ]


def speed(**more: Any) -> Dimension:
    return dimension("speed", **more)


# below_threshold


def test_a_score_far_below_is_confirmed() -> None:
    found = detect("below_threshold", rubric(speed()), spread_out("speed.rating", LOW))
    assert told(found) == [
        (
            "speed",
            (),
            FindingGrade.CONFIRMED,
            "score 1.80 is below 3 beyond chance (n = 50, 1 scores tested)",
        )
    ]
    assert found[0].n == 50
    assert found[0].score == 1.8
    assert found[0].reason.text.render("zh") == (
        "得分 1.80 低于 3，并非偶然（n = 50，共检验 1 个得分）"
    )


def test_a_score_slightly_below_is_observed_only() -> None:
    cases = spread_out("speed.rating", {1: 10, 2: 10, 3: 20, 4: 9, 5: 9})
    assert told(detect("below_threshold", rubric(speed()), cases)) == [
        (
            "speed",
            (),
            FindingGrade.OBSERVED,
            "score 2.95 is below 3, but chance could do that (n = 58)",
        )
    ]


def test_few_answers_are_watched_only() -> None:
    cases = spread_out("speed.rating", {1: 29})
    assert told(detect("below_threshold", rubric(speed()), cases)) == [
        (
            "speed",
            (),
            FindingGrade.WATCH,
            "score 1.00 is below 3, but 29 answers are too few (below 30)",
        )
    ]


def test_a_score_of_exactly_the_threshold_is_not_below_it() -> None:
    standard = rubric(
        dimension("care", indicator(), indicator("review", rater="internal")), blend=blend()
    )
    cases = [
        *spread_out("care.rating", {3: 30, 4: 30}),
        *spread_out("care.review", {2: 90, 3: 30}),
    ]
    assert detect("below_threshold", standard, cases) == []


def test_every_segment_is_looked_at_and_corrected_for() -> None:
    cases = [
        *spread_out("speed.rating", LOW, channel="phone"),
        *spread_out("speed.rating", {3: 100, 4: 100, 5: 100}, channel="chat"),
        *spread_out("speed.rating", LOW, channel=""),
    ]
    found = detect("below_threshold", rubric(speed()), cases, by=("channel",))
    phone: Scope = (("channel", ("phone",)),)
    assert [(one.scope, one.reason.grade) for one in found] == [(phone, FindingGrade.CONFIRMED)]
    assert found[0].reason.figures["cells"] == 3


def test_the_threshold_and_the_smallest_sample_can_be_set() -> None:
    cases = spread_out("speed.rating", {4: 8, 3: 2})
    options = {"below": 4, "min_n": 5}
    found = detect("below_threshold", rubric(speed()), cases, options=options)
    assert [one.reason.grade for one in found] == [FindingGrade.OBSERVED]


def test_without_a_threshold_nothing_is_looked_for() -> None:
    standard = rubric(speed(), finding=FindingRule())
    cases = spread_out("speed.rating", LOW)
    assert detect("below_threshold", standard, cases) == []
    assert detect("bottom_share", standard, cases) == []


def test_equal_answers_below_the_threshold_are_confirmed_without_division_by_zero() -> None:
    found = detect("below_threshold", rubric(speed()), spread_out("speed.rating", {2: 40}))
    assert [one.reason.grade for one in found] == [FindingGrade.CONFIRMED]


@pytest.mark.parametrize("n", [0, 1, 2])
@pytest.mark.parametrize("type_", ["below_threshold", "bottom_share", "target_missed", "drop"])
def test_hardly_any_answers_are_at_most_watched(type_: str, n: int) -> None:
    standard = rubric(speed(target=target(">= 4")))
    cases = [
        *spread_out("speed.rating", {1: n}),
        *spread_out("speed.rating", {5: n}, window="before"),
    ]
    for one in detect(type_, standard, cases, previous=True):
        assert one.reason.grade is FindingGrade.WATCH


def test_a_score_without_case_scores_is_observed_at_most() -> None:
    options = {"type": "attainment", "floor": 600, "target": 60}
    wait = indicator("wait", measure=ColumnMeasure(("wait",)), score=options, aggregate="p90")
    standard = rubric(dimension("speed", wait), scale=HUNDRED, finding=FindingRule(below=60))
    cases = spread_out("speed.wait", {500: 100, 550: 20})
    assert [one.reason.grade for one in detect("below_threshold", standard, cases)] == [
        FindingGrade.OBSERVED
    ]


def test_a_finding_keeps_the_lineage_of_a_renamed_dimension() -> None:
    found = detect("below_threshold", rubric(speed(was="pace")), spread_out("speed.rating", LOW))
    assert [(one.dimension, one.lineage) for one in found] == [("speed", "pace")]


# bottom_share


def test_many_low_answers_are_confirmed() -> None:
    assert told(detect("bottom_share", rubric(speed()), spread_out("speed.rating", LOW))) == [
        (
            "speed",
            (),
            FindingGrade.CONFIRMED,
            "80 % low answers are above 30 % beyond chance (n = 50)",
        )
    ]


def test_a_few_low_answers_too_many_are_observed() -> None:
    found = detect("bottom_share", rubric(speed()), spread_out("speed.rating", MIDDLING))
    assert told(found) == [
        (
            "speed",
            (),
            FindingGrade.OBSERVED,
            "35 % low answers are above 30 %, but chance could do that (n = 100)",
        )
    ]
    assert found[0].reason.figures["lower_bound"] == pytest.approx(0.2707, abs=1e-3)


def test_exactly_the_limit_is_not_above_it() -> None:
    cases = spread_out("speed.rating", {1: 30, 4: 70})
    assert detect("bottom_share", rubric(speed()), cases) == []


def test_low_shares_of_few_answers_are_watched() -> None:
    found = detect("bottom_share", rubric(speed()), spread_out("speed.rating", {1: 10, 5: 10}))
    assert told(found)[0][2:] == (
        FindingGrade.WATCH,
        "50 % low answers are above 30 %, but of few answers (n = 20)",
    )


# target_missed


def test_a_missed_target_is_a_finding() -> None:
    standard = rubric(speed(target=target(">= 3.8")))
    assert told(detect("target_missed", standard, spread_out("speed.rating", LOW))) == [
        (
            "speed",
            (),
            FindingGrade.CONFIRMED,
            "score 1.80 misses the target >= 3.8 (n = 50)",
        )
    ]


def test_a_target_within_the_interval_is_no_finding() -> None:
    standard = rubric(speed(target=target(">= 4")))
    cases = spread_out("speed.rating", {3: 20, 4: 20, 5: 14})
    assert detect("target_missed", standard, cases) == []


def test_a_miss_among_many_targets_is_observed_until_it_is_beyond_chance() -> None:
    names = [f"d{number}" for number in range(10)]
    standard = rubric(*(dimension(name, target=target(">= 3.8")) for name in names))
    cases = [
        *(case for name in names[1:] for case in spread_out(f"{name}.rating", {4: 30, 5: 30})),
        *spread_out("d0.rating", {1: 5, 2: 10, 3: 10, 4: 10, 5: 15}),
    ]
    found = detect("target_missed", standard, cases)
    assert [(one.dimension, one.reason.grade) for one in found] == [("d0", FindingGrade.OBSERVED)]


def test_an_indicator_misses_its_target_in_its_own_unit() -> None:
    first = indicator(
        "frt",
        measure=ColumnMeasure(("frt",)),
        score={"type": "attainment", "floor": 60, "target": 15},
        target=target("<= 15"),
        unit="s",
    )
    standard = rubric(dimension("efficiency", first), scale=HUNDRED)
    cases = spread_out("efficiency.frt", {18: 60, 20: 60})
    assert told(detect("target_missed", standard, cases)) == [
        (
            "efficiency",
            (),
            FindingGrade.CONFIRMED,
            "frt is 19.00 s, which misses the target <= 15 s (n = 120)",
        )
    ]


def test_equal_answers_miss_a_target_without_division_by_zero() -> None:
    standard = rubric(speed(target=target(">= 4")))
    found = detect("target_missed", standard, spread_out("speed.rating", {2: 40}))
    assert [one.reason.grade for one in found] == [FindingGrade.CONFIRMED]


# drop


def test_a_fall_beyond_chance_is_a_finding() -> None:
    cases = [
        *spread_out("speed.rating", HEALTHY, window="before"),
        *spread_out("speed.rating", {2: 20, 3: 20, 4: 10}),
    ]
    assert told(detect("drop", rubric(speed()), cases, previous=True)) == [
        (
            "speed",
            (),
            FindingGrade.CONFIRMED,
            "score fell from 3.80 to 2.80 since the window before (n = 50 and 50)",
        )
    ]


def test_the_first_window_has_nothing_to_fall_from() -> None:
    assert detect("drop", rubric(speed()), spread_out("speed.rating", LOW)) == []


def test_a_rise_or_a_small_fall_is_no_finding() -> None:
    cases = [
        *spread_out("speed.rating", {3: 20, 4: 20, 5: 10}, window="before"),
        *spread_out("speed.rating", {3: 22, 4: 19, 5: 9}),
    ]
    assert detect("drop", rubric(speed()), cases, previous=True) == []


def test_segments_fall_against_themselves() -> None:
    cases = [
        *spread_out("speed.rating", {5: 40, 4: 40}, channel="phone", window="before"),
        *spread_out("speed.rating", {4: 40, 3: 40}, channel="phone"),
        *spread_out("speed.rating", {1: 40, 2: 40}, channel="app"),
    ]
    found = detect("drop", rubric(speed()), cases, by=("channel",), previous=True)
    assert {one.scope for one in found} == {(), (("channel", ("phone",)),)}


def test_the_scale_may_be_any() -> None:
    standard = rubric(
        dimension("qa", indicator(measure=ColumnMeasure(("rating",)))),
        scale=Scale(0, 100),
        finding=FindingRule(below=80),
    )
    cases = spread_out("qa.rating", {60.5: 30, 70.25: 30})
    assert [one.reason.grade for one in detect("below_threshold", standard, cases)] == [
        FindingGrade.CONFIRMED
    ]
