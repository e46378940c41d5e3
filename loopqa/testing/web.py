"""An HTTP server on loopback for tests of plugins that talk to services."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit


@dataclass(frozen=True)
class Request:
    """One request that the server has got."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]  #: names in lower case
    body: bytes

    @property
    def as_sent(self) -> str:
        """Headers and body as text, as ``received`` of a notifier's suite wants them."""
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        return "\n".join([*lines, "", self.body.decode("utf-8", "replace")])


@dataclass(frozen=True)
class Answer:
    """What the server says."""

    body: Any = ""  #: bytes and text as they are, anything else as JSON
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The body as it goes out."""
        if isinstance(self.body, bytes):
            return self.body
        if isinstance(self.body, str):
            return self.body.encode("utf-8")
        return json.dumps(self.body, ensure_ascii=False).encode("utf-8")


Handler = Callable[[Request], Answer]


@dataclass
class WebServer:
    """A server that answers as told, and remembers what it was asked."""

    url: str = ""  #: http://127.0.0.1:PORT
    requests: list[Request] = field(default_factory=list)
    _handlers: dict[str, Handler] = field(default_factory=dict)
    _troubles: list[Answer] = field(default_factory=list)

    def answers(
        self, path: str, body: Any = "", status: int = 200, headers: Mapping[str, str] | None = None
    ) -> str:
        """Answer ``path`` always like that; returns its address."""
        return self.handles(path, lambda _: Answer(body, status, headers or {}))

    def handles(self, path: str, handler: Handler) -> str:
        """Let a function answer ``path``; returns its address."""
        self._handlers[path] = handler
        return self.url + path

    def pages(self, path: str, rows: Sequence[Any], size: int = 2) -> str:
        """Answer ``path`` with pages: ``{"items": [...], "next": address or null}``.

        ``?page=`` counts from 1, ``?size=`` overrides the size; returns the address.
        """

        def page(request: Request) -> Answer:
            number = int(request.query.get("page", 1))
            many = int(request.query.get("size", size))
            after = {**request.query, "page": str(number + 1)}
            more = number * many < len(rows)
            following = f"{self.url}{path}?{urlencode(after)}" if more else None
            return Answer({"items": rows[(number - 1) * many : number * many], "next": following})

        return self.handles(path, page)

    def fails(
        self, status: int, times: int = 1, headers: Mapping[str, str] | None = None, body: Any = ""
    ) -> None:
        """Answer the next requests like that, whatever their path, before all goes on as it was."""
        self._troubles += [Answer(body, status, headers or {})] * times

    def received(self) -> list[str]:
        """All requests so far as text, for the fixture ``received`` of a notifier's suite."""
        return [request.as_sent for request in self.requests]

    def _answer(self, request: Request) -> Answer:
        self.requests.append(request)
        if self._troubles:
            return self._troubles.pop(0)
        handler = self._handlers.get(request.path)
        return Answer(status=404) if handler is None else handler(request)


@contextmanager
def serving() -> Iterator[WebServer]:
    """Run a server inside the block."""
    server = WebServer()
    http = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(server))
    server.url = f"http://127.0.0.1:{http.server_address[1]}"
    thread = threading.Thread(target=http.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server
    finally:
        http.shutdown()
        thread.join()
        http.server_close()


def _handler_of(server: WebServer) -> type[BaseHTTPRequestHandler]:
    class _Handler(BaseHTTPRequestHandler):
        def _respond(self) -> None:
            answer = server._answer(self._request())
            body = answer.encoded()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def _request(self) -> Request:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            body = self.rfile.read(int(headers.get("content-length", 0)))
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            return Request(self.command, parts.path, query, headers, body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _respond

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return _Handler
