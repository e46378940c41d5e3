"""Notifier ``email``: plain text mails over SMTP (RFC 5321, RFC 5322)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from loopqa.builtin.one_line import one_line, plain_lines
from loopqa.builtin.smtp import Server, hand_over
from loopqa.errors import PluginError
from loopqa.language import Text, text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.notifier import Delivery, Notifier, Outgoing
from loopqa.plugin.options import Options
from loopqa.plugin.secret import Secret, looked_up, revealed

if TYPE_CHECKING:
    from email.message import EmailMessage

#: Local part without quoting, and a domain; what else RFC 5322 allows is never used by people.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[^\s@<>\"(),:;\\\[\]]{1,253}")
_PORTS = {"starttls": 587, "tls": 465, "none": 25}


def _address(written: str) -> str:
    if not _ADDRESS.fullmatch(written):
        raise ValueError(text("'{address}' is no e-mail address", address=one_line(written)))
    return written


def _sender(written: str) -> str:
    """``qa@example.com``, or with a name before it: ``Quality team <qa@example.com>``."""
    _address(_bare(written))
    return one_line(written)


def _bare(written: str) -> str:
    """The address alone, where a name stands before it."""
    named = re.fullmatch(r"[^<>]*<([^<>]*)>\s*", written)
    return named[1] if named else written


def _name(written: str) -> str:
    """The name before an address; empty where there is none."""
    return written.partition("<")[0].strip().strip('"') if "<" in written else ""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Address = Annotated[str, AfterValidator(_address)]
Addresses = Annotated[list[Address], BeforeValidator(_listed), Field(min_length=1)]
Sender = Annotated[str, AfterValidator(_sender)]


class EmailOptions(Options):
    """Options of the notifier ``email``; all but ``to`` come from ``mail:`` of ``loopqa.yaml``."""

    to: Addresses  #: one address or several; each gets a mail of its own
    host: str | None = None  #: the mail server; may be "${env:NAME}"
    port: int | None = Field(default=None, ge=1, le=65535)  #: None: 587, 465 (tls) or 25 (none)
    security: Literal["starttls", "tls", "none"] = "starttls"  #: nothing is sent in the clear else
    user: str | None = None  #: None: no login
    password: Secret | None = None  #: as "${env:NAME}" or "${file:PATH}"
    sender: Sender | None = Field(default=None, alias="from")
    timeout: float = Field(default=30, gt=0, le=120)  #: seconds to wait for any one answer


class Email(Notifier):
    """Sends one mail a recipient; the ``Message-ID`` is the same in every try."""

    type = "email"
    summary = text("an e-mail to each address in 'to', by the mail server in loopqa.yaml")
    Config = EmailOptions
    config: EmailOptions
    defaults = "mail"

    def lacking(self) -> Text | None:
        """A server, and who the mails are from."""
        if self.config.host is None:
            return text("no mail server is named: loopqa.yaml lacks 'mail: {{host: ...}}'")
        if self.config.sender is None:
            return text("mails are from nobody: loopqa.yaml lacks 'mail: {{from: ...}}'")
        return None

    def send(self, outgoing: Outgoing) -> Delivery:
        """Hand the mail to the server."""
        lacking = self.lacking()
        if lacking is not None:
            raise PluginError(lacking, retryable=True)
        sender = self.config.sender or ""
        hand_over(written(outgoing, sender), self._server())
        return Delivery()

    def _server(self) -> Server:
        config = self.config
        return Server(
            looked_up(config.host or "", self.root),
            config.port or _PORTS[config.security],
            config.security,
            config.timeout,
            None if config.user is None else looked_up(config.user, self.root),
            "" if config.password is None else revealed(config.password, self.root),
        )


def written(outgoing: Outgoing, sender: str) -> EmailMessage:
    """The mail as it goes out; no text can add a header or end one (RFC 5322, RFC 3834)."""
    from email.headerregistry import Address as Mailbox  # noqa: PLC0415 - slow to import
    from email.message import EmailMessage  # noqa: PLC0415
    from email.policy import SMTP  # noqa: PLC0415
    from email.utils import format_datetime  # noqa: PLC0415

    author = _in_ascii(_bare(sender))
    message = EmailMessage(policy=SMTP)
    message["From"] = Mailbox(_name(sender), addr_spec=author)
    message["To"] = Mailbox(addr_spec=_in_ascii(outgoing.recipient or ""))
    message["Subject"] = one_line(outgoing.subject)
    message["Date"] = format_datetime(outgoing.at)
    message["Message-ID"] = f"<{outgoing.key}@{author.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message["X-LoopQA-Event"] = one_line(outgoing.event)
    message.set_content(plain_lines(outgoing.body), charset="utf-8")
    return message


def _in_ascii(address: str) -> str:
    """The address with its domain as the name service knows it (RFC 3490)."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{domain.encode('idna').decode('ascii')}"
    except UnicodeError:
        raise PluginError(text("'{address}' is no e-mail address", address=address)) from None


@hookimpl
def loopqa_notifiers() -> Sequence[type[Notifier]]:
    """The notifier of this file."""
    return [Email]
