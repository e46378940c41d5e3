"""The first-party plugin ``plugins/effort.py``, as a workspace would use it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loopqa.errors import UsageError
from loopqa.model.coding import Histogram, LevelCoding, Score
from loopqa.model.rubric import Boxes, ColumnMeasure, Scale
from loopqa.plugin import PluginHost, Scoring, ScoringContext, config_of

SHIPPED = Path(__file__).parents[2] / "plugins" / "effort.py"
ANSWERS = Histogram({7.0: (2, 2.0), 5.0: (1, 1.0), 2.0: (1, 1.0)})


@pytest.fixture
def effort(tmp_path: Path) -> type[Scoring]:
    (tmp_path / "plugins").mkdir()
    shutil.copy(SHIPPED, tmp_path / "plugins")
    return PluginHost(tmp_path).scoring("effort")


def scheme(effort: type[Scoring], low: float = 1, **options: object) -> Scoring:
    context = ScoringContext(
        scale=Scale(1, 5),
        boxes=Boxes((4, 5), (1, 2)),
        measure=ColumnMeasure(("ces",), low=low, high=7),
        target=None,
        unit="",
        aggregate="mean",
    )
    return effort(config_of(effort, options), context)


def test_the_share_of_easy_answers_is_the_value(effort: type[Scoring]) -> None:
    made = scheme(effort)
    assert made.score({"value": ANSWERS}) == Score(75.0, 4.0, 4)
    assert made.unit == "%"


def test_the_mean_answer_can_be_the_value(effort: type[Scoring]) -> None:
    made = scheme(effort, report="mean")
    assert made.score({"value": ANSWERS}) == Score(5.25, 1 + 4.25 / 6 * 4, 4)
    assert made.unit == ""


def test_points_are_on_the_rubrics_scale(effort: type[Scoring]) -> None:
    coding = scheme(effort, easy_from=6).code()
    assert isinstance(coding, LevelCoding)
    assert coding.points == {1: 1, 2: 1, 3: 1, 4: 1, 5: 1, 6: 5, 7: 5}
    assert coding.amounts == {1: 0, 2: 0, 3: 0, 4: 0, 5: 0, 6: 100, 7: 100}


def test_no_answers_have_no_score(effort: type[Scoring]) -> None:
    assert scheme(effort).score({"value": Histogram()}) == Score(None, None, 0)


def test_another_scale_is_refused(effort: type[Scoring]) -> None:
    with pytest.raises(UsageError) as caught:
        scheme(effort, low=0)
    assert str(caught.value) == (
        "the effort score needs answers from 1 to 7\n  hint: write 'low: 1, high: 7' in the measure"
    )
