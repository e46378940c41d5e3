"""What the workflow files say about schedules; a broken one holds up no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.calc.loop.calendar import local_day, previous_window
from loopqa.define.workflow import load_workflow
from loopqa.define.workspace import workflow_files
from loopqa.errors import DefinitionError

if TYPE_CHECKING:
    from loopqa.engine.workspace import Workspace
    from loopqa.model.timetable import Slot
    from loopqa.model.window import Window
    from loopqa.model.workflow import Schedule, Workflow


@dataclass(frozen=True)
class Definitions:
    """The workflows of a workspace as far as they can be read."""

    workflows: Mapping[str, Workflow]
    zone: str
    broken: tuple[DefinitionError, ...] = ()

    @property
    def schedules(self) -> Mapping[str, Schedule]:
        """The schedules by workflow, of those that have one."""
        found = {name: one.schedule for name, one in self.workflows.items()}
        return {name: schedule for name, schedule in found.items() if schedule is not None}

    def removed(self, workflow: str) -> bool:
        """Whether a workflow has no schedule any more; a file that can't be read may hold it."""
        if workflow in self.workflows:
            return self.workflows[workflow].schedule is None
        return not self.broken

    def window_of(self, slot: Slot) -> Window | None:
        """The window that a slot's day asks for, whatever day it is today."""
        workflow = self.workflows.get(slot.workflow)
        if workflow is None:
            return None
        return window_on(workflow, slot, self.zone)


def window_on(workflow: Workflow, slot: Slot, zone: str) -> Window:
    """The previous whole period, seen from the local day of the slot's instant."""
    return previous_window(local_day(slot.due_at, zone), workflow.window)


def read_definitions(ws: Workspace) -> Definitions:
    """Every workflow of the workspace by id, and what is wrong with files that can't be read.

    Options of plugins stay unchecked: they matter when a slot is run.
    """
    workflows: dict[str, Workflow] = {}
    broken: list[DefinitionError] = []
    for file in workflow_files(ws.root):
        try:
            workflow = _loaded(file, file.read_bytes())
        except DefinitionError as error:
            broken.append(error)
        else:
            workflows.setdefault(workflow.id, workflow)
    return Definitions(workflows, ws.settings.time_zone, tuple(broken))


@lru_cache(maxsize=256)
def _loaded(file: Path, content: bytes) -> Workflow:
    """The workflow in a file; ``content`` makes that a file is read anew when it was changed."""
    return load_workflow(file, None)
