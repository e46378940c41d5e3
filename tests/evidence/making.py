"""Cases made in a line, from rows as a source yields them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv

from loopqa.evidence.cases import Cases
from loopqa.evidence.ingest import ingest
from loopqa.evidence.planning import CasePlan, plan_cases
from loopqa.model.rubric import Rubric
from tests.calc.small_rubrics import schemes_of

KEY = bytes(range(32))


def plan_of(standard: Rubric, **wishes: Any) -> CasePlan:
    settings: dict[str, Any] = {
        "rater": None,
        "input_map": {},
        "keep": (),
        "dates": None,
        "zone": "UTC",
        "need_at": False,
        "need_customer": False,
    }
    return plan_cases(standard, schemes_of(standard), **(settings | wishes))


def cases_of(standard: Rubric, rows: Sequence[Mapping[str, Any]] | Any, **wishes: Any) -> Cases:
    """Ingest one batch: records, or an Arrow table."""
    batch = [dict(row) for row in rows] if isinstance(rows, (list, tuple)) else rows
    return ingest([batch], plan_of(standard, **wishes), name="answers.csv", key=KEY)


def column(cases: Cases, name: str) -> list[Any]:
    values: list[Any] = cases.table.column(name).to_pylist()
    return values


def texts_of_csv(path: Any) -> pa.Table:
    """A CSV file whose cells all stay texts."""
    header = pyarrow.csv.open_csv(path).schema.names
    types = dict.fromkeys(header, pa.string())
    return pyarrow.csv.read_csv(
        path, convert_options=pyarrow.csv.ConvertOptions(column_types=types)
    )
