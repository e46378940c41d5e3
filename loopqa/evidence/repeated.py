"""How many rows repeat an identity that another row had before."""

from __future__ import annotations

from functools import partial
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence.backend import shared_backend
from loopqa.evidence.spool import SpooledTable, batches

_NAMES = "names"


def repeated(table: Any, column: str) -> int:
    """Rows of a case table less the distinct texts of the column; nulls are none.

    Of spooled tables the engine counts them, which needs no more memory than it is allowed.
    """
    if not isinstance(table, SpooledTable):
        names = table.column(column).drop_null()
        return len(names) - len(names.unique())
    schema = pa.schema([(column, pa.string())])
    texts = (
        pa.RecordBatch.from_arrays([piece.cast(pa.string())], schema=schema)
        for batch in batches(table, [column])
        for piece in batch.column(column).chunks
    )
    known: int = sum(
        batch.num_rows - int(pc.sum(pc.is_null(batch.column(column))).as_py() or 0)
        for batch in batches(table, [column])
    )
    if not known:
        return 0
    reader = pa.RecordBatchReader.from_batches(schema, texts)
    ((distinct,),) = shared_backend().run(
        {_NAMES: reader}, {("distinct", column): partial(_distinct, column)}
    )[0]
    return known - int(distinct)


def _distinct(column: str) -> Any:
    names = ibis.table({column: "string"}, name=_NAMES)
    known = names.filter(names[column].notnull())
    each = known.group_by(column).aggregate(n=known.count())
    return each.aggregate(found=each.count())
