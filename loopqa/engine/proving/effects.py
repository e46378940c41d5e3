"""Which effects actions have, and how often each evidence is at hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np


@dataclass(frozen=True)
class Effect:
    """One size of effect, in standard deviations of what customers feel.

    On a scale of 1-5 one of them is about 0.93 points in the standard worlds.
    """

    name: str
    size: float  #: in the standard worlds
    least: float  #: elsewhere any size from here ...
    most: float  #: ... to here
    share: float  #: of the cycles

    def drawn(self, random: np.random.Generator) -> float:
        """Any size of this name."""
        return float(random.uniform(self.least, self.most))


EFFECTS = (
    Effect("none", 0.0, 0.0, 0.0, 0.50),
    Effect("small", 0.2, 0.10, 0.30, 0.10),
    Effect("medium", 0.4, 0.30, 0.55, 0.15),
    Effect("large", 0.8, 0.55, 1.00, 0.10),
    Effect("negative", -0.4, -0.60, -0.30, 0.15),
)
#: (comparison, history, share of the cycles)
EVIDENCES = ((True, True, 0.3), (True, False, 0.3), (False, True, 0.3), (False, False, 0.1))

Member = TypeVar("Member")


def one_of(random: np.random.Generator, members: Sequence[Member]) -> Member:
    """Any of them, with equal chances."""
    return members[int(random.integers(len(members)))]


def an_effect(random: np.random.Generator) -> Effect:
    """An effect, as often as its share says."""
    return EFFECTS[random.choice(len(EFFECTS), p=[one.share for one in EFFECTS])]


def an_evidence(random: np.random.Generator) -> tuple[bool, bool]:
    """Whether there is a comparison, and a history."""
    shares = [share for _, _, share in EVIDENCES]
    comparison, history, _ = EVIDENCES[random.choice(len(EVIDENCES), p=shares)]
    return comparison, history
