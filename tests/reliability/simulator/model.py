"""What must have happened: kept apart from the state, from what people did and receivers saw.

The model never reads what it judges. People tell it what they asked for and what they were told;
workers' comparisons pass through it. At the end :mod:`judging` holds the state against it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

from loopqa.model.cycle import ActionState, ReSurvey
from loopqa.model.window import Window
from tests.reliability.simulator import calendar
from tests.reliability.simulator.comparing import ending
from tests.reliability.simulator.definitions import Rule

ROUNDS = 2  #: what the workflow allows


@dataclass
class Round:
    """One re-survey that must be made, once."""

    action: int
    number: int
    due_on: date
    cancelled: bool = False
    compared: int = 0  #: how often a comparison was made, crashes included

    @property
    def name(self) -> str:
        """For messages."""
        return f"round {self.number} of A-{self.action}"


@dataclass
class Model:
    """The bookkeeping of one simulation."""

    seed: int
    rule: Rule
    alone: bool = False  #: whether there is just one worker
    rounds: dict[tuple[int, int], Round] = field(default_factory=dict)
    said: dict[int, ActionState] = field(default_factory=dict)  #: of actions, by their people
    breaches: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def breach(self, what: str) -> None:
        """Keep what must never happen."""
        self.breaches.append(what)

    def of_action(self, action: int) -> list[Round]:
        """The rounds of one action, in order."""
        return [one for key, one in sorted(self.rounds.items()) if key[0] == action]

    def closed(self, action: int, on: date) -> None:
        """A person closed an action; its re-survey is due one unit later."""
        self._settle_before(action, pending=set())
        self.said[action] = ActionState.CLOSED
        number = len(self.of_action(action)) + 1
        due = calendar.due_on(on, self.rule.unit)
        self.rounds[action, number] = Round(action, number, due)

    def withdrawn(self, action: int, state: ActionState, pending: set[int]) -> None:
        """A person reopened or cancelled an action; ``pending`` rounds were shown to her before."""
        self.said[action] = state
        self._settle_before(action, pending)
        for number in pending:
            known = self.rounds.get((action, number))
            if known is None:
                self.breach(f"round {number} of A-{action} came from nowhere")
            else:
                known.cancelled = True

    def rescheduled(self, resurvey: ReSurvey, on: date) -> None:
        """A person moved a due date."""
        self._settle_before(resurvey.action, {resurvey.round})
        self._round(resurvey).due_on = on

    def given_up(self, resurvey: ReSurvey) -> None:
        """A person cancelled a re-survey."""
        self._settle_before(resurvey.action, {resurvey.round})
        self._round(resurvey).cancelled = True

    def comparing(self, resurvey: ReSurvey, now: datetime) -> None:
        """A worker compares a round: it must be wanted, its window named and over.

        ``now`` is the latest instant so far: clocks may be set back after a claim.
        """
        self._settle_before(resurvey.action, {resurvey.round})
        expected = self._round(resurvey)
        expected.compared += 1
        window = self.window(expected)
        if resurvey.window != window:
            self.breach(f"{expected.name} is compared over {resurvey.window}, not {window}")
        if now < self.ready_at(window):
            self.breach(f"{expected.name} is compared too early")
            self.counts["early"] += 1

    def ending(self, one: Round) -> str:
        """What a round comes to."""
        return ending(self.seed, one.action, one.number)

    def window(self, one: Round) -> Window:
        """Over which window it is compared."""
        return calendar.window_after(one.due_on, self.rule.unit)

    def ready_at(self, window: Window) -> datetime:
        """From when on a window can be compared."""
        return self.midnight(window.end + timedelta(days=1 + self.rule.settle))

    def midnight(self, day: date) -> datetime:
        """When a day begins at the workspace."""
        return _midnight(day, self.rule.zone)

    def instants(self) -> Iterator[datetime]:
        """When wanted rounds fall due, and when they can be compared."""
        for one in self.rounds.values():
            if not one.cancelled:
                yield self.midnight(one.due_on)
                yield self.ready_at(self.window(one))

    def follows(self, one: Round) -> bool:
        """Whether another round must follow by itself once this one is judged."""
        return not one.cancelled and self.ending(one) == "open" and one.number < ROUNDS

    def decisive(self, action: int) -> list[Round]:
        """The rounds of an action whose verdict decides, in order."""
        judged = [one for one in self.of_action(action) if not one.cancelled]
        return [one for one in judged if not self.follows(one)]

    def complete(self) -> None:
        """Everything is over: each round that had to follow another one is wanted, too."""
        for action in {action for action, _ in self.rounds}:
            self._follow(action)

    def _follow(self, action: int) -> None:
        last = self.of_action(action)[-1]
        if self.follows(last):
            due = self.window(last).end + calendar.DAY
            self.rounds[action, last.number + 1] = Round(action, last.number + 1, due)

    def _settle_before(self, action: int, pending: set[int]) -> None:
        """A round that is past the last known one must follow from it by itself."""
        known = self.of_action(action)
        if known and known[-1].number not in pending:
            self._follow(action)

    def _round(self, resurvey: ReSurvey) -> Round:
        found = self.rounds.get((resurvey.action, resurvey.round))
        if found is None:
            name = f"round {resurvey.round} of A-{resurvey.action}"
            self.breach(f"{name} came from nowhere")
            found = Round(resurvey.action, resurvey.round, resurvey.due_on)
            self.rounds[resurvey.action, resurvey.round] = found
        return found


@cache
def _midnight(day: date, zone: str) -> datetime:
    return calendar.instant(day, time.min, zone)
