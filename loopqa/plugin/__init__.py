"""The public plugin interface: everything a plugin needs is a name of this module.

A plugin is a Python file (in a workspace's ``plugins/`` folder, or behind an entry point of the
group ``loopqa``) with hook functions that return classes::

    from loopqa.plugin import Options, Scoring, hookimpl

    class Effort(Scoring):
        ...

    @hookimpl
    def loopqa_scorings():
        return [Effort]

The names are loaded on first use, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from loopqa.plugin.analyser import AnalyseContext, Analyser
    from loopqa.plugin.configuring import config_of
    from loopqa.plugin.detector import DetectContext, Detector, PastScore
    from loopqa.plugin.hookspecs import hookimpl, hookspec
    from loopqa.plugin.host import PluginHost, builtin_host
    from loopqa.plugin.loading import PluginFailure
    from loopqa.plugin.notifier import Delivery, Notifier, Outgoing
    from loopqa.plugin.options import Options
    from loopqa.plugin.scoring import Scoring, ScoringContext
    from loopqa.plugin.secret import Secret, looked_up, revealed
    from loopqa.plugin.source import (
        BadRow,
        Batch,
        Bookmark,
        Item,
        ReadContext,
        Rejected,
        Relation,
        Source,
        in_batches,
    )

LOOPQA_API = "1.0"
"""Version of this interface; a plugin names the one it was written for in ``LOOPQA_API``."""

__all__ = [
    "LOOPQA_API",
    "AnalyseContext",
    "Analyser",
    "BadRow",
    "Batch",
    "Bookmark",
    "Delivery",
    "DetectContext",
    "Detector",
    "Item",
    "Notifier",
    "Options",
    "Outgoing",
    "PastScore",
    "PluginFailure",
    "PluginHost",
    "ReadContext",
    "Rejected",
    "Relation",
    "Scoring",
    "ScoringContext",
    "Secret",
    "Source",
    "builtin_host",
    "config_of",
    "hookimpl",
    "hookspec",
    "in_batches",
    "looked_up",
    "revealed",
]

_HOME = {
    "AnalyseContext": "analyser",
    "Analyser": "analyser",
    "BadRow": "source",
    "Batch": "source",
    "Bookmark": "source",
    "Delivery": "notifier",
    "DetectContext": "detector",
    "Detector": "detector",
    "Item": "source",
    "Notifier": "notifier",
    "Options": "options",
    "Outgoing": "notifier",
    "PastScore": "detector",
    "PluginFailure": "loading",
    "PluginHost": "host",
    "ReadContext": "source",
    "Rejected": "source",
    "Relation": "source",
    "Scoring": "scoring",
    "ScoringContext": "scoring",
    "Secret": "secret",
    "Source": "source",
    "builtin_host": "host",
    "config_of": "configuring",
    "hookimpl": "hookspecs",
    "hookspec": "hookspecs",
    "in_batches": "source",
    "looked_up": "secret",
    "revealed": "secret",
}


def __getattr__(name: str) -> Any:
    """Load the module that a public name lives in."""
    if name in _HOME:
        return getattr(import_module(f"loopqa.plugin.{_HOME[name]}"), name)
    raise AttributeError(f"module 'loopqa.plugin' has no attribute {name!r}")
