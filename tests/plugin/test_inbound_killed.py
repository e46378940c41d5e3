"""Receivers killed with signal 9: no answer that was thanked for is lost, and none is doubled."""

from __future__ import annotations

import os
import signal
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest

from loopqa.plugin.loading import load_file
from tests.plugin.inbound import SECRETS, Answer, post, pushing, started, wjx, workspace
from tests.plugin.inbound_rows import rows


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Lines:
    """Kills its own process when the plugin begins its n-th line."""

    def __init__(self, file: str, last: int) -> None:
        self.file = file
        self.left = last

    def __call__(self, frame: Any, event: str, _: Any) -> Any:
        if frame.f_code.co_filename != self.file:
            return None
        if event == "line":
            self.left -= 1
            if not self.left:
                os.kill(os.getpid(), signal.SIGKILL)
        return self


def serve_once(plugin: Any, root: Path, last: int, line: socket.socket) -> None:
    """Answer one request in this process, which ends with it or before its n-th line."""
    server = WSGIServer(line.getsockname(), Quiet, bind_and_activate=False)
    server.socket = line
    server.server_name, server.server_port = line.getsockname()
    server.setup_environ()
    server.set_app(plugin.Receiver(root))
    sys.settrace(Lines(plugin.__file__, last))
    server.handle_request()
    sys.settrace(None)


def pushed(plugin: Any, root: Path, last: int, answer: Answer) -> int | None:
    """Push to a receiver that dies before its n-th line: the status, or None where it died first.

    It is a process of its own, forked so that a hundred of them take a second.
    """
    with socket.create_server(("127.0.0.1", 0)) as line:
        child = os.fork()
        if not child:
            try:
                serve_once(plugin, root, last, line)
            finally:
                os._exit(0)
        url = f"http://127.0.0.1:{line.getsockname()[1]}"
        line.close()
        try:
            status: int | None = post(url, answer)
        except OSError:
            status = None
        os.waitpid(child, 0)
        return status


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("secrets")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_killed_before_any_line_a_receiver_loses_nothing_it_thanked_for(tmp_path):
    root = workspace(tmp_path / "desk")
    plugin = load_file(root / "plugins" / "inbound_webhook.py")
    plugin.Receiver(root)  # what it imports, each forked process has as well
    died = 0
    for last in range(1, 1000):
        status = pushed(plugin, root, last, wjx(last, q1="5", q2="十分满意"))
        if status is not None:
            break
        died += 1
    assert status == 200
    assert died > 40  # the request takes so many lines
    push = pushing(root)
    for last in range(1, died + 1):  # nobody thanked for these: their sender tries again
        assert push(wjx(last, q1="5", q2="十分满意")) == "200 OK"
    names = [one["_id"] for one in rows(root, "hotline")]
    assert sorted(names) == sorted(f"5657754:{number}" for number in range(1, died + 2))


def test_killed_under_load_and_started_again_each_answer_is_there_once(tmp_path):
    root = workspace(tmp_path / "desk")
    answers = [wjx(number, q1=str(number % 5 + 1)) for number in range(120)]
    running = [started(root), started(root)]
    over = Event()

    def until_thanked(answer: Answer) -> None:
        """As survey tools do: again and again until somebody says 200."""
        while not over.is_set():
            for one in tuple(running):
                try:
                    if post(one.url, answer) == 200:
                        return
                except OSError:
                    continue

    with ThreadPoolExecutor(6) as pool:
        pushing = [pool.submit(until_thanked, one) for one in answers]
        try:
            for turn in range(4):
                pushing[20 * (turn + 1)].result(timeout=60)
                running[turn % 2].kill()
                running[turn % 2] = started(root)
            for one in pushing:
                one.result(timeout=60)
        finally:
            over.set()
    for one in running:
        one.kill()
    found = rows(root, "hotline")
    assert len(found) == len(answers)
    assert {(one["index"], one["q1"]) for one in found} == {
        (number, str(number % 5 + 1)) for number in range(120)
    }
