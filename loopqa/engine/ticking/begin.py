"""Re-surveys whose day has come name the window that will be compared, many in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from loopqa.engine.re_evaluate import Naming, ask, named
from loopqa.engine.ticking.held_up import as_error, hold_up
from loopqa.engine.ticking.report import Failure
from loopqa.errors import LoopQAError

if TYPE_CHECKING:
    from loopqa.engine.reading import Progress
    from loopqa.engine.ticking.report import Done
    from loopqa.engine.ticking.stage import Stop
    from loopqa.engine.work import Work
    from loopqa.engine.workspace import Workspace
    from loopqa.model.cycle import Action, ReSurvey
    from loopqa.model.workflow import Workflow

BATCH = 100  #: re-surveys in one transaction


def begin_steps(
    ws: Workspace, done: Done, work: Work, *, progress: Progress | None, stop: Stop
) -> Iterator[str]:
    """Begin what is due; what can't be is told, stays due and holds nothing else up."""
    after = None
    while not stop():
        with ws.reading() as reader:
            due = reader.due_resurveys(ws.now(), BATCH, after)
            actions = reader.actions(numbers={one.action for one in due}) if due else ()
        if not due:
            return
        after = (due[-1].due_at, due[-1].id)
        namings, failures = _planned(ws, due, {one.id: one for one in actions})
        if namings:
            yield "planned"
            done.begun += _begun(ws, namings)
            yield "begun"
        if failures:
            done.failures += _held_up(ws, failures)
            yield "held-up"


def _planned(
    ws: Workspace, due: Sequence[ReSurvey], actions: Mapping[int, Action]
) -> tuple[list[Naming], list[Failure]]:
    """Which windows will be compared, worked out before anything is written."""
    workflows: dict[str, Workflow | Exception] = {}
    namings: list[Naming] = []
    failures: list[Failure] = []
    for resurvey in due:
        action = actions[resurvey.action]
        try:
            namings.append(named(_workflow(ws, action.workflow, workflows), action, resurvey))
        except Exception as error:
            # A broken definition, or a bug that meets one of them, must not hold up the others.
            failures.append(Failure(resurvey, as_error(resurvey, error)))
    return namings, failures


def _workflow(ws: Workspace, name: str, known: dict[str, Workflow | Exception]) -> Workflow:
    """The workflow, looked up once for a batch."""
    if name not in known:
        try:
            known[name] = ws.workflow(name)
        except LoopQAError as error:
            known[name] = error
    found = known[name]
    if isinstance(found, Exception):
        raise found
    return found


def _begun(ws: Workspace, namings: Sequence[Naming]) -> list[ReSurvey]:
    with ws.writing() as writer:
        return ask(ws, writer, namings)


def _held_up(ws: Workspace, failures: Sequence[Failure]) -> list[Failure]:
    with ws.writing() as writer:
        return [hold_up(ws, writer, one.resurvey, one.error) for one in failures]
