"""From one page of a REST API to the next, and when there is none."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from loopqa.builtin.http_address import with_query
from loopqa.builtin.http_exchange import Call, below
from loopqa.builtin.http_json_options import PagingOptions
from loopqa.builtin.http_json_page import Page
from loopqa.builtin.json_path import NotThere, kind_of, look_up, perhaps, steps_of
from loopqa.builtin.link_header import link_to
from loopqa.errors import PluginError
from loopqa.language import text

_TOTAL = text("does `total` name a number?")


def with_values(call: Call, values: Mapping[str, Any]) -> Call:
    """The call with these parameters: in its query, or in its body where it has one.

    In a body, a name is a field path: ``filter.from``.
    """
    if call.body is None:
        return replace(call, url=with_query(call.url, {k: str(v) for k, v in values.items()}))
    body: dict[str, Any] = deepcopy(dict(call.body))
    for name, value in values.items():
        _put(body, name, value)
    return replace(call, body=body)


def _put(body: dict[str, Any], path: str, value: Any) -> None:
    *above, last = steps_of(path)
    current: Any = body
    for step in above:
        current = current.setdefault(step, {})
    current[last] = value


def first_call(call: Call, paging: PagingOptions | None) -> Call:
    """The call for the first page."""
    if paging is None:
        return call
    start = {"page": paging.first, "offset": 0}.get(paging.by)
    values = {} if start is None else {str(paging.param): start}
    if paging.limit is not None:
        values[paging.limit] = paging.size or 0
    return with_values(call, values)


def next_call(call: Call, first: Call, page: Page, rows: int, paging: PagingOptions) -> Call | None:
    """The call for the page behind ``page``; None: it was the last.

    Args:
        call: the one that brought ``page``.
        first: the one that brought the first page.
        rows: in all pages so far.

    Raises:
        PluginError: the page names no sensible address.
    """
    if _is_last(page, rows, paging):
        return None
    match paging.by:
        case "next_link" | "link_header":
            target = _target(page, paging)
            return Call(below(page.url, target), call.method, call.body) if target else None
        case "cursor":
            cursor = _named(page, paging)
            return with_values(first, {str(paging.param): cursor}) if cursor else None
        case "page" if page.items:
            number = paging.first + page.number
            return with_values(first, {str(paging.param): number})
        case "offset" if page.items:
            return with_values(first, {str(paging.param): rows})
    return None


def _is_last(page: Page, rows: int, paging: PagingOptions) -> bool:
    """Whether the page says that there is nothing behind it."""
    if paging.more is not None:
        return perhaps(page.document, paging.more) in (None, False, 0, "", "false")
    counted = paging.total is not None and paging.by in {"page", "offset"}
    return counted and rows >= claimed(page, str(paging.total))


def _target(page: Page, paging: PagingOptions) -> str | None:
    if paging.by == "link_header":
        return link_to(page.headers.get("link", ""), "next")
    found = _named(page, paging)
    return None if found is None else str(found)


def _named(page: Page, paging: PagingOptions) -> str | int | None:
    """The cursor or address that the page names; None, where it names none, or an empty one."""
    found = perhaps(page.document, str(paging.at))
    if isinstance(found, (dict, list, float, bool)):
        raise PluginError(
            text("'{path}' is {kind}, which leads to no page", path=paging.at, kind=kind_of(found))
        )
    return found or None


def claimed(page: Page, path: str) -> int:
    """How many rows there are, as the page says.

    Raises:
        PluginError: it does not say.
    """
    try:
        found = look_up(page.document, path)
    except NotThere as error:
        raise PluginError(error.why, hint=_TOTAL) from None
    if isinstance(found, str) and found.isascii() and found.isdigit():
        return int(found)
    if isinstance(found, bool) or not isinstance(found, int):
        raise PluginError(text("'{path}' is no whole number", path=path), hint=_TOTAL)
    return found


def refuse_circle(call: Call, asked: set[str], page: Page, before: Page | None) -> None:
    """Stop where pages come round again.

    Args:
        call: the one for the next page.
        asked: addresses of links that were followed.

    Raises:
        PluginError: the page is the one before it, or the link was followed before.
    """
    same = before is not None and page.items and page.items == before.items
    if same or call.url in asked:
        raise PluginError(
            text("the server hands out the same page again"),
            hint=text("does `paging` fit this server?"),
        )
