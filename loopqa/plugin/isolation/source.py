"""Sources of third parties: the same interface, the work done in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from loopqa.language import text
from loopqa.model.score import RejectedRow
from loopqa.plugin.isolation import wire
from loopqa.plugin.isolation.process import Process
from loopqa.plugin.making import made
from loopqa.plugin.source import Bookmark, Item, ReadContext, Relation, Source

LONGEST_LABEL, LONGEST_VALUE = 200, 500  #: characters that are shown

if TYPE_CHECKING:
    from loopqa.plugin.isolation.calling import Calling


class SourceApart(Source):
    """A source whose code runs elsewhere; what it does not override is answered here.

    Nothing but the options and the class is shared: a new process reads each time.
    """

    def __init__(self, local: Source, calling: Calling) -> None:
        """``local`` is the source's own object, made of the same options, and never asked to read.

        It says what can be told without I/O.
        """
        super().__init__(calling.given.config, root=calling.given.root)
        self._local = local
        self._calling = calling

    def check(self) -> None:
        """See :meth:`loopqa.plugin.Source.check`."""
        self._calling.answer("check")

    def columns(self) -> tuple[str, ...] | None:
        """See :meth:`loopqa.plugin.Source.columns`."""
        if not self._has_own("columns"):
            return None
        names = self._calling.answer("columns")
        return None if names is None else tuple(names)

    def tables(self) -> tuple[tuple[str, int], ...]:
        """See :meth:`loopqa.plugin.Source.tables`."""
        if not self._has_own("tables"):
            return ()
        return tuple((name, cells) for name, cells in self._calling.answer("tables"))

    def goes_on(self) -> bool:
        """See :meth:`loopqa.plugin.Source.goes_on`."""
        return made(self._local.type, lambda: bool(self._local.goes_on()))

    def relation(self) -> Relation | None:
        """See :meth:`loopqa.plugin.Source.relation`."""
        found = self._calling.answer("relation") if self._has_own("relation") else None
        return None if found is None else Relation(*found)

    def read(self, context: ReadContext) -> Iterator[Item]:
        """See :meth:`loopqa.plugin.Source.read`; the process ends with this iterator."""
        request = {"context": _written(context)}
        with (
            self._calling.contained("read"),
            Process(self._calling.use("read", request)) as process,
        ):
            counted = _Counted(process, self._calling)
            for kind, content in process.stream():
                counted.size(content if kind == wire.ROWS else b"")
                if kind == wire.ROWS:
                    batch = process.rows_in(content)
                    counted.rows(batch.num_rows)
                    yield batch
                elif "rejected" in content:
                    counted.rows(1)
                    yield self._rejected(*content["rejected"])
                elif "bookmark" in content:
                    yield Bookmark(content["bookmark"])
                    process.go_on()
                elif "progress" in content:
                    label, done, whole = content["progress"]
                    context.progress(self._calling.mask(label)[:LONGEST_LABEL], done, whole)

    def _rejected(
        self, file: str, row: int, column: str | None, value: str | None, reason: str
    ) -> RejectedRow:
        mask = self._calling.mask
        shown = None if value is None else mask(value)[:LONGEST_VALUE]
        return RejectedRow(file, row, column, shown, mask(reason)[:LONGEST_VALUE])

    def _has_own(self, method: str) -> bool:
        return getattr(type(self._local), method) is not getattr(Source, method)


class _Counted:
    """How much one reading has yielded."""

    def __init__(self, process: Process, calling: Calling) -> None:
        self._process = process
        self._limits = calling.limits
        self._rows = self._size = 0

    def rows(self, more: int) -> None:
        self._rows += more
        if self._rows > self._limits.rows:
            raise self._process.flooded(
                text("yielded more than {n} rows and was ended", n=self._limits.rows)
            )

    def size(self, content: bytes | bytearray) -> None:
        self._size += len(content)
        if self._size > self._limits.volume:
            raise self._process.flooded(
                text("yielded more than {n} MB and was ended", n=self._limits.volume // 1_000_000)
            )


def _written(context: ReadContext) -> Mapping[str, Any]:
    days = context.window
    return {
        "window": None if days is None else [days.start.isoformat(), days.end.isoformat()],
        "columns": None if context.columns is None else sorted(context.columns),
        "at": list(context.at),
        "state": None if context.state is None else dict(context.state),
    }
