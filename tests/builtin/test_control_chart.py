"""The control chart detector on whole score cards, down to the sentences people read."""

from __future__ import annotations

from typing import Any

import pytest

from loopqa.calc.scoring.scorecard import scorecard
from loopqa.errors import DefinitionError
from loopqa.model.cycle import Candidate, FindingGrade
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import DetectContext, PastScore
from loopqa.plugin.host import builtin_host
from tests.calc.small_rubrics import (
    NOW,
    dimension,
    rubric,
    schemes_of,
    spread_out,
    tally_of,
)

STANDARD = rubric(dimension("speed"))
LOW = {1: 20, 2: 20, 3: 10}  # mean 1.8
KEY = ("speed", ())


def history(windows: int, *, n: int = 50, score: float = 3.6, share: float = 0.1) -> Any:
    """Windows that go up and down a little."""
    return {
        KEY: tuple(
            PastScore(f"w{at}", n, score + 0.1 * (-1) ** at, share + 0.02 * (-1) ** at)
            for at in range(windows)
        )
    }


def detect(past: Any, counts: Any = LOW, **options: Any) -> list[Candidate]:
    schemes = schemes_of(STANDARD)
    tallied = tally_of(STANDARD, spread_out("speed.rating", counts))
    context = DetectContext(
        rubric=STANDARD,
        card=scorecard(STANDARD, schemes, tallied, window=NOW),
        segments=(),
        previous=None,
        previous_segments=(),
        tally=tallied,
        window=NOW,
        history=past,
    )
    detector = builtin_host().make_detector(PluginSpec("control_chart", options))
    return list(detector.detect(context))


def test_a_score_below_settled_limits_is_confirmed() -> None:
    (found,) = detect(history(30))
    assert found.reason.grade is FindingGrade.CONFIRMED
    assert found.reason.text.render("en") == (
        "score 1.80 is below the control limit 3.07 (23 windows)"
    )
    assert found.reason.text.render("zh") == "得分 1.80 低于控制限 3.07（依据 23 个窗口）"
    assert found.reason.figures["windows"] == 23


def test_provisional_limits_never_confirm() -> None:
    (found,) = detect(history(12))
    assert found.reason.grade is FindingGrade.OBSERVED
    assert found.reason.text.render("en").endswith("; the limits are provisional (12 windows)")


@pytest.mark.parametrize("windows", [0, 1, 7, 8, 11])
def test_fewer_than_twelve_windows_say_nothing(windows: int) -> None:
    assert detect(history(windows)) == []


def test_windows_with_few_answers_are_no_points_of_the_chart() -> None:
    assert detect(history(30, n=29)) == []
    assert len(detect(history(30, n=29), min_n=20)) == 1


def test_a_window_with_few_answers_is_not_judged() -> None:
    assert detect(history(30), {1: 10}) == []


def test_high_scores_are_no_finding() -> None:
    assert detect(history(30, score=2.0), {5: 50}) == []


def test_low_answers_are_charted_on_request() -> None:
    kinds = [one.reason.figures for one in detect(history(30), of=["score", "bottom_share"])]
    assert [sorted(one) for one in kinds] == [
        ["centre", "high", "low", "n", "p", "score", "windows"],
        ["bottom_share", "centre", "high", "low", "n", "p", "windows"],
    ]
    (found,) = detect(history(30), of=["bottom_share"])
    assert found.reason.text.render("en").startswith("80 % low answers are above the control limit")


def test_eight_scores_in_a_row_below_the_centre_line_are_observed() -> None:
    calm = history(20)[KEY]
    low = tuple(PastScore(f"l{at}", 50, 3.5, 0.1) for at in range(7))
    past = {KEY: (*calm, *(PastScore(one.window, one.n, 3.55, 0.1) for one in low))}
    (found,) = detect(past, {3: 25, 4: 25})
    assert found.reason.grade is FindingGrade.OBSERVED
    assert found.reason.text.render("en") == (
        "the last 8 scores all lie below their usual 3.60 (20 windows)"
    )


def test_an_unknown_kind_of_chart_is_refused() -> None:
    with pytest.raises(DefinitionError):
        detect({}, of=["median"])
