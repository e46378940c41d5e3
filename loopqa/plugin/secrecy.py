"""Secrets inside free options, such as the settings of another program, or headers of a request.

Options that are one secret each have the type :data:`loopqa.plugin.Secret`; this is for mappings
and lists whose texts may hold ``${env:NAME}`` or ``${file:PATH}`` anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from loopqa.plugin.secret import looked_up

_REFERENCE = re.compile(r"\$\{(?:env|file):[^}]+\}")
_SECRET_NAME = re.compile(r"passw|secret|token|api_?key|private_?key|credential|authori[sz]", re.I)

_MARK = "***"
_LINE = 8  #: letters that a line of a longer secret has to have to be hidden by itself


class Secrets:
    """The secrets of some options: put in where they are needed, and hidden where they turn up.

    Hidden are the values of all references, and what stands in plain under a key such as
    ``password`` or ``api_key``.
    """

    def __init__(self, options: Any, root: Path) -> None:
        """``options``: mappings, lists and texts as written; paths of files start at ``root``.

        Raises:
            DataError: an environment variable is not set, or a file can't be read.
        """
        references = {one for written in _texts(options) for one in _REFERENCE.findall(written)}
        self._values = {one: looked_up(one, root) for one in sorted(references)}
        forms = {form for one in (*self._values.values(), *_plain(options)) for form in _forms(one)}
        self._forms = sorted(forms, key=len, reverse=True)

    def put_in(self, options: Any) -> Any:
        """The options with the values in place of their references."""
        return _mapped(options, lambda one: _REFERENCE.sub(self._value, one))

    def taken_out(self, options: Any) -> Any:
        """The options with references in place of the values: what may be kept."""
        return _mapped(options, self._referring)

    def hidden(self, said: str) -> str:
        """A text, such as an error of the other side, without the secrets."""
        for form in self._forms:
            said = said.replace(form, _MARK)
        return said

    def _value(self, found: re.Match[str]) -> str:
        return self._values.get(found[0], found[0])

    def _referring(self, written: str) -> str:
        for reference, value in self._values.items():
            written = written.replace(value, reference)
        return written


def _mapped(options: Any, change: Callable[[str], str]) -> Any:
    if isinstance(options, str):
        return change(options)
    if isinstance(options, dict):
        return {key: _mapped(value, change) for key, value in options.items()}
    if isinstance(options, (list, tuple)):
        return [_mapped(value, change) for value in options]
    return options


def _texts(options: Any) -> Iterator[str]:
    if isinstance(options, str):
        yield options
    for value in _inside(options):
        yield from _texts(value)


def _plain(options: Any) -> Iterator[str]:
    """Texts without references under keys that promise a secret."""
    if isinstance(options, dict):
        named = (value for key, value in options.items() if _SECRET_NAME.search(str(key)))
        yield from (one for value in named for one in _texts(value) if "${" not in one)
    for value in _inside(options):
        yield from _plain(value)


def _inside(options: Any) -> Iterable[Any]:
    if isinstance(options, dict):
        return options.values()
    return options if isinstance(options, (list, tuple)) else ()


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be written: as it is, line by line, in JSON, in an address, in Python."""
    for one in (secret, *(line for line in secret.splitlines() if len(line) >= _LINE)):
        if one:
            yield from (one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])
            yield from (quote(one, safe=""), quote(one), quote_plus(one), repr(one)[1:-1])
