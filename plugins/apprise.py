"""Notifier ``apprise``: DingTalk, WeCom, Feishu, Slack, Teams and 170 other services.

Copy this file into the ``plugins`` folder of a workspace, run ``pip install 'loopqa[apprise]'``,
then write in a workflow::

    notify:
      - {on: [finding.opened, verdict.reached], type: apprise, to: ["${env:DINGTALK}"]}

with ``DINGTALK=dingtalk://SECRET@TOKEN/`` where loopqa runs. Every service has addresses of its own
(https://github.com/caronc/apprise/wiki). They hold tokens, so they stand in no definition.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, wraps
from importlib.util import find_spec
from threading import get_ident
from typing import Annotated, Any, Literal
from urllib.parse import quote, unquote

from pydantic import BeforeValidator, Field

from loopqa.plugin import (
    Delivery,
    Notifier,
    Options,
    Outgoing,
    PluginError,
    Secret,
    Text,
    hookimpl,
    revealed,
    text,
)

LOOPQA_API = "1.0"

NOT_INSTALLED = text("the library apprise is not installed", zh="没有安装 apprise 库")
INSTALL = text("run: pip install 'loopqa[apprise]'", zh="请运行：pip install 'loopqa[apprise]'")
UNKNOWN = text("Apprise does not know the address of the message", zh="Apprise 不认识消息的地址")
TRY = text("try it: apprise -vv -b test ADDRESS", zh="请试一试：apprise -vv -b test ADDRESS")

#: How urgent services show an event; all others are information.
URGENCY = {
    "finding.opened": "warning",
    "action.overdue": "warning",
    "action.escalated": "warning",
    "resurvey.held_up": "warning",
    "slot.late": "warning",
    "slot.held_up": "warning",
    "slot.failed": "failure",
}

#: Services that refuse messages with HTTP 200: where their answer has a number other than 0, and
#: why. Apprise looks at the status alone and would call such a message sent.
VERDICTS = {
    "dingtalk": ("errcode", "errmsg"),
    "wecombot": ("errcode", "errmsg"),
    "feishu": ("code", "msg"),
    "lark": ("code", "msg"),
}

#: Services that have room for the key by which a receiver knows a repeat.
KEYED = {"json", "jsons", "xml", "xmls", "form", "forms"}

#: Refusals after which another try may be answered otherwise (RFC 9110, RFC 8470, RFC 6585).
PATIENCE = {408, 425, 429}


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


class AppriseOptions(Options):
    """Options of the notifier ``apprise``."""

    to: Annotated[list[Secret], BeforeValidator(_listed), Field(min_length=1)]  #: Apprise URLs
    format: Literal["text", "markdown"] = "text"  #: what services that know Markdown are given
    timeout: float = Field(default=15, gt=0, le=40)  #: seconds to connect, and to wait for answers


class Apprise(Notifier):
    """Sends one message to one address, by the library apprise."""

    type = "apprise"
    summary = text(
        "DingTalk, WeCom, Feishu, Slack, Teams and 170 other services, by Apprise",
        zh="钉钉、企业微信、飞书、Slack、Teams 等 170 多种服务（经由 Apprise）",
    )
    Config = AppriseOptions
    config: AppriseOptions

    def lacking(self) -> Text | None:
        """The library, which is an extra."""
        return NOT_INSTALLED if find_spec("apprise") is None else None

    def send(self, outgoing: Outgoing) -> Delivery:
        """Hand the message to the service."""
        library = _library()
        url = revealed(self.config.to[0], self.root, encode=lambda part: quote(part, safe=""))
        with _listening() as heard:
            service = self._service(library, url)
            kind = service.url(privacy=True).partition(":")[0]  # also of an https:// address
            if kind in KEYED:
                service.headers["Idempotency-Key"] = outgoing.key
            sent = service.notify(**self._message(library, service, outgoing))
        refused = None if sent else heard.reason(self.config.timeout, url)
        refused = refused or _verdict(kind, heard, url)
        if refused is not None:
            raise refused
        return Delivery()

    def _service(self, library: Any, url: str) -> Any:
        look = library.AppriseAsset(app_id="LoopQA", app_desc="LoopQA", http_redirects=False)
        service = library.Apprise.instantiate(url, asset=look)
        if service is None:
            raise PluginError(UNKNOWN, retryable=True, hint=TRY)
        service.socket_connect_timeout = service.socket_read_timeout = self.config.timeout
        return service

    def _message(self, library: Any, service: Any, outgoing: Outgoing) -> dict[str, Any]:
        """What ``notify`` takes, cut to what the service takes: a part is better than nothing."""
        title = _cut(" ".join(_plain(outgoing.subject).split()), min(200, service.body_maxlen // 2))
        room = service.body_maxlen - len(title.encode()) - len("\r\n\r\n")
        body = _plain(outgoing.body).strip()
        if self.config.format == "markdown":
            body = _marked_down(body)
        return {
            "title": title,
            "body": _cut(body, room),
            "body_format": library.NotifyFormat(self.config.format),
            "notify_type": library.NotifyType(URGENCY.get(outgoing.event, "info")),
        }


@hookimpl
def loopqa_notifiers() -> Sequence[type[Notifier]]:
    """The notifier ``apprise``."""
    return [Apprise]


def _cut(body: str, room: int) -> str:
    """The text in at most ``room`` bytes, as WeCom counts; others count characters, of which are
    fewer.
    """
    encoded = body.encode()
    if len(encoded) <= room:
        return body
    return encoded[: max(0, room - len("…".encode()))].decode("utf-8", "ignore") + "…"


def _plain(written: str) -> str:
    """The text without control characters, which services refuse or take for something else."""
    lines = written.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(one for one in lines if one.isprintable() or one in "\n\u200d")  # joins emoji


def _marked_down(body: str) -> str:
    """Plain text as Markdown: its lines stay lines, and nothing in it becomes a link or bold."""
    return re.sub(r"([\\*<\[\]])", r"\\\1", body).replace("\n", "  \n")


class _Heard(logging.Handler):
    """What was answered, or raised, and what Apprise said while one message was sent."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.answers: list[Any] = []  #: responses and exceptions of requests, in their order
        self.lines: list[str] = []
        self._thread = get_ident()  # other threads send other messages

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        if record.thread == self._thread:
            self.lines.append(record.getMessage())

    def reason(self, patience: float, url: str) -> PluginError:
        """Why the message was not taken."""
        last = self.answers[-1] if self.answers else None
        if isinstance(last, Exception):
            return PluginError(_unanswered(last, patience), retryable=True)
        if last is not None and last.status_code // 100 != 2:
            return _refusal(last)
        said = _masked(self.lines[-1], url) if self.lines else "-"
        return _not_taken(said)


_hearing: ContextVar[_Heard | None] = ContextVar("hearing", default=None)


@contextmanager
def _listening() -> Iterator[_Heard]:
    heard = _Heard()
    logger = logging.getLogger("apprise")
    token = _hearing.set(heard)
    logger.addHandler(heard)
    try:
        yield heard
    finally:
        logger.removeHandler(heard)
        _hearing.reset(token)


@cache
def _library() -> Any:
    """Apprise, whose HTTP answers are heard and whose log, which may hold addresses, goes nowhere.

    Raises:
        PluginError: it is not installed.
    """
    try:
        import apprise  # noqa: PLC0415 - an extra, and slow to import
        import requests  # noqa: PLC0415
    except ImportError:
        raise PluginError(NOT_INSTALLED, retryable=True, hint=INSTALL) from None
    logging.getLogger("apprise").propagate = False
    logging.getLogger("apprise").setLevel(logging.WARNING)
    logging.getLogger("urllib3").setLevel(logging.WARNING)
    requests.Session.send = _overheard(requests.Session.send)  # type: ignore[method-assign]
    return apprise


def _overheard(send: Callable[..., Any]) -> Callable[..., Any]:
    """``send`` of a session, noting what comes of it: Apprise itself only tells yes or no."""

    @wraps(send)
    def noting(*args: Any, **options: Any) -> Any:
        heard = _hearing.get()
        try:
            answer = send(*args, **options)
        except Exception as error:
            if heard is not None:
                heard.answers.append(error)
            raise
        if heard is not None:
            heard.answers.append(answer)
        return answer

    return noting


def _not_taken(why: str) -> PluginError:
    message = text("the service did not take it: {why}", zh="该服务没有接收：{why}", why=why)
    return PluginError(message, retryable=True)


def _unanswered(error: Exception, patience: float) -> Text:
    if "Timeout" in type(error).__name__:
        return text("no answer within {n} s", zh="{n} 秒内没有应答", n=f"{patience:g}")
    cause: BaseException | None = error
    while cause is not None and not getattr(cause, "strerror", None):
        cause = cause.__cause__ or cause.__context__
    why = getattr(cause, "strerror", type(error).__name__)
    return text("no connection: {why}", zh="无法连接：{why}", why=why)


def _refusal(answer: Any) -> PluginError:
    code = answer.status_code
    wish = answer.headers.get("Retry-After", "")
    return PluginError(
        text("the receiver answered {code}", zh="接收方返回 {code}", code=code),
        retryable=code >= 500 or code in PATIENCE,
        retry_after=float(wish) if wish.isdecimal() else None,
    )


def _verdict(kind: str, heard: _Heard, url: str) -> PluginError | None:
    """What a service says against a message in an answer that looks like success.

    It is about a robot's keyword, signature, allowed addresses or rate: somebody can mend it.
    """
    if kind not in VERDICTS or not heard.answers:
        return None
    number, reason = VERDICTS[kind]
    try:
        said = heard.answers[-1].json()
        code = said.get(number, 0)
    except (ValueError, AttributeError):
        return None  # nothing that it ever says when it refuses
    if code in (0, "0"):
        return None
    why = _masked(f"{code} {said.get(reason, '')}", url)
    return _not_taken(why)


def _masked(said: str, url: str) -> str:
    """One line of foreign words without any part of the address that may be a secret."""
    parts = {part for part in re.split(r"[/:@?&=#,]+", url) if len(part) > 3}
    for part in sorted({*parts, *map(unquote, parts)}, key=len, reverse=True):
        said = said.replace(part, "***")
    return " ".join(said.split())[:200]
