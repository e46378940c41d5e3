"""Which plugin a process is inside of, so that one that does not come out of it leaves a trace.

A process that calls plugins holds a small file for each, locked as long as it lives, and notes in
its first byte whether it is inside. What a process that has ended left at 1 is one such end; so is
a process that has been inside for hours, as ticks of cron would that nobody watches over.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from loopqa.plugin.isolation.home import Home

FOLDER = Path(".loopqa", "plugins")  #: of a workspace; it can be deleted at any time
MOST = 2  #: ends after which a plugin is left alone
STUCK = 7200.0  #: seconds inside of a plugin after which nobody expects it to come out

_ENDING = ".mark"
_INSIDE, _OUTSIDE = b"1", b"0"


class Marks:
    """Of one workspace, or of none."""

    def __init__(self, folder: Path | None) -> None:
        """``folder`` is made when the first mark is; None, or no POSIX system: no marks."""
        self._folder = None if sys.platform == "win32" else folder
        self._held: dict[tuple[str, str], _Held | None] = {}
        self._lock = threading.Lock()

    @contextmanager
    def inside(self, home: Home) -> Iterator[None]:
        """Note that this process is inside of a plugin; whatever is raised there, it came out."""
        held = self._of(home)
        if held is None:
            yield
            return
        held.enter()
        try:
            yield
        finally:
            held.leave()

    def ends(self, home: Home) -> int:
        """How many processes ended, or are stuck, inside of this version of a plugin's code."""
        return sum(self._ended(file, home.stamp()) for file in self._files(home.name))

    def forget(self, name: str) -> bool:
        """Forget the ends of processes inside of a plugin; whether there were any."""
        ended = [file for file in self._files(name) if _is_free(file) or _is_old(file)]
        for file in ended:
            file.unlink(missing_ok=True)
        return bool(ended)

    def _files(self, name: str) -> list[Path]:
        if self._folder is None:
            return []
        return sorted(self._folder.glob(f"{quote(name, safe='')}.*{_ENDING}"))

    def _ended(self, file: Path, stamp: str) -> bool:
        """Whether a process ended or is stuck inside; what says nothing any more is removed."""
        with suppress(OSError, ValueError):
            if not _is_free(file) and not _is_old(file):
                return False
            content = file.read_bytes()
            if content[:1] == _INSIDE and json.loads(content[1:])["stamp"] == stamp:
                return True
            if _is_free(file):
                file.unlink(missing_ok=True)
        return False

    def _of(self, home: Home) -> _Held | None:
        with self._lock:
            key = (home.name, home.origin)
            if key not in self._held:
                self._held[key] = self._begun(home)
            return self._held[key]

    def _begun(self, home: Home) -> _Held | None:
        """A mark of this process; None where none can be written."""
        if self._folder is None:
            return None
        name = f"{quote(home.name, safe='')}.{os.getpid()}-{os.urandom(4).hex()}{_ENDING}"
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            return _Held(self._folder / name, home.stamp())
        return None


def marks_of(root: Path | None) -> Marks:
    """The marks of a workspace; None: of nothing."""
    return Marks(None if root is None else root / FOLDER)


class _Held:
    """The mark of this process about one plugin; several threads may be inside at once."""

    def __init__(self, file: Path, stamp: str) -> None:
        self._descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        _locked(self._descriptor)
        os.write(self._descriptor, _OUTSIDE + json.dumps({"stamp": stamp}).encode())
        self._depth = 0
        self._lock = threading.Lock()
        weakref.finalize(self, _let_go, self._descriptor, file)

    def enter(self) -> None:
        with self._lock:
            self._depth += 1
            if self._depth == 1:
                os.pwrite(self._descriptor, _INSIDE, 0)

    def leave(self) -> None:
        with self._lock:
            self._depth -= 1
            if not self._depth:
                os.pwrite(self._descriptor, _OUTSIDE, 0)


def _let_go(descriptor: int, file: Path) -> None:
    """At the end of the host, or of the process: nobody need look at this mark."""
    with suppress(OSError):
        file.unlink(missing_ok=True)
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    import fcntl  # noqa: PLC0415 - POSIX only

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _is_old(file: Path) -> bool:
    """Whether the process has neither gone in nor come out for long."""
    return time.time() - file.stat().st_mtime > STUCK


def _is_free(file: Path) -> bool:
    """Whether the process that made a mark has ended: the system has let go of its lock."""
    descriptor = os.open(file, os.O_RDONLY)
    try:
        return _locked(descriptor)
    finally:
        os.close(descriptor)
