"""Before the work: what the re-survey of an action will be able to see, and when it is known.

Worked out from the scores of the finding's own wave, so that opening an action stays fast; where
these do not tell, nothing is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from loopqa.calc.effect.available import LEAST_ANSWERS
from loopqa.calc.effect.drift import (
    FLOOR,
    LEAST_WINDOWS,
    Point,
    lag_drift,
    local_shock,
    series,
    usable,
)
from loopqa.calc.loop.calendar import add_period
from loopqa.calc.verdict.planning import Outlook
from loopqa.engine.continuity import dimension_of
from loopqa.engine.overlap import rivals
from loopqa.engine.re_evaluate import name_window
from loopqa.engine.remembering import remembering
from loopqa.engine.rounds import baseline_of, has_comparison, history_of
from loopqa.engine.scored_windows import SegmentScores, segment_scores
from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.model.cycle import Action, ActionState, Finding, Wave, action_ref
from loopqa.model.verdict import Asked

if TYPE_CHECKING:
    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.window import Window
    from loopqa.model.workflow import Workflow
    from loopqa.store.door import Reader

WAITING = (ActionState.PROPOSED, ActionState.OPEN, ActionState.STARTED, ActionState.CLOSED)
_USUAL_RETEST = 0.45  #: correlation of a customer's two answers


@dataclass(frozen=True)
class Prospect:
    """What the re-survey will be able to see of one dimension."""

    dimension: str
    n: int  #: answers to be expected in the scope: as many as before
    change: float  #: worth seeing: the material change, or the gap to the threshold or target
    outlook: Outlook

    @property
    def detectable(self) -> float | None:
        """Smallest change that gets a verdict in four of five cases; None: none does."""
        return self.outlook.verdict_detects(self.n) if self.n >= 2 else None

    @property
    def answers(self) -> int | None:
        """Answers that get the change worth seeing a verdict; None: no number does."""
        return self.outlook.verdict_needs(self.change)

    @property
    def visible(self) -> bool:
        """Whether the change worth seeing is likely to be seen."""
        return self.detectable is not None and self.detectable <= self.change

    @property
    def sentence(self) -> Text:
        """What will be seen, in one sentence."""
        change, detectable = f"{self.change:.2f}", self.detectable
        if detectable is None:
            return text(
                "{dimension}: no verdict is possible, with neither a comparison nor {windows} "
                "earlier windows",
                dimension=self.dimension,
                windows=LEAST_WINDOWS,
            )
        if self.visible:
            return text(
                "{dimension}: the re-survey will see a change of {detectable} or more, with {n} "
                "answers; {change} is worth seeing",
                dimension=self.dimension,
                detectable=f"{detectable:.2f}",
                n=self.n,
                change=change,
            )
        return text(
            "{dimension}: the re-survey can't see the effect: it sees a change of {detectable} or "
            "more, with {n} answers, and {change} is worth seeing",
            dimension=self.dimension,
            detectable=f"{detectable:.2f}",
            n=self.n,
            change=change,
        )

    @property
    def remedy(self) -> Text | None:
        """What would make the effect visible; None where it is."""
        if self.visible:
            return None
        needed = self.answers
        if needed is not None and self.detectable is not None:
            return text(
                "ask more customers or take a wider scope: about {needed} answers are needed in "
                "each period",
                needed=needed,
            )
        if not self.outlook.comparison:
            return text(
                "survey cases that the action does not touch as well, in the same way: give the "
                "action a segment, and `re_evaluate: {{comparison: outside_scope}}`"
            )
        if not self.outlook.history:
            return text(
                "collect {windows} earlier windows, so that it is known how far scores move by "
                "themselves",
                windows=LEAST_WINDOWS,
            )
        return text("take a wider scope, or aim for a larger change")

    def to_dict(self) -> dict[str, Any]:
        """The prospect as JSON, sentences in the current language."""
        remedy = self.remedy
        return {
            "dimension": self.dimension,
            "n": self.n,
            "change": self.change,
            "detectable": self.detectable,
            "answers_needed": self.answers,
            "visible": self.visible,
            "sentence": str(self.sentence),
            "remedy": str(remedy) if remedy else None,
        }


@dataclass(frozen=True)
class AnswerDate:
    """When the verdict will be known."""

    closing: date  #: the day the action is, or will have been, closed
    due: date  #: of the re-survey
    window: Window  #: that will be compared
    known_on: date

    def to_dict(self) -> dict[str, str]:
        """The dates as JSON."""
        return {
            "closing": self.closing.isoformat(),
            "due": self.due.isoformat(),
            "window": str(self.window),
            "known_on": self.known_on.isoformat(),
        }


@dataclass(frozen=True)
class Prospects:
    """What can be said of an action's verdict before the work."""

    answer: AnswerDate
    each: tuple[Prospect, ...]
    since: date  #: first day of the baseline
    rivals: tuple[Action, ...] = ()  #: others at work on the same, which will not be told apart

    @property
    def hidden(self) -> bool:
        """Whether the effect on some dimension can't be seen."""
        return any(not one.visible for one in self.each)

    @property
    def warning(self) -> Text | None:
        """Which other actions share the segment."""
        if not self.rivals:
            return None
        return text(
            "{actions} is at work on the same, in the same or an overlapping segment: the verdict "
            "will not tell what each action did",
            actions=", ".join(action_ref(one.id) for one in self.rivals),
        )

    def to_dict(self) -> dict[str, Any]:
        """The field ``prospects`` of an action."""
        return {
            "hidden": self.hidden,
            "answer": self.answer.to_dict(),
            "dimensions": [one.to_dict() for one in self.each],
            "rivals": [action_ref(one.id) for one in self.rivals],
        }


def prospects(
    ws: Workspace, reader: Reader, actions: Iterable[Action], *, rivals_too: bool = True
) -> dict[int, Prospects]:
    """Prospects by action, of those that still wait for a verdict.

    Never an error: of an action whose definitions or scores do not tell, nothing is said. Finding
    the rivals of many actions takes long; a list that does not show them can do without.
    """
    seen = remembering(reader)
    standards: dict[str, Standard | None] = {}
    found: dict[int, Prospects] = {}
    for action in actions:
        if action.state not in WAITING or action.rollout is not None:
            continue  # lots are planned apart: `loopqa plan --clusters`
        if action.workflow not in standards:
            standards[action.workflow] = _standard(ws, action.workflow)
        used = standards[action.workflow]
        if used is not None and used.workflow is not None:
            ahead = _prospects(ws, seen, used, used.workflow, action)
            others = rivals(seen, action, ahead.since) if rivals_too else ()
            found[action.id] = replace(ahead, rivals=others)
    return found


def _standard(ws: Workspace, workflow: str) -> Standard | None:
    try:
        return ws.standard(ws.workflow(workflow))
    except LoopQAError:
        return None


def _prospects(
    ws: Workspace, reader: Reader, used: Standard, workflow: Workflow, action: Action
) -> Prospects:
    closing = action.closed_on or max(action.due or ws.today(), ws.today())
    answer = answer_date(workflow, closing)
    findings = [reader.finding(number) for number in action.findings]
    baseline = baseline_of(reader, action)
    history = history_of(reader, baseline)
    each = (
        _prospect(used, workflow, action, finding, baseline, history, answer)
        for finding in findings
    )
    by_dimension = {one.dimension: one for one in each if one is not None}
    return Prospects(answer, tuple(by_dimension.values()), baseline.window.start)


def answer_date(workflow: Workflow, closing: date) -> AnswerDate:
    """When an action that is closed on this day gets its verdict."""
    due = add_period(closing, workflow.re_evaluate.after)
    window, known_on = name_window(workflow, None, due)
    return AnswerDate(closing, due, window, known_on)


def _prospect(
    used: Standard,
    workflow: Workflow,
    action: Action,
    finding: Finding,
    baseline: Wave,
    history: Sequence[Wave],
    answer: AnswerDate,
) -> Prospect | None:
    try:
        dimension = dimension_of(used.rubric, finding).id
    except LoopQAError:
        return None
    now = segment_scores(baseline, dimension, action.scope)
    if now is None or now.scope.n < 2 or not now.scope.variance > 0:
        return None
    asked = Asked(workflow.re_evaluate.asked)
    low = now.low_share if asked is Asked.LOW else None
    outlook = _outlook(used, workflow, action, now, history)
    known = [segment_scores(wave, dimension, action.scope) for wave in history]
    measured = _with_drift(outlook, known, history, baseline, answer)
    return Prospect(
        dimension,
        int(now.scope.n if low is None else now.scope.n * low),
        _worth_seeing(used, finding, dimension),
        measured,
    )


def _outlook(
    used: Standard,
    workflow: Workflow,
    action: Action,
    now: SegmentScores,
    history: Sequence[Wave],
) -> Outlook:
    decide, scale = used.rubric.decide, used.rubric.scale
    return Outlook(
        Asked(workflow.re_evaluate.asked),
        has_comparison(workflow, action) and now.rest.n >= LEAST_ANSWERS,
        len(history),
        math.sqrt(now.scope.variance),
        _USUAL_RETEST,
        decide.confidence,
        decide.local_drift,
        FLOOR * (scale.high - scale.low) / 4,
    )


def _with_drift(
    outlook: Outlook,
    known: Sequence[SegmentScores | None],
    history: Sequence[Wave],
    baseline: Wave,
    answer: AnswerDate,
) -> Outlook:
    """The outlook with how far the segment moved by itself, as the history's scores have it."""
    start = baseline.window.start
    periods = [
        scores.period((wave.window.start - start).days)
        for scores, wave in zip(known, history, strict=True)
        if scores is not None
    ]
    windows = usable(periods, outlook.comparison)
    if not outlook.history or len(windows) < LEAST_WINDOWS:
        return replace(outlook, windows=min(outlook.windows, len(windows)))
    points = series(windows, outlook.comparison)
    lag = (answer.window.start - start).days
    shock = _shock(points, outlook.comparison, lag, outlook.floor**2)
    return replace(outlook, windows=len(windows), floor=math.sqrt(shock))


def _shock(points: Sequence[Point], comparison: bool, lag: int, floor: float) -> float:
    """Variance of one local shock, as the verdict will measure it."""
    if comparison:
        return local_shock([(points, 1.0)], floor).variance
    return lag_drift([(points, 1.0)], lag, floor).variance / 2


def _worth_seeing(used: Standard, finding: Finding, dimension: str) -> float:
    """The material change, or the gap to the threshold or the target, if that is larger."""
    gaps = [used.rubric.decide.material_change]
    if finding.score is not None:
        below = used.rubric.finding.below
        if below is not None and finding.score < below:
            gaps.append(below - finding.score)
        target = next(one.target for one in used.rubric.dimensions if one.id == dimension)
        if target is not None and not target.holds(finding.score):
            gaps.append(abs(target.value - finding.score))
    return max(gaps)
