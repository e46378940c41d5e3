"""What a draw among so many clusters will be able to see, before lots are drawn."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from loopqa.calc.effect.randomisation import Array, Panel, Prior, information
from loopqa.calc.intervals import t_quantile
from loopqa.calc.loop.assignment import arrangements, group_sizes
from loopqa.calc.power import POWER
from loopqa.model.workflow import RolloutRule


@dataclass(frozen=True)
class LotsOutlook:
    """A roll-out as it is planned: how many clusters, in which steps."""

    clusters: int
    rule: RolloutRule

    @property
    def design(self) -> str:
        """The design in short, as verdicts call it."""
        held = ["holdout"] if self.rule.holdout else []
        return "+".join([*(["rollout"] if self.rule.steps > 1 else []), *held])

    @property
    def sizes(self) -> tuple[int, ...]:
        """Clusters of each step, held-out ones last."""
        return group_sizes(self.clusters, self.rule)

    @property
    def ways(self) -> int:
        """In how many ways lots can fall; 0 where a group would be empty."""
        return arrangements(self.sizes) if min(self.sizes) > 0 else 0

    def decides(self, alpha: float) -> bool:
        """Whether lots can fall in enough ways for any verdict."""
        return self.ways * alpha >= 1 - 1e-9

    def detects(self, n: float, sd: float, shock: float, windows: int, alpha: float) -> float:
        """Smallest change seen in four of five cases, where lots can decide at all.

        Args:
            n: answers of all clusters together, in each window.
            sd: of one answer, in points.
            shock: sd of what moves a cluster in one window by itself, in points.
            windows: windows before the draw, the baseline among them.
            alpha: one-sided error.

        By the normal theory of the same statistic with a t quantile, clusters - 2 degrees of
        freedom; clusters are taken to be of equal size and known by their past alone.
        """
        cell = shock**2 + sd**2 * self.clusters / n
        exposure = self._exposure()
        panel = Panel(np.zeros_like(exposure), np.full_like(exposure, cell - shock**2), exposure)
        past = Prior(
            np.zeros(self.clusters), np.full(self.clusters, cell / max(1, windows)), shock**2
        )
        error = 1 / math.sqrt(information(panel, past))
        df = max(1, self.clusters - 2)
        return (t_quantile(1 - alpha, df) + t_quantile(POWER, df)) * error

    def _exposure(self) -> Array:
        """Clusters x windows in which some have the action and some have not."""
        groups = np.repeat(np.arange(len(self.sizes)), self.sizes)
        windows = range(len(self.sizes) - 1)
        return np.array([[float(group <= window) for window in windows] for group in groups])
