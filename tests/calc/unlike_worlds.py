"""Worlds made otherwise than those of :mod:`tests.calc.worlds`.

Two to six channels of unequal teams, one to eight dimensions with a halo, customers who answer from
a finite panel with styles of their own, answers skewed or heavy-tailed, team shocks of different
sizes that linger, a drift that is a random walk, a yearly wave or local to channels, and actions
that spill over to other dimensions. Everything comes from one seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from loopqa.model.tally import Moments
from loopqa.model.verdict import Arm, Asked, PairMoments, Period, Question, Stream

DRIFTS = ("calm", "walk", "season", "shock", "lingering")
LOCAL = frozenset({"shock", "lingering"})  #: told from an effect only by a history
HISTORY, LAG = 8, 3
Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Survey:
    """Those who answered: customer, team, scores by dimension."""

    customer: Array
    team: Array
    scores: Array


class UnlikeWorld:
    """One organisation from eight months before the baseline to three after it."""

    def __init__(self, seed: int, drift: str, effect: float = 0.0) -> None:
        self.drift, self.effect = drift, effect
        for attempt in range(1000):
            self.random = np.random.default_rng([seed, attempt])
            self._settle()
            self.panel = self._people(0)
            self.surveys = {0: self._survey(self.panel, 0)}
            if self._flag():
                break
        for month in range(-HISTORY, 0):
            self.surveys[month] = self._survey(self._part(self.panel), month)
        self.fresh = self._survey(self._people(10**6), LAG)
        answered = np.isin(self.panel["customer"], self.surveys[0].customer)
        self.again = self._survey({k: v[answered] for k, v in self.panel.items()}, LAG)

    def _settle(self) -> None:
        random = self.random
        channels, self.dimensions = int(random.integers(2, 7)), int(random.integers(1, 9))
        self.channel = np.repeat(np.arange(channels), random.integers(2, 7, channels))
        teams, shape = len(self.channel), (len(self.channel), self.dimensions)
        self.share = random.dirichlet(np.full(teams, 3.0))
        self.customers = int(random.integers(80, 400)) * channels
        self.halo, self.retest = random.uniform(0.2, 0.8), random.uniform(0.2, 0.65)
        self.shape = random.choice(["normal", "heavy", "skewed"])
        self.cuts = np.sort(np.array([-1.4, -0.5, 0.5, 1.4]) + random.normal(0, 0.15, 4))
        of_channel = random.normal(0, 0.25, (channels, self.dimensions))
        level = of_channel[self.channel] + random.normal(0, 0.15, shape)
        sizes = np.exp(random.normal(np.log(0.08), 0.4, (teams, 1)))
        shocks = sizes * self._lingering(shape, random.choice([0.0, 0.5]))
        self.level = level + shocks + self._moved(channels)
        self.response = random.uniform(0.25, 0.6), random.uniform(0, 0.08), random.normal(0, 0.04)

    def _lingering(self, shape: tuple[int, ...], carried: float) -> Array:
        """Standard shocks of every month, of which a part is that of the month before."""
        fresh = self.random.normal(size=(HISTORY + LAG + 1, *shape))
        for month in range(1, len(fresh)):
            fresh[month] = carried * fresh[month - 1] + np.sqrt(1 - carried**2) * fresh[month]
        return fresh

    def _moved(self, channels: int) -> Array:
        """What moves channels in every month, by team and dimension."""
        random, months = self.random, np.arange(-HISTORY, LAG + 1)
        shape = (channels, self.dimensions)
        if self.drift == "walk":
            common = (
                np.cumsum(random.normal(0, 0.04, len(months))) + random.normal(0, 0.02) * months
            )
        elif self.drift == "season":
            common = 0.3 * np.sin(2 * np.pi * (months / 12 + random.random()))
        else:
            common = np.zeros(len(months))
        local = np.zeros((len(months), *shape))
        if self.drift in LOCAL:
            local = 0.1 * self._lingering(shape, 0.7 if self.drift == "lingering" else 0.0)
        return np.asarray((local + common[:, None, None])[:, self.channel])

    def _people(self, first: int) -> dict[str, Array]:
        n = self.customers
        return {
            "customer": np.arange(first, first + n),
            "team": self.random.choice(len(self.channel), n, p=self.share),
            "disposition": self._feelings(n),
            "style": np.exp(self.random.normal(0, 0.25, n)),
        }

    def _part(self, people: Mapping[str, Array]) -> dict[str, Array]:
        chosen = self.random.random(self.customers) < 0.6
        return {name: values[chosen] for name, values in people.items()}

    def _feelings(self, n: int) -> Array:
        draws = self._draws(n, 1 + self.dimensions)
        return np.asarray(np.sqrt(self.halo) * draws[:, :1] + np.sqrt(1 - self.halo) * draws[:, 1:])

    def _draws(self, *shape: int) -> Array:
        """Mean 0, variance 1."""
        if self.shape == "heavy":
            return np.asarray(self.random.standard_t(5, shape) * np.sqrt(0.6))
        if self.shape == "skewed":
            return self.random.gamma(4, 0.5, shape) - 2
        return self.random.normal(size=shape)

    def _survey(self, people: Mapping[str, Array], month: int) -> Survey:
        team = people["team"]
        feeling = self.level[month + HISTORY][team] + np.sqrt(self.retest) * people["disposition"]
        feeling += np.sqrt(1 - self.retest) * self._feelings(len(team))
        if month > 0:
            reached = self.channel[team] == self.cell[0]
            feeling[reached] += 0.3 * self.effect  # spills over
            feeling[reached, self.cell[1]] += 0.7 * self.effect
        base, curve, tilt = self.response
        mood = feeling.mean(axis=1)
        answered = self.random.random(len(team)) < np.clip(
            base + curve * mood**2 + tilt * mood, 0.05, 0.95
        )
        told = (feeling * people["style"][:, None])[answered, :, None] > self.cuts
        return Survey(people["customer"][answered], team[answered], 1 + told.sum(axis=2))

    def _flag(self) -> bool:
        survey, channels = self.surveys[0], np.arange(self.channel.max() + 1)
        of_channel = self.channel[survey.team]
        if np.bincount(of_channel, minlength=len(channels)).min() < 15:
            return False
        means = np.array([survey.scores[of_channel == one].mean(axis=0) for one in channels])
        channel, dimension = np.unravel_index(means.argmin(), means.shape)
        self.cell = int(channel), int(dimension)
        self.cells = tuple(float(mean) for mean in means.ravel())
        return bool(means.min() < 3)

    def question(self, asked: Asked, *, comparison: bool, history: bool) -> Question:
        """The question on the flagged cell as a follow-up of this kind would put it."""
        own, *beside = (
            self._stream(dimension, asked, comparison, history)
            for dimension in sorted(
                range(self.dimensions), key=lambda one: (one != self.cell[1], one)
            )
        )
        return Question(
            "flagged",
            {"customer": replace(own, companions=tuple(beside))},
            baseline_cells=self.cells,
            asked=asked,
            flag_cut=3.0,
            window_days_apart=91,
            cluster_name="team",
        )

    def _stream(self, dimension: int, asked: Asked, comparison: bool, history: bool) -> Stream:
        followed = self.fresh if asked is Asked.RANDOM else self.again
        earlier = range(-HISTORY, 0) if history else ()
        return Stream(
            self._period(self.surveys[0], dimension, comparison, 0),
            self._period(followed, dimension, comparison, LAG),
            tuple(
                self._period(self.surveys[month], dimension, comparison, month) for month in earlier
            ),
            {} if asked is Asked.RANDOM else self._pairs(dimension, asked, comparison),
        )

    def _arm(self, team: int) -> Arm:
        return Arm.SCOPE if self.channel[team] == self.cell[0] else Arm.COMPARISON

    def _period(self, survey: Survey, dimension: int, comparison: bool, month: int) -> Period:
        arms: dict[Arm, dict[str, Moments]] = {Arm.SCOPE: {}, Arm.COMPARISON: {}}
        score = survey.scores[:, dimension].astype(float)
        sums = [np.bincount(survey.team, score**power).tolist() for power in range(3)]
        for team, (n, total, squares) in enumerate(zip(*sums, strict=True)):
            if n:
                arms[self._arm(team)][f"T{team}"] = Moments(n, total, squares)
        return Period(arms[Arm.SCOPE], arms[Arm.COMPARISON] if comparison else {}, day=30 * month)

    def _pairs(
        self, dimension: int, asked: Asked, comparison: bool
    ) -> dict[Arm, dict[str, PairMoments]]:
        first, second = self.surveys[0], self.again
        _, one, other = np.intersect1d(first.customer, second.customer, return_indices=True)
        x, y = first.scores[one, dimension], second.scores[other, dimension]
        team, low = first.team[one], x <= 2
        arms: dict[Arm, dict[str, PairMoments]] = {Arm.SCOPE: {}, Arm.COMPARISON: {}}
        for each in np.unique(team):
            here = (team == each) & (low if asked is Asked.LOW else True)
            a, b = x[here].astype(float), y[here].astype(float)
            arms[self._arm(each)][f"T{each}"] = PairMoments(
                len(a), a.sum(), b.sum(), a @ a, b @ b, a @ b
            )
        return arms if comparison else {Arm.SCOPE: arms[Arm.SCOPE]}
