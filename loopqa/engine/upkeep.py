"""Who has an action, and remarks on it: what changes nothing about its course."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.cycle import Action, Note, action_ref

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace


def assign_action(
    ws: Workspace, number: int, owner: str | None = None, department: str | None = None
) -> Action:
    """Give the action to somebody, to a department, or to both."""
    changes = {
        name: value
        for name, value in (("owner", owner), ("department", department))
        if value is not None
    }
    if not changes:
        raise UsageError(
            text("say who gets {action}", action=action_ref(number)),
            hint=text("give an owner, a department, or both"),
        )
    with ws.writing() as writer:
        return writer.change_action(writer.action(number), event="action.assigned", **changes)


def note_action(ws: Workspace, number: int, words: str) -> Note:
    """Add a remark to an action."""
    if not words.strip():
        raise UsageError(text("a note needs some words"))
    with ws.writing() as writer:
        writer.action(number)
        return writer.add_note(
            Note(about=action_ref(number), text=words.strip(), actor=ws.actor, at=ws.now())
        )
