"""Each mistake in a scoring scheme is caught by the check that is about it."""

from __future__ import annotations

import pytest

from loopqa.conformance.checking import outcomes
from loopqa.conformance.scorings import SCORING_CHECKS, ScoringCase
from tests.conformance import faulty_schemes as faulty


def caught(plugin: type, *checks: str) -> dict[str, str]:
    """Name of each check (of all, or of those named) that complains, with its first complaint."""
    chosen = [one for one in SCORING_CHECKS if one.name in checks or not checks]
    return {
        one.check.name: one.wrong[0].render("en")
        for one in outcomes(chosen, ScoringCase(plugin))
        if one.wrong
    }


def test_a_sound_scheme_is_not_complained_about() -> None:
    assert caught(faulty.Sound) == {}


@pytest.mark.parametrize(
    ("plugin", "check", "words"),
    [
        (faulty.LeadsNowhere, "coding", "the coding leads to level 3, which has no points"),
        (faulty.CodesAnewEachTime, "coding", "code() returns another coding each time"),
        (faulty.Remembers, "pure", "the same counts have different scores"),
        (faulty.EmptiesItsInput, "pure", "the same counts have different scores"),
        (faulty.TakesTheFirst, "order", "the score depends on the order of the counts"),
        (faulty.DividesByNothing, "nothing", "ZeroDivisionError at faulty_schemes.py:"),
        (faulty.ScoresNothingAsZero, "nothing", "without answers it says Score(value=0.0"),
        (faulty.CountsWeights, "count", "of 3 answers it says n = 4"),
        (faulty.LeavesTheScale, "scale", "a score of 20 is off the rubric's scale"),
        (faulty.MeansSomethingElse, "agreement", "the value is "),
        (faulty.PunishesTheBest, "agreement", "a single answer is worth 1.0 by the coding, but"),
        (faulty.PunishesTheBest, "monotone", "an answer of 2 in place of 1 makes the score worse"),
        (faulty.HasNoUnit, "unit", "the unit is None, not text"),
        (faulty.TrustsItsMeasure, "unfit", "for a DurationMeasure with aggregate mean it fails"),
    ],
)
def test_a_mistake_is_caught(plugin: type, check: str, words: str) -> None:
    assert caught(plugin, check)[check].startswith(words)
