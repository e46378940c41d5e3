"""Verdicts in worlds unlike those that the method was measured on.

The short form of the measurement: its bounds are what these seeds may miss by chance.
"""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from loopqa.calc.verdict.judgement import judge
from loopqa.model.rubric import Decide
from loopqa.model.verdict import Asked, Outcome
from tests.calc.test_comparison_worlds import DESIGNS
from tests.calc.unlike_worlds import DRIFTS, LOCAL, UnlikeWorld


@cache
def outcomes(effect: float, worlds: int, first_seed: int) -> dict[tuple, Counter]:
    """Outcomes by design, and of all designs together, where the evidence can tell."""
    found: dict[tuple, Counter] = {design: Counter() for design in (*DESIGNS, ())}
    for number in range(worlds):
        world = UnlikeWorld(first_seed + number, DRIFTS[number % len(DRIFTS)], effect)
        for asked, comparison, history in DESIGNS:
            if history or world.drift not in LOCAL:
                question = world.question(asked, comparison=comparison, history=history)
                outcome = judge([question], Decide())[0].outcome
                found[asked, comparison, history][outcome] += 1
                found[()][outcome] += 1
    return found


def share(counts: Counter, outcome: Outcome) -> float:
    return counts[outcome] / sum(counts.values())


@pytest.mark.parametrize("outcome", [Outcome.IMPROVED, Outcome.WORSENED])
def test_actions_that_did_nothing_are_seldom_called_anything(outcome):
    found = outcomes(0.0, 100, 9000)
    assert share(found[()], outcome) < 0.05
    # 5 % and two standard errors of a share in 60 to 100 worlds
    assert max(share(counts, outcome) for counts in found.values()) < 0.105


@pytest.mark.parametrize(
    ("asked", "comparison", "history", "least"),
    [
        (Asked.RANDOM, True, True, 0.85),
        (Asked.RANDOM, True, False, 0.6),
        (Asked.SAME, True, True, 0.7),
        (Asked.RANDOM, False, True, 0.45),
    ],
)
def test_large_effects_that_spill_over_are_found(asked, comparison, history, least):
    found = outcomes(0.8, 50, 9500)
    assert share(found[asked, comparison, history], Outcome.IMPROVED) >= least
    assert share(found[()], Outcome.WORSENED) <= 0.005
