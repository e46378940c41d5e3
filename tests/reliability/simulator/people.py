"""People: they open, close, reopen and cancel at any moment, and their computers crash, too."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from loopqa.engine import improve
from loopqa.engine.improve import (
    PENDING,
    ActionDraft,
    cancel_action,
    open_action,
    reopen_action,
    start_action,
)
from loopqa.engine.outbox.letters import retry
from loopqa.engine.re_evaluate import cancel_resurvey, reschedule
from loopqa.errors import LoopQAError
from loopqa.model.cycle import Action, ActionState, FindingState, ReSurvey, ReSurveyState
from loopqa.model.timetable import Message, MessageState
from loopqa.store.door import Reader
from tests.reliability.simulator.crashes import Crash
from tests.reliability.simulator.definitions import put_in_force
from tests.reliability.simulator.work import SimulatedWork
from tests.reliability.simulator.world import TIMES, Process, World

UNDELIVERED = (MessageState.PENDING, MessageState.SENDING, MessageState.DEAD)
MOST_ACTIONS = 3  #: opened in one simulation


@dataclass(frozen=True)
class Deed:
    """One command of a person, and what the model must know if it was kept."""

    name: str
    do: Callable[[Process], object]
    note: Callable[[], None] = lambda: None
    weight: float = 1.0


class People:
    """Everybody who is no worker; each deed is one command of a process of its own."""

    def __init__(self, world: World, work: SimulatedWork, dice: random.Random) -> None:
        self._world, self._model, self._work, self._dice = world, work.model, work, dice
        self._opened = 0

    def act(self, *, die_at: int = 0) -> None:
        """Do one thing that makes sense now; with ``die_at`` crash at that fault point on the way.

        What was committed counts, whether or not the command lived to say so.
        """
        process = Process(self._world, "li")
        with process.reading() as reader:
            wishes = self._wishes(reader)
        deed = self._dice.choices(wishes, [one.weight for one in wishes])[0]
        points = self._world.points
        points.committed = 0
        points.arm(die_at)
        said = "done"
        try:
            deed.do(process)
        except Crash as crash:
            said = f"crash at {crash}"
            self._model.counts["crashes"] += 1
        except LoopQAError as error:
            said = f"refused: {type(error).__name__}"
        points.arm(0)
        if points.committed:
            deed.note()
        self._world.tell("people", f"{deed.name}: {said}")

    def _wishes(self, reader: Reader) -> list[Deed]:
        wishes = [Deed("edit the schedule", self._edit, weight=0.3)]
        if self._opened < MOST_ACTIONS:
            free = [one for one in reader.findings() if one.state is FindingState.OPEN]
            wishes += [self._open(one.id) for one in free[:2]]
        pending = reader.resurveys(states=PENDING)
        for action in reader.actions():
            wishes += self._about(action, [one for one in pending if one.action == action.id])
        wishes += [self._now(one) for one in pending if one.state is not ReSurveyState.SCHEDULED]
        wishes += [self._again(one) for one in reader.messages(states=UNDELIVERED)[:3]]
        return wishes

    def _open(self, finding: int) -> Deed:
        def count() -> None:
            self._opened += 1

        draft = ActionDraft((finding,), f"help {finding}", owner="li")
        return Deed(f"open F-{finding}", lambda ws: open_action(ws, draft), count, 3)

    def _about(self, action: Action, pending: list[ReSurvey]) -> list[Deed]:
        if action.state is ActionState.OPEN:
            name = f"start A-{action.id}"
            return [Deed(name, lambda ws: start_action(ws, action.id), weight=5)]
        if action.state is ActionState.STARTED:
            return [self._close(action), self._cancel(action, pending)]
        if action.state is not ActionState.CLOSED:
            return []
        wishes = [self._reopen(action, pending), self._cancel(action, pending)]
        for one in pending:
            wishes.append(self._give_up(one))
            if one.state is ReSurveyState.SCHEDULED:
                wishes.append(self._move(one))
        return wishes

    def _close(self, action: Action) -> Deed:
        today = self._world.clock.today(self._world.rule.zone)
        return Deed(
            f"close A-{action.id}",
            lambda ws: improve.close_action(ws, action.id, "seen"),
            lambda: self._model.closed(action.id, today),
            8,
        )

    def _reopen(self, action: Action, pending: list[ReSurvey]) -> Deed:
        return Deed(
            f"reopen A-{action.id}",
            lambda ws: reopen_action(ws, action.id, "not done"),
            lambda: self._withdrawn(action, ActionState.STARTED, pending),
            0.5,
        )

    def _cancel(self, action: Action, pending: list[ReSurvey]) -> Deed:
        return Deed(
            f"cancel A-{action.id}",
            lambda ws: cancel_action(ws, action.id, "no use"),
            lambda: self._withdrawn(action, ActionState.CANCELLED, pending),
            0.2,
        )

    def _withdrawn(self, action: Action, state: ActionState, pending: list[ReSurvey]) -> None:
        self._model.withdrawn(action.id, state, {one.round for one in pending})

    def _give_up(self, one: ReSurvey) -> Deed:
        return Deed(
            f"cancel R-{one.id}",
            lambda ws: cancel_resurvey(ws, one.id, "nobody left to ask"),
            lambda: self._model.given_up(one),
            0.2,
        )

    def _move(self, one: ReSurvey) -> Deed:
        today = self._world.clock.today(self._world.rule.zone)
        on = today + timedelta(days=self._dice.randrange(10))
        return Deed(
            f"move R-{one.id} to {on}",
            lambda ws: reschedule(ws, one.id, on),
            lambda: self._model.rescheduled(one, on),
            3 if one.due_at <= self._world.clock.now() else 0.5,
        )

    def _now(self, one: ReSurvey) -> Deed:
        name = f"compare R-{one.id} now"
        return Deed(name, lambda ws: self._work.compare_now(ws, one.id), weight=0.5)

    def _again(self, one: Message) -> Deed:
        weight = 1.0 if one.state is MessageState.DEAD else 0.2
        return Deed(f"send M-{one.id} again", lambda ws: retry(ws, [one.id]), weight=weight)

    def _edit(self, _: Process) -> None:
        rule = replace(self._world.rule, at=self._dice.choice(TIMES))
        if rule != self._world.rule:
            self._world.rule = rule
            put_in_force(rule, self._world.root)
            self._work.slots.edited(rule)
