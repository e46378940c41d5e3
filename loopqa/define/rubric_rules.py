"""What must hold between the parts of a rubric, each mistake with its own place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from loopqa.define.bands import check_bands
from loopqa.define.durations import period
from loopqa.define.explaining import Notes
from loopqa.define.fields import Wrong, did_you_mean
from loopqa.define.rubric_document import RubricPart
from loopqa.errors import DefinitionError, LoopQAError
from loopqa.language import Text, text
from loopqa.model.rubric import ColumnMeasure, Dimension, Indicator, Rubric, Scale
from loopqa.model.tally import COMPOSITE
from loopqa.plugin.configuring import config_of

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost

Path = tuple[str, ...]

LONGEST_SCALE = 1000  #: points from one end to the other; answers are counted point by point


def check_rubric(part: RubricPart, rubric: Rubric, notes: Notes) -> None:
    """Note everything that can be told without knowing the scoring schemes."""
    if not rubric.scale.low < rubric.scale.high:
        notes.wrong(("scale",), text("the scale must end above its beginning"), key=True)
        return  # everything else is measured against it
    if rubric.scale.high - rubric.scale.low > LONGEST_SCALE:
        message = text("the scale has more than {most} points", most=LONGEST_SCALE)
        notes.wrong(("scale",), message, key=True)
    _labels(rubric, notes)
    _boxes(rubric, notes)
    _raters(part, rubric, notes)
    _finding(rubric, notes)
    _lineage(rubric, notes)
    if part.valid_from and part.review_by and part.review_by < part.valid_from:
        notes.wrong(("review_by",), text("'review_by' lies before 'valid_from'"))
    for dimension in rubric.dimensions:
        _dimension(rubric, dimension, notes)
    for path, indicator in _indicators(rubric):
        _indicator(rubric, path, indicator, notes)


def check_schemes(rubric: Rubric, host: PluginHost, notes: Notes) -> None:
    """Note what the scoring schemes themselves say about their options."""
    if not rubric.scale.low < rubric.scale.high:
        return
    for path, indicator in _indicators(rubric):
        flagged = (notes.is_flagged_below((*path, part)) for part in ("score", "measure"))
        if not any(flagged):
            _check_scheme(rubric, path, indicator, host, notes)


def _check_scheme(
    rubric: Rubric, path: Path, indicator: Indicator, host: PluginHost, notes: Notes
) -> None:
    at, spec = (*path, "score"), indicator.scheme
    try:
        config_of(host.scoring(spec.type), spec.options, notes.locate(at))
        scored = host.scheme(rubric, indicator).code().scored
    except DefinitionError as error:
        notes.problems.extend(error.problems)
    except LoopQAError as error:
        problem = error.problems[0]
        notes.wrong(at, problem.message, problem.hint, key=True)
    else:
        if not scored and indicator.weight > 0 and spec.type != "none":
            notes.wrong(at, *_off_scale(rubric.scale, indicator), key=True)


def _off_scale(scale: Scale, indicator: Indicator) -> tuple[Text, Text]:
    message = text(
        "the value of '{type}' is not on the scale {low}-{high}",
        type=indicator.scheme.type,
        low=f"{scale.low:g}",
        high=f"{scale.high:g}",
    )
    return message, text("give it 'attainment' (floor and target), or weight: 0 to show it only")


def _indicators(rubric: Rubric) -> Iterator[tuple[Path, Indicator]]:
    for dimension, indicator in rubric.indicators:
        yield ("dimensions", dimension.id, "indicators", indicator.id), indicator


def _on(scale: Scale, number: float) -> bool:
    return scale.low <= number <= scale.high


def _not_on(scale: Scale, number: float) -> Text:
    return text(
        "{number} is not on the scale {low}-{high}",
        number=f"{number:g}",
        low=f"{scale.low:g}",
        high=f"{scale.high:g}",
    )


def _labels(rubric: Rubric, notes: Notes) -> None:
    levels = rubric.scale.high - rubric.scale.low + 1
    for language, labels in rubric.scale.labels.items():
        if len(labels) != levels:
            message = text(
                "{n} labels for a scale of {levels} levels", n=len(labels), levels=f"{levels:g}"
            )
            notes.wrong(("scale", "labels", language), message, key=True)


def _boxes(rubric: Rubric, notes: Notes) -> None:
    for name, levels in (("top", rubric.boxes.top), ("bottom", rubric.boxes.bottom)):
        for level in levels:
            if not _on(rubric.scale, level):
                notes.wrong(("boxes", name), _not_on(rubric.scale, level), key=True)
    both = set(rubric.boxes.top) & set(rubric.boxes.bottom)
    if both:
        message = text("level {level} is in both boxes", level=f"{min(both):g}")
        notes.wrong(("boxes",), message, key=True)


def _raters(part: RubricPart, rubric: Rubric, notes: Notes) -> None:
    used = {indicator.rater for _, indicator in rubric.indicators}
    for rater in (part.blend.model_extra or {}) if part.blend else ():
        if rater not in used:
            message = text(
                "no indicator is rated by '{rater}', so it can't be blended", rater=rater
            )
            notes.wrong(("blend", rater), message, did_you_mean(rater, sorted(used)), key=True)
    if not part.raters:
        return
    for path, indicator in _indicators(rubric):
        if indicator.rater not in part.raters:
            message = text("there is no rater '{rater}' in 'raters'", rater=indicator.rater)
            own = notes.document.find(path).child("rater")
            at = ("defaults", "rater") if own is None and part.defaults.rater else (*path, "rater")
            notes.wrong(at, message, did_you_mean(indicator.rater, list(part.raters)))


def _finding(rubric: Rubric, notes: Notes) -> None:
    below = rubric.finding.below
    if below is not None and not _on(rubric.scale, below):
        notes.wrong(("finding", "below"), _not_on(rubric.scale, below))
    decide = rubric.decide
    if decide.material_change <= 0:
        message = text("'material_change' must be above 0")
        notes.wrong(("decide", "material_change"), message)
    if not 0.5 < decide.confidence < 1:
        notes.wrong(("decide", "confidence"), text("'confidence' must lie between 50% and 100%"))
    if decide.local_drift < 0:
        notes.wrong(("decide", "local_drift"), text("'local_drift' can't be below 0"))


def _lineage(rubric: Rubric, notes: Notes) -> None:
    seen: dict[str, str] = {}
    for dimension in rubric.dimensions:
        if dimension.id == COMPOSITE:
            notes.wrong(
                ("dimensions", dimension.id),
                text("'{name}' is the name of the overall score", name=COMPOSITE),
                text("choose another id for the dimension"),
                key=True,
            )
        if dimension.was in {one.id for one in rubric.dimensions}:
            notes.wrong(
                ("dimensions", dimension.id, "was"),
                text("'{was}' is still a dimension of this rubric", was=dimension.was),
                text("'was' names a dimension of an earlier version that this one continues"),
            )
        other = seen.setdefault(dimension.lineage, dimension.id)
        if other != dimension.id:
            message = text(
                "dimensions '{first}' and '{second}' both continue '{lineage}'",
                first=other,
                second=dimension.id,
                lineage=dimension.lineage,
            )
            notes.wrong(("dimensions", dimension.id, "was"), message)


def _dimension(rubric: Rubric, dimension: Dimension, notes: Notes) -> None:
    target = dimension.target
    if target is not None and not _on(rubric.scale, target.value):
        notes.wrong(("dimensions", dimension.id, "target"), _not_on(rubric.scale, target.value))
    for cause in dimension.cause_words or {}:
        if cause not in dimension.causes:
            message = text("'{cause}' is none of the dimension's causes", cause=cause)
            hint = did_you_mean(cause, list(dimension.causes)) or text("add it to `causes`")
            notes.wrong(("dimensions", dimension.id, "cause_words", cause), message, hint, key=True)
    for position, proposal in enumerate(dimension.playbook):
        try:
            period(proposal.due_in or "1 day")
        except Wrong as wrong:
            at = ("dimensions", dimension.id, "playbook", position, "due_in")
            notes.wrong(at, wrong.message, wrong.hint)


def _indicator(rubric: Rubric, path: Path, indicator: Indicator, notes: Notes) -> None:
    critical = indicator.critical
    if critical is not None and not _on(rubric.scale, critical.to):
        notes.wrong((*path, "critical", "to"), _not_on(rubric.scale, critical.to))
    if indicator.material_change is not None and indicator.material_change <= 0:
        notes.wrong((*path, "material_change"), text("'material_change' must be above 0"))
    if indicator.scheme.type == "bands":
        valid = getattr(indicator.measure, "valid", None)
        check_bands(indicator.scheme.options, valid, rubric.scale, (*path, "score"), notes)
    if isinstance(indicator.measure, ColumnMeasure):
        _column(rubric, path, indicator, indicator.measure, notes)


def _column(
    rubric: Rubric, path: Path, indicator: Indicator, measure: ColumnMeasure, notes: Notes
) -> None:
    low = rubric.scale.low if measure.low is None else measure.low
    high = rubric.scale.high if measure.high is None else measure.high
    if not low < high:
        message = text("the scale must end above its beginning")
        notes.wrong((*path, "measure"), message, key=True)
    if indicator.scheme.type not in ("rating", "csat", "nps"):
        return
    for name, level in measure.values.items():
        if not low <= level <= high:
            at = _place_of_value(path, name, notes)
            notes.wrong(at, _not_on(Scale(low, high), level))
            notes.flagged.add((*path, "measure"))


def _place_of_value(path: Path, name: str, notes: Notes) -> Path:
    """Where the level of an answer is written: in the measure, or in the named scale."""
    values = (*path, "measure", "values")
    written = notes.document.find(values).scalar
    inside = notes.document.find(values)
    if inside.entries is None or name not in inside.entries:
        return ("scales", written, name) if written else values
    return (*values, name)
