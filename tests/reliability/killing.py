"""Kill -9 on processes that work on one state, again and again; others take their work up.

    python -m tests.reliability.killing [--kills N] [--database NAME]... [--workers N]... [--json]

People go on closing actions meanwhile. At the end an account that is kept outside the state says
whether each action was re-surveyed once, not early, and judged once.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random

from tests.engine.test_killed import LANDING, STORY
from tests.reliability.figures import Figure, told, verdict
from tests.reliability.ground import DATABASES, Ground, databases, new_ground, state_url
from tests.reliability.laws import broken_laws
from tests.reliability.ledger import Account, read_table
from tests.reliability.processes import Child, cold, later, named_faults, said, ticking, warm
from tests.reliability.receivers import Received, receivers

WORKERS = (1, 2, 5)
BATCH = 10  #: actions that people close at a time
PER_KILL = 4  #: actions a kill, so that there is work all the time
LIFE = 2.0  #: of a process, on average, in times that one comparison takes it
PATIENCE = 3.0  #: seconds in which a process should have come to its named place
DRAIN = 300.0  #: seconds until everything is done at last, on a machine that is busy, too


@dataclass
class Slaughter:
    """One run: so many workers on one ground, so many kills."""

    ground: Ground
    workers: int
    kills: int
    random: Random
    received: Received
    account: Account = field(default_factory=Account)
    places: Counter[str] = field(default_factory=Counter)  #: where they died, "" at random
    missed: Counter[str] = field(default_factory=Counter)  #: struck before they came there
    odd: list[str] = field(default_factory=list)  #: ends that nobody asked for
    started: list[int] = field(default_factory=list)  #: actions that wait to be closed

    def run(self) -> list[str]:
        """Kill until it is enough, let the rest be done, and say what is wrong."""
        self.ground.evaluate()
        self.started = self.ground.start_actions(BATCH + PER_KILL * self.kills)
        self._close_more()
        pace = LIFE * self._seconds_of_a_tick() / self.workers
        self._close_more()
        children = [self._start() for _ in range(self.workers)]
        due = time.monotonic()
        while self.places.total() < self.kills:
            if time.monotonic() >= due:
                self._strike(children)
                due = time.monotonic() + self.random.expovariate(1 / pace)
            children = [self._replaced(one) for one in children]
            if self._open_work() < BATCH:
                self._close_more()
            time.sleep(0.01)
        for child in children:
            child.kill()
            child.wait()
        self.account.kills = self.places.total() + len(children)
        return [*self._drain(), *self.odd, *self._complaints()]

    def _seconds_of_a_tick(self) -> float:
        """How long a new process needs until it has compared one re-survey on this machine."""
        start = time.monotonic()
        warm(self.ground.root, "tick").wait()
        return (time.monotonic() - start) / 3

    def _strike(self, children: list[Child]) -> None:
        """Kill one of them; who is to die at a named place is given the time to come there."""
        patient = [one for one in children if not one.fault or one.age > PATIENCE]
        if patient:
            self.random.choice(patient).kill()

    def _start(self) -> Child:
        root, fault = self.ground.root, ""
        # Places at which nobody has died yet come first.
        likely = [one for one in places_of_ticks() if self.missed[one] < 3 or self.places[one]]
        rest = [one for one in likely if not self.places[one]] or likely
        if self.random.random() < 0.5:
            fault = self.random.choice(rest)
        dice = self.random.random()
        if dice < 0.1:
            return cold(root, "tick", fault=fault)
        if dice < 0.5:
            return warm(root, "worker", "--interval", "1", fault=fault)
        return ticking(root, fault)

    def _replaced(self, child: Child) -> Child:
        code = child.code
        if code is None:
            return child
        if child.killed:
            self.places["" if child.struck else child.fault] += 1
            self.missed[child.fault] += child.struck
        elif code != 0:
            self.odd.append(f"a process ended with {code}")
        return self._start()

    def _open_work(self) -> int:
        """Actions that wait for their verdict, as far as they are due."""
        return sum(one["state"] != "done" for one in read_table(self.ground).resurveys)

    def _close_more(self) -> None:
        batch, self.started = self.started[:BATCH], self.started[BATCH:]
        self.account.closed.update(self.ground.close_actions(batch))

    def _drain(self) -> list[str]:
        """What crashes held up may be tried again by the time that ``later`` names."""
        until = time.monotonic() + DRAIN
        while self._waiting() and time.monotonic() < until:
            last = warm(self.ground.root, "tick", now=later())
            code = last.wait(DRAIN)
            if code != 0:
                last.kill()
                return [f"the last tick ended with {code}: {said(self.ground.root)[-400:]}"]
        left = self._waiting()
        return [f"{left} re-surveys or messages were not done in the end"] * (left > 0)

    def _waiting(self) -> int:
        """What is not done yet, messages included."""
        table = read_table(self.ground)
        unsent = sum(one["state"] != "delivered" for one in table.messages)
        return unsent + sum(one["state"] != "done" for one in table.resurveys)

    def _complaints(self) -> list[str]:
        now = datetime.fromisoformat(later())
        wrong = [*self.account.complaints(self.ground, now), *broken_laws(self.ground, now)]
        wrong += self.received.complaints(len(self.account.closed), self.account.kills)
        if "Traceback" in said(self.ground.root):
            wrong.append("a traceback was shown")
        return wrong


def places_of_ticks() -> tuple[str, ...]:
    """Named places that a tick may pass; the others belong to commands of people."""
    places: dict[bool, set[str]] = {True: set(), False: {*LANDING}}
    for _, arguments, named in STORY:
        places[arguments[0] == "tick"].update(named)
    return tuple(sorted({*named_faults()} - (places[False] - places[True])))


def killed(kind: str, workers: int, kills: int, seed: int) -> Figure:
    """One run on a new ground."""
    with (
        databases([kind]) as server,
        receivers() as received,
        tempfile.TemporaryDirectory() as folder,
    ):
        url = state_url(kind, server)
        ground = new_ground(Path(folder) / "desk", url, more=received.routes)
        slaughter = Slaughter(ground, workers, kills, Random(seed), received)
        wrong = slaughter.run()
        died = slaughter.account.kills
        places = sum(1 for name in slaughter.places if name)
        actions = len(slaughter.account.closed)
    return verdict(
        f"kill -9, {workers} at work",
        kind,
        "0 lost, 0 twice, 0 early",
        f"{died} kills at {places} named places and at random; {actions} re-surveys, "
        f"{received.arrived.total()} messages, {received.repeats} again; {len(wrong)} wrong",
        wrong,
    )


def main(arguments: list[str] | None = None) -> int:
    """The runs that were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=80, help="of each run")
    parser.add_argument("--database", action="append", choices=DATABASES)
    parser.add_argument("--workers", type=int, action="append")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args(arguments)
    figures = [
        killed(kind, workers, asked.kills, asked.seed)
        for kind in asked.database or DATABASES
        for workers in asked.workers or WORKERS
    ]
    return told(figures, asked.json)


if __name__ == "__main__":
    raise SystemExit(main())
