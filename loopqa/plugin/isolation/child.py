"""The process of a plugin: brings its code in, does what it is asked once, and tells what came.

Our side starts it (:mod:`.process`), sends one request through its standard input and reads frames
from what was its standard output. What the plugin prints goes to standard error instead.
"""

from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from loopqa.errors import LoopQAError
from loopqa.language import text
from loopqa.model.window import Window
from loopqa.plugin.configuring import config_of
from loopqa.plugin.isolation import errors, wire
from loopqa.plugin.isolation.errors import Misbehaved
from loopqa.plugin.isolation.home import Home
from loopqa.plugin.loading import place_of, why
from loopqa.plugin.notifier import Delivery, Outgoing
from loopqa.plugin.source import ReadContext, Source

LONGEST = 20_000  #: characters of a label; our side hides secrets before it cuts more off
AT_MOST_EVERY = 0.2  #: seconds between two words about progress

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG of Linux


def main() -> None:
    """Do what standard input asks for."""
    request = json.loads(sys.stdin.buffer.readline())
    line = Line()
    _die_with(request["parent"])
    _hold_to(request["memory"])
    line.tell({"started": True})
    try:
        line.tell({"done": _done(request, line)})
    except Misbehaved as error:
        line.tell({"failed": errors.told(error)})
    except LoopQAError as error:
        line.tell({"error": errors.told(error)})
    except MemoryError:
        line.tell({"memory": True})
    except BaseException as bug:
        line.tell({"failed": errors.told(_as_error(bug, request))})


class Line:
    """Our ends of the two pipes, out of the plugin's way."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        self._in = os.dup(0)
        os.dup2(2, 1)
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        self._writing = threading.Lock()  # a plugin may tell its progress from several threads
        self._go = threading.Semaphore(0)
        threading.Thread(target=self._listen, daemon=True).start()

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        self.send(wire.MESSAGE, wire.encoded(message))

    def send(self, kind: bytes, content: bytes | memoryview) -> None:
        """Send a frame; with nobody there to read it, the process ends."""
        try:
            with self._writing:
                for part in wire.frame(kind, content):
                    self._write(part)
        except BrokenPipeError:
            _end()

    def wait(self) -> None:
        """Wait until our side wants to have more."""
        self._go.acquire()

    def _write(self, part: bytes | memoryview) -> None:
        left = memoryview(part)
        while left:
            left = left[os.write(self._out, left) :]

    def _listen(self) -> None:
        """Each byte asks for more; the end of the pipe means that our side is gone."""
        while os.read(self._in, 1):
            self._go.release()
        _end()


def _end() -> None:
    """End this process and all that it started."""
    os.killpg(0, signal.SIGKILL)


def _die_with(parent: int) -> None:
    """End when the thread that started us does, even where this process is stuck in a call."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:
        _end()


def _hold_to(memory: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _done(request: Mapping[str, Any], line: Line) -> Any:
    plugin = _plugin(request)
    match request["do"]:
        case "check":
            return plugin.check()
        case "columns":
            return _columns(plugin.columns())
        case "tables":
            return [[str(name), int(cells)] for name, cells in plugin.tables()]
        case "relation":
            found = plugin.relation()
            return None if found is None else [found.url, found.query]
        case "read":
            return _read(plugin, request, line)
        case _:
            return _sent(plugin, request["outgoing"])


def _columns(names: Any) -> list[str] | None:
    return None if names is None else [str(name) for name in names]


def _plugin(request: Mapping[str, Any]) -> Any:
    """The plugin's object, made from its code and options anew."""
    module = Home.from_dict(request["home"]).module()
    kind = _class(module, request["hook"], request["type"])
    return kind(config_of(kind, request["options"]), root=Path(request["root"]))


def _class(module: Any, hook: str, type_: str) -> Any:
    """The class of this type among those that the plugin's hook returns."""
    function: Callable[[], Iterable[Any]] = getattr(module, hook)
    return next(one for one in function() if one.type == type_)


def _sent(notifier: Any, written: Mapping[str, Any]) -> str | None:
    """None once the message was taken over; else what ``send`` returned instead."""
    outgoing = Outgoing(**{**written, "at": datetime.fromisoformat(written["at"])})
    returned = notifier.send(outgoing)
    return None if isinstance(returned, Delivery) else type(returned).__name__


def _read(source: Source, request: Mapping[str, Any], line: Line) -> None:
    from loopqa.plugin.isolation.sending import Sending  # noqa: PLC0415 - pyarrow is slow to load

    context = _context(request["context"], _progress(line))
    sending = Sending(line, source.type, context.columns)
    for item in _items(source, context):
        sending.take(item)


def _items(source: Source, context: ReadContext) -> Iterator[Any]:
    stream: object = source.read(context)
    if not isinstance(stream, Iterable):
        raise Misbehaved(
            text(
                "source '{type}' returned {kind} from read()",
                type=source.type,
                kind=type(stream).__name__,
            ),
            hint=text("read() yields lists of rows: yield [row, ...]"),
        )
    return iter(stream)


def _context(written: Mapping[str, Any], progress: Callable[..., None]) -> ReadContext:
    days = written["window"]
    return ReadContext(
        window=None if days is None else Window(*map(date.fromisoformat, days)),
        columns=None if written["columns"] is None else frozenset(written["columns"]),
        progress=progress,
        at=tuple(written["at"]),
        state=written["state"],
    )


def _progress(line: Line) -> Callable[..., None]:
    told = 0.0

    def progress(label: str, done: int, total: int | None) -> None:
        nonlocal told
        if time.monotonic() - told >= AT_MOST_EVERY:
            told = time.monotonic()
            whole = None if total is None else int(total)
            line.tell({"progress": [str(label)[:LONGEST], int(done), whole]})

    return progress


def _as_error(bug: BaseException, request: Mapping[str, Any]) -> Misbehaved:
    """A bug of the plugin, with the line of its own code."""
    type_, file = request["type"], request["home"]["file"]
    if request["do"] != "send":
        why_not = why(bug, within=file)
        return Misbehaved(text("plugin '{type}' failed: {why}", type=type_, why=why_not))
    # What it says may be about the recipient, and is kept with the message.
    told = f"{type(bug).__name__} ({place_of(bug, within=file)})"
    return Misbehaved(text("notifier '{type}' failed: {why}", type=type_, why=told))
