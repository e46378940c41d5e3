"""One question on its way to a judgement: what it offers, what was estimated, what is lacking."""

from __future__ import annotations

from dataclasses import dataclass

from loopqa.calc.effect.available import Available, available, one_team
from loopqa.calc.effect.contrast import pooled, pooled_pairs
from loopqa.calc.effect.designs import Method
from loopqa.calc.effect.estimation import Effect, Situation, estimated
from loopqa.calc.effect.shocks import Movements
from loopqa.calc.intervals import t_quantile
from loopqa.calc.power import POWER, design_detects, follow_up_needed
from loopqa.calc.verdict.guards import Obstacle, obstacle
from loopqa.language import text
from loopqa.model.rubric import Decide
from loopqa.model.score import Interval
from loopqa.model.verdict import Arm, Question

NO_SPREAD = Obstacle(
    text("all answers are alike: how sure a difference is can't be told"),
    text("ask more customers, or use a finer scale"),
)


@dataclass(frozen=True)
class Trial:
    """A question with its situation and effect, or with what stands in the way."""

    question: Question
    offer: Available
    primary: bool
    alpha: float  #: one-sided error
    situation: Situation | None = None
    effect: Effect | None = None
    obstacle: Obstacle | None = None

    @property
    def interval(self) -> Interval | None:
        """Interval of the effect, cut to what the scale allows.

        An effect is the scope's mean less what it would have been, so the scale's width bounds it.
        A difference of differences can lie beyond that; the interval then reaches as far.
        """
        if self.effect is None:
            return None
        estimate = self.effect.estimate
        low, high = estimate.interval(self.alpha)
        width = self.question.scale[1] - self.question.scale[0]
        return max(low, min(-width, estimate.value)), min(high, max(width, estimate.value))

    @property
    def answers(self) -> int:
        """Follow-up answers in the scope, of customers with both where they are paired."""
        streams = self.question.streams.values()
        if self.situation and self.situation.design.method not in (Method.BASELINE, Method.HISTORY):
            return sum(pooled_pairs(stream.pairs.get(Arm.SCOPE, {})).n for stream in streams)
        return sum(int(pooled(stream.after.scope).n) for stream in streams)

    @property
    def detectable(self) -> float | None:
        """Change in points that this trial sees in four of five cases."""
        if self.effect is None:
            return None
        widest = self.effect.estimate.widest
        return design_detects(widest.variance, widest.df, self.alpha)

    @property
    def answers_needed(self) -> int | None:
        """Follow-up answers that would show the material change; None where none could."""
        if self.effect is None or self.situation is None:
            return None
        df = self.effect.estimate.widest.df
        return follow_up_needed(
            self.answers,
            self.effect.contrast.sampling.variance,
            self.effect.contrast.follow_up,
            self.effect.drift.variance,
            self.situation.material,
            t_quantile(1 - self.alpha, df) + t_quantile(POWER, df),
        )


def tried(
    question: Question, decide: Decide, *, primary: bool, movements: Movements | None = None
) -> Trial:
    """Choose the method, estimate the effect, or say why it can't be done."""
    offer = available(question)
    design, level = offer.design, 1 - decide.confidence
    blocked = obstacle(question, offer)
    if blocked is not None or design is None:
        return Trial(question, offer, primary, level, obstacle=blocked)
    situation = Situation(
        question, design, offer.comparison, offer.history, decide, movements or Movements()
    )
    effect = estimated(situation)
    if effect is None:
        return Trial(question, offer, primary, level, situation, obstacle=NO_SPREAD)
    strict = design.strict or one_team(question) or (design.strict_if_shocks and effect.shocks)
    return Trial(question, offer, primary, level / 2 if strict else level, situation, effect)
