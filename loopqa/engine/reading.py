"""From what somebody points at (files, tables, a workflow's inputs) to ingested cases."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.errors import UsageError
from loopqa.evidence.ingest import ingest
from loopqa.evidence.planning import CasePlan, plan_cases
from loopqa.language import text
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import ReadContext

if TYPE_CHECKING:
    from loopqa.evidence.cases import Cases
    from loopqa.model.coding import Scheme
    from loopqa.model.rubric import Rubric
    from loopqa.model.window import Window
    from loopqa.model.workflow import Input, Workflow
    from loopqa.plugin import Batch, PluginHost

Progress = Callable[[str, int, int | None], None]
"""Called with (what is being read, rows so far, rows in all or None)."""

#: Customer numbers of one-off comparisons are hashed with a key that dies with the process.
_PASSING_KEY = secrets.token_bytes(32)

_TYPES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".gz": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
    ".parquet": "parquet",
    ".pq": "parquet",
}


def _silent(stage: str, done: int, total: int | None) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Feed:
    """One input that can be read: where its batches come from and how its columns are called."""

    name: str
    batches: Callable[[ReadContext], Iterator[Batch]]
    rater: str | None = None
    input: str | None = None  #: its id, where it is an input of a workflow
    map: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dates: str | None = None


@dataclass(frozen=True)
class Wanted:
    """Which columns an evaluation needs beside the rubric's own."""

    keep: tuple[str, ...] = ()  #: segments, clusters and conditions, by our name
    at: str | None = None  #: date column, where the feed's map does not name it
    customer: str | None = None
    need_at: bool = False
    need_customer: bool = False
    overrides: Mapping[str, str] = field(default_factory=dict)  #: indicator or dimension → column
    zone: str = "UTC"
    several: Mapping[str | None, int] = field(default_factory=dict)  #: feeds of each rater

    def among(self, feeds: Sequence[Feed]) -> Wanted:
        """The same, knowing which raters have several feeds to look for their columns in."""
        return replace(self, several=Counter(feed.rater for feed in feeds))


def read_feed(
    feed: Feed,
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    wanted: Wanted,
    *,
    key: bytes | None = None,
    window: Window | None = None,
    progress: Progress | None = None,
) -> Cases:
    """Read all rows of ``feed`` and turn them into cases.

    Raises:
        DataError: a file is unreadable, or lacks a column that the rubric or the call names.
    """
    plan: CasePlan = plan_cases(
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
        overrides=wanted.overrides,
        input_id=feed.input,
        one_of_several=wanted.several.get(feed.rater, 0) > 1,
    )
    watch = progress or _silent
    context = ReadContext(window=window, columns=plan.columns, progress=watch)
    return ingest(
        feed.batches(context), plan, name=feed.name, key=key or _PASSING_KEY, progress=watch
    )


def feeds_of_workflow(workflow: Workflow, host: PluginHost, root: Path) -> tuple[Feed, ...]:
    """The workflow's own inputs as feeds; relative paths start at ``root``."""
    return tuple(_input_feed(one, host, root) for one in workflow.inputs if one.role == "cases")


def _input_feed(one: Input, host: PluginHost, root: Path) -> Feed:
    source = host.make_source(one.source, root=root)
    return Feed(one.id, source.read, one.rater, one.id, one.map, one.dates)


def feeds_of_data(
    data: Any, host: PluginHost, *, workflow: Workflow | None = None, root: Path | None = None
) -> tuple[Feed, ...]:
    """Feeds for what a person hands over: paths, ``rater=path`` texts, tables, or several of them.

    Bare files are stacked as one input that serves every rater; with a workflow, its input of the
    same rater (or its only input) says how columns and dates are called.
    """
    base = root or Path.cwd()
    bare: list[Callable[[ReadContext], Iterator[Batch]]] = []
    names: list[str] = []
    feeds: list[Feed] = []
    for item in _items(data):
        rater, thing = _split_rater(item)
        batches, name = _open(thing, host, base)
        if rater is None:
            bare.append(batches)
            names.append(name)
        else:
            feeds.append(_dressed(name, batches, rater, workflow))
    if bare:
        feeds.insert(0, _dressed(", ".join(names), _stacked(bare), None, workflow))
    if not feeds:
        raise UsageError(text("no data was given"), hint=text("name at least one data file"))
    return tuple(feeds)


def _items(data: Any) -> Sequence[Any]:
    if isinstance(data, (list, tuple)):
        return data
    return [] if data is None else [data]


def _split_rater(item: Any) -> tuple[str | None, Any]:
    """``customer=file.csv`` → ("customer", "file.csv"), unless a file of the whole name exists."""
    if not isinstance(item, str) or "=" not in item or Path(item).exists():
        return None, item
    rater, _, path = item.partition("=")
    return (rater, path) if rater.isidentifier() else (None, item)


def _dressed(
    name: str,
    batches: Callable[[ReadContext], Iterator[Batch]],
    rater: str | None,
    workflow: Workflow | None,
) -> Feed:
    spec = _spec_for(rater, workflow)
    if spec is None:
        return Feed(name, batches, rater)
    return Feed(name, batches, rater, spec.id, spec.map, spec.dates)


def _spec_for(rater: str | None, workflow: Workflow | None) -> Input | None:
    if workflow is None:
        return None
    inputs = [one for one in workflow.inputs if one.role == "cases"]
    same = [one for one in inputs if rater is not None and one.rater == rater]
    if same:
        return same[0]
    return inputs[0] if len(inputs) == 1 or rater is None else None


def _stacked(
    parts: Sequence[Callable[[ReadContext], Iterator[Batch]]],
) -> Callable[[ReadContext], Iterator[Batch]]:
    return lambda context: chain.from_iterable(part(context) for part in parts)


def _open(
    thing: Any, host: PluginHost, base: Path
) -> tuple[Callable[[ReadContext], Iterator[Batch]], str]:
    if isinstance(thing, (str, Path)):
        return _open_file(str(thing), host, base)
    table = as_arrow(thing)
    return (lambda _context: iter([table])), text("table").render("en")


def _open_file(
    path: str, host: PluginHost, base: Path
) -> tuple[Callable[[ReadContext], Iterator[Batch]], str]:
    source_type = _TYPES.get(Path(path).suffix.lower())
    if source_type is None:
        raise UsageError(
            text("can't tell what kind of file '{path}' is", path=path),
            hint=text("give a .csv, .tsv, .xlsx, .xls, .ods or .parquet file"),
        )
    source = host.make_source(PluginSpec(source_type, {"path": path}), root=base)
    return source.read, path


def as_arrow(table: Any) -> Any:
    """An Arrow table made of an Arrow, pandas or polars one, values unchanged.

    Raises:
        UsageError: the object is none of these.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only needed for tables in memory

    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if hasattr(table, "to_arrow"):
        return table.to_arrow()
    if hasattr(table, "__dataframe__") or hasattr(table, "iloc"):
        return pa.Table.from_pandas(table, preserve_index=False)
    raise UsageError(
        text("can't read data of type {type}", type=type(table).__name__),
        hint=text("give a path, an Arrow table, or a pandas or polars frame"),
    )
