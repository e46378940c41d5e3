"""The built-in notifiers keep the rules that third parties are held to."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loopqa.plugin import builtin_host
from loopqa.testing import MESSAGE, Failing, NotifierSuite, WebServer
from tests.mail_server import MailServer, certificate, mail_server

__all__ = ["certificate", "mail_server"]

NO_SERVER = "http://127.0.0.1:1/"


class TestConsole(NotifierSuite):
    plugin = builtin_host().notifier("console")
    left_out = {
        "key": "people read it, and a line more does no harm",
        "repeat": "people read it, and a line more does no harm",
    }

    @pytest.fixture
    def received(self, capsys: pytest.CaptureFixture[str]) -> Callable[[], Sequence[str]]:
        lines: list[str] = []

        def read() -> Sequence[str]:
            lines.extend(filter(None, [capsys.readouterr().err]))
            return list(lines)

        return read


class TestFile(NotifierSuite):
    plugin = builtin_host().notifier("file")
    failing = {"a folder in its place": Failing({"path": "."}, retryable=True)}

    @pytest.fixture
    def options(self) -> Mapping[str, Any]:
        return {"path": "told/messages.jsonl"}

    @pytest.fixture
    def received(self, root: Path) -> Callable[[], Sequence[str]]:
        file = root / "told" / "messages.jsonl"
        return lambda: file.read_text("utf-8").splitlines() if file.exists() else []


class TestWebhook(NotifierSuite):
    plugin = builtin_host().notifier("webhook")
    failing = {
        "nobody is there": Failing({"url": NO_SERVER}, retryable=True),
        "a secret that is none": Failing({"secret": "not base64"}, retryable=True),
    }

    @pytest.fixture
    def options(self, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
        monkeypatch.setenv("HOOK_SECRET", base64.b64encode(b"opensesame opensesame").decode())
        return {"url": web.answers("/hook", status=204), "secret": "${env:HOOK_SECRET}"}

    @pytest.fixture
    def received(self, web: WebServer) -> Callable[[], Sequence[str]]:
        return web.received


class TestEmail(NotifierSuite):
    plugin = builtin_host().notifier("email")
    message = replace(MESSAGE, recipient="li@example.com")

    @pytest.fixture
    def server(self, mail_server: Callable[..., MailServer]) -> MailServer:
        return mail_server("starttls", login=True)

    @pytest.fixture
    def options(self, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
        monkeypatch.setenv("MAIL_PASSWORD", "opensesame")
        login = {"user": "qa", "password": "${env:MAIL_PASSWORD}"}
        return server.options(to=["li@example.com"], security="starttls", **login)

    @pytest.fixture
    def received(self, server: MailServer) -> Callable[[], Sequence[str]]:
        return lambda: [mail.as_bytes().decode("utf-8", "replace") for mail in server.mails]
