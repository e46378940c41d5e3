"""``LOOPQA_TRACE=1``: every call into a plugin is written to stderr, for finding faults.

A line names the plugin, the hook or method, the time it took, and how it ended: ``ok``, or what was
raised, with secret options masked. What is passed and returned is left out.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any, TypeVar

from loopqa.errors import LoopQAError

if TYPE_CHECKING:
    from loopqa.plugin.secrecy import Mask

Thing = TypeVar("Thing")


def is_on() -> bool:
    """Whether the environment asks for a trace."""
    return os.environ.get("LOOPQA_TRACE", "") == "1"


def followed(thing: Thing, plugin: str, base: type, mask: Mask) -> Thing:
    """The plugin's object with all calls of the interface traced."""
    for name, _ in inspect.getmembers(base, inspect.isfunction):
        if not name.startswith("_"):
            object.__setattr__(thing, name, _traced(getattr(thing, name), plugin, name, mask))
    return thing


def _traced(call: Callable[..., Any], plugin: str, name: str, mask: Mask) -> Callable[..., Any]:
    def traced(*args: Any, **named: Any) -> Any:
        with following(plugin, name, mask):
            returned = call(*args, **named)
        return _drawn(returned, plugin, name, mask) if isinstance(returned, Iterator) else returned

    return traced


def _drawn(items: Iterator[Any], plugin: str, name: str, mask: Mask) -> Iterator[Any]:
    """What a source yields; every item is a call of its own."""
    for number in count(1):
        with following(plugin, f"{name}[{number}]", mask):
            item = next(items, items)
        if item is items:
            return
        yield item


@contextmanager
def following(plugin: str, what: str, mask: Mask = str) -> Iterator[None]:
    """Write one line about a call into a plugin: how long it took, and how it ended."""
    if not is_on():
        yield
        return
    began = perf_counter()
    try:
        yield
    except BaseException as error:
        _write(plugin, what, began, mask(_ended(error)))
        raise
    _write(plugin, what, began, "ok")


def _ended(error: BaseException) -> str:
    words = error.problems[0].message if isinstance(error, LoopQAError) else error
    place = _place(error)
    return " ".join(f"{type(error).__name__}{place}: {words}".split())


def _place(error: BaseException) -> str:
    """Where something was raised that nobody meant to raise."""
    trace = error.__traceback__
    if trace is None or isinstance(error, LoopQAError):
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f" at {os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"


def _write(plugin: str, what: str, began: float, outcome: str) -> None:
    milliseconds = (perf_counter() - began) * 1000
    sys.stderr.write(f"loopqa trace: {plugin} {what} {milliseconds:.1f} ms {outcome}\n")
