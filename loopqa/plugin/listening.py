"""Functions of plugins that are called again and again: guards and events."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from loopqa.errors import Place
from loopqa.plugin.configuring import config_of
from loopqa.plugin.options import OptionsClass
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

    def __call__(self, given: Mapping[str, Any], written: Mapping[str, Any]) -> Any:
        """Call it with those of the arguments that it takes; raises whatever it raises.

        ``written`` are the options of the plugin, as ``loopqa.yaml`` has them.

        Raises:
            DefinitionError: its options are wrong.
        """
        with following(self.plugin, self.hook):
            options = None if self.Config is None else config_of(self, written, SETTINGS)
            values = {**given, "options": options}
            return self.function(*(values[name] for name in self.arguments))
