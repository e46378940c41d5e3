"""Source ``inbound_webhook``: answers that 问卷星, Typeform and other tools push to you.

Copy this file into the ``plugins`` folder of a workspace. ``python plugins/inbound_webhook.py .``
takes what is pushed to ``http://127.0.0.1:8090/NAME``, for every NAME in ``inbound.yaml``, such as
``hotline: {sender: wjx, secret: "${env:WJX_KEY}"}``. So does any WSGI server, as in
``gunicorn --chdir plugins 'inbound_webhook:Receiver("..")'``. What was answered with 200 lies on
the disk, once; an input ``{type: inbound_webhook, inbox: hotline, ...}`` of a workflow reads it.
"""

from __future__ import annotations

import hmac
import json
import sqlite3
import sys
import time
from argparse import ArgumentParser
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import closing
from hashlib import sha1, sha256
from http import HTTPStatus
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from pydantic import Field

import loopqa.plugin as plugin
from loopqa.plugin import hookimpl, text

LOOPQA_API = "1.0"
FILE = plugin.Place("inbound.yaml")
LARGEST = 1 << 20  #: bytes of one push
OLDEST = 300  #: seconds that a signed time may be off, as Standard Webhooks recommends
TABLE = """CREATE TABLE IF NOT EXISTS answers (seq INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery TEXT NOT NULL UNIQUE, answer TEXT NOT NULL, sender TEXT NOT NULL, body TEXT NOT NULL,
    received TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')))"""


class Push(NamedTuple):
    """One POST, with what its headers and fields say."""

    environ: dict[str, Any]
    body: bytes

    @property
    def document(self) -> Any:
        """The JSON of the body."""
        return json.loads(self.body.decode("utf-8"))

    def header(self, name: str) -> str:
        """A header's value; empty where it is missing."""
        return str(self.environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))

    def field(self, path: str) -> str:
        """The value at a path such as ``form_response.token``; ValueError where there is none."""
        found = self.document
        for step in path.split("."):
            found = found.get(step) if isinstance(found, dict) else None
        if not isinstance(found, (str, int)) or found == "":
            raise ValueError(path)
        return str(found)


class Inbox(plugin.Options):
    """What stands behind one name in ``inbound.yaml``: who pushes there, and how that is seen."""

    sender: Literal["wjx", "typeform", "standard", "hmac", "token"]
    secret: plugin.Secret = Field(min_length=1)  #: as in "${env:WJX_KEY}"
    header: str = "X-Signature"  #: of ``hmac``: where HMAC-SHA256 of the body stands
    id: str | None = None  #: path of the field that tells which answer it is, as in response.id

    def is_signed(self, push: Push, secret: str) -> bool:
        """Whether the sender knows the secret; how long it takes to find out tells nothing."""
        seals = self._seals(push, secret)
        return any(hmac.compare_digest(ours.encode(), theirs.encode()) for ours, theirs in seals)

    def _seals(self, push: Push, secret: str) -> Iterator[tuple[str, str]]:
        """What the sender writes, and what stands there; one such pair must be equal."""
        sender, key, data = self.sender, secret.encode(), push.body
        at = push.header("webhook-timestamp")
        if sender == "standard":
            key = b64decode(secret.removeprefix("whsec_"))
            data = f"{push.header('webhook-id')}.{at}.".encode() + data
        seal = hmac.digest(key, data, "sha256")
        code = b64encode(seal).decode()
        if sender == "wjx":  # signs which answer it is, and not what was answered
            signed = push.field("activity") + push.field("index") + secret
            yield sha1(signed.encode()).hexdigest(), push.field("sign").lower()
        elif sender == "typeform":
            yield f"sha256={code}", push.header("Typeform-Signature")
        elif sender == "standard" and abs(time.time() - int(at)) <= OLDEST:
            yield from ((f"v1,{code}", one) for one in push.header("webhook-signature").split())
        elif sender == "hmac":
            theirs = push.header(self.header).removeprefix("sha256=")
            yield from ((code, theirs), (seal.hex(), theirs.lower()))
        elif sender == "token":  # for tools that sign nothing
            yield f"Bearer {secret}", push.header("Authorization")
            yield secret, parse_qs(push.environ.get("QUERY_STRING", "")).get("token", [""])[0]

    def names(self, push: Push) -> tuple[str, str]:
        """What is the same in every repeat of a push, and which answer it holds."""
        if self.sender == "typeform":
            return push.field("event_id"), push.field("form_response.token")
        delivery = sha256(push.body).hexdigest()
        if self.sender == "wjx":
            delivery = f"{push.field('activity')}:{push.field('index')}"
        elif self.sender == "standard":
            delivery = push.header("webhook-id")
        return delivery, push.field(self.id) if self.id else delivery


def _spool(root: Path, inbox: str) -> closing[sqlite3.Connection]:
    """The answers of one inbox; what is committed there outlives a loss of power."""
    folder = root / ".loopqa" / "inbound"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    spool = sqlite3.connect(folder / f"{inbox}.db", timeout=30, isolation_level=None)
    spool.executescript(f"PRAGMA synchronous = EXTRA; {TABLE}")
    return closing(spool)


def keep(root: Path, inbox: str, names: tuple[str, str], sender: str, body: str) -> bool:
    """Keep an answer unless it is there; False where another one came by the same delivery."""
    with _spool(root, inbox) as spool:
        spool.execute("BEGIN IMMEDIATE")
        had = spool.execute("SELECT body FROM answers WHERE delivery = ?", names[:1]).fetchone()
        if had is None:
            insert = "INSERT INTO answers (delivery, answer, sender, body) VALUES (?, ?, ?, ?)"
            spool.execute(insert, (*names, sender, body))
        spool.execute("COMMIT")
    return had is None or json.loads(had[0]) == json.loads(body)


def inboxes(root: Path) -> dict[str, Any]:
    """Every ``Inbox`` of a workspace by name."""
    import yaml  # noqa: PLC0415 - not when all plugins are loaded

    try:
        found = dict(yaml.safe_load((root / FILE.file).read_text("utf-8")))
    except (OSError, ValueError, TypeError, yaml.YAMLError) as error:
        why = getattr(error, "strerror", None) or type(error).__name__
        mark = getattr(error, "problem_mark", None)  # its text would show the file, and secrets
        problem = text("the file can't be read: {why}", zh="无法读取文件：{why}", why=why)
        place = plugin.Place(FILE.file, mark and mark.line + 1)
        raise plugin.DataError(problem, place=place) from None
    return {str(k): plugin.config_of(Receiver, v or {}, FILE) for k, v in found.items()}


class Receiver:
    """A WSGI application with an address for each inbox; it logs neither answers nor secrets."""

    Config = Inbox

    def __init__(self, workspace: str | Path) -> None:
        self.root = Path(workspace)
        self.inboxes = inboxes(self.root)
        self.secrets = {k: plugin.revealed(v.secret, self.root) for k, v in self.inboxes.items()}

    def __call__(self, environ: dict[str, Any], start: Any) -> list[bytes]:
        """Answer one request: 200 once the answer is kept, 503 where it can't be."""
        name = environ.get("PATH_INFO", "").rstrip("/").rpartition("/")[2]
        try:
            status = self._taken(name, environ)
        except (ValueError, RecursionError):
            status = HTTPStatus.BAD_REQUEST
        except (OSError, sqlite3.Error):
            status = HTTPStatus.SERVICE_UNAVAILABLE
        said = f"{status.value} {status.phrase}"
        if status != HTTPStatus.OK:
            environ["wsgi.errors"].write(f"{name if name in self.inboxes else '?'}: {said}\n")
        start(said, [("Content-Type", "text/plain")])
        return [said.encode()]

    def _taken(self, name: str, environ: dict[str, Any]) -> HTTPStatus:
        inbox, length = self.inboxes.get(name), int(environ.get("CONTENT_LENGTH") or 0)
        if inbox is None:
            return HTTPStatus.NOT_FOUND
        if environ["REQUEST_METHOD"] != "POST":
            return HTTPStatus.METHOD_NOT_ALLOWED
        if not 0 < length <= LARGEST:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        push = Push(environ, environ["wsgi.input"].read(length))
        if not inbox.is_signed(push, self.secrets[name]):
            return HTTPStatus.UNAUTHORIZED
        if len(push.body) < length or not isinstance(push.document, dict):
            return HTTPStatus.BAD_REQUEST
        kept = keep(self.root, name, inbox.names(push), inbox.sender, push.body.decode())
        return HTTPStatus.OK if kept else HTTPStatus.CONFLICT


class InboundOptions(plugin.Options):
    """Options of the source ``inbound_webhook``."""

    inbox: str = Field(pattern=r"^[\w-]+$")  #: its name in ``inbound.yaml``


class InboundWebhook(plugin.Source):
    """Reads what an inbox has received since the last time; nested fields are ``a.b``."""

    type = "inbound_webhook"
    summary = text("answers that survey tools push", zh="问卷工具推送来的答卷")
    Config = InboundOptions
    config: InboundOptions
    incremental = True

    def check(self) -> None:
        """See that there is such an inbox."""
        name = self.config.inbox
        if name not in inboxes(self.root):
            unknown = text("there is no inbox '{name}'", zh="没有收件箱“{name}”", name=name)
            raise plugin.DataError(unknown, place=FILE)

    def read(self, context: plugin.ReadContext) -> Iterator[plugin.Item]:
        """The answers behind the bookmark, in the order in which they were kept."""
        self.check()
        state = context.state or {}
        with _spool(self.root, self.config.inbox) as spool:
            first = str(spool.execute("SELECT min(seq), received FROM answers").fetchone())
            after = state.get("seq", 0) if state.get("first") == first else 0  # else a new spool
            query = "SELECT * FROM answers WHERE seq > ? ORDER BY seq LIMIT 1000"
            while rows := spool.execute(query, (after,)).fetchall():
                yield from plugin.in_batches(rows, _row, file=self.config.inbox, first=after + 1)
                after = rows[-1][0]
                yield plugin.Bookmark({"first": first, "seq": after})


def _row(kept: tuple[int, str, str, str, str, str]) -> dict[str, Any]:
    seq, _, answer, sender, body, received = kept
    try:
        fields = dict((_typeform if sender == "typeform" else _flat)(json.loads(body)))
    except (KeyError, TypeError, AttributeError, RecursionError):
        why = text("the answer is not in its sender's form", zh="答卷不是其发送方的格式")
        raise plugin.BadRow(None, why) from None
    return {"_id": answer, "_version": seq, "received_at": received, **fields}


def _flat(found: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Nested fields as ``a.b``; lists are JSON, true and false text, as in the source ``jsonl``."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            listed = isinstance(value, (list, bool))
            value = json.dumps(value, ensure_ascii=False) if listed else value
            yield _sound(prefix + name), _sound(value) if isinstance(value, str) else value


def _sound(written: str) -> str:
    """The text without what only JSON can write: NUL, and halves of characters."""
    return written.encode("utf-8", "replace").decode().replace("\0", "")


def _typeform(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each question is a column by its reference, empty where it was left out."""
    response = document["form_response"]
    yield from _flat({k: v for k, v in response.items() if k not in {"definition", "answers"}})
    yield from ((field["ref"], None) for field in response.get("definition", {}).get("fields", ()))
    for answer in response.get("answers", ()):
        value = answer[answer["type"]]
        if isinstance(value, dict):  # what was chosen: label, labels, other
            value = value.get("label", value.get("labels", value.get("other", value)))
        yield from _flat({answer["field"]["ref"]: value})


@hookimpl
def loopqa_sources() -> Sequence[type[plugin.Source]]:
    """The source ``inbound_webhook``."""
    return [InboundWebhook]


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Handler(WSGIRequestHandler):
    timeout = 30  #: seconds for a sender that falls silent

    def log_message(self, *_: Any) -> None:
        """Nothing: an address may hold a token."""


def main() -> None:
    """Receive until the process is ended."""
    parser = ArgumentParser(description="Receive answers that survey tools push.")
    parser.add_argument("workspace")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8090)
    given = parser.parse_args()
    try:
        receiver = Receiver(given.workspace)
        server = make_server(given.host, given.port, receiver, _Server, _Handler)
    except (plugin.LoopQAError, OSError, OverflowError) as error:  # also: a port in use, or none
        sys.exit(f"error: {error}")
    sys.stderr.write(f"http://{given.host}:{server.server_port}\n")
    server.serve_forever()


if __name__ == "__main__":
    main()
