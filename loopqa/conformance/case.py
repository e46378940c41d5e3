"""A plugin with its options, as the checks look at it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from loopqa.errors import DataError
from loopqa.language import Text
from loopqa.plugin.configuring import config_of
from loopqa.plugin.options import Options
from loopqa.plugin.secret import revealed, secret_options

HIDDEN = "***"


@dataclass(frozen=True)
class Failing:
    """Options under which the plugin must fail, in words."""

    options: Mapping[str, Any]  #: they go before those of the case
    retryable: bool | None = None
    """What the error must say: True or False for a PluginError; None: any deliberate error."""


@dataclass(frozen=True)
class Case(ABC):
    """A plugin class, and how it is used."""

    plugin: Any
    options: Mapping[str, Any] = field(default_factory=dict)
    root: Path = Path()
    failing: Mapping[str, Failing] = field(default_factory=dict)  #: by what is wrong, in words

    @abstractmethod
    def made(self, **more: Any) -> Any:
        """The plugin, with some options replaced.

        Raises:
            DefinitionError: the options are wrong.
        """

    def using(self, **more: Any) -> Self:
        """The same case with some options replaced."""
        return replace(self, options={**self.options, **more})

    def config(self, **more: Any) -> Options:
        """The checked options, some of them replaced.

        Raises:
            DefinitionError: they are wrong.
        """
        return config_of(self.plugin, {**self.options, **more})

    def secrets(self) -> Collection[str]:
        """The values of options that must not be seen, as far as they can be looked up."""
        config = self.config()
        return [
            value
            for name, field_ in type(config).model_fields.items()
            if (field_.alias or name) in secret_options(type(config))
            for one in _flat(getattr(config, name))
            for value in self._revealed(one)
        ]

    def _revealed(self, secret: Any) -> Iterator[str]:
        """A secret's value, or the values that were put into it: of ``${env:...}`` in a URL."""
        parts: list[str] = []

        def part(value: str) -> str:
            parts.append(value)
            return value

        try:
            whole = revealed(secret, self.root, part)
        except DataError:
            return
        yield from parts or [whole]

    def without_secrets(self, said: Text) -> Text:
        """A sentence in which no secret stands."""
        try:
            secrets = [one for one in self.secrets() if one]
        except Exception:
            return said
        return _scrubbed(said, secrets)


def _scrubbed(said: Text, secrets: Collection[str]) -> Text:
    kept = {name: _hidden(one, secrets) for name, one in said.params.items()}
    return replace(said, params=kept)


def _hidden(value: Any, secrets: Collection[str]) -> Any:
    if isinstance(value, Text):
        return _scrubbed(value, secrets)
    if isinstance(value, str):
        for one in secrets:
            value = value.replace(one, HIDDEN)
    return value


def _flat(value: Any) -> Iterator[Any]:
    """The secrets in an option: one, or those of a list, a mapping or options inside of it."""
    if isinstance(value, Options):
        value = dict(value)
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, (list, tuple, set, frozenset)):
        for one in value:
            yield from _flat(one)
    elif hasattr(value, "get_secret_value"):
        yield value
