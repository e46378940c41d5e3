"""Parquet files that other programs and attackers write."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from tests.hostile.hostile import Hostile, lines, raw

PARQUET = "type: parquet, path: data.parquet"
ROWS = 20


def _columns() -> dict[str, Any]:
    """The sound lines of data, as columns."""
    header, *rest = (one.split(",") for one in lines(ROWS))
    columns: dict[str, Any] = dict(zip(header, map(list, zip(*rest, strict=True)), strict=True))
    columns["score"] = [int(one) for one in columns["score"]]
    columns["day"] = [date.fromisoformat(one) for one in columns["day"]]
    return columns


def packed(columns: dict[str, Any] | pa.Table, **options: Any) -> bytes:
    """These columns as a Parquet file."""
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    file = io.BytesIO()
    parquet.write_table(table, file, **options)
    return file.getvalue()


def made(name: str, changed: dict[str, Any], **expected: Any) -> Hostile:
    """Sound columns with some replaced."""
    content = packed({**_columns(), **changed})
    return raw(name, content, "data.parquet", input=PARQUET, **expected)


def bytes_(name: str, content: bytes, **expected: Any) -> Hostile:
    """A file of these bytes."""
    return raw(name, content, "data.parquet", input=PARQUET, **expected)


def _twice() -> pa.Table:
    columns = _columns()
    arrays = [pa.array(one) for one in columns.values()]
    return pa.Table.from_arrays([*arrays, arrays[-1]], [*columns, "score"])


def _flipped(content: bytes, at: int, n: int = 40) -> bytes:
    return content[:at] + bytes(255 - one for one in content[at : at + n]) + content[at + n :]


SOUND = packed(_columns())
SCORES = _columns()["score"]
DAYS = _columns()["day"]
OK = (ROWS, ROWS, 0)

CASES = (
    bytes_("cut-short", SOUND[:-30], place="data.parquet"),
    bytes_("without-its-end", SOUND[: len(SOUND) // 2], place="data.parquet"),
    bytes_("the-wrong-first-letters", b"PAR2" + SOUND[4:], rows=OK),
    bytes_("the-wrong-last-letters", SOUND[:-4] + b"PARX", place="data.parquet"),
    bytes_(
        "a-footer-longer-than-the-file", SOUND[:-8] + b"\xff\xff\xff\x7fPAR1", place="data.parquet"
    ),
    bytes_("an-encrypted-footer", SOUND[:-4] + b"PARE", place="data.parquet"),
    bytes_("rubbish-in-the-pages", _flipped(SOUND, 10), place="data.parquet"),
    bytes_("rubbish-in-the-footer", _flipped(SOUND, len(SOUND) - 200), place="data.parquet"),
    bytes_("only-the-letters", b"PAR1PAR1", place="data.parquet"),
    bytes_("nothing", b"", place="data.parquet"),
    bytes_("a-csv-called-parquet", "\n".join(lines()).encode(), place="data.parquet"),
    bytes_("no-row", packed(pa.table(_columns()).slice(0, 0)), place="data.parquet"),
    bytes_("no-column", packed(pa.table({})), place="data.parquet"),
    bytes_("the-same-column-twice", packed(_twice()), place="data.parquet"),
    made("another-column-of-lists", {"x": [[1, 2]] * ROWS}, rows=OK),
    made("another-column-of-structs", {"x": [{"a": {"b": 1}}] * ROWS}, rows=OK),
    made(
        "scores-that-are-lists", {"score": [[one] for one in SCORES]}, place="data.parquet:1:score"
    ),
    made(
        "scores-that-are-structs",
        {"score": [{"a": one} for one in SCORES]},
        place="data.parquet:1:score",
    ),
    made(
        "scores-that-are-bytes",
        {"score": pa.array([b"\xff\xfe"] * ROWS)},
        place="data.parquet:1:score",
    ),
    made("scores-that-are-nothing", {"score": pa.nulls(ROWS)}, rows=OK),
    made("scores-that-are-truths", {"score": [True] * ROWS}, place="data.parquet:1:score"),
    made(
        "scores-that-are-decimals",
        {"score": pa.array([Decimal(one) for one in SCORES], pa.decimal128(38, 9))},
        rows=OK,
    ),
    made(
        "scores-of-76-digits",
        {"score": pa.array([Decimal(one) for one in SCORES], pa.decimal256(76, 2))},
        rows=OK,
    ),
    made(
        "scores-that-are-no-numbers",
        {"score": [float("nan"), float("inf"), 1e308, *map(float, SCORES[3:])]},
        rows=(ROWS, 18, 2),
        rejected=((2, "score"), (3, "score")),
    ),
    made(
        "scores-of-unsigned-64-bits",
        {"score": pa.array([2**64 - 1, *SCORES[1:]], pa.uint64())},
        rows=(ROWS, 19, 1),
        rejected=((1, "score"),),
    ),
    made(
        "scores-in-a-dictionary",
        {"score": pa.array([str(one) for one in SCORES]).dictionary_encode()},
        rows=OK,
    ),
    made(
        "days-with-a-zone",
        {"day": [datetime(2026, 1, one.day, 12, tzinfo=UTC) for one in DAYS]},
        rows=OK,
    ),
    made("days-in-nanoseconds", {"day": pa.array(DAYS).cast(pa.timestamp("ns"))}, rows=OK),
    made(
        "days-at-the-end-of-time",
        {"day": pa.array([2**62, -(2**62), *[1_767_300_000_000_000] * 18], pa.timestamp("us"))},
        rows=(ROWS, 18, 2),
        rejected=((1, "day"), (2, "day")),
    ),
    made(
        "days-at-the-end-of-time-with-a-zone",
        {
            "day": pa.array(
                [2**62, -(2**62), *[1_767_300_000_000_000] * 18], pa.timestamp("us", "UTC")
            )
        },
        rows=(ROWS, 18, 2),
        rejected=((1, "day"), (2, "day")),
    ),
    made(
        "days-of-a-zone-on-no-map",
        {"day": pa.array(DAYS).cast(pa.timestamp("us", "Mars/Olympus"))},
        rows=OK,
    ),
    made("days-that-are-numbers", {"day": [20260101] * ROWS}, rows=OK),
    made(
        "days-that-are-times",
        {"day": pa.array([3600] * ROWS, pa.time32("s"))},
        place="data.parquet:1:day",
    ),
    made("customers-that-are-bytes", {"who": pa.array([b"\xff" * 3] * ROWS)}, rows=OK),
    made(
        "channels-that-are-large-texts",
        {"channel": pa.array(["phone"] * ROWS, pa.large_string())},
        rows=OK,
    ),
    made("channels-that-are-lists", {"channel": [["phone"]] * ROWS}, rows=OK),
)
