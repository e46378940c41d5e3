"""Organisations of any shape: how many channels, teams and agents, and who serves how many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from loopqa.engine.proving.practices import Array

LEAST_CHANNELS, MOST_CHANNELS = 2, 8
MOST_TEAMS, MOST_AGENTS = 8, 10  #: of a channel, of a team
ANSWERS = 110.0  #: of a middling channel in a survey of everybody
CUSTOMERS_PER_TEAM = 10.0  #: answers; channels with few answers have few teams


@dataclass(frozen=True)
class Layout:
    """Who works where, and how many answers each agent's customers give."""

    channel: Array  #: of each agent
    team: Array  #: of each agent
    answers: Array  #: expected, of each agent, in a survey of everybody

    @property
    def channels(self) -> int:
        """How many there are."""
        return int(self.channel[-1]) + 1

    @property
    def teams(self) -> int:
        """How many there are."""
        return int(self.team[-1]) + 1

    @property
    def agents(self) -> int:
        """How many there are."""
        return len(self.channel)

    def by_agent(self, of_channels: Array, of_teams: Array) -> Array:
        """What the channel and the team of each agent add up to."""
        return np.asarray(of_channels[self.channel] + of_teams[self.team])


def drawn_layout(random: np.random.Generator, volume: float = 1.0) -> Layout:
    """Two to eight channels of unequal volume with one to eight teams of one to ten agents.

    ``volume`` scales the answers of all channels alike.
    """
    channels = int(random.integers(LEAST_CHANNELS, MOST_CHANNELS + 1))
    answers = np.clip(ANSWERS * np.exp(random.normal(0, 0.5, channels)), 35, 350) * volume
    room = np.maximum(1, answers // CUSTOMERS_PER_TEAM)
    teams = np.minimum(random.integers(1, MOST_TEAMS + 1, channels), room).astype(int)
    team_channel = np.repeat(np.arange(channels), teams)
    agents = np.minimum(random.geometric(0.25, len(team_channel)), MOST_AGENTS)
    channel, team = np.repeat(team_channel, agents), np.repeat(np.arange(len(agents)), agents)
    busy = np.exp(random.normal(0, 0.4, len(team)))
    share = busy / np.bincount(channel, busy)[channel]
    return Layout(channel, team, share * answers[channel])
