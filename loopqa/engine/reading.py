"""Read one input: its rows become cases as the rubric wants them."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Protocol

from loopqa.errors import DataError, Place, PluginError
from loopqa.evidence.cell_query import NotCountable
from loopqa.evidence.collapsing import Collapsing
from loopqa.evidence.ingest import ingest
from loopqa.evidence.planning import plan_cases
from loopqa.evidence.pushdown import count_there
from loopqa.language import text
from loopqa.model.score import RejectedRow
from loopqa.plugin import Bookmark, ReadContext

if TYPE_CHECKING:
    from datetime import datetime

    from loopqa.evidence.cases import Cases
    from loopqa.evidence.planning import CasePlan
    from loopqa.model.coding import Scheme
    from loopqa.model.collapse import Collapse
    from loopqa.model.derived import Derived
    from loopqa.model.rubric import Rubric
    from loopqa.model.window import Window
    from loopqa.plugin.source import Item, Relation

Progress = Callable[[str, int, int | None], None]
"""Called with (what is being read, rows so far, rows in all or None)."""

#: Customer numbers of one-off comparisons are hashed with a key that dies with the process.
_PASSING_KEY = secrets.token_bytes(32)


def _silent(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


class Readable(Protocol):
    """What a feed needs of a source; every :class:`loopqa.plugin.Source` is one."""

    def read(self, context: ReadContext) -> Iterator[Item]:
        """Batches of rows, and rejected rows."""

    def columns(self) -> tuple[str, ...] | None:
        """All column names, if that can be told without reading; for messages."""


@dataclass(frozen=True)
class Feed:
    """One input that can be read, and how its columns are called."""

    name: str
    source: Readable
    rater: str | None = None
    input: str | None = None  #: its id, where it is an input of a workflow
    map: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: str | None = None
    missing: frozenset[str] | None = None  #: normalised texts that stand for an empty cell
    collapse: Collapse | None = None  #: None: every row is a case
    day: date | None = None  #: of all cases, where no column tells it
    derive: Mapping[str, Derived] = field(default_factory=dict)  #: columns made from others
    pseudonymous: bool = False  #: its customers are pseudonyms already
    relation: Relation | None = None  #: where its cases may be counted instead of read


@dataclass(frozen=True)
class Wanted:
    """Which columns an evaluation needs beside the rubric's own."""

    keep: tuple[str, ...] = ()  #: segments, clusters and conditions, by our name
    at: str | None = None  #: date column, where the feed's map does not name it
    customer: str | None = None
    case: str | None = None  #: column with the number of the case
    need_at: bool = False
    need_customer: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)  #: indicator or dimension → column
    zone: str | None = None  #: whose wall time cases carry; None: dates as they stand
    now: datetime | None = None  #: until when customers can have come back; None: long enough


def read_feeds(
    feeds: Sequence[Feed],
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    wanted: Wanted,
    *,
    key: bytes | None = None,
    window: Window | None = None,
    windows: Sequence[Window] = (),
    progress: Progress | None = None,
) -> list[tuple[Feed, Cases]]:
    """Read all rows of all feeds and turn them into cases.

    Where a rater has several feeds, each may hold a part of the rater's columns. ``window`` lets
    sources skip what lies outside it; feeds that have a relation are counted there, if cases will
    be cut to nothing but ``windows``.

    Raises:
        DataError: a file is unreadable, or a column that the rubric or the call names is nowhere.
    """
    several = Counter(feed.rater for feed in feeds)
    read = [
        (
            feed,
            _read_feed(
                feed,
                rubric,
                schemes,
                wanted,
                alone=several[feed.rater] == 1,
                only=len(feeds) == 1,
                key=key or _PASSING_KEY,
                window=window,
                windows=windows,
                progress=progress or _silent,
            ),
        )
        for feed in feeds
    ]
    shared = frozenset(wanted.keep)
    _refuse_nowhere(read, shared)
    return [(feed, _with_absences(feed, cases, shared)) for feed, cases in read]


def _refuse_nowhere(read: Sequence[tuple[Feed, Cases]], shared: frozenset[str]) -> None:
    """What one of a rater's feeds lacks must be in another one of them; ``shared``: in any feed."""
    lacking: dict[str | None, list[frozenset[str]]] = {}
    for feed, cases in read:
        lacking.setdefault(feed.rater, []).append(cases.lacks)
    everybody = frozenset.intersection(*(cases.lacks for _, cases in read)) if read else frozenset()
    if everybody & shared:
        raise _nowhere(everybody & shared, [feed for feed, _ in read])
    for rater, sets in lacking.items():
        absent = frozenset.intersection(*sets) - shared
        if absent:
            raise _nowhere(absent, [feed for feed, _ in read if feed.rater == rater])


def _nowhere(names: frozenset[str], feeds: Sequence[Feed]) -> DataError:
    return DataError(
        text(
            "none of {files} has a column for {names}",
            files=", ".join(feed.name for feed in feeds),
            names=", ".join(sorted(names)),
        ),
        hint=text("name the right column in the workflow's `map` or with --map"),
    )


def _with_absences(feed: Feed, cases: Cases, shared: frozenset[str]) -> Cases:
    """The cases, with a warning of what they can't be told apart by."""
    absent = sorted(cases.lacks & shared)
    if not absent or not cases.n:
        return cases
    told = text(
        "{input} has no column for {names}: its cases belong to no segment of these",
        input=feed.name,
        names=", ".join(absent),
    )
    return replace(cases, warnings=(*cases.warnings, told))


def _plan(
    feed: Feed,
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    wanted: Wanted,
    *,
    alone: bool,
    only: bool,
) -> CasePlan:
    plan = plan_cases(
        rubric,
        schemes,
        rater=feed.rater,
        input_map=feed.map,
        keep=wanted.keep,
        dates=feed.dates,
        zone=wanted.zone,
        need_at=wanted.need_at,
        need_customer=wanted.need_customer,
        at=wanted.at,
        customer=wanted.customer,
        case=wanted.case,
        overrides=wanted.overrides,
        input_id=feed.input,
        one_of_several=not alone,
        missing=feed.missing,
        day=feed.day,
        derive=feed.derive,
        beside_others=not only,
    )
    return replace(plan, pseudonymous=feed.pseudonymous)


def _read_feed(
    feed: Feed,
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    wanted: Wanted,
    *,
    alone: bool,
    only: bool,
    key: bytes,
    window: Window | None,
    windows: Sequence[Window],
    progress: Progress,
) -> Cases:
    plan = _plan(feed, rubric, schemes, wanted, alone=alone, only=only)
    if feed.relation is None or not windows:
        return _row_by_row(feed, plan, wanted, key, window, progress)
    try:
        return count_there(
            feed.relation, plan, name=feed.name, windows=windows, around=window, progress=progress
        )
    except NotCountable as doubt:
        note = text("{input}: read row by row: {why}", input=feed.name, why=doubt.why)
    return replace(_row_by_row(feed, plan, wanted, key, window, progress), notes=(note,))


def _row_by_row(
    feed: Feed,
    plan: CasePlan,
    wanted: Wanted,
    key: bytes,
    window: Window | None,
    progress: Progress,
) -> Cases:
    collapsing = collapsing_of(feed, plan)
    # Events of a case, and the contacts after it, may lie outside the window of its own time.
    whole = collapsing is not None or plan.repeats
    context = ReadContext(
        window=None if whole else window,
        columns=collapsing.columns if collapsing else plan.columns,
        progress=progress,
        at=plan.roles["at"] if _sorts_as_time(feed.dates) else (),
    )
    items = (item for item in _named(feed, context) if not isinstance(item, Bookmark))
    return ingest(
        collapsing.cases(items, progress) if collapsing else items,
        plan,
        name=feed.name,
        key=key,
        progress=None if collapsing else progress,
        all_columns=partial(_all_columns, feed),
        now=wanted.now,
    )


def _named(feed: Feed, context: ReadContext) -> Iterator[Item]:
    """What the source gives; the input is named where a rejected row or an error says no place."""
    try:
        for item in feed.source.read(context):
            if isinstance(item, RejectedRow) and not item.file:
                item = replace(item, file=feed.name)
            yield item
    except PluginError as error:
        place = Place(feed.name)
        error.problems = tuple(replace(one, place=one.place or place) for one in error.problems)
        raise


def _sorts_as_time(dates: str | None) -> bool:
    """Whether dates that look like ISO 8601 are: a database can't tell %Y-%d-%m from it."""
    return dates is None or dates.startswith("%Y-%m-%d")


def collapsing_of(feed: Feed, plan: CasePlan) -> Collapsing | None:
    """How the feed's events become the cases of a plan; None where rows are cases."""
    if feed.collapse is None:
        return None
    return Collapsing(
        feed.collapse,
        feed.name,
        wanted=plan.columns,
        dates=feed.dates,
        zone=plan.zone,
        missing=plan.missing | plan.no_times,
        all_columns=feed.source.columns,
    )


def _all_columns(feed: Feed) -> tuple[str, ...] | None:
    """The columns a case of the feed can have, for hints."""
    names = feed.source.columns()
    if feed.collapse is None or names is None:
        return names
    return tuple(dict.fromkeys((*feed.collapse.names, *names)))
