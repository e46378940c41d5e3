"""From rows to cases: mapping, dates, checks, and rows that always add up."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.calc.scoring.answers import normalise
from loopqa.errors import DataError, UsageError
from loopqa.evidence.ingest import ingest
from loopqa.evidence.texts import texts_of
from loopqa.model.rubric import Condition, DurationMeasure
from loopqa.model.score import RejectedRow, Rows
from loopqa.model.window import Window
from tests.calc.small_rubrics import dimension, indicator, rubric
from tests.evidence.making import KEY, cases_of, column, plan_of

STANDARD = rubric(dimension("tone", indicator("tone")))


def wall(*parts: int) -> datetime:
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - wall time has no zone


def times(values: list[Any], **wishes: Any) -> list[datetime | None]:
    rows = [{"tone": 1, "day": value} for value in values]
    return column(cases_of(STANDARD, rows, at="day", **wishes), "at")


def failure(rows: list[dict[str, Any]], **wishes: Any) -> str:
    with pytest.raises((DataError, UsageError)) as caught:
        cases_of(STANDARD, rows, **wishes)
    return str(caught.value)


@given(st.lists(st.one_of(st.none(), st.text(max_size=8), st.sampled_from(["5.0", " a  b "]))))
def test_a_column_is_normalised_like_its_single_values(values: list[str | None]) -> None:
    for column_of in (pa.array(values, pa.string()), pa.array(values * 30, pa.string())):
        texts = texts_of(column_of)
        got = [texts.values[code] for code in texts.codes]
        assert got == [normalise(value or "") for value in column_of.to_pylist()]
        assert len(set(texts.values)) == len(texts.values)


@pytest.mark.parametrize(
    "column_of",
    [
        pa.array([5.0, None, 4.5]),
        pa.array(["5.0", "", " 4.50 "]),
        pa.array(["5", None, "４.5"]).dictionary_encode(),
        pa.array([5.0, float("nan"), 4.5], pa.float32()),
    ],
)
def test_numbers_read_the_same_from_every_type(column_of: pa.Array) -> None:
    texts = texts_of(column_of)
    assert [texts.values[code] for code in texts.codes] == ["5", "", "4.5"]


def test_every_row_is_loaded_or_rejected_with_place_and_reason() -> None:
    rows = [
        {"tone": "4", "_file": "a.csv", "_row": 2},
        {"tone": "7", "_file": "a.csv", "_row": 3},
        {"tone": "four", "_file": "a.csv", "_row": 4},
        {"tone": "5.0", "_file": "a.csv", "_row": 7},
    ]
    broken = RejectedRow("a.csv", 5, None, None, "too many cells")
    got = ingest([rows, broken], plan_of(STANDARD), name="input", key=KEY)
    assert got.rows == Rows(read=5, loaded=2, rejected=3)
    assert sorted(got.rejected, key=lambda one: one.row) == [
        RejectedRow("a.csv", 3, "tone", "7", "not on the scale"),
        RejectedRow("a.csv", 4, "tone", "four", "neither a number nor a known answer"),
        broken,
    ]
    assert column(got, "row") == [2, 7]
    assert column(got, "i:tone.tone") == ["4", "5"]


def test_a_case_without_a_date_is_rejected_where_windows_are_cut() -> None:
    rows = [{"tone": 1, "day": "2026-03-01"}, {"tone": 1, "day": ""}, {"tone": 1, "day": "soon"}]
    got = cases_of(STANDARD, rows, at="day", need_at=True)
    assert [(one.row, one.value, one.reason) for one in got.rejected] == [
        (2, None, "the date is missing"),
        (3, "soon", "not a date"),
    ]
    assert got.rows == Rows(3, 1, 2)


@pytest.mark.parametrize(
    ("form", "written", "read"),
    [
        ("%m/%d/%Y %I:%M:%S %p", "12/31/1899 09:30:00 AM", wall(1899, 12, 31, 9, 30)),
        ("%m/%d/%Y %I:%M:%S %p", "05/11/2016 12:00:00 AM", wall(2016, 5, 11)),
        ("%d/%m/%Y %H:%M", "05/11/2016 23:59", wall(2016, 11, 5, 23, 59)),
        ("%Y-%m-%d", "2026-02-28", wall(2026, 2, 28)),
        (None, "2026-03-01", wall(2026, 3, 1)),
        (None, "2026-03-01 10:00:01.5", wall(2026, 3, 1, 10, 0, 1, 500_000)),
        (None, "20260301", wall(2026, 3, 1)),
        (None, "2026/3/1 9:05", wall(2026, 3, 1, 9, 5)),
        (None, "13/05/2026", wall(2026, 5, 13)),
        (None, "5/13/2026 1:30 PM", wall(2026, 5, 13, 13, 30)),
        (None, "5.5.2026", wall(2026, 5, 5)),
        (None, "2026-03-01T23:30:00Z", wall(2026, 3, 2, 7, 30)),
        (None, "2026-03-01T23:30:00+02:00", wall(2026, 3, 2, 5, 30)),
        ("%Y-%m-%d %H:%M %z", "2026-03-01 23:30 +0000", wall(2026, 3, 2, 7, 30)),
        ("%d.%m.%Y", wall(2026, 3, 1, 9), wall(2026, 3, 1, 9)),
        (None, date(2026, 3, 1), wall(2026, 3, 1)),
        (None, datetime(2026, 3, 1, 1, tzinfo=UTC), wall(2026, 3, 1, 9)),
    ],
)
def test_dates_become_wall_time_of_the_workspace(
    form: str | None, written: Any, read: datetime
) -> None:
    assert times([written], dates=form, zone="Asia/Shanghai") == [read]


def test_a_cell_that_is_a_date_is_read_beside_texts_of_another_form() -> None:
    mixed = [wall(2026, 3, 1, 9), "02.03.2026"]
    assert times(mixed, dates="%d.%m.%Y") == [wall(2026, 3, 1, 9), wall(2026, 3, 2)]


def test_an_ambiguous_date_is_an_error_that_names_both_readings() -> None:
    rows = [{"tone": 1, "day": "13/11/2016"}, {"tone": 1, "day": "05/11/2016"}]
    assert failure(rows, at="day") == (
        "answers.csv:2:day: '05/11/2016' may be 2016-11-05 or 2016-05-11\n"
        "  hint: say which with `dates:`, for example %d/%m/%Y (day first) or %m/%d/%Y "
        "(month first)"
    )


def test_a_form_that_fits_no_date_is_an_error() -> None:
    rows = [{"tone": 1, "day": "2026-03-01"}, {"tone": 1, "day": "2026-03-02"}]
    assert failure(rows, at="day", dates="%d/%m/%Y") == (
        "answers.csv:1:day: no value is a date of the form %d/%m/%Y, for example '2026-03-01'\n"
        "  hint: say how dates are written with `dates:`, for example %d.%m.%Y %H:%M"
    )


def test_all_missing_columns_are_named_at_once_with_the_nearest_ones() -> None:
    rows = [{"Tone of voice": 1, "chanel": "phone"}]
    assert failure(rows, keep=("channel",), at="served", need_at=True) == (
        "answers.csv: no columns served (at), channel, tone (tone.tone)\n"
        "  hint: did you mean chanel (channel)? name the right column in the workflow's `map` "
        "or with --map"
    )


def test_the_hint_knows_columns_that_the_source_left_out() -> None:
    with pytest.raises(DataError) as caught:
        ingest(
            [[{"other": 1}]],
            plan_of(STANDARD),
            name="a.csv",
            key=KEY,
            all_columns=lambda: ("other", "Tone 1"),
        )
    assert str(caught.value) == (
        "a.csv: no column tone (tone.tone)\n  hint: did you mean Tone 1 (tone)? "
        "name the right column in the workflow's `map` or with --map"
    )


def test_a_column_absent_from_some_files_is_a_warning() -> None:
    batches = [
        [{"tone": "4", "channel": "phone", "_file": "a.csv"}],
        [{"tone": "5", "_file": "b.csv"}],
    ]
    got = ingest(batches, plan_of(STANDARD, keep=("channel",)), name="input", key=KEY)
    assert column(got, "channel") == ["phone", ""]
    assert [str(one) for one in got.warnings] == [
        "b.csv: no column 'channel'; these rows count as without an answer"
    ]


def test_an_override_names_the_column_of_an_indicator_or_dimension() -> None:
    for name in ("tone", "tone.tone"):
        got = cases_of(STANDARD, [{"Q1": "3"}], overrides={name: "Q1"})
        assert column(got, "i:tone.tone") == ["3"]
    assert failure([{"Q1": 1}], overrides={"tune": "Q1"}) == (
        "rubric 'small' has no indicator 'tune'\n  hint: did you mean 'tone'?"
    )


def test_the_first_column_present_wins_file_by_file() -> None:
    plan = plan_of(STANDARD, input_map={"tone": ("Q1", "Q2")})
    got = ingest([[{"Q2": "2"}], [{"Q1": "1", "Q2": "5"}]], plan, name="input", key=KEY)
    assert column(got, "i:tone.tone") == ["2", "1"]


def test_of_several_inputs_one_may_lack_an_indicator() -> None:
    two = rubric(dimension("tone", indicator("tone")), dimension("speed", indicator("speed")))
    got = cases_of(two, [{"tone": "3"}], one_of_several=True)
    assert got.indicators == ("tone.tone",)
    assert got.lacks == {"speed.speed"}


def test_durations_are_decimal_numbers_and_open_cases_are_told_from_unstarted_ones() -> None:
    measure = DurationMeasure("hours", "opened", "closed", "pending", Condition(">=", 0))
    bands = {"5": "<= 1", "1": "> 1"}
    timed = indicator("time", measure=measure, score={"type": "bands", "bands": bands})
    rows = [
        {"opened": "2026-03-01 10:00:00", "closed": "2026-03-01 11:30:00"},
        {"opened": "2026-03-01 10:00:00", "closed": None},
        {"opened": None, "closed": "2026-03-01 11:30:00"},
        {"opened": "2026-03-01 10:00:00", "closed": "2026-03-01 09:00:00"},
    ]
    got = column(cases_of(rubric(dimension("speed", timed)), rows), "i:speed.time")
    assert [repr(value) for value in got] == ["1.5", "None", "nan", "-1.0"]


def test_customers_are_pseudonyms_wherever_they_stand() -> None:
    rows = [{"tone": 1, "who": "Ann "}, {"tone": 2, "who": "Ann"}, {"tone": 3, "who": ""}]
    got = cases_of(STANDARD, rows, customer="who", keep=("who",))
    first, second, none = column(got, "customer")
    assert len(first) == 16
    assert first == second
    assert none is None
    assert column(got, "who") == [first.hex(), first.hex(), ""]


def test_repeated_case_numbers_are_kept_with_a_warning() -> None:
    rows = [{"tone": 1, "no": "C1"}, {"tone": 2, "no": "C1"}]
    got = cases_of(STANDARD, rows, input_map={"case": ("no",)})
    assert got.rows == Rows(2, 2, 0)
    assert [str(one) for one in got.warnings] == [
        "1 rows repeat the number of another case; every row is counted"
    ]


def test_cases_are_picked_by_window_and_by_column_values() -> None:
    rows = [
        {"tone": 1, "day": "2026-03-01", "team": "T1"},
        {"tone": 2, "day": "2026-03-31 23:59:59", "team": "T2"},
        {"tone": 3, "day": "2026-04-01 00:00:00", "team": "T3"},
    ]
    got = cases_of(STANDARD, rows, at="day", need_at=True, keep=("team",))
    march = got.within(Window.parse("2026-03-01..2026-03-31"))
    assert column(march, "i:tone.tone") == ["1", "2"]
    assert march.where({"team": "T2"}).n == 1
    assert march.where((("team", ("T1", "T2")),)).n == 2
    assert march.where({}).n == 2
    with pytest.raises(UsageError) as caught:
        march.where({"teem": "T1"})
    assert str(caught.value) == ("the cases have no column 'teem'\n  hint: did you mean 'team'?")


def test_an_input_without_rows_has_no_cases() -> None:
    for batches in ([], [pa.table({"tone": pa.array([], pa.string())})]):
        got = ingest(batches, plan_of(STANDARD), name="input", key=KEY)
        assert got.rows == Rows()
        assert got.n == 0
        assert got.indicators == ("tone.tone",)
