"""What a plugin's process prints: shown on our standard error, masked, and not without end."""

from __future__ import annotations

import sys
from contextlib import suppress
from io import BufferedReader, RawIOBase
from threading import Thread
from typing import IO, cast

from loopqa.language import text
from loopqa.plugin.secrecy import Mask

MOST_LINES = 20  #: of one use
LONGEST_LINE = 200  #: characters that are shown
_LOOKED_AT = 1 << 16  #: bytes of a line in which secrets are looked for before it is cut


class Printed:
    """Reads everything a process prints, so that it never waits for us; shows the beginning."""

    def __init__(self, pipe: IO[bytes], name: str, mask: Mask) -> None:
        self._pipe = BufferedReader(cast("RawIOBase", pipe), 1 << 16)
        self._name = name
        self._mask = mask
        self._thread = Thread(target=self._read, name=f"printed-{name}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Wait for the end of what the process printed; it has ended."""
        self._thread.join(1.0)  # a process that it started and that got away may hold the pipe
        if not self._thread.is_alive():
            self._pipe.close()

    def _read(self) -> None:
        shown, start = 0, True
        while line := self._pipe.readline(_LOOKED_AT):
            if start and shown < MOST_LINES:
                self._show(line)
            elif start and shown == MOST_LINES:
                self._say(str(text("... and more, which is not shown")))
            shown += start
            start = line.endswith(b"\n")

    def _show(self, line: bytes) -> None:
        words = line.decode("utf-8", "replace").rstrip()
        shown = "".join(one for one in words if one.isprintable() or one == "\t")
        self._say(self._mask(shown)[:LONGEST_LINE])

    def _say(self, words: str) -> None:
        with suppress(OSError, ValueError):
            sys.stderr.write(f"[{self._name}] {words}\n")
