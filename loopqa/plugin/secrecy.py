"""Secrets kept out of sight: put into options where they are needed, hidden where they turn up.

Options that are one secret each have the type :data:`loopqa.plugin.Secret`. Mappings and lists such
as the settings of another program, or headers of a request, may hold ``${env:NAME}`` or
``${file:PATH}`` anywhere in their texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus, unquote, urlsplit

from pydantic import BaseModel, SecretStr

from loopqa.errors import DataError
from loopqa.plugin.secret import REFERENCE, looked_up, references, revealed

Mask = Callable[[str], str]
"""Puts stars in place of secrets."""

STARS = "***"
SHORTEST = 3  #: characters; to hide less would spoil the sentence and protect nobody

_SECRET_NAME = re.compile(r"passw|secret|token|api_?key|private_?key|credential|authori[sz]", re.I)
_LINE = 8  #: letters that a line of a longer secret has to have to be hidden by itself


def masking(secrets: Iterable[str]) -> Mask:
    """A function that hides secrets however they are written, the longest first."""
    forms = {form for one in secrets for form in _forms(one) if len(form) >= SHORTEST}
    if not forms:
        return str
    pattern = re.compile("|".join(map(re.escape, sorted(forms, key=len, reverse=True))))
    return lambda words: pattern.sub(STARS, words)


def secrets_of(options: Any, root: Path) -> frozenset[str]:
    """Everything in options, a ``Config`` or as written, that must not be seen.

    That is what secret options hold, as written and as looked up, what all references stand for,
    passwords within addresses, and texts under a key such as ``password``. What can't be looked up
    now is left out.
    """
    found = set(_plain(options))
    for secret in _within(options):
        found.update(references(secret, root))
        with suppress(DataError):
            found.update(_parts(revealed(secret, root)))
    return frozenset(found)


def _within(value: Any) -> Iterator[SecretStr]:
    """Secret options, and other texts that hold references."""
    if isinstance(value, SecretStr):
        yield value
    elif isinstance(value, str) and REFERENCE.search(value):
        yield SecretStr(value)
    else:
        for one in _inside(value):
            yield from _within(one)


def _parts(secret: str) -> Iterator[str]:
    """A secret, and the password in it where it is an address."""
    yield secret
    with suppress(ValueError):
        password = urlsplit(secret).password or ""
        yield from (password, unquote(password))


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
        named = {one[0] for written in _texts(options) for one in REFERENCE.finditer(written)}
        self._values = {one: looked_up(one, root) for one in sorted(named)}
        self._mask = masking((*self._values.values(), *_plain(options)))

    def put_in(self, options: Any) -> Any:
        """The options with the values in place of their references."""
        return _mapped(options, lambda one: REFERENCE.sub(self._value, one))

    def taken_out(self, options: Any) -> Any:
        """The options with references in place of the values: what may be kept."""
        return _mapped(options, self._referring)

    def hidden(self, said: str) -> str:
        """A text, such as an error of the other side, without the secrets."""
        return self._mask(said)

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
    if isinstance(options, BaseModel):
        return [getattr(options, name, None) for name in type(options).model_fields]
    return options if isinstance(options, (list, tuple, set, frozenset)) else ()


def _forms(secret: str) -> Iterator[str]:
    """How a secret may be written: as it is, line by line, in JSON, in an address, in Python."""
    for one in (secret, *(line for line in secret.splitlines() if len(line) >= _LINE)):
        if one:
            yield from (one, json.dumps(one)[1:-1], json.dumps(one, ensure_ascii=False)[1:-1])
            quoted = quote(one, errors="replace"), quote_plus(one, errors="replace")
            yield from (*quoted, quote(one, safe="", errors="replace"), repr(one)[1:-1])
