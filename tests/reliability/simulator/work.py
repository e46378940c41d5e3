"""What workers do outside transactions: cheap, seeded, and seen by the model."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial
from typing import Any

from loopqa.engine.leases import Patience
from loopqa.engine.outbox.sending import Parcel
from loopqa.engine.rounds import Comparison
from loopqa.engine.run_report import RunReport
from loopqa.engine.tick import resurvey_now
from loopqa.engine.work import Work
from loopqa.engine.workspace import Workspace
from loopqa.errors import DataError
from loopqa.language import text
from loopqa.model.cycle import ReSurvey, WaveKind
from loopqa.model.window import Window
from loopqa.plugin.notifier import Delivery
from tests.reliability.simulator.comparing import comparison
from tests.reliability.simulator.definitions import wave_of
from tests.reliability.simulator.model import Model
from tests.reliability.simulator.receivers import Receivers
from tests.reliability.simulator.slot_model import Era, SlotModel
from tests.reliability.simulator.world import World

SLOW = timedelta(minutes=25)  #: longer than any lease
PATIENCE = Patience(longest=timedelta())  #: a lease is never renewed: no work takes real time


def _draw(*_: Any) -> Any:
    """No sample is wanted."""
    return None, ()


class SimulatedWork:
    """The outer world of all workers."""

    def __init__(self, world: World, model: Model, dice: random.Random) -> None:
        self._world, self.model, self._dice = world, model, dice
        self.slots = SlotModel([Era(world.rule)])
        self.receivers = Receivers(dice)
        self.calm = False  #: from now on nothing fails

    def of(self, worker: int) -> Work:
        """The same as one worker sees it."""

        def compare(ws: Workspace, resurvey: ReSurvey, *_: Any) -> Comparison:
            return self._compare(ws, resurvey, worker)

        def run(ws: Workspace, workflow: str, window: Window, *_: Any) -> RunReport:
            return self._run(ws, workflow, window, worker)

        def send(ws: Workspace, parcel: Parcel) -> Delivery:
            tell = partial(self._world.tell, f"worker {worker}")
            self.receivers.take(parcel.outgoing, tell, lambda: self._pass(SLOW))
            return Delivery()

        return Work(
            run=run,
            compare=compare,
            draw=_draw,
            send=send,
            patience=PATIENCE,
            at_once=3,
            threads=False,
        )

    def compare_now(self, ws: Workspace, number: int) -> object:
        """A person's `loopqa resurvey now`."""
        try:
            return resurvey_now(ws, number, work=self.of(0))
        except ZeroDivisionError:  # she sees it; her process ends
            return None

    def be_calm(self) -> None:
        """From now on nothing fails."""
        self.calm = self.receivers.kind = True

    def _compare(self, ws: Workspace, resurvey: ReSurvey, worker: int) -> Comparison:
        self.model.comparing(resurvey, self._world.clock.latest)
        self._live_through(f"compares R-{resurvey.id}", worker)
        with ws.reading() as reader:
            action = reader.action(resurvey.action)
            findings = tuple(map(reader.finding, action.findings))
            baseline = reader.wave(1)
        end = self.model.ending(self.model.rounds[resurvey.action, resurvey.round])
        return comparison(resurvey, baseline, findings, end, ws.now())

    def _run(self, ws: Workspace, workflow: str, window: Window, worker: int) -> RunReport:
        """As a real run: the same window again leads to the same wave."""
        self._live_through(f"runs {window}", worker)
        for wrong in self.slots.running(window, self._world.clock.latest):
            self.model.breach(wrong)
        with ws.writing() as writer:
            known = writer.latest_wave(workflow, window)
            if known is not None:
                return RunReport(workflow, window, known, unchanged=True)
            made = wave_of(window, WaveKind.ROUTINE, writer.wave(1).rubric_hash, ws.now())
            return RunReport(workflow, window, writer.add_wave(made))

    def _live_through(self, what: str, worker: int) -> None:
        """Work that may take long, lack its data, or meet a bug."""
        moods = ("ok", "slow", "no data", "poison")
        mood = "ok" if self.calm else self._dice.choices(moods, (75, 8, 12, 5))[0]
        if mood == "ok":
            return
        self._world.tell(f"worker {worker}", f"{what}: {mood}")
        if mood == "slow":
            self._pass(SLOW)
        elif mood == "no data":
            raise DataError(text("{name}", name="no data yet"))
        else:
            raise ZeroDivisionError("a bug that meets this one")

    def _pass(self, span: timedelta) -> None:
        self._world.clock.move(span)
