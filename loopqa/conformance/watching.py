"""What code does to the world outside while it runs: files, sockets, processes, the time zone."""

from __future__ import annotations

import os
import socket
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

_REACHING = frozenset(
    {
        "open", "os.listdir", "os.scandir", "os.mkdir", "os.remove", "os.rename", "os.system",
        "socket.connect", "socket.getaddrinfo", "socket.bind", "sqlite3.connect",
        "subprocess.Popen", "tempfile.mkstemp", "urllib.Request",
    }
)  # fmt: skip
_CODE = (".py", ".pyc", ".so", ".pyd", ".dll", ".pth")


@dataclass
class Watch:
    """What was seen while watching."""

    reached: list[str] = field(default_factory=list)  #: e.g. "open data/ratings.csv"
    written: list[Path] = field(default_factory=list)  #: files opened for writing


_watching: list[Watch] = []


@contextmanager
def watched() -> Iterator[Watch]:
    """Note every file, socket and process that Python code opens inside the block.

    Bringing in modules does not count. Code that is not Python (database drivers, say) is not seen.
    """
    _install()
    watch = Watch()
    _watching.append(watch)
    try:
        yield watch
    finally:
        _watching.remove(watch)


@cache
def _install() -> None:
    """Audit hooks stay for good, so there is only one, and it does nothing while nobody watches."""
    sys.addaudithook(_heard)


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in _REACHING:
        return
    what = arguments[0] if arguments else None
    if (event.startswith("os.") or event == "open") and _of_python(what):
        return
    for watch in _watching:
        watch.reached.append(f"{event} {what}" if isinstance(what, str) else event)
        if event == "open" and isinstance(what, str) and _writes(arguments):
            watch.written.append(Path(what))


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode, flags = (*arguments[1:3], None, None)[:2]
    if isinstance(mode, str):
        return any(sign in mode for sign in "wax+")
    return bool(isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _of_python(what: Any) -> bool:
    """Whether a path is looked at to bring modules in, or is part of an installed library."""
    if not isinstance(what, str):
        return isinstance(what, int) or what is None  # a handle that is open already
    return what.endswith(_CODE) or what in sys.path or what.startswith(_libraries())


@cache
def _libraries() -> tuple[str, ...]:
    own = str(Path(__file__).parents[1])
    return (*set(sysconfig.get_paths().values()), own, "/dev/null", "/proc/", "/sys/")


@dataclass
class Line:
    """The cut line to the network."""

    tried: bool = False  #: whether anything asked for a server


@contextmanager
def offline() -> Iterator[Line]:
    """Refuse every connection that Python code asks for inside the block."""
    line = Line()

    def refuse(*_: Any, **__: Any) -> Any:
        line.tried = True
        raise ConnectionRefusedError(111, "Connection refused")

    lookup = socket.getaddrinfo
    try:
        socket.getaddrinfo = refuse
        socket.socket.connect = refuse  # type: ignore[method-assign]
        socket.socket.connect_ex = refuse  # type: ignore[method-assign]
        yield line
    finally:
        socket.getaddrinfo = lookup
        del socket.socket.connect  # what it covered is inherited from C
        del socket.socket.connect_ex


@contextmanager
def living_in(zone: str) -> Iterator[None]:
    """Set the machine's time zone inside the block.

    Raises:
        OSError: the system has no way to set it.
    """
    if not hasattr(time, "tzset"):
        raise OSError(zone)
    before = os.environ.get("TZ")
    os.environ["TZ"] = zone
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
