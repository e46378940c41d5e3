"""Senders and a real receiver process for the tests of ``plugins/inbound_webhook.py``."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loopqa.plugin.loading import load_file

SHIPPED = Path(__file__).parents[2] / "plugins" / "inbound_webhook.py"
SECRET = "opensesame"
STANDARD_SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
INBOXES = """\
hotline: {sender: wjx, secret: "${env:INBOX_SECRET}"}
visit: {sender: typeform, secret: "${env:INBOX_SECRET}"}
desk: {sender: standard, secret: "${env:STANDARD_SECRET}", id: data.about}
crm: {sender: hmac, header: X-Hub-Signature-256, secret: "${env:INBOX_SECRET}", id: answer.no}
plain: {sender: token, secret: "${env:INBOX_SECRET}"}
"""
SECRETS = {"INBOX_SECRET": SECRET, "STANDARD_SECRET": STANDARD_SECRET}


def workspace(root: Path) -> Path:
    """A folder with the plugin and five inboxes."""
    (root / "plugins").mkdir(parents=True)
    shutil.copy(SHIPPED, root / "plugins")
    (root / "inbound.yaml").write_text(INBOXES, encoding="utf-8")
    return root


@dataclass(frozen=True)
class Answer:
    """One push as it goes over the wire."""

    inbox: str
    body: bytes
    headers: Mapping[str, str]


def wjx(number: int, secret: str = SECRET, **answers: Any) -> Answer:
    """What 问卷星 pushes: only survey and number of the answer are signed."""
    sign = hashlib.sha1(f"5657754{number}{secret}".encode()).hexdigest()
    document = {
        "activity": "5657754",
        "name": "热线回访",
        "index": number,
        "joinid": f"10181248{number:04}",
        "submittime": "2026-10-02 10:01:59",
        **answers,
        "sign": sign,
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    return Answer("hotline", body, {"content-type": "application/json"})


def typeform(token: str, answers: list[Any], secret: str = SECRET, event: str = "") -> Answer:
    """What Typeform pushes."""
    document = {
        "event_id": event or f"event-{token}",
        "event_type": "form_response",
        "form_response": {
            "form_id": "lT4Z3j",
            "token": token,
            "submitted_at": "2026-10-02T10:01:59Z",
            "hidden": {"case": f"T-{token}"},
            "definition": {
                "fields": [{"id": one, "ref": one} for one in ("speed", "why", "remark")]
            },
            "answers": answers,
        },
    }
    body = json.dumps(document, ensure_ascii=False).encode()
    seal = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    return Answer("visit", body, {"Typeform-Signature": f"sha256={seal}"})


def crm(number: int, secret: str = SECRET, **fields: Any) -> Answer:
    """What a sender of one's own pushes, sealed as GitHub does it."""
    body = json.dumps({"answer": {"no": number, **fields}}, ensure_ascii=False).encode()
    seal = hmac.digest(secret.encode(), body, "sha256").hex()
    return Answer("crm", body, {"X-Hub-Signature-256": f"sha256={seal}"})


def post(url: str, answer: Answer, query: str = "", method: str = "POST") -> int:
    """Push it over real HTTP: the status of the answer.

    Raises:
        OSError: the receiver went away before it had answered.
    """
    line = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        line.request(method, f"/{answer.inbox}{query}", answer.body, dict(answer.headers))
        return line.getresponse().status
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from error
    finally:
        line.close()


Push = Callable[..., str]


def pushing(root: Path) -> Push:
    """A function that hands pushes to a receiver as any WSGI server does: the status it says."""
    receiver = load_file(root / "plugins" / "inbound_webhook.py").Receiver(root)

    def push(answer: Answer, query: str = "") -> str:
        said: list[str] = []
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": f"/behind/a/proxy/{answer.inbox}/",
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(answer.body)),
            "wsgi.input": BytesIO(answer.body),
            "wsgi.errors": StringIO(),
            **{f"HTTP_{k.upper().replace('-', '_')}": v for k, v in answer.headers.items()},
        }
        list(receiver(environ, lambda status, _: said.append(status)))
        return said[0]

    return push


@dataclass
class Running:
    """A receiver as its own process."""

    process: subprocess.Popen[str]
    url: str

    def kill(self) -> str:
        """End it at once, whatever it is doing; what it had logged."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        assert self.process.stderr is not None
        with self.process.stderr as log:
            return log.read()


def started(root: Path, port: int = 0) -> Running:
    """A receiver that listens."""
    process = subprocess.Popen(
        [
            sys.executable,
            str(root / "plugins" / "inbound_webhook.py"),
            str(root),
            "--port",
            str(port),
        ],
        env={**os.environ, **SECRETS},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    return Running(process, process.stderr.readline().strip())
