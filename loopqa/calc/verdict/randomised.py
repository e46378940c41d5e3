"""A question that lots answer: hold-outs and roll-outs in steps, judged by what was drawn.

Neither the luck of the flagged cell nor drift is corrected for. Clusters were picked by lot *after*
the finding, so that luck, regression to the mean, season and shocks fall on both sides alike, and
what remains of them is in the reference distribution.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loopqa.calc.effect.available import LEAST_ANSWERS, Available
from loopqa.calc.effect.contrast import Contrast
from loopqa.calc.effect.designs import RANDOMISED
from loopqa.calc.effect.estimation import Effect, Situation
from loopqa.calc.effect.fits import Estimate, Part
from loopqa.calc.effect.randomisation import Array, Drawn, Panel, drawn, prior
from loopqa.calc.intervals import normal_quantile, spread
from loopqa.calc.loop.assignment import smallest_p
from loopqa.calc.power import POWER
from loopqa.calc.question.request import HALF
from loopqa.calc.verdict.guards import SAME_MODE, Obstacle
from loopqa.calc.verdict.trial import NO_SPREAD, Trial
from loopqa.language import text
from loopqa.model.rubric import Decide
from loopqa.model.tally import Moments
from loopqa.model.verdict import Draw, ModeChanged, Period, Question, Stream


@dataclass(frozen=True)
class RandomisedTrial(Trial):
    """A trial whose reference is the lots."""

    held_out: bool = False

    @property
    def detectable(self) -> float | None:
        """Change in points that this trial sees in about four of five cases."""
        if self.effect is None:
            return None
        reach = self.effect.estimate.value - self.effect.estimate.low[0].lower(self.alpha)
        return reach + normal_quantile(POWER) * math.sqrt(self.effect.contrast.sampling.variance)

    @property
    def answers_needed(self) -> int | None:
        """Follow-up answers that would show the material change, were they all that matters.

        None without a hold-out: once every cluster has begun, nobody is left to compare with.
        """
        material = self.situation.material if self.situation else 0.0
        if self.detectable is None or not material > 0 or not self.held_out:
            return None
        return math.ceil(self.answers * (self.detectable / material) ** 2)


def randomised(question: Question, draw: Draw, decide: Decide, *, primary: bool) -> RandomisedTrial:
    """Judge by the lots, or say why they can't tell."""
    offer = Available(question.asked, comparison=True, history=False)
    alpha = 1 - decide.confidence
    situation = Situation(question, RANDOMISED, True, False, decide)
    panel = panel_of(question, draw)
    found = _mode(question) or _answers(question, draw) or _too_few(question, panel, alpha)
    effect = None if found else _effect(situation, panel, draw.seed)
    if found is None and effect is None:
        found = NO_SPREAD
    return RandomisedTrial(
        question, offer, primary, alpha, situation, effect, found, held_out=draw.held_out
    )


def _effect(situation: Situation, panel: Panel, seed: int) -> Effect | None:
    result = _drawn(situation, panel, seed)
    if result is None or not result.variance > 0:
        return None
    estimate = Estimate(result.estimate, (result.test,), (result.test,))
    contrast = Contrast(
        result.estimate, Part(result.variance), result.variance, clusters=len(panel.means)
    )
    return Effect(estimate, contrast, Part(0.0), shocks=False)


def _drawn(situation: Situation, panel: Panel, seed: int) -> Drawn | None:
    floor = situation.floor
    earlier = panel.earlier
    past = prior(
        panel.means[:, earlier], panel.sampling[:, earlier], floor, max(floor, situation.allowance)
    )
    return drawn(panel, past, seed)


def panel_of(question: Question, draw: Draw) -> Panel:
    """All cells of the clusters that took part in the draw; raters are blended cell by cell."""
    names = sorted(draw.exposure)
    means: Array = np.zeros((len(names), len(draw.exposure[names[0]])))
    sampling: Array = np.zeros_like(means)
    for stream in question.streams.values():
        cells = [[_cell(period, name) for period in windows_of(stream)] for name in names]
        within = _within(cells)
        means += stream.weight * np.array([[cell.mean for cell in row] for row in cells])
        counts = np.array([[cell.n or math.nan for cell in row] for row in cells], dtype=float)
        sampling += stream.weight**2 * within / counts
    return Panel(means, sampling, np.array([draw.exposure[name] for name in names]))


def windows_of(stream: Stream) -> tuple[Period, ...]:
    """All windows of a stream in the order of the draw's exposures."""
    return (*stream.history, stream.before, stream.after)


def _cell(period: Period, cluster: str) -> Moments:
    """One cluster in one window, on whichever side of the comparison it stands."""
    none = Moments()
    return period.scope.get(cluster, none) + period.comparison.get(cluster, none)


def _within(cells: Sequence[Sequence[Moments]]) -> float:
    """Variance of one answer within its cell, over all cells."""
    known = [cell for row in cells for cell in row if cell.n > 1]
    df = sum(cell.n - 1 for cell in known)
    return sum(spread(cell) * (cell.n - 1) for cell in known) / df if df else 0.0


def _mode(question: Question) -> Obstacle | None:
    if question.mode_changed is not ModeChanged.SCOPE:
        return None
    return Obstacle(text("the survey's mode or wording changed in the scope only"), SAME_MODE)


def _answers(question: Question, draw: Draw) -> Obstacle | None:
    """Ten answers with the action, ten without it at the same time, and ten from before."""
    least = min((min(_sides(stream, draw)) for stream in question.streams.values()), default=0.0)
    if least >= LEAST_ANSWERS:
        return None
    return Obstacle(
        text(
            "only {n} answers with the action, or without it at the same time, or before it; the "
            "least is {least}",
            n=int(least),
            least=LEAST_ANSWERS,
        ),
        text("ask everywhere where lots were drawn, in each window"),
    )


def _sides(stream: Stream, draw: Draw) -> tuple[float, float, float]:
    """Answers with the action, without it at the same time, and before anybody had it."""
    windows = windows_of(stream)
    begun = [any(row[place] for row in draw.exposure.values()) for place in range(len(windows))]
    having = lacking = earlier = 0.0
    for cluster, row in draw.exposure.items():
        for place, window in enumerate(windows):
            n = _cell(window, cluster).n
            if not begun[place]:
                earlier += n
            elif row[place] >= HALF:
                having += n
            else:
                lacking += n
    return having, lacking, earlier


def _too_few(question: Question, panel: Panel, alpha: float) -> Obstacle | None:
    if panel.ways * alpha >= 1 - 1e-9:
        return None
    return Obstacle(
        smallest_p(len(panel.means), question.cluster_name, panel.ways, alpha),
        text(
            "draw among more values of {column}, or begin in more steps",
            column=question.cluster_name,
        ),
    )
