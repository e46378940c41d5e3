"""The cases of customers who were seen in two windows, gathered while all cases pass by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loopqa.evidence import counting
from loopqa.evidence.coding import logarithm_column
from loopqa.evidence.logarithms import amounts_of, least_of, logarithms_of
from loopqa.evidence.shapes import Shape
from loopqa.evidence.stratifying import Part

AT_ONCE = 10_000  #: customers; the engine holds a dozen sums for each of them and each score

AT, ROW = "at", "row"
NEEDED = (counting.CUSTOMER, AT, ROW)  #: of the case table, for pairs


def seen_in_both(parts: Sequence[Part], windows: tuple[str, str]) -> Any:
    """Distinct pseudonyms (Arrow) of the customers who have cases in both windows."""
    before, after = (
        [
            batch.column(counting.CUSTOMER).combine_chunks()
            for part in parts
            if part.window == window
            for batch in part.cases.batches([counting.CUSTOMER])
        ]
        for window in windows
    )
    if not before or not after:
        return pa.array([], pa.binary(16))
    first = pc.unique(pa.chunked_array(before).drop_null())
    both = [pc.filter(one, pc.is_in(one, value_set=first)) for one in after]
    return pc.unique(pa.chunked_array(both).drop_null())


@dataclass
class Pairing:
    """Rows for the query of pairs."""

    shape: Shape
    customers: Any  #: who was seen in both windows
    windows: tuple[int, int]
    found: list[Any] = field(default_factory=list)
    amounts: dict[int, list[Any]] = field(default_factory=dict)  #: of all cases, by position

    def take(self, numbered: Any, cases: Any, window: int) -> None:
        """Look at the next cases; ``numbered`` holds what the queries read of them."""
        for at in counting.logarithms(self.shape):
            one = self.shape.indicators[at]
            self.amounts.setdefault(at, []).append(amounts_of(numbered.column(one.column), one))
        if window in self.windows:
            numbers = pc.index_in(cases.column(counting.CUSTOMER), value_set=self.customers)
            numbered = numbered.append_column(counting.CUSTOMER, numbers)
            for name in (AT, ROW):
                numbered = numbered.append_column(name, cases.column(name))
            self.found.append(numbered.filter(numbers.is_valid()))

    def tables(self) -> Iterator[Any]:
        """What the query of pairs reads, so many customers at a time; its rows add up."""
        table = self._table()
        numbers = table.column(counting.CUSTOMER)
        for first in range(0, max(1, len(self.customers)), AT_ONCE):
            among = pc.and_(pc.greater_equal(numbers, first), pc.less(numbers, first + AT_ONCE))
            yield table if len(self.customers) <= AT_ONCE else table.filter(among)

    def _table(self) -> Any:
        table = pa.concat_tables(self.found)
        self.found.clear()
        table = table.append_column(counting.ORDER, pa.array(_order(table)))
        for at, amounts in self.amounts.items():
            one = self.shape.indicators[at]
            made = logarithms_of(table.column(one.column), one, least_of(amounts))
            table = table.append_column(logarithm_column(at), made)
        return table.drop_columns([AT, ROW])


def _order(table: Any) -> Any:
    """Numbers that rise with time, and with the row among equal times."""
    at = table.column(AT).cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
    ranks = np.empty(table.num_rows, dtype=np.int64)
    ranks[np.lexsort((table.column(ROW).to_numpy(), at))] = np.arange(table.num_rows)
    return ranks
