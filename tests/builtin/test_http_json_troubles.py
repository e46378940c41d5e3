"""The source ``http_json`` where servers refuse, break off, lead elsewhere, or are not there."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loopqa.errors import DataError, LoopQAError, PluginError
from loopqa.plugin import ReadContext, Source
from tests.builtin.test_source_http_json import PAGE, STYLES, complaint, of, rows
from tests.rest_server import Api, Asked, Reply, api, elsewhere, lost, made

__all__ = ["api", "elsewhere"]

SECRET = "s3cret-token"
AUTH = {"auth": {"bearer": "${env:REST_TOKEN}"}}


@pytest.fixture(autouse=True)
def _token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REST_TOKEN", SECRET)


def failure(made: Source) -> PluginError:
    """How reading everything fails."""
    with pytest.raises(PluginError) as caught:
        list(made.read(ReadContext()))
    return caught.value


def test_a_server_that_wants_patience_gets_it(api: Api) -> None:
    """RFC 9110, section 10.2.3: seconds, or a date as the server's own clock has it."""
    at_once = {"retry-after": "0"}
    a_date = {"retry-after": "Sun, 01 Nov 2026 00:00:00 GMT"}
    api.first.extend([Reply(status=429, headers=at_once), Reply(status=503, headers=a_date)])
    assert len(rows(of(api, **PAGE))) == 250
    assert [one.query["page"] for one in api.asked] == ["1", "1", "1", "2", "3"]


@pytest.mark.parametrize("waits", ["121", "Sun, 01 Nov 2026 00:02:01 GMT"])
def test_more_patience_than_we_have_ends_the_reading_and_is_passed_on(api: Api, waits: str) -> None:
    api.first.append(Reply(status=429, headers={"retry-after": waits}))
    error = failure(of(api, **PAGE))
    assert (str(error), error.retryable, error.retry_after) == (
        "page 1: the server answered 429", True, 121,
    )  # fmt: skip
    assert len(api.asked) == 1


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_a_few_times(api: Api, status: int) -> None:
    api.before = lambda asked: Reply(status=status, headers={"retry-after": "0"})
    error = failure(of(api, **PAGE, tries=3))
    assert (str(error), error.retryable) == (f"page 1: the server answered {status}", True)
    assert len(api.asked) == 3


@pytest.mark.parametrize("status", [400, 404, 405, 410, 422, 304, 399])
def test_what_will_not_pass_is_not_tried_again(api: Api, status: int) -> None:
    api.before = lambda asked: Reply(status=status)
    error = failure(of(api, **PAGE))
    assert (str(error), error.retryable) == (f"page 1: the server answered {status}", False)
    assert len(api.asked) == 1


def test_a_failure_in_mid_reading_names_the_page(api: Api) -> None:
    api.before = lambda asked: Reply(status=400) if asked.query["page"] == "3" else None
    assert complaint(of(api, **PAGE)) == "page 3: the server answered 400"


@pytest.mark.parametrize("packed", [False, True])
def test_an_answer_that_is_cut_short_is_asked_for_again(api: Api, packed: bool) -> None:
    api.packed = packed
    api.first.append(lost(Reply({"data": {"results": made(5)}}), 40))
    assert len(rows(of(api, **PAGE))) == 250


@pytest.mark.parametrize(
    "broken",
    [
        b'{"data": {"results": [{"id": 1}, {"id"',
        b'{"a": NaN}',
        b"[1, 2] 3",
        b"\xff\xfe\xfa",
        b"[" * 99_999,
        b"",
    ],
)
def test_broken_json_is_asked_for_again_and_told(api: Api, broken: bytes) -> None:
    api.first.append(Reply(raw=broken))
    assert len(rows(of(api, **PAGE))) == 250
    api.before = lambda asked: Reply(raw=broken)
    error = failure(of(api, **PAGE, tries=1))
    assert error.retryable
    assert "page 1: the answer is" in str(error)


def test_a_login_page_in_place_of_json_is_told_as_such(api: Api) -> None:
    html = {"content-type": "text/html; charset=utf-8"}
    api.first.append(Reply(raw=b"<html>Log in!</html>", headers=html))
    assert complaint(of(api, **PAGE)) == (
        "page 1: the answer is text/html, not JSON\n"
        "  hint: is the address right, and does `auth` let us in?"
    )


def test_json_under_a_wrong_type_is_json(api: Api) -> None:
    api.first.append(Reply([{"id": 1}], headers={"content-type": "text/plain"}))
    assert len(rows(of(api))) == 1


def test_a_slow_server_is_not_waited_for_without_end(api: Api) -> None:
    never = threading.Event()
    api.before = lambda asked: Reply([], held=never)
    try:
        error = failure(of(api, timeout=0.2, tries=2))
    finally:
        never.set()
    assert (str(error), error.retryable) == ("page 1: no answer within 0.2 s", True)


def test_a_server_that_is_not_there_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    error = failure(of(Api(url=f"http://127.0.0.1:{port}"), tries=1))
    assert error.retryable
    assert str(error).startswith("page 1: no connection: ")


def test_a_page_beyond_all_measure_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loopqa.builtin.http_exchange.MOST_BYTES", 1 << 20)
    api.packed = True  # a few kilobytes on the wire
    api.first.append(Reply(raw=b"[" + b" " * (2 << 20) + b"]"))
    assert complaint(of(api)) == (
        "page 1: the page is larger than 1 MB\n  hint: ask for fewer rows a page"
    )


def test_each_kind_of_auth_reaches_the_server(api: Api) -> None:
    basic = {"basic": {"user": "li", "password": "${env:REST_TOKEN}"}}
    headers = {"headers": {"X-Api-Key": "${env:REST_TOKEN}"}}
    params = {"params": {"key": "${env:REST_TOKEN}"}}
    api.before = lambda asked: Reply([])
    for auth in (AUTH["auth"], basic, headers, params):
        list(of(api, "/?a=b%20c", auth=auth, params={"n": 1, "all": True}).read(ReadContext()))
    bearer, user, header, param = api.asked
    assert bearer.headers["authorization"] == f"Bearer {SECRET}"
    assert user.headers["authorization"] == "Basic bGk6czNjcmV0LXRva2Vu"
    assert header.headers["x-api-key"] == SECRET
    assert param.query == {"a": "b c", "n": "1", "all": "true", "key": SECRET}
    assert bearer.query == {"a": "b c", "n": "1", "all": "true"}


def test_a_proxy_of_the_environment_is_used(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", api.url)
    assert len(rows(of(Api(url="http://crm.invalid"), **PAGE))) == 250
    assert api.asked[0].headers["host"] == "crm.invalid"


def test_a_refusal_at_the_door_names_what_to_look_at(api: Api) -> None:
    api.token = "another"
    assert complaint(of(api, **PAGE, **AUTH)) == (
        "page 1: the server answered 401\n  hint: does `auth` hold what this server asks for?"
    )


def shown(asked: Asked) -> str:
    """All that a server got to see."""
    return json.dumps([asked.headers, asked.query, asked.body, asked.path])


@pytest.mark.parametrize(
    "auth",
    [
        {"bearer": "${env:REST_TOKEN}"},
        {"basic": {"user": SECRET, "password": "${env:REST_TOKEN}"}},
        {"headers": {"x-key": "${env:REST_TOKEN}"}, "params": {"key": "${env:REST_TOKEN}"}},
    ],
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_is_followed_without_secrets(
    api: Api, elsewhere: Api, auth: dict[str, Any], status: int
) -> None:
    there = {"location": f"{elsewhere.url}/offset"}
    api.before = lambda asked: Reply(status=status, headers=there)
    assert len(rows(of(api, "/old", auth=auth))) == 20
    (asked,) = elsewhere.asked
    assert SECRET not in shown(asked)
    assert "czNjcmV0" not in shown(asked)  # nor in base64


def test_a_redirect_on_the_same_server_keeps_the_secrets(api: Api) -> None:
    api.token = SECRET
    api.before = lambda asked: (
        Reply(status=307, headers={"location": "/offset?limit=3"}) if asked.path == "/old" else None
    )
    assert len(rows(of(api, "/old", **AUTH))) == 3


def test_a_next_link_to_another_server_is_followed_without_secrets(
    api: Api, elsewhere: Api
) -> None:
    path, options = STYLES["next link"]
    page = {"data": {"results": made(2)}, "links": {"next": f"{elsewhere.url}/next"}}
    api.before = lambda asked: Reply(page)
    assert len(rows(of(api, path, **options, **AUTH))) == 22
    assert SECRET not in shown(elsewhere.asked[0])
    elsewhere.token = "their own"
    assert complaint(of(api, path, **options, **AUTH)) == (
        "page 2: the server answered 401\n"
        "  hint: the secrets of `auth` are sent to the server of `url` only"
    )


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "ftp://x/y", "javascript:alert(1)", "data:,[]", "http://[x/"]
)
def test_no_address_leads_out_of_the_web(api: Api, target: str) -> None:
    path, options = STYLES["next link"]
    api.before = lambda asked: Reply({"data": {"results": []}, "links": {"next": target}})
    told = "page 1: the server names an address that is none of the web"
    assert complaint(of(api, path, **options)) == told
    api.before = lambda asked: Reply(status=302, headers={"location": target})
    assert complaint(of(api, path, **options)) == told


def test_redirects_in_a_circle_end(api: Api) -> None:
    api.before = lambda asked: Reply(status=302, headers={"location": "/page"})
    assert complaint(of(api)) == (
        "page 1: the server leads from one address to the next without end"
    )
    assert len(api.asked) == 6


def test_what_is_posted_goes_to_the_named_address_only(api: Api) -> None:
    api.before = lambda asked: Reply(status=307, headers={"location": "/page"})
    assert complaint(of(api, method="POST", body={"a": 1})) == (
        "page 1: the server answered 307\n  hint: redirects are not followed: name the new address"
    )


def everything_said(made: Source) -> Iterator[str]:
    """What an error could show of a source, and the source itself."""
    yield repr(made.config)
    yield made.config.model_dump_json()
    try:
        list(made.read(ReadContext()))
    except LoopQAError as error:
        yield str(error)
        yield repr(error)
        yield repr(error.__cause__)


@pytest.mark.parametrize("answer", [Reply(status=401), Reply(raw=b"x"), Reply({"a": SECRET})])
def test_secrets_are_never_shown(api: Api, answer: Reply) -> None:
    api.before = lambda asked: answer
    auth = {"bearer": SECRET, "headers": {"k": SECRET}, "params": {"k": SECRET}}
    made = of(api, **PAGE, auth=auth, tries=1)
    said = list(everything_said(made))
    assert len(said) == 5
    assert SECRET not in "\n".join(said)


@pytest.mark.parametrize("value", ["line\nbreak", "密钥", "a\x00b"])
def test_a_secret_that_no_header_can_hold_is_told_without_showing_it(
    api: Api, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("REST_TOKEN", "x") if "\0" in value else monkeypatch.setenv(
        "REST_TOKEN", value
    )
    auth = {"bearer": value} if "\0" in value else AUTH["auth"]
    told = complaint(of(api, **PAGE, auth=auth), DataError)
    assert told == "a secret holds a character that no header can hold"


def test_a_secret_that_is_not_set_is_told_by_its_name(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REST_TOKEN")
    assert "REST_TOKEN is not set" in complaint(of(api, **AUTH), DataError)
    assert api.asked == []
