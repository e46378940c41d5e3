"""How one rater's part of a dimension is read off a tally, and on which scale its points lie."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from loopqa.calc.question.own_units import contributions, is_rating, yardstick_of
from loopqa.model.coding import Coding, LevelCoding, NumberCoding, Scheme
from loopqa.model.rubric import Dimension, Indicator, Rubric, indicator_key
from loopqa.model.score import Interval
from loopqa.model.tally import OwnScore, dimension_quantity, own_quantity
from loopqa.model.yardstick import POINTS, Kind, Yardstick


@dataclass(frozen=True)
class Reading:
    """One rater's part of a dimension: the quantity it is told by."""

    dimension: str
    rater: str
    quantity: str  #: its case score in the tally
    indicator: str | None  #: the only indicator, if there is just one
    coding: Coding | None = field(compare=False)  #: of that indicator
    scale: Interval | None  #: of the points, the better end last; None: unbounded numbers
    yardstick: Yardstick = POINTS
    own: bool = False  #: the indicator is judged by itself, in its own unit
    source: Indicator | None = field(default=None, compare=False)  #: that indicator's definition
    split: bool = False  #: the dimension's indicators are judged one by one

    @property
    def weighted(self) -> bool:
        """Whether its mean is weighted with the cases' weights."""
        return isinstance(self.coding, LevelCoding) and self.coding.weighted

    def in_kind(self, kind: Kind) -> Reading:
        """The same answers, judged as another kind."""
        assert self.indicator is not None
        return replace(
            self,
            quantity=own_quantity(self.indicator, kind),
            yardstick=replace(self.yardstick, kind=kind),
        )


def readings(
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    dimension: Dimension,
    *,
    points: bool = False,
    separate: bool = False,
) -> list[list[Reading]]:
    """What is judged of a dimension: for each question, what each rater says.

    A dimension is judged in points where single cases have some, its raters together. A lone
    indicator that is no rating is judged in its own unit; so is each of several by itself where
    cases have no points (the attainment of a median) or none is scored, and where they are in
    ``separate`` inputs, so that no case has the points of all. ``points``: in points wherever
    cases have any.
    """
    every = [(one, schemes[indicator_key(dimension, one)]) for one in dimension.indicators]
    scored = [(one, of) for one, of in every if one.weight > 0 and of.code().scored]
    whole = all(_has_points(of.code()) for _, of in scored)
    if separate and len(scored) > 1 and not points:
        whole = False
    if scored and whole and (points or len(scored) > 1 or is_rating(scored[0][1].code())):
        return [_by_rater(rubric, dimension, [(one, of.code()) for one, of in scored])]
    chosen = scored or every
    return [[_own(dimension, one, of, split=len(chosen) > 1)] for one, of in chosen]


def _has_points(coding: Coding) -> bool:
    return isinstance(coding, LevelCoding) or coding.line is not None


def _by_rater(
    rubric: Rubric, dimension: Dimension, scored: Sequence[tuple[Indicator, Coding]]
) -> list[Reading]:
    whole = (rubric.scale.low, rubric.scale.high)
    found = []
    for rater in dict.fromkeys(one.rater for one, _ in scored):
        own = [(one, coding) for one, coding in scored if one.rater == rater]
        found.append(_in_points(dimension, rater, own, whole))
    return found


def _in_points(
    dimension: Dimension, rater: str, own: Sequence[tuple[Indicator, Coding]], scale: Interval
) -> Reading:
    single = own[0] if len(own) == 1 else None
    return Reading(
        dimension.id,
        rater,
        dimension_quantity(dimension.id, rater),
        indicator_key(dimension, single[0]) if single else None,
        single[1] if single else None,
        scale,
        source=single[0] if single else None,
    )


def _own(dimension: Dimension, indicator: Indicator, scheme: Scheme, *, split: bool) -> Reading:
    if indicator.target is None and not split and not scheme.code().scored:
        indicator = replace(indicator, target=dimension.target)
    coding, key = scheme.code(), indicator_key(dimension, indicator)
    yardstick = yardstick_of(indicator, coding, scheme.unit)
    scale = _turned(_own_scale(coding, yardstick), yardstick)
    quantity = own_quantity(key, yardstick.kind)
    return Reading(
        dimension.id,
        indicator.rater,
        quantity,
        key,
        coding,
        scale,
        yardstick,
        True,
        indicator,
        split,
    )


def _own_scale(coding: Coding, yardstick: Yardstick) -> Interval | None:
    match yardstick.kind:
        case Kind.SHARE:
            return 0.0, 100.0
        case Kind.NPS:
            return -100.0, 100.0
        case Kind.RATIO:
            return None
    if isinstance(coding, LevelCoding):
        values = contributions(coding).values()
        return (min(values), max(values)) if values else None
    if coding.low is None or coding.high is None:
        return None
    return coding.low, coding.high


def _turned(scale: Interval | None, yardstick: Yardstick) -> Interval | None:
    if scale is None or not yardstick.lower_is_better:
        return scale
    return -scale[1], -scale[0]


def own_scores(
    rubric: Rubric,
    schemes: Mapping[str, Scheme],
    *,
    points: bool = False,
    separate: Collection[str] = (),
) -> tuple[OwnScore, ...]:
    """What has to be counted beside levels and points for the questions in own units.

    Amounts are wanted both by their ratio and as they are: which of them decides depends on how
    many of them are 0. ``separate``: dimensions whose indicators are in separate inputs.
    """
    asked = (
        reading
        for dimension in rubric.dimensions
        for question in readings(
            rubric, schemes, dimension, points=points, separate=dimension.id in separate
        )
        for reading in question
        if reading.own
    )
    return tuple(score for reading in asked for score in _scores_of(reading))


def _scores_of(reading: Reading) -> Iterator[OwnScore]:
    assert reading.indicator is not None
    kind, within = reading.yardstick.kind, reading.yardstick.within
    if isinstance(reading.coding, LevelCoding):
        amounts = tuple(contributions(reading.coding).items())
        yield OwnScore(reading.quantity, reading.indicator, kind, amounts)
    elif isinstance(reading.coding, NumberCoding):
        yield OwnScore(reading.quantity, reading.indicator, kind, within=within)
        if kind is Kind.RATIO:
            plain = reading.in_kind(Kind.AMOUNT)
            yield OwnScore(plain.quantity, reading.indicator, Kind.AMOUNT)
