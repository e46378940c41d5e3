"""What must hold between the parts of a workflow, each mistake with its own place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from loopqa.define.durations import usual_days
from loopqa.define.explaining import Notes
from loopqa.define.fields import did_you_mean
from loopqa.define.nodes import Path_
from loopqa.define.notifying import check_notifiers
from loopqa.define.plain_secrets import warn_of_password, warn_of_secret
from loopqa.define.plugin_notes import noting
from loopqa.define.sample_rules import check_sample
from loopqa.define.schedule_rules import check_schedule
from loopqa.define.timing import is_date_format
from loopqa.define.workflow_document import WorkflowPart
from loopqa.language import text
from loopqa.model.workflow import Workflow
from loopqa.plugin.configuring import config_of
from loopqa.plugin.secret import secrets_in_plain

if TYPE_CHECKING:
    from loopqa.plugin.host import PluginHost

SURVEY = "survey"
MOST_ROUNDS = 24


def check_workflow(part: WorkflowPart, workflow: Workflow, notes: Notes) -> None:
    """Note everything that can be told without plugins and other files."""
    check_schedule(part.schedule, notes)
    _references(workflow, notes)
    check_sample(workflow, notes)
    _rollout(workflow, notes)
    if part.re_evaluate.rounds > MOST_ROUNDS:
        notes.wrong(
            ("re_evaluate", "rounds"), text("more than {most} rounds never end", most=MOST_ROUNDS)
        )
    for name, one in part.inputs.items():
        if one.dates is not None and not is_date_format(one.dates):
            notes.wrong(
                ("inputs", name, "dates"),
                text("'{dates}' is no date format", dates=one.dates),
                text('write it with % signs, such as "%d/%m/%Y %H:%M"'),
            )
        if one.day is not None and "at" in one.map:
            notes.wrong(
                ("inputs", name, "day"),
                text("cases have one day: here 'day' and 'map: at' both tell it"),
                text("keep 'at' if the column holds dates"),
                key=True,
            )
    if not any(one.role == "cases" for one in workflow.inputs):
        notes.wrong(("inputs",), text("no input has cases (role: cases)"), key=True)


def _references(workflow: Workflow, notes: Notes) -> None:
    """Inputs that other parts of the file name must be there."""
    named: list[tuple[Path_, str]] = []
    if workflow.sample is not None:
        named.append((("sample", "draw_from"), workflow.sample.draw_from))
        named.append((("sample", "for"), workflow.sample.for_input))
    source = workflow.re_evaluate.source
    if source is not None and source != SURVEY:
        named.append((("re_evaluate", "from"), source))
    known = [one.id for one in workflow.inputs]
    for path, name in named:
        if name not in known:
            hint = did_you_mean(name, known)
            notes.wrong(path, text("there is no input '{name}'", name=name), hint)


def _rollout(workflow: Workflow, notes: Notes) -> None:
    """A roll-out must leave somebody to compare with, in columns that are read."""
    rule = workflow.improve.rollout
    if rule is None:
        return
    at = ("improve", "rollout" if rule.steps > 1 or not rule.holdout else "holdout")
    known = list(dict.fromkeys((*workflow.cluster, *workflow.segments)))
    if not rule.by:
        notes.wrong(
            at,
            text("there is no column among whose values lots could be drawn"),
            text("name the teams' column: `cluster: [team]`"),
            key=True,
        )
    elif rule.by not in known:
        notes.wrong(
            ("improve", "rollout", "by"),
            text("'{by}' is neither a cluster nor a segment", by=rule.by),
            did_you_mean(rule.by, known) or text("add it to `cluster`"),
        )
    if rule.holdout >= 1:
        notes.wrong(
            ("improve", "holdout"),
            text("a hold-out of everybody leaves nobody to begin with"),
            text("write a share such as 20%"),
        )
    elif rule.steps == 1 and not rule.holdout:
        notes.wrong(
            at,
            text("a roll-out in one step leaves nobody to compare with"),
            text("write `steps: 3`, or `holdout: 20%` beside it"),
            key=True,
        )
    window = workflow.window.previous
    if rule.every is not None and usual_days(rule.every) < usual_days(window):
        notes.wrong(
            ("improve", "rollout", "every"),
            text("steps follow each other faster than windows do"),
            text("a step needs at least one whole window to be seen"),
        )


def check_plugins(workflow: Workflow, host: PluginHost, notes: Notes) -> None:
    """Note what sources, detectors and analysers say about their types and options."""
    for one in workflow.inputs:
        at = ("inputs", one.id)
        with noting(at, notes):
            source = host.source(one.source.type)
            config_of(source, one.source.options, notes.locate(at))
            for path in secrets_in_plain(source.Config, one.source.options):
                warn_of_secret((*at, *path), notes)
            host.make_source(one.source, root=workflow.path.parent.parent)
        for name, option in one.source.options.items():
            warn_of_password(option, (*at, name), notes)
    for position, spec in enumerate(workflow.detect):
        if spec.place:
            with noting(("detect", position), notes):
                chosen = host.detector(spec.type)
                config_of(chosen, spec.options, notes.locate(("detect", position)))
                host.make_detector(spec)
    check_notifiers(workflow, host, notes)
    for position, spec in enumerate(workflow.report.sections):
        with noting(("report", "sections", position), notes):
            section = host.report_section(spec.type)
            config_of(section, spec.options, notes.locate(("report", "sections", position)))
            host.make_report_section(spec)
    for position, spec in enumerate(workflow.analyse):
        with noting(("analyse", position), notes):
            analyser = host.analyser(spec.type)
            config_of(analyser, spec.options, notes.locate(("analyse", position)))
            host.make_analyser(spec)
