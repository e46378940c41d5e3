"""What must hold between a workflow and its rubric, as far as it can be told without the data."""

from __future__ import annotations

from collections.abc import Sequence

from loopqa.define.durations import usual_days
from loopqa.define.explaining import Notes
from loopqa.define.fields import did_you_mean
from loopqa.language import text
from loopqa.model.collapse import Collapse
from loopqa.model.rubric import (
    ColumnMeasure,
    DurationMeasure,
    Indicator,
    Rubric,
    indicator_key,
)
from loopqa.model.workflow import ROLES, Input, Period, Workflow

#: shipped schemes that count every answer alike
_WITHOUT_WEIGHTS = frozenset(
    ("rating", "top_box", "csat", "share", "nps", "bands", "attainment", "none")
)
_DRIVERS, _COMPOSITE = "drivers", "composite"  #: the analyser, and the outcome it makes itself


def check_pair(workflow: Workflow, rubric: Rubric, notes: Notes) -> None:
    """Note raters without input, inputs without rater, and columns that can't be there."""
    raters = {indicator.rater for _, indicator in rubric.indicators}
    cases = [one for one in workflow.inputs if one.role == "cases"]
    for one in cases:
        if one.rater is not None and one.rater not in raters | set(rubric.raters):
            message = text(
                "rubric '{rubric}' has no rater '{rater}'", rubric=rubric.id, rater=one.rater
            )
            notes.wrong(
                ("inputs", one.id, "rater"), message, did_you_mean(one.rater, sorted(raters))
            )
    for rater in sorted(raters):
        if not any(one.rater in (None, rater) for one in cases):
            message = text("no input serves rater '{rater}' of the rubric", rater=rater)
            hint = text("add an input with rater: {rater}", rater=rater)
            notes.wrong(("inputs",), message, hint, key=True)
    for dimension, indicator in rubric.indicators:
        _indicator(indicator_key(dimension, indicator), indicator, cases, notes)
    _unused(workflow, rubric, cases, notes)
    _idle_weights(rubric, cases, notes)
    _derived(workflow, cases, notes)
    _cadence(workflow, rubric, notes)
    _outcomes(workflow, rubric, notes)
    _settling(workflow, rubric, notes)


def _settling(workflow: Workflow, rubric: Rubric, notes: Notes) -> None:
    """Warn of windows that are read before what happens in them can have had its time."""
    slow = [
        indicator_key(dimension, indicator)
        for dimension, indicator in rubric.indicators
        if not isinstance(indicator.measure, ColumnMeasure)
    ]
    window = notes.document.root.child("window")
    if not slow or workflow.window.settle_days or (window and window.child("settle")):
        return
    notes.warn(
        ("window",) if window else ("workflow",),
        text(
            "what {indicators} tells takes time, but windows are read as soon as they are over",
            indicators=", ".join(slow),
        ),
        text(
            "let them settle, such as window: {{previous: month, settle: 3 days}}; then old and "
            "fresh windows are compared at the same age"
        ),
    )


def _outcomes(workflow: Workflow, rubric: Rubric, notes: Notes) -> None:
    """Note an outcome of drivers that is no dimension: the analysis would only say it has none."""
    known = [*(one.id for one in rubric.dimensions), _COMPOSITE]
    for position, spec in enumerate(workflow.analyse):
        outcome = spec.options.get("outcome") if spec.type == _DRIVERS else None
        if isinstance(outcome, str) and outcome not in known:
            message = text(
                "rubric '{rubric}' has no dimension '{name}'", rubric=rubric.id, name=outcome
            )
            hint = did_you_mean(outcome, known)
            notes.wrong(("analyse", position, "outcome"), message, hint)


def _unused(workflow: Workflow, rubric: Rubric, cases: Sequence[Input], notes: Notes) -> None:
    """Warn of names in ``map`` that nothing asks for: mostly a role or a column misspelt."""
    wanted = {*ROLES, *workflow.segments, *workflow.cluster, *workflow.derive}
    wanted |= {one.source for one in workflow.derive.values()}
    wanted |= set(workflow.sample.strata) if workflow.sample else set()
    for _, indicator in rubric.indicators:
        wanted |= {name for names in _needed(indicator) for name in names}
        wanted |= {condition.column for condition in indicator.when}
    for one in cases:
        for name in one.map:
            if name not in wanted:
                notes.warn(
                    ("inputs", one.id, "map", name),
                    text("nothing asks for '{name}' in 'map'", name=name),
                    did_you_mean(name, sorted(wanted)),
                )


def _derived(workflow: Workflow, cases: Sequence[Input], notes: Notes) -> None:
    """Note derived columns whose source no 'collapse' makes, where all inputs have one."""
    made = [{*one.collapse.names, *one.map} for one in cases if one.collapse is not None]
    known = set().union(*made)
    for name, rule in workflow.derive.items():
        if len(made) == len(cases) and rule.source not in known:
            notes.wrong(
                ("derive", name, "from"),
                text("'collapse' does not make '{column}'", column=rule.source),
                did_you_mean(rule.source, sorted(known)),
            )


def _cadence(workflow: Workflow, rubric: Rubric, notes: Notes) -> None:
    """Warn of re-surveys that look at single windows of what is measured over longer periods."""
    window = usual_days(workflow.window.previous)
    slow = [
        dimension.id
        for dimension in rubric.dimensions
        if dimension.cadence and usual_days(Period(dimension.cadence)) > window
    ]
    if slow:
        notes.warn(
            ("window",) if notes.document.root.child("window") else ("workflow",),
            text(
                "re-surveys compare single windows, also of {dimensions}, which are measured over "
                "longer periods",
                dimensions=", ".join(slow),
            ),
            text(
                "see that they have answers in every window, or give them a workflow of their own"
            ),
        )


def _idle_weights(rubric: Rubric, cases: Sequence[Input], notes: Notes) -> None:
    """Warn of weights that no indicator of the input uses: its scores would look weighted."""
    for one in cases:
        schemes = {
            indicator.scheme.type
            for _, indicator in rubric.indicators
            if one.rater in (None, indicator.rater) and indicator.input in (None, one.id)
        }
        if "weight" in one.map and schemes <= _WITHOUT_WEIGHTS:
            notes.warn(
                ("inputs", one.id, "map", "weight"),
                text("no indicator uses these weights"),
                text("`score: weighted_mean` does; other schemes count every answer alike"),
            )


def _indicator(key: str, indicator: Indicator, cases: Sequence[Input], notes: Notes) -> None:
    named = [one for one in cases if one.id == indicator.input]
    if indicator.input is not None and not named:
        message = text(
            "indicator '{indicator}' reads input '{input}', which is not there",
            indicator=key,
            input=indicator.input,
        )
        hint = did_you_mean(indicator.input, [one.id for one in cases])
        notes.wrong(("inputs",), message, hint, key=True)
        return
    serving = named or [one for one in cases if one.rater in (None, indicator.rater)]
    for names in _needed(indicator):
        _column(key, names, serving, notes)


def _needed(indicator: Indicator) -> list[tuple[str, ...]]:
    """The columns an indicator reads; of each group, one is enough."""
    match indicator.measure:
        case ColumnMeasure(columns=columns):
            return [columns]
        case DurationMeasure(start=start, end=end):
            return [(start,), (end,)]
        case measure:
            return [(measure.by,), (measure.after,)]


def _column(key: str, names: tuple[str, ...], serving: Sequence[Input], notes: Notes) -> None:
    having = [one for one in serving if any(name in one.map for name in names)]
    if len(having) > 1:
        message = text(
            "indicator '{indicator}' could read '{column}' from input {inputs}",
            indicator=key,
            column=names[0],
            inputs=", ".join(one.id for one in having),
        )
        hint = text("say which with from: on the indicator")
        notes.wrong(("inputs", having[1].id, "map"), message, hint, key=True)
    if len(serving) == 1 and serving[0].collapse is not None:
        _collapsed(key, names, serving[0], serving[0].collapse, notes)


def _collapsed(
    key: str, names: tuple[str, ...], one: Input, collapse: Collapse, notes: Notes
) -> None:
    known = [made.name for made in collapse.made]
    if {*collapse.names, *one.map}.isdisjoint(names):
        message = text(
            "indicator '{indicator}' reads '{column}', which 'collapse' does not make",
            indicator=key,
            column=names[0],
        )
        hint = did_you_mean(names[0], known)
        notes.wrong(("inputs", one.id, "collapse"), message, hint, key=True)
