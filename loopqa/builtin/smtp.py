"""Handing one mail to a mail server, and what its refusal means for another try."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from loopqa.builtin.one_line import one_line
from loopqa.errors import PluginError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from email.message import EmailMessage
    from smtplib import SMTP


@dataclass(frozen=True)
class Server:
    """A mail server, and how to log in."""

    host: str
    port: int
    security: str  #: starttls, tls or none
    timeout: float  #: seconds for any one answer
    user: str | None = None
    password: str = field(default="", repr=False)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


def hand_over(message: EmailMessage, server: Server) -> None:
    """Have the server take ``message``.

    Raises:
        PluginError: it did not. Not retryable where it refuses this mail or its recipient for good
            (5xx), so that nobody sends it again and again; retryable where it asks for patience
            (4xx), is not there, refuses us as a client, or where our own settings are at fault
            (login, STARTTLS, sender): they can be mended.
    """
    import smtplib  # noqa: PLC0415 - slow to import, seldom needed

    try:
        with _connected(server) as session:
            session.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise _refusal(server, code, said) from None
    except smtplib.SMTPAuthenticationError as error:
        raise _failed(_login_refused(server, error.smtp_code), hint=_LOGIN) from None
    except smtplib.SMTPDataError as error:
        raise _refusal(server, error.smtp_code, error.smtp_error) from None
    except smtplib.SMTPResponseException as error:  # of us: the greeting, STARTTLS, the sender
        raise _refusal(server, error.smtp_code, error.smtp_error, for_good=()) from None
    except smtplib.SMTPNotSupportedError:
        raise _failed(
            text("mail server {server} offers no STARTTLS or no login", server=str(server)),
            hint=text("set 'security' to tls, or to none for a server on this machine"),
        ) from None
    except (smtplib.SMTPException, OSError) as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise _failed(
            text("mail server {server}: {why}", server=str(server), why=one_line(str(why)))
        ) from None
    except ValueError as error:  # what the library refuses to send, such as an address
        raise PluginError(text("the mail can't be sent: {why}", why=one_line(str(error)))) from None


#: Refusals of a mail; 530 and 538 want a login or encryption, which our settings can bring.
_FOR_GOOD = frozenset(range(500, 600)) - {530, 538}
_LOGIN = text("check 'user' and 'password'; the mail waits meanwhile")


@contextmanager
def _connected(server: Server) -> Iterator[SMTP]:
    import smtplib  # noqa: PLC0415
    import ssl  # noqa: PLC0415

    trust = ssl.create_default_context()
    session = (
        smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=trust)
        if server.security == "tls"
        else smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    )
    try:
        if server.security == "starttls":
            session.starttls(context=trust)
        if server.user is not None:
            session.login(server.user, server.password)
        yield session
    finally:
        _part(session)


def _part(session: SMTP) -> None:
    """Say goodbye; what the server says to that changes nothing about a mail it has taken."""
    import smtplib  # noqa: PLC0415

    try:
        session.quit()
    except (smtplib.SMTPException, OSError):
        session.close()


def _refusal(
    server: Server, code: int, said: bytes | str, for_good: Container[int] = _FOR_GOOD
) -> PluginError:
    words = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return PluginError(
        text(
            "mail server {server} refused: {code} {said}",
            server=str(server),
            code=code,
            said=one_line(_unveiled(words, server)),
        ),
        retryable=code not in for_good,
    )


def _unveiled(words: str, server: Server) -> str:
    """What a server says, without the password, should it repeat it."""
    return words.replace(server.password, "***") if server.password else words


def _login_refused(server: Server, code: int) -> Text:
    return text("mail server {server} refused the login: {code}", server=str(server), code=code)


def _failed(message: Text, hint: Text | None = None) -> PluginError:
    return PluginError(message, retryable=True, hint=hint)
