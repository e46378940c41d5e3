"""Which inputs are counted where they stand, and why the others are read row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from loopqa.language import Text, text
from loopqa.model.rubric import DurationMeasure, RepeatMeasure

if TYPE_CHECKING:
    from loopqa.engine.reading import Feed
    from loopqa.model.rubric import Rubric
    from loopqa.model.workflow import Input, Workflow
    from loopqa.plugin.host import PluginHost
    from loopqa.plugin.source import Relation


def with_relations(
    feeds: Sequence[Feed], workflow: Workflow, rubric: Rubric, host: PluginHost
) -> tuple[Feed, ...]:
    """The feeds of a workflow; those that may be counted where they stand say where that is."""
    return tuple(
        replace(feed, relation=relation)
        if (relation := relation_of(feed)) is not None
        and needs_rows(workflow, rubric, workflow.input(feed.name), host) is None
        else feed
        for feed in feeds
    )


def relation_of(feed: Feed) -> Relation | None:
    """Where the rows of a feed stand, if a server of ours can count them there."""
    from loopqa.evidence.pushdown import countable_engine  # noqa: PLC0415 - loads pyarrow

    found: Relation | None = getattr(feed.source, "relation", lambda: None)()
    return found if found is not None and countable_engine(found) else None


def needs_rows(workflow: Workflow, rubric: Rubric, one: Input, host: PluginHost) -> Text | None:
    """Why the workflow needs the rows of an input and not only counts; None: it does not."""
    return next(_needs(workflow, rubric, one), None) or _read_by(workflow, one, host)


def _read_by(workflow: Workflow, one: Input, host: PluginHost) -> Text | None:
    """The analyser for which the comments of an input are read."""
    for spec in workflow.analyse if "comment" in one.map else ():
        if host.analyser(spec.type).reads_cases:
            return text("the analyser '{type}' reads its comments", type=spec.type)
    return None


def _needs(workflow: Workflow, rubric: Rubric, one: Input) -> Iterator[Text]:
    if workflow.re_evaluate.asked != "random":
        yield text("re_evaluate pairs the answers of the same customers")
    if _has_customers(workflow, one):
        yield text("customers are a segment or a cluster")
    if one.collapse:
        yield text("its rows are collapsed into cases")
    if any(dimension.cadence for dimension in rubric.dimensions):
        yield text("a dimension is measured over a longer period than the window")
    if workflow.derive:
        yield text("segments are derived from its columns")
    if _sampled(workflow, one):
        yield text("a sample is drawn from its cases, or it is one")
    for dimension, indicator in rubric.indicators:
        serves = one.rater in (None, indicator.rater)
        if (
            serves
            and workflow.window.settle_days
            and isinstance(indicator.measure, DurationMeasure)
        ):
            yield text(
                "'{name}' takes time, and is read as it stood when the window was settled",
                name=f"{dimension.id}.{indicator.id}",
            )
        if isinstance(indicator.measure, RepeatMeasure) and serves:
            yield text("'{name}' follows customers", name=f"{dimension.id}.{indicator.id}")
        if serves and _blended_elsewhere(workflow, dimension.raters, one):
            yield text(
                "'{name}' blends its answers, case by case, with those of another input",
                name=dimension.id,
            )


def _has_customers(workflow: Workflow, one: Input) -> bool:
    customers = one.map.get("customer")
    columns = (*workflow.segments, *workflow.cluster)
    return customers is not None and any(
        one.map.get(name, (name,)) == customers for name in columns
    )


def _sampled(workflow: Workflow, one: Input) -> bool:
    drawn = workflow.sample
    by_strata = "stratum" in one.map or "population" in one.map
    return by_strata or (drawn is not None and one.id in (drawn.draw_from, drawn.for_input))


def _blended_elsewhere(workflow: Workflow, raters: Sequence[str], one: Input) -> bool:
    """Whether another input has another rater of the same dimension, and both name their cases."""
    others = [
        other
        for other in workflow.inputs
        if other.role == "cases" and other.id != one.id and "case" in other.map
    ]
    return "case" in one.map and any(
        other.rater != one.rater and (other.rater is None or other.rater in raters)
        for other in others
    )
