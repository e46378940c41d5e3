"""The source ``http_json`` against a server on loopback: paging, rows, windows, and options."""

from __future__ import annotations

import tracemalloc
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.builtin.http_json_page import exact
from loopqa.builtin.json_path import NotThere, look_up
from loopqa.builtin.link_header import link_to
from loopqa.errors import DataError, DefinitionError, LoopQAError, PluginError
from loopqa.model.window import Window
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import ReadContext, Rejected, Source, builtin_host
from tests.rest_server import Api, Asked, Reply, api, changed, made

__all__ = ["api"]

PAGE = {"items": "data.results", "paging": {"by": "page", "param": "page", "total": "meta.total"}}
OFFSET = {"paging": {"by": "offset", "param": "offset", "limit": "limit", "size": 30}}
STYLES: dict[str, tuple[str, dict[str, Any]]] = {
    "next link": (
        "/next",
        {"items": "data.results", "paging": {"by": "next_link", "at": "links.next"}},
    ),
    "link header": ("/link", {"paging": {"by": "link_header"}}),
    "page number": ("/page", PAGE),
    "page number without a total": (
        "/page",
        {"items": "data.results", "paging": {"by": "page", "param": "page"}},
    ),
    "offset": ("/offset", OFFSET),
    "cursor": (
        "/cursor",
        {"items": "hits", "paging": {"by": "cursor", "at": "next.cursor", "param": "after"}},
    ),
    "cursor in a body": (
        "/cursor",
        {
            "items": "$.hits",
            "method": "POST",
            "body": {"filter": {}},
            "paging": {"by": "cursor", "at": "next.cursor", "param": "page.after", "more": "more"},
        },
    ),
}


def of(api: Api, path: str = "/page", **options: Any) -> Source:
    """The source for a path of the API."""
    spec = PluginSpec("http_json", {"url": api.url + path, **options})
    return builtin_host().make_source(spec, root=Path())


def rows(made: Source, **context: Any) -> list[dict[str, Any]]:
    """All sound rows."""
    return [
        row
        for item in made.read(ReadContext(**context))
        if isinstance(item, list)
        for row in item
    ]  # fmt: skip


def refused(made: Source) -> list[tuple[str, int, str | None, str]]:
    """Where rows were rejected, and why."""
    items = (item for item in made.read(ReadContext()) if isinstance(item, Rejected))
    return [(one.file, one.row, one.value, one.reason) for one in items]


def complaint(made: Source, kind: type[LoopQAError] = PluginError) -> str:
    """What is said when everything is read."""
    with pytest.raises(kind) as caught:
        list(made.read(ReadContext()))
    return str(caught.value)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("n", [0, 1, 100, 200, 250])
def test_every_row_comes_once_in_each_style_of_paging(api: Api, style: str, n: int) -> None:
    api.rows = made(n)
    path, options = STYLES[style]
    found = rows(of(api, path, **options))
    assert [row["id"] for row in found] == [row["id"] for row in api.rows]


def test_ten_thousand_rows_come_packed_and_memory_holds_a_few_pages(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loopqa.plugin.batching.BATCH_ROWS", 500)
    api.rows, api.page_size, api.packed = made(10_500), 500, True
    path, options = STYLES["next link"]
    tracemalloc.start()
    try:
        n = sum(len(item) for item in of(api, path, **options).read(ReadContext()))  # type: ignore[arg-type]
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert n == 10_500
    assert peak < 10_000_000
    assert len(api.asked) == 21


def test_nested_objects_are_columns_with_dotted_names(api: Api) -> None:
    (*_, row) = rows(of(api, **PAGE))[:7]
    assert row == {
        "id": 7,
        "ticket.number": "T-7",
        "ticket.tags": '["慢", "phone"]',
        "customer": "c7",
        "day": "2026-08-08",
        "channel": "phone",
        "speed": 3,
        "comment": "等了太久",
        "changed": "2026-10-01T00:07:00Z",
        "_file": "127.0.0.1",
        "_row": 7,
    }
    assert [row["_row"] for row in rows(of(api, **PAGE))] == list(range(1, 251))


def test_a_field_that_a_page_leaves_out_is_empty_there(api: Api) -> None:
    for row in api.rows[100:]:
        del row["comment"]
    found = rows(of(api, **PAGE), columns=frozenset({"comment"}))
    assert {row.get("comment") for row in found[100:]} == {None}
    monthly = of(api, **PAGE, id="id", incremental={"column": "changed", "since": "since"})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("loopqa.plugin.batching.BATCH_ROWS", 100)
        batches = [item for item in monthly.read(ReadContext()) if isinstance(item, list)]
    assert [("comment" in batch[0]) for batch in batches] == [True, True, True]


def test_fields_pick_and_name_columns(api: Api) -> None:
    fields = {"ticket": "ticket.number", "first": "ticket.tags[0]", "nowhere": "ticket.a.b"}
    made = of(api, **PAGE, fields=fields)
    assert rows(made)[0] == {
        "ticket": "T-1", "first": "慢", "nowhere": None, "_file": "127.0.0.1", "_row": 1,
    }  # fmt: skip
    assert made.columns() == ("ticket", "first", "nowhere")


def test_checking_and_naming_columns_fetch_the_first_page_only(api: Api) -> None:
    made = of(api, **PAGE)
    made.check()
    assert made.columns()[:3] == ("id", "ticket.number", "ticket.tags")  # type: ignore[index]
    assert [one.query for one in api.asked] == [{"page": "1"}] * 2


def test_numbers_are_what_was_written(api: Api) -> None:
    api.first.append(Reply(raw=b'[{"id": 12345678901234567890, "n": 0.1, "big": 1e3, "t": true}]'))
    (row,) = rows(of(api))
    assert (row["id"], row["n"], row["big"], row["t"]) == (12345678901234567890, 0.1, 1000, "true")


@given(st.decimals(allow_nan=False, allow_infinity=False, places=12))
def test_no_number_is_ever_rounded(number: Any) -> None:
    from decimal import Decimal

    assert Decimal(str(exact(str(number)))) == number


def test_what_is_no_row_is_rejected_with_its_place(api: Api) -> None:
    strange = (
        b'[{"id": 1}, 5, {"id": 2, "id": 3}, null, {"a": "x\\u0000"}, {"a": {"b": 1, "b": 2}}]'
    )
    api.first.append(Reply(raw=strange))
    assert refused(of(api)) == [
        ("127.0.0.1", 2, "5", "the row is not an object"),
        ("127.0.0.1", 3, None, "the key stands twice in the line"),
        ("127.0.0.1", 4, "null", "the row is not an object"),
        ("127.0.0.1", 5, None, "the value holds a NUL character"),
        ("127.0.0.1", 6, None, "the key stands twice in the line"),
    ]


def test_another_encoding_is_taken_from_the_header(api: Api) -> None:
    headers = {"content-type": 'application/json; charset="GB18030"'}
    api.first.append(Reply(raw='[{"a": "满意"}]'.encode("gb18030"), headers=headers))
    assert rows(of(api))[0]["a"] == "满意"


def test_only_the_window_is_asked_for(api: Api) -> None:
    """A day more on either side: the host cuts off what lies outside."""
    named = {"from": "from", "to": "to"}
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    made = of(api, **PAGE, window=named)
    found = rows(made, window=window)
    assert api.asked[0].query == {"from": "2026-01-31", "to": "2026-03-02", "page": "1"}
    assert 0 < len(found) < 50
    api.asked.clear()
    assert len(rows(made)) == 250
    assert api.asked[0].query == {"page": "1"}


@pytest.mark.parametrize(
    ("format", "written"),
    [("%d.%m.%Y", "31.01.2026"), ("unix", "1769817600"), ("unix_ms", "1769817600000")],
)
def test_days_are_written_as_the_server_wants_them(api: Api, format: str, written: str) -> None:
    window = Window(date(2026, 2, 1), date(2026, 2, 28))
    api.before = lambda asked: Reply([])
    rows(of(api, window={"from": "a", "format": format}), window=window)
    assert api.asked[0].query == {"a": written}


def test_rows_that_pages_hold_twice_count_once(api: Api) -> None:
    """A row that comes in between two pages pushes another one over the edge."""

    def insert(asked: Asked) -> None:
        if asked.query["offset"] == "30":
            api.rows = [changed(api.rows[0], id=999), *api.rows]

    api.before = insert  # type: ignore[assignment]
    assert len(rows(of(api, "/offset", **OFFSET))) == 251
    api.rows = made(250)
    again = [row["id"] for row in rows(of(api, "/offset", **OFFSET, id="id"))]
    assert again == [row["id"] for row in made(250)]


def test_rows_that_are_lost_between_pages_are_told(api: Api) -> None:
    """A row that is deleted meanwhile pulls another one over the edge, unseen."""

    def lie(asked: Asked) -> Reply | None:
        if asked.query["page"] != "2":
            return None
        return Reply({"data": {"results": made(100, 102)}, "meta": {"total": 250}})

    api.before = lie
    api.rows = made(249)
    api.before = lambda asked: (
        lie(asked) and Reply({"data": {"results": []}, "meta": {"total": 249}})
    )
    assert complaint(of(api, **PAGE)) == (
        "page 2: 100 rows came, but the server has 249\n"
        "  hint: rows may have gone meanwhile, or `paging` does not fit this server"
    )


def test_a_server_that_ignores_the_page_is_found_out(api: Api) -> None:
    api.before = lambda asked: Reply({"data": {"results": made(3)}, "meta": {"total": 9}})
    assert complaint(of(api, **PAGE)) == (
        "page 2: the server hands out the same page again\n  hint: does `paging` fit this server?"
    )
    assert len(api.asked) == 2


def test_links_that_lead_round_in_a_circle_are_found_out(api: Api) -> None:
    def circle(asked: Asked) -> Reply:
        at = int(asked.query.get("at", 0))
        return Reply({"data": {"results": made(2, at)}, "links": {"next": f"?at={at % 3 + 1}"}})

    api.before = circle
    path, options = STYLES["next link"]
    assert "page 4: the server hands out the same" in complaint(of(api, path, **options))
    assert len(api.asked) == 4


def test_pages_without_end_are_given_up(api: Api) -> None:
    at = iter(range(1000))
    api.before = lambda asked: Reply([{"id": next(at)}])
    assert complaint(of(api, "/offset", **OFFSET, max_pages=7)) == (
        "there are more than 7 pages\n  hint: raise `max_pages`, or ask for more rows a page"
    )
    assert len(api.asked) == 7


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"rows": [], "n": 0}, "the answer has no 'data', only rows, n"),
        ({"data": {}}, "'data' is empty, without 'results'"),
        ({"data": [1]}, "'data' is a list, not an object"),
        ({"data": {"results": "no"}}, "'data.results' is text, not a list of rows"),
        ({"data": {"results": {"1": {}}}}, "'data.results' is an object, not a list of rows"),
        (7, "the answer is a number, not an object"),
    ],
)
def test_a_page_of_another_shape_says_what_was_found(api: Api, document: Any, told: str) -> None:
    api.first.append(Reply(document))
    hint = "  hint: does `items` name the list of rows?"
    assert complaint(of(api, **PAGE)) == f"page 1: {told}\n{hint}"


def test_a_shape_that_changes_names_the_page(api: Api) -> None:
    api.before = lambda asked: Reply({"data": None}) if asked.query["page"] == "3" else None
    assert complaint(of(api, **PAGE)).startswith("page 3: 'data' is null, not an object")


def test_a_column_that_is_nowhere_is_named(api: Api) -> None:
    assert complaint(of(api, **PAGE, id="ticket.nummer"), DataError) == (
        "the rows have no column 'ticket.nummer'\n  hint: did you mean 'ticket.number'?"
    )


INCREMENTAL = {"column": "a", "since": "b"}
WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"url": "ftp://x"}, "option 'url': an address begins with https:// or http://"),
    ({"items": "a..b"}, "option 'items': a field path looks like data.results or pages[0].rows"),
    (
        {"paging": {"by": "pages"}},
        "option 'paging.by' must be one of next_link, link_header, page, offset, cursor, "
        "not 'pages'",
    ),
    ({"paging": {"by": "cursor", "at": "x"}}, "option 'paging': paging by cursor needs 'param'"),
    (
        {"paging": {"by": "page", "param": "p", "at": "x"}},
        "option 'paging': paging by page takes no 'at'",
    ),
    (
        {"paging": {"by": "page", "param": "p", "size": 5}},
        "option 'paging': 'limit' and 'size' belong together",
    ),
    (
        {"auth": {"bearer": "a", "basic": {"user": "u", "password": "p"}}},
        "option 'auth': give either 'bearer' or 'basic'",
    ),
    ({"body": {}}, "a 'body' needs 'method: POST'"),
    (
        {"incremental": INCREMENTAL},
        "'incremental' needs 'id': the column that tells records apart",
    ),
    (
        {"id": "i", "incremental": INCREMENTAL, "window": {"from": "f"}},
        "give either 'incremental' or 'window'",
    ),
    (
        {"window": {"from": "f", "format": "days"}},
        "option 'window.format': write a format like %Y-%m-%d, or unix or unix_ms",
    ),
    ({"window": {}}, "option 'window': give 'from', 'to' or both"),
    ({"item": "x"}, "unknown option 'item'\n  hint: did you mean 'items'?"),
    ({"params": {"a": [1]}}, "option 'params.a' must be text, not [1]"),
)


@pytest.mark.parametrize(("options", "told"), WRONG)
def test_wrong_options_are_told_in_a_sentence(options: dict[str, Any], told: str) -> None:
    with pytest.raises(DefinitionError) as caught:
        of(Api(url="http://localhost"), "/", **options)
    assert str(caught.value) == told


def test_paths_lead_through_names_positions_and_quotes() -> None:
    document = {"a": [{"b.c": {"d e": 1}}]}
    assert look_up(document, """$.a[0]["b.c"]['d e']""") == 1
    with pytest.raises(NotThere) as caught:
        look_up(document, 'a[0]["b.c"].x')
    assert str(caught.value.why) == """'a[0]["b.c"]' has no 'x', only d e"""
    with pytest.raises(NotThere, match="'a' has only 1 entries"):
        look_up(document, "a[1]")


@pytest.mark.parametrize(
    "header",
    [
        "</2>; rel=next",
        '</1>; rel="prev", </2>; rel="next"',
        '</2>; title="a, <b>; rel=x"; REL="Next last"',
        '</1>;rel="prev",</2> ; rel = "next" ,</9>; rel="last"',
    ],
)
def test_the_next_link_is_found_in_every_legal_header(header: str) -> None:
    assert link_to(header, "next") == "/2"


@pytest.mark.parametrize("header", ["", "</2>", '</2>; rel="nextish"', '</2>; title="rel=next"'])
def test_no_link_is_found_where_there_is_none(header: str) -> None:
    assert link_to(header, "next") is None
