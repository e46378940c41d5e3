"""Source ``parquet``: columnar files, read with their own types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from loopqa.builtin.file_search import FoundFile
from loopqa.builtin.file_source import FileSource, Paths, chosen_columns, folded, with_origin
from loopqa.errors import DataError
from loopqa.language import text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.options import Options
from loopqa.plugin.source import Item, ReadContext, Source

#: Rows handed on at once.
BATCH_ROWS = 100_000


class ParquetOptions(Options):
    """Options of the source ``parquet``."""

    path: Paths


class Parquet(FileSource):
    """Reads Parquet files; ``_row`` counts their rows from 1."""

    type = "parquet"
    summary = text("Parquet files")
    Config = ParquetOptions
    config: ParquetOptions

    def header(self, file: FoundFile) -> Sequence[str]:
        """The column names of one file."""
        with _opened(file) as parquet:
            return [folded(name) for name in parquet.schema_arrow.names]

    def read_file(self, file: FoundFile, context: ReadContext) -> Iterator[Item]:
        """The rows of one file."""
        import numpy as np  # noqa: PLC0415 - heavy
        import pyarrow as pa  # noqa: PLC0415 - heavy

        with _opened(file) as parquet:
            own = parquet.schema_arrow.names
            columns = chosen_columns([folded(name) for name in own], context.columns, file.place)
            schema = pa.schema(
                [parquet.schema_arrow.field(at).with_name(name) for name, at in columns.items()]
            )
            total = parquet.metadata.num_rows
            done = 0
            try:
                for batch in _batches(parquet, [own[at] for at in columns.values()]):
                    arrays = [batch.column(own[at]) for at in columns.values()]
                    named = pa.RecordBatch.from_arrays(arrays, schema=schema)
                    rows = np.arange(done + 1, done + 1 + batch.num_rows)
                    yield with_origin(named, file.name, rows)
                    done += batch.num_rows
                    context.progress(file.name, done, total)
            except (pa.ArrowException, OSError) as error:
                raise _damaged(file) from error
            if not done:
                yield with_origin(pa.RecordBatch.from_pylist([], schema), file.name, [])


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``parquet``."""
    return [Parquet]


def _opened(file: FoundFile) -> Any:
    import pyarrow as pa  # noqa: PLC0415 - heavy
    from pyarrow import parquet  # noqa: PLC0415 - heavy

    try:
        # Buffering ahead would keep every row group in memory until the file is closed.
        return parquet.ParquetFile(file.path, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _damaged(file) from error


def _batches(parquet: Any, columns: list[str]) -> Iterator[Any]:
    yield from parquet.iter_batches(batch_size=BATCH_ROWS, columns=columns)


def _damaged(file: FoundFile) -> DataError:
    return DataError(
        text("the file is not Parquet, or it is damaged"),
        place=file.place,
        hint=text("write it again, or name its right type: csv, excel"),
    )
