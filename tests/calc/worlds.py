"""Simulated service worlds with a known effect, for measuring how often verdicts are wrong.

Three channels of four teams of five agents, five correlated dimensions on 1-5, a season, shocks of
agents, teams and channels, answers that depend on how satisfied the customer is, and one cell
(channel x dimension) that is acted on because it was low. Everything comes from one seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from loopqa.model.tally import Moments
from loopqa.model.verdict import Arm, Asked, PairMoments, Period, Question, Stream

CHANNELS, TEAMS, AGENTS, DIMENSIONS = 3, 4, 5, 5
CUTS = np.array([-1.4, -0.47, 0.47, 1.4])
HISTORY = 8
MONTH = 30
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Kind:
    """What sort of world it is."""

    drift: str = "season"  #: calm, season or shock
    effect: float = 0.0  #: on the latent scale; a point is about 1.07 of it
    size: float = 1.0  #: 1: about 127 answers per channel at baseline
    flagged: str = "lowest"


@dataclass
class Answers:
    """Those who answered one survey: channel, team, scores by dimension."""

    channel: Array
    team: Array
    scores: Array
    person: Array = field(default_factory=lambda: np.empty(0, dtype=int))


class World:
    """One simulated organisation from eight months before the baseline to three after it."""

    def __init__(self, seed: int, kind: Kind) -> None:
        self.kind = kind
        for attempt in range(1000):
            self.random = np.random.default_rng([seed, attempt])
            self._settle()
            self.customers = self._customers(int(282 * kind.size))
            self.baseline = self._survey(self.customers, 0)
            if self._flag():
                break
        self.history = [
            self._survey(self._customers(int(141 * kind.size)), month)
            for month in range(-HISTORY, 0)
        ]
        self.fresh = self._survey(self._customers(int(282 * kind.size)), 3)
        self.again = self._survey(self.customers, 3, only=self.baseline.person)

    def _settle(self) -> None:
        random, kind = self.random, self.kind
        self.level = random.normal(0.1, 0.15, DIMENSIONS) + random.normal(
            0, 0.2, (CHANNELS, DIMENSIONS)
        )
        self.team_level = random.normal(0, 0.1, (CHANNELS * TEAMS, DIMENSIONS))
        self.agent_level = random.normal(0, 0.1, (CHANNELS * TEAMS * AGENTS, DIMENSIONS))
        self.retest = random.choice([0.3, 0.45, 0.6])
        self.team_shock = random.choice([0.05, 0.10])
        self.channel_shock = 0.10 if kind.drift == "shock" else 0.0
        self.phase = random.uniform(0, 2 * np.pi)
        self.slope = random.uniform(-0.03, 0.03)
        self.response = random.uniform(0.03, 0.08), random.uniform(-0.05, 0.05)
        months = range(-HISTORY, 4)
        self.shocks = {
            month: (
                random.normal(0, self.channel_shock, (CHANNELS, DIMENSIONS)),
                random.normal(0, self.team_shock, (CHANNELS * TEAMS, DIMENSIONS)),
                random.normal(0, 0.15, (CHANNELS * TEAMS * AGENTS, DIMENSIONS)),
            )
            for month in months
        }
        self.cell = (0, 0)

    def _customers(self, per_channel: int) -> dict[str, Array]:
        n = per_channel * CHANNELS
        agent = self.random.integers(0, TEAMS * AGENTS, n)
        channel = np.repeat(np.arange(CHANNELS), per_channel)
        return {
            "channel": channel,
            "agent": channel * TEAMS * AGENTS + agent,
            "disposition": self._correlated(n),
        }

    def _correlated(self, n: int) -> Array:
        common = self.random.normal(size=(n, 1))
        own = self.random.normal(size=(n, DIMENSIONS))
        return np.sqrt(0.5) * common + np.sqrt(0.5) * own

    def _global(self, month: int) -> float:
        if self.kind.drift == "calm":
            return 0.0
        return 0.25 * np.sin(2 * np.pi * month / 12 + self.phase) + self.slope * month

    def _survey(
        self, customers: Mapping[str, Array], month: int, only: Array | None = None
    ) -> Answers:
        channel, agent = customers["channel"], customers["agent"]
        team = agent // AGENTS
        of_channel, of_team, of_agent = self.shocks[month]
        latent = (
            self.level[channel] + self.team_level[team] + self.agent_level[agent]
            + of_channel[channel] + of_team[team] + of_agent[agent]
            + self._global(month)
            + np.sqrt(self.retest) * customers["disposition"]
            + np.sqrt(1 - self.retest) * self._correlated(len(channel))
        )  # fmt: skip
        if month > 0:
            acted_on = channel == self.cell[0]
            latent[acted_on, self.cell[1]] += self.kind.effect
        scores = 1 + (latent[:, :, None] > CUTS).sum(axis=2)
        mood = latent.mean(axis=1)
        curve, tilt = self.response
        chance = np.clip(0.40 + curve * mood**2 + tilt * mood, 0.1, 0.9)
        answered = self.random.random(len(channel)) < chance
        if only is not None:
            asked = np.zeros(len(channel), dtype=bool)
            asked[only] = True
            answered &= asked
        who = np.flatnonzero(answered)
        return Answers(channel[who], team[who], scores[who], who)

    def _flag(self) -> bool:
        means = np.array(
            [
                self.baseline.scores[self.baseline.channel == channel].mean(axis=0)
                for channel in range(CHANNELS)
            ]
        )
        low = np.argwhere(means < 3)
        if not len(low):
            return False
        lowest = np.unravel_index(means.argmin(), means.shape)
        picked = lowest if self.kind.flagged == "lowest" else self.random.choice(low)
        self.cell = int(picked[0]), int(picked[1])
        self.cells = tuple(float(mean) for mean in means.ravel())
        return True

    def question(self, asked: Asked, *, comparison: bool, history: bool) -> Question:
        """The question on the flagged cell as a follow-up of this kind would put it."""
        whole = self._stream(self.cell[1], asked, comparison=comparison, history=history)
        beside = [
            self._stream(dimension, asked, comparison=comparison, history=history)
            for dimension in range(DIMENSIONS)
            if dimension != self.cell[1]
        ]
        stream = replace(
            whole,
            retest=self._retest() if history else PairMoments(),
            companions=tuple(beside),
        )
        return Question(
            f"d{self.cell[1]}",
            {"customer": stream},
            baseline_cells=self.cells,
            asked=asked,
            flagged=self.kind.flagged,
            flag_cut=3.0,
            window_days_apart=3 * MONTH,
            cluster_name="team",
        )

    def _stream(self, dimension: int, asked: Asked, *, comparison: bool, history: bool) -> Stream:
        followed = self.fresh if asked is Asked.RANDOM else self.again
        earlier = zip(self.history, range(-HISTORY, 0), strict=True)
        return Stream(
            before=self._period(self.baseline, dimension, comparison, 0),
            after=self._period(followed, dimension, comparison, 3),
            history=tuple(
                self._period(answers, dimension, comparison, month) for answers, month in earlier
            )
            if history
            else (),
            pairs={} if asked is Asked.RANDOM else self._pairs(dimension, asked, comparison),
        )

    def _period(self, answers: Answers, dimension: int, comparison: bool, month: int) -> Period:
        scope, rest = {}, {}
        score = answers.scores[:, dimension].astype(float)
        counts = np.bincount(answers.team, minlength=CHANNELS * TEAMS)
        totals = np.bincount(answers.team, score, CHANNELS * TEAMS)
        squares = np.bincount(answers.team, score**2, CHANNELS * TEAMS)
        for team in range(CHANNELS * TEAMS):
            side = scope if team // TEAMS == self.cell[0] else rest
            if counts[team]:
                side[f"T{team:02}"] = Moments(
                    int(counts[team]), float(totals[team]), float(squares[team])
                )
        return Period(scope, rest if comparison else {}, day=month * MONTH)

    def _pairs(
        self, dimension: int, asked: Asked, comparison: bool
    ) -> dict[Arm, dict[str, PairMoments]]:
        earlier = dict(zip(self.baseline.person, self.baseline.scores[:, dimension], strict=True))
        arms: dict[Arm, dict[str, PairMoments]] = {Arm.SCOPE: {}, Arm.COMPARISON: {}}
        rows = zip(self.again.person, self.again.team, self.again.scores[:, dimension], strict=True)
        for person, team, after in rows:
            before = earlier[person]
            if asked is Asked.LOW and before > 2:
                continue
            arm = Arm.SCOPE if team // TEAMS == self.cell[0] else Arm.COMPARISON
            name = f"T{team:02}"
            arms[arm][name] = arms[arm].get(name, PairMoments()) + _pair(before, after)
        return arms if comparison else {Arm.SCOPE: arms[Arm.SCOPE]}

    def _retest(self) -> PairMoments:
        customers = self._customers(int(60 * self.kind.size))
        first, second = self._survey(customers, -2), self._survey(customers, -1)
        both, one, other = np.intersect1d(first.person, second.person, return_indices=True)
        x = first.scores[one, self.cell[1]].astype(float)
        y = second.scores[other, self.cell[1]].astype(float)
        return PairMoments(
            len(both), x.sum(), y.sum(), (x * x).sum(), (y * y).sum(), float((x * y).sum())
        )


def _pair(before: float, after: float) -> PairMoments:
    x, y = float(before), float(after)
    return PairMoments(1, x, y, x * x, y * y, x * y)
