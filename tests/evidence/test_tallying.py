"""Tallies against a count in plain Python, and the rules of case scores."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.errors import UsageError
from loopqa.evidence.backend import Backend, shared_backend
from loopqa.evidence.shapes import rounded
from loopqa.evidence.tallying import Part, tally
from loopqa.model.coding import State
from loopqa.model.rubric import (
    Blend,
    ColumnMeasure,
    Critical,
    Rubric,
    When,
    WhenMissing,
)
from loopqa.model.tally import LevelCount, MomentSum, Tally, ValueCount
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of, tally_of
from tests.evidence.making import cases_of

ANSWER = st.sampled_from(["1", "2", "3", "4", "5", None])
TWO = rubric(
    dimension(
        "speed",
        indicator("wait", weight=0.25),
        indicator("reply", weight=0.75),
        weight=0.4,
    ),
    dimension("tone", indicator("tone"), weight=0.6),
)


def tallied(standard: Rubric, rows: list[dict[str, Any]], **more: Any) -> Tally:
    wishes = {name: more.pop(name) for name in ("keep", "input_map") if name in more}
    part = Part("now", None, cases_of(standard, rows, **wishes))
    return tally(shared_backend(), standard, schemes_of(standard), [part], **more)


def moments(counts: Tally) -> dict[str, tuple[int, int, int]]:
    return {one.quantity: (one.n, one.total, one.squares) for one in counts.moments}


def score_of(standard: Rubric, row: dict[str, Any]) -> dict[str, int]:
    """The case scores of a single case."""
    return {name: total for name, (_, total, _) in moments(tallied(standard, [row])).items()}


def oracle(cases: list[dict[str, Any]]) -> dict[str, tuple[int, int, int]]:
    """Case scores of TWO in exact fractions."""
    found: dict[str, list[int]] = {}
    for case in cases:
        parts = {
            "speed@customer": mean(
                [(Fraction(1, 4), case["wait"]), (Fraction(3, 4), case["reply"])]
            ),
            "tone@customer": mean([(Fraction(1), case["tone"])]),
        }
        known = [
            (weight, parts[name])
            for name, weight in (("speed@customer", 2), ("tone@customer", 3))
            if parts[name] is not None
        ]
        whole = sum(weight for weight, _ in known)
        total = sum(weight * (score or 0) for weight, score in known)
        parts["composite"] = rounded(total, whole) if whole else None
        for name, score in parts.items():
            if score is not None:
                found.setdefault(name, []).append(score)
    return {name: (len(s), sum(s), sum(x * x for x in s)) for name, s in found.items()}


def mean(answers: list[tuple[Fraction, str | None]]) -> int | None:
    known = [(weight, int(answer)) for weight, answer in answers if answer]
    if not known:
        return None
    exact = sum(weight * answer for weight, answer in known) / sum(weight for weight, _ in known)
    return rounded((exact * 100).numerator, (exact * 100).denominator)


@settings(max_examples=40, deadline=None)
@given(
    cases=st.lists(
        st.fixed_dictionaries({"wait": ANSWER, "reply": ANSWER, "tone": ANSWER}), min_size=1
    )
)
def test_case_scores_are_weighted_means_in_exact_hundredths(cases: list[dict[str, Any]]) -> None:
    assert moments(tallied(TWO, cases)) == oracle(cases)


@settings(max_examples=30, deadline=None)
@given(
    cases=st.lists(
        st.fixed_dictionaries({"tone": ANSWER, "channel": st.sampled_from(["phone", "mail", ""])}),
        min_size=1,
    )
)
def test_levels_and_moments_are_counted_by_group(cases: list[dict[str, Any]]) -> None:
    standard = rubric(dimension("tone", indicator("tone")))
    got = tallied(standard, cases, keep=("channel",), by=("channel",))
    twin = [{"tone.tone": case["tone"], "channel": case["channel"]} for case in cases]
    expected = tally_of(standard, twin, by=("channel",))
    assert sorted(map(repr, got.levels)) == sorted(map(repr, expected.levels))
    assert set(got.moments) == set(expected.moments)


def test_the_customers_of_the_worked_example_score_4_8_and_2_2_and_4_4() -> None:
    names = ["responsiveness", "resolution", "professionalism", "communication", "process"]
    standard = rubric(*(dimension(name, indicator(name), weight=0.2) for name in names))
    cases = {480: (5, 5, 4, 5, 5), 220: (2, 3, 2, 1, 3), 440: (4, 4, 5, 4, 5)}
    for composite, answers in cases.items():
        row = dict(zip(names, answers, strict=True))
        assert score_of(standard, row)["composite"] == composite


def test_numbers_are_summed_exactly_and_their_squares_do_not_overflow() -> None:
    standard = rubric(
        dimension("cost", indicator("cost", score={"type": "none"}, aggregate="median"))
    )
    rows = [{"cost": "999999999999.999"}, {"cost": "-0.0005"}, {"cost": "2.5"}, {"cost": ""}]
    got = tallied(standard, rows)
    largest = 999_999_999_999_999
    assert got.moments == (
        MomentSum("now", "cost.cost", (), 3, largest - 1 + 2500, largest**2 + 1 + 2500**2),
    )
    assert got.values == tuple(
        ValueCount("now", "cost.cost", (), value, 1) for value in (-1, 2500, largest)
    )
    assert {(count.state, count.level, count.n) for count in got.levels} == {
        (State.ANSWERED, None, 3),
        (State.MISSING, None, 1),
    }
    assert tallied(standard, rows, values=False) == replace(got, values=())


def test_weights_and_squared_weights_are_summed() -> None:
    standard = rubric(dimension("tone", indicator("tone")))
    rows = [{"tone": 5, "w": "0.8694"}, {"tone": 5, "w": 1.5}, {"tone": 1, "w": 2}]
    got = tallied(standard, rows, input_map={"weight": ("w",)})
    assert got.levels == (
        LevelCount("now", "tone.tone", (), State.ANSWERED, 1.0, 1, 2.0, 4.0),
        LevelCount("now", "tone.tone", (), State.ANSWERED, 5.0, 2, 2.3694, 3.00585636),
    )


def test_a_critical_answer_caps_the_dimension() -> None:
    failed = indicator("script", weight=0.5, critical=Critical(1, "dimension", 2))
    standard = rubric(dimension("process", failed, indicator("rest", weight=0.5)))
    assert score_of(standard, {"script": 1, "rest": 5})["process@customer"] == 200
    assert score_of(standard, {"script": 2, "rest": 5})["process@customer"] == 350
    assert score_of(standard, {"script": 1, "rest": 1})["process@customer"] == 100


def test_a_critical_answer_caps_the_composite_only() -> None:
    failed = indicator("script", critical=Critical(1, "composite", 1.5))
    standard = rubric(
        dimension("process", failed, weight=0.5),
        dimension("tone", indicator("tone"), weight=0.5),
    )
    got = score_of(standard, {"script": 1, "tone": 5})
    assert got == {"process@customer": 100, "tone@customer": 500, "composite": 150}


def test_an_indicator_that_does_not_concern_the_case_is_not_applicable() -> None:
    visit = indicator("visit", when=(When("channel", ("on site",)),))
    standard = rubric(dimension("visit", visit))
    rows = [{"visit": "4", "channel": "on site"}, {"visit": "5", "channel": "phone"}]
    got = tallied(standard, rows)
    assert {(count.state, count.level, count.n) for count in got.levels} == {
        (State.ANSWERED, 4.0, 1),
        (State.NOT_APPLICABLE, None, 1),
    }
    assert moments(got)["visit@customer"] == (1, 400, 160_000)


def test_all_five_states_are_counted() -> None:
    measure = ColumnMeasure(
        ("x",),
        missing=frozenset({"Blank"}),
        not_applicable=frozenset({"6"}),
        refused=frozenset({"no"}),
    )
    standard = rubric(dimension("tone", indicator("x", measure=measure)))
    got = tallied(standard, [{"x": value} for value in ("5.0", " Blank ", "", None, "6", "no")])
    assert {count.state.value: count.n for count in got.levels} == {
        "answered": 1,
        "missing": 3,
        "not_applicable": 1,
        "refused": 1,
    }


@pytest.mark.parametrize(
    ("when_missing", "composite"), [(WhenMissing.NONE, None), (WhenMissing.USE_PRESENT, 400)]
)
def test_a_blend_without_one_side_follows_the_rubric(
    when_missing: WhenMissing, composite: int | None
) -> None:
    standard = rubric(
        dimension("tone", indicator("rated"), indicator("checked", rater="internal")),
        blend=Blend({"customer": 0.6, "internal": 0.4}, when_missing),
    )
    assert score_of(standard, {"rated": 4, "checked": 2})["composite"] == 320
    assert score_of(standard, {"rated": 4, "checked": ""}).get("composite") == composite


def test_inputs_of_two_raters_have_no_composite_of_their_own() -> None:
    standard = rubric(dimension("tone", indicator("rated"), indicator("checked", rater="internal")))
    parts = [
        Part("now", "customer", cases_of(standard, [{"rated": 4}], rater="customer")),
        Part("now", "internal", cases_of(standard, [{"checked": 2}], rater="internal")),
    ]
    got = tally(shared_backend(), standard, schemes_of(standard), parts)
    assert moments(got) == {"tone@customer": (1, 400, 160_000), "tone@internal": (1, 200, 40_000)}


def test_joint_counts_of_two_dimensions_are_taken_case_by_case() -> None:
    rows = [
        {"wait": 4, "reply": 4, "tone": 5},
        {"wait": 4, "reply": 4, "tone": 5},
        {"wait": 1, "reply": 1, "tone": ""},
        {"wait": 1, "reply": 5, "tone": 2},
    ]
    got = tallied(TWO, rows, cross=True).cross
    both = ("speed@customer", "tone@customer")
    assert [tuple(one) for one in got] == [
        ("now", both, (100, None), 1),
        ("now", both, (400, 200), 1),
        ("now", both, (400, 500), 2),
    ]


def test_a_column_that_was_not_kept_cannot_be_grouped_by() -> None:
    with pytest.raises(UsageError) as caught:
        tallied(TWO, [{"wait": 1, "reply": 1, "tone": 1}], by=("channel",))
    assert str(caught.value) == "the cases have no column 'channel'"


def test_a_second_evaluation_of_the_same_shape_compiles_nothing() -> None:
    with Backend(threads=1) as backend:
        for answer in (1, 5):
            part = Part("now", None, cases_of(TWO, [{"wait": 1, "reply": answer, "tone": 2}]))
            tally(backend, TWO, schemes_of(TWO), [part])
            assert len(backend._compiled) == 1
