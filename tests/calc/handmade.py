"""Questions made by hand: a scope at 2.9 against a comparison at 3.3, four teams each."""

from __future__ import annotations

from loopqa.model.tally import Moments
from loopqa.model.verdict import Arm, Asked, PairMoments, Period, Question, Stream

CELLS = (2.9, 3.1, 3.3, 3.5, 3.2, 3.4, 3.6, 3.7, 3.0, 3.3)
TEAMS = ("T1", "T2", "T3", "T4")


def level(mean: float, n: int = 200, sd: float = 1.1) -> Moments:
    """Moments of ``n`` answers with this mean and sample standard deviation."""
    return Moments(n, n * mean, (n - 1) * sd**2 + n * mean**2)


def arm(mean: float, n: int = 200, names: tuple[str, ...] = TEAMS) -> dict[str, Moments]:
    """Four teams that differ a little around ``mean``."""
    return {name: level(mean + 0.02 * (i - 1.5), n // 4) for i, name in enumerate(names)}


def pairs(before: float, after: float, n: int = 200, r: float = 0.45) -> dict[str, PairMoments]:
    """Four teams of customers with these means and retest correlation ``r``."""
    each = n // 4
    first, second = level(before, each), level(after, each)
    products = r * 1.1**2 * (each - 1) + each * before * after
    one = PairMoments(each, first.total, second.total, first.squares, second.squares, products)
    return dict.fromkeys(TEAMS, one)


def history(
    windows: int, scope: float = 2.95, comparison: float | None = 3.3
) -> tuple[Period, ...]:
    """Monthly windows that wobble a little."""
    rest = {} if comparison is None else arm(comparison)
    return tuple(
        Period(arm(scope + 0.03 * (-1) ** number), rest, day=30 * (number - windows))
        for number in range(windows)
    )


def question(
    after: float = 2.9,
    *,
    asked: Asked = Asked.RANDOM,
    comparison: bool = True,
    windows: int = 8,
    n: int = 400,
    low: float = 1.7,
    **fields: object,
) -> Question:
    """A question on a dimension whose scope was at 2.9 and whose comparison stays at 3.3."""
    rest = arm(3.3, n) if comparison else {}
    stream = Stream(
        Period(arm(2.9, n), rest, day=0),
        Period(arm(after, n), rest, day=90),
        history(windows, comparison=3.3 if comparison else None),
        {} if asked is Asked.RANDOM else _asked_again(asked, after, comparison, low),
        histogram_before={2.0: 110, 4.0: 90},
        histogram_after={2.0: 60, 4.0: 140},
    )
    usual = {
        "baseline_cells": CELLS,
        "asked": asked,
        "flag_cut": 3.0,
        "cluster_name": "team",
        "window_days_apart": 90,
    }
    return Question("speed", {"customer": stream}, **{**usual, **fields})


def _asked_again(
    asked: Asked, after: float, comparison: bool, low: float
) -> dict[Arm, dict[str, PairMoments]]:
    if asked is Asked.SAME:
        both = {Arm.SCOPE: pairs(2.9, after), Arm.COMPARISON: pairs(3.3, 3.3)}
    else:  # the regression line at rho .45: .45 * 1.7 + .55 * mean
        rise = after - 2.9
        both = {
            Arm.SCOPE: pairs(low, 0.45 * low + 0.55 * 2.9 + rise),
            Arm.COMPARISON: pairs(low, 0.45 * low + 0.55 * 3.3),
        }
    return both if comparison else {Arm.SCOPE: both[Arm.SCOPE]}
