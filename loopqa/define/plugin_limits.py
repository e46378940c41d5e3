"""``plugin_limits`` of ``loopqa.yaml``: how much a plugin may take before it is ended."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from loopqa.define.durations import seconds
from loopqa.define.explaining import Notes
from loopqa.define.fields import Wrong, brief
from loopqa.define.workflow_document import PluginLimitsPart
from loopqa.language import text
from loopqa.model.plugin_limits import LONGEST_SEND, PluginLimits

SMALLEST = 300_000_000  #: bytes; with less, Python and Arrow themselves find no room

_SIZES = {"KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_NUMBERS = {"": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9}


def plugin_limits(part: PluginLimitsPart, notes: Notes) -> PluginLimits:
    """The limits as numbers; what is none of what is expected is noted."""
    readers: dict[str, Callable[[str], Any]] = {
        "silent": seconds,
        "check": seconds,
        "send": _sending,
        "rows": number_of_rows,
        "volume": size,
        "memory": _memory,
    }
    found: dict[str, Any] = {}
    for name, read in readers.items():
        try:
            found[name] = read(getattr(part, name))
        except Wrong as wrong:
            notes.wrong(("plugin_limits", name), wrong.message, wrong.hint)
    return PluginLimits(**found)


def size(written: str) -> int:
    """Bytes of ``2 GB``.

    Raises:
        Wrong: it is no amount of memory.

    >>> size("2 GB"), size("500mb")
    (2000000000, 500000000)
    """
    match = re.fullmatch(r"\s*([1-9]\d{0,6})\s*(KB|MB|GB|TB)\s*", written, re.IGNORECASE)
    if match is None:
        raise Wrong(
            text("'{limit}' is no amount of memory", limit=brief(written)), text("write it as 2GB")
        )
    return int(match[1]) * _SIZES[match[2].upper()]


def number_of_rows(written: str) -> int:
    """The number that ``100 million`` or ``5000`` stands for.

    Raises:
        Wrong: it is none.

    >>> number_of_rows("100 million"), number_of_rows("5000")
    (100000000, 5000)
    """
    match = re.fullmatch(r"\s*([1-9]\d{0,14})\s*([a-z]*)\s*", written.lower())
    if match is None or match[2] not in _NUMBERS:
        raise Wrong(
            text("'{limit}' is no number of rows", limit=brief(written)),
            text("write it as 5000 or 100 million"),
        )
    return int(match[1]) * _NUMBERS[match[2]]


def _sending(written: str) -> float:
    limit = seconds(written)
    if limit > LONGEST_SEND:
        raise Wrong(text("the outbox waits for nobody longer than {n} s", n=f"{LONGEST_SEND:g}"))
    return limit


def _memory(written: str) -> int:
    limit = size(written)
    if limit < SMALLEST:
        raise Wrong(text("a plugin's process needs at least {n} MB", n=SMALLEST // 1_000_000))
    return limit
