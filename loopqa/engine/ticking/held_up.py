"""What can't be begun or compared says so in its row, waits, and is told once for each reason."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.backoff import next_instant
from loopqa.engine.ticking.report import Failure
from loopqa.errors import LoopQAError, RunFailed
from loopqa.language import Text, text
from loopqa.model.cycle import Notice, ReSurvey, ReSurveyState, action_ref, resurvey_ref
from loopqa.model.events import Event

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.store.door import Writer


def as_error(resurvey: ReSurvey, error: Exception) -> LoopQAError:
    """What went wrong, as an error that can be told."""
    if isinstance(error, LoopQAError):
        return error
    return RunFailed(
        text(
            "comparing {resurvey} ended in an error of the program: {error}",
            resurvey=resurvey_ref(resurvey.id),
            error=f"{type(error).__name__}: {error}",
        ),
        hint=text("please report it; the re-survey stays due"),
    )


def hold_up(ws: Workspace, writer: Writer, seen: ReSurvey, error: LoopQAError) -> Failure:
    """Note what holds a re-survey up, and give a claim on it back; it waits before another try.

    ``seen`` is what was tried; one that somebody else changed or took over is left alone.
    """
    current = writer.resurvey(seen.id)
    if current.version != seen.version:
        return Failure(current, error)
    noted: dict[str, Any] = {"failure": error.account}
    if current.state is ReSurveyState.COMPARING:
        noted["retry_at"] = next_instant(ws.now(), current.id, current.attempts)
        waiting = writer.release_resurvey(current, **noted)
    else:
        noted["attempts"] = current.attempts + 1
        noted["retry_at"] = next_instant(ws.now(), current.id, current.attempts + 1)
        again = current.failure == error.account
        event = "resurvey.tried_again" if again else "resurvey.held_up"
        waiting = writer.change_resurvey(current, event=event, **noted)
    writer.add_notice(_notice(ws, writer, waiting, error))
    return Failure(waiting, error)


def _notice(ws: Workspace, writer: Writer, resurvey: ReSurvey, error: LoopQAError) -> Notice:
    action = writer.action(resurvey.action)
    reason = error.reason
    return Notice(
        key=f"resurvey.held_up:{resurvey.action}:{resurvey.round}:{_digest(reason)}",
        event=Event.RESURVEY_HELD_UP,
        about=resurvey_ref(resurvey.id),
        text=text(
            "{resurvey} of {action} is held up: {reason}",
            resurvey=resurvey_ref(resurvey.id),
            action=action_ref(action.id),
            reason=reason,
        ),
        at=ws.now(),
        workflow=action.workflow,
    )


def _digest(reason: Text) -> str:
    """The same for the same reason, whatever language it is told in."""
    return sha256(reason.render("en").encode()).hexdigest()[:16]
