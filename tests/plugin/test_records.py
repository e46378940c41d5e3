"""Records of other systems made rows, and their texts natural values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from loopqa.plugin import BadRow, fields_of, natural


def nested(depth: int) -> dict[str, Any]:
    return {"a": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (nested(40), "objects are nested too deep"),
        ({"a": {"b": 1}, "a.b": 2}, "the key stands twice in the line"),
        ({"a": "x\0"}, "the value holds a NUL character"),
        ({"a": "\ud83d"}, "the value holds half a character"),
        ({"\ud83d": 1}, "the value holds half a character"),
    ],
)
def test_records_that_can_be_no_row_are_refused(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(BadRow) as caught:
        fields_of(record)
    assert str(caught.value.why) == reason


def test_whole_characters_are_fine() -> None:
    assert fields_of({"评 语": "😀好"}) == {"评 语": "😀好"}


@pytest.mark.parametrize(
    ("written", "kind", "value"),
    [
        ("7", "integer", 7),
        ("7.5", "integer", "7.5"),
        ("0.10", "number", Decimal("0.10")),
        ("", "number", ""),
        ("2026-02-28", "date", date(2026, 2, 28)),
        ("28.02.2026", "date", "28.02.2026"),
        ("2026-02-28T08:00:00+08:00", "date-time", datetime(2026, 2, 28, tzinfo=UTC)),
        ("2026-02-28T08:00:00", "date-time", "2026-02-28T08:00:00"),
        ("0001-01-01T00:00:00+08:00", "date-time", "0001-01-01T00:00:00+08:00"),
        ("7", "string", "7"),
        ("7", "uuid", "7"),
        (7.5, "integer", 7.5),
        (None, "date", None),
    ],
)
def test_a_text_becomes_what_it_stands_for_or_stays(
    written: object, kind: str, value: object
) -> None:
    made = natural(written, kind)
    assert (made, type(made)) == (value, type(value))
