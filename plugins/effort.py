"""Scoring scheme ``effort``: the customer effort score, how easy it was to get help.

Copy this file into the ``plugins`` folder of a workspace, then write in a rubric::

    effort:
      question: {en: "It was easy to get my problem solved.", zh: "我的问题很容易就得到了解决。"}
      measure: {column: ces, low: 1, high: 7}
      score: {type: effort}                 # or {type: effort, report: mean}

The value is the percentage of easy answers (5, 6 and 7 of 7), or the mean answer. The score is its
place between the worst and the best possible value, on the rubric's scale.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from loopqa.plugin import (
    Coding,
    ColumnMeasure,
    Histogram,
    LevelCoding,
    Options,
    Score,
    Scoring,
    ScoringContext,
    UsageError,
    hookimpl,
    text,
)

LOOPQA_API = "1.0"

LEVELS = tuple(float(level) for level in range(1, 8))


class EffortOptions(Options):
    """Options of the scheme ``effort``."""

    easy_from: Literal[4, 5, 6, 7] = 5  #: this answer and all above it count as easy
    report: Literal["share", "mean"] = "share"  #: of easy answers in percent, or the mean answer


class Effort(Scoring):
    """Counts easy answers on a scale from 1 (very hard) to 7 (very easy)."""

    type = "effort"
    summary = text(
        "customer effort score: percentage of answers that found it easy",
        zh="客户费力度：认为轻松的回答所占百分比",
    )
    Config = EffortOptions
    config: EffortOptions

    def __init__(self, config: Any, context: ScoringContext) -> None:
        super().__init__(config, context)
        measure = context.measure
        if not isinstance(measure, ColumnMeasure):
            raise UsageError(
                text(
                    "the effort score needs answers in a column", zh="费力度评分需要某一列中的回答"
                )
            )
        if (measure.low, measure.high) != (1, 7):
            raise UsageError(
                text(
                    "the effort score needs answers from 1 to 7", zh="费力度评分需要 1 到 7 的回答"
                ),
                hint=text(
                    "write 'low: 1, high: 7' in the measure",
                    zh="请在 measure 中写 'low: 1, high: 7'",
                ),
            )
        self.texts = measure.values

    def code(self) -> Coding:
        """Each answer is 0 or 100 %, or itself; its points are that on the rubric's scale."""
        amounts = {level: self._amount(level) for level in LEVELS}
        points = {level: self._on_rubric_scale(amounts[level]) for level in LEVELS}
        return LevelCoding(points, self.texts, amounts=amounts)

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """The mean amount, and the same on the rubric's scale."""
        answers = inputs["value"]
        if not answers.n:
            return Score(None, None, 0)
        value = sum(self._amount(level) * n for level, (n, _) in answers.counts.items()) / answers.n
        return Score(value, self._on_rubric_scale(value), answers.n)

    @property
    def unit(self) -> str:
        """Percent for the share; the mean has none."""
        return "%" if self.config.report == "share" else ""

    def _amount(self, level: float) -> float:
        if self.config.report == "mean":
            return level
        return 100.0 if level >= self.config.easy_from else 0.0

    def _on_rubric_scale(self, amount: float) -> float:
        worst, best = (1.0, 7.0) if self.config.report == "mean" else (0.0, 100.0)
        scale = self.context.scale
        return scale.low + (amount - worst) / (best - worst) * (scale.high - scale.low)


@hookimpl
def loopqa_scorings() -> Sequence[type[Scoring]]:
    """The scheme ``effort``."""
    return [Effort]
