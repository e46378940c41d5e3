"""Scoring schemes for numbers and aggregates: bands, attainment of a target, and none at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from loopqa.builtin.conditions import ConditionOption, LevelsOrCondition
from loopqa.calc.exact import exact
from loopqa.calc.scoring.aggregates import Aggregate, aggregate_of, texts_of
from loopqa.errors import UsageError
from loopqa.language import text
from loopqa.model.coding import Coding, Histogram, LevelCoding, Score
from loopqa.model.rubric import Condition
from loopqa.plugin import Options, Scoring, ScoringContext, hookimpl


class BandOptions(Options):
    """Which numbers fall on which level."""

    bands: dict[float, ConditionOption] = Field(min_length=1)
    """Level → condition, tested from the best level down."""
    of: LevelsOrCondition | None = None  #: with aggregate: share: what is counted


class Bands(Scoring):
    """Puts every number on the first level whose condition it meets, best level first.

    By default each case is put on a level and the score is the mean level. With ``aggregate:``
    median, p90, share or nps the aggregate itself is put on a level.
    """

    type = "bands"
    summary = text("a number falls in a band, and the band has a level")
    Config = BandOptions

    def __init__(self, config: Any, context: ScoringContext) -> None:
        super().__init__(config, context)
        self.bands: tuple[tuple[float, Condition], ...] = tuple(
            sorted(config.bands.items(), key=lambda band: -band[0])
        )
        self._levels = Aggregate("", {level: level for level, _ in self.bands})
        self._aggregate = self._of_the_whole()
        self._coding = (
            self._aggregate.coding(self._level) if self._aggregate else self._case_coding()
        )

    def code(self) -> Coding:
        """Levels of the bands, or what the aggregate needs."""
        return self._coding

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """The mean level; or the aggregate, and the level it falls on."""
        histogram = inputs["value"]
        if self._aggregate is None:
            mean = self._levels.value(histogram)
            return Score(mean, mean, histogram.n)
        value = self._aggregate.value(histogram)
        return Score(value, None if value is None else self._level(value), histogram.n)

    @property
    def unit(self) -> str:
        """A mean level has none; an aggregate has its own, or what the rubric calls it."""
        return (self.context.unit or self._aggregate.unit) if self._aggregate else ""

    def _of_the_whole(self) -> Aggregate | None:
        context, of = self.context, self.config.of
        if context.aggregate == "mean" and of is None:
            return None
        return aggregate_of(context.aggregate, context.measure, context.scale, context.boxes, of=of)

    def _case_coding(self) -> Coding:
        texts = texts_of(self.context.measure)
        return LevelCoding(
            {level: level for level, _ in self.bands},
            {written: self._level(number) for written, number in texts.items()},
            self.bands,
        )

    def _level(self, value: float) -> float:
        """The level of a number; the lowest where no condition holds."""
        lowest = self.bands[-1][0]
        return next((at for at, condition in self.bands if condition.holds(value)), lowest)


class AttainmentOptions(Options):
    """From where to where the value counts."""

    floor: float  #: worth the lowest score, and so is everything worse
    target: float | None = None  #: worth the highest score; None: the indicator's target
    direction: Literal["higher_is_better", "lower_is_better"] | None = None
    of: LevelsOrCondition | None = None  #: with aggregate: share: what is counted


class Attainment(Scoring):
    """How far the value has come from ``floor`` to ``target``, linear on the rubric's scale.

    Works on the ``aggregate`` of the indicator. A single case is worth the same line without its
    ends cut off, so that means of cases, and their changes, are on the rubric's scale too.
    """

    type = "attainment"
    summary = text("how far the value has come from a floor to a target")
    Config = AttainmentOptions

    def __init__(self, config: Any, context: ScoringContext) -> None:
        super().__init__(config, context)
        self.floor, self.target = config.floor, self._target()
        _same_direction(self.floor, self.target, config.direction)
        self.aggregate = aggregate_of(
            context.aggregate, context.measure, context.scale, context.boxes, of=config.of
        )
        self._coding = self.aggregate.coding(self._worth, self._line())

    def code(self) -> Coding:
        """Levels with their amounts and what they are worth, or numbers with their line."""
        return self._coding

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """The aggregate, and its place between floor and target."""
        histogram = inputs["value"]
        value = self.aggregate.value(histogram)
        return Score(value, None if value is None else self._attained(value), histogram.n)

    @property
    def unit(self) -> str:
        """The aggregate's unit, or what the rubric calls it."""
        return self.context.unit or self.aggregate.unit

    def _target(self) -> float:
        if self.config.target is not None:
            return float(self.config.target)
        if self.context.target is not None:
            return self.context.target.value
        raise UsageError(
            text("attainment needs a target"),
            hint=text("give the scheme or the indicator one"),
        )

    def _worth(self, value: float) -> float:
        scale = self.context.scale
        way = (exact(value) - exact(self.floor)) / (exact(self.target) - exact(self.floor))
        return float(exact(scale.low) + way * (exact(scale.high) - exact(scale.low)))

    def _attained(self, value: float) -> float:
        scale = self.context.scale
        return min(max(self._worth(value), scale.low), scale.high)

    def _line(self) -> tuple[float, float]:
        """The same as offset and slope."""
        scale = self.context.scale
        return self._worth(0.0), (scale.high - scale.low) / (self.target - self.floor)


def _same_direction(floor: float, target: float, direction: str | None) -> None:
    if floor == target:
        raise UsageError(text("floor and target are the same: {value}", value=f"{floor:g}"))
    lower = target < floor
    if direction is not None and lower != (direction == "lower_is_better"):
        raise UsageError(
            text(
                "{direction}, but the target {target} lies on the other side of the floor {floor}",
                direction=direction,
                target=f"{target:g}",
                floor=f"{floor:g}",
            ),
            hint=text("the floor is the worst value that counts"),
        )


class UnscoredOptions(Options):
    """What is shown."""

    of: LevelsOrCondition | None = None  #: with aggregate: share: what is counted


class Unscored(Scoring):
    """Shows the indicator without scoring it.

    A column on the rubric's scale is shown level by level; one with a ``unit`` holds numbers.
    """

    type = "none"
    summary = text("shown, but not scored")
    Config = UnscoredOptions

    def __init__(self, config: Any, context: ScoringContext) -> None:
        super().__init__(config, context)
        self.aggregate = aggregate_of(
            context.aggregate,
            context.measure,
            context.scale,
            context.boxes,
            of=config.of,
            few=not context.unit,
        )
        self._coding = self.aggregate.coding()

    def code(self) -> Coding:
        """Levels or numbers that count in no case score."""
        return self._coding

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        """The value alone."""
        histogram = inputs["value"]
        return Score(self.aggregate.value(histogram), None, histogram.n)

    @property
    def unit(self) -> str:
        """The aggregate's unit, or what the rubric calls it."""
        return self.context.unit or self.aggregate.unit


@hookimpl
def loopqa_scorings() -> Sequence[type[Scoring]]:
    """The schemes of this file."""
    return [Bands, Attainment, Unscored]
