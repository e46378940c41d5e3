"""The detector of control charts: a score that left its usual range, or went to one side of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from loopqa.builtin.candidates import candidate
from loopqa.builtin.detector_words import apart
from loopqa.calc.detection.cells import Cell, cells
from loopqa.calc.detection.control_charts import RUN, Judged, Point, Rule, judged
from loopqa.calc.verdict.families import holm
from loopqa.language import Text, text
from loopqa.model.cycle import Candidate, FindingGrade, Reason, Scope
from loopqa.plugin import DetectContext, Detector, Options, PastScore, hookimpl

Of = Literal["score", "bottom_share"]


class ChartOptions(Options):
    """What is charted, and from how many answers a window counts."""

    of: tuple[Of, ...] = Field(("score",), min_length=1)  #: XmR of scores, p' of low shares
    min_n: int | None = None  #: None: the rubric's ``finding.min_n``


@dataclass(frozen=True)
class Charted:
    """One cell held against its own past."""

    cell: Cell
    of: Of
    judged: Judged


class ControlChart(Detector):
    """A score below its control limits, or the eighth in a row below the centre line.

    The limits come from how much the cell has always moved from window to window (XmR; Laney's p'
    for shares), from twelve earlier windows on, and never from the window under test. Only the bad
    side opens a finding. Confirmed where the point is out of limits that are settled, after
    correction for all cells that were looked at (Holm).
    """

    type = "control_chart"
    summary = text("a score that left its usual range, overall or in a segment")
    Config = ChartOptions

    def detect(self, context: DetectContext) -> Iterator[Candidate]:
        """Cells that broke a rule; none with fewer than twelve earlier windows."""
        rule = context.rubric.finding
        min_n = rule.min_n if self.config.min_n is None else self.config.min_n
        for of in self.config.of:
            charted = [
                Charted(cell, of, found)
                for cell in cells(context.card, context.segments)
                if (found := _judged(cell, context.history, of, min_n))
            ]
            confirmed = _confirmed(charted)
            for one in charted:
                if one.judged.rule is not None:
                    sure = one.cell.key in confirmed
                    grade = FindingGrade.CONFIRMED if sure else FindingGrade.OBSERVED
                    reason = Reason(self.type, grade, _sentence(one), _figures(one))
                    yield candidate(context, one.cell, reason)


def _judged(
    cell: Cell,
    history: Mapping[tuple[str, Scope], Sequence[PastScore]],
    of: Of,
    min_n: int,
) -> Judged | None:
    """The cell against its own past; windows with few answers are no points of the chart."""
    value = _VALUES[of](cell)
    if value is None or cell.score.n < min_n:
        return None
    past = [
        Point(earlier, one.n)
        for one in history.get(cell.key, ())
        if (earlier := one.score if of == "score" else one.bottom_share) is not None
        and one.n >= min_n
    ]
    return judged([*past, Point(value, cell.score.n)], share=of == "bottom_share")


_VALUES: Mapping[Of, Callable[[Cell], float | None]] = {
    "score": lambda cell: cell.score.score,
    "bottom_share": lambda cell: cell.score.bottom_share,
}


def _confirmed(charted: Sequence[Charted]) -> set[tuple[str, Scope]]:
    passed = holm({one.cell.key: one.judged.p for one in charted})
    return {
        one.cell.key
        for one in charted
        if one.cell.key in passed
        and one.judged.rule is Rule.LIMIT
        and not one.judged.limits.provisional
    }


def _figures(one: Charted) -> dict[str, float | None]:
    found = one.judged
    return {
        one.of: _VALUES[one.of](one.cell),
        "n": one.cell.score.n,
        "centre": found.limits.centre,
        "low": found.low,
        "high": found.high,
        "windows": found.limits.k,
        "p": found.p,
    }


def _sentence(one: Charted) -> Text:
    limits = one.judged.limits
    if limits.provisional:
        return text("{what}; the limits are provisional ({k} windows)", what=_what(one), k=limits.k)
    return text("{what} ({k} windows)", what=_what(one), k=limits.k)


def _what(one: Charted) -> Text:
    found, value = one.judged, _VALUES[one.of](one.cell) or 0.0
    share = one.of == "bottom_share"
    if found.rule is Rule.RUN:
        centre = found.limits.centre
        if share:
            return text(
                "the last {run} shares of low answers all lie above their usual {centre} %",
                run=RUN,
                centre=f"{100 * centre:.0f}",
            )
        return text(
            "the last {run} scores all lie below their usual {centre}",
            run=RUN,
            centre=f"{centre:.2f}",
        )
    if share:
        score, limit = apart(100 * value, 100 * found.high, digits=0)
        return text(
            "{share} % low answers are above the control limit {limit} %", share=score, limit=limit
        )
    score, limit = apart(value, found.low)
    return text("score {score} is below the control limit {limit}", score=score, limit=limit)


@hookimpl
def loopqa_detectors() -> Sequence[type[Detector]]:
    """The detector of this file."""
    return [ControlChart]
