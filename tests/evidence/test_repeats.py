"""Whether a customer came back: against a plain loop, and as an indicator."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.evidence.cases import Cases
from loopqa.evidence.ingest import ingest
from loopqa.evidence.repeats import returns
from loopqa.model.rubric import RepeatMeasure
from loopqa.model.window import Window
from tests.calc.small_rubrics import dimension, indicator, rubric
from tests.evidence.making import KEY, cases_of, column, plan_of

BACK = "i:service.back"


def standard(missing: frozenset[str] | None = None) -> Any:
    measure = RepeatMeasure("customer", "resolved", 48, missing)
    back = indicator("back", measure=measure, score={"type": "share"}, weight=0)
    return rubric(dimension("service", back))


def repeats_of(rows: list[dict[str, Any]], **wishes: Any) -> Cases:
    return cases_of(standard(wishes.pop("missing", None)), rows, need_at=True, **wishes)


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(0, 12)), max_size=25),
    st.integers(0, 6),
)
def test_returns_agree_with_a_plain_loop(rows: list[tuple[int, int, int]], within: int) -> None:
    customers, contacts, after = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    found = returns(customers, contacts, after, within)
    for at, (customer, _, asked) in enumerate(rows):
        back = [
            when
            for other, (who, when, _) in enumerate(rows)
            if other != at and who == customer and asked < when <= asked + within
        ]
        assert bool(found.back[at]) is bool(back)
        assert found.known[at] == (min(back) if back else asked + within)


def test_a_contact_counts_up_to_the_last_minute_and_not_at_the_same_one() -> None:
    rows = [
        {"customer": "A", "at": "2026-03-01 08:00", "resolved": "2026-03-01 10:00"},
        {"customer": "A", "at": "2026-03-03 10:00", "resolved": "2026-03-03 11:00"},
        {"customer": "B", "at": "2026-03-01 08:00", "resolved": "2026-03-01 10:00"},
        {"customer": "B", "at": "2026-03-01 10:00", "resolved": "2026-03-01 12:00"},
        {"customer": "C", "at": "2026-03-01 08:00", "resolved": "2026-03-01 10:00"},
        {"customer": "C", "at": "2026-03-03 10:01", "resolved": None},
    ]
    assert column(repeats_of(rows), BACK) == [1, 0, 0, 0, 0, None]


def test_48_hours_are_real_hours_when_the_clocks_change() -> None:
    rows = [
        {"customer": "A", "at": "2026-03-28 08:00", "resolved": "2026-03-28 12:00"},
        {"customer": "A", "at": "2026-03-30 13:00", "resolved": None},
    ]
    assert column(repeats_of(rows, zone="UTC"), BACK) == [0, None]
    assert column(repeats_of(rows, zone="Europe/Berlin"), BACK) == [1, None]


def test_a_case_whose_hours_are_not_over_yet_is_pending() -> None:
    rows = [
        {"customer": "A", "at": "2026-03-01", "resolved": "2026-03-02"},
        {"customer": "B", "at": "2026-03-01", "resolved": "2026-03-03"},
        {"customer": "B", "at": "2026-03-03 01:00", "resolved": None},
        {"customer": "C", "at": "2026-03-01", "resolved": "2026-03-03"},
    ]
    cases = ingested(rows, datetime(2026, 3, 4, tzinfo=UTC))
    assert column(cases, BACK) == [0, 1, None, None]


def ingested(rows: list[dict[str, Any]], now: datetime) -> Cases:
    plan = plan_of(standard(), need_at=True)
    return ingest([rows], plan, name="answers.csv", key=KEY, now=now)


def test_nobody_s_case_has_no_answer_and_an_unresolved_one_waits() -> None:
    rows = [
        {"customer": "", "at": "2026-03-01", "resolved": "2026-03-01"},
        {"customer": "?", "at": "2026-03-02", "resolved": "2026-03-02"},
        {"customer": "A", "at": "2026-03-02", "resolved": "?"},
    ]
    values = column(repeats_of(rows, missing=frozenset({"?"})), BACK)
    assert [repr(one) for one in values] == ["nan", "nan", "None"]


def test_seen_earlier_a_later_contact_has_not_happened_yet() -> None:
    rows = [
        {"customer": "A", "at": "2026-03-01", "resolved": "2026-03-01"},
        {"customer": "A", "at": "2026-03-02", "resolved": "2026-03-05"},
        {"customer": "B", "at": "2026-03-01", "resolved": "2026-03-01"},
    ]
    cases = repeats_of(rows)
    asked = [datetime(2026, 3, day, 12, tzinfo=UTC) for day in (1, 2, 3, 8)]
    assert [column(cases.as_of(one), BACK) for one in asked] == [
        [None, None, None],
        [1, None, None],
        [1, None, 0],
        [1, 0, 0],
    ]
    assert column(cases, BACK) == [1, 0, 0]


def test_what_a_window_keeps_says_nothing_of_when_it_was_known() -> None:
    rows = [{"customer": "A", "at": "2026-03-01", "resolved": "2026-03-01"}]
    cases = repeats_of(rows)
    march = cases.within(Window.parse("2026-03-01..2026-03-31"))
    assert set(cases.table.column_names) - set(march.table.column_names) == {"known:service.back"}


def test_the_numbers_of_customers_do_not_enter_the_cases() -> None:
    rows = [{"customer": "K-4711", "at": "2026-03-01", "resolved": "2026-03-01"}]
    cases = repeats_of(rows)
    assert "K-4711" not in str(cases.table.to_pydict())
    assert not [name for name in cases.table.column_names if name.startswith("by:")]


@pytest.mark.parametrize("n", [300_000])
def test_many_cases_take_no_time(n: int) -> None:
    dice = np.random.default_rng(7)
    who = dice.integers(0, 40_000, n)
    contacts = dice.integers(0, 10**9, n)
    found = returns(who, contacts, contacts + dice.integers(0, 10**6, n), 10**6)
    assert 0 < found.back.mean() < 0.1
