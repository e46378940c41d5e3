"""Source ``sql``: rows of a database, read one by one, or only those that are new."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from pydantic import Field, field_validator, model_validator

from loopqa.builtin.sql_engines import Engine, connect, file_of, secrets_of, told
from loopqa.builtin.sql_query import Select, of_table, one_select
from loopqa.builtin.sql_state import BORDER_EMPTY, Reached, plain_key
from loopqa.calc.scoring.answers import normalise
from loopqa.errors import DataError, LoopQAError
from loopqa.hints import did_you_mean
from loopqa.language import text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.options import Options
from loopqa.plugin.secret import Secret, revealed
from loopqa.plugin.source import Batch, Bookmark, Item, ReadContext, Rejected, Relation, Source

NO_TEXT = text("the value is not text")
NUL_INSIDE = text("the value holds a NUL character")


class IncrementalOptions(Options):
    """How the source ``sql`` tells new rows from those it has read."""

    column: str = Field(min_length=1)  #: grows with every new or changed row
    id: str | None = None  #: which record a row is; None: ``column`` itself, one value a row
    version: str | None = None  #: the higher one counts; None: ``column``


class SqlOptions(Options):
    """Options of the source ``sql``."""

    url: Secret  #: as in "${env:CRM_URL}", postgresql://..., sqlite:///x.db, duckdb:///x.duckdb
    query: str | None = None  #: one SELECT
    table: str | None = None  #: instead of a query: table, or schema.table
    incremental: IncrementalOptions | None = None  #: every row lands once

    @model_validator(mode="after")
    def _one_of_both(self) -> SqlOptions:
        if (self.query is None) == (self.table is None):
            raise ValueError(text("give either 'query' or 'table'"))
        return self

    @field_validator("query")
    @classmethod
    def _select(cls, query: str | None) -> str | None:
        """Refuse what is not one SELECT."""
        return query if query is None else one_select(query)


class Sql(Source):
    """Reads a query or a table; the connection only reads where the database has such."""

    type = "sql"
    summary = text("a SELECT or a table of SQLite, DuckDB, PostgreSQL or what Ibis connects to")
    Config = SqlOptions
    config: SqlOptions
    incremental = True

    def goes_on(self) -> bool:
        """Only with the option ``incremental``."""
        return self.config.incremental is not None

    def check(self) -> None:
        """Connect, and have the query prepared."""
        self.columns()

    def columns(self) -> tuple[str, ...]:
        """The columns of the query."""
        with self._opened() as engine:
            return tuple(engine.columns(self._query))

    def read(self, context: ReadContext) -> Iterator[Item]:
        """The rows; those of the window, where the database can tell, or those that are new."""
        with self._opened() as engine:
            known = engine.columns(self._query)
            if self.config.incremental is not None:
                yield from self._new(engine, known, self.config.incremental, context)
                return
            select = Select(self._query, _chosen(known, context), _inside(engine, known, context))
            yield from self._numbered(engine.batches(select), select.columns, context)

    def relation(self) -> Relation | None:
        """Where the rows stand, for PostgreSQL and DuckDB."""
        url = self._url()
        scheme = urlsplit(url).scheme
        if self.goes_on() or scheme not in {"postgresql", "postgres", "duckdb"}:
            return None
        if scheme == "duckdb":
            url = f"duckdb://{quote(str(file_of(url, self.root)))}"  # three slashes: absolute
        return Relation(url, self._query)

    @property
    def _name(self) -> str:
        """How messages call where the rows stand."""
        return self.config.table or self.type

    @property
    def _query(self) -> str:
        if self.config.table is not None:
            return of_table(self.config.table)
        return self.config.query or ""

    def _url(self) -> str:
        return revealed(self.config.url, self.root, encode=lambda part: quote(part, safe=":"))

    @contextmanager
    def _opened(self) -> Iterator[Engine]:
        """The database, open; what its driver raises is told in a sentence."""
        url = self._url()
        try:
            engine = connect(url, self.root)
            try:
                yield engine
            finally:
                engine.close()
        except LoopQAError:
            raise
        except Exception as error:
            raise told(error, secrets_of(url)) from None

    def _numbered(
        self,
        batches: Iterator[list[dict[str, Any]]],
        columns: Sequence[str],
        context: ReadContext,
    ) -> Iterator[Item]:
        done = 0
        for batch in batches:
            yield from _sound(batch, self._name, done)
            done += len(batch)
            context.progress(self._name, done, None)
        if not done:
            yield _no_rows(columns)

    def _new(
        self,
        engine: Engine,
        known: Mapping[str, bool],
        options: IncrementalOptions,
        context: ReadContext,
    ) -> Iterator[Item]:
        """What lies behind the bookmark, in its order, then rows that can't be put in order."""
        marks = Marks(
            options.column, options.id or options.column, options.version or options.column
        )
        _refuse_unknown(marks, known)
        reached = Reached.of(context.state, marks.column, ties=options.id is not None)
        columns = tuple(dict.fromkeys((*_chosen(known, context), *marks.names)))
        order = tuple(dict.fromkeys((marks.column, marks.id)))
        behind = Select(self._query, columns, reached.conditions(), order)
        done = 0
        for batch in engine.batches(behind):
            fresh = [row for row in batch if not reached.has(row)]
            reached = reached.after(batch)
            yield from _sound([marks.put_on(row) for row in fresh], self._name, done)
            yield Bookmark(reached.state())
            done += len(batch)
            context.progress(self._name, done, None)
        nowhere = Select(self._query, (marks.id,), reached.without())
        for batch in engine.batches(nowhere):
            for row in batch:
                done += 1
                name = str(plain_key(row[marks.id]))
                yield Rejected(self._name, done, marks.column, name, BORDER_EMPTY.template)


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``sql``."""
    return [Sql]


@dataclass(frozen=True)
class Marks:
    """The columns by which rows are told apart."""

    column: str
    id: str
    version: str

    @property
    def names(self) -> tuple[str, ...]:
        """All of them."""
        return (self.column, self.id, self.version)

    def put_on(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with its ``_id`` and ``_version``."""
        return {**row, "_id": row[self.id], "_version": row[self.version]}


def _refuse_unknown(marks: Marks, known: Mapping[str, bool]) -> None:
    for name in marks.names:
        if name not in known:
            raise DataError(
                text("the query has no column '{name}'", name=name),
                hint=did_you_mean(name, list(known)),
            )


def _chosen(known: Mapping[str, bool], context: ReadContext) -> tuple[str, ...]:
    """The wanted columns that there are; at least one, so that rows can be counted."""
    if context.columns is None:
        return tuple(known)
    wanted = {normalise(name) for name in context.columns}
    return tuple(name for name in known if normalise(name) in wanted) or tuple(known)[:1]


def _inside(engine: Engine, known: Mapping[str, bool], context: ReadContext) -> tuple[str, ...]:
    """The condition of the window, on the column that tells the time."""
    column = next((name for name in context.at if name in known), None)
    if context.window is None or column is None:
        return ()
    condition = engine.within(column, known[column], context.window)
    return () if condition is None else (condition,)


def _sound(rows: list[dict[str, Any]], origin: str, before: int) -> Iterator[Item]:
    """The rows with values as sources give them; of those with bytes for text, why not."""
    good = []
    for number, row in enumerate(rows, before + 1):
        plain = {name: _plain(value) for name, value in row.items()}
        wrong = next((name for name, value in plain.items() if _unfit(value)), None)
        if wrong is None:
            good.append({**plain, "_file": origin, "_row": number})
        else:
            reason = NO_TEXT if isinstance(plain[wrong], bytes) else NUL_INSIDE
            yield Rejected(origin, number, wrong, None, reason.template)
    if good:
        yield good


def _no_rows(columns: Sequence[str]) -> Batch:
    """A batch that only says which columns there are."""
    import pyarrow as pa  # noqa: PLC0415 - heavy

    return pa.RecordBatch.from_pydict({name: pa.array([], pa.string()) for name in columns})


def _unfit(value: Any) -> bool:
    return isinstance(value, bytes) or (isinstance(value, str) and "\0" in value)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, default=str)
    return value if value is None or type(value).__name__ in _NATURAL else str(value)


_NATURAL = frozenset({"str", "int", "float", "Decimal", "date", "datetime", "bytes"})
