"""What a sample says of the population it was drawn from."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SurveyMean:
    """The scope's mean in one window, as all cases of that window have it: a sample by strata."""

    mean: float
    variance: float  #: of what was not drawn only (finite population)
    df: float
    census: bool = False  #: every case was drawn
