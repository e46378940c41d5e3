"""Events become cases: which event a case takes a value from, and what becomes of unusable ones."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.errors import DataError
from loopqa.evidence.collapsing import Collapsing
from loopqa.model.collapse import Collapse, Made, Pick
from loopqa.model.rubric import When
from loopqa.model.score import RejectedRow

NOT_NEW = ((When("state", ("New",), negated=True),),)

Event = Mapping[str, Any]


def collapsed(
    batches: Iterable[Any], *made: Made, wanted: Iterable[str] = (), **how: Any
) -> tuple[list[dict[str, Any]], list[RejectedRow]]:
    """The cases (without where their events stood) and the rejected events."""
    names = frozenset({*wanted, *(one.name for one in made)})
    items = list(Collapsing(Collapse("id", made), "events", names, **how).cases(batches))
    rejected = [one for one in items if isinstance(one, RejectedRow)]
    cases = [row for one in items if not isinstance(one, RejectedRow) for row in one.to_pylist()]
    return [
        {k: v for k, v in case.items() if k not in ("_file", "_row")} for case in cases
    ], rejected


def made(name: str, pick: Pick, column: str, by: str | None = None, where: Any = ()) -> Made:
    return Made(name, pick, column, by, where)


def test_first_and_last_are_told_by_time_and_not_by_text_or_row() -> None:
    events = [
        {"id": "A", "t": "2/3/2026 9:00"},
        {"id": "A", "t": "10/2/2026 8:00"},
        {"id": "A", "t": "11/2/2026 7:00"},
    ]
    cases, _ = collapsed(
        [events],
        made("begun", Pick.FIRST, "t"),
        made("ended", Pick.LAST, "t"),
        dates="%d/%m/%Y %H:%M",
    )
    assert cases == [{"id": "A", "begun": "10/2/2026 8:00", "ended": "2/3/2026 9:00", "_events": 3}]


def test_first_and_last_know_offsets_and_clock_changes() -> None:
    events = [
        {"id": "A", "t": "2026-10-25T02:40+02:00"},  # 00:40 UTC, later by the clock alone
        {"id": "A", "t": "2026-10-25T02:10+01:00"},  # 01:10 UTC
    ]
    cases, _ = collapsed([events], made("ended", Pick.LAST, "t"), zone="Europe/Berlin")
    assert cases[0]["ended"] == "2026-10-25T02:10+01:00"


def test_where_leaves_events_out_and_a_list_takes_those_that_meet_one_entry() -> None:
    events = [
        {"id": "A", "t": "2026-01-01", "state": "New", "moved": "0"},
        {"id": "A", "t": "2026-01-02", "state": "Open", "moved": "0"},
        {"id": "A", "t": "2026-01-03", "state": "Open", "moved": "1"},
        {"id": "B", "t": "2026-01-04", "state": "New", "moved": "0"},
    ]
    either = (*NOT_NEW, ((When("moved", ("1",)),)))
    cases, _ = collapsed(
        [events],
        made("answered", Pick.FIRST, "t", where=NOT_NEW),
        made("touched", Pick.COUNT, "id", where=either),
        made("events", Pick.COUNT, "id"),
    )
    assert [(one["answered"], one["touched"], one["events"]) for one in cases] == [
        ("2026-01-02", 2, 3),
        (None, 0, 1),
    ]


def test_latest_is_told_by_its_order_and_ties_go_to_the_later_row() -> None:
    events = [
        {"id": "A", "priority": "1", "n": "9"},
        {"id": "A", "priority": "2", "n": "10"},
        {"id": "A", "priority": "3", "n": "10"},
        {"id": "A", "priority": "4", "n": "2"},
    ]
    cases, _ = collapsed(
        [events],
        made("now", Pick.LATEST, "priority", "n"),
        made("then", Pick.EARLIEST, "priority", "n"),
        made("row", Pick.LATEST, "priority"),
    )
    assert [(one["now"], one["then"], one["row"]) for one in cases] == [("3", "4", "4")]


def test_events_can_be_ordered_by_times() -> None:
    events = [
        {"id": "A", "team": "x", "at": "2026-03-01 10:00"},
        {"id": "A", "team": "y", "at": "2026-02-01 10:00"},
    ]
    cases, _ = collapsed([events], made("team", Pick.LATEST, "team", "at"))
    assert cases[0]["team"] == "x"


def test_a_blank_cell_is_passed_over_and_so_is_a_mark_for_one() -> None:
    events = [
        {"id": "A", "team": "x", "t": "2026-01-01", "note": "first"},
        {"id": "A", "team": "?", "t": "?", "note": None},
    ]
    cases, rejected = collapsed(
        [events],
        made("team", Pick.LATEST, "team"),
        made("ended", Pick.LAST, "t"),
        wanted={"note"},
        missing=frozenset({"?"}),
    )
    assert cases == [{"id": "A", "note": "first", "team": "x", "ended": "2026-01-01", "_events": 2}]
    assert rejected == []


def test_unusable_events_are_rejected_with_their_place_and_the_case_lives_on() -> None:
    events = [
        {"id": "A", "t": "2026-01-01", "n": "1", "_file": "log.csv", "_row": 2},
        {"id": "", "t": "2026-01-02", "n": "2", "_file": "log.csv", "_row": 3},
        {"id": "A", "t": "soon", "n": "3", "_file": "log.csv", "_row": 4},
        {"id": "A", "t": "2026-01-04", "n": "many", "_file": "log.csv", "_row": 5},
    ]
    cases, rejected = collapsed(
        [events], made("ended", Pick.LAST, "t"), made("last", Pick.LATEST, "t", "n")
    )
    assert cases == [{"id": "A", "ended": "2026-01-01", "last": "2026-01-01", "_events": 1}]
    assert [(one.row, one.column, one.value, one.reason) for one in rejected] == [
        (3, "id", None, "the key of the case is missing"),
        (4, "t", "soon", "not a date"),
        (5, "n", "many", "neither a number nor a date, so events can't be ordered by it"),
    ]


def test_what_the_source_rejected_stays_rejected() -> None:
    bad = RejectedRow("log.csv", 7, None, None, "the row has fewer fields than the header")
    assert collapsed([bad, [{"id": "A"}]]) == ([{"id": "A", "_events": 1}], [bad])


def test_a_case_of_several_files_stands_where_its_first_event_stands() -> None:
    first = [{"id": "A", "t": "2026-01-01", "_file": "1.csv", "_row": 2}]
    second = [
        {"id": "B", "t": "2026-01-02", "_file": "2.csv", "_row": 2},
        {"id": "A", "t": "2026-01-03", "_file": "2.csv", "_row": 3},
    ]
    how = Collapsing(
        Collapse("id", (made("ended", Pick.LAST, "t"),)), "events", frozenset({"ended"})
    )
    one, two = how.cases([first, second])
    assert one.to_pylist() == [
        {"id": "A", "ended": "2026-01-03", "_row": 2, "_events": 2, "_file": "1.csv"}
    ]
    assert [(row["id"], row["_file"]) for row in two.to_pylist()] == [("B", "2.csv")]


def test_times_of_a_database_or_a_sheet_stay_the_instants_they_are() -> None:
    times = pa.array(
        [1_767_250_800_000_000, 1_767_250_900_000_000], pa.timestamp("us", "Asia/Shanghai")
    )
    table = pa.table({"id": pa.array([7, 7]), "t": times})
    cases, _ = collapsed([table], made("ended", Pick.LAST, "t"))
    assert cases == [{"id": "7", "ended": "2026-01-01T15:01:40+08:00", "_events": 2}]


def test_a_column_that_is_nowhere_is_an_error_with_the_nearest_one() -> None:
    with pytest.raises(DataError) as refused:
        collapsed([[{"id": "A", "opened_at": "x"}]], made("opened", Pick.FIRST, "opend_at"))
    assert str(refused.value) == (
        "events: no column opend_at for 'collapse'\n  hint: did you mean 'opened_at'?"
    )


def test_a_time_that_can_be_read_in_two_ways_is_an_error_that_names_both() -> None:
    with pytest.raises(DataError) as refused:
        collapsed([[{"id": "A", "t": "3/4/2026 08:00"}]], made("opened", Pick.FIRST, "t"))
    assert str(refused.value).startswith(
        "events:1:t: '3/4/2026 08:00' may be 2026-04-03 or 2026-03-04\n"
    )


def test_a_form_that_fits_no_time_is_an_error() -> None:
    with pytest.raises(DataError) as refused:
        collapsed([[{"id": "A", "t": "x"}]], made("opened", Pick.FIRST, "t"), dates="%Y-%m-%d")
    assert "no value is a date of the form %Y-%m-%d, for example 'x'" in str(refused.value)


def test_an_input_without_events_has_no_cases() -> None:
    assert collapsed([]) == ([], [])


EVENTS = st.lists(
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["", "A", "B", "C"]),
            "t": st.sampled_from(["", "2026-01-01", "2026-01-02", "2025-12-31", "never"]),
            "n": st.sampled_from(["", "1", "2", "10"]),
            "state": st.sampled_from(["New", "Open", ""]),
        }
    ),
    max_size=30,
)


@given(EVENTS, st.integers(1, 7))
def test_cases_agree_with_pandas_and_every_event_is_in_one_or_rejected(
    events: list[dict[str, str]], size: int
) -> None:
    batches = [events[at : at + size] for at in range(0, len(events), size)]
    # One event that is sound, so that a date can be read.
    batches.append([{"id": "D", "t": "2026-02-01", "n": "1", "state": "New"}])
    events = [*events, *batches[-1]]
    cases, rejected = collapsed(
        batches,
        made("begun", Pick.FIRST, "t", where=NOT_NEW),
        made("state", Pick.LATEST, "state", "n"),
        made("times", Pick.COUNT, "t"),
    )
    assert sum(one["_events"] for one in cases) + len(rejected) == len(events)
    sound = [one for one in events if one["id"] and one["t"] != "never"]
    wanted = {}
    for key in dict.fromkeys(one["id"] for one in sound):
        frame = pd.DataFrame([one for one in sound if one["id"] == key])
        begun = frame[(frame.state != "New") & (frame.t != "")].t
        ordered = frame[(frame.state != "") & (frame.n != "")]
        ordered = ordered.iloc[ordered.n.astype(int).argsort(kind="stable")]
        wanted[key] = (
            begun.min() if len(begun) else None,
            ordered.state.iloc[-1] if len(ordered) else None,
            int((frame.t != "").sum()),
        )
    assert {one["id"]: (one["begun"], one["state"], one["times"]) for one in cases} == wanted


def test_a_log_with_a_header_and_no_event_still_misses_its_columns() -> None:
    empty = pa.table({"id": pa.array([], pa.string()), "t": pa.array([], pa.string())})
    assert collapsed([empty], made("opened", Pick.FIRST, "t")) == ([], [])
    with pytest.raises(DataError, match="no column u for 'collapse'"):
        collapsed([empty], made("opened", Pick.FIRST, "u"))
