"""The notifier ``email`` against a real mail server on loopback."""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loopqa.builtin.notifier_email import written
from loopqa.errors import DefinitionError, LoopQAError, PluginError
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import Notifier, Outgoing, PluginHost
from tests.mail_server import certificate, mail_server

__all__ = ["certificate", "mail_server"]

OUTGOING = Outgoing(
    key="msg_6e29ef7a00d5f3a90c4fcd7cf0ab7d50",
    event="verdict.reached",
    about="V-3",
    subject="V-3：A-1 的“响应速度”有改善",
    body="V-3：A-1 的“响应速度”有改善\n\nV-3 on A-1, speed: improved\n",
    recipient="li@example.com",
    at=datetime(2026, 11, 22, 6, 0, tzinfo=UTC),
    workflow="desk",
)


def notifier(options: dict[str, object], root: Path = Path()) -> Notifier:
    spec = PluginSpec("email", {"to": ["li@example.com"], "security": "none", **options})
    return PluginHost().make_notifier(spec, root=root)


def refusal(options: dict[str, object]) -> PluginError:
    with pytest.raises(PluginError) as raised:
        notifier(options).send(OUTGOING)
    return raised.value


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_arrives_as_it_was_written(mail_server, security):
    server = mail_server(security)
    notifier(server.options(security=security)).send(OUTGOING)
    (mail,) = server.mails
    assert mail["Subject"] == OUTGOING.subject
    assert mail.get_content().replace("\r\n", "\n") == OUTGOING.body
    assert mail["Message-ID"] == "<msg_6e29ef7a00d5f3a90c4fcd7cf0ab7d50@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == OUTGOING.at
    assert mail["From"] == "QA <qa@example.com>"
    assert server.recipients == ["li@example.com"]
    assert server.secure == [security != "none"]


def test_the_password_comes_from_the_environment(mail_server, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "opensesame")
    server = mail_server("starttls", login=True)
    login = {"user": "qa", "password": "${env:MAIL_PASSWORD}", "security": "starttls"}
    notifier(server.options(**login)).send(OUTGOING)
    assert len(server.mails) == 1


def test_a_wrong_password_is_told_without_it_and_the_mail_waits(mail_server, monkeypatch):
    monkeypatch.setenv("MAIL_PASSWORD", "wrong-and-secret")
    server = mail_server("starttls", login=True)
    login = {"user": "qa", "password": "${env:MAIL_PASSWORD}", "security": "starttls"}
    error = refusal(server.options(**login))
    assert error.retryable
    assert f"mail server localhost:{server.port} refused the login: 535" in str(error)
    assert "wrong-and-secret" not in str(error)
    assert server.mails == []


def test_a_missing_password_is_told_by_its_name(mail_server):
    server = mail_server("starttls", login=True)
    login = {"user": "qa", "password": "${env:NO_SUCH_PASSWORD}", "security": "starttls"}
    with pytest.raises(LoopQAError, match="NO_SUCH_PASSWORD is not set"):
        notifier(server.options(**login)).send(OUTGOING)


def test_nothing_is_sent_in_the_clear_to_a_server_without_starttls(mail_server):
    server = mail_server("none")
    error = refusal(server.options(security="starttls"))
    assert "offers no STARTTLS" in str(error)
    assert error.retryable
    assert server.mails == []


def test_a_server_with_a_certificate_nobody_vouches_for_gets_nothing(mail_server, monkeypatch):
    server = mail_server("tls")
    monkeypatch.delenv("SSL_CERT_FILE")
    error = refusal(server.options(security="tls"))
    assert "CERTIFICATE_VERIFY_FAILED" in str(error) or "certificate" in str(error).lower()
    assert error.retryable


@pytest.mark.parametrize(
    ("answer", "retryable"),
    [("550 5.1.1 no such mailbox", False), ("452 4.2.2 mailbox full", True)],
)
def test_a_refusal_for_good_is_not_tried_again(mail_server, answer, retryable):
    server = mail_server()
    server.answers["li@example.com"] = answer
    error = refusal(server.options())
    assert error.retryable is retryable
    assert answer in str(error)


@pytest.mark.parametrize(
    ("handler", "answer"),
    [
        ("handle_MAIL", "530 5.7.0 authentication required"),
        ("handle_MAIL", "550 5.7.1 sender not allowed"),
        ("handle_RCPT", "530 5.7.0 authentication required"),
    ],
)
def test_what_our_own_settings_can_mend_is_tried_again(mail_server, handler, answer):
    async def refuses(*_):
        return answer

    server = mail_server()
    setattr(server, handler, refuses)
    error = refusal(server.options())
    assert error.retryable
    assert server.mails == []


def test_a_server_that_is_not_there_is_tried_again():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    error = refusal({"host": "127.0.0.1", "port": port, "from": "qa@example.com"})
    assert error.retryable
    assert "Connection refused" in str(error)


def test_without_a_mail_server_the_mail_waits_for_one():
    made = notifier({})
    assert "no mail server is named" in str(made.lacking())
    error = refusal({})
    assert error.retryable


def test_what_a_rule_leaves_open_comes_from_the_settings(mail_server):
    server = mail_server()
    host = PluginHost(defaults={"mail": server.options(security="none")})
    spec = PluginSpec("email", {"to": ["li@example.com"], "from": "desk@example.com"})
    host.make_notifier(spec, root=Path()).send(OUTGOING)
    assert [mail["From"] for mail in server.mails] == ["desk@example.com"]


def test_names_and_domains_in_chinese_arrive(mail_server):
    server = mail_server()
    options = server.options(to="li@例子.cn") | {"from": "服务质量小组 <quality@例子.cn>"}
    notifier(options).send(replace(OUTGOING, recipient="li@例子.cn"))
    (mail,) = server.mails
    assert mail["From"].addresses[0].display_name == "服务质量小组"
    assert server.recipients == ["li@xn--fsqu00a.cn"]
    assert mail["Message-ID"] == f"<{OUTGOING.key}@xn--fsqu00a.cn>"


@pytest.mark.parametrize(
    "address", ["li", "li@example.com\r\nBcc: all@example.com", "li@a,wu@b", "<li@example.com>", ""]
)
def test_an_address_that_is_none_is_refused_before_anything_is_sent(address):
    with pytest.raises(DefinitionError):
        notifier({"to": [address]})


@given(st.text(), st.text(), st.text(max_size=40))
def test_no_text_adds_a_header_to_a_mail(subject, body, event):
    injected = "\r\nBcc: all@example.com\r\n\r\nhello"
    outgoing = replace(
        OUTGOING, subject=f"{subject}{injected}", body=f"{body}\r\n.\r\n{injected}", event=event
    )
    raw = written(outgoing, "QA <qa@example.com>").as_bytes()
    mail = message_from_bytes(raw, policy=policy.default)
    assert sorted(mail.keys()) == sorted(written(OUTGOING, "QA <qa@example.com>").keys())
    assert mail["Bcc"] is None
    assert mail["To"] == "li@example.com"
    assert "\n" not in mail["Subject"]
