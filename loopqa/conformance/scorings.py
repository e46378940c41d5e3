"""What every scoring scheme keeps to: pure, and of one mind in ``code`` and ``score``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from random import Random
from typing import Any, cast

from loopqa.conformance import common
from loopqa.conformance.case import Case
from loopqa.conformance.checking import CannotTell, Check
from loopqa.errors import LoopQAError
from loopqa.language import Text, text
from loopqa.model.coding import Coding, Histogram, LevelCoding, NumberCoding, Score
from loopqa.model.rubric import Boxes, ColumnMeasure, DurationMeasure, RepeatMeasure, Scale
from loopqa.plugin.loading import why
from loopqa.plugin.scoring import Scoring, ScoringContext

#: An indicator as most are: answers from 1 to 5 in a column.
USUAL = ScoringContext(
    scale=Scale(1, 5),
    boxes=Boxes((4.0, 5.0), (1.0, 2.0)),
    measure=ColumnMeasure(("answer",), low=1, high=5),
    target=None,
    unit="",
    aggregate="mean",
)

_TRIALS = 40
_CLOSE = 1e-9
_NUMBERS = (0.0, 0.5, 1.0, 2.0, 7.0, 15.0, 120.0, 480.0, 1440.5)


@dataclass(frozen=True)
class ScoringCase(Case):
    """A scoring scheme with its options, and the indicator that it scores."""

    context: ScoringContext = USUAL
    rising: bool | None = None
    """Whether a larger number never makes the score worse (True) or better (False); None: unknown.
    Of levels, and of numbers with a line, the coding says it itself."""

    def made(self, **more: Any) -> Scoring:
        """The scheme, with some options replaced.

        Raises:
            DefinitionError: the options are wrong.
            UsageError: they make no sense for the indicator.
        """
        return cast("Scoring", self.plugin(self.config(**more), self.context))

    def fitted(self) -> ScoringCase:
        """The same scheme for the first kind of indicator that it takes."""
        for context in (self.context, *other_indicators(self.context)):
            fitting = replace(self, context=context)
            try:
                fitting.made()
            except Exception:
                continue
            return fitting
        return self


def histograms(coding: Coding, seed: int = 7) -> Iterator[Histogram]:
    """Counts of answers that a coding can give: one value alone, then several at random."""
    dice = Random(seed)
    values = values_of(coding)
    for value in values:
        yield Histogram({value: (3, 3.0)})
    for _ in range(_TRIALS):
        chosen = dice.sample(values, dice.randint(1, len(values)))
        counts = {value: dice.randint(1, 50) for value in chosen}
        yield Histogram({value: (n, n * dice.uniform(0.5, 2.0)) for value, n in counts.items()})


def values_of(coding: Coding) -> Sequence[float]:
    """Levels, or numbers within bounds, in ascending order."""
    if isinstance(coding, LevelCoding):
        return sorted(coding.points)
    low = -math.inf if coding.low is None else coding.low
    high = math.inf if coding.high is None else coding.high
    inside = {value for value in _NUMBERS if low <= value <= high}
    return sorted(inside | {end for end in (low, high) if math.isfinite(end)})


def _of(scheme: Scoring, histogram: Histogram) -> Score:
    return scheme.score({"value": histogram})


def describes_its_coding(case: ScoringCase) -> Iterator[Text]:
    """``code`` returns a sound coding, the same each time."""
    coding: Any = case.made().code()
    if not isinstance(coding, (LevelCoding, NumberCoding)):
        yield text("code() returns {what}, which is no coding", what=type(coding).__name__)
        return
    if coding != case.made().code():
        yield text("code() returns another coding each time")
    if not values_of(coding):
        yield text("the coding allows no value")
    if isinstance(coding, LevelCoding):
        yield from _unsound_levels(coding)


def _unsound_levels(coding: LevelCoding) -> Iterator[Text]:
    levels = set(coding.points)
    meant = {*coding.values.values(), *(level for level, _ in coding.bands)}
    for level in sorted(meant - levels):
        yield text("the coding leads to level {level}, which has no points", level=f"{level:g}")
    if coding.amounts and set(coding.amounts) != levels:
        yield text("the coding has amounts for other levels than points")
    if not all(map(math.isfinite, [*coding.points.values(), *coding.amounts.values()])):
        yield text("points or amounts are not finite")


def scores_purely(case: ScoringCase) -> Iterator[Text]:
    """The same counts have the same score, whatever was scored before, and are left alone."""
    used, coding = case.made(), case.made().code()
    for histogram in histograms(coding):
        kept = dict(histogram.counts)
        inputs = {"value": histogram}
        first, second = used.score(inputs), used.score(inputs)
        if not first == second == _of(case.made(), histogram):
            yield text("the same counts have different scores")
        if histogram.counts != kept or list(inputs) != ["value"]:
            yield text("score() changes the counts it is given")


def ignores_the_order(case: ScoringCase) -> Iterator[Text]:
    """The order in which answers are counted changes nothing."""
    scheme = case.made()
    for histogram in histograms(scheme.code()):
        turned = Histogram(dict(reversed(list(histogram.counts.items()))))
        if not _alike(_of(scheme, histogram), _of(scheme, turned)):
            yield text("the score depends on the order of the counts")


def _alike(one: Score, other: Score) -> bool:
    return one.n == other.n and _near(one.value, other.value) and _near(one.score, other.score)


def _near(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=_CLOSE, abs_tol=_CLOSE)


def scores_nothing_as_nothing(case: ScoringCase) -> Iterator[Text]:
    """Without answers there is no value and no score."""
    for histogram in (Histogram(), Histogram(dict.fromkeys(_some(case), (0, 0.0)))):
        found = _of(case.made(), histogram)
        if (found.value, found.score, found.n) != (None, None, 0):
            yield text("without answers it says {score}", score=repr(found))


def _some(case: ScoringCase) -> Sequence[float]:
    return values_of(case.made().code())[:2]


def counts_answers(case: ScoringCase) -> Iterator[Text]:
    """``n`` is the number of answers, not their weight."""
    scheme = case.made()
    for histogram in histograms(scheme.code()):
        found = _of(scheme, histogram)
        if found.n != histogram.n:
            yield text("of {n} answers it says n = {found}", n=histogram.n, found=found.n)


def stays_on_the_scale(case: ScoringCase) -> Iterator[Text]:
    """Scores lie on the rubric's scale; values and scores are finite."""
    scheme, scale = case.made(), case.context.scale
    for histogram in histograms(scheme.code()):
        found = _of(scheme, histogram)
        if any(one is not None and not math.isfinite(one) for one in (found.value, found.score)):
            yield text("a value or score is not finite")
        elif found.score is not None and not (
            scale.low - _CLOSE <= found.score <= scale.high + _CLOSE
        ):
            yield text("a score of {score} is off the rubric's scale", score=f"{found.score:g}")


def agrees_with_its_coding(case: ScoringCase) -> Iterator[Text]:
    """The value is the mean of what single answers contribute; one answer's score is its points.

    Verdicts and intervals are computed from single answers as ``code`` describes them, so both
    must mean the same.
    """
    scheme = case.made()
    coding = scheme.code()
    worth = worth_of(coding)
    for histogram in histograms(coding):
        found = _of(scheme, histogram)
        if isinstance(coding, LevelCoding):
            mean = _mean(histogram, coding)
            if not _near(found.value, mean):
                yield text(
                    "the value is {value}, the mean of the coding's amounts {mean}",
                    value=found.value,
                    mean=mean,
                )
        if len(histogram.counts) == 1:
            yield from _one_answer(case, found, worth(*histogram.counts))
        if not coding.scored and found.score is not None:
            yield text("the coding says that nothing is scored, but there is a score")


def worth_of(coding: Coding) -> Any:
    """What one answer is worth on the rubric's scale, as a function; None where it has no worth."""
    if isinstance(coding, LevelCoding):
        return lambda level: coding.points[level] if coding.scored else None
    line = coding.line
    return lambda number: None if line is None else line[0] + line[1] * number


def _mean(histogram: Histogram, coding: LevelCoding) -> float:
    amounts = coding.amounts or coding.points
    sizes = {at: w if coding.weighted else n for at, (n, w) in histogram.counts.items()}
    return math.fsum(amounts[at] * size for at, size in sizes.items()) / math.fsum(sizes.values())


def _one_answer(case: ScoringCase, found: Score, worth: float | None) -> Iterator[Text]:
    scale = case.context.scale
    if worth is None or found.score is None:
        return
    if not _near(found.score, min(max(worth, scale.low), scale.high)):
        yield text(
            "a single answer is worth {worth} by the coding, but scores {score}",
            worth=worth,
            score=found.score,
        )


def never_punishes_better_answers(case: ScoringCase) -> Iterator[Text]:
    """A better answer in place of a worse one never makes the score worse."""
    scheme = case.made()
    coding = scheme.code()
    better = _better(coding, case.rising)
    for histogram in histograms(coding):
        found = _of(scheme, histogram).score
        for worse, good in better:
            if found is None or worse not in histogram.counts:
                continue
            other = _of(scheme, _moved(histogram, worse, good)).score
            if other is not None and other < found - _CLOSE:
                yield text(
                    "an answer of {good} in place of {worse} makes the score worse",
                    good=f"{good:g}",
                    worse=f"{worse:g}",
                )


def _better(coding: Coding, rising: bool | None) -> list[tuple[float, float]]:
    """Pairs of neighbours: the worse answer, and the better one."""
    worth = worth_of(coding)
    values = values_of(coding)
    if worth(values[0]) is None and rising is None:
        raise CannotTell(text("it is not known which numbers are the better ones"))
    if rising is not None:
        ordered = values if rising else values[::-1]
    else:
        ordered = sorted(values, key=worth)
    return list(pairwise(ordered))


def _moved(histogram: Histogram, from_: float, to: float) -> Histogram:
    counts = dict(histogram.counts)
    n, weight = counts.pop(from_)
    there = counts.get(to, (0, 0.0))
    return Histogram({**counts, to: (there[0] + n, there[1] + weight)})


def names_its_unit(case: ScoringCase) -> Iterator[Text]:
    """The unit is text."""
    unit: Any = case.made().unit
    if not isinstance(unit, str):
        yield text("the unit is {what}, not text", what=repr(unit))


def refuses_unfit_indicators(case: ScoringCase) -> Iterator[Text]:
    """An indicator of any other kind is scored, or refused in words."""
    for context in other_indicators(case.context):
        try:
            scheme = replace(case, context=context).made()
            scheme.code()
        except LoopQAError:
            continue
        except Exception as error:
            measure = type(context.measure).__name__
            yield text(
                "for a {measure} with aggregate {aggregate} it fails with {error}",
                measure=measure,
                aggregate=context.aggregate,
                error=why(error),
            )


def other_indicators(usual: ScoringContext) -> Iterator[ScoringContext]:
    """Indicators of every kind of measure, scale and aggregate."""
    measures = (
        ColumnMeasure(("answer",)),
        ColumnMeasure(("answer",), values={"yes": 1.0, "no": 0.0}),
        ColumnMeasure(("answer",), low=1, high=7),
        ColumnMeasure(("answer",), low=0, high=10),
        ColumnMeasure(("answer",), low=0.5, high=1000.0),
        DurationMeasure("minutes", "opened", "closed"),
        RepeatMeasure("customer", "closed", 48.0),
    )
    for measure in measures:
        for aggregate in ("mean", "median", "p90", "share", "nps"):
            for scale in (usual.scale, Scale(0, 100)):
                yield replace(usual, measure=measure, aggregate=aggregate, scale=scale)


SCORING_CHECKS = (
    *common.WITHOUT_OPTIONS,
    *common.WITH_OPTIONS,
    Check("coding", text("code() describes every answer"), describes_its_coding),
    Check("pure", text("the same counts have the same score"), scores_purely),
    Check("order", text("the order of counts changes nothing"), ignores_the_order),
    Check("nothing", text("without answers there is no score"), scores_nothing_as_nothing),
    Check("count", text("n is the number of answers"), counts_answers),
    Check("scale", text("scores lie on the rubric's scale"), stays_on_the_scale),
    Check("agreement", text("code() and score() mean the same"), agrees_with_its_coding),
    Check(
        "monotone", text("a better answer never lowers the score"), never_punishes_better_answers
    ),
    Check("unit", text("the unit is text"), names_its_unit),
    Check("unfit", text("unfit indicators are refused in words"), refuses_unfit_indicators),
)
