"""Durations are real elapsed time, and what ends later is still open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.evidence.dates import WALL, instants_of_wall
from loopqa.model.rubric import Condition, DurationMeasure
from tests.calc.small_rubrics import dimension, indicator, rubric
from tests.evidence.making import cases_of, column

WAIT = "i:speed.wait"


def standard(**measure: Any) -> Any:
    wait = DurationMeasure("minutes", "opened", "closed", **measure)
    bands = {"type": "bands", "bands": {"5": "<= 60", "1": "> 60"}}
    return rubric(dimension("speed", indicator("wait", measure=wait, score=bands)))


def waits(opened: Any, closed: Any, zone: str | None = "UTC", **measure: Any) -> Any:
    cases = cases_of(standard(**measure), [{"opened": opened, "closed": closed}], zone=zone)
    return column(cases, WAIT)[0] if cases.n else None


@pytest.mark.parametrize(
    ("opened", "closed", "minutes"),
    [
        ("2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00", 60),  # clocks put forward
        ("2026-10-25T02:30+02:00", "2026-10-25T02:10+01:00", 40),  # clocks put back
        ("2026-03-29T01:30+01:00", "2026-03-29T00:30Z", 0),
        ("2026-03-29 01:30", "2026-03-29 03:30", 60),  # no offset: the workspace's clocks
    ],
)
@pytest.mark.parametrize("zone", ["Europe/Berlin"])
def test_a_change_of_the_clocks_costs_no_hour(
    opened: str, closed: str, minutes: float, zone: str
) -> None:
    assert waits(opened, closed, zone) == minutes


def test_times_as_they_stand_are_told_by_one_clock() -> None:
    assert waits("2026-03-29 01:30", "2026-03-29 03:30", None) == 120
    assert waits("2026-03-29T01:30+01:00", "2026-03-29T03:30+02:00", None) == 60


def test_times_of_a_database_are_subtracted_as_instants() -> None:
    kind = pa.timestamp("us", "Europe/Berlin")
    opened = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)
    table = pa.table(
        {
            "opened": pa.array([opened], kind),
            "closed": pa.array([opened + timedelta(minutes=45)], kind),
        }
    )
    assert column(cases_of(standard(), table, zone="Europe/Berlin"), WAIT) == [45]


def test_a_mark_for_no_time_is_an_open_case_and_not_a_rejected_row() -> None:
    rows = [{"opened": "2026-03-01 08:00", "closed": "?"}, {"opened": "?", "closed": "?"}]
    refused = cases_of(standard(), rows)
    assert (refused.rows.loaded, refused.rows.rejected) == (0, 2)
    for marked in (
        cases_of(standard(missing=frozenset({"?"})), rows),
        cases_of(standard(), rows, missing=frozenset({"?"})),
    ):
        open_case, unstarted = column(marked, WAIT)
        assert (open_case, repr(unstarted)) == (None, "nan")


def test_a_negative_time_has_no_score_where_the_rubric_says_what_is_valid() -> None:
    assert waits("2026-03-02 08:00", "2026-03-01 08:00", valid=Condition(">=", 0)) == -1440


def test_seen_earlier_a_case_that_ended_later_is_open() -> None:
    rows = [
        {"opened": "2026-03-01 08:00", "closed": "2026-03-01 09:00"},
        {"opened": "2026-03-01 08:00", "closed": "2026-03-04 00:00"},
        {"opened": "2026-03-01 08:00", "closed": "2026-03-04 00:01"},
    ]
    cases = cases_of(standard(open="pending"), rows)
    cut = cases.as_of(datetime(2026, 3, 4, tzinfo=UTC))
    assert column(cut, WAIT) == [60, 3840, None]
    assert column(cases, WAIT) == [60, 3840, 3841]


WALLS = st.datetimes(datetime(1990, 1, 1), datetime(2037, 1, 1))  # noqa: DTZ001 - wall times


@given(st.lists(WALLS), st.sampled_from(["Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe"]))
def test_wall_times_become_the_instants_that_python_says(walls: list[datetime], zone: str) -> None:
    found = instants_of_wall(pa.array([*walls, None], WALL), zone).to_pylist()
    assert found == [*(one.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for one in walls), None]


def test_a_sign_that_may_stand_for_no_time_is_told_with_the_way_to_say_so() -> None:
    rows = [{"opened": "2026-03-01 08:00", "closed": closed} for closed in ("?", "?", "2026-03-99")]
    assert [str(one) for one in cases_of(standard(), rows).warnings] == [
        "'?' is no date; if it stands for an empty cell, say so: missing: \"?\""
    ]


@pytest.mark.parametrize("edge", ["0001-01-01T00:00+05:00", "9999-12-31T23:00-05:00"])
def test_a_time_at_the_edge_of_the_calendar_is_no_date_and_no_crash(edge: str) -> None:
    cases = cases_of(standard(), [{"opened": "2026-03-01", "closed": edge}], zone="UTC")
    assert (cases.rows.loaded, cases.rows.rejected) == (0, 1)


def test_a_mark_stands_for_an_empty_cell_in_every_column() -> None:
    row = {"opened": "2026-03-01", "closed": "?", "no": "?", "who": "?", "said": "?", "team": "?"}
    roles = {"case": ("no",), "customer": ("who",), "comment": ("said",)}
    marks = frozenset({"?"})
    cases = cases_of(standard(), [row], input_map=roles, keep=("team",), missing=marks)
    empty = {name: column(cases, name)[0] for name in ("case", "customer", "comment", "team")}
    assert empty == {"case": None, "customer": None, "comment": None, "team": ""}
