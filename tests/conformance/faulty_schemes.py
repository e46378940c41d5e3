"""A sound scoring scheme, and one subclass for each mistake an author can make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from loopqa.plugin import Coding, Histogram, LevelCoding, Options, Score, Scoring, text

LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


class SoundOptions(Options):
    """None."""


class Sound(Scoring):
    """The mean answer from 1 to 5."""

    type = "sound"
    summary = text("yes")
    Config = SoundOptions

    def code(self) -> Coding:
        return LevelCoding({level: level for level in LEVELS})

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        counts = inputs["value"].counts
        n = sum(n for n, _ in counts.values())
        mean = sum(level * n for level, (n, _) in counts.items()) / n if n else None
        return Score(mean, mean, n)


class LeadsNowhere(Sound):
    def code(self) -> Coding:
        return LevelCoding({1.0: 1.0, 5.0: 5.0}, {"so so": 3.0})


class CodesAnewEachTime(Sound):
    calls = 0

    def code(self) -> Coding:
        type(self).calls += 1
        return LevelCoding({level: level for level in LEVELS}, {str(self.calls): 1.0})


class Remembers(Sound):
    last: Score | None = None

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        found = super().score(inputs)
        self.last, before = found, self.last
        return before or found


class EmptiesItsInput(Sound):
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        found = super().score(inputs)
        inputs["value"].counts.clear()  # type: ignore[attr-defined]
        return found


class TakesTheFirst(Sound):
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        found = super().score(inputs)
        return replace(found, value=next(iter(inputs["value"].counts), None))


class DividesByNothing(Sound):
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        counts = inputs["value"].counts
        n = sum(n for n, _ in counts.values())
        return Score(sum(level * n for level, (n, _) in counts.items()) / n, None, n)


class ScoresNothingAsZero(Sound):
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        found = super().score(inputs)
        return found if found.n else Score(0.0, 0.0, 0)


class CountsWeights(Sound):
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        return replace(super().score(inputs), n=round(inputs["value"].weight) + 1)


class LeavesTheScale(Sound):
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        found = super().score(inputs)
        return replace(found, score=None if found.score is None else found.score * 20)


class MeansSomethingElse(Sound):
    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        levels = sorted(inputs["value"].counts)
        middle = levels[len(levels) // 2] if levels else None
        return replace(super().score(inputs), value=middle, score=middle)


class PunishesTheBest(Sound):
    def code(self) -> Coding:
        return LevelCoding({1.0: 1.0, 2.0: 2.0, 3.0: 3.0, 4.0: 4.0, 5.0: 5.0}, scored=True)

    def score(self, inputs: Mapping[str, Histogram]) -> Score:
        found = super().score(inputs)
        return replace(found, score=None if found.score is None else 6 - found.score)


class HasNoUnit(Sound):
    unit: Any = None  # type: ignore[assignment]


class TrustsItsMeasure(Sound):
    def code(self) -> Coding:
        measure: Any = self.context.measure
        return LevelCoding({measure.low: 1.0, measure.high: 5.0, **dict.fromkeys(LEVELS, 1.0)})
