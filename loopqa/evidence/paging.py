"""What was read of an input, put together: one table, or pages in a file once it is more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa

from loopqa.evidence.acquaintances import Acquaintances
from loopqa.evidence.keys import PSEUDONYM_BYTES
from loopqa.evidence.spool import PAGE_ROWS, Spool, SpooledPage, SpooledTable, narrow, stacked


class Paging:
    """Collects pieces of a case table whose customers are still called as in the source.

    They become pseudonyms before anything is written, each distinct one of a page hashed once, and
    of all pages while they are few.
    """

    def __init__(self, pseudonyms: Callable[[list[str]], Any], *, spools: bool) -> None:
        """``pseudonyms`` makes them of texts; without ``spools`` all stays in memory."""
        self._customers = Acquaintances(pseudonyms)
        self._spools = spools
        self._pieces: list[Any] = []  #: of the page that is being filled
        self._pages: list[SpooledPage] = []
        self._spool = Spool()

    @property
    def empty(self) -> bool:
        """Whether no piece has come yet."""
        return not self._pieces and not self._pages

    def add(self, piece: Any) -> None:
        """Take the next piece, an Arrow table."""
        self._pieces.append(piece)
        if self._spools and sum(one.num_rows for one in self._pieces) >= PAGE_ROWS:
            self._turn()

    def table(self) -> Any:
        """Everything that came, as a case table."""
        if not self._pages:
            return self._page()
        if self._pieces:
            self._turn()
        pa.default_memory_pool().release_unused()  # what the pages were made of
        return SpooledTable(tuple(self._pages))

    def _turn(self) -> None:
        """Put the page that is being filled into the file, out of the way."""
        self._pages.append(self._spool.page(narrow(self._page())))
        self._pieces.clear()

    def _page(self) -> Any:
        table = stacked(self._pieces)
        place = table.schema.get_field_index("customer")
        coded = table.column(place)
        coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
        if coded.null_count == len(coded):
            hashed = pa.nulls(len(coded), pa.binary(PSEUDONYM_BYTES))
        else:
            hashed = self._customers.pseudonyms(coded.dictionary).take(coded.indices)
        return table.set_column(place, "customer", hashed)
