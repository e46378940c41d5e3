"""The plugin ``plugins/apprise.py`` against a real HTTP server, with the real library."""

from __future__ import annotations

import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from loopqa.errors import DataError, DefinitionError, PluginError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Notifier, Outgoing, PluginHost, config_of
from tests.web_receiver import Receiver, receiver

__all__ = ["receiver"]

SHIPPED = Path(__file__).parents[2] / "plugins" / "apprise.py"
TOKEN = "opensesame"
OUTGOING = Outgoing(
    key="msg_6e29ef7a00d5f3a90c4fcd7cf0ab7d50",
    event="action.overdue",
    about="A-3",
    subject="A-3：逾期",
    body="A-3：逾期\n工作流 desk\n\nA-3 is *overdue* [now](http://example.com)\nworkflow desk\n",
    recipient="${env:BOARD}",
    at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    workflow="desk",
)
#: The robots' fixed addresses, as apprise calls those who know them.
ROBOTS = {
    "dingtalk": "NotifyDingTalk",
    "feishu": "NotifyFeishu",
    "lark": "NotifyLark",
    "wecombot": "NotifyWeComBot",
}


@pytest.fixture
def host(tmp_path: Path) -> PluginHost:
    (tmp_path / "plugins").mkdir()
    shutil.copy(SHIPPED, tmp_path / "plugins")
    return PluginHost(tmp_path)


def notifier(host: PluginHost, spec: PluginSpec) -> Notifier:
    """The notifier, sending in this process, where a test can say where robots live."""
    kind = host.notifier("apprise")
    return kind(config_of(kind, spec.options), root=Path())


@pytest.fixture
def send(host: PluginHost, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Send a message to the receiver by an address of some kind."""
    place = receiver.url.removeprefix("http://")

    def call(kind: str = "json", *, outgoing: Outgoing = OUTGOING, **options: object) -> None:
        address = f"{kind}://li:{TOKEN}@{place}" if "://" not in kind else kind
        monkeypatch.setenv("BOARD", address)
        spec = PluginSpec("apprise", {"to": ["${env:BOARD}"], **options})
        made = notifier(host, spec)
        made.send(outgoing)

    return call


@pytest.fixture
def robot(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let a robot of apprise talk to the receiver; its service's address is fixed."""

    def move(scheme: str) -> None:
        known = getattr(import_module(f"apprise.plugins.{scheme}"), ROBOTS[scheme])
        assert known.notify_url.startswith("https://")
        monkeypatch.setattr(known, "notify_url", receiver.url)
        monkeypatch.setattr(known, "request_rate_per_sec", 0)  # one of them waits 5 s

    return move


def refused(send: Any, *arguments: Any, **options: Any) -> PluginError:
    with pytest.raises(PluginError) as raised:
        send(*arguments, **options)
    assert TOKEN not in str(raised.value)
    return raised.value


def posted(receiver: Receiver) -> Any:
    ((_, body),) = receiver.posts
    return json.loads(body)


def test_a_message_arrives_with_its_urgency_and_the_key_of_the_outbox(send, receiver):
    send()
    ((headers, body),) = receiver.posts
    assert headers["idempotency-key"] == OUTGOING.key
    assert headers["user-agent"] == "LoopQA"
    told = json.loads(body)
    assert told["title"] == "A-3：逾期"
    assert told["message"] == OUTGOING.body.strip()
    assert told["type"] == "warning"


def test_every_try_carries_the_same_key(send, receiver):
    send()
    send()
    first, second = (headers["idempotency-key"] for headers, _ in receiver.posts)
    assert first == second


def test_xml_and_forms_carry_it_as_well(send, receiver):
    send("xml")
    send("form")
    (xml, document), (form, fields) = receiver.posts
    assert xml["idempotency-key"] == form["idempotency-key"] == OUTGOING.key
    assert "<Subject>A-3：逾期</Subject>" in document.decode()
    assert parse_qs(fields.decode())["message"] == [OUTGOING.body.strip()]


def test_markdown_keeps_lines_apart_and_makes_no_links(send, receiver):
    send(format="markdown")
    assert posted(receiver)["message"] == (
        "A-3：逾期  \n工作流 desk  \n  \n"
        r"A-3 is \*overdue\* \[now\](http://example.com)"
        "  \nworkflow desk"
    )


def test_a_long_body_is_cut_to_what_the_service_takes(send, receiver, robot):
    robot("wecombot")
    receiver.status = 200
    long = Outgoing(**{**vars(OUTGOING), "body": "很长。" * 2000})
    send(f"wecombot://{TOKEN}", outgoing=long)
    content = posted(receiver)["text"]["content"]
    assert content.startswith("A-3：逾期")
    assert content.endswith("…")
    assert 2000 < len(content.encode()) <= 2048


@pytest.mark.parametrize(
    ("scheme", "answer", "why"),
    [
        (
            "dingtalk",
            {"errcode": 310000, "errmsg": f"keywords not in content, token {TOKEN * 4}"},
            "310000 keywords not in content, token ***",
        ),
        (
            "wecombot",
            {"errcode": 45009, "errmsg": "api freq out of limit"},
            "45009 api freq out of limit",
        ),
        (
            "feishu",
            {"code": 19021, "msg": "sign match fail or timestamp is not within one hour"},
            "19021 sign match fail or timestamp is not within one hour",
        ),
        ("lark", {"code": 9499, "msg": "Bad Request", "data": {}}, "9499 Bad Request"),
    ],
)
def test_a_robot_that_refuses_with_200_has_not_taken_the_message(
    send, receiver, robot, scheme, answer, why
):
    robot(scheme)
    receiver.status, receiver.answer = 200, json.dumps(answer).encode()
    error = refused(send, f"{scheme}://{TOKEN * 4}")
    assert error.retryable
    assert str(error) == f"the service did not take it: {why}"
    assert len(receiver.posts) == 1


def test_a_robot_by_the_address_of_its_own_web_page_is_known_as_well(send, receiver, robot):
    robot("wecombot")
    receiver.status, receiver.answer = 200, b'{"errcode": 93000, "errmsg": "invalid webhook url"}'
    error = refused(send, f"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={TOKEN * 4}")
    assert str(error) == "the service did not take it: 93000 invalid *** url"


@pytest.mark.parametrize(
    ("scheme", "answer"),
    [
        ("dingtalk", b'{"errcode": 0, "errmsg": "ok"}'),
        ("wecombot", b'{"errcode": 0, "errmsg": "ok"}'),
        ("feishu", b'{"code": 0, "data": {}, "msg": "success"}'),
        ("feishu", b'{"StatusCode": 0, "StatusMessage": "success"}'),
        ("lark", b'{"code": 0}'),
        ("dingtalk", b"[]"),
        ("dingtalk", b"<html>"),
    ],
)
def test_a_robot_that_takes_the_message_has_it(send, receiver, robot, scheme, answer):
    robot(scheme)
    receiver.status, receiver.answer = 200, answer
    send(f"{scheme}://{TOKEN * 4}")
    assert len(receiver.posts) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410, 301])
def test_a_refusal_for_good_is_not_tried_again(send, receiver, status):
    receiver.status = status
    receiver.headers = {"location": "/elsewhere"}
    error = refused(send)
    assert not error.retryable
    assert str(error) == f"the receiver answered {status}"
    assert receiver.paths == ["/hook"]


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_service_that_asks_for_patience_is_tried_again_when_it_says(send, receiver, status):
    receiver.status, receiver.headers = status, {"Retry-After": "90"}
    error = refused(send)
    assert error.retryable
    assert error.retry_after == 90


def test_a_service_that_does_not_answer_is_tried_again(send, receiver):
    receiver.delay = 0.5
    error = refused(send, timeout=0.1)
    assert error.retryable
    assert str(error) == "no answer within 0.1 s"


def test_a_service_that_is_not_there_is_told_in_the_systems_words(send):
    error = refused(send, f"json://li:{TOKEN}@127.0.0.1:1/x")
    assert error.retryable
    assert str(error) == "no connection: Connection refused"


def test_what_other_transports_say_is_told_without_the_address(send):
    error = refused(send, f"mailto://li:{TOKEN}@example.com:1/?to=wu@example.com&smtp=127.0.0.1")
    assert error.retryable
    assert str(error) == (
        'the service did not take it: Connection error while submitting email to "***"'
    )


@pytest.mark.parametrize("address", [f"carrier-pigeon://{TOKEN}", f"xmls://:{TOKEN}@"])
def test_an_address_that_apprise_does_not_know_waits_to_be_mended(send, address):
    error = refused(send, address)
    assert error.retryable
    assert str(error).startswith("Apprise does not know the address of the message")


def test_an_address_that_is_not_set_is_named_by_its_variable(host, monkeypatch):
    monkeypatch.delenv("BOARD", raising=False)
    made = host.make_notifier(PluginSpec("apprise", {"to": ["${env:BOARD}"]}), root=Path())
    with pytest.raises(DataError, match="BOARD is not set"):
        made.send(OUTGOING)


def test_the_log_of_apprise_reaches_nobody(send, receiver, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    receiver.status = 500
    refused(send)
    assert TOKEN not in caplog.text
    assert capfd.readouterr() == ("", "")


def test_several_messages_at_a_time_keep_their_own_reasons(host, receiver, monkeypatch):
    receiver.status = 404
    place = receiver.url.removeprefix("http://")
    monkeypatch.setenv("THERE", f"json://{place}")
    monkeypatch.setenv("GONE", "json://127.0.0.1:1/")

    def tried(name: str) -> str:
        spec = PluginSpec("apprise", {"to": [f"${{env:{name}}}"]})
        with pytest.raises(PluginError) as raised:
            notifier(host, spec).send(OUTGOING)
        return str(raised.value)

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(tried, ["THERE", "GONE"] * 8))
    assert said == ["the receiver answered 404", "no connection: Connection refused"] * 8


def test_an_address_alone_needs_no_list_and_none_is_refused(host):
    assert host.make_notifier(PluginSpec("apprise", {"to": "${env:BOARD}"}), root=Path())
    with pytest.raises(DefinitionError):
        host.make_notifier(PluginSpec("apprise", {"to": []}), root=Path())
