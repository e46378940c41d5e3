"""Labelled parts of a comparison: windows cut from data, or files and tables of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Any

from loopqa.calc.loop.calendar import settled_instant
from loopqa.engine.feeds import feeds_of_data, feeds_of_workflow
from loopqa.engine.reading import Feed, Progress, Wanted, read_feeds
from loopqa.engine.refusals import refuse_unknown_raters, refuse_unnamed_columns
from loopqa.engine.standard import Standard
from loopqa.errors import UsageError
from loopqa.evidence.tallying import Part
from loopqa.language import text
from loopqa.model.score import RejectedRow, Rows
from loopqa.model.window import Window
from loopqa.model.workflow import WindowRule


def feeds_at_hand(used: Standard, data: Any) -> tuple[Feed, ...]:
    """The data a person hands over, or the workflow's own inputs."""
    if data is None and used.workflow is not None:
        return feeds_of_workflow(used.workflow, used.host, Path.cwd())
    return feeds_of_data(data, used.host, workflow=used.workflow)


def read_parts(
    used: Standard,
    feeds: Sequence[Feed],
    wanted: Wanted,
    label: str,
    progress: Progress | None,
) -> tuple[list[Part], Rows, tuple[RejectedRow, ...]]:
    """Read every feed as a part with this label; also what became of the rows."""
    refuse_unknown_raters(feeds, used.rubric)
    refuse_unnamed_columns(feeds, wanted)
    read = read_feeds(feeds, used.rubric, used.schemes, wanted, progress=progress)
    parts = [Part(label, feed.rater, cases) for feed, cases in read]
    rows = sum((cases.rows for _, cases in read), Rows())
    return parts, rows, tuple(row for _, cases in read for row in cases.rejected)


def as_window(value: Any) -> Window | None:
    """The window a text names, or None where it is a file or a table."""
    if isinstance(value, Window):
        return value
    if not isinstance(value, str):
        return None
    try:
        return Window.parse(value)
    except ValueError:
        return None


def starts(windows: Mapping[str, Any]) -> dict[str, date]:
    """The first day of every window that was given as dates."""
    dated = {label: as_window(value) for label, value in windows.items()}
    return {label: window.start for label, window in dated.items() if window is not None}


def history_labels(history: Any) -> dict[str, Any]:
    """``history-1``, ``history-2`` ... for one or several earlier windows or files."""
    if history is None:
        return {}
    items = list(history) if isinstance(history, (list, tuple)) else [history]
    return {f"history-{number}": item for number, item in enumerate(items, start=1)}


def refuse_entangled(windows: Mapping[str, Any]) -> None:
    """No answer may stand on two sides of a comparison, or twice on one.

    Raises:
        UsageError: two windows overlap, or what is called earlier begins later.
    """
    dated = {label: window for label, value in windows.items() if (window := as_window(value))}
    for (label, one), (other_label, other) in combinations(dated.items(), 2):
        if one.start <= other.end and other.start <= one.end:
            raise UsageError(
                text("windows {one} and {other} overlap", one=str(one), other=str(other)),
                hint=text("an answer can stand on one side of a comparison only, and only once"),
            )
        if {label, other_label} == {"before", "after"} and other < one:
            raise UsageError(
                text("window {before} is not before {after}", before=str(one), after=str(other)),
                hint=text("swap them"),
            )


def refuse_later_history(windows: Mapping[str, Any]) -> None:
    """What happened once the baseline was over may be the action's doing: it is no history.

    Raises:
        UsageError: an earlier window begins after the baseline.
    """
    dated = {label: window for label, value in windows.items() if (window := as_window(value))}
    before = dated.get("before")
    late = [one for label, one in dated.items() if label not in {"before", "after"}]
    for one in late if before else ():
        if before and one > before:
            raise UsageError(
                text("history {one} is not before {before}", one=str(one), before=str(before)),
                hint=text("history is what lies before the action; leave later windows out"),
            )


def windowed_parts(
    used: Standard,
    data: Any,
    windows: Mapping[str, Any],
    wanted: Wanted,
    progress: Progress | None,
) -> list[Part]:
    """One part per window and input; data with dates is read once for all its windows."""
    dated = {label: as_window(value) for label, value in windows.items()}
    parts: list[Part] = []
    if any(dated.values()):
        parts += _dated_parts(used, data, dated, wanted, progress)
    for label, value in windows.items():
        if dated[label] is None:
            feeds = feeds_of_data(_existing(value), used.host, workflow=used.workflow)
            parts += read_parts(used, feeds, wanted, label, progress)[0]
    return parts


def _existing(value: Any) -> Any:
    """Catch a mistyped window before it is taken for a file."""
    if isinstance(value, str) and ".." in value and not Path(value).exists():
        raise UsageError(
            text("'{value}' is neither a window nor a file", value=value),
            hint=text("write a window like 2026-03-01..2026-03-31"),
        )
    return value


def _dated_parts(
    used: Standard,
    data: Any,
    windows: Mapping[str, Window | None],
    wanted: Wanted,
    progress: Progress | None,
) -> list[Part]:
    if data is None and used.workflow is None:
        raise UsageError(
            text("windows are given as dates, but no data to cut them from"),
            hint=text("name the data file, or give files as the windows"),
        )
    dated = replace(wanted, need_at=True)
    feeds = feeds_at_hand(used, data)
    refuse_unknown_raters(feeds, used.rubric)
    refuse_unnamed_columns(feeds, dated)
    read = read_feeds(feeds, used.rubric, used.schemes, dated, progress=progress)
    rule = used.workflow.window if used.workflow else WindowRule()
    zone = dated.zone or "UTC"
    return [
        Part(label, feed.rater, cases.within(window, settled_instant(window, rule, zone)))
        for label, window in windows.items()
        if window is not None
        for feed, cases in read
    ]
