"""A made-up after-sales service: one action that helps, one that does nothing, and the truth.

June is a bad month for everybody, and two channels are found too low in it. Both get an action;
only one of them changes anything. September is better everywhere, so a before/after chart praises
both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from pathlib import Path

from loopqa.define.library import rubric_path
from loopqa.engine.demo.before_after import BeforeAfter, before_after
from loopqa.engine.demo.exports import write_month
from loopqa.engine.demo.service import Effect, Month, Service
from loopqa.engine.demo.story import (
    Step,
    closed_line,
    evaluated,
    evaluated_first,
    finding_line,
    named_line,
    on_day,
    opened_line,
    outcome,
    refuse_filled,
)
from loopqa.engine.improve import ActionDraft, close_action, open_action, start_action
from loopqa.engine.run import run_workflow
from loopqa.engine.tick import tick
from loopqa.language import LANGUAGES, Text, current_language, text
from loopqa.model.cycle import Action, Finding, Verdict

WORKFLOW = "after-sales"
SEED = 2026
STARTED = date(2026, 7, 1)
REAL = Effect("responsiveness", "phone", 0.55, STARTED)
PLACEBO = Effect("communication", "online", 0.0, STARTED)
BASELINE, FOLLOW_UP = date(2026, 6, 1), date(2026, 9, 1)
FIRST_RUN, OPENED, CLOSED = date(2026, 7, 4), date(2026, 7, 6), date(2026, 7, 24)
DUE, READY = date(2026, 8, 24), date(2026, 10, 4)


@dataclass(frozen=True)
class Lesson:
    """What was said of one action, and what is true of it."""

    effect: Effect
    truth: float  #: points of the dimension's score that the action adds
    naive: BeforeAfter
    verdict: Verdict


@dataclass(frozen=True)
class Told:
    """The end of the story."""

    lessons: tuple[Lesson, ...]
    reports: tuple[Path, ...]


def after_sales(folder: Path, seed: int = SEED) -> Iterator[Step | Told]:
    """Build the workspace in an empty folder and live from June to September.

    Raises:
        UsageError: the folder is not empty.
    """
    refuse_filled(folder)
    _set_up(folder)
    service = Service(seed, (REAL, PLACEBO))
    months = {first: service.month(first) for first in _months()}
    yield from _arrivals(folder, months, until=FIRST_RUN)
    with on_day(folder, FIRST_RUN) as ws:
        report = run_workflow(ws, WORKFLOW)
    yield evaluated_first(FIRST_RUN, report)
    found = [_found(report.opened, effect) for effect in (REAL, PLACEBO)]
    yield from (Step(FIRST_RUN, finding_line(finding)) for finding in found)
    yield from _acted(folder, found)
    yield from _arrivals(folder, months, since=FIRST_RUN, until=DUE)
    with on_day(folder, DUE) as ws:
        begun = tick(ws).begun
    yield from (Step(DUE, named_line(one)) for one in begun)
    yield from _arrivals(folder, months, since=DUE, until=READY)
    with on_day(folder, READY) as ws:
        done = tick(ws)
        report = run_workflow(ws, WORKFLOW)
    yield from outcome(READY, done)
    yield evaluated(READY, report)
    yield Told(_lessons(service, months, done.verdicts), report.reports)


def _set_up(folder: Path) -> None:
    packed = files("loopqa") / "library" / "after-sales"
    written = {
        "loopqa.yaml": _settings().encode(),
        "workflows/after-sales.yaml": (packed / "workflow.yaml").read_bytes(),
        "rubrics/after-sales.yaml": rubric_path("after-sales").read_bytes(),
    }
    for name, content in written.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def _settings() -> str:
    languages = sorted(LANGUAGES, key=lambda one: one != current_language())
    return f"time_zone: Asia/Shanghai\nlanguages: [{', '.join(languages)}]\n"


def _months() -> Iterator[date]:
    """From June of last year to September."""
    for number in range(16):
        year, month = divmod(5 + number, 12)
        yield date(2025 + year, month + 1, 1)


def _arrivals(
    folder: Path, months: dict[date, Month], *, until: date, since: date = date.min
) -> Iterator[Step]:
    """The exports of each month come on the first of the next one; those of before, together."""
    ready = {_next(first): month for first, month in months.items()}
    coming = {day: month for day, month in ready.items() if since < day <= until}
    answers = {day: write_month(folder / "data", month) for day, month in coming.items()}
    if since == date.min:
        last = max(answers)
        yield Step(last, text("generated exports of {n} months arrive", n=len(answers)))
        return
    for day, n in answers.items():
        label = f"{coming[day].first:%Y-%m}"
        yield Step(day, text("generated exports of {month} arrive: {n} answers", month=label, n=n))


def _next(first: date) -> date:
    return date(first.year + first.month // 12, first.month % 12 + 1, 1)


def _found(findings: tuple[Finding, ...], effect: Effect) -> Finding:
    scope = (("channel", (effect.channel,)),)
    for finding in findings:
        if (finding.dimension, finding.scope) == (effect.dimension, scope):
            return finding
    raise LookupError(f"{effect.dimension} of {effect.channel} was not found low")


def _acted(folder: Path, found: list[Finding]) -> Iterator[Step]:
    titles = (
        text("Call-back desk for the phone queue"),
        text("Posters about friendly writing"),
    )
    with on_day(folder, OPENED) as ws:
        actions = [open_action(ws, _draft(*one)) for one in zip(found, titles, strict=True)]
        for action in actions:
            start_action(ws, action.id)
    for action, finding in zip(actions, found, strict=True):
        yield Step(OPENED, opened_line(action, finding))
    for action in actions:
        yield _closed(folder, action)


def _draft(finding: Finding, title: Text) -> ActionDraft:
    return ActionDraft(
        findings=(finding.id,),
        title=str(title),
        owner=str(text("service head")),
        due=CLOSED,
        horizon="short",
        illustrative=True,
    )


def _closed(folder: Path, action: Action) -> Step:
    with on_day(folder, CLOSED) as ws:
        closed, resurvey = close_action(ws, action.id, evidence="https://example.com/minutes")
    return Step(CLOSED, closed_line(closed, resurvey))


def _lessons(
    service: Service, months: dict[date, Month], verdicts: tuple[Verdict, ...]
) -> tuple[Lesson, ...]:
    by_dimension = {one.judgement.dimension: one for one in verdicts if one.judgement.primary}
    return tuple(
        Lesson(
            effect,
            service.truth(effect),
            before_after(months[BASELINE], months[FOLLOW_UP], effect.dimension, effect.channel),
            by_dimension[effect.dimension],
        )
        for effect in (REAL, PLACEBO)
    )
