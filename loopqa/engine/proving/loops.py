"""Cycles through a whole workspace: files, findings, an action, the clock, verdicts, carry-over.

Each lives in a temporary folder of its own and goes the way a service team goes: `run` on the data
of a month, an action on what was found in one channel, closed three weeks later, and a `tick` now
and then. The truth is known, and what the loop wrote is checked against its rules.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from loopqa.engine.clock import Clock
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.proving.effects import EFFECTS, Effect, one_of
from loopqa.engine.proving.loop_rules import Ledger, Trace, ledger
from loopqa.engine.proving.months import first_day
from loopqa.engine.proving.standard import COLUMNS
from loopqa.engine.proving.worlds import (
    AGENTS,
    HISTORY,
    LAG,
    TEAMS,
    Drift,
    Kind,
    Picked,
    Survey,
    World,
)
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import TickReport, tick
from loopqa.engine.workspace import Workspace
from loopqa.model.cycle import ActionState, Finding
from loopqa.model.verdict import Outcome

WORKFLOW = "proof"
ROUNDS = 2
PLACEBO = 7  #: of ten actions do nothing
_SETTINGS = "time_zone: UTC\nlanguages: [en, zh]\n"
#: a large material change, so that a second round can be worth it and "no change" can be shown
_RUBRIC = """\
rubric: proof
version: "1"
title: {en: Ratings, zh: 评分}
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 30}
decide: {material_change: 0.6, confidence: 95%, local_drift: 0.10}
dimensions:
"""
_WORKFLOW = """\
workflow: {workflow}
rubric: proof
window: {{previous: month}}
history: {history} months
inputs:
  ratings:
    type: csv
    path: data/*.csv
    rater: customer
    map: {{customer: customer, at: day}}
segments: [channel]
cluster: [team]
detect: [{{type: below_threshold}}]
re_evaluate: {{after: 1 month, comparison: {comparison}, rounds: {rounds}}}
"""


@dataclass(frozen=True)
class Loop:
    """One cycle through a workspace, and what came of it."""

    effect: str  #: a name of :data:`loopqa.engine.proving.effects.EFFECTS`
    size: float
    comparison: bool
    said: dict[str, Outcome]  #: dimension → the verdict of the last round
    truth: dict[str, float]
    ledger: Ledger


def run_loop(seed: int, number: int) -> Loop:
    """One cycle; the same seed and number give the same one, in whatever folder and process."""
    random = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number, 1)))
    effect = _effect(random, number)
    kind = Kind(one_of(random, list(Drift)), effect.size, one_of(random, list(Picked)))
    with TemporaryDirectory(prefix="loopqa-prove-") as folder:
        desk = Desk(
            Path(folder),
            World(random, kind),
            comparison=bool(random.random() < 0.7),
            sparse=number % 3 == 0,
            again=number % 10 == 0,
        )
        desk.live()
        return desk.outcome(effect)


def _effect(random: np.random.Generator, number: int) -> Effect:
    nothing = [one for one in EFFECTS if not one.size]
    real = [one for one in EFFECTS if one.size]
    return one_of(random, nothing if number % 10 < PLACEBO else real)


class Desk:
    """One service team with its workspace.

    Where the first follow-up is ``sparse``, a second round may have to answer what it left open;
    ``again`` evaluates the last month by ``run`` in the end.
    """

    def __init__(
        self, root: Path, world: World, *, comparison: bool, sparse: bool, again: bool
    ) -> None:
        self.root, self.world, self.trace = root, world, Trace()
        self.comparison, self.sparse, self.again = comparison, sparse, again
        for folder in ("workflows", "rubrics", "data"):
            (root / folder).mkdir()
        dimensions = "".join(f"  {name}: {{column: {name}}}\n" for name in COLUMNS)
        (root / "rubrics" / "proof.yaml").write_text(_RUBRIC + dimensions, encoding="utf-8")
        (root / "loopqa.yaml").write_text(_SETTINGS, encoding="utf-8")
        written = _WORKFLOW.format(
            workflow=WORKFLOW,
            history=HISTORY,
            comparison="outside_scope" if comparison else "none",
            rounds=ROUNDS,
        )
        (root / "workflows" / f"{WORKFLOW}.yaml").write_text(written, encoding="utf-8")

    def live(self) -> None:
        """From the first survey to the last verdict."""
        for survey in (*self.world.history(), self.world.baseline):
            self._arrive(survey)
        with self._on(first_day(1), 2) as ws:
            found = run_workflow(ws, WORKFLOW).opened
        action = self._act([one for one in found if one.scope == self.scope])
        self._tick(date(2026, 6, 21))
        for month in range(LAG, LAG + ROUNDS):
            survey = self.world.fresh(month)
            self._arrive(survey if month > LAG or not self.sparse else _thinned(survey))
            done = self._tick(first_day(month + 1), 2)
            again = self._tick(first_day(month + 1), 3)
            if not done.next_rounds:
                self.trace.idle.append(again)
                break
        if self.again:
            with self._on(first_day(month + 1), 4) as ws:
                run_workflow(ws, WORKFLOW)
        self.trace.action = action

    @property
    def scope(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Where the world's action takes place."""
        assert self.world.cell is not None
        return (("channel", (f"C{self.world.cell[0]}",)),)

    def _on(self, month: date, day: int = 0) -> Workspace:
        moment = datetime(month.year, month.month, month.day, 12, tzinfo=UTC)
        moment += timedelta(days=max(0, day - 1))
        return Workspace.open(self.root, clock=Clock(moment), actor="prove")

    def _act(self, findings: list[Finding]) -> int:
        """Open an action on all that was found in the channel, do it and close it."""
        with self._on(date(2026, 5, 4)) as ws:
            draft = ActionDraft(tuple(one.id for one in findings), "more hands at noon")
            action = open_action(ws, draft)
        with self._on(date(2026, 5, 5)) as ws:
            start_action(ws, action.id)
        with self._on(date(2026, 5, 20)) as ws:
            closed, _ = close_action(ws, action.id, "the rota of May")
        assert closed.state is ActionState.CLOSED
        return closed.id

    def _tick(self, month: date, day: int = 0) -> TickReport:
        with self._on(month, day) as ws:
            report = tick(ws)
        self.trace.failures.extend(str(one.error) for one in report.failures)
        return report

    def _arrive(self, survey: Survey) -> None:
        """Put a survey's answers where the workflow looks for them, as an export would arrive."""
        start = first_day(survey.month)
        with (self.root / "data" / f"{start:%Y-%m}.csv").open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["customer", "day", "channel", "team", *COLUMNS])
            for number, agent, ratings in zip(
                survey.by.number, survey.by.agent, survey.ratings, strict=True
            ):
                day = start + timedelta(days=int(number) % 28)
                channel, team = f"C{agent // (TEAMS * AGENTS)}", f"T{agent // AGENTS}"
                rows.writerow([f"c{number}", day.isoformat(), channel, team, *ratings.tolist()])

    def outcome(self, effect: Effect) -> Loop:
        """What the workspace holds in the end, checked."""
        assert self.world.cell is not None
        changed = COLUMNS[self.world.cell[1]]
        with self._on(date(2026, 12, 1)) as ws, ws.reading() as reader:
            books = ledger(reader, self.trace)
            verdicts = reader.verdicts(self.trace.action)
            last = {one.judgement.dimension: one for one in verdicts if one.judgement.primary}
        return Loop(
            effect.name,
            effect.size,
            self.comparison,
            {name: one.outcome for name, one in last.items()},
            {name: effect.size if name == changed else 0.0 for name in last},
            books,
        )


def _thinned(survey: Survey) -> Survey:
    """A quarter of the answers."""
    kept = np.arange(len(survey.ratings)) % 4 == 0
    return Survey(survey.month, survey.by.chosen(kept), survey.ratings[kept])
