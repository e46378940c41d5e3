"""Source ``http_json``: rows of a REST API, page by page, or only those that are new."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from loopqa.builtin.http_address import with_query
from loopqa.builtin.http_exchange import Call, Exchange, Refused, Secrets
from loopqa.builtin.http_json_options import HttpJsonOptions, IncrementalOptions, PagingOptions
from loopqa.builtin.http_json_page import Page, page_of, rows_of
from loopqa.builtin.http_json_since import Climb, Since
from loopqa.builtin.http_paging import claimed, first_call, next_call, refuse_circle, with_values
from loopqa.builtin.http_window import asked_days
from loopqa.builtin.waiting import moment_of
from loopqa.errors import DataError, PluginError
from loopqa.hints import did_you_mean
from loopqa.language import text
from loopqa.plugin.batching import Found, gathered
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.secret import looked_up
from loopqa.plugin.source import BadRow, Item, ReadContext, Rejected, Source

Row = dict[str, Any]


class HttpJson(Source):
    """Asks for one page after the other; memory holds two of them, and one batch of rows."""

    type = "http_json"
    summary = text("a REST API that answers in JSON, page by page")
    Config = HttpJsonOptions
    config: HttpJsonOptions
    incremental = True

    def goes_on(self) -> bool:
        """Only with the option ``incremental``."""
        return self.config.incremental is not None

    def check(self) -> None:
        """Fetch the first page."""
        self.columns()

    def columns(self) -> tuple[str, ...]:
        """The columns of the first page's rows."""
        with self._opened() as exchange, _told_of(1):
            page = self._page(exchange, self._first({}), 1, 0)
        rows, _ = self._rows(page) if page else ([], [])
        return tuple(dict.fromkeys(name for row in rows for name in row if name not in _OWN))

    def read(self, context: ReadContext) -> Iterator[Item]:
        """The rows; those of the window, where the server can tell, or those that are new."""
        options = self.config.incremental
        found = self._all(context) if options is None else self._new(options, context)
        yield from gathered(found)

    def _all(self, context: ReadContext) -> Iterator[Found]:
        known: set[Any] = set()
        for page in self._pages(asked_days(self.config.window, context.window), context):
            rows, refused = self._rows(page)
            yield from refused
            yield from rows if self.config.id is None else _unseen(rows, self.config.id, known)

    def _new(self, options: IncrementalOptions, context: ReadContext) -> Iterator[Found]:
        """What lies behind the bookmark; rows that can't be put in order are rejected."""
        since = Since.of(context.state, options)
        climb: Climb | None = None
        for page in self._pages(since.params(), context):
            climb = climb or Climb(since, moment_of(page.headers.get("date", "")))
            rows, refused = self._rows(page)
            yield from refused
            yield from self._placed(rows, options, climb)
            if bookmark := climb.between_pages():
                yield bookmark
        if climb is not None and (bookmark := climb.at_the_end()):
            yield bookmark

    def _placed(
        self, rows: list[Row], options: IncrementalOptions, climb: Climb
    ) -> Iterator[Row | Rejected]:
        """The rows with ``_id`` and ``_version``, and those without a place in the order."""
        identity, version = str(self.config.id), options.version or options.column
        for row in rows:
            try:
                climb.take(row.get(options.column))
            except BadRow as bad:
                place = (row["_file"], row["_row"], options.column)
                yield Rejected(*place, None, bad.why.template)
            else:
                row["_id"], row["_version"] = row.get(identity), row.get(version)
                yield row

    def _pages(self, asked: Mapping[str, Any], context: ReadContext) -> Iterator[Page]:
        """All pages, one by one.

        Raises:
            PluginError: one can't be had, pages never end, or rows are missing at the end.
        """
        call = first = self._first(asked)
        paging, before, links, rows = self.config.paging, None, set[str](), 0
        with self._opened() as exchange:
            for number in range(1, self.config.max_pages + 1):
                with _told_of(number):
                    page = self._page(exchange, call, number, rows)
                    rows += len(page.items) if page else 0
                    upcoming = page and paging and next_call(call, first, page, rows, paging)
                    if page and paging and upcoming:
                        refuse_circle(upcoming, links, page, before)
                        links |= {upcoming.url} if "link" in paging.by else set()
                    if not upcoming:
                        _refuse_too_few(page or before, rows, paging)
                if page:
                    yield page
                context.progress(self._host, rows, None)
                if not upcoming:
                    return
                call, before = upcoming, page
        raise PluginError(
            text("there are more than {n} pages", n=self.config.max_pages),
            hint=text("raise `max_pages`, or ask for more rows a page"),
        )

    def _page(self, exchange: Exchange, call: Call, number: int, before: int) -> Page | None:
        """One page; None where the server has no page of this number."""
        paging, items = self.config.paging, self.config.items
        try:
            return exchange.ask(call, lambda answer: page_of(answer, number, before, items))
        except Refused as error:
            if error.code == 404 and number > 1 and paging and paging.by == "page":
                return None
            raise

    def _rows(self, page: Page) -> tuple[list[Row], list[Rejected]]:
        """The rows of a page, and those that are none.

        Raises:
            DataError: the first page lacks a column that the options name.
        """
        rows, refused = rows_of(page, self.config.fields, self._host)
        if page.number == 1 and rows:
            self._refuse_unknown(rows)
        return rows, refused

    def _refuse_unknown(self, rows: list[Row]) -> None:
        known = dict.fromkeys(name for row in rows for name in row if name not in _OWN)
        options = self.config.incremental
        named = [self.config.id, *((options.column, options.version) if options else ())]
        for name in named:
            if name is not None and name not in known:
                raise DataError(
                    text("the rows have no column '{name}'", name=name),
                    hint=did_you_mean(name, list(known)),
                )

    @property
    def _url(self) -> str:
        return looked_up(self.config.url, self.root)

    @property
    def _host(self) -> str:
        """How messages call the server."""
        return urlsplit(self._url).hostname or self.type

    def _first(self, asked: Mapping[str, Any]) -> Call:
        """The call for the first page, with what is asked for beside it."""
        options = self.config
        body = options.body if options.method == "GET" else options.body or {}
        call = Call(with_query(self._url, {**options.params}), options.method, body)
        return first_call(with_values(call, asked), options.paging)

    @contextmanager
    def _opened(self) -> Iterator[Exchange]:
        import httpx2  # noqa: PLC0415 - slow to import, seldom needed

        options = self.config
        headers = {"accept": "application/json", "user-agent": "loopqa", **options.headers}
        secrets = Secrets.of(options.auth, self._url, self.root)
        with httpx2.Client(headers=headers, timeout=options.timeout) as client:
            yield Exchange(client, secrets, options.timeout, options.tries, options.patience)


@hookimpl
def loopqa_sources() -> Sequence[type[Source]]:
    """The source ``http_json``."""
    return [HttpJson]


#: What the source itself adds to every row.
_OWN = frozenset({"_file", "_row"})


@contextmanager
def _told_of(number: int) -> Iterator[None]:
    """Failures in here are told with the number of the page."""
    try:
        yield
    except PluginError as error:
        (problem,) = error.problems
        raise PluginError(
            text("page {n}: {why}", n=number, why=problem.message),
            retryable=error.retryable,
            retry_after=error.retry_after,
            hint=problem.hint,
        ) from None


def _unseen(rows: list[Row], column: str, known: set[Any]) -> list[Row]:
    """The rows without those that came before: pages shift where rows come in meanwhile."""
    fresh = []
    for row in rows:
        identity = row.get(column)
        if identity is None or identity not in known:
            fresh.append(row)
            known.add(identity)
    return fresh


def _refuse_too_few(page: Page | None, rows: int, paging: PagingOptions | None) -> None:
    """Stop where fewer rows came than the last page says that there are."""
    if page is None or paging is None or paging.total is None:
        return
    total = claimed(page, paging.total)
    if rows < total:
        raise PluginError(
            text("{n} rows came, but the server has {total}", n=rows, total=total),
            retryable=True,
            hint=text("rows may have gone meanwhile, or `paging` does not fit this server"),
        )
