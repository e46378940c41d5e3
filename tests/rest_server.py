"""A REST API on loopback that pages, filters, refuses and fails as real ones do."""

from __future__ import annotations

import gzip
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

Row = dict[str, Any]

BEGUN = datetime(2026, 10, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass(frozen=True)
class Reply:
    """One answer: JSON of ``document``, or the bytes of ``raw``."""

    document: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    lost: int = 0  #: bytes of the body that are announced, but never come
    held: threading.Event | None = None  #: the answer waits for it

    @property
    def content(self) -> bytes:
        if self.raw is not None:
            return self.raw
        return json.dumps(self.document, ensure_ascii=False).encode()


@dataclass
class Api:
    """The rows, how they are paged, and what goes wrong."""

    rows: list[Row] = field(default_factory=list)
    page_size: int = 100
    token: str | None = None  #: refuse whoever does not bear it
    time: str = "Sun, 01 Nov 2026 00:00:00 GMT"  #: what the server's clock says
    packed: bool = False  #: gzip
    first: deque[Reply] = field(default_factory=deque)  #: answers before the true ones
    before: Callable[[Asked], Reply | None] = lambda asked: None  #: may answer in place of the API
    asked: list[Asked] = field(default_factory=list)
    url: str = ""

    def reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if self.first:
            return self.first.popleft()
        instead = self.before(asked)
        if instead is not None:
            return instead
        if self.token and asked.headers.get("authorization") != f"Bearer {self.token}":
            return Reply({"error": "who are you?"}, 401)
        handler = getattr(self, f"_{asked.path.strip('/').replace('/', '_')}", None)
        return Reply({"error": "not here"}, 404) if handler is None else handler(asked)

    def _page(self, asked: Asked) -> Reply:
        """/page?page=1&per_page=100: as Django does, a page too many is not found."""
        number, size = int(asked.query.get("page", 1)), self._size(asked, "per_page")
        rows = self._chosen(asked.query)
        found = rows[(number - 1) * size : number * size]
        if not found and number > 1:
            return Reply({"detail": "Invalid page."}, 404)
        return Reply({"data": {"results": found}, "meta": {"total": len(rows)}})

    def _offset(self, asked: Asked) -> Reply:
        """/offset?offset=0&limit=100: the list itself; empty behind the end."""
        start, size = int(asked.query.get("offset", 0)), self._size(asked, "limit")
        return Reply(self._chosen(asked.query)[start : start + size])

    def _next(self, asked: Asked) -> Reply:
        """/next: the body names the address of the next page."""
        found, link = self._linked(asked, self.url)
        return Reply({"data": {"results": found}, "links": {"next": link}})

    def _link(self, asked: Asked) -> Reply:
        """/link: a header names it, relative to this page."""
        found, link = self._linked(asked, "")
        headers = {"Link": f'<{link}>; rel="next", </link>; rel="first"'} if link else {}
        return Reply(found, headers=headers)

    def _linked(self, asked: Asked, base: str) -> tuple[list[Row], str | None]:
        start = int(asked.query.get("start", 0))
        rows = self._chosen(asked.query)
        behind = start + self.page_size
        query = urlencode({**asked.query, "start": behind})
        more = f"{base}{asked.path}?{query}" if behind < len(rows) else None
        return rows[start:behind], more

    def _cursor(self, asked: Asked) -> Reply:
        """/cursor?after=...: an opaque token says where to go on; also by POST, in the body."""
        told = asked.query if asked.method == "GET" else (asked.body or {}).get("page", {})
        start = int(told.get("after", "c0")[1:])
        wanted = asked.query if asked.method == "GET" else (asked.body or {}).get("filter", {})
        rows = self._chosen(wanted)
        behind = start + self.page_size
        token = f"c{behind}" if behind < len(rows) else None
        return Reply({"hits": rows[start:behind], "next": {"cursor": token}, "more": bool(token)})

    def _size(self, asked: Asked, name: str) -> int:
        """A server never gives more a page than it likes."""
        return min(self.page_size, int(asked.query.get(name, self.page_size)))

    def _chosen(self, wanted: dict[str, Any]) -> list[Row]:
        rows = self.rows
        if "since" in wanted:
            rows = [row for row in rows if row["changed"] >= wanted["since"]]
        if "from" in wanted:
            rows = [row for row in rows if wanted["from"] <= row["day"] < wanted["to"]]
        return rows


class Handler(BaseHTTPRequestHandler):
    """Speaks HTTP/1.1 for one :class:`Api`."""

    protocol_version = "HTTP/1.1"
    api: Api

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        self._answer(json.loads(content) if content else None)

    def _answer(self, body: Any) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.api.reply(Asked(self.command, parts.path, query, headers, body))
        if reply.held is not None:
            reply.held.wait(30)
        content = gzip.compress(reply.content) if self.api.packed else reply.content
        told = {"content-type": "application/json", "date": self.api.time}
        told |= {"content-encoding": "gzip"} if self.api.packed else {}
        told |= {name.lower(): value for name, value in reply.headers.items()}
        told["content-length"] = str(len(content) + reply.lost)
        self.send_response_only(reply.status)
        for name, value in told.items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
        if reply.lost:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """Clients that hang up are no news."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Nothing."""


def served(api: Api) -> Iterator[Api]:
    """The API while it is reachable."""
    handler = type("Bound", (Handler,), {"api": api})
    server = Server(("127.0.0.1", 0), handler)
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield api
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def api() -> Iterator[Api]:
    """An API with 250 rows."""
    yield from served(Api(rows=made(250)))


@pytest.fixture
def elsewhere() -> Iterator[Api]:
    """Another server."""
    yield from served(Api(rows=made(20)))


def made(n: int, first: int = 1) -> list[Row]:
    """Rows of a service desk, in the order of their last change."""
    return [
        {
            "id": number,
            "ticket": {"number": f"T-{number}", "tags": ["慢", "phone"]},
            "customer": f"c{number % 40}",
            "day": f"2026-{1 + number % 10:02}-{1 + number % 28:02}",
            "channel": "phone" if number % 2 else "chat",
            "speed": 1 + number % 5,
            "comment": "等了太久" if number % 7 == 0 else None,
            "changed": f"{(BEGUN + timedelta(minutes=number)).isoformat()[:19]}Z",
        }
        for number in range(first, first + n)
    ]


def changed(row: Row, **values: Any) -> Row:
    """A row as it is after a change."""
    return {**row, **values}


def lost(reply: Reply, bytes_: int) -> Reply:
    """An answer of which the end never comes."""
    return replace(reply, raw=reply.content[:-bytes_], lost=bytes_)
