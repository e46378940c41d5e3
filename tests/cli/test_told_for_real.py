"""From the YAML through ``loopqa tick`` to a mail server, a web hook and Apprise's ``json://``."""

from __future__ import annotations

import base64
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from loopqa.testing import WebServer, serving
from tests.mail_server import certificate, mail_server

__all__ = ["certificate", "mail_server"]

APPRISE = Path(__file__).parents[2] / "plugins" / "apprise.py"
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
TOKEN = "opensesame"
SETTINGS = """\
languages: [{languages}]
mail:
  host: localhost
  port: {port}
  security: starttls
  user: qa
  password: ${{env:MAIL_PASSWORD}}
  from: 服务质量小组 <quality@example.com>
"""
RULES = """\
notify:
  - {on: [finding.opened, verdict.reached], type: email, to: [li@example.com]}
  - {on: [finding.opened, verdict.reached], type: webhook, url: "${env:HOOK}", secret: "${env:KEY}"}
  - {on: [finding.opened, verdict.reached], type: apprise, to: ["${env:BOARD}"]}
"""
TOLD = {
    "zh, en": ("F-1：“responsiveness”未达要求（channel=phone）", "详见 `loopqa finding show F-1`"),
    "en": ("F-1: responsiveness fell short (channel=phone)", "see `loopqa finding show F-1`"),
}


@pytest.fixture
def web():
    with serving() as server:
        server.answers("/hook", status=204)
        server.answers(f"/{TOKEN}")
        yield server


@pytest.fixture
def told(at, web: WebServer, mail_server, monkeypatch) -> Any:
    """A workspace at a stage that tells its events by all three."""
    monkeypatch.setenv("HOOK", f"{web.url}/hook")
    monkeypatch.setenv("KEY", SECRET)
    monkeypatch.setenv("MAIL_PASSWORD", TOKEN)
    monkeypatch.setenv("BOARD", f"{web.url.replace('http', 'json')}/{TOKEN}")
    mails = mail_server("starttls", login=True)

    def stand(stage: str, day: str, languages: str) -> tuple[Path, Any]:
        root = at(stage, day)
        settings = SETTINGS.format(port=mails.port, languages=languages)
        (root / "loopqa.yaml").write_text(settings, encoding="utf-8")
        with (root / "workflows" / "hotline.yaml").open("a", encoding="utf-8") as flow:
            flow.write(RULES)
        (root / "plugins").mkdir(exist_ok=True)
        shutil.copy(APPRISE, root / "plugins")
        return root, mails

    return stand


def by_path(web: WebServer) -> dict[str, Any]:
    """The one request to each address."""
    assert len(web.requests) == 2
    return {request.path: request for request in web.requests}


@pytest.mark.parametrize("languages", TOLD)
def test_a_finding_reaches_everybody(told, loopqa, web, languages):
    _, mails = told("new", "2026-02-04", languages)
    assert loopqa("check").code == 0
    assert loopqa("run").code == 0
    ticked = loopqa("tick")
    assert ticked.code == 0, ticked.err
    assert "M-3 delivered: apprise to ${env:BOARD}" in ticked.lines
    subject, last = TOLD[languages]
    (mail,) = mails.mails
    requests = by_path(web)
    hooked = Webhook(SECRET).verify(requests["/hook"].body, dict(requests["/hook"].headers))
    board = json.loads(requests[f"/{TOKEN}"].body)
    for title, body in (
        (mail["Subject"], mail.get_content()),
        (hooked["data"]["subject"], hooked["data"]["body"]),
        (board["title"], board["message"]),
    ):
        assert title == subject
        assert last in body.splitlines()
    assert board["type"] == "warning"
    shown = loopqa("outbox", "show", "M-3", "--json").json
    assert requests[f"/{TOKEN}"].headers["idempotency-key"] == shown["key"]


def test_a_verdict_reaches_everybody(told, loopqa, web, monkeypatch):
    _, mails = told("closed", "2026-04-01", "zh, en")
    loopqa("tick")
    monkeypatch.setenv("LOOPQA_NOW", "2026-05-02")
    assert loopqa("tick").code == 0
    monkeypatch.setenv("LOOPQA_NOW", "2026-05-03")
    assert loopqa("tick").code == 0
    subjects = {
        *(mail["Subject"] for mail in mails.mails),
        *(json.loads(one.body)["data"]["subject"] for one in web.requests if one.path == "/hook"),
        *(json.loads(one.body)["title"] for one in web.requests if one.path != "/hook"),
    }
    assert len(web.requests) == 2 * len(mails.mails)
    assert subjects == {"A-1 在“responsiveness”上的结论 V-1：改善"}


def test_a_refusal_is_told_and_tried_again_without_the_address_anywhere(
    told, loopqa, web, monkeypatch
):
    root, _ = told("new", "2026-02-04", "en")
    web.answers(f"/{TOKEN}", status=503)
    loopqa("run")
    ticked = loopqa("tick")
    assert ticked.code == 3
    assert "the receiver answered 503" in ticked.err
    shown = [loopqa(*words) for words in (("outbox", "list"), ("outbox", "show", "M-3"))]
    said = "".join(one.out + one.err for one in (ticked, *shown, loopqa("status")))
    assert TOKEN not in said
    assert "${env:BOARD}" in shown[0].out
    web.answers(f"/{TOKEN}")
    monkeypatch.setenv("LOOPQA_NOW", "2026-02-05")
    assert "M-3 delivered: apprise to ${env:BOARD}" in loopqa("tick").lines
    first, second = (one for one in web.requests if one.path == f"/{TOKEN}")
    assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
    kept = [file for file in (root / ".loopqa").rglob("*") if file.is_file()]
    assert kept
    assert not [file for file in kept if TOKEN.encode() in file.read_bytes()]


def test_an_address_in_plain_is_refused(told, loopqa):
    root, _ = told("new", "2026-02-04", "en")
    flow = root / "workflows" / "hotline.yaml"
    flow.write_text(flow.read_text("utf-8").replace("${env:BOARD}", f"slack://{TOKEN}"), "utf-8")
    checked = loopqa("check")
    assert checked.code == 2
    assert "'to' stands in the file for everybody to read" in checked.out
    assert TOKEN not in checked.out


def test_everybody_can_be_tried_out(told, loopqa, web):
    told("new", "2026-02-04", "zh, en")
    assert loopqa("outbox", "test", "--yes").code == 0
    assert json.loads(by_path(web)[f"/{TOKEN}"].body)["type"] == "info"
