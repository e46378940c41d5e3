"""Which clusters of a roll-out begin when: drawn by lot, once, and so that anybody can repeat it.

The lot is a hash: clusters are sorted by SHA-256 of seed, action and name. It needs no generator
whose numbers another version might change, and nobody can foresee it for the next action.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from math import comb, prod

from loopqa.calc.loop.calendar import add_period, next_complete_window
from loopqa.language import Text, text
from loopqa.model.cycle import Step
from loopqa.model.window import Window
from loopqa.model.workflow import Period, RolloutRule


def group_sizes(clusters: int, rule: RolloutRule) -> tuple[int, ...]:
    """How many clusters begin with each step; those held out, if any, come last.

    At least one cluster is held out where any share is; steps are as equal as they can be.

    >>> group_sizes(12, RolloutRule("team", steps=3, holdout=0.2))
    (4, 3, 3, 2)
    """
    held = max(1, round(rule.holdout * clusters)) if rule.holdout > 0 else 0
    even, more = divmod(max(0, clusters - held), rule.steps)
    sizes = tuple(even + (step < more) for step in range(rule.steps))
    return (*sizes, held) if held else sizes


def arrangements(sizes: Sequence[int]) -> int:
    """In how many ways clusters can be dealt to groups of these sizes (multinomial).

    One over it is the smallest p that a randomisation test can give.

    >>> arrangements((2, 1, 1))
    12
    """
    return prod(comb(sum(sizes[: place + 1]), size) for place, size in enumerate(sizes))


def smallest_p(clusters: int, column: str, ways: int, level: float) -> Text:
    """Why lots among so few clusters can't decide anything."""
    return text(
        "lots among {n} values of {column} can fall in {ways} ways only: the smallest possible p "
        "is {p}, above the {level} of a verdict",
        n=clusters,
        column=column,
        ways=ways,
        p=f"{1 / ways:.3g}",
        level=f"{level:.3g}",
    )


def steps_needed(clusters: int, rule: RolloutRule, level: float) -> int:
    """The fewest steps after which lots among so many clusters can decide; 0 where none can.

    >>> steps_needed(4, RolloutRule("team", holdout=0.2), 0.05)
    3
    """
    for steps in range(2, clusters + 1):
        sizes = group_sizes(clusters, replace(rule, steps=steps))
        if min(sizes) > 0 and arrangements(sizes) * level >= 1 - 1e-9:
            return steps
    return 0


def in_drawn_order(clusters: Iterable[str], seed: int, action: int) -> tuple[str, ...]:
    """The clusters in the order of the lot of this action.

    >>> in_drawn_order(["T1", "T2", "T3"], seed=7, action=1)
    ('T2', 'T1', 'T3')
    """

    def lot(cluster: str) -> str:
        return hashlib.sha256(f"{seed}/{action}/{cluster}".encode()).hexdigest()

    return tuple(sorted(set(clusters), key=lambda cluster: (lot(cluster), cluster)))


def step_dates(first: date, rule: RolloutRule, window: Period) -> tuple[date, ...]:
    """The first day of each step: ``first``, then the beginnings of whole windows.

    The second step begins ``every`` (default: one window) after the first whole window begins, so
    that each step is seen for at least one whole window before the next one begins.

    >>> rule = RolloutRule("team", steps=3)
    >>> [str(day) for day in step_dates(date(2026, 2, 5), rule, Period("month"))]
    ['2026-02-05', '2026-04-01', '2026-05-01']
    """
    whole = next_complete_window(first, window.unit).start
    every = rule.every or window
    return (first, *(add_period(whole, every, step) for step in range(1, rule.steps)))


def drawn_steps(
    clusters: Iterable[str], rule: RolloutRule, action: int, first: date, window: Period
) -> tuple[Step, ...]:
    """The steps of one action with their clusters; those held out come last, without a date."""
    order = in_drawn_order(clusters, rule.seed, action)
    days: tuple[date | None, ...] = (*step_dates(first, rule, window), None)
    steps, taken = [], 0
    for size, day in zip(group_sizes(len(order), rule), days, strict=False):
        steps.append(Step(tuple(sorted(order[taken : taken + size])), day))
        taken += size
    return tuple(steps)


def exposure(start: date | None, window: Window) -> float:
    """Share of the window's days on which a cluster that begins on ``start`` has the action.

    >>> exposure(date(2026, 4, 16), Window(date(2026, 4, 1), date(2026, 4, 30)))
    0.5
    """
    if start is None or start > window.end:
        return 0.0
    return ((window.end - max(start, window.start)).days + 1) / window.days
