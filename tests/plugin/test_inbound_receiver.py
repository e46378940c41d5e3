"""The receiver of ``plugins/inbound_webhook.py``: a real process, over real HTTP."""

from __future__ import annotations

import base64
import hmac
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from standardwebhooks import Webhook

from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Outgoing, PluginHost
from tests.plugin.inbound import (
    SECRET,
    SECRETS,
    STANDARD_SECRET,
    Answer,
    Running,
    crm,
    post,
    started,
    typeform,
    wjx,
    workspace,
)
from tests.plugin.inbound_rows import rows

OUTGOING = Outgoing(
    key="msg_6e29ef7a00d5f3a90c4fcd7cf0ab7d50",
    event="verdict.reached",
    about="V-3",
    subject="V-3：改善",
    body="V-3：改善\n",
    recipient=None,
    at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    workflow="desk",
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return workspace(tmp_path_factory.mktemp("inbound"))


@pytest.fixture(scope="module")
def running(root: Path) -> Iterator[Running]:
    made = started(root)
    yield made
    log = made.kill()
    assert SECRET not in log
    assert "十分满意" not in log


def kept(root: Path, inbox: str) -> list[str]:
    return [one["_id"] for one in rows(root, inbox)]


def test_what_wjx_signs_is_kept_and_what_it_does_not_sign_is_refused(running, root):
    assert post(running.url, wjx(1, q1="5", q2="十分满意")) == 200
    assert post(running.url, wjx(2, secret="guessed", q1="1")) == 401
    unsigned = json.loads(wjx(3, q1="1").body)
    del unsigned["sign"]
    assert post(running.url, Answer("hotline", json.dumps(unsigned).encode(), {})) == 400
    assert kept(root, "hotline") == ["5657754:1"]


def test_an_honest_repeat_is_thanked_for_and_kept_once(running, root):
    before = kept(root, "hotline")
    again = wjx(7, q1="5")
    assert [post(running.url, again) for _ in range(3)] == [200, 200, 200]
    turned = dict(reversed(json.loads(again.body).items()))
    assert post(running.url, replace(again, body=json.dumps(turned).encode())) == 200
    assert kept(root, "hotline") == [*before, "5657754:7"]


def test_another_answer_under_a_signature_that_was_seen_is_a_replay(running, root):
    assert post(running.url, wjx(8, q1="1")) == 200
    assert post(running.url, wjx(8, q1="5")) == 409
    assert [one["q1"] for one in rows(root, "hotline") if one["_id"] == "5657754:8"] == ["1"]


def test_typeform_signs_the_whole_body(running, root):
    answer = typeform("a1", [{"type": "number", "number": 5, "field": {"ref": "speed"}}])
    assert post(running.url, answer) == 200
    assert post(running.url, replace(answer, body=answer.body.replace(b": 5", b": 1"))) == 401
    assert post(running.url, replace(answer, headers={})) == 401
    assert kept(root, "visit") == ["a1"]


@pytest.mark.parametrize("form", ["sha256={hex}", "{hex}", "{HEX}", "{base64}"])
def test_a_seal_may_be_written_in_any_usual_form(running, form):
    body = json.dumps({"answer": {"no": form}}).encode()
    seal = hmac.digest(SECRET.encode(), body, "sha256")
    written = form.format(
        hex=seal.hex(), HEX=seal.hex().upper(), base64=base64.b64encode(seal).decode()
    )
    assert post(running.url, Answer("crm", body, {"X-Hub-Signature-256": written})) == 200
    assert post(running.url, Answer("crm", body + b" ", {"X-Hub-Signature-256": written})) == 401


def signed(at: float, key: str = "msg_1", secret: str = STANDARD_SECRET) -> Answer:
    body = '{"data": {"about": "V-1", "score": 4}}'
    moment = datetime.fromtimestamp(int(at), UTC)
    headers = {
        "webhook-id": key,
        "webhook-timestamp": str(int(at)),
        "webhook-signature": Webhook(secret).sign(key, moment, body),
    }
    return Answer("desk", body.encode(), headers)


def test_standard_webhooks_are_verified_as_their_own_library_signs_them(running):
    assert post(running.url, signed(time.time())) == 200
    assert post(running.url, signed(time.time(), key="msg_2")) == 200
    assert post(running.url, signed(time.time() - 1000, key="msg_3")) == 401
    assert post(running.url, signed(time.time() + 1000, key="msg_3")) == 401
    other = signed(time.time(), key="msg_4")
    moved = {**other.headers, "webhook-id": "msg_5"}
    assert post(running.url, replace(other, headers=moved)) == 401


def test_what_loopqa_itself_sends_can_be_received(running, root, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", STANDARD_SECRET)
    options = {"url": f"{running.url}/desk", "secret": ["${env:HOOK_SECRET}"]}
    made = PluginHost().make_notifier(PluginSpec("webhook", options), root=Path())
    made.send(OUTGOING)
    made.send(OUTGOING)
    assert kept(root, "desk").count("V-3") == 1


def test_a_token_does_for_tools_that_sign_nothing(running):
    answer = Answer("plain", b'{"id": 1}', {})
    assert post(running.url, answer) == 401
    assert post(running.url, answer, f"?token={SECRET}") == 200
    assert post(running.url, answer, "?token=") == 401
    bearer = {"Authorization": f"Bearer {SECRET}"}
    assert post(running.url, replace(answer, headers=bearer)) == 200


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (Answer("elsewhere", b"{}", {}), 404),
        (Answer("plain", b"no json", {}), 400),
        (Answer("plain", b"[1]", {}), 400),
        (Answer("plain", b'{"a": "\xff"}', {}), 400),
        (Answer("plain", b"[" * 200_000, {}), 400),
        (Answer("plain", b'{"a": ' + b"9" * 5000 + b"}", {}), 400),
        (Answer("plain", b"", {}), 413),
        (Answer("plain", b"{}", {"content-length": "1048577"}), 413),
        (Answer("plain", b"{}", {"content-length": "-5"}), 413),
        (Answer("plain", b"{}", {"content-length": "many"}), 400),
    ],
)
def test_what_is_no_answer_is_refused(running, root, answer, status):
    before = kept(root, "plain")
    assert post(running.url, answer, f"?token={SECRET}") == status
    assert kept(root, "plain") == before


def test_only_posts_are_taken(running):
    assert post(running.url, Answer("plain", b"", {}), f"?token={SECRET}", "GET") == 405


def test_half_a_body_is_not_kept(running, root):
    before = kept(root, "plain")
    host, _, port = urlsplit(running.url).netloc.partition(":")
    with socket.create_connection((host, int(port))) as line:
        line.sendall(b"POST /plain?token=opensesame HTTP/1.1\r\ncontent-length: 99\r\n\r\n{}")
        line.shutdown(socket.SHUT_WR)
        assert line.recv(100).startswith(b"HTTP/1.0 400")
    assert kept(root, "plain") == before


def test_an_answer_that_cannot_be_kept_is_not_thanked_for(tmp_path):
    root = workspace(tmp_path / "full")
    (root / ".loopqa").mkdir()
    (root / ".loopqa" / "inbound").write_text("in the way")
    running = started(root)
    assert post(running.url, wjx(1, q1="5")) == 503
    (root / ".loopqa" / "inbound").unlink()
    assert post(running.url, wjx(1, q1="5")) == 200
    assert "hotline: 503 Service Unavailable" in running.kill()


def test_several_receivers_keep_each_answer_once(tmp_path):
    root = workspace(tmp_path / "several")
    receivers = [started(root) for _ in range(3)]
    pushes = [(one.url, wjx(number, q1="5")) for number in range(20) for one in receivers]
    with ThreadPoolExecutor(12) as pool:
        assert set(pool.map(lambda push: post(*push), pushes)) == {200}
    for one in receivers:
        one.kill()
    assert sorted(kept(root, "hotline")) == sorted(f"5657754:{number}" for number in range(20))


def test_the_folder_of_answers_is_nobody_elses(running, root):
    post(running.url, crm(1))
    assert (root / ".loopqa" / "inbound").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("inboxes", "said"),
    [
        (None, "error: inbound.yaml: the file can't be read: No such file or directory"),
        ("- wjx\n", "error: inbound.yaml: the file can't be read: ValueError"),
        ("hotline: {sender: wjy, secret: '${env:X}'}\n", "must be one of wjx, typeform"),
        ("hotline: {sender: wjx, secert: x}\n", "unknown option 'secert'"),
        ("hotline: {sender: wjx, secret: '${env:NO_SUCH}'}\n", "NO_SUCH is not set"),
        ("hotline: {sender: wjx, secret: ''}\n", "option 'secret'"),
    ],
)
def test_wrong_settings_are_told_at_the_start(tmp_path, inboxes, said):
    root = workspace(tmp_path / "wrong")
    (root / "inbound.yaml").unlink()
    if inboxes is not None:
        (root / "inbound.yaml").write_text(inboxes, encoding="utf-8")
    refused(root, said)


def test_a_port_that_cannot_be_had_is_told(tmp_path):
    root = workspace(tmp_path / "busy")
    with socket.create_server(("127.0.0.1", 0)) as other:
        refused(root, "Address already in use", "--port", str(other.getsockname()[1]))
    refused(root, "port must be 0-65535", "--port", "99999")


def test_settings_that_are_no_yaml_are_told_with_their_line(tmp_path):
    root = workspace(tmp_path / "wrong")
    (root / "inbound.yaml").write_text("hotline: {}\nvisit: ]\n", encoding="utf-8")
    refused(root, "error: inbound.yaml:2: the file can't be read: ParserError")


def refused(root: Path, said: str, *options: str) -> None:
    """Start a receiver that must refuse in one sentence."""
    done = subprocess.run(
        [sys.executable, str(root / "plugins" / "inbound_webhook.py"), str(root), *options],
        env={**os.environ, **SECRETS, "LOOPQA_LANG": "en"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert said in done.stderr
    assert "Traceback" not in done.stderr
