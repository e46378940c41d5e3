"""The hooks: each is a function a plugin may define, marked with ``@hookimpl``.

The host calls every plugin on its own, so that one that fails takes nothing with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from loopqa.plugin.analyser import Analyser
    from loopqa.plugin.detector import Detector
    from loopqa.plugin.notifier import Notifier
    from loopqa.plugin.scoring import Scoring
    from loopqa.plugin.source import Source

hookspec = pluggy.HookspecMarker("loopqa")
hookimpl = pluggy.HookimplMarker("loopqa")


@hookspec
def loopqa_sources() -> Sequence[type[Source]]:
    """Return the classes of sources that inputs of a workflow can name by ``type``.

    Called once when the plugin is loaded. No I/O here; a source opens nothing before ``check`` or
    ``read``.
    """
    return ()


@hookspec
def loopqa_scorings() -> Sequence[type[Scoring]]:
    """Return the classes of scoring schemes that ``score: {type: ...}`` of a rubric can name.

    Called once when the plugin is loaded.
    """
    return ()


@hookspec
def loopqa_detectors() -> Sequence[type[Detector]]:
    """Return the classes of detectors that ``detect:`` of a workflow can name by ``type``.

    Called once when the plugin is loaded.
    """
    return ()


@hookspec
def loopqa_analysers() -> Sequence[type[Analyser]]:
    """Return the classes of analysers that ``analyse:`` of a workflow can name by ``type``.

    Called once when the plugin is loaded.
    """
    return ()


@hookspec
def loopqa_notifiers() -> Sequence[type[Notifier]]:
    """Return the classes of notifiers that ``notify:`` of a workflow can name by ``type``.

    Called once when the plugin is loaded. No I/O here; a notifier opens nothing before ``send``.
    """
    return ()
