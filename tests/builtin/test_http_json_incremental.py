"""The source ``http_json`` reading only what is new: bookmarks, orders, clocks, and overlaps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.builtin.http_json_options import IncrementalOptions
from loopqa.builtin.http_json_since import Climb, Since
from loopqa.errors import PluginError
from loopqa.plugin import Bookmark, ReadContext, Rejected, Source
from tests.builtin.test_source_http_json import OFFSET, complaint, of
from tests.rest_server import Api, Asked, Reply, api, changed, made

__all__ = ["api"]

NEW = {"column": "changed", "since": "since"}


@pytest.fixture(autouse=True)
def _a_page_is_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loopqa.plugin.batching.BATCH_ROWS", 30)


def source(api: Api, **incremental: Any) -> Source:
    return of(api, "/offset", **OFFSET, id="id", incremental={**NEW, **incremental})


def reading(made: Source, state: Any = None) -> Iterator[Any]:
    """Ids of each batch, states of bookmarks, and rejected rows."""
    for item in made.read(ReadContext(state=state)):
        match item:
            case Bookmark():
                yield item.state
            case Rejected():
                yield (item.row, item.column, item.reason)
            case list():
                yield [row["_id"] for row in item]


def ids(items: Iterator[Any]) -> list[int]:
    return [one for item in items if isinstance(item, list) for one in item]


def test_a_second_reading_asks_only_for_what_is_new(api: Api) -> None:
    (*batches, state) = reading(source(api))
    assert ids(iter(batches)) == list(range(1, 251))
    assert state == {"column": "changed", "since": "2026-10-01T04:10:00Z"}
    api.rows = [changed(api.rows[4], changed="2026-10-05T00:00:00Z"), *api.rows[5:], *made(3, 251)]
    api.asked.clear()
    (new, state) = reading(source(api), state)
    assert new == [5, 250, 251, 252, 253]  # 250 stands at the border: the host knows it
    assert state["since"] == "2026-10-05T00:00:00Z"
    assert [one.query["since"] for one in api.asked] == ["2026-10-01T04:10:00Z"] * 2


def test_rows_carry_their_id_and_version(api: Api) -> None:
    (first, *_) = source(api, version="speed").read(ReadContext())
    assert isinstance(first, list)
    assert (first[1]["_id"], first[1]["_version"]) == (2, 3)
    (first, *_) = source(api).read(ReadContext())
    assert isinstance(first, list)
    assert first[0]["_version"] == "2026-10-01T00:01:00Z"


def test_the_first_reading_may_be_told_where_to_begin(api: Api) -> None:
    found = reading(source(api, start="2026-10-01T04:00:00Z"))
    assert ids(found) == list(range(240, 251))


def test_nothing_at_all_sets_no_bookmark_and_nothing_new_keeps_it(api: Api) -> None:
    api.rows = []
    state = {"column": "changed", "since": "2026-10-01T04:10:00Z"}
    assert list(reading(source(api))) == []
    assert list(reading(source(api), state)) in ([], [state])
    other = {"column": "another", "since": 7}
    assert list(reading(source(api), other)) == []
    assert "since" not in api.asked[-1].query


def test_a_bookmark_comes_behind_the_last_page_where_no_order_is_promised(api: Api) -> None:
    api.rows.reverse()
    items = list(reading(source(api)))
    assert [isinstance(item, dict) for item in items] == [False] * 9 + [True]
    assert items[-1]["since"] == "2026-10-01T04:10:00Z"


def test_pages_in_order_count_each_by_itself(api: Api) -> None:
    """Rows with the value of a page's last row may stand on the next one, too."""
    api.rows = made(60)
    api.rows[30]["changed"] = api.rows[29]["changed"]
    first, one, second, end = reading(source(api, in_order=True))
    assert (first[-1], one["since"]) == (30, "2026-10-01T00:29:00Z")
    assert second[0] == 31
    assert end["since"] == "2026-10-01T01:00:00Z"
    again = ids(reading(source(api, in_order=True), one))
    assert again == list(range(29, 61))


def test_a_broken_promise_of_order_is_found_out(api: Api) -> None:
    api.rows[40], api.rows[50] = api.rows[50], api.rows[40]
    assert complaint(source(api, in_order=True)) == (
        "rows do not come in the order of 'changed'\n"
        "  hint: leave out `in_order`, or ask the server for that order"
    )


def test_a_row_that_changes_while_pages_are_read_is_read_the_next_time(api: Api) -> None:
    """It moves from a page to come to one that is done; others change later and are seen."""
    api.rows.reverse()  # as lists of "latest first" do
    api.time = "Thu, 01 Oct 2026 05:00:00 GMT"

    def change(asked: Asked) -> None:
        if asked.query["offset"] == "60":
            moved = changed(api.rows.pop(200), changed="2026-10-01T05:00:01Z")
            api.rows.insert(0, moved)
            api.rows[150] = changed(api.rows[150], changed="2026-10-01T05:00:02Z")

    api.before = change  # type: ignore[assignment]
    *_, state = reading(source(api))
    api.before = lambda asked: None
    assert 50 in ids(reading(source(api), state))


def test_an_overlap_goes_back_a_little(api: Api) -> None:
    state = {"column": "changed", "since": "2026-10-01T04:10:00Z"}
    found = ids(reading(source(api, overlap=120), state))
    assert found == [248, 249, 250]
    for written, asked in [
        ("2026-10-01 04:10:00", "2026-10-01 04:08:00"),
        ("2026-10-01T00:01:00.5+08:00", "2026-09-30T23:59:00.500000+08:00"),
        (1759291800, 1759291680),
        ("a7", "a7"),
    ]:
        options = IncrementalOptions(column="c", since="s", overlap=120)
        assert Since(options, written).params() == {"s": asked}


def test_rows_without_a_place_in_the_order_are_rejected(api: Api) -> None:
    api.rows = made(4)
    api.rows[1]["changed"] = None
    api.rows[2]["changed"] = ""
    empty = "the column that rows are read by is empty"
    sound, refused, again, _ = reading(source(api))
    assert refused == (2, "changed", empty)
    assert again == (3, "changed", empty)
    assert sound == [1, 4]


def test_values_without_a_common_order_are_told(api: Api) -> None:
    api.rows[3]["changed"] = 17
    assert complaint(source(api)) == (
        "'changed' holds '2026-10-01T00:03:00Z' and 17, which have no order"
    )


def test_running_numbers_do_as_well_as_times(api: Api) -> None:
    api.first.append(Reply([{"id": 9, "n": "9"}, {"id": 10, "n": "10"}]))
    made = of(api, "/offset", id="id", incremental={"column": "n", "since": "above"})
    assert list(reading(made))[-1] == {"column": "n", "since": "10"}


@given(st.lists(st.integers(0, 20), min_size=1), st.booleans())
def test_no_bookmark_passes_a_row_that_did_not_come(values: list[int], in_order: bool) -> None:
    """Whenever reading stops, all rows up to below the bookmark were read."""
    options = IncrementalOptions(column="c", since="s", in_order=in_order)
    values = sorted(values) if in_order else values
    climb = Climb(Since(options), datetime(2026, 1, 1, tzinfo=UTC))
    for at, value in enumerate(values):
        climb.take(value)
        bookmark = climb.between_pages()
        if bookmark is not None:
            assert all(later > bookmark.state["since"] for later in values[at + 1 :])
    end = climb.at_the_end()
    assert end is not None
    assert end.state["since"] == max(values)


def test_a_failure_on_the_way_leaves_no_bookmark_behind(api: Api) -> None:
    api.before = lambda asked: Reply(status=400) if asked.query["offset"] == "90" else None
    items = source(api).read(ReadContext())
    seen: list[Any] = []
    with pytest.raises(PluginError, match="page 4"):
        seen.extend(items)
    assert [type(one) for one in seen] == [list, list, list]
