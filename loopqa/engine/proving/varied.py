"""Worlds unlike the standard ones: any shape, any drift, and customers with habits of their own.

What a customer feels has a part that all ratings of his share (the halo), a part of each
dimension, and both have a part that stays with him. He stretches or squeezes the scale in his own
way, and whether he answers depends on what he feels, in a way that is the world's own. Cut points,
levels and shocks differ from world to world.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loopqa.engine.proving.drifts import Drifting
from loopqa.engine.proving.organisation import Layout
from loopqa.engine.proving.practices import Array

MOST_DIMENSIONS = 8
CUTS = np.array([-1.4, -0.5, 0.5, 1.4])  #: on average; where a feeling becomes a better rating
_MODE = 0.35  #: what another survey mode adds to everybody's feeling


@dataclass(frozen=True)
class People:
    """Customers who can be asked, in ascending order of their numbers."""

    number: Array
    agent: Array
    stays: Array  #: by dimension; the part of a feeling that stays
    stretch: Array  #: how much of the scale each one uses

    def chosen(self, who: Array) -> People:
        """Some of them."""
        return People(self.number[who], self.agent[who], self.stays[who], self.stretch[who])


@dataclass(frozen=True)
class Sheet:
    """The answers to one survey."""

    month: int
    by: People  #: those who answered
    ratings: Array  #: of 1-5, by dimension


@dataclass(frozen=True)
class Answering:
    """Who answers: the chance by how good he feels."""

    rate: float
    tilt: float  #: above 0: the satisfied answer more often
    curve: float  #: above 0: those with strong feelings do

    def chance(self, mood: Array) -> Array:
        """Chance of an answer."""
        return np.clip(self.rate + self.tilt * mood + self.curve * mood**2, 0.03, 0.97)


@dataclass
class Follow:
    """What differs at the follow-up, beside the action; changed by hostile situations."""

    rate: float = 1.0  #: how many answer, against before
    mode: Array | None = None  #: agents whose customers are asked in another way


class VariedWorld:
    """One organisation; the action's effect is added by :attr:`lifted`."""

    def __init__(
        self, random: np.random.Generator, layout: Layout, drift: Drifting, dimensions: int
    ) -> None:
        self.random, self.layout, self.drift, self.dimensions = random, layout, drift, dimensions
        self.halo = random.uniform(0.2, 0.8)
        self.retest = random.uniform(0.2, 0.65)
        self.stretch = random.uniform(0.0, 0.3)
        self.cuts = np.sort(CUTS + random.normal(0, 0.12, (dimensions, 4)), axis=1)
        self.answering = Answering(
            random.uniform(0.25, 0.6), random.uniform(-0.12, 0.12), random.uniform(0, 0.08)
        )
        self.level = self._levels()
        self.lifted: dict[int, Array] = {}  #: dimension → what the action adds, by agent
        self.follow = Follow()
        self._next = 0

    def _levels(self) -> Array:
        random, layout, d = self.random, self.layout, self.dimensions
        of_channels = random.normal(0, random.uniform(0.05, 0.4), (layout.channels, d))
        of_teams = random.normal(0, random.uniform(0.03, 0.2), (layout.teams, d))
        of_agents = random.normal(0, random.uniform(0.03, 0.2), (layout.agents, d))
        general = random.uniform(-0.1, 0.6) + random.normal(0, 0.25, d)
        return np.asarray(general + layout.by_agent(of_channels, of_teams) + of_agents)

    def people(self) -> People:
        """New customers, as many as give the layout's answers."""
        invited = self.random.poisson(self.layout.answers / self.answering.rate)
        agent = np.repeat(np.arange(self.layout.agents), invited)
        first, self._next = self._next, self._next + len(agent)
        return People(
            np.arange(first, self._next),
            agent,
            self._feelings(len(agent)),
            np.exp(self.random.normal(0, self.stretch, len(agent))),
        )

    def _feelings(self, n: int) -> Array:
        shared = self.random.normal(size=(n, 1))
        own = self.random.normal(size=(n, self.dimensions))
        return np.asarray(np.sqrt(self.halo) * shared + np.sqrt(1 - self.halo) * own)

    def survey(self, invited: People, month: int) -> Sheet:
        """Ask these people; after month 0 the action and the follow-up's ways are at work."""
        feeling = (
            self._month(month)[invited.agent]
            + np.sqrt(self.retest) * invited.stays
            + np.sqrt(1 - self.retest) * self._feelings(len(invited.number))
        ) * invited.stretch[:, None]
        answered = self._answers(feeling, invited, month)
        ratings = 1 + (feeling[answered, :, None] > self.cuts).sum(axis=2)
        return Sheet(month, invited.chosen(answered), ratings.astype(np.int8))

    def _answers(self, feeling: Array, invited: People, month: int) -> Array:
        mood = feeling.mean(axis=1)
        chance = self.answering.chance(mood)
        if month > 0:
            chance = chance * self.follow.rate
            if self.follow.mode is not None:
                # In the other mode the dissatisfied answer less often.
                chance = chance * np.where(self.follow.mode[invited.agent], 1 + 0.25 * mood, 1)
        return np.asarray(self.random.random(len(mood)) < chance)

    def _month(self, month: int) -> Array:
        """Level of every agent in a month, by dimension."""
        random, layout, drift = self.random, self.layout, self.drift
        of_channels = random.normal(0, drift.channel, (layout.channels, self.dimensions))
        of_teams = random.normal(0, drift.team, (layout.teams, self.dimensions))
        of_agents = random.normal(0, drift.agent, self.level.shape)
        level = self.level + drift.at(month) + layout.by_agent(of_channels, of_teams) + of_agents
        if month > 0:
            for dimension, lift in self.lifted.items():
                level[:, dimension] += lift
            if self.follow.mode is not None:
                level += _MODE * self.follow.mode[:, None]
        return np.asarray(level)
