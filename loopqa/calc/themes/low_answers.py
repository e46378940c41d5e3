"""Which scores of single cases are low: those whose comments a finding is explained by."""

from __future__ import annotations

from loopqa.model.rubric import Condition, Rubric


def low_scores(rubric: Rubric) -> Condition:
    """The scores that are low on the rubric's scale.

    Those of the bottom box; without one, those below the threshold of findings; without that,
    those in the lower half of the scale.
    """
    if rubric.boxes.bottom:
        return Condition("<=", max(rubric.boxes.bottom))
    if rubric.finding.below is not None:
        return Condition("<", rubric.finding.below)
    return Condition("<", (rubric.scale.low + rubric.scale.high) / 2)
