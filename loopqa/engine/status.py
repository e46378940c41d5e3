"""Where the loop stands: what is open, what is due, what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from loopqa.calc.loop.ticking import Ticking
from loopqa.engine.improve import PENDING
from loopqa.engine.listeners import unheard
from loopqa.engine.scheduling.coming import Standing, standings
from loopqa.engine.scheduling.definitions import read_definitions
from loopqa.engine.worker.signs import ticking, ticking_document
from loopqa.model.cycle import (
    Action,
    ActionState,
    FindingState,
    Notice,
    ReSurvey,
    ReSurveyState,
    Verdict,
    Wave,
    WaveKind,
    action_ref,
    resurvey_ref,
)
from loopqa.model.timetable import MessageState

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace

S = TypeVar("S", FindingState, ActionState)

WINDOWS = (WaveKind.ROUTINE, WaveKind.SPECIAL, WaveKind.BACKFILL)
WORKING = (ActionState.OPEN, ActionState.STARTED)


@dataclass(frozen=True)
class Status:
    """The state of a workspace at one moment."""

    waves: Mapping[str, Wave | None]  #: the latest wave of each workflow
    findings: Mapping[FindingState, int]
    actions: Mapping[ActionState, int]
    overdue: tuple[Action, ...]
    resurveys: tuple[ReSurvey, ...]  #: pending ones, the earliest first
    unattended: tuple[ReSurvey, ...]  #: long due, but no tick has taken them up
    verdicts: tuple[Verdict, ...]  #: the latest ones
    notices: tuple[Notice, ...]  #: the latest ones
    plugin_failures: tuple[str, ...]
    ticking: Ticking
    messages: Mapping[MessageState, int]  #: of the outbox, by state
    schedules: tuple[Standing, ...] = ()  #: of workflows that run by themselves

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.status/1``."""
        return {
            "schema": "loopqa.status/1",
            "ticking": ticking_document(self.ticking),
            "workflows": [
                {"id": name, "window": str(wave.window) if wave else None}
                for name, wave in self.waves.items()
            ],
            "findings": {state.value: n for state, n in self.findings.items()},
            "actions": {state.value: n for state, n in self.actions.items()},
            "overdue": [action_ref(action.id) for action in self.overdue],
            "resurveys": [
                {
                    "id": resurvey_ref(one.id),
                    "action": action_ref(one.action),
                    "state": one.state.value,
                    "due": one.due_on.isoformat(),
                    "window": str(one.window) if one.window else None,
                    "failure": str(one.failure) if one.failure else None,
                }
                for one in self.resurveys
            ],
            "unattended": [resurvey_ref(one.id) for one in self.unattended],
            "schedules": [one.to_dict() for one in self.schedules],
            "plugin_failures": list(self.plugin_failures),
            "messages": {state.value: n for state, n in self.messages.items()},
        }


def status(ws: Workspace, *, latest: int = 5) -> Status:
    """Read the state once and sum it up; ``latest`` limits verdicts and notices.

    Raises:
        DefinitionError: a workflow can't be read. What plugins say of their options does not matter
            here: one that is blocked must not keep anybody from reading why.
    """
    definitions = read_definitions(ws)
    for broken in definitions.broken:
        raise broken
    with ws.reading() as reader:
        counts = reader.counts()
        working = reader.actions(states=WORKING)
        pending = reader.resurveys(states=PENDING)
        return Status(
            waves={name: reader.latest_wave(name, kinds=WINDOWS) for name in definitions.workflows},
            findings=_by_state(FindingState, counts["findings"]),
            actions=_by_state(ActionState, counts["actions"]),
            overdue=overdue_actions(ws, working),
            resurveys=tuple(sorted(pending, key=lambda one: one.due_at)),
            unattended=tuple(
                one for one in pending if one.failure is None and _unattended(ws, one)
            ),
            verdicts=reader.latest_verdicts(latest),
            notices=reader.notices(latest),
            plugin_failures=tuple(_plugin_failures(ws)),
            messages=reader.message_counts(),
            schedules=standings(reader, definitions, ws.now()),
            ticking=ticking(reader, ws.now(), tried=_all_tried(ws, pending)),
        )


def _plugin_failures(ws: Workspace) -> Iterator[str]:
    """Plugins that can't be used, had to be stopped, or did not take what they were told."""
    for failure in ws.host.failures:
        yield f"{failure.name}: {failure.reason}"
    for trouble in ws.host.troubles:
        yield f"{trouble.plugin}: {trouble.told}"
    for one in unheard(ws):
        yield f"{one.plugin}: {one.said}"


def _by_state(states: type[S], counts: Mapping[str, int]) -> dict[S, int]:
    """The counts in the order of the lifecycle."""
    return {state: counts[state.value] for state in states if state.value in counts}


def overdue_actions(ws: Workspace, actions: tuple[Action, ...]) -> tuple[Action, ...]:
    """Actions being worked on whose due day has passed."""
    today = ws.today()
    return tuple(
        action
        for action in actions
        if action.state in WORKING and action.due is not None and action.due < today
    )


def _all_tried(ws: Workspace, pending: tuple[ReSurvey, ...]) -> bool:
    """Whether some have failed, and none has been left alone."""
    failed = [one for one in pending if one.failure is not None]
    return bool(failed) and not any(_unattended(ws, one) for one in pending if one.failure is None)


def _unattended(ws: Workspace, resurvey: ReSurvey) -> bool:
    """Due for more than a day, and no tick has taken the next step."""
    if resurvey.state is ReSurveyState.SCHEDULED:
        return (ws.now() - resurvey.due_at).days >= 1
    return resurvey.ready_at is not None and (ws.now() - resurvey.ready_at).days >= 1
