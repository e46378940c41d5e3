"""How worlds move without anybody's action."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from loopqa.engine.proving.practices import Array

FIRST, LAST = -24, 8  #: months that a world lives through, the baseline's being 0


class Moves(StrEnum):
    """What moves everybody alike, and whether channels have shocks of their own."""

    CALM = "calm"
    SEASON = "season"  #: a smooth wave of twelve months
    PEAK = "yearly peak"  #: one bad month a year, often that of the baseline or the follow-up
    TREND = "trend"  #: the same every month, up or down
    WALK = "random walk"
    SHOCKS = "channel shocks"  #: every channel has months of its own


@dataclass(frozen=True)
class Drifting:
    """The shared level by month, and the size of monthly shocks; in standard deviations."""

    moves: Moves
    shared: Array  #: by month from :data:`FIRST` on
    channel: float  #: sd of a channel's own month
    team: float
    agent: float

    def at(self, month: int) -> float:
        """The shared level of a month."""
        return float(self.shared[month - FIRST])


def drawn_drift(random: np.random.Generator, moves: Moves, lag: int) -> Drifting:
    """A world that moves in this way; the follow-up comes ``lag`` months after the baseline."""
    shocks = float(random.uniform(0.06, 0.15)) if moves is Moves.SHOCKS else 0.0
    return Drifting(
        moves,
        _shared(random, moves, lag),
        shocks,
        team=float(random.uniform(0.0, 0.12)),
        agent=float(random.uniform(0.05, 0.20)),
    )


def _shared(random: np.random.Generator, moves: Moves, lag: int) -> Array:
    months = np.arange(FIRST, LAST + 1)
    match moves:
        case Moves.SEASON:
            phase, size = random.uniform(0, 2 * np.pi), random.uniform(0.1, 0.3)
            return np.asarray(size * np.sin(2 * np.pi * months / 12 + phase))
        case Moves.PEAK:
            month = random.choice([0, lag, int(random.integers(0, 12))])
            return np.asarray(-random.uniform(0.25, 0.6) * ((months - month) % 12 == 0))
        case Moves.TREND:
            return np.asarray(random.choice([-1, 1]) * random.uniform(0.01, 0.06) * months)
        case Moves.WALK:
            return np.cumsum(random.normal(0, random.uniform(0.04, 0.10), len(months)))
        case Moves.CALM | Moves.SHOCKS:
            return np.zeros(len(months))
