"""Guards: plugins that are asked before an action makes a move, outside of any transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.lifecycle import allowed_moves
from loopqa.errors import LoopQAError, PluginError, Problem, RefusedMove, StaleVersion
from loopqa.language import Text, text
from loopqa.model.cycle import Action, action_ref
from loopqa.plugin.configuring import shown

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.plugin.listening import Listener

HOOK = "loopqa_guard"


def ask_about_opening(ws: Workspace, action: Action) -> None:
    """Let every guard look at an action before it is opened.

    Raises:
        RefusedMove, PluginError: as :func:`ask_about`.
    """
    _ask(ws, "open", action)


def ask_about(ws: Workspace, transition: str, number: int, **changes: Any) -> Action | None:
    """Let every guard look at a move before it is made; the action as they saw it, if any did.

    Where the lifecycle does not allow the move, nobody is asked: the move will be refused for that.

    Raises:
        RefusedMove: guards refuse; all their reasons are told.
        PluginError: guards that failed or can't be loaded could not be asked.
    """
    if not guarded(ws):
        return None
    with ws.reading() as reader:
        action = reader.action(number)
    if changes["state"] in allowed_moves(action.state):
        _ask(ws, transition, replace(action, **changes))
    return action


def guarded(ws: Workspace) -> bool:
    """Whether there is any guard, be it one that can't be loaded."""
    return bool(ws.host.listeners(HOOK) or ws.host.plugins.deaf(HOOK))


def unchanged(action: Action, seen: Action | None) -> Action:
    """The action, if it is still the one that the guards saw.

    Raises:
        StaleVersion: somebody else changed it since.
    """
    if seen is not None and seen.version != action.version:
        raise StaleVersion(
            text(
                "action {ref} was changed by somebody else meanwhile; read it again",
                ref=action_ref(action.id),
            )
        )
    return action


def _ask(ws: Workspace, transition: str, action: Action) -> None:
    refused, failed = [], list(_unasked(ws))
    for guard in ws.host.listeners(HOOK):
        try:
            reason = _reason(ws, guard, transition, action)
        except LoopQAError as error:
            why = error.problems[0].message
            failed.append(_failure(guard.plugin, guard.origin, why))
            ws.host.note_guard(guard, why)
        else:
            ws.host.note_guard(guard, None)
            refused += [_refusal(guard, transition, action, reason)] if reason else []
    if refused or failed:
        raise _error(refused, failed)


def _error(refused: list[Problem], failed: list[Problem]) -> LoopQAError:
    first = (refused or failed)[0]
    kind = RefusedMove if refused else PluginError
    error = kind(first.message, hint=first.hint)
    error.problems = (*refused, *failed)
    return error


def _reason(ws: Workspace, guard: Listener, transition: str, action: Action) -> Text | str | None:
    """What a guard says; anything but words and None is a failure of the guard."""
    said = ws.host.call(guard, transition=transition, action=action, actor=ws.actor)
    if said is None or isinstance(said, Text) or (isinstance(said, str) and said.strip()):
        return said
    raise PluginError(
        text("it must return a reason in words, or None, not {value}", value=shown(said))
    )


def _refusal(guard: Listener, transition: str, action: Action, reason: Text | str) -> Problem:
    said: dict[str, Any] = {"guard": guard.plugin, "reason": reason}
    if transition == "open":
        return Problem(text("guard '{guard}' does not let the action be opened: {reason}", **said))
    return Problem(_refused(transition, {**said, "action": action_ref(action.id)}))


def _refused(transition: str, said: dict[str, Any]) -> Text:
    match transition:
        case "accept":
            return text("guard '{guard}' does not let {action} be accepted: {reason}", **said)
        case "start":
            return text("guard '{guard}' does not let {action} be started: {reason}", **said)
        case "close":
            return text("guard '{guard}' does not let {action} be closed: {reason}", **said)
        case "reopen":
            return text("guard '{guard}' does not let {action} be reopened: {reason}", **said)
        case _:
            return text("guard '{guard}' does not let {action} be cancelled: {reason}", **said)


def _unasked(ws: Workspace) -> Iterator[Problem]:
    """Guards that can't be loaded: nobody knows what they would have said."""
    reasons = {one.name: one.reason for one in ws.host.failures}
    for one in ws.host.plugins.deaf(HOOK):
        yield _failure(one.name, one.origin, reasons[one.name])


def _failure(plugin: str, origin: str, reason: Text) -> Problem:
    return Problem(
        text("guard '{guard}' could not be asked, and so refuses: {why}", guard=plugin, why=reason),
        hint=text(
            "mend {origin}, or do without it: `block_plugins: [{guard}]` in loopqa.yaml",
            origin=origin,
            guard=plugin,
        ),
    )
