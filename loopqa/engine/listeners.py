"""Plugins that listen: told of every change once it is committed, each on its own.

What one raises is noted, the latest of each plugin, and goes no further.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.errors import LoopQAError
from loopqa.language import Text, text

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.model.cycle import AuditEntry

NOTED = Path(".loopqa") / "listeners.json"  #: beside the state: plugins are a machine's own
RECENT = timedelta(days=7)  #: what is older is no news


@dataclass(frozen=True)
class Unheard:
    """The latest event that a plugin could not take."""

    plugin: str
    event: str
    about: str
    why: Text
    at: datetime
    times: int  #: how often it failed since it was noted first

    @property
    def said(self) -> Text:
        """The whole of it in a sentence."""
        return text(
            "plugin '{plugin}' could not take {event} of {about}: {why}",
            plugin=self.plugin,
            event=self.event,
            about=self.about,
            why=self.why,
        )


def tell_listeners(ws: Workspace, entries: Sequence[AuditEntry]) -> None:
    """Tell every plugin that listens, in the order of the chain."""
    if not entries:
        return
    for listener in ws.host.listeners("loopqa_event"):
        for entry in entries:
            try:
                ws.host.call(listener, event=entry)
            except LoopQAError as error:
                _note(ws, listener.plugin, entry, error.problems[0].message)


def unheard(ws: Workspace) -> tuple[Unheard, ...]:
    """What plugins could not take in the last days, one for each plugin."""
    found = (_unheard(name, one) for name, one in _noted(ws.root / NOTED).items())
    return tuple(one for one in found if ws.now() - one.at < RECENT)


def _unheard(plugin: str, one: dict[str, Any]) -> Unheard:
    at = datetime.fromisoformat(one["at"])
    return Unheard(plugin, one["event"], one["about"], Text.from_dict(one["why"]), at, one["times"])


def _note(ws: Workspace, plugin: str, entry: AuditEntry, reason: Text) -> None:
    """Keep the latest of each plugin; that it can't be kept must not undo what was done."""
    noted = _noted(ws.root / NOTED)
    noted[plugin] = {
        "event": entry.event,
        "about": entry.about,
        "why": reason.to_dict(),
        "at": entry.at.isoformat(),
        "times": noted.get(plugin, {}).get("times", 0) + 1,
    }
    try:
        _replace(ws.root / NOTED, json.dumps(noted, ensure_ascii=False, indent=1))
    except OSError:
        return


def _noted(file: Path) -> dict[str, dict[str, Any]]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _replace(target: Path, content: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".listeners-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content)
    Path(name).replace(target)
