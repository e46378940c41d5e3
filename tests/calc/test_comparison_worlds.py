"""How often verdicts are wrong, and how often they find an effect, in simulated worlds.

The short form of the measurement: its bounds are what these seeds may miss by chance.
"""

from __future__ import annotations

from collections import Counter

import pytest

from loopqa.calc.verdict.judgement import judge
from loopqa.model.rubric import Decide
from loopqa.model.verdict import Asked, Outcome
from tests.calc.worlds import Kind, World

DESIGNS = [
    (asked, comparison, history)
    for asked in Asked
    for comparison, history in ((True, True), (True, False), (False, True))
]


def identified(drift: str, comparison: bool, history: bool) -> bool:
    """A shock to the scope alone can be told only where a history has measured such shocks."""
    return not (drift == "shock" and comparison and not history)


def outcomes(effect: float, worlds: int, first_seed: int) -> dict[tuple, Counter]:
    """Outcomes by design over calm, seasonal and shaken worlds."""
    found: dict[tuple, Counter] = {design: Counter() for design in DESIGNS}
    for number in range(worlds):
        drift = ("calm", "season", "shock")[number % 3]
        world = World(first_seed + number, Kind(drift, effect))
        for design in DESIGNS:
            asked, comparison, history = design
            if identified(drift, comparison, history):
                asked_question = world.question(asked, comparison=comparison, history=history)
                found[design][judge([asked_question], Decide())[0].outcome] += 1
    return found


def share(counts: Counter, outcome: Outcome) -> float:
    return counts[outcome] / sum(counts.values())


def test_actions_that_did_nothing_are_seldom_called_anything():
    found = outcomes(0.0, 150, 100)
    pooled = sum(found.values(), Counter())
    assert share(pooled, Outcome.IMPROVED) < 0.04
    assert share(pooled, Outcome.WORSENED) < 0.04
    assert max(share(counts, Outcome.IMPROVED) for counts in found.values()) < 0.09
    assert max(share(counts, Outcome.WORSENED) for counts in found.values()) < 0.09


@pytest.mark.parametrize(
    ("effect", "asked", "comparison", "history", "least"),
    [
        (0.8, Asked.RANDOM, True, True, 0.93),
        (0.8, Asked.RANDOM, True, False, 0.88),
        (0.8, Asked.SAME, True, True, 0.62),
        (0.8, Asked.LOW, True, True, 0.58),
        (0.8, Asked.RANDOM, False, True, 0.38),
    ],
)
def test_large_effects_are_found(effect, asked, comparison, history, least):
    found = large()[asked, comparison, history]
    assert share(found, Outcome.IMPROVED) >= least
    assert found[Outcome.WORSENED] == 0


def test_effects_that_went_wrong_are_found_and_never_called_improved():
    found = outcomes(-0.6, 60, 300)
    assert share(found[Asked.RANDOM, True, True], Outcome.WORSENED) > 0.7
    assert sum(counts[Outcome.IMPROVED] for counts in found.values()) == 0


_LARGE: dict[tuple, Counter] = {}


def large() -> dict[tuple, Counter]:
    """The worlds with a large effect, simulated once."""
    if not _LARGE:
        _LARGE.update(outcomes(0.8, 90, 500))
    return _LARGE


def test_the_estimate_is_right_on_average():
    estimates = []
    for number in range(60):
        world = World(700 + number, Kind("season", 0.4))
        asked = world.question(Asked.RANDOM, comparison=True, history=True)
        estimates.append(judge([asked], Decide())[0].estimate)
    assert sum(estimates) / len(estimates) == pytest.approx(0.43, abs=0.08)
