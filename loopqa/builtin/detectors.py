"""The built-in detectors: below a threshold, many low answers, a target missed, a drop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from loopqa.builtin.candidates import candidate
from loopqa.builtin.detector_words import apart, below_text, drop_text, share_text, short
from loopqa.calc.detection.cells import (
    LEVEL,
    Cell,
    bottom_share_of,
    cells,
    cells_tested,
    estimate_of,
    graded,
    p_below,
    p_drop,
    p_missed,
    pairs_of,
    upper_bound,
)
from loopqa.calc.scoring.dimensions import around
from loopqa.language import Text, text
from loopqa.model.cycle import Candidate, Reason
from loopqa.model.rubric import Condition
from loopqa.model.score import Grade, Interval
from loopqa.plugin import DetectContext, Detector, Options, hookimpl


class BelowOptions(Options):
    """When a score is too low."""

    below: float | None = None  #: None: the rubric's ``finding.below``
    min_n: int | None = None  #: None: the rubric's ``finding.min_n``


class BelowThreshold(Detector):
    """A score strictly below the threshold, in any cell.

    Confirmed where the upper one-sided 95 % bound lies below it too, corrected for all cells that
    were looked at (Holm); a cell with few answers is watched only.
    """

    type = "below_threshold"
    summary = text("a score below the threshold, overall or in a segment")
    Config = BelowOptions

    def detect(self, context: DetectContext) -> Iterator[Candidate]:
        """Cells whose score is below."""
        rule = context.rubric.finding
        threshold = rule.below if self.config.below is None else self.config.below
        if threshold is None:
            return
        min_n = rule.min_n if self.config.min_n is None else self.config.min_n
        looked_at = cells(context.card, context.segments)
        p_values = {cell.key: _p_below(cell, threshold) for cell in looked_at}
        grades = graded(p_values, {cell.key: cell.score.n for cell in looked_at}, min_n)
        tested = cells_tested((cell.score.n for cell in looked_at), min_n)
        for cell in looked_at:
            if cell.value < threshold:
                reason = Reason(
                    self.type,
                    grades[cell.key],
                    below_text(grades[cell.key], cell, threshold, tested, min_n),
                    _below_figures(cell, threshold, p_values[cell.key], tested),
                )
                yield candidate(context, cell, reason)


def _p_below(cell: Cell, threshold: float) -> float | None:
    estimate = estimate_of(cell.score)
    return p_below(estimate, threshold) if estimate else None


def _below_figures(
    cell: Cell, threshold: float, p: float | None, tested: int
) -> dict[str, float | None]:
    estimate = estimate_of(cell.score)
    return {
        "score": cell.value,
        "threshold": threshold,
        "n": cell.score.n,
        "upper_bound": upper_bound(estimate) if estimate else None,
        "p": p,
        "cells": tested,
    }


class BottomOptions(Options):
    """When there are too many low answers."""

    above: float | None = None  #: share 0..1; None: the rubric's ``finding.bottom_share_above``
    min_n: int | None = None  #: None: the rubric's ``finding.min_n``


class BottomShare(Detector):
    """The share of bottom-box answers exceeds a limit, in any cell.

    Confirmed where even its lower one-sided 95 % bound (Clopper-Pearson) does, corrected for all
    cells that were looked at (Holm).
    """

    type = "bottom_share"
    summary = text("too many answers in the bottom box, overall or in a segment")
    Config = BottomOptions

    def detect(self, context: DetectContext) -> Iterator[Candidate]:
        """Cells whose share is above the limit."""
        rule = context.rubric.finding
        limit = rule.bottom_share_above if self.config.above is None else self.config.above
        if limit is None:
            return
        min_n = rule.min_n if self.config.min_n is None else self.config.min_n
        counted = [
            (cell, share, cell.score.bottom_share)
            for cell in cells(context.card, context.segments)
            if (share := bottom_share_of(cell.score)) and cell.score.bottom_share is not None
        ]
        p_values = {cell.key: share.p_above(limit) for cell, share, _ in counted}
        grades = graded(p_values, {cell.key: share.n for cell, share, _ in counted}, min_n)
        for cell, share, found in counted:
            if found > limit:
                figures = {
                    "bottom_share": found,
                    "limit": limit,
                    "n": share.n,
                    "lower_bound": share.lower_bound,
                    "p": p_values[cell.key],
                }
                grade = grades[cell.key]
                sentence = share_text(grade, found, limit, share.n)
                yield candidate(context, cell, Reason(self.type, grade, sentence, figures))


class NoOptions(Options):
    """The detector takes no options."""


@dataclass(frozen=True)
class Check:
    """One target of a cell: of the dimension itself, or of one of its indicators."""

    cell: Cell
    indicator: str | None  #: id; None: the dimension's own target
    target: Condition
    value: float
    unit: str
    n: int
    interval: Interval | None
    missed: bool

    @property
    def p(self) -> float | None:
        """One-sided p of "met"; None where nothing is known about the value's spread."""
        if self.interval is None and not self.missed:
            return None
        return p_missed(self.value, self.interval, self.target)

    @property
    def figures(self) -> dict[str, float | None]:
        """The numbers behind the sentence."""
        low, high = self.interval or (None, None)
        return {
            "value": self.value,
            "target": self.target.value,
            "n": self.n,
            "low": low,
            "high": high,
            "p": self.p,
        }

    @property
    def sentence(self) -> Text:
        """What was missed, by which value."""
        value, limit = apart(self.value, self.target.value)
        target = f"{self.target.operator} {short(limit)}"
        if self.indicator is None:
            return text(
                "score {score} misses the target {target} (n = {n})",
                score=value,
                target=target,
                n=self.n,
            )
        return text(
            "{indicator} is {value}, which misses the target {target} (n = {n})",
            indicator=self.indicator,
            value=f"{value} {self.unit}".strip(),
            target=f"{target} {self.unit}".strip(),
            n=self.n,
        )


class TargetMissed(Detector):
    """A dimension or indicator whose 95 % interval lies on the wrong side of its target.

    An interval across the target shows nothing and is no finding. Confirmed if the miss holds
    after correction for all targets that were looked at (Holm).
    """

    type = "target_missed"
    summary = text("a target of a dimension or an indicator is missed")
    Config = NoOptions

    def detect(self, context: DetectContext) -> Iterator[Candidate]:
        """Cells that miss a target of their own or of one of their indicators."""
        checks = {
            (f"{cell.dimension}.{check.indicator or ''}", cell.scope): check
            for cell in cells(context.card, context.segments)
            for check in _checks(context, cell)
        }
        grades = graded(
            {key: check.p for key, check in checks.items()},
            {key: check.n for key, check in checks.items()},
            context.rubric.finding.min_n,
        )
        for key, check in checks.items():
            if check.missed:
                reason = Reason(self.type, grades[key], check.sentence, check.figures)
                yield candidate(context, check.cell, reason)


def _checks(context: DetectContext, cell: Cell) -> Iterator[Check]:
    dimension, score = context.rubric.dimension(cell.dimension), cell.score
    if dimension.target is not None:
        missed = score.grade is Grade.MISSED
        interval = around(score.score, score.mean, score.interval)
        yield Check(cell, None, dimension.target, cell.value, "", score.n, interval, missed)
    targets = {indicator.id: indicator.target for indicator in dimension.indicators}
    for part in score.indicators:
        target = targets.get(part.id)
        if target is not None and part.value is not None:
            missed = part.grade is Grade.MISSED
            yield Check(cell, part.id, target, part.value, part.unit, part.n, part.interval, missed)


class Drop(Detector):
    """A score lower than in the window before, beyond chance (Welch, one-sided 5 %).

    Confirmed if that holds after correction for all cells that were looked at (Holm).
    """

    type = "drop"
    summary = text("a score that fell since the window before")
    Config = NoOptions

    def detect(self, context: DetectContext) -> Iterator[Candidate]:
        """Cells that fell since the window before; none in the first window."""
        if context.previous is None:
            return
        before = cells(context.previous, context.previous_segments, carried=True)
        pairs = pairs_of(before, cells(context.card, context.segments))
        p_values = {now.key: _p_drop(earlier, now) for earlier, now in pairs}
        n = {now.key: min(earlier.score.n, now.score.n) for earlier, now in pairs}
        grades = graded(p_values, n, context.rubric.finding.min_n)
        for earlier, now in pairs:
            p = p_values[now.key]
            if p is not None and p <= LEVEL:
                figures = {
                    "before": earlier.value,
                    "score": now.value,
                    "n_before": earlier.score.n,
                    "n": now.score.n,
                    "p": p,
                }
                reason = Reason(self.type, grades[now.key], drop_text(earlier, now), figures)
                yield candidate(context, now, reason)


def _p_drop(earlier: Cell, now: Cell) -> float | None:
    first, second = estimate_of(earlier.score), estimate_of(now.score)
    return p_drop(first, second) if first and second else None


@hookimpl
def loopqa_detectors() -> Sequence[type[Detector]]:
    """The detectors of this file."""
    return [BelowThreshold, BottomShare, TargetMissed, Drop]
