"""Secrets kept out of what a plugin says: its errors, and what it prints."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretStr

from loopqa.errors import DataError
from loopqa.plugin.secret import references, revealed

SHORTEST = 3  #: characters; to hide less would spoil the sentence and protect nobody
STARS = "***"


def secrets_of(config: Any, root: Path) -> frozenset[str]:
    """The values of all secret options, as written, as looked up, and as parts of an address."""
    values: set[str] = set()
    for secret in _within(config):
        values.update(references(secret, root))
        with suppress(DataError):
            values.add(revealed(secret, root))
    spelled = {way(one) for one in values for way in (str, quote, quote_plus)}
    return frozenset(one for one in spelled if len(one) >= SHORTEST)


def _within(value: Any) -> Iterator[SecretStr]:
    if isinstance(value, SecretStr):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _within(getattr(value, name, None))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _within(one)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from _within(one)


def masking(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that puts stars in place of the secrets, the longest first."""
    found = sorted(secrets, key=len, reverse=True)
    if not found:
        return str
    pattern = re.compile("|".join(map(re.escape, found)))
    return lambda words: pattern.sub(STARS, words)
