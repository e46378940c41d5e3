"""Load a rubric file into the record that the rest of LoopQA works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loopqa.define.canonical import digest, rubric_form
from loopqa.define.explaining import Notes, validate
from loopqa.define.fields import Weight, Wrong
from loopqa.define.indicator_document import MEASURE_FIELDS, SHORT_FIELDS
from loopqa.define.indicators import Surroundings, indicator_record
from loopqa.define.labels import label
from loopqa.define.nodes import Document, plain
from loopqa.define.rubric_document import DimensionPart, RaterPart, RubricPart
from loopqa.define.rubric_rules import check_rubric, check_schemes
from loopqa.define.strict_yaml import read_yaml
from loopqa.define.weights import shares
from loopqa.errors import Problem
from loopqa.model.rubric import (
    Blend,
    Boxes,
    Decide,
    Dimension,
    FindingRule,
    GoldenTest,
    Indicator,
    Proposal,
    Rubric,
    Scale,
    WhenMissing,
)

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost

ALSO_KNOWN = {
    "DimensionPart": SHORT_FIELDS,
    "IndicatorPart": MEASURE_FIELDS,
}
#: a four-point range moves materially by 0.25 and drifts by 0.10; other ranges in proportion
_USUAL_RANGE = 4.0


def load_rubric(path: Path, host: PluginHost | None) -> Rubric:
    """The rubric in ``path``; without ``host`` the options of scoring schemes stay unchecked.

    Raises:
        DefinitionError: with all problems of the file.
    """
    return load_with_warnings(path, host)[0]


def load_with_warnings(
    path: Path, host: PluginHost | None
) -> tuple[Rubric, tuple[Problem, ...], Document]:
    """The rubric, what is worth a look in its file, and the file's tree.

    Raises:
        DefinitionError: with all problems of the file.
    """
    document = read_yaml(path)
    part, notes = validate(RubricPart, document, ALSO_KNOWN)
    rubric = _record(part, notes)
    check_rubric(part, rubric, notes)
    if host is not None:
        check_schemes(rubric, host, notes)
    notes.finish()
    form = digest(rubric_form(rubric))
    return replace(rubric, hash=form), tuple(notes.problems), document


def _record(part: RubricPart, notes: Notes) -> Rubric:
    scale = Scale(part.scale.low, part.scale.high, part.scale.labels)
    around = Surroundings(part, notes)
    dimensions = _dimensions(part, around, notes)
    used = tuple(dict.fromkeys(rater for dimension in dimensions for rater in dimension.raters))
    return Rubric(
        id=part.rubric,
        version=part.version,
        title=label(part.title, part.rubric),
        scale=scale,
        boxes=_boxes(part, scale),
        dimensions=dimensions,
        hash="",
        raters=_raters(part, used),
        blend=_blend(part, used, notes),
        finding=FindingRule(
            part.finding.below, part.finding.min_n, part.finding.bottom_share_above
        ),
        decide=_decide(part, scale),
        tests=_tests(part, notes),
        valid_from=part.valid_from,
        review_by=part.review_by,
    )


def _boxes(part: RubricPart, scale: Scale) -> Boxes:
    """The boxes as written; else the two outer levels on each side (one on short scales)."""
    if part.boxes is not None:
        return Boxes(tuple(sorted(part.boxes.top)), tuple(sorted(part.boxes.bottom)))
    levels = scale.high - scale.low + 1
    if levels != int(levels) or not 2 <= levels <= 11:
        return Boxes((), ())
    depth = 2 if levels >= 5 else 1
    top = tuple(scale.high - step for step in reversed(range(depth)))
    return Boxes(top, tuple(scale.low + step for step in range(depth)))


def _raters(part: RubricPart, used: tuple[str, ...]) -> Mapping[str, Mapping[str, object]]:
    if not part.raters:
        return {rater: {} for rater in used}
    return {name: _rater(name, rater) for name, rater in part.raters.items()}


def _rater(name: str, part: RaterPart) -> Mapping[str, object]:
    """What is said about a rater group; only what was written."""
    said: dict[str, object] = {}
    if part.title is not None:
        said["title"] = label(part.title, name)
    if part.agreement_at_least is not None:
        said["agreement_at_least"] = part.agreement_at_least
    return said


def _blend(part: RubricPart, used: tuple[str, ...], notes: Notes) -> Blend:
    if part.blend is None:
        return Blend()
    written: dict[str, Weight] = dict(part.blend.model_extra or {})
    rule = WhenMissing(part.blend.when_missing)
    if not written or not written.keys() <= set(used):
        return Blend({}, rule)  # strangers are told of by the rules
    complete = {**written, **{rater: None for rater in used if rater not in written}}
    return Blend(_shares(complete, ("blend",), notes), rule)


def _decide(part: RubricPart, scale: Scale) -> Decide:
    stretch = (scale.high - scale.low) / _USUAL_RANGE
    usual, written = Decide(), part.decide
    change = written.material_change
    drift = written.local_drift
    return Decide(
        material_change=usual.material_change * stretch if change is None else change,
        confidence=written.confidence,
        local_drift=usual.local_drift * stretch if drift is None else drift,
    )


def _tests(part: RubricPart, notes: Notes) -> tuple[GoldenTest, ...]:
    return tuple(
        GoldenTest(
            given=plain(test.given),
            expect=plain(test.expect),
            place=str(notes.document.key_place(("tests", position))),
        )
        for position, test in enumerate(part.tests)
    )


def _dimensions(part: RubricPart, around: Surroundings, notes: Notes) -> tuple[Dimension, ...]:
    weights = _shares(
        {name: one.weight for name, one in part.dimensions.items()}, ("dimensions",), notes
    )
    return tuple(
        _dimension(name, one, weights[name], around, notes) for name, one in part.dimensions.items()
    )


def _dimension(
    name: str, part: DimensionPart, weight: float, around: Surroundings, notes: Notes
) -> Dimension:
    path = ("dimensions", name)
    title = label(part.title, name)
    indicators = [
        indicator_record(around, (*path, "indicators", id_), id_, one, title)
        for id_, one in part.indicators.items()
    ]
    return Dimension(
        id=name,
        title=title,
        weight=weight,
        indicators=_weighted(indicators, part, path, notes),
        target=part.target,
        causes=part.causes,
        cause_words=part.cause_words or None,
        keywords=part.keywords,
        playbook=tuple(
            Proposal(label(one.title, name), one.horizon, one.due_in) for one in part.playbook
        ),
        was=part.was,
        cadence=part.cadence,
    )


def _weighted(
    indicators: list[Indicator], part: DimensionPart, path: tuple[str, str], notes: Notes
) -> tuple[Indicator, ...]:
    """Share 1 among the indicators of each rater; what is not scored gets nothing."""
    weights: dict[str, float] = {}
    for rater in dict.fromkeys(one.rater for one in indicators):
        own = {one.id: part.indicators[one.id].weight for one in indicators if one.rater == rater}
        unscored = [one.id for one in indicators if one.id in own and one.scheme.type == "none"]
        scored = {id_: weight for id_, weight in own.items() if id_ not in unscored}
        weights |= dict.fromkeys(unscored, 0.0) | _shares(scored, path, notes)
    return tuple(replace(one, weight=weights[one.id]) for one in indicators)


def _shares(
    weights: Mapping[str, Weight | None], path: tuple[str, ...], notes: Notes
) -> dict[str, float]:
    try:
        return shares(weights)
    except Wrong as wrong:
        notes.wrong(path, wrong.message, wrong.hint, key=True)
        return dict.fromkeys(weights, 0.0)
