"""The source ``parquet``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from tests.builtin.hostile_files import complaint, items, rows, source

TABLE = pa.table(
    {"id": [1, 2], " at ": [datetime.fromisoformat("2026-03-01"), None], "x": ["a", "b"]}
)


def test_values_keep_their_types_and_rows_are_numbered(tmp_path: Path) -> None:
    parquet.write_table(TABLE, tmp_path / "a-1.parquet")
    parquet.write_table(TABLE.slice(1), tmp_path / "a-2.parquet")
    made = source(tmp_path, "parquet", "a-*.parquet")
    assert made.columns() == ("id", "at", "x")
    assert rows(made, frozenset({"id", "at"})) == [
        {"id": 1, "at": datetime.fromisoformat("2026-03-01"), "_file": "a-1.parquet", "_row": 1},
        {"id": 2, "at": None, "_file": "a-1.parquet", "_row": 2},
        {"id": 2, "at": None, "_file": "a-2.parquet", "_row": 1},
    ]


def test_a_file_without_rows_yields_an_empty_batch(tmp_path: Path) -> None:
    parquet.write_table(TABLE.slice(2), tmp_path / "a.parquet")
    (batch,) = items(source(tmp_path, "parquet", "a.parquet"))
    assert (batch.num_rows, batch.schema.names) == (0, ["id", "at", "x", "_file", "_row"])


def test_what_is_not_parquet_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "a.parquet").write_bytes(b"PAR1 and nothing else")
    assert complaint(tmp_path, "parquet", "a.parquet") == (
        "a.parquet: the file is not Parquet, or it is damaged\n"
        "  hint: write it again, or name its right type: csv, excel"
    )


def test_a_file_damaged_inside_is_an_error_too(tmp_path: Path) -> None:
    parquet.write_table(TABLE, tmp_path / "a.parquet", compression="zstd")
    damaged = bytearray((tmp_path / "a.parquet").read_bytes())
    damaged[4:60] = b"\xff" * 56
    (tmp_path / "a.parquet").write_bytes(damaged)
    assert "damaged" in complaint(tmp_path, "parquet", "a.parquet")
