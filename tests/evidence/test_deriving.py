"""Derived columns: ages by the calendar, bands of numbers, groups of words."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.errors import DataError
from loopqa.model.derived import AgeBand, Derived, NumberBand
from loopqa.model.rubric import Condition
from loopqa.model.workflow import Period
from tests.calc.small_rubrics import dimension, indicator, rubric
from tests.evidence.making import cases_of, column

SPEED = rubric(dimension("speed", indicator("speed")))

TENURE = Derived(
    "tenure",
    "registered",
    ages=(
        AgeBand("new", "<=", Period("month", 3)),
        AgeBand("growing", "<=", Period("month", 12)),
        AgeBand("old", ">", Period("month", 12)),
    ),
)
VISITS = Derived(
    "visits",
    "orders",
    numbers=(NumberBand("low", Condition("<=", 2)), NumberBand("high", Condition(">", 2))),
)
VALUE = Derived("value", "grade", values={"A": "VIP", "B": "VIP", "C": "ordinary"})


def derived(rule, rows, **wishes):
    rows = [{"speed": "4", **row} for row in rows]
    return cases_of(SPEED, rows, keep=(rule.name,), derive={rule.name: rule}, **wishes)


def tenures(*pairs, **wishes):
    rows = [{"at": at, "registered": registered} for at, registered in pairs]
    return column(derived(TENURE, rows, **wishes), "tenure")


def test_three_months_end_on_the_same_day_of_the_month():
    assert tenures(
        ("2026-04-15", "2026-01-15"), ("2026-04-16", "2026-01-15"), ("2027-01-15", "2026-01-15"),
        ("2027-01-16", "2026-01-15"),
    ) == ["new", "growing", "growing", "old"]  # fmt: skip


def test_months_are_clamped_at_their_end():
    assert tenures(
        ("2026-02-28", "2025-11-30"), ("2026-03-01", "2025-11-30"), ("2024-02-29", "2023-11-30"),
        ("2025-02-28", "2024-02-29"), ("2025-03-01", "2024-02-29"),
    ) == ["new", "growing", "new", "growing", "old"]  # fmt: skip


def test_the_time_of_day_does_not_count():
    assert tenures(("2026-04-15T23:59:00", "2026-01-15T08:00:00")) == ["new"]


def test_what_is_missing_or_in_the_future_has_a_value_of_its_own():
    cases = derived(
        TENURE,
        [
            {"at": "2026-04-15", "registered": ""},
            {"at": "2026-04-15", "registered": "n/a"},
            {"at": "2026-04-15", "registered": "2026-04-16"},
            {"at": "2026-04-15", "registered": "2026-04-15"},
            {"at": "", "registered": "2026-04-15"},
        ],
    )
    assert column(cases, "tenure") == ["unknown", "unknown", "other", "new", "unknown"]
    assert cases.rows.rejected == 0
    assert [str(one) for one in cases.warnings] == [
        "answers.csv: 1 rows have a registered like 'n/a', which says nothing of 'tenure'"
    ]


def test_a_column_without_any_date_is_refused():
    with pytest.raises(DataError, match="no value is a date, for example 'gold'"):
        tenures(("2026-04-15", "gold"), ("2026-04-16", "silver"))


def test_a_date_that_can_be_read_in_two_ways_is_refused():
    with pytest.raises(DataError, match=r"'03/04/2026' may be 2026-04-03 or 2026-03-04"):
        tenures(("2026-05-15", "03/04/2026"))


def test_the_source_may_have_a_date_form_of_its_own():
    rule = Derived("tenure", "registered", ages=TENURE.ages, dates="%Y%m%d")
    rows = [{"at": "15.04.2026", "registered": "20260115"}]
    assert column(derived(rule, rows, dates="%d.%m.%Y"), "tenure") == ["new"]


def test_dates_of_spreadsheets_are_dates_already():
    table = pa.table(
        {
            "speed": ["4", "4"],
            "at": pa.array([datetime(2026, 4, 15), datetime(2026, 4, 16)]),  # noqa: DTZ001
            "registered": pa.array([date(2026, 1, 15), None]),
        }
    )
    cases = cases_of(
        SPEED, table, keep=("tenure",), derive={"tenure": TENURE},
        dates="%d.%m.%Y",
    )  # fmt: skip
    assert column(cases, "tenure") == ["new", "unknown"]


def test_numbers_fall_into_bands_and_words_into_groups():
    rows = [{"orders": one} for one in ("0", "2", "2.5", "", "many", "-1")]
    assert column(derived(VISITS, rows), "visits") == [
        "low",
        "low",
        "high",
        *["unknown"] * 2,
        "low",
    ]
    rows = [{"grade": one} for one in ("A", " Ｂ ", "C", "D", "")]
    got = column(derived(VALUE, rows), "value")
    assert got == ["VIP", "VIP", "ordinary", "other", "unknown"]


@given(
    st.lists(
        st.tuples(st.dates(date(2018, 1, 1), date(2028, 12, 31)), st.integers(0, 900)),
        min_size=1,
        max_size=40,
    )
)
def test_ages_agree_with_pandas(pairs):
    rows = [(born + timedelta(days=age), born) for born, age in pairs]
    got = tenures(*((at.isoformat(), born.isoformat()) for at, born in rows))

    def band(at, born):
        start = pd.Timestamp(born)
        if pd.Timestamp(at) <= start + pd.DateOffset(months=3):
            return "new"
        return "growing" if pd.Timestamp(at) <= start + pd.DateOffset(months=12) else "old"

    assert got == [band(at, born) for at, born in rows]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(1, 29))
def test_batches_change_nothing(values, cut):
    rows = [{"orders": str(one)} for one in values]
    whole = column(derived(VISITS, rows), "visits")
    parts = [rows[:cut], rows[cut:]]
    assert [
        one for part in parts if part for one in column(derived(VISITS, part), "visits")
    ] == whole
