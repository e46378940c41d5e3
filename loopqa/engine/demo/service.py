"""A made-up after-sales service whose truth is known: channels, teams, five dimensions.

Every answer is a normal number cut into 1 to 5. What shifts it is written down here and nowhere
else: how good a channel is, the team, the customer, the month (June and November bring sales and
queues for everybody), small shocks, and what an action really does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from statistics import NormalDist
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

DIMENSIONS = ("responsiveness", "resolution", "professionalism", "communication", "compliance")
CHANNELS = ("phone", "online", "on-site", "shop")
ISSUES = ("enquiry", "complaint", "repair")
TEAMS = 4  #: of each channel
TICKETS = 320  #: of each channel in a month
ANSWERED, REVIEWED = 0.45, 0.25  #: shares of the tickets, drawn at random
CUSTOMERS = 2500

#: where the normal numbers are cut into 1 | 2 | 3 | 4 | 5
CUTS = (-1.4, -0.7, 0.0, 0.8)
USUAL = 0.30  #: of a dimension in a channel; a mean of about 3.7
WEAK = {("responsiveness", "phone"): -0.45, ("communication", "online"): -0.22}
PEAK = {6: -0.35, 11: -0.35}  #: months of the big sales: everybody is late and short
TEAM, CUSTOMER, MONTH, CHANNEL_MONTH, TEAM_MONTH = 0.12, 0.5, 0.05, 0.04, 0.06  #: sds


@dataclass(frozen=True)
class Effect:
    """What an action really does, from a month on."""

    dimension: str
    channel: str
    shift: float  #: of the normal numbers
    since: date


@dataclass(frozen=True)
class Month:
    """The tickets of one month; all arrays have one entry a ticket."""

    first: date
    channel: Array  #: index into CHANNELS
    team: Array  #: 0..3 within the channel
    issue: Array  #: index into ISSUES
    customer: Array
    day: Array  #: 1..28
    ratings: Mapping[str, Array]  #: dimension → what the customer would answer, 1..5
    internal: Mapping[str, Array]  #: dimension → what a review would find, 1..5
    answered: Array  #: whether the customer did answer
    reviewed: Array  #: whether the recording was reviewed
    fraction: Array  #: 0..1, where within its band a first answer falls


class Service:
    """The service, month by month; equal seeds give equal tickets."""

    def __init__(self, seed: int, effects: tuple[Effect, ...] = ()) -> None:
        self._random = np.random.default_rng(seed)
        self.effects = effects
        size = (len(DIMENSIONS), len(CHANNELS), TEAMS)
        self._teams = self._random.normal(0, TEAM, size)
        self._customers = self._random.normal(0, CUSTOMER, CUSTOMERS)

    def month(self, first: date) -> Month:
        """The next month's tickets; call it in the order of time."""
        random, n = self._random, TICKETS * len(CHANNELS)
        channel = np.repeat(np.arange(len(CHANNELS)), TICKETS)
        team, customer = random.integers(0, TEAMS, n), random.integers(0, CUSTOMERS, n)
        level = self._levels(first)[:, channel, team] + self._customers[customer]
        # Customer and reviewer see the same contact: half of what is left is common to both.
        left = 1 - CUSTOMER**2
        common = random.normal(0, np.sqrt(left / 2), level.shape)
        ratings = _cut(level + common + random.normal(0, np.sqrt(left / 2), level.shape))
        internal = _cut(level + common + random.normal(0, np.sqrt(left / 2), level.shape))
        return Month(
            first,
            channel,
            team,
            random.integers(0, len(ISSUES), n),
            customer,
            random.integers(1, 29, n),
            dict(zip(DIMENSIONS, ratings, strict=True)),
            dict(zip(DIMENSIONS, internal, strict=True)),
            random.random(n) < ANSWERED,
            random.random(n) < REVIEWED,
            random.random(n),
        )

    def _levels(self, first: date) -> Array:
        """Where dimension x channel x team stand in a month, without the customers."""
        size = self._teams.shape
        shocks = (
            self._random.normal(0, MONTH, (size[0], 1, 1))
            + self._random.normal(0, CHANNEL_MONTH, (*size[:2], 1))
            + self._random.normal(0, TEAM_MONTH, size)
        )
        usual = self._usual() + PEAK.get(first.month, 0.0)
        for effect in self.effects:
            if effect.since <= first:
                usual[_place(effect)] += effect.shift
        return np.asarray(usual + shocks)

    def _usual(self) -> Array:
        usual = USUAL + self._teams
        for (dimension, channel), level in WEAK.items():
            usual[DIMENSIONS.index(dimension), CHANNELS.index(channel)] += level - USUAL
        return usual

    def truth(self, effect: Effect) -> float:
        """What the effect is in points of the dimension's score, in a month like any other.

        Customers and reviewers answer on the same cuts, so any blend of the two moves as much.
        """
        before = self._usual()[_place(effect)]
        return float(np.mean([_mean(mu + effect.shift) - _mean(mu) for mu in before]))


def _place(effect: Effect) -> tuple[int, int]:
    return DIMENSIONS.index(effect.dimension), CHANNELS.index(effect.channel)


def _cut(levels: Array) -> Array:
    return 1 + np.searchsorted(np.array(CUTS), levels)


def _mean(level: float) -> float:
    """Expected answer where the normal numbers have this mean and variance 1."""
    normal = NormalDist()
    return 1 + sum(normal.cdf(level - cut) for cut in CUTS)
