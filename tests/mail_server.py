"""A real mail server on loopback for tests: plain, with STARTTLS or TLS, with or without login.

Its certificate is made for the occasion; ``SSL_CERT_FILE`` makes clients trust it.
"""

from __future__ import annotations

import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

HOST = "127.0.0.1"


@dataclass
class MailServer:
    """What the server has taken, and how it treats recipients."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    secure: list[bool] = field(default_factory=list)  #: whether each mail came encrypted
    answers: dict[str, str] = field(default_factory=dict)  #: recipient → refusal

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        made = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)
        self.recipients += envelope.rcpt_tos
        encrypted = server.transport.get_extra_info("ssl_object") is not None
        self.secure.append(encrypted or session.ssl is not None)
        return "250 taken"

    def options(self, **more: Any) -> dict[str, Any]:
        """Where the server is, as options of the notifier."""
        return {"host": "localhost", "port": self.port, "from": "QA <qa@example.com>", **more}


def _authenticated(server: Any, session: Any, envelope: Any, how: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and data == LoginPassword(b"qa", b"opensesame")
    return AuthResult(success=right, handled=False)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of a server called localhost, in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 "
        "-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out cert.pem"
    )
    subprocess.run(command.split(), cwd=folder, check=True, capture_output=True)
    both = folder / "both.pem"
    both.write_text((folder / "key.pem").read_text() + (folder / "cert.pem").read_text())
    return both


@pytest.fixture
def mail_server(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., MailServer]]:
    """Starts a server: ``mail_server(security="starttls", login=True)``."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    running: list[Controller] = []

    def start(security: str = "none", login: bool = False) -> MailServer:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        made = MailServer()
        options: dict[str, Any] = {"hostname": HOST, "port": 0}
        if security == "starttls":
            options |= {"tls_context": context, "require_starttls": True}
        if login:
            options |= {
                "authenticator": _authenticated,
                "auth_required": True,
                "auth_require_tls": security == "starttls",
            }
        server = _Loopback(made, ssl_context=context if security == "tls" else None, **options)
        server.start()
        made.port = server.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        running.append(server)
        return made

    yield start
    for server in running:
        server.stop()


class _Loopback(Controller):
    """A controller on a port that the system chooses."""

    def _trigger_server(self) -> None:
        """Have it answer once; its port is only known now."""
        socket.create_connection((HOST, self.server.sockets[0].getsockname()[1])).close()
