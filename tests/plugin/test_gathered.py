"""Rows, rejected rows and bookmarks that a source finds one by one, made batches."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from loopqa.plugin import BATCH_ROWS, Bookmark, Rejected, gathered


def row(number: int) -> dict[str, Any]:
    return {"n": number}


def bad(number: int) -> Rejected:
    return Rejected("x", number, None, None, "wrong")


def covered(items: list[Any]) -> list[tuple[Any, set[int]]]:
    """Each bookmark, with the numbers of what came before it."""
    seen: set[int] = set()
    found = []
    for one in items:
        if isinstance(one, Bookmark):
            found.append((one.state["at"], set(seen)))
        elif isinstance(one, Rejected):
            seen.add(one.row)
        else:
            seen |= {each["n"] for each in ([one] if isinstance(one, dict) else one)}
    return found


@given(st.lists(st.sampled_from(["row", "bad", "mark"]), max_size=40))
def test_a_bookmark_covers_in_batches_what_it_covered_one_by_one(kinds: list[str]) -> None:
    makers = {"row": row, "bad": bad, "mark": lambda number: Bookmark({"at": number})}
    found = [makers[kind](number) for number, kind in enumerate(kinds)]
    items = list(gathered(found))
    assert {number for _, seen in covered([*items, Bookmark({"at": -1})]) for number in seen} == {
        number for number, kind in enumerate(kinds) if kind != "mark"
    }
    one_by_one = dict(covered(found))
    assert all(one_by_one[at] == seen for at, seen in covered(items))
    assert len(covered(items)) == ("mark" in kinds)


def test_batches_end_when_they_have_rows_enough() -> None:
    sizes = [len(batch) for batch in gathered(map(row, range(2 * BATCH_ROWS + 1)))]
    assert sizes == [BATCH_ROWS, BATCH_ROWS, 1]


def test_batches_end_when_their_texts_are_long_enough() -> None:
    long = "x" * (1 << 23)
    assert [len(batch) for batch in gathered([{"n": long}] * 5)] == [2, 2, 1]


def test_nothing_found_is_no_batch() -> None:
    assert list(gathered([])) == []


def test_a_column_that_rows_had_before_is_in_every_later_batch() -> None:
    rows = [{"a": 1, "b": 2}, *({"a": 1} for _ in range(BATCH_ROWS))]
    *_, last = gathered(rows)
    assert last == [{"a": 1, "b": None}]
