"""Sources that read record by record."""

from __future__ import annotations

from typing import Any

from loopqa.language import text
from loopqa.plugin import BadRow, Rejected, in_batches

LATE = text("the value holds a NUL character")


def convert(record: int) -> dict[str, Any]:
    if record == 7:
        raise BadRow("score", LATE, "7")
    return {"score": record}


def test_a_bad_record_is_rejected_and_the_others_come_in_batches() -> None:
    items = list(in_batches([5, 7, 9], convert, file="api", first=2))
    assert items == [
        Rejected("api", 3, "score", "7", LATE.template),
        [
            {"score": 5, "_file": "api", "_row": 2},
            {"score": 9, "_file": "api", "_row": 4},
        ],
    ]


def test_many_records_come_in_batches_of_ten_thousand() -> None:
    sizes = [len(batch) for batch in in_batches(range(8, 20_018), convert, file="api")]  # type: ignore[arg-type]
    assert sizes == [10_000, 10_000, 10]
