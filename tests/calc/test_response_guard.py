"""Response rates before and after: shown, and a reason to say nothing where they moved."""

from __future__ import annotations

from dataclasses import replace

import pytest

from loopqa.calc.question.questions import Request, questions
from loopqa.calc.verdict.judgement import judge
from loopqa.errors import UsageError
from loopqa.language import speaking
from loopqa.model.beside import ResponseChange, Responses
from loopqa.model.rubric import Decide
from loopqa.model.tally import ResponseCount
from loopqa.model.verdict import Arm, Asked, Outcome
from tests.calc.counting import Count, rating_schemes, rubric
from tests.calc.handmade import question

STEADY = ResponseChange(Responses(1000, 400), Responses(1000, 420))
HALVED = ResponseChange(Responses(1000, 400), Responses(2000, 400))
PHONE = (("channel", ("phone",)),)


def answered(scope: ResponseChange, comparison: ResponseChange | None = None, **fields: object):
    """The judgement on a large rise, with these response rates."""
    asked = question(4.4, **fields)
    rates = (
        {Arm.SCOPE: scope}
        if comparison is None
        else dict(zip(Arm, (scope, comparison), strict=True))
    )
    stream = replace(asked.streams["customer"], responses=rates)
    return judge([replace(asked, streams={"customer": stream})], Decide())[0]


@pytest.mark.parametrize("after", [752, 1000, 1328])
def test_a_steady_response_rate_changes_nothing(after):
    change = ResponseChange(Responses(2000, 1000), Responses(2000, after))
    verdict = answered(change, comparison=None)
    assert verdict.outcome is Outcome.IMPROVED
    assert not [one for one in verdict.assumptions if "response" in str(one)]
    assert verdict.response is not None
    assert verdict.response.scope.ratio == pytest.approx(after / 1000)


@pytest.mark.parametrize("after", [740, 1340])
def test_a_rate_that_moved_decides_nothing_without_a_comparison(after):
    change = ResponseChange(Responses(2000, 1000), Responses(2000, after))
    asked = question(4.4, comparison=False)
    stream = replace(asked.streams["customer"], responses={Arm.SCOPE: change})
    (verdict,) = judge([replace(asked, streams={"customer": stream})], Decide())
    assert verdict.outcome is Outcome.INCONCLUSIVE
    assert verdict.interval is None
    with speaking("en"):
        assert str(verdict.reason) == (
            f"response in the scope went from 50% to {after / 20:.0f}%: a mean also moves when "
            "other people answer, and there is no comparison that shows by how much"
        )


def test_with_a_comparison_whose_rate_moved_alike_it_is_allowed_and_said():
    verdict = answered(HALVED, HALVED)
    assert verdict.outcome is Outcome.IMPROVED
    with speaking("en"):
        assert (
            "response in the scope went from 40% to 20%, in the comparison from 40% to 20%: "
            "assumes that who answers changed alike in both"
        ) in [str(one) for one in verdict.assumptions]
        alone = answered(HALVED)
        assert str(alone.assumptions[-1]).endswith("in the comparison, where it is not known")


def test_a_rate_that_moved_in_the_scope_only_decides_nothing():
    verdict = answered(HALVED, STEADY)
    assert verdict.outcome is Outcome.INCONCLUSIVE
    with speaking("zh"):
        assert "作用范围的回收率从 40% 变为 20%，而对照从 40% 变为 42%" in str(verdict.reason)


def test_a_difference_between_the_arms_that_chance_may_make_is_let_pass():
    few = ResponseChange(Responses(20, 10), Responses(20, 7))
    verdict = answered(few, ResponseChange(Responses(20, 10), Responses(20, 10)))
    assert verdict.outcome is Outcome.IMPROVED


@pytest.mark.parametrize(
    ("asked", "outcome"),
    [
        (Asked.RANDOM, Outcome.INCONCLUSIVE),
        (Asked.SAME, Outcome.IMPROVED),
        (Asked.LOW, Outcome.IMPROVED),
    ],
)
def test_respondents_asked_again_answer_more_often_and_that_is_no_change(asked, outcome):
    """Of 1,000 invited 400 answered; of these, asked again, 300 did."""
    again = ResponseChange(Responses(1000, 400), Responses(400, 300))
    assert answered(again, STEADY, asked=asked).outcome is outcome


def counted(**invited: int) -> object:
    """The question on 30 of 40 answered before and 20 of 40 after in phone, and as many in chat."""
    count = Count(("channel",))
    rows = [
        (window, (channel,), {"speed": 3 + number % 2})
        for window, n in (("before", 30), ("after", 20))
        for channel in ("phone", "chat")
        for number in range(n)
    ]
    count.add(rows)
    silent = [
        ResponseCount(window, "customer", (channel,), 40, 40 - n)
        for window, n in (("before", 30), ("after", 20))
        for channel in ("phone", "chat")
    ]
    of = rubric(["speed"])
    tally = replace(count.tally(), responses=tuple(silent))
    given = {
        (Arm.SCOPE, "before"): invited.get("before"),
        (Arm.SCOPE, "after"): invited.get("after"),
    }
    request = Request(scope=PHONE, invited={at: n for at, n in given.items() if n is not None})
    return questions(of, rating_schemes(of), tally, request)[0].streams["customer"].responses


def test_cases_without_any_answer_count_as_invited():
    both = counted()
    for arm in Arm:
        assert both[arm] == ResponseChange(Responses(40, 30), Responses(40, 20))


def test_given_numbers_come_before_the_rows_and_cannot_be_fewer_than_the_answers():
    given = counted(before=60, after=50)
    assert given[Arm.SCOPE] == ResponseChange(Responses(60, 30), Responses(50, 20))
    assert given[Arm.COMPARISON] == ResponseChange(Responses(40, 30), Responses(40, 20))
    with pytest.raises(UsageError, match="19 invited after the action can't be: 20 answered"):
        counted(before=60, after=19)
