"""Single cases behind a finding: which, in which order, and a sample where there are many."""

from __future__ import annotations

import random
from typing import Any

import pytest

from loopqa.evidence import commented, paging
from loopqa.evidence.backend import shared_backend
from loopqa.evidence.behind import Behind
from loopqa.evidence.cases import Cases
from loopqa.evidence.commented import comments_of
from loopqa.evidence.lowest import lowest_of
from loopqa.evidence.spool import SpooledTable
from loopqa.model.cycle import Scope
from loopqa.model.rubric import Condition, Critical, Rubric, When
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of
from tests.evidence.making import cases_of

LOW = Condition("<=", 2.0)
STANDARD = rubric(
    dimension("speed", indicator("wait", weight=0.25), indicator("reply", weight=0.75)),
    dimension("tone", indicator("tone"), weight=0.0),
)
WISHES = {
    "need_at": True,
    "customer": "who",
    "keep": ("team",),
    "input_map": {"case": ("no",), "comment": ("said",)},
}


def row(number: int, speed: Any, said: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "at": f"2026-03-{number % 28 + 1:02}", "who": f"c{number}", "team": "A", "no": f"n{number}",
        "said": said, "wait": speed, "reply": speed, "tone": 5, **more,
    }  # fmt: skip


def behind(
    rows: list[dict[str, Any]] | Cases,
    about: str = "speed",
    scope: Scope = (),
    standard: Rubric = STANDARD,
) -> Behind:
    cases = rows if isinstance(rows, Cases) else cases_of(standard, rows, **WISHES)
    return Behind(shared_backend(), standard, schemes_of(standard), None, cases, about, scope)


def test_comments_are_parted_by_the_score_of_their_case() -> None:
    rows = [
        row(1, 2, "low"), row(2, 3, "middle"), row(3, 1, "lower"), row(4, None, "no score"),
        row(5, 1, "mixed", reply=3), row(6, 1, "  "), row(7, 1, None),
    ]  # fmt: skip
    low, rest = comments_of([behind(rows)], LOW, "seed")
    assert {(one.text, one.score) for one in low.comments} == {("low", 2.0), ("lower", 1.0)}
    assert {(one.text, one.score) for one in rest.comments} == {("middle", 3.0), ("mixed", 2.5)}
    assert (low.in_all, rest.in_all) == (2, 2)


def test_only_the_scope_of_the_finding_is_looked_at() -> None:
    rows = [row(1, 1, "here"), row(2, 1, "there", team="B")]
    low, _ = comments_of([behind(rows, scope=(("team", ("A",)),))], LOW, "seed")
    assert [one.text for one in low.comments] == ["here"]
    nowhere = behind(rows, scope=(("channel", ("phone",)),))
    assert nowhere.shape is None
    assert comments_of([nowhere], LOW, "seed")[0].comments == ()


def test_a_dimension_of_no_weight_has_scores_and_a_failed_critical_one_caps_no_other() -> None:
    standard = rubric(
        dimension("tone", indicator("tone", critical=Critical(1, "composite", 1.0)), weight=0.0),
        dimension("speed", indicator("wait")),
    )
    rows = [row(1, 4, "a", tone=1), row(2, 4, "b", tone=4)]
    assert [one.score for one in comments_of(
        [behind(rows, "tone", standard=standard)], LOW, "s")[0].comments] == [1.0]  # fmt: skip
    speed = comments_of([behind(rows, "speed", standard=standard)], LOW, "s")[1].comments
    assert [one.score for one in speed] == [4.0, 4.0]


def test_cases_that_a_dimension_does_not_concern_are_not_behind_it() -> None:
    standard = rubric(dimension("speed", indicator("wait", when=(When("team", ("A",)),))))
    rows = [row(1, 1, "concerned"), row(2, 1, "not", team="B")]
    low, rest = comments_of([behind(rows, standard=standard)], LOW, "seed")
    assert [one.text for one in (*low.comments, *rest.comments)] == ["concerned"]


def many(n: int = 400) -> list[dict[str, Any]]:
    dice = random.Random(3)
    return [row(at, dice.randint(1, 5), f"said {at} {'x' * dice.randint(0, 9)}",
                who=dice.choice([f"c{at % 90}", ""])) for at in range(n)]  # fmt: skip


def test_of_many_comments_a_sample_is_read_that_no_order_of_rows_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(commented, "MOST_COMMENTS", 30)
    rows = many()
    first = comments_of([behind(rows)], LOW, "desk 2026-03")
    random.Random(8).shuffle(rows)
    again = comments_of([behind(rows)], LOW, "desk 2026-03")
    other = comments_of([behind(rows)], LOW, "desk 2026-04")
    assert first == again
    assert [len(side.comments) for side in first] == [30, 30]
    assert sum(side.in_all for side in first) == 400
    assert first != other


def test_pages_in_files_say_what_one_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commented, "MOST_COMMENTS", 30)
    rows = many()
    whole = behind(rows)
    known = comments_of([whole], LOW, "s"), lowest_of({"in": whole}, ("team",), 20)
    monkeypatch.setattr(paging, "PAGE_ROWS", 50)
    paged = cases_of(STANDARD, rows, **WISHES)
    assert isinstance(paged.table, SpooledTable)
    spooled = behind(paged)
    assert (comments_of([spooled], LOW, "s"), lowest_of({"in": spooled}, ("team",), 20)) == known


def test_long_comments_are_cut_and_counted() -> None:
    low, _ = comments_of([behind([row(1, 1, "😡" * 3000), row(2, 1, "short")])], LOW, "s")
    assert sorted(len(one.text) for one in low.comments) == [5, 2000]
    assert low.cut == 1


def test_the_lowest_cases_come_first_then_those_with_words_then_the_latest() -> None:
    rows = [
        row(1, 1, at="2026-03-09"), row(2, 1, "said", at="2026-03-01"),
        row(3, 1, "said", at="2026-03-05"), row(4, 2, "said", at="2026-03-09"),
        row(5, 1, " ", at="2026-03-20"), row(6, None, "no score"),
    ]  # fmt: skip
    found = lowest_of({"in": behind(rows)}, ("team",), 10)
    assert [one.case for one in found] == ["n3", "n2", "n5", "n1", "n4"]
    assert found[0].segments == (("team", "A"),)
    assert found[0].answers == {"speed.wait": "1", "speed.reply": "1", "tone.tone": "5"}
    assert found[2].comment is None


def test_a_customer_has_one_case_and_unknown_ones_have_each_their_own() -> None:
    rows = [row(at, 1, f"said {at}", who="same") for at in range(5)]
    rows += [row(at, 1, f"said {at}", who="") for at in range(5, 8)]
    found = lowest_of({"in": behind(rows)}, (), 10)
    assert len(found) == 4
    assert sorted(one.case for one in found if one.customer is None) == ["n5", "n6", "n7"]


def test_two_inputs_are_ordered_together() -> None:
    one = behind([row(1, 2), row(2, 1)])
    two = behind([row(3, 1, "worst")])
    found = lowest_of({"one": one, "two": two}, (), 2)
    assert [(case.input, case.case) for case in found] == [("two", "n3"), ("one", "n2")]
