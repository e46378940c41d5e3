"""One tick tells the same finding by mail, by webhook and into a file, over real connections."""

from __future__ import annotations

import base64
import json
from email.message import EmailMessage

import pytest
from standardwebhooks import Webhook

from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from tests.engine.told_desk import Told
from tests.mail_server import certificate, mail_server
from tests.postgres_server import postgres_server, postgres_url
from tests.web_receiver import receiver

__all__ = ["certificate", "mail_server", "postgres_server", "postgres_url", "receiver"]

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
RULES = (
    "{on: [finding.opened], type: email, to: [li@example.com, gone@example.com]}",
    '{on: all, type: webhook, url: "${env:HOOK}", secret: "${env:HOOK_SECRET}"}',
    "{on: all, type: file, path: told.jsonl}",
)
MAIL = """\
languages: [zh, en]
state: {state}
mail:
  host: localhost
  port: {port}
  security: starttls
  user: qa
  password: ${{env:MAIL_PASSWORD}}
  from: 服务质量小组 <quality@example.com>
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def state(request: pytest.FixtureRequest) -> str:
    """Where the state is: a file, or an empty database of a real server."""
    if request.param == "sqlite":
        return "sqlite:///.loopqa/state.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def told(desk, monkeypatch, receiver, mail_server, state) -> Told:
    monkeypatch.setenv("HOOK", receiver.url)
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("MAIL_PASSWORD", "opensesame")
    server = mail_server("starttls", login=True)
    server.answers["gone@example.com"] = "550 5.1.1 no such mailbox"
    settings = MAIL.format(port=server.port, state=state)
    (desk.root / "loopqa.yaml").write_text(settings, encoding="utf-8")
    made = Told.of(desk.root, *RULES)
    made.server = server
    return made


def test_everybody_is_told_over_real_connections(told, receiver):
    with told.at("2026-10-02T12:00:00") as ws:
        run_workflow(ws, "desk-monthly")
    with told.at("2026-10-02T12:05:00") as ws:
        done = tick(ws)
    assert sorted(one.notifier for one in done.delivered) == ["email", "file", "webhook"]
    (refused,) = done.undelivered
    assert refused.message.recipient == "gone@example.com"
    assert "550 5.1.1 no such mailbox" in str(refused.error)
    assert "opensesame" not in str(done)
    (mail,) = told.server.mails
    _check_mail(mail)
    ((headers, body),) = receiver.posts
    assert Webhook(SECRET).verify(body, headers)["data"]["about"] == "F-1"
    (line,) = (told.root / "told.jsonl").read_text("utf-8").splitlines()
    keys = [
        mail["Message-ID"][1:].partition("@")[0],
        headers["webhook-id"],
        json.loads(line)["key"],
    ]
    assert len(set(keys)) == 3
    assert all(key.startswith("msg_") for key in keys)


def _check_mail(mail: EmailMessage) -> None:
    assert mail["From"] == "服务质量小组 <quality@example.com>"
    assert mail["Subject"] == "F-1：“speed”未达要求（channel=phone）"
    chinese, english = mail.get_content().replace("\r\n", "\n").split("\n\n")
    assert chinese.endswith("详见 `loopqa finding show F-1`")
    assert english.startswith("F-1: speed fell short (channel=phone)")
