"""The built-in analysers on tallies, down to the sentences people read."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from loopqa.calc.detection.findings import MergedCandidate
from loopqa.calc.scoring.scorecard import scorecard
from loopqa.errors import DefinitionError
from loopqa.evidence.backend import shared_backend
from loopqa.evidence.tallying import Part, tally
from loopqa.model.analysis import Insight
from loopqa.model.cycle import FindingGrade, Scope
from loopqa.model.rubric import Blend, Rubric
from loopqa.model.workflow import PluginSpec
from loopqa.plugin import AnalyseContext
from loopqa.plugin.host import builtin_host
from tests.calc.small_rubrics import dimension, indicator, rubric, schemes_of, target
from tests.evidence.making import cases_of

THREE = rubric(
    dimension("speed", indicator("speed"), weight=0.5, target=target(">= 3.8")),
    dimension("tone", indicator("tone"), weight=0.5, target=target(">= 3.5")),
    dimension("whole", indicator("whole"), weight=0.0),
)
KEEP = ("channel", "tenure")


def rows(n: int, *, low: str = "phone", drop: float = 1.2) -> list[dict[str, Any]]:
    """Cases whose speed is low in one channel, and whose outcome hangs on speed."""
    dice = random.Random(4)
    made = []
    for number in range(n):
        channel = ("phone", "chat", "mail")[number % 3]
        speed = _level(dice, 3.8 - drop * (channel == low))
        tone = _level(dice, 3.8)
        whole = _level(dice, 0.8 * speed + 0.15 * tone, 0.5)
        tenure = ("new", "old")[number // 3 % 2]
        made.append(
            {"speed": speed, "tone": tone, "whole": whole, "channel": channel, "tenure": tenure}
        )
    return made


def _level(dice: random.Random, mean: float, sd: float = 1.0) -> int:
    return min(5, max(1, round(dice.gauss(mean, sd))))


def analyse(
    type_: str,
    cases: list[dict[str, Any]],
    *,
    standard: Rubric = THREE,
    scope: Scope = (),
    by: tuple[str, ...] = KEEP,
    **options: Any,
) -> Insight:
    schemes = schemes_of(standard)
    part = Part("now", None, cases_of(standard, cases, keep=by))
    counts = tally(shared_backend(), standard, schemes, [part], by=by, cross=True)
    finding = MergedCandidate("speed", "speed", scope, FindingGrade.OBSERVED, (), 100, 3.0)
    analyser = builtin_host().make_analyser(PluginSpec(type_, options))
    said = analyser.analyse(
        AnalyseContext(
            rubric=standard,
            card=scorecard(standard, schemes, counts, window="now"),
            segments=(),
            tally=counts,
            window="now",
            finding=finding if analyser.per_finding else None,
            random=np.random.default_rng(1),
        )
    )
    assert said is not None
    return said


# slices


def test_the_place_of_a_shortfall_is_named() -> None:
    said = analyse("slices", rows(600))
    assert said.text.render("en") == "seen in 3 of 11 slices tested"
    assert said.text.render("zh") == "在所检验的 11 个切片中，有 3 个出现此问题"
    (lead,) = said.leads  # phone with new and phone with old lie inside it
    assert lead.scope == (("channel", ("phone",)),)
    assert lead.figures["n"] == 200
    assert lead.figures["mean"] < 3 < lead.figures["rest"]
    assert [note.render("en") for note in said.notes] == [
        "2 more lie within these, or take less from the score",
        "at most about one in ten of those named can be there by chance",
    ]


def test_pairs_can_be_left_out() -> None:
    said = analyse("slices", rows(600), pairs=False)
    assert said.text.render("en") == "seen in 1 of 5 slices tested"


def test_a_place_that_is_a_pair_of_segments_is_found() -> None:
    cases = rows(900, drop=0.0)
    for case in cases:
        if (case["channel"], case["tenure"]) == ("mail", "new"):
            case["speed"] = max(1, case["speed"] - 2)
    leads = analyse("slices", cases).leads
    assert (("channel", ("mail",)), ("tenure", ("new",))) in [one.scope for one in leads]


def test_slices_lie_inside_the_finding() -> None:
    said = analyse("slices", rows(600), scope=(("channel", ("phone",)),))
    assert said.figures["tested"] == 2  # new and old customers on the phone
    assert said.leads == ()
    assert said.text.render("en") == (
        "no place stands out: none of 2 slices is lower than the rest beyond chance"
    )


def test_a_finding_without_further_segments_says_so() -> None:
    said = analyse("slices", rows(60), scope=(("channel", ("phone",)),), by=("channel",))
    assert said.text.render("en") == "no further segment to look into"


def test_few_answers_are_no_slices() -> None:
    said = analyse("slices", rows(12))
    assert said.text.render("en") == "no slice has the 10 answers that a test takes"
    assert said.figures == {"tested": 0, "found": 0, "skipped": 11}


def test_cases_without_a_value_are_no_place() -> None:
    cases = [{**one, "tenure": ""} for one in rows(300)]
    assert analyse("slices", cases, pairs=False).figures["tested"] == 3


def test_a_blend_is_sliced_with_the_weights_of_its_raters() -> None:
    both = rubric(
        dimension(
            "speed",
            indicator("asked", rater="customer"),
            indicator("checked", rater="internal"),
        ),
        blend=Blend({"customer": 0.75, "internal": 0.25}),
    )
    dice = random.Random(2)
    cases = [
        {"asked": _level(dice, 3), "checked": _level(dice, 4), "channel": "ab"[number % 2]}
        for number in range(200)
    ]
    for one in cases:
        one["asked"] = max(1, one["asked"] - (one["channel"] == "a"))
    (lead,) = analyse("slices", cases, standard=both, by=("channel",)).leads
    part = [one for one in cases if one["channel"] == "a"]
    mean = sum(0.75 * one["asked"] + 0.25 * one["checked"] for one in part) / len(part)
    assert lead.figures["mean"] == pytest.approx(mean)


# drivers


def test_the_dimension_of_weight_nought_is_the_outcome() -> None:
    said = analyse("drivers", rows(600))
    assert said.dimension == "whole"
    assert [one.dimension for one in said.leads] == ["speed", "tone"]
    assert said.text.render("en") == "'speed' goes along most with 'whole'"
    assert said.leads[0].text.render("en").endswith("; work on this first")


def test_without_such_a_dimension_the_composite_is() -> None:
    said = analyse("drivers", rows(600), standard=_without_outcome())
    assert said.dimension is None
    assert "the composite is computed from these dimensions, so they explain all of it" in [
        note.render("en") for note in said.notes
    ]
    assert said.figures["r2"] == pytest.approx(1)


def test_the_outcome_can_be_named() -> None:
    said = analyse("drivers", rows(600), outcome="tone")
    assert said.dimension == "tone"
    assert {one.dimension for one in said.leads} == {"speed", "whole"}


def test_under_200_cases_there_is_no_ranking() -> None:
    said = analyse("drivers", rows(199))
    assert said.leads == ()
    assert said.text.render("en") == (
        "no ranking: under 200 cases have the outcome and two dimensions"
    )


def test_a_dimension_that_hardly_anybody_answered_is_left_out_and_named() -> None:
    wide = rubric(*THREE.dimensions, dimension("lift", indicator("lift"), weight=0.1))
    cases = [{**one, "lift": 3 + at % 2 if at < 150 else ""} for at, one in enumerate(rows(600))]
    said = analyse("drivers", cases, standard=wide)
    assert [one.dimension for one in said.leads] == ["speed", "tone"]
    assert said.notes[-1].render("en") == (
        "left out, for too few answers or none that differ: lift"
    )
    assert said.figures["n"] == 600


def test_a_single_dimension_has_no_drivers() -> None:
    alone = rubric(dimension("speed", indicator("speed")))
    said = analyse("drivers", rows(300), standard=alone)
    assert said.text.render("en") == "no input has two dimensions and the outcome side by side"


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(DefinitionError):
        analyse("drivers", rows(10), outcomes="tone")


def _without_outcome() -> Rubric:
    return replace(THREE, dimensions=THREE.dimensions[:2])
