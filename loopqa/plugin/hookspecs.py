"""The hooks: each is a function a plugin may define, marked with ``@hookimpl``.

The host calls every plugin on its own, so that one that fails takes nothing with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from pathlib import Path

    from loopqa.language import Text
    from loopqa.model.cycle import Action, AuditEntry
    from loopqa.plugin.analyser import Analyser
    from loopqa.plugin.detector import Detector
    from loopqa.plugin.notifier import Notifier
    from loopqa.plugin.report_section import ReportSection
    from loopqa.plugin.scoring import Scoring
    from loopqa.plugin.source import Source

hookspec = pluggy.HookspecMarker("loopqa")
"""Marks the hooks below; plugins need it only to define hooks of their own."""

hookimpl = pluggy.HookimplMarker("loopqa")
"""The mark ``@hookimpl`` in front of a plugin's hook functions."""


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


@hookspec
def loopqa_report_sections() -> Sequence[type[ReportSection]]:
    """Return the classes of sections that ``report: {sections: ...}`` can name by ``type``.

    Called once when the plugin is loaded.
    """
    return ()


@hookspec
def loopqa_guard(
    transition: str, action: Action, actor: str, root: Path, options: Any
) -> str | Text | None:
    """Say why an action may not make a move, or None to let it pass.

    Called before every move that a person makes, outside of any transaction. ``transition`` is
    open, accept, start, close, reopen or cancel; ``action`` is the action as it would stand after
    the move: one that is being closed holds its evidence, one that is being opened has the id 0.
    ``actor`` is who acts, ``root`` the workspace's folder. ``options`` is the plugin's ``Config``
    (a class of that name in its file) with what ``loopqa.yaml`` says under ``plugins:`` and the
    plugin's name. A plugin names the arguments that it needs and leaves the others out.

    What a verdict does to an action is no move of a person, and no guard is asked. Every plugin is
    asked, and the reasons of all that refuse are told. A guard that raises, that returns something
    else, or whose plugin can't be loaded refuses: what could not be examined does not pass.
    """
    return None


@hookspec
def loopqa_event(event: AuditEntry, root: Path, options: Any) -> None:
    """Learn that something was changed: called after the change was committed.

    ``event`` is the entry of the audit chain: ``event.event`` names what happened, such as
    ``action.closed``, ``event.about`` the record, such as ``A-7``, ``event.details`` what was
    written. ``root`` and ``options`` are as for guards.

    Entries come in the order of the chain, at most once: a process that dies between the commit and
    this call tells nobody. What must arrive belongs into a notifier, which the outbox calls until
    it was delivered. What is raised here is noted and shown by ``loopqa doctor``; neither the
    change nor other plugins are affected.
    """
