"""A mail server and a web server on loopback that only count what arrives, by idempotency key."""

from __future__ import annotations

import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller

HOST = "127.0.0.1"
ADDRESSES = ("lead@example.com", "team@example.com")
ROUTES = """\
notify:
  - {{on: [resurvey.due, verdict.reached], type: webhook, url: "http://{host}:{web}/"}}
  - on: [verdict.reached]
    type: email
    to: [{addresses}]
    host: {host}
    port: {mail}
    security: none
    from: qa@example.com
"""


@dataclass
class Received:
    """What arrived: (what, key) → how often."""

    arrived: Counter[tuple[str, str]] = field(default_factory=Counter)
    mail: int = 0  #: port
    web: int = 0

    @property
    def routes(self) -> str:
        """Lines of a workflow that send everything here."""
        addresses = ", ".join(ADDRESSES)
        return ROUTES.format(host=HOST, web=self.web, mail=self.mail, addresses=addresses)

    def distinct(self, what: str) -> int:
        """How many different messages of a kind arrived."""
        return sum(kind == what for kind, _ in self.arrived)

    @property
    def repeats(self) -> int:
        """How often a message arrived again."""
        return sum(times - 1 for times in self.arrived.values())

    def complaints(self, judged: int, crashes: int) -> list[str]:
        """What is missing, or came more often than crashes can explain."""
        expected = {"resurvey.due": judged, "verdict.reached": judged}
        expected |= dict.fromkeys(ADDRESSES, judged)
        wrong = [
            f"{self.distinct(what)} different messages of {what} arrived, not {number}"
            for what, number in expected.items()
            if self.distinct(what) != number
        ]
        if self.repeats > crashes:
            wrong.append(f"{self.repeats} messages arrived again after {crashes} crashes")
        return wrong


@contextmanager
def receivers() -> Iterator[Received]:
    """Both servers, while the block runs."""
    received = Received()
    web = ThreadingHTTPServer((HOST, 0), _handler(received))
    received.web = web.server_port
    received.mail = _free_port()
    mail = Controller(_Mails(received), hostname=HOST, port=received.mail)
    thread = Thread(target=web.serve_forever, daemon=True)
    thread.start()
    mail.start()
    try:
        yield received
    finally:
        mail.stop()
        web.shutdown()
        web.server_close()
        thread.join()


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _handler(received: Received) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            received.arrived[body["type"], self.headers["webhook-id"]] += 1
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing is printed."""

    return Handler


@dataclass
class _Mails:
    received: Received

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content)
        for address in envelope.rcpt_tos:
            self.received.arrived[address, str(mail["Message-ID"])] += 1
        return "250 taken"
