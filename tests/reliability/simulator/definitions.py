"""The service desk of the simulation: what its workflow says, and the records it starts from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path

from loopqa.define.canonical import rubric_form
from loopqa.define.rubric import load_rubric
from loopqa.define.workflow import load_workflow
from loopqa.engine.standard import Standard
from loopqa.language import text
from loopqa.model.cycle import (
    Finding,
    FindingGrade,
    FindingState,
    Reason,
    Wave,
    WaveKind,
    WaveState,
)
from loopqa.model.window import Window
from loopqa.model.workflow import Workflow
from loopqa.plugin.host import PluginHost, builtin_host
from loopqa.store.door import Store

WORKFLOW = "desk"
START = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)  #: when every simulation begins: a Monday
BASELINE = Window(date(2026, 9, 1), date(2026, 9, 30))
CELLS = (
    ("speed", "phone"),
    ("attitude", "phone"),
    ("speed", "chat"),
    ("speed", "mail"),
    ("speed", "shop"),
)  #: the findings, in the order of their ids

RUBRIC = """\
rubric: desk
version: "1"
title: Service desk
scale: {low: 1, high: 5}
finding: {below: 3, min_n: 30}
dimensions:
  speed: {title: Speed, weight: 50%, column: speed}
  attitude: {title: Attitude, weight: 50%, column: attitude}
"""

#: Who is told of what: type of notifier, events, recipients.
Notify = tuple[tuple[str, tuple[str, ...], tuple[str | None, ...]], ...]

TOLD: tuple[Notify, ...] = (
    (),
    (("webhook", ("verdict.reached", "slot.failed"), (None,)),),
    (
        ("email", ("resurvey.due", "verdict.reached"), ("li@example.com", "wu@example.com")),
        ("webhook", ("resurvey.scheduled", "action.overdue", "verdict.reached"), (None,)),
    ),
)

FLOW = """\
workflow: desk
rubric: desk
schedule: {{every: {unit}, {day}at: "{at}", catch_up: {catch_up}}}
window: {{previous: {unit}, settle: {settle} days}}
inputs:
  ratings: {{type: csv, path: data/*.csv, rater: customer, map: {{case: ticket, at: day}}}}
segments: [channel]
improve: {{due_in: {due_in} days}}
re_evaluate: {{after: 1 {unit}, from: ratings, comparison: outside_scope, rounds: 2}}
notify: [{told}]
"""


@dataclass(frozen=True)
class Rule:
    """What one version of the workflow says."""

    unit: str  #: day, week or month: of windows, of the schedule, and of the wait for a re-survey
    at: time
    catch_up: str  #: latest, all or none
    settle: int  #: days
    due_in: int  #: days
    zone: str
    told: Notify

    @property
    def yaml(self) -> str:
        """The workflow file."""
        day = {"day": "", "week": "day: 1, ", "month": "day: 4, "}[self.unit]
        return FLOW.format(
            unit=self.unit,
            day=day,
            at=f"{self.at:%H:%M}",
            catch_up=self.catch_up,
            settle=self.settle,
            due_in=self.due_in,
            told=", ".join(_notify(*one) for one in self.told),
        )


def _notify(kind: str, events: tuple[str, ...], recipients: tuple[str | None, ...]) -> str:
    to = [one for one in recipients if one is not None]
    more = f"to: [{', '.join(to)}]" if to else "url: https://example.com/hook"
    return f"{{on: [{', '.join(events)}], type: {kind}, {more}}}"


def wanted_by(rule: Rule, event: str) -> list[str | None]:
    """The recipients that a rule names for an event."""
    return [to for _, events, recipients in rule.told if event in events for to in recipients]


@cache
def host() -> PluginHost:
    """The built-in plugins."""
    return builtin_host()


@cache
def standard_of(rule: Rule, root: Path) -> Standard:
    """Workflow and rubric as LoopQA itself loads them, once for each rule."""
    folder = root / "loaded"
    folder.mkdir(exist_ok=True)
    (folder / "desk.yaml").write_text(RUBRIC, encoding="utf-8")
    (folder / "flow.yaml").write_text(rule.yaml, encoding="utf-8")
    rubric = load_rubric(folder / "desk.yaml", host())
    workflow = load_workflow(folder / "flow.yaml", None)
    return Standard(rubric, host().schemes(rubric), host(), workflow)


def put_in_force(rule: Rule, root: Path) -> None:
    """Write the workflow file of a workspace."""
    folder = root / "workflows"
    folder.mkdir(exist_ok=True)
    (folder / "desk.yaml").write_text(rule.yaml, encoding="utf-8")


def workflow_of(rule: Rule, root: Path) -> Workflow:
    """The workflow as loaded."""
    workflow = standard_of(rule, root).workflow
    assert workflow is not None
    return workflow


def fill(store: Store, root: Path) -> None:
    """Write what is known when a simulation begins: one wave and its findings."""
    rubric = standard_of(Rule("month", time(6), "latest", 0, 30, "UTC", ()), root).rubric
    with store.writing(actor="founder", now=START - timedelta(days=1)) as writer:
        writer.pin_rubric(rubric.hash, rubric.id, rubric.version, rubric_form(rubric))
        wave = writer.add_wave(wave_of(BASELINE, WaveKind.ROUTINE, rubric.hash, START))
        for dimension, channel in CELLS:
            writer.add_finding(_finding(wave, dimension, channel))


def wave_of(window: Window, kind: WaveKind, rubric_hash: str, at: datetime) -> Wave:
    """A wave without evidence files: what the state keeps of one."""
    return Wave(
        id=0,
        workflow=WORKFLOW,
        kind=kind,
        window=window,
        revision=1,
        state=WaveState.DONE,
        rubric_hash=rubric_hash,
        digest=f"{kind.value} {window}",
        snapshots=(),
        scores={"schema": "loopqa.score/1"},
        created_at=at,
    )


def _finding(wave: Wave, dimension: str, channel: str) -> Finding:
    below = Reason("below_threshold", FindingGrade.CONFIRMED, text("{name}", name=dimension))
    return Finding(
        id=0,
        workflow=WORKFLOW,
        dimension=dimension,
        lineage=dimension,
        scope=(("channel", (channel,)),),
        grade=FindingGrade.CONFIRMED,
        state=FindingState.OPEN,
        reasons=(below,),
        wave=wave.id,
        window=replace(wave.window),
        n=120,
        score=2.6,
        opened_at=wave.created_at,
        version=0,
    )
