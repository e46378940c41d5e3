"""Reading files through the host, as the engine does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from loopqa.errors import LoopQAError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import ReadContext, Rejected, Source, builtin_host


def source(root: Path, type_: str, path: Any, **options: Any) -> Source:
    """The source of an input, its paths starting at ``root``."""
    return builtin_host().make_source(PluginSpec(type_, {"path": path, **options}), root=root)


def items(made: Source, columns: frozenset[str] | None = None) -> list[Any]:
    """Everything the source yields."""
    return list(made.read(ReadContext(columns=columns)))


def rows(made: Source, columns: frozenset[str] | None = None) -> list[dict[str, Any]]:
    """All sound rows."""
    batches = [item for item in items(made, columns) if not isinstance(item, Rejected)]
    return [row for batch in batches for row in batch.to_pylist()]


def rejected(made: Source) -> list[tuple[int, str | None, str]]:
    """Row, column and reason of every rejected row."""
    found = [item for item in items(made) if isinstance(item, Rejected)]
    return [(row.row, row.column, row.reason) for row in found]


def complaint(root: Path, type_: str, path: Any, **options: Any) -> str:
    """What is said when the source is read."""
    with pytest.raises(LoopQAError) as caught:
        items(source(root, type_, path, **options))
    return str(caught.value)
