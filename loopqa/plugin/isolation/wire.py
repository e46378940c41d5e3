"""Frames between a plugin's process and ours: a kind, a length, and that many bytes."""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Mapping
from typing import Any

MESSAGE = b"J"  #: a JSON object
ROWS = b"A"  #: an Arrow IPC stream of one batch

LARGEST = 256_000_000  #: bytes of a frame

_HEAD = struct.Struct(">cQ")


class Silence(Exception):
    """Nothing came in time."""


class Babble(Exception):
    """What came is no frame."""


def frame(kind: bytes, content: bytes | memoryview) -> tuple[bytes, bytes | memoryview]:
    """The head of a frame, and its content."""
    return _HEAD.pack(kind, len(content)), content


def encoded(message: Mapping[str, Any]) -> bytes:
    """A message as JSON; halves of characters, which no encoding has, become question marks.

    Raises:
        TypeError, ValueError: it holds what JSON does not have.
    """
    return json.dumps(message, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def decoded(content: bytes | bytearray) -> dict[str, Any]:
    """The message that :func:`encoded` wrote.

    Raises:
        Babble: it is none.
    """
    try:
        message = json.loads(content)
    except (ValueError, RecursionError):
        raise Babble from None
    if not isinstance(message, dict):
        raise Babble
    return message


class Incoming:
    """Our end of the pipe that a plugin's process writes to."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._ready = select.poll()
        self._ready.register(descriptor, select.POLLIN)

    def next(
        self, patience: float, *, until: float | None = None
    ) -> tuple[bytes, bytearray] | None:
        """The next frame; None where the process has closed its end.

        Args:
            patience: seconds that may pass without a single byte.
            until: an instant of the monotonic clock that ends all waiting.

        Raises:
            Silence: nothing came in time.
            Babble: what came is no frame, or a larger one than :data:`LARGEST`.
        """
        head = self._exactly(_HEAD.size, patience, until)
        if head is None:
            return None
        kind, length = _HEAD.unpack(head)
        if kind not in {MESSAGE, ROWS} or length > LARGEST:
            raise Babble
        content = self._exactly(length, patience, until)
        return None if content is None else (kind, content)

    def _exactly(self, length: int, patience: float, until: float | None) -> bytearray | None:
        content = bytearray(length)
        view, filled = memoryview(content), 0
        while filled < length:
            self._wait(patience, until)
            read = os.readv(self._descriptor, [view[filled:]])
            if not read:
                return None
            filled += read
        return content

    def _wait(self, patience: float, until: float | None) -> None:
        left = patience if until is None else min(patience, until - time.monotonic())
        if left <= 0 or not self._ready.poll(left * 1000):
            raise Silence
