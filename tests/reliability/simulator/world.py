"""One seed's world: its rule, its clock, and the processes' view of the workspace."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from loopqa.engine.standard import Standard
from loopqa.engine.workspace import Workspace
from loopqa.model.workflow import Settings, Workflow
from loopqa.plugin.host import PluginHost
from loopqa.store.door import Reader, Store, Writer
from tests.reliability.simulator.clock import SimulatedClock
from tests.reliability.simulator.crashes import Crash, Faults
from tests.reliability.simulator.definitions import (
    START,
    TOLD,
    WORKFLOW,
    Rule,
    host,
    put_in_force,
    standard_of,
    workflow_of,
)

ZONES = ("UTC", "Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe")
TIMES = (time(0), time(2, 30), time(6), time(23, 59))


@dataclass
class World:
    """What all processes of one simulation share."""

    root: Path
    store: Store
    rule: Rule
    clock: SimulatedClock
    points: Faults
    trace: list[str] = field(default_factory=list)

    def tell(self, who: str, what: str) -> None:
        """Add a line to the trace."""
        at = self.clock.now().strftime("%Y-%m-%d %H:%M:%S")
        self.trace.append(f"{len(self.trace) + 1:4} {at} {who:8} {what}")


def drawn_rule(dice: random.Random) -> Rule:
    """The workflow of a seed."""
    return Rule(
        unit=dice.choice(("day", "week", "month")),
        at=dice.choice(TIMES),
        catch_up=dice.choice(("latest", "all", "none")),
        settle=dice.choice((0, 2)),
        due_in=dice.choice((3, 30)),
        zone=dice.choice(ZONES),
        told=dice.choice(TOLD),
    )


class Process(Workspace):
    """A workspace as one process has it open; a dead process neither reads nor writes."""

    def __init__(self, world: World, actor: str) -> None:
        settings = Settings(world.root, time_zone=world.rule.zone)
        super().__init__(settings, world.clock, actor)  # type: ignore[arg-type]
        self.world = world
        self.dead = False
        self.__dict__["store"] = world.store

    @contextmanager
    def reading(self) -> Iterator[Reader]:
        """As always, while the process lives."""
        self._live()
        with super().reading() as reader:
            yield reader

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """As always, while the process lives."""
        self._live()
        with super().writing() as writer:
            yield writer

    def _live(self) -> None:
        if self.dead:
            raise Crash("a dead process went on")

    @property
    def host(self) -> PluginHost:  # type: ignore[override]
        """The built-in plugins."""
        return host()

    def workflows(self) -> Mapping[str, Workflow]:
        """The only workflow, as it is now."""
        return {WORKFLOW: self.workflow(WORKFLOW)}

    sound_workflows = workflows

    def workflow(self, workflow_id: str) -> Workflow:
        """The only workflow, as it is now."""
        return workflow_of(self.world.rule, self.root)

    def rubric(self, workflow: Workflow) -> Any:
        """The only rubric."""
        return standard_of(self.world.rule, self.root).rubric

    def standard(self, workflow: Workflow) -> Standard:
        """The workflow with its rubric."""
        return standard_of(self.world.rule, self.root)


def new_world(root: Path, store: Store, points: Faults, dice: random.Random) -> World:
    """The world of a seed, at its beginning."""
    clock = SimulatedClock(START + timedelta(minutes=dice.randrange(60 * 24 * 40)))
    world = World(root, store, drawn_rule(dice), clock, points)
    put_in_force(world.rule, root)
    return world
