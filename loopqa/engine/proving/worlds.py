"""Simulated service organisations whose truth is known, and the answers their customers give.

Three channels of four teams of five agents and five correlated dimensions on 1-5. What a customer
feels is normal; fixed cut points make it a rating. Levels move with a season, a trend, and monthly
shocks of agents, teams and (in shaken worlds) channels. Who answers depends on how satisfied he is.
One cell (channel x dimension) is acted on because it was low. Everything follows from one random
source.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from loopqa.engine.proving.practices import Array

CHANNELS, TEAMS, AGENTS, DIMENSIONS = 3, 4, 5, 5
CUTS = np.array([-1.4, -0.47, 0.47, 1.4])  #: where a feeling becomes the next better rating
HISTORY = 8  #: monthly surveys before the baseline
LAG = 3  #: months from the baseline to the follow-up
CUSTOMERS = 282  #: of each channel; about 45 % of those invited answer
FLAG_BELOW = 3.0  #: means below this open a finding


class Drift(StrEnum):
    """How a world moves without anybody's action."""

    CALM = "calm"  #: only agents and teams have better and worse months
    SEASON = "season"  #: all channels share a season and a trend
    SHOCK = "shock"  #: a season, and every channel has months of its own


class Picked(StrEnum):
    """How the cell that is acted on was picked, in the words of ``compare``."""

    LOWEST = "lowest"  #: the lowest of all cells
    BELOW = "below"  #: any of those below the threshold


@dataclass(frozen=True)
class Kind:
    """What sort of world it is."""

    drift: Drift
    effect: float  #: of the action, in standard deviations of the feeling; a point is 0.93 of one
    picked: Picked


@dataclass(frozen=True)
class Customers:
    """People who can be asked: where they are served, and what they bring along."""

    number: Array
    agent: Array
    disposition: Array  #: by dimension; the part of a feeling that stays

    @property
    def channel(self) -> Array:
        """Channel of each customer."""
        return self.agent // (TEAMS * AGENTS)

    def chosen(self, who: Array) -> Customers:
        """Some of them."""
        return Customers(self.number[who], self.agent[who], self.disposition[who])


@dataclass(frozen=True)
class Survey:
    """The answers to one survey."""

    month: int  #: from the baseline's month, 0
    by: Customers  #: those who answered
    ratings: Array  #: of 1-5, by dimension


class World:
    """One organisation from eight months before the baseline to three months after it."""

    def __init__(self, random: np.random.Generator, kind: Kind) -> None:
        self.random, self.kind = random, kind
        self.baseline = self._settled()
        while not self._pick():
            self.baseline = self._settled()

    def _settled(self) -> Survey:
        """Draw an organisation and its baseline survey."""
        random = self.random
        self.level = (
            random.normal(0.1, 0.15, DIMENSIONS)
            + random.normal(0, 0.2, (CHANNELS, DIMENSIONS)).repeat(TEAMS * AGENTS, axis=0)
            + random.normal(0, 0.1, (CHANNELS * TEAMS, DIMENSIONS)).repeat(AGENTS, axis=0)
            + random.normal(0, 0.1, (CHANNELS * TEAMS * AGENTS, DIMENSIONS))
        )
        self.retest = random.choice([0.3, 0.45, 0.6])
        self.team_shock = random.choice([0.05, 0.10])
        self.phase, self.slope = random.uniform(0, 2 * np.pi), random.uniform(-0.03, 0.03)
        self.curve, self.tilt = random.uniform(0.03, 0.08), random.uniform(-0.05, 0.05)
        self.cell: tuple[int, int] | None = None
        self.customers = self._people(first=0)
        return self._survey(self.customers, 0)

    def _people(self, first: int) -> Customers:
        """New customers, numbered from ``first``; each has one agent of one channel."""
        n = CUSTOMERS * CHANNELS
        channel = np.repeat(np.arange(CHANNELS), CUSTOMERS)
        agent = channel * TEAMS * AGENTS + self.random.integers(0, TEAMS * AGENTS, n)
        return Customers(np.arange(first, first + n), agent, self._feelings(n))

    def _feelings(self, n: int) -> Array:
        """Standard normal, correlated by .5 between dimensions."""
        common = self.random.normal(size=(n, 1))
        own = self.random.normal(size=(n, DIMENSIONS))
        return np.asarray(np.sqrt(0.5) * (common + own))

    def _pick(self) -> bool:
        """Pick the cell that is acted on; False where no mean is low."""
        means = cell_means(self.baseline)
        low = np.argwhere(means < FLAG_BELOW)
        if not len(low):
            return False
        if self.kind.picked is Picked.LOWEST:
            low = np.argwhere(means == means.min())
        channel, dimension = self.random.choice(low)
        self.cell = int(channel), int(dimension)
        return True

    def history(self) -> list[Survey]:
        """Monthly surveys of half the customers, oldest first."""
        return [
            self._survey(self.customers.chosen(self._half()), month) for month in range(-HISTORY, 0)
        ]

    def _half(self) -> Array:
        return self.random.random(len(self.customers.number)) < 0.5

    def fresh(self, month: int = LAG) -> Survey:
        """A follow-up of new customers."""
        return self._survey(self._people(first=month * len(self.customers.number)), month)

    def again(self, low_at_most: int | None = None) -> Survey:
        """The follow-up of those who answered the baseline.

        With ``low_at_most`` only of those who rated the flagged dimension no higher.
        """
        asked = self.baseline.by
        if low_at_most is not None:
            assert self.cell is not None
            asked = asked.chosen(self.baseline.ratings[:, self.cell[1]] <= low_at_most)
        return self._survey(asked, LAG)

    def _survey(self, invited: Customers, month: int) -> Survey:
        feeling = (
            self._month(month)[invited.agent]
            + np.sqrt(self.retest) * invited.disposition
            + np.sqrt(1 - self.retest) * self._feelings(len(invited.number))
        )
        if month > 0 and self.cell is not None:
            acted_on = invited.channel == self.cell[0]
            feeling[acted_on, self.cell[1]] += self.kind.effect
        mood = feeling.mean(axis=1)
        chance = np.clip(0.40 + self.curve * mood**2 + self.tilt * mood, 0.1, 0.9)
        answered = self.random.random(len(mood)) < chance
        ratings = 1 + (feeling[answered, :, None] > CUTS).sum(axis=2)
        return Survey(month, invited.chosen(answered), ratings.astype(np.int8))

    def _month(self, month: int) -> Array:
        """Level of every agent in a month, by dimension."""
        random = self.random
        shaken = 0.10 if self.kind.drift is Drift.SHOCK else 0.0
        channel = random.normal(0, shaken, (CHANNELS, DIMENSIONS))
        team = random.normal(0, self.team_shock, (CHANNELS * TEAMS, DIMENSIONS))
        agent = random.normal(0, 0.15, (CHANNELS * TEAMS * AGENTS, DIMENSIONS))
        own = channel.repeat(TEAMS * AGENTS, axis=0) + team.repeat(AGENTS, axis=0) + agent
        return np.asarray(self.level + own + self._shared(month))

    def _shared(self, month: int) -> float:
        if self.kind.drift is Drift.CALM:
            return 0.0
        season = 0.25 * np.sin(2 * np.pi * month / 12 + self.phase)
        return float(season + self.slope * month)


def cell_means(survey: Survey) -> Array:
    """Mean rating of every channel and dimension."""
    channel = survey.by.channel
    return np.array([survey.ratings[channel == one].mean(axis=0) for one in range(CHANNELS)])
