"""Other programs at work for a plugin: bounded in time and in what they say, gone in the end."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import PIPE, Popen
from tempfile import TemporaryDirectory
from threading import Event, Thread, Timer
from typing import IO

from loopqa.errors import PluginError
from loopqa.language import text

LINES, LETTERS = 5, 300  #: of what a program says beside its output, for messages
LONGEST = 1 << 16  #: bytes of a line of it that are looked at

#: The program leads a process group. Should this process end without a word, the pipe that is fd 3
#: closes; then a watcher in the group removes the program's files, and ends the group.
_GUARDED = (
    'exec 3<&0; ((read -r _ <&3; rm -rf "$0"; kill -KILL 0) >/dev/null 2>&1 &); '
    'exec "$@" </dev/null 3<&-'
)


@contextmanager
def running(
    command: Sequence[str],
    files: Mapping[str, str],
    *,
    folder: Path,
    seconds: float,
    hide: Callable[[str], str] = str,
) -> Iterator[IO[bytes]]:
    """A program at work in ``folder``, and its standard output.

    When the block is left, however that comes, no process of the program's group and none of its
    files remain; the same holds when this process is killed. The program inherits the environment
    without what concerns our own Python, and reads and writes UTF-8 if it is Python itself.

    Args:
        command: the program and its arguments.
        files: options of the program that name a file, such as ``--config``, and what it holds;
            nobody else can read it.
        seconds: how long the program may take.
        hide: makes what the program says fit to be shown (:meth:`loopqa.plugin.Secrets.hidden`).

    Raises:
        PluginError: the program was too slow, or ended with another code than 0; it quotes what
            the program said last on its standard error.
    """
    with TemporaryDirectory(prefix="loopqa-", ignore_cleanup_errors=True) as private:
        named = [
            part for name, held in files.items() for part in (name, _file(private, name, held))
        ]
        process = _started([*command, *named], folder, private)
        said: deque[str] = deque(maxlen=LINES)
        listener = Thread(target=_listen, args=(process.stderr, said, hide), daemon=True)
        listener.start()
        try:
            with _ended_after(seconds, process) as late:
                yield _piped(process.stdout)
                process.wait()
        finally:
            _end(process)
            listener.join(timeout=5)
    if process.returncode and late.is_set():
        raise _too_slow(command[0], seconds)
    if process.returncode:
        raise _failed(command[0], process.returncode, said)


def lines(output: IO[bytes], longest: int = 1 << 22) -> Iterator[bytes]:
    """The lines that a program writes; of one that is too long, only the first bytes."""
    while line := output.readline(longest):
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = output.readline(longest)
        yield line


def _file(private: str, name: str, held: str) -> str:
    path = Path(private, f"{name.strip('-')}.json")
    path.touch(mode=0o600)
    path.write_text(held, encoding="utf-8")
    return str(path)


def _started(command: Sequence[str], folder: Path, private: str) -> Popen[bytes]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return Popen(
        ["sh", "-c", _GUARDED, private, *command],
        cwd=folder,
        env={**kept, "PYTHONUTF8": "1"},
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )


def _piped(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe


@contextmanager
def _ended_after(seconds: float, process: Popen[bytes]) -> Iterator[Event]:
    """End the program after a time; the event tells whether that happened."""
    late = Event()

    def end() -> None:
        late.set()
        _kill(process)

    timer = Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()


def _kill(process: Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _end(process: Popen[bytes]) -> None:
    """End what is left of the program, and our ends of its pipes but that of the listener."""
    _kill(process)
    process.wait()
    for pipe in (process.stdin, process.stdout):
        _piped(pipe).close()


def _listen(stream: IO[bytes], said: deque[str], hide: Callable[[str], str]) -> None:
    """Take what the program says off its hands, however much; keep the last lines."""
    begins = True
    with stream:
        while piece := stream.readline(LONGEST):
            line = hide(piece.decode("utf-8", "replace")).strip()
            if begins and line:
                said.append(line[:LETTERS])
            begins = piece.endswith(b"\n")


def _too_slow(program: str, seconds: float) -> PluginError:
    return PluginError(
        text(
            "{program} was ended because it took more than {seconds} seconds",
            program=Path(program).name,
            seconds=f"{seconds:g}",
        ),
        retryable=True,
    )


def _failed(program: str, code: int, said: Sequence[str]) -> PluginError:
    return PluginError(
        text(
            "{program} ended with code {code}, saying: {words}",
            program=Path(program).name,
            code=code,
            words=" | ".join(said) or "-",
        )
    )
