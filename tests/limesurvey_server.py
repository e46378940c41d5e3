"""A LimeSurvey on loopback: as much of RemoteControl 2 as a reader meets, with its odd corners.

What it does follows LimeSurvey's own code: failures are results with a ``status``, a call without
an id gets no answer, an export of no responses holds one empty line, and three wrong passwords lock
everybody out.
"""

from __future__ import annotations

import base64
import itertools
import json
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Response = dict[str, Any]
SURVEY = 123456


def completed(number: int, **values: Any) -> Response:
    """A response of somebody who came to the end."""
    moment = f"2026-10-{1 + number // 100:02} {number // 10 % 10 + 8:02}:{number % 10:02}:00"
    return {
        "id": str(number),
        "submitdate": moment,
        "lastpage": "2",
        "startlanguage": "zh-Hans",
        "token": f"t{number % 30}",
        "datestamp": moment,
        "speed": f"A{1 + number % 5}",
        "reasons[SQ001]": "Y" if number % 2 else "",
        "remark": "等了太久" if number % 7 == 0 else "",
        **values,
    }


def begun(number: int, **values: Any) -> Response:
    """A response of somebody who is still answering."""
    return completed(number, submitdate="", lastpage="1", remark="", **values)


@dataclass
class LimeSurvey:
    """The survey, and what goes wrong with its server."""

    responses: list[Response] = field(default_factory=list)
    password: str = "open sesame"
    active: bool = True
    wrapped: bool = False  #: as versions before 3 export
    calls_a_session: int | None = None  #: then it has expired
    troubles: deque[tuple[int, dict[str, str], bytes]] = field(default_factory=deque)
    before: Callable[[str], None] = lambda method: None
    calls: list[tuple[str, list[Any]]] = field(default_factory=list)
    sessions: dict[str, int] = field(default_factory=dict)  #: calls by key
    failed_logins: int = 0
    url: str = ""
    numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def methods(self) -> list[str]:
        """What was called, in order."""
        return [method for method, _ in self.calls]

    def answer(self, body: bytes) -> bytes:
        """One call of JSON-RPC 1.0."""
        asked = json.loads(body)
        method, params = asked["method"], asked["params"]
        self.calls.append((method, params))
        self.before(method)
        if not asked.get("id"):
            return b""
        routine = {
            "get_session_key": self._log_in,
            "release_session_key": self._log_out,
            "export_responses": self._export,
        }.get(method)
        error = None if routine else "unknown method or incorrect parameters"
        result = routine(*params) if routine else None
        return json.dumps({"id": asked["id"], "result": result, "error": error}).encode()

    def _log_in(self, user: str, password: str) -> Any:
        if self.failed_logins >= 3:
            return {"status": "You have exceeded the number of maximum login attempts."}
        if (user, password) != ("loopqa", self.password):
            self.failed_logins += 1
            return {"status": "Invalid user name or password"}
        key = f"key-{next(self.numbers)}-of-32-letters-and-digits"
        self.sessions[key] = 0
        return key

    def _log_out(self, key: str) -> str:
        self.sessions.pop(key, None)
        return "OK"

    def _known(self, key: str) -> bool:
        if key not in self.sessions:
            return False
        self.sessions[key] += 1
        if self.calls_a_session is not None and self.sessions[key] > self.calls_a_session:
            del self.sessions[key]
        return key in self.sessions

    def _export(
        self, key: str, survey: int, document: str, language: str | None = None,
        completion: str = "all", heading: str = "code", kind: str = "short",
        first: int | None = None, last: int | None = None, fields: list[str] | None = None,
    ) -> Any:  # fmt: skip
        if not self._known(key):
            return {"status": "Invalid session key"}
        if survey != SURVEY:
            return {"status": "No permission"}
        if not self.active:
            return {"status": "No Data, survey table does not exist."}
        if not self.responses:
            return {"status": "No Data, could not get max id."}
        if language not in {None, "zh-Hans", "en"}:
            return {"status": "Language code not found for this survey."}
        assert (document, completion, heading) == ("json", "all", "code")
        highest = last or max(int(one["id"]) for one in self.responses)
        inside = [one for one in self.responses if (first or 1) <= int(one["id"]) <= highest]
        inside.sort(key=lambda one: int(one["id"]))
        names = fields or [*self.responses[0]]
        rows = [{name: one[name] for name in names} for one in inside] or [dict.fromkeys(names, "")]
        if kind == "long":
            rows = [{name: _in_words(name, row[name]) for name in row} for row in rows]
        if self.wrapped:
            rows = [{row["id"]: row} for row in rows]
        return base64.b64encode(json.dumps({"responses": rows}).encode()).decode()


def _in_words(name: str, code: str) -> str:
    words = {"A1": "很慢", "A2": "慢", "A3": "一般", "A4": "快", "A5": "很快"}
    return words.get(code, code) if name == "speed" else code


def serving(survey: LimeSurvey) -> Iterator[LimeSurvey]:
    """The survey while its server runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            sound = "application/json" in self.headers.get("content-type", "")
            status, headers, said = 200, {}, b"<html>LimeSurvey</html>"
            if survey.troubles:
                status, headers, said = survey.troubles.popleft()
            elif sound and self.path == "/index.php/admin/remotecontrol":
                said = survey.answer(body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    survey.url = f"http://127.0.0.1:{server.server_address[1]}/index.php/admin/remotecontrol"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield survey
    server.shutdown()
    thread.join()
    server.server_close()
