"""Incremental inputs: what is new lands first, then the landed rows are read like any others."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.errors import DataError, StaleVersion
from loopqa.evidence.landed import (
    Door,
    merged,
    read_landed,
    remove_unrecorded,
    unseen,
    write_landed,
)
from loopqa.language import text
from loopqa.model.landing import Landing
from loopqa.model.rubric import RepeatMeasure
from loopqa.model.score import RejectedRow
from loopqa.plugin import Bookmark
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.reading import Feed
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.plugin import ReadContext, Source
    from loopqa.plugin.source import Item

LANDED_ROWS = 200_000  #: rows that a file holds at least, where more are to come

REFUSED_KEPT = 100  #: rejected rows that a landing keeps with their reason

TRIES = 20  #: how often somebody else may be faster before we give up


def landing_feeds(
    ws: Workspace, used: Standard, feeds: Sequence[Feed], *, kept: bool, anew: bool = False
) -> tuple[Feed, ...]:
    """The feeds, those of incremental inputs through their landed rows.

    ``kept`` False writes nothing: such inputs are read from the start and forgotten. ``anew``
    reads them from the start too; what had landed counts no more as soon as the first new rows
    have landed, so that a source that fails loses nothing.
    """
    return tuple(_landing_feed(feed, Landed(ws, used, feed, kept, anew)) for feed in feeds)


def population_feed(ws: Workspace, used: Standard, feed: Feed) -> Feed:
    """The feed that cases are drawn from: an incremental input through its landed rows.

    Where nothing landed yet, or without a column of the draw, or by other options, the source is
    read from its start and forgotten: how rows land is for runs to say.
    """
    return _landing_feed(feed, Landed(ws, used, feed, kept=True, as_before=True))


def _landing_feed(feed: Feed, landed: Landed) -> Feed:
    goes_on = getattr(feed.source, "goes_on", None)
    if goes_on is None or not goes_on():
        return feed
    return replace(feed, source=landed, pseudonymous=True)


@dataclass(frozen=True)
class Landed:
    """An incremental input as something that can be read as a whole."""

    ws: Workspace
    used: Standard
    feed: Feed
    kept: bool
    anew: bool = False
    as_before: bool = False  #: land no other columns than before; if these do not do, land nothing

    def columns(self) -> tuple[str, ...] | None:
        """The source's columns."""
        return self._source.columns()

    def read(self, context: ReadContext) -> Iterator[Item]:
        """Land what is new, and give out all landed rows, each record once.

        Raises:
            DataError: rows landed without a column that is wanted now, or of another query.
        """
        if not self.kept or (self.as_before and not self._goes_with(context)):
            yield from self._in_memory(context)
            return
        passing = self._land(context)
        landings = self._landings()
        yield from _refused(self.feed.name, landings)
        yield from passing
        yield from _without_marks(read_landed(self.folder, landings))

    @property
    def workflow(self) -> str:
        """The id of the workflow that the input belongs to."""
        return self.used.workflow.id if self.used.workflow else ""

    @property
    def folder(self) -> Path:
        """Where the rows of this input land."""
        return self.ws.evidence / "landed" / self.workflow / self.feed.name

    @property
    def _source(self) -> Source:
        source: Any = self.feed.source
        return source  # type: ignore[no-any-return]

    def _goes_with(self, context: ReadContext) -> bool:
        """Whether something landed, all of it by these options and with the wanted columns."""
        wanted, identity = context.columns or frozenset(), _identity(self._source)
        landings = self._landings()
        return bool(landings) and all(
            one.source == identity and wanted <= {*one.columns} for one in landings
        )

    def _landings(self) -> tuple[Landing, ...]:
        with self.ws.reading() as reader:
            return reader.landings(self.workflow, self.feed.name)

    def _door(self, context: ReadContext, key: bytes) -> Door:
        named = {name for names in self.feed.map.values() for name in names}
        landings = self._landings() if self.as_before else ()
        before = {name for one in landings[-1:] for name in one.columns}
        wanted = frozenset({*(context.columns or ()), *named, *self._strata, *before})
        measures = (one.measure for _, one in self.used.rubric.indicators)
        repeats = [one for one in measures if isinstance(one, RepeatMeasure)]
        nobody = frozenset().union(*(one.missing or () for one in repeats), self.feed.missing or ())
        customers = self._columns_of("customer", *(one.by for one in repeats))
        return Door(self.feed.name, key, wanted, customers, nobody)

    @property
    def _strata(self) -> frozenset[str]:
        """Source columns that a sample of this input is drawn by, though no run asks for them."""
        rule = self.used.workflow.sample if self.used.workflow else None
        if rule is None or rule.draw_from != self.feed.name:
            return frozenset()
        derive = self.feed.derive
        return self._columns_of(
            *(derive[one].source if one in derive else one for one in rule.strata)
        )

    def _columns_of(self, *names: str) -> frozenset[str]:
        """The source's columns that these names of ours stand for, through ``collapse`` too."""
        found = {column for name in names for column in self.feed.map.get(name, (name,))}
        made = self.feed.collapse.made if self.feed.collapse else ()
        return frozenset(found | {one.column for one in made if one.name in found})

    def _in_memory(self, context: ReadContext) -> Iterator[Item]:
        door = self._door(context, secrets.token_bytes(32))
        parcel = Parcel(door)
        for item in self._source.read(_from(None, context, door)):
            parcel.take(item)
        yield from parcel.refused
        yield from _without_marks(merged(parcel.tables))

    def _land(self, context: ReadContext) -> list[RejectedRow]:
        """Land what is new; rejected rows that no bookmark covers, so that they come up again."""
        for _ in range(TRIES):
            try:
                return self._landed_once(context)
            except StaleVersion:
                continue  # somebody else landed these rows; go on behind them
        return self._landed_once(context)

    def _landed_once(self, context: ReadContext) -> list[RejectedRow]:
        with self.ws.reading() as reader:
            landings = reader.landings(self.workflow, self.feed.name)
            last = reader.last_landing(self.workflow, self.feed.name)
        remove_unrecorded(self.folder, landings, last)
        door = self._door(context, self.ws.key)
        identity = _identity(self._source)
        landings = () if self.anew else landings
        _refuse_other(self, landings, identity, context.columns or frozenset())
        state = landings[-1].bookmark if landings else None
        blank = Landing(
            0, self.workflow, self.feed.name, last, self.ws.now(),
            columns=tuple(sorted(door.columns)), source=identity, bookmark=state,
        )  # fmt: skip
        if self.anew:
            blank = replace(blank, sequence=last + 1, anew=True)
        parcel = Parcel(door)
        for item in self._source.read(_from(state, context, door)):
            if not isinstance(item, Bookmark):
                parcel.take(item)
                continue
            parcel.covered(item)
            if parcel.loaded >= LANDED_ROWS:
                landings = self._commit(blank, landings, parcel)
                parcel = Parcel(door, parcel.read)
        self._commit(blank, landings, parcel)
        return parcel.passing

    def _commit(
        self, blank: Landing, landings: tuple[Landing, ...], parcel: Parcel
    ) -> tuple[Landing, ...]:
        """Write the file under its final name, then the record that makes it count.

        Nothing is written where neither rows nor the bookmark are new.
        """
        before = landings[-1] if landings else blank
        tables = unseen(parcel.tables, self.folder, landings)
        state = parcel.bookmark.state if parcel.bookmark else before.bookmark
        if not tables and not parcel.sealed_refused and state == before.bookmark:
            return landings
        number = before.sequence + 1
        name, sha256, loaded = "", "", 0
        if tables:
            name, sha256, loaded = self._written(tables, number)
        fault("after-landed-file")
        rejected = parcel.sealed_refused
        landing = replace(
            blank,
            sequence=number,
            file=name,
            sha256=sha256,
            read=loaded + rejected,
            loaded=loaded,
            rejected=rejected,
            bookmark=state,
            refused=tuple(parcel.refused[:rejected][:REFUSED_KEPT]),
            anew=False,
        )
        with self.ws.writing() as writer:
            if before.anew:
                writer.add_landing(before)
            added = writer.add_landing(landing)
        fault("after-landing-committed")
        return (*landings, added)

    def _written(self, tables: Sequence[Any], number: int) -> tuple[str, str, int]:
        try:
            return write_landed(tables, self.folder, number)
        except FileNotFoundError:
            raise StaleVersion(
                text("rows of input '{input}' landed meanwhile", input=self.feed.name)
            ) from None


@dataclass
class Parcel:
    """Rows on their way into one file."""

    door: Door
    read: int = 0
    tables: list[Any] = field(default_factory=list)
    refused: list[RejectedRow] = field(default_factory=list)
    bookmark: Bookmark | None = None
    sealed_refused: int = 0  #: of the rejected rows, those before the last bookmark

    def take(self, item: Item) -> None:
        """Let in a batch, or note a rejected row; bookmarks say nothing here."""
        if isinstance(item, RejectedRow):
            self.refused.append(replace(item, file=item.file or self.door.name))
            self.read += 1
        elif not isinstance(item, Bookmark):
            table, refused = self.door.admit(item, self.read + 1)
            self.refused.extend(refused)
            self.read += table.num_rows + len(refused)
            if table.num_rows:
                self.tables.append(table)

    def covered(self, bookmark: Bookmark) -> None:
        """What came so far will not come again."""
        self.bookmark = bookmark
        self.sealed_refused = len(self.refused)

    @property
    def loaded(self) -> int:
        """Rows let in."""
        return sum(one.num_rows for one in self.tables)

    @property
    def passing(self) -> list[RejectedRow]:
        """Rejected rows behind the last bookmark: they will come again, and aren't kept."""
        return self.refused[self.sealed_refused :]


def _from(state: Mapping[str, Any] | None, context: ReadContext, door: Door) -> ReadContext:
    return replace(context, window=None, columns=door.columns, state=state)


def _without_marks(tables: Any) -> Iterator[Any]:
    for table in tables:
        yield table.drop_columns(["_id", "_version"])


def _refused(name: str, landings: Sequence[Landing]) -> Iterator[RejectedRow]:
    """The rejected rows of all landings; those beyond what was kept, without their place."""
    reason = text("the row was rejected when it landed").template
    for landing in landings:
        yield from landing.refused
        for _ in range(landing.rejected - len(landing.refused)):
            yield RejectedRow(name, 0, None, None, reason)


def _identity(source: Source) -> str:
    """Tells the options of a source from others, whatever its secrets are."""
    options = source.config.model_dump(mode="json")
    written = json.dumps([source.type, options], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()[:16]


def _refuse_other(
    landed: Landed, landings: Sequence[Landing], identity: str, wanted: frozenset[str]
) -> None:
    hint = text("`loopqa run {name} --land-anew` reads all rows again", name=landed.workflow)
    rows = sum(one.loaded for one in landings)
    lacking = sorted({name for one in landings for name in wanted - set(one.columns)})
    if lacking:
        raise DataError(
            text(
                "{n} rows of input '{input}' landed without {columns}",
                n=rows,
                input=landed.feed.name,
                columns=", ".join(lacking),
            ),
            hint=hint,
        )
    if any(one.source != identity for one in landings):
        raise DataError(
            text(
                "the options of input '{input}' are not those by which its {n} rows landed",
                input=landed.feed.name,
                n=rows,
            ),
            hint=hint,
        )
