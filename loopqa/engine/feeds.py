"""What somebody points at (files, tables, a workflow's inputs) as feeds to read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.engine.reading import Feed, Readable
from loopqa.errors import DataError, UsageError
from loopqa.language import text
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import ReadContext

if TYPE_CHECKING:
    from loopqa.model.workflow import Input, Workflow
    from loopqa.plugin import PluginHost, Source
    from loopqa.plugin.source import Item

_TYPES = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".gz": "csv",
    ".zip": "csv",
    ".xlsx": "excel",
    ".xlsm": "excel",
    ".xlsb": "excel",
    ".xls": "excel",
    ".ods": "excel",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pq": "parquet",
}


@dataclass(frozen=True)
class InMemory:
    """An Arrow table as a source."""

    table: Any

    def read(self, context: ReadContext) -> Iterator[Item]:
        """The table as one batch."""
        return iter([self.table])

    def columns(self) -> tuple[str, ...]:
        """The table's columns."""
        return tuple(self.table.column_names)


@dataclass(frozen=True)
class Stacked:
    """Several sources, one after the other."""

    parts: tuple[Readable, ...]

    def read(self, context: ReadContext) -> Iterator[Item]:
        """The batches of all parts."""
        return chain.from_iterable(part.read(context) for part in self.parts)

    def columns(self) -> tuple[str, ...] | None:
        """The columns of the first part: those that its batches were measured against."""
        return self.parts[0].columns()


def feeds_of_workflow(workflow: Workflow, host: PluginHost, root: Path) -> tuple[Feed, ...]:
    """The workflow's own inputs as feeds; relative paths start at ``root``."""
    cases = (one for one in workflow.inputs if one.role == "cases")
    return tuple(_input_feed(one, workflow, host, root) for one in cases)


def _input_feed(one: Input, workflow: Workflow, host: PluginHost, root: Path) -> Feed:
    source = host.make_source(one.source, root=root)
    return _as_input(one.id, source, one.rater, one, workflow)


def feeds_of_data(
    data: Any, host: PluginHost, *, workflow: Workflow | None = None
) -> tuple[Feed, ...]:
    """Feeds for what a person hands over: paths, ``rater=path`` texts, tables, or several of them.

    Bare files are stacked as one input that serves every rater; with a workflow, its input of the
    same rater (or its only input) says how columns and dates are called.
    """
    bare: list[tuple[str, Readable]] = []
    feeds: list[Feed] = []
    for item in _items(data):
        rater, thing = _split_rater(item)
        name, source = _open(thing, host, Path.cwd())
        if rater is None:
            bare.append((name, source))
        else:
            feeds.append(_dressed(name, source, rater, workflow))
    if bare:
        name = ", ".join(name for name, _ in bare)
        stacked = Stacked(tuple(source for _, source in bare))
        feeds.insert(0, _dressed(name, stacked, None, workflow))
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
    source: Readable,
    rater: str | None,
    workflow: Workflow | None,
) -> Feed:
    spec = _spec_for(rater, workflow)
    if spec is None or workflow is None:
        return Feed(name, source, rater, derive=workflow.derive if workflow else {})
    return _as_input(name, source, rater, spec, workflow)


def _as_input(
    name: str, source: Readable, rater: str | None, one: Input, workflow: Workflow
) -> Feed:
    """A source read as an input of a workflow says."""
    return Feed(
        name,
        source,
        rater,
        one.id,
        one.map,
        one.dates,
        one.missing,
        one.collapse,
        one.day,
        workflow.derive,
    )


def _spec_for(rater: str | None, workflow: Workflow | None) -> Input | None:
    if workflow is None:
        return None
    inputs = [one for one in workflow.inputs if one.role == "cases"]
    same = [one for one in inputs if rater is not None and one.rater == rater]
    if same:
        return same[0]
    return inputs[0] if len(inputs) == 1 or rater is None else None


def _open(thing: Any, host: PluginHost, base: Path) -> tuple[str, Readable]:
    if isinstance(thing, (str, Path)):
        return str(thing), _open_file(str(thing), host, base)
    return "-", InMemory(as_arrow(thing))


def _open_file(path: str, host: PluginHost, base: Path) -> Source:
    return host.make_source(PluginSpec(source_type(path), {"path": path}), root=base)


def source_type(path: str) -> str:
    """The type of source that reads a file of this name.

    Raises:
        UsageError: its ending says nothing.
    """
    known = _TYPES.get(_suffix(path))
    if known is None:
        raise UsageError(
            text("can't tell what kind of file '{path}' is", path=path),
            hint=text("give a .csv, .tsv, .jsonl, .xlsx, .xls, .ods or .parquet file"),
        )
    return known


def _suffix(path: str) -> str:
    """The ending that tells the kind of a file: of ``ratings.jsonl.gz``, that of what is packed."""
    packed = Path(path)
    inner = packed.with_suffix("").suffix.lower()
    return (
        inner
        if packed.suffix.lower() in {".gz", ".zip"} and inner in _TYPES
        else packed.suffix.lower()
    )


def _refuse_twins(names: Sequence[str]) -> None:
    twins = sorted({name for name in names if names.count(name) > 1})
    if twins:
        raise DataError(
            text("several columns are called {names}", names=", ".join(twins)),
            hint=text("rename them, so that it is clear which one is meant"),
        )


def as_arrow(table: Any) -> Any:
    """An Arrow table made of an Arrow, pandas or polars one, values unchanged.

    Raises:
        UsageError: the object is none of these.
        DataError: two of its columns have the same name.
    """
    import pyarrow as pa  # noqa: PLC0415 - heavy, and only needed for tables in memory

    if isinstance(table, pa.Table):
        return table
    if isinstance(table, pa.RecordBatch):
        return pa.Table.from_batches([table])
    if hasattr(table, "to_arrow"):
        return table.to_arrow()
    if hasattr(table, "columns") and hasattr(table, "iloc"):
        _refuse_twins([str(name) for name in table.columns])
        try:
            return pa.Table.from_pandas(table, preserve_index=False)
        except pa.ArrowException:
            # A column of several types, as spreadsheets leave them: all its values as text.
            mixed = [name for name in table.columns if table[name].dtype == object]
            texts = {name: table[name].map(str, na_action="ignore") for name in mixed}
            return pa.Table.from_pandas(table.assign(**texts), preserve_index=False)
    raise UsageError(
        text("can't read data of type {type}", type=type(table).__name__),
        hint=text("give a path, an Arrow table, or a pandas or polars frame"),
    )
