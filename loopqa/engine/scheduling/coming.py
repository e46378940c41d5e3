"""What schedules will do and how they stand, for people."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from loopqa.calc.loop.calendar import previous_window
from loopqa.calc.loop.slots import slots_after
from loopqa.engine.documents import slot_document
from loopqa.engine.scheduling.definitions import Definitions, read_definitions
from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.timetable import Slot, SlotState

if TYPE_CHECKING:
    from datetime import datetime

    from loopqa.engine.workspace import Workspace
    from loopqa.errors import DefinitionError
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Reader

_RECENT = 50  #: slots of a workflow that its standing looks back over


@dataclass(frozen=True)
class Coming:
    """A run that a schedule will make."""

    workflow: str
    due_at: datetime
    wall: str
    window: Window  #: that it will evaluate

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON."""
        return {
            "workflow": self.workflow,
            "due": self.due_at.isoformat(),
            "wall": self.wall,
            "window": str(self.window),
        }


@dataclass(frozen=True)
class Outlook:
    """Coming runs by instant, and files that can't be read."""

    zone: str
    runs: tuple[Coming, ...]
    broken: tuple[DefinitionError, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.schedule.next/1``."""
        return {
            "schema": "loopqa.schedule.next/1",
            "time_zone": self.zone,
            "items": [one.to_dict() for one in self.runs],
            "broken": [str(one) for one in self.broken],
        }


def coming_runs(ws: Workspace, workflow_id: str | None = None, count: int = 3) -> Outlook:
    """The next ``count`` runs of every schedule, or of one, from the files alone.

    Raises:
        UsageError: the workflow does not exist, or has no schedule.
    """
    if workflow_id is None:
        found = read_definitions(ws)
        scheduled = [one for one in found.workflows.values() if one.schedule is not None]
        broken = found.broken
    else:
        scheduled, broken = [_scheduled(ws, workflow_id)], ()
    runs = [run for workflow in scheduled for run in _next_runs(ws, workflow, count)]
    runs.sort(key=lambda one: (one.due_at, one.workflow))
    return Outlook(ws.settings.time_zone, tuple(runs), broken)


def _scheduled(ws: Workspace, workflow_id: str) -> Workflow:
    workflow = ws.workflow(workflow_id)
    if workflow.schedule is None:
        raise UsageError(
            text("workflow '{workflow}' has no schedule", workflow=workflow_id),
            hint=text("write one: `schedule: {{every: month, day: 4}}`"),
        )
    return workflow


def _next_runs(ws: Workspace, workflow: Workflow, count: int) -> list[Coming]:
    zone = ws.settings.time_zone
    if workflow.schedule is None:
        return []
    return [
        Coming(
            workflow.id,
            one.instant,
            f"{one.wall:%Y-%m-%d %H:%M}",
            previous_window(one.wall.date(), workflow.window),
        )
        for one in islice(slots_after(workflow.schedule, ws.now(), zone), count)
    ]


@dataclass(frozen=True)
class Standing:
    """How the schedule of one workflow stands."""

    workflow: str
    next: Slot | None  #: waits for its instant; None before the first tick
    held_up: tuple[Slot, ...] = ()  #: due, and could not be run so far
    missed: tuple[Slot, ...] = ()  #: skipped or given up since the last run, the latest first
    last: Slot | None = None  #: the last run

    def to_dict(self) -> dict[str, Any]:
        """The standing as JSON."""
        return {
            "workflow": self.workflow,
            "next": slot_document(self.next) if self.next else None,
            "last": slot_document(self.last) if self.last else None,
            "held_up": [slot_document(one) for one in self.held_up],
            "missed": [slot_document(one) for one in self.missed],
        }


def standings(reader: Reader, definitions: Definitions, now: datetime) -> tuple[Standing, ...]:
    """How every schedule stands; those whose file can't be read are told by `check`."""
    return tuple(_standing(reader, name, now) for name in definitions.schedules)


def _standing(reader: Reader, workflow: str, now: datetime) -> Standing:
    recent = reader.recent_slots(workflow, _RECENT)
    past = [one for one in recent if one.due_at <= now]
    last = next((one for one in past if one.state is SlotState.DONE), None)
    since = past if last is None else past[: past.index(last)]
    waiting = [one for one in recent if one.state is SlotState.PENDING]
    return Standing(
        workflow,
        min((one for one in waiting if one.due_at > now), key=lambda one: one.due_at, default=None),
        tuple(one for one in waiting if one.reason is not None),
        tuple(one for one in since if one.state in (SlotState.SKIPPED, SlotState.FAILED)),
        last,
    )
