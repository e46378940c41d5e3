"""One tick of the clock: everything that has fallen due is done once, late or not.

Each due re-survey is claimed with a lease, compared outside any transaction, and settled in one.
A process that dies in between loses its lease; the next tick takes the work over.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from loopqa.engine.documents import (
    finding_document,
    resurvey_document,
    sample_document,
    verdict_document,
)
from loopqa.engine.follow_ups import draw_follow_ups
from loopqa.engine.re_evaluate import begin_asking
from loopqa.engine.rounds import compare_round
from loopqa.engine.settle import Settled, settle_round
from loopqa.engine.status import overdue_actions
from loopqa.errors import LoopQAError, RefusedMove, RunFailed
from loopqa.language import Text, text
from loopqa.model.cycle import (
    Action,
    Finding,
    Notice,
    ReSurvey,
    ReSurveyState,
    Verdict,
    action_ref,
    resurvey_ref,
)
from loopqa.store.faults import fault

if TYPE_CHECKING:
    from loopqa.engine.drawing import Drawing
    from loopqa.engine.reading import Progress
    from loopqa.engine.workspace import Workspace


@dataclass(frozen=True)
class Failure:
    """A re-survey that could not be compared this time; it stays due."""

    resurvey: ReSurvey
    error: LoopQAError


@dataclass(frozen=True)
class TickReport:
    """What a tick did."""

    begun: tuple[ReSurvey, ...] = ()  #: fell due; their window is named now
    verdicts: tuple[Verdict, ...] = ()
    carried: tuple[Finding, ...] = ()
    next_rounds: tuple[ReSurvey, ...] = ()
    failures: tuple[Failure, ...] = ()
    overdue: tuple[Action, ...] = ()  #: told about for the first time
    drawings: tuple[Drawing, ...] = ()  #: samples of follow-up windows, drawn now
    warnings: tuple[Text, ...] = ()  #: what weakens the reviews of follow-up windows

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.tick/1``."""
        return {
            "schema": "loopqa.tick/1",
            "begun": [resurvey_document(one) for one in self.begun],
            "verdicts": [verdict_document(one) for one in self.verdicts],
            "carried_over": [finding_document(one) for one in self.carried],
            "next_rounds": [resurvey_document(one) for one in self.next_rounds],
            "overdue": [action_ref(one.id) for one in self.overdue],
            "samples": [sample_document(one.sample) for one in self.drawings],
            "warnings": [str(one) for one in self.warnings],
            "failures": [
                {"resurvey": resurvey_ref(one.resurvey.id), "error": str(one.error)}
                for one in self.failures
            ],
        }


def tick(ws: Workspace, *, progress: Progress | None = None) -> TickReport:
    """Begin due re-surveys, compare those whose window is complete, and tell of overdue actions."""
    failures: list[Failure] = []
    begun = _begin_due(ws, failures)
    verdicts: list[Verdict] = []
    carried: list[Finding] = []
    following: list[ReSurvey] = []
    compared: list[ReSurvey] = []
    warnings: list[Text] = []
    for claimed in _claims(ws):
        try:
            done = compare_and_settle(ws, claimed, progress=progress)
        except LoopQAError as error:
            failures.append(_release(ws, claimed, error))
            continue
        except Exception as bug:
            # A bug that meets one re-survey must not hold up all the others.
            failures.append(_release(ws, claimed, _unexpected(claimed, bug)))
            continue
        verdicts += done.verdicts
        carried += done.carried
        following += [done.next_round] if done.next_round else []
        compared.append(claimed)
        warnings += done.warnings
    drawings, undrawn = draw_follow_ups(ws, compared, progress)
    return TickReport(
        tuple(begun),
        tuple(verdicts),
        tuple(carried),
        tuple(following),
        tuple(failures),
        _tell_overdue(ws),
        drawings,
        (*warnings, *undrawn),
    )


def _begin_due(ws: Workspace, failures: list[Failure]) -> list[ReSurvey]:
    """Begin what is due; what can't be is told, stays due and holds nothing else up."""
    with ws.reading() as reader:
        due = reader.resurveys(states=(ReSurveyState.SCHEDULED,), due_before=ws.now())
    begun: list[ReSurvey] = []
    for resurvey in due:
        try:
            begun.append(begin_asking(ws, resurvey))
        except LoopQAError as error:
            failures.append(Failure(_note_failure(ws, resurvey, str(error)), error))
    return begun


def _note_failure(ws: Workspace, resurvey: ReSurvey, failure: str) -> ReSurvey:
    """Keep what holds a due re-survey up, once, however often the clock ticks."""
    with ws.writing() as writer:
        current = writer.resurvey(resurvey.id)
        if current.state is not ReSurveyState.SCHEDULED or current.failure == failure:
            return current
        return writer.change_resurvey(current, event="resurvey.held_up", failure=failure)


def _claims(ws: Workspace) -> Iterator[ReSurvey]:
    """Claim what is ready, one at a time, so that a crash holds up one re-survey at most."""
    tried: set[int] = set()
    while True:
        with ws.writing() as writer:
            claimed = writer.claim_due(limit=1, skip=tried)
        if not claimed:
            return
        tried.add(claimed[0].id)
        yield claimed[0]


def compare_and_settle(
    ws: Workspace, claimed: ReSurvey, *, progress: Progress | None = None
) -> Settled:
    """Compare a claimed re-survey outside any transaction, then write everything in one.

    Raises:
        StaleVersion: another process took the claim over; nothing was written.
        LoopQAError: the window has no cases, or definitions, sources or evidence fail.
    """
    fault("after-claim")
    comparison = compare_round(ws, claimed, progress=progress)
    fault("after-comparison")
    with ws.reading() as reader:
        workflow = ws.workflow(reader.action(claimed.action).workflow)
    used = ws.standard(workflow)
    with ws.writing() as writer:
        return settle_round(ws, writer, used, claimed, comparison)


def _unexpected(claimed: ReSurvey, bug: Exception) -> RunFailed:
    return RunFailed(
        text(
            "comparing {resurvey} ended in an error of the program: {error}",
            resurvey=resurvey_ref(claimed.id),
            error=f"{type(bug).__name__}: {bug}",
        ),
        hint=text("please report it; the re-survey stays due"),
    )


def _release(ws: Workspace, claimed: ReSurvey, error: LoopQAError) -> Failure:
    """Give the claim back with what went wrong; the next tick tries again."""
    with ws.writing() as writer:
        current = writer.resurvey(claimed.id)
        if current.version == claimed.version:
            current = writer.release_resurvey(claimed, failure=str(error))
    return Failure(current, error)


def resurvey_now(
    ws: Workspace, number: int, *, progress: Progress | None = None
) -> tuple[Verdict, ...]:
    """Compare one re-survey now, without waiting for the next tick.

    Raises:
        RefusedMove: it has ended, or its window is not complete yet.
        LoopQAError: the comparison fails; the re-survey stays due.
    """
    with ws.reading() as reader:
        resurvey = reader.resurvey(number)
    if resurvey.state is ReSurveyState.SCHEDULED and resurvey.due_at <= ws.now():
        resurvey = begin_asking(ws, resurvey)
    _refuse_incomplete(ws, resurvey)
    with ws.writing() as writer:
        writer.reap_claims()
        claimed = writer.claim_resurvey(writer.resurvey(number))
    try:
        return compare_and_settle(ws, claimed, progress=progress).verdicts
    except LoopQAError as error:
        _release(ws, claimed, error)
        raise


def _refuse_incomplete(ws: Workspace, resurvey: ReSurvey) -> None:
    if resurvey.state is ReSurveyState.SCHEDULED:
        raise RefusedMove(
            text(
                "{resurvey} is not due before {day}",
                resurvey=resurvey_ref(resurvey.id),
                day=resurvey.due_on.isoformat(),
            ),
            hint=text("LOOPQA_NOW shows what would happen on a later day"),
        )
    if resurvey.ready_at is not None and resurvey.ready_at > ws.now():
        raise RefusedMove(
            text(
                "window {window} of {resurvey} is not complete before {day}",
                window=str(resurvey.window),
                resurvey=resurvey_ref(resurvey.id),
                day=ws.day_of(resurvey.ready_at).isoformat(),
            )
        )


def _tell_overdue(ws: Workspace) -> tuple[Action, ...]:
    """Write one notice for each overdue action and due date; those told of for the first time."""
    with ws.reading() as reader:
        late = overdue_actions(ws, reader.actions())
    told: list[Action] = []
    for action in late:
        with ws.writing() as writer:
            if writer.add_notice(_overdue_notice(ws, action)):
                told.append(action)
    return tuple(told)


def _overdue_notice(ws: Workspace, action: Action) -> Notice:
    return Notice(
        key=f"action.overdue:{action.id}:{action.due}",
        event="action.overdue",
        about=action_ref(action.id),
        text=text(
            "{action} is overdue since {day}: {title}",
            action=action_ref(action.id),
            day=str(action.due),
            title=action.title,
        ),
        at=ws.now(),
    )
