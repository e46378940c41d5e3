"""Our side of a plugin's process: one request, frames until it is done, limits, a sure end."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.model.plugin_limits import PluginLimits
from loopqa.plugin.isolation import errors, wire
from loopqa.plugin.isolation.errors import Ended, Misbehaved
from loopqa.plugin.isolation.printed import Printed
from loopqa.plugin.secrecy import Mask

#: Runs in the new process: our paths first, so that it finds the same code as we do.
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from loopqa.plugin.isolation.child import main; main()"
)
_BOOKMARK = b'{"bookmark"'
_FAREWELL = 2.0  #: seconds for a process that is done to end by itself


@dataclass(frozen=True)
class Use:
    """What a plugin is asked for."""

    kind: Text  #: "source" or "notifier", for people
    type: str
    request: Mapping[str, Any]
    limits: PluginLimits
    mask: Mask


class Process:
    """A plugin's process, for one use; a context manager that leaves nothing behind."""

    def __init__(self, use: Use) -> None:
        self._use = use

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,  # Ctrl-C is for us; it ends with us, and all it started with it
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._ask = self._process.stdin
        self._incoming = wire.Incoming(self._process.stdout.fileno())
        self._printed = Printed(self._process.stderr, self._use.type, self._use.mask)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_FAREWELL)
        self._kill()
        self._printed.close()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _kill(self) -> None:
        """End the process, and what it started: all that is left of its session."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def answer(self, seconds: float) -> Any:
        """What the plugin returned, within so many seconds.

        Raises:
            LoopQAError: the plugin raised it, or misbehaved.
        """
        until = time.monotonic() + seconds
        for kind, content in self._frames(seconds, until):
            done = self._message(kind, content)
            if "done" in done:
                return done["done"]
        raise self._ended()

    def stream(self) -> Iterator[tuple[bytes, Any]]:
        """Messages and rows until the plugin is done.

        Raises:
            LoopQAError: the plugin raised it, or misbehaved.
        """
        for kind, content in self._frames(self._use.limits.silent):
            if kind == wire.ROWS:
                yield kind, content
                continue
            message = self._message(kind, content)
            if "done" in message:
                return
            yield kind, message
        raise self._ended()

    def go_on(self) -> None:
        """Let the plugin go on behind a bookmark."""
        with suppress(OSError):
            self._ask.write(b"+")

    def rows_in(self, content: bytearray) -> Any:
        """The batch in a frame of rows.

        Raises:
            Misbehaved: there is none.
        """
        import pyarrow as pa  # noqa: PLC0415 - slow to load, and only readings need it

        try:
            with pa.ipc.open_stream(pa.py_buffer(content)) as stream:
                return stream.read_next_batch()
        except (pa.ArrowException, StopIteration):
            raise self._babbled() from None

    def _frames(
        self, patience: float, until: float | None = None
    ) -> Iterator[tuple[bytes, bytearray]]:
        """Frames; bookmarks alone are no sign of life, or a source could go on without end."""
        self._begin()
        left = patience
        while True:
            began = time.monotonic()
            try:
                frame = self._incoming.next(left, until=until)
            except wire.Silence:
                raise self._silent(patience) from None
            except wire.Babble:
                raise self._babbled() from None
            if frame is None:
                return
            alone = frame[1].startswith(_BOOKMARK)
            left = left - (time.monotonic() - began) if alone else patience
            yield frame

    def _begin(self) -> None:
        request = {
            **self._use.request,
            "parent": os.getpid(),
            "memory": self._use.limits.memory,
        }
        lines = f"{json.dumps(sys.path)}\n{json.dumps(request)}\n"
        with suppress(OSError):  # a process that has ended already is told of when we read
            self._ask.write(lines.encode())

    def _message(self, kind: bytes, content: bytearray) -> dict[str, Any]:
        if kind != wire.MESSAGE:
            raise self._babbled()
        try:
            message = wire.decoded(content)
        except wire.Babble:
            raise self._babbled() from None
        if "memory" in message:
            raise self._greedy()
        for name in ("error", "failed"):
            if name in message:
                raise self._raised(message[name], misbehaved=name == "failed")
        return message

    def _raised(self, told: Any, *, misbehaved: bool) -> LoopQAError:
        try:
            error = errors.raised(told, self._use.mask)
        except (LookupError, TypeError, AttributeError):
            return self._babbled()
        return Misbehaved.of(error) if misbehaved else error

    # --- what is said of a plugin that misbehaves

    def _misbehaved(self, what: Text, hint: Text | None = None) -> Ended:
        return Ended(
            text("{kind} '{type}' {what}", kind=self._use.kind, type=self._use.type, what=what),
            retryable=True,
            hint=hint,
        )

    def _silent(self, seconds: float) -> Ended:
        return self._misbehaved(
            text("gave no sign of life for {n} s and was ended", n=f"{seconds:g}"),
            text("allow it more time under plugin_limits: in loopqa.yaml, or mend it"),
        )

    def _babbled(self) -> Ended:
        return self._misbehaved(text("wrote into the line that its process speaks to ours through"))

    def _greedy(self) -> Ended:
        return self._misbehaved(
            text("needs more memory than {n} MB", n=self._use.limits.memory // 1_000_000),
            text("yield smaller batches, or raise plugin_limits: memory: in loopqa.yaml"),
        )

    def flooded(self, what: Text) -> Ended:
        """What is said of a source that yields more than is allowed."""
        return self._misbehaved(
            what, text("raise the limit under plugin_limits: in loopqa.yaml, or mend it")
        )

    def _ended(self) -> Ended:
        """The process has closed its line without a last word."""
        try:
            code = self._process.wait(_FAREWELL)
        except subprocess.TimeoutExpired:
            return self._misbehaved(text("closed the line that its process speaks to ours through"))
        if code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
            return self._misbehaved(text("ended: its process was killed by {signal}", signal=name))
        return self._misbehaved(text("ended its process with exit code {code}", code=code))
