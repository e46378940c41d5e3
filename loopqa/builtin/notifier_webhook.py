"""Notifier ``webhook``: a JSON document by HTTP POST, signed after Standard Webhooks 1.0.

The signature is HMAC-SHA256 over ``id.timestamp.body`` (https://www.standardwebhooks.com).
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from loopqa.builtin.http_address import Url
from loopqa.builtin.http_failures import may_pass, why
from loopqa.builtin.signing import SecretFormat, signature
from loopqa.builtin.waiting import seconds_to_wait
from loopqa.errors import PluginError
from loopqa.language import Text, text
from loopqa.plugin.hookspecs import hookimpl
from loopqa.plugin.notifier import Delivery, Notifier, Outgoing
from loopqa.plugin.options import Options
from loopqa.plugin.secret import Secret, looked_up, revealed

if TYPE_CHECKING:
    import httpx2

_MOVED = text("redirects are not followed: name the new address")


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Secrets = Annotated[list[Secret], BeforeValidator(_listed)]


class WebhookOptions(Options):
    """Options of the notifier ``webhook``."""

    url: Url  #: where to; as "${env:NAME}" if whoever knows the address may post there
    secret: Secrets = Field(default_factory=list)  #: signs all; several while receivers change over
    timeout: float = Field(default=15, gt=0, le=120)  #: seconds to wait for any one answer


class Webhook(Notifier):
    """Posts one document a message; a 2xx answer means that the receiver has it."""

    type = "webhook"
    summary = text("a signed JSON document by HTTP POST")
    Config = WebhookOptions
    config: WebhookOptions

    def send(self, outgoing: Outgoing) -> Delivery:
        """Post the message."""
        body = document(outgoing)
        url = looked_up(self.config.url, self.root)
        answer = self._post(url, body, self._headers(outgoing.key, body))
        if answer.status_code // 100 != 2:
            raise _refusal(answer)
        return Delivery()

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        at = int(
            time.time()
        )  # when it is sent, whatever LOOPQA_NOW says: receivers refuse old ones
        headers = {
            "content-type": "application/json",
            "user-agent": "loopqa",
            "webhook-id": key,
            "webhook-timestamp": str(at),
        }
        if self.config.secret:
            headers["webhook-signature"] = " ".join(
                self._signature(one, key, at, body) for one in self.config.secret
            )
        return headers

    def _signature(self, secret: Any, key: str, at: int, body: bytes) -> str:
        try:
            return signature(revealed(secret, self.root), key, at, body)
        except SecretFormat:
            raise PluginError(
                text("the secret of a webhook is not in base64"),
                retryable=True,
                hint=text("write it as your receiver shows it, such as whsec_..."),
            ) from None

    def _post(self, url: str, body: bytes, headers: dict[str, str]) -> httpx2.Response:
        """The receiver's answer; its content is never read."""
        import httpx2  # noqa: PLC0415 - slow to import, seldom needed

        try:
            with (
                httpx2.Client(timeout=self.config.timeout, follow_redirects=False) as client,
                client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                return answer
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol):
            raise PluginError(text("the address of a webhook is none"), retryable=True) from None
        except httpx2.TimeoutException:
            raise _failed(text("no answer within {n} s", n=f"{self.config.timeout:g}")) from None
        except httpx2.HTTPError as error:
            raise _failed(text("no connection: {why}", why=why(error))) from None


def document(outgoing: Outgoing) -> bytes:
    """What is posted: type, timestamp and data, as Standard Webhooks has it; alike in all tries."""
    return json.dumps(
        {
            "type": outgoing.event,
            "timestamp": outgoing.at.isoformat().replace("+00:00", "Z"),
            "data": {
                "about": outgoing.about,
                "workflow": outgoing.workflow,
                "subject": outgoing.subject,
                "body": outgoing.body,
            },
        },
        ensure_ascii=False,
    ).encode("utf-8", "replace")


def _refusal(answer: httpx2.Response) -> PluginError:
    code = answer.status_code
    patient = may_pass(code)
    return PluginError(
        text("the receiver answered {code}", code=code),
        retryable=patient,
        retry_after=seconds_to_wait(answer.headers) if patient else None,
        hint=_MOVED if 300 <= code < 400 else None,
    )


def _failed(message: Text) -> PluginError:
    return PluginError(message, retryable=True)


@hookimpl
def loopqa_notifiers() -> Sequence[type[Notifier]]:
    """The notifier of this file."""
    return [Webhook]
