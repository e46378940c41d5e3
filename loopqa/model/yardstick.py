"""In what a verdict speaks: points of a scale, percentages, net promoter points or ratios.

Inside a comparison everything is turned so that more is better: a measure of which less is better
enters with its sign changed. A yardstick turns it back for people.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from loopqa.model.rubric import Condition
from loopqa.model.score import Interval

LOG_PERCENT = 100.0  #: amounts judged by their ratio enter as 100 times their natural logarithm


class Kind(StrEnum):
    """What single answers are, and so what a difference of their means is."""

    POINTS = "points"  #: points of the rubric's or the indicator's own scale
    SHARE = "share"  #: 0 or 100; differences are percentage points
    NPS = "nps"  #: -100, 0 or 100; differences are net promoter points
    RATIO = "ratio"  #: 100 log(amount); differences are ratios of geometric means
    AMOUNT = "amount"  #: amounts in a unit of their own


#: kind → the smallest change that matters where the indicator does not say: percentage points,
#: net promoter points, percent
USUAL_MATERIAL = {Kind.SHARE: 5.0, Kind.NPS: 10.0, Kind.RATIO: 10.0}


@dataclass(frozen=True)
class Yardstick:
    """The unit in which one dimension, or one indicator, is judged."""

    kind: Kind = Kind.POINTS
    unit: str = ""  #: of the value, as the rubric calls it
    lower_is_better: bool = False
    within: Condition | None = None  #: a share of amounts that meet this target

    @property
    def change_unit(self) -> str:
        """Unit of a difference: pp, points, % (of a ratio) or the value's own."""
        match self.kind:
            case Kind.SHARE:
                return "pp"
            case Kind.NPS:
                return "NPS points"
            case Kind.RATIO:
                return "%"
            case _:
                return self.unit

    @property
    def ratio(self) -> bool:
        """Whether differences are told as percentages of what was before."""
        return self.kind is Kind.RATIO

    def inward(self, value: float) -> float:
        """An amount as it enters a comparison: more is better, ratios as differences."""
        inner = LOG_PERCENT * math.log(value) if self.ratio else value
        return -inner if self.lower_is_better else inner

    def value(self, inner: float) -> float:
        """What :meth:`inward` was given; of a mean of logarithms, the geometric mean."""
        turned = -inner if self.lower_is_better and inner else inner  # 0 keeps its sign
        return math.exp(turned / LOG_PERCENT) if self.ratio else turned

    def change(self, inner: float) -> float:
        """A difference as people are told it: in percent for ratios.

        >>> round(Yardstick(Kind.RATIO, "min", lower_is_better=True).change(20.0), 1)
        -18.1
        """
        turned = -inner if self.lower_is_better and inner else inner
        if not self.ratio:
            return turned
        return 100 * math.expm1(min(turned, 50 * LOG_PERCENT) / LOG_PERCENT)

    def changes(self, inner: Interval) -> Interval:
        """An interval of differences, its lower end first."""
        ends = sorted(self.change(end) for end in inner)
        return ends[0], ends[1]

    def size(self, inner: float) -> float:
        """The size of a difference, as a rise: 10 % up and its way back down are the same size."""
        return 100 * math.expm1(inner / LOG_PERCENT) if self.ratio else inner

    def material(self, told: float) -> float:
        """A smallest change that matters, given as people say it, as a difference inside.

        A ratio of 10 % is the same distance up and down: log 1.1.
        """
        return LOG_PERCENT * math.log1p(told / 100) if self.ratio else told


POINTS = Yardstick()  #: points of the rubric's scale, which need no unit
