"""A sound incremental source, and one subclass for each mistake an author can make."""

from __future__ import annotations

import socket
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ConfigDict

from loopqa.errors import DataError, PluginError
from loopqa.language import text
from loopqa.plugin import Bookmark, Item, Options, ReadContext, Rejected, Relation, Secret, Source

STAMPS = [1767225600, 1769000000, 1770000000, 1771000000, 1772000000]
ROWS = [{"ticket": f"T{n}", "speed": n, "at": f"2026-02-0{n}"} for n in range(1, 6)]


class SoundOptions(Options):
    """Options of a specimen."""

    password: Secret
    size: int = 2
    path: str | None = None


class Sound(Source):
    """Five rows, two at a time, with a bookmark behind each batch."""

    type = "sound"
    summary = text("yes")
    Config: type[Options] = SoundOptions
    incremental = True

    def check(self) -> None:
        """Nothing to check."""

    def columns(self) -> tuple[str, ...]:
        """All of them."""
        return ("ticket", "speed", "at")

    def read(self, context: ReadContext) -> Iterator[Item]:
        """What lies behind the bookmark."""
        first = int((context.state or {}).get("after", 0))
        size = self.config.size
        for start in range(first, len(ROWS), size):
            yield [
                self.row(number, context) for number in range(start, min(start + size, len(ROWS)))
            ]
            yield self.mark(start, min(start + size, len(ROWS)))

    def row(self, number: int, context: ReadContext) -> dict[str, Any]:
        """One row."""
        return {**ROWS[number], "_id": number, "_version": 1}

    def mark(self, start: int, end: int) -> Bookmark:
        """The bookmark behind a batch."""
        return Bookmark({"after": end})


class LaxOptions(SoundOptions):
    """Takes anything."""

    model_config = ConfigDict(extra="ignore")


class TakesAnyOption(Sound):
    Config = LaxOptions


class PlainOptions(Options):
    """A password for everybody to see."""

    password: str
    size: int = 2
    path: str | None = None


class PlainPassword(Sound):
    Config = PlainOptions


class OpensWhenMade(Sound):
    def __init__(self, config: Any, *, root: Path) -> None:
        super().__init__(config, root=root)
        (root / "cache.txt").write_text("x")


class PrintsItsPassword(Sound):
    def __repr__(self) -> str:
        return f"PrintsItsPassword({self.config.password.get_secret_value()})"


class CheckLeavesTraces(Sound):
    def check(self) -> None:
        (self.root / "checked.txt").write_text("x")


class YieldsTuples(Sound):
    def read(self, context: ReadContext) -> Iterator[Any]:
        yield tuple(ROWS)


class YieldsNested(Sound):
    def row(self, number: int, context: ReadContext) -> dict[str, Any]:
        return {**super().row(number, context), "tags": ["a"]}


class YieldsAFlood(Sound):
    incremental = False

    def read(self, context: ReadContext) -> Iterator[Item]:
        yield [{"n": 1}] * 100_001


class UsesItsListAgain(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        batch: list[dict[str, Any]] = []
        for number in range(len(ROWS)):
            batch.append(self.row(number, context))
            if len(batch) == 2:
                yield batch
                batch.clear()
        yield batch
        yield self.mark(0, len(ROWS))


class LosesTheLastPage(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        yield from list(super().read(context))[:-2]


class DoublesRows(Sound):
    incremental = False

    def read(self, context: ReadContext) -> Iterator[Item]:
        yield [dict(one) for one in [*ROWS, ROWS[0]]]


class RunsDry(Sound):
    drained = False

    def read(self, context: ReadContext) -> Iterator[Item]:
        if not self.drained:
            yield from super().read(context)
        self.drained = True


class PagesWithAGap(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        for item in super().read(context):
            yield (
                item[: self.config.size - 1]
                if self.config.size == 3 and isinstance(item, list)
                else item
            )


class GivesOtherColumns(Sound):
    def row(self, number: int, context: ReadContext) -> dict[str, Any]:
        row = super().row(number, context)
        return row if context.columns is None else {**row, "ticket": None, "speed": None}


class ForgetsAColumn(Sound):
    def columns(self) -> tuple[str, ...]:
        return ("ticket", "at")


class CutsTheWindow(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        for item in super().read(context):
            yield item[:1] if context.window and isinstance(item, list) else item


class TellsLocalTimes(Sound):
    def row(self, number: int, context: ReadContext) -> dict[str, Any]:
        local = datetime.fromtimestamp(STAMPS[number])  # noqa: DTZ006 - that is the mistake
        return {**super().row(number, context), "at": local}


class MixesTimes(Sound):
    def row(self, number: int, context: ReadContext) -> dict[str, Any]:
        at = datetime.fromtimestamp(STAMPS[number], UTC)
        return {**super().row(number, context), "at": at if number else at.replace(tzinfo=None)}


class RejectsWithoutReason(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        yield Rejected("x", 1, None, None, "")
        yield from super().read(context)


class SetsNoBookmark(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        yield from (item for item in super().read(context) if isinstance(item, list))


class SetsBookmarksForNobody(Sound):
    incremental = False


class NamesNoRecord(Sound):
    def row(self, number: int, context: ReadContext) -> dict[str, Any]:
        return {**ROWS[number]}


class ChangesInSilence(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        yield from super().read(context)
        yield [{**self.row(4, context), "speed": 1}]
        yield self.mark(0, len(ROWS))


class MarksWithDates(Sound):
    def mark(self, start: int, end: int) -> Bookmark:
        return Bookmark({"after": end, "at": datetime(2026, 1, 1, tzinfo=UTC)})


class MarksWithItsPassword(Sound):
    def mark(self, start: int, end: int) -> Bookmark:
        return Bookmark({"after": end, "login": self.config.password.get_secret_value()})


class MarksTooFar(Sound):
    def mark(self, start: int, end: int) -> Bookmark:
        return Bookmark({"after": end + 1})


class NeverMovesOn(Sound):
    def read(self, context: ReadContext) -> Iterator[Item]:
        yield from super().read(ReadContext())


class FailsRaw(Sound):
    def check(self) -> None:
        (self.root / (self.config.path or ".")).stat()


class FailsForGood(Sound):
    def check(self) -> None:
        if self.config.path:
            raise PluginError(text("yes"))


class TellsItsPassword(Sound):
    def check(self) -> None:
        if self.config.path:
            raise DataError(text("{why}", why=self.config.password.get_secret_value()))


class GivesUpWithoutNetwork(Sound):
    def check(self) -> None:
        try:
            socket.create_connection(("127.0.0.1", 9))
        except OSError:
            raise PluginError(text("yes")) from None


class RaisesWithoutNetwork(Sound):
    def check(self) -> None:
        urllib.request.urlopen("http://127.0.0.1:9/")


class LacksItsSummary(Sound):
    summary = None  # type: ignore[assignment]

    def relation(self) -> Relation | None:
        return None
