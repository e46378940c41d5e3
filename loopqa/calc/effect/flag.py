"""The correction for a finding that was picked because it was low (winner's curse).

The lowest of many cells is low partly by bad luck, and luck does not repeat: its next mean is
higher without any improvement. With at least eight cells the flagged one is shrunk towards their
mean (Galton; James & Stein 1961; Efron 2011). With fewer the estimate is judged conditional on
having been picked (truncated normal; Lee et al. 2016). Either way the correction may take
*improved* away and never makes *worsened*: the uncorrected bound stays in force.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, variance

from loopqa.calc.effect.fits import Estimate, Fit
from loopqa.calc.intervals import t_quantile

SHRINK_FROM = 8  #: cells from which their spread is known well enough to shrink by
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Flag:
    """How the cell under judgement was picked."""

    cell: float  #: its mean in the baseline
    cells: Sequence[float]  #: baseline means of all cells that were looked through, it included
    shared: float  #: covariance of the cell's mean with the estimate, sign dropped
    cut: float | None  #: the cell was picked because its mean lay below this
    allowed: bool = False  #: ``shared`` holds an allowance for a shock nobody measured


def corrected(fit: Fit, flag: Flag | None) -> Estimate:
    """The fit with the flag's luck taken out; unchanged where the cell was not a low one."""
    plain = Estimate(fit.estimate, (fit,), (fit,))
    if flag is None or flag.shared <= 0:
        return plain
    if len(flag.cells) >= SHRINK_FROM:
        return _shrunk(fit, flag) if flag.cell < fmean(flag.cells) else plain
    return _conditional(fit, flag) if flag.cut is not None and flag.cell < flag.cut else plain


def _shrunk(fit: Fit, flag: Flag) -> Estimate:
    among = variance(flag.cells)
    freedom = len(flag.cells) - 1
    if among <= 0:
        return Estimate(fit.estimate, (fit,), (fit,))
    share = min(1.0, (freedom - 2) / freedom * flag.shared / among)
    luck = share * (fmean(flag.cells) - flag.cell)
    left = fit.variance - share * flag.shared + 2 / freedom * luck**2
    # A shared part estimated larger than the whole must not end in certainty.
    shrunk = Fit(fit.estimate - luck, max(left, 0.1 * fit.variance), fit.df)
    # Half the luck may lower the upper bound, but not where it is only allowed for: an allowance
    # takes more luck out than there was, and would make *worsened* out of nothing.
    upper = fit if flag.allowed else Fit(fit.estimate - luck / 2, fit.variance, fit.df)
    return Estimate(shrunk.estimate, (shrunk, fit), (shrunk, upper))


def _conditional(fit: Fit, flag: Flag) -> Estimate:
    assert flag.cut is not None
    cut = fit.estimate - (flag.cut - flag.cell) * fit.variance / flag.shared
    picked = Picked(fit, cut)
    centre = min(max(picked.lower(0.5), fit.lower(0.05)), fit.estimate)
    return Estimate(centre, (picked, fit), (fit,))


@dataclass(frozen=True)
class Picked:
    """A fit judged only among the outcomes above ``cut``, which alone would have been flagged."""

    fit: Fit
    cut: float

    def lower(self, alpha: float) -> float:
        """Lower bound: the effect at which so large an estimate has probability ``alpha``."""
        far, near = self.fit.estimate - 50 * self.fit.error, self.fit.estimate + 10 * self.fit.error
        for _ in range(80):
            middle = (far + near) / 2
            far, near = (middle, near) if self._p(middle, alpha) < alpha else (far, middle)
        return far

    def upper(self, alpha: float) -> float:
        """Upper bound of the fit itself: being picked never lowers it."""
        return self.fit.upper(alpha)

    def p_up(self) -> float:
        """One-sided p of "no increase", given that the cell was picked."""
        return self._p(0.0, 0.05)

    def p_down(self) -> float:
        """One-sided p of "no decrease" of the fit itself."""
        return self.fit.p_down()

    def _p(self, effect: float, alpha: float) -> float:
        """P(at least this estimate | above the cut) if the true change is ``effect``.

        The normal is stretched so that it meets Student's t at the level in use.
        """
        if alpha >= 0.5:
            stretch = 1.0
        else:
            stretch = t_quantile(1 - alpha, self.fit.df) / _NORMAL.inv_cdf(1 - alpha)
        error = self.fit.error * stretch
        above = log_upper_tail((self.fit.estimate - effect) / error)
        return math.exp(min(0.0, above - log_upper_tail((self.cut - effect) / error)))


def log_upper_tail(z: float) -> float:
    """log P(Z > z) of the standard normal, good far out in the tail."""
    if z < 10:
        return math.log(0.5 * math.erfc(z / math.sqrt(2)))
    # Asymptotic series of Mills' ratio (Abramowitz & Stegun 26.2.12).
    series = 1 - 1 / z**2 + 3 / z**4 - 15 / z**6
    return -z * z / 2 - math.log(z * math.sqrt(2 * math.pi)) + math.log(series)
