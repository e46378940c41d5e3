"""Functions of plugins that are called again and again: guards and events."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loopqa.errors import Place
from loopqa.plugin.configuring import config_of
from loopqa.plugin.options import Options, OptionsClass
from loopqa.plugin.secrecy import Mask
from loopqa.plugin.trace import following

SETTINGS = Place("loopqa.yaml")


@dataclass(frozen=True)
class Listener:
    """One plugin's function behind a hook."""

    plugin: str
    origin: str
    hook: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]  #: those of the hook's that it takes
    Config: OptionsClass | None = None  #: the class of its options, where it has some

    @property
    def summary(self) -> str:
        """The first line of what the function says of itself."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    def options(self, written: Mapping[str, Any]) -> Options | None:
        """The plugin's options, of what ``loopqa.yaml`` says; None where it takes none.

        Raises:
            DefinitionError: they are wrong.
        """
        return None if self.Config is None else config_of(self, written, SETTINGS)

    def __call__(self, given: Mapping[str, Any], mask: Mask) -> Any:
        """Call it with those of the arguments that it takes; raises whatever it raises."""
        with following(self.plugin, self.hook, mask):
            return self.function(*(given[name] for name in self.arguments))
