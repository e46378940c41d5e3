"""Columns of simulated answers."""

from __future__ import annotations

from typing import Any

from loopqa.engine.proving.practices import Array


def named(prefix: str, numbers: Array) -> Any:
    """``prefix-0`` and so on: the names are made once each, as texts of an Arrow array."""
    import pyarrow as pa  # noqa: PLC0415 - heavy, as in loopqa.engine.feeds

    names = pa.array([f"{prefix}-{one}" for one in range(int(numbers.max(initial=-1)) + 1)])
    return names.take(pa.array(numbers))
