"""Field paths: where in a JSON document something stands, as in ``data.results[0]["a.b"]``.

Names are joined by dots, list positions (from 0) stand in brackets, and a name with a dot, blank or
bracket in it stands in brackets and quotes. That is the common ground of JSONPath (RFC 9535), so a
leading ``$`` or ``$.`` may be written, too.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Annotated, Any

from pydantic import AfterValidator

from loopqa.language import Text, text

Step = str | int

_STEP = re.compile(r"""\.?([^.\[\]"'\s]+) | \[(\d{1,9})\] | \["([^"]+)"\] | \['([^']+)'\]""", re.X)
_ROOT = re.compile(r"\$\.?")

#: How many names a message lists of those that are there.
_NAMED = 12


class NotThere(Exception):
    """A path leads nowhere; holds what was found instead."""

    def __init__(self, why: Text) -> None:
        super().__init__(why)
        self.why = why


def _well_formed(path: str) -> str:
    steps_of(path)
    return path


FieldPath = Annotated[str, AfterValidator(_well_formed)]
"""The type of an option that is a field path."""


@lru_cache
def steps_of(path: str) -> tuple[Step, ...]:
    """The names and list positions of a path; none: the whole document.

    Raises:
        ValueError: it is no path.

    >>> steps_of('data.pages[0]["a.b"]'), steps_of("$.data"), steps_of("")
    (('data', 'pages', 0, 'a.b'), ('data',), ())
    """
    root = _ROOT.match(path)
    at = root.end() if root else 0
    steps: list[Step] = []
    while at < len(path):
        found = _STEP.match(path, at)
        if found is None or (not steps and path[at] == "."):
            raise ValueError(text("a field path looks like data.results or pages[0].rows"))
        name, position, *quoted = found.groups()
        steps.append(int(position) if position else name or quoted[0] or quoted[1])
        at = found.end()
    return tuple(steps)


def look_up(document: Any, path: str) -> Any:
    """What stands at a path.

    Raises:
        NotThere: nothing does; says what was found instead, and where.
    """
    current, walked = document, ""
    for step in steps_of(path):
        current = _below(current, step, walked)
        walked = _joined(walked, step)
    return current


def perhaps(document: Any, path: str) -> Any:
    """What stands at a path, or None."""
    try:
        return look_up(document, path)
    except NotThere:
        return None


def _below(current: Any, step: Step, walked: str) -> Any:
    where = text("'{path}'", path=walked) if walked else text("the answer")
    match step, current:
        case int(), list() if step < len(current):
            return current[step]
        case str(), dict() if step in current:
            return current[step]
        case int(), list():
            raise NotThere(text("{where} has only {n} entries", where=where, n=len(current)))
        case str(), dict():
            raise NotThere(_no_such_name(current, step, where))
    wanted = _LIST if isinstance(step, int) else _OBJECT
    kind = kind_of(current)
    raise NotThere(text("{where} is {kind}, not {wanted}", where=where, kind=kind, wanted=wanted))


def _no_such_name(current: dict[str, Any], name: str, where: Text) -> Text:
    if not current:
        return text("{where} is empty, without '{name}'", where=where, name=name)
    names = [*current][:_NAMED] + ["..."] * (len(current) > _NAMED)
    return text(
        "{where} has no '{name}', only {names}", where=where, name=name, names=", ".join(names)
    )


def _joined(walked: str, step: Step) -> str:
    if isinstance(step, int):
        return f"{walked}[{step}]"
    plain = not re.search(r"""[.\[\]"'\s]""", step)
    return (f"{walked}.{step}" if walked else step) if plain else f'{walked}["{step}"]'


_LIST = text("a list")
_OBJECT = text("an object")


def kind_of(value: Any) -> Text:
    """What kind of JSON value something is, in words."""
    match value:
        case None:
            return text("null")
        case bool():
            return text("true or false")
        case str():
            return text("text")
        case list():
            return _LIST
        case dict():
            return _OBJECT
    return text("a number")
