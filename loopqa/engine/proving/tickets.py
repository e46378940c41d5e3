"""Worlds of tickets: how long each took, whether it was solved at once, and what a customer says.

Behind each measure lies something normal, the higher the better, that agents, teams, channels and
months move: minutes are log-normal, a ticket is solved where it is above 0, and cut points make it
an answer from 0 to 10. So an effect of one standard deviation divides the minutes by a fixed ratio,
and moves share and NPS by as much as they have room for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loopqa.engine.proving.drifts import Drifting
from loopqa.engine.proving.organisation import Layout
from loopqa.engine.proving.practices import Array

MEASURES = ("times", "shares", "NPS")
_PROMOTING = np.array([-2.0, -1.8, -1.6, -1.4, -1.1, -0.8, -0.5, -0.1, 0.5, 1.1])  #: 0 to 10
_TICKETS = 1.6  #: for each answer that a survey of the layout would have


@dataclass(frozen=True)
class Month:
    """The tickets of one month."""

    month: int
    agent: Array
    minutes: Array
    solved: Array  #: True or False
    recommends: Array  #: 0-10, NaN where nobody answered


class TicketWorld:
    """One organisation and its tickets; :attr:`lifted` is what the action adds from month 1 on."""

    def __init__(self, random: np.random.Generator, layout: Layout, drift: Drifting) -> None:
        self.random, self.layout, self.drift = random, layout, drift
        size = (layout.agents, len(MEASURES))
        self.level = (
            random.normal([0.0, 0.4, 0.1], 0.2)
            + layout.by_agent(
                random.normal(0, random.uniform(0.05, 0.3), (layout.channels, len(MEASURES))),
                random.normal(0, random.uniform(0.03, 0.2), (layout.teams, len(MEASURES))),
            )
            + random.normal(0, random.uniform(0.03, 0.2), size)
        )
        self.usual = random.uniform(20, 90)  #: minutes
        self.spread = random.uniform(0.5, 1.0)  #: of their logarithm
        self.rate, self.tilt = random.uniform(0.3, 0.6), random.uniform(-0.08, 0.08)
        self.lifted: dict[int, Array] = {}  #: measure → what the action adds, by agent

    def tickets(self, month: int) -> Month:
        """All tickets of a month, the action at work after month 0."""
        agent = np.repeat(
            np.arange(self.layout.agents), self.random.poisson(self.layout.answers * _TICKETS)
        )
        felt = self._level(month)[agent] + self._noise(len(agent))
        answers = self.random.random(len(agent)) < self.rate + self.tilt * felt[:, 2]
        recommends = (felt[:, 2, None] > _PROMOTING).sum(axis=1).astype(float)
        return Month(
            month,
            agent,
            np.maximum(0.1, np.round(self.usual * np.exp(-self.spread * felt[:, 0]), 1)),
            felt[:, 1] > 0,
            np.where(answers, recommends, np.nan),
        )

    def _noise(self, n: int) -> Array:
        """Standard normal, correlated by .3 between measures."""
        shared, own = self.random.normal(size=(n, 1)), self.random.normal(size=(n, 3))
        return np.asarray(np.sqrt(0.3) * shared + np.sqrt(0.7) * own)

    def _level(self, month: int) -> Array:
        random, layout, drift = self.random, self.layout, self.drift
        of_channels = random.normal(0, drift.channel, (layout.channels, len(MEASURES)))
        of_teams = random.normal(0, drift.team, (layout.teams, len(MEASURES)))
        of_agents = random.normal(0, drift.agent, self.level.shape)
        level = self.level + drift.at(month) + layout.by_agent(of_channels, of_teams) + of_agents
        if month > 0:
            for measure, lift in self.lifted.items():
                level[:, measure] += lift
        return np.asarray(level)
