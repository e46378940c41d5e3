"""One indicator of a rubric file, with the rubric's defaults filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from loopqa.calc.scoring.answers import normalise
from loopqa.define.durations import hours
from loopqa.define.explaining import Notes
from loopqa.define.fields import Wrong, did_you_mean, number_of
from loopqa.define.indicator_document import (
    ConditionPart,
    IndicatorPart,
    MeasurePart,
    RepeatPart,
    SchemePart,
    SpanPart,
)
from loopqa.define.labels import label
from loopqa.define.nodes import plain
from loopqa.define.rubric_document import RubricPart
from loopqa.language import text
from loopqa.model.rubric import (
    ColumnMeasure,
    Critical,
    DurationMeasure,
    Indicator,
    Label,
    Measure,
    RepeatMeasure,
    SchemeSpec,
    When,
)

Path = tuple[str, ...]
UNIT_SIGNS = {"minutes": "min", "hours": "h", "days": "d"}
NPS_ENDS = (0.0, 10.0)  #: of the question "how likely are you to recommend us"


@dataclass(frozen=True)
class Surroundings:
    """What the rest of the file says about its indicators."""

    part: RubricPart
    notes: Notes

    @property
    def usual_rater(self) -> str:
        """Whose an indicator is that does not say so."""
        named = tuple(self.part.raters)
        return self.part.defaults.rater or (named[0] if len(named) == 1 else "customer")


def indicator_record(
    around: Surroundings, path: Path, name: str, part: IndicatorPart, dimension: Label
) -> Indicator:
    """The record of one indicator; its weight is set among its siblings later."""
    usual = around.part.defaults
    scheme = _scheme(part.score or usual.score)
    measure = _measure(around, (*path, "measure"), part.measure, scheme)
    fallback = dimension if name == "rating" else Label(name, name)
    return Indicator(
        id=name,
        rater=part.rater or around.usual_rater,
        title=label(part.title, name) if part.title else fallback,
        measure=measure,
        scheme=scheme,
        weight=0.0,
        aggregate=part.aggregate or usual.aggregate or "mean",
        unit=part.unit or _unit(measure) or usual.unit or "",
        target=part.target,
        material_change=part.material_change,
        input=part.input,
        question=label(part.question, name) if part.question else None,
        critical=_critical(part),
        when=tuple(when_record(column, one) for column, one in part.when.items()),
        comment_required_below=part.comment_required_below,
        was=part.was,
        anchors={_level(level): label(one, level) for level, one in part.anchors.items()},
    )


def _scheme(part: SchemePart | None) -> SchemeSpec:
    if part is None:
        return SchemeSpec("rating")
    return SchemeSpec(part.type, plain(part.model_extra or {}))


def _unit(measure: Measure) -> str:
    return UNIT_SIGNS[measure.unit] if isinstance(measure, DurationMeasure) else ""


def _level(written: str) -> str:
    number = number_of(written)
    return written if number is None else f"{number:g}"


def _critical(part: IndicatorPart) -> Critical | None:
    if part.critical is None:
        return None
    return Critical(part.critical.at_most, part.critical.caps, part.critical.to)


def when_record(column: str, part: ConditionPart) -> When:
    """A condition on a column, with its values as cases carry them."""
    values = part.is_ if part.is_ is not None else part.not_ or ()
    return When(column, tuple(normalise(one) for one in values), negated=part.is_ is None)


def _measure(around: Surroundings, path: Path, part: MeasurePart, scheme: SchemeSpec) -> Measure:
    usual = around.part.defaults
    for unit in UNIT_SIGNS:
        span: SpanPart | None = getattr(part, unit)
        if span is not None:
            valid = part.valid or usual.valid
            missing = _texts(part.missing, usual.missing) or None
            return DurationMeasure(unit, span.start, span.end, span.open, valid, missing)
    if part.repeat is not None:
        return _repeat(around, path, part.repeat, _texts(part.missing, usual.missing) or None)
    return _column(around, path, part, scheme)


def _repeat(
    around: Surroundings, path: Path, part: RepeatPart, missing: frozenset[str] | None
) -> RepeatMeasure:
    try:
        within = hours(part.within)
    except Wrong as wrong:
        around.notes.wrong((*path, "repeat", "within"), wrong.message, wrong.hint)
        within = 0.0
    return RepeatMeasure(part.by, part.after, within, missing)


def _column(
    around: Surroundings, path: Path, part: MeasurePart, scheme: SchemeSpec
) -> ColumnMeasure:
    usual = around.part.defaults
    low, high = part.low, part.high
    if scheme.type == "nps" and low is None and high is None:
        low, high = NPS_ENDS
    return ColumnMeasure(
        columns=part.column or (),
        values=_values(around, path, part),
        missing=_texts(part.missing, usual.missing),
        not_applicable=_texts(part.not_applicable, usual.not_applicable),
        refused=_texts(part.refused, usual.refused),
        low=low,
        high=high,
        valid=part.valid or usual.valid,
    )


def _texts(own: Iterable[str] | None, usual: Iterable[str] | None) -> frozenset[str]:
    return frozenset(normalise(one) for one in (own if own is not None else usual or ()))


def _values(around: Surroundings, path: Path, part: MeasurePart) -> Mapping[str, float]:
    values, at = part.values, (*path, "values")
    if values is None:
        values, at = around.part.defaults.values, ("defaults", "values")
    if isinstance(values, str):
        return _named(around, at, values)
    return _folded(around.notes, at, values or {})


def _named(around: Surroundings, at: Path, name: str) -> Mapping[str, float]:
    scales = around.part.scales
    if name in scales:
        return _folded(around.notes, ("scales", name), scales[name])
    hint = did_you_mean(name, list(scales))
    around.notes.wrong(at, text("there is no scale '{name}' in 'scales'", name=name), hint)
    return {}


def _folded(notes: Notes, at: Path, values: Mapping[str, Any]) -> Mapping[str, float]:
    """The table with its texts normalised; two texts that become one are a mistake."""
    table: dict[str, float] = {}
    for written, level in values.items():
        name = normalise(written)
        if name in table:
            message = text(
                "'{value}' is given twice, after folding white space and width", value=written
            )
            notes.wrong((*at, written), message, key=True)
        table[name] = level
    return table
