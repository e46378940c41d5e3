"""A source of somebody else's making: rows as dicts, in batches of the size the docs advise."""

from __future__ import annotations

from collections.abc import Iterator
from time import process_time
from typing import Any

import pyarrow.parquet
from contestants.by_loopqa import RUBRIC
from contestants.cases import FOLDER, KEY, SEGMENTS, path_of

from loopqa.engine.reading import Feed, Wanted, read_feeds
from loopqa.engine.standard import standard
from loopqa.plugin import ReadContext

ROWS = 200_000
BATCH = 10_000


class Dicts:
    """Yields what an API would have answered."""

    def __init__(self, batches: list[list[dict[str, Any]]]) -> None:
        self._batches = batches

    def read(self, context: ReadContext) -> Iterator[list[dict[str, Any]]]:
        """All rows."""
        return iter(self._batches)

    def columns(self) -> None:
        """Not known beforehand."""


def microseconds_a_row() -> float:
    """CPU time of turning such rows into cases; making the dicts is not counted."""
    table = pyarrow.parquet.read_table(path_of(ROWS, "parquet"))
    source = Dicts([batch.to_pylist() for batch in table.to_batches(BATCH)])
    rubric = FOLDER / "bench.yaml"
    rubric.write_text(RUBRIC, encoding="utf-8")
    used = standard(rubric)
    wanted = Wanted(keep=SEGMENTS, at="opened", customer="customer", need_at=True)
    started = process_time()
    ((_, cases),) = read_feeds([Feed("-", source)], used.rubric, used.schemes, wanted, key=KEY)
    return (process_time() - started) / cases.n * 1e6
