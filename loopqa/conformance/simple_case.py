"""Plugins that need their options only: detectors, analysers and report sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loopqa.conformance.case import Case


@dataclass(frozen=True)
class SimpleCase(Case):
    """A plugin that is made of its options alone."""

    def made(self, **more: Any) -> Any:
        """The plugin, with some options replaced.

        Raises:
            DefinitionError: the options are wrong.
        """
        return self.plugin(self.config(**more))
