"""``LOOPQA_TRACE=1``: every call into a plugin is written to stderr, for finding faults."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


def is_on() -> bool:
    """Whether the environment asks for a trace."""
    return os.environ.get("LOOPQA_TRACE", "") == "1"


@contextmanager
def following(plugin: str, what: str) -> Iterator[None]:
    """Write one line about a call into a plugin: how long it took, and how it ended."""
    if not is_on():
        yield
        return
    began = perf_counter()
    try:
        yield
    except BaseException as error:
        _write(plugin, what, began, type(error).__name__)
        raise
    _write(plugin, what, began, "ok")


def _write(plugin: str, what: str, began: float, outcome: str) -> None:
    milliseconds = (perf_counter() - began) * 1000
    sys.stderr.write(f"loopqa trace: {plugin} {what} {milliseconds:.1f} ms {outcome}\n")
