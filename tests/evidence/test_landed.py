"""Landed rows: whatever way they came in, each record is there once, in its latest version."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from loopqa.evidence.landed import Door, merged, read_landed, sortable, write_landed
from loopqa.model.landing import Landing

DOOR = Door("tickets", b"k" * 32, frozenset({"speed", "caller"}), ("caller",))

RECORDS = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4)), unique=True, max_size=25)


def row(record: int, version: int) -> dict[str, Any]:
    """One version of a record; what it says follows from both."""
    return {"_id": record, "_version": version, "speed": f"{record}.{version}", "mail": "x"}


def told(tables: list[Any]) -> list[str]:
    """What the rows say, sorted."""
    return sorted(one for table in tables for one in table.column("speed").to_pylist())


@settings(deadline=None)
@given(records=RECORDS, data=st.data())
def test_any_interleaving_with_repeats_lands_the_same_rows(records: Any, data: Any) -> None:
    repeats = data.draw(st.lists(st.sampled_from(records), max_size=10)) if records else []
    order = data.draw(st.permutations([*records, *repeats]))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(order)), max_size=4)))
    batches = [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    tables = [DOOR.admit([row(*one) for one in part], 1)[0] for part in batches if part]
    latest = {record: max(v for r, v in records if r == record) for record, _ in records}
    assert told(merged(tables)) == sorted(f"{r}.{v}" for r, v in latest.items())


@settings(deadline=None)
@given(batches=st.lists(st.lists(st.integers(0, 5), min_size=1), min_size=1, max_size=4))
def test_of_equal_versions_the_one_that_came_last_stays(batches: list[list[int]]) -> None:
    came: dict[int, str] = {}
    tables = []
    for number, part in enumerate(batches):
        lines = [{"_id": one, "speed": f"{number}-{at}"} for at, one in enumerate(part)]
        came |= {line["_id"]: line["speed"] for line in lines}
        tables.append(DOOR.admit(lines, 1)[0])
    assert told(merged(tables)) == sorted(came.values())


def test_rows_without_an_id_are_refused() -> None:
    table, refused = DOOR.admit([{"_id": 1, "speed": 2}, {"_id": None, "speed": 3}], 5)
    assert table.num_rows == 1
    assert [(one.row, one.column) for one in refused] == [(6, "_id")]
    table, refused = DOOR.admit(pa.table({"speed": [1, 2]}), 1)
    assert (table.num_rows, len(refused)) == (0, 2)


def test_columns_of_several_types_land_as_text(tmp_path: Path) -> None:
    parts = [[1, 2], ["a"], [None], [Decimal("1.50")]]
    tables = [
        DOOR.admit([{"_id": f"{n}-{m}", "speed": one} for m, one in enumerate(part)], 1)[0]
        for n, part in enumerate(parts)
    ]
    name, sha256, rows = write_landed(tables, tmp_path, 1)
    record = Landing(1, "w", "tickets", 1, datetime.now(UTC), file=name, sha256=sha256)
    (back,) = read_landed(tmp_path, [record])
    assert rows == 5
    assert back.column("speed").to_pylist() == ["1", "2", "a", None, "1.50"]


@settings(deadline=None)
@given(st.lists(st.integers(-(10**20), 10**20) | st.decimals(-100, 100, places=3), min_size=2))
def test_numbers_keep_their_order_as_versions(numbers: list[Any]) -> None:
    assert sorted(numbers) == sorted(numbers, key=sortable)


@settings(deadline=None)
@given(st.lists(st.datetimes(), min_size=2))
def test_times_keep_their_order_as_versions(times: list[datetime]) -> None:
    assert sorted(times) == sorted(times, key=sortable)
