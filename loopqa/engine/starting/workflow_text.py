"""The starter workflow and settings, with a remark for everything that was guessed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from loopqa.calc.starting.guess import As, Guess
from loopqa.calc.starting.names import as_id
from loopqa.calc.starting.periods import HISTORY, Rhythm
from loopqa.engine.starting.yaml_lines import flow, mapping, remark, scalar
from loopqa.language import current_language, text
from loopqa.model.workflow import Period

INPUT = "answers"


@dataclass(frozen=True)
class Origin:
    """Where the data lie, and when they are from."""

    type: str
    path: str  #: as the workflow names it
    options: Mapping[str, Any]  #: encoding, sheet, header_row
    rhythm: Rhythm
    day: date | None = None  #: of all cases, where no column tells it


def workflow_text(guess: Guess, name: str, origin: Origin) -> str:
    """The YAML of the workflow ``name``."""
    lines = [
        *remark(text("Written by `loopqa init`; see rubrics/{name}.yaml.", name=name)),
        f"workflow: {scalar(name)}",
        f"rubric: {scalar(name)}",
        f"title: {scalar(name)}",
        *_window(guess, origin),
        "inputs:",
        f"  {INPUT}:",
        *_input(guess, origin),
        *_groups(guess),
        *_analyse(guess),
        "improve: {due_in: 30 days}",
        *remark(text("A month after an action is closed, this input is looked at again.")),
        f"re_evaluate: {{after: 1 month, from: {INPUT}, comparison: outside_scope}}",
        f"report: {{formats: [html], languages: {flow([current_language()])}}}",
        *_left_out(guess),
    ]
    return "\n".join(lines) + "\n"


def settings_text() -> str:
    """The YAML of ``loopqa.yaml``."""
    lines = [
        *remark(text("Settings of this workspace; everything left out has a default.")),
        "time_zone: UTC",
        f"languages: {flow([current_language()])}",
    ]
    return "\n".join(lines) + "\n"


def _window(guess: Guess, origin: Origin) -> list[str]:
    unit = origin.rhythm.unit
    lines: list[str] = []
    if origin.day is None:
        why = text(
            "A complete {unit} has about {n} cases.",
            unit=unit_word(unit),
            n=f"{origin.rhythm.typical:,.0f}",
        )
        lines += remark(why) if origin.rhythm.last else []
    if guess.settle_days:
        lines += remark(text("Cases are waited for some days, until they are likely to be solved."))
    settle = f", settle: {guess.settle_days} days" if guess.settle_days else ""
    lines.append(f"window: {{previous: {unit}{settle}}}")
    if origin.day is None:
        lines.append(f"history: {_length(HISTORY[unit])}")
    return lines


def unit_word(unit: str) -> Any:
    """The period in words."""
    return {
        "day": text("day"),
        "week": text("week"),
        "month": text("month"),
        "quarter": text("quarter"),
        "year": text("year"),
    }[unit]


def _length(period: Period) -> str:
    return f"{period.count} {period.unit}{'s' if period.count > 1 else ''}"


def _input(guess: Guess, origin: Origin) -> list[str]:
    lines = [f"    type: {origin.type}", f"    path: {scalar(origin.path)}"]
    if "encoding" in origin.options:
        lines.append(f"    encoding: {origin.options['encoding']}")
    if "sheet" in origin.options:
        lines.append(f"    sheet: {scalar(origin.options['sheet'])}")
    if "header_row" in origin.options:
        lines.append(f"    header_row: {origin.options['header_row']}")
    if guess.days is not None and guess.days.form is not None:
        lines.append(f"    dates: {scalar(guess.days.form)}")
    if guess.marks:
        why = text("How this file writes an empty cell.")
        lines += [*remark(why, 4), f"    missing: {flow(guess.marks)}"]
    if origin.day is not None:
        why = text("No column holds dates: all rows count for this day. Put the right one here.")
        lines += [*remark(why, 4), f"    day: {origin.day.isoformat()}"]
    lines += _collapse(guess)
    entries = _map(guess)
    return [*lines, "    map:", *entries] if entries else lines


def _map(guess: Guess) -> list[str]:
    lines: list[str] = []
    roles = (
        ("at", As.DATE),
        ("case", As.CASE),
        ("customer", As.CUSTOMER),
        ("comment", As.COMMENT),
        ("weight", As.WEIGHT),
    )
    for name, role in roles:
        column = guess.column(role)
        if column is not None:
            source = "opened" if guess.events and role is As.DATE else column
            lines += [*remark(guess.why(column), 6), f"      {name}: {scalar(source)}"]
    return lines


def _collapse(guess: Guess) -> list[str]:
    events = guess.events
    if events is None:
        return []
    entries = {"opened": f"{{first: {scalar(events.opened)}}}"}
    if events.updated and events.state and events.initial:
        where = mapping({scalar(events.state): mapping({"not": scalar(events.initial)})})
        entries["responded"] = f"{{first: {scalar(events.updated)}, where: {where}}}"
    if events.resolved:
        entries["resolved"] = f"{{last: {scalar(events.resolved)}}}"
    by = f", by: {scalar(events.sequence)}" if events.sequence else ""
    for column in latest_columns(guess):
        entries[scalar(column)] = f"{{latest: {scalar(column)}{by}}}"
    why = text("Several rows are the events of one case: how they become one.")
    return [
        *remark(why, 4),
        "    collapse:",
        f"      key: {scalar(events.key)}",
        *(f"      {name}: {value}" for name, value in entries.items()),
    ]


def latest_columns(guess: Guess) -> tuple[str, ...]:
    """Columns of events of which the latest event's value counts."""
    roles = (As.CUSTOMER, As.YES_NO, As.SEGMENT, As.CLUSTER, As.COMMENT)
    return tuple(column for role in roles for column in guess.columns(role))


def _groups(guess: Guess) -> list[str]:
    lines: list[str] = []
    if guess.segments:
        why = text("Each value of these gets scores and findings of its own.")
        lines += [*remark(why), f"segments: {flow(guess.segments)}"]
    if guess.clusters:
        why = text("Answers of one of these hang together; verdicts take that into account.")
        lines += [*remark(why), f"cluster: {flow(guess.clusters)}"]
    return lines


def _analyse(guess: Guess) -> list[str]:
    kinds = ["{type: slices}"] if guess.segments else []
    parts = [one for one in guess.ratings if not one.nps]
    if len(parts) > 1:
        overall = next((one.column for one in parts if one.overall), None)
        outcome = f", outcome: {as_id(overall)}" if overall else ", outcome: composite"
        kinds.append(f"{{type: drivers{outcome}}}")
    if guess.column(As.COMMENT) is not None:
        kinds += ["{type: themes}", "{type: cases, count: 3}"]
    return [f"analyse: [{', '.join(kinds)}]"] if kinds else []


def _left_out(guess: Guess) -> list[str]:
    if not guess.left_out:
        return []
    lines = ["", *remark(text("Not used:"))]
    for one in guess.left_out:
        lines += remark(text("{why}: {columns}", why=one.why, columns=", ".join(one.columns)))
    return lines
