"""What goes into a verdict and what comes out of it.

Two answers are kept apart: ``score_change`` (did the score move?) and ``verdict`` (can the move be
put down to the action?).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from loopqa.language import Text
from loopqa.model.beside import Recovery, ResponseChange, ResponseRates
from loopqa.model.score import Interval
from loopqa.model.surveyed import SurveyMean
from loopqa.model.tally import Moments
from loopqa.model.yardstick import POINTS, Yardstick


class Outcome(StrEnum):
    """The verdict on one dimension of one action."""

    IMPROVED = "improved"
    WORSENED = "worsened"
    NO_CHANGE = "no_change"  #: shown to be smaller than the material change
    INCONCLUSIVE = "inconclusive"  #: the evidence can't tell; the reason says why


class ScoreChange(StrEnum):
    """Whether the score moved at all, sampling error only."""

    UP = "up"
    DOWN = "down"
    UNCLEAR = "unclear"


def design_text(asked: str, *, comparison: bool, history: bool) -> str:
    """A design in short, e.g. ``random+comparison+history``."""
    return "+".join([asked, *["comparison"] * comparison, *["history"] * history])


class Asked(StrEnum):
    """Who answered the follow-up."""

    RANDOM = "random"  #: a fresh sample
    SAME = "same"  #: the baseline's respondents again, paired by customer
    LOW = "low"  #: only those who had scored low


class Flagged(StrEnum):
    """Why this cell was looked at, of all cells."""

    LOWEST = "lowest"  #: its score was the lowest
    BELOW = "below"  #: its score was one of those below the threshold
    NAMED = "named"  #: for a reason that is not its score


class ModeChanged(StrEnum):
    """Where survey mode or wording changed between before and after."""

    NO = "no"
    SCOPE = "scope"  #: in the scope only
    BOTH = "both"  #: in scope and comparison alike


class Arm(StrEnum):
    """Which side of the comparison a case is on."""

    SCOPE = "scope"
    COMPARISON = "comparison"


@dataclass(frozen=True)
class PairMoments:
    """The same customers before and after, in one cluster: sums over customers, in points."""

    n: int = 0
    before: float = 0.0  #: sum of earlier scores
    after: float = 0.0  #: sum of later scores
    before_squares: float = 0.0
    after_squares: float = 0.0
    products: float = 0.0  #: sum of earlier x later

    def __add__(self, other: PairMoments) -> PairMoments:
        return PairMoments(
            self.n + other.n,
            self.before + other.before,
            self.after + other.after,
            self.before_squares + other.before_squares,
            self.after_squares + other.after_squares,
            self.products + other.products,
        )

    @property
    def difference(self) -> Moments:
        """Moments of (after - before)."""
        squares = self.before_squares + self.after_squares - 2 * self.products
        return Moments(self.n, self.after - self.before, squares)


@dataclass(frozen=True)
class JointMoments:
    """Cases of one cluster that two raters rated: sums of both scores, in points."""

    n: int = 0
    first: float = 0.0
    second: float = 0.0
    products: float = 0.0

    def __add__(self, other: JointMoments) -> JointMoments:
        return JointMoments(
            self.n + other.n,
            self.first + other.first,
            self.second + other.second,
            self.products + other.products,
        )

    @property
    def codeviations(self) -> float:
        """Sum of the products of both scores' deviations from their means."""
        return self.products - self.first * self.second / self.n if self.n else 0.0


Clusters = Mapping[str, Moments]
"""Moments by cluster, e.g. team; one key "" where no cluster column is known."""


@dataclass(frozen=True)
class Period:
    """One window of one dimension: moments by arm and cluster."""

    scope: Clusters
    comparison: Clusters = field(default_factory=dict)  #: empty: no comparison
    day: int | None = None  #: days from the baseline's start to this window's start, if known


Counts = Mapping[float, float]
"""Answers by points."""


@dataclass(frozen=True)
class Levels:
    """Single answers of one arm: of the same customers where these were asked again."""

    before: Counts = field(default_factory=dict)
    after: Counts = field(default_factory=dict)
    history: Counts = field(default_factory=dict)  #: of all earlier windows together


@dataclass(frozen=True)
class Stream:
    """The evidence on one dimension from one rater."""

    before: Period
    after: Period
    history: tuple[Period, ...] = ()  #: earlier windows, oldest first, the baseline left out
    pairs: Mapping[Arm, Mapping[str, PairMoments]] = field(
        default_factory=dict
    )  #: by cluster; of low scorers only where only they were asked
    retest: PairMoments = PairMoments()  #: the same customers in two untreated windows
    histogram_before: Mapping[float, float] = field(default_factory=dict)
    """Of the scope: points -> answers, effective ones where they have weights."""
    histogram_after: Mapping[float, float] = field(default_factory=dict)
    weight: float = 1.0  #: of this rater in the blend
    companions: tuple[Stream, ...] = ()
    """The same rater's evidence on the other dimensions of the scale: never judged here, they tell
    how much clusters and windows move by themselves."""
    levels: Mapping[Arm, Levels] = field(default_factory=dict)  #: where they are counted singly
    low_pairs: PairMoments = PairMoments()  #: the scope's low scorers who answered both times
    responses: Mapping[Arm, ResponseChange] = field(default_factory=dict)  #: where they are known
    surveyed: tuple[SurveyMean, SurveyMean] | None = None
    """The scope before and after, where both samples were drawn by strata."""


@dataclass(frozen=True)
class Draw:
    """What the lots decided, as far as the windows of a comparison can tell it."""

    exposure: Mapping[str, tuple[float, ...]]
    """Cluster → share of each window in which it had the action: history, baseline, follow-up."""
    held_out: bool  #: some clusters get nothing until the verdict
    stepped: bool  #: clusters begin on different days
    seed: int = 0  #: of the sample of dealings, where there are too many to go through all

    @property
    def design(self) -> str:
        """The design in short: ``rollout``, ``holdout``, or both."""
        return "+".join(["rollout"] * self.stepped + ["holdout"] * self.held_out)


@dataclass(frozen=True)
class SharedCases:
    """The cases that two raters of a question both rated, by arm and cluster."""

    raters: tuple[str, str]
    before: Mapping[Arm, Mapping[str, JointMoments]]
    after: Mapping[Arm, Mapping[str, JointMoments]]
    history: tuple[Mapping[Arm, Mapping[str, JointMoments]], ...] = ()


@dataclass(frozen=True)
class Quantile:
    """A quantile of the scope's amounts in one period, with its 95 % interval."""

    value: float | None
    interval: Interval | None = None

    def to_dict(self) -> dict[str, Any]:
        """The quantile as JSON."""
        return {"value": self.value, "interval": list(self.interval) if self.interval else None}


@dataclass(frozen=True)
class BesideQuantile:
    """What a verdict on amounts shows beside: their median or another quantile."""

    name: str  #: median or p90
    unit: str  #: of the amounts
    before: Quantile
    after: Quantile

    def to_dict(self) -> dict[str, Any]:
        """The quantiles as JSON."""
        return {
            "name": self.name,
            "unit": self.unit,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
        }


@dataclass(frozen=True)
class Question:
    """Everything a verdict on one dimension rests on."""

    dimension: str
    streams: Mapping[str, Stream]  #: by rater; one stream unless the dimension is a blend
    baseline_cells: tuple[float, ...] = ()  #: baseline means of all cells that were looked through
    asked: Asked = Asked.RANDOM
    flagged: str = "lowest"  #: how the finding was picked: lowest, below or named
    flag_cut: float | None = None  #: the threshold, for ``below``
    mode_changed: ModeChanged = ModeChanged.NO
    window_days_apart: int = 0  #: days from the baseline's start to the follow-up's start
    whole_population: bool = False  #: the scope is everything there is
    scale: tuple[float, float] = (1.0, 5.0)
    low_at_most: float = 2.0
    cluster_name: str = ""  #: the column whose values are the clusters, for messages
    unit: float = 1.0  #: points of this dimension per unit of the rubric's scale
    yardstick: Yardstick = POINTS  #: what the points are to people
    indicator: str | None = None  #: its key, where only one indicator is judged, in its own unit
    split: bool = False  #: it is one of several of its dimension that are judged one by one
    material: float | None = None  #: smallest change that matters, in points; None: the rubric's
    width: float | None = None
    """Width of the scale that local shocks are measured by, in points, where answers of this
    spread would need another one than ``scale`` has."""
    quantile: BesideQuantile | None = None  #: shown beside
    shared: tuple[SharedCases, ...] = ()  #: cases rated twice, for each two raters
    notes: tuple[Text, ...] = ()  #: how the answers were read, for the assumptions
    teams: tuple[int, int] | None = None  #: coarsest clusters in scope and comparison, if known
    team_name: str = ""  #: the coarsest cluster column, for messages
    natural_clusters: bool = False  #: no cluster column: the segments themselves are the clusters
    absent: tuple[str, ...] = ()  #: raters of the dimension without an answer in both windows
    draw: Draw | None = None  #: lots decided which clusters have the action; None: people did


@dataclass(frozen=True)
class Side:
    """Answers and mean of one side of a before/after."""

    n: int
    mean: float | None

    def to_dict(self) -> dict[str, Any]:
        """The side as JSON."""
        return {"n": self.n, "mean": self.mean}


@dataclass(frozen=True)
class Change:
    """Did it move? Difference after - before, with the 95 % interval and two-sided p."""

    difference: float | None
    interval: Interval | None
    p: float | None

    def to_dict(self) -> dict[str, Any]:
        """The change as JSON."""
        return {
            "difference": self.difference,
            "interval": list(self.interval) if self.interval else None,
            "p": self.p,
        }


@dataclass(frozen=True)
class EffectSize:
    """P(after better than before) + P(tie)/2, with its Brunner-Munzel interval (95 %)."""

    p_superiority: float | None
    interval: Interval | None

    def to_dict(self) -> dict[str, Any]:
        """The effect size as JSON."""
        return {
            "p_superiority": self.p_superiority,
            "interval": list(self.interval) if self.interval else None,
        }


@dataclass(frozen=True)
class Judgement:
    """The answer to a :class:`Question`."""

    dimension: str
    outcome: Outcome
    score_change: ScoreChange
    before: Side
    after: Side
    change: Change
    estimate: float | None  #: change put down to the action, in ``change_unit``
    interval: Interval | None  #: of the estimate, at ``confidence`` one-sided on each end
    confidence: float  #: one-sided, 0..1
    effect_size: EffectSize
    design: str  #: e.g. "random+comparison+history"
    assumptions: tuple[Text, ...] = ()
    reason: Text | None = None  #: why inconclusive
    remedy: Text | None = None  #: what would make it conclusive
    primary: bool = True  #: named before the re-survey; secondary ones never decide
    detectable: float | None = None  #: change this design sees in 4 of 5 cases, in change_unit
    answers_needed: int | None = None
    """Follow-up answers in the scope that would show the material change in 4 of 5 cases; None
    where no number of answers could."""
    indicator: str | None = None  #: its key, where one indicator is judged in its own unit
    split: bool = False  #: it is one of several of its dimension that are judged one by one
    unit: str = ""  #: of ``before`` and ``after``; "": points of a scale
    change_unit: str = ""  #: of the differences: pp, NPS points, % of what was before ...
    ratio: bool = False  #: differences are ratios of geometric means, told in percent
    quantile: BesideQuantile | None = None  #: shown beside
    material: float | None = None  #: the smallest change that matters, as a size in change_unit
    found: Text | None = None  #: what was found, in one plain sentence
    certainty: Text | None = None  #: how sure that is, in another one
    response: ResponseRates | None = None  #: None: not known who was invited
    recovery: Recovery | None = None  #: of low scorers who answered again; never decides

    @property
    def about(self) -> str:
        """What was judged: the dimension, or one of its indicators."""
        return self.indicator if self.split and self.indicator else self.dimension

    def to_dict(self) -> dict[str, Any]:
        """One entry of the document ``loopqa.compare/1``, sentences in the current language."""
        return {
            "dimension": self.dimension,
            "indicator": self.indicator,
            "verdict": self.outcome.value,
            "score_change": self.score_change.value,
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "change": self.change.to_dict(),
            "estimate": self.estimate,
            "interval": list(self.interval) if self.interval else None,
            "confidence": self.confidence,
            "effect_size": self.effect_size.to_dict(),
            "design": self.design,
            "assumptions": [str(assumption) for assumption in self.assumptions],
            "reason": str(self.reason) if self.reason else None,
            "remedy": str(self.remedy) if self.remedy else None,
            "primary": self.primary,
            "unit": self.unit,
            "change_unit": self.change_unit,
            "ratio": self.ratio,
            "material_change": self.material,
            "quantile": self.quantile.to_dict() if self.quantile else None,
            "found": str(self.found) if self.found else None,
            "certainty": str(self.certainty) if self.certainty else None,
            "detectable": self.detectable,
            "answers_needed": self.answers_needed,
            "response": self.response.to_dict() if self.response else None,
            "recovery": self.recovery.to_dict() if self.recovery else None,
        }


@dataclass(frozen=True)
class CompareResult:
    """The whole answer of ``loopqa compare``."""

    verdicts: tuple[Judgement, ...]
    secondary: tuple[Judgement, ...] = ()  #: of the dimensions that were not named; never decisive

    def to_dict(self) -> dict[str, Any]:
        """The document ``loopqa.compare/1``."""
        return {
            "schema": "loopqa.compare/1",
            "verdicts": [verdict.to_dict() for verdict in self.verdicts],
            "secondary": [verdict.to_dict() for verdict in self.secondary],
        }
