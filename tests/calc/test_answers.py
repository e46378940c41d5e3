"""From texts to states, levels and numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.scoring.answers import code, normalise, read_number, state_of
from loopqa.model.coding import LevelCoding, NumberCoding, State
from loopqa.model.rubric import ColumnMeasure, Condition, DurationMeasure, RepeatMeasure
from tests.shared_data import expected, needs_shared

FIVE = LevelCoding({level: level for level in (1.0, 2.0, 3.0, 4.0, 5.0)})
RATING = ColumnMeasure(
    ("rating",),
    missing=frozenset({"0", "Blank"}),
    not_applicable=frozenset({"6"}),
    refused=frozenset({"won't say"}),
)
MINUTES = DurationMeasure("minutes", "opened", "responded", valid=Condition(">=", 0))
BANDS = LevelCoding(
    {level: level for level in (1.0, 2.0, 3.0, 4.0, 5.0)},
    bands=(
        (5.0, Condition("<=", 15)),
        (4.0, Condition("<=", 120)),
        (3.0, Condition("<=", 480)),
        (2.0, Condition("<=", 1440)),
        (1.0, Condition(">", 1440)),
    ),
)


@pytest.mark.parametrize(
    ("raw", "normal"),
    [
        ("5", "5"),
        ("5.0", "5"),
        ("5.50", "5.5"),
        ("05", "05"),
        ("１", "1"),
        ("４．５０", "4.5"),
        ("-0.0", "0"),
        ("-1.0", "-1"),
        ("10", "10"),
        ("100.00", "100"),
        ("  very \t good\n", "very good"),
        ("\u3000满意\u3000", "满意"),
        ("1.0.0", "1.0.0"),
        ("5.", "5."),
        ("", ""),
        (" \u00a0", ""),
    ],
)
def test_texts_that_mean_the_same_get_one_spelling(raw: str, normal: str) -> None:
    assert normalise(raw) == normal


@given(st.text())
def test_a_normal_text_is_its_own_normal_form(raw: str) -> None:
    assert normalise(normalise(raw)) == normalise(raw)


@pytest.mark.parametrize(
    "text", ["1,000", "1e3", "inf", "nan", "0x10", "1_000", "", ".", "五", "²"]
)
def test_only_plain_decimals_are_numbers(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "state"),
    [
        (None, State.MISSING),
        ("", State.MISSING),
        ("   ", State.MISSING),
        ("0.0", State.MISSING),
        ("Blank", State.MISSING),
        ("６", State.NOT_APPLICABLE),
        ("won't  say", State.REFUSED),
        ("4", State.ANSWERED),
        ("nonsense", State.ANSWERED),
    ],
)
def test_an_answer_has_one_of_the_states(text: str | None, state: State) -> None:
    assert state_of(text, RATING) is state


@pytest.mark.parametrize(("text", "level"), [("1", 1.0), ("5.0", 5.0), ("03", 3.0), ("４", 4.0)])
def test_a_rating_is_its_level(text: str, level: float) -> None:
    assert code(text, RATING, FIVE) == (State.ANSWERED, level)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("7", "7 is not on the scale"),
        ("3.5", "3.5 is not on the scale"),
        ("x", "'x' is not a number"),
    ],
)
def test_an_answer_off_the_scale_is_an_error(text: str, why: str) -> None:
    with pytest.raises(ValueError) as error:  # noqa: PT011 - compared whole
        code(text, RATING, FIVE)
    assert str(error.value) == why


def test_mapped_texts_come_before_numbers() -> None:
    coding = LevelCoding({0.0: 0, 1.0: 100}, values={"yes": 1.0, "no": 0.0, "2": 1.0})
    measure = ColumnMeasure(("solved",), values={"yes": 1.0, "no": 0.0, "2": 1.0})
    assert code(" yes ", measure, coding) == (State.ANSWERED, 1.0)
    assert code("2.0", measure, coding) == (State.ANSWERED, 1.0)
    assert code("0", measure, coding) == (State.ANSWERED, 0.0)


def test_an_invalid_value_has_no_score() -> None:
    assert code("-1", MINUTES, BANDS) == (State.MISSING, None)


def test_a_number_out_of_bounds_is_an_error() -> None:
    coding = NumberCoding(low=0, high=100)
    assert code("84.5", ColumnMeasure(("qa",)), coding) == (State.ANSWERED, 84.5)
    with pytest.raises(ValueError, match=r"^100\.5 is outside 0\.\.100$"):
        code("100.5", ColumnMeasure(("qa",)), coding)


def test_a_number_in_no_band_is_an_error() -> None:
    coding = LevelCoding({5.0: 5}, bands=((5.0, Condition("<=", 15)),))
    with pytest.raises(ValueError, match=r"^16 falls in no band$"):
        code("16", MINUTES, coding)


def test_an_open_case_is_pending_where_the_measure_says_so() -> None:
    pending = DurationMeasure("hours", "opened", "closed", open="pending")
    assert code(None, pending, BANDS) == (State.PENDING, None)
    assert code("", MINUTES, BANDS) == (State.MISSING, None)
    assert code(None, RepeatMeasure("customer", "resolved", 48), FIVE) == (State.PENDING, None)


@needs_shared
def test_first_response_times_fall_in_the_bands_of_the_template() -> None:
    for minutes, level in expected("golden_cases")["S1"]["response_threshold"][
        "boundary_cases_minutes_to_score"
    ]:
        state, found = code(None if minutes is None else repr(minutes), MINUTES, BANDS)
        assert found == level, minutes
        assert state is (State.MISSING if level is None else State.ANSWERED)
