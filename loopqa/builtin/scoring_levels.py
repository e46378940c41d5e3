"""Scoring schemes for answers on a few levels: means, shares of levels, net promoters."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from loopqa.builtin.conditions import LevelsOrCondition
from loopqa.calc.scoring.aggregates import (
    Aggregate,
    levels_of,
    mean_amount,
    net_promoters,
    share_of,
    texts_of,
)
from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.coding import Coding, Histogram, LevelCoding, NumberCoding, Score
from loopqa.model.rubric import ColumnMeasure, Scale
from loopqa.plugin import Options, Scoring, ScoringContext, hookimpl


class NoOptions(Options):
    """The scheme takes no options."""


class Rating(Scoring):
    """The mean of the answers as they are, on the rubric's scale.

    With more than twenty whole numbers on the scale, or ends that are none, any number on it is an
    answer. A mean on another scale than the rubric's is shown, but is no score.
    """

    type = "rating"
    summary = text("mean of the answers on the rubric's scale")
    Config = NoOptions
    weighted: ClassVar[bool] = False

    def __init__(self, config: Any, context: ScoringContext) -> None:
        super().__init__(config, context)
        only_the(("mean",), self.type, context)
        if not isinstance(context.measure, ColumnMeasure):
            raise UsageError(
                text("scheme {type} reads answers, not durations or counts", type=self.type),
                hint=text("use bands, attainment or share"),
            )
        self.levels = levels_of(context.measure, context.scale)
        self._coding = self._number_coding() if self.levels is None else self._level_coding()

    def code(self) -> Coding:
        """Every level is worth itself."""
        return self._coding

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """The mean; a score where the whole scale lies on the rubric's."""
        histogram = inputs["value"]
        levels = self.levels or tuple(histogram.counts)
        mean = mean_amount(histogram, {at: at for at in levels}, weighted=self.weighted)
        return Score(mean, mean if self._coding.scored else None, histogram.n)

    def _level_coding(self) -> Coding:
        levels = self.levels or ()
        return LevelCoding(
            {level: level for level in levels},
            texts_of(self.context.measure),
            scored=within(levels, self.context.scale),
            weighted=self.weighted,
        )

    def _number_coding(self) -> Coding:
        measure, scale = self.context.measure, self.context.scale
        low = getattr(measure, "low", None)
        high = getattr(measure, "high", None)
        low = scale.low if low is None else low
        high = scale.high if high is None else high
        scored = within((low, high), scale)
        return NumberCoding(
            texts_of(measure), low, high, line=(0.0, 1.0) if scored else None, scored=scored
        )


class WeightedMean(Rating):
    """The mean of the answers, each weighted with its case's survey weight."""

    type = "weighted_mean"
    summary = text("mean of the answers, weighted with the survey's weights")
    weighted: ClassVar[bool] = True

    def __init__(self, config: Any, context: ScoringContext) -> None:
        super().__init__(config, context)
        if self.levels is None:
            raise UsageError(
                text("scheme {type} needs a scale of whole numbers", type=self.type),
                hint=text("give the measure its own low and high, at most twenty apart"),
            )


class Amounts(Scoring):
    """Base of schemes whose value is the mean of amounts in percent or points.

    The value is a score where all amounts lie on the rubric's scale (a scale from 0 to 100 for
    percentages); on any other it is shown only, unless ``attainment`` maps it.
    """

    def __init__(self, config: Any, context: ScoringContext) -> None:
        super().__init__(config, context)
        self.aggregate = self.counted()
        self._scored = within(tuple(self.aggregate.amounts.values()), context.scale)
        self._coding = self.aggregate.coding(float if self._scored else None)

    @abstractmethod
    def counted(self) -> Aggregate:
        """What is counted; raises UsageError where the measure does not fit."""

    def code(self) -> Coding:
        """Levels with the amounts they contribute."""
        return self._coding

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """The mean amount."""
        histogram = inputs["value"]
        value = self.aggregate.value(histogram)
        return Score(value, value if self._scored else None, histogram.n)

    @property
    def unit(self) -> str:
        """ "%" or "points", or what the rubric calls it."""
        return self.context.unit or self.aggregate.unit


class TopOptions(Options):
    """Which levels are good."""

    top: tuple[float, ...] | None = None  #: None: the rubric's top box


class TopBox(Amounts):
    """Percentage of answers in the top box."""

    type = "top_box"
    summary = text("percentage of answers in the top box")
    Config = TopOptions

    def counted(self) -> Aggregate:
        """The share of the top levels."""
        context = self.context
        only_the(("mean", "share"), self.type, context)
        top = self.config.top or context.boxes.top
        levels = levels_of(context.measure, context.scale)
        if levels is None or not top or not set(top) <= set(levels):
            raise UsageError(
                text("scheme {type} can't tell which answers are the good ones", type=self.type),
                hint=text(
                    "name them with 'top', such as top: [4, 5], and the scale with low, high"
                ),
            )
        return share_of(context.measure, context.scale, context.boxes, tuple(top))


class Csat(TopBox):
    """Customer satisfaction: percentage of satisfied answers, by default those in the top box."""

    type = "csat"
    summary = text("customer satisfaction: percentage of satisfied answers")


class ShareOptions(Options):
    """Which answers are counted."""

    of: LevelsOrCondition | None = None  #: levels or a condition; None: ones, or the top box


class Share(Amounts):
    """Percentage of answers that are 1 (or a text that stands for 1), or that meet ``of``."""

    type = "share"
    summary = text("percentage of answers that are yes, or meet a condition")
    Config = ShareOptions

    def counted(self) -> Aggregate:
        """The share that ``of`` names."""
        context = self.context
        only_the(("mean", "share"), self.type, context)
        return share_of(context.measure, context.scale, context.boxes, self.config.of)


class Nps(Amounts):
    """Net promoter score: promoters (9-10) minus detractors (0-6) in points, -100..100."""

    type = "nps"
    summary = text("net promoter score: promoters minus detractors, in points")
    Config = NoOptions

    def counted(self) -> Aggregate:
        """Promoters count 100, detractors -100."""
        only_the(("mean", "nps"), self.type, self.context)
        return net_promoters(self.context.measure)


def within(points: Sequence[float], scale: Scale) -> bool:
    """Whether all of these are on the rubric's scale."""
    return all(scale.low <= one <= scale.high for one in points)


def only_the(aggregates: Sequence[str], type_: str, context: ScoringContext) -> None:
    """Refuse an aggregate that the scheme does not make.

    Raises:
        UsageError: the indicator asks for another one.
    """
    if context.aggregate not in aggregates:
        raise UsageError(
            text("scheme {type} makes no {aggregate}", type=type_, aggregate=context.aggregate),
            hint=text("use attainment, bands or none, or drop 'aggregate'"),
        )


@hookimpl
def loopqa_scorings() -> Sequence[type[Scoring]]:
    """The schemes of this file."""
    return [Rating, WeightedMean, Csat, TopBox, Share, Nps]
