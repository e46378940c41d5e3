"""``inbound_webhook.py`` and ``apprise.py`` keep the rules that all plugins are held to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from loopqa.testing import Failing, NotifierSuite, SourceSuite, WebServer, loaded
from tests.plugin.inbound import SECRETS, crm, pushing, workspace

ADDRESS = "opensesame1234"


class TestInboundWebhook(SourceSuite):
    plugin = loaded("plugins/inbound_webhook.py").InboundWebhook
    failing = {"an inbox that inbound.yaml does not name": Failing({"inbox": "nowhere"})}
    rows = 4

    @pytest.fixture
    def options(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
        for name, value in SECRETS.items():
            monkeypatch.setenv(name, value)
        push = pushing(workspace(root))
        for number, speed in [(1, 4), (2, 5), (3, 1), (2, 2), (4, None)]:
            push(crm(number, at=f"2026-10-0{number}", speed=speed))
        return {"inbox": "crm"}


class ToAnAddress(NotifierSuite):
    """What holds for every service."""

    plugin = loaded("plugins/apprise.py").Apprise
    scheme = ""
    failing = {
        "nobody is there": Failing({"to": ["json://127.0.0.1:1/opensesame1234"]}, retryable=True),
        "no service is called so": Failing({"to": ["pigeon://opensesame1234"]}, retryable=True),
        "an address that is not set": Failing({"to": ["${env:NOBODY_SET_THIS}"]}),
    }

    @pytest.fixture
    def options(self, web: WebServer, monkeypatch: pytest.MonkeyPatch) -> Mapping[str, Any]:
        there = web.answers(f"/{ADDRESS}").removeprefix("http://")
        monkeypatch.setenv("BOARD", f"{self.scheme}://{there}")
        return {"to": ["${env:BOARD}"]}

    @pytest.fixture
    def received(self, web: WebServer) -> Callable[[], Sequence[str]]:
        return web.received


class TestAppriseJson(ToAnAddress):
    scheme = "json"


class TestAppriseXml(ToAnAddress):
    scheme = "xml"


class TestAppriseForm(ToAnAddress):
    scheme = "form"
