"""The notifier ``webhook`` against a real HTTP server, verified by the library of the standard."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook, WebhookVerificationError

from loopqa.builtin.signing import signature
from loopqa.builtin.waiting import seconds_to_wait
from loopqa.errors import DefinitionError, LoopQAError, PluginError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Notifier, Outgoing, PluginHost
from tests.web_receiver import Receiver, receiver

__all__ = ["receiver"]

SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
OLD_SECRET = "whsec_" + base64.b64encode(b"the secret of last year.").decode()
OUTGOING = Outgoing(
    key="msg_6e29ef7a00d5f3a90c4fcd7cf0ab7d50",
    event="verdict.reached",
    about="V-3",
    subject="V-3：有改善",
    body="V-3：有改善\n",
    recipient=None,
    at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    workflow="desk",
)


def notifier(receiver: Receiver, **options: object) -> Notifier:
    spec = PluginSpec("webhook", {"url": receiver.url, **options})
    return PluginHost().make_notifier(spec, root=Path())


def refusal(receiver: Receiver, **options: object) -> PluginError:
    with pytest.raises(PluginError) as raised:
        notifier(receiver, **options).send(OUTGOING)
    return raised.value


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    monkeypatch.setenv("OLD_HOOK_SECRET", OLD_SECRET)
    return lambda *names: [f"${{env:{name}}}" for name in names]


def test_a_receiver_verifies_the_signature_with_the_library_of_the_standard(receiver, secrets):
    notifier(receiver, secret=secrets("HOOK_SECRET")).send(OUTGOING)
    ((headers, body),) = receiver.posts
    assert Webhook(SECRET).verify(body, headers) == {
        "type": "verdict.reached",
        "timestamp": "2026-11-22T06:00:00Z",
        "data": {
            "about": "V-3",
            "workflow": "desk",
            "subject": "V-3：有改善",
            "body": "V-3：有改善\n",
        },
    }
    assert headers["webhook-id"] == OUTGOING.key
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body.replace(b"V-3", b"V-4"), headers)


def test_old_and_new_secret_both_verify_while_receivers_move(receiver, secrets):
    notifier(receiver, secret=secrets("HOOK_SECRET", "OLD_HOOK_SECRET")).send(OUTGOING)
    ((headers, body),) = receiver.posts
    assert Webhook(SECRET).verify(body, headers) == Webhook(OLD_SECRET).verify(body, headers)


@given(st.binary(min_size=1, max_size=64), st.binary(max_size=100), st.uuids())
def test_signatures_are_those_of_the_standard(key, body, name):
    secret = "whsec_" + base64.b64encode(key).decode()
    at = datetime(2026, 11, 22, 6, 0, tzinfo=UTC)
    text = base64.b64encode(body).decode()
    expected = Webhook(secret).sign(f"msg_{name.hex}", at, text)
    assert signature(secret, f"msg_{name.hex}", int(at.timestamp()), text.encode()) == expected


def test_a_repeat_has_the_same_key_and_content(receiver):
    notifier(receiver).send(OUTGOING)
    notifier(receiver).send(OUTGOING)
    (first, body), (second, again) = receiver.posts
    assert first["webhook-id"] == second["webhook-id"]
    assert body == again
    assert "webhook-signature" not in first


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422, 301, 307])
def test_a_refusal_for_good_is_not_tried_again(receiver, status):
    receiver.status = status
    receiver.headers = {"location": "/elsewhere", "retry-after": "7"}
    error = refusal(receiver)
    assert not error.retryable
    assert error.retry_after is None
    assert f"the receiver answered {status}" in str(error)
    assert receiver.paths == ["/hook"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_receiver_that_asks_for_patience_is_tried_again(receiver, status):
    receiver.status = status
    error = refusal(receiver)
    assert error.retryable
    assert error.retry_after is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "90"}, 90.0),
        (
            {
                "Retry-After": "Sun, 22 Nov 2026 08:00:10 GMT",
                "Date": "Sun, 22 Nov 2026 08:00:00 GMT",
            },
            10.0,
        ),
        ({"Retry-After": "Sun, 22 Nov 2020 08:00:10 GMT"}, 0.0),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": "-5"}, None),
    ],
)
def test_retry_after_is_read_in_both_forms(headers, seconds):
    lower = {name.lower(): value for name, value in headers.items()}
    assert seconds_to_wait(lower) == seconds


def test_retry_after_of_an_answer_reaches_the_outbox(receiver):
    receiver.status, receiver.headers = 503, {"Retry-After": "90"}
    assert refusal(receiver).retry_after == 90.0


def test_a_receiver_that_does_not_answer_is_tried_again(receiver):
    receiver.delay = 0.5
    error = refusal(receiver, timeout=0.1)
    assert error.retryable
    assert str(error) == "no answer within 0.1 s"


def test_a_receiver_that_is_not_there_is_told_in_the_system_s_words(receiver):
    assert str(refusal(receiver, url="http://127.0.0.1:1/x")) == "no connection: Connection refused"


def test_the_address_may_be_a_secret_and_is_told_in_no_error(receiver, monkeypatch):
    monkeypatch.setenv("HOOK", receiver.url + "?token=opensesame")
    receiver.status = 500
    told = refusal(receiver, url="${env:HOOK}")
    assert "opensesame" not in str(told)
    assert receiver.paths == ["/hook?token=opensesame"]
    monkeypatch.delenv("HOOK")
    with pytest.raises(LoopQAError, match="HOOK is not set"):
        notifier(receiver, url="${env:HOOK}").send(OUTGOING)


@pytest.mark.parametrize("url", ["ftp://example.com", "example.com", "javascript:alert(1)"])
def test_an_address_that_is_no_web_address_is_refused(receiver, url):
    with pytest.raises(DefinitionError, match="begins with https"):
        notifier(receiver, url=url)


def test_a_secret_that_is_no_base64_is_told_and_the_message_waits(receiver, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "whsec_not base64")
    error = refusal(receiver, secret=["${env:HOOK_SECRET}"])
    assert error.retryable
    assert "not base64" not in str(error)
    assert receiver.posts == []


def test_the_body_is_the_json_that_was_signed(receiver):
    notifier(receiver).send(OUTGOING)
    ((headers, body),) = receiver.posts
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["type"] == "verdict.reached"
