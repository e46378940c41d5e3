"""The drawn cases of a sample as the list that reviewers get."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from loopqa.engine.drawing import columns_of_input, drawn_cases
from loopqa.engine.feeds import feeds_of_workflow
from loopqa.evidence.planning import kept_column
from loopqa.evidence.sampling import AT, CASE, STRATUM
from loopqa.language import LANGUAGES, Text, text
from loopqa.model.coding import LevelCoding
from loopqa.model.rubric import ColumnMeasure, Indicator, indicator_key
from loopqa.model.sample import sample_ref
from loopqa.report.review_list import ListColumn, ReviewList, write_list
from loopqa.report.words import Named, joined, named, plain

if TYPE_CHECKING:
    from datetime import date

    from loopqa.engine.standard import Standard
    from loopqa.engine.workspace import Workspace
    from loopqa.model.coding import Scheme
    from loopqa.model.rubric import Label, Rubric
    from loopqa.model.sample import DrawnSample
    from loopqa.model.workflow import Input, Workflow


def export_list(ws: Workspace, sample: DrawnSample, path: Path) -> Path:
    """Write the list of a sample as .xlsx or .csv, ready to be filled in and read back.

    Raises:
        UsageError: the file is there already, or of another kind.
        DataError: the file of the drawn cases is gone or was altered.
        RunFailed: the list can't be written.
    """
    return write_list(review_list(ws, sample), path)


def review_list(ws: Workspace, sample: DrawnSample) -> ReviewList:
    """What the list of a sample holds."""
    workflow = ws.workflow(sample.workflow)
    used = ws.standard(workflow)
    drawn = drawn_cases(ws, sample)
    into = workflow.input(sample.rule.for_input)
    columns = [
        *_known(workflow, sample, into, drawn),
        *_asked(used, into, _elsewhere(ws, workflow.input(sample.rule.draw_from), workflow)),
    ]
    options = into.source.options
    return ReviewList(
        title=text(
            "Cases to review: {title}, {window}",
            title=named(workflow.title),
            window=str(sample.window),
        ),
        lines=_lines(sample, ws.day_of(sample.drawn_at)),
        columns=_each_once(columns),
        n=drawn.num_rows,
        dates=into.dates,
        sheet=options.get("sheet"),
        header_row=int(options.get("header_row", 1)),
    )


def _each_once(columns: list[ListColumn]) -> tuple[ListColumn, ...]:
    """The first column of each name."""
    found: dict[str, ListColumn] = {}
    for one in columns:
        found.setdefault(one.name, one)
    return tuple(found.values())


def _lines(sample: DrawnSample, day: date) -> tuple[Text, ...]:
    return (
        text(
            "{sample}: {drawn} of {population} cases, drawn on {day}",
            sample=sample_ref(sample.id),
            drawn=f"{sample.drawn:,}",
            population=f"{sample.population:,}",
            day=day.isoformat(),
        ),
        text(
            "Fill in the shaded columns and change nothing else; a case left empty counts as open."
        ),
    )


def _header(into: Input, name: str) -> str:
    """What the input of the reviews calls a column of ours."""
    return into.map.get(name, (name,))[0]


def _known(
    workflow: Workflow, sample: DrawnSample, into: Input, drawn: Any
) -> Iterator[ListColumn]:
    """What is known of the cases; customers never are."""
    yield ListColumn(_header(into, CASE), tuple(drawn.column(CASE).to_pylist()))
    yield ListColumn(_header(into, AT), tuple(drawn.column(AT).to_pylist()))
    source = workflow.input(sample.rule.draw_from)
    customer = source.map.get("customer")
    wanted = (*sample.rule.strata, *workflow.segments, *workflow.cluster)
    for name in dict.fromkeys(wanted):
        column = kept_column(name)
        if column in drawn.column_names and source.map.get(name, (name,)) != customer:
            yield ListColumn(_header(into, name), tuple(drawn.column(column).to_pylist()))
    if len(sample.rule.strata) > 1:
        yield ListColumn(str(text("stratum")), tuple(drawn.column(STRATUM).to_pylist()))


def _elsewhere(ws: Workspace, source: Input, workflow: Workflow) -> frozenset[str]:
    """The columns of the input that was drawn from: nobody has to fill these in."""
    (feed,) = (
        one for one in feeds_of_workflow(workflow, ws.host, ws.root) if one.name == source.id
    )
    return columns_of_input(source, feed)


def _asked(used: Standard, into: Input, elsewhere: frozenset[str]) -> Iterator[ListColumn]:
    """One empty column for every indicator that the reviewers' input answers."""
    for dimension, indicator in used.rubric.indicators:
        measure = indicator.measure
        if not isinstance(measure, ColumnMeasure) or not _reads(into, indicator):
            continue
        name = measure.columns[0]
        if name in elsewhere and name not in into.map and indicator.input is None:
            continue
        scheme = used.schemes[indicator_key(dimension, indicator)]
        yield ListColumn(
            _header(into, name),
            note=_note(used.rubric, dimension.title, indicator, scheme),
            allowed=_allowed(measure, scheme),
        )
    if "comment" in into.map:
        yield ListColumn(_header(into, "comment"), note=text("What you saw, without names."))


def _reads(into: Input, indicator: Indicator) -> bool:
    return into.rater in (None, indicator.rater) and indicator.input in (None, into.id)


def _note(rubric: Rubric, dimension: Label, indicator: Indicator, scheme: Scheme) -> Text:
    """Dimension, question, levels and anchors, one a line."""
    lines = [joined((named(dimension), named(indicator.title)), " · ")]
    if indicator.question is not None:
        lines.append(named(indicator.question))
    levels = {level: named(label) for level, label in indicator.anchors.items()}
    if not levels and _on_scale(rubric, scheme):
        levels = _labelled(rubric)
    lines += [joined((plain(level), words), " = ") for level, words in sorted(levels.items())]
    return joined(lines, "\n")


def _on_scale(rubric: Rubric, scheme: Scheme) -> bool:
    coding = scheme.code()
    return isinstance(coding, LevelCoding) and set(coding.points) <= set(_levels(rubric))


def _levels(rubric: Rubric) -> list[float]:
    return [float(one) for one in range(int(rubric.scale.low), int(rubric.scale.high) + 1)]


def _labelled(rubric: Rubric) -> dict[str, Text]:
    """The rubric's own words for its levels, by level."""
    labels = rubric.scale.labels
    if not labels:
        return {}
    spoken = {
        language: labels.get(language) or next(iter(labels.values())) for language in LANGUAGES
    }
    return {
        f"{level:g}": Named(spoken["en"][at], zh=spoken["zh"][at])
        for at, level in enumerate(_levels(rubric))
    }


def _allowed(measure: ColumnMeasure, scheme: Scheme) -> tuple[str, ...]:
    """The answers that can be chosen from; empty where there are too many or any number goes."""
    coding = scheme.code()
    if not isinstance(coding, LevelCoding) or coding.bands:
        return ()
    if measure.values:
        return tuple(measure.values)
    return tuple(f"{level:g}" for level in sorted(coding.points))
